"""Whether an address gave in to a known attack; looked for only with a permission that names the family."""

from collections.abc import Callable
from functools import partial

from checks.evidence.base import NotCaptured
from checks.evidence.tls import Tls
from checks.evidence.vulnerabilities import Exposed, Vulnerabilities
from checks.parsing.offers import NO_TLS, without_tls
from checks.spec import Answer, Limits, Measured, NoLimits, Outcome, Seen, captured, check, worst


class RenegotiationLimits(Limits):
    """How often a visitor may start a renegotiation; the catalogue allows 10."""

    max_renegotiations: int


@check(
    id="heartbleed-absent",
    title="The server does not have the Heartbleed hole",
    family="tls",
    needs=(Vulnerabilities, Tls),
    limits=NoLimits,
    reasons=("no-tls",),
)
def heartbleed_absent(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every address answer an oversized heartbeat without giving away its memory (CVE-2014-0160)?

        Asked only where the permission names the family ``vulnerability``; otherwise not tested
        (not-permitted).  Port refused, or not TLS: not applicable.  Timeout, reset, block: not tested, with
        the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        Anyone can read passwords and the server's key out of its memory, without leaving a trace.

    How to fix
        Update OpenSSL, then make a new key, have the certificate issued anew and change all passwords.

    Not tested by this check
        Other services on the same machine.
    """
    return _worst(seen, lambda exposed: _absent(gave_in=exposed.heartbleed))


@check(
    id="ccs-injection-absent",
    title="The server does not have the CCS injection hole",
    family="tls",
    needs=(Vulnerabilities, Tls),
    limits=NoLimits,
    reasons=("no-tls",),
)
def ccs_injection_absent(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every address refuse a change of keys before there are any (CVE-2014-0224)?

        Asked only where the permission names the family ``vulnerability``; otherwise not tested
        (not-permitted).  Port refused, or not TLS: not applicable.  Timeout, reset, block: not tested, with
        the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        An attacker on the way can make both sides use a key that he knows, and read everything.

    How to fix
        Update OpenSSL; the hole was mended in June 2014.

    Not tested by this check
        Other services on the same machine.
    """
    return _worst(seen, lambda exposed: _absent(gave_in=exposed.ccs_injection))


@check(
    id="robot-absent",
    title="The server does not have the ROBOT hole",
    family="tls",
    needs=(Vulnerabilities, Tls),
    limits=NoLimits,
    reasons=("no-tls",),
)
def robot_absent(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every address treat well-formed and badly formed RSA messages alike, so that nobody can use it to
        decrypt recorded traffic (ROBOT)?

        Asked only where the permission names the family ``vulnerability``; otherwise not tested
        (not-permitted).  Port refused, or not TLS: not applicable.  Timeout, reset, block: not tested, with
        the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        Recorded visits can be decrypted with the server's unwitting help, as can signatures be forged.

    How to fix
        Switch off every suite with RSA key transport, and update the server or the balancer before it.

    Not tested by this check
        Other services that use the same key.
    """
    return _worst(seen, lambda exposed: _absent(gave_in=exposed.robot))


@check(
    id="client-renegotiation-off",
    title="Visitors cannot start renegotiations at will",
    family="tls",
    needs=(Vulnerabilities, Tls),
    limits=RenegotiationLimits,
    reasons=("only-tls13", "no-tls"),
)
def client_renegotiation_off(seen: Seen, limits: RenegotiationLimits) -> Answer:
    """
    What it asks
        Does every address refuse when the visitor's side wants to renegotiate an open connection, or stop
        after a few times?

        Only TLS 1.3 spoken: not applicable.  Asked only where the permission names the family
        ``vulnerability``; otherwise not tested (not-permitted).  Port refused, or not TLS: not applicable.
        Timeout, reset, block: not tested, with the cause.  NXDOMAIN: not tested (no-address).

    Why it matters
        Each renegotiation costs the server many times what it costs the visitor: one laptop can keep a school's
        server busy.

    How to fix
        Update the web server; today's versions refuse by themselves.

    Not tested by this check
        Whether renegotiation is secure: renegotiation-secure.
    """
    return _worst(seen, partial(_renegotiations, limits=limits))


def _renegotiations(exposed: Exposed, limits: RenegotiationLimits) -> Answer:
    allowed = captured(exposed.client_renegotiations)
    if allowed is None:
        return Answer(Outcome.NOT_APPLICABLE, reason="only-tls13")
    return Answer(
        Outcome.MET if allowed <= limits.max_renegotiations else Outcome.NOT_MET,
        (Measured("renegotiations", allowed, limits.max_renegotiations),),
    )


def _absent(*, gave_in: bool | NotCaptured) -> Answer:
    vulnerable = captured(gave_in)
    outcome = Outcome.NOT_MET if vulnerable else Outcome.MET
    return Answer(outcome, (Measured("vulnerable", vulnerable),))


def _worst(seen: Seen, ask: Callable[[Exposed], Answer]) -> Answer:
    """The worst answer over the addresses; one without TLS has nothing to attack."""
    found = seen.get(Vulnerabilities)
    tls = seen.payloads.get(Tls)
    offers = tls.offers if isinstance(tls, Tls) else ()
    closed = [offer.address for offer in offers if without_tls(offer)]
    asked = [
        (exposed.address, partial(ask, exposed))
        for exposed in found.addresses
        if exposed.address not in closed
    ]
    return worst([*asked, *((address, _no_tls) for address in closed)])


def _no_tls() -> Answer:
    return NO_TLS
