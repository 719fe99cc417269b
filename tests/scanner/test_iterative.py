"""The way from the root to a zone: bounded, shared, guarded, and never an accusation where our own line fails."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.delegation import Closed, Listing, SoaReply
from scanner.authority import Authorities, Endpoint
from scanner.budget import Failed
from scanner.iterative import (
    SERVERS_ASKED,
    Iterative,
    built_in_hints,
    read_hints,
    read_port_map,
)
from scanner.politeness import Pace
from scanner.resolver import Resolver
from scanner.resolver import Server as Asked
from tests.scanner.builders import NODATA, budget, hosts, permission, says_nothing
from tests.scanner.servers import Answering, NameScript, naming

ROOT, CHILD, OTHER = "192.0.2.1", "192.0.2.2", "192.0.2.3"
HINTS = {"a.goc.thu": (ROOT,)}


def holds(kind: str, *records: str, recursion: bool = False) -> Answering:
    """An answer with authority; no record is NODATA."""

    def reply(query: dns.message.Message, _: bool) -> dns.message.Message:
        made = dns.message.make_response(query, recursion_available=recursion)
        made.flags |= dns.flags.AA
        if records:
            name = query.question[0].name
            made.answer.append(dns.rrset.from_text(name, 300, "IN", kind, *records))
        return made

    return reply


def refers(zone: str, server: str, *addresses: str) -> Answering:
    """A referral with glue."""

    def reply(query: dns.message.Message, _: bool) -> dns.message.Message:
        made = dns.message.make_response(query)
        made.authority.append(dns.rrset.from_text(f"{zone}.", 300, "IN", "NS", f"{server}."))
        if addresses:
            made.additional.append(dns.rrset.from_text(f"{server}.", 300, "IN", "A", *addresses))
        return made

    return reply


def denies(query: dns.message.Message, _: bool) -> dns.message.Message:
    """NXDOMAIN with authority."""
    made = dns.message.make_response(query)
    made.flags |= dns.flags.AA
    made.set_rcode(dns.rcode.NXDOMAIN)
    return made


def refuses(query: dns.message.Message, _: bool) -> dns.message.Message:
    """REFUSED."""
    made = dns.message.make_response(query)
    made.set_rcode(dns.rcode.REFUSED)
    return made


GOOD_ROOT = {
    (".", "NS"): holds("NS", "a.goc.thu."),
    (".", "SOA"): holds("SOA", "a. b. 1 2 3 4 5"),
    ("vn", "NS"): refers("vn", "ns.dangky.vn", CHILD),
}
GOOD_CHILD = {
    ("truong.vn", "NS"): refers("truong.vn", "ns1.truong.vn", OTHER),
    ("www.truong.vn", "NS"): holds("NS"),
}


def script(answers: Mapping[tuple[str, str], Answering], rest: Answering = denies) -> NameScript:
    """A server that holds something."""
    return NameScript(answers, rest)


@contextlib.asynccontextmanager
async def walker(
    resolving: NameScript | None = None, **servers: NameScript
) -> AsyncIterator[Iterative]:
    """An iterative resolver whose root, child and other servers are played."""
    async with contextlib.AsyncExitStack() as stack:
        ports: dict[Endpoint, Endpoint] = {}
        for name, address in (("root", ROOT), ("child", CHILD), ("other", OTHER)):
            if name in servers:
                port = await stack.enter_async_context(naming(servers[name]))
                ports[address, 53] = ("127.0.0.1", port)
        found = await stack.enter_async_context(naming(resolving or NameScript({}, NODATA)))
        resolver = Resolver((Asked("127.0.0.1", found),), (0.5,))
        stack.push_async_callback(resolver.aclose)
        allowed = permission(*(port for _, port in ports.values()))
        authorities = Authorities(Pace(allowed, allow_private=True), ports, try_s=(0.2, 0.2))
        stack.push_async_callback(authorities.aclose)
        yield Iterative(authorities, resolver, HINTS)


async def test_down_to_the_zone() -> None:
    """One question a label, and the zone above tells servers and glue."""
    root, child = script(GOOD_ROOT), script(GOOD_CHILD)
    async with walker(root=root, child=child, other=script({}, holds("NS"))) as iterative:
        way = await iterative.find("www.truong.vn", budget())
    assert (way.cut.zone, way.cut.parent, way.cut.listing) == ("truong.vn", "vn", Listing.PARENT)
    assert way.cut.servers == ("ns1.truong.vn",)
    assert way.cut.glue == {"ns1.truong.vn": (OTHER,)}
    assert way.exists
    assert iterative.authorities.asked == 4


async def test_askers_share_a_question() -> None:
    """Root, vn and what lies between are asked once per run."""
    root, child = script(GOOD_ROOT), script(GOOD_CHILD)
    child.delay_s = 0.05
    async with walker(root=root, child=child, other=script({}, holds("NS"))) as iterative:
        await asyncio.gather(*(iterative.find("www.truong.vn", budget()) for _ in range(20)))
    assert root.asked == {(".", "NS"): 1, ("vn", "NS"): 1}
    assert child.asked == {("truong.vn", "NS"): 1}


@pytest.mark.parametrize(
    "root",
    [
        pytest.param(script({}, says_nothing), id="silent"),
        pytest.param(script({}, refuses), id="refuses-to-be-a-root"),
        pytest.param(
            script({}, holds("NS", "a.goc.thu.", recursion=True)), id="somebody-in-between"
        ),
        pytest.param(script({}, holds("NS")), id="knows-no-root"),
    ],
)
async def test_our_own_line(root: NameScript) -> None:
    """Without a root server that answers as one, nothing is concluded; and it is found out once."""
    async with walker(root=root) as iterative:
        for _ in range(2):
            with pytest.raises(Failed) as failed:
                await iterative.find("truong.vn", budget())
            assert failed.value.missing.cause is Cause.PORT_BLOCKED
    assert root.asked[".", "NS"] <= 2


async def test_nobody_may_be_asked() -> None:
    """The guard holds: an address that is not mapped is not public, and gets no packet."""
    async with walker() as iterative:
        with pytest.raises(Failed) as failed:
            await iterative.find("truong.vn", budget())
        assert failed.value.missing.cause is Cause.PORT_BLOCKED
        assert iterative.authorities.asked == 0
        look = await iterative.soa(OTHER, "truong.vn", budget())
    assert isinstance(look, NotCaptured)
    assert look.cause is Cause.BLOCKED_ADDRESS


@pytest.mark.parametrize(
    ("child", "cause"),
    [
        pytest.param(script({}, refuses), Cause.DNS_REFUSED, id="lame"),
        pytest.param(script({}, refers("vn", "ns.dangky.vn", CHILD)), Cause.DNS_REFUSED, id="to-itself"),
        pytest.param(script({}, refers("", "a.goc.thu", ROOT)), Cause.DNS_REFUSED, id="upward"),
        pytest.param(script({}, refers("khac.vn", "ns.khac.vn", OTHER)), Cause.DNS_REFUSED, id="sideways"),
        pytest.param(script({}, says_nothing), Cause.DNS_TIMEOUT, id="silent"),
    ],
)  # fmt: skip
async def test_a_registry_that_is_no_help(child: NameScript, cause: Cause) -> None:
    """It ends soon, with the cause, at the last zone that is known."""
    async with walker(root=script(GOOD_ROOT), child=child) as iterative:
        way = await iterative.find("truong.vn", budget())
    assert (way.cut.zone, way.exists) == ("vn", None)
    assert way.missing is not None
    assert way.missing.cause is cause
    assert child.asked.total() <= SERVERS_ASKED


async def test_another_server_where_one_is_silent() -> None:
    """The second address of a zone's server answers; from then on it comes first."""
    root = script(GOOD_ROOT | {("vn", "NS"): refers("vn", "ns.dangky.vn", OTHER, CHILD)})
    child = script({("truong.vn", "NS"): holds("NS"), ("khac.vn", "NS"): holds("NS")})
    other = script({}, refuses)
    async with walker(root=root, child=child, other=other) as iterative:
        for name in ("truong.vn", "khac.vn"):
            way = await iterative.find(name, budget())
            assert (way.cut.zone, way.exists) == ("vn", True)


