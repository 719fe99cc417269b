"""Further pages of a site, chosen by value, and the same pages as somebody sees who comes from a search engine."""

from enum import StrEnum
from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload
from checks.evidence.page import Link, PageFacts


class Chosen(StrEnum):
    """Why a page was asked for."""

    HOME = "home"
    SECTION = "section"
    """A section that the home page leads to."""
    NEWEST = "newest"
    DEEPEST = "deepest"
    ODD = "odd"
    """Its address has a shape that such sites do not make by themselves."""
    SITEMAP = "sitemap-only"
    """Only the sitemap names it, no page that was seen."""
    UNKNOWN = "unknown"
    """A path made up for this look; its name is stored as ``tinnhiem-unknown``."""


class Sample(Fact):
    """One page asked for, and what came."""

    url: str
    """As asked, made fit to keep."""
    chosen: Chosen
    through: tuple[str, ...] = ()
    """Addresses that redirects led through on permitted hosts, at most 10."""
    left_to: str = ""
    """Where a redirect led out of the permission; nobody asked there."""
    page: PageFacts | NotCaptured
    """What stands at the end; its lists are shorter than those of a home page: 16 KiB of text, 150 links (all that
    lead elsewhere come first), no pictures."""


class Robots(Fact):
    """What the site's robots.txt asks of us."""

    there: bool
    disallows: int = 0
    sitemaps: int = 0
    delay_s: float | None = None
    """The pause that it asks for."""


class Rendered(Fact):
    """A page after its scripts ran, in a browser without a network of its own."""

    url: str
    moved_to: str = ""
    """Where its scripts sent the visitor; nobody asked there."""
    links: tuple[Link, ...] = ()
    """Links to other hosts that the page did not hold before, at most 50."""


class Samples(Payload):
    """What a polite visitor sees beyond the home page: at most eleven further pages, one after the other.

    The home page itself stands in ``Pages``; in ``searched`` it comes first.
    """

    kind: ClassVar[str] = "samples"

    robots: Robots | NotCaptured
    pages: tuple[Sample, ...]
    known: int
    """How many addresses of the site were known to choose from."""
    forbidden: int = 0
    """How many of those robots.txt forbids; they were not asked for."""
    cut: NotCaptured | None = None
    """Why it ended before all chosen pages were seen: bytes or time spent."""
    searched: tuple[Sample, ...] | NotCaptured
    """The home page and ``pages`` once more, as who comes from a search engine."""
    search_agent: str = ""
    """The User-Agent that was claimed for it; empty where it was our own."""
    rendered: tuple[Rendered, ...] | NotCaptured
