"""The "Công khai" section: which links lead there, and which only sound like it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.page import Image, Link
from checks.parsing.disclosure import disclosures
from checks.rules.identity import public_disclosure_present
from checks.spec import Outcome
from tests.builders.web import HOST, ask, page, pages, site
from tests.checks.test_consent import sample, samples

HOME = f"https://{HOST}/"


def linked(text: str, href: str = f"{HOME}muc-12", **other: Any) -> Any:
    """Pages of a site with one such link."""
    return pages(home=page(links=(Link(href=href, text=text),), **other))


@pytest.mark.parametrize(
    "text",
    [
        "Công khai",
        "CÔNG KHAI",
        "Cong khai",
        "Ba công khai",
        "3 công khai",
        "Thực hiện 3 công khai",
        "Công khai theo TT 09",
        "Công khai theo Thông tư 09/2024/TT-BGDĐT",
        "Công khai theo quy định",
        "Quy chế công khai",
        "Công khai thông tin",
        "Thông tin công khai",
        "Công khai tài chính",
        "Công khai năm học 2026 - 2027",
        "» Công khai «",
        "Công khai - minh bạch",
        "Công khai chất lượng giáo dục",
        "Public disclosure",
        "Co\u0302ng khai",
    ],
)
def test_words_of_a_section(text: str) -> None:
    """With accents or without, with the year or the circular."""
    found = ask(public_disclosure_present, linked(text))
    assert found.outcome is Outcome.MET
    assert found.measured[0].value == f"{HOME}muc-12"


@pytest.mark.parametrize(
    "text",
    [
        "Công khai danh sách trúng thưởng",
        "Công khai danh sách học sinh trúng tuyển vào lớp 6",
        "Thầy giáo công khai xin lỗi phụ huynh",
        "Công an phường công khai đường dây nóng",
        "Bắt quả tang đối tượng đánh bạc công khai giữa chợ quê",
        "Công khai lịch trực hè",
        "Giới thiệu",
        "Công khaihoang",
        "Kế hoạch năm học",
    ],
)
def test_headlines_and_other_things(text: str) -> None:
    """News that use the word are no section."""
    found = ask(public_disclosure_present, linked(text))
    assert (found.outcome, found.reason) == (Outcome.NOT_MET, "no-link")


@pytest.mark.parametrize(
    ("text", "href", "outcome", "reason"),
    [
        ("", f"{HOME}cong-khai", Outcome.MET, ""),
        ("Xem thêm", f"{HOME}vi/cong-khai/", Outcome.MET, ""),
        ("Xem thêm", f"{HOME}ba-cong-khai.html", Outcome.MET, ""),
        ("Xem thêm", f"{HOME}chuyen-muc/3-cong-khai", Outcome.MET, ""),
        ("Xem thêm", f"{HOME}congkhai.aspx", Outcome.MET, ""),
        ("Xem thêm", f"{HOME}cong-khai-danh-sach-trung-thuong", Outcome.NOT_MET, "no-link"),
        ("Công khai", f"https://www.{HOST}/ck", Outcome.MET, ""),
        ("Công khai", f"https://congkhai.{HOST}/", Outcome.MET, ""),
        ("Công khai", "https://haichau.danang.gov.vn/cong-khai", Outcome.MET, ""),
        ("Công khai", "https://drive.google.com/drive/x", Outcome.NEEDS_REVIEW, "other-host"),
        ("Công khai", "javascript:void(0)", Outcome.NEEDS_REVIEW, "link-not-openable"),
        ("Công khai", f"{HOME}#", Outcome.NEEDS_REVIEW, "link-not-openable"),
        (
            "Quyết định về việc công khai dự toán ngân sách năm 2026 của trường",
            f"{HOME}tin/1",
            Outcome.NEEDS_REVIEW,
            "items-only",
        ),
        ("Xem", "http://[", Outcome.NOT_MET, "no-link"),
    ],
)
def test_where_a_link_leads(text: str, href: str, outcome: Outcome, reason: str) -> None:
    """By words or by path; somebody else's host and scripts need a person."""
    found = ask(public_disclosure_present, linked(text, href))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_hosts_under_the_same_registered_name_count() -> None:
    """A school below its department's name; another school of edu.vn is somebody else."""
    school = site("thcs-abc.danang.edu.vn")
    for href, outcome in (
        ("https://danang.edu.vn/cong-khai/thcs-abc", Outcome.MET),
        ("https://congkhai.danang.edu.vn/", Outcome.MET),
        ("https://thcskhac.edu.vn/cong-khai", Outcome.NEEDS_REVIEW),
    ):
        seen = pages(home=page(url=school.url, links=(Link(href=href, text="Công khai"),)))
        assert ask(public_disclosure_present, seen, of=school).outcome is outcome


