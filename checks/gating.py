"""Whether a run may pass the gate: what counts as worse, what nobody could tell, and the one answer.  Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from checks.assessment import Assessment
from checks.changes import OPEN, ChangeKind, Comparison, Key, by_key, key_of_finding
from checks.criteria.model import Criterion, Edition, Level
from checks.evidence.base import Cause
from checks.spec import Finding, Outcome
from checks.verdicts import ReadinessState
from inventory.model import Excuse, Site, Unit


class FailOn(StrEnum):
    """What keeps the gate shut."""

    REGRESSED = "regressed"
    """Met before, not met now."""
    NEW = "new"
    """Not met now; before, the question made no sense, or was for a person to answer."""
    TO_REVIEW = "to-review"
    """Met before; now a person must look."""
    NOT_MET = "not-met"
    """Not met now, whatever it was before."""


class Result(StrEnum):
    """The one answer."""

    PASSED = "passed"
    FAILED = "failed"
    COULD_NOT_TELL = "could-not-tell"


class Doubt(StrEnum):
    """Why the gate cannot tell."""

    HELD = "held"
    """The run accuses nobody: our own line failed, or too much failed at once."""
    NOT_COMPLETE = "not-complete"
    """The run was stopped, or still goes on."""
    NO_BASELINE = "no-baseline"
    BASELINE_HELD = "baseline-held"
    BASELINE_NOT_COMPLETE = "baseline-not-complete"
    NOTHING_COMPARED = "nothing-compared"
    """No answer that counts stands on both sides."""
    UNTESTED = "untested"
    """Too many answers that were met before are none now."""
    UNCONFIRMED = "unconfirmed"
    """What got worse was seen once, and no second look confirmed it."""
    UNDECIDED = "undecided"
    """A unit that is asked to be ready is undecided."""


SHUT = frozenset({Doubt.HELD, Doubt.NOT_COMPLETE})
"""With these doubts about the run itself it accuses nobody of anything."""

_STRICT = (Level.REQUIRED, Level.RECOMMENDED, Level.ADVANCED)
_BY_CHANGE = frozenset({FailOn.REGRESSED, FailOn.NEW, FailOn.TO_REVIEW})
NOT_PLANNED = frozenset(
    {
        Cause.NOT_BUILT,
        Cause.NOT_ENABLED,
        Cause.NOT_PERMITTED,
        Cause.NO_LIST,
        Cause.NO_DOCUMENT,
        Cause.NO_REGISTRY,
        Cause.SELECTOR_UNKNOWN,
        Cause.TOO_FEW_SAMPLES,
    }
)
"""Causes of questions that this run never set out to answer."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the gate asks for."""

    fail_on: frozenset[FailOn] = frozenset({FailOn.REGRESSED})
    level: Level = Level.RECOMMENDED
    """The least strict level that counts."""
    units: frozenset[str] = frozenset()
    """Ids; empty: all."""
    sites: frozenset[str] = frozenset()
    """Addresses or host names; empty: all."""
    require_ready: bool = False
    max_untested_pct: float = 20.0
    confirmed: frozenset[str] | None = None
    """Sites at which the run looked a second time; ``None``: the run is trusted."""

    @property
    def compares(self) -> bool:
        """Whether anything that is asked for needs a baseline."""
        return bool(self.fail_on & _BY_CHANGE)

    def wants(self, site: Site) -> bool:
        """Whether the gate is asked about this site of this unit."""
        of_unit = not self.units or site.unit in self.units
        return of_unit and (not self.sites or not self.sites.isdisjoint({site.url, site.host}))


@dataclass(frozen=True, slots=True)
class Past:
    """What a run is held against: how each present answer stood before, under the present rules."""

    id: str
    at: datetime
    outcomes: Mapping[Key, Outcome] = field(default_factory=dict)
    """Only of answers that can be compared."""
    kinds: Mapping[Key, ChangeKind] = field(default_factory=dict)
    met_otherwise: frozenset[Key] = frozenset()
    """Met before, but by other rules or on evidence that nobody can read any more."""
    rules_changed: int = 0
    """Answers that only the rules changed, or that other rules keep from being compared."""
    held: bool = False


