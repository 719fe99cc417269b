"""The look at the names that the home page links: our resolver is asked, the hosts themselves never."""

import asyncio

from checks.evidence.base import NotCaptured
from checks.evidence.http import Ended
from checks.evidence.names import Look, Lookup, Said
from checks.evidence.outbound import Outbound, Outward
from checks.evidence.page import Link, PageFacts, Pages
from checks.parsing.answers import home_page
from checks.parsing.outbound import foreign_hosts
from checks.parsing.text import display
from checks.spec import Untested
from inventory.suffixes import registered_name
from scanner.follow import endpoint_urls, follow, page_at_end
from scanner.visit import Visit

HOSTS = 20
WORDS = 100
URL = 500


async def look_outbound(visit: Visit) -> Outbound | NotCaptured:
    """Ask for the addresses and the name servers of the hosts that the home page links."""
    page = await _home(visit)
    if isinstance(page, NotCaptured):
        return page
    found = foreign_hosts(page, frozenset({visit.site.host, visit.site.twin}))
    first = list(found.items())[:HOSTS]
    hosts = await asyncio.gather(*(_outward(visit, host, link) for host, link in first))
    whole = not page.truncated and page.links_total <= len(page.links)
    # Hosts beyond the last one asked change nothing, seen or not.
    return Outbound(hosts=tuple(hosts), hosts_total=len(found), whole=whole or len(found) >= HOSTS)


async def _home(visit: Visit) -> PageFacts | NotCaptured:
    """The home page, over https or over http where https is seen not to be there, if it is a page at all."""
    https_url, http_url = endpoint_urls(visit, visit.site.host)
    exchange = await follow(visit, https_url)
    if exchange.end in (Ended.REFUSED, Ended.NOT_TLS):
        exchange = await follow(visit, http_url)
    try:
        return home_page(Pages(home=await page_at_end(visit, exchange)))
    except Untested as nothing:
        return nothing.missing


async def _outward(visit: Visit, host: str, link: Link) -> Outward:
    look = visit.tools.resolver.look
    a = await look(host, "A", visit.budget)
    aaaa: Look | None = None
    ns: Look | None = None
    registrable = registered_name(host)
    if isinstance(a, Lookup) and a.said is Said.NODATA:
        aaaa = await look(host, "AAAA", visit.budget)
    if isinstance(a, Lookup) and a.said is Said.FOUND and registrable is not None:
        ns = await look(registrable, "NS", visit.budget)
    return Outward(
        host=host,
        url=link.href[:URL],
        words=display(link.text, WORDS),
        a=a,
        aaaa=aaaa,
        registrable=registrable,
        ns=ns,
    )
