"""Hellos of our own, and what a first flight says."""

import ssl
import struct
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import Acceptance, Version
from scanner.practice import flights
from scanner.probes.tls.hello import (
    READ_LIMIT_BYTES,
    Accepted,
    More,
    NotTls,
    Refused,
    client_hello,
    read_first_flight,
)
from scanner.probes.tls.look import look_tls
from scanner.probes.tls.path import Paths, TrustStore
from tests.scanner.builders import HOST, budget, door, hosts, site, visiting
from tests.scanner.chains import NOW, server_context, today
from tests.scanner.servers import (
    RESET,
    Stream,
    Talk,
    drips,
    over_tls,
    says,
    serving,
    silent,
)

WIRE = {
    Version.SSL3: 0x0300,
    Version.TLS10: 0x0301,
    Version.TLS11: 0x0302,
    Version.TLS12: 0x0303,
    Version.TLS13: 0x0304,
}


@dataclass
class Parsed:
    """A ClientHello, read by nobody's library."""

    record: int
    legacy: int
    session: bytes
    suites: tuple[int, ...]
    extensions: dict[int, bytes]


def parsed(data: bytes) -> Parsed:
    """RFC 8446, 4.1.2; every length must be exact."""
    kind, record, length = struct.unpack(">BHH", data[:5])
    body = data[5:]
    assert (kind, length) == (22, len(body))
    assert body[0] == 1
    assert int.from_bytes(body[1:4], "big") == len(body) - 4
    legacy = int.from_bytes(body[4:6], "big")
    at = 38
    session = body[at + 1 : at + 1 + body[at]]
    at += 1 + len(session)
    size = int.from_bytes(body[at : at + 2], "big")
    suites = struct.unpack(f">{size // 2}H", body[at + 2 : at + 2 + size])
    at += 2 + size
    assert body[at : at + 2] == b"\x01\x00"
    at += 2
    extensions: dict[int, bytes] = {}
    if at < len(body):
        assert int.from_bytes(body[at : at + 2], "big") == len(body) - at - 2
        at += 2
        while at < len(body):
            number, size = struct.unpack(">HH", body[at : at + 4])
            assert number not in extensions
            extensions[number] = body[at + 4 : at + 4 + size]
            at += 4 + size
    assert at == len(body)
    return Parsed(record, legacy, session, suites, extensions)


@pytest.mark.parametrize("version", WIRE)
def test_a_hello_offers_one_version(version: Version) -> None:
    """In the legacy field, or for TLS 1.3 in the extension; the record says TLS 1.0 at most."""
    hello = parsed(client_hello(version, HOST))
    assert hello.legacy == min(WIRE[version], 0x0303)
    assert hello.record <= 0x0301
    assert len(set(hello.suites)) == len(hello.suites)
    if version is Version.TLS13:
        assert hello.extensions[43] == b"\x02\x03\x04"
        assert len(hello.session) == 32
        assert {suite >> 8 for suite in hello.suites} == {0x13}
    else:
        assert 43 not in hello.extensions
        assert not any(suite >> 8 == 0x13 for suite in hello.suites)
        assert 0x002F in hello.suites
    if version is Version.SSL3:
        assert not hello.extensions
    else:
        assert hello.extensions[0].endswith(HOST.encode())


def test_an_ssl_2_hello() -> None:
    """Two-byte record, cipher kinds of three bytes, a challenge."""
    data = client_hello(Version.SSL2, HOST)
    length, kind, version, kinds, session, challenge = struct.unpack(">HBHHHH", data[:11])
    assert length == 0x8000 | len(data) - 2
    assert (kind, version, session, challenge) == (1, 2, 0, 16)
    assert kinds % 3 == 0
    assert len(data) == 11 + kinds + challenge


SSL2_HELLO = (
    struct.pack(">HBBBHHHH", 0x8000 | 30, 4, 0, 1, 2, 0, 3, 16) + b"\x01\x00\x80" + bytes(16)
)


def server_hello(version: int, extensions: bytes = b"") -> bytes:
    """A record with a ServerHello."""
    body = version.to_bytes(2, "big") + bytes(32) + b"\x00\xc0\x2f\x00"
    if extensions:
        body += len(extensions).to_bytes(2, "big") + extensions
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x03" + len(message).to_bytes(2, "big") + message


PICKS_13 = b"\x00\x33\x00\x02\x00\x1d" + b"\x00\x2b\x00\x02\x03\x04"
ALERT = b"\x15\x03\x01\x00\x02\x02\x46"
WARNING = b"\x15\x03\x01\x00\x02\x01\x70"
ACCEPTED = {
    Version.SSL2: SSL2_HELLO,
    **{v: server_hello(n) for v, n in WIRE.items() if n < 0x0304},
    Version.TLS13: server_hello(0x0303, PICKS_13),
}