def past_of_run(comparison: Comparison, told: Iterable[Finding], before: Assessment) -> Past:
    """A stored run as the yardstick, its evidence judged by the present rules."""
    then = by_key(before.findings)
    kinds: dict[Key, ChangeKind] = {}
    for change in comparison.changes:
        one = change.after or change.before
        if change.kind is not ChangeKind.RULES_CHANGED and one is not None:
            kinds[key_of_finding(one)] = change.kind
    told_met = {(f.unit, f.site, f.check) for f in told if f.outcome is Outcome.MET}
    return Past(
        id=comparison.earlier,
        at=before.run.started_at,
        outcomes={key: finding.outcome for key, finding in then.items()},
        kinds=kinds,
        met_otherwise=frozenset(
            key for key, f in then.items() if f.outcome in OPEN and key[:3] in told_met
        ),
        rules_changed=len(comparison.of(ChangeKind.RULES_CHANGED)),
        held=bool(before.run.held),
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One present answer, and what it is to the gate."""

    finding: Finding
    level: Level
    kind: ChangeKind | None = None
    """``None`` where nothing changed, or nothing could be compared."""
    before: Outcome | None = None
    excuse: Excuse | None = None
    """The live excuse that covers it."""
    fails: bool = False
    lost: bool = False
    """Met before; now nobody can tell."""
    unconfirmed: bool = False


class Why(NamedTuple):
    """One doubt; ``detail`` is a figure or a name that goes with it."""

    doubt: Doubt
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the gate says, with everything that it says it of."""

    result: Result
    policy: Policy
    rows: tuple[Row, ...]
    """Every answer that counts, in the order of unit, site and check."""
    why: tuple[Why, ...] = ()
    past: Past | None = None
    met_before: int = 0
    lost: int = 0
    """Of these, how many nobody can tell now."""
    asked: int = 0
    """Answers that the run set out to find; counted where *not met* itself keeps the gate shut."""
    untold: int = 0
    """Of these, how many it could not find."""
    not_ready: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()

    @property
    def failing(self) -> tuple[Row, ...]:
        """What keeps the gate shut."""
        return tuple(row for row in self.rows if row.fails)


def decide_gate(
    policy: Policy, now: Assessment, past: Past | None, why: Iterable[Why] = ()
) -> Decision:
    """The gate's answer on a judged run; ``why`` are the doubts that are known before."""
    doubts = list(why)
    if now.run.held:
        doubts.append(Why(Doubt.HELD, now.run.held))
    if now.run.state != "complete":
        doubts.append(Why(Doubt.NOT_COMPLETE, now.run.state))
    if past is not None and past.held:
        doubts.append(Why(Doubt.BASELINE_HELD, past.id))
    shut = any(one.doubt in SHUT for one in doubts)
    rows = tuple(_rows(policy, now, past, shut=shut))
    compared = policy.compares and past is not None and not past.held and not shut
    met_before = [row for row in rows if _met_before(row, past)] if compared else []
    lost = sum(row.lost for row in met_before)
    asked = [row for row in rows if row.finding.cause not in NOT_PLANNED]
    asked = asked if FailOn.NOT_MET in policy.fail_on else []
    untold = sum(row.finding.outcome in OPEN for row in asked)
    if compared and not any(_told(row.before) for row in rows):
        doubts.append(Why(Doubt.NOTHING_COMPARED))
    for part, whole in ((lost, len(met_before)), (untold, len(asked))):
        if whole and 100 * part / whole > policy.max_untested_pct:
            doubts.append(Why(Doubt.UNTESTED, f"{part}/{whole}"))
    if any(row.unconfirmed for row in rows):
        doubts.append(Why(Doubt.UNCONFIRMED, str(sum(row.unconfirmed for row in rows))))
    not_ready, undecided = _readiness(policy, now) if policy.require_ready else ((), ())
    if undecided:
        doubts.append(Why(Doubt.UNDECIDED, str(len(undecided))))
    failed = not shut and (bool(not_ready) or any(row.fails for row in rows))
    result = Result.COULD_NOT_TELL if doubts else Result.PASSED
    return Decision(
        result=Result.FAILED if failed else result,
        policy=policy,
        rows=rows,
        why=tuple(dict.fromkeys(doubts)),
        past=past,
        met_before=len(met_before),
        lost=lost,
        asked=len(asked),
        untold=untold,
        not_ready=not_ready,
        undecided=undecided,
    )


def _rows(policy: Policy, now: Assessment, past: Past | None, *, shut: bool) -> Iterable[Row]:
    units = {unit.id: unit for unit in now.units}
    sites = {(site.unit, site.url): site for site in now.sites if policy.wants(site)}
    levels = Levels(now.editions)
    excuses = Excuses(now)
    for finding in sorted(now.findings, key=key_of_finding):
        site = sites.get((finding.unit, finding.site))
        level = levels.of(finding, units[finding.unit], site) if site is not None else None
        if level is None or _STRICT.index(level) > _STRICT.index(policy.level):
            continue
        yield _row(policy, finding, level, past, excuses.of(finding), shut=shut)


def _row(
    policy: Policy,
    finding: Finding,
    level: Level,
    past: Past | None,
    excuse: Excuse | None,
    *,
    shut: bool,
) -> Row:
    if past is not None and (shut or past.held):
        # One of the two runs accuses nobody: nothing is held against anything.
        past = None
    key = key_of_finding(finding)
    kind = past.kinds.get(key) if past is not None else None
    before = past.outcomes.get(key) if past is not None else None
    row = Row(finding, level, kind, before, excuse)
    worse = _worse(row)
    lost = (
        _met_before(row, past)
        and worse is None
        and finding.outcome not in (Outcome.MET, Outcome.NOT_APPLICABLE)
    )
    by_change = worse in policy.fail_on and excuse is None
    sure = policy.confirmed is None or finding.site in policy.confirmed
    not_met = (
        FailOn.NOT_MET in policy.fail_on
        and finding.outcome is Outcome.NOT_MET
        and excuse is None
        and not shut
    )
    return Row(
        finding,
        level,
        kind,
        before,
        excuse,
        fails=not_met or (by_change and sure),
        lost=lost,
        unconfirmed=by_change and not sure and not not_met,
    )


def _worse(row: Row) -> FailOn | None:
    """What a row would keep the gate shut for, by how it changed: both sides told, neither guessed."""
    after = row.finding.outcome
    if row.before is Outcome.MET and row.kind is ChangeKind.REGRESSED:
        return FailOn.REGRESSED
    if row.before is Outcome.MET and row.kind is ChangeKind.TO_REVIEW:
        return FailOn.TO_REVIEW
    if after is Outcome.NOT_MET and row.kind is ChangeKind.NEW:
        return FailOn.NEW
    return None


def _met_before(row: Row, past: Past | None) -> bool:
    return row.before is Outcome.MET or (
        past is not None and key_of_finding(row.finding) in past.met_otherwise
    )


def _told(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome not in OPEN


def _readiness(policy: Policy, now: Assessment) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Units that are not ready, and those that nobody can tell of."""
    asked = sorted({site.unit for site in now.sites if policy.wants(site)})
    states = [(unit, now.readiness[unit].state) for unit in asked]
    return (
        tuple(unit for unit, state in states if state is ReadinessState.NOT_READY),
        tuple(unit for unit, state in states if state is ReadinessState.UNDECIDED),
    )


class Levels:
    """At which level each answer is asked: the strictest of the criteria that apply to its unit and site."""

    def __init__(self, editions: Iterable[Edition]) -> None:
        self._asking: dict[str, list[tuple[Criterion, Mapping[str, object]]]] = {}
        for edition in editions:
            for criterion in edition.criteria:
                for clause in criterion.clauses:
                    self._asking.setdefault(clause.check, []).append((criterion, clause.limits))

    def of(self, finding: Finding, unit: Unit, site: Site) -> Level | None:
        """``None`` for what decides nothing."""
        levels = [
            criterion.level
            for criterion, limits in self._asking.get(finding.check, ())
            if limits == finding.limits and _applies(criterion, unit, site)
        ]
        return min(levels, key=_STRICT.index, default=None)


def _applies(criterion: Criterion, unit: Unit, site: Site) -> bool:
    of_kind = not criterion.kinds or unit.kind in criterion.kinds
    return of_kind and (not criterion.roles or not site.roles.isdisjoint(criterion.roles))


class Excuses:
    """Which live excuse covers a finding, as the verdicts have it."""

    def __init__(self, now: Assessment) -> None:
        self._live: dict[tuple[str, str, str], Excuse] = {
            (one.excuse.unit, one.site, one.excuse.check): one.excuse
            for one in now.excuses
            if one.covers
        }

    def of(self, finding: Finding) -> Excuse | None:
        """``None`` where there is none, or nothing to excuse."""
        if finding.outcome not in (Outcome.NOT_MET, Outcome.NEEDS_REVIEW):
            return None
        return self._live.get((finding.unit, finding.site, finding.check))
