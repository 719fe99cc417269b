"""Certificates as sent → facts: bounded, and a malformed one is evidence, not an exception."""

import base64
import hashlib
import ipaddress
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import Certificate

Told = TypeVar("Told")
CERTIFICATES_KEPT = 10
CHAIN_BYTES = 100 * 1024
NAMES_KEPT = 200
TEXT_KEPT = 500
URLS_KEPT = 4


def read_certificate(der: bytes, own_names: Iterable[str]) -> Certificate:
    """The facts of one certificate; ``own_names`` are the site's names, A-labels in lower case."""
    found, names = _read_once(der)
    own = tuple(own for own in own_names if any(covers(name, own) for name in names))
    return found.model_copy(update={"covers": own}) if own else found


# Sites share their issuers, and a site's addresses its own certificate.
@lru_cache(maxsize=512)
def _read_once(der: bytes) -> tuple[Certificate, tuple[str, ...]]:
    """The facts that are the same for every site, and all its names."""
    digest = hashlib.sha256(der).hexdigest()
    encoded = base64.b64encode(der)  # what Base64Bytes takes in
    try:
        with quietly():
            parsed = x509.load_der_x509_certificate(der)
            names = alternative_names(parsed)
            return _read(parsed, encoded, digest, names), tuple(names)
    except Exception as error:  # noqa: BLE001  Libraries raise many kinds on hostile DER; each is a fact.
        why = f"{type(error).__name__}: {error}"[:TEXT_KEPT]
        return Certificate(der=encoded, sha256=digest, malformed=why), ()


def load_der(der: bytes) -> x509.Certificate:
    """Parse one certificate; ``ValueError`` and others where it cannot be read."""
    with quietly():
        return x509.load_der_x509_certificate(der)


@contextmanager
def quietly() -> Iterator[None]:
    """A fault that the library only warns of (a serial of zero) is no reason to stop or to print."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        yield


def guarded(read: Callable[[], Told]) -> Told | NotCaptured:
    """What is read of somebody's DER, or ``cert-malformed``: hostile bytes make libraries raise anything."""
    try:
        return read()
    except Exception as error:  # noqa: BLE001  Whatever it is, it is a cause.
        return NotCaptured(cause=Cause.CERT_MALFORMED, detail=type(error).__name__)


def serial_of(certificate: x509.Certificate) -> int:
    """The serial number, whatever it is."""
    with quietly():
        return certificate.serial_number


def _read(parsed: x509.Certificate, encoded: bytes, digest: str, names: list[str]) -> Certificate:
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
        key_kind=kind,
        key_bits=bits,
        signature_hash=signature_hash(parsed),
        is_ca=is_ca(parsed),
        must_staple=must_staple(parsed),
        issuer_urls=issuer_urls(parsed),
        ocsp_urls=ocsp_urls(parsed),
        crl_urls=crl_urls(parsed),
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


def must_staple(certificate: x509.Certificate) -> bool:
    """Whether it asks for a stapled OCSP answer (RFC 7633; 17 asks for several, RFC 6961)."""
    try:
        value = certificate.extensions.get_extension_for_class(x509.TLSFeature).value
    except x509.ExtensionNotFound:
        return False
    wanted = {x509.TLSFeatureType.status_request, x509.TLSFeatureType.status_request_v2}
    return bool(wanted & set(value))


def issuer_urls(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where the issuer's certificate may be fetched."""
    return _access_urls(certificate, AuthorityInformationAccessOID.CA_ISSUERS)


def ocsp_urls(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where the issuer answers whether it revoked the certificate."""
    return _access_urls(certificate, AuthorityInformationAccessOID.OCSP)


def _access_urls(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> tuple[str, ...]:
    try:
        value = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return ()
    return _web_urls(one.access_location for one in value.value if one.access_method == method)


def crl_urls(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where the issuer's list of revoked certificates lies; lists for some reasons only are left out."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return ()
    return _web_urls(
        name
        for point in points
        if point.reasons is None and point.crl_issuer is None
        for name in point.full_name or ()
    )


def _web_urls(names: Iterable[x509.GeneralName]) -> tuple[str, ...]:
    """The http(s) addresses among names, without repetition, bounded."""
    found = (name.value for name in names if isinstance(name, x509.UniformResourceIdentifier))
    web = [
        url
        for url in found
        if url.lower().startswith(("http://", "https://")) and len(url) <= TEXT_KEPT
    ]
    return tuple(dict.fromkeys(web))[:URLS_KEPT]


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
