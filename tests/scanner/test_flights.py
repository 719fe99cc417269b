"""First flights, read byte by byte: what they say, and that nothing else can come of them."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause
from checks.evidence.tls import Version
from scanner.probes.tls.flights import (
    FLIGHT_BYTES,
    Flight,
    FlightError,
    FlightReader,
    read_scts,
)
from scanner.probes.tls.hellos import WIRE
from tests.scanner.flights import (
    ALERT,
    PICKS_13,
    RETRY_RANDOM,
    SSL2_HELLO,
    WARNING,
    certificates,
    extension,
    message,
    record,
    server_hello,
    sized,
)

ECDHE = sized(b"\x03\x00\x1d" + sized(bytes(32), 1), 0)
DHE = sized(b"\x00" + b"\xff" * 128, 2) + sized(b"\x02", 2) + sized(bytes(128), 2)
SIGNED = b"\x08\x04" + sized(bytes(256), 2)
DONE = message(14, b"")


def read(data: bytes, version: Version = Version.TLS12, *, whole: bool = True) -> Flight:
    """All bytes at once."""
    reader = FlightReader(version, whole=whole)
    reader.feed(data)
    return reader.seen


def why_not(data: bytes, version: Version) -> Cause | None:
    """Why these bytes are no flight, if they are none."""
    try:
        read(data, version)
    except FlightError as error:
        return error.missing.cause
    return None


def flight(*messages: bytes, version: int = 0x0303) -> bytes:
    """Each message in a record of its own."""
    return b"".join(record(22, one, version) for one in messages)


WHOLE = (
    server_hello(
        0x0303,
        0xC02F,
        extension(0xFF01, b"\x00")
        + extension(23, b"")
        + extension(16, b"\x00\x03\x02h2")
        + extension(18, sized(sized(b"sct-one", 2), 2)),
    ),
    certificates(b"leaf", b"intermediate"),
    message(22, b"\x01" + sized(b"an OCSP answer", 3)),
    message(12, ECDHE + SIGNED),
    message(13, b"\x01\x01" + sized(b"\x04\x03", 2) + sized(b"", 2)),
    DONE,
)


def check_whole(seen: Flight) -> None:
    """Everything that ``WHOLE`` says."""
    assert seen.done
    assert seen.hello is not None
    assert (seen.hello.version, seen.hello.suite, seen.hello.alpn) == (0x0303, 0xC02F, "h2")
    assert seen.hello.scts == (b"sct-one",)
    assert {0xFF01, 23} <= seen.hello.extensions
    assert (seen.chain, seen.chain_total) == ((b"leaf", b"intermediate"), 2)
    assert seen.staple == b"an OCSP answer"
    assert seen.key_exchange is not None
    assert (seen.key_exchange.group, seen.key_exchange.scheme) == (29, 0x0804)
    assert seen.asks_certificate


def test_a_whole_flight() -> None:
    """Message by message."""
    check_whole(read(flight(*WHOLE)))


def test_messages_in_one_record() -> None:
    """Coalesced."""
    check_whole(read(record(22, b"".join(WHOLE))))


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_messages_over_many_records(size: int) -> None:
    """Fragmented anywhere."""
    data = b"".join(WHOLE)
    cut = (record(22, data[at : at + size]) for at in range(0, len(data), size))
    if len(data) / size <= 512:
        check_whole(read(b"".join(cut)))
    else:
        with pytest.raises(FlightError, match="512 records"):
            read(b"".join(cut))


@given(st.lists(st.integers(1, 60), max_size=40))
def test_it_does_not_matter_how_bytes_arrive(cuts: list[int]) -> None:
    """In pieces of any size; it ends with the last byte and not before."""
    data = flight(*WHOLE)
    reader = FlightReader(Version.TLS12)
    at = 0
    for cut in cuts:
        assert not reader.feed(data[at : at + cut][: max(0, len(data) - 1 - at)])
        at = min(at + cut, len(data) - 1)
    assert reader.feed(data[at:])
    check_whole(reader.seen)


def test_only_the_hello() -> None:
    """Where that is all one wants."""
    seen = read(flight(*WHOLE), whole=False)
    assert seen.done
    assert seen.hello is not None
    assert not seen.chain


def test_warnings_come_first() -> None:
    """And change nothing; they are kept."""
    seen = read(WARNING * 3 + flight(*WHOLE))
    check_whole(seen)
    assert seen.warnings == [112, 112, 112]


def test_odd_versions_on_records() -> None:
    """Some stacks write what they like there."""
    data = flight(*WHOLE)
    for odd in (b"\x00\x00", b"\x03\x00", b"\x7f\x7f"):
        changed = b"".join(record(22, one)[:1] + odd + record(22, one)[3:] for one in WHOLE)
        check_whole(read(changed))
    assert len(data) > 0


@pytest.mark.parametrize(
    ("suite", "body", "version", "group", "prime_bits", "scheme"),
    [
        pytest.param(0xC02F, ECDHE + SIGNED, 0x0303, 29, 0, 0x0804, id="ecdhe"),
        pytest.param(0xC014, ECDHE + SIGNED[2:], 0x0301, 29, 0, None, id="ecdhe-tls10"),
        pytest.param(0xC018, ECDHE, 0x0303, 29, 0, None, id="ecdhe-anon"),
        pytest.param(0x0033, DHE + SIGNED, 0x0303, None, 1024, 0x0804, id="dhe"),
        pytest.param(0x0034, DHE, 0x0303, None, 1024, None, id="dhe-anon"),
        pytest.param(0x0090, sized(b"hint", 2) + DHE, 0x0303, None, 1024, None, id="dhe-psk"),
        pytest.param(0xC035, sized(b"hint", 2) + ECDHE, 0x0303, 29, 0, None, id="ecdhe-psk"),
        pytest.param(0xC02F, b"\x01" + bytes(60), 0x0303, 0xFF01, 0, None, id="explicit-prime"),
        pytest.param(0xC02F, b"\x02" + bytes(60), 0x0303, 0xFF02, 0, None, id="explicit-binary"),
    ],
)
def test_key_exchange(
    suite: int, body: bytes, version: int, group: int | None, prime_bits: int, scheme: int | None
) -> None:
    """The curve or the prime, and who signed it how."""
    seen = read(flight(server_hello(version, suite), message(12, body), DONE), Version.TLS12)
    exchange = seen.key_exchange
    assert exchange is not None
    assert exchange.group == group
    assert int.from_bytes(exchange.prime, "big").bit_length() == prime_bits
    assert exchange.scheme == scheme


@pytest.mark.parametrize("suite", [0x002F, 0x0095, 0x0A0A])
def test_no_key_exchange_to_read(suite: int) -> None:
    """RSA's temporary keys, a hint alone, a suite that nobody knows."""
    seen = read(flight(server_hello(0x0303, suite), message(12, bytes(20)), DONE))
    assert seen.done
    assert seen.key_exchange is None


