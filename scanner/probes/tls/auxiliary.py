"""Small files that certificates name: an issuer, a list of revoked ones, an OCSP answer.

Their hosts gave no permission, so they get one plain request each, over http only, and only at public
addresses (or private ones that the permission lists).  What comes back is signed; the way here need not be.
"""

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar
from urllib.parse import SplitResult, urlsplit

from checks.evidence.base import Cause, NotCaptured
from scanner.budget import Allowance, Budget, Failed
from scanner.http1 import get
from scanner.visit import Tools

WALL_S = 20.0
PATIENCE_S = 60.0
"""Seconds, our own politeness included, after which one file is given up."""

Kept = TypeVar("Kept")


class Once(Generic[Kept]):
    """Does a thing once per key and run, whoever asks first; the others wait for the same answer."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Kept]] = {}

    async def get(self, key: str, make: Callable[[], Awaitable[Kept]]) -> Kept:
        """The answer for this key.  One who is cancelled leaves the work to those who still wait."""
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.ensure_future(make())
            self._tasks[key] = task
        return await asyncio.shield(task)

    def forget(self, key: str) -> None:
        """Drop an answer, to free its memory."""
        self._tasks.pop(key, None)

    async def aclose(self) -> None:
        """End what is still under way."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)


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
    budget = Budget(
        Allowance(
            wall_s=WALL_S,
            connect_s=5.0,
            lookup_s=5.0,
            response_s=15.0,
            body_bytes=limit_bytes,
            received_bytes=limit_bytes + 128 * 1024,
        )
    )
    address = await _address(tools, host, budget)
    async with await tools.door.open_auxiliary(address, port, budget) as channel:
        shown = f"[{host}]" if ":" in host else host
        header = shown if port == 80 else f"{shown}:{port}"
        resource = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        answer = await get(channel, header, resource, tools.user_agent)
    if answer.status != 200:
        raise Failed(Cause.SERVER_ERROR, f"status {answer.status}")
    if answer.undecodable:
        raise Failed(Cause.UNDECODABLE, answer.undecodable)
    if answer.truncated:
        cause = Cause.BUDGET_BYTES if len(answer.body) >= limit_bytes else Cause.CLOSED_EARLY
        raise Failed(cause, f"cut at {len(answer.body)} bytes")
    return answer.body


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


async def _address(tools: Tools, host: str, budget: Budget) -> str:
    """The first address of the host that may be contacted, IPv4 first."""
    pace = tools.door.pace
    refused = Failed(Cause.NO_ADDRESS, f"{host} has no address")
    for kind in ("A", "AAAA") if tools.ipv6 else ("A",):
        for address in await _looked_up(tools, host, kind, budget):
            try:
                pace.check_address(address)
            except Failed as failed:
                refused = failed
            else:
                return address
    raise refused


async def _looked_up(tools: Tools, host: str, kind: str, budget: Budget) -> tuple[str, ...]:
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        look = await tools.resolver.look(host, kind, budget)
        if isinstance(look, NotCaptured):
            raise Failed(look.cause, look.detail) from None
        return look.records
    return (str(literal),)
