"""Cipher suites and groups: one weak one seen is enough, and *met* needs every question answered."""

import hashlib
from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import Asked, Preference, Prime, Version
from checks.judge import AnyCheck
from checks.rules.ciphers import (
    aead_offered,
    forward_secrecy_always,
    key_exchange_strong,
    post_quantum_offered,
    server_chooses_cipher,
    weak_ciphers_off,
)
from checks.spec import Finding, Outcome
from tests.builders.network import (
    AES128_GCM,
    AES256_GCM,
    CHACHA20,
    MODERN,
    P256,
    TLS13_AES128,
    X25519,
    X25519MLKEM768,
    closed,
    finding,
    handshake,
    key_exchange,
    offer,
    suites,
    tls,
    versions,
)

MET, NOT_MET = Outcome.MET, Outcome.NOT_MET
OPEN, ASIDE = Outcome.NOT_TESTED, Outcome.NOT_APPLICABLE
GONE = NotCaptured(cause=Cause.RATE_LIMITED)
NONE: dict[str, int] = {}
BARS = {"min_dh_bits": 2048, "min_curve_bits": 224}
T12, T13 = Version.TLS12, Version.TLS13
OLDER = versions({Version.TLS10, T12})
ONLY_12: dict[str, Any] = {"versions": versions({T12}), "handshake": handshake(version=T12)}
ONLY_13: dict[str, Any] = {"versions": versions({T13}), "suites": {T13: suites(TLS13_AES128)}}

NULL_MD5, ANON_RC4, EXPORT_RC4, RC4_SHA, DES_SHA = 0x0001, 0x0018, 0x0003, 0x0005, 0x0009
TRIPLE_DES, IDEA, SEED, RC4_MD5, GOST = 0x000A, 0x0007, 0x0096, 0x0004, 0x0081
RSA_AES, RSA_GCM, ECDHE_CBC, DHE_GCM, DHE_CBC = 0x002F, 0x009C, 0xC013, 0x009E, 0x0033
SSL2_RC4, TLS13_NULL, UNHEARD_OF = 0x010080, 0xC0B4, 0x5A5A


def asked(check: AnyCheck, limits: dict[str, Any] | None = None, **shown: Any) -> Finding:
    return finding(check, tls(offer(**shown)), limits=limits)


def tls12(*accepted: int, **fields: Any) -> dict[str, Any]:
    """An address on which TLS 1.2 accepts these suites."""
    return {"suites": {T12: suites(*accepted, **fields), T13: suites(TLS13_AES128)}}


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        pytest.param(NULL_MD5, "no-encryption", id="null"),
        pytest.param(ANON_RC4, "anonymous", id="anonymous"),
        pytest.param(EXPORT_RC4, "export", id="export"),
        pytest.param(RC4_SHA, "broken-cipher", id="rc4"),
        pytest.param(DES_SHA, "broken-cipher", id="des"),
        pytest.param(TRIPLE_DES, "old-cipher", id="3des"),
        pytest.param(IDEA, "old-cipher", id="idea"),
        pytest.param(SEED, "old-cipher", id="seed"),
        pytest.param(GOST, "old-cipher", id="small-block"),
    ],
)
def test_each_weakness(number: int, reason: str) -> None:
    """Any of them settles it, however good the rest, and however the questions ended."""
    for cut in (None, GONE):
        found = asked(weak_ciphers_off, **tls12(AES128_GCM, number, cut=cut))
        assert (found.outcome, found.reason) == (NOT_MET, reason)
        assert str(found.measured[0].value).startswith("TLS 1.2: TLS_")


def test_the_worst_weakness_is_named() -> None:
    """A suite without encryption is worse than an old one."""
    found = asked(weak_ciphers_off, **tls12(TRIPLE_DES, RC4_SHA, NULL_MD5))
    assert found.reason == "no-encryption"


