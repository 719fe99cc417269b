"""What several checks ask of a mail domain: whether it has mail, which DMARC record decides, who may write."""

from collections.abc import Callable
from dataclasses import dataclass

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.mail import MailPolicies
from checks.evidence.names import Look, Lookup, Said
from checks.parsing import dmarc, spf
from checks.parsing.exchangers import mx_records
from checks.parsing.spf_host import Checked, check_host
from checks.spec import Untested, captured, untested

STRANGERS = ("203.0.113.77", "2001:db8:77::77")
"""Addresses of RFC 5737 and RFC 3849, from which no mail ever comes."""

NO_NULL_MX = "no-null-mx"
SPF_OPEN = "spf-open"
DMARC_OPEN = "dmarc-open"


@dataclass(frozen=True, slots=True)
class Deciding:
    """The DMARC record that decides for a domain, and the name (without ``_dmarc.``) where it stands."""

    at: str
    record: str
    standing: dmarc.Standing


def bare(name: str) -> str:
    """A name in lower case without its last dot."""
    return name.rstrip(".").lower()


def bogus(look: Lookup) -> bool:
    """Whether the signature of an answer does not hold."""
    return look.said is Said.BOGUS


def all_shown(look: Lookup) -> None:
    """``Untested`` where more records were sent than kept: the one sought may be among the others."""
    if look.total > len(look.records):
        untested(
            Cause.BUDGET_EVENTS, f"{look.name}: {len(look.records)} of {look.total} records kept"
        )


def only(look: Look, belongs: Callable[[str], bool]) -> str | None:
    """The one record of a kind among the TXT records there; ``None`` where there is not exactly one."""
    found = [text for text in captured(look).records if belongs(text)]
    return found[0] if len(found) == 1 else None


def fault(look: Look, belongs: Callable[[str], bool]) -> str:
    """``bogus``, ``missing`` or ``several`` where there is not exactly one record of a kind; else empty."""
    seen = captured(look)
    if bogus(seen):
        return "bogus"
    found = [text for text in seen.records if belongs(text)]
    if not found:
        all_shown(seen)
        return "missing"
    return "several" if len(found) > 1 else ""


# Mail exchanges


def exchanges(mail: MailPolicies) -> tuple[str, ...]:
    """The mail servers of the domain, lower case; empty where it has none, or says so by a null MX."""
    return tuple(name for name in _mx_names(mail) if name)


def has_null_mx(mail: MailPolicies) -> bool:
    """Whether the domain says that it takes no mail (RFC 7505): one MX, to the root."""
    return _mx_names(mail) == ("",)


def _mx_names(mail: MailPolicies) -> tuple[str, ...]:
    mx = captured(mail.mx)
    if bogus(mx):
        # Whether there is mail nobody can tell; the broken signature is told where records are judged.
        untested(Cause.DNS_SERVFAIL, "MX: the DNSSEC signature does not hold")
    return tuple(host for _, host in mx_records(mx))


def unsaid(mail: MailPolicies) -> tuple[str, ...]:
    """Which of the three words are missing by which a domain without mail says so; ``bogus`` settles it.

    A word that was seen to be missing is told even where another could not be seen.
    """
    found: list[str] = []
    open_: Untested | None = None
    for slug, says in (
        (NO_NULL_MX, has_null_mx),
        (SPF_OPEN, _nobody_may_write),
        (DMARC_OPEN, _refuses_all),
    ):
        try:
            if not says(mail):
                found.append(slug)
        except Untested as nothing:
            open_ = open_ or nothing
    if not found and open_ is not None:
        raise open_
    return tuple(found)


def says_no_mail(mail: MailPolicies) -> bool:
    """Whether the domain has no mail and says so in all three ways; then other checks of mail ask nothing."""
    return not exchanges(mail) and not unsaid(mail)


def _nobody_may_write(mail: MailPolicies) -> bool:
    """Whether the SPF record lets nobody write: ``v=spf1 -all``."""
    first = spf_first(mail)
    records = spf.spf_records(first)
    if len(records) != 1:
        if not records and not bogus(first):
            all_shown(first)
        return False
    read = spf.parse(records[0])
    return not read.faults and [(term.name, term.qualifier) for term in read.active] == [
        ("all", "-")
    ]


def _refuses_all(mail: MailPolicies) -> bool:
    found = deciding(mail)
    return not isinstance(found, str) and found.standing.phase is dmarc.Phase.MAINTAIN


# SPF


def spf_answers(mail: MailPolicies) -> dict[spf.Question, Look]:
    """What was said, by question."""
    if not mail.spf_lookups:
        untested(Cause.NOT_RUN)
    return spf.replayed(mail.domain, mail.spf_lookups)


def spf_first(mail: MailPolicies) -> Lookup:
    """The answer for TXT at the domain; ``Untested`` where it was never asked or not captured."""
    first = spf.evaluate(mail.domain, spf_answers(mail)).first
    if first is None:
        untested(Cause.NOT_RUN)
    return captured(first)


class _Unasked(Exception):  # noqa: N818  The evidence has no answer, which is no error.
    """A question was not asked at the time."""


def strangers(mail: MailPolicies) -> tuple[Checked, ...]:
    """What receivers conclude of letters from addresses that nobody uses, as far as the evidence reaches."""
    answers = spf_answers(mail)

    def lookup(name: str, kind: str) -> Look:
        look = answers.get((bare(name), kind))
        if look is None or isinstance(look, NotCaptured):
            raise _Unasked
        return look

    found: list[Checked] = []
    for ip in STRANGERS:
        try:
            domain = bare(mail.domain)
            found.append(check_host(ip, f"stranger@{domain}", domain, domain, lookup))
        except _Unasked:
            continue
    return tuple(found)


# DMARC


def deciding(mail: MailPolicies) -> Deciding | str:
    """The record that decides, or why there is none: ``bogus``, ``several``, ``missing``."""
    if not mail.dmarc:
        untested(Cause.NOT_RUN)
    domain = bare(mail.domain)
    walked: list[tuple[str, tuple[str, ...]]] = []
    for look in mail.dmarc:
        seen = captured(look)
        if bogus(seen):
            return "bogus"
        at = bare(seen.name).removeprefix("_dmarc.")
        records = dmarc.records_in(seen)
        if not records:
            all_shown(seen)
        walked.append((at, records))
        if dmarc.walk_is_over(at, records, domain):
            break
    found = dmarc.chosen(walked, domain)
    if found is None:
        return "several" if any(len(records) > 1 for _, records in walked) else "missing"
    at, record = found
    inherited = at != domain
    # RFC 9989, 4.10.2: without a word of the record itself the public suffix list tells where the top is.
    top = inherited or dmarc.psd_of(record) == "n" or mail.organisational in {None, at}
    standing = dmarc.standing(record, inherited=inherited, exists=_exists(mail), organisational=top)
    return Deciding(at, record, standing)


def _exists(mail: MailPolicies) -> bool:
    """Whether the domain exists; where nothing was said of it, it does, as everywhere else."""
    return not any(
        isinstance(look, Lookup)
        and look.said is Said.NXDOMAIN
        and bare(look.name) == bare(mail.domain)
        for look in (mail.mx, *mail.spf_lookups[:1])
    )
