"""One file that a page links to, as the facts that are kept of it."""

from collections.abc import Callable

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.personal import Document, PersonalTable
from checks.parsing.documents.bounds import DOCUMENT_BYTES, Rows, Unreadable
from checks.parsing.documents.from_docx import rows_of_docx
from checks.parsing.documents.from_pdf import rows_of_pdf
from checks.parsing.documents.from_text import rows_of_text
from checks.parsing.documents.from_workbook import rows_of_xls, rows_of_xlsx
from checks.parsing.documents.kinds import kind_of
from checks.parsing.html.tables import grids_of
from checks.parsing.personal.tables import personal_tables

Reader = Callable[[bytes, Rows], None]


def _rows_of_html(data: bytes, rows: Rows) -> None:
    """Programs for schools save tables of HTML under names of Excel."""
    grids, cut = grids_of(data)
    rows.cut |= cut
    for grid in grids:
        rows.add(grid)


_READERS: dict[str, Reader] = {
    "csv": rows_of_text,
    "xlsx": rows_of_xlsx,
    "xls": rows_of_xls,
    "docx": rows_of_docx,
    "pdf": rows_of_pdf,
    "html": _rows_of_html,
}


def read_document(
    body: bytes, *, url: str, linked_from: str, linked_as: str, title: str, truncated: bool
) -> Document:
    """What a file shows of persons.  Never raises; the child that runs it has a deadline and little memory.

    ``title`` is what the link says of it: often the only place that says whose list it is.
    """
    kind = kind_of(body)
    rows = Rows()
    rows.cut = truncated or len(body) > DOCUMENT_BYTES
    tables: tuple[PersonalTable, ...] | NotCaptured
    try:
        reader = _READERS.get(kind)
        if reader is None:
            raise Unreadable(f"{kind} is not read")
        reader(body[:DOCUMENT_BYTES], rows)
        tables = personal_tables(rows.grids, title).tables
    except Unreadable as unreadable:
        # What was cut ends too early for most of its readers.
        cause = Cause.BODY_TRUNCATED if rows.cut else unreadable.cause
        tables = NotCaptured(cause=cause, detail=unreadable.detail)
    return Document(
        url=url,
        linked_from=linked_from,
        linked_as=linked_as,
        kind=kind,
        bytes=len(body),
        tables=tables,
        cut=rows.cut,
    )
