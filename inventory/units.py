"""The 94 communes, who manages which unit by law, and the names of kinds."""

import csv
import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from inventory.model import SO_GDDT, Inventory, Unit, UnitKind
from inventory.spelling import bare, folded, one_line

Lang = Literal["vi", "en"]

_PREFIX = re.compile(
    r"^(?:ubnd\s+)?(?:xã|phường|đặc khu|huyện đảo|commune(?: of)?|ward(?: of)?|p\.|x\.|đk\.)\s*(?=\S)",
    re.IGNORECASE,
)
_CITY = re.compile(r"\s*,\s*(?:tp\.?|thành phố)?\s*đà nẵng\s*$", re.IGNORECASE)

KIND_NAMES: dict[UnitKind, dict[Lang, str]] = {
    UnitKind.MAM_NON: {"vi": "Mầm non", "en": "Kindergarten"},
    UnitKind.TIEU_HOC: {"vi": "Tiểu học", "en": "Primary school"},
    UnitKind.THCS: {"vi": "THCS", "en": "Lower secondary school"},
    UnitKind.THPT: {"vi": "THPT", "en": "Upper secondary school"},
    UnitKind.TH_THCS: {"vi": "TH và THCS", "en": "Primary and lower secondary school"},
    UnitKind.THCS_THPT: {"vi": "THCS và THPT", "en": "Lower and upper secondary school"},
    UnitKind.PTDTNT: {"vi": "PT dân tộc nội trú", "en": "Ethnic boarding school"},
    UnitKind.PTDTBT: {"vi": "PT dân tộc bán trú", "en": "Ethnic semi-boarding school"},
    UnitKind.GDTX: {"vi": "Giáo dục thường xuyên", "en": "Continuing education centre"},
    UnitKind.CHUYEN_BIET: {"vi": "Chuyên biệt", "en": "Special school"},
    UnitKind.SO: {"vi": "Sở GDĐT", "en": "Education department"},
    UnitKind.KHAC: {"vi": "Khác", "en": "Other"},
}

_OF_THE_DEPARTMENT = frozenset(
    {
        UnitKind.THPT,
        UnitKind.THCS_THPT,
        UnitKind.GDTX,
        UnitKind.CHUYEN_BIET,
        UnitKind.SO,
    }
)


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune-level unit of the city, by its code of the national list."""

    code: str
    name: str
    kind: str

    def title(self, lang: Lang = "vi") -> str:
        """The name with its kind in front: ``Phường Hải Châu``."""
        if lang == "en":
            word = {"phường": "ward", "xã": "commune", "đặc khu": "special zone"}[self.kind]
            return f"{self.name} {word}"
        return f"{self.kind.capitalize()} {self.name}"


@cache
def communes() -> tuple[Commune, ...]:
    """All communes, in the order of their codes."""
    text = files("inventory").joinpath("communes.csv").read_text(encoding="utf-8")
    return tuple(Commune(**row) for row in csv.DictReader(text.splitlines()))


@lru_cache(maxsize=4096)
def commune(code_or_name: str) -> Commune | None:
    """The commune of this code or name, with or without ``Xã``, ``Phường`` or ``Đặc khu`` before it.

    Names are compared in one spelling; accents may be missing only where one commune alone fits.
    """
    by_code, by_name, by_letters = _indexes()
    name = _CITY.sub("", one_line(code_or_name))
    for wanted in (name, _PREFIX.sub("", name, count=1)):
        found = by_code.get(wanted) or by_name.get(_joined(wanted))
        if found is not None:
            return found
    if not name.isascii():
        return None
    unaccented = re.sub(r"^(?:ubnd )?(?:xa|phuong|dac khu) ", "", name.casefold())
    fits = by_letters.get(bare(name)) or by_letters.get(bare(unaccented)) or ()
    return fits[0] if len(fits) == 1 else None


def nearest_commune(name: str) -> Commune | None:
    """The commune that was perhaps meant, for "did you mean"."""
    _, _, by_letters = _indexes()
    wanted = bare(_PREFIX.sub("", one_line(name), count=1))[:100]
    near = difflib.get_close_matches(wanted, by_letters, n=1, cutoff=0.7)
    return by_letters[near[0]][0] if near else None


def manager_of(kind: UnitKind, commune_code: str, name: str = "") -> str:
    """Who manages a unit by law: ``so-gddt`` or the code of its commune.

    Upper secondary level, continuing education and special schools belong to the department;
    boarding schools whose highest level is THCS belong to the commune (TT 45/2026/TT-BGDĐT).
    """
    if kind in _OF_THE_DEPARTMENT:
        return SO_GDDT
    if kind in (UnitKind.PTDTNT, UnitKind.PTDTBT):
        return SO_GDDT if _highest_is_thpt(kind, name) else commune_code
    return commune_code


def managers(inventory: Inventory) -> dict[str, tuple[Unit, ...]]:
    """Units by manager: the department first, then communes by code."""
    rolled: dict[str, list[Unit]] = {}
    for unit in sorted(inventory.units, key=lambda unit: (unit.manager != SO_GDDT, unit.manager)):
        rolled.setdefault(unit.manager, []).append(unit)
    return {manager: tuple(units) for manager, units in rolled.items()}


def manager_name(manager: str, lang: Lang = "vi") -> str:
    """How readers know a manager: the department, or the commune's name with its kind."""
    if manager == SO_GDDT:
        return "Sở Giáo dục và Đào tạo" if lang == "vi" else "Department of Education and Training"
    found = commune(manager)
    return found.title(lang) if found else manager


def by_kind(units: Iterable[Unit]) -> dict[UnitKind, int]:
    """How many units of each kind there are, in the order of the kinds; kinds without one left out."""
    kinds = [unit.kind for unit in units]
    return {kind: kinds.count(kind) for kind in UnitKind if kind in kinds}


def _highest_is_thpt(kind: UnitKind, name: str) -> bool:
    letters = bare(name)
    if "thpt" in letters or "trunghocphothong" in letters:
        return True
    named_lower = "thcs" in letters or "trunghoccoso" in letters or "tieuhoc" in letters
    # Boarding schools (nội trú) of the city have THPT level unless named otherwise.
    return kind is UnitKind.PTDTNT and not named_lower


@cache
def _indexes() -> tuple[dict[str, Commune], dict[str, Commune], dict[str, tuple[Commune, ...]]]:
    by_letters: dict[str, tuple[Commune, ...]] = {}
    for one in communes():
        by_letters[bare(one.name)] = (*by_letters.get(bare(one.name), ()), one)
    return (
        {one.code: one for one in communes()},
        {_joined(one.name): one for one in communes()},
        by_letters,
    )


def _joined(name: str) -> str:
    """Some write A Vương, some Avương."""
    return folded(name).replace(" ", "")
