"""Collecting in this process: many sites at once, each committed when it is done."""

import asyncio
import ipaddress
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.serialization import Encoding

from checks.availability import Watched
from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Http
from checks.evidence.names import Lookup
from checks.evidence.uptime import Uptime
from inventory.model import Permission, Site
from scanner.archive.store import RunRow, Store
from scanner.authority import Authorities, Endpoint
from scanner.budget import Allowance, Budget
from scanner.clock import now
from scanner.collect import Collected, Plan, collect
from scanner.dnssec.anchors import Anchors, shipped_anchors
from scanner.dnssec.look import validation_by
from scanner.door import Door, has_ipv6
from scanner.iterative import Hints, Iterative, built_in_hints
from scanner.page_workers import PageWorkers
from scanner.politeness import Pace, permitted_now
from scanner.probes.registration import Registries
from scanner.probes.tls.path import Paths
from scanner.probes.tls.vouching import Vouching
from scanner.registries import Directory, shipped_directory
from scanner.rendering import Browser
from scanner.resolver import Resolver, Server
from scanner.smtp import Exchanged
from scanner.together import together
from scanner.visit import Tools

HELD_SHARE = 0.2
HELD_LEAST = 3
LINE_DOWN = "line_down"
"""In a look's volatile record: our own line failed while this site was looked at."""


@dataclass(frozen=True)
class Setup:
    """What one run is set up with."""

    permission: Permission
    allow_private: bool
    servers: tuple[Server, ...]
    controls: tuple[tuple[str, int], ...]
    paths: Paths
    plan: Plan
    user_agent: str
    at_once: int = 50
    workers: int = 1
    fetching: bool = True
    """Whether the authorities that certificates name, and registries, are asked."""
    directory: Directory | None = None
    """The registries that can be asked; ``None`` for those that come with the program."""
    hints: Hints = field(default_factory=built_in_hints)
    """The root servers; none: the name servers themselves are not asked."""
    ports: Mapping[Endpoint, Endpoint] = field(default_factory=dict)
    anchors: Anchors = field(default_factory=shipped_anchors)
    """What DNSSEC is validated from."""
    smtp_port: int = 25
    """Where exchangers listen; another one only in practice."""
    watched: Mapping[str, tuple[Watched, ...]] = field(default_factory=dict)
    """What watchers saw of each site over the window that the criteria ask for, by address."""
    browser: str | None = None
    """The Chromium that shows pages: its file, or empty for the system's; ``None`` for none."""
    again: bool = False
    """Whether these sites were looked at in this run before, and this look takes the place of the first."""
    begin_after_s: float = 0.0


@dataclass
class Progress:
    """Counts for the one who waits."""

    planned: int
    done: int = 0
    connections: int = 0
    hours_ended: bool = False


Announce = Callable[[Progress, Site, Collected], None]


async def collect_all(
    sites: Iterable[Site],
    setup: Setup,
    store: Store,
    run: RunRow,
    progress: Progress,
    announce: Announce,
) -> None:
    """Look at every site and commit each.  Cancelled, it ends within seconds and keeps what is done."""
    await asyncio.sleep(setup.begin_after_s)
    _raise_file_limit()
    pace = Pace(setup.permission, allow_private=setup.allow_private)
    workers = PageWorkers(setup.workers, setup.plan.allowance.page_parse_s)
    resolver = Resolver(setup.servers)
    ipv6 = has_ipv6()
    authorities = Authorities(pace, setup.ports, ipv6=ipv6)
    validation = validation_by(setup.servers, setup.anchors)
    browser = Browser(setup.browser) if setup.browser is not None else None
    tools = Tools(
        door=Door(pace, controls=await control_addresses(setup.controls, resolver)),
        resolver=resolver,
        workers=workers,
        user_agent=setup.user_agent,
        ipv6=ipv6,
        iterative=Iterative(authorities, resolver, setup.hints) if setup.hints else None,
        validators=validation.validators,
        exchanged=Exchanged(setup.smtp_port),
        browser=browser,
    )
    vouching = Vouching(setup.paths, fetching=setup.fetching)
    registries = _registries(setup) if setup.fetching else None
    # One writer: the store is used by one thread at a time, and never blocks the looks.
    writer = ThreadPoolExecutor(1, thread_name_prefix="store")
    loop = asyncio.get_running_loop()
    queue = iter(sites)
    commit = _replace if setup.again else _commit

    async def keep(seen: Collected) -> None:
        await loop.run_in_executor(
            writer, commit, store, run, _with_watched(seen, setup.watched.get(seen.site, ()))
        )

    async def lane() -> None:
        # Each lane takes the next site when it is free: the queue holds no task per site.
        for site in queue:
            if not permitted_now(setup.permission, now()):
                # The sites that are left wait for the next permitted hour; --resume takes them up.
                progress.hours_ended = True
                return
            seen = await collect(site, tools, vouching, setup.plan, registries)
            await asyncio.shield(asyncio.ensure_future(keep(seen)))
            progress.done += 1
            progress.connections = tools.door.tally.connections
            announce(progress, site, seen)

    # Whatever cuts one of these short, the next is still closed, the last of them first.
    async with AsyncExitStack() as closing:
        closing.callback(writer.shutdown, wait=True)
        closing.push_async_callback(resolver.aclose)
        closing.push_async_callback(authorities.aclose)
        closing.push_async_callback(validation.aclose)
        closing.push_async_callback(vouching.aclose)
        if registries is not None:
            closing.push_async_callback(registries.aclose)
        closing.push_async_callback(tools.exchanged.sessions.aclose)
        closing.push_async_callback(workers.close)
        if browser is not None:
            closing.push_async_callback(browser.close)
        await together(lane() for _ in range(max(1, setup.at_once)))


