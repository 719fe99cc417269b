"""What an HTML page holds, as bounded and masked facts; no input makes it fail or take more than linear time."""

from selectolax.lexbor import LexborHTMLParser

from checks.evidence.page import Form, Image, Link, PageFacts
from checks.parsing.html.decoding import decoded
from checks.parsing.html.depth import shallow
from checks.parsing.html.gathered import Gathered, RawForm, RawImage, RawLink
from checks.parsing.html.readers import SHOWN, read_styles
from checks.parsing.html.tables import personal_of
from checks.parsing.html.targets import Targets
from checks.parsing.html.walk import walk
from checks.parsing.masking import hidden_words, mask
from checks.parsing.personal.tables import Personals
from checks.parsing.text import MARK, composed, display, is_plain, legal

# Of what is too long both ends are kept: the foot of a page names who is responsible for it.
TEXT_HEAD_BYTES, TEXT_TAIL_BYTES = 48_000, 17_000
TEXT_BYTES = 65_536

# Blanks to Python, and no legal signs.
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
    text = _joined("".join(page.text))
    personal = personal_of(html, tree)
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
        links=tuple(_link(raw, targets) for raw in page.links.kept()),
        links_total=page.links.total,
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
        personal=personal.tables,
        personal_cut=personal.cut,
    )


def _link(raw: RawLink, targets: Targets) -> Link:
    href, text, images = raw
    return Link(
        href=targets.of(href),
        text=_shown(text),
        images=tuple(targets.of(image) for image in images),
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
    )


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
