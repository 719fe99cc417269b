"""When two Vietnamese spellings are the same word: composed or not, old or new tone placement."""

import re
import unicodedata
from functools import lru_cache

# Grave, acute, tilde, hook above and dot below: the five written tones.
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_SYLLABLE = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*")
_NOT_A_MARK = re.compile(r"[^0-9a-z]+")


def one_line(text: str) -> str:
    """NFC, with every run of blanks folded to one space and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def folded(text: str) -> str:
    """A key that is equal for Hoà and Hòa, NFC and NFD, any case; accents still count."""
    # Eth and D with stroke look alike in capitals, and old keyboards wrote the one for the other.
    lower = one_line(text).casefold().replace("\u00f0", "đ")
    return _SYLLABLE.sub(_tone_last, unicodedata.normalize("NFD", lower))


@lru_cache(maxsize=4096)
def bare(text: str) -> str:
    """A key of plain letters and digits: no accents, blanks or signs."""
    lower = unicodedata.normalize("NFKD", text.casefold()).replace("đ", "d").replace("\u00f0", "d")
    letters = "".join(mark for mark in lower if not unicodedata.combining(mark))
    return _NOT_A_MARK.sub("", letters)


def _tone_last(syllable: re.Match[str]) -> str:
    letters = syllable.group()
    tones = "".join(mark for mark in letters if mark in _TONES)
    return "".join(mark for mark in letters if mark not in _TONES) + tones
