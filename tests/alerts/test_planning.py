"""Which events make which messages: one per cause, one open alert per site and check, never one too many."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.events import Event, EventKind, Severity
from inventory.model import Unit
from inventory.settings import AlertRule, Channel
from scanner.alerts.planning import (
    FOLD_OVER,
    Known,
    Message,
    State,
    What,
    alert_of,
    messages_for,
    wants,
)
from tests.alerts.building import CHANNEL, RULE, day, ends, event, held, unit


class Told:
    """A channel over many plannings, as the outbox keeps it."""

    def __init__(self, *rules: AlertRule, channel: Channel = CHANNEL) -> None:
        self.rules = rules or (RULE,)
        self.channel = channel
        self.known: dict[str, Known] = {}
        self.messages: list[Message] = []
        self.first = False

    def plan(
        self,
        events: Sequence[Event],
        at: datetime,
        units: dict[str, Unit] | None = None,
        **more: Any,
    ) -> list[Message]:
        """One planning; what it told."""
        made = messages_for(
            self.channel,
            self.rules,
            events,
            units or {},
            at=at,
            standing=list(self.known.values()),
            first=self.first,
            **more,
        )
        self.known |= {one.event.key: one for one in made.known}
        self.messages += made.messages
        return list(made.messages)

    def open(self) -> int:
        """How many alerts are open to the reader of a channel that has one site and check."""
        whats = [message.what for message in self.messages]
        return whats.count(What.OPENED) - whats.count(What.RESOLVED)


def test_one_message_for_each_cause_and_recipient() -> None:
    """Three sites with one cause are one message, and the other cause is another."""
    told = Told()
    one, two, three = (event(unit=f"u{n}") for n in range(3))
    down = event(EventKind.SITE_DOWN, "u9", cause="address:203.0.113.9")
    messages = told.plan([one, two, down, three], day(0))
    assert [(m.what, m.events) for m in messages] == [
        (What.OPENED, (one.key, two.key, three.key)),
        (What.OPENED, (down.key,)),
    ]
    assert told.plan([], day(0)) == []


def test_many_causes_at_once_are_one_message() -> None:
    """Whoever reads is told once, and what the causes are."""
    at_the_bar = [event(check=f"c{n}", unit=f"u{n}") for n in range(FOLD_OVER)]
    assert len(Told().plan(at_the_bar, day(0))) == FOLD_OVER
    (message,) = Told().plan([*at_the_bar, event(check="c9", unit="u9")], day(0))
    assert all(f"C{n}" in message.body for n in (*range(FOLD_OVER), 9))


@pytest.mark.parametrize("same_cause", [True, False])
def test_1500_at_once_are_one_message(*, same_cause: bool) -> None:
    """AL-5: counted, and the first ones named."""
    events = [
        event(
            EventKind.SITE_DOWN, f"u{n}", cause="network" if same_cause else f"address:10.0.0.{n}"
        )
        for n in range(1500)
    ]
    (message,) = Told().plan(events, day(0))
    assert "1500 units" in message.subject
    named = [line for line in message.body.splitlines() if line.startswith("- ")]
    assert len(named) == CHANNEL.digest_over
    assert len(message.events) == 1500


def test_a_flapping_site_has_one_open_alert() -> None:
    """AL-1, AL-2: a hundred nights, now well, now not; never two open, never a message without an event."""
    told = Told()
    opened: Event | None = None
    for night in range(100):
        new = []
        if night % 3 == 0 and opened is None:
            opened = event(at=day(night), run=f"r{night}")
            new.append(opened)
        elif night % 3 == 2 and opened is not None:
            new.append(ends(opened, at=day(night), run=f"r{night}"))
            opened = None
        messages = told.plan(new, day(night))
        assert len(messages) <= 1
        assert told.open() == (opened is not None)


def test_the_same_fault_told_again_each_night_is_one_alert() -> None:
    """AL-2: new events about the same site and check, none of them ended, are the same alert."""
    told = Told(RULE.model_copy(update={"remind_after_h": 8760.0}))
    for night in range(100):
        kind = (EventKind.REGRESSED, EventKind.NEW_FAULT, EventKind.UNSTEADY)[night % 3]
        told.plan([event(kind, at=day(night), run=f"r{night}")], day(night))
    assert [message.what for message in told.messages] == [What.OPENED]


def test_a_graver_fault_of_the_same_alert_is_told() -> None:
    """And a less grave one is not."""
    told = Told()
    told.plan([event(severity=Severity.RECOMMENDED)], day(0))
    (worse,) = told.plan([event(at=day(0.1), severity=Severity.URGENT)], day(0.1))
    assert worse.what is What.OPENED
    assert told.plan([event(at=day(0.2), severity=Severity.REQUIRED)], day(0.2)) == []


def test_an_alert_ends_when_its_last_event_does() -> None:
    """Two events hold it open; the end names the talk that it belongs to."""
    told = Told()
    first, second = event(), event(EventKind.UNSTEADY, at=day(0.1))
    (opened,) = told.plan([first], day(0))
    assert told.plan([second], day(0.1)) == []
    assert told.plan([ends(first, at=day(0.2))], day(0.2)) == []
    (resolved,) = told.plan([ends(second, at=day(0.3))], day(0.3))
    assert (resolved.what, resolved.thread) == (What.RESOLVED, opened.key)
    assert "Done" in resolved.subject


def test_what_turns_unsteady_is_not_told_as_mended() -> None:
    """An event that opens and ends another keeps the alert open, even where its kind is not asked for."""
    told = Told(RULE.model_copy(update={"events": ("regressed",)}))
    first = event()
    told.plan([first], day(0))
    assert told.plan([ends(first, EventKind.UNSTEADY, at=day(0.1))], day(0.1)) == []
    assert [one.state for one in told.known.values() if not one.ended] == [State.JOINED]


def test_opening_too_often_in_a_day_waits_for_the_next() -> None:
    """A watcher that sees a site go up and down every hour tells it three times, not twenty-four."""
    told = Told()
    last = None
    for hour in range(24):
        at = day(hour / 24)
        down = event(EventKind.SITE_DOWN, at=at)
        told.plan([down], at)
        if hour < 23:
            told.plan([ends(down, EventKind.SITE_UP, at=at)], at)
        last = down
    whats = [message.what for message in told.messages]
    assert whats == [What.OPENED, What.RESOLVED] * 3
    assert last is not None
    (late,) = told.plan([], day(1.2))
    assert (late.what, late.events) == (What.OPENED, (last.key,))


def test_what_opens_and_ends_between_two_plannings_is_told() -> None:
    """Nothing is lost because nobody planned for a while."""
    down = event(EventKind.SITE_DOWN)
    messages = Told().plan([down, ends(down, EventKind.SITE_UP, at=day(0.1))], day(0.2))
    assert [message.what for message in messages] == [What.OPENED, What.RESOLVED]


def test_a_held_run_is_one_message_and_tells_nothing_else() -> None:
    """Whatever its other events are, and in whichever order they come."""
    told = Told(AlertRule(name="r", to=("so",), least="urgent", managers=("20194",)))
    urgent: dict[str, Any] = {"severity": Severity.URGENT, "run": "r2"}
    events = [event(unit=f"u{n}", **urgent) for n in range(40)]
    units = {f"u{n}": unit(f"u{n}") for n in range(40)}
    (message,) = told.plan(
        [*events[:20], held("r2", note="80 % fail"), *events[20:]], day(0), units
    )
    assert message.what is What.HELD
    assert "80 % fail" in message.body
    late = event(unit="u1", at=day(0.1), **urgent)
    assert told.plan([late], day(0.1), units, held_runs=frozenset({"r2"})) == []
    assert len(told.plan([late.model_copy(update={"run": "r3"})], day(0.2), units)) == 1


def test_a_reminder_comes_never_sooner_than_a_day() -> None:
    """Both sides of the bar; one message for all that is open; and none after the end."""
    told = Told()
    one, two = event(), event(check="https-offered")
    told.plan([one, two], day(0))
    assert told.plan([], day(1 - 1e-5)) == []
    (first,) = told.plan([], day(1))
    assert (first.what, set(first.events)) == (What.REMINDER, {one.key, two.key})
    assert told.plan([], day(1.9)) == []
    told.plan([ends(one, at=day(1.95))], day(1.95))
    (second,) = told.plan([], day(2))
    assert second.events == (two.key,)
    assert second.key != first.key
    told.plan([ends(two, at=day(2.5))], day(2.5))
    assert told.plan([], day(9)) == []


def test_no_reminder_of_a_unit_that_left() -> None:
    """Nobody can mend the site of a school that closed."""
    told = Told()
    told.plan(
        [event(unit="gone"), event(unit="here")],
        day(0),
        {"gone": unit("gone"), "here": unit("here")},
    )
    (message,) = told.plan([], day(1), {"here": unit("here")})
    assert "gone" not in message.body
    assert len(message.events) == 1


def test_no_reminder_behind_what_still_waits() -> None:
    """A dead channel would get one for each day at once."""
    told = Told()
    told.plan([event()], day(0))
    assert told.plan([], day(3), remind=False) == []


def test_a_new_channel_hears_what_is_open_and_not_the_past() -> None:
    """Years of history make no flood."""
    told = Told()
    told.first = True
    old, open_ = event(at=day(-90)), event(unit="thcs-b", at=day(-80))
    note_old = event(EventKind.RULES_CHANGED, at=day(-8), cause="rules")
    note_new = event(EventKind.RULES_CHANGED, at=day(-6), cause="rules")
    events = [old, ends(old, at=day(-60)), open_, note_old, note_new]
    assert [m.events for m in told.plan(events, day(0))] == [(open_.key,), (note_new.key,)]


def test_an_end_is_told_only_where_the_beginning_was() -> None:
    """Unless a rule names that kind of event."""
    mild = event(severity=Severity.RECOMMENDED)
    quiet = Told(RULE.model_copy(update={"least": "required"}))
    assert quiet.plan([mild], day(0)) == []
    assert quiet.plan([ends(mild)], day(1)) == []
    named = Told(RULE.model_copy(update={"events": ("recovered",)}))
    assert named.plan([mild], day(0)) == []
    (message,) = named.plan([ends(mild)], day(1))
    assert message.what is What.NOTE
    silent = Told(RULE.model_copy(update={"resolved": False}))
    silent.plan([mild], day(0))
    assert silent.plan([ends(mild)], day(0.5)) == []


@pytest.mark.parametrize(
    ("asked", "happened", "expected"),
    [
        pytest.param({}, {}, True, id="required-by-default"),
        pytest.param({}, {"severity": Severity.RECOMMENDED}, False, id="less-severe"),
        pytest.param({"least": "urgent"}, {}, False, id="below-urgent"),
        pytest.param({"least": "urgent"}, {"severity": Severity.URGENT}, True, id="urgent"),
        pytest.param({"events": ("site-down",)}, {}, False, id="another-kind"),
        pytest.param({"events": ("regressed",)}, {}, True, id="this-kind"),
        pytest.param({"units": ("thcs-a",)}, {}, True, id="this-unit"),
        pytest.param({"units": ("thcs-b",)}, {}, False, id="another-unit"),
        pytest.param({"managers": ("20194",)}, {}, True, id="its-manager"),
        pytest.param({"managers": ("so-gddt",)}, {}, False, id="another-manager"),
        pytest.param({"managers": ("20194",)}, {"unit": "unknown"}, False, id="nobody-manages"),
        pytest.param({"checks": (event().check,)}, {}, True, id="this-check"),
        pytest.param({"checks": ("https-offered",)}, {}, False, id="another-check"),
        pytest.param({"to": ("other",)}, {}, True, id="rules-know-no-channel"),
    ],
)
def test_rules(asked: dict[str, Any], happened: dict[str, Any], *, expected: bool) -> None:
    """Every part of a rule must fit."""
    rule = AlertRule.model_validate({"name": "r", "to": ("so",)} | asked)
    assert wants(rule, event(**happened), {"thcs-a": unit()}) is expected


def test_rules_of_another_channel_tell_nothing_here() -> None:
    """A rule tells its own channels."""
    assert Told(RULE.model_copy(update={"to": ("other",)})).plan([event()], day(0)) == []


happenings = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(("open", "end", "both", "nothing", "held"))),
    max_size=40,
)


@given(happenings, st.integers(1, 7))
def test_told_again_says_the_same(happened: list[tuple[int, str]], step: int) -> None:
    """Planning twice from the same state gives the same keys; no key comes twice; ends follow beginnings."""
    told, again = Told(), Told()
    opened: dict[int, Event] = {}
    for number, (which, what) in enumerate(happened):
        at = day(number * step / 8)
        new: list[Event] = []
        if what in ("open", "both") and which not in opened:
            opened[which] = event(unit=f"u{which}", at=at, run=f"r{number}")
            new.append(opened[which])
        if what in ("end", "both") and which in opened:
            new.append(ends(opened.pop(which), at=at, run=f"r{number}"))
        if what == "held":
            new = [held(f"r{number}", at=at)]
        assert told.plan(new, at) == again.plan(new, at)
    keys = [message.key for message in told.messages]
    assert len(keys) == len(set(keys))
    told_keys = {key for m in told.messages if m.what is What.OPENED for key in m.events}
    for one in told.known.values():
        assert (one.state is State.TOLD) <= (one.event.key in told_keys)
    standing = {alert_of(k.event) for k in told.known.values() if not k.ended}
    assert standing == {alert_of(one) for one in opened.values()}


@pytest.mark.parametrize("after_an_untold_end", [False, True])
@pytest.mark.parametrize("length", range(1, 7))
def test_the_last_word_is_right_however_events_are_batched(
    length: int, *, after_an_untold_end: bool
) -> None:
    """Up to three openings in a day: whatever was planned together, nobody is left with a wrong picture.

    The end of a fault of the first run, which was told to nobody, may come before everything else.
    """
    happened: list[Event] = []
    if after_an_untold_end:
        happened.append(event(EventKind.RECOVERED, at=day(-0.1), note="of the first run"))
    for number in range(length):
        at = day(0) + timedelta(minutes=number)
        opens = number % 2 == 0
        happened.append(event(at=at, note=f"m{number}") if opens else ends(happened[-1], at=at))
    kinds = {one.key: one.kind for one in happened}
    for cuts in product((False, True), repeat=len(happened) - 1):
        told, batch = Told(), [happened[0]]
        for cut, one in zip(cuts, happened[1:], strict=True):
            if cut:
                told.plan(batch, day(0.5))
                batch = []
            batch.append(one)
        told.plan(batch, day(0.5))
        words = [kinds[key] for message in told.messages for key in message.events]
        assert words[-1] is happened[-1].kind, cuts
