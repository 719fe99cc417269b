"""The look at the delegation: from the root to the site's zone, and then at every name server listed for it."""

import asyncio

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.delegation import (
    AtServer,
    Closed,
    Delegation,
    Glue,
    ListedServer,
    Listing,
    NsLook,
    NsReply,
    SoaReply,
)
from checks.evidence.names import Lookup
from inventory.suffixes import suffix_and_registrable
from scanner.iterative import Cut, Iterative, Way
from scanner.visit import Visit

FAMILY = "zone"
LISTED_KEPT = 13
SERVERS_KEPT = 8
ADDRESSES_A_SERVER = 4
ADDRESSES_KEPT = 16
SECOND_LOOK_S = 3.0
"""Seconds before a second look: a change of the zone takes a moment to reach every server."""
_UNPERMITTED = NotCaptured(
    cause=Cause.NOT_PERMITTED, detail=f"the permission does not name the family {FAMILY}"
)
_NO_REPLY = NotCaptured(cause=Cause.NOT_RUN, detail="it did not answer for the zone")
_At = tuple[str, str]
"""Name and address of a server."""


async def look_delegation(
    visit: Visit, *, second_look_s: float = SECOND_LOOK_S
) -> Delegation | NotCaptured:
    """Who is delegated the zone, and what each of them answers.  ``Failed`` where the way down ends early."""
    iterative = visit.tools.iterative
    if iterative is None:
        return NotCaptured(cause=Cause.NOT_ENABLED, detail="no root server is named")
    host = visit.site.host
    suffix, registrable = suffix_and_registrable(host)
    way = await iterative.find(host, visit.budget)
    own = way.cut.zone == registrable or way.cut.zone.endswith(f".{suffix}")
    if way.missing is not None and not own:
        # Who could not be asked is not the school's server.
        return way.missing
    servers: tuple[ListedServer, ...] = ()
    named: tuple[str, ...] = ()
    asked: tuple[AtServer, ...] = ()
    places: list[_At] = []
    if own and way.exists is not False:
        names = way.cut.servers[:SERVERS_KEPT]
        servers = await _servers(visit, names, way.cut)
        places = _places(servers, way.cut)
        asked = await _looked(visit, iterative, way.cut.zone, places)
        named = _named_besides(asked, way.cut)
        if named and len(servers) < SERVERS_KEPT:
            further = await _servers(visit, named[: SERVERS_KEPT - len(servers)], way.cut)
            servers += further
            more = [place for place in _places(further, way.cut) if place not in places]
            places += more
            room = ADDRESSES_KEPT - len(asked)
            asked += await _looked(visit, iterative, way.cut.zone, more[:room])
        asked = await _looked_again(visit, iterative, way.cut.zone, asked, second_look_s)
    return _told(host, way, own, servers, asked, len(places), len(named))


def _told(
    host: str,
    way: Way,
    own: bool,  # noqa: FBT001  It is a field of what is built here.
    servers: tuple[ListedServer, ...],
    asked: tuple[AtServer, ...],
    addresses: int,
    named_besides: int,
) -> Delegation:
    cut = way.cut
    return Delegation(
        host=host,
        zone=cut.zone,
        parent=cut.parent,
        exists=way.exists is not False,
        own=own,
        listing=cut.listing,
        listed=cut.servers[:LISTED_KEPT],
        listed_total=cut.total,
        glue=tuple(
            Glue(server=name, addresses=cut.glue[name])
            for name in cut.servers[:LISTED_KEPT]
            if name in cut.glue
        ),
        servers=servers,
        servers_total=cut.total + named_besides,
        asked=asked,
        addresses_total=addresses,
    )


async def _servers(visit: Visit, names: tuple[str, ...], cut: Cut) -> tuple[ListedServer, ...]:
    look = visit.tools.resolver.look

    async def server(name: str) -> ListedServer:
        a, aaaa = await asyncio.gather(
            look(name, "A", visit.budget), look(name, "AAAA", visit.budget)
        )
        at_parent = cut.listing is Listing.PARENT and name in cut.servers
        return ListedServer(name=name, at_parent=at_parent, a=a, aaaa=aaaa)

    return tuple(await asyncio.gather(*map(server, names)))


