"""Path building: does any valid path lead from the leaf to a root we hold?

The path alone is looked at, at a moment inside its validity: dates and names have checks of their own
(RFC 5280, section 6; RFC 4158 for building).
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path as FilePath

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import MD5, SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from checks.evidence.certificates import Path, PathCertificate, PathState
from scanner.certificates import TEXT_KEPT, key_of, load_der, quietly, signature_hash
from scanner.probes.tls.path_rules import broken_rule, for_servers

MAX_DEPTH = 8
STEPS = 200
"""Steps upward that are tried; certificates that all sign each other would offer millions."""
SIGNATURES = 300
"""Signatures verified for one certificate's paths."""
SERVED_READ = 20
MOZILLA = "Mozilla"
WEAK = frozenset({"md5", "sha1"})
_SHA256 = SHA256()
_SECOND = timedelta(seconds=1)


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
    with quietly():
        return tuple(x509.load_pem_x509_certificates(pem))


@dataclass(frozen=True, slots=True)
class Spare:
    """A certificate that the server did not send, and where it was found."""

    certificate: x509.Certificate
    source: str


def known_from_pem(pem: bytes, name: str) -> tuple[Spare, ...]:
    """Intermediates that the operator knows of; ``ValueError`` where the file holds no certificate."""
    return tuple(Spare(certificate, name) for certificate in _read_pem(pem))


@dataclass(frozen=True, slots=True)
class Built:
    """A path as told, and its certificates, leaf first."""

    path: Path
    chain: tuple[x509.Certificate, ...]


class _End(Enum):
    """Where a climb ended."""

    AT_ROOT = "at a root we hold"
    SELF_SIGNED = "at a self-signed certificate that we do not hold"
    MISSING = "at a certificate whose issuer is not at hand"
    TOO_LONG = "nowhere within the permitted length"


@dataclass(frozen=True, slots=True)
class _Valid:
    chain: tuple[x509.Certificate, ...]
    now: bool
    strict: bool

    @property
    def rank(self) -> tuple[bool, bool, bool, int]:
        """Lowest is best: valid now, signed well, liked by the strict verifier, short."""
        weak = any(signature_hash(one) in WEAK for one in self.chain[:-1])
        return (not self.now, weak, not self.strict, len(self.chain))

    @property
    def beyond_doubt(self) -> bool:
        """Whether no other path can be better but for its length."""
        return self.rank[:3] == (False, False, False)


