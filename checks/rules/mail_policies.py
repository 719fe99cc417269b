"""Further words of a mail domain: keys, encryption between servers, reports, a logo, or that there is no mail."""

from datetime import datetime

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import PathState
from checks.evidence.mail import DkimLook, MailPolicies, PolicyFile, PolicyState
from checks.parsing import dkim, mail_records
from checks.parsing.dkim import KeyState
from checks.parsing.mail_domain import (
    DMARC_OPEN,
    NO_NULL_MX,
    SPF_OPEN,
    bare,
    bogus,
    deciding,
    exchanges,
    fault,
    only,
    says_no_mail,
    spf_first,
    unsaid,
)
from checks.parsing.zone_lines import record_to_set
from checks.spec import (
    Answer,
    Limits,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    captured,
    check,
    untested,
)


class DkimLimits(Limits):
    """How long an RSA key must be: at least (RFC 8301, 3.2: 1024 bits), and better (2048 bits)."""

    min_rsa_bits: int
    good_rsa_bits: int


@check(
    id="dkim-published",
    title="Mail is signed with DKIM",
    family="mail",
    needs=(MailPolicies,),
    limits=DkimLimits,
    reasons=(
        "missing",
        "weak-key",
        "revoked",
        "invalid",
        "bogus",
        "short-key",
        "testing",
        "no-mail",
    ),
)
def dkim_published(seen: Seen, limits: DkimLimits) -> Answer:
    """
    What it asks
        Does a valid DKIM key stand at a selector that the inventory names, and is no key there too short?  Where
        the inventory names none, some common selectors are tried; that nothing stands there says nothing.

        A named selector without a key (NXDOMAIN or no record), with one that was called back, cannot be read or is
        bogus: not met, unless another named one holds a valid key.  At common selectors only a key that is too short is held against the
        domain; with no valid key there: not tested (selector-unknown).  Timeout, SERVFAIL or refusal at a named selector, unless a short
        key was seen, and a bogus MX: not tested, with the cause.  A domain that has no mail and says so (no-mail-said-so): not applicable.
        Reset or blocked connections play no part: only the DNS is asked.

    Why it matters
        Letters that are signed prove where they come from, also when they are forwarded.

    How to fix
        Switch on signing at the mail provider, publish the key it shows, and enter its selector in the
        inventory.

    Not tested by this check
        Whether letters are really signed, and selectors that nobody named.
    """
    mail = seen.get(MailPolicies)
    told = Measured("domain", bare(mail.domain))
    if says_no_mail(mail):
        return Answer(Outcome.NOT_APPLICABLE, (told,), "no-mail")
    if not mail.dkim:
        untested(Cause.NOT_RUN)
    keys = [(one, key) for one in mail.dkim for key in _keys_at(one)]
    usable = [(one, key) for one, key in keys if key.state is KeyState.USABLE]
    note = "; ".join(f"{one.selector}: {key.why or key.state.value}" for one, key in keys)
    for one, key in usable:
        if key.kind == "rsa" and key.bits < limits.min_rsa_bits:
            measured = (told, *_of(one, key, limits.min_rsa_bits))
            return Answer(Outcome.NOT_MET, measured, "weak-key", note)
    named = [one for one in mail.dkim if one.named]
    for one in named:
        captured(one.look)
    if not usable:
        return _without_key(mail, named, [key for _, key in keys], told, note)
    one, key = max(usable, key=lambda found: (not found[1].testing, found[1].bits))
    measured = (told, *_of(one, key, limits.good_rsa_bits))
    if key.testing:
        return Answer(Outcome.MET, measured, "testing", note)
    short = key.kind == "rsa" and key.bits < limits.good_rsa_bits
    return Answer(Outcome.MET, measured, "short-key" if short else "", note)


def _keys_at(one: DkimLook) -> list[dkim.DkimKey]:
    """The keys at a selector; what failed to be looked up has none."""
    if isinstance(one.look, NotCaptured):
        return []
    return [dkim.parse(text) for text in one.look.records if dkim.is_key(text)]


