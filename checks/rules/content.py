"""What was put into the pages: betting, and links that readers do not see."""

import re

from checks.evidence.page import Hiding, Link, PageFacts, Pages
from checks.evidence.samples import Sample, Samples
from checks.parsing.answers import host_of
from checks.parsing.betting.hosts import HostKind
from checks.parsing.betting.links import Rated, rate, without_use
from checks.parsing.betting.pages import (
    Rating,
    Spot,
    Sure,
    rate_difference,
    rate_mismatch,
    rate_page,
    rate_target,
    told_first,
)
from checks.parsing.betting.words import BettingWords, Said, shipped_words
from checks.parsing.sampled import SampledSite, sampled_site
from checks.parsing.text import defanged, display, folded
from checks.spec import Answer, Measured, NoLimits, Outcome, Seen, check
from inventory.suffixes import suffix_and_registrable

SPOTS = 8
"""How many places a reader is shown; the others are counted."""
SHOWN, ADDRESS = 120, 160
LINK_SPOTS = tuple(f"link-{way.value}" for way in Hiding)
HIDDEN_HOSTS = 5
"""So many strange hosts behind links that only machines read were sold; fewer may be the builder's credits."""
ODD_HOSTS = 2
"""So many strange hosts below odd top levels are worth a look, however the links to them are hidden."""
_CREDIT = re.compile(
    r"thiet ke|design|powered by|phat trien boi|theme by|developed|xay dung boi|ban quyen|copyright"
)


