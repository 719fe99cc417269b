"""One nginx with a server for every way in which a school's host may be set up."""

import itertools
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from checks.evidence.certificates import PathState, RevocationState
from checks.evidence.tls import Version
from tests.tls_servers import primes
from tests.tls_servers.certificates import FAULTS, LONG_CHAIN, Papers
from tests.tls_servers.truth import (
    AUTO,
    CLIENT,
    DEFAULT_13,
    OpenSsl,
    Sign,
    Truth,
    every_suite,
    openssl_suites,
)

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
EARLY_DATA_BYTES = 16_384
"""What nginx allows with ``ssl_early_data on``: its buffer (NGX_SSL_BUFSIZE)."""
_ALL_VERSIONS = (Version.TLS10, Version.TLS11, Version.TLS12, Version.TLS13)
_DIRECTIVE = {
    Version.TLS10: "TLSv1",
    Version.TLS11: "TLSv1.1",
    Version.TLS12: "TLSv1.2",
    Version.TLS13: "TLSv1.3",
}
_SIGNS = {
    "rsa2048": Sign.RSA,
    "rsa1024": Sign.RSA,
    "ed25519": Sign.EDDSA,
    "ed448": Sign.EDDSA,
    "dsa": Sign.DSS,
}
_CURVES = {
    **dict.fromkeys(("ec384",), "secp384r1"),
    **dict.fromkeys(("ec521",), "secp521r1"),
    **dict.fromkeys(
        (
            "ec256",
            "long-chain",
            "listed",
            "revoked",
            "ec256-must-staple",
            "ec256-must-staple-stapled",
        ),
        "prime256v1",
    ),
    **dict.fromkeys((kind for kind in FAULTS if kind != "rsa1024"), "prime256v1"),
}
_NO_PATH: Mapping[str, Any] = {"path": None}
"""For servers with which no library of today completes a handshake."""


@dataclass(frozen=True)
class Server:
    """One ``server`` block."""

    name: str
    setup: OpenSsl = field(default_factory=OpenSsl)
    certificates: tuple[str, ...] = ("ec256",)
    copy: int = 0
    """Servers of one copy share their certificates; the others have certificates of their own."""
    dh: str = ""
    http2: bool = False
    extra: str = ""
    also: Mapping[str, Any] = field(default_factory=dict)
    """What ``extra`` changes of the truth."""

    def whole_setup(self) -> OpenSsl:
        """The setup with what certificates and prime add to it."""
        kinds = (kind.removesuffix("-stapled") for kind in self.certificates)
        signs = frozenset(_SIGNS.get(kind, Sign.ECDSA) for kind in kinds)
        dh = primes.seen(self.dh) if self.dh else None
        curve = _CURVES.get(self.certificates[0], "") if signs == {Sign.ECDSA} else ""
        anonymous = all(name.startswith(("ADH-", "AECDH-")) for name in self.setup.ciphers)
        return replace(self.setup, signs=signs, dh=dh, certificate_curve="" if anonymous else curve)

    def truth(self) -> Truth:
        """What a look must see."""
        first = self.certificates[0]
        fault = FAULTS.get(first)
        return self.whole_setup().truth(
            **{
                "path": fault.path if fault else PathState.TRUSTED,
                "chain_total": fault.chain_total if fault else 2,
                "must_staple": "must-staple" in first,
                "staple": first.endswith("-stapled"),
                "revocation": RevocationState.GOOD if first.endswith("-stapled") else None,
                **self.also,
            }
        )


def _version_sets() -> Iterator[Server]:
    """Every set of versions that nginx can be told, holes included."""
    ciphers = (
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-SHA",
        "ECDHE-ECDSA-AES128-SHA",
    )
    for size in range(1, len(_ALL_VERSIONS) + 1):
        for versions in itertools.combinations(_ALL_VERSIONS, size):
            digits = "-".join(version.value[-3:].replace(".", "") for version in versions)
            yield Server(f"versions-{digits}", OpenSsl(versions, ciphers))


