"""A healthy school site as the network probes see it; every builder takes what should differ."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from checks.evidence.base import Cause, NotCaptured, Payload
from checks.evidence.certificates import (
    Certificate,
    Path,
    PathCertificate,
    PathState,
    Revocation,
    RevocationSource,
    RevocationState,
    Sct,
    SctSource,
)
from checks.evidence.delegation import (
    AtServer,
    Delegation,
    Glue,
    ListedServer,
    Listing,
    NsReply,
    SoaReply,
)
from checks.evidence.dnssec import Cut, Digest, Dnssec, Key, State, Validated
from checks.evidence.exchangers import Ending, Exchanger, Exchangers, Session
from checks.evidence.http import Ended, Exchange, Hop, Http
from checks.evidence.mail import DkimLook, MailPolicies, PolicyFile, PolicyState
from checks.evidence.names import HostNames, Look, Lookup, Names, NameServer, Said
from checks.evidence.tls import (
    Acceptance,
    Asked,
    Handshake,
    HandshakeState,
    KeyExchange,
    Offer,
    Preference,
    Suites,
    Tls,
    Traits,
    Version,
)
from checks.evidence.uptime import Sample, Uptime
from checks.evidence.vulnerabilities import Exposed, Vulnerabilities
from checks.judge import AnyCheck, judge
from checks.spec import Finding, Seen
from inventory.model import Site
from scanner.practice.keys_of_mail import GOOD

HOST = "school.edu.vn"
TWIN = "www.school.edu.vn"
ADDRESS = "203.0.113.10"
AS_OF = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MODERN = {Version.TLS12, Version.TLS13}
AES128_GCM, AES256_GCM, CHACHA20 = 0xC02F, 0xC030, 0xCCA8
"""ECDHE with an RSA certificate, AEAD."""
TLS13_AES256, TLS13_CHACHA20, TLS13_AES128 = 0x1302, 0x1303, 0x1301
X25519, P256, X25519MLKEM768 = 29, 23, 0x11EC


def site(**fields: Any) -> Site:
    """A site at the root of its host."""
    return Site(**({"unit": "u1", "url": f"https://{HOST}/", "host": HOST} | fields))


def look(name: str, kind: str, *records: str, said: Said | None = None, total: int = 0) -> Lookup:
    """An answer: found where records are given, else NODATA."""
    return Lookup(
        name=name,
        type=kind,
        said=said or (Said.FOUND if records else Said.NODATA),
        records=records,
        total=total or len(records),
    )


def host_names(host: str = HOST, **fields: Any) -> HostNames:
    """A host with one IPv4 address."""
    healthy: dict[str, Any] = {"a": look(host, "A", ADDRESS), "aaaa": look(host, "AAAA")}
    return HostNames(**({"host": host} | healthy | fields))


def server(name: str, a: str | NotCaptured = "", aaaa: str | NotCaptured = "") -> NameServer:
    """A name server with the addresses given, blanks between them."""
    return NameServer(
        name=name,
        a=a if isinstance(a, NotCaptured) else look(name, "A", *a.split()),
        aaaa=aaaa if isinstance(aaaa, NotCaptured) else look(name, "AAAA", *aaaa.split()),
    )


def names(**fields: Any) -> Names:
    """Names of a school under edu.vn: two name servers in two networks, CAA at the registered name."""
    healthy: dict[str, Any] = {
        "host": host_names(),
        "twin": host_names(TWIN),
        "suffix": "edu.vn",
        "registrable": HOST,
        "suffix_list_date": "2026-11-01",
        "ns": look(HOST, "NS", "ns1.dns.vn.", "ns2.dns.vn."),
        "soa": look(HOST, "SOA", "ns1.dns.vn. hostmaster.dns.vn. 1 7200 3600 1209600 300"),
        "servers": (server("ns1.dns.vn", "198.51.100.1"), server("ns2.dns.vn", "192.0.2.1")),
        "mx": look(HOST, "MX", f"10 mx.{HOST}."),
        "txt": look(HOST, "TXT", "v=spf1 mx -all"),
        "caa": (look(HOST, "CAA", '0 issue "letsencrypt.org"'),),
    }
    return Names(**(healthy | fields))


def soa_reply(**fields: Any) -> SoaReply:
    """The reply of a server that holds the zone."""
    usual: dict[str, Any] = {
        "rcode": "NOERROR", "authoritative": True, "truncated": False, "edns": True, "serial": 1,
    }  # fmt: skip
    return SoaReply(**(usual | fields))


def ns_reply(*servers: str, **fields: Any) -> NsReply:
    """The reply that names these servers."""
    usual: dict[str, Any] = {"rcode": "NOERROR", "authoritative": True, "servers": servers}
    return NsReply(**(usual | fields))


NS1, NS2 = f"ns1.{HOST}", f"ns2.{HOST}"


def at_server(server: str = NS1, address: str = "203.0.113.53", **fields: Any) -> AtServer:
    """A server that answers for the zone, and gives strangers nothing more."""
    usual: dict[str, Any] = {
        "udp": soa_reply(), "again": None, "tcp": soa_reply(), "ns": ns_reply(NS1, NS2),
        "transfer": False, "recursion": False,
    }  # fmt: skip
    return AtServer(server=server, address=address, **(usual | fields))


def listed_server(name: str, *addresses: str, **fields: Any) -> ListedServer:
    """A server that the zone above lists, with its addresses."""
    a = [address for address in addresses if ":" not in address]
    aaaa = [address for address in addresses if ":" in address]
    usual: dict[str, Any] = {
        "at_parent": True, "a": look(name, "A", *a), "aaaa": look(name, "AAAA", *aaaa),
    }  # fmt: skip
    return ListedServer(name=name, **(usual | fields))


def delegation(**fields: Any) -> Delegation:
    """Two servers, one with IPv6, that say what the zone above says."""
    usual: dict[str, Any] = {
        "host": HOST,
        "zone": HOST,
        "parent": "edu.vn",
        "exists": True,
        "own": True,
        "listing": Listing.PARENT,
        "listed": (NS1, NS2),
        "listed_total": 2,
        "glue": (
            Glue(server=NS1, addresses=("203.0.113.53", "2001:db8::53")),
            Glue(server=NS2, addresses=("198.51.100.53",)),
        ),
        "servers": (
            listed_server(NS1, "203.0.113.53", "2001:db8::53"),
            listed_server(NS2, "198.51.100.53"),
        ),
        "servers_total": 2,
        "asked": (
            at_server(NS1, "203.0.113.53"),
            at_server(NS2, "198.51.100.53"),
            at_server(NS1, "2001:db8::53"),
        ),
        "addresses_total": 3,
    }
    return Delegation(**(usual | fields))


def certificate(**fields: Any) -> Certificate:
    """A leaf of 90 days, half way through, with a P-256 key."""
    healthy: dict[str, Any] = {
        "der": b"",
        "sha256": "00",
        "subject": f"CN={HOST}",
        "issuer": "CN=R12",
        "not_before": AS_OF - 45 * DAY,
        "not_after": AS_OF + 45 * DAY - timedelta(seconds=1),
        "dns_names": (HOST, TWIN),
        "names_total": 2,
        "covers": (HOST, TWIN),
        "key_kind": "EC",
        "key_bits": 256,
        "signature_hash": "sha256",
        "is_ca": False,
    }
    return Certificate(**(healthy | fields))


def intermediate(**fields: Any) -> Certificate:
    """The issuer of the leaf, as sent."""
    healthy: dict[str, Any] = {
        "subject": "CN=R12",
        "issuer": "CN=Root X1",
        "dns_names": (),
        "covers": (),
    }
    return certificate(**(healthy | fields))


def step(subject: str, **fields: Any) -> PathCertificate:
    """One step of a path, in date for years."""
    healthy: dict[str, Any] = {
        "sha256": "00",
        "subject": subject,
        "not_before": AS_OF - 400 * DAY,
        "not_after": AS_OF + 400 * DAY,
        "key_kind": "RSA",
        "key_bits": 2048,
        "signature_hash": "sha256",
        "served": True,
    }
    return PathCertificate(**(healthy | fields))


def path(**fields: Any) -> Path:
    """A path over one intermediate to a root that was not sent."""
    healthy: dict[str, Any] = {
        "state": PathState.TRUSTED,
        "certificates": (
            step(f"CN={HOST}"),
            step("CN=R12"),
            step("CN=Root X1", served=False, signature_hash="sha1"),
        ),
        "store": "Mozilla",
        "store_date": "2026-11-01",
    }
    return Path(**(healthy | fields))


def sct(log_id: str, source: SctSource = SctSource.CERTIFICATE) -> Sct:
    """A log's promise, made when the certificate was issued."""
    return Sct(log_id=log_id, logged_at=AS_OF - 45 * DAY, source=source)


