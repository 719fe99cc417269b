"""A history beside the rich judged run: what changed since last week, fourteen months, two targets."""

from dataclasses import replace
from datetime import date, timedelta

from checks.assessment import Assessment
from checks.changes import by_key, compare
from checks.past import Past
from checks.progress import Progress, progress_of
from checks.spec import Finding, Outcome
from checks.standing import Standing
from checks.verdicts import ReadinessState
from inventory.settings import Target
from tests.builders.judged import AT

WEEK = timedelta(days=7)


def past_of(now: Assessment) -> Past:
    """The week before, some faults were not there, one was, and one could not be told."""
    before = now.model_copy(
        update={
            "findings": tuple(map(_earlier, now.findings)),
            "run": now.run.model_copy(update={"id": "2026-11-15-a1", "started_at": AT - WEEK}),
            "readiness": {
                unit: one.model_copy(update={"state": ReadinessState.READY})
                if one.state is ReadinessState.NOT_READY
                else one
                for unit, one in now.readiness.items()
            },
        }
    )
    told = [_told(finding) for finding in before.findings]
    return Past(
        standings={
            key: Standing(finding.outcome, letter, AT - (2 * WEEK), known_before=True)
            for key, finding in by_key(now.findings).items()
            if (letter := {"not-met": "ff", "met": "mm"}.get(finding.outcome.value))
        },
        comparison=compare(told, before, now),
        earlier_at=AT - WEEK,
        months=tuple(_month(now, back) for back in (12, 11, 3, 2, 1, 0)),
        targets=(
            Target(name="Hết năm 2026", ready_pct=50, by=date(2026, 12, 31)),
            Target(name="Hải Châu trước hạn", ready_pct=40, by=date(2026, 10, 31), commune="20242"),
            Target(name="Bước đầu", ready_pct=0, by=date(2026, 12, 31)),
        ),
    )


def _earlier(finding: Finding) -> Finding:

    if finding.check in ("certificate-in-date", "http-redirects-to-https"):
        return replace(finding, outcome=Outcome.MET, reason="")
    if finding.check == "contact-details-published":
        return replace(finding, outcome=Outcome.NOT_MET, reason="")
    return finding


def _told(finding: Finding) -> Finding:

    if finding.check == "hsts-enforced" and finding.outcome is Outcome.NOT_MET:
        return replace(finding, outcome=Outcome.MET, reason="")
    return finding


def _month(now: Assessment, back: int) -> Progress:
    """The run of a month; a year ago nobody was ready."""
    told = progress_of(now)
    years, months = divmod(AT.year * 12 + AT.month - 1 - back, 12)
    units = {
        name: unit.model_copy(update={"state": ReadinessState.NOT_READY}) if back > 2 else unit
        for name, unit in told.units.items()
    }
    at = AT.replace(year=years, month=months + 1, day=20)
    return told.model_copy(update={"at": at, "units": units})
