"""Sockets that never block and always end: connecting, receiving, and one whole talk by callbacks."""

import asyncio
import errno
import os
import select
import socket
import struct
import sys
from abc import ABC, abstractmethod
from contextlib import suppress
from functools import partial
from typing import Protocol

from checks.evidence.base import Cause
from scanner.budget import Budget, Failed
from scanner.clock import monotonic_s

READ_BYTES = 65_536
# Windows' loop does whole operations instead of saying that a socket is ready.  Elsewhere a future and a
# timer cost a third of asyncio.timeout around asyncio's own calls, and a look waits sixty times.
_COMPLETES = sys.platform == "win32"
_TICK_S = 0.05
"""How late the end of a talk may be noticed."""
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


class Talks(ABC):
    """Holds whole talks over connections of their own; make one per event loop, by ``talks``."""

    @abstractmethod
    async def hold(
        self,
        address: str,
        port: int,
        talk: Talk,
        budget: Budget,
        *,
        connect_s: float,
        answer_s: float,
    ) -> None:
        """Connect, talk until it is over, close with a reset.

        ``TimeoutError`` and ``OSError`` where no connection comes about; ``Failed`` for what goes wrong on one, and
        whatever ``talk`` raises.  ``answer_s`` bounds the whole talk.
        """


def talks() -> Talks:
    """The way that suits this system."""
    if _COMPLETES:
        return TalksByCompletion()
    return TalksByEdge() if hasattr(select, "epoll") else TalksByLevel()


class TalksByCompletion(Talks):
    """For loops that do whole operations."""

    async def hold(
        self,
        address: str,
        port: int,
        talk: Talk,
        budget: Budget,
        *,
        connect_s: float,
        answer_s: float,
    ) -> None:
        """See ``Talks``."""
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
                        reply = _heard(talk, budget, await loop.sock_recv(sock, READ_BYTES))
                        if reply:
                            await loop.sock_sendall(sock, reply)
            except TimeoutError:
                raise _silent(answer_s) from None
            except OSError as error:
                raise Failed(Cause.RESET, plain(error)) from None
        finally:
            close(sock)


class _TalksByReadiness(Talks):
    """Driven by callbacks: a look asks twenty questions, and each wait of a coroutine and each timer costs.

    The ends of all talks are looked after by one clock that ticks while any is under way.
    """

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._held: dict[int, _Held] = {}
        self._ticking = False

    async def hold(
        self,
        address: str,
        port: int,
        talk: Talk,
        budget: Budget,
        *,
        connect_s: float,
        answer_s: float,
    ) -> None:
        """See ``Talks``."""
        sock = _new(address)
        held = _Held(self, sock, talk, budget, answer_s)
        held.ends_at = self.loop.time() + connect_s
        try:
            started = sock.connect_ex((address, port))
            if started not in (0, errno.EINPROGRESS):
                raise OSError(started, os.strerror(started))
            self._held[held.descriptor] = held
            self.watch(held)
            if not self._ticking:
                self._ticking = True
                self.loop.call_later(_TICK_S, self._tick)
            await held.done
        finally:
            if self._held.pop(held.descriptor, None) is not None:
                self.forget(held)
            close(sock)

    @abstractmethod
    def watch(self, held: "_Held") -> None:
        """Tell it when its connection stands or fails."""

    @abstractmethod
    def wants(self, held: "_Held", *, room: bool) -> None:
        """From now on it wants to read; and to write, once there is ``room``."""

    @abstractmethod
    def forget(self, held: "_Held") -> None:
        """Its descriptor is about to be closed."""

    def _tick(self) -> None:
        now_s = self.loop.time()
        for held in tuple(self._held.values()):
            if held.ends_at <= now_s:
                held.late()
        self._ticking = bool(self._held)
        if self._ticking:
            self.loop.call_later(_TICK_S, self._tick)


