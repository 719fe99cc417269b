"""MDN's HTTP Observatory: its tests on described sites, its arithmetic, then the grade of a site's evidence."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.certificates import PathState
from checks.evidence.http import VALUE_KEPT, Ended, Http
from checks.evidence.names import Names
from checks.evidence.page import METAS_KEPT, Pages, Script, Written
from checks.evidence.provoked import Provoked
from checks.evidence.tls import HandshakeState, Tls
from checks.judge import judge
from checks.lists import NO_LISTS, Lists, PreloadList
from checks.parsing.observatory.grades import GRADES, TESTS, Algorithm, counted, graded, modifier
from checks.parsing.observatory.headers import LONG_HSTS_S, grade, results
from checks.parsing.observatory.visited import Reply, Visited
from checks.rules.observatory import observatory_grade
from checks.spec import Finding, Outcome
from tests.builders import network
from tests.builders.web import (
    ADDRESS,
    AS_OF,
    HOST,
    TWIN,
    exchange,
    headers,
    hop,
    http,
    page,
    pages,
    redirected,
    site,
)

FOUR, SIX = Algorithm
HS, HP, TS, TP = f"https://{HOST}/", f"http://{HOST}/", f"https://{TWIN}/", f"http://{TWIN}/"
POLICY, COOKIES, SCRIPTS = "content-security-policy", "cookies", "subresource-integrity"
SHARING, TRANSPORT = "cross-origin-resource-sharing", "strict-transport-security"
CDN = "https://cdn.example.com/a.js"
PIN = f"sha256-{'A' * 43}="
LISTED = PreloadList(date(2026, 11, 1), "", {HOST: False, "co.vn": True})
Value = str | Iterable[str] | None
Fields = tuple[tuple[str, str], ...]


def reply(changed: Mapping[str, Value] | None = None, url: str = HS, status: int = 200) -> Reply:
    """A healthy answer, some fields replaced."""
    return Reply(url, status, headers(changed))


def visited(changed: Mapping[str, Value] | None = None, **other: Any) -> Visited:
    """A healthy site, some fields of its last answer replaced."""
    return Visited(
        **{
            "host": HOST,
            "registrable": HOST,
            "replies": (reply(changed),),
            "https_verified": True,
            "http_route": (HP, HS),
            "http_verified": True,
            "page": page(),
            "cross_origin": reply(),
            "preload": None,
            **other,
        }
    )


def result(test: str, seen: Visited, algorithm: Algorithm = SIX) -> str:
    """What one test says."""
    return results(seen, algorithm)[test]


def short(told: str) -> str:
    """A result without what all results of its test begin with."""
    for begin in ("csp-implemented-with-", "csp-", "cookies-", "sri-", "redirection-"):
        told = told.removeprefix(begin)
    return told


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        pytest.param("default-src 'none'", "no-unsafe-default-src-none", id="none"),
        pytest.param("default-src", "no-unsafe-default-src-none", id="nothing-listed"),
        pytest.param("default-src 'self'", "no-unsafe", id="self"),
        pytest.param("default-src 'none' https://a.vn", "no-unsafe", id="none-and-another"),
        pytest.param("default-src 'self'; script-src 'self' 'unsafe-inline'", "unsafe-inline", id="inline"),
        pytest.param("script-src 'unsafe-inline' 'nonce-(varies)'; default-src 'self'", "no-unsafe", id="nonce"),
        pytest.param(f"default-src 'unsafe-inline' '{PIN}'", "no-unsafe", id="hash-by-default"),
        pytest.param("default-src 'self'; script-src data:", "unsafe-inline", id="data"),
        pytest.param("default-src https:", "unsafe-inline", id="broad"),
        pytest.param("default-src 'self'; script-src *.a.vn *", "unsafe-inline", id="star"),
        pytest.param("default-src 'self'; script-src *.a.vn", "no-unsafe", id="hosts"),
        pytest.param("default-src 'self'; object-src *", "unsafe-inline", id="objects"),
        pytest.param("img-src 'self'", "unsafe-inline", id="no-scripts"),
        pytest.param("default-src 'self'; script-src 'unsafe-eval'", "unsafe-eval", id="eval"),
        pytest.param("default-src 'self'; style-src 'unsafe-eval'", "unsafe-eval", id="eval-in-styles"),
        pytest.param("default-src 'self'; style-src 'unsafe-inline'", "unsafe-inline-in-style-src-only", id="styles"),
        pytest.param("default-src 'self'; font-src http://a.vn", "insecure-scheme", id="plain"),
        pytest.param("default-src 'self'; report-uri http://a.vn", "insecure-scheme", id="plain-report"),
        pytest.param("default-src 'self'; img-src http://a.vn", "insecure-scheme-in-passive-content-only", id="plain-pictures"),
        pytest.param("default-src 'self'; media-src ftp:", "insecure-scheme-in-passive-content-only", id="plain-media"),
        pytest.param("script-src 'strict-dynamic' 'nonce-x' https: 'self'; object-src 'none'; style-src 'self'", "no-unsafe", id="strict"),
        pytest.param("default-src 'self'; script-src 'strict-dynamic'", "header-invalid", id="strict-alone"),
        pytest.param("default-src 'self'; default-src 'none'", "header-invalid", id="twice"),
        pytest.param("default-src 'self'; report-uri /a; report-uri /b", "implemented-but-duplicate-directives", id="reports-twice"),
        pytest.param("script-src *; report-to a; report-to b", "unsafe-inline", id="reports-twice-unsafe"),
        pytest.param("defau", "header-invalid", id="five-letters"),
        pytest.param("defaul", "unsafe-inline", id="six-letters"),
        pytest.param(";;;;;;", "not-implemented", id="nothing-in-it"),
        pytest.param("", "header-invalid", id="empty"),
        pytest.param(None, "not-implemented", id="missing"),
        pytest.param("default-src 'self', default-src 'none'", "no-unsafe-default-src-none", id="two-policies"),
        pytest.param("script-src https://a.vn/x/, script-src https://a.vn/x/y.js", "unsafe-inline", id="folder"),
        pytest.param("default-src https://a.vn/a, default-src https://a.vn/b", "no-unsafe-default-src-none", id="nothing-in-common"),
        pytest.param("default-src https://a.vn/a/b, default-src https://a.vn/a", "no-unsafe-default-src-none", id="longer-first"),
        pytest.param("default-src 'self', script-src 'self'", "no-unsafe", id="only-in-the-second"),
        pytest.param("default-src https://a.vn/%zz, default-src https://a.vn/%zz", "header-invalid", id="bad-percent"),
        pytest.param("default-src https://a.vn/%ff, default-src https://a.vn/%ff", "header-invalid", id="no-utf-8"),
        pytest.param("default-src 'self' é.vn", "no-unsafe", id="not-ascii"),
    ],
)  # fmt: skip
def test_policies(policy: str | None, expected: str) -> None:
    """Content-Security-Policy by algorithm 6."""
    seen = visited({"Content-Security-Policy": policy})
    assert short(result(POLICY, seen)) == expected


@pytest.mark.parametrize(
    ("algorithm", "sent", "expected"),
    [
        # By algorithm 4 a comma is one sign more of a source: "'self'," is a host that nobody knows.
        pytest.param(FOUR, "default-src 'self', default-src 'none'", "no-unsafe", id="one"),
        pytest.param(FOUR, ("default-src 'self'", "default-src 'none'"), "no-unsafe", id="two-fields-read-as-one"),
        pytest.param(SIX, "default-src 'self', default-src 'none'", "no-unsafe-default-src-none", id="two"),
        pytest.param(SIX, ("default-src 'self'", "default-src 'none'"), "no-unsafe-default-src-none", id="two-fields"),
        pytest.param(FOUR, "default-src 'self',", "no-unsafe", id="comma-at-the-end"),
        pytest.param(SIX, "default-src 'self',", "header-invalid", id="empty-policy-at-the-end"),
    ],
)  # fmt: skip
def test_commas_between_policies(algorithm: Algorithm, sent: Value, expected: str) -> None:
    """Several fields reach the Observatory joined by commas, which algorithm 6 takes apart again."""
    seen = visited({"Content-Security-Policy": sent})
    assert short(result(POLICY, seen, algorithm)) == expected


@pytest.mark.parametrize(
    ("sent", "in_page", "expected", "framing"),
    [
        pytest.param(None, ("default-src 'self'",), "no-unsafe", False, id="page-alone"),
        pytest.param(None, ("frame-ancestors 'none'",), "not-implemented", False, id="frames-in-page"),
        pytest.param(None, ("defau",), "header-invalid", False, id="page-invalid"),
        pytest.param("default-src 'self'", ("frame-ancestors 'none'",), "no-unsafe", True, id="frames-beside"),
        pytest.param("frame-ancestors 'none'", (), "unsafe-inline", True, id="frames-alone"),
        pytest.param("default-src 'self'", ("default-src 'self' https://a.vn", "default-src 'self'"), "no-unsafe", False, id="three"),
        pytest.param("default-src 'self'; default-src *", ("img-src 'self'",), "header-invalid", False, id="one-invalid"),
    ],
)  # fmt: skip
def test_policies_of_the_page(
    sent: str | None,
    in_page: tuple[str, ...],
    expected: str,
    framing: bool,
) -> None:
    """A page's own policies count with the header; frame-ancestors decides the test of framing too."""
    seen = visited({"Content-Security-Policy": sent}, page=page(csp_meta=in_page))
    assert short(result(POLICY, seen)) == expected
    assert (result("x-frame-options", seen) == "x-frame-options-implemented-via-csp") is framing


