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
        with socket.socket(socket.AF_INET, kind) as other:
            assert other_errno(other, port) in {errno.EADDRINUSE, errno.EACCES}
        with socket.socket(socket.AF_INET, kind) as asks, pytest.raises(ConnectionError):
            ask(asks, port)
        sock.close()


def other_errno(sock: socket.socket, port: int) -> int | None:
    """Why a port cannot be had."""
    try:
        sock.bind((MAIN, port))
    except OSError as error:
        return error.errno
    return None


def ask(sock: socket.socket, port: int) -> bytes:
    """What a port answers."""
    sock.settimeout(5)
    sock.connect((MAIN, port))
    sock.send(b"?")
    return sock.recv(9)
