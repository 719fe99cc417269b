"""Certificates: path, chain, names, dates and strength, each accused once."""

from datetime import timedelta
from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import Certificate, PathState
from checks.evidence.tls import HandshakeState, Tls
from checks.judge import AnyCheck
from checks.rules.certificates import (
    certificate_chain_complete,
    certificate_in_date,
    certificate_key_strong,
    certificate_matches_host,
    certificate_renewed_in_time,
    certificate_signature_strong,
    certificate_trusted,
)
from checks.spec import Finding, Outcome
from tests.builders.network import (
    AS_OF,
    DAY,
    HOST,
    TWIN,
    certificate,
    closed,
    finding,
    handshake,
    intermediate,
    missing,
    offer,
    path,
    step,
    tls,
)

RENEWAL = {"min_days_left": 21, "short_lifetime_days": 90, "short_fraction_left": 0.3333}
KEYS = {"min_rsa_bits": 2048, "min_ec_bits": 256}
ALL: tuple[tuple[AnyCheck, dict[str, Any]], ...] = (
    (certificate_trusted, {}),
    (certificate_chain_complete, {}),
    (certificate_matches_host, {}),
    (certificate_in_date, {}),
    (certificate_renewed_in_time, RENEWAL),
    (certificate_key_strong, KEYS),
    (certificate_signature_strong, {}),
)
EACH = pytest.mark.parametrize(("check", "limits"), ALL, ids=[check.id for check, _ in ALL])
SECOND = timedelta(seconds=1)
GONE = NotCaptured(cause=Cause.DEADLINE)
SELF_SIGNED = path(state=PathState.SELF_SIGNED, certificates=())


def asked(check: AnyCheck, limits: dict[str, Any] | None = None, **shake: Any) -> Finding:
    return finding(check, tls(offer(handshake=handshake(**shake))), limits=limits)


def with_leaf(check: AnyCheck, limits: dict[str, Any] | None = None, **leaf: Any) -> Finding:
    return asked(check, limits, chain=(certificate(**leaf), intermediate()))


@EACH
def test_healthy(check: AnyCheck, limits: dict[str, Any]) -> None:
    """A healthy site meets every check."""
    assert finding(check, tls(), limits=limits).outcome is Outcome.MET


@EACH
@pytest.mark.parametrize("state", [HandshakeState.REFUSED, HandshakeState.NOT_TLS])
def test_without_tls(check: AnyCheck, limits: dict[str, Any], state: HandshakeState) -> None:
    """Where there is no TLS there is no certificate to judge."""
    found = finding(check, tls(offer(handshake=closed(state)), twins=()), limits=limits)
    assert (found.outcome, found.reason) == (Outcome.NOT_APPLICABLE, "no-tls")


@EACH
@pytest.mark.parametrize("cause", Cause)
def test_nothing_stands_in(check: AnyCheck, limits: dict[str, Any], cause: Cause) -> None:
    """Whatever kept us from looking, it is named and nothing is concluded."""
    gone = NotCaptured(cause=cause)
    silent = finding(check, tls(offer(handshake=gone)), limits=limits)
    for found in (missing(check, gone, limits), silent):
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)


@EACH
def test_no_address(check: AnyCheck, limits: dict[str, Any]) -> None:
    """A healthy twin does not stand in for a host without addresses."""
    found = finding(
        check, Tls(offers=(), twin_offers=(offer(host=TWIN),), addresses_total=0), limits=limits
    )
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.NO_ADDRESS)


@EACH
def test_malformed(check: AnyCheck, limits: dict[str, Any]) -> None:
    """Bytes that cannot be read are seen: not trusted, and nothing else can be told of them."""
    unread = Certificate(der=b"", sha256="00", malformed="notAfter 99:99:99")
    found = asked(check, limits, chain=(unread,))
    if check is certificate_trusted:
        assert (found.outcome, found.reason) == (Outcome.NOT_MET, "malformed")
    else:
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.CERT_MALFORMED)


@EACH
def test_no_certificate_sent(check: AnyCheck, limits: dict[str, Any]) -> None:
    """An empty chain leaves nothing to judge."""
    assert asked(check, limits, chain=()).cause is Cause.CERT_MALFORMED


