"""Certificates with any fault: the builder of the library where it agrees, DER put together by hand where not."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
SERVERS = ExtendedKeyUsageOID.SERVER_AUTH
HOST = "example.com"
ECDSA_SHA1 = bytes.fromhex("300906072a8648ce3d0401")

Key = ec.EllipticCurvePrivateKey | dsa.DSAPrivateKey
Value = x509.ExtensionType
Written = tuple[Value, bool] | None
Changes = dict[type[Value], Written]
Fields = list[bytes]


@dataclass(frozen=True)
class Forged:
    """A certificate, its key, and its name as an issuer."""

    der: bytes
    key: Key
    subject: x509.Name
    identifier: x509.SubjectKeyIdentifier


def key() -> ec.EllipticCurvePrivateKey:
    """A fresh key."""
    return ec.generate_private_key(ec.SECP256R1())


def named(text: str) -> x509.Name:
    """A name of one part; empty text is an empty name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)] if text else [])


def usage(*, signs: bool, serves: bool = False) -> x509.KeyUsage:
    """Sign certificates, or serve."""
    return x509.KeyUsage(
        digital_signature=serves,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def names(*values: x509.GeneralName | str) -> x509.SubjectAlternativeName:
    """A subjectAltName; text is a dNSName."""
    return x509.SubjectAlternativeName(
        [x509.DNSName(one) if isinstance(one, str) else one for one in values]
    )


def _forged(
    subject: x509.Name,
    issuer: Forged | None,
    standard: Changes,
    changes: Changes,
    *,
    own_key: Key | None,
    days: tuple[float, float],
    issuer_name: x509.Name | None,
    weakly: bool,
    signer: Forged | None,
    patch: Callable[[Fields], Fields] | None,
    extra: Iterable[tuple[Value, bool]],
) -> Forged:
    mine = own_key or key()
    signing = (signer or issuer).key if (signer or issuer) else mine  # type: ignore[union-attr]
    identifier = x509.SubjectKeyIdentifier.from_public_key(mine.public_key())
    above = issuer.identifier if issuer else identifier
    above_name = issuer.subject if issuer else subject
    extensions: dict[type[Value], Written] = {
        x509.SubjectKeyIdentifier: (identifier, False),
        x509.AuthorityKeyIdentifier: (
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above),
            False,
        ),
        **standard,
        **changes,
    }
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above_name if issuer_name is None else issuer_name)
        .public_key(mine.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + days[0] * DAY)
        .not_valid_after(NOW + days[1] * DAY)
    )
    for written in [*extensions.values(), *extra]:
        if written is not None:
            builder = builder.add_extension(*written)
    der = builder.sign(signing, hashes.SHA256()).public_bytes(Encoding.DER)
    if weakly:
        der = signed_by_sha1(der, signing)
    if patch is not None:
        der = resigned(der, signing, patch)
    return Forged(der, mine, subject, identifier)


def authority(
    text: str,
    issuer: Forged | None = None,
    *,
    path_length: int | None = None,
    changes: Changes | None = None,
    own_key: Key | None = None,
    days: tuple[float, float] = (-1000, 1000),
    issuer_name: x509.Name | None = None,
    weakly: bool = False,
    signer: Forged | None = None,
    patch: Callable[[Fields], Fields] | None = None,
    extra: Iterable[tuple[Value, bool]] = (),
) -> Forged:
    """One that may sign others, unless ``changes`` say otherwise."""
    standard: Changes = {
        x509.BasicConstraints: (x509.BasicConstraints(ca=True, path_length=path_length), True),
        x509.KeyUsage: (usage(signs=True), True),
    }
    return _forged(
        named(text),
        issuer,
        standard,
        changes or {},
        own_key=own_key,
        days=days,
        issuer_name=issuer_name,
        weakly=weakly,
        signer=signer,
        patch=patch,
        extra=extra,
    )


