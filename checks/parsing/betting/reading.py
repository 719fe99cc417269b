"""Text read as one who hides words writes it: letters that only look alike, marks too many, signs between letters."""

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise

# Letters of other alphabets that look like Latin ones.
_ALIKE = str.maketrans(
    "авеёкмнорстухіјѕԁɡհⅼոѵԝүҡαβεηικμνορτυχωϲϳɑıʟѡ" "АВЕКМНОРСТУХІЈЅΑΒΕΗΙΚΜΝΟΡΤΥΧ",
    "abeekmhopctyxijsdghlnvwykabenikuvoptuxwcjailw" "ABEKMHOPCTYXIJSABEHIKMNOPTYX",
)  # fmt: skip
_DIGITS = str.maketrans("013457@$", "oieastas")
_FAR = re.compile("[^\x00-\u024f\u0300-\u036f\u1e00-\u1eff]")
_FOREIGN_LETTER = re.compile(
    "[\u0370-\u03ff\u0400-\u052f\u0531-\u0587\u0250-\u02af\uff21-\uff5a\U0001d400-\U0001d7ff]"
)
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]")
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]|‹U\\+[0-9A-F]{4,6}›"
)
_WORD = re.compile(r"\w+")
_LATIN = re.compile("[A-Za-z]")
_LETTERS = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
_TONED = "".join(
    unicodedata.normalize("NFC", letter + tone)
    for letter in _LETTERS
    for tone in "\u0300\u0301\u0303\u0309\u0323"
)
# Two tones on one syllable, or a letter that Vietnamese has not.
_ALTERED = re.compile(
    f"[{_TONED}][^\\W_{_TONED}]{{0,4}}[{_TONED}]|[åäæçëïîñöøûüÿœšžčłţşđ](?<=[åäæçëïîñöøûüÿœšžčłţş])",
    re.IGNORECASE,
)
_SPELT = re.compile(r"(?:^| )[a-z](?: [a-z]){3}")
ALTERED_IN = 24_000
"""Signs of a text in which altered words are looked for; who alters them does so throughout."""
PLACES = 1_000
"""Altered words that are looked at; nobody needs more to be sure."""
_SPELT_OUT = 4
"""So many single letters in a row, with nothing but signs between, are one word spelt out."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The words of a text: as they stand, in small letters, and bare (no marks, Latin letters).

    ``altered`` are the places of words that nobody writes so by mistake: two tones on one syllable, letters of two
    alphabets, unseen signs inside, letters set apart, digits for letters.
    """

    words: tuple[str, ...]
    bare: tuple[str, ...]
    altered: frozenset[int]
    marked: bool
    """Whether the text is written with Vietnamese marks."""


def read(text: str) -> Reading:
    """The words of a text."""
    plain = unicodedata.normalize("NFC", text)
    broken: list[int] = []
    if _UNSEEN.search(plain) is not None:
        plain, broken = _without_unseen(plain)
    if _MARKS.search(plain) is not None:
        plain = _MARKS.sub("", plain)
    lower = plain.lower().replace("_", " ")
    words = _WORD.findall(lower)
    bares = bare(" ".join(words)).split(" ") if words else []
    if len(bares) != len(words):
        bares = [bare(word).replace(" ", "") or "?" for word in words]
    altered = _altered(lower, broken, words)
    marked = 5 * (len(words) - sum(map(str.isascii, words))) > len(words)
    if _SPELT.search(" ".join(bares)) is not None:
        words, bares, altered = _spelt_out(words, bares, altered)
    return Reading(tuple(words), tuple(bares), frozenset(altered), marked)


def bare(text: str) -> str:
    """Small Latin letters without marks, blanks collapsed; signs of other scripts stay as they are."""
    if text.isascii():
        return " ".join(text.lower().split())
    lower = text.lower()
    apart = unicodedata.normalize("NFKD", lower).replace("đ", "d")
    if _FAR.search(lower) is None:
        return " ".join(apart.encode("ascii", "ignore").decode("ascii").lower().split())
    apart = _MARKS.sub("", apart).lower()
    if _FOREIGN_LETTER.search(apart) is not None:
        apart = apart.translate(_ALIKE)
    return " ".join(apart.split())


def with_letters(word: str) -> str:
    """A word whose digits are read as the letters that they look like."""
    return word.translate(_DIGITS)


def _without_unseen(text: str) -> tuple[str, list[int]]:
    """The text without unseen signs, and where such a sign stood inside a word."""
    pieces = _UNSEEN.split(text)
    places: list[int] = []
    at = 0
    for before, after in pairwise(pieces):
        at += len(before)
        if before[-1:].isalpha() and after[:1].isalpha() and len(places) < PLACES:
            places.append(at)
    return "".join(pieces), places


def _altered(lower: str, broken: list[int], words: list[str]) -> set[int]:
    """Places of words that are written so on purpose."""
    head = _ALTERED.finditer(lower[:ALTERED_IN])
    places = [*broken, *(match.start() + 1 for match, _ in zip(head, range(PLACES), strict=False))]
    foreign = _FOREIGN_LETTER.search(lower) is not None
    found: set[int] = set()
    if places:
        begins = [match.start() for match in _WORD.finditer(lower)]
        found = {bisect_right(begins, at - 1) - 1 for at in places}
    if foreign:
        found |= {at for at, word in enumerate(words) if _mixed(word)}
    return {at for at in found if at >= 0}


def _mixed(word: str) -> bool:
    """Whether letters of two alphabets, or of another width, stand in one word."""
    if word.isascii() or _FOREIGN_LETTER.search(word) is None:
        return False
    wide = any("\uff21" <= sign <= "\uff5a" for sign in word)
    return wide or _LATIN.search(unicodedata.normalize("NFD", word)) is not None


def _spelt_out(
    words: list[str], bares: list[str], altered: set[int]
) -> tuple[list[str], list[str], set[int]]:
    """The same with runs of single letters made one word each."""
    runs: list[tuple[int, int]] = []
    start = -1
    for at, word in enumerate([*bares, ".."]):
        single = len(word) == 1 and word.isalpha()
        if single and start < 0:
            start = at
        elif not single and start >= 0:
            if at - start >= _SPELT_OUT:
                runs.append((start, at))
            start = -1
    if not runs:
        return words, bares, altered
    made_words: list[str] = []
    made_bares: list[str] = []
    made_altered: set[int] = set()
    done = 0
    for begin, end in [*runs, (len(words), len(words))]:
        for at in range(done, begin):
            if at in altered:
                made_altered.add(len(made_words))
            made_words.append(words[at])
            made_bares.append(bares[at])
        if begin < end:
            made_altered.add(len(made_words))
            made_words.append("".join(words[begin:end]))
            made_bares.append("".join(bares[begin:end]))
        done = end
    return made_words, made_bares, made_altered
