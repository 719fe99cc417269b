"""The one door: what a connection says before any HTTP is spoken."""

import asyncio
import os
import resource
import ssl
from collections.abc import Awaitable, Callable

import pytest

from checks.evidence.base import Cause
from scanner.budget import Failed
from scanner.door import SeenAlert, SeenNotTls, SeenRefused, TlsChannel, look_context
from tests.scanner.builders import HOST, budget, channel, door
from tests.scanner.chains import server_context, today
from tests.scanner.servers import (
    Stream,
    Talk,
    answer,
    closed_port,
    closes,
    drips,
    over_tls,
    resets,
    says,
    serving,
    silent,
)

LOOPBACK = "127.0.0.1"


async def cause_of_tls(talk: Talk, **limits: float) -> Cause:
    """Why a handshake with this server came to nothing."""
    async with serving(talk) as server:
        with pytest.raises(Failed) as failed:
            await door(server.port).open_tls(LOOPBACK, server.port, HOST, budget(**limits))
    return failed.value.missing.cause


async def several(once: Callable[[], Awaitable[object]]) -> None:
    """Again and again, until it fails."""
    for _ in range(100):
        await once()


async def test_refused_twice_while_a_control_answers_is_seen() -> None:
    """It is the site's; and it is remembered, not asked again."""
    with closed_port() as port:
        async with serving(silent, "127.0.0.2") as control:
            through = door(port, controls=(("127.0.0.2", control.port),))
            for _ in range(3):
                with pytest.raises(SeenRefused):
                    await through.open(LOOPBACK, port, budget())
            await asyncio.sleep(0.02)
            assert control.connections == 1
        assert through.tally.connections == 2
        assert through.tally.refused == 1


async def test_looks_at_once_share_one_confirmation() -> None:
    """Five refused looks are five first tries and one second."""
    with closed_port() as port:
        async with serving(silent, "127.0.0.2") as control:
            through = door(port, controls=(("127.0.0.2", control.port),))
            looks = (through.open(LOOPBACK, port, budget()) for _ in range(5))
            found = await asyncio.gather(*looks, return_exceptions=True)
        assert all(isinstance(one, SeenRefused) for one in found)
        assert through.tally.connections == 6


@pytest.mark.parametrize("named", [False, True], ids=["none-named", "none-answers"])
async def test_refused_without_a_control_is_our_own_line(named: bool) -> None:
    """Nobody is blamed where nothing else answers."""
    with closed_port() as port, closed_port("127.0.0.2") as dead:
        controls = (("127.0.0.2", dead),) if named else ()
        with pytest.raises(Failed) as failed:
            await door(port, controls=controls).open(LOOPBACK, port, budget())
    assert failed.value.missing.cause is Cause.LOCAL_NETWORK_DOWN


async def test_another_site_that_answered_just_now_is_a_control() -> None:
    """No packet is spent where we know already that the line works."""
    with closed_port() as port:
        async with serving(silent, "127.0.0.2") as other:
            through = door(port, other.port)
            await (await through.open("127.0.0.2", other.port, budget())).close()
            with pytest.raises(SeenRefused):
                await through.open(LOOPBACK, port, budget())
            assert other.connections == 1


async def test_a_port_that_opens_at_the_second_try_is_open() -> None:
    """A restart is no finding."""
    with closed_port() as port:
        pass
    through = door(port)
    waiting = asyncio.create_task(through.open(LOOPBACK, port, budget()))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    async with serving(silent, port=port):
        await (await waiting).close()


async def test_an_address_outside_the_permission_gets_no_packet() -> None:
    """Canary: a listener on an address that no network lists."""
    async with serving(silent, "127.0.0.2") as canary:
        through = door(canary.port, networks=("127.0.0.1/32",))
        with pytest.raises(Failed) as failed:
            await through.open("127.0.0.2", canary.port, budget())
        assert failed.value.missing.cause is Cause.BLOCKED_ADDRESS
        assert canary.connections == 0


async def test_a_spent_budget_opens_nothing() -> None:
    """Not even a connection."""
    async with serving(silent) as server:
        with pytest.raises(Failed) as failed:
            await door(server.port).open(LOOPBACK, server.port, budget(wall_s=0.0))
        assert failed.value.missing.cause is Cause.DEADLINE
        assert server.connections == 0


