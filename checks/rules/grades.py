"""What the public rating models say of a site, by their own arithmetic."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import PathState, RevocationState
from checks.evidence.http import Http
from checks.evidence.tls import Handshake, Offer, Tls, Version
from checks.evidence.vulnerabilities import Vulnerabilities
from checks.parsing import hsts
from checks.parsing.answers import gradable
from checks.parsing.groups import group
from checks.parsing.offers import (
    NO_TLS,
    accepted,
    all_asked,
    all_suites_asked,
    first_certificate,
    leaf_of,
    listed,
    not_cut,
    path_of,
    something_spoken,
    suites_seen,
    without_tls,
)
from checks.parsing.ssl_labs import CAPS, EDITION, LETTERS, LONG_HSTS_S, Server, grade, lowest
from checks.spec import (
    WORST_FIRST,
    Answer,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    Untested,
    captured,
    check,
    untested,
    worst,
)

_CURVE_OF = {"Ed25519": 256, "Ed448": 448}
_BEST = LETTERS[0]


@check(
    id="ssl-labs-grade",
    title="The grade by SSL Labs' rating guide is recorded",
    family="http",
    needs=(Tls, Http, Vulnerabilities),
    limits=NoLimits,
    reasons=("capped", "no-tls"),
)
def ssl_labs_grade(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Which grade and score does SSL Labs' server rating guide, edition 2009q, give the host, and which caps
        hold it down?  Score = 0.3 protocol + 0.3 key exchange + 0.4 cipher; a zero in one of them makes it
        zero.  Every cap that applies is named.  Of several addresses the lowest grade counts.  Trusted is what
        the stores of this run trust, those that the operator named included.

        The grade is only recorded: every grade is *met*.  Missing evidence never makes a better grade: unless
        what was seen settles the letter whatever the rest may be, it is not tested, with the cause.  So it is
        without a permission for the family ``vulnerability``, because Heartbleed, CCS injection and ROBOT mean
        an F.  Port refused, or not TLS: not applicable.  NXDOMAIN: not tested (no-address).

    Why it matters
        The grade is widely known, so that one letter tells people outside where the server stands.

    How to fix
        Mend what the caps name; each has a check of its own.

    Not tested by this check
        An RSA exponent of 1, Ticketbleed, DROWN over another server with the same key, and the www/apex twin.
    """
    answers = [
        worst([(offer.address, partial(_graded, seen, offer))]) for offer in seen.get(Tls).offers
    ]
    if not answers:
        untested(Cause.NO_ADDRESS)
    return min(answers, key=_badness)


def _badness(answer: Answer) -> tuple[bool, int, int]:
    letter = LETTERS.index(str(answer.measured[0].value)) if answer.measured else 0
    # Below the lowest letter there is nothing that another address could still bring.
    return letter != len(LETTERS) - 1, WORST_FIRST.index(answer.outcome), -letter


def _graded(seen: Seen, offer: Offer) -> Answer:
    if without_tls(offer):
        return NO_TLS
    found = _Gathered()
    found.ask("T", lambda: _trust(offer))
    found.ask("T", lambda: _dates(offer, seen.as_of))
    found.ask("T", lambda: _revoked(offer))
    found.ask("M", lambda: _names(offer))
    found.ask("F", lambda: _signatures(offer))
    found.ask("F", lambda: {"ssl2"} if Version.SSL2 in accepted(offer) else set())
    found.ask("C", lambda: {"crime"} if captured(captured(offer.traits).compression) else set())
    found.ask("A-", lambda: _renegotiation(offer))
    for attack in ("heartbleed", "ccs-injection", "robot"):
        found.ask("F", partial(_attack, seen, offer, attack))
    server = found.scored(seen, offer)
    if server is None:
        letter, score = lowest([_BEST, *(CAPS[cap] for cap in found.faults)]), None
        caps = tuple(cap for cap in CAPS if cap in found.faults)
    else:
        result = grade(server)
        letter, score, caps = result.letter, result.score, result.caps
    for stake, missing in found.missing:
        if LETTERS.index(stake) > LETTERS.index(letter):
            raise Untested(missing)
    told = listed(f"{cap} ({CAPS[cap]})" for cap in caps)
    return Answer(
        Outcome.MET,
        (
            Measured("grade", letter),
            Measured("score", score),
            Measured("caps", told or None),
            Measured("edition", EDITION),
        ),
        "capped" if caps else "",
    )


@dataclass
class _Gathered:
    """Faults that were seen, and for each look that failed the lowest letter it might have led to."""

    faults: set[str] = field(default_factory=set)
    missing: list[tuple[str, NotCaptured]] = field(default_factory=list)

    def ask(self, stake: str, question: Callable[[], Iterable[str]]) -> None:
        """Take the faults that the question finds, or note what its failure leaves open."""
        try:
            self.faults.update(question())
        except Untested as nothing:
            self.missing.append((stake, nothing.missing))

    def scored(self, seen: Seen, offer: Offer) -> Server | None:
        """All that the score is made of; ``None`` where a part of it is missing."""
        try:
            _all_suites(offer)
            keys, curves = _strengths(offer)
        except Untested as nothing:
            self.missing.append(("F", nothing.missing))
            return None
        extras = True
        try:
            extras = _extras(seen, offer)
        except Untested as nothing:
            self.missing.append(("A", nothing.missing))
        return Server(suites_seen(offer), keys, curves, frozenset(self.faults), extras)


