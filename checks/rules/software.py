"""What the site is made with: its software, and the JavaScript libraries of its pages."""

from checks.evidence.base import Cause
from checks.evidence.http import Hop, Http
from checks.evidence.page import Pages
from checks.lists import cms as versions
from checks.parsing import libraries
from checks.parsing.answers import home_page
from checks.parsing.cms import Found, found_cms
from checks.parsing.libraries import Hole, Recognised
from checks.parsing.looked_pages import SHOWN, further_pages, kept_whole
from checks.parsing.text import display
from checks.parsing.versions import below, version
from checks.spec import Answer, Measured, NoLimits, Outcome, Seen, check


@check(
    id="cms-supported",
    title="The site's software is still supported",
    family="content",
    needs=(Pages,),
    limits=NoLimits,
    reasons=(
        "end-of-life",
        "end-of-life-by-shape",
        "support-not-promised",
        "version-unseen",
        "patch-level-unseen",
        "none-recognised",
    ),
    names=("product",),
)
def cms_supported(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does the software that the home page is made by (NukeViet, WordPress, Joomla, Drupal, Moodle, Liferay, DNN,
        Magento) state a version that its makers no longer support, by a dated list?  Read from the generator, from
        headers of the answer, and from addresses on the site's own host.

        An ended version is stated: not-met.  Only the shape of addresses tells an ended one, or the version is older
        than those whose support is promised: needs-review.  Else met; that no version is stated, or none of its patch
        level, is said.  Nothing recognised on a page that was seen whole: not-applicable.  Page cut and nothing recognised,
        page not seen (refused, timeout, reset, NXDOMAIN, blocked), an error status, a login or no HTML: not-tested.

    Why it matters
        Holes found in software that nobody supports stay open, and robots look for exactly these sites.

    How to fix
        Update to a supported version, with a copy of the site kept before; ask the provider where it is theirs.

    Not tested by this check
        Whether all security fixes are installed, themes and modules, software that hides its version, and software
        that the list does not know.
    """
    page = home_page(seen.get(Pages))
    known = seen.lists.cms or versions.shipped()
    found = found_cms(page, _answer_of(seen), known)
    if not found:
        cut = page.scripts_total > len(page.scripts) or page.links_total > len(page.links)
        kept_whole(page, cut=cut, what="addresses")
        listed = (Measured("list_dated", known.dated.isoformat()),)
        return Answer(Outcome.NOT_APPLICABLE, listed, "none-recognised")
    answers = [_supported(one, seen, known) for one in found]
    order = (Outcome.NOT_MET, Outcome.NEEDS_REVIEW, Outcome.MET)
    return min(answers, key=lambda answer: order.index(answer.outcome))


def _answer_of(seen: Seen) -> Hop | None:
    """The answer whose headers may name the software; the page alone decides where there is none."""
    http = seen.payloads.get(Http)
    if not isinstance(http, Http):
        return None
    return http.https.last or http.http.last


def _supported(found: Found, seen: Seen, known: versions.CmsList) -> Answer:
    product, today = found.product, seen.as_of.date()
    stated = found.stated
    ended = product.ended_on(stated, today)
    by_shape = None if stated else product.ended_on(found.shaped, today)
    measured = (
        Measured("product", product.name),
        Measured("version", display(stated or found.shaped, 40)),
        Measured("ended_on", str(ended or by_shape or "")),
        Measured("list_dated", known.dated.isoformat()),
    )
    if ended:
        return Answer(Outcome.NOT_MET, measured, "end-of-life")
    if by_shape:
        return Answer(Outcome.NEEDS_REVIEW, measured, "end-of-life-by-shape")
    if not stated:
        return Answer(Outcome.MET, measured, "version-unseen")
    own, promised = version(stated), product.promised_from
    # "Drupal 10" of a list that promises from 10.6 says too little to be called older.
    if below(own, promised) and own != promised[: len(own)]:
        return Answer(Outcome.NEEDS_REVIEW, measured, "support-not-promised")
    unseen = len(version(stated)) < product.parts
    return Answer(Outcome.MET, measured, "patch-level-unseen" if unseen else "")


@check(
    id="libraries-safe",
    title="JavaScript libraries without known holes",
    family="content",
    needs=(Pages,),
    limits=NoLimits,
    reasons=("known-holes", "some-unseen", "none-recognised"),
    names=("faulty",),
)
def libraries_safe(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does no script of the home page, the privacy policy and the sampled pages load a JavaScript library in a version
        with published holes, by a dated list?  Library and version are read from the address alone: the name of the file,
        ``name@version``, a folder behind the library's own, and ``ver`` of WordPress's own copies.

        One such version: not-met, also on a page that was cut.  All versions that can be seen are without: met; those
        that cannot be seen are named and do not count.  None can be seen: not-tested.  No library recognised on pages
        that were seen whole: not-applicable.  Home page cut and none found with holes, not seen (refused, timeout,
        reset, NXDOMAIN, blocked), an error status, a login or no HTML: not-tested.

    Why it matters
        Such a hole can let somebody who gets text into a page, or sends a link, act as the visitor.

    How to fix
        Replace the library by its newest version, test the pages, and take libraries out that nothing uses.

    Not tested by this check
        What is written into other files or loaded later by scripts, style sheets, libraries that the list does not
        know, and whether a page uses the faulty part at all.
    """
    home = home_page(seen.get(Pages))
    found: dict[Recognised, str] = {}
    cut = False
    for page in (home, *further_pages(seen)):
        cut = cut or page.scripts_total > len(page.scripts)
        for script in page.scripts:
            for one in libraries.recognised(script.src) if script.src else ():
                found.setdefault(one, page.url)
    faulty = {one: holes for one in found if one.version and (holes := _holes(one))}
    unseen = [one for one in found if not one.version]
    measured = _measured(found, faulty, unseen)
    if faulty:
        where = found[next(iter(faulty))]
        return Answer(Outcome.NOT_MET, measured, "known-holes", address=display(where, SHOWN))
    kept_whole(home, cut=cut, what="scripts")
    if not found:
        return Answer(Outcome.NOT_APPLICABLE, measured, "none-recognised")
    if len(unseen) == len(found):
        # The addresses do not say what is behind them, and scripts themselves are not read.
        note = f"no version in the address of: {_names(unseen)}"
        return Answer(Outcome.NOT_TESTED, measured, note=note, cause=Cause.SCANNER_CANNOT)
    return Answer(Outcome.MET, measured, "some-unseen" if unseen else "")


def _holes(one: Recognised) -> tuple[Hole, ...]:
    return one.library.holes_of(one.version)


def _measured(
    found: dict[Recognised, str],
    faulty: dict[Recognised, tuple[Hole, ...]],
    unseen: list[Recognised],
) -> tuple[Measured, ...]:
    holes = dict.fromkeys(hole.id for some in faulty.values() for hole in some)
    mended = [f"{one.library.name} {libraries.mended_in(some)}" for one, some in faulty.items()]
    return (
        Measured("libraries", len({one.library.name for one in found})),
        Measured("faulty", _names(faulty)),
        Measured("holes", display(", ".join(holes), SHOWN)),
        Measured("mended", display(", ".join(dict.fromkeys(mended)), SHOWN)),
        Measured("unseen", _names(unseen)),
        Measured("list_dated", libraries.dated().isoformat()),
    )


def _names(some: "dict[Recognised, tuple[Hole, ...]] | list[Recognised]") -> str:
    names = dict.fromkeys(f"{one.library.name} {one.version}".strip() for one in some)
    return display(", ".join(names), SHOWN)
