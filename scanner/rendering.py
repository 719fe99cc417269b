"""Pages as a browser makes them, in a local Chromium that has no network: all it gets is what we fetched.

Every request of the browser ends here: pages, scripts and styles of the site come out of the visit, everything else is
refused.  A proxy where nobody listens and names that never resolve stand behind that, should one slip through.
"""

import asyncio
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import Link, PageFacts
from checks.evidence.samples import Rendered
from checks.parsing.answers import host_of
from checks.parsing.html.targets import made_fit
from scanner.budget import Failed
from scanner.door import SeenNotTls, SeenRefused
from scanner.follow import in_scope
from scanner.http1 import Asking
from scanner.visit import Allow, Fetched, Visit

PAGE_S = 8.0
"""How long one page may take, all its scripts included."""
SETTLE_S = 1.5
"""How long scripts that wait for a moment are waited for after the page is loaded."""
FILES = 20
FILES_BYTES = 3_000_000
HTML_BYTES = 2 * 1024 * 1024
LINKS = 50
AT_ONCE = 2
"""Sites rendered side by side."""
NOT_INSTALLED = "install tinnhiem[browser], and a Chromium of the system"
# Port 9 (discard): nobody speaks HTTP there.
_DEAD_PROXY = "http://127.0.0.1:9"
_SWITCHES = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--no-pings",
    "--no-first-run",
)
_NO_CALLS = """for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport"]) delete globalThis[name];"""
"""Run in every frame before its own scripts.  These speak UDP past every proxy, and the switch against it comes into force
a moment after the first page of a busy machine."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed() -> bool:
    """Whether the library that drives a browser is there."""
    return find_spec("playwright") is not None


def chromium_of(path: str) -> str | None:
    """The browser's file: the one named, else one of the system."""
    return path or next(filter(None, map(shutil.which, _NAMES)), None)


class Browser:
    """One Chromium for a run, started when the first page comes; each site gets a fresh profile."""

    def __init__(self, path: str = "", page_s: float = PAGE_S) -> None:
        self._path = path
        self._page_s = page_s
        self._driver: Any = None
        self._chromium: Any = None
        self._starting = asyncio.Lock()
        self._room = asyncio.Semaphore(AT_ONCE)

    async def render(
        self, visit: Visit, pages: Sequence[tuple[Fetched, PageFacts]], allow: Allow
    ) -> tuple[Rendered, ...] | NotCaptured:
        """These pages after their scripts ran; one that does not settle and moves nobody is left out."""
        # The time is our own machine's; what is fetched meanwhile counts against the site as ever.
        with visit.budget.own_wait():
            async with self._room:
                missing = await self._started()
                if missing is not None:
                    return missing
                found = [await self._one(_Site(visit, allow), *page) for page in pages]
        return tuple(one for one in found if one is not None)

    async def close(self) -> None:
        """End the browser and its driver."""
        for part, end in ((self._chromium, "close"), (self._driver, "stop")):
            if part is not None:
                with suppress(Exception):
                    await getattr(part, end)()

    async def _started(self) -> NotCaptured | None:
        from playwright.async_api import Error, async_playwright  # noqa: PLC0415  An extra.

        async with self._starting:
            if self._chromium is not None and self._chromium.is_connected():
                return None
            try:
                self._driver = self._driver or await async_playwright().start()
                self._chromium = await self._driver.chromium.launch(
                    executable_path=chromium_of(self._path),
                    headless=True,
                    # Chromium refuses its sandbox to root.
                    chromium_sandbox=not hasattr(os, "geteuid") or os.geteuid() != 0,
                    proxy={"server": _DEAD_PROXY},
                    args=list(_SWITCHES),
                )
            except (Error, OSError) as error:
                return NotCaptured(cause=Cause.SCANNER_CANNOT, detail=f"browser: {error}"[:300])
        return None

    async def _one(self, site: "_Site", fetched: Fetched, facts: PageFacts) -> Rendered | None:
        from playwright.async_api import Error  # noqa: PLC0415

        html: str | None = None
        context = await self._chromium.new_context(
            user_agent=site.visit.tools.user_agent,
            service_workers="block",
            accept_downloads=False,
            locale="vi-VN",
        )
        try:
            async with asyncio.timeout(self._page_s):
                await context.add_init_script(_NO_CALLS)
                await context.route_web_socket("**", lambda socket: socket.close())
                page = await context.new_page()
                site.watch(context, page, fetched)
                await context.route("**/*", site.answer)
                with suppress(Error):
                    await page.goto(fetched.url, wait_until="load")
                await asyncio.sleep(SETTLE_S)
                html = await page.content()
        except (TimeoutError, Error):
            pass
        finally:
            site.over = True
            with suppress(Error):
                await context.close()
        if html is None and not site.moved_to:
            return None
        links = await site.new_links(html, facts) if html is not None else ()
        return Rendered(url=made_fit(fetched.url), moved_to=made_fit(site.moved_to), links=links)