def _of(one: DkimLook, key: dkim.DkimKey, asked_bits: int) -> tuple[Measured, ...]:
    required = asked_bits if key.kind == "rsa" else None
    return (
        Measured("selector", one.selector),
        Measured("kind", key.kind),
        Measured("bits", key.bits, required, "bits"),
    )


def _without_key(
    mail: MailPolicies,
    named: list[DkimLook],
    keys: list[dkim.DkimKey],
    told: Measured,
    note: str,
) -> Answer:
    if not named:
        for one in mail.dkim:
            if bogus(captured(one.look)):
                untested(Cause.DNS_SERVFAIL, "the DNSSEC signature does not hold")
        untested(Cause.SELECTOR_UNKNOWN, note)
    measured = (told, Measured("selector", ", ".join(one.selector for one in named)))
    if any(bogus(captured(one.look)) for one in named):
        return Answer(Outcome.NOT_MET, measured, "bogus", note)
    if not keys:
        return Answer(Outcome.NOT_MET, measured, "missing", note)
    revoked = all(key.state is KeyState.REVOKED for key in keys)
    return Answer(Outcome.NOT_MET, measured, "revoked" if revoked else "invalid", note)


@check(
    id="mta-sts-enforced",
    title="Other servers are told to send mail only encrypted (MTA-STS)",
    family="mail",
    needs=(MailPolicies,),
    limits=NoLimits,
    reasons=(
        "missing",
        "several",
        "bogus",
        "record-syntax",
        "no-policy-host",
        "policy-certificate",
        "policy-redirects",
        "policy-missing",
        "policy-type",
        "policy-too-large",
        "policy-syntax",
        "not-enforced",
        "mx-not-covered",
        "no-mail",
    ),
)
def mta_sts_enforced(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Is there one MTA-STS record (RFC 8461), and a policy file on ``mta-sts.`` before the domain, over https with a
        certificate that holds for that name, without a redirect, as plain text of at most 64 KiB, whose
        mode is *enforce* and whose patterns cover every mail server of the domain?

        A domain that has no mail and says so (no-mail-said-so): not applicable.  NXDOMAIN or no record, several
        or bogus: not met.  A policy host that does not exist: not met; one that refuses, is silent, resets,
        does not speak TLS, blocks us or fails (status 500 and above), and an issuer that was not sent: not tested, with the cause.  Timeout, SERVFAIL or
        refusal of a look-up, and a bogus MX: not tested, with the cause.

    Why it matters
        Without it somebody on the way can make servers hand over letters in the clear.

    How to fix
        Publish the policy file, first in mode *testing*, then in mode *enforce*, and the record.

    Not tested by this check
        Whether the mail servers really offer TLS (mx-encrypts).
    """
    mail = seen.get(MailPolicies)
    domain = bare(mail.domain)
    told = Measured("domain", domain)
    if says_no_mail(mail):
        return Answer(Outcome.NOT_APPLICABLE, (told,), "no-mail")
    reason = fault(mail.mta_sts, mail_records.is_sts)
    if reason:
        made = record_to_set(f"_mta-sts.{domain}", "TXT", "v=STSv1; id=1")
        return Answer(Outcome.NOT_MET, (told, *(made if reason == "missing" else ())), reason)
    record = only(mail.mta_sts, mail_records.is_sts) or ""
    wrong = mail_records.sts_fault(record)
    if wrong:
        return Answer(Outcome.NOT_MET, (told,), "record-syntax", wrong)
    if mail.mta_sts_policy is None:
        untested(Cause.NOT_RUN)
    file = captured(mail.mta_sts_policy)
    measured: tuple[Measured, ...] = (told, Measured("policy", file.url))
    reason, wrong = _fault_of_file(file, seen.as_of)
    if reason:
        return Answer(Outcome.NOT_MET, measured, reason, wrong)
    policy = mail_records.sts_policy(file.text)
    measured += (
        Measured("mode", policy.mode, "enforce"),
        Measured("max_age", policy.max_age_s, None, "s"),
    )
    if policy.fault:
        return Answer(Outcome.NOT_MET, measured, "policy-syntax", policy.fault)
    if policy.mode != "enforce":
        return Answer(Outcome.NOT_MET, measured, "not-enforced")
    # RFC 5321, 5.1: without an MX the domain itself takes its mail.
    for host in exchanges(mail) or (domain,):
        if not mail_records.sts_covers(policy.mx, host):
            return Answer(Outcome.NOT_MET, (*measured, Measured("mx", host)), "mx-not-covered")
    return Answer(Outcome.MET, measured)


def _fault_of_file(file: PolicyFile, as_of: datetime) -> tuple[str, str]:
    """What is wrong with how a policy file is offered: reason and note; both empty where nothing is."""
    if file.state is PolicyState.NO_HOST:
        return "no-policy-host", ""
    if file.state is PolicyState.BAD_CERTIFICATE:
        return "policy-certificate", _why_refused(file, as_of)
    status = file.status
    if status is None:
        untested(Cause.NOT_RUN)
    if status in {401, 403, 407}:
        untested(Cause.AUTHENTICATION_REQUIRED, f"status {status}")
    if status >= 500:
        untested(Cause.SERVER_ERROR, f"status {status}")
    if 300 <= status < 400:
        return "policy-redirects", f"status {status}"
    if status != 200:
        return "policy-missing", f"status {status}"
    kind = file.content_type.partition(";")[0].strip().lower()
    if kind != "text/plain":
        return "policy-type", f"Content-Type: {kind[:80]}"
    return ("policy-too-large", "") if file.too_large else ("", "")


def _why_refused(file: PolicyFile, as_of: datetime) -> str:
    if file.path is not PathState.TRUSTED:
        return f"path: {file.path}"
    if not file.covers:
        return "the certificate does not name the host"
    late = file.not_after is not None and file.not_after < as_of
    return "the certificate has run out" if late else "the certificate is not in date"


@check(
    id="tls-rpt-published",
    title="Other servers are told where to report trouble with encryption (TLS-RPT)",
    family="mail",
    needs=(MailPolicies,),
    limits=NoLimits,
    reasons=("missing", "several", "bogus", "syntax", "no-mail"),
)
def tls_rpt_published(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Is there one TLS-RPT record (RFC 8460) with an address for reports?

        A domain that has no mail and says so (no-mail-said-so): not applicable.  NXDOMAIN or no record, several,
        bogus, or a record that cannot be read: not met.  Timeout, SERVFAIL or refusal, and a bogus MX: not tested,
        with the cause.  Reset or blocked connections play no part: only the DNS is asked.

    Why it matters
        Other servers then tell the school when they cannot send its mail encrypted.

    How to fix
        Publish one TXT record at ``_smtp._tls.`` before the domain.

    Not tested by this check
        Whether anybody reads the reports.
    """
    mail = seen.get(MailPolicies)
    domain = bare(mail.domain)
    told = Measured("domain", domain)
    if says_no_mail(mail):
        return Answer(Outcome.NOT_APPLICABLE, (told,), "no-mail")
    reason = fault(mail.tls_rpt, mail_records.is_tls_rpt)
    suggested = record_to_set(
        f"_smtp._tls.{domain}", "TXT", f"v=TLSRPTv1; rua=mailto:tlsrpt@{domain}"
    )
    if reason:
        made = suggested if reason == "missing" else ()
        return Answer(Outcome.NOT_MET, (told, *made), reason)
    record = only(mail.tls_rpt, mail_records.is_tls_rpt) or ""
    wrong = mail_records.tls_rpt_fault(record)
    if wrong:
        return Answer(Outcome.NOT_MET, (told, *suggested), "syntax", wrong)
    return Answer(Outcome.MET, (told, Measured("record", record[:300])))


@check(
    id="bimi-valid",
    title="A logo for mail, where one is named, is named rightly (BIMI)",
    family="mail",
    needs=(MailPolicies,),
    limits=NoLimits,
    reasons=(
        "not-published",
        "declined",
        "several",
        "bogus",
        "syntax",
        "dmarc-not-enforced",
        "no-mail",
    ),
)
def bimi_valid(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Where the domain names a logo for its letters (BIMI): is there one record, does it lead to an svg file
        over https, and is DMARC enforced, without which nobody shows the logo?

        No record, NXDOMAIN, a record that declines a logo, or a domain that has no mail and says so: not applicable.  Several
        or bogus: not met.  Timeout, SERVFAIL or refusal, and a bogus MX: not tested, with the cause.  Reset or blocked connections play no
        part: only the DNS is asked.

    Why it matters
        A logo that cannot be shown is only trouble for whoever looks for the reason.

    How to fix
        Mend the record, or take it away.

    Not tested by this check
        The logo and the certificate of the mark: nothing that the record names is fetched.
    """
    mail = seen.get(MailPolicies)
    told = Measured("domain", bare(mail.domain))
    if says_no_mail(mail):
        return Answer(Outcome.NOT_APPLICABLE, (told,), "no-mail")
    reason = fault(mail.bimi, mail_records.is_bimi)
    if reason == "missing":
        return Answer(Outcome.NOT_APPLICABLE, (told,), "not-published")
    if reason:
        return Answer(Outcome.NOT_MET, (told,), reason)
    read = mail_records.bimi(only(mail.bimi, mail_records.is_bimi) or "")
    if read.declined:
        return Answer(Outcome.NOT_APPLICABLE, (told,), "declined")
    measured = (told, Measured("logo", read.logo[:300]))
    if read.fault:
        return Answer(Outcome.NOT_MET, measured, "syntax", read.fault)
    found = deciding(mail)
    if isinstance(found, str) or found.standing.weak:
        return Answer(Outcome.NOT_MET, measured, "dmarc-not-enforced")
    return Answer(Outcome.MET, measured)


@check(
    id="no-mail-said-so",
    title="A name without mail says so",
    family="mail",
    needs=(MailPolicies,),
    limits=NoLimits,
    reasons=("has-mail", "bogus", NO_NULL_MX, SPF_OPEN, DMARC_OPEN),
)
def no_mail_said_so(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does a domain without mail servers say so in all three ways: a null MX (RFC 7505), an SPF record
        ``v=spf1 -all``, and a DMARC policy of *reject* for every letter?

        A domain with an MX: not applicable.  NXDOMAIN and no record count as nothing said; a bogus SPF answer: not
        met.  What was seen to be missing settles the answer; else a look-up that failed (timeout, SERVFAIL, refused) leaves it open: not tested,
        with the cause.  A bogus MX: not tested.  Reset or blocked connections play no part: only the DNS is asked.

    Why it matters
        A domain that nobody writes from is the easiest one to forge.

    How to fix
        Publish the three records.

    Not tested by this check
        Sub-domains that have mail of their own.
    """
    mail = seen.get(MailPolicies)
    domain = bare(mail.domain)
    told = Measured("domain", domain)
    if exchanges(mail):
        return Answer(Outcome.NOT_APPLICABLE, (told,), "has-mail")
    missing = unsaid(mail)
    if not missing:
        return Answer(Outcome.MET, (told,))
    if SPF_OPEN in missing and bogus(spf_first(mail)):
        return Answer(Outcome.NOT_MET, (told,), "bogus")
    lines = {
        NO_NULL_MX: record_to_set(domain, "MX", "0 ."),
        SPF_OPEN: record_to_set(domain, "TXT", "v=spf1 -all"),
        DMARC_OPEN: record_to_set(f"_dmarc.{domain}", "TXT", "v=DMARC1; p=reject"),
    }
    spots = tuple(Measured(slug, domain) for slug in missing)
    made = tuple(line for slug in missing for line in lines[slug])
    return Answer(Outcome.NOT_MET, (told, *spots, *made), missing[0])