def test_reports_only() -> None:
    """A policy that only reports is none, and told."""
    changed = {"Content-Security-Policy": None, "Content-Security-Policy-Report-Only": "x"}
    assert result(POLICY, visited(changed)) == "csp-not-implemented-but-reporting-enabled"


def test_a_site_over_http_may_load_over_http() -> None:
    """The scheme of sources only counts on https."""
    seen = visited({"Content-Security-Policy": "default-src http://a.vn"}, https_verified=None)
    assert result(POLICY, seen) == "csp-implemented-with-no-unsafe"


@pytest.mark.parametrize(
    ("cookies", "expected"),
    [
        pytest.param((), "not-found", id="none"),
        pytest.param(("=x",), "not-found", id="nameless"),
        pytest.param(("sess=1; Domain=edu.vn",), "not-found", id="public-suffix"),
        pytest.param(("sess=1; Domain=a.vn",), "not-found", id="another-host"),
        pytest.param((f"sess=1; HttpOnly; Domain={HOST}",), "session-without-secure-flag-but-protected-by-hsts", id="own-domain"),
        pytest.param(("__Host-sess=1; Path=/",), "not-found", id="prefix-broken"),
        pytest.param(("__Host-a=1; Secure; SameSite=Lax",), "secure-with-httponly-sessions-and-samesite", id="prefix-kept"),
        pytest.param(("__Secure-sess=1",), "not-found", id="secure-prefix-broken"),
        pytest.param(("heroku-session-affinity=1",), "not-found", id="heroku"),
        pytest.param(("a=1; Secure; SameSite=Lax",), "secure-with-httponly-sessions-and-samesite", id="safe"),
        pytest.param(("a=1; Secure",), "secure-with-httponly-sessions", id="no-same-site"),
        pytest.param(("a=1; SameSite=Lax",), "without-secure-flag-but-protected-by-hsts", id="not-secure"),
        pytest.param(("a=1; SameSite=None",), "samesite-flag-invalid", id="none-not-secure"),
        pytest.param(("a=1; Secure; SameSite=x",), "samesite-flag-invalid", id="nonsense"),
        pytest.param(("a=1; Secure; SameSite",), "samesite-flag-invalid", id="without-a-word"),
        pytest.param(("csrf=1; Secure",), "anticsrf-without-samesite-flag", id="token"),
        pytest.param(("csrf=1; Secure; SameSite=Lax",), "secure-with-httponly-sessions-and-samesite", id="token-same-site"),
        pytest.param(("login=1; Secure",), "session-without-httponly-flag", id="session"),
        pytest.param(("SESS=1; HttpOnly",), "session-without-secure-flag-but-protected-by-hsts", id="session-not-secure"),
        pytest.param(("sess=1; Max-Age=0",), "session-without-httponly-flag", id="taken-back-at-the-end"),
        pytest.param(("a=1", "a=1; Secure"), "secure-with-httponly-sessions", id="set-twice"),
    ],
)  # fmt: skip
def test_cookies(cookies: tuple[str, ...], expected: str) -> None:
    """The worst fault of any cookie, under HSTS."""
    assert short(result(COOKIES, visited({"Set-Cookie": cookies}))) == expected


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        pytest.param("a=1", "without-secure-flag", id="other"),
        pytest.param("sess=1; HttpOnly", "session-without-secure-flag", id="session"),
    ],
)
def test_cookies_without_hsts(cookie: str, expected: str) -> None:
    """Nothing keeps them off http."""
    seen = visited({"Set-Cookie": cookie, "Strict-Transport-Security": None})
    assert short(result(COOKIES, seen)) == expected


