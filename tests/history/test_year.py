"""A short year: every planted change is told once, within two runs, and nothing else is told as worse."""

from pathlib import Path

from tests.history.year import Year, table


def test_a_short_year(tmp_path: Path) -> None:
    """Flapping, walls, a builder's fault, new rules, a scanner offline and one with a broken list of roots."""
    year = Year(tmp_path / "year.sqlite", units=30, days=54)
    outcome = year.run()
    found = table(year, outcome)
    assert outcome.held == [year.plan.offline, year.plan.broken_store]
    assert found.told_once == found.planted, found
    assert (found.missed, found.late, found.twice) == ([], [], [])
    assert (found.false_worse, found.false_better) == ([], [])
    assert found.rules_changed == {"hsts-enforced": 3}
    assert found.over, "what was told of a school that closed is told to be over"
    assert sum(found.planted.values()) > 15
