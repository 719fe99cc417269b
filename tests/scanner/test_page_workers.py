"""Pages parsed in children that may be killed."""

import asyncio

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import PageFacts
from scanner.page_workers import PageWorkers

PAGE = b"<!doctype html><title>Truong</title><p>xin ch\xc3\xa0o</p>"


async def ask(workers: PageWorkers, body: bytes = PAGE, **about: object) -> PageFacts | NotCaptured:
    """The facts of a page."""
    known = {"url": "https://truong.edu.vn/", "status": 200, "content_type": "text/html"} | about
    return await workers.facts(body, truncated=False, **known)  # type: ignore[arg-type]


async def test_facts_come_back() -> None:
    """One child serves several pages, at once and in turn."""
    workers = PageWorkers(1, 5.0)
    try:
        pages = await asyncio.gather(*(ask(workers) for _ in range(3)))
        assert [page.title for page in pages if isinstance(page, PageFacts)] == ["Truong"] * 3
        large = await ask(workers, PAGE + b"<p>a b</p>" * 200_000)
        assert isinstance(large, PageFacts)
        assert large.bytes > 2_000_000
    finally:
        await workers.close()


async def test_a_slow_page_is_killed_and_the_next_one_read() -> None:
    """A real child with no time at all; the child after it starts afresh."""
    workers = PageWorkers(1, 0.0)
    try:
        late = await ask(workers)
        assert isinstance(late, NotCaptured)
        assert late.cause is Cause.BUDGET_CPU
        workers._parse_s = 5.0
        assert isinstance(await ask(workers), PageFacts)
    finally:
        await workers.close()


async def test_a_dead_child_is_replaced() -> None:
    """Killed between two pages, by whomever."""
    workers = PageWorkers(1, 5.0)
    try:
        await ask(workers)
        process = workers._workers[0]._process
        assert process is not None
        process.kill()
        assert isinstance(await ask(workers), PageFacts)
    finally:
        await workers.close()


async def test_a_page_that_kills_its_parser() -> None:
    """Twice the same end, with a fresh child: it is the page."""
    workers = PageWorkers(1, 5.0)
    try:
        dead = await ask(workers, status="no number")
        assert isinstance(dead, NotCaptured)
        assert dead.cause is Cause.BUDGET_CPU
        assert isinstance(await ask(workers), PageFacts)
    finally:
        await workers.close()


async def test_cancelled_in_the_middle() -> None:
    """While a child starts, and while it reads: none is left, and the next page gets a fresh one."""
    workers = PageWorkers(1, 5.0)
    try:
        for pause_s in (0.03, 0.03):
            task = asyncio.create_task(ask(workers))
            await asyncio.sleep(pause_s)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert task.cancelled()
        assert isinstance(await ask(workers), PageFacts)
    finally:
        await workers.close()


async def test_closing_twice() -> None:
    """Also without a single page."""
    workers = PageWorkers(2)
    await workers.close()
    await workers.close()
