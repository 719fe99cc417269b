"""What an issuer says of a certificate: lists and OCSP, told apart from answers that prove nothing."""

import datetime as dt
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from checks.evidence.base import SIDE_OF, Cause, NotCaptured, Side
from checks.evidence.certificates import Revocation, RevocationSource, RevocationState
from scanner.certificates import load_der
from scanner.once import Once
from scanner.probes.tls.revocation import (
    ANSWER_BYTES,
    LIST_BYTES,
    Asked,
    HeldList,
    Lists,
    NoProof,
    Pair,
    by_ocsp,
    check_list,
    entry_of,
    read_list,
    read_staple,
    request_url,
    revocation,
)
from tests.limbo.forge import resigned, serial
from tests.scanner.auxiliary import Hosted, hosting
from tests.scanner.builders import HOST
from tests.scanner.chains import (
    NOW,
    Made,
    authority,
    forged,
    found_at,
    listed_at,
    made,
    name,
    ocsp_answer,
    part,
    revoked_list,
)

URL = "http://ca.example/part7.crl"
ROOT = authority("Root")
LEAF = made(HOST, ROOT, extra=[listed_at(URL)])
OTHER = made("other.example", ROOT)
OCSP_SIGNING = ExtendedKeyUsageOID.OCSP_SIGNING
DAY = dt.timedelta(days=1)
SHA1 = hashes.SHA1()  # noqa: S303  It names issuers here, and proves nothing.


def pair(leaf: Made = LEAF, issuer: Made = ROOT) -> Pair:
    """A certificate and its issuer."""
    return Pair(leaf.certificate, issuer.certificate)


def held(crl: x509.CertificateRevocationList) -> HeldList:
    """The list as if fetched."""
    return read_list(crl.public_bytes(Encoding.DER))


def word_of(crl: x509.CertificateRevocationList, of: Pair) -> Revocation:
    """What a list says, or ``NoProof``."""
    check_list(crl, of, NOW)
    return entry_of(held(crl), of.subject, URL)


# Lists


@pytest.mark.parametrize(
    ("revoked", "state"), [((OTHER,), RevocationState.GOOD), ((LEAF,), RevocationState.REVOKED)]
)
@pytest.mark.parametrize(
    "extra",
    [
        pytest.param([], id="whole"),
        pytest.param([part(URL)], id="partitioned"),
        pytest.param([part("http://elsewhere.example/x", URL)], id="one-of-two-places"),
        pytest.param([part(users=True)], id="for-servers"),
        pytest.param([part(URL, users=True)], id="partitioned-for-servers"),
        pytest.param([(x509.CRLNumber(7), False)], id="numbered"),
    ],
)
def test_a_list_speaks(
    revoked: tuple[Made, ...],
    state: RevocationState,
    extra: list[tuple[x509.ExtensionType, bool]],
) -> None:
    """Named in it: revoked, with day and reason; not named: good."""
    word = word_of(revoked_list(ROOT, *revoked, extra=extra), pair())
    assert (word.state, word.source, word.url) == (state, RevocationSource.CRL, URL)
    assert word.next_update == NOW + 6 * DAY
    if state is RevocationState.REVOKED:
        assert (word.revoked_at, word.reason) == (NOW - 3 * DAY, "keyCompromise")


def test_a_list_without_reasons() -> None:
    """Most lists give none."""
    word = word_of(revoked_list(ROOT, LEAF, entry_extra=()), pair())
    assert (word.state, word.reason) == (RevocationState.REVOKED, "")


@pytest.mark.parametrize("number", [1, 127, 128, 255, 256, 1 << 62, (1 << 159) - 1, 0x7F << 120])
def test_serial_numbers_of_every_size(number: int) -> None:
    """Found where it stands, and not where only a part of it does."""
    entry = x509.RevokedCertificateBuilder().revocation_date(NOW).serial_number(number).build()
    crl = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name("Root"))
        .last_update(NOW)
        .next_update(NOW + DAY)
        .add_revoked_certificate(entry)
        .sign(ROOT.key, hashes.SHA256())
    )
    assert held(crl).entry(number) is not None
    assert held(crl).entry(number + 1) is None
    assert held(crl).entry(number << 8) is None
    with pytest.raises(ValueError, match="Negative"):
        held(crl).entry(-number)
    assert held(crl).entry(1 << 2_000) is None


