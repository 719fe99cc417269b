"""How each address encrypts: the cipher suites it accepts, whose order decides, and how keys are agreed."""

from collections.abc import Callable

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import Asked, KeyExchange, Offer, Preference, Suites, Tls, Version
from checks.parsing.groups import BRIEF_CURVE_BITS, GROUPS_13, group, known_prime
from checks.parsing.offers import (
    accepted,
    all_asked,
    all_suites_asked,
    by_version,
    listed,
    not_cut,
    some,
    something_spoken,
    spelled,
    suites_ended,
    suites_seen,
    worst_spoken,
)
from checks.parsing.suites import Suite, forward_secret, weakness
from checks.spec import (
    Answer,
    Limits,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    Untested,
    captured,
    check,
    untested,
)

ORDERED = (Version.SSL3, Version.TLS10, Version.TLS11, Version.TLS12)
"""Versions in which the server chooses the suite; in SSL 2 the client does."""
WITH_GROUPS = (*ORDERED, Version.TLS13)
_AEAD_WORDS = ("GCM", "CCM", "POLY1305")
_REASON_OF = {
    "null": "no-encryption",
    "anonymous": "anonymous",
    "export": "export",
    "rc2": "broken-cipher",
    "rc4": "broken-cipher",
    "des": "broken-cipher",
    "md5": "md5",
}
"""The reason for each kind of weakness, the worst first; what is not named here is ``old-cipher``."""


class ExchangeLimits(Limits):
    """How strong the agreement on keys must be, in bits.

    ``min_dh_bits``: finite-field groups; the catalogue asks 2048.
    ``min_curve_bits``: elliptic curves; the catalogue asks 224.
    """

    min_dh_bits: int
    min_curve_bits: int


