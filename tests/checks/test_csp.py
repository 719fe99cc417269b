"""Content Security Policies: what browsers make of them, and where they leave a hole."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import VALUE_KEPT
from checks.evidence.page import PageFacts
from checks.parsing import csp
from checks.parsing.csp import Kind, Source
from checks.rules.policies import csp_effective
from checks.spec import Outcome
from tests.builders.web import HOST, TWIN, ask, exchange, hop, http, page, pages

HS = f"https://{HOST}/"
NAME = "Content-Security-Policy"
GOOD = "default-src 'self'; object-src 'none'; base-uri 'self'"
REST = "object-src 'none'; base-uri 'none'"
Value = str | Iterable[str] | None

# NukeViet's own policy (nukeviet/nukeviet, install/update.sql), shortened to its kinds of source.
NUKEVIET = (
    "script-src 'self' *.google.com *.google-analytics.com *.zalo.me 'unsafe-inline' 'unsafe-eval';"
    "style-src 'self' *.google.com 'unsafe-inline';frame-src 'self' *.google.com;base-uri 'self';"
)

MET, NOT_MET = Outcome.MET, Outcome.NOT_MET


@pytest.mark.parametrize(
    ("sent", "reason", "weak"),
    [
        # CSP 3, 1.1 and MDN "Practical CSP": what a strict policy is.
        pytest.param(GOOD, "", "", id="mdn-self-only"),
        pytest.param(f"script-src 'none'; {REST}", "", "", id="csp3-none"),
        pytest.param(f"script-src; {REST}", "", "", id="csp3-6.7.2.2-empty-list-is-none"),
        pytest.param(f"script-src 'nonce-r4nd0m' 'strict-dynamic'; {REST}", "", "", id="web.dev"),
        pytest.param(
            f"script-src 'nonce-(varies)' 'strict-dynamic' https: 'unsafe-inline'; {REST}",
            "",
            "",
            id="csp-evaluator-strict-with-fallbacks",
        ),
        pytest.param(
            f"script-src 'sha256-B2yPHKaXnvFWtRChIbabYmUBFZdVfKKXHbWtWidDVF8='; {REST}",
            "",
            "",
            id="csp3-hash",
        ),
        pytest.param(f"script-src https://cdn.example.vn/js/; {REST}", "", "", id="host-path"),
        pytest.param(f"script-src *.google.com:443; {REST}", "", "", id="wildcard-below-a-name"),
        pytest.param("default-src 'none'; base-uri 'self'", "", "", id="object-src-by-fallback"),
        pytest.param(f"SCRIPT-SRC 'SELF'; {REST}", "", "", id="csp3-2.2.1-case"),
        pytest.param(
            f"script-src 'self' 'wasm-unsafe-eval' 'report-sample'; {REST}",
            "",
            "",
            id="csp3-harmless-keywords",
        ),
        pytest.param(
            f"script-src 'self'; style-src * 'unsafe-inline'; img-src data: *; {REST}",
            "",
            "",
            id="observatory-styles-and-pictures-aside",
        ),
        pytest.param(
            f"script-src 'unsafe-inline' 'strict-dynamic'; {REST}",
            "",
            "",
            id="csp3-6.7.3.2-strict-dynamic-ends-inline",
        ),
        pytest.param(
            f"script-src 'self' blob:; {REST}", "", "", id="csp-evaluator-blob-is-not-listed"
        ),
        pytest.param(
            f"script-src 'self' unsafe-inline; {REST}", "", "", id="csp3-no-quotes-is-a-host"
        ),
        pytest.param(f"script-src https://*.*; {REST}", "", "", id="csp3-2.3.1-no-host"),
        pytest.param(f"script-src ftp://*; {REST}", "", "", id="csp3-no-web-scheme"),
        pytest.param(
            "sandbox allow-forms; object-src 'none'; base-uri 'none'",
            "",
            "",
            id="html-sandbox-runs-no-scripts",
        ),
        # csp-evaluator, checks/security_checks_test.ts
        pytest.param(
            f"default-src 'unsafe-inline'; {REST}",
            "unsafe-inline",
            "default-src 'unsafe-inline'",
            id="csp-evaluator-inline-in-default",
        ),
        pytest.param(
            f"script-src 'self' 'unsafe-inline'; {REST}",
            "unsafe-inline",
            "script-src 'unsafe-inline'",
            id="csp-evaluator-inline",
        ),
        pytest.param(
            f"script-src 'self' 'UNSAFE-INLINE'; {REST}",
            "unsafe-inline",
            "script-src 'unsafe-inline'",
            id="csp3-keywords-without-case",
        ),
        pytest.param(
            f"script-src 'self'; script-src-attr 'unsafe-inline'; {REST}",
            "unsafe-inline",
            "script-src-attr 'unsafe-inline'",
            id="csp3-attributes-of-their-own",
        ),
        pytest.param(
            f"script-src 'unsafe-inline'; script-src-elem 'self'; script-src-attr 'none'; {REST}",
            "",
            "",
            id="csp3-6.8.3-narrower-directives-first",
        ),
        pytest.param(
            f"script-src 'self' 'unsafe-eval'; {REST}",
            "unsafe-eval",
            "script-src 'unsafe-eval'",
            id="csp-evaluator-eval",
        ),
        pytest.param(
            f"script-src 'nonce-a' 'strict-dynamic' 'unsafe-eval'; {REST}",
            "unsafe-eval",
            "script-src 'unsafe-eval'",
            id="strict-dynamic-leaves-eval",
        ),
        pytest.param(
            f"script-src data:; {REST}", "data-scripts", "script-src data:", id="csp-evaluator-data"
        ),
        pytest.param(
            f"script-src 'nonce-a' DATA:; {REST}",
            "data-scripts",
            "script-src DATA:",
            id="a-nonce-alone-leaves-schemes",
        ),
        pytest.param(f"script-src *; {REST}", "any-host", "script-src *", id="csp-evaluator-star"),
        pytest.param(
            f"script-src https:; {REST}", "any-host", "script-src https:", id="csp-evaluator-https"
        ),
        pytest.param(
            f"script-src 'self' http:; {REST}",
            "any-host",
            "script-src http:",
            id="csp-evaluator-http",
        ),
        pytest.param(
            f"script-src wss:; {REST}",
            "any-host",
            "script-src wss:",
            id="csp3-6.7.2.8-wss-to-https",
        ),
        pytest.param(
            f"script-src https://*:443; {REST}",
            "any-host",
            "script-src https://*:443",
            id="observatory-star-with-scheme",
        ),
        pytest.param(
            f"script-src https://*/js/; {REST}",
            "any-host",
            "script-src https://*/js/",
            id="star-with-a-path",
        ),
        pytest.param(
            f"script-src *.vn; {REST}", "any-host", "script-src *.vn", id="whole-top-level"
        ),
        pytest.param(
            "script-src 'self'; base-uri 'self'",
            "objects-unlimited",
            "object-src",
            id="csp-evaluator-object-src-missing",
        ),
        pytest.param(
            "script-src 'self'; object-src *; base-uri 'self'",
            "objects-unlimited",
            "object-src *",
            id="csp-evaluator-object-src-star",
        ),
        pytest.param(
            "script-src 'self'; object-src data:; base-uri 'self'",
            "objects-unlimited",
            "object-src data:",
            id="csp-evaluator-object-src-data",
        ),
        pytest.param(
            "script-src 'self'; default-src https:; base-uri 'self'",
            "objects-unlimited",
            "default-src https:",
            id="object-src-by-a-wide-fallback",
        ),
        pytest.param(
            "default-src 'self'",
            "base-unlimited",
            "base-uri",
            id="csp3-no-fallback-for-base",
        ),
        pytest.param(
            "default-src 'self'; base-uri *",
            "base-unlimited",
            "base-uri *",
            id="csp-evaluator-base-uri-star",
        ),
        pytest.param(
            "frame-ancestors 'self'",
            "scripts-unlimited",
            "script-src; object-src; base-uri",
            id="csp-evaluator-script-src-missing",
        ),
        pytest.param(
            "upgrade-insecure-requests; object-src 'none'; base-uri 'none'",
            "scripts-unlimited",
            "script-src",
            id="only-upgrades",
        ),
        pytest.param(
            f"sandbox allow-scripts; {REST}",
            "scripts-unlimited",
            "script-src",
            id="sandbox-with-scripts",
        ),
        pytest.param(
            NUKEVIET,
            "unsafe-inline",
            "script-src 'unsafe-inline'; script-src 'unsafe-eval'; object-src",
            id="nukeviet-as-shipped",
        ),
        # CSP 3, 2.2.1 and 2.2.2: how the text is read.
        pytest.param(
            f"script-src 'self'; script-src *; {REST}", "", "", id="csp3-first-duplicate-wins"
        ),
        pytest.param(
            f"script-src *; script-src 'self'; {REST}",
            "any-host",
            "script-src *",
            id="csp3-second-duplicate-is-ignored",
        ),
        pytest.param(f" ;;\tscript-src\f'self' ;\n{REST};", "", "", id="csp3-ascii-whitespace"),
        pytest.param(
            f"script-src\u00a0'self'; {REST}",
            "scripts-unlimited",
            "script-src",
            id="csp3-other-blanks-are-no-ascii",
        ),
        pytest.param(
            f"script-src: 'self'; {REST}",
            "scripts-unlimited",
            "script-src",
            id="csp3-a-colon-makes-another-name",
        ),
        pytest.param(
            f"script_src 'self'; {REST}",
            "scripts-unlimited",
            "script-src",
            id="csp3-unknown-name",
        ),
        # CSP 3, 8.1 and trap 31: every policy is enforced.
        pytest.param(("script-src 'self'", REST), "", "", id="two-fields-together"),
        pytest.param(f"script-src 'self', {REST}", "", "", id="two-joined-by-comma"),
        pytest.param((f"script-src *; {REST}", GOOD), "", "", id="the-stricter-one-holds"),
        pytest.param(
            (f"script-src data:; {REST}", f"script-src https:; {REST}"),
            "",
            "",
            id="nothing-in-both",
        ),
        pytest.param(
            (f"script-src * 'unsafe-inline'; {REST}", f"script-src https: 'unsafe-eval'; {REST}"),
            "any-host",
            "script-src *",
            id="weak-in-both",
        ),
        pytest.param(
            ("upgrade-insecure-requests", f"script-src 'unsafe-inline'; {REST}"),
            "unsafe-inline",
            "script-src 'unsafe-inline'",
            id="the-policy-that-speaks-names-the-spot",
        ),
        pytest.param((";", GOOD), "", "", id="csp3-empty-policy-is-none"),
    ],
)
def test_policy(sent: Value, reason: str, weak: str) -> None:
    """A spot is weak where every policy leaves it open."""
    found = ask(csp_effective, http(https=exchange(hop(HS, changed={NAME: sent}))), pages())
    said = {one.name: one.value for one in found.measured}
    assert (found.outcome, found.reason) == (NOT_MET if reason else MET, reason)
    assert said.get("weak", "") == weak


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({NAME: None}, NOT_MET, "missing", id="none"),
        pytest.param({NAME: " ; "}, NOT_MET, "missing", id="empty"),
        pytest.param(
            {NAME: None, f"{NAME}-Report-Only": GOOD}, NOT_MET, "report-only", id="report-only"
        ),
        pytest.param({NAME: None, f"{NAME}-Report-Only": ""}, NOT_MET, "missing", id="both-empty"),
        pytest.param(
            {NAME: None, "X-Content-Security-Policy": GOOD}, NOT_MET, "missing", id="old-name"
        ),
        pytest.param(
            {NAME: None, "Content-Type": "application/json"},
            Outcome.NOT_APPLICABLE,
            "not-html",
            id="json",
        ),
        pytest.param({NAME: GOOD + " " * VALUE_KEPT}, Outcome.NOT_TESTED, "", id="cut-at-capture"),
        pytest.param({NAME: GOOD.ljust(VALUE_KEPT - 1)}, MET, "", id="one-sign-short-of-the-cut"),
    ],
)
def test_no_policy_to_read(changed: dict[str, Value], outcome: Outcome, reason: str) -> None:
    """Reporting is not enforcing, and what was cut is not judged."""
    found = ask(csp_effective, http(https=exchange(hop(HS, changed=changed))), pages())
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("header", "in_page", "reason"),
    [
        pytest.param(None, (GOOD,), "", id="meta-alone"),
        pytest.param("script-src *", (GOOD,), "", id="meta-beside-a-weak-header"),
        pytest.param(
            None, ("frame-ancestors 'self'; sandbox; report-uri /x",), "missing", id="void"
        ),
        # HTML, 4.2.5.3: the content is one policy; a comma does not begin another.
        pytest.param(None, (f"script-src 'self', {REST}",), "objects-unlimited", id="comma"),
    ],
)
def test_policies_of_the_page(header: Value, in_page: tuple[str, ...], reason: str) -> None:
    """Meta elements add policies, without what such a policy cannot say (CSP 3, 3.3)."""
    seen = http(https=exchange(hop(HS, changed={NAME: header})))
    found = ask(csp_effective, seen, pages(home=page(csp_meta=in_page)))
    assert found.reason == reason


@pytest.mark.parametrize(
    "home",
    [
        pytest.param(NotCaptured(cause=Cause.BUDGET_CPU), id="not-read"),
        pytest.param(page(url=f"https://{TWIN}/"), id="another-page"),
    ],
)
def test_a_page_that_was_not_read_may_hold_a_policy(home: PageFacts | NotCaptured) -> None:
    """So the want of a header accuses nobody; a header that does needs no page."""
    bare = http(https=exchange(hop(HS, changed={NAME: None})))
    assert ask(csp_effective, bare, pages(home=home)).outcome is Outcome.NOT_TESTED
    good = http(https=exchange(hop(HS, changed={NAME: GOOD})))
    assert ask(csp_effective, good, pages(home=home)).outcome is Outcome.MET


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("https:", Source(Kind.SCHEME, "https:", scheme="https")),
        ("custom+x:", Source(Kind.SCHEME, "custom+x:", scheme="custom+x")),
        ("'self'", Source(Kind.KEYWORD, "'self'")),
        ("'Strict-Dynamic'", Source(Kind.KEYWORD, "'strict-dynamic'")),
        ("'nonce-ab+/_-=='", Source(Kind.NONCE, "'nonce-ab+/_-=='")),
        ("'nonce-'", Source(Kind.INVALID, "'nonce-'")),
        ("'sha384-AA=='", Source(Kind.HASH, "'sha384-AA=='")),
        ("'sha1-AA=='", Source(Kind.INVALID, "'sha1-AA=='")),
        ("*", Source(Kind.HOST, "*", host="*")),
        ("a.VN", Source(Kind.HOST, "a.VN", host="a.vn")),
        ("a.vn.", Source(Kind.HOST, "a.vn.", host="a.vn.")),
        (
            "HTTPS://*.a.vn:*/b/c.js",
            Source(Kind.HOST, "HTTPS://*.a.vn:*/b/c.js", "https", "*.a.vn", "*", "/b/c.js"),
        ),
        ("localhost:8080", Source(Kind.HOST, "localhost:8080", host="localhost", port="8080")),
        ("*.", Source(Kind.INVALID, "*.")),
        ("a.*.vn", Source(Kind.INVALID, "a.*.vn")),
        ("a.vn:x", Source(Kind.INVALID, "a.vn:x")),
        ("a.vn/x?y", Source(Kind.INVALID, "a.vn/x?y")),
        ("'self", Source(Kind.INVALID, "'self")),
    ],
)
def test_source_expressions(text: str, source: Source) -> None:
    """CSP 3, 2.3.1."""
    assert csp.read_source(text) == source


@pytest.mark.parametrize(
    ("policy", "asked", "speaks"),
    [
        ("worker-src a; child-src b; script-src c; default-src d", "worker-src", "worker-src"),
        ("child-src b; script-src c; default-src d", "worker-src", "child-src"),
        ("script-src c; default-src d", "worker-src", "script-src"),
        ("default-src d", "worker-src", "default-src"),
        ("child-src b; default-src d", "frame-src", "child-src"),
        ("script-src b; default-src d", "frame-src", "default-src"),
        ("style-src s; default-src d", "style-src-attr", "style-src"),
        ("default-src d", "base-uri", None),
        ("default-src d", "form-action", None),
        ("default-src d", "frame-ancestors", None),
    ],
)
def test_fallbacks(policy: str, asked: str, speaks: str | None) -> None:
    """CSP 3, 6.8.3."""
    rule = csp.rule_for(csp.parse([policy])[0], asked)
    assert (rule.directive if rule else None) == speaks


PARTS = st.sampled_from(
    [
        *[";", ",", "\t", "*", "'", ":", "/", "."],
        " ",
        "script-src",
        "default-src",
        "object-src",
        "base-uri",
        "sandbox",
        "'unsafe-inline'",
        "'nonce-x'",
        "'strict-dynamic'",
        "https:",
        "data:",
        "*.vn",
        "\u00a0",
    ]
)


@given(st.text() | st.lists(PARTS).map("".join))
def test_no_policy_makes_the_reader_fail(text: str) -> None:
    """Whatever was sent, the weak spots can be told."""
    csp.weak_spots(csp.parse([text]))
    csp.weak_spots(csp.parse_in_page([text]))
    csp.read_source(text)


DIRECTIVES = st.lists(
    st.sampled_from(
        [
            "script-src 'self'",
            "default-src *",
            "object-src 'none'",
            "base-uri 'self'",
            "script-src-attr 'unsafe-inline'",
            "img-src data:",
        ]
    ),
    unique=True,
)


@given(DIRECTIVES.flatmap(lambda said: st.tuples(st.just(said), st.permutations(said))))
def test_order_and_case_change_nothing(both: tuple[list[str], list[str]]) -> None:
    """The order of different directives, and the case of their names, tell nothing."""
    straight, turned = both
    shouted = [f"{name.upper()} {said}" for name, _, said in (one.partition(" ") for one in turned)]
    expected = csp.weak_spots(csp.parse(["; ".join(straight)]))
    assert csp.weak_spots(csp.parse(["; ".join(shouted)])) == expected


@given(st.lists(DIRECTIVES.map("; ".join)), st.integers(0, 9))
def test_one_more_policy_never_opens(policies: list[str], place: int) -> None:
    """What one policy closes stays closed, wherever it stands."""
    assert csp.weak_spots(csp.parse([*policies[:place], GOOD, *policies[place:]])) == ()
