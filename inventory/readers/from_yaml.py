"""YAML and JSON: text only, read event by event, so that nothing is built from an alias or a tag."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from inventory.readers.files import ROW_LIMIT, decoded, hold
from inventory.readers.problems import Place, Problems
from inventory.readers.table import Cell, RawRow, fits
from inventory.readers.words import (
    PERMISSION_KEYS,
    PERMISSION_NAMES,
    ROW_KEYS,
    ROWS_NAMES,
    meaning,
    nearest,
)
from inventory.spelling import bare

DEPTH_LIMIT = 20
YAML_LIMIT_MIB = 10
"""The pure parser reads some 200 KB a second; more rows belong in CSV or XLSX."""

_TOP_KEYS = {bare(name): "permission" for name in PERMISSION_NAMES} | {
    bare(name): "rows" for name in ROWS_NAMES
}


@dataclass(slots=True)
class Node:
    """A text, a list or a mapping, with the line where it begins."""

    line: int
    text: str | None = None
    items: list["Node"] | None = None
    pairs: dict[str, "Node"] | None = None
    pending: str | None = None
    """The key of a mapping whose value comes next."""
    key_lines: dict[str, int] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether it says nothing: a blank text, an empty list or mapping."""
        return not (self.items or self.pairs or (self.text is not None and self.text.strip()))


def rows_of_yaml(
    text: str, problems: Problems, *, is_json: bool
) -> tuple[list[RawRow], dict[str, Cell] | None]:
    """The rows under ``rows`` or ``units``, and the cells of ``permission``."""
    top = tree(text, problems, is_json=is_json)
    if top.items is not None:
        return _rows(top, problems), None
    rows: list[RawRow] | None = None
    permission: dict[str, Cell] | None = None
    for key, node in _mapping(top, problems).items():
        place = Place(line=top.key_lines[key], column=key)
        match meaning(key, _TOP_KEYS):
            case "permission" if permission is None:
                permission = permission_cells(node, problems)
            case "rows" if rows is None:
                rows = _rows(node, problems)
            case None:
                problems.note(
                    "key-unknown", place, key, near=problems.near(nearest(key, _TOP_KEYS))
                )
            case _:
                problems.note("key-twice", place, key, first=top.line)
    return rows or [], permission


def permission_of_yaml(text: str, problems: Problems, *, is_json: bool) -> dict[str, Cell]:
    """The cells of a permission file: a mapping at the top, or under ``permission``."""
    top = tree(text, problems, is_json=is_json)
    for key, node in _mapping(top, problems).items():
        if meaning(key, _TOP_KEYS) == "permission":
            return permission_cells(node, problems)
    return permission_cells(top, problems)


def permission_cells(node: Node, problems: Problems) -> dict[str, Cell]:
    """The known fields of a permission, each as one text; a list becomes lines."""
    return _cells(node, PERMISSION_KEYS, "\n", None, problems)


def _rows(node: Node, problems: Problems) -> list[RawRow]:
    if node.items is None:
        if not node.empty:
            _note_shape(node, "a list", "một danh sách", Place(line=node.line), problems)
        return []
    if len(node.items) > ROW_LIMIT:
        raise problems.refuse("too-many-rows", Place(line=node.line), "", limit=ROW_LIMIT)
    rows = []
    for number, item in enumerate(node.items):
        cells = _cells(item, ROW_KEYS, ";", number, problems)
        rows.append(RawRow(Place(None, item.line, None, number), cells))
    return rows


def _cells(
    node: Node, keys: Mapping[str, str], glue: str, row: int | None, problems: Problems
) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    if node.pairs is None:
        place = Place(line=node.line, row=row)
        _note_shape(node, "a mapping (key: value)", "các cặp khoá: giá trị", place, problems)
        return cells
    for key, value in node.pairs.items():
        place = Place(line=node.key_lines[key], column=key, row=row)
        name = meaning(key, keys)
        if name is None:
            problems.note("key-unknown", place, key, near=problems.near(nearest(key, keys)))
        elif name in cells:
            problems.note("key-twice", place, key, first=cells[name].place.line)
        else:
            cells[name] = _cell(value, name, glue, place, problems)
    return cells


def _cell(value: Node, name: str, glue: str, place: Place, problems: Problems) -> Cell:
    """A text; a list of texts as one text; a list of mappings as it is."""
    if value.text is not None:
        return Cell(value.text if fits(value.text, place, problems) else "", place)
    parts = [value] if value.pairs is not None else value.items or []
    if all(part.text is not None for part in parts):
        text = glue.join(part.text or "" for part in parts)
        return Cell(text, place)
    flat = [
        {key: inner.text for key, inner in part.pairs.items() if inner.text is not None}
        for part in parts
        if part.pairs is not None
    ]
    whole = len(flat) == len(parts) and all(
        len(one) == len(part.pairs or {}) for one, part in zip(flat, parts, strict=True)
    )
    if name not in ("attestations", "excuses", "hours") or not whole:
        _note_shape(
            value, "a text or a list of texts", "một văn bản hoặc danh sách", place, problems
        )
        return Cell("", place)
    for text in (text for one in flat for text in one.values()):
        fits(text, place, problems)
    return Cell("", place, tuple(flat))


