"""One unit's page: the verdict, what to mend in the order of what helps most, then every criterion."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from checks.criteria.model import Clause, Criterion, Level
from checks.days import day_of
from checks.due import WITHIN_DAYS
from checks.events import BROKEN_INTO
from checks.evidence.base import SIDE_OF, Cause
from checks.excuses import Accepted
from checks.parsing.text import display
from checks.spec import Finding, Outcome
from checks.verdicts import Readiness, ReadinessState, Status, Verdict
from inventory.model import Site, Unit, UnitState
from inventory.units import KIND_NAMES, commune, manager_name
from reports.addresses import safe_href
from reports.common import Common, Demand, ToldEdition
from reports.due_view import due_view
from reports.fixes import Fix, fixes_of
from reports.judged import ABOUT_THE_SITE, Coverage, Judged, JudgedSite
from reports.past_view import changes_view, months_of_unit, since
from reports.told import (
    level_chip,
    limit_lines,
    lines_to_set,
    measured_line,
    outcome_chip,
    readiness_chip,
    said,
    site_shown,
    spots,
    status_chip,
    tally,
)
from reports.uptime_view import strips
from reports.view import (
    Action,
    Alarm,
    BriefCriterion,
    Chip,
    CriteriaGroup,
    CriterionView,
    EditionView,
    Fact,
    FindingRow,
    SeenView,
    SiteView,
    Snippet,
    Step,
    UnitView,
)
from reports.words import SHOWN, CheckWords, Words, fill, isolated

_BAD_FIRST = {"bad": 0, "look": 1, "open": 2}
_NOT_IN_ANCHORS = re.compile("[^A-Za-z0-9]")
_OPENED = (Status.UNFULFILLED, Status.REVIEW)


@dataclass(frozen=True, slots=True)
class Place:
    """One site while its part of the page is made.

    ``helped`` remembers what was explained further up for this site, ``elsewhere`` what was for another of
    the unit's sites: where each check's help stands.
    """

    judged: Judged
    unit: Unit
    site: Site
    number: int
    found: JudgedSite
    helped: dict[str, str]
    elsewhere: dict[str, str]
    excuses: Sequence[Accepted]
    today: date


def unit_view(judged: Judged, unit: Unit, common: Common) -> UnitView:
    """Everything the page of one unit tells."""
    words = common.words
    sites = judged.sites.get(unit.id, ())
    readiness = judged.readiness(unit.id)
    verdict, more = _verdict(judged, unit, readiness, words)
    fixes = fixes_of(judged, unit)
    # A required fault is work to do whichever edition requires it; the label's own come first.
    first = [f for f in fixes if f.blocks_label or f.level is Level.REQUIRED]
    later = [f for f in fixes if f not in first]
    edition = judged.edition
    explained: dict[str, str] = {}
    came_to = judged.statuses(unit.id, edition) if edition and sites else {}
    required = edition.criteria if edition and sites else ()
    statuses = [came_to[c.id] for c in required if c.level is Level.REQUIRED]
    bare = judged.statuses(unit.id, edition, bare=True) if edition and sites else {}
    without = [bare[c.id] for c in required if c.level is Level.REQUIRED]
    return UnitView(
        title=shown_name(unit),
        state=readiness_chip(readiness.state, words),
        verdict=verdict,
        more=more,
        label=common.label,
        facts=_unit_facts(judged, unit, words),
        tally=tally(statuses, words),
        banners=common.banners,
        alarm=_alarm(unit, fixes, words),
        actions=tuple(_action(judged, fix, words, many=len(sites) > 1) for fix in first),
        further=tuple(_action(judged, fix, words, many=len(sites) > 1) for fix in later),
        steps=_steps(judged, unit, readiness, words),
        sites=tuple(
            _site(judged, unit, site, at, common, explained) for at, site in enumerate(sites, 1)
        ),
        basis=common.basis,
        manager_name=display(manager_name(unit.manager, words.lang), SHOWN),
        manager_page=judged.manager_pages[unit.manager],
        run=common.run,
        run_at=common.run_at,
        changes=changes_view(judged, (unit,), words, lambda _: None),
        months=months_of_unit(judged, unit.id, words),
        without=_without(readiness, words),
        tally_without=tally(without, words) if readiness.excused else (),
        due=due_view(judged, (unit,), None, words),
    )


def _without(readiness: Readiness, words: Words) -> str:
    """What the verdict would be if nothing were excused."""
    if not readiness.excused:
        return ""
    state = readiness.without or readiness.state
    return words.count(
        "excuse.unit_without",
        len(readiness.blocks_without),
        state=words.ui(f"readiness.{state.value}"),
    )


def _alarm(unit: Unit, fixes: list[Fix], words: Words) -> Alarm | None:
    """What a school does today whose site bears the marks of a break-in."""
    found = [fix for fix in fixes if fix.finding.check in BROKEN_INTO]
    if not found:
        return None
    manager = display(manager_name(unit.manager, words.lang), SHOWN)
    signs = dict.fromkeys(_task(words.check(fix.finding.check)) for fix in found)
    return Alarm(
        title=words.ui("alarm.title"),
        lead=words.ui("alarm.lead", signs="; ".join(signs)),
        steps=tuple(
            words.ui(f"alarm.{step}", manager=manager)
            for step in ("keep", "call", "report", "clean", "again")
        ),
    )


def _task(known: CheckWords) -> str:
    """What is to be done, in a few words; where nobody wrote that, how it would be if all were well."""
    return known.task or known.title


def shown_name(unit: Unit) -> str:
    """A unit's name, fit to show."""
    return isolated(display(unit.name, 200))


