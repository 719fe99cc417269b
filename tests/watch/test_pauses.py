"""Announced outages: both sides of each bar, over midnight, and on days that have 23 or 25 hours."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from inventory.settings import Pause
from scanner.watch.pauses import covers, pause_at
from tests.scanner.builders import site


def pause(**fields: Any) -> Pause:
    return Pause(why="Bảo trì", **fields)


ONCE = pause(starts=datetime(2026, 11, 20, 22, 0), ends=datetime(2026, 11, 21, 2, 0))  # noqa: DTZ001  In its zone.
AWARE = pause(
    starts=datetime(2026, 11, 20, 22, 0, tzinfo=UTC), ends=datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
)
SUNDAYS = pause(days=("sun",), begin=time(1), end=time(3))
NIGHTLY = pause(begin=time(23), end=time(1))
SATURDAY_NIGHT = pause(days=("sat",), begin=time(23), end=time(1))
WHOLE_SUNDAY = pause(days=("sun",), begin=time(0), end=time(0))
BERLIN = pause(begin=time(1), end=time(4), zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("one", "moment", "covered"),
    [
        pytest.param(ONCE, "2026-11-20T14:59:59Z", False, id="before"),
        pytest.param(ONCE, "2026-11-20T15:00:00Z", True, id="its-beginning"),
        pytest.param(ONCE, "2026-11-20T18:59:59Z", True, id="its-last-second"),
        pytest.param(ONCE, "2026-11-20T19:00:00Z", False, id="its-end"),
        pytest.param(AWARE, "2026-11-20T21:59:59Z", False, id="aware-before"),
        pytest.param(AWARE, "2026-11-20T22:00:00Z", True, id="aware-its-beginning"),
        pytest.param(SUNDAYS, "2026-11-21T18:00:00Z", True, id="sunday-in-da-nang"),
        pytest.param(SUNDAYS, "2026-11-21T20:00:00Z", False, id="sunday-its-end"),
        pytest.param(SUNDAYS, "2026-11-22T18:00:00Z", False, id="monday-in-da-nang"),
        pytest.param(NIGHTLY, "2026-11-20T16:00:00Z", True, id="before-midnight"),
        pytest.param(NIGHTLY, "2026-11-20T17:59:00Z", True, id="after-midnight"),
        pytest.param(NIGHTLY, "2026-11-20T18:00:00Z", False, id="over-in-the-night"),
        pytest.param(NIGHTLY, "2026-11-20T15:59:00Z", False, id="not-yet-night"),
        pytest.param(SATURDAY_NIGHT, "2026-11-21T17:30:00Z", True, id="began-on-saturday"),
        pytest.param(SATURDAY_NIGHT, "2026-11-20T17:30:00Z", False, id="began-on-friday"),
        pytest.param(SATURDAY_NIGHT, "2026-11-22T16:30:00Z", False, id="begins-on-sunday"),
        pytest.param(WHOLE_SUNDAY, "2026-11-21T17:00:00Z", True, id="midnight-to"),
        pytest.param(WHOLE_SUNDAY, "2026-11-22T16:59:59Z", True, id="to-midnight"),
        pytest.param(WHOLE_SUNDAY, "2026-11-22T17:00:00Z", False, id="monday"),
    ],
)
def test_covered(one: Pause, moment: str, covered: bool) -> None:
    """Its beginning is in it, its end is not; days are those of its zone."""
    assert covers(one, datetime.fromisoformat(moment)) is covered


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        pytest.param("2026-03-29", 2, id="an-hour-is-skipped"),
        pytest.param("2026-10-25", 4, id="an-hour-comes-twice"),
        pytest.param("2026-06-01", 3, id="an-ordinary-day"),
    ],
)
def test_summer_time(day: str, hours: int) -> None:
    """From one to four on the wall clock, whatever that clock does meanwhile."""
    start = datetime.fromisoformat(f"{day}T00:00:00+00:00").timestamp() - 3 * 3600
    moments = (datetime.fromtimestamp(start + n * 60, UTC) for n in range(12 * 60))
    assert sum(covers(BERLIN, moment) for moment in moments) == hours * 60


@pytest.mark.parametrize(
    ("fields", "paused"),
    [
        pytest.param({}, True, id="everybody"),
        pytest.param({"units": ("u1", "u9")}, True, id="its-unit"),
        pytest.param({"units": ("u9",)}, False, id="another-unit"),
        pytest.param({"hosts": ("truong.edu.vn",)}, True, id="its-host"),
        pytest.param({"hosts": ("khac.edu.vn",)}, False, id="another-host"),
        pytest.param({"units": ("u9",), "hosts": ("truong.edu.vn",)}, True, id="one-of-both"),
    ],
)
def test_whose(fields: dict[str, Any], paused: bool) -> None:
    """By unit or by host; with neither, everybody's."""
    one = pause(begin=time(0), end=time(0), **fields)
    found = pause_at((one,), site(443, 80), ("u1", "u2"), datetime(2026, 11, 22, tzinfo=UTC))
    assert (found is one) is paused
