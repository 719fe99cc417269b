"""What the name servers said of a site's names."""

from enum import StrEnum
from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload


class Said(StrEnum):
    """What can be concluded of one question; SERVFAIL and silence conclude nothing and are ``NotCaptured``."""

    FOUND = "found"
    NXDOMAIN = "nxdomain"
    """The name does not exist, said twice (at a second resolver where there is one)."""
    NODATA = "nodata"
    """The name exists, but not with this type."""
    BOGUS = "bogus"
    """DNSSEC does not verify: SERVFAIL with checking on, an answer with checking off."""


class Lookup(Fact):
    """One question and what was seen as the answer.

    ``records`` are in presentation format (TXT: the joined strings, decoded with replacement), at most
    100 of ``total``.  ``aliases`` is the CNAME chain after ``name``, in order.
    """

    name: str
    type: str
    said: Said
    records: tuple[str, ...] = ()
    total: int = 0
    aliases: tuple[str, ...] = ()
    authenticated: bool = False
    """The AD flag of the resolver asked; recorded, never trusted for a verdict."""


Look = Lookup | NotCaptured


class HostNames(Fact):
    """The addresses of one host name."""

    host: str
    a: Look
    aaaa: Look


class NameServer(Fact):
    """One name server of the zone, with its addresses."""

    name: str
    a: Look
    aaaa: Look


class Names(Payload):
    """Names of a site: its host, its www/apex twin, its zone."""

    kind: ClassVar[str] = "names"

    host: HostNames
    twin: HostNames
    suffix: str
    """The public suffix of the host by the dated list, for example ``edu.vn``."""
    registrable: str | None
    """The name that was registered, one label above the suffix; ``None`` where the host is a suffix itself."""
    suffix_list_date: str
    ns: Look
    """NS at the registrable name."""
    soa: Look
    servers: tuple[NameServer, ...]
    """The servers ``ns`` names, at most 8."""
    mx: Look
    """MX at the mail domain, else at the registrable name."""
    txt: Look
    caa: tuple[Look, ...]
    """CAA from the host upward, ending at the first name that has some, or at the registrable name."""
