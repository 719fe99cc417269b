"""What vouches for the certificate: its term, the public logs, its issuer's word on revocation, and DNS."""

from datetime import date, timedelta
from functools import partial

from pydantic import field_validator

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import PathState, Revocation, RevocationState, Staple
from checks.evidence.names import Lookup, Said
from checks.evidence.tls import Handshake, Offer, Tls
from checks.parsing import tlsa
from checks.parsing.offers import (
    MOZILLA,
    leaf_of,
    listed,
    path_of,
    worst_certificate,
    worst_spoken,
)
from checks.spec import (
    Answer,
    Limits,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    captured,
    check,
    untested,
    worst,
)

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
_LOG_SHOWN = 12
"""Hexadecimal digits of a log's id that are enough to tell logs apart."""


class LifetimeLimits(Limits):
    """How long a certificate may live, by the day on which it was issued.

    ``max_days_from``: the whole days allowed, by the date from which they hold (``2026-03-15``).  A certificate
    issued before the first of these dates is judged by the first.
    """

    max_days_from: dict[str, int]

    @field_validator("max_days_from")
    @classmethod
    def _dated(cls, steps: dict[str, int]) -> dict[str, int]:
        if not steps:
            raise ValueError("give at least one date with its days")
        for since in steps:
            date.fromisoformat(since)
        return steps


class LogLimits(Limits):
    """How often and how widely a certificate must be logged.

    ``min_scts``: promises of logs (SCTs); the catalogue asks 2.
    ``min_logs``: distinct logs that made them; the catalogue asks 2.
    """

    min_scts: int
    min_logs: int


@check(
    id="certificate-lifetime-within-limit",
    title="The certificate's lifetime is within the limit",
    family="tls",
    needs=(Tls,),
    limits=LifetimeLimits,
    reasons=("no-tls",),
)
def certificate_lifetime_within_limit(seen: Seen, limits: LifetimeLimits) -> Answer:
    """
    What it asks
        Is the certificate made for no more days than the CA/Browser Forum allowed on the day it was issued?
        Both ends of the validity belong to it (RFC 5280, 4.1.2.5).

        Malformed certificate: not tested.  Port refused, or not TLS: not applicable.  Timeout, reset, block:
        not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        A lost key does harm for as long as its certificate lives, and browsers refuse certificates that live
        longer than the limit.

    How to fix
        Have the certificate issued anew by an authority that renews by itself (ACME).

    Not tested by this check
        How many days are left: certificate-renewed-in-time.
    """
    return worst_certificate(seen, partial(_lifetime, limits=limits))


