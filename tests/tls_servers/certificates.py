"""Certificates and keys of every kind that the servers show, signed by the fleet's throwaway authority."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import (
    CertificateIssuerPrivateKeyTypes,
    CertificatePublicKeyTypes,
)
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from checks.evidence.certificates import PathState
from scanner.practice.certificates import Mint
from scanner.practice.site import CertificatePlan, Issuer, Key
from tests.scanner.builders import HOST, TWIN

_PEM, _DER = serialization.Encoding.PEM, serialization.Encoding.DER
NAMES = (HOST, TWIN)


@dataclass(frozen=True)
class Files:
    """A certificate as a server loads it."""

    pem: Path
    """Key and chain."""
    staple: Path | None = None
    """The answer of its issuer, DER."""


class Papers:
    """Writes what the servers need into one folder, each thing once."""

    def __init__(self, folder: Path, now: dt.datetime, crl_url: str) -> None:
        self.mint = Mint(now)
        self._folder = folder
        self._crl_url = crl_url

    @cached_property
    def trust_pem(self) -> bytes:
        """The one root."""
        return self.mint.trust_store_pem

    @cached_property
    def crl(self) -> bytes:
        """The intermediate's list, DER, with one certificate on it."""
        above = self.mint.intermediate
        revoked = (
            x509.RevokedCertificateBuilder()
            .serial_number(self._revoked.serial_number)
            .revocation_date(self.mint.now - dt.timedelta(days=2))
            .add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
            .build()
        )
        return (
            x509.CertificateRevocationListBuilder()
            .issuer_name(above.certificate.subject)
            .last_update(self.mint.now - dt.timedelta(hours=1))
            .next_update(self.mint.now + dt.timedelta(days=6))
            .add_revoked_certificate(revoked)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key()),
                critical=False,
            )
            .add_extension(x509.CRLNumber(1), critical=False)
            .sign(above.key, hashes.SHA256())
            .public_bytes(_DER)
        )

    def files(self, kind: str, copy: int = 0) -> Files:
        """The files of this kind of certificate; a kind is named in ``KINDS`` or ``FAULTS``.

        Each copy is a certificate of its own over the same key.
        """
        path = self._folder / (f"{kind}-{copy}.pem" if copy else f"{kind}.pem")
        if not path.exists():
            path.write_bytes(self._pem(kind))
        return Files(path, self._staple(path) if kind.endswith("-stapled") else None)

    @cached_property
    def _revoked(self) -> x509.Certificate:
        return self._leaf(new_key("ec256"), crl=True)

    def _pem(self, kind: str) -> bytes:
        if kind in FAULTS:
            plan, names = FAULTS[kind].plan, FAULTS[kind].names
            return self.mint.leaf(plan, names).pem
        above = self.mint.intermediate.certificate
        if kind == "long-chain":
            issued = self.mint.leaf(CertificatePlan(), NAMES).pem
            return issued + above.public_bytes(_PEM) * (LONG_CHAIN - 2)
        if kind in ("listed", "revoked"):
            key = new_key("ec256")
            leaf = self._revoked if kind == "revoked" else self._leaf(key, crl=True)
            return _key_pem(key) + leaf.public_bytes(_PEM) + above.public_bytes(_PEM)
        base = kind.removesuffix("-stapled").removesuffix("-must-staple")
        key = new_key(base)
        leaf = self._leaf(key, must_staple="must-staple" in kind)
        return _key_pem(key) + leaf.public_bytes(_PEM) + above.public_bytes(_PEM)

    def _leaf(
        self,
        key: CertificateIssuerPrivateKeyTypes,
        *,
        must_staple: bool = False,
        crl: bool = False,
    ) -> x509.Certificate:
        above, now = self.mint.intermediate, self.mint.now
        public: CertificatePublicKeyTypes = key.public_key()
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)]))
            .issuer_name(above.certificate.subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=30))
            .not_valid_after(now + dt.timedelta(days=150))
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(name) for name in NAMES]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False
            )
        )
        if must_staple:
            feature = x509.TLSFeature([x509.TLSFeatureType.status_request])
            builder = builder.add_extension(feature, critical=False)
        if crl:
            point = x509.DistributionPoint(
                [x509.UniformResourceIdentifier(self._crl_url)], None, None, None
            )
            builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        return builder.sign(above.key, hashes.SHA256())

    def _staple(self, path: Path) -> Path:
        made = path.with_suffix(".ocsp")
        if not made.exists():
            leaf, above = x509.load_pem_x509_certificates(path.read_bytes())[:2]
            now = self.mint.now
            answer = (
                ocsp.OCSPResponseBuilder()
                .add_response(
                    leaf, above, hashes.SHA256(), ocsp.OCSPCertStatus.GOOD,
                    now - dt.timedelta(hours=1), now + dt.timedelta(days=3), None, None,
                )
                .responder_id(ocsp.OCSPResponderEncoding.HASH, above)
                .sign(self.mint.intermediate.key, hashes.SHA256())
            )  # fmt: skip
            made.write_bytes(answer.public_bytes(_DER))
        return made


@dataclass(frozen=True)
class Fault:
    """A chain with something wrong, and what a path builder has to say of it."""

    plan: CertificatePlan
    path: PathState
    chain_total: int = 2
    names: Sequence[str] = NAMES


FAULTS = {
    "expired": Fault(CertificatePlan(from_days=-120, to_days=-3), PathState.TRUSTED),
    "not-yet-valid": Fault(CertificatePlan(from_days=3, to_days=90), PathState.TRUSTED),
    "self-signed": Fault(CertificatePlan(issuer=Issuer.SELF), PathState.SELF_SIGNED, 1),
    "stranger": Fault(CertificatePlan(issuer=Issuer.STRANGER), PathState.UNKNOWN_ROOT),
    "issuer-missing": Fault(CertificatePlan(serve_intermediate=False), PathState.ISSUER_MISSING, 1),
    "sha1": Fault(CertificatePlan(sha1=True), PathState.TRUSTED),
    "other-name": Fault(CertificatePlan(), PathState.TRUSTED, names=("khac.edu.vn",)),
    "rsa1024": Fault(CertificatePlan(key=Key.RSA_1024), PathState.TRUSTED),
}
LONG_CHAIN = 14
KINDS = ("rsa2048", "ec256", "ec384", "ec521", "ed25519", "ed448", "dsa")


@cache
def new_key(kind: str) -> CertificateIssuerPrivateKeyTypes:
    """The one key of its kind: making them is what costs time."""
    match kind:
        case "ec256":
            return ec.generate_private_key(ec.SECP256R1())
        case "ec384":
            return ec.generate_private_key(ec.SECP384R1())
        case "ec521":
            return ec.generate_private_key(ec.SECP521R1())
        case "ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case "ed448":
            return ed448.Ed448PrivateKey.generate()
        case "dsa":
            return dsa.generate_private_key(1024)  # noqa: S505  Old on purpose.
        case "rsa2048":
            return rsa.generate_private_key(65537, 2048)
    raise ValueError(kind)


def _key_pem(key: CertificateIssuerPrivateKeyTypes) -> bytes:
    return key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
