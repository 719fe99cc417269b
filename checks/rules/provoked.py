"""What odd requests bring out: whom scripts of strangers may read, bare folders, and talkative error pages."""

from functools import partial

from checks.evidence.base import Cause
from checks.evidence.http import Hop
from checks.evidence.page import PageFacts
from checks.evidence.provoked import FOREIGN_ORIGIN, Provoked, Shown
from checks.parsing.answers import BEHIND_LOGIN, gradable
from checks.parsing.error_pages import Leak, gives_away
from checks.parsing.folders import looks_like_folder, shows_folder
from checks.parsing.text import display
from checks.spec import (
    Answer,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    captured,
    check,
    untested,
    worst,
)

SHOWN = 300
_MISSING = frozenset({404, 410})


@check(
    id="cross-origin-closed",
    title="Scripts of other sites cannot read what a visitor sees when logged in",
    family="http",
    needs=(Provoked,),
    limits=NoLimits,
    reasons=(
        "reflects-with-credentials",
        "null-with-credentials",
        "open-behind-login",
        "open",
        "named",
    ),
)
def cross_origin_closed(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Asked with the Origin of a site that does not exist, does the home page refuse to let scripts of that site
        read the answer together with the visitor's cookies?  ``Access-Control-Allow-Origin`` that repeats the
        Origin, or says ``null`` (which any page can pretend to be), together with ``Access-Control-Allow-Credentials: true``:
        not-met.  Without credentials (also ``*``, with which browsers refuse credentials) anybody may read what anybody
        may see anyway: met (open), but needs-review behind a login or a 403 (open-behind-login).  A fixed Origin of
        somebody else: met (named).  No such header, or several values, which browsers refuse: met.

        Refused, timeout, reset, NXDOMAIN, block page, status 429, 404 or 5xx: not-tested.

    Why it matters
        A page that a logged-in teacher opens in another tab could read marks and messages in the teacher's name.

    How to fix
        Remove the rule that repeats the Origin; name the one site that must read, or send no such header.

    Not tested by this check
        Other pages and interfaces of the site, other methods, and origins that look like the school's own.
    """
    return _crossing(gradable(captured(seen.get(Provoked).cross_origin)))


def _crossing(hop: Hop) -> Answer:
    sent = hop.values("access-control-allow-origin")
    if not sent:
        return Answer(Outcome.MET, address=hop.url)
    allowed = ", ".join(sent).strip(" \t")
    # Fetch standard, 4.9: the value counts byte for byte, and only in this spelling.
    credentials = hop.values("access-control-allow-credentials") == ("true",)
    measured = (
        Measured("allow_origin", display(allowed, SHOWN)),
        Measured("allow_credentials", credentials),
    )
    everybody = allowed in (FOREIGN_ORIGIN, "null")
    if everybody and credentials:
        reason = "null" if allowed == "null" else "reflects"
        return Answer(Outcome.NOT_MET, measured, f"{reason}-with-credentials", address=hop.url)
    if not everybody and allowed != "*":
        return Answer(Outcome.MET, measured, "named", address=hop.url)
    if hop.status in BEHIND_LOGIN:
        return Answer(Outcome.NEEDS_REVIEW, measured, "open-behind-login", address=hop.url)
    return Answer(Outcome.MET, measured, "open", address=hop.url)


@check(
    id="directory-listing-off",
    title="Folders do not show what lies in them",
    family="http",
    needs=(Provoked,),
    limits=NoLimits,
    reasons=("listed", "like-a-list", "no-folders"),
)
def directory_listing_off(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        The folders that the pictures, scripts and files of the home page lie in: does the server show a list of their
        files to whoever asks for the folder itself?  At most two are asked, those that most files lie in.

        A page that names this very folder in its title as servers do (Apache, nginx, IIS, LiteSpeed, lighttpd, Tomcat,
        Jetty, Python, serve-index) and leads to its parent or to something inside: not-met (listed).  Such a title alone:
        needs-review (like-a-list).  Another page, 401, 403, 404 or a redirect elsewhere: met.  No files of its own on
        the home page: not-applicable.  Home page not seen (refused, timeout, reset, NXDOMAIN, blocked); or no folder
        found listing and one of them timed out, was blocked, said 429 or 5xx: not-tested.

    Why it matters
        Copies of data bases, lists of pupils and drafts lie in such folders, and search engines find them within days.

    How to fix
        Switch directory listing off in the web server, or put an empty index file into the folder.

    Not tested by this check
        Other folders, the parents of these, and whether their files can be guessed.
    """
    provoked = seen.get(Provoked)
    folders = captured(provoked.directories)
    if not folders:
        return Answer(Outcome.NOT_APPLICABLE, reason="no-folders")
    count = Measured("folders", len(folders))
    answer = worst([(one.exchange.start_url, partial(_folder, one)) for one in folders])
    return answer._replace(measured=(count, *answer.measured))


def _folder(shown: Shown) -> Answer:
    page = captured(shown.page)
    _answered(page)
    # A redirect has left the folder, unless it only mends its address.
    if shows_folder(page):
        return Answer(Outcome.NOT_MET, (Measured("title", display(page.title, 100)),), "listed")
    if page.status < 300 and looks_like_folder(page):
        title = Measured("title", display(page.title, 100))
        return Answer(Outcome.NEEDS_REVIEW, (title,), "like-a-list")
    return Answer(Outcome.MET)


def _answered(page: PageFacts) -> None:
    if page.status == 429:
        untested(Cause.RATE_LIMITED, "status 429")
    if page.status >= 500:
        untested(Cause.SERVER_ERROR, f"status {page.status}")


@check(
    id="errors-stay-quiet",
    title="Error pages do not tell how the site is built",
    family="http",
    needs=(Provoked,),
    limits=NoLimits,
    reasons=(*(leak.value for leak in Leak), "soft-404", "other-status"),
)
def errors_stay_quiet(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Asked for a path that was made up for this look, does the site answer without the trace of a program, a file
        of the server, or words of its data base?  A page in the shape that PHP, Python, Java, .NET, Node, Go, Laravel,
        Django, Symfony, or a data base prints by itself: not-met, whatever its status.

        404 or 410 without such words: met.  A page with status 200, also after a redirect: needs-review (soft-404).
        Another status, such as 403: needs-review (other-status).  Status 429, or 5xx without such words: not-tested.  Page cut and nothing
        found, refused, timeout, reset, NXDOMAIN, block page, a redirect without end or out of the permission: not-tested.

    Why it matters
        The name of a file or a table shortens an attacker's way; a page for developers often lets them run code.

    How to fix
        Switch debugging off on the live site and show a page of your own for errors.

    Not tested by this check
        Errors other than a missing page, for instance of forms and wrong parameters; comments in the source.
    """
    page = captured(captured(seen.get(Provoked).unknown).page)
    status = Measured("status", page.status)
    told = gives_away(f"{page.title}\n{page.text}")
    if told is not None:
        marker = Measured("marker", display(told.shown, 120))
        return Answer(Outcome.NOT_MET, (status, marker), told.leak.value, address=page.url)
    _answered(page)
    if page.truncated or page.words > len(page.text.split()):
        untested(Cause.BODY_TRUNCATED, page.url)
    if page.status in _MISSING:
        return Answer(Outcome.MET, (status,), address=page.url)
    reason = "soft-404" if page.status < 300 else "other-status"
    return Answer(Outcome.NEEDS_REVIEW, (status,), reason, address=page.url)
