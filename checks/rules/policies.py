"""What the page forbids itself and others: where scripts come from, what they may use, and who shares its process."""

from collections.abc import Callable, Mapping
from functools import partial

from checks.evidence.base import Cause
from checks.evidence.http import Hop, Http
from checks.evidence.page import Pages
from checks.parsing import csp, permissions
from checks.parsing import structured_fields as fields
from checks.parsing.answers import ASIDE, every_page, hop_type, is_html, line_to_set, whole
from checks.parsing.permissions import FEATURES
from checks.parsing.text import display
from checks.spec import Answer, Measured, NoLimits, Outcome, Seen, captured, check, untested

SHOWN = 300
CSP = "Content-Security-Policy"
PERMISSIONS = "Permissions-Policy"


@check(
    id="csp-effective",
    title="A Content Security Policy really limits where scripts come from",
    family="http",
    needs=(Http, Pages),
    limits=NoLimits,
    reasons=("missing", "report-only", *csp.Weak, "not-html", *ASIDE),
)
def csp_effective(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Do the enforced policies of the page's header and meta elements limit scripts without ``'unsafe-inline'`` (unless a nonce, a hash or
        ``'strict-dynamic'`` stands beside it), ``'unsafe-eval'``, ``data:`` and sources that anybody can match
        (``*``, ``https:``, ``*.vn``), and do they limit object-src (or default-src) and base-uri?  A browser
        enforces all policies, so a spot is weak only where each of them leaves it open.  With ``'strict-dynamic'``
        hosts and schemes of scripts are not looked at, as in browsers.  Weak spots are named as they stand in the
        policy; a directive that is missing is named alone.  Asked of host and twin.

        Https refused: the http page is judged; both refused: not-tested.  Timeout, reset, block page, status
        429, 404 or 5xx, a header cut at capture: not-tested.  Only redirects, 401 or 403, no content, no HTML: not-applicable.
        The header does not do, and the page was not read (only the home page is): not-tested, for a meta element may.

    Why it matters
        Betting links and thieves' scripts come into school sites as injected scripts.  A policy without holes
        stops them in the visitor's browser, even where the hole in the site is not mended yet.

    How to fix
        Begin with ``default-src 'self'; object-src 'none'; base-uri 'self'`` as report-only, see what breaks, move
        scripts out of the page into files, then enforce it.

    Not tested by this check
        Whether a listed host serves scripts of strangers.
    """
    return every_page(seen, partial(_scripts_limited, seen))


def _scripts_limited(seen: Seen, hop: Hop) -> Answer:
    if not is_html(hop_type(hop)):
        return Answer(Outcome.NOT_APPLICABLE, reason="not-html")
    sent = whole(hop, "content-security-policy")
    policies = csp.parse(sent)
    if policies and not csp.weak_spots(policies):
        return Answer(Outcome.MET, (Measured("policy", display(", ".join(sent), SHOWN)),))
    # Browsers enforce the policies of meta elements beside those of the header.
    in_page = _in_page(seen, hop)
    policies += csp.parse_in_page(in_page)
    if not policies:
        watched = csp.parse(hop.values("content-security-policy-report-only"))
        line = line_to_set(CSP, csp.mended(watched))
        return Answer(Outcome.NOT_MET, line, "report-only" if watched else "missing")
    policy = Measured("policy", display(", ".join((*sent, *in_page)), SHOWN))
    spots = csp.weak_spots(policies)
    if not spots:
        return Answer(Outcome.MET, (policy,))
    weak = Measured("weak", display("; ".join(spot.where for spot in spots), SHOWN))
    each = tuple(Measured(str(spot.weak), display(spot.where, SHOWN)) for spot in spots)
    line = line_to_set(CSP, csp.mended(policies))
    return Answer(Outcome.NOT_MET, (weak, policy, *each, *line), str(spots[0].weak))


def _in_page(seen: Seen, hop: Hop) -> tuple[str, ...]:
    home = captured(seen.get(Pages).home)
    if home.url != hop.url:
        untested(Cause.NOT_RUN, f"what stands in {hop.url} was not read")
    return home.csp_meta


@check(
    id="permissions-limited",
    title="Camera, microphone and location are limited",
    family="http",
    needs=(Http,),
    limits=NoLimits,
    reasons=(
        "missing",
        "only-feature-policy",
        "invalid",
        "open-to-all",
        "missing-feature",
        "not-html",
        *ASIDE,
    ),
)
def permissions_limited(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does the page's Permissions-Policy header name camera, microphone and geolocation, each with a list that does not
        let everybody in (``()``, ``self`` or named origins, not ``*``)?  Several lines count as one field, of equal
        names the last one; one fault in the syntax of structured fields (RFC 9651) voids the whole field, as in
        browsers.  A feature that is not named stays with the page by default; the catalogue asks that the site says
        it.  Asked of host and twin.

        Https refused: the http page is judged; both refused: not-tested.  Timeout, reset, block page, status
        429, 404 or 5xx, a header cut at capture: not-tested.  Only redirects, 401 or 403, no content, no HTML: not-applicable.

    Why it matters
        An advertisement or a script that was slipped in could ask pupils for camera, microphone and place in the
        school's name.

    How to fix
        Send ``Permissions-Policy: camera=(), microphone=(), geolocation=()``, with ``self`` where the site needs one.

    Not tested by this check
        Other features, the report-only header, and ``allow`` on single frames.
    """
    return every_page(seen, _permissions)


