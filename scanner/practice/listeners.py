"""Listening sockets and the conversations on them: opened, counted, and all ended together."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

from scanner.practice.distance import FarProtocol

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
_BACKLOG = 512


class Listeners:
    """Every TCP port of the fleet's web servers, ``rtt_s`` away from whoever visits."""

    def __init__(self, rtt_s: float = 0.0) -> None:
        self._rtt_s = rtt_s
        self._servers: list[asyncio.Server] = []
        self._held = contextlib.ExitStack()
        self._talks: set[asyncio.Task[None]] = set()

    def hold(self, sock: socket.socket) -> None:
        """Keep a port closed, and ours: connections are refused, and nobody else opens it."""
        self._held.enter_context(sock)

    async def serve(self, sock: socket.socket, talk: Talk) -> None:
        """Listen, and hold each conversation in a task that ``stop`` can end."""

        async def tracked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101  A coroutine that runs has a task.
            self._talks.add(task)
            try:
                await talk(reader, writer)
            except asyncio.CancelledError:
                # Only ``stop`` cancels; the streams of asyncio would report it as an error of ours.
                pass
            finally:
                self._talks.discard(task)
                writer.transport.abort()

        if self._rtt_s:
            server = await asyncio.get_running_loop().create_server(
                lambda: FarProtocol(asyncio.StreamReader(), tracked, self._rtt_s),
                sock=sock,
                backlog=_BACKLOG,
            )
        else:
            server = await asyncio.start_server(tracked, sock=sock, backlog=_BACKLOG)
        self._servers.append(server)

    async def stop(self) -> None:
        """Close every port, end every conversation."""
        for server in self._servers:
            server.close()
        for task in self._talks:
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)
        self._held.close()
        # Transports say good-bye in the turns of the loop that follow their abort.
        for _ in range(3):
            await asyncio.sleep(0)
        self._servers.clear()
