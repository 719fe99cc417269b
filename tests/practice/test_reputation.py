"""Schools that lists name, scanned through the command line: by files, by DNS, and by neither."""

import asyncio
import json
from pathlib import Path

import pytest

from scanner.clock import now
from scanner.practice.fleet import Fleet
from scanner.practice.schools.healthy import HEALTHY
from scanner.practice.schools.reputation import IN_BOTNET, REPUTATION_FAULTS
from scanner.practice.truth import NOT_TESTED, REPUTATION
from scanner.practice.zones import DNSBL
from tests.cli.command import database, run

pytestmark = [pytest.mark.fleet, pytest.mark.xdist_group("cli")]
Told = dict[tuple[str, str], str]
"""Unit and check → outcome."""


async def told(fleet: Fleet, folder: Path, name: str, *options: object) -> Told:
    """One scan of this family alone."""
    out = folder / name
    words = ["scan", folder / "inventory.yaml", "--out", out, "--only", "reputation"]
    words += ["--db", database(folder / f"{name}.sqlite"), "--resolver", fleet.resolver]
    words += ["--allow-private", "--root-hints", folder / "root-hints", *options]
    ended = await asyncio.to_thread(run, *words)
    assert ended.code == 0, str(ended)
    lines = (out / "data" / "findings.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert DNSBL not in options or DNSBL in (out / "index.html").read_text(encoding="utf-8")
    return {
        (row["unit"], row["check"]): row["outcome"] for row in rows if row["check"] in REPUTATION
    }


async def test_lists_name_who_they_name(tmp_path: Path) -> None:
    """By files every school has its truth; by DNS the one address; with neither nothing is concluded."""
    async with Fleet.start(now(), (HEALTHY[0], *REPUTATION_FAULTS)) as fleet:
        fleet.write(tmp_path)
        expected = {
            (place.unit, check): place.site.truth[check]
            for place in fleet.places
            for check in REPUTATION
        }
        by_files = await told(fleet, tmp_path, "files", "--lists", tmp_path / "lists")
        by_dns = await told(fleet, tmp_path, "dns", "--dnsbl", DNSBL)
        by_none = await told(fleet, tmp_path, "none", "--dnsbl", "khong-co.example")
    assert by_files == expected
    listed = {unit for (unit, check), outcome in by_dns.items() if outcome == "not-met"}
    assert listed == {IN_BOTNET}
    assert {by_dns[unit, "address-not-in-botnet"] for unit, _ in by_dns} == {"met", "not-met"}
    # A list that nobody keeps acquits nobody.
    assert set(by_none.values()) == {NOT_TESTED}
