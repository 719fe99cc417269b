"""A timer and a service of systemd, in the user's own manager."""

from datetime import time

from scanner.schedule.plan import CannotWrite, Plan, require_plain
from scanner.schedule.timetable import DAYS


def unit_names(name: str) -> tuple[str, str]:
    """The timer and the service of a schedule."""
    return f"tinnhiem-{name}.timer", f"tinnhiem-{name}.service"


def unit_files(plan: Plan) -> dict[str, str]:
    """Both files by their names."""
    require_plain(plan)
    timer, service = unit_names(plan.name)
    return {timer: _timer(plan, service), service: _service(plan)}


def _timer(plan: Plan, service: str) -> str:
    times = [f"OnCalendar={calendar(plan, one)}" for one in plan.timetable.times]
    lines = [
        "[Unit]",
        f"Description=tinnhiem {plan.name}: when it runs",
        "",
        "[Timer]",
        *times,
        # A run that was missed while the machine was off is made up for once.
        f"Persistent={'true' if plan.catch_up else 'false'}",
        f"RandomizedDelaySec={plan.delay_min}min",
        "AccuracySec=1min",
        f"Unit={service}",
        "",
        "[Install]",
        "WantedBy=timers.target",
    ]
    return "\n".join(lines) + "\n"


def calendar(plan: Plan, at: time) -> str:
    """An event of systemd.time(7): days by name, and the time zone said."""
    days = ",".join(day.capitalize() for day in DAYS if day in plan.timetable.days)
    return f"{days} *-*-* {at:%H:%M}:00 {plan.timetable.zone}".strip()


def _service(plan: Plan) -> str:
    lines = [
        "[Unit]",
        f"Description=tinnhiem {plan.name}",
        "",
        "[Service]",
        "Type=oneshot",
        f"WorkingDirectory={_path(str(plan.folder))}",
        # Passwords and addresses of channels stand there, never here; it need not exist.
        f"EnvironmentFile=-{_env_file(plan)}",
        f"ExecStart={_command(plan)}",
        f"TimeoutStartSec={plan.limit_hours}h",
        # A scan that is told to stop keeps what is done; it gets the time for that.
        "TimeoutStopSec=2min",
        "Nice=10",
        "NoNewPrivileges=true",
    ]
    return "\n".join(lines) + "\n"


def _env_file(plan: Plan) -> str:
    return "%E/tinnhiem/environment" if plan.env_file is None else _path(str(plan.env_file))


def _path(text: str) -> str:
    """A path of a setting that is no list: nothing is unquoted there, only specifiers are expanded."""
    if text.endswith("\\") or text != text.strip():
        raise CannotWrite(f"{text!r} ends in a blank or a backslash: systemd reads another path")
    return text.replace("%", "%%")


def _command(plan: Plan) -> str:
    program, *words = plan.command
    # Variables are expanded in all words but the program's path.
    quoted = [_quoted(program), *(_quoted(word).replace("$", "$$") for word in words)]
    return " ".join(quoted)


def _quoted(word: str) -> str:
    """One word of systemd.syntax(7): in double quotes, with C escapes, specifiers doubled."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'