@pytest.mark.parametrize(
    ("shown", "weak", "secret"),
    [
        pytest.param({}, MET, MET, id="modern"),
        pytest.param(tls12(ECDHE_CBC, DHE_CBC), MET, MET, id="old-style-and-secret"),
        pytest.param(tls12(AES128_GCM, RSA_GCM), MET, NOT_MET, id="rsa-transport"),
        pytest.param(tls12(RSA_AES, cut=GONE), OPEN, NOT_MET, id="cut-after-rsa-transport"),
        pytest.param(tls12(AES128_GCM, cut=GONE), OPEN, OPEN, id="cut"),
        pytest.param(tls12(asked=Asked.FORBIDDEN), MET, MET, id="all-that-is-forbidden-refused"),
        pytest.param(tls12(AES128_GCM, UNHEARD_OF), OPEN, OPEN, id="a-number-nobody-named"),
        pytest.param({"suites": {T12: GONE, T13: GONE}}, OPEN, OPEN, id="suites-gone"),
        pytest.param({"suites": {}}, OPEN, OPEN, id="suites-never-asked"),
        pytest.param(
            {"suites": {T12: suites(AES128_GCM)}}, OPEN, OPEN, id="newest-version-never-asked"
        ),
        pytest.param(
            {"suites": {T12: suites(AES128_GCM), T13: suites(TLS13_NULL)}},
            NOT_MET,
            MET,
            id="tls13-without-encryption",
        ),
        pytest.param({"versions": versions(MODERN, GONE)}, OPEN, OPEN, id="a-version-gone"),
        pytest.param(
            {"versions": versions(set(), GONE), "handshake": handshake(version=T12)}
            | tls12(RC4_SHA),
            NOT_MET,
            NOT_MET,
            id="seen-in-the-one-version-that-answered",
        ),
        pytest.param(
            {
                "versions": versions(MODERN | {Version.SSL2}),
                "suites": {Version.SSL2: suites(SSL2_RC4, preference=Preference.CLIENT)},
            },
            NOT_MET,
            NOT_MET,
            id="ssl2",
        ),
        pytest.param(
            {"versions": versions(set()), "handshake": GONE}, OPEN, OPEN, id="nothing-accepted"
        ),
        pytest.param(
            {"versions": versions(set()), "handshake": handshake(version=None)},
            OPEN,
            OPEN,
            id="a-handshake-in-no-version",
        ),
        pytest.param({"handshake": closed()}, ASIDE, ASIDE, id="closed"),
    ],
)
def test_weak_and_secret(shown: dict[str, Any], weak: Outcome, secret: Outcome) -> None:
    """Accepted is seen, refused to the end is seen, all between is open."""
    assert asked(weak_ciphers_off, **shown).outcome is weak
    assert asked(forward_secrecy_always, **shown).outcome is secret


def test_many_suites_are_counted() -> None:
    """A long list is cut, and says so."""
    many = (0x002F, 0x0035, 0x003C, 0x003D, 0x009C, 0x009D, 0x0041)
    found = asked(forward_secrecy_always, **tls12(*many))
    assert str(found.measured[0].value).endswith("(+1)")


