"""Bounded, masked facts of the pages looked at."""

from enum import StrEnum
from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload
from checks.evidence.personal import PersonalTable

METAS_KEPT = 10
"""How many policies and referrer words of a page's own are kept; where there are as many, there may be more."""


class Hiding(StrEnum):
    """A way in which something stands in a page and is not seen by its readers."""

    DISPLAY = "display"
    """``display: none`` and the ``hidden`` attribute."""
    VISIBILITY = "visibility"
    OPACITY = "opacity"
    SIZE = "size"
    """Letters, a width or a height of at most one pixel."""
    POSITION = "position"
    """Far outside the window."""
    COLOUR = "colour"
    """Letters in the colour of their ground."""
    CLIPPED = "clipped"
    MARQUEE = "marquee"
    """A moving band without height or width."""
    NOSCRIPT = "noscript"
    """Seen only by who runs no scripts: search engines."""
    SCRIPT = "script"
    """Hidden, or written into the page, by code that stands in it."""


class Link(Fact):
    """One anchor: the target made absolute, the words shown, and the images inside it (their addresses)."""

    href: str
    text: str
    images: tuple[str, ...] = ()
    alt: str = ""
    """The alternative texts of those images, masked."""
    hidden: tuple[Hiding, ...] = ()
    """How it is hidden, by its own style or that of what it stands in; style sheets in other files are not read."""
    within: str = ""
    """Where it stands: the nearest of header, nav, main, article, aside and footer, and, of a hidden one, the element
    that hides it (``footer div#x.y``); at most 100 characters."""


class Image(Fact):
    """One picture (``img`` or ``source``) with the address it loads, also where loaded lazily."""

    src: str
    alt: str = ""
    linked: bool = False


class Form(Fact):
    """One form: where it sends, how, and what it asks.

    ``fields`` counts what a visitor fills in (no hidden fields, no buttons), wherever on the page it stands.
    """

    action: str
    """Made absolute; the page's own address where the form names none."""
    method: str = "get"
    password: bool = False
    fields: int = 0
    further: tuple[str, ...] = ()
    """Where its buttons send instead (``formaction``), at most 10 of ``further_total``."""
    further_total: int = 0
    labels: tuple[str, ...] = ()
    """What its fields are called (label, placeholder or name), masked, at most 30 of 80 characters each."""
    boxes: tuple[str, ...] = ()
    """What is written beside its check boxes, masked, at most 10 of 300 characters each."""
    text: str = ""
    """All that is written in it, masked, at most 600 characters."""


class Written(StrEnum):
    """How an address stands in the page, before it is made absolute."""

    WHOLE = "whole"
    """With its scheme."""
    SCHEMELESS = "schemeless"
    """``//host/…``, which takes the scheme of the page."""
    RELATIVE = "relative"


class Script(Fact):
    """One script element: the address that it loads, or none where the code stands in the page."""

    src: str = ""
    written: Written | None = None
    """``None``: there is no address, or the page was read before this was noted."""
    integrity: str = ""
    """As sent, at most 300 characters."""
    crossorigin: str | None = None
    nonce: bool = False
    type: str = ""


class Load(Fact):
    """Something that a page on https loads over http.

    ``active``: what could change the page (script, style sheet, frame); the rest is only shown or heard.
    """

    url: str
    tag: str
    """The element; ``srcset`` for one of several pictures to choose from, ``style`` for an address inside CSS."""
    active: bool


class CodeMark(StrEnum):
    """What the code of a script that stands in the page does, as far as its text shows."""

    MINER = "miner"
    """Starts a known miner of cryptocurrency."""
    PACKED = "packed"
    """Code made unreadable: a packer, long runs of escapes or of hexadecimal names."""
    RUNS_DECODED = "runs-decoded"
    """Runs text that it decodes first (``eval(atob(…))``, ``Function(unescape(…))``)."""
    LOADS_DECODED = "loads-decoded"
    """Loads a script from an address that it decodes first."""
    MOVES = "moves"
    """Sends the visitor elsewhere at once."""
    MOVES_SEARCHERS = "moves-searchers"
    """The same only of those who come from a search engine."""