async def test_a_name_that_is_gone() -> None:
    """A name between may be denied by an old server: the host's own answer counts."""
    child = script({("a.b.vn", "NS"): holds("NS")})
    async with walker(root=script(GOOD_ROOT), child=child) as iterative:
        assert (await iterative.find("a.b.vn", budget())).exists is True
        assert (await iterative.find("khong.b.vn", budget())).exists is False


async def test_servers_without_glue() -> None:
    """Names elsewhere are found by the operator's resolver; those inside the zone cannot be found at all."""
    child = script({("truong.vn", "NS"): holds("NS", "ns1.truong.vn.")})
    root = script(GOOD_ROOT | {("vn", "NS"): refers("vn", "ns.dangky.net")})
    async with walker(hosts("ns.dangky.net", address=CHILD), root=root, child=child) as iterative:
        way = await iterative.find("truong.vn", budget())
        # The registry's server holds this zone too, and shows nothing of what it lists.
        assert (way.cut.zone, way.cut.listing) == ("truong.vn", Listing.ZONE)
    inside = script(GOOD_ROOT | {("vn", "NS"): refers("vn", "ns.dangky.vn")})
    async with walker(hosts("ns.dangky.vn", address=CHILD), root=inside, child=child) as iterative:
        way = await iterative.find("truong.vn", budget())
        assert (way.cut.zone, way.exists) == ("vn", None)


