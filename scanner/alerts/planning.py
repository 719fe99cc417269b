"""Which events make which messages to one channel: filtered, grouped by cause, folded when many.  Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from checks.events import ENDING, OPENING, SEVERITIES, Event, EventKind
from inventory.model import Unit
from inventory.settings import AlertRule, Channel
from scanner.alerts.telling import Telling, told_in_words

FOLD_OVER = 5
"""More causes than this at once become one message that lists them."""
OPENINGS_A_DAY = 3
"""A site that opens the same alert more often within a day is told of again the day after, if it is still open."""
DAY = timedelta(hours=24)
BACKLOG = timedelta(days=7)
"""A channel that was just set up hears nothing older, but for what is still open."""


class What(StrEnum):
    """What a message is for."""

    OPENED = "opened"
    REMINDER = "reminder"
    RESOLVED = "resolved"
    NOTE = "note"
    HELD = "held"
    TEST = "test"


class State(StrEnum):
    """What a channel knows of an event that stays open."""

    TOLD = "told"
    JOINED = "joined"
    """The same alert was told before; this event only keeps it open."""
    QUIET = "quiet"
    """Not told yet: the alert opened too often today."""


@dataclass(frozen=True, slots=True)
class Known:
    """An opening event, and what the channel was told of it."""

    event: Event
    state: State
    told_at: datetime
    message: str = ""
    """Key of the message that told it first."""
    reminders: int = 0
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one channel."""

    key: str
    channel: str
    what: What
    subject: str
    body: str
    events: tuple[str, ...]
    thread: str
    """Key of the message that began the talk; its own where it begins one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Messages, in order, and what the channel knows once they are in the outbox."""

    messages: tuple[Message, ...] = ()
    known: tuple[Known, ...] = ()
    """Only what changed."""


class _Desk:
    """One planning for one channel."""

    def __init__(
        self,
        channel: Channel,
        rules: tuple[AlertRule, ...],
        units: Mapping[str, Unit],
        at: datetime,
        standing: Iterable[Known],
    ) -> None:
        self.channel = channel
        self.rules = rules
        self.units = units
        self.at = at
        self.messages: list[Message] = []
        self.known = {one.event.key: one for one in standing}
        self.changed: set[str] = set()
        self.fresh: set[str] = set()
        """Keys of opening events that came with this planning."""
        self._alerts: dict[str, list[str]] = {}
        for one in self.known.values():
            self._alerts.setdefault(alert_of(one.event), []).append(one.event.key)

    def note(self, known: Known) -> None:
        key = known.event.key
        if key not in self.known:
            self._alerts.setdefault(alert_of(known.event), []).append(key)
        self.known[key] = known
        self.changed.add(key)

    def of_alert(self, alert: str) -> list[Known]:
        return [self.known[key] for key in self._alerts.get(alert, ())]

    def told_or_joined(self, alert: str) -> list[Known]:
        return [one for one in self.of_alert(alert) if one.state is not State.QUIET]

    def wanting(self, event: Event) -> list[AlertRule]:
        return [rule for rule in self.rules if wants(rule, event, self.units)]


def messages_for(
    channel: Channel,
    rules: Iterable[AlertRule],
    events: Sequence[Event],
    units: Mapping[str, Unit],
    *,
    at: datetime,
    standing: Iterable[Known] = (),
    held_runs: frozenset[str] = frozenset(),
    first: bool = False,
    remind: bool = True,
) -> Plan:
    """What one channel is to be told now.

    ``events`` are those that happened since the last planning, oldest first; ``standing`` is what the channel
    knows of events that are open or were told within a day; ``first`` says that it never heard anything.
    """
    mine = tuple(rule for rule in rules if channel.name in rule.to)
    desk = _Desk(channel, mine, units, at, standing)
    held = held_runs | {one.run for one in events if one.kind is EventKind.HELD and one.run}
    new = [one for one in events if one.kind is EventKind.HELD or one.run not in held]
    if first:
        new = _without_the_past(new, at)
    ended = _take_in(desk, new)
    # In the order of what happened to one site: that an older fault is mended comes before that it is there again.
    _tell_notes(desk, [one for one in new if one.kind in ENDING])
    _tell_openings(desk)
    _tell_notes(desk, [one for one in new if one.kind not in ENDING])
    _tell_ends(desk, ended)
    if remind:
        _tell_reminders(desk)
    return Plan(tuple(desk.messages), tuple(desk.known[key] for key in sorted(desk.changed)))


