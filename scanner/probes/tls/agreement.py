"""How keys are agreed: the groups of TLS 1.3 together with its suites, the curves below it on their own."""

from cryptography.hazmat.primitives.asymmetric import ec

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.tls import Version
from checks.parsing.groups import CURVES, GROUPS_13
from checks.parsing.suites import candidates
from scanner.certificates import load_der
from scanner.probes.tls.eliminate import (
    Ended,
    Groups,
    Spoken,
    ask_preference,
    first_answer,
    how_it_ended,
    is_ecdsa,
    judged,
    not_offered,
    turned,
    with_curve,
)
from scanner.probes.tls.flights import Flight
from scanner.probes.tls.questions import Asker

_CURVE_NUMBERS = {
    "secp192r1": 19, "secp224r1": 21, "secp256k1": 22, "secp256r1": 23, "secp384r1": 24,
    "secp521r1": 25, "brainpoolP256r1": 26, "brainpoolP384r1": 27, "brainpoolP512r1": 28,
    "sect163k1": 1, "sect163r2": 3, "sect233k1": 6, "sect233r1": 7, "sect283k1": 9, "sect283r1": 10,
    "sect409k1": 11, "sect409r1": 12, "sect571k1": 13, "sect571r1": 14,
}  # fmt: skip


async def suites_and_groups_13(asker: Asker) -> tuple[Spoken, Groups]:
    """Suites and groups of TLS 1.3 struck in the same hellos, for the server chooses them apart; then its order."""
    version = Version.TLS13
    suites = candidates(version)
    spoken, _ = await first_answer(asker, version, suites)
    groups = Groups()
    if spoken.how is None or spoken.first is None or spoken.first.hello is None:
        return spoken, groups
    state = _Both(spoken, groups, list(suites), list(GROUPS_13))
    state.take(spoken.first)
    while not state.over:
        answer = await asker.ask(spoken.how._replace(suites=state.suites(), groups=state.groups()))
        if answer.flight is not None:
            spoken.flights.append(answer.flight)
            state.take(answer.flight)
        else:
            state.refused(how_it_ended(answer))
    if state.broken is None:
        await ask_preference(asker, spoken)
    elif len(spoken.accepted) > 1 and spoken.preference is None:
        spoken.preference = state.broken
    return spoken, groups


class _Both:
    """Two lists struck at once.  A refusal may be the fault of either, which the next question tells."""

    def __init__(
        self, spoken: Spoken, groups: Groups, suites_left: list[int], groups_left: list[int]
    ) -> None:
        self._spoken = spoken
        self._groups = groups
        self._suites_left = suites_left
        self._groups_left = groups_left
        self._suites_done = False
        self._groups_done = False
        self._unclear = False
        self._unclear_ended: Ended = None
        self._order: tuple[int, ...] = ()
        self.broken: NotCaptured | None = None

    @property
    def over(self) -> bool:
        return self.broken is not None or (self._suites_done and self._groups_done)

    def suites(self) -> tuple[int, ...]:
        """Those left; where that is settled or in doubt, those accepted, turned as long as the order is unknown."""
        self._order = ()
        if not self._suites_done and not self._unclear:
            return tuple(self._suites_left)
        accepted = self._spoken.accepted
        if len(accepted) > 1 and self._spoken.preference is None:
            self._order = turned(accepted)
        return self._order or tuple(accepted)

    def groups(self) -> tuple[int, ...]:
        """Those left; where that is settled, those accepted."""
        if not self._groups_done:
            return tuple(self._groups_left)
        return tuple(self._groups.numbers) or GROUPS_13

    def take(self, flight: Flight) -> None:
        """A choice: strike it."""
        hello = flight.hello
        if hello is None:
            raise ValueError("a flight without a hello")
        if self._unclear:
            # The same groups do with suites known to be good, so the last refusal was about the suites.
            self._unclear = False
            self._suites_done = True
            self._spoken.ended = self._unclear_ended
        if self._order:
            self._spoken.preference = judged(self._spoken.accepted, self._order, hello.suite)
        elif not self._suites_done:
            self._take_suite(hello.suite)
        if not self._groups_done:
            self._take_group(hello.group)

    def refused(self, ended: Ended) -> None:
        """A refusal, or the end of the questions."""
        if isinstance(ended, NotCaptured):
            self._break(ended)
        elif self._unclear:
            # These groups do with nothing; about the other suites nothing is known yet.
            self._unclear = False
            self._groups_done = True
            self._groups.ended = ended
        elif not self._suites_done and not self._groups_done:
            self._unclear = True
            self._unclear_ended = ended
        elif not self._suites_done:
            self._suites_done = True
            self._spoken.ended = ended
        else:
            self._groups_done = True
            self._groups.ended = ended

    def _take_suite(self, chosen: int) -> None:
        if chosen not in self._suites_left:
            self._break(not_offered(chosen))
            return
        self._suites_left.remove(chosen)
        self._spoken.accepted.append(chosen)
        self._suites_done = not self._suites_left

    def _take_group(self, chosen: int | None) -> None:
        if chosen is None or chosen not in self._groups_left:
            self._groups_done = True
            self._groups.ended = NotCaptured(
                cause=Cause.TLS_PROTOCOL, detail=f"chose group {chosen}, which was not offered"
            )
            return
        self._groups_left.remove(chosen)
        self._groups.numbers.append(chosen)
        self._groups_done = not self._groups_left

    def _break(self, missing: NotCaptured) -> None:
        self.broken = missing
        if not self._suites_done:
            self._spoken.ended = missing
        if not self._groups_done:
            self._groups.ended = missing


