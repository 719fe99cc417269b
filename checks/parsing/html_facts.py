"""What an HTML page holds, as bounded and masked facts; no input makes it fail or take more than linear time."""

import codecs
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from selectolax.lexbor import LexborHTMLParser, LexborNode

from checks.evidence.page import Image, Link, PageFacts
from checks.parsing.answers import safe_join, scheme_of
from checks.parsing.masking import mask, mask_address
from checks.parsing.text import MARK, composed, display, legal

# Of what is too long both ends are kept: the foot of a page names who is responsible for it.
TEXT_HEAD_BYTES, TEXT_TAIL_BYTES = 48_000, 17_000
TEXT_BYTES = 65_536
LINKS_HEAD, LINKS_TAIL = 350, 150
IMAGES_HEAD, IMAGES_TAIL = 150, 50
IMAGES_IN_LINK = 5
SHOWN = 300
ADDRESS = 2_048
DEPTH, MARKED_DEPTH = 500, 40


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UTF8, _1252, _1258, _LE, _BE = "utf-8", "cp1252", "cp1258", "utf-16-le", "utf-16-be"
# The labels of the WHATWG list for the encodings that Vietnamese pages use; no codec is taken by its name.
_LABELS = {
    **dict.fromkeys(
        ("utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "x-unicode20utf8"), _UTF8
    ),
    **dict.fromkeys(
        _words(
            "windows-1252 cp1252 x-cp1252 ascii us-ascii ansi_x3.4-1968 latin1 l1 iso-8859-1 iso8859-1"
            " iso88591 iso_8859-1 iso_8859-1:1987 iso-ir-100 csisolatin1 cp819 ibm819"
        ),
        _1252,
    ),
    **dict.fromkeys(("windows-1258", "cp1258", "x-cp1258"), _1258),
    **dict.fromkeys(
        ("utf-16", "utf-16le", "unicode", "ucs-2", "iso-10646-ucs-2", "csunicode"), _LE
    ),
    **dict.fromkeys(("utf-16be", "unicodefffe"), _BE),
}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_META_CHARSET = re.compile(
    rb"<meta\b[^>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE
)
_REFRESH = re.compile(r"\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?[\"']?([^\"']*)", re.IGNORECASE)
# A path without dots, blanks and double slashes needs no joining; most links are such.
_PLAIN_PATH = re.compile(
    r"/(?:[A-Za-z0-9_%=-][A-Za-z0-9_%=/-]{0,500}(?:\.[A-Za-z0-9]{1,5})?)?(?:\?[A-Za-z0-9_%=&-]{0,500})?"
)
_ORIGIN = re.compile(r"[^/]*//[^/?#]*")
_TABS = re.compile("[\t\n\r\0]")

_UNSEEN = _words(
    "script style noscript template title iframe noembed noframes object video audio canvas"
)
_INLINE = _words(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr q s samp small"
    " span strike strong sub sup time tt u var wbr"
)
_FORMATTING = _words("b big code em font i nobr s small strike strong tt u")
_NEVER_DEEP = _words(
    "a area base body br col dd dt embed head hr html img input li link meta option p param source tbody td"
    " tfoot th thead tr track wbr"
)
_TAG = re.compile(
    rf"<(?:(!--)|(/?)(?!(?:{'|'.join(sorted(_NEVER_DEEP))})[\s/>])([a-zA-Z][^\s/>]*))",
    re.IGNORECASE,
)
_RAW = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp")
}
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "src")


def page_facts(
    body: bytes, *, url: str, status: int, content_type: str, truncated: bool
) -> PageFacts:
    """The facts of a page from the bytes that were sent for it."""
    tree = LexborHTMLParser(_shallow(decoded(body, content_type)))
    walked = _walk(tree, url)
    text = _joined(walked.text)
    return PageFacts(
        url=url,
        status=status,
        content_type=display(content_type, SHOWN),
        bytes=len(body),
        truncated=truncated,
        title=display(mask(_joined(walked.title)), SHOWN),
        lang=display(walked.lang, 40),
        generator=tuple(display(value, SHOWN) for value in walked.generator),
        text=_fitting(text),
        words=len(text.split()),
        links=tuple(walked.link(*found) for found in walked.links.kept()),
        links_total=walked.links.total,
        images=tuple(walked.image(*found) for found in walked.images.kept()),
        images_total=walked.images.total,
        refresh=walked.target(walked.refresh) if walked.refresh else "",
    )


def decoded(body: bytes, content_type: str) -> str:
    """Text by byte order mark, else the header, else a meta element in the first 1024 bytes, else UTF-8."""
    for mark, codec in (
        (codecs.BOM_UTF8, _UTF8),
        (codecs.BOM_UTF16_LE, _LE),
        (codecs.BOM_UTF16_BE, _BE),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, errors="replace")
    named = _CHARSET.search(content_type[:500])
    by_header = _LABELS.get(named[1].lower()) if named else None
    return body.decode(by_header or _by_meta(body), errors="replace")


