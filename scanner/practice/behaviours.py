"""What a web server does with a request: one small function for each way to behave, or to misbehave."""

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Protocol

from scanner.practice import pages

if TYPE_CHECKING:
    from scanner.practice.site import Place

HTML = ("Content-Type", "text/html; charset=utf-8")
DRIP_S = 1.0
BOMB_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """The head of a request."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """A whole answer, to be framed by Content-Length."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Wire(Protocol):
    """Where a behaviour may write bytes of its own."""

    async def write(self, data: bytes) -> None:
        """Send bytes."""


@dataclass
class Memory:
    """What a server remembers from one request to the next, whichever connection it comes by."""

    home_requests: int = 0


@dataclass(frozen=True)
class Visit:
    """One request, where it arrived and how."""

    place: "Place"
    request: Request
    wire: Wire
    memory: Memory = field(default_factory=Memory)


Behaviour = Callable[[Visit], Awaitable[Reply | None]]
"""``None``: the behaviour has said all it will say, and the connection ends."""


async def show_site(visit: Visit) -> Reply | None:
    """The school's pages, as they should be."""
    return site_reply(visit)


def site_reply(visit: Visit) -> Reply:
    """The page, file or 404 for a path."""
    place, web = visit.place, visit.place.site.web
    path = visit.request.path.partition("?")[0]
    given = {at: (kind, text) for at, kind, text in web.page.files}
    if path in given or visit.request.path in given:
        of_type, text = given.get(visit.request.path) or given[path]
        body = text if isinstance(text, bytes) else place.fill(text).encode()
        kind = ("Content-Type", of_type)
    elif path == "/":
        body, kind = pages.home(place), HTML
    elif path in pages.INNER and web.page.says_whose:
        body, kind = pages.inner(place, path), HTML
    elif path == pages.POLICY_PATH and web.page.policy:
        body, kind = pages.policy(place), HTML
    elif path == "/.well-known/security.txt" and web.security_txt:
        body, kind = (
            place.fill(web.security_txt).encode(),
            ("Content-Type", "text/plain; charset=utf-8"),
        )
    else:
        return Reply(404, (*web.headers, HTML), pages.not_found(place))
    if web.gzip and "gzip" in visit.request.headers.get("accept-encoding", ""):
        return Reply(
            200, (*web.headers, kind, ("Content-Encoding", "gzip")), gzip.compress(body, 6, mtime=0)
        )
    return Reply(200, (*web.headers, kind), body)


def _moved(location: str, headers: tuple[tuple[str, str], ...] = (("Server", "nginx"),)) -> Reply:
    return Reply(301, (*headers, ("Location", location), HTML), b"<h1>301</h1>")


async def redirect_to_https(visit: Visit) -> Reply | None:
    """Port 80 as it should be: the same path over https."""
    host = visit.request.headers.get("host", visit.place.host).partition(":")[0]
    if host not in {visit.place.host, visit.place.twin}:
        host = visit.place.host
    return _moved(f"https://{host}:{visit.place.https_port}{visit.request.path}")


async def twin_to_host(visit: Visit) -> Reply | None:
    """The site on its own host; the twin is sent there."""
    if visit.request.headers.get("host", "").partition(":")[0] == visit.place.twin:
        base = visit.place.url.removesuffix("/")
        return _moved(base + visit.request.path, visit.place.site.web.headers)
    return site_reply(visit)


async def through_http(visit: Visit) -> Reply | None:
    """The home page makes a detour over plain http."""
    if visit.request.path == "/":
        place = visit.place
        return _moved(f"http://{place.host}:{place.http_port}/trang-chu", place.site.web.headers)
    if visit.request.path == "/trang-chu":
        home = Request(visit.request.method, "/", visit.request.headers)
        return site_reply(Visit(visit.place, home, visit.wire, visit.memory))
    return site_reply(visit)


async def loop(visit: Visit) -> Reply | None:
    """The home page and another send the visitor to each other for ever."""
    if visit.request.path.startswith("/.well-known/"):
        return site_reply(visit)
    there = "/" if visit.request.path != "/" else "/dang-nhap"
    return _moved(visit.place.url.removesuffix("/") + there, visit.place.site.web.headers)


async def leave_for_stranger(visit: Visit) -> Reply | None:
    """The home page sends visitors to a host that nobody gave leave to look at: the canary."""
    if visit.request.path != "/":
        return site_reply(visit)
    return _moved(stranger(visit), visit.place.site.web.headers)


async def leave_for_metadata(visit: Visit) -> Reply | None:
    """The home page sends visitors to the address where clouds keep their machines' secrets."""
    if visit.request.path != "/":
        return site_reply(visit)
    return _moved("http://169.254.169.254/latest/meta-data/", visit.place.site.web.headers)


async def trust_every_origin(visit: Visit) -> Reply | None:
    """Whoever asks from another site is named as welcome, cookies and all; one folder shows what lies in it."""
    path = visit.request.path.partition("?")[0]
    if path == pages.FOLDER_PATH:
        reply = Reply(200, (*visit.place.site.web.headers, HTML), pages.folder(path))
    else:
        reply = site_reply(visit)
    origin = visit.request.headers.get("origin")
    if origin is None:
        return reply
    welcome = (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    )
    return replace(reply, headers=(*reply.headers, *welcome))


