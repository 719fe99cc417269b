"""Letters in the school's name: who may send them, and what becomes of forged ones."""

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.mail import MailPolicies
from checks.evidence.names import Look, Lookup
from checks.parsing import dmarc, spf
from checks.parsing.mail_domain import (
    Deciding,
    all_shown,
    bare,
    bogus,
    deciding,
    exchanges,
    says_no_mail,
    spf_answers,
    spf_first,
    strangers,
)
from checks.parsing.spf_host import Result
from checks.parsing.zone_lines import record_to_set
from checks.spec import (
    Answer,
    Limits,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    Untested,
    captured,
    check,
    untested,
)


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
    revision=2,
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
    first = spf_first(mail)
    result = spf.evaluate(mail.domain, spf_answers(mail))
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
        made = _first_spf(mail) if reason == "missing" else ()
        return Answer(Outcome.NOT_MET, measured + made, reason, note)
    _nothing_open(result)
    return Answer(Outcome.MET, measured, note=note)


def _nothing_open(result: spf.SpfResult) -> None:
    """``Untested`` where a look-up that reading the record asks for failed or was not made."""
    if result.open:
        captured(result.open[0])
    if result.unasked is not None:
        untested(Cause.BUDGET_EVENTS, f"not asked: {' '.join(result.unasked)}")


def _fault_of_first(first: Lookup, records: tuple[str, ...]) -> str:
    """What is wrong with the records at one name, if anything."""
    if bogus(first):
        return "bogus"
    if len(records) > 1:
        return "several"
    if not records:
        all_shown(first)
        return "missing"
    return ""


# Whose mail servers a domain uses says what its SPF record has to include.
_SENDERS = (
    (".google.com", "include:_spf.google.com"),
    (".googlemail.com", "include:_spf.google.com"),
    (".outlook.com", "include:spf.protection.outlook.com"),
    (".zoho.com", "include:zoho.com"),
)


def _first_spf(mail: MailPolicies) -> tuple[Measured, ...]:
    """A first record, made from the mail servers that the domain names; nothing where those were not seen."""
    try:
        hosts = exchanges(mail)
    except Untested:
        return ()
    known = [term for end, term in _SENDERS if any(f".{host}".endswith(end) for host in hosts)]
    terms = list(dict.fromkeys(known)) or (["mx"] if hosts else [])
    # Not yet -all: a sender that nobody thought of would lose its letters.
    record = " ".join(["v=spf1", *terms, "~all" if hosts else "-all"])
    return record_to_set(bare(mail.domain), "TXT", record)


