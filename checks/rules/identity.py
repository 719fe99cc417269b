"""Who stands behind the page: contact details, what is made public, and the trust label's badge."""

from pydantic import Field, field_validator

from checks.evidence.base import Cause
from checks.evidence.page import PageFacts, Pages
from checks.evidence.samples import Samples
from checks.parsing.answers import BEHIND_LOGIN, home_page, host_of, seen_whole
from checks.parsing.badge import Badge, badges, id_is_own, slug_is_own
from checks.parsing.contacts import PARTS, found_parts, traces
from checks.parsing.disclosure import Disclosure, Leads, disclosures
from checks.parsing.text import READABLE_WORDS, display
from checks.spec import (
    Answer,
    Limits,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    check,
    untested,
)
from inventory.suffixes import suffix_and_registrable

SHOWN = 300


class ContactLimits(Limits):
    """Which parts the home page must name: any of ``managing-body superior-body address email phone
    responsible-person`` (NĐ 174/2026, Đ93 k1 asks all six).  At least one; an unknown part is an error.
    """

    required_parts: list[str] = Field(min_length=1)

    @field_validator("required_parts")
    @classmethod
    def _known(cls, parts: list[str]) -> list[str]:
        unknown = sorted(set(parts) - set(PARTS))
        if unknown:
            raise ValueError(f"unknown parts: {', '.join(unknown)}")
        return parts


@check(
    id="contact-details-published",
    title="The home page says who runs the site and how to reach them",
    family="content",
    needs=(Pages,),
    limits=ContactLimits,
    revision=2,
    reasons=("nothing-found", "parts-missing", "little-text", *(f"no-{part}" for part in PARTS)),
)
def contact_details_published(seen: Seen, limits: ContactLimits) -> Answer:
    """
    What it asks
        Does the home page name the parts that the criterion asks for (managing body, its superior body,
        address, e-mail, phone, person responsible for content)?  Found by words and shapes in the text and in
        mailto and tel links.

        What the maker of the website says of himself, an empty label, a link to another body's site and what only a
        news text mentions do not count; the school's own name is the managing body, an authority above or beside it
        the superior one, and a board is no person.

        All found: met.  Some not found: needs-review, for a person may read what this check does not.  No trace of any of
        the six, whosever, on a page that was seen whole and has text: not-met.  Hardly any text (pictures or script only):
        needs-review.  Page cut and something not found, page not seen (refused, timeout, reset, NXDOMAIN, blocked),
        an error status, a login or no HTML: not-tested.

    Why it matters
        Parents cannot tell the school's site from a copy, and the law fines a home page without these details
        (NĐ 174/2026, Đ93 k1).

    How to fix
        Put all six into the footer, as text.

    Not tested by this check
        Whether the details are true; other pages than the home page; text inside pictures.
    """
    home = home_page(seen.get(Pages))
    found = found_parts(home)
    required = dict.fromkeys(limits.required_parts)
    missing = [part for part in required if part not in found]
    measured = (
        Measured("found", len(required) - len(missing), len(required)),
        Measured("missing", ", ".join(missing)),
        *(Measured(f"no-{part}", display(home.url, SHOWN)) for part in missing),
    )
    if not missing:
        return Answer(Outcome.MET, measured)
    if not seen_whole(home):
        untested(Cause.BODY_TRUNCATED, f"not found in what was kept: {', '.join(missing)}")
    if home.words < READABLE_WORDS:
        return Answer(Outcome.NEEDS_REVIEW, measured, "little-text")
    if not found and not traces(home):
        return Answer(Outcome.NOT_MET, measured, "nothing-found")
    return Answer(Outcome.NEEDS_REVIEW, measured, "parts-missing")


_GONE = frozenset({404, 410})


