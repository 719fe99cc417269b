"""A host on loopback that keeps issuers, lists and answers, and what a run needs to ask it."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from scanner.visit import Tools
from tests.scanner.builders import door, hosts, tools_for
from tests.scanner.servers import answer, serving

CA = "ca.example"


@dataclass
class Hosted:
    """What lies where; ``/x/*`` stands for everything below.  Values of ``raw`` are whole answers."""

    pages: dict[str, bytes]
    port: int = 0
    raw: dict[str, bytes] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    agents: set[str] = field(default_factory=set)
    flood: tuple[str, int] = ("", 0)
    pause_s: float = 0.0
    _tools: Tools | None = None

    @property
    def came(self) -> int:
        """How many requests came."""
        return self.asked.total()

    @property
    def tools(self) -> Tools:
        """What a run asks with."""
        assert self._tools is not None
        return self._tools

    def url(self, path: str, host: str = CA) -> str:
        """The address of a page."""
        return f"http://{host}:{self.port}{path}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one answer."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        path = head.split(" ")[1]
        self.asked[path] += 1
        self.agents |= {
            line.partition(": ")[2] for line in head.split("\r\n") if line.startswith("User-Agent")
        }
        if self.pause_s:
            await asyncio.sleep(self.pause_s)
        if path == self.flood[0]:
            await self._flood(writer)
        elif path in self.raw:
            writer.write(self.raw[path])
        else:
            writer.write(self._page(path))
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()

    def _page(self, path: str) -> bytes:
        above = [
            path,
            *(f"{path[:n]}/*" for n in range(len(path), -1, -1) if path[n : n + 1] == "/"),
        ]
        for known in above:
            if known in self.pages:
                return answer(200, self.pages[known])
        return answer(404)

    async def _flood(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        left = self.flood[1]
        with contextlib.suppress(OSError):
            while left > 0:
                writer.write(bytes(65_536))
                await writer.drain()
                left -= 65_536


@contextlib.asynccontextmanager
async def hosting(
    pages: dict[str, bytes], *, flood: tuple[str, int] = ("", 0), ports: tuple[int, ...] = ()
) -> AsyncIterator[Hosted]:
    """The host on its port, and tools whose permission lists that port (and others) on loopback."""
    host = Hosted(pages, flood=flood)
    async with serving(host.talk) as server:
        host.port = server.port
        async with tools_for(hosts(CA), door(server.port, *ports)) as tools:
            host._tools = tools
            yield host
