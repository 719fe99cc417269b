"""The look at odd requests: a foreign origin, an unknown path, and folders without a page."""

import asyncio
from urllib.parse import urljoin

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended, Exchange, Hop
from checks.evidence.provoked import FOREIGN_ORIGIN, Provoked, Shown
from checks.parsing.folders import folders_of
from scanner.budget import Failed
from scanner.door import SeenNotTls, SeenRefused
from scanner.follow import endpoint_urls, follow, page_at_end
from scanner.http1 import Asking
from scanner.visit import Visit

FOLDERS = 2
FOLDERS_WITH_TWIN = 1
"""A site that also has a twin to ask is asked for one less: eight requests in all are enough for anybody."""
UNKNOWN = "tinnhiem-unknown"


async def look_provoked(visit: Visit) -> Provoked:
    """Ask each odd question once, of the address where the home page is."""
    home = await _home(visit)
    cross_origin, unknown, folders = await asyncio.gather(
        _cross_origin(visit, home), _unknown(visit, home), _folders(visit, home)
    )
    return Provoked(
        cross_origin=cross_origin,
        unknown=unknown,
        directories=folders if isinstance(folders, NotCaptured) else folders[0],
        directories_total=0 if isinstance(folders, NotCaptured) else folders[1],
    )


async def _home(visit: Visit) -> Exchange:
    """The way to the home page: over https, or over http where https is seen not to be there."""
    https_url, http_url = endpoint_urls(visit, visit.site.host)
    exchange = await follow(visit, https_url)
    if exchange.end in (Ended.REFUSED, Ended.NOT_TLS) and not exchange.hops:
        exchange = await follow(visit, http_url)
    return exchange


async def _cross_origin(visit: Visit, home: Exchange) -> Hop | NotCaptured:
    """The answer of the home page's address to a script on a page of somebody else."""
    if home.last is None or isinstance(home.end, NotCaptured):
        return _nothing(home)
    try:
        fetched = await visit.fetch(home.last.url, asking=Asking(origin=FOREIGN_ORIGIN))
    except Failed as failed:
        return failed.missing
    except (SeenRefused, SeenNotTls):
        return NotCaptured(cause=Cause.CLOSED_EARLY, detail="answered before, and now no more")
    return fetched.blocked or fetched.hop


async def _unknown(visit: Visit, home: Exchange) -> Shown | NotCaptured:
    """A path that nobody ever made."""
    if home.last is None or isinstance(home.end, NotCaptured):
        return _nothing(home)
    made_up = visit.made_up
    exchange = await follow(visit, urljoin(home.last.url, f"/{made_up}"))
    shown = Shown(exchange=exchange, page=await page_at_end(visit, exchange))
    # The page may repeat the name, which differs in every run, and so does the hash of such a page.
    named = Shown.model_validate_json(shown.model_dump_json().replace(made_up, UNKNOWN))
    hops = tuple(hop.model_copy(update={"body_sha256": ""}) for hop in named.exchange.hops)
    return named.model_copy(update={"exchange": named.exchange.model_copy(update={"hops": hops})})


async def _folders(visit: Visit, home: Exchange) -> tuple[tuple[Shown, ...], int] | NotCaptured:
    """Some of the folders of the home page's files, and how many there are."""
    page = await page_at_end(visit, home)
    if isinstance(page, NotCaptured):
        return page
    if page.status >= 400:
        return NotCaptured(cause=Cause.SERVER_ERROR, detail=f"status {page.status}")
    folders = folders_of(page)
    if not folders and (page.truncated or page.links_total > len(page.links)):
        return NotCaptured(cause=Cause.BODY_TRUNCATED, detail=page.url)
    most = FOLDERS_WITH_TWIN if await visit.contactable(visit.site.twin) else FOLDERS

    async def shown(folder: str) -> Shown:
        exchange = await follow(visit, folder)
        return Shown(exchange=exchange, page=await page_at_end(visit, exchange))

    return tuple(await asyncio.gather(*map(shown, folders[:most]))), len(folders)


def _nothing(exchange: Exchange) -> NotCaptured:
    if isinstance(exchange.end, NotCaptured):
        return exchange.end
    return NotCaptured(cause=Cause.REFUSED if exchange.end is Ended.REFUSED else Cause.NOT_TLS)