def commune_title(code: str, words: Words) -> str:
    """A commune's name with its kind, or its code where there is no such commune."""
    found = commune(code)
    return found.title(words.lang) if found else display(code, 20)


# ---- the first screen ---------------------------------------------------------------------------


def _verdict(
    judged: Judged, unit: Unit, readiness: Readiness, words: Words
) -> tuple[str, tuple[str, ...]]:
    blocks, undecided = len(readiness.blocks), len(readiness.undecided)
    coverage = judged.coverage(unit.id)
    more: list[str] = []
    if readiness.state is ReadinessState.NOT_READY:
        verdict = words.count("unit.not_ready", blocks)
        if undecided:
            more.append(words.count("unit.also_open", undecided))
    elif readiness.state is ReadinessState.READY:
        verdict = words.ui("unit.ready")
        more.append(words.ui("unit.ready_more"))
    elif coverage is Coverage.NOT_LOOKED or not undecided:
        verdict = words.ui("unit.not_looked")
    else:
        verdict = words.count("unit.undecided", undecided)
        more.append(words.ui("unit.undecided_more"))
    if not judged.sites.get(unit.id):
        more.append(words.ui("unit.no_site"))
    elif coverage is not Coverage.TESTED:
        more.append(words.ui(f"coverage.{coverage.value}_tell"))
    if unit.state is not UnitState.ACTIVE:
        more.append(words.ui("unit.not_counted"))
    return verdict, tuple(more)


def _unit_facts(judged: Judged, unit: Unit, words: Words) -> tuple[Fact, ...]:
    sites = judged.sites.get(unit.id, ())
    addresses = tuple(
        Fact(words.ui("unit.address"), site_shown(site), safe_href(site.url)) for site in sites
    )
    looks = [look for site in sites if (look := judged.look(site)) is not None]
    looked = (
        words.moment(max(look.captured_at for look in looks))
        if looks
        else words.ui("unit.never_looked")
    )
    facts = [
        *addresses,
        Fact(words.ui("unit.kind"), KIND_NAMES[unit.kind][words.lang]),
        Fact(words.ui("unit.commune"), commune_title(unit.commune, words)),
        Fact(words.ui("unit.manager"), display(manager_name(unit.manager, words.lang), SHOWN)),
        Fact(words.ui("unit.looked"), looked),
    ]
    if unit.state is not UnitState.ACTIVE:
        state = words.ui(f"state.{unit.state.value}")
        note = f": {display(unit.state_note, SHOWN)}" if unit.state_note else ""
        facts.append(Fact(words.ui("unit.state"), f"{state}{note}"))
    return tuple(facts)


def _action(judged: Judged, fix: Fix, words: Words, *, many: bool) -> Action:
    known = words.check(fix.finding.check)
    names = _named(fix.site)
    worth = (
        words.count("unit.settles", fix.settles)
        if fix.settles
        else words.count("unit.helps", fix.touches)
    )
    return Action(
        title=_task(known),
        said=said(fix.finding, words)[0],
        first_step=fill(known.how[0], names) if known.how else "",
        worth=worth,
        level=level_chip(fix.level, words),
        href=f"#{_help_anchor(fix.site_number, fix.finding.check)}",
        site=site_shown(fix.site) if many else "",
    )


