"""What is missed is made up for once; what was cut off is begun once more; a wrong clock ends nothing."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.settings import Quiet as QuietTime
from scanner.schedule.deciding import Adopt, Begin, Decision, NotYet, Quiet, decide
from scanner.schedule.memory import Memory, Remembered
from scanner.schedule.timetable import Timetable

NIGHTLY = Timetable((time(2, 30),), (), "Asia/Ho_Chi_Minh")
DUE = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
SCHOOL = ((QuietTime(why="giờ học", begin=time(7), end=time(17)), "Asia/Ho_Chi_Minh"),)
BY = str(NIGHTLY)


def done(due: datetime) -> Remembered:
    """A due time that was taken up and ended."""
    return Remembered(BY, due, due, due + MINUTE, 0, 1)


def cut_off(due: datetime, tries: int = 1) -> Remembered:
    """A run that began and never ended."""
    return Remembered(BY, due, due, None, None, tries)


@pytest.mark.parametrize(
    ("before", "moment", "expected"),
    [
        pytest.param(None, DUE + MINUTE, Adopt(DUE, "is new"), id="new-is-not-made-up-for"),
        pytest.param(done(DUE - DAY), DUE - MINUTE, NotYet(DUE), id="a-minute-early"),
        pytest.param(done(DUE - DAY), DUE, Begin(DUE, again=False), id="due"),
        pytest.param(done(DUE), DUE, NotYet(DUE + DAY), id="done-in-this-minute"),
        pytest.param(done(DUE), DUE + DAY - MINUTE, NotYet(DUE + DAY), id="done-today"),
        pytest.param(
            done(DUE - 9 * DAY), DUE - MINUTE, Begin(DUE - DAY, again=False), id="nine-missed"
        ),
        pytest.param(
            done(DUE - DAY),
            DUE + 5 * 60 * MINUTE,
            Quiet(DUE, DUE + 14.5 * 60 * MINUTE),
            id="woke-up-in-school-hours",
        ),
        pytest.param(
            done(DUE - DAY),
            DUE + 14.5 * 60 * MINUTE,
            Begin(DUE, again=False),
            id="school-is-over",
        ),
        pytest.param(cut_off(DUE), DUE + MINUTE, Begin(DUE, again=True), id="cut-off"),
        pytest.param(cut_off(DUE, 2), DUE + MINUTE, NotYet(DUE + DAY), id="cut-off-twice"),
        pytest.param(cut_off(DUE), DUE + DAY, Begin(DUE + DAY, again=False), id="cut-off-and-due"),
        pytest.param(
            Remembered(BY, DUE, DUE - 2 * DAY, None, None, 1),
            DUE + MINUTE,
            NotYet(DUE + DAY),
            id="cut-off-long-ago",
        ),
        pytest.param(done(DUE), DUE - 90 * MINUTE, NotYet(DUE + DAY), id="clock-put-back"),
        pytest.param(
            done(DUE + DAY),
            DUE,
            NotYet(DUE + 2 * DAY),
            id="a-day-ahead",
        ),
        pytest.param(
            done(DUE + 900 * DAY),
            DUE + MINUTE,
            Adopt(DUE, "was last due in the future: the clock was wrong then, or is now"),
            id="remembered-from-a-clock-years-ahead",
        ),
        pytest.param(
            Remembered("every day at 01:00", DUE - DAY),
            DUE + MINUTE,
            Adopt(DUE, "has other times than before"),
            id="other-times",
        ),
        pytest.param(Remembered(BY, DUE), DUE + MINUTE, NotYet(DUE + DAY), id="adopted"),
    ],
)
def test_decisions(before: Remembered | None, moment: datetime, expected: Decision) -> None:
    """Both sides of each bar."""
    assert decide(NIGHTLY, SCHOOL, before, moment) == expected


@given(st.lists(st.integers(-200, 3000), min_size=1, max_size=60))
def test_a_due_time_is_begun_once_whatever_the_clock_does(steps_min: list[int]) -> None:
    """The clock goes on, stands, sleeps through days and is put back: no due time is begun twice."""
    moment, before = DUE, done(DUE - DAY)
    begun: list[datetime] = []
    for step in steps_min:
        moment += step * MINUTE
        match decide(NIGHTLY, SCHOOL, before, moment):
            case Begin(due, again):
                assert not again
                assert due <= moment
                begun.append(due)
                before = done(due)
            case Adopt(due):
                before = Remembered(BY, due)
            case _:
                pass
    far_back = moment < max([DUE, *begun]) - DAY
    assert far_back or len(set(begun)) == len(begun)


def test_memory_survives(tmp_path: Path) -> None:
    """What was kept is read back, job by job."""
    memory = Memory(tmp_path / "state.json")
    memory.keep("a", cut_off(DUE))
    memory.keep("b", done(DUE))
    again = Memory(tmp_path / "state.json")
    assert (again.of("a"), again.of("b"), again.of("c")) == (cut_off(DUE), done(DUE), None)
    assert again.lost == ""
    assert [file.name for file in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"schema": 1, "jobs": {"a"', id="cut"),
        pytest.param('{"schema": 2, "jobs": {}}', id="newer"),
        pytest.param('{"schema": 1, "jobs": []}', id="another-shape"),
        pytest.param("[]", id="a-list"),
        pytest.param('{"schema": 1, "jobs": {"a": {"timetable": "x", "due": 5}}}', id="a-number"),
    ],
)
def test_an_unreadable_memory_is_kept_and_said(tmp_path: Path, text: str) -> None:
    """Nothing is made up for, nothing is thrown away."""
    file = tmp_path / "state.json"
    file.write_text(text, encoding="utf-8")
    memory = Memory(file)
    assert memory.of("a") is None
    assert "could not be read" in memory.lost
    assert (tmp_path / "state.json.unreadable").read_text(encoding="utf-8") == text
