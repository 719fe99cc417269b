"""One site, every look: each ends as a payload or a cause."""

import asyncio
from dataclasses import replace

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.delegation import Delegation
from checks.evidence.dnssec import Dnssec
from checks.evidence.exchangers import Exchangers
from checks.evidence.http import Ended, Http, WellKnown
from checks.evidence.mail import MailPolicies
from checks.evidence.names import Names
from checks.evidence.page import PageFacts, Pages
from checks.evidence.registration import Registration
from checks.evidence.reputation import Reputation
from checks.evidence.tls import Acceptance, Handshake, HandshakeState, Tls, Version
from checks.evidence.uptime import Uptime
from checks.evidence.vulnerabilities import Vulnerabilities
from inventory.model import Site
from scanner.budget import Allowance, Budget, Failed
from scanner.collect import PAYLOADS, Collected, Plan, collect, plan_for
from scanner.probes.pages import look_pages
from scanner.probes.tls.path import Paths, TrustStore
from scanner.probes.tls.vouching import Vouching
from scanner.probes.uptime import GLANCE, Window, sample_window
from scanner.resolver import Resolver
from scanner.visit import Tools, Visit
from tests.scanner.builders import (
    HOST,
    NODATA,
    NXDOMAIN,
    TWIN,
    budget,
    door,
    hosts,
    says_records,
    site,
    tools_for,
    visiting,
)
from tests.scanner.chains import server_context, today
from tests.scanner.servers import (
    NameScript,
    Talk,
    Web,
    answer,
    closed_port,
    closes,
    drips,
    over_tls,
    plainly,
    redirect,
    resets,
    says,
    serving,
    silent,
)

PATHS = Paths((TrustStore("tests", "2026-11-22", (today()[0].certificate,)),))
VOUCHING = Vouching(PATHS, fetching=False)
HOME = (
    '<!doctype html><html lang="vi"><title>Trường</title><p>Xin chào</p>'
    '<a href="/chinh-sach-bao-mat">Chính sách bảo mật</a>'
).encode()
PAGES = {
    "/": answer(200, HOME, [("Content-Type", "text/html; charset=utf-8")]),
    "/chinh-sach-bao-mat": answer(
        200,
        "<title>Chính sách</title>".encode(),
        [("Content-Type", "text/html"), ("Content-Security-Policy", "script-src 'nonce-abc'")],
    ),
    "/.well-known/security.txt": answer(
        200, b"Contact: mailto:a@truong.edu.vn\n", [("Content-Type", "text/plain; charset=utf-8")]
    ),
}
EVERYTHING = frozenset(PAYLOADS)
QUICK = Allowance(
    wall_s=6.0, connect_s=1.0, handshake_s=0.4, response_s=0.4, lookup_s=2.0, page_parse_s=5.0
)
WINDOW = Window(2, 0.02)


def zone(**more: str) -> NameScript:
    """A school's zone, with what a mail look reads."""
    script = hosts(HOST, TWIN)
    script.answers = {
        **script.answers,
        (HOST, "NS"): says_records("NS", "ns1.example.org."),
        ("ns1.example.org", "A"): says_records("A", "192.0.2.53"),
        (HOST, "SOA"): says_records("SOA", "ns1.example.org. a.example.org. 1 2 3 4 5"),
        (HOST, "MX"): says_records("MX", "10 mx.example.org."),
        (HOST, "TXT"): says_records("TXT", '"v=spf1 include:spf.example.org -all"'),
        ("spf.example.org", "TXT"): says_records("TXT", '"v=spf1 ip4:192.0.2.0/24 -all"'),
        (f"_dmarc.{HOST}", "TXT"): says_records(
            "TXT", '"v=DMARC1; p=reject; rua=mailto:a@reports.example.net"'
        ),
        (HOST, "CAA"): says_records("CAA", '0 issue "letsencrypt.org"'),
    }
    return script


NOT_LEFT_TO_US = NotCaptured(
    cause=Cause.NOT_PERMITTED, detail="the permission does not name the family vulnerability"
)
"""What becomes of looks that the usual permission does not name."""


