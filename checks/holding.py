"""Whether a run is held: too much failed at once to be the sites' doing, and nothing that they share explains it.  Pure."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from checks.assessment import Assessment
from checks.changes import OPEN, ChangeKind, Comparison
from checks.clusters import common_group, groups_of
from checks.spec import Outcome
from inventory.settings import Confirming

REACH = "site-reachable"
SAME_AGAIN = 0.8
"""Where so many of the units that fail failed in the held run before too, it is no accident of one run."""


class Hold(NamedTuple):
    """Why a run is held."""

    check: str
    units: frozenset[str]
    of: int
    """Units that could be compared on this check."""

    def __str__(self) -> str:
        return f"mass-failure {self.check} {len(self.units)}/{self.of}"


def hold_of(
    comparison: Comparison,
    before: Assessment,
    now: Assessment,
    confirm: Confirming,
    held_before: frozenset[str] = frozenset(),
) -> Hold | None:
    """The widest mass failure, or ``None``.

    ``held_before`` are the units of the hold of the run just before, if that one was held: the same failure seen
    again by another run, with our own line answering, is believed.
    """
    groups = groups_of(now)
    found: list[Hold] = []
    compared = _compared(before, now)
    for check, units in _failing(comparison).items():
        of = len(compared[check])
        if len(units) < max(confirm.hold_least, confirm.hold_share_pct * of / 100):
            continue
        shared = common_group(units, groups)
        again = len(units & held_before) >= SAME_AGAIN * len(units)
        if shared is None and not again:
            found.append(Hold(check, units, of))
    return max(found, key=lambda hold: (len(hold.units), hold.check), default=None)


def _failing(comparison: Comparison) -> Mapping[str, frozenset[str]]:
    """Units by the check that newly fails; a site that fell silent fails to be reached."""
    found: dict[str, set[str]] = defaultdict(set)
    for change in comparison.of(ChangeKind.REGRESSED):
        found[change.check].add(change.unit)
    for change in comparison.of(ChangeKind.NEUTRAL):
        fell_silent = (
            change.check == REACH
            and change.before is not None
            and change.before.outcome is Outcome.MET
        )
        if fell_silent:
            found[REACH].add(change.unit)
    return {check: frozenset(units) for check, units in found.items()}


def _compared(before: Assessment, now: Assessment) -> Mapping[str, set[str]]:
    """Units by check that had an answer before, and are still there."""
    here = {unit.id for unit in now.units}
    found: dict[str, set[str]] = defaultdict(set)
    for finding in before.findings:
        if finding.outcome not in OPEN and finding.unit in here:
            found[finding.check].add(finding.unit)
    return found
