"""What NSEC and NSEC3 records prove: tables with both sides, and records that would prove too much."""

import dns.dnssec
import dns.name
import dns.rdata
import dns.rdatatype
import pytest
from dns.rdtypes.ANY.NSEC import NSEC
from dns.rdtypes.ANY.NSEC3 import NSEC3

from checks.evidence.dnssec import Denial
from scanner.dnssec.proofs import (
    MAX_ITERATIONS,
    Absent,
    Spans,
    TooManyIterationsError,
    absent,
    wildcard_applies,
)

ZONE = dns.name.from_text("a.vn.")
APEX_TYPES = "NS SOA DNSKEY RRSIG NSEC"


def at(text: str) -> dns.name.Name:
    """A name below the zone, or the zone itself."""
    return ZONE if text == "@" else dns.name.from_text(text, ZONE)


def plain(*spans: str) -> Spans:
    """NSEC records: owner, next name, types."""
    made = []
    for span in spans:
        owner, following, types = span.split(" ", 2)
        data = dns.rdata.from_text("IN", "NSEC", f"{at(following)} {types}")
        assert isinstance(data, NSEC)
        made.append((at(owner), data))
    return Spans(ZONE, nsec=made)


def hashed(*there: str, opt_out: bool = False, iterations: int = 0, skip: str = "") -> Spans:
    """A whole NSEC3 ring over these names (``name TYPES``), without the record at ``skip``."""
    pairs = []
    for one in there:
        name, _, types = one.partition(" ")
        pairs.append((dns.dnssec.nsec3_hash(at(name), "aa", iterations, "SHA1"), types, name))
    pairs.sort()
    made = []
    for nth, (digest, types, name) in enumerate(pairs):
        following = pairs[(nth + 1) % len(pairs)][0]
        text = f"1 {int(opt_out)} {iterations} aa {following} {types}".strip()
        data = dns.rdata.from_text("IN", "NSEC3", text)
        assert isinstance(data, NSEC3)
        if name != skip:
            made.append((dns.name.from_text(digest.lower(), ZONE), data))
    return Spans(ZONE, nsec3=made)


WHOLE = plain(f"@ con {APEX_TYPES}", "con x.sau NS RRSIG NSEC", "x.sau @ A RRSIG NSEC")
RING = hashed("@ NS SOA DNSKEY RRSIG", "con NS", "sau", "x.sau A RRSIG")


@pytest.mark.parametrize("spans", [pytest.param(WHOLE, id="nsec"), pytest.param(RING, id="nsec3")])
@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("@", "A", Absent.NO_TYPE),
        ("@", "SOA", None),
        ("@", "DS", None),
        ("con", "DS", Absent.UNSIGNED_CUT),
        ("con", "A", None),
        ("con", "NS", None),
        ("duoi.con", "A", None),
        ("sau", "A", Absent.NO_TYPE),
        ("sau", "DS", Absent.NO_TYPE),
        ("x.sau", "A", None),
        ("x.sau", "AAAA", Absent.NO_TYPE),
        ("x.sau", "DS", Absent.NO_TYPE),
        ("khong", "A", Absent.NO_NAME),
        ("khong", "DS", Absent.NO_NAME),
        ("a.b.khong", "A", Absent.NO_NAME),
        ("y.sau", "A", Absent.NO_NAME),
    ],
)
def test_a_whole_zone(spans: Spans, name: str, kind: str, expected: Absent | None) -> None:
    """Both ways of denial say the same of the same zone."""
    assert absent(at(name), dns.rdatatype.from_text(kind), spans) is expected


@pytest.mark.parametrize("spans", [pytest.param(WHOLE, id="nsec"), pytest.param(RING, id="nsec3")])
def test_a_name_of_another_zone(spans: Spans) -> None:
    """Nothing is proven of it."""
    assert absent(dns.name.from_text("b.vn."), dns.rdatatype.A, spans) is None


