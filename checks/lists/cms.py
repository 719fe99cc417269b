"""Versions of the software that sites are run by: the shipped list, or a newer one of the operator in the same form."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from checks.lists.unreadable import UnreadableList
from checks.parsing.versions import Version, below, version


@dataclass(frozen=True, slots=True)
class Ended:
    """Versions that were supported until a day: all below one, or those of one branch."""

    below: Version
    branch: Version
    on: date

    def covers(self, stated: Version) -> bool:
        """Whether a version is one of them; one that says too little is not."""
        if self.branch:
            return stated[: len(self.branch)] == self.branch
        return below(stated, self.below)


@dataclass(frozen=True, slots=True)
class Shape:
    """An address that only one major version makes."""

    address: str
    version: str
    unless: str


@dataclass(frozen=True, slots=True)
class Product:
    """One software."""

    name: str
    generators: tuple[str, ...]
    headers: frozenset[str]
    addresses: tuple[str, ...]
    core: tuple[str, ...]
    promised_from: Version
    parts: int
    ended: tuple[Ended, ...]
    shapes: tuple[Shape, ...]

    def ended_on(self, stated: str, today: date) -> date | None:
        """The day since which a version is no longer supported; ``None`` where it is, or nobody said."""
        numbers = version(stated)
        days = [one.on for one in self.ended if one.on <= today and one.covers(numbers)]
        return min(days) if days and numbers else None


@dataclass(frozen=True, slots=True)
class CmsList:
    """The list, with the day and the hash of its file; the hash is empty for the one that is shipped."""

    dated: date
    sha256: str
    products: tuple[Product, ...]


def parse(text: str, dated: date, sha256: str) -> CmsList:
    """A list in the form of ``checks/lists/cms-versions.toml``; ``UnreadableList`` says what is wrong with it."""
    try:
        rows = tomllib.loads(text).get("product")
    except tomllib.TOMLDecodeError as wrong:
        raise UnreadableList(f"no TOML: {wrong}") from None
    except RecursionError:
        raise UnreadableList("no TOML: nested too deeply") from None
    if not isinstance(rows, list) or not rows:
        raise UnreadableList("no [[product]]")
    try:
        return CmsList(dated, sha256, tuple(_product(row) for row in rows))
    except (KeyError, TypeError, AttributeError, ValueError) as wrong:
        raise UnreadableList(f"a [[product]] is not of the form: {wrong}") from None


@cache
def shipped() -> CmsList:
    """The list of this program."""
    text = (files("checks.lists") / "cms-versions.toml").read_text("utf-8")
    return parse(text, tomllib.loads(text)["dated"], "")


def _product(row: dict[str, Any]) -> Product:
    return Product(
        name=_text(row["name"]),
        generators=_texts(row, "generators"),
        headers=frozenset(_texts(row, "headers")),
        addresses=_texts(row, "addresses"),
        core=_texts(row, "core"),
        promised_from=version(_text(row.get("promised_from", ""))),
        parts=int(row.get("parts", 3)),
        ended=tuple(_ended(one) for one in row.get("ended", ())),
        shapes=tuple(
            Shape(_text(one["address"]), _text(one["version"]), _text(one.get("not", "")))
            for one in row.get("shapes", ())
        ),
    )


def _ended(row: dict[str, Any]) -> Ended:
    on = row["on"]
    if type(on) is not date:
        raise TypeError(f"{on!r} is no day")
    found = Ended(version(row.get("below", "")), version(row.get("branch", "")), on)
    if bool(found.below) == bool(found.branch):
        raise ValueError("ended names neither below nor branch, or both")
    return found


def _texts(row: dict[str, Any], name: str) -> tuple[str, ...]:
    return tuple(_text(one).lower() for one in row.get(name, ()))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
