"""XLSX before it is parsed: sizes declared and real, DOCTYPE, formulas, merged cells, extents."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from xml.parsers import expat

from inventory.readers.problems import Place, Problems

UNPACKED_LIMIT_MIB = 200
PART_LIMIT = 2_000
_CHUNK = 1 << 16
_MIB = 1 << 20
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,7})")


@dataclass(slots=True)
class SheetFacts:
    """What a sheet's XML holds that its values do not tell."""

    formulas: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    last_row: int = 0
    last_column: int = 0


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook that may be parsed: only the parts that were looked at, packed anew."""

    data: bytes
    facts: dict[str, SheetFacts]
    """By the name of the sheet."""


class _Doctype(Exception):  # noqa: N818  A signal out of the parser, not an error of ours.
    pass


def checked_workbook(data: bytes, problems: Problems) -> Workbook:
    """The workbook, after every part was unpacked within the limit; nothing touches the disk."""
    try:
        parts = _parts(data, problems)
        return _looked_through(data, parts, problems)
    except _Doctype:
        raise problems.refuse("xlsx-dtd") from None
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        ValueError,
        NotImplementedError,
    ) as error:
        raise problems.refuse("xlsx-other", None, "", why=str(error)[:100]) from None


def rows_of(reference: str) -> range:
    """The rows that a cell or a range like ``A2:C5`` touches."""
    numbers = [position(cell)[0] for cell in reference.split(":")]
    return range(min(numbers), max(numbers) + 1)


def position(cell: str) -> tuple[int, int]:
    """Row and column of ``B12``: 12 and 2."""
    found = _CELL.fullmatch(cell)
    if found is None:
        raise ValueError(f"no cell: {cell[:20]!r}")
    return int(found[2]), _column(found[1])


def letters(column: int) -> str:
    """``AB`` for column 28."""
    text = ""
    while column:
        column, digit = divmod(column - 1, 26)
        text = chr(65 + digit) + text
    return text


def _column(text: str) -> int:
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - 64
    return number


def _parts(data: bytes, problems: Problems) -> list[zipfile.ZipInfo]:
    """The XML parts by the directory of the package, if that directory is sane."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        infos = package.infolist()
    if len(infos) > PART_LIMIT:
        raise problems.refuse("xlsx-parts", None, "", count=len(infos), limit=PART_LIMIT)
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename:
            raise problems.refuse("xlsx-slip", None, info.filename)
        if info.flag_bits & 0x1:
            raise problems.refuse("xlsx-encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"compression method {info.compress_type}")
    if sum(info.file_size for info in infos) > UNPACKED_LIMIT_MIB * _MIB:
        raise problems.refuse("xlsx-large", None, "", limit=UNPACKED_LIMIT_MIB)
    names = [info.filename for info in infos]
    if len(set(names)) < len(names):
        raise ValueError("a part stands twice")
    if "xl/workbook.xml" not in names:
        raise ValueError("no xl/workbook.xml")
    return [info for info in infos if info.filename.endswith((".xml", ".rels"))]


def _looked_through(data: bytes, parts: list[zipfile.ZipInfo], problems: Problems) -> Workbook:
    left = UNPACKED_LIMIT_MIB * _MIB
    by_part: dict[str, SheetFacts] = {}
    sheets: dict[str, str] = {}
    targets: dict[str, str] = {}
    for info in parts:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = _refuse_doctype
        if info.filename.startswith("xl/worksheets/") and info.filename.endswith(".xml"):
            facts = by_part.setdefault(info.filename, SheetFacts())
            parser.StartElementHandler = _cell_walker(facts)
        elif info.filename == "xl/workbook.xml":
            parser.StartElementHandler = _collector("sheet", "name", "r:id", sheets)
        elif info.filename == "xl/_rels/workbook.xml.rels":
            parser.StartElementHandler = _collector("Relationship", "Id", "Target", targets)
        for piece in _inflated(data, info):
            left -= len(piece)
            if left < 0:
                raise problems.refuse("xlsx-large", None, "", limit=UNPACKED_LIMIT_MIB)
            parser.Parse(piece, False)  # noqa: FBT003  The parser takes it by place only.
        parser.Parse(b"", True)  # noqa: FBT003
    by_name = {
        name: by_part.get(_part_name(targets.get(relation, "")), SheetFacts())
        for name, relation in sheets.items()
    }
    return Workbook(_packed_anew(data, parts), by_name)


def _inflated(data: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The real content of a part, whatever size its header declares."""
    local = data[info.header_offset : info.header_offset + 30]
    if local[:4] != b"PK\x03\x04":
        raise ValueError("a part without its header")
    start = info.header_offset + 30
    start += int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
    packed = memoryview(data)[start : start + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        for at in range(0, len(packed), _CHUNK):
            yield bytes(packed[at : at + _CHUNK])
        return
    inflate = zlib.decompressobj(-15)
    waiting: bytes | memoryview = packed
    while not inflate.eof and len(waiting):
        piece = inflate.decompress(waiting, _CHUNK)
        waiting = inflate.unconsumed_tail
        yield piece
    if not inflate.eof:
        yield inflate.flush()


def _packed_anew(data: bytes, parts: list[zipfile.ZipInfo]) -> bytes:
    """A package of just these parts: what was checked is what will be parsed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for info in parts:
            with package.open(info.filename, "w") as part:
                for piece in _inflated(data, info):
                    part.write(piece)
    return packed.getvalue()


def _part_name(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _refuse_doctype(*_: object) -> None:
    raise _Doctype


def _collector(element: str, key: str, value: str, into: dict[str, str]) -> Any:
    def start(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == element and key in attributes and value in attributes:
            into[attributes[key]] = attributes[value]

    return start


def _cell_walker(facts: SheetFacts) -> Any:
    """A handler that walks the cells; one without a reference stands right of the one before."""
    row = column = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal row, column
        tag = name.rpartition(":")[2]
        if tag == "row":
            row, column = int(attributes.get("r", row + 1)), 0
        elif tag == "c":
            row, column = position(attributes["r"]) if "r" in attributes else (row, column + 1)
            if attributes.get("t") == "e":
                facts.errors.append(f"{letters(column)}{row}")
        elif tag in ("v", "is"):
            facts.last_row = max(facts.last_row, row)
            facts.last_column = max(facts.last_column, column)
        elif tag == "f":
            facts.formulas.append(f"{letters(column)}{row}")
        elif tag == "mergeCell" and "ref" in attributes:
            rows_of(attributes["ref"])
            facts.merged.append(attributes["ref"])

    return start


def note_facts(
    facts: SheetFacts, sheet: str, below: int, row_of_line: dict[int, int], problems: Problems
) -> None:
    """Every formula, error value and merged range from the header row on."""
    kinds = (("formula", facts.formulas), ("cell-error", facts.errors), ("merged", facts.merged))
    for code, references in kinds:
        for reference in references:
            touched = rows_of(reference)
            if touched[-1] < below:
                continue
            first = max(touched[0], below)
            inside = range(first, min(touched[-1], facts.last_row) + 1)
            rows = [row_of_line[line] for line in inside if line in row_of_line]
            place = Place(sheet, first, reference, rows[0] if rows else None)
            problems.note(code, place, reference, cell=reference)
            problems.refused_rows.update(rows)
