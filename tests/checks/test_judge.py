"""The border between evidence and finding: our own bugs end there, and nothing stands in for evidence."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.uptime import Uptime
from checks.judge import judge, not_built
from checks.spec import (
    WORST_FIRST,
    Answer,
    Check,
    Finding,
    Limits,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    Untested,
    captured,
    check,
    untested,
    worst,
)
from inventory.model import Site

AS_JSON = TypeAdapter(Finding)

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SITE = Site(unit="u1", url="https://school.example/", host="school.example")
SEEN_UPTIME = Uptime(planned=1, interval_s=1.0, samples=())


class Bar(Limits):
    min_samples: int


def made(ask: Callable[[Seen, Bar], Answer]) -> Check[Bar]:
    """A check that answers as told, with one declared reason."""
    return check(
        id="uptime-above-target",
        title="Up",
        family="reach",
        needs=(Uptime,),
        limits=Bar,
        reasons=("too-few",),
        revision=3,
    )(ask)


def asked(
    ask: Callable[[Seen, Bar], Answer],
    evidence: Mapping[type[Payload], Payload | NotCaptured] | None = None,
    limits: Mapping[str, Any] | None = None,
) -> Finding:
    return judge(
        made(ask),
        {"min_samples": 1} if limits is None else limits,
        "u1",
        SITE,
        {Uptime: SEEN_UPTIME} if evidence is None else evidence,
        NOW,
        ("hash-1",),
    )


def counted(seen: Seen, limits: Bar) -> Answer:
    planned = seen.get(Uptime).planned
    outcome = Outcome.MET if planned >= limits.min_samples else Outcome.NOT_MET
    reason = "" if outcome is Outcome.MET else "too-few"
    measured = (Measured("samples", planned, limits.min_samples, "count"),)
    return Answer(outcome, measured, reason, "a note", "192.0.2.1")


def test_an_answer_becomes_a_finding() -> None:
    """With all that was measured, the limits, the evidence and the moment."""
    finding = asked(counted, limits={"min_samples": 2})
    assert (finding.unit, finding.site, finding.check) == ("u1", SITE.url, "uptime-above-target")
    assert (finding.family, finding.revision, finding.as_of) == ("reach", 3, NOW)
    assert (finding.outcome, finding.reason) == (Outcome.NOT_MET, "too-few")
    assert (finding.note, finding.address, finding.cause) == ("a note", "192.0.2.1", None)
    assert finding.limits == {"min_samples": 2}
    assert finding.evidence == ("hash-1",)
    (measured,) = finding.measured
    assert (measured.name, measured.value, measured.required) == ("samples", 1, 2)
    assert measured.unit == "count"


@pytest.mark.parametrize("least", [1, 2])
def test_the_same_evidence_twice_gives_the_same_bytes(least: int) -> None:
    """Replay compares byte for byte."""
    first, again = (asked(counted, limits={"min_samples": least}) for _ in range(2))
    assert AS_JSON.dump_json(first) == AS_JSON.dump_json(again)


def test_a_check_that_raises_is_broken() -> None:
    """The note says where, and nothing of the machine it happened on."""

    def fails(seen: Seen, limits: Bar) -> Answer:
        raise ZeroDivisionError("no samples")

    finding = asked(fails)
    assert (finding.outcome, finding.cause) == (Outcome.BROKEN, Cause.INTERNAL_ERROR)
    assert finding.note.startswith("ZeroDivisionError: no samples (test_judge.py:")
    assert finding.note.endswith(", in fails)")
    assert AS_JSON.dump_json(finding) == AS_JSON.dump_json(asked(fails))


def test_a_broken_note_is_bounded() -> None:
    """A hostile value may be in the message."""

    def fails(seen: Seen, limits: Bar) -> Answer:
        raise RuntimeError("x" * 10_000)

    assert len(asked(fails).note) == 500


def test_a_models_refusal_inside_a_check_is_not_blamed_on_the_limits() -> None:
    """It is a bug of the check like any other."""

    def fails(seen: Seen, limits: Bar) -> Answer:
        Uptime.model_validate({})
        return Answer(Outcome.MET)

    finding = asked(fails)
    assert finding.outcome is Outcome.BROKEN
    assert finding.note.startswith("ValidationError")


def test_a_reason_that_was_not_declared_is_broken() -> None:
    """It would have no words for readers."""
    finding = asked(lambda seen, limits: Answer(Outcome.NOT_MET, reason="made-up"))
    assert (finding.outcome, finding.cause) == (Outcome.BROKEN, Cause.INTERNAL_ERROR)
    assert finding.note == "undeclared reason 'made-up'"


@pytest.mark.parametrize(
    ("limits", "note"),
    [
        pytest.param({}, "min_samples: Field required", id="missing"),
        pytest.param({"min_samples": 1, "x": 1}, "x: Extra inputs", id="unknown"),
        pytest.param({"min_samples": "1"}, "min_samples: Input should be", id="wrong-kind"),
        pytest.param({"min_samples": True}, "min_samples: Input should be", id="a-yes"),
    ],
)
def test_limits_that_do_not_fit_are_broken(limits: dict[str, Any], note: str) -> None:
    """No check is asked under a bar that nobody set; the bar as given stays in the finding."""
    finding = asked(counted, limits=limits)
    assert (finding.outcome, finding.cause) == (Outcome.BROKEN, Cause.INTERNAL_ERROR)
    assert note in finding.note
    assert finding.limits == limits


@pytest.mark.parametrize("cause", Cause)
def test_what_was_not_captured_keeps_its_cause(cause: Cause) -> None:
    """Nothing stands in for missing evidence."""
    missing = NotCaptured(cause=cause, detail="why")
    finding = asked(counted, {Uptime: missing})
    assert (finding.outcome, finding.cause, finding.note) == (Outcome.NOT_TESTED, cause, "why")


def test_what_was_never_looked_for_was_not_run() -> None:
    """An evidence kind that the run did not plan."""
    finding = asked(counted, {})
    assert (finding.outcome, finding.cause) == (Outcome.NOT_TESTED, Cause.NOT_RUN)


def test_evidence_under_the_wrong_name_is_our_bug() -> None:
    """The store mixed up two kinds."""

    class Other(Uptime):
        pass

    finding = asked(
        lambda seen, limits: Answer(Outcome.MET, note=str(seen.get(Other))), {Other: SEEN_UPTIME}
    )
    assert finding.outcome is Outcome.BROKEN
    assert "Other holds a Uptime" in finding.note


def test_a_check_may_say_itself_that_nothing_can_be_concluded() -> None:
    """With a bounded detail."""

    def gives_up(seen: Seen, limits: Bar) -> Answer:
        untested(Cause.TOO_FEW_SAMPLES, "x" * 600)

    finding = asked(gives_up)
    assert (finding.outcome, finding.cause) == (Outcome.NOT_TESTED, Cause.TOO_FEW_SAMPLES)
    assert finding.note == "x" * 500


def test_captured_hands_out_what_was_captured() -> None:
    """And raises for what was not."""
    assert captured(3) == 3
    with pytest.raises(Untested) as nothing:
        captured(NotCaptured(cause=Cause.RESET))
    assert nothing.value.missing.cause is Cause.RESET


@pytest.mark.parametrize("cause", [None, Cause.NOT_PERMITTED])
def test_a_check_that_nobody_wrote_is_not_tested(cause: Cause | None) -> None:
    """Not built, unless another cause is given; revision 0 stands for no check at all."""
    arguments = ("links-alive", "content", {"x": 1}, "u1", SITE, NOW)
    finding = not_built(*arguments) if cause is None else not_built(*arguments, cause)
    assert (finding.outcome, finding.revision) == (Outcome.NOT_TESTED, 0)
    assert finding.cause is (cause or Cause.NOT_BUILT)
    assert (finding.check, finding.family, finding.limits) == ("links-alive", "content", {"x": 1})


def test_a_check_needs_no_limits_to_be_asked() -> None:
    """But takes none either."""
    bare = check(id="a", title="A", family="f", needs=(), limits=NoLimits)(
        lambda seen, limits: Answer(Outcome.MET)
    )
    assert judge(bare, {}, "u1", SITE, {}, NOW).outcome is Outcome.MET
    assert judge(bare, {"x": 1}, "u1", SITE, {}, NOW).outcome is Outcome.BROKEN
    assert (bare.revision, bare.reasons) == (1, frozenset())


# --- worst


def at(outcome: Outcome) -> Callable[[], Answer]:
    return lambda: Answer(outcome)


@given(st.lists(st.sampled_from(Outcome), min_size=1, max_size=6))
def test_the_worst_place_is_named(outcomes: list[Outcome]) -> None:
    """The first of the worst, by its own name."""
    answer = worst((f"place-{n}", at(outcome)) for n, outcome in enumerate(outcomes))
    assert answer.outcome is min(outcomes, key=WORST_FIRST.index)
    assert answer.address == f"place-{outcomes.index(answer.outcome)}"


@given(st.lists(st.sampled_from(Outcome), min_size=1, max_size=6))
def test_an_open_place_is_never_a_yes(outcomes: list[Outcome]) -> None:
    """One address that could not be looked at keeps the question open."""
    answer = worst(("place", at(outcome)) for outcome in outcomes)
    if answer.outcome is Outcome.MET:
        assert set(outcomes) <= {Outcome.MET, Outcome.NOT_APPLICABLE}
    if answer.outcome is Outcome.NOT_APPLICABLE:
        assert set(outcomes) == {Outcome.NOT_APPLICABLE}


def test_every_outcome_has_its_place_in_the_order() -> None:
    """Two lists of the same thing must not drift."""
    assert sorted(WORST_FIRST) == sorted(Outcome)


def test_a_place_that_could_not_be_looked_at_keeps_its_cause() -> None:
    """And the places after it are still looked at."""

    def silent() -> Answer:
        untested(Cause.CONNECT_TIMEOUT, "5 s")

    answer = worst([("a", silent), ("b", at(Outcome.MET))])
    assert (answer.outcome, answer.cause) == (Outcome.NOT_TESTED, Cause.CONNECT_TIMEOUT)
    assert (answer.address, answer.note) == ("a", "5 s")
    assert worst([("a", silent), ("b", at(Outcome.NOT_MET))]).address == "b"


def test_a_place_that_names_itself_keeps_its_name() -> None:
    """An answer may be more exact than the list it came from."""
    assert worst([("a", lambda: Answer(Outcome.MET, address="a:443"))]).address == "a:443"


def test_without_any_place_nothing_is_concluded() -> None:
    """No address was seen, so none was good."""
    with pytest.raises(Untested) as nothing:
        worst([])
    assert nothing.value.missing.cause is Cause.NO_ADDRESS
