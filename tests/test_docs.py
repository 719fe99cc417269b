"""What the docs say is true: pages fresh, examples work, links lead somewhere, Vietnamese is whole."""

import ast
import inspect
import re
import tomllib
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from checks.catalogue import CATALOGUE
from checks.criteria.loader import known_checks, parse
from checks.evidence.base import Cause
from checks.judge import AnyCheck
from checks.rules import certificates
from checks.spec import Check, Outcome
from inventory.readers import read
from reports.words import SAID, places, slug_of
from scanner.cli.scan import scan_command
from scanner.practice import truth
from scanner.practice.schools import ALL
from scanner.practice.schools import certificates as certificate_schools
from scanner.practice.site import PracticeSite
from tests import generated_docs
from tests.builders.network import finding, tls
from tests.checks import test_certificates as certificate_tables

HOME = generated_docs.HOME
PAGES = sorted(
    path
    for path in (*HOME.glob("*.md"), *(HOME / "docs").rglob("*.md"))
    if not path.name.startswith(".")
)
EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOME)))
READMES = ("README.md", "README.vi.md")
NEW = "certificate-outlives-the-holidays"


def text_of(name: str) -> str:
    return (HOME / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(name), re.MULTILINE | re.DOTALL)


def snippet(file: str, language: str) -> str:
    """The block of add-a-check.md that belongs to a file, which its first line names."""
    head = f"# {file}\n"
    found = [one for one in blocks("docs/add-a-check.md", language) if one.startswith(head)]
    assert len(found) == 1, file
    return found[0]


def run(code: str, beside: dict[str, Any]) -> dict[str, Any]:
    """The names after running a snippet at the foot of a module."""
    names = dict(beside)
    exec(compile(code, "docs/add-a-check.md", "exec"), names)  # noqa: S102  Our own docs.
    return names


# Generated pages


def test_generated_pages_are_fresh() -> None:
    """What is generated says what the code says."""
    assert generated_docs.stale() == []


def test_every_built_check_has_a_page_and_every_id_a_row() -> None:
    """Nothing is left out of the index, built or not."""
    told = generated_docs.pages()
    index = told["docs/checks/index.md"]
    assert {f"docs/checks/{check}.md" for check in CATALOGUE} < told.keys()
    assert all(f"`{check}`" in index for check in known_checks())


def test_a_check_without_its_four_headings_has_no_page() -> None:
    """A docstring that leaves one out is refused by name."""
    healthy = CATALOGUE["certificate-trusted"]
    assert tuple(generated_docs.headings(healthy)) == generated_docs.HEADINGS

    def ask(*_: object) -> Any:
        """
        What it asks
            Nothing.
        """

    poor = Check("poor", "Poor", "tls", (), healthy.limits, ask, frozenset())
    with pytest.raises(generated_docs.Undocumented, match="poor"):
        generated_docs.headings(poor)


# README


@pytest.mark.parametrize("name", READMES)
def test_the_example_inventory_is_accepted(name: str, tmp_path: Path) -> None:
    """Whoever copies the two examples gets no problem, not even a warning."""
    (rows,), (leave,) = blocks(name, "csv"), blocks(name, "yaml")
    inventory, permission = tmp_path / "truong.csv", tmp_path / "permission.yaml"
    inventory.write_text(rows, encoding="utf-8")
    permission.write_text(leave, encoding="utf-8")
    result = read(inventory, permission)
    assert result.problems == ()
    assert result.inventory is not None
    assert (len(result.inventory.units), result.rows_refused) == (3, 0)


@pytest.mark.parametrize("name", READMES)
def test_every_option_of_scan_is_explained(name: str) -> None:
    """The table knows each option, and no other; those for practice alone are told in docs/practice.md."""
    options = {
        option
        for param in scan_command.params
        for option in param.opts
        if "--" in option and not getattr(param, "hidden", False)
    }
    rows = [line for line in text_of(name).splitlines() if line.startswith("| `--")]
    told = set(re.findall(r"`(--[a-z-]+)`", "\n".join(row.split(" | ")[0] for row in rows)))
    assert told == options


def test_both_readmes_tell_the_same() -> None:
    """The Vietnamese half has each picture, each command and each figure that counts something of ours."""
    english, vietnamese = (text_of(name) for name in READMES)
    for pattern in (r"docs/img/[a-z]+\.png", r"^(?:python3|pipx|tinnhiem) .+$"):
        ours = set(re.findall(pattern, english, re.MULTILINE))
        assert ours == set(re.findall(pattern, vietnamese, re.MULTILINE))
    for text in (english, vietnamese):
        numbers = set(re.findall(r"\d+", text))
        assert {str(len(CATALOGUE)), str(len(known_checks())), str(len(ALL))} <= numbers


# Every page


