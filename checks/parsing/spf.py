"""SPF (RFC 7208): the grammar of a record, and what evaluating it would ask of the DNS for every sender.

Evaluation is static: no sender is given, so every term before ``all`` is taken as asked, which is what the
worst sender costs a receiver.  The probe asks step by step::

    answers = {}
    while (question := wanted(domain, answers)) is not None:
        answers[question] = look(*question)

and ``evaluate(domain, answers)`` reads the same answers again, now or years later.
"""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from checks.evidence.base import NotCaptured
from checks.evidence.names import Look, Lookup, Said

MOST_QUESTIONS = 40
MOST_COUNTED = 100
"""Counting stops here: records that include one another many times would else never end."""
MOST_MX = 10
MOST_TERMS = 1000
MOST_ERRORS = 20

Question = tuple[str, str]
"""A name (lower case, no trailing dot) and a record type."""

# RFC 7208, 7.3: a count of parts is never zero; c, r and t stand in explanations alone (7.2).
_MACRO = r"%(?:\{[LETTERS](?:0{0,2}[1-9][0-9]{0,2})?[rR]?[.\-+,/_=]*\}|[%_-])"
_IN_NAMES = _MACRO.replace("LETTERS", "slodiphvSLODIPHV")
_ANYWHERE = _MACRO.replace("LETTERS", "slodiphcrtvSLODIPHCRTV")
_NAME_STRING = re.compile(rf"(?:[\x21-\x24\x26-\x7e]|{_IN_NAMES})*")
_MACRO_STRING = re.compile(rf"(?:[\x21-\x24\x26-\x7e]|{_ANYWHERE})*")
_EXPLANATION = re.compile(rf"(?:[\x20-\x24\x26-\x7e]|{_ANYWHERE})*")
_EXPANDED_END = re.compile(r"%\{[^{}]*\}\Z")
# RFC 7208, 7.1: toplabel, which is never all digits and neither begins nor ends with a hyphen.
_TOPLABEL = re.compile(r"(?=[0-9]*[A-Za-z-])[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?")
_MODIFIER = re.compile(r"([A-Za-z][0-9A-Za-z_.-]*)=(.*)", re.DOTALL)
_MECHANISM = re.compile(r"([+?~-]?)([A-Za-z][0-9A-Za-z_.-]*)(.*)", re.DOTALL)
_LENGTH = re.compile(r"0|[1-9][0-9]{0,2}")
_LENGTHS = re.compile(r"(?:/([0-9]{1,4}))?(?://([0-9]{1,4}))?\Z")

