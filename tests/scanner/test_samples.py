"""Going through a real server page by page: which pages, how many, in what manner, and what is kept."""

import gzip
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import PageFacts
from checks.evidence.samples import Chosen, Robots, Samples
from inventory.model import Permission
from scanner.clock import monotonic_s
from scanner.door import Door
from scanner.politeness import Pace
from scanner.probes.pages import look_pages
from scanner.probes.provoked import look_provoked
from scanner.probes.samples import BYTES, PAGES, look_samples
from scanner.visit import Visit
from tests.scanner.builders import HOST, budget, hosts, permission, site, visiting
from tests.scanner.servers import (
    Server,
    Stream,
    Web,
    answer,
    plainly,
    redirect,
    says,
    serving,
)

HTML = [("Content-Type", "text/html; charset=utf-8")]
XML = [("Content-Type", "application/xml")]


def html(*links: str, text: str = "Trang của trường", status: int = 200) -> bytes:
    """A page with these links."""
    anchors = "".join(f'<a href="{link}">Mục</a>' for link in links)
    return answer(status, f"<title>Trang</title><p>{text}</p>{anchors}".encode(), HTML)


def robots(text: str) -> bytes:
    return answer(200, text.encode(), [("Content-Type", "text/plain")])


@dataclass
class Noting(Web):
    """A site that notes when it was asked, and by which words beside the address."""

    at_s: list[tuple[str, float]] = field(default_factory=list)

    def _answer(self, host: str, path: str) -> bytes:
        self.at_s.append((path, monotonic_s()))
        return super()._answer(host, path)


@asynccontextmanager
async def at(
    web: Web, of: Permission | None = None, *names: str, **allowance: Any
) -> AsyncIterator[tuple[Visit, Server]]:
    """A visit to a site that this serves over http alone, with its server."""
    # What speaks otherwise where https is expected is seen at once not to be https.
    async with (
        serving(says(b"SSH-2.0-x\r\n", after=0)) as other,
        serving(plainly(web.speak)) as server,
    ):
        leave = of or permission()
        leave = leave.model_copy(update={"ports": (other.port, server.port)})
        through = Door(Pace(leave, allow_private=True))
        async with visiting(
            site(other.port, server.port), hosts(*(names or (HOST,))), through, budget(**allowance)
        ) as visit:
            yield visit, server


async def sampled(web: Web, of: Permission | None = None, **allowance: Any) -> Samples:
    """What is found there."""
    async with at(web, of, **allowance) as (visit, _):
        found = await look_samples(visit)
    assert isinstance(found, Samples)
    return found


def paths(found: Samples) -> list[str]:
    return [re.sub(r"^http://[^/]+", "", one.url) for one in found.pages]


def asked(web: Web) -> set[str]:
    """Paths that were asked for, the made-up one by its short name."""
    return {re.sub("tinnhiem-[0-9a-f]+", "tinnhiem-unknown", path) for path in web.asked}


async def test_a_small_site() -> None:
    """Robots, a sitemap, the made-up path, what the home page links, and what those pages link; each once."""
    web = Web({"/": html("/a", "/b"), "/a": html("/", "/c"), "/b": html("/d", "/e.pdf")})
    found = await sampled(web)
    assert found.robots == Robots(there=False)
    assert paths(found)[0] == "/tinnhiem-unknown"
    assert set(paths(found)) == {"/tinnhiem-unknown", "/a", "/b", "/c", "/d"}
    assert set(web.asked.values()) == {1}
    assert asked(web) == {"/", "/robots.txt", "/sitemap.xml", *paths(found)}
    assert (found.known, found.forbidden, found.cut) == (4, 0, None)
    assert isinstance(found.searched, NotCaptured)
    assert found.searched.cause is Cause.NOT_PERMITTED
    assert isinstance(found.rendered, NotCaptured)


async def test_the_budget_of_pages() -> None:
    """Twelve pages in all, with the home page, the policy and the made-up path, however many there are."""
    links = [f"/muc-{n}" for n in range(200)]
    web = Web({"/": html("/chinh-sach-bao-mat", *links), "/robots.txt": robots("")})
    web.otherwise = lambda path: html(*(f"{path}/{n}" for n in range(50)))
    async with at(web) as (visit, server):
        await look_pages(visit)
        found = await look_samples(visit)
        assert server.most_at_once == 1
    assert isinstance(found, Samples)
    assert len(found.pages) == PAGES - 1
    assert sum(web.asked.values()) == PAGES + 2


