"""One link that leads elsewhere: how much of it says betting, part by part."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from checks.evidence.page import Hiding, Link
from checks.parsing.answers import host_of
from checks.parsing.betting.found import FoundWords, find
from checks.parsing.betting.hosts import HostKind, is_cheap, kind_of, name_parts
from checks.parsing.betting.words import BettingWords, Said

_WITHOUT_USE = frozenset({Hiding.POSITION, Hiding.SIZE, Hiding.COLOUR, Hiding.MARQUEE})
# What templates call words for those who listen to a page, and parts that open.
_FOR_LISTENERS = re.compile(
    r"[.#](?:\w+-)?(?:sr-only|visually-?hidden|screen-reader|skip|assistive|drawer|off-?canvas|side-?nav|slide-?menu)",
    re.IGNORECASE,
)

SURE, LIKELY = 5, 3
"""From so many points on a link is betting by itself, or together with its being hidden or with others like it."""
_WORD = re.compile("[a-z0-9]{6,}")
_AFTER_BRAND = re.compile(
    r"\d{0,4}(?:vip|club|link|app|vn|casino|bet|win|tv|top|com|(?:keo|soi|tai|nha|xoc|game|code|link)[a-z0-9]*)?"
)
_NOT_WORDS = re.compile(r"[^\w]+|_")


class Parts(NamedTuple):
    """Points of one link."""

    words: int
    host: int
    path: int
    hiding: int

    @property
    def signs(self) -> int:
        """Points for what it says; hiding alone says nothing of betting."""
        return self.words + self.host + self.path


@dataclass(frozen=True, slots=True)
class Rated:
    """One link with its points."""

    link: Link
    host: str
    kind: HostKind
    parts: Parts
    found: FoundWords

    @property
    def sure(self) -> bool:
        """Whether it is betting by itself."""
        hidden = self.parts.hiding >= 2 and self.parts.signs >= LIKELY
        return self.parts.signs >= SURE or hidden

    @property
    def likely(self) -> bool:
        """Whether it is betting if others like it stand beside it."""
        return self.parts.signs >= LIKELY

    @property
    def odd(self) -> bool:
        """Whether its host alone is worth a look, where the page's words are those of the trade."""
        return self.kind in (HostKind.SHAPED, HostKind.OTHER) and is_cheap(self.host)

    @property
    def weak(self) -> bool:
        """Whether a person should look at it."""
        return self.parts.signs >= 2 and (
            self.parts.signs + self.parts.hiding >= 4 or self.parts.path >= 2
        )


def without_use(link: Link) -> bool:
    """Whether a link is hidden in a way that no menu, picture show, drawer or reader of pages needs."""
    return bool(_WITHOUT_USE.intersection(link.hidden)) and not _FOR_LISTENERS.search(link.within)


def rate(link: Link, words: BettingWords) -> Rated:
    """The points of one link to another host; menus and footers repeat theirs on every page."""
    key = (link.href, link.text, link.alt, link.images, link.hidden, link.within)
    return _rated(*key, words)


@lru_cache(maxsize=8192)
def _rated(
    href: str,
    text: str,
    alt: str,
    images: tuple[str, ...],
    hidden: tuple[Hiding, ...],
    within: str,
    words: BettingWords,
) -> Rated:
    link = Link(href=href, text=text, alt=alt, images=images, hidden=hidden, within=within)
    host = host_of(link.href)
    kind = kind_of(host, words)
    found = find(f"{link.text} . {link.alt}" if link.alt else link.text, words)
    hiding = 3 if without_use(link) else 2 if link.hidden else 0
    path = _path(link, words)
    said = _words(found)
    # On an open platform the path is the name of whoever opened the page.
    own_page = kind is HostKind.OPEN and (path >= 2 or said >= 3)
    points = 0 if own_page else _host(host, kind, hidden=hiding > 0)
    if (
        kind in (HostKind.SHAPED, HostKind.OTHER)
        and said == 0
        and (is_cheap(host) or (hiding and kind is HostKind.SHAPED))
    ):
        # The words are the name of the host, as brands are.
        said = 2 * bool(name_parts(host).intersection(link.text.lower().split()))
    parts = Parts(said, points, path, hiding)
    return Rated(link, host, kind, parts, found)


def _words(found: FoundWords) -> int:
    points = 0
    points += 3 * bool(found.of(Said.PROMOTION)) + found.of(Said.PROMOTION) // 3
    points += 3 * bool(found.sure_brands) + bool(found.ordinary)
    points += 3 * bool(found.of(Said.FOREIGN))
    points += 2 * bool(found.of(Said.TOPIC)) + bool(found.altered_phrases)
    # A headline about a police case names what it is about.
    return min(points, 1) if found.of(Said.REPORT) else points


def _host(host: str, kind: HostKind, *, hidden: bool) -> int:
    match kind:
        case HostKind.BETTING:
            return 3
        case HostKind.SHAPED:
            return 1 + is_cheap(host)
        case HostKind.KNOWN:
            return -1 if hidden else -4
        case HostKind.OPEN:
            return -1
        case _:
            return 0


def _path(link: Link, words: BettingWords) -> int:
    """Points for words of the trade in the path, and in the names of the pictures that are the link."""
    parts = urlsplit(link.href)
    told = " ".join((parts.path, parts.query, *(image.rpartition("/")[2] for image in link.images)))
    if len(told) < 5:
        return 0
    found = find(_NOT_WORDS.sub(" ", unquote(told[:600])), words)
    if found.of(Said.REPORT):
        return 0
    if found.of(Said.PROMOTION, Said.FOREIGN) or found.sure_brands:
        return 2
    if any(_branded(word, words) for word in _WORD.findall(told.lower())[:40]):
        return 2
    return bool(found.of(Said.TOPIC)) + bool(found.ordinary)


def _branded(word: str, words: BettingWords) -> bool:
    """Whether a word is a brand and what usually follows one."""
    return any(
        word[:at] in words.brands and _AFTER_BRAND.fullmatch(word[at:]) is not None
        for at in range(5, min(len(word), 10) + 1)
    )
