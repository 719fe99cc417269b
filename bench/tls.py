"""Our TLS look beside SSLyze and nmap: one run, the same servers, a simulated round trip of 30 ms.

``python3 dev.py bench tls [--sites N] [--peers-sites N] [--rtt-ms N] [--runs R]``.  A real nginx serves N sites of an
assumed mixture (52 % TLS 1.2 and 1.3 with AEAD only, 34 % with TLS 1.0 and 1.1 still on, 14 % other faults; a quarter
with ECDSA certificates); each has a certificate of its own, and those of one kind share a key.  Every site has a
loopback address of its own on a relay, which delays each direction by half the round trip, charges a new connection
its round trip too, and counts connections.  What is measured is CPU (user + system) and wall of the scanning processes
alone, from outside.  Every peer runs at its best known setting.
All look at the same sites, and CPU is of the whole commands, by the number of sites; of each further site (the run less
one over a single site per process), where nobody's start counts, it is told beside it.  ``--peers-sites`` lets the
peers look at the first N alone, for a quick run.  No figure counts unless the looker's suites equal the configured
truth.  Linux only: other systems lack further loopback addresses.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checks.evidence.tls import Version
from checks.parsing.suites import candidates, suite
from scanner.clock import now
from tests.tls_servers import nginx
from tests.tls_servers.certificates import Papers
from tests.tls_servers.truth import CLIENT, OpenSsl

HOME = Path(__file__).resolve().parent.parent
RESULTS = HOME / "bench" / "results" / "tls.json"
AT_ONCE_PER_SITE = 5
SSLYZE = {"processes": 2, "servers": 25, "connections": AT_ONCE_PER_SITE}
NMAP_PROCESSES = 10
WHOLE, FURTHER = "cpu_ms_per_site", "cpu_ms_per_further_site"
NEEDED = {
    ("sslyze", WHOLE): 30.0,
    ("sslyze", "connections_per_site"): 19.0,
    ("sslyze", "wall_ms_per_site"): 10.0,
    ("nmap", WHOLE): 3.0,
    ("nmap", "connections_per_site"): 2.0,
}
"""How many times as much the peers must cost."""
GOALS = {
    ("ours, modern sites", WHOLE): 8.0,
    ("ours, modern sites", "connections_per_site"): 30.0,
    ("ours, brief, modern sites", "connections_per_site"): 12.0,
}
"""Old servers need more questions, so the whole mixture has no goal."""

# The sites

_AEAD = (
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
)  # fmt: skip
_OLDER = (
    *_AEAD,
    *("ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA"),
    *("ECDHE-RSA-AES256-SHA", "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-SHA"),
    *("AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES128-SHA", "AES256-SHA"),
)
_OLD_VERSIONS = (Version.TLS10, Version.TLS11, Version.TLS12, Version.TLS13)
MODERN = OpenSsl(ciphers=_AEAD, order=CLIENT)
_OLD = OpenSsl(_OLD_VERSIONS, _OLDER)
_FAULTY = (
    OpenSsl((Version.TLS12,), ("AES128-SHA", "AES256-SHA", "AES128-SHA256")),
    OpenSsl((Version.TLS12,), (*_AEAD, "DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES128-SHA")),
    OpenSsl((Version.TLS12, Version.TLS13), _OLDER, order=CLIENT),
)


@dataclass(frozen=True)
class Site:
    """One server with its loopback address."""

    server: nginx.Server
    address: str

    @property
    def modern(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.server.setup is MODERN


def mixture(count: int) -> list[Site]:
    """So many sites in the assumed shares."""
    found = []
    for n in range(count):
        share = (n * 37) % 100
        setup = MODERN if share < 52 else _OLD if share < 86 else _FAULTY[n % len(_FAULTY)]
        # Where the setup has suites for RSA alone, so has the certificate.
        rsa_only = not any("ECDSA" in name for name in setup.ciphers)
        kind = "ec256" if n % 4 == 0 and not rsa_only else "rsa2048"
        dh = "rfc2409-1024" if any(name.startswith("DHE") for name in setup.ciphers) else ""
        server = nginx.Server(f"site-{n}", setup, (kind,), copy=n, dh=dh)
        found.append(Site(server, f"127.{1 + n // 250}.0.{1 + n % 250}"))
    return found


# The measurement


def main() -> int:
    """Measure, compare, write, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sites", type=int, default=500)
    asked.add_argument("--peers-sites", type=int, help="peers look at the first N alone")
    asked.add_argument("--rtt-ms", type=float, default=30.0)
    asked.add_argument("--runs", type=int, default=1)
    asked.add_argument("--only", nargs="*", help="lookers to run; figures are not written then")
    options = asked.parse_args()
    if nginx.NGINX is None or not sys.platform.startswith("linux"):
        sys.exit("nginx on Linux is needed")
    runs = [_one_run(options, number) for number in range(options.runs)]
    middle = {
        looker: {key: round(statistics.median(run[looker][key] for run in runs), 2) for key in told}
        for looker, told in runs[0].items()
    }
    told = {
        "what": f"{options.sites} mixed sites behind nginx (peers: {options.peers_sites or 'all'}), "
        f"round trip {options.rtt_ms:g} ms; medians of {len(runs)} run(s)",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "settings": {"sslyze": SSLYZE, "nmap": {"processes": NMAP_PROCESSES}},
        "figures": middle,
        "times_ours": _ratios(middle),
        "needed": {f"{peer}: {key}": times for (peer, key), times in NEEDED.items()},
        "goals": {f"{looker}: {key}": goal for (looker, key), goal in GOALS.items()},
    }
    print(json.dumps(told, indent=2))
    missed = _missed(middle)
    if options.only is None:
        RESULTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print("missed: " + ("; ".join(missed) if missed else "nothing"))
    return 1 if missed else 0


