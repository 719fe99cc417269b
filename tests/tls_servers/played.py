"""Servers that other libraries play, each library in a child process of its own.

A child is ``python -m tests.tls_servers.<module> FOLDER``: it prints ``{name: port}`` once it listens, and ends when
its standard input closes.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent.parent


@contextmanager
def child(module: str, folder: Path, **environment: str) -> Iterator[dict[str, int]]:
    """The ports of a child's servers while the block lasts."""
    with subprocess.Popen(  # noqa: S603  Our own modules by this Python.
        [sys.executable, "-m", f"tests.tls_servers.{module}", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=HOME,
        env=os.environ | {"PYTHONPATH": str(HOME)} | environment,
    ) as process:
        try:
            assert process.stdout is not None
            ports: dict[str, int] = json.loads(process.stdout.readline())
            yield ports
        finally:
            process.kill()


def tell(ports: Mapping[str, int]) -> None:
    """Say where the servers are, then wait for the end."""
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
