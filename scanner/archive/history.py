"""What the runs say together: how each answer stands, where every unit stood, what happened."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from checks.events import Event
from checks.progress import Progress
from checks.spec import Outcome
from checks.standing import Standing
from scanner.archive import codec
from scanner.archive.events import Events
from scanner.archive.store import RunRow, Store, insert_of
from scanner.archive.tables import blobs, events, runs, settlements, standings

Key = tuple[str, str, str]
"""Unit, check, limits: one answer on a site."""
Standings = Mapping[Key, Standing]


@dataclass(frozen=True, slots=True)
class Settlement:
    """A run that was taken into the history, or held out of it."""

    run_seq: int
    counted: bool
    held_units: frozenset[str]


class History:
    """The tables of the history in one store.  Every method is one short transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._engine = store.engine
        insert = insert_of(store.engine)
        standing = insert(standings)
        self._put_standing = standing.on_conflict_do_update(
            index_elements=[standings.c.site], set_={"data": standing.excluded.data}
        )
        self._events = Events(store)
        self._add_blob = insert(blobs).on_conflict_do_nothing()

    def settlements(self) -> list[Settlement]:
        """Every settled run, newest first."""
        query = select(settlements).order_by(settlements.c.run_seq.desc())
        with self._engine.connect() as db:
            return [
                Settlement(row.run_seq, row.counted, frozenset(json.loads(row.held_units)))
                for row in db.execute(query)
            ]

    def baseline(self, run: RunRow) -> RunRow | None:
        """The latest run before this one that counts."""
        query = (
            select(func.max(settlements.c.run_seq))
            .where(settlements.c.counted)
            .where(settlements.c.run_seq < run.seq)
        )
        with self._engine.connect() as db:
            seq = db.scalar(query)
        return self._store.run_at(seq) if seq is not None else None

    def standings(self, sites: Iterable[str] | None = None) -> dict[str, Standings]:
        """How the answers stand, by site; of all sites where none are named."""
        wanted = None if sites is None else frozenset(sites)
        with self._engine.connect() as db:
            rows = db.execute(select(standings)).all()
        return {row.site: decoded(row.data) for row in rows if wanted is None or row.site in wanted}

    def settle(
        self,
        run: RunRow,
        *,
        standing: Mapping[str, Standings],
        gone: Iterable[str],
        happened: Sequence[Event],
        progress: Progress,
    ) -> bool:
        """Take a run into the history, all at once; ``False`` where it was before."""
        content = codec.canonical(progress.model_dump(mode="json"))
        with self._engine.begin() as db:
            if _is_settled(db, run):
                return False
            sha256 = codec.sha256_of(content)
            blob = {"sha256": sha256, "kind": "progress", "data": codec.packed(content)}
            db.execute(self._add_blob, blob)
            db.execute(
                settlements.insert().values(
                    run_seq=run.seq, counted=True, progress_sha256=sha256, held_units="[]"
                )
            )
            for site in gone:
                db.execute(delete(standings).where(standings.c.site == site))
            rows = [{"site": site, "data": encoded(of)} for site, of in standing.items()]
            if rows:
                db.execute(self._put_standing, rows)
            self._events.keep_in(db, happened)
        return True

    def hold(self, run: RunRow, why: str, units: Iterable[str], happened: Sequence[Event]) -> bool:
        """Keep a run out of the history, with the reason; ``False`` where that was done before."""
        with self._engine.begin() as db:
            if _is_settled(db, run):
                return False
            db.execute(
                settlements.insert().values(
                    run_seq=run.seq, counted=False, held_units=json.dumps(sorted(units))
                )
            )
            db.execute(update(runs).where(runs.c.seq == run.seq).values(held=why))
            self._events.keep_in(db, happened)
        return True

    def events(self, unit: str | None = None, run: str | None = None) -> list[Event]:
        """What happened, oldest first: to a unit, in a run, or all of it."""
        query = select(events.c.data).order_by(events.c.seq)
        if unit is not None:
            query = query.where(events.c.unit == unit)
        if run is not None:
            query = query.where(events.c.run == run)
        with self._engine.connect() as db:
            return [Event.model_validate_json(row) for row in db.scalars(query)]

    def progress(self, seqs: Iterable[int] | None = None) -> list[Progress]:
        """Where every unit stood in these runs, oldest first; in all that count where none are named."""
        wanted = None if seqs is None else frozenset(seqs)
        query = select(settlements).where(settlements.c.counted).order_by(settlements.c.run_seq)
        with self._engine.connect() as db:
            rows = db.execute(query).all()
        return [
            Progress.model_validate_json(self._store.blob(row.progress_sha256))
            for row in rows
            if wanted is None or row.run_seq in wanted
        ]


def _is_settled(db: Connection, run: RunRow) -> bool:
    query = select(settlements.c.run_seq).where(settlements.c.run_seq == run.seq)
    return db.scalar(query) is not None


def encoded(of: Standings) -> bytes:
    """The standings of one site, packed."""
    rows: list[list[Any]] = [
        [
            *key,
            one.settled.value if one.settled else None,
            one.trail,
            one.since.isoformat(),
            int(one.known_before),
            one.told,
            int(one.unsteady),
        ]
        for key, one in sorted(of.items())
    ]
    return codec.packed(codec.canonical(rows))


def decoded(data: bytes) -> dict[Key, Standing]:
    """The standings of one site again."""
    found: dict[Key, Standing] = {}
    for unit, check, limits, settled, trail, since, known, told, unsteady in json.loads(
        codec.unpacked(data)
    ):
        found[unit, check, limits] = Standing(
            settled=Outcome(settled) if settled else None,
            trail=trail,
            since=datetime.fromisoformat(since),
            known_before=bool(known),
            told=told,
            unsteady=bool(unsteady),
        )
    return found
