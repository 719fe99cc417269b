"""Which text the bytes of a page are."""

import codecs
import re


def _labelled(codec: str, labels: str) -> dict[str, str]:
    return dict.fromkeys(labels.split(), codec)


_UTF8, _1252, _1258, _LE, _BE = "utf-8", "cp1252", "cp1258", "utf-16-le", "utf-16-be"
# The labels of the WHATWG list for the encodings that Vietnamese pages use; no codec is taken by its name.
_LABELS = {
    **_labelled(_UTF8, "utf-8 utf8 unicode-1-1-utf-8 unicode11utf8 x-unicode20utf8"),
    **_labelled(
        _1252,
        "windows-1252 cp1252 x-cp1252 ascii us-ascii ansi_x3.4-1968 latin1 l1 iso-8859-1 iso8859-1 iso88591"
        " iso_8859-1 iso_8859-1:1987 iso-ir-100 csisolatin1 cp819 ibm819",
    ),
    **_labelled(_1258, "windows-1258 cp1258 x-cp1258"),
    **_labelled(_LE, "utf-16 utf-16le unicode ucs-2 iso-10646-ucs-2 csunicode"),
    **_labelled(_BE, "utf-16be unicodefffe"),
}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE)
_META_CHARSET = re.compile(
    rb"<meta\b[^>]{0,400}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]{1,40})", re.IGNORECASE
)


def decoded(body: bytes, content_type: str) -> str:
    """Text by byte order mark, else the header, else a meta element in the first 1024 bytes, else UTF-8."""
    for mark, codec in (
        (codecs.BOM_UTF8, _UTF8),
        (codecs.BOM_UTF16_LE, _LE),
        (codecs.BOM_UTF16_BE, _BE),
    ):
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, errors="replace")
    named = _CHARSET.search(content_type[:500])
    by_header = _LABELS.get(named[1].lower()) if named else None
    return body.decode(by_header or _by_meta(body), errors="replace")


def _by_meta(body: bytes) -> str:
    """The codec that a meta element names near the beginning, else UTF-8."""
    meta = _META_CHARSET.search(body[:1024])
    codec = _LABELS.get(meta[1].decode("ascii").lower(), _UTF8) if meta else _UTF8
    # What could be read as ASCII so far is not UTF-16, whatever it says.
    return _UTF8 if codec in (_LE, _BE) else codec
