"""Links to others: alive, dead, for sale, not known; and which hosts are asked about at all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Look, Lookup, Said
from checks.evidence.outbound import Outbound, Outward
from checks.evidence.page import Link
from checks.parsing.outbound import foreign_hosts
from checks.rules.outbound import links_alive
from checks.spec import Outcome
from tests.builders.web import HOST, TWIN, ask, page

SILENT = NotCaptured(cause=Cause.DNS_TIMEOUT)


def look(said: Said, type_: str = "A", *records: str, **other: Any) -> Lookup:
    """What was said of a name."""
    return Lookup(name="x", type=type_, said=said, records=records, **other)


def outward(a: Look, host: str = "pgd.example.vn", **other: Any) -> Outward:
    """One host that the home page links."""
    return Outward(host=host, url=f"https://{host}/", words="Phòng Giáo dục", a=a, **other)


FOUND = look(Said.FOUND, "A", "192.0.2.1")
ALIVE = outward(FOUND, ns=look(Said.FOUND, "NS", "ns1.nhadangky.vn"))
GONE = outward(look(Said.NXDOMAIN))
PARKED = outward(FOUND, ns=look(Said.FOUND, "NS", "ns1.sedoparking.com", "ns2.sedoparking.com"))


@pytest.mark.parametrize(
    ("hosts", "outcome", "reason"),
    [
        pytest.param([ALIVE], Outcome.MET, "", id="alive"),
        pytest.param([], Outcome.NOT_APPLICABLE, "no-links", id="none"),
        pytest.param([ALIVE, GONE], Outcome.NOT_MET, "dead", id="one-dead"),
        pytest.param([SILENT, GONE], Outcome.NOT_MET, "dead", id="dead-beside-silence"),
        pytest.param(
            [outward(look(Said.NODATA), aaaa=look(Said.NODATA, "AAAA"))],
            Outcome.NOT_MET,
            "dead",
            id="no-address-at-all",
        ),
        pytest.param(
            [outward(look(Said.NODATA), aaaa=look(Said.FOUND, "AAAA", "2001:db8::1"))],
            Outcome.MET,
            "",
            id="ipv6-alone",
        ),
        pytest.param([outward(look(Said.NODATA), aaaa=SILENT)], Outcome.NOT_TESTED, "", id="half"),
        pytest.param([ALIVE, outward(SILENT)], Outcome.NOT_TESTED, "", id="silence"),
        pytest.param([outward(look(Said.BOGUS))], Outcome.NOT_TESTED, "", id="bogus"),
        pytest.param([ALIVE, PARKED], Outcome.NEEDS_REVIEW, "parked", id="parked"),
        pytest.param(
            [outward(look(Said.FOUND, "A", "192.0.2.1", aliases=("77.parkingcrew.net.",)))],
            Outcome.NEEDS_REVIEW,
            "parked",
            id="parked-by-alias",
        ),
        pytest.param(
            [outward(FOUND, ns=look(Said.FOUND, "NS", "ns1.notsedoparking.com"))],
            Outcome.MET,
            "",
            id="a-name-that-ends-alike",
        ),
        pytest.param([outward(FOUND, ns=SILENT)], Outcome.MET, "", id="unknown-name-servers"),
    ],
)
def test_links(hosts: list[Any], outcome: Outcome, reason: str) -> None:
    """Dead decides; else silence leaves it open; else what is for sale."""
    built = tuple(one if isinstance(one, Outward) else outward(one) for one in hosts)
    found = ask(links_alive, Outbound(hosts=built, hosts_total=len(built)))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_the_link_is_told() -> None:
    """Its words and its host."""
    found = ask(links_alive, Outbound(hosts=(GONE,), hosts_total=1))
    told = {one.name: one.value for one in found.measured}
    assert told["dead"] == "Phòng Giáo dục (pgd.example.vn)"


@pytest.mark.parametrize(
    ("hosts", "outcome"),
    [((ALIVE,), Outcome.NOT_TESTED), ((GONE,), Outcome.NOT_MET), ((), Outcome.NOT_TESTED)],
)
def test_a_cut_page(hosts: tuple[Outward, ...], outcome: Outcome) -> None:
    """Nothing dead in a part says nothing of the whole."""
    found = ask(links_alive, Outbound(hosts=hosts, hosts_total=len(hosts), whole=False))
    assert found.outcome is outcome


def test_which_hosts_are_asked_about() -> None:
    """Foreign names, each once, in their order; no platform that is known alive, no address, no mail."""
    hrefs = [
        f"https://{HOST}/a",
        f"https://{TWIN}/a",
        "https://www.facebook.com/truong",
        "https://pgd.example.vn/1",
        "http://PGD.example.vn./2",
        "https://192.0.2.1/",
        "https://[2001:db8::1]/",
        "mailto:a@b.vn",
        "https://thư-viện.vn/",
        "https://localhost/",
        "http://[",
        "https://moet.gov.vn/",
        "https://lai.moet.gov.vn/",
        "https://abc.edu.vn",
    ]
    links = tuple(Link(href=one, text=str(n)) for n, one in enumerate(hrefs))
    found = foreign_hosts(page(links=links), frozenset({HOST, TWIN}))
    assert list(found) == ["pgd.example.vn", "xn--th-vin-4zb3960d.vn", "abc.edu.vn"]
    assert found["pgd.example.vn"].text == "3"


@given(st.lists(st.text(max_size=40), max_size=5))
def test_no_link_makes_the_reader_fail(targets: list[str]) -> None:
    """Whatever stands in an address."""
    links = tuple(
        Link(href=f"{scheme}{one}", text="") for one in targets for scheme in ("https://", "")
    )
    foreign_hosts(page(links=links), frozenset({HOST}))