def _shakes(offer: Offer) -> list[Handshake]:
    return [captured(offer.handshake), *offer.beside]


def _trust(offer: Offer) -> set[str]:
    """Whether each certificate is trusted, and its chain sent whole."""
    faults: set[str] = set()
    for shake in _shakes(offer):
        if first_certificate(shake).malformed is not None:
            faults.add("not-trusted")
            continue
        path = path_of(shake)
        if path.state is PathState.ISSUER_MISSING:
            untested(Cause.ISSUER_MISSING, path.missing_issuer or "")
        if path.state is not PathState.TRUSTED:
            faults.add("not-trusted")
        elif not all(step.served for step in path.certificates[:-1]):
            faults.add("chain-incomplete")
    return faults


def _dates(offer: Offer, as_of: datetime) -> set[str]:
    faults: set[str] = set()
    for shake in _shakes(offer):
        leaf = leaf_of(shake)
        if leaf.not_before is None or leaf.not_after is None:
            untested(Cause.CERT_MALFORMED, "the dates could not be read")
        path = path_of(shake)
        trusted = path.state is PathState.TRUSTED
        spans = [(step.not_before, step.not_after) for step in path.certificates if trusted]
        if any(not a <= as_of <= b for a, b in [(leaf.not_before, leaf.not_after), *spans]):
            faults.add("expired")
    return faults


def _revoked(offer: Offer) -> set[str]:
    faults: set[str] = set()
    for shake in _shakes(offer):
        said = captured(shake.revocation)
        leaf = leaf_of(shake)
        if said is None and (leaf.ocsp_urls or leaf.crl_urls):
            untested(Cause.NOT_RUN, "nobody asked the issuer")
        if said is not None and said.state is RevocationState.REVOKED:
            faults.add("revoked")
    return faults


def _names(offer: Offer) -> set[str]:
    covered = [offer.host in leaf_of(shake).covers for shake in _shakes(offer)]
    return set() if all(covered) else {"name-mismatch"}


def _signatures(offer: Offer) -> set[str]:
    faults: set[str] = set()
    for shake in _shakes(offer):
        leaf_of(shake)
        path = path_of(shake)
        hashes = [step.signature_hash for step in path.certificates[:-1]] or [
            leaf_of(shake).signature_hash or ""
        ]
        if any(word.lower() in ("md2", "md5") for word in hashes):
            faults.add("md5-signature")
    return faults


def _renegotiation(offer: Offer) -> set[str]:
    secure = captured(captured(offer.traits).secure_renegotiation)
    return {"renegotiation"} if secure is False else set()


def _attack(seen: Seen, offer: Offer, attack: str) -> set[str]:
    for exposed in seen.get(Vulnerabilities).addresses:
        if (exposed.host, exposed.address) == (offer.host, offer.address):
            gave_in = captured(getattr(exposed, attack.replace("-", "_")))
            return {attack} if gave_in else set()
    untested(Cause.NOT_RUN, f"{offer.address} was not looked at")


def _all_suites(offer: Offer) -> None:
    """``Untested`` unless every version was asked, and every suite of those that are spoken."""
    something_spoken(offer)
    all_asked(offer)
    for version in accepted(offer):
        all_suites_asked(offer, version)
        if version not in suites_seen(offer):
            untested(Cause.NOT_RUN, f"{version.value}: no suite was seen")


def _strengths(offer: Offer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Bits of everything that keys hang on: finite-field and RSA ones, then curves."""
    found = captured(offer.key_exchange)
    not_cut(found.cut, "groups")
    keys = [prime.bits for prime in found.primes]
    curves: list[int] = []
    for number in {number for numbers in found.named.values() for number in numbers}:
        one = group(number)
        if one is None:
            untested(Cause.SCANNER_CANNOT, f"group {number:#06x} is not in our list")
        if not one.hybrid:
            (keys if one.finite_field else curves).append(one.bits)
    for shake in _shakes(offer):
        leaf = leaf_of(shake)
        bits = leaf.key_bits or _CURVE_OF.get(leaf.key_kind or "")
        if bits is None or leaf.key_kind not in ("RSA", "DSA", "EC", *_CURVE_OF):
            untested(Cause.CERT_MALFORMED, "the key could not be read")
        (keys if leaf.key_kind in ("RSA", "DSA") else curves).append(bits)
    return tuple(keys), tuple(curves)


def _extras(seen: Seen, offer: Offer) -> bool:
    """What an A+ asks beside a server without caps."""
    traits = captured(offer.traits)
    if captured(traits.fallback_refused) is False:
        return False
    answers = seen.get(Http).https
    if not answers.hops:
        captured(answers.end)
        return False
    sent = gradable(answers.hops[0]).values("strict-transport-security")
    read = hsts.parse(sent[0]) if sent else ""
    return isinstance(read, hsts.Hsts) and read.max_age_s >= LONG_HSTS_S
