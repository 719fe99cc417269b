"""Following one address by hand, hop by hop: what every probe that asks for pages builds on."""

import re
import unicodedata
from urllib.parse import urljoin, urlsplit, urlunsplit

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended, Exchange, Hop
from checks.evidence.page import PageFacts
from checks.parsing.answers import REDIRECTS
from inventory.hosts import AddressError, host_name
from scanner.budget import Failed
from scanner.door import SeenNotTls, SeenRefused
from scanner.http1 import PLAIN, Asking
from scanner.visit import Visit


def endpoint_urls(visit: Visit, host: str) -> tuple[str, str]:
    """The https and the http address of the site's path under a host name."""
    site = visit.site
    secure = host if site.https_port == 443 else f"{host}:{site.https_port}"
    plain = host if site.http_port == 80 else f"{host}:{site.http_port}"
    return f"https://{secure}{site.path}", f"http://{plain}{site.path}"


async def follow(
    visit: Visit, start_url: str, address: str = "", asking: Asking = PLAIN
) -> Exchange:
    """Follow one address to its end, by hand; never outside the permission, never in a circle.

    ``address`` asks the host that it begins with at that one of its addresses, also in later hops.
    """
    hops: list[Hop] = []
    url = start_url
    first_host = urlsplit(start_url).hostname

    def ended(end: Ended | NotCaptured, next_url: str = "") -> Exchange:
        return Exchange(start_url=start_url, hops=tuple(hops), end=end, next_url=next_url[:2048])

    while True:
        try:
            pinned = address if urlsplit(url).hostname == first_host else ""
            fetched = await visit.fetch(url, address=pinned, asking=asking)
        except SeenRefused:
            return ended(Ended.REFUSED)
        except SeenNotTls:
            return ended(Ended.NOT_TLS)
        except Failed as failed:
            return ended(failed.missing)
        answer = fetched.answer
        hops.append(fetched.hop)
        visit.timings_ms.setdefault(f"first-byte {url}"[:200], round(answer.first_byte_ms, 1))
        blocked = fetched.blocked
        if blocked is not None:
            return ended(blocked)
        if answer.status not in REDIRECTS:
            return ended(Ended.ANSWERED)
        locations = hops[-1].values("location")
        next_url = _target(url, locations[0]) if len(set(locations)) == 1 else None
        if next_url is None:
            return ended(Ended.BAD_LOCATION, locations[0] if locations else "")
        if any(hop.url == next_url for hop in hops):
            return ended(Ended.LOOP, next_url)
        if len(hops) > visit.budget.allowance.redirects:
            return ended(Ended.TOO_MANY, next_url)
        visit.budget.event()
        if not in_scope(visit, next_url):
            return ended(Ended.LEFT_SCOPE, next_url)
        url = next_url


_NO_PAGE = {
    Ended.REFUSED: Cause.REFUSED,
    Ended.NOT_TLS: Cause.NOT_TLS,
    Ended.LOOP: Cause.NO_ANSWER,
    Ended.TOO_MANY: Cause.NO_ANSWER,
    Ended.BAD_LOCATION: Cause.NO_ANSWER,
    Ended.LEFT_SCOPE: Cause.REDIRECT_OUT_OF_SCOPE,
}


async def page_at_end(
    visit: Visit, exchange: Exchange, asking: Asking = PLAIN
) -> PageFacts | NotCaptured:
    """The facts of the page that an exchange ended at, whatever its status."""
    missing, last = unanswered(exchange), exchange.last
    if missing is not None or last is None:
        return missing or NotCaptured(cause=Cause.NO_ANSWER)
    try:
        return await visit.page(await visit.fetch(last.url, asking=asking))
    except Failed as failed:
        return failed.missing


def unanswered(exchange: Exchange) -> NotCaptured | None:
    """Why an exchange ended without an answer; ``None`` where one came."""
    if isinstance(exchange.end, NotCaptured):
        return exchange.end
    if exchange.end is not Ended.ANSWERED or exchange.last is None:
        return NotCaptured(cause=_NO_PAGE.get(exchange.end, Cause.NO_ANSWER))
    return None


def askable(url: str) -> str | None:
    """The address that a link names as it can be asked for, letters and blanks encoded; ``None`` where it cannot."""
    return _target(url, url.encode("utf-8", "replace").decode("latin-1"))


def in_scope(visit: Visit, url: str) -> bool:
    """Whether the permission covers the host and port of an address; an IP literal never is a host."""
    permission = visit.tools.door.pace.permission
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return permission.covers_host(parts.hostname or "") and port in permission.ports


# RFC 3986 and the WHATWG read these differently: "///host" and "https:/host" are a path to the one and a host to
# the other; a backslash is a slash to browsers only; userinfo, tabs and controls are dropped by some and refused by
# others.
_UNCLEAR = re.compile(
    r"(?:https?:)?///|//\Z|https?:(?!//)|.*[\x00-\x1f\x7f\\]", re.IGNORECASE | re.DOTALL
)
_LONGEST_LOCATION = 8_000
"""RFC 9110, 4.1: what everybody should be able to follow."""


def _target(base: str, location: str) -> str | None:
    """The absolute form of a Location, without its fragment; ``None`` where clients do not agree on one."""
    location = location.strip(" \t")
    if not location or len(location) > _LONGEST_LOCATION or _UNCLEAR.match(location):
        return None
    try:
        # Raw bytes came as latin-1; what servers mean by them is UTF-8.
        joined = urljoin(base, location.encode("latin-1").decode("utf-8", errors="replace"))
        parts = urlsplit(joined)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or port == 0:
        return None
    try:
        host = host_name(host)
    except AddressError as error:
        if error.code != "address-ip":
            return None
        # Letters of other widths name the same digits; whoever reads the record must see which.
        host = unicodedata.normalize("NFKC", host)
        host = f"[{host}]" if ":" in host else host
    default = 443 if parts.scheme == "https" else 80
    where = host if port in (None, default) else f"{host}:{port}"
    path = "".join(c if "!" <= c <= "~" else _percent(c) for c in parts.path) or "/"
    query = "".join(c if "!" <= c <= "~" else _percent(c) for c in parts.query)
    return urlunsplit((parts.scheme, where, path, query, ""))


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8"))
