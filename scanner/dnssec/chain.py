"""The validator: keys of a zone from the root down, and answers held against them (RFC 4035, 5)."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import dns.name
import dns.rdatatype
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3

from checks.evidence.base import Cause
from checks.evidence.dnssec import Cut, Digest, State, Validated, Why
from checks.evidence.names import Said
from inventory.suffixes import suffix_and_registrable
from scanner.budget import Budget, Failed
from scanner.dnssec.anchors import Anchors
from scanner.dnssec.asking import Asking, Sets, SignedSet, Told
from scanner.dnssec.proofs import (
    Absent,
    Spans,
    TooManyIterationsError,
    absent,
    wildcard_applies,
)
from scanner.dnssec.signatures import (
    ALGORITHMS,
    Good,
    entries,
    made_ds,
    supported,
    told_ds,
    told_keys,
    usable,
    verified,
)
from scanner.once import Shared

Clock = Callable[[], datetime]

MAX_ALIASES = 8
SPANS_TRIED = 8
"""RFC 5155, 7.2, never needs more than three; a longer list is there to keep a validator busy."""
ROOT = dns.name.root
_NEVER = datetime.max.replace(tzinfo=UTC)
_WORST_FIRST = (State.BOGUS, State.INSECURE, State.SECURE)
A, CNAME, DNAME, DNSKEY_, DS_, NSEC_, NSEC3_ = (
    dns.rdatatype.A,
    dns.rdatatype.CNAME,
    dns.rdatatype.DNAME,
    dns.rdatatype.DNSKEY,
    dns.rdatatype.DS,
    dns.rdatatype.NSEC,
    dns.rdatatype.NSEC3,
)


@dataclass(frozen=True)
class Standing:
    """Where a zone stands: its verified keys where it is secure, and the zones from the root down to it."""

    zone: dns.name.Name
    cuts: tuple[Cut, ...]
    keys: tuple[DNSKEY, ...] = ()

    @property
    def cut(self) -> Cut:
        """The last zone: the one that is spoken of, or the one where the chain ended."""
        return self.cuts[-1]

    @property
    def secure(self) -> bool:
        """Whether the keys count."""
        return self.cut.state is State.SECURE


@dataclass(frozen=True)
class Link:
    """What one answer on the way through the aliases is worth."""

    state: State
    standing: Standing
    why: Why | None = None
    until: datetime = _NEVER
    spans: Spans | None = None

    @property
    def cut(self) -> Cut:
        """The zone that answered, or where the chain above it ended."""
        return self.standing.cut


@dataclass
class Validator:
    """Validates from the root down; what it learns of zones is kept for the run.

    ``asking`` may be any source of records with their signatures: nothing that it says is believed unchecked.
    """

    asking: Asking
    anchors: Anchors
    clock: Clock
    _standings: dict[dns.name.Name, Standing | None] = field(default_factory=dict)
    _told: Shared[Told] = field(default_factory=Shared)

    async def validate(
        self, name: str, type_: str, budget: Budget
    ) -> tuple[Validated, tuple[Cut, ...]]:
        """What the answer to this question is worth, and the zones from the root down to the name's own.

        ``Failed`` where nothing can be concluded: silence, SERVFAIL, a resolver that strips signatures, a
        trust anchor that does not fit, a clock that is wrong.
        """
        owner = dns.name.from_text(f"{name}.")
        rdtype = dns.rdatatype.from_text(type_)
        await self._root(budget)
        links: list[tuple[dns.name.Name, Link]] = []
        seen = [owner]
        told = await self._ask(owner, rdtype, budget)
        while True:
            here = seen[-1]
            link, target = await self._answered(here, rdtype, told, budget)
            links.append((here, link))
            if target is None:
                break
            if target in seen or len(seen) > MAX_ALIASES:
                raise Failed(Cause.DNS_LOOP, f"aliases of {name} do not end")
            seen.append(target)
            if told.at(target, rdtype) is None and told.at(target, CNAME) is None:
                told = await self._ask(target, rdtype, budget)
        said = (
            Said.FOUND if told.at(seen[-1], rdtype) else Said.NXDOMAIN if told.gone else Said.NODATA
        )
        return _validated(name, type_, said, links), links[0][1].standing.cuts

    async def island(self, zone: str, budget: Budget) -> tuple[Digest, ...]:
        """DS records of the keys by which a zone vouches for its own set of keys, whatever the parent says."""
        name = _name(zone)
        found = (await self._ask(name, DNSKEY_, budget)).at(name, DNSKEY_)
        if found is None:
            return ()
        keys = _keys_in(found)
        own = [key for key in keys if usable(key) and key.algorithm in ALGORITHMS]
        return tuple(
            made_ds(name, key)
            for key in own[:8]
            if isinstance(verified(found, name, (key,), self.clock()), Good)
        )

    # The root

    async def _root(self, budget: Budget) -> Standing:
        known = self._standings.get(ROOT)
        if known is not None:
            return known
        found = (await self._ask(ROOT, DNSKEY_, budget)).at(ROOT, DNSKEY_)
        if found is None or not found.signatures:
            raise Failed(
                Cause.SCANNER_CANNOT, "the resolver hands out the root's keys without signatures"
            )
        keys = _keys_in(found)
        entry = entries(ROOT, self.anchors.ds, keys)
        good = verified(found, ROOT, entry, self.clock())
        if good in (Why.EXPIRED, Why.NOT_YET_VALID):
            raise Failed(
                Cause.LOCAL_CLOCK_WRONG, "by our clock the root's own signature is not valid"
            )
        if not isinstance(good, Good):
            raise Failed(Cause.SCANNER_CANNOT, f"the root's keys do not fit {self.anchors.named}")
        cut = Cut(
            zone="",
            registry=True,
            state=State.SECURE,
            ds=told_ds(self.anchors.ds),
            keys=told_keys(keys),
            expires_at=good.until,
        )
        root = Standing(ROOT, (cut,), keys)
        # A resolver that drops proofs of absence would make every unsigned name look forged.
        spans = self._spans(await self._ask(ROOT, A, budget), root)
        if not isinstance(spans, Spans) or absent(ROOT, A, spans) is not Absent.NO_TYPE:
            raise Failed(Cause.SCANNER_CANNOT, "the resolver hands out no proofs of absence")
        self._standings[ROOT] = root
        return root

    # Zones

    async def _keys(self, zone: dns.name.Name, budget: Budget) -> Standing:
        """Where the zone stands that signed something."""
        if zone == ROOT:
            return await self._root(budget)
        found = await self._cut_at(zone, budget)
        if found is not None:
            return found
        above = await self._walk(zone.parent(), budget)
        # Signed by a name that is proven to be no zone.
        return _ended(above, zone, State.BOGUS, Why.NO_KEY) if above.secure else above

    async def _walk(self, name: dns.name.Name, budget: Budget) -> Standing:
        """From the root down to the zone that holds the name, or to where the chain ends."""
        standing = await self._root(budget)
        labels = len(name.labels)
        for length in range(2, labels + 1):
            found = await self._cut_at(name.split(length)[1], budget)
            if found is not None:
                standing = found
                if not standing.secure:
                    break
        return standing

    async def _cut_at(self, name: dns.name.Name, budget: Budget) -> Standing | None:
        """The zone that begins at a name, or where the chain ends above it; ``None``: no zone begins here."""
        if name not in self._standings:
            self._standings[name] = await self._judged_cut(name, budget)
        return self._standings[name]

    async def _judged_cut(self, name: dns.name.Name, budget: Budget) -> Standing | None:
        told = await self._ask(name, DS_, budget)
        found = told.at(name, DS_)
        if found is not None:
            return await self._delegated(name, found, budget)
        alias = told.at(name, CNAME)
        signer = _signer(name, alias, told.authority)
        if signer is None or signer == name:
            above = await self._walk(name.parent(), budget)
            if not above.secure:
                return above
            if alias is not None:
                # Whose signature is missing is said of the answer itself.
                return None
            return _ended(above, name, State.BOGUS, Why.MISSING_PROOF)
        above = await self._keys(signer, budget)
        if not above.secure:
            return above
        if alias is not None:
            return None
        spans = self._spans(told, above)
        if isinstance(spans, Why):
            return _ended(above, name, State.BOGUS, spans)
        try:
            proven = absent(name, DS_, spans)
        except TooManyIterationsError:
            return _ended(above, name, State.INSECURE, Why.ITERATIONS, spans)
        match proven:
            case Absent.UNSIGNED_CUT:
                return _ended(above, name, State.INSECURE, Why.NO_DS, spans)
            case Absent.OPTED_OUT:
                return _ended(above, name, State.INSECURE, Why.OPT_OUT, spans)
            case None:
                return _ended(above, name, State.BOGUS, Why.MISSING_PROOF, spans)
        return None

    async def _delegated(self, zone: dns.name.Name, found: SignedSet, budget: Budget) -> Standing:
        """A zone for which the parent has DS records."""
        signers = {signature.signer for signature in found.signatures}
        parents = [signer for signer in signers if signer != zone and zone.is_subdomain(signer)]
        above = (
            await self._keys(max(parents, key=lambda at: len(at.labels)), budget)
            if parents
            else await self._walk(zone.parent(), budget)
        )
        if not above.secure:
            return above
        good = verified(found, above.zone, above.keys, self.clock())
        records = tuple(record for record in found.rrset if isinstance(record, DS))
        ended = _ended(above, zone, State.BOGUS, Why.WRONG_DS, ds=records)
        if isinstance(good, Why):
            return _because(ended, State.BOGUS, good)
        counting = supported(records)
        if isinstance(counting, Why):
            return _because(ended, State.INSECURE, counting)
        held = (await self._ask(zone, DNSKEY_, budget)).at(zone, DNSKEY_)
        if held is None:
            return _because(ended, State.BOGUS, Why.NO_DNSKEY)
        keys = _keys_in(held)
        ended = _with_keys(ended, keys)
        entry = entries(zone, counting, keys)
        if not entry:
            return ended
        vouched = verified(held, zone, entry, self.clock())
        if isinstance(vouched, Why):
            return _because(ended, State.BOGUS, vouched)
        cut = ended.cut.model_copy(
            update={"state": State.SECURE, "why": None, "expires_at": vouched.until}
        )
        return Standing(zone, (*ended.cuts[:-1], cut), keys)

    # Answers

    async def _answered(
        self, name: dns.name.Name, rdtype: int, told: Told, budget: Budget
    ) -> tuple[Link, dns.name.Name | None]:
        """What is said of one name, and the alias that it leads to."""
        found = told.at(name, rdtype)
        if found is not None:
            return await self._positive(found, told, budget), None
        alias = told.at(name, CNAME)
        if alias is not None:
            target = getattr(alias.rrset[0], "target", None)
            renaming = _renaming(name, told)
            if renaming is not None and not alias.signatures:
                # RFC 6672, 5.3.1: the alias is made of a DNAME, and that is what is signed.
                link = await self._positive(renaming, told, budget)
                made = _renamed(name, renaming)
                if link.state is State.SECURE and made != target:
                    link = replace(link, state=State.BOGUS, why=Why.WRONG_SIGNATURE)
                return link, made if link.state is State.SECURE else target
            return await self._positive(alias, told, budget), target
        return await self._negative(name, rdtype, told, budget), None

    async def _positive(self, found: SignedSet, told: Told, budget: Budget) -> Link:
        signer = _signer(found.owner, found, {})
        if signer is None:
            return self._unsigned(await self._walk(found.owner, budget))
        standing = await self._keys(signer, budget)
        if not standing.secure:
            return _link(standing)
        good = verified(found, signer, standing.keys, self.clock())
        if isinstance(good, Why):
            return Link(State.BOGUS, standing, good)
        labels = len(found.owner.labels) - 1
        if found.owner.is_wild():
            labels -= 1
        if good.labels >= labels:
            return Link(State.SECURE, standing, until=good.until)
        return self._expanded(found, good, told, standing)

    def _expanded(self, found: SignedSet, good: Good, told: Told, standing: Standing) -> Link:
        """A wildcard's answer counts only with the proof that the name itself is not there."""
        spans = self._spans(told, standing)
        if isinstance(spans, Why):
            return Link(State.BOGUS, standing, spans)
        base = found.owner.split(good.labels + 1)[1]
        try:
            proven = wildcard_applies(found.owner, base, spans)
        except TooManyIterationsError:
            return Link(State.INSECURE, standing, Why.ITERATIONS, spans=spans)
        if proven is None:
            return Link(State.BOGUS, standing, Why.MISSING_PROOF)
        if proven is Absent.OPTED_OUT:
            # RFC 5155, 9.2: the name itself may exist, unsigned.
            return Link(State.INSECURE, standing, Why.OPT_OUT, spans=spans)
        return Link(State.SECURE, standing, until=good.until, spans=spans)

    async def _negative(self, name: dns.name.Name, rdtype: int, told: Told, budget: Budget) -> Link:
        signer = _signer(name, None, told.authority)
        if signer is None:
            return self._unsigned(await self._walk(name, budget), Why.MISSING_PROOF)
        standing = await self._keys(signer, budget)
        if not standing.secure:
            return _link(standing)
        spans = self._spans(told, standing)
        if isinstance(spans, Why):
            return Link(State.BOGUS, standing, spans)
        try:
            proven = absent(name, rdtype, spans)
        except TooManyIterationsError:
            return Link(State.INSECURE, standing, Why.ITERATIONS, spans=spans)
        if proven is Absent.OPTED_OUT:
            return Link(State.INSECURE, standing, Why.OPT_OUT, spans=spans)
        if proven is None or (told.gone and proven is not Absent.NO_NAME):
            return Link(State.BOGUS, standing, Why.MISSING_PROOF)
        return Link(State.SECURE, standing, until=_until(told, standing, self.clock()), spans=spans)

    def _unsigned(self, standing: Standing, why: Why = Why.MISSING_SIGNATURE) -> Link:
        """An answer without any signature: sound only where the chain is proven to end above it."""
        return Link(State.BOGUS, standing, why) if standing.secure else _link(standing)

    def _spans(self, told: Told, standing: Standing) -> Spans | Why:
        """The proofs of absence that the zone's own keys signed; why there are none that count."""
        as_of = self.clock()
        plain: list[tuple[dns.name.Name, NSEC]] = []
        hashed: list[tuple[dns.name.Name, NSEC3]] = []
        bad: list[Why] = []
        for owner, found in _denials(told, standing.zone):
            good = verified(found, standing.zone, standing.keys, as_of)
            if isinstance(good, Why):
                bad.append(good)
            elif good.labels < len(owner.labels) - 1 and not owner.is_wild():
                # An expanded NSEC would deny what it does not speak of.
                bad.append(Why.WRONG_SIGNATURE)
            else:
                plain += [(owner, r) for r in found.rrset if isinstance(r, NSEC)]
                hashed += [(owner, r) for r in found.rrset if isinstance(r, NSEC3)]
        if not plain and not hashed:
            return bad[0] if bad else Why.MISSING_PROOF
        return Spans(standing.zone, nsec=plain) if plain else Spans(standing.zone, nsec3=hashed)

    async def _ask(self, name: dns.name.Name, rdtype: int, budget: Budget) -> Told:
        """Each question once per run, also by sites that come at the same time: the upper zones are everybody's."""
        return await self._told.get((name, rdtype), lambda: self.asking.ask(name, rdtype, budget))