@pytest.mark.parametrize(
    ("on_the_way", "at_the_end", "expected"),
    [
        pytest.param("sess=1; Secure", HS, "session-without-httponly-flag", id="kept"),
        pytest.param("sess=1; Max-Age=0", HS, "not-found", id="taken-back"),
        pytest.param("sess=1; Max-Age=0", TS, "session-without-httponly-flag", id="another-host"),
        pytest.param(f"sess=1; Max-Age=0; Domain={HOST}", TS, "not-found", id="host-below"),
    ],
)
def test_cookies_on_the_way(on_the_way: str, at_the_end: str, expected: str) -> None:
    """What redirects set is in the jar; what they take back is gone once the host is asked again."""
    way = (reply({"Set-Cookie": on_the_way}), reply(url=at_the_end))
    assert short(result(COOKIES, visited(replies=way))) == expected


@pytest.mark.parametrize(
    ("status", "allowed", "expected"),
    [
        pytest.param(200, None, "not-implemented", id="none"),
        pytest.param(200, "*", "implemented-with-public-access", id="star"),
        # The package looks for the origin where there is none, so that an echo never counts as all open.
        pytest.param(200, "https://trang-khac.example", "implemented-with-restricted-access", id="echo"),
        pytest.param(403, "*", "not-implemented", id="error"),
    ],
)  # fmt: skip
def test_sharing(status: int, allowed: str | None, expected: str) -> None:
    """What a foreign origin may read."""
    foreign = reply({"Access-Control-Allow-Origin": allowed}, status=status)
    assert result(SHARING, visited(cross_origin=foreign)) == f"{SHARING}-{expected}"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({"http_route": None}, "not-needed-no-http", id="no-http"),
        pytest.param({"http_verified": False}, "invalid-cert", id="certificate"),
        pytest.param({"http_route": (HP,)}, "missing", id="stays"),
        pytest.param({"http_route": (HP, f"{HP}vi")}, "not-to-https", id="to-http"),
        pytest.param({"http_route": (HP, TP, HS)}, "not-to-https-on-initial-redirection", id="http-first"),
        pytest.param({"http_route": (HP, TS)}, "off-host-from-http", id="off-host"),
        pytest.param({"http_route": (HP, HS, TS)}, "to-https", id="own-host-first"),
        pytest.param({"preload": LISTED}, "all-redirects-preloaded", id="preloaded"),
        pytest.param({"preload": LISTED, "http_route": (HP,)}, "all-redirects-preloaded", id="preloaded-without"),
        pytest.param({"preload": LISTED, "http_route": (HP, TS)}, "off-host-from-http", id="twin-not-listed"),
    ],
)  # fmt: skip
def test_redirection(changed: dict[str, Any], expected: str) -> None:
    """Where http leads."""
    assert short(result("redirection", visited(**changed))) == expected


