"""The generated docs: a page per check that is built, an index of the catalogue, and the README's quoted ``--help``.

``python -m tests.generated_docs`` writes them; with ``--check`` it writes nothing and exits 1 when one is stale.
"""

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from checks.catalogue import CATALOGUE
from checks.criteria.loader import KnownCheck, known_checks, load_shipped, shipped
from checks.criteria.model import Clause, Criterion, Edition
from checks.spec import Check, Limits
from reports.words import Words
from reports.words import words as words_in
from scanner.cli import cli

HOME = Path(__file__).resolve().parent.parent
FOLDER = HOME / "docs" / "checks"
README = HOME / "README.md"
HEADINGS = ("What it asks", "Why it matters", "How to fix", "Not tested by this check")
WRITTEN = "<!-- Written by `python3 dev.py docs`. Edit {source} instead. -->"

AnyCheck = Check[Any]
_QUOTED_HELP = re.compile(r"```text\n\$ tinnhiem(?P<asked>[a-z ]*) --help\n.*?```", re.DOTALL)


class Undocumented(ValueError):  # noqa: N818  It is read as a sentence.
    """A check whose docstring has not the four headings."""


def main(arguments: list[str]) -> int:
    """Write the pages, or tell which ones are stale."""
    if "--check" in arguments:
        found = stale()
        for name in found:
            sys.stderr.write(f"{name} is stale: run `python3 dev.py docs`\n")
        return 1 if found else 0
    wanted = pages()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in _on_disk() - wanted.keys():
        (HOME / name).unlink()
    for name, text in wanted.items():
        (HOME / name).write_bytes(text.encode())
    return 0


def stale() -> list[str]:
    """The pages on disk that differ from what they should be, are missing, or should not be there."""
    wanted = pages()
    on_disk = _on_disk()
    differing = {
        name
        for name in wanted.keys() & on_disk
        # Git may have given a checkout on Windows other line ends.
        if (HOME / name).read_text(encoding="utf-8") != wanted[name]
    }
    return sorted(differing | (wanted.keys() ^ on_disk))


def pages() -> dict[str, str]:
    """Every page by its place in the repository."""
    editions = tuple(load_shipped(name, CATALOGUE) for name in shipped())
    english, vietnamese = words_in("en"), words_in("vi")
    told = {
        f"docs/checks/{check.id}.md": _page(check, editions, english)
        for check in CATALOGUE.values()
    }
    return told | {
        "docs/checks/index.md": _index(english, vietnamese),
        "README.md": with_help(README.read_text(encoding="utf-8")),
    }


def with_help(text: str) -> str:
    """The text with what the command says of itself in every block that begins with ``$ tinnhiem … --help``."""

    def quoted(block: re.Match[str]) -> str:
        asked = block["asked"]
        said = CliRunner(env={"COLUMNS": "80"}).invoke(
            cli, [*asked.split(), "--help"], prog_name="tinnhiem"
        )
        if said.exit_code != 0:
            raise ValueError(f"tinnhiem{asked} --help: {said.output}")
        return f"```text\n$ tinnhiem{asked} --help\n{said.output}```"

    return _QUOTED_HELP.sub(quoted, text)


def headings(check: AnyCheck) -> dict[str, str]:
    """The four parts of a check's docstring, as Markdown; ``Undocumented`` where one is missing."""
    parts: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in inspect.cleandoc(check.ask.__doc__ or "").splitlines():
        if line and not line.startswith(" "):
            lines = parts.setdefault(line, [])
        else:
            lines.append(line.removeprefix("    "))
    if tuple(parts) != HEADINGS:
        raise Undocumented(f"{check.id}: the docstring needs these headings: {', '.join(HEADINGS)}")
    return {heading: _markdown("\n".join(body).strip()) for heading, body in parts.items()}


def _on_disk() -> set[str]:
    return {f"docs/checks/{path.name}" for path in FOLDER.glob("*.md")} | {"README.md"}


