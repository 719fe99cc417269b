"""DMARC: the grammar, the walk upward, and who must agree to get reports."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checks.evidence.names import Said
from checks.parsing.dmarc import (
    authorisations_to_ask,
    authorises,
    chosen,
    is_below,
    is_dmarc,
    names_to_ask,
    parse,
    records_in,
    standing,
    stricter,
    walk_is_over,
)
from tests.builders.network import look


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=DMARC1", True),
        ("v=DMARC1;p=none", True),
        ("V = DMARC1 ; p=none", True),
        ("v=dmarc1; p=none", False),
        ("v=DMARC12; p=none", False),
        ("p=none; v=DMARC1", False),
        (" v=DMARC1", False),
        ("", False),
    ],
)
def test_is_dmarc(text: str, expected: bool) -> None:
    """The version comes first, in capitals."""
    assert is_dmarc(text) is expected


@pytest.mark.parametrize(
    ("record", "policy"),
    [
        ("v=DMARC1; p=reject", "reject"),
        ("v=DMARC1;p=Quarantine;", "quarantine"),
        ("v=DMARC1 ; sp = none ; p = none ; ", "none"),
        ("v=DMARC1; p=none; np=reject; adkim=s; aspf=R; fo=1:d:s; psd=u; t=y", "none"),
        ("v=DMARC1; p=none; pct=100; ri=86400; rf=afrf", "none"),
        ("v=DMARC1; p=none; x-new=; ", ""),
        ("v=DMARC1; p=none; unknown=what ever", "none"),
        ("v=DMARC1; rua=mailto:a@x.vn", "none"),
        ("v=DMARC1; p=none; rua=mailto:a@x.vn!10m,mailto:b@x.vn?subject=y,https://x.vn/", "none"),
    ],
)
def test_grammar_accepts(record: str, policy: str) -> None:
    """What RFC 9989 writes is read without fault; tags nobody knows are let pass."""
    read = parse(record)
    if policy:
        assert (read.faults, read.policy) == ((), policy)
    else:
        # A hyphen is no letter: RFC 9989, 4.8 knows tags of letters alone.
        assert read.faults


@pytest.mark.parametrize(
    ("record", "position"),
    [
        ("p=none", 1),
        ("v=DMARC1", 9),
        ("v=DMARC1; p=block", 11),
        ("v=DMARC1; p=none; p=none", 19),
        ("v=DMARC1; p=none;  pct=9e9", 20),
        ("v=DMARC1; p=none; pct=101", 19),
        ("v=DMARC1; p=none; nonsense", 19),
        ("v=DMARC1; p=none; rua=a@x.vn", 19),
        ("v=DMARC1; p=none; rua=", 19),
        ("v=DMARC1; p=none; rua=mailto:a", 19),
        ("v=DMARC1; p=none; ruf=mailto:a@x.vn,", 19),
        ("v=DMARC1; p=none; fo=2", 19),
        ("v=DMARC1; p=nöne", 11),
        ("v=DMARC1; p=none; rua=" + ",".join(f"mailto:a@x{n}.vn" for n in range(11)), 1),
    ],
)
def test_grammar_refuses(record: str, position: int) -> None:
    """A fault names where it stands."""
    assert [fault.position for fault in parse(record).faults] == [position]


def test_too_many_tags() -> None:
    """A record of thousands of tags is cut, and that is said."""
    record = "v=DMARC1; p=none;" + ";" * 200
    assert "too many tags" in parse(record).faults[0].message


def test_a_policy_that_cannot_be_read() -> None:
    """With a report address it reads as none, without one as nothing."""
    assert parse("v=DMARC1; p=x; rua=mailto:a@x.vn").policy == "none"
    assert parse("v=DMARC1; p=x").policy == ""


def test_dropped_and_unknown_tags_are_noted() -> None:
    """They do no harm, and the owner may want to know."""
    notes = parse("v=DMARC1; p=none; pct=50; foo=bar").notes
    assert [note.split()[0] for note in notes] == ["pct", "'foo'"]


@given(st.text(max_size=200))
@example(";" * 500)
@example("p=" + " " * 5000 + "é")
def test_reading_never_raises(text: str) -> None:
    """Whatever a name server sends is read to an end."""
    for record in (text, f"v=DMARC1;{text}"):
        read = parse(record)
        assert bool(read.faults) or is_dmarc(record)


@pytest.mark.parametrize(
    ("domain", "names"),
    [
        ("vn", ["vn"]),
        ("a.vn", ["a.vn"]),
        ("A.edu.vn.", ["a.edu.vn", "edu.vn"]),
        ("a.b.c.vn", ["a.b.c.vn", "b.c.vn", "c.vn"]),
        (
            "g.f.e.d.c.b.vn",
            ["g.f.e.d.c.b.vn", "f.e.d.c.b.vn", "e.d.c.b.vn", "d.c.b.vn", "c.b.vn", "b.vn"],
        ),
        (
            "z.y.x.g.f.e.d.c.b.vn",
            [
                "z.y.x.g.f.e.d.c.b.vn",
                "g.f.e.d.c.b.vn",
                "f.e.d.c.b.vn",
                "e.d.c.b.vn",
                "d.c.b.vn",
                "c.b.vn",
                "b.vn",
            ],
        ),
    ],
)
def test_the_walk(domain: str, names: list[str]) -> None:
    """One label at a time, a long name cut to seven, the top level left out."""
    assert names_to_ask(domain) == [f"_dmarc.{name}" for name in names]


@pytest.mark.parametrize(
    ("record", "organisational", "asked"),
    [
        pytest.param("v=DMARC1; rua=mailto:a@mail.x.vn", "x.vn", [], id="own"),
        pytest.param("v=DMARC1; rua=mailto:a@X.vn", "x.vn", [], id="itself"),
        pytest.param("v=DMARC1; rua=mailto:a@m.x.vn", None, [], id="below-the-domain"),
        pytest.param(
            "v=DMARC1; rua=mailto:a@notx.vn,mailto:b@NOTX.vn; ruf=mailto:c@z.vn",
            "x.vn",
            ["m.x.vn._report._dmarc.notx.vn", "m.x.vn._report._dmarc.z.vn"],
            id="others",
        ),
        pytest.param(
            "v=DMARC1; rua=mailto:a@x.vn", None, ["m.x.vn._report._dmarc.x.vn"], id="parent-unknown"
        ),
    ],
)
def test_authorisations(record: str, organisational: str | None, asked: list[str]) -> None:
    """Only another organisation must agree, and it is asked once."""
    assert authorisations_to_ask(record, "m.x.vn", organisational) == asked


def test_answers() -> None:
    """Only records of the right version count, and only where they were found."""
    both = look("n", "TXT", "hello", "v=DMARC1; p=none")
    assert records_in(both) == ("v=DMARC1; p=none",)
    assert authorises(look("n", "TXT", "v=DMARC1"))
    assert not authorises(look("n", "TXT", "v=DMARC1", said=Said.BOGUS))
    assert is_below("a.X.vn.", "x.vn")
    assert not is_below("ax.vn", "x.vn")


A, B, C, D = "a.b.c.vn", "b.c.vn", "c.vn", "vn"
NONE, REJECT = "v=DMARC1; p=none", "v=DMARC1; p=reject"


@pytest.mark.parametrize(
    ("walked", "at"),
    [
        pytest.param([(A, (REJECT,))], A, id="own"),
        pytest.param([(A, ()), (B, (NONE,)), (C, (REJECT,)), (D, ())], C, id="the-highest"),
        pytest.param([(A, ()), (B, (NONE,)), (C, ())], B, id="the-only-one"),
        pytest.param([(A, ()), (B, (f"{NONE}; psd=n",))], B, id="says-it-is-the-top"),
        pytest.param(
            [(A, ()), (B, (NONE,)), (C, (f"{REJECT}; psd=y",))], B, id="one-below-the-suffix"
        ),
        pytest.param(
            [(A, ()), (B, (NONE,)), (C, ()), (D, (f"{REJECT}; psd=y",))],
            D,
            id="one-below-the-suffix-says-nothing",
        ),
        pytest.param([(A, ()), (B, (NONE, REJECT)), (C, (REJECT,))], C, id="several-count-as-none"),
        pytest.param([(A, ()), (B, ()), (C, ())], None, id="nothing"),
    ],
)
def test_which_record_decides(walked: list[tuple[str, tuple[str, ...]]], at: str | None) -> None:
    """RFC 9989, 4.10: the own record, the organisation's, the suffix's."""
    found = chosen(walked, A)
    assert (found[0] if found else None) == at


@pytest.mark.parametrize(
    ("at", "records", "over"),
    [
        (A, (REJECT,), True),
        (A, (REJECT, REJECT), True),
        (A, (), False),
        (B, (REJECT,), False),
        (B, (f"{REJECT}; psd=u",), False),
        (B, (f"{REJECT}; psd=Y",), True),
        (B, (f"{REJECT}; psd=n",), True),
        (B, (f"{REJECT}; psd=n", REJECT), False),
    ],
)
def test_where_the_walk_ends(at: str, records: tuple[str, ...], over: bool) -> None:
    """At the own record, and where a record says what it is."""
    assert walk_is_over(at, records, A) is over


TAGS = st.lists(
    st.sampled_from(
        ["sp=none", "sp=reject", "np=none", "np=quarantine", "pct=0", "pct=100", "t=y", "fo=1"]
    ),
    unique_by=lambda tag: tag.partition("=")[0],
)


@given(st.sampled_from(["none", "quarantine", "reject"]), TAGS)
def test_the_next_step_is_a_step_forward(policy: str, tags: list[str]) -> None:
    """It is enforced, it can be read, and at its end there is nothing left to do."""
    record = "; ".join(["v=DMARC1", f"p={policy}", *tags])
    after = stricter(record)
    assert parse(after).faults == ()
    assert standing(after, inherited=False).weak == ""
    for _ in range(3):
        after = stricter(after)
    assert parse(after).policy == "reject"
