"""Personal data made unreadable at capture: its shape stays, its value does not."""

import re
from collections.abc import Collection, Iterator
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
# Where an e-mail address may be: its sign, and the domain behind it.  Signs are rare; what comes before one is
# looked at only then.
_EMAIL_SIGN = re.compile(r"[@\[(](?:(?<=@)|\s?[aA][tT]?\s?[\])]\s?)(?=([\w-]++(?:\.[\w-]++)+))")
_CHATS = ("zalo.me", "wa.me", "viber")
_NONCE = re.compile(r"'nonce-[^']*'", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
# Without one of these signs there is nothing to mask; most short texts have none.
_SUSPECT = re.compile(r"[\d@\[(]")
_LETTER = re.compile(r"\w")
_DAY = re.compile(
    r"(?<![\d•])(?:\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{2,4}|\d{4}-\d\d-\d\d)(?![\d•])"
)
_AROUND = ".,;:()[]\"'"
# Times and numbers of uploads stand in addresses too; these begin as those of persons do.
_OF_A_PERSON = re.compile(r"(?<!\d)(?:0\d\d[0-3]\d{8}|(?:0|84)[35789]\d{8})(?!\d)")
_EMAIL_ENCODED = re.compile(r"(?<![\w.+-])([\w.+-]{1,64})(%40)(?=[\w-]{1,63}\.)", re.IGNORECASE)
_CHAT_HOSTS = frozenset({"zalo.me", "wa.me", "chat.zalo.me", "viber.click"})


def mask(text: str) -> str:
    """Text with e-mail local parts, phone numbers and citizen ids (12 digits, or 9) turned into ``•``."""
    if _SUSPECT.search(text) is None:
        return text
    text = without_emails(text)
    if _DIGIT.search(text) is None:
        return text
    text = _PHONE.sub(lambda found: _DIGIT.sub(BULLET, found[0]), text)
    return _CITIZEN_ID.sub(lambda found: _DIGIT.sub(BULLET, found[0]), text)


def hidden_words(text: str, words: Collection[str], *, days: bool) -> str:
    """Text with these very words made unreadable, and with ``days`` every date: what was counted in a table stands in
    the page's text as well.

    Words are looked for as they are written between blanks, so that the text is walked once.
    """
    if days:
        text = _DAY.sub(lambda found: _DIGIT.sub(BULLET, found[0]), text)
    parts = {part for word in words for part in word.split() if _DIGIT.search(part)}
    if not parts:
        return text
    return " ".join(
        _LETTER.sub(BULLET, word) if word.strip(_AROUND) in parts else word
        for word in text.split(" ")
    )


def mask_file(href: str) -> str:
    """The address of a file, as ``mask_address`` has it, also without citizen ids and telephone numbers in its name."""
    masked = mask_address(href)
    return _OF_A_PERSON.sub(lambda found: _DIGIT.sub(BULLET, found[0]), masked)


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
        return _without_encoded_emails(without_emails(href))
    return scheme + colon + mask(rest) if colon else mask(href)


def _without_encoded_emails(href: str) -> str:
    if "%40" not in href:
        return href
    return _EMAIL_ENCODED.sub(lambda found: _LETTER.sub(BULLET, found[1]) + found[2], href)


def without_nonces(policy: str) -> str:
    """A Content-Security-Policy without the values that are new with every answer."""
    return _NONCE.sub("'nonce-(varies)'", policy)


def without_emails(text: str) -> str:
    """Text with the local parts of e-mail addresses turned into ``•``."""
    pieces: list[str] = []
    done = 0
    for sign in _signs(text):
        # A local part holds no blank, so it begins behind the last one; the sign may have one of its own before it.
        begin = max(text.rfind(" ", done, max(sign.start() - 1, done)), done)
        found = _EMAIL.search(text, begin, sign.end(1))
        if found is not None:
            pieces += text[done : found.start()], _LETTER.sub(BULLET, found[1]), found[2]
            done = found.end()
    return "".join((*pieces, text[done:])) if done else text


def _signs(text: str) -> Iterator[re.Match[str]]:
    """Where an e-mail address may be, in order; looked for sign by sign, each many times faster than all at once."""
    places: list[int] = []
    for sign in "@[(":
        at = text.find(sign)
        while at >= 0:
            places.append(at)
            at = text.find(sign, at + 1)
    return filter(None, (_EMAIL_SIGN.match(text, at) for at in sorted(places)))


def _chats(href: str) -> bool:
    lower = href.lower()
    if not any(name in lower for name in _CHATS):
        return False
    try:
        return urlsplit(href).hostname in _CHAT_HOSTS
    except ValueError:
        return False
