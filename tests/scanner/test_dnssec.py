"""The validator before servers that strip, forge, fail or stay silent: nobody is accused of what others do."""

import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.dnssec import Dnssec, State, Validated, Why
from scanner.budget import Allowance, Budget, Failed
from scanner.clock import now
from scanner.dnssec.anchors import anchors_from_text, shipped_anchors
from scanner.dnssec.asking import AskingServers
from scanner.dnssec.chain import Validator
from scanner.dnssec.look import validation_by
from scanner.practice.names import NameServer
from scanner.practice.site import Naming, Signing
from scanner.practice.stats import Stats
from scanner.practice.zones import Zone, soa
from scanner.probes.dnssec import look_dnssec
from scanner.resolver import Server
from tests.scanner.builders import HOST, NODATA, door, site, visiting
from tests.scanner.servers import NameScript, Reply, naming

Change = Callable[[dns.message.Message, dns.message.Message], Reply]
SCHOOLS = {HOST: Signing.SIGNED, "chua-ky.edu.vn": Signing.NONE}


def zones() -> list[Zone]:
    """A signed school and an unsigned one."""
    return [
        Zone(
            origin,
            {
                (origin, "SOA"): (soa(origin),),
                (origin, "NS"): (f"ns1.{origin}.",),
                (origin, "A"): ("127.0.0.1",),
            },
            Naming.NORMAL,
            signing=signing,
        )
        for origin, signing in SCHOOLS.items()
    ]


def through(names: NameServer, change: Change) -> NameScript:
    """The practice name server behind one that changes its replies."""

    def reply(query: dns.message.Message, tcp: bool) -> Reply:
        wire = names.answer(query.to_wire(), tcp=True)
        assert wire is not None
        return change(query, dns.message.from_wire(wire))

    return NameScript({}, reply)


def as_it_is(_: dns.message.Message, reply: dns.message.Message) -> Reply:
    """An honest one."""
    return reply


def without(*kinds: str, at: str = "") -> Change:
    """Records of these types are dropped, of one name where one is given."""
    dropped = {dns.rdatatype.from_text(kind) for kind in kinds}

    def change(query: dns.message.Message, reply: dns.message.Message) -> Reply:
        name = query.question[0].name.to_text()
        if not at or name == at:
            for section in (reply.answer, reply.authority):
                section[:] = [rrset for rrset in section if rrset.rdtype not in dropped]
        return reply

    return change


def fails(code: dns.rcode.Rcode, at: str, kind: str) -> Change:
    """One question fails."""

    def change(query: dns.message.Message, reply: dns.message.Message) -> Reply:
        question = query.question[0]
        if (question.name.to_text(), question.rdtype.name) == (at, kind):
            failed = dns.message.make_response(query)
            failed.set_rcode(code)
            return failed
        return reply

    return change


@contextlib.asynccontextmanager
async def asked(*changes: Change) -> AsyncIterator[tuple[tuple[Server, ...], str]]:
    """Servers that change replies, one for each, and the trust anchor."""
    names = NameServer(zones(), Stats(), now())
    async with contextlib.AsyncExitStack() as stack:
        ports = [
            await stack.enter_async_context(naming(through(names, change))) for change in changes
        ]
        yield tuple(Server("127.0.0.1", port) for port in ports), names.trust_anchor


async def look(*changes: Change, host: str = HOST) -> Dnssec:
    """What two validators say through these servers."""
    async with asked(*changes) as (servers, anchor):
        validation = validation_by(servers, anchors_from_text(anchor, "tests"))
        try:
            return await validation.validators.look(host, None, Budget(Allowance()))
        finally:
            await validation.aclose()


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        pytest.param(without("RRSIG"), Cause.SCANNER_CANNOT, id="strips-signatures"),
        pytest.param(without("NSEC"), Cause.SCANNER_CANNOT, id="strips-proofs"),
        pytest.param(without("DNSKEY"), Cause.SCANNER_CANNOT, id="strips-keys"),
        pytest.param(fails(dns.rcode.SERVFAIL, ".", "DNSKEY"), Cause.DNS_SERVFAIL, id="servfail"),
        pytest.param(fails(dns.rcode.REFUSED, f"{HOST}.", "A"), Cause.DNS_REFUSED, id="refuses"),
        pytest.param(
            fails(dns.rcode.SERVFAIL, f"{HOST}.", "DNSKEY"), Cause.DNS_SERVFAIL, id="keys-fail"
        ),
        pytest.param(lambda *_: b"\x00" * 5, Cause.DNS_TIMEOUT, id="garbage"),
        pytest.param(lambda *_: None, Cause.DNS_TIMEOUT, id="silence"),
    ],
)
async def test_what_the_resolver_does_is_not_the_schools_fault(
    change: Change, cause: Cause
) -> None:
    """Nothing is concluded, and why is said."""
    seen = await look(change)
    assert isinstance(seen.a, NotCaptured)
    assert seen.a.cause is cause


@pytest.mark.parametrize("host", SCHOOLS)
async def test_an_honest_resolver(host: str) -> None:
    """Secure or insecure, seen once."""
    seen = await look(as_it_is, host=host)
    wanted = State.SECURE if SCHOOLS[host] is Signing.SIGNED else State.INSECURE
    assert isinstance(seen.a, Validated)
    assert (seen.a.state, seen.confirmed) == (wanted, True)
    assert seen.cuts[0].zone == ""
    assert [cut.zone for cut in seen.cuts][1:3] == ["vn", "edu.vn"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(without("RRSIG", at=f"{HOST}."), Why.MISSING_SIGNATURE, id="signatures"),
        pytest.param(without("DNSKEY", at=f"{HOST}."), Why.NO_DNSKEY, id="keys"),
    ],
)
async def test_what_both_servers_say_is_bogus(change: Change, why: Why) -> None:
    """Seen twice, the second time from the start."""
    seen = await look(change, change)
    assert isinstance(seen.a, Validated)
    assert (seen.a.state, seen.a.why, seen.confirmed) == (State.BOGUS, why, True)


