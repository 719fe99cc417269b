"""``schedule`` and ``serve-schedule`` as an operator uses them: refused in one sentence, or done and told."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import HOME, Ended, ask, database, environment, run, start, told_once
from tests.cli.lists import PERMISSION, written

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs programs and signals of POSIX")
NIGHT = {"start": "22:00", "end": "05:00"}


def here(*words: object, env: dict[str, str]) -> Ended:
    """The command in this process, with other variables and in the time zone that they name."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            time.tzset()
            return ask(*words)
    finally:
        time.tzset()


def command(folder: Path, permission: dict[str, Any] = PERMISSION) -> tuple[object, ...]:
    """A scan to be scheduled."""
    return ("--", "scan", written(folder, permission=permission), "--out", folder / "out")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("scna", "x"), "No such command 'scna'", id="command"),
        pytest.param(("scan", "x", "--oot", "y"), "No such option '--oot'", id="option"),
        pytest.param(("scan", "x"), "Missing option '--out'", id="missing"),
        pytest.param(("inventory", "chek", "x"), "No such command 'chek'", id="of-a-group"),
        pytest.param(("inventory",), "name a command", id="group-alone"),
        pytest.param(("scan", "--help"), "asks for help", id="help"),
        pytest.param(("serve-schedule",), "does not run `serve-schedule`", id="itself"),
        pytest.param(("--version",), "or the version", id="version"),
        pytest.param(
            ("runs", "--db", "postgresql://u:geheim@h/n"), "holds a password", id="password"
        ),
    ],
)
def test_a_command_that_would_be_refused(words: tuple[str, ...], says: str) -> None:
    """A typo is told now, not at half past two."""
    ended = ask("schedule", "--kind", "cron", "--at", "02:30", "--", *words)
    assert ended.code == 2
    assert says in ended.err
    assert "geheim" not in ended.err
    assert "* * *" not in ended.out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("--at", "2.30"), "no time such as 02:30", id="time"),
        pytest.param(("--at", "24:00"), "no time such as 02:30", id="24"),
        pytest.param(("--at", "02:30", "--on", "1"), "'1' is no day", id="number"),
        pytest.param(("--at", "02:30", "--zone", "Asia/Saigonn"), "no time zone", id="zone"),
        pytest.param(("--at", "02:30", "--name", "a/b"), "letters, digits", id="name"),
        pytest.param((), "--at 02:30", id="no-time"),
        pytest.param(
            ("--at", "1:00", "--at", "2:00", "--every-hours", "6"), "one --at", id="two-and-every"
        ),
        pytest.param(("--at", "02:30", "--delay", "5"), "cron knows no random delay", id="delay"),
    ],
)
def test_a_time_that_is_none(words: tuple[str, ...], says: str) -> None:
    """Each in one sentence."""
    ended = ask("schedule", "--kind", "cron", *words, "--", "runs")
    assert ended.code == 2
    assert says in ended.err


@pytest.mark.parametrize(
    ("at", "fits"),
    [
        pytest.param("22:00", True, id="they-begin"),
        pytest.param("21:59", False, id="a-minute-early"),
        pytest.param("05:00", False, id="they-are-over"),
    ],
)
def test_the_hours_of_the_permission(tmp_path: Path, at: str, fits: bool) -> None:
    """A scan that would be refused each night is not scheduled."""
    words = command(tmp_path, {**PERMISSION, "hours": NIGHT})
    ended = ask("schedule", "--kind", "systemd", "--at", at, *words)
    assert ended.code == (0 if fits else 2), str(ended)
    if not fits:
        assert "outside the hours of permission 01/GP-THU, 22:00 to 05:00" in told_once(ended)


def test_a_permission_that_ends_first(tmp_path: Path) -> None:
    """It names who can grant a new one."""
    words = command(tmp_path, {**PERMISSION, "expires_on": "2020-02-01"})
    ended = ask("schedule", "--kind", "cron", "--at", "02:30", *words)
    assert ended.code == 2
    assert "ends on 2020-02-01, before the first run: ask Sở Giáo dục" in told_once(ended)


