"""How the site speaks: redirects to https and where they end, and the contact file for security reports."""

import re
from datetime import timedelta
from functools import partial
from itertools import pairwise

from checks.evidence.base import Cause
from checks.evidence.http import TEXT_KEPT_BYTES, Ended, Exchange, Http, WellKnown
from checks.parsing.answers import (
    BEHIND_LOGIN,
    answering,
    every_endpoint,
    first_target,
    hop_type,
    loops_by_cookie,
    media_type,
    own_https,
    port_closed,
    route,
    scheme_of,
    without_https,
    without_use,
)
from checks.parsing.security_txt import VOID, SecurityTxt, parse
from checks.parsing.text import display
from checks.spec import (
    Answer,
    Limits,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    captured,
    check,
    untested,
    worst,
)


class RedirectLimits(Limits):
    """How long a chain of redirects may be, in hops (each redirect followed is one); the catalogue asks 10."""

    max_hops: int


@check(
    id="http-redirects-to-https",
    title="Plain http sends visitors to https at once",
    family="http",
    needs=(Http,),
    limits=NoLimits,
    reasons=("port-closed", "no-redirect", "other-host-first", "stays-on-http", "bad-location"),
    revision=2,
)
def http_redirects_to_https(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Is port 80 closed, or does the first answer of ``http://host`` redirect to ``https://`` on the same
        host?  Asked of the host at each of its addresses and of its www/apex twin; the worst answer counts.

        Refused twice: met (port-closed).  Redirect seen: judged by its target, whatever came after; one without
        a target that all clients read alike (none, empty, several that differ, ``https:///host``, backslashes,
        userinfo): not-met (bad-location).  As in browsers, 301, 302, 303, 307 and 308 redirect, and the port does not matter.
        Page, 401, 403, 404 over http: not-met.  Timeout, reset, block page, status 429 or 5xx: not-tested.
        A twin that does not exist is not asked.

    Why it matters
        Whoever types the address without https reads and sends everything in the clear until the redirect,
        and a redirect by way of another host leaves this host without the protection of HSTS.

    How to fix
        Answer every request on port 80 with 301 to the same host and path on https; join www and apex later.

    Not tested by this check
        Redirects by meta refresh or script are no redirects.  Whether https then works: `https-offered`.
    """
    http = seen.get(Http)
    endpoints = every_endpoint(http, secure=False)
    return worst([(name, partial(_first_hop, one)) for name, one in endpoints])


def _first_hop(exchange: Exchange) -> Answer:
    """Where the first answer over http sends visitors."""
    target = first_target(exchange)
    if target:
        measured = (Measured("target", display(target, 300)),)
        if own_https(target, exchange):
            return Answer(Outcome.MET, measured)
        if scheme_of(target) == "https":
            return Answer(Outcome.NOT_MET, measured, "other-host-first")
        captured(exchange.end)
        return Answer(Outcome.NOT_MET, measured, "stays-on-http")
    if port_closed(exchange):
        return Answer(Outcome.MET, reason="port-closed")
    measured = (Measured("status", answering(exchange.hops[0]).status),)
    misled = exchange.end is Ended.BAD_LOCATION
    return Answer(Outcome.NOT_MET, measured, "bad-location" if misled else "no-redirect")


@check(
    id="https-stays-https",
    title="No redirect leads from https back to http",
    family="http",
    needs=(Http,),
    limits=NoLimits,
    reasons=("downgraded", "no-https"),
    revision=2,
)
def https_stays_https(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does any redirect, from any of the four endpoints (http and https of the host and its twin), lead from
        an https address to an http one?  A redirect counts even where nobody followed it, at whichever address of
        the host it was seen, and a target that begins with ``http:`` counts even where it is of no use.

        Such a redirect seen: not-met, whatever came after.  Timeout, reset, block page: not-tested.  No
        endpoint ever spoke https (refused, not TLS): not-applicable.  A twin that does not exist is not asked.

    Why it matters
        One hop in the clear is enough for somebody in the same network to send visitors to a copy of the site.

    How to fix
        Set the site's own address to https in the CMS and correct redirect rules that name http.

    Not tested by this check
        Links and forms on the page; redirects by script.
    """
    http = seen.get(Http)
    endpoints = every_endpoint(http, secure=True)
    return worst([(name, partial(_stays, one)) for name, one in endpoints])


def _stays(exchange: Exchange) -> Answer:
    """Whether one chain goes back to http."""
    stops = route(exchange)
    for here, there in pairwise(stops):
        if scheme_of(here) == "https" and scheme_of(there) == "http":
            return _downgraded(there)
    if stops and scheme_of(stops[-1]) == "https":
        # Browsers forgive more than a record may guess, so a bad target never speaks for the site.
        for target in without_use(exchange):
            if scheme_of(target.strip(" \t")) == "http":
                return _downgraded(target)
    captured(exchange.end)
    if not any(scheme_of(hop.url) == "https" for hop in exchange.hops):
        return Answer(Outcome.NOT_APPLICABLE, reason="no-https")
    return Answer(Outcome.MET, (Measured("hops", len(stops) - 1),))


def _downgraded(target: str) -> Answer:
    return Answer(Outcome.NOT_MET, (Measured("target", display(target, 300)),), "downgraded")


@check(
    id="redirects-end",
    title="Redirects end, soon and on the school's own host",
    family="http",
    needs=(Http,),
    limits=RedirectLimits,
    reasons=(
        "loop",
        "cookie-loop",
        "too-many",
        "bad-location",
        "dead-end",
        "elsewhere",
        "nothing-there",
    ),
    revision=2,
)
def redirects_end(seen: Seen, limits: RedirectLimits) -> Answer:
    """
    What it asks
        Does every endpoint, at each address of the host, come to an answer that is no redirect, within the hops
        allowed, on a host that the permission covers?

        A loop, too many hops, a redirect without a usable target, or one that leads to a closed port is seen:
        not-met.  A loop on whose way a cookie is set: needs-review (cookie-loop), for browsers come back with the
        cookie and the scanner does not.  A redirect out of the permission: needs-review (elsewhere); it was not
        followed.  A port closed from the start: not-applicable for that endpoint.  Timeout, reset, block page: not-tested.

    Why it matters
        Visitors caught in a loop see an error; visitors sent elsewhere may be on somebody else's page.

    How to fix
        Keep one rule per purpose (http to https, then www to apex) and test each of the four addresses.

    Not tested by this check
        Redirects by meta refresh or script; whether the page at the end belongs to the school.
    """
    http = seen.get(Http)
    endpoints = every_endpoint(http, secure=True)
    return worst([(name, partial(_ends, one, limits)) for name, one in endpoints])


_BAD_ENDS = {
    Ended.LOOP: "loop",
    Ended.TOO_MANY: "too-many",
    Ended.BAD_LOCATION: "bad-location",
    Ended.REFUSED: "dead-end",
    Ended.NOT_TLS: "dead-end",
}


def _ends(exchange: Exchange, limits: RedirectLimits) -> Answer:
    """How one chain ends."""
    end = captured(exchange.end)
    if not exchange.hops and end in {Ended.REFUSED, Ended.NOT_TLS}:
        return Answer(Outcome.NOT_APPLICABLE, reason="nothing-there")
    stops = route(exchange)
    measured = (
        Measured("hops", len(stops) - 1, limits.max_hops),
        Measured("last", display(stops[-1] if stops else exchange.start_url, 300)),
    )
    if loops_by_cookie(exchange):
        return Answer(Outcome.NEEDS_REVIEW, measured, "cookie-loop")
    if end in _BAD_ENDS:
        return Answer(Outcome.NOT_MET, measured, _BAD_ENDS[end])
    if len(stops) - 1 > limits.max_hops:
        return Answer(Outcome.NOT_MET, measured, "too-many")
    if end is Ended.LEFT_SCOPE:
        return Answer(Outcome.NEEDS_REVIEW, measured, "elsewhere")
    return Answer(Outcome.MET, measured)


@check(
    id="security-txt-published",
    title="A security.txt says whom to tell of a weakness",
    family="http",
    needs=(WellKnown, Http),
    limits=NoLimits,
    reasons=(
        "missing",
        "html",
        "wrong-type",
        "not-public",
        "not-https",
        "no-https",
        "unreachable",
        *VOID,
        "expired",
    ),
    revision=2,
)
def security_txt_published(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Is there a file by RFC 9116 at ``/.well-known/security.txt``: over https, as text/plain, with at least one
        Contact (all of them URIs, https where it is a web address) and exactly one Expires that lies ahead?  A redirect
        to another permitted host is fine.  Where the file names its place (Canonical), one of the addresses
        that led here must be among them: what is found elsewhere should not be trusted.

        Of a signed file only what stands inside the signature counts; an armour that is not whole (no or a
        second signature, dashes not escaped, broken base64): not-met (signature-broken).  Smaller faults are listed
        and void nothing: other fields that are no URIs or not https, Preferred-Languages twice or malformed,
        spacing, a last line left open, a byte order mark, another charset, an Expires more than a year ahead.

        404 and 410: not-met (missing).  A page (200 with HTML, a soft-404): not-met (html).  401, 403: not-met
        (not-public).  Refused or no TLS while http answers: not-met (no-https); both ports
        closed: not-tested.  A loop: not-met (unreachable).  Status 429 or 5xx,
        timeout, reset, block page, a redirect out of the permission, a file beyond 64 KiB: not-tested.

    Why it matters
        Who finds a hole and does not know whom to tell, tells nobody, or everybody.

    How to fix
        Put a text file with Contact and Expires at that path and renew it every year.

    Not tested by this check
        Whether anybody reads the contact; whether the signature is right, and whose it is; the old place ``/security.txt``.
    """
    seen_file = seen.get(WellKnown)
    exchange = seen_file.security_txt
    end = captured(exchange.end)
    if end is Ended.LEFT_SCOPE:
        untested(Cause.REDIRECT_OUT_OF_SCOPE, display(exchange.next_url, 300))
    if any(scheme_of(stop) != "https" for stop in route(exchange)):
        return Answer(Outcome.NOT_MET, reason="not-https")
    last = exchange.last
    if last is None:
        if end in {Ended.REFUSED, Ended.NOT_TLS} and without_https(seen.get(Http)):
            return Answer(Outcome.NOT_MET, reason="no-https")
        untested(Cause.NO_ANSWER)
    if end is not Ended.ANSWERED:
        return Answer(Outcome.NOT_MET, reason="unreachable")
    if last.status == 429:
        untested(Cause.RATE_LIMITED, "status 429")
    if last.status >= 500:
        untested(Cause.SERVER_ERROR, f"status {last.status}")
    measured = (Measured("status", last.status),)
    if last.status in BEHIND_LOGIN:
        return Answer(Outcome.NOT_MET, measured, "not-public")
    if last.status != 200:
        return Answer(Outcome.NOT_MET, measured, "missing")
    kind = media_type(hop_type(last))
    if kind in {"text/html", "application/xhtml+xml"}:
        return Answer(Outcome.NOT_MET, measured, "html")
    if kind != "text/plain":
        return Answer(
            Outcome.NOT_MET, (*measured, Measured("type", display(kind, 100))), "wrong-type"
        )
    if last.body_truncated or last.body_bytes > TEXT_KEPT_BYTES:
        untested(Cause.BODY_TRUNCATED)
    file = parse(seen_file.text, (exchange.start_url, last.url))
    # RFC 9116, 3: the charset is UTF-8, said or unsaid.
    charset = re.search(r";\s*charset\s*=\s*\"?([^\s\";]+)", hop_type(last), re.IGNORECASE)
    other = charset is not None and charset[1].lower() != "utf-8"
    return _file(file, ("charset-not-utf-8",) if other else (), seen)


_RECOMMENDED = timedelta(days=366)
"""RFC 9116, 2.5.5: less than a year ahead."""


def _file(file: SecurityTxt, faults: tuple[str, ...], seen: Seen) -> Answer:
    """What the file itself says."""
    void = next((fault for fault in file.faults if fault in VOID), "")
    ends_at = file.expires_at
    if ends_at is not None and not void and ends_at <= seen.as_of:
        void = "expired"
    if ends_at is not None and ends_at - seen.as_of > _RECOMMENDED:
        faults = (*faults, "expires-far")
    measured = [
        Measured("contacts", len(file.contacts)),
        Measured("faults", ", ".join((*file.faults, *faults))),
        Measured("signed", file.signed),
    ]
    if ends_at is not None:
        measured.append(Measured("expires", ends_at.isoformat()))
        measured.append(Measured("left", (ends_at - seen.as_of).days, unit="days"))
    return Answer(Outcome.NOT_MET if void else Outcome.MET, tuple(measured), void)
