"""The one list of rule modules, and from it every check by its id."""

from types import ModuleType
from typing import Any

from checks.rules import (
    certificates,
    dns,
    headers,
    http,
    identity,
    mail,
    privacy,
    reach,
    tls,
)
from checks.spec import Check

RULE_MODULES: tuple[ModuleType, ...] = (
    reach,
    tls,
    certificates,
    http,
    headers,
    identity,
    privacy,
    dns,
    mail,
)


def _collected() -> dict[str, Check[Any]]:
    found: dict[str, Check[Any]] = {}
    for module in RULE_MODULES:
        for value in vars(module).values():
            if isinstance(value, Check):
                if value.id in found:
                    raise ValueError(f"check {value.id} stands in two modules")
                found[value.id] = value
    return found


CATALOGUE: dict[str, Check[Any]] = _collected()
"""Every check that can answer, in the order of its module and its place there."""
