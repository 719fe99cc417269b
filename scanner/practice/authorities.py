"""The name servers that hold the zones: the root, a registry, and those of the schools, each on a port of its own."""

import socket
from collections.abc import Iterable, Mapping

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from scanner.practice.names import NamePort, cut, parents, refusal
from scanner.practice.ports import MAIN, hold_closed
from scanner.practice.site import Naming
from scanner.practice.stats import Stats
from scanner.practice.zones import TTL_S, Zone, soa

ROOT, ROOT_NAME = "198.51.100.1", "a.goc.thuchanh"
REGISTRY, REGISTRY_NAME = "198.51.100.2", "a.dangky.thuchanh"
SCHOOLS = ("192.0.2.53", "192.0.2.54", "198.51.100.53", "2001:db8::53")
"""Where a school's name servers stand."""
CLOSED_AT = "203.0.113.53"
"""Where one would stand, and nothing listens."""
_YESTERDAY = 2026112101


class Authorities:
    """Every name server of the fleet, played on loopback ports: 192.0.2.53:53 is one of them."""

    def __init__(self, zones: Iterable[Zone], stats: Stats, rtt_s: float = 0.0) -> None:
        held = {zone.origin: zone for zone in zones if zone.served}
        self._servers: Mapping[str, NamePort] = {
            ROOT: _Root(held, stats),
            REGISTRY: _Registry(held, stats),
            **{address: _School(address, held, stats) for address in SCHOOLS},
        }
        for server in self._servers.values():
            server.rtt_s = rtt_s
        self._closed: tuple[socket.socket, ...] = ()
        self._closed_port = 0

    async def start(self) -> None:
        """Open the ports, and hold the one that stays closed."""
        for server in self._servers.values():
            await server.start()
        self._closed, self._closed_port = hold_closed()

    async def stop(self) -> None:
        """Close them."""
        for server in self._servers.values():
            await server.stop()
        for sock in self._closed:
            sock.close()

    @property
    def ports(self) -> frozenset[int]:
        """The loopback ports in use, for the permission."""
        return frozenset({*(server.port for server in self._servers.values()), self._closed_port})

    @property
    def hints(self) -> str:
        """The text of ``--root-hints``."""
        return f"{ROOT_NAME}. 3600000 A {ROOT}\n"

    @property
    def port_map(self) -> str:
        """The text of ``--port-map``."""
        ports = {address: server.port for address, server in self._servers.items()}
        ports[CLOSED_AT] = self._closed_port
        return "".join(
            f"{_literal(address)}:53 = {MAIN}:{port}\n" for address, port in ports.items()
        )


class _Authority(NamePort):
    """What root, registry and schools have in common: they answer of what they hold, and of nothing else."""

    def __init__(self, zones: Mapping[str, Zone], stats: Stats) -> None:
        super().__init__()
        self._zones = zones
        self._stats = stats

    def reply(self, query: dns.message.Message, *, tcp: bool) -> dns.message.Message | None:
        """The answer of whoever holds a zone."""
        self._stats.authority_queries += 1
        name = query.question[0].name.to_text(omit_final_dot=True).lower().removesuffix(".")
        return self._said(query, name, tcp=tcp)

    def _said(
        self, query: dns.message.Message, name: str, *, tcp: bool
    ) -> dns.message.Message | None:
        raise NotImplementedError

    def _zone(self, name: str) -> Zone | None:
        above = name
        while above:
            if above in self._zones:
                return self._zones[above]
            above = above.partition(".")[2]
        return None


class _Root(_Authority):
    """The root: it holds itself, and refers everybody to the registry."""

    def _said(self, query: dns.message.Message, name: str, *, tcp: bool) -> dns.message.Message:
        del tcp
        tops = {origin.rpartition(".")[2] for origin in self._zones}
        top = name.rpartition(".")[2]
        if not name:
            own = {"NS": (f"{ROOT_NAME}.",), "SOA": (soa("goc.thuchanh"),)}
            return _held(query, "", own, {ROOT_NAME: ROOT})
        if top not in tops:
            return _denied(query, "")
        return _referral(query, top, ((REGISTRY_NAME, REGISTRY),))


