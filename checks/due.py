"""What ends soon, and what ended lately: excuses, documents and the permission, by day.  Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from checks.assessment import Assessment
from checks.criteria.model import Edition
from checks.days import day_of
from checks.excuses import Accepted, Death
from inventory.model import Attestation, Unit

WITHIN_DAYS = 30


class DueKind(StrEnum):
    """What kind of paper it is."""

    EXCUSE = "excuse"
    ATTESTATION = "attestation"
    PERMISSION = "permission"


class Due(NamedTuple):
    """One paper that ends soon, or ended lately."""

    kind: DueKind
    unit: str
    """Empty for the permission."""
    check: str
    """What it excuses or attests; empty for the permission."""
    sites: tuple[str, ...]
    """The addresses it is about; empty where it is about the whole unit."""
    document: str
    ends_on: date
    """Its last day; of what is dead, the day it died."""
    days_left: int
    why: Death | None = None
    """Why it is dead; ``None`` where it still holds."""


def due(assessment: Assessment, within_days: int = WITHIN_DAYS) -> tuple[Due, ...]:
    """What holds on the day of judging and ends within so many days, the soonest first."""
    rows = (row for row in _papers(assessment) if row.why is None)
    return tuple(sorted((row for row in rows if row.days_left <= within_days), key=_order))


def dead(assessment: Assessment, within_days: int = WITHIN_DAYS) -> tuple[Due, ...]:
    """What died within so many days before the day of judging, the latest first."""
    rows = (row for row in _papers(assessment) if row.why is not None)
    kept = (row for row in rows if row.days_left >= -within_days)
    return tuple(sorted(kept, key=lambda row: (-row.days_left, *_order(row)[1:])))


def _order(row: Due) -> tuple[date, str, str, str, tuple[str, ...], str]:
    return row.ends_on, row.unit, row.kind.value, row.check, row.sites, row.document


def _papers(assessment: Assessment) -> Iterator[Due]:
    today = day_of(assessment.run.judged_at)
    yield from _excuses(assessment.excuses, today)
    for unit in assessment.units:
        yield from _attestations(unit, assessment.editions, today)
    permission = assessment.permission
    if permission is not None:
        left = (permission.expires_on - today).days
        yield Due(
            DueKind.PERMISSION,
            "",
            "",
            (),
            permission.reference,
            permission.expires_on,
            left,
            Death.DATE if left < 0 else None,
        )


def _excuses(standings: Iterable[Accepted], today: date) -> Iterator[Due]:
    """Each excuse once per day of its end, with the sites that this is true of; what another one covers is no news."""
    alike: dict[tuple[str, str, str], list[Accepted]] = {}
    for one in standings:
        alike.setdefault((one.excuse.unit, one.excuse.check, one.site), []).append(one)
    found: dict[tuple[str, date, Death | None], list[Accepted]] = {}
    for every in alike.values():
        living = [one for one in every if one.life.why is None]
        # Of those that hold the longest is told; the dead are told where none holds.
        news = [max(living, key=lambda one: (one.excuse.until_on, one.name))] if living else every
        for one in news:
            at = one.name, one.died_on or one.excuse.until_on, one.life.why
            found.setdefault(at, []).append(one)
    for (_, ends_on, why), of_one in found.items():
        excuse = of_one[0].excuse
        yield Due(
            DueKind.EXCUSE,
            excuse.unit,
            excuse.check,
            tuple(sorted(one.site for one in of_one)),
            excuse.number,
            ends_on,
            (ends_on - today).days,
            why,
        )


def _attestations(unit: Unit, editions: Sequence[Edition], today: date) -> Iterator[Due]:
    """The document of each kind that holds longest; an older one that ends tells nothing."""
    longest: dict[tuple[str, int], tuple[date, Attestation]] = {}
    for document in unit.attestations:
        if document.issued_on > today:
            continue
        ends_on = ends(document, editions) or date.max
        of_kind = document.check, document.level or 0
        known = longest.get(of_kind)
        if known is None or ends_on > known[0]:
            longest[of_kind] = ends_on, document
    for (check, _), (ends_on, document) in sorted(longest.items(), key=lambda item: item[0]):
        left = (ends_on - today).days
        why = Death.DATE if left < 0 else None
        yield Due(DueKind.ATTESTATION, unit.id, check, (), document.number, ends_on, left, why)


def ends(document: Attestation, editions: Iterable[Edition]) -> date | None:
    """The last day on which a document decides: its own, or when it is too old for a criterion."""
    days = [document.expires_on] if document.expires_on is not None else []
    days += [
        document.issued_on + timedelta(days=criterion.evidence_max_age_days)
        for edition in editions
        for criterion in edition.criteria
        if criterion.attested == document.check and criterion.evidence_max_age_days is not None
    ]
    return min(days, default=None)
