"""Content-Security-Policy as CSP 3 reads it: policies joined by commas, the first of equal directives wins."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from checks.parsing.text import PASTED

Policy = Mapping[str, tuple[str, ...]]
"""Directive name (lower case) → its values, in order."""

_WHITE = "\t\n\f\r "
_BLANKS = re.compile(f"[{_WHITE}]+")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_HOST = re.compile(
    r"(?:([a-z][a-z0-9+.-]*)://)?(\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*\.?)(?::([0-9]+|\*))?(/[^?#]*)?",
    re.IGNORECASE,
)
_KEYWORDS = frozenset(
    {
        "'self'",
        "'none'",
        "'unsafe-inline'",
        "'unsafe-eval'",
        "'unsafe-hashes'",
        "'strict-dynamic'",
        "'report-sample'",
        "'wasm-unsafe-eval'",
        "'trusted-types-eval'",
        "'inline-speculation-rules'",
        "'unsafe-allow-redirects'",
        "'report-sha256'",
        "'report-sha384'",
        "'report-sha512'",
    }
)
# A nonce is replaced at capture, because it changes with every answer.
_NONCE = re.compile(r"'nonce-(?:\(varies\)|[a-z0-9+/_-]+={0,2})'", re.IGNORECASE)
_HASH = re.compile(r"'sha(?:256|384|512)-[a-z0-9+/_-]+={0,2}'", re.IGNORECASE)
# CSP 3, 6.7.2.8: ws also lets http and https in, wss https.
_WEB = frozenset({"http", "https", "ws", "wss"})
# CSP 3, 3.3: what a policy in a meta element cannot say.
_NOT_IN_A_PAGE = frozenset({"report-uri", "frame-ancestors", "sandbox"})

CHAINS: Final[Mapping[str, tuple[str, ...]]] = {
    "script-src-elem": ("script-src-elem", "script-src", "default-src"),
    "script-src-attr": ("script-src-attr", "script-src", "default-src"),
    "style-src-elem": ("style-src-elem", "style-src", "default-src"),
    "style-src-attr": ("style-src-attr", "style-src", "default-src"),
    "worker-src": ("worker-src", "child-src", "script-src", "default-src"),
    "frame-src": ("frame-src", "child-src", "default-src"),
    **{
        name: (name, "default-src")
        for name in (
            "script-src",
            "style-src",
            "object-src",
            "child-src",
            "connect-src",
            "font-src",
            "img-src",
            "manifest-src",
            "media-src",
        )
    },
}
"""CSP 3, 6.8.3: which directive speaks where one is not given.  Every other directive stands for itself."""


class Kind(StrEnum):
    """What a source expression is (CSP 3, 2.3.1)."""

    SCHEME = "scheme"
    HOST = "host"
    KEYWORD = "keyword"
    NONCE = "nonce"
    HASH = "hash"
    INVALID = "invalid"
    """No browser lets anything in for it."""


class Source(NamedTuple):
    """One source expression; ``scheme``, ``host`` and keywords in lower case."""

    kind: Kind
    text: str
    scheme: str = ""
    host: str = ""
    port: str = ""
    path: str = ""


class Rule(NamedTuple):
    """The directive that speaks for another, and its values."""

    directive: str
    sources: tuple[Source, ...]


def parse(values: Iterable[str]) -> tuple[Policy, ...]:
    """All policies of all header fields, in order; a policy without directives is none."""
    policies = (_policy(part) for value in values for part in value.split(","))
    return tuple(policy for policy in policies if policy)


def parse_in_page(contents: Iterable[str]) -> tuple[Policy, ...]:
    """The policies of meta elements: one each, without what such a policy cannot say."""
    policies = (
        {name: said for name, said in _policy(content).items() if name not in _NOT_IN_A_PAGE}
        for content in contents
    )
    return tuple(MappingProxyType(policy) for policy in policies if policy)


def admits_everyone(sources: Iterable[str]) -> bool:
    """Whether a source list lets any site in."""
    return any(is_broad(read_source(source)) for source in sources)


def read_source(text: str) -> Source:
    """A source expression taken apart."""
    low = text.lower()
    if low in _KEYWORDS:
        return Source(Kind.KEYWORD, low)
    if _NONCE.fullmatch(text):
        return Source(Kind.NONCE, text)
    if _HASH.fullmatch(text):
        return Source(Kind.HASH, text)
    if scheme := _SCHEME.fullmatch(low):
        return Source(Kind.SCHEME, text, scheme=scheme[1])
    if host := _HOST.fullmatch(text):
        scheme_part, name, port, path = (part or "" for part in host.groups())
        return Source(Kind.HOST, text, scheme_part.lower(), name.lower(), port, path)
    return Source(Kind.INVALID, text)


def is_broad(source: Source) -> bool:
    """Whether any web page on earth, or under a whole top-level name, can match: ``*``, ``https:``, ``*.vn``."""
    if source.kind is Kind.SCHEME:
        return source.scheme in _WEB
    if source.scheme and source.scheme not in _WEB:
        return False
    labels = source.host.rstrip(".").split(".")
    return labels[0] == "*" and len(labels) <= 2


def rule_for(policy: Policy, directive: str) -> Rule | None:
    """What a policy says of a directive, by itself or by its fallback; ``None`` where it says nothing."""
    for name in CHAINS.get(directive, (directive,)):
        if name in policy:
            return Rule(name, tuple(read_source(text) for text in policy[name]))
    return None


class Weak(StrEnum):
    """The ways in which a page's policies fall short, worst first."""

    SCRIPTS_UNLIMITED = "scripts-unlimited"
    UNSAFE_INLINE = "unsafe-inline"
    ANY_HOST = "any-host"
    DATA_SCRIPTS = "data-scripts"
    UNSAFE_EVAL = "unsafe-eval"
    OBJECTS_UNLIMITED = "objects-unlimited"
    BASE_UNLIMITED = "base-unlimited"


