"""The shipped editions: whole, well written, and no more sure of the law than the facts are."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from checks.catalogue import CATALOGUE
from checks.criteria.loader import citations, known_checks, load_shipped, parse, shipped
from checks.criteria.model import Criterion, Edition, Level, Sureness

LABEL = "tin-nhiem-mang-2026-11"
GROUND = "nen-tang-website-2026-11"
LEVEL_2 = "cap-do-2-2026-11"
PRACTICE = "nen-tang-website-thuc-hanh"


def practice() -> Edition:
    data = (resources.files("scanner.practice") / "data" / f"{PRACTICE}.toml").read_bytes()
    return parse(data, f"{PRACTICE}.toml", CATALOGUE)


def every_edition() -> list[Edition]:
    return [*(load_shipped(name, CATALOGUE) for name in shipped()), practice()]


def asked(edition: Edition) -> list[str]:
    """The ids that an edition's criteria hang on, attested rows included, with repetitions."""
    return [row for criterion in edition.criteria for row in rows_of(criterion)]


def rows_of(criterion: Criterion) -> list[str]:
    """The ids that one criterion hangs on."""
    if criterion.attested is not None:
        return [criterion.attested]
    return [clause.check for clause in criterion.clauses]


def texts() -> Iterator[tuple[str, str, str]]:
    """Where, Vietnamese, English: every pair of texts for readers in editions and citations."""
    for edition in every_edition():
        yield edition.name, edition.title_vi, edition.title_en
        yield edition.name, edition.about_vi, edition.about_en
        for criterion in edition.criteria:
            yield criterion.id, criterion.text_vi, criterion.text_en
            if criterion.note_vi or criterion.note_en:
                yield criterion.id, criterion.note_vi, criterion.note_en
    for citation in citations().values():
        yield citation.id, citation.title_vi, citation.title_en
        if citation.note_vi or citation.note_en:
            yield citation.id, citation.note_vi, citation.note_en


def test_the_three_editions_ship() -> None:
    """Their names are part of the command line."""
    assert shipped() == (LEVEL_2, GROUND, LABEL)


@pytest.mark.parametrize("name", shipped())
def test_an_edition_loads_under_its_own_name(name: str) -> None:
    """The file is named label-edition, and its limits are complete for every built check."""
    edition = load_shipped(name, CATALOGUE)
    assert edition.name == name
    assert edition.criteria


def test_every_row_of_the_label_is_cited_by_the_label_edition() -> None:
    """And by required criteria, because the label itself asks them."""
    edition = load_shipped(LABEL)
    required = {
        row
        for criterion in edition.criteria
        if criterion.level is Level.REQUIRED
        for row in rows_of(criterion)
    }
    assert {row.id for row in known_checks().values() if row.level == "label"} <= required


def test_the_ground_asks_every_required_and_recommended_row_once() -> None:
    """And at the catalogue's level."""
    edition = load_shipped(GROUND)
    rows = {
        r.id: r.level for r in known_checks().values() if r.level in ("required", "recommended")
    }
    assert Counter(asked(edition)) == Counter(rows.keys())
    assert {criterion.id: criterion.level.value for criterion in edition.criteria} == rows


def test_the_label_has_ten_basic_criteria_and_an_advanced_one() -> None:
    """As the directory shows them, numbered."""
    numbered = [c for c in load_shipped(LABEL).criteria if c.id.startswith("tnm-")]
    assert [c.id[4:6] for c in numbered] == [f"{number:02}" for number in range(1, 12)]
    assert [c.id[4:6] for c in numbered if c.level is Level.ADVANCED] == ["11"]


def test_all_points_of_the_decree_are_cited_by_the_label() -> None:
    """NĐ 137/2024, a to e."""
    cited = {source for criterion in load_shipped(LABEL).criteria for source in criterion.cites}
    assert {f"nd-137-2024-{point}" for point in "abcde"} <= cited


