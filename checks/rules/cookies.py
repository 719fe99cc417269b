"""What the site leaves in browsers, and whether others could take it or use it."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

from checks.evidence.http import Ended, Exchange, Hop, Http
from checks.parsing.answers import (
    BEHIND_LOGIN,
    both_closed,
    every_address,
    host_of,
    line_to_set,
    own_page,
    whole,
)
from checks.parsing.cookies import Cookie, Role, kept, mended
from checks.parsing.text import display
from checks.spec import Answer, Measured, NoLimits, Outcome, Seen, check, worst

SHOWN = 300
_NAME_SHOWN = 60
_LINES = 10


class _Fault(NamedTuple):
    reason: str
    lacks: str
    """What is missing, as it is written in the header."""


_NOT_SECURE = _Fault("not-secure", "Secure")
_NO_HTTP_ONLY = _Fault("no-httponly", "HttpOnly")
_NO_SAME_SITE = _Fault("no-samesite", "SameSite")
_PREFIX_BROKEN = "prefix-broken"
_WORST_FIRST = (_NOT_SECURE.reason, _NO_HTTP_ONLY.reason, _NO_SAME_SITE.reason, _PREFIX_BROKEN)


@check(
    id="cookies-protected",
    title="Cookies are protected",
    family="http",
    needs=(Http,),
    limits=NoLimits,
    reasons=(*_WORST_FIRST, "provider-cookie", "no-cookies", "only-redirects"),
)
def cookies_protected(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Is every cookie that an answer of the site sets marked Secure; are session cookies, and tokens against forged
        requests, HttpOnly (unless scripts must read the token, as XSRF-TOKEN and csrftoken) and do they say
        SameSite Lax, Strict, or None with Secure; and are the rules of the prefixes ``__Secure-`` and ``__Host-``
        kept (RFC 6265bis)?  What a cookie is for is known by its name.  All answers on the way to the page of
        host and twin count, redirects, 401 and 403 too, and those over plain http wherever they were seen.  Of equal
        cookies in one answer the last one counts; cookies that are being removed do not.

        Only cookies of a balancer or firewall in front of the site fall short: needs-review (provider-cookie).  No cookie
        seen: not-applicable.  Https refused: the http page is judged; both refused: not-tested.  Timeout, reset,
        block page, status 429, 404 or 5xx on the way to the page that visitors are shown, a header cut at capture: not-tested.

    Why it matters
        Whoever takes the session cookie of a teacher or an editor is logged in as that person, without a password.

    How to fix
        Switch Secure, HttpOnly and SameSite on in the settings of the CMS, of PHP or ASP.NET.

    Not tested by this check
        Cookies set by scripts, after logging in, or on other pages.  Values are never stored.
    """
    http = seen.get(Http)
    places: list[tuple[str, Callable[[], Answer]]] = [
        (name, partial(_of_host, https, plain)) for name, https, plain in every_address(http)
    ]
    if http.twin_https is not None and http.twin_http is not None:
        of_twin = partial(_of_twin, http.twin_https, http.twin_http)
        places.append((http.twin_https.start_url, of_twin))
    return worst(places)


def _of_twin(https: Exchange, plain: Exchange) -> Answer:
    """The twin's own answers; those of the host that it leads to are judged there."""
    if both_closed(https, plain):
        return Answer(Outcome.NOT_APPLICABLE, reason="only-redirects")
    return _of_host(https, plain, only=host_of(https.start_url))


def _of_host(https: Exchange, plain: Exchange, only: str = "") -> Answer:
    page = own_page(https, plain)
    hops = [*_way(https), *_way(plain)]
    cookies = [
        (hop.url, cookie)
        for hop in hops
        if not only or host_of(hop.url) == only
        for cookie in kept(whole(hop, "set-cookie"))
    ]
    if not cookies:
        return Answer(
            Outcome.NOT_APPLICABLE, reason="only-redirects" if page is None else "no-cookies"
        )
    return _judged(cookies)


def _way(exchange: Exchange) -> Iterable[Hop]:
    """The answers on the way to the page, error pages aside.

    The last one of a look that failed may be somebody's block page.
    """
    hops = exchange.hops if isinstance(exchange.end, Ended) else exchange.hops[:-1]
    return (hop for hop in hops if hop.status < 400 or hop.status in BEHIND_LOGIN)


def _judged(cookies: list[tuple[str, Cookie]]) -> Answer:
    """What all cookies of a host lack, told by name."""
    wanting = [(url, cookie, faults) for url, cookie in cookies if (faults := _faults(cookie))]
    count = Measured("cookies", len({cookie.name for _, cookie in cookies}))
    if not wanting:
        return Answer(Outcome.MET, (count,))
    own = [one for one in wanting if one[1].role is not Role.PROVIDER]
    told = dict.fromkeys(
        f"{display(cookie.name, _NAME_SHOWN) or '(…)'} ({', '.join(fault.lacks for fault in faults)})"
        for _, cookie, faults in own or wanting
    )
    each = tuple(
        Measured(reason, display(", ".join(names), SHOWN))
        for reason in _WORST_FIRST
        if (names := _names_with(reason, own or wanting))
    )
    lines = dict.fromkeys(
        line
        for _, cookie, _ in own or wanting
        for line in line_to_set("Set-Cookie", mended(cookie))
    )
    lacking = Measured("faults", display("; ".join(told), SHOWN))
    measured = (lacking, count, *each, *list(lines)[:_LINES])
    if not own:
        return Answer(Outcome.NEEDS_REVIEW, measured, "provider-cookie", address=wanting[0][0])
    reasons = {fault.reason for _, _, faults in own for fault in faults}
    reason = next(one for one in _WORST_FIRST if one in reasons)
    return Answer(Outcome.NOT_MET, measured, reason, address=own[0][0])


def _names_with(reason: str, wanting: list[tuple[str, Cookie, list[_Fault]]]) -> list[str]:
    """The cookies that have a fault, each name once."""
    named = (
        display(cookie.name, _NAME_SHOWN) or "(…)"
        for _, cookie, faults in wanting
        if reason in {fault.reason for fault in faults}
    )
    return list(dict.fromkeys(named))


def _faults(cookie: Cookie) -> list[_Fault]:
    """What one cookie lacks."""
    found = [] if cookie.secure else [_NOT_SECURE]
    if cookie.lacks_http_only:
        found.append(_NO_HTTP_ONLY)
    if cookie.lacks_same_site:
        found.append(_NO_SAME_SITE)
    if not cookie.keeps_prefix:
        found.append(_Fault(_PREFIX_BROKEN, cookie.prefix))
    return found
