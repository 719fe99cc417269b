"""Registries on loopback: RDAP over TLS, WHOIS behind it, and how either can fail without a word about the school."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from checks.evidence.base import SIDE_OF, Cause, NotCaptured, Side
from checks.evidence.registration import Registered, Registration, Source
from checks.rules.registration import registration_current
from scanner.collect import collect, plan_for
from scanner.door import validating_context
from scanner.probes.registration import ANSWER_BYTES, Registries, look_registration
from scanner.probes.tls.path import Paths, mozilla_store
from scanner.probes.tls.vouching import Vouching
from scanner.registries import Directory, NoDirectory, directory_from, shipped_directory
from scanner.visit import Tools, Visit
from tests.builders.web import ask
from tests.scanner.builders import (
    AGENT,
    HOST,
    NODATA,
    NXDOMAIN,
    SERVFAIL,
    budget,
    door,
    hosts,
    says_nothing,
    says_records,
    site,
    tools_for,
)
from tests.scanner.chains import Made, authority, made, server_context
from tests.scanner.servers import (
    NameScript,
    Talk,
    Web,
    answer,
    closed_port,
    drips,
    over_tls,
    plainly,
    redirect,
    resets,
    says,
    serving,
    silent,
)

RDAP, WHOIS = "rdap.registry.example", "whois.registry.example"
NAME = "truong-hoc.com"
PATH = f"/v1/domain/{NAME}"
LAST = date(2099, 1, 31)
ROOT = authority("Root", days=(-2000, 20_000))
LEAF = made(RDAP, ROOT, sans=(RDAP,), days=(-2000, 20_000))
BAR = {"min_days_left": 60}


def told(name: str = NAME, ends: str = "2099-01-31T00:00:00Z") -> bytes:
    """A domain object."""
    return json.dumps(
        {
            "objectClassName": "domain",
            "ldhName": name.upper(),
            "status": ["active"],
            "events": [{"eventAction": "expiration", "eventDate": ends}],
        }
    ).encode()


def rdap_json(body: bytes, status: int = 200) -> bytes:
    """The answer that carries it."""
    return answer(status, body, [("Content-Type", "application/rdap+json")])


TEXT = f"Domain Name: {NAME}\r\nRegistry Expiry Date: 2099-01-31T00:00:00Z\r\n".encode()


@dataclass
class Set:
    """The registries of one run, and what they were asked."""

    tools: Tools
    registries: Registries
    web: Web
    lines: list[bytes] = field(default_factory=list)

    async def asked(self, name: str = NAME) -> Registered | NotCaptured:
        """The registry's word."""
        return await self.registries.ask(self.tools, name)


@contextlib.asynccontextmanager
async def registry(
    pages: dict[str, Any] | None = None,
    *,
    rdap: Talk | None = None,
    whois: Talk | bytes | None = None,
    leaf: Made = LEAF,
    trusted: Made = ROOT,
    names: NameScript | None = None,
    rdap_port: int | None = None,
    **waits: float,
) -> AsyncIterator[Set]:
    """A registry of .com, by RDAP and, where a text or a talk is given, by WHOIS."""
    web = Web({PATH: rdap_json(told())} if pages is None else pages)
    lines: list[bytes] = []

    async def tells(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await reader.readline())
        writer.write(whois if isinstance(whois, bytes) else b"")
        await writer.drain()
        writer.close()

    talk = rdap or over_tls(server_context(leaf, ROOT), web.speak)
    line_talk = whois if callable(whois) else tells
    async with serving(talk) as https, serving(line_talk) as plain:
        port = rdap_port or https.port
        directory = {
            "publication": "2026-11-01T00:00:00Z",
            "services": [[["com", "net"], [f"https://{RDAP}:{port}/v1/"]]],
            "whois": {} if whois is None else {"com": f"{WHOIS}:{plain.port}"},
        }
        quick = {"pause_s": 0.0, "wall_s": 2.0, "patience_s": 10.0} | waits
        registries = Registries(
            directory_from(json.dumps(directory).encode()), trusted.der, **quick
        )
        through = door(port, plain.port, hosts=(HOST, NAME))
        async with tools_for(names or hosts(RDAP, WHOIS), through, try_s=(0.3, 0.3)) as tools:
            try:
                yield Set(tools, registries, web, lines)
            finally:
                await registries.aclose()


