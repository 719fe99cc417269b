"""Primes for Diffie-Hellman: published ones by the formulas of their RFCs, and some that nobody shares."""

import hashlib
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import dh
from cryptography.hazmat.primitives.serialization import Encoding, ParameterFormat

from tests.tls_servers.truth import Dh

# Safe primes made for this fleet, so that no list of published groups holds them.
_OWN_512 = int(
    "c4fb05210c5c408625ac862ae8ca5a6e64638b503d9bbc8b24bb5d143a2b7a30175ec7a879c0980966421d33"
    "7a77eb809b59570e48560c86acd2b4029f982b07",
    16,
)
_OWN_1024 = int(
    "a6158f7f7950042c67d9c273f26f0adbcb13a7b78dfdaefa818d1730d94b6240a0ff2107cff4d7ffc7ff5065"
    "2b104d2c33e84bc42b41292fa3cfe4fbd7d8736ec62759d667ceff9647ea3356f2e38483d0fc8c69ef89a807"
    "8325a419bd99046ca2b1c3561c5288f3fcc847e8f4009b17236a95cd16efc7b9b75c00bbd920a467",
    16,
)
_OWN_2048 = int(
    "dde8a1a0a4657d6468d2d7178b33fb8aaf806ea9f55a8813f3e2ef0984df08542d9d39d31c021569da9c9ed9"
    "42ae2a5a36a27631f6832a785185b3ff073f4ca95f728ce08289222ac96841cb910a3e62f8e6273db20b2e8a"
    "3409a3b2cb5a0d65035908af9adfaed4749fce0f5ecaa6dc876de564deb68da4485350b2fdbf03b1767c1c20"
    "2ae179b9a17aa65e6b4066ba6656b6139cfa4ef0775f6664bbe0253154117120a4ae8f3350b3e343eacf464a"
    "60ba022068af22623b2eed5662032a1769f571f895359189281fea9643139a7702e796f2d11644df04f1827a"
    "3f551ee1ef0c8de19728774665f830b7e7b1b21eb703e270c519491c8d0b23196f95e8a7",
    16,
)
_PI_TERMS = {768: 149686, 1024: 129093, 1536: 741804, 2048: 124476, 3072: 1690314, 4096: 240904}
_E_TERMS = {2048: 560316, 3072: 2625351, 4096: 5736041}


@cache
def prime(name: str) -> int:
    """``own-512`` and the like, ``rfc2409-768``, ``rfc3526-2048``, ``rfc7919-2048``."""
    source, _, digits = name.partition("-")
    bits = int(digits)
    match source:
        case "own":
            return {512: _OWN_512, 1024: _OWN_1024, 2048: _OWN_2048}[bits]
        case "rfc2409" | "rfc3526":
            middle = (_pi(bits - 130) + _PI_TERMS[bits]) << 64
            return (1 << bits) - (1 << (bits - 64)) - 1 + middle
        case "rfc7919":
            middle = (_e(bits - 130) + _E_TERMS[bits]) << 64
            return (1 << bits) - (1 << (bits - 64)) + middle - 1
    raise ValueError(name)


def seen(name: str) -> Dh:
    """How this prime looks in a server's key exchange."""
    number = prime(name)
    return Dh(number.bit_length(), hashlib.sha256(as_bytes(number)).hexdigest())


def as_bytes(number: int) -> bytes:
    """Big-endian, no leading zeros."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def written(name: str, folder: Path) -> Path:
    """The file that ``ssl_dhparam`` reads."""
    path = folder / f"dh-{name}.pem"
    if not path.exists():
        numbers = dh.DHParameterNumbers(prime(name), 2)
        path.write_bytes(numbers.parameters().parameter_bytes(Encoding.PEM, ParameterFormat.PKCS3))
    return path


def _pi(bits: int) -> int:
    """The whole part of two to this power times pi (Machin's formula, with bits to spare)."""
    spare = 64
    one = 1 << (bits + spare)
    return (16 * _arctan_of_one_over(5, one) - 4 * _arctan_of_one_over(239, one)) >> spare


def _arctan_of_one_over(x: int, one: int) -> int:
    power = one // x
    total, divisor, sign = power, 1, 1
    while power:
        power //= x * x
        divisor += 2
        sign = -sign
        total += sign * (power // divisor)
    return total


def _e(bits: int) -> int:
    """The whole part of two to this power times e."""
    spare = 64
    term = 1 << (bits + spare)
    total, n = term, 0
    while term:
        n += 1
        term //= n
        total += term
    return total >> spare
