"""A small mixture of practice sites in a process of its own, for scans that are stopped and refused."""

from collections.abc import Iterator

import pytest

from scanner.practice.background import BackgroundFleet, serve_in_background

FEW = 40


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackgroundFleet]:
    """Forty sites, good and faulty in turn, none of which keeps a scanner waiting on purpose."""
    with serve_in_background(tmp_path_factory.mktemp("few"), count=FEW) as running:
        yield running
