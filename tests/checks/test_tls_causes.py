"""Nothing stands in for missing evidence: every cause, at every place of the TLS evidence, through every check.

For each check a table says which places it reads.  Where such a place holds a failed look the check answers
*not-tested* with that very cause; everywhere else the failed look changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from checks.catalogue import CATALOGUE
from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.http import Http
from checks.evidence.tls import Suites, Tls, Traits, Version
from checks.evidence.vulnerabilities import Exposed, Vulnerabilities
from checks.judge import judge
from checks.rules import certificates, ciphers, grades, handshakes, vouching, vulnerabilities
from checks.rules import tls as versions_rules
from checks.spec import Check, Finding, Outcome
from tests.builders.network import (
    AES128_GCM,
    AS_OF,
    HOST,
    MODERN,
    exchange,
    exposed,
    handshake,
    hop,
    http,
    key_exchange,
    modern_suites,
    offer,
    site,
    suites,
    tls,
    traits,
    versions,
)
from tests.builders.network import vulnerabilities as looked_for

Evidence = dict[type[Payload], Payload | NotCaptured]

LIMITS: dict[str, dict[str, Any]] = {
    "certificate-renewed-in-time": {
        "min_days_left": 21,
        "short_lifetime_days": 90,
        "short_fraction_left": 0.3333,
    },
    "certificate-key-strong": {"min_rsa_bits": 2048, "min_ec_bits": 256},
    "certificate-lifetime-within-limit": {"max_days_from": {"2020-09-01": 398}},
    "certificate-transparent": {"min_scts": 2, "min_logs": 2},
    "key-exchange-strong": {"min_dh_bits": 2048, "min_curve_bits": 224},
    "client-renegotiation-off": {"max_renegotiations": 10},
}
MODULES = (versions_rules, certificates, vouching, ciphers, handshakes, vulnerabilities, grades)
CHECKS: dict[str, Check[Any]] = {
    found.id: found
    for module in MODULES
    for found in vars(module).values()
    if isinstance(found, Check)
}
ECDHE_CBC = 0xC013
HSTS = ("Strict-Transport-Security", "max-age=31536000")


def evidence(**fields: Any) -> Evidence:
    """A healthy site of one address, with the offer changed as told."""
    found: Evidence = {
        Tls: tls(offer(**fields), twins=()),
        Http: http(https=exchange(f"https://{HOST}/", hop(headers=(HSTS,)))),
        Vulnerabilities: looked_for(),
    }
    return found


@dataclass(frozen=True)
class Place:
    """A place where a look may have failed, and the checks that read it; ``whole``: the same without failure."""

    put: Callable[[NotCaptured], Evidence]
    readers: frozenset[str]
    whole: Callable[[], Evidence] = evidence


def of(*ids: str) -> frozenset[str]:
    return frozenset(ids)


OF_CERTIFICATES = frozenset(
    name
    for name in CHECKS
    if CHECKS[name].ask.__module__.endswith(("rules.certificates", "rules.vouching"))
) - {"tlsa-matches"}
OF_HOLES = frozenset(
    name for name in CHECKS if CHECKS[name].ask.__module__.endswith("rules.vulnerabilities")
)
OF_OFFERS = CHECKS.keys() - OF_HOLES
GRADE = "ssl-labs-grade"


def in_traits(name: str) -> Callable[[NotCaptured], Evidence]:
    return lambda gone: evidence(traits=traits(**{name: gone}))


def in_exposed(name: str) -> Callable[[NotCaptured], Evidence]:
    return lambda gone: evidence() | {Vulnerabilities: looked_for(exposed(**{name: gone}))}


def in_shake(name: str) -> Callable[[NotCaptured], Evidence]:
    return lambda gone: evidence(handshake=handshake(**{name: gone}))


def suites_of(version: Version) -> Callable[[NotCaptured], Evidence]:
    return lambda gone: evidence(suites=modern_suites() | {version: gone})


def without(kind: type[Payload]) -> Callable[[NotCaptured], Evidence]:
    return lambda gone: evidence() | {kind: gone}


def version_gone(version: Version) -> Callable[[NotCaptured], Evidence]:
    """This version could not be asked; no handshake stands in for it."""
    answers = versions(MODERN)

    def put(gone: NotCaptured) -> Evidence:
        return evidence(versions=answers | {version: gone}, handshake=gone)

    return put


def only_tls12(found: Suites | NotCaptured) -> Evidence:
    return evidence(
        versions=versions({Version.TLS12}),
        handshake=handshake(version=Version.TLS12),
        suites={Version.TLS12: found},
        traits=traits(early_data_bytes=None, fallback_refused=None),
    )


PLACES: dict[str, Place] = {
    "tls": Place(without(Tls), frozenset(OF_OFFERS)),
    "http": Place(without(Http), of(GRADE)),
    "http-end": Place(
        lambda gone: evidence() | {Http: http(https=exchange("x", end=gone))}, of(GRADE)
    ),
    "vulnerabilities": Place(without(Vulnerabilities), OF_HOLES | {GRADE}),
    "handshake": Place(
        lambda gone: evidence(handshake=gone),
        OF_CERTIFICATES | {"https-offered", GRADE},
    ),
    "path": Place(
        in_shake("path"),
        of(
            "certificate-trusted",
            "certificate-chain-complete",
            "certificate-in-date",
            "certificate-signature-strong",
            "certificate-transparent",
            GRADE,
        ),
    ),
    "scts": Place(in_shake("scts"), of("certificate-transparent")),
    "staple": Place(in_shake("staple"), of("ocsp-staple-honest")),
    "revocation": Place(in_shake("revocation"), of("certificate-not-revoked", GRADE)),
    "tlsa": Place(
        lambda gone: evidence() | {Tls: tls(offer(), twins=(), tlsa=gone)}, of("tlsa-matches")
    ),
    "old-version": Place(
        lambda gone: evidence(versions=versions(MODERN) | {Version.TLS10: gone}),
        of(
            "old-tls-off",
            "weak-ciphers-off",
            "forward-secrecy-always",
            "server-chooses-cipher",
            "key-exchange-strong",
            GRADE,
        ),
    ),
    "newest-version": Place(
        version_gone(Version.TLS13),
        OF_CERTIFICATES
        | {
            "https-offered",
            "tls13-offered",
            "weak-ciphers-off",
            "forward-secrecy-always",
            "key-exchange-strong",
            "post-quantum-offered",
            GRADE,
        },
    ),
    "every-version": Place(
        lambda gone: evidence(versions=dict.fromkeys(Version, gone), handshake=gone),
        OF_CERTIFICATES
        | {
            "https-offered",
            "old-tls-off",
            "tls12-or-better",
            "tls13-offered",
            "weak-ciphers-off",
            "forward-secrecy-always",
            "aead-offered",
            "server-chooses-cipher",
            "key-exchange-strong",
            "post-quantum-offered",
            GRADE,
        },
    ),
    "suites-of-tls12": Place(
        suites_of(Version.TLS12),
        of("weak-ciphers-off", "forward-secrecy-always", "server-chooses-cipher", GRADE),
    ),
    "suites-of-tls13": Place(
        suites_of(Version.TLS13), of("weak-ciphers-off", "forward-secrecy-always", GRADE)
    ),
    "suites-cut": Place(
        lambda gone: evidence(
            suites=modern_suites() | {Version.TLS12: suites(AES128_GCM, preference=None, cut=gone)}
        ),
        of("weak-ciphers-off", "forward-secrecy-always", "server-chooses-cipher", GRADE),
    ),
    "preference": Place(
        lambda gone: evidence(
            suites=modern_suites() | {Version.TLS12: suites(AES128_GCM, ECDHE_CBC, preference=gone)}
        ),
        of("server-chooses-cipher"),
    ),
    "suites-of-tls12-alone": Place(
        only_tls12,
        of(
            "weak-ciphers-off",
            "forward-secrecy-always",
            "aead-offered",
            "server-chooses-cipher",
            GRADE,
        ),
        lambda: only_tls12(suites(AES128_GCM)),
    ),
    "key-exchange": Place(
        lambda gone: evidence(key_exchange=gone),
        of("key-exchange-strong", "post-quantum-offered", GRADE),
    ),
    "key-exchange-cut": Place(
        lambda gone: evidence(
            key_exchange=key_exchange(named={Version.TLS12: (29,), Version.TLS13: (29,)}, cut=gone)
        ),
        of("key-exchange-strong", "post-quantum-offered", GRADE),
    ),
    "traits": Place(
        lambda gone: evidence(traits=gone),
        of(
            "tls-compression-off",
            "renegotiation-secure",
            "extended-master-secret",
            "downgrade-protected",
            "early-data-off",
            "http2-offered",
            GRADE,
        ),
    ),
    "compression": Place(in_traits("compression"), of("tls-compression-off", GRADE)),
    "secure-renegotiation": Place(
        in_traits("secure_renegotiation"), of("renegotiation-secure", GRADE)
    ),
    "master-secret": Place(in_traits("extended_master_secret"), of("extended-master-secret")),
    "fallback": Place(in_traits("fallback_refused"), of("downgrade-protected", GRADE)),
    "alpn": Place(in_traits("alpn"), of("http2-offered")),
    "early-data": Place(in_traits("early_data_bytes"), of("early-data-off")),
    "tickets": Place(in_traits("tickets"), of()),
    "heartbleed": Place(in_exposed("heartbleed"), of("heartbleed-absent", GRADE)),
    "ccs-injection": Place(in_exposed("ccs_injection"), of("ccs-injection-absent", GRADE)),
    "robot": Place(in_exposed("robot"), of("robot-absent", GRADE)),
    "renegotiations": Place(in_exposed("client_renegotiations"), of("client-renegotiation-off")),
}


def judged(check: str, shown: Mapping[type[Payload], Payload | NotCaptured]) -> Finding:
    return judge(CHECKS[check], LIMITS.get(check, {}), "u1", site(), shown, AS_OF)


def test_every_check_of_the_family_is_here() -> None:
    """A new check of the family is driven through the causes as well."""
    family = {name for name, check in CATALOGUE.items() if check.family == "tls"}
    assert family | {GRADE} == CHECKS.keys()
    assert len(CHECKS) == 33


def test_every_place_that_may_hold_a_failed_look_is_here() -> None:
    """Traits and holes are named one by one: a new one needs a row."""
    members = {
        name
        for model in (Traits, Exposed)
        for name, field in model.model_fields.items()
        if "NotCaptured" in str(field.annotation)
    }
    assert len(members) == 7 + 4
    assert len(PLACES) == 32


NEITHER = {"ocsp-staple-honest", "tlsa-matches"}
"""A healthy site neither staples nor publishes TLSA."""


@pytest.mark.parametrize("check", CHECKS)
def test_a_healthy_site(check: str) -> None:
    """The builders make a site on which all is well."""
    expected = Outcome.NOT_APPLICABLE if check in NEITHER else Outcome.MET
    assert judged(check, evidence()).outcome is expected


@pytest.mark.parametrize("name", PLACES)
def test_a_failed_look(name: str) -> None:
    """No cause, at no place, becomes an answer; to a check that does not read the place it changes nothing."""
    place = PLACES[name]
    whole = {check: told(judged(check, place.whole())) for check in CHECKS}
    assert place.readers <= CHECKS.keys()
    for cause in Cause:
        shown = place.put(NotCaptured(cause=cause))
        for check in CHECKS:
            expected = (Outcome.NOT_TESTED, cause, "") if check in place.readers else whole[check]
            assert told(judged(check, shown)) == expected, (check, cause)


def told(found: Finding) -> tuple[Outcome, Cause | None, str]:
    return found.outcome, found.cause, found.reason


@pytest.mark.parametrize("cause", Cause)
def test_a_site_of_which_nothing_was_seen(cause: Cause) -> None:
    """Every payload gone, or every look inside gone: the cause, and no answer of any check."""
    gone = NotCaptured(cause=cause)
    silent = offer(
        handshake=gone,
        versions=dict.fromkeys(Version, gone),
        suites=dict.fromkeys(Version, gone),
        key_exchange=gone,
        traits=gone,
    )
    holes = exposed(heartbleed=gone, ccs_injection=gone, robot=gone, client_renegotiations=gone)
    inside: Evidence = {
        Tls: tls(silent, twins=(), tlsa=gone),
        Http: http(https=exchange("x", end=gone)),
        Vulnerabilities: looked_for(holes),
    }
    whole: Evidence = {Tls: gone, Http: gone, Vulnerabilities: gone}
    for check in CHECKS:
        for shown in (inside, whole):
            found = judged(check, shown)
            assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause), check


@pytest.mark.parametrize("check", CHECKS)
def test_nobody_looked(check: str) -> None:
    """An offer of which only the address is known answers nothing."""
    bare = offer(handshake=NotCaptured(cause=Cause.NOT_RUN), versions={}, suites={}).model_dump(
        exclude={"key_exchange", "traits"}
    )
    shown: Evidence = {Tls: tls(type(offer())(**bare), twins=()).model_copy(update={"tlsa": None})}
    assert judged(check, shown).outcome is Outcome.NOT_TESTED
