"""An edition of a label: criteria, the checks that decide them with all their limits, and citations."""

from datetime import date
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inventory.model import Role, UnitKind


class Data(BaseModel):
    """A frozen row of a data file; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Level(StrEnum):
    """How much a criterion weighs: ``required`` ones alone decide readiness."""

    REQUIRED = "required"
    RECOMMENDED = "recommended"
    ADVANCED = "advanced"


class Sureness(StrEnum):
    """How sure a legal fact is; what is not ``seen`` is printed as unverified."""

    SEEN = "seen"
    SUMMARY = "summary"
    INFERRED = "inferred"
    UNVERIFIED = "unverified"


class Citation(Data):
    """One legal text or public source, as dated data."""

    id: str
    title_vi: str
    title_en: str
    number: str = ""
    article: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""
    sureness: Sureness
    verified_by: str = ""
    verified_on: date | None = None
    note_vi: str = ""
    note_en: str = ""

    def in_force(self, day: date) -> bool:
        """Whether the text is in force on this day, by the dates known."""
        after = self.valid_from is None or self.valid_from <= day
        return after and (self.valid_to is None or day <= self.valid_to)


class Clause(Data):
    """One check with every limit it has."""

    check: str
    limits: dict[str, Any] = Field(default_factory=dict)


class Criterion(Data):
    """One demand of the label: what decides it, for whom, and on what legal basis."""

    id: str
    text_vi: str
    text_en: str
    level: Level
    cites: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    """Site roles it applies to; empty means all."""
    kinds: tuple[UnitKind, ...] = ()
    """Unit kinds it applies to; empty means all."""
    all_of: tuple[Clause, ...] = ()
    any_of: tuple[Clause, ...] = ()
    attested: str | None = None
    """The attested row of the catalogue whose dated document decides; then there are no clauses."""
    attested_min_level: int | None = Field(default=None, ge=1, le=5)
    """The level that the document must approve at least; only beside ``attested``."""
    evidence_max_age_days: int | None = Field(default=None, ge=1)
    """How old the evidence may be; of an attested criterion, how long ago the document was issued."""
    note_vi: str = ""
    note_en: str = ""

    @model_validator(mode="after")
    def _one_way_to_decide(self) -> Self:
        ways = [bool(self.all_of), bool(self.any_of), self.attested is not None]
        if ways.count(True) != 1:
            raise ValueError(f"criterion {self.id}: give exactly one of all_of, any_of, attested")
        if self.attested is None and self.attested_min_level is not None:
            raise ValueError(f"criterion {self.id}: attested_min_level stands without attested")
        return self

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses, whichever way they combine."""
        return self.all_of or self.any_of


class Edition(Data):
    """One dated edition of one label.  A change is a new edition, never an edit of history."""

    schema_version: Literal[1]
    label: str
    edition: str
    title_vi: str
    title_en: str
    issued_on: date
    about_vi: str = ""
    about_en: str = ""
    criteria: tuple[Criterion, ...]
    sha256: str = ""
    """Hash of the file it was read from."""

    @property
    def name(self) -> str:
        """``<label>-<edition>``, the file's name."""
        return f"{self.label}-{self.edition}"

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [criterion.id for criterion in self.criteria]
        twice = {i for i in ids if ids.count(i) > 1}
        if twice:
            raise ValueError(f"criterion ids given twice: {', '.join(sorted(twice))}")
        return self
