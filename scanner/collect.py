"""Sites × probes → evidence.  Nothing escapes from here: every planned look ends as a payload or a cause."""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from checks.evidence.aliases import Aliases
from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.delegation import Delegation
from checks.evidence.dnssec import Dnssec
from checks.evidence.exchangers import Exchangers
from checks.evidence.http import Http, WellKnown
from checks.evidence.mail import MailPolicies
from checks.evidence.names import Names
from checks.evidence.outbound import Outbound
from checks.evidence.page import Pages
from checks.evidence.personal import Documents
from checks.evidence.provoked import Provoked
from checks.evidence.registration import Registration
from checks.evidence.reputation import Reputation
from checks.evidence.samples import Samples
from checks.evidence.tls import Tls
from checks.evidence.uptime import Uptime
from checks.evidence.vulnerabilities import Vulnerabilities
from inventory.model import Site
from scanner.budget import Allowance, Budget, Failed
from scanner.clock import now
from scanner.once import Once
from scanner.probes.aliases import look_aliases
from scanner.probes.delegation import look_delegation
from scanner.probes.dnssec import look_dnssec
from scanner.probes.documents import look_documents
from scanner.probes.exchangers import look_exchangers
from scanner.probes.http import look_http, look_well_known
from scanner.probes.mail import look_mail
from scanner.probes.names import look_names
from scanner.probes.outbound import look_outbound
from scanner.probes.pages import look_pages
from scanner.probes.provoked import look_provoked
from scanner.probes.registration import Registries, look_registration
from scanner.probes.reputation import look_reputation
from scanner.probes.samples import look_samples
from scanner.probes.tls.look import Depth, look_tls
from scanner.probes.tls.second_opinion import second_look
from scanner.probes.tls.vouching import Vouching
from scanner.probes.uptime import GLANCE, Window, sample_window
from scanner.probes.vulnerabilities import look_vulnerabilities
from scanner.together import together
from scanner.visit import Tools, Visit

HARD_KILL_S = 15.0
"""Seconds past a site's own budget after which its looks are cut off, whatever they wait for."""

PAYLOADS: dict[str, type[Payload]] = {
    kind.kind: kind
    for kind in (
        Names,
        Delegation,
        Dnssec,
        Aliases,
        Registration,
        Tls,
        Vulnerabilities,
        Http,
        WellKnown,
        Pages,
        Outbound,
        Provoked,
        Samples,
        Documents,
        MailPolicies,
        Exchangers,
        Reputation,
        Uptime,
    )
}
"""Every kind of evidence by its name in the store: the one list."""

# Which families of the catalogue need which kind of look; `--only` and `--skip` choose by family.
FAMILIES: dict[str, frozenset[str]] = {
    Names.kind: frozenset({"reach", "tls", "http", "content", "reputation", "dns", "mail"}),
    Delegation.kind: frozenset({"dns"}),
    Dnssec.kind: frozenset({"dns"}),
    Aliases.kind: frozenset({"dns"}),
    Registration.kind: frozenset({"dns"}),
    Tls.kind: frozenset({"tls", "http"}),
    Vulnerabilities.kind: frozenset({"tls", "http"}),
    Http.kind: frozenset({"reach", "tls", "http", "content"}),
    WellKnown.kind: frozenset({"http"}),
    Pages.kind: frozenset({"http", "content"}),
    Outbound.kind: frozenset({"content"}),
    Provoked.kind: frozenset({"http"}),
    Samples.kind: frozenset({"content"}),
    Documents.kind: frozenset({"content"}),
    MailPolicies.kind: frozenset({"mail"}),
    Exchangers.kind: frozenset({"mail"}),
    Reputation.kind: frozenset({"reputation"}),
    Uptime.kind: frozenset({"reach"}),
}

Found = Payload | NotCaptured


@dataclass(frozen=True)
class Collected:
    """Everything seen of one site, with the volatile record of how it was seen."""

    site: str
    payloads: Mapping[str, Found]
    captured_at: datetime
    duration_ms: float
    timings_ms: Mapping[str, float]
    connections: int
    questions: int
    received_bytes: int


@dataclass(frozen=True)
class Plan:
    """What a run looks for on every site."""

    kinds: frozenset[str]
    allowance: Allowance
    window: Window | None
    tls: Depth | None = Depth.FULL
    """``None``: SSLyze looks instead of us, as a second opinion."""
    dnsbl: tuple[str, ...] = ()
    """Zones of block lists that are asked by DNS; none unless the operator named them."""


def plan_for(
    families: frozenset[str],
    allowance: Allowance | None = None,
    window: Window | None = None,
    tls: Depth | None = Depth.FULL,
    dnsbl: tuple[str, ...] = (),
) -> Plan:
    """The kinds of look that these families need; of a window too long for a scan only a glance, block lists only where named."""
    kinds = {kind for kind, serves in FAMILIES.items() if serves & families}
    if window is None:
        kinds.discard(Uptime.kind)
    elif not window.fits_a_scan:
        window = GLANCE
    if not dnsbl:
        kinds.discard(Reputation.kind)
    return Plan(frozenset(kinds), allowance or Allowance(), window, tls, dnsbl)


