"""Personal data made unreadable at capture: its shape stays, its value does not."""

import re
from urllib.parse import urlsplit

BULLET = "•"

# Every pattern starts only at the beginning of a token, so that a long run is walked once.
_EMAIL = re.compile(
    r"(?<![\w.%+•-])([\w.%+•-]++)(\s?[\[(]\s?(?:at|a)\s?[\])]\s?|@)(?=[\w-]++(?:\.[\w-]++)+)",
    re.IGNORECASE,
)
# A number of this country, with 0 or +84, but no date.  What comes before is looked at after the first sign,
# because a pattern that begins with a plain sign is found many times faster.
_PHONE = re.compile(
    r"(?:0(?<![\d•]0)(?<![\d•][./,-]0)(?!\d?[./-]\d{1,2}[./-](?:19|20)\d\d)(?:[ .()\u00a0-]{0,3}\d){9,10}"
    r"|\(0(?:[ .()\u00a0-]{0,3}\d){9,10}|84(?<![\w•.,/-]84)\d{9,10}"
    r"|\+\(?84(?:[ .()\u00a0-]{0,3}\d){9,11}|\(\+?84(?:[ .()\u00a0-]{0,3}\d){9,11})(?![\d•])"
)
_CITIZEN_ID = re.compile(
    r"\d(?<![\w•.,/-]\d)(?:\d{11}|\d{8}|\d\d(?: \d{3}){3}|\d{3} \d{4} \d{4})(?![\w•])"
)
_EMAIL_SIGN = re.compile(r"[@\[(]")
_CHAT = re.compile(r"zalo\.me|wa\.me|viber", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"\w")
_CHAT_HOSTS = frozenset({"zalo.me", "wa.me", "chat.zalo.me", "viber.click"})


def mask(text: str) -> str:
    """Text with e-mail local parts, phone numbers and citizen ids (12 digits, or 9) turned into ``•``."""
    text = _without_emails(text)
    if _DIGIT.search(text) is None:
        return text
    text = _PHONE.sub(lambda found: _DIGIT.sub(BULLET, found[0]), text)
    return _CITIZEN_ID.sub(lambda found: _DIGIT.sub(BULLET, found[0]), text)


def mask_address(href: str) -> str:
    """A link's target without personal data.

    Ordinary addresses stay usable: only e-mail addresses in them are masked, and numbers in links to chat
    services.  In every other scheme (``mailto:``, ``tel:``) all that ``mask`` knows goes.
    """
    scheme, colon, rest = href.partition(":")
    if scheme.lower() in {"tel", "sms", "callto"}:
        return scheme + colon + _DIGIT.sub(BULLET, rest)
    if scheme.lower() in {"http", "https"}:
        if _chats(href):
            return scheme + colon + _DIGIT.sub(BULLET, rest)
        return _without_emails(href)
    return scheme + colon + mask(rest) if colon else mask(href)


def _without_emails(text: str) -> str:
    if not _EMAIL_SIGN.search(text):
        return text
    return _EMAIL.sub(lambda found: _LETTER.sub(BULLET, found[1]) + found[2], text)


def _chats(href: str) -> bool:
    if not _CHAT.search(href):
        return False
    try:
        return urlsplit(href).hostname in _CHAT_HOSTS
    except ValueError:
        return False
