"""The watcher: every site once an interval, evenly spread; what was seen is kept, rolled up and told."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from checks.availability import bucket_of
from checks.events import Event
from checks.evidence.uptime import Sample
from inventory.model import Permission, Site
from inventory.settings import Confirming, Watching
from scanner import clock
from scanner.archive.store import Store
from scanner.archive.uptime import Batch, Keeping, State, UptimeLog
from scanner.politeness import permitted_now
from scanner.probes.uptime import SILENT
from scanner.watch.looking import Look
from scanner.watch.pauses import pause_at
from scanner.watch.telling import events_of_holds, events_of_outages
from scanner.watch.tracking import HoldRule, Taken, Tracker

LATE_S = 10.0
"""A sample that is later than this is not taken: it would be of another moment than the one it stands for."""
DOZE_S = 5.0
"""The longest sleep at once: a machine that slept, or a clock that was set, is noticed so soon."""
FLUSH_S = 5.0
ROLL_UP_S = 60.0
UNDER_WAY_S = 900.0
"""An hour is rolled up so long after its end: by then each of its samples is settled and written."""
AT_ONCE = 50
"""Sites looked at side by side in a single round; nothing spreads them over an interval."""
UNWRITTEN_MOST = 200_000
"""So many samples wait for a database that does not take them; more are let go, the oldest first."""

Sink = Callable[[Sequence[Event]], None]
"""Where events go.  It may be given the same event again after a crash: its key is then the same."""


class Clock(Protocol):
    """Time as the watcher knows it."""

    def now(self) -> datetime:
        """This moment, aware."""

    async def sleep(self, delay_s: float) -> None:
        """Wait."""


class RealClock:
    """The one clock of the program."""

    def now(self) -> datetime:
        """This moment."""
        return clock.now()

    async def sleep(self, delay_s: float) -> None:
        """Wait."""
        await asyncio.sleep(delay_s)


@dataclass
class Tally:
    """What became of the samples that were due since the watcher started."""

    due: int = 0
    taken: int = 0
    passed_over: int = 0
    """Not taken: the machine slept, the one before was still under way, or the permission did not allow it."""
    latest_s: float = 0.0
    """How late the latest sample began."""
    slowest_s: float = 0.0
    written: int = 0
    gaps: int = 0
    """How often the watcher found that it had stood still."""


@dataclass(frozen=True)
class Plan:
    """What is watched, and how."""

    sites: Sequence[Site]
    units_of: Mapping[str, Sequence[str]]
    permission: Permission
    watching: Watching = field(default_factory=Watching)
    confirm: Confirming = field(default_factory=Confirming)
    vantage: str = "default"
    keeping: Keeping = field(default_factory=Keeping)


@dataclass
class Watcher:
    """Watches until it is cancelled, or for so many rounds or seconds; then writes what it has."""

    plan: Plan
    store: Store
    look: Look
    sink: Sink
    say: Callable[[str], None]
    time: Clock = field(default_factory=RealClock)
    tally: Tally = field(default_factory=Tally)
    writing: bool = False
    """Whether the database is at it just now."""

    def __post_init__(self) -> None:
        ring = sorted(self.plan.sites, key=_scattered)
        self._ring = ring
        self._gap_s = self.plan.watching.interval_s / max(1, len(ring))
        self._log = UptimeLog(self.store)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._unwritten: list[Batch] = []
        self._writing_fails = False
        self._untold = False
        self._allowed = True
        self._by_id: dict[int, Site] = {}
        # One writer: the store is used by one thread at a time, and never holds up a look.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="watch")

    async def run(self, *, rounds: int | None = None, for_s: float | None = None) -> None:
        """Watch.  Cancelled, it lets go of what is under way, and keeps what is known."""
        await self._in_turn(self._begin)
        keeper = asyncio.create_task(self._keep_going())
        dispatcher = asyncio.create_task(self._dispatch(rounds, for_s))
        both: set[asyncio.Task[None]] = {keeper, dispatcher}
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            # A watcher that can keep nothing any more must not look as if it worked.
            for task in done:
                task.result()
        finally:
            tasks = [*both, *self._under_way.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await asyncio.shield(self._finish())

    async def _dispatch(self, rounds: int | None, for_s: float | None) -> None:
        if rounds is None:
            await self._by_the_clock(for_s)
        else:
            for _ in range(rounds):
                await self._one_round()
        await asyncio.gather(*self._under_way.values())

    # When

    async def _by_the_clock(self, for_s: float | None) -> None:
        """Slot after slot.  Slots are counted from 1970, so a restart goes on with the same ones."""
        ends_s = None if for_s is None else self._now_s() + for_s
        slot = self._next_slot()
        while self._ring and (ends_s is None or self._now_s() < ends_s):
            wait_s = slot * self._gap_s - self._now_s()
            if wait_s < -LATE_S or wait_s > self._gap_s + LATE_S:
                # The machine slept, or its clock was set: what was due meanwhile was not taken.
                fresh = self._next_slot()
                self.tally.gaps += 1
                self.tally.passed_over += max(0, fresh - slot)
                self.tally.due += max(0, fresh - slot)
                slot = fresh
                continue
            if wait_s > 0:
                await self.time.sleep(min(wait_s, DOZE_S))
                continue
            self.tally.latest_s = max(self.tally.latest_s, -wait_s)
            self._start(self._ring[slot % len(self._ring)], slot * self._gap_s)
            slot += 1
            if slot % 64 == 0:
                await asyncio.sleep(0)

    async def _one_round(self) -> None:
        """Every site once, as quickly as the permission's pace allows, as the sample of the present interval."""
        interval_s = self.plan.watching.interval_s
        due_s = self._now_s() // interval_s * interval_s
        for at, site in enumerate(self._ring):
            self._start(site, due_s)
            if at % AT_ONCE == AT_ONCE - 1:
                await asyncio.gather(*self._under_way.values())
        await asyncio.gather(*self._under_way.values())

    def _next_slot(self) -> int:
        return int(-(-self._now_s() // self._gap_s))

    def _start(self, site: Site, due_s: float) -> None:
        self.tally.due += 1
        if site.url in self._under_way or not self._may_look():
            self.tally.passed_over += 1
            return
        task = asyncio.create_task(self._sample(site, int(due_s)))
        self._under_way[site.url] = task
        task.add_done_callback(lambda _: self._under_way.pop(site.url, None))

    def _may_look(self) -> bool:
        allowed = permitted_now(self.plan.permission, self.time.now())
        if allowed is not self._allowed:
            self._allowed = allowed
            self.say(
                "the permission allows packets again" if allowed
                else "the permission does not allow packets now: nothing is sampled until it does"
            )  # fmt: skip
        return allowed

    # What

    async def _sample(self, site: Site, at_s: int) -> None:
        at = datetime.fromtimestamp(at_s, UTC)
        number = self._ids[site.url]
        began_s = self._now_s()
        units = self.plan.units_of.get(site.url, ())
        if pause_at(self.plan.watching.pauses, site, units, at) is not None:
            self._tracker.take(Taken(number, at_s, self._now_s(), State.PAUSED))
        else:
            sample, looks = await self._looked(site, at)
            self._tracker.take(self._judged(number, at_s, sample, looks))
        self.tally.taken += 1
        self.tally.slowest_s = max(self.tally.slowest_s, self._now_s() - began_s)

    async def _looked(self, site: Site, at: datetime) -> tuple[Sample, int]:
        """A sample, and how many looks failed: a site is down when it still is after the retries."""
        sample = await self.look(site, at)
        looks = 1
        while sample.up is False and looks <= self.plan.watching.retries:
            await self.time.sleep(self.plan.watching.retry_after_s)
            sample = await self.look(site, at)
            looks += 1
        return sample, looks

    def _judged(self, number: int, at_s: int, sample: Sample, looks: int) -> Taken:
        first_byte_ms = sample.first_byte_ms
        cause = sample.cause.value if sample.cause else None
        if sample.up is None:
            return Taken(number, at_s, self._now_s(), State.UNKNOWN, cause=cause)
        if not sample.up:
            state = State.SILENT if sample.cause in SILENT else State.DOWN
            return Taken(number, at_s, self._now_s(), state, cause=cause, looks=looks)
        slow = first_byte_ms is not None and first_byte_ms > self.plan.watching.degraded_ms
        bucket = None if first_byte_ms is None else bucket_of(first_byte_ms)
        return Taken(number, at_s, self._now_s(), State.SLOW if slow else State.UP, bucket)

    # Keeping

    def _begin(self) -> None:
        plan = self.plan
        self._vantage = self._log.vantage(
            plan.vantage, plan.watching.interval_s, int(self._now_s())
        )
        self._ids = self._log.sites(
            {site.url: plan.units_of.get(site.url, ()) for site in plan.sites}
        )
        self._by_id = {self._ids[site.url]: site for site in plan.sites}
        self._tracker = Tracker(
            plan.watching.interval_s,
            len(self._ring),
            HoldRule(plan.confirm.hold_share_pct, plan.confirm.hold_least),
            outages=(outages := self._log.outages(self._vantage)),
            ups=self._log.up_since(self._vantage, outages),
            firsts=self._log.firsts(self._vantage),
            holds=self._log.holds(self._vantage),
        )
        self._tell()

    async def _keep_going(self) -> None:
        rolled_at_s = 0.0
        while True:
            await self.time.sleep(FLUSH_S)
            await self._flush()
            if self._now_s() - rolled_at_s >= ROLL_UP_S or self._now_s() < rolled_at_s:
                rolled_at_s = self._now_s()
                await self._write(self._roll_up)

    async def _flush(self, *, last: bool = False) -> None:
        batch = self._tracker.due(self._now_s(), last=last)
        if batch:
            self._unwritten.append(batch)
        if self._unwritten or self._untold:
            await self._write(self._write_out)

    async def _finish(self) -> None:
        try:
            await self._flush(last=True)
            await self._write(self._roll_up)
        finally:
            self._writer.shutdown(wait=True)

    async def _write(self, job: Callable[[], None]) -> None:
        """Do it in the writer's thread.  A database that does not take it now gets it later."""
        try:
            await self._in_turn(job)
        except DBAPIError as error:
            if not self._writing_fails:
                self.say(f"the database takes nothing ({error.orig}); samples wait for it")
            self._writing_fails = True
            self._let_go_of_too_many()
            return
        if self._writing_fails:
            self.say("the database takes samples again")
        self._writing_fails = False

    async def _in_turn(self, job: Callable[[], None]) -> None:
        self.writing = True
        try:
            await asyncio.get_running_loop().run_in_executor(self._writer, job)
        finally:
            self.writing = False

    def _let_go_of_too_many(self) -> None:
        waiting = sum(len(batch.samples) for batch in self._unwritten)
        for at, batch in enumerate(self._unwritten):
            if waiting <= UNWRITTEN_MOST:
                break
            waiting -= len(batch.samples)
            self.tally.passed_over += len(batch.samples)
            # Of the rest there is little, and later rows build on it.
            self._unwritten[at] = replace(batch, samples=())

    def _write_out(self) -> None:
        while self._unwritten:
            batch = self._unwritten[0]
            self._log.keep(self._vantage, batch)
            self.tally.written += len(batch.samples)
            self._unwritten.pop(0)
            self._untold = self._untold or bool(batch.outages or batch.holds)
        if self._untold:
            self._tell()
            self._untold = False

    def _roll_up(self) -> None:
        now_s = int(self._now_s())
        self._log.roll_up(self._vantage, now_s - int(UNDER_WAY_S))
        self._log.prune(self._vantage, now_s, self.plan.keeping)

    def _tell(self) -> None:
        """Everything that happened and was not told: from the store, so a crash between the two loses nothing."""
        outages = self._log.outages(self._vantage, untold=True)
        holds = self._log.holds(self._vantage, untold=True)
        events = [
            *events_of_outages(outages, self._by_id, self.plan),
            *events_of_holds(holds, self.plan.vantage),
        ]
        if events:
            self.sink(events)
        told = [replace(outage, told=1 if outage.ended_s is None else 2) for outage in outages]
        if told or holds:
            self._log.told(self._vantage, told, holds)

    def _now_s(self) -> float:
        return self.time.now().timestamp()


def _scattered(site: Site) -> bytes:
    """The same order every time, in which the sites of one server do not stand side by side."""
    return hashlib.sha256(site.url.encode("utf-8", "replace")).digest()
