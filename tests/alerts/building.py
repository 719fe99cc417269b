"""Events, channels and rules to test with."""

from datetime import UTC, datetime, timedelta
from typing import Any

from checks.events import Event, EventKind, Severity, key_of
from inventory.model import Unit, UnitKind
from inventory.settings import Alerting, AlertRule, Channel

DAY0 = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
CHECK = "certificate-trusted"
CHANNEL = Channel(name="so", url_env="TINNHIEM_TEST_URL", lang="en")
RULE = AlertRule(name="all", to=("so",), least="info")


def day(number: float) -> datetime:
    """A moment so many days after the first."""
    return DAY0 + timedelta(days=number)


def event(kind: EventKind = EventKind.REGRESSED, unit: str = "thcs-a", **changed: Any) -> Event:
    """An event of one unit's site; healthy by default in everything else."""
    at = changed.get("at", DAY0)
    check = changed.get("check", "" if kind in (EventKind.SITE_DOWN, EventKind.SITE_UP) else CHECK)
    values: dict[str, Any] = {
        "key": key_of(kind, unit, check, at.isoformat(), changed.get("note", "")),
        "kind": kind,
        "severity": Severity.REQUIRED,
        "at": at,
        "run": "run-1",
        "unit": unit,
        "site": f"https://{unit}.edu.vn/" if unit else "",
        "check": check,
        "cause": f"check:{check}" if check else "",
    }
    return Event.model_validate(values | changed)


def ends(opened: Event, kind: EventKind = EventKind.RECOVERED, **changed: Any) -> Event:
    """The event that ends another."""
    same = {"check": opened.check, "site": opened.site, "resolves": opened.key}
    return event(kind, opened.unit, **same | {"cause": opened.cause} | changed)


def held(run: str, **changed: Any) -> Event:
    """A run that accuses nobody."""
    return event(EventKind.HELD, "", run=run, check="", cause="run", **changed)


def unit(id: str = "thcs-a", **changed: Any) -> Unit:
    """A unit managed by its commune."""
    values: dict[str, Any] = {
        "id": id,
        "name": f"Trường {id}",
        "kind": UnitKind.THCS,
        "commune": "20194",
        "manager": "20194",
    }
    return Unit.model_validate(values | changed)


def alerting(*channels: Channel, **changed: Any) -> Alerting:
    """Channels that are told of everything."""
    rule = AlertRule(name="all", to=tuple(one.name for one in channels), least="info")
    return Alerting.model_validate({"channels": channels, "rules": (rule,), **changed})