SILENT = authority("Root", may_sign=False)


@pytest.mark.parametrize(
    ("crl", "of", "why"),
    [
        pytest.param(revoked_list(ROOT, named="X"), pair(), "another issuer", id="other-issuer"),
        pytest.param(revoked_list(ROOT, days=(-9, -1)), pair(), "out of date", id="expired"),
        pytest.param(revoked_list(ROOT, days=(1, 9)), pair(), "future", id="not-yet"),
        pytest.param(
            revoked_list(ROOT, extra=[part("http://ca.example/part8.crl")]),
            pair(),
            "another part",
            id="another-part",
        ),
        pytest.param(
            revoked_list(ROOT, extra=[part(URL)]), pair(OTHER), "another part", id="names-no-part"
        ),
        pytest.param(
            revoked_list(ROOT, extra=[part(authorities=True)]),
            pair(),
            "authorities only",
            id="for-authorities",
        ),
        pytest.param(
            revoked_list(ROOT, extra=[part(users=True)]),
            pair(authority("Middle", ROOT)),
            "without authorities",
            id="for-servers-only",
        ),
        pytest.param(
            revoked_list(ROOT, extra=[part(indirect=True)]),
            pair(),
            "other certificates",
            id="indirect",
        ),
        pytest.param(
            revoked_list(ROOT, extra=[(x509.DeltaCRLIndicator(3), True)]),
            pair(),
            "critical",
            id="delta",
        ),
        pytest.param(revoked_list(ROOT), pair(issuer=SILENT), "may not sign", id="no-crl-sign"),
        pytest.param(
            revoked_list(
                ROOT,
                LEAF,
                entry_extra=[(x509.CertificateIssuer([x509.DirectoryName(name("X"))]), True)],
            ),
            pair(),
            "another issuer",
            id="entry-of-another",
        ),
    ],
)
def test_a_list_that_proves_nothing(
    crl: x509.CertificateRevocationList, of: Pair, why: str
) -> None:
    """It neither revokes nor acquits."""
    with pytest.raises(NoProof, match=why):
        word_of(crl, of)


@pytest.mark.parametrize(
    "body", [b"", b"0", b"\x30\x80" * 500, b"-----BEGIN X509 CRL-----\n", LEAF.der]
)
def test_no_list(body: bytes) -> None:
    """Whatever else comes under the address."""
    with pytest.raises(NoProof, match="not a list"):
        read_list(body)


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_both_forms(encoding: Encoding) -> None:
    """DER as it should be, PEM as it sometimes is."""
    crl = revoked_list(ROOT)
    assert read_list(crl.public_bytes(encoding)).crl == crl


# Stapled answers


def responder(**fields: object) -> Made:
    """One whom the issuer named to answer."""
    plain: dict[str, object] = {"usages": (OCSP_SIGNING,), "sans": ()}
    return made("Responder", ROOT, **(plain | fields))  # type: ignore[arg-type]


DELEGATE = responder()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(ocsp_answer(LEAF, ROOT), id="by-the-issuer"),
        pytest.param(ocsp_answer(LEAF, ROOT, by_name=True), id="by-name"),
        pytest.param(ocsp_answer(LEAF, ROOT, delegate=DELEGATE), id="by-a-delegate"),
        pytest.param(ocsp_answer(LEAF, ROOT, delegate=DELEGATE, by_name=True), id="delegate-name"),
        pytest.param(ocsp_answer(LEAF, ROOT, algorithm=hashes.SHA256()), id="sha256-names"),
        pytest.param(ocsp_answer(LEAF, ROOT, days=(-9, None)), id="undated"),
        pytest.param(ocsp_answer(LEAF, ROOT, days=(0.005, 6)), id="clocks-differ-a-little"),
    ],
)
def test_a_staple_speaks(sent: bytes) -> None:
    """Signed, in date, about this certificate."""
    staple = read_staple(sent, pair(), NOW)
    assert staple.fault == ""
    assert staple.answer is not None
    assert staple.answer.state is RevocationState.GOOD
    assert staple.answer.source is RevocationSource.STAPLE


