"""Data files for machines: ``run.json``, ``findings.jsonl``, ``verdicts.jsonl``, ``clusters.jsonl``.  Stable fields, one order, no clock."""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, Final

from checks.assessment import Assessment
from checks.clusters import Cluster
from checks.days import day_of
from checks.evidence.base import NotCaptured
from checks.progress import UnitProgress, by_month
from checks.spec import Finding, Measured, Outcome
from checks.verdicts import ReadinessState, Status, Verdict
from inventory.model import UnitKind
from reports.city_view import counts
from reports.judged import Judged
from reports.words import Language, words

SCHEMA: Final = 1
_ONE_LINE: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)
_INDENTED: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, indent=2)


def render(judged: Judged, lang: Language) -> dict[str, bytes]:
    """The six files; they are the same in every language."""
    del lang
    verdicts = sorted(
        judged.assessment.verdicts,
        key=lambda v: (v.unit, v.site, v.label, v.edition, v.criterion),
    )
    return {
        "data/run.json": _text(run_row(judged), _INDENTED),
        "data/findings.jsonl": _lines(finding_row(f) for f in judged.findings),
        "data/verdicts.jsonl": _lines(verdict_row(v) for v in verdicts),
        "data/clusters.jsonl": _lines(map(cluster_row, judged.clusters)),
        "data/changes.jsonl": _lines(change_rows(judged)),
        "data/progress.json": _text(progress_row(judged), _INDENTED),
    }


def run_row(judged: Judged) -> dict[str, Any]:
    """The run, its criteria, what was covered, and the totals."""
    assessment = judged.assessment
    run = assessment.run
    counted = counts(judged, judged.active, words("en"))
    outcomes = [f.outcome for f in assessment.findings]
    told = [judged.readiness(unit.id) for unit in judged.active]
    return {
        "schema": SCHEMA,
        "run": {
            "id": run.id,
            "started_at": _moment(run.started_at),
            "ended_at": None if run.ended_at is None else _moment(run.ended_at),
            "version": run.version,
            "vantage": run.vantage,
        },
        "as_of": _moment(run.judged_at),
        "criteria": [
            {"label": e.label, "edition": e.edition, "sha256": e.sha256}
            for e in assessment.editions
        ],
        "lists": [
            {
                "name": used.name,
                "dated": used.dated.isoformat(),
                "sha256": used.sha256,
                "entries": used.entries,
            }
            for used in run.lists
        ],
        "coverage": {
            "state": run.state,
            "held": run.held,
            "sites_planned": run.sites_planned,
            "sites_done": run.sites_done,
            "units": counted.of,
            "tested": counted.tested,
            "blocked": counted.blocked,
            "unreachable": counted.unreachable,
            "not_looked": counted.not_looked,
            "not_captured": _not_captured(assessment),
        },
        "totals": {
            "units": len(assessment.units),
            "counted": counted.of,
            ReadinessState.READY.value: counted.ready,
            ReadinessState.NOT_READY.value: counted.not_ready,
            ReadinessState.UNDECIDED.value: counted.undecided,
            "findings": {o.value: outcomes.count(o) for o in Outcome},
            "excused": {
                "units": sum(bool(one.excused) for one in told),
                "criteria": sum(v.status is Status.EXCUSED for v in assessment.verdicts),
            },
            "without_excuses": {
                state.value: sum((one.without or one.state) is state for one in told)
                for state in ReadinessState
            },
        },
    }


def finding_row(finding: Finding) -> dict[str, Any]:
    """One finding."""
    return {
        "unit": finding.unit,
        "site": finding.site,
        "check": finding.check,
        "outcome": finding.outcome.value,
        "cause": None if finding.cause is None else finding.cause.value,
        "measured": _measured(finding.measured),
        "note": finding.note,
        "address": finding.address,
        "reason": finding.reason,
        "limits": finding.limits,
        "revision": finding.revision,
        "as_of": _moment(finding.as_of),
    }


def verdict_row(verdict: Verdict) -> dict[str, Any]:
    """One criterion's verdict."""
    return {
        "unit": verdict.unit,
        "site": verdict.site,
        "label": verdict.label,
        "criterion": verdict.criterion,
        "status": verdict.status.value,
        "because": list(verdict.because),
        "status_without_excuses": verdict.bare.value,
    }


def change_rows(judged: Judged) -> Iterable[dict[str, Any]]:
    """What differs from the run before that counts; nothing where there is none."""
    found = judged.past.comparison
    for change in found.changes if found is not None else ():
        before, after = change.before, change.after
        yield {
            "unit": change.unit,
            "site": change.site,
            "check": change.check,
            "change": change.kind.value,
            "before": before.outcome.value if before else None,
            "after": after.outcome.value if after else None,
            "reason": after.reason if after else "",
        }


def progress_row(judged: Judged) -> dict[str, Any]:
    """The last run that counts of each month: the city, each manager, each kind."""
    past = judged.past
    compared = past.comparison
    groups: dict[str, Callable[[UnitProgress], bool]] = {"city": lambda _: True}
    for manager in sorted({u.manager for run in past.months for u in run.units.values()}):
        groups[f"manager:{manager}"] = partial(_managed_by, manager)
    for kind in sorted({u.kind for run in past.months for u in run.units.values()}):
        groups[f"kind:{kind.value}"] = partial(_of_kind, kind)
    return {
        "schema": SCHEMA,
        "compared_with": None if compared is None else compared.earlier,
        "groups": {
            name: [
                {
                    "month": f"{month.month:%Y-%m}",
                    "run": month.run,
                    "units": month.counted.of,
                    "ready": month.counted.ready,
                    "not-ready": month.counted.not_ready,
                    "undecided": month.counted.undecided,
                }
                for month in by_month(past.months, chosen, day_of)
            ]
            for name, chosen in groups.items()
        },
    }


def _managed_by(manager: str, unit: UnitProgress) -> bool:
    return unit.manager == manager


def _of_kind(kind: UnitKind, unit: UnitProgress) -> bool:
    return unit.kind is kind


def cluster_row(cluster: Cluster) -> dict[str, Any]:
    """What several units have in common."""
    return {
        "host": cluster.host,
        "checks": list(cluster.checks),
        "units": list(cluster.units),
        "shared": cluster.group.shared.value if cluster.group else None,
        "name": cluster.group.name if cluster.group else None,
        "of": cluster.of,
    }


def _measured(measured: Iterable[Measured]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for one in measured:
        name, n = one.name, 1
        while name in row:
            n += 1
            name = f"{one.name} {n}"
        row[name] = one.value
    return row


def _not_captured(assessment: Assessment) -> dict[str, int]:
    missing: Iterable[NotCaptured] = (
        m for look in assessment.looks.values() for m in look.not_captured.values()
    )
    causes = [m.cause.value for m in missing]
    return {cause: causes.count(cause) for cause in sorted(set(causes))}


# A site's findings share one moment.
@lru_cache(maxsize=1024)
def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(_text(row, _ONE_LINE) for row in rows)


def _text(row: Mapping[str, Any], encoder: json.JSONEncoder) -> bytes:
    try:
        text = encoder.encode(row)
    except (TypeError, ValueError):
        text = encoder.encode(_plain(row))
    # U+2028 and U+2029 end a line for some readers, and a line is one record.
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").replace("\x85", "\\u0085")
    return f"{text}\n".encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    """What JSON has no word for, in words it has."""
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key]) for key in value}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(one) for one in value), key=str)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)
