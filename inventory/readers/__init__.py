"""CSV, XLSX, YAML and JSON inventories read into the same rows, with every problem told at once."""

from pathlib import Path

from inventory.model import Inventory, Permission, Problem, ReadResult, Source
from inventory.readers.files import Held, decoded, hold
from inventory.readers.from_csv import rows_of_csv
from inventory.readers.from_xlsx import rows_of_xlsx
from inventory.readers.from_yaml import permission_of_yaml, rows_of_yaml
from inventory.readers.permission import permission_of
from inventory.readers.problems import Lang, Place, Problems, Refusal
from inventory.readers.rows import units_and_sites
from inventory.readers.table import Cell, RawRow

__all__ = ["Lang", "read"]


def read(path: Path, permission: Path | None = None, *, lang: Lang = "vi") -> ReadResult:
    """The inventory in a file, where nothing in it is wrong, and every problem where something is.

    ``permission`` names a YAML file with the written leave, for inventories that carry none.
    """
    problems = Problems(path.name, lang)
    leave_problems = Problems(permission.name if permission else "", lang)
    held: Held | None = None
    rows: list[RawRow] = []
    leave = _leave(permission, leave_problems) if permission else None
    units_sites = None
    try:
        held = hold(path, problems)
        rows, cells = _rows(held, problems)
        if cells is not None and permission is not None:
            problems.note("permission-twice", Place(column="permission"), "", other=permission.name)
        elif cells is not None:
            leave = permission_of(cells, problems)
        elif permission is None:
            problems.note("permission-missing", Place())
        if not rows:
            problems.note("no-rows", Place())
        units_sites = units_and_sites(rows, leave, problems)
    except Refusal:
        rows = []
    accepted = len(rows) - len(problems.refused_rows) if rows else 0
    noted = (*_in_order(problems), *_in_order(leave_problems))
    inventory = None
    if held and units_sites and not (problems.any_error or leave_problems.any_error):
        source = Source(
            file=path.name, sha256=held.sha256, rows_in=len(rows), rows_accepted=accepted
        )
        inventory = Inventory(
            units=units_sites[0], sites=units_sites[1], permission=leave, source=source
        )
    return ReadResult(
        inventory=inventory,
        problems=noted,
        rows_in=len(rows),
        rows_accepted=accepted,
        rows_refused=len(rows) - accepted,
    )


def _rows(held: Held, problems: Problems) -> tuple[list[RawRow], dict[str, Cell] | None]:
    if held.format == "xlsx":
        return rows_of_xlsx(held.data, problems)
    text = decoded(held.data, problems)
    if held.format == "csv":
        return rows_of_csv(text, problems), None
    return rows_of_yaml(text, problems, is_json=held.format == "json")


def _leave(path: Path, problems: Problems) -> Permission | None:
    """The permission of a file of its own."""
    try:
        held = hold(path, problems)
        if held.format not in ("yaml", "json"):
            raise problems.refuse("file-kind", None, path.name, suffix=path.suffix)
        text = decoded(held.data, problems)
        cells = permission_of_yaml(text, problems, is_json=held.format == "json")
        return permission_of(cells, problems)
    except Refusal:
        return None


def _in_order(problems: Problems) -> list[Problem]:
    """By sheet and line, those of the whole file first."""
    return sorted(problems.noted, key=lambda problem: (problem.sheet or "", problem.line or 0))
