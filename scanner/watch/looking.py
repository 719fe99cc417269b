"""One light look at a site, anew each time: its name, a handshake, a GET; and whether our own line is to blame."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from checks.evidence.base import Cause
from checks.evidence.uptime import Sample
from inventory.model import Permission, Site
from scanner.budget import Allowance, Budget, Failed
from scanner.clock import monotonic_s
from scanner.door import Door, has_ipv6
from scanner.engine.local import control_addresses
from scanner.page_workers import PageWorkers
from scanner.politeness import Pace
from scanner.probes.uptime import LIGHT, SILENT, look_once
from scanner.resolver import TRY_S, Resolver, Server
from scanner.visit import Tools, Visit

Look = Callable[[Site, datetime], Awaitable[Sample]]
"""Looks at a site once; never raises but when cancelled."""
FORGIVEN_AFTER_S = 3600.0
"""A site that asked us to slow down, or to stay away, is asked again after so long."""


@dataclass(frozen=True)
class Outfit:
    """What looks are made with."""

    permission: Permission
    allow_private: bool
    servers: tuple[Server, ...]
    controls: tuple[tuple[str, int], ...]
    """Hosts of the operator's own choice, asked before a site is blamed for silence."""
    user_agent: str
    confirm_refusal_after_s: float = 2.0
    dns_try_s: tuple[float, ...] = TRY_S


@asynccontextmanager
async def looking(outfit: Outfit) -> AsyncIterator[Look]:
    """The way to look, for as long as the block lasts."""
    pace = Pace(outfit.permission, allow_private=outfit.allow_private)
    resolver = Resolver(outfit.servers, outfit.dns_try_s)
    # Trust is not looked at, so a certificate about to end, or ended, is never "down".
    controls = await control_addresses(outfit.controls, resolver)
    door = Door(
        pace,
        controls=controls,
        confirm_refusal_after_s=outfit.confirm_refusal_after_s,
        remember_refusals=False,
    )
    # No page is read for its content: the workers are never asked, and never started.
    workers = PageWorkers(1, 1.0)
    tools = Tools(door, resolver, workers, outfit.user_agent, ipv6=has_ipv6())
    forgiven_at = monotonic_s()

    async def look(site: Site, at: datetime) -> Sample:
        nonlocal forgiven_at
        if monotonic_s() - forgiven_at > FORGIVEN_AFTER_S:
            pace.forgive()
            forgiven_at = monotonic_s()
        resolver.forget(site.host)
        visit = Visit(site, tools, Budget(Allowance()), patient=False)
        try:
            sample = await look_once(visit, at, LIGHT)
            if sample.up is False and sample.cause in SILENT:
                sample = await _blaming_ourselves_first(visit, sample)
        finally:
            # Between two samples a server would wait for us in vain: connections are not kept.
            await visit.close()
        return sample

    try:
        yield look
    finally:
        await resolver.aclose()
        await workers.close()


async def _blaming_ourselves_first(visit: Visit, sample: Sample) -> Sample:
    """Silence as heard, or *unknown* where it may be our own."""
    if sample.cause is Cause.DNS_TIMEOUT:
        # Our resolver said nothing; had the site's servers been silent, it would have said SERVFAIL.
        return Sample(at=sample.at, up=None, cause=sample.cause)
    try:
        addresses = await visit.addresses(visit.site.host)
    except Failed:
        addresses = ("",)
    if await visit.tools.door.line_is_up(addresses[0], visit.budget):
        return sample
    return Sample(at=sample.at, up=None, cause=Cause.LOCAL_NETWORK_DOWN)