@pytest.mark.parametrize(
    ("sent", "in_page", "expected"),
    [
        pytest.param("no-referrer", (), "private", id="private"),
        pytest.param("Strict-Origin", (), "private", id="upper-case"),
        pytest.param("origin", (), "unsafe", id="origin"),
        pytest.param("unsafe-url, no-referrer, x", (), "private", id="last-known"),
        pytest.param(("no-referrer", "unsafe-url"), (), "unsafe", id="two-fields"),
        pytest.param("never", (), "header-invalid", id="unknown"),
        pytest.param("", (), "header-invalid", id="empty"),
        pytest.param(None, (), "not-implemented", id="missing"),
        pytest.param(None, ("x", "origin"), "unsafe", id="page"),
        pytest.param("no-referrer", ("unsafe-url",), "unsafe", id="page-after-header"),
    ],
)
def test_referrers(sent: Value, in_page: tuple[str, ...], expected: str) -> None:
    """The last known word of header and page."""
    seen = visited({"Referrer-Policy": sent}, page=page(referrer_meta=in_page))
    assert result("referrer-policy", seen) == f"referrer-policy-{expected}"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param(f"max-age={LONG_HSTS_S}", "at-least-six-months", id="at-the-bar"),
        pytest.param(f"max-age={LONG_HSTS_S - 1}", "less-than-six-months", id="one-second-short"),
        pytest.param("max-age=-1", "less-than-six-months", id="negative"),
        pytest.param("max-age=1; MAX-AGE=99999999", "at-least-six-months", id="last-one-counts"),
        # JavaScript: what is no number is not less than any.
        pytest.param("max-age=soon", "at-least-six-months", id="no-number"),
        pytest.param('max-age="1"', "at-least-six-months", id="quoted"),
        pytest.param(f"max-age={'9' * 40}", "at-least-six-months", id="many-digits"),
    ],
)
def test_hsts(sent: str, expected: str) -> None:
    """The age, at its bar."""
    seen = visited({"Strict-Transport-Security": sent})
    assert result(TRANSPORT, seen) == f"hsts-implemented-max-age-{expected}"


@pytest.mark.parametrize(
    ("sent", "changed", "expected"),
    [
        pytest.param(None, {}, "not-implemented", id="missing"),
        pytest.param("", {}, "header-invalid", id="empty"),
        pytest.param("preload", {}, "header-invalid", id="no-age"),
        pytest.param(("max-age=99999999",) * 2, {}, "header-invalid", id="two-fields"),
        pytest.param("max-age=99999999", {"https_verified": False}, "invalid-cert", id="certificate"),
        pytest.param("max-age=99999999", {"https_verified": None}, "not-implemented-no-https", id="no-https"),
        pytest.param(None, {"preload": LISTED}, "preloaded", id="preloaded"),
        pytest.param(None, {"preload": LISTED, "https_verified": False}, "preloaded", id="preloaded-whatever"),
        pytest.param(None, {"preload": LISTED, "https_verified": None}, "not-implemented-no-https", id="listed-but-closed"),
        pytest.param(None, {"preload": LISTED, "host": "a.vn"}, "not-implemented", id="another-is-listed"),
        pytest.param(None, {"preload": LISTED, "host": "a.co.vn"}, "preloaded", id="above-is-listed"),
    ],
)  # fmt: skip
def test_hsts_otherwise(sent: Value, changed: dict[str, Any], expected: str) -> None:
    """Without a header that counts."""
    seen = visited({"Strict-Transport-Security": sent}, **changed)
    assert result(TRANSPORT, seen) == f"hsts-{expected}"


WHOLE, SCHEMELESS, RELATIVE = Written
OWN = f"https://cdn.{HOST}/a.js"


def script(src: str = CDN, integrity: str = "", written: Written | None = WHOLE) -> Script:
    """A script element."""
    return Script(src=src, integrity=integrity, written=written)


@pytest.mark.parametrize(
    ("scripts", "expected"),
    [
        pytest.param((), "not-implemented-but-no-scripts-loaded", id="none"),
        pytest.param((Script(),), "not-implemented-but-all-scripts-loaded-from-secure-origin", id="in-the-page"),
        pytest.param((script(OWN),), "not-implemented-but-all-scripts-loaded-from-secure-origin", id="same-registered-name"),
        pytest.param((script(f"{HS}a.js", PIN, RELATIVE),), "implemented-and-all-scripts-loaded-securely", id="own-pinned"),
        pytest.param((script("data:", written=WHOLE),), "not-implemented-but-all-scripts-loaded-from-secure-origin", id="data"),
        pytest.param((script(OWN.replace("s:", ":"), PIN),), "not-implemented-but-all-scripts-loaded-from-secure-origin", id="own-over-http-pinned"),
        pytest.param((script(),), "not-implemented-but-external-scripts-loaded-securely", id="away"),
        pytest.param((script(integrity=PIN),), "implemented-and-external-scripts-loaded-securely", id="away-pinned"),
        pytest.param((script(f"{HS}a.js", PIN, RELATIVE), script()), "not-implemented-but-external-scripts-loaded-securely", id="own-pinned-and-away"),
        pytest.param((script(), script(f"{HS}a.js", PIN, RELATIVE)), "not-implemented-but-external-scripts-loaded-securely", id="away-and-own-pinned"),
        pytest.param((script("http://a.vn/a.js", PIN),), "implemented-but-external-scripts-not-loaded-securely", id="plain-pinned"),
        pytest.param((script("http://a.vn/a.js", PIN), script()), "not-implemented-but-external-scripts-loaded-securely", id="what-costs-less-counts"),
        pytest.param((script("http://a.vn/a.js"), script()), "not-implemented-and-external-scripts-not-loaded-securely", id="plain"),
        pytest.param((script(written=SCHEMELESS),), "not-implemented-and-external-scripts-not-loaded-securely", id="schemeless"),
        pytest.param((script(OWN, written=SCHEMELESS),), "not-implemented-and-external-scripts-not-loaded-securely", id="own-schemeless"),
    ],
)  # fmt: skip
def test_scripts(scripts: tuple[Script, ...], expected: str) -> None:
    """The worst script, in the Observatory's own order."""
    for algorithm in Algorithm:
        seen = visited(page=page(scripts=scripts))
        assert short(result(SCRIPTS, seen, algorithm)) == expected


