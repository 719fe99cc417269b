"""The fleet in a process of its own, so that a scanner in this one is measured, and tested, alone."""

import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

READY = "ready"
_START_S, _STOP_S = 60.0, 10.0


class FleetFailed(RuntimeError):  # noqa: N818  It names what happened.
    """The fleet's process did not come up, or went away."""


@dataclass(frozen=True)
class BackgroundFleet:
    """A running fleet, as its files describe it."""

    folder: Path
    _process: "subprocess.Popen[str]"
    _lines: "queue.Queue[str | None]"

    @property
    def inventory(self) -> Path:
        """The inventory file, permission included."""
        return self.folder / "inventory.yaml"

    @property
    def trust_store(self) -> Path:
        """The root to trust."""
        return self.folder / "trust.pem"

    @property
    def trust_anchor(self) -> Path:
        """The root of the DNS to validate from."""
        return self.folder / "trust-anchor"

    @property
    def lists(self) -> Path:
        """The folder of dated lists."""
        return self.folder / "lists"

    @property
    def root_hints(self) -> Path:
        """The root of the names, for ``--root-hints``."""
        return self.folder / "root-hints"

    @property
    def port_map(self) -> Path:
        """Where each name server's address is played, for ``--port-map``."""
        return self.folder / "port-map"

    @property
    def resolver(self) -> str:
        """``address:port`` of the name server."""
        return (self.folder / "resolver").read_text(encoding="ascii")

    @property
    def smtp_port(self) -> int:
        """Where the mail servers listen, for ``--smtp-port``."""
        return int((self.folder / "smtp-port").read_text(encoding="ascii"))

    @property
    def truth(self) -> dict[str, dict[str, Any]]:
        """Site address → unit, fault, outcomes, causes."""
        loaded: dict[str, dict[str, Any]] = json.loads(
            (self.folder / "truth.json").read_text(encoding="utf-8")
        )
        return loaded

    def stats(self) -> dict[str, Any]:
        """What the servers were asked so far."""
        _send(self._process, "stats")
        told: dict[str, Any] = json.loads(_next(self._lines, _STOP_S))
        return told

    def turn(self, line: str) -> None:
        """Let a school change while it is served: ``worsen HOST``, ``mend HOST``, ``falter HOST SECONDS``."""
        _send(self._process, line)
        _next(self._lines, _STOP_S)


@contextlib.contextmanager
def serve_in_background(
    folder: Path, count: int | None = None, rtt_ms: float = 0.0, names_rtt_ms: float = 0.0
) -> Iterator[BackgroundFleet]:
    """Start the fleet in another process, wait until it is ready, and end it with the block."""
    command = [sys.executable, "-m", "scanner.practice", "--dir", str(folder.resolve())]
    if count is not None:
        command += ["--count", str(count)]
    if rtt_ms:
        command += ["--rtt-ms", str(rtt_ms)]
    if names_rtt_ms:
        command += ["--names-rtt-ms", str(names_rtt_ms)]
    # From the folder that holds the packages, so that a checkout works without being installed.
    home = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(  # noqa: S603  Our own interpreter and module, no shell.
        command,
        cwd=home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_collect, args=(process.stdout, lines), daemon=True)
    reader.start()
    try:
        while _next(lines, _START_S) != READY:
            pass
        yield BackgroundFleet(folder, process, lines)
    finally:
        _end(process)
        reader.join(_STOP_S)
        if process.stdout:
            process.stdout.close()


def _collect(told: IO[str] | None, lines: "queue.Queue[str | None]") -> None:
    for line in told or ():
        lines.put(line.rstrip("\n"))
    lines.put(None)


def _next(lines: "queue.Queue[str | None]", within_s: float) -> str:
    try:
        line = lines.get(timeout=within_s)
    except queue.Empty:
        raise FleetFailed(f"the practice fleet said nothing for {within_s:g} s") from None
    if line is None:
        raise FleetFailed("the practice fleet's process ended")
    return line


def _send(process: "subprocess.Popen[str]", line: str) -> None:
    if process.stdin is None or process.poll() is not None:
        raise FleetFailed("the practice fleet's process ended")
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def _end(process: "subprocess.Popen[str]") -> None:
    """Closing its standard input asks it to stop; it is killed only where it does not."""
    if process.stdin:
        with contextlib.suppress(OSError):
            process.stdin.close()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
