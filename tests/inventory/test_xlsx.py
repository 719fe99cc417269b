"""Workbooks: what Excel saves, and what somebody built to hurt."""

import io
import tracemalloc
import zipfile
import zlib
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from inventory.readers import read
from inventory.readers.workbook import letters, position, rows_of
from tests.inventory.written import (
    HOA_NANG,
    LEAVE,
    SONG_XANH,
    codes,
    repacked,
    write,
    write_xlsx,
)

ROWS = [HOA_NANG, SONG_XANH]
SHEET = "xl/worksheets/sheet1.xml"


def changed(tmp_path: Path, change: Any) -> list[tuple[str, int | None, str | None]]:
    """The problems of a healthy workbook after a change."""
    result = read(write_xlsx(tmp_path, ROWS, change=change), lang="en")
    assert result.rows_in == result.rows_accepted + result.rows_refused
    return [(p.code, p.line, p.column) for p in result.problems if p.code != "permission-missing"]


def test_healthy(tmp_path: Path) -> None:
    """Two rows, no problem, the sheet named nowhere but in problems."""
    result = read(write_xlsx(tmp_path, ROWS))
    assert codes(result) == []
    assert result.rows_in == result.rows_accepted == 2


def test_titles_above_and_other_sheets(tmp_path: Path) -> None:
    """A title, even merged, and a cover sheet do no harm; hidden sheets are not read."""

    def change(book: openpyxl.Workbook) -> None:
        sheet = book["Danh sách"]
        sheet.insert_rows(1, 3)
        sheet["A1"] = "=TODAY()"
        sheet.merge_cells("A1:E1")
        cover = book.create_sheet("Bìa", 0)
        cover["A1"] = "Danh sách trường"
        hidden = book.create_sheet("Cũ", 0)
        hidden.append(list(HOA_NANG))
        hidden.append(["X", "Y", "thcs", "20200", "https://x.vn/"])
        hidden.sheet_state = "veryHidden"

    assert changed(tmp_path, change) == []


def test_formula(tmp_path: Path) -> None:
    """IN-10: the cell is named, its cached value is not trusted."""

    def change(book: openpyxl.Workbook) -> None:
        book["Danh sách"]["B2"] = '="Trường "&"A"'

    found = changed(tmp_path, change)
    assert ("formula", 2, "B2") in found


def test_merged(tmp_path: Path) -> None:
    """IN-11: the range is named, its rows are refused."""

    def change(book: openpyxl.Workbook) -> None:
        book["Danh sách"].merge_cells("D2:D3")

    assert ("merged", 2, "D2:D3") in changed(tmp_path, change)


def test_error_value(tmp_path: Path) -> None:
    """#N/A is no name."""

    def change(book: openpyxl.Workbook) -> None:
        book["Danh sách"]["B3"] = "#N/A"
        book["Danh sách"]["B3"].data_type = "e"

    assert ("cell-error", 3, "B3") in changed(tmp_path, change)


def test_numbers_and_dates(tmp_path: Path) -> None:
    """12.0 is 12, and a column of codes that holds numbers may have lost its zeros."""

    def change(book: openpyxl.Workbook) -> None:
        sheet = book["Danh sách"]
        sheet["A2"] = 12
        sheet["D2"] = 20200
        sheet["F1"] = "Hạn tên miền"
        sheet["F2"] = date(2027, 1, 31)

    result = read(write_xlsx(tmp_path, ROWS, change=change), lang="en")
    assert codes(result) == ["numbers-as-codes"]
    assert result.inventory is not None
    assert result.inventory.units[0].id == "12"
    assert result.inventory.sites[0].registration_expires_on == date(2027, 1, 31)


def test_link_text_is_no_address(tmp_path: Path) -> None:
    """A link shows its text to us; the message says what to do."""

    def change(book: openpyxl.Workbook) -> None:
        book["Danh sách"]["E2"] = "Trang web"
        book["Danh sách"]["E2"].hyperlink = "https://a.vn/"

    result = read(write_xlsx(tmp_path, ROWS, change=change), lang="en")
    assert [(p.code, p.sheet, p.line, p.column, p.value) for p in result.problems[1:]] == [
        ("address-signs", "Danh sách", 2, "url", "Trang web")
    ]
    assert "type the address itself" in result.problems[1].mend


def test_permission_sheet(tmp_path: Path) -> None:
    """Two columns, Vietnamese labels, a list over several rows."""

    def change(book: openpyxl.Workbook) -> None:
        sheet = book.create_sheet("Cho phép")
        for row in [
            ("Mục", "Giá trị"),
            ("Số văn bản", "123/QĐ-VIDU"),
            ("Cơ quan cho phép", "Sở"),
            ("Ngày cho phép", date(2026, 11, 1)),
            ("Ngày hết hạn", "01/11/2027"),
            ("Tên miền", "*.vi-du.edu.vn"),
            (None, "so.vi-du.vn; khac.vi-du.vn"),
            ("Cổng", 443),
            ("Liên hệ", "a@vi-du.vn"),
        ]:
            sheet.append(row)

    result = read(write_xlsx(tmp_path, ROWS, change=change), lang="en")
    assert codes(result) == []
    assert result.inventory is not None
    leave = result.inventory.permission
    assert leave is not None
    assert leave.hosts == ("*.vi-du.edu.vn", "so.vi-du.vn", "khac.vi-du.vn")
    assert (leave.granted_on, leave.expires_on) == (date(2026, 11, 1), date(2027, 11, 1))
    assert leave.ports == (443,)


