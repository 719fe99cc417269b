"""Pages in a real browser: what their scripts do is seen, and nothing of it leaves this machine's visit."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.samples import Rendered, Samples
from scanner.probes.samples import look_samples
from scanner.rendering import FILES, Browser, chromium_of, installed
from tests.scanner.builders import HOST, door, hosts, site, visiting
from tests.scanner.servers import Web, answer, closes, plainly, says, serving

HTML = [("Content-Type", "text/html; charset=utf-8")]
JS = [("Content-Type", "text/javascript")]
PATIENT_S = 90.0
"""A busy machine may take long over a page that settles in the end; only what never does is cut off."""
LEAVES = pytest.mark.skipif(
    not os.environ.get("TINNHIEM_REQUIRE_BROWSER") and (not installed() or chromium_of("") is None),
    reason="no playwright or no Chromium here",
)


def html(body: str) -> bytes:
    return answer(200, f"<!DOCTYPE html><title>Trang</title><body>{body}</body>".encode(), HTML)


@asynccontextmanager
async def browser(path: str, page_s: float) -> AsyncIterator[Browser]:
    """A browser, ended in the end."""
    found = Browser(path, page_s)
    try:
        yield found
    finally:
        await found.close()


async def rendered(
    web: Web, path: str = "", page_s: float = PATIENT_S
) -> tuple[Rendered, ...] | NotCaptured:
    """What a browser makes of the home page and the pages that it links."""
    async with (
        browser(path, page_s) as shows,
        serving(says(b"SSH-2.0-x\r\n", after=0)) as other,
        serving(plainly(web.speak)) as server,
        visiting(
            site(other.port, server.port), hosts(HOST), door(other.port, server.port)
        ) as visit,
    ):
        visit.tools.browser = shows
        found = await look_samples(visit)
    assert isinstance(found, Samples)
    return found.rendered


@LEAVES
async def test_what_scripts_do() -> None:
    """A script of the site writes a link; another sends the visitor away; own links are no news."""
    web = Web(
        {
            "/": html(
                "<a href=https://cu.example/>Cũ</a><a href=/di>Đi</a><script src=/a.js></script>"
            ),
            "/a.js": answer(
                200,
                b"for (const u of ['https://moi.example/x', 'https://cu.example/y', '/z']) {"
                b"const a = document.createElement('a'); a.href = u; a.textContent = 'M';"
                b"document.body.append(a)}",
                JS,
            ),
            "/di": html(
                "<script>setTimeout(() => location = 'https://di.example/x', 300)</script>"
            ),
        }
    )
    found = await rendered(web)
    assert not isinstance(found, NotCaptured)
    home, inner = found
    assert [link.href for link in home.links] == ["https://moi.example/x"]
    assert (home.moved_to, inner.moved_to) == ("", "https://di.example/x")
    assert web.asked["/a.js"] == 1
    assert web.asked["/"] == 1
    assert web.asked["/z"] == 0


@LEAVES
async def test_what_calls_past_the_proxy_is_gone() -> None:
    """In the page, and in a frame that its script makes."""
    web = Web(
        {
            "/": html(
                "<script>const f = document.createElement('iframe'); document.body.append(f);"
                "const kinds = [self, f.contentWindow].flatMap(w => ['RTCPeerConnection', "
                "'webkitRTCPeerConnection', 'WebTransport'].map(n => typeof w[n]));"
                "const a = document.createElement('a'); a.href = 'https://' + kinds.join('-') + '.example/';"
                "a.textContent = 'x'; document.body.append(a)</script>"
            )
        }
    )
    found = await rendered(web)
    assert not isinstance(found, NotCaptured)
    said = "-".join(["undefined"] * 6)
    assert [link.href for link in found[0].links] == [f"https://{said}.example/"]


@LEAVES
async def test_nobody_is_called() -> None:
    """Every way that a page has to reach somebody else, by name and by address: nobody came."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    udp.setblocking(False)
    stun = udp.getsockname()[1]
    async with serving(closes) as canary:
        parts = []
        for at in (
            f"127.0.0.1:{canary.port}",
            f"localhost:{canary.port}",
            f"canary.example:{canary.port}",
        ):
            here = f"http://{at}"
            parts.append(
                f"<link rel=dns-prefetch href='{here}'><link rel=preconnect href='{here}'><link rel=prefetch href='{here}/p'>"
                f"<link rel=stylesheet href='{here}/s.css'><img src='{here}/i.png'><iframe src='{here}/f'></iframe>"
                f"<object data='{here}/o'></object><video src='{here}/v' autoplay></video><script src='{here}/j.js'></script>"
                f"<form id=f action='{here}/form' method=post></form><a id=a ping='{here}/ping' href='{here}/a' download>x</a>"
                "<script>"
                f"fetch('{here}/fetch').catch(() => 0); fetch('{here}/post', {{method: 'POST', mode: 'no-cors'}}).catch(() => 0);"
                f"new Image().src = '{here}/image'; navigator.sendBeacon('{here}/beacon', 'x');"
                f"try {{ new WebSocket('ws://{at}/ws') }} catch (e) {{}} try {{ new EventSource('{here}/es') }} catch (e) {{}}"
                f"try {{ new Worker('{here}/w.js') }} catch (e) {{}} try {{ importScripts('{here}/is') }} catch (e) {{}}"
                f"import('{here}/m.js').catch(() => 0); window.open('{here}/open');"
                f"try {{ navigator.serviceWorker.register('/sw.js') }} catch (e) {{}}"
                f"setTimeout(() => {{ document.getElementById('a').click(); document.getElementById('f').submit(); }}, 200);"
                f"setTimeout(() => {{ location = '{here}/moved' }}, 500);"
                "</script>"
            )
        parts.append(
            "<script>try { const c = new RTCPeerConnection({iceServers: ["
            f"{{urls: 'stun:127.0.0.1:{stun}'}}, {{urls: 'turn:127.0.0.1:{canary.port}?transport=tcp', username: 'a', credential: 'b'}}"
            "]}); c.createDataChannel('x'); c.createOffer().then(o => c.setLocalDescription(o)) } catch (e) {}</script>"
            "<script>try { const f = document.createElement('iframe'); document.documentElement.append(f);"
            f"const c = new f.contentWindow.RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:{stun}'}}]}});"
            "c.createDataChannel('x'); c.createOffer().then(o => c.setLocalDescription(o)) } catch (e) {}</script>"
            f"<script>fetch('/api'); fetch('/gui', {{method: 'POST'}}); new Image().src = '/anh.png'</script>"
        )
        web = Web({"/": html("".join(parts)), "/sw.js": answer(200, b"1", JS)})
        found = await rendered(web)
        await asyncio.sleep(0.3)
        assert canary.connections == 0
    with udp, pytest.raises(BlockingIOError):
        udp.recv(2048)
    assert not isinstance(found, NotCaptured)
    assert found[0].moved_to.startswith("http://")
    # Of the site itself: the usual pages, and none of what scripts asked for beside scripts and styles.
    assert not {"/api", "/gui", "/anh.png", "/sw.js"} & set(web.asked)


