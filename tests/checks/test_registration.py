"""How long a name is registered: what counts, both sides of the bar, and every way not to know."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.registration import Registered, Registration, Source
from checks.rules.registration import registration_current
from checks.spec import Finding, Outcome
from tests.builders.network import AS_OF, HOST, finding, missing

BAR = {"min_days_left": 60}
TODAY = AS_OF.date()
GONE = NotCaptured(cause=Cause.NO_ANSWER, detail="rdap.example: silent")
NOBODY = NotCaptured(cause=Cause.NO_REGISTRY)


def registered(left: int | None = 300, **fields: Any) -> Registered:
    """The registry's word: so many days left."""
    healthy: dict[str, Any] = {
        "source": Source.RDAP,
        "server": "rdap.example",
        "found": True,
        "ends_on": None if left is None else TODAY + timedelta(days=left),
        "registrar": "PA",
        "statuses": ("clienttransferprohibited",),
    }
    return Registered(**(healthy | fields))


def registration(**fields: Any) -> Registration:
    """A name of the school's own, of which its registry tells."""
    healthy: dict[str, Any] = {"name": HOST, "answer": registered(), "inventory_ends_on": None}
    return Registration(**(healthy | fields))


def asked(as_of: datetime = AS_OF, **fields: Any) -> Finding:
    """The finding at the bar of sixty days."""
    return finding(registration_current, registration(**fields), limits=BAR, as_of=as_of)


@pytest.mark.parametrize(
    ("left", "outcome", "reason"),
    [
        pytest.param(60, Outcome.MET, "", id="at-the-bar"),
        pytest.param(59, Outcome.NOT_MET, "ends-soon", id="one-day-short"),
        pytest.param(0, Outcome.NOT_MET, "ends-soon", id="the-last-day"),
        pytest.param(-1, Outcome.NOT_MET, "expired", id="yesterday"),
        pytest.param(3650, Outcome.MET, "", id="ten-years"),
    ],
)
def test_days_by_the_registry(left: int, outcome: Outcome, reason: str) -> None:
    """Whole days from the day of judging decide."""
    found = asked(answer=registered(left))
    assert (found.outcome, found.reason) == (outcome, reason)
    assert found.measured[0].value == left


@pytest.mark.parametrize(
    "answer", [GONE, NOBODY, registered(None)], ids=["silent", "no", "dayless"]
)
@pytest.mark.parametrize(
    ("left", "outcome", "reason"),
    [
        pytest.param(60, Outcome.MET, "by-inventory", id="at-the-bar"),
        pytest.param(59, Outcome.NOT_MET, "ends-soon", id="one-day-short"),
        pytest.param(-1, Outcome.NOT_MET, "date-passed", id="passed"),
    ],
)
def test_days_by_the_inventory(
    answer: Registered | NotCaptured, left: int, outcome: Outcome, reason: str
) -> None:
    """Where no registry names a day, the inventory's counts, and the page says so."""
    found = asked(answer=answer, inventory_ends_on=TODAY + timedelta(days=left))
    assert (found.outcome, found.reason) == (outcome, reason)
    assert {"source": "inventory"}.items() <= {m.name: m.value for m in found.measured}.items()


def test_the_registry_counts_before_the_inventory() -> None:
    """A day that nobody renewed in the list accuses no one, and acquits no one."""
    late = asked(answer=registered(300), inventory_ends_on=TODAY - timedelta(days=5))
    assert late.outcome is Outcome.MET
    assert "the inventory says" in late.note
    early = asked(answer=registered(10), inventory_ends_on=TODAY + timedelta(days=500))
    assert (early.outcome, early.reason) == (Outcome.NOT_MET, "ends-soon")


@pytest.mark.parametrize(
    ("states", "left", "outcome", "reason"),
    [
        pytest.param(("redemptionperiod",), 300, "not-met", "in-redemption", id="redemption"),
        pytest.param(("redemptionperiod",), None, "not-met", "in-redemption", id="without-a-day"),
        pytest.param(("pendingdelete",), 300, "not-met", "pending-delete", id="deletion"),
        pytest.param(
            ("pendingdelete", "redemptionperiod"), 300, "not-met", "in-redemption", id="both"
        ),
        pytest.param(("clienthold",), 300, "needs-review", "on-hold", id="held-by-the-registrar"),
        pytest.param(("serverhold",), 300, "needs-review", "on-hold", id="held-by-the-registry"),
        pytest.param(("clienthold",), 10, "not-met", "ends-soon", id="held-and-ending"),
        pytest.param(("autorenewperiod",), 300, "needs-review", "auto-renewed", id="auto-renewed"),
        pytest.param(("ok", "active", "clientdeleteprohibited"), 300, "met", "", id="in-order"),
    ],
)
def test_states(states: tuple[str, ...], left: int | None, outcome: str, reason: str) -> None:
    """A name that is lost is lost, whatever day is told; one that is held is for a person."""
    found = asked(answer=registered(left, statuses=states))
    assert (found.outcome, found.reason) == (Outcome(outcome), reason)


def test_a_name_that_the_registry_does_not_have() -> None:
    """Perhaps our question was wrong: a person must look, whatever the inventory says."""
    unknown = registered(None, found=False, statuses=())
    for day in (None, TODAY + timedelta(days=300)):
        found = asked(answer=unknown, inventory_ends_on=day)
        assert (found.outcome, found.reason) == (Outcome.NEEDS_REVIEW, "unknown-to-registry")


def test_a_school_below_its_departments_name() -> None:
    """The registered name is judged, and the page names it."""
    found = asked(name="edu-department.vn")
    assert (found.outcome, found.reason) == (Outcome.MET, "name-above")
    assert {m.name: m.value for m in found.measured}["name"] == "edu-department.vn"
    day = TODAY + timedelta(days=90)
    found = asked(name="edu-department.vn", answer=NOBODY, inventory_ends_on=day)
    assert (found.outcome, found.reason) == (Outcome.MET, "name-above-by-inventory")


def test_a_suffix_is_nobodys_registration() -> None:
    """Unless the inventory names a day for it."""
    found = asked(name=None, answer=NOBODY)
    assert (found.outcome, found.reason) == (Outcome.NOT_APPLICABLE, "suffix-itself")
    found = asked(name=None, answer=NOBODY, inventory_ends_on=TODAY + timedelta(days=90))
    assert (found.outcome, found.reason) == (Outcome.MET, "by-inventory")


@pytest.mark.parametrize("cause", Cause)
def test_nothing_stands_in(cause: Cause) -> None:
    """No registry, no day: not tested, with the cause, and never met or unmet."""
    gone = NotCaptured(cause=cause)
    for found in (asked(answer=gone), missing(registration_current, gone, BAR)):
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)


def test_an_answer_without_a_day() -> None:
    """It is told what would decide."""
    found = asked(answer=registered(None))
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.NO_REGISTRY)


def test_the_moment_of_judging_decides() -> None:
    """The same evidence, judged later."""
    evidence = {"answer": registered(60)}
    assert asked(AS_OF, **evidence).outcome is Outcome.MET
    assert asked(AS_OF + timedelta(days=1), **evidence).outcome is Outcome.NOT_MET
    assert date(2026, 11, 22) == TODAY
