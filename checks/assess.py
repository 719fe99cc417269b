"""A collected run → everything judged of it: findings, verdicts, readiness.  Pure: the same input, the same bytes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from checks.assessment import Assessment, RunInfo, SiteLook
from checks.criteria.model import Citation, Clause, Criterion, Edition
from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.http import Http
from checks.evidence.names import Lookup, Names
from checks.evidence.page import PageFacts, Pages
from checks.excuses import NO_BOOK, Accepted, Book, accepted, names_of
from checks.judge import bar_of, judge, not_built
from checks.lists import NO_LISTS, Lists
from checks.spec import Answer, Check, Finding, Limits, Outcome
from checks.verdicts import FindingOf, Status, Verdict, decide, readiness
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
    before: Evidence | None = None
    """What the complete run before saw of it, as far as checks ask."""


@dataclass(frozen=True)
class Asked:
    """What one clause asks: the same of every site."""

    key: str
    """Check and limits as one text: clauses that ask the same share one finding."""
    family: str
    check: Check[Any] | None = None
    bar: Limits | Answer | None = None
    untold: Cause | None = None
    """Why it is asked of no site at all."""


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
    recorded: tuple[Clause, ...] = ()
    """What is asked of every site and decides nothing, whatever the editions cite."""
    lists: Lists = NO_LISTS
    _asked: dict[int, Asked] = field(default_factory=dict, compare=False)

    def asked_by(self, clause: Clause) -> Asked:
        """What a clause asks, worked out once for all sites."""
        # By identity: the editions live as long as the rules, and hashing limits anew costs too much.
        asked = self._asked.get(id(clause))
        if asked is None:
            asked = self._asked[id(clause)] = self._worked_out(clause)
        return asked

    def _worked_out(self, clause: Clause) -> Asked:
        key = f"{clause.check} {json.dumps(clause.limits, sort_keys=True)}"
        family = self.families.get(clause.check, "")
        check = self.checks.get(clause.check)
        if check is None:
            return Asked(key, family, untold=Cause.NOT_BUILT)
        if check.family not in self.enabled:
            return Asked(key, family, untold=Cause.NOT_ENABLED)
        return Asked(key, family, check, bar_of(check, clause.limits))


def assess(
    run: RunInfo,
    inventory: Inventory,
    rules: Rules,
    seen: Iterable[SiteEvidence],
    book: Book = NO_BOOK,
) -> Assessment:
    """Judge a run.  ``seen`` may be a generator: evidence is read once, site by site, and let go.

    ``book`` is what the runs before left of each excuse.  Only active units count; a site without evidence in this run is *not-tested: not-run* throughout.
    """
    units = tuple(sorted(_active(inventory.units), key=lambda unit: unit.id))
    by_id = {unit.id: unit for unit in units}
    owners: dict[str, list[Site]] = {}
    for site in inventory.sites:
        if site.unit in by_id:
            owners.setdefault(site.url, []).append(site)
    judged: list[_Judged] = []
    looks: dict[str, SiteLook] = {}

    def take(site_seen: SiteEvidence | None, site: Site) -> None:
        judged.append(_judged(rules, by_id[site.unit], site, site_seen, run, book))

    for site_seen in seen:
        if site_seen.site in owners:
            looks[site_seen.site] = _look(site_seen)
            for site in owners[site_seen.site]:
                take(site_seen, site)
    for url, sites in owners.items():
        if url not in looks:
            for site in sites:
                take(None, site)
    judged.sort(key=lambda one: (one.unit, one.site))
    verdicts = [verdict for one in judged for verdict in one.verdicts]
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
        findings=tuple([finding for one in judged for finding in one.findings]),
        verdicts=tuple(verdicts),
        readiness={unit.id: readiness(unit, label, of_unit[unit.id]) for unit in units},
        excuses=tuple([one for site in judged for one in site.excuses]),
    )


def _active(units: Iterable[Unit]) -> Iterable[Unit]:
    return (unit for unit in units if unit.state is UnitState.ACTIVE)


@dataclass(frozen=True)
class _Judged:
    """What was told of one unit's site."""

    unit: str
    site: str
    findings: list[Finding]
    """By check; several of one check stand in the order of the clauses that asked."""
    verdicts: list[Verdict]
    """In the order of the editions and their criteria."""
    excuses: list[Accepted]
    """In the order of the unit's record."""


