"""The fleet itself: starts the servers of every practice site, knows the truth, and stops without a trace."""

import asyncio
import datetime as dt
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from scanner.practice import inventory
from scanner.practice.authorities import Authorities
from scanner.practice.certificates import Mint
from scanner.practice.fronts import Fronts
from scanner.practice.listeners import Listeners
from scanner.practice.lists import write_lists
from scanner.practice.mail import MailServers
from scanner.practice.names import NameServer
from scanner.practice.population import population
from scanner.practice.ports import (
    MAIN,
    SECOND,
    THIRD,
    Sockets,
    bind_each,
    bound,
    port_of,
    second_address_works,
)
from scanner.practice.revocation import CLOSED, OPEN, hands_out, list_urls
from scanner.practice.schools import ALL
from scanner.practice.site import Place, Port, PracticeSite
from scanner.practice.stats import Stats
from scanner.practice.turns import Turns
from scanner.practice.web import WebServer
from scanner.practice.zones import zone_of, zones_elsewhere

FAMILIES = ("search-view",)
"""What the fleet's permission names."""


class Fleet:
    """``async with Fleet.start(now) as fleet``: practice schools on loopback, until the block ends."""

    def __init__(
        self,
        now: dt.datetime,
        members: Sequence[tuple[PracticeSite, int]],
        rtt_s: float = 0.0,
        names_rtt_s: float = 0.0,
        families: Sequence[str] = FAMILIES,
    ) -> None:
        self.now = now
        self.stats = Stats()
        self.places: tuple[Place, ...] = ()
        self.dropped: tuple[str, ...] = ()
        """Ids of sites that this system cannot play (no second address, a TLS library that refuses)."""
        self._members = members
        self.turns = Turns()
        self._mint = Mint(now)
        self._fronts = Fronts(self._mint)
        self._listeners = Listeners(rtt_s)
        self._names_rtt_s = names_rtt_s
        self._families = families
        self._names = NameServer((), self.stats)
        self._authorities = Authorities((), self.stats)
        self._ports: dict[str, int] = {}

    @classmethod
    def start(
        cls,
        now: dt.datetime,
        sites: Sequence[PracticeSite] = ALL,
        *,
        copies: int = 1,
        count: int | None = None,
        rtt_s: float = 0.0,
        names_rtt_s: float = 0.0,
        families: Sequence[str] = FAMILIES,
    ) -> Self:
        """A fleet of these sites, each ``copies`` times; or of ``count`` sites, good and faulty in turn.

        Its web servers are ``rtt_s`` away, its name servers ``names_rtt_s``; its permission names ``families``.
        """
        return cls(now, population(sites, copies, count), rtt_s, names_rtt_s, families)

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Close everything; afterwards nothing of the fleet is left."""
        await self._names.stop()
        await self._authorities.stop()
        await self._listeners.stop()

    @property
    def resolver(self) -> str:
        """``address:port`` of the name server."""
        return f"{MAIN}:{self._names.port}"

    @property
    def control(self) -> str:
        """``address:port`` of a healthy listener, to be asked before a site is blamed for silence."""
        return f"{MAIN}:{self._ports['control']}"

    @property
    def smtp_port(self) -> int:
        """Where every mail server of the fleet listens."""
        return self._ports["smtp"]

    @property
    def trust_store_pem(self) -> bytes:
        """The root that a scanner of this fleet adds to its store."""
        return self._mint.trust_store_pem

    @property
    def trust_anchor(self) -> str:
        """The DS record of the fleet's own root of the DNS, as a line."""
        return self._names.trust_anchor

    @property
    def truth(self) -> dict[str, Mapping[str, str]]:
        """Site address → check → outcome."""
        return {place.url: place.site.truth for place in self.places}

    @property
    def causes(self) -> dict[str, Mapping[str, frozenset[str]]]:
        """Site address → check → the causes that are right for a *not-tested*."""
        return {place.url: place.site.right_causes for place in self.places}

    def inventory_yaml(self) -> str:
        """A full inventory of the fleet, with its permission."""
        ports = {port for place in self.places for port in (place.https_port, place.http_port)}
        return inventory.inventory_yaml(
            self.places,
            ports | set(self._ports.values()) | self._authorities.ports,
            self.control,
            self.now,
            self._families,
        )

    def write(self, folder: Path) -> None:
        """Write all that another process needs to scan this fleet."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "inventory.yaml").write_text(self.inventory_yaml(), encoding="utf-8")
        (folder / "trust.pem").write_bytes(self.trust_store_pem)
        truth = {place.url: _told(place) for place in self.places}
        (folder / "truth.json").write_text(
            json.dumps(truth, ensure_ascii=False, indent=1), encoding="utf-8"
        )
        (folder / "resolver").write_text(self.resolver, encoding="ascii")
        (folder / "root-hints").write_text(self._authorities.hints, encoding="ascii")
        (folder / "port-map").write_text(self._authorities.port_map, encoding="ascii")
        (folder / "trust-anchor").write_text(self.trust_anchor, encoding="ascii")
        (folder / "smtp-port").write_text(str(self.smtp_port), encoding="ascii")
        write_lists(folder / "lists", self.places, self.now)

    async def _open(self) -> None:
        closed = bound()
        self._listeners.hold(closed)
        self._ports[CLOSED] = port_of(closed)
        for name, talk in (
            ("canary", self._canary_talk),
            ("control", _control_talk),
            (OPEN, self._authority_talk),
        ):
            sock = bound()
            self._ports[name] = port_of(sock)
            await self._listeners.serve(sock, talk)
        self._mint.list_urls = list_urls(self._ports)
        mail = MailServers(self._mint, self.stats)
        sockets = bind_each((MAIN, SECOND, THIRD) if second_address_works() else (MAIN,))
        self._ports["smtp"] = port_of(sockets[0])
        for sock in sockets:
            await self._listeners.serve(sock, mail.talk)
        made: dict[tuple[str, int], Place] = {}
        for site, copies in _by_site(self._members).items():
            for place in await self._open_site(site, copies):
                made[site.id, place.copy] = place
        self.places = tuple(
            made[site.id, copy] for site, copy in self._members if (site.id, copy) in made
        )
        zones = [
            zone_of(place, self._fronts.of(place, 0).key_sha256, mail.key_sha256)
            for place in self.places
        ]
        self._names = NameServer([*zones_elsewhere(), *zones], self.stats, self.now)
        self._names.rtt_s = self._names_rtt_s
        await self._names.start()
        self._authorities = Authorities(zones, self.stats, self._names_rtt_s)
        await self._authorities.start()

    async def _open_site(self, site: PracticeSite, copies: Sequence[int]) -> Sequence[Place]:
        """Open the ports of every copy of a site; none where this system cannot play it."""
        if site.needs_second_address and not second_address_works():
            self.dropped += (site.id,)
            return ()
        opened: list[tuple[Place, Sockets, Sockets]] = []
        for copy in copies:
            https, http = bind_each(site.addresses), bind_each(site.addresses)
            opened.append((self._placed(site, copy, https, http), https, http))
        places = [place for place, _, _ in opened]
        try:
            self._fronts.make(site, places)
        except ssl.SSLError:
            self.dropped += (site.id,)
            for _, https, http in opened:
                for sock in (*https, *http):
                    sock.close()
            return ()
        for place, https, http in opened:
            await self._serve(place, https, http)
        return places

    async def _serve(self, place: Place, https: Sockets, http: Sockets) -> None:
        second = place.site.second_web
        other = replace(place, site=replace(place.site, web=second)) if second else place
        for sockets, tls in ((https, True), (http, False)):
            for nth, sock in enumerate(sockets):
                here = other if nth else place
                web = here.site.web
                port, act = (web.https_port, web.https) if tls else (web.http_port, web.http)
                # The twin's own address, where it has one, is dead: nothing listens there.
                if port is Port.CLOSED or nth >= len(place.site.names.addresses):
                    self._listeners.hold(sock)
                    continue
                front = self._fronts.of(place, nth) if tls else None
                server = WebServer(here, port, act, self.stats, self.turns, front)
                await self._listeners.serve(sock, server.talk)

    def _placed(self, site: PracticeSite, copy: int, https: Sockets, http: Sockets) -> Place:
        zone, host = site.registered, site.host
        label = zone.partition(".")[0]
        if copy > 1:
            zone = zone.replace(label, f"{label}-b{copy}", 1)
            host = host.removesuffix(site.registered) + zone
        return Place(
            site=site,
            copy=copy,
            unit=site.id if copy == 1 else f"{site.id}-b{copy}",
            name=site.name if copy == 1 else f"{site.name} (bản {copy})",
            host=host,
            zone=zone,
            https_port=port_of(https[0]),
            http_port=port_of(http[0]),
            canary_port=self._ports["canary"],
            now=self.now,
        )

    async def _canary_talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Nobody should come here; whoever does is counted."""
        self.stats.canary_hits += 1
        writer.close()

    async def _authority_talk(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """What certificates name: the lists of revoked ones."""
        await hands_out(self._mint.revoked_list, reader, writer)


async def _control_talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers whoever asks."""
    await reader.read(65_536)
    writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    await writer.drain()


def _by_site(members: Sequence[tuple[PracticeSite, int]]) -> dict[PracticeSite, list[int]]:
    found: dict[PracticeSite, list[int]] = {}
    for site, copy in members:
        found.setdefault(site, []).append(copy)
    return found


def _told(place: Place) -> dict[str, object]:
    site = place.site
    return {
        "unit": place.unit,
        "name": place.name,
        "fault": site.fault,
        "hangs": site.hangs,
        "outcomes": dict(site.truth),
        "causes": {check: sorted(causes) for check, causes in site.right_causes.items()},
    }
