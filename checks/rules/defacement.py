"""Whether somebody else wrote on the pages, or changed the home page at a stroke."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from checks.evidence.page import PageFacts, Pages
from checks.parsing.answers import home_page
from checks.parsing.defacement import (
    FEW_WORDS,
    LANGUAGE,
    SIMILAR,
    TEXT,
    TINY_WORDS,
    TITLE,
    Difference,
    comparable,
    difference,
    marked,
)
from checks.parsing.looked_pages import SHOWN, further_pages, kept_whole
from checks.parsing.text import display
from checks.spec import (
    Answer,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    Untested,
    check,
    worst,
)


@check(
    id="not-defaced",
    title="The page is not defaced",
    family="content",
    needs=(Pages,),
    limits=NoLimits,
    reasons=("marks", "marks-in-passing", TITLE, LANGUAGE, TEXT, "no-earlier-look"),
)
def not_defaced(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Do title, first heading and text of the home page, the privacy policy and the sampled pages hold no mark that
        intruders leave ("hacked by …", "0wn3d", "greetz", also with digits for letters and signs between)?  Is the home
        page still what it was in the complete run before: does its title share a word, is its text still Vietnamese, and
        do at least a tenth of its groups of three words recur?

        A plain mark in the home page's title, at the beginning of its first heading, or in a page of few words: not-met.
        A phrase that news use too ("bị hack bởi …", "owned by …"), or a mark in the middle of a first heading or of an
        inner page's title: needs-review.  An article with many words about such a thing stays met.  Sudden change of title, language or text: needs-review.  No earlier
        look to compare with: the marks alone decide, and that is said.  Nothing found on a page that was cut, page not
        seen (refused, timeout, reset, NXDOMAIN, blocked), an error status, a login or no HTML: not-tested.

    Why it matters
        A page that strangers could write on can also spread lies in the school's name, and the way in is still open.

    How to fix
        Take the site off line, keep a copy as proof, restore it from a clean one, close the way in, change all
        passwords, and report the incident.

    Not tested by this check
        Pictures, pages that were not looked at, small changes in the text, and what changed and changed back between
        two runs.
    """
    pages = seen.get(Pages)
    home = pages.home
    place = display(home.url, SHOWN) if isinstance(home, PageFacts) else seen.site.url
    places: list[tuple[str, Callable[[], Answer]]] = [(place, lambda: _home(seen, pages))]
    places += [(display(page.url, SHOWN), partial(_inner, page)) for page in further_pages(seen)]
    return worst(places)


@dataclass(frozen=True, slots=True)
class _Sign:
    """A mark, where it stands, and whether it settles the question."""

    mark: str
    place: str
    sure: bool


def _home(seen: Seen, pages: Pages) -> Answer:
    now = home_page(pages)
    sign = _sign(now, home=True)
    then = _before(seen)
    compared = difference(then, now) if then is not None else None
    measured = (
        *_marks(sign),
        *(_changes(then, now, compared) if then and compared else ()),
    )
    answer = _told(sign, measured)
    if answer is not None:
        return answer
    if compared is not None and compared.signs:
        return Answer(Outcome.NEEDS_REVIEW, measured, compared.signs[0])
    kept_whole(now, cut=False, what="title and text")
    return Answer(Outcome.MET, measured, "" if compared else "no-earlier-look")


def _inner(page: PageFacts) -> Answer:
    sign = _sign(page, home=False)
    answer = _told(sign, _marks(sign))
    if answer is not None:
        return answer
    kept_whole(page, cut=False, what="title and text")
    return Answer(Outcome.MET, _marks(None))


def _told(sign: _Sign | None, measured: tuple[Measured, ...]) -> Answer | None:
    if sign is None:
        return None
    if sign.sure:
        return Answer(Outcome.NOT_MET, measured, "marks")
    return Answer(Outcome.NEEDS_REVIEW, measured, "marks-in-passing")


def _marks(sign: _Sign | None) -> tuple[Measured, ...]:
    return (
        Measured("mark", display(sign.mark, 100) if sign else ""),
        Measured("place", sign.place if sign else ""),
    )


def _sign(page: PageFacts, *, home: bool) -> _Sign | None:
    """The gravest mark of a page.

    A home page is called after the school, an inner one after its article; in an article with many words a mark is
    what it tells of.
    """
    few = not page.truncated and page.words < FEW_WORDS
    tiny = few and page.words < TINY_WORDS
    title = marked(page.title)
    heading = marked(page.headings[0]) if page.headings and (home or few) else None
    text = marked(page.text, read=2_000) if few else None
    signs: list[_Sign] = []
    if title and (home or few or title.begins):
        sure = title.strong and (home or (few and title.begins))
        signs.append(_Sign(title.mark, "title", sure))
    if heading:
        signs.append(_Sign(heading.mark, "heading", heading.strong and heading.begins))
    if text:
        signs.append(_Sign(text.mark, "text", text.strong and (tiny or text.begins)))
    return max(signs, key=lambda sign: sign.sure, default=None)


def _changes(then: PageFacts, now: PageFacts, compared: Difference) -> tuple[Measured, ...]:
    """How alike the two are, and each sign of a sudden change under its own name."""
    shown = {TITLE: then.title, LANGUAGE: now.lang or "?", TEXT: str(compared.similarity)}
    return (
        Measured("similarity", compared.similarity, SIMILAR),
        *(Measured(sign, display(shown[sign], SHOWN)) for sign in compared.signs),
    )


def _before(seen: Seen) -> PageFacts | None:
    """The home page of the run before; ``None`` where none was seen that says enough."""
    then = seen.before.get(Pages) if seen.before is not None else None
    if not isinstance(then, Pages):
        return None
    try:
        home = home_page(then)
    except Untested:
        return None
    return home if comparable(home) else None
