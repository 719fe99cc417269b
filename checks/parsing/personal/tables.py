"""Grids → facts about personal data in them: how many rows, which kinds, whether of pupils."""

from collections.abc import Iterable
from dataclasses import dataclass

from checks.evidence.personal import Personal, PersonalCount, PersonalTable
from checks.parsing.masking import mask
from checks.parsing.personal import headings as say
from checks.parsing.personal import shapes
from checks.parsing.personal.columns import Column, columns_of, named_rows, sections_of
from checks.parsing.personal.grids import Grid
from checks.parsing.personal.headings import Who
from checks.parsing.text import display

TABLES = 10
PLACE = 60
DECIDING = (Personal.CITIZEN_ID, Personal.PHONE, Personal.BIRTH_DATE)
"""The kinds that the catalogue asks about; the others are counted beside them."""
UNCLEAR_FROM = 3
"""Rows that tables of nobody in particular must have to be kept: a footer with one name and one number is none."""
_TITLE_LINES = 30


@dataclass(frozen=True, slots=True)
class Personals:
    """The tables to keep, and the very words that were counted, to be masked wherever they stand."""

    tables: tuple[PersonalTable, ...]
    words: frozenset[str]
    cut: bool = False
    """Whether there were more tables or rows than are looked at."""

    @property
    def births(self) -> bool:
        """Whether days of birth are among them: then no day beside them is told apart from one."""
        kinds = {count.kind for table in self.tables for count in table.counts}
        return Personal.BIRTH_DATE in kinds


NOTHING = Personals((), frozenset())


@dataclass(frozen=True, slots=True)
class _Seen:
    """One table before it is decided whether to keep it."""

    place: str
    title: str
    headings: str
    rows: int
    names: int
    columns: list[Column]
    posts: bool = False
    """Whether most rows say what somebody does at a school."""


def personal_tables(grids: Iterable[Grid], title: str = "") -> Personals:
    """The tables that show personal data, the gravest first, at most ``TABLES``.

    **Columns** are found by their headings, or, where a heading says nothing, by what fills nearly all of them.
    A date counts where its heading says birth, or where there is no heading and the days differ and lie far enough
    back.  Numbers under headings of things (accounts, invoices, candidates) never count.

    **A row counts** where it names a person too; without any names only numbers of citizens count.

    **Pupils** they are by the headings (parents, class), by a title of a list that names them first, or by their years
    of birth; years of birth of grown-ups outweigh any word.  **Staff** they are by headings such as position or training, by
    such words in most of their rows, or by the title, unless the years of birth are those of children.

    **Kept** is what shows pupils at all; of staff what shows citizen ids or days of birth (their telephones at work
    are meant to be found); of anybody else what has at least ``UNCLEAR_FROM`` rows.
    """
    kept: list[tuple[int, PersonalTable]] = []
    words: set[str] = set()
    for grid in grids:
        for seen in _lines(grid, title) if grid.loose else _columns(grid, title):
            table = _kept(seen)
            if table is not None:
                kept.append((_gravity(table), table))
                words |= {hit for column in seen.columns for hit in column.found.values()}
    kept.sort(key=lambda pair: -pair[0])
    return Personals(tuple(table for _, table in kept[:TABLES]), frozenset(words))


def _columns(grid: Grid, title: str) -> list[_Seen]:
    """The sections of a table whose columns are known."""
    found: list[_Seen] = []
    for section in sections_of(grid.rows):
        columns = columns_of(section)
        names = named_rows(section)
        kept = [
            Column(c.kind, c.heading, {n: hit for n, hit in c.found.items() if n in names})
            if names
            else c
            for c in columns
            if names or c.kind is Personal.CITIZEN_ID
        ]
        kept = [column for column in kept if column.found]
        above = " ".join((section.above, grid.place, grid.title, title))
        rows = sum(1 for row in section.rows if sum(map(bool, row)) > 1)
        heads = " | ".join(map(say.prepared, section.headings))
        posts = sum(_names_post(row) for row in section.rows) * 2 >= max(1, rows)
        found.append(
            _Seen(grid.place, say.prepared(above), heads, rows, len(names), kept, posts=posts)
        )
    return found


def _names_post(row: list[str]) -> bool:
    return any(len(cell) <= PLACE and say.names_post(say.prepared(cell)) for cell in row)