def test_a_base_element_that_leads_away() -> None:
    """Algorithm 4 reads addresses as a browser does, algorithm 6 as they are written."""
    seen = visited(page=page(scripts=(script(written=RELATIVE),)))
    assert "external-scripts-loaded-securely" in result(SCRIPTS, seen, FOUR)
    assert "all-scripts-loaded-from-secure-origin" in result(SCRIPTS, seen, SIX)


def test_no_page() -> None:
    """What is not HTML loads nothing."""
    assert result(SCRIPTS, visited(page=None)) == "sri-not-implemented-response-not-html"


def test_a_host_that_is_a_suffix_itself() -> None:
    """Only the host is its own site."""
    for src, own in ((f"{HS}a.js", True), (OWN, False)):
        seen = visited(registrable=None, page=page(scripts=(script(src),)))
        assert ("secure-origin" in result(SCRIPTS, seen)) is own


@pytest.mark.parametrize(
    ("media_type", "four", "six"),
    [
        pytest.param("text/html; charset=utf-8", True, True, id="html"),
        pytest.param("application/xhtml+xml", True, True, id="xhtml"),
        pytest.param("Text/HTML", False, False, id="capitals"),
        pytest.param("text/plain", False, False, id="text"),
        pytest.param(None, False, True, id="missing"),
        pytest.param(("text/plain", "text/html"), False, False, id="first-field-counts"),
    ],
)
def test_what_is_a_page(media_type: Value, four: bool, six: bool) -> None:
    """By the media type alone, as it is written."""
    sent = reply({"Content-Type": media_type})
    assert (sent.is_page(FOUR), sent.is_page(SIX)) == (four, six)


@pytest.mark.parametrize(
    ("test", "header", "sent", "expected"),
    [
        pytest.param("x-content-type-options", "X-Content-Type-Options", " NoSniff", "x-content-type-options-nosniff", id="nosniff"),
        pytest.param("x-content-type-options", "X-Content-Type-Options", ("nosniff",) * 2, "x-content-type-options-header-invalid", id="nosniff-twice"),
        pytest.param("x-content-type-options", "X-Content-Type-Options", None, "x-content-type-options-not-implemented", id="nosniff-missing"),
        pytest.param("x-frame-options", "X-Frame-Options", "deny", "x-frame-options-sameorigin-or-deny", id="deny"),
        pytest.param("x-frame-options", "X-Frame-Options", "ALLOW-FROM x", "x-frame-options-allow-from-origin", id="allow-from"),
        pytest.param("x-frame-options", "X-Frame-Options", "ALLOWALL", "x-frame-options-header-invalid", id="allow-all"),
        pytest.param("x-frame-options", "X-Frame-Options", "", "x-frame-options-not-implemented", id="framing-empty"),
        pytest.param("cross-origin-resource-policy", "Cross-Origin-Resource-Policy", "Same-Site", "corp-implemented-with-same-site", id="corp"),
        pytest.param("cross-origin-resource-policy", "Cross-Origin-Resource-Policy", "self", "corp-header-invalid", id="corp-invalid"),
        pytest.param("cross-origin-resource-policy", "Cross-Origin-Resource-Policy", None, "corp-not-implemented", id="corp-missing"),
        pytest.param("cross-origin-opener-policy", "Cross-Origin-Opener-Policy", "noopener-allow-popups", "coop-implemented-with-noopener-allow-popups", id="coop"),
        pytest.param("cross-origin-opener-policy", "Cross-Origin-Opener-Policy", 'same-origin; report-to="x"', "coop-implemented-with-same-origin", id="coop-parameter"),
        pytest.param("cross-origin-opener-policy", "Cross-Origin-Opener-Policy", "same-origin; report-to=a b", "coop-header-invalid", id="coop-malformed"),
        pytest.param("cross-origin-opener-policy", "Cross-Origin-Opener-Policy", "Same-Origin", "coop-header-invalid", id="coop-upper-case"),
        pytest.param("cross-origin-opener-policy", "Cross-Origin-Opener-Policy", ("same-origin",) * 2, "coop-header-invalid", id="coop-twice"),
        pytest.param("cross-origin-opener-policy", "Cross-Origin-Opener-Policy", None, "coop-not-implemented", id="coop-missing"),
        pytest.param("cross-origin-embedder-policy", "Cross-Origin-Embedder-Policy", "credentialless", "coep-implemented-with-credentialless", id="coep"),
        pytest.param("cross-origin-embedder-policy", "Cross-Origin-Embedder-Policy", '"require-corp"', "coep-header-invalid", id="coep-quoted"),
        pytest.param("cross-origin-embedder-policy", "Cross-Origin-Embedder-Policy", "unsafe-none", "coep-implemented-with-unsafe-none", id="coep-none"),
    ],
)  # fmt: skip
def test_single_headers(test: str, header: str, sent: Value, expected: str) -> None:
    """One header, one word."""
    assert result(test, visited({header: sent})) == expected


