"""Bounded, masked facts of the pages looked at."""

from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload


class Link(Fact):
    """One anchor: the target made absolute, the words shown, and the images inside it (their addresses)."""

    href: str
    text: str
    images: tuple[str, ...] = ()


class Image(Fact):
    """One picture (``img`` or ``source``) with the address it loads, also where loaded lazily."""

    src: str
    alt: str = ""
    linked: bool = False


class PageFacts(Fact):
    """What a page holds.  Lists are cut (500 links, 200 images); ``*_total`` counts all.

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


class Pages(Payload):
    """The home page and the page it links as its privacy policy.

    ``policy`` is ``None`` where the home page links no such page.
    """

    kind: ClassVar[str] = "pages"

    home: PageFacts | NotCaptured
    policy_url: str = ""
    policy: PageFacts | NotCaptured | None = None
