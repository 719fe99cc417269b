"""The day on which a moment falls for the schools: documents, excuses and permissions are dated in Vietnam."""

from datetime import date, datetime, timedelta, timezone
from typing import Final

AHEAD_H: Final = 7
"""Hours ahead of UTC, the same all year, so no zone data is needed."""
VIETNAM: Final = timezone(timedelta(hours=AHEAD_H))


def day_of(moment: datetime) -> date:
    """The day in Vietnam: it begins at 17:00 UTC of the day before."""
    return moment.astimezone(VIETNAM).date()
