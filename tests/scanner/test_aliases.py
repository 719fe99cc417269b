"""Names that point elsewhere, asked of a scripted name server: what is asked, and what is kept."""

from collections.abc import Mapping

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from checks.evidence.aliases import RANDOM, Aliases, Points
from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Lookup, Said
from checks.rules.aliases import no_dangling_alias, wildcard_understood
from inventory.model import Site
from scanner.probes.aliases import look_aliases
from scanner.visit import Visit
from tests.builders.web import ask
from tests.scanner.builders import (
    HOST,
    NODATA,
    NXDOMAIN,
    SERVFAIL,
    TWIN,
    budget,
    door,
    says_nothing,
    says_records,
    site,
    tools_for,
)
from tests.scanner.servers import Answering, NameScript

Answers = Mapping[tuple[str, str], Answering]
MX, NS = f"mail.{HOST}", f"ns1.{HOST}"
HEALTHY: Answers = {
    (HOST, "SOA"): says_records("SOA", f"{NS}. a.{HOST}. 1 2 3 4 5"),
    (HOST, "A"): says_records("A", "192.0.2.1"),
    (TWIN, "A"): says_records("A", "192.0.2.1"),
    (HOST, "NS"): says_records("NS", f"{NS}."),
    (HOST, "MX"): says_records("MX", f"10 {MX}."),
    (MX, "A"): says_records("A", "192.0.2.2"),
    (NS, "A"): says_records("A", "192.0.2.3"),
}


def leads(*names: str, then: str = "") -> Answering:
    """Aliases, one after another; the last has an address, or does not exist."""

    def reply(query: dns.message.Message, _: bool) -> dns.message.Message:
        made = dns.message.make_response(query, recursion_available=True)
        at = query.question[0].name.to_text()
        for name in names:
            made.answer.append(dns.rrset.from_text(at, 300, "IN", "CNAME", f"{name}."))
            at = f"{name}."
        if then:
            made.answer.append(dns.rrset.from_text(at, 300, "IN", "A", then))
        else:
            made.set_rcode(dns.rcode.NXDOMAIN)
        return made

    return reply


def bogus(query: dns.message.Message, _: bool) -> dns.message.Message:
    """SERVFAIL, and an answer once checking is off."""
    made = dns.message.make_response(query, recursion_available=True)
    if query.flags & dns.flags.CD:
        made.answer.append(dns.rrset.from_text(query.question[0].name, 300, "IN", "A", "192.0.2.9"))
    else:
        made.set_rcode(dns.rcode.SERVFAIL)
    return made


def script(changed: Answers | None = None, rest: Answering = NXDOMAIN) -> NameScript:
    """The healthy zone with some answers changed."""
    return NameScript({**HEALTHY, **(changed or {})}, rest)


async def looked(
    names: NameScript,
    of: Site | None = None,
    try_s: tuple[float, ...] = (0.3, 0.3),
    **allowance: float,
) -> Aliases:
    """What is seen; the permission covers the school and its names."""
    async with tools_for(names, door(443), try_s=try_s) as tools:
        visit = Visit(of or site(443, 80), tools, budget(**allowance))
        try:
            return await look_aliases(visit)
        finally:
            await visit.close()


def sibling(name: str) -> str:
    """A name below ours."""
    return f"{name}.{HOST}"


async def test_a_healthy_zone() -> None:
    """Each of our names is asked once, and each target; a made-up label under the zone."""
    names = script()
    found = await looked(names)
    assert [(t.owner, t.by, t.name) for t in found.targets] == [
        (HOST, Points.NS, NS),
        (HOST, Points.MX, MX),
    ]
    assert [asked.name for asked in found.wildcard] == [f"{RANDOM}.{HOST}"] * 2
    made_up = {name for name, _ in names.asked if name.startswith("tinnhiem-")}
    assert len(made_up) == 1
    assert not any(label.partition(".")[0] in found.model_dump_json() for label in made_up)
    # NXDOMAIN is confirmed once and holds for every type.
    assert sum(names.asked.values()) == 5 + 2 + 2
    assert ask(no_dangling_alias, found, of=site(443, 80)).outcome == "met"
    assert ask(wildcard_understood, found, of=site(443, 80)).outcome == "met"


async def test_two_runs_give_the_same_evidence() -> None:
    """Whatever label is made up, and wherever an answer repeats it."""
    star: list[Aliases] = []
    for _ in range(2):
        names = script(
            rest=lambda q, t: leads(
                f"{q.question[0].name.labels[0].decode()}.x.vn", then="192.0.2.5"
            )(q, t)
        )
        star.append(await looked(names))
    assert star[0] == star[1]
    assert isinstance(star[0].wildcard[0].look, Lookup)
    assert star[0].wildcard[0].look.aliases == (f"{RANDOM}.x.vn",)