def _lifetime(shake: Handshake, offer: Offer, limits: LifetimeLimits) -> Answer:
    leaf = leaf_of(shake)
    if leaf.not_before is None or leaf.not_after is None:
        untested(Cause.CERT_MALFORMED, "the dates could not be read")
    lifetime = leaf.not_after - leaf.not_before + SECOND
    issued_on = leaf.not_before.date()
    steps = sorted(
        (date.fromisoformat(since), days) for since, days in limits.max_days_from.items()
    )
    in_force = [days for since, days in steps if since <= issued_on]
    allowed = in_force[-1] if in_force else steps[0][1]
    # Shown whole and rounded up: a second over the limit is a day over it.
    return Answer(
        Outcome.MET if lifetime <= allowed * DAY else Outcome.NOT_MET,
        (
            Measured("lifetime_days", -(-lifetime // DAY), allowed, "days"),
            Measured("issued_on", issued_on.isoformat()),
        ),
    )


@check(
    id="certificate-transparent",
    title="The certificate is in public logs",
    family="tls",
    needs=(Tls,),
    limits=LogLimits,
    reasons=("private-store", "self-signed", "unknown-root", "invalid", "no-tls"),
)
def certificate_transparent(seen: Seen, limits: LogLimits) -> Answer:
    """
    What it asks
        Did enough distinct logs promise to list the certificate (SCTs in the certificate, in the handshake or
        in the stapled answer)?  A second promise of one log counts as an SCT, not as another log.

        A root that only a store named by the operator holds, and a certificate that nobody vouches for: not
        applicable.  Malformed certificate, or a path or SCTs that could not be looked at: not tested; so too
        few promises where the issuer is missing, for the root above may be private.  Port refused, or not
        TLS: not applicable.  Timeout, reset, block: not tested, with the cause.  NXDOMAIN:
        not tested (no-address).

    Why it matters
        Whatever is logged can be seen by everyone, so a certificate issued to an impostor is noticed; browsers
        warn of certificates that are in no log.

    How to fix
        Have the certificate issued anew by a public authority; all of them log by themselves.

    Not tested by this check
        The signatures of the logs, and whether the logs kept their promise.
    """
    return worst_certificate(seen, partial(_logged, limits=limits))


def _logged(shake: Handshake, offer: Offer, limits: LogLimits) -> Answer:
    leaf_of(shake)
    path = path_of(shake)
    if path.state is PathState.TRUSTED and path.store != MOZILLA:
        return Answer(Outcome.NOT_APPLICABLE, (Measured("store", path.store),), "private-store")
    if path.state not in (PathState.TRUSTED, PathState.ISSUER_MISSING):
        return Answer(Outcome.NOT_APPLICABLE, reason=path.state.value)
    scts = captured(shake.scts)
    logs = dict.fromkeys(sct.log_id for sct in scts)
    sources = dict.fromkeys(sct.source.value for sct in scts)
    enough = len(scts) >= limits.min_scts and len(logs) >= limits.min_logs
    if not enough and path.state is PathState.ISSUER_MISSING:
        # Whether the root above is a public one cannot be seen, and a private one needs no log.
        untested(Cause.ISSUER_MISSING, path.missing_issuer or "")
    return Answer(
        Outcome.MET if enough else Outcome.NOT_MET,
        (
            Measured("scts", len(scts), limits.min_scts),
            Measured("logs", len(logs), limits.min_logs),
            Measured("log_ids", listed(log[:_LOG_SHOWN] for log in logs) or None),
            Measured("sources", listed(sources) or None),
        ),
    )


@check(
    id="certificate-not-revoked",
    title="The certificate has not been revoked",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("unknown-status", "nowhere-to-ask", "no-tls"),
)
def certificate_not_revoked(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does the issuer say, in a signed list (CRL) or answer (OCSP, also a stapled one), that the certificate
        is still good?  Of several words *revoked* counts first, then *good*.

        The certificate names nowhere to ask: not applicable.  No answer, or none that holds: not tested, with
        the cause.  A responder that does not know the certificate: for a person to look at.  Malformed
        certificate: not tested.  Port refused, or not TLS: not applicable.  NXDOMAIN: not tested (no-address).

    Why it matters
        A certificate is revoked when its key was lost or it was issued wrongly; some browsers then refuse the
        site, and others let an impostor use it.

    How to fix
        Make a new key, have a new certificate issued, and find out why the old one was revoked.

    Not tested by this check
        The certificates of the issuers.
    """
    return worst_certificate(seen, _revoked)


def _revoked(shake: Handshake, offer: Offer) -> Answer:
    leaf = leaf_of(shake)
    asked = shake.revocation
    stapled = shake.staple.answer if isinstance(shake.staple, Staple) else None
    said = [word for word in (asked, stapled) if isinstance(word, Revocation)]
    if not said:
        if captured(asked) is None and not (leaf.ocsp_urls or leaf.crl_urls):
            return Answer(Outcome.NOT_APPLICABLE, reason="nowhere-to-ask")
        untested(Cause.NOT_RUN, "nobody asked the issuer")
    order = (RevocationState.REVOKED, RevocationState.GOOD, RevocationState.UNKNOWN)
    word = min(said, key=lambda one: order.index(one.state))
    measured = (
        Measured("source", word.source.value),
        Measured("status", word.state.value),
        Measured("said_at", word.this_update.isoformat()),
        Measured("revoked_at", word.revoked_at.isoformat() if word.revoked_at else None),
        Measured("revocation_reason", word.reason or None),
    )
    if word.state is RevocationState.REVOKED:
        return Answer(Outcome.NOT_MET, measured)
    if word.state is RevocationState.UNKNOWN:
        return Answer(Outcome.NEEDS_REVIEW, measured, "unknown-status")
    return Answer(Outcome.MET, measured)


@check(
    id="ocsp-staple-honest",
    title="The stapled certificate status holds",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("must-staple-missing", "faulty", "unknown-status", "no-staple", "no-tls"),
)
def ocsp_staple_honest(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does an OCSP answer come with the handshake where the certificate demands it (must-staple), and if one
        comes, is it readable, signed by the issuer, in date, and about this certificate?

        Neither demanded nor sent: not applicable.  What a valid answer says of revocation is the matter of
        certificate-not-revoked; only "unknown", which browsers refuse, counts here.  Malformed certificate:
        not tested.  Port refused, or not TLS: not applicable.  Timeout, reset, block: not tested, with the
        cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        Browsers that honour must-staple refuse the site when the answer is missing or wrong.

    How to fix
        Switch stapling on and let the server reach its authority, or have a certificate issued without
        must-staple.

    Not tested by this check
        Servers that staple only now and then: one handshake per address is looked at.
    """
    return worst_certificate(seen, _stapled)


def _stapled(shake: Handshake, offer: Offer) -> Answer:
    must = Measured("must_staple", leaf_of(shake).must_staple)
    staple = captured(shake.staple)
    if staple is None:
        if must.value:
            return Answer(Outcome.NOT_MET, (must,), "must-staple-missing")
        return Answer(Outcome.NOT_APPLICABLE, (must,), "no-staple")
    if staple.fault:
        return Answer(Outcome.NOT_MET, (must, Measured("fault", staple.fault)), "faulty")
    if staple.answer is None:
        untested(Cause.NOT_RUN, "nobody read the staple")
    measured = (must, Measured("status", staple.answer.state.value))
    if staple.answer.state is RevocationState.UNKNOWN:
        return Answer(Outcome.NOT_MET, measured, "unknown-status")
    return Answer(Outcome.MET, measured)


@check(
    id="tlsa-matches",
    title="Published TLSA records match the certificate",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("unusable", "none-published", "unsigned-zone", "bogus", "no-tls"),
)
def tlsa_matches(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Where the name publishes TLSA records under DNSSEC, does one of them match every certificate that an
        address of the host shows, with the chain it sends (RFC 6698, RFC 7671)?  A record that no program
        can read matches nothing; one that may bind a certificate that was not seen leaves the answer open.

        None published, or published without DNSSEC as our resolver sees it (such records count for nobody):
        not applicable.  DNSSEC bogus: not applicable, dnssec-valid says so.  The look-up failed: not tested,
        with the cause.  Port refused, or not TLS: not applicable.  Timeout, reset, block: not tested.
        NXDOMAIN of the host: not tested (no-address).

    Why it matters
        Programs that honour DANE refuse the site when its records were forgotten at a change of certificate.

    How to fix
        Publish the record of the new certificate before the change and take the old one away after it, or
        take all TLSA records away.

    Not tested by this check
        The www/apex twin, and DNSSEC itself, for which the resolver's word is taken.
    """
    shown = seen.get(Tls)
    if not shown.offers:
        untested(Cause.NO_ADDRESS)
    if shown.tlsa is None:
        untested(Cause.NOT_RUN, "TLSA was not asked for")
    look = captured(shown.tlsa)
    if look.said is Said.BOGUS:
        return Answer(Outcome.NOT_APPLICABLE, reason="bogus")
    if not look.records:
        return Answer(Outcome.NOT_APPLICABLE, reason="none-published")
    if not look.authenticated:
        return Answer(
            Outcome.NOT_APPLICABLE, (Measured("records", len(look.records)),), "unsigned-zone"
        )
    return worst_spoken(seen, partial(_pinned, look=look))


def _pinned(offer: Offer, look: Lookup) -> Answer:
    shown = [captured(offer.handshake), *offer.beside]
    return worst((offer.address, partial(_bound, shake, look)) for shake in shown)


def _bound(shake: Handshake, look: Lookup) -> Answer:
    leaf_of(shake)
    path = None if isinstance(shake.path, NotCaptured) else shake.path
    chain = [certificate.der for certificate in shake.chain]
    readable = [record for text in look.records if (record := _read(text)) is not None]
    said = [tlsa.matches(record, chain, path) for record in readable]
    measured = (
        Measured("records", len(look.records)),
        Measured("matching", said.count(tlsa.Match.MATCHED)),
    )
    if tlsa.Match.MATCHED in said:
        return Answer(Outcome.MET, measured)
    if tlsa.Match.UNDECIDED in said:
        path_of(shake)
        untested(Cause.ISSUER_MISSING, "a record may bind a certificate that was not seen")
    if look.total > len(look.records):
        untested(Cause.BUDGET_EVENTS, f"{len(look.records)} of {look.total} records were kept")
    return Answer(Outcome.NOT_MET, measured, "" if readable else "unusable")


def _read(text: str) -> tlsa.Tlsa | None:
    """The record, if any client could use it."""
    try:
        return tlsa.read(text)
    except ValueError:
        return None
