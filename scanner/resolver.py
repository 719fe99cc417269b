"""One caching resolver: asks the operator's recursive servers, keeps the four kinds of "no" apart."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import dns.exception
import dns.name
import dns.rcode
import dns.rdatatype

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Look, Lookup, Said
from scanner.budget import Budget, Failed
from scanner.dns_exchange import Exchange, NoReply
from scanner.dns_messages import Manner, Question, Reply
from scanner.once import Shared

TRY_S = (1.5, 3.0)
"""Seconds to wait for each try at one server; a datagram is lost now and then."""
RECORDS_KEPT = 100
MAX_ALIASES = 8
MAX_IN_FLIGHT = 100
"""More at once overflow the usual socket buffer and lose answers."""


@dataclass(frozen=True, slots=True)
class Server:
    """A recursive server of the operator's own."""

    address: str
    port: int = 53


def system_servers() -> tuple[Server, ...]:
    """The servers this machine is set up to ask."""
    # Twenty modules that only this question needs.
    import dns.resolver  # noqa: PLC0415

    resolver = dns.resolver.Resolver()
    return tuple(Server(str(address), resolver.port) for address in resolver.nameservers)


@dataclass
class Resolver:
    """Asks each question once per run; answers are shared by all sites.

    NXDOMAIN counts only when a second server says so too (with one server: when it says so twice).
    SERVFAIL is asked again elsewhere; with checking disabled it tells *bogus* from *broken*.
    """

    servers: tuple[Server, ...]
    try_s: tuple[float, ...] = TRY_S
    asked: int = 0
    _answers: Shared[Look] = field(default_factory=Shared)
    _gone: set[str] = field(default_factory=set)
    _exchanges: dict[Server, Exchange] = field(default_factory=dict)
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MAX_IN_FLIGHT))

    async def look(self, name: str, type_: str, budget: Budget, *, twice: bool = True) -> Look:
        """What is said of this name and type; never raises but when cancelled.

        ``twice=False`` is for a guess: an NXDOMAIN, from which nothing will be concluded, is not asked again.
        """
        bare = name.lower().rstrip(".")

        async def asked() -> Look:
            if bare in self._gone:
                return Lookup(name=bare, type=type_, said=Said.NXDOMAIN)
            look = await self._look_in_time(bare, type_, budget, twice=twice)
            # RFC 8020: a name that does not exist has no type at all; the other types need no question.
            gone = isinstance(look, Lookup) and look.said is Said.NXDOMAIN and not look.aliases
            if twice and gone:
                self._gone.add(bare)
            return look

        return await self._answers.get((bare, type_, twice), asked)

    def forget(self, name: str, types: Iterable[str] = ("A", "AAAA")) -> None:
        """Ask anew for this name from now on: whoever watches wants to know what is said now."""
        bare = name.lower().rstrip(".")
        self._gone.discard(bare)
        for type_ in types:
            for twice in (True, False):
                self._answers.forget((bare, type_, twice))

    async def aclose(self) -> None:
        """Close the sockets; answers stay known."""
        for exchange in self._exchanges.values():
            await exchange.aclose()
        self._exchanges.clear()

    async def _look_in_time(self, name: str, type_: str, budget: Budget, *, twice: bool) -> Look:
        with budget.own_wait():
            await self._gate.acquire()
        try:
            async with asyncio.timeout(budget.limit_s(budget.allowance.lookup_s)):
                return await self._look(name, type_, budget, twice=twice)
        except TimeoutError:
            cause = Cause.DNS_TIMEOUT if budget.left_s() > 0 else Cause.DEADLINE
            return NotCaptured(cause=cause, detail="no answer in time")
        except Failed as failed:
            return failed.missing
        finally:
            self._gate.release()

    async def _look(self, name: str, type_: str, budget: Budget, *, twice: bool) -> Look:
        try:
            owner = dns.name.from_text(name + ".")
        except dns.exception.DNSException as error:
            return NotCaptured(cause=Cause.INTERNAL_ERROR, detail=f"no DNS name: {error}")
        first = await self._ask(owner, type_, self.servers[0], budget)
        second_server = self.servers[1] if len(self.servers) > 1 else self.servers[0]
        if isinstance(first, NotCaptured):
            second = await self._ask(owner, type_, second_server, budget)
            return await self._bogus_or(second, owner, type_, second_server, budget)
        if first.said is not Said.NXDOMAIN or not twice:
            return first
        second = await self._ask(owner, type_, second_server, budget)
        return await self._bogus_or(second, owner, type_, second_server, budget)

    async def _bogus_or(
        self, look: Look, owner: dns.name.Name, type_: str, server: Server, budget: Budget
    ) -> Look:
        """A SERVFAIL that turns into an answer once checking is off is DNSSEC that does not verify."""
        if not isinstance(look, NotCaptured) or look.cause is not Cause.DNS_SERVFAIL:
            return look
        unchecked = await self._ask(owner, type_, server, budget, checking=False)
        if isinstance(unchecked, Lookup) and unchecked.said in (Said.FOUND, Said.NODATA):
            return Lookup(name=unchecked.name, type=type_, said=Said.BOGUS)
        return look

    async def _ask(
        self,
        owner: dns.name.Name,
        type_: str,
        server: Server,
        budget: Budget,
        *,
        checking: bool = True,
    ) -> Look:
        exchange = self._exchanges.setdefault(server, Exchange(server.address, server.port))
        question = Question(owner, dns.rdatatype.from_text(type_))
        for wait_s in self.try_s:
            budget.question()
            self.asked += 1
            try:
                reply = await exchange.ask(question, wait_s, Manner(checking=checking))
            except NoReply:
                continue
            except (dns.exception.DNSException, ValueError) as error:
                return NotCaptured(
                    cause=Cause.DNS_TIMEOUT, detail=f"{type(error).__name__} from the resolver"
                )
            return _read(reply, owner, type_)
        return NotCaptured(cause=Cause.DNS_TIMEOUT, detail="the resolver was silent")


