"""DMARC (RFC 9989): the grammar of a record, where to look for one, and who must agree to get its reports."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from checks.evidence.names import Lookup, Said

MOST_LABELS = 8
"""RFC 9989, 4.10: a longer name is asked itself, then cut to seven labels."""
MOST_ADDRESSES = 10
"""Report addresses outside the domain that are looked up; more are a fault."""
MOST_TAGS = 100
MOST_FAULTS = 20

POLICIES = frozenset({"none", "quarantine", "reject"})
_VERSION = re.compile(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_TAG = re.compile(r"[ \t]*([A-Za-z]+)[ \t]*=([\x20-\x3a\x3c-\x7e\t]*)")
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(\S+)")
_MAILBOX = re.compile(r"[^@\s]+@((?:[A-Za-z0-9_-]{1,63}\.)+[A-Za-z0-9-]{1,63})\.?")
_SIZE = re.compile(r"![0-9]{1,18}[kmgtKMGT]?\Z")
_VALUES: Mapping[str, re.Pattern[str]] = {
    "p": re.compile("none|quarantine|reject", re.IGNORECASE),
    "sp": re.compile("none|quarantine|reject", re.IGNORECASE),
    "np": re.compile("none|quarantine|reject", re.IGNORECASE),
    "adkim": re.compile("[rs]", re.IGNORECASE),
    "aspf": re.compile("[rs]", re.IGNORECASE),
    "fo": re.compile("[01ds](?:[ \t]*:[ \t]*[01ds])*", re.IGNORECASE),
    "psd": re.compile("[ynu]", re.IGNORECASE),
    "t": re.compile("[yn]", re.IGNORECASE),
    # Dropped by RFC 9989, still read by receivers that follow RFC 7489.
    "pct": re.compile("100|[0-9]{1,2}"),
    "ri": re.compile("[0-9]{1,10}"),
    "rf": re.compile("[A-Za-z0-9]+(?:[ \t]*:[ \t]*[A-Za-z0-9]+)*"),
}
DROPPED = frozenset({"pct", "ri", "rf"})
REPORTS = ("rua", "ruf")
P_MISSING = "p is missing"
_STRICTER = {"none": "quarantine", "quarantine": "reject", "reject": "reject"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a record, and at which character (from 1) it stands."""

    position: int
    message: str
    of_reports: bool = False
    """Whether it is about report addresses alone; the policy holds all the same (RFC 9989, 4.7)."""


@dataclass(frozen=True, slots=True)
class Dmarc:
    """A record read tag by tag; names in lower case, values as written without blanks around them."""

    tags: Mapping[str, str]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    reports_to: tuple[str, ...]
    """Host parts of the ``mailto:`` report addresses, lower case, each once, in the order written."""
    has_rua: bool
    """Whether ``rua`` names at least one readable address."""

    @property
    def policy(self) -> str:
        """What is asked for the domain; RFC 9989, 4.7: without ``p``, a record with ``rua`` reads as none."""
        written = self.tags.get("p", "").lower()
        if written in POLICIES:
            return written
        return "none" if self.has_rua else ""


def is_dmarc(text: str) -> bool:
    """Whether a TXT record is a DMARC record: the version comes first, its value in capitals."""
    return _VERSION.match(text) is not None


@lru_cache(maxsize=128)
def parse(record: str) -> Dmarc:
    """Read a record.  Never raises: what cannot be read becomes a fault with its position."""
    if not is_dmarc(record):
        fault = Fault(1, "does not begin with v=DMARC1")
        return Dmarc({}, (fault,), (), (), has_rua=False)
    tags: dict[str, str] = {}
    faults: list[Fault] = []
    notes: list[str] = []
    hosts: list[str] = []
    has_rua = False
    for position, part in _parts(record):
        match = _TAG.fullmatch(part)
        if match is None:
            faults.append(Fault(position, f"{_shown(part.strip())} is no tag"))
            continue
        name, value = match[1].lower(), match[2].strip(" \t")
        if name in tags:
            faults.append(Fault(position, f"{_shown(name)} is given twice"))
            continue
        tags[name] = value
        if name in REPORTS:
            found, wrong = _addresses(value)
            hosts += found
            faults += [Fault(position, f"{name}: {message}", of_reports=True) for message in wrong]
            has_rua = has_rua or (name == "rua" and bool(found))
        elif name not in _VALUES:
            notes.append(f"{_shown(name)} is no tag of RFC 9989 and is ignored")
        elif _VALUES[name].fullmatch(value) is None:
            faults.append(Fault(position, f"{name} cannot be {_shown(value)}"))
        if name in DROPPED:
            notes.append(f"{name} was dropped by RFC 9989")
    reports_to = tuple(dict.fromkeys(hosts))
    if len(reports_to) > MOST_ADDRESSES:
        message = f"reports go to more than {MOST_ADDRESSES} domains"
        faults.append(Fault(1, message, of_reports=True))
    if "p" not in tags and not has_rua and not faults:
        faults.append(Fault(len(record) + 1, P_MISSING))
    return Dmarc(
        tags,
        tuple(faults[:MOST_FAULTS]),
        tuple(notes[:MOST_FAULTS]),
        reports_to,
        has_rua=has_rua,
    )