def _by_meta(body: bytes) -> str:
    """The codec that a meta element names near the beginning, else UTF-8."""
    meta = _META_CHARSET.search(body[:1024])
    codec = _LABELS.get(meta[1].decode("ascii").lower(), _UTF8) if meta else _UTF8
    # What could be read as ASCII so far is not UTF-16, whatever it says.
    return _UTF8 if codec in (_LE, _BE) else codec


def _shallow(html: str) -> str:
    """The page with tags beyond a sane depth turned into comments: parsing deeper ones takes quadratic time."""
    pieces: list[str] = []
    stack: list[str] = []
    depth: dict[str, int] = {}
    marked = 0
    done = skip = 0
    for tag in _TAG.finditer(html):
        if tag.start() < skip:
            continue
        name = tag[3].lower() if tag[3] else ""
        if tag[1] or name in _RAW:
            end = html.find("-->", tag.end()) if tag[1] else _raw_end(html, name, tag.end())
            if end < 0:
                break
            skip = end
        elif tag[2]:
            if depth.get(name, 0):
                depth[name] -= 1
                if name in _FORMATTING:
                    marked -= 1
                else:
                    _pop(stack, name, depth)
        elif marked >= MARKED_DEPTH if name in _FORMATTING else len(stack) >= DEPTH:
            pieces.append(html[done : tag.start() + 1])
            pieces.append("!")
            done = tag.start() + 1
        else:
            depth[name] = depth.get(name, 0) + 1
            if name in _FORMATTING:
                marked += 1
            else:
                stack.append(name)
    pieces.append(html[done:])
    return "".join(pieces)


def _raw_end(html: str, name: str, start: int) -> int:
    """Where the text of a script or style ends; negative where it never does."""
    found = _RAW[name].search(html, start)
    return found.end() if found else -1


def _pop(stack: list[str], name: str, depth: dict[str, int]) -> None:
    """Close the nearest open tag of this name and all that stand open inside it."""
    while (closed := stack.pop()) != name:
        depth[closed] -= 1


T = TypeVar("T")


class _Ends(Generic[T]):
    """The first and the last of many, and how many there were."""

    def __init__(self, head: int, tail: int) -> None:
        self.total = 0
        self._head = head
        self._first: list[T] = []
        self._last: deque[T] = deque(maxlen=tail)

    def add(self, found: T) -> None:
        self.total += 1
        (self._first if self.total <= self._head else self._last).append(found)

    def kept(self) -> list[T]:
        return [*self._first, *self._last]


_RawLink = tuple[str, str, tuple[str, ...]]
_RawImage = tuple[str, str, bool]


@dataclass(slots=True)
class _Walked:
    """What a walk through the tree has gathered so far."""

    base: str
    """What relative targets start from."""
    based: bool = False
    text: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    links: _Ends[_RawLink] = field(default_factory=lambda: _Ends(LINKS_HEAD, LINKS_TAIL))
    images: _Ends[_RawImage] = field(default_factory=lambda: _Ends(IMAGES_HEAD, IMAGES_TAIL))
    generator: list[str] = field(default_factory=list)
    refresh: str = ""
    lang: str = ""
    open_links: list[tuple[str, int, list[str]]] = field(default_factory=list)
    """Target of each anchor that stands open, how many texts there were before it, its images."""
    targets: dict[str, str] = field(default_factory=dict)
    """Targets made so far: pages repeat them."""

    def target(self, href: str) -> str:
        """A target made absolute, without personal data."""
        made = self.targets.get(href)
        if made is None:
            made = display(mask_address(_absolute(self.base, href)), ADDRESS)
            self.targets[href] = made
        return made

    def link(self, href: str, text: str, images: tuple[str, ...]) -> Link:
        return Link(
            href=self.target(href),
            text=display(mask(_joined([text])), SHOWN),
            images=tuple(self.target(image) for image in images),
        )

    def image(self, src: str, alt: str, linked: bool) -> Image:  # noqa: FBT001  A row of a list, unpacked.
        return Image(src=self.target(src), alt=display(mask(alt), SHOWN), linked=linked)


def _absolute(base: str, href: str) -> str:
    """A target as a browser would read it; left as it is where it makes no sense."""
    origin = _ORIGIN.match(base) if _PLAIN_PATH.fullmatch(href) else None
    if origin is not None and "//" not in href:
        return origin[0] + href
    plain = _TABS.sub("", href)
    return safe_join(base, plain) or plain


