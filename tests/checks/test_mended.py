"""The line that mends a site's own policy: read again, it is one that the check accepts, and it says no more than needed."""

import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.tls import Tls
from checks.parsing import cookies, csp, hsts, permissions
from checks.parsing.text import PASTED
from checks.rules.cookies import cookies_protected
from checks.rules.headers import framing_restricted, hsts_enforced, referrer_private
from checks.rules.policies import csp_effective, permissions_limited
from checks.spec import Finding, Outcome
from tests.builders.web import HOST, ask, exchange, hop, http, pages
from tests.checks.test_headers import tls

HS = f"https://{HOST}/"
CSP = "Content-Security-Policy"
PLAIN = "script-src 'self'; object-src 'none'; base-uri 'self'"
REST = "object-src 'none'; base-uri 'self'"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param((), PLAIN, id="none-at-all"),
        pytest.param((f"script-src 'self'; {REST}",), PLAIN, id="nothing-to-mend"),
        pytest.param(
            ("script-src 'self' 'unsafe-inline' 'unsafe-eval' https://cdn.vn",),
            f"script-src 'self' https://cdn.vn; {REST}",
            id="keywords-out-rest-kept",
        ),
        pytest.param(("img-src *",), f"img-src *; {PLAIN}", id="other-directives-are-kept"),
        pytest.param(
            ("default-src 'self' 'unsafe-inline' data:; img-src *",),
            "default-src 'self' 'unsafe-inline' data:; img-src *; " + PLAIN,
            id="default-is-left-to-styles",
        ),
        pytest.param(
            ("default-src 'self'",),
            "default-src 'self'; base-uri 'self'",
            id="only-what-is-missing-is-added",
        ),
        pytest.param((f"script-src *; {REST}",), PLAIN, id="star"),
        pytest.param((f"script-src https: cdn.vn; {REST}",), f"script-src 'self' cdn.vn; {REST}"),
        pytest.param((f"script-src 'unsafe-inline'; {REST}",), PLAIN, id="nothing-left"),
        pytest.param((f"script-src 'none' *; {REST}",), PLAIN, id="none-beside-others"),
        pytest.param((f"script-src 'none'; {REST}",), f"script-src 'none'; {REST}", id="none"),
        pytest.param((f"SCRIPT-SRC 'Unsafe-Eval' a.vn; {REST}",), f"script-src a.vn; {REST}"),
        pytest.param(
            ("script-src 'nonce-abc' 'strict-dynamic' https: 'unsafe-inline'",),
            f"script-src 'nonce-abc' 'strict-dynamic' https:; {REST}",
            id="strict-dynamic-keeps-its-fallback",
        ),
        pytest.param(
            (f"script-src-elem 'self' data:; script-src-attr 'unsafe-inline'; {REST}",),
            f"script-src-elem 'self'; script-src-attr 'self'; {REST}; script-src 'self'",
            id="elements-and-attributes",
        ),
        pytest.param(
            ("script-src 'self'; object-src *; base-uri *",), PLAIN, id="objects-and-base"
        ),
        pytest.param(
            (f"script-src 'self'; {REST}; frame-ancestors *",),
            f"{PLAIN}; frame-ancestors 'self'",
            id="frames-too",
        ),
        pytest.param(("sandbox",), f"sandbox; {REST}", id="no-scripts-run-in-a-sandbox"),
        pytest.param(
            ("img-src *", "script-src 'self' 'unsafe-eval'; object-src 'none'"),
            PLAIN,
            id="the-better-of-two",
        ),
        pytest.param(
            (f"script-src 'self' a.vn/%20 a.vn/$x \"b\"; {REST}",), PLAIN, id="not-to-be-pasted"
        ),
        pytest.param((f"script-src {' '.join(f'h{n}.vn' for n in range(300))}",), "", id="endless"),
    ],
)
def test_policy(sent: tuple[str, ...], expected: str) -> None:
    """The site's own policy, with the weak sources taken out and what is missing added."""
    assert csp.mended(csp.parse(sent)) == expected


