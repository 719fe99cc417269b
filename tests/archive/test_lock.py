"""One scan at a time: the second is refused or waits, and the lock dies with its holder."""

import os
import platform
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.archive.holder import forget_holder, note_holder, read_holder
from scanner.archive.store import StoreBusy, StoreUnusable, scan_lock
from scanner.clock import now
from tests.cli.command import HOME, ask, database, environment, told_once
from tests.cli.lists import written

HOLD = """
import sys
from scanner.archive.store import scan_lock
with scan_lock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(url: str) -> "subprocess.Popen[bytes]":
    """Another process that holds the store."""
    holder = subprocess.Popen(  # noqa: S603  Our own interpreter, no shell.
        [sys.executable, "-c", HOLD, url],
        cwd=HOME,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    return holder


def end(holder: "subprocess.Popen[bytes]") -> None:
    """Kill it as a power cut would."""
    holder.kill()
    holder.communicate()


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    """After kill -9 the next scan begins at once."""
    url = database(tmp_path / "store.sqlite")
    holder = hold(url)
    try:
        with pytest.raises(StoreBusy, match="another scan holds"), scan_lock(url):
            pass
    finally:
        end(holder)
    with scan_lock(url):
        pass
    with scan_lock(url):
        pass


def test_a_second_scan_is_refused(tmp_path: Path) -> None:
    """Exit 3, and no store is touched; other stores are free."""
    db = tmp_path / "store.sqlite"
    words = ("scan", written(tmp_path), "--out", tmp_path / "out", "--resolver", "127.0.0.1:9")
    holder = hold(database(db))
    try:
        ended = ask(*words, "--db", database(db))
    finally:
        end(holder)
    assert ended.code == 3
    assert "another scan holds" in told_once(ended)
    assert not db.exists()
    assert not (tmp_path / "out").exists()


def test_the_refusal_names_the_holder(tmp_path: Path) -> None:
    """Its process, its machine and since when; its facts go when it ends by itself."""
    url = database(tmp_path / "store.sqlite")
    holder = hold(url)
    try:
        with pytest.raises(StoreBusy) as busy, scan_lock(url):
            pass
    finally:
        holder.communicate()
    expected = f"(process {holder.pid} on {platform.node()}, since {now():%Y-%m-%d}"
    assert expected in str(busy.value)
    assert list(tmp_path.glob("*.json*")) == []


@pytest.mark.parametrize(
    "left",
    [
        pytest.param(None, id="none"),
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="cut"),
        pytest.param(b"[]", id="a-list"),
        pytest.param(b'{"pid": "x", "host": "h", "since": "2026-01-01"}', id="no-number"),
        pytest.param(b'{"pid": 1, "host": "h", "since": "soon"}', id="no-moment"),
        pytest.param(b"\xff\xfe", id="no-text"),
    ],
)
def test_facts_decide_nothing(tmp_path: Path, left: bytes | None) -> None:
    """Whatever stands beside the lock, only the lock itself says who may scan."""
    db = tmp_path / "store.sqlite"
    facts = tmp_path / "store.sqlite.scan-holder.json"
    holder = hold(database(db))
    try:
        if left is None:
            facts.unlink()
        else:
            facts.write_bytes(left)
        with pytest.raises(StoreBusy) as busy, scan_lock(database(db)):
            pass
        assert str(busy.value) == f"another scan holds {db}"
    finally:
        end(holder)
    note_holder(facts)
    assert facts.exists()
    with scan_lock(database(db)):
        told = read_holder(facts)
        assert told is not None
        assert told.pid == os.getpid()


def test_facts_that_can_not_be_left_cost_nothing(tmp_path: Path) -> None:
    """A folder in the place of the file is no reason not to scan."""
    facts = tmp_path / "facts.json"
    facts.mkdir()
    note_holder(facts)
    forget_holder(facts)
    assert read_holder(facts) is None


def test_waiting_for_a_killed_holder(tmp_path: Path) -> None:
    """Who waits is told once for whom, and begins soon after the holder was killed."""
    url = database(tmp_path / "store.sqlite")
    holder = hold(url)
    told: list[str] = []
    killer = threading.Timer(0.3, holder.kill)
    killer.start()
    began = time.monotonic()
    try:
        with scan_lock(url, wait_s=30, waiting=told.append):
            took_s = time.monotonic() - began
    finally:
        killer.join()
        end(holder)
    assert 0.2 < took_s < 5
    assert len(told) == 1
    assert f"process {holder.pid} on" in told[0]


def test_waiting_is_bounded(tmp_path: Path) -> None:
    """When the time is over it is refused as at once."""
    url = database(tmp_path / "store.sqlite")
    holder = hold(url)
    began = time.monotonic()
    try:
        with pytest.raises(StoreBusy, match="another scan holds"), scan_lock(url, wait_s=0.4):
            pass
    finally:
        end(holder)
    assert 0.3 < time.monotonic() - began < 5


def test_a_scan_says_for_whom_it_waits(tmp_path: Path) -> None:
    """``--wait-for-lock`` takes minutes; the sentence names the holder, and the exit code stays 3."""
    db = tmp_path / "store.sqlite"
    words = ("scan", written(tmp_path), "--out", tmp_path / "out", "--resolver", "127.0.0.1:9")
    holder = hold(database(db))
    try:
        ended = ask(*words, "--db", database(db), "--wait-for-lock", 0.01)
    finally:
        end(holder)
    assert ended.code == 3
    waiting = [line for line in ended.err.splitlines() if "waiting for it, 0.01 minutes" in line]
    assert len(waiting) == 1
    assert f"process {holder.pid} on" in waiting[0]
    assert f"process {holder.pid} on" in told_once(ended)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A PostgreSQL of our own on loopback; skipped visibly where it or its driver is missing."""
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    tools = [shutil.which(name) for name in ("initdb", "pg_ctl")]
    if None in tools or not hasattr(os, "geteuid") or os.geteuid() == 0:
        pytest.skip("needs initdb and pg_ctl, and not root, as whom PostgreSQL does not run")
    initdb, pg_ctl = map(str, tools)
    data, port = tmp_path / "pg", 20_000 + os.getpid() % 20_000
    _run(initdb, "-D", str(data), "-U", "tinnhiem", "-A", "trust")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {tmp_path}"
    _run(pg_ctl, "-D", str(data), "-o", options, "-l", str(tmp_path / "log"), "-w", "start")
    try:
        yield f"postgresql://tinnhiem@127.0.0.1:{port}/postgres"
    finally:
        _run(pg_ctl, "-D", str(data), "-m", "immediate", "stop")


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)  # noqa: S603  Fixed words, no shell.


def test_postgresql_names_its_holder(server: str) -> None:
    """The advisory lock is seen with the name of its session, and ends with its process."""
    holder = hold(server)
    try:
        with (
            pytest.raises(StoreBusy, match=rf"tinnhiem, process {holder.pid} on "),
            scan_lock(server),
        ):
            pass
    finally:
        end(holder)
    with scan_lock(server, wait_s=10):
        pass


def test_postgresql_that_does_not_answer() -> None:
    """One sentence, not a traceback of the driver."""
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed")
    with (
        pytest.raises(StoreUnusable, match=r"127\.0\.0\.1:1/name"),
        scan_lock("postgresql://user:secret@127.0.0.1:1/name"),
    ):
        pass
