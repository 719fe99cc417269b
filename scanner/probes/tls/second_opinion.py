"""The TLS look through SSLyze: an independent opinion in the same evidence, at some twenty times the connections.

What SSLyze does not ask, or answers without having seen it, is ``NotCaptured``; see docs/decisions/tls-second-opinion.md.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import (
    Acceptance,
    Asked,
    Handshake,
    HandshakeState,
    KeyExchange,
    Offer,
    Preference,
    Prime,
    Suites,
    Tls,
    Traits,
    Version,
)
from checks.parsing.groups import CURVES, group, known_prime
from checks.parsing.suites import candidates, suite
from scanner.budget import Failed
from scanner.certificates import CERTIFICATES_KEPT, CHAIN_BYTES, read_certificate
from scanner.door import SeenRefused
from scanner.probes.tls.vouching import Given, Vouching, vouch
from scanner.sslyze_worker import NOT_INSTALLED, Part, Told, asked, installed, looked_with
from scanner.visit import Target, Visit

DEADLINE_S = 300.0
"""For one address: some 600 connections, at the pace that the permission allows."""
_ONLY_13 = frozenset({Version.TLS13})
_BELOW_13 = frozenset(Version) - _ONLY_13 - {Version.SSL2}
_CURVES_ONLY = NotCaptured(
    cause=Cause.SCANNER_CANNOT,
    detail="SSLyze asks for elliptic curves only: no hybrid groups, and no finite fields in TLS 1.3",
)
_NO_ORDER = NotCaptured(
    cause=Cause.SCANNER_CANNOT, detail="SSLyze does not look whose order decides"
)
_NO_ALPN = NotCaptured(cause=Cause.SCANNER_CANNOT, detail="SSLyze does not ask for ALPN")
_NO_TICKETS = NotCaptured(
    cause=Cause.SCANNER_CANNOT,
    detail="SSLyze's look at resumption takes 22 connections, and is left out",
)


async def second_look(
    visit: Visit, vouching: Vouching, now: datetime, *, deadline_s: float = DEADLINE_S
) -> Tls:
    """What ``look_tls`` looks at, seen by SSLyze.  ``Failed`` where there is no address.

    The twin shares the address; only its certificate is looked at, by a handshake of our own.
    """
    if not installed():
        raise Failed(Cause.NOT_ENABLED, NOT_INSTALLED)
    site = visit.site
    found, _ = await visit.all_addresses(site.host)
    addresses = await visit.addresses(site.host)
    offers = []
    for address in addresses:
        target = Target(site.host, address, site.https_port)
        offers.append(await _offer(visit, target, vouching, now, deadline_s))
    return Tls(
        offers=tuple(offers),
        twin_offers=await _twin(visit, vouching, now),
        addresses_total=len(found),
    )


async def _twin(visit: Visit, vouching: Vouching, now: datetime) -> tuple[Offer, ...]:
    twin = visit.site.twin
    try:
        addresses = await visit.addresses(twin)
    except Failed:
        return ()
    target = Target(twin, addresses[0], visit.site.https_port)
    handshake = await visit.handshake(target)
    if isinstance(handshake, Handshake):
        handshake = await vouch(visit, handshake, _NOTHING_GIVEN, vouching, now)
    return (
        Offer(
            host=twin,
            address=target.address,
            port=target.port,
            handshake=handshake,
            versions={},
        ),
    )


async def _offer(
    visit: Visit, target: Target, vouching: Vouching, now: datetime, deadline_s: float
) -> Offer:
    try:
        told = await asked(visit, target, "tls", deadline_s)
    except SeenRefused:
        return _without(target, Handshake(state=HandshakeState.REFUSED))
    except Failed as failed:
        return _without(target, failed.missing)
    own = (visit.site.host, visit.site.twin)
    handshake, *beside = [
        await _vouched(visit, shake, vouching, now) for shake in _handshakes(told, own)
    ]
    return offer_of(told, target, handshake, _others(handshake, beside))


def _without(target: Target, handshake: Handshake | NotCaptured) -> Offer:
    """An address that was not asked: closed, or not to be contacted."""
    versions: dict[Version, Acceptance | NotCaptured] = {}
    missing: NotCaptured = NotCaptured(cause=Cause.REFUSED)
    if isinstance(handshake, NotCaptured):
        missing = handshake
        versions = dict.fromkeys(Version, handshake)
    return Offer(
        host=target.host, address=target.address, port=target.port, handshake=handshake,
        versions=versions, key_exchange=missing, traits=missing, looked_with=looked_with(),
    )  # fmt: skip


# Told → evidence


def offer_of(
    told: Told, target: Target, handshake: Handshake | NotCaptured, beside: tuple[Handshake, ...]
) -> Offer:
    """The evidence in what SSLyze told."""
    missing = _why_missing(told)
    by_version = {Version(part["version"]): part for part in told.of("suites")}
    versions: dict[Version, Acceptance | NotCaptured] = {
        version: _accepted(by_version[version]) if version in by_version else missing
        for version in Version
    }
    if any(part.get("ssl2") for part in told.of("failed")):
        versions[Version.SSL2] = Acceptance.ACCEPTED
    suites: dict[Version, Suites | NotCaptured] = {
        version: _suites(by_version[version]) if version in by_version else missing
        for version, said in versions.items()
        if said is Acceptance.ACCEPTED
    }
    return Offer(
        host=target.host,
        address=target.address,
        port=target.port,
        handshake=handshake,
        beside=beside,
        versions=versions,
        suites=suites,
        key_exchange=_key_exchange(told) if told.of("curves") else missing,
        traits=_traits(told, versions, missing) if told.of("suites") else missing,
        looked_with=looked_with(),
    )


def _why_missing(told: Told) -> NotCaptured:
    """Why a part is not there."""
    for part in told.of("failed"):
        cause = _CAUSES.get(part["why"].partition(":")[0], Cause.SCANNER_CANNOT)
        return NotCaptured(cause=cause, detail=part["why"][:500])
    return told.missing or NotCaptured(cause=Cause.SCANNER_CANNOT, detail="SSLyze did not say")


_CAUSES = {
    "ConnectionToServerTimedOut": Cause.CONNECT_TIMEOUT,
    "ServerRejectedConnection": Cause.RESET,
    "TlsHandshakeTimedOut": Cause.TLS_TIMEOUT,
    "ConnectionToServerFailed": Cause.RESET,
}


def _accepted(part: Part) -> Acceptance | NotCaptured:
    if part["accepted"]:
        return Acceptance.ACCEPTED
    if part["failed"]:
        return _partial(part)
    return Acceptance.REFUSED


def _partial(part: Part) -> NotCaptured:
    return NotCaptured(cause=Cause.NO_ANSWER, detail=f"SSLyze: {'; '.join(part['failed'])}"[:500])


def _suites(part: Part) -> Suites:
    numbers, unknown = [], []
    for openssl, rfc in part["accepted"]:
        number = numbers_by_name().get(rfc, numbers_by_name().get(openssl))
        if number is None:
            unknown.append(rfc)
        else:
            numbers.append(number)
    cut = _partial(part) if part["failed"] else None
    if unknown:
        cut = NotCaptured(
            cause=Cause.SCANNER_CANNOT, detail=f"no number known for {', '.join(unknown)}"[:500]
        )
    preference: Preference | NotCaptured | None = _NO_ORDER if len(numbers) > 1 else None
    return Suites(asked=Asked.ALL, accepted=tuple(sorted(numbers)), preference=preference, cut=cut)


@cache
def numbers_by_name() -> dict[str, int]:
    """Suites by both their names; SSL 2's kinds keep to their own, which OpenSSL reuses."""
    found: dict[str, int] = {}
    for version in Version:
        for number in candidates(version):
            one = suite(number)
            if one is not None:
                found[one.name] = number
                if not one.ssl2 and one.openssl:
                    found.setdefault(one.openssl, number)
    return found


