"""Certificates as sent, the path that validates them, what vouches for them, and whether they were revoked."""

from datetime import datetime
from enum import StrEnum

from pydantic import Base64Bytes

from checks.evidence.base import Fact


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
    must_staple: bool = False
    """Whether it asks for a stapled OCSP answer (RFC 7633)."""
    issuer_urls: tuple[str, ...] = ()
    """Where its issuer may be fetched (AIA caIssuers), at most 4."""
    ocsp_urls: tuple[str, ...] = ()
    """Where its status may be asked (AIA OCSP), at most 4."""
    crl_urls: tuple[str, ...] = ()
    """Where the list of revoked certificates lies (CRL distribution points), at most 4."""


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
    """Whether the server sent it; the root need not be sent."""
    fetched_from: str = ""
    """Where it was found, if the server should have sent it and did not."""
    key_sha256: str = ""
    """Over its subjectPublicKeyInfo, as DANE names keys."""


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


class SctSource(StrEnum):
    """How a signed certificate timestamp reached us (RFC 6962, 3.3)."""

    CERTIFICATE = "certificate"
    HANDSHAKE = "handshake"
    STAPLE = "staple"


class Sct(Fact):
    """One promise of a log to list the certificate.  Its signature is not verified: that needs the log's key."""

    log_id: str
    """Hexadecimal SHA-256 of the log's key."""
    logged_at: datetime
    source: SctSource


class RevocationState(StrEnum):
    """What an issuer says of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"
    """The responder answers, but does not know the certificate."""


class RevocationSource(StrEnum):
    """Where the answer came from."""

    CRL = "crl"
    OCSP = "ocsp"
    STAPLE = "staple"


class Revocation(Fact):
    """An issuer's signed word on one certificate, verified and in date when it was looked at."""

    state: RevocationState
    source: RevocationSource
    url: str = ""
    this_update: datetime
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    reason: str = ""


class Staple(Fact):
    """The OCSP answer that came with the handshake.

    ``fault`` says why it proves nothing (not readable, not signed by the issuer, out of date, of another
    certificate); ``answer`` is ``None`` then.
    """

    answer: Revocation | None = None
    fault: str = ""
