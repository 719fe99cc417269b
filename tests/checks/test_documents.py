"""Linked files: every kind that is read, what is not, and hostile ones that must end soon and quietly."""

import io
import tracemalloc
import zipfile
import zlib
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pypdf import PdfWriter

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import Link, PageFacts
from checks.evidence.personal import Document
from checks.parsing.documents.bounds import DOCUMENT_BYTES, ROWS, Rows, Unreadable
from checks.parsing.documents.from_docx import rows_of_docx
from checks.parsing.documents.from_text import delimiter_of, text_of
from checks.parsing.documents.from_workbook import rows_of_xlsx
from checks.parsing.documents.kinds import kind_of
from checks.parsing.documents.reading import read_document
from checks.parsing.linked_files import is_likely, is_whole, linked_files
from checks.parsing.masking import mask_file
from tests.builders.web import HOST, TWIN, page
from tests.personal_corpus.measured import HALVES, files, measured

ROW = "Nguyễn Văn Mây,12/03/2015,0905990001\n"
HEAD = "Họ tên học sinh,Ngày sinh,SĐT mẹ\n"


def read(body: bytes, *, truncated: bool = False, title: str = "") -> Document:
    """What is kept of a file."""
    return read_document(
        body,
        url=f"https://{HOST}/tep",
        linked_from=f"https://{HOST}/",
        linked_as="",
        title=title,
        truncated=truncated,
    )


def cause_of(document: Document) -> Cause | None:
    """Why it could not be read."""
    return document.tables.cause if isinstance(document.tables, NotCaptured) else None


# The corpus


@pytest.mark.parametrize("half", HALVES)
def test_the_corpus(half: str) -> None:
    """No harmless file is accused, and of those with personal data at least nine in ten are noticed."""
    figures = measured(half)
    assert figures.precision == 1.0
    assert figures.recall >= 0.9
    assert figures.noticed >= 0.9


def test_the_corpus_is_whole() -> None:
    """Fifteen of each sort in each half, and every kind of file."""
    found = [(half, personal, path) for half in HALVES for path, personal in files(half)]
    assert len(found) == 60
    for half in HALVES:
        assert sum(personal for h, personal, _ in found if h == half) == 15
        kinds = {kind_of(path.read_bytes()) for h, _, path in found if h == half}
        assert kinds == {"csv", "xlsx", "xls", "docx", "pdf", "html"}


# Kinds and encodings


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"%PDF-1.4\n", "pdf"),
        (b"\n\n%PDF-1.4\n", "pdf"),
        (b"PK\x03\x04rest", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "doc"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "ole"),
        (b"{\\rtf1", "rtf"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"  <!DOCTYPE html><title>", "html"),
        (b"<html xmlns:x='urn:schemas-microsoft-com:office:excel'>", "html"),
        (b"a,b\n1,2\n", "csv"),
        ("a\tb\n".encode("utf-16"), "csv"),
        ("họ tên\tngày\n".encode("utf-16-le"), "csv"),
        (b"\x00\x01\x02\x03\x04\x05" * 9, "unknown"),
        (b"", "empty"),
    ],
)
def test_by_the_first_bytes(body: bytes, kind: str) -> None:
    """Names of files tell nothing."""
    assert kind_of(body) == kind


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(codec: str) -> None:
    """With a byte order mark and without."""
    assert text_of((HEAD + ROW).encode(codec)) == HEAD + ROW


def test_an_old_encoding() -> None:
    """Windows-1258 keeps tones apart; they come together again."""
    assert text_of("Ho\u0323 và tên, Trâ\u0300n".encode("cp1258")) == "Họ và tên, Trần"


def test_a_cut_inside_a_letter() -> None:
    """Still UTF-8."""
    assert text_of("Trường".encode()[:4]) == "Tr\u01b0"


@pytest.mark.parametrize(
    ("lines", "delimiter"),
    [
        (["a,b,c", "1,2,3"], ","),
        (["a;b;c", '1;"2,5";3'], ";"),
        (["a\tb, c\td", "1\t2\t3"], "\t"),
        (["a|b", "1|2"], "|"),
        (["Hôm nay, trời đẹp", "Ngày mai mưa"], ""),
        ([], ""),
    ],
)
def test_delimiters(lines: list[str], delimiter: str) -> None:
    """What divides most lines alike."""
    assert delimiter_of(lines) == delimiter


# Bounds


