"""What the command says of itself: quickly, and on any terminal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import HOME, database, environment, run
from tests.cli.lists import written

SLOW = ("sqlalchemy", "alembic", "jinja2", "cryptography", "dns", "babel", "selectolax")
ASK = """
import json, sys
from scanner.cli import cli
try:
    cli(sys.argv[1:])
finally:
    sys.stderr.write(json.dumps(sorted(sys.modules)))
"""


def test_help_is_quick() -> None:
    """Nobody waits for a database driver to read a list of commands."""
    done = subprocess.run(  # noqa: S603  Our own interpreter, no shell.
        [sys.executable, "-c", ASK, "--help"],
        cwd=HOME,
        env=environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert "scan" in done.stdout
    assert [name for name in SLOW if name in json.loads(done.stderr)] == []


COMMANDS = (
    *(
        "scan",
        "judge",
        "gate",
        "baseline",
        "runs",
        "compare",
        "history",
        "excuse",
        "attest",
        "alerts",
        "watch",
        "uptime",
    ),
    *("demo", "init"),
    *("schedule", "serve-schedule", "inventory"),
)


def test_every_command_is_listed() -> None:
    """With a sentence each."""
    said = run("--help").out
    listed = [line.split(None, 1) for line in said.partition("Commands:")[2].splitlines() if line]
    assert [words[0] for words in listed] == list(COMMANDS)
    assert all(len(words) == 2 for words in listed)


TERMINALS = [
    pytest.param({"PYTHONIOENCODING": "cp1258", "PYTHONUTF8": "0"}, id="vietnamese-windows"),
    pytest.param({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, id="c-locale"),
    pytest.param({"PYTHONIOENCODING": "ascii"}, id="ascii"),
]


@pytest.mark.parametrize("env", TERMINALS)
def test_vietnamese_on_any_terminal(env: dict[str, str], tmp_path: Path) -> None:
    """Words that the terminal cannot show never stop the command; redirected, they are UTF-8."""
    inventory = written(tmp_path, urls=("https://trường-học.thu.edu.vn/",))
    checked = run("inventory", "check", inventory, env=env)
    assert "Giấy cho phép: 01/GP-THU" in checked.out, str(checked)
    broken = written(tmp_path, "hỏng.json", kind="trường-làng")
    ended = run("scan", broken, "--out", tmp_path / "ra", env=env)
    assert ended.code == 2
    assert "trường-làng" in ended.err, str(ended)
    listed = run("runs", "--db", database(tmp_path / "kết quả.sqlite"), env=env)
    assert listed.code == 0, str(listed)


def test_the_version_is_told() -> None:
    """For a report of a fault."""
    assert run("--version").out.startswith("tinnhiem, version ")


def test_the_default_store_is_the_users_own(tmp_path: Path) -> None:
    """In the data folder of the one who asks, never in the present folder."""
    home = tmp_path / "home"
    env = {"HOME": str(home), "XDG_DATA_HOME": str(home / "data"), "LOCALAPPDATA": str(home)}
    assert run("runs", env=env).code == 0
    assert [path.name for path in home.rglob("*.sqlite")] == ["tinnhiem.sqlite"]
