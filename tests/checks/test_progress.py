"""Progress: counts by group and month, beside the year before, against targets."""

from datetime import UTC, date, datetime

import pytest

from checks.progress import (
    Progress,
    UnitProgress,
    against,
    aimed_at,
    by_month,
    progress_of,
    statuses_of,
    stretches,
)
from checks.spec import Outcome
from checks.verdicts import ReadinessState, Status
from inventory.model import UnitKind
from inventory.settings import Target
from tests.builders.judged import answer, assessed, criterion, edition, site, telling, unit

READY, NOT, OPEN = ReadinessState.READY, ReadinessState.NOT_READY, ReadinessState.UNDECIDED


def stood(
    state: ReadinessState,
    commune: str = "20242",
    manager: str = "20242",
    kind: UnitKind = UnitKind.THCS,
) -> UnitProgress:
    """A unit in one run."""
    return UnitProgress(kind=kind, commune=commune, manager=manager, state=state, statuses="f")


def run(at: datetime, units: dict[str, UnitProgress]) -> Progress:
    """One run."""
    return Progress(run=f"{at:%Y%m%d}", at=at, label="x", edition="1", criteria=("c",), units=units)


def day(year: int, month: int, on: int) -> datetime:
    """Noon."""
    return datetime(year, month, on, 12, tzinfo=UTC)


def test_of_an_assessment() -> None:
    """The worst of a unit's sites is its status; what was never judged is unknown."""
    label = edition(criterion("c1", "nosniff-set"), criterion("c2", "hsts-enforced"))
    one, other = unit("a"), unit("b")
    first, second = site(one), site(one, "hai.edu.vn")
    found = assessed(
        (label, edition(criterion("x", "nosniff-set"), label="khac")),
        [
            (
                one,
                [
                    (first, telling(first, {})),
                    (second, telling(second, {"hsts-enforced": answer(Outcome.NOT_MET)})),
                ],
            ),
            (other, []),
        ],
    )
    told = progress_of(found)
    assert told.criteria == ("c1", "c2")
    assert {name: u.statuses for name, u in told.units.items()} == {"a": "fu", "b": "kk"}
    assert statuses_of(told, "a") == {"c1": Status.FULFILLED, "c2": Status.UNFULFILLED}
    assert statuses_of(told, "gone") == {}
    assert told.units["a"].state is NOT


def test_months() -> None:
    """The last run of each month; the same month of the year before where there is one."""
    runs = [
        run(day(2026, 11, 20), {"a": stood(READY), "b": stood(NOT, "20332")}),
        run(day(2026, 11, 2), {"a": stood(NOT), "b": stood(NOT, "20332")}),
        run(day(2025, 11, 30), {"a": stood(NOT), "b": stood(OPEN, "20332"), "c": stood(NOT)}),
    ]
    then, now = by_month(runs, lambda _: True, lambda at: at.date())
    assert (then.month, then.counted, then.year_before) == (date(2025, 11, 1), (3, 0, 2, 1), None)
    assert (now.run, now.counted, now.year_before) == ("20261120", (2, 1, 1, 0), (3, 0, 2, 1))
    assert now.counted.ready_pct == 50.0
    (_, only) = by_month(runs, lambda u: u.commune == "20332", lambda at: at.date())
    assert only.counted == (1, 0, 1, 0)
    (_, nobody) = by_month(runs, lambda u: u.commune == "x", lambda at: at.date())
    assert nobody.counted.ready_pct is None


@pytest.mark.parametrize(
    ("pct", "missing"),
    [(0, 0), (33.3, 0), (33.4, 1), (66.7, 2), (100, 2)],
)
def test_targets(pct: float, missing: int) -> None:
    """Half a school is not ready: what is needed is rounded up."""
    now = run(day(2026, 11, 20), {"a": stood(READY), "b": stood(NOT), "c": stood(OPEN)})
    (row,) = against(
        [Target(name="t", ready_pct=pct, by=date(2026, 12, 1))], now, date(2026, 11, 20)
    )
    assert (row.missing, row.days_left, row.counted.of) == (missing, 11, 3)


@pytest.mark.parametrize(
    ("place", "kinds", "aimed"),
    [
        ("", (), True),
        ("20242", (), True),
        ("so-gddt", (), True),
        ("20332", (), False),
        ("", (UnitKind.THPT,), True),
        ("", (UnitKind.THCS,), False),
    ],
)
def test_whom_a_target_counts(place: str, kinds: tuple[UnitKind, ...], aimed: bool) -> None:
    """By place, which may be the commune or the manager, and by kind."""
    target = Target(name="t", ready_pct=1, by=date(2026, 12, 1), commune=place, kinds=kinds)
    assert aimed_at(target, stood(READY, "20242", "so-gddt", UnitKind.THPT)) is aimed


def test_stretches() -> None:
    """Equal states in a row are one stretch; runs without the unit break none."""
    runs = [
        run(day(2026, 1, 3), {"a": stood(READY)}),
        run(day(2026, 1, 1), {"a": stood(NOT)}),
        run(day(2026, 1, 2), {}),
        run(day(2026, 1, 4), {"a": stood(READY)}),
    ]
    assert stretches(runs, "a") == [
        (NOT, day(2026, 1, 1), day(2026, 1, 1)),
        (READY, day(2026, 1, 3), day(2026, 1, 4)),
    ]
    assert stretches(runs, "b") == []