def _name(zone: str) -> dns.name.Name:
    return dns.name.from_text(f"{zone}.") if zone else ROOT


def _keys_in(found: SignedSet) -> tuple[DNSKEY, ...]:
    return tuple(record for record in found.rrset if isinstance(record, DNSKEY))


def _signer(name: dns.name.Name, found: SignedSet | None, authority: Sets) -> dns.name.Name | None:
    """Who claims to have signed: the nearest zone above (or at) the name that is named as a signer."""
    signatures = list(found.signatures) if found else []
    if found is None:
        for (_, rdtype), span in authority.items():
            if rdtype in (NSEC_, NSEC3_):
                signatures += span.signatures
    signers = {signature.signer for signature in signatures}
    above = [signer for signer in signers if name.is_subdomain(signer)]
    return max(above, key=lambda at: len(at.labels), default=None)


def _renaming(name: dns.name.Name, told: Told) -> SignedSet | None:
    """The DNAME record that an alias was made of."""
    for (owner, rdtype), found in told.answer.items():
        if rdtype == DNAME and name != owner and name.is_subdomain(owner):
            return found
    return None


def _renamed(name: dns.name.Name, renaming: SignedSet) -> dns.name.Name | None:
    target = getattr(renaming.rrset[0], "target", None)
    if not isinstance(target, dns.name.Name):
        return None
    try:
        return name.relativize(renaming.owner).concatenate(target)
    except dns.name.NameTooLong:
        return None


