"""The mail servers, as Python's own client finds them."""

import smtplib
import ssl
import warnings

import dns.rdatatype
import pytest

from scanner.practice.mail import ADDRESS, PROVIDER_HOST
from scanner.practice.ports import second_address_works
from scanner.practice.site import Mail
from tests.practice.clients import Seen


def anything() -> ssl.SSLContext:
    """A client that takes every version and every certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    return context


@pytest.mark.parametrize(
    ("mail", "version"),
    [
        pytest.param(Mail.PROVIDER, "TLSv1.3", id="provider"),
        pytest.param(Mail.PLAIN, None, id="plain"),
        pytest.param(Mail.OLD_TLS, "TLSv1", id="old"),
    ],
)
def test_what_each_offers(seen: Seen, mail: Mail, version: str | None) -> None:
    """With STARTTLS, without it, and with an old version; nobody takes a letter."""
    if mail is not Mail.PROVIDER and not second_address_works():
        pytest.skip("there is no second loopback address here")
    where = (ADDRESS[mail], seen.fleet.smtp_port)
    with smtplib.SMTP(*where, local_hostname="localhost", timeout=5) as client:
        client.ehlo()
        assert client.has_extn("starttls") is (version is not None)
        if version is not None:
            client.starttls(context=anything())
            assert isinstance(client.sock, ssl.SSLSocket)
            assert client.sock.version() == version
            client.ehlo()
            assert not client.has_extn("starttls")
        assert client.mail("a@example.org")[0] == 502


def test_most_schools_share_a_provider(seen: Seen) -> None:
    """A school with TLSA records has a name of its own for it, in its signed zone."""
    shared = seen.resolve("thcs-hoasen-thuchanh.edu.vn", "MX")
    assert shared.answer[0][0].to_text() == f"10 {PROVIDER_HOST}."
    own = seen.resolve("thcs-canhdieu-thuchanh.edu.vn", "MX").answer[0][0].to_text()
    assert own == "10 mail.thcs-canhdieu-thuchanh.edu.vn."
    bound = seen.resolve("_25._tcp.mail.thcs-canhdieu-thuchanh.edu.vn", "TLSA")
    assert [rrset.rdtype for rrset in bound.answer] == [dns.rdatatype.TLSA]
