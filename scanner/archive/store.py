"""The store: opened under a lock, migrated, a result durable before it is announced."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import filelock
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    Select,
    bindparam,
    create_engine,
    event,
    func,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from checks.evidence.base import Payload
from checks.evidence.uptime import Uptime
from checks.spec import Finding
from scanner.archive import codec
from scanner.archive.codec import Found
from scanner.archive.holder import forget_holder, note_holder, read_holder, this_process
from scanner.archive.tables import REVISION, blobs, looks, metadata, revisions, runs
from scanner.clock import monotonic_s

VARYING = "evidence"
"""In a look's volatile record: evidence that differs every time and would make an unchanged site cost a copy."""

# What is asked for every site is built once.
_BLOB_IS_KEPT = select(blobs.c.sha256).where(blobs.c.sha256 == bindparam("name"))
_BLOB = select(blobs.c.data).where(blobs.c.sha256 == bindparam("name"))
# Sites done are counted for the runs asked for alone: a store of years holds half a million looks.
_RUNS = select(
    runs,
    select(func.count())
    .where(looks.c.run_seq == runs.c.seq)
    .correlate(runs)
    .scalar_subquery()
    .label("done"),
).order_by(runs.c.seq.desc())
_TELL = (
    update(looks)
    .where(looks.c.run_seq == bindparam("of_run"), looks.c.site == bindparam("of_site"))
    .values(findings_sha256=bindparam("told"))
)


FIRST_EVIDENCE = "first_evidence"
"""In a look's volatile record: what the first of two looks saw, by its hash."""


class StoreBusy(Exception):  # noqa: N818  The operator reads it as a sentence.
    """Another run holds the store."""


class StoreUnusable(Exception):  # noqa: N818  The operator reads it as a sentence.
    """The store is damaged, newer than this program, or no store at all."""


@dataclass(frozen=True)
class RunRow:
    """One run as stored."""

    seq: int
    id: str
    state: str
    started_at: datetime
    ended_at: datetime | None
    judged_at: datetime | None
    version: str
    vantage: str
    inventory_sha256: str
    plan_sha256: str
    sites_planned: int
    sites_done: int
    held: str

    @property
    def as_of(self) -> datetime:
        """The moment that opinions of this run are of."""
        return self.judged_at or self.ended_at or self.started_at


@dataclass(frozen=True)
class Looked:
    """The evidence of one site in one run."""

    site: str
    evidence_sha256: str
    captured_at: datetime
    duration_ms: float
    volatile: Mapping[str, Any]
    payloads: Mapping[str, Found]


