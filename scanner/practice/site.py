"""What a practice site is: a small description of a school, of its faults, and of the truth about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scanner.practice import behaviours as act
from scanner.practice.flights import TLS12, TLS13, Script
from scanner.practice.keys_of_mail import GOOD
from scanner.practice.ports import MAIN
from scanner.practice.truth import NOT_TESTED, STRANGERS, UNPERMITTED, VULNERABILITIES, healthy

Headers = tuple[tuple[str, str], ...]

HEALTHY_HEADERS: Headers = (
    ("Server", "nginx"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Content-Security-Policy", "default-src 'self'; object-src 'none'; base-uri 'self'"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)


def without(*names: str) -> Headers:
    """The healthy headers, some left out."""
    gone = {name.lower() for name in names}
    return tuple(pair for pair in HEALTHY_HEADERS if pair[0].lower() not in gone)


def replaced(*pairs: tuple[str, str]) -> Headers:
    """The healthy headers, some sent with another value (or added; twice where named twice)."""
    return without(*(name for name, _ in pairs)) + pairs


class Port(StrEnum):
    """What a port does before any protocol is spoken."""

    OPEN = "open"
    CLOSED = "closed"
    SILENT = "silent"
    """Accepts, and never answers."""
    PLAIN = "plain"
    """Speaks plain HTTP where TLS is expected."""


class Issuer(StrEnum):
    """Who signed a leaf."""

    INTERMEDIATE = "intermediate"
    STRANGER = "stranger"
    """A root of its own, served, which is not in the fleet's trust store."""
    SELF = "self"


class Key(StrEnum):
    """The kind of key in a leaf."""

    EC_256 = "ec-256"
    RSA_2048 = "rsa-2048"
    RSA_1024 = "rsa-1024"


class RevocationList(StrEnum):
    """Where a leaf says that its issuer's list of revoked certificates lies."""

    NONE = "none"
    CURRENT = "current"
    OLD = "old"
    """First where nothing listens, then where the list of last month still lies."""


@dataclass(frozen=True)
class CertificatePlan:
    """A leaf, described.  ``names`` hold ``{host}`` and ``{zone}``; days count from the fleet's start.

    The lifetime of a healthy leaf stays under every limit that authorities are to keep until 2029 and after.
    """

    names: tuple[str, ...] = ("{host}", "{twin}")
    from_days: float = -10
    to_days: float = 36
    issuer: Issuer = Issuer.INTERMEDIATE
    key: Key = Key.EC_256
    sha1: bool = False
    serve_intermediate: bool = True
    crl: RevocationList = RevocationList.NONE
    revoked: bool = False
    must_staple: bool = False


MODERN = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!SHA1:!AESCCM"
"""What Python allows a server by itself, spelt out, because systems change it."""


@dataclass(frozen=True)
class TlsPlan:
    """How a TLS server speaks: really in TLS 1.2 and TLS 1.3, by script in others, or instead of TLS 1.2."""

    tls12: bool = True
    tls13: bool = True
    scripted: tuple[Script, ...] = ()
    asks_client_certificate: bool = False
    ciphers: str = MODERN
    """Of real versions below TLS 1.3."""
    insecure: bool = False
    """OpenSSL is told to allow what it refuses to serve by itself."""
    client_chooses: bool = False
    short_dh: bool = False
    """Diffie-Hellman with the 1024 bits of RFC 2409, beside the curves."""
    binds_master_secret: bool = True
    alpn: tuple[str, ...] = ("http/1.1",)
    hybrid: bool = False
    """The wish for X25519MLKEM768, by script; the group itself is left to the local OpenSSL."""

    @property
    def real(self) -> bool:
        """Whether a real TLS server stands on the port."""
        return self.tls12 or self.tls13

    @property
    def best(self) -> int:
        """The best wire version spoken."""
        spoken = [script.version for script in self.scripted]
        spoken += [TLS12] if self.tls12 else []
        return max([*spoken, TLS13] if self.tls13 else spoken)


