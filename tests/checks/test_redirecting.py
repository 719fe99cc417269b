"""Ways out of a site: who sends, whom, and to whom."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended
from checks.evidence.page import Code, CodeMark, PageFacts
from checks.evidence.provoked import Provoked
from checks.evidence.samples import Chosen, Rendered, Robots, Sample
from checks.parsing.foreign import Whose, resembles, whose
from checks.rules.redirecting import no_foreign_redirect
from checks.spec import Finding, Outcome
from tests.builders.web import (
    HOST,
    TWIN,
    ask,
    exchange,
    hop,
    http,
    page,
    pages,
    provoked,
    redirected,
    sample,
    samples,
    shown,
    site,
    unknown_sample,
)

BETTING = "https://nhacai-thuchanh.example/khuyen-mai"
LEFT = NotCaptured(cause=Cause.REDIRECT_OUT_OF_SCOPE)


def found(*changed: Any) -> Finding:
    """A healthy site's finding, some evidence replaced."""
    evidence = {type(one): one for one in (http(), pages(), samples())}
    evidence |= {type(one): one for one in changed}
    return ask(no_foreign_redirect, *evidence.values())


def moved(target: str, *marks: CodeMark) -> Code:
    return Code(marks=marks or (CodeMark.MOVES,), moves=(target,))


def away(target: str, start: str = f"https://{HOST}/", status: int = 302) -> Any:
    """An endpoint that leaves the permission."""
    return exchange(hop(start, status, location=target), end=Ended.LEFT_SCOPE, next_url=target)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (f"https://{HOST}/a", Whose.OWN),
        (f"https://{TWIN}/a", Whose.OWN),
        (f"https://hoc.{HOST}/", Whose.OWN),
        ("https://danang.gov.vn/", Whose.AUTHORITY),
        ("https://haichau.danang.gov.vn/", Whose.AUTHORITY),
        ("https://danang.edu.vn/", Whose.AUTHORITY),
        ("https://thcskhac.danang.edu.vn/", Whose.AUTHORITY),
        ("https://docs.google.com/forms/d/x", Whose.KNOWN),
        ("https://www.facebook.com/truong", Whose.KNOWN),
        ("https://thcskhac.edu.vn/", Whose.SCHOOL),
        ("http://169.254.169.254/", Whose.ADDRESS),
        ("http://[::1]/", Whose.ADDRESS),
        ("about:blank", Whose.ADDRESS),
        ("http://[", Whose.ADDRESS),
        (BETTING, Whose.STRANGER),
        ("https://danang.gov.vn.example/", Whose.STRANGER),
        ("https://fakedanang.edu.vn.com/", Whose.STRANGER),
        ("https://notgoogle.com/", Whose.STRANGER),
    ],
)
def test_whose(target: str, expected: Whose) -> None:
    """By the registered name, never by a part of it."""
    assert whose(target, site()) is expected


def test_mail_and_gateway_are_own() -> None:
    """What the inventory names beside the host."""
    named = site(mail_domain="thu.example", gateway="https://cong.example/a")
    assert whose("https://thu.example/", named) is Whose.OWN
    assert whose("https://cong.example/", named) is Whose.OWN


def test_resembling() -> None:
    """A new address keeps the name; short names prove nothing."""
    assert resembles("https://thcslequydon-dn.com/", site())
    assert not resembles(BETTING, site())
    assert not resembles("https://ab.com/", site("ab.edu.vn"))


