"""What odd requests bring out: each answer, and each way not to have one."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Ended, Http
from checks.evidence.page import Link
from checks.evidence.provoked import FOREIGN_ORIGIN, Provoked
from checks.rules.headers import hsts_enforced, nosniff_set
from checks.rules.http import http_redirects_to_https, https_stays_https, redirects_end
from checks.rules.provoked import cross_origin_closed, directory_listing_off, errors_stay_quiet
from checks.spec import Outcome
from tests.builders.web import HOST, ask, exchange, hop, http, provoked, redirected, shown
from tests.checks.test_headers import tls

UNKNOWN = f"https://{HOST}/tinnhiem-unknown"
FOLDER = f"https://{HOST}/uploads/news/"
ORIGIN = "Access-Control-Allow-Origin"
CREDENTIALS = "Access-Control-Allow-Credentials"


@pytest.mark.parametrize(
    ("sent", "status", "outcome", "reason"),
    [
        pytest.param({}, 200, "met", "", id="nothing-sent"),
        pytest.param({CREDENTIALS: "true"}, 200, "met", "", id="credentials-alone"),
        pytest.param(
            {ORIGIN: FOREIGN_ORIGIN, CREDENTIALS: "true"},
            200,
            "not-met",
            "reflects-with-credentials",
            id="reflects",
        ),
        pytest.param(
            {ORIGIN: FOREIGN_ORIGIN, CREDENTIALS: "true"},
            302,
            "not-met",
            "reflects-with-credentials",
            id="reflects-in-a-redirect",
        ),
        pytest.param(
            {ORIGIN: FOREIGN_ORIGIN, CREDENTIALS: "true"},
            401,
            "not-met",
            "reflects-with-credentials",
            id="reflects-behind-a-login",
        ),
        pytest.param(
            {ORIGIN: "null", CREDENTIALS: "true"},
            200,
            "not-met",
            "null-with-credentials",
            id="null",
        ),
        pytest.param({ORIGIN: "null"}, 200, "met", "open", id="null-without-credentials"),
        pytest.param(
            {ORIGIN: FOREIGN_ORIGIN}, 200, "met", "open", id="reflects-without-credentials"
        ),
        pytest.param({ORIGIN: "*"}, 200, "met", "open", id="star"),
        pytest.param(
            {ORIGIN: "*", CREDENTIALS: "true"}, 200, "met", "open", id="browsers-refuse-both"
        ),
        pytest.param({ORIGIN: "*"}, 401, "needs-review", "open-behind-login", id="star-at-a-login"),
        pytest.param({ORIGIN: "*"}, 403, "needs-review", "open-behind-login", id="star-at-a-403"),
        pytest.param(
            {ORIGIN: FOREIGN_ORIGIN, CREDENTIALS: "True"},
            200,
            "met",
            "open",
            id="true-in-small-letters",
        ),
        pytest.param(
            {ORIGIN: FOREIGN_ORIGIN, CREDENTIALS: ["true", "true"]},
            200,
            "met",
            "open",
            id="said-twice",
        ),
        pytest.param(
            {ORIGIN: [FOREIGN_ORIGIN, FOREIGN_ORIGIN], CREDENTIALS: "true"},
            200,
            "met",
            "named",
            id="two-origins-are-refused",
        ),
        pytest.param(
            {ORIGIN: f"{FOREIGN_ORIGIN}/", CREDENTIALS: "true"},
            200,
            "met",
            "named",
            id="with-a-slash",
        ),
        pytest.param(
            {ORIGIN: "https://vnedu.example", CREDENTIALS: "true"},
            200,
            "met",
            "named",
            id="a-partner",
        ),
    ],
)
def test_strangers(sent: dict[str, Any], status: int, outcome: str, reason: str) -> None:
    """As the Fetch standard has it: byte for byte, one value."""
    found = ask(cross_origin_closed, provoked(cross_origin=hop(status=status, changed=sent)))
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize("status", [404, 429, 500, 503])
def test_strangers_at_an_error_page(status: int) -> None:
    """Nothing is concluded from it, whatever it sends."""
    sent = {ORIGIN: FOREIGN_ORIGIN, CREDENTIALS: "true"}
    found = ask(cross_origin_closed, provoked(cross_origin=hop(status=status, changed=sent)))
    assert found.outcome is Outcome.NOT_TESTED


LISTED: dict[str, Any] = {
    "title": "Index of /uploads/news/",
    "links": (Link(href=f"{FOLDER}danh-sach.xlsx", text="danh-sach.xlsx"),),
}


def folder(status: int = 200, **facts: Any) -> Any:
    """A folder and what it shows."""
    one = shown(FOLDER, status)
    assert not isinstance(one.page, NotCaptured)
    return one.model_copy(update={"page": one.page.model_copy(update=facts)})


@pytest.mark.parametrize(
    ("folders", "outcome", "reason"),
    [
        pytest.param((), "not-applicable", "no-folders", id="no-files"),
        pytest.param((folder(**LISTED),), "not-met", "listed", id="listed"),
        pytest.param((folder(403), folder(**LISTED)), "not-met", "listed", id="one-of-two"),
        pytest.param(
            (folder(title="Index of /uploads/news/"),),
            "needs-review",
            "like-a-list",
            id="title-only",
        ),
        pytest.param((folder(title="Trường THCS"),), "met", "", id="a-page-of-the-school"),
        pytest.param((folder(403),), "met", "", id="forbidden"),
        pytest.param((folder(404),), "met", "", id="not-there"),
        pytest.param((folder(401),), "met", "", id="login"),
        pytest.param(
            (folder(403, title="Index of /uploads/news/"),),
            "met",
            "",
            id="says-so-and-shows-nothing",
        ),
    ],
)
def test_folders(folders: tuple[Any, ...], outcome: str, reason: str) -> None:
    """One that lists is enough."""
    found = ask(directory_listing_off, provoked(directories=folders))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_a_folder_that_did_not_answer() -> None:
    """A closed one beside it proves nothing; an open one is seen all the same."""
    silent = folder().model_copy(update={"page": NotCaptured(cause=Cause.NO_ANSWER)})
    found = ask(directory_listing_off, provoked(directories=(folder(403), silent)))
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.NO_ANSWER)
    found = ask(directory_listing_off, provoked(directories=(folder(**LISTED), silent)))
    assert found.outcome is Outcome.NOT_MET
    for status, cause in ((429, Cause.RATE_LIMITED), (500, Cause.SERVER_ERROR)):
        found = ask(directory_listing_off, provoked(directories=(folder(status),)))
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)


TRACE = 'Traceback (most recent call last): File "/srv/app/views.py", line 31, in home'


@pytest.mark.parametrize(
    ("status", "text", "outcome", "reason"),
    [
        pytest.param(404, "Không tìm thấy.", "met", "", id="a-plain-404"),
        pytest.param(410, "Đã gỡ.", "met", "", id="gone"),
        pytest.param(404, TRACE, "not-met", "stack-trace", id="404-with-a-trace"),
        pytest.param(500, TRACE, "not-met", "stack-trace", id="500-with-a-trace"),
        pytest.param(200, TRACE, "not-met", "stack-trace", id="200-with-a-trace"),
        pytest.param(200, "Trang chủ", "needs-review", "soft-404", id="soft-404"),
        pytest.param(403, "Forbidden", "needs-review", "other-status", id="forbidden"),
        pytest.param(500, "Lỗi máy chủ.", "not-tested", "", id="500"),
        pytest.param(429, "Chậm lại.", "not-tested", "", id="rate-limited"),
        pytest.param(404, "SQLSTATE[42S02]: Base table", "not-met", "sql-text", id="sql"),
        pytest.param(
            404,
            "Physical Path C:\\inetpub\\wwwroot\\x",
            "not-met",
            "file-path",
            id="a-windows-path",
        ),
        pytest.param(
            404, "yii\\base\\InvalidRouteException", "not-met", "debug-page", id="a-debug-page"
        ),
    ],
)
def test_error_pages(status: int, text: str, outcome: str, reason: str) -> None:
    """The trace counts whatever the status; without one a real 404 is asked."""
    found = ask(errors_stay_quiet, provoked(unknown=shown(UNKNOWN, status, text)))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_the_title_tells_too() -> None:
    """Laravel puts the exception there."""
    one = shown(UNKNOWN, 500, "Lỗi")
    assert not isinstance(one.page, NotCaptured)
    titled = one.page.model_copy(update={"title": "Illuminate\\Database\\QueryException"})
    found = ask(errors_stay_quiet, provoked(unknown=one.model_copy(update={"page": titled})))
    assert found.reason == "debug-page"


@pytest.mark.parametrize("facts", [{"truncated": True}, {"words": 20_000}])
def test_an_error_page_that_was_cut(facts: dict[str, Any]) -> None:
    """What stood in the rest nobody knows; what was seen counts."""
    one = shown(UNKNOWN, 404, "Không tìm thấy.")
    assert not isinstance(one.page, NotCaptured)
    cut = one.model_copy(update={"page": one.page.model_copy(update=facts)})
    found = ask(errors_stay_quiet, provoked(unknown=cut))
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.BODY_TRUNCATED)


@pytest.mark.parametrize("cause", list(Cause))
@pytest.mark.parametrize(
    "check", [cross_origin_closed, directory_listing_off, errors_stay_quiet], ids=lambda one: one.id
)
def test_no_look_no_answer(check: Any, cause: Cause) -> None:
    """Every cause at every place."""
    nothing = NotCaptured(cause=cause)
    silent = shown(UNKNOWN).model_copy(update={"page": nothing})
    for part in (
        {"cross_origin": nothing, "unknown": nothing, "directories": nothing},
        {"cross_origin": nothing, "unknown": silent, "directories": (silent,)},
    ):
        found = ask(check, provoked(**part))
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)
    assert ask(check, missing={Provoked: nothing}).cause is cause


# Further addresses of a host

SECOND = "192.0.2.77"
NAKED = {
    "Strict-Transport-Security": None,
    "X-Content-Type-Options": None,
}


def at_second(https: Any = None, plain: Any = None) -> Http:
    """A healthy site that has a second address."""
    whole = http()
    further = {
        "address": SECOND,
        "https": https or whole.https,
        "http": plain or whole.http,
    }
    return Http.model_validate(whole.model_dump() | {"further": (further,)})


LIMITS = {"hsts-enforced": {"min_max_age_s": 31_536_000}, "redirects-end": {"max_hops": 10}}


@pytest.mark.parametrize(
    ("check", "https", "plain"),
    [
        (hsts_enforced, exchange(hop(changed=NAKED)), None),
        (nosniff_set, exchange(hop(changed=NAKED)), None),
        (http_redirects_to_https, None, exchange(hop(f"http://{HOST}/"))),
        (https_stays_https, redirected(f"https://{HOST}/", f"http://{HOST}/"), None),
        (redirects_end, redirected(f"https://{HOST}/", f"https://{HOST}/", end=Ended.LOOP), None),
    ],
    ids=lambda one: getattr(one, "id", ""),
)
def test_the_worst_address_counts_and_is_named(check: Any, https: Any, plain: Any) -> None:
    """What one of two balanced servers forgot is found."""
    limits = LIMITS.get(check.id, {})
    assert ask(check, at_second(), tls(), limits=limits).outcome is Outcome.MET
    found = ask(check, at_second(https, plain), tls(), limits=limits)
    assert found.outcome is Outcome.NOT_MET
    assert SECOND in found.address
    silent = exchange(end=NotCaptured(cause=Cause.NO_ANSWER))
    found = ask(check, at_second(silent, silent), tls(), limits=limits)
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.NO_ANSWER)


@pytest.mark.parametrize("check", [hsts_enforced, nosniff_set], ids=lambda one: one.id)
def test_a_further_address_where_nothing_listens(check: Any) -> None:
    """Browsers go on to the next one, and so do we."""
    closed = exchange(end=Ended.REFUSED)
    seen = at_second(closed, closed)
    assert ask(check, seen, tls(), limits=LIMITS.get(check.id, {})).outcome is Outcome.MET
