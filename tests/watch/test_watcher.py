"""The watcher on a clock of its own: evenly spread, never in a burst, never twice, and told once."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select

from checks.events import Event, EventKind
from checks.evidence.base import Cause
from checks.evidence.uptime import Sample
from inventory.model import Hours, Site
from inventory.settings import Pause, Watching
from scanner.archive.store import Store
from scanner.archive.tables import watch_hours, watch_samples
from scanner.archive.uptime import OutageRow
from scanner.archive.uptime_book import UptimeBook
from scanner.watch.telling import events_of_outages
from scanner.watch.watcher import Plan, Watcher
from tests.cli.command import database
from tests.scanner.builders import permission
from tests.watch.clock import FakeClock

START_S = 1_790_000_100.0
"""A whole number of intervals."""
SITES = tuple(
    Site(unit=f"u{n}", url=f"https://s{n}.truong.edu.vn/", host=f"s{n}.truong.edu.vn")
    for n in range(10)
)
Says = Callable[[Site, float], Sample]


def up(ms: float = 120.0) -> Sample:
    return Sample(at=datetime(2026, 1, 1, tzinfo=UTC), up=True, first_byte_ms=ms)


def down(cause: Cause = Cause.REFUSED) -> Sample:
    return Sample(at=datetime(2026, 1, 1, tzinfo=UTC), up=False, cause=cause)


def unknown(cause: Cause = Cause.CHALLENGE_PAGE) -> Sample:
    return Sample(at=datetime(2026, 1, 1, tzinfo=UTC), up=None, cause=cause)


@dataclass
class World:
    """Ten sites, a database, a clock, and what was looked at and told."""

    store: Store
    clock: FakeClock = field(default_factory=lambda: FakeClock(START_S))
    says: Says = lambda _site, _at: up()
    takes_s: float = 0.1
    looked: list[tuple[str, float]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    async def look(self, site: Site, at: datetime) -> Sample:
        self.looked.append((site.url, self.clock.now_s))
        await self.clock.sleep(self.takes_s)
        return self.says(site, self.clock.now_s)

    def plan(self, **fields: Any) -> Plan:
        healthy: dict[str, Any] = {
            "sites": SITES,
            "units_of": {site.url: (site.unit,) for site in SITES},
            "permission": permission(),
            "watching": Watching(interval_s=300, retries=2, retry_after_s=5),
        }
        return Plan(**(healthy | fields))

    def watcher(self, plan: Plan | None = None) -> Watcher:
        def sink(events: Sequence[Event]) -> None:
            self.events.extend(events)

        watcher = Watcher(
            plan or self.plan(), self.store, self.look, sink, self.said.append, self.clock
        )
        self.clock.busy = lambda: watcher.writing
        return watcher

    async def watch(self, for_s: float, plan: Plan | None = None) -> Watcher:
        watcher = self.watcher(plan)
        await self.clock.run(watcher.run(for_s=for_s))
        return watcher

    def states(self, site: Site = SITES[0]) -> str:
        """Its samples in order, as letters."""
        id = next(one.id for one in UptimeBook(self.store).sites() if one.url == site.url)  # noqa: A001
        of = watch_samples.c
        with self.store.engine.connect() as db:
            query = select(of.state).where(of.site == id).order_by(of.at_s)
            return "".join("uwds-p"[state] for state in db.scalars(query))


@pytest.fixture
def world(tmp_path: Path) -> Any:
    store = Store.open(database(tmp_path / "watch.sqlite"))
    yield World(store)
    store.close()


async def test_evenly_spread(world: World) -> None:
    """Each site once an interval, always at its own place in it, no two at once."""
    watcher = await world.watch(3 * 300)
    assert Counter(url for url, _ in world.looked) == {site.url: 3 for site in SITES}
    moments = [at for _, at in world.looked]
    assert [round(b - a, 1) for a, b in pairwise(moments)] == [30.0] * 29
    places = {(url, round(at - START_S) % 300) for url, at in world.looked}
    assert len(places) == len(SITES)
    assert watcher.tally.latest_s < 0.5
    assert (watcher.tally.due, watcher.tally.passed_over, watcher.tally.written) == (30, 0, 30)


async def test_states(world: World) -> None:
    """Up, slow, down after its retries, unknown; and a failure that a retry takes back."""
    tries: Counter[str] = Counter()

    def says(site: Site, _at: float) -> Sample:
        tries[site.url] += 1
        return {
            SITES[0].url: up(3000.0),
            SITES[1].url: up(3000.1),
            SITES[2].url: down(),
            SITES[3].url: down(Cause.NO_ANSWER),
            SITES[4].url: unknown(),
            SITES[5].url: down() if tries[site.url] < 3 else up(),
        }.get(site.url, up())

    world.says = says
    await world.watch(300)
    assert [world.states(site) for site in SITES[:6]] == ["u", "w", "d", "-", "-", "u"]
    assert [tries[site.url] for site in SITES[:6]] == [1, 1, 3, 3, 1, 3]
    again = [at for url, at in world.looked if url == SITES[2].url]
    assert [round(b - a, 1) for a, b in pairwise(again)] == [5.1, 5.1]


async def test_an_outage_is_told_once_and_its_end_too(world: World) -> None:
    """Whatever is restarted in between, one event for each, under keys that never change."""
    world.says = lambda site, at: (
        down() if site is SITES[0] and START_S + 300 < at < START_S + 1500 else up()
    )
    await world.watch(900)
    await world.watch(600)
    await world.watch(900)
    assert world.states() == "uddddu" + "uu"
    kinds = [event.kind for event in world.events]
    assert kinds == [EventKind.SITE_DOWN, EventKind.SITE_UP]
    began, ended = world.events
    assert ended.resolves == began.key
    assert (began.unit, began.site, began.reason) == ("u0", SITES[0].url, "refused")
    (outage,) = UptimeBook(world.store).outages(0, 2**40)
    assert outage.started_at == began.at
    assert outage.ended_at == ended.at
    assert outage.lasted_s == 4 * 300


async def test_a_sink_that_fails_is_told_again(world: World) -> None:
    """What was not told before a crash is told after it, under the same key."""
    world.says = lambda site, _at: down() if site is SITES[0] else up()
    watcher = world.watcher()

    def broken(events: Sequence[Event]) -> None:
        world.events.extend(events)
        raise OSError("no place")

    watcher.sink = broken
    with pytest.raises(OSError, match="no place"):
        await world.clock.run(watcher.run(for_s=600))
    first = list(world.events)
    world.events.clear()
    await world.watch(300)
    assert [event.key for event in first][:1] == [event.key for event in world.events]


async def test_a_site_of_two_units_is_told_to_both(world: World) -> None:
    """Each has its own event."""
    world.says = lambda site, _at: down() if site is SITES[0] else up()
    units = {site.url: (site.unit, "u99") for site in SITES}
    await world.watch(600, world.plan(units_of=units))
    assert [event.unit for event in world.events] == ["u0", "u99"]
    assert len({event.key for event in world.events}) == 2


async def test_the_machine_sleeps(world: World) -> None:
    """What was due meanwhile was not taken: nothing is invented, and nothing comes in a burst."""
    world.clock.jumps = [(START_S + 450, 3600.0)]
    watcher = await world.watch(3600 + 900)
    moments = [at for _, at in world.looked]
    assert min(b - a for a, b in pairwise(moments)) >= 19
    # Three rounds' worth of time, less the sample whose moment the sleep began or ended in.
    assert 28 <= len(world.looked) <= 30
    assert watcher.tally.gaps == 1
    assert watcher.tally.due == watcher.tally.passed_over + len(world.looked)
    assert 119 <= watcher.tally.passed_over <= 121


async def test_the_clock_is_set_back(world: World) -> None:
    """Moments that come twice are sampled once as far as anything is counted."""
    world.clock.jumps = [(START_S + 650, -600.0)]
    await world.watch(1200)
    with world.store.engine.connect() as db:
        rows = [
            tuple(row) for row in db.execute(select(watch_samples.c.at_s, watch_samples.c.site))
        ]
    assert len(rows) == len(set(rows)) == 40
    assert len(world.looked) >= 58


async def test_announced_outages_are_not_looked_at(world: World) -> None:
    """They count for neither side, and begin no outage."""
    local = datetime.fromtimestamp(START_S + 300, UTC)
    pause = Pause(
        why="Bảo trì", units=("u0",), zone="UTC",
        starts=local, ends=datetime.fromtimestamp(START_S + 900, UTC),
    )  # fmt: skip
    watching = Watching(interval_s=300, pauses=(pause,), retries=0)
    world.says = lambda site, at: (
        down() if site is SITES[0] and START_S + 300 < at < START_S + 900 else up()
    )
    await world.watch(1200, world.plan(watching=watching))
    assert world.states() == "uppu"
    assert not world.events
    assert len([url for url, _ in world.looked if url == SITES[0].url]) == 2


async def test_the_permission_ends_looking(world: World) -> None:
    """Outside its hours not a packet is sent, and it is said once; inside again it goes on."""
    opens = datetime.fromtimestamp(START_S + 600, UTC).time().replace(microsecond=0)
    leave = permission().model_copy(
        update={"hours": Hours(start=opens, end=time(23, 59, 59), zone="UTC")}
    )
    watcher = await world.watch(900, world.plan(permission=leave))
    assert len(world.looked) == 10
    assert min(at for _, at in world.looked) >= START_S + 600
    assert watcher.tally.passed_over == 20
    assert [text.partition(" now")[0] for text in world.said] == [
        "the permission does not allow packets",
        "the permission allows packets again",
    ]


async def test_a_site_is_looked_at_once_at_a_time(world: World) -> None:
    """What takes longer than the interval passes over the next sample."""
    world.takes_s = 450.0
    watcher = await world.watch(1500)
    assert watcher.tally.passed_over == 20
    assert world.states() == "uuu"


async def test_a_mass_failure(world: World) -> None:
    """One note, no outage, no sample down."""
    many = tuple(
        Site(unit=f"m{n}", url=f"https://m{n}.truong.edu.vn/", host=f"m{n}.truong.edu.vn")
        for n in range(40)
    )
    world.says = lambda _site, at: down() if START_S + 300 < at < START_S + 900 else up()
    await world.watch(1800, world.plan(sites=many, units_of={}))
    assert [event.kind for event in world.events] == [EventKind.HELD]
    assert UptimeBook(world.store).outages(0, 2**40) == []
    assert {letter for site in many for letter in world.states(site)} == {"u", "-"}
    await world.watch(60, world.plan(sites=many, units_of={}))
    assert len(world.events) == 1


async def test_one_round(world: World) -> None:
    """Every site once, at once; an outage that closes needs the next round too."""
    world.says = lambda site, _at: down() if site is SITES[0] else up()
    for turn in range(4):
        if turn == 2:
            world.says = lambda _site, _at: up()
        watcher = world.watcher()
        await world.clock.run(watcher.run(rounds=1))
        assert watcher.tally.written == 10
        world.clock.now_s += 300
    assert world.states() == "dduu"
    assert [event.kind for event in world.events] == [EventKind.SITE_DOWN, EventKind.SITE_UP]


async def test_stopped(world: World) -> None:
    """What was seen is written, what is under way is let go, no task stays."""
    before = asyncio.all_tasks()
    watcher = world.watcher()
    task = asyncio.create_task(watcher.run())
    runner = asyncio.create_task(world.clock.run(_after(world.clock, 400, task.cancel)))
    with pytest.raises(asyncio.CancelledError):
        await task
    await runner
    assert asyncio.all_tasks() == before
    assert watcher.tally.written == len(world.looked)


async def _after(clock: FakeClock, delay_s: float, call: Callable[[], object]) -> None:
    await clock.sleep(delay_s)
    call()


async def test_a_database_that_is_held_gets_its_samples_later(world: World, tmp_path: Path) -> None:
    """Nothing is lost while somebody else writes for a long time; it is said once each way."""
    event.listen(world.store.engine, "checkout", lambda db, *_: db.execute("PRAGMA busy_timeout=5"))
    other = sqlite3.connect(tmp_path / "watch.sqlite", isolation_level=None)
    with closing(other):
        watcher = world.watcher()

        async def held_for_a_while() -> None:
            await world.clock.sleep(100)
            other.execute("BEGIN EXCLUSIVE")
            await world.clock.sleep(250)
            other.execute("ROLLBACK")

        holder = asyncio.create_task(held_for_a_while())
        await world.clock.run(watcher.run(for_s=600))
        await holder
    assert watcher.tally.written == 20
    assert [text.partition(" (")[0] for text in world.said] == [
        "the database takes nothing",
        "the database takes samples again",
    ]


async def test_it_is_rolled_up_as_it_goes(world: World) -> None:
    """After some hours the book reads from hours; counts are the same."""
    await world.watch(3 * 3600, world.plan(sites=SITES[:1]))
    with world.store.engine.connect() as db:
        hours = db.execute(select(watch_hours.c.hour, watch_hours.c.up)).all()
    assert len(hours) >= 2
    assert sum(hour.up for hour in hours) < 36
    end_s = int(START_S) + 3 * 3600
    ((one,),) = UptimeBook(world.store).span(end_s - 4 * 3600, end_s).values()
    assert one.counts.up == 36


def test_two_vantages_have_different_keys(world: World) -> None:
    """The same outage seen from two places is two happenings, each told once."""
    plans = [world.plan(vantage=name) for name in ("da-nang", "ha-noi")]

    row = OutageRow(1, 300, 600, "refused", 900)
    told = [list(events_of_outages([row], {1: SITES[0]}, plan)) for plan in plans]
    assert len({event.key for events in told for event in events}) == 4
    again = list(events_of_outages([replace(row, unseen_s=3)], {1: SITES[0]}, plans[0]))
    assert [event.key for event in again] == [event.key for event in told[0]]
    assert list(events_of_outages([row], {}, plans[0])) == []
