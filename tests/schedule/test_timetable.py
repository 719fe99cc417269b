"""When a job is due: each local time once, also on the days when clocks change; quiet times end where they end."""

from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.model import Hours
from inventory.settings import Day, Quiet
from scanner.schedule.timetable import (
    DAYS,
    Timetable,
    beyond_hours,
    first_in_quiet,
    quiet_until,
    times_every,
)

HCM = "Asia/Ho_Chi_Minh"
BERLIN = "Europe/Berlin"
LORD_HOWE = "Australia/Lord_Howe"
NIGHTLY = Timetable((time(2, 30),), (), HCM)


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        pytest.param("2026-11-22T19:29:59", "2026-11-21T19:30", "2026-11-22T19:30", id="before"),
        pytest.param("2026-11-22T19:30:00", "2026-11-22T19:30", "2026-11-23T19:30", id="on-it"),
        pytest.param("2026-11-22T19:30:01", "2026-11-22T19:30", "2026-11-23T19:30", id="after"),
    ],
)
def test_nightly(now: str, last: str, following: str) -> None:
    """02:30 in Đà Nẵng is 19:30 of the day before in UTC; the moment itself counts as due."""
    assert NIGHTLY.last(at(now)) == at(last)
    assert NIGHTLY.next(at(now)) == at(following)


@pytest.mark.parametrize("day", DAYS)
def test_a_day_is_the_day_of_its_name(day: Day) -> None:
    """mon is Monday: the first days of June 2026 are Monday to Sunday."""
    due = Timetable((time(12),), (day,), HCM).next(at("2026-05-31T17:00"))
    assert due.astimezone(ZoneInfo(HCM)).strftime("%a").lower() == day
    assert due - at("2026-05-31T17:00") < timedelta(days=7)


@pytest.mark.parametrize(
    ("zone", "since", "wall", "expected"),
    [
        pytest.param(
            BERLIN,
            "2026-03-28T00:00",
            [time(2, 30)],
            ["2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"],
            id="left-out-by-the-gap",
        ),
        pytest.param(
            BERLIN,
            "2026-03-28T22:00",
            [time(2, 30), time(3, 30)],
            ["2026-03-29T01:30", "2026-03-30T00:30", "2026-03-30T01:30"],
            id="two-times-that-the-gap-makes-one",
        ),
        pytest.param(
            BERLIN,
            "2026-10-24T00:00",
            [time(2, 30)],
            ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"],
            id="comes-twice-runs-once",
        ),
        pytest.param(
            BERLIN,
            "2026-10-24T22:00",
            [time(1, 59), time(3, 0)],
            ["2026-10-24T23:59", "2026-10-25T02:00", "2026-10-26T00:59"],
            id="around-the-doubled-hour",
        ),
        pytest.param(
            LORD_HOWE,
            "2026-10-02T00:00",
            [time(2, 15)],
            ["2026-10-02T15:45", "2026-10-03T15:45", "2026-10-04T15:15"],
            id="half-an-hour",
        ),
        pytest.param(
            "Pacific/Apia",
            "2011-12-28T00:00",
            [time(12)],
            ["2011-12-28T22:00", "2011-12-29T22:00", "2011-12-30T22:00"],
            id="a-day-that-never-was",
        ),
    ],
)
def test_clocks_that_change(zone: str, since: str, wall: list[time], expected: list[str]) -> None:
    """A time that a gap leaves out comes as much later; one that comes twice is its first."""
    due = islice(Timetable(tuple(wall), (), zone).after(at(since)), len(expected))
    assert list(due) == [at(one) for one in expected]


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
TABLES = st.builds(
    Timetable,
    st.lists(st.times().map(lambda t: time(t.hour, t.minute)), min_size=1, max_size=4).map(tuple),
    st.lists(st.sampled_from(DAYS), max_size=3).map(tuple),
    st.sampled_from([HCM, BERLIN, LORD_HOWE, "America/New_York", "Pacific/Kiritimati", "UTC"]),
)


@given(TABLES, MOMENTS)
def test_last_and_next_are_neighbours(table: Timetable, moment: datetime) -> None:
    """Nothing is due between the last and the next, and what is next now is last then."""
    last, following = table.last(moment), table.next(moment)
    assert last <= moment < following
    assert table.next(last) == following
    assert table.last(following) == following


