"""Who holds a lock, for the one who is refused: told, and never trusted for deciding."""

import json
import os
import platform
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scanner.clock import now

_FACTS_LIMIT_BYTES = 4096


@dataclass(frozen=True)
class Holder:
    """A process that took a lock."""

    pid: int
    host: str
    since: datetime

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since:%Y-%m-%d %H:%M:%S} UTC"


def this_process() -> Holder:
    """Ourselves, from this moment on."""
    return Holder(os.getpid(), platform.node()[:255] or "this machine", now())


def note_holder(file: Path) -> None:
    """Leave our facts beside a lock that we hold; a disk that refuses them costs a nicer sentence only."""
    facts = this_process()
    fresh = file.with_name(f"{file.name}.{facts.pid}")
    with suppress(OSError):
        # A file of its own: Windows lets nobody read a file whose lock another process holds.
        fresh.write_text(
            json.dumps({"pid": facts.pid, "host": facts.host, "since": facts.since.isoformat()}),
            encoding="utf-8",
        )
        fresh.replace(file)


def forget_holder(file: Path) -> None:
    """Take our facts away, before the lock is let go."""
    with suppress(OSError):
        file.unlink()


def read_holder(file: Path) -> Holder | None:
    """Whoever left his facts last; ``None`` where there are none that can be read."""
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            told = json.loads(opened.read(_FACTS_LIMIT_BYTES))
        since = datetime.fromisoformat(told["since"])
        host = "".join(c for c in str(told["host"])[:255] if c.isprintable())
        return Holder(int(told["pid"]), host, since)
    except (OSError, ValueError, TypeError, KeyError):
        return None