def _kinds_of_certificates() -> Iterator[Server]:
    """The same suites before every kind of key: the key decides which of them stand."""
    ciphers = (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "DHE-RSA-AES128-GCM-SHA256",
        "DHE-DSS-AES128-GCM-SHA256",
        "AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES128-SHA",
        "ECDHE-RSA-AES128-SHA",
        "DHE-DSS-AES128-SHA",
        "AES128-SHA",
    )
    setup = OpenSsl(_ALL_VERSIONS, ciphers, curves=AUTO)
    for kinds in (
        ("rsa2048",), ("ec384",), ("ec521",), ("ed25519",), ("ed448",), ("dsa",),
        ("rsa2048", "ec256"), ("ec256", "rsa2048"), ("rsa2048", "ec256", "ed25519", "dsa"),
    ):  # fmt: skip
        also = _NO_PATH if kinds == ("dsa",) else {}
        yield Server("key-" + "-".join(kinds), setup, kinds, dh="rfc7919-2048", also=also)


def _primes() -> Iterator[Server]:
    # OpenSSL 3 refuses primes below 1024 bits at every level; tlslite.py has those.
    ciphers = ("DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-SHA")
    setup = OpenSsl((Version.TLS12,), ciphers)
    for dh in (
        "own-1024", "rfc2409-1024", "rfc3526-1536", "own-2048", "rfc3526-2048", "rfc7919-2048",
        "rfc3526-3072", "rfc7919-3072", "rfc3526-4096", "rfc7919-4096",
    ):  # fmt: skip
        yield Server(f"dhe-{dh}", setup, ("rsa2048",), dh=dh)


def _curves() -> Iterator[Server]:
    """Each curve alone where the certificate asks for none, and lists of them."""
    alone = OpenSsl((Version.TLS12, Version.TLS13), ("ECDHE-RSA-AES128-GCM-SHA256",))
    for curve in (
        "prime256v1", "secp384r1", "secp521r1", "X25519", "X448", "secp256k1", "secp224r1", "prime192v1",
        "secp160r1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512r1", "sect163k1", "sect233r1",
        "sect283k1", "sect571r1",
    ):  # fmt: skip
        setup = OpenSsl(alone.versions, alone.ciphers, curves=(curve,))
        also = {} if curve in AUTO else _NO_PATH
        yield Server(f"curve-{curve}", setup, ("rsa2048",), also=also)
    mixed = ("brainpoolP384r1", "secp384r1", "sect283r1", "X448", "prime256v1", "secp256k1")
    yield Server("curves-mixed", OpenSsl(alone.versions, alone.ciphers, curves=mixed), ("rsa2048",))
    # The certificate's own curve must be offered too, whatever else is asked (RFC 8422, 5.1).
    yield Server(
        "curves-ecdsa-p384",
        OpenSsl(
            (Version.TLS12,),
            ("ECDHE-ECDSA-AES128-GCM-SHA256",),
            curves=("X25519", "prime256v1", "secp521r1"),
        ),
        ("ec384",),
    )
    yield Server("curves-default", OpenSsl(ciphers=alone.ciphers, curves=AUTO), ("rsa2048",))


