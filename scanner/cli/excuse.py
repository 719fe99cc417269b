"""``tinnhiem excuse``: what somebody accepted for a while, told in a column of its own and never as met."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from checks.days import day_of
from checks.excuses import Accepted, accepted
from inventory.model import EXCUSE_LONGEST_DAYS, Excuse
from scanner.archive.records import EXCUSE, Records
from scanner.cli.options import database_option, stop
from scanner.cli.records import (
    AddUnlessTold,
    Day,
    KnownHere,
    destination_options,
    end_record,
    excuses_of,
    known_ids,
    looked_up,
    require_known,
    row_of,
    say,
    text_given,
)
from scanner.clock import now


@click.group("excuse", cls=AddUnlessTold)
def excuse_group() -> None:
    """Accept a finding of a unit for a while: it is told in a column of its own, never as met."""


@excuse_group.command("add")
@click.argument("unit")
@click.argument("check")
@click.option("--reason", required=True, help="Why it is accepted.")
@click.option("--by", required=True, help="Who accepts it: name or office.")
@click.option("--until", type=Day(), required=True, help="Its last day, at most a year away.")
@click.option("--number", default="", help="Number of the document that grants it.")
@click.option("--site", default="", help="Only this address of the unit.")
@destination_options
def add_excuse(
    unit: str,
    check: str,
    reason: str,
    by: str,
    until: date,
    number: str,
    site: str,
    file: Path | None,
    inventory: Path | None,
    db: str | None,
) -> None:
    """Excuse the finding of CHECK at UNIT until a day, or until the finding is another one."""
    moment = now().replace(microsecond=0)
    today = day_of(moment)
    probed, attested = known_ids()
    if check in attested:
        stop(f"{check} is decided by a document: `tinnhiem attest add {unit} {check} --number …`")
    require_known(check, probed, "check")
    if until < today:
        stop(f"--until {until} is over: give a day to come")
    if (until - today).days > EXCUSE_LONGEST_DAYS:
        stop(
            f"--until {until} is more than a year away: an excuse is not for ever. "
            f"Give a day up to {date.fromordinal(today.toordinal() + EXCUSE_LONGEST_DAYS)}"
        )
    with looked_up(db, inventory, file) as known:
        of_unit = known.unit(unit)
        granted = Excuse(
            unit=unit,
            check=check,
            reason=text_given(reason, "--reason"),
            granted_by=text_given(by, "--by"),
            until_on=until,
            number=text_given(number, "--number", empty=True),
            site=known.address(of_unit, site),
            granted_on=today,
        )
        sites = [one for one in known.sites(unit) if granted.concerns(one)]
        faults = known.faults(granted, sites)
        if file is not None:
            # One text binds one site; where several differ, each is bound by the first complete run.
            if len(sites) == 1 and len(faults) == 1:
                granted = granted.model_copy(update={"finding": next(iter(faults.values()))})
            known.add_to(file, "excuses", row_of(granted))
            click.echo(f"{check} of {unit} is excused until {until}: added to {file}")
            return
        records = Records(known.opened())
        name = records.add(unit, granted, moment)
        if known.run is not None:
            records.bind(known.run, name, faults)
        click.echo(f"excuse {name}: {check} of {unit} is excused until {until}")


@excuse_group.command("list")
@click.option("--due", type=click.IntRange(0), metavar="DAYS", help="Only those that end soon.")
@click.option("--dead", is_flag=True, help="Those that excuse nothing any more, and why.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@database_option
def list_excuses(due: int | None, dead: bool, as_json: bool, db: str | None) -> None:  # noqa: FBT001  Options of a command.
    """List the excuses of the database, and of the inventory and files that the latest run was given."""
    moment = now()
    today = day_of(moment)
    with looked_up(db) as known:
        rows = [
            row
            for one in _standings(known, moment)
            if (row := _told_excuse(one, known, today))["alive"] is not dead
            and (due is None or row["days_left"] <= due)
        ]
    rows.sort(key=lambda row: (row["until"], row["unit"], row["check"], row["site"]))
    say(
        rows,
        _excuse_line,
        as_json=as_json,
        nothing="no excuse that has died" if dead else "no excuse that holds",
    )


@excuse_group.command("end")
@click.argument("id")
@database_option
def end_excuse(id: str, db: str | None) -> None:
    """End the excuse ID from now on; what was told before stays told."""
    end_record(id, EXCUSE, db)


def _standings(known: KnownHere, moment: datetime) -> Iterator[tuple[Accepted, str]]:
    book = Records(known.opened()).book(None, moment)
    for excuse, source in excuses_of(known):
        sites = [site.url for site in known.sites(excuse.unit) if excuse.concerns(site)]
        # A unit may have lost its address, or left the list: its excuses are still there to be ended.
        for site in sites or [""]:
            # No findings: only what runs, days and people have settled so far.
            yield accepted(excuse, site, (), (), moment, book, settles=False), source


def _told_excuse(found: tuple[Accepted, str], known: KnownHere, today: date) -> dict[str, Any]:
    one, source = found
    excuse = one.excuse
    return {
        "id": one.name,
        "unit": excuse.unit,
        "site": one.site,
        "check": excuse.check,
        "reason": excuse.reason,
        "by": excuse.granted_by,
        "number": excuse.number,
        "granted_on": excuse.granted_on.isoformat() if excuse.granted_on else None,
        "until": excuse.until_on.isoformat(),
        "days_left": (excuse.until_on - today).days,
        "source": source,
        "alive": one.life.why is None,
        "why": one.life.why.value if one.life.why else None,
        "died_on": one.died_on.isoformat() if one.died_on else None,
        "finding": one.life.told,
    }


def _excuse_line(row: dict[str, Any]) -> str:
    state = (
        f"until {row['until']} ({row['days_left']} days)"
        if row["alive"]
        else f"died {row['died_on']}: {_WHY[row['why']]}"
    )
    number = f"  {row['number']}" if row["number"] else ""
    return (
        f"{row['id']}  {row['unit']}  {row['check']}  {row['site']}  {state}{number}  "
        f"{row['reason']} ({row['by']})  [{row['source']}]"
    )


_WHY = {
    "date": "its last day is over",
    "changed": "the finding is another one",
    "mended": "the fault was mended",
    "ended": "it was ended",
}
