"""``tinnhiem baseline``: names for runs that the gate holds later ones against."""

import re

import click

from scanner.archive.baselines import Baselines
from scanner.cli.options import database_option, stop
from scanner.cli.stored import opened
from scanner.clock import now

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@click.group("baseline")
def baseline_group() -> None:
    """Name runs that the gate holds later ones against."""


@baseline_group.command("set")
@click.argument("name")
@click.option("--run", "run_id", metavar="ID", help="Run to keep (default: the newest one).")
@database_option
def set_command(name: str, run_id: str | None, db: str | None) -> None:
    """Call a complete run NAME; a name that is taken moves to it."""
    if _NAME.fullmatch(name) is None or name.endswith(".json"):
        stop(f"{name!r} is no name: letters, digits, . _ - and no .json at its end")
    if name in ("latest", "latest-before"):
        stop(f"{name!r} means another thing already: choose another name")
    with opened(db) as store:
        try:
            run = store.run(run_id or "latest")
        except KeyError:
            stop(f"no run {run_id or 'at all'} in this database: see `tinnhiem runs`")
        if any(row.id == name for row in store.runs()):
            stop(f"{name!r} is the id of a run: choose another name")
        if run.state != "complete":
            stop(f"run {run.id} is {run.state}: only a complete run is a baseline")
        if run.held:
            stop(f"run {run.id} is held ({run.held}): what accuses nobody is no baseline")
        Baselines(store).keep(name, run, now())
    click.echo(f"{name}: {run.id}")


@baseline_group.command("list")
@database_option
def list_command(db: str | None) -> None:
    """List the names and their runs."""
    with opened(db) as store:
        found = Baselines(store).all()
    for named in found:
        click.echo(f"{named.name}  {named.run}  {named.kept_at:%Y-%m-%d %H:%M:%S} UTC")


@baseline_group.command("remove")
@click.argument("name")
@database_option
def remove_command(name: str, db: str | None) -> None:
    """Take NAME away; its run stays."""
    with opened(db) as store:
        if not Baselines(store).forget(name):
            stop(f"no baseline {name!r}: see `tinnhiem baseline list`")
