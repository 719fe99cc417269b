"""The rules of the preload list (hstspreload.org, and chromium/hstspreload that checks them)."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import PathState
from checks.evidence.http import Ended
from checks.evidence.names import Names
from checks.evidence.tls import Tls
from checks.lists import Lists, PreloadList
from checks.rules.headers import hsts_preload_ready
from checks.spec import Finding, Outcome
from tests.builders import network
from tests.builders.web import AS_OF, HOST, TWIN, ask, exchange, hop, http, redirected, site
from tests.checks.test_headers import tls

HS, TS, HP, TP = f"https://{HOST}/", f"https://{TWIN}/", f"http://{HOST}/", f"http://{TWIN}/"
NAME = "Strict-Transport-Security"
FIT = "max-age=31536000; includeSubDomains; preload"
Value = str | Iterable[str] | None
MET, NOT_MET, UNTESTED = Outcome.MET, Outcome.NOT_MET, Outcome.NOT_TESTED
SILENT = NotCaptured(cause=Cause.NO_ANSWER)


def names(registrable: str | None = HOST) -> Names:
    """The names of a site, with what was registered."""
    return network.names(host=network.host_names(HOST), registrable=registrable)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        # chromium/hstspreload, header_test.go
        pytest.param(FIT, "", id="exactly-a-year"),
        pytest.param("max-age=63072000; includeSubDomains; preload", "", id="two-years"),
        pytest.param("PRELOAD; INCLUDESUBDOMAINS; MAX-AGE=31536000", "", id="case-and-order"),
        pytest.param(f"{FIT};", "", id="trailing-semicolon"),
        pytest.param(f"{FIT}; x", "", id="unknown-directive"),
        pytest.param(
            "max-age=31535999; includeSubDomains; preload", "short", id="one-second-short"
        ),
        pytest.param("max-age=10886400; includeSubDomains; preload", "short", id="18-weeks-of-old"),
        pytest.param("max-age=0; includeSubDomains; preload", "short", id="zero"),
        pytest.param("max-age=31536000; preload", "no-subdomains", id="no-subdomains"),
        pytest.param("max-age=31536000; includeSubDomains", "no-preload", id="no-preload"),
        pytest.param("includeSubDomains; preload", "invalid", id="no-max-age"),
        pytest.param(f"{FIT}; preload", "invalid", id="twice-preload"),
        pytest.param(f"{FIT}, x", "invalid", id="comma"),
        pytest.param("", "invalid", id="empty"),
        pytest.param((FIT, FIT), "several-headers", id="multiple-headers"),
        pytest.param(None, "missing", id="none"),
    ],
)
def test_header(sent: Value, reason: str) -> None:
    """What the list says of the header."""
    seen = http(https=exchange(hop(HS, changed={NAME: sent})))
    found = ask(hsts_preload_ready, seen, names(), tls())
    assert (found.outcome, found.reason) == (NOT_MET if reason else MET, reason)


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({}, MET, "", id="healthy"),
        pytest.param(
            {"http": exchange(start_url=HP, end=Ended.REFUSED)}, MET, "", id="port-80-closed"
        ),
        pytest.param(
            {"http": exchange(hop(HP))}, NOT_MET, "http-not-redirected", id="page-over-http"
        ),
        pytest.param(
            {"http": exchange(hop(HP, 404))}, NOT_MET, "http-not-redirected", id="404-over-http"
        ),
        pytest.param({"http": exchange(hop(HP, 503))}, UNTESTED, "", id="503-over-http"),
        pytest.param({"http": exchange(hop(HP, 429))}, UNTESTED, "", id="429-over-http"),
        pytest.param({"http": exchange(start_url=HP, end=SILENT)}, UNTESTED, "", id="80-silent"),
        pytest.param(
            {"http": exchange(start_url=HP, end=Ended.LOOP)}, UNTESTED, "", id="no-answer"
        ),
        pytest.param(
            {"http": redirected(HP, TS)},
            NOT_MET,
            "http-not-redirected",
            id="hstspreload-another-host-first",
        ),
        pytest.param(
            {"http": redirected(HP, f"{HP}x", HS)},
            NOT_MET,
            "http-not-redirected",
            id="hstspreload-http-first",
        ),
        pytest.param(
            {"https": redirected(HS, TS)}, MET, "", id="hstspreload-redirect-with-the-header"
        ),
        pytest.param(
            {"https": exchange(hop(HS, changed={NAME: None}, location=TS), hop(TS))},
            NOT_MET,
            "missing",
            id="hstspreload-redirect-without-the-header",
        ),
        pytest.param({"https": exchange(hop(HS, 500))}, UNTESTED, "", id="server-error"),
        pytest.param({"https": exchange(start_url=HS, end=SILENT)}, UNTESTED, "", id="silent"),
        pytest.param({"https": exchange(start_url=HS, end=Ended.LOOP)}, UNTESTED, "", id="nothing"),
        pytest.param(
            {"https": exchange(start_url=HS, end=Ended.NOT_TLS)}, NOT_MET, "no-https", id="not-tls"
        ),
        pytest.param(
            {
                "https": exchange(start_url=HS, end=Ended.REFUSED),
                "http": exchange(start_url=HP, end=Ended.REFUSED),
            },
            UNTESTED,
            "",
            id="both-closed",
        ),
    ],
)
def test_answers(changed: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """The first answers of the registered name decide."""
    found = ask(hsts_preload_ready, http(**changed), names(), tls())
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("offer", "outcome", "reason"),
    [
        pytest.param(tls(not_after=AS_OF), MET, "", id="last-second"),
        pytest.param(
            tls(not_after=AS_OF - timedelta(seconds=1)),
            NOT_MET,
            "certificate-not-valid",
            id="expired",
        ),
        pytest.param(tls(covers=(TWIN,)), NOT_MET, "certificate-not-valid", id="other-name"),
        pytest.param(tls(PathState.ISSUER_MISSING), UNTESTED, "", id="incomplete-chain"),
    ],
)
def test_certificate(offer: Tls, outcome: Outcome, reason: str) -> None:
    """The list takes no name without a valid certificate."""
    found = ask(hsts_preload_ready, http(), names(), offer)
    assert (found.outcome, found.reason) == (outcome, reason)


def of_www(twin_offers: bool = True, **changed: Any) -> Finding:
    """A site under www: its registered name is the twin."""
    seen = {
        "https": exchange(hop(TS)),
        "http": redirected(TP, TS),
        "twin_https": exchange(hop(HS, location=TS), hop(TS)),
        "twin_http": redirected(HP, HS),
        **changed,
    }
    base = tls().offers if twin_offers else ()
    offers = tls(covers=(TWIN,)).model_copy(update={"twin_offers": base})
    return ask(hsts_preload_ready, http(**seen), names(), offers, of=site(TWIN))


def test_the_registered_name_is_asked() -> None:
    """Where the site lives under www, its bare name goes on the list."""
    assert of_www().outcome is MET
    bare = exchange(hop(HS, changed={NAME: None}, location=TS), hop(TS))
    assert of_www(twin_https=bare).reason == "missing"
    gone = of_www(twin_https=None, twin_http=None)
    assert (gone.outcome, gone.cause) == (UNTESTED, Cause.NO_ADDRESS)
    assert of_www(twin_offers=False).outcome is UNTESTED


@pytest.mark.parametrize("registrable", ["edu.vn", "quydon.edu.vn", None])
def test_the_list_takes_registered_names_only(registrable: str | None) -> None:
    """A host below another one is protected by that one's entry."""
    found = ask(hsts_preload_ready, http(), names(registrable), tls())
    assert (found.outcome, found.reason) == (Outcome.NOT_APPLICABLE, "not-base")


