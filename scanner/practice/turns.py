"""Schools that change while the fleet runs: what a later scan finds worse, and what was only a bad moment."""

import time
from dataclasses import dataclass, field, replace

from scanner.practice.behaviours import Reply

LOST = "x-content-type-options"
"""The header that a school which got worse sends no more."""


@dataclass
class Turns:
    """What became of which hosts since the fleet started."""

    worse: set[str] = field(default_factory=set)
    faltering: dict[str, float] = field(default_factory=dict)
    """Host → for how many seconds, from its next request on, it answers 503."""
    _until: dict[str, float] = field(default_factory=dict)

    def tell(self, line: str) -> str:
        """Do as ``worsen HOST``, ``mend HOST`` or ``falter HOST SECONDS`` says; what was understood."""
        word, _, rest = line.partition(" ")
        host, _, seconds = rest.partition(" ")
        if word == "worsen":
            self.worse.add(host)
        elif word == "mend":
            self.worse.discard(host)
            self.faltering.pop(host, None)
        elif word == "falter":
            self.faltering[host] = float(seconds)
        else:
            return ""
        return f"{word} {host}"

    def served(self, reply: Reply, host: str) -> Reply:
        """The answer as it leaves the host now."""
        if host in self.faltering:
            self._until[host] = time.monotonic() + self.faltering.pop(host)
        if time.monotonic() < self._until.get(host, 0.0):
            return Reply(503, (("Content-Type", "text/plain"),), b"busy")
        if host in self.worse:
            kept = tuple(field for field in reply.headers if field[0].lower() != LOST)
            return replace(reply, headers=kept)
        return reply
