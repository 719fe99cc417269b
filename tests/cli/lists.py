"""Small inventories, written as an operator would, and the fleet's own with something changed."""

import json
import re
from pathlib import Path
from typing import Any

PERMISSION: dict[str, Any] = {
    "reference": "01/GP-THU",
    "granted_by": "Sở Giáo dục và Đào tạo (thử)",
    "granted_on": "2020-01-01",
    "expires_on": "2099-12-31",
    "hosts": ["*.thu.edu.vn"],
    "contact": "thu@thu.example",
}


def written(
    folder: Path,
    name: str = "inventory.json",
    *,
    urls: tuple[str, ...] = ("https://mot.thu.edu.vn/",),
    permission: dict[str, Any] | None = PERMISSION,
    **row: object,
) -> Path:
    """An inventory of one unit per address; fields of ``row`` go into every row."""
    told: dict[str, object] = {"permission": permission} if permission is not None else {}
    told["rows"] = [
        {
            "unit_id": f"truong-{number}",
            "unit_name": f"Trường thử số {number}",
            "kind": "thcs",
            "commune": "20242",
            "manager": "commune",
            "url": url,
            **row,
        }
        for number, url in enumerate(urls, 1)
    ]
    path = folder / name
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def changed(inventory: Path, into: Path, **fields: object) -> Path:
    """The fleet's inventory with lines of its permission replaced, or taken out where ``None``."""
    text = inventory.read_text(encoding="utf-8")
    for name, value in fields.items():
        line = "" if value is None else f"  {name}: {json.dumps(value)}\n"
        text, times = re.subn(rf"^  {name}: .*\n", line, text, flags=re.MULTILINE)
        if not times:
            text = text.replace("permission:\n", f"permission:\n{line}", 1)
    path = into / "changed.yaml"
    path.write_text(text, encoding="utf-8")
    return path