async def test_what_only_one_server_says_is_not_believed() -> None:
    """The other one's look stands."""
    seen = await look(without("RRSIG", at=f"{HOST}."), as_it_is)
    assert isinstance(seen.a, Validated)
    assert (seen.a.state, seen.confirmed) == (State.SECURE, True)


async def test_a_missing_proof_of_a_missing_ds_record() -> None:
    """An unsigned school whose parent's word is withheld looks forged, to everybody."""
    seen = await look(without("NSEC", at="chua-ky.edu.vn."), host="chua-ky.edu.vn")
    assert isinstance(seen.a, Validated)
    assert (seen.a.state, seen.a.why, seen.a.zone) == (
        State.BOGUS,
        Why.MISSING_PROOF,
        "chua-ky.edu.vn",
    )


@pytest.mark.parametrize(
    ("ahead", "state"),
    [
        pytest.param(timedelta(0), State.SECURE, id="now"),
        pytest.param(timedelta(days=40), None, id="in-forty-days"),
        pytest.param(timedelta(days=-40), None, id="forty-days-ago"),
    ],
)
async def test_a_wrong_clock_is_ours(ahead: timedelta, state: State | None) -> None:
    """Where the root's own signature is not valid, time is wrong with us."""
    async with asked(as_it_is) as (servers, anchor):
        asking = AskingServers(servers)
        validator = Validator(asking, anchors_from_text(anchor, "tests"), lambda: now() + ahead)
        try:
            if state is None:
                with pytest.raises(Failed) as failed:
                    await validator.validate(HOST, "A", Budget(Allowance()))
                assert failed.value.missing.cause is Cause.LOCAL_CLOCK_WRONG
            else:
                seen, _ = await validator.validate(HOST, "A", Budget(Allowance()))
                assert seen.state is state
        finally:
            await asking.aclose()


async def test_questions_that_a_site_has_left() -> None:
    """Its own budget ends its own look, and no other's."""
    async with asked(as_it_is) as (servers, anchor):
        asking = AskingServers(servers)
        validator = Validator(asking, anchors_from_text(anchor, "tests"), now)
        try:
            with pytest.raises(Failed) as failed:
                await validator.validate(HOST, "A", Budget(Allowance(questions=3)))
            assert failed.value.missing.cause is Cause.BUDGET_EVENTS
            seen, _ = await validator.validate(HOST, "A", Budget(Allowance()))
            assert seen.state is State.SECURE
        finally:
            await asking.aclose()


async def test_the_look_of_a_site() -> None:
    """With nothing to validate with, that is what is said."""
    async with visiting(site(443, 80), NameScript({}, NODATA), door()) as visit:
        visit.tools.validators = None
        with pytest.raises(Failed) as failed:
            await look_dnssec(visit)
        assert failed.value.missing.cause is Cause.NOT_ENABLED
        async with asked(as_it_is) as (servers, anchor):
            validation = validation_by(servers, anchors_from_text(anchor, "tests"))
            visit.tools.validators = validation.validators
            seen = await look_dnssec(visit)
            await validation.aclose()
    assert (seen.host, seen.registrable) == (HOST, HOST)


def test_the_shipped_anchors() -> None:
    """IANA's two keys of the root."""
    anchors = shipped_anchors()
    assert [ds.key_tag for ds in anchors.ds] == [20326, 38696]
    assert anchors.named == "KSK-2017 KSK-2024 (2026-11-22)"


def test_anchors_of_a_file() -> None:
    """DS and DNSKEY lines, with whatever stands before and after."""
    key = (
        ". 172800 IN DNSKEY 257 3 8 AwEAAaz/tAm8yTn4Mfeh5eyI96WSVexTBAvkMgJzkKTOiW1vkIbzxeF3+/4RgWOq7HrxRixHlFlExOLAJr5emLvN"
        "7SWXgnLh4+B5xQlNVz8Og8kvArMtNROxVQuCaSnIDdD5LKyWbRd2n9WGe2R8PzgCmr3EgVLrjyBxWezF0jLHwVN8efS3rCj/EWgvIWgb9tarpVUDK"
        "/b58Da+sqqls3eNbuv7pr+eoZG+SrDK6nWeL3c6H5Apxz7LjVc1uTIdsIXxuOLYA4/ilBmSVIzuDWfdRUfhHdY6+cn8HFRm+2hM8AnXGXws9555Kr"
        "UB5qihylGa8subX2Nn6UwNR1AkUTV74bU= ; keytag 20326"
    )
    text = f"; the root\n\n{key}\n. IN DS {shipped_anchors().ds[1]}\n"
    assert anchors_from_text(text, "x").ds == shipped_anchors().ds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "; nothing\n",
        "vn. IN DS 1 8 2 00",
        ". IN DS 1 8 2 zz",
        ". IN A 192.0.2.1",
        ". IN DNSKEY 257 3 8 !",
        ". IN DS",
    ],
)
def test_anchors_that_are_none(text: str) -> None:
    """Refused, with the line."""
    with pytest.raises(ValueError, match=r"line \d|no trust anchor"):
        anchors_from_text(text, "x")