def _lines(grid: Grid, title: str) -> list[_Seen]:
    """The lines of a text: what stands in them, wherever; the lines before the first hit are its title."""
    lines = [row[0] for row in grid.rows]
    hits: dict[Personal, dict[int, str]] = {kind: {} for kind in DECIDING}
    named: set[int] = set()
    told: list[str] = []
    heads: list[str] = []
    for n, line in enumerate(lines):
        prepared = say.prepared(line)
        if shapes.name_in(line):
            named.add(n)
        found = _in_line(line, prepared, births=any(map(_names_birth, heads)))
        for kind, hit in found.items():
            hits[kind][n] = hit
        if found:
            continue
        if len(say.kinds_named(prepared)) + bool(say.is_name_heading(prepared)) >= 2:
            heads.append(prepared)
        elif len(told) < _TITLE_LINES and not any(hits.values()):
            told.append(prepared)
    columns = [Column(kind, "", found) for kind, found in hits.items() if found]
    # A long name is set in two lines, its number beside it on a third: names count for the whole text.
    found_in = {n for column in columns for n in column.found}
    posts = sum(say.names_post(say.prepared(lines[n])) for n in found_in) * 2 >= max(
        1, len(found_in)
    )
    if not named:
        columns = [column for column in columns if column.kind is Personal.CITIZEN_ID]
    where = " ".join((*told, say.prepared(grid.title), say.prepared(title)))
    heading = " | ".join(heads)
    return [_Seen(grid.place, where, heading, len(found_in), len(named), columns, posts=posts)]


def _names_birth(heads: str) -> bool:
    return Personal.BIRTH_DATE in say.kinds_named(heads)


def _in_line(line: str, prepared: str, *, births: bool) -> dict[Personal, str]:
    """What one line of a text shows."""
    if not any(map(str.isdigit, line)):
        return {}
    found: dict[Personal, str] = {}
    if not say.is_of_things(prepared):
        for kind, hits in (
            (Personal.CITIZEN_ID, shapes.citizen_ids(line)),
            (Personal.PHONE, shapes.phones(line)),
        ):
            if hits:
                found[kind] = hits[0]
    # Without headings a line must say itself that a day is one of birth.
    days = [day for day, year in shapes.dates(line) if births or "sinh" in prepared]
    if days and (births or _names_birth(prepared)):
        found[Personal.BIRTH_DATE] = days[0]
    return found


def _kept(seen: _Seen) -> PersonalTable | None:
    """The facts of a table, where it is one to keep."""
    if not seen.columns:
        return None
    who = _who(seen)
    most = {
        kind: max((len(c.found) for c in seen.columns if c.kind is kind), default=0)
        for kind in Personal
    }
    deciding = max(most[kind] for kind in DECIDING)
    if who is Who.STAFF:
        keep = max(most[Personal.CITIZEN_ID], most[Personal.BIRTH_DATE]) >= UNCLEAR_FROM
    else:
        keep = who is Who.PUPILS or deciding >= UNCLEAR_FROM
    if not keep:
        return None
    return PersonalTable(
        place=display(mask(seen.place), PLACE),
        rows=seen.rows,
        counts=tuple(map(_count, seen.columns[:TABLES])),
        pupils=who is Who.PUPILS,
        staff=who is Who.STAFF,
        names=seen.names,
    )


def _who(seen: _Seen) -> Who:
    """Whose data these are."""
    years = [year for column in seen.columns for year in _years(column)]
    young = sum(1 for year in years if year >= shapes.PUPIL_FROM)
    grown = len(years) >= UNCLEAR_FROM and young * 2 < len(years)
    children = len(years) >= UNCLEAR_FROM and young >= 0.6 * len(years)
    heads, title = say.who_by_headings(seen.headings), say.who_by_title(seen.title)
    if children:
        return Who.PUPILS
    staff = seen.posts or heads is Who.STAFF
    staff = staff or (title is Who.STAFF and heads is not Who.PUPILS)
    if grown:
        return Who.STAFF if staff else Who.NOBODY
    if staff:
        return Who.STAFF
    if title is Who.COMMITTEE:
        return Who.COMMITTEE
    listed = title is Who.PUPILS and say.is_list(seen.title)
    return Who.PUPILS if heads is Who.PUPILS or listed else Who.NOBODY


def _years(column: Column) -> list[int]:
    if column.kind is Personal.BIRTH_DATE:
        return [year for hit in column.found.values() for _, year in shapes.dates(hit)]
    if column.kind is Personal.CITIZEN_ID:
        return list(filter(None, map(shapes.citizen_year, column.found.values())))
    return []


def _count(column: Column) -> PersonalCount:
    return PersonalCount(
        kind=column.kind,
        cells=len(column.found),
        column=display(mask(column.heading), PLACE),
        sample=shapes.shape(next(iter(column.found.values()))),
    )


def _gravity(table: PersonalTable) -> int:
    """Pupils before others, many before few."""
    return (10_000 if table.pupils else 0) + max(count.cells for count in table.counts)
