"""The text of PDF files, line by line as it is laid out; pictures of pages are not read."""

import io
import logging

from checks.parsing.documents.bounds import CELL, PDF_PAGES, ROWS, Rows, Unreadable
from checks.parsing.personal.grids import Grid
from checks.parsing.text import composed, legal

_PAGE = 200_000
"""Signs of one page that are looked at."""
_READABLE = 20
"""Letters and digits of a page that has text: the number of a page that is a picture is none."""


def rows_of_pdf(data: bytes, rows: Rows) -> None:
    """The lines of the first pages as one loose grid."""
    from pypdf import PdfReader  # noqa: PLC0415  Heavy, and only the child needs it.

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("PDF with a password")
        total = len(reader.pages)
        texts = [_text(reader.pages[at]) for at in range(min(total, PDF_PAGES))]
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001  A broken file fails in its reader in any way it likes.
        raise Unreadable(f"PDF: {type(error).__name__}") from None
    silent = sum(1 for text in texts if sum(map(str.isalnum, text)) < _READABLE)
    if silent == len(texts):
        raise Unreadable("PDF without text: pages are pictures")
    rows.cut |= total > PDF_PAGES or silent > 0
    lines = [line.strip() for text in texts for line in text.splitlines()]
    rows.add(Grid("", [[line[: 4 * CELL]] for line in lines if line][: ROWS + 1], loose=True))


def _text(page: object) -> str:
    """The page as it is laid out; as it stands in the file where that fails."""
    try:
        text = page.extract_text(extraction_mode="layout")  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001  Fonts of all sorts; the plain way asks less of them.
        text = ""
    if not text.strip():
        text = page.extract_text()  # type: ignore[attr-defined]
    return composed(legal(str(text)[:_PAGE]))
