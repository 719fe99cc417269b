"""TLS fronts of the fleet's sites: one SSL context serves a site and its copies, to start quickly and stay small."""

import ssl
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from scanner.practice.certificates import Issued, Mint
from scanner.practice.flights import Shown
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
        stapled = any(script.staples for script in tls.scripted)
        staple = self._mint.staple(issued.chain[0]) if stapled else b""
        shown = Shown(issued.chain, issued.key, staple, tls.alpn, tls.best)
        return TlsFront(context, tls.scripted, shown, hybrid=tls.hybrid)

    def _context(self, tls: TlsPlan, plan: CertificatePlan, issued: Issued) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        insecure = tls.insecure or tls.short_dh or plan.sha1 or plan.key is Key.RSA_1024
        context.set_ciphers(tls.ciphers + (":@SECLEVEL=0" if insecure else ""))
        context.minimum_version = ssl.TLSVersion.TLSv1_2 if tls.tls12 else ssl.TLSVersion.TLSv1_3
        if not tls.tls13:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
        if tls.client_chooses:
            context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
        if not tls.binds_master_secret:
            context.options |= _no_master_secret()
        context.num_tickets = 0
        context.set_alpn_protocols(list(tls.alpn))
        if tls.asks_client_certificate:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self._mint.trust_store_pem.decode())
        _load(issued.pem, context.load_cert_chain)
        if tls.short_dh:
            _load(_RFC_2409_GROUP_2, context.load_dh_params)
        return context


def _plans(site: PracticeSite) -> tuple[CertificatePlan, ...]:
    second = site.second_certificate
    return (site.certificate,) if second is None else (site.certificate, second)


def _no_master_secret() -> ssl.Options:
    """``SSL_OP_NO_EXTENDED_MASTER_SECRET``, for which Python has no name; older libraries have not got it."""
    if ssl.OPENSSL_VERSION_INFO < (3, 0):
        raise ssl.SSLError("this OpenSSL always binds the master secret")
    return ssl.Options(1)


def _load(pem: bytes, load: Callable[[str], None]) -> None:
    """``ssl`` takes keys and parameters from files only."""
    with tempfile.TemporaryDirectory(prefix="tinnhiem-") as folder:
        file = Path(folder) / "secret.pem"
        file.write_bytes(pem)
        load(str(file))


_RFC_2409_GROUP_2 = b"""-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
"""