def lists(**names: bool) -> Lists:
    """A loaded list; a double underscore stands for the dot."""
    listed = {name.replace("__", "."): below for name, below in names.items()}
    return Lists(preload=PreloadList(date(2026, 11, 1), "0" * 64, listed))


NO_HEADER = http(https=exchange(hop(HS, changed={NAME: None})))
OF_WWW = {
    "https": exchange(hop(TS)),
    "http": redirected(TP, TS),
    "twin_https": exchange(hop(HS, changed={NAME: None}, location=TS), hop(TS)),
    "twin_http": redirected(HP, HS),
}


@pytest.mark.parametrize(
    ("host", "registrable", "listed", "outcome", "reason"),
    [
        pytest.param(HOST, HOST, {"thcslequydon__edu__vn": False}, MET, "in-list", id="itself"),
        pytest.param(HOST, HOST, {"edu__vn": True}, MET, "in-list", id="above-with-subdomains"),
        pytest.param(HOST, HOST, {"edu__vn": False}, NOT_MET, "missing", id="above-alone"),
        pytest.param(HOST, HOST, {"khac__vn": True}, NOT_MET, "missing", id="others-only"),
        pytest.param(
            TWIN, HOST, {"thcslequydon__edu__vn": True}, MET, "in-list", id="www-under-its-name"
        ),
        pytest.param(
            TWIN, HOST, {"thcslequydon__edu__vn": False}, NOT_MET, "missing", id="www-left-out"
        ),
        pytest.param(
            TWIN, HOST, {"www__thcslequydon__edu__vn": True}, NOT_MET, "missing", id="only-www"
        ),
        pytest.param(HOST, "edu.vn", {"edu__vn": True}, MET, "in-list", id="below-another-name"),
        pytest.param(
            HOST, "edu.vn", {"khac__vn": True}, Outcome.NOT_APPLICABLE, "not-base", id="not-base"
        ),
    ],
)
def test_in_the_list(
    host: str, registrable: str, listed: dict[str, bool], outcome: Outcome, reason: str
) -> None:
    """A name that browsers carry is met whatever it sends; else the rules answer, and say that it is not there."""
    seen = NO_HEADER if host == HOST else http(**OF_WWW)
    found = ask(
        hsts_preload_ready, seen, names(registrable), tls(), of=site(host), lists=lists(**listed)
    )
    assert (found.outcome, found.reason) == (outcome, reason)
    assert found.measured[-1].name == "in_list"
    assert found.measured[-1].value is (reason == "in-list")


def test_without_a_list_the_rules_answer() -> None:
    """And nothing is said of a list."""
    found = ask(hsts_preload_ready, NO_HEADER, names(), tls())
    assert (found.outcome, found.reason, found.measured) == (NOT_MET, "missing", ())


def test_the_same_list_gives_the_same_finding() -> None:
    """Whatever the order of its entries."""
    one, other = lists(a__vn=True, b__vn=True), lists(b__vn=True, a__vn=True)
    asked = [
        ask(hsts_preload_ready, NO_HEADER, names(), tls(), lists=each) for each in (one, other)
    ]
    assert asked[0] == asked[1]
