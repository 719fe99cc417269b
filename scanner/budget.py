"""One budget per site: seconds, bytes, inflated bytes, protocol events, DNS questions."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

from checks.evidence.base import Cause, NotCaptured
from scanner.clock import monotonic_s


class Failed(Exception):  # noqa: N818  It is the ordinary way for a look to end without a conclusion.
    """A look ended in nothing to conclude from; ``missing`` says why."""

    def __init__(self, cause: Cause, detail: str = "") -> None:
        super().__init__(f"{cause.value}: {detail}")
        self.missing = NotCaptured(cause=cause, detail=detail[:500])


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one site may cost us; the defaults are the ceiling of the project's rules."""

    wall_s: float = 60.0
    connect_s: float = 10.0
    handshake_s: float = 10.0
    response_s: float = 15.0
    received_bytes: int = 16 * 1024 * 1024
    body_bytes: int = 2 * 1024 * 1024
    head_bytes: int = 64 * 1024
    header_fields: int = 200
    events: int = 60_000
    chunks: int = 20_000
    interim_responses: int = 8
    redirects: int = 10
    questions: int = 160
    server_questions: int = 60
    """DNS questions to name servers that are no resolver of ours."""
    lookup_s: float = 10.0
    addresses: int = 4
    page_parse_s: float = 2.0
    tls_connections: int = 300
    """Questions by hello to one address; an old server that accepts everything needs most of them."""
    tls_pause_s: float = 2.0
    """The first pause when a server that answered falls silent; each further one is longer."""


class _Counted:
    """A wait or a talk as a block.  One object serves all blocks of its kind: it holds nothing."""

    __slots__ = ("_budget", "_talking", "_waiting")

    def __init__(self, budget: "Budget", *, waiting: int, talking: int) -> None:
        self._budget = budget
        self._waiting = waiting
        self._talking = talking

    def __enter__(self) -> None:
        self._budget.count(waiting=self._waiting, talking=self._talking)

    def __exit__(self, *_: object) -> None:
        self._budget.count(waiting=-self._waiting, talking=-self._talking)


class Budget:
    """What is left of an ``Allowance``.  Everything a site makes us do draws on it.

    Seconds spent waiting for our own politeness are not the site's and do not count.
    """

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self.received_bytes = 0
        self.events = 0
        self.questions = 0
        self.server_questions = 0
        self.connections = 0
        self._started = monotonic_s()
        self._paused_s = 0.0
        self._waiting = 0
        self._talking = 0
        self._paused_since: float | None = None
        self._own_wait = _Counted(self, waiting=1, talking=0)
        self._talk = _Counted(self, waiting=0, talking=1)

    def spent_s(self) -> float:
        """Seconds that count against the site so far."""
        moment = monotonic_s()
        paused_s = self._paused_s
        if self._paused_since is not None:
            paused_s += moment - self._paused_since
        return moment - self._started - paused_s

    def left_s(self) -> float:
        """Seconds left; never negative."""
        return max(0.0, self.allowance.wall_s - self.spent_s())

    def limit_s(self, wish_s: float) -> float:
        """The smaller of a wish and what is left; ``Failed(deadline)`` where nothing is left."""
        left = self.left_s()
        if left <= 0:
            raise Failed(
                Cause.DEADLINE, f"the {self.allowance.wall_s:g} s for the whole site are spent"
            )
        return min(wish_s, left)

    def own_wait(self) -> AbstractContextManager[None]:
        """Around a wait that our politeness imposes."""
        return self._own_wait

    def talking(self) -> AbstractContextManager[None]:
        """Around a wait for the site: its clock runs, whoever else of its looks queues meanwhile.

        Without this a site that drips on one connection would stop its clock by making the rest wait.
        """
        return self._talk

    def count(self, *, waiting: int = 0, talking: int = 0) -> None:
        """Note that a wait or a talk begins (1) or ends (-1)."""
        self._waiting += waiting
        self._talking += talking
        self._turn()

    def _turn(self) -> None:
        paused = self._waiting > 0 and self._talking == 0
        if paused and self._paused_since is None:
            self._paused_since = monotonic_s()
        elif not paused and self._paused_since is not None:
            self._paused_s += monotonic_s() - self._paused_since
            self._paused_since = None

    def receive(self, count: int) -> None:
        """Account for bytes from the wire."""
        self.received_bytes += count
        if self.received_bytes > self.allowance.received_bytes:
            raise Failed(
                Cause.BUDGET_BYTES, f"more than {self.allowance.received_bytes} bytes sent"
            )

    def event(self) -> None:
        """Account for one protocol event: a record, a chunk, an interim response, a redirect."""
        self.events += 1
        if self.events > self.allowance.events:
            raise Failed(Cause.BUDGET_EVENTS, f"more than {self.allowance.events} protocol events")

    def question(self) -> None:
        """Account for one DNS question on the wire."""
        self.questions += 1
        if self.questions > self.allowance.questions:
            raise Failed(Cause.BUDGET_EVENTS, f"more than {self.allowance.questions} DNS questions")

    def server_question(self) -> None:
        """Account for one DNS question to a name server that is no resolver of ours."""
        if self.server_questions >= self.allowance.server_questions:
            most = self.allowance.server_questions
            raise Failed(Cause.BUDGET_EVENTS, f"more than {most} questions to name servers")
        self.server_questions += 1
