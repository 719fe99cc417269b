"""The gate's answer as Markdown, for the summary of a CI job; whatever a server sent is text and nothing else."""

import re
from collections.abc import Iterable
from typing import Final

from checks.gating import Result
from reports.gate_view import GateView, RowView
from reports.words import words

MOST: Final = 50
"""A summary is read by people, and GitHub cuts it at one megabyte."""
_MARKS: Final = {Result.PASSED: "✅", Result.FAILED: "❌", Result.COULD_NOT_TELL: "❓"}
# Every ASCII sign that means something to Markdown, to HTML, or to what GitHub makes of both.
_SIGNS: Final = re.compile(r"""[\\`*_{}\[\]<>()#+!|~&@:"'$=^]""")
_WWW: Final = re.compile(r"(?i)(?<=www)\.")


def render(view: GateView) -> bytes:
    """The summary."""
    lines = [f"## {_MARKS[view.result]} {inert(view.title)}", "", f"**{inert(view.verdict)}**", ""]
    lines += [f"- {inert(line)}" for line in (*view.doubts, *view.lines)]
    failing = view.failing
    if failing:
        lines += ["", f"### {inert(view.heads['why_shut'])}", "", *_table(view, failing[:MOST])]
        if len(failing) > MOST:
            lines += ["", inert(words(view.lang).ui("gate.more", n=len(failing) - MOST))]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _table(view: GateView, rows: Iterable[RowView]) -> Iterable[str]:
    heads = ("unit", "site", "check", "level", "was", "now", "seen")
    yield f"| {' | '.join(inert(view.heads[head]) for head in heads)} |"
    yield "| --- " * len(heads) + "|"
    for row in rows:
        told = " ".join(part for part in (row.told, row.advice) if part)
        cells = (row.unit_name, row.site, row.title, row.level_word, row.before, row.now, told)
        yield f"| {' | '.join(inert(cell) for cell in cells)} |"


def inert(text: str) -> str:
    """Text in which Markdown finds no sign: each is written as its number; no line begins or ends in it."""
    one_line = " ".join(text.split())
    told = _SIGNS.sub(lambda sign: f"&#{ord(sign[0])};", one_line)
    return _WWW.sub("&#46;", told)
