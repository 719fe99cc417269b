"""The gate's answer as annotations: workflow commands of GitHub Actions, and a Code Quality file of GitLab."""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from checks.criteria.model import Level
from reports.as_sarif import uri
from reports.gate_view import GateView, RowView, State

MOST: Final = 50
"""GitHub shows ten of a kind for a step; more than this only fills the log."""
_COMMANDS: Final[Mapping[Level, str]] = {
    Level.REQUIRED: "error",
    Level.RECOMMENDED: "warning",
    Level.ADVANCED: "notice",
}
_SEVERITIES: Final[Mapping[Level, str]] = {
    Level.REQUIRED: "critical",
    Level.RECOMMENDED: "major",
    Level.ADVANCED: "minor",
}
_LISTED: Final = frozenset(
    {State.REGRESSED, State.NEW, State.TO_REVIEW, State.NOT_MET, State.KNOWN}
)


def github(view: GateView) -> bytes:
    """A line for each finding that shuts the gate, and one for each doubt."""
    failing = view.failing
    lines = [_command(row) for row in failing[:MOST]]
    if len(failing) > MOST:
        lines.append(f"::notice::{data(f'{view.verdict} (+{len(failing) - MOST})')}")
    lines += [f"::warning::{data(one)}" for one in view.doubts]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _command(row: RowView) -> str:
    place = {"title": f"{row.title} ({row.unit_name})"}
    if row.place is not None:
        place = {"file": row.place.file} | place
        if row.place.line is not None:
            place = {"line": str(row.place.line)} | place
    named = ",".join(f"{name}={value(text)}" for name, text in place.items())
    parts = (f"{row.site}: {row.state_word}.", row.told, row.advice)
    return f"::{_COMMANDS[row.level]} {named}::{data(' '.join(part for part in parts if part))}"


def data(text: str) -> str:
    """The message of a workflow command: one line, whatever is in it."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return plain(text)


def value(text: str) -> str:
    """A property of a workflow command: it ends nowhere but where it ends."""
    return data(text).replace(":", "%3A").replace(",", "%2C")


def plain(text: str) -> str:
    """A line of a log in which no runner finds a command: the older form may begin anywhere (``##[error]``)."""
    while "##" in text:
        text = text.replace("##", "# #")
    return text.replace("::", ": :") if text.lstrip().startswith("::") else text


def gitlab(view: GateView) -> bytes:
    """Code Quality: everything that is not met, by names that stay the same, so that GitLab itself tells what is new."""
    rows = [_issue(row) for row in view.rows if row.fails or row.state in _LISTED]
    text = json.dumps(rows, ensure_ascii=False, indent=1)
    return f"{text}\n".encode("utf-8", "replace")


def _issue(row: RowView) -> dict[str, object]:
    parts: Iterable[str] = (f"{row.title}: {row.state_word}.", row.told, f"({row.unit_name})")
    place = row.place
    return {
        "description": " ".join(part for part in parts if part),
        "check_name": row.check,
        "fingerprint": row.fingerprint,
        "severity": _SEVERITIES[row.level] if row.fails else "info",
        "location": {
            "path": place.file if place is not None else uri(row.site).removeprefix("https://"),
            "lines": {"begin": (place.line if place is not None else None) or 1},
        },
    }
