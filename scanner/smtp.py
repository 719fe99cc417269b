"""One polite SMTP session up to STARTTLS (RFC 5321, RFC 3207): nothing is sent that a letter would begin with."""

import asyncio
import ipaddress
import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.exchangers import Ending, Session
from scanner.budget import Failed
from scanner.clock import monotonic_s
from scanner.door import AnyChannel
from scanner.once import Once

LINE_BYTES = 2048
"""RFC 5321, 4.5.3.1.5 allows 512; some servers write longer ones."""
LINES = 100
FIRST = 8
"""So many failures in vain, and no later one waits for others."""
_BEGUN = re.compile(rb"[2-5](?:[0-9]{0,2}\Z|[0-9]{2}[ -])")
_REPLY = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)


class NotSmtp(Exception):  # noqa: N818  A finding about the server, not a failure of the look.
    """What came is no reply of SMTP."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for one whole reply, however it drips; RFC 5321, 4.5.3.2 would have us wait minutes.

    ``confirm_s``: the pause before a closed port is tried again.  ``others_s``: how long the run's first
    failures wait for some other server's answer, which tells a blocked line from a silent server.
    """

    connect_s: float = 10.0
    banner_s: float = 30.0
    reply_s: float = 15.0
    quit_s: float = 3.0
    confirm_s: float = 2.0
    others_s: float = 10.0
    wall_s: float = 75.0


@dataclass
class Exchanged:
    """What all sites of a run share: every exchanger is called once, for whichever domain comes first.

    ``port`` differs from 25 in practice fleets and tests alone.
    """

    port: int = 25
    patience: Patience = field(default_factory=Patience)
    sessions: Once[Session] = field(default_factory=Once)
    answered: defaultdict[int, asyncio.Event] = field(
        default_factory=lambda: defaultdict(asyncio.Event)
    )
    """By IP version: set once anybody answered on the port in this run, so that our own line lets it through."""
    given_up: dict[str, Ending | NotCaptured] = field(default_factory=dict)
    """Addresses that would not greet us or keep us waiting, with what became of it: other names there are not asked."""
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def somebody_answers(self, version: int) -> bool:
        """Whether a mail server answered in this run; the first to wonder wait a moment for the others."""
        answered = self.answered[version]
        if not answered.is_set() and len(self.given_up) < FIRST:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.patience.others_s):
                    await answered.wait()
        return answered.is_set()

    def turn(self, address: str) -> asyncio.Lock:
        """One session at a time with each address, whichever of its names it is about."""
        return self._turns.setdefault(address, asyncio.Lock())


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: its code, and the text of each line, printable ASCII."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The whole text in one line, without addresses, ours among them."""
        said = " ".join(" ".join(self.lines).split())[:200]
        return f"{self.code} " + " ".join(map(_without_address, said.split(" ")))


class Conversation:
    """Commands and replies over a connection, plain or TLS."""

    def __init__(self, channel: AnyChannel) -> None:
        self._channel = channel
        self._waiting = b""

    async def reply(self, limit_s: float) -> Reply:
        """The next whole reply.  ``NotSmtp`` where it is none; ``Failed`` for silence and what never ends."""
        ends_at = monotonic_s() + limit_s
        codes: set[int] = set()
        lines: list[str] = []
        while True:
            line = await self._line(ends_at, limit_s)
            match = _REPLY.fullmatch(line)
            if match is None:
                raise NotSmtp
            codes.add(int(match[1]))
            lines.append(_plain(match[3] or b""))
            # RFC 5321, 4.2.1: every line has the same code.
            if len(codes) > 1:
                raise NotSmtp
            if match[2] != b"-":
                return Reply(codes.pop(), tuple(lines))
            if len(lines) >= LINES:
                raise Failed(Cause.BUDGET_EVENTS, f"a reply of more than {LINES} lines")

    async def ask(self, command: str, limit_s: float) -> Reply:
        """Send one command, and take the reply to it."""
        await self._channel.write(f"{command}\r\n".encode("ascii"), limit_s)
        return await self.reply(limit_s)

    def discard(self) -> int:
        """Throw away what has come ahead of its time; how many bytes.

        Whatever somebody put behind the 220 of STARTTLS must not be taken for what came in TLS
        (CVE-2011-0411 and its kind).
        """
        thrown, self._waiting = len(self._waiting), b""
        return thrown

    async def _line(self, ends_at: float, limit_s: float) -> bytes:
        while b"\n" not in self._waiting:
            if len(self._waiting) > LINE_BYTES:
                raise NotSmtp
            left_s = ends_at - monotonic_s()
            if left_s <= 0:
                raise Failed(Cause.NO_ANSWER, f"no whole reply in {limit_s:.0f} s")
            try:
                data = await self._channel.read(left_s)
            except Failed as failed:
                if failed.missing.cause is not Cause.NO_ANSWER:
                    raise
                raise Failed(Cause.NO_ANSWER, f"no whole reply in {limit_s:.0f} s") from None
            if not data:
                if self._waiting and not _BEGUN.match(self._waiting):
                    raise NotSmtp
                raise Failed(Cause.CLOSED_EARLY, "closed in place of a reply")
            self._waiting += data
        line, _, self._waiting = self._waiting.partition(b"\n")
        if len(line) > LINE_BYTES:
            raise NotSmtp
        return line.removesuffix(b"\r")


def ip_version(address: str) -> int:
    """4 or 6."""
    return 6 if ":" in address else 4


def own_name(address: str) -> str:
    """How we introduce ourselves: by the address of our end, as a client without a name should.

    RFC 5321, 4.1.4.  No host name would be honest: the machine that scans has none that mail knows.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    return f"[IPv6:{ip}]" if ip.version == 6 else f"[{ip}]"


def _plain(text: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in text)


def _without_address(word: str) -> str:
    bare = word.strip("[]()<>,;:=").removeprefix("IPv6:")
    for part in (bare, bare.rpartition("=")[2]):
        try:
            ipaddress.ip_address(part)
        except ValueError:
            continue
        return word.replace(part, "(address)")
    return word
