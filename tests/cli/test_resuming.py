"""Which run a scheduled scan goes on with, and what it says of it."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from scanner.archive.store import RunRow, Store
from scanner.cli.resuming import run_to_go_on_with
from scanner.clock import now
from tests.cli.command import ask, database, told_once
from tests.cli.lists import written

HOUR = timedelta(hours=1)
A, B = b'"a"', b'"b"'
NAME_OF_A = hashlib.sha256(A).hexdigest()


Row = tuple[str, timedelta, bytes, bytes]


def keep(store: Store, id: str, row: Row) -> RunRow:
    """A run in a state that began so long ago, of an inventory and a plan."""
    state, ago, inventory, plan = row
    run = store.begin_run(
        id=id,
        started_at=now() - ago,
        version="1",
        vantage="",
        inventory=inventory,
        plan=plan,
        sites_planned=3,
    )
    if state != "running":
        store.end_run(run, state=state, ended_at=now(), judged_at=None, held="")
    return run


@pytest.mark.parametrize(
    ("rows", "chosen", "says"),
    [
        pytest.param([], None, "no run was cut off", id="none"),
        pytest.param([("running", HOUR, A, A)], "run-0", "going on with run run-0", id="crashed"),
        pytest.param([("stopped", HOUR, A, A)], "run-0", "0 of 3 sites are done", id="stopped"),
        pytest.param([("stopped", 23.9 * HOUR, A, A)], "run-0", "going on", id="nearly-a-day"),
        pytest.param([("stopped", 24.1 * HOUR, A, A)], None, "older than a day", id="over-a-day"),
        pytest.param(
            [("stopped", -2 * HOUR, A, A)], None, "older than a day", id="from-the-future"
        ),
        pytest.param([("stopped", HOUR, B, A)], None, "another inventory", id="other-inventory"),
        pytest.param([("stopped", HOUR, A, B)], None, "other options", id="other-plan"),
        pytest.param(
            [("stopped", 2 * HOUR, A, A), ("complete", HOUR, A, A)],
            None,
            "no run was cut off since the last whole one",
            id="a-whole-one-since",
        ),
        pytest.param(
            [("complete", 3 * HOUR, A, A), ("stopped", 2 * HOUR, A, A), ("stopped", HOUR, B, B)],
            "run-1",
            "going on with run run-1",
            id="another-scan-between",
        ),
    ],
)
def test_which_run(tmp_path: Path, rows: list[Row], chosen: str | None, says: str) -> None:
    """The same inventory and plan, younger than a day, and nothing whole since; it is said which."""
    store = Store.open(database(tmp_path / "store.sqlite"))
    for number, row in enumerate(rows):
        keep(store, f"run-{number}", row)
    said: list[str] = []
    found = run_to_go_on_with(store, NAME_OF_A, NAME_OF_A, must=False, may=True, tell=said.append)
    store.close()
    assert (found.id if found is not None else None) == chosen
    assert says in said[0]
    assert ("a new run begins" in said[0]) is (chosen is None)


def test_not_asked_for(tmp_path: Path) -> None:
    """Without the option a scan is a new one."""
    store = Store.open(database(tmp_path / "store.sqlite"))
    said: list[str] = []
    found = run_to_go_on_with(store, "x", "y", must=False, may=False, tell=said.append)
    store.close()
    assert (found, said) == (None, [])


def test_one_of_the_two(tmp_path: Path) -> None:
    """One must find a run, the other may: both together mean nothing."""
    words = ("scan", written(tmp_path), "--out", tmp_path / "out", "--resume")
    ended = ask(*words, "--resume-if-unfinished")
    assert ended.code == 2
    assert "not both" in told_once(ended)
