"""Referrer-Policy: of all tokens in all fields the last one known counts."""

from collections.abc import Iterable

KNOWN = frozenset(
    {
        "no-referrer",
        "no-referrer-when-downgrade",
        "same-origin",
        "origin",
        "strict-origin",
        "origin-when-cross-origin",
        "strict-origin-when-cross-origin",
        "unsafe-url",
    }
)
TELLING = frozenset({"unsafe-url", "no-referrer-when-downgrade"})
"""Policies that tell other sites the full address of the page the visitor came from."""

MENDED = "strict-origin-when-cross-origin"
"""What browsers choose by themselves today, said aloud: other sites learn the host, never the page."""


def effective(values: Iterable[str]) -> str:
    """The policy that a browser follows; empty where no token is known."""
    tokens = [token.strip(" \t").lower() for value in values for token in value.split(",")]
    return next((token for token in reversed(tokens) if token in KNOWN), "")
