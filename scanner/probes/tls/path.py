"""Path building: does any valid path lead from the leaf to a root we hold?

The path alone is looked at, at a moment inside its validity: dates and names have checks of their own
(RFC 5280, section 6; RFC 4158 for building).
"""

import warnings
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path as FilePath

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import MD5, SHA1, SHA256
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from checks.evidence.certificates import Path, PathCertificate, PathState
from scanner.certificates import TEXT_KEPT, is_ca, key_of, load_der, signature_hash

MAX_DEPTH = 8
MOMENTS_TRIED = 12
MOZILLA = "Mozilla"
_SHA256 = SHA256()


@dataclass(frozen=True)
class TrustStore:
    """Named roots.  ``date`` tells a reader how old they are."""

    name: str
    date: str
    roots: tuple[x509.Certificate, ...]
    by_subject: dict[bytes, list[x509.Certificate]] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        """Index the roots by their subject."""
        for root in self.roots:
            self.by_subject.setdefault(root.subject.public_bytes(), []).append(root)


def mozilla_store() -> TrustStore:
    """The Mozilla roots of the certifi release that is installed; its version is its date."""
    return _mozilla_store()


@cache
def _mozilla_store() -> TrustStore:
    date = "-".join(certifi.__version__.split("."))
    return TrustStore(MOZILLA, date, _read_pem(FilePath(certifi.where()).read_bytes()))


def store_from_pem(pem: bytes, name: str, date: str) -> TrustStore:
    """An extra store of the operator's; ``ValueError`` where the file holds no certificate."""
    roots = _read_pem(pem)
    if not roots:
        raise ValueError(f"{name} holds no certificate")
    return TrustStore(name, date, roots)


def _read_pem(pem: bytes) -> tuple[x509.Certificate, ...]:
    with warnings.catch_warnings():
        # Some old roots have a serial number of zero; that is theirs to mend.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return tuple(x509.load_pem_x509_certificates(pem))


class Paths:
    """Builds and validates paths against fixed stores; make one per run."""

    def __init__(self, stores: tuple[TrustStore, ...]) -> None:
        self.stores = stores
        self._roots = Store([root for store in stores for root in store.roots])
        self._store_of = {
            root.fingerprint(_SHA256): store for store in stores for root in store.roots
        }
        self.names = ", ".join(store.name for store in stores)
        self.date = ", ".join(store.date for store in stores)

    def build(self, served: tuple[bytes, ...], now: datetime) -> Path:
        """The path of a served chain (DER, leaf first).  Raises ``ValueError`` where the leaf is malformed."""
        leaf = load_der(served[0])
        others: list[x509.Certificate] = []
        for der in served[1:]:
            try:
                others.append(load_der(der))
            except ValueError:
                continue
        strict = self._strict(leaf, others, now)
        if strict is not None:
            return self._told(PathState.TRUSTED, strict, {leaf, *others})
        return self._by_hand(leaf, others)

    def _strict(
        self, leaf: x509.Certificate, others: list[x509.Certificate], now: datetime
    ) -> list[x509.Certificate] | None:
        """The path by cryptography's verifier, at any moment inside the leaf's validity."""
        for moment in _moments(leaf, others, now):
            try:
                verifier = (
                    PolicyBuilder()
                    .store(self._roots)
                    .time(moment)
                    .max_chain_depth(MAX_DEPTH)
                    .extension_policies(ca_policy=_CA_POLICY, ee_policy=_LEAF_POLICY)
                    .build_client_verifier()
                )
                return list(verifier.verify(leaf, others).chain)
            except (VerificationError, ValueError, UnsupportedAlgorithm):
                continue
        return None

    def _by_hand(self, leaf: x509.Certificate, others: list[x509.Certificate]) -> Path:
        """Why no path validates, told by walking up the served certificates by signature."""
        chain = [leaf]
        while len(chain) < MAX_DEPTH:
            top = chain[-1]
            if _issued(top, top):
                return self._at_self_signed(chain)
            root = self._root_above(top)
            if root is not None:
                return self._objection([*chain, root], {leaf, *others})
            above = [c for c in others if c not in chain and _issued(c, top)]
            if not above:
                return Path(
                    state=PathState.ISSUER_MISSING,
                    certificates=_steps(chain, {leaf, *others}),
                    store=self.names,
                    store_date=self.date,
                    missing_issuer=top.issuer.rfc4514_string()[:TEXT_KEPT],
                )
            chain.append(above[0])
        return self._told(PathState.INVALID, chain, {leaf, *others}, "the path is too long")

    def _at_self_signed(self, chain: list[x509.Certificate]) -> Path:
        if chain[-1].fingerprint(_SHA256) in self._store_of:
            return self._objection(chain, set(chain))
        state = PathState.SELF_SIGNED if len(chain) == 1 else PathState.UNKNOWN_ROOT
        return self._told(state, chain, set(chain))

    def _objection(self, chain: list[x509.Certificate], served: set[x509.Certificate]) -> Path:
        """A path exists by name and signature, yet the strict verifier refuses it: say why, in our words."""
        broken = _broken_rule(chain)
        if broken:
            return self._told(PathState.INVALID, chain, served, broken)
        # Nothing forbids the path; the verifier is stricter than browsers (old hash, small key, no SAN).
        return self._told(PathState.TRUSTED, chain, served, "a strict verifier refuses this path")

    def _root_above(self, top: x509.Certificate) -> x509.Certificate | None:
        for store in self.stores:
            for root in store.by_subject.get(top.issuer.public_bytes(), ()):
                if _issued(root, top):
                    return root
        return None

    def _told(
        self,
        state: PathState,
        chain: list[x509.Certificate],
        served: set[x509.Certificate],
        objection: str = "",
    ) -> Path:
        store = self._store_of.get(chain[-1].fingerprint(_SHA256))
        return Path(
            state=state,
            certificates=_steps(chain, served),
            store=store.name if store else self.names,
            store_date=store.date if store else self.date,
            objection=objection,
        )


