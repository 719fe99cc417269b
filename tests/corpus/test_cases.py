"""The corpus is whole: every file reads, both parts cover every kind, and the README counts rightly."""

from collections import Counter
from typing import get_args
from urllib.parse import urlsplit

import pytest

from checks.evidence.samples import Chosen
from tests.corpus.cases import HERE, Part, Side, load

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


def test_pages_are_unique() -> None:
    """A page in both parts would tune the detector to what it is tested by."""
    cases = [case for part in get_args(Part) for case in load(part, "injected")]
    texts = Counter(page.html for case in cases for page in case.pages if len(page.html) > 600)
    assert [text[:80] for text, times in texts.items() if times > 1] == []


@EACH_PART
def test_an_injected_case_is_one_site(part: Part) -> None:
    """The home page comes first, as everybody sees it, and further pages are of the same host."""
    for case in load(part, "injected"):
        first = case.pages[0]
        assert (first.chosen, first.searched) == (Chosen.HOME, False), case.name
        assert len({urlsplit(page.url).hostname for page in case.pages}) == 1, case.name


def test_the_corpus_is_large_enough() -> None:
    """The whole and the part held back, on both sides."""
    counts = {
        (part, side): len(load(part, side)) for part in get_args(Part) for side in get_args(Side)
    }
    assert sum(n for (_, side), n in counts.items() if side == "injected") >= 150
    assert sum(n for (_, side), n in counts.items() if side == "lawful") >= 250
    assert counts["held", "lawful"] >= 140
