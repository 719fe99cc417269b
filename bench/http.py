"""The HTTP family beside MDN's HTTP Observatory: one run, the same practice sites, a round trip of 30 ms.

``python3 dev.py bench http [--sites N] [--peer-sites N] [--rtt-ms N]``.  The practice fleet, healthy and faulty
schools in turn, runs in a process of its own and counts connections and requests; its web servers are a round trip
away, its name server is near.  What is measured is CPU (user + system) and wall of the scanning processes, from
outside:

- ``whole``: the command ``scan --only http``, with the looks at names and TLS that the family needs, its store, its
  judging and its reports;
- ``family``: the looks ``http``, ``well-known``, ``pages`` and ``provoked`` alone, as the difference between a process that looks
  at names and at these, and one that looks at names (same code, no store and no reports);
- ``headers``: the same without the last two;
- ``mdn``: MDN's command over the first sites, a process per site, as its users run it, four at once;
- ``mdn, one process``: the same sites by its library, so that nobody's start counts twenty times.

MDN's package is fetched with npm, without its scripts, and with an empty preload list; it knows the usual ports
alone, so a few lines of JavaScript lead it to those of the fleet.  Without npm, or without the package, the bench
says so and goes on.  pshtt installs on no Python that this program runs on, and has no figures here.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.scan import HOME, Peak, command
from inventory.model import Site
from inventory.readers import read
from scanner.cli.scan import sites_to_scan
from scanner.practice.background import BackgroundFleet, serve_in_background

RESULTS = HOME / "bench" / "results" / "http.json"
MDN = "@mdn/mdn-http-observatory@1.4.8"
MDN_AT_ONCE = 4
NPM_S = 180.0
NAMES, HEADERS, PAGES = ("names",), ("http", "well-known"), ("pages", "provoked")
GOALS = {
    ("whole", "requests_per_site"): 8.0,
    ("family", "cpu_ms_per_site"): 15.0,
    ("family", "wall_s"): 60.0,
}
GOALS_SITES = 1000
"""The wall is a goal for this many sites: fewer of them share the same longest wait."""

Figures = dict[str, float]


def main() -> int:
    """Measure, compare, write, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sites", type=int, default=1000)
    asked.add_argument("--peer-sites", type=int, default=20)
    asked.add_argument("--rtt-ms", type=float, default=30.0)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        mdn = _mdn(home / "mdn")
        with serve_in_background(home / "fleet", options.sites, options.rtt_ms) as fleet:
            figures = _figures(_Bench(fleet, home), options.peer_sites, mdn)
    told = {
        "what": f"{options.sites} practice sites, round trip {options.rtt_ms:g} ms; MDN: "
        + (f"the first {options.peer_sites}" if mdn else "not installed"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "figures": figures,
        "times_ours": _ratios(figures),
        "goals": {f"{looker}: {key}": goal for (looker, key), goal in GOALS.items()},
    }
    print(json.dumps(told, indent=2))
    missed = _missed(figures, options.sites)
    RESULTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return 1 if missed else 0


def _figures(bench: "_Bench", peer_sites: int, mdn: Path | None) -> dict[str, Figures]:
    whole = bench.ours("whole", [*command(bench.fleet, bench.home), "--only", "http"])
    found = {"whole": whole}
    # What all of them do is taken away, so that a start and the names count for nobody.
    names = bench.looks(NAMES)
    for looker, kinds in {"family": (*HEADERS, *PAGES), "headers": HEADERS}.items():
        with_them = bench.looks((*NAMES, *kinds))
        found[looker] = {
            key: round(with_them[key] - names[key], 2)
            for key in ("cpu_ms_per_site", "requests_per_site", "connections_per_site")
        } | {"wall_s": with_them["wall_s"], "peak_mib": with_them["peak_mib"]}
        print(f"{looker}: {json.dumps(found[looker])}", flush=True)
    print("pshtt: installs on no Python that this program runs on; no figures")
    if mdn is None:
        print(f"mdn: {MDN} could not be fetched with npm; no figures")
    else:
        found |= bench.mdn(mdn, peer_sites)
    return found


def _ratios(figures: dict[str, Figures]) -> dict[str, Figures]:
    """How many times as much a peer costs: beside the whole command, and beside the looks at headers alone.

    MDN reads headers, one page and a preflight; it looks at no names, no TLS and no policy page.
    """
    return {
        f"{peer} / {ours}": {
            key: round(told[key] / figures[ours][key], 2)
            for key in ("cpu_ms_per_site", "requests_per_site", "connections_per_site")
        }
        for peer, told in figures.items()
        for ours in ("whole", "family", "headers")
        if peer.startswith("mdn")
    }


def _missed(figures: dict[str, Figures], sites: int) -> list[str]:
    missed = []
    for (looker, key), goal in GOALS.items():
        if key == "wall_s" and sites != GOALS_SITES:
            print(f"{looker}: {key} {figures[looker][key]:g}, no goal for {sites} sites")
            continue
        is_ = figures[looker][key]
        reached = is_ <= goal
        print(f"{looker}: {key} {is_:g}, goal {goal:g}: {'reached' if reached else 'missed'}")
        if not reached:
            missed.append(f"{looker}: {key}")
    return missed


@dataclass(frozen=True)
class _Cost:
    """What some processes cost together."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    connections: int
    requests: int

    def of(self, sites: int) -> Figures:
        return {
            "cpu_ms_per_site": round(self.cpu_s * 1000 / sites, 2),
            "requests_per_site": round(self.requests / sites, 2),
            "connections_per_site": round(self.connections / sites, 2),
            "wall_s": round(self.wall_s, 2),
            "peak_mib": round(self.peak_mib, 1),
        }


class _Bench:
    """A fleet that is up, and the commands that visit it."""

    def __init__(self, fleet: BackgroundFleet, home: Path) -> None:
        self.fleet = fleet
        self.home = home
        known = read(fleet.inventory).inventory
        assert known is not None
        self._sites: list[Site] = sites_to_scan(known)

    def ours(self, looker: str, asked: Sequence[str]) -> Figures:
        """One process of ours over all sites."""
        # Compiled modules are kept between runs, as they are on every machine that uses the command.
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        cost, _ = self._measured([asked], kept)
        figures = cost.of(len(self._sites))
        print(f"{looker}: {json.dumps(figures)}", flush=True)
        return figures

    def looks(self, kinds: Sequence[str]) -> Figures:
        """Some kinds of look alone."""
        return self.ours(
            " + ".join(kinds),
            [sys.executable, "-m", "bench.looks", str(self.fleet.folder), *kinds],
        )

    def mdn(self, package: Path, count: int) -> dict[str, Figures]:
        """MDN's command and its library over the first sites."""
        sites = self._sites[:count]
        places = self.home / "places.json"
        places.write_text(json.dumps(_places(sites)), encoding="utf-8")
        env = os.environ | {
            "NODE_OPTIONS": f"--require {HOME / 'bench' / 'mdn_places.cjs'}",
            # Its command would set this to Mozilla's store and start a second process for it.
            "NODE_EXTRA_CA_CERTS": str(self.fleet.trust_store),
            "PRACTICE_PLACES": str(places),
        }
        hosts = [site.host for site in sites]
        each = [["node", str(package / "src" / "scan.js"), host] for host in hosts]
        at_once = ["node", str(HOME / "bench" / "mdn_all.mjs"), str(package), *hosts]
        found = {}
        for looker, commands in {"mdn": each, "mdn, one process": [at_once]}.items():
            cost, out = self._measured(commands, env, at_once=MDN_AT_ONCE)
            answered = sum(_graded(json.loads(one)) for one in out if one)
            found[looker] = cost.of(len(sites)) | {"sites": len(sites), "answered": answered}
            print(f"{looker}: {json.dumps(found[looker])}", flush=True)
        return found

    def _measured(
        self, commands: Sequence[Sequence[str]], env: dict[str, str], at_once: int = 1
    ) -> tuple[_Cost, list[bytes]]:
        before = self.fleet.stats()
        started = time.monotonic()
        with ThreadPoolExecutor(at_once) as threads:
            ran = list(threads.map(lambda asked: _ran(asked, env), commands))
        wall_s = time.monotonic() - started
        # What is still on its way belongs to the run that has just ended.
        time.sleep(0.5)
        after = self.fleet.stats()
        return _Cost(
            wall_s,
            sum(cpu_s for cpu_s, _, _ in ran),
            max(peak_mib for _, peak_mib, _ in ran) * min(at_once, len(commands)),
            after["connections"] - before["connections"],
            after["requests"] - before["requests"],
        ), [out for _, _, out in ran]


def _ran(asked: Sequence[str], env: dict[str, str]) -> tuple[float, float, bytes]:
    """CPU seconds with children, peak MiB, output."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            asked,
            stdout=out,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            cwd=HOME,
            env=env,
        )
        peak = Peak(process.pid)
        _, status, used = os.wait4(process.pid, 0)
        peak.stop()
        process.returncode = os.waitstatus_to_exitcode(status)
        # MDN's command ends so where a site gives it nothing to grade.
        if process.returncode and asked[0] != "node":
            sys.exit(f"{asked!r} ended with {process.returncode}")
        out.seek(0)
        return used.ru_utime + used.ru_stime, peak.most_kib / 1024, out.read()


def _graded(told: dict[str, Any]) -> int:
    """How many sites MDN's command, or the library over many, could grade."""
    return int(told["answered"]) if "answered" in told else int("tests" in told)


def _places(sites: Sequence[Site]) -> dict[str, dict[str, int]]:
    """Host → usual port → the port that the fleet gave it."""
    return {
        host: {"443": site.https_port, "80": site.http_port}
        for site in sites
        for host in (site.host, site.twin)
    }


def _mdn(folder: Path) -> Path | None:
    """MDN's package, installed for this run; ``None`` where that cannot be done."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        return None
    folder.mkdir()
    asked = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)]
    try:
        done = subprocess.run([*asked, MDN], capture_output=True, timeout=NPM_S, check=False)
    except subprocess.TimeoutExpired:
        return None
    package = folder / "node_modules" / "@mdn" / "mdn-http-observatory"
    if done.returncode or not package.is_dir():
        return None
    (package / "conf" / "hsts-preload.json").write_text("{}", encoding="utf-8")
    return package


if __name__ == "__main__":
    sys.exit(main())
