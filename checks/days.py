"""The day on which a moment falls for the schools: documents, excuses and permissions are dated in Vietnam."""

from datetime import date, datetime, timedelta, timezone
from typing import Final

# Vietnam keeps one offset all year, so no zone data is needed.
_VIETNAM: Final = timezone(timedelta(hours=7))


def day_of(moment: datetime) -> date:
    """The day in Vietnam: it begins at 17:00 UTC of the day before."""
    return moment.astimezone(_VIETNAM).date()
