"""From the root to the zone that holds a name, past every cache: who is delegated what, as the parent says it.

A recursive resolver hides all this: it answers from whichever server works.
"""

import ipaddress
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

import dns.rcode
import dns.rdatatype

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.delegation import Listing, SoaLook
from checks.evidence.names import Lookup
from scanner.authority import (
    NAMES_KEPT,
    Authorities,
    Endpoint,
    SeenClosed,
    at,
    names_in,
    shown,
)
from scanner.budget import Budget, Failed
from scanner.dns_messages import Record, Reply
from scanner.once import Shared, is_of_one_site
from scanner.resolver import Resolver

WALK_S = 10.0
ROOTS_ASKED = 4
"""Root servers that must all be silent before our own line is held to block the port."""
SERVERS_ASKED = 6
"""Addresses of one zone's servers that are tried, one after another, for one question."""
FIRST_TRY_S = (1.5,)
"""The next server is asked sooner than the same one again."""
GLUELESS_RESOLVED = 4
Hints = Mapping[str, tuple[str, ...]]
"""Root servers by name, each with its addresses."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One zone: where it hangs, and which servers hold it.  Names in lower case without the last dot."""

    zone: str
    parent: str
    servers: tuple[str, ...]
    total: int
    glue: Mapping[str, tuple[str, ...]]
    listing: Listing


@dataclass(frozen=True, slots=True)
class Way:
    """Where a name is held; ``exists`` is ``None``, with the cause, where the last servers could not say."""

    cut: Cut
    exists: bool | None
    missing: NotCaptured | None = None


@dataclass(frozen=True, slots=True)
class _Same:
    """No zone begins at this name."""


@dataclass(frozen=True, slots=True)
class _Gone:
    """The name does not exist."""


_Step = Cut | _Same | _Gone | NotCaptured


