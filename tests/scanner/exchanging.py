"""Mail servers on loopback that behave, and others that do not; and what a look at them needs."""

import asyncio
import contextlib
import ssl
import warnings
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace

import dns.flags
import dns.message

from checks.evidence.exchangers import Exchangers
from scanner.clock import now
from scanner.door import Door
from scanner.practice.streams import PlainStream, TlsStream, hang_up
from scanner.probes.exchangers import look_exchangers
from scanner.probes.tls.path import Paths, TrustStore
from scanner.smtp import Exchanged, Patience
from scanner.visit import Tools, Visit
from tests.scanner.builders import (
    HOST,
    NODATA,
    NXDOMAIN,
    budget,
    door,
    says_records,
    site,
    tools_for,
)
from tests.scanner.chains import Made, authority, made, server_context
from tests.scanner.servers import Answering, NameScript, Stream

MX = "mx.thu.example"
LASTING = (-2000.0, 20_000.0)
ROOT = authority("Root of the letters", days=LASTING)
LEAF = made(MX, ROOT, days=LASTING, sans=(MX,))
PATHS = Paths((TrustStore("tests", "2026-11-22", (ROOT.certificate,)),))
HELLO = b"250-mx.thu.example greets you\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n250 STARTTLS\r\n"
PLAIN_HELLO = b"250-mx.thu.example greets you\r\n250-SIZE 52428800\r\n250 8BITMIME\r\n"
QUICK = Patience(
    connect_s=0.5, banner_s=0.6, reply_s=0.6, quit_s=0.5, confirm_s=0.01, others_s=0.4, wall_s=6.0
)


@dataclass
class Mail:
    """A mail server by script: what it says to whom; ``heard`` are the commands, in order."""

    banner: bytes = b"220 mx.thu.example ESMTP\r\n"
    hello: bytes = HELLO
    ready: bytes = b"220 2.0.0 go ahead\r\n"
    context: ssl.SSLContext | None = None
    instead: bytes | None = None
    """Said in place of TLS; empty: the connection ends."""
    bye: bytes = b"221 2.0.0 bye\r\n"
    pause_s: float = 0.0
    """Before each byte of the banner."""
    heard: list[bytes] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    """The server names asked for in TLS."""
    sessions: int = 0
    now: int = 0
    most_at_once: int = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One session."""
        self.sessions += 1
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        try:
            await self._talk(reader, writer)
        finally:
            self.now -= 1

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.pause_s:
            for byte in self.banner:
                await asyncio.sleep(self.pause_s)
                writer.write(bytes((byte,)))
        else:
            writer.write(self.banner)
        stream: Stream = PlainStream(reader, writer)
        while True:
            command = await self._command(stream)
            if command == b"STARTTLS" and self.ready.startswith(b"220"):
                await stream.write(self.ready)
                if self.instead is not None or self.context is None:
                    await reader.read(65_536)
                    writer.write(self.instead or b"")
                    await hang_up(reader, writer)
                    return
                stream = TlsStream(reader, writer, self.context)
                try:
                    await stream.handshake(await reader.read(65_536))
                except ssl.SSLError:
                    await hang_up(reader, writer)
                    return
                continue
            said = {b"EHLO": self.hello, b"STARTTLS": self.ready, b"QUIT": self.bye}.get(
                command[:8].partition(b" ")[0], b"500 what?\r\n"
            )
            if said:
                await stream.write(said)
            if not said or command in (b"", b"QUIT"):
                await stream.close()
                return

    async def _command(self, stream: Stream) -> bytes:
        waiting = b""
        while not waiting.endswith(b"\r\n"):
            came = await stream.read()
            if not came:
                return b""
            waiting += came
        self.heard.append(waiting[:-2])
        return waiting[:-2]


def tls(
    *chain: Made,
    lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> ssl.SSLContext:
    """A context of a mail server; old versions where the library still has them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context = server_context(*(chain or (LEAF, ROOT)), lowest=lowest, highest=highest)
    if lowest < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def good(**fields: object) -> Mail:
    """A server as it should be, but for what is said."""
    return replace(Mail(context=tls()), **fields)  # type: ignore[arg-type]


# Names


def signed(kind: str, *records: str) -> Answering:
    """The same as ``says_records``, called authenticated."""
    plain = says_records(kind, *records)

    def reply(query: dns.message.Message, tcp: bool) -> dns.message.Message:
        made_reply = plain(query, tcp)
        assert isinstance(made_reply, dns.message.Message)
        made_reply.flags |= dns.flags.AD
        return made_reply

    return reply


def zone(
    *mx: str,
    domains: Iterable[str] = (HOST,),
    addresses: dict[str, str] | None = None,
    more: dict[tuple[str, str], Answering] | None = None,
) -> NameScript:
    """Domains with these exchangers, and the addresses of hosts; of these names nothing else exists."""
    known = {MX: "127.0.0.1"} if addresses is None else addresses
    answers: dict[tuple[str, str], Answering] = {}
    for domain in domains:
        answers[domain, "MX"] = says_records("MX", *mx)
        answers[domain, "A"] = answers[domain, "AAAA"] = NODATA
    for host, address in known.items():
        answers[host, "A"] = says_records("A", address)
        answers[host, "AAAA"] = answers[f"_25._tcp.{host}", "TLSA"] = NODATA
    return NameScript(answers | (more or {}), NXDOMAIN)


@contextlib.asynccontextmanager
async def mail_tools(
    script: NameScript, port: int, through: Door | None = None, patience: Patience = QUICK
) -> AsyncIterator[Tools]:
    """The tools of a run in which exchangers listen on this port."""
    async with tools_for(script, through or door(port)) as tools:
        tools.exchanged = Exchanged(port, patience)
        try:
            yield tools
        finally:
            await tools.exchanged.sessions.aclose()


async def looked(tools: Tools, host: str = HOST) -> Exchangers:
    """What is found for one domain."""
    visit = Visit(site(443, 80, host=host), tools, budget())
    try:
        return await look_exchangers(visit, lambda chain: PATHS.build(chain, now()))
    finally:
        await visit.close()
