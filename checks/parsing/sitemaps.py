"""The addresses that a sitemap names: read by two plain patterns, so that no entity and no nesting costs anything."""

import re
from dataclasses import dataclass

SITEMAP_BYTES = 512 * 1024
"""How much of a sitemap is read."""
NAMED = 2_000
"""How many addresses of it."""

# Every match begins at a "<" and ends before the next one.
_PART = re.compile(
    r"<(?:[A-Za-z][\w.-]{0,20}:)?(?P<name>loc|lastmod)\s{0,9}>\s{0,99}(?:<!\[CDATA\[)?(?P<text>[^<]{1,2100})"
)
_INDEX = re.compile(r"<(?:[A-Za-z][\w.-]{0,20}:)?sitemapindex[\s>]")
_DAY = re.compile(r"(?:19|20)\d\d-\d\d(?:-\d\d)?")
_SIGNS = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


@dataclass(frozen=True, slots=True)
class Named:
    """One address, and the day when it last changed; empty where the sitemap does not tell."""

    url: str
    day: str = ""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What stands in one file."""

    names: tuple[Named, ...]
    index: bool
    """Whether they are further sitemaps."""


def read_sitemap(body: bytes) -> Sitemap:
    """The addresses of a sitemap, of an index, or of a plain list, in their order."""
    text = body[:SITEMAP_BYTES].decode("utf-8", errors="replace").lstrip("\ufeff")
    if "<" not in text:
        lines = (line.strip() for line in text.splitlines()[:NAMED])
        return Sitemap(tuple(Named(line[:2100]) for line in lines if _is_web(line)), index=False)
    found: list[Named] = []
    for part in _PART.finditer(text):
        value = _plain(part["text"])
        if part["name"] == "loc":
            if len(found) == NAMED:
                break
            found.append(Named(value))
        elif found and not found[-1].day and (day := _DAY.match(value)):
            found[-1] = Named(found[-1].url, day[0])
    return Sitemap(
        tuple(one for one in found if _is_web(one.url)),
        index=_INDEX.search(text[:4096]) is not None,
    )


def _plain(text: str) -> str:
    """The five signs that XML knows by name are read; no other entity is."""
    text = text.partition("]]>")[0].strip()
    for name, sign in _SIGNS:
        text = text.replace(name, sign)
    return text


def _is_web(url: str) -> bool:
    return url[:8].lower().startswith(("http://", "https://"))
