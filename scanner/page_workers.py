"""Pages are parsed in child processes that are killed at a deadline: hostile HTML costs a bounded time.

``python -m scanner.page_workers`` is the child: it reads framed pages on standard input and writes framed
facts on standard output, with CPU and memory limits of its own where the system has them.
"""

import asyncio
import json
import os
import struct
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import PageFacts

MEMORY_BYTES = 1 << 30
FRAME_BYTES = 16 << 20
_HEAD = struct.Struct(">II")
_HOME = Path(__file__).resolve().parent.parent


class PageWorkers:
    """A few parsing processes, started when the first page comes."""

    def __init__(self, count: int = 1, parse_s: float = 2.0) -> None:
        self._parse_s = parse_s
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        self._workers = [_Worker() for _ in range(count)]
        for worker in self._workers:
            self._free.put_nowait(worker)

    async def facts(
        self, body: bytes, *, url: str, status: int, content_type: str, truncated: bool
    ) -> PageFacts | NotCaptured:
        """The facts of a page; ``NotCaptured(budget-cpu)`` where parsing takes longer than allowed."""
        about = {"url": url, "status": status, "content_type": content_type, "truncated": truncated}
        worker = await self._free.get()
        try:
            return await worker.ask(about, body, self._parse_s)
        finally:
            self._free.put_nowait(worker)

    async def close(self) -> None:
        """Stop the children."""
        for worker in self._workers:
            await worker.stop()


class _Worker:
    """One child process, replaced when it dies or runs late."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def ask(
        self, about: dict[str, object], body: bytes, parse_s: float
    ) -> PageFacts | NotCaptured:
        for attempt in (1, 2):
            process = self._process
            if process is None or process.returncode is not None:
                process = await self._start()
            assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018  for mypy
            head = json.dumps(about).encode()
            try:
                process.stdin.write(_HEAD.pack(len(head), len(body)) + head + body)
                async with asyncio.timeout(parse_s):
                    await process.stdin.drain()
                    length, _ = _HEAD.unpack(await process.stdout.readexactly(_HEAD.size))
                    answer = await process.stdout.readexactly(min(length, FRAME_BYTES))
            except TimeoutError:
                await self.stop()
                return NotCaptured(
                    cause=Cause.BUDGET_CPU, detail=f"parsing took over {parse_s:g} s"
                )
            except (asyncio.IncompleteReadError, OSError):
                # The child died: of this page, or of the one before; only a fresh child can tell.
                await self.stop()
                if attempt == 2:
                    return NotCaptured(
                        cause=Cause.BUDGET_CPU, detail="the parser died of this page"
                    )
                continue
            except asyncio.CancelledError:
                await self.stop()
                raise
            return PageFacts.model_validate_json(answer)
        raise AssertionError("unreachable")

    async def _start(self) -> asyncio.subprocess.Process:
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "scanner.page_workers",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_HOME,
            env=os.environ | {"PYTHONPATH": str(_HOME)},
            limit=FRAME_BYTES,
        )
        # The first byte says that the imports are done: start-up is not the page's time.
        assert process.stdout is not None  # noqa: S101  for mypy
        try:
            with suppress(TimeoutError, asyncio.IncompleteReadError):
                async with asyncio.timeout(30):
                    await process.stdout.readexactly(1)
        except asyncio.CancelledError:
            await self.stop()
            raise
        return process

    async def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()
        # Let the transport see the end of its pipes before the loop goes.
        await asyncio.sleep(0)


def _limit_myself() -> None:
    try:
        import resource  # noqa: PLC0415  Not on Windows; there the deadline alone guards.
    except ImportError:
        return
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def _serve() -> None:
    from checks.parsing.html_facts import page_facts  # noqa: PLC0415  Only the child parses.

    _limit_myself()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(b".")
    sink.flush()
    while head := source.read(_HEAD.size):
        about_length, body_length = _HEAD.unpack(head)
        about = json.loads(source.read(about_length))
        facts = page_facts(source.read(body_length), **about)
        answer = facts.model_dump_json().encode()
        sink.write(_HEAD.pack(len(answer), 0) + answer)
        sink.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        _serve()
