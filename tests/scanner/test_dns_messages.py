"""The frame of DNS messages, held against dnspython's own reading of the same bytes."""

from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.dns_messages import Manner, Question, Reply, answers, ask, read

ASKED = Question(dns.name.from_text("truong.edu.vn."), dns.rdatatype.TXT)


def reply_to(number: int, **flags: bool) -> dns.message.Message:
    """A made reply with something in every section."""
    query = dns.message.from_wire(
        ask(number, ASKED.wire(), Manner(checking=flags.get("checking", True)))
    )
    made = dns.message.make_response(query, recursion_available=True)
    made.answer.append(
        dns.rrset.from_text("truong.edu.vn.", 300, "IN", "TXT", '"v=spf1 -all"', '"khác"')
    )
    made.authority.append(dns.rrset.from_text("edu.vn.", 300, "IN", "NS", "ns1.edu.vn."))
    made.additional.append(dns.rrset.from_text("ns1.edu.vn.", 300, "IN", "A", "203.0.113.9"))
    return made


TRUE = reply_to(7).to_wire()


@pytest.mark.parametrize("checking", [True, False])
def test_a_query_is_what_dnspython_reads(checking: bool) -> None:
    """Number, flags, question and EDNS."""
    query = dns.message.from_wire(ask(0x1234, ASKED.wire(), Manner(checking=checking)))
    assert (query.id, query.edns, query.payload) == (0x1234, 0, 1232)
    assert query.flags & dns.flags.RD
    assert query.flags & dns.flags.AD
    assert bool(query.flags & dns.flags.CD) is not checking
    assert [(q.name, q.rdtype) for q in query.question] == [(ASKED.owner, ASKED.rdtype)]


def test_a_reply_is_read_as_dnspython_reads_it() -> None:
    """Answers alone; authority and additional are passed over."""
    made = reply_to(7)
    made.flags |= dns.flags.AD
    found = read(made.to_wire())
    assert found.authenticated
    assert not found.truncated
    assert {r.rdata for r in found.answers} == set(made.answer[0])
    assert {(r.name, r.rdtype) for r in found.answers} == {(ASKED.owner, dns.rdatatype.TXT)}


@pytest.mark.parametrize("code", [0, 2, 3, 5, 16, 23])
def test_the_code_has_its_upper_bits_from_edns(code: int) -> None:
    """BADVERS and later codes do not fit the header."""
    made = reply_to(7)
    made.set_rcode(dns.rcode.Rcode.make(code))
    assert read(made.to_wire()).rcode == code


@pytest.mark.parametrize(
    ("change", "ours"),
    [
        pytest.param({}, True, id="ours"),
        pytest.param({"number": 8}, False, id="another-number"),
        pytest.param({"name": "TRUONG.edu.VN."}, True, id="another-case"),
        pytest.param({"name": "truonh.edu.vn."}, False, id="another-name"),
        pytest.param({"name": "a.truong.edu.vn."}, False, id="a-longer-name"),
        pytest.param({"rdtype": dns.rdatatype.A}, False, id="another-type"),
        pytest.param({"clear": dns.flags.QR}, False, id="a-query"),
        pytest.param({"opcode": 4}, False, id="a-notify"),
        pytest.param({"question": False}, False, id="no-question"),
        pytest.param({"question": False, "rcode": 2}, True, id="servfail-without-question"),
        pytest.param({"question": False, "rcode": 3}, False, id="nxdomain-without-question"),
    ],
)
def test_only_replies_to_this_question_are_ours(change: dict[str, Any], ours: bool) -> None:
    """Whatever else arrives on the socket is passed over."""
    assert answers(changed(**change), 7, ASKED.wire()) is ours


def changed(
    number: int = 7,
    name: str = "truong.edu.vn.",
    rdtype: dns.rdatatype.RdataType = dns.rdatatype.TXT,
    *,
    question: bool = True,
    clear: int = 0,
    opcode: int = 0,
    rcode: int = 0,
) -> bytes:
    """A reply that differs from ours in what is named."""
    made = reply_to(number)
    made.question = [dns.rrset.RRset(dns.name.from_text(name), dns.rdataclass.IN, rdtype)]
    if not question:
        made.question = []
    made.flags = made.flags & ~clear | opcode << 11 | rcode
    return made.to_wire()


@given(st.binary(max_size=400) | st.binary(max_size=60).map(lambda tail: TRUE + tail))
def test_no_bytes_make_it_raise_anything_else(wire: bytes) -> None:
    """A hostile server's bytes end in dnspython's own exception or a reply."""
    answers(wire, 7, ASKED.wire())
    try:
        found = read(wire)
    except (dns.exception.DNSException, ValueError):
        return
    assert isinstance(found, Reply)


@given(st.data())
def test_one_changed_byte_changes_nothing_but_the_reading(data: st.DataObject) -> None:
    """Where both read the bytes, both see the same answers."""
    wire = bytearray(TRUE)
    at = data.draw(st.integers(0, len(wire) - 1))
    wire[at] = data.draw(st.integers(0, 255))
    try:
        theirs = dns.message.from_wire(bytes(wire))
    except Exception:  # noqa: BLE001  dnspython refuses more than we do: it reads every section.
        return
    ours = read(bytes(wire))
    assert {(r.name, r.rdtype, r.rdata) for r in ours.answers} == {
        (rrset.name, rrset.rdtype, rdata) for rrset in theirs.answer for rdata in rrset
    }