@check(
    id="public-disclosure-present",
    title="A public disclosure section is linked",
    family="content",
    needs=(Pages,),
    limits=NoLimits,
    reasons=(
        "no-link",
        "gone",
        "behind-login",
        "items-only",
        "other-host",
        "link-not-openable",
        "little-text",
    ),
)
def public_disclosure_present(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does the home page link a "Công khai" section (TT 09/2024/TT-BGDĐT), on the site itself, under the same registered
        name or on a host of an authority (``.gov.vn``)?  Known by the words of the link, by those of a picture in it, or by its
        path, with accents or without; headlines such as "Công khai danh sách trúng thưởng" do not count.

        Linked: met, unless the sampled pages show that it answers 404 or 410: not-met (gone), or asks for a login:
        needs-review.  Only single papers that are made public, a section on somebody else's host (a file store, say), or
        a menu that opens by script: needs-review.  No such link on a page that was seen whole: not-met; one with hardly any
        text: needs-review.  Page cut and nothing found, page not seen (refused, timeout, reset, NXDOMAIN, blocked), an
        error status, a login or no HTML: not-tested.

    Why it matters
        Parents may look up what the school commits itself to, what it has, and what it takes in and spends.

    How to fix
        Make a section "Công khai" and link it in the main menu of every page.

    Not tested by this check
        What the section holds, whether it is whole and of this year.
    """
    home = home_page(seen.get(Pages))
    names = {suffix_and_registrable(host)[1] for host in (seen.site.host, host_of(home.url))}
    found = disclosures(home, frozenset(name for name in names if name))
    by = {leads: [one for one in found if one.leads is leads] for leads in Leads}
    if by[Leads.SECTION]:
        return _linked(seen, by[Leads.SECTION])
    if by[Leads.ITEM]:
        # A menu that opens by script over single papers is a section.
        menu = bool(by[Leads.NOWHERE])
        outcome = Outcome.MET if menu else Outcome.NEEDS_REVIEW
        return Answer(outcome, _shown(by[Leads.ITEM][0]), "" if menu else "items-only")
    if found:
        reason = "other-host" if by[Leads.ELSEWHERE] else "link-not-openable"
        return Answer(Outcome.NEEDS_REVIEW, _shown(found[0]), reason)
    if not seen_whole(home):
        untested(Cause.BODY_TRUNCATED, "no such link in what was kept")
    if home.words < READABLE_WORDS:
        return Answer(Outcome.NEEDS_REVIEW, (Measured("words", home.words),), "little-text")
    return Answer(Outcome.NOT_MET, reason="no-link")


def _linked(seen: Seen, sections: list[Disclosure]) -> Answer:
    """The first section that is not known to be gone or closed."""
    statuses = _sampled_statuses(seen)
    known = [(statuses.get(one.url.rstrip("/")), one) for one in sections]
    status, one = next((p for p in known if p[0] not in _GONE | BEHIND_LOGIN), known[0])
    measured = (*_shown(one), Measured("status", status))
    if status in _GONE:
        return Answer(Outcome.NOT_MET, measured, "gone")
    if status in BEHIND_LOGIN:
        return Answer(Outcome.NEEDS_REVIEW, measured, "behind-login")
    return Answer(Outcome.MET, measured)


def _sampled_statuses(seen: Seen) -> dict[str, int]:
    """The status of each further page that was seen, by the address asked."""
    samples = seen.payloads.get(Samples)
    return {
        sample.url.rstrip("/"): sample.page.status
        for sample in (samples.pages if isinstance(samples, Samples) else ())
        if isinstance(sample.page, PageFacts)
    }


def _shown(one: Disclosure) -> tuple[Measured, ...]:
    return (Measured("url", display(one.url, SHOWN)),)


@check(
    id="label-badge-genuine",
    title="The trust label's badge on the page belongs to this site",
    family="content",
    needs=(Pages,),
    limits=NoLimits,
    revision=2,
    reasons=("no-link", "not-directory", "other-host-id", "other-host-slug", "no-badge"),
)
def label_badge_genuine(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does every trust-label badge on the home page link to an entry of the directory
        (``tinnhiemmang.vn/danh-ba-tin-nhiem/…``), with the picture's id equal to the site's host and the entry's
        name beginning with it (with or without www)?  A local copy of the picture has no id; then the link decides.

        No badge on a page that was seen whole: not-applicable.  Page cut and no badge found, page not seen (refused,
        timeout, reset, NXDOMAIN, blocked), an error status, a login or no HTML: not-tested.

    Why it matters
        A badge that came along with a copied footer claims a trust that was given to somebody else.

    How to fix
        Take the badge off, or use the code that the directory gives for this very host.

    Not tested by this check
        Whether the directory lists the site today: only its own page proves the label.
    """
    home = home_page(seen.get(Pages))
    found = badges(home)
    if not found:
        if not seen_whole(home):
            untested(Cause.BODY_TRUNCATED, "no badge in what was kept")
        return Answer(Outcome.NOT_APPLICABLE, reason="no-badge")
    faults = [(_fault(badge, seen.site.host), badge) for badge in found]
    fault, badge = next((pair for pair in faults if pair[0]), faults[0])
    measured = (
        Measured("id", display(badge.id, SHOWN), seen.site.host),
        Measured("slug", display(badge.slug, SHOWN)),
        Measured("badges", len(found)),
    )
    return Answer(Outcome.NOT_MET if fault else Outcome.MET, measured, fault)


def _fault(badge: Badge, host: str) -> str:
    """What is wrong with one badge; empty where nothing is."""
    if badge.id and not id_is_own(badge, host):
        return "other-host-id"
    if not badge.link:
        return "no-link"
    if not badge.slug:
        return "not-directory"
    return "" if slug_is_own(badge, host) else "other-host-slug"
