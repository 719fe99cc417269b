"""Who vouches for a certificate: its path, the logs, the staple, and the issuer's word on revocation."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from checks.evidence.base import Cause, NotCaptured
from checks.evidence.certificates import (
    Certificate,
    PathState,
    Revocation,
    RevocationState,
    Sct,
    Staple,
)
from checks.evidence.tls import Handshake
from scanner.auxiliary import FilesOverTls
from scanner.certificates import TEXT_KEPT, crl_urls, guarded
from scanner.once import Once
from scanner.probes.tls.issuers import Issuers, completed
from scanner.probes.tls.path import Built, Paths
from scanner.probes.tls.revocation import (
    Asked,
    Lists,
    NoProof,
    Pair,
    by_list,
    load_answer,
    read_staple,
    revocation,
)
from scanner.probes.tls.transparency import in_certificate, in_handshake, in_staple
from scanner.visit import Tools, Visit

REBUILT = 3
"""How often a path is built anew around a revoked intermediate."""

LOGS_ASKED = 2
"""Fewer logs than any browser asks for; whether there are more must have been asked."""


@dataclass(frozen=True, slots=True)
class Given:
    """What came with a handshake beside the certificates."""

    staple: bytes | None
    """The DER of the OCSP answer; ``None`` where none was sent."""
    staple_asked: bool
    """Whether the hello asked for a staple and for timestamps; one that asks for neither gets neither."""
    scts: tuple[bytes, ...]
    """Each timestamp of the TLS extension, as sent."""


class Vouching:
    """What all sites of a run share: the stores, and every auxiliary file fetched once.

    With ``fetching=False`` nothing is fetched: a missing issuer stays missing, revocation is not asked for.
    """

    def __init__(self, paths: Paths, *, fetching: bool = True) -> None:
        self.paths = paths
        self.fetching = fetching
        self.issuers: Issuers = Once()
        self.asked = Asked(Lists(), Once())
        self.files = FilesOverTls(paths.build, fetching=fetching)

    async def aclose(self) -> None:
        """End what is still being fetched."""
        await self.issuers.aclose()
        await self.asked.lists.aclose()
        await self.asked.answers.aclose()
        await self.files.aclose()


async def vouch(
    visit: Visit, handshake: Handshake, given: Given, vouching: Vouching, now: datetime
) -> Handshake:
    """The handshake with ``path``, ``scts``, ``staple`` and ``revocation`` filled in.

    Waiting for other hosts than the site's own does not count against the site.
    """
    if not handshake.chain:
        return handshake
    try:
        with visit.budget.own_wait():
            built = await _built(visit.tools, handshake, vouching, now)
    except Exception as error:  # noqa: BLE001  Hostile DER makes libraries raise anything; it is a cause.
        missing = NotCaptured(cause=Cause.CERT_MALFORMED, detail=type(error).__name__)
        unread = {"path": missing, "scts": missing, "staple": missing, "revocation": missing}
        return handshake.model_copy(update=unread)
    pair = _pair(built)
    staple = guarded(lambda: _staple(given, pair, now))
    with visit.budget.own_wait():
        word = await _word(visit.tools, handshake.chain[0], built, pair, staple, vouching, now)
    return handshake.model_copy(
        update={
            "path": built.path,
            "scts": guarded(lambda: _scts(built.chain[0], given)),
            "staple": staple,
            "revocation": word,
        }
    )


# The path


async def _built(tools: Tools, handshake: Handshake, vouching: Vouching, now: datetime) -> Built:
    """The best path that no issuer revoked a part of."""
    served = tuple(one.der for one in handshake.chain)
    refused: Built | None = None
    without: frozenset[bytes] = frozenset()
    while True:
        built = vouching.paths.built(served, now, (), without)
        if vouching.fetching:
            built = await completed(
                tools, vouching.issuers, vouching.paths, served, now, built, without
            )
        if built.path.state is not PathState.TRUSTED:
            return refused or built
        revoked = await _revoked_authority(tools, built, vouching, now)
        if revoked is None:
            return built
        certificate, word = revoked
        refused = refused or _refused(built, certificate, word)
        without |= {certificate.fingerprint(SHA256())}
        if len(without) > REBUILT:
            return refused


def _refused(built: Built, certificate: x509.Certificate, word: Revocation) -> Built:
    shown = certificate.subject.rfc4514_string()[:100]
    note = f"{shown} was revoked by its issuer on {word.revoked_at:%Y-%m-%d} ({word.url})"
    broken = {"state": PathState.INVALID, "objection": note[:TEXT_KEPT]}
    return Built(built.path.model_copy(update=broken), built.chain)


async def _revoked_authority(
    tools: Tools, built: Built, vouching: Vouching, now: datetime
) -> tuple[x509.Certificate, Revocation] | None:
    """An intermediate of the path whose issuer's list names it; a list that cannot be had says nothing."""
    if not vouching.fetching:
        return None
    for subject, issuer in zip(built.chain[1:-1], built.chain[2:], strict=True):
        for url in crl_urls(subject)[:1]:
            word = await by_list(tools, vouching.asked.lists, url, Pair(subject, issuer), now)
            if isinstance(word, Revocation) and word.state is RevocationState.REVOKED:
                return subject, word
    return None


