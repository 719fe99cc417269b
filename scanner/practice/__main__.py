"""``python -m scanner.practice``: run the fleet in the foreground until Ctrl-C or the end of standard input."""

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from scanner.practice.background import READY
from scanner.practice.fleet import Fleet
from scanner.practice.ports import allow_many_files


def main(arguments: list[str] | None = None) -> int:
    """Start, say where everything is, and wait."""
    parser = argparse.ArgumentParser(prog="python -m scanner.practice", description=__doc__)
    parser.add_argument("--count", type=int, help="a mixture of this many sites, for measuring")
    parser.add_argument(
        "--rtt-ms", type=float, default=0.0, help="a round trip to the web servers, for measuring"
    )
    parser.add_argument(
        "--names-rtt-ms", type=float, default=0.0, help="the same to the name servers"
    )
    parser.add_argument(
        "--dir",
        type=Path,
        help="where to write inventory.yaml, trust.pem, truth.json, resolver, root-hints, port-map, smtp-port, lists",
    )
    asked = parser.parse_args(arguments)
    allow_many_files()
    folder = asked.dir or Path(tempfile.mkdtemp(prefix="tinnhiem-practice-"))
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(folder, asked.count, asked.rtt_ms / 1000, asked.names_rtt_ms / 1000))
    return 0


async def _run(folder: Path, count: int | None, rtt_s: float, names_rtt_s: float) -> None:
    now = dt.datetime.now(dt.UTC)  # noqa: TID251  A program of its own, which reads the clock once.
    asyncio.get_running_loop().set_exception_handler(_without_hang_ups)
    async with Fleet.start(now, count=count, rtt_s=rtt_s, names_rtt_s=names_rtt_s) as fleet:
        fleet.write(folder)
        for name in (
            "inventory.yaml",
            "trust.pem",
            "truth.json",
            "resolver",
            "root-hints",
            "port-map",
            "smtp-port",
            "lists",
        ):
            _say(f"{name}: {folder / name}")
        _say(f"name server: {fleet.resolver}   sites: {len(fleet.places)}")
        if fleet.dropped:
            _say(f"not possible on this system: {', '.join(fleet.dropped)}")
        _say(READY)
        try:
            await _until_told(fleet)
        finally:
            (folder / "stats.json").write_text(_stats(fleet), encoding="utf-8")


def _without_hang_ups(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A visitor that resets a connection is a server's daily bread, not worth a line."""
    if not isinstance(context.get("exception"), ConnectionError):
        loop.default_exception_handler(context)


async def _until_told(fleet: Fleet) -> None:
    """Answer ``stats`` lines, let schools take turns; end with standard input, or with ``stop``."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        # A thread, because Windows cannot wait for standard input in the loop; and past Python's buffer,
        # whose lock a waiting thread would still hold when the interpreter ends.
        waiting = b""
        with contextlib.suppress(RuntimeError):
            while received := _standard_input():
                *whole, waiting = (waiting + received).split(b"\n")
                for line in whole:
                    loop.call_soon_threadsafe(
                        lines.put_nowait, line.decode("ascii", "replace").strip()
                    )
            loop.call_soon_threadsafe(lines.put_nowait, "stop")

    threading.Thread(target=read, name="standard input", daemon=True).start()
    while (line := await lines.get()) != "stop":
        if line == "stats":
            _say(_stats(fleet))
        elif told := fleet.turns.tell(line):
            _say(told)


def _standard_input() -> bytes:
    """Some bytes, or none where it ended or never was."""
    try:
        return os.read(0, 4096)
    except OSError:
        return b""


def _stats(fleet: Fleet) -> str:
    return json.dumps(fleet.stats.as_dict())


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