class Store:
    """One database.  Every method is one short transaction; use it from one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        insert = insert_of(engine)
        self._add_blob = insert(blobs).on_conflict_do_nothing()
        self._add_look = insert(looks).on_conflict_do_nothing()

    @classmethod
    def open(cls, url: str) -> "Store":
        """Open and migrate; ``StoreUnusable`` says what to do where that cannot be."""
        engine = _engine(url)
        try:
            _check_health(engine)
            _bring_up(engine)
        except (DBAPIError, sqlite3.DatabaseError) as error:
            engine.dispose()
            raise StoreUnusable(
                f"{engine.url.render_as_string(hide_password=True)}: {error.__cause__ or error}; "
                "keep the file, restore a backup or name another with --db"
            ) from None
        except StoreUnusable:
            engine.dispose()
            raise
        return cls(engine)

    @property
    def engine(self) -> Engine:
        """The database, for the other tables of this store."""
        return self._engine

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    # Runs

    def begin_run(
        self,
        *,
        id: str,
        started_at: datetime,
        version: str,
        vantage: str,
        inventory: bytes,
        plan: bytes,
        sites_planned: int,
    ) -> RunRow:
        """A new run; ``inventory`` and ``plan`` are canonical JSON."""
        with self._engine.begin() as db:
            inventory_sha256 = self._put(db, "inventory", inventory)
            plan_sha256 = self._put(db, "plan", plan)
            db.execute(
                runs.insert().values(
                    id=id,
                    state="running",
                    started_at=_text(started_at),
                    version=version,
                    vantage=vantage,
                    inventory_sha256=inventory_sha256,
                    plan_sha256=plan_sha256,
                    sites_planned=sites_planned,
                )
            )
        return self.run(id)

    def run(self, id: str) -> RunRow:
        """One run by id, or by ``latest``; ``KeyError`` where there is none."""
        query = _RUNS.limit(1) if id == "latest" else _RUNS.where(runs.c.id == id)
        found = self._rows(query)
        if not found:
            raise KeyError(id)
        return found[0]

    def runs(self, after: int = 0) -> list[RunRow]:
        """All runs, newest first; those after a number."""
        return self._rows(_RUNS.where(runs.c.seq > after))

    def run_at(self, seq: int) -> RunRow:
        """The run of this number; ``KeyError`` where there is none."""
        found = self._rows(_RUNS.where(runs.c.seq == seq))
        if not found:
            raise KeyError(seq)
        return found[0]

    def begun_at(self) -> dict[int, datetime]:
        """When each run began, by its number, the oldest first."""
        query = select(runs.c.seq, runs.c.started_at).order_by(runs.c.seq)
        with self._engine.connect() as db:
            return {row.seq: datetime.fromisoformat(row.started_at) for row in db.execute(query)}

    def earlier(self, run: RunRow) -> RunRow | None:
        """The latest complete run before this one; ``None`` for the first."""
        before = _RUNS.where(runs.c.seq < run.seq, runs.c.state == "complete").limit(1)
        return next(iter(self._rows(before)), None)

    def _rows(self, query: Select[Any]) -> list[RunRow]:
        with self._engine.connect() as db:
            return [
                RunRow(
                    seq=row.seq,
                    id=row.id,
                    state=row.state,
                    started_at=datetime.fromisoformat(row.started_at),
                    ended_at=datetime.fromisoformat(row.ended_at) if row.ended_at else None,
                    judged_at=datetime.fromisoformat(row.judged_at) if row.judged_at else None,
                    version=row.version,
                    vantage=row.vantage,
                    inventory_sha256=row.inventory_sha256,
                    plan_sha256=row.plan_sha256,
                    sites_planned=row.sites_planned,
                    sites_done=row.done,
                    held=row.held,
                )
                for row in db.execute(query)
            ]

    def resume_run(self, run: RunRow) -> None:
        """Mark a stopped or broken-off run as going on."""
        with self._engine.begin() as db:
            db.execute(update(runs).where(runs.c.seq == run.seq).values(state="running"))

    def end_run(
        self, run: RunRow, *, state: str, ended_at: datetime, judged_at: datetime | None, held: str
    ) -> None:
        """Close a run as ``complete`` or ``stopped``."""
        with self._engine.begin() as db:
            db.execute(
                update(runs)
                .where(runs.c.seq == run.seq)
                .values(
                    state=state,
                    ended_at=_text(ended_at),
                    judged_at=_text(judged_at) if judged_at else None,
                    held=held,
                )
            )

    # Evidence

    def keep_look(
        self,
        run: RunRow,
        site: str,
        payloads: Mapping[str, Found],
        *,
        captured_at: datetime,
        duration_ms: float,
        volatile: Mapping[str, Any],
    ) -> None:
        """Commit what was seen of one site.  A second result for the same site and run changes nothing."""
        with self._engine.begin() as db:
            row = self._look(db, payloads, captured_at, duration_ms, volatile)
            db.execute(self._add_look, {"run_seq": run.seq, "site": site} | row)

    def replace_look(
        self,
        run: RunRow,
        site: str,
        payloads: Mapping[str, Found],
        *,
        captured_at: datetime,
        duration_ms: float,
        volatile: Mapping[str, Any],
    ) -> None:
        """Put a second look at a site in the place of the first, in the same run; what the first saw stays kept."""
        of_site = (looks.c.run_seq == run.seq, looks.c.site == site)
        with self._engine.begin() as db:
            first = db.scalar(select(looks.c.evidence_sha256).where(*of_site))
            told = {**volatile, FIRST_EVIDENCE: first}
            row = self._look(db, payloads, captured_at, duration_ms, told)
            db.execute(update(looks).where(*of_site).values(**row, findings_sha256=None))

    def _look(
        self,
        db: Connection,
        payloads: Mapping[str, Found],
        captured_at: datetime,
        duration_ms: float,
        volatile: Mapping[str, Any],
    ) -> dict[str, Any]:
        lasting = {kind: found for kind, found in payloads.items() if not _varies(kind, found)}
        varying = {kind: found for kind, found in payloads.items() if kind not in lasting}
        if varying:
            volatile = {**volatile, VARYING: codec.told_evidence(varying)}
        return {
            "evidence_sha256": self._put(db, "evidence", codec.encode_evidence(lasting)),
            "captured_at": _text(captured_at),
            "duration_ms": duration_ms,
            "volatile": json.dumps(volatile, sort_keys=True),
        }

    def sites_done(self, run: RunRow) -> frozenset[str]:
        """The sites of a run whose evidence is durable."""
        with self._engine.connect() as db:
            return frozenset(
                db.scalars(select(looks.c.site).where(looks.c.run_seq == run.seq)).all()
            )

    def evidence_names(self, run: RunRow) -> dict[str, str]:
        """Which evidence set was kept of each site of a run."""
        query = select(looks.c.site, looks.c.evidence_sha256).where(looks.c.run_seq == run.seq)
        with self._engine.connect() as db:
            return {row.site: row.evidence_sha256 for row in db.execute(query)}

    def evidence(self, sha256: str, kinds: Mapping[str, type[Payload]]) -> dict[str, Found]:
        """One evidence set, as far as it is of these kinds."""
        found = codec.decode_evidence(self.blob(sha256), kinds)
        return {kind: one for kind, one in found.items() if kind in kinds}

    def volatile_records(self, run: RunRow) -> list[dict[str, Any]]:
        """How each site of a run was looked at: times, counts, and whether our own line failed."""
        with self._engine.connect() as db:
            rows = db.scalars(select(looks.c.volatile).where(looks.c.run_seq == run.seq)).all()
        return [json.loads(row) for row in rows]

    def looked(self, run: RunRow, kinds: Mapping[str, type[Payload]]) -> Iterator[Looked]:
        """The evidence of a run, one site at a time, in the order of their addresses."""
        query = select(looks).where(looks.c.run_seq == run.seq).order_by(looks.c.site)
        with self._engine.connect() as db:
            rows = db.execute(query).all()
        for row in rows:
            volatile = json.loads(row.volatile)
            lasting = codec.decode_evidence(self.blob(row.evidence_sha256), kinds)
            yield Looked(
                site=row.site,
                evidence_sha256=row.evidence_sha256,
                captured_at=datetime.fromisoformat(row.captured_at),
                duration_ms=row.duration_ms,
                volatile=volatile,
                payloads=lasting | codec.read_evidence(volatile.pop(VARYING, {}), kinds),
            )

    def keep_findings(self, run: RunRow, by_site: Mapping[str, tuple[Finding, ...]]) -> None:
        """What was judged of each site: what a school was told is kept."""
        with self._engine.begin() as db:
            for site, findings in by_site.items():
                sha256 = self._put(db, "findings", codec.encode_findings(findings))
                db.execute(_TELL, {"of_run": run.seq, "of_site": site, "told": sha256})

    def told_findings(self, run: RunRow) -> dict[str, tuple[Finding, ...]]:
        """The findings that were kept with a run, by site."""
        query = select(looks.c.site, looks.c.findings_sha256).where(
            looks.c.run_seq == run.seq, looks.c.findings_sha256.is_not(None)
        )
        with self._engine.connect() as db:
            rows = db.execute(query).all()
        return {row.site: codec.decode_findings(self.blob(row.findings_sha256)) for row in rows}

    # Blobs

    def blob(self, sha256: str) -> bytes:
        """The content of a blob; ``StoreUnusable`` where the bytes are not what was stored."""
        with self._engine.connect() as db:
            data = db.scalar(_BLOB, {"name": sha256})
        if data is None:
            raise StoreUnusable(f"blob {sha256[:12]} is missing from the store")
        try:
            content = codec.unpacked(data)
        except ValueError:
            raise StoreUnusable(f"blob {sha256[:12]} is damaged in the store") from None
        if codec.sha256_of(content) != sha256:
            raise StoreUnusable(f"blob {sha256[:12]} is damaged in the store")
        return content

    def _put(self, db: Connection, kind: str, content: bytes) -> str:
        sha256 = codec.sha256_of(content)
        if db.scalar(_BLOB_IS_KEPT, {"name": sha256}) is None:
            row = {"sha256": sha256, "kind": kind, "data": codec.packed(content)}
            db.execute(self._add_blob, row)
        return sha256


def _varies(kind: str, found: Found) -> bool:
    """Samples have moments and times of their own."""
    return kind == Uptime.kind and isinstance(found, Uptime)


def insert_of(engine: Engine) -> Any:
    """The dialect's own INSERT, which knows ON CONFLICT."""
    if engine.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415  Slow to import, seldom used.

        return postgresql.insert
    return sqlite.insert


