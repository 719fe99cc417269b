"""Certificates for tests: an authority with whatever it should lack, and leaves with whatever they should not have."""

import datetime as dt
import ssl
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import (
    AuthorityInformationAccessOID,
    ExtendedKeyUsageOID,
    NameOID,
)

from tests.limbo.forge import inside, parts, tlv
from tests.scanner.builders import HOST, TWIN

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
SERVERS = ExtendedKeyUsageOID.SERVER_AUTH
CLIENTS = ExtendedKeyUsageOID.CLIENT_AUTH
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Made:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def name(text: str) -> x509.Name:
    """A name of one part."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def key() -> Key:
    """A fresh key."""
    return ec.generate_private_key(ec.SECP256R1())


def made(
    subject: str,
    issuer: Made | None = None,
    *,
    ca: bool = False,
    own_key: Key | None = None,
    days: tuple[float, float] = (-30, 60),
    sans: Iterable[str] | None = None,
    san_critical: bool = False,
    usages: Sequence[x509.ObjectIdentifier] | None = (SERVERS,),
    path_length: int | None = None,
    may_sign: bool | None = None,
    constraints: bool = True,
    now: dt.datetime = NOW,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Made:
    """One certificate; what is not said is as it should be."""
    mine = own_key or key()
    signer = issuer.key if issuer else mine
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(issuer.certificate.subject if issuer else name(subject))
        .public_key(mine.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(mine.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if constraints:
        builder = builder.add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    signs = ca if may_sign is None else may_sign
    builder = builder.add_extension(
        x509.KeyUsage(
            digital_signature=not signs,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=signs,
            crl_sign=signs,
            encipher_only=False,
            decipher_only=False,
        ),
        critical=True,
    )
    if not ca:
        names = [x509.DNSName(text) for text in ((HOST, TWIN) if sans is None else sans)]
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), san_critical)
        if usages is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    return Made(builder.sign(signer, hashes.SHA256()), mine)


def authority(
    subject: str,
    issuer: Made | None = None,
    *,
    own_key: Key | None = None,
    days: tuple[float, float] = (-1000, 1000),
    path_length: int | None = None,
    may_sign: bool | None = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Made:
    """A certificate that may sign others."""
    return made(
        subject,
        issuer,
        ca=True,
        own_key=own_key,
        days=days,
        path_length=path_length,
        may_sign=may_sign,
        extra=extra,
    )


# What certificates name


def found_at(
    *, issuers: Iterable[str] = (), responders: Iterable[str] = ()
) -> tuple[x509.ExtensionType, bool]:
    """AIA: where the issuer lies, and who answers by OCSP."""
    methods = [(AuthorityInformationAccessOID.CA_ISSUERS, url) for url in issuers]
    methods += [(AuthorityInformationAccessOID.OCSP, url) for url in responders]
    return (
        x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(oid, x509.UniformResourceIdentifier(url))
                for oid, url in methods
            ]
        ),
        False,
    )


def listed_at(*urls: str) -> tuple[x509.ExtensionType, bool]:
    """Where the list of revoked certificates lies."""
    names = [x509.UniformResourceIdentifier(url) for url in urls]
    return x509.CRLDistributionPoints([x509.DistributionPoint(names, None, None, None)]), False


def part(
    *urls: str, users: bool = False, authorities: bool = False, indirect: bool = False
) -> tuple[x509.ExtensionType, bool]:
    """A list says which part it is."""
    names = [x509.UniformResourceIdentifier(url) for url in urls] or None
    return (
        x509.IssuingDistributionPoint(names, None, users, authorities, None, indirect, False),
        True,
    )


def timestamp(log: bytes, at_ms: int, *, extensions: bytes = b"") -> bytes:
    """A log's promise as it is sent, with a signature that nobody verifies."""
    signature = b"\x04\x03\x00\x08" + bytes(8)
    sized = len(extensions).to_bytes(2, "big") + extensions
    return b"\x00" + log + at_ms.to_bytes(8, "big") + sized + signature


def timestamps(*entries: bytes) -> tuple[x509.ExtensionType, bool]:
    """The extension that holds such promises: a list in an OCTET STRING."""
    listed = b"".join(len(one).to_bytes(2, "big") + one for one in entries)
    whole = len(listed).to_bytes(2, "big") + listed
    size = len(whole)
    head = bytes([4, size] if size < 128 else [4, 0x81, size] if size < 256 else [4, 0x82])
    if size >= 256:
        head += size.to_bytes(2, "big")
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
    return x509.UnrecognizedExtension(oid, head + whole), False


