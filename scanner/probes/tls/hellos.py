"""ClientHellos built by hand, each offering exactly one version and what else a question needs.

A local library that no longer speaks an old version or suite cannot see it; these hellos can (RFC 8446, RFC 5246,
RFC 6101, and the SSL 2.0 draft of 1995 for its two-byte records).
"""

import os
import struct
from functools import lru_cache
from typing import NamedTuple

from checks.evidence.tls import Version
from checks.parsing.suites import candidates

WIRE = {
    Version.SSL2: 0x0002,
    Version.SSL3: 0x0300,
    Version.TLS10: 0x0301,
    Version.TLS11: 0x0302,
    Version.TLS12: 0x0303,
    Version.TLS13: 0x0304,
}
SCHEMES = (
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080A, 0x080B, 0x0804, 0x0805, 0x0806,
    0x0401, 0x0501, 0x0601, 0x081A, 0x081B, 0x081C, 0x0904, 0x0905, 0x0906, 0x0708,
    0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0202, 0x0101,
)  # fmt: skip
"""Signature schemes, elliptic curves first; the old hashes at the end, for servers that know no other."""
_FEW_SCHEMES = (0x0403, 0x0503, 0x0804, 0x0805, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202)
_FEW_CURVES = (29, 23, 24, 25)
_RENEGOTIATION_SCSV = 0x00FF  # RFC 5746, 3.3
_FALLBACK_SCSV = 0x5600  # RFC 7507
# Balancers of one maker stall at a hello of 256 to 511 bytes (RFC 7685).
_STALLS_FROM, _STALLS_TO = 256, 511
_PADDING = 21


_COMMON = (
    0xC02F, 0xC030, 0xC02B, 0xC02C, 0xCCA8, 0xCCA9, 0xC013, 0xC014, 0xC009, 0xC00A, 0x009C, 0x009D,
    0x002F, 0x0035, 0x000A, 0x0005, 0x0033, 0x0039, 0x009E, 0x009F, 0xC027, 0xC028, 0x003C, 0x003D,
    0x0004, 0x0016, 0xC012, 0xC011, 0x0067, 0x006B, 0x0032, 0x0038, 0x0041, 0x0084, 0x0009, 0x0003,
)  # fmt: skip
"""One or more of these is spoken by nearly every server of the last twenty-five years."""


class Hello(NamedTuple):
    """What one ClientHello offers.

    In SSL 2, ``suites`` are its cipher kinds and nothing else is said.  SSL 3 has no extensions.  An empty
    ``shares`` in TLS 1.3 makes the server name suite and group in a HelloRetryRequest, which costs it no signature.
    """

    version: Version
    server_name: str
    suites: tuple[int, ...]
    groups: tuple[int, ...] = ()
    schemes: tuple[int, ...] = SCHEMES
    shares: tuple[tuple[int, bytes], ...] = ()
    alpn: tuple[str, ...] = ()
    deflate: bool = False
    fallback: bool = False
    """Whether it says that it is a second try with an older version (TLS_FALLBACK_SCSV)."""
    vouchers: bool = False
    """Whether it asks for a stapled OCSP answer and for signed certificate timestamps."""
    ticket: bool = False
    cookie: bytes = b""
    random: bytes = b""
    """Empty: fresh for each message."""
    session: bytes = b""
    """The session id that TLS 1.3 sends for old middleboxes' sake; other versions send none."""


def client_hello(hello: Hello) -> bytes:
    """The bytes to send: one record."""
    if hello.version is Version.SSL2:
        return _ssl2_hello(hello)
    message = client_hello_message(hello)
    # RFC 8446, 5.1: the record layer of a first hello says TLS 1.0 at most, for old middleboxes.
    record_version = min(WIRE[hello.version], 0x0301)
    return struct.pack(">BHH", 22, record_version, len(message)) + message


def client_hello_message(hello: Hello) -> bytes:
    """The handshake message without its record, as a transcript needs it."""
    modern = hello.version is Version.TLS13
    suites = hello.suites if modern else (*hello.suites, _RENEGOTIATION_SCSV)
    if hello.fallback:
        suites = (*suites, _FALLBACK_SCSV)
    body = b"".join(
        (
            struct.pack(">H", min(WIRE[hello.version], 0x0303)),
            hello.random or os.urandom(32),
            _vector(1, (hello.session or os.urandom(32)) if modern else b""),
            _vector(2, _numbers(suites)),
            b"\x02\x01\x00" if hello.deflate and not modern else b"\x01\x00",
        )
    )
    if hello.version is not Version.SSL3:
        extensions = _server_name(hello.server_name) + _extensions(
            hello.version,
            hello.groups,
            hello.schemes,
            hello.shares,
            hello.alpn,
            hello.vouchers,
            hello.ticket,
            hello.cookie,
        )
        size = 4 + len(body) + 2 + len(extensions)
        if _STALLS_FROM <= size <= _STALLS_TO:
            extensions += _extension(_PADDING, bytes(max(0, _STALLS_TO + 1 - size - 4)))
        body += _vector(2, extensions)
    return b"\x01" + len(body).to_bytes(3, "big") + body


