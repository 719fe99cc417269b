"""Marks that intruders leave on a page, and how much a page differs from what it was."""

import re
from dataclasses import dataclass

from checks.evidence.page import PageFacts
from checks.parsing.text import READABLE_WORDS, folded, is_vietnamese

FEW_WORDS = 120
"""A page of so few words is no article."""
TINY_WORDS = 60
"""In a page of so few words every line is what the page says."""
SIMILAR = 0.1
"""Share of common shingles below which a text counts as another one.

News of a day change much of a home page, but its menu, its foot and older news stay: well above a fifth.  A page that
somebody else put there shares next to nothing.
"""
SHINGLE = 3
TITLE, LANGUAGE, TEXT = "other-title", "other-language", "other-text"
"""Signs of a sudden change."""
_READ = 12_000
"""Of a long text the beginning and the end are compared: the menu and the newest news, the foot and what stands above."""
_LANGUAGE_READ = 4_000
_TITLE_READ = 300

# Letters and the digits that stand for them, also with single signs between: "H.4.c.K-e-D  b y".
_BETWEEN = r"[\W_]{0,2}"


def _spread(word: str) -> str:
    stands = {"a": "[a4@]", "e": "[e3]", "o": "[o0]", "i": "[i1!]", "s": "[s5$z]", "t": "[t7]"}
    return _BETWEEN.join(stands.get(letter, re.escape(letter)) for letter in word)


_BY = rf"[\W_]{{1,5}}b{_BETWEEN}y\b"
# Nobody writes these of his own page.
_STRONG = re.compile(
    rf"(?<![a-z0-9])(?:(?:{_spread('hacked')}|{_spread('haxored')}|{_spread('pwned')}|{_spread('defaced')}){_BY}"
    r"|(?:0wn[e3]d|own3d|pwn3d|h4ck3d|hack3d|h4cked)(?![a-z0-9])"
    r"|gr[e3]{2}t[sz]{1,2}[\W_]{1,3}(?:to|fl?y)\b|gr[e3]{2}tz(?![a-z0-9])"
    r"|your (?:site|website|system|server|security) (?:has been|have been|was|is|got|get) (?:hacked|owned|pwned|defaced)\b)"
)
# Lawful in a sentence of news or of a lesson: a person must look.
_WEAK = re.compile(
    rf"(?<![a-z0-9])(?:h[a4@]ck{_BY}|(?:bi|da bi) (?:hack|deface|tan cong|chiem quyen) boi\b"
    r"|(?:website|trang web|trang|site|he thong) (?:nay )?(?:da )?bi (?:hack|deface)\b)"
    rf"|^[\W_]{{0,5}}(?:[o0]wn[e3]d|stamped|r[o0]{{2}}t[e3]d){_BY}"
)
_NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark, as it stands in the folded text."""

    mark: str
    strong: bool
    begins: bool
    """Whether no word stands before it."""


def marked(text: str, read: int = _TITLE_READ) -> Marked | None:
    """The gravest mark in the beginning of a text."""
    shown = folded(text[:read])
    for pattern in (_STRONG, _WEAK):
        found = pattern.search(shown)
        if found is not None:
            begins = not _words(shown[: found.start()])
            return Marked(found[0].strip(), pattern is _STRONG, begins)
    return None


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two looks at a page: ``signs`` are of ``TITLE``, ``LANGUAGE`` and ``TEXT``."""

    similarity: float
    signs: tuple[str, ...]


def comparable(page: PageFacts) -> bool:
    """Whether there is enough text to compare with."""
    return page.words >= READABLE_WORDS


def difference(then: PageFacts, now: PageFacts) -> Difference:
    """How a page differs from what it was.

    The similarity is the overlap coefficient of shingles of three words, marks and case removed: the share of the
    shorter text that stands in the other.  So a page that only grows, or loses its news, stays similar.
    """
    if then.text == now.text and then.title == now.title:
        return Difference(1.0, ())
    before, after = _words(_read(then.text)), _words(_read(now.text))
    similarity = _overlap(_shingles(before), _shingles(after))
    signs: list[str] = []
    if _other_title(then.title, now.title):
        signs.append(TITLE)
    if comparable(now) and _vietnamese(then) and not _vietnamese(now):
        signs.append(LANGUAGE)
    if similarity < SIMILAR:
        signs.append(TEXT)
    return Difference(round(similarity, 2), tuple(signs))


def _other_title(then: str, now: str) -> bool:
    """Whether two titles have no word in common."""
    before, after = _words(folded(then[:_TITLE_READ])), _words(folded(now[:_TITLE_READ]))
    return bool(before) and bool(after) and not set(before) & set(after)


def _vietnamese(page: PageFacts) -> bool:
    return is_vietnamese(page.text[:_LANGUAGE_READ])


def _read(text: str) -> str:
    long = len(text) > 2 * _READ
    return folded(f"{text[:_READ]} {text[-_READ:]}" if long else text)


def _words(text: str) -> list[str]:
    return _NO_WORD.sub(" ", text).split()


def _shingles(words: list[str]) -> frozenset[tuple[str, ...]]:
    size = min(SHINGLE, len(words))
    return frozenset(zip(*(words[at:] for at in range(size)), strict=False))


def _overlap(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    shorter = min(len(one), len(other))
    return len(one & other) / shorter if shorter else 0.0
