"""Marks of intruders and sudden change; lawful articles and daily news beside them."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.page import PageFacts, Pages
from checks.judge import judge
from checks.parsing.defacement import difference, marked
from checks.rules.defacement import not_defaced
from checks.spec import Finding, Outcome
from tests.builders.web import AS_OF, HEALTHY_TEXT, HOST, ask, page, pages, site

Payloads = dict[type[Payload], Payload | NotCaptured]
ARTICLE = (
    "Ngày hôm qua cơ quan công an cho biết nhiều trang web bị tấn công, kẻ gian để lại dòng chữ Hacked by nhóm lạ"
    " trên trang chủ. Nhà trường nhắc thầy cô đổi mật khẩu. "
) * 6
FRAME = " ".join(f"mục {n} của thực đơn nhà trường thứ {n}" for n in range(30))


def news(day: int) -> str:
    """A home page whose news are all of one day, in a frame that stays."""
    told = " ".join(f"tin{day}-{n} hôm nay{day} học{day} sinh{n}" for n in range(100))
    return f"{HEALTHY_TEXT} {FRAME} {told}"


@pytest.mark.parametrize(
    ("text", "strong"),
    [
        ("Hacked by Anon", True),
        ("HACKED BY x", True),
        ("H4ck3d by x", True),
        ("h.a.c.k.e.d b.y x", True),
        ("Hạcked bỷ x", True),
        ("0wn3d", True),
        ("pwned by x", True),
        ("Defaced By x", True),
        ("Greetz to all", True),
        ("greetz", True),
        ("Your site has been hacked", True),
        ("Owned by x", False),
        ("Trang web này đã bị hack", False),
        ("bị hack bởi nhóm lạ", False),
        ("growth hack by John", False),
    ],
)
def test_marks(text: str, *, strong: bool) -> None:
    """With digits for letters, signs between and marks on them."""
    found = marked(text)
    assert found is not None
    assert found.strong is strong


@pytest.mark.parametrize(
    "text",
    [
        "Trường THCS Lê Quý Đôn",
        "Ngày hội hackathon 2026",
        "Website thuộc quyền sở hữu, owned by the school",
        "Shackled by fear",
        "Cuộc thi an ninh mạng",
        "life hacks",
        "Greetings to all",
        "backed by parents",
    ],
)
def test_no_marks(text: str) -> None:
    """Words that only look like it."""
    assert marked(text) is None


@pytest.mark.parametrize(
    ("shown", "outcome", "reason"),
    [
        pytest.param({}, Outcome.MET, "no-earlier-look", id="healthy"),
        pytest.param({"title": "Hacked by X"}, Outcome.NOT_MET, "marks", id="title"),
        pytest.param({"title": "Trường A | 0wn3d"}, Outcome.NOT_MET, "marks", id="end-of-title"),
        pytest.param({"headings": ("Hacked by X",)}, Outcome.NOT_MET, "marks", id="heading"),
        pytest.param(
            {"text": "Hacked by X. We are everywhere."}, Outcome.NOT_MET, "marks", id="few-words"
        ),
        pytest.param({"text": ARTICLE}, Outcome.MET, "no-earlier-look", id="article"),
        pytest.param(
            {"text": ARTICLE, "headings": ("Vụ trang bị sửa thành Hacked by nhóm lạ",)},
            Outcome.NEEDS_REVIEW,
            "marks-in-passing",
            id="heading-about-it",
        ),
        pytest.param(
            {"title": "Trang web bị hack"},
            Outcome.NEEDS_REVIEW,
            "marks-in-passing",
            id="news-words",
        ),
        pytest.param({"truncated": True}, Outcome.NOT_TESTED, "", id="cut"),
        pytest.param({"status": 500}, Outcome.NOT_TESTED, "", id="error"),
    ],
)
def test_a_home_page(shown: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """Marks count where a page is called, or where it says little else."""
    shown = {"text": HEALTHY_TEXT, **shown}
    found = ask(not_defaced, pages(home=page(**shown)))
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("shown", "outcome"),
    [
        pytest.param({"title": "Hacked by X", "text": "bye"}, Outcome.NOT_MET, id="planted"),
        pytest.param(
            {"title": "Bài học từ vụ Hacked by X", "text": ARTICLE}, Outcome.MET, id="article"
        ),
        pytest.param(
            {"title": "Cảnh báo: trang web bị hack", "text": "Nhà trường thông báo."},
            Outcome.NEEDS_REVIEW,
            id="short-notice",
        ),
    ],
)
def test_an_inner_page(shown: dict[str, Any], outcome: Outcome) -> None:
    """Is called after its article."""
    policy = page(url=f"https://{HOST}/tin", **shown)
    assert ask(not_defaced, pages(policy=policy)).outcome is outcome


def since(then: PageFacts | NotCaptured | None, **now: Any) -> Finding:
    """The finding of a home page, with what the run before saw."""
    seen: Payloads = {Pages: pages(home=page(**now))}
    before: Payloads | None = None if then is None else {Pages: Pages(home=then)}
    return judge(not_defaced, {}, "school-1", site(), seen, AS_OF, before=before)


THEN = page(news(1))
ENGLISH = " ".join(f"welcome to our brand new shop number {n} with offers" for n in range(20))


@pytest.mark.parametrize(
    ("now", "outcome", "reason"),
    [
        pytest.param({"text": news(1)}, Outcome.MET, "", id="the-same"),
        pytest.param({"text": news(2)}, Outcome.MET, "", id="all-news-changed"),
        pytest.param({"text": HEALTHY_TEXT}, Outcome.MET, "", id="news-gone"),
        pytest.param({"text": news(1) + ENGLISH}, Outcome.MET, "", id="grown"),
        pytest.param(
            {"text": news(1), "title": "KUWIN casino"},
            Outcome.NEEDS_REVIEW,
            "other-title",
            id="title",
        ),
        pytest.param(
            {"text": news(1), "title": "Trang chủ - Trường THCS Lê Quý Đôn"},
            Outcome.MET,
            "",
            id="longer-title",
        ),
        pytest.param({"text": ENGLISH}, Outcome.NEEDS_REVIEW, "other-language", id="language"),
        pytest.param(
            {"text": "Cửa hàng chúng tôi bán nhiều mặt hàng mới với giá rất phải chăng. " * 5},
            Outcome.NEEDS_REVIEW,
            "other-text",
            id="text",
        ),
        pytest.param(
            {"text": ENGLISH, "title": "Hacked by x"}, Outcome.NOT_MET, "marks", id="marks"
        ),
    ],
)
def test_sudden_change(now: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """News of a day change nothing; another page does."""
    found = since(THEN, **now)
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    "then",
    [
        pytest.param(None, id="no-run"),
        pytest.param(NotCaptured(cause=Cause.RESET), id="not-seen"),
        pytest.param(page(status=500), id="error"),
        pytest.param(page("Đang nâng cấp"), id="hardly-a-word"),
    ],
)
def test_nothing_to_compare_with(then: PageFacts | NotCaptured | None) -> None:
    """The marks alone decide, and that is said."""
    found = since(then, text=ENGLISH)
    assert (found.outcome, found.reason) == (Outcome.MET, "no-earlier-look")


def test_each_sign_is_told() -> None:
    """Under its own name, with what was there before."""
    told = {one.name: one.value for one in since(THEN, text=ENGLISH, title="Shop").measured}
    assert told["other-title"] == THEN.title
    assert {"other-language", "other-text", "similarity"} <= set(told)


@given(st.text(), st.text())
def test_no_text_makes_the_readers_fail(one: str, other: str) -> None:
    """Likeness lies between nothing and all, and is the same from both sides."""
    marked(one)
    there = difference(page(one), page(other)).similarity
    assert 0 <= there <= 1
    assert there == difference(page(other), page(one)).similarity


@pytest.mark.parametrize(
    "sign", ["h", "h.", "hacked ", "b y ", "greetz", "da bi ", "\u0301", "owned" * 9]
)
def test_long_texts_take_no_long_time(sign: str) -> None:
    """Sixty-four kilobytes of near misses."""
    text = (sign * 65_536)[:65_536]
    began = time.perf_counter()
    ask(not_defaced, pages(home=page(text, words=5, title=text, headings=(text,))))
    assert time.perf_counter() - began < 0.5
