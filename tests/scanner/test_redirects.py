"""Redirects of every kind, served for real: what is followed, what is only recorded, and what the checks say.

A case names the answers that differ from a healthy school: http goes to https on the same host, https shows
a page.  A key is ``scheme host path``; hosts and targets are written with the names below.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from checks.evidence.http import Exchange, Http
from checks.evidence.tls import Tls
from checks.rules.headers import hsts_enforced
from checks.rules.http import http_redirects_to_https, https_stays_https, redirects_end
from checks.rules.reach import site_reachable
from checks.spec import Finding
from scanner.probes.http import look_http
from tests.builders.web import ask
from tests.checks.test_headers import tls
from tests.scanner.builders import HOST, TWIN, door, says_records, site, visiting
from tests.scanner.chains import authority, made, server_context
from tests.scanner.servers import (
    NameScript,
    Talk,
    Web,
    answer,
    closed_port,
    over_tls,
    plainly,
    resets,
    serving,
)

OTHER = f"lop6a.{HOST}"
SECRET = f"noi-bo.{HOST}"
METADATA = f"may-chu.{HOST}"
FOREIGN = f"xn--trng-rib8295b.{HOST}"
OUTSIDE = "truong-khac.example"
LOOPBACK, BYSTANDER = "127.0.0.1", "127.0.0.9"
HSTS = b"\r\nStrict-Transport-Security: max-age=31536000"
PAGE = answer(200, b"<title>Truong</title>", [("Content-Type", "text/html")])
LIMITS: Mapping[str, Mapping[str, Any]] = {
    "hsts-enforced": {"min_max_age_s": 31_536_000},
    "redirects-end": {"max_hops": 10},
}


@dataclass(frozen=True)
class Case:
    """What is served, and the outcome and reason of each check; ``next_url`` is what was left unvisited."""

    served: Mapping[str, bytes]
    first: str = "met"
    stays: str = "met"
    ends: str = "met"
    hsts: str = "met"
    reachable: str = "met"
    next_url: str = ""
    hits: int | None = None
    """How many requests came in all, where the case is about them."""


def to(*locations: str, status: int = 302, **fields: str) -> bytes:
    """A redirect, with further header fields (``set_cookie``)."""
    sent = [("Location", location) for location in locations]
    sent += [(name.replace("_", "-"), value) for name, value in fields.items()]
    return answer(status, b"", sent)


def first(*locations: str, **more: Any) -> Case:
    """Http answers so, and nothing else is odd."""
    status = more.pop("status", 302)
    return Case({"http h /": to(*locations, status=status)}, **more)


def secure(*locations: str, **more: Any) -> Case:
    """Https answers so.  Http then leads into it too."""
    status = more.pop("status", 302)
    return Case({"https h /": to(*locations, status=status)}, **more)


def useless(*locations: str, next_url: str | None = None, stays: str = "met") -> tuple[Case, Case]:
    """A Location without use: as the first answer over http, and as the first over https."""
    left = locations[0] if locations and next_url is None else next_url or ""
    return (
        first(*locations, first="not-met bad-location", ends="not-met bad-location", next_url=left),
        secure(*locations, stays=stays, ends="not-met bad-location", next_url=left),
    )


def chain(hops: int) -> dict[str, bytes]:
    """So many redirects over https, then a page."""
    return {
        "https h /": to("/1"),
        **{f"https h /{n}": to(f"/{n + 1}") for n in range(1, hops)},
        f"https h /{hops}": PAGE,
    }


CASES: dict[str, Case] = {
    # Healthy ways, and the five statuses that browsers follow (Fetch, 2.2.6).
    "healthy": Case({}, hits=2),
    **{
        f"status-{status}": first("https://{hs}/", status=status)
        for status in (301, 302, 303, 307, 308)
    },
    "307-of-hsts": Case(
        {
            "http h /": to(
                "https://{hs}/", status=307, non_authoritative_reason="HSTS", cross_origin="*"
            )
        }
    ),
    # Chosen: 300 is followed by one browser only, and Fetch does not count it; 201, 304, 305 by none.
    **{
        f"status-{status}-is-no-redirect": first(
            "https://{hs}/", status=status, first="not-met no-redirect"
        )
        for status in (201, 300, 304, 305)
    },
    "300-over-https-is-a-page": secure("http://{hp}/", status=300),
    "meta-refresh": Case(
        {"http h /": answer(200, b'<meta http-equiv=refresh content="0;url=https://{hs}/">')},
        first="not-met no-redirect",
    ),
    "refresh-header": Case(
        {"http h /": answer(200, b"", [("Refresh", "0;url=https://{hs}/")])},
        first="not-met no-redirect",
    ),
    "script": Case(
        {"http h /": answer(200, b'<script>location="https://{hs}/"</script>')},
        first="not-met no-redirect",
    ),
    "meta-refresh-to-http": Case(
        {"https h /": answer(200, b'<meta http-equiv=refresh content="0;url=http://{hp}/x">')}
    ),
    # Loops.
    "https-to-itself": secure("/", ends="not-met loop", reachable="not-met redirect-loop"),
    "http-to-itself": first("/", first="not-met stays-on-http", ends="not-met loop", hits=2),
    "two-steps": Case(
        {"https h /": to("/a"), "https h /a": to("/")},
        ends="not-met loop",
        reachable="not-met redirect-loop",
        next_url="https://{hs}/",
        hits=3,
    ),
    "loop-below-the-start": Case(
        {"https h /": to("/a"), "https h /a": to("/b"), "https h /b": to("/a")},
        ends="not-met loop",
        reachable="not-met redirect-loop",
    ),
    "http-and-https": secure(
        "http://{hp}/",
        stays="not-met downgraded",
        ends="not-met loop",
        reachable="not-met redirect-loop",
        hits=2,
    ),
    "by-the-twin": Case(
        {"https h /": to("https://{ws}/"), "https w /": to("https://{hs}/")},
        ends="not-met loop",
        reachable="not-met redirect-loop",
    ),
    "fragment-only": secure("#top", ends="not-met loop", reachable="not-met redirect-loop"),
    "loop-but-for-its-fragment": Case(
        {"https h /": to("/a#1"), "https h /a": to("/#2")},
        ends="not-met loop",
        reachable="not-met redirect-loop",
    ),
    "loop-but-for-case-and-dot": Case(
        {"https h /": to("HTTPS://TRUONG.EDU.VN.:{s}/")},
        ends="not-met loop",
        reachable="not-met redirect-loop",
    ),
    # Another query is another address: the hop limit ends these.
    "endless-new-queries": Case(
        {
            "https h /": to("/?0"),
            **{f"https h /?{n}": to(f"/?{n + 1}") for n in range(12)},
        },
        ends="not-met too-many",
        reachable="not-met redirect-loop",
    ),
    # Chosen: a browser comes back with the cookie, we never do; so nobody says that visitors are caught.
    "by-cookie": Case(
        {"https h /": to("/", set_cookie="seen=1; Secure")},
        ends="needs-review cookie-loop",
        reachable="needs-review cookie-loop",
    ),
    "by-cookie-in-two-steps": Case(
        {"https h /": to("/check"), "https h /check": to("/", set_cookie="seen=1")},
        ends="needs-review cookie-loop",
        reachable="needs-review cookie-loop",
    ),
    "cookie-before-the-loop": Case(
        {
            "https h /": to("/a", set_cookie="seen=1"),
            "https h /a": to("/b"),
            "https h /b": to("/a"),
        },
        ends="needs-review cookie-loop",
        reachable="needs-review cookie-loop",
    ),
    # Downgrades.
    "down-at-once": Case(
        {"https h /": to("http://{hp}/p"), "http h /p": PAGE},
        stays="not-met downgraded",
    ),
    "down-in-the-middle-and-up": Case(
        {
            "https h /": to("/a"),
            "https h /a": to("http://{hp}/b"),
            "http h /b": to("https://{hs}/c"),
            "https h /c": PAGE,
        },
        stays="not-met downgraded",
    ),
    "down-at-the-end": Case(
        {"https h /": to("/a"), "https h /a": to("http://{op}/"), "http o /": PAGE},
        stays="not-met downgraded",
    ),
    "down-and-out": secure(
        "http://{xp}/",
        stays="not-met downgraded",
        ends="needs-review elsewhere",
        next_url="http://{xp}/",
    ),
    "down-into-a-reset": Case(
        {"https h /": to("http://truong.edu.vn:{r}/")},
        stays="not-met downgraded",
        ends="not-tested reset",
        hsts="not-tested reset",
        reachable="not-tested reset",
    ),
    "down-on-the-twin": Case(
        {"https w /": to("http://{hp}/")},
        stays="not-met downgraded",
    ),
    # Off the host.
    "permitted-host-first": Case(
        {"http h /": to("https://{os}/"), "https o /": PAGE}, first="not-met other-host-first"
    ),
    "other-host-over-http": Case(
        {"http h /": to("http://{op}/"), "http o /": to("https://{hs}/")},
        first="not-met stays-on-http",
    ),
    "own-host-then-another": Case({"https h /": to("https://{os}/"), "https o /": PAGE}),
    "outside-first": first(
        "https://{xs}/",
        first="not-met other-host-first",
        ends="needs-review elsewhere",
        next_url="https://{xs}/",
    ),
    "outside-over-http": first(
        "http://{xp}/",
        first="not-met stays-on-http",
        ends="needs-review elsewhere",
        next_url="http://{xp}/",
    ),
    "outside-after-https": secure(
        "https://{xs}/x?y", ends="needs-review elsewhere", next_url="https://{xs}/x?y"
    ),
    "name-that-only-begins-alike": secure(
        "https://truong.edu.vn.evil.example:{s}/",
        ends="needs-review elsewhere",
        next_url="https://truong.edu.vn.evil.example:{s}/",
    ),
    # www and apex.
    "twin-by-itself": Case({"http w /": to("https://{ws}/"), "https w /": PAGE}),
    "twin-to-apex": Case({"https w /": to("https://{hs}/")}),
    "apex-to-twin": Case({"https h /": to("https://{ws}/"), "https w /": PAGE}),
    "twin-skips-its-own-https": Case(
        {"http w /": to("https://{hs}/")}, first="not-met other-host-first"
    ),
    "apex-skips-its-own-https": Case(
        {"http h /": to("https://{ws}/"), "https w /": PAGE}, first="not-met other-host-first"
    ),
    "twin-to-apex-over-http": Case({"http w /": to("http://{hp}/")}, first="not-met stays-on-http"),
    "apex-to-twin-over-http": Case(
        {"http h /": to("http://{wp}/"), "https w /": PAGE}, first="not-met stays-on-http"
    ),
    "twin-shows-http": Case({"http w /": PAGE}, first="not-met no-redirect"),
    "twin-in-a-loop": Case({"https w /": to("/")}, ends="not-met loop"),
    # Where nothing is said, or too much.
    **{
        f"{name}-{over}": case
        for name, both in {
            "no-location": useless(),
            "empty": useless(""),
            "blanks-only": useless(" \t", next_url=""),
            "two-that-differ": useless("https://{hs}/a", "https://{hs}/b"),
            "two-that-differ-in-scheme": useless(
                "https://{hs}/a", "http://{hp}/a", stays="not-met downgraded"
            ),
            "two-that-differ-relative": useless("/a", "/b"),
            "one-of-two-empty": useless("https://{hs}/", ""),
            "blank-in-the-host": useless("https://truong edu.vn/"),
            "tab-inside": useless("https://{hs}/a\tb"),
            "backslashes": useless("https:\\\\{hs}\\"),
            "backslash-before-at": useless("https://{hs}\\@{xs}/"),
            "userinfo": useless("https://hieu-truong:mat-khau@{hs}/"),
            "userinfo-that-looks-like-us": useless("https://truong.edu.vn@{xs}/"),
            "empty-userinfo": useless("https://@{hs}/"),
            "three-slashes": useless("https:///truong.edu.vn/"),
            "three-slashes-http": useless("http:///truong.edu.vn/", stays="not-met downgraded"),
            "one-slash": useless("https:/truong.edu.vn/"),
            "no-slash": useless("https:truong.edu.vn"),
            "slashes-alone": useless("//"),
            "three-slashes-alone": useless("///truong-khac.example/"),
            "four-slashes": useless("////truong-khac.example/"),
            "port-that-is-none": useless("https://truong.edu.vn:https/"),
            "port-too-high": useless("https://truong.edu.vn:65536/"),
            "port-zero": useless("https://truong.edu.vn:0/"),
            "no-host-name": useless("https://-truong-.edu.vn/"),
            "escaped-host": useless("https://truong%2eedu.vn/"),
            "open-bracket": useless("https://[::1/"),
            "9000-characters": useless("https://{hs}/" + "a" * 9_000, next_url=""),
            "ftp": useless("ftp://{hs}/"),
            "javascript": useless("javascript:alert(1)"),
            "data": useless("data:text/html,x"),
            "mailto": useless("mailto:hieutruong@truong.edu.vn"),
            "file": useless("file:///etc/passwd"),
        }.items()
        for over, case in zip(("http", "https"), both, strict=True)
    },
    "no-location-on-the-way": Case(
        {"https h /": to("/a"), "https h /a": to()}, ends="not-met bad-location"
    ),
    "two-that-are-equal": first("https://{hs}/", "https://{hs}/"),
    # Every client escapes a blank that stands in a path or a query.
    "blank-in-the-path": Case({"http h /": to("https://{hs}/trang chu?a b")}),
    "blank-in-the-path-is-asked-escaped": Case(
        {"https h /": to("/trang chu"), "https h /trang%20chu": PAGE}
    ),
    # Relative forms.
    "path": Case({"https h /": to("/x"), "https h /x": PAGE}),
    "path-over-http": Case(
        {"http h /": to("/x"), "http h /x": to("https://{hs}/")}, first="not-met stays-on-http"
    ),
    "file-name": Case({"https h /": to("x"), "https h /x": PAGE}),
    "parent": Case({"https h /": to("../../x"), "https h /x": PAGE}),
    "query": Case({"https h /": to("?q"), "https h /?q": PAGE}),
    "own-scheme": first("//{hp}/x", first="not-met stays-on-http"),
    "own-scheme-over-https": Case({"https h /": to("//{ws}/x"), "https w /x": PAGE}),
    "own-scheme-of-another": first(
        "//{xp}/x",
        first="not-met stays-on-http",
        ends="needs-review elsewhere",
        next_url="http://{xp}/x",
    ),
    "fragment": Case({"https h /": to("/x#y"), "https h /x": PAGE}),
    "blanks-around": first("  https://{hs}/ \t"),
    "no-path": first("https://{hs}"),
    "query-without-path": Case({"http h /": to("https://{hs}?q"), "https h /?q": PAGE}),
    # Names and ports in other forms.
    "upper-case": first("HTTPS://TRUONG.EDU.VN:{s}/"),
    "final-dot": first("https://truong.edu.vn.:{s}/"),
    "wide-letters": first("https://\uff34ruong.edu.vn:{s}/"),
    "name-as-letters": Case(
        {"https h /": to("https://tr\u01b0\u1eddng.truong.edu.vn:{s}/"), "https i /": PAGE}
    ),
    "name-as-label": Case({"https h /": to("https://{is}/"), "https i /": PAGE}),
    "name-as-letters-outside": secure(
        "https://tr\u01b0\u1eddng.example:{s}/\u0111",
        ends="needs-review elsewhere",
        next_url="https://xn--trng-rib8295b.example:{s}/%C4%91",
    ),
    "raw-letters-in-the-path": Case(
        {"https h /": to("/gi\u1edbi-thi\u1ec7u"), "https h /gi%E1%BB%9Bi-thi%E1%BB%87u": PAGE}
    ),
    # In these tests the usual port is outside the permission, so that what is recorded shows its form.
    "usual-port-written-out": first(
        "https://truong.edu.vn:443/",
        ends="needs-review elsewhere",
        next_url="https://truong.edu.vn/",
    ),
    # Chosen: the same host on another permitted port is the same host.  HSTS knows no ports (RFC 6797, 8.3).
    "another-permitted-port": Case(
        {"http h /": to("https://truong.edu.vn:{t}/"), "https h /": PAGE}
    ),
    "another-port": first(
        "https://truong.edu.vn:{c}/",
        ends="needs-review elsewhere",
        next_url="https://truong.edu.vn:{c}/",
    ),
    "http-on-the-secure-port": first(
        "http://{hs}/",
        first="not-tested closed-early",
        stays="not-tested closed-early",
        ends="not-tested closed-early",
    ),
    "closed-port": first("https://truong.edu.vn:{d}/", ends="not-met dead-end"),
    # Addresses that are none of the school's business.
    **{
        f"to-{name}": first(
            f"http://{target}/",
            first="not-met stays-on-http",
            ends="needs-review elsewhere",
            next_url=f"http://{recorded or target}/",
        )
        for name, target, recorded in (
            ("loopback", "127.0.0.1:{p}", ""),
            ("loopback-other-port", "127.0.0.1:{c}", ""),
            ("loopback-v6", "[::1]:{p}", ""),
            ("private", "10.0.0.1:{p}", ""),
            ("metadata", "169.254.169.254:{p}", ""),
            ("decimal", "2130706433:{p}", ""),
            ("short-form", "127.1:{p}", ""),
            ("octal", "0177.0.0.1:{p}", ""),
            ("hex", "0x7f000001:{p}", ""),
            ("wide-digits", "\uff11\uff12\uff17.0.0.1:{p}", "127.0.0.1:{p}"),
            ("localhost", "localhost:{p}", ""),
        )
    },
    "private-address-behind-a-name": first(
        "http://noi-bo.truong.edu.vn:{p}/",
        first="not-tested blocked-address",
        stays="not-tested blocked-address",
        ends="not-tested blocked-address",
    ),
    "metadata-behind-a-name": secure(
        "https://may-chu.truong.edu.vn:{s}/",
        stays="not-tested blocked-address",
        ends="not-tested blocked-address",
        hsts="not-tested blocked-address",
        reachable="not-tested blocked-address",
    ),
    "permitted-name-without-address": secure(
        "https://khong-co.truong.edu.vn:{s}/",
        stays="not-tested no-address",
        ends="not-tested no-address",
        hsts="not-tested no-address",
        reachable="not-tested no-address",
    ),
    # How many; over http the redirect to https is one of them.
    "ten-hops": Case({**chain(9), "http h /": to("https://{hs}/")}),
    "ten-hops-over-https": Case({**chain(10), "http h /": to("https://{hs}/10")}),
    "eleven-hops": Case(
        chain(11),
        ends="not-met too-many",
        reachable="not-met redirect-loop",
        next_url="https://{hs}/11",
    ),
}


@dataclass(frozen=True)
class Place:
    """Servers of one case: ours, and those that nobody may come to."""

    words: Mapping[str, str]
    ports: tuple[int, ...]
    web: tuple[Web, Web]
    canaries: tuple[Any, ...]


@cache
def papers() -> Any:
    """One certificate for all names."""
    root = authority("Root", days=(-2_000, 20_000))
    return server_context(made(HOST, root, days=(-2_000, 20_000), sans=(HOST, f"*.{HOST}")), root)


def at_once(talk: Talk) -> Talk:
    """Small writes are sent as they come; else each handshake waits 40 ms for an acknowledgement."""

    async def wrapped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await talk(reader, writer)

    return wrapped


@contextlib.asynccontextmanager
async def placed() -> AsyncIterator[Place]:
    """Two ports for https, one for http, one that resets, one closed; canaries elsewhere on the same ports."""
    plain, tls_web = Web({}), Web({})
    speak_tls = at_once(over_tls(papers(), tls_web.speak))
    async with contextlib.AsyncExitStack() as stack:
        https = await stack.enter_async_context(serving(speak_tls))
        second = await stack.enter_async_context(serving(speak_tls))
        http = await stack.enter_async_context(serving(at_once(plainly(plain.speak))))
        resetting = await stack.enter_async_context(serving(resets))
        outside = await stack.enter_async_context(serving(resets))
        canaries = [outside] + [
            await stack.enter_async_context(serving(resets, BYSTANDER, one.port))
            for one in (https, http)
        ]
        closed = stack.enter_context(closed_port())
        ports = {
            "s": https.port,
            "t": second.port,
            "p": http.port,
            "r": resetting.port,
            "d": closed,
        }
        words = {"c": str(outside.port)} | {key: str(port) for key, port in ports.items()}
        for short, host in HOSTS.items():
            words |= {f"{short}s": f"{host}:{https.port}", f"{short}p": f"{host}:{http.port}"}
        yield Place(words, tuple(ports.values()), (plain, tls_web), tuple(canaries))


HOSTS = {"h": HOST, "w": TWIN, "o": OTHER, "i": FOREIGN, "x": OUTSIDE}


def filled(text: str, words: Mapping[str, str]) -> str:
    """The names and ports of this run in place of their words."""
    for word, value in words.items():
        text = text.replace("{" + word + "}", value)
    return text


def serve(case: Case, place: Place) -> None:
    """Put the answers of a case, and the healthy ones beside them, on the two webs."""
    served = {"http h /": to("https://{hs}/"), "https h /": PAGE}
    if has_twin(case):
        served |= {"http w /": to("https://{ws}/"), "https w /": to("https://{hs}/")}
    pages: dict[str, dict[str, bytes]] = {"http": {}, "https": {}}
    for key, sent in (served | dict(case.served)).items():
        scheme, host, path = key.split(" ")
        whole = filled(sent.decode("utf-8"), place.words).encode("utf-8")
        if scheme == "https":
            whole = whole.replace(b"\r\n", HSTS + b"\r\n", 1)
        pages[scheme][f"//{HOSTS[host]}{path}"] = whole
    place.web[0].pages, place.web[1].pages = pages["http"], pages["https"]


def has_twin(case: Case) -> bool:
    """Whether the case speaks of the twin."""
    return any(" w " in key for key in case.served)


def names(case: Case) -> NameScript:
    """The school's names, two that lead where nobody may go, and a bystander's."""
    addresses = dict.fromkeys((HOST, OTHER, FOREIGN), LOOPBACK)
    addresses |= {SECRET: "10.0.0.1", METADATA: "169.254.169.254", OUTSIDE: BYSTANDER}
    addresses |= {TWIN: LOOPBACK} if has_twin(case) else {}
    answers = {(name, "A"): says_records("A", address) for name, address in addresses.items()}
    return NameScript(answers, says_records("A"))


def said(check: Any, seen: Http, offers: Tls) -> str:
    """Outcome and reason, or outcome and cause."""
    found: Finding = ask(check, seen, offers, limits=LIMITS.get(check.id), of=site(443, 80))
    return f"{found.outcome} {found.reason or found.cause or ''}".strip()


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
async def test_redirects(case: Case) -> None:
    """Outcome and reason of every check; nothing is asked of anybody outside, not even his name."""
    async with placed() as place:
        serve(case, place)
        script = names(case)
        secure_port, plain_port = int(place.words["s"]), int(place.words["p"])
        at = site(secure_port, plain_port)
        through = door(*place.ports, controls=((LOOPBACK, plain_port),))
        async with visiting(at, script, through) as visit:
            seen = await look_http(visit)
        canary_hits = sum(canary.connections for canary in place.canaries)
    offers = tls(address=LOOPBACK, covers=(HOST,))
    assert {
        "first": said(http_redirects_to_https, seen, offers),
        "stays": said(https_stays_https, seen, offers),
        "ends": said(redirects_end, seen, offers),
        "hsts": said(hsts_enforced, seen, offers),
        "reachable": said(site_reachable, seen, offers),
    } == {
        "first": case.first,
        "stays": case.stays,
        "ends": case.ends,
        "hsts": case.hsts,
        "reachable": case.reachable,
    }
    assert canary_hits == 0
    asked = {name for name, _ in script.asked}
    assert all(name == HOST or name.endswith(f".{HOST}") for name in asked)
    hosts = {host for web in place.web for host in web.hosts}
    assert {host.partition(":")[0] for host in hosts} <= {HOST, TWIN, OTHER, FOREIGN}
    if case.next_url:
        wanted = filled(case.next_url, place.words)
        assert wanted in {one.next_url for one in endpoints(seen)}
    if case.hits is not None:
        assert sum(sum(web.asked.values()) for web in place.web) == case.hits


def endpoints(seen: Http) -> list[Exchange]:
    """Those that were asked."""
    every = (seen.http, seen.https, seen.twin_http, seen.twin_https)
    return [one for one in every if one is not None]
