"""The look at a site's names: addresses of host and twin, the zone's servers, MX, TXT, CAA."""

import asyncio

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import HostNames, Look, Lookup, Names, NameServer, Said
from inventory.suffixes import mail_domain_of, suffix_and_registrable, suffix_list_date
from scanner.resolver import Resolver
from scanner.visit import Visit

SERVERS_KEPT = 8


async def look_names(visit: Visit) -> Names:
    """Ask all questions of this family; never raises but when cancelled."""
    site, budget, resolver = visit.site, visit.budget, visit.tools.resolver
    suffix, registrable = suffix_and_registrable(site.host)
    zone = registrable or site.host
    mail = mail_domain_of(site)
    (host, twin), (ns, soa, mx, txt), caa = await asyncio.gather(
        asyncio.gather(_host(visit, site.host), _host(visit, site.twin)),
        asyncio.gather(
            resolver.look(zone, "NS", budget),
            resolver.look(zone, "SOA", budget),
            resolver.look(mail, "MX", budget),
            resolver.look(mail, "TXT", budget),
        ),
        _caa(resolver, visit, zone),
    )
    names = ns.records[:SERVERS_KEPT] if isinstance(ns, Lookup) and ns.said is Said.FOUND else ()
    servers = await asyncio.gather(*(_server(visit, name) for name in names))
    return Names(
        host=host,
        twin=twin,
        suffix=suffix,
        registrable=registrable,
        suffix_list_date=suffix_list_date(),
        ns=ns,
        soa=soa,
        servers=tuple(servers),
        mx=mx,
        txt=txt,
        caa=caa,
    )


async def _host(visit: Visit, host: str) -> HostNames:
    look = visit.tools.resolver.look
    if not visit.tools.door.pace.permission.covers_host(host):
        # The twin of a permitted host may lie outside the permission; then it is not asked for.
        missing = NotCaptured(cause=Cause.NOT_PERMITTED, detail=f"{host} is outside the permission")
        return HostNames(host=host, a=missing, aaaa=missing)
    # One after the other: a name that does not exist is asked for once.
    a = await look(host, "A", visit.budget)
    aaaa = await look(host, "AAAA", visit.budget)
    return HostNames(host=host, a=a, aaaa=aaaa)


async def _server(visit: Visit, name: str) -> NameServer:
    look = visit.tools.resolver.look
    a, aaaa = await asyncio.gather(look(name, "A", visit.budget), look(name, "AAAA", visit.budget))
    return NameServer(name=name, a=a, aaaa=aaaa)


async def _caa(resolver: Resolver, visit: Visit, zone: str) -> tuple[Look, ...]:
    """RFC 8659, 3: climb from the host; the nearest ancestor that has CAA records decides."""
    looks: list[Look] = []
    name = visit.site.host
    while True:
        look = await resolver.look(name, "CAA", visit.budget)
        looks.append(look)
        found = isinstance(look, Lookup) and look.said is Said.FOUND
        if found or name == zone or "." not in name:
            return tuple(looks)
        name = name.partition(".")[2]
