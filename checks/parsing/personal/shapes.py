"""What personal data look like: citizen ids, telephone numbers, dates, names of people."""

import re
from collections.abc import Iterator

from checks.parsing.masking import BULLET

YOUNGEST, OLDEST = 2035, 1925
"""Years of birth that anybody may have."""
PUPIL_FROM = 2003
"""Whoever was born before has left school; the youngest teachers were born after, but are never most of a list."""
BIRTH_UNTIL = 2022
"""Later days are rather those of events, where no heading says that they are days of birth."""
SAMPLE = 40

_CITIZEN = re.compile(r"(?<![\w•.,/-])(\d{3})(\d)(\d\d)\d{6}(?![\w•])")
_OLD_CITIZEN = re.compile(r"\d{9}")
_PHONE = re.compile(
    r"(?<![\w•.,/-])(?:\+?84|\(\+84\)|0)(?:[ .()-]{0,2}[35789])(?:[ .()-]{0,2}\d){8}(?![\w•])"
)
_SHORT_PHONE = re.compile(r"[35789]\d{8}")
_DATE = re.compile(
    r"(?<![\w•./-])(?:(\d{1,2})\s?([/.-])\s?(\d{1,2})\s?\2\s?((?:19|20)\d\d|\d\d)|((?:19|20)\d\d)-(\d\d)-(\d\d))"
    r"(?![\w•])(?![/-]\w)"
)
_EMAIL = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_LONG_NUMBER = re.compile(r"\d{9}")
_SEPARATORS = str.maketrans("", "", " .'’\u00a0-")
_WORD = re.compile(r"[^\W\d_]+")
_SIGN = re.compile(r"\w")
_SURNAMES = frozenset(
    word
    for line in """
    nguyễn nguyen trần tran lê le phạm pham huỳnh huynh hoàng hoang phan vũ vu võ vo đặng dang bùi bui đỗ do hồ
    ho ngô ngo dương duong lý ly đoàn doan trương truong mai cao thái thai tôn ton đinh dinh lâm lam trịnh trinh
    đào dao lương luong hà ha tạ ta châu chau phùng phung quách quach kiều kieu văn van từ tu triệu trieu tô to
    vương vuong la lưu luu thân than tống tong thạch thach đinh nông nong hứa hua chu ông bling bhling bh zơ arất
    alăng a-lăng coor hôih hốih bnướch tơ ngôl briu bríu pơloong blúp kring zuông
    """.splitlines()
    for word in line.split()
)


def citizen_ids(text: str) -> list[str]:
    """Twelve digits that begin as those of a person do: province, century and sex, year."""
    return [found[0] for found in _CITIZEN.finditer(text) if _plausible(found[0])]


def citizen_in_cell(cell: str, *, named: bool) -> str:
    """A citizen id that fills a cell.  Where its column is ``named`` so, also one that lost its nought to a program
    that took it for a number, and the nine digits of before.
    """
    digits = cell.translate(_SEPARATORS)
    if not digits.isascii() or not digits.isdecimal():
        return ""
    if len(digits) == 12 and _plausible(digits):
        return digits
    if not named:
        return ""
    if len(digits) in (10, 11) and _plausible(digits.zfill(12)):
        return digits
    return digits if _OLD_CITIZEN.fullmatch(digits) else ""


def citizen_year(digits: str) -> int:
    """The year of birth that a citizen id of twelve digits tells; 0 where it tells none."""
    digits = digits.zfill(12)
    if len(digits) != 12 or len(digits.lstrip("0")) < 10:
        return 0
    return (1900, 2000, 2100, 2200, 2300)[min(int(digits[3]) // 2, 4)] + int(digits[4:6])


def _plausible(digits: str) -> bool:
    return 1 <= int(digits[:3]) <= 96 and OLDEST <= citizen_year(digits) <= YOUNGEST


def phones(text: str) -> list[str]:
    """Numbers of mobile telephones: those of persons."""
    return [found[0] for found in _PHONE.finditer(text)]


def phone_in_cell(cell: str, *, named: bool) -> str:
    """One that stands in a cell; where its column is ``named`` so, also without its nought."""
    found = phones(cell)
    if found:
        return found[0]
    digits = cell.translate(_SEPARATORS)
    return digits if named and _SHORT_PHONE.fullmatch(digits) else ""


def dates(text: str) -> Iterator[tuple[str, int]]:
    """Days with their year; two digits of a year are taken for the century that makes sense."""
    for found in _DATE.finditer(text):
        if found[5]:
            day, month, year = int(found[7]), int(found[6]), int(found[5])
        else:
            day, month = int(found[1]), int(found[3])
            year = int(found[4])
            year += 0 if year > 99 else 2000 if year <= YOUNGEST - 2000 else 1900
        if 1 <= day <= 31 and 1 <= month <= 12 and OLDEST <= year <= YOUNGEST:
            yield found[0], year


def emails(text: str) -> list[str]:
    """Addresses of electronic mail."""
    return _EMAIL.findall(text) if "@" in text else []


def is_data(cell: str) -> bool:
    """Whether a cell holds a value, not a heading."""
    return bool(_LONG_NUMBER.search(cell.translate(_SEPARATORS)) or next(dates(cell), None))


def is_name(cell: str) -> bool:
    """Whether a cell is a person's name: a surname, and more words that begin with capitals."""
    words = cell.split()
    return 2 <= len(words) <= 7 and len(cell) <= 60 and name_in(cell) == " ".join(words)


def name_in(text: str) -> str:
    """The first name of a person in a text."""
    words = list(_WORD.finditer(text))
    for at, word in enumerate(words):
        if word[0].lower() not in _SURNAMES or not word[0][0].isupper():
            continue
        last = at
        while (
            last + 1 < len(words)
            and last - at < 6
            and text[words[last].end() : words[last + 1].start()] == " "
            and words[last + 1][0][0].isupper()
        ):
            last += 1
        if last > at:
            return text[word.start() : words[last].end()]
    return ""


def shape(cell: str) -> str:
    """A cell with nothing left of it but its shape."""
    return _SIGN.sub(BULLET, " ".join(cell[: 2 * SAMPLE].split()))[:SAMPLE]