GOOD = {test: max(worth, key=lambda one: worth[one]) for test, worth in TESTS.items()}


def came_to(algorithm: Algorithm = SIX, **changed: str) -> tuple[str, int]:
    """Grade and score with the best result of every test, some replaced (``_`` for ``-``)."""
    replaced = {test.replace("_", "-"): said for test, said in changed.items()}
    grade, score, _ = graded(GOOD | replaced, algorithm)
    return grade, score


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(came_to(), ("A+", 165), id="best-of-six"),
        pytest.param(came_to(FOUR), ("A+", 145), id="best-of-four"),
        # Penalties of exactly 10 leave 90: bonuses count.  15 leave 85: none does.
        pytest.param(came_to(strict_transport_security="hsts-implemented-max-age-less-than-six-months"), ("A+", 150), id="bonus-at-90"),
        pytest.param(
            came_to(
                strict_transport_security="hsts-implemented-max-age-less-than-six-months",
                x_content_type_options="x-content-type-options-not-implemented",
            ),
            ("A-", 85),
            id="no-bonus-at-85",
        ),
        pytest.param(came_to(cookies="cookies-session-without-secure-flag"), ("C+", 60), id="forty-less"),
        pytest.param(
            came_to(
                cookies="cookies-session-without-secure-flag",
                subresource_integrity="sri-not-implemented-and-external-scripts-not-loaded-securely",
                redirection="redirection-missing",
            ),
            ("F", 0),
            id="never-below-zero",
        ),
    ],
)  # fmt: skip
def test_the_sum(found: tuple[str, int], expected: tuple[str, int]) -> None:
    """Start at 100; bonuses only where penalties leave 90."""
    assert found == expected


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        (0, "A+"), (5, "A"), (10, "A"), (15, "A-"), (20, "B+"), (25, "B"), (30, "B"), (35, "B-"), (40, "C+"),
        (45, "C"), (50, "C"), (55, "C-"), (60, "D+"), (65, "D"), (70, "D"), (75, "D-"), (80, "F"), (100, "F"),
    ],
)  # fmt: skip
def test_steps_of_grades(lost: int, expected: str) -> None:
    """A step every five points, at exactly its bar, without bonuses."""
    worth = {test: {value: result for result, value in row.items()} for test, row in TESTS.items()}
    neutral = {
        "content-security-policy": "csp-implemented-with-unsafe-inline-in-style-src-only",
        "x-frame-options": "x-frame-options-allow-from-origin",
        **{test: row[0] for test, row in worth.items() if test not in (POLICY, "x-frame-options")},
    }
    spent = {50: (SCRIPTS, -50), 40: (COOKIES, -40), 20: ("redirection", -20), 10: (TRANSPORT, -10)}
    spent |= {5: ("x-content-type-options", -5)}
    for points, (test, value) in spent.items():
        if lost >= points:
            neutral[test] = worth[test][value]
            lost -= points
    assert lost == 0
    assert graded(neutral, SIX).grade == expected


def test_modifiers_of_both_algorithms() -> None:
    """They differ in one, and algorithm 4 lacks two tests."""
    assert set(counted(SIX)) - set(counted(FOUR)) == {
        "cross-origin-opener-policy",
        "cross-origin-embedder-policy",
    }
    moved = {
        said
        for test in counted(FOUR)
        for said in TESTS[test]
        if modifier(test, said, FOUR) != modifier(test, said, SIX)
    }
    assert moved == {"x-frame-options-sameorigin-or-deny"}
    assert len(GRADES) == 13


def test_grade_of_a_site() -> None:
    """All tests together."""
    found = grade(visited(), SIX)
    assert (found.grade, found.score, len(found.tests)) == ("A+", 115, 12)


# The check over evidence

GONE = NotCaptured(cause=Cause.NO_ANSWER)
NOT_ASKED = NotCaptured(cause=Cause.NOT_RUN)


def provoked(cross_origin: Any = None) -> Provoked:
    """A site that shares nothing with others."""
    return Provoked(cross_origin=cross_origin or hop(HS), unknown=NOT_ASKED, directories=NOT_ASKED)


def tls(**fields: Any) -> Tls:
    """The host and its twin on one address, with a certificate that holds for both."""
    shake = network.handshake(
        chain=(network.certificate(covers=(HOST, TWIN)), network.intermediate())
    )
    offered = {"address": ADDRESS, "handshake": shake} | fields
    return network.tls(
        network.offer(**({"host": HOST} | offered)),
        twins=(network.offer(**(offered | {"host": TWIN})),),
    )


def shaken(**fields: Any) -> Tls:
    """The same with another handshake."""
    chain = (network.certificate(covers=(HOST, TWIN)), network.intermediate())
    return tls(handshake=network.handshake(**({"chain": chain} | fields)))


