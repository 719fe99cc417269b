"""What MDN's HTTP Observatory would say of a site, by its own tests and arithmetic."""

from collections.abc import Iterable
from datetime import datetime

from checks.evidence.base import Cause
from checks.evidence.certificates import PathState
from checks.evidence.http import VALUE_KEPT, Ended, Exchange, Hop, Http
from checks.evidence.names import Names
from checks.evidence.page import METAS_KEPT, PageFacts, Pages
from checks.evidence.provoked import Provoked
from checks.evidence.tls import HandshakeState, Offer, Tls
from checks.parsing.answers import (
    REDIRECTS,
    answering,
    gradable,
    host_of,
    route,
    scheme_of,
    whole,
)
from checks.parsing.observatory.grades import Algorithm, Scored
from checks.parsing.observatory.headers import grade
from checks.parsing.observatory.visited import Reply, Visited
from checks.parsing.offers import leaf_of, listed, path_of
from checks.spec import (
    Answer,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    captured,
    check,
    untested,
)
from inventory.model import Site

_NOBODY = (Ended.REFUSED, Ended.NOT_TLS)
_READ = (
    "content-type",
    "content-security-policy",
    "content-security-policy-report-only",
    "strict-transport-security",
    "referrer-policy",
    "x-content-type-options",
    "x-frame-options",
    "cross-origin-resource-policy",
    "cross-origin-opener-policy",
    "cross-origin-embedder-policy",
)


