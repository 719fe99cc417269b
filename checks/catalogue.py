"""The one list of rule modules, and from it every check by its id."""

from collections.abc import Iterable
from types import ModuleType
from typing import Any

from checks.criteria.loader import known_checks
from checks.criteria.model import Clause
from checks.rules import (
    aliases,
    certificates,
    ciphers,
    consent,
    content,
    cookies,
    defacement,
    delegation,
    dns,
    dnssec,
    exchangers,
    grades,
    handshakes,
    headers,
    http,
    identity,
    mail,
    mail_policies,
    malware,
    observatory,
    outbound,
    pages,
    personal,
    phishing,
    policies,
    privacy,
    provoked,
    reach,
    redirecting,
    registration,
    reputation,
    search_view,
    software,
    tls,
    vouching,
    vulnerabilities,
)
from checks.spec import Check, NoLimits

RULE_MODULES: tuple[ModuleType, ...] = (
    reach,
    tls,
    certificates,
    vouching,
    ciphers,
    handshakes,
    vulnerabilities,
    http,
    headers,
    policies,
    cookies,
    pages,
    provoked,
    observatory,
    grades,
    malware,
    phishing,
    defacement,
    outbound,
    software,
    identity,
    privacy,
    content,
    consent,
    personal,
    redirecting,
    search_view,
    reputation,
    dns,
    delegation,
    dnssec,
    registration,
    aliases,
    mail,
    mail_policies,
    exchangers,
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

RECORDED: tuple[Clause, ...] = tuple(
    Clause(check=known.id)
    for known in known_checks().values()
    if known.level == "recorded"
    and known.id in CATALOGUE
    and CATALOGUE[known.id].limits is NoLimits
)
"""Checks that are asked of every site and decide nothing; what has a limit needs an edition to set it."""
