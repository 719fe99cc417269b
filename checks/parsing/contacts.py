"""Which contact details a page names, found by words and shapes; a heuristic, so it never says "missing" alone."""

import re

from checks.evidence.page import PageFacts
from checks.parsing.text import folded

PARTS = ("managing-body", "superior-body", "address", "email", "phone", "responsible-person")
"""NĐ 174/2026, Đ93 k1: what a home page must name."""

_BODY = re.compile(
    r"\b(?:(?:co quan|don vi|to chuc) (?:chu quan|quan ly)|ban quyen(?: \S+){0,2} (?:thuoc|cua)|copyright|©"
    r"|truong (?:mam non|mau giao|tieu hoc|trung hoc|pho thong|th|thcs|thpt|ptdt|chuyen|lien cap)\b"
    r"|trung tam (?:gdtx|gdnn|giao duc)|so (?:giao duc|gd))"
)
_SUPERIOR = re.compile(
    r"\b(?:(?:co quan )?chu quan|ubnd|uy ban nhan dan|so (?:giao duc|gd ?& ?dt|gd-dt|gddt)|phong (?:giao duc|gd)"
    r"|bo (?:giao duc|gd))\b"
)
_ADDRESS = re.compile(
    r"\b(?:dia chi|tru so)(?! (?:ip|e-?mail|mac|web|thu))\s*[:\-–]?\s*\S"
    r"|\b(?:duong|pho|so nha|thon|khoi|to dan pho|kiet|quoc lo)\b[^|]{1,80}?\b(?:phuong|xa|dac khu|thi tran)\b"
)
_EMAIL = re.compile(r"(?:@|\s?[\[(]\s?(?:at|a)\s?[\])]\s?)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")
_PHONE = re.compile(
    r"(?<![\w•])(?<![\d•][./,-])(?!\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d)"
    r"(?:\(?\+?84\)?(?:[ .()\-]{0,3}\d){9,10}|\(?0(?:[ .()\-]{0,3}\d){9,10}|1[89]00[ .\-]?\d{2,4}(?:[ .\-]?\d{2})?)(?![\d•@])"
)
# A masked number: 10 or 11 digits (a +84 one 11 or 12), but not the 12 or 9 in a row of a citizen id.
_MASKED_PHONE = re.compile(
    r"(?<![\w•@])(?<!•[./,-])(?!•{12}(?!•))[(+]{0,2}(•(?:[ .()\-]{0,3}•){9,11}+)(?![\w•@])"
)
_TAX_BEFORE = re.compile(r"(?:mst|ma so thue|ma so doanh nghiep|tai khoan|stk)[\s:.\-]{0,5}$")
_RESPONSIBLE = re.compile(
    r"\b(?:chiu trach nhiem(?: \S+){0,3}? (?:noi dung|xuat ban|thong tin|website|trang|cong)"
    r"|chiu trach nhiem ?:|(?:phu trach|quan tri|quan ly) (?:noi dung|website|trang thong tin|trang web)"
    r"|truong ban bien tap|tong bien tap|truong ban quan tri)"
)


def found_parts(page: PageFacts) -> frozenset[str]:
    """Those of ``PARTS`` that the page shows a trace of."""
    text = folded(page.text)
    targets = [link.href.lower() for link in page.links]
    found = {
        "managing-body": _BODY.search(text) is not None,
        "superior-body": _SUPERIOR.search(text) is not None,
        "address": _ADDRESS.search(text) is not None,
        "email": _EMAIL.search(text) is not None or any(t.startswith("mailto:") for t in targets),
        "phone": _names_phone(text) or any(t.startswith("tel:") for t in targets),
        "responsible-person": _RESPONSIBLE.search(text) is not None,
    }
    return frozenset(part for part in PARTS if found[part])


def _names_phone(text: str) -> bool:
    """Whether a telephone number stands there that is no tax or account number."""
    return any(
        not _TAX_BEFORE.search(text[max(0, found.start() - 30) : found.start()])
        for pattern in (_PHONE, _MASKED_PHONE)
        for found in pattern.finditer(text)
    )
