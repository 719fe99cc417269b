"""Tables of text, from CSV or XLSX: where the header is, and which cell is which field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from inventory.readers.files import CELL_LIMIT_BYTES, HEADER_WITHIN_ROWS, ROW_LIMIT
from inventory.readers.problems import Place, Problems
from inventory.readers.words import (
    NEEDED_COLUMNS,
    ROW_FIELDS,
    ROW_KEYS,
    looks_legacy,
    meaning,
    names_of,
    nearest,
)
from inventory.spelling import one_line


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table as it stands in the file."""

    number: int
    cells: Sequence[str]
    numeric: frozenset[int] = frozenset()
    """Which cells were numbers, not text."""
    broken: bool = False
    """A problem that refuses this row is noted already; its row number is the line's."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row, with its place."""

    text: str
    place: Place
    parts: tuple[Mapping[str, str], ...] = ()
    """The mappings of a YAML list of mappings; then the text is empty."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of data: cells by field, nothing judged yet."""

    place: Place
    cells: Mapping[str, Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Header:
    """Which column is which field."""

    line: int
    titles: tuple[str, ...]
    fields: Mapping[int, str]


def find_header(lines: Iterable[Line]) -> Header | None:
    """The first row, near the top, that names at least two fields; titles may stand above it."""
    best: Header | None = None
    for line, _ in zip(lines, range(HEADER_WITHIN_ROWS), strict=False):
        known = [(at, meaning(cell, ROW_KEYS)) for at, cell in enumerate(line.cells)]
        fields = {at: name for at, name in known if name is not None}
        distinct = len(set(fields.values()))
        if distinct >= 2 and (best is None or distinct > len(set(best.fields.values())) + 1):
            titles = tuple(one_line(cell) for cell in line.cells)
            best = Header(line.number, titles, fields)
    return best


def no_header(lines: Sequence[Line], problems: Problems, sheet: str | None = None) -> Exception:
    """The refusal of a table without a header, which may have a deeper reason."""
    for line in lines[:HEADER_WITHIN_ROWS]:
        for cell in line.cells:
            if looks_legacy(cell):
                return problems.refuse("legacy-text", Place(sheet, line.number), cell)
    needed = ", ".join(_title(name, problems) for name in NEEDED_COLUMNS)
    first = " | ".join(lines[0].cells) if lines else ""
    place = Place(sheet, lines[0].number if lines else None)
    return problems.refuse("no-header", place, first, limit=HEADER_WITHIN_ROWS, needed=needed)


def rows_below(
    header: Header,
    lines: Iterable[Line],
    problems: Problems,
    sheet: str | None = None,
    separator: str | None = None,
) -> list[RawRow]:
    """The rows of data under the header, blank ones left out."""
    fields = _fields(header, problems, sheet)
    rows: list[RawRow] = []
    numeric: dict[str, tuple[int, str]] = {}
    for line in lines:
        if line.number <= header.line or not (line.broken or any(map(str.strip, line.cells))):
            continue
        if len(rows) >= ROW_LIMIT:
            raise problems.refuse("too-many-rows", Place(sheet, line.number), "", limit=ROW_LIMIT)
        place = Place(sheet, line.number, None, len(rows))
        whole = not line.broken and _whole(header, line, place, problems, separator)
        if line.broken:
            problems.refused_rows.add(len(rows))
        cells = {
            name: Cell(line.cells[at], Place(sheet, line.number, header.titles[at], len(rows)))
            for at, name in fields.items()
            if whole and at < len(line.cells)
        }
        rows.append(RawRow(place, cells))
        for at in line.numeric & fields.keys():
            numeric.setdefault(fields[at], (line.number, line.cells[at]))
    if "unit_id" in numeric:
        number, value = numeric["unit_id"]
        problems.note("numbers-as-codes", Place(sheet, number, "unit_id"), value)
    return rows


def fits(text: str, place: Place, problems: Problems) -> bool:
    """Whether a cell is within the limit; too long is noted."""
    if len(text.encode("utf-8", "surrogatepass")) <= CELL_LIMIT_BYTES:
        return True
    problems.note("cell-long", place, text[:200], limit=CELL_LIMIT_BYTES)
    return False


def _fields(header: Header, problems: Problems, sheet: str | None) -> dict[int, str]:
    fields: dict[int, str] = {}
    for at, title in enumerate(header.titles):
        place = Place(sheet, header.line, title or None)
        name = header.fields.get(at)
        if name is not None and name in fields.values():
            problems.note("column-twice", place, title, field=name)
        elif name is not None:
            fields[at] = name
        elif title:
            near = problems.near(nearest(title, ROW_KEYS))
            problems.note("column-unknown", place, title, near=near)
    for name in NEEDED_COLUMNS:
        if name not in fields.values():
            place = Place(sheet, header.line)
            problems.note("column-missing", place, "", field=name, title=_title(name, problems))
    return fields


def _whole(
    header: Header, line: Line, place: Place, problems: Problems, separator: str | None
) -> bool:
    wanted = len(header.titles)
    filled = [at for at, cell in enumerate(line.cells) if cell.strip()]
    if _is_header(line.cells, header):
        problems.note("header-again", place, line.cells[0])
        return False
    if separator and len(line.cells) == 1 and wanted > 1:
        problems.note("row-one-cell", place, line.cells[0], wanted=wanted, separator=separator)
        return False
    if filled and filled[-1] >= wanted:
        problems.note(
            "row-long", place, line.cells[filled[-1]], count=filled[-1] + 1, wanted=wanted
        )
        return False
    if separator and len(line.cells) < wanted:
        problems.note("row-short", place, line.cells[0], count=len(line.cells), wanted=wanted)
    if all(len(cell) * 4 <= CELL_LIMIT_BYTES for cell in line.cells):
        return True
    sized = [
        fits(cell, Place(place.sheet, place.line, header.titles[at], place.row), problems)
        for at, cell in enumerate(line.cells[:wanted])
    ]
    return all(sized)


def _is_header(cells: Sequence[str], header: Header) -> bool:
    titles = [title for title in header.titles if title]
    filled = [cell for cell in cells if cell.strip()]
    # Most rows differ in their first cell; the rest is then not looked at.
    return len(filled) == len(titles) and all(
        one_line(cell) == title for cell, title in zip(filled, titles, strict=True)
    )


def _title(name: str, problems: Problems) -> str:
    return names_of(ROW_FIELDS[name])[0] if problems.lang == "vi" else name
