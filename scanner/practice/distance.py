"""A round trip between a visitor and the fleet, so that loopback measures like the world.

Each direction takes half of it.  The system answers a connect at once, so the round trip that it would have taken
is charged to the first bytes.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any


class FarProtocol(asyncio.StreamReaderProtocol):
    """A conversation's server side, ``rtt_s`` away from its visitor."""

    def __init__(self, reader: asyncio.StreamReader, talk: Any, rtt_s: float) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(reader, talk, loop=loop)
        self._later = _Later(loop, rtt_s / 2, loop.time() + rtt_s)
        self._rtt_s = rtt_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The server's words travel as slowly as the visitor's."""
        super().connection_made(_FarTransport(transport, self._rtt_s / 2))  # type: ignore[arg-type]

    def data_received(self, data: bytes) -> None:
        """Hear it when it would have arrived."""
        self._later.call(super().data_received, data)

    def eof_received(self) -> bool:
        """The end travels too."""
        self._later.call(super().eof_received)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """What was sent before is heard before."""
        self._later.call(super().connection_lost, exc)


class _FarTransport:
    """The transport, what is said to it delayed; questions about it are answered at once."""

    def __init__(self, transport: Any, delay_s: float) -> None:
        self._transport = transport
        self._later = _Later(asyncio.get_running_loop(), delay_s)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self._later.call(self._write, bytes(data))

    def write_eof(self) -> None:
        self._later.call(self._write_eof)

    def close(self) -> None:
        self._later.call(self._transport.close)

    def abort(self) -> None:
        self._later.call(self._transport.abort)

    def _write(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def _write_eof(self) -> None:
        # Meanwhile the visitor may have gone, and with a reset.
        with contextlib.suppress(OSError):
            if not self._transport.is_closing():
                self._transport.write_eof()


class _Later:
    """Calls, each so much later, and never before another that was made before it."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, delay_s: float, not_before: float = 0.0
    ) -> None:
        self._loop, self._delay_s, self._last = loop, delay_s, not_before + delay_s

    def call(self, what: Callable[..., object], *arguments: object) -> None:
        """Do it when it would have arrived."""
        # The loop keeps no order among calls of one moment.
        self._last = max(self._loop.time() + self._delay_s, self._last + 1e-6)
        self._loop.call_at(self._last, what, *arguments)
