"""What is said of mail servers, from built evidence; the looks themselves are in tests/scanner."""

import hashlib
from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import PathState
from checks.evidence.exchangers import Ending, Exchangers
from checks.evidence.names import Lookup, Said
from checks.evidence.tls import Version
from checks.parsing.exchangers import is_null, mx_hosts
from checks.rules.exchangers import mx_encrypts, mx_tlsa_matches
from checks.spec import Finding, Outcome
from tests.builders.network import (
    HOST,
    certificate,
    closed,
    exchanger,
    exchangers,
    finding,
    handshake,
    look,
    mail_session,
    missing,
    path,
)

MET, NOT_MET, OPEN = Outcome.MET, Outcome.NOT_MET, Outcome.NOT_TESTED
ASIDE, REVIEW = Outcome.NOT_APPLICABLE, Outcome.NEEDS_REVIEW
MX = f"mx.{HOST}"
SILENT = NotCaptured(cause=Cause.NO_ANSWER)
SERVFAIL = NotCaptured(cause=Cause.DNS_SERVFAIL)
BOGUS = look(HOST, "MX", said=Said.BOGUS)
GONE = look(MX, "A", said=Said.NXDOMAIN)


def said_of(found: Exchangers) -> Finding:
    """What ``mx-encrypts`` says."""
    return finding(mx_encrypts, found)


def one(**session: Any) -> Exchangers:
    """A domain with one exchanger, whose session is like this."""
    return exchangers(exchanger(mail_session(**session)))


@pytest.mark.parametrize(
    ("version", "outcome", "reason"),
    [
        pytest.param(Version.TLS13, MET, "", id="1.3"),
        pytest.param(Version.TLS12, MET, "", id="1.2"),
        pytest.param(Version.TLS11, NOT_MET, "old-tls", id="1.1"),
        pytest.param(Version.TLS10, NOT_MET, "old-tls", id="1.0"),
        pytest.param(Version.SSL3, NOT_MET, "old-tls", id="ssl-3"),
        pytest.param(None, OPEN, "", id="without-a-name"),
    ],
)
def test_the_version_decides(version: Version | None, outcome: Outcome, reason: str) -> None:
    """TLS 1.2 is the bar."""
    said = said_of(one(handshake=handshake(version=version)))
    assert (said.outcome, said.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("ending", "outcome", "reason"),
    [
        (Ending.NO_STARTTLS, NOT_MET, "no-starttls"),
        (Ending.STARTTLS_REFUSED, NOT_MET, "starttls-refused"),
        (Ending.HANDSHAKE_FAILED, NOT_MET, "handshake-failed"),
        (Ending.REFUSED, NOT_MET, "refused"),
        (Ending.STARTTLS_DEFERRED, REVIEW, "starttls-deferred"),
        (Ending.MASKED, REVIEW, "masked"),
        (Ending.NOT_SMTP, REVIEW, "not-smtp"),
    ],
)
def test_each_ending(ending: Ending, outcome: Outcome, reason: str) -> None:
    """What was seen, and whom it accuses."""
    said = said_of(one(ending=ending, handshake=None))
    assert (said.outcome, said.reason) == (outcome, reason)
    assert {m.name: m.value for m in said.measured}["server"] == MX


@pytest.mark.parametrize("state", list(PathState))
def test_no_certificate_accuses(state: PathState) -> None:
    """It is recorded."""
    shake = handshake(path=path(state=state), chain=(certificate(covers=(), malformed="odd"),))
    assert said_of(one(handshake=shake)).outcome is MET


def test_the_worst_server_decides_and_is_named() -> None:
    """One that does not encrypt is enough; one that was silent leaves the question open."""
    good = exchanger()
    plain = exchanger(mail_session(ending=Ending.NO_STARTTLS, handshake=None), host="b.vn")
    mute = exchanger(mail_session(ending=SILENT, handshake=None), host="c.vn")
    assert said_of(exchangers(good, good)).outcome is MET
    assert said_of(exchangers(good, mute)).cause is Cause.NO_ANSWER
    said = said_of(exchangers(good, mute, plain))
    assert (said.outcome, said.address) == (NOT_MET, "b.vn 198.51.100.25")
    both = exchanger(mail_session(), mail_session(address="2001:db8::25", ending=SILENT))
    assert said_of(exchangers(both)).address == f"{MX} 2001:db8::25"


