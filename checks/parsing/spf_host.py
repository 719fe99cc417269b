"""SPF for one sender (RFC 7208, 4): what a receiver concludes of a letter from this address.

The grammar is that of ``checks.parsing.spf``.  Nothing is asked here: ``lookup`` answers from whatever
there is, and may raise to end the evaluation where it has no answer.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from checks.evidence.base import NotCaptured
from checks.evidence.names import Look, Lookup, Said
from checks.parsing.spf import COUNTED, Spf, Term, is_explanation, parse, spf_records

MOST_TERMS = 10
"""RFC 7208, 4.6.4: terms that ask the DNS."""
MOST_VOID = 2
MOST_HOSTS = 10
"""Names of one ``mx`` (more are an error) or of one ``ptr`` (more are passed over)."""
MOST_NAME = 253

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Ask = Callable[[str, str], Look]
"""Name (no trailing dot) and record type to what was said."""

_MACRO = re.compile(r"%(?:\{([A-Za-z])([0-9]*)([rR]?)([.\-+,/_=]*)\}|([%_-]))")
_PLAIN = {"%": "%", "_": " ", "-": "%20"}
_QUALIFIED = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class Result(StrEnum):
    """The seven results of RFC 7208, 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105  A result, no secret.
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True)
class Checked:
    """The result, and the domain's own explanation of a *fail*; empty where it gives none that can be read."""

    result: Result
    explanation: str = ""


class _Permanent(Exception):  # noqa: N818  A result of RFC 7208, not a fault of ours.
    """The record cannot be evaluated."""


class _Temporary(Exception):  # noqa: N818  A result of RFC 7208, not a fault of ours.
    """A name server did not answer."""


def check_host(
    ip: str,
    sender: str,
    helo: str,
    domain: str,
    lookup: Ask,
    *,
    receiver: str = "unknown",
    at_s: int = 0,
) -> Checked:
    """The result for a letter from ``ip`` by ``sender`` (``local@domain``), sent by a host that says ``helo``.

    ``receiver`` and ``at_s`` (seconds since 1970) stand for the macros ``r`` and ``t`` of explanations.
    Raises ``ValueError`` where ``ip`` is no address, and whatever ``lookup`` raises.
    """
    local, at, sent_from = sender.rpartition("@")
    evaluation = _Evaluation(
        _mapped(ipaddress.ip_address(ip)),
        # RFC 7208, 4.3: without a local part it is the postmaster who writes.
        (local or "postmaster") if at else "postmaster",
        sent_from,
        helo,
        lookup,
        receiver,
        at_s,
    )
    try:
        return evaluation.first(domain)
    except _Permanent:
        return Checked(Result.PERMERROR)
    except _Temporary:
        return Checked(Result.TEMPERROR)


def _mapped(ip: Address) -> Address:
    """An IPv4 address that came over an IPv6 socket is one of IPv4 (RFC 7208, 5)."""
    return (ip.ipv4_mapped or ip) if isinstance(ip, ipaddress.IPv6Address) else ip


