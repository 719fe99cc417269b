"""DKIM keys: what a receiver can use, and how long it is."""

import base64
import contextlib

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from checks.parsing.dkim import KeyState, is_key, parse, rsa_bits
from scanner.practice.keys_of_mail import GOOD, SHORT

DER = base64.b64decode(GOOD)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("v=DKIM1; p=", True),
        ("v=DKIM1", True),
        ("k=rsa; p=AAAA", True),
        ("v=spf1 -all", False),
        ("v=DMARC1; p=reject", False),
        ("hello", False),
        ("", False),
    ],
)
def test_what_means_to_be_a_key(text: str, expected: bool) -> None:
    """A wildcard's text at the selector is no key."""
    assert is_key(text) is expected


@pytest.mark.parametrize(
    ("text", "kind", "bits", "testing"),
    [
        (f"p={GOOD}", "rsa", 2048, False),
        (f"v=DKIM1; k=RSA; h=sha1:sha256; s=email; n=note; p={GOOD};", "rsa", 2048, False),
        (f"v=DKIM1; t=y:s; s=*; p={GOOD[:40]} {GOOD[40:]}", "rsa", 2048, True),
        (f"p={SHORT}", "rsa", 512, False),
        (
            "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
            "ed25519",
            256,
            False,
        ),
    ],
)
def test_usable(text: str, kind: str, bits: int, testing: bool) -> None:
    """What RFC 6376 and RFC 8463 write is read."""
    read = parse(text)
    assert (read.state, read.kind, read.bits, read.testing) == (
        KeyState.USABLE,
        kind,
        bits,
        testing,
    )


@pytest.mark.parametrize(
    "text",
    [
        f"v=DKIM2; p={GOOD}",
        f"p={GOOD}; v=DKIM1",
        "v=DKIM1; k=rsa",
        f"v=DKIM1; p={GOOD}; p={GOOD}",
        f"v=DKIM1; k=dsa; p={GOOD}",
        f"v=DKIM1; h=sha1; p={GOOD}",
        f"v=DKIM1; s=other; p={GOOD}",
        "v=DKIM1; p=%%%%",
        "v=DKIM1; p=AAAA",
        "v=DKIM1; k=ed25519; p=AAAA",
        f"v=DKIM1; p={GOOD[:100]}",
    ],
)
def test_invalid(text: str) -> None:
    """What no receiver can use, and why."""
    read = parse(text)
    assert read.state is KeyState.INVALID
    assert read.why


def test_revoked() -> None:
    """An empty key was called back."""
    assert parse("v=DKIM1; k=rsa; p=").state is KeyState.REVOKED
    assert parse("v=DKIM1; p= ").state is KeyState.REVOKED


def test_both_forms_of_an_rsa_key() -> None:
    """With and without the wrapping; mailers publish either."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    wrapped = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    bare = key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    assert rsa_bits(wrapped) == rsa_bits(bare) == 2048


@pytest.mark.parametrize(
    "der",
    [
        b"",
        b"\x30",
        b"\x31\x00",
        b"\x30\x00",
        b"\x30\x80\x00",
        b"\x30\x84\x00\x00\x00\x00",
        b"\x30\x03\x02\x01\x00",
        b"\x30\x03\x02\x01\xff",
        b"\x30\x02\x02\x00",
        b"\x30\x03\x04\x01\x01",
        DER[:60],
    ],
)
def test_no_key(der: bytes) -> None:
    """Each ends in words."""
    with pytest.raises(ValueError, match=r"key|modulus|short"):
        rsa_bits(der)


@given(st.binary(max_size=60) | st.integers(0, len(DER)).map(lambda n: DER[:n]))
def test_no_bytes_make_it_fail_otherwise(der: bytes) -> None:
    """Hostile bytes give a number or words."""
    with contextlib.suppress(ValueError):
        assert rsa_bits(der) > 0


@given(st.text(max_size=100))
def test_no_text_makes_reading_fail(text: str) -> None:
    """Whatever stands there is read to an end."""
    for record in (text, f"v=DKIM1; p={text}", f"k={text}"):
        is_key(record)
        parse(record)