def _moments(
    leaf: x509.Certificate, others: list[x509.Certificate], now: datetime
) -> list[datetime]:
    """Now, if the leaf is valid; then moments inside the leaf's validity at which a path may hold."""
    begin, end = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    second = timedelta(seconds=1)
    wished = [now, end - second, begin + second, begin + (end - begin) / 2]
    for other in others:
        wished += [other.not_valid_after_utc - second, other.not_valid_before_utc + second]
    inside = [m.astimezone(UTC).replace(microsecond=0) for m in wished if begin <= m <= end]
    return list(dict.fromkeys(inside))[:MOMENTS_TRIED]


def _issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    """Whether ``issuer`` signed ``subject``: name chaining and signature, also by a hash of the past.

    The library refuses MD5 and SHA-1 outright; here a weak signature that verifies is a signature, and
    how weak it is another check says.
    """
    if issuer.subject.public_bytes() != subject.issuer.public_bytes():
        return False
    try:
        subject.verify_directly_issued_by(issuer)
    except (TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    except ValueError:
        return _signed_weakly(issuer, subject)
    return True


def _signed_weakly(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
    try:
        algorithm = subject.signature_hash_algorithm
        key = issuer.public_key()
        if not isinstance(algorithm, MD5 | SHA1):
            return False
        signature, signed = subject.signature, subject.tbs_certificate_bytes
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(algorithm))
        else:
            return False
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _broken_rule(chain: list[x509.Certificate]) -> str:
    """The first rule of RFC 5280 that a chain breaks, dates, names and strength left out."""
    for depth, (certificate, issuer) in enumerate(pairwise(chain)):
        shown = issuer.subject.rfc4514_string()[:100]
        if not is_ca(issuer) and issuer.version is not x509.Version.v1:
            return f"{shown} is no certification authority"
        constraints = _extension(issuer, ExtensionOID.BASIC_CONSTRAINTS)
        if (
            isinstance(constraints, x509.BasicConstraints)
            and constraints.path_length is not None
            and depth > constraints.path_length
        ):
            return f"{shown} may not stand this high in a path"
        usage = _extension(issuer, ExtensionOID.KEY_USAGE)
        if isinstance(usage, x509.KeyUsage) and not usage.key_cert_sign:
            return f"{shown} may not sign certificates"
        if _extension(issuer, ExtensionOID.NAME_CONSTRAINTS) is not None:
            return f"{shown} constrains names, and the strict verifier refuses the path"
        purposes = _extension(certificate, ExtensionOID.EXTENDED_KEY_USAGE)
        if isinstance(purposes, x509.ExtendedKeyUsage) and not _for_servers(purposes):
            return "a certificate in the path is not for servers"
    return ""


def _for_servers(purposes: x509.ExtendedKeyUsage) -> bool:
    wanted = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    return bool(wanted & set(purposes))


def _extension(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> object | None:
    try:
        return certificate.extensions.get_extension_for_oid(oid).value
    except (x509.ExtensionNotFound, ValueError):
        return None


def _server_purpose(
    _policy: object, _certificate: x509.Certificate, purposes: x509.ExtendedKeyUsage | None
) -> None:
    if purposes is not None and not _for_servers(purposes):
        raise ValueError("not a certificate for servers")


def _leaf_policy() -> ExtensionPolicy:
    # Names are another check's question; here any subjectAltName will do, critical or not.
    return (
        ExtensionPolicy.permit_all()
        .require_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
        .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _server_purpose)
    )


_LEAF_POLICY = _leaf_policy()
# The only verifier without a name to match is the one for clients, and its default asks issuers for the
# client purpose, which authorities no longer grant.
_CA_POLICY = ExtensionPolicy.webpki_defaults_ca().may_be_present(
    x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _server_purpose
)


def _steps(
    chain: list[x509.Certificate], served: set[x509.Certificate]
) -> tuple[PathCertificate, ...]:
    return tuple(_step(certificate, served=certificate in served) for certificate in chain)


def _step(certificate: x509.Certificate, *, served: bool) -> PathCertificate:
    kind, bits = key_of(certificate)
    return PathCertificate(
        sha256=certificate.fingerprint(_SHA256).hex(),
        subject=certificate.subject.rfc4514_string()[:TEXT_KEPT],
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key_kind=kind,
        key_bits=bits,
        signature_hash=signature_hash(certificate),
        served=served,
    )