def wants(rule: AlertRule, event: Event, units: Mapping[str, Unit]) -> bool:
    """Whether a rule asks for an event."""
    if rule.events and event.kind.value not in rule.events:
        return False
    # That a run accuses nobody concerns whoever waits for its accusations.
    if event.kind is EventKind.HELD:
        return True
    if SEVERITIES.index(event.severity) < [one.value for one in SEVERITIES].index(rule.least):
        return False
    unit = units.get(event.unit)
    return (
        (not rule.units or event.unit in rule.units)
        and (not rule.managers or (unit is not None and unit.manager in rule.managers))
        and (not rule.checks or event.check in rule.checks)
    )


def alert_of(event: Event) -> str:
    """The same site and check are the same alert, whatever kind of event opened it."""
    return _hash("alert", event.unit, event.site, event.check)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _without_the_past(events: Sequence[Event], at: datetime) -> list[Event]:
    """What began and ended before a channel was set up is no news to it, nor is what is long ago."""
    ended = {one.resolves for one in events if one.resolves}
    return [
        one
        for one in events
        if one.key not in ended
        and (one.kind in OPENING or (not one.resolves and at - one.at <= BACKLOG))
    ]


def _take_in(desk: _Desk, events: Sequence[Event]) -> dict[str, Event]:
    """Note what opened and what ended; returns the alerts that ended, each with the event that ended it."""
    ended: dict[str, Event] = {}
    for event in events:
        was = desk.known.get(event.resolves) if event.resolves else None
        if event.kind in OPENING and event.key not in desk.known:
            alert = alert_of(event)
            opened = _opened(desk, event, [one for one in desk.of_alert(alert) if not one.ended])
            if opened is not None:
                desk.note(opened)
                desk.fresh.add(event.key)
                ended.pop(alert, None)
        if was is None or was.ended:
            continue
        desk.note(replace(was, ended=True))
        alert = alert_of(was.event)
        if all(one.ended for one in desk.of_alert(alert)):
            ended[alert] = event
    return ended


def _opened(desk: _Desk, event: Event, goes_on: Sequence[Known]) -> Known | None:
    """How an opening event is taken: as news, as more of an alert that is known, or not at all."""
    known = [one for one in goes_on if one.state is not State.QUIET]
    wanted = bool(desk.wanting(event))
    if known:
        gravest = max(SEVERITIES.index(one.event.severity) for one in known)
        worse = wanted and SEVERITIES.index(event.severity) > gravest
        last = max(known, key=lambda one: one.told_at)
        if not worse:
            return Known(event, State.JOINED, last.told_at, last.message, last.reminders)
    elif not wanted:
        return None
    # Not told yet: `_tell_openings` decides whether it is now.
    return Known(event, State.QUIET, desk.at)


def _tell_openings(desk: _Desk) -> None:
    """Everything that is open and not told, grouped by cause."""
    news: dict[str, Event] = {}
    for one in list(desk.known.values()):
        key, alert = one.event.key, alert_of(one.event)
        over = one.ended and key not in desk.fresh
        if one.state is not State.QUIET or over or not desk.wanting(one.event):
            continue
        if alert in news:
            desk.note(replace(one, state=State.JOINED, told_at=desk.at))
        elif _openings_today(desk, alert) < OPENINGS_A_DAY:
            news[alert] = one.event
    for message in _grouped(desk, What.OPENED, list(news.values())):
        for key in message.events:
            told = replace(desk.known[key], state=State.TOLD, told_at=desk.at, message=message.key)
            desk.note(told)