@check(
    id="observatory-grade",
    title="The score and grade by MDN HTTP Observatory's algorithm are recorded",
    family="http",
    needs=(Http, Pages, Provoked, Tls, Names),
    limits=NoLimits,
    reasons=("deducted", "only-redirects"),
)
def observatory_grade(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Which score and grade does algorithm 6 of MDN's HTTP Observatory give the site, and what does each of its
        twelve tests add or take?  A site begins with 100 points; bonuses count only where penalties alone leave at
        least 90.  It grades the answer at the end of the host's own https endpoint, or of http where https is
        refused or not TLS, with the page that came with it.

        The grade is only recorded: every grade is *met*.  Where the answer lies on another host than the site or
        its www/apex twin: not applicable, because that would be somebody else's grade.  A status other than 2xx,
        3xx, 401 or 403 is not graded: not tested.  So is a site of which any part is missing (a header, page or
        list that was cut, a certificate or a foreign request not seen, timeout, reset, block page), with the
        cause.  Both ports refused: not tested.  NXDOMAIN: not tested (no-address).

    Why it matters
        The grade is widely known, and what lowers it are headers that a provider sets in an afternoon.

    How to fix
        Content-Security-Policy weighs most (from 25 less to 10 more), then HSTS, the redirect to https and limits on
        framing (20 each), and cookies with Secure, HttpOnly and SameSite (up to 40).

    Not tested by this check
        Its OPTIONS request, where ours is a GET with a foreign origin: an echo and an error read differently, and no
        result is worth a point.  Cookies of ``robots.txt``.  Scripts in templates and ``noscript``, and policies
        outside the head, which it counts and browsers do not.  Whether the site is preloaded, where no list was
        given: it then counts as not preloaded, and *preload_list* says ``none``.  The page of a 401.
    """
    return recorded(seen, Algorithm.SIX)


def recorded(seen: Seen, algorithm: Algorithm) -> Answer:
    """The grade by one of the algorithms; the published package, beside which ours is held, still has the older."""
    http, site = seen.get(Http), seen.site
    # Where https is refused, even on the way, the Observatory turns to http.
    asked = http.http if captured(http.https.end) in _NOBODY else http.https
    end = _end_of(asked, site)
    if end is None:
        return Answer(Outcome.NOT_APPLICABLE, reason="only-redirects")
    found = grade(_visited(seen, asked, end, algorithm), algorithm)
    lowered = [one for one in found.tests if one.modifier < 0]
    preload = seen.lists.preload
    return Answer(
        Outcome.MET,
        (
            Measured("grade", found.grade),
            Measured("score", found.score),
            Measured("algorithm", algorithm.value),
            Measured("preload_list", preload.dated.isoformat() if preload is not None else "none"),
            Measured("deductions", listed(_deduction(one) for one in lowered) or None),
            *(Measured(one.test, f"{one.result} ({one.modifier:+d})") for one in found.tests),
        ),
        "deducted" if lowered else "",
        address=end.url,
    )


def _deduction(one: Scored) -> str:
    return f"{one.test} ({one.modifier})"


def _end_of(asked: Exchange, site: Site) -> Hop | None:
    """The answer that is graded; ``None`` where it lies on a host that is not the site's own."""
    end = captured(asked.end)
    if end in _NOBODY:
        untested(Cause.REFUSED, "https and http do not answer")
    stops = route(asked)
    own = bool(stops) and host_of(stops[-1]) in (site.host, site.twin)
    if end in (Ended.ANSWERED, Ended.LEFT_SCOPE) and not own:
        return None
    if end is Ended.LEFT_SCOPE:
        untested(Cause.REDIRECT_OUT_OF_SCOPE, asked.next_url)
    last = asked.last
    if end is not Ended.ANSWERED or last is None:
        untested(Cause.NO_ANSWER, f"ended {end}")
    return gradable(last)


def _visited(seen: Seen, asked: Exchange, end: Hop, algorithm: Algorithm) -> Visited:
    """All that the tests read, or ``Untested`` where a part of it is missing."""
    http = seen.get(Http)
    for name in _READ:
        whole(end, name)
    for hop in asked.hops:
        whole(hop, "set-cookie")
    replies = tuple(_reply(hop) for hop in asked.hops)
    answers = captured(http.http.end) not in _NOBODY
    return Visited(
        host=seen.site.host,
        registrable=seen.get(Names).registrable,
        replies=replies,
        https_verified=_verified(seen, asked.hops) if asked is http.https else None,
        http_route=_http_route(http.http) if answers else None,
        http_verified=_verified(seen, http.http.hops) if answers else True,
        page=_page(seen.get(Pages), end) if replies[-1].is_page(algorithm) else None,
        cross_origin=_cross_origin(seen.get(Provoked)),
        preload=seen.lists.preload,
    )


def _reply(hop: Hop) -> Reply:
    return Reply(hop.url, hop.status, hop.headers)


def _http_route(http: Exchange) -> tuple[str, ...]:
    if http.end is Ended.LEFT_SCOPE:
        untested(Cause.REDIRECT_OUT_OF_SCOPE, http.next_url)
    if http.end is not Ended.ANSWERED:
        untested(Cause.NO_ANSWER, f"http ended {http.end}")
    return tuple(hop.url for hop in http.hops)


def _page(pages: Pages, end: Hop) -> PageFacts:
    """The page that came with the answer, seen whole."""
    page = captured(pages.home)
    if (page.url, page.status) != (end.url, end.status):
        untested(Cause.NO_ANSWER, f"the page was read at {page.url}, status {page.status}")
    cut = (
        page.truncated
        or page.scripts_total > len(page.scripts)
        or max(len(page.csp_meta), len(page.referrer_meta)) >= METAS_KEPT
        or any(len(policy) >= VALUE_KEPT for policy in page.csp_meta)
    )
    if cut:
        untested(Cause.BODY_TRUNCATED, "the page is longer than what is kept")
    if any(script.src and script.written is None for script in page.scripts):
        untested(Cause.EVIDENCE_EXPIRED, "how the scripts' addresses are written was not noted")
    return page


def _cross_origin(provoked: Provoked) -> Reply:
    hop = answering(captured(provoked.cross_origin))
    if hop.status in REDIRECTS:
        untested(Cause.SCANNER_CANNOT, "the foreign request was redirected, and not followed")
    whole(hop, "access-control-allow-origin")
    return _reply(hop)


def _verified(seen: Seen, hops: Iterable[Hop]) -> bool:
    """Whether every certificate on the way holds; one that does not is enough."""
    return all(_holds(seen, hop) for hop in hops if scheme_of(hop.url) == "https")


def _holds(seen: Seen, hop: Hop) -> bool:
    """Whether the certificate of the address that answered is trusted, of this name and in date."""
    host, tls = host_of(hop.url), seen.get(Tls)
    offers = {seen.site.host: tls.offers, seen.site.twin: tls.twin_offers}.get(host, ())
    there = [one for one in offers if one.address == hop.address] or list(offers)
    if not there:
        untested(Cause.NOT_RUN, f"the certificate of {host} was not looked at")
    answers = {_accepted(one, host, seen.as_of) for one in there}
    if len(answers) > 1:
        untested(Cause.NOT_RUN, f"{hop.address} was not looked at, and the others differ")
    return answers.pop()


def _accepted(offer: Offer, host: str, as_of: datetime) -> bool:
    shake = captured(offer.handshake)
    if shake.state is not HandshakeState.COMPLETED:
        refused = shake.state is HandshakeState.REFUSED
        untested(
            Cause.REFUSED if refused else Cause.NOT_TLS, "https answered, the TLS look did not"
        )
    leaf, path = leaf_of(shake), path_of(shake)
    if path.state is PathState.ISSUER_MISSING:
        # It carries the intermediates that Mozilla knows, so that it might have found this one.
        untested(Cause.ISSUER_MISSING, path.missing_issuer or "")
    in_date = all(step.not_before <= as_of <= step.not_after for step in path.certificates)
    return path.state is PathState.TRUSTED and host in leaf.covers and in_date
