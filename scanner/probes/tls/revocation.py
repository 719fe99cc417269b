"""What an issuer says of a certificate today: a stapled answer, its list of revoked ones, or OCSP.

An answer counts only when the issuer signed it (or one whom it named for that), when it is in date, and
when it speaks of this certificate.  Everything else is no answer, with the reason, and never the site's fault.
"""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import CRLEntryExtensionOID, ExtendedKeyUsageOID, ExtensionOID

from checks.evidence.base import SIDE_OF, Cause, NotCaptured, Side
from checks.evidence.certificates import Revocation, RevocationSource, RevocationState, Staple
from scanner.certificates import crl_urls, ocsp_urls, quietly, serial_of
from scanner.once import Once
from scanner.probes.tls.auxiliary import fetch
from scanner.probes.tls.path import issued
from scanner.probes.tls.path_rules import extension
from scanner.visit import Tools

LIST_BYTES = 10 * 1024 * 1024
LISTS_KEPT_BYTES = 128 * 1024 * 1024
ANSWER_BYTES = 64 * 1024
GET_BYTES = 255
"""Longer requests do not belong into an address (RFC 6960, A.1; RFC 9654 keeps it)."""
URLS_TRIED = 2
SKEW = timedelta(minutes=10)
UNDATED = timedelta(days=10)
"""How old an answer may be that does not say when the next one comes (baseline requirements, 4.9.10)."""
RESPONDERS_READ = 4

# Responders know issuers by it; here it is a name and no proof.
_SHA1 = hashes.SHA1()  # noqa: S303

Word = Revocation | NotCaptured


class NoProof(Exception):  # noqa: N818  It names what an answer lacks.
    """An answer that proves nothing; its text says why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and the one that signed it."""

    subject: x509.Certificate
    issuer: x509.Certificate


@dataclass(slots=True)
class HeldList:
    """A list of revoked certificates, with the issuers that were found to have signed it or not."""

    crl: x509.CertificateRevocationList
    der: bytes
    _signed: dict[bytes, bool] = field(default_factory=dict)

    def signed_by(self, issuer: x509.Certificate) -> bool:
        """Whether this issuer signed the list, verified once."""
        key = issuer.fingerprint(hashes.SHA256())
        if key not in self._signed:
            try:
                # Keys of kinds that sign no lists raise TypeError.
                self._signed[key] = self.crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
            except (TypeError, ValueError, UnsupportedAlgorithm):
                self._signed[key] = False
        return self._signed[key]

    def entry(self, serial: int) -> x509.RevokedCertificate | None:
        """What the list says of a serial number.

        The library reads a quarter of a million entries for each question; bytes that do not occur at
        all need no reading.
        """
        wide = serial.bit_length() // 8 + 1
        if serial >= 0 and wide < 0x80:
            encoded = bytes([2, wide]) + serial.to_bytes(wide, "big")
            if encoded not in self.der:
                return None
        return self.crl.get_revoked_certificate_by_serial_number(serial)


