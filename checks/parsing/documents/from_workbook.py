"""Workbooks of Excel: the new kind after its package was looked at, the old one as it is."""

import io
from collections.abc import Sequence
from datetime import date, datetime

from checks.parsing.documents.bounds import ROWS, SHEETS, UNPACKED_BYTES, Rows, Unreadable
from checks.parsing.personal.grids import Grid
from inventory.readers.package import NO_PACKAGE, Unfit
from inventory.readers.workbook import fit_workbook

AREA = 2_000_000
"""Cells of the rectangle that holds all values of a sheet; a larger one is left out."""


def rows_of_xlsx(data: bytes, rows: Rows) -> None:
    """Every sheet, hidden ones too: whoever downloads the file has them."""
    try:
        workbook = fit_workbook(data, UNPACKED_BYTES)
    except Unfit as unfit:
        raise Unreadable(f"workbook: {unfit.code}") from None
    except NO_PACKAGE as error:
        raise Unreadable(f"workbook: {error}"[:200]) from None
    far = {
        name
        for name, facts in workbook.facts.items()
        if facts.last_row * max(1, facts.last_column) > AREA
    }
    rows.cut |= bool(far)
    _read(workbook.data, rows, far)


def rows_of_xls(data: bytes, rows: Rows) -> None:
    """The old kind; its sheets are never larger than its bytes make them dense."""
    _read(data, rows, set())


def _read(data: bytes, rows: Rows, left_out: set[str]) -> None:
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415  Heavy.

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = book.sheet_names
        rows.cut |= len(names) > SHEETS
        for name in names[:SHEETS]:
            if name in left_out:
                continue
            if rows.full:
                rows.cut = True
                return
            table = book.get_sheet_by_name(name).to_python(skip_empty_area=True, nrows=ROWS + 1)
            rows.add(Grid(name, [_texts(row) for row in table]))
    except (CalamineError, ValueError, OSError) as error:
        raise Unreadable(f"workbook: {type(error).__name__}") from None
    except (
        BaseException
    ) as error:  # pragma: no cover  No bytes are known that make the reader of today panic.
        # A panic of the reader is no Exception; others are not ours to swallow.
        if type(error).__name__ != "PanicException":
            raise
        raise Unreadable("workbook: its reader gave up") from None


def _texts(row: Sequence[object]) -> list[str]:
    return [_text(value) for value in row]


def _text(value: object) -> str:
    """A cell as a person sees it: 12 not 12.0, days as 30/11/2026."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value == value // 1 and abs(value) < 1e15 else str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return f"{value.day:02d}/{value.month:02d}/{value.year}"
    return str(value).strip()
