"""What runs side by side ends together: cut off once, each to the end of its own clean-up."""

import asyncio
from collections.abc import Callable

import pytest

from scanner.together import together


class Work:
    """Waits for ever, and takes its time to put things in order."""

    def __init__(self, clean_up_s: float) -> None:
        self.clean_up_s = clean_up_s
        self.cuts = 0
        self.in_order = False

    async def do(self) -> None:
        """Until it is cut off."""
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            self.cuts += 1
            raise
        finally:
            try:
                await asyncio.sleep(self.clean_up_s)
            except asyncio.CancelledError:
                self.cuts += 1
                raise
            self.in_order = True


async def test_results_in_order() -> None:
    """Whichever is done first."""

    async def after(delay_s: float) -> float:
        await asyncio.sleep(delay_s)
        return delay_s

    assert await together(after(n) for n in (0.02, 0.0, 0.01)) == [0.02, 0.0, 0.01]
    assert await together(()) == []


async def test_cut_off_once() -> None:
    """Though the first of them is gone at once, the last one still comes to its end."""
    works = [Work(0.0), Work(0.05), Work(0.1)]
    task = asyncio.create_task(together(work.do() for work in works))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert [(work.cuts, work.in_order) for work in works] == [(1, True)] * 3


def fails() -> None:
    """A fault of ours."""
    raise ZeroDivisionError


def is_cut() -> None:
    """Cut off from inside."""
    raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("how", "raised"), [(fails, ZeroDivisionError), (is_cut, asyncio.CancelledError)]
)
async def test_one_fails(how: Callable[[], None], raised: type[BaseException]) -> None:
    """Then the others are ended, and the fault is told."""
    works = [Work(0.0), Work(0.05)]

    async def failing() -> None:
        await asyncio.sleep(0.01)
        how()

    with pytest.raises(raised):
        await together((*(work.do() for work in works), failing()))
    assert [(work.cuts, work.in_order) for work in works] == [(1, True)] * 2