def _parts(record: str) -> Iterable[tuple[int, str]]:
    """The texts between semicolons after the version, each with the position of its first character."""
    begin = record.find(";") + 1 or len(record)
    for count, part in enumerate(record[begin:].split(";")):
        if count == MOST_TAGS:
            yield begin + 1, "too many tags"
            return
        blank = len(part) - len(part.lstrip(" \t"))
        if part.strip(" \t"):
            yield begin + blank + 1, part
        begin += len(part) + 1


def _addresses(value: str) -> tuple[list[str], list[str]]:
    """Host parts of the addresses in a list of URIs, and what is wrong with the others."""
    hosts: list[str] = []
    wrong: list[str] = []
    for piece in value.split(",")[:MOST_TAGS]:
        text = _SIZE.sub("", piece.strip(" \t"))
        uri = _URI.fullmatch(text)
        if uri is None:
            wrong.append(f"{_shown(text)} is no address (mailto:…)")
        elif uri[1].lower() == "mailto":
            mailbox = _MAILBOX.fullmatch(uri[2].partition("?")[0])
            if mailbox is None:
                wrong.append(f"{_shown(text)} is no mail address")
            else:
                hosts.append(mailbox[1].lower())
    return hosts, wrong


def names_to_ask(domain: str) -> list[str]:
    """The names of the tree walk (RFC 9989, 4.10), from the domain upward; the top level is not asked."""
    labels = _bare(domain).split(".")
    names = [labels]
    # With eight labels or more the next name has seven; else one label goes at a time.
    rest = labels[1:] if len(labels) < MOST_LABELS else labels[1 - MOST_LABELS :]
    names += [rest[start:] for start in range(len(rest) - 1)]
    return [f"_dmarc.{'.'.join(name)}" for name in names]


def records_in(look: Lookup) -> tuple[str, ...]:
    """The DMARC records among the TXT records found."""
    if look.said is not Said.FOUND:
        return ()
    return tuple(record for record in look.records if is_dmarc(record))


def chosen(walked: Sequence[tuple[str, tuple[str, ...]]], domain: str) -> tuple[str, str] | None:
    """Where the record that decides stands, and the record; ``None`` where nothing was found.

    ``walked`` are the names of the walk from ``domain`` upward (without ``_dmarc.``), each with its DMARC
    records.  RFC 9989, 4.10.1: the domain's own record; else that of its organisational domain (4.10.2);
    else that of the public suffix above it.  Several records at one name are all discarded.
    """
    single = [(at, records[0]) for at, records in walked if len(records) == 1]
    for at, record in single:
        if at == _bare(domain):
            return at, record
        psd = psd_of(record)
        if psd == "n":
            return at, record
        if psd == "y":
            below = _one_label_below(at, _bare(domain))
            return next((found for found in single if found[0] == below), (at, record))
    return single[-1] if single else None


def walk_is_over(at: str, records: Sequence[str], domain: str) -> bool:
    """Whether nothing above this name can decide any more.

    Several records at the domain's own name end it too: that is a fault to mend, whatever is inherited.
    """
    if at == _bare(domain):
        return bool(records)
    return len(records) == 1 and psd_of(records[0]) in {"y", "n"}


def psd_of(record: str) -> str:
    """What the record says of being a public suffix: ``y``, ``n``, ``u`` or nothing."""
    return parse(record).tags.get("psd", "").lower()


