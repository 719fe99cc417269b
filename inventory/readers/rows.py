"""All rows together: units and sites made of them, and what rows say against each other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from inventory.model import Attestation, Excuse, Permission, Site, Unit, UnitState
from inventory.readers.cells import attestations_of, excuses_of
from inventory.readers.fields import Fields, Filled, site_fields, unit_fields, unit_id
from inventory.readers.problems import Problems
from inventory.readers.table import RawRow
from inventory.spelling import folded
from inventory.units import manager_of

NEEDED = {"name": "unit_name", "kind": "kind", "commune": "commune"}


@dataclass(frozen=True, slots=True)
class Stated:
    """What one row states of a unit and of one of its sites."""

    filled: Filled
    unit_id: str
    unit: Fields
    site: Fields | None
    attestations: tuple[Attestation, ...]
    excuses: tuple[Excuse, ...]

    @property
    def line(self) -> int:
        """Where the row stands."""
        return self.filled.row.place.line or 0


def units_and_sites(
    rows: Iterable[RawRow], permission: Permission | None, problems: Problems
) -> tuple[tuple[Unit, ...], tuple[Site, ...]]:
    """Every unit once, every site of every unit, in the order of the rows."""
    by_unit: dict[str, list[Stated]] = {}
    for row in rows:
        one = _stated(Filled(row, problems), permission)
        if one is not None:
            by_unit.setdefault(one.unit_id, []).append(one)
    _note_look_alikes(by_unit, problems)
    _note_same_sites(by_unit, problems)
    for of_unit in by_unit.values():
        _note_strange_sites(of_unit, problems)
    units = [_unit(of_unit, problems) for of_unit in by_unit.values()]
    sites = [_site(one, problems) for of_unit in by_unit.values() for one in of_unit if one.site]
    return tuple(u for u in units if u is not None), tuple(s for s in sites if s is not None)


def _stated(filled: Filled, permission: Permission | None) -> Stated | None:
    """One row; every cell of it is judged, even where the row has no id."""
    code = unit_id(filled)
    unit = unit_fields(filled)
    # A school that was merged or closed may have lost its site.
    is_gone = unit.get("state", UnitState.ACTIVE) is not UnitState.ACTIVE
    site = site_fields(filled, permission, address_needed=not is_gone)
    documents, excuses = filled.cell("attestations"), filled.cell("excuses")
    attested = attestations_of(documents, filled.problems) if documents else ()
    excused = excuses_of(excuses, code or "?", filled.problems) if excuses else ()
    return Stated(filled, code, unit, site, attested, excused) if code else None


def _unit(rows: Sequence[Stated], problems: Problems) -> Unit | None:
    """A unit out of its rows: a blank cell agrees with all, two different values with none."""
    merged: Fields = {}
    origin: dict[str, Stated] = {}
    for row in rows:
        for name, value in row.unit.items():
            if name not in origin:
                origin[name], merged[name] = row, value
            elif value is not None and merged[name] is not None and not _same(value, merged[name]):
                _note_contradiction(name, origin[name], row, problems)
    missing = [name for name in NEEDED if name not in merged]
    for name in missing:
        if rows[0].filled.row.cells:
            place = rows[0].filled.place(NEEDED[name])
            problems.note("needed", place, "", field=NEEDED[name])
    if missing or any(value is None for value in merged.values()):
        return None
    by_law = manager_of(merged["kind"], merged["commune"], merged["name"])
    manager = merged.pop("manager", by_law)
    fields = merged | {
        "id": rows[0].unit_id,
        "manager": merged["commune"] if manager == "commune" else manager,
        "attestations": tuple(dict.fromkeys(a for row in rows for a in row.attestations)),
        "excuses": tuple(dict.fromkeys(e for row in rows for e in row.excuses)),
    }
    try:
        return Unit(**fields)
    except ValidationError as error:
        problems.note("refused", rows[0].filled.row.place, "", why=_why(error))
        return None


def _site(row: Stated, problems: Problems) -> Site | None:
    try:
        return Site(unit=row.unit_id, **(row.site or {}))
    except ValidationError as error:
        problems.note("refused", row.filled.place("url"), "", why=_why(error))
        return None


def _same(one: object, other: object) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return folded(one) == folded(other)
    return one == other


def _note_contradiction(name: str, first: Stated, second: Stated, problems: Problems) -> None:
    """On both lines, so that neither silently wins."""
    field = {"name": "unit_name", "state_note": "state"}.get(name, name)
    for row, other in ((first, second), (second, first)):
        place = row.filled.place(field)
        shown = str(row.unit[name])
        problems.note(
            "contradiction", place, shown, field=field, other=other.line, unit=row.unit_id
        )


def _note_look_alikes(by_unit: dict[str, list[Stated]], problems: Problems) -> None:
    """Two ids that are perhaps one unit: the same but for case, or the same name and commune."""
    by_case: dict[str, Stated] = {}
    by_name: dict[tuple[str, str], Stated] = {}
    for code, rows in by_unit.items():
        twin = by_case.setdefault(code.casefold(), rows[0])
        if twin.unit_id != code:
            place = rows[0].filled.place("unit_id")
            problems.note("id-case", place, code, unit=twin.unit_id, other=twin.line)
        unit = rows[0].unit
        if unit.get("name") and unit.get("commune"):
            twin = by_name.setdefault((folded(unit["name"]), unit["commune"]), rows[0])
            if twin.unit_id != code:
                place = rows[0].filled.place("unit_name")
                problems.note("name-twice", place, unit["name"], unit=twin.unit_id, other=twin.line)


def _note_strange_sites(rows: list[Stated], problems: Problems) -> None:
    """An excuse for an address that the unit has not would excuse nothing, and nobody would see why."""
    sites = [row.site for row in rows if row.site]
    known = {text for one in sites for text in (one["url"], one["host"], one.get("shown", ""))}
    for row in rows:
        for excuse in row.excuses:
            if excuse.site and excuse.site not in known:
                near = problems.near(next((one["url"] for one in sites), None))
                words = {"site": excuse.site, "unit": row.unit_id, "near": near}
                problems.note("excuse-site", row.filled.place("excuses"), "", **words)


def _note_same_sites(by_unit: dict[str, list[Stated]], problems: Problems) -> None:
    first_with: dict[str, Stated] = {}
    own: dict[tuple[str, str], Stated] = {}
    for row in (row for rows in by_unit.values() for row in rows if row.site):
        url = row.site["url"] if row.site else ""
        place = row.filled.place("url")
        before = own.setdefault((row.unit_id, url), row)
        if before is not row:
            problems.note("site-twice", place, url, other=before.line)
            continue
        other = first_with.setdefault(url, row)
        if other is not row:
            problems.note("site-shared", place, url, unit=other.unit_id, other=other.line)


def _why(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())[
        :200
    ]
