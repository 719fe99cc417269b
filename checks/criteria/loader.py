"""Editions, citations and the ids of all checks, read from data files; whatever is wrong is told at once.

Nothing here opens a path: shipped data is read as package data, a user's own file arrives as bytes.
"""

import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from checks.criteria.model import Citation, Clause, Criterion, Data, Edition
from checks.spec import Check

AnyCheck = Check[Any]
Table = dict[str, Any]

NO_CHECKS: Mapping[str, AnyCheck] = MappingProxyType({})
_SUFFIX = ".toml"
_CITATIONS = "citations"
_CLOSE_ENOUGH = 0.5


class KnownCheck(Data):
    """One row of ``checks/lists/check-ids.toml``: a check that the catalogue names, built or not."""

    id: str
    family: str
    level: Literal["label", "required", "recommended", "recorded"]
    permission: str = ""
    """The family that a permission must name; empty for the passive set."""
    attested: bool = False
    """Decided by a dated document, never by a probe."""


@dataclass(frozen=True, slots=True)
class CriteriaProblem:
    """One thing wrong in an edition's file: where it stands, what it is, and how to mend it."""

    file: str
    message: str
    mend: str
    criterion: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        whose = f" [{self.criterion}]" if self.criterion else ""
        return f"{where}{whose}: {self.message}. {self.mend}"


