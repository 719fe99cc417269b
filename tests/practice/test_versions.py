"""Which hello gets which answer."""

import socket
import ssl

import pytest

from scanner.practice.flights import SSL3, TLS10, TLS11, TLS12, TLS13, Hello, read_hello
from tests.practice.clients import (
    Seen,
    ask,
    connect,
    context,
    first_answer,
    hello,
    messages,
    picked,
    shake,
)

OLD = (SSL3, TLS10, TLS11)


@pytest.mark.parametrize(
    ("site", "accepted"),
    [
        pytest.param("thcs-hoa-sen", {TLS12, TLS13}, id="healthy"),
        pytest.param("th-cau-vong", {TLS10, TLS11, TLS12, TLS13}, id="old-beside-new"),
        pytest.param("chuyen-biet-tieng-hat", {SSL3, TLS12, TLS13}, id="ssl-3"),
        pytest.param("thcs-rung-thong", {TLS12}, id="no-tls-1.3"),
        pytest.param("ptdtbt-may-trang", {TLS10}, id="old-only"),
    ],
)
def test_versions(seen: Seen, site: str, accepted: set[int]) -> None:
    """Each version asked alone: the ServerHello picks it, or an alert refuses."""
    port = seen.door(site).https_port
    for version in (*OLD, TLS12, TLS13):
        answer = picked(first_answer(port, hello(version)))
        assert answer == (version if version in accepted else "alert"), hex(version)


def test_an_ssl_2_hello_is_not_taken(seen: Seen) -> None:
    """Closed or refused, never accepted."""
    sent = bytes.fromhex("801c0100020003000000100100800000000102030405060708090a0b0c0d0e0f")
    answer = first_answer(seen.door("thcs-hoa-sen").https_port, sent)
    assert not answer or answer[0] == 21


def test_the_old_flight_carries_the_certificate(seen: Seen) -> None:
    """ServerHello, Certificate and ServerHelloDone."""
    port = seen.door("ptdtbt-may-trang").https_port
    assert list(messages(port, hello(TLS10))) == [2, 11, 14]


def test_modern_clients_are_told_why_an_old_server_refuses(seen: Seen) -> None:
    """The alert arrives."""
    with pytest.raises(ssl.SSLError, match=r"(?i)protocol.version|alert"):
        shake(seen.door("ptdtbt-may-trang"))


@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_alert_of_a_missing_client_certificate_arrives(
    seen: Seen, newest: ssl.TLSVersion
) -> None:
    """In TLS 1.3 the handshake succeeds and the first read fails; in TLS 1.2 the handshake fails."""
    door, client = seen.door("ptdtnt-dai-ngan"), context()
    client.maximum_version = newest
    with pytest.raises(ssl.SSLError, match=r"(?i)alert"), shake(door, client) as sock:
        ask(sock, door.host)


def test_plain_http_on_the_https_port(seen: Seen) -> None:
    """It speaks, but not TLS."""
    port = seen.door("th-dong-lua").https_port
    assert first_answer(port, hello(TLS12)).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("site", ["mn-ong-vang", "mn-but-mang"])
def test_closed_ports_refuse(seen: Seen, site: str) -> None:
    """Refused at once, not swallowed."""
    with pytest.raises(ConnectionRefusedError):
        connect(seen.door(site).https_port)


def test_silence(seen: Seen) -> None:
    """Accepted, and nothing said."""
    door = seen.door("th-lang-yen")
    for port in (door.https_port, door.http_port):
        with connect(port) as sock:
            sock.settimeout(0.3)
            sock.sendall(hello(TLS12))
            with pytest.raises(socket.timeout):
                sock.recv(1)


@pytest.mark.parametrize("version", [SSL3, TLS10, TLS11, TLS12, TLS13])
def test_reading_a_hello(version: int) -> None:
    """The highest version offered, wherever it is said."""
    read = read_hello(hello(version))
    assert isinstance(read, Hello)
    assert read.highest == version
    assert 0x002F in read.ciphers


@pytest.mark.parametrize(
    "seen_bytes",
    [b"", b"GET / HTTP/1.1\r\n", hello(TLS12)[:20]],
    ids=["nothing", "http", "half-a-hello"],
)
def test_what_is_no_hello(seen_bytes: bytes) -> None:
    """Noise is told apart."""
    assert read_hello(seen_bytes) is None