def _permissions(hop: Hop) -> Answer:
    if not is_html(hop_type(hop)):
        return Answer(Outcome.NOT_APPLICABLE, reason="not-html")
    sent = whole(hop, "permissions-policy")
    if not sent:
        old = hop.values("feature-policy")
        reason = "only-feature-policy" if old else "missing"
        return Answer(Outcome.NOT_MET, line_to_set(PERMISSIONS, permissions.mended(())), reason)
    policy = Measured("policy", display(", ".join(sent), SHOWN))
    said = fields.dictionary(sent)
    line = line_to_set(PERMISSIONS, permissions.mended(sent))
    if said is None:
        return Answer(Outcome.NOT_MET, (policy, *line), "invalid")
    named = {
        "open-to-all": [n for n in FEATURES if n in said and permissions.admits_all(said[n])],
        "missing-feature": [n for n in FEATURES if n not in said],
    }
    each = tuple(Measured(reason, ", ".join(names)) for reason, names in named.items() if names)
    if not each:
        return Answer(Outcome.MET, (policy,))
    features = Measured("features", each[0].value)
    return Answer(Outcome.NOT_MET, (features, policy, *each, *line), each[0].name)


@check(
    id="isolation-headers-valid",
    title="Headers that keep the page apart from others are valid",
    family="http",
    needs=(Http,),
    limits=NoLimits,
    reasons=("none-sent", "invalid", *ASIDE),
)
def isolation_headers_valid(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Where the page sends Cross-Origin-Resource-Policy, -Opener-Policy or -Embedder-Policy, does each hold a value
        that browsers know?  The first is compared as it is, with case and all lines together (Fetch standard); the others are
        one structured token (HTML standard), parameters aside.  Asked of host and twin, of every kind of content.

        None sent: not-applicable (none-sent).  Https refused: the http page is judged; both refused: not-tested.
        Timeout, reset, block page, status 429, 404 or 5xx: not-tested.  Only redirects, 401 or 403, no
        content: not-applicable.

    Why it matters
        A misspelt value protects nothing, and whoever set it believes that it does.

    How to fix
        Write one known value, in lower case, and send each header once.

    Not tested by this check
        Whether the page works under them, the report-only headers, and the resources that the page loads.
    """
    return every_page(seen, _isolation)


_RESOURCE = frozenset({"same-site", "same-origin", "cross-origin"})
_OPENER = frozenset(
    {"unsafe-none", "same-origin-allow-popups", "same-origin", "noopener-allow-popups"}
)
_EMBEDDER = frozenset({"unsafe-none", "require-corp", "credentialless"})


def _is_known_token(values: tuple[str, ...], known: frozenset[str]) -> bool:
    item = fields.item(values)
    return item is not None and isinstance(item.value, fields.Token) and item.value.name in known


_VALID: Mapping[str, Callable[[tuple[str, ...]], bool]] = {
    "Cross-Origin-Resource-Policy": lambda values: ", ".join(values) in _RESOURCE,
    "Cross-Origin-Opener-Policy": partial(_is_known_token, known=_OPENER),
    "Cross-Origin-Embedder-Policy": partial(_is_known_token, known=_EMBEDDER),
}


def _isolation(hop: Hop) -> Answer:
    sent = {name: values for name in _VALID if (values := hop.values(name))}
    if not sent:
        return Answer(Outcome.NOT_APPLICABLE, reason="none-sent")
    wrong = [name for name, values in sent.items() if not _VALID[name](values)]
    told = "; ".join(f"{name}: {', '.join(sent[name])}" for name in wrong or sent)
    measured = (Measured("sent", display(told, SHOWN)),)
    return Answer(Outcome.NOT_MET, measured, "invalid") if wrong else Answer(Outcome.MET, measured)
