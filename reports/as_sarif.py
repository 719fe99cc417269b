"""The gate's answer as SARIF 2.1.0, for code scanning: what is not met or needs a person, with stable names."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from checks.criteria.model import Level
from checks.gating import Result
from checks.spec import Outcome
from reports.gate_view import GateView, RowView, RuleView, State

SCHEMA_URI: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS: Final[Mapping[Level, str]] = {
    Level.REQUIRED: "error",
    Level.RECOMMENDED: "warning",
    Level.ADVANCED: "note",
}
_TOLD: Final = frozenset(State) - {
    State.MET,
    State.NOT_APPLICABLE,
    State.UNTESTED,
    State.BROKEN,
}
_BASELINE: Final[Mapping[State, str]] = {
    State.REGRESSED: "new",
    State.NEW: "new",
    State.TO_REVIEW: "new",
    State.KNOWN: "unchanged",
}


def render(view: GateView, docs_url: str = "") -> bytes:
    """One log with one run.  ``docs_url`` is where the project's ``docs/`` can be read, ending in a slash."""
    # It pulls half a second of models, and most runs of the program never ask for it.
    from sarif_pydantic import Sarif  # type: ignore[import-untyped]  # noqa: PLC0415

    index = {rule.id: at for at, rule in enumerate(view.rules)}
    log = {
        "$schema": SCHEMA_URI,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "tinnhiem",
                        "version": view.version or "0",
                        "language": view.lang,
                        "rules": [_rule(rule, docs_url) for rule in view.rules],
                    }
                },
                "automationDetails": {"id": "tinnhiem/gate/"},
                "invocations": [_invocation(view)],
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    "%SRCROOT%": {"description": {"text": "The root of the repository."}}
                },
                "results": [
                    _result(row, index[row.check]) for row in view.rows if row.state in _TOLD
                ],
                "properties": {"run": view.run},
            }
        ],
    }
    checked = Sarif.model_validate(log)
    text = checked.model_dump_json(by_alias=True, exclude_none=True, indent=1)
    return f"{text}\n".encode("utf-8", "replace")


def escaped(text: str) -> str:
    """Text of a message: no link in it, and no placeholder (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    text = text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return text.replace("{", "{{").replace("}", "}}")


def _rule(rule: RuleView, docs_url: str) -> dict[str, Any]:
    page = f"checks/{rule.id}.md"
    steps = "\n".join(f"{at}. {step}" for at, step in enumerate(rule.how, 1))
    parts = [part for part in (rule.asks, rule.why, steps) if part] or [rule.title]
    told: dict[str, Any] = {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.asks or rule.title},
        "help": {"text": "\n\n".join(parts), "markdown": "\n\n".join(parts)},
        "defaultConfiguration": {"level": LEVELS[rule.level]},
        "properties": {"tags": ["security", rule.level.value], "docs": f"docs/{page}"},
    }
    if docs_url:
        told["helpUri"] = docs_url + page
    return told


def _invocation(view: GateView) -> dict[str, Any]:
    told = [{"level": "note", "message": {"text": escaped(line)}} for line in view.lines]
    doubts = [{"level": "warning", "message": {"text": escaped(one)}} for one in view.doubts]
    return {
        "executionSuccessful": view.result is not Result.COULD_NOT_TELL,
        "startTimeUtc": view.began_at,
        "endTimeUtc": view.ended_at,
        "toolExecutionNotifications": [
            {"level": "note", "message": {"text": escaped(view.verdict)}},
            *doubts,
            *told,
        ],
    }


def _result(row: RowView, rule_index: int) -> dict[str, Any]:
    kind = _kind(row)
    told: dict[str, Any] = {
        "ruleId": row.check,
        "ruleIndex": rule_index,
        "kind": kind,
        # Only what fails has a level (SARIF 2.1.0, 3.27.10).
        "level": LEVELS[row.level] if kind == "fail" else "none",
        "message": {"text": escaped(_message(row))},
        "locations": [_location(row)],
        "partialFingerprints": {
            "tinnhiem/v1": row.fingerprint,
            # GitHub reads this name alone; without it a row that moves in the file would be another alert.
            "primaryLocationLineHash": f"{row.fingerprint}:1",
        },
        "properties": {
            "unit": row.unit,
            "unitName": row.unit_name,
            "manager": row.manager,
            "site": row.site,
            "state": row.state.value,
            "shutsTheGate": row.fails,
        },
    }
    if row.state in _BASELINE:
        told["baselineState"] = _BASELINE[row.state]
    if row.excuse:
        told["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": row.excuse}
        ]
    return told


def _kind(row: RowView) -> str:
    if row.state is State.LOST:
        return "open"
    return "fail" if row.outcome is Outcome.NOT_MET else "review"


def _message(row: RowView) -> str:
    parts = (
        f"{row.title}: {row.state_word}.",
        row.told,
        row.advice,
        f"({row.unit_name}, {row.site})",
    )
    return " ".join(part for part in parts if part)


def _location(row: RowView) -> dict[str, Any]:
    site = uri(row.site)
    logical = [
        {"name": row.unit_name, "fullyQualifiedName": f"{row.unit} {site}", "kind": "resource"}
    ]
    if row.place is None:
        place: dict[str, Any] = {"artifactLocation": {"uri": site}}
    else:
        place = {"artifactLocation": {"uri": uri(row.place.file), "uriBaseId": "%SRCROOT%"}}
        if row.place.line is not None:
            place["region"] = {"startLine": row.place.line}
    return {"physicalLocation": place, "logicalLocations": logical}


def uri(text: str) -> str:
    """A URI or a path as RFC 3986 writes it; what is percent-encoded already stays so."""
    return quote(text, safe="/:@!$&'()*+,;=?-._~%#")
