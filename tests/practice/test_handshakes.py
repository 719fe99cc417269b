"""Each planted fault of a handshake, and each good thing, as a plain client sees it."""

import http.client
import ssl
import struct
from urllib.parse import urlsplit

import dns.flags
import dns.message
import dns.query
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from scanner.practice.flights import TLS11, TLS12, TLS13
from tests.practice.clients import (
    Seen,
    certificate,
    connect,
    context,
    extensions_of,
    first_answer,
    hello,
    messages,
    shake,
)

HEALTHY = "mn-hoa-hong"
ECDSA_GCM, RSA_GCM, DHE_GCM = 0xC02B, 0x009C, 0x009E
SCSV, FALLBACK = 0x00FF, 0x5600
STATUS, MASTER_SECRET, RENEGOTIATION = 5, 23, 0xFF01
BINDS = struct.pack(">HH", MASTER_SECRET, 0)
ASKS_STATUS = struct.pack(">HHBI", STATUS, 5, 1, 0)
ASKS_H2 = bytes.fromhex("0010 000e 000c 02 6832 08 687474702f312e31")


def cipher(seen: Seen, site: str, ciphers: str) -> str:
    """The suite that a client of TLS 1.2 with these suites ends up with; empty where it is refused."""
    client = context()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    client.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    try:
        with shake(seen.door(site), client) as sock:
            chosen = sock.cipher()
    except ssl.SSLError:
        return ""
    return chosen[0] if chosen else ""


# Suites


@pytest.mark.parametrize(
    ("site", "offered", "chosen"),
    [
        pytest.param(
            "th-giay-trang", "ECDHE-ECDSA-NULL-SHA", "ECDHE-ECDSA-NULL-SHA", id="null-taken"
        ),
        pytest.param(HEALTHY, "ECDHE-ECDSA-NULL-SHA", "", id="null-refused"),
        pytest.param("thcs-cau-go", "AES128-SHA", "AES128-SHA", id="rsa-transport-taken"),
        pytest.param("thcs-cau-go", "ECDHE:AESGCM:CHACHA20", "", id="nothing-newer"),
        pytest.param("thpt-song-bien", "AES128-SHA:AES128-GCM-SHA256", "", id="rsa-refused"),
        pytest.param(
            "mn-meo-con",
            "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384",
            "ECDHE-ECDSA-AES128-SHA256",
            id="client-order",
        ),
        pytest.param(
            HEALTHY,
            "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384",
            "ECDHE-ECDSA-AES256-GCM-SHA384",
            id="server-order",
        ),
    ],
)
def test_suites(seen: Seen, site: str, offered: str, chosen: str) -> None:
    """What OpenSSL as a client agrees on."""
    assert cipher(seen, site, offered) == chosen


def test_the_prime_is_short(seen: Seen) -> None:
    """1024 bits, named in the key exchange."""
    flight = messages(seen.door("thpt-nui-thap").https_port, hello(TLS12, DHE_GCM))
    size = int.from_bytes(flight[12][:2], "big")
    assert int.from_bytes(flight[12][2 : 2 + size], "big").bit_length() == 1024


# First flights of TLS 1.2


@pytest.mark.parametrize(
    ("site", "binds"),
    [
        pytest.param(HEALTHY, True, id="healthy"),
        pytest.param("thcs-canh-dieu", True, id="scripted-and-healthy"),
        pytest.param("thcs-cau-go", False, id="switched-off"),
        pytest.param("gdtx-ben-cu", False, id="scripted-without"),
    ],
)
def test_the_master_secret(seen: Seen, site: str, binds: bool) -> None:
    """RFC 7627 is answered where it is known."""
    said = messages(
        seen.door(site).https_port, hello(TLS12, ECDSA_GCM, RSA_GCM, 0x003C, more=BINDS)
    )
    assert (MASTER_SECRET in extensions_of(said[2])) is binds


@pytest.mark.parametrize(
    ("site", "safe", "compression"),
    [
        pytest.param("thcs-canh-dieu", True, 0, id="healthy"),
        pytest.param("gdtx-ben-cu", False, 1, id="of-2009"),
    ],
)
def test_renegotiation_and_compression(
    seen: Seen,
    site: str,
    safe: bool,
    compression: int,
) -> None:
    """Both stand in the ServerHello."""
    asked = hello(TLS12, ECDSA_GCM, SCSV, compressions=b"\1\0")
    said = messages(seen.door(site).https_port, asked)[2]
    assert (RENEGOTIATION in extensions_of(said)) is safe
    assert said[37 + said[34]] == compression


