"""Whole handshakes in TLS 1.3: what the server says under its own keys."""

import asyncio
import hashlib
import ssl
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import NotCaptured
from checks.evidence.tls import Version
from scanner.probes.tls.conversation import (
    GROUPS,
    KINDS,
    SUITES,
    Conversation,
    Direction,
    Heard,
    Schedule,
    sealed,
)
from scanner.probes.tls.flights import FlightError
from scanner.probes.tls.hellos import Hello
from scanner.probes.tls.questions import Asker
from scanner.visit import Target
from tests.scanner.builders import HOST, budget, door, hosts, site, visiting
from tests.scanner.chains import server_context, today
from tests.scanner.flights import (
    PICKS_13,
    RETRY_RANDOM,
    extension,
    message,
    record,
    server_hello,
    sized,
)
from tests.scanner.servers import Stream, Talk, over_tls, says, serving


def hello(suites: tuple[int, ...] = SUITES, groups: tuple[int, ...] = GROUPS) -> Hello:
    """What our side offers."""
    return Hello(Version.TLS13, HOST, suites, groups, vouchers=True, alpn=("h2", "http/1.1"))


def held(context: ssl.SSLContext, conversation: Conversation) -> Heard:
    """A conversation with the local library, through memory."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(conversation.begin())
    # The client's end of the handshake is followed by its goodbye, after which nothing can be read.
    for step in (server.do_handshake, server.do_handshake, server.do_handshake, server.read):
        with suppress(ssl.SSLError):
            step()
        said = outgoing.read()
        if said and not conversation.over:
            incoming.write(conversation.feed(said))
    if not conversation.over:
        conversation.feed(b"")
    return conversation.heard


@pytest.mark.parametrize("suite", [0x1301, 0x1302, 0x1303])
def test_every_suite_that_the_library_speaks(suite: int) -> None:
    """AES with either hash, and ChaCha20."""
    heard = held(server_context(), Conversation(hello((suite,))))
    assert heard.finished
    assert heard.hello is not None
    assert heard.hello.suite == suite
    assert heard.chain == (today()[1].der,)
    assert heard.scheme is not None
    assert (heard.tickets, heard.early_data_bytes) == (2, 0)
    assert heard.staple is None


@pytest.mark.parametrize("group", GROUPS)
def test_every_group(group: int) -> None:
    """The share is sent at once."""
    heard = held(server_context(), Conversation(hello(groups=(group,))))
    assert heard.finished
    assert heard.hello is not None
    assert (heard.hello.group, heard.hello.retry) == (group, False)


def test_a_group_that_is_asked_for() -> None:
    """HelloRetryRequest: the second hello brings the share, the transcript its hash."""
    context = server_context()
    context.set_ecdh_curve("secp384r1")
    heard = held(context, Conversation(hello()))
    assert heard.finished
    assert heard.hello is not None
    assert heard.hello.group == 24


def test_protocols() -> None:
    """What is chosen stands in the encrypted extensions."""
    context = server_context()
    context.set_alpn_protocols(["http/1.1"])
    assert held(context, Conversation(hello())).alpn == "http/1.1"


def test_a_server_that_asks_for_a_certificate() -> None:
    """We have none, and say so; it may end there."""
    heard = held(server_context(asks_client=True), Conversation(hello()))
    assert heard.finished
    assert heard.asks_certificate
    assert heard.alert == 116


def test_a_server_that_wants_nothing_of_it() -> None:
    """An alert instead of a hello."""
    heard = held(server_context(highest=ssl.TLSVersion.TLSv1_2), Conversation(hello()))
    assert (heard.alert, heard.hello, heard.finished) == (70, None, False)


# A server that does what no library here can be made to do


class Played:
    """Our own half of a server: it says what it is told, under the right keys."""

    def __init__(self, suite: int = 0x1301) -> None:
        self.conversation = Conversation(hello((suite,), (29,)))
        self.said: list[bytes] = [self.conversation.begin()[5:]]
        self.suite = suite
        opening = self.conversation.begin()
        at = opening.index(b"\x00\x33\x00\x26\x00\x24\x00\x1d\x00\x20") + 10
        own = X25519PrivateKey.generate()
        public = own.public_key().public_bytes_raw()
        share = extension(51, b"\x00\x1d" + sized(public, 2)) + extension(43, b"\x03\x04")
        self.hello = server_hello(0x0303, suite, share)
        self.said.append(self.hello)
        shared = own.exchange(X25519PublicKey.from_public_bytes(opening[at : at + 32]))
        self.schedule = Schedule(KINDS[suite], shared)
        self.secret = self.schedule.handshake_secret(b"s", self.digest())
        self.keys: Direction = self.schedule.keys(self.secret)

    def digest(self) -> bytes:
        """Of all that was said."""
        return hashlib.new(KINDS[self.suite].hash, b"".join(self.said)).digest()

    def flight(self, *messages: bytes) -> bytes:
        """The hello, these messages and Finished, each in a record."""
        out = record(22, self.hello) + record(20, b"\x01")
        for one in messages:
            out += sealed(self.keys, 22, one)
            self.said.append(one)
        proof = message(20, self.schedule.finished(self.secret, self.digest()))
        out += sealed(self.keys, 22, proof)
        self.said.append(proof)
        self.keys = self.schedule.keys(self.schedule.application_secret(b"s", self.digest()))
        return out

    def after(self, *messages: bytes) -> bytes:
        """What follows the handshake."""
        return b"".join(sealed(self.keys, 22, one) for one in messages)


def ticket(early_data_bytes: int | None, *, cut: int = 0) -> bytes:
    """A NewSessionTicket."""
    allowed = (
        b"" if early_data_bytes is None else extension(42, early_data_bytes.to_bytes(4, "big"))
    )
    body = bytes(8) + sized(b"n", 1) + sized(b"ticket", 2) + sized(allowed, 2)
    return message(4, body[: len(body) - cut])


def certificate(*extensions: bytes, context: bytes = b"") -> bytes:
    """A Certificate message of TLS 1.3 with one entry."""
    entry = sized(b"leaf", 3) + sized(b"".join(extensions), 2)
    return message(11, sized(context, 1) + sized(entry, 3))


NOTHING = message(8, b"\x00\x00")
STAPLE = extension(5, b"\x01" + sized(b"an OCSP answer", 3))
SCTS = extension(18, sized(sized(b"one", 2) + sized(b"two", 2), 2))


@pytest.mark.parametrize("suite", SUITES)
def test_vouchers_and_tickets(suite: int) -> None:
    """Staple and timestamps of the leaf; the most that any ticket allows."""
    played = Played(suite)
    signed = message(15, b"\x04\x03" + sized(bytes(70), 2))
    reply = played.conversation.feed(played.flight(NOTHING, certificate(STAPLE, SCTS), signed))
    assert reply.startswith(b"\x14\x03\x03\x00\x01\x01\x17\x03\x03")
    played.conversation.feed(played.after(ticket(None), ticket(16_384), ticket(5)))
    played.conversation.feed(b"")
    heard = played.conversation.heard
    assert (heard.chain, heard.chain_total) == ((b"leaf",), 1)
    assert heard.staple == b"an OCSP answer"
    assert heard.scts == (b"one", b"two")
    assert heard.scheme == 0x0403
    assert (heard.tickets, heard.early_data_bytes, heard.ended) == (3, 16_384, True)


def test_byte_by_byte() -> None:
    """However it arrives."""
    played = Played()
    for byte in played.flight(NOTHING, certificate(STAPLE)):
        played.conversation.feed(bytes((byte,)))
    for byte in played.after(ticket(7)):
        played.conversation.feed(bytes((byte,)))
    assert played.conversation.heard.early_data_bytes == 7


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(record(22, message(11, b"")), "instead of a hello", id="no-hello"),
        pytest.param(record(22, server_hello(0x0303, 0xC02F)), "chose 0303", id="tls12"),
        pytest.param(record(22, server_hello(0x0303, 0x1305, PICKS_13)), "chose 0304", id="suite"),
        pytest.param(
            record(22, server_hello(0x0303, 0x1301, PICKS_13)), "a key that is none", id="no-key"
        ),
        pytest.param(
            record(
                22,
                server_hello(
                    0x0303, 0x1301, extension(51, b"\x00\x17") + extension(43, b"\x03\x04")
                ),
            ),
            "not offered",
            id="another-group",
        ),
        pytest.param(
            record(
                22,
                server_hello(
                    0x0303,
                    0x1301,
                    extension(51, b"\x01\x00") + extension(43, b"\x03\x04"),
                    random=RETRY_RANDOM,
                ),
            ),
            "not offered",
            id="asks-for-another",
        ),
        pytest.param(
            record(22, server_hello(0x0303, 0x1301, PICKS_13, random=RETRY_RANDOM)) * 2,
            "a second",
            id="two-retries",
        ),
        pytest.param(record(23, bytes(30)), "before the hello", id="data"),
        pytest.param(b"\x16\x03\x03\xff\xff", "a record of", id="oversized"),
        pytest.param(b"HTTP/1.1 400", "a record of", id="http"),
        pytest.param(record(22, b"\x02\xff\xff\xff"), "a message of", id="claims-16-mib"),
        pytest.param(record(20, b"\x01") * 300, "more than", id="flood"),
    ],
)
def test_a_broken_hello(data: bytes, why: str) -> None:
    """Its own exception, with the reason."""
    with pytest.raises(FlightError, match=why):
        Conversation(hello((0x1301,), (29,))).feed(data)


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        pytest.param((certificate(context=b"x"),), "another context", id="context"),
        pytest.param((message(8, b"\x00\x09"),), "shorter", id="cut-extensions"),
        pytest.param((message(11, b"\x00\x00\x00\x09x"),), "shorter", id="cut-certificate"),
    ],
)
def test_a_broken_flight(messages: tuple[bytes, ...], why: str) -> None:
    """The same under keys."""
    played = Played()
    with pytest.raises(FlightError, match=why):
        played.conversation.feed(played.flight(*messages))


def test_a_broken_ticket() -> None:
    """The same after the handshake; what was heard before stays."""
    played = Played()
    played.conversation.feed(played.flight(NOTHING))
    with pytest.raises(FlightError, match="shorter"):
        played.conversation.feed(played.after(ticket(None, cut=5)))
    assert played.conversation.heard.finished


def test_a_record_that_was_changed() -> None:
    """One bit."""
    played = Played()
    data = bytearray(played.flight(NOTHING))
    data[-1] ^= 1
    with pytest.raises(FlightError, match="does not decrypt"):
        played.conversation.feed(bytes(data))


def test_too_much() -> None:
    """More than 256 KiB."""
    played = Played()
    played.conversation.feed(played.flight(NOTHING))
    with pytest.raises(FlightError, match="over"):
        played.conversation.feed(bytes(300_000))


@given(st.binary(max_size=200))
def test_no_bytes_make_it_raise_anything_else(data: bytes) -> None:
    """Before the hello."""
    why_not(Conversation(hello(groups=(29,))), data)


@given(st.lists(st.tuples(st.sampled_from([4, 8, 11, 13, 15, 20, 24]), st.binary(max_size=50))))
def test_no_messages_make_it_raise_anything_else(messages: list[tuple[int, bytes]]) -> None:
    """And under keys, before and after Finished."""
    played = Played()
    sent = [message(kind, body) for kind, body in messages]
    if why_not(played.conversation, played.flight(*sent)) is None:
        why_not(played.conversation, played.after(*sent))


def why_not(conversation: Conversation, data: bytes) -> NotCaptured | None:
    """Why it broke off, if it did."""
    try:
        conversation.feed(data)
    except FlightError as error:
        return error.missing
    return None


# Over the wire


async def heard_of(talk: Talk, **limits: float) -> Heard | NotCaptured:
    """What an asker hears of one server."""
    async with (
        serving(talk) as server,
        visiting(site(server.port, 80), hosts(HOST), door(server.port), budget(**limits)) as visit,
    ):
        asker = Asker(visit, Target(HOST, "127.0.0.1", server.port))
        return await asker.converse(Conversation(hello()))


async def until_it_ends(stream: Stream) -> None:
    """As a web server does with a connection on which nothing is asked."""
    while await stream.read():
        pass
    await stream.close()


async def test_over_the_wire() -> None:
    """To the end: after the tickets it closes, so that no more can come."""
    heard = await heard_of(over_tls(server_context(), until_it_ends))
    assert isinstance(heard, Heard)
    assert (heard.finished, heard.tickets, heard.ended) == (True, 2, True)


async def test_a_server_that_never_hangs_up_costs_a_second() -> None:
    """All that it said is kept; how many tickets it would have sent, nobody knows."""

    async def holds_on(stream: Stream) -> None:
        while await stream.read():
            pass
        await asyncio.sleep(30)

    started = asyncio.get_running_loop().time()
    context = server_context()
    context.num_tickets = 0
    heard = await heard_of(over_tls(context, holds_on), handshake_s=10.0, wall_s=30.0)
    assert isinstance(heard, Heard)
    assert (heard.finished, heard.tickets, heard.ended) == (True, 0, False)
    assert asyncio.get_running_loop().time() - started < 5.0


@pytest.mark.parametrize(
    ("talk", "cause"),
    [
        pytest.param(says(b"", then_holds=True), "no-answer", id="silent"),
        pytest.param(says(b"\x16\x03\x03\x00\x40", then_holds=True), "tls-timeout", id="stops"),
        pytest.param(says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "tls-protocol", id="http"),
    ],
)
async def test_nothing_is_heard(talk: Talk, cause: str) -> None:
    """A cause, and no half-built answer."""
    heard = await heard_of(talk, handshake_s=0.2)
    assert isinstance(heard, NotCaptured)
    assert heard.cause.value == cause
