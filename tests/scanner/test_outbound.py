"""The names that a home page links, asked of a scripted name server; the hosts themselves are never called."""

from collections.abc import Mapping

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Lookup, Said
from checks.evidence.outbound import Outbound
from checks.rules.outbound import links_alive
from checks.spec import Outcome
from scanner.probes.outbound import HOSTS, look_outbound
from tests.builders.web import ask
from tests.scanner.builders import (
    HOST,
    NODATA,
    NXDOMAIN,
    SERVFAIL,
    door,
    says_records,
    site,
    visiting,
)
from tests.scanner.servers import Answering, NameScript, Web, answer, plainly, says, serving

HTML = [("Content-Type", "text/html; charset=utf-8")]
Answers = Mapping[tuple[str, str], Answering]
FOUND = says_records("A", "192.0.2.9")


def linking(*hosts: str) -> bytes:
    """A home page with a link to each."""
    links = "".join(f'<a href="https://{host}/a">Trang {host}</a>' for host in hosts)
    return answer(200, f"<!doctype html><title>Truong</title>{links}".encode(), HTML)


async def looked(
    home: bytes, answers: Answers, rest: Answering = NXDOMAIN
) -> tuple[Outbound | NotCaptured, NameScript]:
    """What is seen of a site over http, and what was asked."""
    names = NameScript({(HOST, "A"): says_records("A", "127.0.0.1"), **answers}, rest)
    web = Web({"/": home})
    async with (
        serving(says(b"no tls here\r\n")) as https,
        serving(plainly(web.speak)) as http,
        visiting(site(https.port, http.port), names, door(https.port, http.port)) as visit,
    ):
        return await look_outbound(visit), names


async def seen(*hosts: str, answers: Answers, rest: Answering = NXDOMAIN) -> Outbound:
    """The payload."""
    found, _ = await looked(linking(*hosts), answers, rest)
    assert isinstance(found, Outbound)
    return found


async def test_what_is_asked() -> None:
    """An address first; name servers of what exists, once for two hosts of one name; NXDOMAIN is asked twice."""
    hosts = ("a.tohoa.edu.vn", "b.tohoa.edu.vn", "mat.edu.vn", "v6.edu.vn")
    found, names = await looked(
        linking(*hosts),
        {
            ("a.tohoa.edu.vn", "A"): FOUND,
            ("b.tohoa.edu.vn", "A"): FOUND,
            ("tohoa.edu.vn", "NS"): says_records("NS", "ns1.dns.vn."),
            ("v6.edu.vn", "A"): NODATA,
            ("v6.edu.vn", "AAAA"): says_records("AAAA", "2001:db8::1"),
        },
    )
    assert isinstance(found, Outbound)
    assert {asked: times for asked, times in names.asked.items() if asked[0] != HOST} == {
        ("a.tohoa.edu.vn", "A"): 1,
        ("b.tohoa.edu.vn", "A"): 1,
        ("tohoa.edu.vn", "NS"): 1,
        ("mat.edu.vn", "A"): 2,
        ("v6.edu.vn", "A"): 1,
        ("v6.edu.vn", "AAAA"): 1,
    }
    assert [one.host for one in found.hosts] == list(hosts)
    said = [one.a.said for one in found.hosts if isinstance(one.a, Lookup)]
    assert said == [Said.FOUND, Said.FOUND, Said.NXDOMAIN, Said.NODATA]
    assert ask(links_alive, found).outcome is Outcome.NOT_MET


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        pytest.param({("mot.edu.vn", "A"): FOUND}, Outcome.MET, id="alive"),
        pytest.param({}, Outcome.NOT_MET, id="nxdomain"),
        pytest.param(
            {("mot.edu.vn", "A"): NODATA, ("mot.edu.vn", "AAAA"): NODATA},
            Outcome.NOT_MET,
            id="nodata",
        ),
        pytest.param({("mot.edu.vn", "A"): SERVFAIL}, Outcome.NOT_TESTED, id="servfail"),
        pytest.param(
            {
                ("mot.edu.vn", "A"): FOUND,
                ("mot.edu.vn", "NS"): says_records("NS", "ns1.bodis.com."),
            },
            Outcome.NEEDS_REVIEW,
            id="parked",
        ),
    ],
)
async def test_four_answers(answers: Answers, outcome: Outcome) -> None:
    """Each kind of "no" stays what it is."""
    assert ask(links_alive, await seen("mot.edu.vn", answers=answers)).outcome is outcome


async def test_a_thousand_links() -> None:
    """Twenty are asked about, and that there are more is kept."""
    hosts = [f"h{n}.edu.vn" for n in range(100)]
    found = await seen(*hosts, answers={}, rest=FOUND)
    assert [one.host for one in found.hosts] == hosts[:HOSTS]
    assert found.hosts_total == 100
    assert found.whole


async def test_a_home_page_that_is_none() -> None:
    """The cause is that of the page; no name is asked about."""
    found, names = await looked(answer(404, b"khong co", HTML), {})
    assert isinstance(found, NotCaptured)
    assert found.cause is Cause.SERVER_ERROR
    assert {name for name, _ in names.asked} == {HOST}
