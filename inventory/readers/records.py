"""Files of records: excuses and documents of units in YAML, kept in git for review, read with every problem at once."""

import difflib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError

from inventory.model import Attestation, Excuse, Problem, Record, Site
from inventory.readers.cells import EXCUSE_FIELDS, LONGEST, clean, day_of, is_too_long
from inventory.readers.from_yaml import Node, tree_of
from inventory.readers.problems import Lang, Place, Problems, Refusal
from inventory.records import Attested, RecordsUsed

Made = TypeVar("Made", bound=Record)

LISTS: Final = ("excuses", "attestations")
_EXCUSE: Final = ("unit", *EXCUSE_FIELDS)
_ATTESTATION: Final = ("unit", "check", "number", "issued_on", "expires_on", "level")
_NEEDED: Final = {
    "excuses": ("unit", "check", "reason", "granted_by", "until_on"),
    "attestations": ("unit", "check", "number", "issued_on"),
}


@dataclass(frozen=True)
class Known:
    """What records may be about."""

    units: Mapping[str, Sequence[Site]]
    """The addresses of each unit."""
    checks: Collection[str]
    """The checks that look."""
    attested: Collection[str]
    """The rows that a document decides."""


def read_records(
    file: Path, known: Known, today: date, lang: Lang = "vi"
) -> tuple[RecordsUsed | None, tuple[Problem, ...]]:
    """The records of a file, or ``None`` and what is wrong with them."""
    problems = Problems(file.name, lang)
    try:
        top = tree_of(file, problems)
        found = _records(top, _Reader(known, today, problems))
    except Refusal:
        return None, tuple(problems.noted)
    return None if problems.any_error else found, tuple(problems.noted)


def _records(top: Node, reader: "_Reader") -> RecordsUsed:
    problems = reader.problems
    if top.pairs is None:
        raise problems.refuse("shape", Place(line=top.line), top.text or "", wanted="excuses: …")
    excuses: list[Excuse] = []
    attestations: list[Attested] = []
    for key, node in top.pairs.items():
        place = Place(line=top.key_lines[key], column=key)
        if key not in LISTS:
            near = difflib.get_close_matches(key, LISTS, 1)
            problems.note("key-unknown", place, key, near=problems.near(next(iter(near), None)))
        elif node.items is None:
            if not node.empty:
                problems.note("shape", place, node.text or "", wanted="- unit: …")
        elif key == "excuses":
            excuses += reader.excuses(node.items)
        else:
            attestations += reader.attestations(node.items)
    return RecordsUsed(
        excuses=tuple(dict.fromkeys(excuses)), attestations=tuple(dict.fromkeys(attestations))
    )


@dataclass(frozen=True)
class _Item:
    """One record as it stands in the file."""

    node: Node
    texts: Mapping[str, str]

    def place(self, key: str) -> Place:
        """Where a part of it stands; where the record begins if it has no such part."""
        return Place(line=self.node.key_lines.get(key, self.node.line), column=key)


@dataclass(frozen=True)
class _Reader:
    known: Known
    today: date
    problems: Problems

    def excuses(self, nodes: Sequence[Node]) -> Iterator[Excuse]:
        """The excuses that are whole."""
        for item in self._items(nodes, _EXCUSE, _NEEDED["excuses"]):
            days = self._days(item, ("until_on", "granted_on"))
            if days is None or not self._is_about(item):
                continue
            if is_too_long(days.get("granted_on", self.today), days["until_on"]):
                shown = item.texts["until_on"]
                self.problems.note("excuse-long", item.place("until_on"), shown, limit=LONGEST)
            elif (made := self._made(Excuse, item, days)) is not None:
                yield made

    def attestations(self, nodes: Sequence[Node]) -> Iterator[Attested]:
        """The documents that are whole."""
        for item in self._items(nodes, _ATTESTATION, _NEEDED["attestations"]):
            days = self._days(item, ("issued_on", "expires_on"))
            if days is None or not (self._unit_known(item) and self._attests(item)):
                continue
            made = self._made(Attestation, item, days)
            if made is not None:
                yield Attested(unit=item.texts["unit"], attestation=made)

    def _items(
        self, nodes: Sequence[Node], keys: Sequence[str], needed: Sequence[str]
    ) -> Iterator[_Item]:
        for node in nodes:
            if node.pairs is None:
                place = Place(line=node.line)
                self.problems.note("shape", place, node.text or "", wanted="unit: … check: …")
                continue
            texts: dict[str, str] = {}
            whole = True
            for key, inner in node.pairs.items():
                place = Place(line=node.key_lines[key], column=key)
                if key not in keys:
                    near = self._near(key, keys)
                    self.problems.note("key-unknown", place, key, near=near)
                    whole = False
                elif inner.text is None:
                    self.problems.note("shape", place, "", wanted="…")
                    whole = False
                elif inner.text.strip():
                    texts[key] = clean(inner.text)
            for key in needed:
                if key not in texts:
                    self.problems.note("needed", Place(line=node.line, column=key), "", field=key)
                    whole = False
            if whole:
                yield _Item(node, texts)

    def _days(self, item: _Item, keys: Sequence[str]) -> dict[str, date] | None:
        days: dict[str, date] = {}
        for key in keys:
            if key in item.texts:
                day = day_of(item.texts[key])
                if day is None:
                    self.problems.note("date", item.place(key), item.texts[key])
                    return None
                days[key] = day
        return days

    def _made(self, model: type[Made], item: _Item, days: Mapping[str, date]) -> Made | None:
        parts = {**item.texts, **days}
        try:
            return model.model_validate(
                {key: part for key, part in parts.items() if key in model.model_fields}
            )
        except ValidationError as error:
            first = error.errors()[0]
            place = item.place(str(first["loc"][0]) if first["loc"] else "check")
            why = first["msg"].removeprefix("Value error, ")
            self.problems.note("refused", place, "", why=why)
            return None

    def _is_about(self, item: _Item) -> bool:
        return self._unit_known(item) and self._excusable(item) and self._site_known(item)

    def _unit_known(self, item: _Item) -> bool:
        unit = item.texts["unit"]
        if unit in self.known.units:
            return True
        near = self._near(unit, self.known.units)
        self.problems.note("record-unit", item.place("unit"), "", unit=unit, near=near)
        return False

    def _excusable(self, item: _Item) -> bool:
        check = item.texts["check"]
        if check in self.known.checks:
            return True
        if check in self.known.attested:
            self.problems.note("record-attested", item.place("check"), "", check=check)
            return False
        near = self._near(check, self.known.checks)
        self.problems.note("record-check", item.place("check"), "", check=check, near=near)
        return False

    def _attests(self, item: _Item) -> bool:
        check = item.texts["check"]
        if check in self.known.attested:
            return True
        near = self._near(check, self.known.attested)
        choices = ", ".join(sorted(self.known.attested))
        self.problems.note(
            "record-document", item.place("check"), "", check=check, choices=choices, near=near
        )
        return False

    def _site_known(self, item: _Item) -> bool:
        site, unit = item.texts.get("site", ""), item.texts["unit"]
        sites = self.known.units[unit]
        if not site or any(site in (one.url, one.host, one.shown) for one in sites):
            return True
        near = self._near(site, [one.url for one in sites])
        self.problems.note("excuse-site", item.place("site"), "", site=site, unit=unit, near=near)
        return False

    def _near(self, word: str, choices: Collection[str]) -> str:
        near = difflib.get_close_matches(word, choices, 1)
        return self.problems.near(near[0] if near else None)
