"""Contact details and badges: found, half found, not there, not seen."""

from typing import Any

import pytest

from checks.evidence.base import Cause
from checks.evidence.page import Image, Link, PageFacts
from checks.parsing.contacts import PARTS, found_parts
from checks.parsing.html.facts import page_facts
from checks.parsing.masking import mask
from checks.rules.identity import contact_details_published, label_badge_genuine
from checks.spec import Outcome
from tests.builders.web import HEALTHY_TEXT, HOST, TWIN, ask, page, pages, site

ALL = {"required_parts": list(PARTS)}
NEWS = "hôm nay các em học sinh tham gia ngày hội đọc sách rất vui và bổ ích cùng thầy cô " * 3


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Cơ quan chủ quản: Trường A", "managing-body"),
        ("Bản quyền © thuộc về nhà trường", "managing-body"),
        ("Trường Mầm non Hoa Hồng", "managing-body"),
        ("truong tieu hoc Phu Dong", "managing-body"),
        ("Đơn vị trực thuộc UBND xã Hòa Vang", "superior-body"),
        ("Sở Giáo dục và Đào tạo Đà Nẵng", "superior-body"),
        ("Địa chỉ: 1 Lê Lợi", "address"),
        ("số nhà 5, đường Hùng Vương, phường Thanh Khê", "address"),
        ("vanphong@danang.edu.vn", "email"),
        ("•••••••••@danang.edu.vn", "email"),
        ("vanphong [at] danang.edu.vn", "email"),
        ("0236 3822 345", "phone"),
        ("(0236) 3.822.345", "phone"),
        ("+84 905 123 456", "phone"),
        ("•••• •••• •••", "phone"),
        ("(••••) •.•••.•••", "phone"),
        ("hotline 1900 1234", "phone"),
        ("Chịu trách nhiệm nội dung: ông A", "responsible-person"),
        ("Chịu trách nhiệm chính về nội dung: bà B", "responsible-person"),
        ("Truong ban bien tap: ba B", "responsible-person"),
    ],
)
def test_one_part_is_found(text: str, part: str) -> None:
    """Words with accents or without, numbers masked or not."""
    assert part in found_parts(page(text, links=()))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Mã số thuế: 0400123456", "phone"),
        ("MST ••••••••••", "phone"),
        ("số căn cước ••••••••••••", "phone"),
        ("ngày 05.09.2026 07.30", "phone"),
        ("••••••.••••.•@danang.edu.vn", "phone"),
        ("địa chỉ IP của bạn", "address"),
        ("theo dõi @truonghoc nhé", "email"),
        ("mỗi người tự chịu trách nhiệm", "responsible-person"),
        ("con đường trở thành tài năng", "address"),
    ],
)
def test_what_only_looks_like_it(text: str, part: str) -> None:
    """Tax numbers, dates, masked ids and phrases of news are no contact details."""
    assert part not in found_parts(page(text, links=()))


def test_links_count_as_well() -> None:
    """A mailto or tel link is a contact, whatever its words."""
    links = (Link(href="mailto:•••@a.vn", text="thư"), Link(href="tel:••••", text="gọi"))
    assert found_parts(page(NEWS, links=links)) == {"email", "phone"}


@pytest.mark.parametrize(
    ("home", "outcome", "reason"),
    [
        pytest.param(page(), Outcome.MET, "", id="all-six"),
        pytest.param(
            page(HEALTHY_TEXT.replace("Chịu trách nhiệm", "")),
            Outcome.NEEDS_REVIEW,
            "parts-missing",
            id="five",
        ),
        pytest.param(page(NEWS), Outcome.NOT_MET, "nothing-found", id="none"),
        pytest.param(page(" ".join(NEWS.split()[:20])), Outcome.NOT_MET, "nothing-found", id="20"),
        pytest.param(
            page(" ".join(NEWS.split()[:19])), Outcome.NEEDS_REVIEW, "little-text", id="19-words"
        ),
        pytest.param(page(NEWS, truncated=True), Outcome.NOT_TESTED, "", id="cut-body"),
        pytest.param(page(NEWS, words=9_000), Outcome.NOT_TESTED, "", id="cut-text"),
        pytest.param(page(truncated=True), Outcome.MET, "", id="all-found-before-the-cut"),
        pytest.param(page(status=404), Outcome.NOT_TESTED, "", id="error"),
        pytest.param(page(status=429), Outcome.NOT_TESTED, "", id="rate-limited"),
        pytest.param(page(status=401), Outcome.NOT_TESTED, "", id="login"),
        pytest.param(page(content_type="application/pdf"), Outcome.NOT_TESTED, "", id="file"),
    ],
)
def test_contact_details(home: PageFacts, outcome: Outcome, reason: str) -> None:
    """Words alone never accuse; a whole page without a single trace does."""
    found = ask(contact_details_published, pages(home=home), limits=ALL)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_what_the_mask_leaves_is_enough() -> None:
    """Details are found in the text as it is kept."""
    text = mask(HEALTHY_TEXT.replace("•••• •••• •••", "0236 3822 345").replace("•••••@", "thcs@"))
    assert "0236" not in text
    assert ask(contact_details_published, pages(home=page(text)), limits=ALL).outcome is Outcome.MET


