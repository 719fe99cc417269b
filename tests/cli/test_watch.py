"""The commands that watch and tell: real processes, real servers, and what stands in the database afterwards."""

import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.availability import Counts
from scanner.archive.store import Store
from scanner.archive.uptime import (
    Batch,
    First,
    HoldRow,
    OutageRow,
    SampleRow,
    State,
    UptimeLog,
    watch_lock,
)
from scanner.cli.uptime import disagree, month_of
from scanner.practice.background import BackgroundFleet
from tests.checks.test_reach import watched
from tests.cli.command import ask, database, run, start, told_once

QUICK = """watch:
  retries: 1
  retry_after_s: 0
"""


def command(fleet: BackgroundFleet, home: Path, *more: object) -> list[object]:
    settings = home / "settings.yaml"
    settings.write_text(QUICK, encoding="utf-8")
    return [
        "watch", fleet.inventory, "--db", database(home / "w.sqlite"), "--settings", settings,
        "--resolver", fleet.resolver, "--allow-private", "--lang", "en", *more,
    ]  # fmt: skip


@pytest.fixture(scope="module")
def once(few: BackgroundFleet, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database after one sample of each of forty practice sites."""
    home = tmp_path_factory.mktemp("once")
    ended = run(*command(few, home, "--once"))
    assert ended.code == 0, str(ended)
    assert "watching " in ended.out
    assert " samples written; " in ended.out
    return home


def test_one_sample_of_each(few: BackgroundFleet, once: Path) -> None:
    """What practice sites are is what was seen of them, and no site is down that is not."""
    ended = run("uptime", "--json", "--db", database(once / "w.sqlite"))
    assert ended.code == 0, str(ended)
    told = {site["site"]: site for site in json.loads(ended.out)["sites"]}
    truth = few.truth
    assert told.keys() <= truth.keys()
    wrong = []
    for url, site in told.items():
        (seen,) = site["vantages"]
        reachable = truth[url]["outcomes"]["site-reachable"]
        if reachable == "met" and truth[url]["outcomes"]["uptime-above-target"] == "met":
            wrong += [url] if seen["up"] != 1 else []
        elif reachable == "not-tested":
            wrong += [url] if seen["down"] else []
    assert wrong == []
    assert sum(site["vantages"][0]["up"] for site in told.values()) > 10


def test_told_to_people(few: BackgroundFleet, once: Path) -> None:
    """A line a site; a unit alone; nothing of a unit that nobody watched."""
    url = database(once / "w.sqlite")
    every = ask("uptime", "--db", url)
    assert every.out.splitlines()[1].startswith("available")
    assert every.out.count("https://") >= 20
    unit = json.loads(ask("uptime", "--json", "--db", url).out)["sites"][0]["units"][0]
    assert ask("uptime", unit, "--db", url).out.count("https://") == 1
    assert "khac" in told_once(ask("uptime", "khac", "--db", url))


def test_stopped_politely(few: BackgroundFleet, tmp_path: Path) -> None:
    """SIGTERM ends it within moments, with everything written; a second one of the name was refused before."""
    process = start(*command(few, tmp_path, "--interval", 10))
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"watching ")
    second = run(*command(few, tmp_path, "--once"))
    assert second.code == 3
    assert "another watcher looks as 'default'" in told_once(second)
    another = run(*command(few, tmp_path, "--once", "--vantage", "ha-noi", "--quiet"))
    assert another.code == 0, str(another)
    process.send_signal(signal.SIGINT if sys.platform == "win32" else signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err.decode()
    assert b"Traceback" not in err
    assert b" samples written; " in out
    told = json.loads(ask("uptime", "--json", "--db", database(tmp_path / "w.sqlite")).out)
    seen = {one["vantage"] for site in told["sites"] for one in site["vantages"]}
    assert seen == {"default", "ha-noi"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(["--month", "11/2026"], "give a month as 2026-11", id="no-month"),
        pytest.param(["--month", "2026-13"], "give a month as 2026-11", id="no-such-month"),
        pytest.param(["--month", "9999-12"], "give a month as 2026-11", id="no-such-year"),
        pytest.param(["--month", "2999-01"], "it has not begun", id="not-yet"),
        pytest.param([], "nothing was ever watched", id="empty"),
    ],
)
def test_refusals(tmp_path: Path, words: list[str], says: str) -> None:
    """One sentence with the mend."""
    assert says in told_once(ask("uptime", "--db", database(tmp_path / "w.sqlite"), *words))


def test_watch_refusals(few: BackgroundFleet, tmp_path: Path) -> None:
    """A vantage that is held, and an inventory without permission."""
    rows = tmp_path / "truong.csv"
    rows.write_text(
        "unit_id,unit_name,kind,commune,manager,url\nu1,Trường A,thcs,20242,commune,https://a.edu.vn\n",
        encoding="utf-8",
    )
    url = database(tmp_path / "w.sqlite")
    refused = ask("watch", rows, "--db", url, "--once", "--lang", "en")
    assert refused.code == 2
    assert "holds no scan permission" in told_once(refused)
    with watch_lock(url, "default"):
        busy = ask("watch", few.inventory, "--db", url, "--once", "--quiet")
    assert busy.code == 3


@pytest.fixture
def november(tmp_path: Path) -> str:
    """A month with an outage, a hold and two vantages that disagree."""
    start, _ = month_of("2026-11", datetime(2026, 11, 22, tzinfo=UTC))
    start_s = int(start.timestamp())
    store = Store.open(database(tmp_path / "n.sqlite"))
    log = UptimeLog(store)
    site = log.sites({"https://a.edu.vn/": ["u1"], "https://b.edu.vn/": ["u2"]})[
        "https://a.edu.vn/"
    ]
    for name, downs in (("da-nang", 3), ("ha-noi", 40)):
        vantage = log.vantage(name, 600.0, start_s)
        rows = [
            SampleRow(site, start_s + n * 600, State.DOWN if n < downs else State.UP, 70 if n >= downs else None)
            for n in range(144)
        ]  # fmt: skip
        outage = OutageRow(site, start_s, start_s + 1200, "refused", start_s + 1800, 600)
        holds = [HoldRow(start_s, 12, start_s + 300)] if name == "ha-noi" else []
        log.keep(vantage, Batch(rows, [outage], holds, {site: First(start_s, start_s)}))
    store.close()
    return database(tmp_path / "n.sqlite")


def test_a_month(november: str) -> None:
    """Each vantage with its own figures, the disagreement said, outages with beginning, end and cause."""
    as_of = ("--as-of", "2026-11-01T17:00:00Z")
    told = ask("uptime", "--month", "2026-11", "--db", november, *as_of).out
    assert "2026-11-01 00:00 to 2026-11-02 00:00 (UTC+7)" in told
    assert "97.91 %       144 of 144" in told
    assert "72.22 %       144 of 144" in told
    assert "the vantages disagree" in told
    assert (
        "2026-11-01 00:00 to 2026-11-01 00:30  20 min, 10 min of it not looked at  refused" in told
    )
    assert "held: 2026-11-01 00:00 to 2026-11-01 00:05, ha-noi" in told
    assert "no sample" in told
    data = json.loads(ask("uptime", "u1", "--json", "--db", november, *as_of).out)
    ((site,), (hold,)) = data["sites"], data["held"]
    assert (data["schema"], data["month"], hold["samples"]) == (1, "2026-11", 12)
    assert site["vantages_disagree"] is True
    near, far = site["vantages"]
    assert (near["vantage"], near["availability_pct"], near["taken"]) == ("da-nang", 97.91, 144)
    assert (far["up"], far["down"], far["longest_outage_s"]) == (104, 40, 1200)
    assert near["p95_ms"] == pytest.approx(240, rel=0.05)
    assert [outage["lasted_s"] for outage in site["outages"]] == [1200, 1200]


@pytest.mark.parametrize(
    ("downs", "told"),
    [
        pytest.param((1, 2), False, id="a-point"),
        pytest.param((1, 3), True, id="two-points"),
        pytest.param((1, None), False, id="one-looked-too-little"),
    ],
)
def test_disagreement(downs: tuple[int, int | None], told: bool) -> None:
    """More than one point in a hundred, of vantages that looked at half of the month or more."""
    few = watched(counts=Counts(up=1, down=9))
    seen = [few if n is None else watched(100 - n, n) for n in downs]
    assert disagree(seen) is told
