"""The look at a domain's mail exchangers: each is greeted once, asked for STARTTLS, and left."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import Path
from checks.evidence.exchangers import Ending, Exchanger, Exchangers, Session
from checks.evidence.names import Look, Lookup, Said
from checks.evidence.tls import Handshake, HandshakeState
from checks.parsing.exchangers import mx_hosts
from inventory.suffixes import mail_domain_of
from scanner.budget import Allowance, Budget, Failed
from scanner.certificates import guarded
from scanner.door import Channel, SeenAlert, SeenNotTls, TlsChannel
from scanner.politeness import MAIL_PORTS
from scanner.smtp import Conversation, NotSmtp, Reply, ip_version, own_name
from scanner.visit import Tools, Visit, completed_handshake

EXCHANGERS_ASKED = 5
ADDRESSES_ASKED = 2
EXTENSIONS_KEPT = 40
BuildPath = Callable[[tuple[bytes, ...]], Path]
"""Builds a path of served certificates, leaf first; may raise anything on hostile ones."""

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
# What some firewalls write over words that they will not let through: 220 ****, 250-XXXXXXXA.
_BLOTTED = re.compile(r"\*{3,}|X{5,}[A-D]?")
# Servers that are asked for what they do not have; every other alert may pass, or be about us.
_REFUSALS = ("HANDSHAKE_FAILURE", "PROTOCOL_VERSION", "INSUFFICIENT_SECURITY")
# What the next name at the same address would meet again.
_KEEPS_WAITING = frozenset(
    {
        Cause.NO_ANSWER,
        Cause.TLS_TIMEOUT,
        Cause.DEADLINE,
        Cause.RATE_LIMITED,
        Cause.SENDER_REJECTED,
    }
)


async def look_exchangers(visit: Visit, build: BuildPath) -> Exchangers:
    """Ask every exchanger of the site's mail domain, else of its registrable name."""
    site, tools, budget = visit.site, visit.tools, visit.budget
    domain = mail_domain_of(site)
    mx = await tools.resolver.look(domain, "MX", budget)
    listed = mx_hosts(mx)
    implicit = isinstance(mx, Lookup) and mx.said is Said.NODATA
    if implicit:
        listed = ((0, domain),)
    found = await asyncio.gather(
        *(
            _exchanger(visit, preference, host, build)
            for preference, host in listed[:EXCHANGERS_ASKED]
        )
    )
    if implicit and not _answers(found[0]):
        found = []
    return Exchangers(
        domain=domain,
        mx=mx,
        implicit=implicit,
        exchangers=tuple(found),
        total=len(listed) if found else 0,
    )


def _answers(host: Exchanger) -> bool:
    """Whether the domain has an address, or may have one."""
    return any(
        isinstance(look, NotCaptured) or look.said is Said.FOUND for look in (host.a, host.aaaa)
    )


async def _exchanger(visit: Visit, preference: int, host: str, build: BuildPath) -> Exchanger:
    tools, budget = visit.tools, visit.budget
    if not _HOST.fullmatch(host):
        strange = NotCaptured(cause=Cause.SCANNER_CANNOT, detail="no host name")
        return Exchanger(
            host=host[:255],
            preference=preference,
            a=strange,
            aaaa=strange,
            sessions=(),
            tlsa=strange,
        )
    # One after the other: a name that does not exist is asked for once.
    a = await tools.resolver.look(host, "A", budget)
    aaaa = await tools.resolver.look(host, "AAAA", budget)
    tlsa = await tools.resolver.look(f"_25._tcp.{host}", "TLSA", budget)
    sessions = await asyncio.gather(
        *(_once(visit, host, address, build) for address in _chosen(a, aaaa, tools))
    )
    return Exchanger(
        host=host, preference=preference, a=a, aaaa=aaaa, sessions=tuple(sessions), tlsa=tlsa
    )


