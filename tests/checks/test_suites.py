"""What each cipher suite is made of, and on which side of the bar it stands."""

import pytest

from checks.evidence.tls import Version
from checks.parsing.suites import candidates, forbidden, forward_secret, suite, weakness


@pytest.mark.parametrize(
    ("number", "made_of"),
    [
        pytest.param(0xC02F, ("ECDHE", "RSA", "AES_128_GCM", 128, "SHA256", True), id="ecdhe-rsa"),
        pytest.param(
            0xC02B, ("ECDHE", "ECDSA", "AES_128_GCM", 128, "SHA256", True), id="ecdhe-ecdsa"
        ),
        pytest.param(0xC0AD, ("ECDHE", "ECDSA", "AES_256_CCM", 256, "", True), id="ccm"),
        pytest.param(0xCCAA, ("DHE", "RSA", "CHACHA20_POLY1305", 256, "SHA256", True), id="chacha"),
        pytest.param(0x002F, ("RSA", "RSA", "AES_128_CBC", 128, "SHA", False), id="rsa"),
        pytest.param(0x0013, ("DHE", "DSS", "3DES_EDE_CBC", 112, "SHA", False), id="3des"),
        pytest.param(0x0031, ("DH", "RSA", "AES_128_CBC", 128, "SHA", False), id="static-dh"),
        pytest.param(0xC004, ("ECDH", "ECDSA", "AES_128_CBC", 128, "SHA", False), id="static-ecdh"),
        pytest.param(0x0018, ("DH", "anon", "RC4_128", 128, "MD5", False), id="anonymous"),
        pytest.param(0x0003, ("RSA", "RSA", "RC4_40", 40, "MD5", False), id="export"),
        pytest.param(0x0062, ("RSA", "RSA", "DES_CBC", 56, "SHA", False), id="export-1024"),
        pytest.param(0x0001, ("RSA", "RSA", "NULL", 0, "MD5", False), id="null"),
        pytest.param(0x00A8, ("PSK", "PSK", "AES_128_GCM", 128, "SHA256", True), id="psk"),
        pytest.param(
            0xC035, ("ECDHE_PSK", "PSK", "AES_128_CBC", 128, "SHA", False), id="ecdhe-psk"
        ),
        pytest.param(0xC0AA, ("DHE_PSK", "PSK", "AES_128_CCM_8", 128, "", True), id="psk-dhe"),
        pytest.param(0x0095, ("RSA_PSK", "RSA", "AES_256_CBC", 256, "SHA", False), id="rsa-psk"),
        pytest.param(0xC01E, ("SRP", "RSA", "AES_128_CBC", 128, "SHA", False), id="srp-rsa"),
        pytest.param(0xC01D, ("SRP", "SRP", "AES_128_CBC", 128, "SHA", False), id="srp"),
        pytest.param(0x0029, ("KRB5", "KRB5", "DES_CBC_40", 40, "MD5", False), id="kerberos"),
        pytest.param(0xC102, ("GOST", "GOST", "28147_CNT", 256, "IMIT", False), id="gost"),
        pytest.param(0x1301, ("TLS13", "TLS13", "AES_128_GCM", 128, "SHA256", True), id="tls13"),
        pytest.param(0xC0B4, ("TLS13", "TLS13", "NULL", 0, "SHA256", False), id="tls13-null"),
        pytest.param(0x010080, ("RSA", "RSA", "RC4_128", 128, "MD5", False), id="ssl2"),
        pytest.param(
            0x0700C0, ("RSA", "RSA", "DES_192_EDE3_CBC", 112, "MD5", False), id="ssl2-3des"
        ),
    ],
)
def test_what_a_suite_is_made_of(number: int, made_of: tuple[object, ...]) -> None:
    """Read off its name."""
    one = suite(number)
    assert one is not None
    assert made_of == (
        one.key_exchange,
        one.authentication,
        one.cipher,
        one.bits,
        one.mac,
        one.aead,
    )


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (0x003B, "null"), (0xC0B5, "null"), (0xC010, "null"),
        (0x0034, "anonymous"), (0xC018, "anonymous"), (0x0018, "anonymous"),
        (0x0003, "export"), (0x0062, "export"), (0x020080, "export"), (0x0019, "anonymous"),
        (0x030080, "rc2"),
        (0x0005, "rc4"), (0xC011, "rc4"), (0x0004, "rc4"),
        (0x0009, "des"), (0x060040, "des"), (0xFEFE, "des"),
        (0x000A, "3des"), (0x0700C0, "3des"), (0xFEFF, "3des"), (0x0023, "3des"),
        (0x0007, "idea"),
        (0x0096, "seed"),
        (0xC102, "small-block"), (0xC104, "small-block"), (0x0081, "small-block"),
        (0x002F, ""), (0xC02F, ""), (0x0041, ""), (0xC050, ""), (0xC100, ""), (0x1301, ""), (0xCC13, ""),
    ],
)  # fmt: skip
def test_weakness(number: int, word: str) -> None:
    """The worst word; nothing to say of AES, Camellia, ARIA, ChaCha20."""
    one = suite(number)
    assert one is not None
    assert weakness(one) == word