def test_permission_sheet_faults(tmp_path: Path) -> None:
    """Unknown and repeated labels are told by row."""

    def change(book: openpyxl.Workbook) -> None:
        sheet = book.create_sheet("permission")
        for name, value in [*LEAVE.items(), ("hots", "x.vn"), ("contact", "b")]:
            sheet.append((name, value))

    found = changed(tmp_path, change)
    assert found == [("key-unknown", 7, "hots"), ("key-twice", 8, "contact")]


def test_far_corner(tmp_path: Path) -> None:
    """IN-20: one cell in the last row stops the reader, not the machine."""

    def change(book: openpyxl.Workbook) -> None:
        book["Danh sách"]["XFD1048576"] = "x"

    assert changed(tmp_path, change) == [("too-many-rows", 1048576, None)]


def test_far_column(tmp_path: Path) -> None:
    """IN-20: the same to the right."""

    def change(book: openpyxl.Workbook) -> None:
        book["Danh sách"]["XFD2"] = "x"

    assert changed(tmp_path, change) == [("xlsx-wide", None, "XFD")]


def test_claimed_extent(tmp_path: Path) -> None:
    """IN-20: a dimension is a claim; only cells count."""
    path = write_xlsx(tmp_path, ROWS)
    with zipfile.ZipFile(path) as package:
        xml = package.read(SHEET)
    repacked(path, {SHEET: xml.replace(b'ref="A1:E3"', b'ref="A1:XFD1048576"')})
    assert codes(read(path)) == []


def test_bomb_that_tells(tmp_path: Path) -> None:
    """IN-18: declared sizes are added up before anything is unpacked, in little memory."""
    path = repacked(write_xlsx(tmp_path, ROWS), {})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as package,
        package.open("xl/media/big.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(210):
            part.write(bytes(1 << 20))
    tracemalloc.start()
    assert codes(read(path)) == ["xlsx-large"]
    assert tracemalloc.get_traced_memory()[1] < 100 * 1024 * 1024
    tracemalloc.stop()


def test_bomb_that_lies(tmp_path: Path) -> None:
    """IN-18: what counts is what comes out, whatever the header says."""
    path = write_xlsx(tmp_path, ROWS)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(b"<a>") + b"".join(
        packer.compress(b" " * (1 << 20)) for _ in range(210)
    )
    packed += packer.flush()
    repacked(path, {"xl/big.xml": b"HERE"})
    with zipfile.ZipFile(path) as package:
        infos = {info.filename: info for info in package.infolist()}
        others = {name: package.read(name) for name in infos if name != "xl/big.xml"}
    honest = io.BytesIO()
    with zipfile.ZipFile(honest, "w") as package:
        for name, content in others.items():
            package.writestr(name, content)
        package.writestr("xl/big.xml", packed)
    data = bytearray(honest.getvalue())
    # Stored bytes declared as deflated, of four bytes when unpacked: in the package's directory.
    at = data.rindex(b"xl/big.xml") - 46
    data[at + 10 : at + 12] = (8).to_bytes(2, "little")
    data[at + 24 : at + 28] = (4).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    assert codes(read(path)) == ["xlsx-large"]


@pytest.mark.parametrize(
    ("part", "content", "code"),
    [
        pytest.param(
            "xl/sharedStrings.xml",
            b'<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>',
            "xlsx-dtd",
            id="IN-19-entities",
        ),
        pytest.param(
            "xl/workbook.xml", b'<!DOCTYPE a SYSTEM "http://x/"><a/>', "xlsx-dtd", id="IN-19"
        ),
        pytest.param("../../evil.xml", b"<a/>", "xlsx-slip", id="IN-21-slip"),
        pytest.param("/abs.xml", b"<a/>", "xlsx-slip", id="IN-21-absolute"),
        pytest.param("C:\\evil.xml", b"<a/>", "xlsx-slip", id="IN-21-drive"),
        pytest.param("xl/broken.xml", b"<a>", "xlsx-other", id="broken-xml"),
        pytest.param("xl/workbook.xml", None, "xlsx-other", id="not-a-workbook"),
    ],
)
def test_hostile_parts(tmp_path: Path, part: str, content: bytes | None, code: str) -> None:
    """IN-19, IN-21: refused by name; nothing is unpacked to disk."""
    path = repacked(write_xlsx(tmp_path, ROWS), {part: content})
    assert codes(read(path)) == [code]
    assert [entry.name for entry in tmp_path.iterdir()] == ["list.xlsx"]


def test_many_parts(tmp_path: Path) -> None:
    """IN-21: 20,000 parts."""
    path = repacked(write_xlsx(tmp_path, ROWS), {f"xl/{n}.xml": b"<a/>" for n in range(3000)})
    assert codes(read(path)) == ["xlsx-parts"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"<html><table></table></html>", "xlsx-html", id="IN-21-html"),
        pytest.param(b"unit_id,url\n", "xlsx-html", id="csv-inside"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "xlsx-old", id="xls"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "xlsx-encrypted",
            id="IN-21-encrypted",
        ),
        pytest.param(b"PK\x03\x04" + bytes(100), "xlsx-other", id="cut-off"),
    ],
)
def test_not_a_workbook(tmp_path: Path, content: bytes, code: str) -> None:
    """Named for what it is."""
    assert codes(read(write(tmp_path, "list.xlsx", content))) == [code]


def test_no_header(tmp_path: Path) -> None:
    """A workbook without our columns says which it wants."""
    book = openpyxl.Workbook()
    book.save(tmp_path / "list.xlsx")
    result = read(tmp_path / "list.xlsx")
    assert codes(result) == ["no-header"]
    assert "Tên đơn vị" in result.problems[0].mend


def test_cell_names() -> None:
    """Letters and numbers of cells."""
    assert position("XFD12") == (12, 16384)
    assert letters(16384) == "XFD"
    assert rows_of("A5:C2") == range(2, 6)
    with pytest.raises(ValueError, match="no cell"):
        position("12A")