def revocation(**fields: Any) -> Revocation:
    """The issuer's list of this week, without the certificate."""
    healthy: dict[str, Any] = {
        "state": RevocationState.GOOD,
        "source": RevocationSource.CRL,
        "url": "http://crl.example/1.crl",
        "this_update": AS_OF - DAY,
        "next_update": AS_OF + 6 * DAY,
    }
    return Revocation(**(healthy | fields))


def handshake(**fields: Any) -> Handshake:
    """A completed handshake with a whole chain that is logged and not revoked; nothing is stapled."""
    healthy: dict[str, Any] = {
        "state": HandshakeState.COMPLETED,
        "version": Version.TLS13,
        "chain": (certificate(), intermediate()),
        "chain_total": 2,
        "path": path(),
        "scts": (sct("aa" * 32), sct("bb" * 32)),
        "revocation": revocation(),
    }
    return Handshake(**(healthy | fields))


def closed(state: HandshakeState = HandshakeState.REFUSED) -> Handshake:
    """A port that was seen closed, or seen to speak something else."""
    return Handshake(state=state)


def versions(
    accepted: set[Version], others: Acceptance | NotCaptured = Acceptance.REFUSED
) -> dict[Version, Acceptance | NotCaptured]:
    """Every version asked: these accepted, the others as given."""
    return {v: Acceptance.ACCEPTED if v in accepted else others for v in Version}


