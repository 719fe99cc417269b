"""``tinnhiem uptime``: how much of a month sites were there, and when they were not; every vantage apart."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from checks.availability import Outage, Watched
from checks.days import VIETNAM
from scanner.archive.uptime_book import Held, UptimeBook, WatchedSite
from scanner.cli.options import Moment, database_option, stop
from scanner.cli.stored import opened
from scanner.clock import now

SCHEMA = 1


@dataclass(frozen=True)
class Month:
    """What is told of one month."""

    name: str
    starts_at: datetime
    ends_at: datetime
    """Its end, or this moment where it is not over."""
    sites: Sequence[WatchedSite]
    seen: dict[int, tuple[Watched, ...]]
    outages: Sequence[Outage]
    held: Sequence[Held]


@click.command("uptime")
@click.argument("units", nargs=-1, metavar="[UNIT]...")
@click.option("--month", metavar="YYYY-MM", help="The month to tell of (default: the present one).")
@click.option("--json", "as_json", is_flag=True, help="For programs, with every outage.")
@database_option
@click.option("--as-of", type=Moment(), hidden=True, help="Tell as of this moment, for tests.")
def uptime_command(
    units: tuple[str, ...],
    month: str | None,
    as_json: bool,  # noqa: FBT001  A flag of the command line.
    db: str | None,
    as_of: datetime | None,
) -> None:
    """Tell how available the sites of these units were, or of all, as the watchers saw it."""
    at = as_of or now()
    start, end = month_of(month, at)
    with opened(db) as store:
        told = read_month(UptimeBook(store), start, min(end, at), units)
    if not told.sites:
        stop(
            f"no site of {', '.join(units)} was ever watched: see `tinnhiem uptime` for those that were"
            if units
            else "nothing was ever watched: `tinnhiem watch INVENTORY` begins"
        )
    click.echo(
        json.dumps(as_data(told), ensure_ascii=False, indent=2)
        if as_json
        else "\n".join(lines(told))
    )


def month_of(text: str | None, at: datetime) -> tuple[datetime, datetime]:
    """The first moment of a month of the city, and that of the next."""
    local = at.astimezone(VIETNAM)
    if text is not None and not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        stop(f"--month {text}: give a month as 2026-11")
    year, month = (int(part) for part in text.split("-")) if text else (local.year, local.month)
    if not 1971 <= year <= 9998:
        stop(f"--month {text}: give a month as 2026-11")
    after = (year + 1, 1) if month == 12 else (year, month + 1)
    start = datetime(year, month, 1, tzinfo=VIETNAM)
    if start > at:
        stop(f"--month {text}: it has not begun")
    return start, datetime(*after, 1, tzinfo=VIETNAM)


def read_month(
    book: UptimeBook, start: datetime, end: datetime, units: Sequence[str] = ()
) -> Month:
    """Everything that is told of it."""
    start_s, end_s = int(start.timestamp()), int(end.timestamp())
    wanted = set(units)
    sites = [site for site in book.sites() if not wanted or wanted & set(site.units)]
    one = sites[0].id if len(sites) == 1 else None
    urls = {site.url for site in sites}
    return Month(
        name=f"{start:%Y-%m}",
        starts_at=start,
        ends_at=end,
        sites=sites,
        seen=book.span(start_s, end_s, one),
        outages=[outage for outage in book.outages(start_s, end_s) if outage.site in urls],
        held=book.holds(start_s, end_s),
    )


def lines(told: Month) -> list[str]:
    """For people: a line a site and vantage, its outages below."""
    found = [
        f"{told.name}: {_local(told.starts_at)} to {_local(told.ends_at)} (UTC+7)",
        "available    samples of planned     p50 ms  p95 ms  longest  vantage   site",
    ]
    for site in told.sites:
        seen = told.seen.get(site.id, ())
        found += [f"{_figures(one)}  {one.vantage:<8}  {site.url}" for one in seen]
        if not seen:
            found.append(f"  no sample{'':<50}{site.url}")
        if disagree(seen):
            found.append("  the vantages disagree: look at the lines to the one that says less")
        found += [f"  {_outage(outage)}" for outage in told.outages if outage.site == site.url]
    for hold in told.held:
        until = _local(hold.ended_at) if hold.ended_at else "now"
        found.append(
            f"held: {_local(hold.started_at)} to {until}, {hold.vantage}: too much failed at once, "
            f"{hold.samples} samples count as unknown"
        )
    return found


def disagree(seen: Sequence[Watched]) -> bool:
    """Whether vantages that looked enough differ by more than a point in a hundred."""
    shares = [
        one.counts.availability_pct
        for one in seen
        if one.counts.availability_pct is not None and one.counts.taken * 2 >= one.planned
    ]
    return len(shares) > 1 and max(shares) - min(shares) > 1.0


def as_data(told: Month) -> dict[str, Any]:
    """For programs; stable, versioned."""
    outages: dict[str, list[Outage]] = {}
    for outage in told.outages:
        outages.setdefault(outage.site, []).append(outage)
    return {
        "schema": SCHEMA,
        "month": told.name,
        "starts_at": told.starts_at.isoformat(),
        "ends_at": told.ends_at.isoformat(),
        "sites": [
            {
                "site": site.url,
                "units": list(site.units),
                "vantages": [_vantage(one) for one in told.seen.get(site.id, ())],
                "vantages_disagree": disagree(told.seen.get(site.id, ())),
                "outages": [
                    {
                        "vantage": outage.vantage,
                        "started_at": outage.started_at.isoformat(),
                        "ended_at": outage.ended_at.isoformat() if outage.ended_at else None,
                        "last_down_at": outage.last_down_at.isoformat(),
                        "lasted_s": outage.lasted_s,
                        "unseen_s": outage.unseen_s,
                        "cause": outage.cause,
                    }
                    for outage in outages.get(site.url, ())
                ],
            }
            for site in told.sites
        ],
        "held": [
            {
                "vantage": hold.vantage,
                "started_at": hold.started_at.isoformat(),
                "ended_at": hold.ended_at.isoformat() if hold.ended_at else None,
                "samples": hold.samples,
            }
            for hold in told.held
        ],
    }


def _vantage(one: Watched) -> dict[str, Any]:
    p50, p95 = one.latencies.percentile(50), one.latencies.percentile(95)
    return {
        "vantage": one.vantage,
        "since": one.starts_at.astimezone(UTC).isoformat(),
        "availability_pct": one.counts.availability_pct,
        "planned": one.planned,
        "taken": one.counts.taken,
        **one.counts.model_dump(),
        "longest_outage_s": one.longest_outage_s,
        "p50_ms": p50.told_ms if p50 else None,
        "p95_ms": p95.told_ms if p95 else None,
    }


def _figures(one: Watched) -> str:
    share = one.counts.availability_pct
    p50, p95 = one.latencies.percentile(50), one.latencies.percentile(95)
    return (
        f"{'unknown' if share is None else f'{share:.2f} %':>9}  "
        f"{one.counts.taken:>8} of {one.planned:<9}  "
        f"{_ms(p50.told_ms if p50 else None)}  {_ms(p95.told_ms if p95 else None)}  "
        f"{_span(one.longest_outage_s):>7}"
    )


def _ms(value_ms: float | None) -> str:
    return f"{'-' if value_ms is None else f'{value_ms:.0f}':>6}"


def _outage(outage: Outage) -> str:
    until = _local(outage.ended_at) if outage.ended_at else "still down"
    unseen = f", {_span(outage.unseen_s)} of it not looked at" if outage.unseen_s else ""
    return (
        f"{_local(outage.started_at)} to {until}  {_span(outage.lasted_s)}{unseen}  "
        f"{outage.cause}  ({outage.vantage})"
    )


def _span(seconds: int) -> str:
    minutes = seconds // 60
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02}"


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(VIETNAM):%Y-%m-%d %H:%M}"
