"""What an HTML page holds, as bounded and masked facts; no input makes it fail or take more than linear time."""

import codecs
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from selectolax.lexbor import LexborHTMLParser, LexborNode

from checks.evidence.page import Form, Image, Link, Load, PageFacts, Script
from checks.parsing.answers import safe_join, scheme_of
from checks.parsing.masking import mask, mask_address, without_emails, without_nonces
from checks.parsing.scripts import runs
from checks.parsing.text import MARK, composed, display, is_plain, legal

# Of what is too long both ends are kept: the foot of a page names who is responsible for it.
TEXT_HEAD_BYTES, TEXT_TAIL_BYTES = 48_000, 17_000
TEXT_BYTES = 65_536
LINKS_HEAD, LINKS_TAIL = 350, 150
IMAGES_HEAD, IMAGES_TAIL = 150, 50
IMAGES_IN_LINK = 5
FORMS, FURTHER = 50, 10
SCRIPTS_HEAD, SCRIPTS_TAIL = 150, 50
FRAMES = 50
LOADS_OF_A_KIND = 50
METAS = 10
POLICY = 8_192
STYLE_LOADS = 20
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
# A path without dots, blanks and double slashes needs no joining and hides nobody's data; most links are such.
_PLAIN_PATH = re.compile(
    r"/(?:[A-Za-z0-9_%=-][A-Za-z0-9_%=/-]{0,500}(?:\.[A-Za-z0-9]{1,5})?)?(?:\?[A-Za-z0-9_%=&-]{0,500})?"
)
_ORIGIN = re.compile(r"[^/]*//[^/?#]*")
_TABS = re.compile("[\t\n\r\0]")
# Blanks to Python, and no legal signs.
_ODD_BLANKS = re.compile("[\x0b\x0c\x1c-\x1f]")
_SCHEME = re.compile("[a-zA-Z][a-zA-Z0-9+.-]*:")
# Comments and namespaces name addresses that nothing loads; an open comment goes on to the end.
_CSS = re.compile(
    r"/\*(?:[^*]|\*(?!/))*+|@namespace[^;]{0,300}"
    r"|(?:(@import)\s{1,9}(?:url\(\s{0,9})?|url\(\s{0,9})[\"']?(http:[^\s\"'();]{1,2000})",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(r"(?:^|[,\s])(http:[^\s]{1,2000}[^\s,])", re.IGNORECASE)
_NOT_FILLED_IN = frozenset({"hidden", "submit", "button", "reset", "image"})
_PASSIVE_PRELOADS = frozenset({"image", "audio", "video", "track"})
_IN_TABLE = frozenset({"table", "tbody", "thead", "tfoot", "tr"})

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
_MARKUP = re.compile(r"<(/?[a-zA-Z][^\s/>]*+)")
_TAG = re.compile(
    rf"<(?:(!--)|(/?)(?!(?:{'|'.join(sorted(_NEVER_DEEP))})[\s/>])([a-zA-Z][^\s/>]*))",
    re.IGNORECASE,
)
_NEVER_DEEP_TAGS = _NEVER_DEEP | {f"/{name}" for name in _NEVER_DEEP}
_RAW = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in (
        "script",
        "style",
        "title",
        "textarea",
        "iframe",
        "noembed",
        "noframes",
        "noscript",
        "xmp",
    )
}
_RAW_BEGIN = re.compile(rf"<(?=[!sStTiInNxX])(?:!--|({'|'.join(_RAW)})(?![^\s/>]))", re.IGNORECASE)
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "src")


def page_facts(
    body: bytes, *, url: str, status: int, content_type: str, truncated: bool
) -> PageFacts:
    """The facts of a page from the bytes that were sent for it."""
    html = _shallow(decoded(body, content_type))
    # As browsers do: what stands in noscript is not there.
    tree = LexborHTMLParser(html, scripting=True)
    walked = _walk(tree, url)
    _read_styles(html, tree, walked)
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
        forms=tuple(walked.form_fact(form) for form in walked.forms),
        forms_total=walked.forms_total,
        loose_passwords=walked.loose_passwords
        + sum(form.passwords for form in walked.owners.values() if not form.there),
        scripts=tuple(walked.scripts.kept()),
        scripts_total=walked.scripts.total,
        frames=tuple(walked.frames.kept()),
        frames_total=walked.frames.total,
        plain_loads=(*walked.active.kept(), *walked.passive.kept()),
        plain_loads_total=walked.active.total + walked.passive.total,
        csp_meta=tuple(walked.csp),
        referrer_meta=tuple(walked.referrer),
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
    if not _may_be_deep(html):
        return html
    pieces: list[str] = []
    stack: list[str] = []
    depth: dict[str, int] = {}
    marked = 0
    done = skip = 0
    for tag in _TAG.finditer(html):
        if tag.start() < skip:
            continue
        name = tag[3].lower() if tag[3] else ""
        if tag[1] or (name in _RAW and not tag[2]):
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


