"""Stored runs of real evidence: the recorded sites of the practice fleet, put back into a store, some of them changed."""

import copy
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from inventory.model import Excuse, Inventory, Site, Source, Unit
from scanner.archive import codec
from scanner.archive.store import FIRST_EVIDENCE, RunRow, Store
from scanner.cli.judging import assess_run, findings_by_site, load_editions, plan_editions
from scanner.collect import PAYLOADS
from tests.replay import RECORDING

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
WELL = "thcs-hoa-sen"
UNITS = (WELL, "thpt-hai-dang", "th-cau-vong")
EDITION = "nen-tang-website-2026-11"

Evidence = dict[str, Any]
Change = Callable[[Evidence], Evidence]


@cache
def _recorded() -> Mapping[str, Any]:
    rows = json.loads(RECORDING.read_bytes())["sites"]
    return {row["unit"]["id"]: row for row in rows}


def site_of(unit: str) -> Site:
    """The recorded site of a unit."""
    return Site.model_validate(_recorded()[unit]["site"])


def unit_of(unit: str) -> Unit:
    """The recorded unit."""
    return Unit.model_validate(_recorded()[unit]["unit"])


def without_header(name: str) -> Change:
    """The site as it would answer without a header field."""

    def changed(evidence: Evidence) -> Evidence:
        def walk(told: Any) -> Any:
            if isinstance(told, dict):
                return {
                    key: [f for f in value if f[0].lower() != name]
                    if key == "headers"
                    else walk(value)
                    for key, value in told.items()
                }
            return [walk(one) for one in told] if isinstance(told, list) else told

        found: Evidence = walk(copy.deepcopy(evidence))
        return found

    return changed


def silent(evidence: Evidence) -> Evidence:
    """The site timed out: nothing of it was seen."""
    missing = {"missing": {"cause": "connect-timeout", "detail": ""}}
    return dict.fromkeys(evidence, missing)


def titled(title: str) -> Change:
    """The site with another title on its home page, and the same text in a header that is shown."""

    def changed(evidence: Evidence) -> Evidence:
        made = copy.deepcopy(evidence)
        made["pages"]["payload"]["home"]["title"] = title
        return made

    return changed


def as_seen(evidence: Evidence) -> Evidence:
    """As it was recorded."""
    return evidence


def kept_run(
    store: Store,
    name: str,
    changed: Mapping[str, Change] | None = None,
    *,
    units: tuple[str, ...] = UNITS,
    day: int = 0,
    state: str = "complete",
    held: str = "",
    criteria: tuple[str, ...] = (EDITION,),
    excuses: tuple[Excuse, ...] = (),
    names: Mapping[str, str] | None = None,
    looked_again: tuple[str, ...] = (),
    only_looked: tuple[str, ...] | None = None,
) -> RunRow:
    """A run on a day after the recording, judged and told as ``scan`` does it."""
    editions = load_editions(criteria)
    at = AT + timedelta(days=day)
    inventory = Inventory(
        units=tuple(
            unit_of(unit).model_copy(
                update={
                    "excuses": tuple(e for e in excuses if e.unit == unit),
                    "name": (names or {}).get(unit, unit_of(unit).name),
                }
            )
            for unit in units
        ),
        sites=tuple(site_of(unit) for unit in units),
        source=Source(file="recorded", sha256="", rows_in=len(units), rows_accepted=len(units)),
    )
    plan = {
        "families": ["reach", "tls", "http", "content", "reputation", "dns", "mail"],
        "trust_stores": [],
        "user_agent": "recorded",
        "criteria": [
            {"name": one.name, "sha256": one.edition.sha256, "text": one.text} for one in editions
        ],
    }
    run = store.begin_run(
        id=name,
        started_at=at,
        version="0.1.0",
        vantage="loopback",
        inventory=codec.canonical(inventory.model_dump(mode="json")),
        plan=codec.canonical(plan),
        sites_planned=len(units),
    )
    for unit in units if only_looked is None else only_looked:
        evidence = (changed or {}).get(unit, as_seen)(_recorded()[unit]["evidence"])
        store.keep_look(
            run,
            site_of(unit).url,
            codec.decode_evidence(codec.canonical(evidence), PAYLOADS),
            captured_at=at,
            duration_ms=900.0,
            volatile={FIRST_EVIDENCE: "0" * 64} if unit in looked_again else {},
        )
    store.end_run(run, state=state, ended_at=at, judged_at=at, held=held)
    run = store.run(name)
    if state == "complete":
        store.keep_findings(run, findings_by_site(assess_run(store, run, plan_editions(plan), at)))
    return run
