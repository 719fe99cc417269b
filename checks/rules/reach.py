"""Is the site there: now, over a window of time, and how soon it answers."""

from collections.abc import Callable, Sequence
from statistics import median

from checks.availability import FOR_95TH, Counts, Watched
from checks.evidence.base import Cause
from checks.evidence.http import Ended, Exchange, Http
from checks.evidence.names import Lookup, Names, Said
from checks.evidence.uptime import Uptime
from checks.parsing.answers import loops_by_cookie
from checks.spec import (
    WORST_FIRST,
    Answer,
    Limits,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    Untested,
    captured,
    check,
    untested,
)


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
    reasons=("vantages-disagree",),
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
    asked_s = limits.window_samples * limits.interval_s
    long_enough = [
        one
        for one in uptime.watched
        if one.interval_s <= limits.interval_s
        and (one.ends_at - one.starts_at).total_seconds() >= asked_s
    ]
    if uptime.interval_s <= limits.interval_s and uptime.planned * uptime.interval_s >= asked_s:
        silence = [sample.cause for sample in uptime.samples if sample.up is False]
        return _available(
            _counts(uptime),
            uptime.planned,
            _longest_outage_min(uptime),
            limits,
            silence=(silence or [None])[0] or Cause.NO_ANSWER,
        )
    if not long_enough:
        windows = [(uptime.planned, uptime.interval_s)]
        windows += [(one.planned, one.interval_s) for one in uptime.watched]
        planned, interval_s = max(windows, key=lambda window: window[0] * window[1])
        untested(
            Cause.TOO_FEW_SAMPLES,
            f"{planned} samples every {interval_s:g} s planned,"
            f" {limits.window_samples} every {limits.interval_s:g} s asked",
        )
    return _from_vantages(
        long_enough,
        lambda one: _available(
            one.counts, one.planned, round(one.longest_outage_s / 60, 1), limits
        ),
    )


def _available(
    counts: Counts,
    planned: int,
    longest_outage_min: float,
    limits: UptimeLimits,
    silence: Cause = Cause.NO_ANSWER,
) -> Answer:
    """What one window says."""
    if not counts.taken and counts.silent:
        untested(silence, f"{counts.silent} samples, and never an answer")
    if not counts.taken or counts.taken * 100 < limits.min_taken_pct * planned:
        untested(Cause.TOO_FEW_SAMPLES, f"{counts.taken} of {planned} samples taken")
    enough = counts.up * 100 >= limits.min_availability_pct * counts.taken
    return Answer(
        Outcome.MET if enough else Outcome.NOT_MET,
        (
            Measured("availability_pct", counts.availability_pct, limits.min_availability_pct, "%"),
            Measured("samples_taken", counts.taken),
            Measured("samples_planned", planned),
            Measured("longest_outage_min", longest_outage_min, unit="min"),
        ),
    )


def _from_vantages(many: Sequence[Watched], ask: Callable[[Watched], Answer]) -> Answer:
    """What all vantages say that could tell; where they differ, a person looks: nothing is averaged."""
    told: list[tuple[str, Answer]] = []
    missing: Untested | None = None
    for one in many:
        try:
            told.append((one.vantage, ask(one)))
        except Untested as nothing:
            missing = missing or nothing
    if not told and missing is not None:
        raise missing
    worst = min((answer for _, answer in told), key=lambda said: WORST_FIRST.index(said.outcome))
    if len({answer.outcome for _, answer in told}) == 1:
        return worst
    seen_from = "; ".join(f"{name}: {answer.measured[0].value}" for name, answer in told)
    return worst._replace(
        outcome=Outcome.NEEDS_REVIEW, reason="vantages-disagree", note=seen_from[:500]
    )


class ResponseLimits(Limits):
    """How soon a site begins to answer.

    ``max_first_byte_ms``: from the request to the first byte of the answer, in milliseconds; the catalogue asks 3000.
    """

    max_first_byte_ms: float


