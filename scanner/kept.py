"""What is kept of an answer over HTTP: no cookie values, no values that change every time."""

import hashlib
import re

from checks.evidence.http import VALUE_KEPT, Hop
from checks.parsing.masking import without_nonces
from scanner.http1 import HttpAnswer

# Values that change with every answer: they would make an unchanged site look changed.
_VARYING = frozenset(
    {
        "date", "age", "expires", "last-modified", "etag", "x-request-id", "x-correlation-id", "cf-ray",
        "x-amz-cf-id", "x-amz-request-id", "x-timer", "x-served-by", "x-runtime", "x-trace-id", "nel",
        "report-to", "x-cache", "x-cache-hits", "x-litespeed-cache", "server-timing", "set-cookie2",
    }
)  # fmt: skip


def kept_hop(url: str, address: str, answer: HttpAnswer) -> Hop:
    """The lasting facts of one answer."""
    return Hop(
        url=url,
        address=address,
        status=answer.status,
        headers=tuple((name, kept_value(name, value)) for name, value in answer.headers),
        body_bytes=len(answer.body),
        body_truncated=answer.truncated,
        body_sha256=hashlib.sha256(answer.body).hexdigest(),
    )


def kept_value(name: str, value: str) -> str:
    """A header value as it may be stored."""
    key = name.lower()
    if key in _VARYING:
        return "(varies)"
    if key == "set-cookie":
        return _cookie_without_value(value)[:VALUE_KEPT]
    if key.startswith("content-security-policy"):
        value = without_nonces(value)
    return value[:VALUE_KEPT]


def _cookie_without_value(value: str) -> str:
    pair, semicolon, attributes = value.partition(";")
    # A pair without "=" is a value without a name (RFC 6265bis, 5.6).
    name, _, secret = pair.partition("=") if "=" in pair else ("", "", pair)
    attributes = re.sub(r"(?i)(expires=)[^;]*", r"\1(date)", attributes)
    return f"{name.strip()}=({len(secret.strip())} characters){semicolon}{attributes}"
