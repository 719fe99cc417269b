"""Throwaway certificates: an authority of the fleet's own, leaves good and bad, and what it says of them later."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scanner.practice.flights import PrivateKey
from scanner.practice.site import CertificatePlan, Issuer, Key, RevocationList

ListUrls = Mapping[RevocationList, Sequence[str]]
_DER, _PEM = serialization.Encoding.DER, serialization.Encoding.PEM
_RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")
_RSA_SHA1 = bytes.fromhex("300d06092a864886f70d0101050500")


@dataclass(frozen=True)
class Issued:
    """A leaf as a server needs it: the chain it sends, and the key."""

    chain: tuple[bytes, ...]
    """DER, leaf first."""
    key: PrivateKey

    @property
    def pem(self) -> bytes:
        """Key and chain in one text, as ``ssl`` loads it."""
        key = self.key.private_bytes(
            _PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return key + b"".join(
            x509.load_der_x509_certificate(der).public_bytes(_PEM) for der in self.chain
        )


@dataclass(frozen=True)
class Authority:
    """A certificate that may sign others."""

    certificate: x509.Certificate
    key: PrivateKey


class Mint:
    """Makes every certificate of one fleet.  Keys are shared: making them is what costs time."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now.replace(microsecond=0)
        self.list_urls: ListUrls = {}
        """Where the lists of revoked certificates lie, for leaves that name one."""
        self._revoked: list[int] = []

    @cached_property
    def root(self) -> Authority:
        """The one root of the fleet's trust store."""
        return self._authority("Tinnhiem Practice Root", None)

    @cached_property
    def intermediate(self) -> Authority:
        """What signs the good leaves."""
        return self._authority("Tinnhiem Practice Intermediate", self.root)

    @cached_property
    def old_intermediate(self) -> Authority:
        """What signs with RSA and SHA-1, as authorities did ten years ago."""
        return self._authority("Tinnhiem Practice Old Intermediate", self.root, Key.RSA_2048)

    @cached_property
    def stranger(self) -> Authority:
        """A root that is in nobody's store."""
        return self._authority("Tinnhiem Practice Stranger", None)

    @cached_property
    def trust_store_pem(self) -> bytes:
        """What a scanner of this fleet should trust."""
        return self.root.certificate.public_bytes(_PEM)

    def leaf(self, plan: CertificatePlan, names: Sequence[str]) -> Issued:
        """The leaf of a plan, for these host names."""
        key = self._keys[plan.key]
        own = _name(names[0])
        if plan.issuer is Issuer.SELF:
            return Issued((self._sign(plan, names, own, key, key).public_bytes(_DER),), key)
        signer = self._signer(plan)
        leaf = self._sign(plan, names, signer.certificate.subject, key, signer.key)
        der = _as_sha1(leaf, signer.key) if plan.sha1 else leaf.public_bytes(_DER)
        above = (signer.certificate.public_bytes(_DER),) if plan.serve_intermediate else ()
        return Issued((der, *above), key)

    def revoked_list(self, which: RevocationList) -> bytes:
        """The list of revoked leaves of the intermediate: of yesterday, or left behind a month ago."""
        signer = self.intermediate
        issued_days, next_days = (-40, -10) if which is RevocationList.OLD else (-1, 7)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(signer.certificate.subject)
            .last_update(self._at(issued_days))
            .next_update(self._at(next_days))
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()),
                critical=False,
            )
            .add_extension(x509.CRLNumber(1), critical=False)
        )
        for serial in self._revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(serial)
                .revocation_date(self._at(-2))
                .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
                .build()
            )
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(_DER)

    def staple(self, leaf: bytes) -> bytes:
        """The intermediate's signed word that a leaf of its own is good."""
        signer = self.intermediate
        answer = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                cert=x509.load_der_x509_certificate(leaf),
                issuer=signer.certificate,
                # Requests and answers name issuers by it; nothing rests on its strength.
                algorithm=hashes.SHA1(),  # noqa: S303
                cert_status=ocsp.OCSPCertStatus.GOOD,
                this_update=self._at(-1),
                next_update=self._at(6),
                revocation_time=None,
                revocation_reason=None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
        )
        return answer.sign(signer.key, hashes.SHA256()).public_bytes(_DER)

    def _at(self, days: float) -> dt.datetime:
        return self.now + dt.timedelta(days=days)

    @cached_property
    def _keys(self) -> "_Keys":
        return _Keys()

    def _signer(self, plan: CertificatePlan) -> Authority:
        if plan.issuer is Issuer.STRANGER:
            return self.stranger
        return self.old_intermediate if plan.sha1 else self.intermediate

    def _sign(
        self,
        plan: CertificatePlan,
        names: Sequence[str],
        issuer: x509.Name,
        key: PrivateKey,
        signer: PrivateKey,
    ) -> x509.Certificate:
        builder = self._builder(_name(names[0]), issuer, key, signer, plan.from_days, plan.to_days)
        builder = (
            builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                _usage(signs=False, enciphers=isinstance(key, rsa.RSAPrivateKey)), critical=True
            )
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )
        if urls := self.list_urls.get(plan.crl):
            builder = builder.add_extension(
                x509.CRLDistributionPoints(list(map(_distribution_point, urls))), critical=False
            )
        if plan.must_staple:
            asked = x509.TLSFeature([x509.TLSFeatureType.status_request])
            builder = builder.add_extension(asked, critical=False)
        certificate = builder.sign(signer, hashes.SHA256())
        if plan.revoked:
            self._revoked.append(certificate.serial_number)
        return certificate

    def _authority(self, name: str, above: Authority | None, kind: Key = Key.EC_256) -> Authority:
        key = _new_key(kind)
        subject = _name(name)
        issuer = above.certificate.subject if above else subject
        signer = above.key if above else key
        builder = self._builder(subject, issuer, key, signer, -3 * 365, 7 * 365)
        certificate = (
            builder.add_extension(
                x509.BasicConstraints(ca=True, path_length=0 if above else None), critical=True
            )
            .add_extension(_usage(signs=True, enciphers=False), critical=True)
            .sign(signer, hashes.SHA256())
        )
        return Authority(certificate, key)

    def _builder(
        self,
        subject: x509.Name,
        issuer: x509.Name,
        key: PrivateKey,
        signer: PrivateKey,
        from_days: float,
        to_days: float,
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._at(from_days))
            .not_valid_after(self._at(to_days))
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
        )


