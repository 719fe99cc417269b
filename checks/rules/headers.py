"""What the answers' header fields promise browsers, and what they give away."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from checks.evidence.base import Cause
from checks.evidence.certificates import PathState
from checks.evidence.http import Exchange, Hop, Http
from checks.evidence.names import Names
from checks.evidence.page import Pages
from checks.evidence.tls import Handshake, HandshakeState, Offer, Tls
from checks.parsing import csp, hsts, referrer
from checks.parsing.answers import (
    ASIDE,
    answering,
    every_address,
    every_page,
    first_target,
    gradable,
    home_page,
    hop_type,
    is_html,
    lacks_https,
    line_to_set,
    own_https,
    port_closed,
)
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

SHOWN = 300
HSTS = "Strict-Transport-Security"


class HstsLimits(Limits):
    """How long browsers are told to keep to https, in seconds; the catalogue asks 31 536 000 (a year)."""

    min_max_age_s: int


@check(
    id="hsts-enforced",
    title="Browsers are told to use https only",
    family="http",
    needs=(Http, Tls),
    limits=HstsLimits,
    reasons=("missing", "invalid", "zero", "short", "certificate-not-valid", "no-https"),
)
def hsts_enforced(seen: Seen, limits: HstsLimits) -> Answer:
    """
    What it asks
        Does the first answer of the host's own https endpoint carry a valid Strict-Transport-Security header
        (RFC 6797; of several only the first counts) with at least the max-age asked, over a certificate that
        browsers accept (trusted path, right name, in date at the moment of judging)?  Redirects, 401 and 403 count.
        Asked at each address of the host; a further one where nothing listens is set aside.

        Refused or not TLS while http answers: not-met (no-https); both ports closed: not-tested.  Timeout, reset, block page, TLS not seen: not-tested.  Status
        429, 404 or 5xx: not-tested.  An incomplete chain: not-tested (issuer-missing), `certificate-chain-complete`
        speaks of it.  A fault in the header is named before a fault in the certificate.

    Why it matters
        Without it the first request of each visit may go out in the clear, where it can be caught and turned
        to a copy of the site.

    How to fix
        When https works everywhere, send ``Strict-Transport-Security: max-age=31536000`` with every https answer.

    Not tested by this check
        The header of redirect targets and of the twin; whether the name is on the preload list.
    """
    http = seen.get(Http)
    return worst(
        [
            (name, partial(_enforced, seen, limits, https, plain))
            for name, https, plain in every_address(http)
        ]
    )


def _enforced(seen: Seen, limits: HstsLimits, https: Exchange, plain: Exchange) -> Answer:
    """What the host's https endpoint says at one address."""
    captured(https.end)
    if lacks_https(https, plain):
        return Answer(Outcome.NOT_MET, reason="no-https")
    if not https.hops:
        untested(Cause.NO_ANSWER)
    first = gradable(https.hops[0])
    sent = first.values("strict-transport-security")
    header = hsts.parse(sent[0]) if sent else None
    line = line_to_set(HSTS, hsts.mended(header, limits.min_max_age_s))
    if header is None:
        return Answer(Outcome.NOT_MET, line, "missing")
    if isinstance(header, str):
        return Answer(
            Outcome.NOT_MET,
            (Measured("header", display(sent[0], SHOWN)), *line),
            "invalid",
            note=display(header, SHOWN),
        )
    measured = (
        Measured("max_age", header.max_age_s, limits.min_max_age_s, unit="s"),
        Measured("include_subdomains", header.include_subdomains),
        Measured("preload", header.preload),
    )
    if header.max_age_s == 0:
        return Answer(Outcome.NOT_MET, (*measured, *line), "zero")
    if header.max_age_s < limits.min_max_age_s:
        return Answer(Outcome.NOT_MET, (*measured, *line), "short")
    offers = seen.get(Tls).offers
    return _over_certificate(offers, first, measured, seen.site.host, seen.as_of)


