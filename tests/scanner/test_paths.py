"""Does a valid path lead to a root we hold?  Generated chains, each with one thing wrong."""

import datetime as dt
import ipaddress
import time
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import NameOID

from checks.evidence.certificates import Path, PathState
from scanner.certificates import covers, load_der, read_certificate
from scanner.practice.certificates import Mint
from scanner.practice.site import CertificatePlan, Key
from scanner.probes.tls.path import MAX_DEPTH, Paths, TrustStore, mozilla_store, store_from_pem
from scanner.probes.tls.path_rules import outside
from tests.limbo.forge import resigned, version_1
from tests.scanner.builders import HOST, TWIN
from tests.scanner.chains import CLIENTS, NOW, SERVERS, Made, authority, key, made

ROOT = authority("Root")
MIDDLE = authority("Middle", ROOT)
LEAF = made(HOST, MIDDLE)
DAY = dt.timedelta(days=1)


def built(*served: Made | bytes, roots: tuple[Made, ...] = (ROOT,), now: dt.datetime = NOW) -> Path:
    """The path of these certificates."""
    store = TrustStore("tests", "2026-11-22", tuple(root.certificate for root in roots))
    return Paths((store,)).build(
        tuple(one if isinstance(one, bytes) else one.der for one in served), now
    )


def subjects(path: Path) -> list[str]:
    """Who stands in it, leaf first."""
    return [step.subject.removeprefix("CN=") for step in path.certificates]


def test_a_good_chain() -> None:
    """Leaf, intermediate, root; the root was not served."""
    path = built(LEAF, MIDDLE)
    assert (path.state, path.objection) == (PathState.TRUSTED, "")
    assert subjects(path) == [HOST, "Middle", "Root"]
    assert [step.served for step in path.certificates] == [True, True, False]
    assert (path.store, path.store_date) == ("tests", "2026-11-22")


@pytest.mark.parametrize(
    "served",
    [
        pytest.param((LEAF, MIDDLE, ROOT), id="root-served-too"),
        pytest.param((LEAF, ROOT, MIDDLE), id="shuffled"),
        pytest.param((LEAF, MIDDLE, MIDDLE, LEAF), id="duplicates"),
        pytest.param((LEAF, b"\x30\x03\x02\x01\x01", MIDDLE), id="malformed-extra"),
        pytest.param((LEAF, b"", MIDDLE), id="empty-extra"),
        pytest.param((LEAF, authority("Somebody else"), MIDDLE), id="stranger-extra"),
        pytest.param((made(HOST, ROOT),), id="directly-below-the-root"),
        pytest.param((made(HOST, MIDDLE, san_critical=True), MIDDLE), id="critical-names"),
        pytest.param((made(HOST, MIDDLE, sans=("other.example",)), MIDDLE), id="other-name"),
        pytest.param((made(HOST, MIDDLE, usages=None), MIDDLE), id="no-purpose-named"),
        pytest.param((made(HOST, MIDDLE, usages=(CLIENTS, SERVERS)), MIDDLE), id="both-purposes"),
    ],
)
def test_trusted(served: tuple[Made | bytes, ...]) -> None:
    """Order, company and names are other checks' questions."""
    path = built(*served)
    assert (path.state, path.objection) == (PathState.TRUSTED, "")


@pytest.mark.parametrize("purposes", [(SERVERS,), (CLIENTS, SERVERS)], ids=["servers", "both"])
def test_an_intermediate_for_servers(purposes: tuple[x509.ObjectIdentifier, ...]) -> None:
    """Authorities no longer grant the client purpose; nothing is wrong with that."""
    middle = authority("For servers", ROOT, extra=[(x509.ExtendedKeyUsage(purposes), False)])
    path = built(made(HOST, middle), middle)
    assert (path.state, path.objection) == (PathState.TRUSTED, "")


def test_the_issuer_is_missing() -> None:
    """It says whom to look for."""
    path = built(LEAF)
    assert path.state is PathState.ISSUER_MISSING
    assert path.missing_issuer == "CN=Middle"
    assert subjects(path) == [HOST]


