"""What a registry answers about a name, by RDAP (RFC 9083) or WHOIS (RFC 3912): read without trust."""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from checks.evidence.registration import Registered, Source

STATUSES_KEPT = 20
REGISTRAR_CHARS = 200
WHOIS_CHARS = 65_536
LINE_CHARS = 500
_YEARS = range(1990, 2200)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ]+\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?\s*(?:Z|UTC|GMT|[+-]\d\d:?\d\d)?)?",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"(\d{4})(?:/|\. ?)(\d\d?)(?:/|\. ?)(\d\d?)\.?(?:\s.*)?")
_MONTH_NAMED = re.compile(r"(\d\d?)[- ]([a-z]{3})[a-z]*[- ](\d{4})(?:\s.*)?", re.IGNORECASE)
_DAY_FIRST = re.compile(r"(\d\d?)\.(\d\d?)\.(\d{4})(?:\s.*)?")

# WHOIS has no grammar; these are the labels of the registries that speak "label: value".
_ENDS = frozenset(
    {
        "domain expires",
        "domain expiration date",
        "expiration date",
        "expiration time",
        "expire",
        "expires",
        "expires on",
        "expiry date",
        "paid-till",
        "registry expiry date",
        "renewal date",
        "valid until",
    }
)
_ENDS_AT_REGISTRAR = frozenset({"registrar registration expiration date"})
_NAMED = frozenset({"domain", "domain name"})
_STATES = frozenset({"domain status", "eppstatus", "state", "status"})
_FREE = frozenset({"available", "free"})
_LABELLED = re.compile(r"\s*(?:\[([^\]]{1,60})\]|([A-Za-z][\w ./()-]{0,60}?)[ .]*:)[ \t]*(.*)")
_UNKNOWN = re.compile(
    r"[%#>*\s]*(?:no match\b|not found\b|domain not found\b|no data found\b|no entries found\b|no object found\b"
    r"|nothing found\b|the queried object does not exist\b|object does not exist\b)",
    re.IGNORECASE,
)


class Unreadable(ValueError):  # noqa: N818  It names what an answer is.
    """An answer that proves nothing; its text says why."""


# RDAP


def read_rdap(body: bytes, name: str, server: str) -> Registered:
    """The registry's word in a domain object (RFC 9083, 5.3); ``Unreadable`` where it is none about this name.

    Two different days are no day: nothing here guesses which one counts.
    """
    told = _loaded(body)
    if _text(told.get("objectClassName")).casefold() != "domain":
        raise Unreadable("no domain object")
    names = {_bare(_text(told.get(key))) for key in ("ldhName", "unicodeName")}
    if _bare(name) not in names:
        raise Unreadable("not about this name")
    statuses = told.get("status", [])
    return Registered(
        source=Source.RDAP,
        server=server,
        found=True,
        ends_on=_rdap_end(told.get("events", [])),
        registrar=_rdap_registrar(told.get("entities", [])),
        statuses=_statuses(statuses if isinstance(statuses, list) else [statuses]),
    )


def _loaded(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body.decode("utf-8-sig"))
    except RecursionError:
        raise Unreadable("nested too deeply") from None
    except ValueError:
        # Also: bytes that are no UTF-8, and numbers of thousands of digits.
        raise Unreadable("not JSON") from None
    if not isinstance(told, dict):
        raise Unreadable("no object")
    return told


def _rdap_end(events: object) -> date | None:
    if not isinstance(events, list):
        raise Unreadable("events are no list")
    days: dict[str, set[date]] = {"expiration": set(), "registrar expiration": set()}
    for event in events:
        if not isinstance(event, dict):
            continue
        action = _text(event.get("eventAction")).strip().casefold()
        if action in days:
            days[action].add(day_of(_text(event.get("eventDate"))))
    return _one_day(days["expiration"]) or _one_day(days["registrar expiration"])


def _rdap_registrar(entities: object) -> str:
    """The name in the card of the entity whose role is ``registrar`` (RFC 9083, 5.1; RFC 7095)."""
    for entity in entities if isinstance(entities, list) else ():
        roles = entity.get("roles") if isinstance(entity, dict) else None
        if not isinstance(roles, list) or "registrar" not in roles:
            continue
        card = entity.get("vcardArray")
        fields = card[1] if isinstance(card, list) and len(card) > 1 else ()
        for field in fields if isinstance(fields, list) else ():
            if isinstance(field, list) and len(field) > 3 and field[0] == "fn":
                return _shown(_text(field[3]))
    return ""


