"""A table with headings: where it begins, which way it lies, what stands in which column."""

from dataclasses import dataclass

from checks.evidence.personal import Personal
from checks.parsing.personal import headings as say
from checks.parsing.personal import shapes

HEADING = 80
"""Signs of a heading; what is longer is text."""
_LIKE_MOST = 0.8
"""Which part of a column without a heading of its kind must look alike."""
_FEWEST = 3

Rows = list[list[str]]


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under the same headings."""

    headings: list[str]
    """As written, by column; none where the rows have no headings."""
    rows: Rows
    above: str
    """What stands in the rows above."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column with personal data, and what was found in it, by row."""

    kind: Personal
    heading: str
    found: dict[int, str]


def sections_of(rows: Rows) -> list[Section]:
    """The table cut at its headings; turned round where they stand in its first column."""
    rows = [row for row in rows if any(row)]
    if not any(map(_is_heading_row, rows)) and _lies_across(rows):
        wide = max(map(len, rows))
        rows = [[row[at] if at < len(row) else "" for row in rows] for at in range(wide)]
        rows = [row for row in rows if any(row)]
    if not any(map(_is_heading_row, rows)):
        return [_with_unknown_headings(rows)]
    found: list[Section] = []
    headings: list[str] = []
    above: list[str] = []
    kept: Rows = []
    at = 0
    while at < len(rows):
        if not _is_heading_row(rows[at]):
            kept.append(rows[at])
            at += 1
            continue
        if kept and not headings:
            above += [" ".join(dict.fromkeys(filter(None, row))) for row in kept[-8:]]
        elif kept:
            found.append(Section(headings, kept, " ".join(above)))
        headings, at, kept = _joined_headings(rows, at)
    return [*found, Section(headings, kept, " ".join(above))]


def columns_of(section: Section) -> list[Column]:
    """The columns with personal data, by their headings or by what fills them."""
    rows = section.rows
    wide = max(map(len, rows), default=0)
    heads = [say.prepared(head) for head in section.headings]
    heads += [""] * (wide - len(heads))
    rows = _days_put_together(rows, heads)
    found: list[Column] = []
    for at, head in enumerate(heads):
        column = {n: row[at] for n, row in enumerate(rows) if at < len(row) and row[at]}
        kind = say.kind_of_column(head)
        hits = _named(kind, column) if kind else {}
        if not hits and (kind is None or kind is Personal.PHONE):
            kind, hits = _looking_alike(head, column)
        if kind and hits:
            shown = section.headings[at] if say.kind_of_column(head) else ""
            found.append(Column(kind, shown, hits))
    return found


def named_rows(section: Section) -> set[int]:
    """The rows that name a person: by a heading, else by how names look."""
    at_names = [
        at for at, head in enumerate(section.headings) if say.is_name_heading(say.prepared(head))
    ]
    if at_names:
        return {
            n
            for n, row in enumerate(section.rows)
            if any(at < len(row) and _may_be_name(row[at]) for at in at_names)
        }
    return {n for n, row in enumerate(section.rows) if any(map(shapes.is_name, row))}


def _may_be_name(cell: str) -> bool:
    letters = sum(map(str.isalpha, cell))
    return letters >= 2 and not any(map(str.isdigit, cell)) and len(cell) <= 60


def _is_heading_row(row: list[str]) -> bool:
    cells = dict.fromkeys(cell for cell in row if cell)
    if len(cells) < 2 or any(len(cell) > HEADING or shapes.is_data(cell) for cell in cells):
        return False
    heads = [say.prepared(cell) for cell in cells]
    telling = [h for h in heads if say.is_name_heading(h) or say.kind_of_column(h)]
    return bool(telling) and sum(map(say.is_known, heads)) >= 2


def _with_unknown_headings(rows: Rows) -> Section:
    """Rows under headings that nobody knows: the first row of several words without numbers and names."""
    for n, row in enumerate(rows[:8]):
        cells = [cell for cell in row if cell]
        if len(cells) < 2:
            continue
        if not any(
            any(map(str.isdigit, c)) or len(c) > HEADING or shapes.is_name(c) for c in cells
        ):
            above = " ".join(" ".join(filter(None, one)) for one in rows[:n])
            return Section(row, rows[n + 1 :], above)
        break
    return Section([], rows, _first_words(rows))


