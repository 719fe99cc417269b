"""The bench of thirty days, small: what the book says is what was planted."""

from pathlib import Path

from bench.uptime import simulate


def test_days_of_a_small_city(tmp_path: Path) -> None:
    """Every sample counted once, every outage found with its beginning and end, none invented."""
    told = simulate(tmp_path / "uptime.sqlite", sites=40, days=4)
    assert told["counts_that_differ"] == 0
    assert told["worst_difference_pct"] == 0
    assert told["outages_planted"] > 10
    assert told["outages_missed_or_invented"] == 0
    assert told["days_in_strips"] == 40 * 4
