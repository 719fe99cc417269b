"""Several things side by side, of which none is left behind."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


async def together(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results in order.  Cut off, or where one fails, the others are ended too, and all have ended before this ends.

    ``asyncio.gather`` ends with the first that was cut off, while others still put things in order; and whoever is cut
    off a second time does not come to the end of that.  So each is cut off once, and waited for.
    """
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            if not task.done() and not task.cancelling():
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
