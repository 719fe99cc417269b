"""What vouches for a certificate: its term, the logs, revocation, the staple, DNS."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import (
    PathState,
    RevocationSource,
    RevocationState,
    SctSource,
    Staple,
)
from checks.evidence.names import Look, Said
from checks.evidence.tls import Tls
from checks.rules.vouching import (
    LifetimeLimits,
    certificate_lifetime_within_limit,
    certificate_not_revoked,
    certificate_transparent,
    ocsp_staple_honest,
    tlsa_matches,
)
from checks.spec import Finding, Outcome
from tests.builders.network import (
    ADDRESS,
    AS_OF,
    DAY,
    HOST,
    TWIN,
    certificate,
    closed,
    finding,
    handshake,
    intermediate,
    look,
    offer,
    path,
    revocation,
    sct,
    tls,
)

MET, NOT_MET = Outcome.MET, Outcome.NOT_MET
OPEN, ASIDE, REVIEW = Outcome.NOT_TESTED, Outcome.NOT_APPLICABLE, Outcome.NEEDS_REVIEW
GONE = NotCaptured(cause=Cause.CONNECT_TIMEOUT)
STEPS = {
    "max_days_from": {"2026-03-15": 200, "2020-09-01": 398, "2027-03-15": 100, "2029-03-15": 47}
}
LOGS = {"min_scts": 2, "min_logs": 2}
ONE, TWO = "aa" * 32, "bb" * 32
SECOND = timedelta(seconds=1)
PRIVATE = path(store="So GDDT")


def asked(check: Any, limits: dict[str, Any] | None = None, **shake: Any) -> Finding:
    return finding(check, tls(offer(handshake=handshake(**shake))), limits=limits)


def with_leaf(**leaf: Any) -> dict[str, Any]:
    return {"chain": (certificate(**leaf), intermediate())}


@pytest.mark.parametrize(
    ("issued", "days", "outcome"),
    [
        ("2019-05-01", 398, MET),
        ("2019-05-01", 399, NOT_MET),
        ("2026-03-14", 398, MET),
        ("2026-03-14", 399, NOT_MET),
        ("2026-03-15", 200, MET),
        ("2026-03-15", 201, NOT_MET),
        ("2027-03-14", 200, MET),
        ("2027-03-15", 100, MET),
        ("2027-03-15", 101, NOT_MET),
        ("2029-03-14", 100, MET),
        ("2029-03-15", 47, MET),
        ("2029-03-15", 48, NOT_MET),
    ],
)
def test_lifetime(issued: str, days: int, outcome: Outcome) -> None:
    """The limit of the day of issue holds; a certificate of n days ends one second before n days are over."""
    begin = datetime.fromisoformat(f"{issued}T00:00:00+00:00")
    whole = with_leaf(not_before=begin, not_after=begin + days * DAY - SECOND)
    found = asked(certificate_lifetime_within_limit, STEPS, **whole)
    assert (found.outcome, found.measured[0].value) == (outcome, days)


def test_a_second_over_the_limit() -> None:
    """Both ends belong to the validity, so 200 days to the same second are one too many."""
    begin = datetime.fromisoformat("2026-06-01T00:00:00+00:00")
    over = with_leaf(not_before=begin, not_after=begin + 200 * DAY)
    found = asked(certificate_lifetime_within_limit, STEPS, **over)
    assert (found.outcome, found.measured[0].value) == (NOT_MET, 201)


@pytest.mark.parametrize("gone", ["not_before", "not_after"])
def test_unreadable_dates(gone: str) -> None:
    """Without dates there is no lifetime."""
    found = asked(certificate_lifetime_within_limit, STEPS, **with_leaf(**{gone: None}))
    assert (found.outcome, found.cause) == (OPEN, Cause.CERT_MALFORMED)


@pytest.mark.parametrize("steps", [{}, {"soon": 200}, {"2026-03-15": 1.5}, [["2026-03-15", 200]]])
def test_steps_that_make_no_sense(steps: Any) -> None:
    """An edition with such a limit is refused when it is read."""
    with pytest.raises(ValidationError):
        LifetimeLimits.model_validate({"max_days_from": steps})


@pytest.mark.parametrize(
    ("shake", "outcome", "reason"),
    [
        pytest.param({}, MET, "", id="two-logs"),
        pytest.param({"scts": (sct(ONE),)}, NOT_MET, "", id="one"),
        pytest.param({"scts": ()}, NOT_MET, "", id="none"),
        pytest.param({"scts": (sct(ONE), sct(ONE))}, NOT_MET, "", id="one-log-twice"),
        pytest.param(
            {"scts": (sct(ONE, SctSource.HANDSHAKE), sct(TWO, SctSource.STAPLE))},
            MET,
            "",
            id="any-source",
        ),
        pytest.param({"scts": GONE}, OPEN, "", id="gone"),
        pytest.param({"path": PRIVATE, "scts": ()}, ASIDE, "private-store", id="private"),
        pytest.param({"path": PRIVATE, "scts": GONE}, ASIDE, "private-store", id="private-gone"),
        pytest.param({"path": GONE}, OPEN, "", id="path-gone"),
        pytest.param({"path": None}, OPEN, "", id="path-never-built"),
        pytest.param(
            {"path": path(state=PathState.SELF_SIGNED), "scts": ()}, ASIDE, "self-signed", id="self"
        ),
        pytest.param(
            {"path": path(state=PathState.UNKNOWN_ROOT), "scts": ()},
            ASIDE,
            "unknown-root",
            id="unknown",
        ),
        pytest.param(
            {"path": path(state=PathState.INVALID), "scts": ()}, ASIDE, "invalid", id="invalid"
        ),
        pytest.param({"path": path(state=PathState.ISSUER_MISSING)}, MET, "", id="issuer-missing"),
        pytest.param(
            {"path": path(state=PathState.ISSUER_MISSING), "scts": ()},
            Outcome.NOT_TESTED,
            "",
            id="issuer-missing-and-none",
        ),
    ],
)
def test_logs(shake: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """Distinct logs count; where browsers ask for none, nor do we."""
    found = asked(certificate_transparent, LOGS, **shake)
    assert (found.outcome, found.reason) == (outcome, reason)


REVOKED = revocation(
    state=RevocationState.REVOKED, revoked_at=AS_OF - 3 * DAY, reason="keyCompromise"
)
UNKNOWN = revocation(state=RevocationState.UNKNOWN, source=RevocationSource.OCSP)
STAPLED = Staple(answer=revocation(source=RevocationSource.STAPLE))


@pytest.mark.parametrize(
    ("shake", "outcome", "reason"),
    [
        pytest.param({}, MET, "", id="good"),
        pytest.param({"revocation": REVOKED}, NOT_MET, "", id="revoked"),
        pytest.param({"revocation": UNKNOWN}, REVIEW, "unknown-status", id="unknown"),
        pytest.param({"revocation": GONE}, OPEN, "", id="no-answer"),
        pytest.param({"revocation": None}, ASIDE, "nowhere-to-ask", id="nowhere"),
        pytest.param(
            {"revocation": None} | with_leaf(crl_urls=("http://crl.example/",)),
            OPEN,
            "",
            id="nobody-asked-the-list",
        ),
        pytest.param(
            {"revocation": None} | with_leaf(ocsp_urls=("http://ocsp.example/",)),
            OPEN,
            "",
            id="nobody-asked-the-responder",
        ),
        pytest.param({"revocation": GONE, "staple": STAPLED}, MET, "", id="stapled"),
        pytest.param({"revocation": None, "staple": STAPLED}, MET, "", id="only-stapled"),
        pytest.param(
            {"revocation": REVOKED, "staple": STAPLED}, NOT_MET, "", id="list-over-staple"
        ),
        pytest.param({"staple": Staple(answer=REVOKED)}, NOT_MET, "", id="staple-over-list"),
        pytest.param({"staple": Staple(answer=UNKNOWN)}, MET, "", id="one-good-word-is-enough"),
        pytest.param(
            {"revocation": GONE, "staple": Staple(fault="out of date")}, OPEN, "", id="bad-staple"
        ),
        pytest.param({"revocation": GONE, "staple": GONE}, OPEN, "", id="both-gone"),
    ],
)
def test_revocation(shake: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """*Revoked* counts from whomever it comes; silence is no answer."""
    found = asked(certificate_not_revoked, **shake)
    assert (found.outcome, found.reason) == (outcome, reason)


MUST = with_leaf(must_staple=True)


@pytest.mark.parametrize(
    ("shake", "outcome", "reason"),
    [
        pytest.param({}, ASIDE, "no-staple", id="neither"),
        pytest.param(MUST, NOT_MET, "must-staple-missing", id="demanded-and-missing"),
        pytest.param(MUST | {"staple": STAPLED}, MET, "", id="demanded-and-sent"),
        pytest.param({"staple": STAPLED}, MET, "", id="sent"),
        pytest.param({"staple": Staple(answer=REVOKED)}, MET, "", id="an-honest-revoked"),
        pytest.param({"staple": Staple(answer=UNKNOWN)}, NOT_MET, "unknown-status", id="unknown"),
        pytest.param({"staple": Staple(fault="out of date")}, NOT_MET, "faulty", id="faulty"),
        pytest.param({"staple": Staple()}, OPEN, "", id="nobody-read-it"),
        pytest.param({"staple": GONE}, OPEN, "", id="gone"),
        pytest.param(MUST | {"staple": GONE}, OPEN, "", id="demanded-and-gone"),
    ],
)
def test_staple(shake: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """A staple that is demanded must be there, and one that is there must hold."""
    found = asked(ocsp_staple_honest, **shake)
    assert (found.outcome, found.reason) == (outcome, reason)


DER = b"\x30\x03leaf"
LEAF = certificate(der="MANsZWFm")
CHAIN: dict[str, Any] = {"chain": (LEAF, intermediate())}
RIGHT = f"3 0 1 {hashlib.sha256(DER).hexdigest()}"
WRONG = f"3 0 1 {'00' * 32}"
ABOVE = f"2 1 2 {'00' * 64}"
"""Binds an authority by a hash that only its certificate would show."""


def published(*records: str, **fields: Any) -> Look:
    found = look(f"_443._tcp.{HOST}", "TLSA", *records)
    return found.model_copy(update={"authenticated": True} | fields)


def pinned(look: Look | None, *, shake: dict[str, Any] = CHAIN, **shown: Any) -> Finding:
    shown = {"handshake": handshake(**shake)} | shown
    return finding(tlsa_matches, tls(offer(**shown)).model_copy(update={"tlsa": look}))


@pytest.mark.parametrize(
    ("look", "outcome", "reason"),
    [
        pytest.param(published(RIGHT), MET, "", id="matches"),
        pytest.param(published(WRONG, RIGHT), MET, "", id="one-of-two"),
        pytest.param(published(WRONG), NOT_MET, "", id="differs"),
        pytest.param(published("3 0 1 zz", "9 9 9 00"), NOT_MET, "unusable", id="unusable"),
        pytest.param(published("3 0 1 zz", RIGHT), MET, "", id="one-usable"),
        pytest.param(published(WRONG, total=200), OPEN, "", id="of-more-than-were-kept"),
        pytest.param(published(RIGHT, total=200), MET, "", id="enough-was-kept"),
        pytest.param(published(RIGHT, authenticated=False), ASIDE, "unsigned-zone", id="unsigned"),
        pytest.param(published(), ASIDE, "none-published", id="none"),
        pytest.param(
            look("x", "TLSA", said=Said.NXDOMAIN), ASIDE, "none-published", id="no-such-name"
        ),
        pytest.param(look("x", "TLSA", said=Said.BOGUS), ASIDE, "bogus", id="bogus"),
        pytest.param(GONE, OPEN, "", id="gone"),
        pytest.param(None, OPEN, "", id="never-asked"),
    ],
)
def test_tlsa(look: Look | None, outcome: Outcome, reason: str) -> None:
    """One signed record that matches is enough; an unsigned one counts for nobody."""
    found = pinned(look)
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("record", "built", "cause"),
    [
        pytest.param(ABOVE, path(), Cause.ISSUER_MISSING, id="above-and-not-sent"),
        pytest.param(ABOVE, GONE, Cause.CONNECT_TIMEOUT, id="above-and-no-path"),
        pytest.param(ABOVE, None, Cause.NOT_RUN, id="above-and-never-built"),
    ],
)
def test_tlsa_that_cannot_be_decided(record: str, built: Any, cause: Cause) -> None:
    """A record may bind a certificate that nobody saw."""
    found = pinned(published(record), shake=CHAIN | {"path": built})
    assert (found.outcome, found.cause) == (OPEN, cause)


def test_tlsa_of_every_certificate() -> None:
    """Another key beside the first must match as well; a closed port asks for nothing."""
    beside = handshake(chain=(certificate(der="MANvdGgx"), intermediate()))
    assert pinned(published(RIGHT), beside=(beside,)).outcome is NOT_MET
    assert pinned(published(RIGHT), handshake=closed()).reason == "no-tls"
    assert pinned(published(RIGHT), handshake=GONE).cause is Cause.CONNECT_TIMEOUT
    nowhere = Tls(offers=(), addresses_total=0, tlsa=published(RIGHT))
    assert finding(tlsa_matches, nowhere).cause is Cause.NO_ADDRESS


def test_both_certificates_of_an_address_count() -> None:
    """RSA beside ECDSA: the worst answer counts, and its place names the kind of key."""
    second = handshake(chain=(certificate(key_kind="RSA", key_bits=2048),), revocation=REVOKED)
    found = finding(certificate_not_revoked, tls(offer(beside=(second,))))
    assert (found.outcome, found.address) == (NOT_MET, f"{ADDRESS} RSA")
    twin = offer(host=TWIN, versions={}, beside=(second,))
    found = finding(certificate_not_revoked, tls(twins=(twin,)))
    assert found.address == f"{TWIN} {ADDRESS} RSA"
    nothing = handshake(chain=())
    found = finding(certificate_not_revoked, tls(offer(beside=(nothing,))))
    assert (found.cause, found.address) == (Cause.CERT_MALFORMED, ADDRESS)
