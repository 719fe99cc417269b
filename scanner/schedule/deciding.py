"""Whether a job begins now: due once however much was missed, never in quiet hours, never twice for one time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanner.schedule.memory import Remembered
from scanner.schedule.timetable import Span, Timetable, quiet_until

A_DAY = timedelta(days=1)
MOST_TRIES = 2
"""A run that was cut off is begun once more, and not for ever: it may be what brings the machine down."""


@dataclass(frozen=True)
class Adopt:
    """Remember this due time as done without a run: nothing was planned before now."""

    due: datetime
    why: str


@dataclass(frozen=True)
class NotYet:
    """Nothing to do before this moment."""

    until: datetime


@dataclass(frozen=True)
class Quiet:
    """Due, and waiting for the end of quiet hours."""

    due: datetime
    until: datetime


@dataclass(frozen=True)
class Begin:
    """Begin now."""

    due: datetime
    again: bool
    """Whether it is the same due time once more, because that run was cut off."""


Decision = Adopt | NotYet | Quiet | Begin


def decide(
    timetable: Timetable, quiet: Sequence[Span], before: Remembered | None, moment: datetime
) -> Decision:
    """What becomes of a job that does not run at this moment."""
    last = timetable.last(moment)
    if before is None:
        return Adopt(last, "is new")
    if before.timetable != str(timetable):
        return Adopt(last, "has other times than before")
    if before.due - moment > A_DAY:
        # Else a clock that once stood in the year 2099 would end all runs.
        return Adopt(last, "was last due in the future: the clock was wrong then, or is now")
    again = last <= before.due
    if again and not _cut_off(before, moment):
        return NotYet(timetable.next(max(moment, before.due)))
    free = quiet_until(moment, quiet)
    due = max(last, before.due)
    return Quiet(due, free) if free > moment else Begin(due, again)


def _cut_off(before: Remembered, moment: datetime) -> bool:
    """Whether its last run was cut off, not long ago, and was not yet begun once more."""
    return (
        before.began_at is not None
        and before.ended_at is None
        and before.tries < MOST_TRIES
        and moment - before.began_at < A_DAY
    )
