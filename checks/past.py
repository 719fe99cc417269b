"""What earlier runs say beside a judged one, as reports tell it.  Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from checks.availability import DayUp
from checks.changes import Comparison, Key
from checks.progress import Progress
from checks.standing import Standing
from inventory.settings import Target


@dataclass(frozen=True, slots=True)
class Past:
    """The history of a run's answers; everything may be missing, and then nothing is told."""

    standings: Mapping[Key, Standing] = field(default_factory=dict)
    """How each answer stands over the runs, this one included."""
    comparison: Comparison | None = None
    """With the run before that counts."""
    earlier_at: datetime | None = None
    """When that run was."""
    months: tuple[Progress, ...] = ()
    """The last run that counts of each month, oldest first, this one included."""
    targets: tuple[Target, ...] = ()
    uptime: Mapping[str, tuple[DayUp, ...]] = field(default_factory=dict)
    """The last days of each watched site, by address, each vantage apart."""


NO_PAST = Past()
