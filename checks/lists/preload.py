"""The browsers' HSTS preload list, as Chromium keeps it: JSON with lines of comment (``transport_security_state_static.json``)."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from checks.lists import PreloadList
from checks.lists.unreadable import UnreadableList

_COMMENT: Final = re.compile(r"^[ \t]*//.*$", re.MULTILINE)


def parse(text: str, dated: date, sha256: str) -> PreloadList:
    """The names whose mode is ``force-https``; other entries pin keys, and browsers still reach them over http.

    An entry is forgotten as soon as its name is taken, so that of 150,000 only the names are held.
    """
    names: dict[str, bool] = {}

    def take(entry: dict[str, Any]) -> Mapping[str, Any] | None:
        if "entries" in entry:
            return {"entries": entry["entries"]}
        if entry.get("mode") == "force-https":
            name = entry.get("name")
            if not isinstance(name, str) or not name:
                raise UnreadableList("an entry with the mode force-https has no name")
            names[name.lower()] = entry.get("include_subdomains") is True
        return None

    try:
        # Only the text of comments goes, not their lines, so that a fault keeps its line number.
        whole = json.loads(_COMMENT.sub("", text), object_hook=take)
    except json.JSONDecodeError as wrong:
        raise UnreadableList(f"no JSON: {wrong.msg}", wrong.lineno) from None
    except RecursionError:
        raise UnreadableList("no JSON: nested too deeply") from None
    if not isinstance(whole, dict) or not isinstance(whole["entries"], list):
        raise UnreadableList("no list of entries")
    if not names:
        raise UnreadableList("no entry has the mode force-https")
    return PreloadList(dated, sha256, names)
