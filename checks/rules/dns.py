"""The name itself: whether it resolves, where it was registered, and how firmly its zone stands."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Look, Lookup, Names, NameServer, Said
from checks.spec import Answer, Limits, Measured, NoLimits, Outcome, Seen, captured, check, untested

# RFC 8659, 4.1.1: flag octet, tag of letters and digits, value; ``\#`` forms are of no use to a reader.
CAA_RECORD = re.compile(r'(\d{1,3}) ([0-9A-Za-z]{1,255}) (?:"([^"]*)"|([^\s"]+))')
NETWORK_BITS = {4: 24, 6: 48}


class VnLimits(Limits):
    """Under which suffixes the registered name must lie, without leading dot: ``["vn"]``, or ``["edu.vn", "gov.vn"]``.

    At least one; the catalogue asks ``.vn``.
    """

    suffixes: Annotated[list[str], Field(min_length=1)]


class NameserverLimits(Limits):
    """How many distinct name servers, and how many networks (/24 of IPv4, /48 of IPv6) they stand in; 2 and 2."""

    min_servers: int
    min_networks: int


@check(
    id="name-resolves",
    title="The site's name leads to an address",
    family="dns",
    needs=(Names,),
    limits=NoLimits,
    reasons=("nxdomain", "nodata", "bogus"),
)
def name_resolves(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does the host name have an A or an AAAA record?

        NXDOMAIN (said twice), a name without address records, and a bogus name (its DNSSEC signature does
        not hold) are three answers, each not met.  SERVFAIL, refusal and timeout of the name servers: not
        tested, with the cause, unless the other kind of address was found.  Whether the address itself
        refuses, resets or blocks is not asked here.

    Why it matters
        A name that leads nowhere makes the site unreachable; a name that lapsed can be registered by others.

    How to fix
        Renew the domain name, or enter the missing address record at the DNS provider.

    Not tested by this check
        The www/apex twin, and whether every name server answers alike.
    """
    host = seen.get(Names).host
    looks = (host.a, host.aaaa)
    addresses = [record for look in looks for record in _found(look)]
    if addresses:
        return Answer(
            Outcome.MET,
            (Measured("addresses", ", ".join(addresses)), Measured("host", host.host)),
        )
    said = {captured(look).said for look in looks}
    measured = (Measured("host", host.host),)
    if Said.BOGUS in said:
        return Answer(Outcome.NOT_MET, measured, "bogus")
    return Answer(Outcome.NOT_MET, measured, "nxdomain" if said == {Said.NXDOMAIN} else "nodata")


@check(
    id="name-under-vn",
    title="The name is registered under .vn",
    family="dns",
    needs=(Names,),
    limits=VnLimits,
)
def name_under_vn(seen: Seen, limits: VnLimits) -> Answer:
    """
    What it asks
        Does the registered name lie under one of the suffixes asked for?  Only the name and the dated list
        of public suffixes are read: NXDOMAIN, refused, timeout, reset and block change nothing, unless the
        look at the names as a whole was not captured (then not tested).

    Why it matters
        Names under .vn are administered in Viet Nam; visitors recognise a school of this country, and disputes
        or forgeries are easier to settle.

    How to fix
        Register a name under .edu.vn or .vn and let the old name lead there.

    Not tested by this check
        Who holds the registration.
    """
    names = seen.get(Names)
    host = names.registrable or names.host.host
    under = any(host == suffix or host.endswith(f".{suffix}") for suffix in limits.suffixes)
    return Answer(
        Outcome.MET if under else Outcome.NOT_MET,
        (
            Measured("name", host),
            Measured("suffix", names.suffix, ", ".join(limits.suffixes)),
        ),
        note=f"public suffix list of {names.suffix_list_date}",
    )


