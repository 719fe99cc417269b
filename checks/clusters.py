"""What many schools have in common: told once, with the one who can mend it for all of them.

A strange host that stands in the pages of several schools, and a fault that nearly all schools of one builder, platform
or server have and others have not.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from checks.assessment import Assessment
from checks.spec import Finding, Outcome

LEAST_UNITS = 2
"""So many schools with one strange host are no accident."""
LEAST_OF_GROUP = 3
"""A builder or server with fewer schools has no pattern yet."""
SHARE_WITHIN, SHARE_BEYOND = 0.8, 0.5
"""Of those looked at in the group at least so many have the fault; of all others fewer than so many."""
WIDEST = 0.5
"""A group with more than this share of all schools is no one to call."""
NO_HOSTS = frozenset({"links-alive"})
"""Checks whose hosts are not strange."""


class Shared(StrEnum):
    """What the schools of a cluster share."""

    PLATFORM = "platform"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Group:
    """Schools with one builder or platform, or on one address."""

    shared: Shared
    name: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """One thing that several schools have.

    ``host`` is the strange host, defanged; empty where ``checks`` are faults of a template.  ``group`` is what all of
    them share, ``None`` where they share nothing that is known; ``of`` counts the schools of the group.
    """

    checks: tuple[str, ...]
    units: tuple[str, ...]
    host: str = ""
    group: Group | None = None
    of: int = 0


def clusters(assessment: Assessment) -> tuple[Cluster, ...]:
    """All clusters: strange hosts first, those with most schools first."""
    groups = groups_of(assessment)
    hosts = sorted(_by_host(assessment, groups), key=lambda one: (-len(one.units), one.host))
    faults = sorted(
        _by_fault(assessment, groups), key=lambda one: (-len(one.units), _name(one.group))
    )
    return (*hosts, *faults)


def _name(group: Group | None) -> str:
    return group.name if group else ""


def groups_of(assessment: Assessment) -> Mapping[Group, frozenset[str]]:
    """Units by what they share; what more than half of them share tells nothing."""
    found: dict[Group, set[str]] = defaultdict(set)
    for site in assessment.sites:
        if site.platform:
            found[Group(Shared.PLATFORM, site.platform)].add(site.unit)
        look = assessment.looks.get(site.url)
        for address in look.addresses if look else ():
            found[Group(Shared.ADDRESS, address)].add(site.unit)
    every = {site.unit for site in assessment.sites}
    return {
        group: frozenset(units)
        for group, units in found.items()
        if len(units) <= WIDEST * len(every)
    }


def _by_host(assessment: Assessment, groups: Mapping[Group, frozenset[str]]) -> Iterable[Cluster]:
    units: dict[str, set[str]] = defaultdict(set)
    checks: dict[str, set[str]] = defaultdict(set)
    for finding in assessment.findings:
        if finding.outcome not in (Outcome.NOT_MET, Outcome.NEEDS_REVIEW):
            continue
        for host in _hosts(finding):
            units[host].add(finding.unit)
            checks[host].add(finding.check)
    for host, having in units.items():
        if len(having) >= LEAST_UNITS:
            group = common_group(frozenset(having), groups)
            of = len(groups[group]) if group else 0
            yield Cluster(tuple(sorted(checks[host])), tuple(sorted(having)), host, group, of)


def _hosts(finding: Finding) -> tuple[str, ...]:
    """The strange hosts that a finding names."""
    if finding.family != "content" or finding.check in NO_HOSTS:
        return ()
    named = next((one.value for one in finding.measured if one.name == "hosts"), "")
    return tuple(filter(None, str(named).split(", ")))


def common_group(units: frozenset[str], groups: Mapping[Group, frozenset[str]]) -> Group | None:
    """The smallest group that nearly all of these units belong to; builders before addresses."""
    fitting = [
        group
        for group, members in groups.items()
        if len(units & members) >= SHARE_WITHIN * len(units) and len(members) > 1
    ]
    order = (Shared.PLATFORM, Shared.ADDRESS)
    return min(
        fitting,
        key=lambda group: (order.index(group.shared), len(groups[group]), group.name),
        default=None,
    )


def _by_fault(assessment: Assessment, groups: Mapping[Group, frozenset[str]]) -> Iterable[Cluster]:
    """Faults of a template: per group all of them in one cluster."""
    asked: dict[str, set[str]] = defaultdict(set)
    having: dict[str, set[str]] = defaultdict(set)
    for finding in assessment.findings:
        if finding.outcome in (Outcome.MET, Outcome.NOT_MET):
            asked[finding.check].add(finding.unit)
            if finding.outcome is Outcome.NOT_MET:
                having[finding.check].add(finding.unit)
    for group, members in groups.items():
        if len(members) < LEAST_OF_GROUP:
            continue
        faults = {
            check: units & members
            for check, units in having.items()
            if _is_pattern(units, asked[check], members)
        }
        if faults:
            units = frozenset().union(*faults.values())
            yield Cluster(tuple(sorted(faults)), tuple(sorted(units)), group=group, of=len(members))


def _is_pattern(having: set[str], asked: set[str], members: frozenset[str]) -> bool:
    inside, beyond = asked & members, asked - members
    if len(inside) < LEAST_OF_GROUP or len(having & members) < SHARE_WITHIN * len(inside):
        return False
    return len(having - members) < SHARE_BEYOND * max(1, len(beyond))
