"""Which kind of file the first bytes tell of."""

import io
import re
import zipfile

_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
)
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,200}(?:<!--|<\?xml[^>]{0,200}>\s{0,200})?\s{0,200}"
    rb"<(?:!doctype html|html|head|body|table|meta|style|div|p)[\s>]",
    re.IGNORECASE,
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def kind_of(data: bytes) -> str:
    """``csv`` (any text), ``xlsx``, ``xls``, ``docx``, ``pdf``, ``html``, or a word for what is not read."""
    if b"%PDF-" in data[:1024]:
        return "pdf"
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return _package(data) if kind == "zip" else _old_office(data) if kind == "ole" else kind
    if _HTML.match(data[:1000]):
        return "html"
    if not data.strip():
        return "empty"
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or _wide(data):
        return "csv"
    return "unknown" if len(_CONTROLS.findall(data[:4096])) > 4 else "csv"


def _package(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return "zip"
    if "xl/workbook.xml" in names:
        return "xlsx"
    return "docx" if "word/document.xml" in names else "zip"


def _old_office(data: bytes) -> str:
    """Which program's the stream inside is called, as its directory spells it."""
    if "Workbook".encode("utf-16-le") in data or "Book\0".encode("utf-16-le") in data:
        return "xls"
    return "doc" if "WordDocument".encode("utf-16-le") in data else "ole"


def _wide(data: bytes) -> bool:
    """Text in UTF-16 that does not say so: every other byte of its Latin letters is nought."""
    head = data[:400]
    half = len(head) // 2
    return half > 4 and max(head[::2].count(0), head[1::2].count(0)) > 0.4 * half
