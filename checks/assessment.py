"""Everything judged of one run: what reports and exports are made from."""

from datetime import date, datetime

from checks.criteria.model import Citation, Edition
from checks.evidence.base import Fact, NotCaptured
from checks.excuses import Accepted
from checks.spec import Finding
from checks.verdicts import Readiness, Verdict
from inventory.model import Permission, Site, Unit


class ListUsed(Fact):
    """A dated list that the run was judged against."""

    name: str
    dated: date
    sha256: str
    entries: int
    purpose: str = ""
    """What a block list's entries are said to do; empty for other lists."""
    shared: int = 0
    """Entries of platforms and public suffixes, which accuse nobody below them."""
    left_out: int = 0


class RunInfo(Fact):
    """One run of collecting: when, with what, from where."""

    id: str
    started_at: datetime
    ended_at: datetime | None
    state: str
    """``running``, ``complete``, ``stopped`` (resumable)."""
    version: str
    vantage: str
    judged_at: datetime
    """The one *now* of all time-based verdicts."""
    trust_store: str
    trust_store_date: str
    permission_reference: str
    user_agent: str
    sites_planned: int
    sites_done: int
    held: str = ""
    """Why the run as a whole is not to be trusted, if so (our own line failed, our clock was wrong)."""
    lists: tuple[ListUsed, ...] = ()
    """What evidence was held against; empty where nobody gave a list."""
    dnsbl: tuple[str, ...] = ()
    """Lists that were asked by DNS, because the operator named them."""


class SiteLook(Fact):
    """What a report tells of how one site was looked at."""

    site: str
    captured_at: datetime
    duration_ms: float
    canonical_url: str = ""
    title: str = ""
    addresses: tuple[str, ...] = ()
    not_captured: dict[str, NotCaptured] = {}  # noqa: RUF012  pydantic copies it
    """Evidence kinds that ended in nothing to conclude from."""


class Assessment(Fact):
    """A judged run.  ``editions[0]`` is the label whose readiness is counted."""

    run: RunInfo
    permission: Permission | None
    editions: tuple[Edition, ...]
    citations: dict[str, Citation]
    units: tuple[Unit, ...]
    sites: tuple[Site, ...]
    looks: dict[str, SiteLook]
    """By site url; a site without an entry was not reached in this run."""
    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...]
    readiness: dict[str, Readiness]
    """By unit id, for ``editions[0]``."""
    excuses: tuple[Accepted, ...] = ()
    """How each excuse stands on each site that it is about."""
