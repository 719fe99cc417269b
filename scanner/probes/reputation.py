"""The look at lists that are asked by DNS: one question per list and address, through our own resolver."""

import asyncio
import ipaddress
import re
from collections.abc import Iterable

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Lookup, Said
from checks.evidence.reputation import Reputation, Word, Zone
from scanner.visit import Visit

# RFC 5782, 5: every list has the first and never the second.
TESTS = {4: ("127.0.0.2", "127.0.0.1"), 6: ("::ffff:7f00:2", "::ffff:7f00:1")}
ADDRESSES_ASKED = 8
_KEY = re.compile(r"[a-z0-9]{20,63}")


async def look_reputation(visit: Visit, zones: Iterable[str]) -> Reputation:
    """Ask of every address of the host; never raises but when cancelled."""
    host, look = visit.site.host, visit.tools.resolver.look
    found = [await look(host, kind, visit.budget) for kind in ("A", "AAAA")]
    addresses = [record for one in found if isinstance(one, Lookup) for record in one.records]
    asked = [address for address in addresses if _tellable(visit, address)][:ADDRESSES_ASKED]
    return Reputation(
        zones=tuple(await asyncio.gather(*(_zone(visit, zone, asked) for zone in zones)))
    )


def shown_zone(zone: str) -> str:
    """The zone as it may be told: some lists give each subscriber a name with a key in it."""
    return ".".join("•" if _KEY.fullmatch(label) else label for label in zone.split("."))


def question(address: str, zone: str) -> str:
    """RFC 5782, 2.1 and 2.4: the numbers of the address, or its nibbles, backwards in front of the zone."""
    backwards = ipaddress.ip_address(address).reverse_pointer.rpartition(".")[0]
    return f"{backwards.rpartition('.')[0]}.{zone}"


def _tellable(visit: Visit, address: str) -> bool:
    """Whether others may learn of the address: private ones say nothing to anybody, but in practice."""
    return ipaddress.ip_address(address).is_global or visit.tools.door.pace.allow_private


async def _zone(visit: Visit, zone: str, addresses: list[str]) -> Zone:
    families = dict.fromkeys(ipaddress.ip_address(address).version for address in addresses)
    tests = [address for family in families for address in TESTS[family]]
    words = await asyncio.gather(*(_word(visit, zone, address) for address in (*tests, *addresses)))
    return Zone(
        zone=shown_zone(zone), tests=tuple(words[: len(tests)]), words=tuple(words[len(tests) :])
    )


async def _word(visit: Visit, zone: str, address: str) -> Word:
    # Asked once: a list counts its questions, and NXDOMAIN is its usual answer.
    look = await visit.tools.resolver.look(question(address, zone), "A", visit.budget, twice=False)
    if isinstance(look, NotCaptured):
        return Word(address=address, answers=look)
    if look.said is Said.BOGUS:
        return Word(address=address, answers=NotCaptured(cause=Cause.DNS_SERVFAIL, detail="bogus"))
    return Word(address=address, answers=look.records)
