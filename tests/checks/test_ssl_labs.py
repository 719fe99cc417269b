"""The rating of SSL Labs: the arithmetic on described servers, then the grade of a site's evidence."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.certificates import PathState, RevocationState
from checks.evidence.http import Ended, Http
from checks.evidence.tls import Prime, Tls, Version
from checks.evidence.vulnerabilities import Vulnerabilities
from checks.judge import judge
from checks.parsing.ssl_labs import CAPS, LETTERS, LONG_HSTS_S, Server, grade, lowest
from checks.parsing.suites import suite
from checks.rules.grades import ssl_labs_grade
from checks.spec import Finding, Outcome
from tests.builders.network import (
    ADDRESS,
    AES128_GCM,
    AES256_GCM,
    AS_OF,
    DAY,
    HOST,
    MODERN,
    TLS13_AES128,
    TLS13_AES256,
    certificate,
    closed,
    exchange,
    exposed,
    handshake,
    hop,
    http,
    intermediate,
    key_exchange,
    offer,
    path,
    revocation,
    site,
    step,
    suites,
    tls,
    traits,
    versions,
    vulnerabilities,
)

SSL2, SSL3, T10, T11, T12, T13 = Version
RC4_MD5_SSL2, EXPORT_RC4, RC4_SHA, TRIPLE_DES, NULL_SHA = 0x010080, 0x0003, 0x0005, 0x000A, 0x0002
ANON_AES, RSA_AES128, RSA_AES256, ECDHE_CBC, ECDHE_RC4 = 0x0034, 0x002F, 0x0035, 0xC013, 0xC011
ECDHE_3DES = 0xC012


def server(
    accepted: Mapping[Version, tuple[int, ...]],
    *faults: str,
    keys: tuple[int, ...] = (),
    curves: tuple[int, ...] = (256,),
    extras: bool = True,
) -> Server:
    known = {
        version: tuple(found for number in numbers if (found := suite(number)) is not None)
        for version, numbers in accepted.items()
    }
    return Server(known, keys, curves, frozenset(faults), extras)


BOTH = {T12: (AES128_GCM, AES256_GCM), T13: (TLS13_AES128, TLS13_AES256)}
STRONG = {T13: (TLS13_AES256,)}


@pytest.mark.parametrize(
    ("described", "letter", "score", "caps"),
    [
        # 0.3 × 100 + 0.3 × 100 + 0.4 × (80 + 100) / 2 = 96
        pytest.param(server(BOTH), "A+", 96, (), id="modern-with-extras"),
        pytest.param(server(BOTH, extras=False), "A", 96, (), id="modern"),
        pytest.param(server(STRONG), "A+", 100, (), id="everything-best"),
        pytest.param(server(BOTH, keys=(4096,)), "A+", 96, (), id="rsa-4096"),
        pytest.param(server(BOTH, keys=(2048,)), "A+", 93, (), id="rsa-2048"),
        pytest.param(server(BOTH, keys=(4095,)), "A+", 93, (), id="rsa-4095"),
        pytest.param(server(BOTH, keys=(2047,)), "B", 90, ("weak-exchange",), id="rsa-2047"),
        pytest.param(server(BOTH, keys=(1023,)), "B", 78, ("weak-exchange",), id="rsa-1023"),
        pytest.param(server(BOTH, keys=(511,)), "B", 72, ("weak-exchange",), id="rsa-511"),
        pytest.param(server(BOTH, curves=(225,)), "A+", 96, (), id="curve-225"),
        pytest.param(server(BOTH, curves=(224,)), "A+", 93, (), id="curve-224"),
        pytest.param(server(BOTH, curves=(162,)), "B", 90, ("weak-exchange",), id="curve-162"),
        pytest.param(server(BOTH, curves=(122,)), "B", 78, ("weak-exchange",), id="curve-122"),
        pytest.param(server(BOTH, curves=(109,)), "B", 72, ("weak-exchange",), id="curve-109"),
        pytest.param(server({T12: (AES128_GCM,)}), "A+", 92, (), id="aes-128-only"),
        pytest.param(server({T11: (ECDHE_CBC,), **BOTH}), "B", 95, ("old-version",), id="tls-1.1"),
        pytest.param(
            server({T10: (ECDHE_CBC,), **BOTH}), "B", 94, ("old-version", "beast"), id="tls-1.0"
        ),
        pytest.param(
            server({T10: (ECDHE_RC4,), **BOTH}),
            "B",
            94,
            ("old-version", "rc4"),
            id="rc4-in-tls-1.0",
        ),
        pytest.param(
            server({SSL3: (ECDHE_CBC,), **BOTH}),
            "C",
            93,
            ("poodle", "old-version", "beast"),
            id="ssl-3-poodle",
        ),
        pytest.param(
            server({SSL3: (ECDHE_RC4,), **BOTH}),
            "B",
            93,
            ("old-version", "rc4"),
            id="ssl-3-without-cbc",
        ),
        pytest.param(
            server({SSL3: (RSA_AES256,)}),
            "F",
            94,
            (
                "only-ssl3",
                "no-tls12",
                "poodle",
                "old-version",
                "no-forward-secrecy",
                "no-aead",
                "beast",
            ),
            id="only-ssl-3",
        ),
        pytest.param(
            server({SSL2: (RC4_MD5_SSL2,), **BOTH}),
            "F",
            81,
            ("ssl2", "rc4"),
            id="ssl-2",
        ),
        pytest.param(
            server({SSL2: (RC4_MD5_SSL2,)}),
            "F",
            0,
            ("ssl2", "no-tls12", "no-forward-secrecy", "no-aead", "rc4"),
            id="only-ssl-2-is-a-zero",
        ),
        pytest.param(
            server({T11: (ECDHE_CBC,)}),
            "C",
            90,
            ("no-tls12", "old-version", "no-aead"),
            id="no-tls-1.2",
        ),
        pytest.param(
            server({T12: (AES128_GCM, ECDHE_RC4)}),
            "C",
            92,
            ("rc4-in-tls11", "rc4"),
            id="rc4-in-tls-1.2",
        ),
        pytest.param(
            server({T12: (AES128_GCM, ECDHE_3DES)}),
            "C",
            80,
            ("small-block-in-tls11",),
            id="3des-in-tls-1.2",
        ),
        pytest.param(
            server({T12: (RSA_AES128,)}),
            "B",
            92,
            ("no-forward-secrecy", "no-aead"),
            id="neither-secrecy-nor-aead",
        ),
        pytest.param(
            server({T12: (0x009C,)}), "B", 92, ("no-forward-secrecy",), id="no-forward-secrecy"
        ),
        pytest.param(server({T12: (ECDHE_CBC,)}), "B", 92, ("no-aead",), id="no-aead"),
        pytest.param(
            server({T12: (AES128_GCM, EXPORT_RC4)}),
            "F",
            62,
            ("export", "below-112-bits", "rc4-in-tls11", "rc4", "weak-exchange"),
            id="export",
        ),
        pytest.param(
            server({T12: (AES256_GCM, NULL_SHA)}), "F", 80, ("below-112-bits",), id="null-beside"
        ),
        pytest.param(
            server({T12: (NULL_SHA,)}),
            "F",
            0,
            ("below-112-bits", "no-forward-secrecy", "no-aead"),
            id="only-null-is-a-zero",
        ),
        pytest.param(
            server({T12: (AES128_GCM, ANON_AES)}),
            "F",
            0,
            ("weak-exchange",),
            id="anonymous-is-a-zero",
        ),
        *(
            pytest.param(server(BOTH, cap), CAPS[cap], 96, (cap,), id=cap)
            for cap in (
                "not-trusted",
                "expired",
                "revoked",
                "name-mismatch",
                "md5-signature",
                "heartbleed",
                "ccs-injection",
                "robot",
                "crime",
                "chain-incomplete",
                "renegotiation",
            )
        ),
        pytest.param(
            server(BOTH, "renegotiation", "name-mismatch", "not-trusted", "heartbleed"),
            "T",
            96,
            ("not-trusted", "name-mismatch", "heartbleed", "renegotiation"),
            id="lowest-first",
        ),
        # 0.3 × 90 + 0.3 × 20 + 0.4 × 20 = 41: the score alone, below every cap.
        pytest.param(
            server({T10: (EXPORT_RC4,)}, keys=(400,)),
            "F",
            41,
            (
                *("export", "below-112-bits", "no-tls12", "old-version"),
                *("no-forward-secrecy", "no-aead", "rc4", "weak-exchange"),
            ),
            id="everything-weak",
        ),
    ],
)
def test_grades(described: Server, letter: str, score: int, caps: tuple[str, ...]) -> None:
    """Score and letter by the guide's sums, and every cap by its name, the lowest first."""
    found = grade(described)
    assert (found.letter, found.score, found.caps) == (letter, score, caps)


