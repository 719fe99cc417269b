"""Pages that ask for a password: where they send it, and whose name they bear."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from checks.evidence.page import Form, PageFacts
from checks.lists.shipped import table, under
from checks.parsing.answers import host_of, scheme_of
from checks.parsing.text import folded
from inventory.suffixes import suffix_and_registrable

_LIST = "sign-in.toml"
_READ = 4_000
"""Of the text only the beginning and the end are read: a school says in both who it is."""
_SCHOOL = re.compile(
    r"\b(?:truong (?:mam non|mau giao|tieu hoc|trung hoc|pho thong|th|thcs|thpt|ptdt|chuyen|lien cap)\b"
    r"|hoc sinh|phu huynh|giao vien|nha truong|hieu truong|giao duc|gd ?& ?dt|gddt|gdtx|thcs|thpt|tieu hoc|mam non)"
)
_SIGNS_IN = re.compile(
    r"\b(?:dang nhap|dang ky|xac thuc|xac minh|mat khau|log ?in|sign ?in|log ?on|verify|account)\b"
)
# "Đăng nhập bằng Facebook" offers another door; it does not claim to be one.
_OFFERS = re.compile(
    r"(?:bang|voi|qua|tu|cho|tren|ket noi|lien ket|theo doi|with|via|using|by|on|our) (?:tai khoan |trang |kenh |nhom )?$"
)


@dataclass(frozen=True, slots=True)
class Brand:
    """A service whose name is borrowed to ask for passwords."""

    name: str
    words: re.Pattern[str]
    hosts: frozenset[str]


def asks_password(page: PageFacts) -> bool:
    """Whether the page has a field for a password."""
    return page.loose_passwords > 0 or any(form.password for form in page.forms)


def password_targets(page: PageFacts) -> Iterator[str]:
    """Where its forms with a password send, their buttons too."""
    for form in page.forms:
        if form.password:
            yield from _targets(form)


def _targets(form: Form) -> tuple[str, ...]:
    return form.further if form.method == "dialog" else (form.action, *form.further)


def sends_elsewhere(target: str, own: frozenset[str]) -> bool:
    """Whether a target is neither of the site's own registered name nor a sign-in that schools use."""
    host = host_of(target)
    if scheme_of(target) not in {"http", "https"} or not host or host in own:
        return False
    registered = suffix_and_registrable(host)[1] or host
    if any(registered == (suffix_and_registrable(one)[1] or one) for one in own):
        return False
    return not under(host, _sign_in())


def under_vn(target: str) -> bool:
    """Whether the target's name is a Vietnamese one, whose holder is known to the registry."""
    return host_of(target).endswith(".vn")


def speaks_of_school(page: PageFacts) -> bool:
    """Whether the page uses the words of a school."""
    text = page.text
    read = text if len(text) <= 2 * _READ else f"{text[:_READ]} {text[-_READ:]}"
    return _SCHOOL.search(folded(f"{page.title} {read}")) is not None


def signs_in(text: str) -> bool:
    """Whether a title or heading is about signing in."""
    return _SIGNS_IN.search(folded(text)) is not None


def claimed(text: str, host: str) -> str:
    """The brand that a title or heading names as its own, where the host is not the brand's; empty where none."""
    read = folded(text[:300])
    if not _any_brand().search(read):
        return ""
    for brand in _brands():
        found = brand.words.search(read)
        if found and not _OFFERS.search(read[: found.start()]) and not under(host, brand.hosts):
            return brand.name
    return ""


@cache
def _brands() -> tuple[Brand, ...]:
    return tuple(
        Brand(
            row["name"],
            re.compile(rf"\b(?:{'|'.join(map(re.escape, row['words']))})\b"),
            frozenset(row["hosts"]),
        )
        for row in table(_LIST)["brand"]
    )


@cache
def _any_brand() -> re.Pattern[str]:
    """One search for all: most titles name none."""
    return re.compile("|".join(brand.words.pattern for brand in _brands()))


@cache
def _sign_in() -> frozenset[str]:
    return frozenset(table(_LIST)["sign_in"])
