"""Loopback ports that do what they are for."""

import errno
import socket

import pytest

from scanner.practice.ports import MAIN, hold_closed


def test_a_port_that_is_held_closed_refuses_and_nobody_else_gets_it() -> None:
    """Over UDP the refusal comes as the answer to what was sent, over TCP at once; a second owner is turned away."""
    sockets, port = hold_closed()
    for sock in sockets:
        kind = sock.type
        with socket.socket(socket.AF_INET, kind) as other, pytest.raises(OSError) as ended:
            other.bind((MAIN, port))
        assert ended.value.errno in {errno.EADDRINUSE, errno.EACCES}
        with socket.socket(socket.AF_INET, kind) as asks, pytest.raises(ConnectionError):
            asks.settimeout(5)
            asks.connect((MAIN, port))
            asks.send(b"?")
            asks.recv(9)
        sock.close()
