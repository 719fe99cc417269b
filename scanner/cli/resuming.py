"""Which unfinished run a scan goes on with: halves of two different scans never become one report."""

from collections.abc import Callable
from datetime import timedelta

from scanner.archive.store import RunRow, Store
from scanner.cli.options import stop
from scanner.clock import now

YOUNG_ENOUGH = timedelta(days=1)
"""A schedule goes on with a run that began less long ago; older halves would make a stale whole."""


def run_to_go_on_with(
    store: Store,
    inventory_sha256: str,
    plan_sha256: str,
    *,
    must: bool,
    may: bool,
    tell: Callable[[str], None],
) -> RunRow | None:
    """The run to resume, or ``None`` for a new one; what ``must`` be resumed and is not there stops."""
    if must:
        return _run_to_resume(store, inventory_sha256, plan_sha256)
    if not may:
        return None
    run, why = _run_cut_off(store, inventory_sha256, plan_sha256)
    tell(why)
    return run


def _run_to_resume(store: Store, inventory_sha256: str, plan_sha256: str) -> RunRow:
    unfinished = [run for run in store.runs() if run.state in ("running", "stopped")]
    for run in unfinished:
        if run.inventory_sha256 == inventory_sha256 and run.plan_sha256 == plan_sha256:
            return run
    if unfinished:
        stop(
            f"the unfinished run {unfinished[0].id} was of another inventory or other options: "
            "give the same ones, or scan without --resume"
        )
    stop("there is no unfinished run to go on with: scan without --resume")


def _run_cut_off(
    store: Store, inventory_sha256: str, plan_sha256: str
) -> tuple[RunRow | None, str]:
    """The youngest run that was cut off and may go on, and what is done in one sentence."""
    why = "no run was cut off since the last whole one: a new run begins"
    for run in store.runs():
        if run.state == "complete":
            # What was seen after an older half is the newer truth.
            break
        if run.inventory_sha256 != inventory_sha256 or run.plan_sha256 != plan_sha256:
            why = f"run {run.id} was of another inventory or other options: a new run begins"
            continue
        # A run from the future began under a wrong clock: how old it is, nobody knows.
        if not timedelta(0) <= now() - run.started_at < YOUNG_ENOUGH:
            return None, f"run {run.id} was cut off, but is older than a day: a new run begins"
        done = f"{run.sites_done} of {run.sites_planned} sites are done"
        return run, f"going on with run {run.id}, which was cut off: {done}"
    return None, why
