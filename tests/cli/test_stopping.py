"""A scan that is stopped in the middle, politely or not, keeps what is done and goes on from there."""

import json
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanner.practice.background import BackgroundFleet
from tests.cli.command import Ended, database, run, start, told_once
from tests.cli.conftest import FEW

pytestmark = [pytest.mark.fleet, pytest.mark.xdist_group("cli")]

WORDS = ("--allow-private", "--criteria", "tin-nhiem-mang-2026-11", "--as-of", "2026-11-22")
ENOUGH = 5
LOST_MOST = 2
"""On a busy machine a look may run out of time; of all sites it may be these."""


@dataclass(frozen=True)
class Scan:
    """What one scan is asked with; the same words go on with it."""

    few: BackgroundFleet
    folder: Path

    @property
    def words(self) -> tuple[object, ...]:
        """The words of the command."""
        return (
            *("scan", self.few.inventory, "--out", self.folder / "out"),
            *("--db", database(self.folder / "store.sqlite"), "--resolver", self.few.resolver),
            *("--trust-store", self.few.trust_store, "--at-once", 20, *WORDS),
        )

    def done(self) -> set[str]:
        """The sites whose evidence is durable, as another program reads the file."""
        if not (self.folder / "store.sqlite").exists():
            return set()
        try:
            file = f"file:{(self.folder / 'store.sqlite').as_posix()}?mode=ro"
            with closing(sqlite3.connect(file, uri=True, timeout=5)) as db:
                return {site for (site,) in db.execute("SELECT site FROM looks")}
        except sqlite3.OperationalError:
            # The tables are not built yet.
            return set()

    def findings(self) -> dict[str, list[object]]:
        """What was found, site by site."""
        found: dict[str, list[object]] = {}
        for line in (self.folder / "out" / "data" / "findings.jsonl").read_bytes().splitlines():
            row = json.loads(line)
            found.setdefault(row["site"], []).append(row)
        return found


@pytest.fixture(scope="module")
def uncut(few: BackgroundFleet, tmp_path_factory: pytest.TempPathFactory) -> Scan:
    """The same scan without a stop."""
    scan = Scan(few, tmp_path_factory.mktemp("uncut"))
    ended = run(*scan.words)
    assert ended.code == 0, str(ended)
    assert len(scan.done()) == FEW
    return scan


def stopped_in_the_middle(scan: Scan, how: signal.Signals) -> tuple[Ended, float]:
    """Start, wait until some sites are durable, and send the signal; how it ended and how soon."""
    # Few sites at once, so that there is a middle to stop in.
    process = start(*scan.words, "--at-once", 3)
    try:
        while len(scan.done()) < ENOUGH:
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        process.send_signal(how)
        began = time.monotonic()
        out, err = process.communicate(timeout=30)
        took_s = time.monotonic() - began
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return Ended(process.returncode, out.decode("utf-8"), err.decode("utf-8")), took_s


def connections(few: BackgroundFleet) -> dict[str, int]:
    """Connections by host, as the servers counted them."""
    counted: dict[str, int] = few.stats()["connections_by_host"]
    return counted


def differences(
    one: dict[str, list[object]], other: dict[str, list[object]]
) -> dict[str, list[tuple[object, object]]]:
    """Where two scans do not say the same of a site."""
    assert one.keys() == other.keys()
    found = {
        site: [pair for pair in zip(one[site], other[site], strict=True) if pair[0] != pair[1]]
        for site in one
    }
    return {site: pairs for site, pairs in found.items() if pairs}


def _untold(row: object) -> bool:
    # It says that it could not look, and nothing of the site.
    return isinstance(row, dict) and row["outcome"] == "not-tested"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_stop_and_go_on(
    uncut: Scan, few: BackgroundFleet, tmp_path: Path, how: signal.Signals
) -> None:
    """No finished site is looked at again, none is missing, and the result is that of an uncut run."""
    scan = Scan(few, tmp_path)
    ended, took_s = stopped_in_the_middle(scan, how)
    kept = scan.done()
    assert ENOUGH <= len(kept) < FEW
    assert not (tmp_path / "out").exists()
    if how is signal.SIGKILL:
        assert ended.code == -signal.SIGKILL
    else:
        assert ended.code == 4, str(ended)
        assert took_s < 5
        assert f"stopped after {len(kept)} of {FEW} sites" in told_once(ended)
    before = connections(few)
    resumed = run(*scan.words, "--resume")
    assert resumed.code == 0, str(resumed)
    after = connections(few)
    again = {host for host in after if after[host] != before.get(host, 0)}
    assert {site for site in kept if _host(site) in again} == set()
    assert scan.done() == uncut.done()
    differing = differences(scan.findings(), uncut.findings())
    assert [
        pair for pairs in differing.values() for pair in pairs if not any(map(_untold, pair))
    ] == []
    assert len(differing) <= LOST_MOST, differing
    nothing_left = run(*scan.words, "--resume")
    assert nothing_left.code == 2
    assert "no unfinished run" in told_once(nothing_left)


def test_resuming_something_else_is_refused(few: BackgroundFleet, tmp_path: Path) -> None:
    """Other options are another scan: halves of two scans never become one report."""
    scan = Scan(few, tmp_path)
    stopped_in_the_middle(scan, signal.SIGKILL)
    kept = scan.done()
    ended = run(*scan.words, "--only", "dns", "--resume")
    assert ended.code == 2
    assert "of another inventory or other options" in told_once(ended)
    assert scan.done() == kept
    listed = run("runs", "--db", database(tmp_path / "store.sqlite"))
    assert "running   " in listed.out
    assert f"{len(kept)}/{FEW} sites" in listed.out


def test_a_schedule_goes_on_with_what_was_cut_off(few: BackgroundFleet, tmp_path: Path) -> None:
    """The same words each night: after a crash they go on, and after a whole run they begin anew."""
    scan = Scan(few, tmp_path)
    words = (*scan.words, "--resume-if-unfinished")
    stopped_in_the_middle(scan, signal.SIGKILL)
    kept = len(scan.done())
    resumed = run(*words)
    assert resumed.code == 0, str(resumed)
    assert "going on with run" in resumed.out
    assert f"{kept} of {FEW} sites are done" in resumed.out
    listed = run("runs", "--db", database(tmp_path / "store.sqlite"))
    assert listed.out.count(f"/{FEW} sites") == 1
    anew = run(*words, "--only", "dns")
    assert anew.code == 0, str(anew)
    assert "a new run begins" in anew.out


def test_a_reader_that_goes_away(few: BackgroundFleet, tmp_path: Path) -> None:
    """``tinnhiem … | head`` ends without a traceback."""
    process = start("runs", "--db", database(tmp_path / "store.sqlite"))
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = subprocess.DEVNULL  # type: ignore[assignment]  # nothing to collect any more
    assert process.stderr is not None
    said = process.stderr.read()
    process.stderr.close()
    process.wait(30)
    assert b"Traceback" not in said


def _host(site: str) -> str:
    return site.removeprefix("https://").partition(":")[0].partition("/")[0]