@pytest.mark.parametrize(
    ("site", "refuses"),
    [
        pytest.param(HEALTHY, True, id="openssl"),
        pytest.param("thcs-canh-dieu", True, id="scripted-and-healthy"),
        pytest.param("gdtx-ben-cu", False, id="of-2009"),
    ],
)
def test_a_second_try_with_an_older_version(
    seen: Seen,
    site: str,
    refuses: bool,
) -> None:
    """RFC 7507: alert 86, or a ServerHello as if nothing were wrong."""
    answer = first_answer(seen.door(site).https_port, hello(TLS12, ECDSA_GCM, FALLBACK))
    assert (answer[0] == 21) is refuses
    assert not refuses or answer[6] == 86


def test_nothing_in_common_is_refused(seen: Seen) -> None:
    """A scripted version takes its own suites alone."""
    answer = first_answer(seen.door("thcs-canh-dieu").https_port, hello(TLS12, DHE_GCM))
    assert answer[-2:] == b"\2\x28"


@pytest.mark.parametrize(
    ("site", "version", "suite", "digest"),
    [
        pytest.param("thcs-canh-dieu", TLS12, ECDSA_GCM, hashes.SHA256(), id="1.2"),
        pytest.param("th-cau-vong", TLS11, 0xC009, hashes.SHA1(), id="1.1"),  # noqa: S303
    ],
)
def test_the_scripted_key_exchange_is_signed(
    seen: Seen, site: str, version: int, suite: int, digest: hashes.HashAlgorithm
) -> None:
    """A client that went on would find nothing wrong so far."""
    asked = hello(version, suite)
    flight = messages(seen.door(site).https_port, asked)
    exchange = flight[12]
    agreed = exchange[: 4 + exchange[3]]
    signature = exchange[len(agreed) + (4 if version == TLS12 else 2) :]
    size = int.from_bytes(flight[11][3:6], "big")
    key = x509.load_der_x509_certificate(flight[11][6 : 6 + size]).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, asked[11:43] + flight[2][2:34] + agreed, ec.ECDSA(digest))


def test_the_staple(seen: Seen) -> None:
    """Sent to whoever asks, and good; the certificate that demands one gets none."""
    port = seen.door("thcs-canh-dieu").https_port
    flight = messages(port, hello(TLS12, ECDSA_GCM, more=ASKS_STATUS))
    assert list(flight) == [2, 11, 22, 12, 14]
    answer = ocsp.load_der_ocsp_response(flight[22][4:])
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert answer.serial_number == certificate(seen.door("thcs-canh-dieu")).serial_number
    assert 22 not in messages(port, hello(TLS12, ECDSA_GCM))
    port = seen.door("thpt-hoa-gao").https_port
    assert 22 not in messages(port, hello(TLS12, ECDSA_GCM, more=ASKS_STATUS))


def test_h2(seen: Seen) -> None:
    """Promised by one site, in both versions."""
    for site, chosen in (("thcs-canh-dieu", "h2"), (HEALTHY, "http/1.1")):
        client = context()
        client.set_alpn_protocols(["h2", "http/1.1"])
        with shake(seen.door(site), client) as sock:
            assert sock.selected_alpn_protocol() == chosen
        said = messages(seen.door(site).https_port, hello(TLS12, ECDSA_GCM, more=ASKS_H2))[2]
        assert extensions_of(said)[16][3:].decode() == chosen


# TLS 1.3


def test_a_hybrid_group_is_wished_for(seen: Seen) -> None:
    """A hello with the group and without a key is asked for one in it; every other hello gets the real server."""
    port = seen.door("thcs-canh-dieu").https_port
    answer = first_answer(port, hello(TLS13, 0x1301, groups=(0x11EC, 0x001D)))
    assert answer[11:43].hex().startswith("cf21ad74")
    assert b"\0\x33\0\2\x11\xec" in answer
    without = first_answer(port, hello(TLS13, 0x1301))
    assert b"\0\x33\0\2\0\x1d" in without
    with shake(seen.door("thcs-canh-dieu")) as sock:
        assert sock.version() == "TLSv1.3"


