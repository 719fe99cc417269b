"""Name servers: each fault is named with its place, silence accuses nobody, and what differs is looked at twice."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.delegation import Closed, Glue, Listing
from checks.evidence.names import Said
from checks.judge import AnyCheck
from checks.rules.delegation import (
    nameservers_agree,
    nameservers_answer,
    nameservers_over_ipv6,
    recursion_closed,
    zone_transfer_closed,
)
from checks.spec import Outcome
from tests.builders.network import (
    HOST,
    NS1,
    NS2,
    at_server,
    delegation,
    finding,
    listed_server,
    look,
    missing,
    ns_reply,
    soa_reply,
)

ONE = {"min_servers": 1}
ALL: tuple[tuple[AnyCheck, dict[str, Any]], ...] = (
    (nameservers_answer, {}),
    (nameservers_agree, {}),
    (nameservers_over_ipv6, ONE),
    (zone_transfer_closed, {}),
    (recursion_closed, {}),
)
EACH = pytest.mark.parametrize(("check", "limits"), ALL, ids=[check.id for check, _ in ALL])
CLOSED = Closed(port="closed")
SILENT = NotCaptured(cause=Cause.DNS_TIMEOUT)
REFUSED = soa_reply(rcode="REFUSED", authoritative=False, serial=None)
CUT = soa_reply(authoritative=False, truncated=True, serial=None)


def second(**fields: Any) -> Any:
    """A zone whose second server differs so."""
    return delegation(
        asked=(at_server(NS1, "203.0.113.53"), at_server(NS2, "198.51.100.53", **fields))
    )


@EACH
def test_healthy(check: AnyCheck, limits: dict[str, Any]) -> None:
    """A healthy zone meets every check."""
    assert finding(check, delegation(), limits=limits).outcome is Outcome.MET


@EACH
@pytest.mark.parametrize("cause", Cause)
def test_nothing_stands_in(check: AnyCheck, limits: dict[str, Any], cause: Cause) -> None:
    """Whatever kept us from looking, it is named and nothing is concluded."""
    gone = NotCaptured(cause=cause)
    at = {"udp": gone, "tcp": gone, "ns": gone, "transfer": gone, "recursion": gone}
    unheard = delegation(
        asked=(at_server(NS1, "203.0.113.53", **at), at_server(NS1, "2001:db8::53", **at)),
        servers=(listed_server(NS1, "203.0.113.53", "2001:db8::53"),), servers_total=1,
    )  # fmt: skip
    found = [missing(check, gone, limits), finding(check, unheard, limits=limits)]
    for one in found:
        assert (one.outcome, one.cause) == (Outcome.NOT_TESTED, cause)


@EACH
@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"exists": False}, "no-such-name", id="nxdomain"),
        pytest.param({"own": False, "zone": "edu.vn"}, "suffix-zone", id="directly-in-a-suffix"),
    ],
)
def test_no_zone_of_its_own(
    check: AnyCheck, limits: dict[str, Any], fields: dict[str, Any], reason: str
) -> None:
    """Nobody's zone is nobody's fault."""
    found = finding(check, delegation(servers=(), asked=(), **fields), limits=limits)
    assert (found.outcome, found.reason) == (Outcome.NOT_APPLICABLE, reason)


@EACH
def test_more_servers_than_looked_at(check: AnyCheck, limits: dict[str, Any]) -> None:
    """What was not looked at is open, unless enough was seen (one server over IPv6)."""
    found = finding(check, delegation(servers_total=9), limits=limits)
    enough = check is nameservers_over_ipv6
    assert found.outcome is (Outcome.MET if enough else Outcome.NOT_TESTED)


@EACH
def test_no_address_at_all(check: AnyCheck, limits: dict[str, Any]) -> None:
    """Servers whose addresses could not be found leave everything open."""
    unknown = listed_server(NS1, a=SILENT, aaaa=SILENT)
    found = finding(
        check, delegation(servers=(unknown,), servers_total=1, asked=(), glue=()), limits=limits
    )
    expected = Outcome.NOT_MET if check is nameservers_agree else Outcome.NOT_TESTED
    assert found.outcome is expected


@pytest.mark.parametrize(
    ("fields", "outcome", "reason"),
    [
        pytest.param({"udp": REFUSED, "again": REFUSED}, "not-met", "refused", id="refused"),
        pytest.param({"udp": REFUSED, "again": soa_reply()}, "met", "", id="refused-once"),
        pytest.param({"again": REFUSED}, "met", "", id="refused-only-later"),
        pytest.param(
            {"udp": soa_reply(rcode="SERVFAIL", serial=None)},
            "not-met",
            "server-failure",
            id="servfail",
        ),
        pytest.param(
            {"udp": soa_reply(authoritative=False)},
            "not-met",
            "not-authoritative",
            id="no-authority",
        ),
        pytest.param({"udp": soa_reply(serial=None)}, "not-met", "not-authoritative", id="nodata"),
        pytest.param(
            {"udp": soa_reply(rcode="NXDOMAIN", serial=None)},
            "not-met",
            "not-authoritative",
            id="nxdomain",
        ),
        pytest.param({"udp": CLOSED}, "not-met", "closed", id="closed"),
        pytest.param({"tcp": CLOSED}, "not-met", "tcp-closed", id="tcp-closed"),
        pytest.param({"tcp": REFUSED}, "not-met", "refused", id="tcp-refused"),
        pytest.param({"tcp": SILENT}, "needs-review", "tcp-silent", id="tcp-silent"),
        pytest.param({"udp": SILENT}, "needs-review", "udp-silent", id="udp-silent"),
        pytest.param(
            {"udp": SILENT, "tcp": CLOSED}, "needs-review", "udp-silent", id="half-closed"
        ),
        pytest.param({"udp": SILENT, "tcp": SILENT}, "not-tested", "", id="silent"),
        pytest.param(
            {"tcp": NotCaptured(cause=Cause.PORT_BLOCKED)}, "not-tested", "", id="our-own-line"
        ),
        pytest.param({"udp": CUT}, "met", "", id="cut-short-and-whole-over-tcp"),
        pytest.param({"udp": CUT, "tcp": CLOSED}, "not-met", "tcp-closed", id="cut-short-alone"),
        pytest.param({"udp": soa_reply(edns=False)}, "met", "", id="before-edns"),
    ],
)
def test_answers(fields: dict[str, Any], outcome: str, reason: str) -> None:
    """One address decides, and is named."""
    found = finding(nameservers_answer, second(**fields))
    assert (found.outcome, found.reason) == (outcome, reason)
    if outcome != "met":
        assert found.address == f"{NS2} (198.51.100.53)"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, Outcome.NOT_MET, id="no-record"),
        pytest.param({"a": look(NS2, "A", said=Said.NXDOMAIN)}, Outcome.NOT_MET, id="nxdomain"),
        pytest.param({"a": look(NS2, "A", said=Said.BOGUS)}, Outcome.NOT_TESTED, id="bogus"),
        pytest.param({"aaaa": SILENT}, Outcome.NOT_TESTED, id="timeout"),
        pytest.param({"a": look(NS2, "A", "198.51.100.53")}, Outcome.NOT_TESTED, id="not-asked"),
    ],
)
def test_a_server_without_address(fields: dict[str, Any], expected: Outcome) -> None:
    """Only a name that was seen to lead nowhere is accused."""
    zone = delegation(
        servers=(listed_server(NS1, "203.0.113.53"), listed_server(NS2, **fields)),
        asked=(at_server(NS1, "203.0.113.53"),),
    )
    assert finding(nameservers_answer, zone).outcome is expected


@pytest.mark.parametrize(
    ("fields", "outcome", "reason"),
    [
        pytest.param({"udp": soa_reply(serial=2), "again": soa_reply(serial=2)}, "not-met", "serials-differ", id="serial"),
        pytest.param({"udp": soa_reply(serial=2), "again": soa_reply(serial=3)}, "needs-review", "serials-moving", id="moving"),
        pytest.param({"udp": soa_reply(serial=2), "again": soa_reply()}, "met", "", id="caught-up"),
        pytest.param({"udp": soa_reply(serial=2)}, "needs-review", "serials-moving", id="looked-once"),
        pytest.param({"ns": ns_reply(NS1)}, "not-met", "ns-differ", id="another-set"),
        pytest.param({"ns": SILENT}, "not-tested", "", id="set-not-heard"),
        pytest.param({"ns": CLOSED}, "met", "", id="set-closed"),
        pytest.param({"udp": REFUSED}, "met", "", id="lame-is-set-aside"),
        pytest.param({"udp": CUT}, "met", "", id="over-tcp"),
        pytest.param({"udp": CUT, "tcp": SILENT}, "not-tested", "", id="cut-and-silent"),
        pytest.param({"udp": SILENT, "tcp": SILENT}, "not-tested", "", id="silent"),
    ],
)  # fmt: skip
def test_agree(fields: dict[str, Any], outcome: str, reason: str) -> None:
    """Those that hold the zone are compared; a difference counts that stays."""
    whole = at_server(NS1, "203.0.113.53", again=soa_reply() if "again" in fields else None)
    found = finding(
        nameservers_agree, delegation(asked=(whole, at_server(NS2, "198.51.100.53", **fields)))
    )
    assert (found.outcome, found.reason) == (outcome, reason)


def _glue(**other: tuple[str, ...]) -> tuple[Glue, ...]:
    addresses = {"ns1": ("203.0.113.53",), "ns2": ("198.51.100.53",)} | other
    return tuple(
        Glue(server=f"{name}.{HOST}", addresses=found) for name, found in addresses.items() if found
    )


@pytest.mark.parametrize(
    ("fields", "outcome", "reason"),
    [
        pytest.param({"glue": _glue(ns2=())}, "not-met", "glue-missing", id="missing"),
        pytest.param({"glue": _glue(ns2=("192.0.2.9",))}, "not-met", "glue-differs", id="wrong"),
        pytest.param({"glue": _glue()}, "met", "", id="not-all-of-it"),
        pytest.param({"listed": (NS1,), "listed_total": 1}, "not-met", "parent-differs", id="shorter"),
        pytest.param({"listed": (NS1,), "listed_total": 1, "listing": Listing.ZONE}, "met", "", id="hidden"),
        pytest.param({"listed_total": 20}, "met", "", id="list-too-long-to-compare"),
        pytest.param(
            {"servers": (listed_server(NS1, "203.0.113.53", a=SILENT),), "servers_total": 1},
            "not-tested", "", id="address-not-found-out",
        ),
        pytest.param(
            {"servers": (listed_server("ns.example.org", "192.0.2.1"),), "servers_total": 1},
            "met", "", id="elsewhere-needs-none",
        ),
    ],
)  # fmt: skip
def test_the_zone_above(fields: dict[str, Any], outcome: str, reason: str) -> None:
    """The list and the addresses at the zone above; glue may leave some out, and must not be wrong."""
    found = finding(nameservers_agree, delegation(**fields))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_nobody_answers() -> None:
    """Without a server that holds the zone there is nothing to compare."""
    found = finding(nameservers_agree, delegation(asked=(at_server(udp=REFUSED),)))
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.NO_ANSWER)


SIX = "2001:db8::53"
WITHOUT = (listed_server(NS1, "203.0.113.53"), listed_server(NS2, "198.51.100.53"))


@pytest.mark.parametrize(
    ("fields", "bar", "outcome", "reason"),
    [
        pytest.param({}, 1, "met", "", id="at-the-bar"),
        pytest.param({}, 2, "not-met", "too-few-answer", id="one-short"),
        pytest.param({"servers": WITHOUT, "asked": ()}, 1, "not-met", "no-ipv6-address", id="none"),
        pytest.param({"asked": (at_server(NS1, SIX, udp=REFUSED),)}, 1, "not-met", "too-few-answer", id="lame"),
        pytest.param({"asked": (at_server(NS1, SIX, udp=CLOSED),)}, 1, "not-met", "too-few-answer", id="closed"),
        pytest.param({"asked": (at_server(NS1, SIX, udp=CUT),)}, 1, "met", "", id="cut-short"),
        pytest.param({"asked": (at_server(NS1, SIX, udp=CUT, tcp=SILENT),)}, 1, "not-tested", "", id="cut-and-silent"),
        pytest.param({"asked": (at_server(NS1, SIX, udp=SILENT),)}, 1, "not-tested", "", id="silent"),
        pytest.param({"asked": ()}, 1, "not-tested", "", id="not-asked"),
        pytest.param(
            {"servers": (listed_server(NS1, aaaa=SILENT),), "servers_total": 1, "asked": ()},
            1, "not-tested", "", id="address-not-found-out",
        ),
        pytest.param({"servers": WITHOUT, "asked": (), "servers_total": 9}, 1, "not-tested", "", id="too-many"),
    ],
)  # fmt: skip
def test_over_ipv6(fields: dict[str, Any], bar: int, outcome: str, reason: str) -> None:
    """Servers are counted, not addresses, and only where they answer."""
    found = finding(nameservers_over_ipv6, delegation(**fields), limits={"min_servers": bar})
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("check", "name", "reason"),
    [
        pytest.param(zone_transfer_closed, "transfer", "handed-out", id="transfer"),
        pytest.param(recursion_closed, "recursion", "recurses", id="recursion"),
    ],
)
def test_strangers(check: AnyCheck, name: str, reason: str) -> None:
    """One server that gives more is enough; one that was not heard leaves it open."""
    given = finding(check, second(**{name: True}))
    assert (given.outcome, given.reason) == (Outcome.NOT_MET, reason)
    assert {m.name: m.value for m in given.measured}[reason] == f"{NS2} (198.51.100.53)"
    unheard = finding(check, second(**{name: SILENT}))
    assert (unheard.outcome, unheard.cause) == (Outcome.NOT_TESTED, Cause.DNS_TIMEOUT)