@pytest.mark.parametrize("version", Version)
def test_an_accepted_flight_is_accepted_from_some_byte_on(version: Version) -> None:
    """Every prefix is More or Accepted; a warning in front changes nothing."""
    for front in (b"", *([WARNING, WARNING * 3] if version is not Version.SSL2 else [])):
        flight = front + ACCEPTED[version]
        readings = [read_first_flight(version, flight[:n]) for n in range(len(flight) + 1)]
        first = next(n for n, reading in enumerate(readings) if isinstance(reading, Accepted))
        assert all(isinstance(reading, More) for reading in readings[:first])
        assert all(isinstance(reading, Accepted) for reading in readings[first:])


@pytest.mark.parametrize(
    ("version", "data", "how"),
    [
        pytest.param(Version.TLS10, ALERT, "alert 70", id="alert"),
        pytest.param(Version.TLS12, b"\x15\x03\x01\x00\x02\x01\x00", "alert 0", id="close-notify"),
        pytest.param(Version.TLS10, server_hello(0x0303), "version 0303", id="another-version"),
        pytest.param(Version.TLS13, server_hello(0x0303), "no extensions", id="no-extensions"),
        pytest.param(
            Version.TLS13, server_hello(0x0303, b"\xff\x01\x00\x01\x00"), "version 0303", id="no-43"
        ),
        pytest.param(
            Version.TLS13,
            server_hello(0x0303, b"\x00\x2b\x00\x02\x7f\x7f"),
            "version 7f7f",
            id="tls-7f7f",
        ),
        pytest.param(Version.TLS12, server_hello(0x7F7F), "version 7f7f", id="7f7f"),
        pytest.param(Version.TLS12, b"\x16\x03\x03\x00\x04\x0b\x00\x00\x00", "", id="cut-record"),
        pytest.param(
            Version.TLS13, server_hello(0x0303)[:3] + b"\x00\x08" + b"\x02" * 8, "", id="cut-13"
        ),
        pytest.param(
            Version.TLS12, b"\x16\x03\x03\x00\x08\x0b" + bytes(7), "message 11", id="certificate"
        ),
        pytest.param(Version.SSL2, ALERT, "alert", id="ssl-2-alert"),
        pytest.param(Version.SSL2, server_hello(0x0300), "a TLS record", id="ssl-2-gets-tls"),
        pytest.param(
            Version.SSL2, b"\x80\x03\x00\x00\x01" + bytes(6), "SSL 2 error", id="ssl-2-error"
        ),
        pytest.param(
            Version.SSL2,
            b"\x80\x0b\x04\x00\x01\x00\x02\x00\x00\x00\x00",
            "no cipher",
            id="ssl-2-none",
        ),
        pytest.param(
            Version.SSL2,
            b"\x80\x0b\x04\x00\x01\x03\x00\x00\x00\x00\x03",
            "version 0300",
            id="ssl-2-3",
        ),
    ],
)
def test_refused(version: Version, data: bytes, how: str) -> None:
    """An alert, or something else than what was asked for."""
    reading = read_first_flight(version, data)
    assert isinstance(reading, Refused)
    assert how in reading.how


@pytest.mark.parametrize(
    ("version", "data"),
    [
        (Version.TLS12, b"SSH-2.0-OpenSSH"),
        (Version.TLS12, b"HTTP/1.1 400 Bad Request"),
        (Version.TLS12, b"\x16\x05\x00\x00\x01"),
        (Version.TLS12, b"\x15\x03\x01\x00\x00" + b"x" * READ_LIMIT_BYTES),
        (Version.SSL2, b"SSH-2.0-OpenSSH"),
        (Version.SSL2, b"\x80\x0b\x09" + bytes(9)),
    ],
)
def test_not_tls(version: Version, data: bytes) -> None:
    """Something else is spoken there."""
    assert isinstance(read_first_flight(version, data), NotTls)


@given(st.sampled_from(Version), st.binary(max_size=200))
def test_no_bytes_make_it_raise(version: Version, data: bytes) -> None:
    """Whatever a server says."""
    assert isinstance(read_first_flight(version, data), Accepted | Refused | NotTls | More)


@given(st.sampled_from([*WIRE]), st.binary(max_size=80))
def test_no_tail_of_a_hello_makes_it_raise(version: Version, tail: bytes) -> None:
    """The same, past the first checks."""
    for size in (len(tail) + 6, len(tail) + 20):
        head = b"\x16\x03\x03" + size.to_bytes(2, "big") + b"\x02\x00\x00\x40\x03\x03"
        read_first_flight(version, head + tail)
        read_first_flight(version, head + bytes(33) + tail)


@given(st.sampled_from(Version), st.sampled_from([b"", b"\x00" * 40, ALERT]), st.integers(0, 200))
def test_a_prefix_of_acceptance_is_never_a_refusal(version: Version, tail: bytes, cut: int) -> None:
    """Bytes that have not come yet can not have refused."""
    flight = (ACCEPTED[version] + tail)[:cut]
    assert isinstance(read_first_flight(version, flight), Accepted | More)


# The same through real servers

PATHS = Paths((TrustStore("tests", "2026-11-22", (today()[0].certificate,)),))


