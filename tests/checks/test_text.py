"""Text from outside: shown safely, folded for comparing."""

import re
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.parsing.text import composed, display, folded, legal

ANY = st.text(alphabet=st.characters(codec=None, exclude_categories=()))
XML = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Trường", "Trường"),
        ("Tru\u031bo\u031b\u0300ng", "Trường"),
        ("a\x1b[31m\x07\r\n\t", "a␛[31m␇␍␊␉"),
        ("\x7f\x85", "␡‹U+0085›"),
        ("a\u202eb\u200bc\ufeff", "a‹U+202E›b‹U+200B›c‹U+FEFF›"),
        ("\ud800\uffff", "‹U+D800›‹U+FFFF›"),
        ("x" * 20, "x" * 20),
        ("x" * 21, "x" * 19 + "…"),
        ("ữ" * 2000, "ữ" * 19 + "…"),
    ],
)
def test_display(text: str, shown: str) -> None:
    """Nothing unseen stays unseen, and what is cut says so."""
    limit = 80 if "‹" in shown else 20
    assert display(text, limit) == shown


def test_display_of_marks_without_end() -> None:
    """What was left out is marked even where the rest composes into little."""
    shown = display("a" + "\u0300\u0316" * 5000, 20)
    assert len(shown) <= 20
    assert shown.endswith("…")


@given(ANY, st.integers(1, 60))
def test_display_is_safe_and_settled(text: str, limit: int) -> None:
    """Showing twice changes nothing; the result is valid, XML-legal, one line and short enough."""
    shown = display(text, limit)
    assert display(shown, limit) == shown
    assert len(shown) <= limit
    shown.encode()
    assert XML.fullmatch(shown)
    assert not any(unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in shown)
    assert unicodedata.is_normalized("NFC", shown)


@given(ANY)
def test_folding_and_cleaning_never_fail(text: str) -> None:
    """Any text folds to itself once folded, and can be made legal."""
    assert XML.fullmatch(legal(text))
    legal(composed(text)).encode()
    folded(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Đường ĐI", "duong di"),
        ("Chính  sách\n bảo\u200b mật", "chinh sach bao mat"),
        ("ﬁle Ａ", "file a"),
    ],
)
def test_folded(text: str, expected: str) -> None:
    """Accents, case, blanks and unseen signs do not matter when comparing."""
    assert folded(text) == expected


def test_marks_without_end_take_linear_time() -> None:
    """A million combining marks are no way to stop the scan."""
    start = time.perf_counter()
    composed("a" + "\u0301\u0323" * 500_000)
    folded("\u0301\u0323" * 500_000)
    assert time.perf_counter() - start < 10
