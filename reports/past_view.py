"""What earlier runs add to a page: since when, what changed since the run before, and the progress by month."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from checks.changes import Change, ChangeKind, key_of_finding
from checks.days import day_of
from checks.parsing.text import display
from checks.progress import Count, Progress, UnitProgress, against, by_month
from checks.spec import Finding
from checks.verdicts import ReadinessState
from inventory.model import Unit
from inventory.units import KIND_NAMES, commune, manager_name
from reports.judged import Judged
from reports.told import outcome_chip, readiness_chip, site_shown
from reports.view import ChangeRow, ChangesView, MonthRow, ProgressView, TargetLine, UnitMonth
from reports.words import SHOWN, Words, isolated

ROWS_SHOWN = 50
MONTHS_SHOWN = 24
_TOLD = (
    ChangeKind.REGRESSED,
    ChangeKind.TO_REVIEW,
    ChangeKind.NEW,
    ChangeKind.IMPROVED,
    ChangeKind.GONE,
)
"""What the sites did, the worst first; the other kinds are counted in words."""


def since(judged: Judged, finding: Finding, words: Words) -> str:
    """Since when an answer is as it is; empty where no earlier run tells."""
    standing = judged.past.standings.get(key_of_finding(finding))
    if standing is None or standing.latest is not finding.outcome:
        return ""
    key = "since" if standing.known_before else "since_least"
    told = words.ui(f"past.{key}", day=words.day(day_of(standing.since)))
    if standing.unsteady:
        return f"{told} {words.ui('past.unsteady')}"
    if standing.settled is not standing.latest:
        return f"{told} {words.ui('past.unconfirmed')}"
    return told


def changes_view(
    judged: Judged,
    units: Sequence[Unit],
    words: Words,
    page_of: Callable[[Unit], str | None],
) -> ChangesView | None:
    """What changed in these units since the run before; ``None`` where there is none to compare with."""
    found, earlier_at = judged.past.comparison, judged.past.earlier_at
    if found is None or earlier_at is None:
        return None
    here = {unit.id: unit for unit in units}
    mine = [change for change in found.changes if change.unit in here]
    told = sorted(
        (change for change in mine if change.kind in _TOLD),
        key=lambda change: _TOLD.index(change.kind),
    )
    kinds = Counter(change.kind for change in mine)
    readiness = [one for one in found.readiness if one.unit in here]
    became_ready = sum(
        one.after is ReadinessState.READY and one.before is not None for one in readiness
    )
    no_longer = sum(
        one.before is ReadinessState.READY and one.after is not None for one in readiness
    )
    return ChangesView(
        lead=words.ui("past.changes_lead", time=words.moment(earlier_at)),
        held=words.ui("past.held") if found.held else "",
        lines=tuple(_lines(kinds, became_ready, no_longer, words, alone=len(units) == 1)),
        rows=tuple(
            _row(judged, change, here[change.unit], page_of, words) for change in told[:ROWS_SHOWN]
        ),
        more=words.ui("common.and_more", n=words.number(len(told) - ROWS_SHOWN))
        if len(told) > ROWS_SHOWN
        else "",
        many=len(units) > 1,
    )


def _lines(
    kinds: Counter[ChangeKind], became_ready: int, no_longer: int, words: Words, *, alone: bool
) -> Iterable[str]:
    """The counts, in sentences; what is nothing is not said, but that nothing got worse is."""
    yield words.count("past.regressed", kinds[ChangeKind.REGRESSED])
    for kind in (ChangeKind.TO_REVIEW, ChangeKind.NEW, ChangeKind.IMPROVED, ChangeKind.GONE):
        if kinds[kind]:
            yield words.count(f"past.{kind.value}", kinds[kind])
    for key, n in (("became_ready", became_ready), ("no_longer_ready", no_longer)):
        if n:
            yield words.ui(f"past.{key}_alone") if alone else words.count(f"past.{key}", n)
    for kind in (ChangeKind.RULES_CHANGED, ChangeKind.COVERAGE_CHANGED, ChangeKind.NEUTRAL):
        if kinds[kind]:
            yield words.count(f"past.{kind.value}", kinds[kind])


def _row(
    judged: Judged,
    change: Change,
    unit: Unit,
    page_of: Callable[[Unit], str | None],
    words: Words,
) -> ChangeRow:
    site = next((s for s in judged.sites.get(unit.id, ()) if s.url == change.site), None)
    return ChangeRow(
        kind=words.ui(f"past.kind.{change.kind.value}"),
        unit=isolated(display(unit.name, 200)),
        href=page_of(unit),
        what=words.check(change.check).title,
        site=site_shown(site) if site is not None else display(change.site, SHOWN),
        before=outcome_chip(change.before.outcome, words) if change.before else None,
        after=outcome_chip(change.after.outcome, words) if change.after else None,
    )


def progress_view(
    judged: Judged, chosen: Callable[[UnitProgress], bool], place: str, words: Words
) -> ProgressView | None:
    """A group month by month, and its targets; ``None`` without a history."""
    past = judged.past
    if not past.months:
        return None
    months = by_month(past.months, chosen, day_of)
    return ProgressView(
        months=tuple(
            MonthRow(
                month=words.ui("past.month", month=month.month.month, year=month.month.year),
                of=words.number(month.counted.of),
                ready=_share(month.counted, words),
                not_ready=words.number(month.counted.not_ready),
                undecided=words.number(month.counted.undecided),
                year_before=_share(month.year_before, words)
                if month.year_before
                else words.ui("past.no_year_before"),
            )
            for month in reversed(months[-MONTHS_SHOWN:])
        ),
        targets=tuple(_targets(judged, past.months[-1], place, words)),
    )


def _targets(judged: Judged, latest: Progress, place: str, words: Words) -> Iterable[TargetLine]:
    today = day_of(judged.assessment.run.judged_at)
    targets = [t for t in judged.past.targets if place in ("", t.commune)]
    for row in against(targets, latest, today):
        target = row.target
        kinds = ", ".join(KIND_NAMES[kind][words.lang] for kind in target.kinds)
        if row.missing == 0:
            state = words.ui("past.target_reached")
        elif row.days_left < 0:
            state = words.count("past.target_late", row.missing)
        else:
            state = words.count("past.target_missing", row.missing)
        yield TargetLine(
            name=isolated(display(target.name, SHOWN)),
            of=", ".join(filter(None, (_place(target.commune, words), kinds))),
            goal=f"{words.number(target.ready_pct)} %",
            by=words.day(target.by),
            now=_share(row.counted, words),
            state=state,
            reached=row.missing == 0,
        )


def _place(code: str, words: Words) -> str:
    if not code:
        return words.ui("past.whole_city")
    found = commune(code)
    return found.title(words.lang) if found else display(manager_name(code, words.lang), SHOWN)


def months_of_unit(judged: Judged, unit: str, words: Words) -> tuple[UnitMonth, ...]:
    """A unit's readiness at the end of each month, oldest first."""
    rows = []
    for run in judged.past.months[-MONTHS_SHOWN:]:
        here = run.units.get(unit)
        if here is not None:
            day = day_of(run.at)
            month = words.ui("past.month", month=day.month, year=day.year)
            rows.append(UnitMonth(month, readiness_chip(here.state, words)))
    return tuple(rows)


def _share(counted: Count, words: Words) -> str:
    if not counted.of:
        return words.ui("common.share_empty")
    return words.ui(
        "common.share",
        percent=words.percent(counted.ready, counted.of),
        n=words.number(counted.ready),
        of=words.number(counted.of),
    )