async def versions_of(talk: Talk, **limits: float) -> dict[Version, Acceptance | NotCaptured]:
    """What the look says of every version of one server."""
    async with serving(talk) as server:
        at = site(server.port, 80)
        async with visiting(at, hosts(HOST), door(server.port), budget(**limits)) as visit:
            seen = await look_tls(visit, PATHS, NOW)
    return dict(seen.offers[0].versions)


def accepted(seen: dict[Version, Acceptance | NotCaptured]) -> set[Version]:
    """The versions accepted; every other one must be refused, not untold."""
    assert all(isinstance(answer, Acceptance) for answer in seen.values()), seen
    return {version for version, answer in seen.items() if answer is Acceptance.ACCEPTED}


async def hold(stream: Stream) -> None:
    """Nothing more to say."""
    await stream.read()


def old(*spoken: int, real: Talk | None = None) -> Talk:
    """Scripted versions; everything else gets an alert."""

    async def talk(reader, writer) -> None:  # type: ignore[no-untyped-def]
        seen = await reader.read(65_536)
        hello = flights.read_hello(seen)
        if hello is not None and hello.highest in spoken:
            writer.write(flights.old_flight(hello.highest, hello, (b"0",)))
        else:
            writer.write(flights.fatal_alert(hello))
        await writer.drain()
        await silent(reader, writer)

    return talk


@pytest.mark.parametrize(
    ("lowest", "highest", "spoken"),
    [
        pytest.param("TLSv1_2", "TLSv1_2", {Version.TLS12}, id="1.2"),
        pytest.param("TLSv1_3", "TLSv1_3", {Version.TLS13}, id="1.3"),
        pytest.param("TLSv1_2", "TLSv1_3", {Version.TLS12, Version.TLS13}, id="both"),
    ],
)
async def test_real_servers(lowest: str, highest: str, spoken: set[Version]) -> None:
    """Python's own TLS, each version asked alone."""
    context = server_context(lowest=ssl.TLSVersion[lowest], highest=ssl.TLSVersion[highest])
    assert accepted(await versions_of(over_tls(context, hold))) == spoken


@pytest.mark.parametrize("version", [Version.SSL3, Version.TLS10, Version.TLS11])
async def test_scripted_servers(version: Version) -> None:
    """Versions that no library of today will play; the local one can not shake hands and does not need to."""
    assert accepted(await versions_of(old(WIRE[version]))) == {version}


async def test_an_ssl_2_server() -> None:
    """A hello written by hand, to whoever asks in that form."""

    async def talk(reader, writer) -> None:  # type: ignore[no-untyped-def]
        seen = await reader.read(65_536)
        writer.write(SSL2_HELLO if seen[0] & 0x80 else ALERT)
        await writer.drain()
        await silent(reader, writer)

    assert accepted(await versions_of(talk)) == {Version.SSL2}


async def test_a_server_that_hangs_up_on_old_hellos() -> None:
    """Closed twice, while it speaks TLS: refused."""
    real = over_tls(server_context(), hold)

    async def talk(reader, writer) -> None:  # type: ignore[no-untyped-def]
        first = await reader.readexactly(2)
        rest = first + await reader.read(65_536)
        hello = flights.read_hello(rest)
        if hello is None or hello.highest < flights.TLS12:
            writer.get_extra_info("socket").setsockopt(1, 13, RESET)
            writer.transport.abort()
            return
        reader.feed_data(rest)
        await real(reader, writer)

    assert accepted(await versions_of(talk)) == {Version.TLS12, Version.TLS13}


@pytest.mark.parametrize(
    ("talk", "cause"),
    [
        pytest.param(silent, Cause.NO_ANSWER, id="silent"),
        pytest.param(says(b""), Cause.CLOSED_EARLY, id="hangs-up-on-all"),
        pytest.param(
            drips(b"\x16\x03\x03\x40\x00\x02" + bytes(99), 0.05), Cause.TLS_TIMEOUT, id="drip"
        ),
    ],
)
async def test_nothing_is_concluded(talk: Talk, cause: Cause) -> None:
    """Silence costs one limit, not one per version; nobody is called a refuser for it."""
    seen = await versions_of(talk, handshake_s=0.2)
    assert {answer.cause for answer in seen.values() if isinstance(answer, NotCaptured)} == {cause}
    assert len(seen) == len(Version)


async def test_after_the_handshake_garbage_and_drips() -> None:
    """A server that speaks TLS once and then everything else: each version has its own cause."""
    alert_first = [ALERT, b"", b"SSH-2.0-x\r\n", b"\x16\x03\x03\x40\x00"]
    turns = iter(alert_first * 9)

    async def talk(reader, writer) -> None:  # type: ignore[no-untyped-def]
        await reader.read(65_536)
        said = next(turns)
        writer.write(said)
        await writer.drain()
        if said[:1] == b"\x16":
            await silent(reader, writer)

    seen = await versions_of(talk, handshake_s=0.15, wall_s=3.0)
    causes = {answer.cause for answer in seen.values() if isinstance(answer, NotCaptured)}
    assert causes <= {Cause.NOT_TLS, Cause.NO_ANSWER, Cause.CLOSED_EARLY, Cause.TLS_TIMEOUT}
    assert Cause.NOT_TLS in causes
