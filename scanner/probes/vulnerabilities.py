"""The conversations that only a vulnerable server holds to their end: Heartbleed, CCS, ROBOT, renegotiation.

They go beyond what a browser does, so they are held only where the permission names the family, and by SSLyze in a
child process, which has held them for years; see docs/decisions/tls-second-opinion.md.
"""

from typing import Any

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.vulnerabilities import Exposed, Vulnerabilities
from scanner.budget import Failed
from scanner.door import SeenRefused
from scanner.sslyze_worker import NOT_INSTALLED, Told, asked, installed, looked_with
from scanner.visit import Target, Visit

FAMILY = "vulnerability"
DEADLINE_S = 90.0
"""For one address: some 30 connections, at the pace that the permission allows."""
_CLOSED = NotCaptured(cause=Cause.REFUSED, detail="the port is closed")


async def look_vulnerabilities(
    visit: Visit, *, deadline_s: float = DEADLINE_S
) -> Vulnerabilities | NotCaptured:
    """What every address of the host gives in to.  ``Failed`` where there is no address."""
    if FAMILY not in visit.tools.door.pace.permission.families:
        return NotCaptured(
            cause=Cause.NOT_PERMITTED, detail=f"the permission does not name the family {FAMILY}"
        )
    if not installed():
        return NotCaptured(cause=Cause.NOT_ENABLED, detail=NOT_INSTALLED)
    site = visit.site
    found = [
        await _exposed(visit, Target(site.host, address, site.https_port), deadline_s)
        for address in await visit.addresses(site.host)
    ]
    return Vulnerabilities(addresses=tuple(found), looked_with=looked_with())


async def _exposed(visit: Visit, target: Target, deadline_s: float) -> Exposed:
    try:
        told = await asked(visit, target, "vulnerabilities", deadline_s)
    except SeenRefused:
        return _all(target, _CLOSED)
    except Failed as failed:
        return _all(target, failed.missing)
    return exposed_of(told, target)


def exposed_of(told: Told, target: Target) -> Exposed:
    """The evidence in what SSLyze told of one address."""
    if told.of("only_tls13"):
        # Each of the attacks needs a version that is not spoken here.
        return Exposed(
            host=target.host, address=target.address, port=target.port, heartbleed=False,
            ccs_injection=False, robot=False, client_renegotiations=None,
        )  # fmt: skip
    answers = {part["name"]: part for part in told.of("answer")}
    unsaid = told.missing or NotCaptured(cause=Cause.SCANNER_CANNOT, detail="SSLyze did not say")
    for part in told.of("failed"):
        unsaid = NotCaptured(cause=Cause.SCANNER_CANNOT, detail=part["why"])

    def answer(name: str) -> Any:
        part = answers.get(name)
        if part is None:
            return unsaid
        if "why" in part:
            return NotCaptured(cause=Cause.SCANNER_CANNOT, detail=f"SSLyze: {part['why']}"[:500])
        return part["value"]

    return Exposed(
        host=target.host,
        address=target.address,
        port=target.port,
        heartbleed=answer("heartbleed"),
        ccs_injection=answer("ccs_injection"),
        robot=answer("robot"),
        client_renegotiations=answer("client_renegotiations"),
    )


def _all(target: Target, missing: NotCaptured) -> Exposed:
    return Exposed(
        host=target.host, address=target.address, port=target.port, heartbleed=missing,
        ccs_injection=missing, robot=missing, client_renegotiations=missing,
    )  # fmt: skip
