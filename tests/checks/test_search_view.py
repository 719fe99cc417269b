"""What who comes from a search engine sees: the same, almost the same, something else."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import Link
from checks.parsing.likeness import likeness, same_title
from checks.rules.search_view import same_page_for_search_engines
from checks.spec import Finding, Outcome
from tests.builders.web import (
    HEALTHY_TEXT,
    HOST,
    NEWS_TEXT,
    ask,
    home_sample,
    page,
    pages,
    sample,
    samples,
    unknown_sample,
)

BETTING = "https://nhacai-thuchanh.example/"
SPAM = (
    "Nhà cái uy tín số một cá cược bóng đá tài xỉu nổ hũ game bài đổi thưởng nạp rút siêu tốc " * 3
)
THERE = (Link(href=BETTING, text="Nhà cái"),)
LIMITS = {"min_similarity": 0.9}


def found(home: Any = None, *searched: Any, **changed: Any) -> Finding:
    """The finding where the home page, and perhaps other pages, come like this for searchers."""
    again = (home or home_sample(), *(searched or (unknown_sample(), sample())))
    return ask(
        same_page_for_search_engines, pages(), samples(searched=again, **changed), limits=LIMITS
    )


@pytest.mark.parametrize(
    ("home", "outcome", "reason"),
    [
        pytest.param(home_sample(), Outcome.MET, "", id="same"),
        pytest.param(
            home_sample(text=SPAM, title="Nhà cái", links=THERE),
            Outcome.NOT_MET,
            "other-links",
            id="cloaked",
        ),
        pytest.param(
            home_sample(title="Nhà cái", links=THERE),
            Outcome.NOT_MET,
            "other-links",
            id="title-and-links",
        ),
        pytest.param(
            home_sample(text=SPAM, links=THERE), Outcome.NOT_MET, "other-links", id="text-and-links"
        ),
        pytest.param(home_sample(links=THERE), Outcome.NEEDS_REVIEW, "more-links", id="links"),
        pytest.param(home_sample(text=SPAM), Outcome.NEEDS_REVIEW, "other-text", id="text"),
        pytest.param(home_sample(title="Khác"), Outcome.NEEDS_REVIEW, "other-title", id="title"),
        pytest.param(home_sample(status=403), Outcome.NEEDS_REVIEW, "other-status", id="status"),
        pytest.param(home_sample(BETTING), Outcome.NOT_MET, "sent-away", id="redirect"),
        pytest.param(home_sample(refresh=BETTING), Outcome.NOT_MET, "sent-away", id="refresh"),
        pytest.param(
            home_sample("https://forms.gle/x"), Outcome.NEEDS_REVIEW, "sent-elsewhere", id="form"
        ),
        pytest.param(
            home_sample(text=f"{HEALTHY_TEXT} Lượt xem: 1284. Hôm nay 23/11/2026"),
            Outcome.MET,
            "",
            id="counter-and-date",
        ),
        pytest.param(
            home_sample(links=(Link(href="https://danang.gov.vn/", text="x"),)),
            Outcome.MET,
            "",
            id="authority",
        ),
        pytest.param(
            home_sample(links=(Link(href=f"https://hoc.{HOST}/", text="x"),)),
            Outcome.MET,
            "",
            id="own",
        ),
        pytest.param(
            home_sample(links=(Link(href="mailto:•••@la.example", text="x"),)),
            Outcome.MET,
            "",
            id="mail",
        ),
    ],
)
def test_the_home_page(home: Any, outcome: Outcome, reason: str) -> None:
    """Strangers' links together with other words accuse; either alone is for a person."""
    answer = found(home)
    assert (answer.outcome, answer.reason) == (outcome, reason)


def test_an_inner_page() -> None:
    """One page that differs is enough, and it is named."""
    spam = sample(text=SPAM, title="Nhà cái", links=THERE)
    answer = found(None, unknown_sample(), spam)
    assert (answer.outcome, answer.address) == (Outcome.NOT_MET, f"https://{HOST}/tin-tuc")
    doorway = unknown_sample(status=200, text=SPAM, title="Nhà cái", links=THERE)
    assert found(None, doorway, sample()).reason == "other-links"


def test_what_everybody_sees_is_no_difference() -> None:
    """A page that sends everybody away is another check's; so are links that everybody sees."""
    gone = sample(left_to=BETTING)
    assert found(None, gone, pages=(gone,)).outcome is Outcome.MET
    linked = sample(links=THERE)
    changed = sample(links=THERE, title="Khác")
    assert found(None, changed, pages=(linked,)).reason == "other-title"