@pytest.mark.parametrize(
    ("found", "outcome", "reason", "cause"),
    [
        pytest.param({"mx": look(HOST, "MX", "0 .")}, ASIDE, "null-mx", None, id="null-mx"),
        pytest.param({"mx": look(HOST, "MX")}, ASIDE, "no-mail", None, id="no-mx"),
        pytest.param(
            {"mx": look(HOST, "MX", said=Said.NXDOMAIN)}, ASIDE, "no-mail", None, id="nxdomain"
        ),
        pytest.param({"mx": look(HOST, "MX", "odd")}, OPEN, "", Cause.UNDECODABLE, id="unreadable"),
        pytest.param({"mx": BOGUS}, OPEN, "", Cause.DNS_SERVFAIL, id="bogus"),
        pytest.param({"mx": SERVFAIL}, OPEN, "", Cause.DNS_SERVFAIL, id="servfail"),
    ],
)
@pytest.mark.parametrize("check", [mx_encrypts, mx_tlsa_matches], ids=["encrypts", "tlsa"])
def test_without_an_exchanger(
    check: Any, found: dict[str, Any], outcome: Outcome, reason: str, cause: Cause | None
) -> None:
    """No mail is set aside; no answer is no absence of mail."""
    whole = exchangers(**found).model_copy(update={"exchangers": (), "total": 0})
    said = finding(check, whole)
    assert (said.outcome, said.reason, said.cause) == (outcome, reason, cause)


@pytest.mark.parametrize(
    ("a", "aaaa", "outcome", "cause"),
    [
        pytest.param(GONE, GONE, ASIDE, None, id="nxdomain"),
        pytest.param(look(MX, "A"), SERVFAIL, OPEN, Cause.DNS_SERVFAIL, id="servfail"),
        pytest.param(
            look(MX, "A", said=Said.BOGUS), look(MX, "AAAA"), OPEN, Cause.DNS_SERVFAIL, id="bogus"
        ),
    ],
)
def test_an_exchanger_without_an_address(
    a: Any, aaaa: Any, outcome: Outcome, cause: Cause | None
) -> None:
    """Set aside where that was seen; beside another that answers it changes nothing."""
    nowhere = exchanger(a=a, aaaa=aaaa).model_copy(update={"sessions": ()})
    for check in (mx_encrypts, mx_tlsa_matches):
        said = finding(check, exchangers(nowhere))
        assert (said.outcome, said.cause) == (outcome, cause)
    if outcome is ASIDE:
        assert said_of(exchangers(nowhere, exchanger())).outcome is MET


def test_the_domain_itself_without_mx() -> None:
    """A closed port there means no mail; an open one is judged like any other."""
    shut = exchanger(mail_session(ending=Ending.REFUSED, handshake=None), host=HOST)
    plain = exchanger(mail_session(ending=Ending.NO_STARTTLS, handshake=None), host=HOST)
    told = said_of(exchangers(shut, implicit=True))
    assert (told.outcome, told.reason) == (ASIDE, "no-mail")
    assert said_of(exchangers(plain, implicit=True)).outcome is NOT_MET


def test_bytes_in_the_clear_are_noted() -> None:
    """They accuse nobody: they may come from in between."""
    said = said_of(one(injected_bytes=12))
    assert (said.outcome, said.note) == (MET, "12 bytes in the clear after the 220 of STARTTLS")


def test_a_look_that_did_not_come_about() -> None:
    """Its cause is told."""
    for check in (mx_encrypts, mx_tlsa_matches):
        assert missing(check, SILENT).cause is Cause.NO_ANSWER


# TLSA

EMPTY = hashlib.sha256(b"").hexdigest()
FITS = f"3 0 1 {EMPTY}"
"""The builders' certificate has no bytes."""
OTHER = f"3 0 1 {'ab' * 32}"
UPPER = f"2 0 1 {'ab' * 32}"


def tlsa_said(*records: str, secure: bool = True, total: int = 0, **session: Any) -> Finding:
    """What ``mx-tlsa-matches`` says where these records stand."""
    found = look(f"_25._tcp.{MX}", "TLSA", *records, total=total)
    signed = found.model_copy(update={"authenticated": secure})
    return finding(mx_tlsa_matches, exchangers(exchanger(mail_session(**session), tlsa=signed)))