def _chosen(a: Look, aaaa: Look, tools: Tools) -> tuple[str, ...]:
    """The addresses to ask: one of each kind where there are both, and we have both."""
    four, six = (look.records if isinstance(look, Lookup) else () for look in (a, aaaa))
    if four and six and tools.ipv6:
        return four[0], six[0]
    return (four or six)[:ADDRESSES_ASKED]


async def _once(visit: Visit, host: str, address: str, build: BuildPath) -> Session:
    """The run's one session with this host at this address, whoever of its domains comes first.

    Waiting for other hosts than the site's own does not count against the site.
    """
    tools = visit.tools
    shared = tools.exchanged.sessions
    with visit.budget.own_wait():
        return await shared.get(f"{host} {address}", lambda: _session(tools, host, address, build))


@dataclass
class _Seen:
    """A session as it goes on."""

    greeted: bool = False
    announced: str = ""
    extensions: tuple[str, ...] = ()
    reply: int | None = None
    handshake: Handshake | None = None
    alert: str = ""
    injected_bytes: int = 0
    blotted: bool = False


async def _session(tools: Tools, host: str, address: str, build: BuildPath) -> Session:
    seen, exchanged = _Seen(), tools.exchanged
    ending: Ending | NotCaptured
    async with exchanged.turn(address):
        if address in exchanged.given_up:
            ending = exchanged.given_up[address]
        else:
            try:
                ending = await _greet(tools, host, address, seen, build)
            except NotSmtp:
                ending = Ending.NOT_SMTP
            except Failed as failed:
                ending = failed.missing
            waited = isinstance(ending, NotCaptured) and ending.cause in _KEEPS_WAITING
            if waited or not seen.greeted:
                exchanged.given_up[address] = ending
    return Session(
        address=address,
        port=exchanged.port,
        ending=ending,
        announced=seen.announced,
        extensions=seen.extensions,
        reply=seen.reply,
        handshake=seen.handshake,
        alert=seen.alert,
        injected_bytes=seen.injected_bytes,
    )


async def _greet(tools: Tools, host: str, address: str, seen: _Seen, build: BuildPath) -> Ending:
    patience = tools.exchanged.patience
    budget = Budget(
        Allowance(
            wall_s=patience.wall_s,
            connect_s=patience.connect_s,
            received_bytes=512 * 1024,
            events=5_000,
        )
    )
    if ":" in address and not tools.ipv6:
        raise Failed(Cause.SCANNER_LACKS_IPV6, address)
    channel = await _connected(tools, address, budget)
    if channel is None:
        return Ending.REFUSED
    try:
        talk = Conversation(channel)
        ending = await _until_tls(tools, channel, seen, talk)
        if ending is None:
            return await _encrypted(tools, channel, host, seen, build)
        await _leave(talk, patience.quit_s)
        return ending
    finally:
        await channel.close()


async def _connected(tools: Tools, address: str, budget: Budget) -> Channel | None:
    """A connection, or ``None`` where the port is closed.

    Many lines let nobody out to port 25, in silence or by refusing in the server's stead.  So neither
    counts until a mail server, or a control host on that port, was seen to answer.
    """
    exchanged = tools.exchanged
    port, door = exchanged.port, tools.door
    refused = False
    for attempt in (1, 2):
        try:
            channel = await door.open_auxiliary(address, port, budget, MAIL_PORTS)
        except Failed as failed:
            cause, detail = failed.missing.cause, failed.missing.detail
            if cause not in (Cause.REFUSED, Cause.CONNECT_TIMEOUT):
                raise
            refused = cause is Cause.REFUSED
            if refused and attempt == 1:
                with budget.own_wait():
                    await asyncio.sleep(exchanged.patience.confirm_s)
                continue
            if not await _line_lets_out(tools, address, budget):
                raise Failed(
                    Cause.PORT_BLOCKED, f"no mail server has answered on port {port} yet; {detail}"
                ) from None
            if refused:
                return None
            raise
        else:
            return channel
    raise AssertionError("unreachable")


