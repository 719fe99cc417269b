"""Flights of servers, written by hand, and hellos read by nobody's library."""

import hashlib
import struct
from dataclasses import dataclass

RETRY_RANDOM = hashlib.sha256(b"HelloRetryRequest").digest()
ALERT = b"\x15\x03\x01\x00\x02\x02\x46"
WARNING = b"\x15\x03\x01\x00\x02\x01\x70"
SSL2_HELLO = (
    struct.pack(">HBBBHHHH", 0x8000 | 30, 4, 0, 1, 2, 0, 3, 16) + b"\x01\x00\x80" + bytes(16)
)


def sized(content: bytes, width: int) -> bytes:
    """A vector behind its length."""
    return len(content).to_bytes(width, "big") + content if width else content


def record(kind: int, content: bytes, version: int = 0x0303) -> bytes:
    """One record."""
    return struct.pack(">BHH", kind, version, len(content)) + content


def message(kind: int, body: bytes) -> bytes:
    """One handshake message."""
    return bytes((kind,)) + sized(body, 3)


def extension(kind: int, content: bytes) -> bytes:
    """One extension."""
    return struct.pack(">H", kind) + sized(content, 2)


PICKS_13 = extension(51, b"\x00\x1d") + extension(43, b"\x03\x04")


def server_hello(
    version: int,
    suite: int,
    extensions: bytes = b"",
    *,
    random: bytes = bytes(32),
    compression: int = 0,
) -> bytes:
    """A ServerHello message."""
    body = struct.pack(">H", version) + random + b"\x00" + struct.pack(">HB", suite, compression)
    return message(2, body + (sized(extensions, 2) if extensions else b""))


def certificates(*ders: bytes) -> bytes:
    """A Certificate message."""
    return message(11, sized(b"".join(sized(der, 3) for der in ders), 3))


@dataclass
class Parsed:
    """A ClientHello, read by nobody's library."""

    record: int
    legacy: int
    session: bytes
    suites: tuple[int, ...]
    compression: bytes
    extensions: dict[int, bytes]
    message_bytes: int


def parsed(data: bytes) -> Parsed:
    """RFC 8446, 4.1.2; every length must be exact."""
    kind, record, length = struct.unpack(">BHH", data[:5])
    body = data[5:]
    assert (kind, length) == (22, len(body))
    assert body[0] == 1
    assert int.from_bytes(body[1:4], "big") == len(body) - 4
    legacy = int.from_bytes(body[4:6], "big")
    at = 38
    session = body[at + 1 : at + 1 + body[at]]
    at += 1 + len(session)
    size = int.from_bytes(body[at : at + 2], "big")
    suites = struct.unpack(f">{size // 2}H", body[at + 2 : at + 2 + size])
    at += 2 + size
    compression = body[at + 1 : at + 1 + body[at]]
    at += 1 + len(compression)
    extensions: dict[int, bytes] = {}
    if at < len(body):
        assert int.from_bytes(body[at : at + 2], "big") == len(body) - at - 2
        at += 2
        while at < len(body):
            number, size = struct.unpack(">HH", body[at : at + 4])
            assert number not in extensions
            extensions[number] = body[at + 4 : at + 4 + size]
            assert len(extensions[number]) == size
            at += 4 + size
    assert at == len(body)
    return Parsed(record, legacy, session, suites, compression, extensions, len(body))
