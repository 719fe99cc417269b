"""Do we say of each case what x509-limbo expects, and what OpenSSL says?  Every difference is explained."""

import ipaddress
import shutil
import subprocess
import tempfile
from base64 import encodebytes
from collections.abc import Iterable
from functools import cache
from pathlib import Path as FilePath

import pytest
from cryptography import x509

from checks.evidence.certificates import Certificate, PathState
from scanner.certificates import covers, load_der, read_certificate
from scanner.probes.tls.path import WEAK, Paths, TrustStore
from tests.limbo.cases import Case, every_case
from tests.limbo.forge import Forged
from tests.limbo.known_differences import FROM_LIMBO, FROM_OPENSSL

NOTE = FilePath(__file__).parents[2] / "docs" / "decisions" / "certificate-paths.md"
OPENSSL = shutil.which("openssl")
STRONG = {"RSA": 2048, "EC": 256, "Ed25519": 256, "Ed448": 456}


@cache
def cases() -> tuple[Case, ...]:
    """Made once."""
    return every_case()


def ours(case: Case) -> bool:
    """What our checks of the certificate say together: path, dates, name, strength."""
    leaf = read_certificate(case.served[0].der, (case.name,))
    if leaf.malformed:
        return False
    roots = tuple(load_der(one.der) for one in case.trusted)
    paths = Paths((TrustStore("limbo", "2026-11-22", roots),))
    path = paths.build(tuple(one.der for one in case.served), case.at)
    # Dates are told in whole seconds (RFC 5280, 4.1.2.5).
    moment = case.at.replace(microsecond=0)
    return (
        path.state is PathState.TRUSTED
        and all(step.not_before <= moment <= step.not_after for step in path.certificates)
        and all(step.signature_hash not in WEAK for step in path.certificates[:-1])
        and all(
            (step.key_bits or 0) >= STRONG.get(step.key_kind, 1 << 30) for step in path.certificates
        )
        and _names(leaf, case.name)
    )


def _names(leaf: Certificate, name: str) -> bool:
    return any(covers(pattern, name) for pattern in leaf.dns_names)


def openssl(case: Case, folder: FilePath) -> bool:
    """What the ``openssl`` at hand says, asked as a browser would ask it."""
    files = {
        "roots": case.trusted,
        "others": case.served[1:] or case.trusted,
        "leaf": case.served[:1],
    }
    for name, certificates in files.items():
        (folder / name).write_bytes(_pem(certificates))
    try:
        ipaddress.ip_address(case.name)
        asked = ["-verify_ip", case.name]
    except ValueError:
        asked = ["-verify_hostname", case.name]
    command = [
        OPENSSL or "openssl", "verify", "-purpose", "sslserver", "-no-CApath", "-no-CAstore", "-partial_chain",
        "-auth_level", "2", "-attime", str(int(case.at.timestamp() // 1)),
        "-CAfile", str(folder / "roots"), "-untrusted", str(folder / "others"), *asked,
        str(folder / "leaf"),
    ]  # fmt: skip
    said = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  Our own files.
    return said.returncode == 0


def _pem(certificates: Iterable[Forged]) -> bytes:
    return b"".join(
        b"-----BEGIN CERTIFICATE-----\n" + encodebytes(one.der) + b"-----END CERTIFICATE-----\n"
        for one in certificates
    )


def told(figure: str, said: dict[str, bool], meant: dict[str, bool]) -> set[str]:
    """Prints an agreement and returns where there is none."""
    apart = {name for name, holds in meant.items() if said[name] is not holds}
    agreed = len(meant) - len(apart)
    print(f"\n{figure}: {agreed} of {len(meant)} ({agreed / len(meant):.1%})")  # noqa: T201  The figure is asked for.
    return apart


def test_with_limbo() -> None:
    """Where we differ from x509-limbo, it is by decision."""
    said = {case.id: ours(case) for case in cases()}
    meant = {case.id: case.holds for case in cases()}
    assert len(meant) == len(cases()) >= 60
    apart = told("agreement with x509-limbo", said, meant)
    assert apart == FROM_LIMBO
    # The golden rule: what should hold, we never refuse.
    assert not [name for name in apart if meant[name]]


@pytest.mark.skipif(OPENSSL is None, reason="no openssl to compare with")
def test_with_openssl() -> None:
    """Where we differ from OpenSSL, one of the two is known to be wrong, or laxer."""
    said = {case.id: ours(case) for case in cases()}
    with tempfile.TemporaryDirectory() as folder:
        meant = {case.id: openssl(case, FilePath(folder)) for case in cases()}
    # A later OpenSSL may have come nearer.
    assert told("agreement with OpenSSL", said, meant) <= FROM_OPENSSL
    # Whatever we let pass against x509-limbo, OpenSSL lets pass too.
    assert all(meant[name] for name in FROM_LIMBO)


def test_every_difference_is_explained() -> None:
    """In the decision note, by name."""
    note = NOTE.read_text("utf-8")
    for name in {*FROM_LIMBO, *FROM_OPENSSL}:
        assert f"`{name}`" in note, name


def test_a_case_that_cannot_be_read() -> None:
    """The library reads every root; a served one that it refuses is no certificate."""
    unreadable = []
    for case in cases():
        for one in case.trusted:
            assert isinstance(load_der(one.der), x509.Certificate)
        try:
            load_der(case.served[0].der)
        except ValueError:
            unreadable.append(case.id)
    assert len(unreadable) < 5
