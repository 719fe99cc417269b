"""Lines of a crontab, in a marked block of their own."""

import shlex

from scanner.schedule.plan import CannotWrite, Plan, require_plain
from scanner.schedule.timetable import DAYS

LONGEST_COMMAND = 998
"""Characters that the cron of Debian reads of a command; it cuts the rest off (MAX_COMMAND is 1000)."""


def marks(name: str) -> tuple[str, str]:
    """The comment lines around a schedule's block."""
    return f"# tinnhiem {name}: begin", f"# tinnhiem {name}: end"


def block(plan: Plan) -> str:
    """The lines, between their marks."""
    require_plain(plan)
    if plan.delay_min:
        raise CannotWrite("cron knows no random delay: leave out --delay, or take another --kind")
    command = _command(plan)
    if "\\" in command.replace("\\%", ""):
        raise CannotWrite(
            "the command holds a backslash, which crons read differently: rename the file"
        )
    if len(command) > LONGEST_COMMAND:
        raise CannotWrite(
            f"the command has {len(command)} characters, and cron reads {LONGEST_COMMAND}: use "
            "shorter paths, or `tinnhiem serve-schedule`"
        )
    begin, end = marks(plan.name)
    # A line for each day: lists of names are not allowed in every cron, and numbers are read differently.
    days: list[str] = [day for day in DAYS if day in plan.timetable.days] or ["*"]
    when = [f"{one.minute} {one.hour} * * {day}" for day in days for one in plan.timetable.times]
    return "\n".join([begin, *(f"{moment} {command}" for moment in when), end]) + "\n"


def _command(plan: Plan) -> str:
    steps = [f"cd {shlex.quote(str(plan.folder))}"]
    if plan.env_file is not None:
        steps.append(f"set -a && . {shlex.quote(str(plan.env_file))} && set +a")
    steps.append(f"exec nice -n 10 {shlex.join(plan.command)}")
    # crontab(5): a bare % ends the command and begins its input.
    return " && ".join(steps).replace("%", "\\%")


def with_block(table: str, plan: Plan) -> str:
    """A crontab with the block of this schedule in the place of an earlier one, or at its end."""
    return without_block(table, plan.name) + block(plan)


def without_block(table: str, name: str) -> str:
    """A crontab without the block of this schedule; every other line as it was."""
    begin, end = marks(name)
    kept: list[str] = []
    inside = False
    for line in table.splitlines():
        if line in (begin, end):
            if inside == (line == begin):
                raise CannotWrite(
                    f"the crontab holds {line!r} without its other mark: mend it by hand"
                )
            inside = line == begin
        elif not inside:
            kept.append(line)
    if inside:
        raise CannotWrite(f"the crontab holds {begin!r} without its other mark: mend it by hand")
    return "".join(f"{line}\n" for line in kept)
