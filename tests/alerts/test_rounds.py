"""The outbox over hours: a dead channel loses nothing and blocks nobody; the same message is never sent twice."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from inventory.settings import Channel, Settings
from scanner.alerts.courier import Errand, Handed
from scanner.alerts.rounds import (
    LEAST_TRIES,
    LONGEST_PAUSE_S,
    Pace,
    Round,
    pause_s,
    plan,
    plan_and_send,
)
from scanner.archive.events import Events
from scanner.archive.outbox import DEAD, OPEN, SENT, Outbox
from scanner.archive.store import Store
from tests.alerts.building import alerting, day, ends, event
from tests.cli.command import database

PACE = Pace(round_s=6.0, hand_over_s=0.3, margin_s=1.0, patient=False)
"""Rounds that wait for nothing: the next one comes with the clock of the test."""


class Lines:
    """What leads to the channels, and which of it works."""

    def __init__(self) -> None:
        self.dead: set[str] = set()
        self.dies_after: set[str] = set()
        self.arrived: list[tuple[str, str]] = []
        self.subjects: list[str] = []

    def open(self, channel: Channel) -> "Line":
        """The line to one channel."""
        return Line(self, channel.name)


class Line:
    """One channel's carrier."""

    def __init__(self, lines: Lines, channel: str) -> None:
        self._lines = lines
        self._channel = channel

    def ready(self, within_s: float) -> Handed | None:
        """Always, if there is any time."""
        return None if within_s > 0 else Handed("refused", "no time")

    def hand_over(self, errand: Errand) -> Handed:
        """As the line is just now."""
        if self._channel in self._lines.dead:
            return Handed("refused", "503")
        self._lines.arrived.append((self._channel, errand.key))
        if self._channel in self._lines.dies_after:
            return Handed("unsure", "no answer")
        return Handed("sent")

    def stop(self) -> None:
        """Nothing to stop."""


class World:
    """A store, channels, and a clock of its own."""

    def __init__(self, store: Store, *names: str, **changed: object) -> None:
        self.store = store
        self.lines = Lines()
        channels = [Channel(name=name, url_env="X", lang="en") for name in names or ("so",)]
        self.settings = Settings(alerts=alerting(*channels, **changed))
        self.at = day(0)
        self.box = Outbox(store)
        self.round()

    def round(self) -> Round:
        """One round at this moment."""
        return plan_and_send(
            self.store,
            self.settings,
            pace=PACE,
            now=lambda: self.at,
            carriers=self.lines.open,
        )

    def hours(self, number: float, step_min: float = 20) -> None:
        """So many hours of rounds."""
        until = self.at + timedelta(hours=number)
        while self.at < until:
            self.at += timedelta(minutes=step_min)
            self.round()

    def keys(self, channel: str) -> list[str]:
        """What arrived at a channel."""
        return [key for name, key in self.lines.arrived if name == channel]


def test_a_webhook_dead_for_twelve_hours(store: Store) -> None:
    """AL-3, G18: everything arrives, once, in order; the other channel never waited."""
    world = World(store, "hook", "mail")
    world.lines.dead = {"hook"}
    kept = Events(store)
    for hour in range(12):
        kept.keep([event(unit=f"u{hour}", check=f"c{hour}", at=world.at)])
        world.hours(1)
        assert len(world.keys("mail")) == hour + 1
    assert world.keys("hook") == []
    world.lines.dead = set()
    world.hours(2)
    planned = [one.key for one in world.box.letters((SENT,)) if one.channel == "hook"]
    assert world.keys("hook") == planned
    assert len(planned) == 12
    assert world.box.letters((*OPEN, DEAD)) == []