async def seen_of(
    talk: Talk,
    plain: Talk | None = None,
    script: NameScript | None = None,
    window: Window | None = WINDOW,
) -> Collected:
    """Everything of one site with these two servers."""
    async with (
        serving(talk) as https,
        serving(plain or talk) as http,
        tools_for(script or zone(), door(https.port, http.port)) as tools,
    ):
        at = site(https.port, http.port)
        return await collect(at, tools, VOUCHING, Plan(EVERYTHING, QUICK, window))


async def test_a_healthy_site() -> None:
    """Every kind is captured; the addresses of the pages were asked once each."""
    web, plain = Web(PAGES), Web({"/": redirect("/elsewhere")})
    found = await seen_of(
        over_tls(server_context(today()[1], today()[0]), web.speak), plainly(plain.speak)
    )
    kinds = {kind: type(payload) for kind, payload in found.payloads.items()}
    unasked = (Delegation.kind, Vulnerabilities.kind, Reputation.kind)
    assert kinds == PAYLOADS | dict.fromkeys(unasked, NotCaptured)
    # Where no root server is named, no name server is asked.
    delegation = found.payloads[Delegation.kind]
    assert isinstance(delegation, NotCaptured)
    assert delegation.cause is Cause.NOT_ENABLED
    assert found.payloads[Vulnerabilities.kind] == NOT_LEFT_TO_US
    names, tls, http = (found.payloads[kind.kind] for kind in (Names, Tls, Http))
    pages, known, mail = (found.payloads[kind.kind] for kind in (Pages, WellKnown, MailPolicies))
    uptime = found.payloads[Uptime.kind]
    assert isinstance(names, Names)
    assert names.servers[0].name == "ns1.example.org"
    assert isinstance(tls, Tls)
    versions = tls.offers[0].versions
    assert {v for v, a in versions.items() if a is Acceptance.ACCEPTED} == {
        Version.TLS12,
        Version.TLS13,
    }
    handshake = tls.offers[0].handshake
    assert isinstance(handshake, Handshake)
    assert handshake.version is Version.TLS13
    assert len(tls.twin_offers) == 1
    assert isinstance(http, Http)
    assert http.https.end is Ended.ANSWERED
    assert isinstance(pages, Pages)
    assert isinstance(pages.home, PageFacts)
    assert isinstance(pages.policy, PageFacts)
    policies = (pages.home.csp_header, pages.policy.csp_header)
    assert policies == ((), ("script-src 'nonce-(varies)'",))
    assert isinstance(known, WellKnown)
    assert known.text.startswith("Contact:")
    assert isinstance(mail, MailPolicies)
    assert len(mail.spf_lookups) == 2
    assert len(mail.dmarc_authorisations) == 1
    assert isinstance(uptime, Uptime)
    assert [sample.up for sample in uptime.samples] == [True, True]
    assert web.asked["/chinh-sach-bao-mat"] == web.asked["/.well-known/security.txt"] == 1
    # A whole TLS look, two pages and their probes.
    assert found.connections < 45
    assert found.questions > 5


HOSTILE: list[tuple[str, Talk]] = [
    ("silent", silent),
    ("resets", resets),
    ("closes", closes),
    ("ssh", says(b"SSH-2.0-x\r\n", after=0)),
    ("garbage", says(bytes(range(255)) * 99)),
    ("drip", drips(b"\x16\x03\x03\x40\x00\x02" + bytes(99), 0.03)),
    ("flood", says(b"\x15\x03\x03\x00\x02\x01\x5a" * 9_999)),
]


@pytest.mark.parametrize("talk", [pytest.param(talk, id=name) for name, talk in HOSTILE])
async def test_whatever_it_does_every_look_ends(talk: Talk) -> None:
    """As a payload or a cause, never as a fault of ours, and no task stays.

    Samples have limits of their own, too long to wait for here.
    """
    before = len(asyncio.all_tasks())
    async with asyncio.timeout(15):
        found = await seen_of(talk, window=None)
    assert set(found.payloads) == EVERYTHING
    ends = [one.cause for one in found.payloads.values() if isinstance(one, NotCaptured)]
    assert Cause.INTERNAL_ERROR not in ends
    assert len(asyncio.all_tasks()) == before


