"""The life of an excuse, run by run; and what tells one fault from another."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.catalogue import CATALOGUE
from checks.days import day_of
from checks.excuses import (
    NO_BOOK,
    Accepted,
    Book,
    Death,
    Life,
    accepted,
    name_of,
    names_of,
    still,
    stored,
    told,
)
from checks.spec import Finding, Measured, Outcome
from inventory.model import Excuse

FIRST = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
SITE = "https://school.example/"
NAMES = frozenset({"no-secure", "no-samesite"})
UNTIL = date(2026, 11, 10)


def excuse(until_on: date = UNTIL, **more: object) -> Excuse:
    """An excuse of the cookies."""
    whole = {
        "unit": "u1",
        "check": "cookies-protected",
        "reason": "chờ nhà cung cấp",
        "granted_by": "Sở",
        "until_on": until_on,
        **more,
    }
    return Excuse.model_validate(whole)


def found(words: str, at: datetime = FIRST, revision: int = 1) -> list[Finding]:
    """Findings from words: ``not-met:reason no-secure=PHPSESSID days=12``; several are parted by `` + ``."""
    return [_finding(part.split(), at, revision) for part in words.split(" + ") if part]


def _finding(words: list[str], at: datetime, revision: int) -> Finding:
    outcome, _, reason = words[0].partition(":")
    measured = [word.partition("=") for word in words[1:]]
    return Finding(
        unit="u1",
        site=SITE,
        check="cookies-protected",
        revision=revision,
        family="http",
        outcome=Outcome(outcome),
        reason=reason,
        measured=tuple(
            Measured(name, int(value) if value.isdigit() else value) for name, _, value in measured
        ),
        as_of=at,
    )


def lived(of: Excuse, runs: list[str], settles: Mapping[int, bool] | None = None) -> list[Accepted]:
    """One run a day, each as the one before left it."""
    told_of: list[Accepted] = []
    book = NO_BOOK
    for day, words in enumerate(runs):
        at = FIRST + timedelta(days=day)
        one = accepted(
            of,
            SITE,
            found(words, at),
            NAMES,
            at,
            book,
            settles=(settles or {}).get(day, True),
        )
        if stored(one):
            book = Book({**book.lives, (one.name, one.site): one.life})
        told_of.append(one)
    return told_of


@pytest.mark.parametrize(
    ("runs", "covered", "why"),
    [
        pytest.param(["not-met:a", "not-met:a"], "++", None, id="as-it-was"),
        pytest.param(["not-met:a", "not-met:b"], "+-", "changed", id="another-reason"),
        pytest.param(["not-met:a", "needs-review:a"], "+-", "changed", id="another-outcome"),
        pytest.param(["not-met:a days=3", "not-met:a days=4"], "++", None, id="a-mere-number"),
        pytest.param(
            ["not-met:a no-secure=X", "not-met:a no-secure=X no-samesite=X"], "+-", "changed",
            id="another-weak-spot",
        ),
        pytest.param(
            ["not-met:a no-secure=X", "not-met:a no-secure=Y"], "+-", "changed",
            id="the-spot-elsewhere",
        ),
        pytest.param(
            ["not-met:a no-secure=X no-samesite=X", "not-met:a no-secure=X"], "++", None,
            id="one-of-two-spots-mended",
        ),
        pytest.param(
            ["not-met:a no-secure=X no-samesite=X", "not-met:a no-secure=X",
             "not-met:a no-secure=X no-samesite=X"], "++-", "changed",
            id="one-of-two-spots-mended-and-back",
        ),
        pytest.param(["not-met:a", "met", "not-met:a"], "+--", "mended", id="mended-and-back"),
        pytest.param(
            ["not-met:a", "not-applicable", "not-met:a"], "+--", "mended", id="no-question-and-back"
        ),
        pytest.param(["not-met:a", "not-tested", "not-met:a"], "+-+", None, id="not-tested-between"),
        pytest.param(["not-met:a", "broken", "not-met:a"], "+-+", None, id="broken-between"),
        pytest.param(["not-met:a", "", "not-met:a"], "+-+", None, id="not-asked-between"),
        pytest.param(["not-met:a", "not-tested", "not-met:b"], "+--", "changed", id="changed-unseen"),
        pytest.param(["met", "met", "not-met:a"], "--+", None, id="granted-before-the-fault"),
        pytest.param(["not-tested", "not-met:a", "not-met:b"], "-+-", "changed", id="bound-later"),
        pytest.param(["not-met:a", "not-met:b", "not-met:a"], "+--", "changed", id="dead-stays-dead"),
        pytest.param(["not-met:a", "met", "met"], "+--", "mended", id="dies-once"),
        # Several bars, and so several findings of one check.
        pytest.param(
            ["not-met:a + met", "not-met:a + not-met:a"], "++", None, id="under-another-bar-too"
        ),
        pytest.param(["not-met:a + met", "met + not-met:b"], "+-", "changed", id="other-bar-other-fault"),
        pytest.param(["not-met:a + met", "met + not-tested", "not-met:a"], "+-+", None, id="half-seen"),
    ],
)  # fmt: skip
def test_the_life_of_an_excuse(runs: list[str], covered: str, why: str | None) -> None:
    """It covers what was accepted, as long as that is what is found."""
    told_of = lived(excuse(), runs)
    assert "".join("+" if one.covers else "-" for one in told_of) == covered
    assert told_of[-1].life.why == why
    assert (told_of[-1].died_on is not None) == (why is not None)


@pytest.mark.parametrize(
    ("at", "covers", "why"),
    [
        pytest.param("2026-11-01T03:00:00", True, None, id="begun"),
        pytest.param("2026-11-10T16:59:59", True, None, id="last-second-of-its-last-day"),
        pytest.param("2026-11-10T17:00:00", False, "date", id="the-day-after-in-vietnam"),
        pytest.param("2026-10-30T16:59:59", False, None, id="the-day-before-it-was-granted"),
        pytest.param("2026-10-30T17:00:00", True, None, id="the-day-it-was-granted"),
    ],
)
def test_its_days(at: str, covers: bool, why: str | None) -> None:
    """Days are those of the schools: they end at 17:00 UTC."""
    moment = datetime.fromisoformat(f"{at}+00:00")
    of = excuse(granted_on=date(2026, 10, 31))
    one = accepted(of, SITE, found("not-met:a"), NAMES, moment)
    assert (one.covers, one.life.why) == (covers, why)
    assert one.died_on == (UNTIL if why else None)


def test_a_date_kills_what_was_bound_and_nothing_revives_it() -> None:
    """The death by date is read from the date: nothing about it is stored."""
    bound = Book({(name_of(excuse()), SITE): Life("r1 a not-met")})
    late = accepted(excuse(), SITE, found("not-met:a"), NAMES, FIRST + timedelta(30), bound)
    assert (late.covers, late.life.why, stored(late)) == (False, Death.DATE, False)


@pytest.mark.parametrize("later", ["not-met:b", "met", "not-met:a no-secure=X"])
def test_a_partial_or_held_run_settles_nothing(later: str) -> None:
    """It neither binds nor kills; but what is not what was accepted is not excused by it either."""
    first, second, third = lived(excuse(), ["not-met:a", later, "not-met:a"], {1: False})
    assert (first.covers, second.covers, third.covers) == (True, False, True)
    assert third.life.why is None
    (unbound,) = lived(excuse(), ["not-met:a"], {0: False})
    assert (unbound.covers, unbound.life.told) == (True, "")


def test_somebody_ended_it() -> None:
    """From that moment; and a death before it stays what it was."""
    book = Book(ended={name_of(excuse()): FIRST})
    one = accepted(excuse(), SITE, found("not-met:a"), NAMES, FIRST, book)
    assert (one.covers, one.life.why, one.died_on) == (False, Death.ENDED, day_of(FIRST))
    assert not stored(one)
    mended = Life("r1 a not-met", Death.MENDED, FIRST - timedelta(3))
    dead = Book({(name_of(excuse()), SITE): mended}, book.ended)
    assert accepted(excuse(), SITE, [], NAMES, FIRST, dead).life == mended


def test_bound_from_the_start() -> None:
    """An excuse that says what was accepted is bound to that, and to nothing that came later."""
    of = excuse(finding=told(found("not-met:a"), NAMES))
    assert [one.covers for one in lived(of, ["not-met:a"])] == [True]
    assert [one.life.why for one in lived(of, ["not-met:b"])] == [Death.CHANGED]
    assert [one.life.why for one in lived(of, ["met"])] == [Death.MENDED]


def test_a_rewritten_check_is_not_the_sites_doing() -> None:
    """Another revision of the check may tell the same site otherwise: the excuse is bound anew, and lives."""
    bound = Book({(name_of(excuse()), SITE): Life(told(found("not-met:a"), NAMES))})
    anew = found("not-met:b", revision=2)
    one = accepted(excuse(), SITE, anew, NAMES, FIRST, bound)
    assert (one.covers, one.life.told) == (True, "r2 b not-met")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("not-met", "not-met days=12", True, id="not-a-spot"),
        pytest.param("not-met no-secure=5", "not-met no-secure=6", True, id="how-many"),
        pytest.param("not-met no-secure=5", "not-met no-secure=0", False, id="none-at-all"),
        pytest.param("not-met no-secure=", "not-met", True, id="nowhere"),
        pytest.param("not-met no-secure=a, no-samesite=b", "not-met no-samesite=b no-secure=a,", True, id="order"),
        pytest.param("not-met no-secure=abc1", "not-met no-secure=abc2", False, id="a-number-within-a-name"),
        pytest.param("not-met no-secure=10.0.0.1", "not-met no-secure=10.0.0.2", False, id="an-address"),
        pytest.param("not-met no-secure='nonce-abc'", "not-met no-secure='nonce-xyz'", True, id="a-nonce"),
        pytest.param("not-met:no-secure no-secure=X", "not-met:no-samesite no-secure=X", False, id="reason-without-its-spot"),
        pytest.param("met", "not-tested", True, id="no-fault-at-all"),
    ],
)  # fmt: skip
def test_what_tells_faults_apart(one: str, other: str, *, same: bool) -> None:
    """Names of things and places do; counts do not."""
    assert (told(found(one), NAMES) == told(found(other), NAMES)) is same


def test_parts_of_a_place_are_told_one_by_one() -> None:
    """So that mending one of two cookies is no other finding, and a third one is."""
    spots = {"two": "A, B", "one": "B", "three": "A, B, C", "many": "lop-5a.csv: 12 × •, B"}
    texts = {
        name: told(
            [replace(found("not-met:a")[0], measured=(Measured("no-secure", where),))], NAMES
        )
        for name, where in spots.items()
    }
    assert still(texts["two"], texts["one"])
    assert not still(texts["two"], texts["three"])
    assert not still(texts["one"], texts["two"])
    again = replace(
        found("not-met:a")[0], measured=(Measured("no-secure", "lop-5a.csv: 7 × •, B"),)
    )
    assert told([again], NAMES) == texts["many"]


def test_whose_spots() -> None:
    """Reasons, spots, and what a check says names what is at fault; of an unknown check nothing."""
    assert names_of(None) == frozenset()
    known = CATALOGUE["libraries-safe"]
    assert names_of(known) == known.reasons | {"faulty"}
    assert "link-size" in names_of(CATALOGUE["no-hidden-links"])


def test_the_name_of_an_excuse() -> None:
    """Its record's; else one of its content, without what it was bound to."""
    assert name_of(excuse(record="ab12")) == "ab12"
    assert name_of(excuse()) == name_of(excuse(finding="r1 not-met"))
    others = [excuse(number="1/QĐ"), excuse(site=SITE), excuse(date(2026, 11, 11))]
    others += [excuse(reason="x"), excuse(granted_by="x"), excuse(granted_on=FIRST.date())]
    names = {name_of(one) for one in (*others, excuse())}
    assert len(names) == len(others) + 1


