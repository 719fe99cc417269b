"""The resolver, against a name server that does as it is told."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Look, Lookup, Said
from scanner.budget import Budget
from scanner.resolver import Resolver, Server, system_servers
from tests.scanner.builders import (
    HOST,
    NODATA,
    NXDOMAIN,
    SERVFAIL,
    budget,
    closed_server,
    says_code,
    says_nothing,
    says_records,
)
from tests.scanner.servers import Answering, NameScript, naming

QUICK = (0.15, 0.15)


async def ask(
    answers: Mapping[tuple[str, str], Answering],
    name: str = HOST,
    type_: str = "A",
    *,
    second: Answering | None = None,
    try_s: tuple[float, ...] = (2.0, 2.0),
    spend: Budget | None = None,
) -> tuple[Look, NameScript]:
    """One look, at one server or two, and what the first was asked."""
    first, other = NameScript(answers, NXDOMAIN), NameScript({}, second or NXDOMAIN)
    async with naming(first) as port, naming(other) as other_port:
        servers = [Server("127.0.0.1", port)]
        if second is not None:
            servers.append(Server("127.0.0.1", other_port))
        async with aclosing(Resolver(tuple(servers), try_s=try_s)) as resolver:
            look = await resolver.look(name, type_, spend or budget(lookup_s=8.0, wall_s=20.0))
    return look, first


def asking(port: int) -> aclosing[Resolver]:
    """A resolver that asks this port, closed in the end."""
    return aclosing(Resolver((Server("127.0.0.1", port),)))


def chain(*steps: tuple[str, str], end: str = "") -> Answering:
    """A CNAME chain in one answer, with an address at the end."""

    def reply(query: dns.message.Message, _: bool) -> dns.message.Message:
        made = dns.message.make_response(query, recursion_available=True)
        for name, target in steps:
            made.answer.append(dns.rrset.from_text(f"{name}.", 300, "IN", "CNAME", f"{target}."))
        if end:
            made.answer.append(dns.rrset.from_text(f"{steps[-1][1]}.", 300, "IN", "A", end))
        return made

    return reply


def bogus(query: dns.message.Message, _: bool) -> dns.message.Message:
    """SERVFAIL with a reason, until checking is switched off."""
    made = dns.message.make_response(query, recursion_available=True)
    if query.flags & dns.flags.CD:
        made.answer.append(dns.rrset.from_text(f"{HOST}.", 300, "IN", "A", "203.0.113.9"))
    else:
        made.set_rcode(dns.rcode.SERVFAIL)
        made.use_edns(
            0, options=[dns.edns.EDEOption(dns.edns.EDECode.DNSSEC_BOGUS, "no signature")]
        )
    return made


def whole_over_tcp(query: dns.message.Message, tcp: bool) -> dns.message.Message:
    """Truncated over UDP."""
    made = dns.message.make_response(query, recursion_available=True)
    if tcp:
        texts = [f'"{n} {"x" * 200}"' for n in range(30)]
        made.answer.append(dns.rrset.from_text(f"{HOST}.", 300, "IN", "TXT", *texts))
    else:
        made.flags |= dns.flags.TC
    return made


def truncated_then_silent(query: dns.message.Message, tcp: bool) -> dns.message.Message | None:
    """Truncated over UDP, silent over TCP."""
    return None if tcp else whole_over_tcp(query, tcp)


@pytest.mark.parametrize(
    ("kind", "records", "shown"),
    [
        ("A", ("203.0.113.9", "203.0.113.10"), ("203.0.113.10", "203.0.113.9")),
        ("MX", ("10 mx.example.org.",), ("10 mx.example.org.",)),
        ("NS", ("NS1.Example.ORG.",), ("ns1.example.org",)),
        ("TXT", ('"v=spf1 " "-all"',), ("v=spf1 -all",)),
        ("TXT", ('"\\255\\254 caf\\195\\169"',), ("\ufffd\ufffd café",)),
        ("CAA", ('0 issue "letsencrypt.org"',), ('0 issue "letsencrypt.org"',)),
    ],
)
async def test_found(kind: str, records: tuple[str, ...], shown: tuple[str, ...]) -> None:
    """Sorted, in presentation format; strings of one TXT record joined."""
    look, script = await ask({(HOST, kind): says_records(kind, *records)}, type_=kind)
    assert isinstance(look, Lookup)
    assert (look.said, look.records, look.total) == (Said.FOUND, shown, len(records))
    assert script.asked[HOST, kind] == 1


async def test_the_empty_answer() -> None:
    """The name exists, not with this type; one question is enough."""
    look, script = await ask({(HOST, "A"): NODATA})
    assert isinstance(look, Lookup)
    assert (look.said, script.asked[HOST, "A"]) == (Said.NODATA, 1)


async def test_a_name_that_does_not_exist_is_asked_twice() -> None:
    """With one server: twice there."""
    look, script = await ask({})
    assert isinstance(look, Lookup)
    assert (look.said, script.asked[HOST, "A"]) == (Said.NXDOMAIN, 2)


async def test_a_guess_is_asked_once_and_proves_nothing_to_others() -> None:
    """Whoever wants to be sure asks anew, twice."""
    script = NameScript({}, NXDOMAIN)
    async with naming(script) as port:
        resolver = Resolver((Server("127.0.0.1", port),), (1.5, 1.5))
        guess = await resolver.look(HOST, "TXT", budget(), twice=False)
        assert (guess, script.asked[HOST, "TXT"]) == (
            await resolver.look(HOST, "TXT", budget(), twice=False),
            1,
        )
        sure = await resolver.look(HOST, "TXT", budget())
        await resolver.aclose()
    assert isinstance(guess, Lookup)
    assert isinstance(sure, Lookup)
    assert guess.said is sure.said is Said.NXDOMAIN
    assert script.asked[HOST, "TXT"] == 3


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        pytest.param(NXDOMAIN, NXDOMAIN, Said.NXDOMAIN, id="agree"),
        pytest.param(NXDOMAIN, says_records("A", "203.0.113.9"), Said.FOUND, id="disagree"),
        pytest.param(NXDOMAIN, NODATA, Said.NODATA, id="disagree-empty"),
        pytest.param(NXDOMAIN, SERVFAIL, Cause.DNS_SERVFAIL, id="second-fails"),
        pytest.param(NXDOMAIN, says_nothing, Cause.DNS_TIMEOUT, id="second-silent"),
        pytest.param(SERVFAIL, says_records("A", "203.0.113.9"), Said.FOUND, id="first-fails"),
        pytest.param(SERVFAIL, SERVFAIL, Cause.DNS_SERVFAIL, id="both-fail"),
        pytest.param(SERVFAIL, bogus, Said.BOGUS, id="bogus"),
        pytest.param(bogus, bogus, Said.BOGUS, id="bogus-twice"),
        pytest.param(bogus, NXDOMAIN, Said.NXDOMAIN, id="bogus-then-gone"),
        pytest.param(
            says_code(dns.rcode.REFUSED),
            says_code(dns.rcode.REFUSED),
            Cause.DNS_REFUSED,
            id="refused",
        ),
        pytest.param(
            says_code(dns.rcode.NOTIMP),
            says_code(dns.rcode.NOTIMP),
            Cause.DNS_SERVFAIL,
            id="notimp",
        ),
        pytest.param(says_nothing, says_nothing, Cause.DNS_TIMEOUT, id="silent"),
        pytest.param(lambda *_: b"xx", lambda *_: b"xx", Cause.DNS_TIMEOUT, id="two-bytes"),
        pytest.param(
            lambda *_: bytes(range(256)), lambda *_: b"\xc0" * 40, Cause.DNS_TIMEOUT, id="garbage"
        ),
        pytest.param(
            truncated_then_silent,
            truncated_then_silent,
            Cause.DNS_TIMEOUT,
            id="truncated-then-silent",
        ),
    ],
)
async def test_two_servers(first: Answering, second: Answering, said: Said | Cause) -> None:
    """The four kinds of "no", and the kinds of silence, kept apart."""
    try_s = QUICK if said is Cause.DNS_TIMEOUT else (2.0, 2.0)
    look, _ = await ask({(HOST, "A"): first}, second=second, try_s=try_s)
    assert (look.cause if isinstance(look, NotCaptured) else look.said) is said


async def test_servfail_tells_its_reason() -> None:
    """The extended error is for the annex."""

    def why(query: dns.message.Message, _: bool) -> dns.message.Message:
        made = dns.message.make_response(query)
        made.set_rcode(dns.rcode.SERVFAIL)
        made.use_edns(
            0,
            options=[
                dns.edns.EDEOption(
                    dns.edns.EDECode.NO_REACHABLE_AUTHORITY, "no reachable authority"
                )
            ],
        )
        return made

    look, _script = await ask({(HOST, "A"): why})
    assert isinstance(look, NotCaptured)
    assert "no reachable authority" in look.detail


async def test_truncation_goes_to_tcp() -> None:
    """And everything is counted that came."""
    look, script = await ask({(HOST, "TXT"): whole_over_tcp}, type_="TXT")
    assert isinstance(look, Lookup)
    assert (look.total, script.over_tcp) == (30, 1)


async def test_an_answer_over_tcp_that_is_no_message() -> None:
    """Whatever is wrong with it, it is a cause."""

    def spoilt(query: dns.message.Message, tcp: bool) -> dns.message.Message | bytes:
        return b"\x00" * 20 if tcp else whole_over_tcp(query, tcp)

    look, _ = await ask({(HOST, "A"): spoilt})
    assert isinstance(look, NotCaptured)
    assert look.cause is Cause.DNS_TIMEOUT


async def test_many_records() -> None:
    """A hundred are kept, all are counted."""
    records = [f"10.1.{n // 200}.{n % 200}" for n in range(120)]

    def many(query: dns.message.Message, tcp: bool) -> dns.message.Message:
        if not tcp:
            return whole_over_tcp(query, tcp)
        return says_records("A", *records)(query, tcp)  # type: ignore[return-value]

    look, _ = await ask({(HOST, "A"): many})
    assert isinstance(look, Lookup)
    assert (len(look.records), look.total) == (100, 120)


async def test_aliases() -> None:
    """The chain in order, the address at its end."""
    steps = ((HOST, "a.example.org"), ("a.example.org", "b.example.org"))
    look, _ = await ask({(HOST, "A"): chain(*steps, end="203.0.113.9")})
    assert isinstance(look, Lookup)
    assert look.aliases == ("a.example.org", "b.example.org")
    assert look.records == ("203.0.113.9",)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param(((HOST, HOST),), id="to-itself"),
        pytest.param(((HOST, "a.example"), ("a.example", HOST)), id="in-a-circle"),
        pytest.param(((HOST, "a.example"), ("a.example", "a.example")), id="tail-in-a-circle"),
        pytest.param(
            ((HOST, "n0.example"), *((f"n{n}.example", f"n{n + 1}.example") for n in range(12))),
            id="no-end",
        ),
    ],
)
async def test_aliases_without_an_end(steps: tuple[tuple[str, str], ...]) -> None:
    """A loop is a cause, never "no record"."""
    look, _ = await ask({(HOST, "A"): chain(*steps)})
    assert isinstance(look, NotCaptured)
    assert look.cause is Cause.DNS_LOOP


async def test_an_alias_asked_for_is_an_answer() -> None:
    """CNAME as the question."""
    look, _ = await ask({(HOST, "CNAME"): chain((HOST, "a.example.org"))}, type_="CNAME")
    assert isinstance(look, Lookup)
    assert look.records == ("a.example.org.",)


async def test_one_question_for_all() -> None:
    """Concurrent looks, any case, with or without the dot; and afterwards from memory."""
    script = NameScript({(HOST, "A"): says_records("A", "203.0.113.9")}, NXDOMAIN)
    async with naming(script) as port, asking(port) as resolver:
        spellings = (HOST, HOST.upper(), f"{HOST}.")
        found = await asyncio.gather(*(resolver.look(n, "A", budget()) for n in spellings * 5))
        found.append(await resolver.look(HOST, "A", budget()))
    assert len({look.records for look in found if isinstance(look, Lookup)}) == 1
    assert sum(script.asked.values()) == resolver.asked == 1


async def test_a_cancelled_look_poisons_nothing() -> None:
    """Who shared the question asks it anew, and so does who comes later."""
    script = NameScript({(HOST, "A"): says_records("A", "203.0.113.9")}, NXDOMAIN)
    script.delay_s = 0.05
    async with naming(script) as port, asking(port) as resolver:
        first = asyncio.create_task(resolver.look(HOST, "A", budget()))
        await asyncio.sleep(0)
        shared = asyncio.create_task(resolver.look(HOST, "A", budget()))
        await asyncio.sleep(0.01)
        first.cancel()
        assert isinstance(await shared, Lookup)
        assert isinstance(await resolver.look(HOST, "A", budget()), Lookup)
        with pytest.raises(asyncio.CancelledError):
            await first


@pytest.mark.parametrize(
    ("spent", "cause"),
    [
        pytest.param({"questions": 0}, Cause.BUDGET_EVENTS, id="questions"),
        pytest.param({"wall_s": 0.0}, Cause.DEADLINE, id="seconds"),
        pytest.param({"wall_s": 0.03}, Cause.DEADLINE, id="seconds-run-out"),
    ],
)
async def test_a_spent_budget_is_nobody_elses(spent: dict[str, float], cause: Cause) -> None:
    """The school that asked first may be at its end; the others still get an answer."""
    script = NameScript({(HOST, "A"): says_records("A", "203.0.113.9")}, NXDOMAIN)
    script.delay_s = 0.06
    async with naming(script) as port, asking(port) as resolver:
        spends = (budget(**spent), budget(), budget())
        poor, *rich = await asyncio.gather(*(resolver.look(HOST, "A", one) for one in spends))
    assert isinstance(poor, NotCaptured)
    assert poor.cause is cause
    assert all(isinstance(look, Lookup) for look in rich)


async def test_a_look_ends_at_its_limit() -> None:
    """Silence costs the look-up's seconds, not the tries of every server."""
    spend = budget(lookup_s=0.1)
    async with asyncio.timeout(1.5):
        look, _ = await ask({(HOST, "A"): says_nothing}, spend=spend)
    assert isinstance(look, NotCaptured)
    assert look.cause is Cause.DNS_TIMEOUT


async def test_questions_are_counted() -> None:
    """Two for a name that is gone."""
    spend = budget()
    await ask({}, spend=spend)
    assert spend.questions == 2


async def test_no_server_there() -> None:
    """A closed port of the operator's own resolver."""
    with closed_server() as server:
        async with aclosing(Resolver((server,), try_s=QUICK)) as resolver:
            look = await resolver.look(HOST, "A", budget())
    assert isinstance(look, NotCaptured)
    assert look.cause is Cause.DNS_TIMEOUT


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=80) | st.from_regex(r"[a-z.\\]{0,300}", fullmatch=True))
def test_no_name_makes_it_raise(name: str) -> None:
    """Names come out of other people's records."""

    async def look() -> Look:
        with closed_server() as server:
            async with aclosing(Resolver((server,), try_s=(0.001,))) as resolver:
                return await resolver.look(name, "TXT", budget())

    assert isinstance(asyncio.run(look()), NotCaptured)


def test_the_servers_of_this_machine() -> None:
    """Read, not asked."""
    assert all(server.port == 53 for server in system_servers())
