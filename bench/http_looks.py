"""Some kinds of look over the sites of a fleet, and nothing else: no store, no judging, no reports.

``python -m bench.http_looks FOLDER KIND ...``; ``FOLDER`` is one that a practice fleet has written.
"""

import asyncio
import sys
from pathlib import Path

from inventory.model import Inventory
from inventory.readers import read
from scanner.budget import Allowance
from scanner.cli.scan import sites_to_scan, user_agent
from scanner.collect import Plan, collect
from scanner.door import Door
from scanner.page_workers import PageWorkers
from scanner.politeness import Pace
from scanner.probes.tls.path import Paths, store_from_pem
from scanner.probes.tls.vouching import Vouching
from scanner.resolver import Resolver, Server
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
    tools = Tools(
        door=Door(Pace(permission, allow_private=True), controls=()),
        resolver=resolver,
        workers=workers,
        user_agent=user_agent(permission),
        ipv6=False,
    )
    store = store_from_pem((folder / "trust.pem").read_bytes(), "practice", "")
    vouching = Vouching(Paths((store,)), fetching=False)
    sites = iter(sites_to_scan(inventory))

    async def lane() -> None:
        for site in sites:
            await collect(site, tools, vouching, plan)

    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    await workers.close()
    await vouching.aclose()
    await resolver.aclose()


if __name__ == "__main__":
    home = Path(sys.argv[1])
    known = read(home / "inventory.yaml").inventory
    assert known is not None
    asyncio.run(look(known, home, frozenset(sys.argv[2:])))
