"""One fleet in a process of its own for the tests that look at it from outside."""

from collections.abc import Iterator

import pytest

from scanner.practice.background import BackgroundFleet, serve_in_background
from tests.practice.clients import Seen


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackgroundFleet]:
    """The whole fleet, running."""
    with serve_in_background(tmp_path_factory.mktemp("fleet")) as running:
        yield running


@pytest.fixture(scope="session")
def seen(fleet: BackgroundFleet) -> Seen:
    """Its sites, by id."""
    return Seen(fleet)
