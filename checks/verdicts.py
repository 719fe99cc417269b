"""Findings → verdicts of criteria → readiness: the algebra, pure and small."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from checks.criteria.model import Clause, Criterion, Edition, Level
from checks.days import day_of
from checks.evidence.base import Cause, Fact
from checks.spec import Finding, Outcome
from inventory.model import Attestation, Site, Unit


class Status(StrEnum):
    """What a criterion came to for one unit and site."""

    FULFILLED = "fulfilled"
    UNFULFILLED = "unfulfilled"
    REVIEW = "review"
    UNKNOWN = "unknown"
    EXCUSED = "excused"
    NOT_APPLICABLE = "not-applicable"


class Verdict(NamedTuple):
    """One criterion's status, with the checks that made it so."""

    unit: str
    site: str
    label: str
    edition: str
    edition_sha256: str
    criterion: str
    level: Level
    status: Status
    because: tuple[str, ...] = ()
    """Check ids whose outcome settled the status (for an attested criterion, its attested row)."""
    cause: Cause | None = None
    """Why it is unknown, where one cause stands for it."""
    document: str = ""
    """Number and date of the document that decided an attested criterion."""
    without: Status | None = None
    """What it would be if nothing were excused; ``None`` where excuses change nothing."""

    @property
    def bare(self) -> Status:
        """The status without excuses."""
        return self.status if self.without is None else self.without


class ReadinessState(StrEnum):
    """Ready to apply for the label; it never says that a label was granted."""

    READY = "ready"
    NOT_READY = "not-ready"
    UNDECIDED = "undecided"


class Readiness(Fact):
    """Whether a unit is ready to apply for one label, and what stands in the way (criterion ids)."""

    unit: str
    label: str
    state: ReadinessState
    blocks: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    without: ReadinessState | None = None
    """What it would be if nothing were excused; ``None`` where excuses change nothing."""
    blocks_without: tuple[str, ...] = ()
    """What would stand in the way then; the same as ``blocks`` where excuses change nothing."""
    excused: tuple[str, ...] = ()
    """Required criteria that are excused."""


_OPEN = (Outcome.NOT_TESTED, Outcome.BROKEN)


def all_of(outcomes: Sequence[Outcome]) -> Status:
    """One unmet settles; else one untested keeps unknown; else one for a person keeps review; else fulfilled.

    Every clause not applicable (or no clause at all) is *not-applicable*: nothing is fulfilled by absence.
    """
    if Outcome.NOT_MET in outcomes:
        return Status.UNFULFILLED
    if Outcome.NOT_TESTED in outcomes or Outcome.BROKEN in outcomes:
        return Status.UNKNOWN
    if Outcome.NEEDS_REVIEW in outcomes:
        return Status.REVIEW
    return Status.FULFILLED if Outcome.MET in outcomes else Status.NOT_APPLICABLE


def any_of(outcomes: Sequence[Outcome]) -> Status:
    """One met settles; all unmet is unfulfilled; else the most open answer."""
    if Outcome.MET in outcomes:
        return Status.FULFILLED
    if Outcome.NOT_TESTED in outcomes or Outcome.BROKEN in outcomes:
        return Status.UNKNOWN
    if Outcome.NEEDS_REVIEW in outcomes:
        return Status.REVIEW
    return Status.UNFULFILLED if Outcome.NOT_MET in outcomes else Status.NOT_APPLICABLE


_SETTLED_BY: dict[Status, tuple[Outcome, ...]] = {
    Status.UNFULFILLED: (Outcome.NOT_MET,),
    Status.UNKNOWN: _OPEN,
    Status.REVIEW: (Outcome.NEEDS_REVIEW,),
    Status.FULFILLED: (Outcome.MET,),
    Status.NOT_APPLICABLE: (Outcome.NOT_APPLICABLE,),
}

FindingOf = Callable[[Clause], Finding]
"""The finding for a clause on the site at hand: the same check under the same limits."""


def decide(
    edition: Edition,
    criterion: Criterion,
    unit: Unit,
    site: Site,
    finding_of: FindingOf,
    as_of: datetime,
    excused: Collection[str],
) -> Verdict:
    """The verdict of one criterion; excuses change the verdict, never the finding.

    ``excused`` are the checks whose findings on this site are excused (``checks.excuses``).
    """
    if (criterion.kinds and unit.kind not in criterion.kinds) or (
        criterion.roles and site.roles.isdisjoint(criterion.roles)
    ):
        settled = _Settled(Status.NOT_APPLICABLE)
    elif criterion.attested is not None:
        settled = _by_document(unit, criterion, criterion.attested, as_of)
    else:
        settled = _by_findings(criterion, finding_of, excused)
    return Verdict(
        unit=unit.id,
        site=site.url,
        label=edition.label,
        edition=edition.edition,
        edition_sha256=edition.sha256,
        criterion=criterion.id,
        level=criterion.level,
        status=settled.status,
        because=settled.because,
        cause=settled.cause,
        document=settled.document,
        without=settled.without,
    )


