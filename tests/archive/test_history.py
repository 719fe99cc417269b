"""The history's tables: kept whole or not at all, and never twice."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from checks.events import Event, EventKind, Severity, key_of
from checks.progress import Progress
from checks.spec import Outcome
from checks.standing import Standing
from scanner.archive.events import Events
from scanner.archive.history import History, decoded, encoded
from scanner.archive.store import RunRow, Store
from tests.archive.conftest import Opened

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
FAULT = Standing(Outcome.NOT_MET, "mff", AT, known_before=True, told="0" * 32)
EMPTY = Progress(run="r", at=AT, label="x", edition="1", criteria=(), units={})


def begun(store: Store, name: str, state: str = "complete") -> RunRow:
    """A run without looks."""
    run = store.begin_run(
        id=name,
        started_at=AT,
        version="1",
        vantage="",
        inventory=b"{}",
        plan=b"{}",
        sites_planned=0,
    )
    store.end_run(run, state=state, ended_at=AT, judged_at=AT, held="")
    return store.run(name)


def event(name: str, unit: str = "u") -> Event:
    """Something that happened."""
    kind = EventKind.REGRESSED
    return Event(
        key=key_of(kind, name), kind=kind, severity=Severity.REQUIRED, at=AT, unit=unit, run=name
    )


def settle(history: History, run: RunRow, *happened: Event) -> bool:
    """Take a run into the history with one standing."""
    return history.settle(
        run,
        standing={"https://a.edu.vn/": {("u", "hsts-enforced", ""): FAULT}},
        gone=[],
        happened=happened,
        progress=EMPTY,
    )


def test_a_run_is_settled_once(store: Store) -> None:
    """A second time changes nothing, whatever it brings."""
    history, run = History(store), begun(store, "run-1")
    assert settle(history, run, event("a"))
    assert not settle(history, run, event("b"))
    assert not history.hold(run, "why", [], [event("c")])
    assert history.events() == [event("a")]
    assert history.standings()["https://a.edu.vn/"] == {("u", "hsts-enforced", ""): FAULT}
    assert history.progress() == [EMPTY]


def test_all_of_a_run_or_nothing(store: Store) -> None:
    """What fails in the middle leaves no half of it."""
    history, run = History(store), begun(store, "run-1")
    strange = RunRow(**{**run.__dict__, "seq": 99})
    store.engine.dispose()
    with pytest.raises(IntegrityError):
        settle(history, strange, event("a"))
    assert history.events() == []
    assert history.standings() == {}
    assert history.settlements() == []


def test_an_event_is_kept_once(store: Store) -> None:
    """By its key, however often it is worked out; by unit and by run it is found again."""
    history = History(store)
    kept = Events(store)
    kept.keep([event("a"), event("b", "v")])
    kept.keep([event("a")])
    kept.keep([])
    assert history.events() == [event("a"), event("b", "v")]
    assert history.events("v") == [event("b", "v")]
    assert history.events(run="a") == [event("a")]


def test_a_held_run_is_no_baseline(store: Store) -> None:
    """Nor is one that nobody settled, or a later one."""
    history = History(store)
    first, second, third = (begun(store, f"run-{n}") for n in range(3))
    assert settle(history, first)
    assert history.hold(second, "mass-failure x 9/9", ["u", "v"], [])
    found = history.baseline(third)
    assert found is not None
    assert found.id == first.id
    assert history.baseline(first) is None
    assert store.run("run-1").held == "mass-failure x 9/9"
    assert [(s.counted, set(s.held_units)) for s in history.settlements()] == [
        (False, {"u", "v"}),
        (True, set()),
    ]


def test_what_is_gone_leaves(store: Store) -> None:
    """A site that left has no standing any more."""
    history, run = History(store), begun(store, "run-1")
    settle(history, run)
    later = begun(store, "run-2")
    history.settle(later, standing={}, gone=["https://a.edu.vn/"], happened=[], progress=EMPTY)
    assert history.standings() == {}
    assert len(history.progress([later.seq])) == 1


def test_named_sites_only(store: Store, opened: Opened) -> None:
    """And another connection reads what one wrote."""
    settle(History(store), begun(store, "run-1"))
    history = History(opened())
    assert history.standings(["https://b.edu.vn/"]) == {}
    assert len(history.standings(["https://a.edu.vn/"])) == 1


keys = st.tuples(st.text(min_size=1), st.text(min_size=1), st.text())
stood = st.builds(
    Standing,
    settled=st.none() | st.sampled_from([o for o in Outcome if o.value[0] in "mn"]),
    trail=st.text("mfra", min_size=1, max_size=8),
    since=st.datetimes(timezones=st.just(UTC)),
    known_before=st.booleans(),
    told=st.sampled_from(["", "f" * 32]),
    unsteady=st.booleans(),
)


@given(st.dictionaries(keys, stood, max_size=5))
def test_standings_come_back(of: dict[tuple[str, str, str], Standing]) -> None:
    """As they were, whatever the words."""
    assert decoded(encoded(of)) == of
