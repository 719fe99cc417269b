"""Counts that add up, shares that are never rounded up, and percentiles within their stated error."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.availability import (
    BUCKETS,
    EDGE_MS,
    RATIO,
    Counts,
    Latencies,
    Outage,
    bucket_of,
    edge_ms,
    latencies,
    summed,
)

TIMES = st.lists(st.floats(0.5, 50_000), max_size=60)
COUNTS = st.builds(
    Counts, up=st.integers(0, 9), slow=st.integers(0, 9), down=st.integers(0, 9), silent=st.just(0),
    unknown=st.integers(0, 9), paused=st.integers(0, 9),
)  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "taken", "share"),
    [
        pytest.param(Counts(up=99, down=1), 100, 99.0, id="at-the-bar"),
        pytest.param(Counts(up=98_999, down=1_001), 100_000, 98.99, id="cut-not-rounded"),
        pytest.param(Counts(up=9, down=1, unknown=50, paused=40), 10, 90.0, id="unknown-aside"),
        pytest.param(Counts(up=9, down=1, silent=1), 10, 90.0, id="silence-of-one-that-answers"),
        pytest.param(Counts(down=9, silent=9), 0, None, id="silence-of-one-that-never-did"),
        pytest.param(Counts(down=9, silent=8), 1, 0.0, id="seen-down-once"),
        pytest.param(Counts(), 0, None, id="nothing"),
    ],
)
def test_shares(counts: Counts, taken: int, share: float | None) -> None:
    """Only samples that say up or down count."""
    assert (counts.taken, counts.availability_pct) == (taken, share)


@given(COUNTS, COUNTS)
def test_counts_add_up(one: Counts, other: Counts) -> None:
    """Nothing is lost or counted twice, in whatever order."""
    both = one + other
    assert both == other + one
    assert both.seen == one.seen + other.seen
    assert both.up == one.up + other.up


@pytest.mark.parametrize(
    ("value_ms", "bucket"),
    [
        pytest.param(EDGE_MS, 96, id="at-the-catalogue's-bar"),
        pytest.param(math.nextafter(EDGE_MS, 4000), 97, id="just-over-it"),
        pytest.param(0.0, 0, id="no-time"),
        pytest.param(1e9, BUCKETS - 1, id="for-ever"),
    ],
)
def test_buckets(value_ms: float, bucket: int) -> None:
    """The catalogue's bar is an edge; what lies outside counts in the outermost buckets."""
    assert bucket_of(value_ms) == bucket


@given(st.floats(0.4, 57_000))
def test_a_bucket_holds_its_values(value_ms: float) -> None:
    """Between its edges, give or take the last digit of a float."""
    bucket = bucket_of(value_ms)
    assert edge_ms(bucket - 1) * 0.999999 <= value_ms <= edge_ms(bucket) * 1.000001


@given(TIMES, st.sampled_from((1, 50, 95, 100)))
def test_a_percentile_lies_between_its_edges(values: list[float], pct: int) -> None:
    """The nearest-rank percentile of the values themselves, within one step of a tenth."""
    found = latencies(values).percentile(pct)
    if not values:
        assert found is None
        return
    true_ms = sorted(values)[math.ceil(len(values) * pct / 100) - 1]
    assert found is not None
    assert found.over_ms * 0.999999 <= true_ms <= found.most_ms * 1.000001
    assert abs(found.told_ms / true_ms - 1) <= RATIO**0.5 - 1 + 0.006


@given(TIMES, TIMES)
def test_latencies_add_up(one: list[float], other: list[float]) -> None:
    """Of two spans together it is that of all their values."""
    assert latencies(one) + latencies(other) == latencies(one + other)
    assert (latencies(one) + latencies(other)).total == len(one) + len(other)
    assert summed(()) == Latencies()


@pytest.mark.parametrize(
    ("ended_min", "unseen_s", "lasted_min"),
    [
        pytest.param(60, 0, 60, id="over"),
        pytest.param(60, 1200, 40, id="not-looked-at-for-a-while"),
        pytest.param(None, 0, 30, id="goes-on"),
        pytest.param(None, 9999, 0, id="never-less-than-nothing"),
    ],
)
def test_how_long_an_outage_lasted(ended_min: int | None, unseen_s: int, lasted_min: int) -> None:
    """As far as somebody looked; while it goes on, up to the last sample that found the site down."""
    start = datetime(2026, 11, 1, tzinfo=UTC)
    outage = Outage(
        site="https://a.example/",
        vantage="v",
        started_at=start,
        ended_at=None if ended_min is None else start + timedelta(minutes=ended_min),
        last_down_at=start + timedelta(minutes=30),
        unseen_s=unseen_s,
        cause="refused",
    )
    assert outage.lasted_s == lasted_min * 60
