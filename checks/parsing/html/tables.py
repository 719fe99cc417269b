"""The tables of a page as rows of words: one walk through its tree, however they stand inside each other."""

import re
from collections import deque
from dataclasses import dataclass, field, replace

from selectolax.lexbor import LexborHTMLParser, LexborNode

from checks.parsing.html.decoding import decoded
from checks.parsing.html.depth import shallow
from checks.parsing.personal.grids import Grid
from checks.parsing.personal.tables import NOTHING, Personals, personal_tables
from checks.parsing.text import composed, legal

TABLES = 200
CELLS = 12_000
"""A list of two thousand pupils; what comes after is left unread, and that is said."""
COLUMNS = 60
CELL = 300
_ABOVE = 200
"""Signs before a table that may be its title."""
_ROWSPAN = 500
_TABLE = re.compile(r"<table[\s>]", re.IGNORECASE)
# Years of whoever may be a pupil, a parent or a teacher, not of news.
_DATA = re.compile(
    r"\d{1,2}\D{1,3}\d{1,2}\D{1,3}(?:19\d\d|20[01]\d|202[0-3]|[01]\d\b|[6-9]\d\b)|(?:19[4-9]\d|20[01]\d|202[0-2])"
    r"|\d{9}|0\d{2,3}[ .-]\d{3}[ .-]\d{3}|\+?84[ .-]?\d{2}|@"
)
_DIGITS = re.compile(r"\d{2}")
_UNSEEN = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BREAKS = frozenset({"br", "p", "div", "li", "td", "tr", "table", *_HEADINGS})


@dataclass(slots=True)
class _Open:
    """A table that stands open."""

    title: str
    rows: list[list[str]] = field(default_factory=list)
    row: list[str] | None = None
    cell: list[str] | None = None
    caption: list[str] | None = None
    spans: dict[int, int] = field(default_factory=dict)
    """Columns that a cell of a row above still fills, and for how many rows."""
    begun: dict[int, int] = field(default_factory=dict)
    """The same of cells of this row."""
    wide: int = 1
    named: str = ""


@dataclass(slots=True)
class _Walk:
    """What a walk has found so far."""

    grids: list[Grid] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)
    blocks: deque[str] = field(default_factory=lambda: deque(maxlen=2))
    """The last lines that were closed."""
    block: list[str] = field(default_factory=list)
    length: int = 0
    heading: str = ""
    heading_parts: list[str] | None = None
    cells: int = 0
    cut: bool = False

    def enter(self, tag: str, node: LexborNode) -> None:
        if tag == "table":
            self.open.append(_Open(f"{self._above()} / {self.heading}"))
        elif tag in _HEADINGS:
            self.heading_parts = []
        table = self.open[-1] if self.open else None
        if tag in _BREAKS:
            self._break()
        if table is None:
            return
        if tag == "caption":
            table.caption = []
        elif tag == "tr":
            table.row, table.cell = [], None
        elif tag in ("td", "th") and table.row is not None:
            self._fill(table)
            table.cell = []
            self.cells += 1
            table.wide = _span(node, "colspan", COLUMNS)
            down = _span(node, "rowspan", _ROWSPAN)
            if down > 1:
                columns = range(len(table.row), min(len(table.row) + table.wide, COLUMNS))
                table.begun |= dict.fromkeys(columns, down - 1)

    def leave(self, tag: str) -> None:
        if tag in _BREAKS:
            self._break()
        if tag in _HEADINGS and self.heading_parts is not None:
            self.heading = " ".join("".join(self.heading_parts).split())[:_ABOVE]
            self.heading_parts = None
        if not self.open:
            return
        table = self.open[-1]
        if tag in ("td", "th") and table.cell is not None and table.row is not None:
            table.row.append(_words(table.cell))
            table.row += [""] * (min(table.wide, COLUMNS - len(table.row)) - 1)
            table.cell = None
        elif tag == "tr" and table.row is not None:
            self._fill(table)
            table.rows.append(table.row[:COLUMNS])
            table.spans = {at: n - 1 for at, n in table.spans.items() if n > 1} | table.begun
            table.begun = {}
            table.row = None
        elif tag == "caption":
            table.named, table.caption = _words(table.caption or []), None
        elif tag == "table":
            self.open.pop()
            if any(map(_DIGITS.search, map(" ".join, table.rows))):
                if len(self.grids) < TABLES:
                    self.grids.append(Grid(table.named, table.rows, table.title))
                else:
                    self.cut = True

    def show(self, text: str) -> None:
        """Words belong to the innermost cell; outside of tables they may be a title."""
        if self.heading_parts is not None:
            self.heading_parts.append(text)
        table = self.open[-1] if self.open else None
        if table is not None and table.caption is not None:
            table.caption.append(text)
        elif table is not None and table.cell is not None:
            table.cell.append(text)
        if self.length < _ABOVE:
            self.block.append(text)
            self.length += len(text)

    def _break(self) -> None:
        self.show(" ")
        line = " ".join("".join(self.block).split())
        if line:
            self.blocks.append(line)
        self.block, self.length = [], 0

    @staticmethod
    def _fill(table: _Open) -> None:
        """Places that a cell of an earlier row fills."""
        row = table.row
        while row is not None and len(row) < COLUMNS and len(row) in table.spans:
            row.append("")

    def _above(self) -> str:
        """The last lines before a table."""
        lines = [*self.blocks, " ".join("".join(self.block).split())]
        return " / ".join(filter(None, lines[-3:]))[-_ABOVE:]


def grids_of(data: bytes) -> tuple[list[Grid], bool]:
    """The tables of a file of HTML."""
    return grids_of_tree(LexborHTMLParser(shallow(decoded(data, ""))))


def personal_of(html: str, tree: LexborHTMLParser) -> Personals:
    """What the tables of a page show of persons; most pages need no second walk."""
    if _TABLE.search(html) is None or not _may_be_list(tree):
        return NOTHING
    grids, cut = grids_of_tree(tree)
    return replace(personal_tables(grids), cut=cut)


def _may_be_list(tree: LexborHTMLParser) -> bool:
    """Whether any table without another one inside holds what looks like a birth date, a telephone number, an id or
    an e-mail address: a walk costs many times more than this look.
    """
    for table in tree.css("table")[:TABLES]:
        if len(table.css("table")) <= 1 and _DATA.search(table.text()) is not None:
            return True
    return False


def grids_of_tree(tree: LexborHTMLParser) -> tuple[list[Grid], bool]:
    """The tables that hold numbers, outermost last, and whether some were left out."""
    found = _Walk()
    above: list[LexborNode] = []
    node = tree.root
    while node is not None and found.cells <= CELLS:
        tag = node.tag or ""
        if tag == "-text":
            found.show(node.text_content or "")
        elif tag not in _UNSEEN:
            found.enter(tag, node)
            below = node.first_child
            if below is not None:
                above.append(node)
                node = below
                continue
            found.leave(tag)
        following = node.next
        while following is None and above:
            node = above.pop()
            found.leave(node.tag or "")
            following = node.next
        node = following
    # Where the walk ended early, what stands open ends here.
    for node in reversed(above):
        found.leave(node.tag or "")
    return found.grids, found.cut or found.cells > CELLS


def _span(node: LexborNode, name: str, most: int) -> int:
    said = (node.attributes.get(name) or "1").strip()
    return (
        max(1, min(int(said), most))
        if said.isascii() and said[:4].isdecimal() and len(said) < 5
        else 1
    )


def _words(parts: list[str]) -> str:
    return composed(legal(" ".join("".join(parts).split())[: 4 * CELL]))[:CELL]
