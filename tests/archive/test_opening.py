"""Opening a store: built whole, never over something else, and never a new one over a damaged one."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

import scanner.archive
from scanner.archive.store import Store, StoreUnusable, database_file, scan_lock
from scanner.archive.tables import REVISION, metadata
from tests.archive.conftest import Opened
from tests.cli.command import database

MIGRATIONS = Path(scanner.archive.__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


REVISIONS = [
    revision.revision for revision in ScriptDirectory.from_config(_config()).walk_revisions()
]


@pytest.fixture
def engine(db: Path) -> Iterator[Engine]:
    """The store's file, past the store."""
    made = create_engine(database(db))
    yield made
    made.dispose()


def _at(db: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = db
    command.upgrade(config, revision)


def test_a_new_store_is_as_a_migrated_one(opened: Opened, engine: Engine) -> None:
    """A new store is built at once, an old one in steps: both end with the same tables and revision."""
    opened()
    migrated = create_engine("sqlite://")
    with migrated.begin() as db:
        _at(db, "head")
        context = MigrationContext.configure(db, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        stepwise = _columns(db), context.get_current_revision()
    migrated.dispose()
    with engine.connect() as db:
        assert (_columns(db), MigrationContext.configure(db).get_current_revision()) == stepwise
        assert stepwise[1] == REVISIONS[0] == REVISION


def _columns(db: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every column with its type, NULL, default and place in the key."""
    return {
        name: [tuple(row) for row in db.exec_driver_sql(f"PRAGMA table_info({name})")]
        for name in (*metadata.tables, "alembic_version")
    }


def test_migrations_go_back_too(opened: Opened, engine: Engine) -> None:
    """Every step down undoes its step up."""
    opened()
    config = _config()
    with engine.begin() as db:
        config.attributes["connection"] = db
        command.downgrade(config, "base")
        names = db.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars()
        assert set(names) == {"alembic_version"}


@pytest.mark.parametrize("revision", REVISIONS)
def test_an_old_store_is_brought_up(opened: Opened, engine: Engine, revision: str) -> None:
    """Whatever version wrote it, this one reads it."""
    with engine.begin() as db:
        _at(db, revision)
    assert opened().runs() == []
    with engine.connect() as db:
        now_at = MigrationContext.configure(db).get_current_revision()
    assert now_at == REVISIONS[0]


def test_a_newer_store_is_left_alone(opened: Opened, engine: Engine, db: Path) -> None:
    """It says to update the program, and changes nothing."""
    opened().close()
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    before = db.read_bytes()
    with pytest.raises(StoreUnusable, match=r"9999.*newer than this program: update tinnhiem"):
        opened()
    assert db.read_bytes() == before


def test_a_database_of_something_else_is_left_alone(opened: Opened, db: Path) -> None:
    """Another program's file gets no tables of ours."""
    with closing(sqlite3.connect(db)) as other:
        other.execute("CREATE TABLE diem_thi (hoc_sinh TEXT)")
        other.commit()
    before = db.read_bytes()
    with pytest.raises(StoreUnusable, match=r"something else.*diem_thi.*--db"):
        opened()
    assert db.read_bytes() == before


def test_a_migration_is_whole_or_not_at_all(opened: Opened, db: Path) -> None:
    """Where the last table cannot be made, the first ones are not there either."""
    with closing(sqlite3.connect(db)) as other:
        other.execute("CREATE VIEW looks AS SELECT 1")
        other.commit()
    with pytest.raises(StoreUnusable, match="looks already exists"):
        opened()
    with closing(sqlite3.connect(db)) as other:
        names = other.execute("SELECT name FROM sqlite_master").fetchall()
    assert names == [("looks",)]


def _no_database(db: Path) -> None:
    db.write_text("unit_id,unit_name,url\n" * 200, encoding="utf-8")


def _folder(db: Path) -> None:
    db.mkdir()


def _head_overwritten(db: Path) -> None:
    Store.open(database(db)).close()
    db.write_bytes(b"\0" * 100 + db.read_bytes()[100:])


def _page_overwritten(db: Path) -> None:
    Store.open(database(db)).close()
    data = bytearray(db.read_bytes())
    data[4096:8192] = b"\xa5" * 4096
    db.write_bytes(data)


def _cut_short(db: Path) -> None:
    Store.open(database(db)).close()
    db.write_bytes(db.read_bytes()[:6000])


@pytest.mark.parametrize(
    "spoil", [_no_database, _folder, _head_overwritten, _page_overwritten, _cut_short]
)
def test_what_is_no_store_stays_as_it_is(opened: Opened, db: Path, spoil: object) -> None:
    """A damaged store is told, kept byte for byte, and never replaced by an empty one."""
    assert callable(spoil)
    spoil(db)
    before = db.read_bytes() if db.is_file() else None
    with pytest.raises(StoreUnusable, match=r"--db|backup"):
        opened()
    assert (db.read_bytes() if db.is_file() else None) == before


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("ket-qua.sqlite", "give sqlite:///FILE", id="a-path"),
        pytest.param("", "give sqlite:///FILE", id="nothing"),
        pytest.param("mysql://host/name", "give sqlite:///FILE", id="another-kind"),
        pytest.param("nosuch://host/name", "give sqlite:///FILE", id="unknown-kind"),
    ],
)
def test_an_address_of_no_database(url: str, says: str) -> None:
    """Said in one sentence, by opening and by locking."""
    with pytest.raises(StoreUnusable, match=says):
        Store.open(url)
    with pytest.raises(StoreUnusable, match=says), scan_lock(url):
        pass


def test_no_place_for_a_store(tmp_path: Path) -> None:
    """A folder that cannot be made is told, by opening and by locking."""
    (tmp_path / "a-file").write_bytes(b"")
    url = database(tmp_path / "a-file" / "store.sqlite")
    with pytest.raises(StoreUnusable, match="no place for a store"):
        Store.open(url)
    with pytest.raises(StoreUnusable, match="no place for a store"), scan_lock(url):
        pass


def test_a_password_is_not_shown() -> None:
    """The address of a database may stand in a log."""
    with pytest.raises(StoreUnusable) as caught:
        Store.open("postgresql+nosuch://user:geheim@127.0.0.1/name")
    assert "geheim" not in str(caught.value)


def test_where_the_file_is() -> None:
    """A store in memory or at a server has no file."""
    assert database_file("sqlite:////data/a.sqlite") == Path("/data/a.sqlite")
    assert database_file("sqlite://") is None


def test_pragmas_are_set(db: Path) -> None:
    """What keeps acknowledged evidence through a power cut is set on every connection."""
    seen: list[dict[str, object]] = []

    def look(connection: sqlite3.Connection, *_: object) -> None:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        seen.append({name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names})

    event.listen(Pool, "checkout", look)
    try:
        store = Store.open(database(db))
        store.runs()
        store.close()
    finally:
        event.remove(Pool, "checkout", look)
    wanted = {"journal_mode": "delete", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}
    assert seen
    assert [one for one in seen if one != wanted] == []
