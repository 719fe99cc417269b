"""No packet leaves loopback in any test: an audit hook refuses it, and the test that tried fails."""

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest

from scanner.door import ROUTE_PROBE

# Commands that tests start look for the root of the names here, not on the internet: an empty list.
os.environ["TINNHIEM_ROOT_HINTS"] = os.devnull

REFUSED: list[str] = []
"""What was refused since the test began; whoever provokes a refusal on purpose takes it off."""
_SENDS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_RESOLVES = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


class OutsideError(RuntimeError):
    """A test tried to reach something beyond this machine."""


def _refuse_the_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _SENDS:
        sock, address = arguments[:2]
        if _may_send(sock, address):
            return
        what = f"{event} to {address!r}"
    elif event in _RESOLVES:
        host = arguments[0]
        if host in (None, "", b"", "localhost") or _is_literal(host):
            return
        what = f"{event} of {host!r}"
    else:
        return
    REFUSED.append(what)
    raise OutsideError(f"{what}: tests stay on loopback")


def _may_send(sock: socket.socket, address: object) -> bool:
    if sock.family not in (socket.AF_INET, socket.AF_INET6):
        return True
    if address is None:
        # `sendmsg` on a socket whose connect was judged.
        return True
    # Asking the system for its route sends nothing; see scanner.door.has_ipv6.
    if sock.type == socket.SOCK_DGRAM and address == ROUTE_PROBE:
        return True
    return isinstance(address, tuple) and _is_loopback(str(address[0]))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_literal(host: str | bytes) -> bool:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


# Measured runs are slower: they try fewer examples of each property (the plain run tries them all).
hypothesis.settings.register_profile("measured", max_examples=30, deadline=None)
hypothesis.settings.register_profile("plain", deadline=None)
hypothesis.settings.load_profile("measured" if "COVERAGE_PROCESS_CONFIG" in os.environ else "plain")

# What tests start in processes of their own runs the very code that the workers measure; measuring it
# there again doubles the time of the whole run.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)

# A hook can not be taken off again, and a module is imported once.
sys.addaudithook(_refuse_the_outside)


@pytest.fixture(autouse=True)
def _stays_on_loopback() -> Iterator[None]:
    """Also where somebody caught the refusal: the border around a probe catches everything."""
    REFUSED.clear()
    yield
    assert not REFUSED, REFUSED


_SLOW_FIRST = (
    "tests/fleet/",
    "tests/cli/test_stopping",
    "tests/observatory/",
    "tests/nginx/",
    "tests/cli/",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait for servers begin first: a worker that meets them last leaves the other idle."""

    def place(item: pytest.Item) -> int:
        at = [n for n, slow in enumerate(_SLOW_FIRST) if item.nodeid.startswith(slow)]
        return at[0] if at else len(_SLOW_FIRST)

    items.sort(key=place)
