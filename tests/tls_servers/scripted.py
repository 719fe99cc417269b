"""First flights written by hand, for what no library plays: SSL 2, EXPORT, and servers that are odd or broken.

They answer a hello and go no further, so no handshake with them completes.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from checks.evidence.tls import Version
from scanner.practice.listeners import Listeners
from scanner.practice.ports import bound, port_of
from scanner.practice.streams import hang_up
from tests.scanner.servers import RESET
from tests.tls_servers import primes
from tests.tls_servers.truth import SERVER, Truth

_WIRE = {
    Version.SSL3: 0x0300,
    Version.TLS10: 0x0301,
    Version.TLS11: 0x0302,
    Version.TLS12: 0x0303,
    Version.TLS13: 0x0304,
}
_SSL2, _SSL3, _10, _11, _12, _13 = Version
_ALERT, _HANDSHAKE = 21, 22
_RENEGOTIATION_SCSV, _FALLBACK_SCSV = 0x00FF, 0x5600
_SNI, _GROUPS, _VERSIONS, _KEY_SHARE, _EMS, _RENEGOTIATION = 0, 10, 43, 51, 23, 0xFF01
SSL2_KINDS = (0x010080, 0x020080, 0x030080, 0x040080, 0x050080, 0x060040, 0x0700C0)
# RFC 8446, 4.1.3: a ServerHello with this random is a HelloRetryRequest.
_RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

# Which key exchange a suite asks for, where it asks for a ServerKeyExchange.
_ECDHE = frozenset({0xC007, 0xC011, 0xC013, 0xC014, 0xC02F, 0xC030, *range(0xC023, 0xC02B)})
_DHE = frozenset({0x0011, 0x0014, 0x0015, 0x0016, 0x0033, 0x0039, 0x0067, 0x006B, 0x009E, 0x009F})
_EXPORT_RSA = frozenset({0x0003, 0x0006, 0x0008})

REFUSALS = {
    "close-notify": (1, 0),
    "unexpected-message": (2, 10),
    "bad-record-mac": (2, 20),
    "handshake-failure": (2, 40),
    "illegal-parameter": (2, 47),
    "access-denied": (2, 49),
    "decode-error": (2, 50),
    "protocol-version": (2, 70),
    "insufficient-security": (2, 71),
    "internal-error": (2, 80),
    "user-canceled": (1, 90),
    "unrecognized-name": (2, 112),
    "unknown-255": (2, 255),
}
"""Alerts by which servers refuse, with their level and number."""


@dataclass(frozen=True)
class Hello:
    """What a client said."""

    wire: int
    suites: tuple[int, ...]
    session_id: bytes
    extensions: Mapping[int, bytes]
    size: int

    def groups(self) -> tuple[int, ...] | None:
        """The groups offered, or ``None`` where none are named."""
        if _GROUPS not in self.extensions:
            return None
        return _numbers(self.extensions[_GROUPS][2:])

    def offers_13(self) -> bool:
        """Whether TLS 1.3 is among the versions."""
        return 0x0304 in _numbers(self.extensions.get(_VERSIONS, b"")[1:])


@dataclass(frozen=True)
class Server:
    """How one scripted server answers."""

    name: str
    suites: Mapping[Version, tuple[int, ...]]
    """Accepted, in the server's order; SSL 2 by kinds."""
    groups: tuple[int, ...] = (23,)
    prime: str = "own-1024"
    compression: bool = False
    renegotiation_info: bool = True
    extended_master_secret: bool = False
    heeds_fallback: bool = True
    refuses: tuple[int, int] | str = (2, 40)
    """Level and number of an alert, or ``close`` or ``reset``."""
    warns: bool = False
    """An unrecognized-name warning before the ServerHello (RFC 6066, 3)."""
    longest_hello: int = 1 << 16
    record_version: int | None = None
    exact_versions: bool = False
    """Whether a hello above the best version is refused, not answered below (version intolerance)."""
    fragment: int = 1 << 14
    pause_s: float = 0.0
    every_nth_reset: int = 0
    first_connections: int = 0
    """After so many connections, every other one within a second is reset; 0: no limit."""
    always_picks: int | None = None
    retries_for_ever: bool = False
    says: bytes | None = None
    """Said in place of any TLS."""
    also: Mapping[str, Any] = field(default_factory=dict)

    def truth(self) -> Truth:
        """What a look must see."""
        accepted = [version for version in Version if version in self.suites]
        tls = [version for version in accepted if version is not _SSL2]
        below = [version for version in tls if version is not _13]
        used = {number for version in below for number in self.suites[version]}
        groups = {}
        if below and used & _ECDHE:
            groups[below[-1]] = frozenset(self.groups)
        if _13 in tls:
            groups[_13] = frozenset(self.groups)
        traits: dict[str, Any] = {}
        if below:
            traits |= {
                "compression": self.compression,
                "secure_renegotiation": self.renegotiation_info,
                "alpn": (),
            }
            if below[-1] is not _SSL3:
                traits["extended_master_secret"] = self.extended_master_secret
            if len(tls) > 1:
                traits["fallback_refused"] = self.heeds_fallback
        return Truth(
            **{
                "suites": self.suites,
                "preference": {v: SERVER if len(self.suites[v]) > 1 else None for v in tls},
                "groups": groups,
                "primes": frozenset({primes.seen(self.prime)}) if used & _DHE else frozenset(),
                "traits": traits,
                "may_miss": frozenset({"alpn"}),
                **self.also,
            }
        )


