"""The bars that the checks keep over the corpus: nobody is accused wrongly, hardly anything is missed."""

import pytest

from checks.spec import Outcome
from tests.corpus.cases import Part
from tests.corpus.judged import figures, told


@pytest.mark.parametrize("part", ["tune", "held"])
def test_the_bars_hold(part: Part) -> None:
    """Precision of *not-met* and recall of *not-met or needs-review*; nothing breaks."""
    injected, lawful = told(part, "injected"), told(part, "lawful")
    counts = figures(injected, lawful)
    assert counts.precision >= 0.99
    assert counts.recall >= 0.95
    assert not [one.case.name for one in (*injected, *lawful) if one.outcome is Outcome.BROKEN]
