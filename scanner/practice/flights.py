"""Scripted TLS: first flights of servers that no library of today will play."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

SSL3, TLS10, TLS11, TLS12, TLS13 = 0x0300, 0x0301, 0x0302, 0x0303, 0x0304
HANDSHAKE_FAILURE, PROTOCOL_VERSION, INAPPROPRIATE_FALLBACK = 40, 70, 86
"""Alerts of RFC 8446, 6.2, and RFC 7507."""
RSA_AES_128_CBC_SHA, ECDHE_ECDSA_AES_128_CBC_SHA = 0x002F, 0xC009
ECDHE_ECDSA_AES_128_GCM, ECDHE_ECDSA_AES_256_GCM = 0xC02B, 0xC02C

_HANDSHAKE, _ALERT = 22, 21
_STATUS, _GROUPS, _ALPN, _MASTER_SECRET, _VERSIONS, _SHARES = 5, 10, 16, 23, 43, 51
_RENEGOTIATION, _RENEGOTIATION_SCSV, _FALLBACK_SCSV = 0xFF01, 0x00FF, 0x5600
_DEFLATE = 1
_P256, _HYBRID = 23, 0x11EC
_ECDSA_SHA256 = 0x0403
_SUITES_13 = (0x1302, 0x1303, 0x1301)
_SERVER_RANDOM = bytes(range(32))
# RFC 8446, 4.1.3: by this random a HelloRetryRequest is told from a ServerHello.
_RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


@dataclass(frozen=True)
class Hello:
    """What a client offered."""

    highest: int
    """The highest wire version offered; 2 for a hello in SSL 2 form."""
    record_version: int
    ciphers: tuple[int, ...] = ()
    random: bytes = b""
    session: bytes = b""
    compressions: bytes = b"\0"
    extensions: dict[int, bytes] = field(default_factory=dict)

    @property
    def groups(self) -> tuple[int, ...]:
        """The groups offered; empty where the client leaves the choice to the server."""
        return _numbers(self.extensions.get(_GROUPS, b"")[2:])


@dataclass(frozen=True)
class Script:
    """One version of which the first flight alone is played."""

    version: int
    suites: tuple[int, ...]
    """The server's order."""
    compresses: bool = False
    renegotiates_safely: bool = True
    binds_master_secret: bool = True
    refuses_fallback: bool = True
    staples: bool = False


@dataclass(frozen=True)
class Shown:
    """What a server has to show, and the best version it speaks."""

    chain: Sequence[bytes]
    key: PrivateKey
    staple: bytes
    alpn: tuple[str, ...]
    best: int


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
    session, at = _vector(body, 34, 1)
    suites, at = _vector(body, at, 2)
    compressions, at = _vector(body, at, 1)
    extensions: dict[int, bytes] = {}
    at += 2
    while at + 4 <= len(body):
        kind = int.from_bytes(body[at : at + 2], "big")
        extensions[kind], at = _vector(body, at + 2, 2)
    # GREASE (RFC 8701) looks like a very high version; it is none.
    listed = [v for v in _numbers(extensions.get(_VERSIONS, b"")[1:]) if v <= TLS13]
    return Hello(
        highest=max(listed, default=int.from_bytes(body[0:2], "big")),
        record_version=record_version,
        ciphers=_numbers(suites),
        random=body[2:34],
        session=session,
        compressions=compressions,
        extensions=extensions,
    )


def first_flight(script: Script, hello: Hello, shown: Shown) -> bytes:
    """What a server of this script says to a hello of its version: its flight, or the alert that refuses."""
    second_try = _FALLBACK_SCSV in hello.ciphers and script.version < shown.best
    if second_try and script.refuses_fallback:
        return fatal_alert(hello, INAPPROPRIATE_FALLBACK)
    suite = next((number for number in script.suites if number in hello.ciphers), None)
    if suite is None or (_on_a_curve(suite) and _P256 not in (hello.groups or (_P256,))):
        return fatal_alert(hello, HANDSHAKE_FAILURE)
    staple = shown.staple if script.staples and _STATUS in hello.extensions else b""
    messages = [
        _message(2, _server_hello(script, hello, suite, shown.alpn, stapled=bool(staple))),
        _message(11, _sized(b"".join(_sized(der, 3) for der in shown.chain), 3)),
    ]
    if staple:
        messages.append(_message(22, b"\1" + _sized(staple, 3)))
    if _on_a_curve(suite):
        messages.append(_message(12, _key_exchange(script.version, hello, shown.key)))
    messages.append(_message(14, b""))
    return b"".join(_record(_HANDSHAKE, script.version, message) for message in messages)


