"""A report appears whole or not at all, and nothing that is not ours suffers."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from reports.write import MANIFEST, WriteRefused, check_out, write

FILES = {"index.html": b"<p>", "units/a.html": b"a", "data/run.json": b"{}"}


def everything(folder: Path) -> set[str]:
    """Paths of all files below a folder."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_new_folder_holds_all_files_and_their_hashes(tmp_path: Path) -> None:
    """The manifest names every file but itself."""
    out = write(FILES, tmp_path / "deep" / "report")
    assert everything(out) == {*FILES, MANIFEST}
    rows = json.loads((out / MANIFEST).read_bytes())["files"]
    assert rows == {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in FILES.items()
    }
    assert list(out.parent.iterdir()) == [out]


def test_an_earlier_report_is_replaced_wholly(tmp_path: Path) -> None:
    """Pages of units that are gone do not stay behind."""
    out = write(FILES, tmp_path / "report")
    write({"index.html": b"2"}, out)
    assert everything(out) == {"index.html", MANIFEST}
    assert (out / "index.html").read_bytes() == b"2"
    assert list(tmp_path.iterdir()) == [out]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    """People make the folder first."""
    (tmp_path / "report").mkdir()
    assert everything(write(FILES, tmp_path / "report")) == {*FILES, MANIFEST}


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(None, id="none"),
        pytest.param(b"not json", id="broken"),
        pytest.param(b'{"made_by": "npm", "files": {}}', id="another-tools"),
        pytest.param(b"[]", id="a-list"),
    ],
)
def test_a_folder_that_is_not_ours_is_refused(tmp_path: Path, manifest: bytes | None) -> None:
    """And stays as it was."""
    (tmp_path / "thesis.docx").write_bytes(b"years")
    if manifest is not None:
        (tmp_path / MANIFEST).write_bytes(manifest)
    before = everything(tmp_path)
    with pytest.raises(WriteRefused):
        check_out(tmp_path)
    with pytest.raises(WriteRefused, match="choose a new or empty folder"):
        write(FILES, tmp_path)
    assert everything(tmp_path) == before
    assert (tmp_path / "thesis.docx").read_bytes() == b"years"


def test_files_that_somebody_put_into_the_report_are_kept(tmp_path: Path) -> None:
    """Beside it, and it is said."""
    out = write(FILES, tmp_path / "v1.report")
    (out / "units" / "notes.txt").write_bytes(b"mine")
    (out / "Thumbs.db").write_bytes(b"litter")
    said: list[str] = []
    write(FILES, out, said.append)
    kept = [p for p in tmp_path.iterdir() if p != out]
    assert [p.name for p in kept] == ["v1.report-kept-2"]
    assert everything(kept[0]) == {"units/notes.txt"}
    assert str(kept[0]) in said[0]


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    """The folder it leads to stays as it was."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    with pytest.raises(WriteRefused, match="symbolic link"):
        write(FILES, tmp_path / "link")
    assert not list((tmp_path / "real").iterdir())


def test_a_dangling_link_is_refused(tmp_path: Path) -> None:
    """Also where it leads nowhere."""
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(WriteRefused, match="symbolic link"):
        write(FILES, tmp_path / "link")


def test_a_link_inside_an_old_report_is_not_followed(tmp_path: Path) -> None:
    """Deleting the old report touches nothing that it points to."""
    out = write(FILES, tmp_path / "report")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.html").write_bytes(b"keep")
    (out / "units" / "a.html").unlink()
    (out / "units").rmdir()
    (out / "units").symlink_to(tmp_path / "other", target_is_directory=True)
    write(FILES, out, lambda _: None)
    assert (tmp_path / "other" / "a.html").read_bytes() == b"keep"


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """It is not overwritten."""
    (tmp_path / "report").write_bytes(b"x")
    with pytest.raises(WriteRefused, match="not a folder"):
        write(FILES, tmp_path / "report")


@pytest.mark.parametrize(
    "name",
    [
        "../x",
        "units/../../x",
        "/etc/x",
        "units//x",
        "./x",
        "",
        ".",
        "a\\b",
        "C:x",
        "nul",
        "units/CON.html",
        "a\0b",
        "tệp",
        MANIFEST,
        "Manifest.JSON",
    ],
)
def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    """Nothing is written at all."""
    with pytest.raises(WriteRefused):
        write({"index.html": b"", name: b"x"}, tmp_path / "report")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("names", [("a.html", "A.html"), ("a", "a/b")])
def test_two_names_for_one_place_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    """Systems that do not tell case apart would lose one of them."""
    with pytest.raises(WriteRefused):
        write(dict.fromkeys(names, b""), tmp_path / "report")


def test_where_the_old_report_is_in_use_the_new_one_takes_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Windows does while a page is open in an office program."""
    out = write(FILES, tmp_path / "report")
    really = os.rename

    def locked(src: Path, dst: Path) -> None:
        if Path(src) == out:
            raise PermissionError(13, "in use")
        really(src, dst)

    monkeypatch.setattr(os, "rename", locked)
    said: list[str] = []
    assert write({"index.html": b"2"}, out, said.append) == tmp_path / "report-2"
    assert everything(out) == {*FILES, MANIFEST}
    assert "report-2" in said[0]
    assert write({"index.html": b"3"}, out, said.append) == tmp_path / "report-3"


def test_where_the_last_step_fails_the_old_report_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing half-made is left."""
    out = write(FILES, tmp_path / "report")
    really = os.rename

    def failing(src: Path, dst: Path) -> None:
        if Path(src).name.endswith(".new"):
            raise OSError(5, "I/O error")
        really(src, dst)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(OSError, match="I/O error"):
        write({"index.html": b"2"}, out)
    assert everything(out) == {*FILES, MANIFEST}
    assert list(tmp_path.iterdir()) == [out]


def test_a_full_disk_leaves_the_old_report(tmp_path: Path) -> None:
    """The limit on file size stands in for it."""
    resource = pytest.importorskip("resource")
    out = write(FILES, tmp_path / "report")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            write({"index.html": b"x" * 10_000}, out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert everything(out) == {*FILES, MANIFEST}
    assert list(tmp_path.iterdir()) == [out]