def test_an_excuse_in_order() -> None:
    """It cannot end before it begins."""
    with pytest.raises(ValueError, match="until_on lies before granted_on"):
        excuse(granted_on=date(2026, 11, 11))


WORDS = [
    "not-met:a",
    "not-met:b",
    "needs-review:a",
    "met",
    "not-applicable",
    "not-tested",
    "broken",
    "",
]


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_it_dies_once_and_covers_only_what_it_is_bound_to(runs: list[str]) -> None:
    """Whatever comes: dead stays dead, for the same reason and day; and only a fault is ever covered."""
    told_of = lived(excuse(until_on=date(2027, 1, 1)), runs)
    for before, after in pairwise(told_of):
        if before.life.why is not None:
            assert (after.life, after.covers) == (before.life, False)
    for one, words in zip(told_of, runs, strict=True):
        if one.covers:
            assert one.life.told == told(found(words), NAMES) != ""


@given(st.lists(st.sampled_from(WORDS), max_size=8), st.integers(0, 7))
def test_looks_that_say_nothing_change_nothing(runs: list[str], at: int) -> None:
    """A run that did not see the site might as well not have been."""
    long = excuse(until_on=date(2027, 1, 1))
    blind = [*runs[:at], "not-tested", *runs[at:]]
    whole, other = lived(long, runs), lived(long, blind)
    assert (whole[-1].life.why if whole else None) == other[-1].life.why
    assert (whole[-1].life.told if whole else "") == other[-1].life.told