def _mapping(node: Node, problems: Problems) -> dict[str, Node]:
    if node.pairs is None:
        wanted = "permission: … rows: …"
        raise problems.refuse("shape", Place(line=node.line), node.text or "", wanted=wanted)
    return node.pairs


def _note_shape(node: Node, en: str, vi: str, place: Place, problems: Problems) -> None:
    problems.note("shape", place, node.text or "", wanted=vi if problems.lang == "vi" else en)


def tree_of(file: Path, problems: Problems) -> Node:
    """The nodes of a file that is YAML or JSON; ``Refusal`` where it is neither."""
    held = hold(file, problems)
    if held.format not in ("yaml", "json"):
        raise problems.refuse("file-kind", None, file.name, suffix=file.suffix)
    return tree(decoded(held.data, problems), problems, is_json=held.format == "json")


def tree(text: str, problems: Problems, *, is_json: bool) -> Node:
    """The nodes of the one document in a text."""
    if len(text) > YAML_LIMIT_MIB * 1024 * 1024:
        raise problems.refuse("file-too-large", None, "", limit=YAML_LIMIT_MIB)
    if is_json:
        _be_json(text, problems)
        # YAML takes no tabs between tokens; strict JSON has none inside its texts.
        text = text.replace("\t", " ")
    from ruamel.yaml import YAML  # noqa: PLC0415
    from ruamel.yaml.error import MarkedYAMLError, YAMLError  # noqa: PLC0415

    builder = _Builder(problems, is_json=is_json)
    try:
        for event in YAML(typ="base", pure=True).parse(io.StringIO(text)):
            builder.take(event)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise problems.refuse(
            "yaml-syntax", Place(line=line), "", why=error.problem or ""
        ) from None
    except (YAMLError, RecursionError, ValueError, OverflowError) as error:
        why = str(error).partition("\n")[0][:100]
        raise problems.refuse("yaml-syntax", None, "", why=why) from None
    if builder.top is None or builder.top.empty:
        raise problems.refuse("file-empty")
    return builder.top


def _be_json(text: str, problems: Problems) -> None:
    """Refuse what is not strict JSON before it is read as YAML."""
    try:
        json.loads(text, parse_int=len, parse_float=len, parse_constant=_not_json)
    except json.JSONDecodeError as error:
        raise problems.refuse("yaml-syntax", Place(line=error.lineno), "", why=error.msg) from None
    except RecursionError:
        raise problems.refuse("yaml-depth", None, "", limit=DEPTH_LIMIT) from None
    except ValueError as error:
        raise problems.refuse("yaml-syntax", None, "", why=str(error)) from None


def _not_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


class _Builder:
    """Builds nodes from parser events without recursion, refusing what a list of schools never needs."""

    def __init__(self, problems: Problems, *, is_json: bool) -> None:
        self.top: Node | None = None
        self._problems = problems
        self._is_json = is_json
        self._open: list[Node] = []
        self._documents = 0

    def take(self, event: object) -> None:
        """One parser event."""
        kind = type(event).__name__
        line = event.start_mark.line + 1  # type: ignore[attr-defined]
        if kind == "AliasEvent":
            raise self._problems.refuse("yaml-alias", Place(line=line))
        if getattr(event, "tag", None) is not None:
            tag = str(event.tag)  # type: ignore[attr-defined]
            raise self._problems.refuse("yaml-tag", Place(line=line), tag)
        if kind == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                raise self._problems.refuse("yaml-documents", Place(line=line))
        elif kind == "ScalarEvent":
            self._put(Node(line, text=self._scalar(event, line)))
        elif kind in ("SequenceStartEvent", "MappingStartEvent"):
            node = Node(line, items=[]) if kind[0] == "S" else Node(line, pairs={})
            self._put(node)
            self._open.append(node)
            if len(self._open) > DEPTH_LIMIT:
                raise self._problems.refuse("yaml-depth", Place(line=line), "", limit=DEPTH_LIMIT)
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            self._open.pop()

    def _put(self, node: Node) -> None:
        if not self._open:
            self.top = node
            return
        parent = self._open[-1]
        if parent.items is not None:
            parent.items.append(node)
        elif parent.pairs is not None and parent.pending is None:
            self._put_key(parent, node)
        elif parent.pairs is not None and parent.pending is not None:
            parent.pairs[parent.pending] = node
            parent.pending = None

    def _put_key(self, parent: Node, node: Node) -> None:
        if node.text is None:
            raise self._problems.refuse("yaml-syntax", Place(line=node.line), "", why="key")
        place = Place(line=node.line, column=node.text)
        if node.text in parent.key_lines:
            first = parent.key_lines[node.text]
            raise self._problems.refuse("key-twice", place, node.text, first=first)
        parent.key_lines[node.text] = node.line
        parent.pending = node.text

    def _scalar(self, event: object, line: int) -> str:
        text: str = event.value  # type: ignore[attr-defined]
        plain = getattr(event, "style", None) is None
        if plain and (text in ("~", "null") or (self._is_json and text == "null")):
            return ""
        try:
            # JSON writes letters beyond the first plane as two halves.
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            raise self._problems.refuse("surrogate", Place(line=line), text) from None