class Lists:
    """The lists of a run, each fetched once; beyond the memory set aside, the oldest make room."""

    def __init__(self, kept_bytes: int = LISTS_KEPT_BYTES) -> None:
        self._once: Once[HeldList | NotCaptured] = Once()
        self._kept_bytes = kept_bytes
        self._sizes: dict[str, int] = {}

    async def get(self, tools: Tools, url: str) -> HeldList | NotCaptured:
        """The list at this address."""
        return await self._once.get(url, partial(self._fetched, tools, url))

    async def aclose(self) -> None:
        """End what is still under way."""
        await self._once.aclose()

    async def _fetched(self, tools: Tools, url: str) -> HeldList | NotCaptured:
        body = await fetch(tools, url, LIST_BYTES)
        if isinstance(body, NotCaptured):
            return body
        try:
            held = read_list(body)
        except NoProof as fault:
            return NotCaptured(cause=Cause.UNDECODABLE, detail=f"{url}: {fault}"[:500])
        self._sizes[url] = len(body)
        while sum(self._sizes.values()) > self._kept_bytes and len(self._sizes) > 1:
            oldest = next(iter(self._sizes))
            del self._sizes[oldest]
            self._once.forget(oldest)
        return held


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run shares for asking about revocation."""

    lists: Lists
    answers: Once[bytes | NotCaptured]


async def revocation(
    tools: Tools, asked: Asked, pair: Pair, now: datetime
) -> Revocation | NotCaptured | None:
    """The issuer's word: its list where one is named, else OCSP; ``None`` where neither is."""
    lists, responders = crl_urls(pair.subject), ocsp_urls(pair.subject)
    if not lists and not responders:
        return None
    said: list[NotCaptured] = []
    for url in lists[:URLS_TRIED]:
        word = await by_list(tools, asked.lists, url, pair, now)
        if isinstance(word, Revocation):
            return word
        said.append(word)
    for url in responders[:URLS_TRIED]:
        word = await by_ocsp(tools, asked.answers, url, pair, now)
        if isinstance(word, Revocation):
            return word
        said.append(word)
    told = "; ".join(f"{one.detail} ({one.cause.value})" for one in said)
    return NotCaptured(cause=_not_the_sites(said[-1].cause), detail=told[:500])


def _not_the_sites(cause: Cause) -> Cause:
    """The same cause, unless it would lay at the site's door what the issuer or the wire did."""
    return Cause.NO_ANSWER if SIDE_OF[cause] is Side.SITE else cause


# Lists


async def by_list(tools: Tools, lists: Lists, url: str, pair: Pair, now: datetime) -> Word:
    """What the list at this address says of the certificate."""
    held = await lists.get(tools, url)
    if isinstance(held, NotCaptured):
        return held
    try:
        check_list(held.crl, pair, now)
        if not held.signed_by(pair.issuer):
            raise NoProof("not signed by the issuer")
        return entry_of(held, pair.subject, url)
    except (NoProof, ValueError, TypeError, x509.DuplicateExtension) as fault:
        return NotCaptured(cause=Cause.UNDECODABLE, detail=f"{url}: {fault}"[:500])


def read_list(body: bytes) -> HeldList:
    """A list as fetched, DER or PEM."""
    try:
        if body.lstrip()[:11] == b"-----BEGIN ":
            crl = x509.load_pem_x509_crl(body)
            return HeldList(crl, crl.public_bytes(Encoding.DER))
        return HeldList(x509.load_der_x509_crl(body), body)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NoProof("not a list of revoked certificates") from None


def check_list(crl: x509.CertificateRevocationList, pair: Pair, now: datetime) -> None:
    """``NoProof`` unless the list is in date, of this issuer, and covers this certificate (RFC 5280, 6.3.3)."""
    if crl.issuer != pair.subject.issuer:
        raise NoProof("a list of another issuer")
    usage = extension(pair.issuer, x509.KeyUsage)
    if usage is not None and not usage.crl_sign:
        raise NoProof("its issuer may not sign lists")
    _in_date(crl.last_update_utc, crl.next_update_utc, now)
    for one in crl.extensions:
        if one.critical and one.oid != ExtensionOID.ISSUING_DISTRIBUTION_POINT:
            raise NoProof(f"a critical extension that is not read ({one.oid.dotted_string})")
    try:
        part = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return
    if part.indirect_crl or part.only_contains_attribute_certs or part.only_some_reasons:
        raise NoProof("a list for other certificates, or for some reasons only")
    constraints = extension(pair.subject, x509.BasicConstraints)
    authority = constraints is not None and constraints.ca
    if part.only_contains_user_certs and authority:
        raise NoProof("a list without authorities")
    if part.only_contains_ca_certs and not authority:
        raise NoProof("a list of authorities only")
    if part.full_name is None and part.relative_name is None:
        return
    places = {name.value for name in part.full_name or ()}
    # A partitioned list speaks only for those certificates that name it: else a list of another part
    # would acquit them all.
    if not places & _places(pair.subject):
        raise NoProof("another part of the issuer's list")


