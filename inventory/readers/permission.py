"""The written leave to look, out of its cells: in the YAML, in a sheet, or in a file of its own."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from inventory.hosts import AddressError, host_name
from inventory.model import Hours, Network, Permission
from inventory.readers.cells import clean, date_of, list_of, number_of, text_of
from inventory.readers.problems import Place, Problems
from inventory.readers.table import Cell
from inventory.readers.words import nearest
from inventory.suffixes import is_public_suffix

NEEDED = ("reference", "granted_by", "granted_on", "expires_on", "hosts", "contact")
NAMED_FAMILIES = ("exposure", "search-view", "vulnerability", "zone")
"""The families that look only where the permission names them."""

_HOURS = re.compile(
    r"(\d{1,2})[:h](\d{2})?\s*[-–—]\s*(\d{1,2})[:h](\d{2})?(?:\s+([A-Za-z_]+/[A-Za-z_/]+))?"
)

Part = TypeVar("Part")


def permission_of(cells: Mapping[str, Cell], problems: Problems) -> Permission | None:
    """The permission, or none where a cell of it is missing or refused."""
    errors_before = _errors(problems)
    fields: dict[str, Any] = {}
    for name, cell in cells.items():
        if not cell.text.strip() and not cell.parts:
            continue
        value = _READERS[name](cell, problems)
        if value is not None:
            fields[name] = value
    filled = {name for name, cell in cells.items() if cell.text.strip() or cell.parts}
    for name in NEEDED:
        if name not in filled:
            any_cell = next(iter(cells.values()), None)
            sheet = any_cell.place.sheet if any_cell else None
            problems.note("needed", Place(sheet, None, f"permission.{name}"), "", field=name)
    first, last = fields.get("granted_on"), fields.get("expires_on")
    if first and last and last < first:
        problems.note("dates-order", cells["expires_on"].place, cells["expires_on"].text)
    if _errors(problems) > errors_before:
        return None
    try:
        return Permission(**fields)
    except ValidationError as error:
        why = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        problems.note("refused", Place(column="permission"), "", why=why[:200])
        return None


def _errors(problems: Problems) -> int:
    return sum(problem.severity == "error" for problem in problems.noted)


def _each(cell: Cell, read: Callable[[str], Part | None]) -> tuple[Part, ...] | None:
    parts = [read(text) for text in list_of(cell)]
    kept = tuple(dict.fromkeys(part for part in parts if part is not None))
    return kept or None


def _hosts(cell: Cell, problems: Problems) -> tuple[str, ...] | None:
    def one(text: str) -> str | None:
        star = "*." if text.startswith("*.") else ""
        try:
            host = host_name(text.removeprefix("*."))
        except AddressError:
            problems.note("permission-host", cell.place, text)
            return None
        if len(host) < 2:
            problems.note("permission-host", cell.place, text)
            return None
        if star and is_public_suffix(host):
            problems.note("permission-wide", cell.place, text, suffix=host)
        return star + host

    return _each(cell, one)


def _networks(cell: Cell, problems: Problems) -> tuple[Network, ...] | None:
    def one(text: str) -> Network | None:
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            problems.note("network", cell.place, text)
            return None
        if network.is_link_local or network.is_multicast or network.prefixlen == 0:
            problems.note("network-never", cell.place, text)
            return None
        if not network.is_private:
            problems.note("network-public", cell.place, text)
        return network

    return _each(cell, one)


def _families(cell: Cell, problems: Problems) -> frozenset[str] | None:
    families = frozenset(clean(text).lower() for text in list_of(cell))
    for text in sorted(families - set(NAMED_FAMILIES)):
        near = problems.near(
            nearest(text, {name.replace("-", ""): name for name in NAMED_FAMILIES})
        )
        problems.note("family", cell.place, text, choices=", ".join(NAMED_FAMILIES), near=near)
    return families


def _hours(cell: Cell, problems: Problems) -> Hours | None:
    """``07:00-17:00``, or a mapping of start, end and perhaps zone."""
    text = cell.text.strip()
    if cell.parts:
        given = dict(cell.parts[0])
        text = f"{given.pop('start', '')}-{given.pop('end', '')} {given.pop('zone', '')}".strip()
        text = "" if given or len(cell.parts) > 1 else text
    found = _HOURS.fullmatch(text)
    try:
        if found:
            start = time(int(found[1]), int(found[2] or 0))
            end = time(int(found[3]), int(found[4] or 0))
            if found[5] is None:
                return Hours(start=start, end=end)
            ZoneInfo(found[5])
            return Hours(start=start, end=end, zone=found[5])
    except (ValueError, KeyError, OSError):
        pass
    problems.note("hours", cell.place, text)
    return None


def _ports(cell: Cell, problems: Problems) -> tuple[int, ...] | None:
    return _each(cell, lambda text: number_of(Cell(text, cell.place), 1, 65_535, problems))


def _rate(cell: Cell, problems: Problems) -> float | None:
    text = cell.text.strip().replace(",", ".")
    if re.fullmatch(r"[0-9]{1,5}(?:\.[0-9]{1,3})?", text) and 0 < float(text) <= 10_000:
        return float(text)
    problems.note("number", cell.place, cell.text, low="0.001", high=10_000)
    return None


def _controls(cell: Cell, problems: Problems) -> tuple[str, ...] | None:
    def one(text: str) -> str | None:
        host, _, port = text.rpartition(":")
        try:
            if re.fullmatch(r"[1-9][0-9]{0,4}", port) and int(port) <= 65_535:
                return f"{_control_host(host)}:{port}"
        except ValueError:
            pass
        problems.note("control-host", cell.place, text)
        return None

    return _each(cell, one)


def _control_host(host: str) -> str:
    """A name, or an address of the operator's own choice."""
    bare = host.removeprefix("[").removesuffix("]")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return host_name(host)
    return f"[{address}]" if address.version == 6 else str(address)


def _agent(cell: Cell, problems: Problems) -> str | None:
    """A User-Agent, as it goes over the wire."""
    text = cell.text.strip()
    if re.fullmatch(r"[!-~][ -~]{0,199}", text):
        return text
    problems.note("search-agent", cell.place, text)
    return None


def _whole(low: int, high: int) -> Callable[[Cell, Problems], int | None]:
    return lambda cell, problems: number_of(cell, low, high, problems)


_READERS: dict[str, Callable[[Cell, Problems], Any]] = {
    "reference": text_of,
    "granted_by": text_of,
    "granted_on": date_of,
    "expires_on": date_of,
    "hosts": _hosts,
    "networks": _networks,
    "families": _families,
    "requests_per_minute": _whole(1, 100_000),
    "hours": _hours,
    "contact": text_of,
    "ports": _ports,
    "connections_per_address": _whole(1, 1000),
    "new_connections_per_second": _rate,
    "connections_per_network": _whole(1, 10_000),
    "controls": _controls,
    "search_agent": _agent,
}