def short_hello(version: Version, server_name: str, suites: tuple[int, ...]) -> Hello:
    """A hello without anything that an old stack might stumble over; see ``short_parts`` for its length."""
    return Hello(
        version=version,
        server_name=server_name,
        suites=suites,
        groups=_FEW_CURVES,
        schemes=_FEW_SCHEMES,
    )


def common_suites(version: Version, server_name: str) -> tuple[int, ...]:
    """The most common suites of a version, few enough for a hello under 256 bytes."""
    known = frozenset(candidates(version))
    common = tuple(number for number in _COMMON if number in known) or candidates(version)
    return short_parts(version, server_name, common)[0]


def short_parts(
    version: Version, server_name: str, suites: tuple[int, ...]
) -> list[tuple[int, ...]]:
    """The suites in parts, each few enough for a hello under 256 bytes."""
    without = len(client_hello_message(short_hello(version, server_name, ())))
    room = max(8, (_STALLS_FROM - 1 - without) // 2)
    return [suites[at : at + room] for at in range(0, len(suites), room)]


@lru_cache(maxsize=256)
def _server_name(name: str) -> bytes:
    if _is_literal(name):
        return b""
    return _extension(0, _vector(2, b"\x00" + _vector(2, name.encode("ascii"))))


# The questions to all servers differ in their suites; what stands here comes again and again.
@lru_cache(maxsize=128)
def _extensions(
    version: Version,
    groups: tuple[int, ...],
    schemes: tuple[int, ...],
    shares: tuple[tuple[int, bytes], ...],
    alpn: tuple[str, ...],
    vouchers: bool,  # noqa: FBT001  Positional for the cache's sake.
    ticket: bool,  # noqa: FBT001
    cookie: bytes,
) -> bytes:
    """All but the server's name."""
    found = []
    if groups:
        found.append(_extension(10, _vector(2, _numbers(groups))))
    if version in (Version.TLS12, Version.TLS13):
        found.append(_extension(13, _vector(2, _numbers(schemes))))
    if alpn:
        names = b"".join(_vector(1, name.encode("ascii")) for name in alpn)
        found.append(_extension(16, _vector(2, names)))
    if vouchers:
        # RFC 6066, 8: an OCSP answer, of any responder, without extensions; RFC 6962, 3.3.1.
        found += [_extension(5, b"\x01\x00\x00\x00\x00"), _extension(18, b"")]
    if version is Version.TLS13:
        keys = b"".join(struct.pack(">HH", group, len(key)) + key for group, key in shares)
        found += [
            _extension(43, b"\x02\x03\x04"),
            _extension(51, _vector(2, keys)),
            _extension(45, b"\x01\x01"),
        ]
        if cookie:
            found.append(_extension(44, _vector(2, cookie)))
    else:
        found += [_extension(11, b"\x01\x00"), _extension(23, b"")]
        if ticket:
            found.append(_extension(35, b""))
    return b"".join(found)


def _is_literal(name: str) -> bool:
    """RFC 6066, 3: an address literal is no server name."""
    return ":" in name or name.replace(".", "").isdigit()


def _ssl2_hello(hello: Hello) -> bytes:
    kinds = b"".join(kind.to_bytes(3, "big") for kind in hello.suites)
    challenge = (hello.random or os.urandom(16))[:16]
    body = struct.pack(">BHHHH", 1, 0x0002, len(kinds), 0, len(challenge)) + kinds + challenge
    return struct.pack(">H", 0x8000 | len(body)) + body


def _numbers(numbers: tuple[int, ...]) -> bytes:
    return _packing(len(numbers)).pack(*numbers)


@lru_cache(maxsize=512)
def _packing(count: int) -> struct.Struct:
    """The struct module itself keeps 100 formats, and elimination asks in more lengths than that."""
    return struct.Struct(f">{count}H")


def _extension(kind: int, data: bytes) -> bytes:
    return struct.pack(">HH", kind, len(data)) + data


def _vector(width: int, data: bytes) -> bytes:
    return len(data).to_bytes(width, "big") + data
