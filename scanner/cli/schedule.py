"""``tinnhiem schedule``: a command line of ours, written for the system's own timer."""

import shutil
import sys
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import click

from inventory.model import Permission
from inventory.settings import Day, Scheduling, known_zone
from scanner.cli.command_line import checked_command, permission_of
from scanner.cli.options import EXIT_OURS, settings_option, stop
from scanner.cli.settings import load_settings
from scanner.clock import now
from scanner.schedule.installing import CannotInstall, install, remove, require_tool, written
from scanner.schedule.plan import CannotWrite, Plan
from scanner.schedule.timetable import (
    DAYS,
    Span,
    Timetable,
    beyond_hours,
    first_in_quiet,
    times_every,
)

Kind = Literal["systemd", "cron", "windows"]
DEFAULT_ZONE = Scheduling().zone
_DIVISORS = ("1", "2", "3", "4", "6", "8", "12")


class _Times(click.ParamType[time]):
    """``HH:MM``."""

    name = "HH:MM"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> time:
        """The time of the day."""
        if isinstance(value, time):
            return value
        try:
            return datetime.strptime(value, "%H:%M").time()  # noqa: DTZ007  A wall clock's time.
        except ValueError:
            self.fail(f"{value!r} is no time such as 02:30", param, ctx)


class _Days(click.ParamType[tuple[Day, ...]]):
    """``mon,thu``: by names, since numbers mean different days in different programs."""

    name = "days"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[Day, ...]:
        """The days, in the order of the week."""
        if isinstance(value, tuple):
            return value
        asked = [word.strip().lower() for word in value.split(",")]
        for word in asked:
            if word not in DAYS:
                self.fail(f"{word!r} is no day: give {', '.join(DAYS)}", param, ctx)
        return tuple(day for day in DAYS if day in asked)


def _known_zone(_context: click.Context, _option: click.Parameter, zone: str) -> str:
    try:
        return known_zone(zone)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _name(_context: click.Context, _option: click.Parameter, name: str) -> str:
    if (
        not name
        or len(name) > 48
        or not all(c.isascii() and (c.isalnum() or c in "-_") for c in name)
    ):
        raise click.BadParameter("give up to 48 letters, digits, - and _")
    return name


@click.command("schedule")
@click.option(
    "--kind",
    type=click.Choice(["systemd", "cron", "windows"]),
    help="Whose timer (default: the one of this system).",
)
@click.option("--name", default="scan", show_default=True, callback=_name, help="Its name.")
@click.option("--at", type=_Times(), multiple=True, help="Time of the day, repeatable.")
@click.option(
    "--every-hours", type=click.Choice(_DIVISORS), help="From --at on, again after so many hours."
)
@click.option("--on", type=_Days(), metavar="mon,thu", help="Days by name (default: every day).")
@click.option(
    "--zone",
    default=DEFAULT_ZONE,
    show_default=True,
    callback=_known_zone,
    help="Time zone that --at is meant in.",
)
@click.option(
    "--delay",
    type=click.IntRange(0, 720),
    default=0,
    show_default=True,
    metavar="MINUTES",
    help="Put each start off by a chance time up to this; not with cron.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 72),
    default=12,
    show_default=True,
    metavar="HOURS",
    help="End a run that takes longer; not with cron.",
)
@click.option(
    "--catch-up/--no-catch-up",
    default=True,
    show_default=True,
    help="Make up once for what was missed while the machine was off; cron never does.",
)
@click.option(
    "--env-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of NAME=value lines for passwords (default for systemd: ~/.config/tinnhiem/environment).",
)
@settings_option
@click.option(
    "--program",
    type=click.Path(path_type=Path),
    help="Where tinnhiem is installed, if the schedule is for another machine.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the files there instead of printing them.",
)
@click.option("--install", "what", flag_value="install", help="Hand it to the system's timer.")
@click.option("--remove", "what", flag_value="remove", help="Take it away again.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND [ARG]...")
def schedule_command(**asked: Any) -> None:
    """Run COMMAND at set times: print (or --into, or --install) what the system's timer needs.

    \b
    tinnhiem schedule --at 02:30 --install -- scan schools.xlsx --out report
    tinnhiem schedule --at 02:30 --on mon,thu --kind windows --into . -- scan …
    """
    kind: Kind = asked["kind"] or _kind_of_this_system()
    if asked["what"] == "remove":
        if asked["words"]:
            stop("--remove needs no command: leave out what stands after --")
        _tell_or_stop(lambda: remove(kind, asked["name"]))
        return
    plan = _plan(kind, asked)
    moment = now()
    if asked["what"] == "install":
        if asked["into"]:
            stop("give --into or --install, and not both")
        _tell_or_stop(lambda: require_tool(kind))
        _require_zone_of_machine(kind, plan, moment)
        _tell_or_stop(lambda: install(kind, plan, moment))
    else:
        _write_or_print(kind, plan, asked["into"], moment)
    _say_more(kind, plan, moment)


