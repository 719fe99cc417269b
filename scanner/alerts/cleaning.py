"""Text from outside made harmless in a message: one line, nothing unseen, no mention, nothing to click on."""

import re

from checks.parsing.text import defanged, display

SHOWN = 160
"""How much of a text from outside a message shows, in characters."""

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# @everyone, @here, <!channel>, <@U123>, <at>…: look-alikes that no service reads as a mention or a tag.
_SIGNS = str.maketrans({"@": "＠", "<": "‹", ">": "›"})
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,20}):(?=//)")
# Services make a link of every name.tld.  Top-level names are Latin letters or another script's, never
# Vietnamese letters with marks, so that `TP.Đà Nẵng` and `Q.Hải Châu` stay as they are.
_TLD = r"(?:[A-Za-z]{2,24}|xn--[A-Za-z0-9-]+|[\u0370-\u1dff\u2e80-\ud7ff]{1,24})"
_DOT = re.compile(rf"(?<=\w)\.(?={_TLD}(?![^\W\d_]))")


def clean(text: str, limit: int = SHOWN) -> str:
    """A value from outside, fit for a message of any service."""
    line = display(_BREAKS.sub(" ", text).strip(), limit).translate(_SIGNS)
    return _DOT.sub("[.]", _SCHEME.sub(_broken, line))


def clean_address(site: str, limit: int = SHOWN) -> str:
    """The address of a site as ``hxxps://name[.]vn/…``, which no reader opens by mistake."""
    line = display(_BREAKS.sub("", site), limit).translate(_SIGNS)
    return _DOT.sub("[.]", _SCHEME.sub(_broken, defanged(line)))


def _broken(scheme: re.Match[str]) -> str:
    """``http`` → ``hxxp``, as is customary; any other scheme loses its colon."""
    name = scheme[1]
    if name.lower().startswith(("http", "hxxp")):
        return f"hxxp{name[4:]}:"
    return f"{name}[:]"
