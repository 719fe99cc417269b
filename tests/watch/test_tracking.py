"""What is an outage, what flaps, what nobody looked at, and what fails together."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.uptime import outages_of
from scanner.archive.uptime import Batch, First, HoldRow, OutageRow, SampleRow, State
from scanner.watch.tracking import HoldRule, Taken, Tracker

EVERY_S = 300
STATES = {
    "u": State.UP, "w": State.SLOW, "d": State.DOWN, "s": State.SILENT, "-": State.UNKNOWN,
    "p": State.PAUSED,
}  # fmt: skip


def taken(site: int, slot: int, letter: str, looks: int = 3, **fields: object) -> Taken:
    cause = {"d": "refused", "s": "no-answer"}.get(letter)
    at_s = slot * EVERY_S
    made = Taken(site, at_s, at_s + 0.5, STATES[letter], None, cause, looks)
    return replace(made, **fields)  # type: ignore[arg-type]


def run(
    letters: str, *, looks: int = 3, **fields: object
) -> tuple[list[SampleRow], list[OutageRow]]:
    """One site's samples through a tracker, settled after each; every row, and each outage as it ended up."""
    known = {1: First(0, 0)}
    tracker = Tracker(EVERY_S, 1, HoldRule(), **({"firsts": known} | fields))  # type: ignore[arg-type]
    rows: list[SampleRow] = []
    outages: dict[int, OutageRow] = {}

    def keep(batch: Batch) -> None:
        rows.extend(batch.samples)
        outages.update({outage.started_s: outage for outage in batch.outages})

    for slot, letter in enumerate(letters, 10):
        if letter != " ":
            tracker.take(taken(1, slot, letter, looks))
        keep(tracker.due(slot * EVERY_S + EVERY_S))
    keep(tracker.due(1e9, last=True))
    return rows, list(outages.values())


