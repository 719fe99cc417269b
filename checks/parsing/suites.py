"""Cipher suites by number: what each is made of, what is wrong with it, and which a version may be offered."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from checks.evidence.tls import Version

_LIST = "cipher-suites.csv"
_SSL2_FROM = 0x10000
_HASH = re.compile(r"_(MD5|SHA|SHA256|SHA384|SHA512|SM3|GOSTR3411|OMAC|IMIT)$")
_AEAD = ("GCM", "CCM", "POLY1305", "MGM", "AEGIS")
_BITS = (
    ("NULL", 0),
    ("3DES", 112),
    ("EDE3", 112),
    ("DES40", 40),
    ("_40", 40),
    ("EXPORT40", 40),
    ("_56", 56),
    ("DES", 56),
    ("RC4_64", 64),
    ("256", 256),
    ("CHACHA20", 256),
    ("KUZNYECHIK", 256),
    ("MAGMA", 256),
    ("28147", 256),
)
# Numbers of TLS 1.3 that do not say so by their name (RFC 8998, RFC 9150, RFC 9367).
_TLS13_ELSEWHERE = frozenset({0x00C6, 0x00C7, 0xC0B4, 0xC0B5, 0xC103, 0xC104, 0xC105, 0xC106})
_WITH_CERTIFICATE = frozenset({"RSA", "ECDSA", "DSS"})
_USUAL_EXCHANGES = frozenset({"ECDHE", "DHE", "RSA", "DH", "ECDH"})
_SMALL_BLOCKS = ("28147", "MAGMA")
_FAMILIES = ("AES", "CHACHA20", "CAMELLIA")


@dataclass(frozen=True, slots=True)
class Suite:
    """One cipher suite, or one cipher kind of SSL 2.

    ``key_exchange`` is one of ``ECDHE DHE RSA DH ECDH PSK ECDHE_PSK DHE_PSK RSA_PSK SRP KRB5 ECCPWD GOST NULL
    TLS13``; ``authentication`` of ``RSA ECDSA DSS anon PSK SRP KRB5 ECCPWD GOST NULL TLS13``.  ``mac`` is the hash
    that the suite names.
    """

    number: int
    name: str
    openssl: str
    key_exchange: str
    authentication: str
    cipher: str
    bits: int
    """Effective strength of the cipher: 112 for 3DES, 40 or 56 where it was cut for export."""
    mac: str
    aead: bool
    export: bool
    ssl2: bool


def suite(number: int) -> Suite | None:
    """The suite of this number, if anybody ever gave it a name."""
    return _table().get(number)


@cache
def candidates(version: Version) -> tuple[int, ...]:
    """All suites to offer for this version, the usual ones first and of those the strongest first."""
    found = [one for one in _table().values() if _fits(one, version)]
    return tuple(one.number for one in sorted(found, key=_rank))


def weakness(suite: Suite) -> str:
    """The worst thing to say of a suite's strength, in one word; empty where there is none."""
    cipher = suite.cipher
    for word, holds in (
        ("null", cipher == "NULL"),
        ("anonymous", suite.authentication == "anon"),
        ("export", suite.export),
        ("rc2", cipher.startswith("RC2")),
        ("rc4", cipher.startswith("RC4")),
        ("3des", "3DES" in cipher or "EDE3" in cipher),
        ("des", cipher.startswith("DES")),
        ("idea", cipher.startswith("IDEA")),
        ("seed", cipher.startswith("SEED")),
        ("md5", suite.mac == "MD5"),
        ("small-block", cipher.startswith(_SMALL_BLOCKS)),
    ):
        if holds:
            return word
    return ""


def forward_secret(suite: Suite) -> bool:
    """Whether yesterday's traffic stays secret when the server's long-term key is lost.

    Anonymous Diffie-Hellman is ephemeral by nature; SRP and the password exchange of RFC 8492 are as well.
    """
    return (
        suite.key_exchange in ("ECDHE", "DHE", "ECDHE_PSK", "DHE_PSK", "SRP", "ECCPWD", "TLS13")
        or suite.authentication == "anon"
    )


