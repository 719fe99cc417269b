#!/usr/bin/env python3
"""The one door for people who work on tinnhiem: `python3 dev.py demo | test | lint | check | docs | replay | bench`.

Standard library only.  Makes `.venv`, installs from the hashed lock, and runs.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

HOME = Path(__file__).resolve().parent
VENV = HOME / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
LOCKS = {"run": HOME / "locks" / "run.txt", "dev": HOME / "locks" / "dev.txt"}
WORKERS = str((os.cpu_count() or 2) + 1)
STILL = {
    "format": ("-m", "ruff", "format", "--check", "."),
    "lint": ("-m", "ruff", "check", "."),
    "types": ("-m", "mypy"),
    "contracts": ("-c", "from importlinter.cli import lint_imports_command as c; c()"),
    "docs": ("-m", "tests.generated_docs", "--check"),
}
PYTEST = ("-m", "pytest", "-q", "-n", WORKERS)


def main(asked: list[str]) -> int:
    """Run one task; its exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036  It runs before anything was installed.
        return _say("Python 3.11 or newer is needed; this is " + sys.version.split()[0])
    tasks = {
        "demo": demo,
        "test": test,
        "lint": lint,
        "check": check,
        "docs": docs,
        "replay": replay,
        "bench": bench,
        "lock": lock,
    }
    if not asked or asked[0] not in tasks:
        return _say(f"usage: python3 dev.py {'|'.join(tasks)} [ARGUMENT ...]")
    return tasks[asked[0]](asked[1:])


def demo(more: list[str]) -> int:
    """Scan the practice fleet and write its reports."""
    _ready("run")
    return _python("-m", "scanner.cli", "demo", *more)


def test(more: list[str]) -> int:
    """Run the tests; `T=word` picks those whose name holds the word."""
    _ready("dev")
    chosen = [f"-k{word[2:]}" if word.startswith("T=") else word for word in more]
    return _python("-m", "pytest", "-q", *chosen) if chosen else _python(*PYTEST)


def lint(_: list[str]) -> int:
    """All that runs no test: format, lint, types, contracts, fresh docs."""
    _ready("dev")
    return _each(STILL)


def check(_: list[str]) -> int:
    """All that must hold before a change: `lint`, and the tests with their coverage."""
    _ready("dev")
    data = str(HOME / ".coverage")
    return _each(
        {
            **STILL,
            "tests": ("-m", "coverage", "run", f"--data-file={data}", *PYTEST, "-m", "not heavy"),
            "combine": ("-m", "coverage", "combine", "--quiet"),
            "coverage of checks": (
                "-m",
                "coverage",
                "report",
                "--include=checks/*",
                "--fail-under=100",
            ),
            "coverage": ("-m", "coverage", "report", "--fail-under=90", "--format=total"),
        }
    )


def _each(commands: Mapping[str, tuple[str, ...]]) -> int:
    """Run them all and name those that failed."""
    failed = []
    for name, command in commands.items():
        print(f"— {name}", flush=True)
        if _python(*command) != 0:
            failed.append(name)
    print("failed: " + ", ".join(failed) if failed else "all green")
    return 1 if failed else 0


def docs(_: list[str]) -> int:
    """Write the generated pages of docs/."""
    _ready("dev")
    return _python("-m", "tests.generated_docs")


def replay(more: list[str]) -> int:
    """Judge the recorded runs again and print which findings changed."""
    _ready("dev")
    return _python("-m", "tests.replay", *more)


def bench(more: list[str]) -> int:
    """Measure and write the figures to bench/results/: `scan` (the default), or another module of bench/ by its name."""
    _ready("dev")
    name = more[0] if more and not more[0].startswith("-") else "scan"
    return _python("-m", f"bench.{name}", *more[name in more[:1] :])


def lock(_: list[str]) -> int:
    """Write the hashed locks anew (needs `uv` on the path)."""
    uv = shutil.which("uv")
    if uv is None:
        return _say("install uv first")
    ours = ("pyproject.toml", "--group")
    for file, what in {
        LOCKS["run"]: (*ours, "build"),
        LOCKS["dev"]: (*ours, "dev"),
        HOME / "locks" / "sectxt.txt": ("--group", "sectxt"),
    }.items():
        subprocess.run(
            [
                uv,
                "pip",
                "compile",
                "--universal",
                "--generate-hashes",
                "--no-header",
                "--no-annotate",
                "--python-version",
                "3.11",
                "--quiet",
                *what,
                "-o",
                str(file),
            ],
            cwd=HOME,
            check=True,
        )
    return 0


def _ready(lock_name: str) -> None:
    """Make `.venv` hold exactly the lock; a stamp says what it holds already."""
    stamp = VENV / "lock-installed"
    wanted = {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in LOCKS.items()}
    holds = stamp.read_text().split() if stamp.exists() else []
    # The developers' lock holds all of the users' one.
    enough = {wanted["dev"]} | ({wanted["run"]} if lock_name == "run" else set())
    if PYTHON.exists() and enough & set(holds):
        return
    if not PYTHON.exists():
        venv.create(VENV, with_pip=True)
    pip = ("-m", "pip", "--quiet", "--disable-pip-version-check", "install")
    _python(*pip, "--require-hashes", "-r", str(LOCKS[lock_name]), must=True)
    _python(*pip, "--no-deps", "--no-build-isolation", "--editable", str(HOME), must=True)
    stamp.write_text(wanted[lock_name] + "\n")


def _python(*arguments: str, must: bool = False) -> int:
    # Many tests start the command anew; compiled modules are kept, or each start compiles them again.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    code = subprocess.run([str(PYTHON), *arguments], cwd=HOME, env=kept, check=False).returncode
    if must and code:
        sys.exit(code)
    return code


def _say(text: str) -> int:
    print(text, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
