"""Work that all sites of a run share: done for whoever asks first."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")


class Once(Generic[Kept]):
    """Does a thing once per key and run, whoever asks first; the others wait for the same answer."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Kept]] = {}

    async def get(self, key: str, make: Callable[[], Awaitable[Kept]]) -> Kept:
        """The answer for this key.  One who is cancelled leaves the work to those who still wait."""
        task = self._tasks.get(key)
        if task is None:
            task = asyncio.ensure_future(make())
            self._tasks[key] = task
        return await asyncio.shield(task)

    def forget(self, key: str) -> None:
        """Drop an answer, to free its memory."""
        self._tasks.pop(key, None)

    async def aclose(self) -> None:
        """End what is still under way."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
