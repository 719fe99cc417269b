"""Is the site there: now, and over a window of time."""

from collections.abc import Iterable

from checks.evidence.base import Cause
from checks.evidence.http import Ended, Exchange, Http
from checks.evidence.names import Lookup, Names, Said
from checks.evidence.uptime import Sample, Uptime
from checks.parsing.answers import loops_by_cookie
from checks.spec import Answer, Limits, Measured, NoLimits, Outcome, Seen, captured, check, untested


class UptimeLimits(Limits):
    """How much of the time a site must answer, and how much of it must have been looked at.

    ``min_availability_pct``: share of the samples taken that found the site up; the catalogue asks 99.0.
    ``min_taken_pct``: share of the planned samples that must have been taken, else nothing is concluded; 90.0.
    ``window_samples``: how many samples the window calls for (a day at five minutes is 288).
    ``interval_s``: the pause between two samples, in seconds; a window sampled more rarely is not enough.
    """

    min_availability_pct: float
    min_taken_pct: float
    window_samples: int
    interval_s: float


@check(
    id="site-reachable",
    title="The site answers",
    family="reach",
    needs=(Names, Http),
    limits=NoLimits,
    reasons=(
        "no-name",
        "bogus",
        "refused",
        "not-tls",
        "redirect-to-closed",
        "redirect-loop",
        "cookie-loop",
        "server-error",
    ),
    revision=2,
)
def site_reachable(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does a GET of the site's address end in a status below 500?  The https address is asked; the http one
        counts where https is refused or does not speak TLS.  A redirect that leaves the permission, or one
        without a usable target, is the site's own answer and counts as one.

        NXDOMAIN or no address record: not met.  Bogus name: not met.  Refused on both ports: not met.
        Redirects without end, or into a closed port: not met; a circle on whose way a cookie is set: needs review,
        for browsers come back with the cookie and the scanner does not.  Timeout, reset, a block or challenge page, a
        rate limit: not tested, with the cause.

    Why it matters
        A site that is down helps nobody, and nothing else about it can be told.

    How to fix
        Start the web server, mend the name or the redirect, or ask the hosting company why it answers 5xx.

    Not tested by this check
        How quickly the site answers, and whether it answers at other times or from other networks.
    """
    nameless = _nameless(seen)
    if nameless:
        return Answer(Outcome.NOT_MET, reason=nameless)
    http = seen.get(Http)
    closed = not http.https.hops and http.https.end in (Ended.REFUSED, Ended.NOT_TLS)
    if not closed:
        return _ended(http.https)
    if not http.http.hops and http.http.end == Ended.REFUSED:
        spoke = http.https.end == Ended.NOT_TLS
        return Answer(Outcome.NOT_MET, reason="not-tls" if spoke else "refused")
    return _ended(http.http)


def _nameless(seen: Seen) -> str:
    """Why the host has no address, where that was seen of both kinds; else nothing."""
    names = seen.payloads.get(Names)
    if not isinstance(names, Names):
        return ""
    said = [
        look.said
        for look in (names.host.a, names.host.aaaa)
        if isinstance(look, Lookup) and not (look.said is Said.FOUND and look.records)
    ]
    if len(said) < 2:
        return ""
    return "bogus" if Said.BOGUS in said else "no-name"


def _ended(exchange: Exchange) -> Answer:
    """What the end of one endpoint says of the site."""
    end = captured(exchange.end)
    last = exchange.last
    if end in (Ended.REFUSED, Ended.NOT_TLS) and last is None:
        return Answer(Outcome.NOT_MET, reason=end.value)
    if last is None:
        untested(Cause.NO_ANSWER, f"{exchange.start_url} ended without an answer")
    measured = (Measured("status", last.status, "< 500"), Measured("url", last.url))
    if end in (Ended.REFUSED, Ended.NOT_TLS):
        reason = "redirect-to-closed"
    elif loops_by_cookie(exchange):
        return Answer(
            Outcome.NEEDS_REVIEW, measured, "cookie-loop", exchange.next_url, last.address
        )
    elif end in (Ended.LOOP, Ended.TOO_MANY):
        reason = "redirect-loop"
    elif last.status >= 500:
        reason = "server-error"
    else:
        return Answer(Outcome.MET, measured, address=last.address)
    return Answer(Outcome.NOT_MET, measured, reason, note=exchange.next_url, address=last.address)


_SEEN_DOWN = frozenset(
    {Cause.REFUSED, Cause.SERVER_ERROR, Cause.NO_ADDRESS, Cause.NOT_TLS, Cause.NOT_HTTP}
)
"""What a sample can see of a site that is down, as against hearing nothing."""


@check(
    id="uptime-above-target",
    title="The site is available nearly all the time",
    family="reach",
    needs=(Uptime,),
    limits=UptimeLimits,
)
def uptime_above_target(seen: Seen, limits: UptimeLimits) -> Answer:
    """
    What it asks
        Of the samples taken over the window, did enough find the site up?  A sample that could not be taken,
        through our own trouble or in a planned outage, counts on neither side; with too few of the planned
        samples taken, or a window too short or too coarse, nothing is concluded (not tested:
        too-few-samples).

        A closed port, an error of the server or a name without address is a sample that found the site down;
        a block page is one that was not taken.  Silence (timeout, reset, no DNS answer) counts as down only
        where the site answered at another moment of the window: a site that never answered us may be there
        for everybody else, and then nothing is concluded (not tested, with the cause of the silence).

    Why it matters
        Parents come at any hour; a site that is often away teaches them to look for news elsewhere.

    How to fix
        Ask the hosting company for its outages in the window, and for a plan or server that bears the load.

    Not tested by this check
        The hours outside the window, and how quickly the site answers.
    """
    uptime = seen.get(Uptime)
    window_s = uptime.planned * uptime.interval_s
    asked_s = limits.window_samples * limits.interval_s
    if uptime.interval_s > limits.interval_s or window_s < asked_s:
        untested(
            Cause.TOO_FEW_SAMPLES,
            f"{uptime.planned} samples every {uptime.interval_s:g} s planned,"
            f" {limits.window_samples} every {limits.interval_s:g} s asked",
        )
    ever_up = any(sample.up for sample in uptime.samples)
    taken = sorted(
        (
            sample
            for sample in uptime.samples
            if sample.up is not None and (ever_up or sample.cause in _SEEN_DOWN)
        ),
        key=lambda sample: sample.at,
    )
    silent = [sample.cause for sample in uptime.samples if sample.up is False]
    if not taken and silent:
        untested(silent[0] or Cause.NO_ANSWER, f"{len(silent)} samples, and never an answer")
    if not taken or len(taken) * 100 < limits.min_taken_pct * uptime.planned:
        untested(Cause.TOO_FEW_SAMPLES, f"{len(taken)} of {uptime.planned} samples taken")
    up = sum(sample.up is True for sample in taken)
    enough = up * 100 >= limits.min_availability_pct * len(taken)
    return Answer(
        Outcome.MET if enough else Outcome.NOT_MET,
        (
            Measured(
                "availability_pct", _floored(up, len(taken)), limits.min_availability_pct, "%"
            ),
            Measured("samples_taken", len(taken)),
            Measured("samples_planned", uptime.planned),
            Measured(
                "longest_outage_min", _longest_outage_min(taken, uptime.interval_s), unit="min"
            ),
        ),
    )


def _floored(up: int, taken: int) -> float:
    """The share in percent, cut (not rounded) to two decimals: 98.999 must not read as 99."""
    return (up * 10_000 // taken) / 100


def _longest_outage_min(taken: Iterable[Sample], interval_s: float) -> float:
    """From the first sample that found the site down to the next that found it up, at its longest."""
    longest_s = 0.0
    began = None
    for sample in taken:
        if sample.up:
            if began is not None:
                longest_s = max(longest_s, (sample.at - began).total_seconds())
            began = None
        else:
            began = began or sample.at
            # Still down at the last sample: the outage lasted at least until the next one was due.
            longest_s = max(longest_s, (sample.at - began).total_seconds() + interval_s)
    return round(longest_s / 60, 1)