def _steps(judged: Judged, unit: Unit, readiness: Readiness, words: Words) -> tuple[Step, ...]:
    steps = judged.open_steps(unit.id)
    ordered = sorted(steps.items(), key=lambda item: -len(item[1].criteria))
    told: list[Step] = []
    for kind, step in ordered:
        worth = words.count("unit.decides", len(step.criteria))
        if len(steps) == 1 and readiness.state is ReadinessState.UNDECIDED:
            worth = words.ui("unit.open_alone")
        causes = [words.cause(cause)[0] for cause in step.causes]
        told.append(
            Step(
                text=words.ui(f"step.{kind.value}"),
                why=" ".join(causes),
                worth=worth,
                checks=tuple(words.check(check).title for check in step.checks),
            )
        )
    return tuple(told)


# ---- one site -----------------------------------------------------------------------------------


def _site(
    judged: Judged,
    unit: Unit,
    site: Site,
    number: int,
    common: Common,
    explained: dict[str, str],
) -> SiteView:
    words = common.words
    look = judged.look(site)
    coverage = judged.site_coverage(site)
    looked = (
        words.ui("unit.looked_at", time=words.moment(look.captured_at))
        if look
        else words.ui("unit.never_looked")
    )
    here = Place(
        judged,
        unit,
        site,
        number,
        judged.on(site),
        helped={},
        elsewhere=dict(explained),
        excuses=judged.excuses(site),
        today=day_of(judged.assessment.run.judged_at),
    )
    findings = here.found.findings
    facts: list[Fact] = []
    if look is not None:
        if look.title:
            facts.append(Fact(words.ui("unit.page_title"), isolated(display(look.title, SHOWN))))
        if look.canonical_url:
            # The last address may be a stranger's: shown, never linked.
            facts.append(
                Fact(words.ui("unit.canonical"), isolated(display(look.canonical_url, SHOWN)))
            )
        if look.addresses:
            listed = ", ".join(display(a, 60) for a in look.addresses[:8])
            facts.append(Fact(words.ui("unit.addresses"), listed))
        ids = dict.fromkeys(one for finding in findings for one in finding.evidence)
        if ids:
            listed = " ".join(display(one, 80)[:12] for one in list(ids)[:6])
            facts.append(Fact(words.ui("unit.evidence"), listed))
        for kind in sorted(look.not_captured):
            missing = look.not_captured[kind]
            detail = f" ({display(missing.detail, SHOWN)})" if missing.detail else ""
            told = f"{display(kind, 40)}: {words.cause(missing.cause)[0]}{detail}"
            facts.append(Fact(words.ui("unit.not_captured"), told))
    view = SiteView(
        shown=site_shown(site),
        href=safe_href(site.url),
        looked=looked,
        coverage=coverage_chip(coverage, words),
        coverage_tell=""
        if coverage is Coverage.TESTED
        else words.ui(f"coverage.{coverage.value}_tell"),
        facts=tuple(facts),
        editions=tuple(
            _edition(here, edition, at, words, counted=edition.edition is judged.edition)
            for at, edition in enumerate(common.editions, 1)
        ),
        findings=tuple(_row(judged, f, words) for f in findings if f.cause is not Cause.NOT_BUILT),
        uptime=strips(judged, site, words),
        not_built=", ".join(display(f.check, 80) for f in findings if f.cause is Cause.NOT_BUILT),
    )
    # What was explained here first is where the unit's further sites point to.
    explained.update({c: at for c, at in here.helped.items() if at and c not in explained})
    return view


def coverage_chip(coverage: Coverage, words: Words) -> Chip:
    """How far a site or unit could be looked at."""
    kind = "good" if coverage is Coverage.TESTED else "open"
    return Chip(kind, words.ui(f"coverage.{coverage.value}"))


