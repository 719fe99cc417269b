"""The one door out: every connection to a scanned party is opened here, guarded, paced and budgeted."""

import asyncio
import errno
import socket
import ssl
import warnings
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Self, TypeVar

from checks.evidence.base import Cause
from scanner.budget import Budget, Failed
from scanner.clock import monotonic_s
from scanner.politeness import NOTHING_IDLE, WEB_PORTS, Idle, Pace, Place
from scanner.sockets import READ_BYTES, Talk, Talks, close, connected, plain, received, talks

Context = ssl.SSLContext
Result = TypeVar("Result")


class SeenRefused(Exception):  # noqa: N818  A finding about the site, not a failure of the look.
    """The port is closed: refused twice, while others answered."""


class SeenNotTls(Exception):  # noqa: N818  A finding about the site, not a failure of the look.
    """The port speaks, but not TLS; ``spoke`` is the beginning of what it said."""

    def __init__(self, spoke: bytes) -> None:
        super().__init__(spoke[:64])
        self.spoke = spoke[:64]


class SeenAlert(Exception):  # noqa: N818  TLS is there, but the two sides did not agree.
    """The server ended the handshake with an alert; ``name`` as OpenSSL names it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Channel:
    """An open TCP connection to a pinned address."""

    def __init__(
        self, sock: socket.socket, address: str, port: int, budget: Budget, place: Place
    ) -> None:
        self._sock = sock
        self._place = place
        self._loop = asyncio.get_running_loop()
        self.address = address
        self.port = port
        self.budget = budget
        self.closed = False
        self.received_bytes = 0

    @property
    def own_address(self) -> str:
        """The address of our end."""
        return str(self._sock.getsockname()[0])

    async def read(self, limit_s: float) -> bytes:
        """Some bytes, or ``b""`` at the end; ``Failed`` on silence, reset, or a spent budget."""
        left_s = self.budget.limit_s(limit_s)
        try:
            data = self._ready()
            if data is None:
                with self.budget.talking():
                    data = await received(self._sock, left_s)
        except TimeoutError:
            raise Failed(Cause.NO_ANSWER, f"silent for {limit_s:.0f} s") from None
        except OSError as error:
            raise Failed(Cause.RESET, plain(error)) from None
        self.received_bytes += len(data)
        self.budget.receive(len(data))
        self.budget.event()
        return data

    async def write(self, data: bytes, limit_s: float) -> None:
        """Send all bytes; ``Failed`` where the other side does not take them."""
        left_s = self.budget.limit_s(limit_s)
        try:
            # Nearly always the system takes all of it at once, and there is nothing to wait for.
            rest = memoryview(data)[self._sent_at_once(data) :]
            if rest:
                async with asyncio.timeout(left_s):
                    with self.budget.talking():
                        await self._loop.sock_sendall(self._sock, rest)
        except TimeoutError:
            raise Failed(Cause.NO_ANSWER, f"took nothing for {limit_s:.0f} s") from None
        except OSError as error:
            raise Failed(Cause.RESET, plain(error)) from None

    async def close(self) -> None:
        """Close with a reset, so that nothing lingers on either side, and free the place held."""
        if self.closed:
            return
        self.closed = True
        close(self._sock)
        self._place.leave()

    def _ready(self) -> bytes | None:
        """What has come already; ``None`` where there is something to wait for."""
        try:
            return self._sock.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return None

    def _sent_at_once(self, data: bytes) -> int:
        try:
            return self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            return 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class TlsChannel:
    """TLS over a ``Channel``, through memory: every byte passes the budget, every wait a limit."""

    def __init__(self, channel: Channel, context: ssl.SSLContext, server_name: str) -> None:
        self.channel = channel
        self._in = ssl.MemoryBIO()
        self._out = ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._in, self._out, server_hostname=server_name)

    @property
    def closed(self) -> bool:
        """Whether the connection below is closed."""
        return self.channel.closed

    async def handshake(self, limit_s: float) -> None:
        """Complete the handshake; raises ``SeenNotTls``, ``SeenAlert`` or ``Failed``."""
        ends_at = monotonic_s() + limit_s
        first = b""
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                # Our own alert is a courtesy; a peer that is gone must not hide what it said.
                with suppress(Failed):
                    await self._flush(limit_s)
                raise _handshake_failure(error, first) from None
            else:
                await self._flush(limit_s)
                return
            await self._flush(limit_s)
            left_s = ends_at - monotonic_s()
            if left_s <= 0:
                raise Failed(Cause.TLS_TIMEOUT, f"handshake not done in {limit_s:.0f} s")
            try:
                data = await self.channel.read(left_s)
            except Failed as failed:
                if failed.missing.cause is Cause.NO_ANSWER:
                    cause = Cause.TLS_TIMEOUT if first else Cause.NO_ANSWER
                    raise Failed(cause, failed.missing.detail) from None
                raise
            if not data:
                if first and not _looks_like_tls(first):
                    raise SeenNotTls(first)
                raise Failed(Cause.CLOSED_EARLY, "closed during the handshake")
            if len(first) < 64:
                first += data[:64]
                if not _looks_like_tls(first):
                    raise SeenNotTls(first)
            self._in.write(data)

    async def read(self, limit_s: float) -> bytes:
        """Some decrypted bytes, or ``b""`` at the end; the limit holds for a dripped record too."""
        ends_at = monotonic_s() + limit_s
        while True:
            try:
                return self.tls.read(READ_BYTES)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as error:
                if "CERTIFICATE_REQUIRED" in (error.reason or ""):
                    raise Failed(Cause.CLIENT_CERT_REQUIRED) from None
                if "EOF" in (error.reason or ""):
                    return b""
                raise Failed(Cause.TLS_PROTOCOL, error.reason or "TLS error") from None
            await self._flush(limit_s)
            left_s = ends_at - monotonic_s()
            if left_s <= 0:
                raise Failed(Cause.NO_ANSWER, f"no whole TLS record in {limit_s:.0f} s")
            data = await self.channel.read(left_s)
            if data:
                self._in.write(data)
            else:
                self._in.write_eof()

    async def write(self, data: bytes, limit_s: float) -> None:
        """Send all bytes, encrypted."""
        try:
            self.tls.write(data)
        except ssl.SSLError as error:
            raise Failed(Cause.TLS_PROTOCOL, error.reason or "TLS error") from None
        await self._flush(limit_s)

    async def close(self) -> None:
        """Close the connection below."""
        await self.channel.close()

    async def _flush(self, limit_s: float) -> None:
        if self._out.pending:
            await self.channel.write(self._out.read(), limit_s)


AnyChannel = Channel | TlsChannel


@dataclass
class Tally:
    """What went through the door, for the run's record."""

    connections: int = 0
    refused: int = 0
    auxiliary: int = 0
    """Of the connections, those to hosts that a site's own evidence names."""