def _orders() -> Iterator[Server]:
    weakest_first = (
        "AES128-SHA",
        "AES256-GCM-SHA384",
        "ECDHE-RSA-AES128-SHA",
        "CAMELLIA128-SHA",
        "DHE-RSA-AES256-GCM-SHA384",
        "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-RSA-AES256-GCM-SHA384",
    )
    versions = (Version.TLS11, Version.TLS12, Version.TLS13)
    odd_13 = ("TLS_AES_128_CCM_8_SHA256", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256")
    setup = OpenSsl(versions, weakest_first, odd_13)
    yield Server("order-server", setup, ("rsa2048",), dh="rfc7919-2048")
    yield Server(
        "order-client",
        OpenSsl(versions, weakest_first, odd_13, order=CLIENT),
        ("rsa2048",),
        dh="rfc7919-2048",
    )


def _suites() -> Iterator[Server]:
    both = ("rsa2048", "ec256")
    modern = OpenSsl().ciphers
    yield Server("mozilla-modern", OpenSsl((Version.TLS13,), modern, order=CLIENT))
    yield Server(
        "mozilla-intermediate",
        OpenSsl(
            ciphers=(*modern, "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384"),
            order=CLIENT,
        ),
        both,
        dh="rfc7919-2048",
    )
    yield Server(
        "mozilla-old",
        OpenSsl(
            _ALL_VERSIONS,
            (
                *modern, "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384",
                "DHE-RSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256",
                "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384",
                "ECDHE-RSA-AES256-SHA384", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA",
                "DHE-RSA-AES128-SHA256", "DHE-RSA-AES256-SHA256", "AES128-GCM-SHA256", "AES256-GCM-SHA384",
                "AES128-SHA256", "AES256-SHA256", "AES128-SHA", "AES256-SHA",
            ),
        ),
        both,
        dh="rfc2409-1024",
    )  # fmt: skip
    everything = every_suite("kx-rsa", "kx-dhe", "kx-ecdhe")
    of_all_kinds = ("rsa2048", "ec256", "dsa")
    for name, versions in (("old", _ALL_VERSIONS[:2]), ("new", _ALL_VERSIONS[2:])):
        setup = OpenSsl(versions, everything, tuple(_ALL_13), curves=AUTO)
        yield Server(f"everything-{name}", setup, of_all_kinds, dh="own-1024")
    # Some 170 suites: more questions than any other server of the fleet is asked, and fewer than may be.
    yield Server(
        "everything-at-once",
        OpenSsl(_ALL_VERSIONS, everything, tuple(_ALL_13), curves=AUTO),
        of_all_kinds,
        dh="own-1024",
    )
    yield Server(
        "null-suites",
        OpenSsl(_ALL_VERSIONS[:3], tuple(name for name in everything if "NULL" in name)),
        both,
        also=_NO_PATH,
    )
    yield Server(
        "anonymous",
        OpenSsl(
            _ALL_VERSIONS[:3], tuple(n for n in everything if n.startswith(("ADH-", "AECDH-")))
        ),
        dh="rfc3526-2048",
        # Nothing signs, so no certificate is sent.
        also={"path": None, "chain_total": None},
    )
    yield Server(
        "camellia-aria-ccm",
        OpenSsl(
            (Version.TLS12,),
            tuple(n for n in everything if any(w in n for w in ("CAMELLIA", "ARIA", "CCM")))
        ),
        both,
        dh="rfc7919-2048",
    )  # fmt: skip
    yield Server("one-suite-12", OpenSsl((Version.TLS12,), ("ECDHE-ECDSA-AES256-GCM-SHA384",)))
    yield Server("one-suite-13", OpenSsl((Version.TLS13,), modern, ("TLS_AES_128_GCM_SHA256",)))
    yield Server("ccm-13", OpenSsl((Version.TLS13,), modern, tuple(_ALL_13)))
    yield Server(
        "static-rsa-only",
        OpenSsl(_ALL_VERSIONS[:3], ("AES128-SHA", "AES256-SHA", "AES256-GCM-SHA384")),
        ("rsa2048",),
    )


_ALL_13 = (*DEFAULT_13, "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256")


def _traits() -> Iterator[Server]:
    yield Server("http2", http2=True, also={"traits": {"alpn": ("h2", "http/1.1")}})
    yield Server(
        "no-extended-master-secret",
        extra="ssl_conf_command Options -ExtendedMasterSecret;",
        also={"traits": {"extended_master_secret": False}},
    )
    yield Server(
        "no-tickets",
        OpenSsl((Version.TLS12,)),
        extra="ssl_session_tickets off;",
        also={"traits": {"tickets": False}},
    )
    yield Server("tickets", OpenSsl((Version.TLS12,)), also={"traits": {"tickets": True}})
    yield Server(
        "early-data",
        extra="ssl_early_data on;",
        also={"traits": {"early_data_bytes": EARLY_DATA_BYTES}},
    )
    yield Server("client-certificate", extra="ssl_verify_client optional_no_ca;")


def _chains() -> Iterator[Server]:
    for fault in FAULTS:
        yield Server(f"chain-{fault}", certificates=(fault,))
    yield Server("chain-long", certificates=("long-chain",), also={"chain_total": LONG_CHAIN})
    yield Server(
        "chain-revoked", certificates=("revoked",), also={"revocation": RevocationState.REVOKED}
    )
    # It names the same list, on which it does not stand.
    yield Server(
        "chain-listed", certificates=("listed",), also={"revocation": RevocationState.GOOD}
    )
    yield Server("must-staple", certificates=("ec256-must-staple",))
    yield Server("must-staple-stapled", certificates=("ec256-must-staple-stapled",))
    yield Server("stapled", certificates=("rsa2048-stapled",))


SERVERS: Sequence[Server] = (
    *_version_sets(),
    *_kinds_of_certificates(),
    *_primes(),
    *_curves(),
    *_orders(),
    *_suites(),
    *_traits(),
    *_chains(),
)


@contextmanager
def served(
    folder: Path, papers: Papers, crl_port: int, servers: Sequence[Server] = SERVERS
) -> Iterator[dict[str, int]]:
    """The port of each server while the block lasts; one nginx of our own, as whoever runs the tests."""
    (folder / "ca.crl").write_bytes(papers.crl)
    process, ports = _started(folder, papers, crl_port, servers)
    try:
        yield ports
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=10)
        if process.poll() is None:
            process.kill()
            process.communicate()


