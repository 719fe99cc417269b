"""All questions to one address, in full or in brief."""

import asyncio
from collections.abc import Iterable

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import Acceptance, Asked, Handshake, Version
from checks.parsing.groups import BRIEF_CURVE_BITS, HYBRIDS, short_curves
from checks.parsing.suites import candidates, forbidden, suite
from scanner.probes.tls.agreement import certificate_curve, curves_of, suites_and_groups_13
from scanner.probes.tls.conclusions import BELOW_13, Looks, Survey, concluded
from scanner.probes.tls.conversation import GROUPS, SUITES, Conversation, Heard
from scanner.probes.tls.eliminate import (
    ALPN,
    Groups,
    Spoken,
    ask_preference,
    first_answer,
    strike,
    suites_of,
    with_curve,
)
from scanner.probes.tls.flights import Flight, ServerHello
from scanner.probes.tls.hellos import SCHEMES, Hello
from scanner.probes.tls.questions import INAPPROPRIATE_FALLBACK, Asker

_OLD = (Version.TLS11, Version.TLS10, Version.SSL3, Version.SSL2)


async def survey(asker: Asker, handshake: Handshake | NotCaptured, *, brief: bool) -> Survey:
    """Ask one address everything, or only what decides the criteria."""
    looks = Looks(Asked.FORBIDDEN if brief else Asked.ALL)
    if brief:
        await _brief_questions(asker, handshake, looks)
    else:
        await _all_questions(asker, handshake, looks)
    await asker.settle()
    return concluded(asker, handshake, looks)


# In full


async def _all_questions(asker: Asker, handshake: Handshake | NotCaptured, looks: Looks) -> None:
    newest, twelve, old = await asyncio.gather(
        suites_and_groups_13(asker),
        _suites_and_curves(asker, Version.TLS12),
        _one_after_another(asker, _OLD),
    )
    looks.spoken[Version.TLS13], looks.groups[Version.TLS13] = newest
    for spoken in (twelve[0], *old):
        looks.spoken[spoken.version] = spoken
    curves: Groups | None = twelve[1]
    for spoken in looks.accepted(BELOW_13):
        if curves is None and any(with_curve(number) for number in spoken.accepted):
            curves = await curves_of(asker, spoken)
            looks.groups[spoken.version] = curves
        await ask_preference(asker, spoken)
    if twelve[1] is not None:
        looks.groups[Version.TLS12] = twelve[1]
    looks.heard, looks.fallback_refused = await asyncio.gather(
        _conversation(asker, handshake, looks), _fallback(asker, looks)
    )


async def _suites_and_curves(asker: Asker, version: Version) -> tuple[Spoken, Groups | None]:
    spoken = await suites_of(asker, version, candidates(version), curves_too=True)
    groups = None
    if any(with_curve(number) for number in spoken.accepted):
        groups = await curves_of(asker, spoken)
    await ask_preference(asker, spoken)
    return spoken, groups


async def _one_after_another(asker: Asker, versions: Iterable[Version]) -> list[Spoken]:
    return [await suites_of(asker, version, candidates(version)) for version in versions]


async def _conversation(
    asker: Asker, handshake: Handshake | NotCaptured, looks: Looks
) -> Heard | NotCaptured | None:
    """A handshake of our own in TLS 1.3, in a suite and group that are known to be accepted."""
    spoken = looks.spoken.get(Version.TLS13)
    if spoken is None or spoken.acceptance is not Acceptance.ACCEPTED:
        return None
    groups = looks.groups.get(Version.TLS13, Groups()).numbers
    suites = tuple(number for number in SUITES if number in spoken.accepted)
    shared = tuple(number for number in GROUPS if number in groups)
    if not suites or not shared:
        return NotCaptured(
            cause=Cause.SCANNER_CANNOT, detail="no suite or group in which we can hold a handshake"
        )
    return await _conversed(asker, _opening(asker, handshake, suites, shared))


async def _conversed(asker: Asker, opening: Hello) -> Heard | NotCaptured:
    heard = await asker.converse(Conversation(opening))
    if isinstance(heard, NotCaptured) and heard.cause in (Cause.RESET, Cause.CLOSED_EARLY):
        heard = await asker.converse(Conversation(opening))
    return heard


def _opening(
    asker: Asker,
    handshake: Handshake | NotCaptured,
    suites: tuple[int, ...],
    groups: tuple[int, ...],
) -> Hello:
    return Hello(
        version=Version.TLS13,
        server_name=asker.target.host,
        suites=suites,
        groups=groups,
        schemes=_other_kind_first(handshake),
        alpn=ALPN,
        vouchers=True,
    )


def _other_kind_first(handshake: Handshake | NotCaptured) -> tuple[int, ...]:
    """A server with two certificates is likely to show the one that the full handshake did not."""
    if isinstance(handshake, Handshake) and handshake.chain:
        if handshake.chain[0].key_kind == "RSA":
            return SCHEMES
        return tuple(sorted(SCHEMES, key=lambda scheme: scheme not in _RSA_SCHEMES))
    return SCHEMES


_RSA_SCHEMES = frozenset({0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601})