def _plan(kind: Kind, asked: dict[str, Any]) -> Plan:
    words: tuple[str, ...] = asked["words"]
    if not words:
        stop("say what is to be run after --, such as: -- scan schools.xlsx --out report")
    timetable = Timetable(_times(asked), asked["on"] or (), asked["zone"])
    delay = timedelta(minutes=asked["delay"])
    permission = permission_of(checked_command(words))
    if permission is not None:
        _require_permitted(permission, timetable, delay)
    settings = load_settings(asked["settings"])
    quiet = tuple((one, settings.schedule.zone) for one in settings.schedule.quiet)
    late = first_in_quiet(timetable, quiet, now(), delay)
    if late is not None:
        stop(f"{_local(late, settings.schedule.zone)} lies in the quiet hours of the settings")
    env_file: Path | None = asked["env_file"]
    return Plan(
        name=asked["name"],
        program=(str(asked["program"]),) if asked["program"] else this_program(),
        words=words,
        folder=Path.cwd(),
        timetable=timetable,
        delay_min=asked["delay"],
        limit_hours=asked["limit"],
        catch_up=asked["catch_up"],
        env_file=env_file.absolute() if env_file is not None else None,
    )


def _times(asked: dict[str, Any]) -> tuple[time, ...]:
    at: tuple[time, ...] = asked["at"]
    if not at:
        stop("give the time of the day: --at 02:30")
    if asked["every_hours"] is None:
        return tuple(sorted(set(at)))
    if len(at) > 1:
        stop("with --every-hours give one --at")
    return times_every(int(asked["every_hours"]), at[0])


def _require_permitted(permission: Permission, timetable: Timetable, delay: timedelta) -> None:
    """Refuse times at which the scan would be refused, before anything is written."""
    late = outside_hours(permission, timetable, delay)
    hours = permission.hours
    if late is not None and hours is not None:
        stop(
            f"{_local(late, hours.zone)} lies outside the hours of permission {permission.reference}, "
            f"{hours.start:%H:%M} to {hours.end:%H:%M}: choose --at (and --delay) within them"
        )
    zone = hours.zone if hours is not None else timetable.zone
    first = timetable.next(now()).astimezone(ZoneInfo(zone)).date()
    if permission.expires_on < first:
        stop(
            f"permission {permission.reference} ends on {permission.expires_on}, before the first run: "
            f"ask {permission.granted_by} for a new one"
        )


def outside_hours(
    permission: Permission, timetable: Timetable, delay: timedelta
) -> datetime | None:
    """The first time of the coming year that the permission's hours leave out."""
    spans: tuple[Span, ...] = beyond_hours(permission.hours)
    return first_in_quiet(timetable, spans, now(), delay)


def this_program() -> tuple[str, ...]:
    """How to call the program that runs now, by absolute path and from any folder."""
    beside = shutil.which("tinnhiem", path=str(Path(sys.executable).parent))
    return (beside,) if beside is not None else (sys.executable, "-m", "scanner.cli")


def _write_or_print(kind: Kind, plan: Plan, into: Path | None, moment: datetime) -> None:
    try:
        files = written(kind, plan, moment)
    except CannotWrite as why:
        stop(str(why))
    for name, data in files.items():
        if into is None:
            click.echo(f"# {name}")
            click.echo(data.decode("utf-16" if kind == "windows" else "utf-8"))
            continue
        try:
            into.mkdir(parents=True, exist_ok=True)
            (into / name).write_bytes(data)
        except OSError as error:
            stop(f"--into {into}: {error.strerror or error}", EXIT_OURS)
        click.echo(into / name)


def _tell_or_stop(do: Callable[[], list[str] | None]) -> None:
    try:
        lines = do() or []
    except CannotWrite as why:
        stop(str(why))
    except CannotInstall as why:
        stop(str(why), EXIT_OURS)
    for line in lines:
        click.echo(line)


def _require_zone_of_machine(kind: Kind, plan: Plan, moment: datetime) -> None:
    """cron and Windows run by the machine's clock, whatever zone was meant."""
    zone = plan.timetable.zone
    here = moment.astimezone().utcoffset()
    if kind != "systemd" and here != moment.astimezone(ZoneInfo(zone)).utcoffset():
        stop(
            f"{kind} runs by this machine's clock, which is {_offset(here)} from UTC and not that of "
            f"{zone}: set the machine's time zone, or give --at in its own and name that by --zone"
        )


def _offset(offset: timedelta | None) -> str:
    minutes = int((offset or timedelta()).total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def _say_more(kind: Kind, plan: Plan, moment: datetime) -> None:
    zone = plan.timetable.zone
    click.echo(f"first run: {_local(plan.timetable.next(moment), zone)}", err=True)
    if kind != "systemd":
        click.echo(f"the times are those of a machine whose clock is set to {zone}", err=True)
    if kind == "cron" and plan.catch_up:
        click.echo("cron makes up for nothing that it missed while the machine was off", err=True)
    if plan.words[0] == "scan" and "--resume-if-unfinished" not in plan.words:
        click.echo("with --resume-if-unfinished a scan goes on with one that was cut off", err=True)


def _local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M} ({zone})"


def _kind_of_this_system() -> Kind:
    if sys.platform == "win32":
        return "windows"
    return "systemd" if shutil.which("systemctl") else "cron"