@cache
def _curves() -> dict[str, int]:
    named = ((number, group(number)) for number in CURVES)
    return {one.name.lower(): number for number, one in named if one is not None}


def _key_exchange(told: Told) -> KeyExchange:
    named = {
        Version(part["version"]): tuple(
            _curves()[name.lower()] for name in part["accepted"] if name.lower() in _curves()
        )
        for part in told.of("curves")
        if not (part["failed"] and not part["accepted"])
    }
    primes = {
        prime
        for part in told.of("suites")
        if part["version"] not in ("SSL 2", "TLS 1.3")
        for prime in part["primes"]
    }
    cut = _CURVES_ONLY
    failed = [why for part in told.of("curves") for why in part["failed"]]
    if failed:
        cut = NotCaptured(cause=Cause.NO_ANSWER, detail=f"SSLyze: {'; '.join(failed)}"[:500])
    return KeyExchange(named=named, primes=tuple(map(_prime, sorted(primes))), cut=cut)


def _prime(hexadecimal: str) -> Prime:
    data = bytes.fromhex(hexadecimal).lstrip(b"\0")
    sha256 = hashlib.sha256(data).hexdigest()
    known = known_prime(sha256)
    bits = int.from_bytes(data, "big").bit_length()
    return Prime(bits=bits, sha256=sha256, known=known.name if known else "")