class _Settled(NamedTuple):
    """What a criterion came to, before it is told of a unit and a site."""

    status: Status
    because: tuple[str, ...] = ()
    cause: Cause | None = None
    document: str = ""
    without: Status | None = None


def _by_document(unit: Unit, criterion: Criterion, attested: str, as_of: datetime) -> _Settled:
    document = _document(unit.attestations, criterion, as_of)
    if isinstance(document, Cause):
        return _Settled(Status.UNKNOWN, (attested,), document)
    shown = f"{document.number} ({document.issued_on.isoformat()})"
    return _Settled(Status.FULFILLED, (attested,), document=shown)


def _by_findings(criterion: Criterion, finding_of: FindingOf, excused: Collection[str]) -> _Settled:
    findings = [finding_of(clause) for clause in criterion.clauses]
    combine = all_of if criterion.all_of else any_of
    status = combine([finding.outcome for finding in findings])
    settling = [f for f in findings if f.outcome in _SETTLED_BY[status]]
    without: Status | None = None
    accusing = excused and status in (Status.UNFULFILLED, Status.REVIEW)
    if accusing and all(finding.check in excused for finding in settling):
        # An excuse covers its own finding; what else is open stays open.
        left = [f for f in findings if f.check not in excused or f.outcome in _OPEN]
        rest = combine([f.outcome for f in left])
        if rest not in (Status.UNKNOWN, Status.REVIEW):
            because = tuple([f.check for f in settling])
            return _Settled(Status.EXCUSED, because, without=status)
        without = status if rest is not status else None
        status = rest
        settling = [f for f in left if f.outcome in _SETTLED_BY[rest]]
    cause = settling[0].cause if status is Status.UNKNOWN else None
    return _Settled(status, tuple([f.check for f in settling]), cause, without=without)


def _document(
    attestations: Iterable[Attestation], criterion: Criterion, as_of: datetime
) -> Attestation | Cause:
    """The newest document that still holds; else why there is none."""
    today = day_of(as_of)
    level = criterion.attested_min_level or 0
    documents = sorted(
        (
            a
            for a in attestations
            # A document of tomorrow, or one that approves too low a level, is not this document.
            if a.check == criterion.attested and a.issued_on <= today and (a.level or 0) >= level
        ),
        key=lambda a: a.issued_on,
        reverse=True,
    )
    for document in documents:
        age_days = (today - document.issued_on).days
        fresh = criterion.evidence_max_age_days is None or (
            age_days <= criterion.evidence_max_age_days
        )
        if fresh and (document.expires_on is None or today <= document.expires_on):
            return document
    return Cause.EVIDENCE_EXPIRED if documents else Cause.NO_DOCUMENT


def readiness(unit: Unit, label: str, verdicts: Iterable[Verdict]) -> Readiness:
    """Ready only when every required criterion is fulfilled, excused or does not apply, and at least one is fulfilled.

    ``verdicts`` are those of one unit over all its sites under one label.
    """
    required = [v for v in verdicts if v.level is Level.REQUIRED]
    state, blocks, undecided = _counted((v.criterion, v.status) for v in required)
    without, blocks_without, _ = _counted((v.criterion, v.bare) for v in required)
    excused = dict.fromkeys(v.criterion for v in required if v.status is Status.EXCUSED)
    return Readiness(
        unit=unit.id,
        label=label,
        state=state,
        blocks=blocks,
        undecided=undecided,
        without=None if without is state else without,
        blocks_without=blocks_without,
        excused=tuple(excused),
    )


def _counted(
    required: Iterable[tuple[str, Status]],
) -> tuple[ReadinessState, tuple[str, ...], tuple[str, ...]]:
    """State, what blocks and what is undecided, of criteria and their statuses."""
    by_status: dict[Status, dict[str, None]] = {status: {} for status in Status}
    undecided: dict[str, None] = {}
    for criterion, status in required:
        by_status[status][criterion] = None
        if status in (Status.UNKNOWN, Status.REVIEW):
            undecided[criterion] = None
    blocks = tuple(by_status[Status.UNFULFILLED])
    if blocks:
        state = ReadinessState.NOT_READY
    elif undecided or not by_status[Status.FULFILLED]:
        state = ReadinessState.UNDECIDED
    else:
        state = ReadinessState.READY
    return state, blocks, tuple(undecided)
