"""Retry-After (RFC 9110, 10.2.3): seconds, or the date when to come back."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_S = 366 * 86_400.0
"""A longer wait is told as this one."""


def retry_after_s(value: str, now: datetime) -> float | None:
    """How many seconds to wait from now on; 0 for a date that is over, ``None`` where nothing can be read."""
    value = value.strip(" \t")
    if re.fullmatch(r"[0-9]{1,20}", value):
        return min(float(value), LONGEST_S)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), LONGEST_S)