def leaf(
    issuer: Forged | None,
    *,
    subject: str = "",
    changes: Changes | None = None,
    own_key: Key | None = None,
    days: tuple[float, float] = (-30, 60),
    issuer_name: x509.Name | None = None,
    weakly: bool = False,
    patch: Callable[[Fields], Fields] | None = None,
    extra: Iterable[tuple[Value, bool]] = (),
) -> Forged:
    """A server's, for ``HOST`` unless ``changes`` say otherwise."""
    standard: Changes = {
        x509.BasicConstraints: (x509.BasicConstraints(ca=False, path_length=None), True),
        x509.KeyUsage: (usage(signs=False, serves=True), True),
        x509.ExtendedKeyUsage: (x509.ExtendedKeyUsage([SERVERS]), False),
        x509.SubjectAlternativeName: (names(HOST), not subject),
    }
    return _forged(
        named(subject),
        issuer,
        standard,
        changes or {},
        own_key=own_key,
        days=days,
        issuer_name=issuer_name,
        weakly=weakly,
        signer=None,
        patch=patch,
        extra=extra,
    )


# By hand


def tlv(tag: int, content: bytes) -> bytes:
    """One value in DER."""
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    wide = (size.bit_length() + 7) // 8
    return bytes([tag, 0x80 | wide]) + size.to_bytes(wide, "big") + content


def parts(content: bytes) -> Fields:
    """The values that stand one after another in a constructed one's content."""
    found: Fields = []
    while content:
        size, head = content[1], 2
        if size >= 0x80:
            head = 2 + (size & 0x7F)
            size = int.from_bytes(content[2:head], "big")
        found.append(content[: head + size])
        content = content[head + size :]
    return found


def inside(value: bytes) -> bytes:
    """The content of one value."""
    head = 2 if value[1] < 0x80 else 2 + (value[1] & 0x7F)
    return value[head:]


def resigned(der: bytes, signing: Key, patch: Callable[[Fields], Fields]) -> bytes:
    """The certificate with other fields in its signed part (0 is the version, 1 the serial number)."""
    signed, algorithm, _ = parts(inside(der))
    changed = tlv(0x30, b"".join(patch(parts(inside(signed)))))
    return _signed(changed, algorithm, signing, hashes.SHA256())


def signed_by_sha1(der: bytes, signing: Key) -> bytes:
    """The certificate as it would have been signed long ago."""
    signed, _, _ = parts(inside(der))
    fields = parts(inside(signed))
    changed = tlv(0x30, b"".join([*fields[:2], ECDSA_SHA1, *fields[3:]]))
    return _signed(changed, ECDSA_SHA1, signing, hashes.SHA1())  # noqa: S303  The case.


def _signed(changed: bytes, algorithm: bytes, signing: Key, hashed: hashes.HashAlgorithm) -> bytes:
    if isinstance(signing, ec.EllipticCurvePrivateKey):
        signature = signing.sign(changed, ec.ECDSA(hashed))
    else:
        signature = signing.sign(changed, hashed)
    return tlv(0x30, changed + algorithm + tlv(0x03, b"\x00" + signature))


def serial(content: bytes) -> Callable[[Fields], Fields]:
    """Another serial number, as its bytes."""
    return lambda fields: [fields[0], tlv(0x02, content), *fields[2:]]


def version_1(fields: Fields) -> Fields:
    """No version told, and no extensions."""
    return fields[1:7]


def twice(oid: bytes) -> Callable[[Fields], Fields]:
    """The extension of this encoded OID a second time."""

    def patch(fields: Fields) -> Fields:
        listed = parts(inside(inside(fields[-1])))
        again = [one for one in listed if inside(one).startswith(oid)]
        return [*fields[:-1], tlv(0xA3, tlv(0x30, b"".join([*listed, *again])))]

    return patch


def other_algorithm(fields: Fields) -> Fields:
    """The signed part names SHA-384, the certificate around it SHA-256."""
    return [*fields[:2], bytes.fromhex("300a06082a8648ce3d040303"), *fields[3:]]
