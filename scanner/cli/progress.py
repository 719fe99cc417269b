"""How far a scan is: a bar on a terminal, a line now and then in a log."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from inventory.model import Site
from scanner.clock import monotonic_s
from scanner.collect import Collected
from scanner.engine.local import Announce, Progress

LINE_EVERY_S = 10.0


@contextmanager
def progress_shown(progress: Progress, *, quiet: bool) -> Iterator[Announce]:
    """What to call when a site is done; writes to standard error."""
    if quiet:
        yield lambda *_: None
    elif sys.stderr.isatty():
        with _bar(progress) as announce:
            yield announce
    else:
        yield _lines(progress)


@contextmanager
def _bar(progress: Progress) -> Iterator[Announce]:
    from rich.console import Console  # noqa: PLC0415  Only a terminal needs it.
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    started, at_start = monotonic_s(), progress.done
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("sites", total=progress.planned, completed=progress.done, rate="")

        def announce(now_at: Progress, site: Site, _seen: Collected) -> None:
            passed_s = max(0.001, monotonic_s() - started)
            rate = (now_at.done - at_start) * 60 / passed_s
            bar.update(
                task, completed=now_at.done, rate=f"{rate:.0f}/min", description=site.host[:30]
            )

        yield announce


def _lines(progress: Progress) -> Announce:
    started, at_start = monotonic_s(), progress.done
    last = [started]

    def announce(now_at: Progress, _site: Site, _seen: Collected) -> None:
        moment = monotonic_s()
        if moment - last[0] < LINE_EVERY_S and now_at.done < now_at.planned:
            return
        last[0] = moment
        rate = (now_at.done - at_start) * 60 / max(0.001, moment - started)
        left_min = (now_at.planned - now_at.done) / rate if rate else 0.0
        click.echo(
            f"{now_at.done} of {now_at.planned} sites, {rate:.0f} a minute, "
            f"about {left_min:.0f} min left",
            err=True,
        )

    return announce
