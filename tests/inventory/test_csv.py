"""CSV files as offices send them, and as nobody should."""

import codecs
import hashlib
import os
import time
from pathlib import Path

import pytest

from inventory.readers import read
from tests.inventory.written import (
    HOA_NANG,
    SONG_XANH,
    codes,
    csv_text,
    read_csv,
    school,
    write,
    write_csv,
)

GOOD = csv_text([HOA_NANG, SONG_XANH])
HEADER = GOOD.splitlines()[0]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(GOOD.encode(), id="plain"),
        pytest.param(codecs.BOM_UTF8 + GOOD.encode(), id="IN-1-bom"),
        pytest.param(GOOD.encode("utf-16"), id="IN-2-utf-16-with-bom"),
        pytest.param(codecs.BOM_UTF16_BE + GOOD.encode("utf-16-be"), id="IN-2-big-endian"),
        pytest.param(csv_text([HOA_NANG, SONG_XANH], delimiter=";").encode(), id="semicolons"),
        pytest.param(csv_text([HOA_NANG, SONG_XANH], delimiter="\t").encode(), id="tabs"),
        pytest.param(b"sep=,\r\n" + GOOD.encode(), id="excel-sep-line"),
        pytest.param(GOOD.replace("\r\n", "\n").encode(), id="lf"),
        pytest.param(GOOD.replace("\r\n", "\r").encode(), id="cr"),
        pytest.param(("Danh sách trường,,,,\r\n,,,,\r\n" + GOOD).encode(), id="title-above"),
        pytest.param((GOOD + ",,,,\r\n\r\n").encode(), id="blank-rows-below"),
        pytest.param(GOOD.strip().encode(), id="no-last-line-end"),
        pytest.param(GOOD.upper().replace("HTTPS", "https").encode(), id="upper-case"),
    ],
)
def test_read_alike(tmp_path: Path, content: bytes) -> None:
    """One list, however the file was saved."""
    result = read_csv(tmp_path, content)
    assert codes(result) == []
    assert result.inventory is not None
    assert [unit.id for unit in result.inventory.units] == ["TH-001", "THPT-001"]
    assert [site.host for site in result.inventory.sites] == [
        "th-hoanang.vi-du.edu.vn",
        "thpt-songxanh.vi-du.edu.vn",
    ]
    assert (result.rows_in, result.rows_accepted, result.rows_refused) == (2, 2, 0)


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        pytest.param(GOOD.encode("utf-16-le"), "encoding", "CSV UTF-8", id="IN-2-utf-16-no-bom"),
        pytest.param(HEADER.encode("utf-16-le"), "binary", "offset 1", id="IN-2-plain-letters"),
        pytest.param(GOOD.encode("utf-32"), "encoding-other", "UTF-32", id="utf-32"),
        pytest.param(
            "unit_id,unit_name\n1,Tr\xea\n".encode("cp1258"),
            "encoding",
            "offset 22",
            id="IN-3-1258",
        ),
        pytest.param(
            codecs.BOM_UTF8 + b"a,\xff", "encoding", "offset 5", id="IN-3-offset-counts-the-bom"
        ),
        pytest.param(b"\0\1\2\3\0\0\0\0", "binary", "binary", id="IN-3-binary"),
        pytest.param(b"", "file-empty", "0 units", id="IN-14-empty"),
        pytest.param(HEADER.encode(), "no-rows", "0 units", id="IN-14-header-only"),
        pytest.param(b"\r\n\r\n", "no-header", "header", id="IN-14-blank-lines"),
        pytest.param(
            "\r\n".join(GOOD.splitlines()[1:]).encode(), "no-header", "header", id="IN-13-no-header"
        ),
        pytest.param(
            csv_text([HOA_NANG], delimiter="|").encode(), "no-header", "header", id="IN-13-pipes"
        ),
        pytest.param(
            "M· tr­êng,Tªn tr­êng\n1,Tr­êng\n".encode(), "legacy-text", "TCVN3", id="tcvn3-header"
        ),
        pytest.param(b"<html><table>", "xlsx-html", "HTML", id="html"),
    ],
)
def test_refused_whole(tmp_path: Path, content: bytes, code: str, told: str) -> None:
    """What cannot be read says so once, and never as a list of no schools."""
    result = read_csv(tmp_path, content)
    assert codes(result) == [code]
    assert told in next(p.message + p.mend for p in result.problems if p.code == code)
    assert result.inventory is None
    assert result.rows_in == result.rows_accepted + result.rows_refused == 0


@pytest.mark.parametrize(
    ("content", "expected", "rows"),
    [
        pytest.param(f"{GOOD}{HEADER}\r\n", ["header-again"], (3, 2), id="IN-13-header-twice"),
        pytest.param(f"{GOOD}a,b,thcs,20200,a.vn,x\r\n", ["row-long"], (3, 2), id="IN-13-long"),
        pytest.param(f"{GOOD}a;b;thcs;20200\r\n", ["row-one-cell"], (3, 2), id="IN-13-separator"),
        pytest.param(
            f"{GOOD}TH-9,b,thcs,20200\r\n", ["row-short", "needed"], (3, 2), id="IN-13-short"
        ),
        pytest.param(
            f"{GOOD}TH-9,b,thcs,20200,https://a.vn/\n", ["line-ends"], (3, 3), id="IN-13-line-ends"
        ),
        pytest.param(
            GOOD.replace("unit_name", "unit_id"),
            ["column-twice", "column-missing", "needed", "needed"],
            (2, 0),
            id="column-twice",
        ),
        pytest.param(
            GOOD.replace("unit_name", "unit_nam"),
            ["column-unknown", "column-missing", "needed", "needed"],
            (2, 0),
            id="column-misspelt",
        ),
        pytest.param(
            GOOD.replace("Hoa Nắng", "x" * 5000), ["cell-long"], (2, 1), id="IN-16-cell-over-4-KiB"
        ),
    ],
)
def test_told_by_line(
    tmp_path: Path, content: str, expected: list[str], rows: tuple[int, int]
) -> None:
    """Each fault has its own message, and every row is counted."""
    result = read_csv(tmp_path, content)
    assert codes(result) == expected
    assert (result.rows_in, result.rows_accepted) == rows


