"""The HTTP look: four endpoints (http and https, host and twin) and every address, followed hop by hop."""

import asyncio
from urllib.parse import urljoin

from checks.evidence.http import TEXT_KEPT_BYTES, AtAddress, Ended, Exchange, Http, WellKnown
from scanner.follow import endpoint_urls, follow
from scanner.visit import Visit

SECURITY_TXT = "/.well-known/security.txt"


async def look_http(visit: Visit) -> Http:
    """Follow every endpoint.  ``Failed`` where the host has no address to contact."""
    site = visit.site
    addresses = await visit.addresses(site.host)
    https_url, http_url = endpoint_urls(visit, site.host)
    twin_https_url, twin_http_url = endpoint_urls(visit, site.twin)
    has_twin = await visit.contactable(site.twin)
    https, http, twin_https, twin_http = await asyncio.gather(
        follow(visit, https_url),
        follow(visit, http_url),
        _maybe(visit, twin_https_url, has_twin),
        _maybe(visit, twin_http_url, has_twin),
    )
    last = https.last
    canonical = last.url if last is not None and https.end is Ended.ANSWERED else ""
    return Http(
        http=http,
        https=https,
        twin_http=twin_http,
        twin_https=twin_https,
        canonical_url=canonical,
        further=tuple(
            await asyncio.gather(
                *(
                    _at(visit, address, http_url, https_url)
                    for address in addresses
                    if address != _asked_at(https, http, addresses[0])
                )
            )
        ),
    )


def _asked_at(https: Exchange, http: Exchange, otherwise: str) -> str:
    """The address that the endpoints of the host were asked at."""
    return next((one.hops[0].address for one in (https, http) if one.hops), otherwise)


async def _at(visit: Visit, address: str, http_url: str, https_url: str) -> AtAddress:
    http, https = await asyncio.gather(
        follow(visit, http_url, address), follow(visit, https_url, address)
    )
    return AtAddress(address=address, http=http, https=https)


async def look_well_known(visit: Visit) -> WellKnown:
    """Ask for ``security.txt`` at its well-known place."""
    https_url, _ = endpoint_urls(visit, visit.site.host)
    exchange = await follow(visit, urljoin(https_url, SECURITY_TXT))
    text = ""
    last = exchange.last
    kinds = last.values("content-type") if last is not None else ()
    # Only what claims to be the file is kept: a page that answers every path may hold anybody's address.
    plain = kinds[-1:] and kinds[-1].lower().startswith("text/plain")
    if last is not None and exchange.end is Ended.ANSWERED and plain:
        fetched = await visit.fetch(last.url)
        text = fetched.answer.body[:TEXT_KEPT_BYTES].decode("utf-8", errors="replace")
    return WellKnown(security_txt=exchange, text=text)


async def _maybe(visit: Visit, url: str, wanted: bool) -> Exchange | None:  # noqa: FBT001
    return await follow(visit, url) if wanted else None
