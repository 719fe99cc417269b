"""The command against a real Debian nginx: the right answer for each fault, and only for it."""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanner.archive import codec
from scanner.clock import now
from scanner.practice.certificates import Mint
from scanner.practice.names import NameServer
from scanner.practice.stats import Stats
from scanner.practice.zones import Zone, soa
from tests.cli.command import Row, database, run
from tests.cli.lists import PERMISSION
from tests.cli.test_refusals import findings
from tests.nginx.schools import COOKIE, MAIL, NGINX, SCHOOLS, Placed, served

pytestmark = [pytest.mark.nginx, pytest.mark.xdist_group("nginx")]

ORIGIN = "nginx-thu.edu.vn"
CHECKS = (
    "https-offered",
    "certificate-trusted",
    "certificate-chain-complete",
    "certificate-matches-host",
    "certificate-in-date",
    "old-tls-off",
    "tls12-or-better",
    "http-redirects-to-https",
    "hsts-enforced",
    "site-reachable",
)
NO_TLS = dict.fromkeys(CHECKS[1:6], "not-applicable")
EXPECTED: dict[str, dict[str, str]] = {
    "tot": {},
    # RFC 6797, 8.1: a browser heeds HSTS only where the certificate raises no objection.
    "het-han": {"certificate-in-date": "not-met", "hsts-enforced": "not-met"},
    "sai-ten": {"certificate-matches-host": "not-met", "hsts-enforced": "not-met"},
    "tu-ky": {
        "certificate-trusted": "not-met",
        "certificate-chain-complete": "not-applicable",
        "hsts-enforced": "not-met",
    },
    "thieu-trung-gian": {
        "certificate-trusted": "not-tested",
        "certificate-chain-complete": "not-met",
        "hsts-enforced": "not-tested",
    },
    "tls-cu": {"old-tls-off": "not-met"},
    "khong-chuyen": {"http-redirects-to-https": "not-met"},
    "khong-hsts": {"hsts-enforced": "not-met"},
    "dong-443": {
        **NO_TLS,
        "https-offered": "not-met",
        "tls12-or-better": "not-met",
        "http-redirects-to-https": "not-met",
        "hsts-enforced": "not-met",
    },
    "trang-nao-cung-co": {},
}
"""Where a school differs from *met*."""


@dataclass(frozen=True)
class Scanned:
    """One scan of all schools."""

    places: dict[str, Placed]
    findings: list[Row]
    db: Path

    def outcomes(self, school: str) -> dict[str, str]:
        """What was found of one school."""
        url = self.places[school].url
        return {
            row["check"]: row["outcome"]
            for row in self.findings
            if row["site"] == url and row["check"] in CHECKS
        }