def _places(servers: tuple[ListedServer, ...], cut: Cut) -> list[_At]:
    """Where the servers are asked: the first IPv4 and IPv6 of each before any further address."""
    ranked: list[tuple[int, int, _At]] = []
    seen: set[_At] = set()
    for nth, server in enumerate(servers):
        found = [*cut.glue.get(server.name, ())]
        for look in (server.a, server.aaaa):
            found += look.records if isinstance(look, Lookup) else ()
        # Resolvers begin with the glue, right or wrong, so it is asked like any other.
        families = {4: 0, 6: 0}
        for address in dict.fromkeys(found):
            family = 6 if ":" in address else 4
            place = (server.name, address)
            if place not in seen and sum(families.values()) < ADDRESSES_A_SERVER:
                seen.add(place)
                ranked.append((families[family], nth, place))
                families[family] += 1
    return [place for _, _, place in sorted(ranked)]


async def _looked(
    visit: Visit, iterative: Iterative, zone: str, places: list[_At]
) -> tuple[AtServer, ...]:
    looks = (_at_server(visit, iterative, zone, place) for place in places[:ADDRESSES_KEPT])
    return tuple(await asyncio.gather(*looks))


async def _at_server(visit: Visit, iterative: Iterative, zone: str, place: _At) -> AtServer:
    name, address = place
    budget, authorities = visit.budget, iterative.authorities
    udp = await iterative.soa(address, zone, budget)
    tcp = await iterative.soa(address, zone, budget, tcp=True)
    ns: NsLook = _NO_REPLY
    if any(isinstance(look, SoaReply) and look.of_holder for look in (udp, tcp)):
        ns = await authorities.ns(address, zone, budget)
    transfer: bool | NotCaptured = _UNPERMITTED
    recursion: bool | NotCaptured = _UNPERMITTED
    if FAMILY in visit.tools.door.pace.permission.families:
        transfer = (
            False
            if isinstance(tcp, Closed)
            else tcp
            if isinstance(tcp, NotCaptured)
            else await authorities.hands_out(address, zone, budget)
        )
        recursion = (
            False
            if isinstance(udp, Closed)
            else udp
            if isinstance(udp, NotCaptured)
            else await authorities.recurses(address, budget)
        )
    return AtServer(
        server=name, address=address, udp=udp, again=None, tcp=tcp, ns=ns,
        transfer=transfer, recursion=recursion,
    )  # fmt: skip


async def _looked_again(
    visit: Visit, iterative: Iterative, zone: str, asked: tuple[AtServer, ...], after_s: float
) -> tuple[AtServer, ...]:
    """A second look where the first gave reason to object: at all, where they differ, else at whom it was."""
    replies = [at.udp for at in asked if isinstance(at.udp, SoaReply)]
    serials = {reply.serial for reply in replies if reply.of_holder} - {None}
    again = [
        len(serials) > 1 or (isinstance(at.udp, SoaReply) and not at.udp.of_holder) for at in asked
    ]
    if not any(again):
        return asked
    with visit.budget.own_wait():
        await asyncio.sleep(after_s)

    async def looked(at: AtServer) -> AtServer:
        udp = await iterative.soa(at.address, zone, visit.budget)
        return at.model_copy(update={"again": udp})

    async def kept(at: AtServer) -> AtServer:
        return at

    return tuple(
        await asyncio.gather(
            *(looked(at) if more else kept(at) for at, more in zip(asked, again, strict=True))
        )
    )


def _named_besides(asked: tuple[AtServer, ...], cut: Cut) -> tuple[str, ...]:
    """Servers that the zone itself names beyond those of the parent."""
    named = {
        server
        for at in asked
        if isinstance(at.ns, NsReply) and at.ns.authoritative
        for server in at.ns.servers
    }
    return tuple(sorted(named - set(cut.servers)))
