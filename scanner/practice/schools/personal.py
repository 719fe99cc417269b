"""Schools that link lists: of pupils with their data, and such as anybody may read.  Everybody in them is imagined."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from html import escape

from scanner.practice.site import PagePlan, PracticeSite, WebPlan
from scanner.practice.truth import MET, NEEDS_REVIEW, NOT_MET, healthy

_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PDF = "application/pdf"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

PUPILS = (
    ("Nguyễn Thị Mây Hồng", "12/03/2015", "048315990001", "0905990001"),
    ("Trần Văn Suối Trong", "30/08/2015", "048215990002", "0905990002"),
    ("Lê Ngọc Sao Băng", "05/11/2015", "048315990003", "0905990003"),
    ("Phạm Gia Đồi Thông", "21/01/2015", "048215990004", "0905990004"),
    ("Võ Minh Biển Xanh", "09/06/2015", "048215990005", "0905990005"),
)
"""Name, day of birth, citizen id and the parents' telephone of pupils who never were."""
PLANTED = tuple(value for row in PUPILS for value in row[1:])
"""What must never be found in evidence or reports."""


def _csv(rows: Iterable[Sequence[str]]) -> str:
    return "\ufeff" + "".join(",".join(row) + "\r\n" for row in rows)


def _xlsx(name: str, rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook with one sheet of texts, the same bytes every time."""
    cells = "".join(
        "<row>"
        + "".join(f'<c t="inlineStr"><is><t>{escape(cell)}</t></is></c>' for cell in row)
        + "</row>"
        for row in rows
    )
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{main}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{main}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{escape(name)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{cells}</sheetData></worksheet>',
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for path, text in parts.items():
            info = zipfile.ZipInfo(path, (2026, 9, 1, 7, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(info, _HEAD + text)
    return packed.getvalue()


_PICTURE_OF_A_LIST = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
    b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>\nendobj\n"
    b"trailer << /Size 4 /Root 1 0 R >>\n%%EOF\n"
)
"""One page without a letter in it, as a scanner at an office makes them."""

PERSONAL_DATA = (
    PracticeSite(
        id="th-trang-giay",
        name="Trường Tiểu học Trang Giấy",
        kind="tieu-hoc",
        commune="20242",
        manager="commune",
        host="th-tranggiay-thuchanh.edu.vn",
        fault="Two linked lists, a CSV file and a workbook, show citizen ids, telephones and days of birth of pupils.",
        web=WebPlan(
            page=PagePlan(
                body='<p><a href="/tep/danh-sach-lop-5a.csv">Danh sách học sinh lớp 5A</a>\n'
                '<a href="/tep/Danh sách lớp 5B.xlsx">Danh sách lớp 5B</a></p>\n',
                files=(
                    (
                        "/tep/danh-sach-lop-5a.csv",
                        _CSV,
                        _csv(
                            [
                                ("DANH SÁCH HỌC SINH LỚP 5A", "", "", ""),
                                ("Họ và tên", "Ngày sinh", "Số định danh", "SĐT phụ huynh"),
                                *PUPILS,
                            ]
                        ),
                    ),
                    (
                        "/tep/Danh%20s%C3%A1ch%20l%E1%BB%9Bp%205B.xlsx",
                        _XLSX,
                        _xlsx(
                            "5B",
                            [
                                ("STT", "Họ và tên học sinh", "Sinh ngày", "ĐT mẹ"),
                                *(
                                    (str(n), name, day, phone)
                                    for n, (name, day, _, phone) in enumerate(PUPILS, 1)
                                ),
                            ],
                        ),
                    ),
                ),
            )
        ),
        truth=healthy(no_personal_data_exposed=NOT_MET, directory_listing_off=MET),
    ),
    PracticeSite(
        id="mn-bang-den",
        name="Trường Mầm non Bảng Đen",
        kind="mam-non",
        commune="20263",
        manager="commune",
        host="mn-bangden-thuchanh.edu.vn",
        fault="A table of the home page shows names, days of birth and telephones of the children of a class.",
        web=WebPlan(
            page=PagePlan(
                body="<h2>Danh sách trẻ lớp Lá 1</h2>\n<table><tr><th>Họ tên trẻ</th><th>Ngày sinh</th>"
                "<th>Điện thoại cha mẹ</th></tr>\n"
                + "".join(
                    f"<tr><td>{name}</td><td>{day}</td><td>{phone}</td></tr>\n"
                    for name, day, _, phone in PUPILS
                )
                + "</table>\n"
            )
        ),
        truth=healthy(no_personal_data_exposed=NOT_MET),
    ),
    PracticeSite(
        id="thcs-to-lich",
        name="Trường THCS Tờ Lịch",
        kind="thcs",
        commune="20285",
        manager="commune",
        host="thcs-tolich-thuchanh.edu.vn",
        fault="None: linked lists of results by candidate number, of the timetable, and of teachers' telephones at work.",
        web=WebPlan(
            page=PagePlan(
                body='<p><a href="/tep/ket-qua-tuyen-sinh-lop-6.csv">Kết quả tuyển sinh lớp 6</a>\n'
                '<a href="/tep/thoi-khoa-bieu.xlsx">Thời khóa biểu</a>\n'
                '<a href="/tep/danh-ba-giao-vien.csv">Danh bạ giáo viên</a></p>\n',
                files=(
                    (
                        "/tep/ket-qua-tuyen-sinh-lop-6.csv",
                        _CSV,
                        _csv(
                            [
                                ("Số báo danh", "Điểm", "Kết quả"),
                                *((f"6{n:05d}", "27.5", "Trúng tuyển") for n in range(1, 40)),
                            ]
                        ),
                    ),
                    (
                        "/tep/thoi-khoa-bieu.xlsx",
                        _XLSX,
                        _xlsx(
                            "TKB",
                            [
                                ("Tiết", "Thứ hai", "Thứ ba", "Thứ tư"),
                                *((str(n), "Toán", "Ngữ văn", "Tin học") for n in range(1, 6)),
                            ],
                        ),
                    ),
                    (
                        "/tep/danh-ba-giao-vien.csv",
                        _CSV,
                        _csv(
                            [
                                ("Họ và tên", "Chức vụ", "Điện thoại"),
                                ("Đặng Thu Nắng", "Hiệu trưởng", "0905990101"),
                                ("Bùi Quang Mưa", "Tổ trưởng", "0905990102"),
                                ("Hồ Kim Gió", "Giáo viên", "0905990103"),
                                ("Ngô Đức Mây", "Giáo viên", "0905990104"),
                            ]
                        ),
                    ),
                ),
            )
        ),
        truth=healthy(directory_listing_off=MET),
    ),
    PracticeSite(
        id="thpt-anh-chup",
        name="Trường THPT Ảnh Chụp",
        kind="thpt",
        commune="20551",
        manager="so-gddt",
        host="thpt-anhchup-thuchanh.edu.vn",
        fault="The list of those who were admitted is a PDF file of pictures, which no program reads.",
        web=WebPlan(
            page=PagePlan(
                body='<p><a href="/tep/danh-sach-trung-tuyen-lop-10.pdf">Danh sách trúng tuyển lớp 10</a></p>\n',
                files=(("/tep/danh-sach-trung-tuyen-lop-10.pdf", _PDF, _PICTURE_OF_A_LIST),),
            )
        ),
        truth=healthy(no_personal_data_exposed=NEEDS_REVIEW, directory_listing_off=MET),
    ),
)
