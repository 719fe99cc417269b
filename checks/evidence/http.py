"""What the site's endpoints answered over HTTP, hop by hop."""

from enum import StrEnum
from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload

VALUE_KEPT = 8192
"""How many characters of a header's value are kept; a value that long may go on."""
TEXT_KEPT_BYTES = 64 * 1024
"""How much of a security.txt is kept."""


class Ended(StrEnum):
    """How following an endpoint ended, where something can be concluded."""

    ANSWERED = "answered"
    """The last hop is no redirect."""
    LOOP = "loop"
    TOO_MANY = "too-many"
    LEFT_SCOPE = "left-scope"
    """The next hop lies outside the permission; ``next_url`` records it and nothing was sent there."""
    BAD_LOCATION = "bad-location"
    """A redirect without a usable Location."""
    REFUSED = "refused"
    """The port is closed: refused twice while others answered."""
    NOT_TLS = "not-tls"


class Hop(Fact):
    """One request and its answer.  ``headers`` keep order, duplicates and case as sent.

    Cookie values and values that change with every answer are replaced at capture.
    """

    url: str
    address: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body_bytes: int = 0
    body_sha256: str = ""
    body_truncated: bool = False

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a header, in order; the name is compared without case."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key.lower() == wanted)


class Exchange(Fact):
    """One endpoint followed to its end.  ``hops`` are all answers received, in order."""

    start_url: str
    hops: tuple[Hop, ...] = ()
    end: Ended | NotCaptured
    next_url: str = ""

    @property
    def last(self) -> Hop | None:
        """The last answer received, if any."""
        return self.hops[-1] if self.hops else None


class AtAddress(Fact):
    """The host's two endpoints, asked at one further of its addresses; other hosts met on the way at any."""

    address: str
    http: Exchange
    https: Exchange


class Http(Payload):
    """The four endpoints.  A twin that does not resolve has no endpoints (``None``).

    ``further`` are the addresses of the host beside the one that its endpoints were asked at first, at most 3.
    """

    kind: ClassVar[str] = "http"

    http: Exchange
    https: Exchange
    twin_http: Exchange | None
    twin_https: Exchange | None
    canonical_url: str = ""
    """Where the https endpoint of the host ended: the address visitors see; empty where nothing answered."""
    further: tuple[AtAddress, ...] = ()


class WellKnown(Payload):
    """The answers for ``/.well-known/security.txt``, with the text (at most 64 KiB, decoded with replacement)."""

    kind: ClassVar[str] = "well-known"

    security_txt: Exchange
    text: str = ""
