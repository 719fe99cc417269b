"""A small mixture of practice sites in a process of its own, for scans that are stopped and refused."""

import os
from collections.abc import Iterator

import pytest

from scanner.practice.background import BackgroundFleet, serve_in_background

FEW = 24


@pytest.fixture(scope="package", autouse=True)
def quick(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings by which a scan looks again at once, for the commands of these tests, in this process or another."""
    file = tmp_path_factory.mktemp("settings") / "quick.yaml"
    file.write_text("confirm: {look_again_after_s: 0}\n", encoding="utf-8")
    before = os.environ.get("TINNHIEM_SETTINGS")
    os.environ["TINNHIEM_SETTINGS"] = str(file)
    try:
        yield
    finally:
        if before is None:
            del os.environ["TINNHIEM_SETTINGS"]
        else:
            os.environ["TINNHIEM_SETTINGS"] = before


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BackgroundFleet]:
    """Two dozen sites, good and faulty in turn, none of which keeps a scanner waiting on purpose."""
    with serve_in_background(tmp_path_factory.mktemp("few"), count=FEW) as running:
        yield running
