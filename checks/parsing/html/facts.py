"""What an HTML page holds, as bounded and masked facts; no input makes it fail or take more than linear time."""

import re
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from checks.evidence.page import Code, Form, Hiding, Image, Link, PageFacts
from checks.parsing.answers import host_of
from checks.parsing.html.code import is_long, markup_written, read_code
from checks.parsing.html.decoding import decoded
from checks.parsing.html.depth import shallow
from checks.parsing.html.gathered import Gathered, RawForm, RawImage, RawLink
from checks.parsing.html.readers import LABEL, LABELS, READERS, SHOWN, read_styles
from checks.parsing.html.styles import Place, Styles
from checks.parsing.html.tables import personal_of
from checks.parsing.html.targets import Targets
from checks.parsing.html.walk import walk
from checks.parsing.masking import hidden_words, mask
from checks.parsing.personal.tables import Personals
from checks.parsing.text import MARK, composed, display, is_plain, legal

# Of what is too long both ends are kept: the foot of a page names who is responsible for it.
TEXT_HEAD_BYTES, TEXT_TAIL_BYTES = 48_000, 17_000
TEXT_BYTES = 65_536
FORM_TEXT = 600
CODES, WRITTEN_LINKS = 20, 100
CLICK = 500

# Blanks to Python, and no legal signs.
_TEXTS = re.compile(r':\s*"([^"\\]{3,300})"')
_ODD_BLANKS = "\x0b\x0c\x1c\x1d\x1e\x1f"


def page_facts(
    body: bytes, *, url: str, status: int, content_type: str, truncated: bool
) -> PageFacts:
    """The facts of a page from the bytes that were sent for it."""
    html = shallow(decoded(body, content_type))
    # As browsers do: what stands in noscript is not there.
    tree = LexborHTMLParser(html, scripting=True)
    targets = Targets(url)
    page = Gathered(targets)
    walk(tree, page)
    read_styles(html, tree, page)
    _read_elsewhere(page)
    styles = Styles(tree, tuple(page.inline))
    links = sorted((*page.links.kept(), *page.outbound.kept()))
    text = _joined("".join(page.text))
    personal = personal_of(html, tree)
    codes = _codes(page, tree, targets)
    return PageFacts(
        url=url,
        status=status,
        content_type=display(content_type, SHOWN),
        bytes=len(body),
        truncated=truncated,
        title=_shown("".join(page.title)),
        lang=display(page.lang, 40),
        generator=tuple(display(value, SHOWN) for value in page.generator),
        text=_fitting(text, personal),
        # Its words stand one blank apart.
        words=text.count(" ") + 1 if text else 0,
        links=tuple(_link(raw, targets, styles) for raw in links),
        links_total=page.links.total + page.outbound.total + page.unread_links,
        images=tuple(_image(raw, targets) for raw in page.images.kept()),
        images_total=page.images.total,
        refresh=targets.of(page.refresh) if page.refresh else "",
        forms=tuple(_form(raw, targets) for raw in page.forms),
        forms_total=page.forms_total,
        loose_passwords=page.loose_passwords
        + sum(form.passwords for form in page.owners.values() if not form.there),
        scripts=tuple(page.scripts.kept()),
        scripts_total=page.scripts.total,
        frames=tuple(page.frames.kept()),
        frames_total=page.frames.total,
        plain_loads=(*page.active.kept(), *page.passive.kept()),
        plain_loads_total=page.active.total + page.passive.total,
        csp_meta=tuple(page.csp),
        referrer_meta=tuple(page.referrer),
        description=_shown(page.description),
        canonical=targets.of(page.canonical) if page.canonical else "",
        alternates=tuple(
            one for one in map(targets.of, page.alternates) if host_of(one) != targets.host
        ),
        structured=_structured(page.structured),
        headings=tuple(filter(None, (_shown(node.text()[: 4 * SHOWN]) for node in page.headings))),
        code=codes[:CODES],
        code_cut=page.inline_cut or len(codes) > CODES or any(map(is_long, page.inline)),
        personal=personal.tables,
        personal_cut=personal.cut,
    )


def _read_elsewhere(page: Gathered) -> None:
    """Links that only those see who run no scripts, and those that scripts write into the page."""
    for how, texts in (
        (Hiding.NOSCRIPT, page.unscripted),
        (Hiding.DISPLAY, page.templates),
        (Hiding.SCRIPT, [markup_written(script) for script in page.inline]),
    ):
        for text in texts:
            lower = text.lower()
            refreshes = how is Hiding.NOSCRIPT and not page.refresh and "refresh" in lower
            if "<a" not in lower and not refreshes:
                continue
            inner = LexborHTMLParser(shallow(text.replace("<template", "<div")))
            if refreshes:
                for meta in inner.css("meta")[:5]:
                    READERS["meta"](meta.attributes, meta, page)
            links = [
                ((node.attributes.get("href") or "").strip(), node) for node in inner.css("a[href]")
            ]
            # Own ones are asked for by nobody who reads the page.
            elsewhere = [(href, node) for href, node in links if "//" in href[:9]]
            for href, node in elsewhere[:WRITTEN_LINKS]:
                page.link(href, node.text()[: 2 * SHOWN], hidden=(how,))
            page.unread_links += len(elsewhere[WRITTEN_LINKS:])


