"""Content-Security-Policy as CSP 3 reads it: policies joined by commas, the first of equal directives wins."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

Policy = Mapping[str, tuple[str, ...]]
"""Directive name (lower case) → its values, in order."""

_WHITE = "\t\n\f\r "
# Sources that any web page on earth can match: a star for the host, or a bare web scheme.
_EVERYONE = re.compile(r"(?:https?:|(?:https?://)?\*(?::(?:\*|[0-9]+))?/?)", re.IGNORECASE)


def parse(values: Iterable[str]) -> tuple[Policy, ...]:
    """All policies of all header fields, in order; a policy without directives is none."""
    policies = (_policy(part) for value in values for part in value.split(","))
    return tuple(policy for policy in policies if policy)


def admits_everyone(sources: Iterable[str]) -> bool:
    """Whether a source list lets any site in."""
    return any(_EVERYONE.fullmatch(source) for source in sources)


def _policy(text: str) -> Policy:
    directives: dict[str, tuple[str, ...]] = {}
    for part in text.split(";"):
        words = part.strip(_WHITE).split()
        if words:
            # CSP 3, 2.2.1: a directive that is already in the policy is ignored.
            directives.setdefault(words[0].lower(), tuple(words[1:]))
    return MappingProxyType(directives)