@LEAVES
async def test_a_page_that_never_settles() -> None:
    """It is cut off, and nothing is said of it."""
    web = Web({"/": html("<script>for (;;) {}</script>")})
    assert await rendered(web, page_s=4.0) == ()


@LEAVES
async def test_many_files() -> None:
    """A page that asks for a thousand scripts gets some of them."""
    scripts = "".join(f"<script src=/{n}.js></script>" for n in range(200))
    web = Web({"/": html(scripts)})
    web.otherwise = lambda path: answer(200, b"1", JS) if path.endswith(".js") else answer(404)
    await rendered(web)
    assert sum(path.endswith(".js") for path in web.asked) == FILES


@LEAVES
async def test_robots_count_here_too() -> None:
    """What the site's rules forbid is not fetched for the browser either."""
    text = [("Content-Type", "text/plain")]
    web = Web(
        {
            "/": html("<script src=/kin/a.js></script>"),
            "/robots.txt": answer(200, b"User-agent: *\nDisallow: /kin/", text),
        }
    )
    await rendered(web)
    assert "/kin/a.js" not in web.asked


@LEAVES
async def test_a_browser_that_does_not_start() -> None:
    """Our own trouble, told as such."""
    found = await rendered(Web({"/": html("x")}), "/no/such/chromium")
    assert isinstance(found, NotCaptured)
    assert found.cause is Cause.SCANNER_CANNOT


async def test_without_a_browser_nothing_is_rendered() -> None:
    """It is off unless asked for."""
    web = Web({"/": html("x")})
    async with (
        serving(says(b"SSH-2.0-x\r\n", after=0)) as other,
        serving(plainly(web.speak)) as server,
        visiting(
            site(other.port, server.port), hosts(HOST), door(other.port, server.port)
        ) as visit,
    ):
        found = await look_samples(visit)
    assert isinstance(found, Samples)
    assert isinstance(found.rendered, NotCaptured)
    assert found.rendered.cause is Cause.NOT_ENABLED
