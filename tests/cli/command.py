"""The command run as a process of its own, or in this one where only its words and exit code matter."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from scanner.cli import cli

HOME = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "scanner.cli")


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"exit {self.code}\n{self.out}\n{self.err}"


def environment(changed: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a command; its data folder is never the user's own."""
    return {**os.environ, "PYTHONPATH": str(HOME), **(changed or {})}


def run(*words: object, env: Mapping[str, str] | None = None, within_s: float = 180.0) -> Ended:
    """The command in a process of its own, to its end."""
    done = subprocess.run(  # noqa: S603  Our own interpreter and module, no shell.
        [*COMMAND, *map(str, words)],
        cwd=HOME,
        env=environment(env),
        capture_output=True,
        timeout=within_s,
        check=False,
    )
    return Ended(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


# A shell that runs tests in the background hands down an ignored Ctrl-C.
_STARTED = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("scanner.cli", run_name="__main__", alter_sys=True)
"""


def start(*words: object) -> "subprocess.Popen[bytes]":
    """The command in a process of its own, running, that hears Ctrl-C."""
    return subprocess.Popen(  # noqa: S603  Our own interpreter and module, no shell.
        [sys.executable, "-c", _STARTED, *map(str, words)],
        cwd=HOME,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ask(*words: object) -> Ended:
    """The command in this process; a bug of ours is raised here, not turned into an exit code."""
    result = CliRunner(catch_exceptions=False).invoke(cli, [str(word) for word in words])
    return Ended(result.exit_code, result.stdout, result.stderr)


def database(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path.as_posix()}"


def told_once(ended: Ended) -> str:
    """The one sentence on standard error."""
    lines = [line for line in ended.err.splitlines() if line.startswith("tinnhiem: ")]
    assert len(lines) == 1, str(ended)
    assert "Traceback" not in ended.err, str(ended)
    return lines[0].removeprefix("tinnhiem: ")


Row = dict[str, Any]