def _edition(
    here: Place, edition: ToldEdition, at: int, words: Words, *, counted: bool
) -> EditionView:
    criteria: list[CriterionView] = []
    statuses: list[Status] = []
    brief: list[BriefCriterion] = []
    every: list[Status] = []
    for demand in edition.demands:
        verdict = here.found.verdict(edition.edition, demand.criterion.id)
        status = verdict.status if verdict else Status.UNKNOWN
        every.append(status)
        rows = here.found.clause_findings(demand.criterion, verdict)
        if not counted and _not_built(rows):
            brief.append(BriefCriterion(demand.text, demand.level))
            continue
        statuses.append(status)
        criteria.append(_criterion(here, demand, verdict, status, rows, at, words))
    return EditionView(
        title=edition.title,
        about=edition.about,
        counted=counted,
        tally=tally(every, words),
        groups=(CriteriaGroup("", tuple(criteria), ()),)
        if counted
        else _grouped(criteria, statuses, brief, words),
    )


def _grouped(
    criteria: list[CriterionView],
    statuses: list[Status],
    brief: list[BriefCriterion],
    words: Words,
) -> tuple[CriteriaGroup, ...]:
    """Of editions other than the label's own what asks for work comes first, and the rest is folded."""
    rows = list(zip(criteria, statuses, strict=True))
    groups = [CriteriaGroup("", tuple(c for c, s in rows if s in _OPENED), ())]
    for status in (Status.EXCUSED, Status.FULFILLED, Status.UNKNOWN, Status.NOT_APPLICABLE):
        found = tuple(c for c, s in rows if s is status)
        if found:
            word = words.ui(f"status.{status.value}")
            title = words.ui("unit.group", word=word, n=len(found))
            groups.append(CriteriaGroup(title, found, ()))
    if brief:
        groups.append(
            CriteriaGroup(words.count("unit.group_not_built", len(brief)), (), tuple(brief))
        )
    return tuple(group for group in groups if group.criteria or group.brief)


def _criterion(
    here: Place,
    demand: Demand,
    verdict: Verdict | None,
    status: Status,
    rows: list[tuple[Clause, Finding | None]],
    edition_number: int,
    words: Words,
) -> CriterionView:
    criterion = demand.criterion
    opened = status in _OPENED
    applies = status is not Status.NOT_APPLICABLE or _was_asked(rows)
    seen = [
        _seen(here, clause.check, finding, words) for clause, finding in (rows if applies else ())
    ]
    if opened:
        # What is to be mended comes first, and what is well beside it is told in one line.
        seen.sort(key=lambda view: _BAD_FIRST.get(view.chip.kind, len(_BAD_FIRST)))
    return CriterionView(
        anchor=f"s{here.number}e{edition_number}c{demand.number}",
        number=demand.number,
        text=demand.text,
        note=demand.note,
        level=demand.level,
        status=status_chip(status, words),
        brief=_brief(seen, status, verdict, words),
        opened=opened,
        remarks=tuple(_remarks(here, criterion, verdict, status, applies=applies, words=words)),
        seen=tuple(seen),
        basis=demand.basis,
    )


def _not_built(rows: list[tuple[Clause, Finding | None]]) -> bool:
    """Whether nothing was looked at for a criterion because no check of it is built."""
    return bool(rows) and all(f is not None and f.cause is Cause.NOT_BUILT for _, f in rows)


def _brief(seen: list[SeenView], status: Status, verdict: Verdict | None, words: Words) -> str:
    """One sentence beside a criterion that is not met or still open."""
    if status is Status.UNKNOWN and verdict is not None and verdict.cause is not None:
        return words.cause(verdict.cause)[0]
    kind = status_chip(status, words).kind
    if kind in ("bad", "look", "open"):
        return next((view.said for view in seen if view.chip.kind == kind), "")
    return ""


def _was_asked(rows: list[tuple[Clause, Finding | None]]) -> bool:
    return any(f is not None and f.outcome in ABOUT_THE_SITE for _, f in rows)


def _remarks(
    here: Place,
    criterion: Criterion,
    verdict: Verdict | None,
    status: Status,
    *,
    applies: bool,
    words: Words,
) -> list[str]:
    remarks = list(_excused(here, criterion, verdict, words)) if verdict is not None else []
    if criterion.attested is not None:
        if verdict is not None and verdict.document:
            remarks.append(words.ui("unit.document", document=display(verdict.document, SHOWN)))
        elif status is Status.UNKNOWN:
            title = words.check(criterion.attested).title
            tell, do = words.cause((verdict.cause if verdict else None) or Cause.NO_DOCUMENT)
            remarks.append(f"{words.ui('common.colon', label=title, value=tell)} {do}")
    if not applies:
        remarks.append(words.ui("unit.not_for_this"))
    if criterion.any_of and len(criterion.any_of) > 1 and applies:
        remarks.append(words.ui("unit.any_of"))
    return remarks


