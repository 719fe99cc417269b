"""XLSX: the first visible sheet with our header, and the sheet that holds the permission."""

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from inventory.readers.files import HEADER_WITHIN_ROWS, ROW_LIMIT
from inventory.readers.problems import Place, Problems
from inventory.readers.table import Cell, Line, RawRow, find_header, no_header, rows_below
from inventory.readers.words import PERMISSION_KEYS, PERMISSION_NAMES, meaning, nearest
from inventory.readers.workbook import SheetFacts, checked_workbook, letters, note_facts
from inventory.spelling import bare, one_line

COLUMN_LIMIT = 256
AREA_LIMIT = 5_000_000
"""Cells of the rectangle that holds all values."""

Value = str | float | int | bool | date | datetime | time | timedelta


def rows_of_xlsx(data: bytes, problems: Problems) -> tuple[list[RawRow], dict[str, Cell] | None]:
    """The rows of data, and the permission's cells where a sheet holds them."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum  # noqa: PLC0415

    workbook = checked_workbook(data, problems)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(workbook.data))
        visible = [s.name for s in book.sheets_metadata if s.visible is SheetVisibleEnum.Visible]

        def lines_of(sheet: str) -> list[Line]:
            _within_limits(sheet, workbook.facts[sheet], problems)
            return _lines(book.get_sheet_by_name(sheet).to_python(skip_empty_area=False))

        sheets = [sheet for sheet in visible if sheet in workbook.facts]
        permission: dict[str, Cell] | None = None
        for sheet in filter(_holds_permission, sheets):
            note_facts(workbook.facts[sheet], sheet, 1, {}, problems)
            permission = _permission(sheet, lines_of(sheet), problems)
        others = [sheet for sheet in sheets if not _holds_permission(sheet)]
        return _rows(others, lines_of, workbook.facts, problems), permission
    except CalamineError as error:
        raise problems.refuse("xlsx-other", None, "", why=str(error)[:100]) from None


def _rows(
    sheets: list[str],
    lines_of: Callable[[str], list[Line]],
    facts: dict[str, SheetFacts],
    problems: Problems,
) -> list[RawRow]:
    first: list[Line] = []
    for sheet in sheets:
        lines = lines_of(sheet)
        first = first or lines
        header = find_header(line for line in lines if line.number <= HEADER_WITHIN_ROWS)
        if header is not None:
            rows = rows_below(header, lines, problems, sheet)
            row_of_line = {row.place.line or 0: at for at, row in enumerate(rows)}
            note_facts(facts[sheet], sheet, header.line, row_of_line, problems)
            return rows
    raise no_header(first, problems, sheets[0] if sheets else None)


def _permission(sheet: str, lines: list[Line], problems: Problems) -> dict[str, Cell]:
    """Two columns, field and value; a list may go on in the rows below, its field left blank."""
    cells: dict[str, Cell] = {}
    field: str | None = None
    for line in lines:
        name, value = (*line.cells, "", "")[:2]
        place = Place(sheet, line.number, one_line(name) or field)
        if not value.strip():
            continue
        if not name.strip():
            if field is not None:
                cells[field] = replace(cells[field], text=f"{cells[field].text}\n{value}")
            continue
        field = meaning(name, PERMISSION_KEYS)
        if field is None:
            # The first row may be a heading of the two columns.
            if line.number > 1:
                near = problems.near(nearest(name, PERMISSION_KEYS))
                problems.note("key-unknown", place, name, near=near)
        elif field in cells:
            problems.note("key-twice", place, name, first=cells[field].place.line)
        else:
            cells[field] = Cell(value, place)
    return cells


def _holds_permission(sheet: str) -> bool:
    return bare(sheet) in {bare(name) for name in PERMISSION_NAMES}


def _within_limits(sheet: str, facts: SheetFacts, problems: Problems) -> None:
    """Far corners are refused before a table is built that reaches to them."""
    if facts.last_row > ROW_LIMIT + HEADER_WITHIN_ROWS:
        raise problems.refuse("too-many-rows", Place(sheet, facts.last_row), "", limit=ROW_LIMIT)
    if facts.last_column > COLUMN_LIMIT or facts.last_row * facts.last_column > AREA_LIMIT:
        column = letters(facts.last_column)
        raise problems.refuse("xlsx-wide", Place(sheet, None, column), column, limit=COLUMN_LIMIT)


def _lines(table: Sequence[Sequence[Value]]) -> list[Line]:
    return [
        Line(
            number,
            [_text(value) for value in row],
            frozenset(at for at, value in enumerate(row) if type(value) in (int, float)),
        )
        for number, row in enumerate(table, start=1)
    ]


def _text(value: Value) -> str:
    """A cell as a person sees it: 12 not 12.0, dates as 2026-11-30."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)
