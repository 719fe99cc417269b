"""Work that all sites of a run share: done for whoever asks first."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from checks.evidence.base import Cause, NotCaptured

Kept = TypeVar("Kept")
_OF_ONE_SITE = frozenset({Cause.CANCELLED, Cause.DEADLINE, Cause.BUDGET_EVENTS})


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


class Shared(Generic[Kept]):
    """Asks a thing once per key and run, within the budget of the site that asks first.

    Whoever shares a question asks anew where the trouble was the first one's alone: that says nothing to others.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, asyncio.Future[Kept | None]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Kept]]) -> Kept:
        """The answer for this key; what ``make`` raises is the caller's own, and is not shared."""
        while (known := self._known.get(key)) is not None:
            shared = await asyncio.shield(known)
            if shared is not None:
                return shared
        future: asyncio.Future[Kept | None] = asyncio.get_running_loop().create_future()
        self._known[key] = future
        said: Kept | None = None
        try:
            made = await make()
            said = None if is_of_one_site(made) else made
        finally:
            if said is None:
                del self._known[key]
            future.set_result(said)
        return made

    def forget(self, key: Hashable) -> None:
        """Ask anew from now on; a question that is under way is left to those who wait for it."""
        known = self._known.get(key)
        if known is not None and known.done():
            del self._known[key]


def is_of_one_site(said: object) -> bool:
    """Whether something could not be seen for want of one site's own budget."""
    return isinstance(said, NotCaptured) and said.cause in _OF_ONE_SITE
