"""The strip of a site's last days as watchers saw them: a square a day, and the same in words."""

from datetime import date, timedelta
from itertools import groupby
from typing import Final

from checks.availability import Counts, DayUp
from checks.days import day_of
from checks.parsing.text import display
from inventory.model import Site
from reports.judged import Judged
from reports.view import BadDay, DaySquare, UptimeStrip
from reports.words import SHOWN, Words

DAYS: Final = 90
BAD_SHOWN: Final = 10
NEARLY_PCT: Final = 99.0
"""A day below this is told as a bad one: the bar of the shipped edition."""


def strips(judged: Judged, site: Site, words: Words) -> tuple[UptimeStrip, ...]:
    """A strip for each vantage that watched the site; none where nobody did."""
    days = sorted(judged.past.uptime.get(site.url, ()), key=lambda one: (one.vantage, one.day))
    of_vantage = [(name, list(found)) for name, found in groupby(days, lambda one: one.vantage)]
    last = day_of(judged.assessment.run.judged_at)
    return tuple(
        _strip(name if len(of_vantage) > 1 else "", found, last, words)
        for name, found in of_vantage
    )


def _strip(vantage: str, days: list[DayUp], last: date, words: Words) -> UptimeStrip:
    first = last - timedelta(days=DAYS - 1)
    shown = [one for one in days if first <= one.day <= last]
    # Days are summed by their own counts: a silent day of a site that answers on others is down.
    total = sum((one.counts for one in shown), Counts())
    share = total.availability_pct
    lead = (
        words.ui("uptime.nothing")
        if share is None
        else words.ui(
            "uptime.lead",
            days=words.number(len(shown)),
            pct=words.number(share),
            up=words.number(total.up),
            taken=words.number(total.taken),
        )
    )
    bad = [one for one in shown if (pct := _pct(one, total)) is not None and pct < 100]
    return UptimeStrip(
        vantage=words.ui("uptime.vantage", name=display(vantage, SHOWN)) if vantage else "",
        lead=lead,
        label=words.ui("uptime.label", first=words.day(first), last=words.day(last)),
        squares=tuple(DaySquare(_kind(_pct(one, total)), (one.day - first).days) for one in shown),
        width=DAYS,
        first=words.day(first),
        last=words.day(last),
        bad=tuple(_bad_day(one, total, words) for one in reversed(bad[-BAD_SHOWN:])),
    )


def _pct(one: DayUp, total: Counts) -> float | None:
    """A day's share: its silence counts where the site answered on any of the days."""
    taken = one.counts.up + one.counts.down - (0 if total.up else one.counts.silent)
    return one.counts.up * 10_000 // taken / 100 if taken else None


def _kind(pct: float | None) -> str:
    if pct is None:
        return "open"
    if pct >= 100:
        return "good"
    return "look" if pct >= NEARLY_PCT else "bad"


def _bad_day(one: DayUp, total: Counts, words: Words) -> BadDay:
    pct = _pct(one, total)
    slow = words.ui("uptime.ms", ms=words.number(round(one.p95_ms))) if one.p95_ms else ""
    return BadDay(
        day=words.day(one.day),
        share=f"{words.number(pct)} %" if pct is not None else words.ui("common.none"),
        down=words.number(one.counts.down),
        slow=slow,
    )
