"""Sockets that never block and always end: connecting, receiving, and one whole talk by callbacks."""

import asyncio
import errno
import os
import socket
import struct
import sys
from contextlib import suppress
from typing import Protocol

from checks.evidence.base import Cause
from scanner.budget import Budget, Failed
from scanner.clock import monotonic_s

READ_BYTES = 65_536
# Windows' loop does whole operations instead of saying that a socket is ready.  Elsewhere a future and a
# timer cost a third of asyncio.timeout around asyncio's own calls, and a look waits sixty times.
_COMPLETES = sys.platform == "win32"
# SO_LINGER with zero seconds; the struct has other widths on Windows.
_RESET_ON_CLOSE = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


class Talk(Protocol):
    """What is said over one connection."""

    def begin(self) -> bytes:
        """What to send as soon as the connection stands."""

    @property
    def over(self) -> bool:
        """Whether nothing more is wanted."""

    @property
    def patience_s(self) -> float | None:
        """How much longer to wait for the next piece, where that is less than the limit of the talk."""

    def feed(self, data: bytes) -> bytes:
        """Take what came, ``b""`` for the end; what to send.  May raise what should end the talk."""


async def connected(address: str, port: int, limit_s: float) -> socket.socket:
    """A connection to an address literal; ``TimeoutError`` at the limit, ``OSError`` where there is none."""
    sock = _new(address)
    try:
        if _COMPLETES:
            async with asyncio.timeout(limit_s):
                await asyncio.get_running_loop().sock_connect(sock, (address, port))
        else:
            await _begin_and_wait(sock, address, port, limit_s)
    except BaseException:
        sock.close()
        raise
    return sock


async def received(sock: socket.socket, limit_s: float) -> bytes:
    """What comes next; ``TimeoutError`` at the limit."""
    if _COMPLETES:
        async with asyncio.timeout(limit_s):
            return await asyncio.get_running_loop().sock_recv(sock, READ_BYTES)
    ends_at = monotonic_s() + limit_s
    while True:
        await _until_ready(sock, ends_at - monotonic_s(), reading=True)
        try:
            return sock.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            continue


def close(sock: socket.socket) -> None:
    """Close with a reset, so that nothing lingers on either side."""
    with suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    sock.close()


async def talk_over(
    address: str, port: int, talk: Talk, budget: Budget, *, connect_s: float, answer_s: float
) -> None:
    """Connect, talk until it is over, close with a reset.

    ``TimeoutError`` and ``OSError`` where no connection comes about; ``Failed`` for what goes wrong on one, and
    whatever ``talk`` raises.  ``answer_s`` bounds the whole talk.
    """
    if _COMPLETES:
        await by_completion(address, port, talk, budget, connect_s=connect_s, answer_s=answer_s)
    else:
        await by_readiness(address, port, talk, budget, connect_s=connect_s, answer_s=answer_s)


async def by_completion(
    address: str, port: int, talk: Talk, budget: Budget, *, connect_s: float, answer_s: float
) -> None:
    """The same for loops that do whole operations."""
    loop = asyncio.get_running_loop()
    sock = _new(address)
    try:
        async with asyncio.timeout(connect_s):
            await loop.sock_connect(sock, (address, port))
        try:
            ends_at = loop.time() + answer_s
            async with asyncio.timeout_at(ends_at) as limit:
                await loop.sock_sendall(sock, talk.begin())
                while not talk.over:
                    if talk.patience_s is not None:
                        limit.reschedule(min(ends_at, loop.time() + talk.patience_s))
                    data = await loop.sock_recv(sock, READ_BYTES)
                    _account(budget, data)
                    if reply := talk.feed(data):
                        await loop.sock_sendall(sock, reply)
        except TimeoutError:
            raise _silent(answer_s) from None
        except OSError as error:
            raise Failed(Cause.RESET, plain(error)) from None
    finally:
        close(sock)


async def by_readiness(
    address: str, port: int, talk: Talk, budget: Budget, *, connect_s: float, answer_s: float
) -> None:
    """The same for loops that say that a socket is ready, without a coroutine on the way."""
    await _ReadyTalk(address, talk, budget, answer_s).held(port, connect_s)


