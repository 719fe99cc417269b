"""What all questions to one address come to: the evidence, and a doubt where one is left."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import (
    Acceptance,
    Asked,
    Handshake,
    KeyExchange,
    Preference,
    Prime,
    Suites,
    Traits,
    Version,
)
from checks.parsing.groups import known_prime
from checks.parsing.suites import forbidden
from scanner.probes.tls.conversation import Heard
from scanner.probes.tls.eliminate import Ended, Groups, Spoken
from scanner.probes.tls.questions import Asker

BELOW_13 = (Version.TLS12, Version.TLS11, Version.TLS10, Version.SSL3)
_CERTIFICATE_REQUIRED = 116
_RENEGOTIATION_INFO, _MASTER_SECRET, _TICKET = 0xFF01, 23, 35
_BRIEF = "a brief look"


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate chain as it came in the clear or in a conversation of ours, and what came with it."""

    version: Version
    suite: int
    chain: tuple[bytes, ...]
    chain_total: int
    staple: bytes | None
    staple_asked: bool
    scts: tuple[bytes, ...]

    @property
    def leaf_sha256(self) -> str:
        """By which it is told from others."""
        return hashlib.sha256(self.chain[0]).hexdigest()


@dataclass(frozen=True, slots=True)
class Survey:
    """What all questions to one address came to."""

    versions: dict[Version, Acceptance | NotCaptured]
    suites: dict[Version, Suites | NotCaptured]
    key_exchange: KeyExchange | NotCaptured
    traits: Traits | NotCaptured
    shown: tuple[Shown, ...]


@dataclass(slots=True)
class Looks:
    """What was gathered, before anything is concluded."""

    asked: Asked
    spoken: dict[Version, Spoken] = field(default_factory=dict)
    groups: dict[Version, Groups] = field(default_factory=dict)
    heard: Heard | NotCaptured | None = None
    fallback_refused: bool | NotCaptured | None = None

    def accepted(self, among: Iterable[Version]) -> list[Spoken]:
        """Those versions that were seen accepted."""
        found = (self.spoken[version] for version in among if version in self.spoken)
        return [one for one in found if one.acceptance is Acceptance.ACCEPTED]


def concluded(asker: Asker, handshake: Handshake | NotCaptured, looks: Looks) -> Survey:
    versions = {version: _acceptance(asker, handshake, looks, version) for version in Version}
    spoken = [one for v, one in looks.spoken.items() if versions[v] is Acceptance.ACCEPTED]
    if not spoken:
        nothing = NotCaptured(cause=Cause.NOT_RUN, detail="no version was seen accepted")
        return Survey(versions, {}, nothing, nothing, ())
    suites = {
        version: _suites(asker, looks, looks.spoken[version])
        for version in Version
        if versions[version] is Acceptance.ACCEPTED
    }
    return Survey(
        versions=versions,
        suites=dict(suites),
        key_exchange=_key_exchange(asker, looks, suites),
        traits=_traits(handshake, looks, versions),
        shown=tuple(_shown(looks)),
    )


def _acceptance(
    asker: Asker, handshake: Handshake | NotCaptured, looks: Looks, version: Version
) -> Acceptance | NotCaptured:
    spoken = looks.spoken[version]
    doubt = asker.doubt_of(spoken.refused_by) if spoken.refused_by else None
    if doubt is not None:
        return doubt
    contradicted = isinstance(handshake, Handshake) and handshake.version is version
    if contradicted and spoken.acceptance is Acceptance.REFUSED:
        return NotCaptured(
            cause=Cause.TLS_PROTOCOL, detail="our hello was refused, the full handshake was not"
        )
    return spoken.acceptance


def _cut(asker: Asker, ended: Ended) -> NotCaptured | None:
    return asker.doubt_of(ended) if isinstance(ended, int) else ended


def _suites(asker: Asker, looks: Looks, spoken: Spoken) -> Suites:
    preference = spoken.preference
    if looks.asked is Asked.FORBIDDEN:
        preference = NotCaptured(cause=Cause.NOT_RUN, detail=_BRIEF)
    elif spoken.version is Version.SSL2 and len(spoken.accepted) > 1:
        preference = Preference.CLIENT  # in SSL 2 the client chooses
    among = frozenset(spoken.accepted)
    if looks.asked is Asked.FORBIDDEN:
        among &= frozenset(forbidden(spoken.version))
    return Suites(
        asked=looks.asked,
        accepted=tuple(number for number in spoken.accepted if number in among),
        preference=preference,
        cut=_cut(asker, spoken.ended),
    )


def _key_exchange(asker: Asker, looks: Looks, suites: dict[Version, Suites]) -> KeyExchange:
    cuts = [_cut(asker, groups.ended) for groups in looks.groups.values()]
    # A suite that was not asked might have shown another group.
    cuts += [found.cut for found in suites.values()]
    return KeyExchange(
        asked=looks.asked,
        named={
            version: tuple(looks.groups[version].numbers)
            for version in Version
            if version in looks.groups and looks.groups[version].numbers
        },
        primes=_primes(looks),
        cut=next((cut for cut in cuts if cut is not None), None),
    )


def _primes(looks: Looks) -> tuple[Prime, ...]:
    found: dict[bytes, Prime] = {}
    for spoken in looks.accepted(BELOW_13):
        for flight in spoken.flights:
            prime = flight.key_exchange.prime if flight.key_exchange else b""
            if not prime or prime in found:
                continue
            digest = hashlib.sha256(prime).hexdigest()
            known = known_prime(digest)
            found[prime] = Prime(
                bits=int.from_bytes(prime, "big").bit_length(),
                sha256=digest,
                known=known.name if known else "",
            )
    return tuple(found.values())