def _may_be_deep(html: str) -> bool:
    """Whether tags could stand deeper than is sane: counts what opens and closes, by name, and forgives nothing.

    No page is deeper than this count, for a tag that closes may only close more than one.
    """
    depth: dict[str, int] = {}
    deep = marked = 0
    for name in map(str.lower, _markup(html)):
        if name in _NEVER_DEEP_TAGS:
            continue
        step = 1
        if name[0] == "/":
            name, step = name[1:], -1  # noqa: PLW2901  One name, with and without its stroke.
            if not depth.get(name):
                continue
        depth[name] = depth.get(name, 0) + step
        if name in _FORMATTING:
            marked += step
        else:
            deep += step
        if deep > DEPTH or marked > MARKED_DEPTH:
            return True
    return False


def _markup(html: str) -> list[str]:
    """The names of all tags, with a stroke before those that close; nothing of comments, scripts and styles."""
    names: list[str] = []
    done = 0
    while (raw := _RAW_BEGIN.search(html, done)) is not None:
        names += _MARKUP.findall(html, done, raw.start())
        name = raw[1]
        done = _raw_end(html, name.lower(), raw.end()) if name else html.find("-->", raw.end())
        if done < 0:
            return names
    return names + _MARKUP.findall(html, done)


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
class _Form:
    """A form while its fields are still being found; ``there`` once its own element was seen."""

    there: bool = False
    action: str = ""
    method: str = "get"
    passwords: int = 0
    fields: int = 0
    further: list[str] = field(default_factory=list)
    further_total: int = 0


@dataclass(slots=True)
class _Walked:
    """What a walk through the tree has gathered so far."""

    url: str
    base: str = ""
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
    prefix: str = ""
    """What a plain path needs before it to be a target; empty where it needs more."""
    forms: list[_Form] = field(default_factory=list)
    forms_total: int = 0
    form: _Form | None = None
    """The form that stands open."""
    owners: dict[str, _Form] = field(default_factory=dict)
    """Forms by their id, also those that only a field elsewhere has named so far."""
    loose_passwords: int = 0
    scripts: _Ends[Script] = field(default_factory=lambda: _Ends(SCRIPTS_HEAD, SCRIPTS_TAIL))
    frames: _Ends[str] = field(default_factory=lambda: _Ends(FRAMES, 0))
    active: _Ends[Load] = field(default_factory=lambda: _Ends(LOADS_OF_A_KIND, 0))
    passive: _Ends[Load] = field(default_factory=lambda: _Ends(LOADS_OF_A_KIND, 0))
    styled: int = 0
    """Addresses found inside CSS."""
    csp: list[str] = field(default_factory=list)
    referrer: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rebase(self.url)

    def rebase(self, base: str) -> None:
        """Relative targets start from here now; what was made of them before stays."""
        self.base = base
        self.targets.clear()
        origin = _ORIGIN.match(base)
        plain = origin[0] if origin is not None and len(base) < ADDRESS // 2 else ""
        usable = plain and _made_fit(f"{plain}/0905123456") == f"{plain}/0905123456"
        self.prefix = plain if usable else ""

    def target(self, href: str) -> str:
        """A target made absolute, without personal data."""
        made = self.targets.get(href)
        if made is None:
            if self.prefix and "//" not in href and _PLAIN_PATH.fullmatch(href):
                made = self.prefix + href
            else:
                made = _made_fit(_absolute(self.base, href))
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

    def form_fact(self, form: _Form) -> Form:
        return Form(
            action=self._sent_to(form.action),
            method=form.method,
            password=form.passwords > 0,
            fields=form.fields,
            further=tuple(self._sent_to(one) for one in form.further),
            further_total=form.further_total,
        )

    def _sent_to(self, action: str) -> str:
        # HTML standard, form submission algorithm: an empty action is the document's own address, not its base.
        return self.target(action) if action else _made_fit(self.url)

    def shown(self, address: str) -> None:
        """A frame, or what is shown like one."""
        if address.strip():
            self.frames.add(self.target(_short(address)))

    def load(self, address: str, tag: str, *, active: bool) -> None:
        """Something that is loaded; kept where the page is on https and this is not."""
        if scheme_of(self.url) != "https":
            return
        address = _TABS.sub("", address).strip()
        plain = address[:5].lower() == "http:" or (
            scheme_of(self.base) == "http" and address and not _SCHEME.match(address)
        )
        if not plain:
            return
        loads = self.active if active else self.passive
        loads.add(Load(url=self.target(address), tag=tag, active=active))


