"""A small internet of names on loopback: root, registry and schools' servers by a real nsd, odd ones played."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone

from scanner.practice.names import NamePort
from scanner.practice.ports import bound, hold_closed

NSD = shutil.which("nsd") or shutil.which("nsd", path="/usr/sbin")
REAL = os.environ.get("TINNHIEM_REAL_PORTS") == "1"
"""Whether every server stands on port 53 of a loopback address of its own, as only root may have it, and no map
leads anywhere.  Else they stand on the ports that any user gets, and a map plays the addresses of documentation."""
_NETS = ("127.2.0", "127.51.100", "127.113.0") if REAL else ("192.0.2", "198.51.100", "203.0.113")
A, B, C = (f"{net}.53" for net in _NETS)
SAME_NETWORK = f"{_NETS[0]}.54"
SIX = "::1" if REAL else "2001:db8::53"
REGISTRY, ROOT = f"{_NETS[1]}.2", f"{_NETS[1]}.1"
SILENT, CLOSED, PRIVATE = f"{_NETS[0]}.200", f"{_NETS[0]}.201", "10.0.0.53"
BY_NSD = (A, B, C, SAME_NETWORK, SIX)
TRUNCATED_ALONE, UDP_ONLY, TCP_ONLY, TCP_SILENT = (f"{_NETS[0]}.{n}" for n in (202, 203, 204, 205))
RECURSES, SAYS_RA, BEFORE_EDNS, AA_MISSING = (f"{_NETS[0]}.{n}" for n in (206, 207, 208, 209))
PROVIDER = {"ns1.nhacungcap.vn": A, "ns2.nhacungcap.vn": B}
"""Name servers of a provider, whose own zone nobody has to ask: only the resolver finds them."""
NOT_HELD, BROKEN = "", "broken"


@dataclass(frozen=True)
class Case:
    """One school's zone: what the registry lists, what each server holds, and what a scan has to say.

    ``servers`` are (name, glue addresses) as the zone above lists them; ``zone`` is the text that all of them hold,
    but those of ``held`` (address → text, ``NOT_HELD``, ``BROKEN``).  ``{zone}`` stands for the zone's name.
    ``expected`` holds, for every check that differs from a healthy zone, the outcome and the reason or cause.
    """

    name: str
    zone: str
    servers: tuple[tuple[str, tuple[str, ...]], ...]
    expected: Mapping[str, str]
    host: str = "{zone}"
    held: Mapping[str, str] = field(default_factory=dict)
    open_at: tuple[str, ...] = ()
    """Where zone transfers are allowed."""
    delegated: bool = True
    fails_to_resolve: bool = False

    @property
    def origin(self) -> str:
        """The zone's name."""
        return f"{self.name}.edu.vn"

    @property
    def site(self) -> str:
        """The host that is scanned."""
        return self.host.replace("{zone}", self.origin)

    def fill(self, text: str) -> str:
        """Put the names in."""
        return text.replace("{zone}", self.origin)

    def text_at(self, address: str) -> str:
        """What this server holds."""
        return self.fill(self.held.get(address, self.zone))


def zone_text(
    *names: str,
    serial: int = 1,
    addresses: Mapping[str, tuple[str, ...]] | None = None,
    more: str = "",
) -> str:
    """The text of a zone with these name servers (labels below the zone, or whole names with a dot at the end)."""
    lines = [
        "$ORIGIN {zone}.",
        "$TTL 300",
        f"@ SOA ns1.{{zone}}. quantri.{{zone}}. {serial} 7200 3600 1209600 300",
        *(f"@ NS {name}" for name in names),
        "@ A 127.0.0.1",
        '@ CAA 0 issue "letsencrypt.org"',
    ]
    for name, found in (addresses or {}).items():
        lines += [f"{name} {'AAAA' if ':' in one else 'A'} {one}" for one in found]
    return "\n".join([*lines, more]) + "\n"


