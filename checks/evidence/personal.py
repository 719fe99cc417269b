"""Personal data seen in tables of pages and of files: how much of which kind, never whose."""

from enum import StrEnum
from typing import ClassVar

from checks.evidence.base import Fact, NotCaptured, Payload


class Personal(StrEnum):
    """A kind of personal data."""

    CITIZEN_ID = "citizen-id"
    PHONE = "phone"
    BIRTH_DATE = "birth-date"
    EMAIL = "email"
    ADDRESS = "address"


class PersonalCount(Fact):
    """How many cells of one kind a table holds."""

    kind: Personal
    cells: int
    column: str = ""
    """What its heading calls the column, masked, at most 60 characters; empty where it has none."""
    sample: str = ""
    """One cell, masked at capture so that its shape alone is left."""


class PersonalTable(Fact):
    """One table with personal data: a table of a page, a sheet, the lines of a text."""

    place: str
    """Which: the caption, the sheet's name, the page's number; at most 60 characters, masked."""
    rows: int
    counts: tuple[PersonalCount, ...]
    pupils: bool
    """Whether title, headings or caption say that the rows are pupils, or their years of birth do."""
    staff: bool = False
    """Whether they say that the rows are those who work there."""
    names: int = 0
    """How many rows name a person."""


class Document(Fact):
    """One file that a page links to, read as a list."""

    url: str
    """Made fit to keep, as addresses of pages are."""
    linked_from: str
    linked_as: str
    """The words of the link, masked."""
    kind: str
    """``csv``, ``xlsx``, ``docx``, ``pdf``, or what it is instead; by its first bytes, not by its name."""
    bytes: int
    tables: tuple[PersonalTable, ...] | NotCaptured
    """Tables that show personal data, at most 10; a cause where the file could not be read."""
    cut: bool = False
    """Whether something of the file was left unread."""


class Documents(Payload):
    """The lists that the sampled pages link to, at most a few of ``total``, those first that look like lists of pupils."""

    kind: ClassVar[str] = "documents"

    documents: tuple[Document, ...]
    total: int
    """How many files of a kind that can be read the sampled pages link to."""
    likely: int = 0
    """How many of those look like lists of pupils, by their names and the words of their links."""