@EACH
@pytest.mark.parametrize("unbuilt", [None, GONE], ids=["never-built", "not-captured"])
def test_path_not_built(
    check: AnyCheck, limits: dict[str, Any], unbuilt: NotCaptured | None
) -> None:
    """What hangs on the path stays open without one; the rest is judged."""
    found = asked(check, limits, path=unbuilt)
    free = (certificate_matches_host, certificate_renewed_in_time, certificate_key_strong)
    assert found.outcome is (Outcome.MET if check in free else Outcome.NOT_TESTED)


@pytest.mark.parametrize(
    ("built", "trusted", "reason", "complete"),
    [
        pytest.param(path(), Outcome.MET, "", Outcome.MET, id="whole"),
        pytest.param(
            path(certificates=(step(f"CN={HOST}"),)), Outcome.MET, "", Outcome.MET, id="pinned-leaf"
        ),
        pytest.param(
            path(
                certificates=(
                    step(f"CN={HOST}"),
                    step("CN=R12", served=False),
                    step("CN=Root X1", served=False),
                )
            ),
            Outcome.MET,
            "",
            Outcome.NOT_MET,
            id="completed-by-a-known-intermediate",
        ),
        pytest.param(
            path(state=PathState.ISSUER_MISSING, certificates=(), missing_issuer="CN=R12"),
            Outcome.NOT_TESTED,
            "",
            Outcome.NOT_MET,
            id="issuer-missing",
        ),
        pytest.param(
            SELF_SIGNED, Outcome.NOT_MET, "self-signed", Outcome.NOT_APPLICABLE, id="self-signed"
        ),
        pytest.param(
            path(state=PathState.UNKNOWN_ROOT, certificates=()),
            Outcome.NOT_MET,
            "unknown-root",
            Outcome.NOT_APPLICABLE,
            id="unknown-root",
        ),
        pytest.param(
            path(state=PathState.INVALID, objection="name constraints"),
            Outcome.NOT_MET,
            "invalid",
            Outcome.NOT_APPLICABLE,
            id="invalid",
        ),
    ],
)
def test_path(built: Any, trusted: Outcome, reason: str, complete: Outcome) -> None:
    """A missing step and an unknown root are told apart, and never both held against the site."""
    found = asked(certificate_trusted, path=built)
    assert (found.outcome, found.reason) == (trusted, reason)
    assert asked(certificate_chain_complete, path=built).outcome is complete


def test_the_missing_issuer_is_named() -> None:
    """Who mends the chain needs to know which certificate was not sent."""
    gap = path(state=PathState.ISSUER_MISSING, certificates=(), missing_issuer="CN=R12")
    complete = asked(certificate_chain_complete, path=gap)
    assert {m.name: m.value for m in complete.measured}["missing_issuer"] == "CN=R12"
    assert asked(certificate_trusted, path=gap).cause is Cause.ISSUER_MISSING