class Door:
    """Opens connections to addresses that were resolved once and are used as pinned.

    ``controls`` are (address, port) pairs of the operator's own choice, asked before a site is blamed.
    """

    def __init__(
        self,
        pace: Pace,
        *,
        controls: tuple[tuple[str, int], ...] = (),
        confirm_refusal_after_s: float = 2.0,
        remember_refusals: bool = True,
    ) -> None:
        """``remember_refusals=False`` asks a port that was closed anew each time, for whoever watches it."""
        self.pace = pace
        self._remember_refusals = remember_refusals
        self.tally = Tally()
        self._controls = controls
        self._confirm_after_s = confirm_refusal_after_s
        self._refused: dict[tuple[str, int], bool] = {}
        self._confirming: dict[tuple[str, int], asyncio.Lock] = {}
        self._answered_at: dict[str, float] = {}
        self._line_asked_at = -1e9
        self._line_up = False
        self._line_lock = asyncio.Lock()
        self._talks: Talks | None = None
        self.context = look_context()
        # A mail server that is told of a protocol other than its own may end the handshake (RFC 7301, 3.2).
        self.mail_context = look_context(alpn=())

    async def open(
        self, address: str, port: int, budget: Budget, idle: Idle = NOTHING_IDLE
    ) -> Channel:
        """A connection to this address; ``SeenRefused`` where the port is closed, ``Failed`` otherwise.

        A refusal counts only when a second try is refused too and our own line is known to work.
        Silence of the site is told apart from silence of our line in the same manner.
        """
        return await self._made_sure(
            address, port, budget, lambda: self._connect(address, port, budget, idle)
        )

    async def talk(
        self,
        address: str,
        port: int,
        budget: Budget,
        talk: Talk,
        answer_s: float,
        idle: Idle = NOTHING_IDLE,
    ) -> None:
        """Connect, talk until it is over, and close: leaner than ``open``, with the same care and errors."""
        if self._talks is None:
            self._talks = talks()
        holding = self._talks

        async def held() -> None:
            place = await self.pace.place(address, budget, idle)
            try:
                with self._connecting(budget) as connect_s:
                    whole_s = budget.limit_s(answer_s)
                    try:
                        await holding.hold(
                            address, port, talk, budget, connect_s=connect_s, answer_s=whole_s
                        )
                    except OSError:
                        raise
                    except Exception:
                        # Whatever went wrong then, the connection stood.
                        self._answered_at[address] = monotonic_s()
                        raise
                    self._answered_at[address] = monotonic_s()
            finally:
                place.leave()

        await self._made_sure(address, port, budget, held)

    async def _made_sure(
        self, address: str, port: int, budget: Budget, connect: Callable[[], Awaitable[Result]]
    ) -> Result:
        """Call a second time where the first was refused; see ``open``."""
        self.pace.check_target(address, port)
        key = (address, port)
        if self._refused.get(key):
            raise SeenRefused
        try:
            return await connect()
        except ConnectionRefusedError:
            pass
        except Failed as failed:
            if failed.missing.cause is Cause.CONNECT_TIMEOUT:
                await self._blame_line_first(address, budget)
            raise
        async with self._confirming.setdefault(key, asyncio.Lock()):
            if self._refused.get(key):
                raise SeenRefused
            with budget.own_wait():
                await asyncio.sleep(self._confirm_after_s)
            try:
                return await connect()
            except ConnectionRefusedError:
                await self._blame_line_first(address, budget)
                self._refused[key] = self._remember_refusals
                self.tally.refused += 1
                raise SeenRefused from None

    async def open_tls(
        self,
        address: str,
        port: int,
        server_name: str,
        budget: Budget,
        idle: Idle = NOTHING_IDLE,
    ) -> TlsChannel:
        """A connection with a completed TLS handshake, trust not looked at (the path is judged apart)."""
        channel = await self.open(address, port, budget, idle)
        try:
            tls = TlsChannel(channel, self.context, server_name)
            await tls.handshake(budget.allowance.handshake_s)
        except BaseException:
            await channel.close()
            raise
        return tls

    async def open_auxiliary(
        self, address: str, port: int, budget: Budget, open_ports: frozenset[int] = WEB_PORTS
    ) -> Channel:
        """A connection to a host that a site's own evidence names: tried once, ``Failed`` where it fails.

        Its silence accuses nobody, so it is neither confirmed nor held against our own line.
        ``open_ports`` are those of what it is asked as: the web, names, or mail.
        """
        self.pace.check_auxiliary(address, port, open_ports)
        self.tally.auxiliary += 1
        try:
            return await self._connect(address, port, budget, NOTHING_IDLE)
        except ConnectionRefusedError:
            raise Failed(Cause.REFUSED, f"{address}:{port} is closed") from None

    async def open_auxiliary_tls(
        self,
        address: str,
        port: int,
        server_name: str,
        budget: Budget,
        context: ssl.SSLContext | None = None,
        open_ports: frozenset[int] = WEB_PORTS,
    ) -> TlsChannel:
        """The same with a completed TLS handshake, which ``context`` validates.

        Without one, whoever calls must judge the certificate before asking.  ``Failed`` too where the host does
        not speak TLS or turns the handshake down.
        """
        channel = await self.open_auxiliary(address, port, budget, open_ports)
        try:
            tls = TlsChannel(channel, context or self.context, server_name)
            await tls.handshake(budget.allowance.handshake_s)
        except SeenNotTls:
            await channel.close()
            raise Failed(Cause.NOT_TLS, f"{address}:{port} does not speak TLS") from None
        except SeenAlert as seen:
            await channel.close()
            raise Failed(Cause.TLS_ALERT, seen.name) from None
        except BaseException:
            await channel.close()
            raise
        return tls

    async def line_is_up(self, but: str, budget: Budget) -> bool:
        """Whether anything other than this address answers: a control host, or another site just now."""
        horizon = monotonic_s() - 20.0
        if any(at > horizon for address, at in self._answered_at.items() if address != but):
            return True
        async with self._line_lock:
            if monotonic_s() - self._line_asked_at > 10.0:
                with budget.own_wait():
                    self._line_up = await _any_answers(self._controls)
                self._line_asked_at = monotonic_s()
        return self._line_up

    async def control_answers(self, port: int, version: int, budget: Budget) -> bool:
        """Whether a control host takes connections on this port by this IP version: then our own line lets it through."""
        asked = [
            one for one in self._controls if one[1] == port and (":" in one[0]) == (version == 6)
        ]
        with budget.own_wait():
            return await _any_answers(asked)

    async def _blame_line_first(self, address: str, budget: Budget) -> None:
        if not await self.line_is_up(address, budget):
            raise Failed(
                Cause.LOCAL_NETWORK_DOWN,
                "no control host and no other site answers: our own line, or no control host is named",
            )

    async def _connect(self, address: str, port: int, budget: Budget, idle: Idle) -> Channel:
        place = await self.pace.place(address, budget, idle)
        try:
            with self._connecting(budget) as limit_s:
                sock = await connected(address, port, limit_s)
        except BaseException:
            place.leave()
            raise
        self._answered_at[address] = monotonic_s()
        return Channel(sock, address, port, budget, place)

    @contextmanager
    def _connecting(self, budget: Budget) -> Iterator[float]:
        """Counts one connection, gives its limit in seconds, and says in our words why it did not come about."""
        limit_s = budget.limit_s(budget.allowance.connect_s)
        self.tally.connections += 1
        budget.connections += 1
        try:
            with budget.talking():
                yield limit_s
        except TimeoutError:
            raise Failed(Cause.CONNECT_TIMEOUT, f"no connection in {limit_s:.0f} s") from None
        except ConnectionRefusedError:
            raise
        except OSError as error:
            raise Failed(_cause_of(error), plain(error)) from None