class Paths:
    """Builds and validates paths against fixed stores; make one per run.

    ``known`` are intermediates that servers often forget to send.
    """

    def __init__(self, stores: tuple[TrustStore, ...], known: Iterable[Spare] = ()) -> None:
        self.stores = stores
        self._store_of = {
            root.fingerprint(_SHA256): store for store in stores for root in store.roots
        }
        self.names = ", ".join(store.name for store in stores)
        self.date = ", ".join(store.date for store in stores)
        self._known: dict[bytes, list[Spare]] = {}
        for spare in known:
            name = spare.certificate.subject.public_bytes()
            self._known.setdefault(name, []).append(spare)
        # A site's addresses send the same chain, one after another.
        self._built_once = lru_cache(maxsize=64)(self._built)

    def build(self, served: tuple[bytes, ...], now: datetime) -> Path:
        """The path of a served chain (DER, leaf first).  Raises ``ValueError`` where the leaf is malformed."""
        return self.built(served, now).path

    def built(
        self,
        served: tuple[bytes, ...],
        now: datetime,
        fetched: Sequence[Spare] = (),
        without: frozenset[bytes] = frozenset(),
    ) -> Built:
        """The same with what was fetched, and without what was revoked (SHA-256 of certificates)."""
        return self._built_once(served, now, tuple(fetched), without)

    def _built(
        self,
        served: tuple[bytes, ...],
        now: datetime,
        fetched: tuple[Spare, ...],
        without: frozenset[bytes],
    ) -> Built:
        leaf = load_der(served[0])
        pool: dict[bytes, list[x509.Certificate]] = {}
        sources: dict[bytes, str] = {}
        for spare in _offered(served[1:SERVED_READ], fetched):
            print_ = spare.certificate.fingerprint(_SHA256)
            if print_ not in sources and print_ not in without:
                sources[print_] = spare.source
                subject = spare.certificate.subject.public_bytes()
                pool.setdefault(subject, []).append(spare.certificate)
        climb = _Climb(self, pool, frozenset(sources) | without)
        best: _Valid | None = None
        ends: dict[_End, tuple[x509.Certificate, ...]] = {}
        broken: tuple[tuple[x509.Certificate, ...], str] | None = None
        for end, chain in climb.ends((leaf,)):
            if end is not _End.AT_ROOT:
                ends.setdefault(end, chain)
                continue
            valid = self._valid(chain, now)
            if isinstance(valid, str):
                broken = broken or (chain, valid)
            elif best is None or valid.rank < best.rank:
                best = valid
                if best.beyond_doubt:
                    break
        sources |= climb.known_used | {leaf.fingerprint(_SHA256): ""}
        tell = _Teller(self, sources)
        if best is not None:
            # Nothing forbids the path; the verifier is stricter than browsers (old hash, small key, no SAN).
            note = "" if best.strict else "a strict verifier refuses this path"
            return tell(PathState.TRUSTED, best.chain, note)
        if broken is not None:
            return tell(PathState.INVALID, *broken)
        return _unfinished(ends, tell)

    def _valid(self, chain: tuple[x509.Certificate, ...], now: datetime) -> _Valid | str:
        """How well a whole chain holds, or the rule that it breaks."""
        begin = max(one.not_valid_before_utc for one in chain)
        end = min(one.not_valid_after_utc for one in chain)
        valid_now = begin <= now <= end
        moment = now if valid_now else end - _SECOND
        if len(chain) == 1:
            return _Valid(chain, valid_now, strict=True)
        # Two readings of the rules: the library's is the stricter one, but for wildcards and constraints.
        strict = begin <= moment and _strictly(chain, moment)
        return broken_rule(chain) or _Valid(chain, valid_now, strict)

    def holds(self, certificate: x509.Certificate) -> bool:
        """Whether a store holds this very certificate."""
        return certificate.fingerprint(_SHA256) in self._store_of

    def roots_named(self, name: x509.Name) -> Iterator[x509.Certificate]:
        """The roots of this name, store by store."""
        for store in self.stores:
            yield from store.by_subject.get(name.public_bytes(), ())

    def known_as(self, name: x509.Name) -> list[Spare]:
        """The known intermediates of this name."""
        return self._known.get(name.public_bytes(), [])

    def store_of(self, root: x509.Certificate) -> TrustStore | None:
        """The store that holds this root."""
        return self._store_of.get(root.fingerprint(_SHA256))


def _offered(served: Iterable[bytes], fetched: Iterable[Spare]) -> Iterator[Spare]:
    for der in served:
        try:
            yield Spare(_shared(der), "")
        except ValueError:
            continue
    yield from fetched


@lru_cache(maxsize=512)
def _shared(der: bytes) -> x509.Certificate:
    """An intermediate, read once for the many sites that send it."""
    return load_der(der)


class _Climb:
    """Every way up from a leaf, by name and signature, within bounds (RFC 4158)."""

    def __init__(
        self,
        paths: Paths,
        pool: dict[bytes, list[x509.Certificate]],
        passed_over: frozenset[bytes],
    ) -> None:
        self._paths = paths
        self._pool = pool
        # Of the known ones: those at hand already, and those revoked.
        self._passed_over = passed_over
        self._steps_left = STEPS
        self._signatures_left = SIGNATURES
        self._issued: dict[tuple[bytes, bytes], bool] = {}
        self.known_used: dict[bytes, str] = {}

    def ends(
        self, chain: tuple[x509.Certificate, ...]
    ) -> Iterator[tuple[_End, tuple[x509.Certificate, ...]]]:
        """Each way up with how it ended; ways to a root first."""
        self._steps_left -= 1
        top = chain[-1]
        if self._paths.holds(top):
            yield _End.AT_ROOT, chain
            return
        roots = [
            root for root in self._paths.roots_named(top.issuer) if self._has_issued(root, top)
        ]
        for root in roots:
            yield _End.AT_ROOT, (*chain, root)
        above = [one for one in self._named(top.issuer) if self._may_follow(one, chain)]
        if len(chain) >= MAX_DEPTH and above:
            yield _End.TOO_LONG, chain
            return
        for one in above:
            if self._steps_left <= 0:
                return
            yield from self.ends((*chain, one))
        if not roots and not above:
            yield _End.SELF_SIGNED if self._has_issued(top, top) else _End.MISSING, chain

    def _named(self, name: x509.Name) -> Iterator[x509.Certificate]:
        yield from self._pool.get(name.public_bytes(), ())
        for spare in self._paths.known_as(name):
            print_ = spare.certificate.fingerprint(_SHA256)
            if print_ not in self._passed_over:
                self.known_used[print_] = spare.source
                yield spare.certificate

    def _may_follow(self, one: x509.Certificate, chain: tuple[x509.Certificate, ...]) -> bool:
        # RFC 4158, 2.4.2: the same name with the same key a second time is a circle.
        known = {(before.subject.public_bytes(), _key_bytes(before)) for before in chain}
        if (one.subject.public_bytes(), _key_bytes(one)) in known:
            return False
        return self._has_issued(one, chain[-1])

    def _has_issued(self, issuer: x509.Certificate, subject: x509.Certificate) -> bool:
        key = (issuer.fingerprint(_SHA256), subject.fingerprint(_SHA256))
        if key not in self._issued:
            if self._signatures_left <= 0:
                return False
            self._signatures_left -= 1
            self._issued[key] = issued(issuer, subject)
        return self._issued[key]


