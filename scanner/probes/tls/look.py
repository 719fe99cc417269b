"""The TLS look: on every address a full handshake, all questions by hello, and who vouches for what was shown."""

import asyncio
from datetime import datetime
from enum import StrEnum

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Look
from checks.evidence.tls import Handshake, HandshakeState, Offer, Tls, Version
from checks.parsing.suites import suite
from scanner.budget import Failed
from scanner.certificates import read_certificate
from scanner.probes.tls.conclusions import Shown
from scanner.probes.tls.questions import Asker
from scanner.probes.tls.survey import survey
from scanner.probes.tls.vouching import Given, Vouching, vouch
from scanner.visit import Target, Visit

BESIDE_KEPT = 3
_NOTHING_GIVEN = Given(staple=None, staple_asked=False, scts=())


class Depth(StrEnum):
    """How much is asked."""

    FULL = "full"
    BRIEF = "brief"
    """Only what decides the criteria."""


async def look_tls(
    visit: Visit, vouching: Vouching, now: datetime, depth: Depth = Depth.FULL
) -> Tls:
    """Look at every address of the host, then at the twin's first one.  ``Failed`` where there is no address."""
    site = visit.site
    found, _ = await visit.all_addresses(site.host)
    addresses = await visit.addresses(site.host)
    offers, twin, tlsa = await asyncio.gather(
        asyncio.gather(
            *(
                _offer(visit, vouching, now, Target(site.host, a, site.https_port), depth)
                for a in addresses
            )
        ),
        _twin_offers(visit, vouching, now),
        _tlsa(visit),
    )
    return Tls(offers=tuple(offers), twin_offers=twin, addresses_total=len(found), tlsa=tlsa)


async def _tlsa(visit: Visit) -> Look:
    site = visit.site
    name = f"_{site.https_port}._tcp.{site.host}"
    return await visit.tools.resolver.look(name, "TLSA", visit.budget)


async def _twin_offers(visit: Visit, vouching: Vouching, now: datetime) -> tuple[Offer, ...]:
    """The certificate under the twin's name; versions belong to the address, which the host has shown."""
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
        Offer(host=twin, address=addresses[0], port=target.port, handshake=handshake, versions={}),
    )


async def _offer(
    visit: Visit, vouching: Vouching, now: datetime, target: Target, depth: Depth
) -> Offer:
    handshake = await visit.handshake(target)
    nothing = Offer(
        host=target.host,
        address=target.address,
        port=target.port,
        handshake=handshake,
        versions={},
    )
    if isinstance(handshake, NotCaptured) and handshake.cause not in _WORTH_A_HELLO:
        # A silent address costs one limit, not one per version.
        return nothing.model_copy(
            update={
                "versions": dict.fromkeys(Version, handshake),
                "key_exchange": handshake,
                "traits": handshake,
            }
        )
    if isinstance(handshake, Handshake) and handshake.state is not HandshakeState.COMPLETED:
        return nothing
    found = await survey(Asker(visit, target), handshake, brief=depth is Depth.BRIEF)
    given, others = _sorted_out(handshake, found.shown)
    if isinstance(handshake, Handshake):
        handshake = await vouch(visit, handshake, given, vouching, now)
    beside = [
        await vouch(visit, _as_handshake(visit, one), _given(one), vouching, now)
        for one in others[:BESIDE_KEPT]
    ]
    return nothing.model_copy(
        update={
            "handshake": handshake,
            "beside": tuple(beside),
            "versions": found.versions,
            "suites": found.suites,
            "key_exchange": found.key_exchange,
            "traits": found.traits,
        }
    )


_WORTH_A_HELLO = frozenset(
    {
        Cause.TLS_ALERT,
        Cause.TLS_PROTOCOL,
        Cause.SCANNER_CANNOT,
        Cause.CERT_MALFORMED,
        Cause.CLIENT_CERT_REQUIRED,
        Cause.CLOSED_EARLY,
        Cause.RESET,
    }
)


def _sorted_out(
    handshake: Handshake | NotCaptured, shown: tuple[Shown, ...]
) -> tuple[Given, list[Shown]]:
    """What came with the full handshake's own certificate, and the chains of other certificates."""
    if isinstance(handshake, NotCaptured) or not handshake.chain:
        return _NOTHING_GIVEN, list(shown)
    own = handshake.chain[0].sha256
    given = next((_given(one) for one in shown if one.leaf_sha256 == own), _NOTHING_GIVEN)
    return given, [one for one in shown if one.leaf_sha256 != own]


def _given(shown: Shown) -> Given:
    return Given(staple=shown.staple, staple_asked=shown.staple_asked, scts=shown.scts)


def _as_handshake(visit: Visit, shown: Shown) -> Handshake:
    """A certificate that other suites bring out, told like the full handshake's."""
    chosen = suite(shown.suite)
    own = (visit.site.host, visit.site.twin)
    return Handshake(
        state=HandshakeState.COMPLETED,
        version=shown.version,
        cipher=(chosen.openssl or chosen.name) if chosen else None,
        chain=tuple(read_certificate(der, own) for der in shown.chain),
        chain_total=shown.chain_total,
    )
