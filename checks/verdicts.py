"""Findings → verdicts of criteria → readiness: the algebra, pure and small."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from checks.criteria.model import Clause, Criterion, Edition, Level
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
) -> Verdict:
    """The verdict of one criterion; excuses change the verdict, never the finding."""
    if (criterion.kinds and unit.kind not in criterion.kinds) or (
        criterion.roles and site.roles.isdisjoint(criterion.roles)
    ):
        settled = _Settled(Status.NOT_APPLICABLE)
    elif criterion.attested is not None:
        settled = _by_document(unit, criterion, criterion.attested, as_of)
    else:
        settled = _by_findings(unit, criterion, finding_of, as_of)
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
    )


class _Settled(NamedTuple):
    """What a criterion came to, before it is told of a unit and a site."""

    status: Status
    because: tuple[str, ...] = ()
    cause: Cause | None = None
    document: str = ""


def _by_document(unit: Unit, criterion: Criterion, attested: str, as_of: datetime) -> _Settled:
    document = _document(unit.attestations, criterion, as_of)
    if isinstance(document, Cause):
        return _Settled(Status.UNKNOWN, (attested,), document)
    shown = f"{document.number} ({document.issued_on.isoformat()})"
    return _Settled(Status.FULFILLED, (attested,), document=shown)


def _by_findings(
    unit: Unit, criterion: Criterion, finding_of: FindingOf, as_of: datetime
) -> _Settled:
    findings = [finding_of(clause) for clause in criterion.clauses]
    combine = all_of if criterion.all_of else any_of
    status = combine([finding.outcome for finding in findings])
    settling = [f for f in findings if f.outcome in _SETTLED_BY[status]]
    if unit.excuses and status in (Status.UNFULFILLED, Status.REVIEW):
        excused = {e.check for e in unit.excuses if as_of.date() <= e.until_on}
        if all(finding.check in excused for finding in settling):
            # An excuse covers its own finding; what else is open stays open.
            left = [f for f in findings if f.check not in excused or f.outcome in _OPEN]
            rest = combine([f.outcome for f in left])
            if rest not in (Status.UNKNOWN, Status.REVIEW):
                return _Settled(Status.EXCUSED, tuple([f.check for f in settling]))
            status = rest
            settling = [f for f in left if f.outcome in _SETTLED_BY[rest]]
    cause = settling[0].cause if status is Status.UNKNOWN else None
    return _Settled(status, tuple([f.check for f in settling]), cause)


def _document(
    attestations: Iterable[Attestation], criterion: Criterion, as_of: datetime
) -> Attestation | Cause:
    """The newest document that still holds; else why there is none."""
    today = as_of.date()
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
    blocks = _ids(v for v in required if v.status is Status.UNFULFILLED)
    undecided = _ids(v for v in required if v.status in (Status.UNKNOWN, Status.REVIEW))
    if blocks:
        state = ReadinessState.NOT_READY
    elif undecided or not any(v.status is Status.FULFILLED for v in required):
        state = ReadinessState.UNDECIDED
    else:
        state = ReadinessState.READY
    return Readiness(unit=unit.id, label=label, state=state, blocks=blocks, undecided=undecided)


def _ids(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v.criterion for v in verdicts))
