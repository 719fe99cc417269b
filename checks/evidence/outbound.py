"""What the name servers say of the hosts that the home page links; nobody asks those hosts themselves."""

from typing import ClassVar

from checks.evidence.base import Fact, Payload
from checks.evidence.names import Look


class Outward(Fact):
    """One foreign host that the home page links, with the first link to it."""

    host: str
    url: str
    words: str = ""
    a: Look
    aaaa: Look | None = None
    """Asked where the host has no IPv4 address."""
    registrable: str | None = None
    """The name that was registered for it; ``None`` where nobody can tell."""
    ns: Look | None = None
    """NS at ``registrable``, asked where the host exists."""


class Outbound(Payload):
    """The foreign hosts that the home page links, in their order; those that are known to be alive are left out."""

    kind: ClassVar[str] = "outbound"

    hosts: tuple[Outward, ...]
    """At most 20 of ``hosts_total``."""
    hosts_total: int
    whole: bool = True
    """Whether the page and its links were read to their end."""
