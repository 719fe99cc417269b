"""Until when a site's name is registered: what its registry says, and what the inventory says."""

from datetime import date
from enum import StrEnum
from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload


class Source(StrEnum):
    """Who tells the day on which a registration ends."""

    RDAP = "rdap"
    WHOIS = "whois"
    INVENTORY = "inventory"


class Registered(Fact):
    """A registry's word on one name, as asked by RDAP (RFC 9083) or WHOIS (RFC 3912).

    Of the registrant, who may be a person, nothing is kept.
    """

    source: Source
    server: str
    """The host that was asked."""
    found: bool
    """Whether the registry knows the name."""
    ends_on: date | None
    """The day in UTC; ``None`` where the answer tells none."""
    registrar: str
    """The company that registered the name, at most 200 characters; empty where none is told."""
    statuses: tuple[str, ...]
    """States by RFC 5731, letters alone and in lower case (``clienthold``), at most 20."""


class Registration(Payload):
    """The registration of the name above (or at) a site's host.

    When it was asked stands in the capture record, like every moment.
    """

    kind: ClassVar[str] = "registration"

    name: str | None
    """The name that was registered, under a suffix of the public registries; ``None`` where the host is such a suffix."""
    answer: Registered | NotCaptured
    inventory_ends_on: date | None
    """The day that the inventory names (``registration_expires_on``)."""
