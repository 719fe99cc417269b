"""A connection as the web servers use it: plain, or TLS pumped by hand so that every alert is really sent."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
_CHUNK = 65_536
_LINGER_S = 1.0


class PlainStream:
    """Bytes as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> bytes:
        """Some bytes, or none at the end."""
        return await self._reader.read(_CHUNK)

    async def write(self, data: bytes) -> None:
        """Send bytes."""
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        """Say that no more will come."""
        await hang_up(self._reader, self._writer)


class TlsStream:
    """A real TLS server on a connection, from the client's first bytes on.

    asyncio's own TLS transport closes a failed handshake without sending the alert; a scanner would then
    see a closed connection where every real server says why.
    """

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, context: ssl.SSLContext
    ) -> None:
        self._reader, self._writer = reader, writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    async def handshake(self, first: bytes) -> None:
        """Shake hands; ``first`` was read already.  ``ssl.SSLError`` after the alert was sent."""
        self._incoming.write(first)
        await self._pump(self._tls.do_handshake)

    async def read(self) -> bytes:
        """Some bytes, or none at the end."""
        try:
            return await self._pump(self._read)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def write(self, data: bytes) -> None:
        """Send bytes."""
        for start in range(0, len(data), _CHUNK):
            await self._pump(self._writing(data[start : start + _CHUNK]))

    async def close(self) -> None:
        """Say that no more will come, in TLS and in TCP."""
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        with contextlib.suppress(OSError):
            await self._flush()
        await hang_up(self._reader, self._writer)

    def _read(self) -> bytes:
        return self._tls.read(_CHUNK)

    def _writing(self, data: bytes) -> Callable[[], int]:
        return lambda: self._tls.write(data)

    async def _pump(self, step: Callable[[], T]) -> T:
        while True:
            try:
                done = step()
            except ssl.SSLWantReadError:
                await self._flush()
                received = await self._reader.read(_CHUNK)
                if received:
                    self._incoming.write(received)
                else:
                    self._incoming.write_eof()
            except ssl.SSLError:
                await self._flush()
                raise
            else:
                await self._flush()
                return done

    async def _flush(self) -> None:
        if self._outgoing.pending:
            self._writer.write(self._outgoing.read())
            await self._writer.drain()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """End in order: what was sent last must not be lost to a reset because the peer was still talking."""
    with contextlib.suppress(OSError, TimeoutError):
        if writer.can_write_eof():
            writer.write_eof()
        async with asyncio.timeout(_LINGER_S):
            while await reader.read(_CHUNK):
                pass