async def test_healthy_beside_hostile() -> None:
    """All at once, one name server, one door: the healthy ones keep their verdict."""
    web = Web(PAGES)
    context = server_context(today()[1], today()[0])
    async with (
        serving(over_tls(context, web.speak)) as good,
        serving(plainly(web.speak)) as plain,
        serving(silent) as quiet,
        serving(drips(b"\x16", 0.02)) as drip,
    ):
        schools = [f"s{n}.{HOST}" for n in range(6)]
        bad = [f"b{n}.{HOST}" for n in range(4)]
        script = hosts(*schools, *bad)
        through = door(good.port, plain.port, quiet.port, drip.port, connections_per_address=200)
        async with tools_for(script, through) as tools:
            plan = Plan(
                EVERYTHING - {Uptime.kind},
                replace(QUICK, handshake_s=2.0, response_s=2.0),
                None,
            )
            looks = [
                collect(site(good.port, plain.port, h), tools, VOUCHING, plan) for h in schools
            ]
            looks += [collect(site(quiet.port, drip.port, h), tools, VOUCHING, plan) for h in bad]
            found = await asyncio.gather(*looks)
    for one in found[:6]:
        http, pages, tls = (one.payloads[kind.kind] for kind in (Http, Pages, Tls))
        assert isinstance(http, Http)
        assert http.https.end is Ended.ANSWERED
        assert isinstance(pages, Pages)
        assert isinstance(pages.home, PageFacts)
        assert isinstance(tls, Tls)
        assert tls.offers[0].versions[Version.TLS13] is Acceptance.ACCEPTED
    for one in found[6:]:
        tls = one.payloads[Tls.kind]
        assert isinstance(tls, Tls)
        assert isinstance(tls.offers[0].handshake, NotCaptured)


class Faulty(Resolver):
    """A transport that breaks in a way nobody foresaw."""

    async def look(self, *_: object) -> None:  # type: ignore[override]
        raise ZeroDivisionError("/home/somebody/secret")


async def test_a_fault_of_ours_is_a_cause() -> None:
    """Every look names it; nothing escapes, and no path of this machine is told."""
    async with tools_for(zone(), door(443)) as sound:
        tools = Tools(sound.door, Faulty(()), sound.workers, "x", ipv6=False)
        found = await collect(site(443, 80), tools, VOUCHING, Plan(EVERYTHING, QUICK, WINDOW))
    assert found.payloads[Vulnerabilities.kind] == NOT_LEFT_TO_US
    assert found.payloads[Dnssec.kind] == NotCaptured(
        cause=Cause.NOT_ENABLED, detail="nothing to validate with"
    )
    # Without registries the look at the registration asks nobody, so that nothing can go wrong.
    # Nor is a list asked that nobody named.
    unasked = {k.kind for k in (Delegation, Vulnerabilities, Dnssec, Registration, Reputation)}
    for kind in PAYLOADS.keys() - unasked:
        payload = found.payloads[kind]
        assert isinstance(payload, NotCaptured), kind
        assert payload.cause is Cause.INTERNAL_ERROR
        assert "/main/" not in payload.detail


async def test_cancelled() -> None:
    """In the middle of everything: no task, no connection stays."""
    before = asyncio.all_tasks()
    async with serving(silent) as server, tools_for(zone(), door(server.port)) as tools:
        plan = Plan(EVERYTHING, replace(QUICK, handshake_s=5.0), WINDOW)
        task = asyncio.create_task(collect(site(server.port, server.port), tools, VOUCHING, plan))
        async with asyncio.timeout(4):
            await server.someone_came.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(2):
            await server.all_left.wait()
    assert asyncio.all_tasks() == before


async def test_outside_the_permission() -> None:
    """Not even a question of DNS."""
    script = hosts("other.example.org")
    async with tools_for(script, door(443)) as tools:
        other = Site(unit="u", url="https://other.example.org/", host="other.example.org")
        found = await collect(other, tools, VOUCHING, plan_for(frozenset({"http"})))
    http = found.payloads[Http.kind]
    assert isinstance(http, NotCaptured)
    assert http.cause is Cause.NOT_PERMITTED
    assert not script.asked


