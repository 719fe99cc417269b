"""All pages that were seen of a site, and one question asked of each."""

from collections.abc import Callable, Iterator
from functools import partial

from checks.evidence.base import Cause
from checks.evidence.page import PageFacts, Pages
from checks.evidence.samples import Samples
from checks.parsing.answers import home_page, is_html
from checks.parsing.text import display
from checks.spec import Answer, Measured, Seen, untested, worst

SHOWN = 300


def every_look(seen: Seen, ask: Callable[[PageFacts], Answer]) -> Answer:
    """The worst answer over the home page, the privacy policy and the sampled pages, those that are pages at all.

    A home page that was not seen leaves the question open, unless another page settles it.
    """
    pages = seen.get(Pages)
    home = pages.home
    place = display(home.url, SHOWN) if isinstance(home, PageFacts) else seen.site.url
    places: list[tuple[str, Callable[[], Answer]]] = [(place, lambda: ask(home_page(pages)))]
    places += [(display(page.url, SHOWN), partial(ask, page)) for page in further_pages(seen)]
    answer = worst(places)
    counted = Measured("pages", len(places))
    return answer._replace(measured=(*answer.measured, counted)) if answer.measured else answer


def further_pages(seen: Seen) -> Iterator[PageFacts]:
    """The privacy policy and the sampled pages, each address once; errors, logins and files are no pages."""
    pages = seen.get(Pages)
    known = {pages.home.url} if isinstance(pages.home, PageFacts) else set()
    samples = seen.payloads.get(Samples)
    sampled = [one.page for one in samples.pages] if isinstance(samples, Samples) else []
    for page in (pages.policy, *sampled):
        if not isinstance(page, PageFacts) or page.url in known:
            continue
        if 200 <= page.status < 300 and is_html(page.content_type):
            known.add(page.url)
            yield page


def kept_whole(page: PageFacts, *, cut: bool, what: str) -> None:
    """``Untested`` where something may stand in what was not kept."""
    if page.truncated:
        untested(Cause.BODY_TRUNCATED, f"{what} in what was kept show no fault")
    if cut:
        untested(Cause.BUDGET_CPU, f"too many {what} to keep; those kept show no fault")