def _over_certificate(
    offers: tuple[Offer, ...],
    first: Hop,
    measured: tuple[Measured, ...],
    host: str,
    as_of: datetime,
) -> Answer:
    """Over the certificate of the address that answered, or of all where the look went to others."""
    there = [one for one in offers if one.address == first.address] or list(offers)
    return worst([(one.address, partial(_over_valid, one, measured, host, as_of)) for one in there])


def _over_valid(offer: Offer, measured: tuple[Measured, ...], host: str, as_of: datetime) -> Answer:
    """Met where a browser accepts the certificate: it ignores the header else (RFC 6797, 8.1)."""
    handshake = captured(offer.handshake)
    if handshake.state is not HandshakeState.COMPLETED:
        closed = handshake.state is HandshakeState.REFUSED
        untested(Cause.REFUSED if closed else Cause.NOT_TLS, "https answered, the TLS look did not")
    objection = _objection(handshake, host, as_of)
    if objection:
        return Answer(Outcome.NOT_MET, measured, "certificate-not-valid", note=objection)
    return Answer(Outcome.MET, measured)


def _objection(handshake: Handshake, host: str, as_of: datetime) -> str:
    """Why a browser refuses the certificate; empty where it does not."""
    if not handshake.chain or handshake.chain[0].malformed is not None:
        return "malformed"
    if handshake.path is None:
        untested(Cause.NOT_RUN, "no path was built")
    path = captured(handshake.path)
    if path.state is PathState.ISSUER_MISSING:
        untested(Cause.ISSUER_MISSING, path.missing_issuer or "")
    if path.state is not PathState.TRUSTED:
        return str(path.state)
    if host not in handshake.chain[0].covers:
        return "wrong-name"
    if not all(one.not_before <= as_of <= one.not_after for one in path.certificates):
        return "out-of-date"
    return ""