def test_self_signed() -> None:
    """A leaf of its own making."""
    assert built(made(HOST)).state is PathState.SELF_SIGNED


def test_an_unknown_root() -> None:
    """Served up to a root that no store holds."""
    stranger = authority("Stranger")
    path = built(made(HOST, stranger), stranger)
    assert path.state is PathState.UNKNOWN_ROOT
    assert subjects(path) == [HOST, "Stranger"]


def test_a_name_is_not_enough() -> None:
    """An intermediate of the right name with another key did not sign."""
    impostor = authority("Middle", ROOT)
    assert built(LEAF, impostor).state is PathState.ISSUER_MISSING


def test_a_self_signed_leaf_that_the_operator_trusts() -> None:
    """An extra store may hold the site's own certificate."""
    own = made(HOST)
    assert built(own, roots=(ROOT, own)).state is PathState.TRUSTED


@pytest.mark.parametrize(
    ("root_days", "middle_days", "leaf_days"),
    [
        pytest.param((-1000, 1000), (-500, 500), (-90, -1), id="leaf-expired"),
        pytest.param((-1000, 1000), (-500, 500), (1, 90), id="leaf-not-yet"),
        pytest.param((-1000, 1000), (-500, -5), (-30, 60), id="intermediate-expired"),
        pytest.param((-1000, -5), (-500, 500), (-30, 60), id="root-expired"),
        pytest.param((-1000, -100), (-500, 500), (-30, 60), id="root-expired-before-the-leaf"),
        pytest.param((-1000, 1000), (10, 500), (-30, 60), id="intermediate-not-yet"),
    ],
)
def test_dates_are_another_question(
    root_days: tuple[float, float], middle_days: tuple[float, float], leaf_days: tuple[float, float]
) -> None:
    """The path alone is judged, at a moment inside the leaf's validity (ruling 8)."""
    root = authority("Root", days=root_days)
    middle = authority("Middle", root, days=middle_days)
    leaf = made(HOST, middle, days=leaf_days)
    path = built(leaf, middle, roots=(root,))
    assert path.state is PathState.TRUSTED
    assert len(path.certificates) == 3


def test_two_ways_up_one_expired() -> None:
    """Cross-signed: whichever order they are served in, the way that holds now is taken."""
    old_root, shared = authority("Old root"), key()
    cross = authority("Middle", old_root, own_key=shared, days=(-900, -40))
    good = authority("Middle", ROOT, own_key=shared)
    leaf = made(HOST, good)
    for order in ((cross, good), (good, cross)):
        path = built(leaf, *order, roots=(old_root, ROOT))
        assert path.state is PathState.TRUSTED
        assert subjects(path)[-1] == "Root"
        assert path.certificates[1].not_after > NOW


def test_two_ways_up_one_unknown() -> None:
    """A way to an unknown root beside one to ours."""
    foreign, shared = authority("Foreign"), key()
    cross = authority("Middle", foreign, own_key=shared)
    good = authority("Middle", ROOT, own_key=shared)
    for order in ((cross, good), (good, cross)):
        assert built(made(HOST, good), *order, foreign).state is PathState.TRUSTED


@pytest.mark.parametrize(
    ("chain", "objection"),
    [
        pytest.param(
            lambda: [made(HOST, (a := made("No CA", ROOT, sans=()))), a],
            "no certification authority",
            id="not-a-ca",
        ),
        pytest.param(
            lambda: [
                made(HOST, (b := authority("Low", (a := authority("High", ROOT, path_length=0))))),
                b,
                a,
            ],
            "may not stand this high",
            id="path-length",
        ),
        pytest.param(
            lambda: [made(HOST, (a := authority("No signing", ROOT, may_sign=False))), a],
            "may not sign",
            id="key-usage",
        ),
        pytest.param(
            lambda: [made(HOST, MIDDLE, usages=(CLIENTS,)), MIDDLE],
            "not for servers",
            id="client-only",
        ),
        pytest.param(
            lambda: [
                made(
                    HOST,
                    (
                        a := authority(
                            "For clients", ROOT, extra=[(x509.ExtendedKeyUsage([CLIENTS]), False)]
                        )
                    ),
                ),
                a,
            ],
            "not for servers",
            id="issuer-client-only",
        ),
        pytest.param(
            lambda: [
                made(
                    HOST,
                    (
                        a := authority(
                            "Constrained",
                            ROOT,
                            extra=[
                                (x509.NameConstraints([x509.DNSName("example.org")], None), True)
                            ],
                        )
                    ),
                ),
                a,
            ],
            "may not issue for truong.edu.vn",
            id="name-constraints",
        ),
    ],
)
def test_forbidden_paths(chain, objection: str) -> None:  # type: ignore[no-untyped-def]
    """Signed all the way up, and yet against RFC 5280; the rule is named."""
    path = built(*chain())
    assert path.state is PathState.INVALID
    assert objection in path.objection


