"""What a look needs: a permission for loopback, a budget in tenths of a second, a visit with its tools."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any

import dns.message
import dns.rcode
import dns.rrset

from inventory.model import Permission, Site
from scanner.budget import Allowance, Budget
from scanner.dnssec.anchors import shipped_anchors
from scanner.dnssec.look import validation_by
from scanner.door import Channel, Door
from scanner.page_workers import PageWorkers
from scanner.politeness import Pace
from scanner.practice.ports import bind_both
from scanner.resolver import Resolver
from scanner.resolver import Server as Asked
from scanner.visit import Tools, Visit
from tests.scanner.servers import Answering, NameScript, naming

HOST = "truong.edu.vn"
TWIN = f"www.{HOST}"
LOOPBACK = "127.0.0.0/8"
AGENT = "tinnhiem-test (+https://example.org)"


def permission(*ports: int, **fields: Any) -> Permission:
    """Leave to look at the school on loopback, in no hurry to be polite."""
    generous: dict[str, Any] = {
        "reference": "12/QD",
        "granted_by": "So GDDT",
        "granted_on": date(2020, 1, 1),
        "expires_on": date(2100, 1, 1),
        "hosts": (f"*.{HOST}", HOST),
        "networks": (LOOPBACK,),
        "contact": "it@example.org",
        "ports": ports or (80, 443),
        "connections_per_address": 50,
        "connections_per_network": 100,
        "new_connections_per_second": 10_000,
        "requests_per_minute": 100_000,
    }
    return Permission(**(generous | fields))


def pace(*ports: int, **fields: Any) -> Pace:
    """The pace of such a permission, private addresses allowed."""
    return Pace(permission(*ports, **fields), allow_private=True)


def door(*ports: int, controls: tuple[tuple[str, int], ...] = (), **fields: Any) -> Door:
    """A door that confirms a refusal at once."""
    return Door(pace(*ports, **fields), controls=controls, confirm_refusal_after_s=0.01)


def budget(**fields: Any) -> Budget:
    """Limits short enough to wait for."""
    quick: dict[str, Any] = {
        "wall_s": 5.0,
        "connect_s": 2.0,
        "handshake_s": 2.0,
        "response_s": 2.0,
        "lookup_s": 2.0,
    }
    return Budget(Allowance(**(quick | fields)))


async def channel(port: int, spend: Budget | None = None) -> Channel:
    """A plain connection to a loopback port."""
    return await door(port).open("127.0.0.1", port, spend or budget())


def site(https_port: int, http_port: int, host: str = HOST, path: str = "/") -> Site:
    """The school's site on these ports."""
    return Site(
        unit="u1",
        url=f"https://{host}:{https_port}{path}",
        host=host,
        https_port=https_port,
        http_port=http_port,
        path=path,
    )


# Answers of name servers


def says_records(kind: str, *records: str) -> Answering:
    """NOERROR with these records; none is NODATA."""

    def reply(query: dns.message.Message, _: bool) -> dns.message.Message:
        made = dns.message.make_response(query, recursion_available=True)
        if records:
            name = query.question[0].name
            made.answer.append(dns.rrset.from_text(name, 300, "IN", kind, *records))
        return made

    return reply


def says_code(code: dns.rcode.Rcode) -> Answering:
    """Nothing but this code."""

    def reply(query: dns.message.Message, _: bool) -> dns.message.Message:
        made = dns.message.make_response(query, recursion_available=True)
        made.set_rcode(code)
        return made

    return reply


NODATA = says_records("A")
NXDOMAIN = says_code(dns.rcode.NXDOMAIN)
SERVFAIL = says_code(dns.rcode.SERVFAIL)


def says_nothing(_: dns.message.Message, __: bool) -> None:
    """Silence."""


def hosts(*names: str, address: str = "127.0.0.1") -> NameScript:
    """These names have this address, and nothing else exists or is known."""
    answers = {(name, "A"): says_records("A", address) for name in names}
    return NameScript(answers, NODATA)


@contextlib.asynccontextmanager
async def tools_for(
    script: NameScript, through: Door, *, try_s: tuple[float, ...] = (1.5, 1.5)
) -> AsyncIterator[Tools]:
    """The tools of a run that asks this name server and goes through this door."""
    workers = PageWorkers(1, 5.0)
    async with naming(script) as port:
        resolver = Resolver((Asked("127.0.0.1", port),), try_s)
        seals = validation_by((Asked("127.0.0.1", port),), shipped_anchors())
        tools = Tools(through, resolver, workers, AGENT, ipv6=False, validators=seals.validators)
        try:
            yield tools
        finally:
            await tools.exchanged.sessions.aclose()
            await seals.aclose()
            await workers.close()
            await resolver.aclose()


@contextlib.asynccontextmanager
async def visiting(
    of: Site, script: NameScript, through: Door, spend: Budget | None = None
) -> AsyncIterator[Visit]:
    """One visit, ended in the end."""
    async with tools_for(script, through) as tools:
        visit = Visit(of, tools, spend or budget())
        try:
            yield visit
        finally:
            await visit.close()


@contextlib.contextmanager
def closed_server() -> Iterator[Asked]:
    """A name server's address where nobody listens, and nobody else can."""
    udp, tcp, port = bind_both()
    with udp, tcp:
        yield Asked("127.0.0.1", port)
