"""Groups in which keys are agreed: named ones by IANA number, published primes by their hash."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_PRIMES = "dh-primes.csv"


@dataclass(frozen=True, slots=True)
class Group:
    """A named group.  ``bits`` is the size of its field; of a hybrid, that of its curve (0: it has none)."""

    number: int
    name: str
    bits: int
    finite_field: bool = False
    hybrid: bool = False
    """Whether it is a standard hybrid of a curve and ML-KEM."""


@dataclass(frozen=True, slots=True)
class KnownPrime:
    """A published prime that many servers may share."""

    bits: int
    name: str
    weak: bool
    """Shared and under 2048 bits, or of an origin that nobody has shown."""


X25519MLKEM768 = 0x11EC
EXPLICIT_PRIME_CURVE = 0xFF01
EXPLICIT_BINARY_CURVE = 0xFF02

_CURVES = (
    (1, "sect163k1", 163), (2, "sect163r1", 163), (3, "sect163r2", 163), (4, "sect193r1", 193),
    (5, "sect193r2", 193), (6, "sect233k1", 233), (7, "sect233r1", 233), (8, "sect239k1", 239),
    (9, "sect283k1", 283), (10, "sect283r1", 283), (11, "sect409k1", 409), (12, "sect409r1", 409),
    (13, "sect571k1", 571), (14, "sect571r1", 571), (15, "secp160k1", 160), (16, "secp160r1", 160),
    (17, "secp160r2", 160), (18, "secp192k1", 192), (19, "secp192r1", 192), (20, "secp224k1", 224),
    (21, "secp224r1", 224), (22, "secp256k1", 256), (23, "secp256r1", 256), (24, "secp384r1", 384),
    (25, "secp521r1", 521), (26, "brainpoolP256r1", 256), (27, "brainpoolP384r1", 384),
    (28, "brainpoolP512r1", 512), (29, "x25519", 255), (30, "x448", 448),
    (31, "brainpoolP256r1tls13", 256), (32, "brainpoolP384r1tls13", 384),
    (33, "brainpoolP512r1tls13", 512), (34, "GC256A", 256), (35, "GC256B", 256), (36, "GC256C", 256),
    (37, "GC256D", 256), (38, "GC512A", 512), (39, "GC512B", 512), (40, "GC512C", 512),
    (41, "curveSM2", 256),
)  # fmt: skip
_FINITE = (
    (256, "ffdhe2048", 2048), (257, "ffdhe3072", 3072), (258, "ffdhe4096", 4096),
    (259, "ffdhe6144", 6144), (260, "ffdhe8192", 8192),
)  # fmt: skip
_HYBRIDS = (
    (X25519MLKEM768, "X25519MLKEM768", 255),
    (0x11EB, "SecP256r1MLKEM768", 256),
    (0x11ED, "SecP384r1MLKEM1024", 384),
)
# ML-KEM alone, and the drafts that servers spoke before the standard: known, and no standard hybrid.
_OTHERS = (
    (0x0200, "MLKEM512", 512), (0x0201, "MLKEM768", 768), (0x0202, "MLKEM1024", 1024),
    (0x6399, "X25519Kyber768Draft00", 255), (0x639A, "SecP256r1Kyber768Draft00", 256),
)  # fmt: skip
_TABLE = {
    **{n: Group(n, name, bits) for n, name, bits in (*_CURVES, *_OTHERS)},
    **{n: Group(n, name, bits, finite_field=True) for n, name, bits in _FINITE},
    **{n: Group(n, name, bits, hybrid=True) for n, name, bits in _HYBRIDS},
}
_USUAL_CURVES = (29, 23, 24, 25, 30, 26, 27, 28)

CURVES: tuple[int, ...] = (*_USUAL_CURVES, 41, *sorted({*range(1, 31)} - set(_USUAL_CURVES)))
"""To offer below TLS 1.3.  Without those of RFC 7919: a server that knows them would keep its own prime back."""
GROUPS_13: tuple[int, ...] = (
    *(number for number, _, _ in _HYBRIDS),
    *(29, 23, 24, 25, 30),
    *(number for number, _, _ in _FINITE),
    *(31, 32, 33, 41, *range(34, 41)),
    *(number for number, _, _ in _OTHERS),
)
"""To offer in TLS 1.3.  A hello with one of the groups that RFC 8446, 4.2.7, retired is refused by strict servers."""
HYBRIDS: tuple[int, ...] = tuple(number for number, _, _ in _HYBRIDS)
BRIEF_CURVE_BITS = 224
"""A brief look asks for curves shorter than this, and a rule may ask no more of it: of the others it knows those in use."""


def group(number: int) -> Group | None:
    """The named group of this number."""
    return _TABLE.get(number)


def known_prime(sha256: str) -> KnownPrime | None:
    """Where a prime is published, by the hash of its big-endian bytes."""
    return _known_primes().get(sha256)


def short_curves(below_bits: int) -> tuple[int, ...]:
    """The curves to offer whose field is smaller than this."""
    return tuple(number for number in CURVES if _TABLE[number].bits < below_bits)


@cache
def _known_primes() -> dict[str, KnownPrime]:
    lines = (files("checks.lists") / _PRIMES).read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {
        row["sha256"]: KnownPrime(int(row["bits"]), row["name"], row["weak"] == "yes")
        for row in rows
    }
