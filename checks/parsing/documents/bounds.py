"""How much of a file is read, and what a reader says where it reads nothing."""

from checks.evidence.base import Cause
from checks.parsing.personal.grids import Grid

DOCUMENT_BYTES = 1 << 20
UNPACKED_BYTES = 16 << 20
"""An honest workbook of 1 MiB unpacks to about ten."""
ROWS = 5_000
COLUMNS = 60
CELL = 300
SHEETS = 20
PDF_PAGES = 20


class Unreadable(Exception):  # noqa: N818  It is an answer about the file, not a failure of ours.
    """Nothing can be said of what a file holds."""

    def __init__(self, detail: str, cause: Cause = Cause.UNDECODABLE) -> None:
        super().__init__(detail)
        self.detail = detail
        self.cause = cause


class Rows:
    """The grids read so far, and whether something was left out."""

    def __init__(self) -> None:
        self.grids: list[Grid] = []
        self.cut = False
        self._left = ROWS

    def add(self, grid: Grid) -> None:
        """Keep a grid, as far as there is room."""
        if len(grid.rows) > self._left:
            self.cut = True
        kept = [[cell[:CELL] for cell in row[:COLUMNS]] for row in grid.rows[: self._left]]
        self._left -= len(kept)
        if kept:
            self.grids.append(Grid(grid.place, kept, grid.title, loose=grid.loose))

    @property
    def full(self) -> bool:
        """Whether no further row would be kept."""
        return self._left <= 0