class Code(Fact):
    """One script that stands in the page, or one handler; its text is not kept."""

    marks: tuple[CodeMark, ...] = ()
    moves: tuple[str, ...] = ()
    """Where it sends the visitor, made absolute, at most 5."""
    loads: tuple[str, ...] = ()
    """Addresses of scripts and frames that it writes into the page, made absolute, at most 10."""
    hosts: tuple[str, ...] = ()
    """Hosts that its texts name, also decoded, at most 20; not the page's own."""
    excerpt: str = ""
    """The place that bears the gravest mark, masked, at most 160 characters."""


class PageFacts(Fact):
    """What a page holds.

    Lists are cut (500 links on the page's host and 300 that name a host, 200 images, 50 forms, 200 scripts, 50 frames, 50 active and 50 passive loads over
    http); ``*_total`` counts all.  What stands in ``template``, ``noscript`` or a comment is not there.

    ``text`` is the visible text, at most 64 KiB, NFC, blanks folded; e-mail local parts, phone digits and
    citizen ids are masked with ``•`` so that their shape stays and their value does not.
    """

    url: str
    status: int
    content_type: str = ""
    bytes: int = 0
    truncated: bool = False
    title: str = ""
    lang: str = ""
    generator: tuple[str, ...] = ()
    text: str = ""
    words: int = 0
    """Words of the whole visible text, counted before cutting."""
    links: tuple[Link, ...] = ()
    links_total: int = 0
    images: tuple[Image, ...] = ()
    images_total: int = 0
    refresh: str = ""
    """The target of a meta refresh, made absolute; never followed."""
    forms: tuple[Form, ...] = ()
    forms_total: int = 0
    loose_passwords: int = 0
    """Password fields that belong to no form."""
    scripts: tuple[Script, ...] = ()
    scripts_total: int = 0
    frames: tuple[str, ...] = ()
    """What ``iframe``, ``frame``, ``embed`` and ``object`` show, made absolute."""
    frames_total: int = 0
    plain_loads: tuple[Load, ...] = ()
    plain_loads_total: int = 0
    csp_header: tuple[str, ...] = ()
    """Enforced Content-Security-Policy fields of this very answer, at most 10, kept as headers are."""
    csp_meta: tuple[str, ...] = ()
    """The same from ``meta`` elements of the head, in order, at most 10."""
    referrer_meta: tuple[str, ...] = ()
    """What ``meta name=referrer`` says, in order, at most 10."""
    description: str = ""
    """What ``meta name=description`` says, masked."""
    canonical: str = ""
    """The target of ``link rel=canonical``, made absolute."""
    alternates: tuple[str, ...] = ()
    """Targets on other hosts that the head names as other forms of this page (``hreflang``, ``amphtml``), at most 10."""
    structured: str = ""
    """Texts of its JSON-LD, masked, at most 600 characters."""
    headings: tuple[str, ...] = ()
    """The first ten of h1, h2 and h3, masked."""
    code: tuple[Code, ...] = ()
    """Scripts in the page that bear a mark, load something or name a host, at most 20."""
    code_cut: bool = False
    """Whether scripts in the page were left unread, for their length or their number."""
    personal: tuple[PersonalTable, ...] = ()
    """Tables that show personal data, at most 10."""
    personal_cut: bool = False
    """Whether tables were left unread for their number or size."""


class Pages(Payload):
    """The home page and the page it links as its privacy policy.

    ``policy`` is ``None`` where the home page links no such page.
    """

    kind: ClassVar[str] = "pages"
    schema_version: ClassVar[int] = 3

    home: PageFacts | NotCaptured
    policy_url: str = ""
    policy: PageFacts | NotCaptured | None = None
