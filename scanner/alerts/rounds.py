"""A round: events become messages in the outbox, and what is due is handed over, in a time that is bounded."""

import random
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from inventory.model import Inventory, Unit
from inventory.settings import Alerting, Channel, Settings
from scanner import clock
from scanner.alerts.addresses import NoAddress, address_of
from scanner.alerts.courier import Courier, Errand, Handed
from scanner.alerts.planning import DAY, Known, Message, Plan, State, alert_of, messages_for
from scanner.archive.events import Events
from scanner.archive.outbox import Letter, NewLetter, Outbox, ToldRow
from scanner.archive.store import Store, StoreUnusable

ROUND_S = 90.0
"""The longest that a scan waits for its alerts."""
HAND_OVER_S = 25.0
"""The longest that one message may take."""
LEASE_MARGIN_S = 10.0
"""A message is tried by somebody else only so long after its sender must have ended itself."""
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 3600.0
LEAST_TRIES = 3
"""A message that waited long in a computer that was off is not given up after one try."""
WAKE_S = 0.2


class Carrier(Protocol):
    """What hands messages over to one channel."""

    def ready(self, within_s: float) -> Handed | None:
        """``None`` when messages can be handed over; else why not."""

    def hand_over(self, errand: Errand) -> Handed:
        """One message; comes back within a bounded time."""

    def stop(self) -> None:
        """Nothing more will be handed over."""


Open = Callable[[Channel], Carrier]


@dataclass(frozen=True, slots=True)
class Went:
    """What a round did for one channel."""

    channel: str
    sent: int = 0
    failed: int = 0
    given_up: int = 0
    why: str = ""
    """Of the last failure, without secrets."""


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did."""

    planned: int
    went: tuple[Went, ...]
    waiting: int
    dead: int
    trouble: str = ""
    """Why the round did not get to its end; what is in the outbox stays there."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things may take."""

    round_s: float = ROUND_S
    hand_over_s: float = HAND_OVER_S
    margin_s: float = LEASE_MARGIN_S
    first_pause_s: float = FIRST_PAUSE_S
    patient: bool = True
    """Whether the round waits for what failed to become due again: not where the next round comes in minutes."""


PACE = Pace()


def plan_and_send(
    store: Store,
    settings: Settings,
    *,
    pace: Pace = PACE,
    now: Callable[[], datetime] = clock.now,
    carriers: Open | None = None,
) -> Round:
    """Plan and send what is due.  Never raises for what a channel or the database does; always comes back.

    It takes no lock: a scan, a watcher and a cron job may all do it at once.
    """
    alerting = settings.alerts
    if not alerting.channels:
        return Round(0, (), 0, 0)
    until_s = clock.monotonic_s() + pace.round_s
    try:
        planned = plan(store, alerting, now())
        went = send(store, alerting, pace=pace, now=now, carriers=carriers, until_s=until_s)
        box = Outbox(store)
        return Round(
            planned, went, len(box.letters(("waiting", "sending"))), len(box.letters(("dead",)))
        )
    except (DBAPIError, StoreUnusable, OSError, ValueError) as error:
        # ValueError: an event or inventory of another version does not load; alerts wait, a scan goes on.
        return Round(0, (), 0, 0, trouble=_said(error))


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error.__cause__ or error}"[:300]


# ---- planning -----------------------------------------------------------------------------------


def plan(store: Store, alerting: Alerting, at: datetime) -> int:
    """Put into the outbox what the rules ask to tell; how many messages."""
    units = newest_units(store)
    return sum(_plan_channel(store, alerting, channel, units, at) for channel in alerting.channels)


def newest_units(store: Store) -> Mapping[str, Unit]:
    """The units of the newest run's inventory, by id."""
    runs = store.runs()
    if not runs:
        return {}
    inventory = Inventory.model_validate_json(store.blob(runs[0].inventory_sha256))
    return {unit.id: unit for unit in inventory.units}


def _plan_channel(
    store: Store, alerting: Alerting, channel: Channel, units: Mapping[str, Unit], at: datetime
) -> int:
    box, kept = Outbox(store), Events(store)
    heard = box.heard(channel.name)
    new = kept.after(heard or 0)
    made = messages_for(
        channel,
        alerting.rules,
        [event for _, event in new],
        units,
        at=at,
        standing=[_known(row) for row in box.standing(channel.name, at - DAY)],
        held_runs=kept.held_runs(),
        first=heard is None,
        # Reminders would only pile up behind what a dead channel did not take yet.
        remind=channel.name not in box.channels_waiting(),
    )
    until = new[-1][0] if new else heard or 0
    if heard is not None and not new and not made.messages and not made.known:
        return 0
    took = box.plan(
        channel.name,
        before=heard,
        until=until,
        letters=[_letter(message) for message in made.messages],
        known=_rows(made),
        at=at,
    )
    # Somebody else planned meanwhile, from the same events: theirs stands.
    return len(made.messages) if took else 0


def _known(row: ToldRow) -> Known:
    return Known(
        event=row.event,
        state=State(row.state),
        told_at=row.told_at,
        message=row.message,
        reminders=row.reminders,
        ended=row.ended,
    )


def _rows(made: Plan) -> Iterable[ToldRow]:
    return [
        ToldRow(
            event=one.event,
            alert=alert_of(one.event),
            state=one.state.value,
            message=one.message,
            told_at=one.told_at,
            reminders=one.reminders,
            ended=one.ended,
        )
        for one in made.known
    ]