def test_constrained_names_that_fit() -> None:
    """The strict verifier takes it, and nothing is objected."""
    fits = (x509.NameConstraints([x509.DNSName("edu.vn")], None), True)
    middle = authority("Constrained", ROOT, extra=[fits])
    assert built(made(HOST, middle), middle).state is PathState.TRUSTED


def test_no_names_at_all() -> None:
    """A strict verifier refuses a leaf without a SAN; the path holds all the same."""
    path = built(made(HOST, MIDDLE, sans=()), MIDDLE)
    assert path.state is PathState.TRUSTED
    assert "strict" in path.objection


def test_a_path_that_is_too_long() -> None:
    """Nobody needs eight authorities."""
    chain = [ROOT]
    for n in range(MAX_DEPTH + 1):
        chain.append(authority(f"Level {n}", chain[-1]))
    path = built(made(HOST, chain[-1]), *reversed(chain[1:]))
    assert (path.state, path.objection) == (PathState.INVALID, "the path is too long")


def test_signed_with_sha_1() -> None:
    """A weak signature is a signature: the path holds, how weak it is another check says."""
    mint = Mint(NOW)
    issued = mint.leaf(CertificatePlan(sha1=True), [HOST])
    root = Made(mint.root.certificate, key())
    path = built(*issued.chain, roots=(root,))
    assert path.state is PathState.TRUSTED
    assert path.certificates[0].signature_hash == "sha1"
    assert "strict" in path.objection
    spoilt = issued.chain[0][:-1] + bytes((issued.chain[0][-1] ^ 1,))
    assert built(spoilt, *issued.chain[1:], roots=(root,)).state is PathState.ISSUER_MISSING


def test_a_weak_key_is_no_broken_path() -> None:
    """1,024 bits are refused by the strict verifier only."""
    mint = Mint(NOW)
    issued = mint.leaf(CertificatePlan(key=Key.RSA_1024), [HOST])
    path = built(*issued.chain, roots=(Made(mint.root.certificate, key()),))
    assert path.state is PathState.TRUSTED
    assert path.certificates[0].key_bits == 1024


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"noise" * 20, LEAF.der[:-9]])
def test_a_malformed_leaf_raises(der: bytes) -> None:
    """The look makes a cause of it."""
    with pytest.raises(ValueError, match=r".*"):
        built(der, MIDDLE)


def test_stores() -> None:
    """Mozilla's is there and dated; an extra one is named, and may not be empty."""
    mozilla = mozilla_store()
    assert len(mozilla.roots) > 100
    assert mozilla.date.startswith("20")
    extra = store_from_pem(ROOT.pem, "extra.pem", "2026-11-01")
    path = Paths((mozilla, extra)).build((LEAF.der, MIDDLE.der), NOW)
    assert (path.state, path.store) == (PathState.TRUSTED, "extra.pem")
    missing = Paths((mozilla,)).build((LEAF.der,), NOW)
    assert missing.store == mozilla.name
    with pytest.raises(ValueError, match=r"no certificate|PEM"):
        store_from_pem(b"nothing here", "empty.pem", "2026-11-01")


