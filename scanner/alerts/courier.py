"""A child process that hands messages to one channel through apprise, and ends itself at a deadline.

``python -m scanner.alerts.courier`` is the child.  It reads the channel's address and then one message a line from
standard input, and answers each with a line.  A channel that drips its answer for ever can so be stopped on every
system, and the address stands neither in an argument nor in the environment.
"""

import json
import logging
import os
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any, Literal

from scanner.alerts.addresses import redact
from scanner.children import HOME, environment, limit_memory
from scanner.clock import monotonic_s

MEMORY_BYTES = 1 << 30
START_S = 60.0
"""How long a child may take to begin: a busy machine takes its time over the imports."""

Outcome = Literal["sent", "refused", "unsure"]
"""``unsure``: the message went out and no answer came, so that it may have arrived."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One message to hand over."""

    key: str
    thread: str
    subject: str
    body: str
    reached: tuple[str, ...] = ()
    """Recipients of the channel that have it already, as hashes."""


@dataclass(frozen=True, slots=True)
class Handed:
    """How that went."""

    outcome: Outcome
    why: str = ""
    reached: tuple[str, ...] = ()


class Courier:
    """The parent's side of one child: one channel, one message after the other."""

    def __init__(self, address: str, within_s: float) -> None:
        self._address = address
        self._within_s = within_s
        self._process = subprocess.Popen(
            [sys.executable, "-m", "scanner.alerts.courier"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Whatever the library prints could hold the address.
            stderr=subprocess.DEVNULL,
            cwd=HOME,
            env=environment(),
        )
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def ready(self, start_s: float = START_S) -> Handed | None:
        """``None`` when messages can be handed over; else why not."""
        if not self._say({"address": self._address, "within_s": self._within_s}):
            return Handed("refused", "the sending process did not start")
        answer = self._hear(min(START_S, start_s))
        if answer is None:
            return Handed("refused", "the sending process did not start")
        return Handed("refused", str(answer["why"])) if answer.get("why") else None

    def hand_over(self, errand: Errand) -> Handed:
        """One message; comes back within the deadline, whatever the channel does."""
        if not self._say(asdict(errand)):
            return Handed("refused", "the sending process ended", errand.reached)
        # The child ends itself first; this is for a child that cannot.
        until = monotonic_s() + self._within_s + 2.0
        reached = set(errand.reached)
        while (answer := self._hear(until - monotonic_s())) is not None:
            reached |= set(answer.get("reached", ()))
            if "outcome" in answer:
                return Handed(answer["outcome"], str(answer["why"]), tuple(sorted(reached)))
        self.stop()
        why = f"no answer within {self._within_s:g} s"
        return Handed("unsure", why, tuple(sorted(reached)))

    def stop(self) -> None:
        """End the child now."""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _say(self, line: dict[str, Any]) -> bool:
        assert self._process.stdin is not None  # noqa: S101  Asked for above; for mypy.
        try:
            self._process.stdin.write(json.dumps(line).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):
            return False
        return True

    def _hear(self, within_s: float) -> dict[str, Any] | None:
        try:
            return self._answers.get(timeout=max(0.0, within_s))
        except queue.Empty:
            return None

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101  Asked for above; for mypy.
        with suppress(OSError, ValueError):
            for line in self._process.stdout:
                self._answers.put(json.loads(line))
        self._answers.put(None)


# ---- the child ----------------------------------------------------------------------------------

_UNREACHED = re.compile(
    r"NewConnectionError|Connection refused|ConnectTimeout|NameResolution|CERTIFICATE_VERIFY|Errno 111|WinError 10061"
)
_ANSWERED = re.compile(
    r"error=(\d{3})|\(error (\d{3})\)|status(?:_code)?[ =:]+(\d{3})", re.IGNORECASE
)


def _serve() -> None:
    limit_memory(MEMORY_BYTES)
    lines = iter(sys.stdin.buffer.readline, b"")
    # What a library prints must not stand between our lines.
    out, sys.stdout = sys.stdout, sys.stderr
    # Its details tell a line that never was from one that broke.  They go nowhere but to `_outcome_of`.
    library = logging.getLogger("apprise")
    library.addHandler(logging.NullHandler())
    library.propagate = False
    library.setLevel(logging.DEBUG)
    first = json.loads(next(lines))
    address, within_s = first["address"], float(first["within_s"])

    def answer(line: dict[str, Any]) -> None:
        out.write(json.dumps(line) + "\n")
        out.flush()

    try:
        channel = _Channel(address, within_s, answer)
    except ImportError:
        answer({"why": "apprise is not installed: pip install 'tinnhiem[alerts]'"})
        return
    except _BadAddressError as bad:
        answer({"why": str(bad)})
        return
    answer({"why": ""})
    for line in lines:
        errand = json.loads(line)
        with _deadline(within_s):
            handed = channel.hand_over(Errand(**errand | {"reached": tuple(errand["reached"])}))
        answer(asdict(handed))


class _BadAddressError(Exception):
    """The address is none that the library understands."""


class _Channel:
    """The library's sender for one address."""

    def __init__(self, address: str, within_s: float, answer: Any) -> None:
        import apprise  # noqa: PLC0415  Slow, and only the child needs it.
        from apprise import plugins  # noqa: PLC0415
        from apprise.exception import AppriseException  # noqa: PLC0415
        from apprise.plugins.email.base import NotifyEmail  # noqa: PLC0415

        from scanner.alerts.mail import mail_with_a_stable_id  # noqa: PLC0415

        self._address = address
        self._answer = answer
        # A redirect would hand message and token to another host; `?redirect=yes` in an address allows it.
        self._asset = apprise.AppriseAsset(
            app_id="tinnhiem",
            app_desc="tinnhiem",
            app_url="",
            async_mode=False,
            http_redirects=False,
            allow_templates=False,
            service_timeout=0,
            storage_mode="memory",
        )
        read: Any = plugins.url_to_dict
        parts = read(address, secure_logging=True)
        if parts and parts.get("schema") in ("mailto", "mailtos"):
            kind: Any = mail_with_a_stable_id(NotifyEmail)
            try:
                self._service = kind(**parts, asset=self._asset)
            except (AppriseException, TypeError) as error:
                raise _BadAddressError(
                    f"not a usable address: {redact(str(error), address)}"
                ) from None
        else:
            self._service = apprise.Apprise.instantiate(address, asset=self._asset)
        if self._service is None:
            raise _BadAddressError("not an address that apprise understands: see docs/alerts.md")
        if "rto=" not in address:
            self._service.socket_read_timeout = within_s * 0.6
        if "cto=" not in address:
            self._service.socket_connect_timeout = within_s * 0.3
        self._library = apprise

    def hand_over(self, errand: Errand) -> Handed:
        """One message, told how it went."""
        service = self._service
        reached = set(errand.reached)

        # A channel may have several recipients.  Who has the message is not sent it again.
        def is_delivered(key: Any, per_message: bool = False) -> bool:  # noqa: FBT001, FBT002
            return _hashed(key) in reached

        def mark_delivered(key: Any, per_message: bool = False) -> None:  # noqa: FBT001, FBT002
            if isinstance(key, str | int | tuple):
                reached.add(_hashed(key))
                self._answer({"reached": [_hashed(key)]})

        service.is_delivered, service.mark_delivered = is_delivered, mark_delivered
        self._mark(errand)
        subject, body = fitting(service, errand.subject, errand.body)
        sender = self._library.Apprise(asset=self._asset)
        sender.add(service)
        with sender.notify(
            title=subject, body=body, body_format="text", log_level=logging.DEBUG
        ) as result:
            if result:
                return Handed("sent", "", tuple(sorted(reached)))
            logs = [(entry.level, entry.message) for entry in result.logs()]
        outcome = getattr(service, "outcome", None) or _outcome_of(logs)
        why = getattr(service, "why", None) or _why(logs)
        return Handed(outcome, redact(why, self._address)[:400], tuple(sorted(reached)))

    def _mark(self, errand: Errand) -> None:
        """The key, wherever this kind of channel can carry it besides the last line of the text."""
        service = self._service
        if hasattr(service, "errand"):
            service.errand = errand
        elif isinstance(getattr(service, "headers", None), dict):
            service.headers["Idempotency-Key"] = errand.key
            if isinstance(getattr(service, "payload_extras", None), dict):
                service.payload_extras["key"] = errand.key


def _hashed(key: Any) -> str:
    import hashlib  # noqa: PLC0415  Only the child.

    return hashlib.sha256(repr(key).encode("utf-8", "replace")).hexdigest()[:16]


def fitting(service: Any, subject: str, body: str) -> tuple[str, str]:
    """Cut to what the service takes as one message: the beginning, and the last line, which holds the key."""
    limit = int(service.body_maxlen)
    if int(service.title_maxlen) <= 0:
        limit -= len(subject) + 2
    # Escaping makes the text longer; a fifth covers what our own texts hold.
    limit = limit * 4 // 5
    if len(body) <= limit:
        return subject, body
    beginning, _, last = body.rpartition("\n")
    return subject, f"{beginning[: max(0, limit - len(last) - 2)].rstrip()}…\n{last}"


def _outcome_of(logs: list[tuple[str, str]]) -> Outcome:
    """Whether the channel said no, was never reached, or may have the message."""
    text = "\n".join(message for _, message in logs)
    return "refused" if _ANSWERED.search(text) or _UNREACHED.search(text) else "unsure"


def _why(logs: list[tuple[str, str]]) -> str:
    said = [message for level, message in logs if level in ("WARNING", "ERROR", "CRITICAL")]
    details = [message for _, message in logs if message.startswith("Socket Exception")]
    return " ".join(" ".join([*said[-1:], *details[-1:]]).split()) or "no reason given"


@contextmanager
def _deadline(within_s: float) -> Iterator[None]:
    """End this process where the work takes longer: threads and reads of a library cannot be stopped."""
    timer = threading.Timer(within_s, os._exit, (3,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


if __name__ == "__main__":
    _serve()
