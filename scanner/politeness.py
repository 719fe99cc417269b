"""The permission gate and the pace: who may be contacted, how many at once, how fast."""

import asyncio
import ipaddress
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, time
from itertools import islice
from typing import Protocol
from zoneinfo import ZoneInfo

from checks.evidence.base import Cause
from inventory.model import Hours, Permission
from scanner.addresses import is_public, judge_address, network_of
from scanner.budget import Budget, Failed
from scanner.clock import monotonic_s, now

WEB_PORTS = frozenset({80, 443})
NAME_PORTS = frozenset({53})
MAIL_PORTS = frozenset({25})
"""Where exchangers take letters from strangers (RFC 5321, 4.5.4.2); never the ports of those who log in."""
QUESTIONS_A_CONNECTION = 4.0
"""How many questions by datagram weigh as much as one new connection."""
COMPLAINTS_TO_STOP = 3
LONGEST_WAIT_S = 30.0
"""Who asks us to stay away for longer is left alone for the rest of the run."""
BURST_S = 10.0
"""How much unused time an address may save up for a short burst of requests."""
GLOBAL_CONNECTIONS = 256
"""Connections open at once over all sites; well under the usual limit of 1,024 descriptors."""


class NoPermission(Exception):  # noqa: N818  The operator reads it as a sentence.
    """There is no permission that would allow a single packet now."""


def require_permission(permission: Permission | None, moment: datetime) -> Permission:
    """The permission, if it holds at this moment; else ``NoPermission`` with what to do."""
    if permission is None:
        raise NoPermission(
            "the inventory holds no scan permission: add `permission:` to the file, a sheet "
            "`permission`, or give --permission FILE.yaml"
        )
    zone = ZoneInfo((permission.hours or Hours(start=time(0), end=time(0))).zone)
    today = moment.astimezone(zone).date()
    if not permission.valid_on(today):
        raise NoPermission(
            f"permission {permission.reference} holds from {permission.granted_on} to "
            f"{permission.expires_on}, not on {today}: ask {permission.granted_by} for a new one"
        )
    hours = permission.hours
    if hours is not None and not within_hours(permission, moment):
        raise NoPermission(
            f"permission {permission.reference} allows packets only from {hours.start:%H:%M} to "
            f"{hours.end:%H:%M} ({hours.zone})"
        )
    return permission


def permitted_now(permission: Permission, moment: datetime) -> bool:
    """Whether the permission's days and hours allow packets at this moment."""
    try:
        require_permission(permission, moment)
    except NoPermission:
        return False
    return True


def within_hours(permission: Permission, moment: datetime) -> bool:
    """Whether the permission's hours allow packets at this moment; a span may cross midnight."""
    hours = permission.hours
    if hours is None:
        return True
    local = moment.astimezone(ZoneInfo(hours.zone)).time()
    if hours.start <= hours.end:
        return hours.start <= local < hours.end
    return local >= hours.start or local < hours.end


class Idle(Protocol):
    """The connections that somebody keeps open for later, and how many of his looks wait for a place."""

    waiting: int

    async def let_go(self) -> None:
        """Close them all."""


class NothingIdle:
    """For whoever keeps no connection."""

    waiting = 0

    async def let_go(self) -> None:
        """There is nothing to close."""


NOTHING_IDLE = NothingIdle()