def _lies_across(rows: Rows) -> bool:
    """Whether the headings stand one below the other in the first column."""
    first = [say.prepared(row[0]) for row in rows if row[0] and len(row[0]) <= HEADING]
    telling = {h for h in first if say.kind_of_column(h) or say.is_name_heading(h)}
    return (
        len(telling) >= 2
        and any(map(say.is_name_heading, telling))
        and max(map(len, rows)) > 2
        and len(rows) <= 60
    )


def _joined_headings(rows: Rows, at: int) -> tuple[list[str], int, Rows]:
    """The headings from a row on, with those of a second row below; where the data begin."""
    heads = list(rows[at])
    at += 1
    if at < len(rows) and _goes_on(rows[at]):
        below = rows[at]
        heads += [""] * (len(below) - len(heads))
        over = ""
        for n, head in enumerate(heads):
            over = head or over
            under = below[n] if n < len(below) else ""
            heads[n] = f"{over} {under}" if under and under != over else head
        at += 1
    return heads, at, []


def _goes_on(row: list[str]) -> bool:
    """Whether a row below headings says more of them: short words that are known, nothing else."""
    cells = [cell for cell in row if cell]
    if not cells or any(len(cell) > HEADING or any(map(str.isdigit, cell)) for cell in cells):
        return False
    known = sum(say.is_known(say.prepared(cell)) for cell in cells)
    return known * 2 >= len(cells) and not any(map(shapes.is_name, cells))


def _first_words(rows: Rows) -> str:
    """Rows with one cell at the top of a table without headings: its title."""
    told: list[str] = []
    for row in rows[:8]:
        cells = [cell for cell in row if cell]
        if len(set(cells)) != 1 or shapes.is_data(cells[0]):
            break
        told.append(cells[0])
    return " ".join(told)


def _days_put_together(rows: Rows, heads: list[str]) -> Rows:
    """Day, month and year in columns of their own, made one date in the first of the three."""
    parts = [say.part_of_day(head) for head in heads]
    for at in range(len(parts) - 2):
        if parts[at : at + 3] == [1, 2, 3] and any(
            say.kind_of_column(head) is Personal.BIRTH_DATE for head in heads[at : at + 3]
        ):
            heads[at], heads[at + 1], heads[at + 2] = "ngày sinh", "", ""
            return [
                [*row[:at], "/".join(row[at : at + 3]), "", "", *row[at + 3 :]]
                if len(row) > at + 2 and row[at] and row[at + 2]
                else row
                for row in rows
            ]
    return rows


def _named(kind: Personal, column: dict[int, str]) -> dict[int, str]:
    """What a column holds of the kind that its heading names."""
    found: dict[int, str] = {}
    for n, cell in column.items():
        if kind is Personal.CITIZEN_ID:
            hit = shapes.citizen_in_cell(cell, named=True)
        elif kind is Personal.PHONE:
            hit = shapes.phone_in_cell(cell, named=True)
        elif kind is Personal.BIRTH_DATE:
            hit = next((date for date, _ in shapes.dates(cell)), "")
        elif kind is Personal.EMAIL:
            hit = next(iter(shapes.emails(cell)), "")
        else:
            hit = cell if sum(map(str.isalpha, cell)) >= 5 else ""
        if hit:
            found[n] = hit
    return found


def _looking_alike(head: str, column: dict[int, str]) -> tuple[Personal | None, dict[int, str]]:
    """The kind of a column that its heading does not tell, where most of it looks alike."""
    if say.is_of_things(head) or len(column) < _FEWEST:
        return None, {}
    asked: list[tuple[Personal, dict[int, str]]] = [
        (
            Personal.CITIZEN_ID,
            {n: shapes.citizen_in_cell(c, named=False) for n, c in column.items()},
        ),
        (Personal.PHONE, {n: shapes.phone_in_cell(c, named=False) for n, c in column.items()}),
    ]
    if not head:
        births = {
            n: next((d for d, year in shapes.dates(c) if year <= shapes.BIRTH_UNTIL), "")
            for n, c in column.items()
        }
        # Days of birth differ; days of events repeat.
        if len(set(births.values())) * 2 > len(births):
            asked.append((Personal.BIRTH_DATE, births))
    for kind, shapes_found in asked:
        hits = {n: hit for n, hit in shapes_found.items() if hit}
        # A title above and a sum below stand in the same column.
        if len(hits) >= _FEWEST and len(hits) >= _LIKE_MOST * (len(column) - 1):
            return kind, hits
    return None, {}
