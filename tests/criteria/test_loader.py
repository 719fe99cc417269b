"""Whatever is wrong in an edition's file is told with its line and how to mend it."""

import hashlib
from datetime import date
from importlib import resources
from typing import Any

import pytest

from checks.criteria.loader import (
    CriteriaError,
    CriteriaProblem,
    citations,
    known_checks,
    load_shipped,
    parse,
)
from checks.criteria.model import Citation, Edition, Sureness
from checks.evidence.uptime import Uptime
from checks.spec import Answer, Check, Limits, Outcome, Seen, check


class RenewalLimits(Limits):
    min_days_left: int
    names: list[str]


@check(
    id="certificate-renewed-in-time",
    title="Renewed",
    family="tls",
    needs=(Uptime,),
    limits=RenewalLimits,
)
def renewed(seen: Seen, limits: RenewalLimits) -> Answer:
    return Answer(Outcome.MET)


CHECKS: dict[str, Check[Any]] = {renewed.id: renewed}

HEAD = """schema_version = 1
label = "mine"
edition = "1"
title_vi = "Của tôi"
title_en = "Mine"
issued_on = 2026-11-22
"""
CRITERION = """
[[criterion]]
id = "one"
text_vi = "Một"
text_en = "One"
level = "required"
cites = ["rfc-8996"]
[[criterion.all_of]]
check = "certificate-renewed-in-time"
limits = { min_days_left = 21, names = ["a"] }
"""
WHOLE = HEAD + CRITERION


def problems(text: str | bytes) -> tuple[CriteriaProblem, ...]:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(CriteriaError) as refused:
        parse(data, "mine.toml", CHECKS)
    assert all(p.file == "mine.toml" and p.message and p.mend for p in refused.value.problems)
    assert len(str(refused.value).splitlines()) == len(refused.value.problems)
    return refused.value.problems


def test_a_sound_file_is_an_edition() -> None:
    """With the hash of its bytes."""
    edition = parse(WHOLE.encode(), "mine.toml", CHECKS)
    assert edition.name == "mine-1"
    assert edition.issued_on == date(2026, 11, 22)
    assert edition.sha256 == hashlib.sha256(WHOLE.encode()).hexdigest()
    assert [criterion.id for criterion in edition.criteria] == ["one"]


def test_a_byte_order_mark_is_passed_over() -> None:
    """Notepad writes one."""
    assert parse(b"\xef\xbb\xbf" + WHOLE.encode(), "mine.toml", CHECKS).name == "mine-1"


def test_a_check_that_is_not_built_keeps_its_limits_unread() -> None:
    """The catalogue names it; nobody has written it yet."""
    later = WHOLE.replace("certificate-renewed-in-time", "links-alive")
    assert parse(later.encode(), "mine.toml", CHECKS).criteria[0].clauses[0].check == "links-alive"