@check(
    id="no-gambling-content",
    title="Nobody has put betting into the pages",
    family="content",
    needs=(Pages, Samples),
    limits=NoLimits,
    reasons=("links", "elements", "for-searchers", "words", "single-sign"),
    spots=(*LINK_SPOTS, "visible-link", "frame", "canonical", "redirect", "script", "title"),
)
def no_gambling_content(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Are the home page, the policy and the sampled inner pages free of betting that was put there: links to betting
        houses, seen or hidden, frames, addresses and redirects that lead to one, titles and texts that advertise one,
        also where accents are altered or letters are swapped?  Each link gets points for its words, its host, its path
        and its hiding; those points are told.

        A link, frame, canonical address or redirect that is sure by itself, or two likely ones: not-met.  Words alone,
        or a single weak sign: needs-review.  News, warnings and lessons about betting: met.  Nothing found, and the
        home page was cut, no further pages were looked at, or less than half of them could be read: not-tested.  Home page
        not seen (refused, timeout, reset, NXDOMAIN, blocked), an error status, a login or no HTML: not-tested.

    Why it matters
        Hacked school sites lead pupils to betting houses for months; whoever runs the site is fined for such links.

    How to fix
        Take the links out of the template, the posts or the database, then find how they came in, or they come back.

    Not tested by this check
        Pages that were not sampled, pictures, what style sheets in other files hide, and what scripts add later.
    """
    site = sampled_site(seen)
    rating = _rated(site, own_hosts(seen, site.home), betting_words(seen))
    spots = tuple(told_first(rating.spots, SPOTS))
    measured = (_read(site), *_points(rating), *map(_told, spots))
    if rating.sure is Sure.YES:
        return Answer(Outcome.NOT_MET, measured, _reason(spots), address=spots[0].page)
    if rating.sure is Sure.REVIEW:
        linked = any(spot.target for spot in spots)
        reason = "single-sign" if linked else "words"
        return Answer(Outcome.NEEDS_REVIEW, measured, reason, address=spots[0].page)
    site.nothing_found()
    return Answer(Outcome.MET, measured)


def _read(site: SampledSite) -> Measured:
    return Measured("pages", len(site.pages), site.asked)


def betting_words(seen: Seen) -> BettingWords:
    """The operator's list where one was given, else the one that comes with the program."""
    return seen.lists.betting or shipped_words()


def own_hosts(seen: Seen, home: PageFacts) -> frozenset[str]:
    """The hosts that are the school's own: its name with and without www, and where its home page stands."""
    names = {seen.site.host, seen.site.twin, host_of(home.url)}
    bare = {name.removeprefix("www.") for name in names}
    return frozenset(bare | {f"www.{name}" for name in bare})


def _rated(site: SampledSite, own: frozenset[str], words: BettingWords) -> Rating:
    rating = Rating()
    for page in site.pages:
        rating.join(rate_page(page, own, words))
        if page is not site.home:
            rating.join(rate_mismatch(page, site.home, own, words))
    for sample in site.left:
        rating.join(rate_target(sample.url, sample.left_to, words))
    by_url = {page.url: page for page in site.pages}
    for sample in site.searched:
        rating.join(_as_searcher(sample, by_url.get(sample.url, site.home), own, words))
    return rating


def _as_searcher(
    sample: Sample, plain: PageFacts, own: frozenset[str], words: BettingWords
) -> Rating:
    if sample.left_to:
        return rate_target(sample.url, sample.left_to, words, searched=True)
    if isinstance(sample.page, PageFacts):
        return rate_difference(plain, sample.page, own, words)
    return Rating()


def _points(rating: Rating) -> tuple[Measured, ...]:
    names = ("links", "words", "hiding", "brands", "altered", "doorway", "mismatch")
    places = len({(spot.page, spot.target, spot.shown) for spot in rating.spots})
    points = [
        Measured(f"points_{name}", rating.points[name]) for name in names if rating.points[name]
    ]
    hosts = dict.fromkeys(host_of(spot.target) for spot in rating.spots if spot.target)
    told = (
        (Measured("hosts", display(", ".join(map(defanged, hosts)), 2 * ADDRESS)),) if hosts else ()
    )
    return (Measured("places", places), *points, *told)


def _reason(spots: tuple[Spot, ...]) -> str:
    kinds = {spot.kind for spot in spots}
    if "for-searchers" in kinds:
        return "for-searchers"
    return "links" if kinds & {"hidden-link", "visible-link"} else "elements"


def _told(spot: Spot) -> Measured:
    """One place as a reader is shown it: what stands there, where it leads, on which page and where on it."""
    name = f"link-{spot.hidden[0].value}" if spot.hidden else spot.kind
    words = f"“{display(spot.shown, SHOWN)}”" if spot.shown else ""
    target = f"→ {display(defanged(spot.target), ADDRESS)}" if spot.target else ""
    place = f"{display(spot.page, ADDRESS)} {spot.within}".strip()
    return Measured(name, " ".join(filter(None, (words, target, f"· {place}"))))


@check(
    id="no-hidden-links",
    title="No links are hidden from the readers",
    family="content",
    needs=(Pages, Samples),
    limits=NoLimits,
    reasons=("spam", "many", "hidden", "credit", "toggled", "none"),
    spots=LINK_SPOTS,
)
def no_hidden_links(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does no link of the home page, the policy and the sampled pages lead to a strange host while its readers do not
        see it: off the window, in letters or boxes of at most one pixel, in the colour of its ground, transparent, in a
        moving band without height, switched off, for machines without scripts alone, or hidden by a script?  Known hosts
        (authorities, schools, press, great platforms) are not strange, unless the link's words sell.

        A hidden link that sells (betting, pills, loans, pornography and the like): not-met.  Links to strange hosts hidden
        in a way that menus and picture shows seldom need: needs-review (many from five hosts on); one that names whoever
        built the site: met (credit).  Only switched off (display, visibility), as menus and windows are: met (toggled), unless they lead
        to two and more strange hosts below odd top levels (.top, .vip and the like).  Nothing found, and the home page was cut, no
        further pages were looked at, or less than half of them could be read: not-tested.  Home page not seen (refused,
        timeout, reset, NXDOMAIN, blocked), an error status, a login or no HTML: not-tested.

    Why it matters
        Hidden links are sold to lift the sites of others in search engines; they show that a stranger can write on the site.

    How to fix
        Open the page's source, search for the target, and take the whole block out of the template or the post.

    Not tested by this check
        Style sheets in other files, pages that were not sampled, and links that scripts make of parts.
    """
    site = sampled_site(seen)
    words = betting_words(seen)
    own = own_hosts(seen, site.home)
    hidden = [
        (page, rated)
        for page in site.pages
        for link in page.links
        if link.hidden and _leads_away(link, own)
        for rated in (rate(link, words),)
    ]
    selling = [pair for pair in hidden if _sells(pair[1])]
    unseen = [pair for pair in hidden if _strange(pair[1]) and without_use(pair[1].link)]
    odd = [pair for pair in hidden if pair[1].odd]
    sold = (
        len({suffix_and_registrable(rated.host)[1] or rated.host for _, rated in unseen})
        >= HIDDEN_HOSTS
    )
    if len({rated.host for _, rated in odd}) >= ODD_HOSTS:
        # However they are hidden: a menu leads to several such hosts hardly ever.
        unseen = [*odd, *(pair for pair in unseen if pair not in odd)]
    credit = len({rated.host for _, rated in unseen}) == 1 and all(
        _CREDIT.search(folded(rated.link.text)) for _, rated in unseen
    )
    told = selling or unseen
    hosts = dict.fromkeys(rated.host for _, rated in told)
    measured = (
        _read(site),
        Measured("links", len(told)),
        *(
            (Measured("hosts", display(", ".join(map(defanged, hosts)), 2 * ADDRESS)),)
            if hosts
            else ()
        ),
        *(_told(_hidden_spot(page, rated)) for page, rated in told[:SPOTS]),
    )
    if selling:
        return Answer(Outcome.NOT_MET, measured, "spam", address=told[0][0].url)
    if sold:
        return Answer(Outcome.NEEDS_REVIEW, measured, "many", address=told[0][0].url)
    if unseen and not credit:
        return Answer(Outcome.NEEDS_REVIEW, measured, "hidden", address=told[0][0].url)
    site.nothing_found()
    return Answer(Outcome.MET, measured, "credit" if credit else "toggled" if hidden else "none")


def _leads_away(link: Link, own: frozenset[str]) -> bool:
    host = host_of(link.href)
    return link.href[:4].lower() == "http" and bool(host) and host not in own


def _strange(rated: Rated) -> bool:
    return rated.kind not in (HostKind.KNOWN, HostKind.OPEN)


def _sells(rated: Rated) -> bool:
    """Whether a hidden link says what it sells."""
    spam = bool(rated.found.of(Said.SPAM)) and (_strange(rated) or without_use(rated.link))
    return rated.sure or spam


def _hidden_spot(page: PageFacts, rated: Rated) -> Spot:
    link = rated.link
    return Spot("hidden-link", page.url, link.text, link.href, link.within, link.hidden)
