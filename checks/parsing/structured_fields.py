"""Structured fields (RFC 9651): dictionaries, lists and items, read strictly; one fault voids the whole field."""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeVar


@dataclass(frozen=True, slots=True)
class Token:
    """A bare word; never equal to the string of the same letters."""

    name: str


@dataclass(frozen=True, slots=True)
class Date:
    """Seconds since 1970."""

    seconds: int


@dataclass(frozen=True, slots=True)
class DisplayString:
    """Text that may hold any sign."""

    text: str


Bare = int | Decimal | str | bool | bytes | Token | Date | DisplayString
Parameters = Mapping[str, Bare]


class Item(NamedTuple):
    """A value and its parameters."""

    value: Bare
    parameters: Parameters


class InnerList(NamedTuple):
    """Items in round brackets, and the parameters of the whole."""

    items: tuple[Item, ...]
    parameters: Parameters


Member = Item | InnerList

_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_TOKEN = re.compile(r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]*)?")
_STRING = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_BYTES = re.compile(r":([A-Za-z0-9+/=]*):")
_BOOLEAN = re.compile(r"\?([01])")
_DISPLAY = re.compile(r'%"((?:[ !#$&-~]|%[0-9a-f]{2})*)"')
_DATE = re.compile(r"@(-?[0-9]+)(?![.0-9])")
_BLANKS = re.compile(r"[ \t]*")
_COMMA = re.compile(r",[ \t]*")
_DIGITS, _WHOLE_DIGITS, _FRACTION_DIGITS = 15, 12, 3

T = TypeVar("T")


class _Malformed(Exception):  # noqa: N818  Never leaves this module.
    """The field cannot be read."""


def dictionary(values: Iterable[str]) -> Mapping[str, Member] | None:
    """The members by their key, of several lines together; ``None`` where a browser ignores the field."""
    return _read(values, _Reader.members)


def list_of(values: Iterable[str]) -> tuple[Member, ...] | None:
    """The members of a list; ``None`` where it is malformed."""
    return _read(values, _Reader.entries)


def item(values: Iterable[str]) -> Item | None:
    """The one item; ``None`` where there is none, several or a malformed one."""
    return _read(values, _Reader.item)


def _read(values: Iterable[str], parse: "Callable[[_Reader], T]") -> T | None:
    reader = _Reader(", ".join(values).strip(" "))
    try:
        found = parse(reader)
        reader.at_end()
    except _Malformed:
        return None
    return found


class _Reader:
    """The text and how far it was read (RFC 9651, 4.2)."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def members(self) -> dict[str, Member]:
        found: dict[str, Member] = {}
        for _ in self._separated():
            key = self._key()
            if self._took("="):
                member = self._member()
            else:
                member = Item(value=True, parameters=self._parameters())
            # 4.2.2: of equal keys the last one stays.
            found[key] = member
        return found

    def entries(self) -> tuple[Member, ...]:
        return tuple(self._member() for _ in self._separated())

    def item(self) -> Item:
        return Item(self._bare(), self._parameters())

    def at_end(self) -> None:
        if self._at < len(self._text):
            raise _Malformed

    def _separated(self) -> Iterable[None]:
        """Once for each member; a comma must be followed by another one."""
        if not self._text:
            return
        yield
        while self._match(_BLANKS).end() < len(self._text):
            self._match(_COMMA)
            yield

    def _member(self) -> Member:
        return self._inner_list() if self._took("(") else self.item()

    def _inner_list(self) -> InnerList:
        items: list[Item] = []
        while True:
            blank = self._blanks()
            if self._took(")"):
                return InnerList(tuple(items), self._parameters())
            if items and not blank:
                raise _Malformed
            items.append(self.item())

    def _parameters(self) -> dict[str, Bare]:
        found: dict[str, Bare] = {}
        while self._took(";"):
            self._blanks()
            key = self._key()
            found[key] = self._bare() if self._took("=") else True
        return found

    def _key(self) -> str:
        return self._match(_KEY)[0]

    def _bare(self) -> Bare:
        first = self._text[self._at : self._at + 1]
        match first:
            case '"':
                return re.sub(r"\\(.)", r"\1", self._match(_STRING)[1])
            case ":":
                return _decoded(self._match(_BYTES)[1])
            case "?":
                return self._match(_BOOLEAN)[1] == "1"
            case "@":
                return Date(_whole(self._match(_DATE)[1]))
            case "%":
                return DisplayString(_shown(self._match(_DISPLAY)[1]))
            case "-" | "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9":
                return _number(self._match(_NUMBER)[0])
        return Token(self._match(_TOKEN)[0])

    def _took(self, sign: str) -> bool:
        there = self._text.startswith(sign, self._at)
        self._at += len(sign) if there else 0
        return there

    def _blanks(self) -> bool:
        start = self._at
        while self._took(" "):
            pass
        return self._at > start

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise _Malformed
        self._at = found.end()
        return found


def _number(text: str) -> int | Decimal:
    whole, point, fraction = text.partition(".")
    if not point:
        return _whole(text)
    # 4.2.4: at most twelve digits before the point, and one to three after it.
    if len(whole.lstrip("-")) > _WHOLE_DIGITS or not 1 <= len(fraction) <= _FRACTION_DIGITS:
        raise _Malformed
    return Decimal(text)


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > _DIGITS:
        raise _Malformed
    return int(text)


def _decoded(text: str) -> bytes:
    # 4.2.7: padding that is missing is added.
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise _Malformed from None


def _shown(text: str) -> str:
    octets = re.sub(r"%([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), text)
    try:
        return octets.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        raise _Malformed from None
