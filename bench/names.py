"""Names and mail: all records of both families, beside checkdmarc, against name servers 20 ms away, in one run.

``python3 dev.py bench names [--sites N] [--peer-sites N] [--rtt-ms N]``.  The practice fleet runs in a process of
its own; its resolver, its root, registry and school servers count every question.  What is measured, from outside:

- ``looks``: every look of both families at every domain, in one process, without store, judging and reports;
- ``whole``: the command ``scan --only dns --only mail`` with all that.

Mail servers are near.

checkdmarc (SPF, DMARC, MX, NS, SOA and the like of each domain, one after another, no TLS and no SMTP) is fetched into an
environment of its own; without it the bench says so and goes on.  It asks a resolver only: the delegation, every name
server, DNSSEC, selectors and exchangers are asked by us alone.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

from bench.scan import HOME, Peak, command
from inventory.readers import read
from scanner.cli.scan import sites_to_scan
from scanner.practice.background import BackgroundFleet, serve_in_background

RESULTS = HOME / "bench" / "results" / "names.json"
PEER = "checkdmarc==6.0.4"
LOOKS = ("names", "delegation", "dnssec", "aliases", "mail", "exchangers")
GOALS = {"wall_s": 60.0, "questions_per_domain": 60.0}
GOALS_SITES = 1500

Figures = dict[str, float]


def main() -> int:
    """Measure, compare, write, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sites", type=int, default=GOALS_SITES)
    asked.add_argument("--peer-sites", type=int, default=50)
    asked.add_argument("--rtt-ms", type=float, default=20.0)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        peer = _peer(home / "peer")
        fleet_of = serve_in_background(home / "fleet", options.sites, names_rtt_ms=options.rtt_ms)
        with fleet_of as fleet:
            figures = _ours(fleet, home)
            if peer is not None:
                figures["checkdmarc"] = _theirs(fleet, peer, options.peer_sites)
                print(f"checkdmarc: {json.dumps(figures['checkdmarc'])}", flush=True)
    ours = figures["looks"]
    told = {
        "what": f"{options.sites} practice domains, name servers {options.rtt_ms:g} ms away; checkdmarc: "
        + (f"the first {options.peer_sites}" if peer else "not installed"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "figures": figures,
        "times_ours": {
            key: round(figures["checkdmarc"][key] / ours[key], 2)
            for key in ("ms_per_domain", "cpu_ms_per_domain", "questions_per_domain")
        }
        if "checkdmarc" in figures
        else {},
        "goals": GOALS,
    }
    print(json.dumps(told, indent=2))
    RESULTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    missed = []
    for key, goal in GOALS.items():
        if key == "wall_s" and options.sites != GOALS_SITES:
            continue
        print(f"{key} {ours[key]:g}, goal {goal:g}: {'reached' if ours[key] <= goal else 'missed'}")
        missed += [key] if ours[key] > goal else []
    return 1 if missed else 0


def _ours(fleet: BackgroundFleet, home: Path) -> dict[str, Figures]:
    known = read(fleet.inventory).inventory
    assert known is not None
    domains = len(sites_to_scan(known))
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    looks = [sys.executable, "-m", "bench.looks", str(fleet.folder), *LOOKS]
    whole = [*command(fleet, home), "--only", "dns", "--only", "mail", "--at-once", "100"]
    found = {}
    for name, asked in {"looks": looks, "whole": whole}.items():
        found[name] = _measured(fleet, asked, domains, kept)
        print(f"{name}: {json.dumps(found[name])}", flush=True)
    return found


def _theirs(fleet: BackgroundFleet, python: Path, count: int) -> Figures:
    known = read(fleet.inventory).inventory
    assert known is not None
    domains = [site.host.removeprefix("www.") for site in sites_to_scan(known)][:count]
    address, _, port = fleet.resolver.partition(":")
    looks = (
        "import sys, dns.resolver, checkdmarc\n"
        "own = dns.resolver.Resolver(configure=False)\n"
        "own.nameservers, own.port, own.lifetime = [sys.argv[1]], int(sys.argv[2]), 5.0\n"
        "checkdmarc.check_domains(sys.argv[3:], skip_tls=True, resolver=own)\n"
    )
    return _measured(
        fleet, [str(python), "-c", looks, address, port, *domains], len(domains), dict(os.environ)
    )


def _measured(
    fleet: BackgroundFleet, asked: list[str], domains: int, environment: dict[str, str]
) -> Figures:
    """One process over so many domains; the servers count the questions."""
    before, started = fleet.stats(), time.monotonic()
    process = subprocess.Popen(
        asked,
        cwd=HOME,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    peak = Peak(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    wall_s = time.monotonic() - started
    peak.stop()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{asked[:4]} ended with {process.returncode}")
    after = fleet.stats()
    questions = sum(after[key] - before[key] for key in ("queries", "authority_queries"))
    return {
        "wall_s": round(wall_s, 2),
        "ms_per_domain": round(wall_s * 1000 / domains, 2),
        "cpu_ms_per_domain": round((used.ru_utime + used.ru_stime) * 1000 / domains, 2),
        "questions_per_domain": round(questions / domains, 2),
        "peak_mib": round(peak.most_kib / 1024, 1),
    }


def _peer(folder: Path) -> Path | None:
    """The Python of an environment that holds checkdmarc; ``None`` where that cannot be made."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = subprocess.run(
        [str(python), "-m", "pip", "install", "--quiet", PEER], capture_output=True, check=False
    )
    return None if done.returncode else python


if __name__ == "__main__":
    sys.exit(main())