class TalksByEdge(_TalksByReadiness):
    """One ``epoll`` of our own inside the loop's: each descriptor is registered once, and closing forgets it."""

    def __init__(self) -> None:
        super().__init__()
        self._epoll = select.epoll()
        self.loop.add_reader(self._epoll.fileno(), self._poll)

    def watch(self, held: "_Held") -> None:
        """See above."""
        self._epoll.register(held.descriptor, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)

    def wants(self, held: "_Held", *, room: bool) -> None:
        """Edges of all kinds are told anyway."""

    def forget(self, held: "_Held") -> None:
        """Closing does it."""

    def _poll(self) -> None:
        for descriptor, events in self._epoll.poll(0):
            held = self._held.get(descriptor)
            if held is not None:
                held.stirred(readable=events != select.EPOLLOUT)


class TalksByLevel(_TalksByReadiness):
    """By the loop's own readers and writers, for systems without ``epoll``."""

    def watch(self, held: "_Held") -> None:
        """See above."""
        self.loop.add_writer(held.descriptor, held.stirred)

    def wants(self, held: "_Held", *, room: bool) -> None:
        """See above."""
        self.loop.add_reader(held.descriptor, partial(held.stirred, readable=True))
        if room:
            self.loop.add_writer(held.descriptor, held.stirred)
        else:
            self.loop.remove_writer(held.descriptor)

    def forget(self, held: "_Held") -> None:
        """See above."""
        self.loop.remove_writer(held.descriptor)
        self.loop.remove_reader(held.descriptor)


class _Held:
    """One talk under way."""

    __slots__ = (
        "_answer_s",
        "_budget",
        "_connected",
        "_sock",
        "_talk",
        "_talks",
        "_unsent",
        "descriptor",
        "done",
        "ends_at",
    )

    def __init__(
        self,
        talks: _TalksByReadiness,
        sock: socket.socket,
        talk: Talk,
        budget: Budget,
        answer_s: float,
    ) -> None:
        self.descriptor = sock.fileno()
        self.done: asyncio.Future[None] = talks.loop.create_future()
        self.ends_at = 0.0
        self._talks = talks
        self._sock = sock
        self._talk = talk
        self._budget = budget
        self._answer_s = answer_s
        self._connected = False
        self._unsent = b""

    def late(self) -> None:
        """The time is up."""
        if not self.done.done():
            self.done.set_exception(_silent(self._answer_s) if self._connected else TimeoutError())

    def stirred(self, *, readable: bool = False) -> None:
        """Something can be done: the connection stands or failed, there is room, or there is something to read."""
        if self.done.done():
            return
        try:
            if not self._connected:
                self._begin()
            elif self._unsent:
                self._send(b"")
            if readable and not self.done.done():
                self._read()
        except Exception as error:  # noqa: BLE001  Whoever waits gets it, whatever it is.
            if isinstance(error, OSError) and self._connected:
                error = Failed(Cause.RESET, plain(error))
            self.done.set_exception(error)

    def _begin(self) -> None:
        failed = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failed:
            raise OSError(failed, os.strerror(failed))
        self._connected = True
        self.ends_at = self._talks.loop.time() + self._answer_s
        self._talks.wants(self, room=False)
        self._send(self._talk.begin())

    def _read(self) -> None:
        """All that is there: at an edge, what is left unread would never be told of again."""
        while True:
            try:
                data = self._sock.recv(READ_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            reply = _heard(self._talk, self._budget, data)
            if reply:
                self._send(reply)
            if self._talk.over:
                self.done.set_result(None)
                return
            if self._talk.patience_s is not None:
                renewed = self._talks.loop.time() + self._talk.patience_s
                self.ends_at = min(self.ends_at, renewed)

    def _send(self, data: bytes) -> None:
        """Nearly always the system takes all of it at once; the rest waits for room."""
        waited = bool(self._unsent)
        data = self._unsent + data
        try:
            sent = self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        self._unsent = data[sent:]
        if waited is not bool(self._unsent):
            self._talks.wants(self, room=not waited)


def _heard(talk: Talk, budget: Budget, data: bytes) -> bytes:
    """What the talk answers to this piece, accounted for."""
    budget.receive(len(data))
    budget.event()
    reply = talk.feed(data)
    if not data and not talk.over:
        raise Failed(Cause.CLOSED_EARLY, "closed before all was said")
    return reply


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
