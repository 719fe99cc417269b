"""The name server answers as a resolver would, and fails as each zone wants it."""

import datetime as dt

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import pytest

from scanner.practice.mail import PROVIDER_HOST
from scanner.practice.names import NameServer
from scanner.practice.schools import ALL
from scanner.practice.site import Place
from scanner.practice.stats import Stats
from scanner.practice.zones import zone_of
from tests.practice.clients import Seen

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def texts(message: dns.message.Message) -> list[str]:
    """The answers, as text."""
    return [record.to_text() for rrset in message.answer for record in rrset]


def test_a_healthy_zone(seen: Seen) -> None:
    """Address, servers in two networks, mail and CAA are there; recursion is offered."""
    zone = "thcs-hoasen-thuchanh.edu.vn"
    address = seen.resolve(zone, "A")
    assert texts(address) == ["127.0.0.1"]
    assert address.flags & dns.flags.RA
    assert sorted(texts(seen.resolve(zone, "NS"))) == [f"ns1.{zone}.", f"ns2.{zone}."]
    networks = {texts(seen.resolve(f"ns{n}.{zone}", "A"))[0].rpartition(".")[0] for n in (1, 2)}
    assert len(networks) == 2
    assert texts(seen.resolve(zone, "TXT")) == ['"v=spf1 mx -all"']
    assert texts(seen.resolve(f"_dmarc.{zone}", "TXT"))[0].startswith('"v=DMARC1; p=reject')
    assert texts(seen.resolve(zone, "CAA")) == ['0 issue "letsencrypt.org"']
    assert texts(seen.resolve(f"www.{zone}", "A")) == ["127.0.0.1"]


def test_a_wildcard(seen: Seen) -> None:
    """It answers for every name that has no records of its own, in that name (RFC 4592)."""
    zone = "gdtx-muonnga-thuchanh.edu.vn"
    reply = seen.resolve(f"bat-ky.{zone}", "A")
    assert texts(reply) == ["127.0.0.1"]
    assert reply.answer[0].name.to_text() == f"bat-ky.{zone}."
    assert texts(seen.resolve(f"a.b.{zone}", "A")) == ["127.0.0.1"]
    assert seen.resolve(f"bat-ky.{zone}", "TXT").rcode() == dns.rcode.NOERROR
    assert texts(seen.resolve(f"ns1.{zone}", "A")) == ["192.0.2.53"]
    assert seen.resolve(f"a.ns1.{zone}", "A").rcode() == dns.rcode.NXDOMAIN


def test_an_alias_into_the_void(seen: Seen) -> None:
    """The alias is shown, and its target does not exist."""
    reply = seen.resolve("www.thcs-cautreo-thuchanh.edu.vn", "A")
    assert texts(reply) == ["trangcu.dichvu-thuchanh.example."]
    assert reply.rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize(
    ("name", "kind", "rcode"),
    [
        pytest.param("nothing-here.invalid", "A", dns.rcode.NXDOMAIN, id="the-rest-of-the-world"),
        pytest.param("th-songque-thuchanh.edu.vn", "A", dns.rcode.NXDOMAIN, id="lapsed"),
        pytest.param("www.mn-vanganh-thuchanh.edu.vn", "A", dns.rcode.NXDOMAIN, id="no-twin"),
        pytest.param("mn-nangmai-thuchanh.edu.vn", "A", dns.rcode.NOERROR, id="no-address"),
        pytest.param("mn-vanganh-thuchanh.edu.vn", "AAAA", dns.rcode.NOERROR, id="no-such-type"),
        pytest.param("edu.vn", "NS", dns.rcode.NOERROR, id="a-parent"),
    ],
)
def test_what_is_not_there(seen: Seen, name: str, kind: str, rcode: int) -> None:
    """An absence is told with the start of authority, as caches need it."""
    reply = seen.resolve(name, kind)
    assert reply.rcode() == rcode
    assert reply.answer == []
    assert [rrset.rdtype for rrset in reply.authority] == [dns.rdatatype.SOA]


