"""Reach: every end of an exchange, and both sides of the bars of a window."""

from datetime import timedelta
from typing import Any

import pytest

from checks.availability import Counts, Watched, latencies
from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended, Exchange
from checks.evidence.names import Look, Said
from checks.evidence.uptime import Sample, Uptime
from checks.rules.reach import (
    response_time_within_budget,
    site_reachable,
    uptime_above_target,
)
from checks.spec import Outcome
from tests.builders.network import (
    AS_OF,
    HOST,
    exchange,
    finding,
    hop,
    host_names,
    http,
    look,
    missing,
    names,
    uptime,
)

HTTPS = f"https://{HOST}/"
HTTP = f"http://{HOST}/"
GONE = NotCaptured(cause=Cause.DNS_TIMEOUT)
LIMITS = {
    "min_availability_pct": 99.0,
    "min_taken_pct": 90.0,
    "window_samples": 100,
    "interval_s": 300.0,
}

QUICK = {"max_first_byte_ms": 3000}


def refused(url: str) -> Exchange:
    return exchange(url, end=Ended.REFUSED)


@pytest.mark.parametrize(
    ("answers", "outcome", "reason"),
    [
        pytest.param({}, Outcome.MET, "", id="healthy"),
        pytest.param(
            {"https": exchange(HTTPS, hop(status=499))}, Outcome.MET, "", id="just-below-500"
        ),
        pytest.param(
            {"https": exchange(HTTPS, hop(status=500))}, Outcome.NOT_MET, "server-error", id="500"
        ),
        pytest.param({"https": refused(HTTPS)}, Outcome.MET, "", id="http-stands-in-for-refused"),
        pytest.param(
            {"https": exchange(HTTPS, end=Ended.NOT_TLS)},
            Outcome.MET,
            "",
            id="http-stands-in-for-not-tls",
        ),
        pytest.param(
            {"https": refused(HTTPS), "http": refused(HTTP)},
            Outcome.NOT_MET,
            "refused",
            id="refused-on-both",
        ),
        pytest.param(
            {"https": exchange(HTTPS, end=Ended.NOT_TLS), "http": refused(HTTP)},
            Outcome.NOT_MET,
            "not-tls",
            id="speaks-something-else",
        ),
        pytest.param(
            {"https": refused(HTTPS), "http": exchange(HTTP, end=Ended.NOT_TLS)},
            Outcome.NOT_MET,
            "not-tls",
            id="http-ends-in-no-tls",
        ),
        pytest.param(
            {"https": refused(HTTPS), "http": exchange(HTTP, hop(HTTP, 301), end=Ended.REFUSED)},
            Outcome.NOT_MET,
            "redirect-to-closed",
            id="redirect-into-a-closed-port",
        ),
        pytest.param(
            {"https": exchange(HTTPS, hop(status=302), end=Ended.LOOP)},
            Outcome.NOT_MET,
            "redirect-loop",
            id="loop",
        ),
        pytest.param(
            {
                "https": exchange(
                    HTTPS, hop(status=302, headers=(("Set-Cookie", "a=b"),)), end=Ended.LOOP
                )
            },
            Outcome.NEEDS_REVIEW,
            "cookie-loop",
            id="loop-with-a-cookie",
        ),
        pytest.param(
            {"https": exchange(HTTPS, hop(status=302), end=Ended.TOO_MANY)},
            Outcome.NOT_MET,
            "redirect-loop",
            id="too-many",
        ),
        pytest.param(
            {"https": exchange(HTTPS, hop(status=302), end=Ended.LEFT_SCOPE)},
            Outcome.MET,
            "",
            id="left-scope",
        ),
        pytest.param(
            {"https": exchange(HTTPS, hop(status=302), end=Ended.BAD_LOCATION)},
            Outcome.MET,
            "",
            id="bad-location",
        ),
        pytest.param(
            {"https": exchange(HTTPS)}, Outcome.NOT_TESTED, "", id="ended-without-an-answer"
        ),
        pytest.param(
            {
                "https": exchange(
                    HTTPS, hop(status=403), end=NotCaptured(cause=Cause.CHALLENGE_PAGE)
                )
            },
            Outcome.NOT_TESTED,
            "",
            id="challenge-page",
        ),
    ],
)
def test_site_reachable_by_http(answers: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """The end of the https endpoint decides; http counts only where https was seen closed."""
    found = finding(site_reachable, names(), http(**answers))
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("a", "aaaa", "outcome", "reason"),
    [
        pytest.param(
            look(HOST, "A", said=Said.NXDOMAIN),
            look(HOST, "AAAA", said=Said.NXDOMAIN),
            Outcome.NOT_MET,
            "no-name",
            id="nxdomain",
        ),
        pytest.param(look(HOST, "A"), look(HOST, "AAAA"), Outcome.NOT_MET, "no-name", id="nodata"),
        pytest.param(
            look(HOST, "A", said=Said.BOGUS),
            look(HOST, "AAAA"),
            Outcome.NOT_MET,
            "bogus",
            id="bogus",
        ),
        pytest.param(look(HOST, "A", said=Said.NXDOMAIN), GONE, Outcome.NOT_TESTED, "", id="half"),
        pytest.param(GONE, GONE, Outcome.NOT_TESTED, "", id="silence"),
    ],
)
def test_site_reachable_by_name(a: Look, aaaa: Look, outcome: Outcome, reason: str) -> None:
    """A name seen not to lead anywhere is an answer; silence of the name servers is none."""
    found = finding(site_reachable, names(host=host_names(a=a, aaaa=aaaa)))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_site_reachable_without_names() -> None:
    """An answer over HTTP needs no second proof that the name resolves."""
    assert finding(site_reachable, http()).outcome is Outcome.MET


