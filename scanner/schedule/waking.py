"""APScheduler wakes the daemon: at every due time, and every half minute for clocks that jump and machines that sleep."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from apscheduler.schedulers.background import (  # type: ignore[import-untyped]
    BackgroundScheduler,
)
from apscheduler.triggers.base import BaseTrigger  # type: ignore[import-untyped]
from apscheduler.triggers.interval import IntervalTrigger  # type: ignore[import-untyped]

from scanner.schedule.timetable import Timetable

PULSE_S = 30


class _AtDueTimes(BaseTrigger):  # type: ignore[misc]
    """Our own timetable: the library counts its days from Monday as 0, and skips what a gap leaves out."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable

    def get_next_fire_time(self, _before: datetime | None, now: datetime) -> datetime:
        return self._timetable.next(now)


def waking(look: Callable[[], None], timetables: Iterable[Timetable]) -> BackgroundScheduler:
    """A scheduler that calls ``look``; not yet started."""
    scheduler = BackgroundScheduler(
        timezone=UTC,
        # A wake-up that comes late is a wake-up; what is due, the daemon knows by itself.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    scheduler.add_job(look, IntervalTrigger(seconds=PULSE_S, timezone=UTC))
    for timetable in set(timetables):
        scheduler.add_job(look, _AtDueTimes(timetable))
    return scheduler