def _registry(zone: dns.name.Name) -> bool:
    text = zone.to_text(omit_final_dot=True)
    return zone == ROOT or suffix_and_registrable(text)[1] is None


def _ended(
    above: Standing,
    zone: dns.name.Name,
    state: State,
    why: Why,
    spans: Spans | None = None,
    ds: tuple[DS, ...] = (),
) -> Standing:
    """The chain ends here."""
    cut = Cut(
        zone=zone.to_text(omit_final_dot=True) if zone != ROOT else "",
        registry=_registry(zone),
        state=state,
        why=why,
        ds=told_ds(ds),
        denial=spans.denial if spans else None,
        iterations=spans.iterations if spans else None,
    )
    return Standing(zone, (*above.cuts, cut))


def _because(ended: Standing, state: State, why: Why) -> Standing:
    cut = ended.cut.model_copy(update={"state": state, "why": why})
    return replace(ended, cuts=(*ended.cuts[:-1], cut))


def _with_keys(ended: Standing, keys: tuple[DNSKEY, ...]) -> Standing:
    cut = ended.cut.model_copy(update={"keys": told_keys(keys)})
    return replace(ended, cuts=(*ended.cuts[:-1], cut))


def _link(standing: Standing) -> Link:
    return Link(standing.cut.state, standing, standing.cut.why)


