"""What OpenSSL no longer speaks, played by tlslite-ng: SSL 3, RC4, 3DES, NULL, anonymous and tiny Diffie-Hellman."""

import socket
import socketserver
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from checks.evidence.tls import Version
from tests.tls_servers import primes
from tests.tls_servers.played import tell
from tests.tls_servers.truth import SERVER, Truth

INSTALLED = find_spec("tlslite") is not None
_WIRE = {
    Version.SSL3: (3, 0),
    Version.TLS10: (3, 1),
    Version.TLS11: (3, 2),
    Version.TLS12: (3, 3),
    Version.TLS13: (3, 4),
}
_SSL3, _10, _11, _12, _13 = _WIRE
_OLD = (Version.SSL3, Version.TLS10, Version.TLS11)


@dataclass(frozen=True)
class Server:
    """One configuration in tlslite-ng's words, and the suites that follow from it."""

    name: str
    versions: tuple[Version, ...]
    """Without holes: tlslite knows a lowest and a highest one."""
    ciphers: tuple[str, ...]
    key_exchanges: tuple[str, ...]
    suites: Mapping[Version, tuple[int, ...]]
    """In its order: first the key exchange (ECDHE, DHE, RSA), then as its constants.py lists them."""
    macs: tuple[str, ...] = ("sha", "md5", "sha256", "sha384", "aead")
    curves: tuple[str, ...] = ("x25519", "secp256r1")
    dh: str = ""
    dh_groups: tuple[str, ...] = ()
    ems: bool = True
    groups: Mapping[Version, frozenset[int]] = field(default_factory=dict)

    def truth(self) -> Truth:
        """What a look must see."""
        accepted = [version for version in Version if version in self.suites]
        below = [version for version in accepted if version is not Version.TLS13]
        traits: dict[str, Any] = {
            "compression": False if below else None,
            "secure_renegotiation": True if below else None,
            "fallback_refused": True if len(accepted) > 1 else None,
            "early_data_bytes": 0 if Version.TLS13 in self.suites else None,
        }
        if below != [Version.SSL3]:
            # SSL 3 has no extensions, so nothing can be said where it is all there is.
            traits["extended_master_secret"] = self.ems if below else None
            traits["alpn"] = ()
        return Truth(
            suites=self.suites,
            preference={v: SERVER if len(s) > 1 else None for v, s in self.suites.items()},
            groups=self.groups,
            primes=frozenset({primes.seen(self.dh)}) if self.dh else frozenset(),
            traits=traits,
            # It sends no ticket, and nothing else that would end the wait for one.
            may_miss=frozenset({"early_data_bytes"}),
        )