def _made_fit(address: str) -> str:
    """An address as it may be kept."""
    return display(mask_address(address), ADDRESS)


def _short(address: str) -> str:
    """An address, but of data written into the page itself only the scheme."""
    address = address.strip()
    return "data:" if address[:5].lower() == "data:" else address


def _absolute(base: str, href: str) -> str:
    """A target as a browser would read it; left as it is where it makes no sense."""
    plain = _TABS.sub("", href)
    return safe_join(base, plain) or plain


def _walk(tree: LexborHTMLParser, url: str) -> _Walked:
    """Every node once, without recursion, in the order of the page."""
    walked = _Walked(url)
    texts = walked.text
    above: list[tuple[LexborNode, _Plan]] = []
    node = tree.root
    while node is not None:
        tag = node.tag or "-"
        if tag == "-text":
            texts.append(node.text_content or "")
            following = node.next
        else:
            plan = _PLANS.get(tag) or (_OTHER if tag[0] == "-" else _BLOCK)
            read, apart, descends, end = plan
            if read is not None:
                read(node.attributes, node, walked)
            if apart:
                texts.append(" ")
            below = node.first_child if descends else None
            if below is not None:
                above.append((node, plan))
                node = below
                continue
            if end is not None:
                end(node, walked)
            if apart:
                texts.append(" ")
            following = node.next
        while following is None and above:
            node, (_, apart, _, end) = above.pop()
            if end is not None:
                end(node, walked)
            if apart:
                texts.append(" ")
            following = node.next
        node = following
    return walked


def _close_link(_node: LexborNode, walked: _Walked) -> None:
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
    srcset = attributes.get("srcset") or attributes.get("data-srcset") or ""
    _load_image(attributes, src, srcset, walked)
    src = src or _first_candidate(srcset)
    if not src:
        return
    # Pictures written into the page itself are long and lead nowhere.
    src = "data:" if src[:5].lower() == "data:" else src
    walked.images.add((src, attributes.get("alt") or "", bool(walked.open_links)))
    if walked.open_links and len(walked.open_links[-1][2]) < IMAGES_IN_LINK:
        walked.open_links[-1][2].append(src)


def _load_image(attributes: _Attributes, src: str, srcset: str, walked: _Walked) -> None:
    """What a picture loads: at once, lazily, or as one of several to choose from."""
    for address in dict.fromkeys((src, attributes.get("src") or "")):
        if address:
            walked.load(address, "img", active=False)
    if "http:" in srcset.lower():
        for candidate in _CANDIDATE.findall(srcset[: 4 * ADDRESS]):
            walked.load(candidate, "srcset", active=False)


def _load_only_image(attributes: _Attributes, _node: LexborNode, walked: _Walked) -> None:
    """A picture where none is shown to everybody: in what stands in for a film or a plug-in."""
    _load_image(attributes, attributes.get("src") or "", attributes.get("srcset") or "", walked)


def _read_meta(attributes: _Attributes, node: LexborNode, walked: _Walked) -> None:
    content = attributes.get("content") or ""
    name = (attributes.get("name") or "").strip().lower()
    directive = (attributes.get("http-equiv") or "").strip().lower()
    if name == "generator" and len(walked.generator) < 5:
        walked.generator.append(content)
    if name == "referrer" and content and len(walked.referrer) < METAS:
        walked.referrer.append(display(content, SHOWN))
    if directive == "refresh" and not walked.refresh:
        target = _REFRESH.match(content[:ADDRESS])
        walked.refresh = target[1].strip() if target else ""
    if directive == "content-security-policy" and content and len(walked.csp) < METAS:
        # HTML standard, 4.2.5.3: a policy outside the head is none.
        parent = node.parent
        if parent is not None and parent.tag == "head":
            walked.csp.append(legal(without_emails(without_nonces(content)))[:POLICY])


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
            walked.rebase(base)


