"""``tinnhiem attest``: dated documents that decide what no probe can see."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click

from checks.days import day_of
from inventory.model import Attestation
from scanner.archive.records import ATTESTATION, Records
from scanner.cli.options import database_option, stop
from scanner.cli.records import (
    AddUnlessTold,
    Day,
    KnownHere,
    destination_options,
    end_record,
    known_ids,
    looked_up,
    require_known,
    row_of,
    say,
    text_given,
)
from scanner.clock import now


@click.group("attest", cls=AddUnlessTold)
def attest_group() -> None:
    """Documents that decide what no probe can see."""


@attest_group.command("add")
@click.argument("unit")
@click.argument("check")
@click.option("--number", required=True, help="Number of the document.")
@click.option("--issued-on", type=Day(), required=True, help="The day it was issued.")
@click.option("--expires-on", type=Day(), help="Its last day, if it has one.")
@click.option("--level", type=click.IntRange(1, 5), help="The level that it approves.")
@destination_options
def add_attestation(
    unit: str,
    check: str,
    number: str,
    issued_on: date,
    expires_on: date | None,
    level: int | None,
    file: Path | None,
    inventory: Path | None,
    db: str | None,
) -> None:
    """Say by which document CHECK is fulfilled at UNIT."""
    moment = now().replace(microsecond=0)
    today = day_of(moment)
    probed, attested = known_ids()
    if check in probed:
        stop(f"{check} is looked at by a probe, not decided by a document: see `tinnhiem excuse`")
    require_known(check, attested, "attested check")
    if issued_on > today:
        stop(f"--issued-on {issued_on} is to come: enter the document when it is issued")
    if expires_on is not None and expires_on < today:
        stop(f"--expires-on {expires_on} is over: enter the document that took its place")
    if expires_on is not None and expires_on < issued_on:
        stop(f"--expires-on {expires_on} lies before --issued-on {issued_on}")
    document = Attestation(
        check=check,
        number=text_given(number, "--number"),
        issued_on=issued_on,
        expires_on=expires_on,
        level=level,
    )
    with looked_up(db, inventory, file) as known:
        known.unit(unit)
        if file is not None:
            known.add_to(file, "attestations", {"unit": unit} | row_of(document))
            click.echo(f"{document.number} attests {check} of {unit}: added to {file}")
            return
        name = Records(known.opened()).add(unit, document, moment)
        click.echo(f"document {name}: {document.number} attests {check} of {unit}")


@attest_group.command("list")
@click.option("--due", type=click.IntRange(0), metavar="DAYS", help="Only those that end soon.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@database_option
def list_attestations(due: int | None, as_json: bool, db: str | None) -> None:  # noqa: FBT001  Options of a command.
    """List the documents of the database, and of the inventory and files that the latest run was given."""
    today = day_of(now())
    with looked_up(db) as known:
        rows = [
            row
            for row in _told_documents(known, today)
            if due is None or (row["days_left"] is not None and row["days_left"] <= due)
        ]
    rows.sort(key=lambda row: (row["ends_on"] or "9999", row["unit"], row["check"]))
    say(rows, _document_line, as_json=as_json, nothing="no document")


@attest_group.command("end")
@click.argument("id")
@database_option
def end_attestation(id: str, db: str | None) -> None:
    """Take the document ID back from now on; what was told before stays told."""
    end_record(id, ATTESTATION, db)


def _told_documents(known: KnownHere, today: date) -> Iterator[dict[str, Any]]:
    from checks.due import ends  # noqa: PLC0415
    from scanner.cli.judging import plan_editions  # noqa: PLC0415

    editions = []
    store = known.opened()
    if known.run is not None:
        plan = json.loads(store.blob(known.run.plan_sha256))
        editions = [entry.edition for entry in plan_editions(plan)]
    found = [
        (unit.id, one, "inventory", "")
        for unit in (known.inventory.units if known.inventory else ())
        for one in unit.attestations
    ]
    found += [(one.unit, one.attestation, "file", "") for one in known.used.attestations]
    found += [
        (one.unit, one.record, "database", one.id)
        for one in Records(store).kept(ATTESTATION)
        if isinstance(one.record, Attestation) and one.ended_at is None
    ]
    for unit, document, source, name in found:
        ends_on = ends(document, editions)
        yield {
            "id": name,
            "unit": unit,
            "check": document.check,
            "number": document.number,
            "issued_on": document.issued_on.isoformat(),
            "ends_on": ends_on.isoformat() if ends_on else None,
            "level": document.level,
            "days_left": (ends_on - today).days if ends_on else None,
            "source": source,
        }


def _document_line(row: dict[str, Any]) -> str:
    ends_on = f"until {row['ends_on']} ({row['days_left']} days)" if row["ends_on"] else "no end"
    level = f"  level {row['level']}" if row["level"] else ""
    return (
        f"{row['id'] or '-':<8}  {row['unit']}  {row['check']}  {row['number']} "
        f"({row['issued_on']})  {ends_on}{level}  [{row['source']}]"
    )
