"""The cells of one row, judged one by one: what it states of its unit and of its site."""

import re
from dataclasses import dataclass
from typing import Any

from inventory.hosts import (
    Address,
    AddressError,
    host_for_people,
    host_name,
    site_address,
    without_secret,
)
from inventory.model import Permission, Role, UnitKind, UnitState
from inventory.readers.cells import clean, date_of, list_of, number_of, text_of
from inventory.readers.problems import Place, Problems
from inventory.readers.table import Cell, RawRow
from inventory.readers.words import KINDS, MANAGERS, ROLES, STATES, looks_legacy, meaning, nearest
from inventory.spelling import bare, one_line
from inventory.units import commune, manager_of, nearest_commune

WEB_PORTS = (80, 443)
LABEL_LIMIT = 100

Fields = dict[str, Any]
"""By name: a value, or ``None`` where the cell was refused; a blank cell has no entry."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A row's cells that are not blank."""

    row: RawRow
    problems: Problems

    def cell(self, name: str) -> Cell | None:
        """The cell of a field, unless it is blank."""
        cell = self.row.cells.get(name)
        return cell if cell is not None and (cell.text.strip() or cell.parts) else None

    def place(self, name: str) -> Place:
        """Where the field stands, or would stand."""
        cell = self.row.cells.get(name)
        place = self.row.place
        return cell.place if cell else Place(place.sheet, place.line, name, place.row)


def unit_id(filled: Filled) -> str | None:
    """The school's own code, as given but for blanks around it."""
    cell = filled.cell("unit_id")
    if cell is None:
        if filled.row.cells:
            filled.problems.note("needed", filled.place("unit_id"), "", field="unit_id")
        return None
    text = one_line(cell.text)
    if clean(text) != text:
        filled.problems.note("control", cell.place, text)
        return None
    if len(text) > 500:
        filled.problems.note("id-long", cell.place, text, limit=500)
        return None
    return text


def unit_fields(filled: Filled) -> Fields:
    """What the row states of its unit."""
    readers = {
        "name": ("unit_name", _name),
        "kind": ("kind", _kind),
        "commune": ("commune", _commune),
        "manager": ("manager", _manager),
        "contact": ("contact", text_of),
    }
    fields: Fields = {
        field: read(cell, filled.problems)
        for field, (name, read) in readers.items()
        if (cell := filled.cell(name)) is not None
    }
    boarding, kind_cell = fields.get("kind"), filled.cell("kind")
    if (
        boarding in (UnitKind.PTDTNT, UnitKind.PTDTBT)
        and "manager" not in fields
        and kind_cell is not None
        and re.search("thcs|thpt", bare(kind_cell.text))
    ):
        # "PTDTNT THCS" tells the level, and so the manager, where the name may not.
        fields["manager"] = manager_of(boarding, "commune", kind_cell.text)
    state = filled.cell("state")
    if state is not None:
        word, _, note = one_line(state.text).partition(":")
        known = meaning(word, STATES)
        fields["state"] = UnitState(known) if known else None
        if note.strip():
            fields["state_note"] = clean(note)[:500]
        if known is None:
            choices = ", ".join(UnitState)
            filled.problems.note("state", state.place, state.text, choices=choices)
    return fields


def site_fields(
    filled: Filled, permission: Permission | None, *, address_needed: bool
) -> Fields | None:
    """What the row states of its site, or none where it has no address to be used."""
    cell = filled.cell("url")
    if cell is None:
        if address_needed and filled.row.cells:
            filled.problems.note("needed", filled.place("url"), "", field="url")
        return None
    address = _address(cell, filled.problems)
    if address is None:
        return None
    _note_oddities(address, cell, permission, filled.problems)
    fields: Fields = {
        "url": address.url,
        "shown": clean(without_secret(address.shown)),
        "host": address.host,
        "https_port": address.https_port,
        "path": address.path,
        "http_port": address.http_port or 80,
    }
    for name, read in _SITE_READERS.items():
        optional = filled.cell(name)
        if optional is not None:
            value = read(optional, filled.problems)
            if value is not None:
                fields[name] = value
    ports = {fields["https_port"]: cell.place}
    if fields["http_port"] != 80:
        ports[fields["http_port"]] = filled.place(
            "http_port" if filled.cell("http_port") else "url"
        )
    for port, place in ports.items():
        _check_port(port, place, permission, filled.problems)
    return fields


