"""SSLyze in a child process: asked about one address, killed at a deadline, heard part by part.

``python -m scanner.sslyze_worker`` is the child.  It reads one question from standard input and writes one line of
JSON for every part that is done, so that a deadline costs only what is not.  SSLyze opens its own connections; the
caller has asked the door's guard about the address before, and the child keeps to the pace it is given.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from importlib import metadata
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from checks.evidence.base import Cause, NotCaptured
from scanner.children import HOME, environment, limit_memory

if TYPE_CHECKING:
    from sslyze.connection_helpers.tls_connection import SslConnection
    from sslyze.plugins.plugin_base import ScanJob
    from sslyze.server_connectivity import ServerConnectivityInfo, TlsVersionEnum

    from scanner.visit import Target, Visit

Part = dict[str, Any]

MEMORY_BYTES = 2 << 30
LINE_BYTES = 1 << 20
PARTS = 64
WAIT_S = 5.0
"""How long SSLyze waits for a server that says nothing, at most."""
NOT_INSTALLED = "SSLyze is not installed: pip install 'tinnhiem[second-opinion]'"
RENEGOTIATIONS = 11
"""One more than the bar of any criterion allows."""
_VERSIONS = ("SSL 2", "SSL 3", "TLS 1.0", "TLS 1.1", "TLS 1.2", "TLS 1.3")
# SSLyze's words for a connection that ended without an alert.
_WORDLESS = ("Server rejected", "Server interrupted", "Server closed")


@dataclass(frozen=True, slots=True)
class Question:
    """One address, reached under a host name."""

    what: str
    """``tls`` or ``vulnerabilities``."""
    host: str
    address: str
    port: int
    timeout_s: int
    """Of one wait for the server."""
    pause_s: float
    """Between two new connections."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the child said; ``missing`` is why it ended before it was done."""

    parts: tuple[Part, ...]
    missing: NotCaptured | None

    def of(self, kind: str) -> tuple[Part, ...]:
        """The parts of this kind."""
        return tuple(part for part in self.parts if part["part"] == kind)


def installed() -> bool:
    """Whether the optional SSLyze is there."""
    return find_spec("sslyze") is not None


def looked_with() -> str:
    """SSLyze and its version, for the evidence."""
    return f"sslyze {metadata.version('sslyze')}"


async def asked(visit: "Visit", target: "Target", what: str, deadline_s: float) -> Told:
    """SSLyze's word on an address that the door lets us contact; ``what`` as in ``Question``.

    A connection of our own goes first: the guard is passed, and a closed or silent port is told without SSLyze
    (``SeenRefused``, ``Failed``).  Then one place at the address is held, for one connection at a time.
    """
    channel = await visit.opened(target)
    await channel.close()
    pace, allowance = visit.tools.door.pace, visit.budget.allowance
    question = Question(
        what=what,
        host=target.host,
        address=target.address,
        port=target.port,
        timeout_s=max(1, round(min(allowance.connect_s, allowance.handshake_s, WAIT_S))),
        pause_s=1.0 / pace.permission.new_connections_per_second,
    )
    # What SSLyze takes is of the operator's choosing; it has a deadline of its own.
    with visit.budget.own_wait():
        async with pace.connection(target.address, visit.budget, visit.idle):
            told = await ask(question, deadline_s)
    made = max((part.get("connections", 0) for part in told.parts), default=0)
    visit.budget.connections += made
    visit.tools.door.tally.connections += made
    return told


