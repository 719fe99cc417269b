"""Events as stored: kept once each, read in the order in which they were committed."""

from collections.abc import Iterable

from sqlalchemy import Connection, func, select, text

from checks.events import OPENING, Event, EventKind
from scanner.archive.store import Store, insert_of
from scanner.archive.tables import events


class Events:
    """The events of one store.  Every method is one short transaction."""

    def __init__(self, store: Store) -> None:
        self._engine = store.engine
        self._add = insert_of(store.engine)(events).on_conflict_do_nothing()

    def keep(self, happened: Iterable[Event]) -> None:
        """Keep what is not kept yet; the same key a second time changes nothing."""
        with self._engine.begin() as db:
            self.keep_in(db, happened)

    def keep_in(self, db: Connection, happened: Iterable[Event]) -> None:
        """The same inside a transaction of the caller, together with what the events are about."""
        rows = [_row(one) for one in happened]
        if not rows:
            return
        if db.dialect.name == "postgresql":
            # Numbers are given before the commit.  Without this lock a reader could see 8 before 7, go on
            # after 8, and never see 7; SQLite has one writer at a time anyway.
            db.execute(text("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE"))
        db.execute(self._add, rows)

    def after(self, seq: int) -> list[tuple[int, Event]]:
        """What was kept after that number, oldest first."""
        query = select(events.c.seq, events.c.data).where(events.c.seq > seq).order_by(events.c.seq)
        with self._engine.connect() as db:
            return [(row.seq, Event.model_validate_json(row.data)) for row in db.execute(query)]

    def newest(self) -> int:
        """The number of the newest event; 0 where there is none."""
        with self._engine.connect() as db:
            return db.scalar(select(func.max(events.c.seq))) or 0

    def open(self) -> list[Event]:
        """What began and was not ended by another event, oldest first."""
        ends = events.alias("ends")
        query = (
            select(events.c.data)
            .where(events.c.kind.in_([kind.value for kind in OPENING]))
            .where(~select(ends.c.seq).where(ends.c.resolves == events.c.key).exists())
            .order_by(events.c.seq)
        )
        with self._engine.connect() as db:
            return [Event.model_validate_json(data) for data in db.scalars(query)]

    def held_runs(self) -> frozenset[str]:
        """The runs that accuse nobody."""
        query = select(events.c.run).where(events.c.kind == EventKind.HELD.value)
        with self._engine.connect() as db:
            return frozenset(run for run in db.scalars(query) if run)


def _row(event: Event) -> dict[str, str]:
    return {
        "key": event.key,
        "kind": event.kind.value,
        "severity": event.severity.value,
        "at": event.at.isoformat(),
        "run": event.run,
        "unit": event.unit,
        "site": event.site,
        "check": event.check,
        "resolves": event.resolves,
        "data": event.model_dump_json(),
    }
