"""``tinnhiem runs``: what the database holds."""

import click

from scanner.archive.store import Store, StoreUnusable, default_url
from scanner.cli.options import EXIT_OURS, stop


@click.command("runs")
@click.option("--db", metavar="URL", help="Database (default: the user's data folder).")
def runs_command(db: str | None) -> None:
    """List the stored runs, newest first."""
    try:
        store = Store.open(db or default_url())
    except StoreUnusable as unusable:
        stop(str(unusable), EXIT_OURS)
    try:
        rows = store.runs()
    finally:
        store.close()
    if not rows:
        click.echo("no runs yet: `tinnhiem scan INVENTORY --out DIR` makes one")
        return
    for row in rows:
        ended = f"{row.ended_at:%H:%M:%S}" if row.ended_at else "--:--:--"
        click.echo(
            f"{row.id}  {row.state:<8}  {row.started_at:%Y-%m-%d %H:%M:%S}–{ended} UTC  "
            f"{row.sites_done}/{row.sites_planned} sites  tinnhiem {row.version}"
            + (f"  held: {row.held}" if row.held else "")
        )
