"""The servers that take the domain's mail: whether letters reach them encrypted, and what DNS binds them to."""

from collections.abc import Callable, Iterable
from functools import partial

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.exchangers import Ending, Exchanger, Exchangers, Session
from checks.evidence.names import Lookup, Said
from checks.evidence.tls import Version
from checks.parsing import tlsa
from checks.parsing.exchangers import is_null
from checks.parsing.offers import leaf_of, listed, path_of
from checks.spec import (
    Answer,
    Measured,
    NoLimits,
    Outcome,
    Seen,
    captured,
    check,
    untested,
    worst,
)

GOOD = (Version.TLS12, Version.TLS13)
_USABLE = (tlsa.DANE_TA, tlsa.DANE_EE)
_NOT_MET = {
    Ending.REFUSED: "refused",
    Ending.NO_STARTTLS: "no-starttls",
    Ending.STARTTLS_REFUSED: "starttls-refused",
    Ending.HANDSHAKE_FAILED: "handshake-failed",
}
_FOR_A_PERSON = {
    Ending.MASKED: "masked",
    Ending.STARTTLS_DEFERRED: "starttls-deferred",
    Ending.NOT_SMTP: "not-smtp",
}
_SPOKE_PLAINLY = (Ending.NO_STARTTLS, Ending.STARTTLS_REFUSED, Ending.HANDSHAKE_FAILED)
Place = tuple[str, Callable[[], Answer]]