@pytest.mark.parametrize("cause", Cause)
def test_nothing_stands_in(cause: Cause) -> None:
    """Whatever kept us from looking, it is named and nothing is concluded."""
    gone = NotCaptured(cause=cause)
    asked = [
        missing(site_reachable, gone),
        missing(uptime_above_target, gone, LIMITS),
        missing(response_time_within_budget, gone, QUICK),
    ]
    asked.append(finding(site_reachable, names(), http(https=exchange(HTTPS, end=gone))))
    for found in asked:
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)


@pytest.mark.parametrize(
    ("states", "outcome"),
    [
        pytest.param("u" * 99 + "d", Outcome.MET, id="exactly-at-the-bar"),
        pytest.param("u" * 98 + "dd", Outcome.NOT_MET, id="one-sample-short"),
        pytest.param("u" * 90 + "-" * 10, Outcome.MET, id="just-enough-taken"),
        pytest.param("u" * 89 + "-" * 11, Outcome.NOT_TESTED, id="one-too-few-taken"),
        pytest.param("-" * 100, Outcome.NOT_TESTED, id="none-taken"),
        pytest.param("u" * 99, Outcome.NOT_TESTED, id="window-too-short"),
        pytest.param("d" * 100, Outcome.NOT_MET, id="down-throughout"),
        pytest.param("u" * 98 + "ss", Outcome.NOT_MET, id="silent-after-it-answered"),
        pytest.param("s" * 100, Outcome.NOT_TESTED, id="never-an-answer"),
        pytest.param("s" * 11 + "d" * 89, Outcome.NOT_TESTED, id="too-few-seen-down"),
    ],
)
def test_uptime(states: str, outcome: Outcome) -> None:
    """Only samples that were taken count, and enough of them must have been."""
    assert finding(uptime_above_target, uptime(states), limits=LIMITS).outcome is outcome


def test_a_window_of_silence_keeps_its_cause() -> None:
    """What never answered us may answer everybody else: silence from the first to the last sample says why."""
    found = finding(uptime_above_target, uptime("s" * 100), limits=LIMITS)
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.NO_ANSWER)


def test_uptime_sampled_too_rarely() -> None:
    """A day looked at hourly says nothing about minutes."""
    found = finding(uptime_above_target, uptime("u" * 100, interval_s=301.0), limits=LIMITS)
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.TOO_FEW_SAMPLES)


def test_uptime_sampled_more_often() -> None:
    """A finer window of the same length will do."""
    found = finding(uptime_above_target, uptime("u" * 200, interval_s=150.0), limits=LIMITS)
    assert found.outcome is Outcome.MET


