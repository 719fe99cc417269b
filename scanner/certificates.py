"""Certificates as sent → facts: bounded, and a malformed one is evidence, not an exception."""

import base64
import hashlib
import ipaddress
import warnings
from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtensionOID

from checks.evidence.certificates import Certificate

CERTIFICATES_KEPT = 10
CHAIN_BYTES = 100 * 1024
NAMES_KEPT = 200
TEXT_KEPT = 500


def read_certificate(der: bytes, own_names: Iterable[str]) -> Certificate:
    """The facts of one certificate; ``own_names`` are the site's names, A-labels in lower case."""
    digest = hashlib.sha256(der).hexdigest()
    encoded = base64.b64encode(der)  # what Base64Bytes takes in
    try:
        parsed = load_der(der)
        return _read(parsed, encoded, digest, own_names)
    except Exception as error:  # noqa: BLE001  Libraries raise many kinds on hostile DER; each is a fact.
        why = f"{type(error).__name__}: {error}"[:TEXT_KEPT]
        return Certificate(der=encoded, sha256=digest, malformed=why)


def load_der(der: bytes) -> x509.Certificate:
    """Parse; a fault that the library only warns of (a serial of zero) is no reason to stop or to print."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return x509.load_der_x509_certificate(der)


def _read(
    parsed: x509.Certificate, encoded: bytes, digest: str, own_names: Iterable[str]
) -> Certificate:
    names = alternative_names(parsed)
    kind, bits = key_of(parsed)
    return Certificate(
        der=encoded,
        sha256=digest,
        subject=parsed.subject.rfc4514_string()[:TEXT_KEPT],
        issuer=parsed.issuer.rfc4514_string()[:TEXT_KEPT],
        serial=f"{parsed.serial_number:x}"[:200],
        not_before=_utc(parsed.not_valid_before_utc),
        not_after=_utc(parsed.not_valid_after_utc),
        dns_names=tuple(name[:255] for name in names[:NAMES_KEPT]),
        names_total=len(names),
        covers=tuple(own for own in own_names if any(covers(name, own) for name in names)),
        key_kind=kind,
        key_bits=bits,
        signature_hash=signature_hash(parsed),
        is_ca=is_ca(parsed),
    )


def alternative_names(certificate: x509.Certificate) -> list[str]:
    """SAN dNSName and iPAddress entries, as text; an absent extension is an empty list."""
    try:
        extension = certificate.extensions.get_extension_for_oid(
            ExtensionOID.SUBJECT_ALTERNATIVE_NAME
        ).value
    except x509.ExtensionNotFound:
        return []
    assert isinstance(extension, x509.SubjectAlternativeName)  # noqa: S101  The OID says so; for mypy.
    addresses = extension.get_values_for_type(x509.IPAddress)
    return [*extension.get_values_for_type(x509.DNSName), *(str(a) for a in addresses)]


def covers(pattern: str, host: str) -> bool:
    """Whether a SAN entry covers a host: RFC 6125, 6.4; a wildcard stands for one whole leftmost label."""
    pattern, host = pattern.lower().rstrip("."), host.lower().rstrip(".")
    if "\x00" in pattern or not pattern:
        return False
    if pattern == host:
        return True
    head, _, tail = pattern.partition(".")
    _, _, host_tail = host.partition(".")
    return (
        head == "*" and "." in tail and bool(host_tail) and tail == host_tail and not _is_ip(host)
    )


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def key_of(certificate: x509.Certificate) -> tuple[str, int | None]:
    """Kind and size in bits of the public key."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC", key.key_size
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "Ed25519", 256
    if isinstance(key, ed448.Ed448PublicKey):
        return "Ed448", 456
    if isinstance(key, dsa.DSAPublicKey):
        return "DSA", key.key_size
    return "other", None


def signature_hash(certificate: x509.Certificate) -> str:
    """Name of the hash that was signed; ``none`` for schemes that hash by themselves."""
    algorithm = certificate.signature_hash_algorithm
    return "none" if algorithm is None else algorithm.name


def is_ca(certificate: x509.Certificate) -> bool:
    """Whether basicConstraints says CA."""
    try:
        value = certificate.extensions.get_extension_for_oid(ExtensionOID.BASIC_CONSTRAINTS).value
    except x509.ExtensionNotFound:
        return False
    return isinstance(value, x509.BasicConstraints) and value.ca


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