class _Keys:
    """The leaves' keys, one of each kind, made when first asked for."""

    def __init__(self) -> None:
        self._made: dict[Key, PrivateKey] = {}

    def __getitem__(self, kind: Key) -> PrivateKey:
        if kind not in self._made:
            self._made[kind] = _new_key(kind)
        return self._made[kind]


def _new_key(kind: Key) -> PrivateKey:
    if kind is Key.EC_256:
        return ec.generate_private_key(ec.SECP256R1())
    bits = 1024 if kind is Key.RSA_1024 else 2048
    return rsa.generate_private_key(65537, bits)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _distribution_point(url: str) -> x509.DistributionPoint:
    return x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)


def _usage(*, signs: bool, enciphers: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=enciphers,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _as_sha1(certificate: x509.Certificate, signer: PrivateKey) -> bytes:
    """The same certificate signed with SHA-1, by hand: cryptography refuses to sign one so."""
    body = certificate.tbs_certificate_bytes
    start = 2 if body[1] < 0x80 else 2 + (body[1] & 0x7F)
    tbs = _der(0x30, body[start:].replace(_RSA_SHA256, _RSA_SHA1, 1))
    if not isinstance(signer, rsa.RSAPrivateKey):
        raise TypeError("only the old intermediate signs with SHA-1, and its key is RSA")
    signature = signer.sign(tbs, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303  The planted fault.
    return _der(0x30, tbs + _RSA_SHA1 + _der(0x03, b"\0" + signature))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(digits))) + digits + content
