"""What a server was set up to accept, worked out from its configuration alone; nothing here looks at a wire."""

import ssl
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from typing import Any

from checks.evidence.certificates import PathState, RevocationState
from checks.evidence.tls import Preference, Version

OLD_TLS = (Version.TLS10, Version.TLS11)
ALPN_NGINX = ("http/1.1",)
SERVER, CLIENT = Preference.SERVER, Preference.CLIENT

GROUPS = {
    "sect163k1": 1, "sect163r1": 2, "sect163r2": 3, "sect193r1": 4, "sect193r2": 5,
    "sect233k1": 6, "sect233r1": 7, "sect239k1": 8, "sect283k1": 9, "sect283r1": 10,
    "sect409k1": 11, "sect409r1": 12, "sect571k1": 13, "sect571r1": 14,
    "secp160k1": 15, "secp160r1": 16, "secp160r2": 17, "secp192k1": 18, "prime192v1": 19,
    "secp224k1": 20, "secp224r1": 21, "secp256k1": 22, "prime256v1": 23, "secp384r1": 24,
    "secp521r1": 25, "brainpoolP256r1": 26, "brainpoolP384r1": 27, "brainpoolP512r1": 28,
    "X25519": 29, "X448": 30,
    "ffdhe2048": 256, "ffdhe3072": 257, "ffdhe4096": 258, "ffdhe6144": 259, "ffdhe8192": 260,
    "SecP256r1MLKEM768": 0x11EB, "X25519MLKEM768": 0x11EC, "SecP384r1MLKEM1024": 0x11ED,
}  # fmt: skip
"""Groups by the names that OpenSSL's configuration uses, with the numbers of IANA's registry."""
AUTO = (
    *("X25519", "prime256v1", "X448", "secp521r1", "secp384r1"),
    *(name for name in GROUPS if name.startswith("ffdhe")),
)
"""What OpenSSL 3.0 takes where no group is configured (ssl/t1_lib.c, supported_groups_default)."""
_TLS13_ONLY_GROUPS = range(256, 512)
_BELOW_13_ONLY_GROUPS = range(1, 23)
_BRAINPOOL = range(26, 29)
SUITES_13 = {
    "TLS_AES_128_GCM_SHA256": 0x1301,
    "TLS_AES_256_GCM_SHA384": 0x1302,
    "TLS_CHACHA20_POLY1305_SHA256": 0x1303,
    "TLS_AES_128_CCM_SHA256": 0x1304,
    "TLS_AES_128_CCM_8_SHA256": 0x1305,
}
DEFAULT_13 = (
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_GCM_SHA256",
)


class Sign(StrEnum):
    """What kind of key a certificate holds, as far as it decides about suites."""

    RSA = "rsa"
    ECDSA = "ecdsa"
    EDDSA = "eddsa"
    DSS = "dss"


@dataclass(frozen=True, slots=True)
class Dh:
    """A prime that a server uses, as it should be seen."""

    bits: int
    sha256: str


@dataclass(frozen=True)
class Truth:
    """Everything that a whole look at one server must see."""

    suites: Mapping[Version, tuple[int, ...]]
    """By accepted version; in the server's order where ``preference`` says so."""
    preference: Mapping[Version, Preference | None] = field(default_factory=dict)
    groups: Mapping[Version, frozenset[int]] = field(default_factory=dict)
    primes: frozenset[Dh] = frozenset()
    traits: Mapping[str, Any] = field(default_factory=dict)
    """By field of ``Traits``; fields that are not named are not compared."""
    path: PathState | None = None
    chain_total: int | None = None
    must_staple: bool = False
    staple: bool = False
    revocation: RevocationState | None = None
    """What the issuer says of the leaf; ``None`` where the leaf names nobody to ask and nothing is stapled."""
    may_be_cut: bool = False
    """Whether a look that ends early, and says so, is right too: a server that breaks the protocol."""
    may_miss: frozenset[str] = frozenset()
    """Traits that cannot be seen here, so that ``NotCaptured`` is right: no handshake completes."""

    @property
    def versions(self) -> frozenset[Version]:
        """The versions accepted; every other one is refused."""
        return frozenset(self.suites)


