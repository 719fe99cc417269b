"""``tinnhiem runs``: what the database holds."""

import click

from scanner.cli.options import database_option
from scanner.cli.stored import opened


@click.command("runs")
@database_option
def runs_command(db: str | None) -> None:
    """List the stored runs, newest first."""
    with opened(db) as store:
        rows = store.runs()
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