async def _any_answers(hosts: Iterable[tuple[str, int]]) -> bool:
    for address, port in hosts:
        with suppress(OSError, TimeoutError):
            sock = await connected(address, port, 5.0)
            sock.close()
            return True
    return False


def look_context(alpn: Sequence[str] = ("http/1.1",)) -> ssl.SSLContext:
    """The one context for looking: every version and suite the local library still speaks, no trust.

    Its answers are evidence of what a server *accepts*; what it cannot speak is never "not offered".
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with suppress(ValueError, ssl.SSLError), warnings.catch_warnings():
        # Old versions are deprecated, which is why we look for them.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    with suppress(ssl.SSLError):
        context.set_ciphers("ALL:@SECLEVEL=0")
    # OP_LEGACY_SERVER_CONNECT: servers without RFC 5746 are a finding, not a failed look.
    context.options |= 0x4
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def validating_context(roots: bytes) -> Context:
    """The context for auxiliary hosts whose answers nobody signed: TLS 1.2 or newer, path and name verified.

    ``roots``: the trusted certificates, DER, one after the other.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if roots:
        context.load_verify_locations(cadata=roots)
    context.set_alpn_protocols(["http/1.1"])
    return context


ROUTE_PROBE = ("2001:4860:4860::8888", 53)
"""A public address that a datagram socket is pointed at, and never sent to."""


