"""Nothing stands in for missing evidence: every cause, through every check of this part."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.http import Http, WellKnown
from checks.evidence.names import Names
from checks.evidence.page import Pages
from checks.evidence.provoked import Provoked
from checks.evidence.samples import Samples
from checks.evidence.tls import Tls
from checks.parsing import csp, hsts, referrer, security_txt
from checks.parsing.badge import badges
from checks.parsing.contacts import found_parts
from checks.parsing.html.facts import page_facts
from checks.parsing.policy_links import mentions, policy_link
from checks.parsing.text import is_vietnamese
from checks.rules import (
    cookies,
    headers,
    identity,
    policies,
    privacy,
    provoked,
    redirecting,
    search_view,
)
from checks.rules import http as speaks
from checks.rules import pages as loads
from checks.spec import Check, Outcome
from tests.builders import network, web
from tests.builders.web import HOST, TWIN, ask, exchange, http, page, pages, well_known
from tests.checks.test_headers import tls

LIMITS: dict[str, dict[str, Any]] = {
    "redirects-end": {"max_hops": 10},
    "hsts-enforced": {"min_max_age_s": 31_536_000},
    "contact-details-published": {"required_parts": ["email"]},
    "privacy-policy-published": {"min_words": 200},
    "same-page-for-search-engines": {"min_similarity": 0.9},
}
CHECKS: list[Check[Any]] = [
    found
    for module in (
        speaks,
        headers,
        policies,
        cookies,
        loads,
        provoked,
        identity,
        privacy,
        redirecting,
        search_view,
    )
    for found in vars(module).values()
    if isinstance(found, Check)
]


NOTHING_TO_ASK = {
    "label-badge-genuine",
    "cookies-protected",
    "isolation-headers-valid",
    "forms-submit-securely",
}


def names() -> Names:
    """The names of a healthy site, registered where it stands."""
    return network.names(host=network.host_names(HOST), registrable=HOST)


def all_silent(cause: Cause) -> list[Payload]:
    """A site of which every single look ended in nothing."""
    nothing = NotCaptured(cause=cause)
    ends = {
        name: exchange(start_url=url, end=nothing)
        for name, url in {
            "http": f"http://{HOST}/",
            "https": f"https://{HOST}/",
            "twin_http": f"http://{TWIN}/",
            "twin_https": f"https://{TWIN}/",
        }.items()
    }
    return [
        http(**ends),
        WellKnown(security_txt=exchange(end=nothing)),
        Pages(home=nothing),
        Provoked(cross_origin=nothing, unknown=nothing, directories=nothing),
        web.samples(robots=nothing, pages=(), searched=nothing),
        tls(handshake=nothing),
        names(),
    ]


def test_there_are_twenty_five() -> None:
    """The list below is whole."""
    assert len(CHECKS) == 25


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_look_that_ended_in_nothing(check: Check[Any]) -> None:
    """No cause of silence ever becomes an answer about the site."""
    limits = LIMITS.get(check.id, {})
    kinds: list[type[Payload]] = [Http, WellKnown, Pages, Provoked, Samples, Tls, Names]
    for cause in Cause:
        found = ask(check, *all_silent(cause), limits=limits)
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)
        missing = dict.fromkeys(kinds, NotCaptured(cause=cause))
        found = ask(check, limits=limits, missing=missing)
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_a_healthy_site(check: Check[Any]) -> None:
    """The builders make a site on which all is well; without a badge, a cookie or a form there is nothing to ask."""
    seen = (http(), well_known(), pages(), web.provoked(), web.samples(), tls(), names())
    found = ask(check, *seen, limits=LIMITS.get(check.id, {}))
    expected = Outcome.NOT_APPLICABLE if check.id in NOTHING_TO_ASK else Outcome.MET
    assert found.outcome is expected


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)
def test_the_four_headings(check: Check[Any]) -> None:
    """Every check explains itself in the same four parts."""
    doc = check.ask.__doc__ or ""
    headings = ["What it asks", "Why it matters", "How to fix", "Not tested by this check"]
    places = [doc.find(heading) for heading in headings]
    assert -1 not in places
    assert places == sorted(places)


@given(st.text())
def test_no_header_makes_a_grammar_fail(text: str) -> None:
    """Whatever was sent, every grammar gives an answer."""
    hsts.parse(text)
    csp.parse([text])
    referrer.effective([text])
    security_txt.parse(text)
    is_vietnamese(text)


@given(st.lists(st.sampled_from(["max-age", "=", ";", '"', "0", "9", " ", "\\", "x", ","])))
def test_no_odd_hsts_makes_its_grammar_fail(parts: list[str]) -> None:
    """Near misses of the grammar end in words, never in an exception."""
    hsts.parse("".join(parts))


TAGS = st.sampled_from(
    [
        "<a href='",
        "http://[",
        "'>",
        "</a>",
        "<img src=",
        "<base href=//x/>",
        "<svg>",
        "<template>",
        "&#0;",
        "<title>",
        "</title>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<meta http-equiv=refresh content=",
        "<area href=x>",
        "<frameset>",
        "0905 123 456",
        "a@b.vn",
        "<table><tr>",
        "</p>",
        "<html lang=vi>",
    ]
)


@given(st.binary() | st.lists(TAGS | st.text(max_size=5)).map(lambda p: "".join(p).encode()))
def test_no_page_makes_its_reader_fail(body: bytes) -> None:
    """Any bytes give facts, and the facts can be read by every heuristic."""
    facts = page_facts(
        body, url=f"https://{HOST}/", status=200, content_type="text/html", truncated=False
    )
    facts.model_dump_json().encode()
    badges(facts)
    found_parts(facts)
    policy_link(facts)
    mentions(facts)
    assert page().url == facts.url
