"""The Observatory's test of subresource integrity: every script element with an address, whatever its type."""

from checks.evidence.page import PageFacts, Script, Written
from checks.parsing.answers import host_of, scheme_of
from checks.parsing.observatory.grades import Algorithm
from checks.parsing.observatory.visited import Visited

_BETTER_FIRST = (
    "sri-implemented-and-all-scripts-loaded-securely",
    "sri-implemented-but-external-scripts-not-loaded-securely",
    # Held to be worse than the one above, though it costs less.
    "sri-not-implemented-but-external-scripts-loaded-securely",
    "sri-not-implemented-and-external-scripts-not-loaded-securely",
)


def result(visited: Visited, algorithm: Algorithm) -> str:
    """The worst of all scripts from elsewhere; integrity of one's own earns the same bonus."""
    page = visited.page
    if page is None:
        return "sri-not-implemented-response-not-html"
    if not page.scripts_total:
        return "sri-not-implemented-but-no-scripts-loaded"
    found, external = "", False
    for script in page.scripts:
        if script.src:
            own, secure = _read(visited, page, script, algorithm)
            external = external or not own
            told = _told(script, own=own, secure=secure)
            # What is good is only told where nothing was told before.
            if told and (not found or _BETTER_FIRST.index(told) > _BETTER_FIRST.index(found)):
                found = told
    if found:
        return found
    if external:
        return "sri-implemented-and-external-scripts-loaded-securely"
    return "sri-not-implemented-but-all-scripts-loaded-from-secure-origin"


def _read(
    visited: Visited, page: PageFacts, script: Script, algorithm: Algorithm
) -> tuple[bool, bool]:
    """Whether it counts as the site's own (same registered name), and as loaded over https.

    An address that begins with two slashes is neither, wherever it leads.  One without a host is the site's own;
    algorithm 4 first follows a base element that leads elsewhere.
    """
    if script.written is Written.SCHEMELESS:
        return False, False
    here = algorithm is not Algorithm.FOUR or host_of(script.src) == host_of(page.url)
    scheme = scheme_of(script.src)
    if scheme not in ("http", "https") or (script.written is Written.RELATIVE and here):
        return True, visited.over_https
    return visited.on_site(script.src), scheme == "https"


def _told(script: Script, *, own: bool, secure: bool) -> str:
    """What one script brings in; empty for nothing."""
    if own:
        return _BETTER_FIRST[0] if script.integrity and secure else ""
    if script.integrity:
        return "" if secure else _BETTER_FIRST[1]
    return _BETTER_FIRST[2] if secure else _BETTER_FIRST[3]