class Naming(StrEnum):
    """How the name server behaves for a whole zone."""

    NORMAL = "normal"
    NXDOMAIN = "nxdomain"
    NODATA = "nodata"
    """The names exist; the host has no address."""
    SERVFAIL = "servfail"
    REFUSED = "refused"
    SILENT = "silent"
    BOGUS = "bogus"
    """SERVFAIL with extended error 6, and an answer once the asker sets CD."""
    TRUNCATED = "truncated"
    """Whole answers over TCP only."""
    ALIAS_LOOP = "alias-loop"


class Tlsa(StrEnum):
    """The TLSA record of the host, in a zone that the name server calls authenticated where there is one."""

    NONE = "none"
    RIGHT = "right"
    FORGOTTEN = "forgotten"
    """It names the key of a certificate that is gone."""


class Signing(StrEnum):
    """What DNSSEC there is in a zone; the root and the suffixes above it are always signed."""

    NONE = "none"
    SIGNED = "signed"
    NO_DS = "no-ds"
    """Signed, and the parent was never told."""
    EXPIRED = "expired"
    WRONG_DS = "wrong-ds"


class Mail(StrEnum):
    """Who takes a school's mail, and how."""

    PROVIDER = "provider"
    """The exchanger that schools share; it encrypts."""
    OWN = "own"
    """A name of the school's own for it."""
    PLAIN = "plain"
    """An exchanger of the school's own, on 127.0.0.2, without STARTTLS."""
    OLD_TLS = "old-tls"
    """The same on 127.0.0.3, with TLS 1.0 alone."""


@dataclass(frozen=True)
class ZonePlan:
    """What stands in a site's zone.  Texts may hold ``{host}`` and ``{zone}``."""

    naming: Naming = Naming.NORMAL
    addresses: tuple[str, ...] = ("127.0.0.1",)
    twin_addresses: tuple[str, ...] = ()
    servers: tuple[tuple[str, str], ...] = (("ns1", "192.0.2.53"), ("ns2", "198.51.100.53"))
    """Name servers below the zone, each with one of its addresses; ``authorities.py`` says which are played."""
    listed: tuple[tuple[str, str], ...] = ()
    """Those that the zone above lists instead; the same ones where empty."""
    lame: tuple[str, ...] = ()
    """Servers that refuse to speak of the zone."""
    late: tuple[str, ...] = ()
    """Servers that still hold yesterday's zone."""
    caa: tuple[str, ...] = ('0 issue "letsencrypt.org"',)
    spf: tuple[str, ...] = ("v=spf1 mx -all",)
    dmarc: tuple[str, ...] = ("v=DMARC1; p=reject; rua=mailto:dmarc@{zone}",)
    mx: tuple[str, ...] = ("10 {exchanger}.",)
    """``{exchanger}`` is the host that ``mail`` tells of."""
    dkim: str = f"v=DKIM1; k=rsa; p={GOOD}"
    """The key record at the selector ``default``; empty where there is none."""
    tls_rpt: str = "v=TLSRPTv1; rua=mailto:tlsrpt@{zone}"
    mail_at_host: bool = False
    """All of mail stands at the host below the registered name, DMARC stays above it."""
    tlsa: Tlsa = Tlsa.NONE
    """A zone with such records is signed too."""
    signing: Signing = Signing.NONE
    mail: Mail = Mail.PROVIDER
    mail_tlsa: Tlsa = Tlsa.NONE
    """The same of the exchanger; it needs one of the school's own."""
    extra: tuple[tuple[str, str, str], ...] = ()
    """Further records: name, type, text."""


@dataclass(frozen=True)
class PagePlan:
    """What the home page shows."""

    title: str = ""
    """Shown in front of the school's name."""
    generator: str = "NukeViet"
    contact: bool = True
    says_whose: bool = True
    """Without it the page names neither school nor anybody else."""
    policy: bool = True
    badge_of: str = ""
    """Host whose trust-label badge is shown; ``{host}`` for the site's own."""
    head: str = ""
    """Markup that the head holds beside the rest."""
    body: str = ""
    """Markup that the page holds below its news."""
    files: tuple[tuple[str, str, str | bytes], ...] = ()
    """Further addresses: path, content type, text or bytes; in text ``{host}`` and the like are filled in.  Pages that every school
    has are replaced by one of the same path."""


