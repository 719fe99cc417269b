"""Addresses: one canonical form, or a refusal with its reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.hosts import (
    AddressError,
    host_for_people,
    host_name,
    site_address,
    without_secret,
)
from inventory.model import Site


@pytest.mark.parametrize(
    ("written", "url", "notes"),
    [
        pytest.param("https://a.vn", "https://a.vn/", (), id="no-path"),
        pytest.param("HTTPS://A.vn:443/", "https://a.vn/", (), id="upper-case-default-port"),
        pytest.param("https://a.vn./x", "https://a.vn/x", (), id="trailing-dot"),
        pytest.param("https://a。vn/", "https://a.vn/", (), id="ideographic-stop"),
        pytest.param("https://ａ.vn/", "https://a.vn/", (), id="full-width"),
        pytest.param("  https://a.vn/ ", "https://a.vn/", (), id="blanks-around"),
        pytest.param("a.vn", "https://a.vn/", ("scheme-added",), id="bare"),
        pytest.param("a.vn/x", "https://a.vn/x", ("scheme-added",), id="bare-with-path"),
        pytest.param("a.vn:8443", "https://a.vn:8443/", ("scheme-added",), id="bare-with-port"),
        pytest.param("http://a.vn/", "https://a.vn/", ("was-http",), id="http"),
        pytest.param("http://a.vn:80/", "https://a.vn/", ("was-http",), id="http-default-port"),
        pytest.param("https://a.vn/?p=5", "https://a.vn/", ("query-dropped",), id="query"),
        pytest.param("https://a.vn/#top", "https://a.vn/", ("query-dropped",), id="fragment"),
        pytest.param("https://a_b.vn/", "https://a_b.vn/", ("underscore",), id="underscore"),
        pytest.param("https://ok/", "https://ok/", ("one-label",), id="one-label"),
        pytest.param("https://trường.vn/", "https://xn--trng-rib8295b.vn/", (), id="vietnamese"),
        pytest.param("https://xn--trng-rib8295b.vn/", "https://xn--trng-rib8295b.vn/", (), id="xn"),
        pytest.param("https://а.vn/", "https://xn--80a.vn/", ("odd-script",), id="cyrillic"),
        pytest.param("https://аpple.vn/", "https://xn--pple-43d.vn/", ("odd-script",), id="mixed"),
        pytest.param("https://a.vn/tr%C6%B0", "https://a.vn/tr%C6%B0", (), id="escaped-path"),
        pytest.param("https://a.vn/trư", "https://a.vn/tr%C6%B0", (), id="unicode-path"),
        pytest.param("https://a.vn/@x", "https://a.vn/@x", (), id="at-in-path"),
    ],
)
def test_one_form(written: str, url: str, notes: tuple[str, ...]) -> None:
    """However it was written, an address has one form, and what was odd is told."""
    address = site_address(written)
    assert (address.url, address.notes) == (url, notes)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "address-no-host"),
        ("https://", "address-no-host"),
        ("https:///x", "address-no-host"),
        ("ftp://a.vn/", "address-scheme"),
        ("file:///etc/passwd", "address-scheme"),
        ("javascript:alert(1)", "address-scheme"),
        ("mailto:a.vn", "address-scheme"),
        ("//a.vn/", "address-scheme"),
        ("/a.vn", "address-scheme"),
        ("https:/a.vn", "address-scheme"),
        ("https://u:secret@a.vn/", "address-secret"),
        ("u:secret@a.vn", "address-secret"),
        ("https://a.vn#@b.vn", "address-secret"),
        ("https://a.vn\\@b.vn", "address-secret"),
        ("https://a.vn\\b", "address-signs"),
        ("https://a b.vn/", "address-signs"),
        ("https://a.vn/ x", "address-signs"),
        ("https://a.vn/\tx", "address-signs"),
        ("https://a.vn/\0", "address-signs"),
        ("https://a.vn/%00", "address-signs"),
        ("https://a.vn/%0d%0aX", "address-signs"),
        ("https://a.vn/%zz", "address-signs"),
        ("https://a%2evn/", "address-host"),
        ("https://a\u200b.vn/", "address-invisible"),
        ("https://a\u00ad.vn/", "address-invisible"),
        ("https://\u202ea.vn/", "address-invisible"),
        ("https://a.vn/\u200b", "address-invisible"),
        ("https://a／b.vn/", "address-unclear"),
        ("https://[a.vn/", "address-unclear"),
        ("127.0.0.1", "address-ip"),
        ("https://8.8.8.8/", "address-ip"),
        ("https://2130706433/", "address-ip"),
        ("https://0x7f.1/", "address-ip"),
        ("https://0177.0.0.1/", "address-ip"),
        ("https://１２７.0.0.1/", "address-ip"),
        ("https://[::1]/", "address-ip"),
        ("https://[::ffff:10.0.0.1]/", "address-ip"),
        ("https://-a.vn/", "address-host"),
        ("https://a-.vn/", "address-host"),
        ("https://a..vn/", "address-host"),
        ("https://xn--zz.vn/", "address-host"),
        ("https://ab--c.vn/", "address-host"),
        ("https://a\U0001f600.vn/", "address-host"),
        (f"https://{'a' * 64}.vn/", "address-long"),
        (f"https://{'a.' * 127}vn/", "address-long"),
        (f"https://a.vn/{'a' * 3000}", "address-long"),
        (f"https://a.vn/{'ư' * 400}", "address-long"),
        ("https://a.vn:/", "address-port"),
        ("https://a.vn:0/", "address-port"),
        ("https://a.vn:99999/", "address-port"),
        ("https://a.vn:８０/", "address-port"),
        ("https://a.vn:8x/", "address-port"),
    ],
)
def test_refused(written: str, code: str) -> None:
    """What is no plain web address of a named host is refused, and no secret is in the error."""
    with pytest.raises(AddressError) as refused:
        site_address(written)
    assert refused.value.code == code
    assert "secret" not in str(refused.value).replace(code, "")


def test_http_port_is_kept_apart() -> None:
    """The port of an http address says nothing about https."""
    address = site_address("http://a.vn:8080/x")
    assert (address.http_port, address.https_port) == (8080, 443)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://u:p@a.vn/", "https://***@a.vn/"),
        ("u:p/q@a.vn", "***@a.vn"),
        ("https://a.vn/", "https://a.vn/"),
    ],
)
def test_secrets_are_masked(written: str, shown: str) -> None:
    """Nothing before an @ is printed."""
    assert without_secret(written) == shown


def test_names_for_people() -> None:
    """The ASCII form stands beside the letters."""
    assert host_name("Trường.VN.") == "xn--trng-rib8295b.vn"
    assert host_for_people("xn--trng-rib8295b.vn") == "trường.vn"


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    """No text escapes: it is refused, or its form is one the model takes and reads as itself."""
    try:
        address = site_address(text)
    except AddressError:
        return
    site = Site(
        unit="x",
        url=address.url,
        host=address.host,
        https_port=address.https_port,
        path=address.path,
    )
    assert site_address(site.url).url == site.url


@given(st.from_regex(r"https?://[a-zà-ỹ0-9._@:%-]{1,20}(/[a-z?#%]{0,5})?", fullmatch=True))
def test_near_addresses(text: str) -> None:
    """The same, for texts that look like addresses."""
    test_any_text_is_an_address_or_refused.hypothesis.inner_test(text)  # type: ignore[attr-defined]
