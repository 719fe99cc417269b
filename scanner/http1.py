"""One GET over an open channel: HTTP/1.1 through h11, every part of the answer bounded."""

from dataclasses import dataclass

import h11

from checks.evidence.base import Cause
from scanner.budget import Failed
from scanner.clock import monotonic_s
from scanner.door import AnyChannel, Channel, TlsChannel
from scanner.inflate import NotInflatable, inflate_for


@dataclass(frozen=True, slots=True)
class Asking:
    """What a request says beside its address, and how much of the answer it takes."""

    origin: str = ""
    """Claims that a script of this origin asks."""
    referer: str = ""
    """Claims that a link of this page was followed."""
    agent: str = ""
    """Another User-Agent than our own; only by a permission that says so."""
    body_bytes: int = 0
    """Takes less of the body than the allowance gives; none: as much."""


PLAIN = Asking()


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What came back: the head as sent, the body after inflation (cut where it is too long)."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    truncated: bool
    undecodable: str
    """The content coding we did not ask for and do not open; the body is then left empty."""
    first_byte_ms: float
    reusable: bool


async def get(
    channel: AnyChannel,
    host_header: str,
    target: str,
    user_agent: str,
    *,
    asking: Asking = PLAIN,
    accept: str = "text/html,application/xhtml+xml,*/*;q=0.8",
) -> HttpAnswer:
    """Ask for one resource.  Raises ``Failed`` where no whole head arrives.

    A body that stops short or runs over is cut and marked; the head stands all the same.
    """
    base = channel.channel if isinstance(channel, TlsChannel) else channel
    budget = base.budget
    allowance = budget.allowance
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=allowance.head_bytes)
    request = h11.Request(
        method="GET",
        target=target,
        headers=[
            ("Host", host_header),
            ("User-Agent", asking.agent or user_agent),
            ("Accept", accept),
            ("Accept-Language", "vi,en;q=0.7"),
            ("Accept-Encoding", "gzip"),
            *([("Origin", asking.origin)] if asking.origin else ()),
            *([("Referer", asking.referer)] if asking.referer else ()),
        ],
    )
    asked_at = monotonic_s()
    ends_at = asked_at + budget.limit_s(allowance.response_s)
    reader = _Reader(channel, base, connection, ends_at)
    await channel.write(connection.send(request) + connection.send(h11.EndOfMessage()), 10.0)
    response = await reader.head()
    first_byte_ms = (monotonic_s() - asked_at) * 1000
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in response.headers.raw_items()
    )
    most = min(allowance.body_bytes, asking.body_bytes or allowance.body_bytes)
    body, truncated, undecodable = await reader.body(_coding(headers), most)
    reusable = (
        not truncated
        and connection.our_state is h11.DONE
        and connection.their_state is h11.DONE
        and not connection.trailing_data[0]
    )
    return HttpAnswer(
        status=response.status_code,
        headers=headers,
        body=body,
        truncated=truncated,
        undecodable=undecodable,
        first_byte_ms=first_byte_ms,
        reusable=reusable,
    )


class _Reader:
    """Pulls h11 events out of a channel until the deadline."""

    def __init__(
        self, channel: AnyChannel, base: Channel, connection: h11.Connection, ends_at: float
    ) -> None:
        self._channel = channel
        self._base = base
        self._connection = connection
        self._ends_at = ends_at
        self._seen = b""
        self._ended = False

    async def head(self) -> h11.Response:
        """The final response head; interim ones are counted and passed over."""
        interim = 0
        while True:
            event = await self._next()
            if isinstance(event, h11.InformationalResponse):
                interim += 1
                if interim > self._base.budget.allowance.interim_responses:
                    raise Failed(Cause.BUDGET_EVENTS, "too many interim responses")
            elif isinstance(event, h11.Response):
                fields = len(event.headers)
                if fields > self._base.budget.allowance.header_fields:
                    raise Failed(Cause.HEAD_TOO_LARGE, f"{fields} header fields")
                return event
            else:
                raise Failed(Cause.CLOSED_EARLY, "closed before an answer")

    async def body(self, coding: str, limit: int) -> tuple[bytes, bool, str]:
        """The body, whether it was cut, and a coding that we do not open."""
        inflate = None
        if coding not in ("", "identity"):
            inflate = inflate_for(coding)
            if inflate is None:
                return b"", True, coding
        parts: list[bytes] = []
        kept = raw = chunks = 0
        while True:
            try:
                event = await self._next()
            except Failed:
                # The head was whole; a body that stops short is a cut body, not a failed look.
                return b"".join(parts), True, ""
            if isinstance(event, h11.EndOfMessage):
                cut = inflate is not None and raw > 0 and not inflate.ended
                return b"".join(parts), cut, ""
            if not isinstance(event, h11.Data):
                return b"".join(parts), True, ""
            chunks += 1
            raw += len(event.data)
            data = bytes(event.data)
            if inflate is not None:
                try:
                    data = inflate.open(data, limit - kept + 1)
                except NotInflatable:
                    return b"", True, f"{coding} that does not inflate"
            kept += len(data)
            parts.append(data)
            if chunks > self._base.budget.allowance.chunks or max(kept, raw) > limit:
                return b"".join(parts)[:limit], True, ""

    async def _next(self) -> object:
        while True:
            try:
                event = self._connection.next_event()
            except h11.RemoteProtocolError as error:
                raise Failed(self._malformed(error), str(error)[:200]) from None
            if event is not h11.NEED_DATA:
                return event
            left_s = self._ends_at - monotonic_s()
            if left_s <= 0:
                raise Failed(Cause.NO_ANSWER, "the answer did not end in time")
            data = await self._channel.read(left_s)
            self._ended = not data
            if len(self._seen) < 16:
                self._seen += data[:16]
                if len(self._seen) >= 5 and not self._seen.startswith(b"HTTP/"):
                    # Said at once: what speaks otherwise may keep still for ever after its banner.
                    raise Failed(Cause.NOT_HTTP, repr(self._seen[:16])[2:-1])
            try:
                self._connection.receive_data(data)
            except RuntimeError:
                raise Failed(Cause.HTTP_MALFORMED, "bytes after the end") from None

    def _malformed(self, error: h11.RemoteProtocolError) -> Cause:
        if error.error_status_hint == 431:
            return Cause.HEAD_TOO_LARGE
        if not self._seen:
            return Cause.CLOSED_EARLY
        if not self._seen.startswith(b"HTTP/"):
            return Cause.NOT_HTTP
        return Cause.CLOSED_EARLY if self._ended else Cause.HTTP_MALFORMED


def _coding(headers: tuple[tuple[str, str], ...]) -> str:
    codings = [
        value.strip().lower() for name, value in headers if name.lower() == "content-encoding"
    ]
    return ", ".join(coding for coding in codings if coding)
