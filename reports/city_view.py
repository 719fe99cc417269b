"""The page of the whole city and of each manager: counts with their denominators, and the table of units."""

from collections.abc import Iterable, Sequence

from checks.parsing.text import display
from checks.verdicts import ReadinessState, Status
from inventory.model import SO_GDDT, Unit, UnitKind, UnitState
from inventory.units import KIND_NAMES, manager_name
from reports.clusters_view import cluster_rows
from reports.common import edition_title
from reports.due_view import due_view
from reports.judged import STEP_KINDS, Coverage, Judged, StepKind
from reports.past_view import changes_view, progress_view
from reports.run_view import banners, run_facts
from reports.told import bar, level_chip, readiness_chip, site_shown
from reports.unit_view import commune_title, coverage_chip, shown_name
from reports.view import (
    Chip,
    Choice,
    Counts,
    CriterionRow,
    GroupRow,
    GroupView,
    StepRow,
    UnitRow,
)
from reports.words import SHOWN, Words

FAILING_SHOWN = 15
_ORDER = (ReadinessState.NOT_READY, ReadinessState.UNDECIDED, ReadinessState.READY)


def city_view(judged: Judged, words: Words) -> GroupView:
    """The whole city."""
    rows = tuple(
        GroupRow(
            manager_shown(manager, words),
            f"communes/{judged.manager_pages[manager]}.html",
            counts(judged, [u for u in judged.active if u.manager == manager], words),
        )
        for manager in managers(judged)
    )
    return _group(
        judged, judged.units, words.ui("city.title"), words.ui("city.lead"), "units/", rows, words
    )


def manager_view(judged: Judged, manager: str, words: Words) -> GroupView:
    """The units of one manager: a commune, or the department."""
    if manager == SO_GDDT:
        title = words.ui("manager.page_so")
    else:
        name = manager_shown(manager, words)
        # In Vietnamese running text the kind of a commune is written small.
        inside = name[:1].lower() + name[1:] if words.lang == "vi" else name
        title = words.ui("manager.page_commune", name=inside)
    units = [u for u in judged.units if u.manager == manager]
    return _group(judged, units, title, words.ui("commune.lead"), "../units/", (), words, manager)


def managers(judged: Judged) -> list[str]:
    """All managers: the department first, then communes by code."""
    return sorted({u.manager for u in judged.units}, key=lambda m: (m != SO_GDDT, m))


def manager_shown(manager: str, words: Words) -> str:
    """A manager's name, fit to show."""
    return display(manager_name(manager, words.lang), SHOWN)


def counts(judged: Judged, units: Sequence[Unit], words: Words) -> Counts:
    """Units of one group counted twice over the same whole: by readiness and by coverage."""
    states = [judged.readiness(u.id).state for u in units]
    covered = [judged.coverage(u.id) for u in units]
    of = len(units)
    tested = covered.count(Coverage.TESTED)
    blocked = covered.count(Coverage.BLOCKED)
    unreachable = covered.count(Coverage.UNREACHABLE)
    not_looked = covered.count(Coverage.NOT_LOOKED)
    ready = states.count(ReadinessState.READY)
    line = words.ui(
        "coverage.line",
        of=words.number(of),
        tested=words.number(tested),
        blocked=words.number(blocked),
        unreachable=words.number(unreachable),
        not_looked=words.number(not_looked),
    )
    return Counts(
        of=of,
        ready=ready,
        not_ready=states.count(ReadinessState.NOT_READY),
        undecided=states.count(ReadinessState.UNDECIDED),
        tested=tested,
        blocked=blocked,
        unreachable=unreachable,
        not_looked=not_looked,
        ready_share=_share(ready, of, words),
        bar=bar(
            (
                (readiness_chip(state, words).kind, words.ui(f"readiness.{state.value}"), n)
                for state in reversed(_ORDER)
                for n in [states.count(state)]
            ),
            words,
        ),
        coverage_bar=bar(
            (
                ("good", words.ui("coverage.tested"), tested),
                ("held", words.ui("coverage.blocked"), blocked),
                ("look", words.ui("coverage.unreachable"), unreachable),
                ("open", words.ui("coverage.not-looked"), not_looked),
            ),
            words,
        ),
        coverage_line=line,
        without=_without(judged, units, words),
    )


def _without(judged: Judged, units: Sequence[Unit], words: Words) -> tuple[str, ...]:
    """How many units have something excused, and the same counts without that."""
    told = [judged.readiness(u.id) for u in units]
    excused = sum(bool(one.excused) for one in told)
    if not excused:
        return ()
    bare = [one.without or one.state for one in told]
    count = {state: words.number(bare.count(state)) for state in ReadinessState}
    return (
        words.count("excuse.units", excused),
        words.ui(
            "excuse.counts_without",
            ready=count[ReadinessState.READY],
            not_ready=count[ReadinessState.NOT_READY],
            undecided=count[ReadinessState.UNDECIDED],
        ),
    )


