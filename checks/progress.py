"""How far a city, a commune, a kind of school has come, run by run and month by month.  Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from checks.assessment import Assessment
from checks.evidence.base import Fact
from checks.verdicts import ReadinessState, Status
from inventory.model import UnitKind
from inventory.settings import Target

LETTER_OF = {
    Status.FULFILLED: "f",
    Status.UNFULFILLED: "u",
    Status.REVIEW: "r",
    Status.UNKNOWN: "k",
    Status.EXCUSED: "e",
    Status.NOT_APPLICABLE: "a",
}
STATUS_OF = {letter: status for status, letter in LETTER_OF.items()}
_WORST_FIRST = "ukrefa"


class UnitProgress(Fact):
    """Where one unit stood in one run."""

    kind: UnitKind
    commune: str
    manager: str
    state: ReadinessState
    statuses: str
    """A letter for each criterion of the run's label, in the edition's order; the worst over the unit's sites."""


class Progress(Fact):
    """Where every unit stood in one run, under the label whose readiness is counted."""

    run: str
    at: datetime
    label: str
    edition: str
    criteria: tuple[str, ...]
    units: dict[str, UnitProgress]


def progress_of(assessment: Assessment) -> Progress:
    """What a run's assessment says of every unit that counts."""
    edition = assessment.editions[0]
    criteria = tuple(criterion.id for criterion in edition.criteria)
    place = {criterion: at for at, criterion in enumerate(criteria)}
    letters = {unit.id: ["k"] * len(criteria) for unit in assessment.units}
    seen: set[tuple[str, str]] = set()
    for verdict in assessment.verdicts:
        if verdict.label != edition.label:
            continue
        at, letter = place[verdict.criterion], LETTER_OF[verdict.status]
        first = (verdict.unit, verdict.criterion) not in seen
        seen.add((verdict.unit, verdict.criterion))
        known = letters[verdict.unit]
        known[at] = letter if first else min(known[at], letter, key=_WORST_FIRST.index)
    return Progress(
        run=assessment.run.id,
        at=assessment.run.judged_at,
        label=edition.label,
        edition=edition.edition,
        criteria=criteria,
        units={
            unit.id: UnitProgress(
                kind=unit.kind,
                commune=unit.commune,
                manager=unit.manager,
                state=assessment.readiness[unit.id].state,
                statuses="".join(letters[unit.id]),
            )
            for unit in assessment.units
        },
    )


class Count(NamedTuple):
    """Units of a group by readiness; ``of`` is all of them."""

    of: int
    ready: int
    not_ready: int
    undecided: int

    @property
    def ready_pct(self) -> float | None:
        """The share that is ready, in percent; ``None`` where nobody is counted."""
        return 100 * self.ready / self.of if self.of else None


def count(units: Iterable[UnitProgress]) -> Count:
    """Units by readiness."""
    states = [unit.state for unit in units]
    return Count(
        len(states),
        states.count(ReadinessState.READY),
        states.count(ReadinessState.NOT_READY),
        states.count(ReadinessState.UNDECIDED),
    )


Chosen = Callable[[UnitProgress], bool]


class Month(NamedTuple):
    """A group at its last complete run of a month, beside the same month of the year before."""

    month: date
    """Its first day."""
    at: datetime
    run: str
    counted: Count
    year_before: Count | None
    """``None`` where no run of that month is kept: nothing stands in for it."""


def by_month(
    runs: Iterable[Progress], chosen: Chosen, zone: Callable[[datetime], date]
) -> list[Month]:
    """Each month's last run, oldest first.  ``zone`` says on which day a moment lies where the reader is."""
    last: dict[date, Progress] = {}
    for run in sorted(runs, key=lambda run: run.at):
        last[zone(run.at).replace(day=1)] = run
    counts = {month: count(filter(chosen, run.units.values())) for month, run in last.items()}
    return [
        Month(
            month, last[month].at, last[month].run, counts[month], counts.get(_year_before(month))
        )
        for month in sorted(last)
    ]


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


class TargetRow(NamedTuple):
    """A target, and how far its group is."""

    target: Target
    counted: Count
    days_left: int
    """Negative: so many days ago."""
    missing: int
    """Units that must still become ready; 0 where the target is reached."""


def against(targets: Sequence[Target], now: Progress, today: date) -> list[TargetRow]:
    """Each target beside the latest run."""
    rows = []
    for target in targets:
        counted = count(unit for unit in now.units.values() if aimed_at(target, unit))
        # Rounded up: half a school is not ready.
        needed = -(-counted.of * target.ready_pct // 100)
        rows.append(
            TargetRow(
                target, counted, (target.by - today).days, max(0, int(needed) - counted.ready)
            )
        )
    return rows


def aimed_at(target: Target, unit: UnitProgress) -> bool:
    """Whether a target counts this unit."""
    place = target.commune in ("", unit.commune, unit.manager)
    return place and (not target.kinds or unit.kind in target.kinds)


class Stretch(NamedTuple):
    """A time over which a unit's readiness did not change."""

    state: ReadinessState
    since: datetime
    until: datetime
    """When it was last seen so."""


def stretches(runs: Iterable[Progress], unit: str) -> list[Stretch]:
    """A unit's readiness over the runs, oldest first."""
    found: list[Stretch] = []
    for run in sorted(runs, key=lambda run: run.at):
        here = run.units.get(unit)
        if here is None:
            continue
        if found and found[-1].state is here.state:
            found[-1] = found[-1]._replace(until=run.at)
        else:
            found.append(Stretch(here.state, run.at, run.at))
    return found


def statuses_of(run: Progress, unit: str) -> Mapping[str, Status]:
    """The status of each criterion in one run; empty where the unit did not count then."""
    here = run.units.get(unit)
    letters = here.statuses if here else ""
    return {
        criterion: STATUS_OF[letter]
        for criterion, letter in zip(run.criteria, letters, strict=False)
    }