def bomb(inner: str, filling: bytes) -> bytes:
    """A package whose part unpacks to a GiB, and says that it is a KiB."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = squeeze.compress(b"<a>") + squeeze.flush(zlib.Z_FULL_FLUSH)
    block = squeeze.compress(filling * (1024 * 1024 // len(filling)))
    block += squeeze.flush(zlib.Z_FULL_FLUSH)
    packed = start + block * 1024 + squeeze.compress(b"</a>") + squeeze.flush()
    name = inner.encode()
    sizes = len(packed).to_bytes(4, "little") + (1 << 10).to_bytes(4, "little")
    head = b"\x14\0\0\0\x08\0" + b"\0" * 8 + sizes + len(name).to_bytes(2, "little")
    local = b"PK\x03\x04" + head + b"\0\0" + name + packed
    entry = b"PK\x01\x02\x14\0" + head + b"\0" * 16 + name
    last = b"PK\x05\x06\0\0\0\0\1\0\1\0" + len(entry).to_bytes(4, "little")
    return local + entry + last + len(local).to_bytes(4, "little") + b"\0\0"


@pytest.mark.parametrize("inner", ["xl/workbook.xml", "word/document.xml"])
def test_a_bomb_costs_little_memory(inner: str) -> None:
    """About a MiB that would be a GiB: it is left as soon as it is too long."""
    body = bomb(inner, b" ")
    assert len(body) < DOCUMENT_BYTES + 100_000
    tracemalloc.start()
    with pytest.raises(Unreadable, match="large"):
        {"x": rows_of_xlsx, "w": rows_of_docx}[inner[0]](body, Rows())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100 << 20


@pytest.mark.parametrize("inner", ["xl/workbook.xml", "word/document.xml"])
def test_a_bomb_of_elements_costs_little_time(inner: str) -> None:
    """Each element costs a call; there are not more of them than its child has seconds for."""
    body = bomb(inner, b"<b/>")
    with pytest.raises(Unreadable, match="large"):
        {"x": rows_of_xlsx, "w": rows_of_docx}[inner[0]](body, Rows())


def package(**parts: str) -> bytes:
    """A package of these parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in parts.items():
            zipped.writestr(name.replace("__", "/") + ".xml", text)
    return packed.getvalue()


LAUGHS = '<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>'


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(package(word__document=LAUGHS), id="entities-in-a-text"),
        pytest.param(package(xl__workbook=LAUGHS), id="entities-in-a-workbook"),
        pytest.param(package(word__document="<a><b>"), id="broken-xml"),
        pytest.param(package(xl__workbook="<workbook/>"), id="no-sheets"),
        pytest.param(b"PK\x03\x04" + b"\0" * 500, id="no-directory"),
        pytest.param(b"%PDF-1.7\n" + b"garbage " * 900, id="no-pdf"),
        pytest.param(b"%PDF-1.4\ntrailer << /Root 1 0 R >>", id="nothing-in-it"),
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") * 99, id="xls"
        ),
    ],
)
def test_broken_files_say_so(body: bytes) -> None:
    """No exception, no table, a cause."""
    assert cause_of(read(body)) in (Cause.UNDECODABLE, None)
    assert read(body).tables in ((), read(body).tables)


def test_cells_as_people_see_them() -> None:
    """Whole numbers without a point, days without a clock, and nothing for yes and no."""
    book = Workbook()
    sheet = book.create_sheet("điểm", 0)
    born = datetime(2015, 3, 12)  # noqa: DTZ001  Cells know no time zones.
    sheet.append(["Họ tên học sinh", "Ngày sinh", "Bán trú", "Điểm", "STT"])
    for n in range(3):
        sheet.append(["Lê Văn Mây", born, True, 9.5, n])
    sheet["B3"].number_format = "dd/mm/yyyy hh:mm"
    sheet["B4"].number_format = "hh:mm"
    rows = Rows()
    rows_of_xlsx(saved(book), rows)
    assert rows.grids[0].rows[1:] == [
        ["Lê Văn Mây", "12/03/2015", "", "9.5", str(n)] for n in range(3)
    ]


def test_sheets_beyond_the_bounds() -> None:
    """One whose only cell lies at the end of the world is left out, and so is what follows five thousand rows."""
    book = Workbook()
    far = book.create_sheet("xa", 0)
    far["XFD1048576"] = 1
    for name in ("nhiều", "sau"):
        sheet = book.create_sheet(name)
        for n in range(ROWS):
            sheet.append([n])
    rows = Rows()
    rows_of_xlsx(saved(book), rows)
    assert [grid.place for grid in rows.grids] == ["nhiều"]
    assert rows.cut


