"""All servers together, each with its port and its truth."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.scanner.builders import HOST
from tests.tls_servers import hybrid, nginx, scripted, tlslite
from tests.tls_servers.certificates import Papers
from tests.tls_servers.played import child
from tests.tls_servers.truth import Truth


@dataclass(frozen=True)
class Place:
    """One server, where it listens and what is true of it."""

    name: str
    port: int
    truth: Truth


@dataclass(frozen=True)
class Fleet:
    """Every server that runs."""

    places: Mapping[str, Place]
    trust_pem: bytes
    crl_port: int
    """Where the issuer's list of revoked certificates lies."""
    folder: Path


def missing() -> Sequence[str]:
    """What this machine lacks to play the whole fleet."""
    lacks = {
        "nginx (apt-get install nginx-light)": nginx.NGINX is None,
        "tlslite-ng": not tlslite.INSTALLED,
        "pyOpenSSL": not hybrid.INSTALLED,
    }
    return [name for name, absent in lacks.items() if absent]


def truths() -> dict[str, Truth]:
    """Every server's truth by name."""
    return {
        **{server.name: server.truth() for server in nginx.SERVERS},
        **{server.name: server.truth() for server in tlslite.SERVERS},
        **{server.name: server.truth() for server in hybrid.SERVERS},
        **{server.name: server.truth() for server in scripted.SERVERS},
    }


@contextmanager
def played(folder: Path, now: dt.datetime) -> Iterator[Fleet]:
    """The fleet while the block lasts, on loopback, as whoever runs the tests."""
    crl_port = nginx.free_port()
    papers = Papers(folder, now, f"http://{HOST}:{crl_port}/ca.crl")
    for kind in ("rsa2048", "ec256"):
        papers.files(kind)
    known = truths()
    with ExitStack() as held:
        ports: dict[str, int] = {}
        ports |= held.enter_context(nginx.served(folder, papers, crl_port))
        ports |= held.enter_context(child("tlslite", folder))
        ports |= held.enter_context(hybrid.played(folder))
        ports |= held.enter_context(scripted.played(folder))
        places = {name: Place(name, port, known[name]) for name, port in ports.items()}
        yield Fleet(places, papers.trust_pem, crl_port, folder)
