"""Which answer of an endpoint is judged, and which host, scheme and kind it has."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urljoin, urlsplit

from checks.evidence.base import Cause
from checks.evidence.http import VALUE_KEPT, Ended, Exchange, Hop, Http
from checks.evidence.page import PageFacts, Pages
from checks.parsing.text import PASTED, display
from checks.spec import Answer, Measured, Outcome, Seen, captured, untested, worst

REDIRECTS = frozenset({301, 302, 303, 307, 308})
BEHIND_LOGIN = frozenset({401, 403})
ASIDE = ("only-redirects", "behind-login", "no-content")
"""Reasons for which `every_page` sets a host aside."""
_HTML = frozenset({"", "text/html", "application/xhtml+xml"})


def without_https(http: Http) -> bool:
    """Whether https was seen not to be there while the site lives; ``Untested`` where nothing answers at all.

    A site that is down is told to be down, once: what it would have answered nobody knows.
    """
    return lacks_https(http.https, http.http)


def lacks_https(https: Exchange, plain: Exchange) -> bool:
    """The same of any host."""
    if https.hops or captured(https.end) not in (Ended.REFUSED, Ended.NOT_TLS):
        return False
    if not plain.hops and plain.end is Ended.REFUSED and https.end is Ended.REFUSED:
        untested(Cause.REFUSED, "both ports are closed")
    return True


def scheme_of(url: str) -> str:
    """The scheme in lower case."""
    return url.partition(":")[0].lower()


def host_of(url: str) -> str:
    """The host in lower case without a final dot; empty where there is none to read."""
    try:
        return (urlsplit(url).hostname or "").removesuffix(".")
    except ValueError:
        return ""


def media_type(content_type: str) -> str:
    """The type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def is_html(content_type: str) -> bool:
    """Whether a browser shows it as a page; without a type it looks for itself and usually does."""
    return media_type(content_type) in _HTML


def hop_type(hop: Hop) -> str:
    """The last Content-Type of an answer, as the Fetch standard takes it; empty where none was sent."""
    return next(iter(reversed(hop.values("content-type"))), "")


def is_redirect(hop: Hop) -> bool:
    """Whether a browser goes elsewhere without showing this answer."""
    return hop.status in REDIRECTS and bool(hop.values("location"))


def route(exchange: Exchange) -> tuple[str, ...]:
    """Every address asked, in order, and the one asked for last even if nobody went there.

    A Location that clients read differently, or not at all, is no address.
    """
    asked = [hop.url for hop in exchange.hops]
    last = exchange.last
    if exchange.end is Ended.BAD_LOCATION:
        return tuple(asked)
    beyond = exchange.next_url
    if not beyond and last is not None and is_redirect(last):
        beyond = safe_join(last.url, last.values("location")[0])
    return (*asked, beyond) if beyond else tuple(asked)


def without_use(exchange: Exchange) -> tuple[str, ...]:
    """The targets that nobody can follow, where following ended in such ones."""
    if exchange.end is not Ended.BAD_LOCATION or exchange.last is None:
        return ()
    return exchange.last.values("location")


def loops_by_cookie(exchange: Exchange) -> bool:
    """Whether an answer of a circle sets a cookie: a browser comes back with it, and may be let through."""
    return exchange.end is Ended.LOOP and any(hop.values("set-cookie") for hop in exchange.hops)


def safe_join(base: str, target: str) -> str:
    """The target made absolute; empty where it cannot be read."""
    try:
        return urljoin(base, target.strip())
    except ValueError:
        return ""


def answering(hop: Hop) -> Hop:
    """The answer, unless the server had enough of us or was failing."""
    if hop.status == 429:
        untested(Cause.RATE_LIMITED, "status 429")
    if hop.status >= 500:
        untested(Cause.SERVER_ERROR, f"status {hop.status}")
    return hop


def gradable(hop: Hop) -> Hop:
    """The answer, unless it is an error page, from which nothing is concluded about the site."""
    if answering(hop).status >= 400 and hop.status not in BEHIND_LOGIN:
        untested(Cause.SERVER_ERROR, f"status {hop.status}")
    return hop


def first_target(exchange: Exchange) -> str:
    """Where the first answer sends visitors; empty where it is no redirect."""
    stops = route(exchange)
    redirects = bool(exchange.hops) and is_redirect(exchange.hops[0])
    return stops[1] if redirects and len(stops) > 1 else ""


def own_https(target: str, exchange: Exchange) -> bool:
    """Whether a target is https on the host that the exchange began with."""
    return scheme_of(target) == "https" and host_of(target) == host_of(exchange.start_url)


def port_closed(exchange: Exchange) -> bool:
    """Whether the port was seen closed; ``Untested`` where it did not answer in another way."""
    end = captured(exchange.end)
    if exchange.hops:
        return False
    if end is not Ended.REFUSED:
        untested(Cause.NOT_HTTP, f"ended {end} without an answer")
    return True


