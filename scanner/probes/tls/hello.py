"""ClientHellos built by hand, each offering exactly one version, and the reading of the first flight.

A local library that no longer speaks an old version cannot see it; these hellos can (RFC 8446, RFC 5246,
RFC 6101, and the SSL 2.0 draft of 1995 for its two-byte records).
"""

import os
import struct
from dataclasses import dataclass

from checks.evidence.tls import Version

_WIRE = {
    Version.SSL3: 0x0300,
    Version.TLS10: 0x0301,
    Version.TLS11: 0x0302,
    Version.TLS12: 0x0303,
    Version.TLS13: 0x0304,
}
_SCSV_RENEGOTIATION = 0x00FF  # RFC 5746, 3.3

# What servers of the last twenty-five years know: a version refused for want of a common suite
# would look like a version refused.
_SUITES_13 = (0x1301, 0x1302, 0x1303, 0x1304, 0x1305)
_SUITES_12 = (
    0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9, 0xCCAA, 0x009C, 0x009D, 0x009E, 0x009F,
    0xC023, 0xC024, 0xC027, 0xC028, 0x003C, 0x003D, 0x0067, 0x006B, 0xC09C, 0xC09D, 0xC0AC, 0xC0AD,
)  # fmt: skip
_SUITES_OLD = (
    0xC009, 0xC00A, 0xC013, 0xC014, 0x002F, 0x0035, 0x0033, 0x0039, 0x0032, 0x0038, 0x0041, 0x0084,
    0x0096, 0x0088, 0x0045, 0xC008, 0xC012, 0x000A, 0x0016, 0x0013, 0x0007, 0xC007, 0xC011, 0x0005,
    0x0004, 0x0009, 0x0015, 0x0012, 0x0003, 0x0006, 0x0008, 0x0014, 0x0034, 0x003A, 0x0018, 0x001B,
    0x0001, 0x0002,
)  # fmt: skip
_SSL2_KINDS = (0x010080, 0x020080, 0x030080, 0x040080, 0x050080, 0x060040, 0x0700C0)
_GROUPS = (0x001D, 0x0017, 0x0018, 0x0019, 0x001E, 0x0100, 0x0101, 0x0016)
_SCHEMES = (
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0808, 0x0809, 0x080A, 0x080B,
    0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0202, 0x0402,
)  # fmt: skip


def client_hello(version: Version, server_name: str) -> bytes:
    """The bytes of a hello that offers this version and no other; ``server_name`` is an A-label host."""
    if version is Version.SSL2:
        return _ssl2_hello()
    legacy = min(_WIRE[version], 0x0303)
    if version is Version.TLS13:
        suites: tuple[int, ...] = _SUITES_13
    elif version is Version.TLS12:
        suites = _SUITES_12 + _SUITES_OLD
    else:
        suites = _SUITES_OLD
    if version is not Version.TLS13:
        suites = (*suites, _SCSV_RENEGOTIATION)
    session_id = os.urandom(32) if version is Version.TLS13 else b""
    body = (
        struct.pack(">H", legacy)
        + os.urandom(32)
        + _vector(1, session_id)
        + _vector(2, b"".join(struct.pack(">H", suite) for suite in suites))
        + _vector(1, b"\x00")
    )
    if version is not Version.SSL3:
        body += _vector(2, _extensions(version, server_name))
    handshake = b"\x01" + struct.pack(">I", len(body))[1:] + body
    # RFC 8446, 5.1: the record layer of a first hello says TLS 1.0 at most, for old middleboxes.
    record_version = min(legacy, 0x0301)
    return struct.pack(">BHH", 22, record_version, len(handshake)) + handshake


def _extensions(version: Version, server_name: str) -> bytes:
    name = server_name.encode("ascii")
    found = [
        (0, _vector(2, b"\x00" + _vector(2, name))),
        (10, _vector(2, b"".join(struct.pack(">H", group) for group in _GROUPS))),
    ]
    if version in (Version.TLS12, Version.TLS13):
        found.append((13, _vector(2, b"".join(struct.pack(">H", s) for s in _SCHEMES))))
    if version is Version.TLS13:
        # An empty key share: the server names group and suite in a HelloRetryRequest, which costs it no signature.
        found += [
            (43, _vector(1, struct.pack(">H", 0x0304))),
            (51, _vector(2, b"")),
            (45, b"\x01\x01"),
        ]
    else:
        found += [(11, b"\x01\x00"), (23, b"")]
    return b"".join(struct.pack(">H", kind) + _vector(2, data) for kind, data in found)


