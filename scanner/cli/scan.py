"""``tinnhiem scan``: an inventory in, evidence kept, pages and data files out."""

import asyncio
import hashlib
import secrets
import signal
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click

from checks.criteria.model import Edition
from checks.lists import Lists
from checks.verdicts import ReadinessState
from inventory.model import Inventory, Permission, Site, UnitState
from inventory.records import RecordsUsed
from inventory.settings import Settings
from scanner import rendering
from scanner.archive.codec import canonical
from scanner.archive.store import (
    RunRow,
    Store,
    StoreBusy,
    StoreUnusable,
    database_file,
    default_url,
    scan_lock,
)
from scanner.archive.uptime_book import UptimeBook
from scanner.authority import Endpoint
from scanner.cli.alerting import alerted
from scanner.cli.judging import EditionFile, load_editions, write_reports
from scanner.cli.lists import load_lists
from scanner.cli.options import (
    DEFAULT_EDITIONS,
    EXIT_BUSY,
    EXIT_OURS,
    EXIT_STOPPED,
    FAMILIES,
    Language,
    collecting_options,
    judging_options,
    records_option,
    settings_option,
    split_host_port,
    stop,
)
from scanner.cli.past import Remembered, catch_up, conclude, past_of, remembered, worse_sites
from scanner.cli.progress import progress_shown
from scanner.cli.records import read_files
from scanner.cli.resuming import run_to_go_on_with
from scanner.cli.settings import load_settings
from scanner.cli.told import summary_line
from scanner.clock import now
from scanner.collect import plan_for
from scanner.dnssec.anchors import Anchors, anchors_from_text, shipped_anchors
from scanner.engine.local import Progress, Setup, collect_all, held_reason
from scanner.iterative import Hints, built_in_hints, read_hints, read_port_map
from scanner.politeness import NoPermission, require_permission
from scanner.probes.reputation import shown_zone
from scanner.probes.tls.look import Depth
from scanner.probes.tls.path import (
    Paths,
    Spare,
    TrustStore,
    known_from_pem,
    mozilla_store,
    store_from_pem,
)
from scanner.probes.uptime import Window
from scanner.registries import Directory, NoDirectory, directory_from
from scanner.resolver import Server, system_servers
from scanner.sslyze_worker import NOT_INSTALLED, installed


@dataclass(frozen=True)
class ScanRequest:
    """Everything the command was asked for."""

    inventory: Path
    permission: Path | None
    out: Path
    db: str | None
    criteria: tuple[str, ...]
    resolver: tuple[tuple[str, int], ...]
    trust_store: tuple[Path, ...]
    allow_private: bool
    control: tuple[tuple[str, int], ...]
    only: tuple[str, ...]
    skip: tuple[str, ...]
    engine: str
    vantage: str
    lang: Language
    as_of: datetime | None
    resume: bool
    at_once: int
    resume_if_unfinished: bool = False
    wait_for_lock: float = 0.0
    quiet: bool = False
    tls: str = "full"
    fetch: bool = True
    intermediates: tuple[Path, ...] = ()
    lists: Path | None = None
    root_hints: Path | None = None
    port_map: Path | None = None
    trust_anchor: Path | None = None
    rdap_bootstrap: Path | None = None
    dnsbl: tuple[str, ...] = ()
    smtp_port: int = 25
    browser: str | None = None
    settings: Path | None = None
    records: tuple[Path, ...] = ()


@click.command("scan")
@click.argument("inventory", type=click.Path(path_type=Path))
@click.option(
    "--permission",
    type=click.Path(path_type=Path),
    metavar="FILE.yaml",
    help="The scan permission, where the inventory does not hold it.",
)
@records_option
@judging_options
@settings_option
@collecting_options
@click.option(
    "--resume", is_flag=True, help="Go on with the last unfinished run of this inventory."
)
@click.option(
    "--resume-if-unfinished",
    is_flag=True,
    help="For schedules: go on with a run of the same that was cut off in the last day, else begin one.",
)
@click.option(
    "--wait-for-lock",
    type=click.FloatRange(0, 1440),
    default=0.0,
    metavar="MINUTES",
    help="Wait so long for another scan of the same database to end (default: exit 3 at once).",
)
@click.option(
    "--at-once",
    type=click.IntRange(1, 200),
    default=50,
    show_default=True,
    help="Sites looked at side by side.",
)
def scan_command(**asked: Any) -> None:
    """Look at every site of INVENTORY and write what was found into --out DIR."""
    scan(ScanRequest(**asked))


