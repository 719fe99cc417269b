"""What pages load from elsewhere, what they load in the clear, and where their forms send: both sides of each bar."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import Form, Load, PageFacts, Pages, Script
from checks.parsing.html.facts import page_facts
from checks.rules.pages import forms_submit_securely, no_mixed_content, scripts_pinned
from checks.spec import Finding, Outcome
from inventory.hosts import host_name
from tests.builders.web import HOST, TWIN, ask, page, pages, site

PIN = "sha384-" + "A" * 64
AWAY = "https://cdn.vn/a.js"
HTTP_PAGE = f"http://{HOST}/"
UPGRADE = "default-src 'self'; Upgrade-Insecure-Requests"
MET, NOT_MET, REVIEW = Outcome.MET, Outcome.NOT_MET, Outcome.NEEDS_REVIEW
NOT_APPLICABLE, NOT_TESTED = Outcome.NOT_APPLICABLE, Outcome.NOT_TESTED


def of_home(check: Any, **changed: Any) -> Finding:
    """The finding about a home page; the policy page is healthy."""
    return ask(check, pages(home=page(**changed)))


def told(finding: Finding) -> dict[str, Any]:
    """What was measured."""
    return {one.name: one.value for one in finding.measured}


def scripts(*sources: str | Script) -> tuple[Script, ...]:
    return tuple(Script(src=one) if isinstance(one, str) else one for one in sources)


@pytest.mark.parametrize(
    ("found", "outcome", "reason"),
    [
        pytest.param(scripts(), MET, "no-foreign-scripts", id="none"),
        pytest.param(scripts(""), MET, "no-foreign-scripts", id="inline"),
        pytest.param(scripts(f"https://{HOST}/a.js"), MET, "no-foreign-scripts", id="own"),
        pytest.param(scripts(f"https://{TWIN}/a.js"), MET, "no-foreign-scripts", id="own-twin"),
        pytest.param(
            scripts(f"http://{HOST}:8080/a.js"), MET, "no-foreign-scripts", id="own-port-and-scheme"
        ),
        pytest.param(
            scripts(f"https://static.{HOST}/a.js"), NOT_MET, "unpinned", id="own-subdomain"
        ),
        pytest.param(scripts("https://danang.edu.vn/a.js"), NOT_MET, "unpinned", id="same-suffix"),
        pytest.param(scripts(AWAY), NOT_MET, "unpinned", id="away"),
        pytest.param(scripts(Script(src=AWAY, integrity=PIN)), MET, "", id="away-pinned"),
        pytest.param(
            scripts(Script(src=AWAY, integrity=PIN[:-1])), NOT_MET, "unpinned", id="sri-one-short"
        ),
        pytest.param(
            scripts(Script(src=AWAY, integrity="md5-x")), NOT_MET, "unpinned", id="sri-md5"
        ),
        pytest.param(
            scripts(Script(src=AWAY, integrity=PIN), AWAY), NOT_MET, "unpinned", id="one-of-two"
        ),
        pytest.param(
            scripts(Script(src=AWAY, type="text/template")),
            MET,
            "no-foreign-scripts",
            id="html-data",
        ),
        pytest.param(
            scripts(Script(src=AWAY, type="module")), NOT_MET, "unpinned", id="html-module"
        ),
        pytest.param(scripts("data:"), MET, "no-foreign-scripts", id="data"),
        pytest.param(scripts("http://["), NOT_MET, "unpinned", id="nonsense"),
        pytest.param(scripts("https://\u2603\u2603-.vn/a.js"), NOT_MET, "unpinned", id="no-name"),
    ],
)
def test_scripts_pinned(found: tuple[Script, ...], outcome: Outcome, reason: str) -> None:
    """Whoever holds another host holds the page, unless a hash says what may run."""
    finding = of_home(scripts_pinned, scripts=found)
    assert (finding.outcome, finding.reason) == (outcome, reason)


def test_scripts_of_an_international_name() -> None:
    """The same host is the same host, however it is written."""
    host = host_name("trường.vn")
    own = site(host)
    for written, outcome in (
        (f"https://{host}/a", MET),
        ("https://trường.vn/a", MET),
        ("https://truong.vn/a", NOT_MET),
    ):
        home = page(url=f"https://{host}/", scripts=scripts(written))
        assert ask(scripts_pinned, Pages(home=home), of=own).outcome is outcome


def test_the_hosts_are_named() -> None:
    """Once each, in the order of the page."""
    found = scripts(AWAY, "https://b.vn/1", "https://b.vn/2", Script(src=AWAY, integrity=PIN))
    finding = of_home(scripts_pinned, scripts=found)
    assert told(finding) == {"scripts": 4, "unpinned": 3, "hosts": "cdn.vn, b.vn"}
    assert finding.address == f"https://{HOST}/"


@pytest.mark.parametrize(
    ("found", "changed", "outcome", "cause"),
    [
        (scripts(), {"scripts_total": 1}, NOT_TESTED, Cause.BUDGET_CPU),
        (scripts(AWAY), {"scripts_total": 2}, NOT_MET, None),
        (scripts(), {"truncated": True}, NOT_TESTED, Cause.BODY_TRUNCATED),
        (scripts(AWAY), {"truncated": True}, NOT_MET, None),
    ],
)
def test_scripts_of_a_page_that_was_cut(
    found: tuple[Script, ...], changed: dict[str, Any], outcome: Outcome, cause: Cause | None
) -> None:
    """A fault seen counts; what was not seen proves nothing."""
    finding = of_home(scripts_pinned, scripts=found, **changed)
    assert (finding.outcome, finding.cause) == (outcome, cause)


def load(url: str = "http://b.vn/x", *, active: bool = False) -> Load:
    return Load(url=url, tag="script" if active else "img", active=active)


ACTIVE, PASSIVE = load(active=True), load()
HERE = load("http://127.0.0.1/x", active=True)


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({}, MET, "", id="nothing"),
        pytest.param({"plain_loads": (ACTIVE,)}, NOT_MET, "active", id="mix-blockable"),
        pytest.param({"plain_loads": (PASSIVE,)}, REVIEW, "passive", id="mix-optionally-blockable"),
        pytest.param({"plain_loads": (ACTIVE, PASSIVE)}, NOT_MET, "active", id="mix-both"),
        pytest.param(
            {"plain_loads": (ACTIVE,), "csp_header": (UPGRADE,)}, MET, "upgraded", id="uir-header"
        ),
        pytest.param(
            {"plain_loads": (ACTIVE,), "csp_meta": (UPGRADE,)}, MET, "upgraded", id="uir-meta"
        ),
        pytest.param(
            {"plain_loads": (PASSIVE,), "csp_header": ("a b, upgrade-insecure-requests",)},
            MET,
            "upgraded",
            id="uir-second-policy-of-a-field",
        ),
        pytest.param(
            {"plain_loads": (ACTIVE,), "csp_meta": ("img-src a, upgrade-insecure-requests",)},
            NOT_MET,
            "active",
            id="csp-a-comma-parts-nothing-in-a-meta",
        ),
        pytest.param(
            {"plain_loads": (ACTIVE,), "csp_header": ("img-src upgrade-insecure-requests",)},
            NOT_MET,
            "active",
            id="uir-as-a-source",
        ),
        pytest.param({"csp_header": (UPGRADE,)}, MET, "", id="uir-nothing-to-upgrade"),
        pytest.param(
            {"csp_header": (UPGRADE,), "truncated": True}, MET, "upgraded", id="uir-of-a-cut-page"
        ),
        pytest.param({"plain_loads": (HERE,)}, MET, "", id="secure-contexts-loopback"),
        pytest.param(
            {"plain_loads": (load("http://[::1]:80/", active=True),)},
            MET,
            "",
            id="secure-contexts-v6",
        ),
        pytest.param(
            {"plain_loads": (load("http://a.localhost/", active=True),)},
            MET,
            "",
            id="secure-contexts-localhost",
        ),
        pytest.param(
            {"plain_loads": (load("http://xlocalhost/", active=True),)},
            NOT_MET,
            "active",
            id="secure-contexts-not-localhost",
        ),
        pytest.param({"url": HTTP_PAGE}, NOT_APPLICABLE, "no-https", id="page-on-http"),
        pytest.param(
            {"plain_loads": (PASSIVE,), "plain_loads_total": 9},
            REVIEW,
            "passive",
            id="pictures-cut",
        ),
        pytest.param(
            {"plain_loads": (ACTIVE,), "plain_loads_total": 9}, NOT_MET, "active", id="scripts-cut"
        ),
        pytest.param(
            {"plain_loads": (ACTIVE,), "truncated": True}, NOT_MET, "active", id="cut-with-a-fault"
        ),
    ],
)
def test_no_mixed_content(changed: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """Active loads accuse, passive ones ask for a person, an enforced upgrade forgives both."""
    finding = of_home(no_mixed_content, **changed)
    # The policy page loads nothing; beside a home page on http it is judged by itself.
    if outcome is NOT_APPLICABLE:
        finding = ask(no_mixed_content, Pages(home=page(**changed)))
    assert (finding.outcome, finding.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"truncated": True}, Cause.BODY_TRUNCATED),
        ({"plain_loads": (PASSIVE,), "truncated": True}, Cause.BODY_TRUNCATED),
        ({"plain_loads": (HERE,), "plain_loads_total": 60}, Cause.BUDGET_CPU),
        ({"plain_loads": (HERE, PASSIVE), "plain_loads_total": 60}, Cause.BUDGET_CPU),
    ],
)
def test_loads_that_were_not_seen(changed: dict[str, Any], cause: Cause) -> None:
    """Something active may stand in what was not kept."""
    finding = of_home(no_mixed_content, **changed)
    assert (finding.outcome, finding.cause) == (NOT_TESTED, cause)


def test_the_worst_loads_are_named() -> None:
    """Active ones first; each once."""
    finding = of_home(no_mixed_content, plain_loads=(ACTIVE, ACTIVE, load("http://c.vn/")))
    assert told(finding) == {"loads": 3, "targets": "http://b.vn/x"}


def form(action: str = f"https://{HOST}/x", **changed: Any) -> Form:
    return Form(action=action, **changed)


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        pytest.param({}, NOT_APPLICABLE, "no-forms", id="no-form"),
        pytest.param({"forms": (form(),)}, MET, "", id="https"),
        pytest.param({"forms": (form("https://b.vn/"),)}, MET, "", id="https-elsewhere"),
        pytest.param({"forms": (form("http://b.vn/"),)}, NOT_MET, "sent-over-http", id="http"),
        pytest.param(
            {"forms": (form(), form("HTTP://b.vn/"))}, NOT_MET, "sent-over-http", id="one-of-two"
        ),
        pytest.param({"forms": (form("javascript:x()"),)}, MET, "", id="html-javascript"),
        pytest.param({"forms": (form("http://localhost/"),)}, MET, "", id="secure-contexts"),
        pytest.param(
            {"forms": (form(further=("http://b.vn/",), further_total=1),)},
            NOT_MET,
            "sent-over-http",
            id="html-formaction",
        ),
        pytest.param(
            {"forms": (form("http://b.vn/", method="dialog"),)}, MET, "", id="html-dialog"
        ),
        pytest.param(
            {"forms": (form(method="dialog", further=("http://b.vn/",), further_total=1),)},
            NOT_MET,
            "sent-over-http",
            id="html-dialog-with-a-button-that-sends",
        ),
        pytest.param(
            {"forms": (form("http://b.vn/"),), "csp_header": (UPGRADE,)},
            MET,
            "upgraded",
            id="uir-form",
        ),
        pytest.param({"loose_passwords": 1}, MET, "", id="password-without-form"),
        pytest.param(
            {"url": HTTP_PAGE, "loose_passwords": 1},
            NOT_MET,
            "password-over-http",
            id="loose-on-http",
        ),
        pytest.param(
            {"url": HTTP_PAGE, "forms": (form(password=True),)},
            NOT_MET,
            "password-over-http",
            id="password-on-http-even-if-sent-to-https",
        ),
        pytest.param(
            {"url": HTTP_PAGE, "forms": (form("http://b.vn/"),)},
            NOT_APPLICABLE,
            "no-https",
            id="on-http",
        ),
        pytest.param(
            {"forms": (form("http://b.vn/"),), "forms_total": 2, "truncated": True},
            NOT_MET,
            "sent-over-http",
            id="cut-with-a-fault",
        ),
    ],
)
def test_forms(changed: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """One target in the clear is enough; a password field needs https around it."""
    finding = of_home(forms_submit_securely, **changed)
    assert (finding.outcome, finding.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"truncated": True}, Cause.BODY_TRUNCATED),
        ({"forms": (form(),), "truncated": True}, Cause.BODY_TRUNCATED),
        ({"forms": (form(),), "forms_total": 51}, Cause.BUDGET_CPU),
        ({"forms": (form(further_total=11),)}, Cause.BUDGET_CPU),
        ({"url": HTTP_PAGE, "truncated": True}, Cause.BODY_TRUNCATED),
        ({"url": HTTP_PAGE, "forms_total": 51}, Cause.BUDGET_CPU),
    ],
)
def test_forms_that_were_not_seen(changed: dict[str, Any], cause: Cause) -> None:
    """One that sends over http may stand in what was not kept."""
    finding = of_home(forms_submit_securely, **changed)
    assert (finding.outcome, finding.cause) == (NOT_TESTED, cause)


FAULTY: dict[str, Any] = {
    "scripts": scripts(AWAY),
    "plain_loads": (ACTIVE,),
    "forms": (form("http://b.vn/"),),
}
CHECKS = [scripts_pinned, no_mixed_content, forms_submit_securely]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_the_policy_page_is_judged_too(check: Any) -> None:
    """Where it was seen to be a page; the place is named."""
    url = f"https://{HOST}/chinh-sach-bao-mat"
    faulty = page(url=url, **FAULTY)
    finding = ask(check, pages(policy=faulty))
    assert (finding.outcome, finding.address) == (NOT_MET, url)
    for unseen in (
        None,
        NotCaptured(cause=Cause.RESET),
        page(url=url, status=404, **FAULTY),
        page(url=url, content_type="application/pdf", **FAULTY),
    ):
        assert ask(check, pages(policy=unseen)).outcome in {MET, NOT_APPLICABLE}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"status": 404}, Cause.SERVER_ERROR),
        ({"status": 403}, Cause.AUTHENTICATION_REQUIRED),
        ({"status": 429}, Cause.RATE_LIMITED),
        ({"content_type": "application/pdf"}, Cause.UNDECODABLE),
    ],
)
def test_no_page_no_answer(check: Any, changed: dict[str, Any], cause: Cause) -> None:
    """An error page is not the school's page, whatever stands in it."""
    finding = ask(check, Pages(home=page(**changed, **FAULTY)))
    assert (finding.outcome, finding.cause) == (NOT_TESTED, cause)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<script src=//cdn.vn/a.js></script>", "not-met met not-applicable"),
        (f"<script src=//cdn.vn/a.js integrity={PIN}></script>", "met met not-applicable"),
        ("<img src=http://b.vn/>", "met needs-review not-applicable"),
        ("<form><input type=password></form>", "met met met"),
        ("<form action=http://b.vn/>", "met met not-met"),
        (
            "<meta http-equiv=content-security-policy content=upgrade-insecure-requests>"
            "<script src=http://b.vn/></script><form action=http://b.vn/>",
            "not-met met met",
        ),
        (
            "<body><meta http-equiv=content-security-policy content=upgrade-insecure-requests>"
            "<form action=http://b.vn/>",
            "met met not-met",
        ),
    ],
)
def test_from_the_bytes_to_the_answer(html: str, expected: str) -> None:
    """Reader and rules agree on what they speak of."""
    home = page_facts(
        html.encode(), url=f"https://{HOST}/", status=200, content_type="text/html", truncated=False
    )
    assert isinstance(home, PageFacts)
    assert " ".join(ask(check, Pages(home=home)).outcome for check in CHECKS) == expected
