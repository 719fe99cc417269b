"""How much of the time a site was there, and how quickly it answered: counts that add up exactly, free of any clock."""

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from checks.evidence.base import Fact

EDGE_MS = 3000.0
"""An edge between two buckets, so that the catalogue's bar on the first byte is held to exactly."""
RATIO = 1.1
"""How much wider each bucket is than the one before: any percentile is known within 10 %."""
_AT_EDGE = 96
BUCKETS = 128
"""From a third of a millisecond to a minute; what lies beyond counts in the last bucket of its side."""
FOR_95TH = 20
"""With fewer values than this the 95th percentile is one value, the largest: the median is told instead."""


class Counts(Fact):
    """Samples of one site from one vantage, by what each of them said.  Shares are made of these, never kept."""

    up: int = 0
    slow: int = 0
    """Of those up: the first byte came late (*degraded*)."""
    down: int = 0
    silent: int = 0
    """Of those down: nothing was heard, as against a closed port or an error of the server."""
    unknown: int = 0
    """We could not look, or what we saw was meant for robots."""
    paused: int = 0
    """In an announced outage."""

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            up=self.up + other.up,
            slow=self.slow + other.slow,
            down=self.down + other.down,
            silent=self.silent + other.silent,
            unknown=self.unknown + other.unknown,
            paused=self.paused + other.paused,
        )

    @property
    def seen(self) -> int:
        """All samples, whatever became of them."""
        return self.up + self.down + self.unknown + self.paused

    @property
    def taken(self) -> int:
        """Samples that say up or down.

        Silence says so only where the site answered at another moment: a site that never answers us may be
        there for everybody else.
        """
        return self.up + self.down - (0 if self.up else self.silent)

    @property
    def availability_pct(self) -> float | None:
        """The share that found the site up, cut (not rounded) to two decimals: 98.999 must not read as 99."""
        return self.up * 10_000 // self.taken / 100 if self.taken else None


class Between(NamedTuple):
    """A time that is known to lie above ``over_ms`` and at most at ``most_ms``."""

    over_ms: float
    most_ms: float

    @property
    def told_ms(self) -> float:
        """One figure for readers: off by 5 % at most."""
        return float(f"{math.sqrt(self.over_ms * self.most_ms):.3g}")


class Latencies(Fact):
    """How many first bytes came within each bucket: (bucket, count), by bucket."""

    buckets: tuple[tuple[int, int], ...] = ()

    def __add__(self, other: "Latencies") -> "Latencies":
        return summed((self, other))

    @property
    def total(self) -> int:
        """How many times were measured."""
        return sum(count for _, count in self.buckets)

    def percentile(self, pct: float) -> Between | None:
        """The smallest time that so many percent of the values do not exceed (nearest rank); none of no values."""
        return percentile(self.buckets, pct)


def percentile(buckets: Sequence[tuple[int, int]], pct: float) -> Between | None:
    """See ``Latencies.percentile``; for whoever has the buckets of many days."""
    rank = math.ceil(sum([count for _, count in buckets]) * pct / 100)
    for bucket, count in buckets:
        rank -= count
        if rank <= 0:
            return Between(edge_ms(bucket - 1), edge_ms(bucket))
    return None


def summed(many: Iterable[Latencies]) -> Latencies:
    """All of them in one."""
    counts: dict[int, int] = {}
    for one in many:
        for bucket, count in one.buckets:
            counts[bucket] = counts.get(bucket, 0) + count
    return Latencies(buckets=tuple(sorted(counts.items())))


def latencies(values_ms: Iterable[float]) -> Latencies:
    """Of single values."""
    return summed(Latencies(buckets=((bucket_of(value_ms), 1),)) for value_ms in values_ms)


def bucket_of(value_ms: float) -> int:
    """The bucket that a time falls into: the first whose upper edge it does not exceed."""
    steps = math.ceil(math.log(max(value_ms, 0.001) / EDGE_MS) / math.log(RATIO))
    return min(max(steps + _AT_EDGE, 0), BUCKETS - 1)


def edge_ms(bucket: int) -> float:
    """The upper edge of a bucket."""
    return EDGE_MS * RATIO ** (bucket - _AT_EDGE)


class Watched(Fact):
    """What one watcher saw of one site over a span of time."""

    vantage: str
    starts_at: datetime
    ends_at: datetime
    interval_s: float
    planned: int
    """How many samples the span calls for, taken or not."""
    counts: Counts
    latencies: Latencies
    """Of the samples that found the site up."""
    longest_outage_s: int
    """Of the confirmed outages, as far as they lie in the span; without what was not looked at meanwhile."""


class DayUp(NamedTuple):
    """One day of one site as one vantage saw it: a square of the uptime strip.  A city has a hundred thousand."""

    day: date
    """A day of the city, midnight to midnight there."""
    vantage: str
    counts: Counts
    p50_ms: float | None
    p95_ms: float | None


class Outage(Fact):
    """A confirmed outage as one vantage saw it."""

    site: str
    vantage: str
    started_at: datetime
    """The first sample that found it down."""
    ended_at: datetime | None
    """The first sample that found it up again and was confirmed by the next; ``None``: it goes on."""
    last_down_at: datetime
    unseen_s: int
    """Seconds of it in which nobody looked: planned, or the watcher stood still."""
    cause: str

    @property
    def lasted_s(self) -> int:
        """How long it was seen to last; where it goes on, up to the last sample."""
        end = self.ended_at or self.last_down_at
        return max(0, round((end - self.started_at).total_seconds()) - self.unseen_s)