def suites(*accepted: int, **fields: Any) -> Suites:
    """Every suite asked for, these accepted, chosen by the server where it has a choice."""
    healthy: dict[str, Any] = {
        "asked": Asked.ALL,
        "accepted": accepted,
        "preference": Preference.SERVER if len(accepted) > 1 else None,
    }
    return Suites(**(healthy | fields))


def modern_suites() -> dict[Version, Suites | NotCaptured]:
    """What a well kept server accepts."""
    return {
        Version.TLS12: suites(AES128_GCM, AES256_GCM, CHACHA20),
        Version.TLS13: suites(TLS13_AES256, TLS13_CHACHA20, TLS13_AES128),
    }


def key_exchange(**fields: Any) -> KeyExchange:
    """Two curves, in TLS 1.3 after a hybrid group; no finite field."""
    healthy: dict[str, Any] = {
        "named": {Version.TLS12: (X25519, P256), Version.TLS13: (X25519MLKEM768, X25519, P256)}
    }
    return KeyExchange(**(healthy | fields))


def traits(**fields: Any) -> Traits:
    """Nothing that could be held against a server of TLS 1.2 and 1.3."""
    healthy: dict[str, Any] = {
        "compression": False,
        "secure_renegotiation": True,
        "extended_master_secret": True,
        "fallback_refused": True,
        "alpn": ("h2", "http/1.1"),
        "early_data_bytes": 0,
    }
    return Traits(**(healthy | fields))


def exposed(**fields: Any) -> Exposed:
    """One address that gave in to nothing."""
    healthy: dict[str, Any] = {
        "host": HOST,
        "address": ADDRESS,
        "port": 443,
        "heartbleed": False,
        "ccs_injection": False,
        "robot": False,
        "client_renegotiations": 0,
    }
    return Exposed(**(healthy | fields))


def vulnerabilities(*addresses: Exposed) -> Vulnerabilities:
    """The addresses given, or a healthy one."""
    return Vulnerabilities(addresses=addresses or (exposed(),), looked_with="sslyze 6")


def offer(**fields: Any) -> Offer:
    """One address that speaks TLS 1.2 and 1.3."""
    healthy: dict[str, Any] = {
        "host": HOST,
        "address": ADDRESS,
        "port": 443,
        "handshake": handshake(),
        "versions": versions(MODERN),
        "suites": modern_suites(),
        "key_exchange": key_exchange(),
        "traits": traits(),
    }
    return Offer(**(healthy | fields))


