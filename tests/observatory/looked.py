"""Our own look at imagined sites: the probes of a scan, and the check over what they saw."""

import asyncio
from collections.abc import Mapping, Sequence

from checks.evidence.base import NotCaptured, Payload
from checks.evidence.http import Http
from checks.evidence.names import Names
from checks.evidence.page import Pages
from checks.evidence.provoked import Provoked
from checks.evidence.tls import Tls
from checks.lists import Lists
from checks.spec import Seen
from inventory.suffixes import suffix_and_registrable
from scanner.clock import now
from scanner.probes.http import look_http
from scanner.probes.pages import look_pages
from scanner.probes.provoked import look_provoked
from scanner.probes.tls.look import Depth, look_tls
from scanner.probes.tls.path import Paths, store_from_pem
from scanner.probes.tls.vouching import Vouching
from scanner.visit import Visit
from tests.builders import network
from tests.observatory.served import Imagined, Places
from tests.scanner.builders import budget, door, hosts, site, tools_for

AT_ONCE = 6


async def looked_at(
    sites: Sequence[Imagined], places: Places, trust_pem: bytes, lists: Lists
) -> Mapping[str, Seen]:
    """What the probes saw of each site, several at once, as a run would look."""
    names = [host for one in sites for host in (one.host, one.twin)]
    ports = (places.https, places.http, places.closed)
    # A closed port is believed while something else answers.
    alive = (("127.0.0.1", places.http),)
    through = door(*ports, controls=alive, hosts=tuple(names), connections_per_address=400)
    vouching = Vouching(Paths((store_from_pem(trust_pem, "observatory", "2026-11-22"),)))
    turns = asyncio.Semaphore(AT_ONCE)
    async with tools_for(hosts(*names), through) as tools:

        async def look(one: Imagined) -> Seen:
            async with turns:
                visit = Visit(site(*places.of(one), host=one.host), tools, budget(wall_s=60.0))
                try:
                    return await _seen(one, visit, vouching, lists)
                finally:
                    await visit.close()

        found = await asyncio.gather(*(look(one) for one in sites))
    await vouching.aclose()
    return {one.name: seen for one, seen in zip(sites, found, strict=True)}


async def _seen(one: Imagined, visit: Visit, vouching: Vouching, lists: Lists) -> Seen:
    http = await look_http(visit)
    pages = await look_pages(visit)
    tls = await look_tls(visit, vouching, now(), Depth.BRIEF)
    suffix, registrable = suffix_and_registrable(one.host)
    payloads: dict[type[Payload], Payload | NotCaptured] = {
        Http: http,
        Pages: pages,
        Tls: tls,
        Names: network.names(suffix=suffix, registrable=registrable),
        Provoked: await look_provoked(visit),
    }
    return Seen(visit.site, payloads, now(), lists)
