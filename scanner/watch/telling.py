"""Outages and holds as events: each happening under one key, whoever works it out and however often."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from checks.events import Event, EventKind, Severity, key_of
from inventory.model import Site
from scanner.archive.uptime import HoldRow, OutageRow


class Knows(Protocol):
    """What events need to know of the plan."""

    @property
    def vantage(self) -> str:
        """Where the watcher looks from."""

    @property
    def units_of(self) -> Mapping[str, Sequence[str]]:
        """The units of each site, by address."""


def events_of_outages(
    outages: Iterable[OutageRow], sites: Mapping[int, Site], plan: Knows
) -> Iterator[Event]:
    """That each began, and that it ended; a site that is watched no more is passed over."""
    for outage in outages:
        site = sites.get(outage.site)
        if site is None:
            continue
        for unit in plan.units_of.get(site.url, ()) or (site.unit,):
            down = _down(outage, site, unit, plan.vantage)
            if outage.told < 1:
                yield down
            if outage.ended_s is not None:
                yield _up(outage, down)


def events_of_holds(holds: Iterable[HoldRow], vantage: str) -> Iterator[Event]:
    """One note each."""
    for hold in holds:
        yield Event(
            key=key_of(EventKind.HELD, "watch", vantage, str(hold.started_s)),
            kind=EventKind.HELD,
            severity=Severity.REQUIRED,
            at=_moment(hold.started_s),
            cause="run",
            reason="too-much-at-once",
            note=f"{vantage}: so many sites failed at once that nobody is accused; "
            "look at this machine's own line first",
        )


def _down(outage: OutageRow, site: Site, unit: str, vantage: str) -> Event:
    at = _moment(outage.started_s)
    return Event(
        key=key_of(EventKind.SITE_DOWN, vantage, unit, site.url, at.isoformat()),
        kind=EventKind.SITE_DOWN,
        severity=Severity.URGENT,
        at=at,
        unit=unit,
        site=site.url,
        check="site-reachable",
        cause=f"platform:{site.platform}" if site.platform else "check:site-reachable",
        before="up",
        after="down",
        reason=outage.cause,
        note=f"seen from {vantage}"[:500],
    )


def _up(outage: OutageRow, down: Event) -> Event:
    at = _moment(outage.ended_s or outage.last_down_s)
    return down.model_copy(
        update={
            "key": key_of(EventKind.SITE_UP, down.key),
            "kind": EventKind.SITE_UP,
            "at": at,
            "resolves": down.key,
            "before": "down",
            "after": "up",
        }
    )


def _moment(at_s: int) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
