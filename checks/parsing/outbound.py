"""Which foreign hosts a page links, and which name servers belong to services that park names."""

from functools import cache

from checks.evidence.names import Lookup, Said
from checks.evidence.outbound import Outward
from checks.evidence.page import Link, PageFacts
from checks.lists.shipped import table, under
from checks.parsing.answers import host_of, scheme_of
from inventory.hosts import AddressError, host_name

_LIST = "parking.toml"


def foreign_hosts(page: PageFacts, own: frozenset[str]) -> dict[str, Link]:
    """The hosts that a page links and that are neither its own nor known to be alive, each with its first link.

    IP addresses and what is no name are left out: there is nothing to ask.
    """
    own = own | {host_of(page.url)}
    found: dict[str, Link] = {}
    seen: set[str] = set()
    for link in page.links:
        if scheme_of(link.href) not in {"http", "https"}:
            continue
        written = host_of(link.href)
        if written in seen:
            continue
        seen.add(written)
        host = _name(written)
        if host and host not in own and host not in found and not under(host, _names("alive")):
            found[host] = link
    return found


def parked(one: Outward) -> str:
    """The name server or alias of a service that parks names; empty where there is none."""
    return next(
        (
            name
            for looked, names in ((one.ns, "name_servers"), (one.a, "aliases"))
            for name in _told(looked)
            if under(name, _names(names))
        ),
        "",
    )


def _told(looked: object) -> tuple[str, ...]:
    """Where a host points to by its name servers or its aliases."""
    if not isinstance(looked, Lookup) or looked.said is not Said.FOUND:
        return ()
    names = looked.records if looked.type == "NS" else looked.aliases
    return tuple(name.rstrip(".").lower() for name in names)


def _name(written: str) -> str:
    try:
        host = host_name(written)
    except AddressError:
        return ""
    return host if "." in host else ""


@cache
def _names(which: str) -> frozenset[str]:
    return frozenset(table(_LIST)[which])