def test_quiet_hours_of_the_settings(tmp_path: Path) -> None:
    """What the daemon would put off, the writer refuses."""
    settings = tmp_path / "s.yaml"
    settings.write_text(
        "schedule: {quiet: [{why: giờ học, begin: '07:00', end: '17:00'}]}\n", "utf-8"
    )
    words = ("schedule", "--kind", "cron", "--settings", settings, "--at")
    refused = ask(*words, "07:00", *command(tmp_path))
    assert refused.code == 2
    assert "quiet hours" in told_once(refused)
    assert ask(*words, "17:00", *command(tmp_path)).code == 0


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("systemd", {"tinnhiem-dem.timer", "tinnhiem-dem.service"}),
        ("cron", {"tinnhiem-dem.cron"}),
        ("windows", {"tinnhiem-dem.xml"}),
    ],
)
def test_files(tmp_path: Path, kind: str, names: set[str]) -> None:
    """``--into`` writes them; without it they are printed; nothing is installed."""
    words = ("schedule", "--kind", kind, "--name", "dem", "--at", "02:30", "--every-hours", "12")
    wrote = ask(*words, "--into", tmp_path / "to", *command(tmp_path))
    assert wrote.code == 0, str(wrote)
    assert {file.name for file in (tmp_path / "to").iterdir()} == names
    shown = ask(*words, *command(tmp_path))
    for file in (tmp_path / "to").iterdir():
        data = file.read_bytes()
        text = data.decode("utf-16" if kind == "windows" else "utf-8")
        assert text.replace("\r\n", "\n").strip() in shown.out.replace("\r\n", "\n")
        assert "14" in text or file.suffix == ".service"
    assert "first run: " in shown.err


# Programs in the place of the system's own: they write down what they are asked.
CRONTAB = """#!/bin/sh
case "$1" in
  -l) if [ -f "$TABLE" ]; then cat "$TABLE"; else echo "no crontab for me" >&2; exit 1; fi ;;
  -) cat > "$TABLE" ;;
esac
"""
SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$TABLE"
case "$*" in *"$FAILS"*) [ -z "$FAILS" ] || { echo "no bus" >&2; exit 1; } ;; esac
"""


def tool(folder: Path, name: str, text: str) -> dict[str, str]:
    """The environment in which this program stands for the system's."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    (programs / name).write_text(text)
    (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    config = {"XDG_CONFIG_HOME": str(folder / "config"), "FAILS": ""}
    return {"PATH": path, "TABLE": str(folder / "table"), "TZ": "Asia/Ho_Chi_Minh", **config}


@posix
def test_cron_installed_and_removed(tmp_path: Path) -> None:
    """Other lines stay; it is told what was done and how to undo it."""
    env = tool(tmp_path, "crontab", CRONTAB)
    table = tmp_path / "table"
    words = ("schedule", "--kind", "cron", "--name", "dem")
    first = here(*words, "--at", "02:30", "--install", *command(tmp_path), env=env)
    assert first.code == 0, str(first)
    assert table.read_text().count("\n") == 3
    table.write_text(f"5 4 * * * /bin/true\n{table.read_text()}")
    again = here(*words, "--at", "03:30", "--install", *command(tmp_path), env=env)
    assert "--kind cron --name dem --remove" in again.out
    lines = table.read_text().splitlines()
    assert [line.split()[:2] for line in (lines[0], lines[2])] == [["5", "4"], ["30", "3"]]
    assert len(lines) == 4
    assert here(*words, "--remove", env=env).code == 0
    assert table.read_text() == "5 4 * * * /bin/true\n"
    gone = here(*words, "--remove", env=env)
    assert gone.code == 1
    assert "holds no block" in told_once(gone)


@posix
def test_a_crontab_that_can_not_be_read_is_not_written_over(tmp_path: Path) -> None:
    """Any refusal but "no crontab" stops."""
    env = tool(
        tmp_path,
        "crontab",
        '#!/bin/sh\n[ "$1" = -l ] && { echo busy >&2; exit 1; }\ncat > "$TABLE"\n',
    )
    ended = here(
        *("schedule", "--kind", "cron", "--at", "02:30", "--install"), *command(tmp_path), env=env
    )
    assert ended.code == 1
    assert "crontab -l: busy" in told_once(ended)
    assert not (tmp_path / "table").exists()


@posix
def test_another_clock_than_the_machine_s(tmp_path: Path) -> None:
    """cron knows no zones: half past two in Đà Nẵng is not half past two on a server in UTC."""
    env = {**tool(tmp_path, "crontab", CRONTAB), "TZ": "UTC"}
    words = ("schedule", "--kind", "cron", "--at", "02:30", "--install", *command(tmp_path))
    ended = here(*words, env=env)
    assert ended.code == 2
    assert "+00:00 from UTC and not that of Asia/Ho_Chi_Minh" in told_once(ended)
    assert here(*words[:3], "--at", "19:30", "--zone", "UTC", *words[5:], env=env).code == 0


@posix
def test_systemd_installed_and_removed(tmp_path: Path) -> None:
    """Two files, and systemctl in the right order; a refusal leaves no files behind."""
    env = tool(tmp_path, "systemctl", SYSTEMCTL)
    words = ("schedule", "--kind", "systemd", "--at", "02:30", "--install", *command(tmp_path))
    units = tmp_path / "config" / "systemd" / "user"
    failed = here(*words, env={**env, "FAILS": "enable"})
    assert failed.code == 1
    assert "no bus; the files in" in told_once(failed)
    assert list(units.iterdir()) == []
    (tmp_path / "table").unlink()
    assert here(*words, env=env).code == 0
    assert {file.name for file in units.iterdir()} == {
        "tinnhiem-scan.timer",
        "tinnhiem-scan.service",
    }
    assert here("schedule", "--kind", "systemd", "--remove", env=env).code == 0
    assert list(units.iterdir()) == []
    assert (tmp_path / "table").read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --now tinnhiem-scan.timer",
        "--user disable --now tinnhiem-scan.timer",
        "--user daemon-reload",
    ]


