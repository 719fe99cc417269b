"""The command against real name servers: the right answer for each fault of a zone, and only for it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.cli.command import database, run
from tests.nsd.cases import CASES, HEALTHY
from tests.nsd.world import NSD, B, Case, World, world

pytestmark = [pytest.mark.nsd, pytest.mark.xdist_group("nsd")]
Row = dict[str, Any]


@dataclass(frozen=True)
class Scanned:
    """One scan of all zones."""

    findings: Mapping[tuple[str, str], Row]

    def of(self, case: Case, check: str) -> Row:
        """The finding of one check on one zone's site."""
        return self.findings[f"https://{case.site}/", check]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """Every zone, scanned once."""
    if NSD is None:
        if os.environ.get("TINNHIEM_REQUIRE_NSD") == "1":
            pytest.fail("nsd is not installed, and TINNHIEM_REQUIRE_NSD=1 asks for it")
        pytest.skip("nsd is not installed: apt-get install nsd")
    folder = tmp_path_factory.mktemp("nsd")
    with world(folder, CASES) as there:
        (folder / "schools.yaml").write_text(inventory(there), encoding="utf-8")
        ended = run(
            *("scan", folder / "schools.yaml", "--out", folder / "out", "--allow-private"),
            *("--db", database(folder / "store.sqlite"), "--only", "dns"),
            *("--resolver", there.resolver, "--root-hints", there.hints),
            *(("--port-map", there.port_map) if there.port_map else ()),
        )
    assert ended.code == 0, str(ended)
    lines = (folder / "out" / "data" / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return Scanned({(row["site"], row["check"]): row for row in rows})


def inventory(there: World) -> str:
    """A school a zone, and a permission that names the family ``zone``."""
    permission = {
        "reference": "12/QD",
        "granted_by": "So GDDT",
        "granted_on": "2020-01-01",
        "expires_on": "2100-01-01",
        "hosts": ["*.edu.vn"],
        "networks": ["127.0.0.0/8", "::1/128"],
        "ports": sorted({80, 443, *there.ports}),
        "families": ["zone"],
        "contact": "it@example.org",
        "requests_per_minute": 100_000,
        "connections_per_address": 200,
        "connections_per_network": 400,
        "new_connections_per_second": 2000,
    }
    rows = [
        {
            "unit_id": case.name,
            "unit_name": f"Trường {case.name}",
            "kind": "thcs",
            "commune": "20242",
            "manager": "commune",
            "url": f"https://{case.site}/",
        }
        for case in CASES
    ]
    return json.dumps({"permission": permission, "rows": rows}, ensure_ascii=False)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_each_zone(scanned: Scanned, case: Case) -> None:
    """Outcome, and reason or cause, of every check."""
    found = {}
    for check in HEALTHY:
        row = scanned.of(case, check)
        why = row["reason"] or row["cause"] or ""
        said = row["outcome"] if row["outcome"] == "met" else f"{row['outcome']}: {why}"
        found[check] = said
    assert found == {**HEALTHY, **case.expected}


def test_the_zone_that_really_holds_the_name_is_told(scanned: Scanned) -> None:
    """A host in the zone of the whole city is judged on that zone."""
    city = next(case for case in CASES if case.name == "da-nang")
    row = scanned.of(city, "nameservers-answer")
    assert row["measured"]["zone"] == "da-nang.edu.vn"


def test_the_place_of_a_fault_is_told(scanned: Scanned) -> None:
    """Server and address."""
    lame = next(case for case in CASES if case.name == "tu-choi")
    row = scanned.of(lame, "nameservers-answer")
    assert row["measured"]["refused"] == f"ns2.tu-choi.edu.vn ({B})"