SERVERS: Sequence[Server] = (
    Server(
        "lite-ssl3", (_SSL3,), ("aes256", "aes128", "3des", "rc4"), ("rsa",),
        {_SSL3: (0x0035, 0x002F, 0x000A, 0x0005, 0x0004)},
    ),
    Server("lite-ssl3-one", (_SSL3,), ("rc4",), ("rsa",), {_SSL3: (0x0004,)}, macs=("md5",)),
    Server(
        "lite-ssl3-to-tls10", (_SSL3, _10), ("aes128", "3des"), ("rsa",),
        dict.fromkeys((_SSL3, _10), (0x002F, 0x000A)),
    ),
    Server(
        "lite-ssl3-to-tls12", (*_OLD, _12), ("aes256gcm", "aes256", "3des", "rc4", "null"), ("rsa",),
        {
            **dict.fromkeys(_OLD, (0x0035, 0x000A, 0x0005, 0x0004, 0x0001, 0x0002)),
            _12: (0x009D, 0x003D, 0x0035, 0x000A, 0x0005, 0x0004, 0x0001, 0x0002, 0x003B),
        },
    ),
    Server(
        "lite-ssl3-to-tls13", (*_OLD, _12, _13), ("aes128gcm", "aes128"), ("rsa",),
        {**dict.fromkeys(_OLD, (0x002F,)), _12: (0x009C, 0x003C, 0x002F), _13: (0x1301,)},
        groups={_13: frozenset({29, 23})},
    ),
    Server(
        "lite-rc4", (_10, _11, _12), ("rc4",), ("rsa",),
        dict.fromkeys((_10, _11, _12), (0x0005, 0x0004)), ems=False,
    ),
    Server(
        "lite-3des", (_10, _11, _12), ("3des",), ("ecdhe_rsa", "dhe_rsa", "rsa"),
        dict.fromkeys((_10, _11, _12), (0xC012, 0x0016, 0x000A)),
        groups={_12: frozenset({29, 23})}, dh="rfc2409-1024",
    ),
    Server(
        "lite-null", (_12,), ("null",), ("ecdhe_rsa", "rsa"),
        {_12: (0xC010, 0x0001, 0x0002, 0x003B)}, groups={_12: frozenset({29, 23})},
    ),
    Server(
        "lite-anonymous", (_10, _11, _12), ("aes128", "3des", "rc4", "null"), ("dh_anon", "ecdh_anon"),
        {
            **dict.fromkeys((_10, _11), (0x0034, 0x001B, 0x0018, 0xC018, 0xC017, 0xC016, 0xC015)),
            _12: (0x006C, 0x0034, 0x001B, 0x0018, 0xC018, 0xC017, 0xC016, 0xC015),
        },
        groups={_12: frozenset({29, 23})}, dh="own-1024",
    ),
    # RFC 7919, 4: a server with primes of its own must not choose DHE once FFDHE groups are offered.
    Server("lite-dhe-own-512", (_12,), ("aes128",), ("dhe_rsa",), {_12: (0x0067, 0x0033)}, dh="own-512"),
    Server(
        "lite-dhe-rfc2409-768", (_10, _11, _12), ("aes128",), ("dhe_rsa",),
        {_10: (0x0033,), _11: (0x0033,), _12: (0x0067, 0x0033)}, dh="rfc2409-768",
    ),
    Server(
        "lite-tls13", (_12, _13), ("chacha20-poly1305", "aes128ccm_8", "aes128gcm"), ("ecdhe_rsa",),
        {_12: (0xCCA8, 0xC02F), _13: (0x1301, 0x1303, 0x1305)},
        curves=("x448", "secp384r1"), groups={_12: frozenset({30, 24}), _13: frozenset({30, 24})},
    ),
)  # fmt: skip


def main(folder: Path) -> None:
    """Listen for every server, say where, stay until told to end."""
    servers = {server.name: _listening(server, folder) for server in SERVERS}
    for tcp in servers.values():
        threading.Thread(target=tcp.serve_forever, args=(0.05,), daemon=True).start()
    tell({name: tcp.server_address[1] for name, tcp in servers.items()})


class _Tcp(socketserver.ThreadingTCPServer):
    request_queue_size = 64
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that end early are what this is for."""


def _listening(server: Server, folder: Path) -> _Tcp:
    # It comes without types, and only the child needs it.
    lite = import_module("tlslite.api")
    settings = lite.HandshakeSettings()
    settings.minVersion = _WIRE[server.versions[0]]
    settings.maxVersion = _WIRE[server.versions[-1]]
    settings.versions = [_WIRE[version] for version in reversed(server.versions)]
    settings.cipherNames = list(server.ciphers)
    settings.keyExchangeNames = list(server.key_exchanges)
    settings.macNames = list(server.macs)
    settings.eccCurves = list(server.curves)
    settings.keyShares = []
    settings.dhGroups = list(server.dh_groups)
    settings.useExtendedMasterSecret = server.ems
    settings.minKeySize = 512
    if server.dh:
        settings.dhParams = (2, primes.prime(server.dh))
    pem = (folder / "rsa2048.pem").read_text()
    anonymous = server.key_exchanges[0].endswith("anon")
    chain = None
    if not anonymous:
        chain = lite.X509CertChain()
        chain.parsePemList(pem)
    how: dict[str, Any] = (
        {"anon": True}
        if anonymous
        else {"certChain": chain, "privateKey": lite.parsePEMKey(pem, private=True)}
    )

    class Talk(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            sock: socket.socket = self.request
            sock.settimeout(10)
            connection = lite.TLSConnection(sock)
            connection.closeSocket = True
            with suppress(Exception):
                connection.handshakeServer(settings=settings, **how)
                connection.read(min=1, max=4096)
                connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                connection.close()

    return _Tcp(("127.0.0.1", 0), Talk)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
