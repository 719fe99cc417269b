"""Text with delimiters: which encoding, which delimiter, which rows."""

import codecs
import csv
import io
from collections import Counter

from checks.parsing.documents.bounds import ROWS, Rows
from checks.parsing.personal.grids import Grid
from checks.parsing.text import composed, legal

_DELIMITERS = ";\t|,"
_TRIED = 40
"""Lines that decide about the delimiter."""
_LINE = 4_000


def rows_of_text(data: bytes, rows: Rows) -> None:
    """The table of a text, or its lines where nothing divides them."""
    lines = [line[:_LINE] for line in text_of(data).splitlines()]
    rows.cut |= len(lines) > ROWS
    lines = lines[:ROWS]
    delimiter = delimiter_of(lines)
    if not delimiter:
        rows.add(Grid("", [[line] for line in lines], loose=True))
        return
    try:
        found = [
            [cell.strip() for cell in row]
            for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
        ]
    except csv.Error:
        found = [line.split(delimiter) for line in lines]
    rows.add(Grid("", found))


def text_of(data: bytes) -> str:
    """By byte order mark, else UTF-8, else UTF-16 where every other byte is nought, else windows-1258."""
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return _clean(data[len(mark) :].decode(codec, errors="replace"))
    if 0 in data[:400]:
        even = data[:400:2].count(0) > data[1:400:2].count(0)
        return _clean(data.decode("utf-16-be" if even else "utf-16-le", errors="replace"))
    try:
        # What was cut may end inside a letter.
        return _clean(codecs.getincrementaldecoder("utf-8")().decode(data))
    except UnicodeDecodeError:
        return _clean(data.decode("cp1258", errors="replace"))


def delimiter_of(lines: list[str]) -> str:
    """What divides most lines into equally many cells; empty where nothing does."""
    tried = [line for line in lines if line.strip()][:_TRIED]
    best, most = "", 0
    for delimiter in _DELIMITERS:
        counts = Counter(line.count(delimiter) for line in tried)
        counts.pop(0, None)
        if not counts:
            continue
        often, alike = max(counts.items(), key=lambda pair: (pair[1], pair[0]))
        # Commas stand in sentences too, but never equally many in every line.
        if alike * 2 > len(tried) and alike * often > most:
            best, most = delimiter, alike * often
    return best


def _clean(text: str) -> str:
    return composed(legal(text))
