"""What an address offered over TLS, as rules read it: versions seen, suites seen, certificates shown."""

from collections.abc import Callable, Iterable
from functools import partial

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import Certificate, Path
from checks.evidence.tls import Acceptance, Asked, Handshake, HandshakeState, Offer, Tls, Version
from checks.parsing.suites import Suite, suite
from checks.spec import Answer, Outcome, Seen, captured, untested, worst

MOZILLA = "Mozilla"
"""The one public store; every other was named by the operator."""
NO_TLS = Answer(Outcome.NOT_APPLICABLE, reason="no-tls")
SHOWN = 6
_NOT_LOOKED = NotCaptured(cause=Cause.NOT_RUN)
_VERSIONS = tuple(Version)


def worst_address(seen: Seen, ask: Callable[[Offer], Answer]) -> Answer:
    """The worst answer over the host's addresses, as the offer of each gives it."""
    return worst((offer.address, partial(ask, offer)) for offer in seen.get(Tls).offers)


def worst_spoken(seen: Seen, ask: Callable[[Offer], Answer]) -> Answer:
    """The same, where an address without TLS is set aside."""
    return worst_address(seen, lambda offer: NO_TLS if without_tls(offer) else ask(offer))


def worst_certificate(seen: Seen, ask: Callable[[Handshake, Offer], Answer]) -> Answer:
    """The worst answer over every certificate shown: by the host's addresses, then by the twin.

    Without the host nothing is concluded, and a good twin does not answer for a host of which the question
    makes no sense.
    """
    tls = seen.get(Tls)
    host = [asked for offer in tls.offers for asked in _shown(offer, offer.address, ask)]
    twin = [
        asked
        for offer in tls.twin_offers
        for asked in _shown(offer, f"{offer.host} {offer.address}", ask)
    ]
    own, both = worst(host), worst(host + twin)
    if own.outcome is Outcome.NOT_APPLICABLE and both.outcome is not Outcome.NOT_MET:
        return own
    return both


def _shown(
    offer: Offer, place: str, ask: Callable[[Handshake, Offer], Answer]
) -> list[tuple[str, Callable[[], Answer]]]:
    """The question put to each certificate of an address; the place of a second one names its kind of key."""
    first: Callable[[], Answer] = partial(_with_tls, offer, ask)
    beside = [
        (f"{place} {_kind(shake)}".rstrip(), partial(ask, shake, offer)) for shake in offer.beside
    ]
    return [(place, first), *beside]


def _kind(shake: Handshake) -> str:
    return (shake.chain[0].key_kind or "") if shake.chain else ""


def _with_tls(offer: Offer, ask: Callable[[Handshake, Offer], Answer]) -> Answer:
    """The question put to a completed handshake; without TLS there is no certificate to judge."""
    shake = captured(offer.handshake)
    return ask(shake, offer) if shake.state is HandshakeState.COMPLETED else NO_TLS


def without_tls(offer: Offer) -> bool:
    """Whether the port was seen closed, or seen to speak something else."""
    shake = offer.handshake
    return isinstance(shake, Handshake) and shake.state is not HandshakeState.COMPLETED


def accepted(offer: Offer, among: Iterable[Version] = _VERSIONS) -> tuple[Version, ...]:
    """The versions seen accepted, oldest first: by a hello of their own, or by the full handshake."""
    used = offer.handshake.version if isinstance(offer.handshake, Handshake) else None
    return tuple(
        version
        for version in among
        if offer.versions.get(version) is Acceptance.ACCEPTED or version is used
    )


def all_asked(offer: Offer, versions: Iterable[Version] = Version) -> None:
    """``Untested`` unless each of these versions was asked and answered."""
    known = accepted(offer)
    for version in versions:
        answer = offer.versions.get(version, _NOT_LOOKED)
        if isinstance(answer, NotCaptured) and version not in known:
            untested(answer.cause, f"{version.value}: {answer.detail or answer.cause.value}")


def something_spoken(offer: Offer) -> None:
    """``Untested`` where no version was seen accepted: of what it speaks nothing is known."""
    if not accepted(offer):
        all_asked(offer)
        captured(offer.handshake)
        untested(Cause.TLS_PROTOCOL, "no version was accepted alone")


def suites_seen(offer: Offer) -> dict[Version, tuple[Suite, ...]]:
    """The suites seen accepted, per version, in the order chosen; versions without any are left out."""
    return {
        version: known
        for version in Version
        if (known := tuple(filter(None, map(suite, _numbers(offer, version)))))
    }


def _numbers(offer: Offer, version: Version) -> tuple[int, ...]:
    found = offer.suites.get(version, _NOT_LOOKED)
    return () if isinstance(found, NotCaptured) else found.accepted


def suites_ended(offer: Offer, version: Version) -> None:
    """``Untested`` unless the questions about this version ended in a refusal of all that was left."""
    found = captured(offer.suites.get(version, _NOT_LOOKED))
    not_cut(found.cut, version.value)
    strange = [number for number in found.accepted if suite(number) is None]
    if strange:
        untested(Cause.SCANNER_CANNOT, f"{version.value}: unknown suite {strange[0]:#06x}")


def all_suites_asked(offer: Offer, version: Version) -> None:
    """``Untested`` unless the version was asked for every suite that we know of, to the end."""
    suites_ended(offer, version)
    if captured(offer.suites[version]).asked is not Asked.ALL:
        untested(Cause.NOT_ENABLED, f"{version.value}: only suites that are forbidden were asked")


def not_cut(cut: NotCaptured | None, what: str) -> None:
    """``Untested`` where something ended the questions before the server refused what was left."""
    if cut is not None:
        untested(cut.cause, f"{what}: {cut.detail or cut.cause.value}")


def listed(words: Iterable[str]) -> str:
    """All words, with commas."""
    return ", ".join(words)


def spelled(versions: Iterable[Version]) -> str:
    """The versions as they are written, with commas."""
    return listed(version.value for version in versions)


def some(words: Iterable[str]) -> str:
    """The first words, with commas, and how many more there are."""
    every = list(words)
    more = len(every) - SHOWN
    return listed(every[:SHOWN]) + (f" (+{more})" if more > 0 else "")


def by_version(found: dict[Version, tuple[Suite, ...]]) -> str:
    """Suites with the versions in which they were seen, the oldest first."""
    return "; ".join(
        f"{version.value}: {some(suite.name for suite in suites)}"
        for version, suites in found.items()
    )


def first_certificate(shake: Handshake) -> Certificate:
    """The host's own certificate, readable or not."""
    if not shake.chain:
        untested(Cause.CERT_MALFORMED, "no certificate was sent")
    return shake.chain[0]


def leaf_of(shake: Handshake) -> Certificate:
    """The host's own certificate, readable."""
    leaf = first_certificate(shake)
    if leaf.malformed is not None:
        untested(Cause.CERT_MALFORMED, leaf.malformed)
    return leaf


def path_of(shake: Handshake) -> Path:
    """The path as far as it got; never looked for is not the same as not there."""
    return captured(_NOT_LOOKED if shake.path is None else shake.path)
