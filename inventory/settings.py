"""What an operator sets once for all runs: targets, how changes are confirmed, watching, alerts, schedules.  Frozen, validated."""

from datetime import date, datetime, time
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, StringConstraints, field_validator, model_validator

from inventory.model import Record, Text, UnitKind

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
"""What settings call a channel or a rule."""


def known_zone(zone: str) -> str:
    """The name of a time zone; ``ValueError`` where there is no such zone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{zone!r} is no time zone such as Asia/Ho_Chi_Minh") from None
    return zone


class Target(Record):
    """A share of units that is to be ready by a day."""

    name: Text
    ready_pct: float = Field(ge=0, le=100)
    by: date
    commune: str = ""
    """Code of the commune, or ``so-gddt``, that is measured; empty: the whole city."""
    kinds: tuple[UnitKind, ...] = ()
    """Kinds of unit that are counted; none named: all."""


class Confirming(Record):
    """When a difference between two looks is told as a change."""

    look_again_after_s: float = Field(default=60.0, ge=0, le=3600)
    """The pause before a site that got worse is looked at once more in the same run."""
    look_again: bool = True
    runs: int = Field(default=2, ge=1, le=10)
    of_runs: int = Field(default=3, ge=1, le=20)
    """A fault is told when ``runs`` of the last ``of_runs`` runs that could tell saw it."""
    hold_share_pct: float = Field(default=20.0, gt=0, le=100)
    """Where so many of the units that could be compared fail newly at once, the run is held."""
    hold_least: int = Field(default=10, ge=1)
    """A run is never held for fewer units than this."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.runs > self.of_runs:
            raise ValueError("runs is more than of_runs")
        return self


class Pause(Record):
    """A planned outage: samples in it count for nothing, and nobody is alerted."""

    why: Text
    units: tuple[Text, ...] = ()
    """Unit ids; with no unit and no host: all sites."""
    hosts: tuple[Text, ...] = ()
    starts: datetime | None = None
    """One outage: its beginning and end, in ``zone`` where they name none of their own."""
    ends: datetime | None = None
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = ()
    """A window that comes back: on these days (none named: daily) from ``begin`` to ``end``, local time."""
    begin: time | None = None
    end: time | None = None
    zone: str = "Asia/Ho_Chi_Minh"

    _zone = field_validator("zone")(known_zone)

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        once = self.starts is not None and self.ends is not None
        weekly = self.begin is not None and self.end is not None
        if once == weekly:
            raise ValueError("give starts and ends of one outage, or begin and end of a daily one")
        if self.starts is not None and self.ends is not None:
            zone = ZoneInfo(self.zone)
            first, last = (
                moment if moment.tzinfo else moment.replace(tzinfo=zone)
                for moment in (self.starts, self.ends)
            )
            if last <= first:
                raise ValueError("ends lies before starts")
        return self


class Watching(Record):
    """How sites are sampled between scans."""

    interval_s: float = Field(default=300.0, ge=10, le=86_400)
    retries: int = Field(default=2, ge=0, le=10)
    """Further looks, some seconds apart, before a site counts as down."""
    retry_after_s: float = Field(default=5.0, ge=0, le=600)
    degraded_ms: float = Field(default=3000.0, gt=0)
    """A slower first byte than this is *degraded*."""
    pauses: tuple[Pause, ...] = ()


class Channel(Record):
    """Where messages go.  The address is a secret: it stands in the environment or in a file, never here."""

    name: Name
    url_env: str = Field(default="", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    """The environment variable that holds the channel's address, in the alert library's form."""
    url_file: str = ""
    """A file, readable by its owner alone, whose first line is the address."""
    lang: Literal["vi", "en"] = "vi"
    digest_over: int = Field(default=10, ge=1, le=1000)
    """More units than this in one message are counted, and only the first of them named."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.url_env) == bool(self.url_file):
            raise ValueError("give url_env or url_file, and not both")
        return self


class AlertRule(Record):
    """Which events are told to which channels."""

    name: Name
    to: tuple[Name, ...] = Field(min_length=1)
    events: tuple[Name, ...] = ()
    """Kinds of event (``regressed``, ``recovered``, ``site-down`` …); none named: all."""
    least: Literal["info", "recommended", "required", "urgent"] = "required"
    """Events less severe than this are not told."""
    units: tuple[Text, ...] = ()
    managers: tuple[Text, ...] = ()
    """Commune codes or ``so-gddt``; none named: all."""
    checks: tuple[Name, ...] = ()
    remind_after_h: float = Field(default=24.0, ge=24, le=8760)
    """What is still open is told again after so long, never sooner than a day."""
    resolved: bool = True
    """Whether the end of what was told is told too."""


class Alerting(Record):
    """Channels and rules."""

    channels: tuple[Channel, ...] = ()
    rules: tuple[AlertRule, ...] = ()
    give_up_after_h: float = Field(default=24.0, gt=0, le=720)
    """A channel that is dead for longer gets a message no more; it is told on the command line."""

    @model_validator(mode="after")
    def _known_channels(self) -> Self:
        names = [channel.name for channel in self.channels]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two channels are called {name}")
        for rule in self.rules:
            for name in rule.to:
                if name not in names:
                    raise ValueError(f"rule {rule.name}: there is no channel {name}")
        return self


Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
"""Days have names: what 0 or 1 means differs between cron, libraries and countries."""


class Quiet(Record):
    """A time in which no job begins; a job due in it waits until it ends."""

    why: Text
    begin: time
    end: time
    """Where it lies before ``begin``, the quiet ends on the next day."""
    days: tuple[Day, ...] = ()
    """Days on which it begins; none named: every day."""

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.begin == self.end:
            raise ValueError("begin and end are the same")
        return self


class Job(Record):
    """A command of this program that is run at set times."""

    name: Name
    run: tuple[Text, ...] = Field(min_length=1)
    """The words after ``tinnhiem``, one by one: ``[scan, inventory.yaml, --out, out]``."""
    at: tuple[time, ...]
    """Times of the day, to the minute, in the zone of the schedule."""
    days: tuple[Day, ...] = ()
    """None named: every day."""

    @field_validator("at", mode="before")
    @classmethod
    def _one_or_many(cls, at: object) -> object:
        return (at,) if isinstance(at, str) else at

    @field_validator("at")
    @classmethod
    def _to_the_minute(cls, at: tuple[time, ...]) -> tuple[time, ...]:
        if not at:
            raise ValueError("name a time of the day")
        for one in at:
            if one.second or one.microsecond or one.tzinfo is not None:
                raise ValueError("give times as HH:MM, in the zone of the schedule")
        return tuple(sorted(set(at)))


class Scheduling(Record):
    """What ``tinnhiem serve-schedule`` runs, and when it must not begin."""

    jobs: tuple[Job, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    zone: str = "Asia/Ho_Chi_Minh"

    _zone = field_validator("zone")(known_zone)

    @model_validator(mode="after")
    def _each_name_once(self) -> Self:
        names = [job.name.lower() for job in self.jobs]
        for job in self.jobs:
            if names.count(job.name.lower()) > 1:
                raise ValueError(f"two jobs are called {job.name}")
        return self


class Settings(Record):
    """Everything in the settings file; every part may be left out."""

    targets: tuple[Target, ...] = ()
    confirm: Confirming = Confirming()
    watch: Watching = Watching()
    alerts: Alerting = Alerting()
    schedule: Scheduling = Scheduling()


DEFAULTS = Settings()