class Pace:
    """Keeps connections per address, per neighbourhood and overall within the permission."""

    def __init__(self, permission: Permission, *, allow_private: bool) -> None:
        self.permission = permission
        self.allow_private = allow_private
        self._all = _Limit(GLOBAL_CONNECTIONS)
        self._per_network: dict[str, _Limit] = {}
        self._limits_of: dict[str, tuple[_Limit, _Limit, _Limit]] = {}
        self._next_connection_at: defaultdict[str, float] = defaultdict(float)
        self._next_request_at: defaultdict[str, float] = defaultdict(float)
        self._next_question_at: defaultdict[str, float] = defaultdict(float)
        self._back_at: defaultdict[tuple[str, int], float] = defaultdict(float)
        self._slower: defaultdict[str, float] = defaultdict(lambda: 1.0)
        self._complaints: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._stopped: set[tuple[str, int]] = set()
        self._hours_checked_at = 0.0
        self._objections: dict[str, str] = {}

    def check_host(self, host: str) -> None:
        """``Failed(not-permitted)`` unless the permission covers the host."""
        if not self.permission.covers_host(host):
            raise Failed(Cause.NOT_PERMITTED, f"{host} is outside the permission")

    def check_target(self, address: str, port: int) -> None:
        """``Failed`` unless this address and port may be contacted now."""
        self.check_address(address)
        if port not in self.permission.ports:
            raise Failed(Cause.NOT_PERMITTED, f"port {port} is not among the permission's ports")
        self._check_hours()

    def check_auxiliary(
        self, address: str, port: int, open_ports: frozenset[int] = WEB_PORTS
    ) -> None:
        """``Failed`` unless a host that a site's own evidence names may be asked there.

        Such a host needs no leave of its own, so only ``open_ports``, those of what it is asked as, are open:
        those of the web, of names, of mail, or of a registry of our own list.  A certificate must not choose
        where else we knock, nor may a record of a zone.  On private addresses, which only a permission opens,
        the permission's ports count too.
        """
        self.check_address(address)
        open_here = open_ports
        if not is_public(ipaddress.ip_address(address)):
            open_here |= frozenset(self.permission.ports)
        if port not in open_here:
            raise Failed(Cause.NOT_PERMITTED, f"port {port} of an auxiliary host")
        self._check_hours()

    def check_address(self, address: str) -> None:
        """``Failed`` where no packet may go to this address at all."""
        # Neither the permission nor the guard changes within a run.
        why = self._objections.get(address)
        if why is None:
            judged = judge_address(address, self.permission, allow_private=self.allow_private)
            why = self._objections[address] = judged.why
        if why:
            raise Failed(Cause.BLOCKED_ADDRESS, f"{address}: {why}")

    def _check_hours(self) -> None:
        # The clock is read at most once a second; a run may outlast the permitted hours.
        if monotonic_s() - self._hours_checked_at > 1.0:
            if not within_hours(self.permission, now()):
                raise Failed(Cause.NOT_PERMITTED, "outside the permission's hours")
            self._hours_checked_at = monotonic_s()

    @asynccontextmanager
    async def connection(self, address: str, budget: Budget, idle: Idle) -> AsyncIterator[None]:
        """Hold one connection's place; see ``place``."""
        place = await self.place(address, budget, idle)
        try:
            yield
        finally:
            place.leave()

    async def place(self, address: str, budget: Budget, idle: Idle) -> "Place":
        """A connection's place, to be left in the end; waits for a free one and for the pace of new ones.

        What is idle is let go before a wait for a place: whoever waits must not hold places idle, or several
        waiters lock each other out.
        """
        own, near, overall = limits = self._limits(address)
        gap_s = self._slower[address] / self.permission.new_connections_per_second
        idle.waiting += 1
        try:
            if not (own.open and near.open and overall.open):
                with budget.own_wait():
                    await _room(limits, idle)
            place = Place(limits)
            wait_s = self._wait_s(self._next_connection_at, address, gap_s)
            if wait_s > 0:
                try:
                    with budget.own_wait():
                        await asyncio.sleep(wait_s)
                except BaseException:
                    place.leave()
                    raise
        finally:
            idle.waiting -= 1
        return place

    def _limits(self, address: str) -> tuple["_Limit", "_Limit", "_Limit"]:
        found = self._limits_of.get(address)
        if found is None:
            permission = self.permission
            network = network_of(address)
            if network not in self._per_network:
                self._per_network[network] = _Limit(permission.connections_per_network)
            own = _Limit(permission.connections_per_address)
            found = self._limits_of[address] = (own, self._per_network[network], self._all)
        return found

    async def request(self, address: str, port: int, budget: Budget) -> None:
        """Wait for the turn of one more HTTP request to this address; ``Failed`` where it had enough."""
        if (address, port) in self._stopped:
            raise Failed(
                Cause.RATE_LIMITED, f"{address} asked us to slow down; stopped for this run"
            )
        gap_s = 60.0 / self.permission.requests_per_minute * self._slower[address]
        wait_s = self._wait_s(self._next_request_at, address, gap_s, burst_s=BURST_S)
        if wait_s > 0:
            with budget.own_wait():
                await asyncio.sleep(wait_s)

    async def question(self, address: str, budget: Budget) -> None:
        """Wait for the turn of one more question by datagram to this name server."""
        gap_s = 1.0 / (self.permission.new_connections_per_second * QUESTIONS_A_CONNECTION)
        wait_s = self._wait_s(self._next_question_at, address, gap_s, burst_s=1.0)
        if wait_s > 0:
            with budget.own_wait():
                await asyncio.sleep(wait_s)

    def back_off(self, address: str, port: int, wait_s: float | None = None) -> float | None:
        """An address said 429 or 503: halve its pace, and keep away for the seconds that it asked for.

        Returns those seconds where it is worth to come back, else ``None``: it named none, it asked for more
        than ``LONGEST_WAIT_S``, or it was the third complaint of this port.  No more requests then go
        there in the last two cases.
        """
        complaints = self._complaints[address, port] + 1
        self._complaints[address, port] = complaints
        self.slow_down(address)
        too_long = wait_s is not None and wait_s > LONGEST_WAIT_S
        if too_long or complaints >= COMPLAINTS_TO_STOP:
            self._stopped.add((address, port))
            return None
        if wait_s is not None:
            back_at = monotonic_s() + wait_s
            self._back_at[address, port] = max(self._back_at[address, port], back_at)
        return wait_s

    async def rest(self, address: str, port: int, budget: Budget, *, patient: bool) -> None:
        """Keep away for as long as this address asked; ``Failed`` at once for who cannot wait."""
        wait_s = self._back_at[address, port] - monotonic_s()
        if wait_s <= 0:
            return
        if not patient:
            raise Failed(Cause.RATE_LIMITED, f"{address} asked us to come back in {wait_s:.0f} s")
        with budget.own_wait():
            await asyncio.sleep(wait_s)

    def forgive(self) -> None:
        """Forget who complained: for whoever lives for months, and keeps it in mind for a while only."""
        self._complaints.clear()
        self._stopped.clear()
        self._slower.clear()

    def slow_down(self, address: str) -> None:
        """Halve an address's pace, down to an eighth."""
        self._slower[address] = min(8.0, self._slower[address] * 2)

    @staticmethod
    def _wait_s(
        due: defaultdict[str, float], address: str, gap_s: float, burst_s: float = 0.0
    ) -> float:
        """Take the next turn; how long it is until then."""
        moment = monotonic_s()
        # A site may use its minute's first few requests at once; the average holds all the same.
        turn = max(due[address], moment - burst_s)
        due[address] = turn + gap_s
        return turn - moment