@dataclass
class Iterative:
    """Follows referrals; every delegation is asked for once per run, whoever wants it."""

    authorities: Authorities
    resolver: Resolver
    hints: Hints
    _steps: Shared[_Step] = field(default_factory=Shared)
    _silent: set[str] = field(default_factory=set)

    async def find(self, host: str, budget: Budget) -> Way:
        """The zone that holds the host.  ``Failed`` where not even the root answers."""
        ends_s = budget.spent_s() + WALK_S
        cut = await self._shared("", lambda: self._root(budget))
        if not isinstance(cut, Cut):
            missing = cut if isinstance(cut, NotCaptured) else NotCaptured(cause=Cause.PORT_BLOCKED)
            raise Failed(missing.cause, missing.detail)
        labels = host.split(".")
        for count in range(1, len(labels) + 1):
            name = ".".join(labels[-count:])
            step = await self._step(name, cut, budget, ends_s)
            if isinstance(step, _Gone) and name != host:
                # Some old servers deny a name between others (RFC 8020, 2): the host's own answer counts.
                step = await self._step(host, cut, budget, ends_s)
                if not isinstance(step, Cut):
                    return _way(cut, step)
            if isinstance(step, Cut):
                cut = step
                if step.zone == host:
                    break
            elif not isinstance(step, _Same):
                return _way(cut, step)
        return Way(cut, exists=True)

    async def soa(self, address: str, zone: str, budget: Budget, *, tcp: bool = False) -> SoaLook:
        """What this address says of the zone; where it is silent, our own line is suspected first."""
        look = await self.authorities.soa(address, zone, budget, tcp=tcp)
        silent = isinstance(look, NotCaptured) and look.cause is Cause.DNS_TIMEOUT
        if silent and ":" in address and not await self._reaches(budget, ipv6=True):
            return NotCaptured(cause=Cause.SCANNER_LACKS_IPV6, detail="no root server over IPv6")
        if silent and tcp and not await self._reaches(budget, ipv6=False):
            return NotCaptured(cause=Cause.PORT_BLOCKED, detail="no root server over TCP, port 53")
        return look

    # The walk

    async def _step(self, name: str, cut: Cut, budget: Budget, ends_s: float) -> _Step:
        return await self._shared(name, lambda: self._ask(name, cut, budget, ends_s))

    async def _ask(self, name: str, cut: Cut, budget: Budget, ends_s: float) -> _Step:
        """What the servers of a zone say of the name server records of a name in it."""
        last = NotCaptured(cause=Cause.DNS_REFUSED, detail=f"{cut.zone or 'root'}: no server found")
        tried = 0
        for outside in (False, True):
            addresses = await self._outside(cut, budget) if outside else _glued(cut)
            # Whoever was silent is asked last, and once more.
            first = sorted(addresses, key=lambda address: address in self._silent)
            for address in (*first, *first):
                if tried == SERVERS_ASKED:
                    return last
                if tried >= len(first) and address not in self._silent:
                    continue
                if budget.spent_s() > ends_s:
                    return NotCaptured(cause=Cause.DEADLINE, detail=f"{WALK_S:g} s of referrals")
                tried += 1
                step = await self._asked(address, name, cut, budget)
                if not isinstance(step, NotCaptured):
                    self._silent.discard(address)
                    return step
                last = step
        return last

    async def _asked(self, address: str, name: str, cut: Cut, budget: Budget) -> _Step:
        """What one address says; a server that is no help is not asked again before the others."""
        try:
            reply = await self._reply(address, name, budget)
        except SeenClosed:
            return NotCaptured(cause=Cause.DNS_REFUSED, detail=f"{address}: closed")
        except Failed as failed:
            if is_of_one_site(failed.missing):
                raise
            if failed.missing.cause is Cause.DNS_TIMEOUT:
                self._silent.add(address)
            return failed.missing
        step = _read(reply, name, cut)
        if isinstance(step, NotCaptured):
            return NotCaptured(cause=step.cause, detail=f"{address}: {step.detail}"[:500])
        return step

    async def _reply(self, address: str, name: str, budget: Budget) -> Reply:
        asked = self.authorities.ask
        reply = await asked(address, name, dns.rdatatype.NS, budget, try_s=FIRST_TRY_S)
        if reply.truncated:
            reply = await asked(address, name, dns.rdatatype.NS, budget, tcp=True)
        return reply

    async def _outside(self, cut: Cut, budget: Budget) -> list[str]:
        """The addresses of servers without glue; a name inside the zone could only be found through it."""
        names = [n for n in cut.servers if n not in cut.glue and not _under(n, cut.zone)]
        found: list[str] = []
        for name in names[:GLUELESS_RESOLVED]:
            for kind in ("A", "AAAA"):
                look = await self.resolver.look(name, kind, budget)
                found += look.records if isinstance(look, Lookup) else ()
        return sorted(found, key=_version)

    # Our own line

    async def _root(self, budget: Budget) -> _Step:
        """The root's servers, as the root says; a line on which no root server answers as one is no line."""
        told = "no root server answers on port 53"
        tried = 0
        for address in _in_turn(self.hints):
            if tried == ROOTS_ASKED:
                break
            try:
                reply = await self._reply(address, "", budget)
            except SeenClosed:
                pass
            except Failed as failed:
                if is_of_one_site(failed.missing):
                    raise
                if failed.missing.cause in (Cause.NOT_PERMITTED, Cause.SCANNER_LACKS_IPV6):
                    continue
                told = failed.missing.detail if tried else told
            else:
                named = names_in(at(reply.answers, "", dns.rdatatype.NS))
                if reply.authoritative and not reply.recursion_available and named:
                    glue = dict(self.hints) | _glue(reply.additional, named)
                    return Cut("", "", named, len(named), glue, Listing.ZONE)
                # Some providers answer every question on port 53 themselves, whomever it was for.
                told = f"{address}: somebody else answers in the root server's place"
            tried += 1
        return NotCaptured(cause=Cause.PORT_BLOCKED, detail=told)

    async def _reaches(self, budget: Budget, *, ipv6: bool) -> bool:
        """Whether any root server answers this way: IPv6 over UDP, else TCP."""
        key = " ipv6" if ipv6 else " tcp"
        step = await self._shared(key, lambda: self._reached(budget, ipv6=ipv6))
        return isinstance(step, _Same)

    async def _reached(self, budget: Budget, *, ipv6: bool) -> _Step:
        asked = [a for a in _in_turn(self.hints) if not ipv6 or ":" in a]
        for address in asked[:2]:
            try:
                await self.authorities.ask(
                    address, "", dns.rdatatype.SOA, budget, tcp=not ipv6, try_s=FIRST_TRY_S
                )
            except SeenClosed:
                continue
            except Failed as failed:
                if is_of_one_site(failed.missing):
                    raise
                continue
            return _Same()
        return NotCaptured(cause=Cause.PORT_BLOCKED)

    async def _shared(self, key: str, make: Callable[[], Awaitable[_Step]]) -> _Step:
        """Asked once for all; whatever ends it early is a step too."""

        async def step() -> _Step:
            try:
                return await make()
            except Failed as failed:
                return failed.missing

        return await self._steps.get(key, step)


