"""Office packages (a ZIP of XML parts) before they are parsed: their directory, their real sizes, no DOCTYPE."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from xml.parsers import expat

PART_LIMIT = 2_000
_CHUNK = 1 << 16

NO_PACKAGE = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    ValueError,
    NotImplementedError,
)
"""What reading something raises that is no such package, or a broken one."""


class Unfit(Exception):  # noqa: N818  It is an answer about the file, not a failure of ours.
    """A package that is not to be parsed: ``dtd``, ``encrypted``, ``large``, ``parts`` or ``slip``."""

    def __init__(self, code: str, value: str = "", /, **words: object) -> None:
        super().__init__(code)
        self.code = code
        self.value = value
        self.words = words


def xml_parts(data: bytes, must_have: str, limit_bytes: int) -> list[zipfile.ZipInfo]:
    """The XML parts by the directory of the package, if that directory is sane."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        infos = package.infolist()
    if len(infos) > PART_LIMIT:
        raise Unfit("parts", count=len(infos), limit=PART_LIMIT)
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename:
            raise Unfit("slip", info.filename)
        if info.flag_bits & 0x1:
            raise Unfit("encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"compression method {info.compress_type}")
    parts = [info for info in infos if info.filename.endswith((".xml", ".rels"))]
    if sum(info.file_size for info in parts) > limit_bytes:
        raise Unfit("large", limit=limit_bytes >> 20)
    names = [info.filename for info in infos]
    if len(set(names)) < len(names):
        raise ValueError("a part stands twice")
    if must_have not in names:
        raise ValueError(f"no {must_have}")
    return parts


class Unpacking:
    """What may still be unpacked of one package; nothing touches the disk."""

    def __init__(self, data: bytes, limit_bytes: int) -> None:
        self._data = data
        self._limit = self._left = limit_bytes

    def parse(self, info: zipfile.ZipInfo, parser: Any) -> None:
        """Give a part to an expat parser, whatever size its header declares."""
        parser.StartDoctypeDeclHandler = _refuse_doctype
        for piece in inflated(self._data, info):
            self._left -= len(piece)
            if self._left < 0:
                raise Unfit("large", limit=self._limit >> 20)
            parser.Parse(piece, False)  # noqa: FBT003  The parser takes it by place only.
        parser.Parse(b"", True)  # noqa: FBT003


def inflated(data: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The real content of a part, in pieces."""
    local = data[info.header_offset : info.header_offset + 30]
    if local[:4] != b"PK\x03\x04":
        raise ValueError("a part without its header")
    start = info.header_offset + 30
    start += int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
    packed = memoryview(data)[start : start + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        for at in range(0, len(packed), _CHUNK):
            yield bytes(packed[at : at + _CHUNK])
        return
    inflate = zlib.decompressobj(-15)
    waiting: bytes | memoryview = packed
    while not inflate.eof and len(waiting):
        piece = inflate.decompress(waiting, _CHUNK)
        waiting = inflate.unconsumed_tail
        yield piece
    if not inflate.eof:
        yield inflate.flush()


def packed_anew(data: bytes, parts: list[zipfile.ZipInfo]) -> bytes:
    """A package of just these parts: what was checked is what will be parsed."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for info in parts:
            with package.open(info.filename, "w") as part:
                for piece in inflated(data, info):
                    part.write(piece)
    return packed.getvalue()


def _refuse_doctype(*_: object) -> None:
    raise Unfit("dtd")
