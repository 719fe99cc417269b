"""From stored evidence to pages on disk: what ``scan``, ``judge`` and ``demo`` end with."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from checks.assess import Rules, SiteEvidence, assess
from checks.assessment import Assessment, RunInfo
from checks.catalogue import CATALOGUE, RECORDED
from checks.criteria.loader import (
    CriteriaError,
    citations,
    known_checks,
    load_shipped,
    parse,
    shipped,
)
from checks.criteria.model import Edition
from checks.evidence.base import Payload
from checks.evidence.page import Pages
from checks.lists import NO_LISTS, Lists
from checks.past import NO_PAST, Past
from checks.spec import Finding
from inventory.model import Inventory
from inventory.records import RecordsUsed, with_used
from scanner.archive.records import Records
from scanner.archive.store import RunRow, Store
from scanner.cli.lists import lists_used
from scanner.cli.options import EXIT_USAGE, Language, stop
from scanner.collect import PAYLOADS


@dataclass(frozen=True)
class EditionFile:
    """An edition as it was asked for: by its shipped name, or with the bytes of a user's file."""

    name: str
    text: str | None
    edition: Edition


def load_editions(asked: tuple[str, ...]) -> tuple[EditionFile, ...]:
    """The editions by name or file; every problem of a file is told, then the command stops."""
    found: list[EditionFile] = []
    for name in asked:
        path = Path(name)
        try:
            if name in shipped():
                found.append(EditionFile(name, None, load_shipped(name, CATALOGUE)))
            elif path.is_file():
                data = path.read_bytes()
                found.append(
                    EditionFile(path.name, data.decode("utf-8"), parse(data, path.name, CATALOGUE))
                )
            else:
                stop(f"no edition {name!r}: give a file, or one of {', '.join(shipped())}")
        except (CriteriaError, UnicodeDecodeError) as error:
            click.echo(str(error), err=True)
            raise click.exceptions.Exit(EXIT_USAGE) from None
    return _without_twins(found)


def _without_twins(found: list[EditionFile]) -> tuple[EditionFile, ...]:
    labels = [entry.edition.label for entry in found]
    for label in labels:
        if labels.count(label) > 1:
            stop(f"two editions of the label {label!r}: compare them in two runs of `judge`")
    return tuple(found)


def plan_editions(plan: dict[str, Any]) -> tuple[EditionFile, ...]:
    """The editions a run was made with, from its stored plan."""
    found = []
    for entry in plan["criteria"]:
        if entry["text"] is None:
            found.append(EditionFile(entry["name"], None, load_shipped(entry["name"], CATALOGUE)))
        else:
            edition = parse(entry["text"].encode(), entry["name"], CATALOGUE)
            found.append(EditionFile(entry["name"], entry["text"], edition))
    return tuple(found)


def editions_for(store: Store, run: RunRow, criteria: tuple[str, ...]) -> tuple[EditionFile, ...]:
    """The editions that were asked for, or else those that the run was made with."""
    if criteria:
        return load_editions(criteria)
    return plan_editions(json.loads(store.blob(run.plan_sha256)))


def assess_run(
    store: Store,
    run: RunRow,
    editions: tuple[EditionFile, ...],
    judged_at: datetime,
    lists: Lists = NO_LISTS,
    used: RecordsUsed | None = None,
) -> Assessment:
    """Judge a stored run; no packet is sent.

    ``used`` are records of files instead of those that the run was made with.
    """
    plan = json.loads(store.blob(run.plan_sha256))
    inventory = inventory_of(store, run, used)
    kept = Records(store)
    inventory = inventory.model_copy(
        update={"units": kept.with_records(inventory.units, judged_at)}
    )
    rules = Rules(
        editions=tuple(entry.edition for entry in editions),
        citations=citations(),
        checks=CATALOGUE,
        families={known.id: known.family for known in known_checks().values()},
        enabled=frozenset(plan["families"]),
        recorded=RECORDED,
        lists=lists,
    )
    permission = inventory.permission
    info = RunInfo(
        id=run.id,
        started_at=run.started_at,
        ended_at=run.ended_at,
        state=run.state,
        version=run.version,
        vantage=run.vantage,
        judged_at=judged_at,
        trust_store=", ".join(name for name, _ in plan["trust_stores"]),
        trust_store_date=", ".join(date for _, date in plan["trust_stores"]),
        permission_reference=permission.reference if permission else "",
        user_agent=plan["user_agent"],
        sites_planned=run.sites_planned,
        sites_done=run.sites_done,
        held=run.held,
        lists=lists_used(lists),
        dnsbl=tuple(plan.get("dnsbl", ())),
    )
    return assess(info, inventory, rules, _evidence(store, run), kept.book(run, judged_at))


def inventory_of(store: Store, run: RunRow, used: RecordsUsed | None = None) -> Inventory:
    """The inventory of a run, with the records of the files that it was given."""
    inventory = Inventory.model_validate_json(store.blob(run.inventory_sha256))
    if used is None:
        plan = json.loads(store.blob(run.plan_sha256))
        used = RecordsUsed.model_validate(plan.get("records", {}))
    return with_used(inventory, used)


BEFORE: dict[str, type[Payload]] = {Pages.kind: Pages}
"""The evidence that is held against that of the run before."""


def _evidence(store: Store, run: RunRow) -> Iterator[SiteEvidence]:
    earlier = store.earlier(run)
    names = store.evidence_names(earlier) if earlier is not None else {}
    for looked in store.looked(run, PAYLOADS):
        name = names.get(looked.site)
        # A site that did not change need not be read twice.
        same = name == looked.evidence_sha256
        found = looked.payloads if same else store.evidence(name, BEFORE) if name else None
        yield SiteEvidence(
            site=looked.site,
            captured_at=looked.captured_at,
            duration_ms=looked.duration_ms,
            evidence={PAYLOADS[k]: v for k, v in looked.payloads.items() if k in PAYLOADS},
            evidence_id=looked.evidence_sha256,
            before=None
            if found is None
            else {BEFORE[k]: v for k, v in found.items() if k in BEFORE},
        )


def findings_by_site(assessment: Assessment) -> dict[str, tuple[Finding, ...]]:
    """The findings of an assessment, grouped for the store."""
    found: dict[str, list[Finding]] = {}
    for finding in assessment.findings:
        found.setdefault(finding.site, []).append(finding)
    return {site: tuple(findings) for site, findings in found.items()}


def write_reports(
    assessment: Assessment,
    out: Path,
    lang: Language,
    past: Past = NO_PAST,
    also: tuple[str, ...] = (),
) -> Path:
    """Render everything, and what is asked for beside it, and put it in place; where it ended up."""
    from reports.reporter import (  # noqa: PLC0415  Jinja and Babel cost start-up time.
        EXTRA,
        REPORTERS,
        render_all,
    )
    from reports.write import WriteRefused, write  # noqa: PLC0415

    try:
        extra = tuple(one for one in EXTRA if one.name in also)
        return write(render_all(assessment, lang, (*REPORTERS, *extra), past), out)
    except WriteRefused as refused:
        stop(str(refused))
    except OSError as error:
        stop(f"--out {out}: {error.strerror or error}")
