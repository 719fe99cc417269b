"""What each address of a site showed in TLS handshakes."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import Base64Bytes

from checks.evidence.base import Fact, NotCaptured, Payload


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


class Certificate(Fact):
    """One certificate as sent, with what could be read of it.

    ``malformed`` names the fault where the bytes cannot be read; the other fields are then ``None``.
    ``key_kind`` is one of ``RSA EC Ed25519 Ed448 DSA other``; ``signature_hash`` for example ``sha256``,
    ``sha1``, ``md5``, or ``none`` for schemes that hash by themselves (EdDSA).
    """

    der: Base64Bytes
    sha256: str
    malformed: str | None = None
    subject: str | None = None
    issuer: str | None = None
    serial: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    dns_names: tuple[str, ...] = ()
    """SAN dNSName and iPAddress entries, at most 200 of ``names_total``."""
    names_total: int = 0
    covers: tuple[str, ...] = ()
    """Of the site's own names (host, twin), those a SAN covers, computed on all SANs."""
    key_kind: str | None = None
    key_bits: int | None = None
    signature_hash: str | None = None
    is_ca: bool | None = None


class PathState(StrEnum):
    """What building a path from the leaf, at a moment inside its validity, came to."""

    TRUSTED = "trusted"
    ISSUER_MISSING = "issuer-missing"
    """The served certificates end at one whose issuer was neither served nor in the store."""
    SELF_SIGNED = "self-signed"
    UNKNOWN_ROOT = "unknown-root"
    """The served certificates end at a self-signed one that no loaded store holds."""
    INVALID = "invalid"
    """A path exists by name, but a rule of RFC 5280 forbids it; ``objection`` says which."""


class PathCertificate(Fact):
    """One step of the validating path; the leaf comes first, the root last."""

    sha256: str
    subject: str
    not_before: datetime
    not_after: datetime
    key_kind: str
    key_bits: int | None
    signature_hash: str
    served: bool


class Path(Fact):
    """The path that validates, or how far it got."""

    state: PathState
    certificates: tuple[PathCertificate, ...] = ()
    store: str
    """Name of the store that held the root, or of all stores that were searched."""
    store_date: str
    missing_issuer: str | None = None
    objection: str = ""
    """What a strict verifier disliked although the path holds, or why it does not."""


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


class Offer(Fact):
    """What one address offered for one server name."""

    host: str
    address: str
    port: int
    handshake: Handshake | NotCaptured
    versions: dict[Version, Acceptance | NotCaptured]
    """Every version, each asked with a hello of our own; empty for the twin, which shares the address."""


class Tls(Payload):
    """All offers of a site: the host on every address tried (at most 4 of ``addresses_total``), then the twin."""

    kind: ClassVar[str] = "tls"

    offers: tuple[Offer, ...]
    twin_offers: tuple[Offer, ...] = ()
    addresses_total: int