SOURCES = st.sampled_from(
    [
        *("'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "'strict-dynamic'"),
        *("'nonce-(varies)'", "'sha256-YQ=='", "*", "https:", "data:", "blob:", "*.vn"),
        *("a.vn", "https://a.vn/x?", "'x", '"', "\\", "$a", "%{x}", "é", "\x7f"),
    ]
)
NAMES = st.sampled_from(
    [
        *("default-src", "script-src", "script-src-elem", "script-src-attr", "object-src"),
        *("base-uri", "style-src", "sandbox", "frame-ancestors", "report-uri", "Ünknown", "$x"),
    ]
)
DIRECTIVES = st.tuples(NAMES, st.lists(SOURCES, max_size=4)).map(lambda d: " ".join((d[0], *d[1])))
POLICIES = st.lists(st.lists(DIRECTIVES, max_size=6).map("; ".join), max_size=3)


def first_line(found: Finding) -> tuple[str, str]:
    """Name and value of the line that a finding suggests."""
    (line,) = [str(one.value) for one in found.measured if one.name == "suggested"]
    name, _, value = line.partition(": ")
    return name, value


@given(POLICIES)
def test_a_mended_policy_has_no_weak_spot(sent: list[str]) -> None:
    """Whatever was sent; and it is mended for good: mending it again changes nothing."""
    made = csp.mended(csp.parse(sent))
    assert len(made) <= PASTED
    assert made.isascii()
    assert made.isprintable()
    assert not re.search(r"""["\\$%`,]""", made)
    again = csp.parse([made])
    assert csp.weak_spots(again) == ()
    assert not any(csp.admits_everyone(one.get("frame-ancestors", ())) for one in again)
    assert csp.mended(again) == made


@given(POLICIES)
def test_the_check_accepts_its_own_line(sent: list[str]) -> None:
    """A site that sets what the page says is met."""
    bad = ask(csp_effective, http(https=exchange(hop(HS, changed={CSP: sent}))), pages())
    if bad.outcome is Outcome.NOT_MET:
        name, value = first_line(bad)
        good = ask(csp_effective, http(https=exchange(hop(HS, changed={name: value}))), pages())
        assert good.outcome is Outcome.MET


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        pytest.param({}, ("X-Frame-Options", "SAMEORIGIN"), id="nothing"),
        pytest.param(
            {"X-Frame-Options": "ALLOWALL"}, ("X-Frame-Options", "SAMEORIGIN"), id="unknown"
        ),
        pytest.param(
            {"X-Frame-Options": "ALLOW-FROM https://so.edu.vn/"},
            (CSP, "frame-ancestors 'self' https://so.edu.vn/"),
            id="allow-from",
        ),
        pytest.param(
            {"X-Frame-Options": "ALLOW-FROM https://so.edu.vn", CSP: "img-src *"},
            (CSP, "img-src *; frame-ancestors 'self' https://so.edu.vn"),
            id="allow-from-beside-a-policy",
        ),
        pytest.param(
            {"X-Frame-Options": "ALLOW-FROM *"}, ("X-Frame-Options", "SAMEORIGIN"), id="from-all"
        ),
        pytest.param(
            {CSP: "img-src *; frame-ancestors * so.edu.vn"},
            (CSP, "img-src *; frame-ancestors 'self' so.edu.vn"),
            id="open-list",
        ),
        pytest.param(
            {CSP: ("img-src 'self'", "frame-ancestors https:")},
            (CSP, "frame-ancestors 'self'"),
            id="the-policy-that-speaks-of-frames",
        ),
    ],
)
def test_frames(sent: dict[str, str | Iterable[str]], line: tuple[str, str]) -> None:
    """The shortest line that closes frames, with those who were named let in."""
    bare: dict[str, str | Iterable[str] | None] = {"X-Frame-Options": None, CSP: None}
    found = ask(framing_restricted, http(https=exchange(hop(HS, changed={**bare, **sent}))))
    assert found.outcome is Outcome.NOT_MET
    name, value = first_line(found)
    assert (name, value) == line
    good = ask(framing_restricted, http(https=exchange(hop(HS, changed={**bare, name: value}))))
    assert good.outcome is Outcome.MET


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param((), "camera=(), microphone=(), geolocation=()", id="none"),
        pytest.param(
            ("camera=(self), fullscreen=*",),
            "camera=(self), fullscreen=*, microphone=(), geolocation=()",
            id="what-stands-is-kept",
        ),
        pytest.param(
            ('camera=(self "https://a.vn" *), microphone=*, geolocation=self',),
            'camera=(self "https://a.vn"), microphone=(), geolocation=(self)',
            id="stars-out",
        ),
        pytest.param(("camera 'none'",), "camera=(), microphone=(), geolocation=()", id="invalid"),
        pytest.param(
            (r'camera=("a\"b\\c"), usb=?1, x=5;y=1, microphone=(), geolocation=()',),
            r'camera=("a\"b\\c"), usb=(), x=(), microphone=(), geolocation=()',
            id="no-allowlists",
        ),
        pytest.param((f'x=("{"a" * 1000}")',), "", id="endless"),
    ],
)
def test_permissions(sent: tuple[str, ...], expected: str) -> None:
    """The site's own field, with the three closed to whoever was not named."""
    assert permissions.mended(sent) == expected


@given(
    st.dictionaries(
        st.sampled_from(["camera", "microphone", "geolocation", "usb", "*x"]),
        st.sampled_from(["*", "()", "self", "(self *)", '("https://a.vn")', "?0", "5", "(", ""]),
    )
)
def test_mended_permissions_are_met(sent: dict[str, str]) -> None:
    """Whatever was sent."""
    value = ", ".join(f"{name}={allowed}" for name, allowed in sent.items())
    made = {"Permissions-Policy": permissions.mended([value])}
    found = ask(permissions_limited, http(https=exchange(hop(HS, changed=made))))
    assert found.outcome is Outcome.MET


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (None, "max-age=31536000"),
        ("max-age=soon", "max-age=31536000"),
        ("max-age=0", "max-age=31536000"),
        ("max-age=600; includeSubDomains", "max-age=31536000; includeSubDomains"),
        ("preload; max-age=5", "max-age=31536000; preload"),
    ],
)
def test_hsts(sent: str | None, expected: str) -> None:
    """A year, and whatever else browsers already obey."""
    name = "Strict-Transport-Security"
    limits = {"min_max_age_s": 31_536_000}
    bad = ask(
        hsts_enforced, http(https=exchange(hop(HS, changed={name: sent}))), tls(), limits=limits
    )
    assert first_line(bad) == (name, expected)
    assert hsts.mended(hsts.parse(expected), 5) == expected
    seen = http(https=exchange(hop(HS, changed={name: expected})))
    assert ask(hsts_enforced, seen, tls(), limits=limits).outcome is Outcome.MET


