"""``tinnhiem watch``: is every site there, all the time, sampled lightly and evenly."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scanner.cli.options import (
    EXIT_BUSY,
    EXIT_OURS,
    HostPort,
    Language,
    database_option,
    settings_option,
    stop,
)

if TYPE_CHECKING:
    from checks.events import Event
    from inventory.model import Inventory
    from inventory.settings import Settings
    from scanner.archive.store import Store
    from scanner.watch.watcher import Sink, Watcher

ALERTS_EVERY_S = 30.0
ALERTS_ROUND_S = 30.0
"""A round of sending takes no longer; what is left waits for the next."""


@dataclass(frozen=True)
class WatchRequest:
    """Everything the command was asked for."""

    inventory: Path
    permission: Path | None
    settings: Path | None
    db: str | None
    interval: float | None
    vantage: str
    once: bool
    for_: float | None
    resolver: tuple[tuple[str, int], ...]
    control: tuple[tuple[str, int], ...]
    allow_private: bool
    lang: Language
    quiet: bool


@click.command("watch")
@click.argument("inventory", type=click.Path(path_type=Path))
@click.option(
    "--permission",
    type=click.Path(path_type=Path),
    metavar="FILE.yaml",
    help="The scan permission, where the inventory does not hold it.",
)
@settings_option
@database_option
@click.option(
    "--interval",
    type=click.FloatRange(10, 86_400),
    metavar="S",
    help="Seconds between two samples of a site (default: the settings' interval_s, 300).",
)
@click.option(
    "--vantage",
    default="default",
    show_default=True,
    help="Where this watcher looks from; a second watcher on one database takes another name.",
)
@click.option("--once", is_flag=True, help="Take one sample of every site, and end.")
@click.option(
    "--for", "for_", type=click.FloatRange(min=0), metavar="S", help="End after so many seconds."
)
@click.option(
    "--control",
    multiple=True,
    type=HostPort(443, literal=True),
    help="IP[:PORT] of your own choice that is asked before a site is blamed for silence.",
)
@click.option(
    "--allow-private",
    is_flag=True,
    help="Contact private addresses in the networks that the permission lists.",
)
@click.option(
    "--resolver",
    multiple=True,
    type=HostPort(53, literal=True),
    help="IP[:PORT] of a recursive name server; give two, so that each can confirm the other.",
)
@click.option(
    "--lang",
    type=click.Choice(["vi", "en"]),
    default="vi",
    help="Language of what is wrong in files.",
)
@click.option("--quiet", is_flag=True, help="Say only what goes wrong.")
def watch_command(**asked: Any) -> None:
    """Sample every site of INVENTORY at an interval, until stopped.

    A first Ctrl-C or SIGTERM ends it with everything written that is known.
    """
    watch(WatchRequest(**asked))


def watch(asked: WatchRequest) -> None:
    """The whole of watching."""
    from scanner.archive.store import Store, StoreBusy, StoreUnusable, default_url  # noqa: PLC0415
    from scanner.archive.uptime import watch_lock  # noqa: PLC0415
    from scanner.cli.scan import read_inventory, sites_to_scan  # noqa: PLC0415
    from scanner.cli.settings import load_settings  # noqa: PLC0415
    from scanner.clock import now  # noqa: PLC0415
    from scanner.politeness import NoPermission, require_permission  # noqa: PLC0415
    from scanner.watch.watcher import Plan  # noqa: PLC0415

    settings = load_settings(asked.settings, asked.lang)
    inventory = read_inventory(asked.inventory, asked.permission, asked.lang)
    if inventory.permission is None or asked.once:
        try:
            require_permission(inventory.permission, now())
        except NoPermission as why:
            stop(str(why))
    assert inventory.permission is not None  # noqa: S101  Else it stopped above; for mypy.
    watching = settings.watch
    if asked.interval is not None:
        watching = watching.model_copy(update={"interval_s": asked.interval})
    plan = Plan(
        sites=sites_to_scan(inventory),
        units_of=_units_of(inventory),
        permission=inventory.permission,
        watching=watching,
        confirm=settings.confirm,
        vantage=asked.vantage,
    )
    if not plan.sites:
        stop("the inventory names no site of an active unit: there is nothing to watch")
    url = asked.db or default_url()
    try:
        with watch_lock(url, asked.vantage):
            store = Store.open(url)
            try:
                watcher = asyncio.run(_watched(asked, plan, store, url, settings))
            finally:
                store.close()
    except KeyboardInterrupt:
        # Where the loop knows no handlers for signals; what is known was written.
        return
    except StoreBusy as busy:
        stop(str(busy), EXIT_BUSY)
    except StoreUnusable as unusable:
        stop(str(unusable), EXIT_OURS)
    if not asked.quiet:
        tally = watcher.tally
        click.echo(
            f"{tally.written} samples written; of {tally.due} due {tally.passed_over} were not taken; "
            f"the latest began {tally.latest_s:.1f} s late"
        )


async def _watched(
    asked: WatchRequest, plan: Any, store: "Store", url: str, settings: "Settings"
) -> "Watcher":
    """Watch until told to stop."""
    from scanner.cli.scan import permitted_controls, user_agent  # noqa: PLC0415
    from scanner.resolver import Server, system_servers  # noqa: PLC0415
    from scanner.watch.looking import Outfit, looking  # noqa: PLC0415
    from scanner.watch.watcher import Watcher  # noqa: PLC0415

    outfit = Outfit(
        permission=plan.permission,
        allow_private=asked.allow_private,
        servers=tuple(Server(*pair) for pair in asked.resolver) or system_servers(),
        controls=asked.control or permitted_controls(plan.permission),
        user_agent=user_agent(plan.permission),
    )
    if not outfit.controls and not asked.quiet:
        click.echo(
            "no control host is named: where everything is silent, nothing is concluded", err=True
        )
    async with looking(outfit) as look:
        watcher = Watcher(plan, store, look, _sink(store), lambda told: click.echo(told, err=True))
        task = asyncio.current_task()
        stopping = False

        def end() -> None:
            nonlocal stopping
            stopping = True
            if task is not None:
                task.cancel()

        for number in (signal.SIGTERM, signal.SIGINT):
            # Windows knows no handlers in the loop; Ctrl-C is raised there, and asyncio cancels.
            with suppress(NotImplementedError):
                asyncio.get_running_loop().add_signal_handler(number, end)
        if not asked.quiet:
            click.echo(
                f"watching {len(plan.sites)} sites every {plan.watching.interval_s:g} s "
                f"as {plan.vantage!r}"
            )
        alerting = (
            asyncio.create_task(_alerting(url, settings)) if settings.alerts.channels else None
        )
        try:
            await watcher.run(rounds=1 if asked.once else None, for_s=asked.for_)
        except asyncio.CancelledError:
            if not stopping:
                raise
        finally:
            if alerting is not None:
                alerting.cancel()
                await asyncio.gather(alerting, return_exceptions=True)
    if settings.alerts.channels:
        # What the last samples brought is told before the end.
        await asyncio.to_thread(_send, url, settings)
    return watcher


def _units_of(inventory: "Inventory") -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    active = {unit.id for unit in inventory.units if unit.state.value == "active"}
    for site in inventory.sites:
        if site.unit in active:
            found.setdefault(site.url, []).append(site.unit)
    return {url: tuple(dict.fromkeys(units)) for url, units in found.items()}


def _sink(store: "Store") -> "Sink":
    """Where events go: into the store, from which alerts are made, and a line each for whoever watches."""
    from scanner.archive.events import Events  # noqa: PLC0415

    kept = Events(store)

    def keep(events: "Sequence[Event]") -> None:
        kept.keep(events)
        for event in events:
            what = " ".join(filter(None, (event.unit, event.site, event.reason, event.note)))
            click.echo(f"{event.at:%Y-%m-%d %H:%M:%S} UTC  {event.kind.value}  {what}")

    return keep


async def _alerting(url: str, settings: "Settings") -> None:
    """Sends what is due, again and again, beside the samples; it holds up none of them."""
    while True:
        await asyncio.to_thread(_send, url, settings)
        await asyncio.sleep(ALERTS_EVERY_S)


def _send(url: str, settings: "Settings") -> None:
    """One round, in a thread of its own with a store of its own."""
    from scanner.alerts.rounds import Pace, plan_and_send  # noqa: PLC0415
    from scanner.archive.store import Store, StoreUnusable  # noqa: PLC0415

    try:
        store = Store.open(url)
    except StoreUnusable as unusable:
        click.echo(f"alerts: {unusable}", err=True)
        return
    try:
        went = plan_and_send(store, settings, pace=Pace(round_s=ALERTS_ROUND_S, patient=False))
    finally:
        store.close()
    if went.trouble:
        click.echo(f"alerts: {went.trouble}", err=True)