@pytest.mark.parametrize(
    ("cipher", "keys", "letter", "score"),
    [
        pytest.param(TLS13_AES128, (), "A", 92, id="A"),
        pytest.param(TLS13_AES128, (511,), "B", 68, id="B-by-the-score"),
    ],
)
def test_letters_by_the_score(cipher: int, keys: tuple[int, ...], letter: str, score: int) -> None:
    """Where no cap is lower, the score gives the letter."""
    found = grade(server({T13: (cipher,)}, keys=keys, extras=False))
    assert (found.letter, found.score) == (letter, score)


def test_every_cap_lowers() -> None:
    """No cap leaves an A or better, and the list names each letter that caps lead to."""
    assert {*CAPS.values()} == {"T", "M", "F", "C", "B", "A-"}
    assert lowest(LETTERS) == "T"


# ---- the grade of a site ------------------------------------------------------------------------

GONE = NotCaptured(cause=Cause.CHALLENGE_PAGE)
LONG = ("Strict-Transport-Security", f"max-age={LONG_HSTS_S}")
SHORT = ("Strict-Transport-Security", f"max-age={LONG_HSTS_S - 1}")


def with_hsts(*headers: tuple[str, str], status: int = 200) -> Http:
    return http(https=exchange(f"https://{HOST}/", hop(status=status, headers=headers)))


