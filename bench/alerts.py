"""Alerts under ``kill -9``: no event lost, none delivered twice under one key, whatever moment the process dies.

A command (by default a stand-in for a scan) commits events, plans and sends, and is killed at a random moment, again
and again, while a mail server and a webhook on loopback fail one time in five.  ``python -m bench.alerts`` prints the
table and writes ``bench/results/alerts.json``.  Another command: ``--command "… {db} … {settings} … {round} …"``; ``bench.alerts_scan`` puts real scans in its place.
"""

import argparse
import json
import os
import random
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from inventory.readers.settings import read_settings
from inventory.settings import Settings
from scanner.alerts.rounds import Pace, plan_and_send
from scanner.archive.events import Events
from scanner.archive.outbox import DEAD, OPEN, SENT, Outbox
from scanner.archive.store import Store
from tests.alerts.receivers import Arrived, Mail, Webhook, one_in_five
from tests.alerts.stand_in import QUICK

HOME = Path(__file__).resolve().parents[1]
STAND_IN = "{python} -m tests.alerts.stand_in {db} {settings} {round}"
LATE_S = 3.0
"""Later than a sender waits: the message was accepted, and the sender cannot know."""
LATENCY_S = 0.2
"""Between taking a message and saying so: in this time a sender may die."""

SETTINGS = """
alerts:
  give_up_after_h: 720
  channels:
    - {name: mail, url_env: TINNHIEM_BENCH_MAIL, lang: vi, digest_over: 1000}
    - {name: hook, url_env: TINNHIEM_BENCH_HOOK, lang: en, digest_over: 1000}
  rules:
    - {name: all, to: [mail, hook], least: info, remind_after_h: 8760}
"""


@dataclass
class Channel:
    """What became of the messages of one channel."""

    planned: int
    arrived_raw: int
    arrived_once: int
    lost_events: int
    events_twice_under_different_keys: int
    lost_messages: int
    out_of_order: int
    repeats_after: Mapping[str, int] = field(default_factory=dict)
    """Raw repeats of one key, by what became of the delivery before."""


@dataclass
class Result:
    """One bench."""

    kills: int
    rounds_ended_before_the_kill: int
    killed_while: Mapping[str, int]
    events: int
    unplanned: int
    open_after: int
    dead_after: int
    channels: Mapping[str, Channel]
    seconds: float

    @property
    def good(self) -> bool:
        """Nothing lost, nothing twice."""
        return not (self.open_after or self.dead_after or self.unplanned) and all(
            not (
                one.lost_events
                or one.lost_messages
                or one.out_of_order
                or one.events_twice_under_different_keys
            )
            for one in self.channels.values()
        )


def kill_often(
    kills: int,
    folder: Path,
    *,
    seed: int = 1,
    command: str = STAND_IN,
    longest_s: float = 8.0,
    pace: Pace = QUICK,
    drain_s: float = 300.0,
    settings_text: str = SETTINGS,
) -> Result:
    """Kill, drain, compare."""
    chance = random.Random(seed)  # noqa: S311  Moments, no secrets.
    began = time.monotonic()
    db = f"sqlite:///{(folder / 'alerts.sqlite').as_posix()}"
    settings_file = folder / "settings.yaml"
    settings_file.write_text(settings_text, encoding="utf-8")
    mail = Mail(one_in_five(seed + 1), LATE_S, LATENCY_S)
    hook = Webhook(one_in_five(seed + 2), LATE_S, LATENCY_S)
    env = {"TINNHIEM_BENCH_MAIL": mail.url(), "TINNHIEM_BENCH_HOOK": hook.url}
    os.environ |= env
    settings, _ = read_settings(settings_file)
    assert settings is not None
    places: Counter[str] = Counter()
    ended = 0
    try:
        # The channels are known before the first event, as on a machine in service.
        _drain(db, settings, pace, 10.0)
        number = 0
        for _ in range(kills):
            before = _state(db)
            process = _started(command, db, settings_file, number)
            try:
                process.wait(chance.uniform(0.05, longest_s))
                ended += 1
            except subprocess.TimeoutExpired:
                # What it started lives on, as after a real kill -9.
                process.kill()
                process.wait()
                places[_place(before, _state(db))] += 1
            # A round that died before its events were kept begins anew, as a scan is resumed.
            if command != STAND_IN or _state(db).newest > before.newest:
                number += 1
        _started(command, db, settings_file, number).wait()
        drained = _drain(db, settings, pace, drain_s)
        return _compare(
            db,
            {"mail": mail.register.arrived, "hook": hook.register.arrived},
            Result(kills, ended, dict(places), 0, 0, *drained, {}, time.monotonic() - began),
        )
    finally:
        mail.close()
        hook.close()


def _started(command: str, db: str, settings: Path, number: int) -> "subprocess.Popen[bytes]":
    values = {"python": sys.executable, "db": db, "settings": str(settings), "round": str(number)}
    return subprocess.Popen(
        [word.format(**values) for word in shlex.split(command)],
        cwd=HOME,
        env=os.environ | {"PYTHONPATH": str(HOME)},
        stderr=subprocess.DEVNULL,
    )