async def test_no_descriptor_left_is_our_trouble() -> None:
    """It is never the site's fault, nor the network's."""
    through = door(443)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        with pytest.raises(Failed) as failed:
            await through.open(LOOPBACK, 443, budget())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert failed.value.missing.cause is Cause.INTERNAL_ERROR


@pytest.mark.parametrize(
    ("talk", "cause"),
    [
        pytest.param(silent, Cause.NO_ANSWER, id="silent"),
        pytest.param(resets, Cause.RESET, id="reset-at-accept"),
        pytest.param(says(b""), Cause.CLOSED_EARLY, id="fin"),
        pytest.param(says(b"\x16\x03\x03"), Cause.CLOSED_EARLY, id="three-bytes"),
        pytest.param(
            says(b"\x16\x03\x03\x00\x04\x02\x00\x00\x00", then_holds=True),
            Cause.TLS_PROTOCOL,
            id="broken-hello",
        ),
        pytest.param(
            says(b"\x16\x03\x03\xff\xff" + b"x" * 70_000), Cause.TLS_PROTOCOL, id="oversized"
        ),
        pytest.param(
            says(b"\x15\x03\x03\x00\x02\x01\x5a" * 2_000), Cause.TLS_PROTOCOL, id="warning-flood"
        ),
        pytest.param(
            says(b"\x16\x03\x03\x40\x00", then_holds=True), Cause.TLS_TIMEOUT, id="then-silence"
        ),
        pytest.param(drips(b"\x16\x03\x03\x40\x00" + b"\x02" * 999), Cause.TLS_TIMEOUT, id="drip"),
    ],
)
async def test_handshakes_that_come_to_nothing(talk: Talk, cause: Cause) -> None:
    """Each has its own cause, within the handshake's limit."""
    async with asyncio.timeout(1.5):
        assert await cause_of_tls(talk, handshake_s=0.25) is cause


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="ssh"),
        pytest.param(answer(400, b"plain HTTP"), id="http"),
        pytest.param(b"220 mail ESMTP\r\n", id="smtp"),
        pytest.param(bytes(range(200, 256)) * 40, id="garbage"),
        pytest.param(b"\x16", id="one-byte-then-other"),
    ],
)
@pytest.mark.parametrize("after", [0, 1], ids=["at-once", "after-the-hello"])
async def test_what_speaks_otherwise_is_seen(said: bytes, after: int) -> None:
    """It is a finding, with the beginning of what was said."""
    said = said if len(said) > 1 else said + b"\x00\x00\x00\x00"
    async with serving(says(said, after=after)) as server:
        with pytest.raises(SeenNotTls) as seen:
            await door(server.port).open_tls(LOOPBACK, server.port, HOST, budget())
    assert seen.value.spoke == said[:64]


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        pytest.param(b"\x15\x03\x01\x00\x02\x02\x28", "HANDSHAKE_FAILURE", id="handshake-failure"),
        pytest.param(b"\x15\x03\x01\x00\x02\x02\x46", "PROTOCOL_VERSION", id="protocol-version"),
        pytest.param(b"\x15\x03\x01\x00\x02\x02\x70", "UNRECOGNIZED_NAME", id="unrecognized-name"),
    ],
)
async def test_alerts_have_names(sent: bytes, name: str) -> None:
    """TLS is there; the two sides did not agree."""
    async with serving(says(sent)) as server:
        with pytest.raises(SeenAlert, match=name):
            await door(server.port).open_tls(LOOPBACK, server.port, HOST, budget())


async def test_a_fin_at_once() -> None:
    """Closed, or reset by what we said into it; never "no TLS"."""
    assert await cause_of_tls(closes) in (Cause.CLOSED_EARLY, Cause.RESET)


async def test_an_old_version_only_is_what_our_library_cannot_do() -> None:
    """SSL 3 is beyond the local OpenSSL: that is said of us, not of the site."""
    hello = b"\x02\x00\x00\x26\x03\x00" + bytes(32) + b"\x00\x00\x2f\x00"
    record = b"\x16\x03\x00" + len(hello).to_bytes(2, "big") + hello
    assert await cause_of_tls(says(record, then_holds=True)) is Cause.SCANNER_CANNOT


