"""One hello, one answer, at one address: with patience, with manners, and with doubt where it is due."""

import asyncio
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import NamedTuple

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import Version
from scanner.budget import Failed
from scanner.clock import monotonic_s
from scanner.door import SeenRefused
from scanner.probes.tls.conversation import Conversation, Heard
from scanner.probes.tls.flights import Flight, FlightError, FlightReader, ServerHello
from scanner.probes.tls.hellos import WIRE, Hello, client_hello
from scanner.visit import Target, Visit

PROTOCOL_VERSION = 70
INAPPROPRIATE_FALLBACK = 86
NO_APPLICATION_PROTOCOL = 120
_WORDLESS = frozenset({Cause.RESET, Cause.CLOSED_EARLY})
_SILENT = frozenset({Cause.NO_ANSWER, Cause.TLS_TIMEOUT, Cause.CONNECT_TIMEOUT, Cause.REFUSED})
_PATIENCE = 4.0
"""After a first silence: how many times as long as the slowest answer we wait for the next."""
_LEAST_PATIENCE_S = 1.0
_NO_PATIENCE_YET_S = 3.0
_SILENCES, _CLOSES = 5, 16
"""How often nothing is said, before anything was, until we stop asking."""


class Answer(NamedTuple):
    """What became of one question: exactly one of the first three fields says so."""

    flight: Flight | None = None
    """The server chose the version offered; as much of its flight as came."""
    refusal: str = ""
    """It said no: an alert, or another version."""
    missing: NotCaptured | None = None
    """It said nothing to conclude from."""
    alert: int | None = None
    number: int = 0
    """Which question of this address it was."""

    @property
    def hello(self) -> ServerHello:
        """The hello of an accepting answer."""
        if self.flight is None or self.flight.hello is None:
            raise ValueError("no hello in this answer")
        return self.flight.hello

    @property
    def wordless(self) -> bool:
        """Whether the server closed or reset without a word: how some stacks refuse."""
        return self.missing is not None and self.missing.cause in _WORDLESS

    @property
    def way(self) -> str:
        """The way of saying nothing, if it is one."""
        silent = self.missing is not None and self.missing.cause in _SILENT
        return "silent" if silent else "wordless" if self.wordless else ""


