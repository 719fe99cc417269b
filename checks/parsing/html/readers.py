"""What each element of a page adds to what was gathered of it."""

import re
from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from checks.evidence.page import METAS_KEPT, Script
from checks.parsing.answers import safe_join, scheme_of
from checks.parsing.html.gathered import Gathered, RawForm
from checks.parsing.html.targets import ADDRESS, short, written
from checks.parsing.masking import without_emails, without_nonces
from checks.parsing.scripts import runs
from checks.parsing.text import display, legal

_Attributes = dict[str, str | None]
Reader = Callable[[_Attributes, LexborNode, Gathered], None]

SHOWN = 300
"""Signs of a short text that are kept."""
IMAGES_IN_LINK = 5
FORMS, FURTHER = 50, 10
GENERATORS = 5
POLICY = 8_192
STYLE_LOADS = 20
LABELS, LABEL, BOXES = 30, 80, 10
HEADINGS, ALTERNATES = 10, 10
STRUCTURED = 10_000
UNSCRIPTED, UNSCRIPTED_TEXT = 20, 20_000

_REFRESH = re.compile(r"\s*[\d.]*\s*[;,]?\s*(?:url\s*=\s*)?[\"']?([^\"']*)", re.IGNORECASE)
# Comments and namespaces name addresses that nothing loads; an open comment goes on to the end.
_CSS = re.compile(
    r"/\*(?:[^*]|\*(?!/))*+|@namespace[^;]{0,300}"
    r"|(?:(@import)\s{1,9}(?:url\(\s{0,9})?|url\(\s{0,9})[\"']?(http:[^\s\"'();]{1,2000})",
    re.IGNORECASE,
)
_CANDIDATE = re.compile(r"(?:^|[,\s])(http:[^\s]{1,2000}[^\s,])", re.IGNORECASE)
_TOLD_ELSEWHERE = frozenset(
    {"keywords", "og:title", "og:description", "twitter:title", "twitter:description"}
)
"""What others show of a page that they link to."""
_NOT_FILLED_IN = frozenset({"hidden", "submit", "button", "reset", "image"})
_PASSIVE_PRELOADS = frozenset({"image", "audio", "video", "track"})
_IN_TABLE = frozenset({"table", "tbody", "thead", "tfoot", "tr"})
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "src")


def close_link(node: LexborNode, page: Gathered) -> None:
    """An anchor ends: what it showed since it began."""
    href, texts, images, alts = page.open_links.pop()
    if href:
        page.link(href, _first_words(page.text, texts), tuple(images), " ".join(alts), node)


def _read_anchor(attributes: _Attributes, _node: LexborNode, page: Gathered) -> None:
    page.open_links.append(((attributes.get("href") or "").strip(), len(page.text), [], []))


