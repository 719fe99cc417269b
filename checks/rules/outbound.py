"""Where the home page's links to others lead: to names that are alive, dead or for sale."""

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Lookup, Said
from checks.evidence.outbound import Outbound, Outward
from checks.parsing.outbound import parked
from checks.parsing.text import display
from checks.spec import Answer, Measured, NoLimits, Outcome, Seen, captured, check, untested

SHOWN = 300


@check(
    id="links-alive",
    title="Outbound links are alive",
    family="content",
    needs=(Outbound,),
    limits=NoLimits,
    reasons=("dead", "parked", "no-links"),
)
def links_alive(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Do the hosts of the home page's links to others (the first twenty, big platforms left out) have an address, and
        are their name servers none of a service that parks names, by a dated list?  Only our resolver is asked, never
        the hosts.

        A name that does not exist (said twice) or has neither an IPv4 nor an IPv6 address: not-met, also when others
        could not be looked up.  A lookup that ended in SERVFAIL, in bogus data or in silence, and none dead: not-tested.
        A parked name: needs-review.  No link to others on a page that was seen whole: not-applicable.  Page cut and
        nothing found, page not seen (refused, timeout, reset, NXDOMAIN of the site itself, blocked), an error status, a
        login or no HTML: not-tested.

    Why it matters
        A name that its owner let go can be bought by anybody, who then greets parents under the school's link.

    How to fix
        Take dead links out of the page, or let them lead to where the other site is today.

    Not tested by this check
        Whether a page stands behind a living name, what it shows, links of inner pages, and hosts beyond the first
        twenty.
    """
    outbound = seen.get(Outbound)
    dead = [one for one in outbound.hosts if _dead(one)]
    offered = [one for one in outbound.hosts if parked(one)]
    measured = (
        Measured("hosts", len(outbound.hosts)),
        Measured("named", outbound.hosts_total),
        Measured("dead", _shown(dead)),
        Measured("parked", _shown(offered)),
    )
    if dead:
        return Answer(Outcome.NOT_MET, measured, "dead")
    for one in outbound.hosts:
        _living(one)
    if not outbound.whole:
        untested(Cause.BODY_TRUNCATED, "links in what was kept are alive")
    if offered:
        return Answer(Outcome.NEEDS_REVIEW, measured, "parked")
    if not outbound.hosts:
        return Answer(Outcome.NOT_APPLICABLE, measured, "no-links")
    return Answer(Outcome.MET, measured)


def _dead(one: Outward) -> bool:
    """Whether it was seen that the name leads nowhere."""
    return _nothing(one.a, Said.NXDOMAIN) or (
        _nothing(one.a, Said.NODATA) and _nothing(one.aaaa, Said.NXDOMAIN, Said.NODATA)
    )


def _nothing(looked: object, *said: Said) -> bool:
    return isinstance(looked, Lookup) and looked.said in said


def _living(one: Outward) -> None:
    """``Untested`` where it is not known whether the name leads anywhere."""
    for looked in (one.a, one.aaaa):
        if looked is None:
            continue
        if isinstance(looked, NotCaptured):
            captured(looked)
        elif looked.said is Said.BOGUS:
            untested(Cause.DNS_SERVFAIL, f"{one.host}: DNSSEC does not verify")


def _shown(some: list[Outward]) -> str:
    """The link's words and host of each."""
    return display("; ".join(f"{one.words} ({one.host})".strip() for one in some), SHOWN)