def test_plans() -> None:
    """By family; of a window that does not fit a scan only a glance."""
    assert Uptime.kind not in plan_for(frozenset({"reach"})).kinds
    assert Uptime.kind in plan_for(frozenset({"reach"}), window=Window(3, 10.0)).kinds
    assert plan_for(frozenset({"reach"}), window=Window(288, 300.0)).window == GLANCE
    assert plan_for(frozenset({"mail"})).kinds == {
        Names.kind,
        MailPolicies.kind,
        Exchangers.kind,
    }


async def test_what_was_not_planned_says_so() -> None:
    """Each with its cause."""
    async with tools_for(zone(), door(443)) as tools:
        found = await collect(site(443, 80), tools, VOUCHING, plan_for(frozenset({"mail"}), QUICK))
    causes = {k: p.cause for k, p in found.payloads.items() if isinstance(p, NotCaptured)}
    assert causes.pop(Uptime.kind) is Cause.TOO_FEW_SAMPLES
    assert set(causes.values()) == {Cause.NOT_ENABLED}


@pytest.mark.parametrize(
    ("a", "aaaa", "ipv6", "cause"),
    [
        pytest.param((), (), False, Cause.NO_ADDRESS, id="none"),
        pytest.param((), ("2001:4860::1",), False, Cause.SCANNER_LACKS_IPV6, id="ipv6-only"),
        pytest.param(("10.0.0.1",), (), False, Cause.BLOCKED_ADDRESS, id="private"),
        pytest.param(("10.0.0.1",), ("fe80::1",), True, Cause.BLOCKED_ADDRESS, id="both-blocked"),
        pytest.param(None, (), False, Cause.DNS_TIMEOUT, id="silent"),
    ],
)
async def test_addresses(
    a: tuple[str, ...] | None, aaaa: tuple[str, ...], ipv6: bool, cause: Cause
) -> None:
    """Why there is nothing to contact."""
    script = NameScript({(HOST, "AAAA"): says_records("AAAA", *aaaa)}, NODATA)
    if a is None:
        script.answers = {**script.answers, (HOST, "A"): lambda *_: None}
    else:
        script.answers = {**script.answers, (HOST, "A"): says_records("A", *a)}
    async with tools_for(script, door(443), try_s=(0.2,)) as tools:
        visit = Visit(site(443, 80), replace(tools, ipv6=ipv6), budget())
        with pytest.raises(Failed) as failed:
            await visit.addresses(HOST)
    assert failed.value.missing.cause is cause


async def test_public_beside_private() -> None:
    """Only the permitted one is tried; what is refused is told."""
    script = NameScript({(HOST, "A"): says_records("A", "10.0.0.1", "127.0.0.1")}, NODATA)
    async with visiting(site(443, 80), script, door(443)) as visit:
        assert await visit.addresses(HOST) == ("127.0.0.1",)
        _, refused = await visit.all_addresses(HOST)
    assert len(refused) == 1


@pytest.mark.parametrize(
    ("sent", "up", "cause"),
    [
        pytest.param(answer(200, b"x"), True, None, id="200"),
        pytest.param(answer(404, b"x"), True, None, id="404"),
        pytest.param(answer(500, b"x"), False, Cause.SERVER_ERROR, id="500"),
        pytest.param(answer(429), None, Cause.RATE_LIMITED, id="429"),
        pytest.param(b"SSH-2.0-x\r\n", False, Cause.NOT_HTTP, id="ssh"),
    ],
)
async def test_samples(sent: bytes, up: bool | None, cause: Cause | None) -> None:
    """Up, down, or nothing to say; http counts where https is closed."""
    async with serving(resets, "127.0.0.2") as control, serving(says(sent)) as server:
        with closed_port() as dead:
            through = door(dead, server.port, controls=(("127.0.0.2", control.port),))
            async with visiting(site(dead, server.port), hosts(HOST), through) as visit:
                found = await sample_window(visit, Window(1, 0.0))
    assert [(one.up, one.cause) for one in found.samples] == [(up, cause)]


