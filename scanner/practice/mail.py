"""The mail servers: one port on three loopback addresses, with STARTTLS, without it, and with an old version of TLS."""

import asyncio
import contextlib
import hashlib
import ssl
import tempfile
import warnings
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scanner.practice.certificates import Issued, Mint
from scanner.practice.ports import MAIN, SECOND, THIRD
from scanner.practice.site import CertificatePlan, Mail
from scanner.practice.stats import Stats
from scanner.practice.streams import PlainStream, TlsStream, hang_up

PROVIDER_HOST = "mx.thudientu-thuchanh.example"
"""The exchanger that most schools share, as schools do."""
ADDRESS = {Mail.PROVIDER: MAIN, Mail.OWN: MAIN, Mail.PLAIN: SECOND, Mail.OLD_TLS: THIRD}
_IDLE_S = 30.0
_LINE_BYTES = 512
_NAME = PROVIDER_HOST.encode()


class MailServers:
    """What stands on each of the three addresses; the certificate is the provider's everywhere."""

    def __init__(self, mint: Mint, stats: Stats) -> None:
        issued = mint.leaf(CertificatePlan(), [PROVIDER_HOST])
        self._stats = stats
        self._contexts = {
            MAIN: _context(issued),
            SECOND: None,
            THIRD: _context(issued, old=True) if ssl.HAS_TLSv1 else None,
        }
        key = issued.key.public_key()
        spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.key_sha256 = hashlib.sha256(spki).hexdigest()
        """Of the certificate's key, as a TLSA record names it."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        self._stats.mail_sessions += 1
        address = writer.get_extra_info("sockname")[0]
        with contextlib.suppress(OSError, TimeoutError, ssl.SSLError):
            await self._converse(reader, writer, self._contexts[address])

    async def _converse(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        context: ssl.SSLContext | None,
    ) -> None:
        stream: PlainStream | TlsStream = PlainStream(reader, writer)
        await stream.write(b"220 " + _NAME + b" ESMTP\r\n")
        while True:
            async with asyncio.timeout(_IDLE_S):
                command = (await _line(stream)).partition(b" ")[0].upper()
            if command == b"EHLO":
                offered = b"" if context is None else b"250-STARTTLS\r\n"
                await stream.write(b"250-" + _NAME + b"\r\n" + offered + b"250 8BITMIME\r\n")
            elif command == b"STARTTLS" and context is not None:
                await stream.write(b"220 2.0.0 ready\r\n")
                async with asyncio.timeout(_IDLE_S):
                    stream = TlsStream(reader, writer, context)
                    try:
                        await stream.handshake(await reader.read(65_536))
                    except ssl.SSLError:
                        await hang_up(reader, writer)
                        return
                context = None
            elif command == b"QUIT":
                await stream.write(b"221 2.0.0 bye\r\n")
                break
            elif command:
                # Nobody should ever begin a letter here.
                await stream.write(b"502 5.5.1 not here\r\n")
            else:
                break
        await stream.close()


async def _line(stream: PlainStream | TlsStream) -> bytes:
    """The next command, or nothing at the end; commands are never sent ahead."""
    waiting = b""
    while not waiting.endswith(b"\n") and len(waiting) < _LINE_BYTES:
        received = await stream.read()
        if not received:
            return b""
        waiting += received
    return waiting.strip()


def _context(issued: Issued, *, old: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if old:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.num_tickets = 0
    with tempfile.TemporaryDirectory(prefix="tinnhiem-") as folder:
        file = Path(folder) / "secret.pem"
        file.write_bytes(issued.pem)
        context.load_cert_chain(file)
    return context
