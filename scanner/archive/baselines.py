"""Named runs that later ones are held against, and which sites a run looked at a second time."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select

from scanner.archive.store import FIRST_EVIDENCE, RunRow, Store, insert_of
from scanner.archive.tables import baselines, looks, runs


@dataclass(frozen=True, slots=True)
class Named:
    """One baseline."""

    name: str
    run: str
    """Id of the run."""
    kept_at: datetime


class Baselines:
    """The table of baselines in one store.  Every method is one short transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._engine = store.engine
        put = insert_of(store.engine)(baselines)
        self._put = put.on_conflict_do_update(
            index_elements=[baselines.c.name],
            set_={"run_seq": put.excluded.run_seq, "kept_at": put.excluded.kept_at},
        )

    def keep(self, name: str, run: RunRow, kept_at: datetime) -> None:
        """Call a run by a name; a name that is taken moves."""
        row = {"name": name, "run_seq": run.seq, "kept_at": kept_at.isoformat()}
        with self._engine.begin() as db:
            db.execute(self._put, row)

    def all(self) -> list[Named]:
        """Every baseline, by name."""
        query = (
            select(baselines.c.name, runs.c.id, baselines.c.kept_at)
            .join(runs, runs.c.seq == baselines.c.run_seq)
            .order_by(baselines.c.name)
        )
        with self._engine.connect() as db:
            return [
                Named(row.name, row.id, datetime.fromisoformat(row.kept_at))
                for row in db.execute(query)
            ]

    def run(self, name: str) -> RunRow | None:
        """The run of this name; ``None`` where nothing is called so."""
        found = next((named.run for named in self.all() if named.name == name), None)
        return self._store.run(found) if found is not None else None

    def forget(self, name: str) -> bool:
        """Take a name away, never the run; whether there was one."""
        with self._engine.begin() as db:
            done = db.execute(delete(baselines).where(baselines.c.name == name))
        return bool(done.rowcount)


def looked_again(store: Store, run: RunRow) -> frozenset[str]:
    """The sites of a run that got worse, were looked at once more in it, and are judged by that second look."""
    query = select(looks.c.site, looks.c.volatile).where(looks.c.run_seq == run.seq)
    with store.engine.connect() as db:
        rows = db.execute(query).all()
    return frozenset(row.site for row in rows if FIRST_EVIDENCE in json.loads(row.volatile))