@dataclass(frozen=True)
class _State:
    """What the store held at a moment."""

    newest: int
    heard: int
    sent: int
    tries: Mapping[int, int]
    sending: frozenset[int]


def _state(db: str) -> _State:
    store = Store.open(db)
    try:
        box = Outbox(store)
        letters = box.letters((*OPEN, SENT, DEAD))
        return _State(
            newest=Events(store).newest(),
            heard=min(box.heard(name) or 0 for name in ("mail", "hook")),
            sent=sum(1 for one in letters if one.state == SENT),
            tries={one.id: one.tries for one in letters},
            sending=frozenset(one.id for one in letters if one.state == "sending"),
        )
    finally:
        store.close()


def _place(before: _State, after: _State) -> str:
    """How far the process had come when it died."""
    mine = {one for one, tries in after.tries.items() if tries > before.tries.get(one, 0)}
    if after.newest == before.newest:
        return "before its events were kept"
    if after.heard < after.newest:
        return "after its events were kept, before all messages were planned"
    if mine & after.sending:
        return "with a message on the way"
    if mine:
        return "after some messages, with none on the way"
    return "after planning, before its first message"


def _drain(db: str, settings: Settings, pace: Pace, within_s: float) -> tuple[int, int]:
    """Rounds until nothing waits; how many wait and how many were given up."""
    until = time.monotonic() + within_s
    store = Store.open(db)
    try:
        box = Outbox(store)
        while True:
            plan_and_send(store, settings, pace=pace)
            open_now = len(box.letters(OPEN))
            if not open_now or time.monotonic() > until:
                return open_now, len(box.letters((DEAD,)))
    finally:
        store.close()


def _compare(db: str, arrived: Mapping[str, Sequence[Arrived]], result: Result) -> Result:
    store = Store.open(db)
    try:
        events = [event for _, event in Events(store).after(0)]
        letters = Outbox(store).letters((*OPEN, SENT, DEAD))
    finally:
        store.close()
    channels = {}
    for name, raw in arrived.items():
        planned = [one for one in letters if one.channel == name]
        once: dict[str, Arrived] = {}
        repeats: Counter[str] = Counter()
        last: dict[str, str] = {}
        for one in raw:
            if one.key in once:
                repeats[_after(last[one.key])] += 1
            once.setdefault(one.key, one)
            last[one.key] = one.how
        told = Counter(key for letter in planned if letter.key in once for key in letter.tells)
        # Not by our own books: the marks that the events carry, in the texts that arrived.
        marks = Counter(
            event.note
            for event in events
            for one in once.values()
            if event.note and event.note in one.body
        )
        marked = [event for event in events if event.note.startswith("mark-")]
        order = [letter.key for letter in planned]
        channels[name] = Channel(
            planned=len(planned),
            arrived_raw=len(raw),
            arrived_once=len(once),
            lost_events=sum(1 for event in marked if not marks[event.note]),
            events_twice_under_different_keys=sum(1 for event in marked if marks[event.note] > 1)
            + sum(1 for number in told.values() if number > 1),
            lost_messages=sum(1 for letter in planned if letter.key not in once),
            out_of_order=int(
                [key for key in once if key in order] != [k for k in order if k in once]
            ),
            repeats_after=dict(repeats),
        )
    unplanned = sum(
        1
        for event in events
        if not event.run.startswith("held")
        and event.key not in {k for one in letters for k in one.tells}
    )
    result.events, result.unplanned, result.channels = len(events), unplanned, channels
    return result


def _after(how: str) -> str:
    return {
        "well": "accepted and answered, but the sender was killed",
        "cut-after": "accepted, the line cut before the answer",
        "late": "accepted, answered too late",
    }[how]


def main() -> None:
    """The whole bench."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--longest", type=float, default=8.0, help="latest moment of a kill, seconds"
    )
    parser.add_argument("--command", default=STAND_IN)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = kill_often(
            given.kills,
            Path(folder),
            seed=given.seed,
            command=given.command,
            longest_s=given.longest,
            pace=QUICK if given.command == STAND_IN else Pace(),
        )
    out = HOME / "bench" / "results" / "alerts.json"
    out.write_text(
        json.dumps({**asdict(result), "good": result.good}, indent=2, ensure_ascii=False) + "\n"
    )
    print(f"kill -9: {result.kills} rounds, {result.rounds_ended_before_the_kill} ended before")
    for place, number in sorted(result.killed_while.items()):
        print(f"  killed {place}: {number}")
    for name, one in result.channels.items():
        print(
            f"{name}: {result.events} events in {one.planned} messages; arrived {one.arrived_raw}, "
            f"after dropping repeated keys {one.arrived_once}; events lost {one.lost_events}, "
            f"told twice {one.events_twice_under_different_keys}, out of order {one.out_of_order}"
        )
        for how, number in sorted(one.repeats_after.items()):
            print(f"  repeats: {how}: {number}")
    print(f"{'good' if result.good else 'BAD'}, {result.seconds:.0f} s")
    sys.exit(0 if result.good else 1)


if __name__ == "__main__":
    main()