def graded(
    shown: Tls | None = None,
    answers: Http | NotCaptured | None = None,
    looked: Vulnerabilities | NotCaptured | None = None,
) -> Finding:
    evidence: dict[type[Payload], Payload | NotCaptured] = {
        Tls: tls() if shown is None else shown,
        Http: with_hsts(LONG) if answers is None else answers,
        Vulnerabilities: vulnerabilities() if looked is None else looked,
    }
    return judge(ssl_labs_grade, {}, "u1", site(), evidence, AS_OF)


def of(**shown: Any) -> Finding:
    return graded(tls(offer(**shown)))


def shaken(**shake: Any) -> Finding:
    return of(handshake=handshake(**shake))


def told(found: Finding) -> tuple[Any, Any, Any]:
    return tuple(measured.value for measured in found.measured[:3])  # type: ignore[return-value]


def test_a_healthy_site() -> None:
    """Everything was seen, nothing is wrong, HSTS is long: an A+."""
    found = graded()
    assert (found.outcome, found.reason, told(found)) == (Outcome.MET, "", ("A+", 96, None))
    assert found.measured[3].value == "2009q"


@pytest.mark.parametrize(
    ("answers", "letter"),
    [
        pytest.param(with_hsts(LONG), "A+", id="long"),
        pytest.param(with_hsts(SHORT), "A", id="short"),
        pytest.param(with_hsts(), "A", id="none"),
        pytest.param(with_hsts(("Strict-Transport-Security", "forever")), "A", id="invalid"),
        pytest.param(http(https=exchange("x", end=Ended.NOT_TLS)), "A", id="no-http-over-it"),
    ],
)
def test_hsts_lifts(answers: Http, letter: str) -> None:
    """Half a year lifts an A to an A+."""
    assert graded(answers=answers).measured[0].value == letter