async def test_rdap() -> None:
    """One question, over TLS that was verified, in our own name."""
    async with registry() as one:
        found = await one.asked()
    assert isinstance(found, Registered)
    assert (found.ends_on, found.source, found.server) == (LAST, Source.RDAP, RDAP)
    assert dict(one.web.asked) == {PATH: 1}
    assert one.web.agents == {AGENT}
    assert one.web.accepts == {"application/rdap+json"}
    assert one.tools.door.tally.auxiliary == 1


async def test_within_a_whole_look() -> None:
    """The look is one of those at a site's name, and waits for its turn on nobody's time."""
    of = site(443, 80, NAME)
    async with registry() as one:
        paths = Vouching(Paths((mozilla_store(),)), fetching=False)
        found = await collect(of, one.tools, paths, plan_for(frozenset({"dns"})), one.registries)
    seen = found.payloads[Registration.kind]
    assert isinstance(seen, Registration)
    assert isinstance(seen.answer, Registered)
    assert seen.answer.ends_on == LAST


async def test_each_name_is_asked_once() -> None:
    """A whole department's schools share one registered name, and one question."""
    async with registry() as one:
        found = await asyncio.gather(*(one.asked() for _ in range(30)))
    assert len(set(found)) == 1
    assert dict(one.web.asked) == {PATH: 1}


async def test_the_pace_at_one_server() -> None:
    """The next question waits for its turn."""
    others = [f"truong-{n}.com" for n in range(3)]
    pages = {f"/v1/domain/{name}": rdap_json(told(name)) for name in others}
    loop = asyncio.get_running_loop()
    async with registry(pages, pause_s=0.3) as one:
        began = loop.time()
        found = await asyncio.gather(*(one.asked(name) for name in others))
        took_s = loop.time() - began
    assert all(isinstance(word, Registered) for word in found)
    assert took_s >= 0.6


async def test_a_server_that_sends_us_away() -> None:
    """Status 429 is obeyed for the rest of the run."""
    async with registry({}, rdap=None) as one:
        one.web.otherwise = lambda _: answer(429)
        first, second = await one.asked(), await one.asked("khac.com")
    assert one.web.asked.total() == 1
    for word in (first, second):
        assert isinstance(word, NotCaptured)
        assert word.cause is Cause.NO_ANSWER


async def test_status_404() -> None:
    """The registry says that it does not have the name."""
    async with registry({}, whois=TEXT) as one:
        found = await one.asked()
    assert isinstance(found, Registered)
    assert not found.found
    assert one.lines == []


ODD: dict[str, tuple[Callable[[], dict[str, Any]], Cause]] = {
    "server-error": (lambda: {"pages": {PATH: answer(500)}}, Cause.NO_ANSWER),
    "forbidden": (lambda: {"pages": {PATH: answer(403)}}, Cause.NO_ANSWER),
    "redirect": (lambda: {"pages": {PATH: redirect("https://khac.example/")}}, Cause.NO_ANSWER),
    "html": (lambda: {"pages": {PATH: answer(200, b"<html>")}}, Cause.NO_ANSWER),
    "another-name": (lambda: {"pages": {PATH: rdap_json(told("x.com"))}}, Cause.NO_ANSWER),
    "five-megabytes": (
        lambda: {"pages": {PATH: rdap_json(b'{"a": "' + b"x" * 5_000_000 + b'"}')}},
        Cause.NO_ANSWER,
    ),
    "deep": (lambda: {"pages": {PATH: rdap_json(b"[" * 200_000)}}, Cause.NO_ANSWER),
    "brotli": (
        lambda: {"pages": {PATH: answer(200, b"x", [("Content-Encoding", "compress")])}},
        Cause.NO_ANSWER,
    ),
    "silent": (lambda: {"rdap": silent}, Cause.NO_ANSWER),
    "closes": (lambda: {"rdap": says(b"")}, Cause.NO_ANSWER),
    "resets": (lambda: {"rdap": resets}, Cause.RESET),
    "plain-http": (lambda: {"rdap": plainly(Web({}).speak)}, Cause.NO_ANSWER),
    "drips": (lambda: {"rdap": drips(b"\x16\x03\x03")}, Cause.NO_ANSWER),
    "stranger": (lambda: {"trusted": authority("Stranger")}, Cause.NO_ANSWER),
    "another-host": (
        lambda: {"leaf": made("x", ROOT, sans=("khac.example",), days=(-2000, 20_000))},
        Cause.NO_ANSWER,
    ),
    "expired": (
        lambda: {"leaf": made("x", ROOT, sans=(RDAP,), days=(-2000, -1900))},
        Cause.NO_ANSWER,
    ),
    "no-such-host": (lambda: {"names": NameScript({}, NXDOMAIN)}, Cause.NO_ANSWER),
    "no-address": (lambda: {"names": NameScript({}, NODATA)}, Cause.NO_ANSWER),
    "servfail": (lambda: {"names": NameScript({}, SERVFAIL)}, Cause.NO_ANSWER),
    "dns-silent": (lambda: {"names": NameScript({}, says_nothing)}, Cause.DNS_TIMEOUT),
    "inside-address": (
        lambda: {"names": NameScript({(RDAP, "A"): says_records("A", "10.0.0.1")}, NODATA)},
        Cause.NO_ANSWER,
    ),
}