def test_certificates_that_all_sign_each_other() -> None:
    """Millions of ways up; the climb ends after some, and trust stays open."""
    keys = [key() for _ in range(6)]
    bases = [made("Mesh", ca=True, own_key=one) for one in keys]
    mesh = [
        made("Mesh", bases[other], ca=True, own_key=keys[one])
        for one in range(6)
        for other in range(6)
        if one != other
    ]
    begin = time.monotonic()
    path = built(made(HOST, bases[0]), *mesh[:18])
    assert path.state in (PathState.ISSUER_MISSING, PathState.INVALID)
    assert time.monotonic() - begin < 2.0


def test_a_key_that_nobody_reads() -> None:
    """An issuer with a key of an unknown kind signs nothing, and is no reason to stop."""
    strange = resigned(
        MIDDLE.der,
        ROOT.key,
        lambda fields: [*fields[:6], bytes.fromhex("300b300506032a030403020005"), *fields[7:]],
    )
    assert built(LEAF, strange, MIDDLE).state is PathState.TRUSTED
    assert built(LEAF, strange).state is PathState.ISSUER_MISSING


def test_an_old_root() -> None:
    """Version 1 has no extensions; a store's word stands in for them, for a root and nobody else."""
    old = resigned(ROOT.der, ROOT.key, version_1)
    path = built(LEAF, MIDDLE, roots=(Made(load_der(old), ROOT.key),))
    assert path.state is PathState.TRUSTED
    middle = resigned(MIDDLE.der, ROOT.key, version_1)
    path = built(LEAF, middle)
    assert (path.state, "no certification authority" in path.objection) == (PathState.INVALID, True)


MAIL = x509.RFC822Name("head@truong.edu.vn")
DIRECTORY = x509.DirectoryName(
    x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "  TRUONG.edu.VN ")])
)
V4, V6 = ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/32")


@pytest.mark.parametrize(
    ("permitted", "excluded", "shown", "why"),
    [
        pytest.param([x509.DNSName("")], None, (), "", id="every-name"),
        pytest.param(None, [x509.DNSName("")], (), "may not issue", id="no-name"),
        pytest.param([x509.DNSName("EDU.vn.")], None, (), "", id="letters-fold"),
        pytest.param([x509.DNSName("u.vn")], None, (), "may not issue", id="part-of-a-label"),
        pytest.param([x509.DNSName(".edu.vn")], None, (), "", id="leading-dot"),
        pytest.param(
            [x509.DNSName(".truong.edu.vn")], None, (), "may not issue", id="leading-dot-is-below"
        ),
        pytest.param([x509.DNSName("edu..vn")], None, (), "malformed DNSName", id="empty-label"),
        pytest.param([MAIL], None, (), "", id="mail-not-named"),
        pytest.param([MAIL], None, (MAIL,), "not evaluated", id="mail-named"),
        pytest.param([x509.DNSName("edu.vn")], None, (MAIL,), "", id="other-kinds-are-free"),
        pytest.param([DIRECTORY], None, (), "", id="spaces-shrink"),
        pytest.param(None, [DIRECTORY], (), "may not issue", id="excluded-subject"),
        pytest.param(
            [x509.IPAddress(V6)],
            None,
            (x509.IPAddress(ipaddress.ip_address("192.0.2.1")),),
            "may not issue for 192.0.2.1",
            id="other-family",
        ),
        pytest.param(
            None,
            [x509.IPAddress(V4), x509.IPAddress(V6)],
            (x509.IPAddress(ipaddress.ip_address("2001:db8::7")),),
            "may not issue for 2001:db8::7",
            id="excluded-address",
        ),
    ],
)
def test_names_that_an_issuer_may_give(
    permitted: list[x509.GeneralName] | None,
    excluded: list[x509.GeneralName] | None,
    shown: tuple[x509.GeneralName, ...],
    why: str,
) -> None:
    """RFC 5280, 4.2.1.10, kind by kind."""
    names = x509.SubjectAlternativeName([x509.DNSName(HOST), *shown])
    leaf = made(HOST, MIDDLE, sans=(), extra=[(names, False)])
    said = outside(x509.NameConstraints(permitted, excluded), leaf.certificate)
    assert why in said
    assert bool(why) is bool(said)