async def _fallback(asker: Asker, looks: Looks) -> bool | NotCaptured | None:
    """Whether a second try with an older version is recognised as such (RFC 7507)."""
    spoken = looks.accepted((Version.TLS13, *BELOW_13))
    if len(spoken) < 2:
        return _unknown_among(looks, (Version.TLS13, *BELOW_13))
    below = spoken[1]
    if below.how is None:
        return NotCaptured(cause=Cause.NOT_RUN)
    suites = tuple(below.accepted) or candidates(below.version)
    answer = await asker.ask(below.how._replace(suites=suites, fallback=True))
    if answer.flight is not None:
        return False
    if answer.alert == INAPPROPRIATE_FALLBACK:
        return True
    if answer.missing is not None:
        return answer.missing
    return NotCaptured(
        cause=Cause.TLS_ALERT, detail=f"{answer.refusal} instead of inappropriate_fallback"
    )


def _unknown_among(looks: Looks, versions: Iterable[Version]) -> NotCaptured | None:
    """``None`` where every version that is not accepted was seen refused."""
    for version in versions:
        acceptance = looks.spoken[version].acceptance if version in looks.spoken else None
        if isinstance(acceptance, NotCaptured):
            return acceptance
    return None


# In brief


async def _brief_questions(asker: Asker, handshake: Handshake | NotCaptured, looks: Looks) -> None:
    await asyncio.gather(
        _brief_13(asker, handshake, looks),
        _brief_12(asker, looks),
        _brief_old(asker, looks),
    )
    looks.fallback_refused = await _fallback(asker, looks)


async def _brief_13(asker: Asker, handshake: Handshake | NotCaptured, looks: Looks) -> None:
    version = Version.TLS13
    spoken: Spoken | None = None
    seen: list[int] = []
    if isinstance(handshake, Handshake) and handshake.version is version:
        # The conversation's own hello asks for the version as well.
        opening = _opening(asker, handshake, SUITES, GROUPS)
        looks.heard = await _conversed(asker, opening)
        if isinstance(looks.heard, Heard) and looks.heard.hello is not None:
            spoken = Spoken(version, Acceptance.ACCEPTED, how=_plainly(opening))
            seen = _group_of(looks.heard.hello)
    if spoken is None:
        spoken, _ = await first_answer(asker, version, candidates(version))
        seen = _group_of(spoken.first.hello) if spoken.first else []
        if looks.heard is None and seen and seen[0] in GROUPS:
            opening = _opening(asker, handshake, SUITES, (seen[0],))
            looks.heard = await _conversed(asker, opening)
    looks.spoken[version] = spoken
    if spoken.how is None:
        return
    groups = looks.groups[version] = Groups(seen)
    answer = await asker.ask(spoken.how._replace(suites=candidates(version), groups=HYBRIDS))
    if answer.flight is None:
        groups.ended = answer.number if answer.wordless else answer.missing
    elif answer.hello.group in HYBRIDS and answer.hello.group not in groups.numbers:
        groups.numbers.insert(0, answer.hello.group)
    await strike(asker, spoken, forbidden(version))


def _group_of(hello: ServerHello | None) -> list[int]:
    return [hello.group] if hello is not None and hello.group is not None else []


def _plainly(opening: Hello) -> Hello:
    """The same hello for elimination, in which nobody computes anything."""
    return opening._replace(shares=(), alpn=(), vouchers=False)


async def _brief_12(asker: Asker, looks: Looks) -> None:
    version = Version.TLS12
    spoken, short = await first_answer(asker, version, candidates(version))
    looks.spoken[version] = spoken
    if spoken.how is None:
        return
    if short:
        # An odd stack: only the patient way leads through.
        looks.spoken[version] = await suites_of(asker, version, forbidden(version))
        return
    first = list(spoken.accepted)
    spoken.accepted.clear()
    finite = tuple(
        number
        for number in candidates(version)
        if (one := suite(number)) and one.key_exchange == "DHE" and number not in forbidden(version)
    )
    await strike(asker, spoken, forbidden(version), once_of=finite)
    await _short_curves(asker, spoken, first, looks)


async def _short_curves(asker: Asker, spoken: Spoken, first: list[int], looks: Looks) -> None:
    """Whether curves under the bar are accepted; those in use are known from the flights."""
    groups = looks.groups[spoken.version] = Groups(_curves_in_use(spoken.flights))
    if spoken.how is None or not (any(map(with_curve, first)) or groups.numbers):
        return
    suites = tuple(number for number in candidates(spoken.version) if with_curve(number))
    kept = certificate_curve(spoken)
    left = [number for number in short_curves(BRIEF_CURVE_BITS) if number != kept]
    while left:
        offered = (*left, kept) if kept else tuple(left)
        answer = await asker.ask(spoken.how._replace(suites=suites, groups=offered))
        exchange = answer.flight.key_exchange if answer.flight else None
        if exchange is None or exchange.group not in left:
            groups.ended = answer.number if answer.wordless else answer.missing
            return
        left.remove(exchange.group)
        groups.numbers.append(exchange.group)


async def _brief_old(asker: Asker, looks: Looks) -> None:
    for version in _OLD:
        spoken, short = await first_answer(asker, version, candidates(version))
        looks.spoken[version] = spoken
        if spoken.how is None:
            continue
        if short or version is Version.SSL2:
            looks.spoken[version] = await suites_of(asker, version, forbidden(version))
            continue
        spoken.accepted.clear()
        await strike(asker, spoken, forbidden(version))


def _curves_in_use(flights: Iterable[Flight]) -> list[int]:
    seen = (flight.key_exchange.group for flight in flights if flight.key_exchange)
    return list(dict.fromkeys(group for group in seen if group is not None))
