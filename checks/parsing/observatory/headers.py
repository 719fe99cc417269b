"""The Observatory's tests of single headers and of the way to https, and all tests together."""

import re
from collections.abc import Mapping

from checks.parsing import structured_fields
from checks.parsing.answers import host_of, scheme_of
from checks.parsing.observatory import cookies, csp, scripts
from checks.parsing.observatory.grades import Algorithm, Grade, counted, graded
from checks.parsing.observatory.visited import WHITE, Visited
from checks.parsing.structured_fields import Token

LONG_HSTS_S = 15_552_000
"""The bar in the code; its words say 15 768 000."""

_WHOLE = re.compile(rf"[{WHITE}]*([+-]?[0-9]+)")
_LONGEST_DIGITS = 18
_PRIVATE = frozenset(
    {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
)
_TELLING = frozenset(
    {"origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"}
)
_FRAMES, _SHARING = "x-frame-options", "cross-origin-resource-sharing"
_RESOURCES = frozenset({"same-origin", "same-site", "cross-origin"})
_OPENERS = frozenset(
    {"same-origin", "same-origin-allow-popups", "noopener-allow-popups", "unsafe-none"}
)
_EMBEDDERS = frozenset({"require-corp", "credentialless", "unsafe-none"})


def grade(visited: Visited, algorithm: Algorithm) -> Grade:
    """All tests of the algorithm on this site, and what they come to."""
    found = results(visited, algorithm)
    return graded({test: found[test] for test in counted(algorithm)}, algorithm)


def results(visited: Visited, algorithm: Algorithm) -> Mapping[str, str]:
    """The result of every test by its name."""
    policy = csp.judged(visited, algorithm)
    transport = hsts(visited)
    protected = transport in ("hsts-preloaded", "hsts-implemented-max-age-at-least-six-months")
    return {
        "content-security-policy": policy.result,
        "cookies": cookies.result(visited, hsts=protected),
        _SHARING: sharing(visited),
        "redirection": redirection(visited),
        "referrer-policy": referrer(visited),
        "strict-transport-security": transport,
        "subresource-integrity": scripts.result(visited, algorithm),
        "x-content-type-options": sniffing(visited),
        _FRAMES: framing(visited, limited=policy.limits_frames),
        "cross-origin-resource-policy": resources(visited),
        "cross-origin-opener-policy": isolation(visited, "opener", "coop", _OPENERS),
        "cross-origin-embedder-policy": isolation(visited, "embedder", "coep", _EMBEDDERS),
    }


def hsts(visited: Visited) -> str:
    """Strict-Transport-Security of the last answer.  An age that is no number passes for a long one."""
    if visited.https_verified is None:
        return "hsts-not-implemented-no-https"
    if visited.preloaded([visited.host]):
        return "hsts-preloaded"
    if not visited.https_verified:
        return "hsts-invalid-cert"
    sent = visited.last.header("strict-transport-security")
    if sent is None:
        return "hsts-not-implemented"
    sent = sent[:1024]
    parts = [part.strip(WHITE).lower() for part in sent.split(";")]
    ages = [part[8:128] for part in parts if part.startswith("max-age=")]
    if "," in sent or not ages:
        return "hsts-header-invalid"
    number = _WHOLE.match(ages[-1])
    if number is not None and int(number[1][:_LONGEST_DIGITS]) < LONG_HSTS_S:
        return "hsts-implemented-max-age-less-than-six-months"
    return "hsts-implemented-max-age-at-least-six-months"


def redirection(visited: Visited) -> str:
    """Where http leads."""
    route = visited.http_route
    if route is None:
        return "redirection-not-needed-no-http"
    if not visited.http_verified:
        return "redirection-invalid-cert"
    if visited.preloaded(host_of(stop) for stop in route):
        return "redirection-all-redirects-preloaded"
    if len(route) == 1:
        return "redirection-missing"
    if scheme_of(route[-1]) != "https":
        return "redirection-not-to-https"
    if scheme_of(route[1]) == "http":
        return "redirection-not-to-https-on-initial-redirection"
    if host_of(route[0]) != host_of(route[1]):
        return "redirection-off-host-from-http"
    return "redirection-to-https"


def referrer(visited: Visited) -> str:
    """The last known word of header and page together."""
    header = visited.last.header("referrer-policy")
    said = [*([] if header is None else [header]), *visited.referrer_metas]
    if not said:
        return "referrer-policy-not-implemented"
    words = [word.strip(WHITE).lower() for word in ", ".join(said).split(",")]
    known = [word for word in words if word in _PRIVATE | _TELLING]
    if not known:
        return "referrer-policy-header-invalid"
    return "referrer-policy-private" if known[-1] in _PRIVATE else "referrer-policy-unsafe"


def sharing(visited: Visited) -> str:
    """What a foreign origin may read.  An error to the question counts as no answer."""
    reply = visited.cross_origin
    allowed = reply.header("access-control-allow-origin")
    if reply.status >= 400 or not allowed:
        return f"{_SHARING}-not-implemented"
    public = allowed[:256].strip(WHITE) == "*"
    return f"{_SHARING}-implemented-with-{'public' if public else 'restricted'}-access"


def sniffing(visited: Visited) -> str:
    """X-Content-Type-Options."""
    sent = visited.last.header("x-content-type-options")
    if not sent:
        return "x-content-type-options-not-implemented"
    good = sent[:256].strip(WHITE).lower() == "nosniff"
    return f"x-content-type-options-{'nosniff' if good else 'header-invalid'}"


def framing(visited: Visited, *, limited: bool) -> str:
    """X-Frame-Options, unless a policy limits who may frame the page."""
    if limited:
        return f"{_FRAMES}-implemented-via-csp"
    sent = visited.last.header(_FRAMES)
    if not sent:
        return f"{_FRAMES}-not-implemented"
    word = sent[:1024].strip(WHITE).lower()
    if word in ("deny", "sameorigin"):
        return f"{_FRAMES}-sameorigin-or-deny"
    allows = word.startswith("allow-from")
    return f"{_FRAMES}-{'allow-from-origin' if allows else 'header-invalid'}"


def resources(visited: Visited) -> str:
    """Cross-Origin-Resource-Policy."""
    sent = visited.last.header("cross-origin-resource-policy")
    word = (sent or "")[:256].strip(WHITE).lower()
    if not word:
        return "corp-not-implemented"
    return f"corp-implemented-with-{word}" if word in _RESOURCES else "corp-header-invalid"


def isolation(visited: Visited, kind: str, short: str, known: frozenset[str]) -> str:
    """Cross-Origin-Opener-Policy and -Embedder-Policy: a token of a structured field; parameters are passed over."""
    sent = visited.last.header(f"cross-origin-{kind}-policy")
    if not sent:
        return f"{short}-not-implemented"
    read = structured_fields.item([sent[:1024].strip(WHITE)])
    word = read.value.name if read is not None and isinstance(read.value, Token) else ""
    return f"{short}-implemented-with-{word}" if word in known else f"{short}-header-invalid"
