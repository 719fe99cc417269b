"""The Observatory's reading of Content-Security-Policy, which is not that of browsers.

A directive given twice voids everything; of several policies only what they have in common is left, found by sorting and
comparing neighbours; ``checks.parsing.csp`` reads the same header as CSP 3 does.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from checks.parsing.observatory.grades import Algorithm
from checks.parsing.observatory.visited import WHITE, Visited

_SHORTEST = len("img-src") - 1
_BLANKS = re.compile(f"[{WHITE}]+")
_LINE_ENDS = re.compile("[\r\n]")
_BAD_PERCENT = re.compile("%(?![0-9A-Fa-f]{2})")
_MAY_REPEAT = frozenset({"report-uri", "report-to"})
_NOT_IN_A_PAGE = frozenset({"frame-ancestors", "report-uri", "sandbox"})
_PASSIVE = ("img-src", "media-src")
_BROAD = frozenset(
    {"ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*"}
)
_INLINE = frozenset({"'unsafe-inline'", "data:"})
_VOUCHERS = ("'sha256-", "'sha384-", "'sha512-", "'nonce-")
_PLAIN_SCHEMES = ("http:", "ftp:")
# The order of Intl.Collator("en"), as far as policies are written in ASCII.
_ORDER = {
    sign: place
    for place, sign in enumerate(
        "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"
    )
}
_PASSING = frozenset(
    {
        "csp-implemented-with-no-unsafe",
        "csp-implemented-with-no-unsafe-default-src-none",
        "csp-implemented-with-unsafe-inline-in-style-src-only",
        "csp-implemented-with-insecure-scheme-in-passive-content-only",
    }
)


class Judged(NamedTuple):
    """The result, and whether the policy was read as one that says who may frame the page."""

    result: str
    limits_frames: bool


def judged(visited: Visited, algorithm: Algorithm) -> Judged:
    """The result of the policies of the last answer and of its page."""
    header = visited.last.header("content-security-policy")
    from_header, from_page = [] if header is None else [header], list(visited.csp_metas)
    if algorithm is not Algorithm.FOUR:
        from_header, from_page = _split(from_header), _split(from_page)
    try:
        policy = _merged([*from_header, *from_page])
    except _Unreadable:
        return Judged("csp-header-invalid", limits_frames=False)
    if not _directives(from_header) and not _directives(from_page, _NOT_IN_A_PAGE):
        reports = visited.last.header("content-security-policy-report-only")
        told = "csp-not-implemented-but-reporting-enabled" if reports else "csp-not-implemented"
        return Judged(told, limits_frames=False)
    frames = "frame-ancestors" in policy.directives
    result = _result(policy, over_https=visited.over_https)
    if policy.repeats and result in _PASSING:
        result = "csp-implemented-but-duplicate-directives"
    return Judged(result, limits_frames=frames)


def _split(values: Iterable[str]) -> list[str]:
    return [policy.strip(WHITE) for value in values for policy in value.split(",")]


class _Unreadable(Exception):  # noqa: N818  Never leaves this module.
    """The Observatory gives up on the policy."""


@dataclass(slots=True)
class _Source:
    text: str
    policy: int
    kept: bool


class _Policy(NamedTuple):
    directives: dict[str, set[str]]
    repeats: bool
    """Whether one of those directives stands twice that may."""


def _directives(values: Sequence[str], without: frozenset[str] = frozenset()) -> bool:
    """Whether these policies, which can be read, say by themselves anything that counts where they stand."""
    policy = _merged(values)
    return bool(policy.directives.keys() - without) or policy.repeats


def _merged(values: Sequence[str]) -> _Policy:
    """One policy out of all: what the first one says, as far as the others say it too."""
    texts = [_LINE_ENDS.sub("", value).strip(WHITE) for value in values]
    if any(len(text) < _SHORTEST for text in texts):
        raise _Unreadable
    found: dict[str, list[_Source]] = {}
    repeats = False
    for place, text in enumerate(texts):
        seen: set[str] = set()
        for part in text.split(";"):
            name, *said = _BLANKS.split(part.strip(WHITE))
            if not name:
                continue
            directive = name.lower()
            if directive in seen and directive not in _MAY_REPEAT:
                raise _Unreadable
            repeats = repeats or directive in seen
            seen.add(directive)
            if not said and directive.endswith("-src"):
                said = ["'none'"]
            fresh = [_Source(one.strip(WHITE).lower(), place, not place) for one in said]
            # Even a repeated directive of the first policy begins anew.
            together = [*found.get(directive, ()), *fresh] if place else fresh
            found[directive] = _common(together)
            if not place and len(texts) > 1:
                for one in found[directive]:
                    one.kept = False
    directives = {
        name: {source.text for source in sources} or {"'none'"} for name, sources in found.items()
    }
    return _Policy(directives, repeats)


def _common(sources: list[_Source]) -> list[_Source]:
    """What is left of the sources of a directive: neighbours in order decide about each other."""
    ordered = sorted(sources, key=lambda source: _sorting(source.text))
    for before, source in pairwise(ordered):
        if source.policy == before.policy and source.text.startswith(before.text):
            # Held to be said already by the shorter one.
            source.kept = False
        if source.policy != before.policy and _matches(before.text, source.text):
            source.kept = True
    return [source for source in ordered if source.kept]


def _sorting(text: str) -> tuple[int, ...]:
    return tuple(_ORDER.get(sign, len(_ORDER) + ord(sign)) for sign in text)


def _matches(first: str, second: str) -> bool:
    """CSP's comparison of paths, which the Observatory puts to whole sources."""
    wanted, given = first.split("/"), second.split("/")
    folder = first.endswith("/")
    if len(wanted) > len(given) or (not folder and len(wanted) != len(given)):
        return False
    if folder:
        wanted.pop()
    return all(_decoded(a) == _decoded(b) for a, b in zip(wanted, given, strict=False))