def scan(asked: ScanRequest) -> Path:
    """The whole of a scan; where the reports are.  Stops with an exit code where it cannot go on."""
    if asked.resume and asked.resume_if_unfinished:
        stop("give --resume or --resume-if-unfinished, and not both")
    inventory = read_inventory(asked.inventory, asked.permission, asked.lang)
    permission = _permitted(inventory)
    settings = load_settings(asked.settings, asked.lang)
    used = read_files(asked.records, inventory, asked.lang)
    editions = load_editions(asked.criteria or DEFAULT_EDITIONS)
    lists = load_lists(asked.lists)
    if asked.tls == "sslyze" and not installed():
        stop(f"--tls sslyze: {NOT_INSTALLED}")
    if asked.browser is not None and not rendering.installed():
        stop(f"--browser: {rendering.NOT_INSTALLED}")
    stores = _trust_stores(asked.trust_store)
    families = _families(asked.only, asked.skip)
    servers = tuple(Server(*pair) for pair in asked.resolver) or system_servers()
    url = asked.db or default_url()
    try:
        _require_writable(asked.out, url)
    except StoreUnusable as unusable:
        stop(str(unusable), EXIT_OURS)
    window = uptime_window([entry.edition for entry in editions])
    setup = Setup(
        permission=permission,
        allow_private=asked.allow_private,
        servers=servers,
        controls=asked.control or permitted_controls(permission),
        paths=Paths(stores, _intermediates(asked.intermediates)),
        fetching=asked.fetch,
        anchors=_anchors(asked.trust_anchor),
        directory=_directory(asked.rdap_bootstrap),
        plan=plan_for(
            families,
            window=window,
            tls=None if asked.tls == "sslyze" else Depth(asked.tls),
            dnsbl=asked.dnsbl,
        ),
        user_agent=user_agent(permission),
        at_once=asked.at_once,
        hints=_hints(asked.root_hints),
        ports=_ports(asked.port_map),
        smtp_port=asked.smtp_port,
        browser=asked.browser,
    )
    plan = _plan(asked, setup, editions, families, stores, used)
    try:
        with scan_lock(url, wait_s=asked.wait_for_lock * 60, waiting=_waits_for(asked)):
            if asked.wait_for_lock:
                # The permitted hours may have ended meanwhile.
                _permitted(inventory)
            store = Store.open(url)
            try:
                setup = _watched(setup, window, store)
                return _run(asked, inventory, setup, store, plan, editions, lists, settings)
            finally:
                store.close()
    except StoreBusy as busy:
        stop(str(busy), EXIT_BUSY)
    except StoreUnusable as unusable:
        stop(str(unusable), EXIT_OURS)


def _permitted(inventory: Inventory) -> Permission:
    try:
        return require_permission(inventory.permission, now())
    except NoPermission as why:
        stop(str(why))


def _waits_for(asked: ScanRequest) -> Callable[[str], None]:
    def told(why: str) -> None:
        click.echo(f"{why}; waiting for it, {asked.wait_for_lock:g} minutes at most", err=True)

    return told


def _watched(setup: Setup, window: Window | None, store: Store) -> Setup:
    """With what watchers saw up to now, where the criteria ask for a window too long for a scan."""
    if window is None or window.fits_a_scan:
        return setup
    window_s = window.samples * window.interval_s
    return replace(setup, watched=UptimeBook(store).windows(window_s, now()))


def _run(
    asked: ScanRequest,
    inventory: Inventory,
    setup: Setup,
    store: Store,
    plan: bytes,
    editions: tuple[EditionFile, ...],
    lists: Lists,
    settings: Settings,
) -> Path:
    sites = sites_to_scan(inventory)

    # A run that ended right before it was taken into the history is caught up first.
    assess = remembered(store, editions, lists)
    catch_up(store, assess, settings)
    stored = canonical(inventory.model_dump(mode="json"))
    run = run_to_go_on_with(
        store,
        hashlib.sha256(stored).hexdigest(),
        hashlib.sha256(plan).hexdigest(),
        must=asked.resume,
        may=asked.resume_if_unfinished,
        tell=lambda said: None if asked.quiet else click.echo(said),
    )
    if run is not None:
        store.resume_run(run)
    else:
        run = _new_run(store, stored, plan, asked.vantage, len(sites))
    done = store.sites_done(run)
    left = [site for site in sites if site.url not in done]
    progress = Progress(planned=len(sites), done=len(sites) - len(left))
    stopped = _collect(left, setup, store, run, progress, quiet=asked.quiet)
    if not (stopped or progress.hours_ended):
        stopped = _look_again(asked, sites, setup, store, run, assess, settings)
    stopped = stopped or progress.hours_ended
    ended_at = now()
    judged_at = asked.as_of or ended_at.replace(microsecond=0)
    store.end_run(
        run,
        state="stopped" if stopped else "complete",
        ended_at=ended_at,
        judged_at=judged_at,
        held=held_reason(store, run),
    )
    if stopped:
        stop(
            f"stopped after {len(store.sites_done(run))} of {len(sites)} sites"
            + (", because the permitted hours are over" if progress.hours_ended else "")
            + "; everything done is kept. The same command with --resume goes on",
            EXIT_STOPPED,
        )
    run = store.run(run.id)
    assessment, settled = conclude(store, run, assess, settings)
    run = store.run(run.id)
    past = past_of(store, run, assess, settings)
    out = write_reports(assessment, asked.out, asked.lang, past)
    for line in alerted(store, settings):
        click.echo(line, err=True)
    if not asked.quiet:
        states = [ready.state for ready in assessment.readiness.values()]
        click.echo(
            f"run {run.id}: {run.sites_done} of {run.sites_planned} sites, "
            f"{progress.connections} connections; units ready {states.count(ReadinessState.READY)}, "
            f"not ready {states.count(ReadinessState.NOT_READY)}, "
            f"undecided {states.count(ReadinessState.UNDECIDED)}"
        )
        if run.held:
            click.echo(f"held: {run.held}; this run accuses nobody", err=True)
        elif past.comparison is not None:
            click.echo(summary_line(past.comparison, settled.events))
        click.echo(out / "index.html")
    return out


