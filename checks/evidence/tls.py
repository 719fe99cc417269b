"""What each address of a site showed in TLS handshakes."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from checks.evidence.base import Cause, Fact, NotCaptured, Payload
from checks.evidence.certificates import Certificate, Path, Revocation, Sct, Staple
from checks.evidence.names import Look


class Version(StrEnum):
    """Protocol versions, oldest first."""

    SSL2 = "SSL 2"
    SSL3 = "SSL 3"
    TLS10 = "TLS 1.0"
    TLS11 = "TLS 1.1"
    TLS12 = "TLS 1.2"
    TLS13 = "TLS 1.3"


class Acceptance(StrEnum):
    """What a server answered to a hello that offers one version only."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class HandshakeState(StrEnum):
    """How a full handshake with the best of both sides ended, where something can be concluded."""

    COMPLETED = "completed"
    REFUSED = "refused"
    """The port is closed: refused twice while others answered."""
    NOT_TLS = "not-tls"
    """The port speaks, but not TLS; ``spoke`` shows the beginning."""


class Handshake(Fact):
    """One full handshake.  ``chain`` is as sent, at most 10 of ``chain_total`` certificates."""

    state: HandshakeState
    version: Version | None = None
    cipher: str | None = None
    alpn: str | None = None
    chain: tuple[Certificate, ...] = ()
    chain_total: int = 0
    path: Path | NotCaptured | None = None
    spoke: str = ""
    scts: tuple[Sct, ...] | NotCaptured = ()
    """From the certificate, the handshake and the staple together."""
    staple: Staple | NotCaptured | None = None
    """``None``: none was sent, though we asked."""
    revocation: Revocation | NotCaptured | None = None
    """``None``: the certificate names nowhere to ask."""


class Preference(StrEnum):
    """Whose order decides which suite is used."""

    SERVER = "server"
    CLIENT = "client"


class Asked(StrEnum):
    """Which suites a version was asked for, to the end."""

    ALL = "all"
    """Every suite we know of for this version."""
    FORBIDDEN = "forbidden"
    """Only those that a bar forbids: enough to decide, and no list of what is good."""


class Suites(Fact):
    """The cipher suites that one version accepts, each seen chosen by the server (elimination)."""

    asked: Asked
    accepted: tuple[int, ...] = ()
    """IANA numbers in the order in which the server chose them; SSL 2's kinds have three bytes."""
    preference: Preference | NotCaptured | None = None
    """``None``: nothing to watch, because fewer than two are accepted."""
    cut: NotCaptured | None = None
    """Why the questions ended before the server refused what was left: more may be accepted."""


class Prime(Fact):
    """A prime of finite-field Diffie-Hellman, seen in use below TLS 1.3."""

    bits: int
    sha256: str
    """Over its big-endian bytes without leading zeros."""
    known: str = ""
    """Where it is published, if it is one of the groups that many servers share (``RFC 2409 group 2``)."""


class KeyExchange(Fact):
    """The groups in which keys are agreed."""

    asked: Asked = Asked.ALL
    """``forbidden``: only short curves and hybrids were asked for to the end, beside what was seen in use."""
    named: dict[Version, tuple[int, ...]]
    """Named groups accepted, by IANA number, in the order chosen; below TLS 1.3 the best version is asked."""
    primes: tuple[Prime, ...] = ()
    cut: NotCaptured | None = None
    """Why the questions ended before the server refused what was left."""


class Traits(Fact):
    """What first flights show beside version and suite.

    ``None``: the question makes no sense here (nothing below TLS 1.3 is spoken, or nothing above it).
    """

    compression: bool | NotCaptured | None
    secure_renegotiation: bool | NotCaptured | None
    extended_master_secret: bool | NotCaptured | None
    fallback_refused: bool | NotCaptured | None
    """TLS_FALLBACK_SCSV in a hello below the best version was answered with its alert (RFC 7507)."""
    alpn: tuple[str, ...] | NotCaptured
    """Protocols chosen when h2 and http/1.1 were offered, then http/1.1 alone."""
    early_data_bytes: int | NotCaptured | None
    """The most 0-RTT data that a ticket of TLS 1.3 allows; 0 where no ticket allows any."""
    tickets: bool | NotCaptured | None = None
    signature_schemes: tuple[int, ...] = ()
    """Schemes with which the server signed, by IANA number."""


class Offer(Fact):
    """What one address offered for one server name."""

    host: str
    address: str
    port: int
    handshake: Handshake | NotCaptured
    beside: tuple[Handshake, ...] = ()
    """The other certificates that other suites bring out (RSA beside ECDSA)."""
    versions: dict[Version, Acceptance | NotCaptured]
    """Every version, each asked with a hello of our own; empty for the twin, which shares the address."""
    suites: dict[Version, Suites | NotCaptured] = Field(default_factory=dict)
    """Of every version that is accepted."""
    key_exchange: KeyExchange | NotCaptured = NotCaptured(cause=Cause.NOT_RUN)
    traits: Traits | NotCaptured = NotCaptured(cause=Cause.NOT_RUN)
    looked_with: str = "tinnhiem"
    """The prober: our own, or ``sslyze`` and its version as a second opinion."""


class Tls(Payload):
    """All offers of a site: the host on every address tried (at most 4 of ``addresses_total``), then the twin."""

    kind: ClassVar[str] = "tls"
    schema_version: ClassVar[int] = 2

    offers: tuple[Offer, ...]
    twin_offers: tuple[Offer, ...] = ()
    addresses_total: int
    tlsa: Look | None = None
    """TLSA records of ``_443._tcp.host``; ``None``: not asked."""
