"""Questions to one recursive server: datagrams over a few shared sockets, TCP where a reply was cut."""

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import dns.exception

from scanner.dns_messages import Question, Reply, answers, ask, read

SOCKETS = 8
QUESTIONS_A_SOCKET = 64
"""After so many a socket is left: who wants to forge a reply has to guess a port that does not stay."""


class NoReply(Exception):  # noqa: N818  The server's silence is no error of ours.
    """Nothing that answers the question came back in time."""


@dataclass
class Exchange:
    """Asks one server; ``aclose`` when done."""

    address: str
    port: int
    _sockets: list["_Socket"] = field(default_factory=list)
    _turn: int = 0
    _making: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, question: Question, wait_s: float, *, checking: bool = True) -> Reply:
        """The reply.  ``NoReply`` on silence or a closed port, ``DNSException`` where it cannot be read."""
        wire = question.wire()
        try:
            async with asyncio.timeout(wait_s):
                socket = await self._socket()
                reply = await socket.ask(wire, checking=checking)
                if not reply.truncated:
                    return reply
            async with asyncio.timeout(wait_s):
                return read(await self._over_tcp(wire, checking=checking))
        except (TimeoutError, OSError, EOFError) as error:
            raise NoReply(type(error).__name__) from None

    async def aclose(self) -> None:
        """Close every socket; questions under way end in ``NoReply``."""
        for socket in self._sockets:
            socket.leave(now=True)
        self._sockets.clear()
        # A transport closes in the loop's next turn.
        await asyncio.sleep(0)

    async def _socket(self) -> "_Socket":
        self._turn += 1
        if self._turn % QUESTIONS_A_SOCKET == 0 and self._sockets:
            self._sockets.pop(0).leave()
        async with self._making:
            while len(self._sockets) < SOCKETS:
                _, made = await asyncio.get_running_loop().create_datagram_endpoint(
                    _Socket, remote_addr=(self.address, self.port)
                )
                self._sockets.append(made)
        return self._sockets[self._turn % len(self._sockets)]

    async def _over_tcp(self, question: bytes, *, checking: bool) -> bytes:
        reader, writer = await asyncio.open_connection(self.address, self.port)
        try:
            number = secrets.randbits(16)
            query = ask(number, question, checking=checking)
            writer.write(len(query).to_bytes(2, "big") + query)
            while True:
                size = int.from_bytes(await reader.readexactly(2), "big")
                reply = await reader.readexactly(size)
                if answers(reply, number, question):
                    return reply
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


class _Socket(asyncio.DatagramProtocol):
    """One connected datagram socket, and the questions that wait on it by their number."""

    def __init__(self) -> None:
        self._transport: asyncio.DatagramTransport | None = None
        self._waiting: dict[int, tuple[bytes, asyncio.Future[Reply]]] = {}
        self._left = False

    async def ask(self, question: bytes, *, checking: bool) -> Reply:
        """The first readable reply to this very question."""
        number = secrets.randbits(16)
        while number in self._waiting:
            number = secrets.randbits(16)
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (question, future)
        try:
            if self._transport is None or self._transport.is_closing():
                raise ConnectionResetError
            self._transport.sendto(ask(number, question, checking=checking))
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
        question, future = self._waiting.get(int.from_bytes(data[:2], "big"), (b"", None))
        if future is None or future.done():
            return
        if answers(data, int.from_bytes(data[:2], "big"), question):
            # A mangled reply is waited past, as if it were lost.
            with suppress(dns.exception.DNSException, ValueError):
                future.set_result(read(data))

    def error_received(self, exc: Exception) -> None:
        self._fail(exc)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionResetError("the socket was closed"))

    def _fail(self, error: Exception) -> None:
        for _, future in self._waiting.values():
            if not future.done():
                future.set_exception(error)
