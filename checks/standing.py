"""What the runs so far say of one answer: since when it is so, whether it is confirmed, whether it is steady.  Pure.

A single run may err.  A fault is told when N of the last M runs that could tell saw it, the latest among them; it is
over when N runs in a row did not.  Runs that could not tell change nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from checks.changes import OPEN
from checks.events import EventKind
from checks.spec import Outcome
from inventory.settings import Confirming

TRAIL = 8
"""So many of the latest outcomes are remembered."""
UNSTEADY_TURNS = 4
"""An answer that changed so often within the trail is unsteady."""

_LETTERS = {
    Outcome.MET: "m",
    Outcome.NOT_MET: "f",
    Outcome.NEEDS_REVIEW: "r",
    Outcome.NOT_APPLICABLE: "a",
}
_OUTCOMES = {letter: outcome for outcome, letter in _LETTERS.items()}
_WORSE = {Outcome.NOT_APPLICABLE: 0, Outcome.MET: 1, Outcome.NEEDS_REVIEW: 2, Outcome.NOT_MET: 3}


@dataclass(frozen=True, slots=True)
class Standing:
    """One answer over the runs.

    ``settled`` is the outcome that is confirmed, ``None`` while none is.  ``trail`` holds the latest outcomes that
    said something of the site, a letter each, the newest last: m(et), f(ault), r(eview), a (not applicable).
    ``since`` is when the run of equal outcomes at its end began; where ``known_before`` is false, it may have been so
    for longer.  ``told`` is the key of the event that is open, empty for none.
    """

    settled: Outcome | None
    trail: str
    since: datetime
    known_before: bool = False
    told: str = ""
    unsteady: bool = False

    @property
    def latest(self) -> Outcome:
        """The latest outcome that said something of the site."""
        return _OUTCOMES[self.trail[-1]]


class Step(NamedTuple):
    """What one run makes of a standing."""

    standing: Standing | None
    """``None`` where there was none, and the run could not tell."""
    told: EventKind | None = None
    """What is to be told; the caller keys it and keeps the key in ``told``."""


def begun(outcome: Outcome, at: datetime) -> Standing | None:
    """The first look at a site: whatever it finds is how things stand."""
    if outcome in OPEN:
        return None
    return Standing(outcome, _LETTERS[outcome], at)


def under_new_rules(standing: Standing, outcome: Outcome) -> Standing:
    """The same evidence gets this answer now: how things stand, though the site did nothing."""
    if outcome in OPEN or outcome is standing.latest:
        return standing
    # Since when it would have been so is not known: at least since the answer that is judged anew.
    return replace(standing, settled=outcome, trail=_LETTERS[outcome], known_before=False)


def advanced(
    standing: Standing | None, outcome: Outcome, at: datetime, confirm: Confirming
) -> Step:
    """One more run.  ``at`` is when it looked."""
    if outcome in OPEN:
        return Step(standing)
    letter = _LETTERS[outcome]
    if standing is None:
        standing = Standing(None, "", at)
    turned = standing.trail[-1:] != letter
    trail = (standing.trail + letter)[-TRAIL:]
    grown = replace(
        standing,
        trail=trail,
        since=at if turned else standing.since,
        known_before=bool(standing.trail) if turned else standing.known_before,
    )
    if _turns(trail) >= UNSTEADY_TURNS and not _settles_unsteady(trail, confirm):
        # What is told as a fault already, or always was one, is not told as unsteady too.
        known = standing.unsteady or standing.told or standing.settled is Outcome.NOT_MET
        return Step(replace(grown, unsteady=True), None if known else EventKind.UNSTEADY)
    grown = replace(grown, unsteady=False)
    if not _confirmed(standing, trail, confirm):
        return Step(grown)
    return Step(replace(grown, settled=outcome), _told(standing, outcome, confirm))


def _turns(trail: str) -> int:
    return sum(one != following for one, following in pairwise(trail))


def _settles_unsteady(trail: str, confirm: Confirming) -> bool:
    """Whether an answer that went to and fro has been the same for long enough."""
    return len(trail) >= confirm.of_runs and len(set(trail[-confirm.of_runs :])) == 1


def _confirmed(standing: Standing, trail: str, confirm: Confirming) -> bool:
    """Whether the latest outcome is confirmed: the worse by N of the last M, the better by N in a row."""
    latest = _OUTCOMES[trail[-1]]
    if standing.settled is None or _WORSE[latest] > _WORSE[standing.settled]:
        window = trail[-confirm.of_runs :]
        return window.count(trail[-1]) >= confirm.runs
    return trail[-confirm.runs :] == trail[-1] * confirm.runs


def _told(standing: Standing, outcome: Outcome, confirm: Confirming) -> EventKind | None:
    """What a newly settled outcome is to be told as."""
    was = standing.settled
    if outcome is was:
        # Only where it went to and fro, and is back where it was, is there something to tell.
        back = standing.unsteady and standing.told and outcome is not Outcome.NOT_MET
        return EventKind.RECOVERED if back else None
    if outcome is Outcome.NOT_MET:
        # Of what a person was to look at nobody knows that it was better.
        return EventKind.REGRESSED if was is Outcome.MET else EventKind.NEW_FAULT
    if outcome is Outcome.NEEDS_REVIEW:
        return EventKind.TO_REVIEW
    # A fault that nobody was told of is mended only where it was one: a first look may err too.
    known = was is Outcome.NOT_MET and standing.trail.count("f") >= confirm.runs
    return EventKind.RECOVERED if standing.told or known else None
