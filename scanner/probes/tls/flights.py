"""The first flight of a server, read from its bytes: bounded, in one pass, and never more than what was said.

Whatever comes, ``FlightReader.feed`` either takes it in or raises ``FlightError``.
"""

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import Version
from checks.parsing.groups import EXPLICIT_BINARY_CURVE, EXPLICIT_PRIME_CURVE
from checks.parsing.suites import suite
from scanner.certificates import CERTIFICATES_KEPT, CHAIN_BYTES
from scanner.probes.tls.hellos import WIRE

FLIGHT_BYTES = 256 * 1024
"""No honest first flight is longer; what is read beyond it is refused."""
_RECORD_BYTES = 16_384 + 2_048
_MESSAGE_BYTES = 128 * 1024
_RECORDS = 512
_MESSAGES = 64
_WARNINGS = 16
_EMPTY_RECORDS = 16
_PRIME_BYTES = 2_048
_RETRY_RANDOM = hashlib.sha256(b"HelloRetryRequest").digest()  # RFC 8446, 4.1.3
_CHANGE_CIPHER, _ALERT, _HANDSHAKE, _DATA = 20, 21, 22, 23
CLOSE_NOTIFY = 0
_SHORTER = "a message shorter than it says"


class FlightError(Exception):
    """The bytes are no first flight; ``missing`` says in which way."""

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(detail)
        self.missing = NotCaptured(cause=cause, detail=detail[:500])


@dataclass(slots=True)
class ServerHello:
    """ServerHello or HelloRetryRequest.  In SSL 2 ``kinds`` are what both sides know; ``suite`` is 0 there."""

    version: int
    suite: int
    compression: int = 0
    kinds: tuple[int, ...] = ()
    retry: bool = False
    group: int | None = None
    """Of TLS 1.3's key share."""
    share: bytes = b""
    cookie: bytes = b""
    alpn: str | None = None
    scts: tuple[bytes, ...] = ()
    extensions: frozenset[int] = frozenset()


@dataclass(slots=True)
class KeyExchangeSeen:
    """ServerKeyExchange: the curve, or the prime, and the scheme it was signed with (TLS 1.2)."""

    group: int | None = None
    prime: bytes = b""
    scheme: int | None = None


@dataclass(slots=True)
class Flight:
    """What a server has said so far."""

    hello: ServerHello | None = None
    message: bytes = b""
    """The hello's handshake message, as a transcript needs it."""
    chain: tuple[bytes, ...] = ()
    """Certificates as sent, at most 10 and 100 KiB of ``chain_total``."""
    chain_total: int = 0
    staple: bytes | None = None
    key_exchange: KeyExchangeSeen | None = None
    asks_certificate: bool = False
    alert: int | None = None
    """A fatal alert, or close_notify."""
    warnings: list[int] = field(default_factory=list)
    refusal: str = ""
    """In words, what the server said instead of a hello."""
    done: bool = False
    rest: bytes = b""
    """What came after the hello of TLS 1.3: records that only a conversation can read."""