def _walk(tree: LexborHTMLParser, url: str) -> _Walked:
    """Every node once, without recursion, in the order of the page."""
    walked = _Walked(url)
    texts = walked.text
    node = tree.root
    while node is not None:
        tag = node.tag or "-"
        following = None
        if tag == "-text":
            texts.append(node.text_content or "")
        elif not tag.startswith("-"):
            if tag in _READERS:
                _READERS[tag](node.attributes, node, walked)
            if tag not in _INLINE:
                texts.append(" ")
            if tag not in _UNSEEN:
                following = node.first_child
        while following is None and node is not None:
            if tag == "a":
                _close_link(walked)
            elif tag not in _INLINE and not tag.startswith("-"):
                texts.append(" ")
            following = node.next
            if following is None:
                node = node.parent
                tag = (node.tag if node is not None else None) or "-"
        node = following
    return walked


def _close_link(walked: _Walked) -> None:
    """An anchor ends: what it showed since it began."""
    href, texts, images = walked.open_links.pop()
    if href:
        walked.links.add((href, _first_words(walked.text, texts), tuple(images)))


_Attributes = dict[str, str | None]


def _read_anchor(attributes: _Attributes, _node: LexborNode, walked: _Walked) -> None:
    walked.open_links.append(((attributes.get("href") or "").strip(), len(walked.text), []))


def _read_area(attributes: _Attributes, _node: LexborNode, walked: _Walked) -> None:
    href = (attributes.get("href") or "").strip()
    if href:
        walked.links.add((href, attributes.get("alt") or "", ()))


def _read_image(attributes: _Attributes, _node: LexborNode, walked: _Walked) -> None:
    src = ""
    for name in _LAZY:
        if not src and attributes.get(name):
            src = (attributes[name] or "").strip()
    src = src or _first_candidate(attributes.get("srcset") or attributes.get("data-srcset") or "")
    if not src:
        return
    # Pictures written into the page itself are long and lead nowhere.
    src = "data:" if src[:5].lower() == "data:" else src
    walked.images.add((src, attributes.get("alt") or "", bool(walked.open_links)))
    if walked.open_links and len(walked.open_links[-1][2]) < IMAGES_IN_LINK:
        walked.open_links[-1][2].append(src)


def _read_meta(attributes: _Attributes, _node: LexborNode, walked: _Walked) -> None:
    content = attributes.get("content") or ""
    if (attributes.get("name") or "").strip().lower() == "generator" and len(walked.generator) < 5:
        walked.generator.append(content)
    if (attributes.get("http-equiv") or "").strip().lower() == "refresh" and not walked.refresh:
        target = _REFRESH.match(content[:ADDRESS])
        walked.refresh = target[1].strip() if target else ""


def _read_title(_attributes: _Attributes, node: LexborNode, walked: _Walked) -> None:
    parent = node.parent
    if not walked.title and parent is not None and parent.tag == "head":
        walked.title.append(node.text())


def _read_html(attributes: _Attributes, _node: LexborNode, walked: _Walked) -> None:
    walked.lang = walked.lang or (attributes.get("lang") or "").strip()


def _read_base(attributes: _Attributes, _node: LexborNode, walked: _Walked) -> None:
    """The first base element decides, and only if it is a web address."""
    if not walked.based and "href" in attributes:
        walked.based = True
        base = safe_join(walked.base, attributes["href"] or "")
        if scheme_of(base) in {"http", "https"}:
            walked.base = base


_READERS: dict[str, Callable[[_Attributes, LexborNode, _Walked], None]] = {
    "a": _read_anchor,
    "area": _read_area,
    "base": _read_base,
    "img": _read_image,
    "source": _read_image,
    "meta": _read_meta,
    "title": _read_title,
    "html": _read_html,
}


def _first_candidate(srcset: str) -> str:
    return next(iter(srcset[:ADDRESS].replace(",", " ").split()), "")


def _first_words(texts: list[str], start: int) -> str:
    """What an anchor shows, as far as it will be kept."""
    taken: list[str] = []
    length = 0
    for i in range(start, len(texts)):
        if length > 2 * SHOWN:
            break
        # A blank costs as much as a word, so that a thousand empty boxes end this too.
        length += max(len(texts[i]), 1)
        taken.append(texts[i][: 2 * SHOWN])
    return "".join(taken)


def _joined(texts: list[str]) -> str:
    return " ".join(composed(legal("".join(texts))).split())


def _fitting(text: str) -> str:
    """The text, masked, at most ``TEXT_BYTES`` long."""
    if len(text) > 2 * TEXT_BYTES:
        text = f"{text[:TEXT_BYTES]} {MARK} {text[-TEXT_BYTES:]}"
    sent = mask(text).encode()
    if len(sent) <= TEXT_BYTES:
        return sent.decode()
    head = sent[:TEXT_HEAD_BYTES].decode(errors="ignore")
    return f"{head} {MARK} {sent[-TEXT_TAIL_BYTES:].decode(errors='ignore')}"
