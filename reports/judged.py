"""A judged run, looked up: findings of a clause, coverage of a site, steps that would decide what is open."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from checks.assessment import Assessment, SiteLook
from checks.clusters import Cluster, clusters
from checks.criteria.model import Clause, Criterion, Edition, Level
from checks.due import Due, dead, due
from checks.evidence.base import SIDE_OF, Cause, Side
from checks.excuses import Accepted
from checks.past import NO_PAST, Past
from checks.spec import Finding, Outcome
from checks.verdicts import Readiness, ReadinessState, Status, Verdict
from inventory.model import Role, Site, Unit, UnitState
from reports.addresses import page_names


class Coverage(StrEnum):
    """How far a site, or a unit by its least covered site, could be looked at."""

    TESTED = "tested"
    BLOCKED = "blocked"
    UNREACHABLE = "unreachable"
    NOT_LOOKED = "not-looked"


class StepKind(StrEnum):
    """What would decide an open question, one step each."""

    NOT_BUILT = "not-built"
    NO_LIST = "no-list"
    NO_DOCUMENT = "no-document"
    SELECTOR_UNKNOWN = "selector-unknown"
    NO_REGISTRY = "no-registry"
    REVIEW = "review"
    NOT_ENABLED = "not-enabled"
    NOT_PERMITTED = "not-permitted"
    TOO_FEW_SAMPLES = "too-few-samples"
    EVIDENCE_EXPIRED = "evidence-expired"
    UNBLOCK = "unblock"
    AGAIN = "again"
    SITE = "site"
    OURS = "ours"


STEP_KINDS = tuple(StepKind)

ABOUT_THE_SITE = frozenset(
    {Outcome.MET, Outcome.NOT_MET, Outcome.NEEDS_REVIEW, Outcome.NOT_APPLICABLE}
)
_BLOCKED = frozenset(
    {
        Cause.CHALLENGE_PAGE,
        Cause.RATE_LIMITED,
        Cause.AUTHENTICATION_REQUIRED,
        Cause.CLIENT_CERT_REQUIRED,
    }
)
_STOPPED_BY_LEAVE = frozenset({Cause.REDIRECT_OUT_OF_SCOPE, Cause.NOT_PERMITTED})
_SKIPPED = frozenset({Cause.NOT_RUN, Cause.NOT_BUILT, Cause.NOT_ENABLED})
_STEP_OF: Mapping[Cause, StepKind] = {
    Cause.NOT_BUILT: StepKind.NOT_BUILT,
    Cause.NO_LIST: StepKind.NO_LIST,
    Cause.LIST_OLD: StepKind.NO_LIST,
    Cause.NO_DOCUMENT: StepKind.NO_DOCUMENT,
    Cause.SELECTOR_UNKNOWN: StepKind.SELECTOR_UNKNOWN,
    Cause.NO_REGISTRY: StepKind.NO_REGISTRY,
    Cause.NOT_RUN: StepKind.NOT_ENABLED,
    Cause.NOT_ENABLED: StepKind.NOT_ENABLED,
    Cause.NOT_PERMITTED: StepKind.NOT_PERMITTED,
    Cause.REDIRECT_OUT_OF_SCOPE: StepKind.NOT_PERMITTED,
    Cause.TOO_FEW_SAMPLES: StepKind.TOO_FEW_SAMPLES,
    Cause.EVIDENCE_EXPIRED: StepKind.EVIDENCE_EXPIRED,
    Cause.CANCELLED: StepKind.AGAIN,
    Cause.LOCAL_NETWORK_DOWN: StepKind.AGAIN,
}
# The least covered of a unit's sites speaks for the unit.
_LEAST_FIRST = (Coverage.NOT_LOOKED, Coverage.UNREACHABLE, Coverage.BLOCKED, Coverage.TESTED)
_STATUS_WORST_FIRST = (
    Status.UNFULFILLED,
    Status.UNKNOWN,
    Status.REVIEW,
    Status.EXCUSED,
    Status.FULFILLED,
    Status.NOT_APPLICABLE,
)
_FOR_PEOPLE = frozenset({Role.PORTAL, Role.WEBSITE})
# Where the web server's own answer is told first.
_TELLS_REACH = ("site-reachable", "https-offered", "http-redirects-to-https")


class Judged:
    """Look-ups over one assessment; built once, never changed."""

    def __init__(self, assessment: Assessment, past: Past = NO_PAST) -> None:
        self.assessment = assessment
        self.past = past
        self.units = tuple(sorted(assessment.units, key=lambda u: u.id))
        self.pages = page_names(u.id for u in self.units)
        self.manager_pages = page_names(u.manager for u in self.units)
        self.sites: dict[str, tuple[Site, ...]] = {}
        for site in sorted(assessment.sites, key=lambda s: (not s.roles & _FOR_PEOPLE, s.url)):
            self.sites[site.unit] = (*self.sites.get(site.unit, ()), site)
        self.findings = in_order(assessment.findings)
        found: dict[tuple[str, str], list[Finding]] = {}
        for finding in self.findings:
            found.setdefault((finding.unit, finding.site), []).append(finding)
        came_to: dict[tuple[str, str], dict[tuple[str, str], Verdict]] = {}
        for verdict in assessment.verdicts:
            at = came_to.setdefault((verdict.unit, verdict.site), {})
            at[verdict.label, verdict.criterion] = verdict
        self._sites = {
            key: JudgedSite(found.get(key, []), came_to.get(key, {})) for key in found | came_to
        }
        self._nothing = JudgedSite([], {})
        self._excuses: dict[tuple[str, str], list[Accepted]] = {}
        for one in assessment.excuses:
            self._excuses.setdefault((one.excuse.unit, one.site), []).append(one)
        self._open_steps: dict[str, dict[StepKind, OpenStep]] = {}
        self._statuses: dict[tuple[str, str, bool], dict[str, Status]] = {}
        self._coverage = {
            (s.unit, s.url): self._covered(s) for sites in self.sites.values() for s in sites
        }

    @cached_property
    def clusters(self) -> tuple[Cluster, ...]:
        """What many schools have in common."""
        return clusters(self.assessment)

    @cached_property
    def due(self) -> tuple[tuple[Due, ...], tuple[Due, ...]]:
        """What ends soon, and what died lately."""
        return due(self.assessment), dead(self.assessment)

    @cached_property
    def active(self) -> tuple[Unit, ...]:
        """The units that are counted."""
        return tuple(u for u in self.units if u.state is UnitState.ACTIVE)

    @property
    def edition(self) -> Edition | None:
        """The label whose readiness is counted."""
        return self.assessment.editions[0] if self.assessment.editions else None

    def look(self, site: Site) -> SiteLook | None:
        """How the site was looked at in this run, if it was."""
        return self.assessment.looks.get(site.url)

    def on(self, site: Site) -> "JudgedSite":
        """What was found and judged on one site for its unit."""
        return self._sites.get((site.unit, site.url), self._nothing)

    def excuses(self, site: Site) -> Sequence[Accepted]:
        """How the excuses of a unit stand on one of its sites."""
        return self._excuses.get((site.unit, site.url), ())

    def statuses(self, unit: str, edition: Edition, *, bare: bool = False) -> Mapping[str, Status]:
        """The status of each criterion, in the edition's order: the worst over the unit's sites, unknown if never judged.

        ``bare``: as it would be if nothing were excused.
        """
        known = self._statuses.get((unit, edition.label, bare))
        if known is None:
            sites = [self.on(site) for site in self.sites.get(unit, ())]
            known = {c.id: _worst(sites, edition, c.id, bare=bare) for c in edition.criteria}
            self._statuses[unit, edition.label, bare] = known
        return known

    def readiness(self, unit: str) -> Readiness:
        """Readiness of a unit; undecided where nothing was judged."""
        known = self.assessment.readiness.get(unit)
        if known is not None:
            return known
        label = self.edition.label if self.edition else ""
        return Readiness(unit=unit, label=label, state=ReadinessState.UNDECIDED)

    def site_coverage(self, site: Site) -> Coverage:
        """How far one site could be looked at."""
        return self._coverage[site.unit, site.url]

    def coverage(self, unit: str) -> Coverage:
        """How far a unit could be looked at: its least covered site decides."""
        found = {self.site_coverage(site) for site in self.sites.get(unit, ())}
        return next((c for c in _LEAST_FIRST if c in found), Coverage.NOT_LOOKED)

    def _covered(self, site: Site) -> Coverage:
        findings = self.on(site).findings
        by_check = {f.check: f for f in findings}
        for check in _TELLS_REACH:
            told = by_check.get(check)
            if told is None or told.outcome is Outcome.BROKEN:
                continue
            if told.outcome is Outcome.NOT_TESTED:
                if told.cause is None or told.cause in _SKIPPED:
                    continue
                return _coverage_of(told.cause)
            if check == "site-reachable" and told.outcome is Outcome.NOT_MET:
                answered = told.reason == "server-error" or any(
                    m.name == "status" and m.value is not None for m in told.measured
                )
                return Coverage.TESTED if answered else Coverage.UNREACHABLE
            return Coverage.TESTED
        look = self.look(site)
        if look is not None:
            for kind in ("http", "tls"):
                if kind in look.not_captured and look.not_captured[kind].cause not in _SKIPPED:
                    return _coverage_of(look.not_captured[kind].cause)
        seen = any(f.outcome in ABOUT_THE_SITE for f in findings)
        return Coverage.TESTED if seen else Coverage.NOT_LOOKED

    def open_steps(self, unit: str) -> "Mapping[StepKind, OpenStep]":
        """What would decide the required criteria that are open for a unit, with the criteria that wait."""
        known = self._open_steps.get(unit)
        if known is None:
            known = self._open_steps[unit] = self._steps(unit)
        return known

    def _steps(self, unit: str) -> "dict[StepKind, OpenStep]":
        steps: dict[StepKind, OpenStep] = {}
        if self.edition is None:
            return steps
        for criterion in self.edition.criteria:
            if criterion.level is not Level.REQUIRED:
                continue
            for site in self.sites.get(unit, ()):
                here = self.on(site)
                verdict = here.verdict(self.edition, criterion.id)
                if verdict is None or verdict.status not in (Status.UNKNOWN, Status.REVIEW):
                    continue
                for kind, check, cause in _open(here, criterion, verdict):
                    steps.setdefault(kind, OpenStep()).add(criterion.id, check, cause)
        return {kind: steps[kind] for kind in STEP_KINDS if kind in steps}


class JudgedSite:
    """What was found and judged on one site for one unit."""

    def __init__(
        self, findings: list[Finding], verdicts: Mapping[tuple[str, str], Verdict]
    ) -> None:
        self.findings = findings
        """All findings, by check."""
        self._verdicts = verdicts
        self._by_check: dict[str, list[Finding]] = {}
        for finding in findings:
            self._by_check.setdefault(finding.check, []).append(finding)

    def verdict(self, edition: Edition, criterion: str) -> Verdict | None:
        """The verdict of one criterion."""
        return self._verdicts.get((edition.label, criterion))

    def finding(self, clause: Clause) -> Finding | None:
        """The finding that a clause rests on: the same check under the same limits."""
        of_check = self._by_check.get(clause.check)
        if of_check is None:
            return None
        if len(of_check) == 1:
            return of_check[0]
        return next((f for f in of_check if f.limits == clause.limits), of_check[0])

    def clause_findings(
        self, criterion: Criterion, verdict: Verdict | None
    ) -> list[tuple[Clause, Finding | None]]:
        """Each clause with the finding it rests on; evidence too old for the criterion decides nothing in it."""
        found = [(clause, self.finding(clause)) for clause in criterion.clauses]
        if verdict is None or verdict.cause is not Cause.EVIDENCE_EXPIRED:
            return found
        return [(clause, None if f is None else _expired(f)) for clause, f in found]


def _expired(finding: Finding) -> Finding:
    return replace(finding, outcome=Outcome.NOT_TESTED, cause=Cause.EVIDENCE_EXPIRED)


def _worst(sites: Iterable[JudgedSite], edition: Edition, criterion: str, *, bare: bool) -> Status:
    verdicts = [v for site in sites if (v := site.verdict(edition, criterion)) is not None]
    found = [v.bare if bare else v.status for v in verdicts]
    if len(found) == 1:
        return found[0]
    return min(found, key=_STATUS_WORST_FIRST.index) if found else Status.UNKNOWN


def _open(
    here: JudgedSite, criterion: Criterion, verdict: Verdict
) -> Iterable[tuple[StepKind, str, Cause | None]]:
    if criterion.attested is not None:
        yield step_of(Outcome.NOT_TESTED, verdict.cause), criterion.attested, verdict.cause
        return
    for clause, finding in here.clause_findings(criterion, verdict):
        if finding is None:
            yield StepKind.NOT_ENABLED, clause.check, Cause.NOT_RUN
        elif finding.outcome in (Outcome.NOT_TESTED, Outcome.BROKEN, Outcome.NEEDS_REVIEW):
            yield step_of(finding.outcome, finding.cause), clause.check, finding.cause


class OpenStep:
    """The criteria that wait for one step, the checks it would let answer, and why they did not."""

    def __init__(self) -> None:
        self.criteria: dict[str, None] = {}
        self.checks: dict[str, None] = {}
        self.causes: dict[Cause, None] = {}

    def add(self, criterion: str, check: str, cause: Cause | None) -> None:
        """One more criterion that waits."""
        self.criteria[criterion] = None
        self.checks[check] = None
        if cause is not None:
            self.causes[cause] = None


def step_of(outcome: Outcome, cause: Cause | None) -> StepKind:
    """The step that would turn this open outcome into an answer."""
    if outcome is Outcome.NEEDS_REVIEW:
        return StepKind.REVIEW
    if outcome is Outcome.BROKEN or cause is None:
        return StepKind.OURS
    if cause in _STEP_OF:
        return _STEP_OF[cause]
    if cause in _BLOCKED:
        return StepKind.UNBLOCK
    side = SIDE_OF[cause]
    if side is Side.SITE:
        return StepKind.SITE
    return StepKind.AGAIN if side is Side.BETWEEN else StepKind.OURS


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in the one order of every report: unit, site, check, then limits."""
    # Findings on one clause share its limits: each is written out once, and lives as long as this call.
    texts: dict[int, str] = {}

    def key(finding: Finding) -> tuple[str, str, str, str]:
        limits = finding.limits
        text = texts.get(id(limits))
        if text is None:
            text = texts[id(limits)] = limits_key(limits)
        return finding.unit, finding.site, finding.check, text

    return sorted(findings, key=key)


def limits_key(limits: Mapping[str, Any]) -> str:
    """Limits as one comparable text."""
    return json.dumps(limits, sort_keys=True, ensure_ascii=True, default=str)


def _coverage_of(cause: Cause) -> Coverage:
    if cause in _BLOCKED:
        return Coverage.BLOCKED
    if cause in _STOPPED_BY_LEAVE or SIDE_OF[cause] is Side.US:
        return Coverage.NOT_LOOKED
    return Coverage.UNREACHABLE
