"""The corpus is whole: every file reads, both parts cover every kind, and the README counts rightly."""

import re
from collections import Counter
from typing import get_args
from urllib.parse import urlsplit

import pytest

from checks.evidence.samples import Chosen
from tests.corpus.cases import HERE, Case, Part, Side, load

LEAST = {"tune": 60, "held": 95}
EACH_PART = pytest.mark.parametrize("part", get_args(Part))


@EACH_PART
@pytest.mark.parametrize("side", get_args(Side))
def test_every_file_reads(part: Part, side: Side) -> None:
    """A case of another form would raise; no file is passed over for its name."""
    files = {file.stem for file in (HERE / part / side).glob("*") if file.name != ".gitkeep"}
    assert {case.name for case in load(part, side)} == files


@EACH_PART
def test_injected_cases_are_enough(part: Part) -> None:
    """Fewer would say little about how many injections are missed."""
    assert len(load(part, "injected")) >= LEAST[part]


def test_names_and_pages_are_unique() -> None:
    """A case in both parts would tune the detector to what it is tested by."""
    cases = [case for part in get_args(Part) for case in load(part, "injected")]
    slugs = Counter(case.name.partition("-")[2] for case in cases)
    texts = Counter(page.html for case in cases for page in case.pages if page.html)
    assert [slug for slug, times in slugs.items() if times > 1] == []
    assert [text[:80] for text, times in texts.items() if times > 1] == []


@EACH_PART
def test_an_injected_case_is_one_site(part: Part) -> None:
    """The home page comes first, as everybody sees it, and further pages are of the same host."""
    for case in load(part, "injected"):
        first = case.pages[0]
        assert (first.chosen, first.searched) == (Chosen.HOME, False), case.name
        assert len({urlsplit(page.url).hostname for page in case.pages}) == 1, case.name


def test_both_parts_cover_every_kind() -> None:
    """Only the comment is in one part: it is rare, and at most a matter to look at."""
    tune, held = ({case.kind for case in load(part, "injected")} for part in get_args(Part))
    assert tune ^ held == {"comment-only"}


def test_readme_counts_rightly() -> None:
    """The table of the README is the count of the files."""
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    section = readme.partition("## Injected")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| (\d+) \| (\d+) \|", section, re.MULTILINE)
    told = {kind: (int(tune), int(held)) for kind, tune, held in rows}
    tune, held = (_kinds(load(part, "injected")) for part in get_args(Part))
    assert told == {kind: (tune[kind], held[kind]) for kind in tune | held}


def _kinds(cases: tuple[Case, ...]) -> Counter[str]:
    return Counter(case.kind for case in cases)
