"""The look at a name's registration: its registry is asked, once a run for every name, slowly."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import cached_property, partial
from urllib.parse import urlsplit

from checks.evidence.base import SIDE_OF, Cause, NotCaptured, Side
from checks.evidence.registration import Registered, Registration
from checks.parsing.registry import Unreadable, read_rdap, read_whois, unknown_to_rdap
from inventory.suffixes import registered_name
from scanner.auxiliary import WALL_S, address_of, file_budget, whole_body
from scanner.budget import Failed
from scanner.clock import monotonic_s
from scanner.door import Context, validating_context
from scanner.http1 import get
from scanner.once import Once
from scanner.registries import Directory, WhoisServer
from scanner.visit import Tools, Visit

ANSWER_BYTES = 256 * 1024
MEDIA_TYPE = "application/rdap+json"
PATIENCE_S = 90.0
"""Seconds, the waiting for our turn at a registry included, after which one name is given up."""
PAUSE_S = 1.0
"""Between two questions to one server."""

Word = Registered | NotCaptured


class Registries:
    """What all sites of a run share: who can be asked, whose turn it is, and what was answered.

    ``roots``: the trusted certificates, DER, one after the other.  A server that sends us away (status 429)
    is asked no more in this run.
    """

    def __init__(
        self,
        directory: Directory,
        roots: bytes,
        *,
        pause_s: float = PAUSE_S,
        wall_s: float = WALL_S,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self.directory = directory
        self._roots = roots
        self._pause_s = pause_s
        self._wall_s = wall_s
        self._patience_s = patience_s
        self._answers: Once[Word] = Once()
        self._turns: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._asked_at: dict[str, float] = {}
        self._sent_away: set[str] = set()

    async def ask(self, tools: Tools, name: str) -> Word:
        """What the registry says of this registered name."""
        return await self._answers.get(name, partial(self._asked, tools, name))

    async def aclose(self) -> None:
        """End what is still under way."""
        await self._answers.aclose()

    @cached_property
    def _context(self) -> Context:
        return validating_context(self._roots)

    async def _asked(self, tools: Tools, name: str) -> Word:
        base, server = self.directory.rdap_for(name), self.directory.whois_for(name)
        ways: list[tuple[str, Callable[[], Awaitable[Registered]]]] = []
        if base is not None:
            host = urlsplit(base).hostname or ""
            ways.append((host, partial(self._by_rdap, tools, base, name)))
        if server is not None:
            ways.append((server.host, partial(self._by_whois, tools, server, name)))
        if not ways:
            ending = name.rpartition(".")[2]
            return NotCaptured(
                cause=Cause.NO_REGISTRY,
                detail=f"no RDAP or WHOIS server is known for .{ending}",
            )
        said: list[NotCaptured] = []
        for host, way in ways:
            word = await self._in_turn(host, way)
            if isinstance(word, Registered):
                return word
            said.append(word)
        told = "; ".join(f"{one.detail} ({one.cause.value})" for one in said)
        cause = said[-1].cause
        # What a registry does is never the site's doing.
        cause = Cause.NO_ANSWER if SIDE_OF[cause] is Side.SITE else cause
        return NotCaptured(cause=cause, detail=told[:500])

    async def _in_turn(self, host: str, way: Callable[[], Awaitable[Registered]]) -> Word:
        try:
            async with asyncio.timeout(self._patience_s), self._turns[host]:
                if host in self._sent_away:
                    raise Failed(Cause.RATE_LIMITED, "sent us away before")
                wait_s = self._asked_at.get(host, -1e9) + self._pause_s - monotonic_s()
                if wait_s > 0:
                    await asyncio.sleep(wait_s)
                try:
                    return await way()
                finally:
                    self._asked_at[host] = monotonic_s()
        except TimeoutError:
            return NotCaptured(cause=Cause.DEADLINE, detail=f"{host}: no answer in time")
        except Failed as failed:
            missing = failed.missing
            if missing.cause is Cause.RATE_LIMITED:
                self._sent_away.add(host)
            return NotCaptured(cause=missing.cause, detail=f"{host}: {missing.detail}"[:500])
        except Unreadable as fault:
            return NotCaptured(cause=Cause.UNDECODABLE, detail=f"{host}: {fault}"[:500])

    async def _by_rdap(self, tools: Tools, base: str, name: str) -> Registered:
        parts = urlsplit(base)
        host, port = parts.hostname or "", parts.port or 443
        budget = file_budget(ANSWER_BYTES, self._wall_s)
        address = await address_of(tools, host, budget)
        channel = await tools.door.open_auxiliary_tls(address, port, host, budget, self._context)
        try:
            header = host if port == 443 else f"{host}:{port}"
            path = f"{parts.path}domain/{name}"
            answer = await get(channel, header, path, tools.user_agent, accept=MEDIA_TYPE)
        finally:
            await channel.close()
        if answer.status == 404:
            return unknown_to_rdap(host)
        if answer.status == 429:
            raise Failed(Cause.RATE_LIMITED, "status 429")
        return read_rdap(whole_body(answer, ANSWER_BYTES), name, host)

    async def _by_whois(self, tools: Tools, server: WhoisServer, name: str) -> Registered:
        budget = file_budget(ANSWER_BYTES, self._wall_s)
        address = await address_of(tools, server.host, budget)
        ports = frozenset({server.port})
        received = b""
        async with await tools.door.open_auxiliary(address, server.port, budget, ports) as channel:
            await channel.write(f"{name}\r\n".encode("ascii"), 10.0)
            while data := await channel.read(budget.allowance.response_s):
                received += data
                if len(received) > ANSWER_BYTES:
                    raise Failed(Cause.BUDGET_BYTES, f"more than {ANSWER_BYTES} bytes")
        return read_whois(received, name, server.host)


async def look_registration(visit: Visit, registries: Registries | None) -> Registration:
    """What is known of the site's registered name; ``None`` for registries that are not to be asked."""
    name = registered_name(visit.site.host)
    answer: Word
    if name is None:
        answer = NotCaptured(
            cause=Cause.NO_REGISTRY, detail=f"{visit.site.host} is a suffix itself"
        )
    elif registries is None:
        answer = NotCaptured(cause=Cause.NOT_ENABLED, detail="no registry was to be asked")
    else:
        # Our turn at a registry comes when it comes; that is no time of the site's.
        with visit.budget.own_wait():
            answer = await registries.ask(visit.tools, name)
    return Registration(
        name=name, answer=answer, inventory_ends_on=visit.site.registration_expires_on
    )
