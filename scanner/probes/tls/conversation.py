"""A whole TLS 1.3 handshake of our own (RFC 8446): what the server says after its hello is encrypted.

It verifies nothing: keys and certificates are judged elsewhere, and nothing secret is sent.  ``Conversation``
touches no socket; it takes bytes and gives bytes.
"""

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from functools import partial

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, x448, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from checks.evidence.base import Cause
from scanner.probes.tls.flights import (
    CLOSE_NOTIFY,
    FLIGHT_BYTES,
    FlightError,
    ServerHello,
    keep_chain,
    read_alpn,
    read_entries,
    read_extensions,
    read_scts,
    read_server_hello,
    read_staple,
)
from scanner.probes.tls.hellos import Hello, client_hello_message

_Aead = AESGCM | AESCCM | ChaCha20Poly1305
_X25519, _X448 = 29, 30
_NIST: dict[int, ec.EllipticCurve] = {23: ec.SECP256R1(), 24: ec.SECP384R1(), 25: ec.SECP521R1()}
_RECORD_BYTES = 16_384 + 256
_MESSAGE_BYTES = 128 * 1024
_EVENTS = 256
_CHANGE_CIPHER, _ALERT, _HANDSHAKE, _DATA = 20, 21, 22, 23
_EARLY_DATA = 42


@dataclass(frozen=True, slots=True)
class Kind:
    """What a suite of TLS 1.3 is made of."""

    hash: str
    key_bytes: int
    aead: type[AESGCM | ChaCha20Poly1305] | partial[AESCCM]


KINDS = {
    0x1301: Kind("sha256", 16, AESGCM),
    0x1302: Kind("sha384", 32, AESGCM),
    0x1303: Kind("sha256", 32, ChaCha20Poly1305),
    0x1304: Kind("sha256", 16, partial(AESCCM, tag_length=16)),
    0x1305: Kind("sha256", 16, partial(AESCCM, tag_length=8)),
}
SUITES = tuple(KINDS)
"""The suites in which a conversation can be held, and below the groups."""
GROUPS = (_X25519, 23, 24, 25, _X448)


@dataclass(slots=True)
class Heard:
    """What the server said."""

    hello: ServerHello | None = None
    alpn: str | None = None
    asks_certificate: bool = False
    chain: tuple[bytes, ...] = ()
    chain_total: int = 0
    staple: bytes | None = None
    scts: tuple[bytes, ...] = ()
    scheme: int | None = None
    finished: bool = False
    """Whether the server's flight came whole, so that what is missing above was not sent."""
    tickets: int = 0
    early_data_bytes: int = 0
    """The most that a ticket allows."""
    alert: int | None = None
    ended: bool = False
    """Whether the server closed after its last word, so that no further ticket can come."""


@dataclass(slots=True)
class Direction:
    """One direction's keys and counter."""

    aead: _Aead
    iv: bytes
    sent: int = 0

    def nonce(self) -> bytes:
        """Of the next record."""
        mixed = int.from_bytes(self.iv, "big") ^ self.sent
        self.sent += 1
        return mixed.to_bytes(12, "big")


class Schedule:
    """Secrets of one connection (RFC 8446, 7.1)."""

    def __init__(self, kind: Kind, shared: bytes) -> None:
        self._kind = kind
        self._size = hashlib.new(kind.hash).digest_size
        empty = hashlib.new(kind.hash).digest()
        early = self._extract(bytes(self._size), bytes(self._size))
        self._handshake = self._extract(self._expand(early, b"derived", empty, self._size), shared)
        self._master = self._extract(
            self._expand(self._handshake, b"derived", empty, self._size), bytes(self._size)
        )

    def handshake_secret(self, whose: bytes, transcript: bytes) -> bytes:
        """The traffic secret of the handshake; ``whose`` is ``c`` or ``s``."""
        return self._expand(self._handshake, whose + b" hs traffic", transcript, self._size)

    def application_secret(self, whose: bytes, transcript: bytes) -> bytes:
        """The same for what follows the handshake."""
        return self._expand(self._master, whose + b" ap traffic", transcript, self._size)

    def keys(self, secret: bytes) -> Direction:
        """Keys of one direction."""
        key = self._expand(secret, b"key", b"", self._kind.key_bytes)
        return Direction(self._kind.aead(key), self._expand(secret, b"iv", b"", 12))

    def finished(self, secret: bytes, transcript: bytes) -> bytes:
        """What the Finished message says."""
        key = self._expand(secret, b"finished", b"", self._size)
        return hmac.digest(key, transcript, self._kind.hash)

    def _extract(self, salt: bytes, material: bytes) -> bytes:
        return hmac.digest(salt, material, self._kind.hash)

    def _expand(self, secret: bytes, label: bytes, context: bytes, size: int) -> bytes:
        label = b"tls13 " + label
        info = size.to_bytes(2, "big") + _short(label) + _short(context)
        # One round is enough: no output here is longer than the hash.
        return hmac.digest(secret, info + b"\x01", self._kind.hash)[:size]


