"""The cases: built anew after the descriptions of x509-limbo, under its names, and expected as there.

``paths::`` are our own, after the path-building tests of BetterTLS: two ways up, one of them bad.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from tests.limbo.forge import (
    DAY,
    HOST,
    NOW,
    SERVERS,
    Changes,
    Forged,
    authority,
    key,
    leaf,
    named,
    names,
    other_algorithm,
    serial,
    twice,
    usage,
    version_1,
)

UNKNOWN = (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55738.666.1"), b""), True)
CLIENTS = ExtendedKeyUsageOID.CLIENT_AUTH
ANY = ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE
PRECERTIFICATES = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.4")
SAN, KU, EKU = x509.SubjectAlternativeName, x509.KeyUsage, x509.ExtendedKeyUsage
BC, NC = x509.BasicConstraints, x509.NameConstraints
AKI, SKI = x509.AuthorityKeyIdentifier, x509.SubjectKeyIdentifier
NO_CA: Changes = {BC: (BC(ca=False, path_length=None), True)}
MUTE: Changes = {KU: (usage(signs=False), False)}
DNS = x509.DNSName
IP4, IP6 = ipaddress.IPv4Network("192.0.2.0/24"), ipaddress.IPv6Network("::1/128")


@dataclass(frozen=True)
class Case:
    """What is trusted, what was served (leaf first), for which name, when, and whether it should hold."""

    id: str
    holds: bool
    trusted: tuple[Forged, ...]
    served: tuple[Forged, ...]
    name: str = HOST
    at_days: float = 0.0

    @property
    def at(self) -> datetime:
        """The moment of validation."""
        return NOW + self.at_days * DAY


def every_case() -> tuple[Case, ...]:
    """All of them, in order."""
    makers = (
        _path_lengths,
        _authorities,
        _extensions,
        _names_constrained,
        _names_constrained_badly,
        _names_and_levels,
        _identifiers,
        _dates,
        _serials,
        _purposes,
        _names,
        _strength,
        _circles,
        _two_ways,
    )
    return tuple(one for make in makers for one in make())


def san(*values: x509.GeneralName | str, critical: bool = False) -> Changes:
    """These names, and no others."""
    return {SAN: (names(*values), critical)}


def purposes(*oids: x509.ObjectIdentifier, critical: bool = False) -> Changes:
    """For these uses."""
    return {EKU: (EKU(oids), critical)}


def bounds(
    permitted: list[x509.GeneralName] | None = None,
    excluded: list[x509.GeneralName] | None = None,
    *,
    critical: bool = True,
) -> Changes:
    """Constraints on names."""
    return {NC: (NC(permitted, excluded), critical)}


def unchecked(bad: x509.GeneralName, alike: x509.GeneralName) -> Changes:
    """A constraint that the library would not write."""
    constraints = NC([alike], None)
    constraints._permitted_subtrees = [bad]
    return {NC: (constraints, True)}


def directory(text: str) -> x509.DirectoryName:
    """A directoryName of one part."""
    return x509.DirectoryName(named(text))


def _path_lengths() -> Iterator[Case]:
    root = authority("Root")
    for length in (0, 1, 2):
        middle = authority("Middle", root, path_length=length)
        yield Case(
            f"pathlen::ee-with-intermediate-pathlen-{length}", True, (root,), (leaf(middle), middle)
        )
    zero = authority("Zero", root, path_length=0)
    below = authority("Below", zero, path_length=0, changes=san(HOST))
    yield Case("pathlen::validation-ignores-pathlen-in-leaf", True, (root,), (below, zero))
    yield Case(
        "pathlen::intermediate-violates-pathlen-0", False, (root,), (leaf(below), below, zero)
    )
    one = authority("One", root, path_length=1)
    more = authority("More", one, path_length=2)
    yield Case("pathlen::intermediate-pathlen-may-increase", True, (root,), (leaf(more), more, one))
    second = authority("Second", one, path_length=0)
    third = authority("Third", second, path_length=0)
    yield Case(
        "pathlen::intermediate-pathlen-too-long",
        False,
        (root,),
        (leaf(third), third, second, one),
    )
    again = authority("One", one, path_length=1)
    last = authority("Last", again, path_length=0)
    yield Case("pathlen::self-issued-certs-pathlen", True, (root,), (leaf(last), last, again, one))


def _authorities() -> Iterator[Case]:
    root = authority("Root")
    yield Case("rfc5280::ee-empty-issuer", False, (root,), (leaf(root, issuer_name=named("")),))
    nameless = authority("")
    yield Case("rfc5280::ca-empty-subject", False, (nameless,), (leaf(nameless),))
    unrelated = authority("Unrelated")
    middle = authority("Middle", root, path_length=0)
    yield Case("rfc5280::chain-untrusted-root", False, (unrelated,), (leaf(middle), middle, root))
    no_constraints: Changes = {BC: None}
    for fault, changes in (
        ("rfc5280::intermediate-ca-without-ca-bit", NO_CA),
        ("rfc5280::intermediate-ca-missing-basic-constraints", no_constraints),
        ("rfc5280::ica-ku-keycertsign", MUTE),
    ):
        bad = authority("Middle", root, path_length=0, changes=changes)
        yield Case(fault, False, (root,), (leaf(bad), bad))
    loose: Changes = {BC: (BC(ca=True, path_length=None), False)}
    for fault, changes in (
        ("rfc5280::root-missing-basic-constraints", no_constraints),
        ("rfc5280::root-non-critical-basic-constraints", loose),
        ("rfc5280::root-inconsistent-ca-extensions", MUTE),
    ):
        bad = authority("Root", changes=changes)
        yield Case(fault, False, (bad,), (leaf(bad),))
    signs: Changes = {KU: (usage(signs=True, serves=True), False)}
    yield Case("rfc5280::leaf-ku-keycertsign", False, (root,), (leaf(root, changes=signs),))
    yield Case("rfc5280::no-keyusage", True, (root,), (leaf(root, changes={KU: None}),))
    yield Case("rfc5280::no-basicconstraints", True, (root,), (leaf(root, changes={BC: None}),))
    ca: Changes = {BC: (BC(ca=True, path_length=None), True)}
    yield Case("webpki::ee-basicconstraints-ca", False, (root,), (leaf(root, changes=ca),))
    yield Case("webpki::v1-cert", False, (root,), (leaf(root, patch=version_1),))
    yield Case(
        "rfc5280::mismatching-signature-algorithm",
        False,
        (root,),
        (leaf(root, patch=other_algorithm),),
    )


def _extensions() -> Iterator[Case]:
    root = authority("Root")
    yield Case(
        "rfc5280::unknown-critical-extension-ee", False, (root,), (leaf(root, extra=[UNKNOWN]),)
    )
    strange = authority("Root", extra=[UNKNOWN])
    yield Case("rfc5280::unknown-critical-extension-root", False, (strange,), (leaf(strange),))
    middle = authority("Middle", root, extra=[UNKNOWN])
    yield Case(
        "rfc5280::unknown-critical-extension-intermediate",
        False,
        (root,),
        (leaf(middle), middle),
    )
    access = x509.AuthorityInformationAccess(
        [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, DNS("example.com"))]
    )
    yield Case("rfc5280::ee-aia", True, (root,), (leaf(root, extra=[(access, False)]),))
    yield Case(
        "rfc5280::ee-critical-aia-invalid", False, (root,), (leaf(root, extra=[(access, True)]),)
    )
    malformed = x509.UnrecognizedExtension(x509.AuthorityInformationAccess.oid, b"malformed")
    yield Case("webpki::malformed-aia", False, (root,), (leaf(root, extra=[(malformed, False)]),))
    no_names = x509.UnrecognizedExtension(SAN.oid, b"example.com")
    yield Case(
        "rfc5280::san::malformed",
        False,
        (root,),
        (leaf(root, changes={SAN: None}, extra=[(no_names, False)]),),
    )
    yield Case(
        "rfc5280::san::noncritical-with-empty-subject",
        False,
        (root,),
        (leaf(root, changes=san(HOST)),),
    )
    yield Case(
        "rfc5280::duplicate-extensions",
        False,
        (root,),
        (leaf(root, patch=twice(bytes.fromhex("0603551d11"))),),
    )
    policies = x509.PolicyConstraints(require_explicit_policy=3, inhibit_policy_mapping=None)
    loose = authority("Middle", root, extra=[(policies, False)])
    yield Case("rfc5280::pc::ica-noncritical-pc", False, (root,), (leaf(loose), loose))


def _names_constrained() -> Iterator[Case]:
    v4, v6 = x509.IPAddress(IP4), x509.IPAddress(IP6)
    host4, host6 = ipaddress.ip_address("192.0.2.1"), ipaddress.ip_address("::1")
    tables: tuple[tuple[str, bool, Changes, Changes, str], ...] = (
        ("permitted-dns-mismatch", False, bounds([DNS(HOST)]), san("not-example.com"), "not-example.com"),
        ("permitted-dns-match", True, bounds([DNS(HOST)]), {}, HOST),
        ("permitted-dns-match-noncritical", False, bounds([DNS(HOST)], critical=False), {}, HOST),
        ("permitted-dns-match-more", True, bounds([DNS(HOST)]), san("foo.bar.example.com"), "foo.bar.example.com"),
        ("excluded-dns-match", False, bounds(None, [DNS(HOST)]), {}, HOST),
        ("excluded-dns-match-second", False, bounds(None, [DNS("not-allowed.example.com")]), san(HOST, "not-allowed.example.com"), HOST),
        ("permitted-ip-mismatch", False, bounds([v4]), san(x509.IPAddress(ipaddress.ip_address("192.0.3.1"))), "192.0.3.1"),
        ("excluded-ipv4-match", False, bounds(None, [v4]), san(x509.IPAddress(host4)), "192.0.2.1"),
        ("excluded-ipv6-match", False, bounds(None, [v6]), san(x509.IPAddress(host6)), "::1"),
        ("permitted-ipv4-match", True, bounds([v4]), san(x509.IPAddress(host4)), "192.0.2.1"),
        ("permitted-ipv6-match", True, bounds([v6]), san(x509.IPAddress(host6)), "::1"),
        ("excluded-match-permitted-and-excluded", False, bounds([DNS(HOST)], [DNS(HOST)]), {}, HOST),
        ("permitted-different-constraint-type", True, bounds([v4]), {}, HOST),
        ("excluded-different-constraint-type", True, bounds(None, [v4]), {}, HOST),
        ("nc-permits-invalid-dns-san", False, bounds([DNS(HOST)]), san(".example.com", "foo.example.com"), "foo.example.com"),
        ("nc-permits-invalid-ip-san", False, bounds([v4]), san(x509.IPAddress(IP4), x509.IPAddress(host4)), "192.0.2.1"),
    )  # fmt: skip
    for fault, holds, constraints, shown, name in tables:
        root = authority("Root", changes=constraints)
        served = leaf(root, subject="leaf", changes=san(HOST) | shown)
        yield Case(f"rfc5280::nc::{fault}", holds, (root,), (served,), name)
    people: tuple[tuple[str, bool, Changes, str, str], ...] = (
        ("permitted-dn-mismatch", False, bounds([directory("foo")]), "not-foo", "not-foo"),
        ("excluded-dn-match", False, bounds(None, [directory("foo")]), "foo", "foo"),
        ("permitted-dn-match", True, bounds([directory("foo")]), "foo", "foo"),
        ("permitted-dn-match-subject-san-mismatch", False, bounds([directory("foo")]), "not-foo", "foo"),
        ("excluded-dn-match-sub-mismatch", False, bounds(None, [directory("foo")]), "foo", "not-foo"),
    )  # fmt: skip
    for fault, holds, constraints, subject, alternative in people:
        root = authority("Root", changes=constraints)
        shown = san(HOST, directory(alternative))
        served = leaf(root, subject=subject, changes=shown)
        yield Case(f"rfc5280::nc::{fault}", holds, (root,), (served,))


def _names_constrained_badly() -> Iterator[Case]:
    host4, host6 = ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")
    tables: tuple[tuple[str, Changes, Changes, str], ...] = (
        ("invalid-dnsname-wildcard", unchecked(DNS("*.example.com"), DNS("x")), san("foo.example.com"), "foo.example.com"),
        ("invalid-dnsname-leading-period", unchecked(DNS(".example.com"), DNS("x")), san("foo.example.com"), "foo.example.com"),
        ("invalid-ipv4-address", unchecked(x509.IPAddress(host4), x509.IPAddress(IP4)), san(x509.IPAddress(host4)), "127.0.0.1"),
        ("invalid-ipv6-address", unchecked(x509.IPAddress(host6), x509.IPAddress(IP6)), san(x509.IPAddress(host6)), "::1"),
    )  # fmt: skip
    for fault, constraints, shown, name in tables:
        root = authority("Root", changes=constraints)
        served = leaf(root, subject="leaf", changes=shown)
        yield Case(f"rfc5280::nc::{fault}", False, (root,), (served,), name)
    root = authority("Root")
    for word, critical in (("noncritical", False), ("critical", True)):
        served = leaf(root, extra=[(NC([DNS(HOST)], None), critical)])
        yield Case(f"rfc5280::nc::not-allowed-in-ee-{word}", False, (root,), (served,))


def _names_and_levels() -> Iterator[Case]:
    root = authority("not-example.com", changes=bounds([DNS(HOST)]) | san("not-example.com"))
    middle = authority("not-example.com", root, changes=san("not-example.com"))
    yield Case("rfc5280::nc::permitted-self-issued", True, (root,), (leaf(middle), middle))
    root = authority("Root", changes=bounds([DNS(HOST)]))
    middle = authority("not-example.com", root, changes=san(HOST))
    served = leaf(middle, subject="not-example.com", changes=san("not-example.com"))
    yield Case(
        "rfc5280::nc::excluded-self-issued-leaf",
        False,
        (root,),
        (served, middle),
        "not-example.com",
    )
    forbidding = bounds([DNS("permitted.example.com")], [DNS("forbidden.example.com")])
    allowed, forbidden = san("permitted.example.com"), san("forbidden.example.com")
    for where in ("intermediate", "root"):
        root = authority("Root", changes=forbidding if where == "root" else {})
        first = authority("First", root, changes=forbidding if where == "intermediate" else {})
        second = authority("Second", first, changes=forbidden)
        yield Case(
            f"rfc5280::nc::intermediate-with-san-rejected-by-{where}-nc",
            False,
            (root,),
            (leaf(second, subject="x", changes=allowed), second, first),
            "permitted.example.com",
        )
    root = authority("Root")
    foo, bar = DNS("foo.example.com"), DNS("bar.example.com")
    for fault, wide, narrow in (("narrows", [foo, bar], [bar]), ("widens", [bar], [foo, bar])):
        first = authority("First", root, changes=bounds([*wide]))
        second = authority("Second", first, changes=bounds([*narrow]))
        served = leaf(second, subject="x", changes=san("foo.example.com"))
        yield Case(
            f"rfc5280::nc::restrictive-permits-in-intermediates-{fault}",
            False,
            (root,),
            (served, second, first),
            "foo.example.com",
        )
    shared, lost = key(), authority("Lost")
    upper = authority("Upper", root, changes=forbidding)
    one = authority("Middle", lost, own_key=shared, changes=forbidden)
    other = authority("Middle", upper, own_key=shared)
    yield Case(
        "rfc5280::nc::nc-forbids-alternate-chain-ica",
        True,
        (root,),
        (leaf(one, subject="x", changes=allowed), upper, one, other),
        "permitted.example.com",
    )
    second_root = authority("Second root")
    upper = authority("Upper", root, changes=bounds(None, [DNS("forbidden.example.com")]))
    one = authority("Middle", upper, own_key=shared, changes=forbidden)
    other = authority("Middle", second_root, own_key=shared, changes=san("free.example.com"))
    yield Case(
        "rfc5280::nc::nc-forbids-same-chain-ica",
        True,
        (root, second_root),
        (leaf(one, subject="x"), upper, one, other),
    )
    # Our own: a wildcard would stand for the excluded name.
    upper = authority("Upper", root, changes=bounds(None, [DNS("secret.example.com")]))
    served = leaf(upper, subject="x", changes=san("*.example.com"))
    yield Case("nc::wildcard-over-excluded", False, (root,), (served, upper), "a.example.com")
    upper = authority("Upper", root, changes=bounds([DNS(HOST)]))
    served = leaf(upper, subject="x", changes=san("*.example.com"))
    yield Case("nc::wildcard-within-permitted", True, (root,), (served, upper), "a.example.com")
    upper = authority("Upper", root, changes=bounds([DNS("a.example.com")]))
    served = leaf(upper, subject="x", changes=san("*.example.com"))
    yield Case("nc::wildcard-beyond-permitted", False, (root,), (served, upper), "a.example.com")


def _identifiers() -> Iterator[Case]:
    own = key()
    same = x509.AuthorityKeyIdentifier.from_issuer_public_key(own.public_key())
    root = authority("Root", own_key=own, changes={AKI: (same, True)})
    yield Case("rfc5280::aki::critical-aki", False, (root,), (leaf(root),))
    root = authority("Root")
    yield Case("rfc5280::aki::leaf-missing-aki", False, (root,), (leaf(root, changes={AKI: None}),))
    middle = authority("Middle", root, path_length=0, changes={AKI: None})
    yield Case("rfc5280::aki::intermediate-missing-aki", False, (root,), (leaf(middle), middle))
    plain = authority("Root", changes={AKI: None})
    yield Case("rfc5280::aki::self-signed-root-missing-aki", True, (plain,), (leaf(plain),))
    cross = authority("Root", authority("Other"), path_length=0, changes={AKI: None})
    yield Case("rfc5280::aki::cross-signed-root-missing-aki", False, (cross,), (leaf(cross),))
    identifier = x509.SubjectKeyIdentifier.from_public_key(own.public_key())
    root = authority("Root", own_key=own, changes={SKI: (identifier, True)})
    yield Case("rfc5280::ski::critical-ski", False, (root,), (leaf(root),))
    bare = authority("Root", changes={SKI: None})
    yield Case("rfc5280::ski::root-missing-ski", False, (bare,), (leaf(bare),))
    root = authority("Root")
    middle = authority("Middle", root, changes={SKI: None})
    yield Case("rfc5280::ski::intermediate-missing-ski", False, (root,), (leaf(middle), middle))


def _dates() -> Iterator[Case]:
    whole, past = (-900.0, 900.0), (-900.0, -30.0)
    for late in ("root", "intermediate", "leaf"):
        root = authority("Root", days=past if late == "root" else whole)
        middle = authority("Middle", root, days=past if late == "intermediate" else whole)
        served = leaf(middle, days=(-60, -30) if late == "leaf" else (-60, 60))
        yield Case(f"rfc5280::validity::expired-{late}", False, (root,), (served, middle))
    month = (0.0, 30.0)
    root = authority("Root", days=month)
    middle = authority("Middle", root, days=month)
    served = leaf(middle, days=month)
    for fault, holds, at_days in (
        ("notbefore-exact", True, 0.0),
        ("notbefore-fractional", False, -0.001 / 86_400),
        ("notafter-exact", True, 30.0),
        ("notafter-fractional", True, 30.0 + 0.005 / 86_400),
    ):
        yield Case(f"rfc5280::validity::{fault}", holds, (root,), (served, middle), at_days=at_days)


def _serials() -> Iterator[Case]:
    root = authority("Root")
    for fault, content in (
        ("too-long", b"\x41" * 22),
        ("zero", b"\x00"),
        ("negative", b"\x81\x23"),
    ):
        served = leaf(root, patch=serial(content))
        yield Case(f"rfc5280::serial::serial-number-{fault}", False, (root,), (served,))


def _purposes() -> Iterator[Case]:
    root = authority("Root")
    signs = ExtendedKeyUsageOID
    tables: tuple[tuple[str, bool, Changes], ...] = (
        ("rfc5280::eku::ee-wrong-eku", False, purposes(CLIENTS)),
        ("rfc5280::eku::ee-without-eku", True, {EKU: None}),
        ("webpki::eku::ee-anyeku", False, purposes(SERVERS, ANY)),
        ("webpki::eku::ee-critical-eku", False, purposes(SERVERS, critical=True)),
        ("webpki::eku::ee-precertificate-only", False, purposes(PRECERTIFICATES)),
        ("webpki::eku::ee-precertificate-with-serverauth", False, purposes(SERVERS, PRECERTIFICATES)),
        ("webpki::eku::ee-serverauth-with-additional", True, purposes(SERVERS, CLIENTS)),
        ("webpki::eku::ee-codesigning-with-serverauth", False, purposes(SERVERS, signs.CODE_SIGNING)),
        ("webpki::eku::ee-ocspsigning-with-serverauth", False, purposes(SERVERS, signs.OCSP_SIGNING)),
    )  # fmt: skip
    for fault, holds, changes in tables:
        yield Case(fault, holds, (root,), (leaf(root, changes=changes),))
    for_servers = authority("Root", changes=purposes(SERVERS))
    yield Case("webpki::eku::root-has-eku", False, (for_servers,), (leaf(for_servers),))
    for_clients = authority("Middle", root, changes=purposes(CLIENTS))
    yield Case(
        "eku::intermediate-for-clients-only", False, (root,), (leaf(for_clients), for_clients)
    )


def _names() -> Iterator[Case]:
    root = authority("Root")
    emoji = DNS._init_without_validation("\U0001f61c.example.com")
    tables: tuple[tuple[str, bool, Changes, str], ...] = (
        ("exact-dns-san", True, san(HOST), HOST),
        ("exact-localhost-ip-san", True, san(x509.IPAddress(ipaddress.ip_address("127.0.0.1"))), "127.0.0.1"),
        ("mismatch-domain-san", False, san(HOST), "example2.com"),
        ("mismatch-subdomain-san", False, san("abc.example.com"), "def.example.com"),
        ("mismatch-subdomain-apex-san", False, san(HOST), "abc.example.com"),
        ("mismatch-apex-subdomain-san", False, san("abc.example.com"), HOST),
        ("public-suffix-wildcard-san", False, san("*.com"), HOST),
        ("leftmost-wildcard-san", True, san("*.example.com"), "foo.example.com"),
        ("wildcard-embedded-leftmost-san", False, san("ba*.example.com"), "baz.example.com"),
        ("wildcard-not-in-leftmost-san", False, san("foo.*.example.com"), "foo.bar.example.com"),
        ("wildcard-match-across-labels-san", False, san("*.example.com"), "foo.bar.example.com"),
        ("wildcard-embedded-ulabel-san", False, san("xn--*-1b3c148a.example.com"), "xn--bliss-1b3c148a.example.com"),
        ("unicode-emoji-san", False, san(emoji), "xn--628h.example.com"),
        ("no-san", False, {SAN: None}, HOST),
        ("san-critical-with-nonempty-subject", False, san(HOST, critical=True), HOST),
    )  # fmt: skip
    for fault, holds, changes, name in tables:
        subject = HOST if fault == "no-san" else "x"
        served = leaf(root, subject=subject, changes=changes)
        yield Case(f"webpki::san::{fault}", holds, (root,), (served,), name)


def _strength() -> Iterator[Case]:
    root = authority("Root")
    small = leaf(root, own_key=ec.generate_private_key(ec.SECP192R1()))
    yield Case("webpki::forbidden-p192-spki-leaf", False, (root,), (small,))
    old_key = dsa.generate_private_key(2048)
    yield Case("webpki::forbidden-dsa-spki-leaf", False, (root,), (leaf(root, own_key=old_key),))
    old_root = authority("Root", own_key=old_key)
    yield Case(
        "webpki::forbidden-signature-algorithm-in-root", False, (old_root,), (leaf(old_root),)
    )


def _circles() -> Iterator[Case]:
    root, second_root = authority("Root"), authority("Second root")
    old = authority("Root", second_root, own_key=root.key, path_length=1, days=(-900, -300))
    yield Case(
        "pathological::multiple-chains-expired-intermediate",
        True,
        (root, second_root),
        (leaf(root), old),
    )
    one, two = authority("One"), authority("Two")
    first = authority("One", two, own_key=one.key)
    second = authority("Two", one, own_key=two.key)
    yield Case(
        "pathological::intermediate-cycle-distinct-cas",
        False,
        (root,),
        (leaf(first), first, second),
    )
    one, two = authority("Same"), authority("Same")
    first = authority("Same", two, own_key=one.key)
    second = authority("Same", one, own_key=two.key)
    yield Case(
        "pathological::intermediate-cycle-same-logical-ca",
        False,
        (root,),
        (leaf(first), first, second),
    )
    # After CVE-2024-0567: four certificates that sign each other in a ring, one of them below the root.
    ring = [authority(name) for name in ("A", "B", "C", "D")]
    linked = [
        authority(name, ring[(n + 1) % 4], own_key=ring[n].key)
        for n, name in enumerate(("A", "B", "C", "D"))
    ]
    way_out = authority("B", root, own_key=ring[1].key)
    yield Case(
        "cve::cve-2024-0567",
        True,
        (root,),
        (leaf(linked[0]), linked[2], linked[1], way_out, linked[0]),
    )


def _two_ways() -> Iterator[Case]:
    """One intermediate with two certificates: the bad one alone, then before and after a good one."""
    first, second, lost = authority("First"), authority("Second"), authority("Lost")
    high = authority("High", first, path_length=0)
    faults: tuple[tuple[str, bool, Forged, Changes, dict[str, object]], ...] = (
        ("expired", False, first, {}, {"days": (-900.0, -10.0)}),
        ("not-yet-valid", False, first, {}, {"days": (10.0, 900.0)}),
        ("name-constraints", False, first, bounds([DNS("other.example")]), {}),
        ("bad-eku", False, first, purposes(CLIENTS), {}),
        ("missing-basic-constraints", False, first, {BC: None}, {}),
        ("not-a-ca", False, first, NO_CA, {}),
        ("may-not-sign", False, first, MUTE, {}),
        ("deprecated-crypto", False, first, {}, {"weakly": True}),
        ("critical-extension", False, first, {}, {"extra": [UNKNOWN]}),
        ("path-length", False, high, {}, {}),
        ("unknown-root", False, lost, {}, {}),
        ("forged", False, first, {}, {"signer": lost}),
        ("other-key", False, first, {}, {"own_key": key()}),
    )
    for fault, holds, above, changes, more in faults:
        shared = key()
        fields: dict[str, object] = {"own_key": shared, "changes": changes, **more}
        bad = authority("Middle", above, **fields)  # type: ignore[arg-type]
        good = authority("Middle", second, own_key=shared)
        beside = (high,) if above is high else ()
        served, roots = leaf(good), (first, second)
        yield Case(f"paths::{fault}-alone", holds, roots, (served, bad, *beside))
        yield Case(f"paths::{fault}-first", True, roots, (served, bad, *beside, good))
        yield Case(f"paths::{fault}-last", True, roots, (served, good, *beside, bad))
    # An old root that expired, cross-signed by one that holds.
    shared = key()
    old = authority("Old", own_key=shared, days=(-900, -10))
    cross = authority("Old", second, own_key=shared)
    middle = authority("Middle", old)
    served = leaf(middle)
    yield Case("paths::expired-root-alone", False, (old, second), (served, middle))
    yield Case("paths::expired-root-cross-signed", True, (old, second), (served, middle, cross))
    yield Case("paths::expired-root-served-too", True, (old, second), (served, middle, old, cross))
