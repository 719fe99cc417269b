"""Scripted TLS: the first flight of servers so old that no library of today will play them."""

from collections.abc import Sequence
from dataclasses import dataclass

SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
PROTOCOL_VERSION = 70
"""The alert of RFC 8446, 6.2, for a version the server does not speak."""

_HANDSHAKE, _ALERT = 22, 21
_SUPPORTED_VERSIONS = 43
_RSA_AES_128_CBC_SHA = 0x002F


@dataclass(frozen=True)
class Hello:
    """What a client offered."""

    highest: int
    """The highest wire version offered; 2 for a hello in SSL 2 form."""
    record_version: int
    ciphers: tuple[int, ...] = ()


def wanted_bytes(seen: bytes) -> int:
    """How many bytes are still missing until the first record is whole."""
    if len(seen) < 5:
        return 5 - len(seen)
    if seen[0] & 0x80:
        return 0
    return max(0, 5 + int.from_bytes(seen[3:5], "big") - len(seen))


def read_hello(seen: bytes) -> Hello | None:
    """The hello at the start of a connection, or ``None`` where it is none."""
    if len(seen) >= 5 and seen[0] & 0x80 and seen[2] == 1:
        return Hello(highest=2, record_version=2)
    if len(seen) < 11 or seen[0] != _HANDSHAKE or seen[5] != 1:
        return None
    try:
        return _read_body(seen[9:], int.from_bytes(seen[1:3], "big"))
    except IndexError:
        return None


def _read_body(body: bytes, record_version: int) -> Hello:
    highest = int.from_bytes(body[0:2], "big")
    at = 34
    at += 1 + body[at]
    size = int.from_bytes(body[at : at + 2], "big")
    suites = body[at + 2 : at + 2 + size]
    ciphers = tuple(int.from_bytes(suites[i : i + 2], "big") for i in range(0, len(suites) - 1, 2))
    at += 2 + size
    at += 1 + body[at]
    rest = body[at + 2 :]
    while len(rest) >= 4:
        kind, size = int.from_bytes(rest[0:2], "big"), int.from_bytes(rest[2:4], "big")
        if kind == _SUPPORTED_VERSIONS:
            listed = rest[5 : 4 + size]
            offered = [
                int.from_bytes(listed[i : i + 2], "big") for i in range(0, len(listed) - 1, 2)
            ]
            # GREASE (RFC 8701) looks like a very high version; it is none.
            highest = max((v for v in offered if v <= TLS13), default=highest)
        rest = rest[4 + size :]
    return Hello(highest, record_version, ciphers)


def old_flight(version: int, hello: Hello, chain: Sequence[bytes]) -> bytes:
    """ServerHello, Certificate and ServerHelloDone in this version."""
    suite = _RSA_AES_128_CBC_SHA
    if suite not in hello.ciphers and hello.ciphers:
        suite = hello.ciphers[0]
    server_hello = (
        version.to_bytes(2, "big") + bytes(range(32)) + b"\0" + suite.to_bytes(2, "big") + b"\0"
    )
    certificates = b"".join(_sized(der, 3) for der in chain)
    messages = (
        _message(2, server_hello),
        _message(11, _sized(certificates, 3)),
        _message(14, b""),
    )
    return b"".join(_record(_HANDSHAKE, version, message) for message in messages)


def fatal_alert(hello: Hello | None, description: int = PROTOCOL_VERSION) -> bytes:
    """A fatal alert, in a record the client will read."""
    version = TLS10 if hello is None else min(max(hello.record_version, SSL3), TLS12)
    return _record(_ALERT, version, bytes((2, description)))


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + _sized(body, 3)


def _record(kind: int, version: int, content: bytes) -> bytes:
    return bytes((kind,)) + version.to_bytes(2, "big") + _sized(content, 2)


def _sized(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width, "big") + content
