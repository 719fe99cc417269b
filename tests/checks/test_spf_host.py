"""SPF for one sender: what the test suite of RFC 7208 leaves out."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Look, Said
from checks.parsing.spf import Question
from checks.parsing.spf_host import Checked, Result, check_host
from tests.builders.network import look

GONE = NotCaptured(cause=Cause.DNS_TIMEOUT)
Zone = Mapping[Question, Look]


def checked(zone: Zone, ip: str = "192.0.2.3", sender: str = "strong-bad@email.a.vn") -> Checked:
    """The result of a letter from this address; every other name does not exist."""

    def lookup(name: str, kind: str) -> Look:
        return zone.get((name.lower(), kind)) or look(name, kind, said=Said.NXDOMAIN)

    return check_host(ip, sender, "mx.a.vn", "email.a.vn", lookup, receiver="r.vn", at_s=1)


def record(text: str) -> dict[Question, Look]:
    return {("email.a.vn", "TXT"): look("email.a.vn", "TXT", f"v=spf1 {text}")}


def told(name: str) -> dict[Question, Look]:
    """An address for this very name."""
    return {(name, "A"): look(name, "A", "127.0.0.2")}


@pytest.mark.parametrize(
    ("macro", "expanded"),
    [
        ("%{s}", "strong-bad@email.a.vn"),
        ("%{o}", "email.a.vn"),
        ("%{d}", "email.a.vn"),
        ("%{d2}", "a.vn"),
        ("%{d9}", "email.a.vn"),
        ("%{dr}", "vn.a.email"),
        ("%{d1r}", "email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{i}", "192.0.2.3"),
        ("%{ir}", "3.2.0.192"),
        ("%{v}", "in-addr"),
        ("%{h}", "mx.a.vn"),
        ("%{p}", "unknown"),
    ],
)
def test_macros(macro: str, expanded: str) -> None:
    """RFC 7208, 7.4, with names of our own."""
    zone = record(f"exists:{macro}.x.vn -all") | told(f"{expanded}.x.vn")
    assert checked(zone).result is Result.PASS


def test_macros_of_explanations() -> None:
    """What only an explanation may hold."""
    zone = record("-all exp=e.vn") | {
        ("e.vn", "TXT"): look("e.vn", "TXT", "%{c} %{r} %{t} 100%% %{S}%_%-")
    }
    assert checked(zone) == Checked(
        Result.FAIL, "192.0.2.3 r.vn 1 100% strong-bad%40email.a.vn %20"
    )


@pytest.mark.parametrize(
    "answer",
    [
        GONE,
        look("e.vn", "TXT"),
        look("e.vn", "TXT", "one", "two"),
        look("e.vn", "TXT", "trường"),
        look("e.vn", "TXT", "%{z}"),
    ],
)
def test_no_explanation(answer: Look) -> None:
    """Whatever is wrong with it, the letter fails all the same."""
    assert checked(record("-all exp=e.vn") | {("e.vn", "TXT"): answer}) == Checked(Result.FAIL)


def test_no_explanation_at_a_name_that_is_none() -> None:
    """A label that is too long after its macro was filled in."""
    assert checked(record("-all exp=%{l}.vn"), sender="a" * 64 + "@email.a.vn").explanation == ""


@pytest.mark.parametrize(
    ("ip", "result"),
    [
        ("192.0.2.3", Result.PASS),
        ("::ffff:192.0.2.3", Result.PASS),
        ("192.0.2.4", Result.FAIL),
        ("2001:db8::1", Result.FAIL),
    ],
)
def test_an_ipv4_address_in_ipv6(ip: str, result: Result) -> None:
    """RFC 7208, 5: it is the IPv4 address that counts."""
    assert checked(record("ip4:192.0.2.3 -all"), ip).result is result


def test_no_address() -> None:
    """The one thing that whoever asks must get right."""
    with pytest.raises(ValueError, match="nonsense"):
        checked({}, "nonsense")


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (GONE, Result.TEMPERROR),
        (look("x", "TXT", said=Said.BOGUS), Result.TEMPERROR),
        (look("x", "TXT", "hello", total=101), Result.TEMPERROR),
        (look("x", "TXT", "hello"), Result.NONE),
        (look("x", "TXT", said=Said.NXDOMAIN), Result.NONE),
        (look("x", "TXT", "v=spf1 -all", "v=spf1"), Result.PERMERROR),
        (look("x", "TXT", "v=spf1 foo"), Result.PERMERROR),
    ],
)
def test_the_first_answer(answer: Look, result: Result) -> None:
    """Trouble that may pass is told apart from trouble that does not."""
    assert checked({("email.a.vn", "TXT"): answer}).result is result


PTR = ("3.2.0.192.in-addr.arpa", "PTR")


@pytest.mark.parametrize(
    ("zone", "result"),
    [
        pytest.param({PTR: GONE}, Result.FAIL, id="no-answer"),
        pytest.param({PTR: look("p", "PTR", "mx.email.a.vn.")}, Result.FAIL, id="leads-nowhere"),
        pytest.param(
            {
                PTR: look("p", "PTR", "x.a.vn.", "mx.email.a.vn."),
                ("x.a.vn", "A"): GONE,
                ("mx.email.a.vn", "A"): look("m", "A", "192.0.2.3"),
            },
            Result.PASS,
            id="leads-back",
        ),
    ],
)
def test_pointers(zone: Zone, result: Result) -> None:
    """A pointer counts where the name leads back; one that cannot be asked does not match."""
    assert checked(record("ptr -all") | dict(zone)).result is result


@pytest.mark.parametrize("pointer", ["email.a.vn.", "mx.email.a.vn.", "far.vn."])
def test_the_name_of_the_sender(pointer: str) -> None:
    """The macro p: the domain itself, a name below it, or any other that leads back."""
    name = pointer.removesuffix(".")
    zone = (
        record("exists:%{p}.x.vn -all")
        | {PTR: look("p", "PTR", pointer), (name, "A"): look(name, "A", "192.0.2.3")}
        | told(f"{name}.x.vn")
    )
    # One of them is the domain that asks, which has an address then.
    assert checked(zone).result is Result.PASS


def test_the_name_of_the_sender_is_not_held_against_it() -> None:
    """Two empty answers are allowed; those of the macro come on top."""
    zone = record("exists:%{p}.x.vn exists:b.vn ip4:192.0.2.3 -all")
    assert checked(zone).result is Result.PASS
    assert checked(record("exists:a.vn exists:b.vn exists:c.vn ip4:192.0.2.3")).result is (
        Result.PERMERROR
    )
    assert checked({**record("exists:%{p}.x.vn -all"), PTR: GONE}).result is Result.FAIL


@pytest.mark.parametrize("term", ["include:b.vn", "redirect=b.vn", "a:b.vn", "mx:b.vn"])
def test_trouble_on_the_way(term: str) -> None:
    """A name server that does not answer leaves the letter for later."""
    zone: dict[Question, Look] = {("b.vn", kind): GONE for kind in ("TXT", "A", "MX")}
    assert checked(record(term) | zone).result is Result.TEMPERROR


@given(st.text(max_size=60), st.text(max_size=30))
def test_it_always_ends(text: str, sender: str) -> None:
    """Whatever a record holds and whoever writes."""
    found = checked(record(text), sender=sender)
    assert found.result in Result
    checked(record(f"include:{text} a:{text} exists:{text} -all exp={text}"), sender=sender)
