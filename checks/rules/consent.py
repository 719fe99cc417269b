"""Whether forms that ask for personal data ask for consent as well."""

from collections.abc import Callable, Iterator
from functools import partial

from checks.evidence.base import Cause
from checks.evidence.page import Form, PageFacts, Pages
from checks.evidence.samples import Samples
from checks.parsing.answers import home_page, host_of, is_html
from checks.parsing.personal_forms import (
    Asked,
    asks,
    embedded,
    looks_up,
    only_news_by_mail,
    says_consent,
    words_cut,
)
from checks.parsing.text import display
from checks.spec import Answer, Measured, NoLimits, Outcome, Seen, check, untested, worst

SHOWN = 300
_CLEARLY = 2
"""Kinds of personal data beside a name from which on a form without a word of consent is called unmet."""


@check(
    id="consent-asked-on-forms",
    title="Forms that ask for personal data ask for consent",
    family="content",
    needs=(Pages,),
    limits=NoLimits,
    reasons=(
        "no-consent",
        "perhaps-no-consent",
        "embedded-form",
        "fields-unnamed",
        "no-personal-forms",
    ),
)
def consent_asked_on_forms(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does every form that asks for personal data, on the home page and the sampled pages, carry a box to agree, a
        notice of what the data are for, or a link to the policy, in the form or right beside it?  What a form asks for is
        known by what its fields are called: name, phone, e-mail, birth date, citizen or pupil number, address, class,
        family, health, origin.

        A search and a login (a password without a name or a birth date beside it) are no such forms, nor is a field for an
        e-mail address alone, by which news are ordered.  A name and two kinds or more without a word of consent: not-met.
        Less than that, a form that looks something up, one whose words were cut, and the last one of a page that
        was cut: needs-review (perhaps-no-consent).  A form of another provider in a frame (Google Forms): needs-review.
        Several fields that bear no name at all: needs-review (fields-unnamed).

        No form that asks for personal data: not-applicable.  Home page not seen (refused, timeout, reset, NXDOMAIN,
        blocked), an error status, a login, no HTML, or cut without a fault seen: not-tested.  Sampled pages count as far as
        they were seen.

    Why it matters
        Data of pupils and parents may be collected only with their consent; the label asks for it first.

    How to fix
        Put a box that is not ticked beforehand above the button, with one sentence of what the data are for and a link to
        the policy.  For pupils ask the parents; from 7 years on ask the pupil too.

    Not tested by this check
        Whether the box is ticked beforehand, whether the form is sent without it, forms that scripts make, forms behind
        links to other services, and whether consent is kept.
    """
    pages = seen.get(Pages)
    places: list[tuple[str, Callable[[], Answer]]] = [
        (display(getattr(pages.home, "url", seen.site.url), SHOWN), lambda: _page(home_page(pages)))
    ]
    places += [
        (display(page.url, SHOWN), partial(_page, page))
        for page in _sampled(seen)
        if page.forms or page.frames
    ]
    return worst(places)


def _sampled(seen: Seen) -> Iterator[PageFacts]:
    """The further pages of the site itself that were seen."""
    samples = seen.payloads.get(Samples)
    own = {seen.site.host.removeprefix("www.")}
    for sample in samples.pages if isinstance(samples, Samples) else ():
        page = sample.page
        if (
            isinstance(page, PageFacts)
            and 200 <= page.status < 300
            and is_html(page.content_type)
            and host_of(page.url).removeprefix("www.") in own
        ):
            yield page


def _page(page: PageFacts) -> Answer:
    """The worst form of a page."""
    judged = [_form(form, page, last=form is page.forms[-1]) for form in page.forms]
    answers = [answer for answer in judged if answer is not None]
    answers += [
        Answer(
            Outcome.NEEDS_REVIEW,
            (Measured("forms", len(page.forms)), Measured("target", display(frame, SHOWN))),
            "embedded-form",
        )
        for frame in embedded(page)
    ]
    if any(answer.outcome is Outcome.NOT_MET for answer in answers):
        return worst(("", partial(_same, answer)) for answer in answers)
    if page.truncated:
        untested(Cause.BODY_TRUNCATED, "forms in what was kept show no fault")
    if page.forms_total > len(page.forms):
        untested(Cause.BUDGET_CPU, "too many forms to keep; those kept show no fault")
    if not answers:
        return Answer(Outcome.NOT_APPLICABLE, reason="no-personal-forms")
    return worst(("", partial(_same, answer)) for answer in answers)


def _same(answer: Answer) -> Answer:
    return answer


def _form(form: Form, page: PageFacts, *, last: bool) -> Answer | None:
    """What one form deserves; nothing where it asks for no personal data."""
    kinds = asks(form)
    measured = (
        Measured("forms", len(page.forms)),
        Measured("kinds", len(kinds)),
        Measured("asked", ", ".join(kind.value for kind in Asked if kind in kinds)),
    )
    if not kinds and not form.labels and form.fields > 1 and not form.password:
        return Answer(Outcome.NEEDS_REVIEW, measured, "fields-unnamed")
    if not kinds or only_news_by_mail(kinds, form):
        return None
    if says_consent(form, page):
        return Answer(Outcome.MET, measured)
    clear = Asked.NAME in kinds and len(kinds) > _CLEARLY
    open_still = looks_up(form) or words_cut(form) or (page.truncated and last)
    if clear and not open_still:
        return Answer(Outcome.NOT_MET, measured, "no-consent")
    return Answer(Outcome.NEEDS_REVIEW, measured, "perhaps-no-consent")