@pytest.mark.parametrize(
    ("spans", "name", "kind"),
    [
        pytest.param(plain("m @ CNAME RRSIG NSEC"), "m", "A", id="an-alias-would-be-told"),
        pytest.param(plain("con @ NS RRSIG NSEC"), "x.con", "A", id="above-a-cut"),
        pytest.param(plain("ten @ DNAME RRSIG NSEC"), "x.ten", "A", id="below-a-dname"),
        pytest.param(plain("m n A RRSIG NSEC"), "mm", "A", id="wildcard-not-denied"),
        pytest.param(plain("n m A RRSIG NSEC"), "p", "A", id="runs-backwards"),
        pytest.param(plain("m n A RRSIG NSEC", "* b A RRSIG NSEC"), "mm", "A", id="wildcard-there"),
        pytest.param(Spans(ZONE), "m", "A", id="nothing"),
        pytest.param(hashed("@ SOA NS", "con NS", skip="@"), "m", "A", id="no-encloser"),
    ],
)
def test_what_proves_nothing(spans: Spans, name: str, kind: str) -> None:
    """The rest of the proof is missing, or speaks of something else."""
    assert absent(at(name), dns.rdatatype.from_text(kind), spans) is None


def test_a_wildcard_without_the_type() -> None:
    """The name is not there, and the wildcard has no such type."""
    there = plain(f"@ * {APEX_TYPES}", "* m TXT RRSIG NSEC", "m @ A RRSIG NSEC")
    assert absent(at("k"), dns.rdatatype.A, there) is Absent.NO_TYPE
    assert absent(at("k"), dns.rdatatype.TXT, there) is None
    ring = hashed("@ SOA NS", "* TXT RRSIG", "m A RRSIG")
    assert absent(at("k"), dns.rdatatype.A, ring) is Absent.NO_TYPE


def test_opted_out() -> None:
    """A span that leaves delegations out proves nothing of a delegation, and little of a name."""
    ring = hashed("@ SOA NS", "m A RRSIG", opt_out=True)
    assert absent(at("con"), dns.rdatatype.DS, ring) is Absent.OPTED_OUT
    assert absent(at("con"), dns.rdatatype.A, ring) is Absent.OPTED_OUT
    assert absent(at("m"), dns.rdatatype.DS, ring) is Absent.NO_TYPE
    assert wildcard_applies(at("con"), ZONE, ring) is Absent.OPTED_OUT


@pytest.mark.parametrize(
    ("name", "base", "expected"),
    [
        ("k", "@", Absent.NO_NAME),
        ("a.k", "@", Absent.NO_NAME),
        ("x.sau", "@", None),
        ("y.sau", "sau", Absent.NO_NAME),
    ],
)
def test_wildcards_apply(name: str, base: str, expected: Absent | None) -> None:
    """Only where nothing nearer exists."""
    for spans in (WHOLE, RING):
        assert wildcard_applies(at(name), at(base), spans) is expected


def test_iterations() -> None:
    """At the bar, and one above."""
    there = ("@ SOA NS", "m A RRSIG")
    good = hashed(*there, iterations=MAX_ITERATIONS)
    assert absent(at("k"), dns.rdatatype.A, good) is Absent.NO_NAME
    assert (good.denial, good.iterations) == (Denial.NSEC3, MAX_ITERATIONS)
    with pytest.raises(TooManyIterationsError):
        absent(at("k"), dns.rdatatype.A, hashed(*there, iterations=MAX_ITERATIONS + 1))


@pytest.mark.parametrize(
    ("owner", "text"),
    [
        pytest.param("aa.bb", "1 0 0 - 00000000000000000000000000000000", id="too-deep"),
        pytest.param("khong-phai-bam", "1 0 0 - 00000000000000000000000000000000", id="no-hash"),
        pytest.param("0" * 32, "2 0 0 - 00000000000000000000000000000000", id="other-hash"),
        pytest.param("0" * 32, "1 2 0 - 00000000000000000000000000000000", id="unknown-flag"),
    ],
)
def test_records_that_nobody_can_use(owner: str, text: str) -> None:
    """They are left out, and nothing is left."""
    data = dns.rdata.from_text("IN", "NSEC3", text)
    assert isinstance(data, NSEC3)
    spans = Spans(ZONE, nsec3=[(dns.name.from_text(owner, ZONE), data)])
    assert absent(at("k"), dns.rdatatype.A, spans) is None


def test_rings_made_in_different_ways_do_not_mix() -> None:
    """The first one counts."""
    one, other = hashed("@ SOA NS", "m A RRSIG"), hashed("@ SOA NS", iterations=3)
    spans = Spans(ZONE, nsec3=[*one.nsec3, *other.nsec3])
    assert absent(at("k"), dns.rdatatype.A, spans) is Absent.NO_NAME