def _one_label_below(parent: str, domain: str) -> str:
    labels = domain.split(".")
    return ".".join(labels[-(parent.count(".") + 2) :])


class Phase(StrEnum):
    """How far a domain has come on the way that receivers and governments recommend."""

    ASSESS = "assess"
    """Nothing is turned down: reports are gathered, or nothing happens at all."""
    DEPLOY = "deploy"
    """Something is asked for, but not of every letter or not under every name."""
    ENFORCE = "enforce"
    """Every forged letter is at least set aside."""
    MAINTAIN = "maintain"
    """Every forged letter is refused."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a record asks for in the end.  ``weak`` is why it is not enforced; empty where it is."""

    phase: Phase
    weak: str
    policy: str
    """For the domain itself."""
    subdomains: str
    """For names below the organisational domain that exist."""
    invented: str
    """For names below it that do not exist."""


def standing(
    record: str, *, inherited: bool, exists: bool = True, organisational: bool = True
) -> Standing:
    """What a record means for one domain.

    ``inherited``: it stands above the domain, so ``sp`` counts, or ``np`` where the domain does not
    exist.  ``organisational``: it stands at an organisational domain, so names below it are its care.
    """
    read = parse(record)
    broken = any(not fault.of_reports for fault in read.faults)
    subdomains = read.tags.get("sp", read.policy).lower()
    invented = read.tags.get("np", subdomains).lower()
    own = (subdomains if exists else invented) if inherited else read.policy
    below = {subdomains, invented} if organisational else set[str]()
    phase, weak = Phase.ENFORCE, ""
    if broken or own not in POLICIES:
        # RFC 9989, 4.7: with a policy that cannot be read the record counts as p=none, or not at all.
        phase, weak = Phase.ASSESS, "not-valid"
    elif own == "none":
        phase, weak = Phase.ASSESS, "policy-none"
    elif read.tags.get("t", "").lower() == "y":
        phase, weak = Phase.DEPLOY, "testing"
    elif int(read.tags.get("pct", "100")) < 100:
        phase, weak = Phase.DEPLOY, "partial"
    elif "none" in below:
        phase, weak = Phase.DEPLOY, "subdomains-open"
    elif {own, *below} == {"reject"}:
        phase = Phase.MAINTAIN
    return Standing(phase, weak, own, subdomains, invented)


def stricter(record: str) -> str:
    """The record with the next step taken: what weakens it goes, and if nothing does, the next policy.

    Empty where the record cannot be read.
    """
    read = parse(record)
    if read.policy not in POLICIES or any(not fault.of_reports for fault in read.faults):
        return ""
    weak = {name for name in ("sp", "np") if read.tags.get(name, "").lower() == "none"}
    weak |= {"t"} if read.tags.get("t", "").lower() == "y" else set()
    weak |= {"pct"} if int(read.tags.get("pct", "100")) < 100 else set()
    policy = read.policy if weak and read.policy != "none" else _STRICTER[read.policy]
    kept = [f"{name}={value}" for name, value in read.tags.items() if name not in {"p", *weak}]
    return "; ".join(["v=DMARC1", f"p={policy}", *kept])


def is_below(name: str, parent: str) -> bool:
    """Whether a name is the parent or lies below it."""
    return _bare(name) == _bare(parent) or _bare(name).endswith(f".{_bare(parent)}")


def authorisations_to_ask(record: str, domain: str, organisational: str | None) -> list[str]:
    """Names at which report hosts outside the domain must agree to get its reports (RFC 9990, 4).

    ``domain`` is where the record stands, without ``_dmarc.``; hosts of its organisational domain need not
    agree.
    """
    home = organisational or domain
    outside = [
        host
        for host in parse(record).reports_to
        if not is_below(host, home) and not is_below(host, domain)
    ]
    return [f"{_bare(domain)}._report._dmarc.{host}" for host in outside[:MOST_ADDRESSES]]


def authorises(look: Lookup) -> bool:
    """Whether the answer at such a name agrees: any record there that begins with the version."""
    return bool(records_in(look))


def _bare(name: str) -> str:
    return name.rstrip(".").lower()


def _shown(text: str) -> str:
    """The text, cut, with everything outside printable ASCII made visible."""
    return ascii(text[:40])
