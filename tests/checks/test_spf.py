"""SPF: the grammar, and the look-ups a record costs."""

from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Look, Said
from checks.parsing.spf import (
    MOST_COUNTED,
    MOST_QUESTIONS,
    Question,
    SpfResult,
    Trouble,
    evaluate,
    is_spf,
    parse,
    replayed,
    wanted,
)
from tests.builders.network import look

DOMAIN = "a.vn"
GONE = NotCaptured(cause=Cause.DNS_TIMEOUT)
Zone = Mapping[Question, Look]


def zone(**records: str) -> dict[Question, Look]:
    """TXT records by name, with ``_`` for the dot."""
    return {
        (name.replace("_", "."), "TXT"): look(name.replace("_", "."), "TXT", text)
        for name, text in records.items()
    }


def asked(answers: Zone, domain: str = DOMAIN) -> tuple[SpfResult, list[Look]]:
    """What the probe does: ask until nothing is wanted; every other name does not exist."""
    told: dict[Question, Look] = {}
    while (question := wanted(domain, told)) is not None:
        nothing = look(*question, said=Said.NXDOMAIN)
        told[question] = answers.get(question, nothing)
    return evaluate(domain, told), list(told.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=spf1", True),
        ("V=SPF1 -all", True),
        ("v=spf10 -all", False),
        ("v=spf1;-all", False),
        (" v=spf1", False),
        ("", False),
    ],
)
def test_is_spf(text: str, expected: bool) -> None:
    """The version stands first and alone."""
    assert is_spf(text) is expected


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "-all",
        "  +all  ",
        "a",
        "a/24",
        "a//64",
        "a/24//64",
        "a:mx.a.vn/0//0",
        "mx:%{d}",
        "a:%{l/}.a.vn/24",
        "ip4:192.0.2.1",
        "ip4:192.0.2.0/32",
        "ip6:2001:db8::/128",
        "IP6:::1",
        "include:_spf.a-b.vn.",
        "exists:%{ir}.%{l1r+-}._spf.%{d2}",
        "?exists:x%%%_%-.vn",
        "ptr",
        "~ptr:a.vn",
        "redirect=_spf.a.vn",
        "exp=exp.a.vn",
        "unknown=anything%{d}/here",
        "a:x.3com",
        "a:b.x-1",
    ],
)
def test_grammar_accepts(rest: str) -> None:
    """What RFC 7208 writes is read without fault."""
    assert parse(f"v=spf1 {rest}").faults == ()


@pytest.mark.parametrize(
    "term",
    [
        "all:x.vn",
        "al",
        "include",
        "include:",
        "include:vn",
        "include:a..vn",
        "include:x.123",
        "include:x.vn-",
        "include:%{q}.vn",
        "include:%.vn",
        "include:" + "a" * 64 + ".vn",
        "include:" + "a." * 130 + "vn",
        "ip4",
        "ip4:",
        "ip4/1.2.3.4",
        "ip4:1.2.3",
        "ip4:1.2.3.4/33",
        "ip4:1.2.3.4/",
        "ip4:1.2.3.4/٣",
        "ip6:1.2.3.4",
        "ip6:fe80::1%eth0",
        "ip6:::1/129",
        "a/33",
        "a/",
        "a//129",
        "a//",
        "a:",
        "ax:x.vn",
        "ptr:",
        "exists",
        "redirect=",
        "redirect:x.vn",
        "exp=%",
        "x=%",
        "-",
        "trường",
        "a\t-all",
        "a\n",
        "include:x .vn",
    ],
)
def test_grammar_refuses(term: str) -> None:
    """A fault names where it stands."""
    faults = parse(f"v=spf1  {term}").faults
    assert faults
    assert faults[0].position in {9, 19}


def test_grammar_refuses_other_records() -> None:
    """Something else is not half an SPF record."""
    assert parse("hello").faults[0].position == 1


@pytest.mark.parametrize("name", ["redirect", "exp"])
def test_a_modifier_given_twice(name: str) -> None:
    """RFC 7208, 6: redirect and exp stand at most once."""
    faults = parse(f"v=spf1 {name}=a.vn {name}=b.vn").faults
    assert [fault.message for fault in faults] == [f"{name}= is given twice"]


