"""One page, and a site of several: what says betting on it, where, and how sure that is."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from checks.evidence.page import Hiding, Link, PageFacts
from checks.parsing.answers import host_of
from checks.parsing.betting.found import FoundWords, find
from checks.parsing.betting.hosts import HostKind
from checks.parsing.betting.links import Rated, rate
from checks.parsing.betting.words import BettingWords, Said
from checks.parsing.text import is_vietnamese

TRADE = (Said.PROMOTION, Said.BRAND, Said.FOREIGN)
REPORTED = 2
"""So many words of those who warn make a text one that warns."""
ODD_HOSTS = 3
"""So many strange hosts below top levels that the trade prefers are worth a look."""
FOREIGN_WORDS = 30
"""A page with fewer words has no language."""
LIKELY_LINKS = 2
"""So many likely links, on one page, are sure together."""


class Sure(IntEnum):
    """How sure it is that betting was put into a page."""

    NO = 0
    REVIEW = 1
    """Words alone, or a single weak sign: a person must look."""
    YES = 2


class Spot(NamedTuple):
    """One place that says betting."""

    kind: str
    """``hidden-link``, ``visible-link``, ``frame``, ``canonical``, ``redirect``, ``title``, ``words``, ``for-searchers``."""
    page: str
    shown: str
    """The words there, as they stand."""
    target: str = ""
    within: str = ""
    hidden: tuple[Hiding, ...] = ()


@dataclass(slots=True)
class Rating:
    """What a page, or several together, come to."""

    sure: Sure = Sure.NO
    spots: list[Spot] = field(default_factory=list)
    points: Counter[str] = field(default_factory=Counter)
    """By part: ``links``, ``words``, ``hiding``, ``brands``, ``altered``, ``doorway``, ``mismatch``."""
    brands: set[str] = field(default_factory=set)

    def at_least(self, sure: Sure) -> None:
        self.sure = max(self.sure, sure)

    def join(self, other: "Rating") -> None:
        """Take in what another page came to."""
        self.at_least(other.sure)
        self.spots += other.spots
        self.points += other.points
        self.brands |= other.brands


_DOORWAY = re.compile(
    r"/sitemap\.php\?(?:id|ID)=|/\d{6}/?$|/viewspace-\d{5,}|/news-\d{5,}\.index\.html|\.shtml$"
    r"|/[a-z0-9-]+-a\d{3,6}/?$|[?&](?:id|ID)=[A-Za-z]\d/|/[a-z]{2}/[a-z0-9]{5,8}/[a-z0-9-]{10,}\.s?html$"
)


def rate_page(page: PageFacts, own_hosts: frozenset[str], words: BettingWords) -> Rating:
    """What one page comes to."""
    rating = Rating()
    body = find(page.text, words)
    linked = _links(page, own_hosts, words, rating, bool(body.of(*TRADE)))
    _elements(page, own_hosts, words, rating)
    said = _text(page, body, words, rating)
    if linked and said:
        # A text that advertises, with a link to go with it.
        rating.at_least(Sure.YES)
    return rating


def rate_mismatch(
    page: PageFacts, home: PageFacts, own_hosts: frozenset[str], words: BettingWords
) -> Rating:
    """A page in another language than the site's, with a link to a strange host: how doorway pages are made.

    Schools have pages in other languages, too; what makes the difference is where they lead.
    """
    rating = Rating()
    if (
        page.text.count(" ") + 1 < FOREIGN_WORDS
        or is_vietnamese(page.text)
        or not is_vietnamese(home.text)
    ):
        return rating
    away = [rate(link, words) for link in page.links if _is_foreign(link.href, own_hosts)]
    told = [one for one in away if one.odd or one.kind in (HostKind.SHAPED, HostKind.BETTING)]
    if told:
        rating.at_least(Sure.YES if any(one.likely for one in told) else Sure.REVIEW)
        rating.points["mismatch"] += 2
        rating.spots += [_spot(page, one) for one in told[:3]]
    return rating


def rate_difference(
    page: PageFacts, searched: PageFacts, own_hosts: frozenset[str], words: BettingWords
) -> Rating:
    """What is shown only to those who come from a search engine."""
    plain = rate_page(page, own_hosts, words)
    other = rate_page(searched, own_hosts, words)
    rating = Rating()
    more = other.sure > plain.sure or len(other.brands) > len(plain.brands) + 1
    if other.sure is Sure.NO or not more:
        return rating
    rating.join(other)
    first = other.spots[0]
    rating.spots = [Spot("for-searchers", page.url, first.shown, first.target)]
    # Who shows betting to search engines alone hides it; that needs no further sign.
    rating.at_least(Sure.YES)
    rating.points["hiding"] += 3
    return rating


def rate_target(
    page_url: str, target: str, words: BettingWords, *, searched: bool = False
) -> Rating:
    """Where a redirect leads, by the name of its host and the words of its path; one only for searchers needs less."""
    rated = rate(Link(href=target, text=""), words)
    rating = Rating()
    if rated.kind is HostKind.BETTING or rated.parts.signs >= 3 - searched:
        rating.at_least(Sure.YES)
        rating.spots.append(Spot("redirect", page_url, "", target))
        rating.points["links"] += rated.parts.signs
    return rating


# ---- links --------------------------------------------------------------------------------------------


def _links(
    page: PageFacts,
    own: frozenset[str],
    words: BettingWords,
    rating: Rating,
    in_words: bool,  # noqa: FBT001  One fact beside another.
) -> bool:
    """Whether any link is likely betting; ``in_words``: words of the trade stand on the page."""
    rated = [rate(link, words) for link in page.links if _is_foreign(link.href, own)]
    sure = [one for one in rated if one.sure]
    likely = [one for one in rated if one.likely]
    odd = [one for one in rated if one.odd]
    shaped = {one.host for one in rated if one.kind is HostKind.SHAPED and one.host[-3:] != ".vn"}
    crowd = len({one.host for one in odd} | shaped) >= ODD_HOSTS
    weak = [one for one in rated if one.weak or (one.odd and (in_words or crowd))]
    if sure or len(likely) >= LIKELY_LINKS:
        rating.at_least(Sure.YES)
        told = likely
    elif likely or weak:
        rating.at_least(Sure.REVIEW)
        told = likely or weak
    else:
        return False
    for one in told:
        rating.brands.update(_brands(one))
        rating.points["links"] += max(0, one.parts.host + one.parts.path)
        rating.points["words"] += one.parts.words
        rating.points["hiding"] += one.parts.hiding
    rating.points["brands"] += len(rating.brands)
    # What is hidden is the harder to find for a person, so it is told first.
    told.sort(key=lambda one: (not one.link.hidden, -one.parts.signs))
    rating.spots += [_spot(page, one) for one in told]
    return bool(likely)


def _brands(one: Rated) -> Iterator[str]:
    yield from one.found.said[Said.BRAND]
    if one.kind is HostKind.BETTING:
        yield one.host


def _spot(page: PageFacts, one: Rated) -> Spot:
    link = one.link
    shown = link.text or link.alt or next((image.rpartition("/")[2] for image in link.images), "")
    kind = "hidden-link" if link.hidden else "visible-link"
    return Spot(kind, page.url, shown, link.href, link.within, link.hidden)


# ---- other elements -----------------------------------------------------------------------------------


def _elements(page: PageFacts, own: frozenset[str], words: BettingWords, rating: Rating) -> None:
    """What leads elsewhere without being a link: frames, the canonical address, moves."""
    moves = [move for code in page.code for move in code.moves]
    named = [f"https://{host}/" for code in page.code for host in code.hosts]
    loaded = [load for code in page.code for load in code.loads]
    for kind, targets in (
        ("frame", page.frames),
        ("canonical", (page.canonical, *page.alternates)),
        ("redirect", (page.refresh, *moves)),
        ("script", (*loaded, *named, *(script.src for script in page.scripts))),
    ):
        for target in targets:
            if not target or not _is_foreign(target, own):
                continue
            rated = rate(Link(href=target, text=""), words)
            if rated.kind is HostKind.BETTING or rated.parts.signs >= 2:
                sure = rated.kind is HostKind.BETTING or rated.parts.signs >= 3
                rating.at_least(Sure.YES if sure else Sure.REVIEW)
                rating.points["links"] += rated.parts.signs
                rating.spots.append(Spot(kind, page.url, "", target))


# ---- words --------------------------------------------------------------------------------------------


def _text(page: PageFacts, body: FoundWords, words: BettingWords, rating: Rating) -> bool:
    """Whether words alone make the page a case for a person; they never make it more."""
    # Headings of a front page are those of its news; they count only with the title.
    head = find(" . ".join((page.title, page.description, page.structured)), words)
    if not head.of(*TRADE, Said.TOPIC):
        head = find(" . ".join(page.headings[:3]), words)
    slug = find(_slug(page.url), words)
    doorway = _DOORWAY.search(page.url) is not None
    warns = body.of(Said.REPORT) + head.of(Said.REPORT) >= REPORTED
    titled = _titled(head, body)
    reasons = {
        "title": titled and (not warns or head.of(*TRADE) > 1 or bool(head.altered_phrases)),
        "altered": body.altered_phrases > 1 or (body.altered > 4 and bool(body.of(*TRADE))),
        "words": not warns and _many(body),
        "slug": _sells(slug) and not warns,
        "doorway": doorway and bool(body.of(*TRADE)) and not warns,
    }
    if not any(reasons.values()):
        return False
    rating.at_least(Sure.REVIEW)
    rating.points["words"] += body.of(*TRADE) + 2 * head.of(*TRADE)
    rating.points["altered"] += body.altered_phrases + head.altered_phrases
    rating.points["doorway"] += 2 * doorway
    rating.brands.update(body.said[Said.BRAND], head.said[Said.BRAND])
    told = head.first(*TRADE) if reasons["title"] else (*body.first(*TRADE), *slug.first(*TRADE))
    kind = "title" if reasons["title"] else "words"
    rating.spots.append(Spot(kind, page.url, ", ".join(told[:5]) or page.title))
    return True


def _sells(slug: FoundWords) -> bool:
    """Whether an address advertises."""
    sure = slug.of(Said.PROMOTION, Said.FOREIGN) or slug.sure_brands
    return bool(sure) and not slug.of(Said.REPORT)


def _titled(head: FoundWords, body: FoundWords) -> bool:
    """Whether a title advertises: one word of the trade may be a headline, two are none, nor is one with more below."""
    trade = head.of(*TRADE)
    if head.of(Said.REPORT):
        return trade > 3
    if trade and _beside(head):
        return True
    return trade > 1 or (
        trade == 1 and (bool(head.sure_brands or head.of(Said.FOREIGN)) or body.of(*TRADE) > 1)
    )


def _beside(head: FoundWords) -> bool:
    """Whether a topic is named that is not part of a longer phrase found."""
    trade = " ".join(head.first(*TRADE))
    return any(topic not in trade for topic in head.said[Said.TOPIC])


def _many(body: FoundWords) -> bool:
    """Whether so many words of the trade stand in a text that warns of nothing that a person should read it."""
    promotion, foreign = body.of(Said.PROMOTION), body.of(Said.FOREIGN)
    if promotion >= 3 or foreign >= 2 or body.sure_brands >= 2 or body.offers >= 2:
        return True
    if not body.of(Said.REPORT) and (promotion >= 2 or len(body.ordinary) >= 2) and _beside(body):
        return True
    return (promotion > 0) + (foreign > 0) + bool(body.sure_brands) >= 2


def _slug(url: str) -> str:
    parts = urlsplit(url)
    return re.sub(r"[\W_]+", " ", unquote(f"{parts.path} {parts.query}"[:600]))


def _is_foreign(target: str, own: frozenset[str]) -> bool:
    # Most links are own ones, told at a glance.
    if target.startswith(_prefixes(own)) or target[:4].lower() != "http":
        return False
    host = host_of(target)
    return bool(host) and host not in own


@lru_cache(maxsize=256)
def _prefixes(own: frozenset[str]) -> tuple[str, ...]:
    return tuple(f"{scheme}://{host}/" for host in own for scheme in ("https", "http"))


def told_first(spots: Sequence[Spot], most: int) -> Iterable[Spot]:
    """The spots that a reader should see: the surest kinds first, no target twice."""
    order = (
        "hidden-link",
        "for-searchers",
        "redirect",
        "frame",
        "script",
        "visible-link",
        "canonical",
        "title",
        "words",
    )
    seen: set[tuple[str, str]] = set()
    for spot in sorted(spots, key=lambda one: order.index(one.kind)):
        key = (host_of(spot.target) or spot.shown, spot.kind)
        if key not in seen:
            seen.add(key)
            yield spot
        if len(seen) >= most:
            return