def test_a_staple_that_revokes() -> None:
    """A server may staple its own end."""
    sent = ocsp_answer(LEAF, ROOT, status=ocsp.OCSPCertStatus.REVOKED)
    answer = read_staple(sent, pair(), NOW).answer
    assert answer is not None
    assert (answer.state, answer.reason) == (RevocationState.REVOKED, "superseded")
    assert answer.revoked_at == NOW - 3 * DAY


def unsuccessful() -> bytes:
    """Try later."""
    answer = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    return answer.public_bytes(Encoding.DER)


STRANGER = authority("Stranger")


@pytest.mark.parametrize(
    ("sent", "fault"),
    [
        pytest.param(b"", "not readable", id="empty"),
        pytest.param(b"noise" * 20, "not readable", id="noise"),
        pytest.param(ocsp_answer(LEAF, ROOT)[:-9], "not readable", id="cut"),
        pytest.param(bytes(ANSWER_BYTES + 1), "too long", id="too-long"),
        pytest.param(unsuccessful(), "try_later", id="try-later"),
        pytest.param(ocsp_answer(OTHER, ROOT), "another certificate", id="other-serial"),
        pytest.param(
            ocsp_answer(LEAF, authority("Root")), "another certificate", id="other-issuer-key"
        ),
        pytest.param(ocsp_answer(LEAF, ROOT, days=(-20, -10)), "out of date", id="old"),
        pytest.param(ocsp_answer(LEAF, ROOT, days=(-11, None)), "out of date", id="old-undated"),
        pytest.param(ocsp_answer(LEAF, ROOT, days=(1, 9)), "future", id="future"),
        pytest.param(forged(ocsp_answer(LEAF, ROOT)), "does not verify", id="forged"),
        pytest.param(
            forged(ocsp_answer(LEAF, ROOT, delegate=DELEGATE)),
            "does not verify",
            id="forged-delegate",
        ),
        pytest.param(
            ocsp_answer(LEAF, ROOT, delegate=made("X", STRANGER, usages=(OCSP_SIGNING,))),
            "did not name",
            id="stranger",
        ),
        pytest.param(
            ocsp_answer(LEAF, ROOT, delegate=OTHER), "not for OCSP", id="delegate-without-purpose"
        ),
        pytest.param(
            ocsp_answer(LEAF, ROOT, delegate=responder(usages=None)),
            "not for OCSP",
            id="delegate-for-anything",
        ),
        pytest.param(
            ocsp_answer(LEAF, ROOT, delegate=responder(days=(-90, -5))),
            "certificate out of date",
            id="delegate-expired",
        ),
    ],
)
def test_a_staple_that_proves_nothing(sent: bytes, fault: str) -> None:
    """The fault is named, and there is no answer."""
    staple = read_staple(sent, pair(), NOW)
    assert staple.answer is None
    assert fault in staple.fault


def test_nobody_signed() -> None:
    """The responder's certificate was not sent along."""
    other = made(HOST, STRANGER)
    foreign = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            LEAF.certificate,
            ROOT.certificate,
            SHA1,
            ocsp.OCSPCertStatus.GOOD,
            NOW - DAY,
            NOW + DAY,
            None,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, other.certificate)
        .sign(other.key, hashes.SHA256())
    )
    staple = read_staple(foreign.public_bytes(Encoding.DER), pair(), NOW)
    assert "not signed by the issuer" in staple.fault


@pytest.mark.parametrize("kind", ["RSA", "Ed25519"])
def test_kinds_of_issuers(kind: str) -> None:
    """An issuer's key of another kind signs and is hashed in another way."""
    makers: dict[str, Callable[[], rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey]] = {
        "RSA": lambda: rsa.generate_private_key(65537, 2048),
        "Ed25519": ed25519.Ed25519PrivateKey.generate,
    }
    key = makers[kind]()
    hashed = hashes.SHA256() if kind == "RSA" else None
    root = (
        x509.CertificateBuilder()
        .subject_name(name("Root"))
        .issuer_name(name("Root"))
        .public_key(key.public_key())
        .serial_number(9)
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashed)
    )
    sent = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            LEAF.certificate,
            root,
            SHA1,
            ocsp.OCSPCertStatus.GOOD,
            NOW,
            NOW + DAY,
            None,
            None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, root)
        .sign(key, hashed)
    )
    staple = read_staple(sent.public_bytes(Encoding.DER), Pair(LEAF.certificate, root), NOW)
    assert staple.answer is not None


