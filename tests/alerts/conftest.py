"""Receivers on loopback, closed with the test, and a store of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.archive.store import Store
from tests.alerts.receivers import Mail, Webhook
from tests.cli.command import database


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Where the store's file goes."""
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(db: Path) -> Iterator[Store]:
    """A new store."""
    made = Store.open(database(db))
    yield made
    made.close()


@pytest.fixture
def hook() -> Iterator[Webhook]:
    """A webhook that works."""
    made = Webhook()
    yield made
    made.close()


@pytest.fixture
def mail() -> Iterator[Mail]:
    """A mail server that works."""
    made = Mail()
    yield made
    made.close()