@given(TABLES, MOMENTS)
def test_a_local_day_has_each_time_once(table: Timetable, moment: datetime) -> None:
    """Over a fortnight no local date has more runs than times were named."""
    counted: dict[object, int] = {}
    for due in table.after(moment):
        if due - moment > timedelta(days=14):
            break
        day = due.astimezone(ZoneInfo(table.zone)).date()
        counted[day] = counted.get(day, 0) + 1
    assert max(counted.values()) <= len(set(table.times))


SCHOOL = Quiet(why="giờ học", begin=time(7), end=time(17), days=("mon", "tue", "wed", "thu", "fri"))
NIGHT = Quiet(why="đêm", begin=time(22), end=time(5), days=("fri",))


@pytest.mark.parametrize(
    ("local", "free"),
    [
        pytest.param("2026-11-23T06:59", "2026-11-23T06:59", id="monday-before"),
        pytest.param("2026-11-23T07:00", "2026-11-23T17:00", id="monday-begins"),
        pytest.param("2026-11-23T16:59", "2026-11-23T17:00", id="monday-nearly-over"),
        pytest.param("2026-11-23T17:00", "2026-11-23T17:00", id="monday-over"),
        pytest.param("2026-11-22T10:00", "2026-11-22T10:00", id="sunday"),
        pytest.param("2026-11-27T23:00", "2026-11-28T05:00", id="friday-night"),
        pytest.param("2026-11-28T04:59", "2026-11-28T05:00", id="saturday-morning-is-friday-night"),
        pytest.param("2026-11-28T23:00", "2026-11-28T23:00", id="saturday-night"),
    ],
)
def test_quiet_times(local: str, free: str) -> None:
    """Both sides of each bar; a night belongs to the day on which it begins."""
    zone = ZoneInfo(HCM)
    moment = datetime.fromisoformat(local).replace(tzinfo=zone)
    spans = ((SCHOOL, HCM), (NIGHT, HCM))
    assert quiet_until(moment, spans) == datetime.fromisoformat(free).replace(tzinfo=zone)


def test_quiet_times_that_touch_are_one() -> None:
    """The end of one may be the beginning of the next."""
    more = Quiet(why="lớp tối", begin=time(17), end=time(21))
    until = quiet_until(at("2026-11-23T03:00"), ((SCHOOL, HCM), (more, HCM)))
    assert until == at("2026-11-23T14:00")


def test_a_week_without_a_free_moment() -> None:
    """Two halves of every day are refused, and not looked through for ever."""
    halves = (
        (Quiet(why="ngày", begin=time(6), end=time(18)), HCM),
        (Quiet(why="đêm", begin=time(18), end=time(6)), HCM),
    )
    with pytest.raises(ValueError, match="no moment of the week"):
        quiet_until(at("2026-11-23T03:00"), halves)


@pytest.mark.parametrize(
    ("wall", "delay_min", "fits"),
    [
        pytest.param(time(22), 0, True, id="on-the-hour"),
        pytest.param(time(21, 59), 0, False, id="a-minute-early"),
        pytest.param(time(4, 59), 0, True, id="just-before-the-end"),
        pytest.param(time(5), 0, False, id="at-the-end"),
        pytest.param(time(4), 59, True, id="put-off-and-still-inside"),
        pytest.param(time(4), 60, False, id="put-off-beyond"),
    ],
)
def test_within_a_permission(wall: time, delay_min: int, fits: bool) -> None:
    """Hours from 22:00 to 05:00 cross midnight; the chance delay counts too."""
    spans = beyond_hours(Hours(start=time(22), end=time(5)))
    table = Timetable((wall,), (), HCM)
    late = first_in_quiet(table, spans, at("2026-11-23T00:00"), timedelta(minutes=delay_min))
    assert (late is None) is fits


def test_hours_of_another_zone_through_the_year() -> None:
    """Inside in winter and outside in summer is outside."""
    spans = beyond_hours(Hours(start=time(1), end=time(2), zone="UTC"))
    table = Timetable((time(2, 30),), (), BERLIN)
    late = first_in_quiet(table, spans, at("2026-11-23T00:00"), timedelta(0))
    assert late == at("2027-03-29T00:30")
    assert beyond_hours(None) == ()


@pytest.mark.parametrize(
    ("hours", "first", "expected"),
    [
        pytest.param(6, time(2, 30), ["02:30", "08:30", "14:30", "20:30"], id="from-the-night"),
        pytest.param(12, time(20), ["08:00", "20:00"], id="around-midnight"),
    ],
)
def test_every_hours(hours: int, first: time, expected: list[str]) -> None:
    """So many hours apart, around the clock."""
    assert [f"{one:%H:%M}" for one in times_every(hours, first)] == expected
