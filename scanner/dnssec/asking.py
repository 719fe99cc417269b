"""Where a validator gets its records from: a small protocol, and recursive servers that are asked for everything."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import dns.exception
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.RRSIG import RRSIG

from checks.evidence.base import Cause
from scanner.budget import Budget, Failed
from scanner.dns_exchange import Exchange, NoReply
from scanner.dns_messages import Manner, Question, Record
from scanner.resolver import TRY_S, Server

_WITH_PROOFS = Manner(checking=False, dnssec=True, whole=True)
MAX_RECORDS = 500
"""Of one section; a longer one is cut, and then proves nothing."""


@dataclass(frozen=True)
class SignedSet:
    """The records of one name and type, with the signatures over them."""

    rrset: dns.rrset.RRset
    signatures: tuple[RRSIG, ...]

    @property
    def owner(self) -> dns.name.Name:
        """The name that the records stand at."""
        return self.rrset.name


Sets = Mapping[tuple[dns.name.Name, int], SignedSet]


@dataclass(frozen=True)
class Told:
    """One reply: NXDOMAIN or not, its answers, and what its authority section proves."""

    gone: bool
    answer: Sets
    authority: Sets

    def at(self, name: dns.name.Name, rdtype: int) -> SignedSet | None:
        """The answer's records of this name and type."""
        return self.answer.get((name, rdtype))


class Asking(Protocol):
    """Anybody who gets records together with their signatures, unchecked."""

    async def ask(self, name: dns.name.Name, rdtype: int, budget: Budget) -> Told:
        """The reply to one question.  ``Failed`` on silence, SERVFAIL, REFUSED, or a reply that is no reply."""


@dataclass
class AskingServers:
    """Asks the operator's recursive servers with CD=1 and DO=1, the first first; their AD flag is not read.

    The next server is asked only where one gives nothing to read.
    """

    servers: tuple[Server, ...]
    try_s: tuple[float, ...] = TRY_S
    asked: int = 0
    _exchanges: dict[Server, Exchange] = field(default_factory=dict)

    async def ask(self, name: dns.name.Name, rdtype: int, budget: Budget) -> Told:
        """See ``Asking``."""
        failed = Failed(Cause.DNS_TIMEOUT, "there is no resolver")
        # One server alone is asked again: datagrams are lost.
        for server, wait_s in zip((*self.servers, *self.servers), self.try_s, strict=False):
            try:
                async with asyncio.timeout(budget.limit_s(budget.allowance.lookup_s)):
                    return await self._ask(server, name, rdtype, wait_s, budget)
            except TimeoutError:
                failed = Failed(Cause.DNS_TIMEOUT, "no answer in time")
            except Failed as this:
                failed = this
                if this.missing.cause in (Cause.BUDGET_EVENTS, Cause.DEADLINE):
                    break
        raise failed

    async def aclose(self) -> None:
        """Close the sockets."""
        for exchange in self._exchanges.values():
            await exchange.aclose()
        self._exchanges.clear()

    async def _ask(
        self, server: Server, name: dns.name.Name, rdtype: int, wait_s: float, budget: Budget
    ) -> Told:
        exchange = self._exchanges.setdefault(server, Exchange(server.address, server.port))
        question = Question(name, dns.rdatatype.RdataType.make(rdtype))
        budget.question()
        self.asked += 1
        try:
            reply = await exchange.ask(question, wait_s, _WITH_PROOFS)
        except NoReply:
            raise Failed(Cause.DNS_TIMEOUT, "the resolver was silent") from None
        except (dns.exception.DNSException, ValueError) as error:
            detail = f"{type(error).__name__} from the resolver"
            raise Failed(Cause.DNS_TIMEOUT, detail) from None
        if reply.rcode == dns.rcode.REFUSED:
            raise Failed(Cause.DNS_REFUSED, "the resolver refused the question")
        if reply.rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            told = "; ".join(reply.extended_errors)[:200]
            raise Failed(
                Cause.DNS_SERVFAIL, told or dns.rcode.to_text(dns.rcode.Rcode.make(reply.rcode))
            )
        return Told(
            reply.rcode == dns.rcode.NXDOMAIN, sets_of(reply.answers), sets_of(reply.authority)
        )


def sets_of(records: Iterable[Record]) -> Sets:
    """The records of one section, by name and type, each set with its signatures."""
    found: dict[tuple[dns.name.Name, int], dns.rrset.RRset] = {}
    signatures: dict[tuple[dns.name.Name, int], list[RRSIG]] = {}
    for _, record in zip(range(MAX_RECORDS), records, strict=False):
        if isinstance(record.rdata, RRSIG):
            signatures.setdefault((record.name, record.rdata.type_covered), []).append(record.rdata)
            continue
        key = (record.name, record.rdtype)
        if key not in found:
            rdtype = dns.rdatatype.RdataType.make(record.rdtype)
            found[key] = dns.rrset.RRset(record.name, dns.rdataclass.IN, rdtype)
        found[key].add(record.rdata)
    return {key: SignedSet(rrset, tuple(signatures.get(key, ()))) for key, rrset in found.items()}