@check(
    id="mx-encrypts",
    title="Every mail server takes letters encrypted",
    family="mail",
    needs=(Exchangers,),
    limits=NoLimits,
    reasons=(
        *_NOT_MET.values(),
        *_FOR_A_PERSON.values(),
        "old-tls",
        "no-mail",
        "null-mx",
        "nowhere",
    ),
)
def mx_encrypts(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Does every mail server (MX) of the domain, on each address asked, name STARTTLS and then complete a
        handshake with TLS 1.2 or better?  The certificate is recorded and accuses nobody: senders that do not
        insist on it take any.  Without MX the domain's own address stands for one (RFC 5321, 5.1).

        Not met: STARTTLS not named, or refused with 5xx; TLS 1.0 or 1.1 chosen though newer was offered; after
        220 no TLS, or an alert that refuses every version and suite we know of; a closed port, seen twice while
        another mail server of the run (or a control host) answered on that port.  Needs a person: STARTTLS refused with 4xx
        (for now); words of the answers blotted out by a firewall, which may stand on either side; a port that
        speaks something else.  Not tested: timeout, silence, reset, other alerts; 4xx to the greeting
        (rate-limited), 5xx to it (sender-rejected: it does not want our address); port 25 blocked, when nobody
        has answered on it; private addresses (blocked-address); SERVFAIL, refusal, timeout of the name servers,
        and a bogus answer.  Not applicable: null MX; no MX and no address, or a closed port there; NXDOMAIN;
        exchangers whose names lead nowhere, where all do.

    Why it matters
        Without it letters to the school cross the network readable: pupils' records, results, salaries.

    How to fix
        Give the mail server a certificate and switch STARTTLS on, with TLS 1.2 and TLS 1.3 only.

    Not tested by this check
        Exchangers beyond the fifth, addresses beyond the second, whether older versions are refused as well,
        whether letters without TLS are refused, and what the server does when it sends.
    """
    found = seen.get(Exchangers)
    aside = _without_mail(found)
    if aside is not None:
        return aside
    answer = worst(_places(found, partial(_encrypts, found)))
    servers = listed(one.host for one in found.exchangers)
    return answer._replace(
        measured=(
            Measured("domain", found.domain),
            Measured("servers", servers),
            *answer.measured,
        )
    )


def _without_mail(found: Exchangers) -> Answer | None:
    """Why there is no exchanger to ask, where that was seen."""
    mx = captured(found.mx)
    measured = (Measured("domain", found.domain),)
    if mx.said is Said.BOGUS:
        untested(Cause.DNS_SERVFAIL, "MX: the DNSSEC signature does not hold")
    if is_null(mx):
        return Answer(Outcome.NOT_APPLICABLE, measured, "null-mx")
    if not found.exchangers:
        if mx.said is Said.FOUND:
            untested(Cause.UNDECODABLE, "MX: no record that can be read")
        return Answer(Outcome.NOT_APPLICABLE, measured, "no-mail")
    return None


def _places(found: Exchangers, ask: Callable[[Exchanger, Session], Answer]) -> Iterable[Place]:
    """The question put to every session; an exchanger without any says why there is none."""
    for one in found.exchangers:
        if not one.sessions:
            yield one.host, partial(_nobody, one)
        for session in one.sessions:
            yield f"{one.host} {session.address}", partial(ask, one, session)


def _nobody(one: Exchanger) -> Answer:
    """An exchanger that was not called: its name leads nowhere, or could not be asked for."""
    if Said.BOGUS in {captured(look).said for look in (one.a, one.aaaa)}:
        untested(Cause.DNS_SERVFAIL, f"{one.host}: the DNSSEC signature does not hold")
    return Answer(Outcome.NOT_APPLICABLE, (Measured("server", one.host),), "nowhere")


def _encrypts(found: Exchangers, one: Exchanger, session: Session) -> Answer:
    ending = captured(session.ending)
    version = session.handshake.version if session.handshake else None
    measured = (
        Measured("server", one.host),
        Measured("version", version.value if version else None),
        Measured("reply", session.reply),
    )
    thrown = session.injected_bytes
    note = f"{thrown} bytes in the clear after the 220 of STARTTLS" if thrown else session.alert
    if ending is Ending.REFUSED and found.implicit:
        # Who has no MX and listens to nobody takes no mail.
        return Answer(Outcome.NOT_APPLICABLE, measured, "no-mail", note)
    if ending in _FOR_A_PERSON:
        return Answer(Outcome.NEEDS_REVIEW, measured, _FOR_A_PERSON[ending], note)
    if ending in _NOT_MET:
        return Answer(Outcome.NOT_MET, measured, _NOT_MET[ending], note)
    if version is None:
        untested(Cause.SCANNER_CANNOT, "a version without a name")
    if version not in GOOD:
        return Answer(Outcome.NOT_MET, measured, "old-tls", note)
    return Answer(Outcome.MET, measured, note=note)


@check(
    id="mx-tlsa-matches",
    title="TLSA records of mail servers match their certificates",
    family="mail",
    needs=(Exchangers,),
    limits=NoLimits,
    reasons=(
        "unusable",
        "pkix-usage",
        "name-differs",
        "no-tls",
        "none-published",
        "unsigned-zone",
        "bogus",
        "refused",
        "masked",
        "starttls-deferred",
        "not-smtp",
        "no-mail",
        "null-mx",
        "nowhere",
    ),
)
def mx_tlsa_matches(seen: Seen, limits: NoLimits) -> Answer:
    """
    What it asks
        Where a mail server publishes TLSA records under DNSSEC (``_25._tcp.`` before its name), does one that
        counts for mail, usage 2 or 3, match the chain that each of its addresses shows (RFC 7672)?  Usages 0 and
        1 count for no sender (3.1.3); a record that no program can read neither.  A server that publishes a
        usable record and was seen not to encrypt gets no letter from senders that honour DANE: not met.

        None published, or published without DNSSEC as our resolver sees it: not applicable.  DNSSEC bogus: not
        applicable, dnssec-valid says so.  A look-up that failed (timeout, SERVFAIL, refused): not tested, with the
        cause.  Timeout, silence, reset, block, rejection of our address: not tested.  Closed port: not
        applicable, mx-encrypts says so.  Null MX, no MX and no address, NXDOMAIN: not applicable.  Usage 2
        where the certificate is made for another name: a person looks, for the name of the domain counts too.

    Why it matters
        Senders that honour DANE keep letters back when the record was forgotten at a change of certificate.

    How to fix
        Publish the record of the new certificate before the change, and take the old one away after it.

    Not tested by this check
        DNSSEC itself, for which the resolver's word is taken until it is validated here; the target of an MX
        that is an alias; the dates of certificates under usage 2.
    """
    found = seen.get(Exchangers)
    aside = _without_mail(found)
    if aside is not None:
        return aside
    answer = worst(_places(found, partial(_bound_by, found)))
    return answer._replace(measured=(Measured("domain", found.domain), *answer.measured))


def _bound_by(found: Exchangers, one: Exchanger, session: Session) -> Answer:
    look = captured(one.tlsa)
    server = Measured("server", one.host)
    if look.said is Said.BOGUS:
        return Answer(Outcome.NOT_APPLICABLE, (server,), "bogus")
    measured = (server, Measured("records", len(look.records)))
    if not look.records:
        return Answer(Outcome.NOT_APPLICABLE, measured, "none-published")
    if not look.authenticated:
        return Answer(Outcome.NOT_APPLICABLE, measured, "unsigned-zone")
    ending = captured(session.ending)
    if ending is Ending.REFUSED:
        return Answer(Outcome.NOT_APPLICABLE, measured, "refused")
    if ending in _FOR_A_PERSON:
        return Answer(Outcome.NEEDS_REVIEW, measured, _FOR_A_PERSON[ending])
    return _matched(found.domain, one, session, look)


def _matched(domain: str, one: Exchanger, session: Session, look: Lookup) -> Answer:
    readable = [record for text in look.records if (record := _read(text)) is not None]
    usable = [record for record in readable if record.usage in _USABLE]
    server = Measured("server", one.host)
    records = Measured("records", len(look.records))
    if not usable:
        if look.total > len(look.records):
            untested(Cause.BUDGET_EVENTS, f"{len(look.records)} of {look.total} records were kept")
        reason = "pkix-usage" if readable else "unusable"
        return Answer(Outcome.NOT_MET, (server, records), reason)
    shake = session.handshake
    if session.ending in _SPOKE_PLAINLY or shake is None:
        return Answer(Outcome.NOT_MET, (server, records), "no-tls")
    leaf = leaf_of(shake)
    path = None if isinstance(shake.path, NotCaptured) else shake.path
    chain = [certificate.der for certificate in shake.chain]
    said = [(record, tlsa.matches(record, chain, path)) for record in usable]
    fitting = [record for record, match in said if match is tlsa.Match.MATCHED]
    measured = (server, records, Measured("matching", len(fitting)))
    if fitting:
        # RFC 7672, 3.1.1 and 3.2.3: usage 3 asks for no name; usage 2 for the server's or the domain's.
        names = {name.lower() for name in leaf.dns_names}
        if tlsa.DANE_EE in {record.usage for record in fitting} or leaf.covers or domain in names:
            return Answer(Outcome.MET, measured)
        return Answer(Outcome.NEEDS_REVIEW, measured, "name-differs")
    if tlsa.Match.UNDECIDED in {match for _, match in said}:
        path_of(shake)
        untested(Cause.ISSUER_MISSING, "a record may bind a certificate that was not seen")
    if look.total > len(look.records):
        untested(Cause.BUDGET_EVENTS, f"{len(look.records)} of {look.total} records were kept")
    return Answer(Outcome.NOT_MET, measured)


def _read(text: str) -> tlsa.Tlsa | None:
    """The record, if any client could use it."""
    try:
        return tlsa.read(text)
    except ValueError:
        return None