def _structured(texts: list[str]) -> str:
    """The texts in blocks of JSON-LD, one after the other."""
    found = (re.sub(r"\\u([0-9a-fA-F]{4})", lambda at: chr(int(at[1], 16)), text) for text in texts)
    values = (value for text in found for value in _TEXTS.findall(text))
    told = (value for value in values if not value.startswith(("http", "@")))
    return display(mask(_joined(" . ".join(told))), FORM_TEXT)


def _codes(page: Gathered, tree: LexborHTMLParser, targets: Targets) -> tuple[Code, ...]:
    # What waits for a click is no move, so it is read as what it is: a function that somebody calls.
    clicks = (
        f"function onclick(){{{(node.attributes.get('onclick') or '')[:CLICK]}}}"
        for node in tree.css('[onclick*="//"]')[:CODES]
    )
    found = (read_code(script, targets) for script in (*page.inline, *clicks))
    return tuple(code for code in found if code is not None)


def _link(raw: RawLink, targets: Targets, styles: Styles) -> Link:
    href = targets.of(raw.href)
    place = Place(raw.hidden)
    if raw.node is not None and host_of(href) != targets.host:
        place = styles.place_of(raw.node)
    return Link(
        href=href,
        text=_shown(raw.text),
        images=tuple(targets.of(image) for image in raw.images),
        alt=_shown(raw.alt) if raw.alt else "",
        hidden=place.hidden,
        within=display(place.within, 100),
    )


def _image(raw: RawImage, targets: Targets) -> Image:
    src, alt, linked = raw
    return Image(src=targets.of(src), alt=display(mask(alt), SHOWN), linked=linked)


def _form(raw: RawForm, targets: Targets) -> Form:
    return Form(
        action=targets.sent_to(raw.action),
        method=raw.method,
        password=raw.passwords > 0,
        fields=raw.fields,
        further=tuple(targets.sent_to(one) for one in raw.further),
        further_total=raw.further_total,
        **_wording(raw),
    )


def _wording(raw: RawForm) -> dict[str, Any]:
    """What a form says: what its fields are called, what stands beside its boxes, all of its text."""
    if raw.node is None or not raw.fields:
        return {"labels": tuple(display(mask(one), LABEL) for one in raw.labels)}
    called = [node.text()[:LABEL] for node in raw.node.css("label")[:LABELS]]
    named = dict.fromkeys(filter(None, (_joined(one) for one in (*called, *raw.labels))))
    return {
        "labels": tuple(display(mask(one), LABEL) for one in named)[:LABELS],
        "boxes": tuple(_shown(_beside(box)) for box in raw.boxes),
        "text": display(mask(_joined(raw.node.text(separator=" ")[: 4 * FORM_TEXT])), FORM_TEXT),
    }


def _beside(box: LexborNode) -> str:
    """What is written beside a check box: the nearest element around it that has text."""
    above = box.parent
    for _ in range(3):
        if above is None or above.tag == "form":
            break
        text = above.text(separator=" ")[: 2 * SHOWN].strip()
        if text:
            return text
        above = above.parent
    return ""


def _shown(text: str) -> str:
    """A short text of a page: masked, in one line."""
    return display(mask(_joined(text)), SHOWN)


def _joined(text: str) -> str:
    """The words of a text, composed, one blank apart."""
    line = " ".join(text.split())
    if is_plain(line) and (line == text or not any(map(text.__contains__, _ODD_BLANKS))):
        return line
    return " ".join(composed(legal(text)).split())


def _fitting(text: str, personal: Personals) -> str:
    """The text, masked, at most ``TEXT_BYTES`` long."""
    if len(text) > 2 * TEXT_BYTES:
        text = f"{text[:TEXT_BYTES]} {MARK} {text[-TEXT_BYTES:]}"
    masked = mask(hidden_words(text, personal.words, days=personal.births))
    sent = masked.encode()
    if len(sent) <= TEXT_BYTES:
        return masked
    head = sent[:TEXT_HEAD_BYTES].decode(errors="ignore")
    return f"{head} {MARK} {sent[-TEXT_TAIL_BYTES:].decode(errors='ignore')}"
