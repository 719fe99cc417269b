"""The look at mail policies: SPF with everything it includes, DMARC up the tree."""

from checks.evidence.mail import MailPolicies
from checks.evidence.names import Look, Lookup
from checks.parsing import dmarc, spf
from inventory.suffixes import suffix_and_registrable
from scanner.budget import Failed
from scanner.visit import Visit


async def look_mail(visit: Visit) -> MailPolicies:
    """Ask for the policies of the site's mail domain, else of its registrable name."""
    site, budget, look = visit.site, visit.budget, visit.tools.resolver.look
    _, registrable = suffix_and_registrable(site.host)
    domain = site.mail_domain or registrable or site.host
    _, organisational = suffix_and_registrable(domain)
    spf_looks = await _spf(visit, domain)
    walked: list[Look] = []
    record_at = domain
    record = ""
    for name in dmarc.names_to_ask(domain):
        seen = await look(name, "TXT", budget)
        walked.append(seen)
        if isinstance(seen, Lookup) and (found := dmarc.records_in(seen)):
            record_at, record = name.removeprefix("_dmarc."), found[0]
            break
    authorisations: list[Look] = []
    if record:
        names = dmarc.authorisations_to_ask(record, record_at, organisational)
        authorisations += [await look(name, "TXT", budget) for name in names]
    return MailPolicies(
        domain=domain,
        organisational=organisational,
        mx=await look(domain, "MX", budget),
        spf_lookups=spf_looks,
        dmarc=tuple(walked),
        dmarc_authorisations=tuple(authorisations),
    )


async def _spf(visit: Visit, domain: str) -> tuple[Look, ...]:
    """Ask whatever reading the record asks for, one question after another, until it is content."""
    answers: dict[tuple[str, str], Look] = {}
    # `wanted` itself ends the questions, after 40 at most.
    while (question := spf.wanted(domain, answers)) is not None:
        try:
            visit.budget.limit_s(1.0)
        except Failed as failed:
            answers[question] = failed.missing
            break
        answers[question] = await visit.tools.resolver.look(question[0], question[1], visit.budget)
    return tuple(answers.values())
