"""A clock that goes on when everybody waits, and jumps when it is told to."""

import asyncio
import heapq
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from itertools import count
from typing import Any


class FakeClock:
    """Seconds since 1970; ``sleep`` ends when the clock was moved that far."""

    def __init__(self, start_s: float = 1_790_000_000.0) -> None:
        self.now_s = start_s
        self._asleep: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number = count()
        self.busy: Callable[[], bool] = lambda: False
        """Whether somebody does what takes real time."""
        self.jumps: list[tuple[float, float]] = []
        """(when, by how much): the machine sleeps, or somebody sets the clock."""

    def now(self) -> datetime:
        """This moment."""
        return datetime.fromtimestamp(self.now_s, UTC)

    async def sleep(self, delay_s: float) -> None:
        """Until it is later."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._asleep, (self.now_s + delay_s, next(self._number), future))
        await future

    async def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Move on until the work is done."""
        task = asyncio.ensure_future(work)
        while not task.done():
            for _ in range(6):
                await asyncio.sleep(0)
            if self.busy():
                await asyncio.sleep(0.0005)
            elif self._asleep and not task.done():
                self._move()
        await task

    def _move(self) -> None:
        until_s, _, future = heapq.heappop(self._asleep)
        self.now_s = max(self.now_s, until_s)
        if self.jumps and self.now_s >= self.jumps[0][0]:
            _, by_s = self.jumps.pop(0)
            self.now_s += by_s
            # Timers of a loop count on another clock, which no setting moves.
            self._asleep = [(at + min(by_s, 0), n, one) for at, n, one in self._asleep]
            heapq.heapify(self._asleep)
        if not future.done():
            future.set_result(None)
