"""The badge of the trust label: where it stands on a page, where it leads, and for which host."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from checks.evidence.page import PageFacts
from checks.parsing.answers import host_of

_ENTRY = re.compile(
    r"https?://(?:www\.)?tinnhiemmang\.vn/danh-ba-tin-nhiem/([a-z0-9]+)-(\d{10})/?(?:[?#].*)?",
    re.IGNORECASE,
)
_DIRECTORY_HOSTS = frozenset({"tinnhiemmang.vn", "www.tinnhiemmang.vn"})


@dataclass(frozen=True, slots=True)
class Badge:
    """One badge as shown.

    ``link`` is empty where the picture leads nowhere, ``slug`` where it leads to no directory entry,
    ``id`` where the picture names no host (a local copy).
    """

    link: str
    slug: str
    id: str


def badges(page: PageFacts) -> tuple[Badge, ...]:
    """Every badge on the page: pictures of it, and linked pictures that lead to a directory entry."""
    found: list[Badge] = []
    for link in page.links:
        entry = _ENTRY.fullmatch(link.href)
        pictures = [image for image in link.images if _is_badge_picture(image)]
        if pictures or (entry is not None and link.images):
            slug = entry[1].lower() if entry is not None else ""
            found.append(Badge(link.href, slug, _first_id(pictures)))
    found += [
        Badge("", "", _id(image.src))
        for image in page.images
        if not image.linked and _is_badge_picture(image.src)
    ]
    return tuple(found)


def id_is_own(badge: Badge, host: str) -> bool:
    """Whether the picture is issued for this host, with or without www."""
    named = host_of(badge.id if "//" in badge.id else f"//{badge.id}")
    return named.removeprefix("www.") == host.removeprefix("www.")


def slug_is_own(badge: Badge, host: str) -> bool:
    """Whether the directory entry begins with this host, punctuation left out; a path may follow."""
    own = re.sub(r"[^a-z0-9]", "", host.removeprefix("www."))
    return badge.slug.startswith(own) or badge.slug.startswith(f"www{own}")


def _is_badge_picture(src: str) -> bool:
    """A picture of the directory, or a local copy that kept its name, maybe with its size behind it."""
    path = src.partition("?")[0].rstrip("/").rpartition("/")[2].lower()
    return path.startswith("handle_cert")


def _first_id(pictures: list[str]) -> str:
    return next((named for named in map(_id, pictures) if named), "")


def _id(src: str) -> str:
    if host_of(src) not in _DIRECTORY_HOSTS:
        return ""
    # The fields are few; a flood of them is cut off.
    query = urlsplit(src).query[:2000]
    return parse_qs(query).get("id", [""])[0].strip().lower()
