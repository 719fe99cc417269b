"""Loopback ports that any user may open."""

import contextlib
import errno
import socket
import sys

Bound = tuple[str, int]
Sockets = tuple[socket.socket, ...]
MAIN, SECOND, THIRD = "127.0.0.1", "127.0.0.2", "127.0.0.3"
INFECTED = "127.0.0.9"
"""The address that lists of infected machines name."""
_TRIES = 50


def bound(address: str = MAIN, port: int = 0, kind: int = socket.SOCK_STREAM) -> socket.socket:
    """A socket bound, not yet listening: connections to it are refused until it listens."""
    # Named, because asyncio sends small writes at once only where it knows the protocol to be TCP.
    protocol = socket.IPPROTO_TCP if kind == socket.SOCK_STREAM else socket.IPPROTO_UDP
    sock = socket.socket(socket.AF_INET, kind, protocol)
    try:
        if sys.platform == "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        sock.setblocking(False)  # noqa: FBT003
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock


def port_of(sock: socket.socket) -> int:
    """The port a socket was given."""
    port: int = sock.getsockname()[1]
    return port


def bind_both() -> tuple[socket.socket, socket.socket, int]:
    """A UDP and a TCP socket on one port."""
    for _ in range(_TRIES):
        udp = bound(kind=socket.SOCK_DGRAM)
        try:
            return udp, bound(port=port_of(udp)), port_of(udp)
        except OSError:
            udp.close()
    raise OSError(errno.EADDRINUSE, "no port is free for both UDP and TCP")


def hold_closed() -> tuple[tuple[socket.socket, socket.socket], int]:
    """A port that refuses over UDP and TCP, and the sockets that keep anybody else from opening it.

    A bound TCP socket that does not listen refuses.  A UDP socket that is merely bound would swallow what is sent to
    it; one that talks to a single peer takes nothing of others, so the system tells them that the port is closed.
    """
    udp, tcp, port = bind_both()
    udp.connect((MAIN, port))
    return (udp, tcp), port


def bind_each(addresses: tuple[str, ...]) -> Sockets:
    """One TCP socket per address, all on one port."""
    for _ in range(_TRIES):
        first = bound(addresses[0])
        made = [first]
        try:
            made += [bound(address, port_of(first)) for address in addresses[1:]]
        except OSError:
            for sock in made:
                sock.close()
        else:
            return tuple(made)
    raise OSError(errno.EADDRINUSE, f"no port is free on all of {addresses}")


def second_address_works() -> bool:
    """Whether this system has a second loopback address."""
    try:
        bound(SECOND).close()
    except OSError:
        return False
    return True


def allow_many_files() -> None:
    """Raise the soft limit of open files where the system knows one: a site takes two ports."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415  Not on Windows, which has no such limit.

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 16_384 if hard == resource.RLIM_INFINITY else min(hard, 16_384)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