async def test_samples_of_a_closed_site() -> None:
    """Both ports refuse: down.  Outside the network we may contact: nothing to say."""
    async with serving(resets, "127.0.0.2") as control:
        with closed_port() as dead:
            through = door(dead, controls=(("127.0.0.2", control.port),))
            async with visiting(site(dead, dead), hosts(HOST), through) as visit:
                found = await sample_window(visit, Window(1, 0.0))
            assert [(one.up, one.cause) for one in found.samples] == [(False, Cause.REFUSED)]
    async with serving(says(b"SSH-2.0-x\r\n", after=0)) as server:
        async with visiting(
            site(server.port, server.port), hosts(HOST), door(server.port)
        ) as visit:
            found = await sample_window(visit, Window(1, 0.0))
        assert [one.up for one in found.samples] == [False]
    async with visiting(site(443, 80), hosts(HOST, address="10.0.0.1"), door(443)) as visit:
        found = await sample_window(visit, Window(1, 0.0))
    assert [(one.up, one.cause) for one in found.samples] == [(None, Cause.BLOCKED_ADDRESS)]


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        pytest.param(answer(500, b"x"), Cause.SERVER_ERROR, id="500"),
        pytest.param(answer(401, b"x"), Cause.AUTHENTICATION_REQUIRED, id="401"),
        pytest.param(redirect("/"), Cause.NO_ANSWER, id="loop"),
        pytest.param(redirect("https://example.org/"), Cause.REDIRECT_OUT_OF_SCOPE, id="left"),
        pytest.param(answer(429), Cause.RATE_LIMITED, id="429"),
        pytest.param(
            answer(200, b"x", [("Content-Encoding", "dcb")]), Cause.UNDECODABLE, id="coding"
        ),
    ],
)
async def test_pages_that_are_not_the_schools(sent: bytes, cause: Cause) -> None:
    """Read over http where https speaks something else."""
    async with serving(says(b"SSH-2.0-x\r\n", after=0)) as ssh, serving(says(sent)) as server:
        through = door(ssh.port, server.port)
        async with visiting(site(ssh.port, server.port), hosts(HOST), through) as visit:
            found = await look_pages(visit)
    assert isinstance(found.home, NotCaptured)
    assert found.home.cause is cause


async def test_a_page_without_a_policy() -> None:
    """No link, no second page."""
    page = answer(200, b"<title>x</title>", [])
    async with serving(says(b"SSH-2.0-x\r\n", after=0)) as ssh, serving(says(page)) as server:
        through = door(ssh.port, server.port)
        async with visiting(site(ssh.port, server.port), hosts(HOST), through) as visit:
            found = await look_pages(visit)
    assert isinstance(found.home, PageFacts)
    assert (found.policy_url, found.policy) == ("", None)


async def test_names_that_do_not_exist() -> None:
    """A seen answer is payload; there is nothing to shake hands with."""
    found = await seen_of(silent, script=NameScript({}, NXDOMAIN), window=None)
    assert isinstance(found.payloads[Names.kind], Names)
    tls = found.payloads[Tls.kind]
    assert isinstance(tls, NotCaptured)
    assert tls.cause is Cause.NO_ADDRESS


async def test_a_closed_https_port_has_no_versions() -> None:
    """Refused is seen, once."""
    async with serving(resets, "127.0.0.2") as control:
        with closed_port() as dead:
            through = door(dead, controls=(("127.0.0.2", control.port),))
            async with tools_for(zone(), through) as tools:
                plan = Plan(frozenset({Tls.kind}), QUICK, None)
                found = await collect(site(dead, dead), tools, VOUCHING, plan)
    tls = found.payloads[Tls.kind]
    assert isinstance(tls, Tls)
    handshake = tls.offers[0].handshake
    assert isinstance(handshake, Handshake)
    assert handshake.state is HandshakeState.REFUSED
    assert tls.offers[0].versions == {}


def test_a_budget_is_one_sites() -> None:
    """Nothing is shared between two of them."""
    first, second = Budget(QUICK), Budget(QUICK)
    first.receive(5)
    assert second.received_bytes == 0
