"""Files that are written whole or not at all."""

import sys
from pathlib import Path

import pytest

from scanner.whole_file import write_whole


def test_it_replaces_what_was_there(tmp_path: Path) -> None:
    """And leaves nothing else."""
    file = tmp_path / "số liệu.prom"
    for data in (b"first and longer", b"second"):
        write_whole(file, data)
        assert file.read_bytes() == data
    assert [one.name for one in tmp_path.iterdir()] == [file.name]
    if sys.platform != "win32":
        assert file.stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_replaced_stays(tmp_path: Path) -> None:
    """Nothing half written is left beside it."""
    file = tmp_path / "folder"
    (file / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match=r"folder") as refused:
        write_whole(file, b"data")
    assert (refused.value.filename, refused.value.filename2) == (str(file), None)
    assert [one.name for one in tmp_path.iterdir()] == ["folder"]
    assert [one.name for one in file.iterdir()] == ["inside"]
