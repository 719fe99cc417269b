"""Both kinds of address of one host, validated; a broken chain is looked at once more before it is told."""

from dataclasses import dataclass

from checks.evidence.base import NotCaptured
from checks.evidence.dnssec import Cut, Digest, Dnssec, State, Validated, Why
from scanner.budget import Budget, Failed
from scanner.clock import now
from scanner.dnssec.anchors import Anchors
from scanner.dnssec.asking import AskingServers
from scanner.dnssec.chain import Validator
from scanner.resolver import Server

_NO_DELEGATION = (Why.NO_DS, Why.OPT_OUT)


@dataclass
class Validators:
    """Two validators that know nothing of each other; the second speaks only where the first finds a fault."""

    first: Validator
    second: Validator

    async def look(self, host: str, registrable: str | None, budget: Budget) -> Dnssec:
        """What is to be said of this host.  Raises nothing but when cancelled."""
        seen = await _look(self.first, host, registrable, budget)
        if not _bogus(seen):
            return seen
        # A stale cache, or a server that forges: a fault that only one of two sees is not the site's.
        again = await _look(self.second, host, registrable, budget)
        return again.model_copy(update={"confirmed": True}) if _bogus(again) else again


@dataclass
class Validation:
    """What one run validates with."""

    validators: Validators
    _asking: tuple[AskingServers, ...]

    async def aclose(self) -> None:
        """Close the sockets."""
        for asking in self._asking:
            await asking.aclose()


def validation_by(servers: tuple[Server, ...], anchors: Anchors) -> Validation:
    """The first validator asks the first server first, the second the second (or the same again)."""
    first = AskingServers(servers)
    second = AskingServers(servers[1:] + servers[:1])
    return Validation(
        Validators(Validator(first, anchors, now), Validator(second, anchors, now)),
        (first, second),
    )


def _bogus(seen: Dnssec) -> bool:
    return any(
        isinstance(look, Validated) and look.state is State.BOGUS for look in (seen.a, seen.aaaa)
    )


async def _look(validator: Validator, host: str, registrable: str | None, budget: Budget) -> Dnssec:
    a, cuts = await _validated(validator, host, "A", budget)
    aaaa, other_cuts = await _validated(validator, host, "AAAA", budget)
    cuts = cuts or other_cuts
    seen = Dnssec(
        host=host,
        registrable=registrable,
        a=a,
        aaaa=aaaa,
        cuts=cuts,
        island=(),
        anchor=validator.anchors.named,
        confirmed=False,
    )
    last = cuts[-1] if cuts else None
    island: tuple[Digest, ...] | NotCaptured = ()
    if last is not None and last.why in _NO_DELEGATION:
        try:
            island = await validator.island(last.zone, budget)
        except Failed as failed:
            island = failed.missing
    return seen.model_copy(update={"island": island, "confirmed": not _bogus(seen)})


async def _validated(
    validator: Validator, host: str, type_: str, budget: Budget
) -> tuple[Validated | NotCaptured, tuple[Cut, ...]]:
    try:
        return await validator.validate(host, type_, budget)
    except Failed as failed:
        return failed.missing, ()
