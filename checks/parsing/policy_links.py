"""Which link of a home page leads to the privacy policy."""

from urllib.parse import urldefrag

from checks.evidence.page import Link, PageFacts
from checks.parsing.answers import host_of, scheme_of
from checks.parsing.text import folded

# Best first; compared without accents.  An address may say it where the words do not.
WORDS = (
    "chinh sach quyen rieng tu",
    "chinh sach bao mat",
    "chinh sach bao ve du lieu ca nhan",
    "chinh sach bao ve thong tin ca nhan",
    "bao ve du lieu ca nhan",
    "bao ve thong tin ca nhan",
    "chinh sach rieng tu",
    "quyen rieng tu",
    "bao mat thong tin",
    "privacy policy",
    "privacy notice",
    "privacy",
)
_LONGEST_WORDS = 12
"""A link with more words is a headline of news about such policies, unless it begins with one of ``WORDS``."""


def policy_link(home: PageFacts) -> str:
    """The address of the best link to a policy on the same host or its www/apex twin; empty without one."""
    own = host_of(home.url).removeprefix("www.")
    ranked = [
        (rank, place, urldefrag(link.href).url)
        for place, link in enumerate(home.links)
        if (rank := _rank(link)) is not None
        and scheme_of(link.href) in {"http", "https"}
        and host_of(link.href).removeprefix("www.") == own
        and not _same_page(link.href, home.url)
    ]
    return min(ranked)[2] if ranked else ""


def mentions(home: PageFacts) -> tuple[str, ...]:
    """Targets of all links whose words name a policy, wherever and however they lead."""
    return tuple(link.href for link in home.links if _rank(link) is not None)


def _rank(link: Link) -> int | None:
    """How surely a link leads to a policy: 0 is best, ``None`` is not at all."""
    words = folded(link.text)
    short = len(words.split()) <= _LONGEST_WORDS
    for rank, wanted in enumerate(WORDS):
        if words.startswith(wanted) or (short and wanted in words):
            return rank
    path = link.href.partition("//")[2].partition("/")[2].lower().replace("_", "-")
    for rank, wanted in enumerate(WORDS, len(WORDS)):
        if not words and wanted.replace(" ", "-") in path:
            return rank
    return None


def _same_page(href: str, home: str) -> bool:
    return urldefrag(href).url.rstrip("/") == urldefrag(home).url.rstrip("/")
