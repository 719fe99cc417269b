"""The dated lists of a practice fleet: small ones, in the form of the real."""

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

from scanner.practice.site import Place

PRELOADED = "thcs-hoa-sen"
"""The school whose name browsers know beforehand to be https only."""
_HEAD = "// Imagined, in the form of Chromium's transport_security_state_static.json.\n"


def write_lists(folder: Path, places: Iterable[Place], now: dt.datetime) -> None:
    """Write them, dated by the day on which the fleet was started."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = {
        "entries": [
            {"name": "tls-pins-only.example", "policy": "custom", "pins": "practice"},
            *(
                {
                    "name": place.host,
                    "policy": "bulk-1-year",
                    "mode": "force-https",
                    "include_subdomains": True,
                }
                for place in places
                if place.site.id == PRELOADED
            ),
            {"name": "khac-thuchanh.vn", "policy": "bulk-1-year", "mode": "force-https"},
        ]
    }
    text = f"{_HEAD}{json.dumps(listed, indent=1)}\n"
    (folder / f"hsts-preload-{now.date()}.json").write_text(text, encoding="utf-8")
