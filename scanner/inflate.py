"""The content codings of HTTP, opened piece by piece: never more than the room that is left."""

import sys
import zlib
from collections.abc import Callable
from typing import Protocol

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

# RFC 9659: a server must not ask for a larger window than 8 MB.
_ZSTD_WINDOW: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 23}


class NotInflatable(Exception):  # noqa: N818  A finding about the body, not a failure of the look.
    """The bytes are not what their label says."""


class Inflate(Protocol):
    """One coding being opened."""

    @property
    def ended(self) -> bool:
        """Whether the coded stream came to its end."""

    def open(self, data: bytes, room: int) -> bytes:
        """What these bytes hold, at most ``room`` and a little; what is beyond is lost.

        Raises ``NotInflatable``.
        """


def inflate_for(coding: str) -> Inflate | None:
    """What opens a coding; ``None`` for one that we do not open (also for several in a row)."""
    known = _KNOWN.get(coding)
    return known() if known is not None else None


class _Gzip:
    def __init__(self) -> None:
        self._opener = zlib.decompressobj(wbits=31)

    @property
    def ended(self) -> bool:
        return self._opener.eof

    def open(self, data: bytes, room: int) -> bytes:
        try:
            return self._opener.decompress(data, room)
        except zlib.error as error:
            raise NotInflatable(str(error)) from None


class _Brotli:
    def __init__(self) -> None:
        self._opener = brotli.Decompressor()

    @property
    def ended(self) -> bool:
        return bool(self._opener.is_finished())

    def open(self, data: bytes, room: int) -> bytes:
        try:
            return bytes(self._opener.process(data, output_buffer_limit=room))
        except brotli.error as error:
            raise NotInflatable(str(error)) from None


class _Zstd:
    def __init__(self) -> None:
        self._opener = zstd.ZstdDecompressor(options=_ZSTD_WINDOW)

    @property
    def ended(self) -> bool:
        return self._opener.eof

    def open(self, data: bytes, room: int) -> bytes:
        if self._opener.eof:
            return b""
        try:
            return self._opener.decompress(data, room)
        except zstd.ZstdError as error:
            raise NotInflatable(str(error)) from None


_KNOWN: dict[str, Callable[[], Inflate]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "br": _Brotli,
    "zstd": _Zstd,
}