# Certificates one by one


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("truong.edu.vn", "truong.edu.vn", True),
        ("TRUONG.edu.VN.", "truong.edu.vn", True),
        ("truong.edu.vn", "www.truong.edu.vn", False),
        ("*.truong.edu.vn", "www.truong.edu.vn", True),
        ("*.truong.edu.vn", "truong.edu.vn", False),
        ("*.truong.edu.vn", "a.b.truong.edu.vn", False),
        ("*.edu.vn", "truong.edu.vn", True),
        ("*.vn", "edu.vn", False),
        ("*", "truong", False),
        ("*.", "truong.", False),
        ("w*.truong.edu.vn", "www.truong.edu.vn", False),
        ("www.*.edu.vn", "www.truong.edu.vn", False),
        ("*.*.edu.vn", "www.truong.edu.vn", False),
        ("truong.edu.vn\x00.evil.example", "truong.edu.vn", False),
        ("", "", False),
        ("*.0.0.1", "127.0.0.1", False),
        ("127.0.0.1", "127.0.0.1", True),
    ],
)
def test_covers(pattern: str, host: str, covered: bool) -> None:
    """RFC 6125: a wildcard is one whole leftmost label."""
    assert covers(pattern, host) is covered


def test_facts_of_a_leaf() -> None:
    """What a reader sees."""
    facts = read_certificate(LEAF.der, (HOST, TWIN, "mail.example"))
    assert facts.covers == (HOST, TWIN)
    assert (facts.key_kind, facts.key_bits, facts.signature_hash) == ("EC", 256, "sha256")
    assert (facts.is_ca, facts.malformed) == (False, None)
    assert facts.not_after == NOW + 60 * DAY
    assert read_certificate(MIDDLE.der, ()).is_ca


def test_three_thousand_names() -> None:
    """The match is computed on all, 200 are kept, 3,000 shown."""
    many = [f"n{n}.example.org" for n in range(2_999)]
    facts = read_certificate(made(HOST, ROOT, sans=[*many, HOST]).der, (HOST,))
    assert (len(facts.dns_names), facts.names_total, facts.covers) == (200, 3_000, (HOST,))


@pytest.mark.parametrize("der", [b"", b"\x30\x82\xff\xff", b"\x30\x80" * 20_000, bytes(500)])
def test_malformed_is_evidence(der: bytes) -> None:
    """Never an exception."""
    facts = read_certificate(der, (HOST,))
    assert facts.malformed
    assert facts.not_after is None


def test_without_constraints_and_names() -> None:
    """Absent extensions are absent, not an error."""
    facts = read_certificate(made(HOST, sans=(), constraints=False).der, (HOST,))
    assert (facts.is_ca, facts.names_total, facts.covers) == (False, 0, ())


@pytest.mark.parametrize("kind", ["RSA", "Ed25519", "Ed448", "DSA"])
def test_kinds_of_keys(kind: str) -> None:
    """Each kind with its size."""
    from cryptography.hazmat.primitives.asymmetric import dsa, ed448, ed25519
    from cryptography.hazmat.primitives.hashes import SHA256

    sizes = {"RSA": 2048, "Ed25519": 256, "Ed448": 456, "DSA": 2048}
    makers: dict[str, Callable[[], CertificateIssuerPrivateKeyTypes]] = {
        "RSA": lambda: rsa.generate_private_key(65537, 2048),
        "Ed25519": ed25519.Ed25519PrivateKey.generate,
        "Ed448": ed448.Ed448PrivateKey.generate,
        "DSA": lambda: dsa.generate_private_key(2048),
    }
    private = makers[kind]()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(ROOT.certificate.subject)
        .issuer_name(ROOT.certificate.subject)
        .public_key(private.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + DAY)
        .sign(private, None if kind.startswith("Ed") else SHA256())
    )
    facts = read_certificate(Made(certificate, key()).der, ())
    assert (facts.key_kind, facts.key_bits) == (kind, sizes[kind])
    assert facts.signature_hash == ("none" if kind.startswith("Ed") else "sha256")