def _judged(
    rules: Rules,
    unit: Unit,
    site: Site,
    seen: SiteEvidence | None,
    run: RunInfo,
    book: Book,
) -> _Judged:
    """Every criterion of every edition, and the findings they asked for, each (check, limits) once."""
    as_of = run.judged_at
    found = _Findings(rules, unit.id, site, seen, as_of)
    excuses = _excuses(rules, unit, site, found, run, book) if unit.excuses else []
    excused = frozenset([one.excuse.check for one in excuses if one.covers])
    verdicts = [
        decide(edition, criterion, unit, site, found.by(criterion), as_of, excused)
        for edition in rules.editions
        for criterion in edition.criteria
    ]
    for clause in rules.recorded:
        found.of(clause)
    if run.held:
        verdicts = [_accusing_nobody(verdict) for verdict in verdicts]
    return _Judged(unit.id, site.url, found.in_order(), verdicts, excuses)


def _excuses(
    rules: Rules, unit: Unit, site: Site, found: "_Findings", run: RunInfo, book: Book
) -> list[Accepted]:
    """How the unit's excuses stand on this site: each against all findings of its check, whatever their limits."""
    asked = {excuse.check: dict[int, Finding]() for excuse in unit.excuses}
    for edition in rules.editions:
        for criterion in edition.criteria:
            for clause in criterion.clauses:
                if clause.check in asked:
                    finding = found.of(clause)
                    asked[clause.check][id(finding)] = finding
    settles = run.state == "complete" and not run.held
    return [
        accepted(
            excuse,
            site.url,
            asked[excuse.check].values(),
            names_of(rules.checks.get(excuse.check)),
            run.judged_at,
            book,
            settles=settles,
        )
        for excuse in unit.excuses
        if excuse.concerns(site)
    ]


class _Findings:
    """The findings of one unit on one site, each judged at its first asking."""

    def __init__(
        self, rules: Rules, unit: str, site: Site, seen: SiteEvidence | None, as_of: datetime
    ) -> None:
        self._rules = rules
        self._unit = unit
        self._site = site
        self._seen = seen
        self._as_of = as_of
        self._found: dict[str, Finding] = {}

    def in_order(self) -> list[Finding]:
        """All that were asked for, by check."""
        return sorted(self._found.values(), key=attrgetter("check"))

    def by(self, criterion: Criterion) -> FindingOf:
        """The answers for one criterion: evidence older than it allows decides nothing."""
        age_days = criterion.evidence_max_age_days
        if age_days is None or self._seen is None:
            return self.of
        if self._as_of - self._seen.captured_at <= timedelta(days=age_days):
            return self.of
        return self._expired

    def of(self, clause: Clause) -> Finding:
        """The finding that a clause asks for."""
        asked = self._rules.asked_by(clause)
        finding = self._found.get(asked.key)
        if finding is None:
            finding = self._found[asked.key] = self._judge(asked, clause)
        return finding

    def _expired(self, clause: Clause) -> Finding:
        finding = self.of(clause)
        return replace(finding, outcome=Outcome.NOT_TESTED, cause=Cause.EVIDENCE_EXPIRED)

    def _judge(self, asked: Asked, clause: Clause) -> Finding:
        unit, site, seen, as_of = self._unit, self._site, self._seen, self._as_of
        if asked.check is None or seen is None:
            cause = asked.untold or Cause.NOT_RUN
            return not_built(clause.check, asked.family, clause.limits, unit, site, as_of, cause)
        ids = (seen.evidence_id,)
        return judge(
            asked.check,
            clause.limits,
            unit,
            site,
            seen.evidence,
            as_of,
            ids,
            asked.bar,
            self._rules.lists,
            seen.before,
        )


def _accusing_nobody(verdict: Verdict) -> Verdict:
    """In a held run our own line failed: what was seen stays a finding, and settles nothing."""
    without = Status.UNKNOWN if verdict.without is Status.UNFULFILLED else verdict.without
    if verdict.status is not Status.UNFULFILLED:
        return verdict._replace(without=without)
    return verdict._replace(status=Status.UNKNOWN, cause=Cause.LOCAL_NETWORK_DOWN)


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
