"""From the options of ``gate`` to its decision: which run, held against which baseline, judged by which rules."""

from dataclasses import dataclass, replace
from pathlib import Path

from checks.assessment import Assessment
from checks.baselines import Baseline, BaselineError, past_of_file
from checks.changes import compare
from checks.criteria.model import Level
from checks.gating import Decision, Doubt, FailOn, Past, Policy, Why, decide_gate, past_of_run
from checks.lists import Lists
from reports.gate_view import Place, WhereOf, nowhere
from scanner.archive.baselines import Baselines, looked_again
from scanner.archive.store import RunRow, Store
from scanner.cli.judging import EditionFile, assess_run, editions_for
from scanner.cli.options import EXIT_COULD_NOT_TELL, Language, stop
from scanner.gate import baseline_in

LATEST_BEFORE = "latest-before"


@dataclass(frozen=True)
class GateRequest:
    """What ``gate`` was asked on the command line, option by option."""

    run_id: str | None
    baseline: str | None
    write_baseline: Path | None
    fail_on: frozenset[FailOn] | None
    level: str
    units: tuple[str, ...]
    sites: tuple[str, ...]
    require_ready: bool
    max_untested: float
    confirmed: bool
    inventory: Path | None
    sarif: Path | None
    docs_url: str
    junit: Path | None
    annotations: str | None
    annotations_file: Path | None
    markdown: Path | None
    prometheus: Path | None
    criteria: tuple[str, ...]
    lists: Path | None
    db: str | None
    lang: Language

    @property
    def only_writes(self) -> bool:
        """Whether a baseline is written and nothing is held against another."""
        return self.write_baseline is not None and self.baseline is None


def decided(
    asked: GateRequest, store: Store, lists: Lists, file: Baseline | Why | None
) -> tuple[Decision, Assessment]:
    """The gate's answer on the run that is meant, and that run as it was judged for it."""
    run = _run(store, asked.run_id)
    editions = editions_for(store, run, asked.criteria)
    assessment = assess_run(store, run, editions, run.as_of, lists)
    policy = _policy(asked, store, run, assessment)
    past: Past | None = None
    why: list[Why] = []
    if isinstance(file, Why):
        why.append(file)
    elif file is not None:
        past = _past_of_file(file, assessment)
    elif asked.baseline is not None or (policy.compares and not asked.only_writes):
        found = _baseline_run(store, run, asked.baseline or LATEST_BEFORE)
        if isinstance(found, Why):
            why.append(found)
        else:
            past = _past_of_run(store, found, assessment, editions, lists)
    return decide_gate(policy, assessment, past, why), assessment


def _run(store: Store, run_id: str | None) -> RunRow:
    """The run that is asked about.  The newest one, though it was stopped: an older one would speak of another day."""
    try:
        return store.run(run_id or "latest")
    except KeyError:
        if run_id is None:
            stop("no runs yet: `tinnhiem scan INVENTORY --out DIR` makes one", EXIT_COULD_NOT_TELL)
        stop(f"no run {run_id!r} in this database: see `tinnhiem runs`")


def _policy(asked: GateRequest, store: Store, run: RunRow, now: Assessment) -> Policy:
    known_units = {unit.id for unit in now.units}
    known_sites = {name for site in now.sites for name in (site.url, site.host)}
    for option, names, known in (
        ("unit", asked.units, known_units),
        ("site", asked.sites, known_sites),
    ):
        for name in names:
            if name not in known:
                stop(f"--{option} {name}: run {run.id} has no such {option}")
    policy = Policy(
        level=Level(asked.level),
        units=frozenset(asked.units),
        sites=frozenset(asked.sites),
        require_ready=asked.require_ready,
        max_untested_pct=asked.max_untested,
        confirmed=looked_again(store, run) if asked.confirmed else None,
    )
    if asked.fail_on is not None:
        policy = replace(policy, fail_on=asked.fail_on)
    elif asked.only_writes:
        policy = replace(policy, fail_on=frozenset())
    if asked.only_writes and policy.compares:
        stop("--fail-on with --write-baseline alone can only be not-met: give --baseline too")
    return policy


def baseline_file(baseline: str | None) -> Baseline | Why | None:
    """The baseline of a file, or that there is none; ``None`` where no file is named."""
    if baseline is None or not (baseline.endswith(".json") or "/" in baseline or "\\" in baseline):
        return None
    try:
        return baseline_in(Path(baseline))
    except FileNotFoundError:
        return Why(Doubt.NO_BASELINE, baseline)
    except BaselineError as error:
        stop(f"--baseline {baseline}: {error}; write it anew with --write-baseline")


def _past_of_file(baseline: Baseline, now: Assessment) -> Past:
    if baseline.at > now.run.started_at:
        stop(f"the baseline's run {baseline.run} is later than run {now.run.id}: name a newer run")
    return past_of_file(baseline, now)


def _baseline_run(store: Store, run: RunRow, named: str) -> RunRow | Why:
    """The run that is meant, or why there is none to be held against."""
    if named == LATEST_BEFORE:
        # What a held run saw accuses nobody, and clears nobody.
        sound = (
            r for r in store.runs() if r.seq < run.seq and r.state == "complete" and not r.held
        )
        found = next(sound, None)
        return found if found is not None else Why(Doubt.NO_BASELINE, LATEST_BEFORE)
    found = Baselines(store).run(named)
    if found is None:
        found = next((row for row in store.runs() if row.id == named), None)
    if found is None:
        return Why(Doubt.NO_BASELINE, named)
    if found.seq > run.seq:
        stop(f"the baseline's run {found.id} is later than run {run.id}: name a newer run")
    if found.seq == run.seq:
        return Why(Doubt.NO_BASELINE, f"{named} = {run.id}")
    if found.state != "complete":
        return Why(Doubt.BASELINE_NOT_COMPLETE, found.id)
    return found


def _past_of_run(
    store: Store,
    row: RunRow,
    now: Assessment,
    editions: tuple[EditionFile, ...],
    lists: Lists,
) -> Past:
    """Its evidence under the rules of today: what only the rules changed is no regression."""
    told = [finding for found in store.told_findings(row).values() for finding in found]
    before = assess_run(store, row, editions, row.as_of, lists)
    return past_of_run(compare(told, before, now), told, before)


def places_in(inventory: Path | None) -> WhereOf:
    """Looks up the line of a site in the inventory that lies in the repository."""
    if inventory is None:
        return nowhere
    from inventory.readers.lines import site_lines  # noqa: PLC0415  It pulls YAML.

    try:
        lines = site_lines(inventory)
    except ValueError as error:
        stop(f"--inventory {inventory}: {error}")
    absolute, here = inventory.resolve(), Path.cwd().resolve()
    inside = absolute.is_relative_to(here)
    name = (absolute.relative_to(here) if inside else Path(inventory.name)).as_posix()
    return lambda unit, site: Place(name, lines.get((unit, site)))
