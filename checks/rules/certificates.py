"""The certificate each host shows: its path, its names, its dates and its strength."""

from datetime import datetime, timedelta
from functools import partial

from checks.evidence.base import Cause
from checks.evidence.certificates import Certificate, PathCertificate, PathState
from checks.evidence.tls import Handshake, Offer, Tls
from checks.parsing.offers import first_certificate, leaf_of, path_of, worst_certificate
from checks.spec import (
    Answer,
    Limits,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    check,
    untested,
)

DAY = timedelta(days=1)
WEAK_HASHES = ("md2", "md4", "md5", "sha1")
NAMES_SHOWN = 5


class RenewalLimits(Limits):
    """How long before its end a certificate should have been replaced.

    ``min_days_left``: whole days that must be left; the catalogue asks 21.
    ``short_lifetime_days``: certificates that live *fewer* days than this are judged by the fraction; 90.
    ``short_fraction_left``: the part of the lifetime that must be left for those; a third, given as 0.3333.
    """

    min_days_left: int
    short_lifetime_days: int
    short_fraction_left: float


class KeyLimits(Limits):
    """How strong a key must be, in bits; the catalogue asks RSA 2048 and EC 256.  Ed25519 and Ed448 have one size."""

    min_rsa_bits: int
    min_ec_bits: int


