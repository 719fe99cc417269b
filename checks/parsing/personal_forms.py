"""Which personal data a form asks for, by what its fields are called, and whether it asks for consent."""

import re
from enum import StrEnum

from checks.evidence.page import Form, PageFacts
from checks.parsing.answers import host_of
from checks.parsing.text import MARK, folded


class Asked(StrEnum):
    """A kind of personal data that a field asks for."""

    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    BIRTH_DATE = "birth-date"
    CITIZEN_ID = "citizen-id"
    ADDRESS = "address"
    CLASS = "class"
    FAMILY = "family"
    HEALTH = "health"
    ORIGIN = "origin"


# Compared without accents, signs between words made blanks; names of fields are often written without any.
_KINDS = {
    Asked.NAME: r"ho (?:va )?ten|hoten|hovaten|ten (?:hoc sinh|tre|be|em|con|phu huynh|nguoi|cua|ban|day du|thi sinh|quy)|^ten$|tenhs|fullname"
    r"|(?:full|first|last|your|student|parent|child) ?name|^(?:your )?name$|quy danh|nguoi (?:gui|dang ky|lien he)$",
    Asked.PHONE: r"dien thoai|\bsdt\b|\bso dt\b|\bdt\b|di dong|dienthoai|phone|mobile|\btel\b|zalo|hotline",
    Asked.EMAIL: r"e ?mail|thu dien tu|\bmail\b",
    Asked.BIRTH_DATE: r"(?:ngay|nam|thang) ?(?:thang )?(?:nam )?sinh|ngaysinh|namsinh|birth|\bdob\b|sinh ngay",
    Asked.CITIZEN_ID: r"\bcccd\b|\bcmnd\b|\bcmt\b|can cuoc|chung minh|dinh danh|ho chieu|passport|ma hoc sinh|mahocsinh|ma hs\b|so bao hiem|khai sinh",
    Asked.ADDRESS: r"dia chi(?! (?:e ?mail|mail|web|ip|trang))|diachi|noi (?:o|sinh|cu tru)|cho o|thuong tru|tam tru|que quan|ho khau|address(?<!mail address)(?<!ip address)",
    Asked.CLASS: r"\blop\b(?! hoc them)|dang hoc|truong (?:cu|dang hoc|tieu hoc|mam non)|\bclass\b",
    Asked.FAMILY: r"\b(?:ten|cua|ong|ba) (?:cha|bo|me)\b|\bcha me\b|nguoi giam ho|nghe nghiep|quan he voi",
    Asked.HEALTH: r"suc khoe|benh|di ung|nhom mau|khuyet tat|can nang|chieu cao",
    Asked.ORIGIN: r"dan toc|ton giao|quoc tich|hoan canh|ho ngheo",
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _KINDS.items()}
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SIGNS = re.compile(r"[\W_]+")
_NEITHER = re.compile(r"nguoi dung|dang nhap|user|account|tai khoan|ten (?:sach|bai|file|truong)")
_LOOKS_UP = re.compile(
    r"\btra cuu|\bxem (?:diem|ket qua)|\btim (?:kiem|hoc sinh)|so bao danh|\bsbd\b"
)

_AGREES = r"(?:dong y|chap thuan|chap nhan|cho phep|i (?:have read and )?(?:agree|consent|accept)|agree to|consent to)"
_BOX = re.compile(
    rf"\b{_AGREES}\b|da doc[^.]{{0,60}}(?:chinh sach|quy dinh|thong bao)|chinh sach (?:bao mat|bao ve|quyen|rieng tu)|privacy"
)
_NO_CONSENT = re.compile(
    r"dong y (?:nhan (?:tin|ban tin|thong bao)|dang ky nhan)|nhan ban tin|newsletter|remember|ghi nho|nho mat khau"
)
_NOTICE = re.compile(
    rf"\b{_AGREES} (?:cho|voi|de|rang|cung cap|viec|thu thap|xu ly|chinh sach|to|with|that|the)\b"
    r"|chinh sach (?:bao mat|bao ve|xu ly|quyen rieng tu|rieng tu)|quyen rieng tu|bao ve (?:du lieu|thong tin) ca nhan"
    r"|privacy (?:policy|notice)|personal (?:data|information)[^.]{0,80}(?:used|kept|protected|processed)"
    r"|(?:thong tin|du lieu)[^.]{0,80}\b(?:chi (?:duoc )?(?:dung|su dung|phuc vu)|se (?:duoc|chi)|duoc (?:bao mat|giu|bao ve|xu ly|su dung)"
    r"|khong (?:chia se|cung cap|tiet lo))|(?:cam ket|bao mat|giu kin)[^.]{0,30}(?:thong tin|du lieu)"
)
_AROUND = 300
_EMBEDDED = frozenset(
    {"forms.gle", "forms.office.com", "forms.cloud.microsoft", "form.jotform.com"}
)


def asks(form: Form) -> frozenset[Asked]:
    """The kinds that the form asks for; none of a login or a search."""
    boxes = {folded(box) for box in form.boxes}
    names = [
        _SIGNS.sub(" ", folded(_CAMEL.sub(" ", label))).strip()
        for label in form.labels
        if folded(label) not in boxes and not _BOX.search(folded(label))
    ]
    kinds = frozenset(
        kind
        for name in names
        if not _NEITHER.search(name)
        for kind, pattern in _PATTERNS.items()
        if pattern.search(name)
    )
    registers = Asked.BIRTH_DATE in kinds or (Asked.NAME in kinds and len(kinds) > 1)
    return frozenset() if form.password and not registers else kinds


def only_news_by_mail(kinds: frozenset[Asked], form: Form) -> bool:
    """Whether nothing but an e-mail address is asked: who types it wants to be written to."""
    return kinds == {Asked.EMAIL} and form.fields <= 2


def looks_up(form: Form) -> bool:
    """Whether what is typed serves to find something: marks, a result."""
    return _LOOKS_UP.search(folded(" ".join((form.text, *form.labels)))) is not None


def says_consent(form: Form, page: PageFacts) -> bool:
    """Whether a box, a notice or a link to the policy stands in the form or next to it."""
    for box in map(folded, form.boxes):
        if _BOX.search(box) and not _NO_CONSENT.search(box):
            return True
    return any(_gives_notice(text) for text in (folded(form.text), _around(form, page)))


def _gives_notice(text: str) -> bool:
    return any(not _NO_CONSENT.match(text, found.start()) for found in _NOTICE.finditer(text))


def _around(form: Form, page: PageFacts) -> str:
    """What stands on the page right before and right after the words of the form."""
    words = folded(form.text.removesuffix(MARK))
    if len(words) < 10:
        return ""
    text = folded(page.text)
    first, last = text.find(words[:40]), text.rfind(words[-40:])
    before = text[max(0, first - _AROUND) : first] if first >= 0 else ""
    after = text[last + 40 : last + 40 + _AROUND] if last >= 0 else ""
    return f"{before} | {after}"


def words_cut(form: Form) -> bool:
    """Whether more is written in the form than was kept."""
    return form.text.endswith(MARK) or len(form.boxes) >= 10 or len(form.labels) >= 30


def embedded(page: PageFacts) -> tuple[str, ...]:
    """Frames that show somebody else's form."""
    return tuple(
        frame
        for frame in page.frames
        if host_of(frame) in _EMBEDDED
        or (host_of(frame) == "docs.google.com" and "/forms/" in frame)
    )