def test_a_very_long_record() -> None:
    """A record of thousands of terms is cut, and that is said."""
    assert "more than 1000 terms" in parse("v=spf1" + " a" * 5000).faults[0].message


@given(st.text(max_size=200))
@example("v=spf1 a:" + "%{" * 50)
def test_reading_never_raises(text: str) -> None:
    """Whatever a name server sends is read to an end."""
    for record in (text, f"v=spf1 {text}"):
        read = parse(record)
        assert bool(read.faults) or is_spf(record)


@pytest.mark.parametrize(
    ("answers", "lookups", "void", "ends_in"),
    [
        pytest.param(zone(a_vn="v=spf1 ip4:192.0.2.1 -all"), 0, 0, "-all", id="free"),
        pytest.param(zone(a_vn="v=spf1 a mx ptr -all a mx"), 3, 2, "-all", id="after-all-is-free"),
        pytest.param(
            zone(a_vn="v=spf1 include:b.vn ~all", b_vn="v=spf1 include:c.vn -all", c_vn="v=spf1"),
            2,
            0,
            "~all",
            id="includes",
        ),
        pytest.param(
            zone(a_vn="v=spf1 redirect=b.vn", b_vn="v=spf1 -all"), 1, 0, "-all", id="redirect"
        ),
        pytest.param(
            zone(a_vn="v=spf1 redirect=b.vn ?all"), 0, 0, "?all", id="redirect-ignored-beside-all"
        ),
        pytest.param(
            zone(
                a_vn="v=spf1 include:b.vn",
                b_vn="v=spf1 redirect=c.vn",
                c_vn="v=spf1 -all",
            ),
            2,
            0,
            "",
            id="redirect-inside-an-include",
        ),
        pytest.param(
            zone(a_vn="v=spf1 exists:%{i}.b.vn a:%{d} ptr:b.vn -all"), 3, 0, "-all", id="macros"
        ),
        pytest.param(zone(a_vn="v=spf1 exists:no.vn -all"), 1, 1, "-all", id="void-exists"),
    ],
)
def test_counting(answers: Zone, lookups: int, void: int, ends_in: str) -> None:
    """Every term that asks costs one, wherever it stands before ``all``."""
    result, _ = asked(answers)
    assert (result.lookups, result.void, result.ends_in) == (lookups, void, ends_in)
    assert not result.errors


@pytest.mark.parametrize(
    ("answers", "trouble"),
    [
        pytest.param(zone(a_vn="v=spf1 foo"), Trouble.SYNTAX, id="syntax"),
        pytest.param(
            zone(a_vn="v=spf1 include:b.vn", b_vn="v=spf1 foo"), Trouble.SYNTAX, id="syntax-below"
        ),
        pytest.param(
            zone(a_vn="v=spf1 include:no.vn -all"), Trouble.INCLUDE_BROKEN, id="include-nothing"
        ),
        pytest.param(
            zone(a_vn="v=spf1 redirect=b.vn", b_vn="hello"),
            Trouble.INCLUDE_BROKEN,
            id="redirect-to-no-spf",
        ),
        pytest.param(
            {
                **zone(a_vn="v=spf1 include:b.vn"),
                ("b.vn", "TXT"): look("b.vn", "TXT", "v=spf1", "v=spf1 -all"),
            },
            Trouble.INCLUDE_BROKEN,
            id="include-several",
        ),
        pytest.param(zone(a_vn="v=spf1 include:A.vn."), Trouble.LOOP, id="includes-itself"),
        pytest.param(
            zone(a_vn="v=spf1 redirect=b.vn", b_vn="v=spf1 redirect=a.vn"),
            Trouble.LOOP,
            id="redirects-in-a-circle",
        ),
        pytest.param(
            {
                **zone(a_vn="v=spf1 mx"),
                ("a.vn", "MX"): look("a.vn", "MX", *(f"10 m{n}.vn." for n in range(11))),
            },
            Trouble.TOO_MANY_MX,
            id="eleven-mail-servers",
        ),
    ],
)
def test_troubles(answers: Zone, trouble: Trouble) -> None:
    """What ends in an error at some receiver is an error."""
    result, _ = asked(answers)
    assert [error.trouble for error in result.errors] == [trouble]