def _read_area(attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    href = (attributes.get("href") or "").strip()
    if href:
        page.link(href, attributes.get("alt") or "", (), "", node)


def _read_image(attributes: _Attributes, _node: LexborNode, page: Gathered) -> None:
    src = ""
    for name in _LAZY:
        if not src and attributes.get(name):
            src = (attributes[name] or "").strip()
    srcset = attributes.get("srcset") or attributes.get("data-srcset") or ""
    _load_image(attributes, src, srcset, page)
    src = src or _first_candidate(srcset)
    if not src:
        return
    # Pictures written into the page itself are long and lead nowhere.
    src = "data:" if src[:5].lower() == "data:" else src
    page.images.add((src, attributes.get("alt") or "", bool(page.open_links)))
    if page.open_links and len(page.open_links[-1][2]) < IMAGES_IN_LINK:
        page.open_links[-1][2].append(src)
        if attributes.get("alt"):
            page.open_links[-1][3].append((attributes["alt"] or "")[:SHOWN])


def _load_image(attributes: _Attributes, src: str, srcset: str, page: Gathered) -> None:
    """What a picture loads: at once, lazily, or as one of several to choose from."""
    for address in dict.fromkeys((src, attributes.get("src") or "")):
        if address:
            page.load(address, "img", active=False)
    if "http:" in srcset.lower():
        for candidate in _CANDIDATE.findall(srcset[: 4 * ADDRESS]):
            page.load(candidate, "srcset", active=False)


def _load_only_image(attributes: _Attributes, _node: LexborNode, page: Gathered) -> None:
    """A picture where none is shown to everybody: in what stands in for a film or a plug-in."""
    _load_image(attributes, attributes.get("src") or "", attributes.get("srcset") or "", page)


def _read_meta(attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    content = attributes.get("content") or ""
    name = (attributes.get("name") or "").strip().lower()
    directive = (attributes.get("http-equiv") or "").strip().lower()
    if name == "generator" and len(page.generator) < GENERATORS:
        page.generator.append(content)
    if name == "description" and not page.description:
        page.description = content[: 2 * SHOWN]
    told = (attributes.get("property") or name).strip().lower()
    if told in _TOLD_ELSEWHERE and content and len(page.structured) < ALTERNATES:
        page.structured.append(f'{{":": "{content[: 2 * SHOWN]}"}}'.replace("\\", " "))
    if told == "og:url" and "//" in content[:9] and len(page.alternates) < ALTERNATES:
        page.alternates.append(content.strip()[:ADDRESS])
    if name == "referrer" and content and len(page.referrer) < METAS_KEPT:
        page.referrer.append(display(content, SHOWN))
    if directive == "refresh" and not page.refresh:
        target = _REFRESH.match(content[:ADDRESS])
        page.refresh = target[1].strip() if target else ""
    if directive == "content-security-policy" and content and len(page.csp) < METAS_KEPT:
        # HTML standard, 4.2.5.3: a policy outside the head is none.
        parent = node.parent
        if parent is not None and parent.tag == "head":
            page.csp.append(legal(without_emails(without_nonces(content)))[:POLICY])


def _read_title(_attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    parent = node.parent
    if not page.title and parent is not None and parent.tag == "head":
        page.title.append(node.text())


def _read_html(attributes: _Attributes, _node: LexborNode, page: Gathered) -> None:
    page.lang = page.lang or (attributes.get("lang") or "").strip()


def _read_base(attributes: _Attributes, _node: LexborNode, page: Gathered) -> None:
    """The first base element decides, and only if it is a web address."""
    if not page.based and "href" in attributes:
        page.based = True
        base = safe_join(page.targets.base, attributes["href"] or "")
        if scheme_of(base) in {"http", "https"}:
            page.targets.rebase(base)


def _read_form(attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    """A form begins; forms never stand inside each other."""
    name = attributes.get("id") or ""
    form = page.owners.setdefault(name, RawForm()) if name else RawForm()
    if form.there:
        form = RawForm()
    form.there = True
    form.node = node
    form.action = short(attributes.get("action") or "")
    method = (attributes.get("method") or "").lower()
    form.method = method if method in {"post", "dialog"} else "get"
    page.form = form
    page.forms_total += 1
    if len(page.forms) < FORMS:
        page.forms.append(form)


def close_form(node: LexborNode, page: Gathered) -> None:
    # HTML standard, 13.2.6.4.9: in a table a form stands empty, and owns the fields of the cells after it.
    parent = node.parent
    if node.first_child is not None or parent is None or parent.tag not in _IN_TABLE:
        page.form = None


def _owner(attributes: _Attributes, page: Gathered) -> RawForm | None:
    name = attributes.get("form")
    return page.form if name is None else page.owners.setdefault(name, RawForm())


def _read_field(attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    """A field that a visitor fills in, or a button."""
    tag = node.tag
    kind = (attributes.get("type") or "").lower() if tag not in {"select", "textarea"} else ""
    form = _owner(attributes, page)
    if form is not None:
        filled_in = tag != "button" and kind not in _NOT_FILLED_IN
        form.fields += filled_in
        if filled_in:
            _name_field(attributes, node, kind, form)
        sends = kind in {"submit", "image"} if tag == "input" else kind in {"", "submit"}
        if sends and "formaction" in attributes:
            form.further_total += 1
            if len(form.further) < FURTHER:
                form.further.append(short(attributes["formaction"] or ""))
    if tag == "input" and kind == "password":
        if form is None:
            page.loose_passwords += 1
        else:
            form.passwords += 1
    if tag == "input" and kind == "image":
        page.load(attributes.get("src") or "", "input", active=False)


def _name_field(attributes: _Attributes, node: LexborNode, kind: str, form: RawForm) -> None:
    """What a field is called; a check box is asked later what stands beside it."""
    if kind == "checkbox" and len(form.boxes) < BOXES:
        form.boxes.append(node)
    names = ("placeholder", "aria-label", "title", "name", "id")
    called = next((attributes[name] for name in names if attributes.get(name)), None)
    if called and len(form.labels) < LABELS:
        form.labels.append(called[:LABEL])


def _read_script(attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    src = short(attributes.get("src") or "")
    kind = attributes.get("type") or ""
    allowed = attributes.get("crossorigin")
    page.scripts.add(
        Script(
            src=page.targets.of(src) if src else "",
            written=written(src) if src else None,
            integrity=display(attributes.get("integrity") or "", SHOWN),
            crossorigin=display(allowed or "", 40) if "crossorigin" in attributes else None,
            nonce="nonce" in attributes,
            type=display(kind, 60),
        )
    )
    if runs(kind):
        if src:
            page.load(src, "script", active=True)
        else:
            page.script(node.text())
    elif kind.strip().lower() == "application/ld+json" and len(page.structured) < ALTERNATES:
        page.structured.append(node.text()[:STRUCTURED])


def _read_unscripted(_attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    _keep_apart(node.text(), page.unscripted, page)


def _read_template(_attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    _keep_apart(node.html or "", page.templates, page)


def _keep_apart(markup: str, kept: list[str], page: Gathered) -> None:
    room = UNSCRIPTED_TEXT if len(kept) < UNSCRIPTED else 0
    if room:
        kept.append(markup[:room])
    if len(markup) > room:
        page.unread(markup[room:])


def _read_heading(_attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    if len(page.headings) < HEADINGS:
        page.headings.append(node)


def _read_body(attributes: _Attributes, _node: LexborNode, page: Gathered) -> None:
    page.script(attributes.get("onload") or "")


def _read_link(attributes: _Attributes, _node: LexborNode, page: Gathered) -> None:
    """What a link element loads: style sheets, scripts and the like are active, pictures and icons are not."""
    href = attributes.get("href") or ""
    kinds = set((attributes.get("rel") or "").lower().split())
    wanted = (attributes.get("as") or "").lower()
    preloads = "preload" in kinds and wanted
    if "canonical" in kinds and href and not page.canonical:
        page.canonical = href[:ADDRESS]
    other_form = ("alternate" in kinds and "hreflang" in attributes) or "amphtml" in kinds
    if other_form and "//" in href[:9] and len(page.alternates) < ALTERNATES:
        page.alternates.append(href[:ADDRESS])
    if kinds & {"manifest", "modulepreload"} or (
        "stylesheet" in kinds and "disabled" not in attributes
    ):
        page.load(href, "link", active=True)
    elif preloads:
        page.load(href, "link", active=wanted not in _PASSIVE_PRELOADS)
    elif kinds & {"icon", "apple-touch-icon", "apple-touch-icon-precomposed"}:
        page.load(href, "link", active=False)


def _read_frame(attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    if "srcdoc" not in attributes:
        address = attributes.get("src") or ""
        page.shown(address)
        page.load(address, node.tag or "", active=True)


def _read_object_itself(attributes: _Attributes, _node: LexborNode, page: Gathered) -> None:
    address = attributes.get("data") or ""
    page.shown(address)
    page.load(address, "object", active=True)


def _read_object(attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    _read_object_itself(attributes, node, page)
    _read_inside(node, page)


def _read_medium_itself(attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    """A film or a sound: what it plays, and the picture before."""
    tag = node.tag or ""
    page.load(attributes.get("src") or "", tag, active=False)
    page.load(attributes.get("poster") or "", tag, active=False)


def _read_medium(attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    _read_medium_itself(attributes, node, page)
    _read_inside(node, page)


def _read_source(attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    _read_medium_itself(attributes, node, page)
    _load_image({}, "", attributes.get("srcset") or "", page)


def _read_style(_attributes: _Attributes, node: LexborNode, page: Gathered) -> None:
    text = node.text()
    if "http:" in text.lower():
        _read_css(text, page)


def _read_css(text: str, page: Gathered) -> None:
    """Addresses inside CSS, those that begin with a scheme alone; 20 of a page at most."""
    for found in _CSS.finditer(text):
        if page.styled >= STYLE_LOADS:
            break
        if found[2]:
            page.styled += 1
            page.load(found[2], "style", active=found[1] is not None)


def read_styles(html: str, tree: LexborHTMLParser, page: Gathered) -> None:
    """Style attributes and backgrounds: looked for only where the page can have one that matters."""
    if not page.targets.secure or not _holds(html, "http:"):
        return
    if _holds(html, "url("):
        for node in tree.css('[style*="http:" i]')[:STYLE_LOADS]:
            _read_css(node.attributes.get("style") or "", page)
    if _holds(html, "background="):
        for node in tree.css('[background^="http:" i]')[:STYLE_LOADS]:
            page.load(node.attributes.get("background") or "", "background", active=False)


def _holds(html: str, word: str) -> bool:
    """Whether a word stands anywhere, written small or large: a page is not folded for it."""
    return word in html or word.upper() in html


def _read_inside(node: LexborNode, page: Gathered) -> None:
    """What films and plug-ins hold in case that they cannot be shown: read by nobody, loaded all the same."""
    above: list[LexborNode] = []
    inner = node.first_child
    while inner is not None:
        read = _INSIDE.get(inner.tag or "-")
        if read is not None:
            read(inner.attributes, inner, page)
        below = inner.first_child
        if below is not None:
            above.append(inner)
            inner = below
            continue
        following = inner.next
        while following is None and above:
            following = above.pop().next
        inner = following


def _first_candidate(srcset: str) -> str:
    return next(iter(srcset[:ADDRESS].replace(",", " ").split()), "")


def _first_words(texts: list[str], start: int) -> str:
    """What an anchor shows, as far as it will be kept."""
    few = texts[start : start + 2 * SHOWN + 1]
    if len(few) <= SHOWN and sum(map(len, few)) <= SHOWN:
        return "".join(few)
    taken: list[str] = []
    length = 0
    for text in few:
        if length > 2 * SHOWN:
            break
        # A blank costs as much as a word, so that a thousand empty boxes end this too.
        length += max(len(text), 1)
        taken.append(text[: 2 * SHOWN])
    return "".join(taken)


_LOADING: dict[str, Reader] = {
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
_INSIDE: dict[str, Reader] = _LOADING | {
    "object": _read_object_itself,
    "video": _read_medium_itself,
    "audio": _read_medium_itself,
    "source": _read_source,
    "img": _load_only_image,
}
READERS: dict[str, Reader] = _LOADING | {
    "a": _read_anchor,
    "area": _read_area,
    "base": _read_base,
    "img": _read_image,
    "source": _read_image,
    "meta": _read_meta,
    "title": _read_title,
    "noscript": _read_unscripted,
    "template": _read_template,
    "h1": _read_heading,
    "h2": _read_heading,
    "h3": _read_heading,
    "body": _read_body,
    "html": _read_html,
    "form": _read_form,
    "object": _read_object,
    "video": _read_medium,
    "audio": _read_medium,
    "canvas": _read_medium,
}