class _Limit:
    """So many at once; whoever finds no room queues."""

    __slots__ = ("_queue", "_room")

    def __init__(self, most: int) -> None:
        self._room = most
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def free(self) -> bool:
        """Whether there is room, for whomever."""
        return self._room > 0

    @property
    def open(self) -> bool:
        """Whether there is room, and nobody queues for it."""
        return self._room > 0 and not self._queue

    def enter(self) -> None:
        self._room -= 1

    def leave(self) -> None:
        self._room += 1
        self.call()

    async def turn(self, *, again: bool) -> None:
        """Queue until called; ``again`` in front, for who was called and found that another had been faster."""
        called = asyncio.get_running_loop().create_future()
        if again:
            self._queue.appendleft(called)
        else:
            self._queue.append(called)
        self.call()
        try:
            await called
        except BaseException:
            self._queue.remove(called)
            self.call()
            raise
        self._queue.remove(called)

    def call(self) -> None:
        """Call as many as there is room for; they stand in the queue until they have heard it."""
        for called in islice(self._queue, max(0, self._room)):
            if not called.done():
                called.set_result(None)


class Place:
    """What one connection holds of the limits."""

    __slots__ = ("_held",)

    def __init__(self, held: Sequence[_Limit]) -> None:
        for limit in held:
            limit.enter()
        self._held = held

    def leave(self) -> None:
        """Give all back; once or more often is the same."""
        held, self._held = self._held, ()
        for limit in held:
            limit.leave()


async def _room(limits: Sequence[_Limit], idle: Idle) -> None:
    """Wait until every limit has room, holding none of them meanwhile."""
    full = next((limit for limit in limits if not limit.open), None)
    at: _Limit | None = None
    while full is not None:
        await idle.let_go()
        await full.turn(again=full is at)
        at = full
        # Whoever has queued once looks for room alone: two that respect each other's queues would never pass.
        full = next((limit for limit in limits if not limit.free), None)
        if full is not at:
            # Whatever comes of this one, the next in the queue may pass.
            at.call()
