"""The web servers: HTTP/1.1 over plain and TLS connections, as each site's description wants it."""

import asyncio
import contextlib
import hashlib
import ssl
from dataclasses import dataclass
from http import HTTPStatus

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.practice import flights
from scanner.practice.behaviours import Behaviour, Memory, Reply, Request, Visit
from scanner.practice.site import Place, Port
from scanner.practice.stats import Stats
from scanner.practice.streams import PlainStream, TlsStream, hang_up
from scanner.practice.turns import Turns

Stream = PlainStream | TlsStream
_HEAD_BYTES = 64 * 1024
_IDLE_S = 30.0
_NO_BODY = {204, 304}


@dataclass(frozen=True)
class TlsFront:
    """What stands on a TLS port: a real server, scripted versions, or both."""

    context: ssl.SSLContext | None
    scripted: tuple[flights.Script, ...]
    shown: flights.Shown
    hybrid: bool = False

    @property
    def key_sha256(self) -> str:
        """Of the leaf's public key, as a TLSA record names it."""
        key = x509.load_der_x509_certificate(self.shown.chain[0]).public_key()
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.sha256(spki).hexdigest()


class WebServer:
    """One port of one site."""

    def __init__(
        self,
        place: Place,
        port: Port,
        act: Behaviour,
        stats: Stats,
        turns: Turns,
        tls: TlsFront | None = None,
    ) -> None:
        self._place, self._port, self._act = place, port, act
        self._stats, self._turns, self._tls = stats, turns, tls
        self._memory = Memory()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        self._stats.connections += 1
        self._stats.connections_by_host[self._place.host] += 1
        try:
            with contextlib.suppress(OSError, TimeoutError, ssl.SSLError):
                await self._talk(reader, writer)
        finally:
            writer.transport.abort()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._port is Port.SILENT:
            while await reader.read(_HEAD_BYTES):
                pass
        elif self._port is Port.PLAIN:
            await reader.read(_HEAD_BYTES)
            writer.write(
                _framed(
                    Reply(400, (("Server", "nginx"),), b"<h1>400</h1>"), Request("GET", "/", {})
                )
            )
            await hang_up(reader, writer)
        elif self._tls is None:
            await self._serve(PlainStream(reader, writer))
        else:
            await self._serve_tls(reader, writer, self._tls)

    async def _serve_tls(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, front: TlsFront
    ) -> None:
        async with asyncio.timeout(_IDLE_S):
            first = await _first_record(reader)
            if not first:
                return
            scripted = _scripted(first, front)
            if scripted is None and front.context is not None:
                stream = TlsStream(reader, writer, front.context)
                try:
                    await stream.handshake(first)
                except ssl.SSLError:
                    await hang_up(reader, writer)
                    return
            else:
                writer.write(scripted or flights.fatal_alert(flights.read_hello(first)))
                await hang_up(reader, writer)
                return
        await self._serve(stream)

    async def _serve(self, stream: Stream) -> None:
        waiting = b""
        while True:
            async with asyncio.timeout(_IDLE_S):
                request, waiting = await _read_request(stream, waiting)
            if request is None:
                break
            self._stats.requests += 1
            self._stats.requests_by_host[self._place.host] += 1
            self._stats.requests_by_path[self._place.host + request.path] += 1
            reply = await self._act(Visit(self._place, request, stream, self._memory))
            if reply is None:
                break
            reply = self._turns.served(reply, self._place.host)
            await stream.write(_framed(reply, request))
            if request.headers.get("connection", "").lower() == "close":
                break
        await stream.close()


async def _first_record(reader: asyncio.StreamReader) -> bytes:
    seen = b""
    while missing := flights.wanted_bytes(seen):
        received = await reader.read(missing)
        if not received:
            break
        seen += received
        if len(seen) >= 5 and seen[0] not in {0x16, 0x15} and not seen[0] & 0x80:
            break
    return seen


def _scripted(first: bytes, front: TlsFront) -> bytes | None:
    """The scripted flight that this hello gets, if any."""
    if not (front.scripted or front.hybrid):
        return None
    hello = flights.read_hello(first)
    if front.hybrid and (retry := flights.hybrid_retry(hello)):
        return retry
    script = next((one for one in front.scripted if hello and one.version == hello.highest), None)
    return flights.first_flight(script, hello, front.shown) if hello and script else None


async def _read_request(stream: Stream, waiting: bytes) -> tuple[Request | None, bytes]:
    while b"\r\n\r\n" not in waiting:
        received = await stream.read()
        if not received or len(waiting) > _HEAD_BYTES:
            return None, b""
        waiting += received
    head, _, rest = waiting.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        return None, b""
    pairs = (line.partition(":") for line in lines)
    return Request(
        words[0], words[1], {name.lower(): value.strip() for name, _, value in pairs}
    ), rest


def _framed(reply: Reply, request: Request) -> bytes:
    phrase = HTTPStatus(reply.status).phrase
    lines = [f"HTTP/1.1 {reply.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    lines.append(f"Content-Length: {len(reply.body)}")
    # The description of a site is text; header values leave as UTF-8.
    head = "\r\n".join((*lines, "", "")).encode()
    return head if request.method == "HEAD" or reply.status in _NO_BODY else head + reply.body