def has_ipv6() -> bool:
    """Whether this machine has a route for public IPv6; nothing is sent."""
    with suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
        probe.connect(ROUTE_PROBE)
        return True
    return False


def _handshake_failure(error: ssl.SSLError, first: bytes) -> Exception:
    # Some faults have a library and no reason of their own: "[SSL] ASN1 lib (_ssl.c:1006)".
    reason = error.reason or str(error).partition(" (")[0]
    # OpenSSL names most alerts so; "TOO_MANY_WARN_ALERTS" is its own objection, no alert.
    if reason.startswith(("SSLV3_ALERT_", "TLSV1_", "TLSV13_ALERT_")):
        return SeenAlert(reason)
    if first and not _looks_like_tls(first):
        return SeenNotTls(first)
    if "CERTIFICATE_REQUIRED" in reason:
        return Failed(Cause.CLIENT_CERT_REQUIRED)
    if any(
        word in reason for word in ("ASN1", "BAD_ECC", "X509", "CERTIFICATE", "EE_KEY", "KEY_TOO")
    ):
        return Failed(Cause.CERT_MALFORMED, reason)
    if "UNSUPPORTED_PROTOCOL" in reason or "NO_PROTOCOLS" in reason or "NO_CIPHERS" in reason:
        return Failed(Cause.SCANNER_CANNOT, f"{ssl.OPENSSL_VERSION}: {reason}")
    return Failed(Cause.TLS_PROTOCOL, reason or "handshake failed")


def _looks_like_tls(first: bytes) -> bool:
    """Whether the first bytes may begin a TLS record: handshake or alert, major version 3."""
    return first[:1] in (b"\x16", b"\x15") and first[1:2] in (b"\x03", b"")


def _cause_of(error: OSError) -> Cause:
    if isinstance(error, ConnectionResetError | ConnectionAbortedError):
        return Cause.RESET
    if isinstance(error, TimeoutError):
        return Cause.CONNECT_TIMEOUT
    if error.errno in _OUR_TROUBLE:
        return Cause.INTERNAL_ERROR
    return Cause.LOCAL_NETWORK_DOWN if error.errno in _NO_ROUTE else Cause.CONNECT_TIMEOUT


def _errnos(*names: str) -> frozenset[int]:
    return frozenset(getattr(errno, name) for name in names if hasattr(errno, name))


_OUR_TROUBLE = _errnos("EMFILE", "ENFILE", "ENOBUFS", "EADDRNOTAVAIL", "ENOMEM", "EACCES", "EPERM")
_NO_ROUTE = _errnos("ENETUNREACH", "ENETDOWN", "WSAENETUNREACH", "WSAENETDOWN")