@dataclass(slots=True)
class _Evaluation:
    """One sender, and what its evaluation has cost so far."""

    ip: Address
    local: str
    sent_from: str
    helo: str
    lookup: Ask
    receiver: str
    at_s: int
    terms: int = 0
    void: int = 0

    def first(self, domain: str) -> Checked:
        """The result for the domain that the letter names."""
        name = domain.removesuffix(".")
        # RFC 7208, 4.3: what is no name of several labels has no policy.
        if not is_name(name) or "." not in name:
            return Checked(Result.NONE)
        found = self.record_at(name, void=False)
        return Checked(Result.NONE) if found is None else self.record(name, found, explains=True)

    def record_at(self, name: str, *, void: bool) -> Spf | None:
        """The one record there; ``None`` where there is none."""
        look = self.ask(name, "TXT", void=void)
        records = spf_records(look)
        if len(records) > 1:
            raise _Permanent
        if not records and look.total > len(look.records):
            # The record may be among those that were not kept.
            raise _Temporary
        return parse(records[0]) if records else None

    def record(self, domain: str, spf: Spf, *, explains: bool) -> Checked:
        """The result of one record; RFC 7208, 4.6: a fault anywhere in it comes before any term."""
        if spf.faults:
            raise _Permanent
        for term in spf.active:
            if self.matches(domain, term):
                result = Result(_QUALIFIED[term.qualifier])
                told = ""
                if result is Result.FAIL and explains:
                    told = self.explanation(domain, spf)
                return Checked(result, told)
        if spf.redirect is None:
            return Checked(Result.NEUTRAL)
        self.count_term()
        target = self.name(spf.redirect.target, domain)
        found = self.record_at(target, void=True) if is_name(target) else None
        if found is None:
            raise _Permanent
        return self.record(target, found, explains=explains)

    def matches(self, domain: str, term: Term) -> bool:
        """Whether a mechanism covers the sender's address."""
        if term.name in COUNTED:
            self.count_term()
        if term.name == "all":
            return True
        if term.name in {"ip4", "ip6"}:
            return self.ip in ipaddress.ip_network(term.target, strict=False)
        target = self.name(term.target, domain) if term.target else domain
        if term.name == "include":
            return self.included(target)
        if not is_name(target):
            return False
        if term.name == "exists":
            return bool(self.ask(target, "A").records)
        if term.name == "ptr":
            return self.comes_from(target)
        if term.name == "a":
            return self.among(target, term, void=True)
        return self.sent_by_exchange(target, term)

    def included(self, target: str) -> bool:
        found = self.record_at(target, void=True) if is_name(target) else None
        if found is None:
            raise _Permanent
        return self.record(target, found, explains=False).result is Result.PASS

    def sent_by_exchange(self, target: str, term: Term) -> bool:
        look = self.ask(target, "MX")
        if max(look.total, len(look.records)) > MOST_HOSTS:
            raise _Permanent
        hosts = [record.split(" ")[-1].removesuffix(".") for record in sorted(look.records)]
        return any(self.among(host, term, void=False) for host in hosts if is_name(host))

    def among(self, host: str, term: Term, *, void: bool) -> bool:
        """Whether the sender's address, so many bits of it, is one of the host's."""
        bits = term.four if self.ip.version == 4 else term.six
        ours = ipaddress.ip_network((self.ip, bits), strict=False)
        return any(
            address in ours for address in _addresses(self.ask(host, self.kind, void=void).records)
        )

    def comes_from(self, target: str) -> bool:
        try:
            names = self.validated()
        except _Temporary:
            # RFC 7208, 5.5: a name server that fails here is a mechanism that does not match.
            return False
        wanted = target.lower()
        return any(name == wanted or name.endswith(f".{wanted}") for name in names)

    def validated(self) -> list[str]:
        """The names of the sender's address that lead back to it, lower case (RFC 7208, 5.5)."""
        look = self.ask(self.ip.reverse_pointer, "PTR")
        names = [record.removesuffix(".").lower() for record in look.records[:MOST_HOSTS]]
        return [name for name in names if is_name(name) and self.leads_back(name)]

    def leads_back(self, name: str) -> bool:
        try:
            found = self.ask(name, self.kind, void=False)
        except _Temporary:
            return False
        return self.ip in _addresses(found.records)

    def explanation(self, domain: str, spf: Spf) -> str:
        """RFC 7208, 6.2: whatever goes wrong on the way to it, there is none."""
        term = next((term for term in spf.terms if term.modifier and term.name == "exp"), None)
        if term is None:
            return ""
        try:
            name = self.name(term.target, domain)
            look = self.ask(name, "TXT", void=False) if is_name(name) else None
        except (_Temporary, _Permanent):
            return ""
        if look is None or len(look.records) != 1 or not is_explanation(look.records[0]):
            return ""
        return self.expanded(look.records[0], domain)

    # Asking

    @property
    def kind(self) -> str:
        return "A" if self.ip.version == 4 else "AAAA"

    def count_term(self) -> None:
        self.terms += 1
        if self.terms > MOST_TERMS:
            raise _Permanent

    def ask(self, name: str, kind: str, *, void: bool = True) -> Lookup:
        """The answer, where there is one; an empty one is counted unless told otherwise."""
        look = self.lookup(name.removesuffix("."), kind)
        if isinstance(look, NotCaptured) or look.said is Said.BOGUS:
            raise _Temporary
        if void and look.said in {Said.NXDOMAIN, Said.NODATA}:
            self.void += 1
            if self.void > MOST_VOID:
                raise _Permanent
        return look

    # Macros (RFC 7208, 7)

    def name(self, text: str, domain: str) -> str:
        """A domain-spec expanded, cut from the left to the length that a name may have."""
        name = self.expanded(text, domain).removesuffix(".")
        while len(name) > MOST_NAME and "." in name:
            name = name.partition(".")[2]
        return name

    def expanded(self, text: str, domain: str) -> str:
        return _MACRO.sub(lambda found: self.macro(found, domain), text)

    def macro(self, found: re.Match[str], domain: str) -> str:
        letter, count, backward, delimiters, plain = found.groups()
        if plain:
            return _PLAIN[plain]
        parts = re.split(f"[{re.escape(delimiters or '.')}]", self.letter(letter.lower(), domain))
        if backward:
            parts.reverse()
        if count:
            parts = parts[-int(count) :]
        value = ".".join(parts)
        return quote(value, safe="-._~") if letter.isupper() else value

    def letter(self, letter: str, domain: str) -> str:
        """What a macro letter stands for, before it is cut."""
        match letter:
            case "s":
                return f"{self.local}@{self.sent_from}"
            case "l":
                return self.local
            case "o":
                return self.sent_from
            case "d":
                return domain
            case "i":
                return _dotted(self.ip)
            case "p":
                return self.own_name(domain)
            case "h":
                return self.helo
            case "c":
                return str(self.ip)
            case "r":
                return self.receiver
            case "t":
                return str(self.at_s)
        return "in-addr" if self.ip.version == 4 else "ip6"

    def own_name(self, domain: str) -> str:
        """RFC 7208, 7.3: the domain itself, else a name below it, else any that leads back."""
        before = self.void
        try:
            names = self.validated()
        except (_Temporary, _Permanent):
            names = []
        # The macro is no term of the record, so what it asks is not held against it.
        self.void = before
        wanted = domain.lower()
        if wanted in names:
            return wanted
        below = [name for name in names if name.endswith(f".{wanted}")]
        return next(iter([*below, *names]), "unknown")


def is_name(name: str) -> bool:
    """Whether this could be a name: labels of 1 to 63 characters, at most 253 in all, no address in brackets."""
    labels = name.removesuffix(".").split(".")
    fits = len(name) <= MOST_NAME and all(0 < len(label) <= 63 for label in labels)
    return fits and not name.startswith("[")


def _dotted(ip: Address) -> str:
    """IPv4 as it is, IPv6 as nibbles with dots between them."""
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return ".".join(ip.exploded.replace(":", "").upper())


def _addresses(records: Iterable[str]) -> list[Address]:
    return [ipaddress.ip_address(record) for record in records]