@EACH_PAGE
def test_links_lead_somewhere(page: Path) -> None:
    """A link to a file or heading of ours exists."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert file.is_relative_to(HOME), target
        if anchor:
            assert anchor in anchors(file), target


def anchors(file: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@EACH_PAGE
def test_vietnamese_is_composed(page: Path) -> None:
    """One form of each letter, so that searching finds it; no stray control characters."""
    text = page.read_text(encoding="utf-8")
    assert text == unicodedata.normalize("NFC", text)
    assert not [c for c in text if unicodedata.category(c) in {"Cc", "Cf"} and c != "\n"]


@EACH_PAGE
def test_files_named_in_code_marks_exist(page: Path) -> None:
    """A path of ours in code marks is a file or folder that is there."""
    own = r"`((?:inventory|checks|scanner|reports|tests|docs)/[\w./-]*)`"
    example = {f"docs/checks/{NEW}.md"}
    for path in set(re.findall(own, page.read_text(encoding="utf-8"))) - example:
        assert (HOME / path).exists(), path


def test_pictures_are_small() -> None:
    """A reader on a slow line waits for no picture."""
    pictures = sorted((HOME / "docs" / "img").glob("*.png"))
    assert [picture.stem for picture in pictures] == ["city", "commune", "unit"]
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG\r\n")
        assert picture.stat().st_size < 200_000


def test_every_cause_is_explained_to_operators() -> None:
    """The list of causes in the code and the tables for operators are one list."""
    tables = [line for line in text_of("docs/operations.md").splitlines() if line.startswith("| `")]
    told = re.findall(r"`([a-z0-9-]+)`", "\n".join(line.split(" | ")[0] for line in tables))
    assert sorted(told) == sorted(cause.value for cause in Cause)


def test_dev_tasks_are_told() -> None:
    """Contributors are told each task, and no task that is not there."""
    dev = ast.parse(text_of("dev.py"))
    functions = {node.name for node in dev.body if isinstance(node, ast.FunctionDef)}
    tasks = {name for name in functions if not name.startswith("_")} - {"main"}
    rows = re.findall(r"^\| `python3 dev\.py ([a-z]+)`", text_of("CONTRIBUTING.md"), re.MULTILINE)
    assert sorted(rows) == sorted(tasks)


# Adding a check, slice by slice


@pytest.fixture(scope="module")
def new_check() -> AnyCheck:
    """The example, run at the foot of the module that it belongs to."""
    code = snippet("checks/rules/certificates.py", "python")
    made: AnyCheck = run(code, vars(certificates))[NEW.replace("-", "_")]
    assert isinstance(made, Check)
    return made


def test_the_rule_answers(new_check: AnyCheck) -> None:
    """It is documented, has a bar without defaults, and answers about a healthy site."""
    assert new_check.id == NEW
    assert new_check.id not in CATALOGUE
    generated_docs.headings(new_check)
    assert [field.is_required() for field in new_check.limits.model_fields.values()] == [True]
    assert finding(new_check, tls(), limits={"min_days_left": 10}).outcome is Outcome.MET
    unmet = finding(new_check, tls(), limits={"min_days_left": 100})
    assert (unmet.outcome, unmet.reason) == (Outcome.NOT_MET, "ends-in-the-holidays")


def test_the_table_runs(new_check: AnyCheck) -> None:
    """Each row of the example's table passes, with the annotations it states."""
    beside = vars(certificate_tables) | {"datetime": datetime, new_check.ask.__name__: new_check}
    names = run(snippet("tests/checks/test_certificates.py", "python"), beside)
    table: Callable[..., None] = names["test_outlives_the_holidays"]
    (mark,) = table.pytestmark  # type: ignore[attr-defined]
    assert mark.args[0] == tuple(inspect.signature(table).parameters)
    for row in mark.args[1]:
        table(*row.values)


def test_the_row_is_a_row_of_the_catalogue(new_check: AnyCheck) -> None:
    """It has the keys of the others, and the family of the rule."""
    (row,) = tomllib.loads(snippet("checks/lists/check-ids.toml", "toml"))["check"]
    known = type(next(iter(known_checks().values()))).model_validate(row)
    assert (known.id, known.family) == (new_check.id, new_check.family)


def test_the_edition_loads(new_check: AnyCheck) -> None:
    """The example's edition names the check with every limit it has."""
    data = snippet("nen-tang-website-cua-toi.toml", "toml").encode()
    edition = parse(data, "example.toml", CATALOGUE | {new_check.id: new_check})
    assert [c.check for c in edition.criteria[-1].clauses] == [new_check.id]


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_words_are_whole(new_check: AnyCheck, lang: str) -> None:
    """Every sentence and reason is there, and names only what was measured."""
    words = tomllib.loads(snippet(f"reports/texts/{lang}/checks/tls.toml", "toml"))[new_check.id]
    assert {"title", "asks", "why", "how", "met", "not-met"} <= words.keys()
    assert words["reasons"].keys() == new_check.reasons
    found = finding(new_check, tls(), limits={"min_days_left": 10})
    measured = {slug_of(one.name) for one in found.measured}
    said = [words[outcome.value] for outcome in SAID if outcome.value in words]
    for text in (*said, *words["reasons"].values()):
        assert places(text) <= measured


def test_the_practice_school_is_one(new_check: AnyCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example's school has a whole truth once the id stands in the list."""
    monkeypatch.setattr(truth, "CHECKS", (*truth.CHECKS, new_check.id))
    code = snippet("scanner/practice/schools/certificates.py", "python")
    school = eval(  # noqa: S307  Our own docs.
        compile(code, "docs/add-a-check.md", "eval"), dict(vars(certificate_schools))
    )
    assert isinstance(school, PracticeSite)
    assert school.truth[new_check.id] == truth.NOT_MET


# Nothing of a workplace


def test_no_path_of_a_machine_stands_in_the_docs() -> None:
    """Pages are read anywhere."""
    for page in PAGES:
        assert not re.search(r"(?<!\w)/(?:home|root|work|tmp)/", page.read_text(encoding="utf-8"))