async def test_a_calendar_without_end() -> None:
    """Links that lead to ever new pages cost no more."""
    web = Web({"/": html("/ngay/1")})
    web.otherwise = lambda path: html(*(f"/ngay/{n}" for n in range(len(web.asked) * 7, 900)))
    found = await sampled(web)
    assert len(found.pages) == PAGES - 1


async def test_the_budget_of_bytes() -> None:
    """Three million bytes of pages, the last one cut; then no more."""
    big = answer(200, b"<p>" + b"x " * 450_000, HTML)
    web = Web({"/": html(*(f"/muc-{n}" for n in range(9)))})
    web.otherwise = lambda path: big
    async with at(web) as (visit, _):
        found = await look_samples(visit)
        received = visit.budget.received_bytes
    assert isinstance(found, Samples)
    assert found.cut is not None
    assert found.cut.cause is Cause.BUDGET_BYTES
    assert received < BYTES + 2 * 900_000 + 100_000  # With a robots.txt and a sitemap of that size.
    sizes = [one.page.bytes for one in found.pages if isinstance(one.page, PageFacts)]
    assert sum(sizes) <= BYTES


async def test_the_wall_is_kept() -> None:
    """A site that takes its time is left when its time is spent."""
    web = Web({"/": html(*(f"/muc-{n}" for n in range(9)))}, pause_s=0.6)
    web.otherwise = lambda path: html()
    found = await sampled(web, wall_s=4.0)
    assert found.cut is not None
    assert found.cut.cause is Cause.DEADLINE
    assert len(found.pages) < 9


# Robots


async def test_robots_are_obeyed() -> None:
    """What is forbidden is not asked for, and counted; the made-up path counts as a path."""
    web = Web(
        {
            "/": html("/noi-bo/a", "/noi-bo/b", "/tin"),
            "/robots.txt": robots("User-agent: *\nDisallow: /noi-bo/\nDisallow: /tinnhiem-"),
            "/tin": html("/noi-bo/c"),
        }
    )
    found = await sampled(web)
    assert paths(found) == ["/tin"]
    assert (found.known, found.forbidden) == (4, 3)
    assert not any("noi-bo" in path or "tinnhiem" in path for path in web.asked)
    assert found.robots == Robots(there=True, disallows=2)


async def test_a_closed_site() -> None:
    """Nothing but the home page was asked for, which the permission is about."""
    web = Web({"/": html("/a"), "/robots.txt": robots("User-agent: *\nDisallow: /")})
    found = await sampled(web, searching())
    assert asked(web) == {"/", "/robots.txt"}
    assert (found.pages, found.searched) == ((), ())


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        pytest.param(answer(500, b"x"), Cause.SERVER_ERROR, id="500"),
        pytest.param(answer(503, b"x"), Cause.SERVER_ERROR, id="503"),
        pytest.param(answer(429, b"x"), Cause.RATE_LIMITED, id="429"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", Cause.NO_ANSWER, id="silent"),
        pytest.param(robots("User-agent: *\n" + "#" * 70_000), Cause.BODY_TRUNCATED, id="long"),
        pytest.param(
            robots("User-agent: *\n" + "Disallow: /a\n" * 1_500), Cause.BUDGET_EVENTS, id="rules"
        ),
        pytest.param(
            answer(200, b"x", [("Content-Encoding", "odd")]), Cause.UNDECODABLE, id="coded"
        ),
    ],
)
async def test_rules_that_cannot_be_read(sent: bytes, cause: Cause) -> None:
    """RFC 9309, 2.3.1.4: what cannot be reached may forbid everything."""
    web = Web({"/": html("/a"), "/robots.txt": sent})
    found = await sampled(web, searching(), response_s=0.5)
    assert isinstance(found.robots, NotCaptured)
    assert found.robots.cause is cause
    assert found.searched == found.robots
    assert found.pages == ()
    assert asked(web) == {"/", "/robots.txt"}


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(answer(404, b"x"), id="404"),
        pytest.param(answer(403, b"x"), id="403"),
        pytest.param(redirect("https://example.org/"), id="leads-away"),
        pytest.param(redirect("/robots.txt"), id="circle"),
        pytest.param(html("/a"), id="page"),
    ],
)
async def test_no_rules(sent: bytes) -> None:
    """RFC 9309, 2.3.1.3: what is not there forbids nothing; nor does a page in its place."""
    web = Web({"/": html("/a"), "/robots.txt": sent})
    found = await sampled(web)
    assert found.robots == Robots(there=False)
    assert "/a" in paths(found)


