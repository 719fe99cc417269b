"""What commands share that read stored runs: the open store, a run by its name, judging by the present rules."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checks.assessment import Assessment
from scanner.archive.store import RunRow, Store, StoreUnusable, default_url
from scanner.cli.judging import EditionFile, assess_run, load_editions, plan_editions
from scanner.cli.lists import load_lists
from scanner.cli.options import EXIT_OURS, stop
from scanner.cli.past import Remembered


@contextmanager
def opened(db: str | None) -> Iterator[Store]:
    """The store, closed in the end; one clear sentence where it cannot be used."""
    try:
        store = Store.open(db or default_url())
        try:
            yield store
        finally:
            store.close()
    except StoreUnusable as unusable:
        stop(str(unusable), EXIT_OURS)


def run_of(store: Store, name: str) -> RunRow:
    """A complete run by id, by the beginning of one, or ``latest``."""
    rows = [row for row in store.runs() if row.state == "complete"]
    if name == "latest" and rows:
        return rows[0]
    found = [row for row in rows if row.id.startswith(name)]
    if len(found) == 1:
        return found[0]
    if found:
        stop(f"{len(found)} runs begin with {name!r}: give more of its id")
    stop(f"no complete run {name!r} in this database: see `tinnhiem runs`")


def present_rules(
    store: Store, run: RunRow, criteria: tuple[str, ...], lists: Path | None
) -> Remembered:
    """Judges any stored run by these criteria, or by those that ``run`` was made with."""
    editions: tuple[EditionFile, ...] = (
        load_editions(criteria)
        if criteria
        else plan_editions(json.loads(store.blob(run.plan_sha256)))
    )
    loaded = load_lists(lists)

    def judged(row: RunRow) -> Assessment:
        at = row.judged_at or row.ended_at or row.started_at
        return assess_run(store, row, editions, at, loaded)

    return Remembered(judged)
