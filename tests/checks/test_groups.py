"""Named groups, and primes that many servers share."""

import hashlib

import pytest

from checks.parsing.groups import (
    CURVES,
    GROUPS_13,
    HYBRIDS,
    group,
    known_prime,
    short_curves,
)

OAKLEY_1 = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A63A3620FFFFFFFFFFFFFFFF",
    16,
)


def digest(prime: int) -> str:
    """As the evidence has it."""
    return hashlib.sha256(prime.to_bytes((prime.bit_length() + 7) // 8, "big")).hexdigest()


@pytest.mark.parametrize(
    ("number", "name", "bits", "finite_field", "hybrid"),
    [
        (23, "secp256r1", 256, False, False),
        (29, "x25519", 255, False, False),
        (19, "secp192r1", 192, False, False),
        (256, "ffdhe2048", 2048, True, False),
        (0x11EC, "X25519MLKEM768", 255, False, True),
        (0x11EB, "SecP256r1MLKEM768", 256, False, True),
        (0x11ED, "SecP384r1MLKEM1024", 384, False, True),
        (0x6399, "X25519Kyber768Draft00", 255, False, False),
    ],
)
def test_a_group(number: int, name: str, bits: int, finite_field: bool, hybrid: bool) -> None:
    """A draft is no standard hybrid."""
    one = group(number)
    assert one is not None
    assert (one.name, one.bits, one.finite_field, one.hybrid) == (name, bits, finite_field, hybrid)


def test_an_unknown_group() -> None:
    """GREASE."""
    assert group(0x0A0A) is None


def test_what_is_offered_is_known_and_each_once() -> None:
    """Below TLS 1.3 no finite fields: they would hide the server's own prime."""
    for offered in (CURVES, GROUPS_13):
        assert len(set(offered)) == len(offered)
        assert all(group(number) for number in offered)
    assert not any(one.finite_field for number in CURVES if (one := group(number)))
    assert set(HYBRIDS) <= set(GROUPS_13)


def test_short_curves() -> None:
    """The bar itself is not short."""
    assert {19, 16, 1} <= set(short_curves(224))
    assert not {20, 21, 23, 29} & set(short_curves(224))


def test_primes() -> None:
    """Shared and short is weak, a standard one of 2048 bits is known and strong, a server's own is neither."""
    oakley = known_prime(digest(OAKLEY_1))
    assert oakley is not None
    assert (oakley.name, oakley.bits, oakley.weak) == ("RFC 2409 group 1", 768, True)
    assert known_prime(digest(OAKLEY_1 - 2)) is None


@pytest.mark.parametrize(
    ("sha256", "name", "weak"),
    [
        (
            "3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0",
            "RFC 2409 group 2",
            True,
        ),
        (
            "d66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e",
            "RFC 3526 group 14",
            False,
        ),
        (
            "bfe545862ca102ad1eeddb5fbfa5bf855ac4995c56a8b408ce3fe099dce93a9d",
            "RFC 5114 section 2.2",
            True,
        ),
        (
            "9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966",
            "RFC 7919 ffdhe2048",
            False,
        ),
        (
            "bf910d9df4e0b2e76cda7443f592aa118e33ba2c224ebc27fb8978d873c8c2e3",
            "Apache 2.2 (1024 bits)",
            True,
        ),
        (
            "7b6551ea6ff09bd78c24bede10980a155f70b6c81e48b4dd8bec822ab3bf0e94",
            "HAProxy 1.5 (2048 bits)",
            False,
        ),
    ],
)
def test_published_primes(sha256: str, name: str, weak: bool) -> None:
    """Both sides: what is shared and short or of doubtful origin, and what is shared and strong."""
    known = known_prime(sha256)
    assert known is not None
    assert (known.name, known.weak) == (name, weak)