OLD, PARENT = "truong.dichvucu.com", "dichvucu.com"


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({(TWIN, "A"): leads(OLD)}, "not-met", "registrable", id="twin-alias-for-sale"),
        pytest.param(
            {(TWIN, "A"): leads(OLD), (PARENT, "SOA"): says_records("SOA", "a. b. 1 2 3 4 5")},
            "not-met",
            "gone",
            id="twin-alias-gone",
        ),
        pytest.param(
            {(TWIN, "A"): leads(OLD), (PARENT, "SOA"): NODATA},
            "not-met",
            "gone",
            id="parent-nodata",
        ),
        pytest.param(
            {(TWIN, "A"): leads(OLD), (PARENT, "SOA"): SERVFAIL},
            "not-met",
            "gone",
            id="parent-servfail",
        ),
        pytest.param({(HOST, "A"): leads(OLD)}, "not-met", "registrable", id="host-alias-for-sale"),
        pytest.param(
            {(TWIN, "A"): leads("a.x.com", OLD), ("a.x.com", "A"): leads(OLD)},
            "not-met",
            "registrable",
            id="second-hop",
        ),
        pytest.param(
            {
                (TWIN, "A"): leads("a.x.com", "b.x.com", then="192.0.2.8"),
                ("a.x.com", "A"): leads("b.x.com", then="192.0.2.8"),
                ("b.x.com", "A"): says_records("A", "192.0.2.8"),
            },
            "met",
            "",
            id="two-hops-that-exist",
        ),
        pytest.param(
            {(TWIN, "A"): leads(OLD), (OLD, "A"): NODATA},
            "met",
            "",
            id="the-server-changed-its-mind",
        ),
        pytest.param(
            {(TWIN, "A"): leads(OLD), (OLD, "A"): says_nothing},
            "not-tested",
            "",
            id="target-silent",
        ),
        pytest.param(
            {(TWIN, "A"): leads(OLD), (OLD, "A"): SERVFAIL}, "not-tested", "", id="target-servfail"
        ),
        pytest.param({(TWIN, "A"): leads(OLD), (OLD, "A"): bogus}, "met", "", id="target-bogus"),
        pytest.param({(TWIN, "A"): leads(TWIN)}, "not-tested", "", id="alias-of-itself"),
        pytest.param({(TWIN, "A"): NXDOMAIN}, "met", "", id="no-twin"),
        pytest.param({(TWIN, "A"): NODATA}, "met", "", id="twin-nodata"),
        pytest.param({(TWIN, "A"): SERVFAIL}, "not-tested", "", id="twin-servfail"),
        pytest.param({(TWIN, "A"): says_nothing}, "not-tested", "", id="twin-silent"),
        pytest.param({(HOST, "A"): bogus}, "not-tested", "", id="host-bogus"),
        pytest.param({(MX, "A"): NXDOMAIN}, "not-met", "gone", id="mx-gone"),
        pytest.param({(MX, "A"): NODATA}, "met", "", id="mx-with-ipv6-alone"),
        pytest.param({(MX, "A"): SERVFAIL}, "not-tested", "", id="mx-servfail"),
        pytest.param(
            {(HOST, "MX"): says_records("MX", f"10 {OLD}.")},
            "not-met",
            "registrable",
            id="mx-for-sale",
        ),
        pytest.param(
            {(HOST, "MX"): says_records("MX", f"10 {MX}.", f"20 {OLD}.")},
            "not-met",
            "registrable",
            id="second-mx-for-sale",
        ),
        pytest.param({(HOST, "MX"): says_records("MX", "0 .")}, "met", "", id="null-mx"),
        pytest.param({(HOST, "MX"): NODATA}, "met", "", id="no-mx"),
        pytest.param({(HOST, "MX"): SERVFAIL}, "not-tested", "", id="mx-not-told"),
        pytest.param({(NS, "A"): NXDOMAIN}, "not-met", "gone", id="ns-gone"),
        pytest.param(
            {(HOST, "NS"): says_records("NS", f"ns.{PARENT}.")},
            "not-met",
            "registrable",
            id="ns-for-sale",
        ),
        pytest.param(
            {(HOST, "NS"): says_records("NS", "ns.noi-bo.local.")},
            "not-met",
            "gone",
            id="ns-inside",
        ),
        pytest.param({(HOST, "NS"): says_nothing}, "not-tested", "", id="ns-silent"),
        pytest.param(
            {(HOST, "NS"): says_nothing, (TWIN, "A"): leads(OLD)},
            "not-met",
            "registrable",
            id="one-that-is-gone-decides",
        ),
        pytest.param(
            {
                (TWIN, "A"): leads("x.azurewebsites.net"),
                ("azurewebsites.net", "SOA"): says_records("SOA", "a. b. 1 2 3 4 5"),
            },
            "not-met",
            "claimable",
            id="azure",
        ),
    ],
)
async def test_targets(changed: Answers, outcome: str, reason: str) -> None:
    """From the wire to the answer."""
    found = await looked(script(changed), lookup_s=1.5)
    said = ask(no_dangling_alias, found, of=site(443, 80))
    assert (said.outcome, said.reason) == (outcome, reason)