async def test_a_site_that_asks_for_pauses() -> None:
    """Longer pauses, fewer pages; kept on both ways through."""
    text = "User-agent: *\nCrawl-delay: 0.3"
    web = Noting({"/": html(*(f"/muc-{n}" for n in range(9))), "/robots.txt": robots(text)})
    web.otherwise = lambda path: html()
    found = await sampled(web)
    assert isinstance(found.robots, Robots)
    assert found.robots.delay_s == 0.3
    moments = [moment for path, moment in web.at_s if path not in ("/", "/robots.txt")]
    pauses = [after - before for before, after in pairwise(moments)]
    assert min(pauses) >= 0.29


async def test_a_site_that_asks_for_very_long_pauses() -> None:
    """Ten seconds are kept, with three pages; here nobody waits for the fourth."""
    text = "User-agent: *\nCrawl-delay: 600"
    web = Web({"/": html("/a", "/b"), "/robots.txt": robots(text)})
    async with at(web) as (visit, _):
        from scanner.probes.samples import _Walk

        walk = _Walk(visit, *await _home(visit))
        await walk._robots()
        assert (walk._pause_s, walk._room) == (10.0, 3)


async def _home(visit: Visit) -> Any:
    from scanner.follow import endpoint_urls, follow, page_at_end

    way = await follow(visit, endpoint_urls(visit, visit.site.host)[1])
    return way, await page_at_end(visit, way)


async def test_pauses_between_requests() -> None:
    """As the permission's pace says, at most half a second, and half of what the last answer took."""
    slow = searching(families=frozenset(), requests_per_minute=400)
    web = Noting({"/": html("/a", "/b")}, pause_s=0.4)
    await sampled(web, slow)
    moments = [moment for _, moment in web.at_s]
    # What is noted is the moment of the answer, 0.4 s after the request came.
    assert min(b - a for a, b in pairwise(moments[1:])) >= 0.4 + 0.19


# Sitemaps


def urls(*paths: str, index: bool = False) -> bytes:
    """A sitemap; ``{port}`` is filled in by nobody, so addresses are told by the test."""
    kind, part = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    inner = "".join(f"<{part}><loc>{path}</loc></{part}>" for path in paths)
    return f"<{kind}>{inner}</{kind}>".encode()


async def with_sitemap(make: Any) -> tuple[Web, Samples]:
    """A site whose pages are made once its port is known."""
    pages: dict[str, bytes | Sequence[bytes]] = {"/": html("/a")}
    web = Web(pages)
    async with at(web) as (visit, server):
        pages.update(make(f"http://{HOST}:{server.port}"))
        found = await look_samples(visit)
    assert isinstance(found, Samples)
    return web, found


async def test_a_page_that_only_the_sitemap_names() -> None:
    """It is asked for, and told as such."""
    _, found = await with_sitemap(
        lambda here: {
            "/sitemap.xml": answer(
                200, urls(f"{here}/an", f"{here}/a", "https://khac.edu.vn/x"), XML
            ),
            "/an": html(),
        }
    )
    why = {one.url.rpartition("/")[2]: one.chosen for one in found.pages}
    assert why == {"tinnhiem-unknown": Chosen.UNKNOWN, "an": Chosen.SITEMAP, "a": Chosen.SECTION}


