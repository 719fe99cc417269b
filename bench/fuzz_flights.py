"""Feed mutated first flights to the parser: no exception but its own, no more than 1 MiB and 50 ms for any one.

``python3 dev.py bench fuzz_flights [--count N] [--seed S]``.  The flights are recorded from the local OpenSSL in
every version and key exchange that it still plays, with and without fragments; those of SSL 2, SSL 3, a staple and
the alerts are written by hand.  Time is CPU time, so that a busy machine fails nobody.  Memory is traced for one
flight in ten; for the rest the peak of the whole process must not grow.
"""

import argparse
import random
import resource
import ssl
import sys
import tempfile
import time
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from checks.evidence.tls import Version
from checks.parsing.groups import CURVES, GROUPS_13
from checks.parsing.suites import candidates
from scanner.clock import now
from scanner.practice.certificates import Mint
from scanner.practice.site import CertificatePlan, Key
from scanner.probes.tls.flights import FlightError, FlightReader
from scanner.probes.tls.hellos import Hello, client_hello
from tests.scanner.flights import (
    ALERT,
    SSL2_HELLO,
    WARNING,
    certificates,
    extension,
    message,
    record,
    server_hello,
    sized,
)

HOST = "truong.edu.vn"
MOST_BYTES = 1024 * 1024
MOST_MS = 50.0
_STEPS = (1_000_000, 1_460, 100, 7)
_VERSIONS = {
    Version.TLS10: ssl.TLSVersion.TLSv1,
    Version.TLS11: ssl.TLSVersion.TLSv1_1,
    Version.TLS12: ssl.TLSVersion.TLSv1_2,
    Version.TLS13: ssl.TLSVersion.TLSv1_3,
}
Recorded = tuple[Version, bytes]


@dataclass
class Tally:
    """What was seen so far."""

    ends: Counter[str] = field(default_factory=Counter)
    slowest_ms: float = 0.0
    largest: int = 0


def main() -> int:
    """Mutate, feed, count, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=1_000_000)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    flights = recorded() + written()
    dice = random.Random(options.seed)  # noqa: S311  Repeatable, and no secret.
    tally = Tally()
    began = time.monotonic()
    traced = options.count // 10
    tracemalloc.start()
    for _ in range(traced):
        one(dice, flights, tally, traced=True)
    tracemalloc.stop()
    peak_before = _peak_bytes()
    for _ in range(options.count - traced):
        one(dice, flights, tally, traced=False)
    grown = _peak_bytes() - peak_before
    print(
        f"{options.count} mutated flights from {len(flights)} recorded ones, seed {options.seed}: "
        f"no exception but FlightError; slowest {tally.slowest_ms:.2f} ms of CPU; most memory for one "
        f"{tally.largest / 1024:.0f} KiB ({traced} traced), and the process's peak grew by "
        f"{grown / 1024:.0f} KiB over the rest; {time.monotonic() - began:.0f} s"
    )
    for end, count in tally.ends.most_common():
        print(f"  {count:>9} {end}")
    return int(tally.slowest_ms > MOST_MS or max(tally.largest, grown) > MOST_BYTES)


def one(dice: random.Random, flights: list[Recorded], tally: Tally, *, traced: bool) -> None:
    """One mutated flight, measured."""
    version, data = dice.choice(flights)
    data = mutated(dice, data, flights)
    before = 0
    if traced:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
    feed = partial(fed, version, data, dice.choice(_STEPS), whole=dice.random() < 0.9)
    started = time.process_time_ns()
    try:
        end = feed()
    except Exception:
        print(f"raised by {version.value}: {data.hex()}")
        raise
    spent_ms = (time.process_time_ns() - started) / 1e6
    if traced:
        tally.largest = max(tally.largest, tracemalloc.get_traced_memory()[1] - before)
    tally.ends[end] += 1
    if spent_ms > tally.slowest_ms:
        # The machine has its moments; what the bytes cost shows every time.
        spent_ms = min(spent_ms, *(_cost_ms(feed) for _ in range(5)))
        if spent_ms > MOST_MS:
            print(f"{spent_ms:.1f} ms for {version.value}: {data.hex()}")
        tally.slowest_ms = max(tally.slowest_ms, spent_ms)


def _cost_ms(feed: Callable[[], str]) -> float:
    started = time.process_time_ns()
    feed()
    return (time.process_time_ns() - started) / 1e6


def _peak_bytes() -> int:
    """The most memory this process ever held; no flight can have needed more than it grew by."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def fed(version: Version, data: bytes, step: int, *, whole: bool) -> str:
    """How the reading of these bytes ended."""
    reader = FlightReader(version, whole=whole)
    try:
        for at in range(0, len(data), step):
            if reader.feed(data[at : at + step]):
                return "a refusal" if reader.seen.refusal else "a whole flight"
    except FlightError as error:
        return error.missing.cause.value
    return "not at its end"