@dataclass(slots=True)
class Asker:
    """All questions to one address.

    A close or reset is asked again, alone.  If a server that spoke before says nothing, it is asked what it had
    answered: if it does not answer that either we pause, go slower and use one connection at a time, and if that does
    not help we stop.  What is left unasked says ``rate-limited``, and nothing is concluded from it.
    """

    visit: Visit
    target: Target
    asked: int = 0
    tired: NotCaptured | None = None
    accepted: Hello | None = None
    """A hello that the server answered with one of its own."""
    longest_read: int = 0
    """Of how many suites the longest hello was that the server was seen to understand."""
    _last_answer: int = 0
    _slowest_s: float = 0.0
    _in_vain: int = 0
    _was_silent: bool = False
    _stops_short: bool = False
    _narrow: bool = False
    _backed_off: int = 0
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)
    _settled_to: int = 0
    _ways: set[str] = field(default_factory=set)
    """The ways of saying nothing that were seen to be about the hello asked, and not about us."""

    async def ask(self, hello: Hello) -> Answer:
        """The answer, after what careful further tries can make sure of."""
        if self._narrow:
            async with self._one:
                return await self._made_sure(hello, await self._once(hello), tries=1)
        answer = await self._once(hello)
        if answer.missing is None or self.tired is not None:
            return answer
        # From now on one connection at a time: who resets every second one must not hit the same question twice.
        self._narrow = True
        async with self._one:
            return await self._made_sure(hello, answer, tries=2)

    async def _made_sure(self, hello: Hello, answer: Answer, tries: int) -> Answer:
        for _ in range(tries):
            if answer.wordless:
                answer = await self._once(hello)
        way = answer.way
        if not way or self.accepted is None or way in self._ways:
            return answer
        if not await self._still_answers():
            await self._back_off()
            if not await self._still_answers():
                self._give_up()
                return Answer(missing=self.tired, number=answer.number)
        again = await self._once(hello)
        if again.way == way:
            # It is this hello, then, and not us: so this server refuses, or does not hear.
            self._ways.add(way)
        return again

    async def settle(self) -> None:
        """Ask once more what was answered before, if the last words were none: do they still talk to us?

        Who limits strangers by closing connections looks like who refuses by closing them.
        """
        settled = self._last_answer
        if self.asked > settled and self.accepted is not None and self.tired is None:
            if await self._still_answers():
                settled = self.asked
            else:
                self._give_up()
        self._settled_to = settled

    async def _still_answers(self) -> bool:
        """Whether a hello that was accepted is accepted again; a reset may be bad luck."""
        if self.accepted is None:
            return False
        answer = await self._once(self.accepted)
        if answer.wordless:
            answer = await self._once(self.accepted)
        return answer.flight is not None

    def _give_up(self) -> None:
        if self.tired is None:
            self.tired = NotCaptured(
                cause=Cause.RATE_LIMITED,
                detail=f"after {self._last_answer} questions it no longer answered what it had "
                "answered before",
            )

    def doubt_of(self, number: int) -> NotCaptured | None:
        """Why a wordless refusal proves nothing; ``None`` where the server still talked to us after it."""
        if self.accepted is None:
            return NotCaptured(
                cause=Cause.CLOSED_EARLY, detail="every hello of ours was closed without a word"
            )
        return self.tired if number > self._settled_to else None

    async def converse(self, conversation: Conversation) -> Heard | NotCaptured:
        """A whole handshake; what was heard even where it broke off after the server's flight."""
        # Whoever has said all that a handshake needs, and had our goodbye, may keep the line open for ever.
        conversation.patience_at_end_s = self._patience_s()
        try:
            async with self._one if self._narrow else nullcontext():
                await self._talk(conversation)
        except (FlightError, Failed) as failed:
            return conversation.heard if conversation.heard.finished else failed.missing
        return conversation.heard

    # One question

    async def _once(self, hello: Hello) -> Answer:
        talk = _Question(hello, whole=not self._stops_short)
        missing: NotCaptured | None = None
        number = self.asked + 1
        try:
            await self._talk(talk)
            self._slowest_s = max(self._slowest_s, talk.took_s)
        except (FlightError, Failed) as failed:
            missing = failed.missing
            if talk.spoke and missing.cause is Cause.NO_ANSWER:
                missing = NotCaptured(cause=Cause.TLS_TIMEOUT, detail="a first flight that stopped")
        if missing is not None and self.tired is not None:
            missing = self.tired
        answer = _answer(hello.version, talk.seen, missing, number)
        self._learn(hello, answer, missing)
        return answer

    async def _talk(self, talk: "_Question | Conversation") -> None:
        """Talk over a connection of our own, counted; ``Failed`` where there is none."""
        if self.tired is not None:
            raise Failed(self.tired.cause, self.tired.detail)
        allowed = self.visit.budget.allowance.tls_connections
        if self.asked >= allowed:
            self.tired = NotCaptured(
                cause=Cause.BUDGET_EVENTS, detail=f"more than {allowed} questions to one address"
            )
            raise Failed(self.tired.cause, self.tired.detail)
        self.asked += 1
        try:
            await self.visit.talk(self.target, talk, self._limit_s())
        except SeenRefused:
            raise Failed(Cause.REFUSED, "the port closed while being looked at") from None
        except Failed as failed:
            if talk.spoke and failed.missing.cause is Cause.NO_ANSWER:
                raise Failed(Cause.TLS_TIMEOUT, "it began to answer and stopped") from None
            raise

    def _limit_s(self) -> float:
        limit_s = self.visit.budget.allowance.handshake_s
        return min(limit_s, self._patience_s()) if self._was_silent else limit_s

    def _patience_s(self) -> float:
        """How long is long, for this server."""
        usual_s = _PATIENCE * self._slowest_s if self._slowest_s else _NO_PATIENCE_YET_S
        return max(_LEAST_PATIENCE_S, usual_s)

    def _learn(self, hello: Hello, answer: Answer, missing: NotCaptured | None) -> None:
        if answer.missing is None:
            self._last_answer = max(self._last_answer, answer.number)
        if answer.flight is not None:
            self.accepted = self.accepted or hello
            # It said its hello and then nothing: from now on the hello must do.
            self._stops_short = self._stops_short or missing is not None
        elif answer.missing is not None and answer.way:
            self._was_silent = self._was_silent or answer.way == "silent"
            self._in_vain += 1
            enough = _SILENCES if answer.way == "silent" else _CLOSES
            if self._in_vain >= enough and not self._last_answer and self.tired is None:
                self.tired = NotCaptured(
                    cause=answer.missing.cause,
                    detail=f"not a word to {self._in_vain} questions: {answer.missing.detail}",
                )

    async def _back_off(self) -> None:
        self._narrow = True
        self._backed_off += 1
        self.visit.tools.door.pace.slow_down(self.target.address)
        pause_s = self.visit.budget.allowance.tls_pause_s * self._backed_off
        with self.visit.budget.own_wait():
            await asyncio.sleep(pause_s)


class _Question:
    """One hello and the first flight that answers it."""

    __slots__ = ("_asked_at", "_hello", "_reader", "spoke", "took_s")
    patience_s = None

    def __init__(self, hello: Hello, *, whole: bool) -> None:
        self._hello = hello
        self.spoke = False
        self.took_s = 0.0
        self._reader = FlightReader(hello.version, whole=whole)
        self._asked_at = 0.0

    def begin(self) -> bytes:
        self._asked_at = monotonic_s()
        return client_hello(self._hello)

    @property
    def seen(self) -> Flight:
        return self._reader.seen

    @property
    def over(self) -> bool:
        return self._reader.seen.done

    def feed(self, data: bytes) -> bytes:
        if not data:
            raise Failed(Cause.CLOSED_EARLY, "closed after the hello")
        self.spoke = True
        if self._reader.feed(data):
            self.took_s = monotonic_s() - self._asked_at
        return b""


def _answer(version: Version, seen: Flight, missing: NotCaptured | None, number: int) -> Answer:
    hello = seen.hello
    if hello is not None:
        if hello.version != WIRE[version]:
            return Answer(refusal=f"version {hello.version:04x}", number=number)
        if version is Version.SSL2 and not hello.kinds:
            return Answer(refusal="no cipher kinds", number=number)
        return Answer(flight=seen, number=number)
    if seen.refusal:
        return Answer(refusal=seen.refusal, alert=seen.alert, number=number)
    if seen.warnings and missing is not None and missing.cause in _WORDLESS:
        # A warning and then the end: some stacks refuse so.
        return Answer(
            refusal=f"warning {seen.warnings[-1]}", alert=seen.warnings[-1], number=number
        )
    return Answer(missing=missing or NotCaptured(cause=Cause.TLS_PROTOCOL), number=number)
