"""Hybrid post-quantum groups, played by pyOpenSSL: the OpenSSL 3.5 that comes with the cryptography library."""

import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from checks.evidence.tls import Version
from tests.tls_servers.played import child, tell
from tests.tls_servers.truth import GROUPS, SERVER, SUITES_13, Truth

INSTALLED = find_spec("OpenSSL") is not None


@dataclass(frozen=True)
class Server:
    """One configuration of OpenSSL 3.5 for TLS 1.2 and 1.3; the groups are set in a file of its own."""

    name: str
    groups: tuple[str, ...]

    def truth(self) -> Truth:
        """What a look must see; OpenSSL 3.5 has the hybrids for TLS 1.3 only."""
        named = frozenset(GROUPS[name] for name in self.groups)
        return Truth(
            suites={
                Version.TLS12: (0xC02B,),
                Version.TLS13: tuple(SUITES_13[name] for name in SUITES),
            },
            preference={Version.TLS12: None, Version.TLS13: SERVER},
            groups={
                Version.TLS13: named,
                Version.TLS12: frozenset(n for n in named if n < 256),
            },
            traits={
                "compression": False,
                "secure_renegotiation": True,
                "extended_master_secret": True,
                "fallback_refused": True,
                "alpn": (),
                "early_data_bytes": 0,
            },
        )


SUITES = ("TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256")
SERVERS: Sequence[Server] = (
    Server("hybrid-x25519", ("X25519MLKEM768", "X25519", "prime256v1")),
    Server("hybrid-all", ("X25519", "SecP256r1MLKEM768", "prime256v1", "SecP384r1MLKEM1024")),
)


@contextmanager
def played(folder: Path) -> Iterator[Mapping[str, int]]:
    """The ports of all; one process each, as OpenSSL reads its file once."""
    with ExitStack() as held:
        ports: dict[str, int] = {}
        for server in SERVERS:
            file = folder / f"{server.name}.cnf"
            file.write_text(_FILE.format(groups=":".join(server.groups)), encoding="ascii")
            environment = {"OPENSSL_CONF": str(file), "SERVER": server.name}
            ports |= held.enter_context(child("hybrid", folder, **environment))
        yield ports


_FILE = """openssl_conf = first
[first]
ssl_conf = modules
[modules]
system_default = settings
[settings]
Groups = {groups}
"""


def main(folder: Path, name: str) -> None:
    """Listen, say where, stay until told to end."""
    from OpenSSL import SSL

    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_cipher_list(b"ECDHE-ECDSA-AES128-GCM-SHA256")
    pem = str(folder / "ec256.pem")
    context.use_certificate_chain_file(pem)
    context.use_privatekey_file(pem)

    def talk(sock: socket.socket) -> None:
        with suppress(SSL.Error, OSError):
            sock.settimeout(None)
            connection = SSL.Connection(context, sock)
            connection.set_accept_state()
            connection.do_handshake()
            connection.recv(1)
        sock.close()

    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def accept() -> None:
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=talk, args=(sock,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    tell({name: listener.getsockname()[1]})


if __name__ == "__main__":
    import os

    main(Path(sys.argv[1]), os.environ["SERVER"])
