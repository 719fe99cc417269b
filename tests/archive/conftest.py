"""Stores in a folder of their own, closed with the test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanner.archive.store import Store
from tests.cli.command import database

Opened = Callable[[], Store]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Where the store's file goes."""
    return tmp_path / "store.sqlite"


@pytest.fixture
def opened(db: Path) -> Iterator[Opened]:
    """Opens the store, as often as asked."""
    stores: list[Store] = []

    def open_it() -> Store:
        stores.append(Store.open(database(db)))
        return stores[-1]

    yield open_it
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Opened) -> Store:
    """A new store."""
    return opened()