def ask(
    *instead: Payload,
    gone: Mapping[type[Payload], NotCaptured] | None = None,
    lists: Lists = NO_LISTS,
) -> Finding:
    """The finding on a healthy site, some evidence replaced."""
    names = network.names(host=network.host_names(HOST), registrable=HOST)
    payloads: dict[type[Payload], Payload | NotCaptured] = {
        type(one): one for one in (http(), pages(), provoked(), tls(), names, *instead)
    }
    return judge(
        observatory_grade, {}, "u", site(), payloads | dict(gone or {}), AS_OF, lists=lists
    )


def measured(found: Finding) -> dict[str, Any]:
    """What was measured, by its name."""
    return {one.name: one.value for one in found.measured}


def test_a_healthy_site() -> None:
    """The grade, the sum, and every test named with what it adds."""
    found = ask()
    told = measured(found)
    assert (found.outcome, found.reason, found.address) == (Outcome.MET, "", HS)
    assert (told["grade"], told["score"], told["algorithm"]) == ("A+", 115, 6)
    assert (told["preload_list"], told["deductions"]) == ("none", None)
    assert [one.name for one in found.measured[5:]] == list(TESTS)
    assert told["content-security-policy"] == "csp-implemented-with-no-unsafe (+5)"


def test_the_preload_list_is_dated() -> None:
    """What it was held against stands beside it."""
    told = measured(ask(lists=Lists(preload=LISTED)))
    assert told["preload_list"] == "2026-11-01"
    assert told["strict-transport-security"] == "hsts-preloaded (+5)"


def test_what_lowers_it_is_named() -> None:
    """Every penalty, with its points."""
    found = ask(http(https=exchange(hop(HS, changed={"X-Frame-Options": None}))))
    assert (found.outcome, found.reason) == (Outcome.MET, "deducted")
    assert measured(found)["deductions"] == "x-frame-options (-20)"
    assert measured(found)["score"] == 80


@pytest.mark.parametrize(
    ("looked", "holds"),
    [
        pytest.param(tls(), True, id="good"),
        pytest.param(tls(address="192.0.2.99"), True, id="another-address-stands-in"),
        pytest.param(shaken(path=network.path(state=PathState.SELF_SIGNED, certificates=())), False, id="not-trusted"),
        pytest.param(shaken(chain=(network.certificate(covers=(TWIN,)),)), False, id="wrong-name"),
        pytest.param(
            shaken(path=network.path(certificates=(network.step("x", not_after=AS_OF - timedelta(seconds=1)),))),
            False,
            id="expired",
        ),
        pytest.param(
            shaken(path=network.path(certificates=(network.step("x", not_before=AS_OF + timedelta(seconds=1)),))),
            False,
            id="not-yet",
        ),
    ],
)  # fmt: skip
def test_certificates(looked: Tls, holds: bool) -> None:
    """One that does not hold voids HSTS, and the redirect with it."""
    told = measured(ask(looked))
    assert ("hsts-invalid-cert" not in told["strict-transport-security"]) is holds
    assert ("redirection-invalid-cert" not in told["redirection"]) is holds


CLOSED = exchange(start_url=HS, end=Ended.REFUSED)
PLAIN = exchange(hop(HP))


def test_without_https() -> None:
    """What http shows is graded, as somebody without https deserves."""
    found = ask(http(https=CLOSED, http=PLAIN), pages(home=page(url=HP)))
    told = measured(found)
    assert found.outcome is Outcome.MET
    assert told["strict-transport-security"] == "hsts-not-implemented-no-https (-20)"
    assert told["redirection"] == "redirection-missing (-20)"


def test_without_http() -> None:
    """Nothing needs to be redirected."""
    told = measured(ask(http(http=exchange(start_url=HP, end=Ended.REFUSED))))
    assert told["redirection"] == "redirection-not-needed-no-http (+0)"


def test_the_twin_is_the_site_too() -> None:
    """A site that shows itself under www is graded there."""
    moved = http(https=redirected(HS, TS), http=redirected(HP, TS))
    found = ask(moved, pages(home=page(url=TS)))
    assert (found.outcome, found.address) == (Outcome.MET, TS)
    assert measured(found)["redirection"] == "redirection-off-host-from-http (-5)"


@pytest.mark.parametrize(
    "ended",
    [
        pytest.param(redirected(HS, "https://a.vn/"), id="answered"),
        pytest.param(redirected(HS, "https://a.vn/", end=Ended.LEFT_SCOPE), id="out-of-scope"),
    ],
)
def test_somebody_elses_page(ended: Any) -> None:
    """A host that only leads elsewhere has no grade of its own."""
    found = ask(http(https=ended))
    assert (found.outcome, found.reason) == (Outcome.NOT_APPLICABLE, "only-redirects")


def test_not_html() -> None:
    """No page is needed where none was sent."""
    plain = exchange(hop(HS, changed={"Content-Type": "text/plain"}))
    told = measured(ask(http(https=plain), pages(home=GONE)))
    assert told["subresource-integrity"] == "sri-not-implemented-response-not-html (+0)"


@pytest.mark.parametrize("status", [401, 403, 304])
def test_statuses_that_are_graded(status: int) -> None:
    """Behind a login, too, where the page was read."""
    found = ask(http(https=exchange(hop(HS, status))), pages(home=page(status=status)))
    assert found.outcome is Outcome.MET


LONG = "x" * VALUE_KEPT


def over(*hops: Any, **changed: Any) -> Http:
    """The https endpoint with these answers."""
    return http(https=exchange(*hops, start_url=HS, **changed))