@contextmanager
def scan_lock(
    url: str, *, wait_s: float = 0.0, waiting: Callable[[str], None] = lambda _why: None
) -> Iterator[None]:
    """Hold the store for one scan; ``StoreBusy`` where another run does.  The lock dies with its holder.

    With ``wait_s`` it is asked for again until it is free or the time is over; ``waiting`` is told for whom.
    """
    file = database_file(url)
    if file is None:
        with _server_lock(url, wait_s, waiting):
            yield
        return
    lock = filelock.FileLock(f"{file}.scan-lock", timeout=0)
    facts = Path(f"{file}.scan-holder.json")

    def taken() -> bool:
        try:
            lock.acquire()
        except filelock.Timeout:
            return False
        return True

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _wait_for(taken, lambda: _busy(str(file), read_holder(facts)), wait_s, waiting)
    except OSError as error:
        raise _no_place(file, error) from None
    try:
        note_holder(facts)
        yield
    finally:
        forget_holder(facts)
        lock.release()


@contextmanager
def _server_lock(url: str, wait_s: float, waiting: Callable[[str], None]) -> Iterator[None]:
    """The advisory lock of PostgreSQL, which ends with its session; a store in memory needs none."""
    engine = _engine(url)
    session = None
    try:
        if engine.dialect.name == "postgresql":
            session = _lock_session(engine, wait_s, waiting)
        yield
    finally:
        if session is not None:
            session.close()
        engine.dispose()


