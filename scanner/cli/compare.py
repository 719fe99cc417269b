"""``tinnhiem compare A B``: what lies between two runs, the rules' doing kept apart from the sites'."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from checks.changes import CHANGE_KINDS, Change, ChangeKind, Comparison
from scanner.archive.history import History
from scanner.archive.store import RunRow, Store
from scanner.cli.judging import editions_for
from scanner.cli.lists import load_lists
from scanner.cli.options import criteria_option, database_option, lists_option, stop
from scanner.cli.past import compared, remembered
from scanner.cli.stored import opened, run_of

SHOWN = (
    ChangeKind.REGRESSED,
    ChangeKind.TO_REVIEW,
    ChangeKind.NEW,
    ChangeKind.IMPROVED,
    ChangeKind.GONE,
)
"""What is listed one by one; the others are counted, unless all is asked for."""


@click.command("compare")
@click.argument("earlier", default="")
@click.argument("later", default="latest")
@click.option(
    "--all",
    "every",
    is_flag=True,
    help="List also what only the rules changed, and what could not be compared.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@lists_option
@criteria_option
@database_option
def compare_command(
    earlier: str,
    later: str,
    every: bool,  # noqa: FBT001  Click hands flags over so.
    as_json: bool,  # noqa: FBT001
    lists: Path | None,
    criteria: tuple[str, ...],
    db: str | None,
) -> None:
    """Tell what changed from run EARLIER to run LATER (by default the latest, and the one before it that counts).

    The evidence of the earlier run is judged anew by the rules of the later one: what only the rules changed is told
    as such, and never as better or worse.
    """
    with opened(db) as store:
        last = run_of(store, later)
        first = run_of(store, earlier) if earlier else _before(store, last)
        if first.seq == last.seq:
            stop("both are the same run: give two")
        editions = editions_for(store, last, criteria)
        found = compared(store, first, last, remembered(store, editions, load_lists(lists)))
    for line in as_rows(found, every=every) if as_json else told(found, first, last, every=every):
        click.echo(line)


def _before(store: Store, run: RunRow) -> RunRow:
    found = History(store).baseline(run) or store.earlier(run)
    if found is None:
        stop("there is no run before this one to compare with")
    return found


def as_rows(found: Comparison, *, every: bool) -> Iterator[str]:
    """A line for each change, then one of counts."""
    for change in found.changes:
        if every or change.kind in SHOWN:
            yield json.dumps(change_row(change), ensure_ascii=False)
    yield json.dumps({"counts": counts(found), "held": found.held}, ensure_ascii=False)


def change_row(change: Change) -> dict[str, Any]:
    """One change as data."""
    before, after = change.before, change.after
    return {
        "change": change.kind.value,
        "unit": change.unit,
        "site": change.site,
        "check": change.check,
        "before": before.outcome.value if before else None,
        "after": after.outcome.value if after else None,
        "reason": after.reason if after else "",
        "cause": after.cause.value if after and after.cause else None,
    }


def counts(found: Comparison) -> dict[str, int]:
    """How many answers of each kind, and how many units and sites came and went."""
    kinds = Counter(change.kind for change in found.changes)
    return {
        **{kind.value: kinds[kind] for kind in CHANGE_KINDS},
        "same": found.same,
        "units_new": len(found.units_new),
        "units_gone": len(found.units_gone),
        "sites_new": len(found.sites_new),
        "sites_gone": len(found.sites_gone),
    }


def told(found: Comparison, first: RunRow, last: RunRow, *, every: bool) -> Iterator[str]:
    """The comparison for a terminal."""
    yield f"{first.id} → {last.id}"
    if found.held:
        yield f"held: {found.held}; nothing is told as better or worse"
    yield ", ".join(f"{name} {n}" for name, n in counts(found).items() if n)
    for change in found.changes:
        if every or change.kind in SHOWN:
            row = change_row(change)
            why = row["reason"] or row["cause"] or ""
            yield (
                f"{change.kind.value:<16} {change.unit}  {change.check}  "
                f"{row['before'] or '–'} → {row['after'] or '–'}{f' ({why})' if why else ''}  {change.site}"
            )
    for one in found.readiness:
        was, here = one.before, one.after
        yield f"readiness        {one.unit}  {was or '–'} → {here or '–'}"
    for name, units in (("new unit", found.units_new), ("unit gone", found.units_gone)):
        for unit in units:
            yield f"{name:<16} {unit}"
