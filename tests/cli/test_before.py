"""Judging a run holds each site against the complete run before it, and says the same however often it is asked."""

import json
from datetime import UTC, datetime
from pathlib import Path

from checks.evidence.page import PageFacts
from inventory.model import Inventory, Source
from inventory.settings import DEFAULTS
from scanner.archive.history import History
from scanner.archive.store import RunRow, Store
from scanner.cli.judging import assess_run, load_editions
from scanner.cli.past import Remembered, catch_up
from tests.builders.judged import unit
from tests.builders.web import page, pages, site
from tests.cli.command import database

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
OTHER = page(
    "Cửa hàng bán nhiều mặt hàng mới với giá rất phải chăng cho mọi nhà. " * 9, title="Shop"
)


def kept(store: Store, name: str, home: PageFacts, state: str = "complete") -> RunRow:
    """A run that saw this home page."""
    inventory = Inventory(
        units=(unit("school-1"),),
        sites=(site(),),
        permission=None,
        source=Source(file="a.yaml", sha256="", rows_in=1, rows_accepted=1),
    )
    run = store.begin_run(
        id=name,
        started_at=AT,
        version="1",
        vantage="",
        inventory=inventory.model_dump_json().encode(),
        plan=json.dumps(
            {"families": ["content"], "trust_stores": [], "user_agent": "", "criteria": []}
        ).encode(),
        sites_planned=1,
    )
    store.keep_look(
        run, site().url, {"pages": pages(home=home)}, captured_at=AT, duration_ms=1.0, volatile={}
    )
    store.end_run(run, state=state, ended_at=AT, judged_at=None, held="")
    return store.run(name)


def said(store: Store, run: RunRow) -> tuple[str, str]:
    """What the check of defacement says of the site in a run."""
    judged = assess_run(store, run, load_editions(("nen-tang-website-2026-11",)), AT)
    (found,) = [one for one in judged.findings if one.check == "not-defaced"]
    return found.outcome.value, found.reason


def test_the_complete_run_before(tmp_path: Path) -> None:
    """Not the one that was stopped, and never a later one; judging an old run again says what it said."""
    store = Store.open(database(tmp_path / "store.sqlite"))
    try:
        first = kept(store, "run-1", page())
        assert said(store, first) == ("met", "no-earlier-look")
        kept(store, "run-2", OTHER, state="stopped")
        same = kept(store, "run-3", page())
        changed = kept(store, "run-4", OTHER)
        assert said(store, same) == ("met", "")
        assert said(store, changed) == ("needs-review", "other-title")
        assert said(store, first) == ("met", "no-earlier-look")
    finally:
        store.close()


def test_a_run_that_was_cut_off_before_it_was_told(tmp_path: Path) -> None:
    """The next scan takes it into the history, and keeps what is told of it from then on; twice is once."""
    store = Store.open(database(tmp_path / "store.sqlite"))
    editions = load_editions(("nen-tang-website-2026-11",))

    def assess() -> Remembered:
        return Remembered(lambda row: assess_run(store, row, editions, AT))

    try:
        first, second = kept(store, "run-1", page()), kept(store, "run-2", OTHER)
        kept(store, "run-3", page(), state="stopped")
        for _ in range(2):
            catch_up(store, assess(), DEFAULTS)
        assert [one.run_seq for one in History(store).settlements()] == [second.seq, first.seq]
        assert store.told_findings(first)
        assert [one.id for one in store.runs() if store.told_findings(one)] == ["run-2", "run-1"]
    finally:
        store.close()