def test_a_quiet_site() -> None:
    """Nothing leads away: home, one page and the made-up path were seen."""
    quiet = found()
    assert quiet.outcome is Outcome.MET
    assert quiet.measured[0].value == 3


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param(
            (http(https=away(BETTING)), pages(home=LEFT)), Outcome.NOT_MET, "home", id="home"
        ),
        pytest.param(
            (http(twin_http=away(BETTING, f"http://{TWIN}/")),), Outcome.NOT_MET, "home", id="twin"
        ),
        pytest.param(
            (pages(home=page(refresh=BETTING)),), Outcome.NOT_MET, "home", id="home-refresh"
        ),
        pytest.param(
            (pages(home=page(code=(moved(BETTING),))),), Outcome.NOT_MET, "home", id="home-script"
        ),
        pytest.param(
            (pages(home=page(code=(moved(BETTING, CodeMark.MOVES_SEARCHERS),))),),
            Outcome.NOT_MET,
            "searchers",
            id="script-for-searchers",
        ),
        pytest.param(
            (pages(home=page(code=(Code(marks=(CodeMark.PACKED,), moves=(BETTING,)),))),),
            Outcome.MET,
            "",
            id="code-that-does-not-move",
        ),
        pytest.param(
            (samples(pages=(unknown_sample(), sample(left_to=BETTING))),),
            Outcome.NOT_MET,
            "inner",
            id="inner",
        ),
        pytest.param(
            (samples(pages=(unknown_sample(left_to=BETTING), sample())),),
            Outcome.NOT_MET,
            "unknown-path",
            id="unknown",
        ),
        pytest.param(
            (samples(pages=(unknown_sample(refresh=BETTING), sample())),),
            Outcome.NOT_MET,
            "unknown-path",
            id="unknown-refresh",
        ),
        pytest.param(
            (samples(pages=(unknown_sample(left_to=BETTING), sample(left_to=BETTING))),),
            Outcome.NOT_MET,
            "inner",
            id="the-graver-is-told",
        ),
        pytest.param(
            (samples(searched=(sample(left_to=BETTING),)),),
            Outcome.NOT_MET,
            "searchers",
            id="searchers",
        ),
        pytest.param(
            (
                samples(
                    pages=(unknown_sample(left_to=BETTING),),
                    searched=(unknown_sample(left_to=BETTING),),
                ),
            ),
            Outcome.NOT_MET,
            "unknown-path",
            id="searchers-like-everybody",
        ),
        pytest.param(
            (samples(rendered=(Rendered(url=f"https://{HOST}/", moved_to=BETTING),)),),
            Outcome.NOT_MET,
            "home",
            id="browser",
        ),
        pytest.param(
            (samples(rendered=(Rendered(url=f"https://{HOST}/"),)),),
            Outcome.MET,
            "",
            id="browser-stays",
        ),
        pytest.param(
            (samples(pages=(unknown_sample(left_to="https://danang.gov.vn/"),)),),
            Outcome.MET,
            "",
            id="unknown-to-authority",
        ),
        pytest.param(
            (http(https=away("https://thcskhac.vn/", status=301)), pages(home=LEFT)),
            Outcome.NEEDS_REVIEW,
            "moved",
            id="moved-under-vn",
        ),
        pytest.param(
            (http(https=away("https://thcslequydon.com/", status=308)), pages(home=LEFT)),
            Outcome.NEEDS_REVIEW,
            "moved",
            id="moved-and-alike",
        ),
        pytest.param(
            (http(https=away("https://thcslequydon.com/", status=302)), pages(home=LEFT)),
            Outcome.NOT_MET,
            "home",
            id="for-now",
        ),
        pytest.param(
            (http(https=away("https://khac.com/", status=301)), pages(home=LEFT)),
            Outcome.NOT_MET,
            "home",
            id="for-good-to-a-stranger",
        ),
        pytest.param(
            (http(https=away("https://khac.vn/khuyen-mai", status=301)), pages(home=LEFT)),
            Outcome.NOT_MET,
            "home",
            id="not-to-a-front-page",
        ),
        pytest.param(
            (http(https=redirected(f"https://{HOST}/", "https://thcskhac.edu.vn/")),),
            Outcome.NEEDS_REVIEW,
            "other-school",
            id="permitted-school",
        ),
        pytest.param(
            (samples(pages=(unknown_sample(), sample(left_to="https://forms.gle/abc"))),),
            Outcome.MET,
            "",
            id="form",
        ),
        pytest.param(
            (http(https=away("http://169.254.169.254/")), pages(home=LEFT)),
            Outcome.NEEDS_REVIEW,
            "bare-address",
            id="metadata",
        ),
        pytest.param(
            (http(https=away("https://danang.gov.vn/truong")),), Outcome.MET, "", id="authority"
        ),
        pytest.param(
            (pages(home=page(refresh=f"https://{HOST}/trang-chu")),), Outcome.MET, "", id="own"
        ),
    ],
)
def test_ways_out(changed: tuple[Any, ...], outcome: Outcome, reason: str) -> None:
    """A stranger accuses; what schools may wish for is left to a person; of several, the gravest is told."""
    answer = found(*changed)
    assert (answer.outcome, answer.reason) == (outcome, reason)


