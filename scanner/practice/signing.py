"""Signatures of the practice zones, made when they are asked for: root, suffixes, and the schools that have any."""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cached_property

import dns.dnssec
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from scanner.practice.site import Naming, Signing
from scanner.practice.zones import TTL_S, Zone

DAY = dt.timedelta(days=1)
ENTRY_KEY = 257
_BESIDE = frozenset({dns.rdatatype.RRSIG, dns.rdatatype.NSEC})
_APEX = _BESIDE | {dns.rdatatype.SOA, dns.rdatatype.NS, dns.rdatatype.DNSKEY}
_LINKED = frozenset({Signing.SIGNED, Signing.EXPIRED, Signing.WRONG_DS})
"""Zones for which their parent has a DS record."""


def wants_proofs(query: dns.message.Message) -> bool:
    """Whether signatures are asked for."""
    return bool(query.ednsflags & dns.flags.DO)


class Seals:
    """Signs for all zones with one key, and proves what is not there by NSEC."""

    def __init__(self, zones: Iterable[Zone], now: dt.datetime) -> None:
        self._zones: Mapping[str, Zone] = {zone.origin: zone for zone in zones}
        self._above = {""} | {parent for origin in self._zones for parent in _parents(origin)}
        self._today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        self._private = Ed25519PrivateKey.generate()
        self._made: dict[tuple[str, dns.name.Name, int], dns.rrset.RRset] = {}
        self._chains: dict[str, list[tuple[dns.name.Name, frozenset[int]]]] = {}

    @cached_property
    def _key(self) -> DNSKEY:
        return dns.dnssec.make_dnskey(self._private.public_key(), "ED25519", ENTRY_KEY)

    @property
    def trust_anchor(self) -> str:
        """The root's DS record, as a line."""
        return f". IN DS {dns.dnssec.make_ds(dns.name.root, self._key, 'SHA256')}\n"

    def about_the_chain(
        self, query: dns.message.Message, reply: dns.message.Message, name: str
    ) -> bool:
        """Answer what only signed zones hold: keys, and a parent's word about its child.  Whether it did."""
        kind = query.question[0].rdtype
        if kind == dns.rdatatype.DNSKEY and self._signed(name):
            self._add(reply.answer, name, self._set(name, kind, str(self._key)))
            return True
        if kind != dns.rdatatype.DS or not name or name not in {*self._zones, *self._above}:
            return False
        parent = name.partition(".")[2]
        if self._has_ds(name):
            self._add(reply.answer, parent, self._ds(name))
        else:
            self._deny(reply, parent, _absolute(name))
        return True

    def seal(self, query: dns.message.Message, reply: dns.message.Message, name: str) -> None:
        """Put signatures beside the answers, and the proof of absence where there is none."""
        if reply.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            return
        last = _absolute(name)
        for rrset in list(reply.answer):
            origin = self._holder(rrset.name)
            if self._signed(origin):
                reply.answer.append(self._signature(origin, rrset))
            if rrset.rdtype == dns.rdatatype.CNAME:
                last = rrset[0].target
        kind = query.question[0].rdtype
        if any(rrset.name == last and rrset.rdtype == kind for rrset in reply.answer):
            return
        origin = self._holder(last)
        if self._signed(origin):
            self._deny(reply, origin, last)

    def _signed(self, origin: str) -> bool:
        zone = self._zones.get(origin)
        return origin in self._above or (zone is not None and zone.signing is not Signing.NONE)

    def _has_ds(self, origin: str) -> bool:
        zone = self._zones.get(origin)
        return zone.signing in _LINKED if zone else origin in self._above

    def _holder(self, name: dns.name.Name) -> str:
        at = name.to_text(omit_final_dot=True).lower()
        at = "" if at == "." else at
        while at and (at not in self._zones or self._gone(at)) and at not in self._above:
            at = at.partition(".")[2]
        return at

    def _gone(self, origin: str) -> bool:
        return self._zones[origin].naming is Naming.NXDOMAIN

    def _ds(self, child: str) -> dns.rrset.RRset:
        made = str(dns.dnssec.make_ds(_absolute(child), self._key, "SHA256"))
        zone = self._zones.get(child)
        if zone is not None and zone.signing is Signing.WRONG_DS:
            made = f"{made[:-64]}{made[:-65:-1]}"
        return self._set(child, dns.rdatatype.DS, made)

    def _deny(self, reply: dns.message.Message, origin: str, name: dns.name.Name) -> None:
        """The span that ``name`` stands at or in, and the one that a wildcard would stand in."""
        owners = self._span(origin, name)
        spans = {owners[0]: owners}
        if owners[0] != name and reply.rcode() == dns.rcode.NXDOMAIN:
            common = max(
                (_shared(name, at) for at in (owners[0], owners[1])), key=lambda at: len(at.labels)
            )
            starred = self._span(origin, dns.name.Name((b"*", *common.labels)))
            spans[starred[0]] = starred
        for owner, following, types in spans.values():
            told = " ".join(
                dns.rdatatype.to_text(dns.rdatatype.RdataType.make(t)) for t in sorted(types)
            )
            rrset = self._set(
                owner.to_text(omit_final_dot=True), dns.rdatatype.NSEC, f"{following} {told}"
            )
            self._add(reply.authority, origin, rrset)

    def _span(
        self, origin: str, name: dns.name.Name
    ) -> tuple[dns.name.Name, dns.name.Name, frozenset[int]]:
        chain = self._chain(origin)
        at = max(nth for nth, (owner, _) in enumerate(chain) if owner <= name)
        return chain[at][0], chain[(at + 1) % len(chain)][0], chain[at][1]

    def _chain(self, origin: str) -> list[tuple[dns.name.Name, frozenset[int]]]:
        if origin not in self._chains:
            types: dict[str, set[int]] = {origin: set(_APEX)}
            zone = self._zones.get(origin)
            for name, kind in zone.records if zone else ():
                types.setdefault(name, set(_BESIDE)).add(dns.rdatatype.from_text(kind))
            if origin in self._above:
                for child in ({*self._zones, *self._above}) - {""}:
                    if child.partition(".")[2] != origin:
                        continue
                    if child in self._zones and self._gone(child):
                        continue
                    types[child] = {dns.rdatatype.NS, *_BESIDE}
                    if self._has_ds(child):
                        types[child].add(dns.rdatatype.DS)
            self._chains[origin] = sorted(
                (_absolute(name), frozenset(there)) for name, there in types.items()
            )
        return self._chains[origin]

    def _add(self, section: list[dns.rrset.RRset], origin: str, rrset: dns.rrset.RRset) -> None:
        section += [rrset, self._signature(origin, rrset)]

    def _signature(self, origin: str, rrset: dns.rrset.RRset) -> dns.rrset.RRset:
        key = (origin, rrset.name, int(rrset.rdtype))
        if key not in self._made:
            zone = self._zones.get(origin)
            expired = zone is not None and zone.signing is Signing.EXPIRED
            signature = dns.dnssec.sign(
                rrset,
                self._private,
                _absolute(origin),
                self._key,
                inception=self._today - (40 if expired else 10) * DAY,
                expiration=self._today + (-10 if expired else 20) * DAY,
            )
            self._made[key] = dns.rrset.from_rdata(rrset.name, TTL_S, signature)
        return self._made[key]

    def _set(self, name: str, kind: int, text: str) -> dns.rrset.RRset:
        rdtype = dns.rdatatype.RdataType.make(kind)
        data = dns.rdata.from_text(dns.rdataclass.IN, rdtype, text)
        return dns.rrset.from_rdata(_absolute(name), TTL_S, data)


def _absolute(name: str) -> dns.name.Name:
    return dns.name.root if name in ("", ".") else dns.name.from_text(f"{name}.")


def _shared(one: dns.name.Name, other: dns.name.Name) -> dns.name.Name:
    return one.split(one.fullcompare(other)[2])[1]


def _parents(origin: str) -> Iterable[str]:
    while origin:
        origin = origin.partition(".")[2]
        yield origin
