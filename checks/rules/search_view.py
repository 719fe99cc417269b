"""Whether who comes from a search engine is shown what everybody is shown."""

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import Field

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import Link, PageFacts, Pages
from checks.evidence.samples import Chosen, Sample, Samples
from checks.parsing.answers import home_page, host_of, is_html
from checks.parsing.foreign import Whose, whose
from checks.parsing.likeness import likeness, same_title
from checks.parsing.text import READABLE_WORDS, display
from checks.parsing.trimming import trimmed
from checks.spec import Answer, Limits, Measured, Outcome, Seen, captured, check, untested
from inventory.model import Site

SHOWN = 300
HOSTS_SHOWN = 5
LINKS_READ = 500
"""Of more links than these the rest was never read."""


class SimilarityLimits(Limits):
    """How alike the two texts of a page must be, from 0 to 1; the catalogue asks 0.9."""

    min_similarity: float = Field(ge=0, le=1)


class _Pair(NamedTuple):
    """One page, as everybody sees it and as who comes from a search engine."""

    url: str
    plain: PageFacts | NotCaptured
    plain_left_to: str
    searched: Sample


@check(
    id="same-page-for-search-engines",
    title="Search engines and readers see the same pages",
    family="content",
    needs=(Pages, Samples),
    limits=SimilarityLimits,
    reasons=(
        "sent-away",
        "other-links",
        "sent-elsewhere",
        "more-links",
        "other-text",
        "other-title",
        "other-status",
    ),
    names=("hosts", "target"),
)
def same_page_for_search_engines(seen: Seen, limits: SimilarityLimits) -> Answer:
    """
    What it asks
        The home page and the sampled pages are asked for once more, saying that a link of a search engine was followed
        (``Referer``, and a ``User-Agent`` that the permission names).  Are text, title and links to other sites the same?
        Numbers, dates, and the order of news do not count.

        Only those visitors are sent to a stranger's site (sent-away), or links to strangers' sites appear together with
        another title or a text less alike than asked (other-links): not-met.  They are sent elsewhere (sent-elsewhere),
        see such links alone (more-links), a text less alike than asked (other-text), another title (other-title), or are
        turned away with another status (other-status): needs-review.

        Looked at only where the permission names the family ``search-view``: otherwise not tested (not-permitted).
        Home page not seen, or not seen in that manner (refused, timeout, reset, NXDOMAIN, blocked, 429, 5xx), or cut: not-tested.
        Other sampled pages that did not come are left out.

    Why it matters
        Betting adverts that only search engines see stay for years: the school's name stands beside them in the results,
        and nobody at the school ever sees them.

    How to fix
        Search for ``site:`` and the school's host; find the code that looks at Referer or User-Agent (often at the start of
        ``index.php`` or in a plug-in), take it out, update the software and change the passwords.

    Not tested by this check
        Pages that were not sampled, and sites that know search engines by their addresses.
    """
    pages, samples = seen.get(Pages), seen.get(Samples)
    searched = captured(samples.searched)
    home = home_page(pages)
    if home.truncated:
        untested(Cause.BODY_TRUNCATED, "the home page is longer than what was read")
    if not searched or searched[0].chosen is not Chosen.HOME:
        cut = samples.cut or NotCaptured(cause=Cause.NOT_PERMITTED, detail="robots.txt forbids it")
        untested(cut.cause, cut.detail)
    answers = [_compared(pair, seen.site, limits) for pair in _pairs(home, samples, searched)]
    _require_seen(searched[0])
    told = [answer for answer in answers if answer is not None]
    if not told:
        untested(Cause.NO_ANSWER, "no page was seen in both manners")
    order = (Outcome.NOT_MET, Outcome.NEEDS_REVIEW, Outcome.MET)
    worst = min(told, key=lambda answer: (order.index(answer.outcome), _likeness_of(answer)))
    return worst._replace(measured=(*worst.measured, Measured("pages", len(told))))


def _pairs(home: PageFacts, samples: Samples, searched: tuple[Sample, ...]) -> Iterator[_Pair]:
    plain = {sample.url: sample for sample in samples.pages}
    # As much text as is kept of a sample, and all links.
    short = home.model_copy(update={"text": trimmed(home).text})
    for one in searched:
        if one.chosen is Chosen.HOME:
            yield _Pair(one.url, short, "", one)
        elif one.url in plain:
            before = plain[one.url]
            yield _Pair(one.url, before.page, before.left_to, one)


