"""Single cells: texts, dates, numbers, lists, attestations and excuses out of what people typed."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import TypeVar

from inventory.model import EXCUSE_LONGEST_DAYS, Attestation, Excuse
from inventory.readers.problems import Problems, escaped
from inventory.readers.table import Cell
from inventory.spelling import one_line

TEXT_LIMIT = 500
LONGEST = EXCUSE_LONGEST_DAYS
EXCUSE_FIELDS = (
    "check",
    "reason",
    "granted_by",
    "until_on",
    "number",
    "site",
    "granted_on",
    "finding",
)

Built = TypeVar("Built")

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def text_of(cell: Cell, problems: Problems, limit: int = TEXT_LIMIT) -> str:
    """The text on one line; signs that cannot be seen are kept, but visibly."""
    text, shown = one_line(cell.text), clean(cell.text)
    if shown != text:
        problems.note("unseen", cell.place, text)
    if len(shown) > limit:
        problems.note("text-long", cell.place, shown, limit=limit)
        return shown[:limit]
    return shown


def clean(text: str) -> str:
    """One line, with what cannot be seen escaped."""
    text = one_line(text)
    return text if text.isprintable() else "".join(map(escaped, text))


def list_of(cell: Cell, separators: str = ";,\n") -> tuple[str, ...]:
    """The parts of a list, blanks and repetitions left out, in their order."""
    parts = re.split(f"[{separators}]", cell.text)
    return tuple(dict.fromkeys(part for part in map(one_line, parts) if part))


def day_of(text: str) -> date | None:
    """``2026-11-30`` or ``30/11/2026``."""
    iso, day_first = _ISO.fullmatch(text.strip()), _DAY_FIRST.fullmatch(text.strip())
    try:
        if iso:
            return date(*map(int, iso.groups()))
        if day_first:
            day, month, year = map(int, day_first.groups())
            return date(year, month, day)
    except ValueError:
        pass
    return None


def date_of(cell: Cell, problems: Problems) -> date | None:
    """The day a cell names; anything else is noted."""
    day = day_of(cell.text)
    if day is None:
        problems.note("date", cell.place, cell.text)
    return day


def number_of(cell: Cell, low: int, high: int, problems: Problems) -> int | None:
    """The whole number of a cell, within both ends."""
    text = cell.text.strip()
    if re.fullmatch(r"[0-9]{1,9}", text) and low <= int(text) <= high:
        return int(text)
    problems.note("number", cell.place, text, low=low, high=high)
    return None


def attestations_of(cell: Cell, problems: Problems) -> tuple[Attestation, ...]:
    """``check-id|number|issued_on|expires_on|level; ...``, or the mappings of a YAML list."""
    fields = ("check", "number", "issued_on", "expires_on", "level")
    return tuple(_each(cell, fields, _attestation, "attestation", problems))


def excuses_of(cell: Cell, unit: str, problems: Problems) -> tuple[Excuse, ...]:
    """``check-id|reason|granted_by|until_on|number|site|granted_on|finding; ...``, or the mappings of a YAML list.

    The last four may be left out.
    """

    def build(part: Mapping[str, str]) -> Excuse | None:
        until, check = day_of(part["until_on"]), part["check"]
        if not (until and _SLUG.fullmatch(check) and part["reason"] and part["granted_by"]):
            return None
        granted = day_of(part["granted_on"])
        if part["granted_on"] and granted is None:
            return None
        if is_too_long(granted, until):
            problems.note("excuse-long", cell.place, "|".join(part.values()), limit=LONGEST)
        return Excuse.model_validate(
            {**part, "unit": unit, "until_on": until, "granted_on": granted}
        )

    return tuple(_each(cell, EXCUSE_FIELDS, build, "excuse", problems))


def is_too_long(granted_on: date | None, until_on: date) -> bool:
    """Whether an excuse is for longer than anybody may grant at once."""
    return granted_on is not None and (until_on - granted_on).days > LONGEST


def _attestation(part: Mapping[str, str]) -> Attestation | None:
    issued, expires = day_of(part["issued_on"]), day_of(part["expires_on"])
    level = part["level"]
    if (
        not _SLUG.fullmatch(part["check"])
        or not part["number"]
        or issued is None
        or (part["expires_on"] and expires is None)
        or (level and not re.fullmatch("[1-5]", level))
    ):
        return None
    return Attestation(
        check=part["check"],
        number=part["number"],
        issued_on=issued,
        expires_on=expires,
        level=int(level) if level else None,
    )


def _each(
    cell: Cell,
    fields: tuple[str, ...],
    build: Callable[[Mapping[str, str]], Built | None],
    code: str,
    problems: Problems,
) -> Iterator[Built]:
    for part, shown in _parts(cell, fields):
        complete = {name: clean(part.get(name, "")) for name in fields}
        fits = part.keys() <= set(fields) and all(len(t) <= TEXT_LIMIT for t in complete.values())
        try:
            built = build(complete) if fits else None
        except ValueError:
            # The only rule left to the model: the last day lies before the first.
            problems.note("dates-order", cell.place, shown)
            continue
        if built is None:
            problems.note(code, cell.place, shown)
        else:
            yield built


def _parts(cell: Cell, fields: tuple[str, ...]) -> Iterator[tuple[Mapping[str, str], str]]:
    for part in cell.parts:
        yield part, "|".join(part.values())
    for text in filter(str.strip, re.split("[;\n]", cell.text)):
        values = text.split("|")
        # One bar too many gives a field that no one knows.
        names = (*fields, *(f"field {at}" for at in range(len(values) - len(fields))))
        yield dict(zip(names, values, strict=False)), text