def _traits(
    handshake: Handshake | NotCaptured,
    looks: Looks,
    versions: dict[Version, Acceptance | NotCaptured],
) -> Traits:
    older = looks.accepted(BELOW_13)
    hellos = [one.first.hello for one in older if one.first and one.first.hello]
    nothing_below = _unknown(versions, BELOW_13)
    compression: bool | NotCaptured | None = nothing_below
    renegotiation: bool | NotCaptured | None = nothing_below
    master_secret: bool | NotCaptured | None = nothing_below
    if hellos:
        compression = any(hello.compression for hello in hellos)
        if not compression and not all(one.asked_richly for one in older):
            compression = NotCaptured(
                cause=Cause.NOT_RUN, detail="only plain hellos are understood"
            )
        renegotiation = all(_RENEGOTIATION_INFO in hello.extensions for hello in hellos)
        master_secret = (
            None
            if older[0].version is Version.SSL3  # it has no extensions to say so in
            else _MASTER_SECRET in hellos[0].extensions
        )
    return Traits(
        compression=compression,
        secure_renegotiation=renegotiation,
        extended_master_secret=master_secret,
        fallback_refused=looks.fallback_refused,
        alpn=_alpn(handshake, looks),
        early_data_bytes=_early_data(looks, versions),
        tickets=_tickets(looks, older),
        signature_schemes=_schemes(looks),
    )


def _unknown(
    versions: dict[Version, Acceptance | NotCaptured], among: Iterable[Version]
) -> NotCaptured | None:
    """``None`` where each of these versions was seen refused."""
    answers = (versions[version] for version in among)
    return next((one for one in answers if isinstance(one, NotCaptured)), None)


def _alpn(handshake: Handshake | NotCaptured, looks: Looks) -> tuple[str, ...] | NotCaptured:
    chosen: list[str | None] = []
    asked = False
    twelve = looks.spoken.get(Version.TLS12)
    if twelve and twelve.first and twelve.first.hello and twelve.asked_richly:
        chosen.append(twelve.first.hello.alpn)
        asked = True
    if isinstance(looks.heard, Heard) and looks.heard.finished:
        chosen.append(looks.heard.alpn)
        asked = True
    if isinstance(handshake, Handshake):
        chosen.append(handshake.alpn)
        # Below TLS 1.2 nothing but http/1.1 makes sense, and the full handshake offers that.
        asked = asked or handshake.version not in (Version.TLS12, Version.TLS13)
    if not asked:
        missing = looks.heard if isinstance(looks.heard, NotCaptured) else None
        return missing or NotCaptured(cause=Cause.NOT_RUN)
    return tuple(dict.fromkeys(name[:32] for name in chosen if name))


def _early_data(
    looks: Looks, versions: dict[Version, Acceptance | NotCaptured]
) -> int | NotCaptured | None:
    newest = versions[Version.TLS13]
    if newest is Acceptance.REFUSED:
        return None
    if isinstance(newest, NotCaptured):
        return newest
    heard = looks.heard
    if not isinstance(heard, Heard):
        return heard or NotCaptured(cause=Cause.NOT_RUN)
    if heard.tickets or (heard.ended and heard.finished):
        return heard.early_data_bytes
    if heard.asks_certificate or heard.alert == _CERTIFICATE_REQUIRED:
        return NotCaptured(cause=Cause.CLIENT_CERT_REQUIRED)
    if heard.alert is not None:
        return NotCaptured(cause=Cause.TLS_ALERT, detail=f"alert {heard.alert}")
    return NotCaptured(cause=Cause.TLS_TIMEOUT, detail="no ticket, and no end either")


def _tickets(looks: Looks, older: list[Spoken]) -> bool | NotCaptured | None:
    told: list[bool] = []
    best = older[0] if older else None
    if best and best.first and best.first.hello and best.asked_richly:
        told.append(_TICKET in best.first.hello.extensions)
    if isinstance(looks.heard, Heard) and (looks.heard.tickets or looks.heard.ended):
        told.append(looks.heard.tickets > 0)
    if any(told):
        return True
    if told and not isinstance(looks.heard, NotCaptured):
        return False
    return looks.heard if isinstance(looks.heard, NotCaptured) else None


def _schemes(looks: Looks) -> tuple[int, ...]:
    found: list[int | None] = []
    if isinstance(looks.heard, Heard):
        found.append(looks.heard.scheme)
    for spoken in looks.accepted((Version.TLS12,)):
        found += [flight.key_exchange.scheme for flight in spoken.flights if flight.key_exchange]
    return tuple(dict.fromkeys(scheme for scheme in found if scheme is not None))


def _shown(looks: Looks) -> Iterable[Shown]:
    """Each distinct leaf once, with a staple where any flight of it had one."""
    found: dict[bytes, Shown] = {}
    heard = looks.heard
    if isinstance(heard, Heard) and heard.chain and heard.finished and heard.hello:
        found[heard.chain[0]] = Shown(
            version=Version.TLS13,
            suite=heard.hello.suite,
            chain=heard.chain,
            chain_total=heard.chain_total,
            staple=heard.staple,
            staple_asked=True,
            scts=heard.scts,
        )
    for spoken in looks.accepted((*BELOW_13, Version.SSL2)):
        asked = spoken.how is not None and spoken.how.vouchers
        for flight in spoken.flights:
            if not flight.chain or flight.hello is None:
                continue
            known = found.get(flight.chain[0])
            if known is None or (known.staple is None and flight.staple is not None):
                found[flight.chain[0]] = Shown(
                    version=spoken.version,
                    suite=flight.hello.suite,
                    chain=flight.chain,
                    chain_total=flight.chain_total,
                    staple=flight.staple,
                    staple_asked=asked,
                    scts=flight.hello.scts,
                )
    return found.values()