def _require_seen(home: Sample) -> None:
    """``Untested`` where the home page did not come in that manner, and nobody was sent away."""
    if home.left_to:
        return
    page = captured(home.page)
    if page.status == 429:
        untested(Cause.RATE_LIMITED, "status 429")
    if page.status >= 500:
        untested(Cause.SERVER_ERROR, f"status {page.status}")


def _compared(pair: _Pair, site: Site, limits: SimilarityLimits) -> Answer | None:
    """What differs between the two; nothing where one of them did not come."""
    sent = _sent_to(pair)
    if sent:
        stranger = [target for target in sent if whose(target, site) is Whose.STRANGER]
        outcome = Outcome.NOT_MET if stranger else Outcome.NEEDS_REVIEW
        reason = "sent-away" if stranger else "sent-elsewhere"
        target = Measured("target", display((stranger or sent)[0], SHOWN))
        return Answer(outcome, (target,), reason, address=pair.url)
    plain, searched = pair.plain, pair.searched.page
    if isinstance(plain, NotCaptured) or isinstance(searched, NotCaptured):
        return None
    if any(page.status == 429 or page.status >= 500 for page in (plain, searched)):
        return None
    if not is_html(plain.content_type) or not is_html(searched.content_type):
        return None
    return _differences(pair.url, plain, searched, site, limits)


def _differences(
    url: str, plain: PageFacts, searched: PageFacts, site: Site, limits: SimilarityLimits
) -> Answer:
    alike = round(likeness(plain.text, searched.text), 3)
    too_short = max(plain.words, searched.words) < READABLE_WORDS
    other_text = not too_short and alike < limits.min_similarity
    other_title = not same_title(plain.title, searched.title)
    more = _more_hosts(plain, searched, site)
    measured = (
        Measured("similarity", alike, limits.min_similarity),
        Measured("hosts", ", ".join(more[:HOSTS_SHOWN])),
        Measured("more", len(more)),
        Measured("title", display(searched.title, 100)),
    )
    if more and (other_text or other_title):
        return Answer(Outcome.NOT_MET, measured, "other-links", address=url)
    for differs, reason in (
        (more, "more-links"),
        (plain.status != searched.status, "other-status"),
        (other_text, "other-text"),
        (other_title, "other-title"),
    ):
        if differs:
            return Answer(Outcome.NEEDS_REVIEW, measured, reason, address=url)
    return Answer(Outcome.MET, measured, address=url)


def _sent_to(pair: _Pair) -> list[str]:
    """Where only those who come from a search engine are sent."""
    plain, searched = pair.plain, pair.searched
    before = {pair.plain_left_to}
    if isinstance(plain, PageFacts):
        before |= set(_moves(plain))
    after = [searched.left_to]
    if isinstance(searched.page, PageFacts):
        after += _moves(searched.page)
    known = {host_of(target) for target in before}
    return [target for target in after if target and host_of(target) not in known]


def _moves(page: PageFacts) -> list[str]:
    return [page.refresh, *(target for code in page.code for target in code.moves)]


def _more_hosts(plain: PageFacts, searched: PageFacts, site: Site) -> list[str]:
    """Strangers' hosts that only the second page leads to, in the order of its links."""
    if _may_lead_further(plain):
        return []
    known = {host_of(link.href) for link in plain.links}
    new: dict[str, None] = {}
    for link in searched.links:
        host = host_of(link.href)
        if host and host not in known and _is_strange(link, site):
            new[host] = None
    return [display(host, 100) for host in new]


def _may_lead_further(page: PageFacts) -> bool:
    """Whether links to others may have been cut; of a sample those are kept first."""
    if page.links_total <= len(page.links):
        return False
    own = host_of(page.url)
    return page.links_total > LINKS_READ or all(host_of(one.href) != own for one in page.links)


def _is_strange(link: Link, site: Site) -> bool:
    scheme = link.href.partition(":")[0].lower()
    return scheme in ("http", "https") and whose(link.href, site) is Whose.STRANGER


def _likeness_of(answer: Answer) -> float:
    first = answer.measured[0].value if answer.measured else None
    return first if isinstance(first, float) else 0.0
