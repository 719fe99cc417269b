"""Whether resolvers can tell a forged answer for the site's name from the true one (DNSSEC, RFC 9364)."""

from datetime import timedelta

from checks.evidence.base import Cause
from checks.evidence.dnssec import Cut, Dnssec, State, Validated, Why
from checks.evidence.names import Said
from checks.parsing.text import display
from checks.spec import Answer, Measured, NoLimits, Outcome, Seen, captured, check, untested

DAY = timedelta(days=1)
RSA_SHA1 = frozenset({5, 7})
"""RFC 9905: not to be signed with any more."""
SHA1 = 1
_BOGUS = {
    Why.EXPIRED: "bogus-expired",
    Why.NOT_YET_VALID: "bogus-early",
    Why.NO_KEY: "bogus-keys",
    Why.WRONG_SIGNATURE: "bogus-signature",
    Why.MISSING_SIGNATURE: "bogus-unsigned",
    Why.MISSING_PROOF: "bogus-proof",
    Why.WRONG_DS: "bogus-ds",
    Why.NO_DNSKEY: "bogus-ds",
}
_INSECURE = {
    Why.UNSUPPORTED_ALGORITHM: "unknown-algorithm",
    Why.UNSUPPORTED_DIGEST: "unknown-algorithm",
    Why.ITERATIONS: "too-many-iterations",
}


@check(
    id="dnssec-valid",
    title="The name is signed with DNSSEC and the signatures are valid",
    family="dns",
    needs=(Dnssec,),
    limits=NoLimits,
    reasons=(
        "unsigned",
        "no-ds",
        "parent-unsigned",
        "opt-out",
        "unknown-algorithm",
        "weak-algorithm",
        "too-many-iterations",
        "alias-unsigned",
        "alias-bogus",
        "no-such-name",
        *sorted(set(_BOGUS.values())),
    ),
)
def dnssec_valid(seen: Seen, _limits: NoLimits) -> Answer:
    """
    What it asks
        Does a chain of signatures lead from the root's trust anchor down to the A and AAAA records of the host,
        or to the proof that there is none of a type (RFC 4035)?  We validate by ourselves; the resolver's word is
        not taken.

        Secure: met.  Insecure is not met, each with its own reason: the zone is not signed (unsigned), it is
        signed and its parent has no DS record (no-ds), the chain ends above the registered name
        (parent-unsigned), only algorithms that validators do not know (unknown-algorithm) or should no longer be
        signed with (weak-algorithm, RFC 9905), more NSEC3 iterations than validators go along with
        (too-many-iterations, RFC 9276), a span that leaves names out (opt-out), an alias into a zone that is
        not signed (alias-unsigned).  Bogus, seen twice from the start: not met, with what is wrong.

        NXDOMAIN: not applicable (name-resolves speaks of it).  NODATA counts when it is proven.  Timeout,
        SERVFAIL or refusal although checking is off: not tested, with the cause.  A resolver that strips
        signatures, a chain that breaks at the root or a public suffix, roots that do not fit: not tested
        (scanner-cannot).  Our clock wrong: not tested (local-clock-wrong).  Signatures that ended between look
        and judgement: not tested (evidence-expired).  Refused, reset and blocked connections play no part:
        the site is not connected to.

    Why it matters
        Without it a forged DNS answer leads parents to a copy of the site, and nobody notices.  With broken
        signatures the site is gone for everybody whose provider checks them.

    How to fix
        Switch signing on at the DNS provider, and hand the DS record to the registrar.  Broken: sign again, or
        correct the DS record.

    Not tested by this check
        Other names of the zone, the twin, and whether every name server serves the same signatures.
    """
    found = seen.get(Dnssec)
    looks = (found.a, found.aaaa)
    known = [look for look in looks if isinstance(look, Validated)]
    for look in known:
        if look.state is State.BOGUS:
            return _bogus(found, look)
    a, aaaa = captured(found.a), captured(found.aaaa)
    if a.said is Said.NXDOMAIN:
        return Answer(Outcome.NOT_APPLICABLE, reason="no-such-name")
    for look in (a, aaaa):
        if look.state is State.INSECURE:
            return _insecure(found, look)
    return _secure(seen, found, (a, aaaa))