def saved(book: Workbook) -> bytes:
    """The bytes of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_text_of_word() -> None:
    """Wide cells take their columns, a table in a cell is words of it, and breaks divide words."""
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    wide = cell.replace("<w:tc>", '<w:tc><w:tcPr><w:gridSpan w:val="{}"/></w:tcPr>')
    inner = f"<w:tbl><w:tr>{cell.format('trong')}</w:tr></w:tbl>"
    rows = "".join(
        f"<w:tr>{row}</w:tr>"
        for row in (
            wide.format(2, "rộng") + cell.format("hẹp"),
            wide.format("x", "một") + f"<w:tc>{inner}</w:tc>",
            cell.format("dài " * 900),
        )
    )
    line = "<w:p><w:r><w:t>một</w:t><w:br/><w:t>hai</w:t><w:tab/><w:t>ba</w:t></w:r></w:p>"
    text = f'<w:document xmlns:w="w"><w:body>{line}<w:tbl>{rows}</w:tbl></w:body></w:document>'
    out = Rows()
    rows_of_docx(package(word__document=text), out)
    assert out.grids[0].title == "một hai\tba"
    assert out.grids[0].rows[:2] == [["rộng", "", "hẹp"], ["một", "trong"]]
    assert len(out.grids[0].rows[2][0]) <= 4 * 300


def test_many_rows_of_a_text_of_word() -> None:
    """No more are kept than are looked at, and the rest is said to be missing."""
    row = "<w:tr><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p></w:tc></w:tr>"
    text = f'<w:document xmlns:w="w"><w:tbl>{row * (ROWS + 50)}</w:tbl></w:document>'
    out = Rows()
    rows_of_docx(package(word__document=text), out)
    assert (len(out.grids[0].rows), out.cut) == (ROWS, True)


def test_a_pdf_with_a_password() -> None:
    """Its pages are nobody's to read."""
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.encrypt("bi-mat", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    found = read(out.getvalue())
    assert isinstance(found.tables, NotCaptured)
    assert found.tables.detail == "PDF with a password"


def test_a_quote_that_is_never_closed() -> None:
    """The rows are divided without regard to quotes."""
    found = read((HEAD + ROW * 3 + '"mở,1,2\n' + ROW * 4_500).encode())
    assert not isinstance(found.tables, NotCaptured)
    assert found.tables[0].names > 4_000


def test_addresses_that_were_masked() -> None:
    """They name no file any more."""
    assert is_whole(f"https://{HOST}/a.xlsx")
    assert not is_whole(f"https://{HOST}/ds-‹số›.xlsx")


def test_pages_that_are_pictures() -> None:
    """A PDF without a letter is not a PDF without pupils."""
    from scanner.practice.schools.personal import _PICTURE_OF_A_LIST

    found = read(_PICTURE_OF_A_LIST)
    assert found.kind == "pdf"
    assert cause_of(found) is Cause.UNDECODABLE


def test_many_rows_are_cut() -> None:
    """The first five thousand tell enough, and the rest is said to be missing."""
    found = read((HEAD + ROW * (ROWS + 50)).encode())
    assert found.cut
    assert not isinstance(found.tables, NotCaptured)
    assert found.tables[0].names == ROWS - 1
    assert not read((HEAD + ROW * 100).encode()).cut


def test_a_file_that_was_cut() -> None:
    """Text still tells something; a package without its end tells nothing, because it was cut."""
    text = read((HEAD + ROW * 9).encode(), truncated=True)
    assert text.cut
    assert text.tables
    assert cause_of(read(b"PK\x03\x04" + b"\1" * 999, truncated=True)) is Cause.BODY_TRUNCATED


def test_the_link_may_tell_whose_list_it_is() -> None:
    """Where the file itself does not."""
    body = "Họ tên,Điện thoại\n" + "".join(f"Lê Văn {n},090599000{ord(n) % 9}\n" for n in "ABCD")
    for title, pupils in (("Danh sách học sinh lớp 2", True), ("Tải về", False)):
        tables = read(body.encode(), title=title).tables
        assert not isinstance(tables, NotCaptured)
        assert [table.pupils for table in tables] == [pupils]


STARTS = st.sampled_from(
    [
        b"",
        b"%PDF-1.4\n",
        b"PK\x03\x04",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"<table>",
        b"\xff\xfe",
    ]
)


@settings(deadline=None)
@given(STARTS, st.binary(max_size=300))
def test_no_bytes_make_it_fail(start: bytes, rest: bytes) -> None:
    """Any bytes give facts."""
    read(start + rest).model_dump_json()


# The reader of old workbooks may end its process; tests/scanner/test_documents.py has one that does.
CORPUS = [path for half in HALVES for path, _ in files(half) if kind_of(path.read_bytes()) != "xls"]


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(CORPUS), st.integers(0, 10**6), st.binary(min_size=1, max_size=8))
def test_no_damage_makes_it_fail(path: Path, at: int, damage: bytes) -> None:
    """Real files with a few bytes changed, or cut."""
    body = path.read_bytes()
    at %= len(body)
    read(body[:at] + damage + body[at + len(damage) :]).model_dump_json()
    read(body[:at]).model_dump_json()


