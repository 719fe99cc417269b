"""Plain clients of the standard library and dnspython: never the scanner under test."""

import http.client
import os
import socket
import ssl
import struct
from dataclasses import dataclass
from urllib.parse import urlsplit

import dns.message
import dns.query
import pytest
from cryptography import x509

from scanner.practice.background import BackgroundFleet
from scanner.practice.schools import ALL
from scanner.practice.site import PracticeSite

WITHIN_S = 3.0


@dataclass(frozen=True)
class Door:
    """Where a site stands."""

    site: PracticeSite
    host: str
    https_port: int
    http_port: int


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Seen:
    """The fleet, as its inventory describes it."""

    def __init__(self, fleet: BackgroundFleet) -> None:
        self.fleet = fleet
        self.sites = {site.id: site for site in ALL}
        self.urls = {told["unit"]: url for url, told in fleet.truth.items()}
        self.http_ports = _http_ports(fleet.inventory.read_text(encoding="utf-8"))

    def door(self, site_id: str) -> Door:
        """The door of a site; the test is skipped where this system cannot play it."""
        if site_id not in self.urls:
            pytest.skip(f"{site_id} is not possible on this system")
        parts = urlsplit(self.urls[site_id])
        assert parts.hostname
        assert parts.port
        return Door(self.sites[site_id], parts.hostname, parts.port, self.http_ports[site_id])

    def get(self, site_id: str, path: str = "/", *, tls: bool = True) -> Answer:
        """One GET, certificates unchecked."""
        door = self.door(site_id)
        sock = shake(door) if tls else connect(door.http_port)
        with sock:
            return ask(sock, door.host, path)

    def resolve(
        self, name: str, kind: str, *, cd: bool = False, tcp: bool = False
    ) -> dns.message.Message:
        """One question to the fleet's name server."""
        address, _, port = self.fleet.resolver.partition(":")
        query = dns.message.make_query(name, kind, use_edns=0)
        if cd:
            query.flags |= dns.flags.CD
        ask_it = dns.query.tcp if tcp else dns.query.udp
        return ask_it(query, address, port=int(port), timeout=WITHIN_S)


def _http_ports(inventory: str) -> dict[str, int]:
    ports: dict[str, int] = {}
    unit = ""
    for line in inventory.splitlines():
        key, _, value = line.strip().removeprefix("- ").partition(": ")
        if key == "unit_id":
            unit = value.strip('"')
        elif key == "http_port":
            ports[unit] = int(value)
    return ports


def connect(port: int, address: str = "127.0.0.1") -> socket.socket:
    """A TCP connection that does not wait for ever."""
    return socket.create_connection((address, port), WITHIN_S)


def context(trust: str | None = None) -> ssl.SSLContext:
    """A client that checks nothing, or everything against one root."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if trust is not None:
        made.load_verify_locations(cadata=trust)
        return made
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.set_ciphers("DEFAULT@SECLEVEL=0")
    return made


def shake(
    door: Door, client: ssl.SSLContext | None = None, address: str = "127.0.0.1"
) -> ssl.SSLSocket:
    """A whole handshake."""
    sock = connect(door.https_port, address)
    try:
        return (client or context()).wrap_socket(sock, server_hostname=door.host)
    except BaseException:
        sock.close()
        raise


def certificate(door: Door, address: str = "127.0.0.1") -> x509.Certificate:
    """The leaf that a site shows."""
    with shake(door, address=address) as sock:
        der = sock.getpeercert(binary_form=True)
    assert der
    return x509.load_der_x509_certificate(der)


def ask(sock: socket.socket, host: str, path: str = "/") -> Answer:
    """A GET on a connection that stands."""
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    with http.client.HTTPResponse(sock) as response:
        response.begin()
        return Answer(response.status, response.headers, response.read())


def hello(
    version: int,
    *suites: int,
    groups: tuple[int, ...] = (0x001D, 0x0017),
    more: bytes = b"",
    compressions: bytes = b"\0",
) -> bytes:
    """A ClientHello that offers one version: 0x0300 SSL 3 to 0x0304 TLS 1.3.  ``more`` are further extensions."""
    extensions = more
    if version >= 0x0303:
        schemes = struct.pack(">HHHHH", 13, 6, 4, 0x0403, 0x0804)
        extensions += schemes + struct.pack(">HHH", 10, 2 + 2 * len(groups), 2 * len(groups))
        extensions += struct.pack(f">{len(groups)}H", *groups)
    if version == 0x0304:
        extensions += struct.pack(">HHBH", 43, 3, 2, version) + struct.pack(">HHH", 51, 2, 0)
    offered = suites or (0x1301, 0xC02B, 0xC02F, 0xC009, 0x002F)
    body = struct.pack(">H", min(version, 0x0303)) + os.urandom(32) + b"\0"
    body += struct.pack(f">H{len(offered)}H", 2 * len(offered), *offered)
    body += bytes((len(compressions),)) + compressions
    if version > 0x0300:
        body += struct.pack(">H", len(extensions)) + extensions
    message = b"\1" + struct.pack(">I", len(body))[1:] + body
    return struct.pack(">BHH", 22, min(version, 0x0301), len(message)) + message


def first_answer(port: int, data: bytes) -> bytes:
    """What a port says first to some bytes."""
    with connect(port) as sock:
        sock.sendall(data)
        return sock.recv(4096)


def messages(port: int, data: bytes) -> dict[int, bytes]:
    """The messages of a first flight below TLS 1.3 by their type, up to the server's *done*."""
    with connect(port) as sock:
        sock.sendall(data)
        flight = b""
        while received := sock.recv(65536):
            flight += received
            if flight.endswith(b"\x0e\0\0\0"):
                break
    handshake = b""
    while flight:
        size = int.from_bytes(flight[3:5], "big")
        handshake += flight[5 : 5 + size]
        flight = flight[5 + size :]
    found: dict[int, bytes] = {}
    while handshake:
        end = 4 + int.from_bytes(handshake[1:4], "big")
        found[handshake[0]], handshake = handshake[4:end], handshake[end:]
    return found


def extensions_of(server_hello: bytes) -> dict[int, bytes]:
    """The extensions of a ServerHello by their number."""
    at = 35 + server_hello[34] + 3 + 2
    found: dict[int, bytes] = {}
    while at < len(server_hello):
        kind, size = struct.unpack(">HH", server_hello[at : at + 4])
        found[kind], at = server_hello[at + 4 : at + 4 + size], at + 4 + size
    return found


def picked(answer: bytes) -> int | str:
    """The wire version of a ServerHello, ``alert``, or ``closed``."""
    if not answer:
        return "closed"
    if answer[0] == 21:
        return "alert"
    assert answer[0] == 22
    assert answer[5] == 2
    legacy = int.from_bytes(answer[9:11], "big")
    return 0x0304 if b"\x00\x2b\x00\x02\x03\x04" in answer[:200] else legacy
