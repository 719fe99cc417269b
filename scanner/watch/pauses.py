"""Announced outages: whether a moment lies in one, in the local time that people announced."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from inventory.model import Site
from inventory.settings import Pause

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def pause_at(
    pauses: Sequence[Pause], site: Site, units: Sequence[str], moment: datetime
) -> Pause | None:
    """The announced outage of a site at a moment; ``None`` where there is none."""
    for pause in pauses:
        if _is_for(pause, site, units) and covers(pause, moment):
            return pause
    return None


def covers(pause: Pause, moment: datetime) -> bool:
    """Whether a moment lies in it; its beginning does, its end does not.

    A window that comes back is read off the wall clock of its zone, as people keep it: where a change to summer
    time skips an hour of it, it is an hour shorter that day, and an hour longer where one comes twice.
    """
    zone = ZoneInfo(pause.zone)
    if pause.starts is not None and pause.ends is not None:
        return _aware(pause.starts, zone) <= moment < _aware(pause.ends, zone)
    if pause.begin is None or pause.end is None:
        return False
    local = moment.astimezone(zone)
    at = local.time()
    if pause.begin < pause.end:
        return pause.begin <= at < pause.end and _on(pause, local)
    # Over midnight, or a whole day where both are the same: the day is that on which it began.
    if at >= pause.begin:
        return _on(pause, local)
    return at < pause.end and _on(pause, local - timedelta(days=1))


def _is_for(pause: Pause, site: Site, units: Sequence[str]) -> bool:
    if not pause.units and not pause.hosts:
        return True
    return site.host in pause.hosts or any(unit in pause.units for unit in units)


def _on(pause: Pause, local: datetime) -> bool:
    return not pause.days or _DAYS[local.weekday()] in pause.days


def _aware(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
