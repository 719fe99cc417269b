"""Cookies: how browsers read them, what they are for, and what guards them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import VALUE_KEPT, Ended, Exchange
from checks.parsing.cookies import Role, SameSite, kept, parse
from checks.rules.cookies import cookies_protected
from checks.spec import Outcome
from tests.builders.web import HOST, TWIN, ask, exchange, hop, http, redirected

HS, TS, HP, TP = f"https://{HOST}/", f"https://{TWIN}/", f"http://{HOST}/", f"http://{TWIN}/"
ALL = "Secure; HttpOnly; SameSite=Lax"
V = "(26 characters)"
MET, NOT_MET, ASIDE = Outcome.MET, Outcome.NOT_MET, Outcome.NOT_APPLICABLE
REVIEW, UNTESTED = Outcome.NEEDS_REVIEW, Outcome.NOT_TESTED


def sets(*cookies: str, url: str = HS, status: int = 200) -> Exchange:
    return exchange(hop(url, status, {"Set-Cookie": cookies}))


@pytest.mark.parametrize(
    ("sent", "outcome", "reason", "faults"),
    [
        # RFC 6265bis, 4.1.2 and 5.6; MDN, Set-Cookie.
        pytest.param(f"PHPSESSID={V}; path=/; {ALL}", MET, "", None, id="php-guarded"),
        pytest.param(f"PHPSESSID={V}; SECURE;httponly ;samesite = lax", MET, "", None, id="case"),
        pytest.param(
            f"JSESSIONID={V}; Secure; HttpOnly; SameSite=Strict", MET, "", None, id="java"
        ),
        pytest.param(
            f"ASP.NET_SessionId={V}; Secure; HttpOnly; SameSite=None",
            MET,
            "",
            None,
            id="none-secure",
        ),
        pytest.param(f"lang={V}; Secure", MET, "", None, id="other-needs-secure-only"),
        pytest.param(f"XSRF-TOKEN={V}; Secure; SameSite=Lax", MET, "", None, id="angular-token"),
        pytest.param(f"csrftoken={V}; Secure; SameSite=Lax", MET, "", None, id="django-token"),
        pytest.param(
            f"csrf_cookie_name={V}; Secure; SameSite=Lax", MET, "", None, id="codeigniter-token"
        ),
        pytest.param(f"__Host-a={V}; Path=/; Secure", MET, "", None, id="host-prefix-kept"),
        pytest.param(
            f"__Secure-a={V}; Domain=a.vn; Secure", MET, "", None, id="secure-prefix-kept"
        ),
        pytest.param(f"a={V}; Secure=0", MET, "", None, id="6265bis-secure-takes-no-value"),
        pytest.param(f"assessment={V}; Secure", MET, "", None, id="no-session-by-its-letters"),
        pytest.param(f"lang={V}", NOT_MET, "not-secure", "lang (Secure)", id="other-not-secure"),
        pytest.param(
            f"PHPSESSID={V}; path=/",
            NOT_MET,
            "not-secure",
            "PHPSESSID (Secure, HttpOnly, SameSite)",
            id="php-as-shipped",
        ),
        pytest.param(
            f"nv4_u2c_sess={V}; Secure; SameSite=Lax",
            NOT_MET,
            "no-httponly",
            "nv4_u2c_sess (HttpOnly)",
            id="nukeviet-without-httponly",
        ),
        pytest.param(
            f"laravel_session={V}; Secure; HttpOnly",
            NOT_MET,
            "no-samesite",
            "laravel_session (SameSite)",
            id="laravel-without-samesite",
        ),
        pytest.param(
            f"wordpress_logged_in_0={V}; Secure; HttpOnly; SameSite=Often",
            NOT_MET,
            "no-samesite",
            "wordpress_logged_in_0 (SameSite)",
            id="6265bis-unknown-samesite-is-default",
        ),
        pytest.param(
            f"sid={V}; Secure; HttpOnly; SameSite=Lax; SameSite=x",
            NOT_MET,
            "no-samesite",
            "sid (SameSite)",
            id="6265bis-last-attribute-wins",
        ),
        pytest.param(
            f"sid={V}; Secure; HttpOnly; SameSite=x; SameSite=Strict",
            MET,
            "",
            None,
            id="6265bis-last-attribute-mends",
        ),
        pytest.param(
            f"sid={V}; HttpOnly; SameSite=None",
            NOT_MET,
            "not-secure",
            "sid (Secure)",
            id="6265bis-none-without-secure",
        ),
        pytest.param(
            f"__RequestVerificationToken={V}; Secure; SameSite=Strict",
            NOT_MET,
            "no-httponly",
            "__RequestVerificationToken (HttpOnly)",
            id="aspnet-token-is-not-for-scripts",
        ),
        pytest.param(
            f"XSRF-TOKEN={V}; Secure",
            NOT_MET,
            "no-samesite",
            "XSRF-TOKEN (SameSite)",
            id="observatory-token-without-samesite",
        ),
        pytest.param(
            f"__Host-a={V}; Path=/; Domain=a.vn; Secure",
            NOT_MET,
            "prefix-broken",
            "__Host-a (__Host-)",
            id="6265bis-host-prefix-with-domain",
        ),
        pytest.param(
            f"__Host-a={V}; Secure",
            NOT_MET,
            "prefix-broken",
            "__Host-a (__Host-)",
            id="6265bis-host-prefix-without-path",
        ),
        pytest.param(
            f"__host-a={V}; Path=/; Path=x; Secure",
            NOT_MET,
            "prefix-broken",
            "__host-a (__Host-)",
            id="6265bis-prefix-without-case",
        ),
        pytest.param(
            f"__Secure-a={V}",
            NOT_MET,
            "not-secure",
            "__Secure-a (Secure, __Secure-)",
            id="6265bis-secure-prefix-without-secure",
        ),
        pytest.param(f"={V}", NOT_MET, "not-secure", "(…) (Secure)", id="6265bis-empty-name"),
        pytest.param(
            (f"a={V}", f"PHPSESSID={V}; Secure; SameSite=Lax"),
            NOT_MET,
            "not-secure",
            "a (Secure); PHPSESSID (HttpOnly)",
            id="all-are-told-the-worst-gives-the-reason",
        ),
        pytest.param(
            (f"PHPSESSID={V}; path=/", f"PHPSESSID={V}; path=/; {ALL}"),
            MET,
            "",
            None,
            id="6265bis-the-second-replaces-the-first",
        ),
        pytest.param(
            (f"PHPSESSID={V}; path=/; {ALL}", f"PHPSESSID={V}; path=/x"),
            NOT_MET,
            "not-secure",
            "PHPSESSID (Secure, HttpOnly, SameSite)",
            id="6265bis-another-path-is-another-cookie",
        ),
        pytest.param(
            f"BIGipServerpool_a={V}; path=/", REVIEW, "provider-cookie", None, id="f5-balancer"
        ),
        pytest.param(
            (f"AWSALB={V}; Path=/", f"SERVERID={V}"),
            REVIEW,
            "provider-cookie",
            None,
            id="balancers",
        ),
        pytest.param(f"__cf_bm={V}; HttpOnly; Secure", MET, "", None, id="cloudflare-guarded"),
        pytest.param(
            (f"NSC_a={V}", f"lang={V}"),
            NOT_MET,
            "not-secure",
            "lang (Secure)",
            id="own-fault-beside-the-provider's",
        ),
        pytest.param(f"a={V}; Max-Age=0", ASIDE, "no-cookies", None, id="6265bis-removed"),
        pytest.param(f"a={V}; Max-Age=-1", ASIDE, "no-cookies", None, id="6265bis-removed-before"),
        pytest.param(f"a={V}; Max-Age=1", NOT_MET, "not-secure", None, id="one-second-stays"),
        pytest.param(f"a={V}; Max-Age=0; Max-Age=9", NOT_MET, "not-secure", None, id="last-age"),
        pytest.param(
            f"a={V}; Max-Age=0; Max-Age=soon", ASIDE, "no-cookies", None, id="age-ignored"
        ),
        pytest.param("a=\x01; Secure", ASIDE, "no-cookies", None, id="6265bis-control-voids"),
        pytest.param("=(0 characters)", ASIDE, "no-cookies", None, id="6265bis-nothing-at-all"),
        pytest.param("a=(4096 characters)", ASIDE, "no-cookies", None, id="6265bis-one-too-long"),
        pytest.param("a=(4095 characters)", NOT_MET, "not-secure", None, id="6265bis-just-fits"),
        pytest.param(
            f"sid={V}; {ALL}; SameSite={'x' * 1025}", MET, "", None, id="6265bis-long-value-ignored"
        ),
        pytest.param((), ASIDE, "no-cookies", None, id="none"),
        pytest.param("a" * VALUE_KEPT, UNTESTED, "", None, id="cut-at-capture"),
    ],
)
def test_cookie(
    sent: str | tuple[str, ...], outcome: Outcome, reason: str, faults: str | None
) -> None:
    """What the name tells decides what must guard the cookie."""
    several = (sent,) if isinstance(sent, str) else sent
    found = ask(cookies_protected, http(https=sets(*several)))
    assert (found.outcome, found.reason) == (outcome, reason)
    if faults is not None:
        assert found.measured[0].value == faults


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("PHPSESSID", Role.SESSION),
        ("MoodleSession", Role.SESSION),
        ("ASPSESSIONIDABC", Role.SESSION),
        ("connect.sid", Role.SESSION),
        ("__Host-session", Role.SESSION),
        ("0123456789abcdef0123456789abcdef", Role.SESSION),
        (".ASPXAUTH", Role.SESSION),
        (".AspNetCore.Cookies", Role.SESSION),
        ("wordpress_sec_0", Role.SESSION),
        ("wordpress_test_cookie", Role.OTHER),
        ("possessed", Role.OTHER),
        ("lang", Role.OTHER),
        ("", Role.OTHER),
        ("_csrf", Role.ANTI_FORGERY),
        (".AspNetCore.Antiforgery.x", Role.ANTI_FORGERY),
        ("csrf_session", Role.ANTI_FORGERY),
        ("TS01a2b3c4", Role.PROVIDER),
        ("TSurvey", Role.OTHER),
        ("AWSALBCORS", Role.PROVIDER),
        ("ARRAffinitySameSite", Role.PROVIDER),
        ("incap_ses_1_2", Role.PROVIDER),
        ("SERVERID", Role.PROVIDER),
        ("SERVERIDEA", Role.OTHER),
    ],
)
def test_roles(name: str, role: Role) -> None:
    """Names of frameworks, of the CMS that schools use, and of what stands in front of sites."""
    cookie = parse(f"{name}={V}")
    assert cookie is not None
    assert cookie.role is role


def test_attributes() -> None:
    """RFC 6265bis, 5.6.3 to 5.6.7."""
    cookie = parse("a=b=c; Domain=.A.vn; Path=/x; Max-Age=12; SameSite=NONE; Secure")
    assert cookie is not None
    assert (cookie.name, cookie.domain, cookie.path, cookie.max_age_s) == ("a", "a.vn", "/x", 12)
    assert cookie.same_site is SameSite.NONE
    assert (cookie.secure, cookie.http_only) == (True, False)


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({}, ASIDE, "no-cookies", id="healthy"),
        pytest.param({"https": sets(f"a={V}", status=403)}, NOT_MET, "not-secure", id="closed-too"),
        pytest.param({"https": sets(f"a={V}", status=404)}, UNTESTED, "", id="error-page"),
        pytest.param({"https": sets(f"a={V}", status=503)}, UNTESTED, "", id="server-error"),
        pytest.param(
            {
                "https": exchange(
                    hop(HS, changed={"Set-Cookie": f"a={V}"}, location=f"{HS}x"), hop(f"{HS}x")
                )
            },
            NOT_MET,
            "not-secure",
            id="set-by-a-redirect",
        ),
        pytest.param(
            {"https": redirected(HS, "https://o.vn/", end=Ended.LEFT_SCOPE)},
            ASIDE,
            "only-redirects",
            id="only-redirects",
        ),
        pytest.param(
            {
                "http": exchange(
                    hop(
                        HP, changed={"Set-Cookie": f"sid={V}; HttpOnly; SameSite=Lax"}, location=HS
                    ),
                    hop(HS),
                )
            },
            NOT_MET,
            "not-secure",
            id="over-http-before-the-redirect",
        ),
        pytest.param(
            {
                "https": exchange(start_url=HS, end=Ended.REFUSED),
                "http": sets(f"sid={V}; {ALL}", url=HP),
            },
            MET,
            "",
            id="http-instead",
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
        pytest.param(
            {"http": exchange(start_url=HP, end=NotCaptured(cause=Cause.NO_ANSWER))},
            ASIDE,
            "no-cookies",
            id="http-silent-while-https-answers",
        ),
        pytest.param(
            {
                "https": exchange(
                    hop(HS, 403, {"Set-Cookie": f"a={V}"}),
                    end=NotCaptured(cause=Cause.CHALLENGE_PAGE),
                )
            },
            UNTESTED,
            "",
            id="block-page",
        ),
        pytest.param(
            {
                "http": exchange(
                    hop(HP, 403, {"Set-Cookie": f"a={V}"}),
                    end=NotCaptured(cause=Cause.CHALLENGE_PAGE),
                ),
                "https": sets(f"sid={V}; {ALL}"),
            },
            MET,
            "",
            id="block-page-over-http-is-not-the-site's",
        ),
        pytest.param(
            {"http": sets(f"a={V}", url=HP, status=404), "https": sets(f"sid={V}; {ALL}")},
            MET,
            "",
            id="error-page-over-http-is-left-out",
        ),
        pytest.param({"twin_https": sets(f"a={V}", url=TS)}, NOT_MET, "not-secure", id="twin"),
        pytest.param(
            {
                "twin_https": exchange(
                    hop(TS, location=HS), hop(HS, changed={"Set-Cookie": f"a={V}"})
                )
            },
            ASIDE,
            "no-cookies",
            id="the-host's-page-is-judged-at-the-host",
        ),
        pytest.param(
            {
                "twin_https": exchange(start_url=TS, end=Ended.REFUSED),
                "twin_http": exchange(start_url=TP, end=Ended.REFUSED),
            },
            ASIDE,
            "no-cookies",
            id="twin-closed",
        ),
        pytest.param({"twin_https": None, "twin_http": None}, ASIDE, "no-cookies", id="no-twin"),
        pytest.param(
            {"twin_https": exchange(start_url=TS, end=NotCaptured(cause=Cause.RESET))},
            UNTESTED,
            "",
            id="twin-not-seen",
        ),
    ],
)
def test_which_answers_count(changed: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """Every answer of the site's own on the way to its page; never a block page or an error."""
    found = ask(cookies_protected, http(**changed))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_values_are_never_told() -> None:
    """Only names leave the check, and no endless ones."""
    found = ask(cookies_protected, http(https=sets("sid=geheim", f"{'n' * 400}=geheim")))
    assert "geheim" not in str(found)
    assert max(len(str(one.value)) for one in found.measured) <= 300