def slots(outages: Iterable[OutageRow]) -> list[tuple[int, int | None]]:
    return [
        (o.started_s // EVERY_S - 10, None if o.ended_s is None else o.ended_s // EVERY_S - 10)
        for o in outages
    ]


@pytest.mark.parametrize(
    ("letters", "looks", "found"),
    [
        pytest.param("uduu", 3, [(1, 2)], id="down-after-its-retries"),
        pytest.param("uduuu", 2, [], id="too-few-retries-for-one-sample"),
        pytest.param("udduuu", 2, [(1, 3)], id="two-samples-of-two-looks"),
        pytest.param("udduuu", 1, [], id="two-samples-without-retries"),
        pytest.param("udddd", 1, [(1, None)], id="three-samples-without-retries"),
        pytest.param("udud", 1, [], id="never-in-a-row"),
        pytest.param("udududuu", 3, [(1, 6)], id="flaps-once"),
        pytest.param("ud--d", 1, [], id="what-is-unknown-fails-nothing"),
        pytest.param("uddpd", 1, [(1, None)], id="a-pause-between"),
        pytest.param("ud    dd", 1, [], id="yesterday's-failures-are-no-row"),
        pytest.param("udwwu", 3, [(1, 2)], id="slow-is-up"),
        pytest.param("ud-u-pu", 3, [(1, 3)], id="unknown-between-two-successes"),
        pytest.param("usuu", 3, [(1, 2)], id="silent"),
    ],
)
def test_outages(letters: str, looks: int, found: list[tuple[int, int | None]]) -> None:
    """Three failed looks in a row begin one, two samples up in a row end it."""
    rows, outages = run(letters, looks=looks)
    assert slots(outages) == found
    assert [row.state for row in rows] == [STATES[letter] for letter in letters if letter != " "]


@given(st.text("uuud-p", max_size=60))
def test_outages_of_any_row(letters: str) -> None:
    """The same as read off the letters; and every sample is written once, in whatever state it came."""
    rows, outages = run(letters)
    assert slots(outages) == sorted(
        (begin, None if end < 0 else end) for begin, end in outages_of(letters)
    )
    assert [row.at_s // EVERY_S - 10 for row in rows] == list(range(len(letters)))
    assert [row.state for row in rows] == [STATES[letter] for letter in letters]


@pytest.mark.parametrize(
    ("letters", "unseen"),
    [
        pytest.param("udduu", 0, id="looked-at-throughout"),
        pytest.param("ud---duu", 3, id="unknown"),
        pytest.param("ud  pp  duu", 6, id="paused-and-asleep"),
        pytest.param("ud    uu", 4, id="nobody-saw-it-come-back"),
        pytest.param("uduu    u", 0, id="not-after-its-end"),
    ],
)
def test_what_nobody_looked_at_is_not_down(letters: str, unseen: int) -> None:
    """A gap inside an outage is taken off its length."""
    _, (outage,) = run(letters)
    assert outage.unseen_s == unseen * EVERY_S


def test_silence_of_a_site_that_never_answered_accuses_nobody() -> None:
    """It may be there for everybody but us; a closed port is a closed port."""
    rows, outages = run("sss", firsts={})
    assert [row.state for row in rows] == [State.UNKNOWN] * 3
    assert {row.cause for row in rows} == {"no-answer"}
    assert outages == []
    assert slots(run("ddd", firsts={})[1]) == [(0, None)]
    assert slots(run("sus", firsts={})[1]) == [(2, None)]


def test_since_when_a_site_is_watched_and_answers() -> None:
    """Written when it is first seen, and when it first answers."""
    tracker = Tracker(EVERY_S, 1, HoldRule())
    told = []
    for slot, letter in enumerate("s-pu-u"):
        tracker.take(taken(1, slot, letter))
        told.append(tracker.due(1e9).firsts)
    assert told == [{1: First(0, None)}, {}, {}, {1: First(0, 3 * EVERY_S)}, {}, {}]


def test_a_restart_goes_on_with_the_same_outage() -> None:
    """Neither a second beginning nor an early end."""
    open_one = OutageRow(1, 5 * EVERY_S, 9 * EVERY_S, "refused", None, 0, 1)
    _, (outage,) = run("dd", outages=[open_one])
    assert (outage.started_s, outage.last_down_s) == (5 * EVERY_S, 11 * EVERY_S)
    assert run("u", outages=[open_one])[1] == [open_one]
    _, (outage,) = run(
        "u", outages=[replace(open_one, last_down_s=8 * EVERY_S)], ups={1: 9 * EVERY_S}
    )
    assert outage.ended_s == 9 * EVERY_S


# Together


def city(sites: int, rule: HoldRule = HoldRule(), **fields: object) -> Tracker:  # noqa: B008  Frozen.
    firsts = {site: First(0, 0) for site in range(sites)}
    return Tracker(EVERY_S, sites, rule, **({"firsts": firsts} | fields))  # type: ignore[arg-type]


def round_of(tracker: Tracker, slot: int, letters: str, **fields: object) -> Batch:
    """One sample of each site, spread over the interval, settled as time goes on."""
    rows: list[SampleRow] = []
    outages: list[OutageRow] = []
    holds: dict[int, HoldRow] = {}
    for site, letter in enumerate(letters):
        at_s = slot * EVERY_S + site * EVERY_S // len(letters)
        tracker.take(replace(taken(site, slot, letter, **fields), at_s=at_s, done_s=at_s + 0.5))  # type: ignore[arg-type]
        batch = tracker.due(at_s + 1)
        rows += batch.samples
        outages += batch.outages
        holds |= {hold.started_s: hold for hold in batch.holds}
    return Batch(rows, outages, list(holds.values()))


@pytest.mark.parametrize(
    ("every", "held"),
    [pytest.param(6, False, id="under-the-share"), pytest.param(5, True, id="at-the-share")],
)
def test_a_share_that_fails_at_once(every: int, held: bool) -> None:
    """Both sides of the bar: ten of the fifty that were sampled within half a round, and fewer."""
    tracker = city(100, HoldRule(20, 10))
    assert tracker.settle_s == EVERY_S / 2
    batch = round_of(tracker, 10, "".join("d" if n % every == 0 else "u" for n in range(100)))
    assert bool(batch.holds) is held


def test_a_mass_failure_is_unknown_and_told_once() -> None:
    """No outage, no sample down: one hold, which ends when all is well."""
    tracker = city(100)
    round_of(tracker, 10, "u" * 100)
    found = [round_of(tracker, slot, "d" * 100) for slot in (11, 12)]
    found.append(round_of(tracker, 13, "u" * 100))
    found.append(tracker.due(1e9, last=True))
    rows = [row for batch in found for row in batch.samples]
    states = [row.state for row in rows]
    assert (states.count(State.UNKNOWN), states.count(State.UP), len(rows)) == (200, 100, 300)
    assert {row.cause for row in rows} == {None, "local-network-down"}
    assert not [outage for batch in found for outage in batch.outages]
    holds = {hold.started_s: hold for batch in found for hold in batch.holds}
    (hold,) = holds.values()
    assert hold.samples == 200
    assert hold.started_s == 11 * EVERY_S
    assert hold.ended_s is not None
    assert not tracker.holding


def test_outages_that_were_known_before_are_no_mass_failure() -> None:
    """A fifth of the city that has been down for a week says nothing of our line."""
    known = [OutageRow(site, EVERY_S, 10 * EVERY_S, "refused") for site in range(40)]
    tracker = city(100, outages=known)
    batch = round_of(tracker, 11, "d" * 40 + "u" * 60)
    assert batch.holds == []
    assert sum(row.state is State.DOWN for row in batch.samples) == 40


def test_our_own_line_is_a_mass_failure_too() -> None:
    """Where the control hosts were silent each sample is unknown already; the hold says so once."""
    tracker = city(100)
    batch = round_of(tracker, 10, "-" * 100, cause="local-network-down")
    assert len(batch.holds) == 1
    assert {row.state for row in batch.samples} == {State.UNKNOWN}
    assert tracker.holding


def test_few_sites_are_never_held() -> None:
    """Of a handful all may be down for reasons of their own; the line is asked for each."""
    batch = round_of(tracker := city(5), 10, "ddddd")
    rest = tracker.due(1e9, last=True)
    assert not batch.holds
    assert {row.state for row in (*batch.samples, *rest.samples)} == {State.DOWN}
    assert len({outage.site for outage in (*batch.outages, *rest.outages)}) == 5


def test_a_failure_waits_until_others_told() -> None:
    """It is written when it is settled, with what came after it, in order."""
    tracker = city(1000)
    assert tracker.settle_s == 30
    tracker.take(taken(1, 10, "d"))
    tracker.take(taken(2, 10, "u"))
    assert [row.site for row in tracker.due(10 * EVERY_S + 29).samples] == [2]
    assert [row.site for row in tracker.due(10 * EVERY_S + 31).samples] == [1]


def test_a_hold_survives_a_restart() -> None:
    """A watcher that was killed in one ends it when it sees that all is well."""
    tracker = city(100, holds=[HoldRow(EVERY_S, 7, None, 1)])
    assert tracker.holding
    batch = round_of(tracker, 10, "u" * 100)
    assert [hold.started_s for hold in batch.holds] == [EVERY_S]
    assert not tracker.holding


@given(st.lists(st.text("uuuds-p", min_size=60, max_size=60), min_size=1, max_size=4))
def test_no_sample_is_lost_or_doubled(rounds: list[str]) -> None:
    """Whatever fails together or alone: one row for each sample that was taken."""
    tracker = city(60)
    rows = [
        row for n, letters in enumerate(rounds) for row in round_of(tracker, n, letters).samples
    ]
    rows += tracker.due(1e9, last=True).samples
    assert len(rows) == len({(row.site, row.at_s) for row in rows}) == 60 * len(rounds)
