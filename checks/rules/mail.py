"""Letters in the school's name: who may send them, and what becomes of forged ones."""

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.mail import MailPolicies
from checks.evidence.names import Look, Lookup, Said
from checks.parsing import dmarc, spf
from checks.spec import Answer, Limits, Measured, NoLimits, Outcome, Seen, captured, check, untested


class SpfLimits(Limits):
    """The bounds of RFC 7208, 4.6.4: terms that ask the DNS (10), and look-ups that come back empty (2)."""

    max_lookups: int
    max_void: int


@check(
    id="spf-valid",
    title="The domain says validly which servers may send its mail",
    family="mail",
    needs=(MailPolicies,),
    limits=SpfLimits,
    reasons=(
        "missing",
        "several",
        "bogus",
        "syntax",
        "too-many-lookups",
        "too-many-void",
        "include-broken",
        "loop",
        "too-many-mx",
    ),
)
def spf_valid(seen: Seen, limits: SpfLimits) -> Answer:
    """
    What it asks
        Does the mail domain publish exactly one SPF record, written by the grammar of RFC 7208, that any
        receiver can evaluate within the bounds?  Every term before ``all`` is counted as asked, in included
        records too; terms with macros are counted and cannot be followed.  A domain without mail needs a
        record as well, because it can be forged as easily.

        NXDOMAIN or no record: not met (missing).  Bogus: not met.  A fault that was seen settles the answer;
        else a look-up that failed (timeout, SERVFAIL, refused) leaves it open: not tested, with the cause.
        Reset or blocked connections play no part: only the DNS is asked.

    Why it matters
        Without a valid record receivers cannot tell the school's letters from forged ones.

    How to fix
        Publish one TXT record at the domain that begins with ``v=spf1`` and lists the real senders.

    Not tested by this check
        How strict the record is (spf-strict), the addresses of MX hosts, and terms that depend on the sender.
    """
    mail = seen.get(MailPolicies)
    if not mail.spf_lookups:
        untested(Cause.NOT_RUN)
    result = spf.evaluate(mail.domain, spf.replayed(mail.domain, mail.spf_lookups))
    if result.first is None:
        untested(Cause.NOT_RUN)
    first = captured(result.first)
    measured = (
        Measured("records", len(result.records), 1),
        Measured("lookups", result.lookups, limits.max_lookups),
        Measured("void", result.void, limits.max_void),
        Measured("domain", mail.domain),
    )
    note = "; ".join([f"{e.domain}: {e.message}" for e in result.errors] + list(result.notes))
    reason = _fault_of_first(first, result.records)
    if not reason and result.errors:
        reason = result.errors[0].trouble.value
    elif not reason and result.lookups > limits.max_lookups:
        reason = "too-many-lookups"
    elif not reason and result.void > limits.max_void:
        reason = "too-many-void"
    if reason:
        return Answer(Outcome.NOT_MET, measured, reason, note)
    if result.open:
        captured(result.open[0])
    if result.unasked is not None:
        untested(Cause.BUDGET_EVENTS, f"not asked: {' '.join(result.unasked)}")
    return Answer(Outcome.MET, measured, note=note)


def _fault_of_first(first: Lookup, records: tuple[str, ...]) -> str:
    """What is wrong with the records at one name, if anything."""
    if first.said is Said.BOGUS:
        return "bogus"
    if len(records) > 1:
        return "several"
    if not records:
        _all_shown(first)
        return "missing"
    return ""


def _all_shown(look: Lookup) -> None:
    """``Untested`` where more records were sent than kept: the one sought may be among the others."""
    if look.total > len(look.records):
        untested(
            Cause.BUDGET_EVENTS, f"{look.name}: {len(look.records)} of {look.total} records kept"
        )