def _bogus(found: Dnssec, look: Validated) -> Answer:
    if look.registry or look.why is None:
        # It is not the whole country's zone that is broken, but what lies between us and it.
        untested(Cause.SCANNER_CANNOT, f"{look.zone or 'the root'}: {look.why}")
    measured = (*_measured(found), Measured("zone", look.zone), Measured("alias", look.broke_at))
    if look.broke_at != look.name:
        return Answer(Outcome.NOT_MET, measured, "alias-bogus", note=look.why.value)
    return Answer(Outcome.NOT_MET, measured, _BOGUS[look.why], note=look.why.value)


def _insecure(found: Dnssec, look: Validated) -> Answer:
    measured = (*_measured(found), Measured("zone", look.zone), Measured("alias", look.broke_at))
    if look.iterations is not None:
        measured += (Measured("iterations", look.iterations),)
    note = look.why.value if look.why else ""
    if look.broke_at != look.name:
        return Answer(Outcome.NOT_MET, measured, "alias-unsigned", note)
    if look.why in _INSECURE:
        return Answer(Outcome.NOT_MET, measured, _INSECURE[look.why], note)
    ended = found.cuts[-1] if found.cuts else None
    if ended is None or ended.state is not State.INSECURE:
        return Answer(Outcome.NOT_MET, measured, "opt-out", note)
    if look.registry:
        return Answer(Outcome.NOT_MET, measured, "parent-unsigned", note)
    island = captured(found.island)
    if not island:
        return Answer(Outcome.NOT_MET, measured, "unsigned", note)
    first = island[0]
    line = (
        f"{look.zone}. IN DS {first.tag} {first.algorithm} {first.digest_type} "
        f"{first.digest.upper()}"
    )
    return Answer(
        Outcome.NOT_MET, (*measured, Measured("suggested", display(line, 400))), "no-ds", note
    )


def _secure(seen: Seen, found: Dnssec, looks: tuple[Validated, ...]) -> Answer:
    own = [cut for cut in found.cuts if not cut.registry]
    ends = [look.expires_at for look in looks] + [cut.expires_at for cut in own]
    until = min((end for end in ends if end is not None), default=None)
    measured = (*_measured(found), Measured("zone", looks[0].zone))
    if until is not None:
        if until < seen.as_of:
            untested(Cause.EVIDENCE_EXPIRED, f"signed until {until:%Y-%m-%d %H:%M} UTC")
        measured += (
            Measured("days_left", (until - seen.as_of) // DAY, unit="days"),
            Measured("signed_until", until.isoformat()),
        )
    if any(map(_weak, own)):
        return Answer(Outcome.NOT_MET, measured, "weak-algorithm")
    return Answer(Outcome.MET, measured)


def _weak(cut: Cut) -> bool:
    """Whether a zone hangs on SHA-1 alone: in its keys, or in what its parent holds of them."""
    keys = {key.algorithm for key in cut.keys if not key.revoked}
    digests = {ds.digest_type for ds in cut.ds}
    return (bool(keys) and keys <= RSA_SHA1) or digests == {SHA1}


def _measured(found: Dnssec) -> tuple[Measured, ...]:
    own = [cut for cut in found.cuts if not cut.registry]
    looks = [look.state.value for look in (found.a, found.aaaa) if isinstance(look, Validated)]
    keys = sorted({key.algorithm for cut in own for key in cut.keys})
    bits = [key.bits for cut in own for key in cut.keys if key.bits]
    measured = (
        Measured("host", found.host),
        Measured("state", "/".join(dict.fromkeys(looks))),
        Measured("algorithms", ", ".join(map(str, keys))),
        Measured("anchor", found.anchor),
    )
    return (*measured, Measured("smallest_key", min(bits), unit="bits")) if bits else measured
