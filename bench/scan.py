"""Scan 500 practice sites by one process and write what it cost to bench/results/scan.json.

``python3 dev.py bench scan [--sites N] [--runs R]``.  Each depth of the TLS look is a series of its own.  The fleet runs in a process of its own; what is measured is
the command ``scan`` from outside: CPU (user + system, with its parsing children), wall, peak memory of its
process tree, and connections, requests and questions as the fleet's servers counted them.  No figure counts
unless the findings of the run equal the fleet's written truth.
"""

import argparse
import json
import os
import platform
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from scanner.practice.background import BackgroundFleet, serve_in_background

HOME = Path(__file__).resolve().parent.parent
RESULTS = HOME / "bench" / "results" / "scan.json"
EDITIONS = ("tin-nhiem-mang-2026-11", "nen-tang-website-2026-11", "cap-do-2-2026-11")
GOALS = {
    "full": {"cpu_ms_per_site": 60.0, "connections_per_site": 32.0, "peak_mib": 250.0},
    # What decides the criteria, and no more.
    "brief": {"cpu_ms_per_site": 60.0, "connections_per_site": 20.0, "peak_mib": 250.0},
}


def main() -> int:
    """Measure, compare with the truth, write, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sites", type=int, default=500)
    asked.add_argument("--runs", type=int, default=3)
    options = asked.parse_args()
    figures = {depth: _series(options.sites, options.runs, depth) for depth in GOALS}
    told = {
        "what": f"tinnhiem scan of {options.sites} practice sites, one process; medians of {options.runs} runs",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"{ssl.OPENSSL_VERSION}",
        "figures": figures,
        "goals": GOALS,
    }
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(told, indent=2))
    missed = [
        f"{depth}: {key}"
        for depth, goals in GOALS.items()
        for key, goal in {**goals, "differences": 0}.items()
        if figures[depth][key] > goal
    ]
    print("missed: " + ("; ".join(missed) if missed else "nothing"))
    return 1 if missed else 0


def _series(sites: int, runs: int, depth: str) -> dict[str, float]:
    """Medians of some runs; of differences from the truth the most."""
    found = [_one_run(sites, depth, number) for number in range(runs)]
    middle = {key: round(statistics.median(run[key] for run in found), 2) for key in found[0]}
    return middle | {"differences": max(run["differences"] for run in found)}


def _one_run(sites: int, depth: str, number: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        with serve_in_background(home / "fleet", sites) as fleet:
            before = fleet.stats()
            asked = [*command(fleet, home), "--tls", depth]
            fixed_loop_s = _fixed_loop_s()
            started = time.monotonic()
            # Compiled modules are kept between runs, as they are on every machine that uses the command.
            kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
            process = subprocess.Popen(
                asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=kept
            )
            peak = Peak(process.pid)
            _, status, used = os.wait4(process.pid, 0)
            wall_s = time.monotonic() - started
            peak.stop()
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                sys.exit(f"the scan ended with {process.returncode}")
            after = fleet.stats()
            wrong = differences(fleet, home / "out", brief=depth == "brief")
        cpu_s = used.ru_utime + used.ru_stime
        figures = {
            "fixed_loop_s": fixed_loop_s,
            "sites_per_minute": sites * 60 / wall_s,
            "wall_s": wall_s,
            "cpu_ms_per_site": cpu_s * 1000 / sites,
            "peak_mib": peak.most_kib / 1024,
            "connections_per_site": (after["connections"] - before["connections"]) / sites,
            "requests_per_site": (after["requests"] - before["requests"]) / sites,
            "questions_per_site": (after["queries"] - before["queries"]) / sites,
            "database_kib_per_site": (home / "bench.sqlite").stat().st_size / 1024 / sites,
            "differences": wrong,
        }
        print(
            f"{depth}, run {number + 1}: "
            + json.dumps({k: round(v, 2) for k, v in figures.items()})
        )
        return figures


def command(fleet: BackgroundFleet, home: Path) -> list[str]:
    """The scan that is measured."""
    criteria = [word for name in EDITIONS for word in ("--criteria", name)]
    return [
        sys.executable, "-m", "scanner.cli", "scan", str(fleet.inventory),
        "--out", str(home / "out"), "--db", f"sqlite:///{(home / 'bench.sqlite').as_posix()}",
        "--root-hints", str(fleet.root_hints), "--port-map", str(fleet.port_map),
        "--resolver", fleet.resolver, "--trust-store", str(fleet.trust_store),
        "--trust-anchor", str(fleet.trust_anchor), "--allow-private",
        "--smtp-port", str(fleet.smtp_port),
        *criteria,
    ]  # fmt: skip


def differences(fleet: BackgroundFleet, out: Path, *, brief: bool = False) -> int:
    """Findings that differ from the truth; uptime needs a window that this run does not take.

    A brief look may leave open what a full one would tell, and may contradict nothing.
    """
    found: dict[tuple[str, str], set[str]] = {}
    for line in (out / "data" / "findings.jsonl").read_text(encoding="utf-8").splitlines():
        finding = json.loads(line)
        found.setdefault((finding["site"], finding["check"]), set()).add(finding["outcome"])
    open_too = {"not-tested"} if brief else set()
    return sum(
        not found.get((site, check), set()) - open_too <= {outcome} or (site, check) not in found
        for site, told in fleet.truth.items()
        for check, outcome in told["outcomes"].items()
        if check != "uptime-above-target"
    )


def _fixed_loop_s() -> float:
    """CPU seconds of a fixed loop: how fast this machine is in this hour, beside every other figure."""
    started = time.process_time()
    sum(number * number for number in range(10_000_000))
    return time.process_time() - started


class Peak:
    """The most memory that a process and its children held at once (PSS, Linux only)."""

    def __init__(self, pid: int) -> None:
        self.most_kib = 0
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End watching."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            self.most_kib = max(self.most_kib, sum(_pss_kib(pid) for pid in _tree(self._pid)))


def _tree(root: int) -> list[int]:
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        try:
            for task in Path(f"/proc/{pid}/task").iterdir():
                todo += [int(word) for word in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def _pss_kib(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
