"""What watchers write: samples, rolled up minute → hour → day, and outages.  Nothing counts twice, whatever is killed.

A sample is named by the moment it was due, so writing it again changes nothing.  A roll-up replaces whole hours and
days by what their samples say, so doing it again changes nothing either.  Only what was rolled up is thrown away.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum

import filelock
from sqlalchemy import Connection, Table, delete, func, insert, select, update

from checks.availability import Counts, Latencies
from checks.days import AHEAD_H
from scanner.archive.store import (
    Store,
    StoreBusy,
    database_file,
    insert_of,
    opened_engine,
)
from scanner.archive.tables import (
    watch_days,
    watch_firsts,
    watch_holds,
    watch_hours,
    watch_outages,
    watch_paces,
    watch_samples,
    watch_sites,
    watch_vantages,
)

HOUR_S = 3600
DAY_H = 24


class State(IntEnum):
    """What one sample said."""

    UP = 0
    SLOW = 1
    DOWN = 2
    SILENT = 3
    """Down, and nothing was heard."""
    UNKNOWN = 4
    PAUSED = 5


COUNTED: dict[State, tuple[str, ...]] = {
    State.UP: ("up",),
    State.SLOW: ("up", "slow"),
    State.DOWN: ("down",),
    State.SILENT: ("down", "silent"),
    State.UNKNOWN: ("unknown",),
    State.PAUSED: ("paused",),
}
"""Which counts a sample of each state is one of."""
KINDS = ("up", "slow", "down", "silent", "unknown", "paused")


@dataclass(frozen=True, slots=True)
class SampleRow:
    """One sample, named by site and the moment it was due."""

    site: int
    at_s: int
    state: State
    bucket: int | None = None
    """Of the first byte, where the site was up."""
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class OutageRow:
    """One outage; the same site and start is the same outage."""

    site: int
    started_s: int
    last_down_s: int
    cause: str
    ended_s: int | None = None
    unseen_s: int = 0
    told: int = 0


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One span in which too much failed at once."""

    started_s: int
    samples: int
    ended_s: int | None = None
    told: int = 0


@dataclass(frozen=True, slots=True)
class First:
    """Since when a site is watched, and when it first answered."""

    since_s: int
    answered_s: int | None


@dataclass(frozen=True)
class Batch:
    """What is written at once: all of it or nothing."""

    samples: Sequence[SampleRow] = ()
    outages: Sequence[OutageRow] = ()
    holds: Sequence[HoldRow] = ()
    firsts: Mapping[int, First] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.samples or self.outages or self.holds or self.firsts)


@dataclass(frozen=True)
class Keeping:
    """How long each grain is kept; days are kept for ever."""

    samples_h: int = 48
    hours_days: int = 60


