"""The look at DNSSEC: the host's addresses, validated by ourselves from the root down."""

from checks.evidence.base import Cause
from checks.evidence.dnssec import Dnssec
from inventory.suffixes import suffix_and_registrable
from scanner.budget import Failed
from scanner.visit import Visit


async def look_dnssec(visit: Visit) -> Dnssec:
    """Validate A and AAAA of the site's host; ``Failed`` where this run has nothing to validate with."""
    validators = visit.tools.validators
    if validators is None:
        raise Failed(Cause.NOT_ENABLED, "nothing to validate with")
    _, registrable = suffix_and_registrable(visit.site.host)
    return await validators.look(visit.site.host, registrable, visit.budget)
