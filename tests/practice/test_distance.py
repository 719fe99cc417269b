"""A fleet that is a round trip away."""

import asyncio
import time

import pytest

from scanner.practice.listeners import Listeners
from scanner.practice.ports import MAIN, bound, port_of

RTT_S = 0.1


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while said := await reader.read(100):
        writer.write(said)
        await writer.drain()
    writer.write_eof()


@pytest.mark.parametrize("rtt_s", [0.0, RTT_S])
async def test_words_travel_both_ways(rtt_s: float) -> None:
    """The connect costs a round trip, each word and its answer another; the order stays, and the end comes last."""
    listeners = Listeners(rtt_s)
    sock = bound()
    port = port_of(sock)
    await listeners.serve(sock, _echo)
    started = time.monotonic()
    reader, writer = await asyncio.open_connection(MAIN, port)
    writer.write(b"mot")
    assert await reader.readexactly(3) == b"mot"
    assert time.monotonic() - started >= 2 * rtt_s
    started = time.monotonic()
    for word in (b"hai", b"ba"):
        writer.write(word)
        await asyncio.sleep(0.01)
    writer.write_eof()
    assert await reader.read() == b"haiba"
    assert time.monotonic() - started >= rtt_s
    writer.close()
    await writer.wait_closed()
    await listeners.stop()


async def test_whoever_leaves_early_harms_nobody() -> None:
    """A visitor that resets the connection while words are on their way."""
    listeners = Listeners(RTT_S)
    sock = bound()
    port = port_of(sock)
    await listeners.serve(sock, _echo)
    _, writer = await asyncio.open_connection(MAIN, port)
    writer.write(b"mot")
    writer.transport.abort()
    await asyncio.sleep(3 * RTT_S)
    await listeners.stop()
