"""Inventory files as people write them: the same rows as CSV, XLSX, YAML or JSON."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from inventory.model import ReadResult
from inventory.readers import read

Row = dict[str, str]

HOA_NANG: Row = {
    "unit_id": "TH-001",
    "unit_name": "Trường Tiểu học Hoa Nắng",
    "kind": "tieu-hoc",
    "commune": "20200",
    "url": "https://th-hoanang.vi-du.edu.vn/",
}
SONG_XANH: Row = {
    "unit_id": "THPT-001",
    "unit_name": "Trường THPT Sông Xanh",
    "kind": "thpt",
    "commune": "20209",
    "url": "https://thpt-songxanh.vi-du.edu.vn/",
}
LEAVE: Row = {
    "reference": "123/QĐ-VIDU",
    "granted_by": "Giám đốc Sở (ví dụ)",
    "granted_on": "2026-11-01",
    "expires_on": "2027-11-01",
    "hosts": "*.vi-du.edu.vn",
    "contact": "an-ninh@vi-du.edu.vn",
}


def school(**changes: str) -> Row:
    """A healthy row, with changes."""
    return HOA_NANG | changes


def columns(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def csv_text(rows: Sequence[Row], names: Sequence[str] | None = None, delimiter: str = ",") -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, names or columns(rows), restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_csv(folder: Path, rows: Sequence[Row], names: Sequence[str] | None = None) -> Path:
    path = folder / "list.csv"
    path.write_bytes(csv_text(rows, names).encode())
    return path


def write_xlsx(
    folder: Path,
    rows: Sequence[Row],
    names: Sequence[str] | None = None,
    *,
    change: Callable[[openpyxl.Workbook], None] | None = None,
) -> Path:
    names = names or columns(rows)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Danh sách"
    for at, values in enumerate([list(names), *([r.get(n, "") for n in names] for r in rows)], 1):
        for column, value in enumerate(values, 1):
            cell = sheet.cell(at, column)
            if value:
                cell.value = value
                # Text stays text, whatever it begins with.
                cell.data_type = "s"
    if change is not None:
        change(book)
    path = folder / "list.xlsx"
    book.save(path)
    return path


def write_yaml(folder: Path, rows: Sequence[Row], permission: Row | None = None) -> Path:
    """JSON texts are YAML too."""
    lines = ["permission:" if permission else "# no permission"]
    lines += [f"  {name}: {json.dumps(value)}" for name, value in (permission or {}).items()]
    lines.append("rows:")
    for row in rows:
        first, *others = row.items()
        lines.append(f"  - {first[0]}: {json.dumps(first[1], ensure_ascii=False)}")
        lines += [f"    {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in others]
    return write(folder, "list.yaml", "\n".join(lines) + "\n")


def write_json(folder: Path, rows: Sequence[Row], permission: Row | None = None) -> Path:
    content: dict[str, Any] = {"rows": rows}
    if permission:
        content["permission"] = permission
    return write(folder, "list.json", json.dumps(content, indent="\t"))


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def codes(result: ReadResult, severity: str | None = None) -> list[str]:
    """The problem codes, but for the permission that most tests leave out."""
    return [
        problem.code
        for problem in result.problems
        if problem.code != "permission-missing" and severity in (None, problem.severity)
    ]


def read_rows(folder: Path, *rows: Row, permission: Row | None = None) -> ReadResult:
    return read(write_yaml(folder, rows, permission), lang="en")


def read_csv(folder: Path, content: str | bytes) -> ReadResult:
    return read(write(folder, "list.csv", content), lang="en")


def repacked(path: Path, changes: dict[str, bytes | None]) -> Path:
    """The workbook with parts changed, added or (``None``) removed."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts |= {name: content for name, content in changes.items() if content is not None}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            if changes.get(name, b"") is not None:
                new.writestr(name, content)
    return path