async def test_malformed_certificates_are_a_cause() -> None:
    """A Certificate message full of noise."""
    body = b"\x03\x03" + bytes(32) + b"\x00\xc0\x2f\x00"
    hello = b"\x02" + len(body).to_bytes(3, "big") + body
    noise = b"\x30\x82" + b"\xff" * 60
    listed = len(noise).to_bytes(3, "big") + noise
    message = (
        b"\x0b" + (len(listed) + 3).to_bytes(3, "big") + len(listed).to_bytes(3, "big") + listed
    )
    flight = b"".join(
        b"\x16\x03\x03" + len(part).to_bytes(2, "big") + part for part in (hello, message)
    )
    assert await cause_of_tls(says(flight, then_holds=True)) is Cause.CERT_MALFORMED


async def test_a_whole_handshake() -> None:
    """Bytes go both ways, and the end is an end."""
    heard = bytearray()

    async def echo(stream: Stream) -> None:
        heard.extend(await stream.read())
        await stream.write(b"x" * 100_000)
        await stream.close()

    async with serving(over_tls(server_context(), echo)) as server:
        tls = await door(server.port).open_tls(LOOPBACK, server.port, HOST, budget())
        assert not tls.closed
        await tls.write(b"question", 1.0)
        got = 0
        while more := await tls.read(1.0):
            got += len(more)
        await tls.close()
        await tls.close()
        assert tls.closed
    assert (bytes(heard), got) == (b"question", 100_000)


async def test_a_client_certificate_demanded_shows_on_reading() -> None:
    """In TLS 1.3 the handshake is done for us when the server says no."""

    async def never(stream: Stream) -> None:
        await stream.read()

    context = server_context(asks_client=True, lowest=ssl.TLSVersion.TLSv1_3)
    async with serving(over_tls(context, never)) as server:
        tls = await door(server.port).open_tls(LOOPBACK, server.port, HOST, budget())
        with pytest.raises(Failed) as failed:
            await tls.read(1.0)
        await tls.close()
    assert failed.value.missing.cause is Cause.CLIENT_CERT_REQUIRED


async def test_a_client_certificate_demanded_in_tls_1_2_is_an_alert() -> None:
    """There the handshake itself fails."""

    async def never(stream: Stream) -> None:
        await stream.read()

    context = server_context(asks_client=True, highest=ssl.TLSVersion.TLSv1_2)
    async with serving(over_tls(context, never)) as server:
        with pytest.raises(SeenAlert, match="HANDSHAKE_FAILURE"):
            await door(server.port).open_tls(LOOPBACK, server.port, HOST, budget())


async def test_a_dripped_record_ends_at_the_limit() -> None:
    """A record that grows byte by byte is no answer, however long it goes on."""

    def after_handshake(context: ssl.SSLContext) -> Talk:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            async def hold(stream: Stream) -> None:
                writer.write(b"\x17\x03\x03\x3f\xff")
                while True:
                    writer.write(b"x")
                    await writer.drain()
                    await asyncio.sleep(0.02)

            await over_tls(context, hold)(reader, writer)

        return talk

    async with serving(after_handshake(server_context())) as server:
        tls = await door(server.port).open_tls(LOOPBACK, server.port, HOST, budget())
        async with asyncio.timeout(1.0), tls.channel:
            with pytest.raises(Failed) as failed:
                await tls.read(0.2)
    assert failed.value.missing.cause is Cause.NO_ANSWER


