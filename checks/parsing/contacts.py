"""Which contact details a page names, found by words and shapes; a heuristic, so it never says "missing" alone."""

import re
from collections.abc import Callable

from checks.evidence.page import Link, PageFacts
from checks.parsing import contact_shapes as shapes
from checks.parsing.answers import host_of, scheme_of
from checks.parsing.text import folded

PARTS = ("managing-body", "superior-body", "address", "email", "phone", "responsible-person")
"""NĐ 174/2026, Đ93 k1: what a home page must name."""

_HEAD, _FOOT = 800, 2_500
"""Signs at the head and at the foot of a page where a bare name says whose page it is."""
_BEFORE = 80
_VENDOR_REACH = 260
_LINK_WORDS = re.compile(rf"{shapes.COMMITTEE}|{shapes.SCHOOL}")


def found_parts(page: PageFacts) -> frozenset[str]:
    """Those of ``PARTS`` that the page names for its own school: not for its maker, not in the news."""
    text, vendor = _apart(folded(page.text))
    named = _without_links_elsewhere(text, page)
    found = {
        "managing-body": _names_body(named),
        "superior-body": _names_superior(named),
        "address": _names_address(text),
        "email": _any(shapes.EMAIL, text, unless=(shapes.SENT_IN,))
        or any(_writes(link, text, vendor) for link in page.links),
        "phone": _names_phone(text) or any(_calls(link, text, vendor) for link in page.links),
        "responsible-person": shapes.RESPONSIBLE.search(text) is not None,
    }
    return frozenset(part for part in PARTS if found[part])


def traces(page: PageFacts) -> frozenset[str]:
    """Those of ``PARTS`` of which there is any trace, whosever it may be: enough not to say "nothing"."""
    text = folded(page.text)
    found = {
        "managing-body": shapes.BODY_TRACE.search(text) is not None,
        "superior-body": shapes.SUPERIOR_TRACE.search(text) is not None,
        "address": shapes.ADDRESS_TRACE.search(text) is not None,
        "email": shapes.EMAIL.search(text) is not None or any(map(_has_recipient, page.links)),
        "phone": _names_phone(text, whose=()) or any(map(_has_number, page.links)),
        "responsible-person": shapes.RESPONSIBLE_TRACE.search(text) is not None,
    }
    return found_parts(page) | {part for part in PARTS if found[part]}


def _apart(text: str) -> tuple[str, str]:
    """The text without what the maker of the website says of himself, and that."""
    own: list[str] = []
    vendor: list[str] = []
    done = 0
    for cue in shapes.VENDOR.finditer(text):
        if cue.start() < done:
            continue
        end = _vendor_ends(text, cue.end())
        own.append(text[done : cue.start()])
        vendor.append(text[cue.start() : end])
        done = end
    return " | ".join((*own, text[done:])), " | ".join(vendor)


def _vendor_ends(text: str, begin: int) -> int:
    """Where the school speaks again; an address belongs to the maker only behind the name of a company."""
    end = min(len(text), begin + _VENDOR_REACH)
    again = shapes.OWN_AGAIN.search(text, begin, end)
    end = again.start() if again else end
    address = text.find("dia chi", begin, end)
    if address >= 0 and shapes.COMPANY.search(text, begin, address) is None:
        end = address
    return end


def _without_links_elsewhere(text: str, page: PageFacts) -> str:
    """The text without the names of bodies and schools that are only links to their own sites, the last ones first."""
    own = host_of(page.url).removeprefix("www.")
    for link in page.links:
        if scheme_of(link.href) not in {"http", "https"}:
            continue
        if host_of(link.href).removeprefix("www.") == own:
            continue
        words = folded(link.text)
        at = text.rfind(words) if _LINK_WORDS.search(words) else -1
        if at >= 0:
            text = f"{text[:at]} | {text[at + len(words) :]}"
    return text


def _any(
    shape: re.Pattern[str],
    text: str,
    *,
    unless: tuple[re.Pattern[str], ...] = (),
    then: Callable[[re.Match[str]], bool] = lambda _: True,
) -> bool:
    """Whether the shape stands somewhere without such words before it."""
    return any(
        not any(one.search(text[max(0, found.start() - _BEFORE) : found.start()]) for one in unless)
        and then(found)
        for found in shape.finditer(text)
    )


def _ends(text: str) -> tuple[str, ...]:
    """Head and foot; the whole of a short page."""
    if len(text) <= _HEAD + _FOOT:
        return (text,)
    return (text[:_HEAD], text[-_FOOT:])


def _names_body(text: str) -> bool:
    if shapes.BODY_LABELLED.search(text):
        return True
    return any(
        _any(
            shapes.BODY_NAMED,
            end,
            unless=(shapes.OF_SOMEBODY,),
            then=lambda found, end=end: not _goes_on_as_news(end, found),  # type: ignore[misc]
        )
        for end in _ends(text)
    )


def _names_superior(text: str) -> bool:
    if _any(shapes.SUPERIOR_LABELLED, text):
        return True
    first = shapes.SUPERIOR_FIRST.match(text)
    if first and not shapes.SOMEBODY_ELSE.match(text[first.end() : first.end() + _BEFORE]):
        return True
    return any(
        _any(shape, end, unless=(shapes.AUTHORS,), then=lambda found: not _tells(found[0]))
        for end in _ends(text)
        for shape in (shapes.SUPERIOR_ABOVE, shapes.SUPERIOR_BESIDE)
    )


def _tells(words: str) -> bool:
    """Whether words between a body and a school make a sentence."""
    return shapes.SOMEBODY_ELSE.match(words) is not None


def _goes_on_as_news(text: str, found: re.Match[str]) -> bool:
    return _tells(text[found.end() : found.end() + _BEFORE])


def _names_address(text: str) -> bool:
    return _any(shapes.ADDRESS_LABELLED, text, unless=(shapes.IN_NEWS,)) or _any(
        shapes.ADDRESS_WRITTEN, text, unless=(shapes.IN_NEWS,)
    )


def _names_phone(text: str, whose: tuple[re.Pattern[str], ...] = (shapes.NOT_OWN_PHONE,)) -> bool:
    """Whether a telephone number stands there that is no tax or account number."""
    return any(
        _any(shape, text, unless=(shapes.NO_PHONE_BEFORE, *whose))
        for shape in (shapes.PHONE, shapes.MASKED_PHONE, shapes.LABELLED_PHONE)
    )


def _has_recipient(link: Link) -> bool:
    """A ``mailto:`` with somebody to write to; without one it shares the page."""
    scheme, _, rest = link.href.partition(":")
    return scheme.lower() == "mailto" and "@" in rest.partition("?")[0].replace("%40", "@")


def _has_number(link: Link) -> bool:
    scheme, _, rest = link.href.partition(":")
    return scheme.lower() in {"tel", "callto"} and len(re.findall(r"[\d•]", rest[:40])) >= 3


def _writes(link: Link, text: str, vendor: str) -> bool:
    return _has_recipient(link) and not _is_vendors(link, text, vendor)


def _calls(link: Link, text: str, vendor: str) -> bool:
    return _has_number(link) and not _is_vendors(link, text, vendor)


def _is_vendors(link: Link, text: str, vendor: str) -> bool:
    """Whether the words of a link stand only where the maker of the website speaks of himself."""
    words = folded(link.text)
    return bool(words) and words in vendor and words not in text
