"""Excuses and documents in the database, and how excuses lived from run to run."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, func, select, true, update

from checks.excuses import Accepted, Book, Death, Life, stored
from checks.spec import Finding
from inventory.model import Attestation, Excuse, Unit
from scanner.archive import codec
from scanner.archive.store import RunRow, Store, insert_of
from scanner.archive.tables import bindings, looks, records

EXCUSE: Final = "excuse"
ATTESTATION: Final = "attestation"
TOLD_AFTER: Final = timedelta(days=60)
"""How long a record that somebody ended is still told of."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One record of the database."""

    id: str
    unit: str
    record: Excuse | Attestation
    added_at: datetime
    ended_at: datetime | None


class Records:
    """The records of one store.  Every method is one short transaction; the scan lock is not needed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._engine = store.engine
        self._insert = insert_of(store.engine)

    def add(self, unit: str, record: Excuse | Attestation, at: datetime) -> str:
        """Keep a record; its id."""
        name = secrets.token_hex(4)
        with self._engine.begin() as db:
            db.execute(
                records.insert().values(
                    id=name,
                    kind=EXCUSE if isinstance(record, Excuse) else ATTESTATION,
                    unit=unit,
                    body=json.dumps(record.model_dump(mode="json"), ensure_ascii=False),
                    added_at=at.isoformat(),
                )
            )
        return name

    def end(self, id: str, kind: str, at: datetime) -> bool:
        """End a record from this moment; whether there was one that still stood."""
        with self._engine.begin() as db:
            done = db.execute(
                update(records)
                .where(records.c.id == id, records.c.kind == kind, records.c.ended_at.is_(None))
                .values(ended_at=at.isoformat())
            )
        return done.rowcount == 1

    def kept(self, kind: str) -> list[Kept]:
        """All records of a kind, in the order in which they were added."""
        query = (
            select(records).where(records.c.kind == kind).order_by(records.c.added_at, records.c.id)
        )
        with self._engine.connect() as db:
            rows = db.execute(query).all()
        return [
            Kept(
                id=row.id,
                unit=row.unit,
                record=_excuse(row.body, row.id)
                if kind == EXCUSE
                else Attestation.model_validate_json(row.body),
                added_at=datetime.fromisoformat(row.added_at),
                ended_at=datetime.fromisoformat(row.ended_at) if row.ended_at else None,
            )
            for row in rows
        ]

    def with_records(self, units: Iterable[Unit], as_of: datetime) -> tuple[Unit, ...]:
        """The units with the records that stood at a moment; excuses that were ended lately stay, to be told."""
        excuses: dict[str, list[Excuse]] = {}
        attestations: dict[str, list[Attestation]] = {}
        for kind in (EXCUSE, ATTESTATION):
            for one in self.kept(kind):
                ended = one.ended_at is not None and one.ended_at <= as_of
                if one.added_at > as_of:
                    continue
                if isinstance(one.record, Attestation):
                    if not ended:
                        attestations.setdefault(one.unit, []).append(one.record)
                elif not ended or (one.ended_at or as_of) + TOLD_AFTER > as_of:
                    excuses.setdefault(one.unit, []).append(one.record)
        return tuple(
            unit.model_copy(
                update={
                    "excuses": (*unit.excuses, *excuses.get(unit.id, ())),
                    "attestations": (*unit.attestations, *attestations.get(unit.id, ())),
                }
            )
            if unit.id in excuses or unit.id in attestations
            else unit
            for unit in units
        )

    def book(self, run: RunRow | None, as_of: datetime) -> Book:
        """How the runs before this one (all runs, where none is named) left each excuse, and what was ended by then."""
        newest = (
            select(bindings.c.name, bindings.c.site, func.max(bindings.c.run_seq).label("run_seq"))
            .where(bindings.c.run_seq < run.seq if run is not None else true())
            .group_by(bindings.c.name, bindings.c.site)
            .subquery()
        )
        query = select(bindings).join(
            newest,
            and_(
                bindings.c.name == newest.c.name,
                bindings.c.site == newest.c.site,
                bindings.c.run_seq == newest.c.run_seq,
            ),
        )
        ended = select(records.c.id, records.c.ended_at).where(records.c.ended_at.is_not(None))
        with self._engine.connect() as db:
            lives = {
                (row.name, row.site): Life(
                    told=row.told,
                    why=Death(row.why) if row.why else None,
                    at=datetime.fromisoformat(row.at) if row.at else None,
                )
                for row in db.execute(query)
            }
            ends = {row.id: datetime.fromisoformat(row.ended_at) for row in db.execute(ended)}
        return Book(lives, {name: at for name, at in ends.items() if at <= as_of})

    def keep_lives(self, run: RunRow, standings: Iterable[Accepted]) -> None:
        """What a complete run changed in the lives of excuses."""
        rows = [
            {
                "name": one.name,
                "site": one.site,
                "run_seq": run.seq,
                "told": one.life.told,
                "why": one.life.why.value if one.life.why else None,
                "at": one.life.at.isoformat() if one.life.at else None,
            }
            for one in standings
            if stored(one)
        ]
        if not rows:
            return
        with self._engine.begin() as db:
            db.execute(self._insert(bindings).on_conflict_do_nothing(), rows)

    def told_of(self, run: RunRow, unit: str, sites: Iterable[str]) -> dict[str, list[Finding]]:
        """What a run told a unit of some of its sites."""
        query = select(looks.c.site, looks.c.findings_sha256).where(
            looks.c.run_seq == run.seq,
            looks.c.site.in_(list(sites)),
            looks.c.findings_sha256.is_not(None),
        )
        with self._engine.connect() as db:
            rows = db.execute(query).all()
        return {
            row.site: [
                finding
                for finding in codec.decode_findings(self._store.blob(row.findings_sha256))
                if finding.unit == unit
            ]
            for row in rows
        }

    def bind(self, run: RunRow, name: str, told: dict[str, str]) -> None:
        """What an excuse was granted for: what the latest run told of each site."""
        rows = [
            {"name": name, "site": site, "run_seq": run.seq, "told": text, "why": None, "at": None}
            for site, text in told.items()
        ]
        if rows:
            with self._engine.begin() as db:
                db.execute(self._insert(bindings).on_conflict_do_nothing(), rows)


def _excuse(body: str, id: str) -> Excuse:
    return Excuse.model_validate({**json.loads(body), "record": id})
