"""When a job is due: local times of named days, each once on the days when clocks change."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from inventory.model import Hours
from inventory.settings import Day, Quiet

DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ONE_DAY = timedelta(days=1)
_A_WEEK_AND_A_BIT = 9
"""Days to look at: a week, and one more on either side for zones far from UTC."""
_A_YEAR = timedelta(days=366)
Span = tuple[Quiet, str]
"""A quiet time and the zone that its hours are meant in."""


@dataclass(frozen=True)
class Timetable:
    """Times of the day on days of the week, in a time zone."""

    times: tuple[time, ...]
    days: tuple[Day, ...]
    """None named: every day."""
    zone: str

    def __str__(self) -> str:
        at = ", ".join(f"{one:%H:%M}" for one in self.times)
        on = ", ".join(day for day in DAYS if day in self.days) or "every day"
        return f"{on} at {at} ({self.zone})"

    def last(self, moment: datetime) -> datetime:
        """The latest time that was due at this moment or before it."""
        day = _local_date(moment, self.zone) + _ONE_DAY
        for _ in range(_A_WEEK_AND_A_BIT + 1):
            for due in reversed(self._on(day)):
                if due <= moment:
                    return due
            day -= _ONE_DAY
        raise AssertionError("a timetable names a day of every week")

    def next(self, moment: datetime) -> datetime:
        """The first time that is due after this moment."""
        return next(self.after(moment))

    def after(self, moment: datetime) -> Iterator[datetime]:
        """All times that are due after this moment, in order, without end."""
        day = _local_date(moment, self.zone) - _ONE_DAY
        while True:
            for due in self._on(day):
                if due > moment:
                    yield due
            day += _ONE_DAY

    def _on(self, day: date) -> list[datetime]:
        """The due times of a local day.  A set: where a gap moves one time onto another, they are one run."""
        if self.days and DAYS[day.weekday()] not in self.days:
            return []
        return sorted({instant(day, at, self.zone) for at in self.times})


def instant(day: date, at: time, zone: str) -> datetime:
    """The moment of a wall clock's time: of two the first; one that a gap leaves out, as long after it."""
    local = datetime.combine(day, at, tzinfo=ZoneInfo(zone))
    return local.replace(fold=0).astimezone(UTC)


def quiet_until(moment: datetime, spans: Sequence[Span]) -> datetime:
    """The first moment from this one on that lies in no quiet time: itself, where it is none.

    ``ValueError`` where a week has no such moment.
    """
    free = moment
    while (end := _end_of_quiet(free, spans)) is not None:
        free = end
        if free - moment > _A_WEEK_AND_A_BIT * _ONE_DAY:
            raise ValueError("the quiet times leave no moment of the week free")
    return free


def _end_of_quiet(moment: datetime, spans: Sequence[Span]) -> datetime | None:
    for one, zone in spans:
        today = _local_date(moment, zone)
        for day in (today - _ONE_DAY, today):
            if one.days and DAYS[day.weekday()] not in one.days:
                continue
            last_day = day if one.end > one.begin else day + _ONE_DAY
            end = instant(last_day, one.end, zone)
            if instant(day, one.begin, zone) <= moment < end:
                return end
    return None


def beyond_hours(hours: Hours | None) -> tuple[Span, ...]:
    """The time that a permission's hours leave out, as quiet time."""
    if hours is None or hours.start == hours.end:
        return ()
    why = "the permission's hours"
    return ((Quiet(why=why, begin=hours.end, end=hours.start), hours.zone),)


def first_in_quiet(
    timetable: Timetable, spans: Sequence[Span], since: datetime, delay: timedelta
) -> datetime | None:
    """The first time of the coming year that lies in quiet time, by itself or put off by ``delay``."""
    for due in timetable.after(since):
        if due - since > _A_YEAR:
            return None
        for moment in (due, due + delay):
            if _end_of_quiet(moment, spans) is not None:
                return moment
    raise AssertionError("a timetable has no end")


def times_every(hours: int, first: time) -> tuple[time, ...]:
    """Times of the day so many hours apart, one of which is ``first``; ``hours`` divides the day."""
    return tuple(
        sorted(first.replace(hour=(first.hour + step) % 24) for step in range(0, 24, hours))
    )


def _local_date(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()
