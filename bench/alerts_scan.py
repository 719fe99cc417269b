"""Scans and their alerts under ``kill -9``: what the scans saw change is told, all of it and once.

Real scans of practice schools, some of which get worse or better meanwhile, are killed at random moments.  At the end
the events are held against the findings of all complete runs, by a reckoning of its own, and the messages that arrived
against the events.  ``python -m bench.alerts_scan`` prints both and writes ``bench/results/alerts_scan.json``.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from bench.alerts import SETTINGS, kill_often
from checks.changes import by_key
from checks.events import EventKind
from checks.spec import Outcome
from scanner.archive.events import Events
from scanner.archive.history import History
from scanner.archive.outbox import DEAD, OPEN, SENT, Outbox
from scanner.archive.store import Store
from scanner.practice.background import BackgroundFleet, serve_in_background
from tests.alerts.stand_in import QUICK

HOME = Path(__file__).resolve().parents[1]
SCHOOLS = 40
TURNS_A_HOST = 3
"""A site that opens more alerts than this in a day is told of later."""
EVERY_S = 4.0
AT_ONCE = """
confirm: {runs: 1, of_runs: 1, look_again: false, hold_share_pct: 100, hold_least: 1000}
"""


def healthy(fleet: BackgroundFleet) -> list[str]:
    """Hosts that send the header which a school that gets worse loses."""
    return [
        site.removeprefix("https://").partition("/")[0].partition(":")[0]
        for site, row in fleet.truth.items()
        if row["outcomes"].get("nosniff-set") == "met"
        and row["outcomes"].get("site-reachable") == "met"
    ]


@contextmanager
def turning(fleet: BackgroundFleet, seed: int) -> Iterator[None]:
    """Schools get worse and better all the time, none of them too often."""
    dice = random.Random(seed)  # noqa: S311  Moments, no secrets.
    over = threading.Event()
    left = dict.fromkeys(healthy(fleet), 2 * TURNS_A_HOST)
    worse: set[str] = set()

    def turn() -> None:
        while left and not over.wait(EVERY_S):
            host = dice.choice(sorted(left))
            fleet.turn(f"{'mend' if host in worse else 'worsen'} {host}")
            worse.symmetric_difference_update({host})
            left[host] -= 1
            if not left[host]:
                del left[host]

    thread = threading.Thread(target=turn, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)


def reckoned(store: Store) -> Counter[tuple[str, str, str, str]]:
    """What the complete runs saw change, worked out from what they told: kind, run, unit, check."""
    found: Counter[tuple[str, str, str, str]] = Counter()
    last: dict[tuple[str, str, str, str], Outcome] = {}
    runs = [row for row in reversed(store.runs()) if row.state == "complete"]
    for number, run in enumerate(runs):
        told = by_key(f for of in store.told_findings(run).values() for f in of)
        for key, finding in told.items():
            if finding.outcome in (Outcome.NOT_TESTED, Outcome.BROKEN):
                continue
            was = last.get(key)
            last[key] = finding.outcome
            if number == 0 or was is None or was is finding.outcome:
                continue
            if (was, finding.outcome) == (Outcome.MET, Outcome.NOT_MET):
                found[EventKind.REGRESSED.value, run.id, finding.unit, finding.check] += 1
            if (was, finding.outcome) == (Outcome.NOT_MET, Outcome.MET):
                found[EventKind.RECOVERED.value, run.id, finding.unit, finding.check] += 1
    return found


def kept(store: Store) -> Counter[tuple[str, str, str, str]]:
    """The same, as the events have it."""
    wanted = (EventKind.REGRESSED, EventKind.RECOVERED)
    return Counter(
        (event.kind.value, event.run, event.unit, event.check)
        for _, event in Events(store).after(0)
        if event.kind in wanted
    )


def last_words_wrong(store: Store, channel: str) -> list[str]:
    """Alerts of which the last message to a channel says another thing than the last event.

    What opens, ends and opens again before anything of it was told is one alert that goes on: its events in between
    stand in no message.  What counts is that nobody is left with a wrong picture.
    """
    events = [event for _, event in Events(store).after(0)]
    by_name = {event.key: event for event in events}
    told: dict[tuple[str, str, str], EventKind] = {}
    for letter in sorted(Outbox(store).letters((*OPEN, SENT, DEAD)), key=lambda one: one.id):
        if letter.channel == channel:
            for key in letter.tells:
                event = by_name[key]
                told[event.unit, event.site, event.check] = event.kind
    last = {
        (event.unit, event.site, event.check): event.kind
        for event in events
        if event.kind in (EventKind.REGRESSED, EventKind.RECOVERED)
    }
    return sorted(
        f"{unit} {check}: told {told.get((unit, site, check))}, is {kind}"
        for (unit, site, check), kind in last.items()
        if told.get((unit, site, check)) is not kind
        and not (kind is EventKind.RECOVERED and (unit, site, check) not in told)
    )


def main() -> int:
    """The whole bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=14.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with serve_in_background(folder / "fleet", count=SCHOOLS) as fleet:
            command = " ".join(
                (
                    "{python} -m scanner.cli scan",
                    f"{fleet.inventory} --out {folder / 'out'} --db {{db}} --settings {{settings}}",
                    f"--resolver {fleet.resolver} --trust-store {fleet.trust_store} --allow-private",
                    "--criteria nen-tang-website-2026-11 --only http --only reach --only tls",
                    "--no-fetch --tls brief --resume-if-unfinished --wait-for-lock 2",
                )
            )
            with turning(fleet, given.seed):
                result = kill_often(
                    given.kills,
                    folder,
                    seed=given.seed,
                    command=command,
                    longest_s=given.longest,
                    pace=QUICK,
                    settings_text=SETTINGS + AT_ONCE,
                )
        store = Store.open(f"sqlite:///{(folder / 'alerts.sqlite').as_posix()}")
        try:
            complete = [row for row in store.runs() if row.state == "complete"]
            settled = History(store).settlements()
            seen, told = reckoned(store), kept(store)
            wrong = {name: last_words_wrong(store, name) for name in result.channels}
        finally:
            store.close()
    lost, invented = seen - told, told - seen
    figures = {
        **asdict(result),
        "complete_runs": len(complete),
        "settled_runs": len(settled),
        "changes_seen": sum(seen.values()),
        "events_folded_into_an_alert_that_went_on": result.unplanned,
        "alerts_with_wrong_last_words": wrong,
        "changes_lost": sorted(map(list, lost)),
        "changes_invented": sorted(map(list, invented)),
    }
    whole = len(settled) == len(complete) and not lost and not invented
    result.unplanned, folded = 0, result.unplanned
    good = result.good and whole and not any(wrong.values())
    figures["good"] = good
    file = HOME / "bench" / "results" / "alerts_scan.json"
    file.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"kill -9: {result.kills} rounds, {result.rounds_ended_before_the_kill} ended before")
    for place, number in sorted(result.killed_while.items()):
        print(f"  killed {place}: {number}")
    print(
        f"{len(complete)} complete runs, {len(settled)} in the history; changes seen {sum(seen.values())}, "
        f"lost {sum(lost.values())}, invented {sum(invented.values())}"
    )
    for channel, one in result.channels.items():
        print(
            f"{channel}: {result.events} events in {one.planned} messages; arrived {one.arrived_raw}, after "
            f"dropping repeated keys {one.arrived_once}; told twice {one.events_twice_under_different_keys}, "
            f"lost messages {one.lost_messages}, out of order {one.out_of_order}; folded into an alert that went on {folded}; "
            f"wrong last words {len(wrong[channel])}"
        )
    print(f"{'good' if good else 'BAD'}, {result.seconds:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