# Certificates, and what is said of them elsewhere


def fetched(seen: Seen, url: str) -> x509.CertificateRevocationList:
    """The list at an address, whose name the fleet's name server knows."""
    parts = urlsplit(url)
    assert parts.hostname
    (answer,) = seen.resolve(parts.hostname, "A").answer
    line = http.client.HTTPConnection(answer[0].to_text(), parts.port, timeout=3)
    line.request("GET", parts.path, headers={"Host": parts.netloc})
    crl = x509.load_der_x509_crl(line.getresponse().read())
    line.close()
    return crl


def list_urls(leaf: x509.Certificate) -> list[str]:
    """Where a certificate says that the list lies."""
    points = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    return [name.value for point in points for name in point.full_name or ()]


@pytest.mark.parametrize(
    ("site", "revoked"), [("thcs-trang-khuyet", True), ("th-binh-minh-xanh", False)]
)
def test_the_list_of_revoked_certificates(
    seen: Seen,
    site: str,
    revoked: bool,
) -> None:
    """In date, and it names the one whose key was lost."""
    leaf = certificate(seen.door(site))
    (url,) = list_urls(leaf)
    crl = fetched(seen, url)
    assert crl.issuer == leaf.issuer
    entry = crl.get_revoked_certificate_by_serial_number(leaf.serial_number)
    assert (entry is not None) is revoked


def test_the_old_list(seen: Seen) -> None:
    """At one address nobody listens; at the other the list of last month is left."""
    gone, old = list_urls(certificate(seen.door("mn-giot-suong")))
    crl = fetched(seen, old)
    assert crl.next_update_utc
    assert crl.next_update_utc <= certificate(seen.door("mn-giot-suong")).not_valid_before_utc
    port = urlsplit(gone).port
    assert port
    with pytest.raises(ConnectionRefusedError):
        connect(port)


def test_the_permission_lists_the_ports_of_the_authority(seen: Seen) -> None:
    """Else nobody could ask for the lists."""
    text = seen.fleet.inventory.read_text(encoding="utf-8").partition("rows:")[0]
    for url in list_urls(certificate(seen.door("mn-giot-suong"))):
        assert f"{urlsplit(url).port}" in text


def test_must_staple_and_lifetime(seen: Seen) -> None:
    """Both stand in the certificate; a healthy one lives no longer than any limit allows."""
    demands = certificate(seen.door("thpt-hoa-gao")).extensions
    assert x509.TLSFeatureType.status_request in (
        demands.get_extension_for_class(x509.TLSFeature).value
    )
    for site, days in (("th-cay-da", 500), (HEALTHY, 46)):
        leaf = certificate(seen.door(site))
        assert (leaf.not_valid_after_utc - leaf.not_valid_before_utc).days == days


@pytest.mark.parametrize(("site", "right"), [("thcs-canh-dieu", True), ("th-ngon-gio", False)])
def test_tlsa(seen: Seen, site: str, right: bool) -> None:
    """Authenticated for whoever asks so, and of the key that is served or of another."""
    door = seen.door(site)
    reply = seen.resolve(f"_{door.https_port}._tcp.{door.host}", "TLSA")
    assert not reply.flags & dns.flags.AD
    address, _, port = seen.fleet.resolver.partition(":")
    query = dns.message.make_query(f"_{door.https_port}._tcp.{door.host}", "TLSA")
    query.flags |= dns.flags.AD
    reply = dns.query.udp(query, address, port=int(port), timeout=3)
    assert reply.flags & dns.flags.AD
    key = certificate(door).public_key()
    digest = hashes.Hash(hashes.SHA256())
    digest.update(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    said = reply.answer[0][0].to_text()
    assert said.startswith("3 1 1 ")
    assert (said == f"3 1 1 {digest.finalize().hex()}") is right


def test_other_zones_are_not_authenticated(seen: Seen) -> None:
    """The name server does not call everything proved."""
    address, _, port = seen.fleet.resolver.partition(":")
    query = dns.message.make_query(seen.door(HEALTHY).host, "A")
    query.flags |= dns.flags.AD
    assert not dns.query.udp(query, address, port=int(port), timeout=3).flags & dns.flags.AD
