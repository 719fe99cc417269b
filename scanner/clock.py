"""The one clock: moments for records, and a monotonic one for durations."""

import time
from datetime import UTC, datetime


def now() -> datetime:
    """This moment, aware, UTC, cut to whole milliseconds."""
    moment = datetime.now(UTC)  # noqa: TID251  This is the door that time comes in by.
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def monotonic_s() -> float:
    """Seconds on a clock that never jumps; only differences mean anything."""
    return time.monotonic()
