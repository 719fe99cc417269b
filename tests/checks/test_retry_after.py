"""Retry-After: seconds, or a date."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.parsing.retry_after import LONGEST_S, retry_after_s

NOW = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("0", 0, id="at-once"),
        pytest.param("120", 120, id="seconds"),
        pytest.param(" \t7 ", 7, id="blanks-around"),
        pytest.param("99999999999999999999", LONGEST_S, id="for-ever"),
        pytest.param("9" * 30, None, id="too-many-digits"),
        pytest.param("-1", None, id="negative"),
        pytest.param("1.5", None, id="a-fraction"),
        pytest.param("", None, id="empty"),
        pytest.param("soon", None, id="a-word"),
        pytest.param("٣", None, id="digits-of-another-script"),
        pytest.param("Sun, 22 Nov 2026 08:00:30 GMT", 30, id="a-date"),
        pytest.param("Sunday, 22-Nov-26 08:00:30 GMT", 30, id="the-old-date-of-rfc-850"),
        pytest.param("Sun Nov 22 08:00:30 2026", 30, id="the-date-of-c"),
        pytest.param("Sun, 22 Nov 2026 07:59:59 GMT", 0, id="a-date-that-is-over"),
        pytest.param("Sun, 22 Nov 2026 15:00:30 +0700", 30, id="another-zone"),
        pytest.param("Sun, 32 Nov 2026 08:00:30 GMT", None, id="no-such-day"),
        pytest.param("Sun, 22 Nov 9999 08:00:30 GMT", LONGEST_S, id="a-date-in-thousands-of-years"),
    ],
)
def test_what_is_read(value: str, seconds: float | None) -> None:
    """RFC 9110, 10.2.3, with the dates of 5.6.7."""
    assert retry_after_s(value, NOW) == seconds


@given(st.text())
def test_anything_ends(value: str) -> None:
    """A wait that can be used, or none."""
    found = retry_after_s(value, NOW)
    assert found is None or 0 <= found <= LONGEST_S