@pytest.mark.parametrize("case", ODD)
async def test_rdap_that_fails(case: str) -> None:
    """Never the school's fault, never an answer, always in time; the inventory's day then counts."""
    fields, cause = ODD[case]
    async with registry(**fields()) as one:
        found = await asyncio.wait_for(one.asked(), 20)
        assert isinstance(found, NotCaptured)
        # A slow machine may run out of time before the answer is seen to be none.
        assert found.cause in (cause, Cause.DEADLINE)
        assert SIDE_OF[found.cause] is not Side.SITE
        at = site(443, 80, f"www.{NAME}")
        for day, outcome in ((None, "not-tested"), (LAST, "met")):
            visit = Visit(
                at.model_copy(update={"registration_expires_on": day}), one.tools, budget()
            )
            seen = await look_registration(visit, one.registries)
            said = ask(registration_current, seen, limits=BAR, of=at)
            assert said.outcome == outcome
            await visit.close()


async def test_a_closed_port() -> None:
    """Refused is no answer."""
    with closed_port() as port:
        async with registry(rdap_port=port) as one:
            found = await one.asked()
    assert isinstance(found, NotCaptured)
    assert found.cause is Cause.NO_ANSWER


async def test_patience_ends() -> None:
    """Whoever stands in line for too long goes home without an answer, and leaves no connection."""
    async with registry(rdap=silent, wall_s=10.0, patience_s=0.4) as one:
        first, second = await asyncio.gather(one.asked(), one.asked("khac.com"))
    for word in (first, second):
        assert isinstance(word, NotCaptured)
        assert word.cause is Cause.DEADLINE


async def test_whois_behind_rdap() -> None:
    """Asked by one line, where RDAP gave nothing."""
    async with registry({PATH: answer(500)}, whois=TEXT) as one:
        found = await one.asked()
    assert isinstance(found, Registered)
    assert (found.ends_on, found.source, found.server) == (LAST, Source.WHOIS, WHOIS)
    assert one.lines == [f"{NAME}\r\n".encode()]


async def test_whois_is_left_alone_where_rdap_answers() -> None:
    """One question is enough."""
    async with registry(whois=TEXT) as one:
        found = await one.asked()
    assert isinstance(found, Registered)
    assert found.source is Source.RDAP
    assert one.lines == []


@pytest.mark.parametrize(
    ("talk", "cause"),
    [
        pytest.param(silent, Cause.DEADLINE, id="silent"),
        pytest.param(drips(b"Domain Name: x.com\r\n", 0.05), Cause.DEADLINE, id="drips"),
        pytest.param(says(b""), Cause.NO_ANSWER, id="closes"),
        pytest.param(resets, Cause.RESET, id="resets"),
        pytest.param(says(b"\x00\xff" * 500), Cause.NO_ANSWER, id="garbage"),
        pytest.param(says(b"x" * (ANSWER_BYTES + 10)), Cause.NO_ANSWER, id="endless"),
        pytest.param(says(b"WHOIS LIMIT EXCEEDED\r\n"), Cause.NO_ANSWER, id="limit"),
    ],
)
async def test_whois_that_fails(talk: Talk, cause: Cause) -> None:
    """In time, with a cause that blames nobody's site."""
    async with registry({PATH: answer(500)}, whois=talk, wall_s=1.0) as one:
        found = await asyncio.wait_for(one.asked(), 15)
    assert isinstance(found, NotCaptured)
    assert found.cause in (cause, Cause.NO_ANSWER)
    assert SIDE_OF[found.cause] is not Side.SITE
    assert RDAP in found.detail
    assert WHOIS in found.detail


