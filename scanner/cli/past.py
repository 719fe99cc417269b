"""What a command tells of earlier runs, and the second look at sites that got worse."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from checks.assessment import Assessment
from checks.changes import Comparison, Key, compare
from checks.days import day_of
from checks.lists import Lists
from checks.past import Past
from checks.standing import Standing
from inventory.records import RecordsUsed
from inventory.settings import Settings
from scanner.archive.history import History
from scanner.archive.records import Records
from scanner.archive.store import RunRow, Store
from scanner.archive.uptime_book import UptimeBook
from scanner.cli.judging import EditionFile, assess_run, findings_by_site
from scanner.history import Settled, pending, settle_pending, sites_to_look_again

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

    def once(self, run: RunRow) -> Assessment:
        """The run as it is at this moment."""
        return self._assess(run)

    def anew(self, run: RunRow) -> Assessment:
        """The run judged once more, because something about it changed."""
        self._known.pop(run.id, None)
        return self(run)


def remembered(
    store: Store,
    editions: tuple[EditionFile, ...],
    lists: Lists,
    moments: Mapping[str, datetime] = MappingProxyType({}),
    records: Mapping[str, RecordsUsed] = MappingProxyType({}),
) -> Remembered:
    """Judges stored runs by these rules, each as of its own moment and by its own records.

    ``moments`` and ``records`` are, by the id of a run, those to judge it by instead.
    """

    def judged(row: RunRow) -> Assessment:
        at = moments.get(row.id, row.as_of)
        return assess_run(store, row, editions, at, lists, records.get(row.id))

    return Remembered(judged)


def compared(store: Store, earlier: RunRow, later: RunRow, assess: Assess) -> Comparison:
    """Two stored runs, the earlier one judged anew by the present rules."""
    told = [f for findings in store.told_findings(earlier).values() for f in findings]
    return compare(told, assess(earlier), assess(later))


def worse_sites(
    store: Store, run: RunRow, assess: Remembered, settings: Settings
) -> frozenset[str]:
    """The sites of a run that is still going on which got worse since the run before that counts."""
    history = History(store)
    baseline = history.baseline(run)
    if baseline is None or not settings.confirm.look_again:
        return frozenset()
    # What is judged here is not the whole run yet: it is not remembered.
    before, now = assess(baseline), assess.once(run)
    compared_now = compare((), before, now)
    return sites_to_look_again(compared_now, before, now, history.standings(), settings.confirm)


def conclude(
    store: Store, run: RunRow, assess: Remembered, settings: Settings
) -> tuple[Assessment, Settled]:
    """Judge a run that is complete, keep what was told, take it into the history, and let excuses live on."""
    assessment = assess(run)
    store.keep_findings(run, findings_by_site(assessment))
    # A run that was taken up again after a later one ended is no part of the history.
    settled = next(
        (one for one in settle_pending(store, assess, settings.confirm) if one.run.seq == run.seq),
        Settled(run, None, (), run.held),
    )
    if settled.hold != run.held:
        # What holds a run changes what it says of everybody.
        run = store.run(run.id)
        assessment = assess.anew(run)
        store.keep_findings(run, findings_by_site(assessment))
    Records(store).keep_lives(run, assessment.excuses)
    return assessment, settled


def catch_up(store: Store, assess: Remembered, settings: Settings) -> None:
    """Take into the history what ended right before its program could."""
    for run in pending(store):
        if not store.told_findings(run):
            # It ended before a page was written; what is told of it from now on is this.
            store.keep_findings(run, findings_by_site(assess(run)))
    for settled in settle_pending(store, assess, settings.confirm):
        Records(store).keep_lives(settled.run, assess(settled.run).excuses)


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
        uptime=UptimeBook(store).days(run.as_of),
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
    for seq, began in store.begun_at().items():
        if seq in counted and seq <= run.seq:
            day = day_of(began)
            last[day.year, day.month] = seq
    return list(last.values())
