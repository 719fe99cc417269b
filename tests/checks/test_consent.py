"""Consent on forms: which forms ask for personal data, and what counts as a word of consent."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.page import Form, PageFacts
from checks.evidence.samples import Chosen, Sample, Samples
from checks.parsing.html.facts import page_facts
from checks.parsing.personal_forms import Asked, asks, says_consent
from checks.rules.consent import consent_asked_on_forms
from checks.spec import Finding, Outcome
from tests.builders.web import HOST, ask, page, pages

HOME = f"https://{HOST}/"
AGREE = "Tôi đồng ý để nhà trường dùng các thông tin trên vào việc tuyển sinh"
ADMISSION = ("Họ và tên học sinh *", "Ngày sinh", "Số điện thoại phụ huynh", "Địa chỉ")
ADMISSION_TEXT = (
    "Đăng ký tuyển sinh Họ và tên học sinh * Ngày sinh Số điện thoại phụ huynh Địa chỉ Gửi"
)


def form(*labels: str, **other: Any) -> Form:
    """A form with these fields."""
    return Form(**{"action": HOME, "labels": labels, "fields": len(labels), **other})


def on(*forms: Form, **other: Any) -> PageFacts:
    """A home page with these forms."""
    return page(forms=forms, **other)


def asked(home: PageFacts, *sampled: Sample) -> Finding:
    """The finding over a home page and sampled pages."""
    further = samples(*sampled) if sampled else ()
    return ask(consent_asked_on_forms, pages(home=home), *further)


def samples(*sampled: Sample) -> tuple[Samples]:
    """Further pages that were seen."""
    nothing = NotCaptured(cause=Cause.NOT_ENABLED)
    return (Samples(robots=nothing, pages=sampled, known=9, searched=nothing, rendered=nothing),)


def sample(found: PageFacts | NotCaptured, url: str = f"{HOME}tuyen-sinh") -> Sample:
    """One further page."""
    return Sample(url=url, chosen=Chosen.SECTION, page=found)


@pytest.mark.parametrize(
    ("labels", "kinds"),
    [
        (("Họ tên",), {Asked.NAME}),
        (("ho_ten", "dien_thoai"), {Asked.NAME, Asked.PHONE}),
        (("txtHoTen", "txtNgaySinh"), {Asked.NAME, Asked.BIRTH_DATE}),
        (("your-name", "your-email"), {Asked.NAME, Asked.EMAIL}),
        (("HỌ VÀ TÊN BÉ", "SĐT"), {Asked.NAME, Asked.PHONE}),
        (("Tên *", "E-mail *"), {Asked.NAME, Asked.EMAIL}),
        (("Số CCCD/mã định danh",), {Asked.CITIZEN_ID}),
        (("Lớp đang học",), {Asked.CLASS}),
        (("Nơi thường trú",), {Asked.ADDRESS}),
        (("Địa chỉ email",), {Asked.EMAIL}),
        (("Email address",), {Asked.EMAIL}),
        (("Nghề nghiệp của cha",), {Asked.FAMILY}),
        (("Dân tộc", "Tình trạng sức khỏe"), {Asked.ORIGIN, Asked.HEALTH}),
        (("Full name", "Date of birth", "Phone"), {Asked.NAME, Asked.BIRTH_DATE, Asked.PHONE}),
        (("Từ khóa",), set()),
        (("Tìm kiếm...", "q"), set()),
        (("Tên đăng nhập",), set()),
        (("Tên sách", "Tác giả"), set()),
        (("Nội dung góp ý", "Mã xác nhận"), set()),
        ((AGREE + " như số điện thoại",), set()),
    ],
)
def test_what_a_form_asks_for(labels: tuple[str, ...], kinds: set[Asked]) -> None:
    """By labels, placeholders or names of fields."""
    assert asks(form(*labels)) == kinds


@pytest.mark.parametrize(
    ("labels", "personal"),
    [
        (("Email", "Mật khẩu"), False),
        (("Số CCCD", "Mật khẩu"), False),
        (("Số điện thoại", "Mật khẩu"), False),
        (("Họ và tên", "Email", "Mật khẩu", "Nhập lại mật khẩu"), True),
        (("Mã học sinh", "Ngày sinh", "Mật khẩu"), True),
    ],
)
def test_a_login_is_no_such_form(labels: tuple[str, ...], personal: bool) -> None:
    """A registration is one."""
    assert bool(asks(form(*labels, password=True))) is personal


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"boxes": (AGREE,)}, True),
        ({"boxes": ("TOI DONG Y",)}, True),
        ({"boxes": ("I agree to the processing of my data",)}, True),
        ({"boxes": ("Tôi đã đọc và hiểu chính sách bảo vệ dữ liệu cá nhân",)}, True),
        ({"boxes": ("Ghi nhớ",)}, False),
        ({"boxes": ("Tôi đồng ý nhận tin từ nhà trường",)}, False),
        ({"boxes": ("Tôi cam đoan lời khai trên là đúng sự thật",)}, False),
        ({"text": "Thông tin chỉ được dùng để liên hệ lại và được giữ kín. Gửi"}, True),
        ({"text": "Du lieu cua quy vi khong chia se cho ben thu ba. Gui"}, True),
        ({"text": "Bằng việc gửi biểu mẫu, phụ huynh đồng ý cho nhà trường xử lý dữ liệu"}, True),
        ({"text": "Xem Chính sách bảo mật Gửi"}, True),
        ({"text": "Họ tên Điện thoại Đồng ý"}, False),
        ({"text": "Họ tên Điện thoại Gửi thông tin"}, False),
        ({"text": "Tôi đồng ý nhận tin khuyến mại"}, False),
        ({}, False),
    ],
)
def test_what_counts_as_a_word_of_consent(words: dict[str, Any], said: bool) -> None:
    """A box, a notice, a link to the policy; a button that says "agree" does not."""
    assert says_consent(form(*ADMISSION, **words), page()) is said


def test_a_notice_may_stand_next_to_the_form() -> None:
    """Right before or right after its words, not far away."""
    notice = "Nhà trường cam kết giữ kín thông tin do phụ huynh cung cấp."
    near = on(form(*ADMISSION, text=ADMISSION_TEXT), text=f"{ADMISSION_TEXT} {notice}")
    far = on(
        form(*ADMISSION, text=ADMISSION_TEXT),
        text=f"{notice} {'xin chào các em ' * 60} {ADMISSION_TEXT} {'hẹn gặp lại ' * 60}",
    )
    assert asked(near).outcome is Outcome.MET
    assert asked(far).outcome is Outcome.NOT_MET


@pytest.mark.parametrize(
    ("home", "outcome", "reason"),
    [
        pytest.param(page(), Outcome.NOT_APPLICABLE, "no-personal-forms", id="no-form"),
        pytest.param(on(form("Tìm kiếm")), Outcome.NOT_APPLICABLE, "no-personal-forms", id="find"),
        pytest.param(
            on(form("Email", "Mật khẩu", password=True)),
            Outcome.NOT_APPLICABLE,
            "no-personal-forms",
            id="login",
        ),
        pytest.param(
            on(form("Email của bạn")), Outcome.NOT_APPLICABLE, "no-personal-forms", id="newsletter"
        ),
        pytest.param(on(form(*ADMISSION, boxes=(AGREE,))), Outcome.MET, "", id="box"),
        pytest.param(on(form(*ADMISSION)), Outcome.NOT_MET, "no-consent", id="four-kinds"),
        pytest.param(
            on(form("Họ tên", "Điện thoại", "Email")), Outcome.NOT_MET, "no-consent", id="three"
        ),
        pytest.param(
            on(form("Họ tên", "Email", "Nội dung")),
            Outcome.NEEDS_REVIEW,
            "perhaps-no-consent",
            id="two-kinds",
        ),
        pytest.param(
            on(form("Số điện thoại")), Outcome.NEEDS_REVIEW, "perhaps-no-consent", id="phone-alone"
        ),
        pytest.param(
            on(form("Ngày sinh", "Số điện thoại", "Địa chỉ")),
            Outcome.NEEDS_REVIEW,
            "perhaps-no-consent",
            id="no-name",
        ),
        pytest.param(
            on(form("Họ tên", "Ngày sinh", "Lớp", text="Tra cứu điểm thi Họ tên Ngày sinh Lớp")),
            Outcome.NEEDS_REVIEW,
            "perhaps-no-consent",
            id="looks-something-up",
        ),
        pytest.param(
            on(form(*ADMISSION, text="Họ và tên học sinh …")),
            Outcome.NEEDS_REVIEW,
            "perhaps-no-consent",
            id="words-cut",
        ),
        pytest.param(
            on(form(fields=3)), Outcome.NEEDS_REVIEW, "fields-unnamed", id="fields-without-names"
        ),
        pytest.param(
            on(form(*ADMISSION, boxes=(AGREE,)), form(*ADMISSION)),
            Outcome.NOT_MET,
            "no-consent",
            id="one-of-two",
        ),
        pytest.param(
            page(frames=("https://docs.google.com/forms/d/e/1FAIpQL/viewform?embedded=true",)),
            Outcome.NEEDS_REVIEW,
            "embedded-form",
            id="google-form",
        ),
        pytest.param(
            page(frames=("https://docs.google.com/document/d/1",)),
            Outcome.NOT_APPLICABLE,
            "no-personal-forms",
            id="google-document",
        ),
        pytest.param(page(truncated=True), Outcome.NOT_TESTED, "", id="cut"),
        pytest.param(
            on(form(*ADMISSION), truncated=True), Outcome.NOT_TESTED, "", id="cut-in-the-form"
        ),
        pytest.param(
            on(form(*ADMISSION), form("Tìm"), truncated=True),
            Outcome.NOT_MET,
            "no-consent",
            id="fault-before-the-cut",
        ),
        pytest.param(on(form("Tìm"), forms_total=90), Outcome.NOT_TESTED, "", id="too-many"),
        pytest.param(page(status=404), Outcome.NOT_TESTED, "", id="error"),
        pytest.param(page(status=401), Outcome.NOT_TESTED, "", id="closed"),
    ],
)
def test_consent(home: PageFacts, outcome: Outcome, reason: str) -> None:
    """Unmet only where clearly much is asked and nothing is said."""
    found = asked(home)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_sampled_pages_count_as_far_as_they_were_seen() -> None:
    """The worst page decides and is named; others' hosts, errors and lost pages are left out."""
    bad = page(forms=(form(*ADMISSION),), url=f"{HOME}tuyen-sinh")
    found = asked(page(), sample(bad))
    assert (found.outcome, found.address) == (Outcome.NOT_MET, f"{HOME}tuyen-sinh")
    for other in (
        bad.model_copy(update={"status": 404}),
        bad.model_copy(update={"url": "https://other.vn/form"}),
        bad.model_copy(update={"content_type": "application/pdf"}),
        NotCaptured(cause=Cause.RESET),
    ):
        assert asked(page(), sample(other)).outcome is Outcome.NOT_APPLICABLE
    good = page(forms=(form(*ADMISSION, boxes=(AGREE,)),), url=f"{HOME}tuyen-sinh")
    assert asked(page(), sample(good)).outcome is Outcome.MET


def test_a_real_form_end_to_end() -> None:
    """As markup stands in pages."""
    html = """<form action="/gui"><label>Họ tên học sinh <input name="hoten"></label><input name="ngaysinh" placeholder="Ngày sinh">
    <input name="dienthoai"><label><input type="checkbox" name="ok"> Tôi đồng ý để nhà trường dùng các thông tin này để tuyển sinh</label>
    <button>Gửi</button></form>"""
    for markup, outcome in (
        (html, Outcome.MET),
        (html.replace("Tôi đồng ý để", "Tôi muốn xem"), Outcome.NOT_MET),
    ):
        facts = page_facts(
            markup.encode(), url=HOME, status=200, content_type="text/html", truncated=False
        )
        assert asked(facts).outcome is outcome


@given(st.lists(st.text(max_size=40), max_size=8), st.text(max_size=300), st.text(max_size=300))
def test_no_form_makes_it_fail(labels: list[str], box: str, text: str) -> None:
    """Whatever the fields are called."""
    one = form(*labels, boxes=(box,), text=text)
    asks(one)
    says_consent(one, page(text + box))
