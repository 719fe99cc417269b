"""TLS fronts of the fleet's sites: one SSL context serves a site and its copies, to start quickly and stay small."""

import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scanner.practice.certificates import Issued, Mint
from scanner.practice.site import CertificatePlan, Key, Place, PracticeSite, TlsPlan
from scanner.practice.web import TlsFront

_NAMES_PER_LEAF = 50


class Fronts:
    """Makes the TLS front of each place."""

    def __init__(self, mint: Mint) -> None:
        self._mint = mint
        self._made: dict[tuple[str, int], TlsFront] = {}

    def make(self, site: PracticeSite, places: Sequence[Place]) -> None:
        """Make the fronts of a site's places; ``ssl.SSLError`` where this OpenSSL will not serve them."""
        for start in range(0, len(places), _NAMES_PER_LEAF):
            group = places[start : start + _NAMES_PER_LEAF]
            for nth, plan in enumerate(_plans(site)):
                front = self._front(site.tls, plan, group)
                for place in group:
                    self._made[place.unit, nth] = front

    def of(self, place: Place, nth_address: int) -> TlsFront:
        """The front of a place on its first or second address."""
        nth = min(nth_address, len(_plans(place.site)) - 1)
        return self._made[place.unit, nth]

    def _front(self, tls: TlsPlan, plan: CertificatePlan, places: Sequence[Place]) -> TlsFront:
        names = dict.fromkeys(place.fill(name) for place in places for name in plan.names)
        issued = self._mint.leaf(plan, list(names))
        context = self._context(tls, plan, issued) if tls.real else None
        return TlsFront(context, tls.scripted, issued.chain)

    def _context(self, tls: TlsPlan, plan: CertificatePlan, issued: Issued) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if plan.sha1 or plan.key is Key.RSA_1024:
            context.set_ciphers("DEFAULT@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1_2 if tls.tls12 else ssl.TLSVersion.TLSv1_3
        if not tls.tls13:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION
        context.num_tickets = 0
        context.set_alpn_protocols(["http/1.1"])
        if tls.asks_client_certificate:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self._mint.trust_store_pem.decode())
        _load(context, issued.pem)
        return context


def _plans(site: PracticeSite) -> tuple[CertificatePlan, ...]:
    second = site.second_certificate
    return (site.certificate,) if second is None else (site.certificate, second)


def _load(context: ssl.SSLContext, pem: bytes) -> None:
    """``ssl`` takes keys from files only."""
    with tempfile.TemporaryDirectory(prefix="tinnhiem-") as folder:
        file = Path(folder) / "leaf.pem"
        file.write_bytes(pem)
        context.load_cert_chain(file)
