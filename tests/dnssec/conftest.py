"""A real nsd that holds the root, the upper zones and every case, and can so be asked like a resolver."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import pytest

from scanner.practice.ports import bind_both
from tests.dnssec.cases import PLANS, ROOT, children_of
from tests.dnssec.signing import Signed, ds_text
from tests.nsd.world import REAL

NSD = shutil.which("nsd") or shutil.which("nsd", path="/usr/sbin:/usr/local/sbin")
DELV = shutil.which("delv")


@dataclass(frozen=True)
class Served:
    """The name server's port, and trust anchors for us and for delv."""

    port: int
    anchors: str
    for_delv: Path


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One nsd for all the cases."""
    if NSD is None:
        if os.environ.get("TINNHIEM_REQUIRE_NSD"):
            pytest.fail("nsd is required here and not installed")
        pytest.skip("nsd is not installed")
    folder = tmp_path_factory.mktemp("nsd")
    udp, tcp, port = bind_both()
    udp.close()
    tcp.close()
    if REAL:
        port = 53
    (folder / "nsd.conf").write_text(_configured(folder, port), encoding="ascii")
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(  # noqa: S603  Our own words, no shell.
            [NSD, "-d", "-c", str(folder / "nsd.conf")], stdout=log, stderr=log
        )
    try:
        _wait_for(port, server, folder / "log")
        ds = ds_text(".", ROOT.ksk[0])
        tag, algorithm, kind, digest = ds.split(" ", 3)
        anchor = folder / "anchor.conf"
        anchor.write_text(
            f'trust-anchors {{ . static-ds {tag} {algorithm} {kind} "{digest}"; }};\n',
            encoding="ascii",
        )
        yield Served(port, f". IN DS {ds}\n", anchor)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def _configured(folder: Path, port: int) -> str:
    lines = [
        "server:",
        "  ip-address: 127.0.0.1",
        f"  port: {port}",
        '  username: ""',
        '  database: ""',
        f'  zonesdir: "{folder}"',
        f'  pidfile: "{folder}/nsd.pid"',
        f'  xfrdfile: "{folder}/xfrd.state"',
        f'  zonelistfile: "{folder}/zone.list"',
        "  server-count: 1",
        "  verbosity: 1",
        "  minimal-responses: no",
        "  rrl-ratelimit: 0",
        "remote-control:",
        "  control-enable: no",
    ]
    for nth, plan in enumerate(PLANS):
        file = folder / f"{nth}.zone"
        file.write_text(Signed(plan, children_of(plan)).text(), encoding="ascii")
        lines += ["zone:", f'  name: "{plan.origin}"', f'  zonefile: "{file}"']
    return "\n".join(lines) + "\n"


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    query = dns.message.make_query(".", "SOA")
    for _ in range(100):
        if server.poll() is not None:
            break
        try:
            if dns.query.udp(query, "127.0.0.1", timeout=0.2, port=port).answer:
                return
        except (dns.exception.Timeout, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"nsd does not answer: {log.read_text()[-2000:]}")
