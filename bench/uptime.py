"""Thirty days of 1,500 sites at five minutes through the real tracker, store and roll-ups: size, truth, report time.

``python3 dev.py bench uptime [--sites N] [--days N]``.  Outages, announced pauses, samples that could not be taken
and hours in which the watcher stood still are planted; what the book says must be what was planted.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from checks.availability import bucket_of
from scanner.archive.store import Store
from scanner.archive.uptime import (
    Keeping,
    State,
    UptimeLog,
    city_day,
    first_hour,
)
from scanner.archive.uptime_book import UptimeBook
from scanner.watch.tracking import HoldRule, Taken, Tracker

RESULTS = Path(__file__).parent / "results" / "uptime.json"
INTERVAL_S = 300
START_S = (
    first_hour(city_day(int(datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp()) // 3600)) * 3600
)
_LETTERS = {"u": State.UP, "d": State.DOWN, "-": State.UNKNOWN, "p": State.PAUSED}


@dataclass
class Truth:
    """What was planted for one site: a letter per slot (``u d - p``, a blank: nobody looked), and its outages."""

    slots: str
    outages: set[tuple[int, int]]

    def share(self) -> float:
        """Availability in percent, from the letters alone."""
        up, down = self.slots.count("u"), self.slots.count("d")
        return 100 * up / (up + down)


def planted(chance: random.Random, slots: int, asleep: set[int]) -> Truth:
    """One site: some outages, a weekly pause, some samples that could not be taken."""
    letters = ["u"] * slots
    at = chance.randrange(200, 2000)
    while at < slots:
        length = chance.choice((1, 2, 3, 12, 50))
        letters[at : at + length] = ["d"] * len(letters[at : at + length])
        at += length + chance.randrange(300, 4000)
    for unknown in range(chance.randrange(0, 40), slots, chance.randrange(100, 900)):
        if letters[unknown] == "u":
            letters[unknown] = "-"
    if chance.random() < 0.3:
        for begin in range(chance.randrange(7 * 288), slots, 7 * 288):
            letters[begin : begin + 12] = ["p"] * len(letters[begin : begin + 12])
    for slot in asleep:
        letters[slot] = " "
    return Truth("".join(letters), outages_of("".join(letters)))


def outages_of(letters: str) -> set[tuple[int, int]]:
    """(first slot down, first slot up of two in a row), read off the letters; ``-1``: it goes on."""
    found = set()
    began, up = -1, -1
    for slot, letter in enumerate(letters):
        if letter == "d":
            began, up = (slot if began < 0 else began), -1
        elif letter == "u" and began >= 0:
            if up >= 0:
                found.add((began, up))
                began, up = -1, -1
            else:
                up = slot
    return found | ({(began, -1)} if began >= 0 else set())


def main() -> int:
    """Simulate, roll up, compare, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sites", type=int, default=1500)
    asked.add_argument("--days", type=int, default=30)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        told = simulate(Path(folder) / "uptime.sqlite", given.sites, given.days)
    if (given.sites, given.days) == (1500, 30):
        RESULTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(told, indent=2))
    good = (
        told["database_mb"] <= 200
        and told["worst_difference_pct"] <= 0.01
        and told["month_report_s"] <= 5
        and told["outages_missed_or_invented"] == 0
    )
    return int(not good)


def simulate(file: Path, sites: int, days: int) -> dict[str, Any]:
    """Write all samples in the order of time, an hour a batch, rolled up and pruned as it goes; then read the month."""
    chance = random.Random(20261122)  # noqa: S311  The same month every time.
    slots = days * 86_400 // INTERVAL_S
    asleep = set(range(slots // 2, slots // 2 + 30)) if slots > 400 else set()
    truths = [planted(chance, slots, asleep) for _ in range(sites)]
    times = [bucket_of(ms) for ms in (80, 120, 120, 150, 180, 240, 300, 420, 800, 2500)]
    store = Store.open(f"sqlite:///{file.as_posix()}")
    log = UptimeLog(store)
    began = time.perf_counter()
    vantage = log.vantage("da-nang", INTERVAL_S, START_S)
    known = log.sites({f"https://truong{n}.edu.vn/": [f"u{n}"] for n in range(sites)})
    numbers = list(known.values())
    offsets = [n * INTERVAL_S // sites for n in range(sites)]
    tracker = Tracker(INTERVAL_S, sites, HoldRule())
    for slot in range(slots):
        begin_s = START_S + slot * INTERVAL_S
        for site, offset, truth in zip(numbers, offsets, truths, strict=True):
            letter = truth.slots[slot]
            if letter == " ":
                continue
            state, at_s = _LETTERS[letter], begin_s + offset
            bucket = chance.choice(times) if letter == "u" else None
            cause = "server-error" if letter == "d" else None
            tracker.take(Taken(site, at_s, at_s + 0.2, state, bucket, cause, looks=3))
        last = slot == slots - 1
        if last or slot % 12 == 11:
            # A watcher writes every few seconds; what is measured here is size and truth, not this disk.
            now_s = begin_s + INTERVAL_S
            log.keep(vantage, tracker.due(now_s, last=last))
            log.roll_up(vantage, now_s - 600)
            log.prune(vantage, now_s, Keeping())
    wrote_s = time.perf_counter() - began
    end_s = START_S + days * 86_400
    book = UptimeBook(store)
    began = time.perf_counter()
    month = book.span(START_S, end_s)
    outages = book.outages(START_S, end_s)
    report_s = time.perf_counter() - began
    began = time.perf_counter()
    strips = book.days(datetime.fromtimestamp(end_s - 1, UTC))
    strips_s = time.perf_counter() - began
    shares = [(month[site][0].counts, truth) for site, truth in zip(numbers, truths, strict=True)]
    seen = {
        (outage.site, int(outage.started_at.timestamp()), _end(outage.ended_at))
        for outage in outages
    }
    wanted = {
        (url, START_S + a * INTERVAL_S + offset, -1 if b < 0 else START_S + b * INTERVAL_S + offset)
        for url, offset, truth in zip(known, offsets, truths, strict=True)
        for a, b in truth.outages
    }  # fmt: skip
    store.close()
    return {
        "what": f"{days} days of {sites} sites at {INTERVAL_S} s, through tracker, store and roll-ups",
        "samples": sum(counts.seen for counts, _ in shares),
        "database_mb": round(file.stat().st_size / 1e6, 1),
        "written_in_s": round(wrote_s, 1),
        "worst_difference_pct": max(
            abs(100 * counts.up / counts.taken - truth.share()) for counts, truth in shares
        ),
        "counts_that_differ": sum(
            (counts.up, counts.down, counts.unknown, counts.paused)
            != tuple(truth.slots.count(letter) for letter in "ud-p")
            for counts, truth in shares
        ),
        "outages_planted": len(wanted),
        "outages_missed_or_invented": len(seen ^ wanted),
        "month_report_s": round(report_s, 2),
        "strips_of_all_sites_s": round(strips_s, 2),
        "days_in_strips": sum(len(strip) for strip in strips.values()),
    }


def _end(moment: datetime | None) -> int:
    return -1 if moment is None else int(moment.timestamp())


if __name__ == "__main__":
    sys.exit(main())
