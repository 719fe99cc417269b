"""Script elements: whether a browser runs one, and whether its integrity attribute pins anything."""

import re

# The essences of JavaScript that the MIME Sniffing standard lists (4.6); one with a parameter is none of them.
_RUN = re.compile(
    r"module|(?:text|application)/(?:x-)?(?:java|ecma)script|text/(?:javascript1\.[0-5]|jscript|livescript)",
    re.IGNORECASE,
)
# The length of a hash in base64 goes with its kind; options after a question mark are reserved (SRI, 3.5).
_PINS = re.compile(
    r"(?:sha256-[a-z0-9+/_-]{43}=|sha384-[a-z0-9+/_-]{64}|sha512-[a-z0-9+/_-]{86}==)(?:\?[!-~]*)?",
    re.IGNORECASE | re.ASCII,
)


def runs(kind: str) -> bool:
    """Whether a script element of this type is code; everything else is a block of data that nobody fetches."""
    return not kind or _RUN.fullmatch(kind.strip()) is not None


def pins(integrity: str) -> bool:
    """Whether at least one value is a hash that browsers know; with none of these they run whatever comes."""
    return any(_PINS.fullmatch(value) for value in integrity.split())