def mutated(dice: random.Random, data: bytes, flights: list[Recorded]) -> bytes:
    """One to four changes."""
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        # What steers the parser stands in front.
        at = min(int(dice.expovariate(1 / 120)), len(changed))
        match dice.randrange(7):
            case 0 if at < len(changed):
                changed[at] = dice.randrange(256)
            case 1 if at < len(changed):
                changed[at] ^= 1 << dice.randrange(8)
            case 2:
                changed[at:at] = dice.randbytes(dice.randint(1, 8))
            case 3:
                del changed[at : at + dice.randint(1, 40)]
            case 4:
                del changed[dice.randint(0, len(changed)) :]
            case 5:
                changed[at : at + 2] = dice.choice((b"\xff\xff", b"\x00\x00", b"\x7f\xff"))
            case _:
                _, other = dice.choice(flights)
                start = dice.randint(0, len(other))
                changed[at:at] = other[start : start + dice.randint(1, 2_000)]
    return bytes(changed)


def recorded() -> list[Recorded]:
    """What the local library answers to hellos of ours."""
    found = []
    mint = Mint(now())
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        for kind in (Key.RSA_2048, Key.EC_256):
            file = Path(folder) / f"{kind.value}.pem"
            file.write_bytes(mint.leaf(CertificatePlan(key=kind), [HOST]).pem)
            for version in _VERSIONS:
                for ciphers in ("ECDHE", "kRSA", "aNULL", "ALL"):
                    context = _context(file, version, ciphers)
                    said = _answer(context, version) if context else b""
                    if said:
                        found += [(version, said), (version, _fragmented(said))]
    return found


def _context(file: Path, version: Version, ciphers: str) -> ssl.SSLContext | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    except ssl.SSLError:
        return None
    context.minimum_version = context.maximum_version = _VERSIONS[version]
    context.load_cert_chain(file)
    context.set_alpn_protocols(["http/1.1"])
    return context


def _answer(context: ssl.SSLContext, version: Version) -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    hello = Hello(
        version,
        HOST,
        candidates(version),
        groups=GROUPS_13 if version is Version.TLS13 else CURVES,
        alpn=("h2", "http/1.1"),
        vouchers=True,
        ticket=True,
        deflate=True,
    )
    incoming.write(client_hello(hello))
    with suppress(ssl.SSLError):
        server.do_handshake()
    return outgoing.read()


def _fragmented(said: bytes) -> bytes:
    """The same content in records of 50 bytes."""
    out, rest = b"", said
    while len(rest) >= 5:
        kind, length = rest[0], int.from_bytes(rest[3:5], "big")
        content, rest = rest[5 : 5 + length], rest[5 + length :]
        out += b"".join(record(kind, content[at : at + 50]) for at in range(0, length, 50))
    return out


def written() -> list[Recorded]:
    """What no library here can be made to say."""
    prime = sized(b"\xff" * 256, 2) + sized(b"\x02", 2) + sized(bytes(256), 2)
    older = (
        server_hello(0x0300, 0x0033),
        certificates(bytes(900), bytes(1_200)),
        message(12, prime + sized(bytes(128), 2)),
        message(14, b""),
    )
    stapled = (
        server_hello(0x0303, 0xC02F, extension(18, sized(sized(bytes(110), 2) * 2, 2))),
        certificates(bytes(900), bytes(1_200)),
        message(22, b"\x01" + sized(bytes(500), 3)),
        message(12, b"\x03\x00\x1d" + sized(bytes(32), 1) + b"\x08\x04" + sized(bytes(256), 2)),
        message(13, b"\x01\x01" + sized(b"\x04\x03", 2) + sized(b"", 2)),
        message(14, b""),
    )
    return [
        (Version.SSL2, SSL2_HELLO),
        (Version.SSL2, b"\x80\x03\x00\x00\x01"),
        (Version.SSL3, b"".join(record(22, one, 0x0300) for one in older)),
        (Version.TLS12, b"".join(record(22, one) for one in stapled)),
        (Version.TLS12, WARNING * 3 + record(22, b"".join(stapled))),
        (Version.TLS12, ALERT),
        (Version.TLS13, WARNING + ALERT),
    ]


if __name__ == "__main__":
    sys.exit(main())
