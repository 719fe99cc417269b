"""Dated lists that evidence is held against, as the operator gives them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from checks.lists.cms import CmsList
    from checks.parsing.betting.words import BettingWords


@dataclass(frozen=True)
class PreloadList:
    """The names that browsers know to be https only, each with whether its subdomains are too."""

    dated: date
    sha256: str
    include_subdomains: Mapping[str, bool]

    def covers(self, host: str) -> bool:
        """Whether a browser that carries this list goes to the host by https alone."""
        if host in self.include_subdomains:
            return True
        labels = host.split(".")
        return any(
            self.include_subdomains.get(".".join(labels[start:]), False)
            for start in range(1, len(labels))
        )


class Purpose(StrEnum):
    """What those who stand on a block list are said to do."""

    HARM = "harm"
    """Spread malware, phish, cheat."""
    NATIONAL = "national"
    """The national list of sites that are advised against."""
    BOTNET = "botnet"
    """Addresses of infected machines and of those that command them."""


OLD_AFTER = timedelta(days=30)
"""Beyond this age a block list decides nothing: its silence is out of date, and so is its accusation.

No edition sets a bar.  Machines are cleaned and infected anew within days, and keepers of such lists publish
windows of a month at the most.
"""


class BlockList(Protocol):
    """One dated list of who is to be avoided; each hit is the entry that says so, empty where none does.

    An entry of a name speaks of that name, of its twin with or without www, and of all names below it, unless it is
    a public suffix or a platform where strangers have names: then it speaks of itself alone.  An entry of an address
    of a page speaks of that page alone; of the host only where it is the host's root.
    """

    @property
    def name(self) -> str:
        """As the operator's file is called, without the date."""

    @property
    def purpose(self) -> Purpose:
        """What its entries are said to do."""

    @property
    def dated(self) -> date:
        """The day it was fetched on."""

    @property
    def sha256(self) -> str:
        """Of the file."""

    @property
    def entries(self) -> int:
        """How many it holds."""

    @property
    def networks(self) -> int:
        """How many of them are IP addresses and networks."""

    @property
    def shared(self) -> int:
        """How many are public suffixes and platforms, which accuse nobody below them."""

    @property
    def left_out(self) -> int:
        """How many entries of the file were left out: rules for parts of pages, past threats, names of nobody."""

    def host_hit(self, host: str) -> str:
        """The entry that names this host, or a name above it."""

    def url_hit(self, url: str) -> str:
        """The entry that names this very address; an entry of its whole host counts too."""

    def pages_hit(self, host: str, below: str = "/") -> tuple[str, ...]:
        """Entries of single pages of this very host, at most five, whose path begins with ``below``."""

    def address_hit(self, address: str) -> str:
        """The entry that names this IP address, or a network around it."""


@dataclass(frozen=True)
class Lists:
    """All lists loaded for judging; ``None`` for one that nobody gave."""

    preload: PreloadList | None = None
    block: tuple[BlockList, ...] = ()
    betting: "BettingWords | None" = None
    """The shipped words with those of the operator; ``None``: the shipped ones alone."""
    cms: "CmsList | None" = None
    """A newer one than the list of versions that is shipped."""


NO_LISTS = Lists()
