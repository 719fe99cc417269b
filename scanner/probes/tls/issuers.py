"""The issuer that a server forgot to send: fetched where the certificate names it (AIA caIssuers)."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import pkcs7

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import PathState
from scanner.certificates import issuer_urls, load_der
from scanner.once import Once
from scanner.probes.tls.auxiliary import fetch
from scanner.probes.tls.path import Built, Paths, Spare
from scanner.visit import Tools

LIMIT_BYTES = 64 * 1024
KEPT = 8
"""Certificates read of one file; a bundle holds one or two that matter."""
LEVELS = 3
"""How many missing issuers one above the other are fetched."""
URLS_TRIED = 2

Issuers = Once[tuple[Spare, ...] | NotCaptured]


async def completed(
    tools: Tools,
    issuers: Issuers,
    paths: Paths,
    served: tuple[bytes, ...],
    now: datetime,
    built: Built,
    without: frozenset[bytes] = frozenset(),
) -> Built:
    """The path with what its certificates say where to fetch; the same path where that does not help."""
    spares: list[Spare] = []
    for _ in range(LEVELS):
        if built.path.state is not PathState.ISSUER_MISSING:
            break
        found = await _above(tools, issuers, built.chain[-1])
        if isinstance(found, NotCaptured):
            note = f"{found.cause.value}: {found.detail}"[:500]
            return Built(built.path.model_copy(update={"objection": note}), built.chain)
        if not found:
            break
        spares += found
        higher = paths.built(served, now, spares, without)
        if higher.chain == built.chain:
            break
        built = higher
    return built


async def _above(
    tools: Tools, issuers: Issuers, top: x509.Certificate
) -> tuple[Spare, ...] | NotCaptured:
    """What the first answering address gives; the last trouble where none answers."""
    found: tuple[Spare, ...] | NotCaptured = ()
    for url in _named(top):
        found = await issuers.get(url, partial(_fetched, tools, url))
        if not isinstance(found, NotCaptured):
            break
    return found


def _named(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        return issuer_urls(certificate)[:URLS_TRIED]
    except (ValueError, TypeError, x509.DuplicateExtension):
        # An extension that cannot be read names nothing; the path says so.
        return ()


async def _fetched(tools: Tools, url: str) -> tuple[Spare, ...] | NotCaptured:
    body = await fetch(tools, url, LIMIT_BYTES)
    if isinstance(body, NotCaptured):
        return body
    found = read_issuers(body)
    if not found:
        return NotCaptured(cause=Cause.UNDECODABLE, detail=f"{url}: no certificate"[:500])
    return tuple(Spare(one, url) for one in found)


def read_issuers(body: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of a file, whichever form it has: DER, PEM, or PKCS#7 in either."""
    readers: tuple[Callable[[bytes], list[x509.Certificate]], ...] = (
        lambda data: [load_der(data)],
        pkcs7.load_der_pkcs7_certificates,
        x509.load_pem_x509_certificates,
        pkcs7.load_pem_pkcs7_certificates,
    )
    for read in readers:
        with warnings.catch_warnings(), suppress(ValueError, TypeError, UnsupportedAlgorithm):
            # BER where DER belongs is frequent in PKCS#7, and only warned of.
            warnings.simplefilter("ignore")
            return tuple(read(body)[:KEPT])
    return ()
