"""What the first flights of a handshake show beside version and suite."""

import re

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.http import Http
from checks.evidence.tls import Offer, Tls, Traits, Version
from checks.parsing.answers import gradable, host_of, scheme_of
from checks.parsing.offers import (
    accepted,
    all_asked,
    listed,
    something_spoken,
    spelled,
    worst_spoken,
)
from checks.spec import (
    Answer,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    captured,
    check,
    untested,
)

BELOW_13 = (Version.SSL3, Version.TLS10, Version.TLS11, Version.TLS12)
"""SSL 2 knows none of these traits."""
WITH_EXTENSIONS = BELOW_13[1:]
_H3 = re.compile(r'(?:^|,)\s*h3\s*=\s*"')


@check(
    id="tls-compression-off",
    title="TLS compression is off",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("no-older-version", "no-tls"),
)
def tls_compression_off(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every address refuse to compress inside TLS when the hello offers it?

        No version from SSL 3 to TLS 1.2 spoken: not applicable, because TLS 1.3 has no compression.  Port refused, or not TLS: not
        applicable.  Timeout, reset, block: not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        The length of compressed data gives away what is in them: cookies of a login were read that way
        (CRIME).

    How to fix
        Update the TLS library; every version since 2013 leaves compression off.

    Not tested by this check
        Compression of pages (gzip), which is another thing.
    """
    return worst_spoken(seen, _uncompressed)


def _uncompressed(offer: Offer) -> Answer:
    compresses = _older(offer, BELOW_13, trait=_traits(offer).compression)
    if compresses is None:
        return _NO_OLDER
    return _told(Measured("compression", compresses), met=not compresses)


@check(
    id="renegotiation-secure",
    title="Secure renegotiation is supported",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("no-older-version", "no-tls"),
)
def renegotiation_secure(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every address support secure renegotiation (RFC 5746) up to TLS 1.2?

        No version from SSL 3 to TLS 1.2 spoken: not applicable, because TLS 1.3 has no renegotiation.  Port refused, or not TLS: not
        applicable.  Timeout, reset, block: not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        Without it an attacker can put a request of his own in front of a visitor's, as if the visitor had
        sent it.

    How to fix
        Update the TLS library: every version since 2010 supports it.

    Not tested by this check
        Whether visitors may start a renegotiation: client-renegotiation-off.
    """
    return worst_spoken(seen, _renegotiation)


def _renegotiation(offer: Offer) -> Answer:
    secure = _older(offer, BELOW_13, trait=_traits(offer).secure_renegotiation)
    return _NO_OLDER if secure is None else _told(Measured("supported", secure), met=secure)


@check(
    id="extended-master-secret",
    title="Session keys are bound to their handshake",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("no-older-version", "no-tls"),
)
def extended_master_secret(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every address support the extended master secret (RFC 7627) up to TLS 1.2?

        No version from TLS 1.0 to TLS 1.2 spoken: not applicable, because TLS 1.3 always binds its keys.  Port refused, or not TLS: not
        applicable.  Timeout, reset, block: not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        Without it an attacker can make two sessions share one key and pass for the visitor in one of them.

    How to fix
        Update the TLS library (OpenSSL 1.1.0, Windows Server 2016, or newer).

    Not tested by this check
        Whether the server demands it of every visitor.
    """
    return worst_spoken(seen, _master_secret)


def _master_secret(offer: Offer) -> Answer:
    bound = _older(offer, WITH_EXTENSIONS, trait=_traits(offer).extended_master_secret)
    return _NO_OLDER if bound is None else _told(Measured("supported", bound), met=bound)


@check(
    id="downgrade-protected",
    title="A forced downgrade is refused",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("one-version", "no-tls"),
)
def downgrade_protected(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Where an address speaks more than one version, does it refuse a hello below its best one that carries
        the sign of a second try (TLS_FALLBACK_SCSV, RFC 7507)?

        One version spoken, SSL 2 aside: not applicable.  Port refused, or not TLS: not applicable.  Timeout, reset, block:
        not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        An attacker who disturbs the first tries of a connection can otherwise make both sides settle for the
        oldest version they have in common.

    How to fix
        Update the TLS library, or leave TLS 1.3 and TLS 1.2 as the only versions.

    Not tested by this check
        The mark against downgrades inside TLS 1.3, which browsers verify by themselves.
    """
    return worst_spoken(seen, _protected)


def _protected(offer: Offer) -> Answer:
    refused = captured(_traits(offer).fallback_refused)
    versions = accepted(offer, (*BELOW_13, Version.TLS13))
    if refused is None:
        something_spoken(offer)
        all_asked(offer, (*BELOW_13, Version.TLS13))
        if len(versions) > 1:
            untested(Cause.NOT_RUN, "nobody tried a downgrade")
        return Answer(Outcome.NOT_APPLICABLE, reason="one-version")
    measured = (
        Measured("fallback_refused", refused),
        Measured("versions", spelled(versions)),
    )
    return Answer(Outcome.MET if refused else Outcome.NOT_MET, measured)


@check(
    id="early-data-off",
    title="Early data (0-RTT) is off",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("no-tls13", "no-tls"),
)
def early_data_off(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does no ticket that an address hands out allow data before the handshake is over (TLS 1.3, 0-RTT)?

        TLS 1.3 not spoken: not applicable.  Port refused, or not TLS: not applicable.  Timeout, reset, block:
        not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        Early data can be caught and sent again: a form that a parent sent once arrives twice, unless the
        application was written with that in mind.

    How to fix
        Leave early data off (``ssl_early_data off``); at a delivery network, switch off "0-RTT".

    Not tested by this check
        Whether the application guards itself against repeated requests.
    """
    return worst_spoken(seen, _early_data)


def _early_data(offer: Offer) -> Answer:
    most_bytes = captured(_traits(offer).early_data_bytes)
    if most_bytes is None:
        all_asked(offer, (Version.TLS13,))
        if Version.TLS13 in accepted(offer):
            untested(Cause.NOT_RUN, "no ticket was looked at")
        return Answer(Outcome.NOT_APPLICABLE, reason="no-tls13")
    return Answer(
        Outcome.NOT_MET if most_bytes else Outcome.MET,
        (Measured("max_early_data", most_bytes, 0, "bytes"),),
    )


@check(
    id="http2-offered",
    title="HTTP/2 or HTTP/3 is offered",
    family="tls",
    needs=(Tls, Http),
    limits=NoLimits,
    reasons=("no-tls",),
)
def http2_offered(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every address choose h2 when the handshake offers it (ALPN), or does the site name h3 in Alt-Svc?

        The answers over http are read only where the handshake gave no h2.  Port refused, or not TLS: not
        applicable.  Timeout, reset, block: not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        Newer HTTP loads a page's many small files over one connection: quicker for parents on slow lines.

    How to fix
        Switch on HTTP/2 in the web server (``http2 on;``) or at the hosting company.

    Not tested by this check
        Whether h3 can be reached (UDP is not asked), and how pages travel over it.
    """
    return worst_spoken(seen, lambda offer: _newer_http(seen, offer))


def _newer_http(seen: Seen, offer: Offer) -> Answer:
    shake = offer.handshake
    traits = offer.traits
    alpn = traits if isinstance(traits, NotCaptured) else traits.alpn
    agreed = [] if isinstance(shake, NotCaptured) or not shake.alpn else [shake.alpn]
    chosen = agreed if isinstance(alpn, NotCaptured) else [*alpn, *agreed]
    protocols = dict.fromkeys(chosen)
    if "h2" in protocols:
        return Answer(Outcome.MET, (Measured("protocols", listed(protocols)),))
    http = seen.payloads.get(Http)
    if isinstance(http, Http) and _names_h3(http, offer.host):
        return Answer(Outcome.MET, (Measured("protocols", listed([*protocols, "h3"])),))
    captured(alpn)
    answers = seen.get(Http).https
    captured(answers.end)
    if answers.last is not None:
        gradable(answers.last)
    return Answer(Outcome.NOT_MET, (Measured("protocols", listed(protocols) or None),))


def _names_h3(http: Http, host: str) -> bool:
    """Whether an answer of the host over https names h3 as an alternative (RFC 9114, 3.1.1)."""
    hops = [hop for hop in http.https.hops if scheme_of(hop.url) == "https"]
    return any(
        _H3.search(value)
        for hop in hops
        if host_of(hop.url) == host
        for value in hop.values("alt-svc")
    )


_NO_OLDER = Answer(Outcome.NOT_APPLICABLE, reason="no-older-version")


def _told(measured: Measured, *, met: bool) -> Answer:
    return Answer(Outcome.MET if met else Outcome.NOT_MET, (measured,))


def _traits(offer: Offer) -> Traits:
    return captured(offer.traits)


def _older(
    offer: Offer, versions: tuple[Version, ...], *, trait: bool | NotCaptured | None
) -> bool | None:
    """A trait of older versions; ``None`` only where each of them was refused."""
    found = captured(trait)
    if found is None:
        something_spoken(offer)
        all_asked(offer, versions)
        if accepted(offer, versions):
            untested(Cause.NOT_RUN, "nobody looked below TLS 1.3")
    return found
