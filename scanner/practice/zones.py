"""The records of each practice site's zone, made of its description."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import dns.rrset

from scanner.practice.behaviours import CANARY_HOST
from scanner.practice.mail import ADDRESS, PROVIDER_HOST
from scanner.practice.ports import INFECTED
from scanner.practice.revocation import AUTHORITY_HOST
from scanner.practice.site import Mail, Naming, Place, Signing, Tlsa

TTL_S = 300
FOR_SALE = "pgdcu-thuchanh.edu.vn"
"""The name of an office that is no more; a service that sells names holds it."""
DNSBL = "maynhiem-thuchanh.example"
"""A block list for ``--dnsbl``."""
Key = tuple[str, str]


@dataclass(frozen=True)
class Zone:
    """One zone as the name server holds it: names in lower case without the last dot."""

    origin: str
    records: dict[Key, tuple[str, ...]]
    naming: Naming = Naming.NORMAL
    signed: bool = False
    """Whether answers are called authenticated, as a resolver says of what DNSSEC proves."""
    served: tuple[tuple[str, str], ...] = ()
    """The name servers, each with one of its addresses."""
    listed: tuple[tuple[str, str], ...] = ()
    """Those that the zone above lists."""
    refusing: frozenset[str] = frozenset()
    """Addresses of servers that know nothing of the zone."""
    late: frozenset[str] = frozenset()
    """Addresses of servers that still hold yesterday's zone."""
    signing: Signing = Signing.NONE
    names: frozenset[str] = field(init=False)
    """Every name that exists, those between the records' names and the origin too."""
    _made: dict[Key, dns.rrset.RRset] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset(_with_ancestors(self)))

    def owner(self, name: str) -> str | None:
        """Where the records of a name stand: at itself, else at a wildcard (RFC 4592); ``None``: no such name."""
        if name in self.names:
            return name
        above = name
        while above not in self.names and above:
            above = above.partition(".")[2]
        star = f"*.{above}"
        return star if star in self.names else None

    def rrset(self, name: str, kind: str) -> dns.rrset.RRset | None:
        """The records of this name and type, made when first asked for."""
        texts = self.records.get((name, kind))
        if texts is None:
            return None
        if (name, kind) not in self._made:
            self._made[name, kind] = dns.rrset.from_text_list(f"{name}.", TTL_S, "IN", kind, texts)
        return self._made[name, kind]


def _with_ancestors(zone: Zone) -> Iterable[str]:
    yield zone.origin
    for name, _ in zone.records:
        above = name
        while above != zone.origin:
            yield above
            above = above.partition(".")[2]


def soa(origin: str, serial: int = 2026112201) -> str:
    """The start-of-authority text of a zone."""
    return f"ns1.{origin}. quantri.{origin}. {serial} 7200 3600 1209600 300"


def zones_elsewhere() -> tuple[Zone, ...]:
    """The zones of the host that nobody should call, of the certificates' authority, of the mail provider, and of a
    name that is for sale; and a block list that is asked by DNS.
    """
    sellers = {(FOR_SALE, "NS"): ("ns1.sedoparking.com.", "ns2.sedoparking.com.")}
    hosts = tuple(
        Zone(host, {(host, "SOA"): (soa(host),), (host, "A"): ("127.0.0.1",), **further})
        for host, further in (
            (CANARY_HOST, {}),
            (AUTHORITY_HOST, {}),
            (PROVIDER_HOST, {}),
            (FOR_SALE, sellers),
        )
    )
    return (*hosts, _block_list())


def _block_list() -> Zone:
    """It has the entry of every such list (RFC 5782, 5), and one of the practice addresses."""
    entries = {"127.0.0.2": "127.0.0.2", INFECTED: "127.0.0.4"}
    records: dict[Key, tuple[str, ...]] = {(DNSBL, "SOA"): (soa(DNSBL),)}
    for address, code in entries.items():
        records[f"{'.'.join(reversed(address.split('.')))}.{DNSBL}", "A"] = (code,)
    return Zone(DNSBL, records)


def zone_of(place: Place, key_sha256: str, mail_key_sha256: str) -> Zone:
    """The zone of one site, whose leaf has a key with this hash, and whose exchanger one with that."""
    plan, origin = place.site.names, place.zone
    mail = place.host if plan.mail_at_host else origin
    exchanger = PROVIDER_HOST if plan.mail is Mail.PROVIDER else f"mail.{origin}"
    records: dict[Key, tuple[str, ...]] = {
        (origin, "SOA"): (soa(origin),),
        (origin, "NS"): tuple(dict.fromkeys(f"{label}.{origin}." for label, _ in plan.servers)),
        (mail, "MX"): tuple(place.fill(text).replace("{exchanger}", exchanger) for text in plan.mx),
        (mail, "TXT"): _quoted(place, plan.spf),
        (f"_dmarc.{origin}", "TXT"): _quoted(place, plan.dmarc),
        (f"default._domainkey.{mail}", "TXT"): _quoted(place, filter(None, [plan.dkim])),
        (f"_smtp._tls.{mail}", "TXT"): _quoted(place, filter(None, [plan.tls_rpt])),
        (origin, "CAA"): plan.caa,
        (place.twin, "A"): plan.twin_addresses,
    }
    records |= {
        (f"{label}.{origin}", "AAAA" if ":" in address else "A"): (address,)
        for label, address in dict.fromkeys((*plan.listed, *plan.servers))
    }
    records |= {
        (place.fill(name), kind): (_text(place, kind, text),) for name, kind, text in plan.extra
    }
    if plan.mail is not Mail.PROVIDER:
        records[exchanger, "A"] = (ADDRESS[plan.mail],)
    for owner, which, key in (
        (f"_{place.https_port}._tcp.{place.host}", plan.tlsa, key_sha256),
        (f"_25._tcp.{exchanger}", plan.mail_tlsa, mail_key_sha256),
    ):
        if which is not Tlsa.NONE:
            # RFC 7671, 5.1: the leaf's own key, by its SHA-256.
            records[owner, "TLSA"] = (f"3 1 1 {key if which is Tlsa.RIGHT else key[::-1]}",)
    if plan.naming is Naming.ALIAS_LOOP:
        records[place.host, "CNAME"] = (f"alias.{origin}.",)
        records[f"alias.{origin}", "CNAME"] = (f"{place.host}.",)
    elif plan.naming is not Naming.NODATA:
        records[place.host, "A"] = plan.addresses
    signed = {plan.tlsa, plan.mail_tlsa} != {Tlsa.NONE} or plan.signing is Signing.SIGNED
    kept = {key: texts for key, texts in records.items() if texts}
    served = tuple((f"{label}.{origin}", address) for label, address in plan.servers)
    listed = tuple((f"{label}.{origin}", address) for label, address in plan.listed) or served
    return Zone(
        origin,
        kept,
        plan.naming,
        signed=signed,
        signing=Signing.SIGNED if signed else plan.signing,
        served=served,
        listed=listed,
        refusing=frozenset(address for label, address in plan.servers if label in plan.lame),
        late=frozenset(address for label, address in plan.servers if label in plan.late),
    )


def _quoted(place: Place, texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(_text(place, "TXT", text) for text in texts)


def _text(place: Place, kind: str, text: str) -> str:
    filled = place.fill(text)
    if kind != "TXT":
        return filled
    # RFC 1035, 3.3.14: a TXT record is of strings of at most 255 octets each.
    return " ".join(f'"{filled[start : start + 255]}"' for start in range(0, len(filled), 255))
