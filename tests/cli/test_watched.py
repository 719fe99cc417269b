"""A scan judges uptime by what watchers saw before it, and a later judging needs the watchers no more."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select

from scanner.archive.store import Store
from scanner.archive.tables import blobs, watch_hours, watch_samples
from scanner.archive.uptime import Batch, First, SampleRow, State, UptimeLog
from scanner.clock import now
from scanner.practice.background import BackgroundFleet
from tests.cli.command import ask, database, run

GROUND = "nen-tang-website-2026-11"
ASKED = ("uptime-above-target", "response-time-within-budget")


def findings(out: Path) -> dict[tuple[str, str], dict[str, Any]]:
    lines = (out / "data" / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return {(row["site"], row["check"]): row for row in rows if row["check"] in ASKED}


def test_judged_by_what_watchers_saw(few: BackgroundFleet, tmp_path: Path) -> None:
    """One site was up all day, one for half of it, one slow; of the others nobody knows enough."""
    url = database(tmp_path / "w.sqlite")
    good, bad, slow = sorted(
        site for site, told in few.truth.items() if told["outcomes"]["site-reachable"] == "met"
    )[:3]
    store = Store.open(url)
    log = UptimeLog(store)
    start_s = int(now().timestamp()) // 3600 * 3600 - 26 * 3600
    vantage = log.vantage("da-nang", 300.0, start_s)
    ids = log.sites({site: ["u"] for site in (good, bad, slow)})
    states = {good: (State.UP, 70), bad: (State.DOWN, None), slow: (State.SLOW, 99)}
    log.keep(
        vantage,
        Batch(
            [
                SampleRow(
                    ids[site], start_s + n * 300, *(states[site] if n % 2 else (State.UP, 70))
                )
                for n in range(26 * 12 + 12)
                for site in ids
            ],
            firsts={id: First(start_s, start_s) for id in ids.values()},  # noqa: A001
        ),
    )
    log.roll_up(vantage, start_s + 20 * 3600)
    words = ["scan", few.inventory, "--db", url, "--only", "reach", "--criteria", GROUND]
    words += ["--resolver", few.resolver, "--allow-private", "--root-hints", few.root_hints]
    scanned = run(*words, "--out", tmp_path / "out")
    assert scanned.code == 0, str(scanned)
    found = findings(tmp_path / "out")
    told = {site: tuple(found[site, check]["outcome"] for check in ASKED) for site in few.truth}
    assert told[good] == ("met", "met")
    assert told[bad] == ("not-met", "met")
    assert told[slow] == ("met", "not-met")
    assert found[good, ASKED[0]]["measured"]["samples_planned"] == 288
    others = [told[site] for site in few.truth if site not in (good, bad, slow)]
    assert {uptime for uptime, _ in others} == {"not-tested"}
    # The scan's own glance is enough for a median; where this machine itself stood still, it says nothing.
    assert {time for _, time in others} <= {"met", "not-tested"}
    assert [time for _, time in others].count("met") > 10

    with store.engine.begin() as db:
        kinds = db.execute(
            select(func.count()).select_from(blobs).where(blobs.c.kind == "evidence")
        )
        before = kinds.scalar_one()
        for table in (watch_samples, watch_hours):
            db.execute(delete(table))
    judged = ask("judge", "--db", url, "--out", tmp_path / "again", "--criteria", GROUND)
    assert judged.code == 0, str(judged)
    assert findings(tmp_path / "again") == found

    # Samples are of a moment: they cost an unchanged site no second copy of its evidence.
    assert run(*words, "--out", tmp_path / "out").code == 0
    with store.engine.connect() as db:
        after = db.scalar(select(func.count()).select_from(blobs).where(blobs.c.kind == "evidence"))
    assert after is not None
    assert after - before <= 4
    store.close()