def _excused(here: Place, criterion: Criterion, verdict: Verdict, words: Words) -> Iterator[str]:
    """What is excused, by whom, why and until when; and what was, where that is no longer so."""
    asked = {clause.check for clause in criterion.clauses}
    for one in here.excuses:
        excuse = one.excuse
        if one.covers and verdict.without is not None and excuse.check in asked:
            by = isolated(display(excuse.granted_by, SHOWN))
            if excuse.number:
                by = f"{by}, {isolated(display(excuse.number, SHOWN))}"
            yield words.ui(
                "unit.excuse",
                until=words.day(excuse.until_on),
                reason=isolated(display(excuse.reason, SHOWN)),
                by=by,
            )
        died_on = one.died_on
        if died_on is None or one.life.why is None or excuse.check not in verdict.because:
            continue
        if verdict.status in _OPENED and (here.today - died_on).days <= WITHIN_DAYS:
            why = words.ui(f"due.why_{one.life.why.value}")
            yield words.ui("excuse.died", day=words.day(died_on), why=why)


def _seen(here: Place, check: str, finding: Finding | None, words: Words) -> SeenView:
    helped = here.helped
    known = words.check(check)
    if finding is None:
        tell, do = words.cause(Cause.NOT_RUN)
        outcome, told, advice = Outcome.NOT_TESTED, tell, do
    else:
        outcome = finding.outcome
        told, advice = said(finding, words)
    wants_help = outcome in (Outcome.NOT_MET, Outcome.NEEDS_REVIEW)
    above = helped.get(check) if wants_help else None
    # Why something matters is told where something is to be done, once.
    first = wants_help and f"why {check}" not in helped
    if wants_help:
        helped[f"why {check}"] = ""
    anchor = None
    how: tuple[str, ...] = ()
    to_set: tuple[str, ...] = ()
    snippets: tuple[Snippet, ...] = ()
    if wants_help and above is None:
        to_set = lines_to_set(finding) if finding is not None else ()
        anchor = helped[check] = _help_anchor(here.number, check)
        names = _named(here.site)
        above = here.elsewhere.get(check)
        # What was said for another site of this unit is not said again, but for what names the site.
        how = tuple(fill(step, names) for step in known.how if above is None or "{" in step)
        snippets = tuple(
            Snippet(words.ui("unit.snippet_for", name=words.ui(f"snippet.{k}")), fill(text, names))
            for k, text in known.snippets
            if above is None or "{" in text
        )
    return SeenView(
        title=known.title,
        chip=outcome_chip(outcome, words),
        said=told,
        advice=advice,
        why=known.why if first else "",
        spots=spots(finding, words) if finding is not None and wants_help else (),
        how=how,
        to_set=to_set,
        snippets=snippets,
        help_at=f"#{above}" if above else None,
        anchor=anchor,
        since=since(here.judged, finding, words) if finding is not None and wants_help else "",
    )


def _named(site: Site) -> dict[str, str]:
    """What steps and snippets may name.  Only names that cannot carry anything else: a host is an A-label."""
    return {"host": site.host, "mail_domain": site.mail_domain or site.host.removeprefix("www.")}


def _help_anchor(number: int, check: str) -> str:
    return f"s{number}-{_NOT_IN_ANCHORS.sub('-', check)}"


def _row(judged: Judged, finding: Finding, words: Words) -> FindingRow:
    told = ""
    if finding.outcome in (Outcome.NOT_TESTED, Outcome.BROKEN):
        cause = finding.cause
        told = words.cause(cause)[0] if cause else words.cause(None)[0]
        if cause is not None:
            told = f"{cause.value} · {words.ui(f'side.{SIDE_OF[cause].value}')}: {told}"
    elif finding.reason:
        told = display(finding.reason, 80)
    return FindingRow(
        check=display(finding.check, 80),
        title=words.check(finding.check).title,
        chip=outcome_chip(finding.outcome, words),
        told=told,
        since=since(judged, finding, words),
        measured=tuple(measured_line(m, words) for m in finding.measured[:20]),
        limits=limit_lines(finding.limits),
        address=isolated(display(finding.address, 120)),
        note=isolated(display(finding.note, 500)),
        revision=words.ui("unit.revision", n=finding.revision) if finding.revision else "",
    )
