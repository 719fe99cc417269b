"""Personal data: the value goes, the shape stays, everything else stays as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.parsing.masking import mask, mask_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nguyen.van-a@danang.edu.vn", "••••••.•••-•@danang.edu.vn"),
        ("hiệutrưởng@a.vn", "••••••••••@a.vn"),
        ("a.b [at] danang.edu.vn", "•.• [at] danang.edu.vn"),
        ("theo dõi @truong", "theo dõi @truong"),
        ("a@localhost", "a@localhost"),
        ("xem @truong.edu.vn", "xem @truong.edu.vn"),
        ("thư: a@b@c.vn (at) d.vn x[a]y.vn", "thư: a@•@•.•• (at) d.vn •[a]y.vn"),
        ("0905 123 456", "•••• ••• •••"),
        ("(0236) 3.822.345", "(••••) •.•••.•••"),
        ("+84 (0) 236 3822345", "+•• (•) ••• •••••••"),
        ("0905123456 - 0905654321", "•••••••••• - ••••••••••"),
        ("0905 123 456 0905 654 321", "•••• ••• ••• •••• ••• •••"),
        ("048201001234", "••••••••••••"),
        ("048 201 001 234", "••• ••• ••• •••"),
        ("số 201234567.", "số •••••••••."),
        ("05/09/2026 07:30", "05/09/2026 07:30"),
        ("05.09.2026 07 30 15", "05.09.2026 07 30 15"),
        ("1.250.000.000 đồng", "1.250.000.000 đồng"),
        ("năm học 2026-2027", "năm học 2026-2027"),
        ("no digits", "no digits"),
    ],
)
def test_mask(text: str, expected: str) -> None:
    """E-mail local parts, phone numbers and citizen ids; not dates, sums or years."""
    assert mask(text) == expected


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("mailto:abc@a.vn?subject=0905123456", "mailto:•••@a.vn?subject=••••••••••"),
        ("TEL:+842363822345", "TEL:+" + "•" * 12),
        ("https://zalo.me/0905123456", "https://zalo.me/••••••••••"),
        ("https://a.vn/x-0905123456", "https://a.vn/x-0905123456"),
        ("https://a.vn/?from=zalo.me&p=0905123456", "https://a.vn/?from=zalo.me&p=0905123456"),
        ("https://a.vn/?to=abc@a.vn", "https://a.vn/?to=•••@a.vn"),
        ("http://[zalo.me", "http://[zalo.me"),
        ("javascript:call('0905123456')", "javascript:call('••••••••••')"),
        ("0905123456", "••••••••••"),
    ],
)
def test_mask_address(href: str, expected: str) -> None:
    """Ordinary addresses stay usable; contacts in them do not stay readable."""
    assert mask_address(href) == expected


@given(st.text(alphabet=st.sampled_from("0123456789 .-+()@a•/[]t:")) | st.text())
def test_masking_twice_changes_nothing(text: str) -> None:
    """What is masked stays masked, and length stays."""
    once = mask(text)
    assert mask(once) == once
    assert len(once) == len(text)
    mask_address(text)