def _ssl2_hello() -> bytes:
    kinds = b"".join(struct.pack(">I", kind)[1:] for kind in _SSL2_KINDS)
    challenge = os.urandom(16)
    body = struct.pack(">BHHHH", 1, 0x0002, len(kinds), 0, len(challenge)) + kinds + challenge
    return struct.pack(">H", 0x8000 | len(body)) + body


def _vector(width: int, data: bytes) -> bytes:
    return len(data).to_bytes(width, "big") + data


@dataclass(frozen=True, slots=True)
class Accepted:
    """A ServerHello (or HelloRetryRequest) that picks the version offered."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An alert, or a ServerHello of another version; ``how`` for the annex."""

    how: str


@dataclass(frozen=True, slots=True)
class NotTls:
    """The answer is no TLS at all."""


@dataclass(frozen=True, slots=True)
class More:
    """Not enough bytes yet to tell."""


Reading = Accepted | Refused | NotTls | More
READ_LIMIT_BYTES = 20_000
"""More than one record and its header; a first flight that has not told by then never will."""


def read_first_flight(version: Version, data: bytes) -> Reading:
    """What the first bytes of an answer say about the version offered.  Never raises, whatever the bytes."""
    if version is Version.SSL2:
        return _read_ssl2(data) if data else More()
    data = _without_warnings(data)
    if not data:
        return More()
    kind = data[0]
    if kind not in (21, 22) or (len(data) > 1 and data[1] != 3):
        return NotTls()
    if len(data) < 5:
        return More()
    length = int.from_bytes(data[3:5], "big")
    payload = data[5 : 5 + length]
    if kind == 21:
        return Refused(f"alert {payload[1]}") if len(payload) >= 2 else _more(data)
    return _read_server_hello(version, payload, whole=len(payload) == length)


def _without_warnings(data: bytes) -> bytes:
    """Past warning alerts: servers say "unrecognized name" so, and go on (RFC 6066, 3)."""
    while len(data) >= 7 and data[:2] == b"\x15\x03" and data[3:6] == b"\x00\x02\x01" and data[6]:
        data = data[7:]
    return data


def _read_server_hello(version: Version, payload: bytes, *, whole: bool) -> Reading:
    # type(1) length(3) version(2) random(32) session_id<0..32> suite(2) compression(1) extensions<..>
    if len(payload) < 6:
        return Refused("a cut record") if whole else More()
    if payload[0] != 2:
        return Refused(f"handshake message {payload[0]}")
    said = int.from_bytes(payload[4:6], "big")
    if version is not Version.TLS13:
        return Accepted() if said == _WIRE[version] else Refused(f"version {said:04x}")
    at = 38
    if len(payload) <= at:
        return Refused("a cut hello") if whole else More()
    at += 1 + payload[at] + 3
    if len(payload) < at + 2:
        return Refused("no extensions") if whole else More()
    end = at + 2 + int.from_bytes(payload[at : at + 2], "big")
    at += 2
    while at + 4 <= min(end, len(payload)):
        kind = int.from_bytes(payload[at : at + 2], "big")
        length = int.from_bytes(payload[at + 2 : at + 4], "big")
        if kind == 43:
            chosen = payload[at + 4 : at + 4 + length]
            if len(chosen) < length and not whole:
                return More()
            return Accepted() if chosen == b"\x03\x04" else Refused(f"version {chosen.hex()}")
        at += 4 + length
    return Refused(f"version {said:04x}") if whole or len(payload) >= end else More()


def _read_ssl2(data: bytes) -> Reading:
    if data[0] == 21:
        return Refused("alert") if len(data) >= 7 else More()
    if data[0] == 22:
        return Refused("a TLS record")
    if not data[0] & 0x80:
        return NotTls()
    if len(data) < 11:
        return More()
    # length(2) type(1) session_hit(1) certificate_type(1) version(2) cert_len(2) specs_len(2)
    if data[2] == 0:
        return Refused("SSL 2 error")
    if data[2] != 4:
        return NotTls()
    version, _, specs = struct.unpack(">HHH", data[5:11])
    if version != 0x0002:
        return Refused(f"version {version:04x}")
    return Accepted() if specs else Refused("no cipher kinds")


def _more(data: bytes) -> Reading:
    return More() if len(data) < READ_LIMIT_BYTES else NotTls()