def _server_hello(
    script: Script, hello: Hello, suite: int, protocols: Sequence[str], *, stapled: bool
) -> bytes:
    compresses = script.compresses and _DEFLATE in hello.compressions
    extensions = b""
    asked_safely = _RENEGOTIATION_SCSV in hello.ciphers or _RENEGOTIATION in hello.extensions
    if script.renegotiates_safely and asked_safely:
        extensions += _extension(_RENEGOTIATION, b"\0")
    if script.binds_master_secret and _MASTER_SECRET in hello.extensions:
        extensions += _extension(_MASTER_SECRET, b"")
    if stapled:
        extensions += _extension(_STATUS, b"")
    if _ALPN in hello.extensions:
        offered = hello.extensions[_ALPN]
        chosen = next((p for p in protocols if _sized(p.encode(), 1) in offered), "")
        if chosen:
            extensions += _extension(_ALPN, _sized(_sized(chosen.encode(), 1), 2))
    head = script.version.to_bytes(2, "big") + _SERVER_RANDOM + b"\0"
    body = head + suite.to_bytes(2, "big") + bytes((_DEFLATE if compresses else 0,))
    return body + _sized(extensions, 2) if extensions else body


def _on_a_curve(suite: int) -> bool:
    return suite >= 0xC000


def _key_exchange(version: int, hello: Hello, key: PrivateKey) -> bytes:
    """A fresh key on P-256, signed as the version wants it."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    agreed = b"\3" + _P256.to_bytes(2, "big") + _sized(point, 1)
    scheme, signature = _signed(version, hello.random + _SERVER_RANDOM + agreed, key)
    return agreed + scheme + _sized(signature, 2)


def _signed(version: int, data: bytes, key: PrivateKey) -> tuple[bytes, bytes]:
    """The scheme as it is named, and the signature."""
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("scripted curves come with an elliptic certificate")
    if version < TLS12:
        # RFC 8422, 5.4: these versions know SHA-1 only, and do not name it.
        return b"", key.sign(data, ec.ECDSA(hashes.SHA1()))  # noqa: S303
    return _ECDSA_SHA256.to_bytes(2, "big"), key.sign(data, ec.ECDSA(hashes.SHA256()))


def hybrid_retry(hello: Hello | None) -> bytes | None:
    """The HelloRetryRequest of a server whose first choice is X25519MLKEM768, for a hello without any key.

    Only such a hello, which no browser sends, can be answered without computing in that group.
    """
    if hello is None or hello.highest != TLS13 or hello.extensions.get(_SHARES) != b"\0\0":
        return None
    suite = next((number for number in _SUITES_13 if number in hello.ciphers), None)
    if suite is None or _HYBRID not in hello.groups:
        return None
    extensions = _extension(_VERSIONS, TLS13.to_bytes(2, "big"))
    extensions += _extension(_SHARES, _HYBRID.to_bytes(2, "big"))
    body = TLS12.to_bytes(2, "big") + _RETRY_RANDOM + _sized(hello.session, 1)
    body += suite.to_bytes(2, "big") + b"\0" + _sized(extensions, 2)
    return _record(_HANDSHAKE, TLS12, _message(2, body))


def fatal_alert(hello: Hello | None, description: int = PROTOCOL_VERSION) -> bytes:
    """A fatal alert, in a record the client will read."""
    version = TLS10 if hello is None else min(max(hello.record_version, SSL3), TLS12)
    return _record(_ALERT, version, bytes((2, description)))


def _vector(body: bytes, at: int, width: int) -> tuple[bytes, int]:
    """A vector whose length stands in front of it, and where the next thing starts."""
    if at + width > len(body):
        raise IndexError("cut short")
    start = at + width
    end = start + int.from_bytes(body[at:start], "big")
    return body[start:end], end


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data) - 1, 2))


def _extension(kind: int, data: bytes) -> bytes:
    return kind.to_bytes(2, "big") + _sized(data, 2)


def _message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + _sized(body, 3)


def _record(kind: int, version: int, content: bytes) -> bytes:
    return bytes((kind,)) + version.to_bytes(2, "big") + _sized(content, 2)


def _sized(content: bytes, width: int) -> bytes:
    return len(content).to_bytes(width, "big") + content