@pytest.mark.parametrize(
    ("states", "minutes"),
    [
        pytest.param("u" * 100, 0.0, id="none"),
        pytest.param("u" * 97 + "dud", 5.0, id="still-down-at-the-end"),
        pytest.param("u" * 90 + "d-du" + "u" * 6, 15.0, id="over-a-gap"),
    ],
)
def test_longest_outage(states: str, minutes: float) -> None:
    """An outage lasts from the first sample down to the next one up."""
    measured = {
        m.name: m.value
        for m in finding(uptime_above_target, uptime(states), limits=LIMITS).measured
    }
    assert measured["longest_outage_min"] == minutes


def test_availability_is_never_rounded_up() -> None:
    """98.9999 % must not be printed as 99."""
    found = finding(uptime_above_target, uptime("u" * 197 + "d" * 2), limits=LIMITS)
    assert found.outcome is Outcome.NOT_MET
    assert found.measured[0].value == 98.99


# What watchers saw


def watched(
    up: int = 0, down: int = 0, *, vantage: str = "da-nang", planned: int = 100, **fields: Any
) -> Watched:
    """A window of 100 samples at five minutes, from one vantage."""
    healthy: dict[str, Any] = {
        "vantage": vantage,
        "starts_at": AS_OF - timedelta(seconds=30_000),
        "ends_at": AS_OF,
        "interval_s": 300.0,
        "planned": planned,
        "counts": Counts(up=up, down=down),
        "latencies": latencies([120.0] * up),
        "longest_outage_s": 600,
    }
    return Watched(**(healthy | fields))


def glance(*many: Watched, samples: tuple[Sample, ...] = ()) -> Uptime:
    """The few samples of a scan, and what watchers saw."""
    return Uptime(planned=3, interval_s=1.0, samples=samples, watched=many)


@pytest.mark.parametrize(
    ("many", "outcome", "cause"),
    [
        pytest.param([watched(99, 1)], Outcome.MET, None, id="at-the-bar"),
        pytest.param([watched(98, 2)], Outcome.NOT_MET, None, id="one-short"),
        pytest.param([watched(90, 0)], Outcome.MET, None, id="just-enough-taken"),
        pytest.param(
            [watched(89, 0)], Outcome.NOT_TESTED, Cause.TOO_FEW_SAMPLES, id="too-few-taken"
        ),
        pytest.param(
            [watched(99, 1, interval_s=301.0)],
            Outcome.NOT_TESTED,
            Cause.TOO_FEW_SAMPLES,
            id="too-coarse",
        ),
        pytest.param(
            [watched(99, 1, starts_at=AS_OF - timedelta(seconds=29_999))],
            Outcome.NOT_TESTED,
            Cause.TOO_FEW_SAMPLES,
            id="too-short",
        ),
        pytest.param(
            [watched(counts=Counts(down=100, silent=100))],
            Outcome.NOT_TESTED,
            Cause.NO_ANSWER,
            id="never-an-answer",
        ),
        pytest.param(
            [watched(98, counts=Counts(up=98, down=2, silent=2))],
            Outcome.NOT_MET,
            None,
            id="silent-after-it-answered",
        ),
        pytest.param([], Outcome.NOT_TESTED, Cause.TOO_FEW_SAMPLES, id="no-watcher"),
        pytest.param(
            [watched(100), watched(99, 1, vantage="ha-noi")], Outcome.MET, None, id="both-well"
        ),
        pytest.param(
            [watched(10, 90), watched(9, 91, vantage="ha-noi")],
            Outcome.NOT_MET,
            None,
            id="both-not",
        ),
        pytest.param(
            [watched(100), watched(10, 90, vantage="ha-noi")],
            Outcome.NEEDS_REVIEW,
            None,
            id="they-disagree",
        ),
        pytest.param(
            [watched(100), watched(20, 0, vantage="ha-noi")],
            Outcome.MET,
            None,
            id="one-cannot-tell",
        ),
        pytest.param(
            [watched(20), watched(counts=Counts(down=100, silent=100))],
            Outcome.NOT_TESTED,
            Cause.TOO_FEW_SAMPLES,
            id="none-can-tell",
        ),
    ],
)
def test_uptime_as_watched(many: list[Watched], outcome: Outcome, cause: Cause | None) -> None:
    """Each vantage by itself; where those that can tell differ, a person looks."""
    found = finding(uptime_above_target, glance(*many), limits=LIMITS)
    assert (found.outcome, found.cause) == (outcome, cause)
    disagree = outcome is Outcome.NEEDS_REVIEW
    assert found.reason == ("vantages-disagree" if disagree else "")
    assert found.note == ("da-nang: 100.0; ha-noi: 10.0" if disagree else found.note)


