"""Signed certificate timestamps: which logs promised to list a certificate (RFC 6962, 3.2 and 3.3)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.x509 import ocsp

from checks.evidence.certificates import Sct, SctSource

KEPT = 32
"""Timestamps kept of each source; two to five are usual."""
LIST_BYTES = 65_535
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 253_402_300_799_000
_HEAD_BYTES = 1 + 32 + 8 + 2


def in_certificate(certificate: x509.Certificate) -> tuple[Sct, ...]:
    """The timestamps that the issuer wrote into the certificate."""
    try:
        found = certificate.extensions.get_extension_for_class(
            x509.PrecertificateSignedCertificateTimestamps
        ).value
    except x509.ExtensionNotFound:
        return ()
    return _distinct(
        Sct(log_id=one.log_id.hex(), logged_at=_utc(one.timestamp), source=SctSource.CERTIFICATE)
        for one in found
    )


def in_staple(answer: ocsp.OCSPResponse) -> tuple[Sct, ...]:
    """The timestamps in an OCSP answer about one certificate."""
    try:
        found = answer.single_extensions.get_extension_for_class(
            x509.SignedCertificateTimestamps
        ).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return _distinct(
        Sct(log_id=one.log_id.hex(), logged_at=_utc(one.timestamp), source=SctSource.STAPLE)
        for one in found
    )


def in_handshake(sent: Iterable[bytes]) -> tuple[Sct, ...]:
    """The timestamps of the TLS extension, each as sent; what no client can read is none."""
    read = (_read(one) for one in sent)
    return _distinct(one for one in read if one is not None)


def _read(entry: bytes) -> Sct | None:
    """One entry: version, log, milliseconds, extensions, signature."""
    if len(entry) < _HEAD_BYTES + 4 or len(entry) > LIST_BYTES or entry[0] != 0:
        return None
    at = _HEAD_BYTES + int.from_bytes(entry[41:43], "big")
    # Two bytes name the signature's algorithm; then its length and itself, to the end.
    if len(entry) < at + 4 or len(entry) != at + 4 + int.from_bytes(entry[at + 2 : at + 4], "big"):
        return None
    milliseconds = int.from_bytes(entry[33:41], "big")
    if milliseconds > _LATEST_MS:
        return None
    return Sct(
        log_id=entry[1:33].hex(),
        logged_at=_EPOCH + timedelta(milliseconds=milliseconds),
        source=SctSource.HANDSHAKE,
    )


def _distinct(found: Iterable[Sct]) -> tuple[Sct, ...]:
    return tuple(dict.fromkeys(found))[:KEPT]


def _utc(moment: datetime) -> datetime:
    # The library gives moments of UTC without saying so.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
