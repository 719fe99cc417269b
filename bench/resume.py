"""Kill a scan of 500 practice sites in the middle, go on with it, and count what was looked at twice.

``python3 dev.py bench resume [--sites N]``.  The servers count who is contacted: a site whose evidence was
durable when the scan was killed must not be contacted again, and none may be missing in the end.
"""

import argparse
import json
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from bench.scan import RESULTS, command, differences
from scanner.practice.background import serve_in_background


def main() -> int:
    """Kill, resume, compare, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sites", type=int, default=500)
    sites = asked.parse_args().sites
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        serve_in_background(Path(folder) / "fleet", sites) as fleet,
    ):
        home = Path(folder)
        process = subprocess.Popen(command(fleet, home), stdout=subprocess.DEVNULL)
        while len(_done(home)) < sites // 2:
            if process.poll() is not None:
                sys.exit("the scan ended before it could be killed")
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        kept = _done(home)
        before = fleet.stats()["connections_by_host"]
        subprocess.run([*command(fleet, home), "--resume"], stdout=subprocess.DEVNULL, check=True)
        after = fleet.stats()["connections_by_host"]
        contacted = {host for host in after if after[host] != before.get(host, 0)}
        told = {
            "what": f"kill -9 in the middle of a scan of {sites} practice sites, then --resume",
            "durable_when_killed": len(kept),
            "looked_at_twice": sum(urlsplit(site).hostname in contacted for site in kept),
            "missing_in_the_end": sites - len(_done(home)),
            "differences_from_truth": differences(fleet, home / "out"),
        }
    RESULTS.with_name("resume.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(told, indent=2))
    return int(
        any(told[k] for k in ("looked_at_twice", "missing_in_the_end", "differences_from_truth"))
    )


def _done(home: Path) -> set[str]:
    """The sites whose evidence is durable, as another program reads the file."""
    try:
        file = f"file:{(home / 'bench.sqlite').as_posix()}?mode=ro"
        with closing(sqlite3.connect(file, uri=True, timeout=5)) as db:
            return {site for (site,) in db.execute("SELECT site FROM looks")}
    except sqlite3.OperationalError:
        # The tables are not built yet.
        return set()


if __name__ == "__main__":
    sys.exit(main())
