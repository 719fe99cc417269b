"""DKIM keys (RFC 6376, 3.6; RFC 8463): what stands at a selector."""

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

COMMON = (
    "google",
    "selector1",
    "selector2",
    "default",
    "dkim",
    "mail",
    "k1",
    "s1",
    "s2",
    "zoho",
)
"""Names under which widely used senders publish their keys; who uses another is not found by them."""

_TAG = re.compile(r"\s*([A-Za-z][A-Za-z0-9_]*)\s*=([^;]*)", re.DOTALL)
_BLANKS = re.compile(r"\s+")
MOST_TAGS = 50
_ED25519_BYTES = 32
_SEQUENCE, _INTEGER, _BITS = 0x30, 0x02, 0x03


class KeyState(StrEnum):
    """Whether a receiver can use what stands there."""

    USABLE = "usable"
    REVOKED = "revoked"
    """``p=`` is empty: the key was called back."""
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class DkimKey:
    """One key record as read; ``why`` says what is wrong with an invalid one."""

    state: KeyState
    kind: str = ""
    """``rsa`` or ``ed25519``."""
    bits: int = 0
    """Of the modulus, or 256; 0 where there is no usable key."""
    testing: bool = False
    """``t=y``: receivers treat its letters as if they were not signed."""
    why: str = ""


def is_key(text: str) -> bool:
    """Whether a TXT record means to be a key: it says so, or it has a ``p``.  A wildcard's text is none."""
    tags = _tags(text)
    return tags.get("v", "") == "DKIM1" or ("v" not in tags and "p" in tags)


@lru_cache(maxsize=256)
def parse(text: str) -> DkimKey:
    """Read a key record.  Never raises."""
    tags = _tags(text)
    written = [part.partition("=")[0].strip() for part in text.split(";") if part.strip()]
    kind = tags.get("k", "rsa").lower()
    testing = "y" in _list(tags.get("t", ""))
    if len(written) != len(set(written)):
        return DkimKey(KeyState.INVALID, why="a tag is given twice")
    if "v" in tags and (tags["v"] != "DKIM1" or written[0] != "v"):
        return DkimKey(KeyState.INVALID, why="v is not DKIM1, or does not come first")
    if "p" not in tags:
        return DkimKey(KeyState.INVALID, why="p is missing")
    if kind not in {"rsa", "ed25519"}:
        return DkimKey(KeyState.INVALID, why=f"k cannot be {kind[:20]!a}")
    if "h" in tags and "sha256" not in _list(tags["h"]):
        return DkimKey(KeyState.INVALID, why="h does not allow sha256")
    if "s" in tags and not {"*", "email"} & set(_list(tags["s"])):
        return DkimKey(KeyState.INVALID, why="s does not allow mail")
    encoded = _BLANKS.sub("", tags["p"])
    if not encoded:
        return DkimKey(KeyState.REVOKED, kind)
    try:
        data = base64.b64decode(encoded, validate=True)
        bits = rsa_bits(data) if kind == "rsa" else _ed25519_bits(data)
    except (binascii.Error, ValueError) as error:
        return DkimKey(KeyState.INVALID, why=f"p is no key: {error}"[:100])
    return DkimKey(KeyState.USABLE, kind, bits, testing)


def rsa_bits(der: bytes) -> int:
    """Bits of the modulus of a SubjectPublicKeyInfo or an RSAPublicKey; ``ValueError`` where it is neither."""
    first, rest = _element(_inside(der, _SEQUENCE), None)
    if first[0] == _SEQUENCE:
        # SubjectPublicKeyInfo: the key is wrapped in a string of bits, after how many of them are unused.
        wrapped = _inside(rest, _BITS)
        first, _ = _element(_inside(wrapped[1:], _SEQUENCE), None)
    if first[0] != _INTEGER or not first[1] or first[1][0] >= 0x80:
        raise ValueError("no modulus")
    bits = int.from_bytes(first[1], "big").bit_length()
    if not bits:
        raise ValueError("no modulus")
    return bits


def _ed25519_bits(data: bytes) -> int:
    if len(data) != _ED25519_BYTES:
        raise ValueError("not 32 bytes")
    return 256


def _inside(der: bytes, tag: int) -> bytes:
    return _element(der, tag)[0][1]


def _element(der: bytes, tag: int | None) -> tuple[tuple[int, bytes], bytes]:
    """The first element (tag, content) and what follows it (X.690, 8.1)."""
    if len(der) < 2 or (tag is not None and der[0] != tag):
        raise ValueError("not the structure of a key")
    length, start = der[1], 2
    if length >= 0x80:
        count = length & 0x7F
        if not 1 <= count <= 3:
            raise ValueError("not the structure of a key")
        length, start = int.from_bytes(der[2 : 2 + count], "big"), 2 + count
    if len(der) < start + length:
        raise ValueError("cut short")
    return (der[0], der[start : start + length]), der[start + length :]


def _tags(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(";")[:MOST_TAGS]:
        match = _TAG.fullmatch(part)
        if match is not None:
            found.setdefault(match[1], match[2].strip())
    return found


def _list(value: str) -> list[str]:
    return [item.strip().lower() for item in value.split(":")]
