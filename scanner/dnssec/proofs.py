"""What verified NSEC and NSEC3 records prove to be absent (RFC 4035, 5.4; RFC 5155, 8; RFC 9276)."""

import hashlib
from base64 import b32hexdecode
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Protocol

import dns.name
import dns.rdatatype
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3

from checks.evidence.dnssec import Denial

MAX_ITERATIONS = 150
"""RFC 9276, 3.2, lets a validator take more as insecure; BIND 9.18 and Unbound draw the line here, others lower."""
SHA1 = 1
OPT_OUT = 1
NS, SOA, DS, CNAME, DNAME = (
    dns.rdatatype.NS,
    dns.rdatatype.SOA,
    dns.rdatatype.DS,
    dns.rdatatype.CNAME,
    dns.rdatatype.DNAME,
)


class Absent(StrEnum):
    """What a proof says of one name and type."""

    NO_NAME = "no-name"
    NO_TYPE = "no-type"
    """The name is there (or stands between others), the type is not, and it is no delegation."""
    UNSIGNED_CUT = "unsigned-cut"
    """The name is a delegation without a DS record."""
    OPTED_OUT = "opted-out"
    """The name lies in a span that leaves unsigned delegations out: nothing is proven of it."""


class TooManyIterationsError(Exception):
    """The proof costs more hashes than it is worth; what it would prove is insecure."""


@dataclass(frozen=True)
class Spans:
    """Verified NSEC or NSEC3 records of one zone, all of one kind."""

    zone: dns.name.Name
    nsec: Sequence[tuple[dns.name.Name, NSEC]] = ()
    nsec3: Sequence[tuple[dns.name.Name, NSEC3]] = ()

    @property
    def denial(self) -> Denial:
        """The kind."""
        return Denial.NSEC if self.nsec else Denial.NSEC3

    @property
    def iterations(self) -> int | None:
        """Extra iterations of the NSEC3 records."""
        return max((record.iterations for _, record in self.nsec3), default=None)

    @cached_property
    def chain(self) -> "Chain":
        """The records as questions can be asked of them."""
        return _Plain(self.zone, self.nsec) if self.nsec else _Hashed(self.zone, self.nsec3)


class Chain(Protocol):
    """Spans of names that are there, in the order that the zone is signed in."""

    def types(self, name: dns.name.Name) -> frozenset[int] | None:
        """The types at a name that is proven to be there; ``None`` where nothing is proven."""

    def encloser(self, name: dns.name.Name) -> dns.name.Name | None:
        """The longest existing ancestor of a name that is proven not to be there."""

    def nothing_between(self, name: dns.name.Name, base: dns.name.Name) -> Absent | None:
        """``NO_NAME`` where no name from ``name`` up to below ``base`` exists, ``OPTED_OUT`` where no signed one does."""

    def opted_out(self, name: dns.name.Name) -> bool:
        """Whether the absence of a name is that of a signed one only."""


def absent(name: dns.name.Name, rdtype: int, spans: Spans) -> Absent | None:
    """What is proven of this name and type; ``None`` where the records do not prove it."""
    chain = spans.chain
    here = chain.types(name)
    if here is not None:
        return _at(name, rdtype, here)
    encloser = chain.encloser(name)
    if encloser is None:
        return None
    if rdtype == DS and chain.opted_out(name):
        return Absent.OPTED_OUT
    wildcard = dns.name.Name((b"*", *encloser.labels))
    starred = chain.types(wildcard)
    if starred is not None:
        found = _at(wildcard, rdtype, starred)
        return found if found is Absent.NO_TYPE else None
    if chain.encloser(wildcard) is None:
        return None
    return Absent.OPTED_OUT if chain.opted_out(name) else Absent.NO_NAME


def wildcard_applies(name: dns.name.Name, base: dns.name.Name, spans: Spans) -> Absent | None:
    """Whether nothing nearer to ``name`` than ``*.base`` exists (RFC 4035, 5.3.4; RFC 5155, 8.8): then ``NO_NAME``."""
    return spans.chain.nothing_between(name, base)


def _at(name: dns.name.Name, rdtype: int, types: frozenset[int]) -> Absent | None:
    """What the list of types at a name proves of one type."""
    if rdtype in types or (CNAME in types and rdtype != DS):
        return None
    delegated = NS in types and SOA not in types
    if rdtype == DS:
        # RFC 6840, 4.4: only the parent's side of a cut speaks of DS.
        if SOA in types and name != dns.name.root:
            return None
        return Absent.UNSIGNED_CUT if delegated else Absent.NO_TYPE
    # RFC 6840, 4.1: the parent's side of a cut says nothing of what is below it.
    return None if delegated else Absent.NO_TYPE