def _places(certificate: x509.Certificate) -> set[object]:
    points = extension(certificate, x509.CRLDistributionPoints) or ()
    return {name.value for point in points for name in point.full_name or ()}


def entry_of(held: HeldList, certificate: x509.Certificate, url: str) -> Revocation:
    """Revoked, with day and reason, if the list names the serial number; good if it does not."""
    crl, entry = held.crl, held.entry(serial_of(certificate))
    if entry is None:
        return Revocation(
            state=RevocationState.GOOD,
            source=RevocationSource.CRL,
            url=url,
            this_update=crl.last_update_utc,
            next_update=crl.next_update_utc,
        )
    reason = ""
    for one in entry.extensions:
        if isinstance(one.value, x509.CRLReason):
            reason = one.value.reason.value
        elif one.critical and one.oid == CRLEntryExtensionOID.CERTIFICATE_ISSUER:
            raise NoProof("an entry of another issuer")
    return Revocation(
        state=RevocationState.REVOKED,
        source=RevocationSource.CRL,
        url=url,
        this_update=crl.last_update_utc,
        next_update=crl.next_update_utc,
        revoked_at=entry.revocation_date_utc,
        reason=reason,
    )


# OCSP


async def by_ocsp(
    tools: Tools, answers: Once[bytes | NotCaptured], url: str, pair: Pair, now: datetime
) -> Word:
    """What the responder at this address says; asked by GET, which its caches know, without a nonce."""
    try:
        asked = request_url(url, pair)
    except (NoProof, ValueError) as fault:
        return NotCaptured(cause=Cause.SCANNER_CANNOT, detail=f"{url}: {fault}"[:500])
    body = await answers.get(asked, partial(fetch, tools, asked, ANSWER_BYTES))
    if isinstance(body, NotCaptured):
        return NotCaptured(
            cause=body.cause, detail=f"{url}: {body.detail.rpartition(': ')[2]}"[:500]
        )
    try:
        return read_answer(load_answer(body), pair, now, RevocationSource.OCSP, url)
    except NoProof as fault:
        return NotCaptured(cause=Cause.UNDECODABLE, detail=f"{url}: {fault}"[:500])


def request_url(url: str, pair: Pair) -> str:
    """The address that holds the whole question."""
    with quietly():
        builder = ocsp.OCSPRequestBuilder().add_certificate(pair.subject, pair.issuer, _SHA1)
        asked = base64.b64encode(builder.build().public_bytes(Encoding.DER))
    if len(asked) > GET_BYTES:
        raise NoProof("a question that is too long to be asked by GET")
    return f"{url.rstrip('/')}/{quote(asked.decode(), safe='')}"


def load_answer(der: bytes) -> ocsp.OCSPResponse:
    """An OCSP answer; ``NoProof`` where it cannot be read or the responder gives none."""
    if len(der) > ANSWER_BYTES:
        raise NoProof("an answer that is too long")
    try:
        answer = ocsp.load_der_ocsp_response(der)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise NoProof("not readable as an OCSP answer") from None
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise NoProof(f"the responder says {answer.response_status.name.lower()}")
    return answer


def read_answer(
    answer: ocsp.OCSPResponse, pair: Pair, now: datetime, source: RevocationSource, url: str = ""
) -> Revocation:
    """What an answer says of this certificate, verified; ``NoProof`` where it proves nothing."""
    try:
        single = _about(answer, pair)
        _check_signer(answer, pair, now)
        _in_date(single.this_update_utc, single.next_update_utc, now)
        return _word(single, source, url)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension) as error:
        # Fields are parsed late; what hides in them shows only here.
        raise NoProof(f"an answer that cannot be read ({type(error).__name__})") from None