def _registries(setup: Setup) -> Registries:
    roots = (root for store in setup.paths.stores for root in store.roots)
    return Registries(
        setup.directory or shipped_directory(),
        b"".join(root.public_bytes(Encoding.DER) for root in roots),
    )


async def control_addresses(
    controls: tuple[tuple[str, int], ...], resolver: Resolver
) -> tuple[tuple[str, int], ...]:
    """Control hosts as addresses: the operator names them, and our own resolver finds them."""
    found: list[tuple[str, int]] = []
    budget = Budget(Allowance())
    for host, port in controls:
        try:
            found.append((str(ipaddress.ip_address(host)), port))
        except ValueError:
            for kind in ("A", "AAAA"):
                look = await resolver.look(host, kind, budget)
                if isinstance(look, Lookup):
                    found += [(address, port) for address in look.records[:2]]
    return tuple(found)


def held_reason(store: Store, run: RunRow) -> str:
    """Why the run as a whole accuses nobody: too many sites fell silent together with our own line."""
    looks = store.volatile_records(run)
    line_down = sum(bool(record.get(LINE_DOWN)) for record in looks)
    if line_down >= max(HELD_LEAST, HELD_SHARE * len(looks)):
        return f"{line_down} of {len(looks)} sites: {Cause.LOCAL_NETWORK_DOWN.value}"
    return ""


def _line_was_down(seen: Collected) -> bool:
    http = seen.payloads.get(Http.kind)
    end = http.https.end if isinstance(http, Http) else http
    return isinstance(end, NotCaptured) and end.cause is Cause.LOCAL_NETWORK_DOWN


def _with_watched(seen: Collected, watched: tuple[Watched, ...]) -> Collected:
    """What watchers saw beside the scan's own samples, so that the run can be judged again without the watchers."""
    if not watched:
        return seen
    own = seen.payloads.get(Uptime.kind)
    if not isinstance(own, Uptime):
        own = Uptime(planned=0, interval_s=watched[0].interval_s, samples=())
    payloads = {**seen.payloads, Uptime.kind: own.model_copy(update={"watched": watched})}
    return replace(seen, payloads=payloads)


def _commit(store: Store, run: RunRow, seen: Collected) -> None:
    store.keep_look(
        run,
        seen.site,
        seen.payloads,
        captured_at=seen.captured_at,
        duration_ms=seen.duration_ms,
        volatile=_volatile(seen),
    )


def _replace(store: Store, run: RunRow, seen: Collected) -> None:
    """The second look is kept, unless it saw nothing at all of the web server: the first may have."""
    if isinstance(seen.payloads.get(Http.kind), NotCaptured):
        return
    store.replace_look(
        run,
        seen.site,
        seen.payloads,
        captured_at=seen.captured_at,
        duration_ms=seen.duration_ms,
        volatile=_volatile(seen),
    )


def _volatile(seen: Collected) -> dict[str, object]:
    return {
        "timings_ms": dict(seen.timings_ms),
        "connections": seen.connections,
        "questions": seen.questions,
        "received_bytes": seen.received_bytes,
        LINE_DOWN: _line_was_down(seen),
    }


def _raise_file_limit() -> None:
    try:
        import resource  # noqa: PLC0415  Not on Windows, which has no such limit for sockets.
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wished = 8192 if hard == resource.RLIM_INFINITY else min(8192, hard)
    if soft < wished:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wished, hard))
