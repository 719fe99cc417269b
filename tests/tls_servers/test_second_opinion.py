"""SSLyze against the same truth, and against our look: no difference but those that the decision note explains."""

import asyncio
import os
import re
from collections.abc import Mapping, Sequence

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import Acceptance, Offer, Tls, Version
from scanner.budget import Failed
from scanner.clock import monotonic_s, now
from scanner.door import SeenRefused
from scanner.probes.tls.path import Paths, store_from_pem
from scanner.probes.tls.second_opinion import offer_of, second_look
from scanner.probes.tls.vouching import Vouching
from scanner.sslyze_worker import Question, Told, ask, asked, installed
from scanner.visit import Target, Visit
from tests.cli.command import HOME
from tests.scanner.builders import HOST, budget, door, hosts, site, tools_for, visiting
from tests.scanner.servers import closed_port, drips, serving
from tests.tls_servers import scripted
from tests.tls_servers.compare import differences
from tests.tls_servers.fleet import Fleet, Place

pytestmark = [
    pytest.mark.nginx,
    pytest.mark.skipif(not installed(), reason="SSLyze is not installed: it is an extra"),
]

_WHOLE = os.environ.get("TINNHIEM_SSLYZE_EVERYWHERE") == "1"
_PATIENCE_S = 10 if _WHOLE else 2
"""A server with large primes answers late while a hundred others are asked."""
SEEN_BY_SSLYZE = ("version", "suites", "primes", "trait")
NEVER_ASKED = ("alpn", "tickets")
NO_HANDSHAKE = re.compile(
    r"^(curve-(secp(160|224|256)|sect|prime192|brainpool)|null-suites$|lite-null$|lite-dhe-own-512$)"
)
"""Servers on which SSLyze completes no handshake, so that it says nothing at all."""
EACH_OF_A_KIND = (
    "versions-10", "versions-11", "versions-12", "versions-13", "versions-10-12",
    "key-rsa2048-ec256-ed25519-dsa", "key-ed25519", "curve-X25519", "curve-sect163k1", "dhe-own-1024",
    "mozilla-old", "everything-old", "everything-new", "anonymous", "no-extended-master-secret",
    "lite-ssl3", "lite-ssl3-to-tls12", "lite-3des", "lite-anonymous", "lite-dhe-own-512", "hybrid-all",
)  # fmt: skip
"""Those asked by default: 600 connections to each take long.  TINNHIEM_SSLYZE_EVERYWHERE=1 asks all."""
# Where SSLyze sees less than is true; docs/decisions/tls-second-opinion.md says why, with the bytes.
EXPLAINED = {
    "anonymous Camellia of TLS 1.2": re.compile("TLS 1.2: overlooked 00BF 00C5$"),
    "EdDSA and X25519 alone below TLS 1.3": re.compile("older OpenSSL was refused"),
    "NULL and anonymous suites for extended master secret": re.compile(
        "^extended_master_secret: not captured .*(NoCiphersAvailable|DH key too small)"
    ),
    "primes under 768 bits": re.compile(r"^primes \[\]"),
    "a server that sends no answer": re.compile("^early_data_bytes: not captured"),
}


@pytest.fixture(scope="module")
def told(fleet: Fleet) -> Mapping[str, Offer]:
    """What SSLyze says of the servers that complete handshakes."""
    scripts = {server.name for server in scripted.SERVERS}
    places = [
        place
        for name, place in fleet.places.items()
        if name not in scripts and (_WHOLE or name in EACH_OF_A_KIND)
    ]
    return asyncio.run(_asked_all(places))


async def _asked_all(places: Sequence[Place]) -> dict[str, Offer]:
    turns = asyncio.Semaphore(3)

    async def one(place: Place) -> Offer:
        async with turns:
            question = Question("tls", HOST, "127.0.0.1", place.port, _PATIENCE_S, 0.0)
            said = await ask(question, 30.0 * _PATIENCE_S)
        handshake = NotCaptured(cause=Cause.NOT_RUN)
        return offer_of(said, Target(HOST, "127.0.0.1", place.port), handshake, ())

    offers = await asyncio.gather(*(one(place) for place in places))
    return {place.name: offer for place, offer in zip(places, offers, strict=True)}


@pytest.mark.heavy
def test_sslyze_agrees_where_it_can_see(fleet: Fleet, told: Mapping[str, Offer]) -> None:
    """Every version and suite; what it leaves out is on the list above."""
    table = [
        f"{name}: {line}"
        for name, offer in told.items()
        for line in differences(fleet.places[name].truth, offer, SEEN_BY_SSLYZE)
        if not line.startswith(NEVER_ASKED) and not _explained(name, line)
    ]
    assert not table, "\n".join(["", *table])