@posix
def test_a_system_without_the_tool(tmp_path: Path) -> None:
    """It says where to go on."""
    env = {"PATH": str(tmp_path), "TZ": "Asia/Ho_Chi_Minh"}
    ended = here(
        *("schedule", "--kind", "windows", "--at", "02:30", "--install"),
        *command(tmp_path),
        env=env,
    )
    assert ended.code == 1
    assert "this system has no schtasks: write the files by --into" in told_once(ended)


def test_help_imports_no_scheduler() -> None:
    """Neither the list of commands nor the help of these two needs the library."""
    asked = (
        "import sys; from click.testing import CliRunner; from scanner.cli import cli\n"
        "for words in (['--help'], ['schedule', '--help'], ['serve-schedule', '--help']):\n"
        "    assert CliRunner().invoke(cli, words).exit_code == 0\n"
        "sys.exit(any(name.split('.')[0] in ('apscheduler', 'sslyze') for name in sys.modules))"
    )
    done = subprocess.run(  # noqa: S603  Our own interpreter, no shell.
        [sys.executable, "-c", asked], cwd=HOME, env=environment(), check=False
    )
    assert done.returncode == 0


# The daemon


def settings_file(folder: Path, text: str) -> Path:
    """A settings file with this schedule; the job reads a small inventory."""
    file = folder / "tinnhiem.yaml"
    text = text.replace("INVENTORY", str(written(folder))).replace("OUT", str(folder / "out"))
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("watch: {}", "names no jobs", id="none"),
        pytest.param(
            "schedule: {jobs: [{name: a, run: [scan, INVENTORY], at: '02:30'}]}",
            "Missing option '--out'",
            id="command",
        ),
        pytest.param(
            "schedule: {jobs: [{name: a, run: [runs], at: '02:30'}], quiet: "
            "[{why: a, begin: '06:00', end: '18:00'}, {why: b, begin: '18:00', end: '06:00'}]}",
            "no moment of the week",
            id="always-quiet",
        ),
    ],
)
def test_a_schedule_that_is_refused(tmp_path: Path, text: str, says: str) -> None:
    """Before anything is begun."""
    ended = ask("serve-schedule", "--settings", settings_file(tmp_path, text))
    assert ended.code == 2
    assert says in told_once(ended)


