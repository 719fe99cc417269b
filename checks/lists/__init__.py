"""Dated lists that evidence is held against, as the operator gives them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
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


class BlockList(Protocol):
    """One dated list of who is to be avoided; each hit is the entry that says so, empty where none does."""

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

    def host_hit(self, host: str) -> str:
        """The entry that names this host, or a name above it."""

    def url_hit(self, url: str) -> str:
        """The entry that names this very address; an entry of its whole host counts too."""

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
