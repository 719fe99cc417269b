"""What the Observatory's tests read of one site, as its retriever hands it to them."""

from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence.page import PageFacts
from checks.lists import PreloadList
from checks.parsing.answers import host_of
from checks.parsing.observatory.grades import Algorithm

WHITE = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""What JavaScript takes for blanks."""
_HTML = frozenset({"text/html", "application/xhtml+xml"})
# Of these Node keeps the first; several fields of any other name it joins with commas.
_FIRST_COUNTS = frozenset({"content-type", "location"})


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: header fields in order, as sent."""

    url: str
    status: int
    fields: tuple[tuple[str, str], ...]

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a header; the name is compared without case."""
        return tuple(value for key, value in self.fields if key.lower() == name)

    def header(self, name: str) -> str | None:
        """A header as Node hands it on: one text, whatever number of fields; ``None`` where none was sent."""
        values = self.values(name)
        if not values:
            return None
        return values[0] if name in _FIRST_COUNTS else ", ".join(values)

    @property
    def media_type(self) -> str:
        """The media type, neither trimmed nor lowered, as the Observatory compares it; empty where none was sent."""
        return (self.header("content-type") or "").split(";")[0]

    @property
    def is_html(self) -> bool:
        """Whether it says that it is a page."""
        return self.media_type in _HTML

    def is_page(self, algorithm: Algorithm) -> bool:
        """Whether its scripts are looked for; without a media type they are since algorithm 6."""
        return self.is_html or (algorithm is not Algorithm.FOUR and not self.media_type)


@dataclass(frozen=True, slots=True)
class Visited:
    """One site; nothing has a default that is an answer.

    ``replies`` are those of https, or of http where https does not answer; the last one is graded.
    ``page`` holds the facts of the last one's body; ``None`` where the algorithm takes it for no page.
    """

    host: str
    registrable: str | None
    """The registered name that the host lies under; ``None`` for a public suffix."""
    replies: tuple[Reply, ...]
    https_verified: bool | None
    """Whether every certificate on the way over https held; ``None`` where https does not answer."""
    http_route: tuple[str, ...] | None
    """Every address that http led through, in order; ``None`` where http does not answer."""
    http_verified: bool
    """Whether every certificate on that way held; true where there was none."""
    page: PageFacts | None
    cross_origin: Reply
    preload: PreloadList | None

    @property
    def last(self) -> Reply:
        """The answer that is graded."""
        return self.replies[-1]

    @property
    def over_https(self) -> bool:
        """Whether it was asked for over https."""
        return self.https_verified is not None

    @property
    def csp_metas(self) -> tuple[str, ...]:
        """The policies of the page's own meta elements."""
        return self.page.csp_meta if self.page is not None and self.last.is_html else ()

    @property
    def referrer_metas(self) -> tuple[str, ...]:
        """What the page itself says of referrers: the last meta element counts."""
        return self.page.referrer_meta[-1:] if self.page is not None and self.last.is_html else ()

    def preloaded(self, hosts: Iterable[str]) -> bool:
        """Whether the preload list covers every one of these hosts; without a list it covers none."""
        return self.preload is not None and all(self.preload.covers(host) for host in hosts)

    def on_site(self, address: str) -> bool:
        """Whether an address lies under the same registered name."""
        host = host_of(address)
        name = self.registrable
        if name is None:
            return host == self.host
        return host == name or host.endswith(f".{name}")
