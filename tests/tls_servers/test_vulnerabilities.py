"""Each known attack is seen where a server gives in to it, nowhere else, and only with leave."""

from pathlib import Path

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.vulnerabilities import Exposed, Vulnerabilities
from scanner.clock import now
from scanner.door import Door
from scanner.probes.vulnerabilities import exposed_of, look_vulnerabilities
from scanner.sslyze_worker import RENEGOTIATIONS, Told, installed
from scanner.visit import Target
from tests.scanner.builders import HOST, budget, door, hosts, site, visiting
from tests.scanner.servers import closed_port, drips, serving
from tests.tls_servers.certificates import Papers
from tests.tls_servers.vulnerable import giving_in, renegotiating

needs_sslyze = pytest.mark.skipif(not installed(), reason="SSLyze is not installed: it is an extra")
FAMILIES = frozenset({"vulnerability"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the certificate lies."""
    path = tmp_path_factory.mktemp("vulnerable")
    Papers(path, now(), "http://127.0.0.1/ca.crl").files("rsa2048")
    return path


async def _look(
    port: int, through: Door | None = None, deadline_s: float = 60.0
) -> Vulnerabilities | NotCaptured:
    through = through or door(port, families=FAMILIES)
    spend = budget(wall_s=60.0, handshake_s=1.0)
    async with visiting(site(port, 1), hosts(HOST), through, spend) as visit:
        return await look_vulnerabilities(visit, deadline_s=deadline_s)


def _one(seen: Vulnerabilities | NotCaptured) -> Exposed:
    assert isinstance(seen, Vulnerabilities)
    (exposed,) = seen.addresses
    return exposed


@needs_sslyze
@pytest.mark.parametrize(
    ("mistake", "expected"),
    [
        pytest.param("none", (False, False, False, 0), id="none"),
        pytest.param("heartbleed", (True, False, False, 0), id="heartbleed"),
        pytest.param("ccs", (False, True, False, 0), id="ccs"),
        pytest.param("robot", (False, False, True, 0), id="robot"),
        pytest.param("silent-to-heartbeats", (False, False, False, 0), id="silent-to-heartbeats"),
    ],
)
async def test_each_mistake_is_found_and_no_other(
    folder: Path, mistake: str, expected: tuple[bool, bool, bool, int]
) -> None:
    """Heartbleed, CCS, ROBOT, renegotiation."""
    async with giving_in(mistake, folder) as server:
        seen = _one(await _look(server.port))
    assert (
        seen.heartbleed,
        seen.ccs_injection,
        seen.robot,
        seen.client_renegotiations,
    ) == expected


@needs_sslyze
async def test_renegotiations_are_counted(folder: Path) -> None:
    """Up to one more than any bar allows."""
    with renegotiating(folder) as port:
        seen = _one(await _look(port))
    assert seen.client_renegotiations == RENEGOTIATIONS


async def test_without_leave_nothing_is_sent(folder: Path) -> None:
    """These conversations go beyond what a browser does."""
    async with giving_in("heartbleed", folder) as server:
        seen = await _look(server.port, door(server.port))
        assert server.connections == 0
    assert isinstance(seen, NotCaptured)
    assert seen.cause is Cause.NOT_PERMITTED


@needs_sslyze
async def test_a_server_that_drips_is_no_verdict() -> None:
    """The child is killed at its deadline, and each answer says so."""
    async with serving(drips(b"\x16\x03\x03\x00\x7a\x02", 0.3)) as server:
        seen = _one(await _look(server.port, deadline_s=2.0))
    assert isinstance(seen.heartbleed, NotCaptured)
    assert seen.heartbleed.cause is Cause.DEADLINE
    assert isinstance(seen.client_renegotiations, NotCaptured)


@needs_sslyze
async def test_a_closed_port_is_no_verdict() -> None:
    """Nothing was looked at."""
    with closed_port() as port:
        seen = _one(await _look(port))
    assert isinstance(seen.heartbleed, NotCaptured)


def test_only_tls_13_is_beyond_them() -> None:
    """Each of them needs an older version."""
    told = Told(({"part": "only_tls13"}, {"part": "end", "connections": 8}), None)
    seen = exposed_of(told, Target(HOST, "127.0.0.1", 443))
    assert (seen.heartbleed, seen.ccs_injection, seen.robot) == (False, False, False)
    assert seen.client_renegotiations is None


def test_what_went_wrong_is_no_verdict() -> None:
    """Every answer that is missing has its reason."""
    told = Told(({"part": "answer", "name": "robot", "why": "inconsistent"},), None)
    seen = exposed_of(told, Target(HOST, "127.0.0.1", 443))
    assert isinstance(seen.robot, NotCaptured)
    assert "inconsistent" in seen.robot.detail
    assert isinstance(seen.heartbleed, NotCaptured)