def _group(
    judged: Judged,
    units: Sequence[Unit],
    title: str,
    lead: str,
    to_units: str,
    manager_rows: tuple[GroupRow, ...],
    words: Words,
    place: str = "",
) -> GroupView:
    active = [u for u in units if u.state is UnitState.ACTIVE]
    steps, best = _steps(judged, active, words)
    kinds = [k for k in UnitKind if any(u.kind is k for u in units)]
    communes = sorted({u.commune for u in units})
    return GroupView(
        title=title,
        lead=lead,
        label=edition_title(judged.edition, words) if judged.edition else "",
        run_at=words.ui("unit.run_at", time=words.moment(judged.assessment.run.started_at)),
        banners=banners(judged.assessment, words),
        counts=counts(judged, active, words),
        not_counted=_not_counted(len(units) - len(active), words),
        managers=manager_rows,
        kinds=tuple(
            GroupRow(
                KIND_NAMES[kind][words.lang],
                None,
                counts(judged, [u for u in active if u.kind is kind], words),
            )
            for kind in kinds
        ),
        failing=_failing(judged, active, words),
        steps=steps,
        best_step=best,
        clusters=cluster_rows(judged, words) if manager_rows else (),
        units=tuple(_unit_row(judged, unit, to_units, words) for unit in units),
        commune_choices=tuple(
            sorted(
                (Choice(code, commune_title(code, words)) for code in communes),
                key=lambda choice: choice.word,
            )
        ),
        kind_choices=tuple(Choice(kind.value, KIND_NAMES[kind][words.lang]) for kind in kinds),
        readiness_choices=tuple(
            Choice(str(at), words.ui(f"readiness.{state.value}")) for at, state in enumerate(_ORDER)
        ),
        run=run_facts(judged.assessment, words),
        city=bool(manager_rows),
        changes=changes_view(
            judged, units, words, lambda unit: f"{to_units}{judged.pages[unit.id]}.html"
        ),
        progress=progress_view(judged, lambda u: place in ("", u.manager), place, words),
        due=due_view(judged, active, to_units, words),
    )


def _not_counted(n: int, words: Words) -> str:
    return words.ui("city.not_counted", n=words.number(n)) if n else ""


def _unit_row(judged: Judged, unit: Unit, to_units: str, words: Words) -> UnitRow:
    readiness = judged.readiness(unit.id)
    sites = judged.sites.get(unit.id, ())
    more = f" +{len(sites) - 1}" if len(sites) > 1 else ""
    active = unit.state is UnitState.ACTIVE
    state = (
        readiness_chip(readiness.state, words)
        if active
        else Chip("none", words.ui(f"state.{unit.state.value}"))
    )
    return UnitRow(
        name=shown_name(unit),
        href=f"{to_units}{judged.pages[unit.id]}.html",
        kind=KIND_NAMES[unit.kind][words.lang],
        kind_code=unit.kind.value,
        commune=commune_title(unit.commune, words),
        commune_code=unit.commune,
        site=f"{site_shown(sites[0])}{more}" if sites else words.ui("common.none"),
        state=state,
        order=_ORDER.index(readiness.state) if active else len(_ORDER),
        blocks=len(readiness.blocks),
        open=len(readiness.undecided),
        coverage=coverage_chip(judged.coverage(unit.id), words),
        counted=active,
    )


def _failing(judged: Judged, units: Sequence[Unit], words: Words) -> tuple[CriterionRow, ...]:
    rows: list[CriterionRow] = []
    for edition in judged.assessment.editions:
        came_to = [judged.statuses(u.id, edition) for u in units]
        for criterion in edition.criteria:
            found = [statuses[criterion.id] for statuses in came_to]
            failed = found.count(Status.UNFULFILLED)
            if not failed:
                continue
            concerned = len(found) - found.count(Status.NOT_APPLICABLE)
            text = criterion.text_vi if words.lang == "vi" else criterion.text_en
            rows.append(
                CriterionRow(
                    text=display(text, 600),
                    edition=edition_title(edition, words),
                    level=level_chip(criterion.level, words),
                    failed=failed,
                    concerned=concerned,
                    share=words.percent(failed, concerned),
                    review=found.count(Status.REVIEW),
                    unknown=found.count(Status.UNKNOWN),
                    excused=found.count(Status.EXCUSED),
                )
            )
    # Stable: among equals the edition's own order stays.
    return tuple(sorted(rows, key=lambda row: -row.failed)[:FAILING_SHOWN])


def _steps(judged: Judged, units: Iterable[Unit], words: Words) -> tuple[tuple[StepRow, ...], str]:
    """Steps that open required criteria wait for; ``alone`` counts undecided units that one step would decide."""
    waits: dict[StepKind, int] = {}
    alone: dict[StepKind, int] = {}
    checks: dict[StepKind, dict[str, None]] = {}
    for unit in units:
        undecided = judged.readiness(unit.id).state is ReadinessState.UNDECIDED
        steps = judged.open_steps(unit.id)
        for kind, step in steps.items():
            waits[kind] = waits.get(kind, 0) + 1
            checks.setdefault(kind, {}).update(step.checks)
            alone[kind] = alone.get(kind, 0) + (undecided and len(steps) == 1)
    ordered = sorted(
        (kind for kind in STEP_KINDS if kind in waits), key=lambda k: (-alone[k], -waits[k])
    )
    rows = tuple(
        StepRow(
            text=words.ui(f"step.{kind.value}"),
            waits=waits[kind],
            alone=alone[kind],
            checks=tuple(words.check(check).title for check in checks[kind]),
            checks_n=words.count("city.checks", len(checks[kind])),
        )
        for kind in ordered
    )
    if not ordered:
        return rows, words.ui("city.not_yet_none")
    if not alone[ordered[0]]:
        return rows, words.ui("city.no_single_step")
    best = words.ui(f"step.{ordered[0].value}")
    return rows, words.count("city.best_step", alone[ordered[0]], step=best)


def _share(n: int, of: int, words: Words) -> str:
    if not of:
        return words.ui("common.share_empty")
    return words.ui(
        "common.share", percent=words.percent(n, of), n=words.number(n), of=words.number(of)
    )