def own_page(first: Exchange, second: Exchange) -> Hop | None:
    """What a visitor of a host is shown: the end of its https endpoint, or of http where https is closed.

    ``None`` where every answer of the host only sends visitors elsewhere; ``Untested`` where both
    ports are closed, the end is unknown or it is an error page.
    """
    exchange = first
    if not first.hops and captured(first.end) in (Ended.REFUSED, Ended.NOT_TLS):
        exchange = second
    end = captured(exchange.end)
    if end is Ended.ANSWERED and exchange.last is not None:
        return gradable(exchange.last)
    if end in (Ended.REFUSED, Ended.NOT_TLS):
        untested(Cause.REFUSED if end is Ended.REFUSED else Cause.NOT_TLS)
    return None


def every_address(http: Http) -> list[tuple[str, Exchange, Exchange]]:
    """The host at each address looked at: the name of the place, its https and its http endpoint.

    A further address where nothing listens is left out: browsers go on to the next one.
    """
    return [
        (http.https.start_url, http.https, http.http),
        *(
            (_named(one.https, one.address), one.https, one.http)
            for one in http.further
            if not both_closed(one.https, one.http)
        ),
    ]


def every_endpoint(http: Http, *, secure: bool) -> list[tuple[str, Exchange]]:
    """The http endpoints of host and twin, and of the host at each further address, by name of the place.

    ``secure`` gives the https endpoints too.
    """
    found = [http.http, http.twin_http]
    found += [http.https, http.twin_https] if secure else []
    places = [(one.start_url, one) for one in found if one is not None]
    for at in http.further:
        places += [(_named(one, at.address), one) for one in (at.http, at.https)[: 1 + secure]]
    return places


def _named(exchange: Exchange, address: str) -> str:
    return f"{exchange.start_url} ({address})"


def every_page(seen: Seen, ask: Callable[[Hop], Answer], *, closed_too: bool = False) -> Answer:
    """The worst answer over the page of the host at each of its addresses and that of its twin.

    A twin counts if it shows a page of its own, a further address if it answers at all.
    """
    http = seen.get(Http)

    def asked(hop: Hop | None) -> Answer:
        if hop is None:
            return Answer(Outcome.NOT_APPLICABLE, reason="only-redirects")
        if hop.status in BEHIND_LOGIN and not closed_too:
            return Answer(Outcome.NOT_APPLICABLE, reason="behind-login")
        if hop.status == 204:
            return Answer(Outcome.NOT_APPLICABLE, reason="no-content")
        return ask(hop)

    def of_host(https: Exchange, plain: Exchange) -> Answer:
        return asked(own_page(https, plain))

    places: list[tuple[str, Callable[[], Answer]]] = [
        (name, partial(of_host, https, plain)) for name, https, plain in every_address(http)
    ]
    https, plain = http.twin_https, http.twin_http
    if https is not None and plain is not None:

        def of_twin() -> Answer:
            if both_closed(https, plain):
                return Answer(Outcome.NOT_APPLICABLE, reason="only-redirects")
            hop = own_page(https, plain)
            own = hop is not None and host_of(hop.url) == host_of(https.start_url)
            return asked(hop if own else None)

        places.append((https.start_url, of_twin))
    return worst(places)


def both_closed(https: Exchange, plain: Exchange) -> bool:
    """Whether a host was seen to answer on neither port."""
    silent = not https.hops and not plain.hops
    return silent and {https.end, plain.end} <= {Ended.REFUSED, Ended.NOT_TLS}


def whole(hop: Hop, name: str) -> tuple[str, ...]:
    """All values of a header; ``Untested`` where one may have been cut at capture."""
    values = hop.values(name)
    if any(len(value) >= VALUE_KEPT for value in values):
        untested(Cause.BODY_TRUNCATED, f"{name} is longer than what is kept")
    return values


def line_to_set(name: str, value: str) -> tuple[Measured, ...]:
    """The header field that mends what is wrong, ready to paste; nothing where no value could be made."""
    if not value:
        return ()
    return (Measured("suggested", display(f"{name}: {value}", len(name) + 2 + PASTED)),)


def home_page(pages: Pages) -> PageFacts:
    """The home page, if it is a page: no error, no login, no file."""
    home = captured(pages.home)
    if home.status in BEHIND_LOGIN:
        untested(Cause.AUTHENTICATION_REQUIRED, f"status {home.status}")
    if home.status == 429:
        untested(Cause.RATE_LIMITED, "status 429")
    if not 200 <= home.status < 300:
        untested(Cause.SERVER_ERROR, f"status {home.status}")
    if not is_html(home.content_type):
        untested(Cause.UNDECODABLE, media_type(home.content_type)[:100])
    return home


def seen_whole(page: PageFacts) -> bool:
    """Whether nothing of the page was cut: neither the body, nor its text, nor its lists."""
    return not (
        page.truncated
        or page.words > len(page.text.split())
        or page.links_total > len(page.links)
        or page.images_total > len(page.images)
    )
