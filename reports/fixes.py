"""What a unit has to mend, what mending it is worth, and in which order."""

from dataclasses import dataclass

from checks.criteria.model import Criterion, Level
from checks.events import BROKEN_INTO
from checks.spec import Finding, Outcome
from checks.verdicts import Status
from inventory.model import Site, Unit
from reports.judged import Judged, JudgedSite

_LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Fix:
    """A failed check on one site, with what mending it is worth."""

    finding: Finding
    site: Site
    site_number: int
    level: Level
    blocks_label: bool
    settles: int
    touches: int
    order: int


def fixes_of(judged: Judged, unit: Unit) -> list[Fix]:
    """What to mend: what blocks the label first, then by weight, by how much it settles, by the edition's order."""
    fixes: list[Fix] = []
    for number, site in enumerate(judged.sites.get(unit.id, ()), 1):
        here = judged.on(site)
        settles: dict[str, int] = {}
        touches: dict[str, int] = {}
        level: dict[str, Level] = {}
        order: dict[str, int] = {}
        found: dict[str, Finding] = {}
        blocking: set[str] = set()
        for edition in judged.assessment.editions:
            for criterion in edition.criteria:
                verdict = here.verdict(edition, criterion.id)
                if verdict is None or verdict.status is not Status.UNFULFILLED:
                    continue
                unmet = _unmet(here, criterion)
                alone = len(unmet) == 1 or bool(criterion.any_of)
                for finding in unmet:
                    check = finding.check
                    found.setdefault(check, finding)
                    order.setdefault(check, len(order))
                    touches[check] = touches.get(check, 0) + 1
                    settles[check] = settles.get(check, 0) + alone
                    level[check] = min(
                        level.get(check, criterion.level), criterion.level, key=_LEVELS.index
                    )
                    if edition is judged.edition and criterion.level is Level.REQUIRED:
                        blocking.add(check)
        fixes += [
            Fix(
                finding=found[check],
                site=site,
                site_number=number,
                level=level[check],
                blocks_label=check in blocking,
                settles=settles[check],
                touches=touches[check],
                order=order[check],
            )
            for check in found
        ]
    return sorted(
        fixes,
        key=lambda f: (
            # What a stranger did comes before everything that the school left undone.
            _gravity(f.finding.check),
            not f.blocks_label,
            _LEVELS.index(f.level),
            -f.settles,
            -f.touches,
            f.site_number,
            f.order,
        ),
    )


def _gravity(check: str) -> int:
    return BROKEN_INTO.index(check) if check in BROKEN_INTO else len(BROKEN_INTO)


def _unmet(here: JudgedSite, criterion: Criterion) -> list[Finding]:
    unmet: dict[str, Finding] = {}
    for clause in criterion.clauses:
        finding = here.finding(clause)
        if finding is not None and finding.outcome is Outcome.NOT_MET:
            unmet.setdefault(finding.check, finding)
    return list(unmet.values())