@dataclass(slots=True)
class _Secret:
    """Our half of the agreement, for one group."""

    group: int
    key: x25519.X25519PrivateKey | x448.X448PrivateKey | ec.EllipticCurvePrivateKey
    share: bytes = field(init=False)

    def __post_init__(self) -> None:
        public = self.key.public_key()
        if isinstance(public, ec.EllipticCurvePublicKey):
            self.share = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        else:
            self.share = public.public_bytes(Encoding.Raw, PublicFormat.Raw)

    def agree(self, peer: bytes) -> bytes:
        if isinstance(self.key, x25519.X25519PrivateKey):
            return self.key.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
        if isinstance(self.key, x448.X448PrivateKey):
            return self.key.exchange(x448.X448PublicKey.from_public_bytes(peer))
        point = ec.EllipticCurvePublicKey.from_encoded_point(self.key.curve, peer)
        return self.key.exchange(ec.ECDH(), point)


class Conversation:
    """One connection.  ``begin`` says what to send first, then each ``feed`` what to send next.

    ``hello`` says what to offer; its suites and groups should be among ``SUITES`` and ``GROUPS``, and the share
    sent at once is of the first group.
    """

    def __init__(self, hello: Hello) -> None:
        self.heard = Heard()
        self.patience_at_end_s: float | None = None
        """How long to wait for tickets and for the end, once the handshake is finished."""
        self._secret = _new_secret(hello.groups[0])
        self._hello = hello._replace(
            shares=((self._secret.group, self._secret.share),),
            # A second hello must repeat both.
            random=os.urandom(32),
            session=os.urandom(32),
        )
        self._transcript: list[bytes] = [client_hello_message(self._hello)]
        self._raw = bytearray()
        self._messages = bytearray()
        self._taken = 0
        self._events = 0
        self._retried = False
        self._kind: Kind | None = None
        self._schedule: Schedule | None = None
        self._reading: Direction | None = None
        self._client_secret = b""

    def begin(self) -> bytes:
        """The first hello."""
        return _record(_HANDSHAKE, self._transcript[0], version=0x0301)

    @property
    def spoke(self) -> bool:
        """Whether the server said anything at all."""
        return self._taken > 0

    @property
    def patience_s(self) -> float | None:
        """How long to wait for the next piece, where that is not the whole limit."""
        return self.patience_at_end_s if self.heard.finished else None

    @property
    def over(self) -> bool:
        """Whether nothing more can be learnt."""
        return self.heard.alert is not None or self.heard.ended

    def feed(self, data: bytes) -> bytes:
        """Take bytes in; what to send.  ``FlightError`` where the server breaks the protocol."""
        if not data:
            self.heard.ended = True
            return b""
        self._taken += len(data)
        if self._taken > FLIGHT_BYTES:
            raise FlightError(Cause.TLS_PROTOCOL, f"a first flight over {FLIGHT_BYTES} bytes")
        self._raw += data
        out = b""
        while len(self._raw) >= 5 and not self.over:
            kind, length = self._raw[0], int.from_bytes(self._raw[3:5], "big")
            if length > _RECORD_BYTES or kind not in (_CHANGE_CIPHER, _ALERT, _HANDSHAKE, _DATA):
                raise FlightError(Cause.TLS_PROTOCOL, f"a record of type {kind}, {length} bytes")
            if len(self._raw) < 5 + length:
                break
            self._event()
            head, payload = bytes(self._raw[:5]), bytes(self._raw[5 : 5 + length])
            del self._raw[: 5 + length]
            out += self._take_record(kind, head, payload)
        return out

    def _event(self) -> None:
        self._events += 1
        if self._events > _EVENTS:
            raise FlightError(Cause.TLS_PROTOCOL, f"more than {_EVENTS} records and messages")

    def _take_record(self, kind: int, head: bytes, payload: bytes) -> bytes:
        if kind == _CHANGE_CIPHER:
            return b""  # RFC 8446, D.4: sent for old middleboxes' sake
        if kind == _DATA:
            kind, payload = self._decrypted(head, payload)
        elif self._reading is not None and kind == _HANDSHAKE:
            raise FlightError(Cause.TLS_PROTOCOL, "a clear message after the hello")
        if kind == _ALERT:
            self._take_alert(payload)
            return b""
        if kind != _HANDSHAKE:
            return b""  # data that nobody asked for
        self._messages += payload
        out = b""
        while len(self._messages) >= 4:
            length = int.from_bytes(self._messages[1:4], "big")
            if length > _MESSAGE_BYTES:
                raise FlightError(Cause.TLS_PROTOCOL, f"a message of {length} bytes")
            if len(self._messages) < 4 + length:
                break
            self._event()
            message = bytes(self._messages[: 4 + length])
            del self._messages[: 4 + length]
            out += self._take_message(message[0], message)
        return out

    def _take_alert(self, payload: bytes) -> None:
        if len(payload) >= 2 and payload[1] == CLOSE_NOTIFY:
            self.heard.ended = True
        elif len(payload) >= 2 and (payload[0] == 2 or self.heard.hello is not None):
            self.heard.alert = payload[1]

    def _decrypted(self, head: bytes, payload: bytes) -> tuple[int, bytes]:
        if self._reading is None:
            raise FlightError(Cause.TLS_PROTOCOL, "encrypted before the hello")
        try:
            clear = self._reading.aead.decrypt(self._reading.nonce(), payload, head)
        except (InvalidTag, ValueError):
            raise FlightError(Cause.TLS_PROTOCOL, "a record that does not decrypt") from None
        inner = clear.rstrip(b"\0")
        if not inner:
            raise FlightError(Cause.TLS_PROTOCOL, "an empty encrypted record")
        return inner[-1], inner[:-1]

    def _take_message(self, kind: int, message: bytes) -> bytes:
        heard, body = self.heard, message[4:]
        if heard.finished:
            if kind == 4:
                self._take_ticket(body)
            return b""
        if heard.hello is None or heard.hello.retry:
            if kind != 2:
                raise FlightError(Cause.TLS_PROTOCOL, f"message {kind} instead of a hello")
            return self._take_hello(message)
        if kind == 20:
            self._transcript.append(message)
            heard.finished = True
            return self._finish()
        self._transcript.append(message)
        if kind == 8:
            for number, data in read_extensions(_block(body)):
                if number == 16:
                    heard.alpn = read_alpn(data)
        elif kind == 13:
            heard.asks_certificate = True
        elif kind == 11:
            self._take_certificates(body)
        elif kind == 15 and len(body) >= 2:
            heard.scheme = int.from_bytes(body[:2], "big")
        return b""

    def _take_hello(self, message: bytes) -> bytes:
        hello = read_server_hello(message[4:])
        kind = KINDS.get(hello.suite)
        if hello.version != 0x0304 or kind is None or hello.suite not in self._hello.suites:
            raise FlightError(Cause.TLS_PROTOCOL, f"chose {hello.version:04x}, {hello.suite:04x}")
        self.heard.hello = hello
        if hello.retry:
            return self._retry(hello, kind, message)
        if hello.group != self._secret.group:
            raise FlightError(Cause.TLS_PROTOCOL, f"a key in group {hello.group}, not offered")
        try:
            shared = self._secret.agree(hello.share)
        except ValueError:
            raise FlightError(Cause.TLS_PROTOCOL, "a key that is none") from None
        self._transcript.append(message)
        self._kind = kind
        self._schedule = Schedule(kind, shared)
        so_far = self._digest()
        self._client_secret = self._schedule.handshake_secret(b"c", so_far)
        self._reading = self._schedule.keys(self._schedule.handshake_secret(b"s", so_far))
        if self._messages:
            raise FlightError(Cause.TLS_PROTOCOL, "a clear message after the hello")
        return b""

    def _retry(self, hello: ServerHello, kind: Kind, message: bytes) -> bytes:
        if self._retried:
            raise FlightError(Cause.TLS_PROTOCOL, "a second HelloRetryRequest")
        self._retried = True
        group = hello.group or self._secret.group
        if group not in self._hello.groups:
            raise FlightError(Cause.TLS_PROTOCOL, f"asked for group {group}, not offered")
        if group != self._secret.group:
            self._secret = _new_secret(group)
        self._hello = self._hello._replace(
            shares=((group, self._secret.share),), cookie=hello.cookie
        )
        # RFC 8446, 4.4.1: the first hello stands in the transcript as its hash.
        first = hashlib.new(kind.hash, self._transcript[0]).digest()
        again = client_hello_message(self._hello)
        self._transcript = [b"\xfe\x00\x00" + bytes((len(first),)) + first, message, again]
        return _record(_HANDSHAKE, again)

    def _take_certificates(self, body: bytes) -> None:
        if not body or body[0]:
            raise FlightError(Cause.TLS_PROTOCOL, "a certificate for another context")
        entries = read_entries(body[1:], entries_extended=True)
        self.heard.chain, self.heard.chain_total = keep_chain([der for der, _ in entries])
        if entries:
            for number, data in read_extensions(entries[0][1]):
                if number == 5:
                    self.heard.staple = read_staple(data)
                elif number == 18:
                    self.heard.scts = read_scts(data)

    def _finish(self) -> bytes:
        """Our end of the handshake, and at once our goodbye: a server sends its tickets between the two."""
        assert self._schedule is not None  # noqa: S101  Nothing decrypts without it; for mypy.
        schedule = self._schedule
        so_far = self._digest()
        self._reading = schedule.keys(schedule.application_secret(b"s", so_far))
        writing = schedule.keys(self._client_secret)
        out = _record(_CHANGE_CIPHER, b"\x01")
        if self.heard.asks_certificate:
            nothing = b"\x0b\x00\x00\x04\x00\x00\x00\x00"
            self._transcript.append(nothing)
            out += sealed(writing, _HANDSHAKE, nothing)
        proof = schedule.finished(self._client_secret, self._digest())
        out += sealed(writing, _HANDSHAKE, b"\x14" + len(proof).to_bytes(3, "big") + proof)
        goodbye = schedule.keys(schedule.application_secret(b"c", so_far))
        return out + sealed(goodbye, _ALERT, bytes((1, CLOSE_NOTIFY)))

    def _take_ticket(self, body: bytes) -> None:
        # lifetime(4) age_add(4) nonce<0..255> ticket<1..2^16-1> extensions<0..2^16-2>
        self.heard.tickets += 1
        at = 8
        at += 1 + (body[at] if len(body) > at else 0)
        at += 2 + int.from_bytes(body[at : at + 2], "big")
        if at > len(body):
            raise FlightError(Cause.TLS_PROTOCOL, "a ticket shorter than it says")
        for number, data in read_extensions(_block(body[at:])):
            if number == _EARLY_DATA and len(data) == 4:
                allowed = int.from_bytes(data, "big")
                self.heard.early_data_bytes = max(self.heard.early_data_bytes, allowed)

    def _digest(self) -> bytes:
        assert self._kind is not None  # noqa: S101  Set together with the schedule; for mypy.
        digest = hashlib.new(self._kind.hash)
        for message in self._transcript:
            digest.update(message)
        return digest.digest()