def _lock_session(engine: Engine, wait_s: float, waiting: Callable[[str], None]) -> Connection:
    """A session of the server that holds the lock."""
    try:
        db = engine.connect()
    except OperationalError as error:
        address = engine.url.render_as_string(hide_password=True)
        raise StoreUnusable(f"{address}: {error.__cause__ or error}") from None
    me = this_process()
    db.execute(_CALLED, {"name": f"tinnhiem, process {me.pid} on {me.host}"[:63]})

    def taken() -> bool:
        got = db.scalar(select(func.pg_try_advisory_lock(_LOCK_KEY)))
        # The lock is the session's; a transaction left open for hours holds up the server.
        db.commit()
        return bool(got)

    try:
        _wait_for(taken, lambda: _busy("the database", _server_holder(db)), wait_s, waiting)
    except StoreBusy:
        db.close()
        raise
    return db


def _wait_for(
    taken: Callable[[], bool],
    busy: Callable[[], str],
    wait_s: float,
    waiting: Callable[[str], None],
) -> None:
    until_s = monotonic_s() + wait_s
    told = ""
    while not taken():
        why = busy()
        left_s = until_s - monotonic_s()
        if left_s <= 0:
            raise StoreBusy(why)
        if why != told:
            waiting(why)
            told = why
        time.sleep(min(_ASK_AGAIN_S, left_s))


