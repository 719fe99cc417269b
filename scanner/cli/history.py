"""``tinnhiem history``: how a unit came to be as it is, or a commune or the city month by month."""

import json
from collections.abc import Iterator
from typing import Any

import click

from checks.days import day_of
from checks.progress import Count, Progress, by_month, stretches
from checks.spec import Outcome
from inventory.units import commune
from scanner.archive.history import History
from scanner.archive.store import Store
from scanner.cli.options import database_option, stop
from scanner.cli.stored import opened


@click.command("history")
@click.argument("unit", default="")
@click.option(
    "--commune", "place", default="", metavar="CODE", help="Months of one commune, or of so-gddt."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@database_option
def history_command(
    unit: str,
    place: str,
    as_json: bool,  # noqa: FBT001  Click hands flags over so.
    db: str | None,
) -> None:
    """Tell what the runs so far say of UNIT; without one, of the whole city month by month."""
    if unit and place:
        stop("give a unit or --commune, and not both")
    with opened(db) as store:
        history = History(store)
        runs = history.progress()
        if not runs:
            stop("no run is in the history yet: `tinnhiem scan` makes one")
        found = _unit(store, history, runs, unit) if unit else _months(runs, place)
    click.echo(
        json.dumps(found, ensure_ascii=False, indent=2) if as_json else "\n".join(_told(found))
    )


def _unit(store: Store, history: History, runs: list[Progress], unit: str) -> dict[str, Any]:
    states = stretches(runs, unit)
    if not states:
        stop(f"no unit {unit!r} in the history: give its id as the inventory writes it")
    answers = [
        {
            "site": site,
            "check": check,
            "outcome": one.latest.value,
            "since": day_of(one.since).isoformat(),
            "known_before": one.known_before,
            "confirmed": one.settled is one.latest,
            "unsteady": one.unsteady,
        }
        for site, of in sorted(history.standings().items())
        for (owner, check, _), one in sorted(of.items())
        if owner == unit and one.trail
    ]
    del store
    return {
        "unit": unit,
        "readiness": [
            {
                "state": stretch.state.value,
                "since": day_of(stretch.since).isoformat(),
                "until": day_of(stretch.until).isoformat(),
            }
            for stretch in states
        ],
        "open": [a for a in answers if a["outcome"] in (Outcome.NOT_MET, Outcome.NEEDS_REVIEW)],
        "unsteady": [a for a in answers if a["unsteady"]],
        "events": [
            {
                "on": day_of(event.at).isoformat(),
                "kind": event.kind.value,
                "check": event.check,
                "before": event.before,
                "after": event.after,
                "reason": event.reason,
                "run": event.run,
            }
            for event in history.events(unit)
        ],
    }


def _months(runs: list[Progress], place: str) -> dict[str, Any]:
    if place and not any(
        place in (u.commune, u.manager) for run in runs for u in run.units.values()
    ):
        stop(f"no unit of {place!r} in the history: give a commune's code, or so-gddt")
    months = by_month(runs, lambda u: place in ("", u.commune, u.manager), day_of)
    known = commune(place) if place else None
    return {
        "of": known.title("vi") if known else place or "city",
        "months": [
            {
                "month": f"{month.month:%Y-%m}",
                "run": month.run,
                **_counts(month.counted),
                "year_before": _counts(month.year_before) if month.year_before else None,
            }
            for month in months
        ],
    }


def _counts(counted: Count) -> dict[str, Any]:
    share = counted.ready_pct
    return {
        "units": counted.of,
        "ready": counted.ready,
        "not_ready": counted.not_ready,
        "undecided": counted.undecided,
        "ready_pct": None if share is None else round(share, 2),
    }


def _told(found: dict[str, Any]) -> Iterator[str]:
    if "months" in found:
        yield f"{found['of']}"
        yield f"{'month':<9}{'units':>7}{'ready':>7}{'%':>8}{'not ready':>11}{'undecided':>11}{'a year before':>16}"
        for row in found["months"]:
            before = row["year_before"]
            then = f"{before['ready']} ({before['ready_pct']:g} %)" if before else "–"
            share = "–" if row["ready_pct"] is None else f"{row['ready_pct']:g}"
            yield (
                f"{row['month']:<9}{row['units']:>7}{row['ready']:>7}{share:>8}"
                f"{row['not_ready']:>11}{row['undecided']:>11}{then:>16}"
            )
        return
    yield f"{found['unit']}"
    for row in found["readiness"]:
        yield f"  {row['since']} – {row['until']}  {row['state']}"
    yield f"open: {len(found['open'])}"
    for row in found["open"]:
        least = "" if row["known_before"] else "at least "
        extra = (
            ", unsteady" if row["unsteady"] else "" if row["confirmed"] else ", not yet confirmed"
        )
        yield f"  {row['check']}  {row['outcome']} since {least}{row['since']}{extra}  {row['site']}"
    yield f"events: {len(found['events'])}"
    for row in found["events"]:
        why = f" ({row['reason']})" if row["reason"] else ""
        yield f"  {row['on']}  {row['kind']}  {row['check']}  {row['before'] or '–'} → {row['after'] or '–'}{why}"
