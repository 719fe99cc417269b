"""Elimination: offer everything, strike what the server chose, and again until it refuses what is left."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import Acceptance, Preference, Version
from checks.parsing.groups import CURVES, GROUPS_13
from checks.parsing.suites import candidates, suite
from scanner.probes.tls.flights import Flight
from scanner.probes.tls.hellos import Hello, common_suites, short_hello, short_parts
from scanner.probes.tls.questions import (
    NO_APPLICATION_PROTOCOL,
    PROTOCOL_VERSION,
    Answer,
    Asker,
)

ALPN = ("h2", "http/1.1")
# Any 32 bytes are a key of X25519, and the generator is one of P-256: enough to be answered, never used.
_ANY_SHARES = (
    (29, b"\x09" + bytes(31)),
    (
        23,
        bytes.fromhex(
            "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
            "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
        ),
    ),
)

Ended = NotCaptured | int | None
"""How a row of questions ended: cut short, by a wordless refusal (the number of the question), or by a word."""


@dataclass(slots=True)
class Spoken:
    """What one version showed.  ``refused_by`` is the number of a wordless refusal, to be doubted later."""

    version: Version
    acceptance: Acceptance | NotCaptured
    refused_by: int = 0
    accepted: list[int] = field(default_factory=list)
    ended: Ended = None
    preference: Preference | NotCaptured | None = None
    flights: list[Flight] = field(default_factory=list)
    """The flights of accepting answers; the first is the answer to the richest hello."""
    how: Hello | None = None
    """A hello that was accepted; questions that follow are made from it."""
    asked_richly: bool = False
    """Whether that first hello offered compression, tickets and protocols beside the suites."""

    @property
    def first(self) -> Flight | None:
        """The answer to the first hello that was accepted."""
        return self.flights[0] if self.flights else None


@dataclass(slots=True)
class Groups:
    """The named groups that a version accepts, in the order chosen."""

    numbers: list[int] = field(default_factory=list)
    ended: Ended = None


async def first_answer(
    asker: Asker, version: Version, suites: tuple[int, ...]
) -> tuple[Spoken, bool]:
    """Whether a version is spoken at all, and whether only short hellos are understood.

    A "no" that may mean the hello rather than the version is followed by a plainer hello.
    """
    rich = _rich_hello(asker, version, suites)
    answer = await asker.ask(rich)
    if answer.alert == NO_APPLICATION_PROTOCOL:
        rich = rich._replace(alpn=())
        answer = await asker.ask(rich)
    if answer.flight is not None or _about_the_version(answer):
        return _first(asker, rich, answer), False
    understood = version is not Version.TLS13 and len(suites) <= asker.longest_read
    if version is Version.SSL2 or (understood and (answer.refusal or answer.way)):
        return _not_spoken(version, answer), False
    plain = _plain_hello(asker, version)
    second = await asker.ask(plain)
    if second.flight is not None:
        # Was it bad luck, what stood beside the suites, or the length?
        for longer in (rich, plain._replace(suites=suites)):
            third = await asker.ask(longer)
            if third.flight is not None:
                return _first(asker, longer, third), False
        return _spoken(version, plain, second), True
    if answer.refusal or _about_the_version(second):
        return _not_spoken(version, answer if answer.refusal else second), False
    if second.refusal:
        # Long hellos are not understood, and the most common suites are not spoken: ask for the others.
        return Spoken(version, Acceptance.REFUSED, how=plain), True
    return _not_spoken(version, second), False


def _about_the_version(answer: Answer) -> bool:
    """Whether a refusal can mean nothing else."""
    return answer.alert == PROTOCOL_VERSION or answer.refusal.startswith("version")


def _first(asker: Asker, hello: Hello, answer: Answer) -> Spoken:
    """What the answer to a long hello says."""
    asker.longest_read = max(asker.longest_read, len(hello.suites))
    if answer.flight is None:
        return _not_spoken(hello.version, answer)
    spoken = _spoken(hello.version, hello._replace(alpn=(), deflate=False), answer)
    spoken.asked_richly = hello.deflate or hello.version is Version.TLS13
    return spoken


async def suites_of(
    asker: Asker, version: Version, offered: tuple[int, ...], *, curves_too: bool = False
) -> Spoken:
    """Every suite that a version accepts of those offered, by elimination; see ``strike``."""
    spoken, short = await first_answer(asker, version, offered)
    if spoken.how is None:
        return spoken
    if version is Version.SSL2:
        known = frozenset(offered)
        hello = spoken.first.hello if spoken.first else None
        spoken.accepted = [kind for kind in (hello.kinds if hello else ()) if kind in known]
        return spoken
    if isinstance(spoken.ended, NotCaptured):
        return spoken
    if short:
        await _strike_in_parts(asker, spoken, offered)
    else:
        await strike(asker, spoken, offered, curves_too=curves_too)
    return spoken


async def _strike_in_parts(asker: Asker, spoken: Spoken, offered: tuple[int, ...]) -> None:
    wordless = 0
    for part in short_parts(spoken.version, asker.target.host, offered):
        await strike(asker, spoken, part)
        if isinstance(spoken.ended, NotCaptured):
            if not spoken.accepted:
                spoken.acceptance = spoken.ended
            return
        wordless = spoken.ended or wordless
    spoken.ended = wordless or None
    if not spoken.accepted:
        spoken.refused_by = wordless


async def strike(
    asker: Asker,
    spoken: Spoken,
    offered: Iterable[int],
    once_of: Iterable[int] = (),
    *,
    curves_too: bool = False,
) -> None:
    """Offer suites and strike the one chosen, until what is left is refused.

    ``once_of`` are offered beside them until one of these is chosen, for the sake of its flight alone.
    ``curves_too`` strikes curves in the same hellos: most servers choose them apart.
    """
    left = [number for number in offered if number not in spoken.accepted]
    beside = set(once_of)
    assert spoken.how is not None  # noqa: S101  Only versions that may be spoken come here; for mypy.
    curves = _Curves(spoken) if curves_too else None
    if curves is not None and spoken.first is not None and not curves.strike(spoken.first):
        curves = None
    while left or beside:
        hello = spoken.how._replace(suites=(*left, *sorted(beside)))
        answer = await asker.ask(hello if curves is None else hello._replace(groups=curves.left))
        if curves is not None and curves.may_be_why(answer):
            # For want of a curve it may have refused, or chosen what it likes less: ask with all of them.
            curves = None
            continue
        spoken.ended = how_it_ended(answer)
        if answer.flight is None:
            return
        chosen = answer.hello.suite
        if chosen in beside:
            beside.clear()
        elif chosen in left:
            left.remove(chosen)
            spoken.accepted.append(chosen)
        else:
            spoken.ended = not_offered(chosen)
            return
        spoken.flights.append(answer.flight)
        spoken.acceptance = Acceptance.ACCEPTED
        if curves is not None and not curves.strike(answer.flight):
            curves = None


class _Curves:
    """The curves still offered while suites are struck."""

    def __init__(self, spoken: Spoken) -> None:
        self.left: tuple[int, ...] = spoken.how.groups if spoken.how else ()
        self._whole = True

    def strike(self, flight: Flight) -> bool:
        """A curve was chosen; whether to go on.

        Many servers with an elliptic certificate want its curve in the offer, so suites would be passed over.
        """
        if flight.hello is not None and is_ecdsa(flight.hello.suite):
            return False
        curve = flight.key_exchange.group if flight.key_exchange else None
        if curve in self.left:
            self.left = tuple(number for number in self.left if number != curve)
            self._whole = False
        return bool(self.left)

    def may_be_why(self, answer: Answer) -> bool:
        """Whether an answer might be another one with all curves on offer."""
        chosen = None if answer.flight is None else answer.hello.suite
        return not self._whole and (chosen is None or not with_curve(chosen))


async def ask_preference(asker: Asker, spoken: Spoken) -> None:
    """Offer the accepted suites in another order, and see who decides."""
    if len(spoken.accepted) < 2 or spoken.how is None or spoken.preference is not None:
        return
    order = turned(spoken.accepted)
    answer = await asker.ask(spoken.how._replace(suites=order))
    if answer.flight is not None:
        spoken.preference = judged(spoken.accepted, order, answer.hello.suite)
    else:
        spoken.preference = answer.missing or NotCaptured(
            cause=Cause.TLS_PROTOCOL, detail=f"{answer.refusal} to suites accepted before"
        )


def turned(accepted: Sequence[int]) -> tuple[int, ...]:
    """The accepted suites, last first.

    Servers set up to please small devices take ChaCha20 when a client puts it first, whatever their own order: it
    stands in front only where there is no other to put there.
    """
    order = list(reversed(accepted))
    for at, number in enumerate(order[:-1]):
        if not _is_chacha(number):
            order.insert(0, order.pop(at))
            break
    return tuple(order)


def judged(accepted: Sequence[int], order: Sequence[int], chosen: int) -> Preference | NotCaptured:
    """Whose order decided."""
    if chosen == accepted[0]:
        return Preference.SERVER
    if chosen == order[0]:
        return Preference.CLIENT
    if chosen in accepted:
        # Neither: the server has an order of its own that depends on more than the suites.
        return Preference.SERVER
    return not_offered(chosen)


def _rich_hello(asker: Asker, version: Version, suites: tuple[int, ...]) -> Hello:
    modern = version in (Version.TLS12, Version.TLS13)
    return Hello(
        version=version,
        server_name=asker.target.host,
        suites=suites,
        groups=GROUPS_13 if version is Version.TLS13 else CURVES,
        alpn=ALPN if version is Version.TLS12 else (),
        deflate=version is not Version.TLS13,
        vouchers=modern and version is not Version.TLS13,
        ticket=version is not Version.TLS13,
    )


def _plain_hello(asker: Asker, version: Version) -> Hello:
    name = asker.target.host
    if version is Version.TLS13:
        return Hello(version, name, candidates(version), groups=GROUPS_13, shares=_ANY_SHARES)
    return short_hello(version, name, common_suites(version, name))


def _spoken(version: Version, how: Hello, answer: Answer) -> Spoken:
    assert answer.flight is not None  # noqa: S101  Only accepting answers come here; for mypy.
    spoken = Spoken(version, Acceptance.ACCEPTED, how=how, flights=[answer.flight])
    if version in (Version.SSL2, Version.TLS13):
        return spoken
    if answer.hello.suite in how.suites:
        spoken.accepted.append(answer.hello.suite)
    else:
        spoken.ended = not_offered(answer.hello.suite)
    return spoken


def _not_spoken(version: Version, answer: Answer) -> Spoken:
    if answer.refusal:
        return Spoken(version, Acceptance.REFUSED)
    if answer.wordless:
        return Spoken(version, Acceptance.REFUSED, refused_by=answer.number)
    return Spoken(version, answer.missing or NotCaptured(cause=Cause.TLS_PROTOCOL))


def how_it_ended(answer: Answer) -> Ended:
    """What an answer says about the end of a row of questions."""
    if answer.flight is not None or answer.refusal:
        return None
    return answer.number if answer.wordless else answer.missing


def not_offered(chosen: int) -> NotCaptured:
    """Why nothing more can be asked of a server that chooses what it likes."""
    return NotCaptured(
        cause=Cause.TLS_PROTOCOL, detail=f"chose suite {chosen:#06x}, which was not offered"
    )


def with_curve(number: int) -> bool:
    """Whether a suite of TLS 1.2 or before agrees on keys over a curve."""
    one = suite(number)
    return one is not None and (
        one.key_exchange == "ECDHE" or (one.key_exchange == "ECDH" and one.authentication == "anon")
    )


def is_ecdsa(number: int) -> bool:
    """Whether a suite needs an elliptic certificate (or, in TLS 1.2, one of EdDSA)."""
    one = suite(number)
    return one is not None and one.authentication == "ECDSA"


def _is_chacha(number: int) -> bool:
    one = suite(number)
    return one is not None and one.cipher.startswith("CHACHA20")
