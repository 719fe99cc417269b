"""A relay that makes loopback as slow as the world: half a round trip each way, and connections counted.

The system answers a connect at once, so the round trip that it would have taken is charged to the first bytes.
"""

import asyncio
import json
import sys
from functools import partial
from typing import Any


class _Side(asyncio.Protocol):
    """One direction of one connection."""

    def __init__(self, delay_s: float, not_before: float = 0.0) -> None:
        self.other: _Side | None = None
        self.transport: asyncio.Transport | None = None
        self._delay_s = delay_s
        self._not_before = not_before
        self._early: list[bytes] = []
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Hand it to the other side when it would have arrived there."""
        self._later(self._hand, data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The end travels as slowly as everything else."""
        self._later(self._end)

    def _later(self, call: Any, *arguments: Any) -> None:
        at = max(self._loop.time(), self._not_before) + self._delay_s
        self._loop.call_at(at, call, *arguments)

    def _hand(self, data: bytes) -> None:
        other = self.other
        if other is None or other.transport is None:
            self._early.append(data)
        elif not other.transport.is_closing():
            other.transport.write(data)

    def _end(self) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()

    def joined(self, other: "_Side") -> None:
        """The other side is there; what came before goes first."""
        self.other = other
        early, self._early = self._early, []
        for data in early:
            self._hand(data)


class _Relay:
    def __init__(self, plan: dict[str, Any]) -> None:
        self._half_s = plan["rtt_s"] / 2
        self._rtt_s = plan["rtt_s"]
        self._plan = plan
        self._count = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Listen everywhere, then answer questions until the end of standard input."""
        loop = asyncio.get_running_loop()
        for address, port in self._plan["to"].items():
            await loop.create_server(
                partial(self._accepted, port), address, self._plan["port"], backlog=4096
            )
        self._say("up")
        while await loop.run_in_executor(None, sys.stdin.readline):
            self._say(str(self._count))
            self._count = 0

    def _accepted(self, port: int) -> _Side:
        self._count += 1
        loop = asyncio.get_running_loop()
        client = _Side(self._half_s, loop.time() + self._rtt_s)
        task = loop.create_task(self._join(client, port))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return client

    async def _join(self, client: _Side, port: int) -> None:
        loop = asyncio.get_running_loop()
        _, server = await loop.create_connection(lambda: _Side(self._half_s), "127.0.0.1", port)
        server.other = client
        client.joined(server)

    @staticmethod
    def _say(text: str) -> None:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_Relay(json.loads(sys.argv[1])).run())
