"""What stands behind the name: whether every listed name server answers, alike, and gives strangers no more than that."""

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.delegation import (
    AtServer,
    Closed,
    Delegation,
    ListedServer,
    Listing,
    NsReply,
    SoaLook,
    SoaReply,
)
from checks.evidence.names import Look, Said
from checks.spec import (
    WORST_FIRST,
    Answer,
    Limits,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    Untested,
    captured,
    check,
    untested,
)

NOBODYS = ("no-such-name", "suffix-zone")
"""Why there is no zone of the school's to judge."""


class Ipv6Limits(Limits):
    """How many name servers must answer over IPv6; the catalogue asks 1, and calls 2 full."""

    min_servers: int


@check(
    id="nameservers-answer",
    title="Every listed name server answers for the zone",
    family="dns",
    needs=(Delegation,),
    limits=NoLimits,
    reasons=(
        *NOBODYS, "no-address", "closed", "tcp-closed", "refused", "server-failure", "not-authoritative",
        "udp-silent", "tcp-silent",
    ),
)  # fmt: skip
def nameservers_answer(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every name server that is listed for the zone give its SOA with authority, at every address asked, over UDP
        and over TCP?  It is the zone that really holds the site's name, which may be a larger one.

        REFUSED, SERVFAIL, NXDOMAIN or NODATA for the server's own zone (lame), a closed port, a server's name
        without address: not met, each said twice.  Silent over one of UDP and TCP alone: needs review, because
        something between may drop it.  Silent altogether (timeout): not tested.  Where the site's own name is
        NXDOMAIN, or held by a public suffix: not applicable.  Bogus signatures play no part.  Port 53 blocked on
        our own line: not tested (port-blocked).

    Why it matters
        A resolver picks any of the listed servers.  One that does not answer makes the site slow or gone for some
        visitors, now and then, and the day the other one fails, for all.

    How to fix
        Mend the server, or take it off the list at the registrar and in the zone.

    Not tested by this check
        Servers beyond the first eight, and how fast they answer.
    """
    look = seen.get(Delegation)
    if (nobodys := _nobodys(look)) is not None:
        return nobodys
    told = _Told()
    for server in look.servers:
        told.ask(server.name, partial(_has_address, look, server))
    for at in look.asked:
        told.ask(_place(at), partial(_answers_whole, at))
    _open_rest(look, told)
    return told.answer(_figures(look))


@check(
    id="nameservers-agree",
    title="The name servers and the zone above tell the same",
    family="dns",
    needs=(Delegation,),
    limits=NoLimits,
    reasons=(
        *NOBODYS, "glue-missing", "parent-differs", "ns-differ", "glue-differs", "serials-differ",
        "serials-moving",
    ),
)  # fmt: skip
def nameservers_agree(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Do all servers that answer with authority give the same serial and the same NS set, is that set the one of the
        zone above, and are the addresses (glue) that the zone above hands out those that the names have?

        Serials are compared twice, some seconds apart; where they still differ but the zone moves on meanwhile:
        needs review.  Servers that refuse, fail (SERVFAIL), or do not hold the zone (NXDOMAIN, NODATA) are set
        aside: nameservers-answer speaks of them.  A server that was silent (timeout) leaves the question open,
        unless the others differ already; so does a server's name whose addresses could not be asked for.  None
        answers: not tested.  The site's own name NXDOMAIN, or held by a public suffix: not applicable.  Bogus
        signatures play no part.  Port 53 blocked on our own line: not tested (port-blocked).  Where the servers
        of the zone above hold this zone too, what they list cannot be seen, and the servers alone are compared.

    Why it matters
        Visitors see the old site or the new one, mail goes astray, and mistakes stay hidden until a server fails.

    How to fix
        Make the servers copy the zone again, and enter the same servers and addresses at the registrar as in the zone.

    Not tested by this check
        Whether records other than SOA and NS are the same at all servers.
    """
    look = seen.get(Delegation)
    if (nobodys := _nobodys(look)) is not None:
        return nobodys
    whole = [at for at in look.asked if _holds(at)]
    told = _Told()
    _same_sets(look, whole, told)
    _same_glue(look, told)
    _same_serials(whole, told)
    for at in look.asked:
        if at not in whole:
            told.ask(_place(at), partial(_set_aside, at))
    if not whole and not told.found:
        untested(Cause.NO_ANSWER, "no name server answers with authority")
    _open_rest(look, told)
    serials = sorted({serial for at in whole if (serial := _serial(at)) is not None})
    measured = (*_figures(look), Measured("serials", ", ".join(map(str, serials))))
    return told.answer(measured)


@check(
    id="nameservers-over-ipv6",
    title="The zone is served over IPv6",
    family="dns",
    needs=(Delegation,),
    limits=Ipv6Limits,
    reasons=(*NOBODYS, "no-ipv6-address", "too-few-answer"),
)
def nameservers_over_ipv6(seen: Seen, limits: Ipv6Limits) -> Answer:
    """
    What it asks
        Do enough of the zone's name servers answer with authority at an IPv6 address, over UDP?

        Enough of them: met, whatever the others do.  Too few with an IPv6 address (NXDOMAIN and NODATA count as
        none), or answers that are REFUSED, SERVFAIL, not authoritative, or from a closed port: not met.
        Timeouts, and a scanner without IPv6: not tested, where it could change the answer.  The site's own name
        NXDOMAIN, or held by a public suffix: not applicable.  Bogus signatures play no part.  Port 53 blocked:
        not tested (port-blocked).

    Why it matters
        Networks that speak IPv6 alone can find the site only if its name is served over IPv6 too.

    How to fix
        Ask the DNS provider for IPv6 addresses on the name servers, or move the zone to one that has them.

    Not tested by this check
        Whether the site itself has an IPv6 address.
    """
    look = seen.get(Delegation)
    if (nobodys := _nobodys(look)) is not None:
        return nobodys
    over6 = [at for at in look.asked if ":" in at.address]
    answering = {at.server for at in over6 if _holds(at)}
    having = {at.server for at in over6}
    measured = (
        *_figures(look),
        Measured("ipv6", len(answering), limits.min_servers),
        Measured("with_ipv6", ", ".join(sorted(having))),
    )
    if len(answering) >= limits.min_servers:
        return Answer(Outcome.MET, measured)
    open_ends = _open_over6(look, over6, answering)
    if len(answering | open_ends.keys()) >= limits.min_servers:
        captured(open_ends[min(open_ends)])
    if look.servers_total > len(look.servers):
        untested(Cause.BUDGET_EVENTS, _of(look))
    reason = "too-few-answer" if having else "no-ipv6-address"
    return Answer(Outcome.NOT_MET, measured, reason)


@check(
    id="zone-transfer-closed",
    title="No name server hands out the zone to strangers",
    family="dns",
    needs=(Delegation,),
    limits=NoLimits,
    reasons=(*NOBODYS, "handed-out"),
)
def zone_transfer_closed(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every name server decline to hand out the whole zone (AXFR) to us?  Only the beginning is taken, and
        nothing of it is kept.

        Asked only where the permission names the family ``zone``; otherwise not tested (not-permitted).  Refused in
        whatever way (REFUSED, SERVFAIL, NXDOMAIN, NODATA, a closed port): met.  Timeout or reset: not tested, with
        the cause.  The site's own name NXDOMAIN, or held by a public suffix: not applicable.  Bogus signatures
        play no part.  Port 53 blocked: not tested (port-blocked).

    Why it matters
        The zone is a list of every machine of the school: the map that an attacker would otherwise have to guess.

    How to fix
        Allow transfers to the second name servers' addresses alone, and sign them (TSIG).

    Not tested by this check
        Incremental transfers, and whether DNSSEC lets the names be walked.
    """
    look = seen.get(Delegation)
    if (nobodys := _nobodys(look)) is not None:
        return nobodys
    return _declined(look, lambda at: at.transfer, "handed-out")


@check(
    id="recursion-closed",
    title="No name server of the zone looks up other names for strangers",
    family="dns",
    needs=(Delegation,),
    limits=NoLimits,
    reasons=(*NOBODYS, "recurses"),
)
def recursion_closed(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every name server of the zone decline to look up a name of others for us?  Only a server that says that it
        would (RA) and brings the answer is accused.

        Asked only where the permission names the family ``zone``; otherwise not tested (not-permitted).  Declined in
        whatever way (REFUSED, SERVFAIL, NXDOMAIN, NODATA, a closed port): met.  Timeout: not tested, with the
        cause.  The site's own name NXDOMAIN, or held by a public suffix: not applicable.  Bogus signatures play
        no part.  Port 53 blocked: not tested (port-blocked).

    Why it matters
        Attackers use open resolvers to multiply floods against others, and to plant wrong answers in their memory.

    How to fix
        Switch recursion off on the zone's servers, or allow it for the school's own network alone.

    Not tested by this check
        Resolvers of the school that are not among the zone's name servers.
    """
    look = seen.get(Delegation)
    if (nobodys := _nobodys(look)) is not None:
        return nobodys
    return _declined(look, lambda at: at.recursion, "recurses")


@dataclass
class _Told:
    """What was found at each place, and the answer in all of it: the worst decides, every place is named."""

    found: list[tuple[str, Answer]] = field(default_factory=list)

    def ask(self, place: str, ask: Callable[[], Answer]) -> None:
        """Note what is found at one place, unless all is well there."""
        try:
            answer = ask()
        except Untested as nothing:
            self.miss(place, nothing.missing)
            return
        if answer.outcome is not Outcome.MET:
            self.found.append((place, answer))

    def miss(self, place: str, missing: NotCaptured) -> None:
        """Note a place that was not seen."""
        answer = Answer(Outcome.NOT_TESTED, cause=missing.cause, note=missing.detail)
        self.found.append((place, answer))

    def object(self, place: str, reason: str, outcome: Outcome = Outcome.NOT_MET) -> None:
        """Note a fault."""
        self.found.append((place, Answer(outcome, reason=reason)))

    def answer(self, measured: tuple[Measured, ...]) -> Answer:
        """The answer in all."""
        if not self.found:
            return Answer(Outcome.MET, measured)
        place, bad = min(self.found, key=lambda one: WORST_FIRST.index(one[1].outcome))
        spots: dict[str, list[str]] = {}
        for where, answer in self.found:
            if answer.reason and where not in spots.setdefault(answer.reason, []):
                spots[answer.reason].append(where)
        told = tuple(Measured(reason, ", ".join(where)) for reason, where in spots.items())
        return bad._replace(measured=(*measured, *told), address=place)


def _nobodys(look: Delegation) -> Answer | None:
    """The answer where no zone of the school's is there to judge."""
    if look.own and look.exists:
        return None
    reason = "suffix-zone" if look.exists else "no-such-name"
    return Answer(
        Outcome.NOT_APPLICABLE, (Measured("zone", look.zone), Measured("host", look.host)), reason
    )


def _figures(look: Delegation) -> tuple[Measured, ...]:
    return (
        Measured("zone", look.zone),
        Measured("servers", look.servers_total),
        Measured("names", ", ".join(server.name for server in look.servers)),
    )


def _place(at: AtServer) -> str:
    return f"{at.server} ({at.address})"


def _of(look: Delegation) -> str:
    return f"{len(look.servers)} of {look.servers_total} name servers were asked"


def _open_rest(look: Delegation, told: _Told) -> None:
    """Servers beyond those looked at leave the question open."""
    if look.servers_total > len(look.servers):
        told.miss(look.zone, NotCaptured(cause=Cause.BUDGET_EVENTS, detail=_of(look)))
    elif not look.asked and not told.found:
        untested(Cause.NO_ADDRESS, "no address of a name server is known")


def _best(at: AtServer) -> SoaLook:
    """The reply over UDP that speaks for the server: a second look counts, and does not undo a good first one."""
    if at.again is None or (_good(at.udp) and not _good(at.again)):
        return at.udp
    return at.again


def _good(look: SoaLook) -> bool:
    return isinstance(look, SoaReply) and look.of_holder


def _holds(at: AtServer) -> bool:
    """Whether the address was seen to hold the zone."""
    best = _best(at)
    if isinstance(best, SoaReply) and best.truncated:
        return _good(at.tcp)
    return _good(best)


def _serial(at: AtServer) -> int | None:
    replies = [look for look in (_best(at), at.tcp) if isinstance(look, SoaReply)]
    return next((reply.serial for reply in replies if reply.serial is not None), None)


def _has_address(look: Delegation, server: ListedServer) -> Answer:
    if any(at.server == server.name for at in look.asked):
        return Answer(Outcome.MET)
    found = _records(server.a) + _records(server.aaaa)
    if found:
        untested(Cause.BUDGET_EVENTS, f"{server.name} was not asked")
    return Answer(Outcome.NOT_MET, reason="no-address")


def _answers_whole(at: AtServer) -> Answer:
    """One address: UDP first, then TCP."""
    udp = _best(at)
    if isinstance(udp, NotCaptured):
        if udp.cause is Cause.DNS_TIMEOUT and not isinstance(at.tcp, NotCaptured):
            # The machine is there: its TCP was heard.
            return Answer(Outcome.NEEDS_REVIEW, reason="udp-silent")
        untested(udp.cause, udp.detail)
    if isinstance(udp, Closed):
        return Answer(Outcome.NOT_MET, reason="closed")
    if not _good(udp):
        return _lame(udp)
    if isinstance(at.tcp, Closed):
        return Answer(Outcome.NOT_MET, reason="tcp-closed")
    if isinstance(at.tcp, NotCaptured):
        if at.tcp.cause is Cause.DNS_TIMEOUT:
            return Answer(Outcome.NEEDS_REVIEW, reason="tcp-silent")
        untested(at.tcp.cause, at.tcp.detail)
    return Answer(Outcome.MET) if _good(at.tcp) else _lame(at.tcp)


def _records(look: Look) -> tuple[str, ...]:
    """The addresses found, none where there are none; what does not verify says nothing of either."""
    found = captured(look)
    if found.said is Said.BOGUS:
        untested(Cause.DNS_SERVFAIL, f"{found.name}: the DNSSEC signature does not hold")
    return found.records


def _lame(reply: SoaReply) -> Answer:
    reasons = {"REFUSED": "refused", "SERVFAIL": "server-failure"}
    reason = reasons.get(reply.rcode, "not-authoritative")
    return Answer(Outcome.NOT_MET, reason=reason, note=reply.rcode)


def _set_aside(at: AtServer) -> Answer:
    """A server that does not hold the zone has no say; one that was not heard might."""
    best = _best(at)
    if isinstance(best, SoaReply) and best.truncated:
        best = at.tcp
    captured(best)
    return Answer(Outcome.MET)


def _same_sets(look: Delegation, whole: Iterable[AtServer], told: _Told) -> None:
    listed = frozenset(look.listed)
    given: dict[frozenset[str], str] = {}
    for at in whole:
        ns = at.ns
        if isinstance(ns, NotCaptured):
            told.miss(_place(at), ns)
        elif isinstance(ns, NsReply) and ns.authoritative:
            given.setdefault(frozenset(ns.servers), _place(at))
    if len(given) > 1:
        told.object("; ".join(map(_set, given)), "ns-differ")
    elif look.listing is Listing.PARENT and look.listed_total == len(listed):
        for servers in given:
            if servers != listed:
                told.object(f"{_set(listed)} ≠ {_set(servers)}", "parent-differs")


def _set(names: frozenset[str]) -> str:
    return " + ".join(sorted(names)) or "–"


def _same_glue(look: Delegation, told: _Told) -> None:
    if look.listing is not Listing.PARENT:
        return
    glue = {entry.server: frozenset(entry.addresses) for entry in look.glue}
    for server in look.servers:
        if not server.at_parent or not server.name.endswith(f".{look.zone}"):
            # Addresses of names elsewhere are a courtesy, which nobody has to believe.
            continue
        if server.name not in glue:
            told.object(server.name, "glue-missing")
            continue
        told.ask(server.name, partial(_as_glue, server, glue[server.name]))


def _as_glue(server: ListedServer, glue: frozenset[str]) -> Answer:
    own = frozenset(
        str(ipaddress.ip_address(record))
        for look in (server.a, server.aaaa)
        for record in _records(look)
    )
    # RFC 1034, 4.2.2: glue must be right, but a referral that is short of room may leave some out.
    if glue <= own:
        return Answer(Outcome.MET)
    return Answer(Outcome.NOT_MET, reason="glue-differs")


def _same_serials(whole: list[AtServer], told: _Told) -> None:
    last = {serial: _place(at) for at in whole if (serial := _serial(at)) is not None}
    if len(last) < 2:
        return
    where = ", ".join(f"{place}: {serial}" for serial, place in sorted(last.items()))
    first = {at.udp.serial for at in whole if isinstance(at.udp, SoaReply)} - {None}
    moved = any(serial not in first for serial in last)
    if moved or not all(at.again is not None for at in whole):
        told.object(where, "serials-moving", Outcome.NEEDS_REVIEW)
    else:
        told.object(where, "serials-differ")


def _open_over6(
    look: Delegation, over6: Iterable[AtServer], answering: set[str]
) -> dict[str, NotCaptured]:
    """Servers that might answer over IPv6, had they been heard, with what stood in the way."""
    found: dict[str, NotCaptured] = {}
    for at in over6:
        best = _best(at)
        if isinstance(best, SoaReply) and best.truncated:
            best = at.tcp
        if at.server not in answering and isinstance(best, NotCaptured):
            found.setdefault(at.server, best)
    asked = {at.server for at in over6}
    for server in look.servers:
        if server.name in asked:
            continue
        try:
            if _records(server.aaaa):
                untested(Cause.BUDGET_EVENTS, f"{server.name} was not asked")
        except Untested as nothing:
            found[server.name] = nothing.missing
    return found


def _declined(
    look: Delegation, of: Callable[[AtServer], bool | NotCaptured], reason: str
) -> Answer:
    told = _Told()
    for at in look.asked:
        did = of(at)
        if isinstance(did, NotCaptured):
            told.miss(_place(at), did)
        elif did:
            told.object(_place(at), reason)
    _open_rest(look, told)
    return told.answer(_figures(look))