class _Plain:
    """NSEC: names in their canonical order (RFC 4034, 6.1)."""

    def __init__(self, zone: dns.name.Name, records: Sequence[tuple[dns.name.Name, NSEC]]) -> None:
        self._zone = zone
        self._records = records

    def types(self, name: dns.name.Name) -> frozenset[int] | None:
        for owner, record in self._records:
            if owner == name:
                return _types(record)
            if owner < name and record.next != name and record.next.is_subdomain(name):
                # RFC 4592, 2.2.2: a name that only has names below it is there, without any type.
                return frozenset()
        return None

    def encloser(self, name: dns.name.Name) -> dns.name.Name | None:
        for owner, record in self._records:
            if self._covers(owner, record, name):
                common = max(
                    _common(name, owner), _common(name, record.next), key=lambda at: len(at.labels)
                )
                return common if common.is_subdomain(self._zone) else None
        return None

    def nothing_between(self, name: dns.name.Name, base: dns.name.Name) -> Absent | None:
        return Absent.NO_NAME if self.encloser(name) == base else None

    def opted_out(self, name: dns.name.Name) -> bool:
        del name
        return False

    def _covers(self, owner: dns.name.Name, record: NSEC, name: dns.name.Name) -> bool:
        if not owner < name or not (name < record.next or record.next == self._zone):
            return False
        if record.next.is_subdomain(name):
            return False
        types = _types(record)
        # RFC 6840, 4.1: the record of a delegation or a DNAME does not speak of names below it.
        above = name.is_subdomain(owner) and (DNAME in types or (NS in types and SOA not in types))
        return not above


class _Hashed:
    """NSEC3: hashes of names in the order of their bytes (RFC 5155, 8)."""

    def __init__(self, zone: dns.name.Name, records: Sequence[tuple[dns.name.Name, NSEC3]]) -> None:
        self._zone = zone
        usable = [
            (hashed, record)
            for owner, record in records
            # RFC 5155, 8.1 and 8.2: another hash, or a flag that nobody knows, proves nothing.
            if record.algorithm == SHA1
            and record.flags in (0, OPT_OUT)
            and (hashed := _owner_hash(owner, zone)) is not None
        ]
        first = usable[0][1] if usable else None
        if first is not None and any(record.iterations > MAX_ITERATIONS for _, record in usable):
            raise TooManyIterationsError
        self._salt: bytes = first.salt if first else b""
        self._iterations: int = first.iterations if first else 0
        # RFC 5155, 8.2: records made in different ways do not belong together.
        self._records = [
            (hashed, record)
            for hashed, record in usable
            if (record.salt, record.iterations) == (self._salt, self._iterations)
        ]
        self._hashes: dict[dns.name.Name, bytes] = {}

    def types(self, name: dns.name.Name) -> frozenset[int] | None:
        if not self._records or not name.is_subdomain(self._zone):
            return None
        wanted = self._hash(name)
        return next((_types(record) for at, record in self._records if at == wanted), None)

    def encloser(self, name: dns.name.Name) -> dns.name.Name | None:
        found = self._nearest(name)
        return found[0] if found else None

    def nothing_between(self, name: dns.name.Name, base: dns.name.Name) -> Absent | None:
        # The wildcard's own signature shows that ``base`` exists; only the span over the next name is sent.
        cover = self._cover(name.split(len(base.labels) + 1)[1])
        if cover is None:
            return None
        return Absent.OPTED_OUT if cover.flags & OPT_OUT else Absent.NO_NAME

    def opted_out(self, name: dns.name.Name) -> bool:
        found = self._nearest(name)
        return found is not None and bool(found[1].flags & OPT_OUT)

    def _nearest(self, name: dns.name.Name) -> tuple[dns.name.Name, NSEC3] | None:
        """The closest provable encloser, and the span over the name one label longer (RFC 5155, 8.3)."""
        next_closer = name
        while next_closer != self._zone and next_closer.is_subdomain(self._zone):
            ancestor = next_closer.parent()
            types = self.types(ancestor)
            if types is not None:
                if DNAME in types or (NS in types and SOA not in types):
                    return None
                cover = self._cover(next_closer)
                return (ancestor, cover) if cover else None
            next_closer = ancestor
        return None

    def _cover(self, name: dns.name.Name) -> NSEC3 | None:
        hashed = self._hash(name)
        for at, record in self._records:
            if at < record.next:
                if at < hashed < record.next:
                    return record
            # The last span of the ring; a ring of one spans all but itself.
            elif hashed > at or hashed < record.next:
                return record
        return None

    def _hash(self, name: dns.name.Name) -> bytes:
        known = self._hashes.get(name)
        if known is None:
            wire = name.canonicalize().to_wire() or b""
            known = hashlib.sha1(wire + self._salt, usedforsecurity=False).digest()
            for _ in range(self._iterations):
                known = hashlib.sha1(known + self._salt, usedforsecurity=False).digest()
            self._hashes[name] = known
        return known


def _types(record: NSEC | NSEC3) -> frozenset[int]:
    return frozenset(
        window * 256 + octet * 8 + bit
        for window, bitmap in record.windows
        for octet, value in enumerate(bitmap)
        for bit in range(8)
        if value & (0x80 >> bit)
    )


def _owner_hash(owner: dns.name.Name, zone: dns.name.Name) -> bytes | None:
    if len(owner.labels) != len(zone.labels) + 1 or not owner.is_subdomain(zone):
        return None
    label = owner.labels[0].upper()
    try:
        return b32hexdecode(label + b"=" * (-len(label) % 8))
    except ValueError:
        return None


def _common(one: dns.name.Name, other: dns.name.Name) -> dns.name.Name:
    _, _, labels = one.fullcompare(other)
    return one.split(labels)[1]
