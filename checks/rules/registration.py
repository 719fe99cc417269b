"""How long the name stays the school's."""

from datetime import date

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.registration import Registered, Registration, Source
from checks.spec import Answer, Limits, Measured, Outcome, Seen, captured, check, untested

LOST = {"redemptionperiod": "in-redemption", "pendingdelete": "pending-delete"}
HELD = frozenset({"clienthold", "serverhold"})
RENEWED_BY_ITSELF = frozenset({"autorenewperiod"})


class RegistrationLimits(Limits):
    """How far ahead a registration must reach.

    ``min_days_left``: whole days, counted from the day of judging to the day of the end, both in UTC; 60.
    """

    min_days_left: int


@check(
    id="registration-current",
    title="The registration of the name does not end soon",
    family="dns",
    needs=(Registration,),
    limits=RegistrationLimits,
    reasons=(
        "by-inventory",
        "name-above",
        "name-above-by-inventory",
        "ends-soon",
        "expired",
        "date-passed",
        "in-redemption",
        "pending-delete",
        "on-hold",
        "auto-renewed",
        "unknown-to-registry",
        "suffix-itself",
    ),
)
def registration_current(seen: Seen, limits: RegistrationLimits) -> Answer:
    """
    What it asks
        Are at least so many days left until the registration of the site's name ends?  The registry is asked
        by RDAP, and by WHOIS where that gives nothing; where no registry answers, the day in the inventory
        (``registration_expires_on``) counts.  The name asked about is the registered one: for a school below
        its department's name that is the department's.

        A name that the registry says is lost (redemption, deletion): not met.  One that is held back, one that
        the registry has renewed by itself, one that the registry does not know: needs review.  The host is a
        public suffix, and the inventory names no day: not applicable.  Refused, timeout, reset, blocked
        address, SERVFAIL or NXDOMAIN of the registry's server, an answer that cannot be read: the day in the
        inventory, else not tested, with the cause.  No registry to be asked and no day: not tested
        (no-registry).  Whether the site's own name resolves (NXDOMAIN, NODATA, bogus) plays no part.

    Why it matters
        A name that ran out can be registered by anybody, who then gets the school's visitors and letters.

    How to fix
        Renew the name at the registrar, and enter the new day in the inventory.

    Not tested by this check
        Who holds the registration, and whether the day in the inventory is right where no registry answers.
    """
    found = seen.get(Registration)
    told = found.answer if isinstance(found.answer, Registered) else None
    name = found.name
    if name is None and found.inventory_ends_on is None:
        return Answer(Outcome.NOT_APPLICABLE, reason="suffix-itself")
    shown = name or seen.site.host
    states = frozenset(told.statuses) if told else frozenset()
    if told is not None:
        lost = sorted(states & LOST.keys())
        if lost:
            return Answer(Outcome.NOT_MET, _of(told, shown), LOST[lost[-1]])
        if not told.found:
            return Answer(Outcome.NEEDS_REVIEW, _of(told, shown), "unknown-to-registry")
    by_registry = told is not None and told.ends_on is not None
    ends_on = told.ends_on if told is not None and by_registry else found.inventory_ends_on
    if ends_on is None:
        captured(found.answer)
        untested(Cause.NO_REGISTRY, "the registry's answer names no day")
    answer = _until(ends_on, seen.as_of.date(), shown, limits, by_registry=by_registry)
    above = name is not None and name not in (seen.site.host, seen.site.twin)
    measured = (*answer.measured, *_told_by(told, by_registry=by_registry))
    note = _note(found)
    if answer.outcome is not Outcome.MET:
        return Answer(answer.outcome, measured, answer.reason, note)
    if states & HELD:
        return Answer(Outcome.NEEDS_REVIEW, measured, "on-hold", note)
    if states & RENEWED_BY_ITSELF:
        return Answer(Outcome.NEEDS_REVIEW, measured, "auto-renewed", note)
    reason = ("name-above" if above else "", "" if by_registry else "by-inventory")
    return Answer(Outcome.MET, measured, "-".join(filter(None, reason)), note)


def _until(
    ends_on: date, today: date, name: str, limits: RegistrationLimits, *, by_registry: bool
) -> Answer:
    left = (ends_on - today).days
    measured = (
        Measured("days_left", left, limits.min_days_left, "days"),
        Measured("name", name),
        Measured("ends_on", ends_on.isoformat()),
    )
    if left < 0:
        return Answer(Outcome.NOT_MET, measured, "expired" if by_registry else "date-passed")
    if left < limits.min_days_left:
        return Answer(Outcome.NOT_MET, measured, "ends-soon")
    return Answer(Outcome.MET, measured)


def _of(told: Registered, name: str) -> tuple[Measured, ...]:
    return (Measured("name", name), *_told_by(told, by_registry=True))


def _told_by(told: Registered | None, *, by_registry: bool) -> tuple[Measured, ...]:
    if told is None:
        return (Measured("source", Source.INVENTORY.value),)
    return (
        Measured("source", told.source.value if by_registry else Source.INVENTORY.value),
        Measured("server", told.server),
        Measured("registrar", told.registrar),
        Measured("statuses", ", ".join(told.statuses)),
    )


def _note(found: Registration) -> str:
    """Why the inventory was believed, or that it says another day than the registry."""
    told, inventory = found.answer, found.inventory_ends_on
    if isinstance(told, NotCaptured):
        return f"{told.cause.value}: {told.detail}"
    if told.ends_on is None or inventory in (None, told.ends_on):
        return ""
    return f"the inventory says {inventory}, the registry {told.ends_on}"
