"""Adding one record to a YAML file that people review: its other lines stay as they are, and it is whole at any moment."""

import codecs
import io
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from inventory.records import RecordsUsed

HEAD = (
    "# Excuses and documents of units, for `tinnhiem scan --records FILE`; see docs/excuses.md.\n"
)

Read = Callable[[Path], RecordsUsed]
"""Reads a file of records, or stops with what is wrong in it."""


class NotAdded(Exception):  # noqa: N818  The operator reads it as a sentence.
    """The record cannot be added to this file as it is written."""


def add_to_file(file: Path, of_list: str, row: Mapping[str, str | int | date], read: Read) -> None:
    """Add one record at the end of a list of the file; the file is made where there is none."""
    place = file.resolve()
    known = read(place) if place.exists() and _says_something(place) else RecordsUsed()
    data = place.read_bytes() if place.exists() else HEAD.encode()
    encoding = _encoding(data)
    text = data.decode(encoding)
    line_end = "\r\n" if "\r\n" in text else "\n"
    added = _with(text, of_list, row, line_end)
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=place.suffix or ".yaml", dir=place.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(added.encode(encoding))
            out.flush()
            os.fsync(out.fileno())
        told = read(new)
        before, after = getattr(known, of_list), getattr(told, of_list)
        if after[: len(before)] != before or len(after) - len(before) > 1:
            raise NotAdded(f"{file}: {of_list} is written in a way that this cannot add to")
        if place.exists():
            shutil.copymode(place, new)
        else:
            new.chmod(0o644)
        new.replace(place)
    finally:
        new.unlink(missing_ok=True)


def _says_something(file: Path) -> bool:
    lines = file.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    return any(line.strip() and not line.lstrip().startswith("#") for line in lines)


def _encoding(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig" if data.startswith(codecs.BOM_UTF8) else "utf-8"


def _with(text: str, of_list: str, row: Mapping[str, Any], line_end: str) -> str:
    """The text with the record where it belongs."""
    from ruamel.yaml import YAML  # noqa: PLC0415  Only where a file is written.
    from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode  # noqa: PLC0415

    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    top = YAML(typ="rt", pure=True).compose(io.StringIO(text))
    if top is not None and (not isinstance(top, MappingNode) or top.flow_style):
        raise NotAdded(f"write {of_list} with a line for each record, as `- unit: …`")
    found = [pair for pair in (top.value if top is not None else ()) if pair[0].value == of_list]
    if not found:
        head = [] if not lines or lines[-1].strip() == "" else [line_end]
        if lines and not lines[-1].endswith(("\r", "\n")):
            lines[-1] += line_end
        return "".join([*lines, *head, f"{of_list}:{line_end}", *_item(row, 2, line_end)])
    key, value = found[0]
    if isinstance(value, SequenceNode) and value.value and not value.flow_style:
        at, column = _last_line(value), value.start_mark.column
    elif isinstance(value, ScalarNode) and not value.value:
        at, column = key.start_mark.line, 2
    else:
        raise NotAdded(f"write {of_list} with a line for each record, as `- unit: …`")
    if not lines[at].endswith(("\r", "\n")):
        lines[at] += line_end
    return "".join([*lines[: at + 1], *_item(row, column, line_end), *lines[at + 1 :]])


def _item(row: Mapping[str, Any], column: int, line_end: str) -> list[str]:
    """The record as lines of a list."""
    from ruamel.yaml import YAML  # noqa: PLC0415

    yaml = YAML()
    yaml.width = 10_000
    yaml.allow_unicode = True
    out = io.StringIO()
    yaml.dump([dict(row)], out)
    return [f"{' ' * column}{line}{line_end}" for line in out.getvalue().splitlines()]


def _last_line(node: Any) -> int:
    """The line of the last word below a node, past which comments belong to what follows."""
    while isinstance(node.value, list) and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end = node.end_mark
    # A block of text ends at the start of the line after it.
    return int(end.line - 1 if end.column == 0 and end.line > node.start_mark.line else end.line)