@cache
def forbidden(version: Version) -> tuple[int, ...]:
    """The candidates that are weak or give no forward secrecy."""
    found = (_table()[number] for number in candidates(version))
    return tuple(one.number for one in found if weakness(one) or not forward_secret(one))


@cache
def _table() -> dict[int, Suite]:
    lines = (files("checks.lists") / _LIST).read_text("utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    found = (_read(int(row["number"], 16), row["name"], row["openssl"]) for row in rows)
    return {one.number: one for one in found}


def _read(number: int, name: str, openssl: str) -> Suite:
    before, _, after = name.partition("_WITH_")
    if not after:
        before, after = "TLS", name.removeprefix("TLS_")
    ssl2 = number >= _SSL2_FROM
    if ssl2:
        # "SSL_CK_RC4_128_WITH_MD5": the cipher stands before the word.
        before, after = "TLS_RSA", f"{before.removeprefix('SSL_CK_')}_{after}"
    export = "EXPORT" in name
    exchange, authentication = _exchange(number, before)
    cipher, mac = _cipher(after)
    return Suite(
        number=number,
        name=name,
        openssl=openssl,
        key_exchange=exchange,
        authentication=authentication,
        cipher=cipher,
        bits=_bits(cipher),
        mac=mac,
        aead=any(word in cipher for word in _AEAD),
        export=export,
        ssl2=ssl2,
    )


def _exchange(number: int, before: str) -> tuple[str, str]:
    words = re.sub(r"^(TLS|SSL)_?|_?EXPORT(1024)?|_FIPS", "", before)
    if not words or number in _TLS13_ELSEWHERE:
        return "TLS13", "TLS13"
    if words.startswith("GOST"):
        return "GOST", "GOST"
    if words.startswith("SRP"):
        signed = words.removeprefix("SRP_SHA").strip("_")
        return "SRP", signed or "SRP"
    if words.endswith("PSK") or words == "PSK_DHE":
        return ("DHE_PSK" if words == "PSK_DHE" else words), "RSA" if words == "RSA_PSK" else "PSK"
    exchange, _, signed = words.partition("_")
    return exchange, signed or exchange


def _cipher(after: str) -> tuple[str, str]:
    found = _HASH.search(after)
    cipher, mac = (after[: found.start()], found.group(1)) if found else (after, "")
    if after in ("MD5", "SHA", "NULL_NULL"):
        cipher, mac = "NULL", "NULL"
    elif cipher in ("SHA256", "SHA384"):
        # RFC 9150: the record is authenticated, and not encrypted at all.
        cipher = "NULL"
    return cipher, mac


def _bits(cipher: str) -> int:
    return next((bits for word, bits in _BITS if word in cipher), 128)


def _fits(one: Suite, version: Version) -> bool:
    if version is Version.SSL2 or one.ssl2:
        return version is Version.SSL2 and one.ssl2
    if version is Version.TLS13 or one.key_exchange == "TLS13":
        return version is Version.TLS13 and one.key_exchange == "TLS13"
    if one.key_exchange == "NULL":
        # TLS_NULL_WITH_NULL_NULL is how a connection begins; nobody may agree on it (RFC 5246, A.5).
        return False
    # A PSK suite with a newer hash was meant for older versions too (RFC 5487, RFC 5489).
    newer = one.aead or (
        one.mac in ("SHA256", "SHA384", "OMAC", "IMIT") and "PSK" not in one.key_exchange
    )
    return version is Version.TLS12 or not newer or one.key_exchange == "GOST"


def _rank(one: Suite) -> tuple[object, ...]:
    """Some servers read only the first hundred or so, or stop at a long list: what sites use stands in front."""
    usual = one.authentication in _WITH_CERTIFICATE and one.key_exchange in _USUAL_EXCHANGES
    family = next((n for n, word in enumerate(_FAMILIES) if one.cipher.startswith(word)), 9)
    return (
        not (usual or one.authentication in ("TLS13", "anon")),
        one.key_exchange in ("DH", "ECDH") or one.cipher.startswith("ARIA") or "OLD" in one.cipher,
        bool(weakness(one)),
        not forward_secret(one),
        not one.aead,
        family,
        one.key_exchange != "ECDHE",
        -one.bits,
        one.number,
    )
