"""The refusal of everything beyond loopback, proven."""

import socket
from collections.abc import Callable

import pytest

from scanner.door import has_ipv6
from tests import conftest


def _tcp(address: str) -> None:
    with socket.socket() as sock:
        sock.connect((address, 9))


def _udp(address: str) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendto(b"x", (address, 9))


def _udp_message(address: str) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.sendmsg([b"x"], [], 0, (address, 9))


def _connected_udp(address: str) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.connect((address, 9))


def _name(name: str) -> None:
    socket.getaddrinfo(name, 9)


@pytest.mark.parametrize(
    ("reach", "where"),
    [
        pytest.param(_tcp, "192.0.2.1", id="tcp"),
        pytest.param(_tcp, "10.0.0.1", id="private"),
        pytest.param(_tcp, "0.0.0.0", id="unspecified"),
        pytest.param(_udp, "192.0.2.1", id="udp"),
        pytest.param(_udp_message, "192.0.2.1", id="udp-sendmsg"),
        pytest.param(_connected_udp, "192.0.2.1", id="udp-connect"),
        pytest.param(_name, "example.org", id="a-name"),
    ],
)
def test_the_outside_is_refused(reach: Callable[[str], None], where: str) -> None:
    """Nothing is sent, and the attempt is on record for the end of the test."""
    with pytest.raises(conftest.OutsideError):
        reach(where)
    assert len(conftest.REFUSED) == 1
    conftest.REFUSED.clear()


@pytest.mark.parametrize("where", ["127.0.0.1", "127.1.2.3"])
def test_loopback_is_open(where: str) -> None:
    """The whole of 127/8, datagrams too; a port nobody holds refuses, and that is an answer."""
    _udp(where)
    with pytest.raises(ConnectionRefusedError):
        _tcp(where)


def test_literals_and_localhost_are_looked_up() -> None:
    """Nothing leaves for them."""
    for name in ("192.0.2.1", "localhost"):
        assert socket.getaddrinfo(name, 9)


def test_asking_for_a_route_sends_nothing() -> None:
    """The one exception: a datagram socket pointed at a public address and never written to."""
    assert has_ipv6() in (True, False)
