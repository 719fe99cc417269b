"""A file, read once into memory: regular files only, bounded, hashed, decoded without guessing."""

import codecs
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inventory.readers.problems import Place, Problems

FILE_LIMIT_MIB = 50
CELL_LIMIT_BYTES = 4096
ROW_LIMIT = 100_000
HEADER_WITHIN_ROWS = 20

Format = Literal["csv", "xlsx", "yaml", "json"]
_BY_SUFFIX: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
}
_OTHER_BOMS = ((codecs.BOM_UTF32_LE, "UTF-32"), (codecs.BOM_UTF32_BE, "UTF-32"))
_UTF16_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Held:
    """The bytes of a file and what they are."""

    data: bytes
    sha256: str
    format: Format


def hold(path: Path, problems: Problems) -> Held:
    """The whole file, if it is a regular one of a known kind within the limit."""
    data = _bytes(path, problems)
    if not data:
        raise problems.refuse("file-empty")
    return Held(data, hashlib.sha256(data).hexdigest(), _format(path, data, problems))


def decoded(data: bytes, problems: Problems) -> str:
    """The text of a file: UTF-8, or UTF-16 when a mark at its start says so; nothing is guessed."""
    for mark, name in _OTHER_BOMS:
        if data.startswith(mark):
            raise problems.refuse("encoding-other", None, "", name=name)
    encoding = "utf-16" if data.startswith(_UTF16_BOMS) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        cut = data[max(error.start - 20, 0) : error.start + 20].decode("latin-1")
        line = data.count(b"\n", 0, error.start) + 1
        # A mark of three bytes at the start is not counted by the decoder.
        offset = error.start + (3 if data.startswith(codecs.BOM_UTF8) else 0)
        raise problems.refuse("encoding", Place(line=line), cut, offset=offset) from None
    if text.count("\0") * 10 > len(text):
        raise problems.refuse("binary", None, text[:40], offset=data.index(b"\0"))
    return text


def _bytes(path: Path, problems: Problems) -> bytes:
    limit = FILE_LIMIT_MIB * 1024 * 1024
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise problems.refuse("file-not-regular")
        with path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise problems.refuse("file-not-regular")
            data = file.read(limit + 1)
    except (OSError, ValueError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise problems.refuse("file-missing", None, str(path), why=why) from None
    if len(data) > limit:
        raise problems.refuse("file-too-large", None, "", limit=FILE_LIMIT_MIB)
    return data


def _format(path: Path, data: bytes, problems: Problems) -> Format:
    """By content where the content is plain, else by the name."""
    named = _BY_SUFFIX.get(path.suffix.lower())
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise problems.refuse("xlsx-encrypted" if encrypted else "xlsx-old")
    if data.startswith(b"PK\x03\x04"):
        return "xlsx"
    if named == "xlsx" or data[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(
        (b"<html", b"<!doctype html", b"<table", b"<?xml")
    ):
        raise problems.refuse("xlsx-html", None, data[:80].decode("utf-8", "replace"))
    if named is None:
        raise problems.refuse("file-kind", None, path.name, suffix=path.suffix)
    return named