async def test_noise_inside_tls() -> None:
    """A record that does not decrypt."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def spoil(_: Stream) -> None:
            writer.write(b"\x17\x03\x03\x00\x20" + b"x" * 32)
            await writer.drain()
            await silent(reader, writer)

        await over_tls(server_context(), spoil)(reader, writer)

    async with serving(talk) as server:
        tls = await door(server.port).open_tls(LOOPBACK, server.port, HOST, budget())
        with pytest.raises(Failed) as failed:
            await tls.read(1.0)
        assert failed.value.missing.cause is Cause.TLS_PROTOCOL
        with pytest.raises(Failed) as failed:
            await tls.write(b"x", 1.0)
        assert failed.value.missing.cause in (Cause.TLS_PROTOCOL, Cause.RESET)
        await tls.close()


async def test_a_peer_that_takes_nothing() -> None:
    """Writing has a limit too."""

    async def deaf(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(5)

    async with serving(deaf) as server:
        opened = await channel(server.port)
        async with opened:
            with pytest.raises(Failed) as failed:
                await opened.write(b"x" * 30_000_000, 0.1)
    assert failed.value.missing.cause is Cause.NO_ANSWER


async def test_writing_into_a_reset() -> None:
    """It is a reset, whichever side of the talk it meets."""
    async with serving(resets) as server:
        opened = await channel(server.port)
        async with opened:
            await asyncio.sleep(0.02)
            with pytest.raises(Failed) as failed:
                await several(lambda: opened.write(b"x", 1.0))
    assert failed.value.missing.cause is Cause.RESET


async def test_bytes_are_counted_at_the_channel() -> None:
    """A flood ends at the budget, not at the server's pleasure."""
    async with serving(says(b"x" * 400_000, after=0, then_holds=True)) as server:
        opened = await channel(server.port, budget(received_bytes=100_000))
        async with opened:
            with pytest.raises(Failed) as failed:
                await several(lambda: opened.read(1.0))
    assert failed.value.missing.cause is Cause.BUDGET_BYTES
    assert opened.received_bytes < 200_000


async def test_a_place_is_free_again_after_whatever_happened() -> None:
    """Failed handshakes, refusals and closed channels hold nothing."""
    async with serving(says(b"SSH-2.0-x\r\n", after=0)) as server:
        through = door(server.port, connections_per_address=1)
        for _ in range(3):
            async with asyncio.timeout(1):
                with pytest.raises(SeenNotTls):
                    await through.open_tls(LOOPBACK, server.port, HOST, budget())


def test_the_looking_context_trusts_nobody_and_offers_everything() -> None:
    """Trust is judged apart; an old version is seen where the library can."""
    context = look_context()
    assert context.verify_mode is ssl.CERT_NONE
    assert not context.check_hostname


async def test_tls_stands_on_a_channel() -> None:
    """The name is sent, and the chain comes back."""
    seen: list[str | None] = []
    context = server_context()
    context.sni_callback = lambda _sock, name, _context: seen.append(name)

    async def hold(stream: Stream) -> None:
        await stream.read()

    async with serving(over_tls(context, hold)) as server:
        opened = await channel(server.port)
        tls = TlsChannel(opened, look_context(), HOST)
        await tls.handshake(1.0)
        assert tls.tls.getpeercert(binary_form=True) == today()[1].der
        await tls.close()
    assert seen == [HOST]


async def test_a_wait_that_ended_leaves_nothing_behind() -> None:
    """After a limit and after a cancel the same connection can be read again."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(10):
            writer.write(b"late")
            await writer.drain()

    async with serving(talk) as server:
        line = await channel(server.port)
        with pytest.raises(Failed) as failed:
            await line.read(0.05)
        assert failed.value.missing.cause is Cause.NO_ANSWER
        waiting = asyncio.create_task(line.read(5.0))
        await asyncio.sleep(0.02)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await line.write(b"?", 1.0)
        assert await line.read(1.0) == b"late"
        await line.close()


async def test_more_than_the_system_takes_at_once() -> None:
    """The rest is sent as the other side reads."""
    data = bytes(8 * 1024 * 1024)
    received = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        while more := await reader.read(65_536):
            received += len(more)
            if received == len(data):
                writer.write(b"all")

    async with serving(talk) as server:
        line = await channel(server.port)
        await line.write(data, 5.0)
        assert await line.read(5.0) == b"all"
        await line.close()
    assert received == len(data)


async def test_who_breaks_the_protocol_answers_all_the_same() -> None:
    """What is said on a connection may be no TLS at all: our own line is up."""

    class Breaks:
        over = False
        patience_s = None

        def begin(self) -> bytes:
            """A word."""
            return b"hello"

        def feed(self, data: bytes) -> bytes:
            """Nothing does."""
            raise ArithmeticError(data)

    async with serving(says(b"what?", then_holds=True)) as server:
        through = door(server.port)
        assert not await through.line_is_up("127.0.0.2", budget())
        through = door(server.port)
        with pytest.raises(ArithmeticError):
            await through.talk(LOOPBACK, server.port, budget(), Breaks(), 2.0)
        assert await through.line_is_up("127.0.0.2", budget())