def _started(
    folder: Path, papers: Papers, crl_port: int, servers: Sequence[Server]
) -> tuple["subprocess.Popen[bytes]", dict[str, int]]:
    """A running nginx; with so many ports, somebody else's connection may take one before it does."""
    assert NGINX is not None
    for attempt in range(5):
        with ExitStack() as held:
            socks = [held.enter_context(_bound()) for _ in servers]
            numbers = [sock.getsockname()[1] for sock in socks]
        ports = {server.name: port for server, port in zip(servers, numbers, strict=True)}
        (folder / "nginx.conf").write_text(
            _configuration(folder, papers, crl_port, servers, ports), encoding="utf-8"
        )
        process = subprocess.Popen(  # noqa: S603  The nginx of the system, with a configuration of ours.
            [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "error.log"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        said = _trouble(folder / "nginx.pid", process)
        if not said:
            return process, ports
        if "bind() to" not in said or attempt == 4:
            raise RuntimeError(f"nginx ended: {said}")
    raise AssertionError("unreachable")


def free_port() -> int:
    """A port that was free a moment ago."""
    with _bound() as sock:
        port: int = sock.getsockname()[1]
    return port


def _bound() -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.bind(("127.0.0.1", 0))
    return sock


def _trouble(pid_file: Path, process: "subprocess.Popen[bytes]") -> str:
    """What nginx said when it gave up, or nothing once it listens everywhere."""
    ends_at = time.monotonic() + 20
    while time.monotonic() < ends_at:
        if process.poll() is not None:
            return process.communicate()[1].decode(errors="replace")
        # It writes its number when all ports are its own; one that answers may be somebody else's.
        if pid_file.exists() and pid_file.read_text().strip() == str(process.pid):
            return ""
        time.sleep(0.025)
    process.kill()
    return process.communicate()[1].decode(errors="replace") or "it does not listen"


def _configuration(
    folder: Path,
    papers: Papers,
    crl_port: int,
    servers: Sequence[Server],
    ports: Mapping[str, int],
) -> str:
    temp = "".join(
        f"    {name}_temp_path {folder / name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Workers of a master that is root would change to an account that a container may lack.
    user = "user root;\n" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
    blocks = "".join(_block(folder, papers, server, ports[server.name]) for server in servers)
    return (
        f"{user}daemon off;\nworker_processes 1;\npid {folder / 'nginx.pid'};\n"
        "events { worker_connections 2048; }\n"
        f"http {{\n    access_log off;\n    server_tokens off;\n{temp}"
        f"    server {{ listen 127.0.0.1:{crl_port}; location = /ca.crl {{ root {folder}; }} }}\n"
        f"{blocks}}}\n"
    )


def _block(folder: Path, papers: Papers, server: Server, port: int) -> str:
    setup = server.whole_setup()
    known = openssl_suites()
    assert all(name in known for name in setup.ciphers)
    files = [papers.files(kind, server.copy) for kind in server.certificates]
    lines = [
        f"listen 127.0.0.1:{port} ssl{' http2' if server.http2 else ''}",
        *(f"ssl_certificate {file.pem}; ssl_certificate_key {file.pem}" for file in files),
        "ssl_protocols " + " ".join(_DIRECTIVE[version] for version in setup.versions),
        f"ssl_ciphers '{':'.join(setup.ciphers)}:@SECLEVEL=0'",
        f"ssl_conf_command Ciphersuites {':'.join(setup.ciphers_13)}",
        f"ssl_prefer_server_ciphers {'off' if setup.order is CLIENT else 'on'}",
        "return 200 ''",
    ]
    if setup.curves != AUTO:
        lines.append(f"ssl_ecdh_curve {':'.join(setup.curves)}")
    if server.dh:
        lines.append(f"ssl_dhparam {primes.written(server.dh, folder)}")
    lines += [f"ssl_stapling on; ssl_stapling_file {file.staple}" for file in files if file.staple]
    body = ";\n        ".join(lines)
    return f"    server {{\n        {body};\n        {server.extra}\n    }}\n"
