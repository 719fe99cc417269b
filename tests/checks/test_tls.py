"""Protocol versions: seen, refused, and not asked are three things."""

from typing import Any

import pytest

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import HandshakeState, Tls, Version
from checks.judge import AnyCheck
from checks.rules.tls import https_offered, old_tls_off, tls12_or_better, tls13_offered
from checks.spec import Outcome
from tests.builders.network import (
    MODERN,
    closed,
    finding,
    handshake,
    missing,
    offer,
    tls,
    versions,
)

ALL = (https_offered, old_tls_off, tls12_or_better, tls13_offered)
GONE = NotCaptured(cause=Cause.TLS_TIMEOUT)
NOT_TLS = HandshakeState.NOT_TLS


@pytest.mark.parametrize(
    ("check", "shown", "outcome", "reason"),
    [
        pytest.param(https_offered, {}, Outcome.MET, "", id="https"),
        pytest.param(
            https_offered, {"handshake": closed()}, Outcome.NOT_MET, "refused", id="https-refused"
        ),
        pytest.param(
            https_offered,
            {"handshake": closed(NOT_TLS)},
            Outcome.NOT_MET,
            "not-tls",
            id="https-not-tls",
        ),
        pytest.param(
            https_offered,
            {"handshake": handshake(version=None)},
            Outcome.MET,
            "",
            id="https-version-unknown",
        ),
        pytest.param(https_offered, {"handshake": GONE}, Outcome.NOT_TESTED, "", id="https-gone"),
        pytest.param(old_tls_off, {}, Outcome.MET, "", id="old-off"),
        pytest.param(
            old_tls_off,
            {"versions": versions(MODERN | {Version.TLS11})},
            Outcome.NOT_MET,
            "",
            id="old-tls11-on",
        ),
        pytest.param(
            old_tls_off,
            {"versions": versions({Version.SSL2}, GONE)},
            Outcome.NOT_MET,
            "",
            id="old-one-seen-settles",
        ),
        pytest.param(
            old_tls_off,
            {"versions": versions(set()), "handshake": handshake(version=Version.TLS10)},
            Outcome.NOT_MET,
            "",
            id="old-used-by-the-handshake",
        ),
        pytest.param(
            old_tls_off,
            {"versions": versions(MODERN, GONE)},
            Outcome.NOT_TESTED,
            "",
            id="old-unasked",
        ),
        pytest.param(old_tls_off, {"versions": {}}, Outcome.NOT_TESTED, "", id="old-never-asked"),
        pytest.param(old_tls_off, {"handshake": GONE}, Outcome.MET, "", id="old-hello-is-enough"),
        pytest.param(
            old_tls_off,
            {"handshake": closed()},
            Outcome.NOT_APPLICABLE,
            "no-tls",
            id="old-refused",
        ),
        pytest.param(tls12_or_better, {}, Outcome.MET, "", id="good"),
        pytest.param(
            tls12_or_better,
            {"versions": {}},
            Outcome.MET,
            "",
            id="good-by-the-handshake-alone",
        ),
        pytest.param(
            tls12_or_better,
            {"versions": versions({Version.TLS11}), "handshake": GONE},
            Outcome.NOT_MET,
            "",
            id="good-only-old",
        ),
        pytest.param(
            tls12_or_better,
            {"versions": versions(set(), GONE), "handshake": GONE},
            Outcome.NOT_TESTED,
            "",
            id="good-gone",
        ),
        pytest.param(
            tls12_or_better,
            {"handshake": closed(NOT_TLS)},
            Outcome.NOT_MET,
            "no-tls",
            id="good-not-tls",
        ),
        pytest.param(tls13_offered, {}, Outcome.MET, "", id="newest"),
        pytest.param(
            tls13_offered,
            {
                "versions": versions({Version.TLS12}),
                "handshake": handshake(version=Version.TLS12),
            },
            Outcome.NOT_MET,
            "",
            id="newest-missing",
        ),
        pytest.param(
            tls13_offered,
            {
                "versions": versions({Version.TLS12}, GONE),
                "handshake": handshake(version=Version.TLS12),
            },
            Outcome.NOT_TESTED,
            "",
            id="newest-unasked",
        ),
        pytest.param(
            tls13_offered,
            {"handshake": closed()},
            Outcome.NOT_APPLICABLE,
            "no-tls",
            id="newest-refused",
        ),
    ],
)
def test_versions(check: AnyCheck, shown: dict[str, Any], outcome: Outcome, reason: str) -> None:
    """A version is on when it was accepted, off when it was refused, open when nobody knows."""
    found = finding(check, tls(offer(**shown)))
    assert (found.outcome, found.reason) == (outcome, reason)


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
@pytest.mark.parametrize("cause", Cause)
def test_nothing_stands_in(check: AnyCheck, cause: Cause) -> None:
    """Whatever kept us from looking, it is named and nothing is concluded."""
    gone = NotCaptured(cause=cause)
    silent = offer(handshake=gone, versions=dict.fromkeys(Version, gone))
    for found in (missing(check, gone), finding(check, tls(silent))):
        assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, cause)


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.id)
def test_no_address(check: AnyCheck) -> None:
    """Without an address there was nothing to ask, whatever the twin shows."""
    found = finding(check, Tls(offers=(), twin_offers=(offer(),), addresses_total=0))
    assert (found.outcome, found.cause) == (Outcome.NOT_TESTED, Cause.NO_ADDRESS)


def test_the_worst_address_counts() -> None:
    """One bad machine behind the name decides, and is named."""
    bad = offer(address="203.0.113.11", versions=versions(MODERN | {Version.TLS10}))
    found = finding(old_tls_off, tls(offer(), bad))
    assert (found.outcome, found.address) == (Outcome.NOT_MET, "203.0.113.11")
    assert found.measured[0].value == "TLS 1.0"
