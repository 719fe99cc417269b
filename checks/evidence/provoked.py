"""What the site answered to requests that no visitor makes: a foreign origin, an unknown path, a bare directory."""

from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload
from checks.evidence.http import Exchange, Hop
from checks.evidence.page import PageFacts

FOREIGN_ORIGIN = "https://trang-khac.example"
"""The Origin that we claim to come from: a reserved name (RFC 2606), the same in every run."""


class Shown(Fact):
    """One further address and what it shows, read as any page is."""

    exchange: Exchange
    page: PageFacts | NotCaptured


class Provoked(Payload):
    """Three odd requests, each asked once.

    ``cross_origin`` is the answer of the home page's address to a request with ``Origin: FOREIGN_ORIGIN``.
    ``unknown`` is a path made up for this look; its name is stored as ``tinnhiem-unknown`` so that an
    unchanged site has unchanged evidence.  ``directories`` are the folders of files that the home page
    links to, at most 2 of ``directories_total``; a cause where the home page was not read.
    """

    kind: ClassVar[str] = "provoked"

    cross_origin: Hop | NotCaptured
    unknown: Shown | NotCaptured
    directories: tuple[Shown, ...] | NotCaptured
    directories_total: int = 0
