"""The permission gate and the pace: who may be contacted, how many at once, how fast."""

import asyncio
import ipaddress
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, time
from zoneinfo import ZoneInfo

from checks.evidence.base import Cause
from inventory.model import Hours, Permission
from scanner.addresses import is_public, judge_address, network_of
from scanner.budget import Budget, Failed
from scanner.clock import monotonic_s, now

WEB_PORTS = frozenset({80, 443})
COMPLAINTS_TO_STOP = 3
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


class Pace:
    """Keeps connections per address, per neighbourhood and overall within the permission."""

    def __init__(self, permission: Permission, *, allow_private: bool) -> None:
        self.permission = permission
        self.allow_private = allow_private
        self._all = asyncio.Semaphore(GLOBAL_CONNECTIONS)
        self._per_address: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(permission.connections_per_address)
        )
        self._per_network: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(permission.connections_per_network)
        )
        self._next_connection_at: defaultdict[str, float] = defaultdict(float)
        self._next_request_at: defaultdict[str, float] = defaultdict(float)
        self._slower: defaultdict[str, float] = defaultdict(lambda: 1.0)
        self._complaints: defaultdict[tuple[str, int], int] = defaultdict(int)
        self._stopped: set[tuple[str, int]] = set()
        self._hours_checked_at = 0.0
        self._objections: dict[str, str] = {}
        self._networks: dict[str, str] = {}

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

    def check_auxiliary(self, address: str, port: int) -> None:
        """``Failed`` unless a host that a site's own evidence names may be asked there.

        Such a host needs no leave of its own, so only the ports of the web are open to it: a
        certificate must not choose where else we knock.  On private addresses, which only a permission
        opens, the permission's ports count too.
        """
        self.check_address(address)
        open_here = WEB_PORTS
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
    async def connection(
        self, address: str, budget: Budget, let_go: Callable[[], Awaitable[None]]
    ) -> AsyncIterator[None]:
        """Hold one connection's place; see ``place``."""
        place = await self.place(address, budget, let_go)
        try:
            yield
        finally:
            place.leave()

    async def place(
        self, address: str, budget: Budget, let_go: Callable[[], Awaitable[None]]
    ) -> "Place":
        """A connection's place, to be left in the end; waits for a free one and for the pace of new ones.

        ``let_go`` is called before a wait for a place: whoever waits must not hold places idle, or
        several waiters lock each other out.
        """
        # The narrow limits first: a queue at one address must not hold places of others.
        limits = (self._per_address[address], self._per_network[self._network(address)], self._all)
        gap_s = self._slower[address] / self.permission.new_connections_per_second
        place = Place()
        try:
            if any(limit.locked() for limit in limits):
                with budget.own_wait():
                    for limit in limits:
                        if limit.locked():
                            await let_go()
                        await place.enter(limit)
            else:
                for limit in limits:
                    await place.enter(limit)
            wait_s = self._wait_s(self._next_connection_at, address, gap_s)
            if wait_s > 0:
                with budget.own_wait():
                    await asyncio.sleep(wait_s)
        except BaseException:
            place.leave()
            raise
        return place

    def _network(self, address: str) -> str:
        network = self._networks.get(address)
        if network is None:
            network = self._networks[address] = network_of(address)
        return network

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

    def back_off(self, address: str, port: int) -> None:
        """An address said 429 or 503: halve its pace; at the third complaint of one port,
        send no more requests there."""
        complaints = self._complaints[address, port] + 1
        self._complaints[address, port] = complaints
        self.slow_down(address)
        if complaints >= COMPLAINTS_TO_STOP:
            self._stopped.add((address, port))

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


class Place:
    """What one connection holds of the limits."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: list[asyncio.Semaphore] = []

    async def enter(self, limit: asyncio.Semaphore) -> None:
        """Take a place, waiting for it where there is none."""
        await limit.acquire()
        self._held.append(limit)

    def leave(self) -> None:
        """Give all back; once or more often is the same."""
        while self._held:
            self._held.pop().release()
