"""The dated lists of a practice fleet: small ones, in the form of the real."""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from scanner.practice.ports import INFECTED
from scanner.practice.schools.reputation import LISTED, PAGE_LISTED, WARNED_OF
from scanner.practice.site import Place

PRELOADED = "thcs-hoa-sen"
"""The school whose name browsers know beforehand to be https only."""
STRANGERS = ("doc-hai-thuchanh.example", "nha-cai-thuchanh.example")
"""Hosts of nobody that the block list names too."""
_HEAD = "// Imagined, in the form of Chromium's transport_security_state_static.json.\n"


def write_lists(folder: Path, places: Iterable[Place], now: dt.datetime) -> None:
    """Write them, dated by the day on which the fleet was started."""
    folder.mkdir(parents=True, exist_ok=True)
    everybody = tuple(places)
    for name, text in (
        ("hsts-preload-{day}.json", _preload(_hosts(everybody, PRELOADED))),
        ("blocklist-chan-{day}.hosts", _blocked(_hosts(everybody, LISTED))),
        ("blocklist-urlhaus-{day}.csv", _harmful(_hosts(everybody, PAGE_LISTED))),
        ("national-{day}.txt", _warned_of(_hosts(everybody, WARNED_OF))),
        ("botnet-{day}.netset", _infected()),
    ):
        (folder / name.format(day=now.date())).write_text(text, encoding="utf-8", newline="")


def _hosts(places: Iterable[Place], school: str) -> list[str]:
    """The hosts of a school and of its copies."""
    return [place.host for place in places if place.site.id == school]


def _preload(hosts: Sequence[str]) -> str:
    policy = {"policy": "bulk-1-year", "mode": "force-https"}
    listed = {
        "entries": [
            {"name": "tls-pins-only.example", "policy": "custom", "pins": "practice"},
            *({"name": host, **policy, "include_subdomains": True} for host in hosts),
            {"name": "khac-thuchanh.vn", **policy},
        ]
    }
    return f"{_HEAD}{json.dumps(listed, indent=1)}\n"


def _blocked(hosts: Sequence[str]) -> str:
    """A hosts file; its entry of ``edu.vn`` accuses nobody below."""
    lines = ["# Imagined, in the form of a hosts file.", "127.0.0.1 localhost", "::1 localhost"]
    lines += [f"0.0.0.0 {host}" for host in (*STRANGERS, *hosts, "edu.vn")]
    return "\n".join(lines) + "\n"


def _harmful(hosts: Sequence[str]) -> str:
    """The dump of URLhaus: comments with the heading in the last of them, and quoted rows."""
    text = io.StringIO()
    rows = csv.writer(text, quoting=csv.QUOTE_ALL)
    day = "2026-11-01 08:00:00"
    urls = [f"http://{host}/uploads/cap-nhat.exe" for host in hosts]
    for number, url in enumerate((*urls, f"http://{STRANGERS[0]}/bin.sh"), 1):
        link = f"https://urlhaus.abuse.ch/url/{number}/"
        rows.writerow(
            [number, day, url, "online", day, "malware_download", "exe", link, "thuchanh"]
        )
    head = (
        "################################################################\r\n"
        "# Imagined, in the form of abuse.ch's URLhaus Database Dump (CSV)\r\n#\r\n"
        "# id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\r\n"
    )
    return head + text.getvalue()


def _warned_of(hosts: Sequence[str]) -> str:
    """One name or address a line."""
    lines = ["# Danh sách tưởng tượng.", f"https://{STRANGERS[1]}/", *hosts]
    return "\n".join(lines) + "\n"


def _infected() -> str:
    return f"# Imagined, in the form of a FireHOL netset.\n{INFECTED}\n198.51.100.0/24\n"