def test_the_other_look_at_an_unknown_path() -> None:
    """Where robots.txt forbids it, what another look saw decides."""
    forbidden = samples(pages=(), robots=Robots(there=True, disallows=1))
    assert found(forbidden).cause is Cause.NOT_PERMITTED
    assert found(forbidden, provoked()).outcome is Outcome.MET
    start = f"https://{HOST}/tinnhiem-unknown"
    gone = shown(start).model_copy(update={"exchange": away(BETTING, start), "page": LEFT})
    assert found(forbidden, provoked(unknown=gone)).reason == "unknown-path"
    refreshed = shown(start, refresh=BETTING)
    assert found(forbidden, provoked(unknown=refreshed)).reason == "unknown-path"
    nothing = NotCaptured(cause=Cause.RESET)
    assert (
        found(forbidden, Provoked(cross_origin=nothing, unknown=nothing, directories=nothing)).cause
        is Cause.RESET
    )


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        pytest.param((pages(home=NotCaptured(cause=Cause.RESET)),), Cause.RESET, id="home"),
        pytest.param((pages(home=page(truncated=True)),), Cause.BODY_TRUNCATED, id="cut"),
        pytest.param((pages(home=page(code_cut=True)),), Cause.BUDGET_CPU, id="scripts-cut"),
        pytest.param((samples(pages=(unknown_sample(status=500),)),), Cause.SERVER_ERROR, id="500"),
        pytest.param((samples(pages=(unknown_sample(status=429),)),), Cause.RATE_LIMITED, id="429"),
        pytest.param(
            (
                samples(
                    pages=(
                        Sample(
                            url="x", chosen=Chosen.UNKNOWN, page=NotCaptured(cause=Cause.NO_ANSWER)
                        ),
                    )
                ),
            ),
            Cause.NO_ANSWER,
            id="unknown-silent",
        ),
        pytest.param(
            (samples(pages=(), robots=NotCaptured(cause=Cause.SERVER_ERROR)),),
            Cause.SERVER_ERROR,
            id="robots-failing",
        ),
        pytest.param(
            (samples(pages=(), cut=NotCaptured(cause=Cause.DEADLINE)),), Cause.DEADLINE, id="late"
        ),
    ],
)
def test_what_was_not_seen(changed: tuple[Any, ...], cause: Cause) -> None:
    """Without the home page or the made-up path nothing is concluded."""
    answer = found(*changed)
    assert (answer.outcome, answer.cause) == (Outcome.NOT_TESTED, cause)


def test_a_sampled_page_that_did_not_come() -> None:
    """It is left out; the others speak."""
    silent = sample().model_copy(update={"page": NotCaptured(cause=Cause.NO_ANSWER)})
    answer = found(samples(pages=(unknown_sample(), silent)))
    assert (answer.outcome, answer.measured[0].value) == (Outcome.MET, 2)


def test_an_accusation_needs_no_samples() -> None:
    """What the home page does is seen without them; met is not said without them."""
    missing = NotCaptured(cause=Cause.NOT_ENABLED)
    evidence = (http(https=away(BETTING)), pages(home=LEFT))
    assert (
        ask(no_foreign_redirect, *evidence, missing={type(samples()): missing}).outcome
        is Outcome.NOT_MET
    )
    quiet = ask(no_foreign_redirect, http(), pages(), missing={type(samples()): missing})
    assert quiet.cause is Cause.NOT_ENABLED


def test_the_policy_page() -> None:
    """It is a page like others."""
    policy = page(url=f"https://{HOST}/chinh-sach", refresh=BETTING)
    assert isinstance(policy, PageFacts)
    assert found(pages(policy=policy)).reason == "inner"