def test_misspelt_column_has_a_suggestion(tmp_path: Path) -> None:
    """Did you mean."""
    result = read_csv(tmp_path, GOOD.replace("unit_name", "unit_nam"))
    assert "unit_name" in next(p.mend for p in result.problems if p.code == "column-unknown")


def test_unclosed_quote_is_found_on_its_line(tmp_path: Path) -> None:
    """IN-12: not one row instead of 5,001; the rows below are still read."""
    rows = [school(unit_id=f"TH-{n}", url=f"https://th{n}.vi-du.edu.vn/") for n in range(5001)]
    content = csv_text(rows).replace("TH-0,", '"TH-0,', 1)
    result = read_csv(tmp_path, content)
    errors = [p for p in result.problems if p.severity == "error"]
    assert [(p.code, p.line) for p in errors] == [("quote-open", 2)]
    assert "line 2 never closes" in errors[0].message
    assert (result.rows_in, result.rows_accepted, result.rows_refused) == (5001, 5000, 1)


def test_unclosed_quote_before_another_quote(tmp_path: Path) -> None:
    """The next quote closes it in the middle of a text, which tells it apart."""
    content = f'{HEADER}\r\n1,"A,thcs,20200,a.vn\r\n2,"B, C",thcs,20200,https://b.vn/\r\n'
    result = read_csv(tmp_path, content)
    assert [(p.code, p.line) for p in result.problems if p.severity == "error"] == [
        ("quote-text", 2)
    ]
    assert (result.rows_in, result.rows_accepted) == (2, 1)


def test_quoted_line_breaks_keep_the_count(tmp_path: Path) -> None:
    """A cell of two lines is one row, and lines below it are still named rightly."""
    content = (
        f'{HEADER}\r\n1,"A\r\nB ""C""",thcs,20200,https://a.vn/\r\n2,D,what,20200,https://b.vn/\r\n'
    )
    result = read_csv(tmp_path, content)
    assert [(p.code, p.line, p.column) for p in result.problems if p.severity == "error"] == [
        ("kind", 4, "kind")
    ]
    assert result.rows_in == 2


def test_endless_quotes_stop(tmp_path: Path) -> None:
    """A file of broken quotes is given up in no time."""
    started = time.process_time()
    result = read_csv(tmp_path, f"{HEADER}\n" + '1,"A"x\n' * 20_000)
    assert codes(result)[-1] == "quotes-many"
    assert time.process_time() - started < 20


def test_formula_text_is_data(tmp_path: Path) -> None:
    """IN-9: what a spreadsheet would run is a name here."""
    name = "=cmd|'/c calc'!A0"
    result = read(write_csv(tmp_path, [school(unit_name=name, unit_id="+1")]), lang="en")
    assert result.inventory is not None
    assert result.inventory.units[0].name == name
    assert result.inventory.units[0].id == "+1"


@pytest.mark.heavy
def test_too_many_rows(tmp_path: Path) -> None:
    """IN-17: over the row limit, refused in seconds."""
    started = time.process_time()
    result = read_csv(tmp_path, f"{HEADER}\n" + "1,A,thcs,20200,https://a.vn/\n" * 100_001)
    assert codes(result) == ["too-many-rows"]
    assert time.process_time() - started < 20


def test_too_large(tmp_path: Path) -> None:
    """A million rows are over the size limit before anything is read."""
    path = tmp_path / "million.csv"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024 + 1)
    assert codes(read(path)) == ["file-too-large"]


def test_field_of_20_mb(tmp_path: Path) -> None:
    """IN-16: refused at 4 KiB, with the line; the other row is read."""
    result = read_csv(tmp_path, GOOD.replace("Hoa Nắng", "x" * 20_000_000))
    problem = next(p for p in result.problems if p.code == "cell-long")
    assert (problem.line, problem.column, len(problem.value)) == (2, "unit_name", 80)


def test_not_a_file(tmp_path: Path) -> None:
    """IN-33: folders and missing files are named; only regular files are opened."""
    (tmp_path / "folder.csv").mkdir()
    assert codes(read(tmp_path / "folder.csv")) == ["file-not-regular"]
    assert codes(read(tmp_path / "missing.csv")) == ["file-missing"]
    assert codes(read(write(tmp_path, "list.docx", "x"))) == ["file-kind"]


def test_special_files(tmp_path: Path) -> None:
    """IN-33: pipes, devices and link loops, where the system has them."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("no pipes in this file system")
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    assert codes(read(tmp_path / "pipe.csv")) == ["file-not-regular"]
    assert codes(read(tmp_path / "loop.csv")) == ["file-missing"]
    assert codes(read(Path("/dev/null"))) == ["file-not-regular"]


def test_the_hash_is_of_what_was_read(tmp_path: Path) -> None:
    """Read once, hashed as read."""
    path = write(
        tmp_path, "list.csv", "unit_id,unit_name,kind,commune,url\n1,A,thcs,20200,https://a.vn"
    )
    result = read(path)
    assert result.inventory is not None
    assert result.inventory.source.sha256 == (hashlib.sha256(path.read_bytes()).hexdigest())
    assert result.inventory.source.file == "list.csv"
