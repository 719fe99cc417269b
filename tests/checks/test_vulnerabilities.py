"""Known holes: looked for only where permitted, seen or open, never guessed."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import HandshakeState
from checks.evidence.vulnerabilities import Vulnerabilities
from checks.judge import AnyCheck
from checks.rules.vulnerabilities import (
    ccs_injection_absent,
    client_renegotiation_off,
    heartbleed_absent,
    robot_absent,
)
from checks.spec import Outcome
from tests.builders.network import closed, exposed, finding, missing, offer, tls, vulnerabilities

HOLES: tuple[tuple[AnyCheck, str], ...] = (
    (heartbleed_absent, "heartbleed"),
    (ccs_injection_absent, "ccs_injection"),
    (robot_absent, "robot"),
)
LIMITS = {"max_renegotiations": 10}
ALL: tuple[tuple[AnyCheck, dict[str, Any]], ...] = (
    *((check, {}) for check, _ in HOLES),
    (client_renegotiation_off, LIMITS),
)
EACH = pytest.mark.parametrize(("check", "limits"), ALL, ids=[check.id for check, _ in ALL])
GONE = NotCaptured(cause=Cause.DEADLINE)


@EACH
def test_healthy(check: AnyCheck, limits: dict[str, Any]) -> None:
    """Nothing gave in, whatever is known of the handshake."""
    for payloads in ((vulnerabilities(), tls()), (vulnerabilities(),)):
        assert finding(check, *payloads, limits=limits).outcome is Outcome.MET


@EACH
def test_not_permitted(check: AnyCheck, limits: dict[str, Any]) -> None:
    """Without a permission that names the family nothing is looked for, and that is said."""
    found = missing(check, NotCaptured(cause=Cause.NOT_PERMITTED), limits)
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.NOT_PERMITTED)


@EACH
@pytest.mark.parametrize("state", [HandshakeState.REFUSED, HandshakeState.NOT_TLS])
def test_without_tls(check: AnyCheck, limits: dict[str, Any], state: HandshakeState) -> None:
    """A closed port has no hole, whether or not it was tried."""
    shut = tls(offer(handshake=closed(state)))
    empty = Vulnerabilities(addresses=(), looked_with="sslyze 6")
    tried = vulnerabilities(
        exposed(heartbleed=GONE, ccs_injection=GONE, robot=GONE, client_renegotiations=GONE)
    )
    for looked in (empty, tried):
        found = finding(check, looked, shut, limits=limits)
        assert (found.outcome, found.reason) == (Outcome.NOT_APPLICABLE, "no-tls")


@EACH
def test_no_address(check: AnyCheck, limits: dict[str, Any]) -> None:
    """Nothing was tried, and nothing is concluded."""
    empty = Vulnerabilities(addresses=(), looked_with="sslyze 6")
    found = finding(check, empty, tls(), limits=limits)
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.NO_ADDRESS)


@pytest.mark.parametrize(("check", "name"), HOLES, ids=[name for _, name in HOLES])
@pytest.mark.parametrize(
    ("seen", "outcome"),
    [(False, Outcome.MET), (True, Outcome.NOT_MET), (GONE, Outcome.NOT_TESTED)],
    ids=["refused", "gave-in", "gone"],
)
def test_holes(check: AnyCheck, name: str, seen: bool | NotCaptured, outcome: Outcome) -> None:
    """Each hole for itself; the worst address counts and is named."""
    second = exposed(address="203.0.113.11", **{name: seen})
    found = finding(check, vulnerabilities(exposed(), second))
    assert found.outcome is outcome
    if outcome is not Outcome.MET:
        assert found.address == "203.0.113.11"


@pytest.mark.parametrize(
    ("allowed", "outcome"),
    [
        (0, Outcome.MET),
        (10, Outcome.MET),
        (11, Outcome.NOT_MET),
        (None, Outcome.NOT_APPLICABLE),
        (GONE, Outcome.NOT_TESTED),
    ],
)
def test_renegotiations(allowed: int | NotCaptured | None, outcome: Outcome) -> None:
    """Ten are a limit; the eleventh shows that there is none."""
    looked = vulnerabilities(exposed(client_renegotiations=allowed))
    assert finding(client_renegotiation_off, looked, limits=LIMITS).outcome is outcome