_PLAIN = (0x009C, 0x002F)
_ODD = {_10: (0x002F,), _11: (0x002F,), _12: _PLAIN}
_SHORT: Mapping[str, Any] = {"may_miss": frozenset({"alpn", "compression"})}
# After a choice of what was not offered nothing more is asked, and the look says so.
_CUT: Mapping[str, Any] = {"may_be_cut": True, "traits": {}}

SERVERS: Sequence[Server] = (
    Server("ssl2", {_SSL2: SSL2_KINDS}),
    Server("ssl2-export-only", {_SSL2: (0x020080, 0x040080)}),
    Server("ssl2-to-tls10", {_SSL2: SSL2_KINDS[:3], _SSL3: (0x0005, 0x0004), _10: (0x0005, 0x0004)}),
    Server(
        "export",
        dict.fromkeys((_SSL3, _10), (0x0014, 0x0008, 0x0006, 0x0003)),
        prime="own-512",
    ),
    Server("des-idea-seed", dict.fromkeys((_SSL3, _10, _11), (0x0007, 0x0096, 0x0009, 0x0015))),
    Server(
        # PSK, RSA_PSK, static DH and ECDH, GOST, SRP, Kerberos: suites without a ServerKeyExchange here.
        "rare-suites",
        {_12: (0x00A8, 0x00AC, 0x00A0, 0xC031, 0xC02D, 0xC100, 0x0031, 0xC00E, 0x001F)},
    ),
    Server("compression", {_10: (0x002F,), _12: (0xC02F, 0x009C)}, compression=True),
    Server("no-rfc5746", {_10: (0x0039, 0x0033), _12: (0xC02F, 0x0033)}, renegotiation_info=False),
    Server("fallback-unheeded", {_10: (0x002F,), _12: _PLAIN}, heeds_fallback=False),
    Server("warns-first", _ODD, warns=True),
    # So short a hello offers no compression, so nothing is seen of it.
    Server("hello-up-to-255", _ODD, longest_hello=255, refuses="close", also=_SHORT),
    Server("hello-up-to-511", _ODD, longest_hello=511, refuses="reset", also=_SHORT),
    Server("records-say-ssl3", _ODD, record_version=0x0300),
    Server("records-say-tls12", _ODD, record_version=0x0303),
    Server("version-intolerant", {_10: (0x002F,)}, exact_versions=True, refuses="close"),
    Server("answers-below", {_10: (0x002F, 0x0035)}),
    Server("refuses-closing", _ODD, refuses="close"),
    Server("refuses-resetting", _ODD, refuses="reset"),
    *(Server(f"refuses-{name}", _ODD, refuses=alert) for name, alert in REFUSALS.items()),
    Server("one-byte-records", _ODD, fragment=1),
    Server("slow-but-whole", _ODD, fragment=200, pause_s=0.004),
    Server("every-second-reset", _ODD, every_nth_reset=2),
    Server("throttles-after-12", _ODD, first_connections=12),
    Server("picks-unoffered", {_10: (0x002F,), _11: (0x002F,), _12: (0x002F,)}, always_picks=0x002F, also=_CUT),
    Server("retry-names-hybrids", {_13: (0x1301, 0x1302)}, groups=(0x11ED, 0x11EB, 29)),
    Server("retries-for-ever", {_13: (0x1301,)}, groups=(29, 23), retries_for_ever=True),
    Server("http-in-plain", {}, says=b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"),
    Server("ssh", {}, says=b"SSH-2.0-OpenSSH_9.2p1\r\n"),
    Server("closes-at-once", {}, says=b""),
)  # fmt: skip


@contextmanager
def played(folder: Path, servers: Sequence[Server] = SERVERS) -> Iterator[dict[str, int]]:
    """The port of each while the block lasts; one thread with a loop of its own plays them all."""
    pem = (folder / "rsa2048.pem").read_bytes()
    chain = tuple(c.public_bytes(Encoding.DER) for c in x509.load_pem_x509_certificates(pem))
    ports: dict[str, int] = {}
    up = threading.Event()
    loop = asyncio.new_event_loop()
    ended = asyncio.Event()

    async def stay() -> None:
        listeners = Listeners()
        for server in servers:
            sock = bound()
            ports[server.name] = port_of(sock)
            await listeners.serve(sock, _Player(server, chain).talk)
        up.set()
        await ended.wait()
        await listeners.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(stay()))
    thread.start()
    try:
        up.wait(10)
        yield ports
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