@dataclass(frozen=True)
class OpenSsl:
    """A configuration in OpenSSL's words, and what follows from it.

    How OpenSSL 3.0 reads it (ssl_lib.c, ssl_set_masks; ssl_ciph.c; t1_lib.c), with nothing measured:

    - a suite marked TLSv1.2 is for that version alone, one marked SSLv3 or TLSv1 for it and all older ones;
    - a suite is struck when no certificate can sign or decrypt for it: RSA needs an RSA key, ECDSA an EC key or,
      in TLS 1.2 alone, an Ed25519 or Ed448 key, DSS a DSA key; anonymous ones need none;
    - DHE needs a prime (nginx sets none by itself), ECDHE at least one curve;
    - TLS 1.3 has a list of its own, and signs with everything but DSA and curves it does not know;
    - below TLS 1.3 an ECDSA certificate is used only for clients that offer its curve (RFC 8422, 5.1), so where the
      server's order decides, no client is ever given a group that stands after that curve;
    - Brainpool curves and those below 224 bits, secp256k1 among them, end with TLS 1.2; FFDHE begins with 1.3;
    - TLS 1.0 and 1.1 need security level 0, which the cipher string sets.
    """

    versions: tuple[Version, ...] = (Version.TLS12, Version.TLS13)
    ciphers: tuple[str, ...] = (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-CHACHA20-POLY1305",
    )
    ciphers_13: tuple[str, ...] = DEFAULT_13
    signs: frozenset[Sign] = frozenset({Sign.ECDSA})
    curves: tuple[str, ...] = ("X25519", "prime256v1", "secp384r1")
    dh: Dh | None = None
    order: Preference = Preference.SERVER
    certificate_curve: str = ""
    """The curve of the only certificate, where that is an ECDSA one."""

    def suites(self) -> dict[Version, tuple[int, ...]]:
        """The numbers accepted, by version, in the order of the configuration."""
        found = {version: self._suites_of(version) for version in self.versions}
        return {version: numbers for version, numbers in found.items() if numbers}

    def truth(self, **more: Any) -> Truth:
        """All that follows; ``more`` replaces fields that the configuration's extras decide."""
        suites = self.suites()
        accepted = tuple(version for version in Version if version in suites)
        below = [version for version in accepted if version is not Version.TLS13]
        groups: dict[Version, frozenset[int]] = {}
        if Version.TLS13 in suites:
            groups[Version.TLS13] = self._groups_13()
        if below and self._uses(suites[below[-1]], "kx-ecdhe"):
            groups[below[-1]] = self._groups_below()
        uses_dh = any(self._uses(suites[version], "kx-dhe") for version in below)
        made = Truth(
            suites=suites,
            preference={
                version: self.order if len(numbers) > 1 else None
                for version, numbers in suites.items()
            },
            groups=groups,
            primes=frozenset({self.dh}) if self.dh and uses_dh else frozenset(),
            traits={
                "compression": False if below else None,
                "secure_renegotiation": True if below else None,
                "extended_master_secret": True if below else None,
                "fallback_refused": True if len(accepted) > 1 else None,
                "alpn": ALPN_NGINX,
                "early_data_bytes": 0 if Version.TLS13 in suites else None,
            },
        )
        traits = {**made.traits, **more.pop("traits", {})}
        return replace(made, traits=traits, **more)

    def _suites_of(self, version: Version) -> tuple[int, ...]:
        if version is Version.TLS13:
            usable = self.signs & {Sign.RSA, Sign.ECDSA, Sign.EDDSA} and self._groups_13()
            return tuple(SUITES_13[name] for name in self.ciphers_13) if usable else ()
        return tuple(
            suite.number
            for suite in (openssl_suites()[name] for name in self.ciphers)
            if self._fits(suite, version)
        )

    def _fits(self, suite: "Suite", version: Version) -> bool:
        if suite.since_12 and version is not Version.TLS12:
            return False
        ecdsa = {Sign.ECDSA, Sign.EDDSA} if version is Version.TLS12 else {Sign.ECDSA}
        able = {
            "auth-rsa": Sign.RSA in self.signs,
            "auth-ecdsa": bool(self.signs & ecdsa),
            "auth-dss": Sign.DSS in self.signs,
            "auth-null": True,
        }[suite.authentication]
        agrees = {
            "kx-rsa": Sign.RSA in self.signs,
            "kx-dhe": self.dh is not None,
            "kx-ecdhe": bool(self.curves),
        }[suite.key_exchange]
        return able and agrees

    def _uses(self, numbers: Collection[int], key_exchange: str) -> bool:
        return any(
            suite.key_exchange == key_exchange
            for suite in openssl_suites().values()
            if suite.number in numbers
        )

    def _groups_13(self) -> frozenset[int]:
        numbers = (GROUPS[name] for name in self.curves)
        return frozenset(
            n for n in numbers if n not in _BELOW_13_ONLY_GROUPS and n not in _BRAINPOOL
        )

    def _groups_below(self) -> frozenset[int]:
        curves = self.curves
        if self.order is Preference.SERVER and self.certificate_curve in curves:
            curves = curves[: curves.index(self.certificate_curve) + 1]
        numbers = (GROUPS[name] for name in curves)
        return frozenset(n for n in numbers if n not in _TLS13_ONLY_GROUPS)


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite below TLS 1.3 as OpenSSL's own table has it."""

    number: int
    key_exchange: str
    authentication: str
    since_12: bool


@cache
def openssl_suites() -> Mapping[str, Suite]:
    """Every suite that OpenSSL knows, by its name for it: number, key exchange and authentication."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    rows: Sequence[Mapping[str, Any]] = context.get_ciphers()
    return {
        row["name"]: Suite(
            row["id"] & 0xFFFF, row["kea"], row["auth"], row["protocol"] == "TLSv1.2"
        )
        for row in rows
        if row["protocol"] != "TLSv1.3"
    }


def every_suite(*key_exchanges: str) -> tuple[str, ...]:
    """All names of OpenSSL below TLS 1.3 with one of these key exchanges, strongest first."""
    return tuple(
        name for name, suite in openssl_suites().items() if suite.key_exchange in key_exchanges
    )