def _pair(built: Built) -> Pair | None:
    """The leaf and its issuer, as far as the path got."""
    if len(built.chain) > 1:
        return Pair(built.chain[0], built.chain[1])
    if built.path.state in (PathState.SELF_SIGNED, PathState.TRUSTED):
        return Pair(built.chain[0], built.chain[0])
    return None


# What vouches beside it


def _scts(leaf: x509.Certificate, given: Given) -> tuple[Sct, ...] | NotCaptured:
    stapled: tuple[Sct, ...] = ()
    if given.staple is not None:
        try:
            stapled = in_staple(load_answer(given.staple))
        except NoProof:
            # Said where the staple is judged.
            stapled = ()
    found = (*in_certificate(leaf), *in_handshake(given.scts), *stapled)
    if not given.staple_asked and len({one.log_id for one in found}) < LOGS_ASKED:
        # The server may hold more for those who ask.
        return NotCaptured(cause=Cause.NOT_RUN, detail="no timestamps were asked for")
    return found


def _staple(given: Given, pair: Pair | None, now: datetime) -> Staple | NotCaptured | None:
    if given.staple is None:
        if given.staple_asked:
            return None
        return NotCaptured(cause=Cause.NOT_RUN, detail="no staple was asked for")
    if pair is None:
        return NotCaptured(cause=Cause.ISSUER_MISSING, detail="no issuer to verify the staple by")
    return read_staple(given.staple, pair, now)


async def _word(
    tools: Tools,
    leaf: Certificate,
    built: Built,
    pair: Pair | None,
    staple: Staple | NotCaptured | None,
    vouching: Vouching,
    now: datetime,
) -> Revocation | NotCaptured | None:
    """The freshest word that costs least: the staple, then the issuer's list, then OCSP."""
    if isinstance(staple, Staple) and staple.answer is not None:
        return staple.answer
    if leaf.malformed is not None:
        return NotCaptured(cause=Cause.CERT_MALFORMED, detail=leaf.malformed)
    if not leaf.crl_urls and not leaf.ocsp_urls:
        return None
    if pair is None or built.path.state is not PathState.TRUSTED:
        # Nobody's list is fetched on the word of a certificate that nobody vouches for.
        return NotCaptured(cause=Cause.ISSUER_MISSING, detail="no trusted issuer to ask")
    if not vouching.fetching:
        return NotCaptured(cause=Cause.NOT_ENABLED, detail="nothing is fetched beside the sites")
    return await revocation(tools, vouching.asked, pair, now)
