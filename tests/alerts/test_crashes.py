"""kill -9 at random moments against receivers that fail one time in five: nothing lost, nothing twice under one key."""

from pathlib import Path

from bench.alerts import kill_often


def test_killed_again_and_again(tmp_path: Path) -> None:
    """A small one of ``python -m bench.alerts``."""
    result = kill_often(10, tmp_path, seed=7, longest_s=3.0)
    assert result.good, result
    assert sum(result.killed_while.values()) + result.rounds_ended_before_the_kill == 10
    assert result.events > 0
    for channel in result.channels.values():
        assert channel.arrived_once == channel.planned > 0