@check(
    id="dmarc-valid",
    title="The domain says validly what becomes of forged mail",
    family="mail",
    needs=(MailPolicies,),
    limits=NoLimits,
    reasons=("missing", "several", "bogus", "syntax", "p-missing", "reports-unauthorised"),
)
def dmarc_valid(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Is there one DMARC record for the mail domain, at its own name or inherited by the tree walk of RFC
        9989, written by the grammar, whose report addresses in other organisations agree to get the reports?
        A record without ``p`` reads as ``p=none`` where it names a report address.  A domain without mail
        needs a record as well.

        NXDOMAIN or no record at every name of the walk: not met (missing).  Bogus: not met.  Timeout, SERVFAIL
        or refusal at a name that could decide: not tested, with the cause.  Reset or blocked connections play
        no part: only the DNS is asked.

    Why it matters
        The record tells receivers to refuse letters that only pretend to come from the school.

    How to fix
        Publish one TXT record at ``_dmarc.`` before the domain, with ``v=DMARC1``, a policy and an address for
        reports.

    Not tested by this check
        How strict the policy is (dmarc-enforced), and whether anybody reads the reports.
    """
    mail = seen.get(MailPolicies)
    domain = mail.domain.rstrip(".").lower()
    found = _deciding(mail.dmarc, domain)
    if isinstance(found, str):
        return Answer(Outcome.NOT_MET, (Measured("domain", domain),), found)
    at, record = found
    read = dmarc.parse(record)
    measured = (
        Measured("domain", domain),
        Measured("at", f"_dmarc.{at}"),
        Measured("record", record[:300]),
        Measured("policy", read.policy),
    )
    if read.faults:
        note = "; ".join(f"at {fault.position}: {fault.message}" for fault in read.faults)
        missing = read.faults[0].message == dmarc.P_MISSING
        return Answer(Outcome.NOT_MET, measured, "p-missing" if missing else "syntax", note)
    open_look: NotCaptured | None = None
    for name in dmarc.authorisations_to_ask(record, at, mail.organisational):
        look = _named(name, mail.dmarc_authorisations)
        if isinstance(look, NotCaptured):
            open_look = open_look or look
        elif not dmarc.authorises(look):
            note = f"{name}: {look.said.value}"
            return Answer(Outcome.NOT_MET, measured, "reports-unauthorised", note)
    if open_look is not None:
        captured(open_look)
    return Answer(Outcome.MET, measured, note="; ".join(read.notes))


def _deciding(looks: tuple[Look, ...], domain: str) -> tuple[str, str] | str:
    """Where the record that decides stands, and the record; or why there is none.

    RFC 9989, 4.10.1: the domain's own record; else that of its organisational domain; else that of the
    suffix above it.
    """
    if not looks:
        untested(Cause.NOT_RUN)
    above: list[tuple[str, str]] = []
    several = False
    for look in looks:
        seen = captured(look)
        if seen.said is Said.BOGUS:
            return "bogus"
        at = seen.name.rstrip(".").lower().removeprefix("_dmarc.")
        records = dmarc.records_in(seen)
        if not records:
            _all_shown(seen)
        if len(records) == 1:
            above.append((at, records[0]))
            psd = dmarc.parse(records[0]).tags.get("psd", "").lower()
            if at == domain or psd in {"y", "n"}:
                break
        if len(records) > 1:
            # RFC 9989, 4.10: several records at one name are all discarded and the walk goes on upward;
            # at the domain's own name that is a fault to mend, whatever is inherited.
            several = True
            if at == domain:
                break
    if several and not above:
        return "several"
    return _nearest(above) or "missing"


def _nearest(above: list[tuple[str, str]]) -> tuple[str, str] | None:
    """The record of the organisational domain (RFC 9989, 4.10.2), else the one that stands for the suffix."""
    if not above:
        return None
    own = [found for found in above if dmarc.parse(found[1]).tags.get("psd", "").lower() != "y"]
    return (own or above)[-1]


def _named(name: str, looks: tuple[Look, ...]) -> Look:
    """The answer for this name; failing that, the first look that failed."""
    for look in looks:
        if isinstance(look, Lookup) and look.name.rstrip(".").lower() == name:
            return look
    failed = [look for look in looks if isinstance(look, NotCaptured)]
    return failed[0] if failed else NotCaptured(cause=Cause.NOT_RUN)
