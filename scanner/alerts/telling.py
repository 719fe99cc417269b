"""The words of a message: what, where, since when, what to do, how many.  Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from checks.events import SEVERITIES, Event, EventKind
from inventory.model import Unit
from reports.run_view import held_told
from reports.words import Language, Words, places, words
from scanner.alerts.cleaning import clean, clean_address

SUBJECT_CHARS: Final = 120
BODY_CHARS: Final = 20_000
"""A longer list is counted; services that take less get the beginning and the last line."""
_NAMED_CAUSES = ("platform", "address", "network")


@dataclass(frozen=True, slots=True)
class Telling:
    """What one message tells."""

    what: str
    events: tuple[Event, ...]
    lang: Language
    digest_over: int
    key: str


def told_in_words(telling: Telling, units: Mapping[str, Unit]) -> tuple[str, str]:
    """Subject and body."""
    told = words(telling.lang)
    subject = told.ui(
        "alerts.subject",
        what=_headline(telling, told),
        where=_where(telling.events, units, told),
    )
    # A single thing says itself what it is.
    things = {(event.kind, event.check, event.cause) for event in telling.events}
    several = len(things) > 1 or telling.what in ("reminder", "resolved")
    lines = [f"{_headline(telling, told)}.", ""] if several else []
    lines += ["\n\n".join(_parts(telling, units, told)), ""]
    lines.append(told.ui(f"alerts.look.{telling.what}"))
    body = "\n".join(lines)
    if len(body) > BODY_CHARS:
        body = body[: BODY_CHARS - 1].rstrip() + "…"
    return _cut(subject, SUBJECT_CHARS), f"{body}\n{told.ui('alerts.key', code=telling.key)}"


def test_message(channel: str, lang: Language, moment: str, key: str) -> tuple[str, str]:
    """Subject and body of a message that only shows that a channel works."""
    told = words(lang)
    body = told.ui("alerts.test.body", channel=clean(channel), moment=moment)
    return told.ui("alerts.test.subject"), f"{body}\n{told.ui('alerts.key', code=key)}"


def _headline(telling: Telling, told: Words) -> str:
    kinds = {event.kind for event in telling.events}
    if telling.what in ("reminder", "resolved"):
        return told.ui(f"alerts.headline.{telling.what}")
    if len(kinds) == 1:
        return told.ui(f"alerts.headline.{next(iter(kinds)).value}")
    return told.ui("alerts.headline.several")


def _where(events: Sequence[Event], units: Mapping[str, Unit], told: Words) -> str:
    named = _units_of(events)
    if not named:
        return told.ui("alerts.whole_run")
    if len(named) == 1:
        return clean(_name(named[0], units), 80)
    return told.count("alerts.units", len(named))


def _parts(telling: Telling, units: Mapping[str, Unit], told: Words) -> Iterable[str]:
    """A paragraph for each thing that is told, the gravest first."""
    things: dict[tuple[EventKind, str, str], list[Event]] = {}
    for event in telling.events:
        things.setdefault((event.kind, event.check, event.cause), []).append(event)
    ordered = sorted(
        things.items(),
        key=lambda item: -max(SEVERITIES.index(event.severity) for event in item[1]),
    )
    # All things together name no more units than one message may.
    left = telling.digest_over
    for (kind, check, cause), events in ordered:
        shown, left = _lines(events, units, told, left)
        todo = _todo(kind, check, told)
        if todo and telling.what != "resolved":
            shown.append(told.ui("alerts.todo", todo=todo))
        yield "\n".join([_thing(kind, check, cause, told), *shown])


def _thing(kind: EventKind, check: str, cause: str, told: Words) -> str:
    said = told.ui(f"alerts.kind.{kind.value}")
    if check:
        said = told.ui("common.colon", label=said, value=clean(told.check(check).title))
    family, _, name = cause.partition(":")
    if family in _NAMED_CAUSES and name:
        return told.ui("alerts.shared", said=said, cause=clean(name))
    return said


def _lines(
    events: Sequence[Event], units: Mapping[str, Unit], told: Words, left: int
) -> tuple[list[str], int]:
    """A line for each site; where more units are told than may be named, the first ones and a count."""
    about = [event for event in events if event.unit]
    lines = [_reason(event, told) for event in events if not event.unit]
    named = _units_of(about)
    if len(named) > left == 0:
        return [*filter(None, lines), told.count("alerts.units", len(named))], 0
    if len(named) > left:
        lines.append(told.count("alerts.units_in_all", len(named)))
    first = set(named[:left])
    lines += [_line(event, units, told) for event in about if event.unit in first]
    if len(named) > left:
        lines.append(told.count("alerts.and_more", len(named) - len(first)))
    return [line for line in lines if line], left - len(first)


def _line(event: Event, units: Mapping[str, Unit], told: Words) -> str:
    unit = clean(_name(event.unit, units), 100)
    if event.kind is EventKind.DUE:
        line = told.ui("alerts.line_due", unit=unit, day=told.value(event.note))
    else:
        line = told.ui("alerts.line", unit=unit, since=told.moment(event.at, zone=False))
    if event.site:
        line = told.ui("alerts.with_site", line=line, site=clean_address(event.site, 120))
    reason = _reason(event, told)
    return told.ui("common.colon", label=line, value=reason) if reason else line


def _reason(event: Event, told: Words) -> str:
    """Why, in words where there are some, else as the event has it."""
    if event.kind is EventKind.HELD:
        return clean(held_told(event.reason, told) if event.reason else event.note, 300)
    if event.kind is EventKind.RULES_CHANGED and event.note.isdecimal():
        return told.count("alerts.units", int(event.note))
    if event.kind is EventKind.DUE:
        what = f"due.{event.reason}"
        said = told.ui(what) if told.has(what) else clean(event.reason, 100)
        return said if event.unit else f"{said}, {told.value(event.note)}"
    for word in (event.note, event.reason):
        key = f"alerts.reason.{word}"
        if word and told.has(key):
            return told.ui(key)
    known = told.check(event.check).reasons.get(event.reason, "") if event.check else ""
    if known and not event.note and not places(known):
        return known
    return clean(event.note or event.reason, 200)


def _todo(kind: EventKind, check: str, told: Words) -> str:
    own = f"alerts.do.{kind.value}"
    if told.has(own):
        return told.ui(own)
    known = told.check(check) if check else None
    if known is None:
        return ""
    return known.task or (known.how[0] if known.how else "")


def _units_of(events: Iterable[Event]) -> list[str]:
    return list(dict.fromkeys(event.unit for event in events if event.unit))


def _name(unit: str, units: Mapping[str, Unit]) -> str:
    known = units.get(unit)
    return known.name if known is not None else unit


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
