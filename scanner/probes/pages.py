"""The look at pages: the home page, and the privacy policy that it links."""

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended, Exchange
from checks.evidence.page import PageFacts, Pages
from checks.parsing.policy_links import policy_link
from scanner.follow import endpoint_urls, follow, page_at_end
from scanner.visit import Visit

POLICIES = 10


async def look_pages(visit: Visit) -> Pages:
    """Read the home page (over https where it answers there, else over http) and the policy page."""
    https_url, http_url = endpoint_urls(visit, visit.site.host)
    exchange = await follow(visit, https_url)
    if exchange.end in (Ended.REFUSED, Ended.NOT_TLS):
        exchange = await follow(visit, http_url)
    home = await _read(visit, exchange)
    if isinstance(home, NotCaptured):
        return Pages(home=home)
    url = policy_link(home)
    if not url:
        return Pages(home=home)
    return Pages(home=home, policy_url=url, policy=await _read(visit, await follow(visit, url)))


async def _read(visit: Visit, exchange: Exchange) -> PageFacts | NotCaptured:
    """The facts of the page an exchange ended at; error pages are not the school's page."""
    last = exchange.last
    if exchange.end is Ended.ANSWERED and last is not None:
        if last.status >= 500:
            return NotCaptured(cause=Cause.SERVER_ERROR, detail=f"status {last.status}")
        if last.status == 401:
            return NotCaptured(cause=Cause.AUTHENTICATION_REQUIRED)
    facts = await page_at_end(visit, exchange)
    policies = last.values("content-security-policy")[:POLICIES] if last is not None else ()
    if isinstance(facts, NotCaptured) or not policies:
        return facts
    return facts.model_copy(update={"csp_header": policies})
