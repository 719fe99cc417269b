"""What commands share that read stored runs: the open store, and a run by its name."""

from collections.abc import Iterator
from contextlib import contextmanager

from scanner.archive.store import RunRow, Store, StoreUnusable, default_url
from scanner.cli.options import EXIT_OURS, stop


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
