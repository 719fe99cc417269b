"""Odd requests to a real server: what is sent, how often, and what is kept."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended
from checks.evidence.page import PageFacts
from checks.evidence.provoked import FOREIGN_ORIGIN, Provoked, Shown
from scanner.probes.http import look_http
from scanner.probes.pages import look_pages
from scanner.probes.provoked import UNKNOWN, look_provoked
from scanner.visit import Visit
from tests.scanner.builders import HOST, NODATA, TWIN, door, hosts, says_records, site, visiting
from tests.scanner.chains import authority, made, server_context
from tests.scanner.servers import (
    NameScript,
    Web,
    answer,
    over_tls,
    plainly,
    redirect,
    says,
    serving,
)

HTML = [("Content-Type", "text/html; charset=utf-8")]
HOME = answer(
    200,
    b"<title>Truong</title><img src=/uploads/a/1.jpg><img src=/uploads/a/2.jpg><img src=/themes/b/3.png>"
    b"<a href=/files/c/x.pdf>x</a>",
    HTML,
)


@asynccontextmanager
async def over_https(web: Web, *names: str) -> AsyncIterator[Visit]:
    """A visit to a site that this serves over https, and over http alike."""
    root = authority("Root", days=(-2000, 20_000))
    chain = made(HOST, root, days=(-2000, 20_000))
    async with (
        serving(over_tls(server_context(chain, root), web.speak)) as https,
        serving(plainly(web.speak)) as http,
        visiting(
            site(https.port, http.port), hosts(*(names or (HOST,))), door(https.port, http.port)
        ) as visit,
    ):
        yield visit


async def provoked(web: Web, *names: str) -> Provoked:
    """What is found there."""
    async with over_https(web, *names) as visit:
        return await look_provoked(visit)


async def test_each_question_is_asked_once() -> None:
    """A foreign origin at the home page alone; one unknown path; the two folders that most files lie in."""
    web = Web({"/": HOME})
    found = await provoked(web)
    assert web.origins == [("/", FOREIGN_ORIGIN)]
    unknown = [path for path in web.asked if path.startswith("/tinnhiem-")]
    assert len(unknown) == 1
    assert web.asked == {"/": 2, unknown[0]: 1, "/uploads/a/": 1, "/files/c/": 1}
    assert not isinstance(found.cross_origin, NotCaptured)
    assert found.cross_origin.status == 200
    assert not isinstance(found.directories, NotCaptured)
    assert [
        one.exchange.start_url.rpartition("//")[2].partition("/")[2] for one in found.directories
    ] == [
        "uploads/a/",
        "files/c/",
    ]
    assert found.directories_total == 3


async def test_a_site_with_a_twin_is_asked_for_one_folder_less() -> None:
    """Eight requests in all, whatever there is to see."""
    web = Web({"/": HOME})
    async with over_https(web, HOST, TWIN) as visit:
        await look_http(visit)
        await look_pages(visit)
        found = await look_provoked(visit)
    assert not isinstance(found.directories, NotCaptured)
    assert len(found.directories) == 1
    assert sum(web.asked.values()) == 4 + 1 + 1 + 1


async def test_the_unknown_name_is_not_kept() -> None:
    """A site that repeats the path gives the same evidence in every run."""
    first, second = Web({"/": HOME}), Web({"/": HOME})
    seen = []
    for web in (first, second):

        def repeat(path: str) -> bytes:
            page = f"<title>{path}</title><p>No {path} here.</p><a href='{path}/more'>more</a>"
            return answer(404, page.encode(), HTML)

        web.otherwise = repeat
        found = (await provoked(web)).unknown
        assert isinstance(found, Shown)
        seen.append(found)
    names = {path for web in (first, second) for path in web.asked if "tinnhiem-" in path}
    assert len(names) == 2
    for shown in seen:
        text = shown.model_dump_json()
        assert not any(name.strip("/") in text for name in names)
        assert isinstance(shown.page, PageFacts)
        assert shown.page.text == f"No /{UNKNOWN} here. more"
        assert shown.exchange.hops[0].body_sha256 == ""


async def test_what_strangers_may_read() -> None:
    """The header of that answer is kept; the ordinary look never claims an origin."""
    sent = [*HTML, ("Access-Control-Allow-Origin", FOREIGN_ORIGIN)]
    web = Web({"/": [HOME, HOME, answer(200, b"x", sent)]})
    async with over_https(web) as visit:
        http = await look_http(visit)
        found = await look_provoked(visit)
    assert not isinstance(found.cross_origin, NotCaptured)
    assert found.cross_origin.values("access-control-allow-origin") == (FOREIGN_ORIGIN,)
    last = http.https.last
    assert last is not None
    assert last.values("access-control-allow-origin") == ()


@pytest.mark.parametrize(
    ("sent", "cause"),
    [
        pytest.param(answer(429, b"slow"), Cause.RATE_LIMITED, id="429"),
        pytest.param(
            answer(403, b"<title>Just a moment...</title>"), Cause.CHALLENGE_PAGE, id="challenge"
        ),
        pytest.param(b"SSH-2.0-x\r\n", Cause.NOT_HTTP, id="not-http"),
    ],
)
async def test_a_site_that_does_not_let_us_in(sent: bytes, cause: Cause) -> None:
    """Nothing further is asked, and nothing concluded."""
    web = Web({"/": sent})
    found = await provoked(web)
    for part in (found.cross_origin, found.unknown, found.directories):
        assert isinstance(part, NotCaptured)
        assert part.cause is cause
    assert set(web.asked) == {"/"}


async def test_folders_of_an_error_page() -> None:
    """Its files are not the home page's; the other questions are asked."""
    web = Web({"/": answer(404, b"<img src=/a/b.png>", HTML)})
    found = await provoked(web)
    assert isinstance(found.directories, NotCaptured)
    assert found.directories.cause is Cause.SERVER_ERROR
    assert isinstance(found.unknown, Shown)


