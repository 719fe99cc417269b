"""Watch 1,500 TLS endpoints on loopback for real, once a minute: how late is the latest sample, what does it cost?

``python3 dev.py bench watch [--sites N] [--rounds N] [--interval S]``.  The endpoints have names and addresses of their
own and are served by processes that share the two cores with the watcher; CPU and memory told are the watcher's alone.
"""

import argparse
import asyncio
import csv
import json
import multiprocessing
import os
import re
import resource
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

RESULTS = Path(__file__).parent / "results" / "watch.json"
SERVERS = 2
PAGE = "<!doctype html><title>Trường</title><p>Xin chào".encode() + b"." * 4000
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(PAGE) + PAGE
)


def main() -> int:
    """Serve, watch, measure, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--sites", type=int, default=1500)
    asked.add_argument("--rounds", type=int, default=4)
    asked.add_argument("--interval", type=int, default=60)
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        told = measured(Path(folder), given.sites, given.rounds, given.interval)
    if given.sites == 1500 and given.interval == 60 and given.rounds >= 3:
        RESULTS.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(told, indent=2))
    late_s = told["latest_began_late_s"]
    assert isinstance(late_s, float)
    good = late_s <= 10 and not told["not_taken"] and not told["not_up"]
    return int(not good)


def measured(home: Path, sites: int, rounds: int, interval_s: int) -> dict[str, object]:
    """Watch for so many rounds in a process of its own."""
    certificate(home)
    web, names = listening(socket.SOCK_STREAM), listening(socket.SOCK_DGRAM)
    port, resolver = web.getsockname()[1], names.getsockname()[1]
    context = multiprocessing.get_context("fork")
    servers = [context.Process(target=serve, args=(web, home), daemon=True) for _ in range(SERVERS)]
    servers.append(context.Process(target=answer_names, args=(names,), daemon=True))
    for server in servers:
        server.start()
    inventory, permission = written(home, sites, port)
    began = time.monotonic()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "scanner.cli", "watch", inventory, "--permission", permission),
            *("--db", f"sqlite:///{home / 'watch.sqlite'}", "--interval", str(interval_s)),
            *("--for", str(rounds * interval_s), "--resolver", f"127.0.0.1:{resolver}"),
            *("--control", f"127.0.0.1:{port}", "--allow-private", "--lang", "en"),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    out, _ = process.communicate()
    took_s = time.monotonic() - began
    # The servers are still alive: the one child that ended is the watcher.
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    for server in servers:
        server.terminate()
    with closing(sqlite3.connect(home / "watch.sqlite")) as db:
        samples, up = db.execute("SELECT count(*), sum(state = 0) FROM watch_samples").fetchone()
        least, most = db.execute(
            "SELECT min(n), max(n) FROM (SELECT count(*) AS n FROM watch_samples GROUP BY site)"
        ).fetchone()
    summary = out.splitlines()[-1]
    late = re.search(r"latest began ([\d.]+) s late", summary)
    skipped = re.search(r"of \d+ due (\d+) were not taken", summary)
    assert late, out
    assert skipped, out
    cpu_s = used.ru_utime + used.ru_stime
    return {
        "what": f"{sites} endpoints every {interval_s} s for {rounds} intervals, TLS on loopback, "
        f"{SERVERS} server processes beside on {os.cpu_count()} cores",
        "seconds": round(took_s, 1),
        "samples": samples,
        "not_up": samples - (up or 0),
        "not_taken": int(skipped[1]),
        "samples_of_a_site_least": least,
        "samples_of_a_site_most": most,
        "latest_began_late_s": float(late[1]),
        "cpu_share_of_one_core_pct": round(100 * cpu_s / took_s, 1),
        "cpu_ms_per_sample": round(1000 * cpu_s / max(1, samples), 2),
        "memory_peak_mb": round(used.ru_maxrss / 1024, 1),
    }


def written(home: Path, sites: int, port: int) -> tuple[Path, Path]:
    """The inventory, and the permission beside it."""
    inventory, permission = home / "truong.csv", home / "permission.yaml"
    with inventory.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["unit_id", "unit_name", "kind", "commune", "manager", "url"])
        for n in range(sites):
            url = f"https://s{n}.dodac.example:{port}/"
            rows.writerow([f"u{n}", f"Trường số {n}", "thcs", "20242", "commune", url])
    today = datetime.now(UTC).date()  # noqa: TID251  A permission of today.
    words = {
        "reference": "1/DO",
        "granted_by": "Đo đạc",
        "granted_on": str(today - timedelta(days=1)),
        "expires_on": str(today + timedelta(days=9)),
        "hosts": ["*.dodac.example"],
        "networks": ["127.0.0.0/8"],
        "ports": [port, 80, 443],
        "connections_per_network": 200,
        "contact": "do@dodac.example",
    }
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in words.items()]
    permission.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return inventory, permission


def address_of(name: str) -> str:
    """Every endpoint has an address of its own."""
    n = int(name.partition(".")[0][1:])
    return f"127.77.{n // 250}.{n % 250 + 1}"


def listening(kind: socket.SocketKind) -> socket.socket:
    """On every address of this machine's loopback, at one port."""
    made = socket.socket(socket.AF_INET, kind)
    made.bind(("0.0.0.0" if kind is socket.SOCK_STREAM else "127.0.0.1", 0))  # noqa: S104
    if kind is socket.SOCK_STREAM:
        made.listen(1024)
    made.settimeout(0)
    return made


def serve(sock: socket.socket, home: Path) -> None:
    """One process of web servers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home / "chain.pem", home / "key.pem")

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(ANSWER)
                await writer.drain()
        except (OSError, EOFError):
            writer.close()

    async def forever() -> None:
        server = await asyncio.start_server(speak, sock=sock, ssl=context)
        await server.serve_forever()

    asyncio.run(forever())


def answer_names(sock: socket.socket) -> None:
    """A name server: an address for each name, and no IPv6."""
    sock.settimeout(None)
    while True:
        data, asker = sock.recvfrom(4096)
        question = dns.message.from_wire(data)
        reply = dns.message.make_response(question, recursion_available=True)
        asked = question.question[0]
        if asked.rdtype == 1:
            address = address_of(asked.name.to_text())
            reply.answer.append(dns.rrset.from_text(asked.name, 60, "IN", "A", address))
        sock.sendto(reply.to_wire(), asker)


def certificate(home: Path) -> None:
    """One that no name on earth matches: watching does not mind."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dodac.example")])
    since = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(since)
        .not_valid_after(since + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    (home / "chain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (home / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


if __name__ == "__main__":
    sys.exit(main())