async def test_questions_are_bounded() -> None:
    """A name of many labels ends with the site's allowance; the next site is not hindered by that."""
    deep = ".".join(["a"] * 40) + ".vn"
    child = script({}, holds("NS"))
    async with walker(root=script(GOOD_ROOT), child=child) as iterative:
        spend = budget(server_questions=10)
        with contextlib.suppress(Failed):
            way = await iterative.find(deep, spend)
            assert way.missing is not None
            assert way.missing.cause is Cause.BUDGET_EVENTS
        assert spend.server_questions == 10
        assert (await iterative.find(deep, budget())).exists


async def test_silence_over_tcp_is_held_against_our_line_first() -> None:
    """Only where a root server answers over TCP does a server's silence count as its own."""
    quiet = script({}, says_nothing)
    tcpless = script({(".", "SOA"): says_nothing})
    for root, cause in ((script(GOOD_ROOT), Cause.DNS_TIMEOUT), (tcpless, Cause.PORT_BLOCKED)):
        async with walker(root=root, child=quiet) as iterative:
            look = await iterative.soa(CHILD, "truong.vn", budget(), tcp=True)
            assert isinstance(look, NotCaptured)
            assert look.cause is cause


async def test_what_one_server_says() -> None:
    """Serial, authority, EDNS; a closed port is seen, twice."""
    child = script({("truong.vn", "SOA"): holds("SOA", "a. b. 77 2 3 4 5")})
    async with walker(child=child) as iterative:
        look = await iterative.soa(CHILD, "truong.vn", budget())
        assert look == SoaReply(
            rcode="NOERROR", authoritative=True, truncated=False, edns=True, serial=77
        )
        place = iterative.authorities.ports[CHILD, 53]
    ports = {(CHILD, 53): place}
    closed = Authorities(Pace(permission(place[1]), allow_private=True), ports, try_s=(0.2, 0.2))
    try:
        assert await closed.soa(CHILD, "truong.vn", budget(), tcp=False) == Closed(port="closed")
        assert await closed.soa(CHILD, "truong.vn", budget(), tcp=True) == Closed(port="closed")
        assert await closed.hands_out(CHILD, "truong.vn", budget()) is False
        assert await closed.recurses(CHILD, budget()) is False
    finally:
        await closed.aclose()


async def test_an_address_over_ipv6_without_ipv6() -> None:
    """Ours, not the server's."""
    authorities = Authorities(Pace(permission(53), allow_private=False))
    look = await authorities.soa("2606:4700::1", "truong.vn", budget(), tcp=False)
    assert isinstance(look, NotCaptured)
    assert look.cause is Cause.SCANNER_LACKS_IPV6
    assert authorities.asked == 0


def test_the_built_in_root() -> None:
    """Thirteen servers, each with one address of either kind."""
    hints = built_in_hints()
    assert len(hints) == 13
    assert {tuple(":" in address for address in found) for found in hints.values()} == {
        (False, True)
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", {}, id="empty"),
        pytest.param("; a remark\n. 3600000 NS a.goc.\n", {}, id="names-alone"),
        pytest.param("A.Goc. 1 A 192.0.2.1\na.goc. 1 AAAA 2001:DB8::1", {"a.goc": ("192.0.2.1", "2001:db8::1")}, id="both"),
        pytest.param("a.goc. 1 AAAA 192.0.2.1", "line 1", id="wrong-kind"),
        pytest.param("\na.goc. 192.0.2.1", "line 2", id="too-short"),
    ],
)  # fmt: skip
def test_hints(text: str, expected: dict[str, tuple[str, ...]] | str) -> None:
    """Lines as IANA publishes them; a bad one is named."""
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=expected):
            read_hints(text)
    else:
        assert read_hints(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("# a remark\n\n", {}, id="empty"),
        pytest.param("192.0.2.53:53 = 127.0.0.1:5300", {("192.0.2.53", 53): ("127.0.0.1", 5300)}, id="ipv4"),
        pytest.param("[2001:db8::53]:53=[::1]:5300 # six", {("2001:db8::53", 53): ("::1", 5300)}, id="ipv6"),
        pytest.param("192.0.2.53:53", "line 1", id="half"),
        pytest.param("ns1:53 = 127.0.0.1:5300", "line 1", id="a-name"),
        pytest.param("192.0.2.53:53 = 127.0.0.1:0", "line 1", id="no-port"),
    ],
)  # fmt: skip
def test_port_maps(text: str, expected: dict[Endpoint, Endpoint] | str) -> None:
    """Addresses alone, no names; a bad line is named."""
    if isinstance(expected, str):
        with pytest.raises(ValueError, match=expected):
            read_port_map(text)
    else:
        assert read_port_map(text) == expected
