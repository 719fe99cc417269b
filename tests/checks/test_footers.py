"""Contact details on a corpus of footers and pages: which of the six parts are there, and what is answered."""

import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from checks.parsing.contacts import PARTS, found_parts
from checks.parsing.html.facts import page_facts
from checks.rules.identity import contact_details_published
from tests.builders.web import HOST, ask, pages

FOLDER = Path(__file__).parents[1] / "footers"
LETTERS = dict(zip("MSAEPR", PARTS, strict=True))
NEWS = (
    "<p>Sáng nay các em học sinh tham gia ngày hội đọc sách rất vui. Thầy cô giáo cùng phụ huynh đã chuẩn bị nhiều gian hàng"
    " với những quyển sách hay. Các lớp trình bày tiết mục văn nghệ, kể chuyện và vẽ tranh về mái trường mến yêu.</p>"
)
CASES = [
    pytest.param(case, id=f"{file.stem}-{case['name']}")
    for file in sorted(FOLDER.glob("*.toml"))
    for case in tomllib.loads(file.read_text(encoding="utf-8"))["case"]
]


@pytest.mark.parametrize("case", CASES)
def test_a_footer(case: dict[str, Any]) -> None:
    """Exactly the parts that a reader finds, and the answer that follows from them."""
    html = case["html"].replace("{news}", NEWS).replace("{long}", NEWS * 12)
    html = f"<!DOCTYPE html><html lang=vi><meta charset=utf-8><body>{html}</body></html>"
    html = unicodedata.normalize("NFD" if case.get("nfd") else "NFC", html)
    facts = page_facts(
        html.encode(),
        url=f"https://{HOST}/",
        status=200,
        content_type="text/html",
        truncated=False,
    )
    parts = {LETTERS[letter] for letter in case["parts"]}
    assert found_parts(facts) == parts
    found = ask(
        contact_details_published, pages(home=facts), limits={"required_parts": list(PARTS)}
    )
    usual = ("met", "") if parts == set(PARTS) else ("needs-review", "parts-missing")
    assert (found.outcome, found.reason) == (
        case.get("outcome", usual[0]),
        case.get("reason", usual[1]),
    )


def test_the_corpus_is_large_enough() -> None:
    """Whole ones, partial ones and traps."""
    assert len(CASES) >= 45
