"""Words are whole in both languages, name only what is measured, and hold values as plain data."""

import inspect
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from checks.catalogue import CATALOGUE
from checks.criteria.loader import known_checks
from checks.evidence.base import Cause, Side
from checks.spec import Outcome
from checks.verdicts import ReadinessState, Status
from reports.judged import Coverage, StepKind
from reports.words import LANGUAGES, SNIPPETS, Language, Words, fill, places, slug_of, steps, words

WANTED = ("title", "asks", "why", "how", "met", "not-met")
KNOWN = {*WANTED, "task", "needs-review", "not-applicable", "reasons", "snippets", "spots"}


def leaves(table: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    """All texts of a table with their dotted keys; the forms of a plural count as one."""
    for key, value in table.items():
        if isinstance(value, Mapping) and "other" in value:
            yield f"{at}{key}", str(value["other"])
        elif isinstance(value, Mapping):
            yield from leaves(value, f"{at}{key}.")
        else:
            yield f"{at}{key}", "\n".join(value) if isinstance(value, list) else str(value)


def test_both_languages_have_the_same_interface_words() -> None:
    """With the same places to fill."""
    found = [
        {key: places(text) for key, text in leaves(words(lang).interface)} for lang in LANGUAGES
    ]
    assert found[0] == found[1]


def test_every_value_of_every_list_has_words() -> None:
    """A new cause, status or step without words is caught here."""
    wanted = [f"causes.{c.value}.{part}" for c in Cause for part in ("tell", "do")]
    wanted += [f"status.{s.value}" for s in Status] + [f"outcome.{o.value}" for o in Outcome]
    wanted += [f"readiness.{s.value}" for s in ReadinessState]
    wanted += [f"coverage.{c.value}" for c in Coverage] + [f"side.{s.value}" for s in Side]
    wanted += [f"step.{s.value}" for s in StepKind] + [f"snippet.{s}" for s in SNIPPETS]
    for lang in LANGUAGES:
        assert [key for key in wanted if not words(lang).has(key)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_check_of_the_catalogue_has_a_title(lang: Language) -> None:
    """Built or not: readers never meet a bare id or a title in another language."""
    told = words(lang)
    titles = told.interface["titles"]
    shown = [i for i in known_checks() if i in CATALOGUE or _cited(i)]
    assert [i for i in shown if i not in told.check_ids and i not in titles] == []
    both = sorted(told.check_ids & set(titles))
    assert both == [], "these have words of their own now: take them out of [titles]"


def _cited(check: str) -> bool:
    from checks.criteria.loader import load_shipped, shipped

    return any(
        check == criterion.attested or check in {c.check for c in criterion.clauses}
        for name in shipped()
        for criterion in load_shipped(name).criteria
    )


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("check_id", sorted(CATALOGUE))
def test_words_of_a_built_check_are_whole(check_id: str, lang: Language) -> None:
    """All parts, every declared reason, and no part that nobody reads."""
    row = words(lang).row(check_id)
    assert row is not None, "no words at all"
    assert [part for part in WANTED if not row.get(part)] == []
    assert set(row) <= KNOWN
    assert set(row.get("snippets", {})) <= set(SNIPPETS)
    assert set(row.get("reasons", {})) == CATALOGUE[check_id].reasons
    told = set(row.get("spots", {}))
    assert told <= CATALOGUE[check_id].reasons | CATALOGUE[check_id].spots
    assert told >= CATALOGUE[check_id].spots
    assert all(places(text) == {"where"} for text in row.get("spots", {}).values())


@pytest.mark.parametrize("check_id", sorted(CATALOGUE))
def test_places_name_what_is_measured(check_id: str) -> None:
    """A placeholder that no measurement fills would print "unknown" to a principal."""
    known = CATALOGUE[check_id]
    source = inspect.getsource(inspect.getmodule(known.ask) or known.ask)
    names = {slug_of(name) for name in re.findall(r'Measured\(\s*f?"([^"]+)"', source)}
    may = names | {f"{name}_required" for name in names} | set(known.limits.model_fields)
    may |= {"address", "site"}
    for lang in LANGUAGES:
        row = dict(words(lang).row(check_id) or {})
        row.pop("snippets", None)
        row.pop("spots", None)
        used = {place for _, text in leaves(row) for place in places(text)}
        assert used - may - {"host", "mail_domain"} == set(), lang


def test_both_languages_tell_the_same_of_each_check() -> None:
    """Vietnamese readers get every part that English readers get."""
    for check_id in words("en").check_ids | words("vi").check_ids:
        found = [{key for key, _ in leaves(words(lang).row(check_id) or {})} for lang in LANGUAGES]
        assert found[0] == found[1], check_id


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_words_are_composed_and_never_grant_a_label(lang: Language) -> None:
    """NFC, so that search works; and no page may say that a label was granted."""
    told = words(lang)
    texts = [text for _, text in leaves(told.interface)]
    texts += [text for i in told.check_ids for _, text in leaves(told.row(i) or {})]
    for text in texts:
        assert unicodedata.is_normalized("NFC", text), text
        assert "được cấp nhãn" not in text.lower()
        assert "label granted" not in text.lower()


def test_words_missing_in_vietnamese_are_told_in_english_and_marked() -> None:
    """Nothing is left out, and nobody takes it for a translation."""
    english = Words("en", {"a": {"b": "hello"}}, {"x": {"title": "All is well", "met": "yes"}})
    told = Words("vi", {"common": {"in_english": "[tiếng Anh] {text}"}}, {}, english)
    assert told.ui("a.b") == "[tiếng Anh] hello"
    assert told.check("x").title == "[tiếng Anh] All is well"
    assert told.check("never-heard-of").title == "[tiếng Anh] Never heard of"


def test_a_value_is_never_a_template() -> None:
    """What a server sent is put in once and never looked into."""
    assert fill("{a} {b}", {"a": "{b} {0} %s {a.__class__}", "b": "x"}) == (
        "{b} {0} %s {a.__class__} x"
    )
    assert fill("{a} {missing} {Upper} {}", {"a": "1"}, missing="?") == "1 ? {Upper} {}"


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (["Một.", "Hai."], ("Một.", "Hai.")),
        ("1. Một.\n2) Hai.\n- Ba.\n", ("Một.", "Hai.", "Ba.")),
        ("Một.", ("Một.",)),
        ("", ()),
    ],
)
def test_steps(how: object, expected: tuple[str, ...]) -> None:
    """A list, or a text with a step on each line."""
    assert steps(how) == expected


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [
        (None, "(không rõ)", "(unknown)"),
        (True, "có", "yes"),
        (404, "404", "404"),
        (2026, "2026", "2026"),
        (31_536_000, "31.536.000", "31,536,000"),
        (99.25, "99,25", "99.25"),
        (float("inf"), "inf", "inf"),
        ("2026-11-01", "01/11/2026", "1 Nov 2026"),
        (
            "2026-11-01T18:30:00+00:00",
            "01:30 ngày 02/11/2026",
            "2 Nov 2026, 01:30",
        ),
        ("2026-99-99", "2026-99-99", "2026-99-99"),
        ("a\x1b[31m\u202eb", "a␛[31m‹U+202E›b", "a␛[31m‹U+202E›b"),
        ("שלום", "\u2068שלום\u2069", "\u2068שלום\u2069"),
    ],
)
def test_values(value: str | int | float | bool | None, vi: str, en: str) -> None:
    """Numbers, days and moments as each language writes them; hostile signs made visible."""
    assert words("vi").value(value) == vi
    assert words("en").value(value) == en


@pytest.mark.parametrize(
    ("n", "of", "percent"),
    [
        (0, 8, "0 %"),
        (1, 8, "12,5 %"),
        (8, 8, "100 %"),
        (1, 5000, "< 0,1 %"),
        (4999, 5000, "> 99,9 %"),
    ],
)
def test_a_share_never_rounds_some_to_none(n: int, of: int, percent: str) -> None:
    """Nor nearly all to all."""
    assert words("vi").percent(n, of) == percent


def test_plurals_and_moments() -> None:
    """English has two forms; days are those of the readers."""
    assert words("en").count("unit.not_ready", 1).endswith("1 required criterion is not met.")
    assert words("en").count("unit.not_ready", 2).endswith("2 required criteria are not met.")
    assert words("en").with_unit(1, "days") == "1 day"
    assert words("vi").with_unit(12, "days") == "12 ngày"
    assert words("vi").with_unit(3, "parsecs") == "3 parsecs"
    moment = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
    assert words("vi").moment(moment) == "02:30 ngày 22/11/2026 (giờ Việt Nam)"


def test_no_such_language() -> None:
    """Said at once."""
    with pytest.raises(ValueError, match="no such language"):
        words("fr")