async def collect(
    site: Site,
    tools: Tools,
    vouching: Vouching,
    plan: Plan,
    registries: Registries | None = None,
) -> Collected:
    """Look at one site; without ``registries`` none is asked.  Raises nothing but ``CancelledError``."""
    started = now()
    budget = Budget(plan.allowance)
    visit = Visit(site, tools, budget)
    shared: Once[Found] = Once()

    async def sampled() -> Found:
        """The further pages: gone through once, whichever look asks for them first."""
        return await shared.get(Samples.kind, lambda: look_samples(visit))

    async def linked() -> Found:
        """The files that pages link; after those looks, whatever became of them."""
        pages = await _bordered(lambda: look_pages(visit), budget, plan)
        return await look_documents(visit, pages, await _bordered(sampled, budget, plan))

    looks: dict[str, Callable[[], Awaitable[Found]]] = {
        Names.kind: lambda: look_names(visit),
        Delegation.kind: lambda: look_delegation(visit),
        Dnssec.kind: lambda: look_dnssec(visit),
        Aliases.kind: lambda: look_aliases(visit),
        Registration.kind: lambda: look_registration(visit, registries),
        Tls.kind: lambda: (
            look_tls(visit, vouching, started, plan.tls)
            if plan.tls is not None
            else second_look(visit, vouching, started)
        ),
        Vulnerabilities.kind: lambda: look_vulnerabilities(visit),
        Http.kind: lambda: look_http(visit),
        WellKnown.kind: lambda: look_well_known(visit),
        Pages.kind: lambda: look_pages(visit),
        Outbound.kind: lambda: look_outbound(visit),
        Provoked.kind: lambda: look_provoked(visit),
        Samples.kind: sampled,
        Documents.kind: linked,
        MailPolicies.kind: lambda: look_mail(visit, vouching.files, started),
        Exchangers.kind: lambda: look_exchangers(
            visit, lambda chain: vouching.paths.build(chain, started)
        ),
    }
    if plan.dnsbl:
        looks[Reputation.kind] = lambda: look_reputation(visit, plan.dnsbl)
    if plan.window is not None:
        window = plan.window
        looks[Uptime.kind] = lambda: sample_window(visit, window)
    wanted = [kind for kind in looks if kind in plan.kinds]
    try:
        if not tools.door.pace.permission.covers_host(site.host):
            missing = NotCaptured(
                cause=Cause.NOT_PERMITTED, detail=f"{site.host} is outside the permission"
            )
            found: list[Found] = [missing for _ in wanted]
        else:
            found = await together(_bordered(looks[kind], budget, plan) for kind in wanted)
    finally:
        await shared.aclose()
        await visit.close()
    payloads = dict(zip(wanted, found, strict=True))
    for kind in PAYLOADS:
        payloads.setdefault(kind, NotCaptured(cause=_why_not_looked(kind, plan)))
    return Collected(
        site=site.url,
        payloads=payloads,
        captured_at=started,
        duration_ms=round((now() - started).total_seconds() * 1000, 1),
        timings_ms=visit.timings_ms,
        connections=budget.connections,
        questions=budget.questions + budget.server_questions,
        received_bytes=budget.received_bytes,
    )


def _why_not_looked(kind: str, plan: Plan) -> Cause:
    if kind == Uptime.kind and plan.window is None:
        return Cause.TOO_FEW_SAMPLES
    return Cause.NOT_ENABLED


async def _bordered(look: Callable[[], Awaitable[Found]], budget: Budget, plan: Plan) -> Found:
    """The border around one probe: its payload, or the cause why there is none."""
    window_s = plan.window.samples * plan.window.interval_s if plan.window else 0.0
    task = asyncio.ensure_future(look())
    try:
        while True:
            done, _ = await asyncio.wait({task}, timeout=5.0)
            if done:
                return task.result()
            if budget.spent_s() > plan.allowance.wall_s + window_s + HARD_KILL_S:
                return NotCaptured(cause=Cause.DEADLINE, detail="cut off at the hard limit")
    except Failed as failed:
        return failed.missing
    except Exception:  # noqa: BLE001  A bug of ours is a finding about us, not the end of the run.
        return NotCaptured(cause=Cause.INTERNAL_ERROR, detail=_own_fault())
    finally:
        if not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def _own_fault() -> str:
    """The last lines of a traceback, without the paths of this machine."""
    lines = traceback.format_exc(limit=-2).strip().splitlines()
    shown = [line.strip().rpartition("/")[2] if "File " in line else line.strip() for line in lines]
    return " | ".join(shown)[-500:]
