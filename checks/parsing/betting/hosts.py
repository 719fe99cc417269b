"""Hosts that links lead to: known ones, such as are called like betting houses, and all others."""

import re
from enum import StrEnum
from functools import lru_cache

from checks.parsing.betting.words import BettingWords
from inventory.suffixes import suffix_and_registrable


class HostKind(StrEnum):
    """What the name of a host tells."""

    KNOWN = "known"
    """Press, authority, great platform, or below a suffix that only such bodies get."""
    OPEN = "open"
    """A known platform where anybody may open a page."""
    BETTING = "betting"
    """It bears a word or a brand of the trade."""
    SHAPED = "shaped"
    """It is made as such names are made."""
    OTHER = "other"


_PARTS = re.compile(r"[-._]")
_DIGITS_AROUND = re.compile(r"^\d{0,4}|\d{0,4}$")
_LUCKY = r"(?:88|68|66|99|77|86|89|789|365|247|888|999|777|123)"
_TAIL = r"(?:vip|club|win|bet|tv|app|pro|asia|link|live|game|play|king|top|fun|one|hub|city|now|vn|com|net)"
_SHAPES = re.compile(
    rf"[a-z]{{0,7}}\d{{1,4}}bet\d{{0,3}}|[a-z]{{1,7}}bet\d{{1,4}}{_TAIL}?|bet\d{{1,4}}{_TAIL}?"
    rf"|\d{{2,4}}(?:win|club|vip|game|play){_TAIL}?|[a-z]{{0,6}}(?:win|vip|club|game)\d{{2,4}}{_TAIL}?"
    rf"|[a-z]{{1,6}}{_LUCKY}{_TAIL}?|{_LUCKY}[a-z]{{1,5}}{_TAIL}?|[a-z]{{2,6}}{_LUCKY}[a-z]{{0,4}}"
)
_BETS = re.compile(r"[a-z]{2,}(?:bets?|casino|slots?|win)|(?:bets?|casino|slots?)[a-z]{2,}")
_THEIRS = frozenset({"bet", "casino", "poker", "bingo"})
"""Top levels of the trade itself."""
# Two-letter and old top levels that the trade likes, for their price or because nobody asks.
_CHEAP = frozenset(["cc", "gg", "ws", "la", "ph", "pw", "to", "mobi", "pro", "biz"])
# New ones that lawful sites use as well; all other new ones, from .autos to .yachts, are used by hardly anybody else here.
_USUAL = frozenset(
    [
        "com",
        "net",
        "org",
        "edu",
        "gov",
        "info",
        "int",
        "mil",
        "asia",
        "example",
        "name",
        "app",
        "dev",
        "school",
        "academy",
        "education",
        "college",
        "university",
        "courses",
        "tech",
        "online",
        "site",
        "store",
        "shop",
        "live",
        "link",
        "tv",
        "digital",
        "travel",
        "tours",
        "fitness",
        "media",
        "news",
        "blog",
        "cloud",
        "design",
        "agency",
        "studio",
        "page",
        "email",
        "group",
        "company",
        "center",
        "world",
        "today",
        "life",
        "space",
        "website",
        "family",
        "health",
        "care",
        "clinic",
        "dental",
        "events",
        "restaurant",
        "cafe",
        "photography",
        "wedding",
        "social",
        "community",
        "network",
        "solutions",
        "services",
        "systems",
        "software",
        "training",
        "international",
        "institute",
        "foundation",
        "gallery",
        "museum",
        "library",
        "science",
        "church",
        "charity",
        "club",
        "art",
        "music",
        "film",
        "video",
        "photos",
        "codes",
        "build",
        "work",
        "works",
        "team",
        "zone",
        "help",
        "guide",
        "wiki",
        "plus",
        "one",
        "expert",
        "vet",
        "fashion",
        "style",
        "kitchen",
        "garden",
        "farm",
    ]
)


@lru_cache(maxsize=4096)
def kind_of(host: str, words: BettingWords) -> HostKind:
    """What a host's name tells."""
    if _below(host, words.open_platforms):
        return HostKind.OPEN
    if _below(host, words.known_hosts):
        return HostKind.KNOWN
    name = _own_name(host)
    joined = re.sub(r"[^a-z0-9]", "", name)
    parts = [part for part in _PARTS.split(name) if part]
    if any(word in joined for word in words.host_words):
        return HostKind.BETTING
    bare = [_DIGITS_AROUND.sub("", part) for part in parts]
    if host.rpartition(".")[2] in _THEIRS or any(part in words.host_parts for part in bare):
        return HostKind.BETTING
    if any(_brand(part, words) for part in {*parts, joined}):
        return HostKind.BETTING
    if any(_SHAPES.fullmatch(part) for part in {*parts, joined}):
        return HostKind.SHAPED
    if is_cheap(host) and any(_BETS.fullmatch(part) for part in parts):
        return HostKind.SHAPED
    return HostKind.OTHER


def name_parts(host: str) -> frozenset[str]:
    """The parts of a host's own name, and all of it as one."""
    name = _own_name(host)
    return frozenset({*filter(None, _PARTS.split(name)), re.sub(r"[^a-z0-9]", "", name)})


def is_cheap(host: str) -> bool:
    """Whether it stands below a top level that hardly anybody else uses."""
    last = host.rpartition(".")[2]
    return last in _CHEAP or (len(last) > 2 and last not in _USUAL)


def _brand(part: str, words: BettingWords) -> bool:
    """Whether a part of a name is a brand, or one with a usual ending."""
    if part in words.brands:
        return part not in words.ordinary
    short = re.fullmatch(rf"(.{{3,}}?)(?:{_TAIL}|casino|\d{{1,4}})", part)
    return short is not None and short[1] in words.brands and short[1] not in words.ordinary


def _own_name(host: str) -> str:
    """The host without its public suffix and without www."""
    suffix, _ = suffix_and_registrable(host)
    return host.removesuffix(suffix).strip(".").removeprefix("www.")


def _below(host: str, names: frozenset[str]) -> bool:
    labels = host.split(".")
    return any(".".join(labels[at:]) in names for at in range(len(labels)))
