"""TLSA records: usages, selectors and matching types, and records that no client can use."""

import hashlib

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from checks.evidence.certificates import Path, PathState
from checks.parsing.tlsa import Match, Tlsa, matches, public_key, read
from scanner.probes.tls.path import Paths, TrustStore
from tests.scanner.builders import HOST
from tests.scanner.chains import NOW, Made, authority, made

ROOT = authority("Root")
MIDDLE = authority("Middle", ROOT)
LEAF = made(HOST, MIDDLE)
OTHER = authority("Other", ROOT)
STRANGER = authority("Stranger")
FOREIGN = made(HOST, STRANGER)
CHAIN = (LEAF.der, MIDDLE.der)
PATHS = Paths((TrustStore("tests", "2026-11-22", (ROOT.certificate,)),))
TRUSTED = PATHS.build(CHAIN, NOW)
MISSING = PATHS.build(CHAIN[:1], NOW)
UNKNOWN = PATHS.build((FOREIGN.der, STRANGER.der), NOW)
INVALID = TRUSTED.model_copy(update={"state": PathState.INVALID})
UNHASHED = TRUSTED.model_copy(
    update={
        "certificates": tuple(
            step.model_copy(update={"key_sha256": ""}) for step in TRUSTED.certificates
        )
    }
)


def key_of(one: Made) -> bytes:
    """Its subjectPublicKeyInfo, by the library."""
    return one.certificate.public_key().public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )


def record(usage: int, selector: int, matching: int, of: Made) -> Tlsa:
    """The record that binds this certificate."""
    shown = key_of(of) if selector else of.der
    digests = {0: lambda data: data, 1: hashlib.sha256, 2: hashlib.sha512}
    data = digests[matching](shown)
    return Tlsa(usage, selector, matching, data if isinstance(data, bytes) else data.digest())


@pytest.mark.parametrize("selector", [0, 1])
@pytest.mark.parametrize("matching", [0, 1, 2])
@pytest.mark.parametrize(
    ("usage", "of", "path", "expected"),
    [
        pytest.param(3, LEAF, TRUSTED, Match.MATCHED, id="3-leaf"),
        pytest.param(3, LEAF, None, Match.MATCHED, id="3-leaf-without-a-path"),
        pytest.param(3, MIDDLE, TRUSTED, Match.DIFFERENT, id="3-issuer"),
        pytest.param(1, LEAF, TRUSTED, Match.MATCHED, id="1-leaf"),
        pytest.param(1, OTHER, TRUSTED, Match.DIFFERENT, id="1-other"),
        pytest.param(1, LEAF, INVALID, Match.DIFFERENT, id="1-untrusted"),
        pytest.param(1, LEAF, MISSING, Match.UNDECIDED, id="1-issuer-missing"),
        pytest.param(1, LEAF, None, Match.UNDECIDED, id="1-without-a-path"),
        pytest.param(0, MIDDLE, TRUSTED, Match.MATCHED, id="0-issuer"),
        pytest.param(0, MIDDLE, INVALID, Match.DIFFERENT, id="0-untrusted"),
        pytest.param(0, MIDDLE, MISSING, Match.UNDECIDED, id="0-issuer-missing"),
        pytest.param(0, MIDDLE, None, Match.UNDECIDED, id="0-without-a-path"),
        pytest.param(2, MIDDLE, TRUSTED, Match.MATCHED, id="2-issuer"),
        pytest.param(2, MIDDLE, INVALID, Match.DIFFERENT, id="2-broken-path"),
        pytest.param(2, MIDDLE, None, Match.UNDECIDED, id="2-without-a-path"),
    ],
)
def test_records(
    usage: int, of: Made, path: Path | None, expected: Match, selector: int, matching: int
) -> None:
    """Every selector and matching type says the same."""
    assert matches(record(usage, selector, matching, of), CHAIN, path) is expected