def home(**changed: Any) -> Pages:
    """The home page, changed."""
    return pages(home=page(**changed))


ELSEWHERE = (
    *tls(address="192.0.2.98").offers,
    network.offer(
        host=HOST,
        address="192.0.2.99",
        handshake=network.handshake(chain=(network.certificate(covers=()),)),
    ),
)
"""Two other addresses, of which one shows a certificate of another name."""
UNTESTED: dict[str, tuple[Finding, Cause]] = {
    "https": (ask(http(https=exchange(start_url=HS, end=GONE))), GONE.cause),
    "http": (ask(http(http=exchange(start_url=HP, end=GONE))), GONE.cause),
    "both-closed": (ask(http(https=CLOSED, http=exchange(start_url=HP, end=Ended.REFUSED))), Cause.REFUSED),
    "loop": (ask(over(hop(HS, location=HS), end=Ended.LOOP)), Cause.NO_ANSWER),
    "own-host-out-of-scope": (
        ask(over(hop(HS, location=f"https://{HOST}:8443/"), end=Ended.LEFT_SCOPE, next_url=f"https://{HOST}:8443/")),
        Cause.REDIRECT_OUT_OF_SCOPE,
    ),
    "http-out-of-scope": (
        ask(http(http=redirected(HP, "https://a.vn/", end=Ended.LEFT_SCOPE))),
        Cause.REDIRECT_OUT_OF_SCOPE,
    ),
    "http-elsewhere": (ask(http(http=redirected(HP, "https://a.vn/"))), Cause.NOT_RUN),
    "http-loop": (ask(http(http=redirected(HP, HP, end=Ended.LOOP))), Cause.NO_ANSWER),
    "status-404": (ask(over(hop(HS, 404))), Cause.SERVER_ERROR),
    "status-429": (ask(over(hop(HS, 429))), Cause.RATE_LIMITED),
    "status-500": (ask(over(hop(HS, 500))), Cause.SERVER_ERROR),
    "long-policy": (ask(over(hop(HS, changed={"Content-Security-Policy": LONG}))), Cause.BODY_TRUNCATED),
    "long-cookie": (ask(over(hop(HS, changed={"Set-Cookie": LONG}))), Cause.BODY_TRUNCATED),
    "page": (ask(pages(home=GONE)), GONE.cause),
    "page-behind-login": (
        ask(over(hop(HS, 401)), pages(home=NotCaptured(cause=Cause.AUTHENTICATION_REQUIRED))),
        Cause.AUTHENTICATION_REQUIRED,
    ),
    "page-elsewhere": (ask(home(url=TS)), Cause.NO_ANSWER),
    "page-of-another-status": (ask(home(status=404)), Cause.NO_ANSWER),
    "page-cut": (ask(home(truncated=True)), Cause.BODY_TRUNCATED),
    "scripts-cut": (ask(home(scripts=(script(),), scripts_total=2)), Cause.BODY_TRUNCATED),
    "policies-cut": (ask(home(csp_meta=("x",) * METAS_KEPT)), Cause.BODY_TRUNCATED),
    "policy-of-the-page-cut": (ask(home(csp_meta=(LONG,))), Cause.BODY_TRUNCATED),
    "referrers-cut": (ask(home(referrer_meta=("x",) * METAS_KEPT)), Cause.BODY_TRUNCATED),
    "older-page": (ask(home(scripts=(script(written=None),))), Cause.EVIDENCE_EXPIRED),
    "foreign-request": (ask(provoked(GONE)), GONE.cause),
    "foreign-request-refused": (ask(provoked(hop(HS, 429))), Cause.RATE_LIMITED),
    "foreign-request-redirected": (ask(provoked(hop(HS, location=TS))), Cause.SCANNER_CANNOT),
    "foreign-answer-cut": (
        ask(provoked(hop(HS, changed={"Access-Control-Allow-Origin": LONG}))),
        Cause.BODY_TRUNCATED,
    ),
    "handshake": (ask(tls(handshake=GONE)), GONE.cause),
    "handshake-refused": (ask(tls(handshake=network.closed())), Cause.REFUSED),
    "handshake-not-tls": (
        ask(tls(handshake=network.closed(HandshakeState.NOT_TLS))),
        Cause.NOT_TLS,
    ),
    "path": (ask(shaken(path=GONE)), GONE.cause),
    "issuer": (
        ask(shaken(path=network.path(state=PathState.ISSUER_MISSING, missing_issuer="x"))),
        Cause.ISSUER_MISSING,
    ),
    "certificate": (ask(shaken(chain=(network.certificate(malformed="x"),))), Cause.CERT_MALFORMED),
    "no-offers": (ask(Tls(offers=(), addresses_total=0)), Cause.NOT_RUN),
    "addresses-differ": (ask(Tls(offers=ELSEWHERE, addresses_total=2)), Cause.NOT_RUN),
    **{
        f"no-{kind.kind}": (ask(gone={kind: GONE}), GONE.cause)
        for kind in (Http, Pages, Provoked, Tls, Names)
    },
}  # fmt: skip


@pytest.mark.parametrize("name", UNTESTED)
def test_missing_evidence_makes_no_grade(name: str) -> None:
    """Nothing stands in for it, whatever it might have been worth."""
    found, cause = UNTESTED[name]
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)
    assert not found.measured
