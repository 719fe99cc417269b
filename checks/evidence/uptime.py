"""Samples of whether the site answered, over a window."""

from datetime import datetime
from typing import ClassVar

from checks.availability import Watched
from checks.evidence.base import Cause, Fact, Payload


class Sample(Fact):
    """One light look: ``up`` is ``None`` where we could not look (then it does not count as taken)."""

    at: datetime
    up: bool | None
    cause: Cause | None = None
    first_byte_ms: float | None = None


class Uptime(Payload):
    """The samples of one window, oldest first.  ``planned`` is how many the window calls for.

    A window too long for a scan comes from the watchers, summed up, each vantage apart; the scan's own few samples
    stand beside it.  Old evidence has no such part, and means what it meant.
    """

    kind: ClassVar[str] = "uptime"

    planned: int
    interval_s: float
    samples: tuple[Sample, ...]
    watched: tuple[Watched, ...] = ()
