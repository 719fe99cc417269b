"""What a privacy policy speaks of, found by headings and phrases, with accents or without; a heuristic."""

import re
from itertools import islice

from checks.parsing.text import folded

PARTS = ("collection", "storage-and-use", "protection", "problem-handling", "contact")
"""The five of the trust label; collection with consent, problems with what is done about them."""

_DATA = (
    r"(?:(?:thong tin|du lieu) (?:ca nhan|rieng tu|nguoi dung|khach hang|cua (?:ban|quy|hoc sinh|phu huynh|nguoi|khach|thanh vien"
    r"|cac em|con em)|hoc sinh|phu huynh|lien he|duoc thu thap|thu thap|ma (?:ban|quy|nguoi)|do (?:ban|nguoi))|chu the du lieu"
    r"|quyen rieng tu|dlcn|personal (?:data|information)|your (?:data|information)|(?:data|information) (?:we|you))"
)
_TITLES = re.compile(
    r"(?:chinh sach|quy dinh|dieu khoan|cam ket)(?: ve)? (?:(?:bao ve|bao mat|xu ly) )?(?:quyen rieng tu|(?:thong tin|du lieu)(?: ca nhan)?)|luat bao ve du lieu ca nhan"
)
# What menus of schools hold; as a right it is no handling of problems either.
_OF_MENUS = re.compile(r"(?:giai quyet )?(?:don thu )?khieu nai ?(?:,|-|–|va|&)? ?to cao")
_OF_DATA = re.compile(rf"\b{_DATA}")
_MENTIONS = 2
"""A text that speaks of personal data less often, its titles aside, is about something else."""

_COLLECTS = re.compile(
    r"\b(?:thu thap|thu nhan|ghi nhan thong tin|yeu cau (?:ban |quy vi |nguoi dung )?cung cap|we (?:may )?(?:collect|gather)|collect(?:ion|ed|s)?\b)"
)
_CONSENT = re.compile(
    r"\b(?:dong y|chap thuan|tu nguyen|xin phep|xin y kien|su cho phep|duoc (?:\w+ ){0,6}?cho phep|consent|opt(?:ed)?[ -]in|agree)"
)
_STORES = re.compile(
    r"\b(?:luu tru|luu giu|luu lai|duoc luu|thoi gian luu|bao quan|giu trong|giu lai|luu o|luu tai|stor(?:e|ed|age)|retain(?:ed)?|retention|we keep|kept)\b"
)
_USES = re.compile(
    r"\b(?:su dung|dung de|dung vao|dung cho|chi dung|muc dich|chia se|tiet lo|used? (?:for|to|of|only|the|your|it|this)|purposes?|share)\b"
)
_PROTECTS = re.compile(
    r"\b(?:ma hoa|phan quyen|sao luu|tuong lua|nhat ky (?:truy cap|he thong)|https|ssl|truy cap trai phep|truy nhap trai phep"
    r"|(?:bien phap|giai phap|cong nghe)(?: \w+){0,2}? (?:ky thuat|bao mat|bao ve|an toan|an ninh|quan ly|can thiet|phu hop|thich hop)"
    r"|cam ket (?:bao mat|bao ve|giu|dam bao|bao dam|khong (?:tiet lo|mua ban|chia se))|giu bi mat|bao mat tuyet doi|an toan tuyet doi"
    r"|chi (?:\w+ ){0,8}?(?:moi )?(?:duoc|co quyen) (?:xem|truy cap|doc|tiep can|mo)|ngan (?:chan|ngua)(?: \w+){0,6}? (?:trai phep|danh cap|mat mat)"
    r"|encrypt(?:ed|ion|s)?|firewall|unauthori[sz]ed|safeguards?|secure (?:servers?|connection)|security measures|access controls?)\b"
)
_PROBLEM = (
    r"(?:su co|vi pham|khieu nai|to cao|bi lo|lo lot|lo thong tin|lo du lieu|ro ri|van de phat sinh|tranh chap|mat du lieu|bi mat\b(?! tuyet)|bi danh cap"
    r"|bi xam (?:nhap|pham)|dung sai muc dich|sai muc dich|breach(?:es)?|incidents?|complaints?|leak(?:s|ed)?)"
)
_ACTION = (
    r"(?:xu ly|giai quyet|khac phuc|thong bao|tiep nhan|bao cao|tra loi|phan hoi|kiem tra|xac minh|ngan chan|handled?|resolved?|notif(?:y|ied)"
    r"|inform|investigated?|respond)"
)
_PROBLEMS = re.compile(
    rf"\b(?:{_PROBLEM}\b[^.;]{{0,160}}?\b{_ACTION}|{_ACTION}\b[^.;]{{0,100}}?\b{_PROBLEM})\b"
)
_NEAR = 200
_REACHED = (
    r"(?:[\w•.+-]{1,64}(?:@| ?[\[(](?:at|a)[\])] ?)[\w-]+\.[\w.-]+|\[email protected\]|[\d•][\d•.() -]{6,14}[\d•]|van phong|dia chi|bo phan|so dien thoai|hop thu"
    r"|duong day nong|form|bieu mau lien he|hieu truong|can bo phu trach|phu trach bao ve)"
)
_ASKS = (
    r"(?:chinh sach nay|du lieu ca nhan|thong tin ca nhan|thac mac|cau hoi|y kien|khieu nai|phan anh|yeu cau|de nghi|gop y|bao ve du lieu|quyen cua minh"
    r"|this policy|questions?|privacy|your data|concerns?|requests?)"
)
_REACH = r"(?:lien he|gui ve|gui den|gui toi|gui thu|goi (?:ve|den|so|dien)|dau moi|phan anh (?:ve|qua|toi)|contact|write to|reach)"
_ASKED = re.compile(rf"\b{_ASKS}\b")
_REACHING = re.compile(rf"\b{_REACH}\b")
_WHERE = re.compile(rf"(?<![\w•]){_REACHED}")
_CONTACT = re.compile(
    rf"(?<!\w)(?:\d{{1,2}}|[ivx]{{1,4}}|dieu \d{{1,2}})[.):/]? (?:thong tin |dau moi |dia chi |cach thuc )?(?:lien he|tiep nhan|contact)\b"
    rf"[^|]{{0,160}}?(?<![\w•]){_REACHED}"
    r"|\bdia chi (?:cua )?don vi thu thap|\bdau moi (?:phu trach )?(?:bao ve|tiep nhan)[^|]{0,160}?\d"
)
_REACHED_OFTEN = 200
"""Places where somebody might be reached that are looked at; a policy has a few."""
_UNTOUCHED = re.compile(
    r"suggested text:|van ban (?:duoc )?(?:de xuat|goi y):|\[(?:ten|dia chi|so dien thoai|email|your|company|school|website)[^\]]{0,40}\]"
    r"|(?:ten truong|ten cong ty|ten don vi|dia chi|email|dien thoai) ?:? ?(?:\.{4,}|…{2,}|_{4,})|\b(?:tencongty|tenmien|example)\.(?:com|vn)|lorem ipsum"
)
_COMPANY = re.compile(
    r"\b(?:cong ty (?:co phan|cp|tnhh|trach nhiem|chung toi)|cty |tap doan|sieu thi|cua hang|khach hang|don hang|mua hang|our (?:company|store|customers))"
)
_SCHOOL = re.compile(
    r"\b(?:nha truong|truong (?:mam non|mau giao|tieu hoc|th|trung hoc|thcs|thpt|pho thong|ptdt|lien cap|chuyen|chung toi)|hoc sinh|phu huynh"
    r"|trung tam|cha me|giao vien|pupils?|students?|parents?|school)\b"
)


