"""Pages for robots are told from pages for visitors, and a school that writes about such things from both."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause
from checks.parsing.block_pages import recognise

CHALLENGE = b"<title>Just a moment...</title><p>Checking your browser before accessing"
NEWS = b"<title>Tin</title><p>Just a moment... is what the page said</p>" + b"<p>tin</p>" * 1000


@pytest.mark.parametrize(
    ("status", "headers", "body", "cause"),
    [
        pytest.param(200, (), b"<p>Truong</p>", None, id="page"),
        pytest.param(429, (), b"", Cause.RATE_LIMITED, id="429"),
        pytest.param(503, (("Retry-After", "60"),), b"", Cause.RATE_LIMITED, id="503-with-a-wish"),
        pytest.param(503, (), b"<p>error</p>", None, id="503-without"),
        pytest.param(403, (), b"<h1>403 Forbidden</h1>", None, id="plain-403"),
        pytest.param(403, (), CHALLENGE, Cause.CHALLENGE_PAGE, id="challenge-403"),
        pytest.param(200, (), CHALLENGE, Cause.CHALLENGE_PAGE, id="challenge-200-tiny"),
        pytest.param(200, (), NEWS, None, id="a-long-page-that-mentions-it"),
        pytest.param(403, (), NEWS, Cause.CHALLENGE_PAGE, id="a-long-page-that-refuses"),
        pytest.param(
            200, (("CF-Mitigated", "Challenge"),), b"x", Cause.CHALLENGE_PAGE, id="header-value"
        ),
        pytest.param(200, (("cf-mitigated", "none"),), b"x", None, id="header-other-value"),
        pytest.param(200, (("X-DataDome", ""),), b"x", Cause.CHALLENGE_PAGE, id="header-alone"),
        pytest.param(
            403,
            (),
            "<p>Yêu cầu của bạn đã bị chặn</p>".encode(),
            Cause.CHALLENGE_PAGE,
            id="vietnamese-block",
        ),
        pytest.param(
            200,
            (),
            "<p>Đang kiểm tra trình duyệt".encode().replace("Đ".encode(), "đ".encode()),
            Cause.CHALLENGE_PAGE,
            id="vietnamese-challenge",
        ),
    ],
)
def test_recognise(
    status: int, headers: tuple[tuple[str, str], ...], body: bytes, cause: Cause | None
) -> None:
    """Status, headers and the marks of a short page decide together."""
    assert recognise(status, headers, body, len(body)) is cause


@given(st.integers(100, 999), st.binary(max_size=400))
def test_any_answer_has_an_opinion(status: int, body: bytes) -> None:
    """No bytes make it raise, and only these two causes come out."""
    found = recognise(status, (), body, len(body))
    assert found in (None, Cause.RATE_LIMITED, Cause.CHALLENGE_PAGE)