def test_level_2_wants_a_document_that_says_level_2() -> None:
    """An approval of level 1 is not one of level 2."""
    by_id = {criterion.id: criterion for criterion in load_shipped(LEVEL_2).criteria}
    assert by_id["cd2-level-approved"].attested_min_level == 2


def test_the_practice_edition_only_shortens_the_window() -> None:
    """All else is the ground's."""
    ground, short = load_shipped(GROUND), practice()
    assert short.label == PRACTICE
    changed = [
        (a.id, b.clauses[0].limits)
        for a, b in zip(ground.criteria, short.criteria, strict=True)
        if a != b
    ]
    window = {
        "min_availability_pct": 99.0,
        "min_taken_pct": 90.0,
        "window_samples": 12,
        "interval_s": 1.0,
    }
    assert changed == [("uptime-above-target", window)]


def test_every_citation_is_used() -> None:
    """A row that nothing cites is dead text; the loader refuses the other way round."""
    used = {source for e in every_edition() for c in e.criteria for source in c.cites}
    assert used == citations().keys()


def test_every_criterion_says_what_it_rests_on() -> None:
    """Where there is no law, it cites what it does rest on."""
    assert [c.id for e in every_edition() for c in e.criteria if not c.cites] == []


def test_texts_are_written_in_both_languages_and_in_one_form() -> None:
    """NFC, without blanks at the ends; the Vietnamese has its marks."""
    for where, vi, en in texts():
        for text in (vi, en):
            assert text, where
            assert text == text.strip() == unicodedata.normalize("NFC", text), where
        assert not vi.isascii(), where


def test_a_document_is_asked_only_where_the_catalogue_says_so() -> None:
    """Attested rows and permissions stand beside the right ids."""
    rows = known_checks().values()
    assert {row.family for row in rows if row.attested} == {"attested"}
    assert {row.permission for row in rows} == {
        "",
        "vulnerability",
        "zone",
        "search-view",
        "exposure",
    }


def test_built_checks_stand_in_the_list_of_ids() -> None:
    """Two lists of the same thing must not drift: a check without a row would be in no edition's reach."""
    known = known_checks()
    assert CATALOGUE.keys() <= known.keys()
    assert {c.id for c in CATALOGUE.values() if c.family != known[c.id].family} == set()


def test_nobody_has_verified_what_nobody_has_verified() -> None:
    """A name needs a day, and what was only summarised or inferred says so in a note."""
    for citation in citations().values():
        assert bool(citation.verified_by) == (citation.verified_on is not None), citation.id
        if citation.sureness is not Sureness.SEEN:
            assert citation.note_vi, citation.id
            assert citation.note_en, citation.id


def test_citation_ids_are_given_once() -> None:
    """A dict would swallow the second."""
    data = (resources.files("checks.criteria") / "data" / "citations.toml").read_text("utf-8")
    assert data.count("[[citation]]") == len(citations())


def test_check_ids_are_given_once() -> None:
    """A dict would swallow the second."""
    data = (resources.files("checks.lists") / "check-ids.toml").read_text("utf-8")
    assert data.count("[[check]]") == len(known_checks())


@pytest.mark.parametrize("name", shipped())
def test_an_edition_survives_being_stored(name: str) -> None:
    """Limits are plain JSON, so a stored edition is the same edition."""
    edition = load_shipped(name)
    assert Edition.model_validate_json(edition.model_dump_json()) == edition
    assert json.loads(edition.model_dump_json())["sha256"] == edition.sha256


def test_the_examples_in_the_docs_load() -> None:
    """A criterion in full, and a file that extends."""
    text = (Path(__file__).parents[2] / "docs" / "criteria.md").read_text("utf-8")
    whole, extending = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    # The last table of the second example is named and left empty for the reader.
    changed = parse(extending.rpartition("[[criterion]]")[0].encode(), "docs", CATALOGUE)
    assert changed.label == "nen-tang-website-cua-toi"
    head = extending.partition("extends")[0]
    assert [c.id for c in parse((head + whole).encode(), "docs", CATALOGUE).criteria] == [
        "hsts-enforced"
    ]
