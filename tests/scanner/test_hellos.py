"""Hellos of our own: one version each, whole, and of a length that old stacks can read."""

import struct
from typing import Any

import pytest

from checks.evidence.tls import Version
from checks.parsing.groups import CURVES, GROUPS_13
from checks.parsing.suites import candidates
from scanner.probes.tls.hellos import (
    WIRE,
    Hello,
    client_hello,
    common_suites,
    short_hello,
    short_parts,
)
from tests.scanner.builders import HOST
from tests.scanner.flights import parsed

TLS = [version for version in Version if version is not Version.SSL2]
LONG_HOST = "truong-tieu-hoc-" + "a" * 47 + ".phuong-mot-hai-ba." + "b" * 60 + ".edu.vn"


def full(version: Version, host: str = HOST) -> Hello:
    """Everything that a version may be offered."""
    return Hello(
        version,
        host,
        candidates(version),
        groups=GROUPS_13 if version is Version.TLS13 else CURVES,
    )


@pytest.mark.parametrize("version", TLS)
def test_a_hello_offers_one_version(version: Version) -> None:
    """In the legacy field, or for TLS 1.3 in the extension; the record says TLS 1.0 at most."""
    hello = parsed(client_hello(full(version)))
    assert hello.legacy == min(WIRE[version], 0x0303)
    assert hello.record <= 0x0301
    assert hello.compression == b"\x00"
    if version is Version.TLS13:
        assert hello.extensions[43] == b"\x02\x03\x04"
        assert hello.extensions[51] == b"\x00\x00"
        assert len(hello.session) == 32
        assert hello.suites == candidates(version)
    else:
        assert 43 not in hello.extensions
        assert not hello.session
        # RFC 5746, 3.3: the signal stands for the extension, in SSL 3 as well.
        assert hello.suites == (*candidates(version), 0x00FF)
    if version is Version.SSL3:
        assert not hello.extensions
    else:
        assert hello.extensions[0].endswith(HOST.encode())
        assert len(hello.extensions[10]) == 2 + 2 * len(full(version).groups)
        assert (13 in hello.extensions) is (version in (Version.TLS12, Version.TLS13))


def test_no_two_hellos_share_their_random() -> None:
    """Unless one asks for it, as a transcript does."""
    one, other = client_hello(full(Version.TLS12)), client_hello(full(Version.TLS12))
    assert one[11:43] != other[11:43]
    fixed = full(Version.TLS13)._replace(random=bytes(32), session=bytes(32))
    assert client_hello(fixed) == client_hello(fixed)


@pytest.mark.parametrize(
    ("extra", "extension", "content"),
    [
        ({"alpn": ("h2", "http/1.1")}, 16, b"\x00\x0c\x02h2\x08http/1.1"),
        ({"vouchers": True}, 5, b"\x01\x00\x00\x00\x00"),
        ({"vouchers": True}, 18, b""),
        ({"ticket": True}, 35, b""),
        ({}, 23, b""),
        ({}, 11, b"\x01\x00"),
    ],
)
def test_what_else_a_question_may_need(
    extra: dict[str, Any], extension: int, content: bytes
) -> None:
    """Each in its extension, and absent where it is not asked for."""
    plain = full(Version.TLS12)
    assert parsed(client_hello(plain._replace(**extra))).extensions[extension] == content
    if extra:
        assert extension not in parsed(client_hello(plain)).extensions


def test_compression_and_fallback() -> None:
    """DEFLATE first and then none; never in TLS 1.3.  The fallback signal is a suite."""
    older = full(Version.TLS12)._replace(deflate=True, fallback=True)
    assert parsed(client_hello(older)).compression == b"\x01\x00"
    assert parsed(client_hello(older)).suites[-1] == 0x5600
    newest = full(Version.TLS13)._replace(deflate=True)
    assert parsed(client_hello(newest)).compression == b"\x00"


def test_shares_and_cookie() -> None:
    """As a conversation sends them."""
    hello = full(Version.TLS13)._replace(shares=((29, bytes(32)),), cookie=b"abc")
    found = parsed(client_hello(hello)).extensions
    assert found[51] == b"\x00\x24\x00\x1d\x00\x20" + bytes(32)
    assert found[44] == b"\x00\x03abc"


def test_an_ssl_2_hello() -> None:
    """Two-byte record, cipher kinds of three bytes, a challenge."""
    data = client_hello(Hello(Version.SSL2, HOST, candidates(Version.SSL2)))
    length, kind, version, kinds, session, challenge = struct.unpack(">HBHHHH", data[:11])
    assert length == 0x8000 | len(data) - 2
    assert (kind, version, session, challenge) == (1, 2, 0, 16)
    assert kinds == 3 * len(candidates(Version.SSL2))
    assert data[11:14] == b"\x01\x00\x80"
    assert len(data) == 11 + kinds + challenge


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_an_address_is_no_server_name(host: str) -> None:
    """RFC 6066, 3."""
    assert 0 not in parsed(client_hello(full(Version.TLS12, host))).extensions


@pytest.mark.parametrize("version", [Version.TLS10, Version.TLS12, Version.TLS13])
@pytest.mark.parametrize("host", ["a.vn", HOST, LONG_HOST])
@pytest.mark.parametrize("suites", [1, 12, 40, 90, 110])
def test_no_hello_stalls_a_balancer(version: Version, host: str, suites: int) -> None:
    """Between 256 and 511 bytes some never answer: padded past that (RFC 7685)."""
    hello = full(version, host)._replace(suites=candidates(version)[:suites], groups=(29, 23, 24))
    size = parsed(client_hello(hello)).message_bytes
    assert not 256 <= size <= 511


@pytest.mark.parametrize("version", [v for v in TLS if v is not Version.TLS13])
@pytest.mark.parametrize("host", ["a.vn", HOST])
def test_short_parts(version: Version, host: str) -> None:
    """All suites, each once, in hellos under 256 bytes."""
    parts = short_parts(version, host, candidates(version))
    assert tuple(number for part in parts for number in part) == candidates(version)
    for part in parts:
        assert parsed(client_hello(short_hello(version, host, part))).message_bytes < 256


@pytest.mark.parametrize("version", TLS)
def test_common_suites(version: Version) -> None:
    """Known to the version, and few."""
    common = common_suites(version, HOST)
    assert set(common) <= set(candidates(version))
    assert common
    if version is not Version.TLS13:
        assert 0x002F in common
        hello = short_hello(version, HOST, common)
        assert parsed(client_hello(hello)).message_bytes < 256


def test_a_name_that_leaves_no_room_is_still_asked() -> None:
    """A few suites at a time."""
    parts = short_parts(Version.TLS12, LONG_HOST, candidates(Version.TLS12))
    assert all(len(part) >= 8 for part in parts[:-1])
