"""The TLS look: on every address a full handshake and one hello per version; the path of each chain."""

import asyncio
from contextlib import suppress
from datetime import datetime

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import Path
from checks.evidence.tls import Acceptance, Handshake, HandshakeState, Offer, Tls, Version
from scanner.budget import Failed
from scanner.clock import monotonic_s
from scanner.door import SeenRefused
from scanner.probes.tls.hello import (
    READ_LIMIT_BYTES,
    Accepted,
    NotTls,
    Refused,
    client_hello,
    read_first_flight,
)
from scanner.probes.tls.path import Paths
from scanner.visit import Target, Visit

Answered = Acceptance | NotCaptured


async def look_tls(visit: Visit, paths: Paths, now: datetime) -> Tls:
    """Look at every address of the host, then at the twin's first one.  ``Failed`` where there is no address."""
    site = visit.site
    found, _ = await visit.all_addresses(site.host)
    addresses = await visit.addresses(site.host)
    offers, twin = await asyncio.gather(
        asyncio.gather(
            *(_offer(visit, paths, now, Target(site.host, a, site.https_port)) for a in addresses)
        ),
        _twin_offers(visit, paths, now),
    )
    return Tls(offers=tuple(offers), twin_offers=twin, addresses_total=len(found))


async def _twin_offers(visit: Visit, paths: Paths, now: datetime) -> tuple[Offer, ...]:
    """The certificate under the twin's name; versions belong to the address, which the host has shown."""
    twin = visit.site.twin
    try:
        addresses = await visit.addresses(twin)
    except Failed:
        return ()
    target = Target(twin, addresses[0], visit.site.https_port)
    handshake = _with_path(await visit.handshake(target), paths, now)
    return (
        Offer(host=twin, address=addresses[0], port=target.port, handshake=handshake, versions={}),
    )


async def _offer(visit: Visit, paths: Paths, now: datetime, target: Target) -> Offer:
    handshake = await visit.handshake(target)
    versions: dict[Version, Answered]
    if isinstance(handshake, NotCaptured) and handshake.cause not in _WORTH_A_HELLO:
        # A silent address costs one limit, not one per version.
        versions = dict.fromkeys(Version, handshake)
    elif isinstance(handshake, Handshake) and handshake.state is not HandshakeState.COMPLETED:
        versions = {}
    else:
        versions = await _versions(visit, target, handshake)
    return Offer(
        host=target.host,
        address=target.address,
        port=target.port,
        handshake=_with_path(handshake, paths, now),
        versions=versions,
    )


_WORTH_A_HELLO = frozenset(
    {
        Cause.TLS_ALERT,
        Cause.TLS_PROTOCOL,
        Cause.SCANNER_CANNOT,
        Cause.CERT_MALFORMED,
        Cause.CLIENT_CERT_REQUIRED,
        Cause.CLOSED_EARLY,
        Cause.RESET,
    }
)


def _with_path(
    handshake: Handshake | NotCaptured, paths: Paths, now: datetime
) -> Handshake | NotCaptured:
    if isinstance(handshake, NotCaptured) or not handshake.chain:
        return handshake
    path: Path | NotCaptured
    try:
        path = paths.build(tuple(c.der for c in handshake.chain), now)
    except Exception as error:  # noqa: BLE001  Hostile DER makes libraries raise anything; it is a cause.
        path = NotCaptured(cause=Cause.CERT_MALFORMED, detail=f"{type(error).__name__}"[:500])
    return handshake.model_copy(update={"path": path})


async def _versions(
    visit: Visit, target: Target, handshake: Handshake | NotCaptured
) -> dict[Version, Answered]:
    """One hello per version, one after another on fresh connections: the polite order."""
    raw = {version: await _say_hello(visit, target, version) for version in Version}
    speaks = isinstance(handshake, Handshake) or Acceptance.ACCEPTED in raw.values()
    return {version: _closed_is_refused(answer, speaks=speaks) for version, answer in raw.items()}


def _closed_is_refused(answer: Answered, *, speaks: bool) -> Answered:
    """Many servers refuse an old hello by closing without a word, twice in a row, while they speak TLS."""
    if (
        speaks
        and isinstance(answer, NotCaptured)
        and answer.cause in (Cause.CLOSED_EARLY, Cause.RESET)
    ):
        return Acceptance.REFUSED
    return answer


async def _say_hello(visit: Visit, target: Target, version: Version) -> Answered:
    answer = await _hello_once(visit, target, version)
    if isinstance(answer, NotCaptured) and answer.cause in (Cause.RESET, Cause.CLOSED_EARLY):
        answer = await _hello_once(visit, target, version)
    return answer


async def _hello_once(visit: Visit, target: Target, version: Version) -> Answered:
    limit_s = visit.budget.allowance.handshake_s
    try:
        channel = await visit.opened(target)
    except SeenRefused:
        return NotCaptured(cause=Cause.REFUSED, detail="the port closed while being looked at")
    except Failed as failed:
        return failed.missing
    try:
        await channel.write(client_hello(version, target.host), limit_s)
        data = b""
        ends_at = monotonic_s() + limit_s
        while len(data) < READ_LIMIT_BYTES:
            left_s = ends_at - monotonic_s()
            if left_s <= 0:
                return NotCaptured(cause=Cause.TLS_TIMEOUT, detail="a first flight dripped")
            more = await channel.read(left_s)
            data += more
            reading = read_first_flight(version, data)
            if isinstance(reading, Accepted):
                return Acceptance.ACCEPTED
            if isinstance(reading, Refused):
                return Acceptance.REFUSED
            if isinstance(reading, NotTls):
                return NotCaptured(cause=Cause.NOT_TLS, detail="an answer that is no TLS")
            if not more:
                return NotCaptured(cause=Cause.CLOSED_EARLY, detail="closed after the hello")
        return NotCaptured(cause=Cause.TLS_PROTOCOL, detail="a first flight without an end")
    except Failed as failed:
        return failed.missing
    finally:
        with suppress(Failed):
            await channel.close()
