"""Questions to one name server that holds a zone: guarded, paced, few, and told as facts.

Such a server is an auxiliary host: nobody permitted it by name, so it is asked as any resolver in the world asks it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

import dns.exception
import dns.name
import dns.rcode
import dns.rdatatype

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.delegation import Closed, NsLook, NsReply, SoaLook, SoaReply
from scanner.budget import Budget, Failed
from scanner.dns_exchange import Exchange, NoReply
from scanner.dns_messages import Manner, Question, Record, Reply
from scanner.politeness import NAME_PORTS, NOTHING_IDLE, Pace

PORT = 53
TRY_S = (1.5, 3.0)
"""Seconds to wait for each try; a datagram is lost now and then, and a connection may be dropped in a crowd."""
CONFIRM_S = 0.3
"""Seconds between a refused port and the second try that makes sure."""
EXCHANGES_KEPT = 256
NAMES_KEPT = 100
OUTSIDE = "a.root-servers.net"
"""A name of others that every resolver can find, and that no school's server holds."""

PLAIN = Manner(recursion=False, whole=True)
_AS_BEFORE_EDNS = frozenset({dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS})
CLOSED = Closed(port="closed")
Endpoint = tuple[str, int]


class SeenClosed(Exception):  # noqa: N818  A finding about the server, not a failure of the look.
    """The port is closed: refused twice."""


