"""What a command tells of earlier runs, and the second look at sites that got worse."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from checks.assessment import Assessment
from checks.changes import Comparison, Key, compare
from checks.past import Past
from checks.standing import Standing
from inventory.settings import Settings
from scanner.archive.history import History
from scanner.archive.store import RunRow, Store
from scanner.history import sites_to_look_again

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Months and days are those of the readers."""

Assess = Callable[[RunRow], Assessment]


class Remembered:
    """Judges runs by the present rules, each once."""

    def __init__(self, assess: Assess) -> None:
        self._assess = assess
        self._known: dict[str, Assessment] = {}

    def __call__(self, run: RunRow) -> Assessment:
        """The run, judged."""
        if run.id not in self._known:
            self._known[run.id] = self._assess(run)
        return self._known[run.id]

    def know(self, run: RunRow, assessment: Assessment) -> None:
        """A run that somebody judged already."""
        self._known[run.id] = assessment


def compared(store: Store, earlier: RunRow, later: RunRow, assess: Assess) -> Comparison:
    """Two stored runs, the earlier one judged anew by the present rules."""
    told = [f for findings in store.told_findings(earlier).values() for f in findings]
    return compare(told, assess(earlier), assess(later))


def worse_sites(store: Store, run: RunRow, assess: Assess, settings: Settings) -> frozenset[str]:
    """The sites of a run that is still going on which got worse since the run before that counts."""
    baseline = History(store).baseline(run)
    if baseline is None or not settings.confirm.look_again:
        return frozenset()
    before, now = assess(baseline), assess(run)
    return sites_to_look_again(compare((), before, now), before, now, settings.confirm)


def past_of(store: Store, run: RunRow, assess: Assess, settings: Settings) -> Past:
    """Everything that reports tell of earlier runs beside this one."""
    history = History(store)
    counted = [one.run_seq for one in history.settlements() if one.counted]
    baseline = history.baseline(run)
    return Past(
        standings=_standings(history) if counted[:1] == [run.seq] else {},
        comparison=compared(store, baseline, run, assess) if baseline is not None else None,
        earlier_at=baseline.started_at if baseline is not None else None,
        months=tuple(history.progress(_last_of_months(store, run, frozenset(counted)))),
        targets=settings.targets,
    )


def _standings(history: History) -> dict[Key, Standing]:
    return {
        (unit, site, check, limits): standing
        for site, of in history.standings().items()
        for (unit, check, limits), standing in of.items()
    }


def _last_of_months(store: Store, run: RunRow, counted: frozenset[int]) -> list[int]:
    """The last run that counts of each month, up to this run."""
    last: dict[tuple[int, int], int] = {}
    for row in reversed(store.runs()):
        if row.seq in counted and row.seq <= run.seq:
            day = local(row.started_at)
            last[day.year, day.month] = row.seq
    return list(last.values())


def local(moment: datetime) -> datetime:
    """A moment where the readers are."""
    return moment.astimezone(UTC).astimezone(ZONE)