@pytest.mark.parametrize(
    ("old", "new", "line", "criterion", "message", "mend"),
    [
        pytest.param("min_days_left = 21, ", "", 15, "one", "'min_days_left' of certificate-renewed-in-time is missing", "Add min_days_left = <int>.", id="limit-missing"),
        pytest.param(', names = ["a"]', "", 15, "one", "'names' of certificate-renewed-in-time is missing", "Add names = <list>.", id="list-missing"),
        pytest.param("names =", "nmes =", 16, "one", "has no limit 'nmes'", "Did you mean 'names'?", id="limit-misnamed"),
        pytest.param("= 21", '= "21"', 16, "one", "limit 'min_days_left' of certificate-renewed-in-time: Input should be a valid integer, not '21'", "right kind", id="limit-of-the-wrong-kind"),
        pytest.param("= 21", "= true", 16, "one", "not True", "right kind", id="a-yes-is-no-number"),
        pytest.param('"certificate-renewed-in-time"', '"certificate-renewed"', 15, "one", "check 'certificate-renewed' is not known", "Did you mean 'certificate-renewed-in-time'?", id="check-unknown"),
        pytest.param('"certificate-renewed-in-time"', '"staff-trained"', 15, "one", "decided by a document", 'attested = "staff-trained"', id="document-as-check"),
        pytest.param("rfc-8996", "rfc-8997", 13, "one", "citation 'rfc-8997' is not known", "Did you mean 'rfc-8996'?", id="citation-unknown"),
        pytest.param('"required"', '"must"', 12, "one", "key 'level': Input should be", "right kind", id="level-unknown"),
        pytest.param("text_en", "text_eng", 9, "one", "key 'text_en' is missing", "Add text_en", id="key-missing"),
        pytest.param("text_en", "text_eng", 11, "one", "key 'text_eng' is not known", "Did you mean 'text_en'?", id="key-unknown"),
        pytest.param('check = "', 'chek = "', 9, "one", "key 'all_of.0.check' is missing", "Add check", id="clause-key-missing"),
        pytest.param('check = "', 'chek = "', 15, "one", "key 'all_of.0.chek' is not known", "Did you mean 'check'?", id="clause-key-unknown"),
        pytest.param('id = "one"\n', "", None, "number 1", "key 'id' is missing", "Add id", id="id-missing"),
        pytest.param("[[criterion.all_of]]", 'attested = "staff-trained"\n[[criterion.all_of]]', 9, "one", "give exactly one of all_of, any_of, attested", "Mend", id="two-ways-to-decide"),
        pytest.param("cites =", "attested_min_level = 2\ncites =", 9, "one", "attested_min_level stands without attested", "Mend", id="level-without-document"),
        pytest.param('title_en = "Mine"\n', "", None, "", "key 'title_en' is missing", "Add title_en", id="edition-key-missing"),
        pytest.param('title_en = "Mine"\n', 'title_en = "Mine"\ntitel = "x"\n', None, "", "key 'titel' is not known", "Did you mean 'title_", id="edition-key-unknown"),
        pytest.param("[[criterion]]", "[[criteria]]", None, "", "key 'criteria' is not known", "Did you mean 'criterion'?", id="criteria-misnamed"),
        pytest.param(CRITERION, "", None, "", "the edition has no criteria", "[[criterion]]", id="no-criteria"),
        pytest.param(CRITERION, "criterion = 3\n", None, "", "criterion is not a list of tables", "[[criterion]]", id="criterion-is-no-table"),
        pytest.param(CRITERION, "leave_out = []\n" + CRITERION, None, "", "leave_out is given, and extends is not", "Name the edition", id="leave-out-without-base"),
        pytest.param('label = "mine"', "label = mine", 2, "", "this is not TOML", "Mend this line", id="broken-line"),
        pytest.param('["a"] }\n', '["a"', 16, "", "this is not TOML", "Mend this line", id="broken-at-the-end"),
        pytest.param("= 21", "= " + "9" * 5000, 16, "", "this is not TOML", "Mend this line", id="endless-number"),
        pytest.param("= 21", "= " + "[" * 20000, 16, "", "this is not TOML", "Mend this line", id="endless-nesting"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(
    old: str, new: str, line: int | None, criterion: str, message: str, mend: str
) -> None:
    """Line, criterion, what it is and how to mend it."""
    text = WHOLE.replace(old, new, 1)
    if "[[criteria]]" in text:
        text = text.replace("[[criterion.all_of]]", "[[criteria.all_of]]")
    told = problems(text)
    assert any(
        (p.line, p.criterion) == (line, criterion) and message in p.message and mend in p.mend
        for p in told
    ), [str(p) for p in told]


def test_an_id_given_twice_is_told_once_with_the_second_line() -> None:
    """The model's own refusal is not repeated beside it."""
    (problem,) = problems(WHOLE + CRITERION)
    assert (problem.line, problem.criterion) == (19, "one")
    assert "given twice" in problem.message


def test_an_attested_row_must_be_one() -> None:
    """A check that a probe answers needs no document."""
    text = HEAD + CRITERION.partition("[[criterion.all_of]]")[0] + 'attested = "staff-trainde"\n'
    (problem,) = problems(text)
    assert problem.line == 14
    assert problem.mend == "Did you mean 'staff-trained'?"


def test_a_file_that_is_not_utf8_names_the_line() -> None:
    """Old editors still write other encodings."""
    (problem,) = problems(WHOLE.encode().replace("Một".encode(), b"M\xf4t"))
    assert problem.line == 10
    assert "UTF-8" in problem.message


def test_every_problem_is_told_at_once() -> None:
    """One round of mending, not five."""
    text = WHOLE.replace("rfc-8996", "rfc-0").replace("= 21", '= "21"').replace("names", "nmes")
    assert len(problems(text)) == 4


def test_a_problem_reads_as_one_line() -> None:
    """File, line, criterion, message, mend."""
    assert (
        str(CriteriaProblem("a.toml", "wrong", "Mend.", "one", 3)) == "a.toml:3 [one]: wrong. Mend."
    )
    assert str(CriteriaProblem("a.toml", "wrong", "Mend.")) == "a.toml: wrong. Mend."


EXTENDING = HEAD + 'extends = "nen-tang-website-2026-11"\n'
OVERRIDE = """
[[override]]
criterion = "hsts-enforced"
check = "hsts-enforced"
limits = { min_max_age_s = 15768000 }
"""


def limits_of(edition: Edition, criterion: str) -> dict[str, Any]:
    (found,) = (c for c in edition.criteria if c.id == criterion)
    return found.clauses[0].limits


def test_an_edition_may_extend_a_shipped_one() -> None:
    """Limits that are named change, criteria are left out and added, the base itself stays as it is."""
    text = EXTENDING + 'leave_out = ["old-tls-off"]\n' + OVERRIDE + CRITERION
    edition = parse(text.encode(), "mine.toml", {})
    base = load_shipped("nen-tang-website-2026-11")
    ids = [criterion.id for criterion in edition.criteria]
    expected = [criterion.id for criterion in base.criteria if criterion.id != "old-tls-off"]
    assert ids == [*expected, "one"]
    assert limits_of(edition, "hsts-enforced") == {"min_max_age_s": 15_768_000}
    assert limits_of(base, "hsts-enforced") == {"min_max_age_s": 31_536_000}


def test_the_hash_of_an_extending_file_covers_its_base() -> None:
    """A verdict under it names both files by one hash."""
    folder = resources.files("checks.criteria") / "data"
    base = (folder / "nen-tang-website-2026-11.toml").read_bytes()
    expected = hashlib.sha256(hashlib.sha256(base).digest() + EXTENDING.encode()).hexdigest()
    assert parse(EXTENDING.encode(), "mine.toml", {}).sha256 == expected


@pytest.mark.parametrize(
    ("added", "line", "message", "mend"),
    [
        pytest.param(OVERRIDE.replace("min_max_age_s", "min_age_s"), 12, "hsts-enforced has no limit 'min_age_s' in the base", "Did you mean 'min_max_age_s'?", id="limit-misnamed"),
        pytest.param(OVERRIDE.replace('check = "hsts-enforced"', 'check = "hsts"'), 10, "a clause that the base does not have: hsts-enforced / hsts", "Did you mean 'hsts-enforced / hsts-enforced'?", id="clause-unknown"),
        pytest.param(OVERRIDE.replace("hsts-enforced", "old-tls-off").replace("min", "max"), 12, "old-tls-off has no limit", "There is none.", id="no-limits-at-all"),
        pytest.param(OVERRIDE.replace("limits =", "bounds ="), 10, "exactly three keys", "limits = ", id="key-misnamed"),
        pytest.param(OVERRIDE.replace("{ min_max_age_s = 15768000 }", "3"), 10, "exactly three keys", "limits = ", id="limits-is-no-table"),
        pytest.param("override = 3", None, "override is not a list of tables", "[[override]]", id="override-is-no-list"),
        pytest.param("leave_out = 3", None, "leave_out is not a list", "leave_out = [", id="leave-out-is-no-list"),
        pytest.param('leave_out = ["hsts-enforce"]', None, "leave_out names no criterion of the base: 'hsts-enforce'", "Did you mean 'hsts-enforced'?", id="left-out-unknown"),
        pytest.param(CRITERION.replace('"one"', '"hsts-enforced"'), 10, "criterion id 'hsts-enforced' is given twice", "another id", id="id-of-the-base"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_an_extending_file_is_told(
    added: str, line: int | None, message: str, mend: str
) -> None:
    """The line is the one of the file at hand, not of the base."""
    told = problems(EXTENDING + added)
    assert any(p.line == line and message in p.message and mend in p.mend for p in told), [
        str(p) for p in told
    ]


@pytest.mark.parametrize("base", ['"nen-tang-web-2026-11"', "3"])
def test_an_unknown_base_is_told(base: str) -> None:
    """Only shipped editions can be extended; a user's own file is whole or extends one of them."""
    (problem,) = problems(HEAD + f"extends = {base}\n")
    assert "extends names no shipped edition" in problem.message
    assert "nen-tang-website-2026-11" in problem.mend


def test_an_unknown_shipped_name_is_told() -> None:
    """With the nearest one."""
    with pytest.raises(CriteriaError, match="Did you mean 'cap-do-2-2026-11'"):
        load_shipped("cap-do-2")


def test_what_the_loader_hands_out_is_the_callers_own() -> None:
    """Nobody can change what the next one gets."""
    citations().clear()
    known_checks().clear()
    assert citations()
    assert known_checks()


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(date(2026, 6, 30), False, id="the-day-before"),
        pytest.param(date(2026, 7, 1), True, id="the-first-day"),
        pytest.param(date(2027, 6, 30), True, id="the-last-day"),
        pytest.param(date(2027, 7, 1), False, id="the-day-after"),
    ],
)
def test_a_citation_is_in_force_between_its_days(*, day: date, expected: bool) -> None:
    """Both ends included."""
    text = Citation(
        id="x",
        title_vi="x",
        title_en="x",
        sureness=Sureness.SEEN,
        valid_from=date(2026, 7, 1),
        valid_to=date(2027, 6, 30),
    )
    assert text.in_force(day) is expected


def test_a_citation_without_days_is_taken_to_be_in_force() -> None:
    """What is not known does not end a text."""
    text = Citation(id="x", title_vi="x", title_en="x", sureness=Sureness.SEEN)
    assert text.in_force(date(1990, 1, 1))


def test_a_model_refuses_ids_given_twice_on_its_own() -> None:
    """An edition that was not read from a file is held to the same rule."""
    edition = load_shipped("cap-do-2-2026-11")
    with pytest.raises(ValueError, match="given twice: cd2-available"):
        Edition.model_validate(
            {**edition.model_dump(), "criteria": [*edition.criteria, edition.criteria[-5]]}
        )
