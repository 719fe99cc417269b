"""``tinnhiem judge``: opinions made anew from stored evidence, without a packet."""

from datetime import datetime
from pathlib import Path

import click

from checks.assessment import Assessment
from inventory.records import RecordsUsed
from scanner.archive.store import RunRow, Store, StoreUnusable, default_url
from scanner.cli.judging import (
    assess_run,
    inventory_of,
    load_editions,
    plan_editions,
    write_reports,
)
from scanner.cli.lists import load_lists
from scanner.cli.options import (
    EXIT_OURS,
    Language,
    judging_options,
    records_option,
    settings_option,
    stop,
)
from scanner.cli.past import Remembered, past_of
from scanner.cli.settings import load_settings


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
    try:
        store = Store.open(db or default_url())
    except StoreUnusable as unusable:
        stop(str(unusable), EXIT_OURS)
    try:
        try:
            run = store.run(run_id)
        except KeyError:
            stop(f"no run {run_id!r} in this database: see `tinnhiem runs`")
        import json  # noqa: PLC0415  Only for the stored plan.

        plan = json.loads(store.blob(run.plan_sha256))
        editions = load_editions(criteria) if criteria else plan_editions(plan)
        judged_at = as_of or run.judged_at or run.ended_at or run.started_at
        used = None
        if records:
            from scanner.cli.records import read_files  # noqa: PLC0415  It pulls YAML.

            used = read_files(records, inventory_of(store, run, RecordsUsed()), lang)

        def judged(row: RunRow) -> Assessment:
            this = row.id == run.id
            at = judged_at if this else row.judged_at or row.started_at
            return assess_run(store, row, editions, at, loaded, used if this else None)

        assess = Remembered(judged)
        past = past_of(store, run, assess, known)
        where = write_reports(assess(run), out, lang, past, also)
    except StoreUnusable as unusable:
        stop(str(unusable), EXIT_OURS)
    finally:
        store.close()
    click.echo(where / "index.html")