def _new_secret(group: int) -> _Secret:
    if group == _X25519:
        return _Secret(group, x25519.X25519PrivateKey.generate())
    if group == _X448:
        return _Secret(group, x448.X448PrivateKey.generate())
    return _Secret(group, ec.generate_private_key(_NIST[group]))


def sealed(direction: Direction, kind: int, payload: bytes) -> bytes:
    """One encrypted record."""
    inner = payload + bytes((kind,))
    size = len(inner) + (8 if _tag_is_short(direction.aead) else 16)
    head = b"\x17\x03\x03" + size.to_bytes(2, "big")
    return head + direction.aead.encrypt(direction.nonce(), inner, head)


def _tag_is_short(aead: _Aead) -> bool:
    return isinstance(aead, AESCCM) and len(aead.encrypt(bytes(12), b"", None)) == 8


def _record(kind: int, payload: bytes, version: int = 0x0303) -> bytes:
    return bytes((kind,)) + version.to_bytes(2, "big") + len(payload).to_bytes(2, "big") + payload


def _block(body: bytes) -> bytes:
    """A block of extensions behind its own length."""
    size = int.from_bytes(body[:2], "big")
    if len(body) < 2 + size:
        raise FlightError(Cause.TLS_PROTOCOL, "a message shorter than it says")
    return body[2 : 2 + size]


def _short(data: bytes) -> bytes:
    return bytes((len(data),)) + data