def _look_again(
    asked: ScanRequest,
    sites: list[Site],
    setup: Setup,
    store: Store,
    run: RunRow,
    assess: Remembered,
    settings: Settings,
) -> bool:
    """A second look, after a while, at sites that got worse; whether it was stopped before the end."""
    moment = now()
    if held_reason(store, run):
        return False
    so_far = replace(store.run(run.id), judged_at=asked.as_of or moment.replace(microsecond=0))
    worse = worse_sites(store, so_far, assess, settings)
    again = [site for site in sites if site.url in worse]
    if not again:
        return False
    pause_s = settings.confirm.look_again_after_s
    if not asked.quiet:
        click.echo(
            f"{len(again)} sites look worse than in the run before: once more in {pause_s:g} s",
            err=True,
        )
    progress = Progress(planned=len(again))
    setup = replace(setup, again=True, begin_after_s=pause_s)
    stopped = _collect(again, setup, store, run, progress, quiet=asked.quiet)
    # A second look that the permitted hours cut short is no stopped run: every site was looked at.
    return stopped and not progress.hours_ended


def _collect(
    left: list[Site], setup: Setup, store: Store, run: RunRow, progress: Progress, *, quiet: bool
) -> bool:
    """Collect; whether it was stopped before the end.  Ctrl-C and a polite kill are the same."""

    async def until_told() -> None:
        task = asyncio.current_task()
        # Not by raising in whatever runs at that moment; Windows knows no polite kill.
        with suppress(NotImplementedError):
            if task is not None:
                asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await collect_all(left, setup, store, run, progress, announce)

    if sys.platform == "win32":
        # The polite kill of Windows: what `serve-schedule` sends, and what a console that is closed says.
        signal.signal(signal.SIGBREAK, signal.default_int_handler)
    with progress_shown(progress, quiet=quiet) as announce:
        try:
            asyncio.run(until_told())
        except (KeyboardInterrupt, asyncio.CancelledError):
            return True
    return False


def read_inventory(file: Path, permission: Path | None, lang: Language) -> Inventory:
    """The inventory, or every problem of it on standard error and exit 2."""
    from inventory.readers import read  # noqa: PLC0415  Readers pull calamine and YAML.

    result = read(file, permission, lang=lang)
    if result.inventory is None:
        from scanner.cli.inventory import problem_told  # noqa: PLC0415

        for problem in result.problems:
            click.echo(problem_told(problem, lang), err=True)
        stop(f"{file.name}: not scanned; every problem stands above")
    return result.inventory


def sites_to_scan(inventory: Inventory) -> list[Site]:
    """The sites of active units, each address once; which unit comes first decides nothing."""
    active = {unit.id for unit in inventory.units if unit.state is UnitState.ACTIVE}
    found = {site.url: site for site in reversed(inventory.sites) if site.unit in active}
    return [found[url] for url in sorted(found)]


def uptime_window(editions: Sequence[Edition]) -> Window | None:
    """The window that the editions' bar on uptime calls for; the shortest where they differ."""
    windows = [
        Window(int(clause.limits["window_samples"]), float(clause.limits["interval_s"]))
        for edition in editions
        for criterion in edition.criteria
        for clause in criterion.clauses
        if clause.check == "uptime-above-target"
    ]
    return min(windows, key=lambda w: w.samples * w.interval_s, default=None)


def program_version() -> str:
    """The version that is installed; a checkout that is not installed says so."""
    try:
        return version("tinnhiem")
    except PackageNotFoundError:
        return "0.0.0+checkout"


def user_agent(permission: Permission) -> str:
    """Who asks, on whose permission, and whom to call: honest, and plain ASCII for the wire."""

    def plain(text: str) -> str:
        folded = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
        kept = "".join(c for c in folded if 32 <= ord(c) < 127 and c not in "();")
        return " ".join(kept.split())[:120]

    return (
        f"tinnhiem/{program_version()} (security compliance scan; "
        f"permission {plain(permission.reference)}; contact {plain(permission.contact)})"
    )