ATTRIBUTES = ["Secure", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=9", "X=y"]


@given(st.permutations(ATTRIBUTES), st.booleans())
def test_order_and_case_of_attributes_change_nothing(parts: list[str], shouted: bool) -> None:
    """Different attributes may stand in any order and any case."""
    text = "; ".join(parts)
    assert parse(f"a=b; {text.upper() if shouted else text}") == parse(
        f"a=b; {'; '.join(ATTRIBUTES)}"
    )


SIGNS = st.sampled_from(
    [
        *"=; \t(\x00é,",
        "a",
        "Secure",
        "Max-Age=",
        "99",
        "Path=",
        "Domain=.",
        "__Host-",
        "(9 characters)",
    ]
)


@given(st.text() | st.lists(SIGNS).map("".join))
def test_no_cookie_makes_the_reader_fail(text: str) -> None:
    """A cookie, or none."""
    for cookie in kept([text, text]):
        assert cookie.role in Role
        assert cookie.keeps_prefix in (True, False)


@given(st.permutations([f"a={V}", f"sid={V}; {ALL}", f"SERVERID={V}", f"b={V}; Secure"]))
def test_the_order_of_cookies_changes_nothing(cookies: list[str]) -> None:
    """Different cookies are judged alike wherever they stand."""
    found = ask(cookies_protected, http(https=sets(*cookies)))
    assert (found.outcome, found.reason, found.measured[0].value) == (
        NOT_MET,
        "not-secure",
        "a (Secure)",
    )