def _denials(told: Told, zone: dns.name.Name) -> list[tuple[dns.name.Name, SignedSet]]:
    """The NSEC and NSEC3 records of one zone, no more than any honest proof has."""
    return [
        (owner, found)
        for (owner, rdtype), found in told.authority.items()
        if rdtype in (NSEC_, NSEC3_)
        and owner.is_subdomain(zone)
        and any(signature.signer == zone for signature in found.signatures)
    ][:SPANS_TRIED]


def _until(told: Told, standing: Standing, as_of: datetime) -> datetime:
    """The earliest end of a signature over the proofs of one answer."""
    goods = [
        verified(found, standing.zone, standing.keys, as_of)
        for _, found in _denials(told, standing.zone)
    ]
    return min((good.until for good in goods if isinstance(good, Good)), default=_NEVER)


def _validated(
    name: str, type_: str, said: Said, links: list[tuple[dns.name.Name, Link]]
) -> Validated:
    """The worst of the links decides; the first of the worst is told."""
    at, worst = min(links, key=lambda pair: _WORST_FIRST.index(pair[1].state))
    if worst.state is State.SECURE:
        at, worst = links[-1]
    until = min(link.until for _, link in links)
    spans = worst.spans
    return Validated(
        name=name,
        type=type_,
        state=worst.state,
        said=said,
        why=worst.why,
        zone=worst.cut.zone,
        registry=worst.cut.registry,
        aliases=tuple(owner.to_text(omit_final_dot=True) for owner, _ in links[1:]),
        broke_at="" if worst.state is State.SECURE else at.to_text(omit_final_dot=True),
        denial=spans.denial if spans else worst.cut.denial,
        iterations=spans.iterations if spans else worst.cut.iterations,
        expires_at=None if until == _NEVER or worst.state is not State.SECURE else until,
    )
