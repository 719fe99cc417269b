"""The house is in order: one list of everything, arrows that only look back, nothing of this machine in it."""

import inspect
import pkgutil
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from checks import rules
from checks.catalogue import CATALOGUE, RULE_MODULES
from checks.criteria.loader import known_checks
from scanner.cli.options import FAMILIES
from scanner.collect import PAYLOADS
from scanner.practice import truth
from tests.cli.command import HOME

TUTORIAL = "certificate-outlives-the-holidays"
"""The check that docs/add-a-check.md adds; its files are not there."""
HEADINGS = ["What it asks", "Why it matters", "How to fix", "Not tested by this check"]
PACKAGES = {"inventory", "checks", "scanner", "reports"}
EACH_CHECK = pytest.mark.parametrize("check", sorted(CATALOGUE))


def test_every_rule_module_is_in_the_catalogue() -> None:
    """A module on disk that nobody lists would never be asked."""
    on_disk = {module.name for module in pkgutil.iter_modules(rules.__path__)}
    assert on_disk == {module.__name__.rpartition(".")[2] for module in RULE_MODULES}


@EACH_CHECK
def test_every_check_tells_its_four_headings(check: str) -> None:
    """In their order, each with something below it: the docs page is made of them."""
    text = inspect.cleandoc(CATALOGUE[check].ask.__doc__ or "")
    lines = text.splitlines()
    headings = [line for line in lines if line and not line.startswith(" ")]
    assert headings == HEADINGS
    below = [lines[lines.index(heading) + 1] for heading in HEADINGS]
    assert all(line.strip() for line in below)


@EACH_CHECK
def test_every_check_is_a_known_one(check: str) -> None:
    """The id stands in the list of all ids, under the same family, which an operator can choose."""
    known = known_checks()[check]
    assert CATALOGUE[check].family == known.family
    assert known.family in FAMILIES
    assert not known.attested


@EACH_CHECK
def test_every_check_reads_what_is_collected(check: str) -> None:
    """A need that no probe fills would read *not-run* for ever."""
    needs = CATALOGUE[check].needs
    assert needs
    assert set(needs) <= set(PAYLOADS.values())


@EACH_CHECK
def test_every_check_has_its_truth_in_the_fleet(check: str) -> None:
    """A check that the practice fleet does not know was never seen to work."""
    assert check in truth.CHECKS


def test_no_other_distribution_has_our_names() -> None:
    """The four packages have plain names; an environment that holds others of that name is not ours."""
    others: set[str] = set()
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name == "tinnhiem":
            continue
        tops = {file.parts[0].removesuffix(".py") for file in distribution.files or ()}
        others |= {f"{name}: {top}" for top in tops & PACKAGES}
    assert others == set()


def test_contracts_are_kept() -> None:
    """Imports only look back; import-linter says where they do not."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=HOME,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Contracts: \d+ kept, 0 broken", done.stdout), done.stdout


def _tracked() -> list[Path]:
    git = ["git", "-c", f"safe.directory={HOME}", "ls-files", "-z", "--cached", "--others"]
    try:
        done = subprocess.run(  # noqa: S603  A fixed question to git, no shell.
            [*git, "--exclude-standard"], cwd=HOME, capture_output=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no checkout: git lists no files")
    found = [HOME / name.decode() for name in done.stdout.split(b"\0") if name]
    return [path for path in found if path.is_file()]


# Written in pieces, so that this file does not find itself.
_MACHINE = re.compile("|".join(f"/{place}/" for place in ("work", "root", "home/[a-z]", "Users")))
_INDEX = re.compile("files\\." + "pythonhosted|pypi\\." + "org/simple|--(extra-)?" + "index-url")


@pytest.mark.parametrize(
    "pattern", [pytest.param(_MACHINE, id="machine"), pytest.param(_INDEX, id="index")]
)
def test_nothing_of_one_machine_is_in_the_files(pattern: re.Pattern[str]) -> None:
    """No path of a developer's machine and no address of a package index: both age badly."""
    found = []
    for path in _tracked():
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path.relative_to(HOME)}: {hit[0]}" for hit in pattern.finditer(text)]
    assert found == []


def _pages() -> list[Path]:
    return sorted([*HOME.glob("*.md"), *(HOME / "docs").rglob("*.md")])


def test_files_that_the_docs_name_are_there() -> None:
    """A page that sends a reader to a file that moved is worse than none."""
    named = re.compile(r"`((?:inventory|checks|scanner|reports|tests|docs|locks)/[\w./-]+\.\w+)`")
    gone = [
        f"{page.relative_to(HOME)}: {name}"
        for page in _pages()
        for name in named.findall(page.read_text(encoding="utf-8"))
        if not (HOME / name).exists() and TUTORIAL not in name
    ]
    assert gone == []