class UptimeLog:
    """Writes for one store.  Every method is one short transaction; use it from one thread at a time."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine
        self._insert = insert_of(store.engine)
        self._add_sample = self._insert(watch_samples).on_conflict_do_nothing()

    # Who watches what

    def vantage(self, name: str, interval_s: float, now_s: int) -> int:
        """The number of a vantage; from now on it samples at this interval."""
        with self._engine.begin() as db:
            db.execute(self._insert(watch_vantages).on_conflict_do_nothing(), {"name": name})
            number = _one(db, watch_vantages, "name", name)
            of = watch_paces.c
            last = db.scalar(
                select(of.interval_s)
                .where(of.vantage == number)
                .order_by(of.since_s.desc())
                .limit(1)
            )
            if last != interval_s:
                pace = self._insert(watch_paces).values(
                    vantage=number, since_s=now_s, interval_s=interval_s
                )
                db.execute(
                    pace.on_conflict_do_update(
                        index_elements=["vantage", "since_s"], set_={"interval_s": interval_s}
                    )
                )
        return number

    def sites(self, units_of: Mapping[str, Sequence[str]]) -> dict[str, int]:
        """The numbers of these sites, by address; their units are written down."""
        rows = [
            {"url": url, "units": json.dumps(list(units), ensure_ascii=False)}
            for url, units in sorted(units_of.items())
        ]
        if not rows:
            return {}
        add = self._insert(watch_sites)
        add = add.on_conflict_do_update(index_elements=["url"], set_={"units": add.excluded.units})
        with self._engine.begin() as db:
            db.execute(add, rows)
            known = db.execute(select(watch_sites.c.url, watch_sites.c.id)).all()
        return {row.url: row.id for row in known if row.url in units_of}

    # What was seen

    def keep(self, vantage: int, batch: Batch) -> None:
        """Commit a batch.  Samples that are there already stay as they are."""
        with self._engine.begin() as db:
            if batch.samples:
                self._keep_samples(db, vantage, batch.samples)
            for first_of, first in batch.firsts.items():
                self._put(
                    db,
                    watch_firsts,
                    {"vantage": vantage, "site": first_of},
                    {"since_s": first.since_s, "answered_s": first.answered_s},
                )
            for outage in batch.outages:
                self._put(
                    db,
                    watch_outages,
                    {"vantage": vantage, "site": outage.site, "started_s": outage.started_s},
                    {
                        "ended_s": outage.ended_s,
                        "last_down_s": outage.last_down_s,
                        "unseen_s": outage.unseen_s,
                        "cause": outage.cause,
                    },
                    {"told": outage.told},
                )
            for hold in batch.holds:
                self._put(
                    db,
                    watch_holds,
                    {"vantage": vantage, "started_s": hold.started_s},
                    {"ended_s": hold.ended_s, "samples": hold.samples},
                    {"told": hold.told},
                )

    def _keep_samples(self, db: Connection, vantage: int, samples: Sequence[SampleRow]) -> None:
        of = watch_vantages.c
        pruned_s = db.scalar(select(of.pruned_s).where(of.id == vantage)) or 0
        # Their hour was thrown away, and could not be rolled up whole again.
        samples = [sample for sample in samples if sample.at_s >= pruned_s]
        if not samples:
            return
        hour = min(sample.at_s for sample in samples) // HOUR_S
        db.execute(
            update(watch_vantages)
            .where(of.id == vantage, (of.hour_mark.is_(None)) | (of.hour_mark > hour))
            .values(hour_mark=hour)
        )
        db.execute(
            update(watch_vantages)
            .where(of.id == vantage, of.day_mark > city_day(hour))
            .values(day_mark=city_day(hour))
        )
        db.execute(
            self._add_sample,
            [
                {
                    "vantage": vantage,
                    "at_s": sample.at_s,
                    "site": sample.site,
                    "state": int(sample.state),
                    "bucket": sample.bucket,
                    "cause": sample.cause,
                }
                for sample in samples
            ],
        )

    def _put(
        self,
        db: Connection,
        table: Table,
        key: Mapping[str, int],
        values: Mapping[str, object],
        at_first: Mapping[str, object] | None = None,
    ) -> None:
        add = self._insert(table).values(**key, **values, **(at_first or {}))
        db.execute(add.on_conflict_do_update(index_elements=list(key), set_=dict(values)))

    # What a watcher that starts again must know

    def firsts(self, vantage: int) -> dict[int, First]:
        """Since when each site is watched from here, and since when it is known to answer."""
        query = select(watch_firsts).where(watch_firsts.c.vantage == vantage)
        with self._engine.connect() as db:
            return {row.site: First(row.since_s, row.answered_s) for row in db.execute(query)}

    def outages(self, vantage: int, *, untold: bool = False) -> list[OutageRow]:
        """Outages that go on; or those that were not told to the end of what happened."""
        of = watch_outages.c
        wanted = (
            (of.told < 1) | (of.ended_s.is_not(None) & (of.told < 2))
            if untold
            else of.ended_s.is_(None)
        )
        query = select(watch_outages).where(of.vantage == vantage, wanted)
        with self._engine.connect() as db:
            return [
                OutageRow(
                    row.site, row.started_s, row.last_down_s, row.cause,
                    row.ended_s, row.unseen_s, row.told,
                )
                for row in db.execute(query.order_by(of.started_s, of.site))
            ]  # fmt: skip

    def up_since(self, vantage: int, outages: Iterable[OutageRow]) -> dict[int, int]:
        """Of outages that go on: the first sample that found the site up, where the last one did."""
        of = watch_samples.c
        found = {}
        with self._engine.connect() as db:
            for outage in outages:
                first_s = db.scalar(
                    select(func.min(of.at_s)).where(
                        of.vantage == vantage,
                        of.at_s > outage.last_down_s,
                        of.site == outage.site,
                        of.state.in_((int(State.UP), int(State.SLOW))),
                    )
                )
                if first_s is not None:
                    found[outage.site] = first_s
        return found

    def holds(self, vantage: int, *, untold: bool = False) -> list[HoldRow]:
        """Holds that go on; or those that nobody was told of."""
        of = watch_holds.c
        wanted = of.told < 1 if untold else of.ended_s.is_(None)
        query = select(watch_holds).where(of.vantage == vantage, wanted).order_by(of.started_s)
        with self._engine.connect() as db:
            return [
                HoldRow(row.started_s, row.samples, row.ended_s, row.told)
                for row in db.execute(query)
            ]

    def told(
        self, vantage: int, outages: Iterable[OutageRow], holds: Iterable[HoldRow] = ()
    ) -> None:
        """Note how much of these was told (their ``told``)."""
        with self._engine.begin() as db:
            of = watch_outages.c
            for outage in outages:
                db.execute(
                    update(watch_outages)
                    .where(
                        of.vantage == vantage,
                        of.site == outage.site,
                        of.started_s == outage.started_s,
                    )
                    .values(told=outage.told)
                )
            for hold in holds:
                db.execute(
                    update(watch_holds)
                    .where(
                        watch_holds.c.vantage == vantage,
                        watch_holds.c.started_s == hold.started_s,
                    )
                    .values(told=1)
                )

    # Rolling up

    def roll_up(self, vantage: int, until_s: int) -> int:
        """Roll up every whole hour before this moment, and every whole day; how many hours there were.

        One transaction each: whatever is killed between two of them goes on where it was.
        """
        done = 0
        while self._next_hour(vantage, until_s // HOUR_S):
            done += 1
        while self._next_day(vantage):
            pass
        return done

    def _next_hour(self, vantage: int, before: int) -> bool:
        of = watch_vantages.c
        with self._engine.begin() as db:
            mark = db.scalar(select(of.hour_mark).where(of.id == vantage))
            if mark is None or mark >= before:
                return False
            # Hours in which nobody looked leave no row; they are passed over at once.
            samples = watch_samples.c
            first_s = db.scalar(
                select(func.min(samples.at_s)).where(
                    samples.vantage == vantage, samples.at_s >= mark * HOUR_S
                )
            )
            hour = before if first_s is None else min(first_s // HOUR_S, before)
            # Only from the mark that was read: samples that came meanwhile moved it back.
            moved = db.execute(
                update(watch_vantages)
                .where(of.id == vantage, of.hour_mark == mark)
                .values(hour_mark=min(hour + 1, before))
            )
            if moved.rowcount and hour < before:
                rows = tallies(db, vantage, hour * HOUR_S, (hour + 1) * HOUR_S)
                _replace(db, watch_hours, vantage, hour, rows)
        return hour < before

    def _next_day(self, vantage: int) -> bool:
        of = watch_vantages.c
        with self._engine.begin() as db:
            row = db.execute(select(of.hour_mark, of.day_mark).where(of.id == vantage)).one()
            if row.hour_mark is None:
                return False
            hours = watch_hours.c
            first = select(func.min(hours.hour)).where(hours.vantage == vantage)
            if row.day_mark is not None:
                first = first.where(hours.hour >= first_hour(row.day_mark))
            first_hour_there = db.scalar(first)
            if first_hour_there is None:
                return False
            day = city_day(first_hour_there)
            if first_hour(day + 1) > row.hour_mark:
                return False
            moved = db.execute(
                update(watch_vantages)
                .where(of.id == vantage, of.day_mark.is_not_distinct_from(row.day_mark))
                .values(day_mark=day + 1)
            )
            if moved.rowcount:
                rows = rolled(db, watch_hours, vantage, first_hour(day), first_hour(day + 1))
                _replace(db, watch_days, vantage, day, rows)
        return True

    def prune(self, vantage: int, now_s: int, keeping: Keeping) -> None:
        """Throw away what is older than its time, as far as it was rolled up."""
        of = watch_vantages.c
        with self._engine.begin() as db:
            wished_s = now_s - keeping.samples_h * HOUR_S
            row = db.execute(select(of.hour_mark, of.day_mark).where(of.id == vantage)).one()
            if row.hour_mark is None or row.day_mark is None:
                return
            # A day is made of whole hours: samples of a day that is not rolled up yet may come late.
            pruned_s = min(wished_s, row.hour_mark * HOUR_S, first_hour(row.day_mark) * HOUR_S)
            pruned_s -= pruned_s % HOUR_S
            db.execute(
                update(watch_vantages)
                .where(of.id == vantage, of.pruned_s < pruned_s)
                .values(pruned_s=pruned_s)
            )
            samples, hours = watch_samples.c, watch_hours.c
            db.execute(
                delete(watch_samples).where(samples.vantage == vantage, samples.at_s < pruned_s)
            )
            oldest = min(now_s // HOUR_S - keeping.hours_days * DAY_H, first_hour(row.day_mark))
            # A late sample may have its day rolled up again: all of its hours stay until its samples are gone.
            oldest = min(oldest, first_hour(city_day(pruned_s // HOUR_S)))
            db.execute(delete(watch_hours).where(hours.vantage == vantage, hours.hour < oldest))


@dataclass
class Tally:
    """Counts of one site on the way to a sum."""

    counts: list[int] = field(default_factory=lambda: [0] * len(KINDS))
    buckets: dict[int, int] = field(default_factory=dict)

    def add(self, counts: Sequence[int], buckets: Iterable[tuple[int, int]]) -> None:
        """Add to the sum."""
        for at, count in enumerate(counts):
            if count:
                self.counts[at] += count
        for bucket, count in buckets:
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count

    def told(self) -> tuple[Counts, Latencies]:
        """The sum."""
        counts = Counts(**dict(zip(KINDS, self.counts, strict=True)))
        return counts, Latencies(buckets=tuple(sorted(self.buckets.items())))


_ADDS = {state: tuple(int(kind in counted) for kind in KINDS) for state, counted in COUNTED.items()}


def tallies(
    db: Connection, vantage: int, start_s: int, end_s: int, site: int | None = None
) -> dict[int, Tally]:
    """What the samples of a span say, by site."""
    of = watch_samples.c
    query = select(of.site, of.state, of.bucket, func.count()).where(
        of.vantage == vantage, of.at_s >= start_s, of.at_s < end_s
    )
    if site is not None:
        query = query.where(of.site == site)
    found: dict[int, Tally] = {}
    for one, state, bucket, count in db.execute(query.group_by(of.site, of.state, of.bucket)):
        tally = found.get(one)
        if tally is None:
            tally = found[one] = Tally()
        adds = [count * add for add in _ADDS[State(state)]]
        tally.add(adds, () if bucket is None else ((bucket, count),))
    return found


def rolled(
    db: Connection, table: Table, vantage: int, start: int, end: int, site: int | None = None
) -> dict[int, Tally]:
    """The sum over rolled-up rows of a span, by site."""
    by = table.c[1]
    query = select(table.c.site, *(table.c[kind] for kind in KINDS), table.c.latencies).where(
        table.c.vantage == vantage, by >= start, by < end
    )
    if site is not None:
        query = query.where(table.c.site == site)
    found: dict[int, Tally] = {}
    for row in db.execute(query):
        tally = found.get(row[0])
        if tally is None:
            tally = found[row[0]] = Tally()
        tally.add(row[1:-1], unpacked_buckets(row[-1]))
    return found


def _replace(
    db: Connection, table: Table, vantage: int, at: int, found: Mapping[int, Tally]
) -> None:
    by = table.c[1]
    db.execute(delete(table).where(table.c.vantage == vantage, by == at))
    rows = [
        {
            "vantage": vantage,
            by.name: at,
            "site": site,
            **dict(zip(KINDS, tally.counts, strict=True)),
            "latencies": packed_buckets(sorted(tally.buckets.items())),
        }
        for site, tally in sorted(found.items())
    ]
    if rows:
        db.execute(insert(table), rows)


def packed_buckets(buckets: Iterable[tuple[int, int]]) -> bytes:
    """Each bucket in a byte, its count in seven bits a byte, the lowest first."""
    packed = bytearray()
    for bucket, count in buckets:
        packed.append(bucket)
        rest = count
        while rest > 127:
            packed.append(rest & 127 | 128)
            rest >>= 7
        packed.append(rest)
    return bytes(packed)


def unpacked_buckets(packed: bytes) -> Iterator[tuple[int, int]]:
    """As they were before ``packed_buckets``."""
    at, end = 0, len(packed)
    while at < end:
        bucket, count, shift = packed[at], 0, 0
        at += 1
        while packed[at] > 127:
            count |= (packed[at] & 127) << shift
            shift += 7
            at += 1
        yield bucket, count | packed[at] << shift
        at += 1


def city_day(hour: int) -> int:
    """The day of the city that an hour lies in, as days since 1970."""
    return (hour + AHEAD_H) // DAY_H


def first_hour(day: int) -> int:
    """The first hour of a day of the city."""
    return day * DAY_H - AHEAD_H


def _one(db: Connection, table: Table, column: str, value: str) -> int:
    return int(db.execute(select(table.c.id).where(table.c[column] == value)).scalar_one())


@contextmanager
def watch_lock(url: str, vantage: str) -> Iterator[None]:
    """Hold a vantage for one watcher; ``StoreBusy`` where another one does.  The lock dies with its holder."""
    name = hashlib.sha256(vantage.encode("utf-8", "replace")).hexdigest()[:16]
    busy = f"another watcher looks as {vantage!r} into this database: stop it, or give another --vantage"
    file = database_file(url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(f"{file}.watch-{name}.lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise StoreBusy(busy) from None
        try:
            yield
        finally:
            lock.release()
        return
    with opened_engine(url) as engine, engine.connect() as db:
        key = int(name[:15], 16)
        if engine.dialect.name == "postgresql" and not db.scalar(
            select(func.pg_try_advisory_lock(key))
        ):
            raise StoreBusy(busy)
        yield