@dataclass(frozen=True)
class World:
    """Where everything is."""

    resolver: str
    hints: Path
    port_map: Path | None
    ports: tuple[int, ...]


@contextlib.contextmanager
def world(folder: Path, cases: Sequence[Case]) -> Iterator[World]:
    """Start it all, and end it with the block."""
    with contextlib.ExitStack() as stack:
        places: dict[str, tuple[str, int]] = {}
        zones = {ROOT: _root(), REGISTRY: _registry(cases)}
        for address in BY_NSD:
            zones[address] = [
                (case.origin, case.text_at(address), address in case.open_at)
                for case in cases
                if address in _addresses(case) and case.text_at(address) != NOT_HELD
            ]
        for address, held in zones.items():
            local = address if REAL else "::1" if address == SIX else "127.0.0.1"
            places[address] = stack.enter_context(
                _nsd(folder / address.replace(":", "-"), local, held)
            )
        played: dict[str, NamePort] = {
            address: Played(address, cases)
            for address in (
                TRUNCATED_ALONE, UDP_ONLY, TCP_ONLY, TCP_SILENT, RECURSES, SAYS_RA, BEFORE_EDNS, AA_MISSING, SILENT
            )
        }  # fmt: skip
        resolver = Resolving(cases)
        stack.enter_context(_running([*played.values(), resolver]))
        places |= {address: ("127.0.0.1", server.port) for address, server in played.items()}
        if not REAL:
            held_closed, port = hold_closed()
            for sock in held_closed:
                stack.callback(sock.close)
            places[CLOSED] = ("127.0.0.1", port)
        hints, port_map = folder / "root-hints", folder / "port-map"
        hints.write_text(f"a.goc.thu. 3600000 A {ROOT}\n", encoding="ascii")
        port_map.write_text(
            "".join(f"{_literal(a)}:53 = {_literal(h)}:{p}\n" for a, (h, p) in places.items()),
            encoding="ascii",
        )
        ports = tuple(sorted({port for _, port in places.values()}))
        yield World(f"127.0.0.1:{resolver.port}", hints, None if REAL else port_map, ports)


class Played(NamePort):
    """A server that misbehaves in one way, by its address, and holds the zones of the cases that name it."""

    def __init__(self, address: str, cases: Sequence[Case]) -> None:
        super().__init__()
        self._address = address
        self._zones = {
            case.origin: dns.zone.from_text(
                case.text_at(address), origin=f"{case.origin}.", relativize=False
            )
            for case in cases
            if address in _addresses(case)
        }

    def bind(self) -> tuple[socket.socket, socket.socket, int]:
        """On its own address where that is real."""
        if not REAL:
            return super().bind()
        return bound(self._address, 53, socket.SOCK_DGRAM), bound(self._address, 53), 53

    async def start(self) -> None:
        """As any other; where TCP is closed the port is only held."""
        await super().start()
        if self._address in (TRUNCATED_ALONE, UDP_ONLY) and self._tcp is not None:
            self._tcp.close()

    def reply(self, query: dns.message.Message, *, tcp: bool) -> dns.message.Message | None:
        """The answer, or what this server makes of it."""
        silent = {SILENT, TCP_SILENT if tcp else TCP_ONLY}
        if self._address in silent:
            return None
        made = dns.message.make_response(query)
        question = query.question[0]
        if self._address == BEFORE_EDNS and query.edns >= 0:
            plain = dns.message.make_query(question.name, question.rdtype, use_edns=False)
            made = dns.message.make_response(plain)
            made.id = query.id
            made.set_rcode(dns.rcode.FORMERR)
            return made
        if self._address == TRUNCATED_ALONE:
            made.flags |= dns.flags.TC
            return made
        if self._address in (RECURSES, SAYS_RA):
            made.flags |= dns.flags.RA
        zone = _zone_for(self._zones, question.name)
        if zone is None or question.rdtype == dns.rdatatype.AXFR:
            if self._address == RECURSES and zone is None:
                made.answer.append(dns.rrset.from_text(question.name, 300, "IN", "A", "198.41.0.4"))
            else:
                made.set_rcode(dns.rcode.REFUSED)
            return made
        if self._address != AA_MISSING:
            made.flags |= dns.flags.AA
        found = zone.get_rrset(question.name, question.rdtype)
        if found is not None:
            made.answer.append(found)
        return made


