"""Hands a schedule to the system's own timer, and takes it back; says each thing that it did."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from scanner.schedule import cron, systemd, windows
from scanner.schedule.plan import Plan

WITHIN_S = 60.0


class CannotInstall(Exception):  # noqa: N818  The operator reads it as a sentence.
    """The system's tool is not there, or refuses."""


def written(kind: str, plan: Plan, now: datetime) -> dict[str, bytes]:
    """The files of a schedule by their names, whatever their kind."""
    if kind == "systemd":
        return {name: text.encode() for name, text in systemd.unit_files(plan).items()}
    if kind == "cron":
        return {f"tinnhiem-{plan.name}.cron": cron.block(plan).encode()}
    return {f"tinnhiem-{plan.name}.xml": windows.task(plan, now)}


_TOOLS = {"systemd": "systemctl", "cron": "crontab", "windows": "schtasks"}


def require_tool(kind: str) -> None:
    """Refuse where this system has not what installs this kind."""
    _tool(_TOOLS[kind])


def install(kind: str, plan: Plan, now: datetime) -> list[str]:
    """Install; what was done and how it is undone, a line each."""
    match kind:
        case "systemd":
            done = _install_units(plan)
        case "cron":
            _write_crontab(cron.with_block(_crontab(), plan))
            done = [f"wrote the block {cron.marks(plan.name)[0]!r} into your crontab"]
        case _:
            done = _install_task(plan, now)
    return [*done, f"to undo it: tinnhiem schedule --kind {kind} --name {plan.name} --remove"]


def remove(kind: str, name: str) -> list[str]:
    """Take a schedule away; what was done, a line each."""
    match kind:
        case "systemd":
            return _remove_units(name)
        case "cron":
            table = _crontab()
            left = cron.without_block(table, name)
            if left == table:
                raise CannotInstall(f"the crontab holds no block {cron.marks(name)[0]!r}")
            _write_crontab(left)
            return [f"took the block {cron.marks(name)[0]!r} out of your crontab"]
        case _:
            task = windows.task_name(name)
            _run(_tool("schtasks"), ["/Delete", "/TN", task, "/F"])
            return [f"deleted the task {task}"]


def units_folder() -> Path:
    """Where systemd looks for a user's own units."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "systemd" / "user"


def _install_units(plan: Plan) -> list[str]:
    files = systemd.unit_files(plan)
    tool = _tool("systemctl")
    folder = units_folder()
    done = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
            done.append(f"wrote {folder / name}")
    except OSError as error:
        raise CannotInstall(f"{folder}: {error.strerror or error}") from None
    timer, _ = systemd.unit_names(plan.name)
    for words in (("daemon-reload",), ("enable", "--now", timer)):
        try:
            _run(tool, ["--user", *words])
        except CannotInstall as why:
            for name in files:
                (folder / name).unlink(missing_ok=True)
            raise CannotInstall(f"{why}; the files in {folder} are taken away again") from None
        done.append(f"ran systemctl --user {' '.join(words)}")
    done.append("it runs while you are logged in; for always: loginctl enable-linger")
    return done


def _remove_units(name: str) -> list[str]:
    tool = _tool("systemctl")
    files = [units_folder() / unit for unit in systemd.unit_names(name)]
    there = [file for file in files if file.exists()]
    if not there:
        raise CannotInstall(f"there is no {files[0]}")
    _run(tool, ["--user", "disable", "--now", files[0].name])
    done = [f"ran systemctl --user disable --now {files[0].name}"]
    for file in there:
        file.unlink()
        done.append(f"deleted {file}")
    _run(tool, ["--user", "daemon-reload"])
    return [*done, "ran systemctl --user daemon-reload"]


def _install_task(plan: Plan, now: datetime) -> list[str]:
    task = windows.task_name(plan.name)
    document = windows.task(plan, now)
    tool = _tool("schtasks")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "task.xml"
        file.write_bytes(document)
        _run(tool, ["/Create", "/TN", task, "/XML", str(file), "/F"])
    return [f"created the task {task}; the Task Scheduler shows it under tinnhiem"]


def _crontab() -> str:
    """The user's crontab; empty where there is none yet."""
    done = _ran(_tool("crontab"), ["-l"])
    if done.returncode == 0:
        return done.stdout.decode("utf-8", "surrogateescape")
    said = done.stderr.decode("utf-8", "replace").strip()
    # Every other refusal must not look like an empty table, which would then be written over.
    if "no crontab for" in said.lower():
        return ""
    raise CannotInstall(f"crontab -l: {said or f'exit code {done.returncode}'}")


def _write_crontab(table: str) -> None:
    _run(_tool("crontab"), ["-"], table.encode("utf-8", "surrogateescape"))


def _run(tool: str, words: Sequence[str], given: bytes | None = None) -> None:
    done = _ran(tool, words, given)
    if done.returncode:
        said = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
        raise CannotInstall(
            f"{Path(tool).name} {' '.join(words)}: {said or f'exit code {done.returncode}'}"
        )


def _ran(
    tool: str, words: Sequence[str], given: bytes | None = None
) -> "subprocess.CompletedProcess[bytes]":
    try:
        return subprocess.run(  # noqa: S603  The system's own tool by its path, no shell.
            [tool, *words], input=given or b"", capture_output=True, timeout=WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise CannotInstall(f"{Path(tool).name} did not answer within {WITHIN_S:.0f} s") from None


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise CannotInstall(
            f"this system has no {name}: write the files by --into DIR and install them where it is"
        )
    return found