class FlightReader:
    """Takes bytes as they come; ``seen`` is what they said.

    ``whole=False`` stops at the hello; so does TLS 1.3, whose next message is encrypted.
    """

    __slots__ = (
        "_alert",
        "_empty",
        "_messages",
        "_raw",
        "_read_messages",
        "_records",
        "_taken",
        "_version",
        "_whole",
        "seen",
    )

    def __init__(self, version: Version, *, whole: bool = True) -> None:
        self.seen = Flight()
        self._version = version
        self._whole = whole
        self._raw = bytearray()
        self._messages = bytearray()
        self._alert = bytearray()
        self._taken = 0
        self._records = 0
        self._empty = 0
        self._read_messages = 0

    def feed(self, data: bytes) -> bool:
        """Take more in; whether all is said.  ``FlightError`` for what is no flight."""
        if self.seen.done:
            return True
        self._taken += len(data)
        if self._taken > FLIGHT_BYTES:
            raise FlightError(Cause.TLS_PROTOCOL, f"a first flight over {FLIGHT_BYTES} bytes")
        self._raw += data
        if not self._raw:
            return False
        if self._raw[0] & 0x80 and not self._records:
            self._read_ssl2()
        else:
            self._read_records()
        return self.seen.done

    def _read_records(self) -> None:
        raw, at = self._raw, 0
        while len(raw) - at >= 5 and not self.seen.done:
            kind = raw[at]
            length = raw[at + 3] << 8 | raw[at + 4]
            if not self._records:
                self._check_first(kind, raw, at)
            if kind not in (_CHANGE_CIPHER, _ALERT, _HANDSHAKE, _DATA):
                raise FlightError(Cause.TLS_PROTOCOL, f"a record of type {kind}")
            if length > _RECORD_BYTES:
                raise FlightError(Cause.TLS_PROTOCOL, f"a record of {length} bytes")
            if len(raw) - at < 5 + length:
                break
            self._records += 1
            if self._records > _RECORDS:
                raise FlightError(Cause.TLS_PROTOCOL, f"more than {_RECORDS} records")
            payload = raw[at + 5 : at + 5 + length]
            at += 5 + length
            if not length:
                self._empty += 1
                if self._empty > _EMPTY_RECORDS:
                    raise FlightError(Cause.TLS_PROTOCOL, "a flood of empty records")
            elif kind == _ALERT:
                self._read_alerts(payload)
            elif kind == _HANDSHAKE:
                self._messages += payload
                self._read_handshake()
            elif kind == _DATA:
                raise FlightError(Cause.TLS_PROTOCOL, "data before the end of the handshake")
        if self.seen.done:
            self.seen.rest = bytes(raw[at:])
            raw.clear()
        elif at:
            del raw[:at]
        elif not self._records and raw[0] not in (_ALERT, _HANDSHAKE):
            raise FlightError(Cause.NOT_TLS, "an answer that is no TLS")

    def _check_first(self, kind: int, raw: bytearray, at: int) -> None:
        """Some stacks write odd version numbers on records; then the content must look right instead."""
        if kind in (_ALERT, _HANDSHAKE) and (raw[at + 1] == 3 or self._plausible(kind, raw, at)):
            return
        raise FlightError(Cause.NOT_TLS, "an answer that is no TLS")

    @staticmethod
    def _plausible(kind: int, raw: bytearray, at: int) -> bool:
        length = raw[at + 3] << 8 | raw[at + 4]
        if kind == _ALERT:
            return length == 2
        return length >= 4 and (len(raw) - at < 6 or raw[at + 5] == 2)

    def _read_alerts(self, payload: bytearray) -> None:
        self._alert += payload
        while len(self._alert) >= 2 and not self.seen.done:
            level, description = self._alert[0], self._alert[1]
            del self._alert[:2]
            if level == 1 and description != CLOSE_NOTIFY:
                # Servers say "unrecognized name" so, and go on (RFC 6066, 3).
                self.seen.warnings.append(description)
                if len(self.seen.warnings) > _WARNINGS:
                    raise FlightError(Cause.TLS_PROTOCOL, "a flood of warnings")
                continue
            self.seen.alert = description
            self.seen.refusal = f"alert {description}"
            self.seen.done = True

    def _read_handshake(self) -> None:
        data, at = self._messages, 0
        while len(data) - at >= 4 and not self.seen.done:
            length = data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]
            if length > _MESSAGE_BYTES:
                raise FlightError(Cause.TLS_PROTOCOL, f"a message of {length} bytes")
            if len(data) - at < 4 + length:
                break
            self._read_messages += 1
            if self._read_messages > _MESSAGES:
                raise FlightError(Cause.TLS_PROTOCOL, f"more than {_MESSAGES} messages")
            self._read_message(data[at], bytes(data[at : at + 4 + length]))
            at += 4 + length
        if at:
            del data[:at]

    def _read_message(self, kind: int, message: bytes) -> None:
        seen = self.seen
        body = message[4:]
        if kind == 0:
            return  # HelloRequest: it may come at any time and means nothing here
        if seen.hello is None:
            if kind != 2:
                raise FlightError(Cause.TLS_PROTOCOL, f"message {kind} instead of a hello")
            seen.hello = read_server_hello(body)
            seen.message = message
            modern = seen.hello.version == WIRE[Version.TLS13]
            seen.done = modern or not self._whole
        elif kind == 11:
            seen.chain, seen.chain_total = _read_chain(body)
        elif kind == 22:
            seen.staple = read_staple(body)
        elif kind == 12:
            seen.key_exchange = _read_key_exchange(body, seen.hello)
        elif kind == 13:
            seen.asks_certificate = True
        elif kind == 14:
            seen.done = True

    def _read_ssl2(self) -> None:
        raw = self._raw
        if len(raw) < 3:
            return
        length = (raw[0] & 0x7F) << 8 | raw[1]
        if raw[2] == 0 and length == 3:
            self.seen.refusal = "SSL 2 error"
            self.seen.done = True
            return
        if raw[2] != 4 or self._version is not Version.SSL2:
            raise FlightError(Cause.NOT_TLS, "an answer that is no TLS")
        if len(raw) < 2 + length:
            return
        # type(1) session_hit(1) certificate_type(1) version(2) cert_len(2) kinds_len(2) id_len(2) ...
        rest = _Bytes(bytes(raw[3 : 2 + length]))
        rest.take(2)
        version, certificate, kinds, _ = (rest.number(2) for _ in range(4))
        sent = rest.take(certificate)
        listed = rest.take(kinds)
        found = tuple(
            int.from_bytes(listed[at : at + 3], "big") for at in range(0, kinds // 3 * 3, 3)
        )
        self.seen.hello = ServerHello(version=version, suite=0, kinds=found)
        if sent and len(sent) <= CHAIN_BYTES:
            self.seen.chain, self.seen.chain_total = (sent,), 1
        self.seen.done = True


class _Bytes:
    """A cursor that refuses to read past the end."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._end = len(data)

    @property
    def left(self) -> int:
        return self._end - self._at

    def take(self, count: int) -> bytes:
        start = self._at
        self._at = end = start + count
        if end > self._end:
            raise FlightError(Cause.TLS_PROTOCOL, _SHORTER)
        return self._data[start:end]

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width), "big")

    def vector(self, width: int) -> bytes:
        return self.take(int.from_bytes(self.take(width), "big"))


def read_server_hello(body: bytes) -> ServerHello:
    """ServerHello or HelloRetryRequest; ``version`` is the one really chosen."""
    # version(2) random(32) session<0..32> suite(2) compression(1) extensions<0..2^16-1>
    at = 35 + (body[34] if len(body) > 34 else 0)
    if len(body) < at + 3:
        raise FlightError(Cause.TLS_PROTOCOL, _SHORTER)
    if body[34] > 32:
        raise FlightError(Cause.TLS_PROTOCOL, "a session id over 32 bytes")
    version, suite_number = body[0] << 8 | body[1], body[at] << 8 | body[at + 1]
    hello = ServerHello(version, suite_number, body[at + 2], retry=body[2:34] == _RETRY_RANDOM)
    at += 3
    if at == len(body):
        return hello
    end = at + 2 + int.from_bytes(body[at : at + 2], "big")
    if end > len(body):
        raise FlightError(Cause.TLS_PROTOCOL, _SHORTER)
    found = read_extensions(body[at + 2 : end])
    for kind, data in found:
        if kind == 43 and len(data) == 2:
            hello.version = int.from_bytes(data, "big")
        elif kind == 51 and len(data) >= 2:
            hello.group = int.from_bytes(data[:2], "big")
            hello.share = data[4:]
        elif kind == 44:
            hello.cookie = _Bytes(data).vector(2)
        elif kind == 16:
            hello.alpn = read_alpn(data)
        elif kind == 18:
            hello.scts = read_scts(data)
    hello.extensions = frozenset(kind for kind, _ in found)
    return hello


def read_extensions(block: bytes) -> list[tuple[int, bytes]]:
    """Kind and content of each."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at < len(block):
        if at + 4 > len(block):
            raise FlightError(Cause.TLS_PROTOCOL, _SHORTER)
        end = at + 4 + (block[at + 2] << 8 | block[at + 3])
        if end > len(block):
            raise FlightError(Cause.TLS_PROTOCOL, _SHORTER)
        found.append((block[at] << 8 | block[at + 1], block[at + 4 : end]))
        at = end
    return found


def read_alpn(data: bytes) -> str:
    """The protocol chosen."""
    return _Bytes(_Bytes(data).vector(2)).vector(1).decode("ascii", "backslashreplace")


def read_scts(data: bytes) -> tuple[bytes, ...]:
    """Signed certificate timestamps as sent; a list that does not add up proves nothing and is empty."""
    try:
        rest = _Bytes(_Bytes(data).vector(2))
        found: list[bytes] = []
        while rest.left and len(found) < 32:
            found.append(rest.vector(2))
    except FlightError:
        return ()
    return tuple(found)


def read_staple(body: bytes) -> bytes:
    """The OCSP answer of a CertificateStatus (RFC 6066, 8); of other kinds of status, nothing."""
    rest = _Bytes(body)
    return rest.vector(3) if rest.number(1) == 1 else b""


@lru_cache(maxsize=32)
def _read_chain(body: bytes) -> tuple[tuple[bytes, ...], int]:
    """The certificates of a Certificate message before TLS 1.3, bounded, and how many there were.

    A server sends the same ones with each of its answers.
    """
    return keep_chain([der for der, _ in read_entries(body, entries_extended=False)])


def read_entries(body: bytes, *, entries_extended: bool) -> list[tuple[bytes, bytes]]:
    """Each certificate with its extensions (TLS 1.3) or none (before)."""
    rest = _Bytes(_Bytes(body).vector(3))
    found: list[tuple[bytes, bytes]] = []
    while rest.left:
        der = rest.vector(3)
        found.append((der, rest.vector(2) if entries_extended else b""))
    return found


def keep_chain(ders: list[bytes]) -> tuple[tuple[bytes, ...], int]:
    """The first certificates, as many as the limits allow, and how many there were."""
    kept: list[bytes] = []
    size = 0
    for der in ders[:CERTIFICATES_KEPT]:
        size += len(der)
        if size > CHAIN_BYTES:
            break
        kept.append(der)
    return tuple(kept), len(ders)


def _read_key_exchange(body: bytes, hello: ServerHello) -> KeyExchangeSeen | None:
    chosen = suite(hello.suite)
    if chosen is None:
        return None
    kind = chosen.key_exchange
    seen = KeyExchangeSeen()
    rest = _Bytes(body)
    if kind.endswith("_PSK"):
        rest.vector(2)
    if kind.startswith("ECDHE") or (kind == "ECDH" and chosen.authentication == "anon"):
        seen.group = _read_curve(rest)
        if seen.group in (EXPLICIT_PRIME_CURVE, EXPLICIT_BINARY_CURVE):
            return seen
        rest.vector(1)
    elif kind.startswith("DHE") or (kind == "DH" and chosen.authentication == "anon"):
        prime = rest.vector(2)
        if len(prime) > _PRIME_BYTES:
            raise FlightError(Cause.TLS_PROTOCOL, f"a prime of {len(prime)} bytes")
        seen.prime = prime.lstrip(b"\0")
        rest.vector(2)
        rest.vector(2)
    else:
        return None
    if hello.version == WIRE[Version.TLS12] and rest.left >= 4:
        seen.scheme = rest.number(2)
    return seen


def _read_curve(rest: _Bytes) -> int:
    kind = rest.number(1)
    if kind == 3:
        return rest.number(2)
    if kind in (1, 2):
        # RFC 4492, 5.4: the curve is spelled out instead of named.
        return EXPLICIT_PRIME_CURVE if kind == 1 else EXPLICIT_BINARY_CURVE
    raise FlightError(Cause.TLS_PROTOCOL, f"a curve of type {kind}")