def _ratios(figures: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    ours = figures.get("ours")
    keys = (WHOLE, FURTHER, "connections_per_site", "wall_ms_per_site")
    return {
        # Over as many sites as processes nothing is known of a further one.
        peer: {key: round(told[key] / ours[key], 1) for key in keys if key in told and key in ours}
        for peer, told in figures.items()
        if ours is not None and not peer.startswith("ours")
    }


def _missed(figures: Mapping[str, Mapping[str, float]]) -> list[str]:
    ratios = _ratios(figures)
    found = [
        f"{peer} costs {ratios[peer][key]}× our {key}, not {times:g}×"
        for (peer, key), times in NEEDED.items()
        if peer in ratios and ratios[peer][key] < times
    ]
    found += [
        f"{looker}: {key} {figures[looker][key]}, goal {goal:g}"
        for (looker, key), goal in GOALS.items()
        if looker in figures and figures[looker][key] > goal
    ]
    found += [
        f"{looker}: {told['differences']:g} differences"
        for looker, told in figures.items()
        if told["differences"]
    ]
    return found


def _one_run(options: argparse.Namespace, number: int) -> dict[str, dict[str, float]]:
    sites = mixture(options.sites)
    modern, first = [site for site in sites if site.modern], sites[: options.peers_sites]
    lookers = {
        "ours": (sites, _ours("full")),
        "ours, modern sites": (modern, _ours("full")),
        "ours, brief": (sites, _ours("brief")),
        "ours, brief, modern sites": (modern, _ours("brief")),
        "sslyze": (first, _sslyze),
    }
    if shutil.which("nmap"):
        lookers["nmap"] = (first, _nmap)
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        bench = held.enter_context(_served(folder, sites, options.rtt_ms))
        found = {}
        for looker, (among, commands) in lookers.items():
            if options.only is not None and looker not in options.only:
                continue
            found[looker] = bench.measured(among, commands)
            print(f"run {number + 1}, {looker}: {json.dumps(found[looker])}", flush=True)
    return found


@dataclass
class _Run:
    """What one process of a looker cost, and what it wrote."""

    cpu_s: float
    peak_mib: float
    out: bytes


class _Bench:
    """Servers and relay, up."""

    def __init__(self, relay: "subprocess.Popen[str]", port: int, folder: Path) -> None:
        self._relay = relay
        self._port = port
        self._folder = folder

    def measured(self, sites: Sequence[Site], commands: Any) -> dict[str, float]:
        """One looker over these sites; before, one site per process, which shows what a start costs."""
        few = sites[: len(commands(sites, self._port, self._folder))]
        # The first time compiles modules, which is nobody's cost.
        self._timed(commands(few, self._port, self._folder))
        _, starts = self._timed(commands(few, self._port, self._folder))
        self._counts()
        wall_s, runs = self._timed(commands(sites, self._port, self._folder))
        connections = self._counts()
        count = len(sites)
        cpu_ms = sum(run.cpu_s for run in runs) * 1000
        start_ms = sum(run.cpu_s for run in starts) * 1000
        more = count - len(few)
        return {
            WHOLE: round(cpu_ms / count, 2),
            **({FURTHER: round((cpu_ms - start_ms) / more, 2)} if more else {}),
            "connections_per_site": round(connections / count, 2),
            "wall_ms_per_site": round(wall_s * 1000 / count, 1),
            "wall_s": round(wall_s, 2),
            "peak_mib": round(sum(run.peak_mib for run in runs), 1),
            "differences": _differences(sites, [run.out for run in runs]),
        }

    def _counts(self) -> int:
        """Connections since the last question."""
        assert self._relay.stdin is not None
        assert self._relay.stdout is not None
        # What is still on its way belongs to the run that has just ended.
        time.sleep(0.5)
        self._relay.stdin.write("count\n")
        self._relay.stdin.flush()
        return int(self._relay.stdout.readline())

    @staticmethod
    def _timed(commands: Sequence[Sequence[str]]) -> tuple[float, list[_Run]]:
        """All commands at once; the wall of the last, and each one's cost."""
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        started = time.monotonic()
        with ExitStack() as held:
            files = [held.enter_context(tempfile.TemporaryFile()) for _ in commands]
            running = [
                subprocess.Popen(command, stdout=file, stdin=subprocess.DEVNULL, cwd=HOME, env=kept)
                for command, file in zip(commands, files, strict=True)
            ]
            runs = []
            for process, file in zip(running, files, strict=True):
                _, status, used = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
                if process.returncode:
                    sys.exit(f"{process.args!r} ended with {process.returncode}")
                file.seek(0)
                cpu_s = used.ru_utime + used.ru_stime
                runs.append(_Run(cpu_s, used.ru_maxrss / 1024, file.read()))
        return time.monotonic() - started, runs


@contextmanager
def _served(folder: Path, sites: Sequence[Site], rtt_ms: float) -> Iterator[_Bench]:
    crl_port = nginx.free_port()
    papers = Papers(folder, now(), f"http://127.0.0.1:{crl_port}/ca.crl")
    (folder / "root.pem").write_bytes(papers.trust_pem)
    servers = [site.server for site in sites]
    with nginx.served(folder, papers, crl_port, servers) as ports:
        relay_port = nginx.free_port()
        plan = {
            "rtt_s": rtt_ms / 1000,
            "port": relay_port,
            "to": {site.address: ports[site.server.name] for site in sites},
        }
        with subprocess.Popen(
            [sys.executable, "-m", "bench.tls_relay", json.dumps(plan)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=HOME,
            text=True,
        ) as relay:
            try:
                assert relay.stdout is not None
                assert relay.stdout.readline() == "up\n"
                yield _Bench(relay, relay_port, folder)
            finally:
                relay.kill()


# The lookers, as commands


def _ours(depth: str) -> Any:
    def commands(sites: Sequence[Site], port: int, folder: Path) -> list[list[str]]:
        addresses = [site.address for site in sites]
        return [
            [sys.executable, "-m", "bench.tls_looks", depth, str(port), str(folder), *addresses]
        ]

    return commands


def _sslyze(sites: Sequence[Site], port: int, folder: Path) -> list[list[str]]:
    del folder
    return [
        [sys.executable, "-m", "bench.tls_sslyze", str(port)]
        + [site.address for site in sites[number :: SSLYZE["processes"]]]
        for number in range(min(SSLYZE["processes"], len(sites)))
    ]


def _nmap(sites: Sequence[Site], port: int, folder: Path) -> list[list[str]]:
    del folder
    command = ["nmap", "-n", "-Pn", "-sT", "-p", str(port), "--script", "ssl-enum-ciphers"]
    return [
        [*command, "-oX", "-", *(site.address for site in sites[number::NMAP_PROCESSES])]
        for number in range(min(NMAP_PROCESSES, len(sites)))
    ]


# The gate


def _differences(sites: Sequence[Site], outputs: Sequence[bytes]) -> int:
    """Sites whose suites, as a looker saw them, are not those that the server was set up with."""
    seen: dict[str, dict[str, list[int]]] = {}
    for out in outputs:
        seen |= _from_nmap(out) if out.startswith(b"<?xml") else json.loads(out)
    wrong = 0
    for site in sites:
        true = {
            version.value: sorted(numbers)
            for version, numbers in site.server.whole_setup().suites().items()
        }
        told = {v: sorted(numbers) for v, numbers in seen.get(site.address, {}).items() if numbers}
        # A brief look asks for nothing but what a bar forbids.
        if "brief" in seen.get(site.address, {}):
            wrong += told.keys() - {"brief"} != true.keys()
        elif told != true:
            wrong += 1
            print(f"{site.address}: saw {told}, is {true}")
    return wrong


def _from_nmap(out: bytes) -> dict[str, dict[str, list[int]]]:
    numbers = {}
    for version in Version:
        for number in candidates(version):
            one = suite(number)
            numbers[one.name if one else ""] = number
    names = {"SSLv3": "SSL 3", "TLSv1.0": "TLS 1.0", "TLSv1.1": "TLS 1.1", "TLSv1.2": "TLS 1.2"}
    names["TLSv1.3"] = "TLS 1.3"
    found: dict[str, dict[str, list[int]]] = {}
    for host in ET.fromstring(out).iter("host"):  # noqa: S314  Written by nmap just now.
        address = next(a.get("addr", "") for a in host.iter("address"))
        versions: dict[str, list[int]] = {}
        for table in host.iter("table"):
            if table.get("key") in names:
                versions[names[str(table.get("key"))]] = [
                    numbers[_iana(str(row.text))]
                    for row in table.iter("elem")
                    if row.get("key") == "name"
                ]
        found[address] = versions
    return found


def _iana(name: str) -> str:
    """nmap writes the suites of TLS 1.3 in a manner of its own."""
    return name.replace("TLS_AKE_WITH_", "TLS_")


if __name__ == "__main__":
    sys.exit(main())
