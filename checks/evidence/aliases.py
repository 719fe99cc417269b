"""Where a site's names point to: aliases, name servers, mail exchangers; and what a made-up name is answered."""

from enum import StrEnum
from typing import ClassVar

from checks.evidence.base import Fact, Payload
from checks.evidence.names import Look

RANDOM = "tinnhiem-random"
"""Stands for the made-up label, which differs in every run."""


class Points(StrEnum):
    """The kind of record that names a target."""

    CNAME = "CNAME"
    NS = "NS"
    MX = "MX"


class Asked(Fact):
    """One question whose records may point elsewhere."""

    name: str
    type: str
    look: Look


class Target(Fact):
    """One name that a record of ours leads to."""

    owner: str
    """Our name, where the way begins."""
    by: Points
    name: str
    look: Look
    """A at the target itself.  NXDOMAIN with aliases speaks of the last of them, not of the target."""
    registrable: str | None = None
    """The name that was, or would have to be, registered for it; ``None`` where nobody can register one."""
    registered: Look | None = None
    """SOA at ``registrable``, asked where the target does not exist."""


class Aliases(Payload):
    """Targets of the host, its twin, its zone and its mail domain, and the answers to a made-up label."""

    kind: ClassVar[str] = "aliases"

    zone: Asked
    """SOA at the registered name: whether there is a zone at all."""
    asked: tuple[Asked, ...]
    targets: tuple[Target, ...]
    """At most 30 of ``targets_total``."""
    targets_total: int
    wildcard: tuple[Asked, ...]
    """A and TXT at the label ``RANDOM`` under the zone and under the host."""