@contextmanager
def name_server() -> Iterator[str]:
    """The fleet's name server with one zone, in a thread with a loop of its own."""
    records: dict[tuple[str, str], tuple[str, ...]] = {
        (ORIGIN, "SOA"): (soa(ORIGIN),),
        (ORIGIN, "NS"): (f"ns1.{ORIGIN}.", f"ns2.{ORIGIN}."),
    }
    records |= {(school.host, "A"): ("127.0.0.1",) for school in SCHOOLS}
    server = NameServer([Zone(ORIGIN, records)], Stats())
    loop = asyncio.new_event_loop()
    loop.run_until_complete(server.start())
    thread = threading.Thread(target=loop.run_forever, name="name server")
    thread.start()
    try:
        yield f"127.0.0.1:{server.port}"
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def inventory(folder: Path, places: list[Placed]) -> Path:
    """The list of the schools as CSV, with the permission in a file of its own."""
    lines = ["unit_id,unit_name,kind,commune,manager,url,http_port"]
    lines += [
        f"{place.school.name},Trường {place.school.name},thcs,20242,commune,{place.url},{place.http_port}"
        for place in places
    ]
    (folder / "schools.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    ports = [port for place in places for port in (place.https_port, place.http_port)]
    leave = {
        **PERMISSION,
        "hosts": [f"*.{ORIGIN}"],
        "networks": ["127.0.0.0/8"],
        "ports": ports,
        "requests_per_minute": 6000,
        "connections_per_address": 20,
        "connections_per_network": 20,
        "new_connections_per_second": 200,
        "controls": [f"127.0.0.1:{places[0].http_port}"],
    }
    told = "permission:\n" + "".join(f"  {name}: {_yaml(value)}\n" for name, value in leave.items())
    (folder / "permission.yaml").write_text(told, encoding="utf-8")
    return folder / "schools.csv"


def _yaml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml, value))}]"
    return str(value) if isinstance(value, int) else f'"{value}"'


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """Ten schools behind one nginx, scanned once."""
    if NGINX is None:
        if os.environ.get("TINNHIEM_REQUIRE_NGINX") == "1":
            pytest.fail("nginx is not installed, and TINNHIEM_REQUIRE_NGINX=1 asks for it")
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    folder = tmp_path_factory.mktemp("nginx")
    mint = Mint(now())
    (folder / "trust.pem").write_bytes(mint.trust_store_pem)
    with served(folder, mint) as places, name_server() as resolver:
        ended = run(
            *("scan", inventory(folder, list(places)), "--out", folder / "out"),
            *(
                "--permission",
                folder / "permission.yaml",
                "--db",
                database(folder / "store.sqlite"),
            ),
            *("--resolver", resolver, "--trust-store", folder / "trust.pem", "--allow-private"),
        )
    assert ended.code == 0, str(ended)
    return Scanned(
        {place.school.name: place for place in places},
        findings(folder / "out"),
        folder / "store.sqlite",
    )


@pytest.mark.parametrize("school", [school.name for school in SCHOOLS])
def test_each_fault_is_found_and_no_other(scanned: Scanned, school: str) -> None:
    """Each site differs from the good one in what was planted."""
    assert scanned.outcomes(school) == {**dict.fromkeys(CHECKS, "met"), **EXPECTED[school]}


def test_the_missing_issuer_is_named_as_the_cause(scanned: Scanned) -> None:
    """A missing intermediate accuses once: the chain, not the trust."""
    url = scanned.places["thieu-trung-gian"].url
    rows = [
        row
        for row in scanned.findings
        if row["site"] == url and row["check"] == "certificate-trusted"
    ]
    assert {row["cause"] for row in rows} == {"issuer-missing"}


def evidence(db: Path) -> dict[str, bytes]:
    """What the store holds of each site, and under no address everything else that it holds."""
    with closing(sqlite3.connect(db)) as store:
        looks = store.execute(
            "SELECT site, data, volatile FROM looks JOIN blobs ON sha256 = evidence_sha256"
        ).fetchall()
        others = store.execute("SELECT data FROM blobs WHERE kind != 'evidence'").fetchall()
    found = {site: codec.unpacked(data) + volatile.encode() for site, data, volatile in looks}
    return {**found, "": b"".join(codec.unpacked(data) for (data,) in others)}


def test_no_cookie_value_and_no_address_is_kept(scanned: Scanned) -> None:
    """Of a cookie its name and attributes are kept, of an e-mail address its shape."""
    kept = evidence(scanned.db)
    assert [site for site, data in kept.items() if COOKIE.encode() in data] == []
    del kept[scanned.places["trang-nao-cung-co"].url]
    assert [site for site, data in kept.items() if MAIL.encode() in data] == []
    good = kept[scanned.places["tot"].url]
    assert b"nv4_sess=" in good
    assert "•@tot.nginx-thu.edu.vn".encode() in good


def test_a_page_in_place_of_security_txt_is_masked(scanned: Scanned) -> None:
    """Where every path shows the home page, the look for security.txt keeps no address either."""
    assert MAIL.encode() not in evidence(scanned.db)[scanned.places["trang-nao-cung-co"].url]