@check(
    id="nameservers-redundant",
    title="Several name servers in several networks stand behind the name",
    family="dns",
    needs=(Names,),
    limits=NameserverLimits,
    reasons=("too-few-servers", "too-few-networks", "suffix-itself", "no-own-servers"),
)
def nameservers_redundant(seen: Seen, limits: NameserverLimits) -> Answer:
    """
    What it asks
        Do enough distinct name servers, in enough networks, serve the registered name?  IPv4 and IPv6 are
        counted each for itself, because one machine with both is not two networks.

        NXDOMAIN, or no NS records: not applicable (name-resolves speaks of the first; in the second case the
        name is part of a larger zone).  A host that is a public suffix itself, without NS records of its
        own: not applicable.  A name server whose address was seen not to exist does not count.  A server
        whose address could not be asked (timeout, SERVFAIL): not tested, where it could change the answer.
        Refused, reset and blocked connections play no part: no server is connected to.

    Why it matters
        When the only name server, or its network, is down, the site and the school's mail vanish together.

    How to fix
        Add a second name server in another network; most registrars offer one.

    Not tested by this check
        Whether the servers answer, and whether two networks belong to one operator (AS).
    """
    names = seen.get(Names)
    ns = captured(names.ns)
    if not ns.records:
        if ns.said is Said.BOGUS:
            untested(Cause.DNS_SERVFAIL, "NS: the DNSSEC signature does not hold")
        reason = "no-own-servers" if names.registrable else "suffix-itself"
        return Answer(Outcome.NOT_APPLICABLE, reason=reason)
    # RFC 4343: names are compared without case.
    listed = {record.rstrip(".").lower() for record in ns.records}
    asked = {server.name.rstrip(".").lower(): server for server in names.servers}
    known = [server for name, server in asked.items() if name in listed and _addresses(server)]
    open_looks = [
        look
        for name in sorted(listed)
        for look in _looks(asked.get(name))
        if isinstance(look, NotCaptured)
    ]
    networks = _networks(known, unsure=bool(open_looks))
    measured = (
        Measured("servers", len(known), limits.min_servers),
        Measured("networks", networks, limits.min_networks),
        Measured("names", ", ".join(sorted(listed))),
    )
    if len(known) >= limits.min_servers and networks >= limits.min_networks:
        return Answer(Outcome.MET, measured)
    if len(listed) < limits.min_servers:
        return Answer(Outcome.NOT_MET, measured, "too-few-servers")
    if open_looks:
        captured(open_looks[0])
    few = len(known) < limits.min_servers
    return Answer(Outcome.NOT_MET, measured, "too-few-servers" if few else "too-few-networks")


@check(
    id="caa-published",
    title="The name says which authorities may issue certificates for it",
    family="dns",
    needs=(Names,),
    limits=NoLimits,
    reasons=("missing", "no-issuer", "malformed", "bogus"),
)
def caa_published(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Do the CAA records at the nearest name upward that has some hold an ``issue`` or ``issuewild``
        property?  An empty one ("nobody may issue") counts.

        NXDOMAIN and no records at one name: the next name upward decides; at none: not met.  Bogus: not met.
        Timeout, SERVFAIL or refusal of a name server on the way: not tested, with the cause.  Refused,
        reset and blocked connections play no part: the site is not connected to.

    Why it matters
        Without it any of some hundred authorities may be tricked into a certificate for the school's name.

    How to fix
        Publish a CAA record that names the authority in use, and a second with ``iodef`` for reports.

    Not tested by this check
        Whether the present certificate comes from an authority that is named.
    """
    looks = seen.get(Names).caa
    if not looks:
        untested(Cause.NOT_RUN)
    for look in looks:
        found = captured(look)
        if found.said is Said.BOGUS:
            return Answer(Outcome.NOT_MET, reason="bogus", note=found.name)
        if found.said is Said.FOUND and found.records:
            # RFC 8659, 3: the nearest ancestor that has CAA records decides; look no further up.
            return _issuers(found)
    return Answer(Outcome.NOT_MET, reason="missing")


def _issuers(found: Lookup) -> Answer:
    parsed = [(record, CAA_RECORD.fullmatch(record.strip())) for record in found.records]
    bad = [record for record, match in parsed if match is None or int(match[1]) > 255]
    properties = [
        (match[2].lower(), match[3] if match[3] is not None else match[4])
        for _, match in parsed
        if match is not None and int(match[1]) <= 255
    ]
    issuers = [value.strip() for tag, value in properties if tag in {"issue", "issuewild"}]
    measured = (
        Measured("at", found.name),
        Measured("issuers", ", ".join(dict.fromkeys(issuers))),
        Measured("records", len(found.records)),
    )
    note = f"malformed: {bad[0]}" if bad else ""
    if issuers:
        return Answer(Outcome.MET, measured, note=note)
    reason = "no-issuer" if properties else "malformed"
    return Answer(Outcome.NOT_MET, measured, reason, note)


def _found(look: Look) -> tuple[str, ...]:
    if isinstance(look, Lookup) and look.said is Said.FOUND:
        return look.records
    return ()


def _looks(server: NameServer | None) -> tuple[Look, ...]:
    """The looks at a server's addresses; one beyond the first eight was not looked at."""
    if server is None:
        return (NotCaptured(cause=Cause.NOT_RUN, detail="a name server was not looked at"),)
    return (server.a, server.aaaa)


def _addresses(server: NameServer) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    return [
        ipaddress.ip_address(record) for look in (server.a, server.aaaa) for record in _found(look)
    ]


def _networks(servers: Iterable[NameServer], *, unsure: bool) -> int:
    """How many networks the servers surely stand in.

    IPv4 and IPv6 networks add up only where no machine has both; ``unsure`` says that one might.
    """
    seen: dict[int, set[str]] = {4: set(), 6: set()}
    dual = unsure
    for server in servers:
        addresses = _addresses(server)
        dual = dual or len({address.version for address in addresses}) > 1
        for address in addresses:
            bits = NETWORK_BITS[address.version]
            network = ipaddress.ip_network(f"{address}/{bits}", strict=False)
            seen[address.version].add(str(network))
    return max(len(seen[4]), len(seen[6])) if dual else len(seen[4]) + len(seen[6])