@pytest.mark.parametrize(
    ("found", "letter", "caps"),
    [
        pytest.param(
            shaken(path=path(state=PathState.SELF_SIGNED, certificates=())),
            "T",
            "not-trusted (T)",
            id="self-signed",
        ),
        pytest.param(
            shaken(
                path=path(
                    certificates=(step(f"CN={HOST}"), step("CN=R12", served=False), step("CN=X"))
                )
            ),
            "B",
            "chain-incomplete (B)",
            id="incomplete",
        ),
        pytest.param(
            shaken(
                path=path(
                    certificates=(
                        step(f"CN={HOST}"),
                        step("CN=R", not_after=AS_OF - DAY),
                        step("X"),
                    )
                )
            ),
            "T",
            "expired (T)",
            id="issuer-expired",
        ),
        pytest.param(
            shaken(chain=(certificate(not_after=AS_OF - timedelta(seconds=1)), intermediate())),
            "T",
            "expired (T)",
            id="expired",
        ),
        pytest.param(
            shaken(chain=(certificate(not_before=AS_OF + DAY), intermediate())),
            "T",
            "expired (T)",
            id="not-yet-valid",
        ),
        pytest.param(
            shaken(revocation=revocation(state=RevocationState.REVOKED)),
            "T",
            "revoked (T)",
            id="revoked",
        ),
        pytest.param(
            shaken(chain=(certificate(covers=()), intermediate())),
            "M",
            "name-mismatch (M)",
            id="mismatch",
        ),
        pytest.param(
            shaken(
                path=path(certificates=(step(f"CN={HOST}", signature_hash="md5"), step("CN=X")))
            ),
            "F",
            "md5-signature (F)",
            id="md5",
        ),
        pytest.param(of(traits=traits(compression=True)), "C", "crime (C)", id="crime"),
        pytest.param(
            of(traits=traits(secure_renegotiation=False)), "A-", "renegotiation (A-)", id="insecure"
        ),
        pytest.param(of(traits=traits(fallback_refused=False)), "A", None, id="no-fallback-guard"),
        pytest.param(
            of(beside=(handshake(chain=(certificate(covers=()),)),)),
            "M",
            "name-mismatch (M)",
            id="the-certificate-beside",
        ),
        pytest.param(
            graded(looked=vulnerabilities(exposed(robot=True))), "F", "robot (F)", id="robot"
        ),
        pytest.param(
            of(
                suites={
                    T12: suites(AES128_GCM, 0x009E),
                    T13: suites(TLS13_AES128),
                },
                key_exchange=key_exchange(primes=(Prime(bits=1024, sha256="ab" * 32),)),
            ),
            "B",
            "weak-exchange (B)",
            id="short-prime",
        ),
    ],
)
def test_faults(found: Finding, letter: str, caps: str | None) -> None:
    """Each fault of the evidence becomes its cap."""
    assert (found.outcome, found.measured[0].value) == (Outcome.MET, letter)
    assert found.measured[2].value == caps
    assert found.reason == ("capped" if caps else "")


RSA = certificate(key_kind="RSA", key_bits=2048)


@pytest.mark.parametrize(
    ("leaf", "score"),
    [
        pytest.param(RSA, 93, id="rsa"),
        pytest.param(certificate(key_kind="Ed25519", key_bits=None), 96, id="ed25519"),
        pytest.param(certificate(key_kind="Ed448", key_bits=None), 96, id="ed448"),
    ],
)
def test_keys(leaf: Any, score: int) -> None:
    """The shortest key counts, by the steps of its kind."""
    named = {T12: (29, 0x100), T13: (0x11EC,)} if leaf is RSA else {T12: (29,), T13: (0x11EC,)}
    found = of(
        handshake=handshake(chain=(leaf, intermediate())), key_exchange=key_exchange(named=named)
    )
    assert found.measured[1].value == score


