"""A mail server and a webhook on loopback that fail one time in five, and write down what reaches them."""

import asyncio
import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

Mood = Callable[[], str]
"""How the next request is met: ``well`` or one of the faults."""

WELL = "well"
REFUSE = "refuse"
"""The line is cut before anything was read."""
SAY_NO = "say-no"
"""A clear refusal: 4xx or 5xx."""
CUT_AFTER = "cut-after"
"""Accepted, but the line is cut before the answer."""
LATE = "late"
"""Accepted, and answered long after."""
DRIP = "drip"
"""Accepted, and answered by a byte now and then, for ever."""
FAULTS = (REFUSE, SAY_NO, CUT_AFTER, LATE)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message that a receiver accepted."""

    key: str
    how: str
    subject: str
    body: str
    headers: dict[str, str]
    to: tuple[str, ...] = ()


@dataclass
class Register:
    """What a receiver saw."""

    arrived: list[Arrived] = field(default_factory=list)
    tried: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, one: Arrived) -> None:
        """Note what was accepted."""
        with self.lock:
            self.arrived.append(one)

    def keys(self) -> list[str]:
        """The keys in the order of arrival, repeats included."""
        with self.lock:
            return [one.key for one in self.arrived]


def always(mood: str = WELL) -> Mood:
    """The same mood for ever."""
    return lambda: mood


def one_in_five(seed: int) -> Mood:
    """A fault one time in five, of each kind as often."""
    chance = random.Random(seed)  # noqa: S311  Moods, no secrets.
    lock = threading.Lock()

    def mood() -> str:
        with lock:
            return chance.choice(FAULTS) if chance.random() < 0.2 else WELL

    return mood


class Webhook:
    """An HTTP server that takes JSON messages."""

    def __init__(
        self, mood: Mood | None = None, late_s: float = 3.0, latency_s: float = 0.0
    ) -> None:
        self.register = Register()
        self.mood = mood or always()
        self.late_s = late_s
        # Between taking a message and saying so.
        self.latency_s = latency_s
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                """A sender that was killed in the middle is no news."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """The address as the library wants it."""
        return f"json://127.0.0.1:{self.port}/hooks/geheim-token-4711"

    def answer(self, request: Any) -> None:
        """One request, met as the mood is."""
        mood = self.mood()
        self.register.tried += 1
        request.close_connection = True
        if mood == REFUSE:
            request.connection.close()
            return
        content = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        if mood == SAY_NO:
            self._say(request, random.choice((400, 429, 500, 503)))  # noqa: S311
            return
        self.register.add(
            Arrived(
                key=request.headers["Idempotency-Key"] or "",
                how=mood,
                subject=content["title"],
                body=content["message"],
                headers={**dict(request.headers.items()), "key": content.get("key", "")},
            )
        )
        if mood == CUT_AFTER:
            request.connection.close()
            return
        time.sleep(self.late_s if mood == LATE else self.latency_s)
        if mood == DRIP:
            self._drip(request)
            return
        self._say(request, 200)

    def _drip(self, request: Any) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100:
            time.sleep(0.1)
            try:
                request.wfile.write(bytes((byte,)))
            except OSError:
                return

    def _say(self, request: Any, code: int) -> None:
        request.send_response(code)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Smtp(SMTP):
    """A server that cuts the line after a message where it is told to."""

    async def push(self, status: Any) -> None:
        if getattr(self, "cut", False):
            assert self.transport is not None
            self.transport.close()
            return
        await super().push(status)


class _Taking:
    """What the mail server does with a message."""

    def __init__(self, mail: "Mail") -> None:
        self._mail = mail

    async def handle_DATA(  # noqa: N802  The library's name.
        self, server: Any, _session: Session, envelope: Envelope
    ) -> str:
        return await self._mail.take(server, envelope)


class Mail:
    """An SMTP server that keeps what it accepts."""

    def __init__(
        self, mood: Mood | None = None, late_s: float = 3.0, latency_s: float = 0.0
    ) -> None:
        self.register = Register()
        self.mood = mood or always()
        self.late_s = late_s
        # Between taking a message and saying so.
        self.latency_s = latency_s
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        made = self._loop.create_server(
            lambda: _Smtp(_Taking(self), loop=self._loop, hostname="mail.test"), "127.0.0.1", 0
        )
        server = self._loop.run_until_complete(made)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def url(self, *to: str) -> str:
        """The address as the library wants it."""
        people = ",".join(to or ("truong-phong@so.test",))
        return f"mailto://127.0.0.1:{self.port}/?from=tinnhiem@so.test&to={people}"

    async def take(self, server: Any, envelope: Envelope) -> str:
        """One message, met as the mood is."""
        mood = self.mood()
        self.register.tried += 1
        if mood == REFUSE:
            server.cut = True
            return "451 cut"
        if mood == SAY_NO:
            return random.choice(("451 4.3.0 try later", "554 5.7.1 no"))  # noqa: S311
        content = envelope.content
        assert isinstance(content, bytes)
        parsed = message_from_bytes(content, policy=default)
        self.register.add(
            Arrived(
                key=str(parsed["X-Tinnhiem-Key"]),
                how=mood,
                subject=str(parsed["Subject"]),
                body=parsed.get_content(),
                headers={name: str(value) for name, value in parsed.items()},
                to=tuple(envelope.rcpt_tos),
            )
        )
        if mood == CUT_AFTER:
            server.cut = True
        await asyncio.sleep(self.late_s if mood == LATE else self.latency_s)
        return "250 OK"

    def close(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