@pytest.mark.parametrize(
    ("records", "session", "outcome", "reason", "cause"),
    [
        pytest.param((FITS,), {}, MET, "", None, id="fits"),
        pytest.param((OTHER, FITS), {}, MET, "", None, id="one-of-two"),
        pytest.param((OTHER,), {}, NOT_MET, "", None, id="other"),
        pytest.param(("1 0 1 " + EMPTY,), {}, NOT_MET, "pkix-usage", None, id="pkix"),
        pytest.param(("0 0 1 " + EMPTY, FITS), {}, MET, "", None, id="pkix-beside"),
        pytest.param(("3 9 1 ab",), {}, NOT_MET, "unusable", None, id="unusable"),
        pytest.param((), {}, ASIDE, "none-published", None, id="none"),
        pytest.param(
            (OTHER,),
            {"ending": Ending.REFUSED, "handshake": None},
            ASIDE,
            "refused",
            None,
            id="closed",
        ),
        pytest.param(
            (FITS,),
            {"ending": Ending.NO_STARTTLS, "handshake": None},
            NOT_MET,
            "no-tls",
            None,
            id="plain",
        ),
        pytest.param(
            (FITS,),
            {"ending": Ending.HANDSHAKE_FAILED, "handshake": closed()},
            NOT_MET,
            "no-tls",
            None,
            id="no-handshake",
        ),
        pytest.param(
            (FITS,),
            {"ending": Ending.MASKED, "handshake": None},
            REVIEW,
            "masked",
            None,
            id="masked",
        ),
        pytest.param(
            (FITS,), {"ending": SILENT, "handshake": None}, OPEN, "", Cause.NO_ANSWER, id="silent"
        ),
        pytest.param(
            (UPPER,),
            {"handshake": handshake(path=NotCaptured(cause=Cause.CERT_MALFORMED))},
            OPEN,
            "",
            Cause.CERT_MALFORMED,
            id="no-path",
        ),
        pytest.param(
            ("2 0 0 ab",), {}, OPEN, "", Cause.ISSUER_MISSING, id="an-authority-that-was-not-sent"
        ),
    ],
)
def test_tlsa(
    records: tuple[str, ...],
    session: dict[str, Any],
    outcome: Outcome,
    reason: str,
    cause: Cause | None,
) -> None:
    """Usages 2 and 3 count; a server that does not encrypt breaks its own promise."""
    said = tlsa_said(*records, **session)
    assert (said.outcome, said.reason, said.cause) == (outcome, reason, cause)


def test_tlsa_without_a_signature_or_with_a_wrong_one() -> None:
    """Neither is about the certificate."""
    assert tlsa_said(OTHER, secure=False).reason == "unsigned-zone"
    bogus = look(MX, "TLSA", said=Said.BOGUS)
    said = finding(mx_tlsa_matches, exchangers(exchanger(tlsa=bogus)))
    assert (said.outcome, said.reason) == (ASIDE, "bogus")
    failed = finding(mx_tlsa_matches, exchangers(exchanger(tlsa=SERVFAIL)))
    assert failed.cause is Cause.DNS_SERVFAIL


def test_more_records_than_were_kept() -> None:
    """The one that fits may be among the others."""
    assert tlsa_said(OTHER, total=150).cause is Cause.BUDGET_EVENTS
    assert tlsa_said("1 0 1 " + EMPTY, total=150).cause is Cause.BUDGET_EVENTS
    assert tlsa_said(FITS, total=150).outcome is MET


@pytest.mark.parametrize(
    ("names", "covers", "outcome"),
    [
        pytest.param((MX,), (MX,), MET, id="the-server"),
        pytest.param((HOST,), (), MET, id="the-domain"),
        pytest.param(("elsewhere.vn",), (), REVIEW, id="another"),
    ],
)
def test_an_authority_needs_a_name(
    names: tuple[str, ...], covers: tuple[str, ...], outcome: Outcome
) -> None:
    """RFC 7672, 3.2.3: under usage 2 the certificate is for the server or for the domain."""
    upper = certificate(der=b"dXBwZXI=", sha256=hashlib.sha256(b"upper").hexdigest())
    leaf = certificate(dns_names=names, covers=covers)
    built = path()
    steps = (
        built.certificates[0],
        built.certificates[1].model_copy(update={"sha256": upper.sha256}),
    )
    shake = handshake(chain=(leaf, upper), path=built.model_copy(update={"certificates": steps}))
    record = f"2 0 1 {hashlib.sha256(b'upper').hexdigest()}"
    said = tlsa_said(record, handshake=shake)
    assert said.outcome is outcome
    assert said.reason == ("name-differs" if outcome is REVIEW else "")


# MX records


@pytest.mark.parametrize(
    ("records", "hosts", "null"),
    [
        (("20 B.example.", "10 a.example."), ((10, "a.example"), (20, "b.example")), False),
        (("20 a.example.", "10 A.EXAMPLE."), ((10, "a.example"),), False),
        (("0 .",), (), True),
        (("10 .",), (), True),
        (("0 .", "10 a.example."), ((10, "a.example"),), False),
        (("x a.example.", "10", "-1 b.example."), (), False),
        (("x a.example.",), (), False),
        ((), (), False),
    ],
)
def test_mx_records(
    records: tuple[str, ...], hosts: tuple[tuple[int, str], ...], *, null: bool
) -> None:
    """By preference, each once, without the root."""
    found: Lookup = look(HOST, "MX", *records)
    assert mx_hosts(found) == hosts
    assert is_null(found) is null
    assert mx_hosts(SILENT) == ()
    assert not is_null(SILENT)
