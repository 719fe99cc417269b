"""Servers that give in: real TLS behind a go-between that makes one known mistake each."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from scanner.practice.streams import hang_up
from tests.scanner.servers import Server, serving

_CCS, _ALERT, _HANDSHAKE, _HEARTBEAT = 20, 21, 22, 24
_CLIENT_KEY_EXCHANGE, _SERVER_HELLO_DONE = 16, 14
_BAD_RECORD_MAC = b"\x15\x03\x03\x00\x02\x02\x14"
_DECRYPT_ERROR = b"\x15\x03\x03\x00\x02\x02\x33"
_ALLOW_CLIENT_RENEGOTIATION = 1 << 8
MISTAKES = ("none", "heartbleed", "ccs", "robot", "silent-to-heartbeats")


@dataclass
class _Talk:
    """One connection through the go-between."""

    mistake: str
    key: rsa.RSAPrivateKey
    exchanged: bool = False
    """Whether the client's key exchange went by."""

    def reply(self, record: bytes) -> bytes | None:
        """What the mistake answers by itself; ``b""`` says nothing; ``None``: the real server shall answer."""
        kind = record[0]
        if kind == _HEARTBEAT:
            return self._heartbeat(record)
        if kind == _CCS and not self.exchanged and self.mistake == "ccs":
            # OpenSSL before 2014 made keys of nothing here, and could not decrypt what came next.
            return _BAD_RECORD_MAC
        if kind == _HANDSHAKE and record[5] == _CLIENT_KEY_EXCHANGE:
            self.exchanged = True
            if self.mistake == "robot" and not self._padded(record[11:]):
                return _DECRYPT_ERROR
        return None

    def _heartbeat(self, record: bytes) -> bytes | None:
        if self.mistake == "heartbleed":
            # As many bytes as the request claims to have sent, whatever lies in memory.
            return b"\x18\x03\x03\x00\x40\x02\x00\x3d" + b"\x01" * 61
        return b"" if self.mistake == "silent-to-heartbeats" else None

    def _padded(self, encrypted: bytes) -> bool:
        numbers = self.key.private_numbers()
        plain = pow(int.from_bytes(encrypted, "big"), numbers.d, numbers.public_numbers.n)
        text = plain.to_bytes(self.key.key_size // 8, "big")
        return text.startswith(b"\x00\x02") and text[-49:-48] == b"\x00"


@asynccontextmanager
async def giving_in(mistake: str, folder: Path) -> AsyncIterator[Server]:
    """A TLS 1.2 server with this mistake."""
    pem = folder / "rsa2048.pem"
    key = serialization.load_pem_private_key(pem.read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-GCM-SHA256:AES256-SHA:ECDHE-RSA-AES128-GCM-SHA256")

    async def behind(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    real = await asyncio.start_server(behind, "127.0.0.1", 0, ssl=context)
    port = real.sockets[0].getsockname()[1]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection("127.0.0.1", port)
        coming = asyncio.create_task(_pump(back, writer))
        said = _Talk(mistake, key)
        try:
            while True:
                head = await reader.readexactly(5)
                record = head + await reader.readexactly(int.from_bytes(head[3:5], "big"))
                answer = said.reply(record)
                if answer is None:
                    forth.write(record)
                elif answer:
                    # The server's own flight goes out first.
                    await asyncio.sleep(0.1)
                    writer.write(answer)
                    await hang_up(reader, writer)
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            coming.cancel()
            with suppress(asyncio.CancelledError):
                await coming
            forth.transport.abort()

    async with serving(talk) as server:
        try:
            yield server
        finally:
            real.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What the real server says; its end is no reset, which would overtake an alert."""
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
        writer.write_eof()


@contextmanager
def renegotiating(folder: Path) -> Iterator[int]:
    """OpenSSL as it was until 3.0: a client may start as many handshakes as it likes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "rsa2048.pem")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.options |= _ALLOW_CLIENT_RENEGOTIATION
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(sock: socket.socket) -> None:
        with sock, suppress(OSError):
            # Whoever leaves without a word must not be wrapped: that leaves a socket which nobody closes.
            if sock.recv(1, socket.MSG_PEEK):
                with context.wrap_socket(sock, server_side=True) as secured:
                    secured.settimeout(5)
                    secured.recv(1)

    talks: list[threading.Thread] = []

    def accept() -> None:
        with suppress(OSError):
            while True:
                talks.append(threading.Thread(target=talk, args=(listener.accept()[0],)))
                talks[-1].start()

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for one in (thread, *talks):
            one.join(10)