async def test_a_twin_without_leave_is_not_asked_for() -> None:
    """A look outside the permission is not made, and leaves nothing open."""
    names = script()
    async with tools_for(names, door(443, hosts=(HOST,))) as tools:
        visit = Visit(site(443, 80), tools, budget())
        found = await look_aliases(visit)
        await visit.close()
    assert (TWIN, "A") not in names.asked
    assert ask(no_dangling_alias, found, of=site(443, 80)).outcome == "met"


async def test_a_host_below_its_zone_and_a_mail_domain() -> None:
    """Host, zone and mail domain are all asked, and a label under each of the first two."""
    host = sibling("sub")
    of = site(443, 80, host).model_copy(update={"mail_domain": "thu.vn"})
    names = script(
        {
            (host, "A"): says_records("A", "192.0.2.1"),
            ("thu.vn", "MX"): says_records("MX", f"5 {OLD}."),
        }
    )
    found = await looked(names, of)
    assert {asked.name for asked in found.wildcard} == {f"{RANDOM}.{HOST}", f"{RANDOM}.{host}"}
    assert ("thu.vn", Points.MX, OLD) in [(t.owner, t.by, t.name) for t in found.targets]


async def test_a_name_that_does_not_exist() -> None:
    """Nothing to ask: no false comfort, no accusation."""
    found = await looked(NameScript({}, NXDOMAIN))
    for check in (no_dangling_alias, wildcard_understood):
        assert ask(check, found, of=site(443, 80)).outcome == "not-applicable"


async def test_a_silent_name_server() -> None:
    """Every look has its cause."""
    found = await looked(NameScript({}, says_nothing), lookup_s=1)
    looks = [found.zone.look, *(asked.look for asked in (*found.asked, *found.wildcard))]
    assert all(isinstance(look, NotCaptured) for look in looks)
    for check in (no_dangling_alias, wildcard_understood):
        said = ask(check, found, of=site(443, 80))
        assert (said.outcome, said.cause) == ("not-tested", Cause.DNS_TIMEOUT)


async def test_a_thousand_exchangers() -> None:
    """Thirty are asked for, and that there are more is kept."""
    whole = says_records("MX", *(f"10 mx{n}.{HOST}." for n in range(1000)))

    def many(query: dns.message.Message, tcp: bool) -> dns.message.Message:
        if tcp:
            said = whole(query, tcp)
            assert isinstance(said, dns.message.Message)
            return said
        cut = dns.message.make_response(query, recursion_available=True)
        cut.flags |= dns.flags.TC
        return cut

    names = script({(HOST, "MX"): many}, says_records("A", "192.0.2.4"))
    # So long a reply takes its time on a busy machine.
    found = await looked(names, try_s=(5.0, 5.0), questions=60)
    assert len(found.targets) == 30
    assert found.targets_total == 101
    said = ask(no_dangling_alias, found, of=site(443, 80))
    assert (said.outcome, said.cause) == ("not-tested", Cause.BUDGET_EVENTS)


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        pytest.param(NODATA, Said.NODATA, id="nodata"),
        pytest.param(NXDOMAIN, Said.NXDOMAIN, id="nxdomain"),
        pytest.param(says_records("A", "192.0.2.6"), Said.FOUND, id="wildcard"),
    ],
)
async def test_made_up_names(rest: Answering, said: Said) -> None:
    """Only an address, an alias or a text is an answer."""
    found = await looked(script(rest=rest))
    first = found.wildcard[0].look
    assert isinstance(first, Lookup)
    assert first.said is said
    outcome = ask(wildcard_understood, found, of=site(443, 80)).outcome
    assert outcome == ("needs-review" if said is Said.FOUND else "met")