class _Player:
    """One server's memory of how often it was asked."""

    def __init__(self, server: Server, chain: Sequence[bytes]) -> None:
        self._server = server
        self._chain = chain
        self._times = 0
        self._window: list[float] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            await self._talk(reader, writer)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = self._server
        if self._turned_away():
            _reset(writer)
            return
        seen = await reader.read(65_536)
        if server.says is not None:
            writer.write(server.says)
            await hang_up(reader, writer)
            return
        while len(seen) < _wanted(seen):
            more = await reader.read(65_536)
            if not more:
                return
            seen += more
        answer = self._answer(seen)
        if answer is None and isinstance(server.refuses, str):
            if server.refuses == "reset":
                _reset(writer)
            else:
                writer.close()
            return
        for at in range(0, len(answer or b""), 512 if server.pause_s else 1 << 20):
            writer.write((answer or b"")[at : at + (512 if server.pause_s else 1 << 20)])
            await writer.drain()
            await asyncio.sleep(server.pause_s)
        if server.retries_for_ever:
            while await reader.read(65_536):
                writer.write(answer or b"")
        await hang_up(reader, writer)

    def _turned_away(self) -> bool:
        server = self._server
        self._times += 1
        if server.every_nth_reset and self._times % server.every_nth_reset == 0:
            return True
        if not server.first_connections:
            return False
        now = asyncio.get_running_loop().time()
        self._window = [at for at in self._window if now - at < 1.0]
        if len(self._window) >= server.first_connections:
            return True
        self._window.append(now)
        return False

    def _answer(self, seen: bytes) -> bytes | None:
        """The whole answer; ``None``: refused in a manner that has no bytes."""
        server = self._server
        if seen[0] & 0x80:
            return self._ssl2(seen) if _SSL2 in server.suites else self._refusal(0x0301)
        hello = read_hello(seen)
        if hello.size > server.longest_hello:
            return None
        version = self._version(hello)
        if version is None:
            return self._refusal(hello.wire, 70)
        suite = self._suite(hello, version)
        if suite is None:
            return self._refusal(min(hello.wire, 0x0303))
        best = max(_WIRE[v] for v in server.suites if v is not _SSL2)
        if _FALLBACK_SCSV in hello.suites and server.heeds_fallback and _WIRE[version] < best:
            return _record(_ALERT, _WIRE[version], b"\x02\x56")
        return self._flight(hello, version, suite)

    def _version(self, hello: Hello) -> Version | None:
        spoken = [v for v in self._server.suites if v is not _SSL2]
        if _13 in spoken and hello.offers_13():
            return _13
        below = [v for v in spoken if v is not _13]
        fitting = [v for v in below if _WIRE[v] <= hello.wire]
        if not fitting or (self._server.exact_versions and hello.wire != _WIRE[fitting[-1]]):
            return None
        return fitting[-1]

    def _suite(self, hello: Hello, version: Version) -> int | None:
        if self._server.always_picks is not None:
            return self._server.always_picks
        groups = hello.groups()
        shared = groups is None or bool(set(groups) & set(self._server.groups))
        return next(
            (
                suite
                for suite in self._server.suites[version]
                if suite in hello.suites and (shared or not (suite in _ECDHE or version is _13))
            ),
            None,
        )

    def _refusal(self, wire: int, number: int | None = None) -> bytes | None:
        refuses = self._server.refuses
        if isinstance(refuses, str):
            return None
        level, usual = refuses
        # A server with a habit of its own keeps to it; the usual one says what is wrong.
        chosen = number if number is not None and refuses == (2, 40) else usual
        return _record(_ALERT, max(0x0300, min(wire, 0x0303)), bytes((level, chosen)))

    def _flight(self, hello: Hello, version: Version, suite: int) -> bytes:
        server = self._server
        wire = min(_WIRE[version], 0x0303)
        record = server.record_version or wire
        if version is _13:
            return self._retry(hello, suite)
        messages = [self._server_hello(hello, version, suite)]
        certificates = b"".join(_vector(3, der) for der in self._chain)
        messages.append(_message(11, _vector(3, certificates)))
        exchange = self._key_exchange(hello, version, suite)
        if exchange:
            messages.append(_message(12, exchange))
        messages.append(_message(14, b""))
        flight = b"".join(messages)
        pieces = [
            flight[at : at + server.fragment] for at in range(0, len(flight), server.fragment)
        ]
        warning = _record(_ALERT, record, b"\x01\x70") if server.warns else b""
        return warning + b"".join(_record(_HANDSHAKE, record, piece) for piece in pieces)

    def _server_hello(self, hello: Hello, version: Version, suite: int) -> bytes:
        server = self._server
        extensions = b""
        if server.renegotiation_info and (
            _RENEGOTIATION in hello.extensions or _RENEGOTIATION_SCSV in hello.suites
        ):
            extensions += _extension(_RENEGOTIATION, b"\0")
        if server.extended_master_secret and _EMS in hello.extensions:
            extensions += _extension(_EMS, b"")
        body = (
            struct.pack(">H", _WIRE[version])
            + bytes(range(32))
            + b"\0"
            + struct.pack(">HB", suite, 1 if server.compression else 0)
            + (_vector(2, extensions) if extensions else b"")
        )
        return _message(2, body)

    def _retry(self, hello: Hello, suite: int) -> bytes:
        groups = hello.groups() or ()
        group = next(group for group in self._server.groups if group in groups)
        extensions = _extension(_VERSIONS, b"\x03\x04") + _extension(
            _KEY_SHARE, struct.pack(">H", group)
        )
        body = (
            b"\x03\x03"
            + _RETRY_RANDOM
            + _vector(1, hello.session_id)
            + struct.pack(">HB", suite, 0)
            + _vector(2, extensions)
        )
        return _record(_HANDSHAKE, 0x0303, _message(2, body))

    def _key_exchange(self, hello: Hello, version: Version, suite: int) -> bytes:
        signature = (b"\x04\x01" if version is _12 else b"") + _vector(2, bytes(256))
        if suite in _DHE:
            prime = primes.as_bytes(primes.prime(self._server.prime))
            return (
                _vector(2, prime)
                + _vector(2, b"\x02")
                + _vector(2, prime[:-1] + b"\x07")
                + signature
            )
        if suite in _EXPORT_RSA:
            return _vector(2, b"\xc1" + bytes(62) + b"\x01") + _vector(2, b"\x01\0\x01") + signature
        if suite in _ECDHE:
            groups = hello.groups() or self._server.groups
            group = next(group for group in self._server.groups if group in groups)
            return b"\x03" + struct.pack(">H", group) + _vector(1, b"\x04" + bytes(64)) + signature
        return b""

    def _ssl2(self, seen: bytes) -> bytes | None:
        count = int.from_bytes(seen[5:7], "big")
        if int.from_bytes(seen[3:5], "big") != 2:
            return None
        offered = {int.from_bytes(seen[at : at + 3], "big") for at in range(11, 11 + count, 3)}
        both = [kind for kind in self._server.suites[_SSL2] if kind in offered]
        kinds = b"".join(kind.to_bytes(3, "big") for kind in both)
        der = self._chain[0]
        body = (
            struct.pack(">BBBHHHH", 4, 0, 1, 2, len(der), len(kinds), 16) + der + kinds + bytes(16)
        )
        return struct.pack(">H", 0x8000 | len(body)) + body