async def ask(question: Question, deadline_s: float) -> Told:
    """Put one question to a child of its own; never waits longer than the deadline."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "scanner.sslyze_worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=HOME,
        env=environment(),
        limit=LINE_BYTES,
    )
    parts: list[Part] = []
    missing: NotCaptured | None = None
    try:
        async with asyncio.timeout(deadline_s):
            missing = await _heard(process, question, parts)
    except TimeoutError:
        missing = NotCaptured(
            cause=Cause.DEADLINE, detail=f"SSLyze was not done in {deadline_s:g} s"
        )
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return Told(tuple(parts), missing)


async def _heard(
    process: asyncio.subprocess.Process, question: Question, parts: list[Part]
) -> NotCaptured | None:
    assert process.stdin is not None  # noqa: S101  Both pipes were asked for.
    assert process.stdout is not None  # noqa: S101
    with suppress(ConnectionError):
        process.stdin.write(json.dumps(asdict(question)).encode() + b"\n")
        await process.stdin.drain()
    while len(parts) < PARTS:
        try:
            line = await process.stdout.readline()
        except ValueError:
            return NotCaptured(cause=Cause.INTERNAL_ERROR, detail="SSLyze's child said too much")
        if not line.endswith(b"\n"):
            code = await process.wait()
            return NotCaptured(
                cause=Cause.INTERNAL_ERROR, detail=f"SSLyze's child ended with {code}"
            )
        part = json.loads(line)
        parts.append(part)
        if part["part"] == "end":
            return None
    return NotCaptured(cause=Cause.INTERNAL_ERROR, detail="SSLyze's child said too much")


# The child


class _Turns:
    """New connections one after another, no faster than allowed; and how many there were."""

    def __init__(self, pause_s: float) -> None:
        self.taken = 0
        self._pause_s = pause_s
        self._next_at = 0.0

    def wait(self, connections: int = 1) -> None:
        """Wait for the turn of so many connections that follow each other closely."""
        wait_s = self._next_at - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        self.taken += connections
        self._next_at = time.monotonic() + self._pause_s * connections


class _UnseenError(Exception):
    """A look that says nothing about the server; the text is for the report."""


class _Look:
    """One address in SSLyze's hands."""

    def __init__(self, question: Question) -> None:
        from sslyze.server_setting import (  # noqa: PLC0415  Only the child has it.
            ServerNetworkConfiguration,
            ServerNetworkLocation,
        )

        self._timeout_s = question.timeout_s
        self._turns = _Turns(question.pause_s)
        self._location = ServerNetworkLocation(
            question.host, question.port, ip_address=question.address
        )
        self._configuration = ServerNetworkConfiguration(
            question.host, network_timeout=question.timeout_s, network_max_retries=1
        )

    @property
    def connections(self) -> int:
        """How many were opened so far, as SSLyze's commands count them."""
        return self._turns.taken

    def tls(self) -> None:
        """Everything that a second opinion on the protocol needs."""
        info = self._reached()
        if info is None:
            return
        accepted = {version: self._suites(info, version) for version in _VERSIONS}
        best = [version for version in _VERSIONS if accepted[version]]
        below = [version for version in best if version not in ("SSL 2", "TLS 1.3")]
        if not best:
            return
        self._handshake("handshake", info, best[-1], accepted[best[-1]])
        for names in _by_signature(accepted[below[-1]]) if below else ():
            self._handshake("beside", info, below[-1], names)
        self._curves(info, best[-1], accepted[best[-1]])
        if below and best[-1] == "TLS 1.3":
            self._curves(info, below[-1], accepted[below[-1]])
        self._traits(info, accepted, below)

    def vulnerabilities(self) -> None:
        """The whole conversations that a vulnerable server gives in to."""
        from sslyze.plugins.heartbleed_plugin import HeartbleedImplementation  # noqa: PLC0415
        from sslyze.plugins.openssl_ccs_injection_plugin import (  # noqa: PLC0415
            OpenSslCcsInjectionImplementation,
        )
        from sslyze.plugins.robot.implementation import RobotImplementation  # noqa: PLC0415

        info = self._reached()
        if info is None:
            return
        try:
            below = self._best_below_13(info)
        except _UnseenError as error:
            _say("failed", why=str(error))
            return
        if below is None:
            _say("only_tls13")
            return
        for name, implementation in (
            ("heartbleed", HeartbleedImplementation),
            ("ccs_injection", OpenSslCcsInjectionImplementation),
        ):
            (job,) = implementation.scan_jobs_for_scan_command(below)
            self._answer(name, partial(self._given_in, below, job))
        jobs = RobotImplementation.scan_jobs_for_scan_command(below)
        self._answer("robot", lambda: self._robot(below, jobs))
        self._answer("client_renegotiations", lambda: self._renegotiations(below))

    def _reached(self) -> "ServerConnectivityInfo | None":
        from sslyze.errors import ConnectionToServerFailed  # noqa: PLC0415
        from sslyze.server_connectivity import (  # noqa: PLC0415
            ServerConnectivityInfo,
            check_connectivity_to_server,
        )

        self._turns.wait(2)
        try:
            probed = check_connectivity_to_server(self._location, self._configuration)
        except ConnectionToServerFailed as error:
            only_ssl2 = "only supports SSL 2.0" in error.error_message
            _say("failed", why=f"{type(error).__name__}: {error.error_message}", ssl2=only_ssl2)
            return None
        return ServerConnectivityInfo(self._location, self._configuration, probed)

    # Suites

    def _suites(self, info: "ServerConnectivityInfo", version: str) -> dict[str, str]:
        """Ask for every suite of a version; the accepted ones by OpenSSL's name, with SSLyze's."""
        from sslyze.plugins.openssl_cipher_suites import (  # noqa: PLC0415
            implementation as suites,
        )

        ask_for = {
            "SSL 2": suites.Sslv20ScanImplementation,
            "SSL 3": suites.Sslv30ScanImplementation,
            "TLS 1.0": suites.Tlsv10ScanImplementation,
            "TLS 1.1": suites.Tlsv11ScanImplementation,
            "TLS 1.2": suites.Tlsv12ScanImplementation,
            "TLS 1.3": suites.Tlsv13ScanImplementation,
        }[version]
        accepted: dict[str, str] = {}
        primes: set[str] = set()
        unseen_primes = 0
        by_alert, wordless, failed = 0, 0, []
        for job in ask_for.scan_jobs_for_scan_command(info):
            answer = self._suite(job)
            if isinstance(answer, str):
                if answer == "alert":
                    by_alert += 1
                elif answer == "wordless":
                    wordless += 1
                elif answer:
                    failed.append(answer)
                continue
            suite, key = answer
            accepted[suite.openssl_name] = suite.name
            if key is not None and hasattr(key, "prime"):
                primes.add(bytes(key.prime).hex())
            elif key is None and suite.openssl_name.startswith(
                ("DHE", "EDH", "ADH", "EXP-EDH", "EXP-ADH")
            ):
                unseen_primes += 1
        if self._newer_is_granted(info, version, accepted):
            failed.append("SSLyze's older OpenSSL was refused what its newer one was granted")
        if wordless and (by_alert or accepted):
            # A server that has words for a refusal was cut off where it used none.
            failed.append(f"{wordless} connections ended without an alert")
        _say(
            "suites",
            connections=self._turns.taken,
            version=version,
            accepted=[[name, rfc] for name, rfc in accepted.items()],
            refused=by_alert + wordless,
            failed=sorted(set(failed))[:5],
            primes=sorted(primes),
            unseen_primes=unseen_primes,
        )
        return accepted

    def _newer_is_granted(
        self, info: "ServerConnectivityInfo", version: str, accepted: dict[str, str]
    ) -> bool:
        """Whether something is accepted that SSLyze denies.

        Suites that both its OpenSSLs know are asked for with that of 2015, which lacks EdDSA, X25519 and X448.
        """
        from sslyze.server_connectivity import TlsVersionEnum  # noqa: PLC0415

        if version not in ("TLS 1.0", "TLS 1.1", "TLS 1.2"):
            return False
        wanted = TlsVersionEnum(_VERSIONS.index(version) + 1)
        connection = info.get_preconfigured_tls_connection(
            override_tls_version=wanted, should_use_legacy_openssl=False
        )
        client = connection.ssl_client
        client.set_cipher_list("ALL:COMPLEMENTOFALL:-PSK:-SRP")
        left = [name for name in client.get_cipher_list() if name not in accepted]
        client.set_cipher_list(":".join(left))
        try:
            with self._connected(connection):
                return True
        except _UnseenError:
            return False

    def _suite(self, job: "ScanJob") -> Any:
        """``(suite, key)``; or ``alert``, ``wordless`` (twice), ``""`` (not askable), or why it failed."""
        from sslyze.connection_helpers.tls_connection import (  # noqa: PLC0415
            NoCiphersAvailableBugInSSlyze,
        )

        answer = "wordless"
        for _ in (1, 2):
            try:
                done = self._done(job, 1)
            except NoCiphersAvailableBugInSSlyze:
                return ""
            except _UnseenError as error:
                answer = str(error)
                if answer.startswith("OpenSSLError") and " alert " in answer:
                    return "alert"
                if not answer.startswith("ServerRejectedConnection"):
                    return answer
                continue
            if hasattr(done, "ephemeral_key"):
                return done.cipher_suite, done.ephemeral_key
            if "timed out" in done.error_message:
                return str(done.error_message)
            if not done.error_message.startswith(_WORDLESS):
                return "alert"
            answer = "wordless"
        return answer

    # One connection of ours, made by SSLyze

    def _handshake(
        self, part: str, info: "ServerConnectivityInfo", version: str, suites: Iterable[str]
    ) -> None:
        from sslyze.server_connectivity import TlsVersionEnum  # noqa: PLC0415

        if version == "SSL 2":
            return
        wanted = TlsVersionEnum(_VERSIONS.index(version) + 1)

        def look() -> Part:
            connection = self._connection(info, wanted, suites)
            client = connection.ssl_client
            client.set_tlsext_status_ocsp()
            with self._connected(connection):
                staple = client.get_tlsext_status_ocsp_resp()
                return {
                    "version": version,
                    "cipher": client.get_current_cipher_name(),
                    "chain": _chain(client),
                    "staple": staple.as_der_bytes().hex() if staple is not None else None,
                }

        try:
            _say(part, **look())
        except _UnseenError as error:
            _say(part, version=version, why=str(error))

    def _connection(
        self,
        info: "ServerConnectivityInfo",
        version: "TlsVersionEnum",
        suites: Iterable[str],
        *,
        legacy: bool | None = None,
    ) -> "SslConnection":
        """A connection that offers these suites, as far as the OpenSSL behind it knows them."""
        if legacy is None and version.name == "TLS_1_2":
            # Either OpenSSL knows suites of TLS 1.2 that the other does not.
            legacy = not self._knows(info, version, suites, legacy=False)
        connection = info.get_preconfigured_tls_connection(
            override_tls_version=version, should_use_legacy_openssl=legacy
        )
        if version.name != "TLS_1_3":
            known = self._knows(info, version, suites, legacy=legacy)
            if not known:
                raise _UnseenError("SSLyze's OpenSSL knows none of the suites accepted")
            connection.ssl_client.set_cipher_list(":".join(known))
        return connection

    @staticmethod
    def _knows(
        info: "ServerConnectivityInfo",
        version: "TlsVersionEnum",
        suites: Iterable[str],
        *,
        legacy: bool | None,
    ) -> list[str]:
        client = info.get_preconfigured_tls_connection(
            override_tls_version=version, should_use_legacy_openssl=legacy
        ).ssl_client
        client.set_cipher_list("ALL:COMPLEMENTOFALL")
        known = set(client.get_cipher_list())
        return [suite for suite in suites if suite in known]

    def _connected(self, connection: "SslConnection") -> "_Held":
        return _Held(self, connection)

    # Groups

    def _curves(self, info: "ServerConnectivityInfo", version: str, suites: dict[str, str]) -> None:
        from sslyze.plugins.elliptic_curves_plugin import (  # noqa: PLC0415
            SupportedEllipticCurvesImplementation,
        )

        wanted = _VERSIONS.index(version) + 1
        if version in ("SSL 2", "SSL 3"):
            return
        if version != "TLS 1.3" and not any("ECDH" in name for name in suites):
            _say("curves", version=version, accepted=[], failed=[])
            return
        from sslyze.server_connectivity import TlsVersionEnum  # noqa: PLC0415

        pretended = replace(
            info,
            tls_probing_result=replace(
                info.tls_probing_result,
                highest_tls_version_supported=TlsVersionEnum(wanted),
                supports_ecdh_key_exchange=True,
            ),
        )
        accepted, failed = [], []
        for job in SupportedEllipticCurvesImplementation.scan_jobs_for_scan_command(pretended):
            try:
                done = self._done(job, 1)
            except _UnseenError as error:
                failed.append(str(error))
                continue
            if done.was_accepted_by_server:
                accepted.append(done.curve.name)
        _say("curves", version=version, accepted=accepted, failed=sorted(set(failed))[:5])

    # Traits

    def _traits(
        self,
        info: "ServerConnectivityInfo",
        accepted: dict[str, dict[str, str]],
        below: Sequence[str],
    ) -> None:
        from nassl.ssl_client import ExtendedMasterSecretSupportEnum  # noqa: PLC0415
        from sslyze.server_connectivity import TlsVersionEnum  # noqa: PLC0415

        best = [version for version in _VERSIONS if accepted[version]]

        def old() -> Part:
            version = TlsVersionEnum(_VERSIONS.index(below[-1]) + 1)
            connection = self._connection(info, version, accepted[below[-1]], legacy=True)
            with self._connected(connection):
                client: Any = connection.ssl_client
                return {
                    "compression": bool(client.get_current_compression_method()),
                    "secure_renegotiation": bool(client.get_secure_renegotiation_support()),
                }

        def extended() -> bool:
            version = TlsVersionEnum(_VERSIONS.index(below[-1]) + 1)
            if version.name == "SSL_3_0":
                raise _UnseenError("SSL 3 has no extensions")
            connection = self._connection(info, version, accepted[below[-1]], legacy=False)
            with self._connected(connection):
                client: Any = connection.ssl_client
                said = client.get_extended_master_secret_support()
            return bool(said is ExtendedMasterSecretSupportEnum.USED_IN_CURRENT_SESSION)

        def fallback() -> bool:
            lower = [version for version in below if version != best[-1]]
            version = TlsVersionEnum(_VERSIONS.index(lower[-1]) + 1)
            connection = self._connection(info, version, accepted[lower[-1]], legacy=True)
            client: Any = connection.ssl_client
            client.enable_fallback_scsv()
            try:
                with self._connected(connection):
                    return False
            except _UnseenError as error:
                if "inappropriate fallback" in str(error):
                    return True
                raise

        if below:
            self._answer("old", old)
            self._answer("extended_master_secret", extended)
            if len([version for version in best if version != "SSL 2"]) > 1:
                self._answer("fallback_refused", fallback)
        if best[-1] == "TLS 1.3":
            self._answer("early_data_bytes", lambda: self._early_data(info))

    def _early_data(self, info: "ServerConnectivityInfo") -> int:
        from sslyze.server_connectivity import TlsVersionEnum  # noqa: PLC0415

        connection = info.get_preconfigured_tls_connection(
            override_tls_version=TlsVersionEnum.TLS_1_3
        )
        with self._connected(connection):
            client: Any = connection.ssl_client
            host = self._location.hostname
            client.write(f"HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            client.read(2048)
            return int(client.get_session().get_max_early_data())

    # Vulnerabilities

    def _best_below_13(self, info: "ServerConnectivityInfo") -> "ServerConnectivityInfo | None":
        """The same server as if it knew nothing newer than TLS 1.2: SSLyze asks no others these questions."""
        from sslyze.server_connectivity import TlsVersionEnum  # noqa: PLC0415

        probed = info.tls_probing_result
        if probed.highest_tls_version_supported is not TlsVersionEnum.TLS_1_3:
            return info
        unseen = ""
        for version in (TlsVersionEnum.TLS_1_2, TlsVersionEnum.TLS_1_1, TlsVersionEnum.TLS_1_0):
            for legacy in (False, True):
                connection = info.get_preconfigured_tls_connection(
                    override_tls_version=version, should_use_legacy_openssl=legacy
                )
                connection.ssl_client.set_cipher_list("ALL:COMPLEMENTOFALL:-PSK:-SRP")
                try:
                    with self._connected(connection):
                        cipher = connection.ssl_client.get_current_cipher_name()
                except _UnseenError as error:
                    if not str(error).startswith("ServerRejectedTlsHandshake"):
                        unseen = str(error)
                    continue
                older = replace(
                    probed, highest_tls_version_supported=version, cipher_suite_supported=cipher
                )
                return replace(info, tls_probing_result=older)
        if unseen:
            raise _UnseenError(unseen)
        return None

    def _given_in(self, info: "ServerConnectivityInfo", job: "ScanJob") -> bool:
        """Heartbleed's or CCS's result.

        Silence is what a mended server answers (RFC 6520, 4), so it counts where the server still speaks after it.
        """
        self._turns.wait()
        started = time.monotonic()
        try:
            found = bool(job.function_to_call(*job.function_arguments))
        except Exception as error:  # noqa: BLE001  SSLyze lets OpenSSL's own errors through.
            raise _UnseenError(_plain(error)) from None
        if not found and time.monotonic() - started >= self._timeout_s:
            with self._connected(info.get_preconfigured_tls_connection()):
                pass
        return found

    def _robot(self, info: "ServerConnectivityInfo", jobs: Sequence["ScanJob"]) -> bool:
        from sslyze.plugins.plugin_base import ScanJobResult  # noqa: PLC0415
        from sslyze.plugins.robot._robot_tester import ServerDoesNotSupportRsa  # noqa: PLC0415
        from sslyze.plugins.robot.implementation import RobotImplementation  # noqa: PLC0415

        results = []
        for job in jobs:
            try:
                results.append(ScanJobResult(self._done(job, 7, limit=7), None))
            except ServerDoesNotSupportRsa:
                return False
        found = RobotImplementation.result_for_completed_scan_jobs(info, results).robot_result.value
        if found.startswith("UNKNOWN"):
            raise _UnseenError("the answers to the same message differed from try to try")
        return found.startswith("VULNERABLE")

    def _renegotiations(self, info: "ServerConnectivityInfo") -> int:
        connection = info.get_preconfigured_tls_connection(
            override_tls_version=info.tls_probing_result.highest_tls_version_supported,
            should_use_legacy_openssl=True,
        )
        connection.ssl_client.set_cipher_list("ALL:COMPLEMENTOFALL:-PSK:-SRP")
        count = 0
        with self._connected(connection):
            client: Any = connection.ssl_client
            while count < RENEGOTIATIONS:
                try:
                    client.do_renegotiate()
                except Exception:  # noqa: BLE001  Servers refuse in a dozen ways; all end the count.
                    break
                count += 1
        return count

    # How anything is done

    def _done(self, job: "ScanJob", connections: int, *, limit: int = 1) -> Any:
        """A job's result; what SSLyze takes for a refusal because it waited in vain is no result."""
        self._turns.wait(connections)
        started = time.monotonic()
        try:
            done = job.function_to_call(*job.function_arguments)
        except Exception as error:
            if type(error).__name__ in ("NoCiphersAvailableBugInSSlyze", "ServerDoesNotSupportRsa"):
                raise
            raise _UnseenError(_plain(error)) from None
        if time.monotonic() - started >= self._timeout_s * limit:
            raise _UnseenError(f"no answer in {self._timeout_s} s")
        return done

    def connect(self, connection: "SslConnection") -> None:
        """Complete a handshake; a wish for our certificate is no obstacle to what is looked at."""
        self._turns.wait()
        try:
            connection.connect()
        except Exception as error:  # noqa: BLE001  SSLyze lets OpenSSL's own errors through.
            if type(error).__name__ != "ClientCertificateRequested":
                raise _UnseenError(_plain(error)) from None

    @staticmethod
    def _answer(name: str, look: Callable[[], Any]) -> None:
        try:
            _say("answer", name=name, value=look())
        except _UnseenError as error:
            _say("answer", name=name, why=str(error))
        except Exception as error:  # noqa: BLE001  A bug of SSLyze costs one answer, not all.
            _say("answer", name=name, why=_plain(error))


class _Held:
    """A connection open while the block lasts."""

    def __init__(self, look: _Look, connection: "SslConnection") -> None:
        self._look = look
        self._connection = connection

    def __enter__(self) -> None:
        try:
            self._look.connect(self._connection)
        except BaseException:
            self._connection.close()
            raise

    def __exit__(self, *_: object) -> None:
        self._connection.close()


def _by_signature(suites: dict[str, str]) -> list[list[str]]:
    """The suites of each kind of certificate, where more than one kind is needed."""
    kinds: dict[str, list[str]] = {}
    for name, rfc in suites.items():
        if "anon" in rfc or "PSK" in rfc:
            continue
        kind = next((kind for kind in ("ECDSA", "DSS") if kind in rfc), "RSA")
        kinds.setdefault(kind, []).append(name)
    return list(kinds.values()) if len(kinds) > 1 else []


def _chain(client: Any) -> list[str]:
    try:
        return list(client.get_received_chain())
    except Exception:  # noqa: BLE001  Anonymous suites come without one.
        return []


def _plain(error: Exception) -> str:
    said = getattr(error, "error_message", "") or " ".join(str(word) for word in error.args)
    return f"{type(error).__name__}: {said}"[:200]


def _say(part: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"part": part, **fields}) + "\n")
    sys.stdout.flush()


def _serve() -> None:
    limit_memory(MEMORY_BYTES)
    question = Question(**json.loads(sys.stdin.readline()))
    look = _Look(question)
    if question.what == "tls":
        look.tls()
    else:
        look.vulnerabilities()
    _say("end", connections=look.connections)


if __name__ == "__main__":
    _serve()
