"""Imagined sites on loopback: one https port and one http port for all, told apart by the name asked for."""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scanner.practice.certificates import Mint
from scanner.practice.site import CertificatePlan

HTML = "text/html; charset=utf-8"
TO_HTTPS = {"http /": "{https}/"}
ELSEWHERE = "bare"
"""The site that others lead to."""
_LONGEST_S = 10.0


@dataclass(frozen=True)
class Imagined:
    """One site: what it answers.

    ``moves`` are redirects by scheme and path (``http /``); their targets may hold ``{https} {http} {twin_https}``,
    the site's own addresses, and ``{elsewhere}``, that of another site.  ``on_the_way`` are fields that redirects carry too.
    """

    name: str
    fields: tuple[tuple[str, str], ...] = ()
    page: str = "<!doctype html><title>Trang chủ</title><p>Trường"
    status: int = 200
    content_type: str | None = HTML
    moves: Mapping[str, str] = field(default_factory=lambda: dict(TO_HTTPS))
    on_the_way: tuple[tuple[str, str], ...] = ()
    options_status: int | None = None
    robots: tuple[tuple[str, str], ...] = ()
    """Fields that only ``/robots.txt`` carries."""
    certificate: CertificatePlan = field(default_factory=CertificatePlan)
    certified_for: str = ""
    https: bool = True
    plain: bool = True
    preloaded: bool = False

    @property
    def host(self) -> str:
        """The name of the site; what it registered."""
        return f"{self.name}.edu.vn"

    @property
    def twin(self) -> str:
        """The same with www."""
        return f"www.{self.host}"


@dataclass(frozen=True)
class Places:
    """The ports of loopback that answer, and those that are closed."""

    https: int
    http: int
    closed: int

    def of(self, site: Imagined) -> tuple[int, int]:
        """Where a site's https and http are."""
        return self.https if site.https else self.closed, self.http if site.plain else self.closed


@contextmanager
def served(folder: Path, mint: Mint, sites: Sequence[Imagined]) -> Iterator[Places]:
    """All sites while the block lasts."""
    contexts: dict[str, ssl.SSLContext] = {}
    for site in sites:
        names = [site.certified_for] if site.certified_for else [site.host, site.twin]
        file = folder / f"{site.name}.pem"
        file.write_bytes(mint.leaf(site.certificate, names).pem)
        contexts[site.host] = contexts[site.twin] = _context(file)
    first = next(iter(contexts.values()))

    def chosen(sock: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        sock.context = contexts.get(name or "", first)

    first.sni_callback = chosen
    by_host = {host: site for site in sites for host in (site.host, site.twin)}
    with ExitStack() as held:
        closed = held.enter_context(socket.socket())
        closed.bind(("127.0.0.1", 0))
        ports: dict[str, int] = {"closed": closed.getsockname()[1]}
        for context in (first, None):
            held.enter_context(_running(_Server(by_host, context, ports)))
        yield Places(**ports)


def _context(file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, sites: Mapping[str, Imagined], context: ssl.SSLContext | None, ports: dict[str, int]
    ) -> None:
        self.sites = sites
        self.context = context
        self.ports = ports
        super().__init__(("127.0.0.1", 0), _Handler)
        ports["http" if context is None else "https"] = self.server_address[1]

    def get_request(self) -> tuple[Any, Any]:
        sock, address = super().get_request()
        sock.settimeout(_LONGEST_S)
        if self.context is None:
            return sock, address
        # The handshake waits for the thread of its own: none holds up the others.
        return (
            self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False),
            address,
        )

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up in the middle of a handshake is no fault of the test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Show the page, or lead on."""
        self._answer()

    def do_OPTIONS(self) -> None:
        """The same, without a page."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        host = urlsplit(f"//{self.headers.get('Host', '')}")
        site = self.server.sites[host.hostname or ""]
        scheme = "http" if self.server.context is None else "https"
        path = self.path.partition("?")[0]
        target = site.moves.get(f"{scheme} {path}")
        if path == "/robots.txt":
            return self._send(200, [("Content-Type", "text/plain"), *site.robots], b"")
        if target:
            moved = [("Location", self._filled(target, site)), *site.on_the_way]
            return self._send(301, moved, b"")
        status = site.status
        if self.command == "OPTIONS" and site.options_status is not None:
            status = site.options_status
        typed = [("Content-Type", site.content_type)] if site.content_type is not None else []
        origin = self.headers.get("Origin", "")
        fields = [(name, value.replace("{origin}", origin)) for name, value in site.fields]
        return self._send(status, [*typed, *fields], site.page.encode())

    def _filled(self, target: str, site: Imagined) -> str:
        """With ports for who asked with one: the package asks without, and is led here all the same."""
        ported = ":" in self.headers.get("Host", "")
        ports = self.server.ports
        names = ("https" if site.https else "closed", "http")
        https, http = (f":{ports[name]}" if ported else "" for name in names)
        return target.format(
            https=f"https://{site.host}{https}",
            http=f"http://{site.host}{http}",
            twin_https=f"https://{site.twin}{https}",
            elsewhere=f"https://{ELSEWHERE}.edu.vn{https}",
        )

    def _send(self, status: int, fields: Sequence[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in (*fields, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def _running(server: _Server) -> Iterator[None]:
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()