# Asked over the wire


async def asked_of(
    host: Hosted, leaf: Made, shared: Asked | None = None
) -> Revocation | NotCaptured | None:
    """The issuer's word on a leaf, through the door."""
    return await revocation(host.tools, shared or Asked(Lists(), Once()), pair(leaf), NOW)


async def test_nothing_named() -> None:
    """Nowhere to ask is not a failure."""
    async with hosting({}) as host:
        assert await asked_of(host, OTHER) is None
        assert host.came == 0


async def test_a_list_is_fetched_once() -> None:
    """However many certificates it is asked about."""
    async with hosting({}) as host:
        url = host.url("/all.crl")
        leaves = [made(HOST, ROOT, extra=[listed_at(url)]) for _ in range(3)]
        host.pages["/all.crl"] = revoked_list(ROOT, leaves[1]).public_bytes(Encoding.DER)
        shared = Asked(Lists(), Once())
        said = [await asked_of(host, leaf, shared) for leaf in leaves]
        states = [one.state for one in said if isinstance(one, Revocation)]
        assert states == [RevocationState.GOOD, RevocationState.REVOKED, RevocationState.GOOD]
        assert host.came == 1
        assert host.tools.door.tally.auxiliary == 1
        assert host.agents == {host.tools.user_agent}


async def test_old_lists_make_room() -> None:
    """Beyond the memory set aside, a list is fetched again."""
    async with hosting({}) as host:
        lists = Lists(kept_bytes=1)
        for _ in range(2):
            for path in ("/a.crl", "/b.crl"):
                host.pages[path] = revoked_list(ROOT).public_bytes(Encoding.DER)
                await lists.get(host.tools, host.url(path))
        assert host.came == 4


@pytest.mark.parametrize(
    ("signer", "said"),
    [
        pytest.param(ROOT, RevocationState.REVOKED, id="the-issuer"),
        pytest.param(STRANGER, Cause.NO_ANSWER, id="somebody-else"),
    ],
)
async def test_who_signed_a_list(signer: Made, said: RevocationState | Cause) -> None:
    """The right name and a wrong key prove nothing, and that is not the site's doing; asked twice, verified once."""
    async with hosting({}) as host:
        url = host.url("/x.crl")
        leaf = made(HOST, ROOT, extra=[listed_at(url)])
        listed = revoked_list(ROOT, leaf, signer=signer)
        host.pages["/x.crl"] = listed.public_bytes(Encoding.DER)
        shared = Asked(Lists(), Once())
        for _ in range(2):
            word = await asked_of(host, leaf, shared)
            if isinstance(word, NotCaptured):
                assert "not signed by the issuer (undecodable)" in word.detail
                assert SIDE_OF[word.cause] is Side.BETWEEN
                assert word.cause is said
            else:
                assert word is not None
                assert word.state is said
        assert host.came == 1


async def test_ocsp_where_the_list_fails() -> None:
    """The list first; the responder answers where it cannot."""
    async with hosting({}) as host:
        leaf = made(
            HOST,
            ROOT,
            extra=[listed_at(host.url("/gone.crl")), found_at(responders=[host.url("/ocsp")])],
        )
        host.pages["/ocsp/*"] = ocsp_answer(leaf, ROOT)
        word = await asked_of(host, leaf)
        assert isinstance(word, Revocation)
        assert (word.state, word.source) == (RevocationState.GOOD, RevocationSource.OCSP)
        assert word.url == host.url("/ocsp")
        assert host.came == 2