@pytest.mark.parametrize(
    ("shown", "outcome", "reason"),
    [
        pytest.param({}, MET, "", id="tls13"),
        pytest.param({"suites": {}}, MET, "", id="tls13-needs-no-list"),
        pytest.param({"suites": {T13: GONE}, "handshake": GONE}, MET, "", id="tls13-list-gone"),
        pytest.param(
            {"suites": {T13: suites(asked=Asked.FORBIDDEN)}}, MET, "", id="tls13-forbidden-only"
        ),
        pytest.param(
            {"suites": {T13: suites(TLS13_NULL, asked=Asked.FORBIDDEN)}},
            MET,
            "",
            id="tls13-forbidden-is-not-preferred",
        ),
        pytest.param(
            {"suites": {T13: suites(TLS13_NULL, TLS13_AES128)}},
            NOT_MET,
            "not-preferred",
            id="tls13-prefers-no-encryption",
        ),
        pytest.param(ONLY_12 | tls12(AES128_GCM, ECDHE_CBC), MET, "", id="preferred"),
        pytest.param(
            ONLY_12 | tls12(ECDHE_CBC, AES128_GCM), NOT_MET, "not-preferred", id="not-preferred"
        ),
        pytest.param(
            ONLY_12 | tls12(ECDHE_CBC, AES128_GCM, cut=GONE),
            NOT_MET,
            "not-preferred",
            id="not-preferred-and-cut",
        ),
        pytest.param(
            ONLY_12 | tls12(ECDHE_CBC, AES128_GCM, preference=GONE),
            OPEN,
            "",
            id="order-not-watched",
        ),
        pytest.param(
            ONLY_12 | tls12(AES128_GCM, AES256_GCM, preference=GONE), MET, "", id="no-order-needed"
        ),
        pytest.param(
            {"suites": {T13: suites(TLS13_AES128, TLS13_NULL)}},
            MET,
            "",
            id="tls13-prefers-to-encrypt",
        ),
        pytest.param(
            {"suites": {T13: suites(TLS13_AES128, TLS13_NULL, preference=GONE)}},
            OPEN,
            "",
            id="tls13-order-not-watched",
        ),
        pytest.param(ONLY_12 | tls12(ECDHE_CBC), NOT_MET, "none-accepted", id="none"),
        pytest.param(ONLY_12 | tls12(ECDHE_CBC, cut=GONE), OPEN, "", id="none-yet"),
        pytest.param(ONLY_12 | {"suites": {T12: GONE}}, OPEN, "", id="gone"),
        pytest.param(ONLY_12 | {"suites": {}}, OPEN, "", id="never-asked"),
        pytest.param(
            ONLY_12
            | {"handshake": handshake(version=T12, cipher="ECDHE-RSA-AES128-GCM-SHA256")}
            | tls12(asked=Asked.FORBIDDEN),
            MET,
            "",
            id="the-handshake-shows-it",
        ),
        pytest.param(
            ONLY_12
            | {"handshake": handshake(version=T12, cipher="ECDHE-RSA-AES128-SHA")}
            | tls12(asked=Asked.FORBIDDEN),
            OPEN,
            "",
            id="the-handshake-shows-another",
        ),
        pytest.param(
            ONLY_12 | {"handshake": GONE} | tls12(asked=Asked.FORBIDDEN),
            OPEN,
            "",
            id="no-handshake-to-show-it",
        ),
        pytest.param(
            {"versions": versions({T12}, GONE), "handshake": GONE} | tls12(ECDHE_CBC),
            OPEN,
            "",
            id="tls13-might-bring-it",
        ),
        pytest.param(
            {"versions": versions({T12}, GONE), "handshake": GONE} | tls12(AES128_GCM),
            MET,
            "",
            id="tls13-could-only-bring-more",
        ),
        pytest.param(
            {"versions": versions({Version.TLS11}), "handshake": GONE},
            NOT_MET,
            "none-accepted",
            id="too-old-for-any",
        ),
        pytest.param({"handshake": closed()}, ASIDE, "no-tls", id="closed"),
    ],
)
def test_aead(shown: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """The suite chosen first in the newest version decides."""
    found = asked(aead_offered, **shown)
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("shown", "outcome", "order"),
    [
        pytest.param({}, MET, "server", id="server"),
        pytest.param(
            tls12(AES128_GCM, ECDHE_CBC, preference=Preference.CLIENT),
            NOT_MET,
            "client",
            id="client-and-differing",
        ),
        pytest.param(
            tls12(AES128_GCM, ECDHE_CBC, preference=Preference.CLIENT, cut=GONE),
            NOT_MET,
            "client",
            id="client-and-differing-already",
        ),
        pytest.param(
            tls12(AES128_GCM, AES256_GCM, CHACHA20, DHE_GCM, preference=Preference.CLIENT),
            MET,
            "alike",
            id="client-and-alike",
        ),
        pytest.param(
            tls12(AES128_GCM, AES256_GCM, preference=Preference.CLIENT, cut=GONE),
            OPEN,
            None,
            id="alike-so-far",
        ),
        pytest.param(tls12(AES128_GCM), MET, "alike", id="only-one"),
        pytest.param(tls12(AES128_GCM, ECDHE_CBC, preference=GONE), OPEN, None, id="order-gone"),
        pytest.param(
            tls12(AES128_GCM, AES256_GCM, preference=GONE), MET, "alike", id="no-order-needed"
        ),
        pytest.param(
            tls12(AES128_GCM, ECDHE_CBC, preference=None), OPEN, None, id="nobody-watched"
        ),
        pytest.param(tls12(asked=Asked.FORBIDDEN), OPEN, None, id="forbidden-only"),
        pytest.param({"suites": {T12: GONE}}, OPEN, None, id="gone"),
        pytest.param({"suites": {}}, OPEN, None, id="never-asked"),
        pytest.param({"versions": versions(MODERN, GONE)}, OPEN, None, id="a-version-gone"),
        pytest.param(
            {"versions": OLDER, "suites": {Version.TLS10: GONE, T12: suites(AES128_GCM)}},
            OPEN,
            None,
            id="an-older-one-gone",
        ),
        pytest.param(
            {"versions": versions(set(), GONE), "handshake": GONE}, OPEN, None, id="nothing-known"
        ),
    ],
)
def test_order(shown: dict[str, Any], outcome: Outcome, order: str | None) -> None:
    """Whose order decides matters only where suites differ in strength."""
    found = asked(server_chooses_cipher, **shown)
    assert found.outcome is outcome
    assert (found.measured[0].value if found.measured else None) == order


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        pytest.param(ONLY_13, "no-older-version", id="only-tls13"),
        pytest.param({"handshake": closed()}, "no-tls", id="closed"),
    ],
)
def test_no_order(shown: dict[str, Any], reason: str) -> None:
    """TLS 1.3 has no suites of differing strength."""
    found = asked(server_chooses_cipher, **shown)
    assert (found.outcome, found.reason) == (ASIDE, reason)