@dataclass(frozen=True)
class WebPlan:
    """What the web servers of a site do."""

    https_port: Port = Port.OPEN
    http_port: Port = Port.OPEN
    https: act.Behaviour = act.show_site
    http: act.Behaviour = act.redirect_to_https
    headers: Headers = HEALTHY_HEADERS
    page: PagePlan = field(default_factory=PagePlan)
    security_txt: str = (
        "Contact: mailto:quantri@{zone}\nExpires: {next_year}\nPreferred-Languages: vi, en\n"
    )
    """Empty: the file is not there."""
    gzip: bool = False


@dataclass(frozen=True, eq=False)
class PracticeSite:
    """One imagined school with its website, its faults, and the true outcome of every check."""

    id: str
    name: str
    kind: str
    commune: str
    manager: str
    host: str
    fault: str
    """The planted faults, in a sentence."""
    zone: str = ""
    """The registered name; the host itself where empty."""
    certificate: CertificatePlan = field(default_factory=CertificatePlan)
    second_certificate: CertificatePlan | None = None
    """Served on 127.0.0.2, where the site has that address too."""
    tls: TlsPlan = field(default_factory=TlsPlan)
    web: WebPlan = field(default_factory=WebPlan)
    second_web: WebPlan | None = None
    """What stands on 127.0.0.2, where the site has that address too and the two differ."""
    names: ZonePlan = field(default_factory=ZonePlan)
    registration_days: int | None = 300
    """How many days after the fleet's start the registration ends, as the inventory tells; ``None``: it does not tell."""
    truth: Mapping[str, str] = field(default_factory=healthy)
    causes: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """For a *not-tested*: the causes that are right, where more than the outcome is known."""
    platform: str = ""
    """Who built the site, as the inventory tells; empty where it tells nothing."""
    hangs: bool = False
    """Keeps a scanner waiting on purpose; left out of benchmarks."""
    bench: bool = True

    @property
    def right_causes(self) -> Mapping[str, frozenset[str]]:
        """The same with those of what the fleet's permission does not name."""
        closed = [c for c in (*VULNERABILITIES, *STRANGERS) if self.truth[c] == NOT_TESTED]
        return {**dict.fromkeys(closed, UNPERMITTED), **self.causes}

    @property
    def registered(self) -> str:
        """The registered name above (or at) the host."""
        return self.zone or self.host.removeprefix("www.")

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that a name of the site has; those of the twin alone come last."""
        return tuple(dict.fromkeys(self.names.addresses + self.names.twin_addresses))

    @property
    def needs_second_address(self) -> bool:
        """Whether the case exists only where further addresses of loopback can be bound."""
        return self.addresses != (MAIN,) or self.names.mail in (Mail.PLAIN, Mail.OLD_TLS)


@dataclass(frozen=True, eq=False)
class Place:
    """A practice site that was given names and ports in a running fleet."""

    site: PracticeSite
    copy: int
    unit: str
    name: str
    host: str
    zone: str
    https_port: int
    http_port: int
    now: datetime
    canary_port: int

    @property
    def twin(self) -> str:
        """The other of ``www.host`` and ``host``."""
        return (
            self.host.removeprefix("www.") if self.host.startswith("www.") else f"www.{self.host}"
        )

    @property
    def url(self) -> str:
        """The site's address in its canonical form."""
        return f"https://{self.host}:{self.https_port}/"

    def fill(self, text: str) -> str:
        """Put this place's own names into a text of the description."""
        return (
            text.replace("{host}", self.host)
            .replace("{twin}", self.twin)
            .replace("{home}", self.url.rstrip("/"))
            .replace("{zone}", self.zone)
            .replace("{next_year}", f"{self.now.replace(month=1, day=1).year + 1}-06-30T00:00:00Z")
            .replace("{last_year}", f"{self.now.year - 1}-06-30T00:00:00Z")
        )