async def test_an_ending_without_a_registry() -> None:
    """.vn: nobody can be asked, nothing is sent, and the cause tells what to do."""
    async with registry() as one:
        visit = Visit(site(443, 80), one.tools, budget())
        seen = await look_registration(visit, one.registries)
        await visit.close()
    assert isinstance(seen.answer, NotCaptured)
    assert seen.answer.cause is Cause.NO_REGISTRY
    assert one.tools.door.tally.connections == 0
    said = ask(registration_current, seen, limits=BAR, of=site(443, 80))
    assert (said.outcome, said.cause) == ("not-tested", Cause.NO_REGISTRY)


async def test_nobody_is_to_be_asked() -> None:
    """With --no-fetch only the inventory tells."""
    async with registry() as one:
        of = site(443, 80, NAME).model_copy(update={"registration_expires_on": LAST})
        visit = Visit(of, one.tools, budget())
        seen = await look_registration(visit, None)
        await visit.close()
    assert seen.answer == NotCaptured(cause=Cause.NOT_ENABLED, detail="no registry was to be asked")
    assert (seen.name, seen.inventory_ends_on) == (NAME, LAST)
    assert one.web.asked.total() == 0


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("thcs.danang.edu.vn", "danang.edu.vn"),
        ("www.truong.com", "truong.com"),
        ("truong.github.io", "github.io"),
        ("edu.vn", None),
    ],
)
async def test_which_name_is_asked_about(host: str, name: str | None) -> None:
    """The one that stands in a public registry."""
    async with tools_for(hosts(host), door(443)) as tools:
        visit = Visit(site(443, 80, host), tools, budget())
        assert (await look_registration(visit, None)).name == name
        await visit.close()


async def test_public_ports_are_few() -> None:
    """Of a public host only the port that we chose is open to us."""
    pace = door(443).pace
    pace.check_auxiliary("8.8.8.8", 43, frozenset({43}))
    for port, ports in ((43, frozenset({80, 443})), (25, frozenset({43}))):
        with pytest.raises(Exception, match="auxiliary"):
            pace.check_auxiliary("8.8.8.8", port, ports)


# The directory


def test_the_shipped_directory() -> None:
    """It knows the usual endings, says how old it is, and knows nobody for .vn."""
    directory = shipped_directory()
    assert directory.dated == "2026-11-01"
    assert directory.rdap_for("a.com") == "https://rdap.verisign.com/com/v1/"
    assert directory.whois_for("a.edu") is not None
    for name in ("truong.edu.vn", "danang.vn", "a.gov.vn"):
        assert (directory.rdap_for(name), directory.whois_for(name)) == (None, None)


def test_the_longest_ending_decides() -> None:
    """RFC 9224, 4; and the first https address of several."""
    told = {
        "publication": "2026-11-01T00:00:00Z",
        "services": [
            [["vn"], ["http://a.example/", "https://b.example"]],
            [["EDU.VN."], ["https://c.example/"]],
            [["old"], ["http://d.example/"]],
        ],
    }
    directory: Directory = directory_from(json.dumps(told).encode())
    assert directory.rdap_for("x.vn") == "https://b.example/"
    assert directory.rdap_for("x.edu.vn") == "https://c.example/"
    assert directory.rdap_for("x.old") is None


def test_ianas_own_file() -> None:
    """It names no servers of WHOIS, so those of ours are kept."""
    told = {"publication": "2027-01-01T00:00:00Z", "services": [[["com"], ["https://a.example/"]]]}
    directory = directory_from(json.dumps(told).encode())
    assert (directory.dated, directory.rdap_for("x.com")) == ("2027-01-01", "https://a.example/")
    assert directory.whois == shipped_directory().whois


def test_the_usual_roots() -> None:
    """Every root of the store is trusted, and the name of the host is held against the certificate."""
    roots = mozilla_store().roots
    context = validating_context(b"".join(root.public_bytes(Encoding.DER) for root in roots))
    assert len(context.get_ca_certs()) == len(roots)
    assert context.check_hostname


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"publication": "2026", "services": 7}',
        b'{"publication": "2026", "services": [[["com"]]]}',
        b'{"publication": "2026", "services": [[["c om"], ["https://a.example/"]]]}',
        b'{"publication": "2026", "services": [[["com"], [7]]]}',
        b'{"publication": "2026", "services": [], "whois": {"com": "a b"}}',
        b'{"publication": "2026", "services": [], "whois": {"com": "a:99999"}}',
        b'{"publication": "2026", "services": [], "whois": {"com": "a:0"}}',
        b"[" * 100_000,
    ],
)
def test_no_directory(data: bytes) -> None:
    """One complaint of one kind."""
    with pytest.raises(NoDirectory):
        directory_from(data)
