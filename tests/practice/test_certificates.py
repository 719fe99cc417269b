"""Each planted certificate has the fault it should have, and no other."""

import datetime as dt
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.verification import PolicyBuilder, Store

from scanner.practice.certificates import Mint
from scanner.practice.site import CertificatePlan, Issuer, Key
from tests.practice.clients import Seen, certificate, context, shake

NOW = dt.datetime(2026, 11, 22, 2, 0, tzinfo=dt.UTC)
HOST = "thcs-a-thuchanh.edu.vn"


def verify(plan: CertificatePlan, host: str = HOST) -> None:
    """Ask a strict verifier."""
    mint = Mint(NOW)
    leaf, *above = map(x509.load_der_x509_certificate, mint.leaf(plan, [HOST]).chain)
    store = Store(x509.load_pem_x509_certificates(mint.trust_store_pem))
    builder = PolicyBuilder().store(store).time(NOW)
    builder.build_server_verifier(x509.DNSName(host)).verify(leaf, above)


@pytest.mark.parametrize("key", [Key.EC_256, Key.RSA_2048])
def test_a_strict_verifier_takes_a_healthy_leaf(key: Key) -> None:
    """Not only OpenSSL, which forgives much."""
    verify(CertificatePlan(key=key))


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(CertificatePlan(to_days=-1), id="expired"),
        pytest.param(CertificatePlan(issuer=Issuer.SELF), id="self-signed"),
        pytest.param(CertificatePlan(issuer=Issuer.STRANGER), id="unknown-root"),
        pytest.param(CertificatePlan(serve_intermediate=False), id="missing-intermediate"),
        pytest.param(CertificatePlan(sha1=True), id="sha1"),
    ],
)
def test_a_strict_verifier_refuses_a_planted_fault(plan: CertificatePlan) -> None:
    """Each fault is one."""
    with pytest.raises(x509.verification.VerificationError):
        verify(plan)


def test_sha1_is_really_signed_so() -> None:
    """The prepared certificate says SHA-1, and the issuer's key did sign it."""
    mint = Mint(NOW)
    leaf = x509.load_der_x509_certificate(mint.leaf(CertificatePlan(sha1=True), [HOST]).chain[0])
    assert leaf.signature_hash_algorithm
    assert leaf.signature_hash_algorithm.name == "sha1"
    signed = (leaf.signature, leaf.tbs_certificate_bytes, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    issuer = mint.old_intermediate.key.public_key()
    assert isinstance(issuer, rsa.RSAPublicKey)
    issuer.verify(*signed)


@pytest.mark.parametrize(
    ("site", "code"),
    [
        pytest.param("thcs-hoa-sen", None, id="healthy"),
        pytest.param("th-binh-minh-xanh", None, id="short-lived"),
        pytest.param("thpt-song-bien", None, id="rsa-2048"),
        pytest.param("mn-vang-anh", "certificate has expired", id="expired"),
        pytest.param("th-kim-lien", "Hostname mismatch", id="wrong-host"),
        pytest.param("thcs-ban-mai", "self-signed certificate", id="self-signed"),
        pytest.param("thpt-hai-dang", "unable to get local issuer", id="missing-intermediate"),
        pytest.param(
            "gdtx-nam-hai", "self-signed certificate in certificate chain", id="unknown-root"
        ),
    ],
)
def test_openssl_agrees(seen: Seen, site: str, code: str | None) -> None:
    """A browser's view of each certificate."""
    client = context(seen.fleet.trust_store.read_text(encoding="ascii"))
    if code is None:
        shake(seen.door(site), client).close()
        return
    with pytest.raises(ssl.SSLCertVerificationError) as refused:
        shake(seen.door(site), client)
    # OpenSSL 1.1 spelt "self signed".
    assert code in refused.value.verify_message.replace("self signed", "self-signed")


def test_the_weak_key_is_served(seen: Seen) -> None:
    """RSA of 1024 bits."""
    key = certificate(seen.door("mn-tuoi-tho")).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert key.key_size == 1024


def test_the_sha1_leaf_is_served(seen: Seen) -> None:
    """Signed with SHA-1."""
    shown = certificate(seen.door("th-suoi-ngoc")).signature_hash_algorithm
    assert shown
    assert shown.name == "sha1"


def test_days_left(seen: Seen) -> None:
    """Ten days left where nobody renewed; twenty of forty-five where renewal is near enough."""
    now = dt.datetime.now(dt.UTC)  # noqa: TID251  The fleet runs now.
    assert (certificate(seen.door("thcs-phuong-do")).not_valid_after_utc - now).days == 10
    short = certificate(seen.door("th-binh-minh-xanh"))
    assert (short.not_valid_after_utc - short.not_valid_before_utc).days == 45
    assert (short.not_valid_after_utc - now).days == 19


def test_only_the_second_address_is_expired(seen: Seen) -> None:
    """One address is fine, the other is not."""
    door = seen.door("thcs-thpt-hai-nha")
    now = dt.datetime.now(dt.UTC)  # noqa: TID251  The fleet runs now.
    assert certificate(door).not_valid_after_utc > now
    assert certificate(door, "127.0.0.2").not_valid_after_utc < now
