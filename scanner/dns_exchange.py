"""Questions to one name server: datagrams over a few shared sockets, TCP where a reply was cut."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

import dns.exception
import dns.name
import dns.rdatatype

from scanner.dns_messages import (
    RECURSIVE,
    Manner,
    Question,
    Reply,
    answers,
    ask,
    read,
    starts_with_soa,
)

SOCKETS = 8
QUESTIONS_A_SOCKET = 64
"""After so many a socket is left: who wants to forge a reply has to guess a port that does not stay."""


class NoReply(Exception):  # noqa: N818  The server's silence is no error of ours.
    """Nothing that answers the question came back in time; ``refused`` where the port was seen closed."""

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.refused = isinstance(error, ConnectionRefusedError)


@dataclass
class Exchange:
    """Asks one server; ``aclose`` when done."""

    address: str
    port: int
    sockets: int = SOCKETS
    """How many to spread the questions over; one will do for a server that is asked a few."""
    _sockets: list["_Socket"] = field(default_factory=list)
    _turn: int = 0
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, question: Question, wait_s: float, manner: Manner = RECURSIVE) -> Reply:
        """The reply.  ``NoReply`` on silence or a closed port, ``DNSException`` where it cannot be read."""
        reply = await self.over_udp(question, wait_s, manner)
        return await self.over_tcp(question, wait_s, manner) if reply.truncated else reply

    async def over_udp(
        self, question: Question, wait_s: float, manner: Manner = RECURSIVE
    ) -> Reply:
        """The reply as a datagram, be it truncated; errors as of ``ask``."""
        try:
            async with asyncio.timeout(wait_s):
                socket = await self._socket()
                return await socket.ask(question.wire(), manner)
        except (TimeoutError, OSError) as error:
            raise NoReply(error) from None

    async def over_tcp(
        self, question: Question, wait_s: float, manner: Manner = RECURSIVE
    ) -> Reply:
        """The reply over a connection of its own; errors as of ``ask``."""
        try:
            async with asyncio.timeout(wait_s):
                wire = await self._over_tcp(question.wire(), manner)
        except (TimeoutError, OSError, EOFError) as error:
            raise NoReply(error) from None
        return read(wire, whole=manner.whole)

    async def transfer(self, zone: dns.name.Name, wait_s: float) -> bool:
        """Whether the server begins to hand out the zone (RFC 5936); hangs up after the first records.

        ``NoReply`` where the beginning does not come, ``DNSException`` where it cannot be read.
        """
        question = Question(zone, dns.rdatatype.AXFR).wire()
        records = 0
        try:
            async with asyncio.timeout(wait_s), self._connection() as (reader, writer):
                number = secrets.randbits(16)
                _send(writer, ask(number, question, Manner(recursion=False, edns=False)))
                while records < 2:
                    wire = await _message(reader)
                    begins, more, code = starts_with_soa(wire)
                    # RFC 5936, 2.2: it begins with the SOA; that alone, first, proves nothing.
                    if code or not more or (not records and not begins):
                        return False
                    records += more
        except (TimeoutError, OSError, EOFError) as error:
            raise NoReply(error) from None
        return True

    async def aclose(self) -> None:
        """Close every socket; questions under way end in ``NoReply``."""
        for socket in self._sockets:
            socket.leave(now=True)
        self._sockets.clear()
        # A transport closes in the loop's next turn.
        await asyncio.sleep(0)

    def leave(self) -> None:
        """Ask no more; the sockets close once the last question is answered."""
        for socket in self._sockets:
            socket.leave()
        self._sockets.clear()

    async def _socket(self) -> "_Socket":
        self._turn += 1
        if self._turn % QUESTIONS_A_SOCKET == 0 and self._sockets:
            self._sockets.pop(0).leave()
        async with self._making:
            while len(self._sockets) < self.sockets:
                _, made = await asyncio.get_running_loop().create_datagram_endpoint(
                    _Socket, remote_addr=(self.address, self.port)
                )
                self._sockets.append(made)
        return self._sockets[self._turn % len(self._sockets)]

    async def _over_tcp(self, question: bytes, manner: Manner) -> bytes:
        async with self._connection() as (reader, writer):
            number = secrets.randbits(16)
            _send(writer, ask(number, question, manner))
            while True:
                reply = await _message(reader)
                if answers(reply, number, question):
                    return reply

    @asynccontextmanager
    async def _connection(
        self,
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(self.address, self.port)
        try:
            yield reader, writer
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def _send(writer: asyncio.StreamWriter, query: bytes) -> None:
    writer.write(len(query).to_bytes(2, "big") + query)


async def _message(reader: asyncio.StreamReader) -> bytes:
    size = int.from_bytes(await reader.readexactly(2), "big")
    return await reader.readexactly(size)


class _Socket(asyncio.DatagramProtocol):
    """One connected datagram socket, and the questions that wait on it by their number."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[int, tuple[bytes, bool, asyncio.Future[Reply]]] = {}
        self._left = False

    async def ask(self, question: bytes, manner: Manner) -> Reply:
        """The first readable reply to this very question."""
        number = secrets.randbits(16)
        while number in self._waiting:
            number = secrets.randbits(16)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (question, manner.whole, future)
        try:
            if self._transport is None or self._transport.is_closing():
                raise ConnectionResetError
            self._transport.sendto(ask(number, question, manner))
            return await future
        finally:
            del self._waiting[number]
            if self._left and not self._waiting:
                self.leave(now=True)

    def leave(self, *, now: bool = False) -> None:
        """Take no more questions, and close once the last one is answered."""
        self._left = True
        if self._transport is not None and (now or not self._waiting):
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not every loop's datagram transport is of the class that its type says.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        question, whole, future = self._waiting.get(
            int.from_bytes(data[:2], "big"), (b"", False, None)
        )
        if future is None or future.done():
            return
        if answers(data, int.from_bytes(data[:2], "big"), question):
            # A mangled reply is waited past, as if it were lost.
            with suppress(dns.exception.DNSException, ValueError):
                future.set_result(read(data, whole=whole))

    def error_received(self, exc: Exception) -> None:
        self._fail(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionResetError("the socket was closed"))

    def _fail(self, error: Exception) -> None:
        for _, _, future in self._waiting.values():
            if not future.done():
                future.set_exception(error)