def revoked_list(
    issuer: Made,
    *revoked: Made,
    days: tuple[float, float] = (-1, 6),
    signer: Made | None = None,
    named: str | None = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    entry_extra: Sequence[tuple[x509.ExtensionType, bool]] = (
        (x509.CRLReason(x509.ReasonFlags.key_compromise), False),
    ),
) -> x509.CertificateRevocationList:
    """The issuer's list; what is not said is as it should be."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name(named) if named else issuer.certificate.subject)
        .last_update(NOW + dt.timedelta(days=days[0]))
        .next_update(NOW + dt.timedelta(days=days[1]))
    )
    for one in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(one.certificate.serial_number)
            .revocation_date(NOW - dt.timedelta(days=3))
        )
        for extension, critical in entry_extra:
            entry = entry.add_extension(extension, critical)
        builder = builder.add_revoked_certificate(entry.build())
    for extension, critical in extra:
        builder = builder.add_extension(extension, critical)
    return builder.sign((signer or issuer).key, hashes.SHA256())


def ocsp_answer(
    leaf: Made,
    issuer: Made,
    *,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    days: tuple[float, float | None] = (-1, 6),
    delegate: Made | None = None,
    by_name: bool = False,
    algorithm: hashes.HashAlgorithm | None = None,
) -> bytes:
    """The DER of an answer about the leaf; ``delegate`` signs it and is shown with it."""
    begin, end = days
    by = delegate or issuer
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=leaf.certificate,
        issuer=issuer.certificate,
        algorithm=algorithm or hashes.SHA1(),  # noqa: S303  What responders know.
        cert_status=status,
        this_update=NOW + dt.timedelta(days=begin),
        next_update=None if end is None else NOW + dt.timedelta(days=end),
        revocation_time=NOW - dt.timedelta(days=3) if revoked else None,
        revocation_reason=x509.ReasonFlags.superseded if revoked else None,
    )
    encoding = ocsp.OCSPResponderEncoding.NAME if by_name else ocsp.OCSPResponderEncoding.HASH
    builder = builder.responder_id(encoding, by.certificate)
    if delegate is not None:
        builder = builder.certificates([delegate.certificate])
    answer = builder.sign(by.key, hashes.SHA256())
    return answer.public_bytes(Encoding.DER)


def stapled_timestamps(leaf: Made, issuer: Made, *entries: bytes) -> bytes:
    """A good answer that holds promises of logs, which the library does not write."""
    plain = ocsp.load_der_ocsp_response(ocsp_answer(leaf, issuer))
    fields = parts(inside(plain.tbs_response_bytes))
    responder, produced, answers = fields[:3]
    (single,) = parts(inside(answers))
    listed = b"".join(len(one).to_bytes(2, "big") + one for one in entries)
    value = tlv(0x04, tlv(0x04, len(listed).to_bytes(2, "big") + listed))
    oid = bytes.fromhex("060a2b06010401d679020405")
    held = tlv(0xA1, tlv(0x30, tlv(0x30, oid + value)))
    signed = tlv(0x30, responder + produced + tlv(0x30, tlv(0x30, inside(single) + held)))
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    signature = tlv(0x03, b"\x00" + issuer.key.sign(signed, ec.ECDSA(hashes.SHA256())))
    basic = tlv(0x04, tlv(0x30, signed + algorithm + signature))
    kind = bytes.fromhex("06092b0601050507300101")
    return tlv(0x30, b"\x0a\x01\x00" + tlv(0xA0, tlv(0x30, kind + basic)))


def forged(answer: bytes) -> bytes:
    """The same answer with another signature."""
    signature = ocsp.load_der_ocsp_response(answer).signature
    return answer.replace(signature, signature[:-1] + bytes([signature[-1] ^ 1]))


@cache
def today() -> tuple[Made, Made]:
    """A root and a leaf that hold on the day the tests run."""
    wide = (-2000.0, 20_000.0)
    root = authority("Root of the tests", days=wide)
    return root, made(HOST, root, days=wide)


@cache
def pem_of(leaf: Made, *chain: Made) -> bytes:
    """Key and chain as ``ssl`` loads them."""
    secret = leaf.key.private_bytes(
        Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return secret + b"".join(one.pem for one in (leaf, *chain))


def server_context(
    *chain: Made,
    lowest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    asks_client: bool = False,
) -> ssl.SSLContext:
    """A server that shows this chain (the usual leaf where none is given)."""
    shown = chain or (today()[1],)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = lowest, highest
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "chain.pem"
        file.write_bytes(pem_of(*shown))
        context.load_cert_chain(file)
    if asks_client:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(cadata=today()[0].pem.decode())
    return context
