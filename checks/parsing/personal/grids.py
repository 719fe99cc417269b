"""A table as rows of words, whatever it was read from."""

from dataclasses import dataclass

ABOVE = 3
"""Lines above a table that are taken for its title."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of a table, or the lines of a text (``loose``, one cell each), where columns are not known."""

    place: str
    """The caption, the sheet, the page."""
    rows: list[list[str]]
    title: str = ""
    """What is written above it."""
    loose: bool = False