def _traits(
    told: Told, versions: Mapping[Version, Acceptance | NotCaptured], missing: NotCaptured
) -> Traits:
    answers = {part["name"]: part for part in told.of("answer")}

    def answer(name: str, among: frozenset[Version], least: int = 1, key: str = "") -> Any:
        """``None`` where too few of these versions are spoken for the question to make sense."""
        said = [versions[version] for version in Version if version in among]
        if said.count(Acceptance.ACCEPTED) < least:
            return next((why for why in said if isinstance(why, NotCaptured)), None)
        part = answers.get(name)
        if part is None:
            return missing
        if "why" in part:
            return NotCaptured(cause=Cause.SCANNER_CANNOT, detail=f"SSLyze: {part['why']}"[:500])
        return part["value"][key] if key else part["value"]

    return Traits(
        compression=answer("old", _BELOW_13, key="compression"),
        secure_renegotiation=answer("old", _BELOW_13, key="secure_renegotiation"),
        extended_master_secret=answer("extended_master_secret", _BELOW_13),
        fallback_refused=answer("fallback_refused", _BELOW_13 | _ONLY_13, 2),
        alpn=_NO_ALPN,
        early_data_bytes=answer("early_data_bytes", _ONLY_13),
        tickets=_NO_TICKETS,
    )


# Handshakes


_NOTHING_GIVEN = Given(staple=None, staple_asked=False, scts=())


@dataclass(frozen=True, slots=True)
class _Shake:
    """A handshake before anybody vouched for its certificate."""

    facts: Handshake | NotCaptured
    given: Given = _NOTHING_GIVEN


def _handshakes(told: Told, own_names: Iterable[str]) -> list[_Shake]:
    """The handshake with the best of both sides first, then those that bring out other certificates."""
    own = tuple(own_names)
    first = [_shake(part, own) for part in told.of("handshake")] or [_Shake(_why_missing(told))]
    others = [_shake(part, own) for part in told.of("beside") if "chain" in part]
    return [*first[:1], *others]


def _shake(part: Part, own: tuple[str, ...]) -> _Shake:
    if "why" in part:
        return _Shake(
            NotCaptured(cause=Cause.SCANNER_CANNOT, detail=f"SSLyze: {part['why']}"[:500])
        )
    ders = [_der(pem) for pem in part["chain"][:CERTIFICATES_KEPT]]
    kept = [der for n, der in enumerate(ders) if sum(map(len, ders[: n + 1])) <= CHAIN_BYTES]
    facts = Handshake(
        state=HandshakeState.COMPLETED,
        version=Version(part["version"]),
        cipher=part["cipher"],
        chain=tuple(read_certificate(der, own) for der in kept),
        chain_total=len(part["chain"]),
    )
    staple = bytes.fromhex(part["staple"]) if part["staple"] else None
    # SSLyze does not hand out the timestamps of the handshake; those in the certificate are there.
    return _Shake(facts, Given(staple=staple, staple_asked=True, scts=()))


def _der(pem: str) -> bytes:
    """The bytes as sent: nothing is parsed, so nothing malformed is refused here."""
    lines = pem.strip().splitlines()
    return base64.b64decode("".join(lines[1:-1]))


async def _vouched(
    visit: Visit, shake: _Shake, vouching: Vouching, now: datetime
) -> Handshake | NotCaptured:
    if isinstance(shake.facts, NotCaptured):
        return shake.facts
    return await vouch(visit, shake.facts, shake.given, vouching, now)


def _others(
    handshake: Handshake | NotCaptured, beside: Iterable[Handshake | NotCaptured]
) -> tuple[Handshake, ...]:
    """Of the further handshakes those with another certificate than the first."""
    seen = (
        {handshake.chain[0].sha256}
        if isinstance(handshake, Handshake) and handshake.chain
        else set()
    )
    found = []
    for shake in beside:
        if isinstance(shake, Handshake) and shake.chain and shake.chain[0].sha256 not in seen:
            seen.add(shake.chain[0].sha256)
            found.append(shake)
    return tuple(found)
