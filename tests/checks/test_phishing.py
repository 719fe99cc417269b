"""Passwords: where they are sent, and who asks for them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.page import Form
from checks.parsing.sign_in import claimed, sends_elsewhere, signs_in
from checks.rules.phishing import no_phishing_sign
from checks.spec import Outcome
from tests.builders.web import HOST, ask, page, pages

OWN = f"https://{HOST}"


def form(action: str = f"{OWN}/dang-nhap", **other: Any) -> dict[str, Any]:
    """A page with one sign-in form."""
    return {"forms": (Form(action=action, password=True, fields=2, **other),)}


@pytest.mark.parametrize(
    ("shown", "outcome", "reason"),
    [
        pytest.param({}, Outcome.MET, "", id="no-password"),
        pytest.param(form(), Outcome.MET, "", id="own"),
        pytest.param(
            {"forms": (*form()["forms"], Form(action="https://tim.top/", fields=1))},
            Outcome.MET,
            "",
            id="own-beside-a-search",
        ),
        pytest.param(form(f"https://www.{HOST}/a"), Outcome.MET, "", id="twin"),
        pytest.param(form(f"https://sso.{HOST}/a"), Outcome.MET, "", id="below-the-own-name"),
        pytest.param(form("https://accounts.google.com/x"), Outcome.MET, "", id="google"),
        pytest.param(form("https://truong.vnedu.vn/login"), Outcome.MET, "", id="vnedu"),
        pytest.param(form("https://qlcl.danang.gov.vn/"), Outcome.MET, "", id="managing-body"),
        pytest.param(form("javascript:void(0)"), Outcome.MET, "", id="script"),
        pytest.param(
            form("https://thu-thap.top/x"), Outcome.NOT_MET, "sent-elsewhere", id="stranger"
        ),
        pytest.param(
            form("http://203.0.113.7/x"), Outcome.NOT_MET, "sent-elsewhere", id="bare-address"
        ),
        pytest.param(
            form("https://accounts.google.com.thu-thap.top/"),
            Outcome.NOT_MET,
            "sent-elsewhere",
            id="look-alike-host",
        ),
        pytest.param(
            form(further=("https://thu-thap.top/x",)),
            Outcome.NOT_MET,
            "sent-elsewhere",
            id="button",
        ),
        pytest.param(
            form("https://quanly.nhacungcap.vn/"),
            Outcome.NEEDS_REVIEW,
            "sent-to-unknown",
            id="perhaps-the-provider",
        ),
        pytest.param(
            {"forms": (Form(action="https://gopy.top/", fields=3),)},
            Outcome.MET,
            "",
            id="no-secret",
        ),
        pytest.param({"truncated": True}, Outcome.NOT_TESTED, "", id="cut"),
        pytest.param({**form(), "forms_total": 60}, Outcome.NOT_TESTED, "", id="too-many-forms"),
        pytest.param({"status": 404}, Outcome.NOT_TESTED, "", id="error"),
    ],
)
def test_where_passwords_go(shown: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """To the own house, to a known sign-in, to somebody in Vietnam, to anybody."""
    found = ask(no_phishing_sign, pages(home=page(**shown)))
    assert (found.outcome, found.reason) == (outcome, reason)


BANK = "Vui lòng nhập tên đăng nhập và mật khẩu để tiếp tục sử dụng dịch vụ."


@pytest.mark.parametrize(
    ("title", "headings", "text", "outcome", "reason"),
    [
        pytest.param("Vietcombank", (), BANK, Outcome.NOT_MET, "brand-sign-in", id="bank"),
        pytest.param("VIETCOMBANK - Đăng nhập", (), BANK, Outcome.NOT_MET, "brand-sign-in", id="2"),
        pytest.param(
            "Đăng nhập", ("Facebook",), BANK, Outcome.NOT_MET, "brand-sign-in", id="heading"
        ),
        pytest.param(
            "", ("", "", "Zalo"), BANK, Outcome.NEEDS_REVIEW, "brand-beside-school", id="far"
        ),
        pytest.param("Trường THCS A", (), f"{BANK} Đăng nhập Facebook", Outcome.MET, "", id="text"),
        pytest.param(
            "Đăng nhập",
            ("Đăng nhập bằng Facebook",),
            f"Học sinh {BANK}",
            Outcome.MET,
            "",
            id="offer",
        ),
        pytest.param("Đăng nhập bằng VNeID", (), BANK, Outcome.MET, "", id="offer-alone"),
        pytest.param(
            "Trường THCS A",
            ("Hướng dẫn cài đặt VNeID",),
            BANK,
            Outcome.MET,
            "",
            id="news-of-a-school",
        ),
        pytest.param(
            "VNeID - Đăng nhập",
            (),
            f"Phụ huynh học sinh. {BANK}",
            Outcome.NEEDS_REVIEW,
            "brand-beside-school",
            id="beside-a-school's-words",
        ),
        pytest.param("Momotaro", (), BANK, Outcome.MET, "", id="whole-words-only"),
        pytest.param("Đăng nhập hệ thống", (), BANK, Outcome.MET, "", id="no-brand"),
    ],
)
def test_whose_name_a_page_bears(
    title: str, headings: tuple[str, ...], text: str, outcome: Outcome, reason: str
) -> None:
    """A school that offers another door is met; a page without one word of a school is not."""
    home = page(text, title=title, headings=headings, **form())
    found = ask(no_phishing_sign, pages(home=home))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_without_a_password_a_name_says_nothing() -> None:
    """News about a bank are news."""
    home = page(BANK, title="Vietcombank")
    assert ask(no_phishing_sign, pages(home=home)).outcome is Outcome.MET


def test_a_loose_password_field_counts() -> None:
    """Also outside any form."""
    home = page(BANK, title="Vietcombank", loose_passwords=1)
    assert ask(no_phishing_sign, pages(home=home)).outcome is Outcome.NOT_MET


def test_a_cut_text_may_hold_the_school() -> None:
    """A person looks instead."""
    home = page(BANK, title="Vietcombank", words=90_000, **form())
    assert ask(no_phishing_sign, pages(home=home)).outcome is Outcome.NEEDS_REVIEW


def test_the_brand_itself_may() -> None:
    """A host of the brand's own is no copy."""
    assert claimed("Vietcombank", "www.vietcombank.com.vn") == ""
    assert claimed("Dịch vụ công", "dichvucong.danang.gov.vn") == ""


@given(st.text())
def test_no_text_makes_the_readers_fail(text: str) -> None:
    """Whatever a title or an address holds."""
    claimed(text, HOST)
    signs_in(text)
    sends_elsewhere(f"https://{text}/", frozenset({HOST}))
    sends_elsewhere(text, frozenset({HOST}))
