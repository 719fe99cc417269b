"""One unit's page: the verdict, what to mend in the order of what helps most, then every criterion."""

from dataclasses import dataclass

from checks.criteria.model import Criterion, Edition, Level
from checks.evidence.base import SIDE_OF, Cause
from checks.parsing.text import display
from checks.spec import Finding, Outcome
from checks.verdicts import Readiness, ReadinessState, Status, Verdict
from inventory.model import Site, Unit, UnitState
from inventory.units import KIND_NAMES, commune, manager_name
from reports.addresses import safe_href
from reports.judged import ABOUT_THE_SITE, Coverage, Judged
from reports.run_view import banners, run_facts
from reports.told import (
    basis,
    limit_lines,
    measured_line,
    outcome_chip,
    readiness_chip,
    said,
    site_shown,
    status_chip,
    tally,
)
from reports.view import (
    Action,
    Basis,
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
from reports.words import SHOWN, Words, fill, isolated

_LEVEL_CHIP = {Level.REQUIRED: "required", Level.RECOMMENDED: "advised", Level.ADVANCED: "advised"}
_LEVELS = tuple(Level)
_BAD_FIRST = {"bad": 0, "look": 1, "open": 2}
_OPENED = (Status.UNFULFILLED, Status.REVIEW)


def unit_view(judged: Judged, unit: Unit, words: Words) -> UnitView:
    """Everything the page of one unit tells."""
    sites = judged.sites.get(unit.id, ())
    readiness = judged.readiness(unit.id)
    verdict, more = _verdict(judged, unit, readiness, words)
    fixes = _fixes(judged, unit)
    # A required fault is work to do whichever edition requires it; the label's own come first.
    first = [f for f in fixes if f.blocks_label or f.level is Level.REQUIRED]
    later = [f for f in fixes if f not in first]
    edition = judged.edition
    statuses = (
        [
            judged.status(unit.id, edition, c.id) or Status.UNKNOWN
            for c in edition.criteria
            if c.level is Level.REQUIRED
        ]
        if edition and sites
        else []
    )
    return UnitView(
        title=shown_name(unit),
        state=readiness_chip(readiness.state, words),
        verdict=verdict,
        more=more,
        label=edition_title(edition, words) if edition else "",
        facts=_unit_facts(judged, unit, words),
        tally=tally(statuses, words),
        banners=banners(judged.assessment, words),
        actions=tuple(_action(judged, fix, words, many=len(sites) > 1) for fix in first),
        further=tuple(_action(judged, fix, words, many=len(sites) > 1) for fix in later),
        steps=_steps(judged, unit, readiness, words),
        sites=tuple(_site(judged, unit, site, at, words) for at, site in enumerate(sites, 1)),
        basis=_all_basis(judged, words),
        manager_name=display(manager_name(unit.manager, words.lang), SHOWN),
        manager_page=judged.manager_pages[unit.manager],
        run=run_facts(judged.assessment, words),
        run_at=words.ui("unit.run_at", time=words.moment(judged.assessment.run.started_at)),
    )


def shown_name(unit: Unit) -> str:
    """A unit's name, fit to show."""
    return isolated(display(unit.name, 200))


def commune_title(code: str, words: Words) -> str:
    """A commune's name with its kind, or its code where there is no such commune."""
    found = commune(code)
    return found.title(words.lang) if found else display(code, 20)


def edition_title(edition: Edition, words: Words) -> str:
    """An edition's title with its date."""
    title = edition.title_vi if words.lang == "vi" else edition.title_en
    return display(f"{title} ({edition.edition})", SHOWN)


def _all_basis(judged: Judged, words: Words) -> tuple[Basis, ...]:
    """Every legal text that the editions cite, in the order of their criteria."""
    assessment = judged.assessment
    cited = dict.fromkeys(c for e in assessment.editions for row in e.criteria for c in row.cites)
    return tuple(_basis(judged, c, words) for c in cited)


def _basis(judged: Judged, citation: str, words: Words) -> Basis:
    known = judged.basis.get((words.lang, citation))
    if known is None:
        assessment = judged.assessment
        on = assessment.run.judged_at.date()
        known = basis(citation, assessment.citations.get(citation), on, words)
        judged.basis[words.lang, citation] = known
    return known


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


@dataclass(frozen=True, slots=True)
class Fix:
    """A failed check on one site, with what mending it is worth."""

    finding: Finding
    site: Site
    site_number: int
    level: Level
    blocks_label: bool
    settles: int
    touches: int
    order: int


def _fixes(judged: Judged, unit: Unit) -> list[Fix]:
    """What to mend: what blocks the label first, then by weight, by how much it settles, by the edition's order."""
    fixes: list[Fix] = []
    for number, site in enumerate(judged.sites.get(unit.id, ()), 1):
        settles: dict[str, int] = {}
        touches: dict[str, int] = {}
        level: dict[str, Level] = {}
        order: dict[str, int] = {}
        found: dict[str, Finding] = {}
        blocking: set[str] = set()
        for edition in judged.assessment.editions:
            for criterion in edition.criteria:
                verdict = judged.verdict(unit.id, site.url, edition, criterion.id)
                if verdict is None or verdict.status is not Status.UNFULFILLED:
                    continue
                unmet = _unmet(judged, unit, site, criterion)
                alone = len(unmet) == 1 or bool(criterion.any_of)
                for finding in unmet:
                    check = finding.check
                    found.setdefault(check, finding)
                    order.setdefault(check, len(order))
                    touches[check] = touches.get(check, 0) + 1
                    settles[check] = settles.get(check, 0) + alone
                    level[check] = min(
                        level.get(check, criterion.level), criterion.level, key=_LEVELS.index
                    )
                    if edition is judged.edition and criterion.level is Level.REQUIRED:
                        blocking.add(check)
        fixes += [
            Fix(
                finding=found[check],
                site=site,
                site_number=number,
                level=level[check],
                blocks_label=check in blocking,
                settles=settles[check],
                touches=touches[check],
                order=order[check],
            )
            for check in found
        ]
    return sorted(
        fixes,
        key=lambda f: (
            not f.blocks_label,
            _LEVELS.index(f.level),
            -f.settles,
            -f.touches,
            f.site_number,
            f.order,
        ),
    )


def _unmet(judged: Judged, unit: Unit, site: Site, criterion: Criterion) -> list[Finding]:
    unmet: dict[str, Finding] = {}
    for clause in criterion.clauses:
        finding = judged.finding(unit.id, site.url, clause)
        if finding is not None and finding.outcome is Outcome.NOT_MET:
            unmet.setdefault(finding.check, finding)
    return list(unmet.values())


def _action(judged: Judged, fix: Fix, words: Words, *, many: bool) -> Action:
    known = words.check(fix.finding.check)
    places = _placed(fix.finding, fix.site)
    worth = (
        words.count("unit.settles", fix.settles)
        if fix.settles
        else words.count("unit.helps", fix.touches)
    )
    return Action(
        title=known.title,
        said=said(fix.finding, words)[0],
        first_step=fill(known.how[0], places) if known.how else "",
        worth=worth,
        level=_level_chip(fix.level, words),
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


def _site(judged: Judged, unit: Unit, site: Site, number: int, words: Words) -> SiteView:
    look = judged.look(site)
    coverage = judged.site_coverage(site)
    looked = (
        words.ui("unit.looked_at", time=words.moment(look.captured_at))
        if look
        else words.ui("unit.never_looked")
    )
    helped: dict[str, str] = {}
    facts: list[Fact] = []
    findings = judged.findings(unit.id, site.url)
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
        for kind in sorted(look.not_captured):
            missing = look.not_captured[kind]
            detail = f" ({display(missing.detail, SHOWN)})" if missing.detail else ""
            told = f"{display(kind, 40)}: {words.cause(missing.cause)[0]}{detail}"
            facts.append(Fact(words.ui("unit.not_captured"), told))
    return SiteView(
        shown=site_shown(site),
        href=safe_href(site.url),
        looked=looked,
        coverage=coverage_chip(coverage, words),
        coverage_tell=""
        if coverage is Coverage.TESTED
        else words.ui(f"coverage.{coverage.value}_tell"),
        facts=tuple(facts),
        editions=tuple(
            _edition(judged, unit, site, number, edition, at, helped, looked, words)
            for at, edition in enumerate(judged.assessment.editions, 1)
        ),
        findings=tuple(_row(f, words) for f in findings if f.cause is not Cause.NOT_BUILT),
        not_built=", ".join(display(f.check, 80) for f in findings if f.cause is Cause.NOT_BUILT),
    )


def coverage_chip(coverage: Coverage, words: Words) -> Chip:
    """How far a site or unit could be looked at."""
    kind = "good" if coverage is Coverage.TESTED else "open"
    return Chip(kind, words.ui(f"coverage.{coverage.value}"))


def _edition(
    judged: Judged,
    unit: Unit,
    site: Site,
    number: int,
    edition: Edition,
    at: int,
    helped: dict[str, str],
    looked: str,
    words: Words,
) -> EditionView:
    criteria: list[CriterionView] = []
    statuses: list[Status] = []
    brief: list[BriefCriterion] = []
    every: list[Status] = []
    for position, criterion in enumerate(edition.criteria, 1):
        verdict = judged.verdict(unit.id, site.url, edition, criterion.id)
        status = verdict.status if verdict else Status.UNKNOWN
        every.append(status)
        if edition is not judged.edition and _not_built(judged, unit, site, criterion, verdict):
            brief.append(
                BriefCriterion(
                    display(criterion.text_vi if words.lang == "vi" else criterion.text_en, 600),
                    _level_chip(criterion.level, words),
                )
            )
            continue
        statuses.append(status)
        criteria.append(
            _criterion(
                judged,
                unit,
                site,
                number,
                criterion,
                verdict,
                status,
                f"s{number}e{at}c{position}",
                position,
                helped,
                looked,
                words,
            )
        )
    about = edition.about_vi if words.lang == "vi" else edition.about_en
    return EditionView(
        title=edition_title(edition, words),
        about=display(about, 1000),
        name=display(edition.name, 80),
        counted=edition is judged.edition,
        tally=tally(every, words),
        groups=_grouped(judged, edition, criteria, statuses, brief, words),
    )


def _grouped(
    judged: Judged,
    edition: Edition,
    criteria: list[CriterionView],
    statuses: list[Status],
    brief: list[BriefCriterion],
    words: Words,
) -> tuple[CriteriaGroup, ...]:
    """The label's own criteria one by one in its order; of other editions what asks for work first, the rest folded."""
    if edition is judged.edition:
        return (CriteriaGroup("", tuple(criteria), ()),)
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
    judged: Judged,
    unit: Unit,
    site: Site,
    number: int,
    criterion: Criterion,
    verdict: Verdict | None,
    status: Status,
    anchor: str,
    position: int,
    helped: dict[str, str],
    looked: str,
    words: Words,
) -> CriterionView:
    vi = words.lang == "vi"
    seen: list[SeenView] = []
    opened = status in _OPENED
    applies = status is not Status.NOT_APPLICABLE or _was_asked(judged, unit, site, criterion)
    if applies:
        for clause, finding in judged.clause_findings(unit.id, site.url, criterion, verdict):
            seen.append(
                _seen(clause.check, finding, site, number, helped, words, beside_bad=opened)
            )
    if opened:
        # What is to be mended comes first, and what is well beside it is told in one line.
        seen.sort(key=lambda view: _BAD_FIRST.get(view.chip.kind, len(_BAD_FIRST)))
    return CriterionView(
        anchor=anchor,
        number=position,
        text=display(criterion.text_vi if vi else criterion.text_en, 600),
        note=display(criterion.note_vi if vi else criterion.note_en, 600),
        level=_level_chip(criterion.level, words),
        status=status_chip(status, words),
        brief=_brief(seen, status, verdict, words),
        opened=opened,
        remarks=tuple(_remarks(unit, criterion, verdict, status, applies=applies, words=words)),
        seen=tuple(seen),
        basis=tuple(_basis(judged, c, words) for c in criterion.cites),
        looked=looked if criterion.attested is None else "",
    )


def _not_built(
    judged: Judged, unit: Unit, site: Site, criterion: Criterion, verdict: Verdict | None
) -> bool:
    """Whether nothing was looked at for this criterion because no check of it is built."""
    found = judged.clause_findings(unit.id, site.url, criterion, verdict)
    return bool(found) and all(f is not None and f.cause is Cause.NOT_BUILT for _, f in found)


def _brief(seen: list[SeenView], status: Status, verdict: Verdict | None, words: Words) -> str:
    """One sentence beside a criterion that is not met or still open."""
    if status is Status.UNKNOWN and verdict is not None and verdict.cause is not None:
        return words.cause(verdict.cause)[0]
    kind = status_chip(status, words).kind
    if kind in ("bad", "look", "open"):
        return next((view.said for view in seen if view.chip.kind == kind), "")
    return ""


def _was_asked(judged: Judged, unit: Unit, site: Site, criterion: Criterion) -> bool:
    found = (judged.finding(unit.id, site.url, clause) for clause in criterion.clauses)
    return any(f is not None and f.outcome in ABOUT_THE_SITE for f in found)


def _remarks(
    unit: Unit,
    criterion: Criterion,
    verdict: Verdict | None,
    status: Status,
    *,
    applies: bool,
    words: Words,
) -> list[str]:
    remarks: list[str] = []
    if status is Status.EXCUSED and verdict is not None:
        remarks += [
            words.ui(
                "unit.excuse",
                until=words.day(excuse.until_on),
                reason=isolated(display(excuse.reason, SHOWN)),
                by=isolated(display(excuse.granted_by, SHOWN)),
            )
            for excuse in unit.excuses
            if excuse.check in verdict.because
        ]
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


def _seen(
    check: str,
    finding: Finding | None,
    site: Site,
    number: int,
    helped: dict[str, str],
    words: Words,
    *,
    beside_bad: bool,
) -> SeenView:
    known = words.check(check)
    if finding is None:
        tell, do = words.cause(Cause.NOT_RUN)
        outcome, told, advice = Outcome.NOT_TESTED, tell, do
    else:
        outcome = finding.outcome
        told, advice = said(finding, words)
    wants_help = outcome in (Outcome.NOT_MET, Outcome.NEEDS_REVIEW)
    above = helped.get(check) if wants_help else None
    first = f"why {check}" not in helped
    if wants_help or not beside_bad:
        helped[f"why {check}"] = ""
    anchor = None
    places = {} if finding is None else _placed(finding, site)
    if wants_help and above is None:
        anchor = helped[check] = _help_anchor(number, check)
    tells_how = wants_help and above is None
    return SeenView(
        title=known.title,
        chip=outcome_chip(outcome, words),
        said=told,
        advice=advice,
        why=known.why if first and (wants_help or not beside_bad) else "",
        how=tuple(fill(step, places) for step in known.how) if tells_how else (),
        snippets=tuple(
            Snippet(words.ui("unit.snippet_for", name=words.ui(f"snippet.{k}")), fill(text, places))
            for k, text in known.snippets
        )
        if tells_how
        else (),
        help_at=f"#{above}" if above else None,
        anchor=anchor,
    )


def _placed(finding: Finding, site: Site) -> dict[str, str]:
    """What steps and snippets may name.  Only names that cannot carry anything else: a host is an A-label."""
    return {"host": site.host, "mail_domain": site.mail_domain or site.host.removeprefix("www.")}


def _help_anchor(number: int, check: str) -> str:
    safe = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in check)
    return f"s{number}-{safe}"


def _level_chip(level: Level, words: Words) -> Chip:
    return Chip(_LEVEL_CHIP[level], words.ui(f"level.{level.value}"))


def _row(finding: Finding, words: Words) -> FindingRow:
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
        measured=tuple(measured_line(m, words) for m in finding.measured[:20]),
        limits=limit_lines(finding.limits),
        address=isolated(display(finding.address, 120)),
        note=isolated(display(finding.note, 500)),
        revision=words.ui("unit.revision", n=finding.revision) if finding.revision else "",
        evidence=" ".join(display(e, 80)[:12] for e in finding.evidence[:6]),
    )
