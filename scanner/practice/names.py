"""The name server: one loopback port, UDP and TCP, that answers a scanner as a recursive resolver would."""

import asyncio
import contextlib
import datetime as dt
import socket
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import cast

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from scanner.clock import now as clock
from scanner.practice.ports import Bound, bind_both
from scanner.practice.signing import Seals, wants_proofs
from scanner.practice.site import Naming
from scanner.practice.stats import Stats
from scanner.practice.zones import TTL_S, Zone

_CHAIN_LIMIT = 8
_ROOT_SOA = "a.thuchanh. quantri.thuchanh. 2026112201 1800 900 604800 300"
_IDLE_S = 30.0
_SICK = frozenset({Naming.SILENT, Naming.SERVFAIL, Naming.REFUSED, Naming.NXDOMAIN})


class NamePort(ABC):
    """One loopback port, UDP and TCP, on which questions about names are answered."""

    def __init__(self) -> None:
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.rtt_s = 0.0
        """How far away whoever asks seems to be."""

    def bind(self) -> tuple[socket.socket, socket.socket, int]:
        """The sockets to answer on, UDP and TCP, and their port."""
        return bind_both()

    async def start(self) -> None:
        """Open the port."""
        udp, tcp, self.port = self.bind()
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), sock=udp)
        self._tcp = await asyncio.start_server(self._talk, sock=tcp, backlog=512)

    async def stop(self) -> None:
        """Close the port, and whatever is still being said."""
        if self._udp:
            self._udp.close()
        if self._tcp:
            self._tcp.close()
        for task in self._talks:
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    @abstractmethod
    def reply(self, query: dns.message.Message, *, tcp: bool) -> dns.message.Message | None:
        """The answer to one question; ``None`` where silence is the answer."""

    def answer(self, wire: bytes, *, tcp: bool) -> bytes | None:
        """The same in bytes."""
        try:
            query = dns.message.from_wire(wire)
        except (dns.exception.DNSException, ValueError):
            return None
        if len(query.question) != 1 or query.flags & dns.flags.QR:
            return None
        reply = self.reply(query, tcp=tcp)
        if reply is None:
            return None
        limit = 65535 if tcp else max(512, query.payload)
        try:
            return _in_order(reply, limit)
        except dns.exception.TooBig:
            return cut(query).to_wire()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  A coroutine that runs has a task.
        self._talks.add(task)
        try:
            with contextlib.suppress(OSError, EOFError, TimeoutError):
                await self._converse(reader, writer)
        finally:
            self._talks.discard(task)
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(_IDLE_S):
                size = int.from_bytes(await reader.readexactly(2), "big")
                wire = await reader.readexactly(size)
            said = self.answer(wire, tcp=True)
            if self.rtt_s:
                await asyncio.sleep(self.rtt_s)
            if said is not None:
                writer.write(len(said).to_bytes(2, "big") + said)
                await writer.drain()


