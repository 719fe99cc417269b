"""One visit to one site: its budget, its names, its connections, and every page fetched once."""

import _ssl
import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol
from urllib.parse import urlsplit

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Hop
from checks.evidence.names import Lookup, Said
from checks.evidence.page import PageFacts
from checks.evidence.samples import Rendered
from checks.evidence.tls import Handshake, HandshakeState, Version
from checks.parsing.block_pages import recognise
from checks.parsing.retry_after import retry_after_s
from inventory.model import Site
from scanner.addresses import judge_address
from scanner.budget import Budget, Failed
from scanner.certificates import CERTIFICATES_KEPT, CHAIN_BYTES, read_certificate
from scanner.clock import monotonic_s, now
from scanner.dnssec.look import Validators
from scanner.door import AnyChannel, Channel, Door, SeenAlert, SeenNotTls, SeenRefused, TlsChannel
from scanner.http1 import PLAIN, Asking, HttpAnswer, get
from scanner.iterative import Iterative
from scanner.kept import kept_hop
from scanner.page_workers import PageWorkers
from scanner.politeness import Idle
from scanner.resolver import Resolver
from scanner.smtp import Exchanged
from scanner.sockets import Talk

IDLE_S = 4.0
"""Servers close idle connections after about five seconds."""
TURN_S = 0.5
"""How long a request waits for the connection that is in use: less than another one would cost a quick server."""
_VERSION_NAMES = {
    "SSLv3": Version.SSL3,
    "TLSv1": Version.TLS10,
    "TLSv1.1": Version.TLS11,
    "TLSv1.2": Version.TLS12,
    "TLSv1.3": Version.TLS13,
}


@dataclass(frozen=True)
class Fetched:
    """One answer, with the address that gave it.  Several looks read it, so what they read is worked out once."""

    url: str
    address: str
    answer: HttpAnswer
    asking: Asking = PLAIN

    @cached_property
    def hop(self) -> Hop:
        """What is kept of it."""
        return kept_hop(self.url, self.address, self.answer)

    @cached_property
    def blocked(self) -> NotCaptured | None:
        """The cause where it is meant for a robot; ``None`` for an answer that may be judged."""
        answer = self.answer
        cause = recognise(answer.status, answer.headers, answer.body, len(answer.body))
        if cause is None:
            return None
        return NotCaptured(cause=cause, detail=f"status {answer.status}")


@dataclass(frozen=True, slots=True)
class Target:
    """An address literal and port, reached under a host name."""

    host: str
    address: str
    port: int


Allow = Callable[[str], bool]
"""Whether the site's own rules allow to ask for an address."""


class Renders(Protocol):
    """Shows pages as a browser makes them."""

    async def render(
        self, visit: "Visit", pages: Sequence[tuple[Fetched, PageFacts]], allow: Allow
    ) -> tuple[Rendered, ...] | NotCaptured:
        """These pages after their scripts ran."""


@dataclass
class Tools:
    """What all visits of a run share."""

    door: Door
    resolver: Resolver
    workers: PageWorkers
    user_agent: str
    ipv6: bool
    iterative: Iterative | None = None
    """Asks the name servers themselves; ``None`` where no root server is named."""
    validators: Validators | None = None
    """``None``: this run validates no DNSSEC."""
    exchanged: Exchanged = field(default_factory=Exchanged)
    browser: Renders | None = None
    """``None``: no script of a page is run."""


class _Idle:
    """Connections of one site kept for its next request; while a look of it waits for a place, none is kept."""

    def __init__(self) -> None:
        self.waiting = 0
        self._kept: dict[tuple[Target, bool], list[tuple[AnyChannel, float]]] = {}

    async def keep(self, target: Target, channel: AnyChannel, *, tls: bool) -> None:
        if self.waiting:
            await channel.close()
        else:
            self._kept.setdefault((target, tls), []).append((channel, monotonic_s()))

    async def take(self, target: Target, *, tls: bool) -> AnyChannel | None:
        """One that is fresh enough."""
        kept = self._kept.get((target, tls), [])
        while kept:
            channel, since = kept.pop()
            if monotonic_s() - since < IDLE_S:
                return channel
            await channel.close()
        return None

    async def let_go(self) -> None:
        for kept in self._kept.values():
            while kept:
                await kept.pop()[0].close()