def _new_run(
    store: Store, inventory: bytes, plan: bytes, vantage: str, sites_planned: int
) -> RunRow:
    started = now()
    return store.begin_run(
        id=f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}",
        started_at=started,
        version=program_version(),
        vantage=vantage,
        inventory=inventory,
        plan=plan,
        sites_planned=sites_planned,
    )


def _plan(
    asked: ScanRequest,
    setup: Setup,
    editions: tuple[EditionFile, ...],
    families: frozenset[str],
    stores: tuple[TrustStore, ...],
    used: RecordsUsed,
) -> bytes:
    """What a run was made with, for the record and for resuming."""
    return canonical(
        {
            "families": sorted(families),
            "tls": setup.plan.tls.value if setup.plan.tls else "sslyze",
            "fetching": setup.fetching,
            "intermediates": [file.name for file in asked.intermediates],
            "root_hints": sorted(setup.hints),
            "dnsbl": [shown_zone(zone) for zone in asked.dnsbl],
            "registries": setup.directory.dated if setup.directory else "shipped",
            "resolvers": [f"{server.address}:{server.port}" for server in setup.servers],
            "trust_anchor": setup.anchors.named,
            "trust_stores": [[store.name, store.date] for store in stores],
            "allow_private": setup.allow_private,
            "user_agent": setup.user_agent,
            "search_agent": setup.permission.search_agent,
            "browser": setup.browser is not None,
            "criteria": [
                {"name": entry.name, "sha256": entry.edition.sha256, "text": entry.text}
                for entry in editions
            ],
            # What excuses and attests is part of what a run was made with: judged again, it says the same.
            **({} if used.empty else {"records": used.model_dump(mode="json")}),
        }
    )


def _trust_stores(files: tuple[Path, ...]) -> tuple[TrustStore, ...]:
    stores = [mozilla_store()]
    for file in files:
        data = file.read_bytes()
        date = datetime.fromtimestamp(file.stat().st_mtime, UTC).date().isoformat()
        try:
            stores.append(store_from_pem(data, file.name, date))
        except ValueError as error:
            stop(f"--trust-store {file.name}: {error}")
    return tuple(stores)


def _anchors(file: Path | None) -> Anchors:
    if file is None:
        return shipped_anchors()
    try:
        return anchors_from_text(file.read_text(encoding="ascii", errors="replace"), file.name)
    except ValueError as error:
        stop(f"--trust-anchor {file.name}: {error}")


def _intermediates(files: tuple[Path, ...]) -> tuple[Spare, ...]:
    found: list[Spare] = []
    for file in files:
        try:
            found += known_from_pem(file.read_bytes(), file.name)
        except ValueError as error:
            stop(f"--intermediates {file.name}: {error}")
    return tuple(found)


def _hints(file: Path | None) -> Hints:
    if file is None:
        return built_in_hints()
    try:
        return read_hints(file.read_text(encoding="utf-8"))
    except ValueError as error:
        stop(f"--root-hints {file.name}: {error}")


def _ports(file: Path | None) -> dict[Endpoint, Endpoint]:
    if file is None:
        return {}
    try:
        return read_port_map(file.read_text(encoding="utf-8"))
    except ValueError as error:
        stop(f"--port-map {file.name}: {error}")


def _directory(file: Path | None) -> Directory | None:
    if file is None:
        return None
    try:
        return directory_from(file.read_bytes())
    except NoDirectory as error:
        stop(f"--rdap-bootstrap {file.name}: {error}")


def _families(only: tuple[str, ...], skip: tuple[str, ...]) -> frozenset[str]:
    families = (frozenset(only) or frozenset(FAMILIES)) - frozenset(skip)
    if not families:
        stop("--only and --skip leave nothing to look at")
    return families


def permitted_controls(permission: Permission) -> tuple[tuple[str, int], ...]:
    """The control hosts that the permission names."""
    found = []
    for text in permission.controls:
        host, port = split_host_port(text, 443)
        if port is not None:
            found.append((host, port))
    return tuple(found)


def _require_writable(out: Path, url: str) -> None:
    """Say that a report cannot be written before the first packet, not after the last."""
    from reports.write import WriteRefused, check_out  # noqa: PLC0415

    file = database_file(url)
    if file is not None and out.absolute() in file.absolute().parents:
        stop(f"--db {file} lies inside --out, which is replaced as a whole: keep it elsewhere")
    parent = out.absolute().parent
    try:
        check_out(out.absolute())
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=parent):
            pass
    except WriteRefused as refused:
        stop(str(refused))
    except OSError as error:
        stop(f"--out {out}: {error.strerror or error}")