class Resolving(NamePort):
    """The operator's resolver: it finds whatever the first server of each case holds."""

    def __init__(self, cases: Sequence[Case]) -> None:
        super().__init__()
        self._failing = {case.origin for case in cases if case.fails_to_resolve}
        self._zones = {
            case.origin: dns.zone.from_text(
                case.fill(case.zone), origin=f"{case.origin}.", relativize=False, check_origin=False
            )
            for case in cases
            if case.delegated
        }

    def reply(self, query: dns.message.Message, *, tcp: bool) -> dns.message.Message:
        """The answer of a resolver."""
        del tcp
        made = dns.message.make_response(query, recursion_available=True)
        question = query.question[0]
        text = question.name.to_text(omit_final_dot=True)
        zone = _zone_for(self._zones, question.name)
        kind = dns.rdatatype.to_text(question.rdtype)
        if text in PROVIDER:
            if kind == "A":
                made.answer.append(
                    dns.rrset.from_text(question.name, 300, "IN", "A", PROVIDER[text])
                )
            return made
        if zone is None or zone.origin is None:
            if text not in ("edu.vn", "vn"):
                made.set_rcode(dns.rcode.NXDOMAIN)
            return made
        if zone.origin.to_text(omit_final_dot=True) in self._failing:
            made.set_rcode(dns.rcode.SERVFAIL)
            return made
        self._find(made, zone, question.name, question.rdtype)
        return made

    def _find(
        self,
        made: dns.message.Message,
        zone: dns.zone.Zone,
        name: dns.name.Name,
        rdtype: dns.rdatatype.RdataType,
    ) -> None:
        for _ in range(4):
            found = zone.get_rrset(name, rdtype)
            alias = zone.get_rrset(name, dns.rdatatype.CNAME)
            if found is not None or alias is None:
                break
            made.answer.append(alias)
            name = alias[0].target
        else:
            return
        if found is None and zone.get_node(name) is None:
            wild = zone.get_rrset("*", rdtype)
            if wild is None:
                made.set_rcode(dns.rcode.NXDOMAIN)
                return
            found = dns.rrset.from_rdata_list(name, 300, list(wild))
        if found is not None:
            made.answer.append(found)


def _addresses(case: Case) -> set[str]:
    named = {address for _, glue in case.servers for address in glue}
    outside = {
        PROVIDER[name.rstrip(".")] for name, _ in case.servers if name.rstrip(".") in PROVIDER
    }
    return named | outside | set(case.held)


def _zone_for(zones: Mapping[str, dns.zone.Zone], name: dns.name.Name) -> dns.zone.Zone | None:
    labels = name.to_text(omit_final_dot=True).lower().split(".")
    for at in range(len(labels)):
        zone = zones.get(".".join(labels[at:]))
        if zone is not None:
            return zone
    return None


def _root() -> list[tuple[str, str, bool]]:
    soa = "@ SOA a.goc.thu. quantri.goc.thu. 1 7200 3600 1209600 300"
    text = f"$ORIGIN .\n$TTL 300\n{soa}\n@ NS a.goc.thu.\na.goc.thu. A {ROOT}\nvn. NS a.dangky.vn.\na.dangky.vn. A {REGISTRY}\n"
    return [(".", text, False)]


