"""Strict-Transport-Security as RFC 6797 has it: one header, no directive twice, values plain or quoted."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_LONGEST_DIGITS = 18

PRELOAD_MIN_AGE_S = 31_536_000
"""What the preload list asks of everybody (hstspreload.org): its rule, not a bar of an edition."""


@dataclass(frozen=True, slots=True)
class Hsts:
    """A header that a browser would obey."""

    max_age_s: int
    include_subdomains: bool
    preload: bool


def parse(value: str) -> Hsts | str:
    """The header's meaning, or in a few words why a browser ignores it."""
    directives: dict[str, str | None] = {}
    rest = value.strip(" \t;")
    while rest:
        read = _directive(rest)
        if isinstance(read, str):
            return read
        name, given, rest = read
        if name in directives:
            # RFC 6797, 6.1, 2: a directive must not appear more than once.
            return f"{name} given twice"
        directives[name] = given
        if rest and not rest.startswith(";"):
            return "no semicolon between directives"
        rest = rest.lstrip(" \t;")
    return _meaning(directives)


def mended(header: Hsts | str | None, min_max_age_s: int) -> str:
    """The header with the time asked for; what a header that browsers obey says beside it is kept."""
    if not isinstance(header, Hsts):
        return f"max-age={min_max_age_s}"
    told = [f"max-age={max(header.max_age_s, min_max_age_s)}"]
    told += ["includeSubDomains"] if header.include_subdomains else []
    told += ["preload"] if header.preload else []
    return "; ".join(told)


def _directive(text: str) -> tuple[str, str | None, str] | str:
    """Name, value and what follows; or what is wrong."""
    name = _TOKEN.match(text)
    if name is None:
        return "not a directive"
    rest = text[name.end() :].lstrip(" \t")
    if not rest.startswith("="):
        return name.group().lower(), None, rest
    rest = rest[1:].lstrip(" \t")
    quoted = _QUOTED.match(rest)
    if quoted is not None:
        given = re.sub(r"\\(.)", r"\1", quoted[1])
        return name.group().lower(), given, rest[quoted.end() :].lstrip(" \t")
    plain = _TOKEN.match(rest)
    if plain is None:
        return f"{name.group().lower()} without a value"
    return name.group().lower(), plain.group(), rest[plain.end() :].lstrip(" \t")


def _meaning(directives: dict[str, str | None]) -> Hsts | str:
    if "max-age" not in directives:
        return "no max-age"
    age = directives["max-age"]
    if age is None or not re.fullmatch(r"[0-9]+", age):
        return "max-age is not a number"
    if directives.get("includesubdomains") is not None:
        return "includeSubDomains takes no value"
    return Hsts(
        max_age_s=int(age) if len(age) <= _LONGEST_DIGITS else 10**_LONGEST_DIGITS,
        include_subdomains="includesubdomains" in directives,
        preload="preload" in directives,
    )