@check(
    id="weak-ciphers-off",
    title="Weak cipher suites are refused",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=(
        "no-encryption",
        "anonymous",
        "export",
        "broken-cipher",
        "old-cipher",
        "md5",
        "no-tls",
    ),
    names=("weak_suites",),
)
def weak_ciphers_off(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every address refuse, in every version it speaks, the suites without encryption (NULL) or without
        a certificate (anonymous), EXPORT suites, RC2, RC4, DES, 3DES, IDEA, SEED, MD5, and every other cipher
        with blocks of 64 bits?

        One such suite seen accepted settles it, even where the questions were cut short.  *Met* needs every
        version asked, and in each version spoken a refusal of all that was left.  Port refused, or not TLS:
        not applicable.  Timeout, reset, block: not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        What such suites protect can be read or changed by others, some of them within minutes; an attacker on
        the way may push a visitor's browser to use the weakest one on offer.

    How to fix
        Allow only suites with ECDHE or DHE and AES-GCM or ChaCha20-Poly1305.

    Not tested by this check
        Forward secrecy and the groups in which keys are agreed: checks of their own.
    """
    return worst_spoken(seen, _weak_off)


def _weak_off(offer: Offer) -> Answer:
    weak = _chosen(offer, lambda suite: bool(weakness(suite)))
    if weak:
        kinds = {weakness(suite) for suites in weak.values() for suite in suites}
        worst = next((reason for kind, reason in _REASON_OF.items() if kind in kinds), "old-cipher")
        return Answer(Outcome.NOT_MET, (Measured("weak_suites", by_version(weak)),), worst)
    _every_forbidden_asked(offer)
    return Answer(Outcome.MET, (Measured("versions", spelled(accepted(offer))),))


@check(
    id="forward-secrecy-always",
    title="Every accepted suite gives forward secrecy",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("no-tls",),
)
def forward_secrecy_always(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every suite that an address accepts agree on a fresh key for each connection (ECDHE, DHE, or
        TLS 1.3)?

        One suite without, seen accepted, settles it, even where the questions were cut short.  *Met* needs
        every version asked, and in each version spoken a refusal of all that was left.  Port refused, or not
        TLS: not applicable.  Timeout, reset, block: not tested, with the cause.  NXDOMAIN: not tested
        (no-address).

    Why it matters
        Without it, whoever records traffic today and gets hold of the server's key years later can read all
        of it.

    How to fix
        Allow only suites whose name begins with ECDHE or DHE, and TLS 1.3.

    Not tested by this check
        How long the server keeps its ticket keys; how strong the groups are: key-exchange-strong.
    """
    return worst_spoken(seen, _secrecy)


def _secrecy(offer: Offer) -> Answer:
    without = _chosen(offer, lambda suite: not forward_secret(suite))
    if without:
        return Answer(Outcome.NOT_MET, (Measured("suites_without", by_version(without)),))
    _every_forbidden_asked(offer)
    return Answer(Outcome.MET, (Measured("versions", spelled(accepted(offer))),))


@check(
    id="aead-offered",
    title="Modern (AEAD) encryption is offered and preferred",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("none-accepted", "not-preferred", "no-tls"),
)
def aead_offered(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        In the newest version that an address speaks, does the server choose an AEAD suite (AES-GCM, AES-CCM,
        ChaCha20-Poly1305) when it may choose among all?  Those of TLS 1.3 are, two for machines aside; below
        TLS 1.2 there are none.

        Port refused, or not TLS: not applicable.  A newer version that could not be asked, or a list cut
        short, leaves *not met* open: not tested, with the cause.  Timeout, reset, block: not tested.
        NXDOMAIN: not tested (no-address).

    Why it matters
        The older way of encrypting first and checking afterwards was broken several times; AEAD does both in
        one step and is faster on phones.

    How to fix
        Put the AES-GCM and ChaCha20-Poly1305 suites first in the server's list, or switch on TLS 1.3.

    Not tested by this check
        Which suite each browser ends up with; the order in versions older than the newest one.
    """
    return worst_spoken(seen, _aead)


def _aead(offer: Offer) -> Answer:
    something_spoken(offer)
    spoken = accepted(offer)
    if Version.TLS13 in spoken:
        return _aead_in_tls13(offer)
    if Version.TLS12 not in spoken:
        all_asked(offer, (Version.TLS12, Version.TLS13))
        return Answer(Outcome.NOT_MET, _preferred(None), "none-accepted")
    return _aead_in_tls12(offer)


def _aead_in_tls13(offer: Offer) -> Answer:
    found = offer.suites.get(Version.TLS13)
    chosen = suites_seen(offer).get(Version.TLS13, ())
    listed_whole = isinstance(found, Suites) and found.asked is Asked.ALL
    # RFC 9150: two suites of TLS 1.3 do not encrypt; all others are AEAD.
    if not listed_whole or all(suite.aead for suite in chosen):
        name = _cipher_of_handshake(offer, Version.TLS13)
        return Answer(Outcome.MET, (Measured("preferred_suite", name or Version.TLS13.value),))
    first = _first_chosen(offer, Version.TLS13, chosen)
    if first.aead:
        return Answer(Outcome.MET, _preferred(first))
    return Answer(Outcome.NOT_MET, _preferred(first), "not-preferred")


def _aead_in_tls12(offer: Offer) -> Answer:
    found = captured(offer.suites.get(Version.TLS12, NotCaptured(cause=Cause.NOT_RUN)))
    if found.asked is Asked.FORBIDDEN:
        # A list of forbidden suites tells nothing of the good ones; the full handshake may.
        name = _cipher_of_handshake(offer, Version.TLS12)
        if any(word in name.upper() for word in _AEAD_WORDS):
            return Answer(Outcome.MET, (Measured("preferred_suite", name),))
        untested(Cause.NOT_ENABLED, "only suites that are forbidden were asked")
    chosen = suites_seen(offer).get(Version.TLS12, ())
    if not any(suite.aead for suite in chosen):
        # TLS 1.3, where it is spoken, would bring its own.
        all_asked(offer, (Version.TLS13,))
        suites_ended(offer, Version.TLS12)
        return Answer(Outcome.NOT_MET, _preferred(next(iter(chosen), None)), "none-accepted")
    first = _first_chosen(offer, Version.TLS12, chosen)
    if first.aead:
        return Answer(Outcome.MET, _preferred(first))
    all_asked(offer, (Version.TLS13,))
    return Answer(Outcome.NOT_MET, _preferred(first), "not-preferred")


def _first_chosen(offer: Offer, version: Version, chosen: tuple[Suite, ...]) -> Suite:
    """The suite that the server chose among all; ``Untested`` where the order of the list is not its own."""
    if len({suite.aead for suite in chosen}) > 1:
        # Nobody watched the order, so the list may stand in any.
        captured(captured(offer.suites[version]).preference)
    return chosen[0]


def _preferred(suite: Suite | None) -> tuple[Measured, ...]:
    return (Measured("preferred_suite", suite.name if suite else None),)


def _cipher_of_handshake(offer: Offer, version: Version) -> str:
    """The suite of the full handshake, if it was in this version."""
    shake = offer.handshake
    if isinstance(shake, NotCaptured) or shake.version is not version:
        return ""
    return shake.cipher or ""


@check(
    id="server-chooses-cipher",
    title="The server's own order of suites decides",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("no-older-version", "no-tls"),
)
def server_chooses_cipher(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Up to TLS 1.2, does the server choose by an order of its own wherever it accepts suites of differing
        strength?  Suites are alike when they agree in three things: weak or not (as in weak-ciphers-off),
        with forward secrecy or without, AEAD or not; where all are alike it does not matter who chooses.

        In SSL 2 the client always chooses, which is not held against the order.  Only TLS 1.3 spoken: not
        applicable.  Port refused, or not TLS: not applicable.  Timeout, reset, block, a list cut short: not
        tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        Where the visitor's side chooses, an old or tampered browser ends up with the weakest suite although
        both could do better.

    How to fix
        Switch on the server's order (``ssl_prefer_server_ciphers on``), or leave only strong suites.

    Not tested by this check
        The order inside TLS 1.3, whose suites are all strong.
    """
    return worst_spoken(seen, _server_chooses)


def _server_chooses(offer: Offer) -> Answer:
    something_spoken(offer)
    spoken = accepted(offer, ORDERED)
    left_to_client = [version for version in spoken if _left_to_client(offer, version)]
    if left_to_client:
        measured = Measured("versions", spelled(left_to_client))
        return Answer(Outcome.NOT_MET, (Measured("order", "client"), measured))
    all_asked(offer, ORDERED)
    if not spoken:
        return Answer(Outcome.NOT_APPLICABLE, reason="no-older-version")
    orders = [_order(offer, version) for version in spoken]
    told = "server" if orders[-1] is Preference.SERVER else "alike"
    measured = Measured("versions", spelled(spoken))
    return Answer(Outcome.MET, (Measured("order", told), measured))


def _left_to_client(offer: Offer, version: Version) -> bool:
    """Whether the client was seen to choose among suites of differing strength."""
    found = offer.suites.get(version)
    return (
        isinstance(found, Suites)
        and found.preference is Preference.CLIENT
        and not _alike(offer, version)
    )


def _order(offer: Offer, version: Version) -> Preference | None:
    """Who chooses; ``None`` where all suites are alike.  ``Untested`` where more would have to be known."""
    found = captured(offer.suites.get(version, NotCaptured(cause=Cause.NOT_RUN)))
    if found.preference is Preference.SERVER:
        return Preference.SERVER
    all_suites_asked(offer, version)
    if not _alike(offer, version):
        captured(found.preference)
        untested(Cause.NOT_RUN, f"{version.value}: nobody watched whose order decides")
    return None


def _alike(offer: Offer, version: Version) -> bool:
    suites = suites_seen(offer).get(version, ())
    return len({(bool(weakness(s)), forward_secret(s), s.aead) for s in suites}) < 2


@check(
    id="key-exchange-strong",
    title="Keys are agreed in strong groups",
    family="tls",
    needs=(Tls,),
    limits=ExchangeLimits,
    reasons=("dh-short", "dh-known-weak", "curve-short", "no-agreement", "no-tls"),
)
def key_exchange_strong(seen: Seen, limits: ExchangeLimits) -> Answer:
    """
    What it asks
        Is every group in which an address agrees on keys large enough: primes of Diffie-Hellman, named
        finite-field groups, curves?  And is no prime one that many servers share and that is too weak or of
        doubtful origin (RFC 2409, RFC 5114, defaults of old software)?

        One weak group seen in use settles it, even where the questions were cut short.  *Met* needs every
        version asked and the list of groups ended by a refusal.  Nothing but RSA key transport accepted: not
        applicable, because forward-secrecy-always says so.  Port refused, or not TLS: not applicable.
        Timeout, reset, block: not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        A state or a large company can break Diffie-Hellman of 1024 bits, and a prime that many servers share
        is broken once for all of them.

    How to fix
        Use the curves X25519 and P-256; where DHE stays on, a group of RFC 7919 with 2048 bits or more.

    Not tested by this check
        Whether the server uses one key for many connections.
    """
    return worst_spoken(seen, lambda offer: _exchange(offer, limits))


def _exchange(offer: Offer, limits: ExchangeLimits) -> Answer:
    something_spoken(offer)
    found = captured(offer.key_exchange)
    numbers = [number for numbers in found.named.values() for number in numbers]
    known = [one for number in numbers if (one := group(number)) is not None]
    finite_bits = [one.bits for one in known if one.finite_field]
    dh_bits = [prime.bits for prime in found.primes] + finite_bits
    curve_bits = [one.bits for one in known if not (one.finite_field or one.hybrid)]
    published = [known_prime(prime.sha256) for prime in found.primes]
    weak = [one.name for one in published if one is not None and one.weak]
    names = [one.name for one in known] + [f"DHE {prime.bits}" for prime in found.primes]
    measured = (
        Measured("groups", some(dict.fromkeys(names)) or None),
        Measured("dh_bits", min(dh_bits, default=None), limits.min_dh_bits, "bits"),
        Measured("curve_bits", min(curve_bits, default=None), limits.min_curve_bits, "bits"),
        Measured("known_group", listed(dict.fromkeys(weak)) or None),
    )
    if any(bits < limits.min_dh_bits for bits in dh_bits):
        return Answer(Outcome.NOT_MET, measured, "dh-short")
    if weak:
        return Answer(Outcome.NOT_MET, measured, "dh-known-weak")
    if any(bits < limits.min_curve_bits for bits in curve_bits):
        return Answer(Outcome.NOT_MET, measured, "curve-short")
    not_cut(found.cut, "groups")
    all_asked(offer, WITH_GROUPS)
    if len(known) < len(numbers):
        untested(Cause.SCANNER_CANNOT, "a group that is not in our list")
    _groups_asked(offer, found, limits)
    if not names and _only_transport(offer):
        return Answer(Outcome.NOT_APPLICABLE, measured, "no-agreement")
    if not names and found.asked is Asked.FORBIDDEN:
        untested(Cause.NOT_RUN, "a brief look saw keys agreed in no group")
    return Answer(Outcome.MET, measured)


def _groups_asked(offer: Offer, found: KeyExchange, limits: ExchangeLimits) -> None:
    """``Untested`` where an accepted suite may agree on keys in groups that nobody asked for."""
    brief = found.asked is Asked.FORBIDDEN
    if brief and limits.min_curve_bits > BRIEF_CURVE_BITS:
        untested(Cause.NOT_ENABLED, f"only curves under {BRIEF_CURVE_BITS} bits were asked for")
    if not brief:
        _older_groups_asked(offer, found)
    if Version.TLS13 in accepted(offer) and (brief or Version.TLS13 not in found.named):
        # Harmless as long as the bar lies below everything that TLS 1.3 has.
        newest = [one for number in GROUPS_13 if (one := group(number)) is not None]
        bars = {True: limits.min_dh_bits, False: limits.min_curve_bits}
        if any(not one.hybrid and one.bits < bars[one.finite_field] for one in newest):
            untested(Cause.NOT_RUN, "the groups of TLS 1.3 were not asked for")


def _older_groups_asked(offer: Offer, found: KeyExchange) -> None:
    kinds = [one.key_exchange for suites in suites_seen(offer).values() for one in suites]
    if not found.named.keys() & {*ORDERED}:
        for version in accepted(offer, ORDERED):
            all_suites_asked(offer, version)
        if any(kind.startswith("ECDHE") for kind in kinds):
            untested(Cause.NOT_RUN, "the curves below TLS 1.3 were not asked for")
    if any(kind.startswith("DHE") for kind in kinds) and not found.primes:
        untested(Cause.NOT_RUN, "no prime was seen")


def _only_transport(offer: Offer) -> bool:
    """Whether every suite was asked for, and each that is accepted sends the key instead of agreeing on one."""
    try:
        for version in accepted(offer):
            all_suites_asked(offer, version)
    except Untested:
        return False
    every = [one for suites in suites_seen(offer).values() for one in suites]
    return not any(forward_secret(one) for one in every)


@check(
    id="post-quantum-offered",
    title="A post-quantum key exchange is offered",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("no-tls13", "no-tls"),
)
def post_quantum_offered(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does an address agree on keys in a standard hybrid group of TLS 1.3 (X25519MLKEM768,
        SecP256r1MLKEM768, SecP384r1MLKEM1024)?

        TLS 1.3 refused: not met (there is no hybrid below it).  Port refused, or not TLS: not applicable.
        Timeout, reset, block, a list cut short before one was seen: not tested, with the cause.  NXDOMAIN:
        not tested (no-address).

    Why it matters
        Traffic recorded today could be read once large quantum computers exist; a hybrid group prevents that
        and costs next to nothing.

    How to fix
        Update to OpenSSL 3.5 or newer; its default list of groups has X25519MLKEM768 in it.

    Not tested by this check
        Signatures, which need not withstand recordings.
    """
    return worst_spoken(seen, _post_quantum)


def _post_quantum(offer: Offer) -> Answer:
    something_spoken(offer)
    if Version.TLS13 not in accepted(offer):
        all_asked(offer, (Version.TLS13,))
        return Answer(Outcome.NOT_MET, reason="no-tls13")
    found = captured(offer.key_exchange)
    known = [one for number in found.named.get(Version.TLS13, ()) if (one := group(number))]
    measured = (Measured("groups", some(one.name for one in known) or None),)
    if any(one.hybrid for one in known):
        return Answer(Outcome.MET, measured)
    not_cut(found.cut, "groups")
    if not known:
        untested(Cause.NOT_RUN, "the groups of TLS 1.3 were not seen")
    return Answer(Outcome.NOT_MET, measured)


def _chosen(offer: Offer, wanted: Callable[[Suite], bool]) -> dict[Version, tuple[Suite, ...]]:
    """The suites of this kind that were seen accepted, per version."""
    return {
        version: found
        for version, suites in suites_seen(offer).items()
        if (found := tuple(filter(wanted, suites)))
    }


def _every_forbidden_asked(offer: Offer) -> None:
    """``Untested`` unless each version was asked, and each that is spoken refused all that a bar forbids."""
    something_spoken(offer)
    all_asked(offer)
    for version in accepted(offer):
        suites_ended(offer, version)
