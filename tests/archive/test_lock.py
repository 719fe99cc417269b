"""One scan at a time: the second is refused, and the lock dies with its holder."""

import subprocess
import sys
from pathlib import Path

import pytest

from scanner.archive.store import StoreBusy, scan_lock
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
