"""XLSX before it is parsed: sizes declared and real, DOCTYPE, formulas, merged cells, extents."""

import re
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from inventory.readers.package import NO_PACKAGE, Unfit, Unpacking, packed_anew, xml_parts
from inventory.readers.problems import Place, Problems

UNPACKED_LIMIT_MIB = 200
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


@dataclass(slots=True)
class SheetFacts:
    """What a sheet's XML holds that its values do not tell."""

    formulas: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    last_row: int = 0
    last_column: int = 0


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook that may be parsed: only the parts that were looked at, packed anew."""

    data: bytes
    facts: dict[str, SheetFacts]
    """By the name of the sheet."""


def checked_workbook(data: bytes, problems: Problems) -> Workbook:
    """The workbook, after every part was unpacked within the limit; nothing touches the disk."""
    try:
        return fit_workbook(data, UNPACKED_LIMIT_MIB << 20)
    except Unfit as unfit:
        raise problems.refuse(f"xlsx-{unfit.code}", None, unfit.value, **unfit.words) from None
    except NO_PACKAGE as error:
        raise problems.refuse("xlsx-other", None, "", why=str(error)[:100]) from None


def fit_workbook(data: bytes, limit_bytes: int) -> Workbook:
    """The same for any reader: raises ``Unfit``, or one of ``NO_PACKAGE``."""
    parts = xml_parts(data, "xl/workbook.xml", limit_bytes)
    unpacking = Unpacking(data, limit_bytes)
    by_part: dict[str, SheetFacts] = {}
    sheets: dict[str, str] = {}
    targets: dict[str, str] = {}
    for info in parts:
        parser = expat.ParserCreate()
        if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
            facts = by_part.setdefault(info.filename, SheetFacts())
            parser.StartElementHandler = _cell_walker(facts)
        elif info.filename == "xl/workbook.xml":
            parser.StartElementHandler = _collector("sheet", "name", "r:id", sheets)
        elif info.filename == "xl/_rels/workbook.xml.rels":
            parser.StartElementHandler = _collector("Relationship", "Id", "Target", targets)
        unpacking.parse(info, parser)
    by_name = {
        name: by_part.get(_part_name(targets.get(relation, "")), SheetFacts())
        for name, relation in sheets.items()
    }
    return Workbook(packed_anew(data, parts), by_name)


def rows_of(reference: str) -> range:
    """The rows that a cell or a range like ``A2:C5`` touches."""
    numbers = [position(cell)[0] for cell in reference.split(":")]
    return range(min(numbers), max(numbers) + 1)


def position(cell: str) -> tuple[int, int]:
    """Row and column of ``B12``: 12 and 2."""
    found = _CELL.fullmatch(cell)
    if found is None:
        raise ValueError(f"no cell: {cell[:20]!r}")
    return int(found[2]), _column(found[1])


def letters(column: int) -> str:
    """``AB`` for column 28."""
    text = ""
    while column:
        column, digit = divmod(column - 1, 26)
        text = chr(65 + digit) + text
    return text


def _column(text: str) -> int:
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - 64
    return number


def _part_name(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _collector(element: str, key: str, value: str, into: dict[str, str]) -> Any:
    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == element and key in attributes and value in attributes:
            into[attributes[key]] = attributes[value]

    return start


def _cell_walker(facts: SheetFacts) -> Any:
    """A handler that walks the cells; one without a reference stands right of the one before."""
    row = column = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column
        tag = name.rpartition(":")[2]
        if tag == "row":
            row, column = int(attributes.get("r", row + 1)), 0
        elif tag == "c":
            row, column = position(attributes["r"]) if "r" in attributes else (row, column + 1)
            if attributes.get("t") == "e":
                facts.errors.append(f"{letters(column)}{row}")
        elif tag in ("v", "is"):
            facts.last_row = max(facts.last_row, row)
            facts.last_column = max(facts.last_column, column)
        elif tag == "f":
            facts.formulas.append(f"{letters(column)}{row}")
        elif tag == "mergeCell" and "ref" in attributes:
            rows_of(attributes["ref"])
            facts.merged.append(attributes["ref"])

    return start


def note_facts(
    facts: SheetFacts, sheet: str, below: int, row_of_line: dict[int, int], problems: Problems
) -> None:
    """Every formula, error value and merged range from the header row on."""
    kinds = (("formula", facts.formulas), ("cell-error", facts.errors), ("merged", facts.merged))
    for code, references in kinds:
        for reference in references:
            touched = rows_of(reference)
            if touched[-1] < below:
                continue
            first = max(touched[0], below)
            inside = range(first, min(touched[-1], facts.last_row) + 1)
            rows = [row_of_line[line] for line in inside if line in row_of_line]
            place = Place(sheet, first, reference, rows[0] if rows else None)
            problems.note(code, place, reference, cell=reference)
            problems.refused_rows.update(rows)