def test_a_channel_dead_for_longer_is_told_and_can_be_retried(store: Store) -> None:
    """Given up after the time that the settings say, kept, and sent after all when asked."""
    world = World(store, give_up_after_h=24)
    world.lines.dead = {"so"}
    Events(store).keep([event(at=world.at)])
    world.hours(23.5, step_min=30)
    assert [one.state for one in world.box.letters((*OPEN, DEAD))] == ["waiting"]
    world.hours(2)
    (dead,) = world.box.letters((DEAD,))
    assert (dead.error, world.round().dead) == ("503", 1)
    world.lines.dead = set()
    world.hours(1)
    assert dead.key not in world.keys("so")
    assert world.box.retry([dead.id], world.at) == 1
    world.hours(0.5)
    assert world.keys("so").count(dead.key) == 1


def test_a_computer_that_was_off_does_not_give_up_at_once(store: Store) -> None:
    """A message of the day before yesterday gets a few tries."""
    world = World(store)
    world.lines.dead = {"so"}
    Events(store).keep([event(at=world.at)])
    plan(store, world.settings.alerts, world.at)
    world.at = day(2)
    tries = []
    while not world.box.letters((DEAD,)):
        world.at += timedelta(hours=1)
        world.round()
        tries.append(world.at)
    assert len(tries) == LEAST_TRIES


def test_nothing_is_planned_twice(store: Store) -> None:
    """Two planners that read the same state: one wins, the other changes nothing."""
    world = World(store)
    Events(store).keep([event(at=world.at)])
    heard = world.box.heard("so")
    assert plan(store, world.settings.alerts, world.at) == 1
    assert plan(store, world.settings.alerts, world.at) == 0
    late = world.box.plan("so", before=heard, until=9, letters=[], known=[], at=world.at)
    assert (late, world.box.heard("so")) == (False, 1)


def test_a_crash_between_planning_and_noting_leaves_neither(store: Store) -> None:
    """The cursor and the messages are one transaction."""
    world = World(store)
    Events(store).keep([event(at=world.at)])
    with store.engine.begin() as db:
        db.execute(
            text("CREATE TRIGGER no BEFORE INSERT ON told BEGIN SELECT RAISE(ABORT, 'full'); END")
        )
    assert "full" in world.round().trouble
    assert (world.box.heard("so"), world.box.letters((*OPEN, SENT))) == (0, [])
    with store.engine.begin() as db:
        db.execute(text("DROP TRIGGER no"))
    assert world.round().planned == 1
    assert len(world.keys("so")) == 1


def test_an_unsure_message_goes_out_again_under_its_key(store: Store) -> None:
    """AL-4: at least once; the receiver knows the repeat."""
    world = World(store)
    world.lines.dies_after = {"so"}
    Events(store).keep([event(at=world.at)])
    world.round()
    world.lines.dies_after = set()
    world.hours(1)
    first, second = world.keys("so")
    assert first == second
    (letter,) = world.box.letters((SENT,))
    assert (letter.tries, letter.unsure) == (2, 1)


def test_a_sender_that_died_is_waited_for(store: Store) -> None:
    """Nobody touches a claimed message while its sender may be at it; afterwards it counts as unsure."""
    world = World(store)
    Events(store).keep([event(at=world.at)])
    plan(store, world.settings.alerts, world.at)
    claimed = world.box.claim("so", world.at, 30.0)
    assert claimed is not None
    assert world.box.claim("so", world.at + timedelta(seconds=29), 30.0) is None
    again = world.box.claim("so", world.at + timedelta(seconds=31), 30.0)
    assert again is not None
    assert (again.id, again.tries, again.unsure) == (claimed.id, 2, 1)
    # The first one comes back late and says that it failed: it has no say any more.
    world.box.failed(claimed, at=world.at, due_at=world.at, error="x", unsure=False, reached=())
    assert [one.state for one in world.box.letters(OPEN)] == ["sending"]
    # But if it says that the message arrived, that is so.
    world.box.sent(claimed, world.at)
    assert [one.state for one in world.box.letters((SENT,))] == ["sent"]


def test_order_is_kept_while_the_first_waits(store: Store) -> None:
    """An end never arrives before its beginning."""
    world = World(store)
    world.lines.dead = {"so"}
    down = event(at=world.at)
    Events(store).keep([down])
    world.round()
    Events(store).keep([ends(down, at=day(0.01))])
    world.hours(2)
    world.lines.dead = set()
    world.hours(2)
    assert world.keys("so") == [one.key for one in world.box.letters((SENT,))]
    assert [one.what for one in world.box.letters((SENT,))] == ["opened", "resolved"]