def _decoded(text: str) -> str:
    if _BAD_PERCENT.search(text):
        raise _Unreadable
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise _Unreadable from None


def _result(policy: _Policy, *, over_https: bool) -> str:
    """The first thing that is found, worst first; only then the good ones."""
    csp = policy.directives
    default = csp.get("default-src")
    fallback = {"*"} if default is None else default
    # Sets are changed in place: where default-src speaks for scripts, it loses what they lose.
    scripts, styles, objects = (
        csp.get(name, fallback) for name in ("script-src", "style-src", "object-src")
    )
    for sources in (scripts, styles):
        if _vouched(sources):
            sources.discard("'unsafe-inline'")
    strict = "'strict-dynamic'" in scripts
    if strict and not _vouched(scripts):
        return "csp-header-invalid"
    if strict:
        scripts -= {one for one in scripts if _gone_when_strict(one)}
    active = scripts.union(
        *(said for name, said in csp.items() if name not in (*_PASSIVE, "script-src"))
    )
    passive: set[str] = set().union(*(csp.get(name, default or set()) for name in _PASSIVE))
    looks: tuple[tuple[str, Callable[[], bool]], ...] = (
        (
            "csp-implemented-with-unsafe-inline",
            lambda: bool(scripts & (_BROAD | _INLINE) or objects & _BROAD),
        ),
        ("csp-implemented-with-insecure-scheme", lambda: over_https and _plain(active)),
        ("csp-implemented-with-unsafe-eval", lambda: "'unsafe-eval'" in scripts | styles),
        (
            "csp-implemented-with-insecure-scheme-in-passive-content-only",
            lambda: over_https and _plain(passive),
        ),
        (
            "csp-implemented-with-unsafe-inline-in-style-src-only",
            lambda: bool(styles & (_BROAD | _INLINE)),
        ),
        ("csp-implemented-with-no-unsafe-default-src-none", lambda: default == {"'none'"}),
    )
    return next((result for result, holds in looks if holds()), "csp-implemented-with-no-unsafe")


def _vouched(sources: set[str]) -> bool:
    return any(one.startswith(_VOUCHERS) for one in sources)


def _gone_when_strict(source: str) -> bool:
    return source.startswith(tuple(_BROAD)) or source in ("'self'", "'unsafe-inline'")


def _plain(sources: set[str]) -> bool:
    return any(one.startswith(_PLAIN_SCHEMES) for one in sources)
