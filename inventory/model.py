"""Units, sites, permissions, attestations and excuses: frozen, validated, free of any file format."""

import ipaddress
import re
from datetime import date, datetime, time
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9_])?$")]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_PORTS = (25, 53, 80, 443)
EXCUSE_LONGEST_DAYS = 366
"""An excuse is not for ever: after a year somebody decides anew."""
SO_GDDT = "so-gddt"
"""The manager code of the education department; any other manager is a commune code."""


class Record(BaseModel):
    """A small frozen record; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class UnitKind(StrEnum):
    """Kinds of unit, as the education sector names them."""

    MAM_NON = "mam-non"
    TIEU_HOC = "tieu-hoc"
    THCS = "thcs"
    THPT = "thpt"
    TH_THCS = "th-thcs"
    THCS_THPT = "thcs-thpt"
    PTDTNT = "ptdtnt"
    PTDTBT = "ptdtbt"
    GDTX = "gdtx"
    CHUYEN_BIET = "chuyen-biet"
    SO = "so"
    KHAC = "khac"


class UnitState(StrEnum):
    """Whether the unit still works under its own name."""

    ACTIVE = "active"
    MERGED = "merged"
    CLOSED = "closed"


class Role(StrEnum):
    """What a site is to its unit."""

    PORTAL = "portal"
    WEBSITE = "website"
    MAIL = "mail"
    GATEWAY = "gateway"
    SYSTEM = "system"


class Attestation(Record):
    """A dated document that decides a criterion which no probe can see."""

    check: Text
    """The id of the attested row of the catalogue, for example ``security-level-approved``."""
    number: Text
    issued_on: date
    expires_on: date | None = None
    level: int | None = Field(default=None, ge=1, le=5)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.expires_on is not None and self.expires_on < self.issued_on:
            raise ValueError("expires_on lies before issued_on")
        return self


class Excuse(Record):
    """Who accepted a finding for a while, why, and until when."""

    unit: Text
    check: Text
    reason: Text
    granted_by: Text
    until_on: date
    """Its last day."""
    number: str = Field(default="", max_length=500)
    """The document that grants it."""
    site: str = Field(default="", max_length=2048)
    """Only this address of the unit; empty for all."""
    granted_on: date | None = None
    finding: str = Field(default="", max_length=20_000)
    """What exactly was accepted (``checks.excuses.told``); empty: what the first complete run finds."""
    record: str = Field(default="", max_length=64)
    """The id that the database gave it; empty where a file holds it."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.granted_on is not None and self.until_on < self.granted_on:
            raise ValueError("until_on lies before granted_on")
        return self

    def concerns(self, site: "Site") -> bool:
        """Whether it is about this address of its unit."""
        return self.site in ("", site.url, site.host, site.shown)


class Unit(Record):
    """One school, or another body of the sector."""

    id: Text
    name: Text
    kind: UnitKind
    commune: Annotated[str, StringConstraints(pattern=r"^\d{5}$")]
    manager: Text
    """``so-gddt`` or the code of the commune that manages the unit."""
    state: UnitState = UnitState.ACTIVE
    state_note: str = ""
    contact: str = ""
    attestations: tuple[Attestation, ...] = ()
    excuses: tuple[Excuse, ...] = ()


class Site(Record):
    """One address of a unit, in its one canonical form."""

    unit: Text
    url: Text
    """``https://host[:port]/path``: host as A-labels in lower case, default port left out."""
    shown: str = ""
    """The address as the inventory wrote it."""
    host: Host
    https_port: int = Field(default=443, ge=1, le=65535)
    http_port: int = Field(default=80, ge=1, le=65535)
    path: str = "/"
    roles: frozenset[Role] = frozenset({Role.WEBSITE})
    mail_domain: Host | None = None
    dkim_selectors: tuple[str, ...] = ()
    gateway: str | None = None
    platform: str | None = None
    label_entry: str | None = None
    registration_expires_on: date | None = None
    tags: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        parts = urlsplit(self.url)
        port = 443 if parts.port is None else parts.port
        if (parts.scheme, parts.hostname, port, parts.path) != (
            "https",
            self.host,
            self.https_port,
            self.path,
        ):
            raise ValueError(f"url {self.url} disagrees with host, port or path")
        return self

    @property
    def twin(self) -> str:
        """The other of ``www.host`` and ``host``."""
        return (
            self.host.removeprefix("www.") if self.host.startswith("www.") else f"www.{self.host}"
        )