async def test_an_index_and_gzip() -> None:
    """One level down, to the newest; packed or not; two files at most."""

    def make(here: str) -> Mapping[str, bytes]:
        index = (
            f"<sitemapindex><sitemap><loc>{here}/cu.xml</loc><lastmod>2020-01-01</lastmod></sitemap>"
            f"<sitemap><loc>{here}/moi.xml.gz</loc><lastmod>2026-11-01</lastmod></sitemap></sitemapindex>"
        ).encode()
        return {
            "/robots.txt": robots("Sitemap: /chi-muc.xml\nSitemap: /khac.xml"),
            "/chi-muc.xml": answer(200, index, XML),
            "/moi.xml.gz": answer(200, gzip.compress(urls(f"{here}/an")), XML),
        }

    web, found = await with_sitemap(make)
    assert any(one.url.endswith("/an") for one in found.pages)
    assert {path for path in web.asked if "xml" in path} == {"/chi-muc.xml", "/moi.xml.gz"}


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(answer(200, b"\x1f\x8bnot gzip", XML), id="no-gzip"),
        pytest.param(answer(200, gzip.compress(b" " * 50_000_000), XML), id="bomb"),
        pytest.param(answer(500, b"x"), id="500"),
        pytest.param(html("/x"), id="page"),
        pytest.param(redirect("https://example.org/"), id="away"),
    ],
)
async def test_a_sitemap_of_no_use(sent: bytes) -> None:
    """The rest goes on without it."""
    web = Web({"/": html("/a"), "/sitemap.xml": sent})
    found = await sampled(web)
    assert paths(found) == ["/tinnhiem-unknown", "/a"]


async def test_sitemaps_of_others() -> None:
    """A file on another host, or one that robots.txt forbids, is not asked for."""
    text = "Sitemap: https://khac.edu.vn/s.xml\nSitemap: /kin/s.xml\nUser-agent: *\nDisallow: /kin"
    web = Web({"/": html("/a"), "/robots.txt": robots(text)})
    found = await sampled(web)
    assert isinstance(found.robots, Robots)
    assert found.robots.sitemaps == 2
    assert not any("s.xml" in path for path in web.asked)


# Manners with a site that does not do well


async def test_a_site_that_had_enough() -> None:
    """After a 429 nothing more is asked."""
    web = Web({"/": html(*(f"/muc-{n}" for n in range(9)))})
    web.otherwise = lambda path: answer(429, b"x") if "muc" in path else answer(404, b"x", HTML)
    found = await sampled(web, searching())
    assert found.cut is not None
    assert found.cut.cause is Cause.RATE_LIMITED
    assert sum("muc" in path for path in web.asked) == 1
    assert found.searched == ()


async def test_a_site_that_fails() -> None:
    """Three pages in a row that fail: it is left alone."""
    web = Web({"/": html(*(f"/muc-{n}" for n in range(9)))})
    web.otherwise = lambda path: (
        answer(500, b"x", HTML) if "muc" in path else answer(404, b"x", HTML)
    )
    found = await sampled(web)
    assert found.cut is not None
    assert found.cut.cause is Cause.SERVER_ERROR
    assert sum("muc" in path for path in web.asked) == 3


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        pytest.param(answer(401, b"x"), Cause.AUTHENTICATION_REQUIRED, id="401"),
        pytest.param(answer(429, b"x"), Cause.RATE_LIMITED, id="429"),
        pytest.param(answer(500, b"x"), Cause.SERVER_ERROR, id="500"),
        pytest.param(redirect("https://example.org/"), Cause.REDIRECT_OUT_OF_SCOPE, id="away"),
        pytest.param(
            answer(200, b"%PDF", [("Content-Type", "application/pdf")]),
            Cause.UNDECODABLE,
            id="file",
        ),
    ],
)
async def test_no_home_page_no_samples(sent: bytes, cause: Cause) -> None:
    """Its cause is that of the whole look, and nothing further is asked."""
    web = Web({"/": sent})
    async with at(web) as (visit, _):
        found = await look_samples(visit)
    assert isinstance(found, NotCaptured)
    assert found.cause is cause
    assert asked(web) == {"/"}


