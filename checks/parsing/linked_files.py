"""Which links lead to files worth reading, and which of those look like lists of pupils."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag, urlsplit

from checks.evidence.page import PageFacts
from checks.evidence.samples import Samples
from checks.parsing.answers import host_of, is_html, scheme_of
from checks.parsing.masking import BULLET
from checks.parsing.text import MARK, folded

_TABLES = re.compile(r"\.(?:xlsx|xlsm|xls|csv)\Z", re.IGNORECASE)
_TEXTS = re.compile(r"\.(?:pdf|docx|doc)\Z", re.IGNORECASE)
_DOWNLOAD = re.compile(
    r"(?<![a-z])(?:download|downloads|attachment|attachments|getfile|tai-ve|taive|dinh-kem|tep-tin)(?![a-z])",
    re.IGNORECASE,
)
# Words without accents, in file names as well as in links.
_PUPILS = re.compile(
    r"\b(?:hoc sinh|hs|lop \w{1,4}|tuyen sinh|trung tuyen|nhap hoc|du tuyen|thi sinh|khoi \d{1,2}|bao hiem y te|bhyt"
    r"|mien giam|hoc bong|phu huynh|tre)\b|\blop\d"
)
_LIST = re.compile(r"\b(?:danh sach|ds|ket qua|so lien lac|thong tin|ho so)\b|\bds[a-z]{1,6}\d?\b")
_OTHERS = re.compile(
    r"\b(?:giao vien|gv|can bo|thoi khoa bieu|tkb|ke hoach|cong van|thuc don|quy che|bao cao|cong khai|don xin|mau don"
    r"|lich|huong dan|to trinh|thong bao)\b"
)
_APART = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """A link to a file; ``likely`` where it looks like a list of pupils."""

    url: str
    text: str
    page: str
    likely: bool
    rank: int


def further_pages(samples: Samples | None) -> list[PageFacts]:
    """The sampled pages that are pages."""
    if samples is None:
        return []
    return [
        sample.page
        for sample in samples.pages
        if isinstance(sample.page, PageFacts)
        and 200 <= sample.page.status < 300
        and is_html(sample.page.content_type)
    ]


def linked_files(pages: Iterable[PageFacts], hosts: Iterable[str]) -> list[LinkedFile]:
    """Every file of these hosts that the pages link, each once, the likeliest first.

    A file it is by its ending, or by a link of download with the words of a list.
    """
    own = frozenset(hosts)
    found: dict[str, LinkedFile] = {}
    for page in pages:
        for link in page.links:
            url = urldefrag(link.href).url
            if url in found:
                continue
            if scheme_of(url) not in {"http", "https"} or host_of(url) not in own:
                continue
            file = _file(url, link.text, page.url)
            if file is not None:
                found[url] = file
    return sorted(found.values(), key=lambda file: -file.rank)


def is_whole(url: str) -> bool:
    """Whether an address is as the page had it; one that was masked or cut cannot be asked for."""
    return not any(sign in url for sign in (BULLET, MARK, "‹"))


def is_likely(url: str, text: str) -> bool:
    """Whether a file looks like a list of pupils, by its name and the words of its link."""
    words = _words(url, text)
    return bool(_PUPILS.search(words)) and (bool(_LIST.search(words)) or not _OTHERS.search(words))


def _file(url: str, text: str, page: str) -> LinkedFile | None:
    path = urlsplit(url).path
    table, written = _TABLES.search(path), _TEXTS.search(path)
    likely = is_likely(url, text)
    if not table and not written and not (likely and _DOWNLOAD.search(url)):
        return None
    listed = bool(_LIST.search(_words(url, text)))
    others = bool(_OTHERS.search(_words(url, text))) and not likely
    rank = 8 * likely + 4 * (listed and not others) + 2 * bool(table) + (not others)
    return LinkedFile(url, text, page, likely, rank)


def _words(url: str, text: str) -> str:
    """The name of the file and the words of the link, without accents."""
    parts = urlsplit(url)
    name = unquote(f"{parts.path.rpartition('/')[2]} {parts.query}", errors="replace")
    return _APART.sub(" ", folded(f"{text[:300]} {name[:300]}"))
