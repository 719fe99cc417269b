"""Which further pages of a site are worth a look: chosen by what their addresses tell, the same ones every time."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from checks.evidence.page import Link
from checks.evidence.samples import Chosen
from checks.parsing.robots import LONGEST_ADDRESS
from checks.parsing.sitemaps import Named
from checks.parsing.slugs import oddness
from checks.parsing.text import folded
from inventory.model import Site

CONSIDERED = 500
"""How many addresses are considered; of more, the first ones."""
ALIKE = 3
"""How many addresses that differ in their query alone are considered."""
HEADLINE_WORDS = 5
"""A link of so many words is a headline."""

_FILE = re.compile(
    r"\.(?:7z|avi|bmp|bz2|css|csv|docx?|dotx?|eot|epub|exe|flv|gif|gz|ico|ics|jpe?g|js|json|kml|m4[av]|mkv|mov|mp[34]|mpe?g"
    r"|od[pst]|og[agv]|pdf|png|pp[st]x?|ps|psd|rar|rss|rtf|svgz?|swf|tar|tgz|tiff?|ttf|txt|wav|webm|webp|wm[av]|woff2?"
    r"|xlsx?|xlsm|xml|zip)$",
    re.IGNORECASE,
)
# Folded parts of the path, names and values of the query; inside a longer slug the same words mean nothing.
_LEAVE = re.compile(
    r"(?:^|[/?&=])(?:log-?(?:in|out|off)|sign-?(?:in|up|out)|dang-?(?:nhap|xuat|ky)|quan-?tri|admin\w{0,12}|wp-(?:admin|login|json)"
    r"|users?|accounts?|tai-?khoan|register|lost-?pass\w{0,4}|password|mat-?khau|captcha|cart|gio-?hang|checkout"
    r"|calendar|lich|lich-cong-tac|lich-tuan|events?|search|tim|tim-?kiem|print|in|in-?an|in-?trang|download|tai-?ve|tai-?xuong"
    r"|save-?file|send-?mail|send-?email|feed|rss|atom|xmlrpc|api|ajax|trackback|replytocom|share|vote|like|comments?"
    r"|setlang|delete|remove|xoa|s|q|add-to-cart)(?:$|[/?&=.])"
)
_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[/-]?(0[1-9]|1[0-2])(?:[/-]?(0[1-9]|[12]\d|3[01]))?(?!\d)"
)
_ID = re.compile(r"(?<!\d)(\d{1,9})(?:\.(?:s?html?|aspx|php))?/?$")
_NEWS = re.compile(r"\b(?:tin|news|bai|thong-bao|su-kien|hoat-dong)")
_MADE_UP = frozenset("•…␛‹")


@dataclass(frozen=True, slots=True)
class Address:
    """One address of the site that is known, and from where."""

    url: str
    key: str
    """What two spellings of it have in common."""
    depth: int
    day: str
    number: int
    odd: int
    headline: bool
    linked: bool
    """Whether a page links it, not only a sitemap."""

    @property
    def spread(self) -> str:
        """A place in an order that is the same for ever, and nobody's wish."""
        return hashlib.sha256(self.key.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Choice:
    """One page to ask for, and why."""

    url: str
    chosen: Chosen


def addresses_of(
    site: Site, home: str, links: Iterable[Link], named: Iterable[Named] = ()
) -> tuple[Address, ...]:
    """Every address of the site's own host or twin that is a page, each once, at most ``CONSIDERED``.

    No files, no doors (login, administration), nothing that answers for ever (search, calendars), nothing masked.
    """
    seen = {_key(urlsplit(home))}
    alike: Counter[str] = Counter()
    found: list[Address] = []
    linked = ((link.href, "", link) for link in links)
    mapped = ((one.url, one.day, None) for one in named)
    for url, day, link in (*linked, *mapped):
        if len(found) == CONSIDERED:
            break
        parts = _own(site, url)
        if parts is None or (key := _key(parts)) in seen:
            continue
        seen.add(key)
        alike[parts.path] += bool(parts.query)
        if alike[parts.path] <= ALIKE:
            found.append(_address(parts, key, day, link))
    return tuple(found)


def choose(
    known: Sequence[Address], room: int, first: str = "", taken: Iterable[str] = ()
) -> tuple[Choice, ...]:
    """At most ``room`` pages of those known: odd ones, ``first``, the newest, those only a sitemap names, and so on.

    ``taken`` were chosen before.
    """
    chosen: dict[str, Choice] = {}
    gone = {_key(urlsplit(url)) for url in taken}
    by_linked = all(one.linked for one in known)

    def take(why: Chosen, most: int, pool: Iterable[Address]) -> None:
        for one in pool:
            if most <= 0 or len(chosen) >= room:
                return
            if one.key not in gone:
                gone.add(one.key)
                chosen[one.key] = Choice(one.url, why)
                most -= 1

    def ordered(key: Callable[[Address], object], pool: Iterable[Address]) -> list[Address]:
        return sorted(pool, key=key)  # type: ignore[arg-type]  # Keys are tuples of one shape each.

    dated = [one for one in known if one.day]
    numbered = [one for one in known if one.number]
    hidden = [] if by_linked else [one for one in known if not one.linked]
    sections = [one for one in known if one.linked and one.depth <= 2 and not one.headline]
    first_key = _key(urlsplit(first)) if first else ""
    take(Chosen.ODD, 3, ordered(lambda o: (-o.odd, o.spread), (o for o in known if o.odd)))
    take(Chosen.SECTION, 1, (one for one in known if one.key == first_key))
    take(Chosen.NEWEST, 1, ordered(lambda o: (_backwards(o.day), o.spread), dated))
    take(Chosen.NEWEST, 1, ordered(lambda o: (-o.number, o.spread), numbered))
    take(Chosen.NEWEST, 1, (one for one in known if one.headline))
    take(Chosen.SITEMAP, 2, ordered(lambda o: o.spread, hidden))
    take(
        Chosen.DEEPEST,
        1,
        ordered(lambda o: (-o.depth, o.spread), (o for o in known if o.depth > 1)),
    )
    take(Chosen.SECTION, 3, ordered(lambda o: (o.depth, o.spread), sections))
    take(Chosen.SITEMAP, 2, ordered(lambda o: o.spread, hidden))
    take(Chosen.NEWEST, 2, (one for one in known if one.headline))
    take(Chosen.SECTION, room, ordered(lambda o: o.spread, (o for o in known if o.linked)))
    take(Chosen.SITEMAP, room, ordered(lambda o: o.spread, hidden))
    return tuple(chosen.values())


def _own(site: Site, url: str) -> SplitResult | None:
    """The parts of an address that may be asked for."""
    if len(url) > LONGEST_ADDRESS or not _MADE_UP.isdisjoint(url) or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or parts.username is not None:
        return None
    secure = parts.scheme == "https"
    wanted = site.https_port if secure else site.http_port
    if parts.hostname not in (site.host, site.twin) or wanted != (port or (443 if secure else 80)):
        return None
    if any(c <= " " or c == "\x7f" for c in url) or not _worth_asking(parts):
        return None
    return parts


def _worth_asking(parts: SplitResult) -> bool:
    path = unquote(parts.path, errors="replace")
    if _FILE.search(path):
        return False
    query = (
        parse_qsl(parts.query, keep_blank_values=True, max_num_fields=None) if parts.query else []
    )
    if len(query) > 3 or len(parts.query) > 150 or path.count("/") > 10:
        return False
    words = folded(f"{path}?{unquote(parts.query, errors='replace')}").replace(" ", "-")
    return _LEAVE.search(words) is None and not _repeats(path)


def _repeats(path: str) -> bool:
    """Whether a part stands in the path three times: links that grow with every page."""
    parts = [part for part in path.split("/") if part]
    return bool(parts) and max(Counter(parts).values()) > 2


def _key(parts: SplitResult) -> str:
    path = unquote(parts.path, errors="replace").rstrip("/") or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _address(parts: SplitResult, key: str, day: str, link: Link | None) -> Address:
    dated = _DAY.search(key)
    if dated:
        day = max(day, "-".join(filter(None, dated.groups())))
    numbered = None if dated and dated.end() == len(key) else _ID.search(key)
    words = len(link.text.split()) if link is not None else 0
    return Address(
        url=parts._replace(fragment="").geturl(),
        key=key,
        depth=sum(1 for part in parts.path.split("/") if part),
        day=day,
        number=int(numbered[1]) if numbered else 0,
        odd=oddness(key),
        headline=words >= HEADLINE_WORDS
        or (words > 0 and _NEWS.search(key) is not None and key.count("/") > 1),
        linked=link is not None,
    )


def _backwards(day: str) -> tuple[int, ...]:
    return tuple(-int(part) for part in day.split("-"))
