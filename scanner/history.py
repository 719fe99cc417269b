"""A judged run taken into the history: what is confirmed, what is told, and when a run accuses nobody."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from checks.assessment import Assessment
from checks.changes import (
    OPEN,
    ChangeKind,
    Comparison,
    Key,
    by_key,
    compare,
    key_of_finding,
    levels_of,
)
from checks.clusters import common_group, groups_of
from checks.criteria.model import Level
from checks.due import due
from checks.events import BROKEN_INTO, OPENING, Event, EventKind, Severity, key_of
from checks.evidence.base import SIDE_OF, Side
from checks.holding import REACH, hold_of
from checks.progress import progress_of
from checks.spec import Finding, Outcome
from checks.standing import Standing, advanced, begun, under_new_rules
from checks.verdicts import Status
from inventory.settings import Confirming
from scanner.archive.history import History, Standings
from scanner.archive.store import RunRow, Store

Assess = Callable[[RunRow], Assessment]
"""A stored run, judged by the present rules."""
_ASKS_FOR_WORK = (Outcome.NOT_MET, Outcome.NEEDS_REVIEW)
LEAST_SHARED = 3
"""Fewer units with one new fault are told of themselves, not of what they share."""
_SEVERITY = {
    Level.REQUIRED: Severity.REQUIRED,
    Level.RECOMMENDED: Severity.RECOMMENDED,
    Level.ADVANCED: Severity.INFO,
}


@dataclass(frozen=True, slots=True)
class Settled:
    """What one run brought."""

    run: RunRow
    comparison: Comparison | None
    """With the run before that counts; ``None`` for the first."""
    events: tuple[Event, ...]
    hold: str = ""


def settle_pending(store: Store, assess: Assess, confirm: Confirming) -> list[Settled]:
    """Take every complete run that is not yet settled into the history, the oldest first.

    A run whose program ended between judging and this is caught up by the next one.
    """
    return [settle(store, row, assess, confirm) for row in pending(store)]


def pending(store: Store) -> list[RunRow]:
    """The complete runs that are not yet settled, the oldest first; one taken up after a later one ended is none."""
    newest = max((one.run_seq for one in History(store).settlements()), default=0)
    return [row for row in reversed(store.runs(after=newest)) if row.state == "complete"]


def settle(store: Store, run: RunRow, assess: Assess, confirm: Confirming) -> Settled:
    """Take one complete run into the history, or hold it out."""
    history = History(store)
    if run.held:
        return _hold(history, run, run.held, frozenset(), None)
    now = assess(run)
    baseline = history.baseline(run)
    comparison, before = None, None
    told: tuple[Finding, ...] = ()
    if baseline is not None:
        before = assess(baseline)
        told = tuple(f for findings in store.told_findings(baseline).values() for f in findings)
        comparison = compare(told, before, now)
        hold = hold_of(comparison, before, now, confirm, _held_just_before(store, history, run))
        if hold is not None:
            return _hold(history, run, str(hold), hold.units, comparison)
    settling = _Settling(now, before, by_key(told), history.standings(), confirm)
    events = settling.events()
    history.settle(
        run,
        standing=settling.standings,
        gone=settling.gone,
        happened=events,
        progress=progress_of(now),
    )
    return Settled(run, comparison, tuple(events))


def sites_to_look_again(
    comparison: Comparison,
    before: Assessment,
    now: Assessment,
    stood: Mapping[str, Standings],
    confirm: Confirming,
) -> frozenset[str]:
    """The sites that got worse or fell silent since the run before, or whose fault is not confirmed yet: one look may err.

    None of them where so many did that the run is about to be held: that is no matter of a second look.
    """
    if not confirm.look_again or hold_of(comparison, before, now, confirm) is not None:
        return frozenset()
    silent = (
        change
        for change in comparison.of(ChangeKind.NEUTRAL)
        if change.check == REACH and change.before is not None and change.before.outcome not in OPEN
    )
    worse = (
        change
        for change in comparison.of(ChangeKind.REGRESSED, ChangeKind.TO_REVIEW, ChangeKind.NEW)
        if change.after is not None and change.after.outcome in _ASKS_FOR_WORK
    )
    unconfirmed = (f for f in now.findings if f.outcome in _ASKS_FOR_WORK and _is_open(f, stood))
    changed = {change.site for change in (*silent, *worse)}
    return frozenset(changed | {finding.site for finding in unconfirmed})


def _is_open(finding: Finding, stood: Mapping[str, Standings]) -> bool:
    """Whether it is not settled yet that this is how things stand."""
    unit, site, check, limits = key_of_finding(finding)
    standing = stood.get(site, {}).get((unit, check, limits))
    return standing is not None and standing.settled is not finding.outcome


def _held_just_before(store: Store, history: History, run: RunRow) -> frozenset[str]:
    """The units of the hold of the complete run just before this one, if it was held."""
    earlier = store.earlier(run)
    held = {one.run_seq: one.held_units for one in history.settlements() if not one.counted}
    return held.get(earlier.seq, frozenset()) if earlier is not None else frozenset()


def _hold(
    history: History, run: RunRow, why: str, units: frozenset[str], comparison: Comparison | None
) -> Settled:
    event = Event(
        key=key_of(EventKind.HELD, run.id),
        kind=EventKind.HELD,
        severity=Severity.URGENT,
        at=run.ended_at or run.started_at,
        run=run.id,
        cause="run",
        reason=why,
    )
    history.hold(run, why, units, [event])
    return Settled(run, comparison, (event,), why)


class _Settling:
    """One run's findings held against how things stood."""

    def __init__(
        self,
        now: Assessment,
        before: Assessment | None,
        told: Mapping[Key, Finding],
        stood: Mapping[str, Standings],
        confirm: Confirming,
    ) -> None:
        self.standings: dict[str, dict[tuple[str, str, str], Standing]] = defaultdict(dict)
        self._now = now
        self._here = by_key(now.findings)
        self._before = by_key(before.findings) if before is not None else {}
        self._told = told
        self._stood = stood
        self._confirm = confirm
        self._known = {(key[0], site) for site, of in stood.items() for key in of}
        self._levels = levels_of(now.editions)
        self._excused = {
            (verdict.unit, verdict.site, check)
            for verdict in now.verdicts
            if verdict.status is Status.EXCUSED
            for check in verdict.because
        }
        self.gone = sorted(stood.keys() - {site.url for site in now.sites})

    def events(self) -> list[Event]:
        """What is to be told; the new standings are in ``standings`` afterwards."""
        found = [event for key, finding in self._here.items() for event in self._one(key, finding)]
        return [*self._rules(), *_caused(found, self._now), *self._ended(), *self._due()]

    def _one(self, key: Key, finding: Finding) -> Iterator[Event]:
        unit, site, check, limits = key
        at = self._looked_at(site)
        was = self._stood_so_far(key)
        if was is None and self._is_first_look(key):
            first = begun(finding.outcome, at)
            if first is not None:
                self.standings[site][unit, check, limits] = first
            return
        stood = self._by_the_present_rules(key, was)
        if was is not None and stood is not None and was.told and not stood.told:
            yield self._event(EventKind.RECOVERED, finding, was, "rules-changed")
        step = advanced(stood, finding.outcome, at, self._confirm)
        if step.standing is None:
            return
        kept = step.standing
        if step.told is not None:
            event = self._event(step.told, finding, stood)
            kept = replace(kept, told=event.key if step.told in OPENING else "")
            yield event
        self.standings[site][unit, check, limits] = kept

    def _stood_so_far(self, key: Key) -> Standing | None:
        """How an answer stood; under other limits, where those are what is asked no more."""
        unit, site, check, limits = key
        of = self._stood.get(site, {})
        found = of.get((unit, check, limits))
        if found is not None:
            return found
        return next(
            (
                stood
                for (owner, asked, old), stood in of.items()
                if (owner, asked) == (unit, check) and (owner, site, asked, old) not in self._here
            ),
            None,
        )

    def _is_first_look(self, key: Key) -> bool:
        """Whether an answer without a standing is none of the site's doing: nobody looked for it before."""
        if key[:2] not in self._known:
            return True
        before = self._before.get(key)
        if before is None or key not in self._told:
            return True
        ours = before.cause is not None and SIDE_OF[before.cause] is Side.US
        return before.outcome in OPEN and ours

    def _by_the_present_rules(self, key: Key, stood: Standing | None) -> Standing | None:
        """A standing after the evidence of the run before was judged anew."""
        before, told = self._before.get(key), self._told.get(key)
        if stood is None or before is None:
            return stood
        if told is not None and told.outcome is before.outcome:
            return stood
        anew = under_new_rules(stood, before.outcome)
        # What is no fault by the present rules is told as one no longer.
        over = anew is not stood and anew.settled is not Outcome.NOT_MET
        return replace(anew, told="") if over else anew

    def _looked_at(self, site: str) -> datetime:
        look = self._now.looks.get(site)
        return look.captured_at if look is not None else self._now.run.started_at

    def _event(
        self, kind: EventKind, finding: Finding, stood: Standing | None, reason: str = ""
    ) -> Event:
        limits = key_of_finding(finding)[3]
        before = stood.settled if stood is not None else None
        excused = (finding.unit, finding.site, finding.check) in self._excused
        return Event(
            key=key_of(
                kind, self._now.run.id, finding.unit, finding.site, finding.check, limits, reason
            ),
            kind=kind,
            severity=Severity.INFO if excused else self._severity(finding.check),
            at=self._looked_at(finding.site),
            run=self._now.run.id,
            unit=finding.unit,
            site=finding.site,
            check=finding.check,
            cause=f"check:{finding.check}",
            resolves=stood.told if stood is not None else "",
            before=before.value if before is not None else "",
            after=finding.outcome.value,
            reason=reason or finding.reason,
            note="excused" if excused else "",
        )

    def _severity(self, check: str) -> Severity:
        if check in BROKEN_INTO or check == REACH:
            return Severity.URGENT
        level = self._levels.get(check)
        return _SEVERITY[level] if level is not None else Severity.INFO

    def _rules(self) -> Iterator[Event]:
        """One event for each check that answers otherwise on the same evidence."""
        told, before = _outcomes(self._told), _outcomes(self._before)
        changed: dict[str, set[str]] = defaultdict(set)
        for (unit, site, check), outcomes in before.items():
            earlier = told.get((unit, site, check), frozenset())
            if earlier and earlier != outcomes and not earlier | outcomes <= OPEN:
                changed[check].add(unit)
        for check, units in sorted(changed.items()):
            yield Event(
                key=key_of(EventKind.RULES_CHANGED, self._now.run.id, check),
                kind=EventKind.RULES_CHANGED,
                severity=Severity.INFO,
                at=self._now.run.started_at,
                run=self._now.run.id,
                check=check,
                cause=f"rules:{check}",
                note=str(len(units)),
            )

    def _due(self) -> Iterator[Event]:
        """What ends soon: told once, by the run that first sees it come near."""
        for row in due(self._now):
            yield Event(
                key=key_of(
                    EventKind.DUE,
                    row.kind,
                    row.unit,
                    row.check,
                    row.document,
                    row.ends_on.isoformat(),
                ),
                kind=EventKind.DUE,
                severity=Severity.RECOMMENDED if row.unit else Severity.REQUIRED,
                at=self._now.run.started_at,
                run=self._now.run.id,
                unit=row.unit,
                check=row.check,
                cause=f"due:{row.kind.value}",
                reason=row.kind.value,
                note=row.ends_on.isoformat(),
            )

    def _ended(self) -> Iterator[Event]:
        """What was told of a site or an answer that is no longer there is told to be over."""
        here = {(site.unit, site.url) for site in self._now.sites}
        asked = {key[:3] for key in self._here}
        for site, of in self._stood.items():
            for (unit, check, limits), stood in of.items():
                left = (unit, site) not in here
                if not left and (unit, site, check) in asked:
                    continue
                if stood.told:
                    reason = "unit-gone" if left else "no-longer-asked"
                    yield Event(
                        key=key_of(
                            EventKind.RECOVERED, self._now.run.id, unit, site, check, limits, reason
                        ),
                        kind=EventKind.RECOVERED,
                        severity=Severity.INFO,
                        at=self._now.run.started_at,
                        run=self._now.run.id,
                        unit=unit,
                        site=site,
                        check=check,
                        cause=f"check:{check}",
                        resolves=stood.told,
                        before=stood.settled.value if stood.settled else "",
                        reason=reason,
                    )


def _outcomes(findings: Mapping[Key, Finding]) -> dict[tuple[str, str, str], frozenset[Outcome]]:
    """The outcomes of each check on each site, whatever its limits."""
    found: dict[tuple[str, str, str], set[Outcome]] = defaultdict(set)
    for key, finding in findings.items():
        found[key[:3]].add(finding.outcome)
    return {key: frozenset(outcomes) for key, outcomes in found.items()}


def _caused(events: Sequence[Event], now: Assessment) -> list[Event]:
    """The events, with what several units share named as their cause."""
    together: dict[tuple[EventKind, str], set[str]] = defaultdict(set)
    for event in events:
        together[event.kind, event.check].add(event.unit)
    groups = groups_of(now)
    causes = {}
    for (kind, check), units in together.items():
        if kind not in OPENING or len(units) < LEAST_SHARED:
            continue
        shared = common_group(frozenset(units), groups)
        if shared is not None:
            causes[kind, check] = f"{shared.shared.value}:{shared.name}"[:500]
    return [
        event.model_copy(update={"cause": causes[event.kind, event.check]})
        if (event.kind, event.check) in causes
        else event
        for event in events
    ]