async def test_files_in_what_was_cut() -> None:
    """A page that goes on may name files: without any in what was read, nothing is said of folders."""
    web = Web({"/": answer(200, b"<p>" + b"x" * 3_000_000, HTML)})
    found = (await provoked(web)).directories
    assert isinstance(found, NotCaptured)
    assert found.cause is Cause.BODY_TRUNCATED
    web = Web({"/": answer(200, b"<img src=/a/b.png>" + b"x" * 3_000_000, HTML)})
    assert not isinstance((await provoked(web)).directories, NotCaptured)


async def test_an_unknown_path_that_leads_away() -> None:
    """Recorded, not followed."""
    web = Web({"/": HOME})
    web.otherwise = lambda _: redirect("https://example.org/khuyen-mai")
    found = (await provoked(web)).unknown
    assert isinstance(found, Shown)
    assert found.exchange.end is Ended.LEFT_SCOPE
    assert found.exchange.next_url == "https://example.org/khuyen-mai"
    assert isinstance(found.page, NotCaptured)
    assert found.page.cause is Cause.REDIRECT_OUT_OF_SCOPE


async def test_a_site_without_https() -> None:
    """Asked over http where https speaks something else."""
    web = Web({"/": HOME})
    async with serving(says(b"SSH-2.0-x\r\n", after=0)) as ssh, serving(plainly(web.speak)) as http:
        through = door(ssh.port, http.port)
        async with visiting(site(ssh.port, http.port), hosts(HOST), through) as visit:
            found = await look_provoked(visit)
    assert not isinstance(found.cross_origin, NotCaptured)
    assert found.cross_origin.url.startswith("http://")
    async with serving(says(b"SSH-2.0-x\r\n", after=0)) as ssh:
        through = door(ssh.port)
        async with visiting(site(ssh.port, ssh.port), hosts(HOST), through) as visit:
            found = await look_provoked(visit)
    assert isinstance(found.cross_origin, NotCaptured)


async def test_every_address_is_asked() -> None:
    """Each with its own answers; the twin's and other hosts' are asked once."""
    plain = [Web({"/": answer(200, str(n).encode() * (n + 1), HTML)}) for n in (1, 2)]
    names = NameScript({(HOST, "A"): says_records("A", "127.0.0.1", "127.0.0.2")}, NODATA)
    async with (
        serving(plainly(plain[0].speak)) as first,
        serving(plainly(plain[1].speak), "127.0.0.2", first.port),
        visiting(site(first.port, first.port), names, door(first.port)) as visit,
    ):
        seen = await look_http(visit)
    assert [one.address for one in seen.further] == ["127.0.0.2"]
    bodies = [one.hops[0].body_bytes for one in (seen.http, seen.further[0].http)]
    assert bodies == [2, 3]
    assert [web.asked["/"] for web in plain] == [1, 1]
