"""One question as bytes, and the reading of its reply: only what a look needs of the message (RFC 1035, RFC 6891).

dnspython reads names and the data of records; the frame around them is read here, because a look at a recursive
server wants the answer section alone, one at a referral a little more, and both ask some twenty questions a site.
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
_OPT_DO = b"\x00" + _RECORD.pack(dns.rdatatype.OPT, PAYLOAD_BYTES, 0x8000, 0)
_ADDRESSES = frozenset({dns.rdatatype.A, dns.rdatatype.AAAA})
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
class Manner:
    """How a question is asked, and how much of its reply is read.

    ``recursion`` asks the server to find the answer elsewhere, ``checking=False`` for what does not validate too,
    ``dnssec`` for signatures (DO), ``edns=False`` as before RFC 6891.  ``whole`` reads authority and glue too.
    """

    recursion: bool = True
    checking: bool = True
    dnssec: bool = False
    edns: bool = True
    whole: bool = False


RECURSIVE = Manner()
"""To a resolver of the operator's own."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a reply."""

    name: dns.name.Name
    rdtype: int
    rdata: dns.rdata.Rdata


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to our question: its code with EDNS's upper bits, its flags, its answers.

    ``authority`` and ``additional`` (addresses alone) are read only where the whole was wanted.
    """

    rcode: int
    flags: int
    answers: tuple[Record, ...]
    extended_errors: tuple[str, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    edns: bool = False
    """Whether it speaks EDNS."""

    @property
    def authoritative(self) -> bool:
        """Whether the server says that it holds the zone."""
        return bool(self.flags & dns.flags.AA)

    @property
    def recursion_available(self) -> bool:
        """Whether the server says that it would look elsewhere."""
        return bool(self.flags & dns.flags.RA)

    @property
    def truncated(self) -> bool:
        """Whether it was cut to fit a datagram."""
        return bool(self.flags & dns.flags.TC)

    @property
    def authenticated(self) -> bool:
        """Whether the resolver says that it validated the answer."""
        return bool(self.flags & dns.flags.AD)


def ask(number: int, question: bytes, manner: Manner = RECURSIVE) -> bytes:
    """A query with this number, asked in this manner."""
    # RFC 6840, 5.7: AD in a question asks for AD in the answer, which only a resolver can give.
    flags = dns.flags.RD | dns.flags.AD if manner.recursion else 0
    flags |= 0 if manner.checking else dns.flags.CD
    opt = (_OPT_DO if manner.dnssec else _OPT) if manner.edns else b""
    return _HEADER.pack(number, flags, 1, 0, 0, 1 if opt else 0) + question + opt


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


def read(wire: bytes, *, whole: bool = False) -> Reply:
    """A reply, its answer section in full.  ``dns.exception.DNSException`` where the bytes are no message."""
    parser = dns.wire.Parser(wire)
    _, flags, questions, in_answer, in_authority, in_additional = parser.get_struct("!HHHHHH")
    for _ in range(questions):
        _skip_name(parser)
        parser.get_bytes(_KIND.size)
    found = tuple(_record(parser) for _ in range(in_answer))
    authority: tuple[Record, ...] = ()
    if whole:
        authority = tuple(_record(parser) for _ in range(in_authority))
    else:
        for _ in range(in_authority):
            _skip_record(parser)
    rcode = flags & 0xF
    told: tuple[str, ...] = ()
    edns = False
    additional: list[Record] = []
    for _ in range(in_additional):
        name = _name_of(parser, wanted=whole)
        rdtype, ttl, data = _body(parser)
        if rdtype == dns.rdatatype.OPT:
            edns = True
            rcode |= ttl >> 24 << 4
            told = _extended_errors(data)
        elif name is not None and rdtype in _ADDRESSES:
            kind = dns.rdatatype.RdataType.make(rdtype)
            rdata = dns.rdata.from_wire(dns.rdataclass.IN, kind, data, 0, len(data))
            additional.append(Record(name, rdtype, rdata))
    return Reply(rcode, flags, found, told, authority, tuple(additional), edns)


def starts_with_soa(wire: bytes) -> tuple[bool, int, int]:
    """Of one message of a zone transfer: whether its first record is a SOA, how many it has, its code."""
    parser = dns.wire.Parser(wire)
    _, flags, questions, in_answer, *_ = parser.get_struct("!HHHHHH")
    for _ in range(questions):
        _skip_name(parser)
        parser.get_bytes(_KIND.size)
    first = _skip_record(parser)[0] if in_answer else 0
    return first == dns.rdatatype.SOA, in_answer, flags & 0xF


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
    return _body(parser)


def _name_of(parser: dns.wire.Parser, *, wanted: bool) -> dns.name.Name | None:
    if wanted:
        return parser.get_name()
    _skip_name(parser)
    return None


def _body(parser: dns.wire.Parser) -> tuple[int, int, bytes]:
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
