"""Servers that answer hellos by a table: what they accept, in whose order, and how oddly they behave."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from checks.evidence.tls import Version
from checks.parsing.suites import suite
from scanner.probes.tls.hellos import WIRE
from tests.scanner.flights import (
    RETRY_RANDOM,
    Parsed,
    certificates,
    extension,
    message,
    parsed,
    record,
    server_hello,
    sized,
)
from tests.scanner.servers import RESET

_BY_WIRE = {wire: version for version, wire in WIRE.items()}
STALL, CLOSE, RESETS = "stall", "close", "reset"


@dataclass
class Stack:
    """One server.  What is not said is modern and well-behaved."""

    suites: Mapping[Version, Sequence[int]]
    """In the server's order."""
    client_order: bool = False
    groups: Sequence[int] = (29, 23, 24)
    """Its curves below TLS 1.3 and its groups in TLS 1.3, in its order."""
    chains: Mapping[str, Sequence[bytes]] = field(default_factory=dict)
    """By authentication of the suite."""
    staple: bytes = b""
    prime: int = 0
    tied_to: int = 0
    """The curve that a client must know for suites that ECDSA authenticates."""
    refuses_with: str = "alert"
    old_refused_with: str = "alert"
    compresses: bool = False
    renegotiates_safely: bool = True
    master_secret: bool = True
    tickets: bool = True
    honours_fallback: bool = True
    protocols: Sequence[str] = ("h2", "http/1.1")
    strict_protocols: bool = False
    longest_hello: int = 65_536
    most_suites: int = 1_000
    too_long: str = CLOSE
    resets_every: int = 0
    answers: int = 1_000_000
    """How many questions it answers before it falls silent, or does what ``tired`` says."""
    tired: str = STALL
    recovers_after_s: float = 0.0
    sticks_to: int = 0
    """A suite that it picks whatever is offered."""
    retry_group: int | None = None
    """The group that it names whatever is offered."""
    hello_only: bool = False
    asked: list[Parsed] = field(default_factory=list)
    connections: int = 0
    _tired_at: float = 0.0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        number = self.connections
        first = await reader.readexactly(5)
        if first[0] & 0x80:
            await self._end(self.old_refused_with, reader, writer)
            return
        data = first + await reader.readexactly(int.from_bytes(first[3:5], "big"))
        hello = parsed(data)
        self.asked.append(hello)
        if number > self.answers:
            moment = asyncio.get_running_loop().time()
            self._tired_at = self._tired_at or moment
            if not self.recovers_after_s or moment < self._tired_at + self.recovers_after_s:
                await self._end(self.tired, reader, writer)
                return
        if self.resets_every and number % self.resets_every == 0:
            await self._end(RESETS, reader, writer)
        elif hello.message_bytes > self.longest_hello or len(hello.suites) > self.most_suites:
            await self._end(self.too_long, reader, writer)
        else:
            await self._answer(hello, reader, writer)

    async def _answer(
        self, hello: Parsed, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        version = Version.TLS13 if 43 in hello.extensions else _BY_WIRE[hello.legacy]
        if version not in self.suites:
            await self._end(self.old_refused_with, reader, writer)
            return
        highest = max(self.suites, key=lambda spoken: WIRE[spoken])
        if 0x5600 in hello.suites and self.honours_fallback and version is not highest:
            await self._end("alert 86", reader, writer)
            return
        offered = [number for number in hello.suites if number in self.suites[version]]
        offered = [number for number in offered if self._possible(number, hello, version)]
        if not offered and not self.sticks_to:
            await self._end(self.refuses_with, reader, writer)
            return
        chosen = self.sticks_to or (
            offered[0] if self.client_order else min(offered, key=self.suites[version].index)
        )
        asked = _protocols(hello)
        protocol = next((name for name in self.protocols if name in asked), "")
        if asked and not protocol and self.strict_protocols:
            await self._end("alert 120", reader, writer)
            return
        writer.write(self._flight(version, hello, chosen, protocol))
        await writer.drain()
        await reader.read(65_536)

    def _possible(self, number: int, hello: Parsed, version: Version) -> bool:
        one = suite(number)
        assert one is not None
        if version is Version.TLS13:
            return self.retry_group is not None or self._group(hello) is not None
        if version is Version.SSL3 or one.key_exchange not in ("ECDHE",):
            return True
        if one.authentication == "ECDSA" and self.tied_to and self.tied_to not in _groups(hello):
            return False
        return self._group(hello) is not None

    def _group(self, hello: Parsed) -> int | None:
        offered = _groups(hello)
        if self.client_order:
            return next((group for group in offered if group in self.groups), None)
        return next((group for group in self.groups if group in offered), None)

    def _flight(self, version: Version, hello: Parsed, chosen: int, protocol: str) -> bytes:
        if version is Version.TLS13:
            group = self.retry_group if self.retry_group is not None else self._group(hello)
            picked = extension(51, (group or 0).to_bytes(2, "big")) + extension(43, b"\x03\x04")
            return record(22, server_hello(0x0303, chosen, picked, random=RETRY_RANDOM))
        one = suite(chosen)
        assert one is not None
        wire = WIRE[version]
        messages = [
            server_hello(
                wire,
                chosen,
                b"" if version is Version.SSL3 else self._extensions(hello, protocol),
                compression=int(self.compresses and 1 in hello.compression),
            )
        ]
        if not self.hello_only:
            chain = self.chains.get(one.authentication, (b"a leaf",))
            messages.append(certificates(*chain))
            if self.staple and 5 in hello.extensions:
                messages.append(message(22, b"\x01" + sized(self.staple, 3)))
            signed = b"" if wire < 0x0303 else b"\x08\x04"
            if one.key_exchange == "ECDHE":
                curve = self._group(hello) or self.groups[0]
                key = b"\x03" + curve.to_bytes(2, "big") + sized(bytes(32), 1)
                messages.append(message(12, key + signed + sized(bytes(64), 2)))
            elif one.key_exchange == "DHE":
                prime = self.prime.to_bytes((self.prime.bit_length() + 7) // 8, "big")
                key = sized(prime, 2) + sized(b"\x02", 2) + sized(b"\x05", 2)
                messages.append(message(12, key + signed + sized(bytes(64), 2)))
            messages.append(message(14, b""))
        return b"".join(record(22, one_message, wire) for one_message in messages)

    def _extensions(self, hello: Parsed, protocol: str) -> bytes:
        found = b""
        if self.renegotiates_safely and 0x00FF in hello.suites:
            found += extension(0xFF01, b"\x00")
        if self.master_secret and 23 in hello.extensions:
            found += extension(23, b"")
        if self.tickets and 35 in hello.extensions:
            found += extension(35, b"")
        if protocol:
            found += extension(16, sized(sized(protocol.encode(), 1), 2))
        return found

    @staticmethod
    async def _end(how: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if how == STALL:
            await reader.read(65_536)
        elif how == CLOSE:
            writer.close()
        elif how == RESETS:
            writer.get_extra_info("socket").setsockopt(1, 13, RESET)
            writer.transport.abort()
        else:
            number = int(how.rpartition(" ")[2]) if " " in how else 40
            writer.write(record(21, bytes((2, number)), 0x0301))
            await writer.drain()
            await reader.read(65_536)


def _groups(hello: Parsed) -> list[int]:
    listed = hello.extensions.get(10, b"\0\0")[2:]
    return [int.from_bytes(listed[at : at + 2], "big") for at in range(0, len(listed), 2)]


def _protocols(hello: Parsed) -> list[str]:
    rest = hello.extensions.get(16, b"\0\0")[2:]
    found = []
    while rest:
        found.append(rest[1 : 1 + rest[0]].decode())
        rest = rest[1 + rest[0] :]
    return found