@check(
    id="spf-strict",
    title="The SPF record turns forged mail down",
    family="mail",
    needs=(MailPolicies,),
    limits=NoLimits,
    reasons=(
        "missing",
        "several",
        "bogus",
        "not-valid",
        "neutral",
        "lets-everyone",
        "no-end",
        "depends-on-sender",
        "soft",
    ),
)
def spf_strict(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does the SPF record end in ``-all`` or ``~all``, itself or by a redirect to such a record, so that
        a letter from anywhere else is turned down or marked?  The record is also evaluated (RFC 7208) for two addresses
        from which no mail ever comes: if they pass, everybody does, whatever stands at its end.

        NXDOMAIN, no record, several, or bogus: not met, as receivers then have nothing to go by; so is a
        record that cannot be evaluated (syntax, loops, broken includes).  A redirect that depends on the sender: a person has to look.
        A fault that was seen settles the answer; else a look-up that failed (timeout, SERVFAIL, refused) leaves
        it open: not tested, with the cause.  Reset or blocked connections play no part: only the DNS is asked.

    Why it matters
        A record that ends in ``?all``, in ``+all`` or in nothing lists the real senders and stops nobody else.

    How to fix
        Once all real senders are listed, end the record in ``-all``.

    Not tested by this check
        Whether the record stays within the bounds on look-ups (spf-valid), and whether its senders are the
        school's.
    """
    mail = seen.get(MailPolicies)
    first = spf_first(mail)
    result = spf.evaluate(mail.domain, spf_answers(mail))
    domain = Measured("domain", mail.domain)
    reason = _fault_of_first(first, result.records)
    if reason:
        made = _first_spf(mail) if reason == "missing" else ()
        return Answer(Outcome.NOT_MET, (domain, *made), reason)
    told = (domain, Measured("ends_in", result.ends_in, "-all"))
    if result.errors:
        note = "; ".join(f"{error.domain}: {error.message}" for error in result.errors)
        return Answer(Outcome.NOT_MET, told, "not-valid", note)
    read = spf.parse(result.records[0])
    mended = record_to_set(bare(mail.domain), "TXT", _with_strict_end(result.records[0], read))
    if any(checked.result is Result.PASS for checked in strangers(mail)):
        made = mended if result.ends_in == "+all" else ()
        return Answer(Outcome.NOT_MET, told + made, "lets-everyone")
    if result.ends_in in {"-all", "~all"}:
        _nothing_open(result)
        return Answer(Outcome.MET, told, "soft" if result.ends_in == "~all" else "")
    if result.ends_in:
        weak = "lets-everyone" if result.ends_in == "+all" else "neutral"
        return Answer(Outcome.NOT_MET, told + mended, weak)
    if read.redirect is None:
        return Answer(Outcome.NOT_MET, told + mended, "no-end")
    _nothing_open(result)
    if any("depends on the sender" in note and ": redirect " in note for note in result.notes):
        return Answer(Outcome.NEEDS_REVIEW, told, "depends-on-sender")
    return Answer(Outcome.NOT_MET, told, "no-end")


def _with_strict_end(record: str, read: spf.Spf) -> str:
    """The record with ``-all`` at its end; empty where the end stands in another record."""
    everyone = next((term for term in read.active if term.name == "all"), None)
    if everyone is not None:
        begin = everyone.position - 1
        length = len(record[begin:].partition(" ")[0])
        return f"{record[:begin]}-all{record[begin + length :]}".rstrip(" ")
    return "" if read.redirect is not None else f"{record.rstrip(' ')} -all"


@check(
    id="dmarc-valid",
    title="The domain says validly what becomes of forged mail",
    family="mail",
    needs=(MailPolicies,),
    limits=NoLimits,
    reasons=("missing", "several", "bogus", "syntax", "p-missing", "reports-unauthorised"),
    revision=2,
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
    domain = bare(mail.domain)
    found = deciding(mail)
    if isinstance(found, str):
        made = _first_dmarc(mail) if found == "missing" else ()
        return Answer(Outcome.NOT_MET, (Measured("domain", domain), *made), found)
    read = dmarc.parse(found.record)
    measured = (
        Measured("domain", domain),
        Measured("at", f"_dmarc.{found.at}"),
        Measured("record", found.record[:300]),
        Measured("policy", read.policy),
    )
    if read.faults:
        note = "; ".join(f"at {fault.position}: {fault.message}" for fault in read.faults)
        missing = read.faults[0].message == dmarc.P_MISSING
        return Answer(Outcome.NOT_MET, measured, "p-missing" if missing else "syntax", note)
    open_look: NotCaptured | None = None
    for name in dmarc.authorisations_to_ask(found.record, found.at, mail.organisational):
        look = _named(name, mail.dmarc_authorisations)
        if isinstance(look, NotCaptured):
            open_look = open_look or look
        elif not dmarc.authorises(look):
            note = f"{name}: {look.said.value}"
            return Answer(Outcome.NOT_MET, measured, "reports-unauthorised", note)
    if open_look is not None:
        captured(open_look)
    return Answer(Outcome.MET, measured, note="; ".join(read.notes))


def _named(name: str, looks: tuple[Look, ...]) -> Look:
    """The answer for this name; failing that, the first look that failed."""
    for look in looks:
        if isinstance(look, Lookup) and bare(look.name) == name:
            return look
    failed = [look for look in looks if isinstance(look, NotCaptured)]
    return failed[0] if failed else NotCaptured(cause=Cause.NOT_RUN)


def _first_dmarc(mail: MailPolicies) -> tuple[Measured, ...]:
    """A first record: careful where there is mail, final where there is none."""
    domain = bare(mail.domain)
    try:
        used = bool(exchanges(mail))
    except Untested:
        used = True
    policy = f"quarantine; rua=mailto:dmarc@{domain}" if used else "reject"
    return record_to_set(f"_dmarc.{domain}", "TXT", f"v=DMARC1; p={policy}")


@check(
    id="dmarc-enforced",
    title="DMARC is enforced",
    family="mail",
    needs=(MailPolicies,),
    limits=NoLimits,
    reasons=(
        "missing",
        "several",
        "bogus",
        "not-valid",
        "policy-none",
        "testing",
        "partial",
        "subdomains-open",
        "quarantines",
        "rejects",
    ),
)
def dmarc_enforced(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does the DMARC record that decides for the mail domain (its own, or inherited by the tree walk of RFC
        9989) ask receivers to set forged letters aside or refuse them, and all of them?  Of an inherited record
        ``sp`` counts (``np`` where the domain does not exist).  At an organisational domain ``sp`` and ``np`` must
        not be *none*.  ``pct`` below 100, where it is present, and ``t=y`` are not enforcement.

        How far the domain has come is measured as its phase: *assess* (nothing is turned down), *deploy* (not for all
        letters or names), *enforce* (all forged letters are at least set aside), *maintain* (all are refused).

        NXDOMAIN or no record at every name of the walk, several, bogus, or a policy that cannot be read: not
        met.  Timeout, SERVFAIL or refusal at a name that could decide: not tested, with the cause.  Reset or
        blocked connections play no part: only the DNS is asked.

    Why it matters
        A policy of *none* only watches: forged letters still reach parents.

    How to fix
        Read the reports for some weeks, mend the real senders, then set ``p=quarantine`` and later
        ``p=reject``, without ``pct`` and ``t``.

    Not tested by this check
        Report addresses and their agreement (dmarc-valid), and whether the school's own letters pass.
    """
    mail = seen.get(MailPolicies)
    domain = bare(mail.domain)
    found = deciding(mail)
    if isinstance(found, str):
        made = _first_dmarc(mail) if found == "missing" else ()
        return Answer(Outcome.NOT_MET, (Measured("domain", domain), *made), found)
    standing = found.standing
    measured = (
        Measured("domain", domain),
        Measured("at", f"_dmarc.{found.at}"),
        Measured("phase", standing.phase.value, dmarc.Phase.ENFORCE.value),
        Measured("policy", standing.policy),
        Measured("subdomains", standing.subdomains),
        Measured("invented", standing.invented),
    )
    if standing.weak:
        return Answer(Outcome.NOT_MET, measured + _next_dmarc(found, domain), standing.weak)
    last = standing.phase is dmarc.Phase.MAINTAIN
    return Answer(Outcome.MET, measured, "rejects" if last else "quarantines")


def _next_dmarc(found: Deciding, domain: str) -> tuple[Measured, ...]:
    """The domain's own record with the next step taken; what stands above is not this domain's to change."""
    if found.at != domain:
        return ()
    return record_to_set(f"_dmarc.{domain}", "TXT", dmarc.stricter(found.record))


@check(
    id="dmarc-reports-read",
    title="DMARC reports have a reader",
    family="mail",
    needs=(MailPolicies,),
    limits=NoLimits,
    reasons=("missing", "several", "bogus", "no-address", "no-mail"),
)
def dmarc_reports_read(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does the DMARC record that decides for the mail domain name at least one readable address for aggregate
        reports (``rua``)?

        A domain that has no mail and says so (no-mail-said-so): not applicable.  NXDOMAIN or no record at every
        name of the walk, several, or bogus: not met.  Timeout, SERVFAIL or refusal at a name that could decide,
        and a bogus MX: not tested, with the cause.  Reset or blocked connections play no part: only the DNS is asked.

    Why it matters
        Without reports nobody notices forged letters, nor real ones that are turned down by mistake.

    How to fix
        Add ``rua=mailto:`` with a mailbox that somebody reads.

    Not tested by this check
        Whether anybody reads the mailbox, and whether another organisation agreed to get reports (dmarc-valid).
    """
    mail = seen.get(MailPolicies)
    domain = bare(mail.domain)
    told = Measured("domain", domain)
    if says_no_mail(mail):
        return Answer(Outcome.NOT_APPLICABLE, (told,), "no-mail")
    found = deciding(mail)
    if isinstance(found, str):
        made = _first_dmarc(mail) if found == "missing" else ()
        return Answer(Outcome.NOT_MET, (told, *made), found)
    measured = (told, Measured("at", f"_dmarc.{found.at}"))
    if dmarc.parse(found.record).has_rua:
        return Answer(Outcome.MET, measured)
    made = ()
    if found.at == domain and "rua" not in dmarc.parse(found.record).tags:
        record = f"{found.record.rstrip('; ')}; rua=mailto:dmarc@{domain}"
        made = record_to_set(f"_dmarc.{domain}", "TXT", record)
    return Answer(Outcome.NOT_MET, measured + made, "no-address")
