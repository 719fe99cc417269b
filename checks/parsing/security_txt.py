"""security.txt as RFC 9116 has it; of a signed file only what stands inside the signature counts.

The signature is not verified: that would need a key that somebody trusts.  Its armour must be whole
(RFC 9116, 4; RFC 9580, 6.2 and 7), for a reader's tools refuse the file otherwise.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from urllib.parse import urlsplit

VOID = (
    "contact-missing",
    "contact-invalid",
    "expires-missing",
    "expires-repeated",
    "expires-invalid",
    "signature-broken",
    "canonical-elsewhere",
)
"""The faults after which nobody should use the file; the others are told and void nothing."""

# RFC 5322, 3.6.8: a field name is any printable sign but the colon.
_FIELD = re.compile(r"([!-9;-~]+)([ \t]*):(.*)", re.DOTALL)
_URI = re.compile(r"([a-z][a-z0-9+.-]*):((?:[a-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9a-f]{2})+)", re.I)
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
# RFC 5646, 2.1, without the tags that are kept for old times' sake.
_LANGUAGE = re.compile(
    r"(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wyz](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+",
    re.IGNORECASE,
)
_URI_FIELDS = frozenset({"acknowledgments", "canonical", "csaf", "encryption", "hiring", "policy"})
_MOST_FAULTS = 10
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_END = "-----END PGP SIGNATURE-----"
_HASH = re.compile(r"Hash: [!-+\--~]+(?:, ?[!-+\--~]+)*")
_ARMOUR_KEY = re.compile(r"[!-9;-~]+: .*")
_CHECKSUM = re.compile(r"=[A-Za-z0-9+/]{4}")

Line = tuple[int, str]
"""Its number in the file, from 1, and its text without what ends it."""


@dataclass(frozen=True, slots=True)
class SecurityTxt:
    """What the file says.  ``faults`` are in the order of weight: those that make the file void first."""

    contacts: tuple[str, ...]
    expires_at: datetime | None
    signed: bool
    faults: tuple[str, ...]


def parse(text: str, found_at: Iterable[str] = ()) -> SecurityTxt:
    """Read the file; never raises.

    ``found_at`` are the addresses that led to it; where a Canonical is given, it must name one of them.
    """
    around: list[str] = ["byte-order-mark"] if text.startswith("\ufeff") else []
    # What was no UTF-8 came as this sign (see the evidence).
    around += ["not-utf-8"] if "\ufffd" in text else []
    *ended, rest = text.removeprefix("\ufeff").split("\n")
    if rest:
        ended.append(rest)
        around.append("last-line-open")
    lines = [
        (number, line.removesuffix("\r").rstrip(" \t")) for number, line in enumerate(ended, 1)
    ]
    part = _signed_part(lines)
    around += ["text-outside-signature"] if part.outside else []
    fields, odd = _fields(part.lines)
    contacts = tuple(value for name, value in fields if name == "contact")
    expires = [value for name, value in fields if name == "expires"]
    moment = _moment(expires[0]) if len(expires) == 1 else None
    faults = [*_contact_faults(contacts), *_expires_faults(expires, moment)]
    faults += ["signature-broken"] if part.broken else []
    faults += _canonical_faults([v for name, v in fields if name == "canonical"], found_at)
    faults += _language_faults([v for name, v in fields if name == "preferred-languages"])
    for name, value in fields:
        wrong = _uri_fault(value) if name in _URI_FIELDS else ""
        faults += [f"{name}-{wrong}"] if wrong else []
        if name == "csaf" and not wrong and not value.endswith("/provider-metadata.json"):
            faults.append("csaf-other-file")
    told = tuple(dict.fromkeys((*faults, *around, *odd)))
    return SecurityTxt(contacts, moment, part.signed, told[:_MOST_FAULTS])


@dataclass(frozen=True, slots=True)
class _Part:
    """The lines that are the file, and what is odd about the armour around them."""

    lines: list[Line]
    signed: bool = False
    broken: bool = False
    outside: bool = False


def _signed_part(lines: list[Line]) -> _Part:
    """The signed text with its dashes restored; all lines where there is no armour (RFC 9580, 7)."""
    texts = [text for _, text in lines]
    if _SIGNED not in texts:
        if _SIGNATURE not in texts:
            return _Part(lines)
        return _Part(lines[: texts.index(_SIGNATURE)], signed=True, broken=True)
    begin = texts.index(_SIGNED)
    start = begin + 1
    while start < len(texts) and _HASH.fullmatch(texts[start]):
        start += 1
    broken = texts[start : start + 1] != [""]
    rest = iter(lines[start if broken else start + 1 :])
    kept: list[Line] = []
    for number, text in rest:
        if text == _SIGNATURE:
            break
        plain = text.removeprefix("- ")
        # 7.2: a line of the text that begins with a dash is escaped, so this one belongs to something else.
        broken = broken or (text.startswith("-") and plain == text and text != "-")
        kept.append((number, plain))
    broken = not _whole_signature(rest) or broken
    after = [text for _, text in rest]
    return _Part(
        kept, signed=True, broken=broken or _SIGNED in after, outside=any(texts[:begin] + after)
    )


def _whole_signature(lines: Iterator[Line]) -> bool:
    """Whether headers, a blank line, base64 and the last line follow; nothing beyond it is taken."""
    keys = list(takewhile(bool, (text for _, text in lines)))
    whole = all(map(_ARMOUR_KEY.fullmatch, keys))
    data: list[str] = []
    for _, text in lines:
        if text == _END:
            break
        data.append(text)
    else:
        return False
    if data and _CHECKSUM.fullmatch(data[-1]):
        data.pop()
    try:
        return bool(base64.b64decode("".join(data), validate=True)) and whole
    except (binascii.Error, ValueError):
        return False


def _fields(lines: list[Line]) -> tuple[list[tuple[str, str]], list[str]]:
    """Names in lower case with their values, and the lines that are not written as they should be."""
    fields: list[tuple[str, str]] = []
    odd: list[str] = []
    for number, line in lines:
        if not line or line.startswith("#"):
            continue
        field = _FIELD.fullmatch(line)
        if field is None:
            odd.append(f"line-{number}-unreadable")
            continue
        name, blank, value = field.groups()
        if blank or not value.startswith(" "):
            odd.append(f"line-{number}-spacing")
        fields.append((name.lower(), value.strip(" \t")))
    return fields, odd


def _uri_fault(value: str) -> str:
    """What is wrong with a URI (RFC 3986); empty where nothing is."""
    read = _URI.fullmatch(value)
    if read is None:
        return "invalid"
    scheme, rest = read[1].lower(), read[2]
    if scheme == "http":
        return "not-https"
    if scheme == "https" and not re.match(r"//[^/?#]", rest):
        return "invalid"
    return "invalid" if scheme == "mailto" and "@" not in rest else ""


def _contact_faults(contacts: tuple[str, ...]) -> list[str]:
    if not contacts:
        return ["contact-missing"]
    # RFC 9116, 2.5.3: a URI; web addresses must begin with https.
    return ["contact-invalid"] if any(map(_uri_fault, contacts)) else []


def _expires_faults(expires: list[str], moment: datetime | None) -> list[str]:
    if not expires:
        return ["expires-missing"]
    if len(expires) > 1:
        return ["expires-repeated"]
    return [] if moment is not None else ["expires-invalid"]


def _canonical_faults(named: list[str], found_at: Iterable[str]) -> list[str]:
    """RFC 9116, 2.5.2: a file found elsewhere than it says should not be trusted."""
    here = {_place(url) for url in found_at}
    return ["canonical-elsewhere"] if named and here and here.isdisjoint(map(_place, named)) else []


def _place(url: str) -> str:
    """An address in the form in which two of them are compared (RFC 3986, 6.2.2 and 6.2.3)."""
    try:
        parts = urlsplit(url)
        port = "" if parts.port in (None, 443) else f":{parts.port}"
    except ValueError:
        return url
    return f"{parts.scheme}://{(parts.hostname or '').removesuffix('.')}{port}{parts.path}?{parts.query}"


def _language_faults(values: list[str]) -> list[str]:
    faults = ["preferred-languages-repeated"] if len(values) > 1 else []
    tags = [tag.strip(" \t") for value in values for tag in value.split(",")]
    if not all(_LANGUAGE.fullmatch(tag) for tag in tags):
        faults.append("preferred-languages-invalid")
    return faults


def _moment(value: str) -> datetime | None:
    """An RFC 3339 moment, or nothing."""
    read = _MOMENT.fullmatch(value)
    if read is None:
        return None
    day, time, zone = read.groups()
    # RFC 3339, 5.7: a leap second is written 60.
    time = time[:-2] + "59" if time.endswith(":60") else time
    try:
        return datetime.fromisoformat(f"{day}T{time}{'+00:00' if zone in 'Zz' else zone}")
    except ValueError:
        return None
