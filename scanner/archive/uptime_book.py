"""What watchers found, read: any span of hours or days, each vantage apart, up to the last sample kept.

Old days come from rows of days, younger hours from rows of hours, what was not rolled up yet from the samples: no
sample is in two of them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Row, func, select

from checks.availability import Counts, DayUp, Outage, Watched, percentile
from scanner.archive.store import Store
from scanner.archive.tables import (
    watch_days,
    watch_firsts,
    watch_holds,
    watch_hours,
    watch_outages,
    watch_paces,
    watch_sites,
    watch_vantages,
)
from scanner.archive.uptime import (
    HOUR_S,
    KINDS,
    Tally,
    city_day,
    first_hour,
    rolled,
    tallies,
    unpacked_buckets,
)

_EPOCH = date(1970, 1, 1)
STRIP_DAYS = 90


@dataclass(frozen=True)
class WatchedSite:
    """A site as the watchers know it."""

    id: int
    url: str
    units: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """A span of which a vantage says nothing, because too much failed at once."""

    vantage: str
    started_at: datetime
    ended_at: datetime | None
    samples: int


class UptimeBook:
    """Reads what the watchers of one store wrote; each method one short transaction."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine

    def sites(self) -> list[WatchedSite]:
        """Every site that was ever watched."""
        with self._engine.connect() as db:
            rows = db.execute(select(watch_sites).order_by(watch_sites.c.url)).all()
        return [WatchedSite(row.id, row.url, tuple(json.loads(row.units))) for row in rows]

    def span(
        self, start_s: int, end_s: int, site: int | None = None
    ) -> dict[int, tuple[Watched, ...]]:
        """What each vantage saw of each site in a span of whole hours; of old spans, of whole days of the city.

        A site that was not watched from its beginning on counts from the hour in which that began.
        """
        found: dict[int, list[Watched]] = {}
        with self._engine.connect() as db:
            for vantage in db.execute(select(watch_vantages).order_by(watch_vantages.c.name)):
                sums = _sums(db, vantage, start_s, end_s, site)
                paces = _paces(db, vantage.id)
                since = _since(db, vantage.id)
                longest = _longest(db, vantage.id, start_s, end_s)
                for of_site, tally in sums.items():
                    counts, latencies = tally.told()
                    began_s = max(start_s, since.get(of_site, 0) // HOUR_S * HOUR_S)
                    planned, interval_s = _planned(paces, began_s, end_s)
                    found.setdefault(of_site, []).append(
                        Watched(
                            vantage=vantage.name,
                            starts_at=_moment(began_s),
                            ends_at=_moment(end_s),
                            interval_s=interval_s,
                            planned=max(planned, counts.seen),
                            counts=counts,
                            latencies=latencies,
                            longest_outage_s=longest.get(of_site, 0),
                        )
                    )
        return {of_site: tuple(many) for of_site, many in found.items()}

    def windows(self, window_s: float, at: datetime) -> dict[str, tuple[Watched, ...]]:
        """The last window of each watched site before this moment, by address, for judging.

        It ends with the last whole hour; where a watcher stopped, what it did not take is missing in it.
        """
        hours = -(-int(window_s) // HOUR_S)
        end_s = int(at.timestamp()) // HOUR_S * HOUR_S
        found = self.span(end_s - hours * HOUR_S, end_s)
        return {site.url: found[site.id] for site in self.sites() if site.id in found}

    def days(self, until: datetime, days: int = STRIP_DAYS) -> dict[str, tuple[DayUp, ...]]:
        """The last days of each watched site, by address, oldest first, the day of ``until`` the last.

        Days in which a vantage took no sample of a site are not in it: nothing is said of them.
        """
        last = city_day(int(until.timestamp()) // HOUR_S)
        found: dict[int, list[DayUp]] = {}
        with self._engine.connect() as db:
            for vantage in db.execute(select(watch_vantages).order_by(watch_vantages.c.name)):
                for site, day in _day_rows(db, vantage, last - days + 1, last):
                    found.setdefault(site, []).append(day)
        return {
            site.url: tuple(sorted(found[site.id], key=lambda day: (day.day, day.vantage)))
            for site in self.sites()
            if site.id in found
        }

    def outages(self, start_s: int, end_s: int) -> list[Outage]:
        """The outages that touch a span, oldest first."""
        of = watch_outages.c
        query = (
            select(watch_outages, watch_sites.c.url, watch_vantages.c.name)
            .join(watch_sites, watch_sites.c.id == of.site)
            .join(watch_vantages, watch_vantages.c.id == of.vantage)
            .where(of.started_s < end_s, (of.ended_s.is_(None)) | (of.ended_s > start_s))
            .order_by(of.started_s, watch_sites.c.url, watch_vantages.c.name)
        )
        with self._engine.connect() as db:
            return [
                Outage(
                    site=row.url,
                    vantage=row.name,
                    started_at=_moment(row.started_s),
                    ended_at=None if row.ended_s is None else _moment(row.ended_s),
                    last_down_at=_moment(row.last_down_s),
                    unseen_s=row.unseen_s,
                    cause=row.cause,
                )
                for row in db.execute(query)
            ]

    def holds(self, start_s: int, end_s: int) -> list[Held]:
        """The spans of which nothing is said, oldest first."""
        of = watch_holds.c
        query = (
            select(watch_holds, watch_vantages.c.name)
            .join(watch_vantages, watch_vantages.c.id == of.vantage)
            .where(of.started_s < end_s, (of.ended_s.is_(None)) | (of.ended_s > start_s))
            .order_by(of.started_s, watch_vantages.c.name)
        )
        with self._engine.connect() as db:
            return [
                Held(
                    row.name,
                    _moment(row.started_s),
                    None if row.ended_s is None else _moment(row.ended_s),
                    row.samples,
                )
                for row in db.execute(query)
            ]


def _sums(
    db: Connection, vantage: Row[tuple[object, ...]], start_s: int, end_s: int, site: int | None
) -> dict[int, Tally]:
    """All samples of a span by site, each from the one grain that holds it."""
    if vantage.hour_mark is None:
        return {}
    start, end = start_s // HOUR_S, -(-end_s // HOUR_S)
    first_day, after_day = city_day(start - 1) + 1, city_day(end)
    if vantage.day_mark is not None:
        oldest = db.scalar(
            select(func.min(watch_hours.c.hour)).where(watch_hours.c.vantage == vantage.id)
        )
        if oldest is None or start < oldest:
            # Its hours are gone: the day that holds the beginning counts as a whole.
            first_day = city_day(start)
        after_day = min(after_day, vantage.day_mark)
    else:
        after_day = first_day
    found: dict[int, Tally] = {}
    if first_day < after_day:
        _add(found, rolled(db, watch_days, vantage.id, first_day, after_day, site))
        before, behind = (start, first_hour(first_day)), (first_hour(after_day), end)
    else:
        before, behind = (start, start), (start, end)
    for since, until in (before, behind):
        marked = min(until, vantage.hour_mark)
        if since < marked:
            _add(found, rolled(db, watch_hours, vantage.id, since, marked, site))
        if max(since, marked) < until:
            since_s, until_s = max(since, marked) * HOUR_S, until * HOUR_S
            _add(found, tallies(db, vantage.id, since_s, min(until_s, end_s), site))
    return found


def _add(found: dict[int, Tally], more: Mapping[int, Tally]) -> None:
    for site, tally in more.items():
        if site in found:
            found[site].add(tally.counts, tally.buckets.items())
        else:
            found[site] = tally


def _day_rows(
    db: Connection, vantage: Row[tuple[object, ...]], first: int, last: int
) -> Iterable[tuple[int, DayUp]]:
    of = watch_days.c
    mark = vantage.day_mark
    if mark is not None:
        query = select(watch_days).where(
            of.vantage == vantage.id, of.day >= first, of.day < min(last + 1, mark)
        )
        for row in db.execute(query):
            # What we wrote ourselves need not be validated a hundred thousand times.
            counts = Counts.model_construct(**dict(zip(KINDS, row[3:9], strict=True)))
            buckets = tuple(unpacked_buckets(row.latencies))
            yield row.site, _day_up(row.day, vantage.name, counts, buckets)
    for day in range(first if mark is None else max(first, mark), last + 1):
        start_s, end_s = first_hour(day) * HOUR_S, first_hour(day + 1) * HOUR_S
        for site, tally in _sums(db, vantage, start_s, end_s, None).items():
            counts, latencies = tally.told()
            yield site, _day_up(day, vantage.name, counts, latencies.buckets)


def _day_up(day: int, vantage: str, counts: Counts, buckets: Sequence[tuple[int, int]]) -> DayUp:
    p50, p95 = percentile(buckets, 50), percentile(buckets, 95)
    return DayUp(
        day=_EPOCH + timedelta(days=day),
        vantage=vantage,
        counts=counts,
        p50_ms=p50.told_ms if p50 else None,
        p95_ms=p95.told_ms if p95 else None,
    )


def _paces(db: Connection, vantage: int) -> list[tuple[int, float]]:
    of = watch_paces.c
    query = select(of.since_s, of.interval_s).where(of.vantage == vantage).order_by(of.since_s)
    return [(row.since_s, row.interval_s) for row in db.execute(query)]


def _since(db: Connection, vantage: int) -> dict[int, int]:
    of = watch_firsts.c
    rows = db.execute(select(of.site, of.since_s).where(of.vantage == vantage))
    return {row.site: row.since_s for row in rows}


def _planned(paces: list[tuple[int, float]], start_s: int, end_s: int) -> tuple[int, float]:
    """How many samples a span calls for, and the widest interval in it."""
    planned, widest_s = 0.0, 0.0
    for at, (since_s, interval_s) in enumerate(paces):
        # The first pace is also that of the time before it.
        begin_s = start_s if at == 0 else max(start_s, since_s)
        after_s = min(end_s, paces[at + 1][0]) if at + 1 < len(paces) else end_s
        if after_s > begin_s:
            planned += (after_s - begin_s) / interval_s
            widest_s = max(widest_s, interval_s)
    return int(planned + 1e-6), widest_s


def _longest(db: Connection, vantage: int, start_s: int, end_s: int) -> dict[int, int]:
    """The longest outage of each site, cut to the span, without what was not looked at."""
    of = watch_outages.c
    query = select(of.site, of.started_s, of.ended_s, of.last_down_s, of.unseen_s).where(
        of.vantage == vantage,
        of.started_s < end_s,
        (of.ended_s.is_(None)) | (of.ended_s > start_s),
    )
    found: dict[int, int] = {}
    for row in db.execute(query):
        ended_s = row.last_down_s if row.ended_s is None else row.ended_s
        whole_s = max(0, ended_s - row.started_s - row.unseen_s)
        inside_s = max(0, min(ended_s, end_s) - max(row.started_s, start_s))
        found[row.site] = max(found.get(row.site, 0), min(whole_s, inside_s))
    return found


def _moment(at_s: int) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
