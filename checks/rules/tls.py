"""Which protocol versions each address of the site speaks."""

from checks.evidence.tls import HandshakeState, Offer, Tls, Version
from checks.parsing.offers import accepted, all_asked, spelled, without_tls, worst_address
from checks.spec import Answer, Measured, NoLimits, Outcome, Seen, captured, check

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
    return worst_address(seen, _offers)


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
    names=("accepted",),
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
    return worst_address(seen, _old_off)


def _old_off(offer: Offer) -> Answer:
    if without_tls(offer):
        return Answer(Outcome.NOT_APPLICABLE, reason="no-tls")
    found = accepted(offer, OLD)
    if found:
        return Answer(Outcome.NOT_MET, (Measured("accepted", spelled(found)),))
    all_asked(offer, OLD)
    return Answer(Outcome.MET, (Measured("accepted", spelled(accepted(offer))),))


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
    return worst_address(seen, _good_on)


def _good_on(offer: Offer) -> Answer:
    if without_tls(offer):
        return Answer(Outcome.NOT_MET, (Measured("accepted", ""),), "no-tls")
    found = accepted(offer)
    if not any(version in GOOD for version in found):
        all_asked(offer, GOOD)
        return Answer(Outcome.NOT_MET, (Measured("accepted", spelled(found)),))
    return Answer(Outcome.MET, (Measured("accepted", spelled(found)),))


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
    return worst_address(seen, _newest_on)


def _newest_on(offer: Offer) -> Answer:
    if without_tls(offer):
        return Answer(Outcome.NOT_APPLICABLE, reason="no-tls")
    found = accepted(offer)
    if Version.TLS13 not in found:
        all_asked(offer, (Version.TLS13,))
    met = Version.TLS13 in found
    return Answer(Outcome.MET if met else Outcome.NOT_MET, (Measured("accepted", spelled(found)),))