async def test_a_home_page_on_another_host() -> None:
    """A permitted host, but not this school's: it is not gone through in this one's name."""
    other = "thcskhac.edu.vn"
    pages: dict[str, bytes | Sequence[bytes]] = {}
    web = Web(pages)
    async with at(web, None, HOST, other) as (visit, server):
        pages[f"//{HOST}/"] = redirect(f"http://{other}:{server.port}/")
        pages[f"//{other}/"] = html("/a")
        found = await look_samples(visit)
    assert isinstance(found, NotCaptured)
    assert found.cause in (Cause.REDIRECT_OUT_OF_SCOPE, Cause.NOT_PERMITTED)


# What is kept


async def test_pages_that_lead_away() -> None:
    """Recorded, with the way, and not followed."""
    web = Web({"/": html("/a"), "/a": redirect("/b"), "/b": redirect("https://example.org/x")})
    web.otherwise = lambda path: redirect("https://example.org/y?from=" + path)
    found = await sampled(web)
    unknown, inner = found.pages
    assert unknown.left_to == "https://example.org/y?from=/tinnhiem-unknown"
    assert inner.left_to == "https://example.org/x"
    assert [one.rpartition("/")[2] for one in inner.through] == ["b"]
    assert isinstance(inner.page, NotCaptured)


async def test_unchanged_sites_give_unchanged_evidence() -> None:
    """Byte for byte, though the made-up name differs and pages repeat it."""
    seen = []
    for _ in range(2):
        web = Web({"/": html("/a", "/b", "/c", "/d")})
        web.otherwise = lambda path: html("/e", text=f"Không có {path}", status=404)
        found = (await sampled(web, searching())).model_dump_json()
        seen.append(re.sub(r":\d+/", ":0/", found))
    assert seen[0] == seen[1]
    assert "tinnhiem-unknown" in seen[0]


# As from a search engine


def searching(**changed: Any) -> Permission:
    """A permission that names the family."""
    return permission().model_copy(update={"families": frozenset({"search-view"}), **changed})


@dataclass
class Cloaking(Web):
    """A site that shows its visitors from a search engine something else."""

    referers: list[tuple[str, str, str]] = field(default_factory=list)
    _sent: dict[str, str] = field(default_factory=dict)

    async def speak(self, stream: Stream) -> None:
        """Note who claims to come from where."""
        await super().speak(_Reading(stream, self))  # type: ignore[arg-type]


class _Reading:
    """A stream that shows the heads that come through it."""

    def __init__(self, stream: Stream, web: Cloaking) -> None:
        self._stream, self._web = stream, web

    async def read(self) -> bytes:
        data = await self._stream.read()
        head = data.decode("latin-1")
        if head.startswith("GET "):
            fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            self._web.referers.append(
                (head.split(" ")[1], fields.get("Referer", ""), fields["User-Agent"])
            )
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@pytest.mark.parametrize("agent", ["", "Mozilla/5.0 (compatible; tim-kiem)"])
async def test_the_same_pages_once_more(agent: str) -> None:
    """The home page and each sampled page, with a Referer, and the name that the permission gives."""
    web = Cloaking({"/": html("/a", "/b"), "/a": html(), "/b": html()})
    found = await sampled(web, searching(search_agent=agent))
    assert not isinstance(found.searched, NotCaptured)
    assert [one.chosen for one in found.searched][:2] == [Chosen.HOME, Chosen.UNKNOWN]
    assert {one.url for one in found.searched[1:]} == {one.url for one in found.pages}
    claimed = [row for row in web.referers if row[1]]
    assert [referer for _, referer, _ in claimed] == ["https://www.google.com/"] * 4
    plain = {name for _, referer, name in web.referers if not referer}
    assert {name for _, _, name in claimed} == ({agent} if agent else plain)
    assert found.search_agent == agent
    assert max(web.asked.values()) == 2


async def test_other_looks_share_what_was_asked() -> None:
    """The made-up path and the policy cost nothing more."""
    web = Web({"/": html("/chinh-sach-bao-mat", "/a")})
    async with at(web) as (visit, _):
        await look_pages(visit)
        await look_provoked(visit)
        await look_samples(visit)
    assert {path: n for path, n in web.asked.items() if n > 1} == {"/": 2}
    assert sum("tinnhiem" in path for path in web.asked) == 1
