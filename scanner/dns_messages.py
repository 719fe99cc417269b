"""One question as bytes, and the reading of its reply: only what a look needs of the message (RFC 1035, RFC 6891).

dnspython reads names and the data of records; the frame around them is read here, because a look wants the
answer section alone and asks some sixteen questions a site.
"""

import struct
from dataclasses import dataclass

import dns.edns
import dns.exception
import dns.flags
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.wire

PAYLOAD_BYTES = 1232
"""The largest datagram asked for: it passes every path unfragmented (DNS flag day 2020)."""

_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")
_KIND = struct.Struct("!HH")
_OPT = b"\x00" + _RECORD.pack(dns.rdatatype.OPT, PAYLOAD_BYTES, 0, 0)
_ERRORS_WITHOUT_QUESTION = frozenset({1, 2, 4, 5})
"""FORMERR, SERVFAIL, NOTIMP and REFUSED may come back without the question."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: an absolute name in lower case, and a type."""

    owner: dns.name.Name
    rdtype: dns.rdatatype.RdataType

    def wire(self) -> bytes:
        """The question section; names are never compressed here."""
        owner: bytes = self.owner.to_wire() or b""
        return owner + _KIND.pack(self.rdtype, dns.rdataclass.IN)


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the answer section."""

    name: dns.name.Name
    rdtype: int
    rdata: dns.rdata.Rdata


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to our question: its code with EDNS's upper bits, its flags, its answers."""

    rcode: int
    flags: int
    answers: tuple[Record, ...]
    extended_errors: tuple[str, ...] = ()

    @property
    def truncated(self) -> bool:
        """Whether it was cut to fit a datagram."""
        return bool(self.flags & dns.flags.TC)

    @property
    def authenticated(self) -> bool:
        """Whether the resolver says that it validated the answer."""
        return bool(self.flags & dns.flags.AD)


def ask(number: int, question: bytes, *, checking: bool) -> bytes:
    """A query for a recursive server; ``checking=False`` asks for what does not validate too."""
    flags = dns.flags.RD | dns.flags.AD | (0 if checking else dns.flags.CD)
    return _HEADER.pack(number, flags, 1, 0, 0, 1) + question + _OPT


def answers(wire: bytes, number: int, question: bytes) -> bool:
    """Whether these bytes are a reply to this very question; anything else on the socket is not ours."""
    if len(wire) < _HEADER.size:
        return False
    said, flags, questions, *_ = _HEADER.unpack_from(wire)
    if said != number or not flags & dns.flags.QR or flags & 0x7800:
        return False
    if questions == 0:
        return flags & 0xF in _ERRORS_WITHOUT_QUESTION
    asked = wire[_HEADER.size : _HEADER.size + len(question)]
    # The case of the name is the server's affair (RFC 4343); type and class are not letters.
    return (
        questions == 1
        and asked[-4:] == question[-4:]
        and asked[:-4].lower() == question[:-4].lower()
    )


def read(wire: bytes) -> Reply:
    """A reply, its answer section in full.  ``dns.exception.DNSException`` where the bytes are no message."""
    parser = dns.wire.Parser(wire)
    _, flags, questions, in_answer, in_authority, in_additional = parser.get_struct("!HHHHHH")
    for _ in range(questions):
        _skip_name(parser)
        parser.get_bytes(_KIND.size)
    found = tuple(_record(parser) for _ in range(in_answer))
    for _ in range(in_authority):
        _skip_record(parser)
    rcode = flags & 0xF
    told: tuple[str, ...] = ()
    for _ in range(in_additional):
        rdtype, ttl, data = _skip_record(parser)
        if rdtype == dns.rdatatype.OPT:
            rcode |= ttl >> 24 << 4
            told = _extended_errors(data)
    return Reply(rcode, flags, found, told)


def _record(parser: dns.wire.Parser) -> Record:
    name = parser.get_name()
    rdtype, rdclass, _, length = parser.get_struct("!HHIH")
    with parser.restrict_to(length):
        rdata = dns.rdata.from_wire_parser(
            dns.rdataclass.RdataClass.make(rdclass), dns.rdatatype.RdataType.make(rdtype), parser
        )
    return Record(name, rdtype, rdata)


def _skip_record(parser: dns.wire.Parser) -> tuple[int, int, bytes]:
    _skip_name(parser)
    rdtype, _, ttl, length = parser.get_struct("!HHIH")
    return rdtype, ttl, parser.get_bytes(length)


def _skip_name(parser: dns.wire.Parser) -> None:
    while length := parser.get_uint8():
        if length >= 0xC0:
            parser.get_uint8()
            return
        parser.get_bytes(length)


def _extended_errors(data: bytes) -> tuple[str, ...]:
    """RFC 8914: why the server failed, in its own words."""
    parser = dns.wire.Parser(data)
    found = []
    while parser.remaining():
        code, length = parser.get_struct("!HH")
        with parser.restrict_to(length):
            option = dns.edns.option_from_wire_parser(dns.edns.OptionType.make(code), parser)
        if code == dns.edns.EDE:
            found.append(str(option))
    return tuple(found)
