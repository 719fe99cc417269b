"""Reads the corpus of web pages: one file is one case, a case has one or more pages as they were sent."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from checks.evidence.samples import Chosen

Part = Literal["tune", "held"]
Side = Literal["injected", "lawful"]

HERE = Path(__file__).parent
EXPECTED: dict[Side, frozenset[str]] = {
    "injected": frozenset({"not-met", "review"}),
    "lawful": frozenset({"met", "review"}),
}
"""What a fair person may say of a case of each side."""
_SEPARATOR = "\n--- page "
_KEYS = {"url", "chosen", "searched", "left_to", "through", "status", "content_type"}


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: a page as sent, or where a redirect led out of the site."""

    url: str
    chosen: Chosen
    html: str
    """Empty where a redirect left the site."""
    searched: bool
    """Seen as by somebody who comes from a search engine."""
    left_to: str
    through: tuple[str, ...]
    status: int
    content_type: str


@dataclass(frozen=True, slots=True)
class Case:
    """What is planted in one site, or what only looks like it."""

    name: str
    kind: str
    expect: str
    why: str
    pages: tuple[Page, ...]


def load(part: Part, side: Side) -> tuple[Case, ...]:
    """All cases of one part and one side, by name; a file of another form is an error that names it."""
    files = sorted((HERE / part / side).glob("*.case"))
    return tuple(_case(file, side) for file in files)


def _case(file: Path, side: Side) -> Case:
    # Neither line ends nor forms of letters may change: some tricks are made of them.
    head, *pages = file.read_bytes().decode("utf-8").split(_SEPARATOR)
    told = json.loads(head)
    if told.keys() != {"kind", "expect", "why"} or not all(told.values()):
        raise ValueError(f"{file.name}: the first line says kind, expect and why")
    if told["expect"] not in EXPECTED[side]:
        raise ValueError(f"{file.name}: {told['expect']!r} is not expected of the {side} side")
    if not pages:
        raise ValueError(f"{file.name}: no page")
    return Case(
        file.stem,
        told["kind"],
        told["expect"],
        told["why"],
        tuple(_page(file, one) for one in pages),
    )


def _page(file: Path, text: str) -> Page:
    line, _, html = text.partition("\n")
    told: dict[str, Any] = json.loads(line)
    if not {"url", "chosen"} <= told.keys() <= _KEYS:
        raise ValueError(f"{file.name}: keys of a page {sorted(told)}")
    if bool(html.strip()) == bool(told.get("left_to")):
        raise ValueError(f"{file.name}: a page has text or was left, not both and not neither")
    return Page(
        url=told["url"],
        chosen=Chosen(told["chosen"]),
        html=html,
        searched=told.get("searched", False),
        left_to=told.get("left_to", ""),
        through=tuple(told.get("through", ())),
        status=told.get("status", 200),
        content_type=told.get("content_type", "text/html"),
    )
