"""Dated lists that ship with the program, as tables."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def table(name: str) -> dict[str, Any]:
    """One list as it stands in its file; whoever reads it must not change it."""
    return tomllib.loads((files("checks.lists") / name).read_text("utf-8"))


def under(host: str, names: frozenset[str]) -> bool:
    """Whether a host is one of these names, or lies below one of them."""
    while host:
        if host in names:
            return True
        host = host.partition(".")[2]
    return False