def read_hello(seen: bytes) -> Hello:
    """A client's hello; ours are well formed, so nothing is checked."""
    body = seen[9:]
    wire = int.from_bytes(body[0:2], "big")
    at = 34
    session_id = body[at + 1 : at + 1 + body[at]]
    at += 1 + body[at]
    size = int.from_bytes(body[at : at + 2], "big")
    suites = _numbers(body[at + 2 : at + 2 + size])
    at += 2 + size
    at += 1 + body[at]
    extensions: dict[int, bytes] = {}
    rest = body[at + 2 :]
    while len(rest) >= 4:
        kind, size = struct.unpack(">HH", rest[:4])
        extensions[kind] = rest[4 : 4 + size]
        rest = rest[4 + size :]
    return Hello(wire, suites, session_id, extensions, len(seen) - 9)


def _wanted(seen: bytes) -> int:
    if len(seen) < 5:
        return 5
    if seen[0] & 0x80:
        return 2 + (int.from_bytes(seen[:2], "big") & 0x7FFF)
    return 5 + int.from_bytes(seen[3:5], "big")


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data) - 1, 2))


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + _vector(3, body)


def _record(kind: int, version: int, content: bytes) -> bytes:
    return bytes((kind,)) + struct.pack(">H", version) + _vector(2, content)


def _extension(kind: int, data: bytes) -> bytes:
    return struct.pack(">H", kind) + _vector(2, data)


def _vector(width: int, content: bytes) -> bytes:
    return len(content).to_bytes(width, "big") + content