def test_a_window_of_the_scan_comes_first() -> None:
    """Where the edition's window fits a scan, it is judged by what the scan took."""
    own = uptime("u" * 100).model_copy(update={"watched": (watched(10, 90),)})
    assert finding(uptime_above_target, own, limits=LIMITS).outcome is Outcome.MET


def timed(*times_ms: float | None, up: bool | None = True) -> tuple[Sample, ...]:
    return tuple(Sample(at=AS_OF, up=up, first_byte_ms=ms) for ms in times_ms)


DOWN = Sample(at=AS_OF, up=False, cause=Cause.SERVER_ERROR, first_byte_ms=9.0)


@pytest.mark.parametrize(
    ("seen", "outcome", "reason", "told"),
    [
        pytest.param(glance(samples=timed(1, 3000, 9000)), Outcome.MET, "", 3000, id="median-at"),
        pytest.param(
            glance(samples=timed(1, 3001, 9000)),
            Outcome.NOT_MET,
            "slow-median",
            3001,
            id="median-over",
        ),
        pytest.param(
            glance(samples=timed(*[100.0] * 19, 3000)), Outcome.MET, "", 100, id="19-of-20-quick"
        ),
        pytest.param(
            glance(samples=timed(*[100.0] * 18, 3001, 3001)),
            Outcome.NOT_MET,
            "slow-95th",
            3001,
            id="18-of-20-quick",
        ),
        pytest.param(
            glance(watched(latencies=latencies([100.0] * 19 + [9000.0]))),
            Outcome.MET,
            "",
            102,
            id="watched-19-of-20",
        ),
        pytest.param(
            glance(watched(latencies=latencies([100.0] * 18 + [3001.0] * 2))),
            Outcome.NOT_MET,
            "slow-95th",
            3150,
            id="watched-just-over",
        ),
        pytest.param(
            glance(watched(latencies=latencies([3000.0] * 20))),
            Outcome.MET,
            "",
            2860,
            id="watched-at",
        ),
        pytest.param(
            glance(
                watched(latencies=latencies([9.0] * 20)),
                watched(latencies=latencies([9000.0] * 20), vantage="ha-noi"),
            ),
            Outcome.NEEDS_REVIEW,
            "vantages-disagree",
            8980,
            id="they-disagree",
        ),
        pytest.param(
            glance(watched(latencies=latencies([9000.0] * 19)), samples=timed(1, 2, 3)),
            Outcome.MET,
            "",
            2,
            id="too-few-watched",
        ),
    ],
)
def test_response_time(seen: Uptime, outcome: Outcome, reason: str, told: float) -> None:
    """The 95th percentile, or of few samples the median; what a watcher saw comes first."""
    found = finding(response_time_within_budget, seen, limits=QUICK)
    assert (found.outcome, found.reason) == (outcome, reason)
    assert found.measured[0].value == told


@pytest.mark.parametrize(
    ("samples", "cause"),
    [
        pytest.param((), Cause.TOO_FEW_SAMPLES, id="none"),
        pytest.param(timed(1, 2), Cause.TOO_FEW_SAMPLES, id="two"),
        pytest.param(timed(1, 2, None), Cause.TOO_FEW_SAMPLES, id="one-stood-still"),
        pytest.param((DOWN,) * 9, Cause.SERVER_ERROR, id="never-up"),
        pytest.param((DOWN, *timed(1, 2)), Cause.TOO_FEW_SAMPLES, id="an-error-is-no-answer"),
    ],
)
def test_response_time_untold(samples: tuple[Sample, ...], cause: Cause) -> None:
    """Fewer than three that found it up say nothing of its speed."""
    found = finding(response_time_within_budget, glance(samples=samples), limits=QUICK)
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)


def test_a_bar_between_two_edges_speaks_for_the_site() -> None:
    """What a watcher's step cannot tell is not held against it."""
    seen = glance(watched(latencies=latencies([2950.0] * 20)))
    assert (
        finding(response_time_within_budget, seen, limits={"max_first_byte_ms": 2800}).outcome
        is Outcome.MET
    )
    assert (
        finding(response_time_within_budget, seen, limits={"max_first_byte_ms": 2700}).outcome
        is Outcome.NOT_MET
    )