def test_jobs_outside_the_permission_are_refused(tmp_path: Path) -> None:
    """As the writer does."""
    inventory = written(tmp_path, permission={**PERMISSION, "hours": NIGHT})
    file = tmp_path / "s.yaml"
    file.write_text(
        f"schedule: {{jobs: [{{name: a, run: [scan, '{inventory}', --out, x], at: '12:00'}}]}}",
        "utf-8",
    )
    ended = ask("serve-schedule", "--settings", file)
    assert ended.code == 2
    assert "12:00, outside the hours of permission 01/GP-THU" in told_once(ended)


def test_show(tmp_path: Path) -> None:
    """When each job is due next; nothing runs, and no library is needed."""
    file = settings_file(
        tmp_path, "schedule: {jobs: [{name: a, run: [runs], at: ['14:30', '02:30'], days: [mon]}]}"
    )
    ended = ask("serve-schedule", "--settings", file, "--show")
    assert ended.code == 0
    assert ended.out.startswith("a: mon at 02:30, 14:30 (Asia/Ho_Chi_Minh); next Mon ")


JOBS = "schedule: {jobs: [{name: doc, run: [inventory, check, INVENTORY], at: '02:30'}]}"


def missed(state: Path) -> None:
    """A memory whose job was last run five days ago."""
    due = (datetime.now(UTC) - timedelta(days=5)).isoformat()  # noqa: TID251  The daemon's own clock.
    row = {"timetable": "every day at 02:30 (Asia/Ho_Chi_Minh)", "due": due, "began_at": due}
    row |= {"ended_at": due, "exit_code": 0, "tries": 1}  # type: ignore[dict-item]
    state.write_text(json.dumps({"schema": 1, "jobs": {"doc": row}}), encoding="utf-8")


@posix
def test_a_day_of_the_daemon(tmp_path: Path) -> None:
    """It makes up for what it missed, refuses a second of its kind, dies, goes on, and stops when told."""
    state = tmp_path / "state.json"
    missed(state)
    words = ("serve-schedule", "--settings", settings_file(tmp_path, JOBS), "--state", state)
    first = start(*words)
    try:
        said = _until(first, b"ended with exit code 0 (done)")
        assert said.count(b"job doc begins: due at") == 1
        second = run(*words)
        assert second.code == 3
        assert f"process {first.pid} on" in told_once(second)
    finally:
        first.kill()
        first.communicate()
    after = start(*words)
    try:
        _until(after, b"ready: 1 jobs")
        began = time.monotonic()
        after.send_signal(signal.SIGTERM)
        out, err = after.communicate(timeout=20)
    finally:
        after.kill()
    assert (after.returncode, err) == (0, b"")
    assert b"begins" not in out
    assert out.rstrip().endswith(b"stopped")
    assert time.monotonic() - began < 10
    assert json.loads(state.read_text())["jobs"]["doc"]["exit_code"] == 0


def _until(process: "subprocess.Popen[bytes]", part: bytes) -> bytes:
    """What a process says, up to a line that holds this."""
    assert process.stdout is not None
    said = b""
    for line in process.stdout:
        said += line
        if part in line:
            return said
    raise AssertionError((said, process.communicate()))


def test_databases_have_one_name_each(tmp_path: Path) -> None:
    """Two spellings of one file are one database; a command without any needs none."""
    from scanner.cli.command_line import checked_command, database_of

    file = tmp_path / "a.sqlite"
    spelled = (database(file), f"sqlite:///{tmp_path.as_posix()}/./a.sqlite")
    names = {database_of(checked_command(("runs", "--db", one))) for one in spelled}
    assert len(names) == 1
    assert database_of(checked_command(("inventory", "check", "x"))) is None
    assert database_of(checked_command(("runs",))) not in names
