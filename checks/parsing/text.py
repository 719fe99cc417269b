"""Text from outside: made fit to show, folded for comparing, and told apart by language."""

import re
import unicodedata
from itertools import islice
from math import ceil

MARK = "…"
"""Stands where text was cut."""

PASTED = 1_000
"""How many characters a value may have that readers are to paste; a longer one is not offered, never cut."""

READABLE_WORDS = 20
"""Below so many words a page is taken for pictures or script, which this program does not read."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
# Letters that are seen, composed already, and enough for most Vietnamese text.
_PLAIN = re.compile("[ -~\u00a1-\u00ac\u00ae-\u02ff\u1ea0-\u1eff\u2013-\u201f\u2022\u2026]*")
_FAR_FROM_LATIN = re.compile("[^\x00-\u02ff\u1e00-\u1eff]{31,}")
_MARKS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
    "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_BLANKS = re.compile(r"\s+")
_VIETNAMESE_LETTER = re.compile("[đĐăĂơƠưƯ\u1ea0-\u1ef9]")
_COMMON_WORDS = frozenset(
    {
        "cac",
        "cho",
        "co",
        "cua",
        "duoc",
        "hoac",
        "khi",
        "khong",
        "la",
        "mot",
        "nay",
        "nguoi",
        "nhung",
        "theo",
        "trong",
        "tu",
        "va",
        "ve",
        "voi",
        "vao",
    }
)


def is_plain(text: str) -> bool:
    """Whether a text is one line of letters that are legal, composed and seen: most are."""
    return _PLAIN.fullmatch(text) is not None


def legal(text: str) -> str:
    """Valid Unicode and XML-legal: what is neither becomes U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)


def composed(text: str) -> str:
    """NFC, in linear time for any text."""
    return unicodedata.normalize("NFC", _FAR_FROM_LATIN.sub(_bounded, text))


def display(text: str, limit: int) -> str:
    """Text as it may be shown: valid, XML-legal, one line, nothing unseen in it, at most ``limit`` characters.

    Controls, line ends, bidi and zero-width signs become visible (``␛``, ``‹U+202E›``); what was cut ends
    in ``…``.  Showing twice changes nothing.
    """
    if len(text) <= limit and is_plain(text):
        return text
    # Up to 31 signs compose into one; of what lies beyond that nothing can be shown.
    reach = 40 * (limit + 1)
    shown = composed(_UNSEEN.sub(_made_visible, text[:reach]))
    return shown if len(shown) <= limit and len(text) <= reach else shown[: limit - 1] + MARK


def folded(text: str) -> str:
    """Lower case without accents, marks and unseen signs, blanks collapsed: for comparing, not for showing."""
    apart = unicodedata.normalize("NFKD", _FAR_FROM_LATIN.sub(_bounded, text))
    bare = _MARKS.sub("", apart).lower().replace("đ", "d")
    return _BLANKS.sub(" ", bare).strip()


def defanged(address: str) -> str:
    """An address that nobody opens by mistake: ``hxxps://name[.]vn/…``; a bare host likewise."""
    scheme, sign, rest = address.partition("//")
    host, stroke, path = rest.partition("/") if sign else address.partition("/")
    scheme = scheme.replace("http", "hxxp").replace("HTTP", "hxxp") if sign else ""
    return f"{scheme}{sign}{host.replace('.', '[.]')}{stroke}{path}"


def is_vietnamese(text: str) -> bool:
    """Whether a text reads as Vietnamese: by its letters, or by its commonest words where accents are missing."""
    words = text.split()
    if not words:
        return False
    accented = (word for word in words if not word.isascii() and _VIETNAMESE_LETTER.search(word))
    # As soon as there are enough, the rest need not be read.
    if next(islice(accented, ceil(0.2 * len(words)) - 1, None), None) is not None:
        return True
    common = sum(1 for word in folded(text).split() if word.strip(".,;:()") in _COMMON_WORDS)
    return common >= 0.15 * len(words)


def _made_visible(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"‹U+{code:04X}›"


def _bounded(run: re.Match[str]) -> str:
    """At most 30 combining marks in a row (UAX 15, stream-safe): sorting longer runs takes quadratic time."""
    kept: list[str] = []
    marks = 0
    for sign in run.group():
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= 30:
            kept.append(sign)
    return "".join(kept)
