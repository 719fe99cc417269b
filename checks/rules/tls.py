"""Which protocol versions each address of the site speaks."""

from collections.abc import Callable, Iterable
from functools import partial

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import Acceptance, Handshake, HandshakeState, Offer, Tls, Version
from checks.spec import (
    Answer,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    captured,
    check,
    untested,
    worst,
)

OLD = (Version.SSL2, Version.SSL3, Version.TLS10, Version.TLS11)
GOOD = (Version.TLS12, Version.TLS13)


@check(
    id="https-offered",
    title="The site can be reached over https",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("refused", "not-tls"),
)
def https_offered(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does a TLS handshake complete on the https port, on every address looked at?  Whether the certificate
        is trusted is not asked here.

        Refused: not met.  A port that speaks, but not TLS: not met.  Timeout, reset, an alert, a demand for
        a client certificate: not tested, with the cause.  NXDOMAIN: there is no address to ask, so not
        tested (no-address); the name's own check says so.

    Why it matters
        Without https, whatever parents read and type on the site can be read and changed on the way.

    How to fix
        Switch on https at the hosting company, or install a free certificate (ACME) and open port 443.

    Not tested by this check
        The certificate, the protocol versions, and addresses beyond the fourth.
    """
    return _worst(seen, _offers)


def _offers(offer: Offer) -> Answer:
    handshake = captured(offer.handshake)
    if handshake.state is not HandshakeState.COMPLETED:
        return Answer(Outcome.NOT_MET, reason=handshake.state.value, note=handshake.spoke)
    version = handshake.version.value if handshake.version else ""
    return Answer(Outcome.MET, (Measured("version", version),))


@check(
    id="old-tls-off",
    title="Old protocol versions are refused",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("no-tls",),
)
def old_tls_off(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every address refuse SSL 2, SSL 3, TLS 1.0 and TLS 1.1, each asked alone?

        Port refused, or not TLS: not applicable (there is no old TLS where there is none).  One version seen
        accepted settles it.  Timeout, reset, block or a version we could not ask: not tested.  NXDOMAIN: not
        tested (no-address).

    Why it matters
        The old versions have known holes; an attacker who can force one may read what should be secret.

    How to fix
        Allow only TLS 1.2 and TLS 1.3 in the web server's configuration.

    Not tested by this check
        Cipher suites and keys; other services on the same address.
    """
    return _worst(seen, _old_off)


def _old_off(offer: Offer) -> Answer:
    if _no_tls(offer):
        return Answer(Outcome.NOT_APPLICABLE, reason="no-tls")
    accepted = _accepted(offer, OLD)
    if accepted:
        return Answer(Outcome.NOT_MET, (Measured("accepted", _listed(accepted)),))
    _all_asked(offer, OLD)
    return Answer(Outcome.MET, (Measured("accepted", _listed(_accepted(offer, Version))),))


@check(
    id="tls12-or-better",
    title="TLS 1.2 or TLS 1.3 is spoken",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("no-tls",),
)
def tls12_or_better(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every address accept TLS 1.2 or TLS 1.3?

        Port refused, or not TLS: not met (the label asks for TLS, and there is none).  Timeout, reset, block:
        not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        Browsers of today speak nothing older; visitors would see an error page instead of the school's.

    How to fix
        Allow TLS 1.2 and TLS 1.3; a server too old for them needs an update.

    Not tested by this check
        Whether older versions are refused as well: a check of its own.
    """
    return _worst(seen, _good_on)


def _good_on(offer: Offer) -> Answer:
    if _no_tls(offer):
        return Answer(Outcome.NOT_MET, (Measured("accepted", ""),), "no-tls")
    accepted = _accepted(offer, Version)
    if not any(version in GOOD for version in accepted):
        _all_asked(offer, GOOD)
        return Answer(Outcome.NOT_MET, (Measured("accepted", _listed(accepted)),))
    return Answer(Outcome.MET, (Measured("accepted", _listed(accepted)),))


@check(
    id="tls13-offered",
    title="TLS 1.3 is offered",
    family="tls",
    needs=(Tls,),
    limits=NoLimits,
    reasons=("no-tls",),
)
def tls13_offered(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every address accept TLS 1.3?

        Port refused, or not TLS: not applicable.  Timeout, reset, block: not tested, with the cause.
        NXDOMAIN: not tested (no-address).

    Why it matters
        The newest version is faster to set up and leaves out everything that was found weak in older ones.

    How to fix
        Add TLS 1.3 to the versions allowed; it needs OpenSSL 1.1.1 or Windows Server 2022, or newer.

    Not tested by this check
        Early data and the groups offered.
    """
    return _worst(seen, _newest_on)


def _newest_on(offer: Offer) -> Answer:
    if _no_tls(offer):
        return Answer(Outcome.NOT_APPLICABLE, reason="no-tls")
    accepted = _accepted(offer, Version)
    if Version.TLS13 not in accepted:
        _all_asked(offer, (Version.TLS13,))
    met = Version.TLS13 in accepted
    return Answer(
        Outcome.MET if met else Outcome.NOT_MET, (Measured("accepted", _listed(accepted)),)
    )


def _worst(seen: Seen, ask: Callable[[Offer], Answer]) -> Answer:
    return worst((offer.address, partial(ask, offer)) for offer in seen.get(Tls).offers)


def _no_tls(offer: Offer) -> bool:
    """Whether the port was seen closed, or seen to speak something else."""
    shake = offer.handshake
    return isinstance(shake, Handshake) and shake.state is not HandshakeState.COMPLETED


def _accepted(offer: Offer, among: Iterable[Version]) -> tuple[Version, ...]:
    """The versions seen accepted, oldest first: by a hello of their own, or by the full handshake."""
    used = offer.handshake.version if isinstance(offer.handshake, Handshake) else None
    return tuple(
        version
        for version in among
        if offer.versions.get(version) is Acceptance.ACCEPTED or version is used
    )


def _all_asked(offer: Offer, versions: Iterable[Version]) -> None:
    """``Untested`` unless each of these versions was asked and answered."""
    for version in versions:
        answer = offer.versions.get(version, NotCaptured(cause=Cause.NOT_RUN))
        if isinstance(answer, NotCaptured):
            untested(answer.cause, f"{version.value}: {answer.detail or answer.cause.value}")


def _listed(versions: Iterable[Version]) -> str:
    return ", ".join(version.value for version in versions)
