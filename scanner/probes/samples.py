"""The look beyond the home page: a few pages chosen by value, asked for one after the other, as the site wishes."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urljoin

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended, Exchange
from checks.evidence.page import PageFacts, Pages
from checks.evidence.samples import Chosen, Rendered, Robots, Sample, Samples
from checks.parsing.answers import home_page, host_of, is_html
from checks.parsing.choosing import Address, Choice, addresses_of, choose
from checks.parsing.html.targets import made_fit
from checks.parsing.policy_links import policy_link
from checks.parsing.robots import NO_RULES, ROBOTS_BYTES, TooManyRules, is_page, read_robots
from checks.parsing.sitemaps import SITEMAP_BYTES, Named, Sitemap, read_sitemap
from checks.parsing.trimming import trimmed
from checks.spec import Untested
from scanner.clock import monotonic_s
from scanner.follow import endpoint_urls, follow, in_scope, page_at_end
from scanner.http1 import PLAIN, Asking
from scanner.inflate import NotInflatable, inflate_for
from scanner.visit import Visit

FAMILY = "search-view"
"""The family that the permission must name before a page is asked for as if from a search engine."""
SEARCH_ENGINE = "https://www.google.com/"
PAGES = 12
"""With the home page and the made-up path."""
BYTES = 3_000_000
"""Of all these pages together; robots.txt and sitemaps come besides."""
SITEMAPS = 2
PAUSE_S = 0.5
LONGEST_PAUSE_S = 2.0
LONGEST_DELAY_S = 10.0
"""A robots.txt that asks for longer pauses gets these."""
WAITS_S = 30.0
"""Who asks for long pauses is asked for fewer pages, so that all of them take no longer."""
FAILURES = 3
"""So many pages in a row that do not come: the site is left alone."""
UNKNOWN = "tinnhiem-unknown"
THROUGH = 10
RENDERED = 4
"""Pages shown in a browser, with the home page."""


async def look_samples(visit: Visit) -> Samples | NotCaptured:
    """Robots, sitemaps, then the pages, then the same as a visitor who comes from a search engine."""
    https_url, http_url = endpoint_urls(visit, visit.site.host)
    way = await follow(visit, https_url)
    if way.end in (Ended.REFUSED, Ended.NOT_TLS):
        way = await follow(visit, http_url)
    try:
        home = home_page(Pages(home=await page_at_end(visit, way)))
    except Untested as nothing:
        return nothing.missing
    if not _is_own(visit, home.url):
        return NotCaptured(
            cause=Cause.REDIRECT_OUT_OF_SCOPE, detail="the home page stands on another host"
        )
    return await _Walk(visit, way, home).samples()


class _Walk:
    """One visitor who goes through one site, page by page."""

    def __init__(self, visit: Visit, way: Exchange, home: PageFacts) -> None:
        permission = visit.tools.door.pace.permission
        self._visit = visit
        self._way = way
        self._home = home
        self._rules = NO_RULES
        self._searching = FAMILY in permission.families
        self._agent = permission.search_agent
        self._pause_s = min(PAUSE_S, 60.0 / permission.requests_per_minute)
        self._last_s = 0.0
        self._room = PAGES - 1
        self._spent_bytes = home.bytes
        self._failed = 0
        self._cut: NotCaptured | None = None
        self._seen: list[tuple[Choice, Sample]] = []
        self._shown: list[tuple[Choice, Asking, PageFacts]] = []
        """What came of those that may be rendered, and how it was asked for."""
        self._known: dict[str, bool] = {}
        """Addresses to choose from, and whether robots.txt allows them."""

    async def samples(self) -> Samples:
        """All of it."""
        robots = await self._robots()
        searched: tuple[Sample, ...] | NotCaptured = NotCaptured(cause=Cause.NOT_PERMITTED)
        if not isinstance(robots, NotCaptured):
            await self._sample()
            if self._searching:
                searched = await self._searched()
        elif self._searching:
            searched = robots
        return Samples(
            robots=robots,
            pages=tuple(sample for _, sample in self._seen),
            known=len(self._known),
            forbidden=sum(not allowed for allowed in self._known.values()),
            cut=self._cut,
            searched=searched,
            search_agent=self._agent if self._searching else "",
            rendered=await self._rendered(),
        )

    async def _rendered(self) -> tuple[Rendered, ...] | NotCaptured:
        """The home page and the most telling pages after their scripts ran, where a browser is at hand."""
        browser = self._visit.tools.browser
        if browser is None:
            return NotCaptured(cause=Cause.NOT_ENABLED)
        seen = [(Choice(self._home.url, Chosen.HOME), PLAIN, self._home), *self._shown]
        pages = [
            (await self._visit.fetch(page.url, asking=asking), page)
            for choice, asking, page in sorted(seen, key=lambda one: _TELLING.index(one[0].chosen))
            if page.status == 200 and is_html(page.content_type)
        ]
        return await browser.render(self._visit, pages[:RENDERED], self._rules.allow)

    # What the site asks of us

    async def _robots(self) -> Robots | NotCaptured:
        """The rules; where they cannot be read, nothing further may be asked for (RFC 9309, 2.3.1.4)."""
        exchange, body = await self._file("/robots.txt", ROBOTS_BYTES + 1)
        if isinstance(exchange.end, NotCaptured):
            return exchange.end
        if exchange.end in (Ended.REFUSED, Ended.NOT_TLS):
            return NotCaptured(cause=Cause.REFUSED, detail="robots.txt")
        last = exchange.last
        if last is not None and last.status >= 500:
            return NotCaptured(cause=Cause.SERVER_ERROR, detail=f"robots.txt: {last.status}")
        if body is None and last is not None and 200 <= last.status < 300:
            return NotCaptured(cause=Cause.UNDECODABLE, detail="robots.txt")
        if body is not None:
            if len(body) > ROBOTS_BYTES and not is_page(body):
                return NotCaptured(cause=Cause.BODY_TRUNCATED, detail="robots.txt")
            try:
                self._rules = read_robots(body, exchange.last.url if exchange.last else "")
            except TooManyRules:
                return NotCaptured(cause=Cause.BUDGET_EVENTS, detail="robots.txt: too many rules")
        self._slow_down(self._rules.delay_s)
        rules = self._rules
        return Robots(
            there=rules.there,
            disallows=rules.disallows,
            sitemaps=len(rules.sitemaps),
            delay_s=rules.delay_s,
        )

    def _slow_down(self, delay_s: float | None) -> None:
        """Longer pauses, and so many pages less that all takes no longer."""
        if not delay_s:
            return
        self._pause_s = max(self._pause_s, min(delay_s, LONGEST_DELAY_S))
        turns = 2 if self._searching else 1
        self._room = min(self._room, max(1, int(WAITS_S / self._pause_s / turns)))

    async def _sitemaps(self) -> list[Named]:
        """What at most two files name: those that robots.txt names, or the usual one; of an index, its newest."""
        files = list(self._rules.sitemaps) or [urljoin(self._home.url, "/sitemap.xml")]
        named: list[Named] = []
        asked: set[str] = set()
        while files and len(asked) < SITEMAPS:
            url = files.pop(0)
            if url in asked or not self._may_ask(url):
                continue
            asked.add(url)
            _, body = await self._file(url, SITEMAP_BYTES)
            found = read_sitemap(body) if body else Sitemap((), index=False)
            if not found.index:
                named += found.names
            elif len(asked) == 1:
                files[:0] = [one.url for one in sorted(found.names, key=_newest_first)[:1]]
        return named

    async def _file(self, url: str, most_bytes: int) -> tuple[Exchange, bytes | None]:
        """Where asking for a small file led, and the file where one came."""
        await self._pause()
        asking = Asking(body_bytes=most_bytes)
        exchange = await self._asked(urljoin(self._home.url, url), asking)
        last = exchange.last
        if exchange.end is not Ended.ANSWERED or last is None or not 200 <= last.status < 300:
            return exchange, None
        answer = (await self._visit.fetch(last.url, asking=asking)).answer
        body = answer.body
        if body[:2] == b"\x1f\x8b":
            try:
                body = opener.open(body, most_bytes) if (opener := inflate_for("gzip")) else b""
            except NotInflatable:
                body = b""
        return exchange, None if answer.undecodable else body

    # Pages

    async def _sample(self) -> None:
        """The made-up path, the pages chosen from what home page and sitemaps name, and from what those name."""
        named = await self._sitemaps()
        made_up = urljoin(self._home.url, f"/{self._visit.made_up}")
        if self._rules.allow(made_up):
            await self._each([Choice(made_up, Chosen.UNKNOWN)])
        first = self._allowed(
            addresses_of(self._visit.site, self._home.url, self._home.links, named)
        )
        await self._each(choose(first, self._left, policy_link(self._home)))
        links = [
            link
            for choice, sample in self._seen
            if isinstance(sample.page, PageFacts) and choice.chosen is not Chosen.UNKNOWN
            for link in sample.page.links
        ]
        further = self._allowed(addresses_of(self._visit.site, self._home.url, links))
        taken = [choice.url for choice, _ in self._seen]
        await self._each(choose(further, self._left, taken=taken))

    @property
    def _left(self) -> int:
        return self._room - len(self._seen)

    def _allowed(self, known: Sequence[Address]) -> list[Address]:
        for one in known:
            self._known.setdefault(one.key, self._rules.allow(one.url))
        return [one for one in known if self._known[one.key]]

    async def _each(self, choices: Sequence[Choice]) -> None:
        for choice in choices:
            sample = await self._one(choice)
            if sample is None:
                return
            self._seen.append((choice, sample))

    async def _searched(self) -> tuple[Sample, ...]:
        """The home page, and the pages again."""
        self._spent_bytes = self._failed = 0
        asking = Asking(referer=SEARCH_ENGINE, agent=self._agent)
        found: list[Sample] = []
        home = Choice(self._way.start_url, Chosen.HOME)
        for choice in (home, *(choice for choice, _ in self._seen)):
            if not self._rules.allow(choice.url):
                continue
            sample = await self._one(choice, asking)
            if sample is None:
                break
            found.append(sample)
        return tuple(found)

    async def _one(self, choice: Choice, asking: Asking = PLAIN) -> Sample | None:
        """One page; nothing where no more is asked for, and then ``cut`` says why."""
        await self._pause()
        budget = self._visit.budget
        left = BYTES - self._spent_bytes
        if self._cut is None and left <= 0:
            self._cut = NotCaptured(cause=Cause.BUDGET_BYTES, detail=f"{BYTES} bytes of pages")
        if self._cut is None and budget.left_s() <= 0:
            self._cut = NotCaptured(cause=Cause.DEADLINE)
        if self._cut is not None:
            return None
        if left < budget.allowance.body_bytes:
            asking = replace(asking, body_bytes=left)
        exchange = await self._asked(choice.url, asking)
        self._spent_bytes += sum(hop.body_bytes for hop in exchange.hops)
        page = await page_at_end(self._visit, exchange, asking)
        if isinstance(exchange.end, NotCaptured) and exchange.end.cause in _ENOUGH:
            self._cut = exchange.end
            return None
        self._count_failures(exchange, page)
        if (
            isinstance(page, PageFacts)
            and not asking.referer
            and choice.chosen is not Chosen.UNKNOWN
        ):
            self._shown.append((choice, asking, page))
        return self._sampled(choice, exchange, page)

    def _count_failures(self, exchange: Exchange, page: PageFacts | NotCaptured) -> None:
        if isinstance(exchange.end, NotCaptured) or (
            isinstance(page, PageFacts) and page.status >= 500
        ):
            self._failed += 1
        else:
            self._failed = 0
        if self._failed >= FAILURES:
            missing = exchange.end
            self._cut = (
                missing
                if isinstance(missing, NotCaptured)
                else NotCaptured(cause=Cause.SERVER_ERROR, detail=f"{FAILURES} pages in a row")
            )

    def _sampled(self, choice: Choice, exchange: Exchange, page: PageFacts | NotCaptured) -> Sample:
        sample = Sample(
            url=made_fit(choice.url),
            chosen=choice.chosen,
            through=tuple(made_fit(hop.url) for hop in exchange.hops[1 : THROUGH + 1]),
            left_to=made_fit(exchange.next_url) if exchange.end is Ended.LEFT_SCOPE else "",
            page=trimmed(page) if isinstance(page, PageFacts) else page,
        )
        made_up = self._visit.made_up
        if choice.chosen is not Chosen.UNKNOWN:
            return sample
        # The page may repeat the name, which differs in every run.
        return Sample.model_validate_json(sample.model_dump_json().replace(made_up, UNKNOWN))

    # Manners

    async def _asked(self, url: str, asking: Asking) -> Exchange:
        began = monotonic_s()
        exchange = await follow(self._visit, url, asking=asking)
        self._last_s = monotonic_s() - began
        return exchange

    async def _pause(self) -> None:
        """A moment between two requests: longer where the site asks for it, or takes its time."""
        with self._visit.budget.own_wait():
            await asyncio.sleep(max(self._pause_s, min(self._last_s / 2, LONGEST_PAUSE_S)))

    def _may_ask(self, url: str) -> bool:
        return _is_own(self._visit, url) and in_scope(self._visit, url) and self._rules.allow(url)


_TELLING = (
    Chosen.HOME,
    Chosen.ODD,
    Chosen.SITEMAP,
    Chosen.NEWEST,
    Chosen.DEEPEST,
    Chosen.SECTION,
)
_ENOUGH = frozenset(
    {
        Cause.DEADLINE,
        Cause.BUDGET_BYTES,
        Cause.BUDGET_EVENTS,
        Cause.RATE_LIMITED,
        Cause.NOT_PERMITTED,
        Cause.LOCAL_NETWORK_DOWN,
    }
)
"""After these nothing more is asked for."""


def _is_own(visit: Visit, url: str) -> bool:
    return host_of(url) in (visit.site.host, visit.site.twin)


def _newest_first(named: Named) -> tuple[int, ...]:
    return tuple(-int(part) for part in named.day.split("-")) if named.day else (0,)