async def talk_of_errors(visit: Visit) -> Reply | None:
    """The page for what is not there shows where the program lies that did not find it."""
    reply = site_reply(visit)
    return reply if reply.status != 404 else replace(reply, body=pages.telling_error(visit.place))


async def know_every_path(visit: Visit) -> Reply | None:
    """Whatever is asked for, the home page comes; the file for reports is a file."""
    reply = site_reply(visit)
    if reply.status != 404:
        return reply
    home = replace(visit.request, path="/")
    return site_reply(replace(visit, request=home))


async def show_searchers_betting(visit: Visit) -> Reply | None:
    """Who comes from a search engine sees a page of betting in place of the home page; everybody else the school."""
    if visit.request.path == "/" and "google." in visit.request.headers.get("referer", ""):
        return Reply(200, (*visit.place.site.web.headers, HTML), pages.betting(visit.place))
    return site_reply(visit)


async def send_searchers_away(visit: Visit) -> Reply | None:
    """Who comes from a search engine to an inner page is sent to the canary."""
    searches = "google." in visit.request.headers.get("referer", "")
    if searches and visit.request.path.startswith("/tin-tuc"):
        return _moved(stranger(visit), visit.place.site.web.headers)
    return site_reply(visit)


async def lose_unknown_paths(visit: Visit) -> Reply | None:
    """Every path that does not exist leads to the canary."""
    reply = site_reply(visit)
    return reply if reply.status != 404 else _moved(stranger(visit), visit.place.site.web.headers)


async def count_days_for_ever(visit: Visit) -> Reply | None:
    """A page for each day, each with links to the days around it: there is no last one."""
    day = visit.request.path.removeprefix("/ngay/")
    if not visit.request.path.startswith("/ngay/") or not day.isdigit():
        return site_reply(visit)
    body = pages.day(visit.place, int(day[:9]))
    return Reply(200, (*visit.place.site.web.headers, HTML), body)


def stranger(visit: Visit) -> str:
    """An address at the canary."""
    return f"https://{CANARY_HOST}:{visit.place.canary_port}/khuyen-mai"


async def challenge(_: Visit) -> Reply | None:
    """A web application firewall that wants to see a browser."""
    headers = (
        ("Server", "cloudflare"),
        ("CF-RAY", "8f0000000000abcd-SIN"),
        ("CF-Mitigated", "challenge"),
        ("Cache-Control", "private, no-store"),
        HTML,
    )
    body = b"<!DOCTYPE html><title>Just a moment...</title><p>Checking your browser before accessing.</p>"
    return Reply(403, headers, body)


async def rate_limited(_: Visit) -> Reply | None:
    """Too many requests, whatever the number."""
    return Reply(429, (("Server", "nginx"), ("Retry-After", "3600"), HTML), b"<h1>429</h1>")


async def drip(visit: Visit) -> Reply | None:
    """An honest head and page, one byte a second: every single read is quick, the whole never ends."""
    for byte in b"HTTP/1.1 200 OK\r\nServer: nginx\r\nX-Padding: " + b"a" * 3600:
        await visit.wire.write(bytes((byte,)))
        await asyncio.sleep(DRIP_S)
    return None


@cache
def _bomb() -> bytes:
    """Sixty-four megabytes of blanks, after the start of an honest page."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [squeeze.compress(b"<!DOCTYPE html><html lang=vi><title>Trang</title><body>")]
    blank = b" " * (1024 * 1024)
    parts += [squeeze.compress(blank) for _ in range(BOMB_BYTES // len(blank))]
    return b"".join((*parts, squeeze.flush()))


async def bomb(visit: Visit) -> Reply | None:
    """A home page that is small on the wire and enormous when unpacked."""
    if visit.request.path != "/":
        return site_reply(visit)
    body = await asyncio.to_thread(_bomb)
    return Reply(200, (*visit.place.site.web.headers, HTML, ("Content-Encoding", "gzip")), body)


SLOW_S = 3.2


async def slow_home(visit: Visit) -> Reply | None:
    """The home page begins after more than three seconds; everything else at once."""
    if visit.request.path == "/":
        await asyncio.sleep(SLOW_S)
    return site_reply(visit)


FLAP_AFTER, FLAP_EVERY = 9, 3


async def flap(visit: Visit) -> Reply | None:
    """One home page in three fails, from the tenth on: who looks once sees a healthy site.

    A sampler meets the failures; a single look asks for the home page less often.  Requests are counted over
    all connections, since a sampler whose answers come late opens a second one, and those that name where
    they come from are not counted: only the sampler's own are many.
    """
    headers = visit.request.headers
    if visit.request.path != "/" or "referer" in headers or "origin" in headers:
        return site_reply(visit)
    visit.memory.home_requests += 1
    over = visit.memory.home_requests - FLAP_AFTER
    if over > 0 and over % FLAP_EVERY == 1:
        return Reply(503, (*visit.place.site.web.headers, HTML), b"<h1>503</h1>")
    return site_reply(visit)


CANARY_HOST = "quangcao-thuchanh.example"
"""A host outside the fleet's permission; it resolves, and nobody should ever call there."""
