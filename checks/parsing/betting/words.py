"""The dated list of words, brands and hosts of illegal betting, made ready for looking up."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from checks.lists.unreadable import UnreadableList
from checks.parsing.betting.reading import bare


class Said(StrEnum):
    """What kind of word it is."""

    PROMOTION = "promotion"
    """Of those who advertise."""
    TOPIC = "topic"
    """Of the trade, said by those who warn as well."""
    REPORT = "report"
    """Of those who warn, report and judge."""
    BRAND = "brand"
    FOREIGN = "foreign"
    """Betting in another language."""
    SPAM = "spam"
    """Other goods that are sold by hidden links."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One entry, as it is written and as it is compared."""

    said: Said
    written: str
    tokens: tuple[str, ...]
    ordinary: bool = False
    """A brand that may mean something else."""


@dataclass(frozen=True, eq=False)
class BettingWords:
    """The list: phrases by their first words, signs of other scripts, parts of host names."""

    dated: date
    by_word: Mapping[str, tuple[Phrase, ...]]
    """Those of a single word."""
    by_pair: Mapping[tuple[str, str], tuple[Phrase, ...]]
    """All others by their first two, the longest first."""
    joined: Mapping[str, Phrase]
    """Phrases of the trade written as one word."""
    lawful_readings: frozenset[str]
    signs: tuple[str, ...]
    brands: frozenset[str]
    ordinary: frozenset[str]
    host_words: tuple[str, ...]
    host_parts: frozenset[str]
    known_hosts: frozenset[str]
    open_platforms: frozenset[str]
    entries: int = 0
    sha256: str = ""
    """Of the operator's file; empty where there is none."""


_TEXTS = (
    "promotion", "topic", "lawful_readings", "report", "brands", "ordinary_brands", "foreign", "foreign_signs",
    "host_words", "host_parts", "other_spam", "known_hosts", "open_platforms",
)  # fmt: skip
_SAID = {
    "promotion": Said.PROMOTION,
    "topic": Said.TOPIC,
    "report": Said.REPORT,
    "brands": Said.BRAND,
    "foreign": Said.FOREIGN,
    "other_spam": Said.SPAM,
}
_LONGEST = 100
_LINE = re.compile(r"at line (\d+)")
_JOINED_LEAST = 6


@cache
def shipped_words() -> BettingWords:
    """The list that comes with the program."""
    return made([_read(files("checks.lists").joinpath("betting.toml").read_text(encoding="utf-8"))])


def extended(text: str, sha256: str) -> BettingWords:
    """The same with the entries of an operator's file; ``UnreadableList`` where that is none."""
    own = files("checks.lists").joinpath("betting.toml").read_text(encoding="utf-8")
    return made([_read(own), _read(text)], sha256)


def _read(text: str) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        line = _LINE.search(str(wrong))
        raise UnreadableList(f"no TOML: {wrong}", int(line[1]) if line else 0) from None
    if not isinstance(table.get("dated"), date):
        raise UnreadableList("no date: begin with a line such as dated = 2026-12-01")
    for name, entries in table.items():
        if name == "dated":
            continue
        if name not in _TEXTS:
            raise UnreadableList(f"unknown section {name!r}; known are {', '.join(_TEXTS)}")
        if not isinstance(entries, list) or not all(
            isinstance(one, str) and 0 < len(one) <= _LONGEST for one in entries
        ):
            raise UnreadableList(f"{name}: a list of texts of at most {_LONGEST} characters each")
    return table


def made(tables: Iterable[Mapping[str, Any]], sha256: str = "") -> BettingWords:
    """The list of one or several files; the newest date is its date."""
    tables = tuple(tables)
    every: dict[str, list[str]] = {name: [] for name in _TEXTS}
    for table in tables:
        for name in _TEXTS:
            every[name] += table.get(name, [])
    ordinary = frozenset(one.lower() for one in every["ordinary_brands"])
    every["brands"] = list(dict.fromkeys((*every["brands"], *every["ordinary_brands"])))
    phrases = [
        Phrase(said, entry.lower(), tuple(bare(entry).split()), entry.lower() in ordinary)
        for name, said in _SAID.items()
        for entry in every[name]
    ]
    by_word: dict[str, list[Phrase]] = {}
    by_pair: dict[tuple[str, str], list[Phrase]] = {}
    for phrase in sorted(phrases, key=lambda one: -len(one.tokens)):
        if len(phrase.tokens) > 1:
            by_pair.setdefault((phrase.tokens[0], phrase.tokens[1]), []).append(phrase)
        else:
            by_word.setdefault("".join(phrase.tokens), []).append(phrase)
    return BettingWords(
        dated=max(table["dated"] for table in tables),
        by_word={word: tuple(found) for word, found in by_word.items()},
        by_pair={pair: tuple(found) for pair, found in by_pair.items()},
        joined={
            "".join(phrase.tokens): phrase
            for phrase in phrases
            if phrase.said is Said.PROMOTION and len("".join(phrase.tokens)) >= _JOINED_LEAST
        },
        lawful_readings=frozenset(one.lower() for one in every["lawful_readings"]),
        signs=tuple(every["foreign_signs"]),
        brands=frozenset("".join(bare(one).split()) for one in every["brands"]),
        ordinary=ordinary,
        host_parts=frozenset(every["host_parts"]),
        host_words=tuple(dict.fromkeys(every["host_words"])),
        known_hosts=frozenset(every["known_hosts"]),
        open_platforms=frozenset(every["open_platforms"]),
        entries=sum(map(len, every.values())),
        sha256=sha256,
    )
