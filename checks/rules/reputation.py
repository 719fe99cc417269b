"""Whether lists that others keep name the site: block lists, the national list, lists of infected machines."""

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Names
from checks.evidence.reputation import Reputation, Word, Zone
from checks.lists import OLD_AFTER, BlockList, Purpose
from checks.parsing.text import display
from checks.spec import (
    Answer,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    captured,
    check,
    untested,
    worst,
)

SHOWN = 300
_NOT_ASKED = frozenset({Cause.NOT_ENABLED, Cause.NOT_RUN})
_FINDS = Callable[[BlockList], tuple[str, str]]
"""The reason for which a list names the site, and its entry; both empty where it does not."""


@check(
    id="not-on-blocklists",
    title="The site is on no block list",
    family="reputation",
    needs=(Names,),
    limits=NoLimits,
    reasons=("host-named", "name-above", "page-named", "only-old-list"),
)
def not_on_blocklists(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Do the block lists that were loaded (``--lists``, files ``blocklist-…``) name the site's host, its twin with or
        without www, its own address, or a name above it down to the registered one?

        Named by a list of the last 30 days: not-met (host-named, name-above).  Such a list names single pages of this
        host (below the site's path) and not the site: needs-review (page-named), for a page may be cleaned, or another
        user's.  Named by an older list alone: needs-review (only-old-list).  Named by none: met, if at least one list is
        not older; else not-tested (list-old): an old list's silence says nothing.  No list: not-tested (no-list).
        An entry of a public suffix or a platform (``edu.vn``, ``weebly.com``) accuses nobody below it.

        Lists speak of names, so a refused port, a timeout, a reset, NXDOMAIN and a block page change nothing.

    Why it matters
        Browsers, filters and mail servers that use such a list turn parents away, and the label asks to be on none.

    How to fix
        Look for what made the list name the site, clean it, then ask the list's keeper to take the entry out.

    Not tested by this check
        Whether the list is right, lists that were not loaded, and the addresses of the server: `address-not-in-botnet`.
    """
    names = seen.get(Names)
    return _held_against(seen, Purpose.HARM, lambda one: _names_site(one, seen, names))


@check(
    id="not-on-national-list",
    title="The site is not on the national warning list",
    family="reputation",
    needs=(Names,),
    limits=NoLimits,
    reasons=("host-named", "name-above", "page-named", "address-named", "only-old-list"),
)
def not_on_national_list(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does the national list of sites advised against, loaded from a file (``--lists``, ``national-…``), name the
        site?  Read like a block list: host, twin, own address, a name above it down to the registered one.

        Answers as `not-on-blocklists` does, also on age.  Where the list holds IP addresses, one of the host's among them:
        needs-review (address-named), for one address may serve many sites; addresses that could not be looked up then:
        not-tested, with the cause.  No list: not-tested (no-list).

        Lists speak of names, so a refused port, a timeout, a reset, NXDOMAIN and a block page change nothing.

    Why it matters
        NĐ 137/2024 asks that domain names and addresses are not on the list of sites advised against.

    How to fix
        Ask the keeper of the list why, clean the site, and ask for removal in writing.

    Not tested by this check
        The list on the Internet itself: nobody is asked, the file decides.
    """
    names = seen.get(Names)

    def named(one: BlockList) -> tuple[str, str]:
        reason, entry = _names_site(one, seen, names)
        if reason or not one.networks:
            return reason, entry
        hits = (one.address_hit(address) for address in _addresses(names))
        hit = next(filter(None, hits), "")
        return ("address-named", hit) if hit else ("", "")

    return _held_against(seen, Purpose.NATIONAL, named)


@check(
    id="address-not-in-botnet",
    title="No address of the site is on a list of infected machines",
    family="reputation",
    needs=(Names, Reputation),
    limits=NoLimits,
    reasons=("address-named", "zone-lists", "only-old-list"),
)
def address_not_in_botnet(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Is any IPv4 or IPv6 address of the host on a list of infected or commanding machines that was loaded
        (``--lists``, files ``botnet-…``), or in a list asked by DNS that the operator named (``--dnsbl``)?

        On one: not-met (address-named, zone-lists).  On an older list than 30 days alone: needs-review.  On none: met, if a
        list is not older or a zone works.  Only old lists: not-tested (list-old).  Neither list
        nor zone: not-tested (no-list).  A named zone that is silent, answers with an error of its own (127.255.255.0/24,
        127.0.0.1, anything outside 127.0.0.0/8), or fails the test of RFC 5782, 5: not-tested.  Addresses not looked up:
        not-tested, with the cause; NXDOMAIN: not-tested (no-address).  Refused, timeout, reset, blocked change nothing.

    Why it matters
        A server that is part of a botnet attacks others and is open to strangers, and mail from it is turned away.

    How to fix
        Let the provider examine the machine, or move the site; then ask the list's keeper to take the address out.

    Not tested by this check
        Whether the entry means this site or a neighbour on the same address; the addresses of the www twin, of mail
        servers and name servers; an IPv6 address, where every list holds IPv4 alone.
    """
    names = seen.get(Names)
    zones = _zones(seen)
    return worst(
        (address, partial(_of_address, seen, zones, address)) for address in _addresses(names)
    )


def _names_site(one: BlockList, seen: Seen, names: Names) -> tuple[str, str]:
    """Why a list names the site, and its entry."""
    site = seen.site
    entry = one.host_hit(site.host)
    own = entry.removesuffix("/") in (site.host, site.twin)
    if entry and (own or _within(entry, names.registrable)):
        return ("host-named" if own else "name-above"), entry
    if entry := _own_page(one, site.url):
        return "host-named", entry
    pages = one.pages_hit(site.host, site.path) or one.pages_hit(site.twin, site.path)
    return ("page-named", pages[0]) if pages else ("", "")


def _own_page(one: BlockList, url: str) -> str:
    """The entry of the site's very address, where it is one of a page and not of the whole host."""
    entry = one.url_hit(url)
    return entry if "/" in entry else ""


def _within(name: str, registrable: str | None) -> bool:
    """Whether a name is the registered one or stands below it: what is above belongs to others."""
    return registrable is None or name == registrable or name.endswith(f".{registrable}")


@dataclass(frozen=True)
class _Ages:
    """The lists of one purpose by their age."""

    fresh: tuple[BlockList, ...]
    old: tuple[BlockList, ...]

    @property
    def measured(self) -> tuple[Measured, ...]:
        """Which were asked, of which day."""
        told = [Measured("lists", _told(self.fresh) or "–")]
        if self.old:
            told.append(Measured("old_lists", _told(self.old)))
        return tuple(told)

    def need_one(self) -> None:
        """A list that may speak, or the cause why none does."""
        if self.fresh:
            return
        if self.old:
            newest = max(one.dated for one in self.old)
            untested(Cause.LIST_OLD, f"the newest list is of {newest}: {_told(self.old)}")
        untested(Cause.NO_LIST, "no list of this kind is loaded")


def _ages(seen: Seen, purpose: Purpose) -> _Ages:
    lists = [one for one in seen.lists.block if one.purpose is purpose]
    today = seen.as_of.date()
    old = [one for one in lists if today - one.dated > OLD_AFTER]
    return _Ages(tuple(one for one in lists if one not in old), tuple(old))


def _told(lists: Iterable[BlockList]) -> str:
    """Names, days and the beginnings of the hashes."""
    told = (f"{one.name} {one.dated} ({one.sha256[:12]})" for one in lists)
    return display(", ".join(told), SHOWN)


_GRAVEST = ("host-named", "name-above", "address-named", "page-named")
_ACCUSES = frozenset({"host-named", "name-above"})


def _held_against(seen: Seen, purpose: Purpose, finds: _FINDS) -> Answer:
    """The gravest word of a fresh list; else whether an old one has something to say."""
    ages = _ages(seen, purpose)
    for lists, stale in ((ages.fresh, False), (ages.old, True)):
        hits = [(one, *found) for one in lists if (found := finds(one))[0]]
        if hits:
            one, reason, entry = min(hits, key=lambda hit: _GRAVEST.index(hit[1]))
            measured = (*_hit(one, entry), Measured("naming", len(hits)), *ages.measured)
            if stale:
                return Answer(Outcome.NEEDS_REVIEW, measured, "only-old-list")
            accused = reason in _ACCUSES
            return Answer(Outcome.NOT_MET if accused else Outcome.NEEDS_REVIEW, measured, reason)
    ages.need_one()
    return Answer(Outcome.MET, ages.measured)


def _hit(one: BlockList, entry: str) -> tuple[Measured, ...]:
    return (
        Measured("list", display(one.name, SHOWN)),
        Measured("dated", one.dated.isoformat()),
        Measured("entry", display(entry, SHOWN)),
        Measured("sha256", one.sha256),
    )


def _addresses(names: Names) -> tuple[str, ...]:
    """The host's addresses; ``Untested`` where one of the two questions ended in nothing."""
    return (*captured(names.host.a).records, *captured(names.host.aaaa).records)


def _zones(seen: Seen) -> tuple[Zone, ...]:
    found = seen.payloads.get(Reputation)
    if found is None or (isinstance(found, NotCaptured) and found.cause in _NOT_ASKED):
        return ()
    return seen.get(Reputation).zones


def _of_address(seen: Seen, zones: tuple[Zone, ...], address: str) -> Answer:
    ages = _ages(seen, Purpose.BOTNET)
    if hit := _address_hit(ages.fresh, address):
        return Answer(Outcome.NOT_MET, (*hit, *ages.measured), "address-named")
    if listed := _listed(zones, address):
        return listed
    if hit := _address_hit(ages.old, address):
        return Answer(Outcome.NEEDS_REVIEW, (*hit, *ages.measured), "only-old-list")
    asked = ", ".join(zone.zone for zone in zones if _serves(zone, address))
    if not asked:
        ages.need_one()
    return Answer(Outcome.MET, (*ages.measured, Measured("zones", display(asked, SHOWN) or "–")))


def _address_hit(lists: Iterable[BlockList], address: str) -> tuple[Measured, ...]:
    """The first list that names the address, as measured; nothing where none does."""
    found = ((one, one.address_hit(address)) for one in lists)
    return next((_hit(one, entry) for one, entry in found if entry), ())


def _listed(zones: tuple[Zone, ...], address: str) -> Answer | None:
    """The answer where a zone lists the address; ``None`` where every zone that can speak does not."""
    for zone in zones:
        if not _serves(zone, address):
            continue
        codes = _codes(zone, next(word for word in zone.words if word.address == address))
        if codes:
            measured = (Measured("zone", zone.zone), Measured("codes", ", ".join(codes)))
            return Answer(Outcome.NOT_MET, measured, "zone-lists")
    return None


def _serves(zone: Zone, address: str) -> bool:
    """Whether the zone can speak of the address: it passes the test of RFC 5782, 5, for that family.

    ``Untested`` where it ought to and does not.  Many lists hold IPv4 alone; that is no fault.
    """
    if all(word.address != address for word in zone.words):
        return False
    family = ipaddress.ip_address(address).version
    tests = [word for word in zone.tests if ipaddress.ip_address(word.address).version == family]
    listed, unlisted = (_codes(zone, word) for word in tests)
    if family == 6 and not listed:
        return False
    if not listed or unlisted:
        untested(Cause.NO_LIST, f"{zone.zone} does not answer as a list does (RFC 5782, 5)")
    return True


def _codes(zone: Zone, word: Word) -> tuple[str, ...]:
    """The codes by which a zone lists an address; ``Untested`` where it tells an error of its own."""
    codes = captured(word.answers)
    for code in codes:
        numbers = code.split(".")
        if numbers[0] != "127" or numbers[1:3] == ["255", "255"] or code == "127.0.0.1":
            untested(
                Cause.NO_LIST, f"{zone.zone} answers {display(code, 40)}: it does not serve us"
            )
    return codes