MISSING: dict[str, Finding] = {
    "versions": of(versions=versions(MODERN, GONE)),
    "suites": of(suites={T12: GONE, T13: suites(TLS13_AES128)}),
    "suites-empty": of(suites={T12: suites(), T13: suites(TLS13_AES128)}),
    "suites-cut": of(suites={T12: suites(AES128_GCM, cut=GONE), T13: suites(TLS13_AES128)}),
    "key-exchange": of(key_exchange=GONE),
    "key-exchange-cut": of(key_exchange=key_exchange(cut=GONE)),
    "unknown-group": of(key_exchange=key_exchange(named={T12: (0xFF01,)})),
    "traits": of(traits=GONE),
    "compression": of(traits=traits(compression=GONE)),
    "renegotiation": of(traits=traits(secure_renegotiation=GONE)),
    "fallback": of(traits=traits(fallback_refused=GONE)),
    "handshake": of(handshake=GONE),
    "path": shaken(path=GONE),
    "issuer": shaken(path=path(state=PathState.ISSUER_MISSING, missing_issuer="CN=R12")),
    "dates": shaken(chain=(certificate(not_after=None), intermediate())),
    "key": shaken(chain=(certificate(key_kind="other", key_bits=None), intermediate())),
    "revocation": shaken(revocation=GONE),
    "revocation-not-asked": shaken(
        revocation=None, chain=(certificate(crl_urls=("http://x/",)), intermediate())
    ),
    "http": graded(answers=GONE),
    "no-answer": graded(answers=http(https=exchange("x", end=GONE))),
    "error-page": graded(answers=with_hsts(LONG, status=503)),
    "not-permitted": graded(looked=NotCaptured(cause=Cause.NOT_PERMITTED)),
    "attack": graded(looked=vulnerabilities(exposed(heartbleed=GONE))),
    "another-address": graded(looked=vulnerabilities(exposed(address="203.0.113.99"))),
    "no-offers": graded(Tls(offers=(), addresses_total=0)),
    "one-address-of-two": graded(tls(offer(), offer(address="203.0.113.11", handshake=GONE))),
}


@pytest.mark.parametrize("name", MISSING)
def test_missing_evidence_makes_no_grade(name: str) -> None:
    """What was not seen might have lowered it."""
    assert MISSING[name].outcome is Outcome.NOT_TESTED
    assert MISSING[name].cause is not None


SETTLED: dict[str, tuple[Finding, str]] = {
    "not-trusted-whatever-the-suites": (
        of(
            suites={},
            key_exchange=GONE,
            handshake=handshake(path=path(state=PathState.SELF_SIGNED, certificates=())),
        ),
        "T",
    ),
    "malformed-whatever-else": (shaken(chain=(certificate(malformed="notAfter"),)), "T"),
    "ssl2-whatever-the-suites": (of(versions=versions({SSL2, T12}), suites={}), "F"),
    "heartbleed-whatever-the-suites": (
        graded(tls(offer(suites={})), looked=vulnerabilities(exposed(heartbleed=True))),
        "F",
    ),
    "crime-whatever-hsts": (graded(tls(offer(traits=traits(compression=True))), GONE), "C"),
    "old-version-whatever-renegotiation": (
        of(
            versions=versions({T11, T12}),
            suites={T11: suites(ECDHE_CBC), T12: suites(AES128_GCM), T13: suites(TLS13_AES128)},
            traits=traits(secure_renegotiation=GONE),
        ),
        "B",
    ),
}


@pytest.mark.parametrize("name", SETTLED)
def test_settled_by_what_was_seen(name: str) -> None:
    """No missing look could have made these any lower, nor better."""
    found, letter = SETTLED[name]
    assert (found.outcome, found.measured[0].value) == (Outcome.MET, letter)


def test_without_tls() -> None:
    """A closed port has no grade."""
    found = of(handshake=closed())
    assert (found.outcome, found.reason) == (Outcome.NOT_APPLICABLE, "no-tls")


def test_the_lowest_grade_counts() -> None:
    """Of two machines the worse one is told, and named."""
    second = offer(address="203.0.113.11", traits=traits(compression=True))
    looked = vulnerabilities(exposed(), exposed(address="203.0.113.11"))
    for offers in ((offer(), second), (second, offer())):
        found = graded(tls(*offers), looked=looked)
        assert (found.measured[0].value, found.address) == ("C", "203.0.113.11")
    assert (
        graded(tls(offer(), offer(handshake=closed(), address="203.0.113.12"))).address == ADDRESS
    )