def test_only_required_parts_count() -> None:
    """A criterion may ask for fewer; one that asks for none or for an unknown one is refused."""
    home = pages(home=page("Điện thoại 0236 3822 345"))
    found = ask(contact_details_published, home, limits={"required_parts": ["phone"]})
    assert found.outcome is Outcome.MET
    for wrong in ([], ["fax"]):
        found = ask(contact_details_published, home, limits={"required_parts": wrong})
        assert found.outcome is Outcome.BROKEN


SLUG = HOST.replace(".", "")
ENTRY = f"https://tinnhiemmang.vn/danh-ba-tin-nhiem/{SLUG}-1714479536"
CERT = "https://tinnhiemmang.vn/handle_cert?id="


def badge(href: str = ENTRY, image: str = CERT + HOST) -> dict[str, Any]:
    """A page with one badge in its foot."""
    return {
        "links": (Link(href=href, text="", images=(image,)),),
        "images": (Image(src=image, linked=True),),
    }


@pytest.mark.parametrize(
    ("shown", "outcome", "reason"),
    [
        pytest.param(badge(), Outcome.MET, "", id="genuine"),
        pytest.param(badge(image=CERT + TWIN), Outcome.MET, "", id="www-id"),
        pytest.param(badge(image=CERT + f"https://{HOST}/"), Outcome.MET, "", id="address-as-id"),
        pytest.param(
            badge(ENTRY.replace("https", "http").replace(SLUG, f"www{SLUG}homegd2")),
            Outcome.MET,
            "",
            id="http-www-and-path",
        ),
        pytest.param(badge(image="/img/handle_cert.png"), Outcome.MET, "", id="local-copy"),
        pytest.param(
            badge(image="/img/nhan.png"), Outcome.MET, "", id="other-picture-to-the-entry"
        ),
        pytest.param(badge(image=CERT[:-4]), Outcome.MET, "", id="no-id"),
        pytest.param({}, Outcome.NOT_APPLICABLE, "no-badge", id="none"),
        pytest.param({"truncated": True}, Outcome.NOT_TESTED, "", id="none-before-the-cut"),
        pytest.param(
            {"links": (Link(href=ENTRY, text="tin tức"),)},
            Outcome.NOT_APPLICABLE,
            "no-badge",
            id="words-only",
        ),
        pytest.param(
            {"images": (Image(src=CERT + HOST),)}, Outcome.NOT_MET, "no-link", id="picture-only"
        ),
        pytest.param(
            badge(image=CERT + "tinnhiemmang.vn"), Outcome.NOT_MET, "other-host-id", id="copied-id"
        ),
        pytest.param(
            badge(ENTRY.replace(SLUG, "thegioididongcom")),
            Outcome.NOT_MET,
            "other-host-slug",
            id="copied-link",
        ),
        pytest.param(
            badge("https://tinnhiemmang.vn/"), Outcome.NOT_MET, "not-directory", id="front-page"
        ),
        pytest.param(
            badge(ENTRY.replace("tinnhiemmang", "tinnhiemmmang")),
            Outcome.NOT_MET,
            "not-directory",
            id="look-alike",
        ),
        pytest.param(badge(ENTRY[:-1]), Outcome.NOT_MET, "not-directory", id="nine-digits"),
    ],
)
def test_badge(shown: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """The picture's id and the entry's name must be the site's own."""
    found = ask(label_badge_genuine, pages(home=page(**shown)))
    assert (found.outcome, found.reason) == (outcome, reason)


_LINK = f'<a href="{ENTRY}" target="_blank" title="Chung nhan Tin Nhiem Mang">{{}}</a>'


@pytest.mark.parametrize(
    ("markup", "outcome", "reason"),
    [
        (_LINK.format(f'<img src="{CERT}{HOST}">'), Outcome.MET, ""),
        (_LINK.format(f'<img data-src="{CERT}{HOST}" src="/blank.gif">'), Outcome.MET, ""),
        (_LINK.format(f'<img data-src="{CERT}{HOST}">'), Outcome.MET, ""),
        (
            _LINK.format(f'<picture><source srcset="{CERT}{HOST} 2x"><img src="/b.png"></picture>'),
            Outcome.MET,
            "",
        ),
        (_LINK.format(f'<img src="{CERT}{TWIN}">'), Outcome.MET, ""),
        (_LINK.format(f'<img src="{CERT.replace("https", "http")}{HOST}">'), Outcome.MET, ""),
        (_LINK.format(f'<img src="{CERT[6:]}{HOST}">'), Outcome.MET, ""),
        (_LINK.format(f'<img src="{CERT}{HOST.upper()}">'), Outcome.MET, ""),
        (_LINK.format('<img src="/themes/images/handle_cert.png">'), Outcome.MET, ""),
        (_LINK.format('<img src="/themes/images/handle_cert-300x100.jpg">'), Outcome.MET, ""),
        (_LINK.format('<img src="/nhan-tin-nhiem.webp">'), Outcome.MET, ""),
        (_LINK.replace("https", "http").format(f'<img src="{CERT}{HOST}">'), Outcome.MET, ""),
        (
            _LINK.replace("tinnhiem", "www.tinnhiem", 1).format('<img src="/n.png">'),
            Outcome.MET,
            "",
        ),
        (
            _LINK.format(f'<img data-src="{CERT}topzone.vn" src="/blank.gif">'),
            Outcome.NOT_MET,
            "other-host-id",
        ),
        (
            _LINK.format(f'<picture><source srcset="{CERT}topzone.vn 2x"><img src="/b"></picture>'),
            Outcome.NOT_MET,
            "other-host-id",
        ),
        (f'<img data-src="{CERT}{HOST}">', Outcome.NOT_MET, "no-link"),
        (f'<img src="{CERT}tinnhiemmang.vn">', Outcome.NOT_MET, "other-host-id"),
        ('<img src="/themes/images/handle_cert.png">', Outcome.NOT_MET, "no-link"),
        ('<img src="/uploads/handle_cert-300x100.png">', Outcome.NOT_MET, "no-link"),
        (
            f'<a href="/nhan"><img src="{CERT}{HOST}"></a>',
            Outcome.NOT_MET,
            "not-directory",
        ),
        (
            _LINK.replace(SLUG, "topzonevn").format('<img src="/themes/handle_cert.png">'),
            Outcome.NOT_MET,
            "other-host-slug",
        ),
        (f'<template><img src="{CERT}topzone.vn"></template>', Outcome.NOT_APPLICABLE, "no-badge"),
        (f'<!-- <img src="{CERT}topzone.vn"> -->', Outcome.NOT_APPLICABLE, "no-badge"),
    ],
)
def test_badge_as_it_stands_in_pages(markup: str, outcome: Outcome, reason: str) -> None:
    """Loaded lazily, chosen from several, copied, with www, over http."""
    facts = page_facts(
        markup.encode(),
        url=f"https://{HOST}/",
        status=200,
        content_type="text/html",
        truncated=False,
    )
    found = ask(label_badge_genuine, pages(home=facts))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_badge_on_the_www_host() -> None:
    """With or without www is the same host."""
    www = site(TWIN)
    assert ask(label_badge_genuine, pages(home=page(**badge())), of=www).outcome is Outcome.MET


def test_a_cut_page_says_so() -> None:
    """The cause is the cut, not the school."""
    found = ask(label_badge_genuine, pages(home=page(links_total=900)))
    assert found.cause is Cause.BODY_TRUNCATED
