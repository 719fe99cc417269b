"""What first flights show: a trait seen decides, a trait that makes no sense needs its reason seen."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended, Http
from checks.evidence.tls import Version
from checks.judge import AnyCheck
from checks.rules.handshakes import (
    downgrade_protected,
    early_data_off,
    extended_master_secret,
    http2_offered,
    renegotiation_secure,
    tls_compression_off,
)
from checks.spec import Outcome
from tests.builders.network import (
    HOST,
    MODERN,
    closed,
    exchange,
    finding,
    handshake,
    hop,
    http,
    offer,
    tls,
    traits,
    versions,
)

MET, NOT_MET = Outcome.MET, Outcome.NOT_MET
OPEN, ASIDE = Outcome.NOT_TESTED, Outcome.NOT_APPLICABLE
GONE = NotCaptured(cause=Cause.RESET)
T12, T13 = Version.TLS12, Version.TLS13
ONLY_12: dict[str, Any] = {"versions": versions({T12}), "handshake": handshake(version=T12)}
ONLY_13: dict[str, Any] = {"versions": versions({T13})}
TRAITS: tuple[tuple[AnyCheck, str], ...] = (
    (tls_compression_off, "compression"),
    (renegotiation_secure, "secure_renegotiation"),
    (extended_master_secret, "extended_master_secret"),
    (downgrade_protected, "fallback_refused"),
    (early_data_off, "early_data_bytes"),
)
EACH = pytest.mark.parametrize(("check", "trait"), TRAITS, ids=[check.id for check, _ in TRAITS])


@EACH
def test_healthy_and_closed(check: AnyCheck, trait: str) -> None:
    """A healthy site meets every one; without TLS there is nothing to ask."""
    assert finding(check, tls()).outcome is MET
    found = finding(check, tls(offer(handshake=closed())))
    assert (found.outcome, found.reason) == (ASIDE, "no-tls")


@EACH
def test_the_trait_is_gone(check: AnyCheck, trait: str) -> None:
    """One trait that was not captured leaves its own check open, and no other."""
    found = finding(check, tls(offer(traits=traits(**{trait: GONE}))))
    assert (found.outcome, found.cause) == (OPEN, Cause.RESET)
    others = {name: GONE for _, name in TRAITS if name != trait}
    assert finding(check, tls(offer(traits=traits(**others)))).outcome is MET


@pytest.mark.parametrize(
    ("check", "trait", "bad"),
    [
        pytest.param(tls_compression_off, "compression", True, id="compresses"),
        pytest.param(renegotiation_secure, "secure_renegotiation", False, id="renegotiates"),
        pytest.param(extended_master_secret, "extended_master_secret", False, id="unbound"),
        pytest.param(downgrade_protected, "fallback_refused", False, id="falls-back"),
        pytest.param(early_data_off, "early_data_bytes", 1, id="one-byte-early"),
        pytest.param(early_data_off, "early_data_bytes", 16384, id="many-bytes-early"),
    ],
)
def test_bad(check: AnyCheck, trait: str, bad: bool | int) -> None:
    """Seen is seen, also where other looks failed."""
    shown = offer(traits=traits(**{trait: bad}), versions=versions(MODERN, GONE), handshake=GONE)
    assert finding(check, tls(shown)).outcome is NOT_MET


@EACH
@pytest.mark.parametrize(
    ("shown", "outcomes"),
    [
        # In the order of TRAITS: compression, renegotiation, master secret, fallback, early data.
        pytest.param(ONLY_13, (ASIDE, ASIDE, ASIDE, ASIDE, OPEN), id="only-tls13"),
        pytest.param(ONLY_12, (OPEN, OPEN, OPEN, ASIDE, ASIDE), id="only-tls12"),
        pytest.param({}, (OPEN, OPEN, OPEN, OPEN, OPEN), id="both"),
        pytest.param(
            {"versions": versions({Version.SSL2, T13})},
            (ASIDE, ASIDE, ASIDE, ASIDE, OPEN),
            id="ssl2-has-no-traits",
        ),
        pytest.param(
            {"versions": versions({Version.SSL3, T13})},
            (OPEN, OPEN, ASIDE, OPEN, OPEN),
            id="ssl3-has-no-extensions",
        ),
        pytest.param(
            {"versions": versions({T13}, GONE)},
            (OPEN, OPEN, OPEN, OPEN, OPEN),
            id="only-tls13-seen",
        ),
        pytest.param(
            {"versions": versions({T12}, GONE), "handshake": GONE},
            (OPEN, OPEN, OPEN, OPEN, OPEN),
            id="only-tls12-seen",
        ),
        pytest.param(
            {"versions": versions(set()), "handshake": GONE},
            (OPEN, OPEN, OPEN, OPEN, ASIDE),
            id="nothing-accepted",
        ),
    ],
)
def test_makes_no_sense(
    check: AnyCheck, trait: str, shown: dict[str, Any], outcomes: tuple[Outcome, ...]
) -> None:
    """``None`` is believed only where the versions bear it out."""
    at = [name for _, name in TRAITS].index(trait)
    found = finding(check, tls(offer(traits=traits(**{trait: None}), **shown)))
    assert found.outcome is outcomes[at]


H3 = ("Alt-Svc", 'h3=":443"; ma=86400')


def with_alt_svc(*headers: tuple[str, str], url: str = f"https://{HOST}/") -> Http:
    return http(https=exchange(f"https://{HOST}/", hop(url, headers=headers)))


@pytest.mark.parametrize(
    ("shown", "answers", "outcome", "protocols"),
    [
        pytest.param({}, http(), MET, "h2, http/1.1", id="h2"),
        pytest.param({}, None, MET, "h2, http/1.1", id="h2-needs-no-answers"),
        pytest.param(
            {"traits": GONE, "handshake": handshake(alpn="h2")}, None, MET, "h2", id="by-handshake"
        ),
        pytest.param(
            {"traits": traits(alpn=("http/1.1",))}, http(), NOT_MET, "http/1.1", id="http1"
        ),
        pytest.param({"traits": traits(alpn=())}, http(), NOT_MET, None, id="no-alpn"),
        pytest.param(
            {"traits": traits(alpn=("http/1.1",))},
            with_alt_svc(H3),
            MET,
            "http/1.1, h3",
            id="h3",
        ),
        pytest.param({"traits": GONE}, with_alt_svc(H3), MET, "h3", id="h3-alone"),
        pytest.param(
            {"traits": traits(alpn=())},
            with_alt_svc(("Alt-Svc", 'h2="other:443", h3=":443"')),
            MET,
            "h3",
            id="h3-second",
        ),
        pytest.param(
            {"traits": traits(alpn=())},
            with_alt_svc(("Alt-Svc", 'h3-29=":443"')),
            NOT_MET,
            None,
            id="a-draft",
        ),
        pytest.param(
            {"traits": traits(alpn=())},
            with_alt_svc(H3, url="https://other.example/"),
            NOT_MET,
            None,
            id="h3-of-another-host",
        ),
        pytest.param(
            {"traits": traits(alpn=())},
            with_alt_svc(H3, url=f"http://{HOST}/"),
            NOT_MET,
            None,
            id="h3-over-http",
        ),
        pytest.param({"traits": GONE}, http(), OPEN, None, id="alpn-gone"),
        pytest.param({"traits": traits(alpn=GONE)}, http(), OPEN, None, id="this-trait-gone"),
        pytest.param({"traits": traits(alpn=())}, None, OPEN, None, id="answers-gone"),
        pytest.param(
            {"traits": traits(alpn=())},
            http(https=exchange(f"https://{HOST}/", end=GONE)),
            OPEN,
            None,
            id="no-answer",
        ),
        pytest.param(
            {"traits": traits(alpn=())},
            http(https=exchange(f"https://{HOST}/", end=Ended.NOT_TLS)),
            NOT_MET,
            None,
            id="no-http-over-it",
        ),
        pytest.param({"handshake": closed()}, http(), ASIDE, None, id="closed"),
    ],
)
def test_http2(
    shown: dict[str, Any], answers: Http | None, outcome: Outcome, protocols: str | None
) -> None:
    """The handshake says it, or else the answers."""
    payloads = [tls(offer(**shown)), *([answers] if answers else [])]
    found = finding(http2_offered, *payloads)
    assert found.outcome is outcome
    assert (found.measured[0].value if found.measured else None) == protocols
