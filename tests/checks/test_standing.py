"""How answers stand over the runs: what is confirmed, what is told, what goes to and fro."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.events import OPENING, EventKind
from checks.spec import Outcome
from checks.standing import Standing, advanced, begun, under_new_rules
from inventory.settings import Confirming

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
TWO_OF_THREE = Confirming()
LETTERS = {
    "m": Outcome.MET,
    "f": Outcome.NOT_MET,
    "r": Outcome.NEEDS_REVIEW,
    "a": Outcome.NOT_APPLICABLE,
    "-": Outcome.NOT_TESTED,
    "b": Outcome.BROKEN,
}
SHORT = {
    EventKind.REGRESSED: "W",
    EventKind.NEW_FAULT: "N",
    EventKind.TO_REVIEW: "R",
    EventKind.RECOVERED: "G",
    EventKind.UNSTEADY: "U",
}


def played(runs: str, confirm: Confirming = TWO_OF_THREE) -> tuple[str, Standing | None]:
    """The runs one after the other, the first of them the first look; what each told, and how it stands."""
    standing = begun(LETTERS[runs[0]], START)
    told = "."
    for day, letter in enumerate(runs[1:], 1):
        step = advanced(standing, LETTERS[letter], START + day * DAY, confirm)
        standing = step.standing
        if standing is not None and step.told is not None:
            key = f"{day:032x}" if step.told in OPENING else ""
            standing = Standing(
                standing.settled,
                standing.trail,
                standing.since,
                standing.known_before,
                key,
                standing.unsteady,
            )
        told += SHORT[step.told] if step.told else "."
    return told, standing


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        pytest.param("mmmm", "....", id="well"),
        pytest.param("ffff", "....", id="a fault from the first look is no news"),
        pytest.param("mf", "..", id="one run tells nothing"),
        pytest.param("mff", "..W", id="two in a row"),
        pytest.param("mfmm", "....", id="a bad day"),
        pytest.param("mfmf", "...W", id="two of three, not in a row"),
        pytest.param("mfmmf", ".....", id="two of four are not two of three"),
        pytest.param("m-f-f", "....W", id="runs that could not tell count for nothing"),
        pytest.param("mfbf", "...W", id="nor do broken ones"),
        pytest.param("mffm", "..W.", id="one good run is no recovery"),
        pytest.param("mffmm", "..W.G", id="two are"),
        pytest.param("mffm-m", "..W..G", id="also with a gap"),
        pytest.param("ffmm", "...G", id="what was never told may get better all the same"),
        pytest.param("fmm", "...", id="a first look may err"),
        pytest.param("mrr", "..R", id="to be looked at"),
        pytest.param("mrrmm", "..R.G", id="looked at"),
        pytest.param("mrrrr", "..R..", id="told once"),
        pytest.param("rrmm", "....", id="a person is needed no longer, and nobody was told"),
        pytest.param("rff", "..N", id="from review to fault"),
        pytest.param("mffrr", "..W.R", id="from fault to review"),
        pytest.param("aff", "..N", id="a question that made no sense"),
        pytest.param("mffaa", "..W.G", id="the fault went with the question"),
        pytest.param("-ff", "..N", id="never answered before"),
        pytest.param("-mmff", "....W", id="answered well, then worse"),
        pytest.param("-mm", "...", id="never answered before, and well"),
        pytest.param("-aa", "...", id="never answered before, and no question"),
        pytest.param("mmfmfmfmfm", "....W.....", id="every other day: one alert"),
        pytest.param("mmrmfmrmf", ".....U...", id="to and fro in three: unsteady, once"),
        pytest.param("mmrmfmrmmm", ".....U...G", id="and steady again"),
        pytest.param("mmrmfmrfff", ".....U...W", id="or steadily bad"),
        pytest.param("ffmrmrmr", "........", id="a fault that always was is not told as unsteady"),
    ],
)
def test_what_is_told(runs: str, told: str) -> None:
    """N of the last M open, N in a row close."""
    assert played(runs)[0] == told


@pytest.mark.parametrize(
    ("confirm", "runs", "told"),
    [
        pytest.param(Confirming(runs=1, of_runs=1), "mfm", ".WG", id="1 of 1"),
        pytest.param(Confirming(runs=3, of_runs=3), "mffmfff", "......W", id="3 of 3"),
        pytest.param(Confirming(runs=3, of_runs=5), "mffmf", "....W", id="3 of 5"),
    ],
)
def test_other_counts(confirm: Confirming, runs: str, told: str) -> None:
    """The counts are the operator's."""
    assert played(runs, confirm)[0] == told


def test_since() -> None:
    """Since the first of the equal outcomes at the end; gaps do not break it, a first look may be late."""
    _, standing = played("mmf-f")
    assert standing is not None
    assert (standing.since, standing.known_before) == (START + 2 * DAY, True)
    _, standing = played("ff")
    assert standing is not None
    assert (standing.since, standing.known_before) == (START, False)
    assert standing.latest is Outcome.NOT_MET


def test_nothing_to_stand_on() -> None:
    """A first look that saw nothing leaves nothing, and neither do further ones."""
    assert begun(Outcome.NOT_TESTED, START) is None
    assert played("---") == ("...", None)


@pytest.mark.parametrize(
    ("outcome", "settled"),
    [
        (Outcome.NOT_MET, Outcome.NOT_MET),
        (Outcome.MET, Outcome.MET),
        (Outcome.NOT_TESTED, Outcome.MET),
    ],
)
def test_new_rules(outcome: Outcome, settled: Outcome) -> None:
    """What the rules say anew is how it stands; what they cannot say changes nothing."""
    standing = begun(Outcome.MET, START)
    assert standing is not None
    assert under_new_rules(standing, outcome).settled is settled


runs_of = st.text(st.sampled_from("mfra-b"), min_size=1, max_size=40)


@given(runs_of)
def test_at_most_one_is_open(runs: str) -> None:
    """Whatever a site does, no second alert is opened of what is open, but one of another kind that replaces it."""
    told, _ = played(runs)
    kinds = [one for one in told if one != "."]
    for one, following in pairwise(kinds):
        assert one != following, runs


@given(runs_of)
def test_a_fault_is_told_only_where_the_latest_look_saw_it(runs: str) -> None:
    """Nothing stands in for a look: what is told as worse was seen in this very run, and in another of the last."""
    told, _ = played(runs)
    for at, one in enumerate(told):
        if one in "WN":
            assert runs[at] == "f"
            seen = [letter for letter in runs[: at + 1] if letter not in "-b"]
            assert seen[-3:].count("f") >= 2


@given(runs_of)
def test_runs_that_could_not_tell_change_nothing(runs: str) -> None:
    """Leaving them out tells the same."""
    seen = [letter for letter in runs[1:] if letter not in "-b"]
    told, _ = played(runs)
    without, _ = played(runs[0] + "".join(seen))
    assert told.replace(".", "") == without.replace(".", "")