@dataclass
class Visit:
    """The state of looking at one site.  Probes ask it; nothing outlives it but the evidence."""

    site: Site
    tools: Tools
    budget: Budget
    timings_ms: dict[str, float] = field(default_factory=dict)
    patient: bool = True
    """Whether it waits and comes back where a server asks for that."""
    made_up: str = field(default_factory=lambda: f"tinnhiem-{secrets.token_hex(6)}")
    """A path that nobody ever made, the same for every look of this visit."""
    _addresses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _handshakes: dict[Target, asyncio.Future[Handshake | NotCaptured]] = field(default_factory=dict)
    _idle: _Idle = field(default_factory=_Idle)
    _turns: dict[tuple[Target, bool], asyncio.Lock] = field(default_factory=dict)
    _fetches: dict[tuple[str, str, Asking], asyncio.Task[Fetched]] = field(default_factory=dict)
    _pages: dict[tuple[str, str, Asking], asyncio.Task[PageFacts | NotCaptured]] = field(
        default_factory=dict
    )

    # Names

    async def addresses(self, host: str) -> tuple[str, ...]:
        """The addresses that may be contacted, IPv4 first, at most 4; ``Failed`` where there are none."""
        known = self._addresses.get(host)
        if known is not None:
            return known
        found, refused = await self.all_addresses(host)
        if found:
            self._addresses[host] = found[: self.budget.allowance.addresses]
            return self._addresses[host]
        if refused:
            raise Failed(Cause.BLOCKED_ADDRESS, refused[0])
        raise Failed(Cause.NO_ADDRESS, f"{host} has no address")

    async def contactable(self, host: str) -> bool:
        """Whether the host has an address that may be contacted."""
        try:
            return bool(await self.addresses(host))
        except Failed:
            return False

    async def all_addresses(self, host: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """All contactable addresses and, in words, those that must not be contacted."""
        self.tools.door.pace.check_host(host)
        looks = [await self.tools.resolver.look(host, "A", self.budget)]
        aaaa = await self.tools.resolver.look(host, "AAAA", self.budget)
        if self.tools.ipv6:
            looks.append(aaaa)
        found: list[str] = []
        refused: list[str] = []
        pace = self.tools.door.pace
        for look in looks:
            if isinstance(look, NotCaptured):
                continue
            for text in look.records:
                judged = judge_address(text, pace.permission, allow_private=pace.allow_private)
                if judged.why:
                    refused.append(f"{judged.address}: {judged.why}")
                else:
                    found.append(judged.address)
        if found or refused:
            return tuple(found), tuple(refused)
        for look in (looks[0], aaaa):
            if isinstance(look, NotCaptured):
                raise Failed(look.cause, look.detail)
        if not self.tools.ipv6 and isinstance(aaaa, Lookup) and aaaa.said is Said.FOUND:
            raise Failed(Cause.SCANNER_LACKS_IPV6, f"{host} has IPv6 addresses only")
        return (), ()

    # TLS

    async def handshake(self, target: Target) -> Handshake | NotCaptured:
        """The facts of one full handshake, made once; its connection is kept for the first request."""
        known = self._handshakes.get(target)
        if known is not None:
            return await asyncio.shield(known)
        future: asyncio.Future[Handshake | NotCaptured] = asyncio.get_running_loop().create_future()
        self._handshakes[target] = future
        facts: Handshake | NotCaptured = NotCaptured(cause=Cause.CANCELLED)
        try:
            facts = await self._shake_with_retry(target)
        finally:
            future.set_result(facts)
        return facts

    async def _shake_with_retry(self, target: Target) -> Handshake | NotCaptured:
        facts = await self._shake(target)
        if isinstance(facts, NotCaptured) and facts.cause in (Cause.RESET, Cause.CLOSED_EARLY):
            facts = await self._shake(target)
        return facts

    async def _shake(self, target: Target) -> Handshake | NotCaptured:
        try:
            channel = await self._opened_tls(target)
        except SeenRefused:
            return Handshake(state=HandshakeState.REFUSED)
        except SeenNotTls as seen:
            return Handshake(
                state=HandshakeState.NOT_TLS, spoke=seen.spoke.decode("latin-1", "replace")
            )
        except SeenAlert as seen:
            return NotCaptured(cause=Cause.TLS_ALERT, detail=seen.name)
        except Failed as failed:
            return failed.missing
        facts = completed_handshake(channel, (self.site.host, self.site.twin))
        await self._idle.keep(target, channel, tls=True)
        return facts

    async def _opened_tls(self, target: Target) -> TlsChannel:
        return await self.tools.door.open_tls(
            target.address, target.port, target.host, self.budget, self._idle
        )

    async def opened(self, target: Target) -> Channel:
        """A new plain connection."""
        return await self.tools.door.open(target.address, target.port, self.budget, self._idle)

    async def talk(self, target: Target, talk: Talk, answer_s: float) -> None:
        """A whole talk over a connection of its own; see ``Door.talk``."""
        door = self.tools.door
        await door.talk(target.address, target.port, self.budget, talk, answer_s, self._idle)

    # HTTP

    async def fetch(self, url: str, *, address: str = "", asking: Asking = PLAIN) -> Fetched:
        """GET one http(s) address of a permitted host, once per visit and way of asking.

        ``address`` asks one of the host's addresses alone.
        Raises ``Failed``, ``SeenRefused`` or ``SeenNotTls``.  Redirects are not followed here.
        """
        key = (url, address, asking)
        task = self._fetches.get(key)
        if task is None:
            task = asyncio.create_task(self._fetch(url, address, asking))
            self._fetches[key] = task
        return await asyncio.shield(task)

    async def _fetch(self, url: str, pinned: str, asking: Asking) -> Fetched:
        parts = urlsplit(url)
        host = parts.hostname or ""
        tls = parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
        last: Exception = Failed(Cause.NO_ADDRESS, f"{host} has no address")
        for address in (pinned,) if pinned else await self.addresses(host):
            target = Target(host, address, port)
            try:
                answer = await self._get(target, url, asking, tls=tls)
                return Fetched(url, address, answer, asking)
            except (SeenRefused, SeenNotTls) as seen:
                last = seen
            except Failed as failed:
                last = failed
                if failed.missing.cause not in (Cause.CONNECT_TIMEOUT, Cause.RESET):
                    break
        raise last

    async def _get(self, target: Target, url: str, asking: Asking, *, tls: bool) -> HttpAnswer:
        """The answer; once more where the server asked us to come back in a moment."""
        answer = await self._got(target, url, asking, tls=tls)
        if self._asked_to_wait(target, answer) and self.patient:
            answer = await self._got(target, url, asking, tls=tls)
            self._asked_to_wait(target, answer)
        return answer

    def _asked_to_wait(self, target: Target, answer: HttpAnswer) -> bool:
        """Whether an answer says that we ask too much and names a moment that is worth waiting for."""
        if answer.status not in (429, 503) or (
            recognise(answer.status, answer.headers, answer.body, len(answer.body))
            is not Cause.RATE_LIMITED
        ):
            return False
        said = [value for name, value in answer.headers if name.lower() == "retry-after"]
        wait_s = retry_after_s(said[0], now()) if said else None
        return self.tools.door.pace.back_off(target.address, target.port, wait_s) is not None

    async def _got(self, target: Target, url: str, asking: Asking, *, tls: bool) -> HttpAnswer:
        pace = self.tools.door.pace
        await pace.rest(target.address, target.port, self.budget, patient=self.patient)
        turn = self._turns.setdefault((target, tls), asyncio.Lock())
        mine = await self._my(turn)
        try:
            return await self._got_over_some_channel(target, url, asking, tls=tls)
        finally:
            if mine:
                turn.release()

    async def _my(self, turn: asyncio.Lock) -> bool:
        """Whether the one connection that is open became free; a server that takes its time gets a second one."""
        if not turn.locked():
            await turn.acquire()
            return True
        with self.budget.own_wait():
            try:
                async with asyncio.timeout(TURN_S):
                    await turn.acquire()
            except TimeoutError:
                return False
        return True

    async def _got_over_some_channel(
        self, target: Target, url: str, asking: Asking, *, tls: bool
    ) -> HttpAnswer:
        for attempt in (1, 2):
            channel, fresh = await self._channel(target, tls=tls)
            try:
                return await self._ask(channel, target, url, asking, tls=tls)
            except Failed as failed:
                await channel.close()
                # An idle connection may have died in our hands; a fresh one gets one retry on a reset.
                again = failed.missing.cause in (Cause.RESET, Cause.CLOSED_EARLY)
                if attempt == 2 or not (again or (not fresh and self.budget.left_s() > 0)):
                    raise
            except BaseException:
                await channel.close()
                raise
        raise AssertionError("unreachable")

    async def _ask(
        self, channel: AnyChannel, target: Target, url: str, asking: Asking, *, tls: bool
    ) -> HttpAnswer:
        await self.tools.door.pace.request(target.address, target.port, self.budget)
        parts = urlsplit(url)
        default = 443 if tls else 80
        host_header = target.host if target.port == default else f"{target.host}:{target.port}"
        resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        answer = await get(channel, host_header, resource, self.tools.user_agent, asking=asking)
        if answer.reusable:
            await self._idle.keep(target, channel, tls=tls)
        else:
            await channel.close()
        return answer

    async def _channel(self, target: Target, *, tls: bool) -> tuple[AnyChannel, bool]:
        """An idle connection to the target if one is fresh enough, else a new one, and which it is."""
        kept = await self._idle.take(target, tls=tls)
        if kept is not None:
            _base(kept).budget = self.budget
            return kept, False
        if not tls:
            return await self.opened(target), True
        first = target not in self._handshakes
        facts = await self.handshake(target)
        if isinstance(facts, NotCaptured):
            raise Failed(facts.cause, facts.detail)
        if facts.state is HandshakeState.REFUSED:
            raise SeenRefused
        if facts.state is HandshakeState.NOT_TLS:
            raise SeenNotTls(facts.spoke.encode("latin-1", "replace"))
        kept = await self._idle.take(target, tls=True)
        if kept is not None:
            return kept, first
        try:
            return await self._opened_tls(target), True
        except SeenAlert as seen:
            raise Failed(Cause.TLS_ALERT, seen.name) from None

    # Pages

    async def page(self, fetched: Fetched) -> PageFacts | NotCaptured:
        """The facts of a fetched answer's body, read once per answer."""
        key = (fetched.url, fetched.address, fetched.asking)
        task = self._pages.get(key)
        if task is None:
            task = asyncio.create_task(self._page(fetched))
            self._pages[key] = task
        return await asyncio.shield(task)

    async def _page(self, fetched: Fetched) -> PageFacts | NotCaptured:
        answer = fetched.answer
        if answer.undecodable:
            return NotCaptured(cause=Cause.UNDECODABLE, detail=answer.undecodable[:200])
        kinds = [value for name, value in answer.headers if name.lower() == "content-type"]
        return await self.tools.workers.facts(
            answer.body,
            url=fetched.url,
            status=answer.status,
            content_type=kinds[0] if kinds else "",
            truncated=answer.truncated,
        )

    # Connections

    @property
    def idle(self) -> Idle:
        """For whoever opens connections to this site by other means."""
        return self._idle

    def again(self, budget: Budget) -> "Visit":
        """Another look at the same site: nothing remembered, a budget of its own, idle connections shared.

        It is a look at this very moment, so it does not wait where a server asks for that.
        """
        return Visit(self.site, self.tools, budget, patient=False, _idle=self._idle)

    async def close(self) -> None:
        """End the visit: no task and no connection of it stays behind."""
        await self.end_fetches()
        await self._idle.let_go()

    async def end_fetches(self) -> None:
        """Cut off requests that are still under way; idle connections stay."""
        tasks: list[asyncio.Task[Fetched] | asyncio.Task[PageFacts | NotCaptured]] = [
            *self._fetches.values(),
            *self._pages.values(),
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _base(channel: AnyChannel) -> Channel:
    return channel.channel if isinstance(channel, TlsChannel) else channel


def completed_handshake(channel: TlsChannel, own_names: Iterable[str]) -> Handshake:
    """The facts of a handshake that is over; ``own_names`` are those that a certificate should cover."""
    own = tuple(own_names)
    served, total = served_chain(channel)
    return Handshake(
        state=HandshakeState.COMPLETED,
        version=_VERSION_NAMES.get(channel.tls.version() or ""),
        cipher=(channel.tls.cipher() or ("",))[0],
        alpn=channel.tls.selected_alpn_protocol(),
        chain=tuple(read_certificate(der, own) for der in served),
        chain_total=total,
    )


def served_chain(channel: TlsChannel) -> tuple[list[bytes], int]:
    """The certificates as sent, leaf first, at most 10 of N and 100 KiB; N."""
    tls = channel.tls
    # Public from Python 3.13 on; before that the same method of the object below.
    source = tls if hasattr(tls, "get_unverified_chain") else tls._sslobj  # type: ignore[attr-defined]
    sent = source.get_unverified_chain() or []
    ders = [c if isinstance(c, bytes) else c.public_bytes(_ssl.ENCODING_DER) for c in sent]
    kept: list[bytes] = []
    size = 0
    for der in ders[:CERTIFICATES_KEPT]:
        size += len(der)
        if size > CHAIN_BYTES:
            break
        kept.append(der)
    return kept, len(ders)