@dataclass
class Authorities:
    """Every name server of a run.  ``ports`` plays addresses on others; the guard judges where it really goes."""

    pace: Pace
    ports: Mapping[Endpoint, Endpoint] = field(default_factory=dict)
    ipv6: bool = False
    try_s: tuple[float, ...] = TRY_S
    asked: int = 0
    """Questions so far, for the run's record."""
    _exchanges: OrderedDict[Endpoint, Exchange] = field(default_factory=OrderedDict)

    async def ask(
        self,
        address: str,
        name: str,
        rdtype: dns.rdatatype.RdataType,
        budget: Budget,
        manner: Manner = PLAIN,
        *,
        tcp: bool = False,
        try_s: tuple[float, ...] | None = None,
    ) -> Reply:
        """The reply over UDP (be it truncated) or TCP.  ``SeenClosed``, or ``Failed`` where nothing came."""
        question = Question(dns.name.from_text(f"{name}."), rdtype)
        reply = await self._told(address, question, budget, manner, try_s or self.try_s, tcp=tcp)
        if manner.edns and reply.rcode in _AS_BEFORE_EDNS:
            # RFC 6891, 7: an old server is asked once more as of old.
            old = Manner(recursion=manner.recursion, edns=False, whole=manner.whole)
            reply = await self._told(address, question, budget, old, self.try_s, tcp=tcp)
        return reply

    async def soa(self, address: str, zone: str, budget: Budget, *, tcp: bool) -> SoaLook:
        """What this address says of the zone's start of authority."""
        try:
            reply = await self.ask(address, zone, dns.rdatatype.SOA, budget, tcp=tcp)
        except SeenClosed:
            return CLOSED
        except Failed as failed:
            return failed.missing
        serials = [
            getattr(record.rdata, "serial", None)
            for record in at(reply.answers, zone, dns.rdatatype.SOA)
        ]
        return SoaReply(
            rcode=code_of(reply),
            authoritative=reply.authoritative,
            truncated=reply.truncated,
            edns=reply.edns,
            serial=serials[0] if serials else None,
        )

    async def ns(self, address: str, zone: str, budget: Budget) -> NsLook:
        """The name servers that this address names for the zone."""
        try:
            reply = await self.ask(address, zone, dns.rdatatype.NS, budget)
            if reply.truncated:
                reply = await self.ask(address, zone, dns.rdatatype.NS, budget, tcp=True)
        except SeenClosed:
            return CLOSED
        except Failed as failed:
            return failed.missing
        return NsReply(
            rcode=code_of(reply),
            authoritative=reply.authoritative,
            servers=names_in(at(reply.answers, zone, dns.rdatatype.NS)),
        )

    async def recurses(self, address: str, budget: Budget) -> bool | NotCaptured:
        """Whether it looks up a name of others for us: it says that it would, and it has the answer."""
        manner = Manner(recursion=True, whole=False)
        try:
            reply = await self.ask(address, OUTSIDE, dns.rdatatype.A, budget, manner)
        except SeenClosed:
            return False
        except Failed as failed:
            return failed.missing
        return reply.recursion_available and bool(at(reply.answers, OUTSIDE, dns.rdatatype.A))

    async def hands_out(self, address: str, zone: str, budget: Budget) -> bool | NotCaptured:
        """Whether it begins to hand out the zone to us; it is hung up on after the first records."""
        refused = 0
        missing = NotCaptured(cause=Cause.DNS_TIMEOUT, detail=f"{address}: no answer over TCP")
        owner = dns.name.from_text(f"{zone}.")
        try:
            for wait_s in self.try_s:
                exchange = self._opened(address, budget)
                async with self.pace.connection(exchange.address, budget, NOTHING_IDLE):
                    try:
                        with budget.talking():
                            return await exchange.transfer(owner, budget.limit_s(wait_s))
                    except NoReply as nothing:
                        refused += nothing.refused
                        if str(nothing) == "IncompleteReadError":
                            # Hanging up is a way of saying no.
                            return False
                    except (dns.exception.DNSException, ValueError) as error:
                        return _unreadable(address, error)
        except Failed as failed:
            return failed.missing
        return False if refused == len(self.try_s) else missing

    async def aclose(self) -> None:
        """Close the sockets."""
        for exchange in self._exchanges.values():
            await exchange.aclose()
        self._exchanges.clear()

    async def _told(
        self,
        address: str,
        question: Question,
        budget: Budget,
        manner: Manner,
        tries_s: tuple[float, ...],
        *,
        tcp: bool,
    ) -> Reply:
        refused = 0
        for nth, wait_s in enumerate(tries_s):
            if refused == nth and nth:
                with budget.own_wait():
                    await asyncio.sleep(CONFIRM_S)
            exchange = self._opened(address, budget)
            try:
                return await self._once(exchange, question, budget, manner, wait_s, tcp=tcp)
            except NoReply as nothing:
                refused += nothing.refused
            except (dns.exception.DNSException, ValueError) as error:
                missing = _unreadable(address, error)
                raise Failed(missing.cause, missing.detail) from None
        if refused == len(tries_s):
            raise SeenClosed
        way = "TCP" if tcp else "UDP"
        raise Failed(Cause.DNS_TIMEOUT, f"{address}: no answer over {way}")

    async def _once(
        self,
        exchange: Exchange,
        question: Question,
        budget: Budget,
        manner: Manner,
        wait_s: float,
        *,
        tcp: bool,
    ) -> Reply:
        if not tcp:
            await self.pace.question(exchange.address, budget)
            with budget.talking():
                return await exchange.over_udp(question, budget.limit_s(wait_s), manner)
        async with self.pace.connection(exchange.address, budget, NOTHING_IDLE):
            with budget.talking():
                return await exchange.over_tcp(question, budget.limit_s(wait_s), manner)

    def _opened(self, address: str, budget: Budget) -> Exchange:
        """Where this address is asked, counted; ``Failed`` where it must not or cannot be."""
        mapped = self.ports.get((address, PORT))
        place = mapped or (address, PORT)
        self.pace.check_auxiliary(*place, NAME_PORTS)
        if ":" in address and mapped is None and not self.ipv6:
            raise Failed(Cause.SCANNER_LACKS_IPV6, address)
        budget.server_question()
        self.asked += 1
        exchange = self._exchanges.get(place)
        if exchange is None:
            exchange = self._exchanges[place] = Exchange(*place, sockets=1)
            if len(self._exchanges) > EXCHANGES_KEPT:
                self._exchanges.popitem(last=False)[1].leave()
        else:
            self._exchanges.move_to_end(place)
        return exchange


def at(
    records: tuple[Record, ...], name: str, rdtype: dns.rdatatype.RdataType
) -> tuple[Record, ...]:
    """The records of this type at this very name."""
    return tuple(
        record
        for record in records
        if record.rdtype == rdtype and shown(record.name) == name.lower()
    )


def names_in(records: tuple[Record, ...]) -> tuple[str, ...]:
    """The names that NS records lead to, each once, sorted."""
    targets = (getattr(record.rdata, "target", None) for record in records)
    named = {shown(target) for target in targets if isinstance(target, dns.name.Name)}
    return tuple(sorted(named)[:NAMES_KEPT])


def shown(name: dns.name.Name) -> str:
    """A name in lower case without its last dot; ``""`` for the root."""
    text = name.to_text(omit_final_dot=True).lower()
    return "" if text == "." else text


def code_of(reply: Reply) -> str:
    """The mnemonic of the reply's code."""
    return dns.rcode.to_text(dns.rcode.Rcode.make(reply.rcode))


def _unreadable(address: str, error: Exception) -> NotCaptured:
    told = f"{address}: {type(error).__name__} in what it sent"
    return NotCaptured(cause=Cause.DNS_TIMEOUT, detail=told)
