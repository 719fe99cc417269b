"""Our look as the process that ``bench.tls`` measures.

``python -m bench.tls_looks full|brief PORT FOLDER ADDRESS ...`` prints the suites seen, by address and version.
"""

import asyncio
import gc
import json
import sys
from collections.abc import Sequence
from datetime import date
from ipaddress import IPv4Network
from pathlib import Path

from checks.evidence.names import Lookup, Said
from checks.evidence.tls import Acceptance, Suites
from inventory.model import Permission, Site
from scanner.budget import Allowance, Budget
from scanner.clock import now
from scanner.door import Door
from scanner.page_workers import PageWorkers
from scanner.politeness import Pace
from scanner.probes.tls.look import Depth, look_tls
from scanner.probes.tls.path import Paths, store_from_pem
from scanner.probes.tls.vouching import Vouching
from scanner.resolver import Resolver
from scanner.visit import Tools, Visit

HOST = "truong.edu.vn"
AT_ONCE = 50
"""Sites looked at together, as the command does."""
Seen = dict[str, dict[str, list[int]]]


def main() -> None:
    """Look, and say what was seen."""
    gc.set_threshold(20_000, 20, 20)  # as the command does
    depth, port, folder, *addresses = sys.argv[1:]
    sys.stdout.write(json.dumps(asyncio.run(_looks(depth, int(port), Path(folder), addresses))))


class _Known(Resolver):
    """Answers what every resolver would: names cost the peers nothing here, so they cost us nothing."""

    async def look(self, name: str, type_: str, budget: Budget, *, twice: bool = True) -> Lookup:
        """The address that stands in the name, and nothing else."""
        del budget, twice
        first = name.partition(".")[0]
        if type_ != "A" or not first.startswith("a-"):
            return Lookup(name=name, type=type_, said=Said.NODATA)
        return Lookup(
            name=name,
            type=type_,
            said=Said.FOUND,
            records=(first[2:].replace("-", "."),),
            total=1,
        )


async def _looks(depth: str, port: int, folder: Path, addresses: Sequence[str]) -> Seen:
    permission = Permission(
        reference="bench",
        granted_by="bench",
        granted_on=date(2020, 1, 1),
        expires_on=date(2100, 1, 1),
        hosts=(f"*.{HOST}",),
        networks=(IPv4Network("127.0.0.0/8"),),
        contact="it@example.org",
        ports=(port, 80),
        connections_per_address=5,
        connections_per_network=10_000,
        new_connections_per_second=10_000,
        requests_per_minute=100_000,
    )
    # No page is read, so no process for it starts.
    door, workers = Door(Pace(permission, allow_private=True)), PageWorkers()
    tools = Tools(door, _Known(()), workers, "bench", ipv6=False)
    store = store_from_pem((folder / "root.pem").read_bytes(), "fleet", "2026-11-22")
    vouching = Vouching(Paths((store,)))

    turns = asyncio.Semaphore(AT_ONCE)

    async def one(address: str) -> dict[str, list[int]]:
        async with turns:
            return await look(address)

    async def look(address: str) -> dict[str, list[int]]:
        host = f"a-{address.replace('.', '-')}.{HOST}"
        site = Site(
            unit="u",
            url=f"https://{host}:{port}/",
            host=host,
            https_port=port,
            http_port=80,
            path="/",
        )
        visit = Visit(site, tools, Budget(Allowance()))
        try:
            seen = await look_tls(visit, vouching, now(), Depth(depth))
        finally:
            await visit.close()
        (offer,) = seen.offers
        found: dict[str, list[int]] = {"brief": [0]} if depth == "brief" else {}
        for version, said in offer.versions.items():
            suites = offer.suites.get(version)
            if said is Acceptance.ACCEPTED:
                numbers = list(suites.accepted) if isinstance(suites, Suites) else []
                found[version.value] = numbers or [0]
        return found

    looks = await asyncio.gather(*(one(address) for address in addresses))
    await vouching.aclose()
    await workers.close()
    return dict(zip(addresses, looks, strict=True))


if __name__ == "__main__":
    main()