def _busy(what: str, holder: object) -> str:
    return f"another scan holds {what}" + (f" ({holder})" if holder else "")


def _server_holder(db: Connection) -> str:
    """How the session that has the lock calls itself, and since when it is connected."""
    row = db.execute(_WHO_HOLDS, {"key": _LOCK_KEY}).first()
    db.commit()
    if row is None:
        return ""
    since = f", since {row.since}" if row.since else ""
    return f"{row.name or 'an unnamed session'}{since}"


_ASK_AGAIN_S = 1.0
_CALLED = text("SELECT set_config('application_name', :name, false)")
_WHO_HOLDS = text(
    "SELECT a.application_name AS name, "
    "to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS \"UTC\"') AS since "
    "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = :key "
    "AND l.objsubid = 1 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_LOCK_KEY = 0x74_69_6E_6E


@contextmanager
def opened_engine(url: str) -> Iterator[Engine]:
    """The database itself, for locks that live as long as a connection."""
    engine = _engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


def default_url() -> str:
    """SQLite in the user's data folder, never inside a report folder."""
    import platformdirs  # noqa: PLC0415  Only where no --db is given.

    folder = platformdirs.user_data_path("tinnhiem", appauthor=False)
    return f"sqlite:///{(folder / 'tinnhiem.sqlite').as_posix()}"


def database_file(url: str) -> Path | None:
    """The file of a SQLite store; ``None`` for a server, or a store in memory."""
    parsed = _address(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def _address(url: str) -> URL:
    try:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise ArgumentError
        parsed.get_dialect().import_dbapi()
    except ArgumentError:
        raise StoreUnusable(
            "--db is no address of a database: give sqlite:///FILE or postgresql://HOST/NAME"
        ) from None
    except ImportError as error:
        raise StoreUnusable(f"--db needs a driver: {error}; install tinnhiem[postgres]") from None
    return parsed


def _no_place(file: Path, error: OSError) -> StoreUnusable:
    return StoreUnusable(f"no place for a store at {file}: {error.strerror}; name another by --db")


def _engine(url: str) -> Engine:
    parsed = _address(url)
    file = database_file(url)
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _no_place(file, error) from None
    engine = create_engine(parsed)
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _careful)
    return engine


def _careful(connection: sqlite3.Connection, _record: object) -> None:
    """Journal DELETE with FULL sync: nothing acknowledged is lost in a power cut, on every SQLite version."""
    connection.execute("PRAGMA journal_mode=DELETE")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA busy_timeout=10000")


def _check_health(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as db:
        said = db.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if said != "ok":
        raise StoreUnusable(f"the store is damaged ({said}); restore a backup")


def _bring_up(engine: Engine) -> None:
    """The tables of this version: built where there is nothing, migrated where an older one wrote."""
    with engine.begin() as db:
        if _revision(db) == REVISION:
            return
        if engine.dialect.name == "sqlite":
            # The driver begins no transaction for DDL by itself: all tables or none, and one builder at a time.
            db.exec_driver_sql("BEGIN IMMEDIATE")
        current = _revision(db)
        if current == REVISION:
            return
        if current is None:
            _build(db)
            return
        from scanner.archive import migrating  # noqa: PLC0415  Alembic takes 0.2 s to import.

        if not migrating.is_older(current):
            raise StoreUnusable(
                f"the store has schema {current}, which is newer than this program: update tinnhiem"
            )
        migrating.upgrade(db)


def _revision(db: Connection) -> str | None:
    if not inspect(db).has_table(revisions.name):
        return None
    return db.scalar(select(revisions.c.version_num))


def _build(db: Connection) -> None:
    if strange := inspect(db).get_table_names():
        raise StoreUnusable(
            f"this is a database of something else (it holds {', '.join(strange[:3])}): "
            "name another with --db"
        )
    metadata.create_all(db, checkfirst=False)
    revisions.create(db)
    db.execute(revisions.insert().values(version_num=REVISION))


def _text(moment: datetime) -> str:
    return moment.isoformat()