class Hours(Record):
    """When packets may be sent, in local time of the permission's zone."""

    start: time
    end: time
    zone: str = "Asia/Ho_Chi_Minh"


class Permission(Record):
    """The written leave to look: no valid permission, no packet."""

    reference: Text
    granted_by: Text
    granted_on: date
    expires_on: date
    hosts: tuple[Text, ...] = Field(min_length=1)
    """Exact host names, or ``*.suffix``, which covers the suffix itself and everything below it."""
    networks: tuple[Network, ...] = ()
    """Private networks that may be contacted, and only with ``--allow-private``."""
    families: frozenset[str] = frozenset()
    """Families beyond the passive set: ``vulnerability zone search-view exposure``."""
    requests_per_minute: int = Field(default=60, ge=1, le=100_000)
    hours: Hours | None = None
    contact: Text
    ports: tuple[int, ...] = DEFAULT_PORTS
    connections_per_address: int = Field(default=2, ge=1, le=1000)
    new_connections_per_second: float = Field(default=5.0, gt=0, le=10_000)
    connections_per_network: int = Field(default=8, ge=1, le=10_000)
    search_agent: str = Field(default="", max_length=200, pattern=r"^[ -~]*$")
    """The User-Agent that ``search-view`` may claim; empty: our own."""
    controls: tuple[Text, ...] = ()
    """``host:port`` of hosts of the operator's own choice, asked before a site is blamed for silence."""

    @field_validator("hosts")
    @classmethod
    def _known_shapes(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            bare = host.removeprefix("*.")
            if not re.fullmatch(r"[a-z0-9_][a-z0-9._-]*[a-z0-9_]", bare):
                raise ValueError(f"{host!r} is neither a host name nor *.suffix")
        return hosts

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.expires_on < self.granted_on:
            raise ValueError("expires_on lies before granted_on")
        return self

    def covers_host(self, host: str) -> bool:
        """Whether a look at this host name (A-label, lower case) is permitted."""
        if host in self._hosts or f"*.{host}" in self._hosts:
            return True
        above = host
        while "." in above:
            above = above.partition(".")[2]
            if f"*.{above}" in self._hosts:
                return True
        return False

    @cached_property
    def _hosts(self) -> frozenset[str]:
        return frozenset(self.hosts)

    def covers_network(self, address: str) -> bool:
        """Whether this address lies in one of the private networks listed."""
        ip = ipaddress.ip_address(address)
        return any(ip.version == net.version and ip in net for net in self.networks)

    def valid_on(self, day: date) -> bool:
        """Whether the permission holds on this day (local to the permission's giver)."""
        return self.granted_on <= day <= self.expires_on


class Source(Record):
    """Which file an inventory was read from, once, into memory."""

    file: str
    sha256: str
    rows_in: int
    rows_accepted: int


class Inventory(Record):
    """Everything a scan may know of who is looked at."""

    schema_version: Literal[1] = 1
    units: tuple[Unit, ...]
    sites: tuple[Site, ...]
    permission: Permission | None = None
    source: Source

    def unit(self, unit_id: str) -> Unit:
        """The unit of this id; ``KeyError`` where there is none."""
        for unit in self.units:
            if unit.id == unit_id:
                return unit
        raise KeyError(unit_id)


class Problem(Record):
    """One thing wrong in an inventory file: where it stands, what it is, and how to mend it."""

    file: str
    sheet: str | None = None
    line: int | None = None
    """1-based line of a text file or row of a sheet."""
    column: str | None = None
    message: str
    mend: str
    value: str = ""
    """The value as found, cut and with controls made visible."""
    severity: Literal["error", "warning"] = "error"
    code: str = ""
    """Which problem it is, whatever the language: a key of ``inventory.readers.messages``."""


class ReadResult(Record):
    """What a reader found: the inventory where there is no error, and every problem at once."""

    inventory: Inventory | None
    problems: tuple[Problem, ...]
    rows_in: int
    rows_accepted: int
    rows_refused: int
    read_at: datetime | None = None
