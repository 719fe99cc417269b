"""CSV: the separator found by the header, quotes that never close found by line."""

import re
from collections.abc import Iterator
from dataclasses import replace

from inventory.readers.files import ROW_LIMIT
from inventory.readers.problems import Place, Problems
from inventory.readers.table import Header, Line, RawRow, find_header, no_header, rows_below

SEPARATORS = (";", ",", "\t")
MAX_QUOTE_ERRORS = 50
_HEAD_CHARACTERS = 100_000

# Possessive, so that no text makes it look twice at a character.
_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')
_BREAK = re.compile(r"\r\n|\n|\r")


def rows_of_csv(text: str, problems: Problems) -> list[RawRow]:
    """The rows of data of a CSV text."""
    text, skipped = _without_separator_line(text)
    separator, header = _separator(text)
    quiet = Problems(problems.file, problems.lang)
    if header is None:
        raise no_header([*_lines(text[:_HEAD_CHARACTERS], separator, quiet)], problems)
    _note_line_ends(text, problems)
    lines = (
        replace(line, number=line.number + skipped)
        for line in _lines(text, separator, problems, skipped)
    )
    moved = replace(header, line=header.line + skipped)
    return rows_below(moved, lines, problems, None, "tab" if separator == "\t" else separator)


def _separator(text: str) -> tuple[str, Header | None]:
    """The separator under which the top of the text shows most of our columns."""
    best: tuple[int, str, Header | None] = (0, SEPARATORS[0], None)
    for separator in SEPARATORS:
        quiet = Problems("", "en")
        header = find_header(_lines(text[:_HEAD_CHARACTERS], separator, quiet))
        if header is not None and len(header.fields) > best[0]:
            best = (len(header.fields), separator, header)
    return best[1], best[2]


def _without_separator_line(text: str) -> tuple[str, int]:
    """Excel's own first line ``sep=;`` says nothing that we do not see."""
    first = re.match(r'"?sep=.?"?[ \t;,]*(?:\r\n|\n|\r)', text, re.IGNORECASE)
    return (text[first.end() :], 1) if first else (text, 0)


def _lines(text: str, separator: str, problems: Problems, skipped: int = 0) -> Iterator[Line]:
    """The records of a text; a broken quote refuses its record and reading goes on one line below."""
    plain = re.compile(rf"[^{re.escape(separator)}\r\n]*")
    at, number, quote_errors = 0, 1, 0
    while at < len(text):
        cells: list[str] = []
        start, opened, broken = at, number, False
        while True:
            if text.startswith('"', at):
                quoted = _QUOTED.match(text, at)
                after = quoted.end() if quoted else len(text)
                if quoted is None or text[after : after + 1] not in ("", separator, "\r", "\n"):
                    place = Place(line=opened + skipped)
                    _note_quote(
                        quoted, place, number + skipped, text[start : start + 200], problems
                    )
                    broken = True
                    break
                cells.append(quoted.group(1).replace('""', '"'))
                number += len(_BREAK.findall(quoted.group(1)))
                at = after
            else:
                found = plain.match(text, at)
                cells.append(found.group() if found else "")
                at += len(cells[-1])
            if not text.startswith(separator, at):
                break
            at += 1
        if broken:
            quote_errors += 1
            if quote_errors > MAX_QUOTE_ERRORS:
                raise problems.refuse("quotes-many", Place(line=opened + skipped))
            at, number = _end_of_line(text, start), opened
            cells = [text[start:at]]
        yield Line(opened, cells, broken=broken)
        end = _BREAK.match(text, at)
        at = end.end() if end else len(text)
        number += 1


def _note_quote(
    quoted: re.Match[str] | None, place: Place, line: int, value: str, problems: Problems
) -> None:
    if quoted is None:
        problems.note("quote-open", place, value, line=line)
    else:
        end = line + len(_BREAK.findall(quoted.group()))
        problems.note("quote-text", place, value, line=line, end=end)


def _end_of_line(text: str, start: int) -> int:
    end = _BREAK.search(text, start)
    return end.start() if end else len(text)


def _note_line_ends(text: str, problems: Problems) -> None:
    crlf = text.count("\r\n")
    kinds = (crlf, text.count("\n") - crlf, text.count("\r") - crlf)
    # A lone LF inside a quoted cell of a CRLF file is how Excel writes line breaks.
    outside = _QUOTED.sub("", text[: ROW_LIMIT * 10]) if sum(map(bool, kinds)) > 1 else ""
    crlf = outside.count("\r\n")
    if sum(map(bool, (crlf, outside.count("\n") - crlf, outside.count("\r") - crlf))) > 1:
        problems.note("line-ends", Place())
