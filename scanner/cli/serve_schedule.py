"""``tinnhiem serve-schedule``: one process that runs the jobs of a settings file until it is told to stop."""

import importlib.util
import signal
import sys
import threading
from datetime import timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import filelock

from inventory.settings import Job, Scheduling
from scanner.archive.holder import forget_holder, note_holder, read_holder
from scanner.cli.command_line import checked_command, database_of, permission_of
from scanner.cli.options import EXIT_BUSY, EXIT_OURS, stop
from scanner.cli.settings import load_settings
from scanner.clock import now
from scanner.schedule.daemon import Daemon, Planned
from scanner.schedule.memory import Memory
from scanner.schedule.timetable import (
    Span,
    Timetable,
    beyond_hours,
    first_in_quiet,
    quiet_until,
)

NOT_INSTALLED = "serve-schedule needs a library that is not installed: install tinnhiem[daemon]"


@click.command("serve-schedule")
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    metavar="FILE.yaml",
    envvar="TINNHIEM_SETTINGS",
    required=True,
    help="Settings whose part `schedule` names the jobs.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.json",
    help="What was run is remembered here (default: the user's data folder).",
)
@click.option("--show", is_flag=True, help="Say when each job is due next, and end.")
def serve_command(settings: Path, state: Path | None, show: bool) -> None:  # noqa: FBT001  Click's.
    """Run each job of the settings when it is due, one at a time for each database."""
    schedule = load_settings(settings).schedule
    if not schedule.jobs:
        stop(f"{settings.name} names no jobs: add `schedule:` with `jobs:`")
    jobs = [_planned(job, schedule) for job in schedule.jobs]
    if show:
        for job in jobs:
            due = ", ".join(
                f"{moment.astimezone(ZoneInfo(schedule.zone)):%a %Y-%m-%d %H:%M}"
                for moment in islice(job.timetable.after(now()), 3)
            )
            click.echo(f"{job.name}: {job.timetable}; next {due}")
        return
    if importlib.util.find_spec("apscheduler") is None:
        stop(NOT_INSTALLED, EXIT_OURS)
    _serve(jobs, state or default_state())


def default_state() -> Path:
    """Beside the default database, in the user's data folder."""
    import platformdirs  # noqa: PLC0415  Only where no --state is given.

    return platformdirs.user_data_path("tinnhiem", appauthor=False) / "schedule.json"


def _planned(job: Job, schedule: Scheduling) -> Planned:
    """A job whose command is whole and whose times are allowed; else exit 2 with the reason."""
    command = checked_command(job.run)
    permission = permission_of(command)
    timetable = Timetable(job.at, job.days, schedule.zone)
    quiet: tuple[Span, ...] = tuple((one, schedule.zone) for one in schedule.quiet)
    hours = beyond_hours(permission.hours if permission is not None else None)
    late = first_in_quiet(timetable, hours, now(), timedelta(0))
    if late is not None and permission is not None:
        stop(
            f"job {job.name} is due at {late.astimezone(ZoneInfo(schedule.zone)):%a %H:%M}, outside the "
            f"hours of permission {permission.reference}: choose times within them"
        )
    try:
        quiet_until(now(), (*quiet, *hours))
    except ValueError as error:
        stop(f"job {job.name}: {error}")
    return Planned(job.name, job.run, timetable, database_of(command), (*quiet, *hours))


def _serve(jobs: list[Planned], state: Path) -> None:
    """Until a signal; one daemon for each memory, by a lock that dies with it."""
    lock = filelock.FileLock(f"{state}.lock", timeout=0)
    facts = Path(f"{state}.holder.json")
    try:
        state.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout:
        holder = read_holder(facts)
        stop(f"another serve-schedule uses {state}" + (f" ({holder})" if holder else ""), EXIT_BUSY)
    except OSError as error:
        stop(f"--state {state}: {error.strerror or error}", EXIT_OURS)
    try:
        note_holder(facts)
        _until_told(jobs, state)
    finally:
        forget_holder(facts)
        lock.release()


def _until_told(jobs: list[Planned], state: Path) -> None:
    from scanner.schedule.waking import waking  # noqa: PLC0415  It imports the library.

    told = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        # What whoever started us has us ignore, `nohup` the hang-up, stays ignored.
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda _signal, _frame: told.set())
    memory = Memory(state)
    if memory.lost:
        _tell(f"{memory.lost}; nothing is made up for")
    daemon = Daemon(jobs, memory, clock=now, tell=_tell)
    scheduler = waking(daemon.look, (job.timetable for job in jobs))
    _tell(f"ready: {len(jobs)} jobs; remembered in {state}")
    daemon.look()
    scheduler.start()
    # In short turns: Windows delivers no signal to a thread that waits without end.
    while not told.wait(0.5):
        pass
    _tell("told to stop")
    scheduler.shutdown(wait=False)
    daemon.stop()
    _tell("stopped")


def _tell(said: str) -> None:
    click.echo(f"{now():%Y-%m-%dT%H:%M:%SZ} {said}")
    sys.stdout.flush()