def _about(answer: ocsp.OCSPResponse, pair: Pair) -> ocsp.OCSPSingleResponse:
    serial = serial_of(pair.subject)
    for single in answer.responses:
        if single.serial_number == serial and _of_issuer(single, pair.issuer):
            return single
    raise NoProof("an answer about another certificate")


def _of_issuer(single: ocsp.OCSPSingleResponse, issuer: x509.Certificate) -> bool:
    algorithm = single.hash_algorithm
    return (
        _hashed(algorithm, issuer.subject.public_bytes()) == single.issuer_name_hash
        and _hashed(algorithm, _key_bits(issuer)) == single.issuer_key_hash
    )


def _hashed(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    hashing = hashes.Hash(algorithm)
    hashing.update(data)
    return hashing.finalize()


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The public key's bits alone, as OCSP hashes them."""
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        return key.public_bytes_raw()
    raise NoProof("a key of a kind that signs no answers")


def _check_signer(answer: ocsp.OCSPResponse, pair: Pair, now: datetime) -> None:
    for signer in _signers(answer, pair):
        if not _is_responder(answer, signer):
            continue
        if signer is not pair.issuer:
            _check_delegate(signer, pair.issuer, now)
        if _verifies(answer, signer):
            return
        raise NoProof("a signature that does not verify")
    raise NoProof("not signed by the issuer")


def _signers(answer: ocsp.OCSPResponse, pair: Pair) -> Iterable[x509.Certificate]:
    yield pair.issuer
    yield from answer.certificates[:RESPONDERS_READ]


def _is_responder(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    if answer.responder_name is not None:
        return answer.responder_name == signer.subject
    return answer.responder_key_hash == _hashed(_SHA1, _key_bits(signer))


def _check_delegate(signer: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
    """RFC 6960, 4.2.2.2: issued by the very issuer, for this purpose."""
    if not issued(issuer, signer):
        raise NoProof("signed by one whom the issuer did not name")
    purposes = extension(signer, x509.ExtendedKeyUsage)
    if purposes is None or ExtendedKeyUsageOID.OCSP_SIGNING not in purposes:
        raise NoProof("signed by a certificate that is not for OCSP")
    if not signer.not_valid_before_utc <= now <= signer.not_valid_after_utc:
        raise NoProof("signed by a certificate out of date")


def _verifies(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, algorithm = signer.public_key(), answer.signature_hash_algorithm
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes)
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _word(single: ocsp.OCSPSingleResponse, source: RevocationSource, url: str) -> Revocation:
    state = _STATES[single.certificate_status]
    reason = single.revocation_reason
    return Revocation(
        state=state,
        source=source,
        url=url,
        this_update=single.this_update_utc,
        next_update=single.next_update_utc,
        revoked_at=single.revocation_time_utc,
        reason="" if reason is None else reason.value,
    )


_STATES = {
    ocsp.OCSPCertStatus.GOOD: RevocationState.GOOD,
    ocsp.OCSPCertStatus.REVOKED: RevocationState.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN: RevocationState.UNKNOWN,
}


def _in_date(this_update: datetime, next_update: datetime | None, now: datetime) -> None:
    if this_update > now + SKEW:
        raise NoProof(f"dated in the future ({this_update:%Y-%m-%d %H:%M})")
    last = this_update + UNDATED if next_update is None else next_update
    if last < now - SKEW:
        raise NoProof(f"out of date since {last:%Y-%m-%d %H:%M}")


# Stapled


def read_staple(der: bytes, pair: Pair, now: datetime) -> Staple:
    """What came with the handshake: a verified word, or why it proves nothing."""
    try:
        return Staple(answer=read_answer(load_answer(der), pair, now, RevocationSource.STAPLE))
    except NoProof as fault:
        return Staple(fault=str(fault))