def prime(bits: int, sha256: str = "ab" * 32) -> Prime:
    return Prime(bits=bits, sha256=sha256)


def with_dhe(*primes: Prime, **fields: Any) -> dict[str, Any]:
    return tls12(AES128_GCM, DHE_GCM) | {"key_exchange": key_exchange(primes=primes, **fields)}


def groups(*numbers: int, version: Version = T12, **fields: Any) -> dict[str, Any]:
    """Groups of one version beside a healthy TLS 1.3."""
    named = {T12: (X25519,), T13: (X25519,)} | {version: numbers}
    return {"key_exchange": key_exchange(named=named, **fields)}


SECT163, P224, P192, FFDHE2048 = 1, 21, 19, 0x100
# The 1024-bit MODP group of RFC 2409 (Oakley group 2).
OAKLEY2 = (
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF"
)


def known_weak() -> Prime:
    return prime(1024, hashlib.sha256(bytes.fromhex(OAKLEY2)).hexdigest())


@pytest.mark.parametrize(
    ("shown", "outcome", "reason"),
    [
        pytest.param({}, MET, "", id="curves"),
        pytest.param(groups(P224), MET, "", id="curve-at-the-bar"),
        pytest.param(groups(P192), NOT_MET, "curve-short", id="curve-below-the-bar"),
        pytest.param(groups(P256, SECT163, cut=GONE), NOT_MET, "curve-short", id="short-and-cut"),
        pytest.param(groups(FFDHE2048, version=T13), MET, "", id="named-finite-field"),
        pytest.param(groups(P256, cut=GONE), OPEN, "", id="cut"),
        pytest.param(groups(0xFF01), OPEN, "", id="a-group-not-in-our-list"),
        pytest.param(with_dhe(prime(2048)), MET, "", id="prime-at-the-bar"),
        pytest.param(with_dhe(prime(2047)), NOT_MET, "dh-short", id="prime-below-the-bar"),
        pytest.param(with_dhe(prime(1024), cut=GONE), NOT_MET, "dh-short", id="prime-and-cut"),
        pytest.param(with_dhe(), OPEN, "", id="dhe-without-a-prime"),
        pytest.param({"key_exchange": GONE}, OPEN, "", id="gone"),
        pytest.param(
            {"key_exchange": key_exchange(named={T13: (X25519,)})}, OPEN, "", id="curves-not-asked"
        ),
        pytest.param(
            {"key_exchange": key_exchange(named={T12: (X25519,)})},
            MET,
            "",
            id="tls13-has-nothing-short",
        ),
        pytest.param(
            {"key_exchange": key_exchange(named={T12: (X25519,)}, asked=Asked.FORBIDDEN)}
            | tls12(asked=Asked.FORBIDDEN),
            MET,
            "",
            id="all-that-is-short-refused",
        ),
        pytest.param(
            {"key_exchange": key_exchange(named={}, asked=Asked.FORBIDDEN)}
            | tls12(asked=Asked.FORBIDDEN),
            OPEN,
            "",
            id="brief-and-no-group-seen",
        ),
        pytest.param(
            ONLY_12 | {"suites": {T12: suites(RSA_AES)}, "key_exchange": key_exchange(named={})},
            ASIDE,
            "no-agreement",
            id="only-rsa-transport",
        ),
        pytest.param(
            ONLY_12
            | {"suites": {T12: suites(RSA_AES)}, "key_exchange": key_exchange(named={T12: ()})},
            ASIDE,
            "no-agreement",
            id="only-rsa-transport-and-curves-refused",
        ),
        pytest.param(
            ONLY_12
            | {"suites": {T12: suites(RSA_AES, cut=GONE)}, "key_exchange": key_exchange(named={})},
            OPEN,
            "",
            id="rsa-transport-and-perhaps-more",
        ),
        pytest.param(
            ONLY_12 | {"suites": {T12: GONE}, "key_exchange": key_exchange(named={})},
            OPEN,
            "",
            id="no-suites-no-groups",
        ),
        pytest.param({"versions": versions(MODERN, GONE)}, OPEN, "", id="a-version-gone"),
        pytest.param({"handshake": closed()}, ASIDE, "no-tls", id="closed"),
    ],
)
def test_groups(shown: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """Size decides, on both sides of the bar; what was not asked stays open."""
    found = asked(key_exchange_strong, BARS, **shown)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_a_shared_prime_is_weak_by_name() -> None:
    """Where the bar on bits lets it pass, its name does not."""
    low = {"min_dh_bits": 512, "min_curve_bits": 224}
    found = asked(key_exchange_strong, low, **with_dhe(known_weak()))
    assert (found.outcome, found.reason) == (NOT_MET, "dh-known-weak")
    assert "2409" in str(found.measured[3].value)


def test_a_high_bar_asks_for_the_newest_groups() -> None:
    """Where TLS 1.3 has groups below the bar, somebody must have asked for them."""
    high = {"min_dh_bits": 2048, "min_curve_bits": 300}
    shown = {"key_exchange": key_exchange(named={T12: (24,)})}
    assert asked(key_exchange_strong, high, **shown).outcome is OPEN


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        pytest.param(BARS, MET, id="at-the-usual-bar"),
        pytest.param({"min_dh_bits": 2048, "min_curve_bits": 225}, OPEN, id="longer-curves"),
        pytest.param({"min_dh_bits": 2049, "min_curve_bits": 224}, OPEN, id="longer-primes"),
    ],
)
def test_a_brief_look_at_groups(limits: dict[str, int], outcome: Outcome) -> None:
    """What a brief look refused decides the usual bar, and none above it."""
    brief = key_exchange(named={T12: (X25519,), T13: (X25519,)}, asked=Asked.FORBIDDEN)
    assert asked(key_exchange_strong, limits, key_exchange=brief).outcome is outcome