def _registry(cases: Sequence[Case]) -> list[tuple[str, str, bool]]:
    soa = "@ SOA a.dangky.vn. quantri.dangky.vn. 1 7200 3600 1209600 300"
    vn = f"$ORIGIN vn.\n$TTL 300\n{soa}\n@ NS a.dangky.vn.\na.dangky A {REGISTRY}\n"
    lines = [f"$ORIGIN edu.vn.\n$TTL 300\n{soa}", "@ NS a.dangky.vn.", "cong A 127.0.0.1"]
    for case in cases:
        if not case.delegated:
            continue
        for name, glue in case.servers:
            whole = name if name.endswith(".") else f"{name}.{case.origin}."
            lines.append(f"{case.origin}. NS {whole}")
            lines += [f"{whole} {'AAAA' if ':' in one else 'A'} {one}" for one in glue]
    return [("vn", vn, False), ("edu.vn", "\n".join(lines) + "\n", False)]


@contextlib.contextmanager
def _nsd(
    folder: Path, local: str, zones: Sequence[tuple[str, str, bool]]
) -> Iterator[tuple[str, int]]:
    """One nsd with these zones (name, text, whether it hands them out)."""
    folder.mkdir(parents=True)
    port = 53 if REAL else _free_port(local)
    config = [
        "server:", f"  ip-address: {local}@{port}", '  username: ""', '  chroot: ""', '  pidfile: ""', '  database: ""',
        f'  zonesdir: "{folder}"', f'  zonelistfile: "{folder / "zone.list"}"', f'  xfrdfile: "{folder / "xfrd.state"}"',
        f'  logfile: "{folder / "log"}"', "  server-count: 1", "  rrl-ratelimit: 0", "  hide-version: yes",
        "  minimal-responses: no", f'  xfrdir: "{folder}"', "remote-control:", "  control-enable: no",
    ]  # fmt: skip
    for name, text, opened in zones:
        file = folder / f"{name.strip('.') or 'root'}.zone"
        if text != BROKEN:
            file.write_text(text, encoding="ascii")
        config += ["zone:", f'  name: "{name}"', f'  zonefile: "{file}"']
        config += (
            [f"  provide-xfr: {'::0/0' if ':' in local else '0.0.0.0/0'} NOKEY"] if opened else []
        )
    (folder / "nsd.conf").write_text("\n".join(config) + "\n", encoding="utf-8")
    assert NSD is not None
    process = subprocess.Popen(  # noqa: S603  The tool that this test is about, no shell.
        [NSD, "-d", "-c", str(folder / "nsd.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _until_up(process, local, port, folder)
        yield local, port
    finally:
        process.terminate()
        process.wait(10)


def _until_up(process: "subprocess.Popen[bytes]", local: str, port: int, folder: Path) -> None:
    query = dns.message.make_query("khong-co.thu.", "SOA")
    for _ in range(100):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError, dns.exception.DNSException):
            dns.query.udp(query, local, port=port, timeout=0.2)
            return
        time.sleep(0.05)
    log = folder / "log"
    raise RuntimeError(log.read_text(encoding="utf-8") if log.exists() else "nsd did not start")


def _free_port(local: str) -> int:
    family = socket.AF_INET6 if ":" in local else socket.AF_INET
    for _ in range(50):
        with socket.socket(family, socket.SOCK_DGRAM) as udp:
            udp.bind((local, 0))
            port: int = udp.getsockname()[1]
            with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as tcp:
                tcp.bind((local, port))
                return port
    raise OSError("no port is free for both UDP and TCP")


@contextlib.contextmanager
def _running(servers: Sequence[NamePort]) -> Iterator[None]:
    """These in a thread with a loop of its own."""
    loop = asyncio.new_event_loop()

    async def begin() -> None:
        for server in servers:
            await server.start()

    async def end() -> None:
        for server in servers:
            await server.stop()

    loop.run_until_complete(begin())
    thread = threading.Thread(target=loop.run_forever, name="name servers")
    thread.start()
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


def _literal(address: str) -> str:
    return f"[{address}]" if ":" in address else address