def test_a_right_header_is_not_told_to_change() -> None:
    """Where the certificate is at fault."""
    offer: Tls = tls(covers=("khac.vn",))
    found = ask(hsts_enforced, http(), offer, limits={"min_max_age_s": 31_536_000})
    assert found.reason == "certificate-not-valid"
    assert not [one for one in found.measured if one.name == "suggested"]


@pytest.mark.parametrize("sent", [None, "unsafe-url", "no-such-policy"])
def test_referrer(sent: str | None) -> None:
    """The one that browsers choose by themselves."""
    bad = ask(referrer_private, http(https=exchange(hop(HS, changed={"Referrer-Policy": sent}))))
    name, value = first_line(bad)
    good = ask(referrer_private, http(https=exchange(hop(HS, changed={name: value}))))
    assert good.outcome is Outcome.MET


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        pytest.param("PHPSESSID=x", "PHPSESSID=…; Secure; HttpOnly; SameSite=Lax", id="session"),
        pytest.param("lang=vi; path=/", "lang=…; Path=/; Secure", id="other"),
        pytest.param("XSRF-TOKEN=x", "XSRF-TOKEN=…; Secure; SameSite=Lax", id="for-scripts"),
        pytest.param(
            "sid=x; domain=.a.vn; path=/; samesite=strict; httponly",
            "sid=…; Domain=a.vn; Path=/; Secure; HttpOnly; SameSite=Strict",
            id="what-it-has-is-kept",
        ),
        pytest.param(
            "__Host-sid=x; domain=a.vn; path=/x",
            "__Host-sid=…; Path=/; Secure; HttpOnly; SameSite=Lax",
            id="host-prefix",
        ),
        pytest.param("=x", "", id="nameless"),
        pytest.param(f"{'n' * 400}=x", "", id="endless"),
    ],
)
def test_cookie(sent: str, expected: str) -> None:
    """Every attribute that the cookie needs, and those that say where it goes."""
    cookie = cookies.parse(sent)
    assert cookie is not None
    assert cookies.mended(cookie) == expected


@given(
    st.sampled_from(["PHPSESSID", "__Host-sid", "__secure-csrf", "lang", "XSRF-TOKEN", "é\u202e"]),
    st.lists(st.sampled_from(["Secure", "HttpOnly", "SameSite=None", "Path=/x", "Domain=a.vn"])),
)
def test_a_mended_cookie_is_met(name: str, attributes: list[str]) -> None:
    """Whatever it had; and nothing unseen is left in the line."""
    sent = "; ".join((f"{name}=x", *attributes))
    found = ask(cookies_protected, http(https=exchange(hop(HS, changed={"Set-Cookie": sent}))))
    lines = [str(one.value) for one in found.measured if one.name == "suggested"]
    assert all("\u202e" not in line for line in lines)
    for line in lines:
        made = {"Set-Cookie": line.partition(": ")[2]}
        good = ask(cookies_protected, http(https=exchange(hop(HS, changed=made))))
        assert good.outcome is Outcome.MET


def test_each_weak_spot_is_named_by_itself() -> None:
    """So that the page can tell it in words."""
    weak = {CSP: "default-src 'unsafe-inline' 'unsafe-eval' *"}
    found = ask(csp_effective, http(https=exchange(hop(HS, changed=weak))), pages())
    named = {one.name: one.value for one in found.measured if one.name in set(csp.Weak)}
    assert named == {
        "unsafe-inline": "default-src 'unsafe-inline'",
        "any-host": "default-src *",
        "unsafe-eval": "default-src 'unsafe-eval'",
        "objects-unlimited": "default-src *",
        "base-unlimited": "base-uri",
    }
    open_to = {"Permissions-Policy": "camera=*"}
    found = ask(permissions_limited, http(https=exchange(hop(HS, changed=open_to))))
    told = {one.name: one.value for one in found.measured}
    assert told["open-to-all"] == "camera"
    assert told["missing-feature"] == "microphone, geolocation"
    both = {"Set-Cookie": ("sid=x; Secure", "lang=vi")}
    found = ask(cookies_protected, http(https=exchange(hop(HS, changed=both))))
    told = {one.name: one.value for one in found.measured}
    assert (told["not-secure"], told["no-httponly"], told["no-samesite"]) == ("lang", "sid", "sid")