def tls(*offers: Offer, twins: tuple[Offer, ...] | None = None, tlsa: Look | None = None) -> Tls:
    """The offers given, or a healthy one, and a healthy twin unless told otherwise; no TLSA is published."""
    own = offers or (offer(),)
    beside = (offer(host=TWIN, versions={}),) if twins is None else twins
    return Tls(
        offers=own,
        twin_offers=beside,
        addresses_total=len(own),
        tlsa=look(f"_443._tcp.{HOST}", "TLSA") if tlsa is None else tlsa,
    )


def hop(url: str = f"https://{HOST}/", status: int = 200, **fields: Any) -> Hop:
    """One answer of the site's address."""
    healthy: dict[str, Any] = {"url": url, "address": ADDRESS, "status": status, "headers": ()}
    return Hop(**(healthy | fields))


def exchange(start_url: str, *hops: Hop, end: Ended | NotCaptured = Ended.ANSWERED) -> Exchange:
    """An endpoint followed to its end."""
    return Exchange(start_url=start_url, hops=hops, end=end)


def http(**fields: Any) -> Http:
    """Http goes to https, which answers; the twin has no endpoints."""
    there = f"https://{HOST}/"
    here = f"http://{HOST}/"
    healthy: dict[str, Any] = {
        "http": exchange(here, hop(here, 301, headers=(("Location", there),)), hop(there)),
        "https": exchange(there, hop(there)),
        "twin_http": None,
        "twin_https": None,
        "canonical_url": there,
    }
    return Http(**(healthy | fields))


def uptime(states: str, *, planned: int | None = None, interval_s: float = 300.0) -> Uptime:
    """A window written as letters: ``u`` up, ``d`` down, ``s`` silent, ``-`` not taken."""
    meaning: dict[str, tuple[bool | None, Cause | None]] = {
        "u": (True, None),
        "d": (False, Cause.SERVER_ERROR),
        "s": (False, Cause.NO_ANSWER),
        "-": (None, Cause.CHALLENGE_PAGE),
    }
    begin = AS_OF - timedelta(seconds=interval_s * len(states))
    return Uptime(
        planned=len(states) if planned is None else planned,
        interval_s=interval_s,
        samples=tuple(
            Sample(
                at=begin + timedelta(seconds=interval_s * i),
                up=meaning[state][0],
                cause=meaning[state][1],
            )
            for i, state in enumerate(states)
        ),
    )


def validated(kind: str = "A", **fields: Any) -> Validated:
    """A secure answer, signed for ten more days."""
    healthy: dict[str, Any] = {
        "name": HOST,
        "type": kind,
        "state": State.SECURE,
        "said": Said.FOUND,
        "zone": HOST,
        "expires_at": AS_OF + 10 * DAY,
    }
    return Validated(**(healthy | fields))


def cut(zone: str = HOST, **fields: Any) -> Cut:
    """A secure zone with one ECDSA key; a public suffix where it has no dot of its own."""
    healthy: dict[str, Any] = {
        "zone": zone,
        "registry": zone in ("", "vn", "edu.vn"),
        "state": State.SECURE,
        "ds": (Digest(tag=7, algorithm=13, digest_type=2, digest="ab" * 32),),
        "keys": (Key(tag=7, algorithm=13, bits=256, entry=True, revoked=False),),
        "expires_at": AS_OF + 12 * DAY,
    }
    return Cut(**(healthy | fields))


def dnssec(**fields: Any) -> Dnssec:
    """A chain from the root to the school, whole."""
    healthy: dict[str, Any] = {
        "host": HOST,
        "registrable": HOST,
        "a": validated(),
        "aaaa": validated("AAAA", said=Said.NODATA),
        "cuts": (cut(""), cut("vn"), cut("edu.vn"), cut()),
        "island": (),
        "anchor": "tests (2026-11-22)",
        "confirmed": True,
    }
    return Dnssec(**(healthy | fields))


RSA_2048 = f"v=DKIM1; k=rsa; p={GOOD}"


