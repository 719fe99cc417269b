"""Structured fields: the grammar of RFC 9651, both sides of each rule."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import http_sf
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from checks.parsing import structured_fields as fields
from checks.parsing.structured_fields import Date, DisplayString, InnerList, Item, Token


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # RFC 9651, 3.3 and 4.2.3 to 4.2.10
        ("42", 42),
        ("-0", 0),
        ("999999999999999", 999_999_999_999_999),
        ("1000000000000000", None),
        ("4.5", Decimal("4.5")),
        ("-123456789012.123", Decimal("-123456789012.123")),
        ("1234567890123.1", None),
        ("1.1234", None),
        ("1.", None),
        ("-", None),
        ("+1", None),
        ("--1", None),
        ('"hello \\"world\\" \\\\"', 'hello "world" \\'),
        ('""', ""),
        ('"a', None),
        ('"a\\b"', None),
        ('"é"', None),
        ("foo123/456", Token("foo123/456")),
        ("*", Token("*")),
        ("a:b", Token("a:b")),
        ("1a", None),
        ("é", None),
        ("?1", True),
        ("?0", False),
        ("?2", None),
        ("?", None),
        (":aGVsbG8=:", b"hello"),
        (":aGVsbG8:", b"hello"),
        ("::", b""),
        (":a:", None),
        (":_w:", None),
        (":aGk=", None),
        ("@1659578233", Date(1_659_578_233)),
        ("@-1", Date(-1)),
        ("@1.5", None),
        ("@", None),
        ("@x", None),
        ("@1000000000000000", None),
        ('%"f%c3%bc%c3%bc"', DisplayString("füü")),
        ('%"%C3%BC"', None),
        ('%"%ff"', None),
        ('%"a', None),
        ("%", None),
        ("", None),
        ("  a  ", Token("a")),
        ("a b", None),
        ("a, b", None),
        ("\ta", None),
    ],
)
def test_item(text: str, value: Any) -> None:
    """One bare item, or nothing."""
    found = fields.item([text])
    assert (None if found is None else found.value) == value


def test_items_keep_their_kinds_apart() -> None:
    """A token is no string, true is no one."""
    assert fields.item(["a"]) != fields.item(['"a"'])
    said = fields.item(["a;b;c=1;  d=?0;b=2"])
    assert said == Item(Token("a"), {"b": 2, "c": 1, "d": False})
    assert fields.item(["a;B"]) is None
    assert fields.item(["a;b="]) is None


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        # RFC 9651, 3.2 and 4.2.2
        (["a=1, b=2"], {"a": 1, "b": 2}),
        (["a=1", "b=2"], {"a": 1, "b": 2}),
        (["a=1,\t b;x=1"], {"a": 1, "b": True}),
        (["a=1, a=2"], {"a": 2}),
        (["*k.e-y_=1"], {"*k.e-y_": 1}),
        ([""], {}),
        ([], {}),
        (["a=1\t"], {"a": 1}),
        (["a=1,"], None),
        (["a=1", ""], None),
        ([",a=1"], None),
        (["a=1 b=2"], None),
        (["A=1"], None),
        (["a = 1"], None),
        (["a="], None),
        (["a=1;"], None),
    ],
)
def test_dictionary(values: list[str], keys: dict[str, Any] | None) -> None:
    """Lines are joined, the last of equal keys stays, one fault voids all."""
    found = fields.dictionary(values)
    read = None if found is None else {k: m.value for k, m in found.items() if isinstance(m, Item)}
    assert read == keys


@pytest.mark.parametrize(
    ("text", "members"),
    [
        # RFC 9651, 3.1 and 4.2.1
        ("a, b", 2),
        ("", 0),
        ("(a b), ( c ), ()", 3),
        ("(a  b);x", 1),
        ("(a", None),
        ("(a,b)", None),
        ('("a""b")', None),
        ("((a))", None),
        ("a,,b", None),
        ("a,", None),
    ],
)
def test_list(text: str, members: int | None) -> None:
    """Items and inner lists."""
    found = fields.list_of([text])
    assert (None if found is None else len(found)) == members


def test_inner_list() -> None:
    """RFC 9651, 3.1.1: its items and itself have parameters."""
    found = fields.dictionary(['a=("x";y "z");w=1'])
    assert found == {"a": InnerList((Item("x", {"y": True}), Item("z", {})), {"w": 1})}


SIGNS = st.sampled_from([*'ab*=,;:?@%"()\\ \t.-019/é', "?1", ":aa:", '%"'])


@given(st.text() | st.lists(SIGNS).map("".join))
def test_no_field_makes_the_reader_fail(text: str) -> None:
    """Members, or nothing."""
    for read in (fields.dictionary, fields.list_of, fields.item):
        read([text])


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 9)), min_size=1))
def test_lines_are_one_field(pairs: list[tuple[str, int]]) -> None:
    """How members are spread over lines changes nothing; the last of equal keys stays."""
    texts = [f"{key}={number}" for key, number in pairs]
    found = fields.dictionary(texts)
    assert found == fields.dictionary([",".join(texts)])
    assert found == {key: Item(number, {}) for key, number in pairs}


# Beside http-sf, the library of one of the authors of RFC 9651.


def told(read: Any) -> Any:
    """What either reader found, in one form that keeps the kinds apart and the order of keys."""
    match read:
        case None | bool() | bytes():
            return read
        case Token(name=text) | DisplayString(text=text):
            return type(read).__name__, text
        case http_sf.Token() | http_sf.DisplayString():
            return type(read).__name__, str(read)
        case Date(seconds=seconds):
            return "Date", seconds
        case datetime():
            return "Date", int((read - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
        case int() | Decimal() | float() | str():
            return type(read).__name__, read
        case dict():
            return [(key, told(member)) for key, member in read.items()]
        case list() | tuple():
            return [told(member) for member in read]
    raise AssertionError(f"{read!r} is of no kind")


READERS: dict[str, Callable[[Iterable[str]], Any]] = {
    "dictionary": fields.dictionary,
    "list": fields.list_of,
    "item": fields.item,
}


def theirs(text: str, kind: str) -> Any:
    """What http-sf reads, or nothing."""
    try:
        return http_sf.parse(text.encode("latin-1"), tltype=kind)
    except http_sf.StructuredFieldError:
        return None


PARTS = st.sampled_from(
    [
        *"ab*=,;:?@%()\\ \t.-_A'\xe9",
        *("0", "1", "-1", "1.5", "1.", "999999999999999", "1000000000000000", "123456789012.123"),
        *("1.1234", "?1", "?0", ":aGk=:", ":aGk:", ":a:", "::", "@1659578233", "@-1", "@1.0"),
        *('"x"', '"x\\"y\\\\"', '"', '%"f%c3%bc"', '%"%C3"', '%"%ff"', "a=1", "b;c", "(a b)", "()"),
        *(", ", ",\t", "; ", "a=(1 2);x", "camera=()", "microphone=(self)", "tok/en:x", "é"),
    ]
)


@given(st.lists(PARTS, max_size=12).map("".join), st.sampled_from(sorted(READERS)))
def test_beside_http_sf(text: str, kind: str) -> None:
    """Both refuse a field, or read the same out of it; dates beyond the calendar are tried below."""
    assume(not re.search("@-?[0-9]{11}", text))
    assert told(READERS[kind]([text])) == told(theirs(text, kind))


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("text", ["@253402300800", "@-62135596801", "@999999999999999"])
def test_dates_beyond_the_calendar(text: str, kind: str) -> None:
    """The one difference: http-sf makes dates of its language, which end with 9999; RFC 9651, 3.3.7 goes on."""
    assert theirs(f"a={text}" if kind == "dictionary" else text, kind) is None
    assert READERS[kind]([f"a={text}" if kind == "dictionary" else text]) is not None
