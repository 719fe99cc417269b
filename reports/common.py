"""What every unit's page of a run says alike: the run, its editions, their criteria.  Worded once."""

from collections.abc import Mapping
from dataclasses import dataclass

from checks.criteria.model import Criterion, Edition
from checks.parsing.text import display
from reports.judged import Judged
from reports.run_view import banners, run_facts
from reports.told import basis, level_chip
from reports.view import Basis, Chip, Fact
from reports.words import SHOWN, Words


@dataclass(frozen=True, slots=True)
class Demand:
    """A criterion as it stands on every page; ``number`` is its place in the edition."""

    criterion: Criterion
    number: int
    text: str
    note: str
    level: Chip
    basis: tuple[Basis, ...]


@dataclass(frozen=True, slots=True)
class ToldEdition:
    """An edition as it stands on every page."""

    edition: Edition
    title: str
    about: str
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True)
class Common:
    """What is the same on every unit's page of one run, in one language."""

    words: Words
    label: str
    editions: tuple[ToldEdition, ...]
    basis: tuple[Basis, ...]
    """Every legal text that the editions cite, in the order of their criteria."""
    run: tuple[Fact, ...]
    run_at: str
    banners: tuple[str, ...]


def common(judged: Judged, words: Words) -> Common:
    """What all units' pages of this run share."""
    assessment = judged.assessment
    on = assessment.run.judged_at.date()
    cited = dict.fromkeys(c for e in assessment.editions for row in e.criteria for c in row.cites)
    told = {c: basis(c, assessment.citations.get(c), on, words) for c in cited}
    return Common(
        words=words,
        label=edition_title(judged.edition, words) if judged.edition else "",
        editions=tuple(_told(edition, told, words) for edition in assessment.editions),
        basis=tuple(told.values()),
        run=run_facts(assessment, words),
        run_at=words.ui("unit.run_at", time=words.moment(assessment.run.started_at)),
        banners=banners(assessment, words),
    )


def edition_title(edition: Edition, words: Words) -> str:
    """An edition's title with its date."""
    title = edition.title_vi if words.lang == "vi" else edition.title_en
    return display(f"{title} ({edition.edition})", SHOWN)


def _told(edition: Edition, basis_of: Mapping[str, Basis], words: Words) -> ToldEdition:
    vi = words.lang == "vi"
    return ToldEdition(
        edition=edition,
        title=edition_title(edition, words),
        about=display(edition.about_vi if vi else edition.about_en, 1000),
        demands=tuple(
            Demand(
                criterion=criterion,
                number=number,
                text=display(criterion.text_vi if vi else criterion.text_en, 600),
                note=display(criterion.note_vi if vi else criterion.note_en, 600),
                level=level_chip(criterion.level, words),
                basis=tuple(basis_of[citation] for citation in criterion.cites),
            )
            for number, criterion in enumerate(edition.criteria, 1)
        ),
    )
