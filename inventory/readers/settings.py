"""The settings file: YAML or JSON into ``Settings``, or every problem of it at once."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from inventory.model import Problem
from inventory.readers.from_yaml import Node, tree_of
from inventory.readers.problems import Lang, Place, Problems, Refusal
from inventory.settings import Settings

Loc = tuple[str | int, ...]


def read_settings(file: Path, lang: Lang = "vi") -> tuple[Settings | None, tuple[Problem, ...]]:
    """The settings, or ``None`` and what is wrong with them."""
    problems = Problems(file.name, lang)
    try:
        top = tree_of(file, problems)
    except Refusal:
        return None, tuple(problems.noted)
    lines: dict[Loc, int] = {}
    values = _plain(top, (), lines)
    try:
        return Settings.model_validate(values), tuple(problems.noted)
    except ValidationError as error:
        for one in error.errors():
            _note(one, lines, problems)
    return None, tuple(problems.noted)


def _plain(node: Node, at: Loc, lines: dict[Loc, int]) -> Any:
    """The texts of a tree, and where each stands."""
    lines.setdefault(at, node.line)
    if node.items is not None:
        return [_plain(item, (*at, number), lines) for number, item in enumerate(node.items)]
    if node.pairs is not None:
        for key, line in node.key_lines.items():
            lines[(*at, key)] = line
        return {
            key: _plain(inner, (*at, key), lines)
            for key, inner in node.pairs.items()
            if not inner.empty
        }
    return (node.text or "").strip()


def _note(error: ErrorDetails, lines: Mapping[Loc, int], problems: Problems) -> None:
    loc: Loc = tuple(error["loc"])
    known = loc
    while known not in lines and known:
        known = known[:-1]
    place = Place(line=lines.get(known), column=".".join(map(str, loc)) or None)
    value = str(error["input"]) if isinstance(error["input"], str) else ""
    if error["type"] == "extra_forbidden":
        near = get_close_matches(str(loc[-1]), _keys_at(loc[:-1]), 1)
        problems.note("key-unknown", place, value, near=problems.near(near[0] if near else None))
    elif error["type"] == "missing":
        problems.note("needed", place, "", field=str(loc[-1]))
    else:
        problems.note("setting", place, value, why=error["msg"].removeprefix("Value error, "))


def _keys_at(loc: Loc) -> list[str]:
    """The keys that may stand at a place of the settings."""
    model: type[BaseModel] | None = Settings
    for step in loc:
        if isinstance(step, int):
            continue
        field = model.model_fields.get(step) if model is not None else None
        model = _model_of(field.annotation) if field is not None else None
    return list(model.model_fields) if model is not None else []


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_of(inner)
        if found is not None:
            return found
    return None