def test_a_retry_request() -> None:
    """TLS 1.3 names suite and group; what follows is not read."""
    hello = server_hello(0x0303, 0x1301, PICKS_13, random=RETRY_RANDOM)
    seen = read(record(22, hello) + record(20, b"\x01"), Version.TLS13)
    assert seen.done
    assert seen.hello is not None
    assert (seen.hello.version, seen.hello.suite, seen.hello.group) == (0x0304, 0x1301, 29)
    assert seen.hello.retry
    assert seen.rest == record(20, b"\x01")


def test_a_hello_with_a_share() -> None:
    """As it comes to a hello that brought a share of its own."""
    share = extension(51, b"\x00\x1d" + sized(bytes(32), 2)) + extension(43, b"\x03\x04")
    hello = read(record(22, server_hello(0x0303, 0x1301, share)), Version.TLS13).hello
    assert hello is not None
    assert (hello.group, hello.share, hello.retry) == (29, bytes(32), False)


def test_ssl_2() -> None:
    """Its kinds and its one certificate."""
    seen = read(SSL2_HELLO, Version.SSL2)
    assert seen.hello is not None
    assert (seen.hello.version, seen.hello.kinds) == (2, (0x010080,))
    with_certificate = struct.pack(">HBBBHHHH", 0x8000 | 18, 4, 0, 1, 2, 4, 3, 0)
    seen = read(with_certificate + b"leaf" + b"\x07\x00\xc0", Version.SSL2)
    assert seen.chain == (b"leaf",)


@pytest.mark.parametrize(
    ("data", "alert", "refusal"),
    [
        pytest.param(ALERT, 70, "alert 70", id="fatal"),
        pytest.param(b"\x15\x03\x01\x00\x02\x01\x00", 0, "alert 0", id="close-notify"),
        pytest.param(
            ALERT[:3] + b"\x00\x01\x02" + ALERT[:3] + b"\x00\x01\x46", 70, "alert 70", id="cut"
        ),
        pytest.param(b"\x80\x03\x00\x00\x01", None, "SSL 2 error", id="ssl-2-error"),
    ],
)
def test_a_refusal(data: bytes, alert: int | None, refusal: str) -> None:
    """In its own words."""
    seen = read(data)
    assert seen.done
    assert (seen.alert, seen.refusal) == (alert, refusal)
    assert seen.hello is None


HELLO = record(22, server_hello(0x0303, 0xC02F))