@check(
    id="certificate-trusted",
    title="Browsers trust the certificate's issuer",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("self-signed", "unknown-root", "invalid", "malformed", "no-tls"),
)
def certificate_trusted(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does any valid path lead from the certificate to a root of the Mozilla store, or of a store that the
        operator named?  Asked at a moment inside the certificate's validity: dates and names have checks of
        their own.  The host's addresses and its www/apex twin are all looked at.

        A certificate whose bytes cannot be read: not met (malformed).  Issuer neither sent nor known: not
        tested (issuer-missing), because the missing step is the finding of certificate-chain-complete.
        Port refused, or not TLS: not applicable.  Timeout, reset, block: not tested, with the cause.
        NXDOMAIN: not tested (no-address).

    Why it matters
        Browsers warn visitors away from a certificate that nobody vouches for, and visitors who learn to
        click the warning away are easy to deceive.

    How to fix
        Install a certificate of a public certificate authority; free ones renew by themselves (ACME).

    Not tested by this check
        Dates, names, revocation.
    """
    return worst_certificate(seen, _trusted)


def _trusted(shake: Handshake, offer: Offer) -> Answer:
    leaf = first_certificate(shake)
    if leaf.malformed is not None:
        return Answer(Outcome.NOT_MET, reason="malformed", note=leaf.malformed)
    path = path_of(shake)
    if path.state is PathState.ISSUER_MISSING:
        untested(Cause.ISSUER_MISSING, path.missing_issuer or "")
    steps = " < ".join(step.subject for step in path.certificates)
    measured = (
        Measured("issuer", leaf.issuer),
        Measured("path", steps),
        Measured("store", path.store),
        Measured("store_date", path.store_date),
    )
    if path.state is PathState.TRUSTED:
        return Answer(Outcome.MET, measured, note=path.objection)
    return Answer(Outcome.NOT_MET, measured, path.state.value, note=path.objection)


@check(
    id="certificate-chain-complete",
    title="The whole certificate chain is sent",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("issuer-not-sent", "self-signed", "unknown-root", "invalid", "no-tls"),
)
def certificate_chain_complete(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Are the certificates sent enough to reach the root, without fetching any?  The root itself need not be
        sent.

        Self-signed, ending at a root nobody knows, or forbidden by a rule of the path: not applicable;
        certificate-trusted says so.  Malformed certificate: not tested.  Port refused, or not TLS: not
        applicable.  Timeout, reset, block: not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        Some browsers guess the missing step and others do not: the site works on one phone and warns on the
        next.

    How to fix
        Configure the file with the full chain ("fullchain"), not the certificate alone.

    Not tested by this check
        Whether the root is trusted, and surplus certificates in the chain.
    """
    return worst_certificate(seen, _complete)


def _complete(shake: Handshake, offer: Offer) -> Answer:
    leaf_of(shake)
    path = path_of(shake)
    sent = Measured("served", shake.chain_total or len(shake.chain))
    if path.state is PathState.ISSUER_MISSING:
        missing = path.missing_issuer or "?"
    elif path.state is PathState.TRUSTED:
        unsent = [step.subject for step in path.certificates[:-1] if not step.served]
        if not unsent:
            return Answer(Outcome.MET, (sent,))
        missing = unsent[0]
    else:
        return Answer(Outcome.NOT_APPLICABLE, (sent,), path.state.value)
    return Answer(Outcome.NOT_MET, (sent, Measured("missing_issuer", missing)), "issuer-not-sent")


@check(
    id="certificate-matches-host",
    title="The certificate names this site",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("other-names", "no-names", "no-tls"),
)
def certificate_matches_host(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does a subject alternative name of the certificate cover the host asked for?  A wildcard stands for
        one label; the common name is not looked at, as in browsers.  The www/apex twin must be covered by
        what it shows itself.

        Malformed certificate: not tested.  Port refused, or not TLS: not applicable.  Timeout, reset, block:
        not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        A certificate for another name proves nothing about this site; browsers stop visitors with a warning.

    How to fix
        Ask for a certificate that holds both the name with www and the name without.

    Not tested by this check
        Names other than the host and its www/apex twin.
    """
    return worst_certificate(seen, _matches)


def _matches(shake: Handshake, offer: Offer) -> Answer:
    leaf = leaf_of(shake)
    shown = ", ".join(leaf.dns_names[:NAMES_SHOWN])
    more = max(leaf.names_total, len(leaf.dns_names)) - NAMES_SHOWN
    measured = (
        Measured("host", offer.host),
        Measured("names", f"{shown} (+{more})" if more > 0 else shown),
    )
    if offer.host in leaf.covers:
        return Answer(Outcome.MET, measured)
    return Answer(Outcome.NOT_MET, measured, "other-names" if leaf.dns_names else "no-names")


@check(
    id="certificate-in-date",
    title="The certificate is in date",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("expired", "not-yet-valid", "path-expired", "path-not-yet-valid", "no-tls"),
)
def certificate_in_date(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does the moment judged lie inside the validity of the certificate and, where a path to a trusted root
        exists, of every certificate on that path?  An expired certificate that was sent but is not needed
        for the path does no harm.

        Malformed certificate: not tested.  Port refused, or not TLS: not applicable.  Timeout, reset, block:
        not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        From the hour of expiry every visitor sees a full-page warning instead of the site.

    How to fix
        Renew the certificate now, and set up renewal that runs by itself.

    Not tested by this check
        How soon it will expire: certificate-renewed-in-time.
    """
    return worst_certificate(seen, partial(_in_date, as_of=seen.as_of))


def _in_date(shake: Handshake, offer: Offer, as_of: datetime) -> Answer:
    leaf = leaf_of(shake)
    starts_at, ends_at = _validity(leaf)
    measured = (
        Measured("not_before", starts_at.isoformat()),
        Measured("not_after", ends_at.isoformat()),
    )
    if as_of > ends_at:
        return Answer(Outcome.NOT_MET, measured, "expired")
    if as_of < starts_at:
        return Answer(Outcome.NOT_MET, measured, "not-yet-valid")
    path = path_of(shake)
    steps = path.certificates[1:] if path.state is PathState.TRUSTED else ()
    for step in steps:
        if as_of > step.not_after:
            return Answer(Outcome.NOT_MET, measured, "path-expired", note=_dated(step))
        if as_of < step.not_before:
            return Answer(Outcome.NOT_MET, measured, "path-not-yet-valid", note=_dated(step))
    return Answer(Outcome.MET, measured)


def _dated(step: PathCertificate) -> str:
    return f"{step.subject}: {step.not_before.isoformat()} to {step.not_after.isoformat()}"


@check(
    id="certificate-renewed-in-time",
    title="The certificate is renewed well before it ends",
    family="tls",
    needs=(Tls,),
    limits=RenewalLimits,
    reasons=("expired-already", "no-tls"),
)
def certificate_renewed_in_time(seen: Seen, limits: RenewalLimits) -> Answer:
    """
    What it asks
        Are enough days left before the certificate ends?  A certificate with a short life is asked for a
        part of that life instead.  Both ends of the validity belong to it (RFC 5280, 4.1.2.5), so a
        certificate made for 90 days lives 90 days, not a second less.

        Expired already: not applicable, because certificate-in-date says so.  Malformed certificate: not
        tested.  Port refused, or not TLS: not applicable.  Timeout, reset, block: not tested, with the
        cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        Renewal that is late once will fail one day in the holidays, when nobody is there to notice.

    How to fix
        Let the server renew by itself (ACME) and see why the last renewal did not run.

    Not tested by this check
        The intermediates, which the authority renews.
    """
    return worst_certificate(seen, partial(_renewed, as_of=seen.as_of, limits=limits))


def _renewed(
    shake: Handshake,
    offer: Offer,
    as_of: datetime,
    limits: RenewalLimits,
) -> Answer:
    starts_at, ends_at = _validity(leaf_of(shake))
    left = ends_at - as_of
    if left < timedelta(0):
        return Answer(Outcome.NOT_APPLICABLE, reason="expired-already")
    lifetime = ends_at - starts_at + timedelta(seconds=1)
    if lifetime < limits.short_lifetime_days * DAY:
        asked = lifetime * limits.short_fraction_left
    else:
        asked = limits.min_days_left * DAY
    return Answer(
        Outcome.MET if left >= asked else Outcome.NOT_MET,
        (
            Measured("days_left", left.days, round(asked / DAY, 1), "days"),
            Measured("lifetime_days", round(lifetime / DAY), unit="days"),
            Measured("not_after", ends_at.isoformat()),
        ),
    )


@check(
    id="certificate-key-strong",
    title="The certificate's key is strong",
    family="tls",
    needs=(Tls,),
    limits=KeyLimits,
    reasons=("rsa-short", "ec-short", "unknown-kind", "no-tls"),
)
def certificate_key_strong(seen: Seen, limits: KeyLimits) -> Answer:
    """
    What it asks
        Is the key of the host's certificate long enough for its kind?  A kind other than RSA, EC, Ed25519 and
        Ed448 is for a person to look at.

        Malformed certificate: not tested.  Port refused, or not TLS: not applicable.  Timeout, reset, block:
        not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        A short key can be computed by others, who can then pass for the school's site.

    How to fix
        Make a new key (RSA 2048 bits or EC P-256, or stronger) and have the certificate issued anew.

    Not tested by this check
        The keys of the issuers; keys shared with other sites; known weak keys.
    """
    return worst_certificate(seen, partial(_strong, limits=limits))


def _strong(shake: Handshake, offer: Offer, limits: KeyLimits) -> Answer:
    leaf = leaf_of(shake)
    kind, bits = leaf.key_kind, leaf.key_bits
    if kind is None or (kind in {"RSA", "EC"} and bits is None):
        untested(Cause.CERT_MALFORMED, "the key could not be read")
    asked = {"RSA": limits.min_rsa_bits, "EC": limits.min_ec_bits}.get(kind)
    measured = (Measured("key_kind", kind), Measured("key_bits", bits, asked, "bits"))
    if asked is not None and bits is not None:
        if bits >= asked:
            return Answer(Outcome.MET, measured)
        return Answer(Outcome.NOT_MET, measured, f"{kind.lower()}-short")
    if kind in {"Ed25519", "Ed448"}:
        return Answer(Outcome.MET, measured)
    return Answer(Outcome.NEEDS_REVIEW, measured, "unknown-kind")


@check(
    id="certificate-signature-strong",
    title="The certificates are signed with a strong hash",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("weak-hash", "self-signed", "no-tls"),
)
def certificate_signature_strong(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Is no certificate of the validating path signed with MD2, MD4, MD5 or SHA-1?  The root's own signature
        proves nothing and is left out.  Where no path validates, the certificates sent are judged, the
        self-signed ones left out.

        Nothing but a self-signed certificate: not applicable.  Malformed certificate: not tested.  Port
        refused, or not TLS: not applicable.  Timeout, reset, block: not tested, with the cause.  NXDOMAIN:
        not tested (no-address).

    Why it matters
        These hashes can be forged: somebody could make a second certificate with the same signature.

    How to fix
        Have the certificate issued anew, and send the authority's present intermediate certificates.

    Not tested by this check
        The signatures in the handshake itself.
    """
    return worst_certificate(seen, _signed)


def _signed(shake: Handshake, offer: Offer) -> Answer:
    leaf_of(shake)
    path = path_of(shake)
    if path.state is PathState.TRUSTED:
        hashes: list[str | None] = [step.signature_hash for step in path.certificates[:-1]]
    else:
        others = [cert for cert in shake.chain if cert.malformed or cert.issuer != cert.subject]
        hashes = [cert.signature_hash for cert in others]
    if not hashes:
        return Answer(Outcome.NOT_APPLICABLE, reason="self-signed")
    known = [word for word in hashes if word is not None]
    measured = (Measured("signature_hashes", ", ".join(dict.fromkeys(known))),)
    if any(word.lower() in WEAK_HASHES for word in known):
        return Answer(Outcome.NOT_MET, measured, "weak-hash")
    if len(known) < len(hashes):
        untested(Cause.CERT_MALFORMED, "a certificate of the chain could not be read")
    return Answer(Outcome.MET, measured)


def _validity(leaf: Certificate) -> tuple[datetime, datetime]:
    if leaf.not_before is None or leaf.not_after is None:
        untested(Cause.CERT_MALFORMED, "the dates could not be read")
    return leaf.not_before, leaf.not_after