def _key_bytes(certificate: x509.Certificate) -> bytes:
    try:
        return certificate.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
    except (ValueError, UnsupportedAlgorithm):
        # A key that cannot be read signs nothing; its certificate stands for itself.
        return certificate.fingerprint(_SHA256)


@dataclass(frozen=True, slots=True)
class _Teller:
    """Puts a path into words; ``sources`` says of each certificate where it came from (served: empty)."""

    paths: Paths
    sources: dict[bytes, str]

    def __call__(
        self,
        state: PathState,
        chain: tuple[x509.Certificate, ...],
        objection: str = "",
        missing: str | None = None,
    ) -> Built:
        store = self.paths.store_of(chain[-1])
        path = Path(
            state=state,
            certificates=tuple(self._step(one) for one in chain),
            store=store.name if store else self.paths.names,
            store_date=store.date if store else self.paths.date,
            missing_issuer=missing,
            objection=objection,
        )
        return Built(path, chain)

    def _step(self, certificate: x509.Certificate) -> PathCertificate:
        source = self.sources.get(certificate.fingerprint(_SHA256))
        came = {"served": source == "", "fetched_from": source or ""}
        return _facts(certificate).model_copy(update=came)


@lru_cache(maxsize=512)
def _facts(certificate: x509.Certificate) -> PathCertificate:
    kind, bits = key_of(certificate)
    return PathCertificate(
        sha256=certificate.fingerprint(_SHA256).hex(),
        subject=certificate.subject.rfc4514_string()[:TEXT_KEPT],
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key_kind=kind,
        key_bits=bits,
        signature_hash=signature_hash(certificate),
        served=False,
        key_sha256=hashlib.sha256(_key_bytes(certificate)).hexdigest(),
    )


def _unfinished(ends: dict[_End, tuple[x509.Certificate, ...]], tell: _Teller) -> Built:
    """How far it got where no way leads to a root; what leaves most open is told."""
    if _End.MISSING in ends:
        chain = ends[_End.MISSING]
        missing = chain[-1].issuer.rfc4514_string()[:TEXT_KEPT]
        return tell(PathState.ISSUER_MISSING, chain, missing=missing)
    if _End.SELF_SIGNED in ends:
        chain = ends[_End.SELF_SIGNED]
        alone = len(chain) == 1
        return tell(PathState.SELF_SIGNED if alone else PathState.UNKNOWN_ROOT, chain)
    return tell(PathState.INVALID, ends[_End.TOO_LONG], "the path is too long")


def _strictly(chain: tuple[x509.Certificate, ...], moment: datetime) -> bool:
    """Whether cryptography's verifier takes this very chain at this moment."""
    try:
        verifier = (
            PolicyBuilder()
            .store(Store([chain[-1]]))
            .time(moment.astimezone(UTC).replace(microsecond=0))
            .max_chain_depth(MAX_DEPTH)
            .extension_policies(ca_policy=_CA_POLICY, ee_policy=_LEAF_POLICY)
            .build_client_verifier()
        )
        verifier.verify(chain[0], list(chain[1:-1]))
    except (VerificationError, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _server_purpose(
    _policy: object, _certificate: x509.Certificate, purposes: x509.ExtendedKeyUsage | None
) -> None:
    if purposes is not None and not for_servers(purposes):
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


@lru_cache(maxsize=1024)
def issued(issuer: x509.Certificate, subject: x509.Certificate) -> bool:
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
