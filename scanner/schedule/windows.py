"""A task of the Windows Task Scheduler, as the XML that `schtasks /Create /XML` reads."""

import codecs
import re
import subprocess
from datetime import datetime, time
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from inventory.settings import Day
from scanner.schedule.plan import CannotWrite, Plan, require_plain
from scanner.schedule.timetable import DAYS, Timetable

NAMESPACE = "http://schemas.microsoft.com/windows/2004/02/mit/task"
_LONG_NAMES: dict[Day, str] = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
_EXPANDED = re.compile(r"%[^%]+%|\$\(")
"""The scheduler puts variables in the place of these, and knows no way to write them plainly."""


def task_name(name: str) -> str:
    """The task's path in the scheduler's library."""
    return f"\\tinnhiem\\{name}"


def task(plan: Plan, now: datetime) -> bytes:
    """The document, UTF-16 with a byte order mark as the scheduler itself writes it."""
    require_plain(plan)
    _require_unexpanded(plan)
    top = ET.Element("Task", {"version": "1.2", "xmlns": NAMESPACE})
    about = ET.SubElement(top, "RegistrationInfo")
    _put(about, "Description", f"tinnhiem {plan.name}: {plan.timetable}")
    _put(about, "URI", task_name(plan.name))
    triggers = ET.SubElement(top, "Triggers")
    for at in plan.timetable.times:
        _trigger(triggers, plan, at, now)
    principal = ET.SubElement(ET.SubElement(top, "Principals"), "Principal", {"id": "Author"})
    # Whoever creates the task, while logged on: no password is asked for or kept.
    _put(principal, "LogonType", "InteractiveToken")
    _put(principal, "RunLevel", "LeastPrivilege")
    _settings(top, plan)
    action = ET.SubElement(ET.SubElement(top, "Actions", {"Context": "Author"}), "Exec")
    program, *words = plan.command
    _put(action, "Command", program)
    _put(action, "Arguments", subprocess.list2cmdline(words))
    _put(action, "WorkingDirectory", str(plan.folder))
    ET.indent(top)
    text = f'<?xml version="1.0" encoding="UTF-16"?>\n{ET.tostring(top, encoding="unicode")}\n'
    return codecs.BOM_UTF16_LE + text.replace("\n", "\r\n").encode("utf-16-le")


def _trigger(triggers: ET.Element, plan: Plan, at: time, now: datetime) -> None:
    trigger = ET.SubElement(triggers, "CalendarTrigger")
    zone = plan.timetable.zone
    first = Timetable((at,), plan.timetable.days, zone).next(now).astimezone(ZoneInfo(zone))
    # No offset: the clock of the machine, through its changes of summer time.
    _put(trigger, "StartBoundary", f"{first:%Y-%m-%d}T{at:%H:%M}:00")
    if plan.delay_min:
        _put(trigger, "RandomDelay", f"PT{plan.delay_min}M")
    if not plan.timetable.days:
        _put(ET.SubElement(trigger, "ScheduleByDay"), "DaysInterval", "1")
        return
    week = ET.SubElement(trigger, "ScheduleByWeek")
    _put(week, "WeeksInterval", "1")
    days = ET.SubElement(week, "DaysOfWeek")
    for day in DAYS:
        if day in plan.timetable.days:
            ET.SubElement(days, _LONG_NAMES[day])


def _settings(top: ET.Element, plan: Plan) -> None:
    settings = ET.SubElement(top, "Settings")
    for name, value in (
        ("MultipleInstancesPolicy", "IgnoreNew"),
        ("DisallowStartIfOnBatteries", "false"),
        ("StopIfGoingOnBatteries", "false"),
        ("AllowHardTerminate", "true"),
        ("StartWhenAvailable", "true" if plan.catch_up else "false"),
        ("RunOnlyIfNetworkAvailable", "true"),
        ("AllowStartOnDemand", "true"),
        ("Enabled", "true"),
        ("Hidden", "false"),
        ("RunOnlyIfIdle", "false"),
        ("WakeToRun", "false"),
        ("ExecutionTimeLimit", f"PT{plan.limit_hours}H"),
        ("Priority", "7"),
    ):
        _put(settings, name, value)


def _require_unexpanded(plan: Plan) -> None:
    for text in (*plan.command, str(plan.folder)):
        if _EXPANDED.search(text):
            raise CannotWrite(
                f"{text!r}: the Task Scheduler would put variables in the place of %…% and $(…); "
                "rename the file or folder"
            )
    if plan.env_file is not None:
        raise CannotWrite(
            "the Task Scheduler reads no --env-file: set the variables for your user (`setx`)"
        )


def _put(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
