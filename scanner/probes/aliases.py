"""The look at where a site's names point to, and at what a name that nobody made is answered."""

import asyncio
import secrets

from checks.evidence.aliases import RANDOM, Aliases, Asked, Points, Target
from checks.evidence.names import Look, Lookup, Said
from checks.parsing.exchangers import mx_records
from inventory.suffixes import registered_name, suffix_and_registrable
from scanner.visit import Visit

TARGETS_KEPT = 30
Pointing = tuple[str, Points, str]
"""Our name, the kind of record, and the target."""


async def look_aliases(visit: Visit) -> Aliases:
    """Ask all questions of this look; never raises but when cancelled."""
    site = visit.site
    zone = suffix_and_registrable(site.host)[1] or site.host
    questions = dict.fromkeys(_questions(visit, zone))
    above, asked, wildcard = await asyncio.gather(
        _ask(visit, zone, "SOA"),
        asyncio.gather(*(_ask(visit, name, kind) for name, kind in questions)),
        _wildcard(visit, tuple(dict.fromkeys((zone, site.host)))),
    )
    found = list(dict.fromkeys(one for each in asked for one in _pointing(each)))
    targets = await asyncio.gather(*(_target(visit, *one) for one in found[:TARGETS_KEPT]))
    return Aliases(
        zone=above,
        asked=tuple(asked),
        targets=tuple(targets),
        targets_total=len(found),
        wildcard=wildcard,
    )


def _questions(visit: Visit, zone: str) -> list[tuple[str, str]]:
    site = visit.site
    asked = [(site.host, "A"), (zone, "NS"), (zone, "MX"), (site.host, "NS"), (site.host, "MX")]
    if visit.tools.door.pace.permission.covers_host(site.twin):
        asked.append((site.twin, "A"))
    if site.mail_domain:
        asked += [(site.mail_domain, "NS"), (site.mail_domain, "MX")]
    return asked


async def _ask(visit: Visit, name: str, kind: str) -> Asked:
    look = await visit.tools.resolver.look(name, kind, visit.budget)
    return Asked(name=name, type=kind, look=look)


def _pointing(asked: Asked) -> list[Pointing]:
    """The targets in one answer: its aliases, or its records; what stands behind an alias is another's."""
    look = asked.look
    if not isinstance(look, Lookup):
        return []
    if look.aliases:
        return [(asked.name, Points.CNAME, _bare(alias)) for alias in look.aliases]
    if asked.type == "NS":
        return [(asked.name, Points.NS, _bare(record)) for record in look.records]
    if asked.type == "MX":
        # RFC 7505: the root as the only exchanger says that there is no mail.
        return [(asked.name, Points.MX, host) for _, host in mx_records(look) if host]
    return []


def _bare(name: str) -> str:
    return name.rstrip(".").lower()


async def _target(visit: Visit, owner: str, by: Points, name: str) -> Target:
    look = await visit.tools.resolver.look(name, "A", visit.budget)
    registrable = registered_name(name)
    registered: Look | None = None
    gone = isinstance(look, Lookup) and look.said is Said.NXDOMAIN and not look.aliases
    if gone and registrable is not None:
        registered = await visit.tools.resolver.look(registrable, "SOA", visit.budget)
    return Target(
        owner=owner, by=by, name=name, look=look, registrable=registrable, registered=registered
    )


async def _wildcard(visit: Visit, places: tuple[str, ...]) -> tuple[Asked, ...]:
    label = f"tinnhiem-{secrets.token_hex(6)}"
    found: list[Asked] = []
    for place in places:
        # One after the other: a name that does not exist is asked for once.
        for kind in ("A", "TXT"):
            asked = await _ask(visit, f"{label}.{place}", kind)
            # An answer may repeat the label, which differs in every run.
            found.append(Asked.model_validate_json(asked.model_dump_json().replace(label, RANDOM)))
    return tuple(found)