class NameServer(NamePort):
    """Serves every zone of the fleet, and NXDOMAIN for the rest of the world."""

    def __init__(self, zones: Iterable[Zone], stats: Stats, now: dt.datetime | None = None) -> None:
        super().__init__()
        self._zones = {zone.origin: zone for zone in zones}
        self._seals = Seals(self._zones.values(), now or clock())
        self._parents = {parent for origin in self._zones for parent in parents(origin)}
        self._stats = stats

    @property
    def trust_anchor(self) -> str:
        """The root's DS record, as a line."""
        return self._seals.trust_anchor

    def reply(self, query: dns.message.Message, *, tcp: bool) -> dns.message.Message | None:
        """As a recursive resolver would answer, or as the zone's naming wants it."""
        self._stats.queries += 1
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        if not wants_proofs(query):
            return self._plain(query, name, tcp=tcp)
        # The parent answers for its child, however sick that is.
        bare = "" if name == "." else name
        about = _start(query)
        if self._seals.about_the_chain(query, about, bare):
            asks_parent = query.question[0].rdtype == dns.rdatatype.DS
            zone = None if asks_parent else self._zones.get(bare)
            if zone is None or zone.naming not in _SICK:
                return about
        reply = self._plain(query, bare, tcp=tcp)
        if reply is not None and not reply.flags & dns.flags.TC:
            self._seals.seal(query, reply, bare)
        return reply

    def _plain(
        self, query: dns.message.Message, name: str, *, tcp: bool
    ) -> dns.message.Message | None:
        """The reply without signatures."""
        zone = self._zone(name)
        if zone is None:
            return self._elsewhere(query, name)
        match zone.naming:
            case Naming.SILENT:
                return None
            case Naming.SERVFAIL:
                return refusal(query, dns.rcode.SERVFAIL)
            case Naming.REFUSED:
                return refusal(query, dns.rcode.REFUSED)
            case Naming.NXDOMAIN:
                return self._elsewhere(query, name)
            case Naming.BOGUS if not query.flags & dns.flags.CD:
                reply = refusal(query, dns.rcode.SERVFAIL)
                reason = dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS, "no valid signature")
                reply.use_edns(0, options=[reason])
                return reply
            case Naming.TRUNCATED if not tcp:
                return cut(query)
        return self._answered(query, name, zone)

    def _answered(self, query: dns.message.Message, name: str, zone: Zone) -> dns.message.Message:
        reply = _start(query)
        if zone.signed and query.flags & dns.flags.AD:
            reply.flags |= dns.flags.AD
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        here: Zone | None = zone
        for _ in range(_CHAIN_LIMIT):
            owner = here.owner(name) if here else None
            if here is None or owner is None:
                reply.set_rcode(dns.rcode.NXDOMAIN)
                reply.authority.append(_soa(here))
                return reply
            alias = _named(here.rrset(owner, "CNAME"), name) if kind != "CNAME" else None
            if alias is None:
                found = _named(here.rrset(owner, kind), name)
                if found is None:
                    reply.authority.append(_soa(here))
                else:
                    reply.answer.append(found)
                return reply
            if alias in reply.answer:
                return reply
            reply.answer.append(alias)
            name = alias[0].to_text().removesuffix(".").split(" ")[-1].lower()
            here = self._zone(name)
        return reply

    def _elsewhere(self, query: dns.message.Message, name: str) -> dns.message.Message:
        reply = _start(query)
        if name not in self._parents:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        reply.authority.append(_soa(None))
        return reply

    def _zone(self, name: str) -> Zone | None:
        while name:
            if name in self._zones:
                return self._zones[name]
            name = name.partition(".")[2]
        return None


class _Datagrams(asyncio.DatagramProtocol):
    """Questions over UDP."""

    def __init__(self, server: NamePort) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every loop's datagram transport is of the class that its type says.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Bound) -> None:
        said = self._server.answer(data, tcp=False)
        if said is None or self._transport is None:
            return
        if self._server.rtt_s:
            asyncio.get_running_loop().call_later(self._server.rtt_s, self._say, said, addr)
        else:
            self._transport.sendto(said, addr)

    def _say(self, said: bytes, addr: Bound) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(said, addr)


def _in_order(reply: dns.message.Message, limit: int) -> bytes:
    """In the order of the description: dnspython would shuffle, and every run would differ."""
    # dnspython types each keyword as a mapping, and hands it on as it is.
    return reply.to_wire(max_size=limit, want_shuffle=False)  # type: ignore[arg-type]


def _named(found: dns.rrset.RRset | None, name: str) -> dns.rrset.RRset | None:
    """What a wildcard holds, as records of the name that was asked for."""
    if found is None or found.name.to_text(omit_final_dot=True).lower() == name:
        return found
    return dns.rrset.from_rdata_list(f"{name}.", found.ttl, list(found))


def _start(query: dns.message.Message) -> dns.message.Message:
    return dns.message.make_response(query, recursion_available=True)


def cut(query: dns.message.Message) -> dns.message.Message:
    """Nothing but the advice to come by TCP."""
    reply = _start(query)
    reply.flags |= dns.flags.TC
    return reply


def refusal(query: dns.message.Message, code: dns.rcode.Rcode) -> dns.message.Message:
    """Nothing but this code."""
    reply = _start(query)
    reply.set_rcode(code)
    return reply


def _soa(zone: Zone | None) -> dns.rrset.RRset:
    found = zone.rrset(zone.origin, "SOA") if zone else None
    return found or dns.rrset.from_text(".", TTL_S, "IN", "SOA", _ROOT_SOA)


def parents(origin: str) -> Iterable[str]:
    """Every name above, the root last."""
    while origin:
        origin = origin.partition(".")[2]
        yield origin