@pytest.mark.parametrize(
    ("leaf", "outcome", "reason"),
    [
        pytest.param({}, Outcome.MET, "", id="covered"),
        pytest.param({"covers": (TWIN,)}, Outcome.NOT_MET, "other-names", id="only-the-twin"),
        pytest.param(
            {"covers": (), "dns_names": (), "names_total": 0},
            Outcome.NOT_MET,
            "no-names",
            id="common-name-alone",
        ),
    ],
)
def test_names(leaf: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """Only what a subject alternative name covers counts."""
    found = with_leaf(certificate_matches_host, **leaf)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_the_twin_is_looked_at() -> None:
    """A visitor who types www sees what the twin shows."""
    narrow = handshake(chain=(certificate(covers=(HOST,)), intermediate()))
    twin = offer(host=TWIN, handshake=narrow, versions={})
    found = finding(certificate_matches_host, tls(twins=(twin,)))
    assert (found.outcome, found.address) == (Outcome.NOT_MET, f"{TWIN} 203.0.113.10")


def test_many_names_are_cut() -> None:
    """A certificate for hundreds of sites is shown by a few names and a count."""
    many = tuple(f"s{n}.vn" for n in range(9))
    found = with_leaf(certificate_matches_host, dns_names=many, names_total=300)
    assert {m.name: m.value for m in found.measured}["names"] == (
        "s0.vn, s1.vn, s2.vn, s3.vn, s4.vn (+295)"
    )


@pytest.mark.parametrize(
    ("leaf", "outcome", "reason"),
    [
        pytest.param({"not_after": AS_OF}, Outcome.MET, "", id="the-last-second"),
        pytest.param(
            {"not_after": AS_OF - SECOND}, Outcome.NOT_MET, "expired", id="a-second-too-late"
        ),
        pytest.param({"not_before": AS_OF}, Outcome.MET, "", id="the-first-second"),
        pytest.param(
            {"not_before": AS_OF + SECOND},
            Outcome.NOT_MET,
            "not-yet-valid",
            id="a-second-too-early",
        ),
        pytest.param({"not_after": None}, Outcome.NOT_TESTED, "", id="no-date"),
    ],
)
def test_in_date(leaf: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """Both ends of the validity belong to it."""
    found = with_leaf(certificate_in_date, **leaf)
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("steps", "state", "outcome", "reason"),
    [
        pytest.param({"not_after": AS_OF}, PathState.TRUSTED, Outcome.MET, "", id="last-second"),
        pytest.param(
            {"not_after": AS_OF - SECOND},
            PathState.TRUSTED,
            Outcome.NOT_MET,
            "path-expired",
            id="expired",
        ),
        pytest.param(
            {"not_before": AS_OF + SECOND},
            PathState.TRUSTED,
            Outcome.NOT_MET,
            "path-not-yet-valid",
            id="too-early",
        ),
        pytest.param(
            {"not_after": AS_OF - SECOND},
            PathState.UNKNOWN_ROOT,
            Outcome.MET,
            "",
            id="no-path-to-judge",
        ),
    ],
)
def test_path_in_date(
    steps: dict[str, Any], state: PathState, outcome: Outcome, reason: str
) -> None:
    """The validating path counts, and only a validating one."""
    built = path(state=state, certificates=(step(f"CN={HOST}"), step("CN=R12", **steps)))
    found = asked(certificate_in_date, path=built)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_an_expired_certificate_beside_the_path() -> None:
    """An expired cross-signed root that is still sent does no harm."""
    old = intermediate(subject="CN=Root X1", not_after=AS_OF - 100 * DAY)
    chain = (certificate(), intermediate(), old)
    assert asked(certificate_in_date, chain=chain).outcome is Outcome.MET


@pytest.mark.parametrize(
    ("lifetime_days", "left", "outcome"),
    [
        pytest.param(365, 21 * DAY, Outcome.MET, id="exactly-21-days"),
        pytest.param(365, 21 * DAY - SECOND, Outcome.NOT_MET, id="a-second-less"),
        pytest.param(90, 21 * DAY, Outcome.MET, id="ninety-days-are-not-short"),
        pytest.param(89, 29.9 * DAY, Outcome.MET, id="short-a-third"),
        pytest.param(89, 29 * DAY, Outcome.NOT_MET, id="short-less-than-a-third"),
        pytest.param(6, 2 * DAY, Outcome.MET, id="six-days"),
        pytest.param(365, timedelta(0), Outcome.NOT_MET, id="last-second"),
        pytest.param(365, -SECOND, Outcome.NOT_APPLICABLE, id="expired"),
    ],
)
def test_renewed(lifetime_days: int, left: timedelta, outcome: Outcome) -> None:
    """Three weeks, or a third of a short life; an expired one is accused elsewhere."""
    ends_at = AS_OF + left
    begun = ends_at - lifetime_days * DAY + SECOND
    found = with_leaf(certificate_renewed_in_time, RENEWAL, not_before=begun, not_after=ends_at)
    assert found.outcome is outcome
    if outcome is not Outcome.NOT_APPLICABLE:
        measured = {m.name: m.value for m in found.measured}
        assert (measured["days_left"], measured["lifetime_days"]) == (left.days, lifetime_days)


@pytest.mark.parametrize(
    ("kind", "bits", "outcome", "reason"),
    [
        pytest.param("RSA", 2048, Outcome.MET, "", id="rsa-at-the-bar"),
        pytest.param("RSA", 2047, Outcome.NOT_MET, "rsa-short", id="rsa-a-bit-short"),
        pytest.param("EC", 256, Outcome.MET, "", id="ec-at-the-bar"),
        pytest.param("EC", 224, Outcome.NOT_MET, "ec-short", id="ec-short"),
        pytest.param("Ed25519", None, Outcome.MET, "", id="ed25519"),
        pytest.param("Ed448", 448, Outcome.MET, "", id="ed448"),
        pytest.param("DSA", 4096, Outcome.NEEDS_REVIEW, "unknown-kind", id="dsa"),
        pytest.param("other", None, Outcome.NEEDS_REVIEW, "unknown-kind", id="other"),
        pytest.param("RSA", None, Outcome.NOT_TESTED, "", id="rsa-unread"),
        pytest.param(None, None, Outcome.NOT_TESTED, "", id="unread"),
    ],
)
def test_key(kind: str | None, bits: int | None, outcome: Outcome, reason: str) -> None:
    """Length decides where a kind has lengths; a strange kind is for a person."""
    found = with_leaf(certificate_key_strong, KEYS, key_kind=kind, key_bits=bits)
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("shake", "outcome", "reason"),
    [
        pytest.param({}, Outcome.MET, "", id="sha1-on-the-root-alone"),
        pytest.param(
            {
                "path": path(
                    certificates=(step("CN=a"), step("CN=b", signature_hash="SHA1"), step("CN=c"))
                )
            },
            Outcome.NOT_MET,
            "weak-hash",
            id="sha1-on-the-path",
        ),
        pytest.param(
            {"chain": (certificate(), intermediate(), intermediate(signature_hash="md5"))},
            Outcome.MET,
            "",
            id="md5-beside-the-path",
        ),
        pytest.param(
            {
                "path": path(state=PathState.UNKNOWN_ROOT, certificates=()),
                "chain": (
                    certificate(),
                    intermediate(signature_hash="sha1"),
                    intermediate(subject="CN=X", issuer="CN=X", signature_hash="md5"),
                ),
            },
            Outcome.NOT_MET,
            "weak-hash",
            id="no-path-the-chain-is-judged",
        ),
        pytest.param(
            {
                "path": path(state=PathState.UNKNOWN_ROOT, certificates=()),
                "chain": (
                    certificate(),
                    intermediate(subject="CN=X", issuer="CN=X", signature_hash="sha1"),
                ),
            },
            Outcome.MET,
            "",
            id="no-path-a-root-is-left-out",
        ),
        pytest.param(
            {
                "path": SELF_SIGNED,
                "chain": (certificate(issuer=f"CN={HOST}", signature_hash="sha1"),),
            },
            Outcome.NOT_APPLICABLE,
            "self-signed",
            id="self-signed",
        ),
        pytest.param(
            {
                "path": path(state=PathState.ISSUER_MISSING, certificates=()),
                "chain": (certificate(), Certificate(der=b"", sha256="1", malformed="noise")),
            },
            Outcome.NOT_TESTED,
            "",
            id="an-issuer-unread",
        ),
        pytest.param(
            {"path": path(certificates=(step("CN=a", signature_hash="none"), step("CN=b")))},
            Outcome.MET,
            "",
            id="eddsa",
        ),
    ],
)
def test_signature(shake: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """What vouches for the site must be signed well; what vouches for itself proves nothing."""
    found = asked(certificate_signature_strong, **shake)
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("twin", "outcome"),
    [
        pytest.param(handshake(), Outcome.NOT_APPLICABLE, id="a-good-twin-does-not-stand-in"),
        pytest.param(handshake(path=SELF_SIGNED), Outcome.NOT_MET, id="a-bad-twin-counts"),
        pytest.param(GONE, Outcome.NOT_APPLICABLE, id="a-silent-twin-adds-nothing"),
    ],
)
def test_a_host_without_tls_beside_its_twin(twin: Any, outcome: Outcome) -> None:
    """What the twin shows can be held against the site, and never for it."""
    beside = offer(host=TWIN, handshake=twin, versions={})
    found = finding(certificate_trusted, tls(offer(handshake=closed()), twins=(beside,)))
    assert found.outcome is outcome
