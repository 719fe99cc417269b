"""Where problems of a file are gathered, so that all are told at once."""

import unicodedata
from dataclasses import dataclass, field, replace
from typing import Literal

from inventory.model import Problem
from inventory.readers.messages import MESSAGES

Lang = Literal["vi", "en"]

SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands."""

    sheet: str | None = None
    line: int | None = None
    column: str | None = None
    row: int | None = None
    """Which row of data it belongs to, counted from 0; an error there refuses the row."""


class Refusal(Exception):  # noqa: N818  It is an answer about the file, not a failure of ours.
    """The file cannot be read any further; its problem is already noted."""


@dataclass(slots=True)
class Problems:
    """The problems of one file."""

    file: str
    lang: Lang
    noted: list[Problem] = field(default_factory=list)
    refused_rows: set[int] = field(default_factory=set)

    def note(self, code: str, place: Place, value: str = "", /, **words: object) -> None:
        """Add one problem of the table, at a place, with the value as found."""
        told = MESSAGES[code]
        message, mend = (told.vi, told.vi_mend) if self.lang == "vi" else (told.en, told.en_mend)
        # What a file holds must neither break a line of ours nor reorder it.
        shown = {
            key: visible(word) if isinstance(word, str) else word for key, word in words.items()
        }
        self.noted.append(
            Problem(
                file=self.file,
                sheet=place.sheet and visible(place.sheet),
                line=place.line,
                column=place.column and visible(place.column),
                message=message.format(**shown),
                mend=mend.format(**shown),
                value=visible(value),
                severity=told.severity,
                code=code,
            )
        )
        if told.severity == "error" and place.row is not None:
            self.refused_rows.add(place.row)

    def refuse(
        self, code: str, place: Place | None = None, value: str = "", /, **words: object
    ) -> Refusal:
        """Note a problem after which nothing can be read; to be raised."""
        self.note(code, replace(place or Place(), row=None), value, **words)
        return Refusal(code)

    def near(self, guess: str | None) -> str:
        """The "did you mean" part of a mend."""
        if not guess:
            return ""
        return f" (có phải “{guess}”?)" if self.lang == "vi" else f' (did you mean "{guess}"?)'

    @property
    def any_error(self) -> bool:
        """Whether something noted forbids using the file."""
        return any(problem.severity == "error" for problem in self.noted)


def visible(text: str, limit: int = SHOWN_CHARACTERS) -> str:
    """One line of the text: controls, bidi marks and other unseen signs escaped, the end cut."""
    shown = "".join(map(escaped, text[: limit + 1]))
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def escaped(mark: str) -> str:
    """The character itself, or ``<U+200B>`` where a reader could not see it."""
    unseen = unicodedata.category(mark) in ("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp")
    return f"<U+{ord(mark):04X}>" if unseen else mark
