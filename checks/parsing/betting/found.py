"""Which words of betting, and of those who warn of it, a text holds."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice, pairwise

from checks.parsing.betting.reading import Reading, read, with_letters
from checks.parsing.betting.words import BettingWords, Phrase, Said

_FAR = re.compile("[\u0400-\u052f\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
_MIXED = re.compile(r"\b[a-z]{1,5}[0134579]{1,2}[a-z]{0,5}\b")
"""A word with a digit where a letter may be meant; classes and hours begin with one."""
# "nạp 20k tặng ngay 20k", "hoàn tiền 2% cược thua": what only those say who want money to be paid in.
_OFFER = re.compile(
    r"\bnap (?:\w+ ){0,3}\d{1,4}k (?:\w+ ){0,2}(?:tang|nhan|thuong)\b|\b(?:tang|nhan|thuong)(?: \w+){0,2} \d{2,4}k (?:trai nghiem|khi dang ky|cho (?:tan thu|thanh vien|hoi vien))"
    r"|\bhoan (?:tien|tra|cuoc)(?: \w+){0,3} (?:cuoc|thua)\b|\bcuoc thua\b|\bnap lan dau\b"
)
_LONG = 8
"""No syllable has so many letters; a word that has may be several."""
_LONG_WORDS = 1_000


@dataclass(slots=True)
class FoundWords:
    """Distinct phrases by kind with how often each stands there, and how many words are altered on purpose."""

    said: dict[Said, Counter[str]] = field(default_factory=lambda: {one: Counter() for one in Said})
    ordinary: set[str] = field(default_factory=set)
    """Brands among them that may mean something else."""
    altered: int = 0
    altered_phrases: int = 0
    offers: int = 0
    """How often money is promised to who pays in."""
    words: int = 0

    def of(self, *kinds: Said) -> int:
        """How many distinct phrases of these kinds."""
        return sum(len(self.said[kind]) for kind in kinds)

    @property
    def sure_brands(self) -> int:
        """Distinct brands that mean nothing else."""
        return len(self.said[Said.BRAND].keys() - self.ordinary)

    def first(self, *kinds: Said) -> tuple[str, ...]:
        """The phrases of these kinds."""
        return tuple(phrase for kind in kinds for phrase in self.said[kind])


def find(text: str, words: BettingWords) -> FoundWords:
    """Every phrase of the list that a text holds."""
    found = FoundWords()
    if not text:
        return found
    reading = read(text)
    found.words = len(reading.words)
    found.altered = len(reading.altered)
    _phrases(reading, words, found)
    flat = " ".join(reading.bare)
    for offer in islice(_OFFER.finditer(flat), 5):
        found.said[Said.PROMOTION][offer[0]] += 1
        found.offers += 1
    if _FAR.search(text) is not None:
        for sign in words.signs:
            if sign in text:
                found.said[Said.FOREIGN][sign] += 1
    return found


def _phrases(reading: Reading, words: BettingWords, found: FoundWords) -> None:
    bare = reading.bare
    covered: dict[Said, int] = {}
    for at in _beginnings(bare, words):
        _take(reading, at, _candidates(bare, at, words), words, found, covered)
    # Most words come again and again; the last place of each will do.
    places = dict(zip(bare, range(len(bare)), strict=True))
    long = {word: at for word, at in places.items() if len(word) >= _LONG}
    long |= {bare[at]: at for at in reading.altered}
    for word, at in list(long.items())[:_LONG_WORDS]:
        _take_joined(reading, at, word, words, found)
    if _MIXED.search(" ".join(bare)) is not None:
        _letters_for_digits(reading, words, found)


def _beginnings(bare: tuple[str, ...], words: BettingWords) -> list[int]:
    """Where a phrase may begin, in order."""
    by_word, by_pair = words.by_word, words.by_pair
    # Most texts hold none, which is quickly seen.
    found: list[int] = []
    pairs: list[int] = []
    if not by_word.keys().isdisjoint(bare):
        found = [at for at, word in enumerate(bare) if word in by_word]
    if not by_pair.keys().isdisjoint(pairwise(bare)):
        pairs = [at for at, pair in enumerate(pairwise(bare)) if pair in by_pair]
    return sorted({*found, *pairs}) if found else pairs


def _candidates(bare: tuple[str, ...], at: int, words: BettingWords) -> tuple[Phrase, ...]:
    """Phrases that begin with what stands at a place, the longest first."""
    pair = words.by_pair.get((bare[at], bare[at + 1]), ()) if at + 1 < len(bare) else ()
    return (*pair, *words.by_word.get(bare[at], ()))


def _take(
    reading: Reading,
    at: int,
    candidates: Iterable[Phrase],
    words: BettingWords,
    found: FoundWords,
    covered: dict[Said, int],
) -> None:
    """The longest phrase of each kind that begins at a place and stands in no longer one."""
    for phrase in candidates:
        end = at + len(phrase.tokens)
        if reading.bare[at:end] != phrase.tokens or covered.get(phrase.said, 0) >= end:
            continue
        altered = not reading.altered.isdisjoint(range(at, end))
        if not altered and not _means(phrase, reading, at, end, words):
            continue
        covered[phrase.said] = end
        found.said[phrase.said][phrase.written] += 1
        if phrase.ordinary:
            found.ordinary.add(phrase.written)
        if altered and phrase.said is not Said.REPORT:
            found.altered_phrases += 1


def _means(phrase: Phrase, reading: Reading, at: int, end: int, words: BettingWords) -> bool:
    """Whether these letters, with the marks that they bear, mean the phrase."""
    written = " ".join(reading.words[at:end])
    if written == phrase.written:
        return True
    if written in words.lawful_readings:
        return False
    # In a text with marks a phrase without any, or with others, is another one; but who alters words means it.
    if len(reading.altered) > 1 and phrase.said is not Said.REPORT:
        return True
    return not reading.marked and written == " ".join(phrase.tokens)


def _take_joined(
    reading: Reading, at: int, word: str, words: BettingWords, found: FoundWords
) -> None:
    """Phrases of the trade inside a word that was made of several."""
    if not word.isalnum():
        return
    for joined, phrase in words.joined.items():
        if joined in word:
            found.said[phrase.said][phrase.written] += 1
            found.altered_phrases += at in reading.altered or word != "".join(phrase.tokens)
            return


def _letters_for_digits(reading: Reading, words: BettingWords, found: FoundWords) -> None:
    """Phrases whose letters are partly written as digits; brands, which have digits of their own, are passed over."""
    mixed = {
        at
        for at, word in enumerate(reading.bare)
        if not word.isalpha() and _MIXED.fullmatch(word) and word not in words.brands
    }
    if not mixed or len(mixed) > 200:
        return
    letters = tuple(
        with_letters(word) if at in mixed else word for at, word in enumerate(reading.bare)
    )
    for at in sorted({near for place in mixed for near in range(max(0, place - 3), place + 1)}):
        for phrase in _candidates(letters, at, words):
            end = at + len(phrase.tokens)
            if (
                phrase.said in (Said.PROMOTION, Said.TOPIC)
                and letters[at:end] == phrase.tokens
                and not mixed.isdisjoint(range(at, end))
            ):
                found.said[phrase.said][phrase.written] += 1
                found.altered_phrases += 1