# WHOIS


def read_whois(body: bytes, name: str, server: str) -> Registered:
    """The registry's word in a WHOIS answer; ``Unreadable`` where the text is not surely about this name."""
    text = body.decode("utf-8", errors="replace")[:WHOIS_CHARS]
    pairs = list(_pairs(text))
    named = {_bare(value) for label, value in pairs if label in _NAMED}
    states = {value.casefold() for label, value in pairs if label in _STATES}
    if not named and any(_UNKNOWN.match(line) for line in text.splitlines()):
        return _unknown(server)
    if _bare(name) not in named:
        raise Unreadable("not about this name")
    if states & _FREE:
        return _unknown(server)
    ends = [{day_of(value) for label, value in pairs if label in labels} for labels in _WHOSE]
    return Registered(
        source=Source.WHOIS,
        server=server,
        found=True,
        ends_on=_one_day(ends[0]) or _one_day(ends[1]),
        registrar=_shown(next((value for label, value in pairs if label == "registrar"), "")),
        statuses=_statuses(value.split(" ")[0] for label, value in pairs if label in _STATES),
    )


_WHOSE = (_ENDS, _ENDS_AT_REGISTRAR)


def _unknown(server: str) -> Registered:
    return Registered(
        source=Source.WHOIS, server=server, found=False, ends_on=None, registrar="", statuses=()
    )


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Label and value of each line that has both; a value may stand alone on the next line."""
    waiting = ""
    for line in text.splitlines():
        match = _LABELLED.match(line[:LINE_CHARS])
        if match is None:
            if waiting and line.strip():
                yield waiting, line.strip()
            waiting = ""
            continue
        label = " ".join((match[1] or match[2]).casefold().split())
        value = match[3].strip()
        waiting = "" if value else label
        if value:
            yield label, value


# Both


def unknown_to_rdap(server: str) -> Registered:
    """What a registry says of a name that it does not have (status 404)."""
    return _unknown(server).model_copy(update={"source": Source.RDAP})


def day_of(text: str) -> date:
    """The day of a date or moment, in UTC where it names its zone.

    ``Unreadable`` for anything else, also for days whose order of day and month can only be guessed.
    """
    shown = " ".join(text.split())
    try:
        found = _day_of(shown)
    except (ValueError, OverflowError):
        found = None
    if found is None or found.year not in _YEARS:
        raise Unreadable(f"no date: {shown[:40]!r}")
    return found


def _day_of(shown: str) -> date | None:
    if match := _MOMENT.fullmatch(shown):
        zoned = re.sub(r"\s*(?:UTC|GMT)$", "Z", shown, flags=re.IGNORECASE).replace(" ", "T", 1)
        # Fractions of a second may have more digits than Python reads on every version.
        plain = re.sub(r"\.\d+", "", zoned).replace(" ", "").upper()
        moment = datetime.fromisoformat(plain) if "T" in plain else None
        if moment is None or moment.tzinfo is None:
            return date.fromisoformat(match[1])
        return moment.astimezone(UTC).date()
    if match := _YEAR_FIRST.fullmatch(shown):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _MONTH_NAMED.fullmatch(shown):
        return date(int(match[3]), _MONTHS.index(match[2].casefold()) + 1, int(match[1]))
    if match := _DAY_FIRST.fullmatch(shown):
        return date(int(match[3]), int(match[2]), int(match[1]))
    return None


def _one_day(days: set[date]) -> date | None:
    if len(days) > 1:
        raise Unreadable(f"{len(days)} different days")
    return next(iter(days), None)


def _statuses(values: Iterable[object]) -> tuple[str, ...]:
    found = (re.sub(r"[^a-z]", "", _text(value).casefold()[:60]) for value in values)
    return tuple(dict.fromkeys(filter(None, found)))[:STATUSES_KEPT]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _bare(name: str) -> str:
    return name.strip().rstrip(".").casefold()


def _shown(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:REGISTRAR_CHARS]
