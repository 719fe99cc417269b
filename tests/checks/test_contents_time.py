"""No text makes what reads contents fail, or take its time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.page import Form, Link
from checks.parsing.contacts import traces
from checks.parsing.disclosure import disclosures
from checks.parsing.personal_forms import asks, says_consent
from checks.parsing.policy_parts import covered, of_somebody_else, untouched
from tests.builders.web import HOST, page

SEEDS = [
    *[
        "a",
        "•",
        "@",
        "0 ",
        "1/2/3 ",
        "© ",
        "thiet ke boi ",
        "ubnd a ",
        "truong th ",
        "a@a.a.",
        "d/c ",
    ],
    *["dia chi ", "duong a ", "chiu trach nhiem ", "so gd ", "dt: 1 ", "(at) a (dot) ", "a high "],
    *[
        "thac mac lien he ",
        "su co ",
        "xu ly ",
        "1. lien he ",
        "du lieu ca nhan ",
        "ten truong .",
        "[",
    ],
    *["cong khai ", "cong khai tai chinh ", "ba ", "dong y ", "thong tin ", "\u0301"],
]


@pytest.mark.parametrize("seed", SEEDS)
def test_repeated_for_ever(seed: str) -> None:
    """The longest text that is kept, made of one word; each reader stays far below a second on a quiet machine."""
    text = f"du lieu ca nhan du lieu ca nhan {seed * 65_536}"[:65_000]
    links = tuple(Link(href="https://x.vn/cong-khai", text=text[:300]) for _ in range(500))
    form = Form(action="", labels=(text[:80],) * 30, boxes=(text[:300],) * 10, text=text[:600])
    facts = page(text, links=links)
    started = time.process_time()
    traces(facts)
    covered(text)
    untouched(text)
    of_somebody_else(text)
    disclosures(facts, frozenset({HOST}))
    asks(form)
    says_consent(form, facts)
    assert time.process_time() - started < 8


@given(st.text(max_size=500))
def test_no_text_makes_them_fail(text: str) -> None:
    """Whatever stands in a page."""
    facts = page(text, links=(Link(href=text, text=text),))
    traces(facts)
    covered(text)
    untouched(text)
    of_somebody_else(text)
    disclosures(facts, frozenset({HOST}))
