"""The life of an excuse: bound to what was accepted, dead with its date, with another finding, or when the fault is mended."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from checks.days import day_of
from checks.spec import Check, Finding, Outcome
from inventory.model import Excuse

FAULTS = frozenset({Outcome.NOT_MET, Outcome.NEEDS_REVIEW})
"""What can be accepted for a while."""
WELL = frozenset({Outcome.MET, Outcome.NOT_APPLICABLE})

NO_NAMES: frozenset[str] = frozenset()


class Death(StrEnum):
    """Why an excuse excuses nothing any more."""

    DATE = "date"
    """Its last day is over."""
    CHANGED = "changed"
    """The finding is another one than that which was accepted."""
    MENDED = "mended"
    """The fault was gone in a complete run; if it comes back, that is another fault."""
    ENDED = "ended"
    """Somebody ended it."""


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of one excuse on one site after some run."""

    told: str = ""
    """What it is bound to; empty as long as no complete run found anything to excuse."""
    why: Death | None = None
    """Why it is dead, if so."""
    at: datetime | None = None
    """When that was."""


UNBOUND = Life()


@dataclass(frozen=True)
class Book:
    """What the runs before left: the life of each excuse by name and site, and what somebody ended."""

    lives: Mapping[tuple[str, str], Life] = field(default_factory=dict)
    ended: Mapping[str, datetime] = field(default_factory=dict)
    """By name of the excuse."""


NO_BOOK = Book()


class Accepted(NamedTuple):
    """One excuse on one site in a judged run."""

    name: str
    excuse: Excuse
    site: str
    life: Life
    before: Life
    """As the run before left it."""
    covers: bool
    """Whether it excuses what this run found."""

    @property
    def died_on(self) -> date | None:
        """The day of its death, in Vietnam; with its date it dies at the end of its last day."""
        if self.life.why is Death.DATE:
            return self.excuse.until_on
        return day_of(self.life.at) if self.life.at is not None else None


def name_of(excuse: Excuse) -> str:
    """The name under which its life is kept: its record's, or one made of its content."""
    if excuse.record:
        return excuse.record
    content = excuse.model_dump(mode="json", exclude={"finding", "record"})
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


# ---- what was accepted ------------------------------------------------------------------------------

# A number that stands alone counts something: rows, days, tries.  One within a name tells two things apart.
_COUNT = re.compile(r"(?<![\w./:-])\d+(?![\w./:-])")
# A nonce is another one in every answer.
_NONCE = re.compile(r"'nonce-[^']*'")
_PARTS = re.compile(r"[,;:]\s")


def told(findings: Iterable[Finding], names: Collection[str] = NO_NAMES) -> str:
    """What is at fault, as one text that says the same of the same fault: the *digest* of a finding.

    ``findings`` are those of one check on one site; ``names`` the measured values that tell its weak spots.
    It is empty where nothing is at fault.  Its words are the check's revision, the outcome, the reason, and
    each weak spot by its name and the hash of where it is: figures that merely count have no part in it.
    """
    faults = [finding for finding in findings if finding.outcome in FAULTS]
    marks = {mark for finding in faults for mark in _marks(finding, names)}
    if not faults:
        return ""
    return " ".join((f"r{faults[0].revision}", *sorted(marks)))


def _marks(finding: Finding, names: Collection[str]) -> Iterator[str]:
    # A spot that is nowhere, or none times, is not there.
    spots = [one for one in finding.measured if one.name in names and one.value]
    yield finding.outcome.value
    # The reason is the worst of the spots; where a spot of that name stands too, it tells more.
    if finding.reason and all(spot.name != finding.reason for spot in spots):
        yield finding.reason
    for spot in spots:
        name = spot.name.replace(" ", "_")
        if not isinstance(spot.value, str):
            yield f"{name}@"
            continue
        where = _COUNT.sub("#", _NONCE.sub("'nonce'", spot.value))
        for part in _PARTS.split(where):
            yield f"{name}@{hashlib.sha256(part.strip().encode('utf-8', 'replace')).hexdigest()[:8]}"


def names_of(check: Check[Any] | None) -> frozenset[str]:
    """The measured values that tell a check's weak spots."""
    return NO_NAMES if check is None else check.spots | check.reasons | check.names


def still(bound: str, now: str) -> bool:
    """Whether what is at fault now is no more than what was accepted.

    Of several weak spots some may be mended; a new one is another finding.  A check that was rewritten
    (another revision) tells the same site otherwise: that is not the site's doing.
    """
    was, here = bound.split(), now.split()
    return was[:1] != here[:1] or set(here) <= set(was)


# ---- from run to run --------------------------------------------------------------------------------


def accepted(
    excuse: Excuse,
    site: str,
    findings: Collection[Finding],
    names: Collection[str],
    as_of: datetime,
    book: Book = NO_BOOK,
    *,
    settles: bool = True,
) -> Accepted:
    """How an excuse stands after the findings of its check on one site (its address).

    ``settles`` says whether the run may bind or end anything: a run that is partial or held may not.
    """
    name = name_of(excuse)
    before = book.lives.get((name, site), Life(told=excuse.finding))
    today = day_of(as_of)
    now_told = told(findings, names)
    life = before
    if life.why is None and name in book.ended:
        life = replace(life, why=Death.ENDED, at=book.ended[name])
    elif life.why is None and today > excuse.until_on:
        life = replace(life, why=Death.DATE, at=as_of)
    elif life.why is None and settles and _begun(excuse, as_of):
        life = _after(life, findings, now_told, as_of)
    covers = (
        life.why is None
        and _begun(excuse, as_of)
        and bool(now_told)
        and (not life.told or still(life.told, now_told))
    )
    return Accepted(name, excuse, site, life, before, covers)


def _begun(excuse: Excuse, as_of: datetime) -> bool:
    return excuse.granted_on is None or excuse.granted_on <= day_of(as_of)


def _after(life: Life, findings: Collection[Finding], now_told: str, as_of: datetime) -> Life:
    """The life after a complete run that found this."""
    if now_told:
        if not life.told or still(life.told, now_told):
            # What was mended of it is no longer excused.
            return replace(life, told=now_told)
        return replace(life, why=Death.CHANGED, at=as_of)
    seen = bool(findings) and all(finding.outcome in WELL for finding in findings)
    if seen and life.told:
        return replace(life, why=Death.MENDED, at=as_of)
    # Nobody looked, or it was granted for what is still to come.
    return life


def stored(standing: Accepted) -> bool:
    """Whether the next run must know of this: what follows from dates and records alone it sees itself."""
    return standing.life != standing.before and standing.life.why not in (Death.DATE, Death.ENDED)