def test_addresses() -> None:
    """A name with only an IPv6 address is no void look-up; ``exists`` asks for IPv4 alone."""
    answers: dict[Question, Look] = {
        **zone(a_vn="v=spf1 a exists:a.vn a:ten.vn mx"),
        ("a.vn", "A"): look("a.vn", "A"),
        ("a.vn", "AAAA"): look("a.vn", "AAAA", "2001:db8::1"),
        ("ten.vn", "A"): look("ten.vn", "A", "192.0.2.1"),
        ("a.vn", "MX"): look("a.vn", "MX", *(f"10 m{n}.vn." for n in range(10))),
    }
    result, _ = asked(answers)
    assert (result.lookups, result.void, result.errors) == (4, 1, ())


def test_several_records_are_not_followed() -> None:
    """Which of two would count nobody knows."""
    answers: Zone = {("a.vn", "TXT"): look("a.vn", "TXT", "v=spf1 a", "v=spf1 mx")}
    result, looks = asked(answers)
    assert (len(result.records), len(looks)) == (2, 1)


def test_endless_includes_are_bounded() -> None:
    """A chain without end is asked forty times and no more."""
    chain = {
        (f"n{n}.vn", "TXT"): look(f"n{n}.vn", "TXT", f"v=spf1 include:n{n + 1}.vn -all")
        for n in range(100)
    }
    result, looks = asked(chain, "n0.vn")
    assert (len(looks), result.lookups) == (MOST_QUESTIONS, MOST_QUESTIONS)
    assert result.unasked == (f"n{MOST_QUESTIONS}.vn", "TXT")


def test_doubling_includes_are_bounded() -> None:
    """Records that include one another twice would take two to the power of their depth."""
    doubling = {
        (f"n{n}.vn", "TXT"): look(
            f"n{n}.vn", "TXT", f"v=spf1 include:n{n + 1}.vn include:n{n + 1}.vn -all"
        )
        for n in range(100)
    }
    result, _ = asked(doubling, "n0.vn")
    assert result.lookups == MOST_COUNTED


@pytest.mark.parametrize(
    "answers",
    [
        {("a.vn", "TXT"): GONE},
        {**zone(a_vn="v=spf1 include:b.vn a:c.vn mx -all"), ("b.vn", "TXT"): GONE},
        {**zone(a_vn="v=spf1 a:c.vn mx include:b.vn -all"), ("c.vn", "A"): GONE},
        {**zone(a_vn="v=spf1 mx include:b.vn -all"), ("a.vn", "MX"): GONE},
        {
            **zone(a_vn="v=spf1 a -all"),
            ("a.vn", "A"): look("a.vn", "A"),
            ("a.vn", "AAAA"): GONE,
        },
    ],
)
def test_failed_looks_are_kept_apart(answers: Zone) -> None:
    """A failed look is neither void nor broken, and the order asked brings each back to its question."""
    result, looks = asked(answers)
    assert result.open == (GONE,)
    again = evaluate(DOMAIN, replayed(DOMAIN, looks))
    assert again == result


def test_replaying_more_than_is_asked_for() -> None:
    """Looks that today's reading would not ask for are kept by their own name; failed ones are let go."""
    looks = [*zone(a_vn="v=spf1 -all").values(), look("B.vn.", "TXT", "x"), GONE]
    assert set(replayed(DOMAIN, looks)) == {("a.vn", "TXT"), ("b.vn", "TXT")}


@given(st.lists(st.sampled_from(["a", "mx", "include:b.vn", "exists:c.vn", "ptr", "-all"])))
def test_asking_ends(terms: list[str]) -> None:
    """However a record is put together, asking ends and leaves nothing open."""
    text = "v=spf1 " + " ".join(terms)
    result, looks = asked(zone(a_vn=text, b_vn="v=spf1 a:d.vn -all"))
    assert result.unasked is None
    assert len(looks) <= MOST_QUESTIONS