async def curves_of(asker: Asker, spoken: Spoken) -> Groups:
    """The curves of a version below TLS 1.3, and the order of its suites where one question can ask for both.

    Many servers with an elliptic certificate refuse a client that does not know the certificate's curve.  So that
    one stays in the offer, in the last place, until it is chosen: what such a server likes less than it, it will
    never agree on with anybody.
    """
    groups = Groups()
    with_curves = [number for number in spoken.accepted if with_curve(number)]
    if not with_curves or spoken.how is None:
        return groups
    free = [number for number in with_curves if not is_ecdsa(number)]
    kept = 0 if free else certificate_curve(spoken)
    seen = _curves_seen(spoken)
    if not seen:
        groups.ended = NotCaptured(
            cause=Cause.TLS_PROTOCOL, detail="the key exchange could not be read"
        )
        return groups
    groups.numbers = seen
    if spoken.version is Version.SSL3:
        return groups  # the client has no word in it
    left = [number for number in CURVES if number not in seen]
    if kept in left:
        left.remove(kept)
        left.append(kept)
    order = turned(spoken.accepted) if _may_ask_both(spoken, kept) else None
    while left:
        suites = order or tuple(free or with_curves)
        answer = await asker.ask(spoken.how._replace(suites=suites, groups=tuple(left)))
        flight = answer.flight
        curve = flight.key_exchange.group if flight and flight.key_exchange else None
        if order is not None:
            if flight is not None and curve is not None:
                spoken.preference = judged(spoken.accepted, order, answer.hello.suite)
            order = None
        groups.ended = how_it_ended(answer)
        if flight is None:
            break
        if curve is None or curve not in left:
            groups.ended = NotCaptured(
                cause=Cause.TLS_PROTOCOL, detail=f"chose curve {curve}, which was not offered"
            )
            break
        left.remove(curve)
        groups.numbers.append(curve)
        spoken.flights.append(flight)
    return groups


def _may_ask_both(spoken: Spoken, kept: int) -> bool:
    """Whether every accepted suite needs a curve, and none of them a certain one."""
    return (
        not kept
        and len(spoken.accepted) > 1
        and spoken.preference is None
        and all(with_curve(number) and not is_ecdsa(number) for number in spoken.accepted)
    )


def _curves_seen(spoken: Spoken) -> list[int]:
    found = []
    for flight in spoken.flights:
        exchange = flight.key_exchange
        if exchange is not None and exchange.group is not None and exchange.group not in found:
            found.append(exchange.group)
    return found


def certificate_curve(spoken: Spoken) -> int:
    """The curve of the elliptic certificate that was sent; 0 where its name is unknown."""
    for flight in spoken.flights:
        chosen = flight.hello.suite if flight.hello else 0
        if not (is_ecdsa(chosen) and flight.chain):
            continue
        try:
            key = load_der(flight.chain[0]).public_key()
        except Exception:  # noqa: BLE001, S112  Hostile DER makes libraries raise anything; the curve is unknown.
            continue
        if isinstance(key, ec.EllipticCurvePublicKey):
            return _CURVE_NUMBERS.get(key.curve.name, 0)
    return 0