class _ReadyTalk:
    """One talk, driven by callbacks: a look asks twenty questions, and each wait of a coroutine costs."""

    __slots__ = (
        "_address",
        "_answer_s",
        "_budget",
        "_connected",
        "_descriptor",
        "_done",
        "_ends_at",
        "_loop",
        "_sock",
        "_talk",
        "_timer",
        "_unsent",
        "_writing",
    )

    def __init__(self, address: str, talk: Talk, budget: Budget, answer_s: float) -> None:
        self._address = address
        self._talk = talk
        self._budget = budget
        self._answer_s = answer_s
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._connected = False
        self._writing = False
        self._unsent = b""

    async def held(self, port: int, connect_s: float) -> None:
        self._sock = _new(self._address)
        # Of an object the selector writes a description for each socket that it does not know yet.
        self._descriptor = self._sock.fileno()
        self._ends_at = self._loop.time() + connect_s
        self._timer = self._loop.call_at(self._ends_at, self._late)
        try:
            started = self._sock.connect_ex((self._address, port))
            if started not in (0, errno.EINPROGRESS):
                raise OSError(started, os.strerror(started))
            self._writing = True
            self._loop.add_writer(self._descriptor, self._writable)
            await self._done
        finally:
            self._timer.cancel()
            if self._writing:
                self._loop.remove_writer(self._descriptor)
            if self._connected:
                self._loop.remove_reader(self._descriptor)
            close(self._sock)

    def _late(self) -> None:
        if self._done.done():
            return
        if self._loop.time() < self._ends_at:
            # Set for the connection, which came in time; now it is the answer's turn.
            self._timer = self._loop.call_at(self._ends_at, self._late)
        elif self._connected:
            self._done.set_exception(_silent(self._answer_s))
        else:
            self._done.set_exception(TimeoutError())

    def _writable(self) -> None:
        if self._done.done():
            return
        try:
            if self._connected:
                self._send(b"")
            else:
                self._begin()
        except Exception as error:  # noqa: BLE001  Whoever waits gets it, whatever it is.
            self._end(error)

    def _begin(self) -> None:
        failed = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failed:
            self._done.set_exception(OSError(failed, os.strerror(failed)))
            return
        self._loop.remove_writer(self._descriptor)
        self._writing = False
        self._connected = True
        self._loop.add_reader(self._descriptor, self._readable)
        self._limit(self._loop.time() + self._answer_s)
        self._send(self._talk.begin())

    def _limit(self, ends_at: float) -> None:
        # A later end is noticed when the timer set for the earlier one comes.
        if ends_at < self._ends_at:
            self._timer.cancel()
            self._timer = self._loop.call_at(ends_at, self._late)
        self._ends_at = ends_at

    def _readable(self) -> None:
        if self._done.done():
            return
        try:
            try:
                data = self._sock.recv(READ_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            _account(self._budget, data)
            reply = self._talk.feed(data)
            if reply:
                self._send(reply)
            if self._talk.over:
                self._done.set_result(None)
            elif self._talk.patience_s is not None:
                self._limit(min(self._ends_at, self._loop.time() + self._talk.patience_s))
        except Exception as error:  # noqa: BLE001  Whoever waits gets it, whatever it is.
            self._end(error)

    def _send(self, data: bytes) -> None:
        """Nearly always the system takes all of it at once; the rest waits for room."""
        data = self._unsent + data
        try:
            sent = self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        self._unsent = data[sent:]
        if bool(self._unsent) is not self._writing:
            self._writing = bool(self._unsent)
            if self._writing:
                self._loop.add_writer(self._descriptor, self._writable)
            else:
                self._loop.remove_writer(self._descriptor)

    def _end(self, error: Exception) -> None:
        if self._done.done():
            return
        if isinstance(error, OSError):
            error = Failed(Cause.RESET, plain(error))
        self._done.set_exception(error)


def _account(budget: Budget, data: bytes) -> None:
    budget.receive(len(data))
    budget.event()


def _silent(limit_s: float) -> Failed:
    return Failed(Cause.NO_ANSWER, f"silent for {limit_s:.0f} s")


def plain(error: OSError) -> str:
    """The system's words for it."""
    return error.strerror or type(error).__name__


def _new(address: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    sock.settimeout(0)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


async def _begin_and_wait(sock: socket.socket, address: str, port: int, limit_s: float) -> None:
    started = sock.connect_ex((address, port))
    if started == errno.EINPROGRESS:
        await _until_ready(sock, limit_s, reading=False)
        started = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if started:
        raise OSError(started, os.strerror(started))


async def _until_ready(sock: socket.socket, limit_s: float, *, reading: bool) -> None:
    loop = asyncio.get_running_loop()
    descriptor = sock.fileno()
    ready: asyncio.Future[None] = loop.create_future()
    timer = loop.call_later(limit_s, _end, ready, TimeoutError())
    if reading:
        loop.add_reader(descriptor, _end, ready)
    else:
        loop.add_writer(descriptor, _end, ready)
    try:
        await ready
    finally:
        timer.cancel()
        if reading:
            loop.remove_reader(descriptor)
        else:
            loop.remove_writer(descriptor)


def _end(ready: "asyncio.Future[None]", error: TimeoutError | None = None) -> None:
    if ready.done():
        return
    if error is None:
        ready.set_result(None)
    else:
        ready.set_exception(error)
