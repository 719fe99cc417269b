"""What the gate says, in the words of a reader: the one view from which every output for CI jobs is made."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

from checks.assessment import Assessment
from checks.changes import ChangeKind, key_of_finding
from checks.criteria.model import Level
from checks.gating import Decision, FailOn, Policy, Result, Row, decide_gate
from checks.parsing.text import display
from checks.spec import Outcome
from checks.verdicts import ReadinessState
from reports.told import said
from reports.words import SHOWN, Language, Words, words


class State(StrEnum):
    """What one answer is to the gate."""

    REGRESSED = "regressed"
    NEW = "new"
    TO_REVIEW = "to-review"
    NOT_MET = "not-met"
    """Not met, and nothing is known of before, or *not met* itself is what is asked."""
    KNOWN = "known"
    """Not met before either."""
    EXCUSED = "excused"
    UNTESTED = "untested"
    BROKEN = "broken"
    LOST = "lost"
    """Met before; whether it is now nobody can tell."""
    REVIEW = "review"
    MET = "met"
    NOT_APPLICABLE = "not-applicable"


class Place(NamedTuple):
    """Where a site stands in the inventory file."""

    file: str
    """Relative to the repository, with forward slashes."""
    line: int | None


class RuleView(NamedTuple):
    """One check, for those who read of it in a CI job."""

    id: str
    title: str
    asks: str
    why: str
    how: tuple[str, ...]
    level: Level
    """The strictest at which it is asked."""


class RowView(NamedTuple):
    """One answer.  Every text in it is fit to show: one line, nothing unseen, bounded."""

    unit: str
    unit_name: str
    manager: str
    site: str
    check: str
    title: str
    level: Level
    level_word: str
    outcome: Outcome
    state: State
    state_word: str
    fails: bool
    improved: bool
    before: str
    """The outcome before in words; empty where nothing is known."""
    now: str
    told: str
    """What was seen."""
    advice: str
    excuse: str
    limits: str
    """A short mark that tells apart two answers of one check on one site; empty for most."""
    fingerprint: str
    place: Place | None


class UnitView(NamedTuple):
    """One unit, for gauges."""

    id: str
    name: str
    manager: str
    ready: ReadinessState
    not_met: int
    failing: int
    untested: int


class GateView(NamedTuple):
    """Everything that an output may know."""

    lang: Language
    result: Result
    title: str
    verdict: str
    """The answer in one sentence."""
    lines: tuple[str, ...]
    """What it is made of: what is compared with what, what could not be told, what is excused."""
    doubts: tuple[str, ...]
    not_ready: tuple[str, ...]
    rows: tuple[RowView, ...]
    rules: tuple[RuleView, ...]
    units: tuple[UnitView, ...]
    compared: bool
    regressed: int
    lost: int
    met_before: int
    run: str
    version: str
    began_at: datetime
    ended_at: datetime
    sites_planned: int
    sites_done: int
    heads: Mapping[str, str]
    """Words of the columns."""

    @property
    def failing(self) -> tuple[RowView, ...]:
        """What keeps the gate shut, by level."""
        order = tuple(Level)
        rows = (row for row in self.rows if row.fails)
        return tuple(sorted(rows, key=lambda row: order.index(row.level)))


WhereOf = Callable[[str, str], Place | None]
"""Unit and address → where they stand in the inventory file."""

_HEADS = ("unit", "site", "check", "level", "was", "now", "seen", "why_shut")


def nowhere(_unit: str, _site: str) -> Place | None:
    """No inventory file is known."""
    return None


def report_view(assessment: Assessment, lang: Language) -> GateView:
    """A judged run by itself, nothing compared: whatever is not met counts."""
    policy = Policy(
        fail_on=frozenset({FailOn.NOT_MET}), level=Level.ADVANCED, max_untested_pct=100.0
    )
    return gate_view(decide_gate(policy, assessment, None), assessment, lang)


def gate_view(
    decision: Decision, now: Assessment, lang: Language, where: WhereOf = nowhere
) -> GateView:
    """The view of one decision on one judged run."""
    told = words(lang)
    units = {unit.id: unit for unit in now.units}
    rows = tuple(
        _row(
            row,
            display(units[row.finding.unit].name, SHOWN),
            units[row.finding.unit].manager,
            told,
            where(row.finding.unit, row.finding.site),
        )
        for row in decision.rows
    )
    return GateView(
        lang=lang,
        result=decision.result,
        title=told.ui("gate.title", run=now.run.id),
        verdict=_verdict(decision, told),
        lines=tuple(_lines(decision, now, rows, told)),
        doubts=tuple(
            told.ui(f"gate.doubt.{one.doubt.value}", detail=display(one.detail, SHOWN))
            for one in decision.why
        ),
        not_ready=tuple(display(unit, 100) for unit in decision.not_ready),
        rows=rows,
        rules=_rules(decision.rows, told),
        units=tuple(_units(decision, now)),
        compared=decision.past is not None,
        regressed=sum(row.state is State.REGRESSED for row in rows),
        lost=decision.lost,
        met_before=decision.met_before,
        run=display(now.run.id, 100),
        version=display(now.run.version, 50),
        began_at=now.run.started_at,
        ended_at=now.run.ended_at or now.run.started_at,
        sites_planned=now.run.sites_planned,
        sites_done=now.run.sites_done,
        heads={name: told.ui(f"gate.{name}") for name in _HEADS},
    )


def _verdict(decision: Decision, told: Words) -> str:
    if decision.result is Result.COULD_NOT_TELL:
        return told.ui("gate.could-not-tell")
    if decision.result is Result.FAILED:
        failing = len(decision.failing)
        return told.count("gate.failed", failing) if failing else told.ui("gate.failed_ready")
    return told.ui("gate.passed" if decision.policy.compares else "gate.passed_absolute")


def _lines(
    decision: Decision, now: Assessment, rows: Iterable[RowView], told: Words
) -> Iterable[str]:
    run, past = display(now.run.id, 100), decision.past
    if past is None:
        yield told.ui("gate.alone", run=run)
    else:
        at = told.moment(past.at)
        yield told.ui("gate.against", run=run, past=display(past.id, 100), at=at)
    shares = (
        ("lost", decision.lost, decision.met_before),
        ("untold", decision.untold, decision.asked),
    )
    for name, part, whole in shares:
        if part:
            percent = told.percent(part, whole)
            yield told.ui(f"gate.{name}", n=part, of=whole, percent=percent)
    states = [row.state for row in rows]
    counts = {
        "rules": past.rules_changed if past is not None else 0,
        "excused": states.count(State.EXCUSED),
        "known": states.count(State.KNOWN),
        "improved": sum(row.kind is ChangeKind.IMPROVED for row in decision.rows),
    }
    for name, count in counts.items():
        if count:
            yield told.count(f"gate.{name}", count)
    for name, ids in (("not_ready", decision.not_ready), ("undecided", decision.undecided)):
        if ids:
            shown = ", ".join(display(one, 100) for one in ids[:20])
            yield told.ui(f"gate.{name}", units=shown + (" …" if len(ids) > 20 else ""))


def _row(row: Row, unit_name: str, manager: str, told: Words, place: Place | None) -> RowView:
    finding, state = row.finding, _state(row)
    plain = finding.outcome in (Outcome.MET, Outcome.NOT_APPLICABLE)
    seen, advice = ("", "") if plain else said(finding, told)
    excuse = ""
    if row.excuse is not None:
        why = display(row.excuse.reason, SHOWN)
        excuse = told.ui("gate.excused_until", day=told.day(row.excuse.until_on), why=why)
    key = key_of_finding(finding)
    return RowView(
        unit=display(finding.unit, 500),
        unit_name=unit_name,
        manager=display(manager, 100),
        site=display(finding.site, 2048),
        check=finding.check,
        title=display(told.check(finding.check).title, SHOWN),
        level=row.level,
        level_word=told.ui(f"level.{row.level.value}"),
        outcome=finding.outcome,
        state=state,
        state_word=told.ui(f"gate.state.{state.value}"),
        fails=row.fails,
        improved=row.kind is ChangeKind.IMPROVED,
        before="" if row.before is None else told.ui(f"outcome.{row.before.value}"),
        now=told.ui(f"outcome.{finding.outcome.value}"),
        told=display(seen, 1000),
        advice=display(advice, 1000),
        excuse=excuse,
        limits=sha256(key[3].encode("utf-8", "replace")).hexdigest()[:6] if key[3] else "",
        fingerprint=sha256("\x1f".join(key).encode("utf-8", "replace")).hexdigest()[:40],
        place=place,
    )


_BY_KIND = {
    ChangeKind.REGRESSED: State.REGRESSED,
    ChangeKind.NEW: State.NEW,
    ChangeKind.TO_REVIEW: State.TO_REVIEW,
}
_OF_THE_SCAN = {Outcome.NOT_TESTED: State.UNTESTED, Outcome.BROKEN: State.BROKEN}
_WELL = {Outcome.MET: State.MET, Outcome.NOT_APPLICABLE: State.NOT_APPLICABLE}


def _state(row: Row) -> State:
    outcome = row.finding.outcome
    if outcome in _WELL:
        return _WELL[outcome]
    if outcome is Outcome.BROKEN:
        return State.BROKEN
    if row.lost or row.unconfirmed:
        return State.LOST
    if outcome in _OF_THE_SCAN:
        return _OF_THE_SCAN[outcome]
    if row.excuse is not None:
        return State.EXCUSED
    if row.kind in (ChangeKind.REGRESSED, ChangeKind.NEW) and outcome is Outcome.NOT_MET:
        return _BY_KIND[row.kind]
    if row.kind is ChangeKind.TO_REVIEW and row.before is Outcome.MET:
        return State.TO_REVIEW
    if outcome is Outcome.NEEDS_REVIEW:
        return State.REVIEW
    return State.KNOWN if row.before is Outcome.NOT_MET and not row.fails else State.NOT_MET


def _rules(rows: Iterable[Row], told: Words) -> tuple[RuleView, ...]:
    order = tuple(Level)
    levels: dict[str, Level] = {}
    for row in rows:
        known = levels.setdefault(row.finding.check, row.level)
        if order.index(row.level) < order.index(known):
            levels[row.finding.check] = row.level
    found = []
    for check, level in sorted(levels.items()):
        of = told.check(check)
        found.append(RuleView(check, of.title, of.asks, of.why, of.how, level))
    return tuple(found)


def _units(decision: Decision, now: Assessment) -> Iterable[UnitView]:
    not_met: dict[str, int] = {}
    failing: dict[str, int] = {}
    untested: dict[str, int] = {}
    for row in decision.rows:
        of = row.finding.unit
        not_met[of] = not_met.get(of, 0) + (row.finding.outcome is Outcome.NOT_MET)
        failing[of] = failing.get(of, 0) + row.fails
        untested[of] = untested.get(of, 0) + (row.finding.outcome in _OF_THE_SCAN)
    for unit in sorted(now.units, key=lambda one: one.id):
        if unit.id in not_met:
            yield UnitView(
                id=display(unit.id, 500),
                name=display(unit.name, SHOWN),
                manager=display(unit.manager, 100),
                ready=now.readiness[unit.id].state,
                not_met=not_met[unit.id],
                failing=failing[unit.id],
                untested=untested[unit.id],
            )
