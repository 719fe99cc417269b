"""A collected run → everything judged of it: findings, verdicts, readiness.  Pure: the same input, the same bytes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from checks.assessment import Assessment, RunInfo, SiteLook
from checks.criteria.model import Citation, Clause, Criterion, Edition
from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.http import Http
from checks.evidence.names import Lookup, Names
from checks.evidence.page import PageFacts, Pages
from checks.judge import judge, not_built
from checks.spec import Check, Finding, Outcome
from checks.verdicts import Status, Verdict, decide, readiness
from inventory.model import Inventory, Site, Unit, UnitState

Evidence = Mapping[type[Payload], Payload | NotCaptured]


@dataclass(frozen=True)
class SiteEvidence:
    """What was seen of one site in the run."""

    site: str
    captured_at: datetime
    duration_ms: float
    evidence: Evidence
    evidence_id: str


@dataclass(frozen=True)
class Rules:
    """What evidence is judged by."""

    editions: tuple[Edition, ...]
    citations: Mapping[str, Citation]
    checks: Mapping[str, Check[Any]]
    families: Mapping[str, str]
    """Family of every id the catalogue names, built or not."""
    enabled: frozenset[str]
    """Families that the run looked for."""
    _keys: dict[int, str] = field(default_factory=dict, compare=False)

    def key_of(self, clause: Clause) -> str:
        """Check and limits as one text: clauses that ask the same share one finding."""
        # By identity: the editions live as long as the rules, and hashing limits anew costs too much.
        if id(clause) not in self._keys:
            self._keys[id(clause)] = _key(clause.check, clause.limits)
        return self._keys[id(clause)]


def assess(
    run: RunInfo, inventory: Inventory, rules: Rules, seen: Iterable[SiteEvidence]
) -> Assessment:
    """Judge a run.  ``seen`` may be a generator: evidence is read once, site by site, and let go.

    Only active units count; a site without evidence in this run is *not-tested: not-run* throughout.
    """
    units = tuple(sorted(_active(inventory.units), key=lambda unit: unit.id))
    by_id = {unit.id: unit for unit in units}
    owners: dict[str, list[Site]] = {}
    for site in inventory.sites:
        if site.unit in by_id:
            owners.setdefault(site.url, []).append(site)
    findings: list[Finding] = []
    verdicts: list[Verdict] = []
    looks: dict[str, SiteLook] = {}

    def take(site_seen: SiteEvidence | None, site: Site) -> None:
        told = _Judged(rules, by_id[site.unit], site, site_seen, run.judged_at, held=bool(run.held))
        verdicts.extend(told.verdicts())
        findings.extend(told.findings())

    for site_seen in seen:
        if site_seen.site in owners:
            looks[site_seen.site] = _look(site_seen)
            for site in owners[site_seen.site]:
                take(site_seen, site)
    for url, sites in owners.items():
        if url not in looks:
            for site in sites:
                take(None, site)
    # The sort is stable and the editions' order fixed: equal keys are one check under several limits.
    findings.sort(key=lambda f: (f.unit, f.site, f.check))
    order = {
        (edition.label, criterion.id): (number, place)
        for number, edition in enumerate(rules.editions)
        for place, criterion in enumerate(edition.criteria)
    }
    verdicts.sort(key=lambda v: (v.unit, v.site, order[v.label, v.criterion]))
    label = rules.editions[0].label
    of_unit: dict[str, list[Verdict]] = {unit.id: [] for unit in units}
    for verdict in verdicts:
        if verdict.label == label:
            of_unit[verdict.unit].append(verdict)
    return Assessment(
        run=run,
        permission=inventory.permission,
        editions=rules.editions,
        citations=dict(rules.citations),
        units=units,
        sites=tuple(
            sorted((s for s in inventory.sites if s.unit in by_id), key=lambda s: (s.unit, s.url))
        ),
        looks=dict(sorted(looks.items())),
        findings=tuple(findings),
        verdicts=tuple(verdicts),
        readiness={unit.id: readiness(unit, label, of_unit[unit.id]) for unit in units},
    )


def _key(check: str, limits: Mapping[str, Any]) -> str:
    return f"{check} {json.dumps(limits, sort_keys=True)}"


def _active(units: Iterable[Unit]) -> Iterable[Unit]:
    return (unit for unit in units if unit.state is UnitState.ACTIVE)


class _Judged:
    """The findings of one unit on one site, each (check, limits) asked once, and the verdicts on them."""

    def __init__(
        self,
        rules: Rules,
        unit: Unit,
        site: Site,
        seen: SiteEvidence | None,
        as_of: datetime,
        *,
        held: bool,
    ) -> None:
        self._held = held
        self._rules = rules
        self._unit = unit
        self._site = site
        self._seen = seen
        self._as_of = as_of
        self._found: dict[str, Finding] = {}

    def verdicts(self) -> list[Verdict]:
        """Every criterion of every edition."""
        told = [
            decide(edition, criterion, self._unit, self._site, self._for(criterion), self._as_of)
            for edition in self._rules.editions
            for criterion in edition.criteria
        ]
        return [_accusing_nobody(verdict) for verdict in told] if self._held else told

    def findings(self) -> list[Finding]:
        """Every finding that the verdicts asked for."""
        return list(self._found.values())

    def _for(self, criterion: Criterion) -> "_FindingOf":
        age_days = criterion.evidence_max_age_days
        seen = self._seen
        too_old = (
            age_days is not None
            and seen is not None
            and self._as_of - seen.captured_at > timedelta(days=age_days)
        )
        return _FindingOf(self, expired=too_old)

    def finding(self, clause: Clause) -> Finding:
        """The finding for a clause, judged at its first asking."""
        key = self._rules.key_of(clause)
        if key not in self._found:
            self._found[key] = self._judge(clause)
        return self._found[key]

    def _judge(self, clause: Clause) -> Finding:
        check = self._rules.checks.get(clause.check)
        family = self._rules.families.get(clause.check, "")
        unit, site, as_of = self._unit.id, self._site, self._as_of

        def untold(cause: Cause) -> Finding:
            return not_built(clause.check, family, clause.limits, unit, site, as_of, cause)

        if check is None:
            return untold(Cause.NOT_BUILT)
        if check.family not in self._rules.enabled:
            return untold(Cause.NOT_ENABLED)
        if self._seen is None:
            return untold(Cause.NOT_RUN)
        ids = (self._seen.evidence_id,)
        return judge(check, clause.limits, unit, site, self._seen.evidence, as_of, ids)


def _accusing_nobody(verdict: Verdict) -> Verdict:
    """In a held run our own line failed: what was seen stays a finding, and settles nothing."""
    if verdict.status is not Status.UNFULFILLED:
        return verdict
    return replace(verdict, status=Status.UNKNOWN, cause=Cause.LOCAL_NETWORK_DOWN)


@dataclass(frozen=True)
class _FindingOf:
    """Answers for one criterion: evidence older than it allows decides nothing."""

    judged: _Judged
    expired: bool

    def __call__(self, clause: Clause) -> Finding:
        finding = self.judged.finding(clause)
        if not self.expired:
            return finding
        return replace(finding, outcome=Outcome.NOT_TESTED, cause=Cause.EVIDENCE_EXPIRED)


def _look(seen: SiteEvidence) -> SiteLook:
    """What reports tell of how a site was looked at."""
    http = seen.evidence.get(Http)
    pages = seen.evidence.get(Pages)
    names = seen.evidence.get(Names)
    home = pages.home if isinstance(pages, Pages) else None
    addresses: list[str] = []
    if isinstance(names, Names):
        for look in (names.host.a, names.host.aaaa):
            if isinstance(look, Lookup):
                addresses += look.records
    return SiteLook(
        site=seen.site,
        captured_at=seen.captured_at,
        duration_ms=seen.duration_ms,
        canonical_url=http.canonical_url if isinstance(http, Http) else "",
        title=home.title if isinstance(home, PageFacts) else "",
        addresses=tuple(addresses),
        not_captured={
            kind.kind: found
            for kind, found in seen.evidence.items()
            if isinstance(found, NotCaptured)
        },
    )
