"""Processes of our own that do what must not hurt the parent: where they start, and how much memory they may take."""

import os
from contextlib import suppress
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
"""Where the packages lie: the folder that a child starts in."""


def environment() -> dict[str, str]:
    """What a child needs to find our packages, installed or not."""
    return os.environ | {"PYTHONPATH": str(HOME)}


def limit_memory(size_bytes: int) -> None:
    """For the child: take no more than this, where the system can say so; elsewhere its deadline alone guards."""
    try:
        import resource  # noqa: PLC0415  Not on Windows.
    except ImportError:
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (size_bytes, size_bytes))
