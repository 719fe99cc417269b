"""Zones signed by hand, so that each can be wrong in just the way that a case wants."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import dns.dnssec
import dns.dnssectypes
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from dns.rdtypes.ANY.DNSKEY import DNSKEY

from scanner.clock import now

TTL_S = 300
KSK, ZSK, REVOKED = 257, 256, 257 | 0x80
NSEC_ALWAYS = frozenset({dns.rdatatype.RRSIG, dns.rdatatype.NSEC})
RSA_ALGORITHMS = frozenset({5, 7, 8, 10})
Node = dict[int, dns.rrset.RRset]


@dataclass(frozen=True)
class Pair:
    """A key with its public record."""

    private: Any
    public: DNSKEY

    @property
    def tag(self) -> int:
        """Its tag."""
        return dns.dnssec.key_id(self.public)


@cache
def pair(algorithm: int, flags: int = KSK, nth: int = 0, bits: int = 2048) -> Pair:
    """The same key for the same words; RSA takes its time to make."""
    del nth
    made: dict[int, Callable[[], Any]] = {
        13: lambda: ec.generate_private_key(ec.SECP256R1()),
        14: lambda: ec.generate_private_key(ec.SECP384R1()),
        15: ed25519.Ed25519PrivateKey.generate,
        16: ed448.Ed448PrivateKey.generate,
    }
    private = (
        rsa.generate_private_key(65537, bits) if algorithm in RSA_ALGORITHMS else made[algorithm]()
    )
    public = dns.dnssec.make_dnskey(private.public_key(), algorithm, flags)
    return Pair(private, public)


@dataclass(frozen=True)
class Hashing:
    """How NSEC3 is made."""

    iterations: int = 0
    salt: str = ""
    opt_out: bool = False


@dataclass(frozen=True)
class Plan:
    """One zone: its records in master format, its keys, and what is done to it after signing."""

    origin: str
    records: tuple[str, ...] = ()
    ksk: tuple[Pair, ...] = field(default_factory=lambda: (pair(13),))
    """These sign the keys."""
    zsk: tuple[Pair, ...] = ()
    """These sign the rest; none: the first ones do (a combined key)."""
    published: tuple[Pair, ...] = ()
    """In the set of keys, and signing nothing."""
    hashing: Hashing | None = None
    begins: timedelta = -timedelta(days=1)
    ends: timedelta = timedelta(days=20)
    ds: tuple[str, ...] | None = None
    """What the parent holds; ``None``: a right record for each of the first keys."""
    signed: bool = True
    spoil: Callable[["Signed"], None] = lambda _: None

    @property
    def name(self) -> dns.name.Name:
        """The origin."""
        return dns.name.from_text(self.origin)

    def ds_records(self) -> tuple[str, ...]:
        """What the parent holds."""
        if self.ds is not None:
            return self.ds
        return tuple(ds_text(self.name, one) for one in self.ksk) if self.signed else ()


def ds_text(zone: dns.name.Name | str, key: Pair, digest: str = "SHA256") -> str:
    """The DS record of a key."""
    name = dns.name.from_text(zone) if isinstance(zone, str) else zone
    made = dns.dnssec.make_ds(name, key.public, digest, policy=dns.dnssec.allow_all_policy)
    return str(made)


class Signed:
    """A zone while it is signed: sets by name and type, and signatures beside them."""

    def __init__(self, plan: Plan, children: Iterable[Plan]) -> None:
        self.plan = plan
        self.origin = plan.name
        self.nodes: dict[dns.name.Name, Node] = {}
        self.signatures: dict[tuple[dns.name.Name, int], list[dns.rdata.Rdata]] = {}
        self.add("@ SOA ns1 quan-tri 1 7200 3600 1209600 300")
        self.add("@ NS ns1")
        self.add("ns1 A 192.0.2.53")
        for record in plan.records:
            self.add(record)
        self.cuts: set[dns.name.Name] = set()
        for child in children:
            self.add(f"{child.origin} NS ns1.{child.origin}")
            self.add(f"ns1.{child.origin} A 192.0.2.53")
            for ds in child.ds_records():
                self.add(f"{child.origin} DS {ds}")
        self.cuts = {name for name, node in self.nodes.items() if 2 in node and name != self.origin}
        if plan.signed:
            self._sign()
            plan.spoil(self)

    def name(self, label: str) -> dns.name.Name:
        """A name, relative to the origin."""
        return self.origin if label == "@" else dns.name.from_text(label, self.origin)

    def add(self, record: str) -> None:
        """A record in master format, without TTL and class."""
        label, kind, data = record.split(" ", 2)
        rdtype = dns.rdatatype.from_text(kind)
        owner = self.name(label)
        rrset = self.nodes.setdefault(owner, {}).setdefault(
            rdtype, dns.rrset.RRset(owner, dns.rdataclass.IN, rdtype)
        )
        rrset.add(
            dns.rdata.from_text("IN", kind, data, origin=self.origin, relativize=False), TTL_S
        )

    def put(self, owner: dns.name.Name, data: dns.rdata.Rdata) -> None:
        """One record's data."""
        rrset = self.nodes.setdefault(owner, {}).setdefault(
            data.rdtype, dns.rrset.RRset(owner, dns.rdataclass.IN, data.rdtype)
        )
        rrset.add(data, TTL_S)

    def sign_set(
        self,
        owner: dns.name.Name,
        rdtype: int,
        keys: Sequence[Pair],
        plan: Plan | None = None,
        signer: dns.name.Name | None = None,
    ) -> None:
        """Sign one set anew."""
        plan = plan or self.plan
        moment = now()
        self.signatures[owner, rdtype] = [
            dns.dnssec.sign(
                self.nodes[owner][rdtype],
                key.private,
                signer or self.origin,
                key.public,
                inception=moment + plan.begins,
                expiration=moment + plan.ends,
                policy=dns.dnssec.allow_all_policy,
            )
            for key in keys
        ]

    def unsign(self, label: str, *kinds: str) -> None:
        """Drop signatures."""
        for kind in kinds:
            self.signatures.pop((self.name(label), dns.rdatatype.from_text(kind)), None)

    def drop(self, kind: str) -> None:
        """Drop every set of a type, with its signatures."""
        rdtype = dns.rdatatype.from_text(kind)
        for owner, node in self.nodes.items():
            node.pop(rdtype, None)
            self.signatures.pop((owner, rdtype), None)

    def change(self, label: str, kind: str, data: str) -> None:
        """Other data under the old signature."""
        owner, rdtype = self.name(label), dns.rdatatype.from_text(kind)
        self.nodes[owner][rdtype] = dns.rrset.from_text(owner, TTL_S, "IN", kind, data)

    def text(self) -> str:
        """The zone as a file."""
        lines = [
            rrset.to_text(relativize=False)
            for _, node in sorted(self.nodes.items())
            for _, rrset in sorted(node.items())
        ]
        for (owner, _), signatures in sorted(self.signatures.items()):
            lines += [f"{owner} {TTL_S} IN RRSIG {one.to_text()}" for one in signatures]
        return "\n".join(lines) + "\n"

    def _sign(self) -> None:
        plan = self.plan
        for key in (*plan.ksk, *plan.zsk, *plan.published):
            self.put(self.origin, key.public)
        # Before the spans are made: the set stands in their list of types.
        if plan.hashing:
            self._hash(plan.hashing)
        else:
            self._chain()
        for owner, node in self.nodes.items():
            for rdtype in node:
                if rdtype == dns.rdatatype.DNSKEY:
                    self.sign_set(owner, rdtype, plan.ksk)
                elif self._signs(owner, rdtype):
                    self.sign_set(owner, rdtype, plan.zsk or plan.ksk)

    def _below_a_cut(self, owner: dns.name.Name) -> bool:
        return any(owner != cut and owner.is_subdomain(cut) for cut in self.cuts)

    def _signs(self, owner: dns.name.Name, rdtype: int) -> bool:
        if self._below_a_cut(owner):
            return False
        return owner not in self.cuts or rdtype in (dns.rdatatype.DS, dns.rdatatype.NSEC)

    def _chain(self) -> None:
        owners = sorted(owner for owner in self.nodes if not self._below_a_cut(owner))
        for owner, following in zip(owners, (*owners[1:], self.origin), strict=True):
            types = {*self.nodes[owner], *NSEC_ALWAYS}
            if owner in self.cuts:
                types &= {dns.rdatatype.NS, dns.rdatatype.DS, *NSEC_ALWAYS}
            self.put(owner, _data("NSEC", f"{following} {_names(types)}"))

    def _hash(self, how: Hashing) -> None:
        self.add(f"@ NSEC3PARAM 1 0 {how.iterations} {how.salt or '-'}")
        there: dict[dns.name.Name, set[int]] = {}
        for owner, node in list(self.nodes.items()):
            if self._below_a_cut(owner):
                continue
            types = set(node)
            if owner in self.cuts:
                types &= {dns.rdatatype.NS, dns.rdatatype.DS}
                if how.opt_out and dns.rdatatype.DS not in types:
                    continue
            if types - {dns.rdatatype.NS} or owner not in self.cuts:
                types |= {dns.rdatatype.RRSIG}
            there.setdefault(owner, set()).update(types)
            above = owner
            while above != self.origin:
                above = above.parent()
                there.setdefault(above, set())
        hashes = sorted(
            (dns.dnssec.nsec3_hash(owner, how.salt or None, how.iterations, "SHA1"), owner)
            for owner in there
        )
        for at, (hashed, owner) in enumerate(hashes):
            following = hashes[(at + 1) % len(hashes)][0]
            self.put(
                dns.name.from_text(hashed.lower(), self.origin),
                _data(
                    "NSEC3",
                    f"1 {int(how.opt_out)} {how.iterations} {how.salt or '-'} {following} "
                    f"{_names(there[owner])}",
                ),
            )


def _data(kind: str, text: str) -> dns.rdata.Rdata:
    return dns.rdata.from_text("IN", kind, text.strip())


def _names(types: Iterable[int]) -> str:
    return " ".join(dns.rdatatype.to_text(dns.rdatatype.RdataType.make(t)) for t in sorted(types))