def read_hints(text: str) -> dict[str, tuple[str, ...]]:
    """Root servers from lines ``NAME TTL TYPE ADDRESS``; ``ValueError`` with the line that is none."""
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition(";")[0].split()
        if not words or words[-2:-1] == ["NS"]:
            continue
        try:
            name, _, kind, address = words
            ip = ipaddress.ip_address(address)
            if ip.version != {"A": 4, "AAAA": 6}[kind.upper()]:
                raise ValueError(kind)
        except (ValueError, KeyError):
            raise ValueError(f"line {number}: not NAME TTL TYPE ADDRESS: {line[:80]!r}") from None
        key = name.rstrip(".").lower()
        found[key] = (*found.get(key, ()), str(ip))
    return found


@cache
def built_in_hints() -> Hints:
    """The thirteen root servers, by the list of IANA that ships with the program."""
    text = resources.files("scanner").joinpath("data", "root.hints").read_text(encoding="ascii")
    return read_hints(text)


def read_port_map(text: str) -> dict[Endpoint, Endpoint]:
    """Lines ``ADDRESS:PORT = ADDRESS:PORT``, IPv6 in brackets; ``ValueError`` with the line that is none.

    For tests and for practice: it plays a name server's address on a port of this machine.
    """
    found: dict[Endpoint, Endpoint] = {}
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.partition("#")[0].strip()
        if not plain:
            continue
        left, equals, right = plain.partition("=")
        try:
            if not equals:
                raise ValueError(plain)
            found[_endpoint(left)] = _endpoint(right)
        except ValueError:
            raise ValueError(
                f"line {number}: not ADDRESS:PORT = ADDRESS:PORT: {line[:80]!r}"
            ) from None
    return found


def _endpoint(text: str) -> Endpoint:
    address, _, port = text.strip().rpartition(":")
    number = int(port)
    if not 0 < number < 65536:
        raise ValueError(port)
    return str(ipaddress.ip_address(address.strip("[]"))), number


def _read(reply: Reply, name: str, cut: Cut) -> _Step:
    """A reply to the question for a name's NS records, as a step of the way down."""
    if reply.rcode == dns.rcode.NXDOMAIN and reply.authoritative:
        return _Gone()
    if reply.rcode != dns.rcode.NOERROR:
        code = dns.rcode.to_text(dns.rcode.Rcode.make(reply.rcode))
        return NotCaptured(
            cause=Cause.DNS_REFUSED, detail=f"says {code} of its own zone {cut.zone}"
        )
    if reply.authoritative:
        here = at(reply.answers, name, dns.rdatatype.NS)
        # The servers of the zone above hold this one too, and so do not refer to it.
        return _cut(here, reply, name, cut, Listing.ZONE) if here else _Same()
    owners = {shown(r.name) for r in reply.authority if r.rdtype == dns.rdatatype.NS}
    below = [o for o in owners if o != cut.zone and _under(o, cut.zone) and _under(name, o)]
    if len(below) != 1:
        return NotCaptured(cause=Cause.DNS_REFUSED, detail=f"does not hold the zone {cut.zone}")
    found = at(reply.authority, below[0], dns.rdatatype.NS)
    return _cut(found, reply, below[0], cut, Listing.PARENT)


def _cut(found: tuple[Record, ...], reply: Reply, zone: str, above: Cut, listing: Listing) -> Cut:
    named = names_in(found)
    # Where the same servers hold both, they do not repeat where they stand.
    known = {name: above.glue[name] for name in named if name in above.glue}
    glue = known | _glue(reply.additional, named)
    return Cut(zone, above.zone, named, len(named), glue, listing)


def _glue(records: tuple[Record, ...], named: Iterable[str]) -> dict[str, tuple[str, ...]]:
    wanted = set(named)
    found: dict[str, set[str]] = {}
    for record in records[:NAMES_KEPT]:
        name, address = shown(record.name), getattr(record.rdata, "address", None)
        if name in wanted and isinstance(address, str):
            found.setdefault(name, set()).add(str(ipaddress.ip_address(address)))
    return {name: tuple(sorted(addresses, key=_version)) for name, addresses in found.items()}


def _glued(cut: Cut) -> list[str]:
    return sorted({a for name in cut.servers for a in cut.glue.get(name, ())}, key=_version)


def _way(cut: Cut, step: _Step) -> Way:
    if isinstance(step, NotCaptured):
        return Way(cut, None, step)
    return Way(cut, exists=not isinstance(step, _Gone))


def _under(name: str, zone: str) -> bool:
    """Whether a name is the zone's own or lies below it."""
    return not zone or name == zone or name.endswith(f".{zone}")


def _version(address: str) -> tuple[int, str]:
    return ipaddress.ip_address(address).version, address


def _in_turn(hints: Hints) -> list[str]:
    """Addresses of the root servers, IPv4 first."""
    return sorted((a for addresses in hints.values() for a in addresses), key=_version)
