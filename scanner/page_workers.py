"""Pages and linked files are parsed in child processes that are killed at a deadline: hostile bytes cost a bounded time.

``python -m scanner.page_workers`` is the child: it reads framed pages and files on standard input and writes framed
facts on standard output, with CPU and memory limits of its own where the system has them.
"""

import asyncio
import json
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from checks.evidence.base import Cause, Fact, NotCaptured
from checks.evidence.page import PageFacts
from checks.evidence.personal import Document
from scanner.children import HOME, environment, limit_memory

T = TypeVar("T")

MEMORY_BYTES = 1 << 30
DOCUMENT_S = 6.0
"""Twenty pages of PDF take two or three on a slow machine."""
_PAGE, _DOCUMENT = "page", "document"
FRAME_BYTES = 16 << 20
_HEAD = struct.Struct(">II")


class PageWorkers:
    """A few parsing processes, each started when its first page comes; one thread talks to each."""

    def __init__(
        self, count: int = 1, parse_s: float = 2.0, document_s: float = DOCUMENT_S
    ) -> None:
        self._parse_s = parse_s
        self._document_s = document_s
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="pages")
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        self._workers = [_Worker(self._threads) for _ in range(count)]
        for worker in self._workers:
            self._free.put_nowait(worker)

    async def facts(
        self, body: bytes, *, url: str, status: int, content_type: str, truncated: bool
    ) -> PageFacts | NotCaptured:
        """The facts of a page; ``NotCaptured(budget-cpu)`` where parsing takes longer than allowed."""
        about = {"url": url, "status": status, "content_type": content_type, "truncated": truncated}
        answer = await self._asked(_PAGE, about, body, self._parse_s)
        return answer if isinstance(answer, NotCaptured) else PageFacts.model_validate_json(answer)

    async def document(
        self,
        body: bytes,
        *,
        url: str,
        linked_from: str,
        linked_as: str,
        title: str,
        truncated: bool,
    ) -> Document:
        """What a file shows; its ``tables`` are ``NotCaptured(budget-cpu)`` where reading takes longer than allowed."""
        about = {
            "url": url,
            "linked_from": linked_from,
            "linked_as": linked_as,
            "title": title,
            "truncated": truncated,
        }
        answer = await self._asked(_DOCUMENT, about, body, self._document_s)
        if isinstance(answer, NotCaptured):
            return Document(
                url=url,
                linked_from=linked_from,
                linked_as=linked_as,
                kind="",
                bytes=len(body),
                tables=answer,
            )
        return Document.model_validate_json(answer)

    async def _asked(
        self, work: str, about: dict[str, object], body: bytes, parse_s: float
    ) -> bytes | NotCaptured:
        head = json.dumps({"work": work, "about": about}).encode()
        worker = await self._free.get()
        try:
            return await worker.ask(_HEAD.pack(len(head), len(body)) + head + body, parse_s)
        finally:
            self._free.put_nowait(worker)

    async def close(self) -> None:
        """Stop the children."""
        for worker in self._workers:
            worker.stop()
        self._threads.shutdown(wait=True)


class _Worker:
    """One child process, replaced when it dies or runs late."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self._threads = threads
        self._process: subprocess.Popen[bytes] | None = None

    async def ask(self, frame: bytes, parse_s: float) -> bytes | NotCaptured:
        for attempt in (1, 2):
            # Start-up is not the page's time.
            await self._in_thread(self._ready)
            try:
                async with asyncio.timeout(parse_s):
                    answer = await self._in_thread(self._round_trip, frame)
            except TimeoutError:
                self.stop()
                return NotCaptured(
                    cause=Cause.BUDGET_CPU, detail=f"parsing took over {parse_s:g} s"
                )
            if answer is not None:
                return answer
            # The child died: of this page, or of the one before; only a fresh child can tell.
            self.stop()
            if attempt == 2:
                break
        return NotCaptured(cause=Cause.BUDGET_CPU, detail="the parser died of this page")

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        """Blocking work in the thread; cut off, the child is killed, which ends the thread's wait."""
        future = asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            self._kill()
            await asyncio.wait({future})
            self.stop()
            raise

    def _ready(self) -> None:
        """A living child whose imports are done."""
        if self._process is not None and self._process.poll() is None:
            return
        self.stop()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scanner.page_workers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # What a parser says when a hostile file kills it is no news to whoever scans.
            stderr=subprocess.DEVNULL,
            cwd=HOME,
            env=environment(),
        )
        _exactly(self._process, 1)

    def _round_trip(self, frame: bytes) -> bytes | None:
        """The child's answer, or nothing where it died."""
        process = self._process
        if process is None or process.stdin is None:
            return None
        try:
            process.stdin.write(frame)
            process.stdin.flush()
        except OSError:
            return None
        head = _exactly(process, _HEAD.size)
        return None if head is None else _exactly(process, min(_HEAD.unpack(head)[0], FRAME_BYTES))

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """End the child, if there is one; it holds nothing worth a farewell."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _exactly(process: subprocess.Popen[bytes], count: int) -> bytes | None:
    """So many bytes from the child, or nothing where its output ends before."""
    data = process.stdout.read(count) if process.stdout is not None else b""
    return data if len(data) == count else None


def _serve() -> None:
    from checks.parsing.documents.reading import read_document  # noqa: PLC0415  Only the child
    from checks.parsing.html.facts import page_facts  # noqa: PLC0415  parses.

    works: dict[str, Callable[..., Fact]] = {_PAGE: page_facts, _DOCUMENT: read_document}
    limit_memory(MEMORY_BYTES)
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sink.write(b".")
    sink.flush()
    while head := source.read(_HEAD.size):
        about_length, body_length = _HEAD.unpack(head)
        asked = json.loads(source.read(about_length))
        facts = works[asked["work"]](source.read(body_length), **asked["about"])
        answer = facts.model_dump_json().encode()
        sink.write(_HEAD.pack(len(answer), 0) + answer)
        sink.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        _serve()
