"""Which links of a home page lead to what the school makes public (its "Công khai" section)."""

import re
from enum import IntEnum
from typing import NamedTuple
from urllib.parse import urldefrag

from checks.evidence.page import Link, PageFacts
from checks.parsing.answers import host_of, scheme_of
from checks.parsing.text import folded
from inventory.suffixes import suffix_and_registrable


class Leads(IntEnum):
    """How surely a link leads there; the best one first."""

    SECTION = 0
    """To the section, on the school's own host or one of a managing body."""
    ITEM = 1
    """To one single thing that is made public."""
    ELSEWHERE = 2
    """To a section on somebody else's host."""
    NOWHERE = 3
    """The words stand there, and open something by script alone."""


class Disclosure(NamedTuple):
    """One such link."""

    leads: Leads
    url: str


# Signs between words are made blanks before these are asked.
_TOPIC = (
    r"(?:tai chinh|thu chi|ngan sach|du toan|quyet toan|chat luong|co so vat chat|doi ngu|cam ket|dieu kien|thong tin"
    r"|giao duc|hoc phi|cac khoan|tai san|kiem dinh|nhan su|ke hoach|bao cao thuong nien|quy che|minh bach)"
)
_SECTION = re.compile(
    r"(?:(?:muc|chuyen muc|trang|noi dung|cac|bao cao|thuc hien|quy che|ho so|van ban|thong tin|goc|bang) )*"
    r"(?:(?:ba|3|03|bon|4|04) )?cong khai(?: (?:cua )?(?:nha )?truong)?"
    rf"(?: (?:theo |tai )*(?:thong tu|tt|quy dinh|luat|nghi dinh|nd)\b[\w ]{{0,60}}|(?: (?:nam hoc|nam))? 20\d\d(?: 20\d\d)?"
    rf"|(?: {_TOPIC}(?: va \w+(?: \w+)?)?){{1,2}}(?:(?: (?:nam hoc|nam))? 20\d\d(?: 20\d\d)?)?)?"
    r"|(?:public )?disclosures?(?: of information)?|public information|ba ck|3ck"
)
_ITEM = re.compile(
    rf"(?:(?:quyet dinh|thong bao|bao cao|bieu mau|ve viec|v v) )*(?:cong bo )?cong khai\b.{{0,40}}?\b{_TOPIC}\b"
)
_SIGNS = re.compile(r"[\W_]+")
_HEADLINE = re.compile(
    r"\b(?:danh sach|trung thuong|trung tuyen|xin loi|ket qua (?:thi|boc|rut|xo)|duong day nong|so dien thoai|tuyen dung|diem thi|lich|khien trach"
    r"|tuyen duong|tuyen sinh dau cap|ten|mang xa hoi|phe binh|boc tham)\b"
)
_PATH = re.compile(
    r"/(?:[a-z]+-)?(?:ba-|3-|bon-)?(?:cong-?khai|congkhai)(?:-(?:theo|tt|thong-tu|thong-tin|minh-bach)[a-z0-9-]{0,40})?(?:\.\w+)?(?:/|$|\?)"
)
_LONGEST_WORDS = 12


def disclosures(home: PageFacts, own: frozenset[str]) -> tuple[Disclosure, ...]:
    """All such links, the surest first; ``own`` are the registered names of the school's hosts.

    Hosts of managing bodies (``.gov.vn``, and what stands under the same name) count as well.
    """
    alts = {image.src: image.alt for image in home.images if image.alt}
    found = [one for link in home.links if (one := _read(link, alts, home.url, own)) is not None]
    return tuple(sorted(dict.fromkeys(found), key=lambda one: one.leads))


def _read(link: Link, alts: dict[str, str], home: str, own: frozenset[str]) -> Disclosure | None:
    words = folded(link.text) or folded(" ".join(alts.get(src, "") for src in link.images[:5]))
    words = _SIGNS.sub(" ", words[:300]).strip()
    names = _names(words, link.href)
    if names is None:
        return None
    url = urldefrag(link.href).url
    if scheme_of(link.href) not in {"http", "https"} or url.rstrip("/") == home.rstrip("/"):
        return Disclosure(Leads.NOWHERE, link.href) if names is Leads.SECTION else None
    if not _is_own(host_of(url), own):
        return Disclosure(Leads.ELSEWHERE, url)
    return Disclosure(names, url)


def _names(words: str, href: str) -> Leads | None:
    """What the words of a link, or its path, name."""
    if _HEADLINE.search(words):
        return None
    if len(words.split()) <= _LONGEST_WORDS and _SECTION.fullmatch(words):
        return Leads.SECTION
    if _ITEM.match(words):
        return Leads.ITEM
    path = href.partition("//")[2].partition("/")[2].lower().replace("_", "-")
    if len(words.split()) <= _LONGEST_WORDS and _PATH.search(f"/{path}"[:500]):
        return Leads.SECTION
    return None


def _is_own(host: str, own: frozenset[str]) -> bool:
    """Whether a host stands under the same registered name as the school's, or is an authority's."""
    return host.endswith(".gov.vn") or suffix_and_registrable(host)[1] in own
