"""Reach: every end of an exchange, and both sides of the bars of a window."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended, Exchange
from checks.evidence.names import Look, Said
from checks.rules.reach import site_reachable, uptime_above_target
from checks.spec import Outcome
from tests.builders.network import (
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
    asked = [missing(site_reachable, gone), missing(uptime_above_target, gone, LIMITS)]
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