def _read(reply: Reply, owner: dns.name.Name, type_: str) -> Look:
    name = owner.to_text(omit_final_dot=True)
    rcode = reply.rcode
    if rcode == dns.rcode.SERVFAIL:
        told = "; ".join(reply.extended_errors)
        return NotCaptured(cause=Cause.DNS_SERVFAIL, detail=told[:200])
    if rcode == dns.rcode.REFUSED:
        return NotCaptured(cause=Cause.DNS_REFUSED, detail="the resolver refused the question")
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return NotCaptured(
            cause=Cause.DNS_SERVFAIL, detail=dns.rcode.to_text(dns.rcode.Rcode.make(rcode))
        )
    rdtype = dns.rdatatype.from_text(type_)
    aliases: list[str] = []
    at = owner
    while (alias := _alias(reply, at)) is not None and rdtype != dns.rdatatype.CNAME:
        shown = alias.to_text(omit_final_dot=True)
        if shown in aliases or alias == owner or len(aliases) >= MAX_ALIASES:
            return NotCaptured(cause=Cause.DNS_LOOP, detail=f"aliases of {name} do not end")
        aliases.append(shown)
        at = alias
    found = [r.rdata for r in reply.answers if r.rdtype == rdtype and r.name == at]
    if len(found) > 1:
        # A server may say the same record twice; a set holds it once.
        found = list(dict.fromkeys(found))
    records = [] if rcode == dns.rcode.NXDOMAIN else [_shown(rdata) for rdata in found]
    said = Said.FOUND if records else Said.NODATA
    return Lookup(
        name=name,
        type=type_,
        said=Said.NXDOMAIN if rcode == dns.rcode.NXDOMAIN else said,
        # The order of a set means nothing and changes with every answer.
        records=tuple(sorted(records)[:RECORDS_KEPT]),
        total=len(records),
        aliases=tuple(aliases),
        authenticated=reply.authenticated,
    )


def _alias(reply: Reply, at: dns.name.Name) -> dns.name.Name | None:
    for record in reply.answers:
        if record.rdtype == dns.rdatatype.CNAME and record.name == at:
            target = getattr(record.rdata, "target", None)
            return target if isinstance(target, dns.name.Name) else None
    return None


def _shown(rdata: object) -> str:
    strings = getattr(rdata, "strings", None)
    if strings is not None:
        return b"".join(strings).decode("utf-8", errors="replace")[:4096]
    target = getattr(rdata, "target", None)
    if type(rdata).__name__ == "NS" and isinstance(target, dns.name.Name):
        return target.to_text(omit_final_dot=True).lower()
    return str(rdata)[:4096]