def _read_form(attributes: _Attributes, _node: LexborNode, walked: _Walked) -> None:
    """A form begins; forms never stand inside each other."""
    name = attributes.get("id") or ""
    form = walked.owners.setdefault(name, _Form()) if name else _Form()
    if form.there:
        form = _Form()
    form.there = True
    form.action = _short(attributes.get("action") or "")
    method = (attributes.get("method") or "").lower()
    form.method = method if method in {"post", "dialog"} else "get"
    walked.form = form
    walked.forms_total += 1
    if len(walked.forms) < FORMS:
        walked.forms.append(form)


def _close_form(node: LexborNode, walked: _Walked) -> None:
    # HTML standard, 13.2.6.4.9: in a table a form stands empty, and owns the fields of the cells after it.
    parent = node.parent
    if node.first_child is not None or parent is None or parent.tag not in _IN_TABLE:
        walked.form = None


def _owner(attributes: _Attributes, walked: _Walked) -> _Form | None:
    name = attributes.get("form")
    return walked.form if name is None else walked.owners.setdefault(name, _Form())


def _read_field(attributes: _Attributes, node: LexborNode, walked: _Walked) -> None:
    """A field that a visitor fills in, or a button."""
    tag = node.tag
    kind = (attributes.get("type") or "").lower() if tag not in {"select", "textarea"} else ""
    form = _owner(attributes, walked)
    if form is not None:
        form.fields += tag != "button" and kind not in _NOT_FILLED_IN
        sends = kind in {"submit", "image"} if tag == "input" else kind in {"", "submit"}
        if sends and "formaction" in attributes:
            form.further_total += 1
            if len(form.further) < FURTHER:
                form.further.append(_short(attributes["formaction"] or ""))
    if tag == "input" and kind == "password":
        if form is None:
            walked.loose_passwords += 1
        else:
            form.passwords += 1
    if tag == "input" and kind == "image":
        walked.load(attributes.get("src") or "", "input", active=False)


def _read_script(attributes: _Attributes, _node: LexborNode, walked: _Walked) -> None:
    src = _short(attributes.get("src") or "")
    kind = attributes.get("type") or ""
    allowed = attributes.get("crossorigin")
    walked.scripts.add(
        Script(
            src=walked.target(src) if src else "",
            integrity=display(attributes.get("integrity") or "", SHOWN),
            crossorigin=display(allowed or "", 40) if "crossorigin" in attributes else None,
            nonce="nonce" in attributes,
            type=display(kind, 60),
        )
    )
    if src and runs(kind):
        walked.load(src, "script", active=True)


def _read_link(attributes: _Attributes, _node: LexborNode, walked: _Walked) -> None:
    """What a link element loads: style sheets, scripts and the like are active, pictures and icons are not."""
    href = attributes.get("href") or ""
    kinds = set((attributes.get("rel") or "").lower().split())
    wanted = (attributes.get("as") or "").lower()
    preloads = "preload" in kinds and wanted
    if kinds & {"manifest", "modulepreload"} or (
        "stylesheet" in kinds and "disabled" not in attributes
    ):
        walked.load(href, "link", active=True)
    elif preloads:
        walked.load(href, "link", active=wanted not in _PASSIVE_PRELOADS)
    elif kinds & {"icon", "apple-touch-icon", "apple-touch-icon-precomposed"}:
        walked.load(href, "link", active=False)


def _read_frame(attributes: _Attributes, node: LexborNode, walked: _Walked) -> None:
    if "srcdoc" not in attributes:
        address = attributes.get("src") or ""
        walked.shown(address)
        walked.load(address, node.tag or "", active=True)


def _read_object_itself(attributes: _Attributes, _node: LexborNode, walked: _Walked) -> None:
    address = attributes.get("data") or ""
    walked.shown(address)
    walked.load(address, "object", active=True)


def _read_object(attributes: _Attributes, node: LexborNode, walked: _Walked) -> None:
    _read_object_itself(attributes, node, walked)
    _read_inside(node, walked)


def _read_medium_itself(attributes: _Attributes, node: LexborNode, walked: _Walked) -> None:
    """A film or a sound: what it plays, and the picture before."""
    tag = node.tag or ""
    walked.load(attributes.get("src") or "", tag, active=False)
    walked.load(attributes.get("poster") or "", tag, active=False)


def _read_medium(attributes: _Attributes, node: LexborNode, walked: _Walked) -> None:
    _read_medium_itself(attributes, node, walked)
    _read_inside(node, walked)


def _read_source(attributes: _Attributes, node: LexborNode, walked: _Walked) -> None:
    _read_medium_itself(attributes, node, walked)
    _load_image({}, "", attributes.get("srcset") or "", walked)