def test_a_menu_over_single_papers_is_a_section() -> None:
    """The menu opens by script, its entries are addresses of the school."""
    links = (
        Link(href="javascript:;", text="Công khai"),
        Link(
            href=f"{HOME}tin/1",
            text="Công khai quyết toán thu chi ngân sách nhà nước quý 3 năm 2026",
        ),
    )
    seen = pages(home=page(links=links))
    assert ask(public_disclosure_present, seen).outcome is Outcome.MET


def test_a_picture_says_it_by_its_other_text() -> None:
    """Only its own picture's."""
    image = f"{HOME}ba-cong-khai.png"
    home = page(
        links=(Link(href=f"{HOME}muc-12", text="", images=(image,)),),
        images=(Image(src=image, alt="Ba công khai", linked=True),),
    )
    assert ask(public_disclosure_present, pages(home=home)).outcome is Outcome.MET
    silent = home.model_copy(update={"images": (Image(src=image, alt="", linked=True),)})
    assert ask(public_disclosure_present, pages(home=silent)).outcome is Outcome.NOT_MET


@pytest.mark.parametrize(
    ("status", "outcome", "reason"),
    [
        (200, Outcome.MET, ""),
        (503, Outcome.MET, ""),
        (404, Outcome.NOT_MET, "gone"),
        (410, Outcome.NOT_MET, "gone"),
        (403, Outcome.NEEDS_REVIEW, "behind-login"),
    ],
)
def test_what_the_sampled_page_answers(status: int, outcome: Outcome, reason: str) -> None:
    """A link into nothing is no section; another one that works is."""
    seen = linked("Công khai", f"{HOME}cong-khai")
    further = samples(sample(page(status=status), f"{HOME}cong-khai/"))
    found = ask(public_disclosure_present, seen, *further)
    assert (found.outcome, found.reason) == (outcome, reason)
    links = (*seen.home.links, Link(href=f"{HOME}ck", text="Ba công khai"))
    found = ask(public_disclosure_present, pages(home=page(links=links)), *further)
    assert found.outcome is Outcome.MET


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        ({}, Outcome.NOT_MET, "no-link"),
        ({"truncated": True}, Outcome.NOT_TESTED, ""),
        ({"links_total": 900}, Outcome.NOT_TESTED, ""),
        ({"text": "Xin chào", "words": 2}, Outcome.NEEDS_REVIEW, "little-text"),
        ({"status": 500}, Outcome.NOT_TESTED, ""),
    ],
)
def test_without_such_a_link(changed: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """Missing only where the whole page was seen."""
    bare = page(**{"links": (), **changed})
    found = ask(public_disclosure_present, pages(home=bare))
    assert (found.outcome, found.reason) == (outcome, reason)


@given(st.text(max_size=400), st.text(max_size=100))
def test_no_link_makes_it_fail(text: str, href: str) -> None:
    """Whatever stands in it."""
    home = page(links=(Link(href=href, text=text),))
    disclosures(home, frozenset({HOST}))
