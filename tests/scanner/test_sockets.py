"""A whole talk over one socket: the same by each of the ways that systems offer."""

import asyncio
from collections.abc import Callable

import pytest

from checks.evidence.base import Cause
from scanner.budget import Budget, Failed
from scanner.sockets import Talks, TalksByCompletion, TalksByEdge, TalksByLevel
from tests.scanner.builders import budget
from tests.scanner.servers import (
    Talk,
    closed_port,
    drips,
    resets,
    says,
    serving,
    silent,
)

LOOPBACK = "127.0.0.1"
Way = Callable[[], Talks]
ALL = pytest.mark.parametrize("way", [TalksByCompletion, TalksByEdge, TalksByLevel])


class Asks:
    """Says a word, wants so many bytes, answers the first piece with another word."""

    def __init__(self, wants: int, word: bytes = b"hello", reply: bytes = b"") -> None:
        self.wants = wants
        self.word = word
        self.reply = reply
        self.heard = b""
        self.ended = False
        self.patience_s: float | None = None

    def begin(self) -> bytes:
        """The word."""
        return self.word

    @property
    def over(self) -> bool:
        """Whether all came, or nothing more can."""
        return self.ended or len(self.heard) >= self.wants

    def feed(self, data: bytes) -> bytes:
        """Keep it; ``X`` is more than it can bear."""
        if b"X" in data:
            raise ArithmeticError("what came cannot be borne")
        self.ended = not data
        self.heard += data
        reply, self.reply = self.reply, b""
        return reply


async def held(
    way: Way,
    serves: Talk,
    asks: Asks,
    spend: Budget | None = None,
    connect_s: float = 2.0,
    answer_s: float = 2.0,
) -> None:
    """One talk with this server, which sees the end of it."""
    async with serving(serves) as server, asyncio.timeout(5):
        try:
            await way().hold(
                LOOPBACK,
                server.port,
                asks,
                spend or budget(),
                connect_s=connect_s,
                answer_s=answer_s,
            )
        finally:
            await server.all_left.wait()


@ALL
async def test_what_is_said_comes_in_however_it_is_cut(way: Way) -> None:
    """Piece by piece, accounted for, and not a byte more is waited for."""
    asks, spend = Asks(6), budget()
    await held(way, drips(b"abc", 0.001), asks, spend)
    assert asks.heard[:6] == b"abcabc"
    assert spend.received_bytes == len(asks.heard)
    assert spend.events >= 1


@ALL
async def test_a_reply_is_sent(way: Way) -> None:
    """And what answers it is heard."""

    async def asks_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.read(100) == b"hello"
        writer.write(b"who?")
        assert await reader.read(100) == b"me"
        writer.write(b"good")
        await reader.read(100)

    asks = Asks(8, reply=b"me")
    await held(way, asks_back, asks)
    assert asks.heard == b"who?good"


@ALL
async def test_a_long_word_waits_for_room(way: Way) -> None:
    """A server that reads slowly gets all of it."""
    word = bytes(range(256)) * 40_000
    got = bytearray()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(got) < len(word):
            got.extend(await reader.read(200_000))
            await asyncio.sleep(0.001)
        writer.write(b"done")
        await reader.read(100)

    asks = Asks(4, word)
    await held(way, slow, asks)
    assert asks.heard == b"done"
    assert bytes(got) == word


@ALL
async def test_the_end_is_told(way: Way) -> None:
    """As an empty piece, which the talk judges."""
    asks = Asks(100)
    await held(way, says(b"abc"), asks)
    assert asks.heard == b"abc"
    assert asks.ended


@ALL
@pytest.mark.parametrize(
    ("serves", "cause"),
    [
        pytest.param(silent, Cause.NO_ANSWER, id="silent"),
        pytest.param(drips(b"a", 0.01), Cause.NO_ANSWER, id="drips"),
        pytest.param(resets, Cause.RESET, id="reset"),
    ],
)
async def test_what_goes_wrong_on_a_connection(way: Way, serves: Talk, cause: Cause) -> None:
    """Is the look's failure, with its cause; a drip does not lengthen the limit."""
    started = asyncio.get_running_loop().time()
    with pytest.raises(Failed) as failed:
        await held(way, serves, Asks(10_000), answer_s=0.3)
    assert failed.value.missing.cause is cause
    assert asyncio.get_running_loop().time() - started < 1.5


@ALL
async def test_the_answer_may_take_longer_than_the_connection_did(way: Way) -> None:
    """Two limits, and each begins when its own wait begins."""

    async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.4)
        writer.write(b"abc")
        await reader.read(100)

    asks = Asks(3)
    await held(way, late, asks, connect_s=0.2, answer_s=2.0)
    assert asks.heard == b"abc"


@ALL
async def test_patience_may_end_before_the_limit(way: Way) -> None:
    """Each piece renews it; the limit of the whole stays."""
    started = asyncio.get_running_loop().time()
    asks = Asks(100)
    asks.patience_s = 0.2
    with pytest.raises(Failed) as failed:
        await held(way, says(b"abc", then_holds=True), asks, answer_s=4.0)
    assert failed.value.missing.cause is Cause.NO_ANSWER
    assert asks.heard == b"abc"
    assert asyncio.get_running_loop().time() - started < 2.0
    with pytest.raises(Failed):
        await held(way, drips(b"a", 0.01), asks, answer_s=0.3)
    assert asyncio.get_running_loop().time() - started < 3.0


@ALL
async def test_a_closed_port_is_refused(way: Way) -> None:
    """Before anything is said."""
    with closed_port() as port, pytest.raises(ConnectionRefusedError):
        await way().hold(LOOPBACK, port, Asks(1), budget(), connect_s=1.0, answer_s=1.0)


@ALL
async def test_what_the_talk_raises_comes_out(way: Way) -> None:
    """Whatever it is, and the connection is gone."""
    with pytest.raises(ArithmeticError):
        await held(way, says(b"X", then_holds=True), Asks(3))


@ALL
async def test_more_bytes_than_the_budget_has(way: Way) -> None:
    """End the talk."""
    with pytest.raises(Failed) as failed:
        await held(way, drips(b"a" * 500, 0.0), Asks(10_000), budget(received_bytes=1_000))
    assert failed.value.missing.cause is Cause.BUDGET_BYTES


@ALL
async def test_nobody_waits_any_more(way: Way) -> None:
    """A talk that is cut off leaves nothing behind: no connection, no watcher of its descriptor."""
    async with serving(silent) as server:
        talk = asyncio.ensure_future(
            way().hold(LOOPBACK, server.port, Asks(1), budget(), connect_s=5.0, answer_s=5.0)
        )
        await server.someone_came.wait()
        talk.cancel()
        with pytest.raises(asyncio.CancelledError):
            await talk
        async with asyncio.timeout(2):
            await server.all_left.wait()
        # The same descriptor, used anew, is nobody else's.
        again = Asks(3)
        async with serving(says(b"abc", then_holds=True)) as other:
            await way().hold(LOOPBACK, other.port, again, budget(), connect_s=2.0, answer_s=2.0)
        assert again.heard == b"abc"
