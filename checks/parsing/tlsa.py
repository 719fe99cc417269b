"""TLSA records: which certificate or key a zone binds a service to (RFC 6698, RFC 7671)."""

import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from checks.evidence.certificates import Path, PathCertificate, PathState

PKIX_TA, PKIX_EE, DANE_TA, DANE_EE = range(4)
CERTIFICATE, PUBLIC_KEY = range(2)
WHOLE, SHA256, SHA512 = range(3)
_DIGESTS = {SHA256: hashlib.sha256, SHA512: hashlib.sha512}
_KEY_FIELD = 5
"""Of a certificate's signed part, counted from the serial number: after algorithm, issuer, validity, subject."""


@dataclass(frozen=True, slots=True)
class Tlsa:
    """One record: what it binds (usage), which part it shows (selector), and how (matching type)."""

    usage: int
    selector: int
    matching: int
    data: bytes


class Match(StrEnum):
    """What a record says of the certificates that were served."""

    MATCHED = "matched"
    DIFFERENT = "different"
    UNDECIDED = "undecided"
    """It may bind a certificate that was not sent, or a path that was not built."""


def read(text: str) -> Tlsa:
    """A record as it is written in a zone; ``ValueError`` says why no client can use it."""
    fields = text.split()
    if len(fields) < 4:
        raise ValueError("fewer than four fields")
    try:
        usage, selector, matching = (int(field) for field in fields[:3])
    except ValueError:
        raise ValueError("a field that is no number") from None
    if usage not in range(4):
        raise ValueError(f"usage {usage} is not defined")
    if selector not in (CERTIFICATE, PUBLIC_KEY):
        raise ValueError(f"selector {selector} is not defined")
    if matching not in (WHOLE, *_DIGESTS):
        raise ValueError(f"matching type {matching} is not defined")
    try:
        data = binascii.unhexlify("".join(fields[3:]))
    except (binascii.Error, ValueError):
        raise ValueError("data that are not hexadecimal") from None
    if matching in _DIGESTS and len(data) != _DIGESTS[matching]().digest_size:
        raise ValueError(f"{len(data)} bytes of data, which matching type {matching} never has")
    return Tlsa(usage, selector, matching, data)


def matches(record: Tlsa, chain: Sequence[bytes], path: Path | None) -> Match:
    """Whether a record fits the served certificates (DER, leaf first) and the path that was built of them.

    Dates and names are other questions; for usage 3 a client asks neither (RFC 7671, 5.1).
    """
    if not chain:
        return Match.UNDECIDED
    if record.usage == DANE_EE:
        return _match(fits=_fits(record, chain[0]))
    if record.usage == PKIX_EE:
        trusted = _trusted(path)
        return trusted if _fits(record, chain[0]) else Match.DIFFERENT
    if record.usage == PKIX_TA and _trusted(path) is not Match.MATCHED:
        return _trusted(path)
    if path is None:
        return Match.UNDECIDED
    return _above(record, chain, path)


def _match(*, fits: bool) -> Match:
    return Match.MATCHED if fits else Match.DIFFERENT


def _trusted(path: Path | None) -> Match:
    """Whether the usual authorities vouch, as usages 0 and 1 ask beside the record."""
    if path is None or path.state is PathState.ISSUER_MISSING:
        return Match.UNDECIDED
    return _match(fits=path.state is PathState.TRUSTED)


def _above(record: Tlsa, chain: Sequence[bytes], path: Path) -> Match:
    """Whether the record binds an authority above the leaf."""
    if path.state is PathState.INVALID:
        return Match.DIFFERENT
    served = {hashlib.sha256(der).hexdigest(): der for der in chain}
    answers = [_step(record, step, served.get(step.sha256)) for step in path.certificates[1:]]
    if Match.MATCHED in answers:
        return Match.MATCHED
    # The record may bind one that was sent but stands in another path, or hold the authority itself.
    elsewhere = any(_fits(record, der) for der in chain[1:])
    if Match.UNDECIDED in answers or elsewhere or record.matching == WHOLE:
        return Match.UNDECIDED
    return Match.DIFFERENT


def _step(record: Tlsa, step: PathCertificate, der: bytes | None) -> Match:
    if der is not None:
        return _match(fits=_fits(record, der))
    known = step.key_sha256 if record.selector == PUBLIC_KEY else step.sha256
    if record.matching != SHA256 or not known:
        return Match.UNDECIDED
    return _match(fits=known == record.data.hex())


def _fits(record: Tlsa, der: bytes) -> bool:
    shown = public_key(der) if record.selector == PUBLIC_KEY else der
    if shown is None:
        return False
    if record.matching in _DIGESTS:
        shown = _DIGESTS[record.matching](shown).digest()
    return shown == record.data


def public_key(der: bytes) -> bytes | None:
    """The subjectPublicKeyInfo of a certificate as encoded; ``None`` where there is none to be found."""
    try:
        inside = _contents(_contents(der))
        # The version stands first where it is told at all.
        skipped = _KEY_FIELD + (inside[:1] == b"\xa0")
        for _ in range(skipped):
            inside = inside[_size(inside) :]
        return inside[: _size(inside)]
    except ValueError:
        return None


def _contents(der: bytes) -> bytes:
    return der[_head(der)[0] : _size(der)]


def _size(der: bytes) -> int:
    head, length = _head(der)
    if head + length > len(der):
        raise ValueError("cut short")
    return head + length


def _head(der: bytes) -> tuple[int, int]:
    """How long tag and length are, and the length that they tell."""
    if len(der) < 2:
        raise ValueError("cut short")
    if der[1] < 0x80:
        return 2, der[1]
    wide = der[1] & 0x7F
    if not 1 <= wide <= 4 or len(der) < 2 + wide:
        raise ValueError("a length that cannot be read")
    return 2 + wide, int.from_bytes(der[2 : 2 + wide], "big")