def _page(check: AnyCheck, editions: tuple[Edition, ...], words: Words) -> str:
    source = f"checks/rules/{check.ask.__module__.rpartition('.')[2]}.py"
    known = known_checks()[check.id]
    blocks = [
        WRITTEN.format(source=source),
        f"# {check.id}",
        f"*{words.check(check.id).title}.*",
        f"Family `{check.family}` · level *{known.level}* · revision {check.revision} · "
        f"[{source}](../../{source})",
    ]
    for heading, text in headings(check).items():
        blocks += [f"## {heading}", text]
    blocks += ["## Limits", *_limits(check.limits)]
    blocks += ["## Needs", "\n".join(_need(kind) for kind in check.needs)]
    blocks += ["## Reasons", _reasons(check, words)]
    blocks += ["## Asked by", _asked_by(check, editions)]
    return "\n\n".join(blocks) + "\n"


def _limits(limits: type[Limits]) -> Iterator[str]:
    if not limits.model_fields:
        yield "None: the question has no number in it."
        return
    # A line that begins with a limit's name is an item of a list.
    yield _markdown(re.sub(r"(?m)^(``\w+``: )", r"- \1", inspect.cleandoc(limits.__doc__ or "")))
    rows = [
        f"| `{name}` | {inspect.formatannotation(field.annotation)} |"
        for name, field in limits.model_fields.items()
    ]
    yield "\n".join(("| limit | kind |", "| --- | --- |", *rows))


def _need(kind: Any) -> str:
    about = inspect.cleandoc(kind.__doc__ or "").splitlines()[0]
    return f"- `{kind.kind}`: {_markdown(about)}"


def _reasons(check: AnyCheck, words: Words) -> str:
    told = words.check(check.id).reasons
    if not check.reasons:
        return "None: the outcome says it all."
    lines = [
        f"- `{reason}`: {told[reason]}" if reason in told else f"- `{reason}`"
        for reason in sorted(check.reasons)
    ]
    return "\n".join(lines)


def _asked_by(check: AnyCheck, editions: tuple[Edition, ...]) -> str:
    rows = [
        _asking(edition, criterion, clause)
        for edition in editions
        for criterion in edition.criteria
        for clause in criterion.clauses
        if clause.check == check.id
    ]
    if not rows:
        return "No shipped edition."
    head = ("| edition | criterion | level | limits | evidence at most |", "| --- " * 5 + "|")
    return "\n".join((*head, *rows))


def _asking(edition: Edition, criterion: Criterion, clause: Clause) -> str:
    limits = ", ".join(f"`{name} = {value}`" for name, value in clause.limits.items())
    age = criterion.evidence_max_age_days
    days = "any age" if age is None else f"{age} days old"
    return f"| {edition.name} | `{criterion.id}` | {criterion.level} | {limits or '–'} | {days} |"


def _index(english: Words, vietnamese: Words) -> str:
    known = known_checks()
    built = sum(row.id in CATALOGUE for row in known.values())
    attested = sum(row.attested for row in known.values())
    blocks = [
        WRITTEN.format(source="checks/lists/check-ids.toml"),
        "# The catalogue of checks",
        f"{len(known)} ids: {built} checks are built, {attested} are decided by a dated document, and "
        f"{len(known) - built - attested} are not built yet. A criterion that asks a check which is not "
        "built reads *not tested: not built*; nothing is fulfilled by absence.",
        "Level: *label* is asked by the trust label itself, *required* and *recommended* by the technical "
        "ground, *recorded* is told and never judged.",
    ]
    for family in dict.fromkeys(row.family for row in known.values()):
        rows = [
            f"| {_linked(row)} | {english.check(row.id).title} | {vietnamese.check(row.id).title} | "
            f"{row.level} | {_state(row)} |"
            for row in known.values()
            if row.family == family
        ]
        head = ("| id | when all is well | khi đạt | level | state |", "| --- " * 5 + "|")
        blocks += [f"## {family}", "\n".join((*head, *rows))]
    return "\n\n".join(blocks) + "\n"


def _linked(row: KnownCheck) -> str:
    return f"[`{row.id}`]({row.id}.md)" if row.id in CATALOGUE else f"`{row.id}`"


def _state(row: KnownCheck) -> str:
    if row.attested:
        return "by document"
    state = "built" if row.id in CATALOGUE else "not built"
    return f"{state}; permission must name `{row.permission}`" if row.permission else state


def _markdown(text: str) -> str:
    """Docstrings mark code with two backticks, Markdown with one."""
    return re.sub(r"(?s)``(.+?)``", r"`\1`", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
