"""When a run is held: many units at once, nothing that they share, and not seen by the run before."""

import pytest

from checks.assessment import Assessment
from checks.changes import compare
from checks.evidence.base import Cause
from checks.holding import hold_of
from checks.spec import Outcome
from inventory.settings import Confirming
from tests.builders.judged import (
    Answer,
    answer,
    assessed,
    criterion,
    edition,
    site,
    telling,
    unit,
    untested,
)

CONFIRM = Confirming(hold_share_pct=20, hold_least=3)
UNITS = 20
LABEL = edition(criterion("c", "site-reachable", "nosniff-set"))
BAD, SILENT = answer(Outcome.NOT_MET), untested(Cause.CONNECT_TIMEOUT)


def city(check: str, said: Answer, which: range, platform: range = range(0)) -> Assessment:
    """Twenty units of which some answer otherwise on one check; some have a builder in common."""
    units = []
    for number in range(UNITS):
        one = unit(f"u{number:02}")
        place = site(one).model_copy(update={"platform": "Một" if number in platform else None})
        answers = {check: said} if number in which else {}
        units.append((one, [(place, telling(place, answers))]))
    found = assessed((LABEL,), units)
    # All looks of the builder show one address, which tells nothing here.
    return found.model_copy(
        update={
            "looks": {k: v.model_copy(update={"addresses": ()}) for k, v in found.looks.items()}
        }
    )


WELL = city("", answer(), range(0))


def held(now: Assessment, before: Assessment = WELL, again: frozenset[str] = frozenset()) -> str:
    """The hold in words, or nothing."""
    return str(hold_of(compare((), before, now), before, now, CONFIRM, again) or "")


@pytest.mark.parametrize(
    ("check", "said", "which", "expected"),
    [
        pytest.param("nosniff-set", BAD, range(4), "mass-failure nosniff-set 4/20", id="a fifth"),
        pytest.param("nosniff-set", BAD, range(3), "", id="fewer"),
        pytest.param(
            "site-reachable", SILENT, range(4), "mass-failure site-reachable 4/20", id="silent"
        ),
        pytest.param("nosniff-set", SILENT, range(4), "", id="not tested on some check"),
        pytest.param("nosniff-set", answer(Outcome.NEEDS_REVIEW), range(9), "", id="to review"),
        pytest.param("", answer(), range(0), "", id="nothing"),
    ],
)
def test_a_share_of_units(check: str, said: Answer, which: range, expected: str) -> None:
    """Both sides of the bar."""
    assert held(city(check, said, which)) == expected


def test_fewer_than_the_least() -> None:
    """A handful is never held, whatever its share."""
    now = city("nosniff-set", BAD, range(4))
    few = Confirming(hold_share_pct=20, hold_least=5)
    assert hold_of(compare((), WELL, now), WELL, now, few) is None


def test_what_a_builder_explains() -> None:
    """Four of five of those that fail have one builder: it is the builder's doing, and the run stands."""
    builder = range(5)
    before = city("", answer(), range(0), builder)
    assert held(city("nosniff-set", BAD, range(5), builder), before) == ""
    assert held(city("nosniff-set", BAD, range(7), builder), before) != ""


def test_seen_again() -> None:
    """What the held run before saw of the same units is believed when it is seen again."""
    now = city("nosniff-set", BAD, range(5))
    assert held(now, again=frozenset(f"u{n:02}" for n in range(4))) == ""
    assert held(now, again=frozenset(f"u{n:02}" for n in range(3))) != ""


def test_a_fault_that_was_there() -> None:
    """Only what newly fails counts."""
    before = city("nosniff-set", BAD, range(8))
    assert held(city("nosniff-set", BAD, range(10)), before) == ""


def test_who_could_not_be_compared() -> None:
    """Units that were silent before are no part of the share."""
    before = city("site-reachable", SILENT, range(8, 20))
    assert held(city("site-reachable", SILENT, range(3, 20)), before) == (
        "mass-failure site-reachable 5/8"
    )