class _Registry(_Authority):
    """The registry: it holds every zone between the root and the schools."""

    def _said(self, query: dns.message.Message, name: str, *, tcp: bool) -> dns.message.Message:
        del tcp
        zone = self._zone(name)
        if zone is not None and zone.naming is not Naming.NXDOMAIN:
            return _referral(query, zone.origin, zone.listed)
        if name in {above for origin in self._zones for above in parents(origin) if above}:
            own = {"NS": (f"{REGISTRY_NAME}.",), "SOA": (soa(name),)}
            return _held(query, name, own, {REGISTRY_NAME: REGISTRY})
        return _denied(query, name.partition(".")[2])


class _School(_Authority):
    """One address on which the zones of many schools are served, as a provider does."""

    def __init__(self, address: str, zones: Mapping[str, Zone], stats: Stats) -> None:
        super().__init__(zones, stats)
        self._address = address

    def _said(
        self, query: dns.message.Message, name: str, *, tcp: bool
    ) -> dns.message.Message | None:
        zone = self._zone(name)
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        if zone is None or self._address not in {address for _, address in zone.served}:
            return _no(refusal(query, dns.rcode.REFUSED))
        refuses = self._address in zone.refusing or zone.naming is Naming.REFUSED
        match zone.naming:
            case Naming.SILENT:
                return None
            case Naming.SERVFAIL:
                return _no(refusal(query, dns.rcode.SERVFAIL))
            case _ if refuses or kind == "AXFR":
                return _no(refusal(query, dns.rcode.REFUSED))
            case Naming.TRUNCATED if not tcp:
                return _no(cut(query))
        if name not in zone.names:
            return _denied(query, zone.origin)
        reply = _start(query)
        found = zone.rrset(name, "CNAME") or zone.rrset(name, kind)
        if found is not None and kind == "SOA" and self._address in zone.late:
            found = dns.rrset.from_text(f"{name}.", TTL_S, "IN", "SOA", soa(name, _YESTERDAY))
        if found is not None:
            reply.answer.append(found)
        else:
            reply.authority.append(_soa(zone.origin))
        return reply


def _no(reply: dns.message.Message) -> dns.message.Message:
    """The same from a server that looks up nothing for others."""
    reply.flags &= ~dns.flags.RA
    return reply


def _start(query: dns.message.Message) -> dns.message.Message:
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.AA
    return reply


def _held(
    query: dns.message.Message,
    name: str,
    own: Mapping[str, tuple[str, ...]],
    glue: Mapping[str, str],
) -> dns.message.Message:
    reply = _start(query)
    kind = dns.rdatatype.to_text(query.question[0].rdtype)
    if kind not in own:
        reply.authority.append(_soa(name))
        return reply
    reply.answer.append(dns.rrset.from_text_list(f"{name}.", TTL_S, "IN", kind, own[kind]))
    if kind == "NS":
        reply.additional += [_address(server, address) for server, address in glue.items()]
    return reply


def _referral(
    query: dns.message.Message, zone: str, servers: Iterable[tuple[str, str]]
) -> dns.message.Message:
    reply = dns.message.make_response(query)
    named = list(servers)
    names = list(dict.fromkeys(f"{name}." for name, _ in named))
    reply.authority.append(dns.rrset.from_text_list(f"{zone}.", TTL_S, "IN", "NS", names))
    reply.additional += [_address(name, address) for name, address in named]
    return reply


def _denied(query: dns.message.Message, zone: str) -> dns.message.Message:
    reply = _start(query)
    reply.set_rcode(dns.rcode.NXDOMAIN)
    reply.authority.append(_soa(zone))
    return reply


def _soa(zone: str) -> dns.rrset.RRset:
    return dns.rrset.from_text(f"{zone}.", TTL_S, "IN", "SOA", soa(zone or "goc.thuchanh"))


def _address(name: str, address: str) -> dns.rrset.RRset:
    kind = "AAAA" if ":" in address else "A"
    return dns.rrset.from_text(f"{name}.", TTL_S, "IN", kind, address)


def _literal(address: str) -> str:
    return f"[{address}]" if ":" in address else address
