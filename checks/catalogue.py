"""The one list of rule modules, and from it every check by its id."""

from collections.abc import Iterable
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


def collected(modules: Iterable[ModuleType]) -> dict[str, Check[Any]]:
    """The checks of these modules by id; ``ValueError`` where one id stands twice."""
    found: dict[str, Check[Any]] = {}
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, Check):
                if value.id in found:
                    raise ValueError(f"check {value.id} stands in two modules")
                found[value.id] = value
    return found


CATALOGUE: dict[str, Check[Any]] = collected(RULE_MODULES)
"""Every check that can answer, in the order of its module and its place there."""