class CriteriaError(Exception):
    """An edition's file that cannot be used, with every problem found in it."""

    def __init__(self, problems: Iterable[CriteriaProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shipped() -> tuple[str, ...]:
    """The names of the editions that ship with the program, sorted."""
    folder = resources.files("checks.criteria") / "data"
    names = (entry.name.removesuffix(_SUFFIX) for entry in folder.iterdir())
    return tuple(sorted(name for name in names if name != _CITATIONS))


def load_shipped(name: str, checks: Mapping[str, AnyCheck] = NO_CHECKS) -> Edition:
    """A shipped edition.  Its limits are compared with ``checks`` where those are given."""
    if name not in shipped():
        problem = CriteriaProblem(
            f"{name}{_SUFFIX}", f"no shipped edition is named {name!r}", _nearest(name, shipped())
        )
        raise CriteriaError([problem])
    return parse(_shipped_bytes(name), f"{name}{_SUFFIX}", checks)


def parse(data: bytes, file: str, checks: Mapping[str, AnyCheck]) -> Edition:
    """The edition in a file's bytes; ``CriteriaError`` names every problem in it."""
    text, table = _toml(data, file)
    problems: list[CriteriaProblem] = []
    tell = _Teller(file, text, problems)
    table, sha256 = _whole(table, data, tell)
    if not problems:
        _duplicates(table, tell)
        edition = _edition(table, sha256, tell)
        if edition is not None:
            _compare(edition, checks, tell)
            if not problems:
                return edition
    raise CriteriaError(problems)


def citations() -> dict[str, Citation]:
    """The legal texts and public sources that editions may cite, by id."""
    return dict(_citations())


def known_checks() -> dict[str, KnownCheck]:
    """Every check that the catalogue names, by id, built or not."""
    return dict(_known_checks())


@cache
def _citations() -> Mapping[str, Citation]:
    rows = tomllib.loads(_shipped_bytes(_CITATIONS).decode())["citation"]
    return MappingProxyType({row["id"]: Citation.model_validate(row) for row in rows})


@cache
def _known_checks() -> Mapping[str, KnownCheck]:
    rows = tomllib.loads((resources.files("checks.lists") / "check-ids.toml").read_text("utf-8"))
    return MappingProxyType({row["id"]: KnownCheck.model_validate(row) for row in rows["check"]})


def _shipped_bytes(name: str) -> bytes:
    return (resources.files("checks.criteria") / "data" / f"{name}{_SUFFIX}").read_bytes()


@dataclass(frozen=True, slots=True)
class _Teller:
    """Collects problems of one file and finds the lines they stand on."""

    file: str
    text: str
    problems: list[CriteriaProblem]

    def __call__(
        self, message: str, mend: str, criterion: str = "", line: int | None = None
    ) -> None:
        self.problems.append(CriteriaProblem(self.file, message, mend, criterion, line))

    def line(self, criterion: str, *deeper: str, nth: int = 1) -> int | None:
        """The line where a criterion's id stands, then the first line after it that matches each deeper pattern."""
        lines = self.text.splitlines()
        own = re.compile(rf"""\s*(id|criterion)\s*=\s*["']{re.escape(criterion)}["']""")
        starts = [number for number, line in enumerate(lines, 1) if own.match(line)]
        if len(starts) < nth:
            return None
        found = starts[nth - 1]
        for pattern in deeper:
            rest = enumerate(lines[found - 1 :], found)
            found = next((number for number, line in rest if re.search(pattern, line)), found)
        return found

    def clause_line(self, criterion: str, check: str, limit: str = "") -> int | None:
        """The line of a clause of a criterion, or of one of its limits."""
        deeper = [rf"""\bcheck\s*=\s*["']{re.escape(check)}["']"""]
        if limit:
            deeper.append(rf"\b{re.escape(limit)}\s*=")
        return self.line(criterion, *deeper)


def _toml(data: bytes, file: str) -> tuple[str, Table]:
    try:
        # Editors on Windows put a byte-order mark in front; TOML itself knows none.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = data.count(b"\n", 0, wrong.start) + 1
        problem = CriteriaProblem(file, "the file is not UTF-8", "Save it as UTF-8.", line=line)
        raise CriteriaError([problem]) from None
    try:
        return text, tomllib.loads(text)
    # Beside TOMLDecodeError, Python itself refuses numbers and nestings that are too long.
    except (ValueError, RecursionError) as wrong:
        at = re.search(r"\(at line (\d+), column \d+\)", str(wrong))
        line = int(at[1]) if at else len(text.splitlines())
        what = str(wrong).split(" (at ", maxsplit=1)[0]
        problem = CriteriaProblem(file, f"this is not TOML: {what}", "Mend this line.", line=line)
        raise CriteriaError([problem]) from None


def _whole(table: Table, data: bytes, tell: _Teller) -> tuple[Table, str]:
    """The table with its criteria, those of the edition it extends first, and the hash of all that was read."""
    own: Table = {key: value for key, value in table.items() if key not in _EXTENDING}
    criteria = table.get("criterion", [])
    if not _are_tables(criteria):
        tell("criterion is not a list of tables", "Write [[criterion]] above each one.")
        return own, ""
    if "criteria" in table:
        tell("key 'criteria' is not known", "Did you mean 'criterion'?")
    base_name = table.get("extends")
    if base_name is None:
        for key in sorted(_EXTENDING & table.keys() - {"criterion"}):
            tell(f"{key} is given, and extends is not", "Name the edition that is extended.")
        if not criteria:
            tell("the edition has no criteria", "Write at least one [[criterion]].")
        return {**own, "criteria": criteria}, hashlib.sha256(data).hexdigest()
    if base_name not in shipped():
        mend = _nearest(str(base_name), shipped())
        tell(f"extends names no shipped edition: {base_name!r}", mend)
        return own, ""
    base = _shipped_bytes(base_name)
    taken = _base_criteria(table, tomllib.loads(base.decode())["criterion"], tell)
    sha256 = hashlib.sha256(hashlib.sha256(base).digest() + data).hexdigest()
    return {**own, "criteria": [*taken, *criteria]}, sha256


_EXTENDING = {"criterion", "extends", "override", "leave_out"}


def _base_criteria(table: Table, taken: list[Table], tell: _Teller) -> list[Table]:
    """The base's criteria without those left out, with the limits that are given another value."""
    ids = [criterion["id"] for criterion in taken]
    leave_out = table.get("leave_out", [])
    if not isinstance(leave_out, list):
        tell("leave_out is not a list", 'Write leave_out = ["criterion-id", …].')
        leave_out = []
    for gone in leave_out:
        if gone not in ids:
            tell(f"leave_out names no criterion of the base: {gone!r}", _nearest(str(gone), ids))
    overrides = table.get("override", [])
    if not _are_tables(overrides):
        tell("override is not a list of tables", "Write [[override]] above each one.")
        overrides = []
    clauses = {
        (criterion["id"], clause["check"]): clause
        for criterion in taken
        for clause in (*criterion.get("all_of", ()), *criterion.get("any_of", ()))
    }
    for override in overrides:
        _apply(override, clauses, tell)
    return [criterion for criterion in taken if criterion["id"] not in leave_out]


def _apply(override: Table, clauses: Mapping[tuple[str, str], Table], tell: _Teller) -> None:
    criterion, check = str(override.get("criterion", "")), str(override.get("check", ""))
    limits = override.get("limits")
    if override.keys() != {"criterion", "check", "limits"} or not isinstance(limits, dict):
        mend = 'Write criterion = "…", check = "…" and limits = { … }, and nothing else.'
        tell("an override needs exactly three keys", mend, criterion, tell.line(criterion))
        return
    clause = clauses.get((criterion, check))
    if clause is None:
        pairs = {f"{of} / {asked}": None for of, asked in clauses}
        message = f"override of a clause that the base does not have: {criterion} / {check}"
        tell(message, _nearest(f"{criterion} / {check}", pairs), criterion, tell.line(criterion))
        return
    had = clause.get("limits", {})
    for name in limits:
        if name not in had:
            line = tell.clause_line(criterion, check, name)
            tell(f"{check} has no limit {name!r} in the base", _nearest(name, had), criterion, line)
    clause["limits"] = {**had, **limits}


def _are_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _duplicates(table: Table, tell: _Teller) -> None:
    seen: set[str] = set()
    for criterion in table["criteria"]:
        own = str(criterion.get("id", ""))
        if own in seen:
            # In a file that extends, the first of the two may stand in the base.
            line = tell.line(own, nth=2) or tell.line(own)
            tell(f"criterion id {own!r} is given twice", "Give one of them another id.", own, line)
        seen.add(own)


def _edition(table: Table, sha256: str, tell: _Teller) -> Edition | None:
    try:
        return Edition.model_validate({**table, "sha256": sha256})
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False):
            _shape(error["type"], error["loc"], error["msg"], table, tell)
        return None


def _shape(kind: str, loc: tuple[int | str, ...], said: str, table: Table, tell: _Teller) -> None:
    """Tell one error of shape: a key missing, misnamed or of the wrong kind."""
    if not loc:
        return  # Ids given twice: ``_duplicates`` has told them with their lines.
    criterion, path, model = "", loc, _MODEL_AT[0]
    if loc[:1] == ("criteria",) and len(loc) > 1 and isinstance(loc[1], int):
        criterion = str(table["criteria"][loc[1]].get("id", f"number {loc[1] + 1}"))
        path = loc[2:]
        model = _MODEL_AT[2 if len(path) > 1 else 1]
    key = ".".join(str(part) for part in path)
    name = str(path[-1]) if path else ""
    line = tell.line(criterion, rf"\b{re.escape(name)}\s*=") if criterion else None
    if kind == "missing":
        tell(f"key {key!r} is missing", f"Add {name} = …", criterion, tell.line(criterion))
    elif kind == "extra_forbidden":
        tell(f"key {key!r} is not known", _nearest(name, model.model_fields), criterion, line)
    elif not path:
        message = said.removeprefix("Value error, ").removeprefix(f"criterion {criterion}: ")
        tell(message, "Mend this criterion.", criterion, line)
    else:
        tell(f"key {key!r}: {said}", "Give it a value of the right kind.", criterion, line)


_MODEL_AT: tuple[type[BaseModel], ...] = (Edition, Criterion, Clause)


def _compare(edition: Edition, checks: Mapping[str, AnyCheck], tell: _Teller) -> None:
    """Compare ids and limits with the catalogue and the citations."""
    known, sources = known_checks(), citations()
    probed = {row.id for row in known.values() if not row.attested} | checks.keys()
    attested = {row.id for row in known.values() if row.attested}
    for criterion in edition.criteria:
        for source in criterion.cites:
            if source not in sources:
                line = tell.line(criterion.id, re.escape(source))
                mend = _nearest(source, sources)
                tell(f"citation {source!r} is not known", mend, criterion.id, line)
        document = criterion.attested
        if document is not None and document not in attested:
            line = tell.line(criterion.id, r"\battested\s*=")
            message = f"{document!r} is no attested row of the catalogue"
            tell(message, _nearest(document, attested), criterion.id, line)
        for clause in criterion.clauses:
            for message, mend, limit in _wrong(clause, probed, attested, checks):
                line = tell.clause_line(criterion.id, clause.check, limit)
                tell(message, mend, criterion.id, line)


def _wrong(
    clause: Clause, probed: Set[str], attested: Set[str], checks: Mapping[str, AnyCheck]
) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a clause: message, mend, and the limit it is about."""
    name = clause.check
    if name in attested:
        message = f"check {name!r} is decided by a document, not by a probe"
        yield message, f'Write attested = "{name}".', ""
    elif name not in probed:
        yield f"check {name!r} is not known", _nearest(name, probed), ""
    elif name in checks:
        yield from _limits(checks[name], clause)


def _limits(check: AnyCheck, clause: Clause) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a clause's limits for a check that is built."""
    try:
        check.limits.model_validate(clause.limits)
    except ValidationError as wrong:
        fields = check.limits.model_fields
        for error in wrong.errors(include_url=False):
            name = str(error["loc"][0]) if error["loc"] else ""
            if error["type"] == "missing":
                wanted = getattr(fields[name].annotation, "__name__", str(fields[name].annotation))
                yield f"limit {name!r} of {check.id} is missing", f"Add {name} = <{wanted}>.", ""
            elif error["type"] == "extra_forbidden":
                yield f"{check.id} has no limit {name!r}", _nearest(name, fields), name
            else:
                message = f"limit {name!r} of {check.id}: {error['msg']}, not {error['input']!r}"
                yield message, "Give it a value of the right kind.", name


def _nearest(wanted: str, among: Iterable[str]) -> str:
    """A mend that suggests the nearest name, or lists what there is."""
    names = sorted(among)
    close = difflib.get_close_matches(wanted, names, n=1, cutoff=_CLOSE_ENOUGH)
    if close:
        return f"Did you mean {close[0]!r}?"
    return f"There is {', '.join(names)}." if names else "There is none."
