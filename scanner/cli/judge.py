"""``tinnhiem judge``: opinions made anew from stored evidence, without a packet."""

from datetime import datetime
from pathlib import Path

import click

from inventory.records import RecordsUsed
from scanner.cli.judging import editions_for, inventory_of, write_reports
from scanner.cli.lists import load_lists
from scanner.cli.options import (
    Language,
    judging_options,
    records_option,
    settings_option,
    stop,
)
from scanner.cli.past import past_of, remembered
from scanner.cli.settings import load_settings
from scanner.cli.stored import opened


@click.command("judge")
@click.option(
    "--run", "run_id", default="latest", show_default=True, help="Id of the run to judge."
)
@records_option
@click.option(
    "--also",
    multiple=True,
    type=click.Choice(["sarif", "junit", "prometheus"]),
    help="Write data/findings.sarif, data/junit.xml or data/metrics.prom too, repeatable.",
)
@judging_options
@settings_option
def judge_command(
    run_id: str,
    records: tuple[Path, ...],
    also: tuple[str, ...],
    out: Path,
    criteria: tuple[str, ...],
    db: str | None,
    lists: Path | None,
    lang: Language,
    as_of: datetime | None,
    settings: Path | None,
) -> None:
    """Judge a stored run again, by the criteria it was made with or by others, and write the pages."""
    known = load_settings(settings, lang)
    loaded = load_lists(lists)
    with opened(db) as store:
        try:
            run = store.run(run_id)
        except KeyError:
            stop(f"no run {run_id!r} in this database: see `tinnhiem runs`")
        of_files = {}
        if records:
            from scanner.cli.records import read_files  # noqa: PLC0415  It pulls YAML.

            of_files[run.id] = read_files(records, inventory_of(store, run, RecordsUsed()), lang)
        editions = editions_for(store, run, criteria)
        moments = {run.id: as_of} if as_of else {}
        assess = remembered(store, editions, loaded, moments, of_files)
        past = past_of(store, run, assess, known)
        where = write_reports(assess(run), out, lang, past, also)
    click.echo(where / "index.html")