def _openings_today(desk: _Desk, alert: str) -> int:
    """How often an alert was opened to this channel within a day."""
    return sum(
        1 for one in desk.of_alert(alert) if one.state is State.TOLD and desk.at - one.told_at < DAY
    )


def _tell_notes(desk: _Desk, events: Sequence[Event]) -> None:
    """What happened once and stays not open; and that a run is held, each in a message of its own."""
    once = [one for one in events if one.kind not in OPENING and desk.wanting(one)]
    for held in (one for one in once if one.kind is EventKind.HELD):
        _add(desk, What.HELD, [held])
    notes = [one for one in once if one.kind is not EventKind.HELD and not one.resolves]
    # An end whose beginning was never told here is told where a rule names that kind of event.
    named = {name for rule in desk.rules for name in rule.events}
    notes += [
        one
        for one in once
        if one.resolves and one.resolves not in desk.known and one.kind.value in named
    ]
    _grouped(desk, What.NOTE, notes)


def _tell_ends(desk: _Desk, ended: Mapping[str, Event]) -> None:
    """The end of what was told."""
    ends = []
    threads = {}
    for alert, event in ended.items():
        members = desk.told_or_joined(alert)
        # What was kept quiet ends quietly, though the same alert was told an hour before.
        if not any(one.event.key == event.resolves for one in members):
            continue
        rules = [rule for one in members for rule in desk.wanting(one.event)]
        if any(rule.resolved or event.kind.value in rule.events for rule in rules):
            ends.append(event)
            threads[event.key] = members[-1].message
    _grouped(desk, What.RESOLVED, ends, threads)


def _tell_reminders(desk: _Desk) -> None:
    """One message for everything that is open for long: never sooner than a day after it was told."""
    due = [one for one in desk.known.values() if _is_due(desk, one)]
    if not due:
        return
    number = str(max(one.reminders for one in due) + 1)
    alerts = {alert_of(one.event): one.event for one in reversed(due)}
    events = sorted(alerts.values(), key=lambda one: (one.at, one.key))
    _add(desk, What.REMINDER, events, thread=due[0].message, parts=(number,))
    for one in due:
        desk.note(replace(one, told_at=desk.at, reminders=one.reminders + 1))


def _is_due(desk: _Desk, one: Known) -> bool:
    event = one.event
    if one.ended or one.state is State.QUIET:
        return False
    # Of a unit that left the inventory nobody can mend anything.
    if event.unit and desk.units and event.unit not in desk.units:
        return False
    hours = [rule.remind_after_h for rule in desk.wanting(event)]
    last = max(other.told_at for other in desk.told_or_joined(alert_of(event)))
    return bool(hours) and desk.at - last >= timedelta(hours=min(hours))


def _grouped(
    desk: _Desk, what: What, events: Sequence[Event], threads: Mapping[str, str] | None = None
) -> list[Message]:
    """A message for each cause; one for all where there are many causes."""
    causes: dict[str, list[Event]] = {}
    for event in events:
        causes.setdefault(event.cause or f"{event.kind.value}:{event.check}", []).append(event)
    groups = [list(events)] if len(causes) > FOLD_OVER else list(causes.values())
    return [
        _add(desk, what, group, thread=(threads or {}).get(group[0].key, "")) for group in groups
    ]


def _add(
    desk: _Desk,
    what: What,
    events: Sequence[Event],
    *,
    thread: str = "",
    parts: tuple[str, ...] = (),
) -> Message:
    keys = tuple(one.key for one in events)
    key = _hash("message", desk.channel.name, what.value, *parts, *sorted(keys))
    telling = Telling(what.value, tuple(events), desk.channel.lang, desk.channel.digest_over, key)
    subject, body = told_in_words(telling, desk.units)
    message = Message(key, desk.channel.name, what, subject, body, keys, thread or key)
    desk.messages.append(message)
    return message