def test_no_reminders_pile_up_behind_a_dead_channel(store: Store) -> None:
    """Five dead days are one message, not six."""
    world = World(store, give_up_after_h=720)
    world.lines.dead = {"so"}
    Events(store).keep([event(at=world.at)])
    world.hours(120, step_min=360)
    assert len(world.box.letters(OPEN)) == 1
    world.lines.dead = set()
    world.hours(24, step_min=60)
    assert [one.what for one in world.box.letters((SENT,))] == ["opened", "reminder"]


def test_a_channel_of_no_settings_waits(store: Store) -> None:
    """A channel that was taken out of the settings keeps its messages and disturbs nobody."""
    world = World(store, "old")
    world.lines.dead = {"old"}
    Events(store).keep([event(at=world.at)])
    world.round()
    other = World(store, "new")
    assert other.keys("new") != []
    assert [one.channel for one in other.box.letters(OPEN)] == ["old"]


def test_events_are_kept_once_and_in_order(store: Store) -> None:
    """The same key again changes nothing; what is ended is not open."""
    kept = Events(store)
    first, second = event(), event(unit="thcs-b")
    kept.keep([first, second])
    kept.keep([first.model_copy(update={"note": "again"}), ends(first)])
    kept.keep([])
    after = kept.after(0)
    assert [one.key for _, one in after] == [first.key, second.key, ends(first).key]
    assert kept.after(after[-1][0]) == []
    assert kept.newest() == after[-1][0]
    assert [one.key for one in kept.open()] == [second.key]
    assert after[0][1] == first


@pytest.mark.parametrize(
    ("tries", "longest_s"),
    [(1, 5.0), (2, 15.0), (3, 45.0), (8, LONGEST_PAUSE_S), (10_000, LONGEST_PAUSE_S)],
)
def test_pauses_grow_and_differ(tries: int, longest_s: float) -> None:
    """Half of a pause is left to chance, so that many senders do not come at once."""
    pause: Callable[[float], float] = lambda chance: pause_s(tries, 5.0, chance)  # noqa: E731
    assert (pause(0.0), pause(1.0)) == (longest_s / 2, longest_s)


def test_no_channels_no_work(store: Store) -> None:
    """Settings without alerts cost nothing and fail nothing."""
    Events(store).keep([event()])
    assert plan_and_send(store, Settings()) == Round(0, (), 0, 0)


def test_a_moment_is_written_so_that_it_sorts() -> None:
    """Whole seconds, milliseconds and leases sort as text as they do as moments."""
    moments = [day(0), day(0) + timedelta(milliseconds=1), day(0) + timedelta(seconds=1)]
    texts = [moment.isoformat() for moment in moments]
    assert sorted(texts) == texts
    assert [datetime.fromisoformat(one) for one in texts] == moments


def test_many_senders_at_once(store: Store, db: Path) -> None:
    """A scan, a watcher and a cron job plan and send at the same moment: every message once, in order."""
    world = World(store)
    stores = [Store.open(database(db)) for _ in range(3)]
    patient = Pace(round_s=10.0, hand_over_s=0.3, margin_s=30.0)

    def work(own: Store) -> None:
        for _ in range(6):
            plan_and_send(
                own, world.settings, pace=patient, now=lambda: world.at, carriers=world.lines.open
            )

    threads = [threading.Thread(target=work, args=(one,)) for one in stores]
    for thread in threads:
        thread.start()
    for number in range(6):
        Events(store).keep([event(unit=f"u{number}", check=f"c{number}", at=world.at)])
    for thread in threads:
        thread.join()
    world.round()
    for one in stores:
        one.close()
    sent = world.box.letters((SENT,))
    assert world.keys("so") == [one.key for one in sent]
    assert sorted(key for one in sent for key in one.tells) == sorted(
        one.key for _, one in Events(store).after(0)
    )
