"""How alike two pages are, numbers, dates and the order of news aside."""

import re

from checks.parsing.text import folded

SHINGLE = 3
"""Words that stand together; shorter ones would find every page alike."""

_WORD = re.compile(r"[^\W\d_]+")


def likeness(one: str, other: str) -> float:
    """From 0 to 1: the share of short runs of words that two texts have in common (Dice's coefficient).

    Words with digits (dates, counters, prices) are left out, and where a run stands does not count.
    """
    # Nearly all pages are the same to the letter.
    if one == other:
        return 1.0
    first, second = _shingles(one), _shingles(other)
    if not first and not second:
        return 1.0
    return 2 * len(first & second) / (len(first) + len(second))


def same_title(one: str, other: str) -> bool:
    """Whether two titles say the same, counters and signs aside."""
    return one == other or _words(one) == _words(other)


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    if len(words) < SHINGLE:
        return {tuple(words)} if words else set()
    return {tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}


def _words(text: str) -> list[str]:
    return [
        word
        for token in folded(text).split()
        if not any(map(str.isdigit, token))
        for word in _WORD.findall(token)
    ]