@pytest.mark.parametrize(
    ("number", "holds"),
    [
        (0xC02F, True), (0x0033, True), (0xC035, True), (0x008E, True), (0x1301, True), (0x0034, True),
        (0xC01D, True), (0xC0B0, True), (0xC018, True),
        (0x002F, False), (0x0031, False), (0xC004, False), (0x00A8, False), (0x0095, False),
        (0x0020, False), (0xC102, False), (0x010080, False),
    ],
)  # fmt: skip
def test_forward_secrecy(number: int, holds: bool) -> None:
    """Ephemeral keys and password exchanges have it; a key of the certificate alone has not."""
    one = suite(number)
    assert one is not None
    assert forward_secret(one) is holds


@pytest.mark.parametrize(
    ("version", "number", "offered"),
    [
        (Version.TLS13, 0x1301, True),
        (Version.TLS13, 0x1305, True),
        (Version.TLS13, 0xC02F, False),
        (Version.TLS12, 0x1301, False),
        (Version.TLS12, 0xC02F, True),
        (Version.TLS12, 0x0003, True),
        (Version.TLS11, 0xC02F, False),
        (Version.TLS11, 0x003C, False),
        (Version.TLS11, 0x002F, True),
        (Version.TLS10, 0x00AE, True),
        (Version.SSL3, 0xC014, True),
        (Version.SSL3, 0x010080, False),
        (Version.SSL2, 0x010080, True),
        (Version.SSL2, 0x0005, False),
        (Version.TLS12, 0x0000, False),
        (Version.TLS12, 0x00FF, False),
        (Version.TLS12, 0x5600, False),
    ],
)
def test_what_is_offered(version: Version, number: int, offered: bool) -> None:
    """Every version what it may have; signals and the null of a beginning connection never."""
    assert (number in candidates(version)) is offered


def test_the_candidates_are_all_known_and_each_once() -> None:
    """The strongest of what sites use comes first, what no site should have comes later."""
    for version in Version:
        found = candidates(version)
        assert len(set(found)) == len(found)
        assert all(suite(number) for number in found)
    assert candidates(Version.TLS12)[0] == 0xC02C
    assert candidates(Version.TLS13)[0] == 0x1302
    assert len(candidates(Version.TLS12)) >= 340


def test_forbidden_is_weak_or_without_forward_secrecy() -> None:
    """Nothing else, and all of SSL 2."""
    assert forbidden(Version.SSL2) == candidates(Version.SSL2)
    found = forbidden(Version.TLS12)
    assert {0x002F, 0xC011, 0x0034, 0x0016} <= set(found)
    assert not {0xC02F, 0x0033, 0xCCA8} & set(found)


def test_nobody_gave_it_a_name() -> None:
    """GREASE and gaps."""
    assert suite(0x0A0A) is None