class Spot(NamedTuple):
    """One weak spot: its kind, and where it stands, as ``script-src 'unsafe-inline'``; a bare name is missing."""

    weak: Weak
    where: str


def weak_spots(policies: Iterable[Policy]) -> tuple[Spot, ...]:
    """What the policies together leave open, worst first.

    A browser enforces every policy: what one of them closes is closed.
    """
    enforced = tuple(policies)
    found: list[Spot] = []
    for look in _LOOKS:
        spots = [look(policy) for policy in enforced]
        if all(spot is not None for spot in spots):
            # Of several open policies the one that says something names the spot.
            open_spots = [spot for spot in spots if spot is not None]
            found += sorted(open_spots, key=lambda spot: " " not in spot.where)[:1]
    order = list(Weak)
    return tuple(sorted(dict.fromkeys(found), key=lambda spot: order.index(spot.weak)))


def mended(policies: Iterable[Policy]) -> str:
    """One policy without weak spots: the least weak of these, weak sources taken out, what is missing added.

    Empty where it would be too long to paste; never cut, for half a policy is another policy.
    """
    policy = _fit_to_paste(min(policies, key=lambda one: len(weak_spots((one,))), default={}))
    if _scripts(policy, "script-src") is not None:
        _close_scripts(policy)
    if _objects(policy) is not None:
        policy["object-src"] = ("'none'",)
    if _base(policy) is not None:
        policy["base-uri"] = _without_broad(policy.get("base-uri", ()))
    if admits_everyone(policy.get("frame-ancestors", ())):
        policy["frame-ancestors"] = _without_broad(policy["frame-ancestors"])
    return _written(policy)


def with_frames_limited(policies: Iterable[Policy], origins: Iterable[str] = ()) -> str:
    """The policy that speaks of frames, or else the first, letting in the site itself, who was named, and these."""
    found = tuple(policies)
    given = next((one for one in found if "frame-ancestors" in one), next(iter(found), {}))
    policy = _fit_to_paste(given)
    named = (*policy.get("frame-ancestors", ()), *origins)
    policy["frame-ancestors"] = ("'self'", *(one for one in named if is_origin(one)))
    return _written(policy)


def is_origin(text: str) -> bool:
    """Whether a text names one site or the sites below one name, so that a list of sources can hold it."""
    source = read_source(text)
    return source.kind is Kind.HOST and not is_broad(source) and not _NOT_TO_PASTE.search(text)


def _close_scripts(policy: dict[str, tuple[str, ...]]) -> None:
    for name in ("script-src", "script-src-elem", "script-src-attr"):
        if name in policy:
            policy[name] = _closed(policy[name])
    if "script-src" not in policy:
        # What default-src says of pictures and styles is left alone.
        fallback = policy.get("default-src", ("*",))
        closed = _closed(fallback)
        if closed != fallback:
            policy["script-src"] = closed


