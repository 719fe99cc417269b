"""Words for readers, in one language, from ``texts/<language>/``: looked up, counted, dated and filled safely."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final, Literal

from babel import Locale
from babel.numbers import NumberPattern, format_decimal, parse_pattern

from checks.days import VIETNAM
from checks.evidence.base import Cause
from checks.parsing.text import display
from checks.spec import Outcome, Value

Language = Literal["vi", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en")
SNIPPETS: Final = (
    "provider",
    "nukeviet",
    "wordpress",
    "nginx",
    "apache",
    "litespeed",
    "iis",
    "postfix",
    "exchange",
    "dns",
)
SAID: Final = (Outcome.MET, Outcome.NOT_MET, Outcome.NEEDS_REVIEW, Outcome.NOT_APPLICABLE)
"""The outcomes whose words belong to the check; the others are told by their cause."""

SHOWN: Final = 300
"""How much of a text from outside is shown, in characters."""

_ONE_DECIMAL: Final[NumberPattern] = parse_pattern("0.#")
_TWO_DECIMALS: Final[NumberPattern] = parse_pattern("#,##0.##")
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_STEP = re.compile(r"^\s*(?:\d+[.)]|[-*•])\s+")


@dataclass(frozen=True, slots=True)
class CheckWords:
    """What readers are told of one check, before any value is filled in."""

    id: str
    title: str
    task: str
    """What to do where it is not so, in a few words; empty where the title says it."""
    asks: str
    why: str
    how: tuple[str, ...]
    snippets: tuple[tuple[str, str], ...]
    said: Mapping[str, str]
    reasons: Mapping[str, str]
    spots: Mapping[str, str]
    """A sentence for each weak spot that a measured value of this name tells; ``{where}`` is the value."""


class Words:
    """The words of one language; what is missing there is told in English, marked."""

    def __init__(
        self,
        lang: Language,
        ui: Mapping[str, Any],
        checks: Mapping[str, Mapping[str, Any]],
        english: "Words | None" = None,
    ) -> None:
        self.lang: Final = lang
        self.locale: Final = Locale.parse(lang)
        self._ui = ui
        self._checks = checks
        self._english = english
        self._at: Final = dict(_paths(ui))
        self._months: Final = self.locale.months["format"]["abbreviated"]
        self._known: dict[str, CheckWords] = {}
        self._causes: dict[Cause | None, tuple[str, str]] = {}

    # ---- interface ------------------------------------------------------------------------------

    def ui(self, key: str, **values: str | int) -> str:
        """The words of the interface for ``key`` (``section.name``), filled with ``values``."""
        found = str(self._found(key))
        return fill(found, {k: str(v) for k, v in values.items()}) if values else found

    def count(self, key: str, n: int, **values: str | int) -> str:
        """The same in the plural form that ``n`` asks for; ``{n}`` is the number."""
        found = self._found(key)
        if isinstance(found, Mapping):
            found = found.get(self.locale.plural_form(n), found["other"])
        return fill(str(found), {"n": self.number(n)} | {k: str(v) for k, v in values.items()})

    def has(self, key: str) -> bool:
        """Whether this language itself has the words."""
        return key in self._at

    def cause(self, cause: Cause | None) -> tuple[str, str]:
        """What to tell of this cause, and what to do about it."""
        known = self._causes.get(cause)
        if known is None:
            at = "broken" if cause is None else f"causes.{cause.value}"
            known = self._causes[cause] = self.ui(f"{at}.tell"), self.ui(f"{at}.do")
        return known

    def _found(self, key: str) -> Any:
        found = self._at.get(key)
        if found is not None:
            return found
        if self._english is None:
            raise KeyError(f"no words for {key}")
        return self._marked(str(self._english._found(key)))

    def _marked(self, english: str) -> str:
        return fill(str(self._at["common.in_english"]), {"text": english})

    # ---- checks ---------------------------------------------------------------------------------

    def check(self, check_id: str) -> CheckWords:
        """The words of a check; a check without any is called by its title in English, marked, or its id."""
        known = self._known.get(check_id)
        if known is None:
            known = self._known[check_id] = self._check(check_id)
        return known

    def _check(self, check_id: str) -> CheckWords:
        row = self._checks.get(check_id)
        if row is None:
            title = self._at.get(f"titles.{check_id}")
            if title is not None:
                return _words(check_id, {"title": title})
            if self._english is not None:
                english = self._english.check(check_id)
                return _words(check_id, {"title": self._marked(english.title)})
            return _words(check_id, {"title": check_id.replace("-", " ").capitalize()})
        return _words(check_id, row)

    # ---- values ---------------------------------------------------------------------------------

    def number(self, value: int | float) -> str:
        """A number as the language writes it; four digits stay together, as in years and status codes."""
        if isinstance(value, int):
            return (
                str(value)
                if abs(value) < 10_000
                else str(format_decimal(value, locale=self.locale))
            )
        return str(_TWO_DECIMALS.apply(value, self.locale))

    def percent(self, n: int, of: int) -> str:
        """A share as a percentage that never rounds some to none, nor nearly all to all."""
        share = 100 * n / of
        if 0 < share < 0.05:
            return f"< {_one_decimal(0.1, self.lang)} %"
        if 99.95 <= share < 100:
            return f"> {_one_decimal(99.9, self.lang)} %"
        return f"{_one_decimal(share, self.lang)} %"

    def day(self, value: date) -> str:
        """A day."""
        if self.lang == "vi":
            return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"
        return f"{value.day} {self._months[value.month]} {value.year:04d}"

    def moment(self, value: datetime, *, zone: bool = True) -> str:
        """A moment, in the time of the readers, which is named unless a sentence is to stay short."""
        local = value.astimezone(VIETNAM)
        clock = f"{local.hour:02d}:{local.minute:02d}"
        day = self.day(local.date())
        told = f"{clock} ngày {day}" if self.lang == "vi" else f"{day}, {clock}"
        return f"{told} ({self.ui('common.local_time')})" if zone else told

    def value(self, value: Value) -> str:
        """A measured value.  Text is hostile: it is cut, and what would not show is made visible."""
        if value is None:
            return self.ui("common.unclear")
        if isinstance(value, bool):
            return self.ui("common.yes" if value else "common.no")
        if isinstance(value, int):
            return self.number(value)
        if isinstance(value, float):
            return self.number(value) if value - value == 0 else str(value)
        if _DAY.match(value):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                return isolated(display(value, SHOWN))
            if len(value) == 10:
                return self.day(moment.date())
            if moment.tzinfo is not None:
                return self.moment(moment, zone=False)
        return isolated(display(value, SHOWN))

    def with_unit(self, value: Value, unit: str) -> str:
        """A measured value with its unit."""
        if not unit:
            return self.value(value)
        key = f"units.{unit.replace('%', 'pct').lower()}"
        if isinstance(value, int | float) and not isinstance(value, bool) and self.has(key):
            whole = isinstance(value, int)
            form = self.locale.plural_form(value)
            found = self._at[key]
            text = found if isinstance(found, str) else found.get(form if whole else "other", "")
            return fill(text or found["other"], {"n": self.value(value)})
        return f"{self.value(value)} {display(unit, 30)}"

    @cached_property
    def check_ids(self) -> frozenset[str]:
        """The checks that have words of their own in this language."""
        return frozenset(self._checks)

    def row(self, check_id: str) -> Mapping[str, Any] | None:
        """The words of a check as written in the file, for those who test that they are whole."""
        return self._checks.get(check_id)

    @property
    def interface(self) -> Mapping[str, Any]:
        """The interface words as written in the file."""
        return self._ui


def fill(text: str, values: Mapping[str, str], *, missing: str | None = None) -> str:
    """``text`` with each ``{name}`` replaced once; values are data and are never looked into.

    A name without a value stays as it is, or becomes ``missing``.
    """

    def found(match: re.Match[str]) -> str:
        value = values.get(match[1])
        if value is None:
            return match[0] if missing is None else missing
        return value

    return _PLACE.sub(found, text) if "{" in text else text


# The words of checks, again and again: of these there are some hundreds.
@lru_cache(maxsize=2048)
def places(text: str) -> frozenset[str]:
    """The names that ``text`` wants filled."""
    return frozenset(_PLACE.findall(text))


@lru_cache(maxsize=512)
def slug_of(measured_name: str) -> str:
    """``days left`` → ``days_left``: how a measured name is written in a placeholder."""
    return re.sub(r"[^a-z0-9]+", "_", measured_name.lower()).strip("_")


# Shares of the same few wholes, on every page.
@lru_cache(maxsize=4096)
def _one_decimal(value: float, lang: Language) -> str:
    return str(_ONE_DECIMAL.apply(value, Locale.parse(lang)))


# The blocks of Hebrew, Arabic and the other scripts that run from right to left (Unicode 16, UAX 9).
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\u200f\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def isolated(text: str) -> str:
    """Right-to-left text inside an isolate, so that it cannot reorder the words around it."""
    if _RIGHT_TO_LEFT.search(text) is not None:
        return f"\u2068{text}\u2069"
    return text


@cache
def words(lang: Language) -> Words:
    """All words of a language, read once from the package."""
    if lang not in LANGUAGES:
        raise ValueError(f"no such language: {lang}")
    folder = files("reports").joinpath("texts", lang)
    english = None if lang == "en" else words("en")
    return Words(
        lang, _toml(folder.joinpath("ui.toml")), _merged(folder.joinpath("checks")), english
    )


def _merged(folder: Traversable) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    if not folder.is_dir():
        return merged
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        for check_id, row in _toml(file).items():
            if check_id in merged:
                raise ValueError(f"{file.name}: words of {check_id} are given twice")
            merged[check_id] = row
    return merged


def _toml(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _paths(table: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in a table and in the tables within, by its path: ``section.name``."""
    for name, found in table.items():
        yield f"{above}{name}", found
        if isinstance(found, Mapping):
            yield from _paths(found, f"{above}{name}.")


def _words(check_id: str, row: Mapping[str, Any]) -> CheckWords:
    snippets = row.get("snippets", {})
    return CheckWords(
        id=check_id,
        title=_line(row.get("title", check_id)),
        task=_line(row.get("task", "")),
        asks=_line(row.get("asks", "")),
        why=_line(row.get("why", "")),
        how=steps(row.get("how", ())),
        snippets=tuple((k, str(snippets[k]).strip("\n")) for k in SNIPPETS if snippets.get(k)),
        said={o.value: _line(row[o.value]) for o in SAID if row.get(o.value)},
        reasons={k: _line(v) for k, v in row.get("reasons", {}).items()},
        spots={k: _line(v) for k, v in row.get("spots", {}).items()},
    )


def steps(how: Any) -> tuple[str, ...]:
    """Steps to mend, from a list or from a text with one step a line; numbering of its own is dropped."""
    lines = how.strip().splitlines() if isinstance(how, str) else how
    return tuple(_STEP.sub("", str(line)).strip() for line in lines if str(line).strip())


def _line(text: Any) -> str:
    return " ".join(str(text).split())
