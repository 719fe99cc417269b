"""The gate's decision: what shuts it, what makes it doubt, and what it never says."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.assessment import Assessment
from checks.baselines import baseline_of, past_of_file
from checks.changes import OPEN, ChangeKind, compare
from checks.criteria.model import Clause, Criterion, Level
from checks.evidence.base import Cause
from checks.gating import (
    NOT_PLANNED,
    Decision,
    Doubt,
    FailOn,
    Past,
    Policy,
    Result,
    Why,
    decide_gate,
    past_of_run,
)
from checks.spec import Outcome
from inventory.model import Excuse, Role, UnitKind
from tests.builders.judged import (
    answer,
    assessed,
    criterion,
    edition,
    run,
    site,
    telling,
    unit,
)

MET, NOT_MET, REVIEW = Outcome.MET, Outcome.NOT_MET, Outcome.NEEDS_REVIEW
NONE_OF_IT, UNTESTED, BROKEN = Outcome.NOT_APPLICABLE, Outcome.NOT_TESTED, Outcome.BROKEN
CHECKS = ("https-offered", "hsts-enforced", "nosniff-set")
LEVELS = dict(zip(CHECKS, Level, strict=True))
BY_DEFAULT = Policy()
Told = dict[str, dict[str, Outcome]]
"""Unit → check → outcome; a check left out is met."""


def judged(
    told: Told,
    *,
    id: str = "now",
    held: str = "",
    state: str = "complete",
    cause: Cause = Cause.CONNECT_TIMEOUT,
    excuses: tuple[Excuse, ...] = (),
    criteria: tuple[Criterion, ...] = (),
) -> Assessment:
    """A run: one criterion for each check, at the three levels in turn."""
    rules = criteria or tuple(criterion(c, c, level=level) for c, level in LEVELS.items())
    units = []
    for name, outcomes in told.items():
        of = unit(name, excuses=tuple(e for e in excuses if e.unit == name))
        place = site(of)
        said = {
            check: answer(outcome, "", cause if outcome in OPEN else None)
            for check, outcome in outcomes.items()
        }
        units.append((of, [(place, telling(place, said))]))
    return assessed((edition(*rules),), units, of_run=run(id=id, held=held, state=state))


def against(before: Assessment, now: Assessment, told: Assessment | None = None) -> Past:
    """A stored run as the yardstick."""
    said = (told or before).findings
    return past_of_run(compare(said, before, now), said, before)


def gated(
    before: Told, now: Told, policy: Policy = BY_DEFAULT, told: Told | None = None
) -> Decision:
    """The gate over two runs."""
    was, here = judged(before, id="earlier"), judged(now)
    return decide_gate(policy, here, against(was, here, judged(told) if told is not None else None))


def failing(decision: Decision) -> list[tuple[str, str]]:
    """What keeps it shut."""
    return [(row.finding.unit, row.finding.check) for row in decision.failing]


def doubts(decision: Decision) -> list[Doubt]:
    """Why it cannot tell."""
    return [one.doubt for one in decision.why]


ALL_CHANGES = frozenset({FailOn.REGRESSED, FailOn.NEW, FailOn.TO_REVIEW})


@pytest.mark.parametrize(
    ("before", "now", "by_default", "by_all"),
    [
        (MET, MET, False, False),
        (MET, NOT_MET, True, True),
        (NOT_MET, NOT_MET, False, False),
        (NOT_MET, MET, False, False),
        (MET, REVIEW, False, True),
        # It was a fault, and is now a question: better rather than worse.
        (NOT_MET, REVIEW, False, False),
        (REVIEW, NOT_MET, False, True),
        (NONE_OF_IT, NOT_MET, False, True),
        (NONE_OF_IT, MET, False, False),
        (NONE_OF_IT, REVIEW, False, False),
        (MET, NONE_OF_IT, False, False),
    ],
)
def test_what_shuts_it(before: Outcome, now: Outcome, by_default: bool, by_all: bool) -> None:
    """By default a regression alone; by ``--fail-on`` what else got worse."""
    told = {"a": {"https-offered": before}}, {"a": {"https-offered": now}}
    for shut, fail_on in ((by_default, Policy().fail_on), (by_all, ALL_CHANGES)):
        decision = gated(*told, Policy(fail_on=fail_on))
        assert decision.result is (Result.FAILED if shut else Result.PASSED)
        assert failing(decision) == ([("a", "https-offered")] if shut else [])
        assert decision.why == ()


@pytest.mark.parametrize(
    ("level", "counted"),
    [(Level.REQUIRED, 1), (Level.RECOMMENDED, 2), (Level.ADVANCED, 3)],
)
def test_levels(level: Level, counted: int) -> None:
    """The least strict level that counts; what lies below is not even listed."""
    worse = dict.fromkeys(CHECKS, NOT_MET)
    decision = gated({"a": {}}, {"a": worse}, Policy(level=level))
    assert [check for _, check in failing(decision)] == sorted(CHECKS[:counted])
    assert len(decision.rows) == counted


def test_a_level_is_that_of_the_criteria_that_apply() -> None:
    """Not of a criterion for another kind of unit, another role, or other limits; of several the strictest."""
    rules = (
        criterion("for-others", CHECKS[0], level=Level.REQUIRED, kinds=(UnitKind.THPT,)),
        criterion("for-mail", CHECKS[0], level=Level.REQUIRED).model_copy(
            update={"roles": (Role.MAIL,)}
        ),
        criterion("for-all", CHECKS[0], level=Level.ADVANCED),
        criterion("also", CHECKS[0], level=Level.RECOMMENDED),
        criterion("other-limits", CHECKS[0], level=Level.REQUIRED).model_copy(
            update={"all_of": (Clause(check=CHECKS[0], limits={"n": 1}),)}
        ),
    )
    now = judged({"a": {}}, criteria=rules)
    decision = decide_gate(Policy(level=Level.ADVANCED), now, None)
    assert {str(r.finding.limits): r.level for r in decision.rows} == {
        "{}": Level.RECOMMENDED,
        "{'n': 1}": Level.REQUIRED,
    }


def test_what_decides_nothing_does_not_count() -> None:
    """A finding that no criterion asks for is in no row."""
    now = judged({"a": {}})
    extra = replace(now.findings[0], check="observatory-grade", outcome=NOT_MET)
    now = now.model_copy(update={"findings": (*now.findings, extra)})
    decision = decide_gate(Policy(level=Level.ADVANCED), now, None)
    assert {row.finding.check for row in decision.rows} == set(CHECKS)


@pytest.mark.parametrize(
    ("policy", "shut"),
    [
        (Policy(), ["a", "b"]),
        (Policy(units=frozenset({"a"})), ["a"]),
        (Policy(sites=frozenset({"https://b.edu.vn/"})), ["b"]),
        (Policy(sites=frozenset({"b.edu.vn", "a.edu.vn"})), ["a", "b"]),
        (Policy(units=frozenset({"a"}), sites=frozenset({"c.edu.vn"})), []),
        (Policy(units=frozenset({"c"})), []),
    ],
)
def test_filters(policy: Policy, shut: list[str]) -> None:
    """By unit, by address, by host; with a filter that leaves nothing nothing can be told."""
    worse = {CHECKS[0]: NOT_MET}
    decision = gated({"a": {}, "b": {}, "c": {}}, {"a": worse, "b": worse, "c": {}}, policy)
    assert [one for one, _ in failing(decision)] == shut
    if policy.units and policy.sites:
        assert (decision.result, doubts(decision)) == (
            Result.COULD_NOT_TELL,
            [Doubt.NOTHING_COMPARED],
        )
    else:
        assert decision.result is (Result.FAILED if shut else Result.PASSED)


@pytest.mark.parametrize("lists", [False, True])
@pytest.mark.parametrize(
    ("until", "excused"), [(date(2026, 11, 22), True), (date(2026, 11, 21), False)]
)
def test_an_excuse(until: date, excused: bool, lists: bool) -> None:
    """On its last day it still covers its finding, the day after no more; it covers no other check."""
    excuse = Excuse(unit="a", check=CHECKS[0], reason="đang sửa", granted_by="PGD", until_on=until)
    worse = {CHECKS[0]: NOT_MET, CHECKS[1]: NOT_MET}
    now = judged({"a": worse}, excuses=(excuse,))
    policy = Policy(fail_on=frozenset({FailOn.NOT_MET if lists else FailOn.REGRESSED}))
    decision = decide_gate(policy, now, against(judged({"a": {}}, id="earlier"), now))
    shut = [("a", CHECKS[1])] if excused else [("a", CHECKS[1]), ("a", CHECKS[0])]
    assert failing(decision) == shut
    assert [row.excuse for row in decision.rows] == [None, excuse if excused else None]
    assert decision.result is Result.FAILED


def test_not_met_itself() -> None:
    """It shuts the gate whatever it was before, and needs no baseline."""
    now = judged({"a": {CHECKS[0]: NOT_MET}})
    policy = Policy(fail_on=frozenset({FailOn.NOT_MET}))
    assert not policy.compares
    assert failing(decide_gate(policy, now, None)) == [("a", CHECKS[0])]
    assert decide_gate(policy, judged({"a": {}}), None).result is Result.PASSED


@pytest.mark.parametrize(
    ("cause", "result"),
    [
        (Cause.CONNECT_TIMEOUT, Result.COULD_NOT_TELL),
        *((cause, Result.PASSED) for cause in sorted(NOT_PLANNED)),
    ],
)
def test_not_met_with_silence(cause: Cause, result: Result) -> None:
    """What could not be looked at is not met by absence; what the run never set out to find is set aside."""
    now = judged({"a": {CHECKS[0]: UNTESTED}}, cause=cause)
    decision = decide_gate(Policy(fail_on=frozenset({FailOn.NOT_MET})), now, None)
    assert decision.result is result
    if result is Result.COULD_NOT_TELL:
        assert decision.why == (Why(Doubt.UNTESTED, "1/2"),)
        assert (decision.untold, decision.asked) == (1, 2)


@pytest.mark.parametrize(
    ("pct", "result"),
    [(25.0, Result.PASSED), (24.9, Result.COULD_NOT_TELL), (100.0, Result.PASSED)],
)
def test_untested(pct: float, result: Result) -> None:
    """One of four answers that were met is none now: exactly at the share it passes."""
    decision = gated(
        {"a": {}, "b": {}}, {"a": {CHECKS[0]: UNTESTED}, "b": {}}, Policy(max_untested_pct=pct)
    )
    assert decision.result is result
    assert (decision.lost, decision.met_before) == (1, 4)
    assert [row.lost for row in decision.rows].count(True) == 1


def test_a_regression_beside_silence_is_still_one() -> None:
    """What is seen is true, however much was not seen."""
    decision = gated(
        {"a": {}, "b": {}},
        {"a": dict.fromkeys(CHECKS, UNTESTED), "b": {CHECKS[0]: NOT_MET}},
    )
    assert (decision.result, doubts(decision)) == (Result.FAILED, [Doubt.UNTESTED])


def test_evidence_that_nobody_can_read_any_more() -> None:
    """Told as met then, open under the rules of today, not met now: nobody can tell whose doing that is."""
    decision = gated(
        {"a": {CHECKS[0]: UNTESTED}},
        {"a": {CHECKS[0]: NOT_MET}},
        told={"a": {CHECKS[0]: MET}},
    )
    assert failing(decision) == []
    assert (decision.lost, decision.met_before) == (1, 2)
    assert doubts(decision) == [Doubt.UNTESTED]
    well = gated({"a": {CHECKS[0]: UNTESTED}}, {"a": {}}, told={"a": {CHECKS[0]: MET}})
    assert (well.result, well.lost) == (Result.PASSED, 0)


@pytest.mark.parametrize(
    ("id", "state", "held", "earlier_held", "doubt"),
    [
        ("now", "stopped", "", "", Doubt.NOT_COMPLETE),
        ("now", "running", "", "", Doubt.NOT_COMPLETE),
        ("now", "complete", "line", "", Doubt.HELD),
        ("now", "complete", "", "line", Doubt.BASELINE_HELD),
    ],
)
def test_a_run_that_accuses_nobody(
    id: str, state: str, held: str, earlier_held: str, doubt: Doubt
) -> None:
    """Nothing shuts the gate and nothing is called worse, by a stored run and by a file."""
    before = judged({"a": {}}, id="earlier", held=earlier_held)
    now = judged({"a": {CHECKS[0]: NOT_MET}}, id=id, state=state, held=held)
    policy = Policy(fail_on=frozenset(FailOn), require_ready=doubt is not Doubt.BASELINE_HELD)
    if doubt is Doubt.BASELINE_HELD:
        policy = Policy()
    pasts = [against(before, now)]
    if not earlier_held:
        pasts.append(past_of_file(baseline_of(before), now))
    for past in pasts:
        decision = decide_gate(policy, now, past)
        assert decision.result is Result.COULD_NOT_TELL
        assert doubt in doubts(decision)
        assert failing(decision) == []
        assert {row.kind for row in decision.rows} == {None}


def test_a_held_baseline_leaves_what_needs_none() -> None:
    """Not met is not met, whatever the other run was."""
    before, now = judged({"a": {}}, held="line"), judged({"a": {CHECKS[0]: NOT_MET}})
    policy = Policy(fail_on=frozenset({FailOn.REGRESSED, FailOn.NOT_MET}))
    decision = decide_gate(policy, now, against(before, now))
    assert decision.result is Result.FAILED


def test_no_baseline() -> None:
    """A doubt that was known before is the answer, unless what needs no baseline shuts the gate."""
    why = [Why(Doubt.NO_BASELINE, "latest-before")]
    now = judged({"a": {CHECKS[0]: NOT_MET}})
    assert decide_gate(Policy(), now, None, why).result is Result.COULD_NOT_TELL
    both = Policy(fail_on=frozenset({FailOn.REGRESSED, FailOn.NOT_MET}))
    assert decide_gate(both, now, None, why).result is Result.FAILED


def test_other_sites_compare_with_nothing() -> None:
    """A baseline of other schools clears nobody."""
    decision = gated({"a": {}}, {"b": {CHECKS[0]: NOT_MET}})
    assert (decision.result, doubts(decision)) == (
        Result.COULD_NOT_TELL,
        [Doubt.NOTHING_COMPARED],
    )


def test_a_new_site_beside_known_ones() -> None:
    """Nothing is known of it before, so nothing of it got worse."""
    decision = gated({"a": {}}, {"a": {}, "b": dict.fromkeys(CHECKS, NOT_MET)})
    assert decision.result is Result.PASSED


@pytest.mark.parametrize(
    ("confirmed", "result"),
    [
        (None, Result.FAILED),
        (frozenset({"https://a.edu.vn/"}), Result.FAILED),
        (frozenset({"https://b.edu.vn/"}), Result.COULD_NOT_TELL),
        (frozenset[str](), Result.COULD_NOT_TELL),
    ],
)
def test_confirmed(confirmed: frozenset[str] | None, result: Result) -> None:
    """Without the second look a regression is no accusation, and no clean bill either."""
    decision = gated({"a": {}}, {"a": {CHECKS[0]: NOT_MET}}, replace(Policy(), confirmed=confirmed))
    assert decision.result is result
    if result is Result.COULD_NOT_TELL:
        assert decision.why == (Why(Doubt.UNCONFIRMED, "1"),)
        assert failing(decision) == []


def test_confirmed_is_about_changes_only() -> None:
    """Whoever asks for *not met* itself trusts the one look."""
    policy = Policy(fail_on=frozenset(FailOn), confirmed=frozenset())
    decision = gated({"a": {}}, {"a": {CHECKS[0]: NOT_MET}}, policy)
    assert (decision.result, decision.why) == (Result.FAILED, ())


@pytest.mark.parametrize(
    ("told", "result", "not_ready", "undecided"),
    [
        ({"a": {}}, Result.PASSED, (), ()),
        ({"a": {CHECKS[0]: NOT_MET}}, Result.FAILED, ("a",), ()),
        ({"a": {CHECKS[0]: REVIEW}}, Result.COULD_NOT_TELL, (), ("a",)),
        ({"a": {CHECKS[0]: NOT_MET}, "b": {CHECKS[0]: UNTESTED}}, Result.FAILED, ("a",), ("b",)),
        # Only what is required decides readiness.
        ({"a": {CHECKS[1]: NOT_MET}}, Result.PASSED, (), ()),
    ],
)
def test_require_ready(
    told: Told, result: Result, not_ready: tuple[str, ...], undecided: tuple[str, ...]
) -> None:
    """Not ready shuts it, undecided makes it doubt."""
    policy = Policy(fail_on=frozenset(), require_ready=True)
    decision = decide_gate(policy, judged(told), None)
    assert (decision.result, decision.not_ready, decision.undecided) == (
        result,
        not_ready,
        undecided,
    )


def test_readiness_of_the_units_that_are_asked_for() -> None:
    """Another unit's readiness is nobody's business."""
    policy = Policy(fail_on=frozenset(), require_ready=True, units=frozenset({"a"}))
    now = judged({"a": {}, "b": {CHECKS[0]: NOT_MET}})
    assert decide_gate(policy, now, None).result is Result.PASSED


# ---- what it never says -----------------------------------------------------------------------------

OUTCOMES = st.fixed_dictionaries(
    {one: st.dictionaries(st.sampled_from(CHECKS), st.sampled_from(Outcome)) for one in "ab"}
)
POLICIES = st.builds(
    Policy,
    fail_on=st.sets(st.sampled_from(sorted(ALL_CHANGES)), min_size=1).map(frozenset),
    level=st.sampled_from(Level),
    max_untested_pct=st.sampled_from([0.0, 20.0, 100.0]),
)


def outcome_of(told: Told, unit_id: str, check: str) -> Outcome:
    """What was said of a check."""
    return told[unit_id].get(check, MET)


@settings(max_examples=60, deadline=None)
@given(OUTCOMES, OUTCOMES, OUTCOMES, POLICIES, st.booleans())
def test_it_is_shut_only_by_what_both_runs_saw(
    told: Told, before: Told, now: Told, policy: Policy, by_file: bool
) -> None:
    """An open answer on either side never shuts it; *regressed* is met before and not met now, and nothing else."""
    was, here = judged(before, id="earlier"), judged(now)
    past = past_of_file(baseline_of(was), here) if by_file else against(was, here, judged(told))
    decision = decide_gate(policy, here, past)
    for row in decision.rows:
        before_it = outcome_of(before, row.finding.unit, row.finding.check)
        if row.kind is ChangeKind.REGRESSED:
            assert (before_it, row.finding.outcome) == (MET, NOT_MET)
        if row.fails:
            assert before_it not in OPEN
            assert row.finding.outcome in (NOT_MET, REVIEW)
            assert before_it is not row.finding.outcome
    assert (decision.result is Result.FAILED) == bool(decision.failing)


@settings(max_examples=30, deadline=None)
@given(OUTCOMES, OUTCOMES, POLICIES, st.booleans())
def test_equal_evidence_never_shuts_it(
    told: Told, seen: Told, policy: Policy, by_file: bool
) -> None:
    """Whatever was told of it then: a change of rules alone is no regression."""
    was, here = judged(seen, id="earlier"), judged(seen)
    past = past_of_file(baseline_of(was), here) if by_file else against(was, here, judged(told))
    decision = decide_gate(policy, here, past)
    assert decision.result is not Result.FAILED
    assert not any(row.kind is ChangeKind.REGRESSED for row in decision.rows)


@settings(max_examples=30, deadline=None)
@given(OUTCOMES, OUTCOMES, POLICIES, st.sampled_from(["revision", "limits", "lists", "shipped"]))
def test_a_file_of_other_rules_never_shuts_it(
    before: Told, now: Told, policy: Policy, other: str
) -> None:
    """Another revision, other limits, other lists: nobody can tell the site's part from ours."""
    here = judged(now)
    baseline = baseline_of(judged(before, id="earlier"))
    if other == "shipped":
        baseline = baseline.model_copy(update={"shipped_lists": "0" * 64})
    else:
        changes: dict[str, dict[str, object]] = {
            "revision": {"revision": 99},
            "limits": {"limits": "0" * 16},
            "lists": {},
        }
        change = changes[other]
        sites = tuple(
            one.model_copy(
                update={"answers": tuple(a.model_copy(update=change) for a in one.answers)}
            )
            for one in baseline.sites
        )
        baseline = baseline.model_copy(update={"sites": sites})
    if other == "lists":
        # Of these checks none asks a list of the operator's: they are compared as ever.
        baseline = baseline.model_copy(
            update={"lists": ()},
        )
        assert past_of_file(baseline, here).rules_changed == 0
        return
    decision = decide_gate(policy, here, past_of_file(baseline, here))
    assert decision.result is Result.COULD_NOT_TELL
    assert Doubt.NOTHING_COMPARED in doubts(decision)
    assert decision.failing == ()
