"""Our look against the truth of every server: no difference."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from checks.evidence.base import NotCaptured
from checks.evidence.certificates import Path, Revocation, RevocationState
from checks.evidence.tls import Handshake, Offer
from scanner.clock import now
from scanner.door import Door
from scanner.probes.tls.look import look_tls
from scanner.probes.tls.path import Paths, store_from_pem
from scanner.probes.tls.vouching import Vouching
from scanner.visit import Visit
from tests.scanner.builders import HOST, budget, door, hosts, site, tools_for
from tests.tls_servers.compare import differences
from tests.tls_servers.fleet import Fleet, Place, truths
from tests.tls_servers.truth import Truth

pytestmark = [pytest.mark.nginx, pytest.mark.xdist_group("tls-servers")]

AT_ONCE = 8
LEAST = 60


@pytest.fixture(scope="module")
def offers(fleet: Fleet) -> Mapping[str, Offer]:
    """What a look at each server showed, each looked at once."""
    return asyncio.run(looked_at(fleet, tuple(fleet.places.values())))


async def looked_at(fleet: Fleet, places: Sequence[Place]) -> dict[str, Offer]:
    """One look per server, several servers at once, as a run would."""
    through = _door(places, fleet.crl_port)
    paths = Paths((store_from_pem(fleet.trust_pem, "fleet", "2026-11-22"),))
    vouching = Vouching(paths)
    turns = asyncio.Semaphore(AT_ONCE)

    async with tools_for(hosts(HOST), through) as tools:

        async def look(place: Place) -> Offer:
            async with turns:
                visit = Visit(site(place.port, 1), tools, budget(wall_s=60.0))
                try:
                    seen = await look_tls(visit, vouching, now())
                finally:
                    await visit.close()
                (offer,) = seen.offers
                return offer

        seen = await asyncio.gather(*(look(place) for place in places))
    await vouching.aclose()
    return {place.name: offer for place, offer in zip(places, seen, strict=True)}


def _door(places: Sequence[Place], crl_port: int) -> Door:
    return door(crl_port, *(place.port for place in places), connections_per_address=400)


def test_the_fleet_is_large_enough() -> None:
    """The figure that the claims about agreement rest on."""
    assert len(truths()) >= LEAST


def test_no_difference_from_the_truth(fleet: Fleet, offers: Mapping[str, Offer]) -> None:
    """Versions, suites, order, groups, primes and traits, on every server."""
    table = [
        f"{name}: {line}"
        for name, offer in offers.items()
        for line in differences(fleet.places[name].truth, offer)
    ]
    assert not table, "\n".join(["", *table])


def test_chains_are_seen_as_served(fleet: Fleet, offers: Mapping[str, Offer]) -> None:
    """How many certificates, which path, whether a staple was asked for in the certificate and sent."""
    table = [
        f"{name}: {line}"
        for name, place in _with_paths(fleet)
        for line in _chain(place.truth, offers[name])
    ]
    assert not table, "\n".join(["", *table])


def test_revoked_is_who_stands_on_the_list(fleet: Fleet, offers: Mapping[str, Offer]) -> None:
    """One server alone; its neighbours are good by the same list or a staple, or name nobody to ask."""
    seen = {name: _revocation(offers[name]) for name, place in _with_paths(fleet)}
    assert seen == {name: place.truth.revocation for name, place in _with_paths(fleet)}
    revoked = [name for name, state in seen.items() if state is RevocationState.REVOKED]
    assert revoked == ["chain-revoked"]
    assert seen["chain-listed"] is RevocationState.GOOD


def _with_paths(fleet: Fleet) -> list[tuple[str, Place]]:
    return [(name, place) for name, place in fleet.places.items() if place.truth.path is not None]


def _revocation(offer: Offer) -> RevocationState | NotCaptured | None:
    assert isinstance(offer.handshake, Handshake)
    word = offer.handshake.revocation
    return word.state if isinstance(word, Revocation) else word


def _chain(truth: Truth, offer: Offer) -> list[str]:
    shake = offer.handshake
    if not isinstance(shake, Handshake) or not isinstance(shake.path, Path):
        return [f"no path: {shake}"]
    found = []
    if shake.path.state is not truth.path:
        found.append(f"path {shake.path.state}, is {truth.path}")
    if shake.chain_total != truth.chain_total:
        found.append(f"{shake.chain_total} certificates, are {truth.chain_total}")
    if shake.chain[0].must_staple != truth.must_staple:
        found.append(f"must-staple {shake.chain[0].must_staple}")
    # A hello below TLS 1.2 asks for no staple; where one was promised or sent, it has to be seen.
    asked = not isinstance(shake.staple, NotCaptured) or truth.staple or truth.must_staple
    if asked and (shake.staple is not None) != truth.staple:
        found.append(f"staple {shake.staple}")
    return found