def covered(text: str) -> frozenset[str]:
    """Those of ``PARTS`` that the policy speaks of; none where the text is not about personal data."""
    bare = _OF_MENUS.sub(" ", folded(text))
    untitled = _TITLES.sub(" ", bare)
    if len(_OF_DATA.findall(untitled)) < _MENTIONS:
        return frozenset()
    found = {
        "collection": _COLLECTS.search(bare) and _CONSENT.search(bare),
        "storage-and-use": _STORES.search(bare) and _USES.search(bare),
        "protection": _PROTECTS.search(bare),
        "problem-handling": any(
            _OF_DATA.search(untitled, max(0, one.start() - _NEAR), one.end() + _NEAR)
            for one in _PROBLEMS.finditer(untitled)
        ),
        "contact": _names_contact(bare),
    }
    return frozenset(part for part in PARTS if found[part])


def _names_contact(bare: str) -> bool:
    """Whether somebody is named whom to ask about this policy; the foot of the site does not say that."""
    if _CONTACT.search(bare):
        return True
    for one in islice(_REACHING.finditer(bare), _REACHED_OFTEN):
        asked = _ASKED.search(bare, max(0, one.start() - _NEAR), one.end() + _NEAR)
        if asked and _WHERE.search(bare, one.end(), max(one.end(), asked.end()) + _NEAR):
            return True
    return False


def untouched(text: str) -> bool:
    """Whether a model text still has its blanks or its hints."""
    return _UNTOUCHED.search(folded(text)) is not None


def of_somebody_else(text: str) -> bool:
    """Whether a company with customers speaks, and nobody says a word of school."""
    bare = folded(_without_title(text))
    return _COMPANY.search(bare) is not None and len(_SCHOOL.findall(bare)) < 3


def _without_title(text: str) -> str:
    return text[100:] if len(text) > 1_000 else text