async def test_a_responder_that_does_not_know() -> None:
    """It answers, and says so."""
    async with hosting({}) as host:
        leaf = made(HOST, ROOT, extra=[found_at(responders=[host.url("/")])])
        host.pages["/*"] = ocsp_answer(leaf, ROOT, status=ocsp.OCSPCertStatus.UNKNOWN)
        word = await asked_of(host, leaf)
        assert isinstance(word, Revocation)
        assert word.state is RevocationState.UNKNOWN


async def test_nobody_answers() -> None:
    """Every trouble is told, and the last cause counts."""
    async with hosting({}) as host:
        leaf = made(
            HOST,
            ROOT,
            extra=[
                listed_at(host.url("/a.crl"), host.url("/b.crl"), host.url("/c.crl")),
                found_at(responders=[host.url("/ocsp"), "https://ca.example/ocsp"]),
            ],
        )
        host.pages["/ocsp/*"] = b"no answer"
        word = await asked_of(host, leaf)
        assert isinstance(word, NotCaptured)
        assert word.cause is Cause.SCANNER_CANNOT
        assert "/a.crl" in word.detail
        assert "not readable" in word.detail
        # Two lists of three, and one responder over http.
        assert host.came == 3


def long_serial() -> Made:
    """A serial number of 200 bytes, which RFC 5280 does not allow."""
    der = resigned(made(HOST, ROOT).der, ROOT.key, serial(b"\x41" * 200))
    return Made(load_der(der), LEAF.key)


async def test_a_question_too_long_for_an_address() -> None:
    """It is not asked in another way."""
    with pytest.raises(NoProof, match="too long"):
        request_url("http://ca.example/", pair(long_serial()))
    async with hosting({}) as host:
        asked = Once[bytes | NotCaptured]()
        word = await by_ocsp(host.tools, asked, host.url("/"), pair(long_serial()), NOW)
        assert isinstance(word, NotCaptured)
        assert word.cause is Cause.SCANNER_CANNOT
        assert host.came == 0


def test_the_question_is_the_address() -> None:
    """Nothing in it that would be read as part of a path."""
    url = request_url("http://ca.example/", pair())
    assert url.startswith("http://ca.example/M")
    assert "/" not in url.removeprefix("http://ca.example/")
    assert request_url("http://ca.example", pair()) == url


async def test_a_responder_that_is_gone() -> None:
    """The status is told, not the long address."""
    async with hosting({}) as host:
        leaf = made(HOST, ROOT, extra=[found_at(responders=[host.url("/ocsp")])])
        word = await asked_of(host, leaf)
        assert isinstance(word, NotCaptured)
        assert (word.cause, word.detail) == (
            Cause.NO_ANSWER,
            f"{host.url('/ocsp')}: status 404 (server-error)",
        )


async def test_a_page_in_place_of_a_list() -> None:
    """It proves nothing."""
    async with hosting({"/x.crl": b"<html>"}) as host:
        leaf = made(HOST, ROOT, extra=[listed_at(host.url("/x.crl"))])
        word = await asked_of(host, leaf)
        assert isinstance(word, NotCaptured)
        assert word.cause is Cause.NO_ANSWER
        assert "not a list of revoked certificates (undecodable)" in word.detail


def test_an_issuer_whose_key_signs_nothing_here() -> None:
    """A key for agreeing on keys: no list and no answer is signed by it."""
    plain = made("Root", ROOT, ca=True)
    key = bytes.fromhex("302a300506032b656e032100") + bytes(31) + b"\x09"
    der = resigned(plain.der, ROOT.key, lambda fields: [*fields[:6], key, *fields[7:]])
    issuer = load_der(der)
    assert not held(revoked_list(ROOT)).signed_by(issuer)
    staple = read_staple(ocsp_answer(LEAF, ROOT), Pair(LEAF.certificate, issuer), NOW)
    assert "signs no answers" in staple.fault


async def test_an_endless_list() -> None:
    """Cut at its bound."""
    async with hosting({}, flood=("/big.crl", LIST_BYTES + 100_000)) as host:
        leaf = made(HOST, ROOT, extra=[listed_at(host.url("/big.crl"))])
        word = await asked_of(host, leaf)
        assert isinstance(word, NotCaptured)
        assert word.cause is Cause.NO_ANSWER
        assert "(budget-bytes)" in word.detail
