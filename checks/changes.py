"""Two judged runs → what got better or worse, what only the rules changed, and what nobody could compare.  Pure.

The earlier run takes part twice: as it was *told* at the time, and *before*, its evidence judged anew under the rules
of the later run.  Between the first two only rules and lists differ; between the last two only the sites do.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from checks.assessment import Assessment
from checks.criteria.model import Edition, Level
from checks.evidence.base import SIDE_OF, Side
from checks.spec import Finding, Outcome
from checks.verdicts import ReadinessState


class ChangeKind(StrEnum):
    """What became of one answer."""

    IMPROVED = "improved"
    REGRESSED = "regressed"
    """It was met, and is not."""
    TO_REVIEW = "to-review"
    """A person must look now; before, it was met or not met."""
    NEW = "new"
    """The question made no sense before, or was for a person to answer; now there is an answer."""
    GONE = "gone"
    """The question made sense before, and makes none now."""
    RULES_CHANGED = "rules-changed"
    """The same evidence gets another answer: the site did nothing."""
    COVERAGE_CHANGED = "coverage-changed"
    """Only one of the two runs looked for this, for a reason of our own."""
    NEUTRAL = "neutral"
    """One of the two looks ended in nothing to conclude from, or its run is held."""


CHANGE_KINDS = tuple(ChangeKind)
OPEN = frozenset({Outcome.NOT_TESTED, Outcome.BROKEN})


@dataclass(frozen=True, slots=True)
class Change:
    """One answer that differs.  ``before`` is under the present rules, except where the rules changed."""

    kind: ChangeKind
    unit: str
    site: str
    check: str
    before: Finding | None
    after: Finding | None


class ReadinessChange(NamedTuple):
    """A unit's readiness in both runs, by the present rules; ``None`` where it was not counted."""

    unit: str
    before: ReadinessState | None
    after: ReadinessState | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What lies between two runs."""

    earlier: str
    """Id of the earlier run."""
    later: str
    changes: tuple[Change, ...]
    """By unit, site, check and limits."""
    same: int
    """Answers about the sites that are the same in both."""
    readiness: tuple[ReadinessChange, ...]
    """Of every unit of either run whose readiness differs, by unit."""
    units_new: tuple[str, ...]
    units_gone: tuple[str, ...]
    """Closed, merged, or no longer in the inventory."""
    sites_new: tuple[tuple[str, str], ...]
    """Unit and address."""
    sites_gone: tuple[tuple[str, str], ...]
    held: str = ""
    """Why nothing is told as better or worse, if so."""

    def of(self, *kinds: ChangeKind) -> tuple[Change, ...]:
        """The changes of these kinds."""
        return tuple(change for change in self.changes if change.kind in kinds)


Key = tuple[str, str, str, str]
"""Unit, site, check, limits."""


def compare(told: Iterable[Finding], before: Assessment, now: Assessment) -> Comparison:
    """What changed from ``before`` (the earlier run under the rules of the later) to ``now``.

    ``told`` are the findings of the earlier run as they were told then.
    """
    held = before.run.held or now.run.held
    was, then, here = by_key(told), by_key(before.findings), by_key(now.findings)
    sites_before = {(site.unit, site.url) for site in before.sites}
    sites_now = {(site.unit, site.url) for site in now.sites}
    both = sites_before & sites_now
    # Of a site that nothing was told of (the program ended before that) nothing was told otherwise.
    told_of = sites_before & {key[:2] for key in was}
    changes: list[tuple[Key, Change]] = []
    same = 0
    for key in then.keys() | here.keys():
        if key[:2] not in both:
            continue
        kind = kind_of(then.get(key), here.get(key))
        if held and kind in _ABOUT_SITES:
            kind = ChangeKind.NEUTRAL
        if kind is not None:
            changes.append((key, Change(kind, *key[:3], then.get(key), here.get(key))))
        else:
            same += here[key].outcome not in OPEN
    changes += [
        (key, Change(ChangeKind.RULES_CHANGED, *key[:3], was.get(key), then.get(key)))
        for key in was.keys() | then.keys()
        if key[:2] in told_of and _rules_changed(was.get(key), then.get(key))
    ]
    changes.sort(key=lambda pair: (pair[0], CHANGE_KINDS.index(pair[1].kind)))
    units_before = {unit.id for unit in before.units}
    units_now = {unit.id for unit in now.units}
    return Comparison(
        earlier=before.run.id,
        later=now.run.id,
        changes=tuple([change for _, change in changes]),
        same=same,
        readiness=tuple(_readiness(before, now)),
        units_new=tuple(sorted(units_now - units_before)),
        units_gone=tuple(sorted(units_before - units_now)),
        sites_new=tuple(sorted(sites_now - sites_before)),
        sites_gone=tuple(sorted(sites_before - sites_now)),
        held=held,
    )


_ABOUT_SITES = frozenset(
    {ChangeKind.IMPROVED, ChangeKind.REGRESSED, ChangeKind.TO_REVIEW, ChangeKind.NEW}
)


def kind_of(before: Finding | None, after: Finding | None) -> ChangeKind | None:
    """What became of one answer under one set of rules; ``None`` where nothing did."""
    if before is None or after is None:
        # Under the same rules and of a site in both runs one side is missing only where nothing was asked.
        return ChangeKind.COVERAGE_CHANGED
    if before.outcome in OPEN or after.outcome in OPEN:
        if before.outcome in OPEN and after.outcome in OPEN:
            return None
        silent = before if before.outcome in OPEN else after
        ours = silent.cause is not None and SIDE_OF[silent.cause] is Side.US
        return ChangeKind.COVERAGE_CHANGED if ours else ChangeKind.NEUTRAL
    if before.outcome is after.outcome:
        return None
    if before.outcome is Outcome.NOT_APPLICABLE:
        return ChangeKind.NEW
    if after.outcome is Outcome.NOT_APPLICABLE:
        return ChangeKind.GONE
    if after.outcome is Outcome.NOT_MET:
        # Where a person had to look, nobody knows that it was any better.
        return ChangeKind.REGRESSED if before.outcome is Outcome.MET else ChangeKind.NEW
    return ChangeKind.IMPROVED if after.outcome is Outcome.MET else ChangeKind.TO_REVIEW


def levels_of(editions: Iterable[Edition]) -> Mapping[str, Level]:
    """The strictest level at which any criterion asks each check."""
    found: dict[str, Level] = {}
    for edition in editions:
        for criterion in edition.criteria:
            for clause in criterion.clauses:
                known = found.get(clause.check)
                if known is None or _STRICT.index(criterion.level) < _STRICT.index(known):
                    found[clause.check] = criterion.level
    return found


_STRICT = (Level.REQUIRED, Level.RECOMMENDED, Level.ADVANCED)


def key_of_finding(finding: Finding) -> Key:
    """What tells an answer from every other of one run."""
    limits = json.dumps(finding.limits, sort_keys=True, default=str) if finding.limits else ""
    return finding.unit, finding.site, finding.check, limits


def by_key(findings: Iterable[Finding]) -> dict[Key, Finding]:
    """Findings by what tells them apart."""
    return {key_of_finding(finding): finding for finding in findings}


def _rules_changed(told: Finding | None, before: Finding | None) -> bool:
    """Whether the same evidence was told otherwise; what was asked of nobody then or now is no other answer."""
    outcomes = {f.outcome if f is not None else None for f in (told, before)}
    return len(outcomes) == 2 and not outcomes <= {None, *OPEN}


def _readiness(before: Assessment, now: Assessment) -> Iterable[ReadinessChange]:
    for unit in sorted(before.readiness.keys() | now.readiness.keys()):
        was, here = before.readiness.get(unit), now.readiness.get(unit)
        told = ReadinessChange(unit, was.state if was else None, here.state if here else None)
        if told.before is not told.after:
            yield told
