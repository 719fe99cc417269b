"""Starting, copying and stopping a fleet in this process."""

import asyncio
import datetime as dt
from pathlib import Path

import dns.asyncquery
import dns.message
import pytest

from scanner.practice.background import BackgroundFleet
from scanner.practice.fleet import Fleet
from scanner.practice.population import population
from scanner.practice.schools import ALL
from scanner.practice.schools.healthy import HEALTHY
from scanner.practice.truth import CHECKS, is_good

NOW = dt.datetime(2026, 11, 22, 2, 0, tzinfo=dt.UTC)


async def test_a_fleet_stops_without_a_trace() -> None:
    """No task, no socket, no warning is left, even with conversations open."""
    async with Fleet.start(NOW) as fleet:
        place = fleet.places[0]
        held = [await asyncio.open_connection("127.0.0.1", place.https_port) for _ in range(3)]
        await asyncio.sleep(0)
    for _, writer in held:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", place.https_port)


async def test_copies_have_names_of_their_own() -> None:
    """Each copy resolves, with a truth of its own address."""
    async with Fleet.start(NOW, HEALTHY, copies=3) as fleet:
        assert len(fleet.places) == len(fleet.truth) == 3 * len(HEALTHY)
        assert len({place.unit for place in fleet.places}) == len(fleet.places)
        copy = next(p for p in fleet.places if p.site.id == "th-thcs-dong-xanh" and p.copy == 2)
        assert copy.host == "dongxanh.giaoduc-thuchanh-b2.edu.vn"
        address, _, port = fleet.resolver.partition(":")
        query = dns.message.make_query(copy.host, "A")
        reply = await dns.asyncquery.udp(query, address, port=int(port), timeout=3)
        assert reply.answer[0][0].to_text() == "127.0.0.1"
        assert fleet.stats.queries == 1


def test_the_mixture_for_measuring() -> None:
    """Any size; good and faulty in turn; nobody who hangs on purpose."""
    members = population(ALL, 1, 500)
    assert len(members) == len(set(members)) == 500
    sites = [site for site, _ in members]
    assert not any(site.hangs or site.needs_second_address for site in sites)
    good = sum(is_good(site.truth) for site in sites)
    assert 200 <= good <= 350


def test_the_files_for_another_process(fleet: BackgroundFleet) -> None:
    """Inventory, trust store, resolver and the whole truth are written."""
    assert fleet.trust_store.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
    assert fleet.resolver.startswith("127.0.0.1:")
    assert len(fleet.truth) >= len(ALL) - 2
    for told in fleet.truth.values():
        assert set(told["outcomes"]) == set(CHECKS)


async def test_the_inventory_names_every_site(tmp_path: Path) -> None:
    """Each place has a row; the permission covers all ports."""
    async with Fleet.start(NOW, HEALTHY) as fleet:
        fleet.write(tmp_path)
        text = (tmp_path / "inventory.yaml").read_text(encoding="utf-8")
        for place in fleet.places:
            assert f'url: "{place.url}"' in text
            assert str(place.http_port) in text.partition("rows:")[0]
        assert "quangcao-thuchanh.example" not in text
