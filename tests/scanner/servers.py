"""Servers on loopback that behave, and others that do not."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import dns.exception
import dns.message

from scanner.practice.listeners import Listeners
from scanner.practice.ports import bind_both, bound, port_of
from scanner.practice.streams import PlainStream, TlsStream, hang_up

Stream = PlainStream | TlsStream
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
RESET = struct.pack("ii", 1, 0)


@dataclass
class Server:
    """A listening port, with a count of who came."""

    port: int
    address: str = "127.0.0.1"
    connections: int = 0
    open_now: int = 0
    most_at_once: int = 0
    someone_came: asyncio.Event = field(default_factory=asyncio.Event)
    all_left: asyncio.Event = field(default_factory=asyncio.Event)


@contextlib.asynccontextmanager
async def serving(talk: Talk, address: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Server]:
    """Hold this conversation with everyone who connects."""
    listeners = Listeners()
    sock = bound(address, port)
    server = Server(port_of(sock), address)

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        server.open_now += 1
        server.most_at_once = max(server.most_at_once, server.open_now)
        server.someone_came.set()
        server.all_left.clear()
        try:
            with contextlib.suppress(OSError, EOFError, ssl.SSLError):
                await talk(reader, writer)
        finally:
            server.open_now -= 1
            if not server.open_now:
                server.all_left.set()

    await listeners.serve(sock, counted)
    try:
        yield server
    finally:
        await listeners.stop()


@contextlib.contextmanager
def closed_port(address: str = "127.0.0.1") -> Iterator[int]:
    """A port that is ours and refuses."""
    with bound(address) as sock:
        yield port_of(sock)


# Conversations


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Takes everything, says nothing."""
    while await reader.read(65_536):
        pass


async def resets(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A reset at accept."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


async def closes(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A FIN at once, without a word."""
    writer.close()


def says(data: bytes, *, after: int = 1, then_holds: bool = False) -> Talk:
    """Says this once some bytes came (at once with ``after=0``), then hangs up or keeps still."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if after:
            await reader.read(65_536)
        writer.write(data)
        await writer.drain()
        if then_holds:
            await silent(reader, writer)
        await hang_up(reader, writer)

    return talk


def drips(data: bytes, pause_s: float = 0.02, *, first: bytes = b"") -> Talk:
    """Byte by byte, for ever again."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(first)
        while True:
            for byte in data:
                writer.write(bytes((byte,)))
                await writer.drain()
                await asyncio.sleep(pause_s)

    return talk


def over_tls(context: ssl.SSLContext, speak: Callable[[Stream], Awaitable[None]]) -> Talk:
    """TLS first; the alert of a failed handshake is really sent."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stream = TlsStream(reader, writer, context)
        try:
            await stream.handshake(await reader.read(65_536))
        except ssl.SSLError:
            await hang_up(reader, writer)
            return
        await speak(stream)

    return talk


def plainly(speak: Callable[[Stream], Awaitable[None]]) -> Talk:
    """The same without TLS."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await speak(PlainStream(reader, writer))

    return talk


# HTTP


def answer(
    status: int = 200,
    body: bytes = b"",
    headers: Sequence[tuple[str, str]] = (),
    length: bool = True,
) -> bytes:
    """A whole HTTP/1.1 answer."""
    lines = [f"HTTP/1.1 {status} {'OK' if status == 200 else 'Other'}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + body


def redirect(*locations: str, status: int = 302) -> bytes:
    """A redirect there."""
    return answer(status, headers=[("Location", location) for location in locations])


@dataclass
class Web:
    """Sites by path, or by ``//host/path`` where names differ; unknown paths are 404.

    It remembers every request and counts how often.  Several answers of a path are given one after
    another, and the last for ever.
    """

    pages: Mapping[str, bytes | Sequence[bytes]]
    hosts: list[str] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    agents: set[str] = field(default_factory=set)
    accepts: set[str] = field(default_factory=set)
    origins: list[tuple[str, str]] = field(default_factory=list)
    """Path and Origin of every request that names one."""
    otherwise: Callable[[str], bytes] = lambda _: answer(404, b"no such page")
    pause_s: float = 0.0

    async def speak(self, stream: Stream) -> None:
        """Answer requests on one connection until it ends."""
        waiting = b""
        while True:
            while b"\r\n\r\n" not in waiting:
                received = await stream.read()
                if not received:
                    await stream.close()
                    return
                waiting += received
            head, _, waiting = waiting.partition(b"\r\n\r\n")
            first, *fields = head.decode("latin-1").split("\r\n")
            path = first.split(" ")[1]
            sent = dict(line.split(": ", 1) for line in fields)
            self.asked[path] += 1
            self.hosts.append(sent["Host"])
            self.agents.add(sent["User-Agent"])
            self.accepts.add(sent.get("Accept", ""))
            self.origins += [(path, sent["Origin"])] if "Origin" in sent else []
            if self.pause_s:
                await asyncio.sleep(self.pause_s)
            await stream.write(self._answer(sent["Host"].partition(":")[0], path))

    def _answer(self, host: str, path: str) -> bytes:
        page = self.pages.get(f"//{host}{path}") or self.pages.get(path) or self.otherwise(path)
        if isinstance(page, bytes):
            return page
        return page[min(self.asked[path], len(page)) - 1]


# DNS

Reply = bytes | dns.message.Message | None
Answering = Callable[[dns.message.Message, bool], Reply]


class NameScript:
    """A name server that answers each (name, type) by a function; the rest is NXDOMAIN by default."""

    def __init__(self, answers: Mapping[tuple[str, str], Answering], rest: Answering) -> None:
        self.answers = answers
        self.rest = rest
        self.asked: Counter[tuple[str, str]] = Counter()
        self.over_tcp = 0
        self.delay_s = 0.0

    def reply(self, wire: bytes, *, tcp: bool) -> bytes | None:
        """What to say to these bytes."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = question.rdtype.name
        self.asked[name, kind] += 1
        self.over_tcp += tcp
        said = self.answers.get((name, kind), self.rest)(query, tcp)
        if not isinstance(said, dns.message.Message):
            return said
        return said.to_wire(max_size=65_535 if tcp else 1_232)


@contextlib.asynccontextmanager
async def naming(script: NameScript) -> AsyncIterator[int]:
    """The script on one port, UDP and TCP."""
    udp, tcp, port = bind_both()
    loop = asyncio.get_running_loop()
    listeners = Listeners()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(script), sock=udp)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError):
            size = int.from_bytes(await reader.readexactly(2), "big")
            said = script.reply(await reader.readexactly(size), tcp=True)
            if said is None:
                await silent(reader, writer)
                return
            writer.write(len(said).to_bytes(2, "big") + said)
            await hang_up(reader, writer)

    await listeners.serve(tcp, talk)
    try:
        yield port
    finally:
        transport.close()
        await listeners.stop()


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, script: NameScript) -> None:
        self._script = script
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every loop's datagram transport is of the class that its type says.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        said = self._script.reply(data, tcp=False)
        if said is not None:
            asyncio.get_running_loop().call_later(self._script.delay_s, self._send, said, addr)

    def _send(self, said: bytes, addr: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(said, addr)
