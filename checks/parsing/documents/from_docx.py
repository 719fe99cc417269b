"""Texts of Word: their tables with the words above, and their lines."""

from dataclasses import dataclass, field
from xml.parsers import expat

from checks.parsing.documents.bounds import CELL, COLUMNS, ROWS, UNPACKED_BYTES, Rows, Unreadable
from checks.parsing.personal.grids import ABOVE, Grid
from checks.parsing.text import composed
from inventory.readers.package import NO_PACKAGE, Unfit, Unpacking, xml_parts

_PART = "word/document.xml"


@dataclass(slots=True)
class _Reading:
    """What stands open while the XML passes by; a table inside a cell is read as words of that cell."""

    out: Rows
    lines: list[list[str]] = field(default_factory=list)
    table: list[list[str]] = field(default_factory=list)
    row: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    length: int = 0
    depth: int = 0
    wide: int = 1
    shows: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        if tag == "tbl":
            if self.depth == 0:
                self.paragraph()
            self.depth += 1
        elif tag == "tc" and self.depth == 1:
            self.text, self.length, self.wide = [], 0, 1
        elif tag == "gridSpan" and self.depth == 1:
            wide = next((v for k, v in attributes.items() if k.endswith("val")), "1")
            self.wide = min(int(wide), COLUMNS) if wide.isascii() and wide.isdecimal() else 1
        elif tag in ("tab", "br", "cr"):
            self.add("\t" if tag == "tab" and not self.depth else " ")
        self.shows = tag == "t"

    def end(self, name: str) -> None:
        tag = name.rpartition(":")[2]
        self.shows = False
        if tag == "p":
            self.add(" ") if self.depth else self.paragraph()
        elif tag == "tc" and self.depth == 1:
            self.row += [" ".join("".join(self.text).split()), *[""] * (self.wide - 1)]
        elif tag == "tr" and self.depth == 1:
            if len(self.table) <= ROWS:
                self.table.append(self.row[:COLUMNS])
            self.row = []
        elif tag == "tbl":
            self.depth -= 1
            if self.depth == 0:
                self.close_table()

    def show(self, text: str) -> None:
        if self.shows:
            self.add(text)

    def add(self, text: str) -> None:
        if self.length < 4 * CELL:
            self.text.append(text)
            self.length += len(text)

    def paragraph(self) -> None:
        line = composed("".join(self.text)).strip()
        self.text, self.length = [], 0
        if line and len(self.lines) <= ROWS:
            self.lines.append([line])

    def close_table(self) -> None:
        above = " / ".join(line for (line,) in self.lines[-ABOVE:])
        rows = [[composed(cell) for cell in row] for row in self.table]
        self.out.add(Grid("", rows, above))
        self.table, self.text, self.length = [], [], 0


def rows_of_docx(data: bytes, rows: Rows) -> None:
    """The tables first, then all lines outside of them as one grid."""
    reading = _Reading(rows)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.show
    try:
        parts = xml_parts(data, _PART, UNPACKED_BYTES)
        part = next(part for part in parts if part.filename == _PART)
        Unpacking(data, UNPACKED_BYTES).parse(part, parser)
    except Unfit as unfit:
        raise Unreadable(f"text: {unfit.code}") from None
    except NO_PACKAGE as error:
        raise Unreadable(f"text: {error}"[:200]) from None
    rows.add(Grid("", reading.lines, loose=True))
