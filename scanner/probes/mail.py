"""The look at mail policies: SPF with everything it includes, DMARC up the tree, keys, policies, reports."""

from datetime import datetime

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.mail import DkimLook, MailPolicies, PolicyFile, PolicyState
from checks.evidence.names import Look, Lookup, Said
from checks.parsing import dkim, dmarc, spf
from checks.parsing.block_pages import recognise
from checks.parsing.mail_records import is_sts
from inventory.suffixes import mail_domain_of, suffix_and_registrable
from scanner.auxiliary import FilesOverTls, SeenNoAddress
from scanner.budget import Failed
from scanner.http1 import HttpAnswer
from scanner.visit import Visit

POLICY_BYTES = 64 * 1024
"""RFC 8461, 3.3: what senders are told to read at most."""
POLICY_PATH = "/.well-known/mta-sts.txt"
MOST_SELECTORS = 10


async def look_mail(visit: Visit, files: FilesOverTls, now: datetime) -> MailPolicies:
    """Ask for the policies of the site's mail domain, else of its registrable name."""
    site, budget, look = visit.site, visit.budget, visit.tools.resolver.look
    domain = mail_domain_of(site)
    _, organisational = suffix_and_registrable(domain)
    # All the rest hangs on whether there is mail; a budget that ends early ends after this.
    mx = await look(domain, "MX", budget)
    spf_looks = await _spf(visit, domain)
    walked = await _walk(visit, domain)
    authorisations: list[Look] = []
    found = dmarc.chosen([(at, _records(one)) for at, one in walked], domain)
    if found is not None:
        at, record = found
        names = dmarc.authorisations_to_ask(record, at, organisational)
        authorisations += [await look(name, "TXT", budget) for name in names]
    sts = await look(f"_mta-sts.{domain}", "TXT", budget)
    return MailPolicies(
        domain=domain,
        organisational=organisational,
        mx=mx,
        spf_lookups=spf_looks,
        dmarc=tuple(one for _, one in walked),
        dmarc_authorisations=tuple(authorisations),
        dkim=await _keys(visit, domain),
        mta_sts=sts,
        mta_sts_policy=await _policy(visit, domain, sts, files, now),
        tls_rpt=await look(f"_smtp._tls.{domain}", "TXT", budget),
        bimi=await look(f"default._bimi.{domain}", "TXT", budget),
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


async def _walk(visit: Visit, domain: str) -> list[tuple[str, Look]]:
    """Each name of the tree walk with what was said there, until nothing above it can decide."""
    walked: list[tuple[str, Look]] = []
    for name in dmarc.names_to_ask(domain):
        seen = await visit.tools.resolver.look(name, "TXT", visit.budget)
        at = name.removeprefix("_dmarc.")
        walked.append((at, seen))
        if dmarc.walk_is_over(at, _records(seen), domain):
            break
    return walked


def _records(look: Look) -> tuple[str, ...]:
    return dmarc.records_in(look) if isinstance(look, Lookup) else ()


async def _keys(visit: Visit, domain: str) -> tuple[DkimLook, ...]:
    """The selectors of the inventory; where it names none, the common ones, whose absence says nothing."""
    look, budget = visit.tools.resolver.look, visit.budget
    named = visit.site.dkim_selectors[:MOST_SELECTORS]
    if not named:
        # RFC 8020: below a name that does not exist there is nothing, which saves the questions.
        above = await look(f"_domainkey.{domain}", "TXT", budget)
        if not isinstance(above, Lookup) or above.said is Said.NXDOMAIN:
            return (DkimLook(selector="", named=False, look=above),)
    return tuple(
        [
            DkimLook(
                selector=selector,
                named=bool(named),
                look=await look(
                    f"{selector}._domainkey.{domain}", "TXT", budget, twice=bool(named)
                ),
            )
            for selector in named or dkim.COMMON
        ]
    )


async def _policy(
    visit: Visit, domain: str, record: Look, files: FilesOverTls, now: datetime
) -> PolicyFile | NotCaptured | None:
    """The policy file, where a record asks for it.  Waiting for its host does not count against the site."""
    if not isinstance(record, Lookup) or not any(is_sts(text) for text in record.records):
        return None
    host = f"mta-sts.{domain}"
    url = f"https://{host}{POLICY_PATH}"
    try:
        with visit.budget.own_wait():
            got = await files.get(visit.tools, host, POLICY_PATH, POLICY_BYTES, now)
    except SeenNoAddress:
        return PolicyFile(url=url, state=PolicyState.NO_HOST)
    except Failed as failed:
        return failed.missing
    shown = PolicyFile(
        url=url,
        state=PolicyState.BAD_CERTIFICATE,
        path=got.path,
        covers=host in got.leaf.covers,
        not_before=got.leaf.not_before,
        not_after=got.leaf.not_after,
    )
    return shown if got.answer is None else _answered(shown, got.answer)


def _answered(shown: PolicyFile, answer: HttpAnswer) -> PolicyFile | NotCaptured:
    blocked = recognise(answer.status, answer.headers, answer.body, len(answer.body))
    if blocked is not None:
        return NotCaptured(cause=blocked, detail=f"status {answer.status}")
    if answer.undecodable:
        return NotCaptured(cause=Cause.UNDECODABLE, detail=answer.undecodable[:200])
    too_large = answer.truncated and len(answer.body) >= POLICY_BYTES
    if answer.truncated and not too_large:
        return NotCaptured(cause=Cause.CLOSED_EARLY, detail=f"cut at {len(answer.body)} bytes")
    types = [value for name, value in answer.headers if name.lower() == "content-type"]
    return shown.model_copy(
        update={
            "state": PolicyState.ANSWERED,
            "status": answer.status,
            "content_type": types[-1][:200] if types else "",
            "text": answer.body.decode("utf-8", errors="replace") if answer.status == 200 else "",
            "too_large": too_large,
        }
    )
