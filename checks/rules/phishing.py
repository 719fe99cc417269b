"""Whether a page asks for passwords that are not the school's to ask for."""

from functools import partial

from checks.evidence.page import PageFacts, Pages
from checks.parsing.answers import host_of
from checks.parsing.looked_pages import SHOWN, every_look, kept_whole
from checks.parsing.sign_in import (
    asks_password,
    claimed,
    password_targets,
    sends_elsewhere,
    signs_in,
    speaks_of_school,
    under_vn,
)
from checks.parsing.text import display
from checks.spec import Answer, Measured, NoLimits, Outcome, Seen, check


@check(
    id="no-phishing-sign",
    title="No sign of phishing",
    family="content",
    needs=(Pages,),
    limits=NoLimits,
    reasons=("sent-elsewhere", "sent-to-unknown", "brand-sign-in", "brand-beside-school"),
)
def no_phishing_sign(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Do the forms with a password on the home page, the privacy policy and the sampled pages send to the site itself,
        to its own registered name, or to a sign-in that schools use (a dated list)?  Does no page that asks for a
        password bear the name of a bank or a big service in its title or headings, while its host is not theirs?

        A password sent to another host: not-met; to an unknown one under ``.vn``: needs-review, for it may be the
        provider's.  Another's name in title or heading and not one word of a school: not-met; beside the words of a
        school and about signing in: needs-review.  "Sign in by Facebook" on a school's page, or a page without a
        password field: met.  Nothing found on a page that was cut, page not seen (refused, timeout, reset, NXDOMAIN,
        blocked), an error status, a login or no HTML: not-tested.

    Why it matters
        Thieves put copies of sign-in pages on sites that people trust; a school's name makes parents type.

    How to fix
        Take the page out at once, find how it came in, change all passwords, and tell those who may have typed theirs.

    Not tested by this check
        What scripts send, forms inside frames, pages that were not looked at, and brands that the list does not know.
    """
    own = frozenset({seen.site.host, seen.site.twin})
    return every_look(seen, partial(_honest, own=own))


def _honest(page: PageFacts, own: frozenset[str]) -> Answer:
    asks = asks_password(page)
    if asks:
        own = own | {host_of(page.url)}
        answer = _sent(page, own) or _borrowed(page)
        if answer is not None:
            return answer
    kept_whole(page, cut=page.forms_total > len(page.forms), what="forms")
    return Answer(Outcome.MET, (Measured("password", asks),))


def _sent(page: PageFacts, own: frozenset[str]) -> Answer | None:
    """A password that leaves the house."""
    away = [target for target in password_targets(page) if sends_elsewhere(target, own)]
    if not away:
        return None
    foreign = next((target for target in away if not under_vn(target)), "")
    measured = (
        Measured("password", value=True),
        Measured("target", display(foreign or away[0], SHOWN)),
    )
    if foreign:
        return Answer(Outcome.NOT_MET, measured, "sent-elsewhere")
    return Answer(Outcome.NEEDS_REVIEW, measured, "sent-to-unknown")


def _borrowed(page: PageFacts) -> Answer | None:
    """Another's name on a page that asks for a password."""
    host = host_of(page.url)
    for at, text in enumerate((page.title, *page.headings)):
        brand = claimed(text, host)
        if not brand:
            continue
        school = speaks_of_school(page)
        if school and not (at < 2 and signs_in(text)):
            continue
        measured = (
            Measured("password", value=True),
            Measured("brand", brand),
            Measured("shown", display(text, SHOWN)),
        )
        # What was cut away may hold the school's own words; further headings are often news.
        sure = not school and at < 2 and len(page.text.split()) >= page.words
        if sure and not page.truncated:
            return Answer(Outcome.NOT_MET, measured, "brand-sign-in")
        return Answer(Outcome.NEEDS_REVIEW, measured, "brand-beside-school")
    return None
