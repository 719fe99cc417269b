"""Small files that certificates name: an issuer, a list of revoked ones, an OCSP answer.

Their hosts gave no permission, so they get one plain request each, over http only, and only at public
addresses (or private ones that the permission lists).  What comes back is signed; the way here need not be.
"""

import asyncio
from urllib.parse import SplitResult, urlsplit

from checks.evidence.base import Cause, NotCaptured
from scanner.auxiliary import PATIENCE_S, address_of, file_budget, whole_body
from scanner.budget import Failed
from scanner.http1 import get
from scanner.visit import Tools


async def fetch(
    tools: Tools, url: str, limit_bytes: int, patience_s: float = PATIENCE_S
) -> bytes | NotCaptured:
    """The file at this address, at most so long; redirects are not followed."""
    try:
        async with asyncio.timeout(patience_s):
            return await _fetch(tools, url, limit_bytes)
    except TimeoutError:
        return NotCaptured(cause=Cause.DEADLINE, detail=f"{url}: no answer"[:500])
    except Failed as failed:
        missing = failed.missing
        return NotCaptured(cause=missing.cause, detail=f"{url}: {missing.detail}"[:500])


async def _fetch(tools: Tools, url: str, limit_bytes: int) -> bytes:
    parts = _parts(url)
    host, port = parts.hostname or "", parts.port or 80
    budget = file_budget(limit_bytes)
    address = await address_of(tools, host, budget)
    async with await tools.door.open_auxiliary(address, port, budget) as channel:
        shown = f"[{host}]" if ":" in host else host
        header = shown if port == 80 else f"{shown}:{port}"
        resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        answer = await get(channel, header, resource, tools.user_agent)
    return whole_body(answer, limit_bytes)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        usable, parts = False, urlsplit("")
    if not usable or not url.isascii() or not url.isprintable() or " " in url:
        raise Failed(Cause.SCANNER_CANNOT, "an address that cannot be used")
    if parts.scheme != "http":
        raise Failed(Cause.SCANNER_CANNOT, "only plain http is fetched")
    return parts
