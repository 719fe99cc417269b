"""The privacy policy: linked, reachable, in Vietnamese, long enough to say something; and what it says."""

from urllib.parse import urldefrag

from pydantic import Field, field_validator

from checks.evidence.base import Cause
from checks.evidence.page import PageFacts, Pages
from checks.parsing.answers import home_page, host_of, is_html, scheme_of, seen_whole
from checks.parsing.policy_links import mentions
from checks.parsing.policy_parts import PARTS, covered, of_somebody_else, untouched
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
    policy = _opened(captured(pages.policy))
    return policy if isinstance(policy, Answer) else _judged(policy, limits)


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


def _opened(policy: PageFacts) -> PageFacts | Answer:
    """The policy page, or the answer where it is none that can be read."""
    if policy.status == 429:
        untested(Cause.RATE_LIMITED, "status 429")
    if policy.status >= 500 or not (200 <= policy.status < 300 or policy.status >= 400):
        untested(Cause.SERVER_ERROR, f"status {policy.status}")
    url = _address(policy)
    if policy.status >= 400:
        return Answer(Outcome.NOT_MET, (url, Measured("status", policy.status)), "unreachable")
    if not is_html(policy.content_type):
        return Answer(Outcome.NEEDS_REVIEW, (url,), "not-html")
    return policy


def _judged(policy: PageFacts, limits: PolicyLimits) -> Answer:
    """What the policy page is."""
    measured = (_address(policy), Measured("words", policy.words, limits.min_words))
    if policy.words < limits.min_words:
        if policy.truncated:
            untested(Cause.BODY_TRUNCATED, f"{policy.words} words in what was kept")
        return Answer(Outcome.NOT_MET, measured, "too-short")
    if not is_vietnamese(policy.text):
        return Answer(Outcome.NOT_MET, measured, "not-vietnamese")
    return Answer(Outcome.MET, measured)


class PartsLimits(Limits):
    """Which parts the policy must speak of: any of ``collection storage-and-use protection problem-handling contact``,
    the rows of the trust label.  At least one; an unknown part is an error.
    """

    required_parts: list[str] = Field(min_length=1)

    @field_validator("required_parts")
    @classmethod
    def _known(cls, parts: list[str]) -> list[str]:
        unknown = sorted(set(parts) - set(PARTS))
        if unknown:
            raise ValueError(f"unknown parts: {', '.join(unknown)}")
        return parts


_NO_POLICY_WORDS = 200
"""A text of so many words that speaks of none of the five parts is no policy; a shorter one may be only a beginning."""


@check(
    id="privacy-policy-covers",
    title="The privacy policy covers what it must",
    family="content",
    needs=(Pages,),
    limits=PartsLimits,
    reasons=(
        "no-link",
        "unreachable",
        "says-nothing",
        "parts-missing",
        *(f"no-{part}" for part in PARTS),
        "model-text",
        "somebody-else",
        "other-language",
        "little-text",
        "other-host",
        "link-not-openable",
        "not-html",
    ),
)
def privacy_policy_covers(seen: Seen, limits: PartsLimits) -> Answer:
    """
    What it asks
        Does the privacy policy speak of the parts that the criterion asks for: collection and consent, storage and use,
        protection, handling of problems, a contact for questions?  Each is found by headings and phrases, in
        Vietnamese (with accents or without) or English, in a text that is about personal data at all.

        All found: met; but a model text whose blanks or hints were left in (model-text), or the words of a company to its
        customers without a word of school (somebody-else): needs-review.  Some not found: needs-review, for a person may
        read what this check does not; so may a text in another language (other-language) and one with hardly any words.
        None of the five in 200 words or more: not-met (says-nothing), for it is no policy.

        Without a policy the parts are not there either: no link on a home page that was seen whole, and a policy page with
        401, 403, 404 or another 4xx: not-met.  A link that only opens by script or leads elsewhere, a file such as PDF,
        a home page with hardly any text: needs-review.  Home or policy page not seen (refused, timeout, reset, NXDOMAIN,
        blocked), 429 or 5xx, cut before a part asked for was found: not-tested.

    Why it matters
        The label asks for each of these parts in a row of its own; parents look for exactly them when something happened.

    How to fix
        Write a heading and two or three sentences for each part, in the school's own words, and name who answers.

    Not tested by this check
        Whether the school does what it writes, and whether what is written is right in law.
    """
    pages = seen.get(Pages)
    if not pages.policy_url:
        return _without_link(home_page(pages))
    if pages.policy is None:
        untested(Cause.NOT_RUN, "the policy page was not asked for")
    policy = _opened(captured(pages.policy))
    return policy if isinstance(policy, Answer) else _covering(policy, limits)


def _covering(policy: PageFacts, limits: PartsLimits) -> Answer:
    """Which of the parts asked for the page speaks of."""
    found = covered(policy.text)
    required = dict.fromkeys(limits.required_parts)
    missing = [part for part in required if part not in found]
    url = _address(policy)
    measured = (
        url,
        Measured("found", len(required) - len(missing), len(required)),
        *(Measured(f"no-{part}", url.value) for part in missing),
    )
    if not missing:
        return _own(policy, measured)
    if policy.truncated or policy.words > len(policy.text.split()):
        untested(Cause.BODY_TRUNCATED, f"not found in what was kept: {', '.join(missing)}")
    if policy.words < READABLE_WORDS:
        return Answer(Outcome.NEEDS_REVIEW, (url, Measured("words", policy.words)), "little-text")
    if not found and not is_vietnamese(policy.text):
        return Answer(Outcome.NEEDS_REVIEW, measured, "other-language")
    if not found and policy.words >= _NO_POLICY_WORDS:
        return Answer(Outcome.NOT_MET, measured, "says-nothing")
    return Answer(Outcome.NEEDS_REVIEW, measured, "parts-missing")


def _own(policy: PageFacts, measured: tuple[Measured, ...]) -> Answer:
    """Whether the school itself speaks: a text that was only copied promises nothing."""
    if untouched(policy.text):
        return Answer(Outcome.NEEDS_REVIEW, measured, "model-text")
    if of_somebody_else(policy.text):
        return Answer(Outcome.NEEDS_REVIEW, measured, "somebody-else")
    return Answer(Outcome.MET, measured)


def _address(policy: PageFacts) -> Measured:
    return Measured("url", display(policy.url, 300))


def _same_page(target: str, home: str) -> bool:
    return urldefrag(target).url.rstrip("/") == urldefrag(home).url.rstrip("/")