def _explained(name: str, line: str) -> bool:
    if NO_HANDSHAKE.match(name):
        return "not captured" in line
    return any(pattern.search(line) for pattern in EXPLAINED.values())


@pytest.mark.heavy
def test_groups_that_sslyze_names_are_true(fleet: Fleet, told: Mapping[str, Offer]) -> None:
    """It overlooks some and says that it may; it never invents one."""
    invented = [
        f"{name}: {line}"
        for name, offer in told.items()
        for line in differences(fleet.places[name].truth, offer, ("groups",))
        if "not accepted" in line
    ]
    assert invented == []


async def test_the_same_evidence_comes_out(fleet: Fleet) -> None:
    """The whole look through the door: handshake, path, both certificates, and who looked."""
    place = fleet.places["key-rsa2048-ec256"]
    seen = await _second_look(fleet, place.port)
    (offer,) = seen.offers
    assert offer.looked_with.startswith("sslyze 6.")
    assert offer.versions[Version.TLS12] is Acceptance.ACCEPTED
    assert not isinstance(offer.handshake, NotCaptured)
    assert offer.handshake.chain_total == 2
    kinds = {shake.chain[0].key_kind for shake in (offer.handshake, *offer.beside)}
    assert kinds == {"RSA", "EC"}


async def _second_look(fleet: Fleet, port: int, deadline_s: float = 60.0) -> Tls:
    store = store_from_pem(fleet.trust_pem, "fleet", "2026-11-22")
    vouching = Vouching(Paths((store,)), fetching=False)
    async with tools_for(hosts(HOST), door(port)) as tools:
        visit = Visit(site(port, 1), tools, budget(wall_s=60.0))
        try:
            return await second_look(visit, vouching, now(), deadline_s=deadline_s)
        finally:
            await visit.close()
            await vouching.aclose()


async def test_a_server_that_drips_costs_the_deadline_and_no_more(fleet: Fleet) -> None:
    """SSLyze alone never came back from such a server; its child is killed."""
    async with serving(drips(b"\x16\x03\x03\x00\x7a\x02", 0.3)) as server:
        started = monotonic_s()
        seen = await _second_look(fleet, server.port, deadline_s=3.0)
    assert monotonic_s() - started < 8.0
    (offer,) = seen.offers
    assert {_cause(said) for said in offer.versions.values()} == {Cause.DEADLINE}
    assert _cause(offer.traits) is Cause.DEADLINE
    assert _cause(offer.handshake) is Cause.DEADLINE


async def test_a_closed_port_is_told_without_sslyze() -> None:
    """The door looks first."""
    with closed_port() as port:
        async with visiting(site(port, 1), hosts(HOST), door(port, controls=())) as visit:
            with pytest.raises((SeenRefused, Failed)):
                await asked(visit, Target(HOST, "127.0.0.1", port), "tls", 5.0)


async def test_an_address_outside_the_permission_is_not_asked() -> None:
    """SSLyze opens its own connections, so the guard of the door comes before it."""
    async with visiting(site(443, 1), hosts(HOST), door(443)) as visit:
        with pytest.raises(Failed) as stopped:
            await asked(visit, Target(HOST, "127.0.0.1", 8443), "tls", 5.0)
    assert stopped.value.missing.cause is Cause.NOT_PERMITTED


def test_nothing_of_sslyze_is_imported_by_the_scanner() -> None:
    """It stands in one module, and there only inside functions of the child."""
    importing = re.compile(r"^(from|import) (sslyze|nassl)\b", re.MULTILINE)
    found = [
        str(path.relative_to(HOME))
        for path in (HOME / "scanner").rglob("*.py")
        if importing.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def _cause(said: object) -> Cause | None:
    return said.cause if isinstance(said, NotCaptured) else None


def test_a_child_that_dies_is_told_as_our_fault() -> None:
    """What it had said by then still counts; the rest is not captured."""
    died = NotCaptured(cause=Cause.INTERNAL_ERROR, detail="SSLyze's child ended with -11")
    told = Told(
        (
            {
                "part": "suites", "version": "TLS 1.2", "accepted": [["AES128-SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"]],
                "refused": 1, "failed": [], "primes": [], "unseen_primes": 0,
            },
        ),
        died,
    )  # fmt: skip
    offer = offer_of(told, Target(HOST, "127.0.0.1", 443), died, ())
    assert offer.versions[Version.TLS12] is Acceptance.ACCEPTED
    assert _cause(offer.versions[Version.TLS13]) is Cause.INTERNAL_ERROR
    assert _cause(offer.key_exchange) is Cause.INTERNAL_ERROR
