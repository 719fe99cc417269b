"""The look at pages: the home page, and the privacy policy that it links."""

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended, Exchange
from checks.evidence.page import PageFacts, Pages
from checks.parsing.policy_links import policy_link
from scanner.budget import Failed
from scanner.follow import endpoint_urls, follow
from scanner.visit import Visit

POLICIES = 10

_NO_PAGE = {
    Ended.REFUSED: Cause.REFUSED,
    Ended.NOT_TLS: Cause.NOT_TLS,
    Ended.LOOP: Cause.NO_ANSWER,
    Ended.TOO_MANY: Cause.NO_ANSWER,
    Ended.BAD_LOCATION: Cause.NO_ANSWER,
    Ended.LEFT_SCOPE: Cause.REDIRECT_OUT_OF_SCOPE,
}


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
    if isinstance(exchange.end, NotCaptured):
        return exchange.end
    last = exchange.last
    if exchange.end is not Ended.ANSWERED or last is None:
        return NotCaptured(cause=_NO_PAGE.get(exchange.end, Cause.NO_ANSWER))
    if last.status >= 500:
        return NotCaptured(cause=Cause.SERVER_ERROR, detail=f"status {last.status}")
    if last.status == 401:
        return NotCaptured(cause=Cause.AUTHENTICATION_REQUIRED)
    try:
        answer = (await visit.fetch(last.url)).answer
    except Failed as failed:
        return failed.missing
    if answer.undecodable:
        return NotCaptured(cause=Cause.UNDECODABLE, detail=answer.undecodable[:200])
    kinds = last.values("content-type")
    facts = await visit.tools.workers.facts(
        answer.body,
        url=last.url,
        status=last.status,
        content_type=kinds[0] if kinds else "",
        truncated=answer.truncated,
    )
    policies = last.values("content-security-policy")[:POLICIES]
    if isinstance(facts, NotCaptured) or not policies:
        return facts
    return facts.model_copy(update={"csp_header": policies})