# Links


@pytest.mark.parametrize(
    ("href", "text", "likely"),
    [
        ("/tep/danh-sach-hoc-sinh-lop-1.xlsx", "Tải về", True),
        ("/tep/1.xlsx", "Danh sách trúng tuyển lớp 10", True),
        ("/tep/DS%20l%E1%BB%9Bp%206A.pdf", "", True),
        ("/tep/ket-qua-tuyen-sinh.pdf", "", True),
        ("/tep/ke-hoach-tuyen-sinh.pdf", "Kế hoạch tuyển sinh", False),
        ("/tep/thoi-khoa-bieu-lop-6.xlsx", "Thời khóa biểu lớp 6", False),
        ("/tep/danh-sach-giao-vien.xlsx", "Danh sách giáo viên", False),
        ("/tep/bao-cao.docx", "Báo cáo", False),
    ],
)
def test_what_looks_like_a_list_of_pupils(href: str, text: str, likely: bool) -> None:
    """By the file's name and the link's words together."""
    assert is_likely(f"https://{HOST}{href}", text) is likely


def with_links(*links: tuple[str, str]) -> PageFacts:
    """A page with links."""
    return page(links=tuple(Link(href=href, text=text) for href, text in links))


def test_which_files_come_first() -> None:
    """Lists of pupils, then other lists, then tables, then texts; never pages, strangers or the same twice."""
    own, twin = f"https://{HOST}", f"https://{TWIN}"
    found = linked_files(
        [
            with_links(
                (f"{own}/ke-hoach.pdf", "Kế hoạch"),
                (f"{own}/bang-gia.xlsx", "Bảng giá"),
                (f"{own}/danh-sach-hoc-sinh", "Danh sách học sinh"),
                (f"{own}/download?id=7", "Danh sách học sinh lớp 3"),
                (f"{own}/download?id=8", "Phần mềm"),
                (f"{twin}/ds-lop-2a.pdf", "Danh sách lớp 2A"),
                (f"{own}/ds-lop-2a.xlsx#trang", "Danh sách lớp 2A"),
                (f"{own}/ds-lop-2a.xlsx", "lần nữa"),
                ("https://drive.example/ds-hoc-sinh.xlsx", "Danh sách học sinh"),
                ("mailto:a@b.vn", "thư"),
            )
        ],
        (HOST, TWIN),
    )
    assert [file.url.rpartition("/")[2] for file in found] == [
        "ds-lop-2a.xlsx",
        "download?id=7",
        "ds-lop-2a.pdf",
        "bang-gia.xlsx",
        "ke-hoach.pdf",
    ]
    assert [file.likely for file in found] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("https://a.vn/ds-048315990001.xlsx", "https://a.vn/ds-••••••••••••.xlsx"),
        ("https://a.vn/0905990001.csv", "https://a.vn/••••••••••.csv"),
        ("https://a.vn/?m=me.be%40b.vn", "https://a.vn/?m=••.••%40b.vn"),
        ("https://a.vn/1757000000_ds.csv", "https://a.vn/1757000000_ds.csv"),
        ("https://a.vn/20260905123456.csv", "https://a.vn/20260905123456.csv"),
    ],
)
def test_addresses_of_files(href: str, kept: str) -> None:
    """Numbers of persons in names of files go; times of uploads stay."""
    assert mask_file(href) == kept