@check(
    id="hsts-preload-ready",
    title="Browsers know the name as https only, or could be told to",
    family="http",
    needs=(Http, Tls, Names),
    limits=NoLimits,
    reasons=(
        "in-list",
        "not-base",
        "no-https",
        "missing",
        "several-headers",
        "invalid",
        "short",
        "no-subdomains",
        "no-preload",
        "http-not-redirected",
        "certificate-not-valid",
    ),
    revision=2,
)
def hsts_preload_ready(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Is the host in the preload list that was loaded (by itself, or under an entry with its subdomains; of a host
        with www the registered name too), or else do the rules of hstspreload.org hold for the registered name (without
        www)?  The rules: the first answer of its https endpoint carries
        one valid Strict-Transport-Security header with max-age of at least 31 536 000, includeSubDomains and preload,
        over a certificate that browsers accept; and where port 80 answers, it redirects to https on the same host first.

        A site below another host of the registered name (the list takes registered names only): not-applicable.
        Https refused or not TLS while http answers: not-met (no-https); both ports closed, or no address seen for the
        registered name: not-tested.  Timeout, reset, block page, status 429, 404 or 5xx: not-tested.  A fault in
        the header is named first, then one in the redirect, then one in the certificate.  Without a loaded list the
        rules alone answer.

    Why it matters
        A name on the list is opened over https even at the very first visit, when no header was seen yet.

    How to fix
        When every sub-domain speaks https for good, send the header with includeSubDomains and preload, then ask
        for the entry at hstspreload.org.  Leaving the list takes months.

    Not tested by this check
        Whether every sub-domain speaks https; the lists of browsers newer than the one that was loaded.
    """
    listed = seen.lists.preload
    if listed is None:
        return _keeps_preload_rules(seen)
    base, host = seen.get(Names).registrable or "", seen.site.host
    # Who types the bare name of a site under www asks for that one first.
    first_asked = {host, base} if host == f"www.{base}" else {host}
    if all(listed.covers(name) for name in first_asked):
        return Answer(Outcome.MET, (Measured("in_list", value=True),), "in-list")
    answer = _keeps_preload_rules(seen)
    return answer._replace(measured=(*answer.measured, Measured("in_list", value=False)))


def _keeps_preload_rules(seen: Seen) -> Answer:
    """What the list would say of the registered name."""
    http, tls = seen.get(Http), seen.get(Tls)
    base, host = seen.get(Names).registrable or "", seen.site.host
    if host == base:
        https, plain, offers = http.https, http.http, tls.offers
    elif host == f"www.{base}":
        if http.twin_https is None or http.twin_http is None:
            untested(Cause.NO_ADDRESS, f"{base} was not found to have an address")
        https, plain, offers = http.twin_https, http.twin_http, tls.twin_offers
    else:
        return Answer(Outcome.NOT_APPLICABLE, reason="not-base")
    captured(https.end)
    if lacks_https(https, plain):
        return Answer(Outcome.NOT_MET, reason="no-https")
    if not https.hops:
        untested(Cause.NO_ANSWER)
    first = gradable(https.hops[0])
    header = _preloadable(first.values("strict-transport-security"))
    if header.outcome is not Outcome.MET:
        return header
    if not _redirects(plain):
        return Answer(Outcome.NOT_MET, header.measured, "http-not-redirected")
    return _over_certificate(offers, first, header.measured, base, seen.as_of)


def _preloadable(sent: tuple[str, ...]) -> Answer:
    """What the list says of the header alone."""
    if not sent:
        return Answer(Outcome.NOT_MET, reason="missing")
    shown = (Measured("header", display("; ".join(sent), SHOWN)),)
    if len(sent) > 1:
        return Answer(Outcome.NOT_MET, shown, "several-headers")
    header = hsts.parse(sent[0])
    if isinstance(header, str):
        return Answer(Outcome.NOT_MET, shown, "invalid", note=display(header, SHOWN))
    measured = (
        Measured("max_age", header.max_age_s, hsts.PRELOAD_MIN_AGE_S, unit="s"),
        Measured("include_subdomains", header.include_subdomains),
        Measured("preload", header.preload),
    )
    if header.max_age_s < hsts.PRELOAD_MIN_AGE_S:
        return Answer(Outcome.NOT_MET, measured, "short")
    if not header.include_subdomains:
        return Answer(Outcome.NOT_MET, measured, "no-subdomains")
    if not header.preload:
        return Answer(Outcome.NOT_MET, measured, "no-preload")
    return Answer(Outcome.MET, measured)


def _redirects(plain: Exchange) -> bool:
    """Whether port 80 is closed, or sends visitors to https on the same host first."""
    target = first_target(plain)
    if target:
        return own_https(target, plain)
    if port_closed(plain):
        return True
    answering(plain.hops[0])
    return False


@check(
    id="framing-restricted",
    title="Other sites cannot show the page inside theirs",
    family="http",
    needs=(Http,),
    limits=NoLimits,
    reasons=("missing", "allows-everyone", "ignored-value", "conflicting", "not-html", *ASIDE),
    revision=2,
)
def framing_restricted(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does the page that visitors are shown limit who may frame it: by ``frame-ancestors`` in an enforced
        policy of the header, else by ``X-Frame-Options: DENY`` or ``SAMEORIGIN``?  As browsers do, where
        frame-ancestors stands X-Frame-Options is not looked at; a list that anybody can match (``*``, ``https:``, ``*.vn``) is
        no limit; ALLOW-FROM counts as nothing; values that conflict block all framing, so they are met, with the
        reason said.  Asked of host and twin.

        Https refused: the http page is judged; both refused: not-tested.  Timeout, reset, block page, status
        429, 404 or 5xx: not-tested.  Only redirects, 401 or 403, no content, no HTML: not-applicable.

    Why it matters
        A page shown invisibly inside another one lets visitors press buttons that they do not see.

    How to fix
        Send ``Content-Security-Policy: frame-ancestors 'self'`` or ``X-Frame-Options: SAMEORIGIN``.

    Not tested by this check
        Policies in a meta element (browsers ignore frame-ancestors there) and report-only policies.
    """
    return every_page(seen, _framing)


def _framing(hop: Hop) -> Answer:
    if not is_html(hop_type(hop)):
        return Answer(Outcome.NOT_APPLICABLE, reason="not-html")
    policies = csp.parse(hop.values("content-security-policy"))
    lists = [policy["frame-ancestors"] for policy in policies if "frame-ancestors" in policy]
    if lists:
        # All policies must agree to a frame, so one that limits is enough.
        limited = not all(csp.admits_everyone(sources) for sources in lists)
        measured = (
            Measured("policy", display(f"frame-ancestors {' '.join(lists[0])}".strip(), SHOWN)),
        )
        if limited:
            return Answer(Outcome.MET, measured)
        line = line_to_set("Content-Security-Policy", csp.with_frames_limited(policies))
        return Answer(Outcome.NOT_MET, (*measured, *line), "allows-everyone")
    values = {
        value.strip(" \t").lower()
        for sent in hop.values("x-frame-options")
        for value in sent.split(",")
    } - {""}
    measured = (
        Measured("policy", display(f"X-Frame-Options: {', '.join(sorted(values))}", SHOWN)),
    )
    line = line_to_set("X-Frame-Options", "SAMEORIGIN")
    if not values:
        return Answer(Outcome.NOT_MET, line, "missing")
    if len(values) == 1 and values <= {"deny", "sameorigin"}:
        return Answer(Outcome.MET, measured)
    # HTML standard, 7.4.1: several values with a known one among them block all framing.
    if len(values) > 1 and values & {"deny", "sameorigin", "allowall"}:
        return Answer(Outcome.MET, measured, "conflicting")
    # Only frame-ancestors can say what ALLOW-FROM was to say.
    allowed = [one.partition("allow-from")[2].strip() for one in sorted(values)]
    origins = [one for one in allowed if csp.is_origin(one)]
    if origins:
        policy = csp.with_frames_limited(policies, origins)
        line = line_to_set("Content-Security-Policy", policy)
    return Answer(Outcome.NOT_MET, (*measured, *line), "ignored-value")


@check(
    id="nosniff-set",
    title="Browsers keep to the declared type of a file",
    family="http",
    needs=(Http,),
    limits=NoLimits,
    reasons=("missing", "ignored-value", *ASIDE),
)
def nosniff_set(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does the page carry ``X-Content-Type-Options: nosniff``?  As browsers do, only the first value counts.
        Asked of host and twin, of every kind of content.

        Https refused: the http page is judged; both refused: not-tested.  Timeout, reset, block page, status
        429, 404 or 5xx: not-tested.  Only redirects, 401 or 403, no content: not-applicable.

    Why it matters
        Without it a picture that somebody uploaded may be run as a script.

    How to fix
        Send ``X-Content-Type-Options: nosniff`` with every answer.

    Not tested by this check
        Pictures, scripts and uploads of the site; only the home page's answer is looked at.
    """
    return every_page(seen, _nosniff)


def _nosniff(hop: Hop) -> Answer:
    sent = ",".join(hop.values("x-content-type-options"))
    if not sent.strip(", \t"):
        return Answer(Outcome.NOT_MET, reason="missing")
    measured = (Measured("value", display(sent, SHOWN)),)
    if sent.partition(",")[0].strip(" \t").lower() == "nosniff":
        return Answer(Outcome.MET, measured)
    return Answer(Outcome.NOT_MET, measured, "ignored-value")


@check(
    id="referrer-private",
    title="Other sites do not learn which page a visitor came from",
    family="http",
    needs=(Http,),
    limits=NoLimits,
    reasons=("missing", "unknown-value", "tells-all", "not-html", *ASIDE),
)
def referrer_private(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Is the last known Referrer-Policy token of the page's header something other than ``unsafe-url`` and
        ``no-referrer-when-downgrade``?  No known token is not-met, although today's browsers then choose a good one
        by themselves: the catalogue asks that the site says it.  Asked of host and twin.

        Https refused: the http page is judged; both refused: not-tested.  Timeout, reset, block page, status
        429, 404 or 5xx: not-tested.  Only redirects, 401 or 403, no content, no HTML: not-applicable.

    Why it matters
        Full addresses may hold names, class lists or keys of a pupil's page.

    How to fix
        Send ``Referrer-Policy: strict-origin-when-cross-origin``.

    Not tested by this check
        ``meta name=referrer`` and the attributes of single links.
    """
    return every_page(seen, _referrer)


def _referrer(hop: Hop) -> Answer:
    if not is_html(hop_type(hop)):
        return Answer(Outcome.NOT_APPLICABLE, reason="not-html")
    sent = hop.values("referrer-policy")
    policy = referrer.effective(sent)
    line = line_to_set("Referrer-Policy", referrer.MENDED)
    if not policy:
        return Answer(Outcome.NOT_MET, line, "unknown-value" if sent else "missing")
    measured = (Measured("policy", policy),)
    if policy in referrer.TELLING:
        return Answer(Outcome.NOT_MET, (*measured, *line), "tells-all")
    return Answer(Outcome.MET, measured)


@check(
    id="software-version-hidden",
    title="The site does not say which version of its software runs",
    family="http",
    needs=(Http, Pages),
    limits=NoLimits,
    reasons=("version-shown", *ASIDE),
)
def software_version_hidden(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Do Server, X-Powered-By, X-AspNet-Version, X-AspNetMvc-Version, X-Generator and the page's generator
        element name no version (a number after the product's name)?  Asked of host and twin, also of 401
        and 403; the generator of the home page.

        A version seen anywhere: not-met.  Headers clean but the home page not seen: not-tested.  Https refused:
        the http page is judged; both refused: not-tested.  Timeout, reset, block page, status 429, 404 or 5xx:
        not-tested.  Only redirects: not-applicable.

    Why it matters
        A version number tells attackers' search engines which known hole to try here.

    How to fix
        Switch the number off in the server, in PHP or ASP.NET, and in the theme of the CMS.

    Not tested by this check
        Whether the software is up to date; versions in script names, comments and error pages.
    """
    answer = every_page(seen, _header_versions, closed_too=True)
    if answer.outcome in {Outcome.NOT_MET, Outcome.NOT_APPLICABLE}:
        return answer
    return worst([(answer.address, lambda: answer), (seen.site.url, lambda: _generator(seen))])


_TELLING = ("server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator")
# A number that stands by itself after a name: "nginx/1.18.0", "NukeViet v4.5", "ver:4.6"; not "Apache2", "Win64".
_VERSION = re.compile(r"(?<=[/ :])v?\d+(?:\.\d+)*|(?:^|(?<=[-_]))v?\d+(?:\.\d+)+", re.IGNORECASE)


def _header_versions(hop: Hop) -> Answer:
    return _versions(f"{name}: {value}" for name in _TELLING for value in hop.values(name))


def _generator(seen: Seen) -> Answer:
    home = home_page(seen.get(Pages))
    return _versions(f"generator: {value}" for value in home.generator)


def _versions(said: Iterable[str]) -> Answer:
    """Not-met where one of ``name: value`` holds a version."""
    telling = [one for one in said if _VERSION.search(one.partition(": ")[2])]
    if telling:
        shown = display("; ".join(telling), SHOWN)
        return Answer(Outcome.NOT_MET, (Measured("versions", shown),), "version-shown")
    return Answer(Outcome.MET)