def _name(cell: Cell, problems: Problems) -> str | None:
    text = text_of(cell, problems)
    if looks_legacy(text):
        problems.note("legacy-text", cell.place, cell.text)
        return None
    return text


def _kind(cell: Cell, problems: Problems) -> UnitKind | None:
    known = meaning(cell.text, KINDS)
    if known is None:
        near = problems.near(nearest(cell.text, KINDS))
        problems.note("kind", cell.place, cell.text, choices=", ".join(UnitKind), near=near)
        return None
    return UnitKind(known)


def _commune(cell: Cell, problems: Problems) -> str | None:
    found = commune(cell.text)
    if found is not None:
        return found.code
    near = nearest_commune(cell.text)
    guess = problems.near(f"{near.title(problems.lang)}, {near.code}" if near else None)
    problems.note("commune", cell.place, cell.text, near=guess)
    return None


def _manager(cell: Cell, problems: Problems) -> str | None:
    """``so-gddt``, ``commune`` (the unit's own), or the code of a commune."""
    known = meaning(cell.text, MANAGERS)
    if known is not None:
        return known
    found = commune(cell.text)
    if found is not None:
        return found.code
    problems.note("manager", cell.place, cell.text)
    return None


def _address(cell: Cell, problems: Problems) -> Address | None:
    try:
        return site_address(one_line(cell.text))
    except AddressError as error:
        problems.note(error.code, cell.place, without_secret(cell.text))
        return None


def _note_oddities(
    address: Address, cell: Cell, permission: Permission | None, problems: Problems
) -> None:
    covered = permission is not None and permission.covers_host(address.host)
    for code in address.notes:
        # A permission that names a host knows that it is short.
        if code == "one-label" and covered:
            continue
        words = {"url": address.url, "host": address.host, "shown": host_for_people(address.host)}
        problems.note(code, cell.place, without_secret(cell.text), **words)
    if permission is not None and not covered:
        problems.note("host-not-permitted", cell.place, cell.text, host=address.host)


def _check_port(port: int, place: Place, permission: Permission | None, problems: Problems) -> None:
    if permission is None:
        if port not in WEB_PORTS:
            problems.note("port-unusual", place, str(port), port=port)
    elif port not in permission.ports:
        ports = ", ".join(map(str, permission.ports))
        problems.note("port-not-permitted", place, str(port), port=port, ports=ports)


def _roles(cell: Cell, problems: Problems) -> frozenset[Role] | None:
    roles = {text: meaning(text, ROLES) for text in list_of(cell)}
    for text, known in roles.items():
        if known is None:
            near = problems.near(nearest(text, ROLES))
            problems.note("role", cell.place, text, choices=", ".join(Role), near=near)
    return frozenset(Role(known) for known in roles.values() if known) or None


def _port(cell: Cell, problems: Problems) -> int | None:
    return number_of(cell, 1, 65_535, problems)


def _domain(cell: Cell, problems: Problems) -> str | None:
    try:
        return host_name(cell.text.strip().removeprefix("@"))
    except AddressError as error:
        problems.note(error.code, cell.place, without_secret(cell.text))
        return None


def _selectors(cell: Cell, problems: Problems) -> tuple[str, ...]:
    selectors = list_of(cell)
    for one in selectors:
        if not re.fullmatch(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?", one):
            problems.note("selector", cell.place, one)
    return selectors


def _tags(cell: Cell, problems: Problems) -> tuple[str, ...]:
    for one in list_of(cell):
        if len(one) > LABEL_LIMIT:
            problems.note("text-long", cell.place, one, limit=LABEL_LIMIT)
    return tuple(map(clean, list_of(cell)))


_SITE_READERS = {
    "roles": _roles,
    "http_port": _port,
    "mail_domain": _domain,
    "dkim_selectors": _selectors,
    "gateway": text_of,
    "platform": text_of,
    "label_entry": text_of,
    "registration_expires_on": date_of,
    "tags": _tags,
}