@pytest.mark.parametrize(
    ("data", "cause", "why"),
    [
        pytest.param(b"SSH-2.0-OpenSSH\r\n", Cause.NOT_TLS, "no TLS", id="ssh"),
        pytest.param(b"HTTP/1.1 400 Bad Request", Cause.NOT_TLS, "no TLS", id="http"),
        pytest.param(b"H", Cause.NOT_TLS, "no TLS", id="one-byte"),
        pytest.param(b"\x80\x0b\x09" + bytes(9), Cause.NOT_TLS, "no TLS", id="high-bit"),
        pytest.param(b"\x16\x05\x00\x00\x04\x0b", Cause.NOT_TLS, "no TLS", id="odd-record"),
        pytest.param(b"\x17\x03\x03\x00\x01x", Cause.NOT_TLS, "no TLS", id="data-first"),
        pytest.param(WARNING * 17, Cause.TLS_PROTOCOL, "warnings", id="warnings"),
        pytest.param(b"\x16\x03\x03\x00\x00" * 17, Cause.TLS_PROTOCOL, "empty", id="empty"),
        pytest.param(b"\x16\x03\x03\x48\x01", Cause.TLS_PROTOCOL, "a record of", id="oversized"),
        pytest.param(HELLO + b"\x63\x03\x03\x00\x01x", Cause.TLS_PROTOCOL, "type 99", id="type"),
        pytest.param(HELLO + record(23, b"x"), Cause.TLS_PROTOCOL, "data before", id="data"),
        pytest.param(
            record(22, b"\x0b\xff\xff\xff"), Cause.TLS_PROTOCOL, "a message of", id="claims-16-mib"
        ),
        pytest.param(record(22, message(11, b"")), Cause.TLS_PROTOCOL, "message 11", id="no-hello"),
        pytest.param(
            record(22, message(0, b"") * 65), Cause.TLS_PROTOCOL, "64 messages", id="flood"
        ),
        pytest.param(
            record(22, message(2, b"\x03\x03" + bytes(20))), Cause.TLS_PROTOCOL, "shorter", id="cut"
        ),
        pytest.param(
            record(22, message(2, b"\x03\x03" + bytes(32) + b"\x21" + bytes(40))),
            Cause.TLS_PROTOCOL,
            "session id",
            id="session",
        ),
        pytest.param(
            HELLO + record(22, message(12, b"\x09" + bytes(9))),
            Cause.TLS_PROTOCOL,
            "curve",
            id="curve",
        ),
        pytest.param(
            record(22, server_hello(0x0303, 0x0033) + message(12, sized(bytes(3000), 2))),
            Cause.TLS_PROTOCOL,
            "a prime",
            id="prime",
        ),
    ],
)
def test_no_flight(data: bytes, cause: Cause, why: str) -> None:
    """Told apart, and told at once."""
    with pytest.raises(FlightError, match=why) as caught:
        read(data)
    assert caught.value.missing.cause is cause


def test_hello_requests_mean_nothing() -> None:
    """They may come at any time."""
    check_whole(read(record(22, message(0, b"")) + flight(*WHOLE)))


def test_chains_are_bounded() -> None:
    """Ten certificates and 100 KiB are kept, all are counted."""
    many = read(flight(server_hello(0x0303, 0x002F), certificates(*[b"c"] * 100), DONE))
    assert (len(many.chain), many.chain_total) == (10, 100)
    chunks = certificates(bytes(60_000), bytes(60_000))
    big = b"".join(record(22, chunks[at : at + 16_000]) for at in range(0, len(chunks), 16_000))
    heavy = read(flight(server_hello(0x0303, 0x002F)) + big + flight(DONE))
    assert (len(heavy.chain), heavy.chain_total) == (1, 2)


def test_the_whole_is_bounded() -> None:
    """More than 256 KiB are no first flight."""
    reader = FlightReader(Version.TLS12)
    assert not reader.feed(HELLO)
    stuffing = record(22, message(99, bytes(16_000)))
    for _ in range(FLIGHT_BYTES // len(stuffing)):
        assert not reader.feed(stuffing)
    with pytest.raises(FlightError, match="over"):
        reader.feed(stuffing)


def test_timestamps_that_do_not_add_up() -> None:
    """Prove nothing."""
    assert read_scts(b"\x00\x08\x00\x02ab\x00\x02cd") == (b"ab", b"cd")
    assert read_scts(b"\x00\x08\x00\x02ab") == ()


@given(st.sampled_from(Version), st.binary(max_size=300))
def test_no_bytes_make_it_raise_anything_else(version: Version, data: bytes) -> None:
    """Whatever a server says."""
    assert why_not(data, version) in (None, Cause.NOT_TLS, Cause.TLS_PROTOCOL)


@given(
    st.sampled_from([v for v in Version if v is not Version.SSL2]),
    st.sampled_from([0xC02F, 0x0033, 0x0090, 0x1301]),
    st.lists(st.tuples(st.sampled_from([0, 2, 11, 12, 13, 14, 22]), st.binary(max_size=60))),
)
def test_no_messages_make_it_raise_anything_else(
    version: Version, suite: int, messages: list[tuple[int, bytes]]
) -> None:
    """The same, past the hello."""
    bodies = b"".join(message(kind, body) for kind, body in messages)
    data = record(22, server_hello(min(WIRE[version], 0x0303), suite) + bodies)
    assert why_not(data, version) in (None, Cause.TLS_PROTOCOL)


@given(st.binary(max_size=80))
def test_no_extensions_make_it_raise_anything_else(block: bytes) -> None:
    """The same, inside the hello."""
    data = record(22, server_hello(0x0303, 0xC02F, block))
    assert why_not(data, Version.TLS12) in (None, Cause.TLS_PROTOCOL)