@pytest.mark.parametrize(
    ("bound", "path", "expected"),
    [
        pytest.param(record(0, 0, 1, ROOT), TRUSTED, Match.MATCHED, id="root-not-sent"),
        pytest.param(record(0, 1, 1, ROOT), TRUSTED, Match.MATCHED, id="its-key"),
        pytest.param(record(2, 1, 1, ROOT), TRUSTED, Match.MATCHED, id="its-key-as-anchor"),
        pytest.param(record(0, 0, 1, OTHER), TRUSTED, Match.DIFFERENT, id="another"),
        pytest.param(record(0, 1, 1, OTHER), TRUSTED, Match.DIFFERENT, id="another-key"),
        # Of the root only one digest is at hand.
        pytest.param(record(0, 0, 2, ROOT), TRUSTED, Match.UNDECIDED, id="another-digest"),
        pytest.param(record(0, 1, 1, ROOT), UNHASHED, Match.UNDECIDED, id="no-digest"),
        pytest.param(record(2, 0, 0, ROOT), TRUSTED, Match.UNDECIDED, id="whole"),
        # The authority may lie in the record itself.
        pytest.param(record(2, 0, 0, OTHER), MISSING, Match.UNDECIDED, id="whole-and-missing"),
        pytest.param(record(2, 0, 1, OTHER), MISSING, Match.DIFFERENT, id="other-and-missing"),
        pytest.param(record(2, 0, 1, LEAF), TRUSTED, Match.DIFFERENT, id="the-leaf-is-no-anchor"),
    ],
)
def test_authorities_that_were_not_sent(bound: Tlsa, path: Path, expected: Match) -> None:
    """What is known of them decides, and nothing else."""
    assert matches(bound, CHAIN, path) is expected


def test_an_anchor_of_the_zone_alone() -> None:
    """Usage 2 needs no store: the zone vouches for the authority."""
    chain = (FOREIGN.der, STRANGER.der)
    assert matches(record(2, 0, 1, STRANGER), chain, UNKNOWN) is Match.MATCHED
    assert matches(record(0, 0, 1, STRANGER), chain, UNKNOWN) is Match.DIFFERENT


def test_one_that_was_sent_beside_the_path() -> None:
    """Whether a path leads through it was not asked."""
    chain = (*CHAIN, OTHER.der)
    assert matches(record(2, 0, 1, OTHER), chain, TRUSTED) is Match.UNDECIDED
    assert matches(record(3, 0, 1, OTHER), (), TRUSTED) is Match.UNDECIDED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3 1 1 " + "ab" * 32, Tlsa(3, 1, 1, b"\xab" * 32)),
        ("0 0 2 " + "AB" * 32 + " " + "cd" * 32, Tlsa(0, 0, 2, b"\xab" * 32 + b"\xcd" * 32)),
        ("2 0 0 3003020101", Tlsa(2, 0, 0, b"\x30\x03\x02\x01\x01")),
    ],
)
def test_reading(text: str, expected: Tlsa) -> None:
    """As a zone writes them; long data come in pieces."""
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "four fields"),
        ("3 1 1", "four fields"),
        ("3 x 1 ab", "no number"),
        ("4 1 1 " + "ab" * 32, "usage 4"),
        ("255 1 1 " + "ab" * 32, "usage 255"),
        ("3 2 1 " + "ab" * 32, "selector 2"),
        ("3 1 3 " + "ab" * 32, "matching type 3"),
        ("3 1 1 " + "ab" * 31, "31 bytes"),
        ("3 1 2 " + "ab" * 32, "32 bytes"),
        ("3 1 1 xyz", "hexadecimal"),
        ("3 1 1 abc", "hexadecimal"),
        ("3 1 1 é", "hexadecimal"),
    ],
)
def test_records_that_no_client_can_use(text: str, why: str) -> None:
    """Each with its reason."""
    with pytest.raises(ValueError, match=why):
        read(text)


def test_the_key_of_a_certificate() -> None:
    """As encoded; every kind of certificate has it in the same place."""
    for one in (LEAF, MIDDLE, ROOT):
        assert public_key(one.der) == key_of(one)


def test_the_key_of_an_old_certificate() -> None:
    """Version 1 does not tell its version."""
    fields = b"\x02\x01\x07" + b"\x30\x00" * 4
    key = b"\x30\x03\x02\x01\x05"
    signed = bytes([0x30, len(fields + key)]) + fields + key
    assert public_key(bytes([0x30, len(signed)]) + signed) == key


@pytest.mark.parametrize(
    "der",
    [b"", b"\x30", b"\x30\x05", b"\x30\x80", b"\x30\x85" + bytes(9), LEAF.der[:40]],
    ids=["empty", "tag", "short", "indefinite", "five-lengths", "cut"],
)
def test_no_key_to_be_found(der: bytes) -> None:
    """A malformed certificate matches nothing by its key."""
    assert public_key(der) is None
    assert matches(record(3, 1, 1, LEAF), (der,), TRUSTED) is Match.DIFFERENT
