"""Names: four answers of the DNS, and silence, which is none."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.names import Look, Said
from checks.judge import AnyCheck
from checks.rules.dns import caa_published, name_resolves, name_under_vn, nameservers_redundant
from checks.spec import Outcome
from tests.builders.network import (
    ADDRESS,
    HOST,
    finding,
    host_names,
    look,
    missing,
    names,
    server,
)

GONE = NotCaptured(cause=Cause.DNS_TIMEOUT)
TWO = {"min_servers": 2, "min_networks": 2}
VN = {"suffixes": ["vn"]}
ALL: tuple[tuple[AnyCheck, dict[str, Any]], ...] = (
    (name_resolves, {}),
    (name_under_vn, VN),
    (nameservers_redundant, TWO),
    (caa_published, {}),
)
EACH = pytest.mark.parametrize(("check", "limits"), ALL, ids=[check.id for check, _ in ALL])


@EACH
def test_healthy(check: AnyCheck, limits: dict[str, Any]) -> None:
    """A healthy name meets every check."""
    assert finding(check, names(), limits=limits).outcome is Outcome.MET


@EACH
@pytest.mark.parametrize("cause", Cause)
def test_nothing_stands_in(check: AnyCheck, limits: dict[str, Any], cause: Cause) -> None:
    """Whatever kept us from looking, it is named and nothing is concluded."""
    gone = NotCaptured(cause=cause)
    silent = names(
        host=host_names(a=gone, aaaa=gone),
        twin=host_names(a=gone, aaaa=gone),
        ns=gone,
        soa=gone,
        servers=(),
        mx=gone,
        txt=gone,
        caa=(gone,),
    )
    found = [missing(check, gone, limits)]
    # The name alone tells under which suffix it stands.
    found += [finding(check, silent, limits=limits)] if check is not name_under_vn else []
    for one in found:
        assert (one.outcome, one.cause) == (Outcome.NOT_TESTED, cause)


NX = look(HOST, "A", said=Said.NXDOMAIN)
NONE = look(HOST, "A")
BOGUS = look(HOST, "A", said=Said.BOGUS)
FOUND = look(HOST, "AAAA", "2001:db8::1")


@pytest.mark.parametrize(
    ("a", "aaaa", "outcome", "reason"),
    [
        pytest.param(NONE, FOUND, Outcome.MET, "", id="ipv6-alone"),
        pytest.param(GONE, FOUND, Outcome.MET, "", id="one-found-is-enough"),
        pytest.param(NX, NX, Outcome.NOT_MET, "nxdomain", id="nxdomain"),
        pytest.param(NONE, NONE, Outcome.NOT_MET, "nodata", id="nodata"),
        pytest.param(NX, NONE, Outcome.NOT_MET, "nodata", id="the-name-exists-after-all"),
        pytest.param(
            look(HOST, "A", said=Said.FOUND), NONE, Outcome.NOT_MET, "nodata", id="alias-to-nothing"
        ),
        pytest.param(BOGUS, NONE, Outcome.NOT_MET, "bogus", id="bogus"),
        pytest.param(NX, GONE, Outcome.NOT_TESTED, "", id="half-of-an-answer"),
        pytest.param(GONE, GONE, Outcome.NOT_TESTED, "", id="silence"),
    ],
)
def test_name_resolves(a: Look, aaaa: Look, outcome: Outcome, reason: str) -> None:
    """One address is enough; none is told apart by why."""
    found = finding(name_resolves, names(host=host_names(a=a, aaaa=aaaa)))
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("registrable", "suffixes", "outcome"),
    [
        pytest.param("school.edu.vn", ["vn"], Outcome.MET, id="under-vn"),
        pytest.param("school.edu.vn", ["edu.vn", "gov.vn"], Outcome.MET, id="under-edu-vn"),
        pytest.param("school.vn", ["edu.vn", "gov.vn"], Outcome.NOT_MET, id="not-under-edu-vn"),
        pytest.param("schoolvn.com", ["vn"], Outcome.NOT_MET, id="under-com"),
        pytest.param("schooledu.vn", ["edu.vn"], Outcome.NOT_MET, id="a-label-is-whole"),
        pytest.param("vn", ["vn"], Outcome.MET, id="itself"),
        pytest.param(None, ["vn"], Outcome.MET, id="suffix-itself"),
        pytest.param("school.vn", [], Outcome.BROKEN, id="no-suffix-given"),
    ],
)
def test_name_under_vn(registrable: str | None, suffixes: list[str], outcome: Outcome) -> None:
    """Whole labels at the end of the registered name decide."""
    found = finding(name_under_vn, names(registrable=registrable), limits={"suffixes": suffixes})
    assert found.outcome is outcome


ONE, TWO_, THREE = "ns1.dns.vn", "ns2.dns.vn", "ns3.dns.vn"


@pytest.mark.parametrize(
    ("fields", "outcome", "reason"),
    [
        pytest.param(
            {"servers": (server(ONE, "192.0.2.1"), server(TWO_, "192.0.2.9"))},
            Outcome.NOT_MET,
            "too-few-networks",
            id="one-network",
        ),
        pytest.param(
            {"servers": (server(ONE, "192.0.2.255"), server(TWO_, "192.0.3.0"))},
            Outcome.MET,
            "",
            id="neighbouring-networks",
        ),
        pytest.param(
            {
                "servers": (
                    server(ONE, "192.0.2.1", "2001:db8:0:1::1"),
                    server(TWO_, "192.0.2.9", "2001:db8:0:2::1"),
                )
            },
            Outcome.NOT_MET,
            "too-few-networks",
            id="both-kinds-on-one-machine",
        ),
        pytest.param(
            {
                "servers": (
                    server(ONE, "192.0.2.1", "2001:db8:1::1"),
                    server(TWO_, "192.0.2.9", "2001:db8:2::1"),
                )
            },
            Outcome.MET,
            "",
            id="apart-over-ipv6",
        ),
        pytest.param(
            {"servers": (server(ONE, "192.0.2.1"), server(TWO_, "", "2001:db8::1"))},
            Outcome.MET,
            "",
            id="one-of-each-kind",
        ),
        pytest.param(
            {"servers": (server(ONE, "192.0.2.1", GONE), server(TWO_, "", "2001:db8::1"))},
            Outcome.NOT_TESTED,
            "",
            id="one-of-each-kind-unsure",
        ),
        pytest.param(
            {"ns": look(HOST, "NS", "ns1.dns.vn.", "NS1.dns.vn")},
            Outcome.NOT_MET,
            "too-few-servers",
            id="one-server-twice",
        ),
        pytest.param(
            {"servers": (server(ONE, "192.0.2.1"), server(TWO_))},
            Outcome.NOT_MET,
            "too-few-servers",
            id="a-server-without-address",
        ),
        pytest.param(
            {"servers": (server(ONE, "192.0.2.1"), server(TWO_, GONE))},
            Outcome.NOT_TESTED,
            "",
            id="an-address-not-captured",
        ),
        pytest.param(
            {
                "ns": look(HOST, "NS", ONE, TWO_, THREE),
                "servers": (
                    server(ONE, "192.0.2.1"),
                    server(TWO_, "198.51.100.1"),
                    server(THREE, GONE, GONE),
                ),
            },
            Outcome.MET,
            "",
            id="enough-without-the-silent-one",
        ),
        pytest.param(
            {"servers": (server(ONE, "192.0.2.1"),)},
            Outcome.NOT_TESTED,
            "",
            id="a-server-never-looked-at",
        ),
        pytest.param(
            {"ns": look(HOST, "NS")}, Outcome.NOT_APPLICABLE, "no-own-servers", id="no-zone"
        ),
        pytest.param(
            {"ns": look(HOST, "NS"), "registrable": None},
            Outcome.NOT_APPLICABLE,
            "suffix-itself",
            id="a-suffix",
        ),
        pytest.param({"ns": look(HOST, "NS", said=Said.BOGUS)}, Outcome.NOT_TESTED, "", id="bogus"),
    ],
)
def test_nameservers(fields: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """Distinct servers in distinct networks; silence never adds or takes away."""
    found = finding(nameservers_redundant, names(**fields), limits=TWO)
    assert (found.outcome, found.reason) == (outcome, reason)


def caa(*records: str, said: Said | None = None) -> Look:
    return look(HOST, "CAA", *records, said=said)


@pytest.mark.parametrize(
    ("looks", "outcome", "reason"),
    [
        pytest.param((caa('128 issuewild "x.vn"'),), Outcome.MET, "", id="issuewild"),
        pytest.param((caa("0 issue letsencrypt.org"),), Outcome.MET, "", id="unquoted"),
        pytest.param((caa('0 issue ";"'),), Outcome.MET, "", id="nobody-may"),
        pytest.param((caa(), caa('0 ISSUE "x.vn"')), Outcome.MET, "", id="inherited"),
        pytest.param(
            (caa('0 iodef "mailto:a@x.vn"'), caa('0 issue "x.vn"')),
            Outcome.NOT_MET,
            "no-issuer",
            id="the-nearest-decides",
        ),
        pytest.param(
            (caa('256 issue "x.vn"', "\\# 2 0000"),), Outcome.NOT_MET, "malformed", id="malformed"
        ),
        pytest.param((caa("nonsense", '0 issue "x.vn"'),), Outcome.MET, "", id="one-malformed"),
        pytest.param((caa(), caa(said=Said.NXDOMAIN)), Outcome.NOT_MET, "missing", id="none"),
        pytest.param((caa(said=Said.BOGUS),), Outcome.NOT_MET, "bogus", id="bogus"),
        pytest.param((caa(), GONE), Outcome.NOT_TESTED, "", id="an-ancestor-silent"),
        pytest.param((), Outcome.NOT_TESTED, "", id="never-asked"),
    ],
)
def test_caa(looks: tuple[Look, ...], outcome: Outcome, reason: str) -> None:
    """The nearest name with records decides, and only issue or issuewild name an issuer."""
    found = finding(caa_published, names(caa=looks))
    assert (found.outcome, found.reason) == (outcome, reason)


def test_caa_names_what_is_malformed() -> None:
    """Who mends the record is shown which one."""
    found = finding(caa_published, names(caa=(caa("nonsense", '0 issue "x.vn"'),)))
    assert found.note == "malformed: nonsense"


def test_the_address_is_measured() -> None:
    """The report shows where the name leads."""
    assert finding(name_resolves, names()).measured[0].value == ADDRESS