@check(
    id="response-time-within-budget",
    title="The site begins to answer quickly",
    family="reach",
    needs=(Uptime,),
    limits=ResponseLimits,
    reasons=("slow-95th", "slow-median", "vantages-disagree"),
)
def response_time_within_budget(seen: Seen, limits: ResponseLimits) -> Answer:
    """
    What it asks
        Of the samples that found the site up, did 95 % see the first byte of the answer within the budget?  The
        time runs from the request over a connection that stands; making the connection is not in it.  What watchers
        saw over their window decides where there is one; else the samples of the scan itself do, and of fewer than
        20 samples the median, not the 95th percentile.

        Watchers sum times up in steps of 10 %, one of whose edges is 3000 ms: there the answer is exact, and at
        another bar a step that holds it speaks for the site.  With fewer than 3 samples that found the site up,
        nothing is concluded: not tested, with the cause of those that did not, or too-few-samples.

        Where the scanner itself stood still, the time is left out.

    Why it matters
        Who waits for longer than a few seconds on a telephone goes away, or opens the page again and makes it worse.

    How to fix
        Ask the hosting company for the server's load, turn on the caching of pages, and remove plugins not needed.

    Not tested by this check
        How long the whole page takes to show, and how quickly it is from other networks.
    """
    uptime = seen.get(Uptime)
    watched = [one for one in uptime.watched if one.latencies.total >= FOR_95TH]
    if watched:
        return _from_vantages(watched, lambda one: _quick(one, limits))
    times_ms = sorted(
        sample.first_byte_ms
        for sample in uptime.samples
        if sample.up and sample.first_byte_ms is not None
    )
    if len(times_ms) < LEAST_TIMED:
        causes = [sample.cause for sample in uptime.samples if sample.cause is not None]
        cause = causes[0] if causes and not times_ms else Cause.TOO_FEW_SAMPLES
        untested(cause, f"{len(times_ms)} of {len(uptime.samples)} samples timed")
    if len(times_ms) < FOR_95TH:
        time_ms, reason = median(times_ms), "slow-median"
    else:
        time_ms, reason = times_ms[-(-len(times_ms) * 95 // 100) - 1], "slow-95th"
    good = time_ms <= limits.max_first_byte_ms
    return _timed(time_ms, len(times_ms), limits, "" if good else reason)


LEAST_TIMED = 3


def _quick(one: Watched, limits: ResponseLimits) -> Answer:
    """What one vantage says."""
    found = one.latencies.percentile(95)
    assert found is not None  # noqa: S101  There are values; for mypy.
    slow = found.over_ms >= limits.max_first_byte_ms
    return _timed(found.told_ms, one.latencies.total, limits, "slow-95th" if slow else "")


def _timed(time_ms: float, samples: int, limits: ResponseLimits, slow: str) -> Answer:
    return Answer(
        Outcome.NOT_MET if slow else Outcome.MET,
        (
            Measured("first_byte_ms", round(time_ms), limits.max_first_byte_ms, "ms"),
            Measured("samples_timed", samples),
        ),
        slow,
    )


def _counts(uptime: Uptime) -> Counts:
    """The samples of a scan's own window, counted as a watcher counts them."""
    down = [sample for sample in uptime.samples if sample.up is False]
    return Counts(
        up=sum(sample.up is True for sample in uptime.samples),
        down=len(down),
        silent=sum(sample.cause not in _SEEN_DOWN for sample in down),
        unknown=sum(sample.up is None for sample in uptime.samples),
    )


def _longest_outage_min(uptime: Uptime) -> float:
    """From the first sample that found the site down to the next that found it up, at its longest."""
    longest_s = 0.0
    began = None
    ever_up = any(sample.up for sample in uptime.samples)
    for sample in sorted(uptime.samples, key=lambda one: one.at):
        if sample.up:
            if began is not None:
                longest_s = max(longest_s, (sample.at - began).total_seconds())
            began = None
        elif sample.up is False and (ever_up or sample.cause in _SEEN_DOWN):
            began = began or sample.at
            # Still down at the last sample: the outage lasted at least until the next one was due.
            longest_s = max(longest_s, (sample.at - began).total_seconds() + uptime.interval_s)
    return round(longest_s / 60, 1)