def test_servfail(seen: Seen) -> None:
    """Broken, with checking or without."""
    for cd in (False, True):
        assert (
            seen.resolve("thcs-giongan-thuchanh.edu.vn", "A", cd=cd).rcode() == dns.rcode.SERVFAIL
        )


def test_bogus_yields_once_checking_is_off(seen: Seen) -> None:
    """SERVFAIL with extended error 6; with CD set, the records."""
    refused = seen.resolve("th-bendo-thuchanh.edu.vn", "A")
    assert refused.rcode() == dns.rcode.SERVFAIL
    assert [int(option.code) for option in refused.extended_errors()] == [6]
    assert texts(seen.resolve("th-bendo-thuchanh.edu.vn", "A", cd=True)) == ["127.0.0.1"]


def test_silence(seen: Seen) -> None:
    """No reply at all."""
    address, _, port = seen.fleet.resolver.partition(":")
    query = dns.message.make_query("th-doisim-thuchanh.edu.vn", "A")
    with pytest.raises(dns.exception.Timeout):
        dns.query.udp(query, address, port=int(port), timeout=0.3)


def test_truncation_asks_for_tcp(seen: Seen) -> None:
    """Nothing over UDP but the sign to ask again; everything over TCP."""
    name = "th-binhminhxanh-thuchanh.edu.vn"
    cut = seen.resolve(name, "A")
    assert cut.flags & dns.flags.TC
    assert cut.answer == []
    assert texts(seen.resolve(name, "A", tcp=True)) == ["127.0.0.1"]


def test_an_alias_of_an_alias_of_itself(seen: Seen) -> None:
    """Both aliases and no address."""
    reply = seen.resolve("www.thcs-duongvong-thuchanh.edu.vn", "A")
    assert [rrset.rdtype for rrset in reply.answer] == [dns.rdatatype.CNAME] * 2


def test_dmarc_above_the_host(seen: Seen) -> None:
    """The host below the commune's name has mail and SPF of its own, and no DMARC record."""
    host = "dongxanh.giaoduc-thuchanh.edu.vn"
    assert texts(seen.resolve(host, "TXT")) == ['"v=spf1 mx -all"']
    assert texts(seen.resolve(host, "MX"))
    assert seen.resolve(f"_dmarc.{host}", "TXT").rcode() == dns.rcode.NXDOMAIN
    assert texts(seen.resolve("_dmarc.giaoduc-thuchanh.edu.vn", "TXT"))


def test_every_record_can_be_said() -> None:
    """Each zone's texts are records: a typing mistake in a description is found here."""
    for site in ALL:
        place = Place(site, 1, site.id, site.name, site.host, site.registered, 1, 2, NOW, 3)
        zone = zone_of(place, "0" * 64, "1" * 64)
        for name, kind in zone.records:
            assert zone.rrset(name, kind) is not None


@pytest.mark.parametrize("wire", [b"", b"\0\0", b"\xff" * 40, b"\0" * 12])
def test_noise_is_ignored(wire: bytes) -> None:
    """What is no question gets no answer."""
    assert NameServer((), Stats()).answer(wire, tcp=False) is None


def test_words_of_mail(seen: Seen) -> None:
    """A key longer than one string, a place for TLS reports, and a domain that takes no mail."""
    zone = "thcs-hoasen-thuchanh.edu.vn"
    (key,) = texts(seen.resolve(f"default._domainkey.{zone}", "TXT"))
    assert key.startswith('"v=DKIM1; k=rsa; p=')
    assert len(key.split('" "')) == 2
    assert texts(seen.resolve(f"_smtp._tls.{zone}", "TXT"))[0].startswith('"v=TLSRPTv1; rua=')
    assert texts(seen.resolve(zone, "MX")) == [f"10 {PROVIDER_HOST}."]
    assert texts(seen.resolve("mn-tiengve-thuchanh.edu.vn", "MX")) == ["0 ."]
    assert texts(seen.resolve("th-hopthutrong-thuchanh.edu.vn", "MX")) == []