COUNTED = frozenset({"include", "a", "mx", "ptr", "exists"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a record, and at which character (from 1) it stands."""

    position: int
    message: str


@dataclass(frozen=True, slots=True)
class Term:
    """One mechanism or modifier.  ``target`` is its domain or network; empty means the domain itself."""

    name: str
    target: str
    qualifier: str
    modifier: bool
    position: int
    four: int = 32
    """How many bits of an IPv4 address ``a`` and ``mx`` compare; all of them where nothing is written."""
    six: int = 128

    @property
    def has_macro(self) -> bool:
        """Whether the target depends on the sender."""
        return "%" in self.target


@dataclass(frozen=True, slots=True)
class Spf:
    """A record read term by term; what could not be read is a fault and not a term."""

    terms: tuple[Term, ...]
    faults: tuple[Fault, ...]

    @property
    def active(self) -> tuple[Term, ...]:
        """The mechanisms up to ``all``; RFC 7208, 5.1: what follows it is ignored."""
        found: list[Term] = []
        for term in self.terms:
            if not term.modifier:
                found.append(term)
                if term.name == "all":
                    break
        return tuple(found)

    @property
    def redirect(self) -> Term | None:
        """The redirect, unless the record holds an ``all`` (RFC 7208, 6.1)."""
        if any(term.name == "all" for term in self.terms):
            return None
        return next((term for term in self.terms if term.name == "redirect"), None)


class Trouble(StrEnum):
    """Why evaluation must end in an error for some sender."""

    SYNTAX = "syntax"
    INCLUDE_BROKEN = "include-broken"
    """An included or redirected name holds no SPF record, several, or a bogus one."""
    LOOP = "loop"
    TOO_MANY_MX = "too-many-mx"


@dataclass(frozen=True, slots=True)
class SpfError:
    """One trouble, and where it was met."""

    trouble: Trouble
    domain: str
    message: str


@dataclass(frozen=True, slots=True)
class SpfResult:
    """What static evaluation came to.  ``open`` holds the look-ups that were not captured."""

    first: Lookup | NotCaptured | None
    """The answer for TXT at the domain; ``None`` where it was never asked."""
    records: tuple[str, ...]
    """The SPF records at the domain itself; exactly one is right."""
    lookups: int
    void: int
    errors: tuple[SpfError, ...]
    notes: tuple[str, ...]
    open: tuple[NotCaptured, ...]
    unasked: Question | None
    """The first question that has no answer yet."""
    ends_in: str
    """The ``all`` that decides in the end, for example ``-all``; empty where there is none."""


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF record (RFC 7208, 4.5)."""
    return text[:6].lower() == "v=spf1" and text[6:7] in {"", " "}


@lru_cache(maxsize=128)
def parse(record: str) -> Spf:
    """Read a record.  Never raises: what cannot be read becomes a fault with its position."""
    if not is_spf(record):
        return Spf((), (Fault(1, "does not begin with v=spf1"),))
    terms: list[Term] = []
    faults: list[Fault] = []
    for count, match in enumerate(re.finditer(r"[^ ]+", record[6:])):
        position = match.start() + 7
        if count == MOST_TERMS:
            faults.append(Fault(position, f"more than {MOST_TERMS} terms"))
            break
        term = _term(match[0], position)
        if isinstance(term, str):
            faults.append(Fault(position, term))
        else:
            terms.append(term)
    for name in ("redirect", "exp"):
        twice = [term for term in terms if term.modifier and term.name == name][1:]
        faults += [Fault(term.position, f"{name}= is given twice") for term in twice]
    faults.sort(key=lambda fault: fault.position)
    return Spf(tuple(terms), tuple(faults[:MOST_ERRORS]))


def wanted(domain: str, answers: Mapping[Question, Look]) -> Question | None:
    """The next question to ask; ``None`` when all is answered or enough was asked."""
    if len(answers) >= MOST_QUESTIONS:
        return None
    return evaluate(domain, answers).unasked


def replayed(domain: str, looks: Iterable[Look]) -> dict[Question, Look]:
    """The answers by question again, from looks kept in the order in which ``wanted`` asked for them."""
    answers: dict[Question, Look] = {}
    for look in looks:
        question = wanted(domain, answers)
        if isinstance(look, Lookup):
            answers[_bare(look.name), look.type] = look
        elif question is not None:
            answers[question] = look
    return answers


def evaluate(domain: str, answers: Mapping[Question, Look]) -> SpfResult:
    """Walk the record at ``domain`` and everything it includes, with the answers there are."""
    walk = _Walk(answers)
    name = _bare(domain)
    first = walk.ask(name, "TXT")
    records = spf_records(first)
    if len(records) == 1:
        walk.record(name, records[0], (name,))
    return SpfResult(
        first=first,
        records=records,
        lookups=walk.lookups,
        void=walk.void,
        errors=tuple(walk.errors[:MOST_ERRORS]),
        notes=tuple(dict.fromkeys(walk.notes))[:MOST_ERRORS],
        open=tuple(walk.open),
        unasked=walk.unasked,
        ends_in=walk.ends_in,
    )


def spf_records(look: Look | None) -> tuple[str, ...]:
    """The SPF records among the TXT records found."""
    if isinstance(look, Lookup) and look.said is Said.FOUND:
        return tuple(record for record in look.records if is_spf(record))
    return ()


@dataclass(slots=True)
class _Walk:
    """The state of one evaluation."""

    answers: Mapping[Question, Look]
    lookups: int = 0
    void: int = 0
    errors: list[SpfError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    open: list[NotCaptured] = field(default_factory=list)
    unasked: Question | None = None
    ends_in: str = ""

    def ask(self, name: str, kind: str) -> Look | None:
        answer = self.answers.get((name, kind))
        if answer is None:
            self.unasked = self.unasked or (name, kind)
        elif isinstance(answer, NotCaptured):
            self.open.append(answer)
        return answer

    def wrong(self, trouble: Trouble, domain: str, message: str) -> None:
        self.errors.append(SpfError(trouble, domain, message))

    def record(self, domain: str, text: str, above: tuple[str, ...]) -> None:
        spf = parse(text)
        for fault in spf.faults:
            self.wrong(Trouble.SYNTAX, domain, f"at {fault.position}: {fault.message}")
        for term in spf.active:
            if term.name in COUNTED:
                self.counted(domain, term, above)
        everyone = [term for term in spf.active if term.name == "all"]
        if everyone and _decides(above):
            self.ends_in = f"{everyone[0].qualifier}all"
        if spf.redirect is not None:
            self.counted(domain, spf.redirect, above)

    def counted(self, domain: str, term: Term, above: tuple[str, ...]) -> None:
        """One term that costs a look-up (RFC 7208, 4.6.4), followed where it can be."""
        if self.lookups >= MOST_COUNTED:
            return
        self.lookups += 1
        if term.name == "ptr":
            self.notes.append(f"{domain}: ptr should not be used (RFC 7208, 5.5)")
        elif term.has_macro:
            self.notes.append(f"{domain}: {term.name} {term.target} depends on the sender")
        elif term.name in {"include", "redirect"}:
            self.follow(term, above)
        elif term.name == "mx":
            self.hosts(domain, _bare(term.target) or domain)
        else:
            self.address(_bare(term.target) or domain, both=term.name == "a")

    def follow(self, term: Term, above: tuple[str, ...]) -> None:
        target = _bare(term.target)
        if target in above:
            self.wrong(Trouble.LOOP, above[-1], f"{term.name} leads back to {target}")
            return
        look = self.ask(target, "TXT")
        if not isinstance(look, Lookup):
            return
        self.count_void(look)
        records = spf_records(look)
        if len(records) == 1:
            deeper = above if term.name == "redirect" else (*above, "include")
            self.record(target, records[0], (*deeper, target))
        else:
            many = "several SPF records" if records else f"no SPF record ({look.said.value})"
            self.wrong(Trouble.INCLUDE_BROKEN, above[-1], f"{term.name} {target}: {many}")

    def hosts(self, domain: str, target: str) -> None:
        look = self.ask(target, "MX")
        if isinstance(look, Lookup):
            self.count_void(look)
            if max(look.total, len(look.records)) > MOST_MX:
                message = f"mx {target}: more than {MOST_MX} hosts"
                self.wrong(Trouble.TOO_MANY_MX, domain, message)

    def address(self, target: str, *, both: bool) -> None:
        """A look-up is void only where neither kind of address exists; ``exists`` asks for A alone."""
        look = self.ask(target, "A")
        if both and isinstance(look, Lookup) and look.said is Said.NODATA:
            look = self.ask(target, "AAAA")
        if isinstance(look, Lookup):
            self.count_void(look)

    def count_void(self, look: Lookup) -> None:
        # RFC 7208, 4.6.4: void is NXDOMAIN, or no answer records.
        if look.said in {Said.NXDOMAIN, Said.NODATA}:
            self.void += 1


def _decides(above: tuple[str, ...]) -> bool:
    """Whether the record reached this way decides what the domain says in the end: only by redirects."""
    return "include" not in above


def _bare(name: str) -> str:
    return name.rstrip(".").lower()


def _term(text: str, position: int) -> Term | str:
    """The term, or what is wrong with it."""
    modifier = _MODIFIER.fullmatch(text)
    if modifier is not None:
        name, value = modifier[1].lower(), modifier[2]
        known = name in {"redirect", "exp"}
        wrong = _domain(value) if known else _misread(value, _MACRO_STRING)
        return wrong or Term(name, value, "", modifier=True, position=position)
    mechanism = _MECHANISM.fullmatch(text)
    if mechanism is None:
        return f"{_shown(text)} is no term"
    qualifier, name, rest = mechanism[1] or "+", mechanism[2].lower(), mechanism[3]
    if name == "all":
        target, wrong = "", f"{_shown(text)}: all takes nothing" if rest else ""
    elif name in {"ip4", "ip6"}:
        target, wrong = rest[1:], _network(name, rest)
    elif name in {"a", "mx"}:
        return _with_cidrs(text, name, qualifier, rest, position)
    elif name in {"include", "exists", "ptr"}:
        target = rest[1:]
        optional = name == "ptr" and not rest
        wrong = "" if optional else _after_colon(name, rest)
    else:
        target, wrong = "", f"{_shown(name)} is no mechanism of SPF"
    return wrong or Term(name, target, qualifier, modifier=False, position=position)


def _network(name: str, rest: str) -> str:
    """What is wrong with ``:network``; RFC 7208, 5.6."""
    kind = ipaddress.IPv4Address if name == "ip4" else ipaddress.IPv6Address
    address, slash, length = rest[1:].partition("/")
    widest = 32 if name == "ip4" else 128
    try:
        kind(address if "%" not in address else "")
    except ValueError:
        return f"{_shown(rest)} is no {name} address"
    if rest[0] != ":":
        return f"{name} needs a colon"
    if slash and not _is_length(length, widest):
        return f"/{_shown(length)} is no prefix length"
    return ""


def _with_cidrs(text: str, name: str, qualifier: str, rest: str, position: int) -> Term | str:
    """The term, or the fault, of ``[:domain][/length][//length]``; the domain may hold slashes of its own."""
    lengths = _LENGTHS.search(rest)
    four, six = (lengths[1], lengths[2]) if lengths else (None, None)
    named = rest[: lengths.start()] if lengths else rest
    if four is not None and not _is_length(four, 32):
        return f"/{_shown(four)} is no prefix length"
    if six is not None and not _is_length(six, 128):
        return f"//{_shown(six)} is no prefix length"
    wrong = _after_colon(_shown(text), named) if named else ""
    return wrong or Term(
        name,
        named[1:],
        qualifier,
        modifier=False,
        position=position,
        four=int(four or 32),
        six=int(six or 128),
    )


def _is_length(text: str, widest: int) -> bool:
    return _LENGTH.fullmatch(text) is not None and int(text) <= widest


def _after_colon(name: str, rest: str) -> str:
    if not rest.startswith(":"):
        return f"{name} needs a colon and a name"
    return _domain(rest[1:])


def _domain(value: str) -> str:
    """What is wrong with a domain-spec (RFC 7208, 7.1): macro string, then a top label or a macro."""
    wrong = _misread(value, _NAME_STRING)
    if wrong:
        return wrong
    if _EXPANDED_END.search(value):
        return ""
    labels = value.removesuffix(".").split(".")
    if len(labels) < 2 or not _TOPLABEL.fullmatch(labels[-1]):
        return f"{_shown(value)} is no domain name"
    if "%" not in value and (len(value) > 254 or any(not 0 < len(x) <= 63 for x in labels)):
        return f"{_shown(value)} is no domain name"
    return ""


def is_explanation(text: str) -> bool:
    """Whether a text may be expanded as an explanation (RFC 7208, 6.2): macros, printable ASCII and blanks."""
    return _EXPLANATION.fullmatch(text) is not None


def _misread(value: str, grammar: re.Pattern[str]) -> str:
    fine = grammar.match(value)
    end = fine.end() if fine else 0
    return "" if end == len(value) else f"{_shown(value[end : end + 10])} is no macro or character"


def _shown(text: str) -> str:
    """The text, cut, with everything outside printable ASCII made visible."""
    return ascii(text[:40])