def _read_style(_attributes: _Attributes, node: LexborNode, walked: _Walked) -> None:
    text = node.text()
    if "http:" in text.lower():
        _read_css(text, walked)


def _read_css(text: str, walked: _Walked) -> None:
    """Addresses inside CSS, those that begin with a scheme alone; 20 of a page at most."""
    for found in _CSS.finditer(text):
        if walked.styled >= STYLE_LOADS:
            break
        if found[2]:
            walked.styled += 1
            walked.load(found[2], "style", active=found[1] is not None)


def _read_styles(html: str, tree: LexborHTMLParser, walked: _Walked) -> None:
    """Style attributes and backgrounds: looked for only where the page can have one that matters."""
    if scheme_of(walked.url) != "https" or not _holds(html, "http:"):
        return
    if _holds(html, "url("):
        for node in tree.css('[style*="http:" i]')[:STYLE_LOADS]:
            _read_css(node.attributes.get("style") or "", walked)
    if _holds(html, "background="):
        for node in tree.css('[background^="http:" i]')[:STYLE_LOADS]:
            walked.load(node.attributes.get("background") or "", "background", active=False)


def _holds(html: str, word: str) -> bool:
    """Whether a word stands anywhere, written small or large: a page is not folded for it."""
    return word in html or word.upper() in html


def _read_inside(node: LexborNode, walked: _Walked) -> None:
    """What films and plug-ins hold in case that they cannot be shown: read by nobody, loaded all the same."""
    above: list[LexborNode] = []
    inner = node.first_child
    while inner is not None:
        read = _INSIDE.get(inner.tag or "-")
        if read is not None:
            read(inner.attributes, inner, walked)
        below = inner.first_child
        if below is not None:
            above.append(inner)
            inner = below
            continue
        following = inner.next
        while following is None and above:
            following = above.pop().next
        inner = following


_Reader = Callable[[_Attributes, LexborNode, _Walked], None]
_LOADING: dict[str, _Reader] = {
    "script": _read_script,
    "link": _read_link,
    "style": _read_style,
    "iframe": _read_frame,
    "frame": _read_frame,
    "embed": _read_frame,
    "input": _read_field,
    "select": _read_field,
    "textarea": _read_field,
    "button": _read_field,
    "track": _read_medium_itself,
}
_INSIDE: dict[str, _Reader] = _LOADING | {
    "object": _read_object_itself,
    "video": _read_medium_itself,
    "audio": _read_medium_itself,
    "source": _read_source,
    "img": _load_only_image,
}
_READERS: dict[str, _Reader] = _LOADING | {
    "a": _read_anchor,
    "area": _read_area,
    "base": _read_base,
    "img": _read_image,
    "source": _read_image,
    "meta": _read_meta,
    "title": _read_title,
    "html": _read_html,
    "form": _read_form,
    "object": _read_object,
    "video": _read_medium,
    "audio": _read_medium,
    "canvas": _read_medium,
}


class _Plan(NamedTuple):
    """What is done at an element: who reads it, whether it stands apart from its neighbours, whether its inside is
    walked through, what is done at its end.
    """

    read: _Reader | None = None
    apart: bool = True
    descends: bool = True
    end: Callable[[LexborNode, _Walked], None] | None = None


_ENDS = {"a": _close_link, "form": _close_form}
_BLOCK = _Plan()
_OTHER = _Plan(apart=False, descends=False)
_PLANS = {
    tag: _Plan(_READERS.get(tag), tag not in _INLINE, tag not in _UNSEEN, _ENDS.get(tag))
    for tag in {*_READERS, *_INLINE, *_UNSEEN}
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
    text = "".join(texts)
    if not _ODD_BLANKS.search(text):
        line = " ".join(text.split())
        if is_plain(line):
            return line
    return " ".join(composed(legal(text)).split())


def _fitting(text: str) -> str:
    """The text, masked, at most ``TEXT_BYTES`` long."""
    if len(text) > 2 * TEXT_BYTES:
        text = f"{text[:TEXT_BYTES]} {MARK} {text[-TEXT_BYTES:]}"
    sent = mask(text).encode()
    if len(sent) <= TEXT_BYTES:
        return sent.decode()
    head = sent[:TEXT_HEAD_BYTES].decode(errors="ignore")
    return f"{head} {MARK} {sent[-TEXT_TAIL_BYTES:].decode(errors='ignore')}"
