"""Where the site sends its visitors: by redirect, by meta refresh, by script; plainly or only some of them."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended, Exchange, Http
from checks.evidence.page import CodeMark, PageFacts, Pages
from checks.evidence.provoked import Provoked
from checks.evidence.samples import Chosen, Sample, Samples
from checks.parsing.answers import home_page, host_of, route
from checks.parsing.betting.hosts import HostKind, kind_of
from checks.parsing.betting.words import shipped_words
from checks.parsing.foreign import Whose, resembles, whose
from checks.parsing.text import display
from checks.spec import Answer, Measured, NoLimits, Outcome, Seen, captured, check, untested
from inventory.model import Site

SHOWN = 300
_FOR_EVER = frozenset({301, 308})


_GRAVEST = (
    "home",
    "searchers",
    "inner",
    "unknown-path",
    "moved",
    "other-school",
    "known-service",
    "bare-address",
)


class _Way(NamedTuple):
    """One way in which a page sends its visitors somewhere."""

    page: str
    """The page that does it."""
    target: str
    how: str
    """``redirect``, ``refresh``, ``script`` or ``browser``."""
    where: str
    """A reason for the worst case: ``home``, ``inner``, ``unknown-path`` or ``searchers``."""
    moved: bool = False
    """Whether it looks like a site that moved for good."""


@check(
    id="no-foreign-redirect",
    title="Nothing on the site sends visitors to a foreign site",
    family="content",
    needs=(Http, Pages, Samples),
    limits=NoLimits,
    reasons=_GRAVEST,
    names=("target",),
)
def no_foreign_redirect(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Do the home page (http, https and www), the sampled pages and a path made up for this look leave visitors
        where they are: no redirect, no meta refresh and no script that sends them to a stranger's site?  Asked once
        more as from a search engine where the permission allows it, and after scripts ran where a browser was used.

        To a stranger: not-met, by the home page (home), another page whose target is called like a betting house (inner; any
        other target of a plain redirect there: needs-review), only a path that does not exist
        (unknown-path), or only those who come from a search engine (searchers).  To a name that resembles the
        site's own, or for good to the front page of another name under .vn (moved), to another school (other-school), to a
        service that schools use (known-service), or to a bare IP address (bare-address): needs-review.  The site's own
        names, state bodies (gov.vn, danang.edu.vn), and an inner page kept at such a service: met.

        Nothing found, but the home page or the made-up path not seen (timeout, reset, NXDOMAIN, blocked, 429, 5xx), or
        robots.txt forbids such a path and no other look asked for it, or a home page cut: not-tested.  Ports refused: not-tested.  Other
        sampled pages that did not come are left out.

    Why it matters
        A site that sends parents and pupils to betting or fraud was broken into, or its name was lost.

    How to fix
        Find the redirect in the server's settings, ``.htaccess``, the start of ``index.php``, scripts and plug-ins; take
        it out, then look for how it came there: change passwords and update the software.

    Not tested by this check
        Pages that were not sampled, clicks, and redirects for phones or single countries alone.
    """
    pages = seen.get(Pages)
    found = [_judged(way, seen.site) for way in _ways(seen, seen.get(Http), pages)]
    for outcome in (Outcome.NOT_MET, Outcome.NEEDS_REVIEW):
        told = [answer for answer in found if answer.outcome is outcome]
        if told:
            return min(told, key=lambda answer: _GRAVEST.index(answer.reason))
    home = home_page(pages)
    if home.truncated:
        untested(Cause.BODY_TRUNCATED, "the home page is longer than what was read")
    if home.code_cut:
        untested(Cause.BUDGET_CPU, "scripts in the home page too long to be read to their end")
    return Answer(Outcome.MET, (Measured("pages", 1 + _seen_pages(seen, seen.get(Samples))),))


def _judged(way: _Way, site: Site) -> Answer:
    """What one way out means."""
    measured = (
        Measured("page", display(way.page, SHOWN)),
        Measured("target", display(way.target, SHOWN)),
        Measured("how", way.how),
    )
    match whose(way.target, site):
        case Whose.OWN | Whose.AUTHORITY:
            return Answer(Outcome.MET)
        case Whose.KNOWN if way.where == "inner" and way.how == "redirect":
            # A form or a page of the school's own at such a service.
            return Answer(Outcome.MET)
        case Whose.KNOWN:
            reason = "known-service"
        case Whose.SCHOOL:
            reason = "moved" if way.moved and resembles(way.target, site) else "other-school"
        case Whose.ADDRESS:
            reason = "bare-address"
        case Whose.STRANGER if _may_be_new_home(way, site):
            reason = "moved"
        case Whose.STRANGER if _may_be_partner(way):
            reason = "inner"
        case _:
            return Answer(Outcome.NOT_MET, measured, way.where, address=way.page)
    return Answer(Outcome.NEEDS_REVIEW, measured, reason, address=way.page)


def _may_be_partner(way: _Way) -> bool:
    """Whether one page of many leads plainly to a stranger whose name tells nothing: a shop, a school's own system."""
    kind = kind_of(host_of(way.target), shipped_words())
    return way.where == "inner" and way.how == "redirect" and kind is not HostKind.BETTING


