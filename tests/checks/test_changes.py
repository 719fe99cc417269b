"""Two runs held against each other: the table of what may become of an answer, and what is never said."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.assessment import Assessment
from checks.changes import (
    OPEN,
    ChangeKind,
    Comparison,
    compare,
    key_of_finding,
    kind_of,
    levels_of,
)
from checks.criteria.model import Clause, Level
from checks.evidence.base import SIDE_OF, Cause, Side
from checks.spec import Finding, Outcome
from checks.verdicts import ReadinessState
from tests.builders.judged import (
    answer,
    assessed,
    criterion,
    edition,
    finding,
    run,
    site,
    telling,
    unit,
)

MET, NOT_MET, REVIEW = Outcome.MET, Outcome.NOT_MET, Outcome.NEEDS_REVIEW
NONE_OF_IT, UNTESTED, BROKEN = Outcome.NOT_APPLICABLE, Outcome.NOT_TESTED, Outcome.BROKEN
CHECK = "https-offered"
SITE = site(unit())


def said(outcome: Outcome, cause: Cause | None = None) -> Finding:
    """One answer."""
    return finding(SITE, Clause(check=CHECK), answer(outcome, "", cause))


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (MET, MET, None),
        (NOT_MET, NOT_MET, None),
        (REVIEW, REVIEW, None),
        (NONE_OF_IT, NONE_OF_IT, None),
        (MET, NOT_MET, ChangeKind.REGRESSED),
        (NOT_MET, MET, ChangeKind.IMPROVED),
        (REVIEW, MET, ChangeKind.IMPROVED),
        # Nobody knows that it was any better before.
        (REVIEW, NOT_MET, ChangeKind.NEW),
        (MET, REVIEW, ChangeKind.TO_REVIEW),
        (NOT_MET, REVIEW, ChangeKind.TO_REVIEW),
        (NONE_OF_IT, NOT_MET, ChangeKind.NEW),
        (NONE_OF_IT, MET, ChangeKind.NEW),
        (NONE_OF_IT, REVIEW, ChangeKind.NEW),
        (MET, NONE_OF_IT, ChangeKind.GONE),
        (NOT_MET, NONE_OF_IT, ChangeKind.GONE),
        (REVIEW, NONE_OF_IT, ChangeKind.GONE),
    ],
)
def test_two_answers(before: Outcome, after: Outcome, kind: ChangeKind | None) -> None:
    """Every pair of answers about the site."""
    assert kind_of(said(before), said(after)) is kind


@pytest.mark.parametrize("told", [MET, NOT_MET, REVIEW, NONE_OF_IT])
@pytest.mark.parametrize("silent", [UNTESTED, BROKEN])
@pytest.mark.parametrize("cause", [None, *Cause])
def test_silence_on_one_side(told: Outcome, silent: Outcome, cause: Cause | None) -> None:
    """Our own doing changes the coverage; everything else is neutral; neither is better or worse."""
    ours = cause is not None and SIDE_OF[cause] is Side.US
    kind = ChangeKind.COVERAGE_CHANGED if ours else ChangeKind.NEUTRAL
    assert kind_of(said(told), said(silent, cause)) is kind
    assert kind_of(said(silent, cause), said(told)) is kind


def test_silence_on_both_sides_and_no_question() -> None:
    """Two silences are no change, whatever their causes; a question that one side did not ask is coverage."""
    timeout, broken = said(UNTESTED, Cause.CONNECT_TIMEOUT), said(BROKEN, Cause.INTERNAL_ERROR)
    assert kind_of(timeout, broken) is None
    assert kind_of(None, said(NOT_MET)) is ChangeKind.COVERAGE_CHANGED
    assert kind_of(said(MET), None) is ChangeKind.COVERAGE_CHANGED


@given(st.sampled_from(Outcome), st.sampled_from(Outcome), st.sampled_from([None, *Cause]))
def test_regressed_is_only_what_was_met_and_is_not(
    before: Outcome, after: Outcome, cause: Cause | None
) -> None:
    """And improved only what is met."""
    kind = kind_of(
        said(before, cause if before in OPEN else None),
        said(after, cause if after in OPEN else None),
    )
    assert (kind is ChangeKind.REGRESSED) == (before is MET and after is NOT_MET)
    if kind is ChangeKind.IMPROVED:
        assert after is MET
        assert before not in OPEN


# ---- whole runs -------------------------------------------------------------------------------------


def assessment(
    outcomes: dict[str, Outcome | None],
    *,
    id: str = "run",
    held: str = "",
    level: Level = Level.REQUIRED,
    also: Iterable[str] = (),
) -> Assessment:
    """Units by id with the outcome of their one check; ``None``: the unit is there without its site."""
    rules = (edition(criterion("c1", CHECK, level=level), *(criterion(c, c) for c in also)),)
    units = []
    for name, outcome in outcomes.items():
        of = unit(name)
        sites = []
        if outcome is not None:
            cause = Cause.CONNECT_TIMEOUT if outcome is UNTESTED else None
            place = site(of)
            sites = [(place, telling(place, {CHECK: answer(outcome, "", cause)}))]
        units.append((of, sites))
    return assessed(rules, units, of_run=run(id=id, held=held))


def compared(
    before: dict[str, Outcome | None],
    after: dict[str, Outcome | None],
    told: dict[str, Outcome | None] | None = None,
) -> Comparison:
    """Two runs; ``told`` where the earlier one was told otherwise than its evidence is judged now."""
    was = assessment(before if told is None else told)
    return compare(was.findings, assessment(before, id="earlier"), assessment(after, id="later"))


def kinds(comparison: Comparison) -> list[tuple[str, str]]:
    """Units and what became of their answer."""
    return [(change.unit, change.kind.value) for change in comparison.changes]


def test_a_comparison() -> None:
    """Each change once, in the order of the units; the same answers are counted, silences are not."""
    found = compared(
        {"a": MET, "b": NOT_MET, "c": MET, "d": MET, "e": UNTESTED},
        {"a": NOT_MET, "b": MET, "c": MET, "d": UNTESTED, "e": UNTESTED},
    )
    assert (found.earlier, found.later, found.held) == ("earlier", "later", "")
    assert kinds(found) == [("a", "regressed"), ("b", "improved"), ("d", "neutral")]
    assert found.same == 1
    assert [change.check for change in found.of(ChangeKind.REGRESSED)] == [CHECK]
    assert found.of(ChangeKind.NEW, ChangeKind.GONE) == ()
    regressed = found.changes[0]
    assert regressed.before is not None
    assert regressed.after is not None
    assert (regressed.before.outcome, regressed.after.outcome) == (MET, NOT_MET)


def test_rules_alone_change_nothing_about_the_site() -> None:
    """The same evidence told otherwise is *rules changed*, and no regression beside it."""
    found = compared({"a": NOT_MET}, {"a": NOT_MET}, told={"a": MET})
    assert kinds(found) == [("a", "rules-changed")]
    assert found.same == 1


def test_rules_and_site_change_at_once() -> None:
    """Both are told, each for itself."""
    found = compared({"a": NOT_MET}, {"a": MET}, told={"a": REVIEW})
    assert kinds(found) == [("a", "improved"), ("a", "rules-changed")]


@pytest.mark.parametrize(
    ("told", "judged", "changed"),
    [
        pytest.param(MET, MET, False, id="same"),
        pytest.param(MET, NOT_MET, True, id="other"),
        pytest.param(MET, UNTESTED, True, id="told-then-open-now"),
        pytest.param(UNTESTED, NOT_MET, True, id="open-then-told-now"),
        pytest.param(UNTESTED, BROKEN, False, id="open-both-times"),
    ],
)
def test_told_otherwise(told: Outcome, judged: Outcome, changed: bool) -> None:
    """Only an answer on at least one side makes it another answer."""
    found = compared({"a": judged}, {"a": judged}, told={"a": told})
    assert (("a", "rules-changed") in kinds(found)) is changed


def test_a_check_that_is_asked_for_the_first_time() -> None:
    """Of a site that was told of: the rules changed.  Of a site of which nothing was ever told: nothing did."""
    other = "hsts-enforced"
    told = assessment({"a": MET, "b": MET})
    before = assessment({"a": MET, "b": MET}, also=[other])
    half = [one for one in told.findings if one.unit == "a"]
    found = compare(half, before, before)
    assert [(c.unit, c.check, c.kind.value) for c in found.changes] == [
        ("a", other, "rules-changed")
    ]


def test_a_check_that_is_asked_no_more() -> None:
    """Told then, asked of nobody now: the rules changed, the site did nothing."""
    told = assessment({"a": NOT_MET}, also=["hsts-enforced"])
    now = assessment({"a": NOT_MET})
    found = compare(told.findings, now, now)
    assert [(c.check, c.kind.value) for c in found.changes] == [("hsts-enforced", "rules-changed")]


def test_a_check_that_only_one_run_looked_for() -> None:
    """It is coverage, whichever side it is."""
    small, large = assessment({"a": NOT_MET}), assessment({"a": NOT_MET}, also=["hsts-enforced"])
    for before, after in ((small, large), (large, small)):
        found = compare(before.findings, before, after)
        assert [change.kind.value for change in found.changes] == ["coverage-changed"]


def test_units_and_sites_come_and_go() -> None:
    """They are listed, and their answers are compared with nothing."""
    found = compared({"a": MET, "b": MET, "c": None}, {"a": None, "c": NOT_MET, "d": NOT_MET})
    assert found.changes == ()
    assert (found.units_new, found.units_gone) == (("d",), ("b",))
    assert found.sites_new == (("c", "https://c.edu.vn/"), ("d", "https://d.edu.vn/"))
    assert found.sites_gone == (("a", "https://a.edu.vn/"), ("b", "https://b.edu.vn/"))


@pytest.mark.parametrize("side", ["before", "after"])
def test_a_held_run_tells_nothing(side: str) -> None:
    """Neither better nor worse, whichever of the two is held; what went out of question stays told."""
    before = assessment(
        {"a": MET, "b": NOT_MET, "c": MET, "d": MET}, held="line" if side == "before" else ""
    )
    after = assessment(
        {"a": NOT_MET, "b": MET, "c": REVIEW, "d": NONE_OF_IT},
        held="line" if side == "after" else "",
    )
    found = compare(before.findings, before, after)
    assert found.held == "line"
    assert kinds(found) == [("a", "neutral"), ("b", "neutral"), ("c", "neutral"), ("d", "gone")]


def test_readiness() -> None:
    """Only what differs; a unit of one run only has nothing on the other side."""
    found = compared({"a": MET, "b": MET, "c": MET}, {"a": NOT_MET, "b": MET, "d": UNTESTED})
    ready, not_ready = ReadinessState.READY, ReadinessState.NOT_READY
    assert found.readiness == (
        ("a", ready, not_ready),
        ("c", ready, None),
        ("d", None, ReadinessState.UNDECIDED),
    )


def test_the_name_of_an_answer() -> None:
    """The order of limits within limits, and lists read back as lists, make no other answer; a figure does."""

    def key(limits: dict[str, object]) -> tuple[str, ...]:
        return key_of_finding(finding(SITE, Clause(check=CHECK, limits=limits), answer()))

    assert key({}) == (SITE.unit, SITE.url, CHECK, "")
    assert key({"a": {"x": 1, "y": [2]}, "b": 3}) == key({"b": 3, "a": {"y": [2], "x": 1}})
    assert key({"a": 1}) != key({"a": 2})
    assert key({"a": 1}) != key({})


@settings(max_examples=40)
@given(
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from(Outcome), min_size=1),
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from(Outcome), min_size=1),
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from(Outcome), min_size=1),
)
def test_what_a_comparison_never_says(
    told: dict[str, Outcome | None],
    before: dict[str, Outcome | None],
    after: dict[str, Outcome | None],
) -> None:
    """Regressed only by the site; a run against itself changes nothing but by rules; each answer is in one place."""
    found = compared(before, after, told)
    for change in found.of(ChangeKind.REGRESSED):
        assert (before[change.unit], after[change.unit]) == (MET, NOT_MET)
    both = before.keys() & after.keys()
    about_sites = [c for c in found.changes if c.kind is not ChangeKind.RULES_CHANGED]
    assert {c.unit for c in about_sites} <= both
    assert len(about_sites) == len({c.unit for c in about_sites})
    silent = sum(before[one] in OPEN and after[one] in OPEN for one in both)
    assert found.same + len(about_sites) + silent == len(both)
    again = compared(before, before, told)
    assert {c.kind for c in again.changes} <= {ChangeKind.RULES_CHANGED}
    assert again.readiness == ()


def test_levels() -> None:
    """The strictest of all criteria and editions that ask for a check."""
    one = edition(
        criterion("r", "x", level=Level.RECOMMENDED),
        criterion("a", "y", "x", level=Level.ADVANCED),
        criterion("d", attested="z"),
    )
    two = edition(criterion("b", "y", level=Level.REQUIRED), label="khac")
    assert levels_of((one, two)) == {"x": Level.RECOMMENDED, "y": Level.REQUIRED}
    assert levels_of(()) == {}
