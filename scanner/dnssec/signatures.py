"""Signatures, keys and DS records held against each other; dnspython does the cryptography."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dns.dnssec
import dns.dnssectypes
import dns.exception
import dns.name
import dns.rdataset
import dns.rdatatype
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.RRSIG import RRSIG

from checks.evidence.dnssec import Digest, Key, Why
from scanner.dnssec.asking import SignedSet

ALGORITHMS = frozenset({5, 7, 8, 10, 13, 14, 15, 16})
"""Those that validators must or should know (RFC 8624, 3.1); the rest count as if the zone were not signed."""
SHA1, SHA256, SHA384 = 1, 2, 4
DIGESTS = frozenset({SHA1, SHA256, SHA384})
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far our clock and a signer's may lie apart."""
KEYS_TRIED = 4
SIGNATURES_TRIED = 8
"""More keys of one tag, or signatures of one set, are there to keep a validator busy (CVE-2023-50387)."""
_ZONE, _REVOKED, _ENTRY = 0x0100, 0x0080, 0x0001
_CURVE_BITS = {13: 256, 14: 384, 15: 256, 16: 456}
_RSA = frozenset({1, 5, 7, 8, 10})
_GRAVEST_FIRST = (
    Why.EXPIRED,
    Why.NOT_YET_VALID,
    Why.WRONG_SIGNATURE,
    Why.NO_KEY,
    Why.MISSING_SIGNATURE,
)


@dataclass(frozen=True)
class Good:
    """A signature that holds: until when, and over how many labels (fewer than the owner's: a wildcard)."""

    until: datetime
    labels: int


def verified(
    found: SignedSet, zone: dns.name.Name, keys: Sequence[DNSKEY], as_of: datetime
) -> Good | Why:
    """Whether one of the zone's keys signed these records; the signature that lasts longest, or why none holds."""
    own = [signature for signature in found.signatures if signature.signer == zone]
    if not own:
        return Why.NO_KEY if found.signatures else Why.MISSING_SIGNATURE
    good: list[Good] = []
    bad: set[Why] = set()
    for signature in own[:SIGNATURES_TRIED]:
        said = _holds(found, signature, zone, keys, as_of)
        if isinstance(said, Good):
            good.append(said)
        else:
            bad.add(said)
    if good:
        return max(good, key=lambda one: one.until)
    return next(why for why in _GRAVEST_FIRST if why in bad)


def _holds(
    found: SignedSet,
    signature: RRSIG,
    zone: dns.name.Name,
    keys: Sequence[DNSKEY],
    as_of: datetime,
) -> Good | Why:
    fitting = [
        key
        for key in keys
        if key.algorithm == signature.algorithm
        and dns.dnssec.key_id(key) == signature.key_tag
        and usable(key)
    ]
    if not fitting:
        return Why.NO_KEY
    if not _one_verifies(found, signature, zone, fitting[:KEYS_TRIED]):
        return Why.WRONG_SIGNATURE
    begins, ends = _moment(signature.inception), _moment(signature.expiration)
    # A signature that holds but for its time says that time is what is wrong.
    if as_of > ends + CLOCK_TOLERANCE:
        return Why.EXPIRED
    if as_of < begins - CLOCK_TOLERANCE:
        return Why.NOT_YET_VALID
    return Good(ends, signature.labels)


def _one_verifies(
    found: SignedSet, signature: RRSIG, zone: dns.name.Name, keys: Sequence[DNSKEY]
) -> bool:
    for key in keys:
        one = dns.rdataset.from_rdata(0, key)
        try:
            # The time is judged apart; here it is one at which the signature counts.
            dns.dnssec.validate_rrsig(
                found.rrset,
                signature,
                {zone: one},
                now=signature.inception,
                policy=dns.dnssec.allow_all_policy,
            )
        except (dns.exception.DNSException, ValueError):
            continue
        return True
    return False


def usable(key: DNSKEY) -> bool:
    """Whether a key may vouch for anything (RFC 4034, 2.1; RFC 5011, 2.1)."""
    return bool(key.flags & _ZONE) and not key.flags & _REVOKED and key.protocol == 3


def entries(zone: dns.name.Name, ds: Iterable[DS], keys: Iterable[DNSKEY]) -> tuple[DNSKEY, ...]:
    """The keys that a DS record of the parent points to."""
    wanted = tuple(ds)
    return tuple(
        key
        for key in keys
        if usable(key)
        and any(
            record.key_tag == dns.dnssec.key_id(key)
            and record.algorithm == key.algorithm
            and _digest(zone, key, record.digest_type) == record.digest
            for record in wanted
        )
    )


def supported(ds: Iterable[DS]) -> tuple[DS, ...] | Why:
    """The DS records that count; where none does, why the zone is to be taken as unsigned (RFC 4035, 5.2)."""
    by_algorithm = [record for record in ds if record.algorithm in ALGORITHMS]
    if not by_algorithm:
        return Why.UNSUPPORTED_ALGORITHM
    known = [record for record in by_algorithm if record.digest_type in DIGESTS]
    if not known:
        return Why.UNSUPPORTED_DIGEST
    # RFC 4509, 3: beside a better digest SHA-1 is not looked at.
    better = [record for record in known if record.digest_type != SHA1]
    return tuple(better or known)


def made_ds(zone: dns.name.Name, key: DNSKEY) -> Digest:
    """The DS record that a parent should hold for a key."""
    return Digest(
        tag=dns.dnssec.key_id(key),
        algorithm=key.algorithm,
        digest_type=SHA256,
        digest=_digest(zone, key, SHA256).hex(),
    )


def told_ds(ds: Iterable[DS]) -> tuple[Digest, ...]:
    """DS records as evidence, in an order that does not change."""
    return tuple(
        sorted(
            (
                Digest(
                    tag=record.key_tag,
                    algorithm=record.algorithm,
                    digest_type=record.digest_type,
                    digest=record.digest.hex()[:128],
                )
                for record in ds
            ),
            key=lambda one: (one.tag, one.algorithm, one.digest_type, one.digest),
        )[:20]
    )


def told_keys(keys: Iterable[DNSKEY]) -> tuple[Key, ...]:
    """Keys as evidence, in an order that does not change."""
    return tuple(
        sorted(
            (
                Key(
                    tag=dns.dnssec.key_id(key),
                    algorithm=key.algorithm,
                    bits=_bits(key),
                    entry=bool(key.flags & _ENTRY),
                    revoked=bool(key.flags & _REVOKED),
                )
                for key in keys
            ),
            key=lambda one: (not one.entry, one.tag, one.algorithm),
        )[:40]
    )


def _digest(zone: dns.name.Name, key: DNSKEY, digest_type: int) -> bytes:
    try:
        made = dns.dnssec.make_ds(
            zone,
            key,
            dns.dnssectypes.DSDigest.make(digest_type),
            policy=dns.dnssec.allow_all_policy,
        )
    except (dns.exception.DNSException, ValueError):
        return b""
    return made.digest


def _bits(key: DNSKEY) -> int:
    if key.algorithm not in _RSA:
        return _CURVE_BITS.get(int(key.algorithm), 0)
    # RFC 3110, 2: the length of the exponent, the exponent, the modulus.
    data = key.key
    if not data:
        return 0
    start, length = (1, data[0]) if data[0] else (3, int.from_bytes(data[1:3], "big"))
    return int.from_bytes(data[start + length :], "big").bit_length()


def _moment(posix_s: int) -> datetime:
    return datetime.fromtimestamp(posix_s, UTC)