def _letter(message: Message) -> NewLetter:
    return NewLetter(
        message.key,
        message.thread,
        message.what.value,
        message.events,
        message.subject,
        message.body,
    )


# ---- sending ------------------------------------------------------------------------------------


def send(
    store: Store,
    alerting: Alerting,
    *,
    until_s: float,
    pace: Pace = PACE,
    now: Callable[[], datetime] = clock.now,
    carriers: Open | None = None,
) -> tuple[Went, ...]:
    """Hand over what is due, every channel by itself, so that a dead one keeps nobody waiting."""
    box = Outbox(store)
    open_one = carriers or (lambda channel: Courier(address_of(channel), pace.hand_over_s))
    waiting = box.channels_waiting()
    mine = [channel for channel in alerting.channels if channel.name in waiting]
    desks = [_Desk(box, channel, alerting, pace, now, open_one, until_s) for channel in mine]
    threads = [threading.Thread(target=desk.work, daemon=True) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        # A little more than what is allowed: the desk keeps to its time by itself.
        thread.join(max(0.0, until_s + 5.0 - clock.monotonic_s()))
    return tuple(desk.went for desk in desks)


class _Desk:
    """One channel in one round."""

    def __init__(
        self,
        box: Outbox,
        channel: Channel,
        alerting: Alerting,
        pace: Pace,
        now: Callable[[], datetime],
        open_one: Open,
        until_s: float,
    ) -> None:
        self._box = box
        self._channel = channel
        self._give_up = timedelta(hours=alerting.give_up_after_h)
        self._pace = pace
        self._now = now
        self._open = open_one
        self._until_s = until_s
        self._carrier: Carrier | None = None
        self._nap = threading.Event()
        self.went = Went(channel.name)

    def work(self) -> None:
        """Message by message, in order, until nothing is due within the time."""
        try:
            while self._due():
                # Before the message is claimed: a child may take long to begin, and the lease is for the sending.
                bad = self._opened()
                if bad is None and not self._has_time(self._pace.hand_over_s):
                    break
                letter = self._box.claim(
                    self._channel.name, self._now(), self._pace.hand_over_s + self._pace.margin_s
                )
                if letter is not None:
                    self._note(letter, bad or self._handed_over(letter))
        except (DBAPIError, StoreUnusable) as error:
            self._count(why=_said(error))
        finally:
            self._close()

    def _has_time(self, needed_s: float) -> bool:
        return self._until_s - clock.monotonic_s() >= needed_s

    def _due(self) -> bool:
        """Wait for the channel's next message to become due; ``False`` where that lies beyond this round."""
        while self._has_time(self._pace.hand_over_s):
            due_at = self._box.channels_waiting().get(self._channel.name)
            if due_at is None:
                return False
            left_s = (due_at - self._now()).total_seconds()
            if left_s <= 0:
                return True
            pause_s = max(WAKE_S, left_s)
            if not self._pace.patient or not self._has_time(pause_s + self._pace.hand_over_s):
                return False
            self._nap.wait(pause_s)
        return False

    def _opened(self) -> Handed | None:
        """``None`` when the channel can be handed messages; else why not."""
        if self._carrier is not None:
            return None
        try:
            self._carrier = self._open(self._channel)
        except (NoAddress, OSError) as error:
            return Handed("refused", str(error))
        bad = self._carrier.ready(self._until_s - clock.monotonic_s())
        if bad is not None:
            self._close()
        return bad

    def _handed_over(self, letter: Letter) -> Handed:
        assert self._carrier is not None  # noqa: S101  Opened just before; for mypy.
        errand = Errand(letter.key, letter.thread, letter.subject, letter.body, letter.reached)
        handed = self._carrier.hand_over(errand)
        if handed.outcome != "sent":
            # The next try gets a new process and a new connection.
            self._close()
        return handed

    def _close(self) -> None:
        if self._carrier is not None:
            self._carrier.stop()
            self._carrier = None

    def _note(self, letter: Letter, handed: Handed) -> None:
        at = self._now()
        if handed.outcome == "sent":
            self._note_sent(letter, at)
            self._count(sent=1)
            return
        over = at - letter.since >= self._give_up and letter.tries >= LEAST_TRIES
        pause = timedelta(seconds=pause_s(letter.tries, self._pace.first_pause_s, random.random()))  # noqa: S311  Jitter.
        self._box.failed(
            letter,
            at=at,
            due_at=None if over else at + pause,
            error=handed.why,
            unsure=handed.outcome == "unsure",
            reached={*letter.reached, *handed.reached},
        )
        self._count(failed=1, given_up=int(over), why=handed.why)

    def _note_sent(self, letter: Letter, at: datetime) -> None:
        """A database that is busy for long must not make a message that arrived go out again."""
        for _ in range(3):
            try:
                return self._box.sent(letter, at)
            except DBAPIError:
                self._nap.wait(WAKE_S)
        return self._box.sent(letter, at)

    def _count(self, *, sent: int = 0, failed: int = 0, given_up: int = 0, why: str = "") -> None:
        was = self.went
        self.went = Went(
            was.channel,
            was.sent + sent,
            was.failed + failed,
            was.given_up + given_up,
            why or was.why,
        )


def pause_s(tries: int, first_s: float, chance: float) -> float:
    """How long to wait after so many tries: three times longer each time, up to an hour, half of it by chance."""
    whole = min(LONGEST_PAUSE_S, first_s * 3.0 ** min(tries - 1, 20))
    return whole * (0.5 + 0.5 * chance)