@pytest.mark.parametrize(("limit", "outcome"), [(0.95, Outcome.NEEDS_REVIEW), (0.8, Outcome.MET)])
def test_the_bar_is_the_criterions(limit: float, outcome: Outcome) -> None:
    """A tenth of the text replaced: 0.86 alike."""
    words = [chr(97 + n // 26) + chr(97 + n % 26) for n in range(100)]
    other = [*words[:90], *(f"{word}z" for word in words[90:])]
    home = page(" ".join(words))
    evidence = samples(searched=(home_sample(text=" ".join(other)),))
    answer = ask(
        same_page_for_search_engines,
        pages(home=home),
        evidence,
        limits={"min_similarity": limit},
    )
    assert answer.outcome is outcome
    assert answer.measured[0].value == pytest.approx(88 / 98, abs=0.001)


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        pytest.param(
            {"searched": NotCaptured(cause=Cause.NOT_PERMITTED)},
            Cause.NOT_PERMITTED,
            id="permission",
        ),
        pytest.param({"searched": ()}, Cause.NOT_PERMITTED, id="robots"),
        pytest.param(
            {"searched": (), "cut": NotCaptured(cause=Cause.DEADLINE)}, Cause.DEADLINE, id="late"
        ),
        pytest.param({"searched": (home_sample(status=429),)}, Cause.RATE_LIMITED, id="429"),
        pytest.param({"searched": (home_sample(status=503),)}, Cause.SERVER_ERROR, id="503"),
        pytest.param(
            {
                "searched": (
                    home_sample().model_copy(update={"page": NotCaptured(cause=Cause.RESET)}),
                )
            },
            Cause.RESET,
            id="reset",
        ),
    ],
)
def test_what_was_not_seen(changed: dict[str, Any], cause: Cause) -> None:
    """Nothing is concluded without the home page in both manners."""
    answer = ask(same_page_for_search_engines, pages(), samples(**changed), limits=LIMITS)
    assert (answer.outcome, answer.cause) == (Outcome.NOT_TESTED, cause)


def test_a_home_page_that_was_not_seen_or_cut() -> None:
    """Plainly seen is the one that it is compared with."""
    for home, cause in (
        (NotCaptured(cause=Cause.RESET), Cause.RESET),
        (page(truncated=True), Cause.BODY_TRUNCATED),
    ):
        answer = ask(same_page_for_search_engines, pages(home=home), samples(), limits=LIMITS)
        assert answer.cause is cause


def test_pages_that_did_not_come_or_are_none() -> None:
    """They are left out; files and failures are compared with nothing."""
    silent = sample().model_copy(update={"page": NotCaptured(cause=Cause.NO_ANSWER)})
    for inner in (silent, sample(status=503), sample(content_type="text/plain", title="Khác")):
        answer = found(None, unknown_sample(), inner)
        assert answer.outcome is Outcome.MET
        assert answer.measured[-1].value == 2
    stray = sample("/nobody-asked")
    assert found(None, stray).measured[-1].value == 1
    text = pages(home=page(content_type=""))
    again = samples(searched=(home_sample(content_type="text/plain"),))
    answer = ask(same_page_for_search_engines, text, again, limits=LIMITS)
    assert answer.outcome is Outcome.NOT_TESTED


def test_links_that_may_have_been_cut() -> None:
    """Of a page with more links than are kept nobody knows which are new."""
    many = page(links=(Link(href=f"https://{HOST}/a", text="a"),), links_total=501)
    home = home_sample(links=THERE, title="Khác")
    answer = ask(
        same_page_for_search_engines, pages(home=many), samples(searched=(home,)), limits=LIMITS
    )
    assert answer.reason == "other-title"
    outside = sample(links=(Link(href="https://khac.example/", text="a"),), links_total=151)
    inner = sample(links=THERE, title="Khác")
    assert found(None, inner, pages=(outside,)).reason == "other-title"
    inside = sample(links=(Link(href=f"https://{HOST}/a", text="a"),), links_total=151)
    assert found(None, inner, pages=(inside,)).reason == "other-links"


def test_news_in_another_order() -> None:
    """Two items that changed places leave a text alike but for where they meet."""
    first, second = HEALTHY_TEXT, NEWS_TEXT
    assert likeness(f"{first} {second}", f"{second} {first}") > 0.95
    assert likeness("ngày 1 tháng 2", "ngày 28 tháng 11") == 1.0
    assert likeness("", "") == 1.0
    assert likeness("", HEALTHY_TEXT) == 0.0
    assert same_title("Trang chủ (3)", "TRANG CHỦ (12)")
    assert not same_title("Trang chủ", "Nhà cái")


@given(st.text(), st.text())
def test_likeness_is_a_share(one: str, other: str) -> None:
    """From nothing to all, whichever comes first; a text is like itself."""
    assert 0.0 <= likeness(one, other) <= 1.0
    assert likeness(one, other) == likeness(other, one)
    assert likeness(one, one) == 1.0
