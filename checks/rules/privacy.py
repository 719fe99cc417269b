"""The privacy policy: linked, reachable, in Vietnamese, long enough to say something."""

from urllib.parse import urldefrag

from checks.evidence.base import Cause
from checks.evidence.page import PageFacts, Pages
from checks.parsing.answers import home_page, host_of, is_html, scheme_of, seen_whole
from checks.parsing.policy_links import mentions
from checks.parsing.text import READABLE_WORDS, display, is_vietnamese
from checks.spec import Answer, Limits, Measured, Outcome, Seen, captured, check, untested


class PolicyLimits(Limits):
    """How many words the policy page must hold at least; the catalogue asks 200."""

    min_words: int


@check(
    id="privacy-policy-published",
    title="A privacy policy is linked from the home page and can be read",
    family="content",
    needs=(Pages,),
    limits=PolicyLimits,
    reasons=(
        "no-link",
        "unreachable",
        "too-short",
        "not-vietnamese",
        "little-text",
        "other-host",
        "link-not-openable",
        "not-html",
    ),
)
def privacy_policy_published(seen: Seen, limits: PolicyLimits) -> Answer:
    """
    What it asks
        Does the home page link a policy on the same host (or its www/apex twin), and is that page there, in
        Vietnamese, with at least the words asked?

        No such link on a home page that was seen whole: not-met.  A link that only opens something by script
        (link-not-openable), leads to another host (other-host) or to a file such as PDF (not-html), and a home page
        with hardly any text: needs-review.  Policy page 401, 403, 404 or another 4xx: not-met (unreachable).
        Home or policy page not seen (refused, timeout, reset, NXDOMAIN, blocked), 429 or 5xx, a home page cut
        before any such link, a policy page cut before enough words: not-tested.

    Why it matters
        The label asks that parents can read what happens to the data they give.

    How to fix
        Write a page "Chính sách bảo vệ dữ liệu cá nhân" and link it in the footer of every page.

    Not tested by this check
        What the policy says: `privacy-policy-covers`.
    """
    pages = seen.get(Pages)
    if not pages.policy_url:
        return _without_link(home_page(pages))
    if pages.policy is None:
        untested(Cause.NOT_RUN, "the policy page was not asked for")
    return _judged(captured(pages.policy), limits)


def _without_link(home: PageFacts) -> Answer:
    """The home page links no policy of its own: is that so, or did we only not see it?"""
    for target in mentions(home):
        address = (Measured("target", display(target, 300)),)
        if scheme_of(target) not in {"http", "https"} or _same_page(target, home.url):
            return Answer(Outcome.NEEDS_REVIEW, address, "link-not-openable")
        if host_of(target).removeprefix("www.") != host_of(home.url).removeprefix("www."):
            return Answer(Outcome.NEEDS_REVIEW, address, "other-host")
    if not seen_whole(home):
        untested(Cause.BODY_TRUNCATED, "no link to a policy in what was kept")
    if home.words < READABLE_WORDS:
        return Answer(Outcome.NEEDS_REVIEW, (Measured("words", home.words),), "little-text")
    return Answer(Outcome.NOT_MET, reason="no-link")


def _judged(policy: PageFacts, limits: PolicyLimits) -> Answer:
    """What the policy page is."""
    if policy.status == 429:
        untested(Cause.RATE_LIMITED, "status 429")
    if policy.status >= 500 or not (200 <= policy.status < 300 or policy.status >= 400):
        untested(Cause.SERVER_ERROR, f"status {policy.status}")
    url = Measured("url", display(policy.url, 300))
    if policy.status >= 400:
        return Answer(Outcome.NOT_MET, (url, Measured("status", policy.status)), "unreachable")
    if not is_html(policy.content_type):
        return Answer(Outcome.NEEDS_REVIEW, (url,), "not-html")
    measured = (url, Measured("words", policy.words, limits.min_words))
    if policy.words < limits.min_words:
        if policy.truncated:
            untested(Cause.BODY_TRUNCATED, f"{policy.words} words in what was kept")
        return Answer(Outcome.NOT_MET, measured, "too-short")
    if not is_vietnamese(policy.text):
        return Answer(Outcome.NOT_MET, measured, "not-vietnamese")
    return Answer(Outcome.MET, measured)


def _same_page(target: str, home: str) -> bool:
    return urldefrag(target).url.rstrip("/") == urldefrag(home).url.rstrip("/")
