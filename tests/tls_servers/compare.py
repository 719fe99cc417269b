"""A look held against the truth: every difference in words, one line each."""

from collections.abc import Iterable
from typing import Any

from checks.evidence.base import NotCaptured
from checks.evidence.tls import Acceptance, Asked, KeyExchange, Offer, Preference, Suites, Version
from tests.tls_servers.truth import Truth

FIELDS = ("version", "suites", "order", "groups", "primes", "trait")
"""What is compared; ``among`` names those that a looker can see."""


def differences(truth: Truth, offer: Offer, among: Iterable[str] = FIELDS) -> list[str]:
    """Where the look says something else than what is true; and where it says nothing, though it should."""
    fields = set(among)
    found: list[str] = []
    for version in Version:
        found += _version(truth, offer, version, fields)
    exchange = offer.key_exchange
    if isinstance(exchange, NotCaptured):
        if (
            (truth.groups or truth.primes)
            and not truth.may_be_cut
            and fields & {"groups", "primes"}
        ):
            found.append(f"key exchange: {_words(exchange)}")
    else:
        if "groups" in fields:
            found += _groups(truth, exchange)
        if "primes" in fields:
            found += _primes(truth, exchange)
    if "trait" in fields:
        found += _traits(truth, offer)
    return found


def _version(truth: Truth, offer: Offer, version: Version, fields: set[str]) -> list[str]:
    said = offer.versions.get(version)
    speaks = version in truth.suites
    if not truth.suites:
        # Where no TLS is spoken at all, nothing may be concluded from any version.
        odd = isinstance(said, Acceptance)
        return [f"{version.value}: {_words(said)}, but no TLS is spoken"] if odd else []
    expected = Acceptance.ACCEPTED if speaks else Acceptance.REFUSED
    if said is not expected:
        excused = truth.may_be_cut and isinstance(said, NotCaptured)
        wrong = "version" in fields and not excused
        return [f"{version.value}: {_words(said)}, is {expected.value}"] if wrong else []
    if not speaks:
        return []
    suites = offer.suites.get(version)
    if not isinstance(suites, Suites):
        return [f"{version.value}: suites {_words(suites)}"] if not truth.may_be_cut else []
    found = _suites(truth, version, suites) if "suites" in fields else []
    if "order" in fields and not truth.may_be_cut and version in truth.preference:
        found += _order(truth, version, suites)
    return found


def _suites(truth: Truth, version: Version, suites: Suites) -> list[str]:
    true, seen = set(truth.suites[version]), set(suites.accepted)
    found = []
    if seen - true:
        found.append(f"{version.value}: not accepted {_numbers(seen - true)}")
    if true - seen and not (truth.may_be_cut and suites.cut is not None):
        found.append(f"{version.value}: overlooked {_numbers(true - seen)}")
    if suites.cut is not None and not truth.may_be_cut:
        found.append(f"{version.value}: cut, {_words(suites.cut)}")
    if suites.asked is not Asked.ALL:
        found.append(f"{version.value}: asked for {suites.asked.value}")
    return found


def _order(truth: Truth, version: Version, suites: Suites) -> list[str]:
    expected = truth.preference[version]
    if suites.preference != expected:
        return [f"{version.value}: order {_words(suites.preference)}, is {_words(expected)}"]
    ordered = expected is Preference.SERVER and set(suites.accepted) == set(truth.suites[version])
    if ordered and suites.accepted != truth.suites[version]:
        shown = " ".join(f"{n:04X}" for n in suites.accepted)
        return [f"{version.value}: chosen in the order {shown}"]
    return []


def _groups(truth: Truth, exchange: KeyExchange) -> list[str]:
    found = []
    for version in {*truth.groups, *exchange.named}:
        true = truth.groups.get(version, frozenset())
        seen = frozenset(exchange.named.get(version, ()))
        if seen - true:
            found.append(f"{version.value}: groups not accepted {_numbers(seen - true)}")
        if true - seen and not (truth.may_be_cut and exchange.cut is not None):
            found.append(f"{version.value}: groups overlooked {_numbers(true - seen)}")
    if exchange.cut is not None and not truth.may_be_cut:
        found.append(f"groups cut: {_words(exchange.cut)}")
    return found


def _primes(truth: Truth, exchange: KeyExchange) -> list[str]:
    true = {(prime.bits, prime.sha256) for prime in truth.primes}
    seen = {(prime.bits, prime.sha256) for prime in exchange.primes}
    if true == seen:
        return []
    return [f"primes {sorted(bits for bits, _ in seen)}, are {sorted(bits for bits, _ in true)}"]


def _traits(truth: Truth, offer: Offer) -> list[str]:
    if isinstance(offer.traits, NotCaptured):
        missed = truth.traits and not truth.may_be_cut
        return [f"traits: {_words(offer.traits)}"] if missed else []
    return [
        f"{name}: {_words(getattr(offer.traits, name))}, is {_words(expected)}"
        for name, expected in truth.traits.items()
        if getattr(offer.traits, name) != expected
        and not (isinstance(getattr(offer.traits, name), NotCaptured) and _excused(truth, name))
    ]


def _excused(truth: Truth, name: str) -> bool:
    return truth.may_be_cut or name in truth.may_miss


def _numbers(numbers: Iterable[int]) -> str:
    return " ".join(f"{number:04X}" for number in sorted(numbers))


def _words(said: Any) -> str:
    if isinstance(said, NotCaptured):
        return f"not captured ({said.cause.value}: {said.detail[:90]})"
    return str(getattr(said, "value", said))