@dataclass
class _Site:
    """What one page of a site may have, and what it tried."""

    visit: Visit
    allow: Allow
    moved_to: str = ""
    over: bool = False
    files: int = 0
    received: int = 0
    _page: Any = field(default=None, init=False)
    _fetched: Fetched | None = field(default=None, init=False)
    _shown: bool = field(default=False, init=False)

    def watch(self, context: Any, page: Any, fetched: Fetched) -> None:
        """This page is the one that is shown; others that it opens are closed."""
        self._page, self._fetched = page, fetched
        context.on("page", self._opened)
        page.on("dialog", lambda dialog: dialog.dismiss())

    async def answer(self, route: Any) -> None:
        """What a request of the browser gets."""
        from playwright.async_api import Error  # noqa: PLC0415

        with suppress(Error):
            try:
                given = None if self.over else await self._given(route.request)
            except (Failed, SeenRefused, SeenNotTls):
                given = None
            if given is None:
                await route.abort()
                return
            answer = given.answer
            names = {
                "content-type",
                "content-security-policy",
                "content-security-policy-report-only",
            }
            headers = {key.lower(): value for key, value in answer.headers if key.lower() in names}
            await route.fulfill(status=answer.status, headers=headers, body=answer.body)

    async def _given(self, request: Any) -> Fetched | None:
        if request.is_navigation_request():
            if request.frame == self._page.main_frame and not self._shown:
                self._shown = True
                return self._fetched
            if request.frame.parent_frame is None:
                self._moves(request.url)
            return None
        wanted = request.method == "GET" and request.resource_type in ("script", "stylesheet")
        if not wanted or not self._own(request.url) or self.files >= FILES:
            return None
        self.files += 1
        left = FILES_BYTES - self.received
        if left <= 0 or not self.allow(request.url):
            return None
        fetched = await self.visit.fetch(request.url, asking=Asking(body_bytes=FILES_BYTES))
        self.received += len(fetched.answer.body)
        good = fetched.answer.status == 200 and not fetched.answer.truncated
        return fetched if good and fetched.blocked is None else None

    def _own(self, url: str) -> bool:
        site = self.visit.site
        return host_of(url) in (site.host, site.twin) and in_scope(self.visit, url)

    def _moves(self, url: str) -> None:
        site = self.visit.site
        if not self.moved_to and host_of(url) and host_of(url) not in (site.host, site.twin):
            self.moved_to = url

    async def _opened(self, page: Any) -> None:
        """A window that the page opened by itself."""
        if page != self._page:
            with suppress(Exception):
                await page.close()

    async def new_links(self, html: str, facts: PageFacts) -> tuple[Link, ...]:
        """Links to other hosts that stand in the page now, and did not before."""
        made = await self.visit.tools.workers.facts(
            html.encode(errors="replace")[:HTML_BYTES],
            url=facts.url,
            status=facts.status,
            content_type="text/html; charset=utf-8",
            truncated=False,
        )
        if isinstance(made, NotCaptured):
            return ()
        before = {host_of(link.href) for link in facts.links} | {host_of(facts.url), ""}
        return tuple(link for link in made.links if host_of(link.href) not in before)[:LINKS]
