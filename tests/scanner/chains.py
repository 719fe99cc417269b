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
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

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
