"""Hosts that gave no permission, named by a site's own evidence: which address of theirs may be asked, and how.

They get one bounded request each, and only at public addresses (or private ones that the permission lists).
"""

import asyncio
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import Certificate, Path, PathState
from checks.evidence.names import Said
from scanner.budget import Allowance, Budget, Failed
from scanner.certificates import guarded, read_certificate
from scanner.http1 import HttpAnswer, get
from scanner.once import Once
from scanner.visit import Tools, served_chain

WALL_S = 20.0
PATIENCE_S = 60.0
"""Seconds, our own politeness included, after which one file is given up."""

JudgePath = Callable[[tuple[bytes, ...], datetime], Path]
"""From a served chain (DER, leaf first) and a moment to the path; ``ValueError`` where the leaf is malformed."""


class SeenNoAddress(Failed):
    """The name servers say that the host has no address: to some this is a finding about the site."""


@dataclass(frozen=True, slots=True)
class OverTls:
    """A file asked for over TLS, with the certificate; no ``answer`` where the certificate does not hold."""

    leaf: Certificate
    path: PathState
    answer: HttpAnswer | None


class FilesOverTls:
    """Files that are asked for over TLS, each once per run, whichever site names it first.

    ``judge`` says how far the certificate of a host leads; ``port`` differs from 443 in tests alone.  With
    ``fetching=False`` nobody is asked.
    """

    def __init__(self, judge: JudgePath, *, fetching: bool = True, port: int = 443) -> None:
        self._judge = judge
        self._fetching = fetching
        self._port = port
        self._once: Once[OverTls | Failed] = Once()

    async def aclose(self) -> None:
        """End what is still being fetched."""
        await self._once.aclose()

    async def get(
        self, tools: Tools, host: str, resource: str, limit_bytes: int, now: datetime
    ) -> OverTls:
        """GET one file over https, at most so long; redirects are not followed.

        The request is sent only where the certificate names the host, is in date and leads to a root.
        Raises ``SeenNoAddress``, and ``Failed`` where nothing can be concluded: an issuer that was not sent
        is such a case.
        """

        if not self._fetching:
            raise Failed(Cause.NOT_ENABLED, f"{host}: hosts beside the site's own are left alone")

        async def fetched() -> OverTls | Failed:
            try:
                async with asyncio.timeout(PATIENCE_S):
                    return await self._fetched(tools, host, resource, limit_bytes, now)
            except TimeoutError:
                return Failed(Cause.DEADLINE, f"{host}: no answer")
            except Failed as failed:
                return failed

        found = await self._once.get(f"{host}{resource}", fetched)
        if isinstance(found, Failed):
            raise found
        return found

    async def _fetched(
        self, tools: Tools, host: str, resource: str, limit_bytes: int, now: datetime
    ) -> OverTls:
        budget = Budget(
            Allowance(
                wall_s=WALL_S,
                connect_s=5.0,
                lookup_s=5.0,
                handshake_s=5.0,
                response_s=10.0,
                body_bytes=limit_bytes,
                received_bytes=limit_bytes + 256 * 1024,
            )
        )
        address = await address_of(tools, host, budget)
        channel = await tools.door.open_auxiliary_tls(address, self._port, host, budget)
        try:
            chain, _ = served_chain(channel)
            leaf = _read(chain, host)
            state = self._state(tuple(chain), now)
            holds = state is PathState.TRUSTED and host in leaf.covers and _in_date(leaf, now)
            header = host if self._port == 443 else f"{host}:{self._port}"
            answer = await get(channel, header, resource, tools.user_agent) if holds else None
        finally:
            await channel.close()
        return OverTls(leaf, state, answer)

    def _state(self, chain: tuple[bytes, ...], now: datetime) -> PathState:
        path = guarded(lambda: self._judge(chain, now))
        if isinstance(path, NotCaptured):
            raise Failed(path.cause, path.detail)
        if path.state is PathState.ISSUER_MISSING:
            raise Failed(Cause.ISSUER_MISSING, path.missing_issuer or "")
        return path.state


def _read(chain: list[bytes], host: str) -> Certificate:
    if not chain:
        raise Failed(Cause.CERT_MALFORMED, "no certificate was sent")
    return read_certificate(chain[0], (host,))


def _in_date(leaf: Certificate, now: datetime) -> bool:
    if leaf.not_before is None or leaf.not_after is None:
        raise Failed(Cause.CERT_MALFORMED)
    return leaf.not_before <= now <= leaf.not_after


def file_budget(limit_bytes: int, wall_s: float = WALL_S) -> Budget:
    """What one file of at most so many bytes may cost."""
    return Budget(
        Allowance(
            wall_s=wall_s,
            connect_s=5.0,
            lookup_s=5.0,
            response_s=15.0,
            body_bytes=limit_bytes,
            received_bytes=limit_bytes + 128 * 1024,
        )
    )


def whole_body(answer: HttpAnswer, limit_bytes: int) -> bytes:
    """The body of an answer that is whole, opened, and what was asked for; else ``Failed``."""
    if answer.status != 200:
        raise Failed(Cause.SERVER_ERROR, f"status {answer.status}")
    if answer.undecodable:
        raise Failed(Cause.UNDECODABLE, answer.undecodable)
    if answer.truncated:
        cause = Cause.BUDGET_BYTES if len(answer.body) >= limit_bytes else Cause.CLOSED_EARLY
        raise Failed(cause, f"cut at {len(answer.body)} bytes")
    return answer.body


async def address_of(tools: Tools, host: str, budget: Budget) -> str:
    """The first address of the host that may be contacted, IPv4 first; ``Failed`` where there is none."""
    failed: Failed | None = None
    for kind in ("A", "AAAA"):
        found = await _looked_up(tools, host, kind, budget)
        for address in found:
            try:
                tools.door.pace.check_address(address)
            except Failed as refused:
                failed = refused
                continue
            if kind == "A" or tools.ipv6:
                return address
            failed = failed or Failed(Cause.SCANNER_LACKS_IPV6, f"{host} has IPv6 addresses only")
    raise failed or SeenNoAddress(Cause.NO_ADDRESS, f"{host} has no address")


async def _looked_up(tools: Tools, host: str, kind: str, budget: Budget) -> tuple[str, ...]:
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        look = await tools.resolver.look(host, kind, budget)
        if isinstance(look, NotCaptured):
            raise Failed(look.cause, look.detail) from None
        if look.said is Said.BOGUS:
            raise Failed(Cause.DNS_SERVFAIL, f"{host}: DNSSEC does not verify") from None
        return look.records
    return (str(literal),) if literal.version == (4 if kind == "A" else 6) else ()
