"""``tinnhiem judge``: opinions made anew from stored evidence, without a packet."""

from datetime import datetime
from pathlib import Path

import click

from scanner.archive.store import Store, StoreUnusable, default_url
from scanner.cli.judging import assess_run, load_editions, plan_editions, write_reports
from scanner.cli.lists import load_lists
from scanner.cli.options import EXIT_OURS, Language, judging_options, stop


@click.command("judge")
@click.option(
    "--run", "run_id", default="latest", show_default=True, help="Id of the run to judge."
)
@click.option(
    "--also",
    multiple=True,
    type=click.Choice(["sarif", "junit", "prometheus"]),
    help="Write data/findings.sarif, data/junit.xml or data/metrics.prom too, repeatable.",
)
@judging_options
def judge_command(
    run_id: str,
    also: tuple[str, ...],
    out: Path,
    criteria: tuple[str, ...],
    db: str | None,
    lists: Path | None,
    lang: Language,
    as_of: datetime | None,
) -> None:
    """Judge a stored run again, by the criteria it was made with or by others, and write the pages."""
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
        assessment = assess_run(store, run, editions, judged_at, loaded)
        where = write_reports(assessment, out, lang, also)
    except StoreUnusable as unusable:
        stop(str(unusable), EXIT_OURS)
    finally:
        store.close()
    click.echo(where / "index.html")