async def _line_lets_out(tools: Tools, address: str, budget: Budget) -> bool:
    """Whether another server was seen to answer; a line may let out IPv4 and not IPv6."""
    exchanged, version = tools.exchanged, ip_version(address)
    if exchanged.answered[version].is_set():
        return True
    if await tools.door.control_answers(exchanged.port, version, budget):
        return True
    with budget.own_wait():
        return await exchanged.somebody_answers(version)


async def _until_tls(
    tools: Tools, channel: Channel, seen: _Seen, talk: Conversation
) -> Ending | None:
    """Greeting, EHLO, STARTTLS; ``None`` where TLS begins now."""
    patience = tools.exchanged.patience
    banner = await talk.reply(patience.banner_s)
    tools.exchanged.answered[ip_version(channel.address)].set()
    seen.reply = banner.code
    seen.blotted = bool(_BLOTTED.search(banner.lines[0]))
    _accepted(banner)
    seen.greeted = True
    name = banner.lines[0].partition(" ")[0].lower().rstrip(".")
    seen.announced = name if "." in name and _HOST.fullmatch(name) else ""
    hello = await talk.ask(f"EHLO {own_name(channel.own_address)}", patience.reply_s)
    seen.reply = hello.code
    if hello.code in (500, 502):
        # RFC 5321, 4.1.4: a server that knows no EHLO knows no extension either.
        return Ending.MASKED if seen.blotted else Ending.NO_STARTTLS
    _accepted(hello)
    words = [line.partition(" ")[0].upper()[:40] for line in hello.lines[1:]]
    seen.extensions = tuple(words[:EXTENSIONS_KEPT])
    if "STARTTLS" not in words:
        blotted = seen.blotted or any(_BLOTTED.fullmatch(word) for word in words)
        return Ending.MASKED if blotted else Ending.NO_STARTTLS
    ready = await talk.ask("STARTTLS", patience.reply_s)
    seen.reply = ready.code
    if ready.code == 421:
        _accepted(ready)
    if ready.code == 220:
        seen.injected_bytes = talk.discard()
        return None
    return Ending.STARTTLS_DEFERRED if ready.code < 500 else Ending.STARTTLS_REFUSED


def _accepted(reply: Reply) -> None:
    """``Failed`` where a server does not want to talk to us: that says nothing about how it talks to others."""
    if reply.code < 400:
        return
    cause = Cause.RATE_LIMITED if reply.code < 500 else Cause.SENDER_REJECTED
    raise Failed(cause, reply.text)


async def _encrypted(
    tools: Tools, channel: Channel, host: str, seen: _Seen, build: BuildPath
) -> Ending:
    patience = tools.exchanged.patience
    tls = TlsChannel(channel, tools.door.mail_context, host)
    try:
        await tls.handshake(channel.budget.allowance.handshake_s)
    except SeenNotTls as nothing:
        spoke = nothing.spoke.decode("latin-1")
        seen.handshake = Handshake(state=HandshakeState.NOT_TLS, spoke=spoke)
        return Ending.HANDSHAKE_FAILED
    except SeenAlert as alert:
        seen.alert = alert.name
        if not any(word in alert.name for word in _REFUSALS):
            raise Failed(Cause.TLS_ALERT, alert.name) from None
        return Ending.HANDSHAKE_FAILED
    shake = completed_handshake(tls, (host,))
    path = guarded(lambda: build(tuple(one.der for one in shake.chain)))
    seen.handshake = shake.model_copy(update={"path": path})
    await _leave(Conversation(tls), patience.quit_s)
    return Ending.ENCRYPTED


async def _leave(talk: Conversation, limit_s: float) -> None:
    """Say good-bye; how that is taken changes nothing."""
    try:
        await talk.ask("QUIT", limit_s)
    except (Failed, NotSmtp):
        return