def _may_be_new_home(way: _Way, site: Site) -> bool:
    if resembles(way.target, site):
        return way.moved or way.where == "inner"
    return way.moved and _is_vn(way.target)


def _ways(seen: Seen, http: Http, pages: Pages) -> list[_Way]:
    """Every way out that was seen; of what searchers see, what others do not."""
    samples = seen.payloads.get(Samples)
    found = [way for exchange in _endpoints(http) for way in _by_redirect(exchange)]
    if isinstance(pages.home, PageFacts):
        found += _by_page(pages.home, "home")
    if isinstance(pages.policy, PageFacts):
        found += _by_page(pages.policy, "inner")
    found += _by_provoked(seen.payloads.get(Provoked))
    if isinstance(samples, Samples):
        found += _by_browser(samples)
        found += _of_samples(samples.pages)
        known = {(way.page, host_of(way.target)) for way in found}
        searched = () if isinstance(samples.searched, NotCaptured) else samples.searched
        more = [way for sample in searched for way in _by_sample(sample, "searchers")]
        found += [way for way in more if (way.page, host_of(way.target)) not in known]
    return found


def _by_provoked(provoked: object) -> Iterator[_Way]:
    if not isinstance(provoked, Provoked) or isinstance(provoked.unknown, NotCaptured):
        return
    exchange = provoked.unknown.exchange
    if exchange.end is Ended.LEFT_SCOPE:
        yield _Way(exchange.start_url, exchange.next_url, "redirect", "unknown-path")
    if isinstance(provoked.unknown.page, PageFacts):
        yield from _by_page(provoked.unknown.page, "unknown-path")


def _of_samples(pages: Iterable[Sample]) -> Iterator[_Way]:
    known = sorted(pages, key=lambda sample: sample.chosen is Chosen.UNKNOWN)
    for sample in known:
        where = "unknown-path" if sample.chosen is Chosen.UNKNOWN else "inner"
        yield from _by_sample(sample, where)


def _endpoints(http: Http) -> Iterator[Exchange]:
    given = [http.https, http.http, http.twin_https, http.twin_http]
    given += [exchange for one in http.further for exchange in (one.https, one.http)]
    yield from (exchange for exchange in given if exchange is not None)


def _by_redirect(exchange: Exchange) -> Iterator[_Way]:
    """Where an endpoint leads: on permitted hosts to the end, or out of the permission."""
    start = host_of(exchange.start_url)
    stops = route(exchange)
    for nth, target in enumerate(stops[1:]):
        if host_of(target) != start:
            from_here = exchange.hops[nth] if nth < len(exchange.hops) else None
            for_ever = from_here is not None and from_here.status in _FOR_EVER
            yield _Way(
                exchange.start_url, target, "redirect", "home", for_ever and _is_front(target)
            )


def _by_sample(sample: Sample, where: str) -> Iterator[_Way]:
    for target in (*sample.through, sample.left_to):
        if target:
            yield _Way(sample.url, target, "redirect", where)
    if isinstance(sample.page, PageFacts):
        yield from _by_page(sample.page, where)


def _by_page(page: PageFacts, where: str) -> Iterator[_Way]:
    if page.refresh:
        yield _Way(page.url, page.refresh, "refresh", where, moved=_is_front(page.refresh))
    for code in page.code:
        if CodeMark.MOVES in code.marks or CodeMark.MOVES_SEARCHERS in code.marks:
            only = CodeMark.MOVES_SEARCHERS in code.marks
            for target in code.moves:
                yield _Way(page.url, target, "script", "searchers" if only else where)


def _by_browser(samples: Samples) -> Iterator[_Way]:
    if isinstance(samples.rendered, NotCaptured):
        return
    for nth, rendered in enumerate(samples.rendered):
        if rendered.moved_to:
            yield _Way(rendered.url, rendered.moved_to, "browser", "inner" if nth else "home")


def _seen_pages(seen: Seen, samples: Samples) -> int:
    """How many further pages were seen; ``Untested`` where the made-up path was not among them."""
    unknown = [sample.page for sample in samples.pages if sample.chosen is Chosen.UNKNOWN]
    provoked = seen.payloads.get(Provoked)
    if not unknown and isinstance(provoked, Provoked):
        unknown = [captured(provoked.unknown).page]
    if not unknown:
        if isinstance(samples.robots, NotCaptured):
            untested(samples.robots.cause, samples.robots.detail)
        cut = samples.cut or NotCaptured(cause=Cause.NOT_PERMITTED, detail="robots.txt forbids it")
        untested(cut.cause, cut.detail)
    page = unknown[0]
    if isinstance(page, NotCaptured) and page.cause is not Cause.REDIRECT_OUT_OF_SCOPE:
        untested(page.cause, page.detail)
    if isinstance(page, PageFacts):
        if page.status == 429:
            untested(Cause.RATE_LIMITED, "status 429")
        if page.status >= 500:
            untested(Cause.SERVER_ERROR, f"status {page.status}")
    return sum(isinstance(sample.page, PageFacts) for sample in samples.pages)


def _is_front(url: str) -> bool:
    return url.partition("//")[2].partition("/")[2].strip("/") in ("", "index.html", "index.php")


def _is_vn(url: str) -> bool:
    return host_of(url).endswith(".vn")