def mail(**fields: Any) -> MailPolicies:
    """A domain with SPF without includes, a DMARC record, a key and an MTA-STS policy of its own; no logo."""
    healthy: dict[str, Any] = {
        "domain": HOST,
        "organisational": HOST,
        "mx": look(HOST, "MX", f"10 mx.{HOST}."),
        "spf_lookups": spf_looks("v=spf1 ip4:192.0.2.0/24 -all"),
        "dmarc": (look(f"_dmarc.{HOST}", "TXT", f"v=DMARC1; p=reject; rua=mailto:d@{HOST}"),),
        "dmarc_authorisations": (),
        "dkim": (dkim_look("default", RSA_2048),),
        "mta_sts": look(f"_mta-sts.{HOST}", "TXT", "v=STSv1; id=1"),
        "mta_sts_policy": policy_file(),
        "tls_rpt": look(f"_smtp._tls.{HOST}", "TXT", f"v=TLSRPTv1; rua=mailto:t@{HOST}"),
        "bimi": look(f"default._bimi.{HOST}", "TXT"),
    }
    return MailPolicies(**(healthy | fields))


def dkim_look(selector: str, *records: str, named: bool = False, **fields: Any) -> DkimLook:
    """What stands at a selector; NODATA where no record is given."""
    name = f"{selector}._domainkey.{HOST}"
    return DkimLook(
        selector=selector, named=named, look=fields.get("look") or look(name, "TXT", *records)
    )


def policy_file(**fields: Any) -> PolicyFile:
    """A policy that is enforced and covers the one mail server."""
    healthy: dict[str, Any] = {
        "url": f"https://mta-sts.{HOST}/.well-known/mta-sts.txt",
        "state": PolicyState.ANSWERED,
        "path": PathState.TRUSTED,
        "covers": True,
        "not_before": AS_OF - 45 * DAY,
        "not_after": AS_OF + 45 * DAY,
        "status": 200,
        "content_type": "text/plain; charset=utf-8",
        "text": f"version: STSv1\r\nmode: enforce\r\nmx: *.{HOST}\r\nmx: {HOST}\r\nmax_age: 604800\r\n",
    }
    return PolicyFile(**(healthy | fields))


def mail_session(**fields: Any) -> Session:
    """A mail server that encrypts with TLS 1.3."""
    healthy: dict[str, Any] = {
        "address": "198.51.100.25",
        "port": 25,
        "ending": Ending.ENCRYPTED,
        "announced": f"mx.{HOST}",
        "extensions": ("STARTTLS",),
        "reply": 220,
        "handshake": handshake(scts=(), revocation=None),
    }
    return Session(**(healthy | fields))


def exchanger(*sessions: Session, **fields: Any) -> Exchanger:
    """One exchanger with one address, without TLSA."""
    host = f"mx.{HOST}"
    healthy: dict[str, Any] = {
        "host": host,
        "preference": 10,
        "a": look(host, "A", "198.51.100.25"),
        "aaaa": look(host, "AAAA"),
        "sessions": sessions or (mail_session(),),
        "tlsa": look(f"_25._tcp.{host}", "TLSA"),
    }
    return Exchanger(**(healthy | fields))


def exchangers(*hosts: Exchanger, **fields: Any) -> Exchangers:
    """A domain with one exchanger."""
    healthy: dict[str, Any] = {
        "domain": HOST,
        "mx": look(HOST, "MX", f"10 mx.{HOST}."),
        "exchangers": hosts or (exchanger(),),
        "total": len(hosts) or 1,
    }
    return Exchangers(**(healthy | fields))


def spf_looks(*records: str) -> tuple[Look, ...]:
    """TXT at the domain."""
    return (look(HOST, "TXT", *records),)


def seen(*payloads: Payload, as_of: datetime = AS_OF) -> Seen:
    """What a check may read, from whole payloads."""
    return Seen(site(), {type(payload): payload for payload in payloads}, as_of)


def finding(
    check: AnyCheck,
    *payloads: Payload,
    limits: Mapping[str, Any] | None = None,
    as_of: datetime = AS_OF,
) -> Finding:
    """The check asked by the judge, as in a run."""
    evidence = {type(payload): payload for payload in payloads}
    return judge(check, limits or {}, "u1", site(), evidence, as_of)


def missing(check: AnyCheck, gone: NotCaptured, limits: Mapping[str, Any] | None = None) -> Finding:
    """The check asked where every payload it needs was not captured."""
    evidence: dict[type[Payload], Payload | NotCaptured] = dict.fromkeys(check.needs, gone)
    return judge(check, limits or {}, "u1", site(), evidence, AS_OF)
