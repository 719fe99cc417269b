"""Some kinds of look over the sites of a fleet, and nothing else: no store, no judging, no reports.

``python -m bench.looks FOLDER KIND ...``; ``FOLDER`` is one that a practice fleet has written.
"""

import asyncio
import sys
from pathlib import Path

from inventory.model import Inventory
from inventory.readers import read
from scanner.authority import Authorities
from scanner.budget import Allowance
from scanner.cli.scan import sites_to_scan, user_agent
from scanner.collect import Plan, collect
from scanner.dnssec.anchors import anchors_from_text
from scanner.dnssec.look import validation_by
from scanner.door import Door
from scanner.iterative import Iterative, read_hints, read_port_map
from scanner.page_workers import PageWorkers
from scanner.politeness import Pace
from scanner.probes.tls.path import Paths, store_from_pem
from scanner.probes.tls.vouching import Vouching
from scanner.resolver import Resolver, Server
from scanner.smtp import Exchanged
from scanner.visit import Tools

AT_ONCE = 50
"""As many sites side by side as the command looks at."""


async def look(inventory: Inventory, folder: Path, kinds: frozenset[str]) -> None:
    """Every site of the inventory, with one set of tools."""
    permission = inventory.permission
    assert permission is not None
    address, _, port = (folder / "resolver").read_text(encoding="ascii").partition(":")
    plan = Plan(kinds, Allowance(), None)
    workers = PageWorkers(1, plan.allowance.page_parse_s)
    resolver = Resolver((Server(address, int(port)),))
    pace = Pace(permission, allow_private=True)
    servers = (Server(address, int(port)),)
    authorities = Authorities(pace, read_port_map(_text(folder / "port-map")), ipv6=False)
    validation = validation_by(
        servers, anchors_from_text(_text(folder / "trust-anchor"), "practice")
    )
    tools = Tools(
        door=Door(pace, controls=()),
        resolver=resolver,
        workers=workers,
        user_agent=user_agent(permission),
        ipv6=False,
        iterative=Iterative(authorities, resolver, read_hints(_text(folder / "root-hints"))),
        validators=validation.validators,
        exchanged=Exchanged(int(_text(folder / "smtp-port"))),
    )
    store = store_from_pem((folder / "trust.pem").read_bytes(), "practice", "")
    vouching = Vouching(Paths((store,)), fetching=False)
    sites = iter(sites_to_scan(inventory))

    async def lane() -> None:
        for site in sites:
            await collect(site, tools, vouching, plan)

    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    await workers.close()
    await tools.exchanged.sessions.aclose()
    await vouching.aclose()
    await validation.aclose()
    await authorities.aclose()
    await resolver.aclose()


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")


if __name__ == "__main__":
    home = Path(sys.argv[1])
    known = read(home / "inventory.yaml").inventory
    assert known is not None
    asyncio.run(look(known, home, frozenset(sys.argv[2:])))
