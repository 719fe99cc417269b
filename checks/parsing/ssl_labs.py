"""The arithmetic of SSL Labs' server rating guide, as its edition 2009q and testssl.sh have it.

Pure numbers and letters: what is not known of a server never comes in here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from checks.evidence.tls import Version
from checks.parsing.suites import Suite, forward_secret

EDITION = "2009q"
LETTERS = ("A+", "A", "A-", "B", "C", "D", "E", "F", "M", "T")
"""Best first.  M: the name does not match; T: not trusted.  Both hide every other letter."""
LONG_HSTS_S = 15_768_000
"""Half a year: what the guide calls a long HSTS."""

_PROTOCOL = {
    Version.SSL2: 0,
    Version.SSL3: 80,
    Version.TLS10: 90,
    Version.TLS11: 95,
    Version.TLS12: 100,
    Version.TLS13: 100,
}
_LEAST_SCORE = (("A", 80), ("B", 65), ("C", 50), ("D", 35), ("E", 20))
_KEY_STEPS = ((512, 20), (1024, 40), (2048, 80), (4096, 90))
_CURVE_STEPS = ((110, 20), (123, 40), (163, 80), (225, 90))
_CIPHER_STEPS = ((1, 0), (128, 20), (256, 80))
_BEST = 100
_OLD = (Version.SSL3, Version.TLS10, Version.TLS11)
_GOOD = (Version.TLS12, Version.TLS13)
_BEFORE_TLS11 = (Version.SSL3, Version.TLS10)
_SINCE_TLS11 = (Version.TLS11, *_GOOD)
_SMALL_BLOCKS = ("3DES", "DES", "IDEA", "RC2", "28147", "MAGMA")


@dataclass(frozen=True, slots=True)
class Server:
    """What the rating asks of one server; nothing has a default that is an answer.

    ``keys``: bits of RSA, DSA and finite-field keys, of the certificates and of the agreement; ``curves``:
    bits of elliptic ones.  ``faults``: slugs of ``CAPS`` that were seen outside versions, suites and keys.
    """

    suites: Mapping[Version, tuple[Suite, ...]]
    """The suites of every version that is accepted."""
    keys: tuple[int, ...]
    curves: tuple[int, ...]
    faults: frozenset[str] = field(default_factory=frozenset)
    extras: bool = False
    """Long HSTS, and protection against downgrades where more than one version is spoken."""


@dataclass(frozen=True, slots=True)
class Grade:
    """What it came to: the letter, the score from 0 to 100, and every cap that applies, lowest first."""

    letter: str
    score: int
    caps: tuple[str, ...]


CAPS: Mapping[str, str] = {
    "not-trusted": "T",
    "expired": "T",
    "revoked": "T",
    "name-mismatch": "M",
    "ssl2": "F",
    "only-ssl3": "F",
    "export": "F",
    "below-112-bits": "F",
    "md5-signature": "F",
    "heartbleed": "F",
    "ccs-injection": "F",
    "robot": "F",
    "no-tls12": "C",
    "crime": "C",
    "poodle": "C",
    "rc4-in-tls11": "C",
    "small-block-in-tls11": "C",
    "old-version": "B",
    "no-forward-secrecy": "B",
    "no-aead": "B",
    "beast": "B",
    "rc4": "B",
    "weak-exchange": "B",
    "chain-incomplete": "B",
    "renegotiation": "A-",
}
"""Every cap by name, with the best letter that it leaves."""


def grade(server: Server) -> Grade:
    """The rating: 0.3 protocol + 0.3 key exchange + 0.4 cipher, then the lowest cap."""
    exchange = _exchange(server)
    protocols = [_PROTOCOL[version] for version in server.suites]
    ciphers = [_step(suite.bits, _CIPHER_STEPS) for suite in _every(server)]
    # Protocol and cipher are the mean of best and worst; doubled here, so that all stays whole.
    protocol, cipher = _ends(protocols), _ends(ciphers)
    weighed = 3 * protocol + 6 * exchange + 4 * cipher
    score = weighed // 20 if protocol and exchange and cipher else 0
    letter = next((letter for letter, least in _LEAST_SCORE if score >= least), "F")
    held = _caps(server, exchange)
    caps = sorted((cap for cap in CAPS if cap in held), key=lambda cap: -LETTERS.index(CAPS[cap]))
    if not caps and letter == "A" and server.extras:
        letter = "A+"
    return Grade(lowest([letter, *(CAPS[cap] for cap in caps)]), score, tuple(caps))


def lowest(letters: Iterable[str]) -> str:
    """The lowest of these letters."""
    return max(letters, key=LETTERS.index)


def _ends(scores: list[int]) -> int:
    return max(scores) + min(scores)


def _exchange(server: Server) -> int:
    every = _every(server)
    if any(suite.authentication == "anon" for suite in every):
        return 0
    scores = [_step(bits, _KEY_STEPS) for bits in server.keys]
    scores += [_step(bits, _CURVE_STEPS) for bits in server.curves]
    if any(suite.export for suite in every):
        scores.append(40)
    return min(scores, default=_BEST)


def _step(bits: int, steps: Iterable[tuple[int, int]]) -> int:
    return next((score for below, score in steps if bits < below), _BEST)


def _every(server: Server) -> list[Suite]:
    return [suite for suites in server.suites.values() for suite in suites]


def _caps(server: Server, exchange: int) -> set[str]:
    spoken = set(server.suites)
    every = _every(server)

    def among(versions: Iterable[Version]) -> list[Suite]:
        return [suite for version in versions for suite in server.suites.get(version, ())]

    modern, before = among(_SINCE_TLS11), among(_BEFORE_TLS11)
    holds = {
        "ssl2": Version.SSL2 in spoken,
        "only-ssl3": spoken == {Version.SSL3},
        "export": any(suite.export for suite in every),
        "below-112-bits": any(suite.bits < 112 for suite in every),
        "no-tls12": spoken.isdisjoint(_GOOD),
        "poodle": any(_cbc(suite) for suite in among((Version.SSL3,))),
        "rc4-in-tls11": any(_rc4(suite) for suite in modern),
        "small-block-in-tls11": any(suite.cipher.startswith(_SMALL_BLOCKS) for suite in modern),
        "old-version": not spoken.isdisjoint(_OLD),
        "no-forward-secrecy": not any(forward_secret(suite) for suite in every),
        "no-aead": not any(suite.aead for suite in every),
        "beast": any(_cbc(suite) for suite in before),
        "rc4": any(_rc4(suite) for suite in every),
        "weak-exchange": exchange <= 80,
    }
    return {cap for cap, held in holds.items() if held} | server.faults


def _rc4(suite: Suite) -> bool:
    return suite.cipher.startswith("RC4")


def _cbc(suite: Suite) -> bool:
    """Whether it chains blocks: neither a stream cipher, nor AEAD, nor no cipher at all."""
    stream = suite.cipher.startswith(("RC4", "CHACHA20", "NULL"))
    return not (stream or suite.aead)