def test_a_brief_look() -> None:
    """Without the lists of good suites all is decided but the order, which nobody watched."""
    unwatched = NotCaptured(cause=Cause.NOT_RUN, detail="a brief look")
    refused = suites(asked=Asked.FORBIDDEN, preference=unwatched)
    named = {T12: (X25519,), T13: (X25519MLKEM768,)}
    shown = offer(
        suites={T12: refused, T13: refused},
        key_exchange=key_exchange(named=named, asked=Asked.FORBIDDEN),
    )
    for check, limits in (
        (weak_ciphers_off, NONE),
        (forward_secrecy_always, NONE),
        (aead_offered, NONE),
        (key_exchange_strong, BARS),
        (post_quantum_offered, NONE),
    ):
        assert finding(check, tls(shown), limits=limits).outcome is MET, check.id
    found = finding(server_chooses_cipher, tls(shown))
    assert (found.outcome, found.cause) == (OPEN, Cause.NOT_ENABLED)


@pytest.mark.parametrize(
    ("shown", "outcome", "reason"),
    [
        pytest.param({}, MET, "", id="hybrid"),
        pytest.param(
            {"key_exchange": key_exchange(named={T13: (X25519MLKEM768,)}, cut=GONE)},
            MET,
            "",
            id="hybrid-and-cut",
        ),
        pytest.param(groups(X25519, P256, version=T13), NOT_MET, "", id="curves-only"),
        pytest.param(groups(0x6399, version=T13), NOT_MET, "", id="a-draft-is-no-standard"),
        pytest.param(groups(X25519, version=T13, cut=GONE), OPEN, "", id="cut"),
        pytest.param(groups(version=T13), OPEN, "", id="no-groups-at-all"),
        pytest.param({"key_exchange": GONE}, OPEN, "", id="gone"),
        pytest.param(ONLY_12 | {"key_exchange": GONE}, NOT_MET, "no-tls13", id="no-tls13"),
        pytest.param(
            {"versions": versions({T12}, GONE), "handshake": GONE}, OPEN, "", id="tls13-unknown"
        ),
        pytest.param({"handshake": closed()}, ASIDE, "no-tls", id="closed"),
    ],
)
def test_post_quantum(shown: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """A standard hybrid seen chosen is one; none is only known at the end of the list."""
    found = asked(post_quantum_offered, **shown)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_the_worst_address_counts() -> None:
    """One bad machine behind the name decides, and is named."""
    bad = offer(address="203.0.113.11", **tls12(AES128_GCM, TRIPLE_DES))
    found = finding(weak_ciphers_off, tls(offer(), bad))
    assert (found.outcome, found.address) == (NOT_MET, "203.0.113.11")
