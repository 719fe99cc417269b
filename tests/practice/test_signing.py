"""The practice zones are really signed: our validator, told their root alone, finds what each was planted with."""

import datetime as dt
from collections.abc import AsyncIterator

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.dnssec import Dnssec, State, Validated, Why
from checks.evidence.names import Said
from scanner.budget import Allowance, Budget
from scanner.clock import now
from scanner.dnssec.anchors import anchors_from_text, shipped_anchors
from scanner.dnssec.look import Validation, validation_by
from scanner.practice.names import NameServer
from scanner.practice.site import Naming, Signing
from scanner.practice.stats import Stats
from scanner.practice.zones import Zone, soa
from scanner.resolver import Server

PLANTED: dict[str, tuple[Signing, Naming]] = {
    "ky.edu.vn": (Signing.SIGNED, Naming.NORMAL),
    "dao.edu.vn": (Signing.NO_DS, Naming.NORMAL),
    "het-han.edu.vn": (Signing.EXPIRED, Naming.BOGUS),
    "sai-ds.edu.vn": (Signing.WRONG_DS, Naming.BOGUS),
    "chua-ky.edu.vn": (Signing.NONE, Naming.NORMAL),
    "truong.com": (Signing.SIGNED, Naming.NORMAL),
    "het.edu.vn": (Signing.NONE, Naming.NXDOMAIN),
    "cut.edu.vn": (Signing.SIGNED, Naming.TRUNCATED),
    "hong.edu.vn": (Signing.NONE, Naming.SERVFAIL),
}


def zone(origin: str) -> Zone:
    """One school's zone."""
    signing, naming = PLANTED[origin]
    records: dict[tuple[str, str], tuple[str, ...]] = {
        (origin, "SOA"): (soa(origin),),
        (origin, "NS"): (f"ns1.{origin}.",),
        (origin, "A"): ("127.0.0.1",),
        (f"bi-danh.{origin}", "CNAME"): (f"{origin}.",),
        (f"ns1.{origin}", "A"): ("192.0.2.53",),
    }
    return Zone(origin, records, naming, signing=signing)


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    """The zones, served."""
    names = NameServer([zone(origin) for origin in PLANTED], Stats(), now())
    await names.start()
    try:
        yield names
    finally:
        await names.stop()


async def look(names: NameServer, host: str, anchor: str = "") -> Dnssec:
    """One host, validated from the practice root."""
    anchors = anchors_from_text(anchor or names.trust_anchor, "practice")
    validation: Validation = validation_by((Server("127.0.0.1", names.port),), anchors)
    try:
        return await validation.validators.look(host, None, Budget(Allowance()))
    finally:
        await validation.aclose()


@pytest.mark.parametrize(
    ("host", "state", "why"),
    [
        ("ky.edu.vn", State.SECURE, None),
        ("bi-danh.ky.edu.vn", State.SECURE, None),
        ("ns1.ky.edu.vn", State.SECURE, None),
        ("khong-co.ky.edu.vn", State.SECURE, None),
        ("truong.com", State.SECURE, None),
        ("cut.edu.vn", State.SECURE, None),
        ("het.edu.vn", State.SECURE, None),
        ("dao.edu.vn", State.INSECURE, Why.NO_DS),
        ("chua-ky.edu.vn", State.INSECURE, Why.NO_DS),
        ("het-han.edu.vn", State.BOGUS, Why.EXPIRED),
        ("sai-ds.edu.vn", State.BOGUS, Why.WRONG_DS),
    ],
)
async def test_what_was_planted(
    server: NameServer, host: str, state: State, why: Why | None
) -> None:
    """Both kinds of address, and a fault twice seen."""
    seen = await look(server, host)
    for answer in (seen.a, seen.aaaa):
        assert isinstance(answer, Validated)
        assert (answer.state, answer.why) == (state, why)
    assert seen.confirmed


async def test_an_island_is_found(server: NameServer) -> None:
    """With the DS record that is missing."""
    assert (await look(server, "dao.edu.vn")).island != ()
    assert (await look(server, "chua-ky.edu.vn")).island == ()


async def test_a_name_that_is_not_there(server: NameServer) -> None:
    """Its parent proves it."""
    seen = await look(server, "het.edu.vn")
    assert isinstance(seen.a, Validated)
    assert (seen.a.said, seen.a.zone, seen.a.registry) == (Said.NXDOMAIN, "edu.vn", True)


async def test_a_broken_server_and_another_root(server: NameServer) -> None:
    """Neither is the school's fault."""
    broken = await look(server, "hong.edu.vn")
    assert isinstance(broken.a, NotCaptured)
    assert broken.a.cause is Cause.DNS_SERVFAIL
    other = f". IN DS {shipped_anchors().ds[0]}"
    foreign = await look(server, "ky.edu.vn", other)
    assert isinstance(foreign.a, NotCaptured)
    assert foreign.a.cause is Cause.SCANNER_CANNOT


async def test_questions_are_few(server: NameServer) -> None:
    """The zones above the schools are asked once per run; a school costs at most ten questions more."""
    anchors = anchors_from_text(server.trust_anchor, "practice")
    validation = validation_by((Server("127.0.0.1", server.port),), anchors)
    budgets = [Budget(Allowance()) for _ in range(2)]
    try:
        for host, budget in zip(("chua-ky.edu.vn", "ky.edu.vn"), budgets, strict=True):
            await validation.validators.look(host, None, budget)
    finally:
        await validation.aclose()
    assert budgets[0].questions <= 6 + 10
    assert budgets[1].questions <= 5


async def test_signatures_of_yesterday() -> None:
    """A fleet that began long ago would have a wrong clock, and so would we."""
    names = NameServer([zone("ky.edu.vn")], Stats(), now() - dt.timedelta(days=60))
    await names.start()
    try:
        seen = await look(names, "ky.edu.vn")
    finally:
        await names.stop()
    assert isinstance(seen.a, NotCaptured)
    assert seen.a.cause is Cause.LOCAL_CLOCK_WRONG