def _closed(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Sources of scripts without the weak ones; the site's own scripts stay let in where those let them in."""
    read = [read_source(text) for text in sources]
    dynamic = Source(Kind.KEYWORD, "'strict-dynamic'") in read
    wide = [] if dynamic else [one for one in read if is_broad(one) or _is_data(one)]
    weak = {one.text for one in wide} | {one.text for one in read if one.text in _UNSAFE}
    if not weak:
        return sources
    kept = [one.text for one in read if one.text not in {*weak, "'none'"}]
    if not kept or (wide and "'self'" not in kept):
        kept.insert(0, "'self'")
    return tuple(kept)


_UNSAFE: Final = frozenset({"'unsafe-inline'", "'unsafe-eval'"})


def _without_broad(sources: Iterable[str]) -> tuple[str, ...]:
    kept = tuple(one for one in sources if not is_broad(read_source(one)))
    return kept or ("'self'",)


_NAME = re.compile("[a-z0-9-]+")
# What servers' settings take for their own: the ends of a text, variables, formats; and what ends a policy.
_NOT_TO_PASTE = re.compile(r"""["\\$%`,;]""")


def _fit_to_paste(policy: Policy) -> dict[str, tuple[str, ...]]:
    """The policy without what would not survive between the quotation marks of a server's settings."""
    return {
        name: tuple(one for one in said if not _NOT_TO_PASTE.search(one) and one.isprintable())
        for name, said in policy.items()
        if _NAME.fullmatch(name)
    }


def _written(policy: Policy) -> str:
    text = "; ".join(" ".join((name, *said)) for name, said in policy.items())
    return text if len(text) <= PASTED else ""


def _inline(directive: str) -> Callable[[Policy], Spot | None]:
    """Scripts written into the page (elements) or into its attributes."""

    def look(policy: Policy) -> Spot | None:
        rule = _scripts(policy, directive)
        if not isinstance(rule, Rule):
            return rule
        # CSP 3, 6.7.3.2: a nonce, a hash or 'strict-dynamic' makes browsers ignore 'unsafe-inline'.
        if _says(rule, "'strict-dynamic'") or _vouched(rule):
            return None
        return _keyword(rule, "'unsafe-inline'", Weak.UNSAFE_INLINE)

    return look


def _evaluated(policy: Policy) -> Spot | None:
    rule = _scripts(policy, "script-src")
    return _keyword(rule, "'unsafe-eval'", Weak.UNSAFE_EVAL) if isinstance(rule, Rule) else rule


def _from_anywhere(policy: Policy) -> Spot | None:
    return _loaded(policy, is_broad, Weak.ANY_HOST)


def _from_data(policy: Policy) -> Spot | None:
    return _loaded(policy, _is_data, Weak.DATA_SCRIPTS)


def _loaded(policy: Policy, test: Callable[[Source], bool], weak: Weak) -> Spot | None:
    rule = _scripts(policy, "script-src-elem")
    if not isinstance(rule, Rule):
        return rule
    # CSP 3, 6.7.1.1: with 'strict-dynamic' hosts and schemes are not looked at.
    return None if _says(rule, "'strict-dynamic'") else _matching(rule, test, weak)


def _objects(policy: Policy) -> Spot | None:
    rule = rule_for(policy, "object-src")
    if rule is None:
        return Spot(Weak.OBJECTS_UNLIMITED, "object-src")
    return _matching(rule, lambda one: is_broad(one) or _is_data(one), Weak.OBJECTS_UNLIMITED)


def _base(policy: Policy) -> Spot | None:
    rule = rule_for(policy, "base-uri")
    if rule is None:
        return Spot(Weak.BASE_UNLIMITED, "base-uri")
    return _matching(rule, is_broad, Weak.BASE_UNLIMITED)


_LOOKS: Final = (
    _inline("script-src-elem"),
    _inline("script-src-attr"),
    _from_anywhere,
    _from_data,
    _evaluated,
    _objects,
    _base,
)


def _scripts(policy: Policy, directive: str) -> Rule | Spot | None:
    """The rule for scripts; ``None`` where a sandbox lets none run."""
    if "sandbox" in policy and "allow-scripts" not in {one.lower() for one in policy["sandbox"]}:
        return None
    rule = rule_for(policy, directive)
    # One missing limit is told once, by the name that covers all its parts.
    return rule or Spot(Weak.SCRIPTS_UNLIMITED, "script-src")


def _matching(rule: Rule, test: Callable[[Source], bool], weak: Weak) -> Spot | None:
    open_to = next((one.text for one in rule.sources if test(one)), None)
    return None if open_to is None else Spot(weak, f"{rule.directive} {open_to}")


def _keyword(rule: Rule, keyword: str, weak: Weak) -> Spot | None:
    return _matching(rule, lambda one: one == Source(Kind.KEYWORD, keyword), weak)


def _says(rule: Rule, keyword: str) -> bool:
    return Source(Kind.KEYWORD, keyword) in rule.sources


def _vouched(rule: Rule) -> bool:
    return any(one.kind in (Kind.NONCE, Kind.HASH) for one in rule.sources)


def _is_data(source: Source) -> bool:
    return source.kind is Kind.SCHEME and source.scheme == "data"


def _policy(text: str) -> Policy:
    directives: dict[str, tuple[str, ...]] = {}
    for part in text.split(";"):
        stripped = part.strip(_WHITE)
        # CSP 3, 2.2.1: what is not ASCII is skipped; a directive that is already in the policy is ignored.
        if stripped and stripped.isascii():
            name, *said = _BLANKS.split(stripped)
            directives.setdefault(name.lower(), tuple(said))
    return MappingProxyType(directives)
