"""What has been found in a page so far: raw, in order, bounded in number."""

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

from selectolax.lexbor import LexborNode

from checks.evidence.page import Hiding, Load, Script
from checks.parsing.html.targets import Targets, short, without_tabs

LINKS_HEAD, LINKS_TAIL = 350, 150
OUTBOUND_HEAD, OUTBOUND_TAIL = 200, 100
"""Links that name a host are kept apart: however many own ones there are, they stay."""
IMAGES_HEAD, IMAGES_TAIL = 150, 50
SCRIPTS_HEAD, SCRIPTS_TAIL = 150, 50
FRAMES = 50
LOADS_OF_A_KIND = 50
SCRIPT_TEXT = 400_000
"""Characters of scripts in the page that are read."""

T = TypeVar("T")


class Ends(Generic[T]):
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


class RawLink(NamedTuple):
    """A link as it was found; ``node`` where it may lead elsewhere, so that its style matters."""

    number: int
    href: str
    text: str
    images: tuple[str, ...] = ()
    alt: str = ""
    node: LexborNode | None = None
    hidden: tuple[Hiding, ...] = ()


RawImage = tuple[str, str, bool]
"""Address, alternative text, whether it stands in a link."""


@dataclass(slots=True)
class RawForm:
    """A form while its fields are still being found; ``there`` once its own element was seen."""

    there: bool = False
    action: str = ""
    method: str = "get"
    passwords: int = 0
    fields: int = 0
    further: list[str] = field(default_factory=list)
    further_total: int = 0
    node: LexborNode | None = None
    labels: list[str] = field(default_factory=list)
    boxes: list[LexborNode] = field(default_factory=list)


@dataclass(slots=True)
class Gathered:
    """What a walk through the page has gathered so far."""

    targets: Targets
    based: bool = False
    text: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    links: Ends[RawLink] = field(default_factory=lambda: Ends(LINKS_HEAD, LINKS_TAIL))
    outbound: Ends[RawLink] = field(default_factory=lambda: Ends(OUTBOUND_HEAD, OUTBOUND_TAIL))
    images: Ends[RawImage] = field(default_factory=lambda: Ends(IMAGES_HEAD, IMAGES_TAIL))
    generator: list[str] = field(default_factory=list)
    refresh: str = ""
    lang: str = ""
    open_links: list[tuple[str, int, list[str], list[str]]] = field(default_factory=list)
    """Target of each anchor that stands open, how many texts there were before it, its images and their texts."""
    forms: list[RawForm] = field(default_factory=list)
    forms_total: int = 0
    form: RawForm | None = None
    """The form that stands open."""
    owners: dict[str, RawForm] = field(default_factory=dict)
    """Forms by their id, also those that only a field elsewhere has named so far."""
    loose_passwords: int = 0
    scripts: Ends[Script] = field(default_factory=lambda: Ends(SCRIPTS_HEAD, SCRIPTS_TAIL))
    frames: Ends[str] = field(default_factory=lambda: Ends(FRAMES, 0))
    active: Ends[Load] = field(default_factory=lambda: Ends(LOADS_OF_A_KIND, 0))
    passive: Ends[Load] = field(default_factory=lambda: Ends(LOADS_OF_A_KIND, 0))
    styled: int = 0
    """Addresses found inside CSS."""
    csp: list[str] = field(default_factory=list)
    referrer: list[str] = field(default_factory=list)
    description: str = ""
    canonical: str = ""
    alternates: list[str] = field(default_factory=list)
    structured: list[str] = field(default_factory=list)
    headings: list[LexborNode] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    """Texts of scripts that stand in the page."""
    inline_read: int = 0
    unscripted: list[str] = field(default_factory=list)
    """What stands in ``noscript``, as text."""
    templates: list[str] = field(default_factory=list)
    """What stands in ``template``, which nobody is shown, as markup."""
    unread_links: int = 0
    """Links in parts that are not read, so that nobody takes the page for whole."""
    inline_cut: bool = False
    """Whether scripts in the page are not read, or not to their end."""

    def link(
        self,
        href: str,
        text: str,
        images: tuple[str, ...] = (),
        alt: str = "",
        node: LexborNode | None = None,
        hidden: tuple[Hiding, ...] = (),
    ) -> None:
        """One link more."""
        number = self.links.total + self.outbound.total
        names_host = "//" in href[:9]
        kept = self.outbound if names_host else self.links
        kept.add(RawLink(number, href, text, images, alt, node if names_host else None, hidden))

    def script(self, text: str) -> None:
        """The text of one script more, as far as scripts are read."""
        if not text.strip():
            return
        if self.inline_read < SCRIPT_TEXT:
            self.inline.append(text)
            self.inline_read += len(text)
        else:
            self.inline_cut = True

    def unread(self, markup: str) -> None:
        """A part that is not read."""
        self.unread_links += markup.lower().count("<a ")

    def shown(self, address: str) -> None:
        """A frame, or what is shown like one."""
        if address.strip():
            self.frames.add(self.targets.of(short(address)))

    def load(self, address: str, tag: str, *, active: bool) -> None:
        """Something that is loaded; kept where the page is on https and this is not."""
        if not self.targets.secure or not self.targets.may_be_plain(address):
            return
        address = without_tabs(address)
        if self.targets.is_plain(address):
            loads = self.active if active else self.passive
            loads.add(Load(url=self.targets.of(address), tag=tag, active=active))
